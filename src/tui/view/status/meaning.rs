//! What a key comes to right now, where its row in the table of keys would say something else.

use crate::app::State;
use crate::app::chat::Phase;
use crate::tui::keymap::Context;
use crate::tui::suggest;
use crate::tui::ui::Ui;
use crate::tui::update::popup_of;

/// The word for the hint of a key, which is `hint` unless a list or a summary is in the way. Empty where nothing is to be
/// said.
pub(super) fn now(state: &State, ui: &Ui, context: Context, hint: &'static str) -> &'static str {
    match (context, hint) {
        (Context::Composer, "send") if popup_of(ui, state).is_some_and(|popup| popup.completes()) => "take",
        (Context::Composer, "send") if ui.conversation.summing && summarized(state) => "take it",
        // The line above the message says which keys are about a summary; here they must not be called something else.
        (Context::Conversation, "stop") if summarized(state) => "leave it",
        (Context::Conversation, "go on") if summarized(state) => "take it",
        // Tab takes what is chosen, as Enter does.
        (Context::Arguments, "field") if chooses(state, ui) => "",
        _ => hint,
    }
}

/// Whether one of the values that a server suggests is chosen.
pub(super) fn chooses(state: &State, ui: &Ui) -> bool {
    suggest::offer(ui, state).is_some_and(|offer| offer.pick.is_some())
}

/// Whether a summary waits to be taken or left.
fn summarized(state: &State) -> bool {
    state.chat.turn.as_ref().is_some_and(|turn| matches!(turn.phase, Phase::Summary { .. }))
}
