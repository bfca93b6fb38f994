//! How to begin, where nobody named a server: below the list, until the first key that does more than move.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Columns at most.
const WIDTH: u16 = 78;

pub(super) fn draw(ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let key = |context, action| {
        let key = ui.keymap.key_of(context, action).map(|key| key.show(theme.symbols.arrows));
        Span::styled(key.unwrap_or_default(), theme.accent)
    };
    let text = |text: &'static str| Span::raw(text);
    let lines = vec![
        Line::raw(" No server is named or configured, so this is the built-in demo server."),
        Line::raw(""),
        Line::from(vec![
            Span::styled(" Call a tool with three keys:  ", theme.title),
            key(Context::Inspector, Action::Down),
            text(" choose it   "),
            key(Context::Inspector, Action::Open),
            text(" its arguments   "),
            key(Context::Editor, Action::Send),
            text(" send"),
        ]),
        Line::raw(""),
        Line::from(vec![text(" Your own server:  "), Span::styled("mcp-tui -- my-server --its-flags", theme.title)]),
        Line::from(vec![text("                   "), Span::styled("mcp-tui https://example.com/mcp", theme.title)]),
        Line::from(vec![
            text(" To keep it:       "),
            Span::styled("mcp-tui servers add NAME -- my-server", theme.title),
        ]),
        Line::raw(""),
        Line::from(vec![
            text(" "),
            key(Context::Global, Action::Palette),
            text(" finds everything   "),
            key(Context::Global, Action::Help),
            text(" all keys   "),
            key(Context::Global, Action::Back),
            text(" closes this"),
        ]),
    ];
    let wide = lines.iter().map(|line| line.spans.iter().map(|span| columns(&span.content)).sum::<usize>()).max();
    let width = u16::try_from(wide.unwrap_or(0) + 3).unwrap_or(WIDTH).min(WIDTH).min(body.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(body.height);
    // The list of tools has to stay in view: it is what this is about.
    if body.height < height + 7 {
        return;
    }
    let x = body.x + body.width.saturating_sub(width) / 2;
    let rect = Rect { x, y: body.bottom() - height - 1, width, height };
    let inside = super::window("Welcome", theme, frame, rect);
    frame.render_widget(Paragraph::new(lines), inside);
}
