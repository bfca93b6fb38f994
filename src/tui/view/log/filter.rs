//! The filter of the log: its line with the count, and below it, while it is typed, what could come next or what is wrong.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::super::{line, row};
use crate::app::State;
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, wrapped};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};
use crate::tui::update::is_unfinished;

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let filter = &ui.log.filter;
    let typing = ui.focus() == Context::LogFilter;
    let Some(first) = row(rect, 0) else { return };
    let width = usize::from(first.width);
    let counted = count(state, ui);
    let room = width.saturating_sub(columns(&counted) + 5);
    let (text, cursor) = line::visible(&filter.line, typing, room);
    let style = match (&filter.error, typing || ui.pane() == Pane::Log) {
        (Some(_), _) if !typing => theme.bad,
        (_, true) => theme.title,
        (_, false) => theme.dim,
    };
    let gap = " ".repeat(width.saturating_sub(3 + columns(&text) + columns(&counted) + 1));
    let spans = vec![
        Span::styled(" / ", theme.accent),
        Span::styled(text, style),
        Span::raw(gap),
        Span::styled(counted, theme.dim),
    ];
    frame.render_widget(Line::from(spans), first);
    if typing && width > 3 {
        let x = first.x + (3 + cursor).min(width - 1) as u16;
        frame.set_cursor_position(Position::new(x, first.y));
    }
    if let Some(second) = row(rect, 1) {
        let below = below(ui, theme, usize::from(second.width));
        super::super::put(below, frame, Rect { height: rect.height - 1, ..second });
    }
}

/// Whether what is wrong takes two rows.
pub(in crate::tui) fn is_long(ui: &Ui, width: usize) -> bool {
    let filter = &ui.log.filter;
    let error = filter.error.as_ref().filter(|error| !is_unfinished(&filter.line, error));
    error.is_some_and(|error| columns(&error.to_string()) + 4 > width)
}

/// `37 of 1 284`, with dots while it is still counted.
fn count(state: &State, ui: &Ui) -> String {
    let len = state.log.len();
    let Some(search) = &state.search else { return figures::counted(len, "frame") };
    let more = if search.is_running(len) { "…" } else { "" };
    let all = if ui.log.filter.all { ", all rows" } else { "" };
    format!("{}{more} of {}{all}", figures::count(search.hits.len()), figures::count(len))
}

/// What is wrong, or what could be typed next.
fn below(ui: &Ui, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let filter = &ui.log.filter;
    let offered = &filter.offered.candidates;
    if let Some(error) = &filter.error
        && (offered.is_empty() || !is_unfinished(&filter.line, error))
    {
        let style = if is_unfinished(&filter.line, error) { theme.dim } else { theme.bad };
        return wrapped(error.to_string(), style, width.saturating_sub(1), 3).collect();
    }
    if offered.is_empty() {
        return vec![Line::styled("   text is searched in whole frames; a space is `and`", theme.dim)];
    }
    let key = ui.keymap.key_of(Context::LogFilter, Action::Complete);
    let mut spans = vec![Span::raw("   ")];
    spans.extend(key.map(|key| Span::styled(format!("{} ", key.show(theme.symbols.arrows)), theme.accent)));
    let mut used: usize = spans.iter().map(|span| columns(&span.content)).sum();
    // The taken one stays in view.
    let from = filter.taken.map_or(0, |at| at.saturating_sub(3));
    for (at, candidate) in offered.iter().enumerate().skip(from) {
        let text = clip(candidate, width);
        used += columns(&text) + 2;
        if used + 2 > width {
            spans.push(Span::styled("…", theme.dim));
            break;
        }
        let style = if filter.taken == Some(at) { theme.title.add_modifier(Modifier::UNDERLINED) } else { theme.dim };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw("  "));
    }
    vec![Line::from(spans)]
}
