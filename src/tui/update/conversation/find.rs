//! Keys of the search in what was said.

use crate::app::State;
use crate::tui::action::Action;
use crate::tui::conversation::find;
use crate::tui::keymap::Key;
use crate::tui::outcome::Outcome;
use crate::tui::ui::Ui;

pub(in crate::tui::update) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Find if state.chat.conversation.is_empty() => ui.message = Some("nothing was said yet".into()),
        Action::Find => find::open(&mut ui.conversation),
        Action::FindNext | Action::FindPrev if ui.conversation.find.is_none() => {
            ui.message = Some("nothing is looked for yet; / starts a search".into());
        }
        Action::FindNext => find::again(ui, state, true),
        Action::FindPrev => find::again(ui, state, false),
        Action::Accept => keep(ui),
        Action::Back => find::close(&mut ui.conversation),
        _ => {}
    }
    vec![]
}

/// Gives the keys back to what was said; what is found stays. An empty search is closed.
pub(super) fn keep(ui: &mut Ui) {
    match &mut ui.conversation.find {
        Some(find) if find.line.text().trim().is_empty() => find::close(&mut ui.conversation),
        Some(find) => find.typing = false,
        None => {}
    }
}

/// A key that types.
pub(in crate::tui::update) fn type_key(ui: &mut Ui, key: Key) {
    if let Some(find) = &mut ui.conversation.find
        && find.line.key(key)
    {
        find::typed(&mut ui.conversation);
    }
}

/// A text from the clipboard.
pub(in crate::tui::update) fn paste(ui: &mut Ui, text: &str) {
    if let Some(find) = &mut ui.conversation.find
        && find.line.insert(&text.replace(['\r', '\n'], " "))
    {
        find::typed(&mut ui.conversation);
    }
}
