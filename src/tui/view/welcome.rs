//! How to begin, where nobody named a server: below the list, until the first key that does more than move.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::State;
use crate::model::call::ListKind;
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::{InspectorLayout, Layout, inner};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Columns at most.
const WIDTH: u16 = 78;
/// Columns beside it that are worth being seen.
const BESIDE: u16 = 8;

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let key = |context, action| {
        let key = ui.keymap.key_of(context, action).map(|key| key.show(theme.symbols.arrows));
        Span::styled(key.unwrap_or_default(), theme.accent)
    };
    let text = |text: &'static str| Span::raw(text);
    // Each with what it gives way to where there is no room for all: empty rows go first, what is worth most last.
    let mut lines = vec![
        (2, Line::raw(" No server is named or configured, so this is the built-in demo server.")),
        (5, Line::raw("")),
        (
            0,
            Line::from(vec![
                Span::styled(" Call a tool with three keys:  ", theme.title),
                key(Context::Inspector, Action::Down),
                text(" choose it   "),
                key(Context::Inspector, Action::Open),
                text(" its arguments   "),
                key(Context::Editor, Action::Send),
                text(" send"),
            ]),
        ),
        (5, Line::raw("")),
        (
            2,
            Line::from(vec![
                text(" Your own server:  "),
                Span::styled("mcp-tui -- my-server --its-flags", theme.title),
            ]),
        ),
        (
            4,
            Line::from(vec![text("                   "), Span::styled("mcp-tui https://example.com/mcp", theme.title)]),
        ),
        (
            3,
            Line::from(vec![
                text(" To keep it:       "),
                Span::styled("mcp-tui servers add NAME -- my-server", theme.title),
            ]),
        ),
        (5, Line::raw("")),
        (
            1,
            Line::from(vec![
                text(" "),
                key(Context::Global, Action::Palette),
                text(" finds everything   "),
                key(Context::Global, Action::Help),
                text(" all keys   "),
                key(Context::Global, Action::Back),
                text(" closes this"),
            ]),
        ),
    ];
    // No border of a pane is covered: it lies on the rows of the log, or inside of the one pane.
    let layout = Layout::of(ui);
    let place = layout.log.or(layout.inspector).map_or(body, inner);
    // The list of tools has to stay in view: it is what this is about.
    let above = below_tools(state, ui, body).max(place.y);
    let room = usize::from(place.bottom().saturating_sub(above));
    while lines.len() + 2 > room {
        let Some(least) = lines.iter().map(|(worth, _)| *worth).max().filter(|worth| *worth > 0) else { return };
        let Some(at) = lines.iter().rposition(|(worth, _)| *worth == least) else { return };
        lines.remove(at);
    }
    let lines: Vec<Line<'_>> = lines.into_iter().map(|(_, line)| line).collect();
    let wide = lines.iter().map(|line| line.spans.iter().map(|span| columns(&span.content)).sum::<usize>()).max();
    let width = u16::try_from(wide.unwrap_or(0) + 3).unwrap_or(WIDTH).min(WIDTH).min(body.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(body.height);
    // Where hardly anything would be left beside it, nothing is.
    let place = if place.width >= width { place } else { body };
    let width = if place.width - width < BESIDE { place.width } else { width };
    let x = place.x + (place.width - width) / 2;
    let rect = Rect { x, y: place.bottom().saturating_sub(height), width, height };
    let inside = super::window("Welcome", theme, frame, rect);
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The first row below the tools that are in view.
fn below_tools(state: &State, ui: &Ui, body: Rect) -> u16 {
    let Some(rect) = Layout::of(ui).inspector else { return body.y };
    let items = InspectorLayout::of(state, ui, rect).items;
    let rows = ui.session(state).map_or(0, |session| ui.rows(session, ListKind::Tools).len());
    items.y + u16::try_from(rows).unwrap_or(u16::MAX).min(items.height)
}
