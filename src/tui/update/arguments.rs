//! Keys in the form of arguments.
//!
//! Enter goes on to the next field and calls only from the last one, and only what fits: the hint says so before.

use super::{Move, Outcome, work};
use crate::app::State;
use crate::tui::action::Action;
use crate::tui::arguments::Entered;
use crate::tui::keymap::{Context, Key};
use crate::tui::outcome::{Edit, EditPurpose};
use crate::tui::suggest::{self, Choice};
use crate::tui::ui::{ItemRef, Ui};

/// Fields that one screen goes up or down.
const PAGE: usize = 8;

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let choice = match action {
        Action::Up => Some(Choice::Up),
        Action::Down => Some(Choice::Down),
        Action::NextField => Some(Choice::Tab),
        Action::Accept => Some(Choice::Enter),
        Action::Back => Some(Choice::Back),
        _ => None,
    };
    if choice.is_some_and(|choice| suggest::choose(ui, state, choice)) {
        return vec![];
    }
    ui.work.pick = None;
    let Some(editor) = &mut ui.work.editor else { return vec![] };
    let form = &mut editor.form;
    if matches!(action, Action::Up | Action::Down) && form.move_within(action == Action::Up) {
        return vec![];
    }
    if let Some(Move::By(rows)) = Move::of(action, PAGE) {
        form.step(isize::try_from(rows).unwrap_or_default(), false);
        return vec![];
    }
    match action {
        Action::Send => return work::send(ui, state, false),
        Action::SendAnyway if form.refused => return work::send(ui, state, true),
        Action::Back => return work::close_editor(ui),
        Action::AsJson => switch(ui),
        Action::Accept => match form.enter() {
            Entered::Last => return work::send(ui, state, false),
            Entered::Moved => {}
        },
        Action::NextField | Action::PrevField => step(ui, action),
        Action::NewLine => form.new_line(),
        Action::OwnEditor => return own_editor(ui),
        Action::History => super::recall::open(ui, state),
        Action::AddElement if form.add() => {}
        Action::AddElement => ui.message = Some("nothing can be added here".into()),
        Action::RemoveElement => form.remove(),
        Action::MoveUp | Action::MoveDown => {
            form.shift(action == Action::MoveDown);
        }
        Action::Special => {
            ui.message = Some(match form.cycle() {
                Some(word) => format!("{word} now"),
                None => "this has no other special value".into(),
            });
        }
        _ => {}
    }
    vec![]
}

/// The text with the cursor in the person's own editor, else all arguments.
fn own_editor(ui: &Ui) -> Vec<Outcome> {
    let Some(editor) = &ui.work.editor else { return vec![] };
    match editor.form.text() {
        Some(text) => {
            let purpose = EditPurpose::Field(editor.item.clone(), editor.form.cursor.path.clone());
            vec![Outcome::Edit(Edit { text: text.to_owned(), extension: "txt", purpose })]
        }
        None => work::own_editor(ui),
    }
}

/// What came back of it. An editor ends a file with a line break that nobody typed.
pub(super) fn edited(ui: &mut Ui, item: &ItemRef, path: &[usize], text: Result<String, String>) {
    let editor = ui.work.editor.as_mut().filter(|editor| editor.item == *item && editor.as_form);
    match (text, editor) {
        (Err(why), _) => ui.message = Some(why),
        (Ok(text), Some(editor)) => editor.form.replace(path, text.strip_suffix('\n').unwrap_or(&text)),
        (Ok(_), None) => ui.message = Some("what was edited has no place any more".into()),
    }
}

fn step(ui: &mut Ui, action: Action) {
    let Some(editor) = &mut ui.work.editor else { return };
    let by = if action == Action::NextField { 1 } else { -1 };
    editor.form.step(by, true);
}

/// From the form to the text, and back.
pub(super) fn switch(ui: &mut Ui) {
    let Some(editor) = &mut ui.work.editor else { return };
    if editor.as_form {
        editor.show_text();
        ui.work.as_json = true;
    } else {
        match editor.show_form() {
            Ok(()) => ui.work.as_json = false,
            Err(why) => ui.message = Some(format!("no form: {why}")),
        }
    }
}

/// A send that the form does not allow: the cursor goes to what is wrong, and a key sends it all the same.
pub(super) fn refused(ui: &mut Ui) {
    let Some(editor) = &mut ui.work.editor else { return };
    let why = editor.form.refuse();
    let anyway = ui.keymap.key_of(Context::Arguments, Action::SendAnyway);
    let anyway = anyway.map(|key| format!("; {key} sends it anyway")).unwrap_or_default();
    ui.message = why.map(|why| format!("not sent: {why}{anyway}"));
}

/// A key that belongs to the field.
pub(super) fn type_key(ui: &mut Ui, key: Key) {
    ui.work.pick = None;
    if let Some(editor) = &mut ui.work.editor {
        editor.form.key(key);
    }
}

/// A text at once.
pub(super) fn paste(ui: &mut Ui, text: &str) {
    let Some(editor) = &mut ui.work.editor else { return };
    if !editor.form.paste(text) {
        ui.message = Some("text cannot be pasted into this field".into());
    }
}
