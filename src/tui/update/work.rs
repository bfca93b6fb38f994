//! Keys in the work pane: detail and result, and the editor of arguments.

use super::{Move, Outcome, start};
use crate::app::{Command, State};
use crate::model::call::{Call, CallState, ListKind, Operation};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::session::Item;
use crate::model::skill::Skill;
use crate::tui::action::Action;
use crate::tui::editor::{Check, Editor};
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::Layout;
use crate::tui::outcome::{Edit, EditPurpose};
use crate::tui::page;
use crate::tui::prompt;
use crate::tui::recall::kept_item;
use crate::tui::theme::Theme;
use crate::tui::ui::{ItemRef, Pane, Ui, WorkTab};

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    if ui.focus() == Context::Editor {
        return editor_act(ui, state, action);
    }
    let rows = usize::from(Layout::of(ui).work_text().height);
    if let Some(step) = Move::of(action, rows) {
        scroll(ui, state, step);
        return vec![];
    }
    match action {
        Action::Left | Action::Right => {
            ui.work.tab = match ui.work.tab {
                WorkTab::Detail if action == Action::Left => WorkTab::Calls,
                WorkTab::Detail if ui.shown_call(state).is_some() => WorkTab::Result,
                WorkTab::Result if action == Action::Left => WorkTab::Detail,
                WorkTab::Detail | WorkTab::Result => WorkTab::Calls,
                WorkTab::Calls => WorkTab::Detail,
            };
            ui.work.scroll = 0;
        }
        Action::Open => return call(ui, state),
        Action::Call => return call_with(ui, state),
        Action::Repeat => return repeat(ui, state),
        Action::Watch => return watch(ui, state),
        Action::Raw => toggle_raw(ui),
        Action::Copy => return copy(ui, state),
        Action::Save => save(ui, state),
        Action::Back => back(ui, state),
        _ => {}
    }
    vec![]
}

pub(super) fn scroll(ui: &mut Ui, state: &State, step: Move) {
    let room = Layout::of(ui).work_text();
    let theme = Theme::default();
    ui.work.scroll = page::scrolled(ui.work.scroll, step.target(), usize::from(room.height), || {
        page::lines(state, ui, &theme, room.width)
    });
}

impl Move {
    /// For `page::scrolled`: how far, with the ends as far as can be.
    pub(super) fn target(self) -> i64 {
        match self {
            Move::By(rows) => rows,
            Move::Top => i64::MIN,
            Move::Bottom => i64::MAX,
        }
    }
}

fn back(ui: &mut Ui, state: &State) {
    if ui.work.tab == WorkTab::Result && ui.shown_call(state).is_some() {
        super::result::leave(ui, state);
    } else {
        leave(ui);
    }
}

/// Out of the pane: first out of its zoom.
pub(super) fn leave(ui: &mut Ui) {
    if ui.zoom {
        ui.zoom = false;
    } else {
        ui.leave(Pane::Work);
    }
}

pub(super) fn toggle_raw(ui: &mut Ui) {
    ui.work.raw = !ui.work.raw;
    ui.work.scroll = 0;
}

/// Asks the server to tell of changes of the selected resource, or no more.
pub(super) fn watch(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some((session, ListKind::Resources, Item::Good { key, .. })) = ui.item(state) else {
        ui.message = Some("select a resource first: changes of others are not told".into());
        return vec![];
    };
    if !session.is_ready() {
        ui.message = Some(format!("{} is not connected; R connects it", session.spec.name));
        return vec![];
    }
    let (server, uri) = (session.id, key.clone());
    let operation = if session.subscribed.contains(key) {
        ui.message = Some("its changes are not told any more".into());
        Operation::Unsubscribe { uri }
    } else {
        ui.message = Some("asking to be told when it changes; it is marked then, and Enter reads it again".into());
        Operation::Subscribe { uri }
    };
    vec![Outcome::Dispatch(Command::Start { server, operation })]
}

/// Opens the editor for the selected item: of a skill the choice of its file; or reads the selected resource.
pub(super) fn call_with(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if let (Some((_, ListKind::Skills, item)), Some(item_ref)) = (ui.item(state), ui.item_ref(state))
        && Skill::read(item.raw()).is_ok_and(|skill| skill.paths().len() > 1)
    {
        edit(ui, item_ref, item);
        return vec![];
    }
    call(ui, state)
}

fn edit(ui: &mut Ui, item_ref: ItemRef, item: &Item) {
    // Whatever is being typed, for this item or another one, is kept.
    put_away(ui);
    ui.work.frame = None;
    ui.show(Pane::Work);
    let draft = ui.work.drafts.get(&item_ref).map(String::as_str);
    ui.work.editor = Some(Editor::open(item_ref, item, draft, !ui.work.as_json));
}

/// Opens the editor for the selected item, or reads the selected resource, or loads the selected skill.
pub(super) fn call(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.task(state).is_some() {
        return super::inspector::tasks::open(ui, state);
    }
    let Some((session, kind, item)) = ui.item(state) else {
        ui.message = Some("select a tool, a prompt or a resource first".into());
        return vec![];
    };
    if let Item::Bad { problem, .. } = item {
        ui.message = Some(format!("this item cannot be used: {problem}"));
        return vec![];
    }
    let Some(item_ref) = ui.item_ref(state) else { return vec![] };
    ui.work.frame = None;
    ui.show(Pane::Work);
    let uri = item_ref.key.clone();
    match kind {
        ListKind::Resources => return start(ui, state, item_ref, Operation::ReadResource { uri }),
        ListKind::Skills => {
            return start(ui, state, item_ref, Operation::LoadSkill { uri, file: None, entry: None });
        }
        ListKind::Tools | ListKind::Templates | ListKind::Prompts => {}
    }
    if !session.is_ready() {
        ui.message = Some(format!("{} is not connected; R connects it", session.spec.name));
    }
    edit(ui, item_ref, item);
    vec![]
}

/// The last call of the selected item again, with the same arguments.
pub(super) fn repeat(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let last = ui.shown_call(state).map(|call| (call.operation.clone(), call.is_open()));
    // A call that was opened from elsewhere may be of another item, and of another server.
    if let (Some(call), Some(opened)) = (opened(ui, state), ui.result.opened.last_mut())
        && !call.is_open()
    {
        *opened = CallId(state.next_call);
        let (server, operation) = (call.server, call.operation.clone());
        return vec![Outcome::Dispatch(Command::Renew { server, operation })];
    }
    match (last, ui.item_ref(state)) {
        (Some((_, true)), _) => ui.message = Some("it is still running; x cancels it".into()),
        (Some((operation, false)), Some(item)) => {
            // Again means again, whatever is still fresh.
            let outcomes = start(ui, state, item, operation);
            return outcomes.into_iter().map(renewed).collect();
        }
        (None, Some(item)) => return of_another_run(ui, state, item),
        (_, None) => ui.message = Some("there is no call to repeat yet".into()),
    }
    vec![]
}

/// What was called last in another run is shown before it is sent: nobody remembers what that was.
fn of_another_run(ui: &mut Ui, state: &State, item: ItemRef) -> Vec<Outcome> {
    let kept = kept_item(state, &item).filter(|_| !matches!(item.kind, ListKind::Resources | ListKind::Skills));
    let last = kept.and_then(|kept| ui.kept.history.of(&kept).next().map(|last| last.text.clone()));
    let Some(text) = last else {
        ui.message = Some("there is no call to repeat yet".into());
        return vec![];
    };
    put_away(ui);
    // What is typed already is not lost for it.
    if ui.work.drafts.contains_key(&item) {
        return call(ui, state);
    }
    ui.work.drafts.insert(item, text);
    let outcomes = call(ui, state);
    if let Some(key) = ui.keymap.key_of(Context::Arguments, Action::Send).filter(|_| ui.work.editor.is_some()) {
        ui.message = Some(format!("the arguments of another run: {key} sends them"));
    }
    outcomes
}

/// The call in view, if it was opened from elsewhere than its item.
fn opened<'a>(ui: &Ui, state: &'a State) -> Option<&'a Call> {
    state.calls.get(ui.result.opened.last()?)
}

/// Opens the editor with the arguments of a call, at its item.
pub(super) fn call_again(ui: &mut Ui, state: &State, again: &Call) -> Vec<Outcome> {
    let (kinds, draft): (&[ListKind], _) = match &again.operation {
        Operation::CallTool { arguments, .. } | Operation::CallAsTask { arguments, .. } => {
            (&[ListKind::Tools], Some(arguments.as_str().to_owned()))
        }
        Operation::GetPrompt { arguments, .. } => (&[ListKind::Prompts], Some(arguments.as_str().to_owned())),
        Operation::ReadResource { .. } => (&[ListKind::Resources], None),
        _ => (&[], None),
    };
    let key = again.operation.subject();
    let listed =
        |kind: &&ListKind| state.session(again.server).is_some_and(|session| session.item(**kind, key).is_some());
    let Some(kind) = kinds.iter().find(listed) else {
        ui.message =
            Some("it is in no list of its server, so there is no form for it; r calls it again as it was".into());
        return vec![];
    };
    let item = ItemRef { server: again.server, kind: *kind, key: key.to_owned() };
    if !super::palette::go_to(ui, state, &item) {
        return vec![];
    }
    if let Some(draft) = draft {
        ui.work.drafts.insert(item, draft);
    }
    call(ui, state)
}

fn renewed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Dispatch(Command::Start { server, operation: operation @ Operation::ReadResource { .. } }) => {
            Outcome::Dispatch(Command::Renew { server, operation })
        }
        other => other,
    }
}

/// The JSON in view, and what it is.
fn in_view<'a>(ui: &Ui, state: &'a State) -> Option<(&'static str, &'a RawJson)> {
    if let (WorkTab::Result, Some(CallState::Done(result))) =
        (ui.work.tab, ui.shown_call(state).map(|call| &call.state))
    {
        return Some(("the result", result));
    }
    ui.item(state).map(|(.., item)| ("the item", item.raw()))
}

pub(super) fn copy(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some((_, raw)) = in_view(ui, state) else {
        ui.message = Some("there is nothing to copy here".into());
        return vec![];
    };
    ui.message = Some("copied, if the terminal allows it".into());
    vec![Outcome::Copy(raw.as_str().to_owned())]
}

pub(super) fn save(ui: &mut Ui, state: &State) {
    let Some((what, raw)) = in_view(ui, state) else {
        ui.message = Some("there is nothing to save here".into());
        return;
    };
    let name = ui.item_ref(state).map_or_else(String::new, |item| item.key);
    prompt::save(ui, what, &name, "json", raw.as_str().as_bytes());
}

/// Closes the editor; what was typed is there again when it is opened the next time.
pub(super) fn put_away(ui: &mut Ui) {
    if let Some(editor) = ui.work.editor.take() {
        match editor.draft() {
            Some(text) => ui.work.drafts.insert(editor.item, text),
            None => ui.work.drafts.remove(&editor.item),
        };
    }
}

fn editor_act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Send => send(ui, state, false),
        Action::SendAnyway => {
            if ui.work.editor.as_ref().is_some_and(Editor::was_refused) {
                return send(ui, state, true);
            }
            vec![]
        }
        Action::Back => close_editor(ui),
        Action::AsJson => {
            super::arguments::switch(ui);
            vec![]
        }
        Action::OwnEditor => own_editor(ui),
        Action::History => {
            super::recall::open(ui, state);
            vec![]
        }
        _ => vec![],
    }
}

/// Back to where one came from; what was typed is there again.
pub(super) fn close_editor(ui: &mut Ui) -> Vec<Outcome> {
    let typed = ui.work.editor.as_ref().is_some_and(|editor| editor.draft().is_some());
    let message = ui.work.editor.as_ref().is_some_and(|editor| editor.message.is_some());
    put_away(ui);
    ui.leave(Pane::Work);
    if message {
        super::conversation::compose(ui);
    }
    if typed {
        ui.message = Some("what was typed is kept".into());
    }
    vec![]
}

/// The arguments in the person's own editor.
pub(super) fn own_editor(ui: &Ui) -> Vec<Outcome> {
    let Some(editor) = &ui.work.editor else { return vec![] };
    let extension = if editor.one_line() { "txt" } else { "json" };
    let purpose = EditPurpose::Arguments(editor.item.clone());
    vec![Outcome::Edit(Edit { text: editor.text(), extension, purpose })]
}

/// What came back of the person's own editor.
pub(super) fn edited(ui: &mut Ui, item: &ItemRef, text: Result<String, String>) {
    match (text, &mut ui.work.editor) {
        (Err(why), _) => ui.message = Some(why),
        (Ok(text), Some(editor)) if editor.item == *item => editor.replace(&text),
        (Ok(text), _) => {
            ui.work.drafts.insert(item.clone(), text);
        }
    }
}

pub(super) fn send(ui: &mut Ui, state: &State, anyway: bool) -> Vec<Outcome> {
    let Some(editor) = &mut ui.work.editor else { return vec![] };
    let Some(operation) = editor.operation(anyway) else {
        if editor.as_form {
            super::arguments::refused(ui);
            return vec![];
        }
        ui.message = match &editor.check {
            Check::Violates(_) => ui
                .keymap
                .key_of(Context::Editor, Action::SendAnyway)
                .map(|key| format!("not sent: it does not fit the schema; {key} sends it anyway")),
            Check::Unusable(_) | Check::Fits | Check::Unchecked(_) => Some("not sent".into()),
        };
        return vec![];
    };
    let item = editor.item.clone();
    let message = editor.message.clone();
    let mut outcomes = super::recall::remember(ui, state, &operation);
    put_away(ui);
    if let Some(typed) = message {
        outcomes.extend(super::conversation::attach::filled_in(ui, state, item.server, operation, typed));
        return outcomes;
    }
    // What was sent is there when it is repeated and recalled; the next call begins as the last one ended.
    outcomes.extend(start(ui, state, item, operation));
    outcomes
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, state: &State, key: Key) -> Vec<Outcome> {
    let Some(editor) = &mut ui.work.editor else { return vec![] };
    if editor.enter_sends && key == Key::plain(crossterm::event::KeyCode::Enter) {
        return send(ui, state, false);
    }
    editor.key(key);
    vec![]
}
