//! Typing the filter of the log: each change is tried at once; Enter keeps it, Esc goes back to what was there before.

use super::super::Outcome;
use super::{go_to, select};
use crate::app::{Command, State};
use crate::model::filter::complete::{Known, complete};
use crate::model::filter::{Filter, FilterError};
use crate::tui::action::Action;
use crate::tui::keymap::Key;
use crate::tui::line::LineEdit;
use crate::tui::log::FilterUi;
use crate::tui::prompt;
use crate::tui::ui::{Pane, Ui};
use crate::tui::update::Move;

/// Begins to type.
pub(in crate::tui) fn begin(ui: &mut Ui, state: &State) {
    // The filtered log goes on following; somebody who had stopped it keeps the place.
    ui.log.filter.typing = Some(ui.log.filter.line.text().to_owned());
    ui.log.filter.recalled = None;
    ui.show(Pane::Log);
    offer(ui, state);
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Accept => accept(ui, state),
        Action::Back => {
            let before = ui.log.filter.typing.take().unwrap_or_default();
            apply(ui, state, before)
        }
        Action::Complete => take(ui, state, true),
        Action::PrevCandidate => take(ui, state, false),
        Action::Up => recall(ui, state, true),
        Action::Down => recall(ui, state, false),
        Action::PageUp | Action::PageDown => {
            let page = crate::tui::layout::Layout::of(ui).log_rows();
            if let Some(step) = Move::of(action, page) {
                select(ui, state, step);
            }
            vec![]
        }
        _ => vec![],
    }
}

/// Keeps what is typed, if it makes sense.
fn accept(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    match ui.log.filter.read() {
        Ok(_) => ui.log.filter.typing = None,
        Err(error) => {
            ui.log.filter.error = Some(error);
            offer(ui, state);
        }
    }
    vec![]
}

/// Takes the filter away; what was selected stays selected among all frames.
pub(super) fn clear(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let selected = ui.log.selected(state);
    let outcomes = apply(ui, state, String::new());
    ui.log.filter = FilterUi::default();
    if let (Some(frame), false) = (selected, ui.log.follow) {
        go_to(ui, state, frame);
    }
    outcomes
}

/// Puts a filter into force, as if it had been typed and kept.
pub(in crate::tui) fn apply(ui: &mut Ui, state: &State, text: impl Into<String>) -> Vec<Outcome> {
    ui.log.filter.line = LineEdit::new(text);
    changed(ui, state)
}

/// What is typed has changed: if it makes sense, it is in force at once.
fn changed(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    ui.log.filter.taken = None;
    offer(ui, state);
    match ui.log.filter.read() {
        Ok(filter) => {
            ui.log.filter.error = None;
            dispatch(state, filter)
        }
        Err(error) => {
            ui.log.filter.error = Some(error);
            vec![]
        }
    }
}

fn dispatch(state: &State, filter: Filter) -> Vec<Outcome> {
    let same = match &state.search {
        Some(search) => search.filter == filter,
        None => filter.is_empty(),
    };
    if same {
        return vec![];
    }
    vec![Outcome::Dispatch(Command::Search((!filter.is_empty()).then_some(filter)))]
}

/// What could stand at the cursor.
fn offer(ui: &mut Ui, state: &State) {
    let providers = state.chat.providers.iter().map(|provider| provider.name.as_str());
    let servers: Vec<&str> = state.sessions.iter().map(|session| session.spec.name.as_str()).chain(providers).collect();
    let methods: Vec<&str> = state.log.methods().filter(|name| !name.is_empty()).collect();
    let known = Known { servers: &servers, methods: &methods };
    let line = &ui.log.filter.line;
    ui.log.filter.offered = complete(line.text(), line.before_cursor().len(), &known);
}

/// Puts the next candidate in the place of the word at the cursor.
fn take(ui: &mut Ui, state: &State, forward: bool) -> Vec<Outcome> {
    let count = ui.log.filter.offered.candidates.len();
    if count == 0 {
        return vec![];
    }
    let at = match (ui.log.filter.taken, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
    };
    let offered = ui.log.filter.offered.clone();
    let Some(candidate) = offered.candidates.get(at) else { return vec![] };
    let text = ui.log.filter.line.text();
    let (Some(head), Some(tail)) = (text.get(..offered.range.start), text.get(offered.range.end..)) else {
        return vec![];
    };
    let mut line = LineEdit::new(format!("{head}{candidate}"));
    let end = head.len() + candidate.len();
    line.append(tail);
    ui.log.filter.line = line;
    let outcomes = changed(ui, state);
    // Tab again goes on among the same candidates; the last one is final at once.
    if count > 1 {
        ui.log.filter.offered = offered;
        ui.log.filter.offered.range.end = end;
        ui.log.filter.taken = Some(at);
    }
    outcomes
}

/// The saved filters, newest first, and back to an empty line.
fn recall(ui: &mut Ui, state: &State, older: bool) -> Vec<Outcome> {
    let saved = &ui.kept.filters.0;
    if saved.is_empty() {
        ui.message = Some("no filter is saved yet: keep one with Enter, then W saves it".into());
        return vec![];
    }
    let next = match (ui.log.filter.recalled, older) {
        (None, true) => Some(0),
        (Some(at), true) => Some((at + 1).min(saved.len() - 1)),
        (Some(at), false) => at.checked_sub(1),
        (None, false) => None,
    };
    let text = next.and_then(|at| saved.get(saved.len() - 1 - at)).map_or(String::new(), |filter| filter.text.clone());
    ui.log.filter.recalled = next;
    apply(ui, state, text)
}

/// Shows the frames that do not fit too, or hides them again.
pub(super) fn toggle_all(ui: &mut Ui, state: &State) {
    if state.search.is_none() {
        ui.message = Some("all rows are shown: there is no filter".into());
        return;
    }
    let selected = ui.log.selected(state);
    ui.log.filter.all = !ui.log.filter.all;
    if let (Some(frame), false) = (selected, ui.log.follow) {
        go_to(ui, state, frame);
    }
}

/// Asks for a name under which the filter is saved.
pub(super) fn name(ui: &mut Ui) {
    let text = ui.log.filter.line.text().trim().to_owned();
    if text.is_empty() {
        ui.message = Some("there is no filter to save; / types one".into());
        return;
    }
    prompt::name_filter(ui, text);
}

/// A key that belongs to the text.
pub(in crate::tui) fn type_key(ui: &mut Ui, state: &State, key: Key) -> Vec<Outcome> {
    let empty = ui.log.filter.line.text().is_empty();
    if empty && key.code == crossterm::event::KeyCode::Backspace {
        return act(ui, state, Action::Back);
    }
    if ui.log.filter.line.key(key) {
        ui.log.filter.recalled = None;
        return changed(ui, state);
    }
    // The cursor may have moved to another word.
    ui.log.filter.taken = None;
    offer(ui, state);
    vec![]
}

pub(in crate::tui) fn paste(ui: &mut Ui, state: &State, text: &str) -> Vec<Outcome> {
    ui.log.filter.line.insert(text.lines().next().unwrap_or_default());
    changed(ui, state)
}

/// Whether the error is only that more is expected at the end: no reason to shout while somebody types.
pub(in crate::tui) fn is_unfinished(line: &LineEdit, error: &FilterError) -> bool {
    error.at >= line.text().trim_end().len()
}
