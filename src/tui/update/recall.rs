//! Keys in the window of earlier arguments, and what is remembered of a call.

use super::{Move, Outcome};
use crate::app::State;
use crate::model::call::Operation;
use crate::model::json::RawJson;
use crate::tui::action::Action;
use crate::tui::kept::{PastCall, Preset, Shelf};
use crate::tui::keymap::Key;
use crate::tui::prompt::{Prompt, Purpose};
use crate::tui::recall::{Past, Recall, kept_item, without_secrets};
use crate::tui::ui::{Modal, Ui};

/// Rows of one screen, roughly: the window is as high as what is in it.
const PAGE: usize = 10;

/// Opens the window for the item whose arguments are being typed.
pub(super) fn open(ui: &mut Ui, state: &State) {
    let item = ui.work.editor.as_ref().and_then(|editor| kept_item(state, &editor.item));
    if let Some(item) = item {
        ui.modal = Some(Modal::Recall(Recall::new(item)));
    }
}

pub(super) fn act(ui: &mut Ui, action: Action) -> Vec<Outcome> {
    let Some(Modal::Recall(recall)) = &mut ui.modal else { return vec![] };
    let len = recall.rows(&ui.kept).len();
    let at = recall.selected.min(len.saturating_sub(1));
    if let Some(step) = Move::of(action, PAGE) {
        recall.selected = step.from(at, len.saturating_sub(1));
        return vec![];
    }
    match action {
        Action::Close => ui.modal = None,
        Action::Accept => take(ui, at),
        Action::RemoveElement => return forget(ui, at),
        Action::Save => name(ui),
        _ => {}
    }
    vec![]
}

/// The selected arguments go into the editor, to be changed or sent.
fn take(ui: &mut Ui, at: usize) {
    let Some(Modal::Recall(recall)) = &ui.modal else { return };
    let text = recall.rows(&ui.kept).get(at).map(|past| past.text().to_owned());
    if let (Some(text), Some(editor)) = (text, &mut ui.work.editor) {
        editor.fill(&text);
        ui.modal = None;
    }
}

fn forget(ui: &mut Ui, at: usize) -> Vec<Outcome> {
    let Some(Modal::Recall(recall)) = &ui.modal else { return vec![] };
    let recall = recall.clone();
    let (call, preset) = match recall.rows(&ui.kept).get(at) {
        Some(Past::Call(call)) => (Some((*call).clone()), None),
        Some(Past::Preset(preset)) => (None, Some((*preset).clone())),
        None => (None, None),
    };
    if let Some(call) = call {
        ui.kept.history.forget(&call);
        return vec![Outcome::Keep(Shelf::History)];
    }
    if let Some(preset) = preset {
        ui.kept.presets.0.retain(|known| *known != preset);
        return vec![Outcome::Keep(Shelf::Presets)];
    }
    vec![]
}

/// Asks for the name of what is typed now.
fn name(ui: &mut Ui) {
    let Some(Modal::Recall(recall)) = &ui.modal else { return };
    let Some(editor) = &ui.work.editor else { return };
    let text = editor.text();
    let text = match (editor.uri(), RawJson::parse(text.as_str())) {
        (Some(uri), _) => Some(uri),
        (None, Ok(arguments)) => without_secrets(&editor.form.form, &arguments),
        (None, Err(_)) => None,
    };
    let Some(text) = text else {
        ui.message = Some("what is typed is no JSON yet: nothing to save".into());
        return;
    };
    let purpose = Purpose::Preset { item: recall.item.clone(), text };
    ui.modal = Some(Modal::Prompt(Prompt { line: recall.filter.clone(), purpose, refused: None }));
}

/// Saves a preset under the name that was typed.
pub(super) fn named(ui: &mut Ui, preset: Preset) -> Vec<Outcome> {
    ui.message = Some(format!("saved as {}", preset.name));
    ui.modal = None;
    ui.kept.presets.save(preset);
    vec![Outcome::Keep(Shelf::Presets)]
}

/// A key that belongs to the filter.
pub(super) fn type_key(ui: &mut Ui, key: Key) {
    if let Some(Modal::Recall(recall)) = &mut ui.modal
        && recall.filter.key(key)
    {
        recall.selected = 0;
    }
}

/// Remembers what is about to be sent, but for what looks like a secret.
pub(super) fn remember(ui: &mut Ui, state: &State, operation: &Operation) -> Vec<Outcome> {
    let Some(editor) = &ui.work.editor else { return vec![] };
    let Some(item) = kept_item(state, &editor.item) else { return vec![] };
    let json = |arguments: &RawJson| without_secrets(&editor.form.form, arguments);
    let text = match operation {
        Operation::CallTool { arguments, .. } | Operation::GetPrompt { arguments, .. } => json(arguments),
        Operation::ReadResource { uri } => Some(uri.clone()),
        _ => None,
    };
    let Some(text) = text.filter(|text| text != "{}") else { return vec![] };
    ui.kept.history.remember(PastCall { item, text, at: ui.now(state).0 });
    vec![Outcome::Keep(Shelf::History)]
}
