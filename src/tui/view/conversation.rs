//! The conversation: what was said, the message being typed, the model.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::row;
use crate::app::State;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::ConversationLayout;
use crate::tui::page::wrapped;
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};

pub(super) fn draw(_state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    super::pane(ui, Pane::Conversation, ("Conversation", ""), theme, frame, rect);
    let parts = ConversationLayout::of(ui, rect);
    empty(ui, theme, frame, parts.entries);
    if parts.rule.height > 0 {
        let rule = theme.symbols.rule.repeat(usize::from(parts.rule.width));
        frame.render_widget(Line::styled(rule, theme.dim), parts.rule);
    }
    composer(ui, theme, frame, parts.composer);
}

/// What can be done here, for somebody who never did.
fn empty(ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let key = |context, action| {
        ui.keymap.key_of(context, action).map_or_else(String::new, |key| key.show(theme.symbols.arrows))
    };
    let ask = key(Context::Global, Action::Compose);
    let texts = [(
        format!(
            "Press {ask} and ask: a model answers with the help of the servers' tools. Every call it makes is shown here and in the log."
        ),
        theme.dim,
    )];
    let width = usize::from(rect.width.saturating_sub(2));
    let lines = texts.into_iter().flat_map(|(text, style)| wrapped(text, style, width, 1));
    for (at, line) in lines.enumerate() {
        let Some(rect) = row(rect, at) else { break };
        frame.render_widget(line, rect);
    }
}

fn composer(ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let focused = ui.focus() == Context::Composer;
    let composer = &ui.conversation.composer;
    if composer.is_empty() && !focused {
        let key = ui.keymap.key_of(Context::Global, Action::Compose);
        let key = key.map_or_else(String::new, |key| key.show(theme.symbols.arrows));
        let line = vec![Span::styled(format!(" {key}"), theme.accent), Span::styled(" ask", theme.dim)];
        frame.render_widget(Line::from(line), rect);
        return;
    }
    super::editor::text(&composer.area, focused, theme, frame, rect);
}
