//! The log: one row a frame. Only the rows in view are looked at, however many there are.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::row;
use crate::app::State;
use crate::model::log::LogEntry;
use crate::model::text::{pad, width as columns};
use crate::model::wire::FrameKind;
use crate::tui::figures;
use crate::tui::page::{clip, shape, summary};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};

/// Columns for the name of a server.
const SERVER: usize = 12;
/// Columns for what a frame is.
const WHAT: usize = 18;

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let len = state.log.len();
    let dot = theme.symbols.dot;
    let place = if ui.log.follow {
        "following".to_owned()
    } else {
        format!("at {}, f follows", figures::count(ui.log.selected(len)))
    };
    let right = format!("{} {dot} {place}", figures::counted(len, "frame"));
    let inside = super::pane(ui, Pane::Log, ("JSON-RPC", &right), theme, frame, rect);
    if len == 0 {
        if let Some(rect) = row(inside, 0) {
            let text = " Every frame of every server shows up here, both ways, as it was on the wire.";
            frame.render_widget(Line::styled(clip(text, usize::from(rect.width)), theme.dim), rect);
        }
        return;
    }
    let window = ui.log.window(len, usize::from(inside.height));
    let selected = ui.log.selected(len);
    for (at, index) in window.enumerate() {
        let (Some(rect), Some(entry)) = (row(inside, at), state.log.get(index)) else { break };
        let mut line = entry_line(state, ui, &entry, theme, usize::from(rect.width));
        if index == selected && (ui.pane() == Pane::Log || ui.work.frame.is_some()) {
            line = line.style(if ui.pane() == Pane::Log { theme.selected } else { theme.marked });
        }
        frame.render_widget(line, rect);
    }
}

/// One row: time, server, way, what, what it says; at the right id, latency and size.
fn entry_line(state: &State, ui: &Ui, entry: &LogEntry, theme: &Theme, width: usize) -> Line<'static> {
    let shape = shape(state, entry, theme);
    let record = state.rows.get(&entry.index);
    let (said, id) = record.map(|record| summary(state, entry, record)).unwrap_or_default();
    let narrow = width < 100;
    let server = state.session(entry.server).map_or("?", |session| session.spec.name.as_str());
    let server_cols = if narrow { 8 } else { SERVER };
    let what_cols = if narrow { 12 } else { WHAT };
    let time = figures::time(entry.at, &ui.zone);
    let time = if narrow { time[..time.len().min(8)].to_owned() } else { time };
    // A response tells how long it took; showing it on the request too would only be noise.
    let latency = match entry.kind {
        FrameKind::Result | FrameKind::Error => {
            state.log.latency(entry.index).map(figures::duration).unwrap_or_default()
        }
        _ => String::new(),
    };
    let id = id.map(|id| format!("#{}", id.trim_matches('"'))).unwrap_or_default();
    let size = if entry.size == 0 { String::new() } else { figures::size(entry.size) };
    let right = if narrow {
        format!("{:>5} {latency:>7}", clip(&id, 5))
    } else {
        format!("{:>6} {latency:>8} {size:>8}", clip(&id, 6))
    };
    let mut spans = vec![
        Span::styled(format!(" {time} "), theme.dim),
        Span::raw(format!(" {} ", pad(&clip(server, server_cols), server_cols))),
        Span::styled(format!("{} ", shape.symbol), shape.style),
        Span::styled(pad(&clip(&shape.what, what_cols), what_cols).into_owned(), shape.style),
        Span::raw(" "),
    ];
    let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
    let room = width.saturating_sub(used + columns(&right) + 2);
    let said = match record {
        Some(_) => clip(&said, room),
        // The index alone: the text is not at hand (any more).
        None => String::new(),
    };
    spans.push(Span::raw(format!("{} ", pad(&said, room))));
    spans.push(Span::styled(right, theme.dim));
    Line::from(spans)
}

/// The newest frame on one line, where the log is not in view.
pub(super) fn newest(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let Some(entry) = state.log.len().checked_sub(1).and_then(|last| state.log.get(last)) else {
        return;
    };
    frame.render_widget(entry_line(state, ui, &entry, theme, usize::from(rect.width)).style(theme.dim), rect);
}
