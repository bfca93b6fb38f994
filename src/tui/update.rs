//! `update`: what an input does to the screen, and what it asks of the world. Routing; each pane's keys are in its
//! own file. Pure: the world is read, never changed.

mod approval;
mod arguments;
mod calls;
mod conversation;
mod inspector;
mod log;
pub(super) use log::filter::is_unfinished;
pub(super) use log::tree::HEAD as TREE_HEAD;
mod mouse;
mod palette;
mod prompt;
mod question;
mod recall;
mod resize;
mod result;
mod work;

#[cfg(test)]
mod tests;

pub(super) use conversation::completion::of as popup_of;

use super::action::Action;
use super::input::Input;
use super::keymap::{Context, Key};
use super::layout::Layout;
use super::modal;
use super::outcome::EditPurpose;
pub use super::outcome::Outcome;
use super::quit;
use super::ui::{Modal, Pane, Ui};
use crate::app::chat::ChatCommand;
use crate::app::{Command, State};
use crate::model::call::Operation;
use crate::model::id::{Moment, ServerId};

/// How a selection or a scroll position moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Move {
    /// So many down, or up.
    By(i64),
    Top,
    Bottom,
}

impl Move {
    fn of(action: Action, page: usize) -> Option<Move> {
        let page = i64::try_from(page.max(2) - 1).unwrap_or(i64::MAX);
        Some(match action {
            Action::Up => Move::By(-1),
            Action::Down => Move::By(1),
            Action::PageUp => Move::By(-page),
            Action::PageDown => Move::By(page),
            Action::Top => Move::Top,
            Action::Bottom => Move::Bottom,
            _ => return None,
        })
    }

    /// From `at` to somewhere within `0..=last`.
    fn from(self, at: usize, last: usize) -> usize {
        match self {
            Move::By(rows) => {
                let rows = isize::try_from(rows).unwrap_or(isize::MAX);
                at.min(last).saturating_add_signed(rows).min(last)
            }
            Move::Top => 0,
            Move::Bottom => last,
        }
    }
}

/// Applies an input to the screen.
pub fn update(ui: &mut Ui, state: &State, input: Input) -> Vec<Outcome> {
    let outcome = match input {
        Input::Key { key, at } => {
            ui.now = ui.now.max(at);
            let mut outcome = result::settle(ui, state);
            outcome.extend(log::tree::settle(ui, state));
            outcome.extend(key_pressed(ui, state, key, at));
            ui.last_key = at;
            outcome
        }
        Input::Paste(text) => paste(ui, state, &text),
        Input::Click(at) => mouse::click(ui, state, at),
        Input::Drag(at) => resize::drag(ui, at),
        Input::Release => resize::release(ui),
        Input::Focus(here) => {
            ui.away = !here;
            vec![]
        }
        Input::Wheel(at, rows) => mouse::wheel(ui, state, at, rows),
        Input::Resize(size) => {
            ui.size = size;
            vec![]
        }
        Input::Tick(now) => {
            ui.now = now;
            let question = super::suggest::question(ui, state, now);
            question.map(|asked| Outcome::Dispatch(Command::Complete(asked))).into_iter().collect()
        }
        Input::Laid(laid) => {
            ui.result.put(laid);
            vec![]
        }
        Input::Settle(now) => {
            modal::settle(ui, state, now);
            super::conversation::settle(ui, state);
            palette::settle(ui, state);
            let mut outcome = result::settle(ui, state);
            outcome.extend(log::tree::settle(ui, state));
            if super::conversation::seek(ui, state) {
                outcome.push(Outcome::Again);
            }
            outcome
        }
        Input::Grown { frame, reader } => {
            log::tree::grown(ui, frame, *reader);
            vec![]
        }
        Input::Near(listing) => {
            ui.conversation.near.put(listing);
            vec![]
        }
        Input::FileRead { path, content } => {
            conversation::attach::file_read(ui, &path, content);
            vec![]
        }
        Input::PageFailed(why) => {
            ui.message = Some(format!("the page was not opened: {why}; copy its address instead"));
            vec![]
        }
        Input::Written { write, result } => {
            prompt::written(ui, &write, result);
            vec![]
        }
        Input::Edited { purpose: EditPurpose::Message, text } => {
            conversation::edited(ui, text);
            vec![]
        }
        Input::Edited { purpose: EditPurpose::Arguments(item), text } => {
            work::edited(ui, &item, text);
            vec![]
        }
        Input::Edited { purpose: EditPurpose::Resend, text } => {
            log::resend::edited(ui, text);
            vec![]
        }
        Input::Edited { purpose: EditPurpose::Field(item, path), text } => {
            arguments::edited(ui, &item, &path, text);
            vec![]
        }
    };
    ui.keep_rows(state);
    if Layout::of(ui).log.is_some() {
        ui.log.seen = state.log.len();
    }
    outcome
}

fn key_pressed(ui: &mut Ui, state: &State, key: Key, at: Moment) -> Vec<Outcome> {
    ui.message = None;
    let context = ui.focus();
    let action = ui.keymap.action(context, key);
    if action == Some(Action::ForceQuit) {
        if ui.leaving {
            return vec![Outcome::Quit];
        }
        ui.leaving = true;
        ui.message = Some("Ctrl-C once more quits at once".into());
        return vec![];
    }
    ui.leaving = false;
    if ui.welcome && action.is_some_and(|action| !action.only_moves() || action == Action::Palette) {
        ui.welcome = false;
        if action == Some(Action::Back) {
            return vec![];
        }
    }
    let always = action.is_some_and(Action::works_always);
    let last = ui.last_key;
    if let (true, false, Some(open)) = (context.is_question(), always, &mut ui.questions.open)
        && !open.takes_key(at, last)
    {
        ui.message = Some("this question opened while you were typing: it takes keys after a short pause".into());
        return vec![];
    }
    match (action, context) {
        (Some(action), _) => act(ui, state, context, action),
        (None, Context::Editor) => work::type_key(ui, state, key),
        (None, Context::Arguments) => {
            arguments::type_key(ui, key);
            vec![]
        }
        (None, Context::Filter) => {
            inspector::type_key(ui, state, key);
            vec![]
        }
        (None, Context::LogFilter) => log::filter::type_key(ui, state, key),
        (None, Context::FrameFind) => {
            log::frame::type_key(ui, state, key);
            vec![]
        }
        (None, Context::Resend) => {
            log::resend::type_key(ui, key);
            vec![]
        }
        (None, Context::Recall) => {
            recall::type_key(ui, key);
            vec![]
        }
        (None, Context::Palette) => {
            palette::type_key(ui, state, key);
            vec![]
        }
        (None, Context::Prompt) => {
            prompt::type_key(ui, key);
            vec![]
        }
        (None, Context::Find) if ui.pane() == Pane::Conversation => {
            conversation::find::type_key(ui, key);
            vec![]
        }
        (None, Context::Find) => {
            result::type_key(ui, key);
            vec![]
        }
        (None, Context::Composer) => conversation::type_key(ui, key),
        (None, Context::Form | Context::Sampling | Context::Denial | Context::Pattern | Context::Rewrite) => {
            question::type_key(ui, key);
            vec![]
        }
        (None, Context::Approval | Context::Always) => {
            // Above all Enter: it answers nothing.
            ui.message = Some(format!("{key} answers nothing here: the answers and their keys are below"));
            vec![]
        }
        (None, _) => vec![],
    }
}

fn act(ui: &mut Ui, state: &State, context: Context, action: Action) -> Vec<Outcome> {
    match action {
        Action::Redraw => return vec![Outcome::Redraw],
        Action::Suspend => return vec![Outcome::Suspend],
        Action::Help => {
            ui.modal = Some(Modal::Help { scroll: 0 });
            return vec![];
        }
        Action::Quit if context == Context::Quit || quit::unfinished(state).is_empty() => return vec![Outcome::Quit],
        Action::Quit => {
            ui.modal = Some(Modal::Quit);
            return vec![];
        }
        Action::Grow => return resize::step(ui, 1),
        Action::Shrink => return resize::step(ui, -1),
        Action::Palette => return palette::open(ui, state),
        Action::Zoom => {
            ui.zoom = !ui.zoom;
            return vec![];
        }
        Action::NextPane => return focus_pane(ui, next(ui, true)),
        Action::PrevPane => return focus_pane(ui, next(ui, false)),
        Action::InspectorPane => return focus_pane(ui, Pane::Inspector),
        Action::ConversationPane => return focus_pane(ui, Pane::Conversation),
        Action::Compose => {
            conversation::compose(ui);
            return vec![];
        }
        Action::Resume => return conversation::resume(ui),
        Action::WorkPane => return focus_pane(ui, Pane::Work),
        Action::LogPane => return focus_pane(ui, Pane::Log),
        Action::Questions if !context.is_question() => {
            question::open(ui, state);
            return vec![];
        }
        Action::Calls => {
            calls::open(ui);
            return vec![];
        }
        Action::Cancel if context == Context::Calls => return calls::cancel(ui, state),
        Action::Cancel => return cancel(ui, state),
        Action::StopAll => return stop_all(ui, state),
        Action::Restart => return restart(ui, state),
        _ => {}
    }
    match context {
        Context::Restart if action == Action::Accept => restart_now(ui, state),
        Context::Help | Context::Quit | Context::Restart => window(state, ui, action),
        Context::Prompt => prompt::act(ui, state, action),
        Context::Recall => recall::act(ui, action),
        Context::Calls => calls::act(ui, state, action),
        Context::Earlier => calls::choose_act(ui, state, action),
        Context::Palette => palette::act(ui, state, action),
        Context::Inspector | Context::Filter => inspector::act(ui, state, action),
        Context::Work | Context::Editor => work::act(ui, state, action),
        Context::Log | Context::LogFilter | Context::Frame | Context::FrameTree | Context::FrameFind => {
            log::act(ui, state, context, action)
        }
        Context::Resend => log::resend::act(ui, state, action),
        Context::Arguments => arguments::act(ui, state, action),
        Context::Find if ui.pane() == Pane::Conversation => conversation::find::act(ui, state, action),
        Context::Result | Context::Find => result::act(ui, state, context, action),
        Context::Conversation | Context::Composer | Context::Sight => conversation::act(ui, state, action),
        Context::Form | Context::Consent | Context::Sampling => question::act(ui, state, action),
        Context::Approval | Context::Always | Context::Denial | Context::Pattern | Context::Rewrite => {
            approval::act(ui, state, action)
        }
        Context::Global => vec![],
    }
}

fn window(state: &State, ui: &mut Ui, action: Action) -> Vec<Outcome> {
    if action == Action::Close {
        ui.modal = None;
        return vec![];
    }
    let body = Layout::of(ui).body;
    let page = usize::from(body.height);
    let lines = super::view::help::lines(state, ui, &super::theme::Theme::default(), body).len();
    let last = lines.saturating_sub(super::view::help::rows(body));
    if let (Some(Modal::Help { scroll }), Some(step)) = (&mut ui.modal, Move::of(action, page)) {
        *scroll = step.from(*scroll, last);
    }
    vec![]
}

/// The neighbour of the pane with the focus: among those in view, else in the order of their numbers.
fn next(ui: &Ui, forward: bool) -> Pane {
    let panes = Layout::of(ui).round();
    let at = panes.iter().position(|one| *one == ui.pane()).unwrap_or(0);
    let by = if forward { 1 } else { panes.len() - 1 };
    panes[(at + by) % panes.len()]
}

fn focus_pane(ui: &mut Ui, pane: Pane) -> Vec<Outcome> {
    ui.inspector.filtering = false;
    ui.log.filter.typing = None;
    ui.show(pane);
    vec![]
}

fn paste(ui: &mut Ui, state: &State, text: &str) -> Vec<Outcome> {
    ui.leaving = false;
    match ui.focus() {
        Context::Editor => {
            if let Some(editor) = &mut ui.work.editor {
                editor.paste(text);
            }
        }
        Context::Arguments => arguments::paste(ui, text),
        Context::Filter => inspector::paste(ui, text),
        Context::LogFilter => return log::filter::paste(ui, state, text),
        Context::FrameFind => log::frame::paste(ui, state, text),
        Context::Resend => log::resend::paste(ui, text),
        Context::Find if ui.pane() == Pane::Conversation => conversation::find::paste(ui, text),
        Context::Find => result::paste(ui, text),
        Context::Prompt => prompt::paste(ui, text),
        Context::Palette => palette::paste(ui, state, text),
        Context::Conversation | Context::Composer => conversation::paste(ui, text),
        Context::Form | Context::Sampling | Context::Denial | Context::Pattern | Context::Rewrite => {
            question::paste(ui, text);
        }
        _ => ui.message = Some("text can be pasted while arguments, a filter or a message are being typed".into()),
    }
    vec![]
}

fn cancel(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.shown_call(state).is_none_or(|call| !call.is_open()) && state.chat.turn.is_some() {
        return conversation::stop(ui, state);
    }
    if ui.pane() == Pane::Inspector
        && let Some((_, task)) = ui.task(state)
        && !task.status.is_final()
    {
        return inspector::tasks::cancel(ui, state);
    }
    if let Some(call) = ui.cancellable(state) {
        // Where it is not in view, it is said which one that was.
        if ui.pane() != Pane::Work || ui.shown_call(state).is_none_or(|shown| shown.id != call.id) {
            ui.message = Some(format!("cancelling {}", call.operation.subject()));
        }
        return vec![Outcome::Dispatch(Command::Cancel(call.id))];
    }
    ui.message = Some("no call is running".into());
    vec![]
}

/// Stops the turn and cancels every call, whoever made it.
fn stop_all(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let turn = state.chat.turn.is_some().then_some(Command::Chat(ChatCommand::Stop));
    // Those of the turn end with it.
    let own = state.open_calls().filter(|call| turn.is_none() || !state.chat.running.contains_key(&call.id));
    let outcomes: Vec<Outcome> =
        turn.clone().into_iter().chain(own.map(|call| Command::Cancel(call.id))).map(Outcome::Dispatch).collect();
    ui.message = Some(match outcomes.len() - usize::from(turn.is_some()) {
        0 if turn.is_none() => "nothing is running".into(),
        0 => "the turn is stopped, with its calls".into(),
        calls => {
            let turn = if turn.is_some() { "the turn and " } else { "" };
            format!("{turn}{} stopped", super::figures::counted(calls, "call"))
        }
    });
    outcomes
}

fn restart(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(session) = ui.session(state) else {
        ui.message = Some("there is no server".into());
        return vec![];
    };
    if quit::unfinished_of(state, session.id).is_empty() {
        return connect_again(ui, state, session.id);
    }
    ui.modal = Some(Modal::Restart(session.id));
    vec![]
}

/// Restarts the server that was asked about.
fn restart_now(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(Modal::Restart(server)) = ui.modal else { return vec![] };
    ui.modal = None;
    connect_again(ui, state, server)
}

fn connect_again(ui: &mut Ui, state: &State, server: ServerId) -> Vec<Outcome> {
    let Some(session) = state.session(server) else { return vec![] };
    ui.message = Some(format!("connecting {} again", session.spec.name));
    vec![Outcome::Dispatch(Command::Restart(server))]
}

/// Starts an operation for an item and remembers its call as the item's newest.
fn start(ui: &mut Ui, state: &State, item: super::ui::ItemRef, operation: Operation) -> Vec<Outcome> {
    let server: ServerId = item.server;
    // Else it would hide the answer.
    work::put_away(ui);
    ui.work.calls.insert(item, crate::model::id::CallId(state.next_call));
    ui.work.tab = super::ui::WorkTab::Result;
    ui.result.opened.clear();
    ui.result.from_list = false;
    ui.work.scroll = 0;
    ui.work.raw = false;
    vec![Outcome::Dispatch(Command::Start { server, operation })]
}
