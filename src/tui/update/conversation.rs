//! Keys in the conversation and in the message being typed.

use ratatui::layout::Position;

use super::Outcome;
use crate::app::State;
use crate::tui::action::Action;
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::{ConversationLayout, Layout};
use crate::tui::ui::{Pane, Ui};

/// Puts the cursor into the message.
pub(super) fn compose(ui: &mut Ui) {
    ui.inspector.filtering = false;
    ui.show(Pane::Conversation);
    ui.conversation.composing = true;
}

pub(super) fn act(ui: &mut Ui, _state: &State, action: Action) -> Vec<Outcome> {
    if ui.focus() == Context::Composer {
        match action {
            Action::NewLine => ui.conversation.composer.area.insert_newline(),
            Action::Back => ui.conversation.composing = false,
            _ => {}
        }
        return vec![];
    }
    match action {
        Action::Open => compose(ui),
        Action::Back if ui.zoom => ui.zoom = false,
        Action::Back => ui.show(Pane::Inspector),
        _ => {}
    }
    vec![]
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, _state: &State, key: Key) -> Vec<Outcome> {
    ui.conversation.composer.key(key);
    vec![]
}

pub(super) fn paste(ui: &mut Ui, text: &str) {
    compose(ui);
    ui.conversation.composer.paste(text);
}

pub(super) fn click(ui: &mut Ui, at: Position) {
    let Some(rect) = Layout::of(ui).conversation else { return };
    ui.conversation.composing = ConversationLayout::of(ui, rect).composer.contains(at);
}
