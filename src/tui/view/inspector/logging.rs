//! What a server says about its work, a row a message; above it which levels are seen, and which the server sends.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::model::session::Session;
use crate::model::text::{pad, width as columns};
use crate::tui::figures;
use crate::tui::layout::InspectorLayout;
use crate::tui::page::{clip, logging, wrap};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui, Zone};
use crate::tui::view::{more, row};

/// Columns of a word for a level.
const LEVEL: usize = 9;

pub(super) fn draw(
    state: &State,
    session: &Session,
    ui: &Ui,
    theme: &Theme,
    frame: &mut Frame<'_>,
    parts: InspectorLayout,
) {
    let width = usize::from(parts.items.width);
    let own = ui.inspector.logging.get(&session.id).copied().unwrap_or_default();
    let left = logging::seen(own);
    let right = logging::asked_briefly(session);
    let gap = width.saturating_sub(columns(&left) + columns(&right) + 2);
    let head = if gap == 0 { format!(" {left}") } else { format!(" {left}{}{right}", " ".repeat(gap)) };
    frame.render_widget(Line::styled(clip(&head, width), theme.dim), parts.filter);
    let (rows, selected) = own.window(session, usize::from(parts.items.height));
    if rows.is_empty() {
        let said = if session.messages.is_empty() {
            logging::how(session, ui, theme)
        } else {
            format!("None of its {} is that bad.", figures::counted(session.messages.len(), "message"))
        };
        for (at, line) in wrap(&said, width.saturating_sub(4)).into_iter().enumerate() {
            if let Some(rect) = row(parts.items, at) {
                frame.render_widget(Line::styled(format!("  {line}"), theme.dim), rect);
            }
        }
        return;
    }
    if let (Some((top, _)), Some((end, _))) = (rows.first(), rows.last()) {
        let above = session.messages.before(*top, own.least).next().is_some();
        more(theme, frame, parts.items, above, session.messages.from(*end, own.least).nth(1).is_some());
    }
    for (at, (index, level)) in rows.into_iter().enumerate() {
        let (Some(rect), Some(entry)) = (row(parts.items, at), state.log.get(index)) else { break };
        let chosen = at == selected && ui.inspector.zone == Zone::Items;
        let mark = if chosen { theme.symbols.cursor } else { " " };
        let said = state.rows.get(&index).map(|record| logging::said(record)).unwrap_or_default();
        // Where time has no room, what was said has.
        let time = figures::time(entry.at, &ui.zone);
        let time = if width >= 60 { format!("{time}  ") } else { String::new() };
        let room = width.saturating_sub(columns(&time) + LEVEL + 4);
        let mut line = Line::from(vec![
            Span::styled(mark, theme.accent),
            Span::styled(time, theme.dim),
            Span::styled(pad(level.word(), LEVEL).into_owned(), logging::style(level, theme)),
            Span::raw("  "),
            Span::styled(clip(&said, room), Style::new()),
        ]);
        if chosen && ui.pane() == Pane::Inspector {
            line = crate::tui::view::chosen(line, theme);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}
