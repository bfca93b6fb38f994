//! A summary that the person decides about: taken as it is, changed like a message, or left.

use super::{chat, compose};
use crate::app::State;
use crate::app::chat::{ChatCommand, Summed};
use crate::tui::conversation::draft;
use crate::tui::outcome::Outcome;
use crate::tui::ui::Ui;

/// Puts the summary where messages are typed.
pub(super) fn edit(ui: &mut Ui, state: &State) {
    let Some(text) = draft(state) else { return };
    if !std::mem::replace(&mut ui.conversation.summing, true) {
        // Whatever was typed can be recalled.
        let typed = ui.conversation.composer.take();
        ui.kept.messages.remember(&typed);
        ui.conversation.composer.set(&text);
        ui.conversation.dismissed = Some(text);
    }
    compose(ui);
}

/// Takes the summary, as far as it was changed with the changes.
pub(super) fn take(ui: &mut Ui) -> Vec<Outcome> {
    let text = std::mem::take(&mut ui.conversation.summing).then(|| ui.conversation.composer.take());
    ui.conversation.composing = false;
    ui.conversation.follow();
    vec![chat(ChatCommand::Summary(Summed::Take { text }))]
}

/// The turn is stopped: what was changed of its summary goes with it.
pub(super) fn leave(ui: &mut Ui) {
    if std::mem::take(&mut ui.conversation.summing) {
        ui.conversation.composer.take();
    }
}
