//! The log: one row a frame. Only the rows in view are looked at, however many there are. Its filter is drawn by
//! `log/filter.rs`.

pub(in crate::tui) mod filter;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::row;
use crate::app::State;
use crate::model::filter::SLOW;
use crate::model::log::LogEntry;
use crate::model::text::{pad, width as columns};
use crate::model::wire::{Direction, FrameKind};
use crate::tui::figures;
use crate::tui::layout::Layout;
use crate::tui::log::{Shown, Times};
use crate::tui::page::{clip, excerpt, light, shape, summary};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};

/// Columns that a long method may have beyond its own.
const WHAT_MORE: usize = 10;

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let len = state.log.len();
    let dot = theme.symbols.dot;
    let shown = ui.log.shown(state);
    let place = match ui.log.selected(state) {
        _ if ui.log.follow => "following".to_owned(),
        Some(at) => format!("at {}, f follows", figures::count(at)),
        None => "f follows".to_owned(),
    };
    let right = format!("{} {dot} {place}", figures::counted(len, "frame"));
    super::pane(ui, Pane::Log, ("JSON-RPC", &right), theme, frame, rect);
    let layout = Layout::of(ui);
    if let Some(rect) = layout.log_filter {
        filter::draw(state, ui, theme, frame, rect);
    }
    let Some(list) = layout.log_list else { return };
    if shown.is_empty() {
        if let Some(rect) = row(list, 0) {
            let text = if len == 0 {
                " Every frame of every server shows up here, both ways, as it was on the wire."
            } else if state.search.as_ref().is_some_and(|search| search.is_running(len)) {
                " Searching…"
            } else {
                " No frame fits. New ones that do show up here; Esc takes the filter away."
            };
            frame.render_widget(Line::styled(clip(text, usize::from(rect.width)), theme.dim), rect);
        }
        return;
    }
    let row_columns = Columns::of(state, ui, usize::from(list.width));
    let selected = ui.log.row(shown);
    for (at, index) in ui.log.window(shown, usize::from(list.height)).enumerate() {
        let (Some(rect), Some(entry)) = (row(list, at), shown.frame(index).and_then(|at| state.log.get(at))) else {
            break;
        };
        let above = index.checked_sub(1).and_then(|above| shown.frame(above)).and_then(|at| state.log.get(at));
        let mut line = entry_line(state, ui, &entry, above, theme, &row_columns);
        if index == selected && (ui.pane() == Pane::Log || ui.work.frame.is_some()) {
            line = if ui.pane() == Pane::Log { super::chosen(line, theme) } else { line.style(theme.marked) };
        }
        frame.render_widget(line, rect);
    }
}

/// How wide the parts of a row are. They depend on the width alone, so that a new row never moves the others.
struct Columns {
    width: usize,
    time: usize,
    /// 0: there is only one server, and no room to repeat its name.
    server: usize,
    what: usize,
    id: usize,
    latency: usize,
    bar: usize,
    size: usize,
}

impl Columns {
    fn of(state: &State, ui: &Ui, width: usize) -> Columns {
        let (time, server, what, bar, size) = match width {
            0..60 => (8, 0, 14, 0, 0),
            // `resources/read`; the few longer ones take their room from what is said.
            60..100 => (8, if state.sessions.len() > 1 { 9 } else { 0 }, 14, 0, 0),
            100..140 => (12, 12, 16, 0, 8),
            140..170 => (12, 16, 30, 8, 8),
            // Wide enough for `result of resources/templates/list`.
            _ => (12, 16, 34, 8, 8),
        };
        let time = if ui.log.times == Times::Clock { time } else { time.max(11) };
        Columns { width, time, server, what, id: if width < 100 { 4 } else { 6 }, latency: 7, bar, size }
    }
}

/// One row: time, server, way, what, what it says; at the right id, latency and size.
fn entry_line(
    state: &State,
    ui: &Ui,
    entry: &LogEntry,
    above: Option<LogEntry>,
    theme: &Theme,
    columns_of: &Columns,
) -> Line<'static> {
    let Columns { width, time: time_cols, server: server_cols, what: what_cols, .. } = *columns_of;
    let shape = shape(state, entry, theme);
    let record = state.rows.get(&entry.index);
    let (mut said, id) = record.map(|record| summary(state, entry, record)).unwrap_or_default();
    let wanted = state.search.as_ref().map(|search| search.filter.wanted_texts()).unwrap_or_default();
    if let (Some(record), false) = (record, wanted.is_empty()) {
        said = excerpt(said, &record.text(), &wanted);
    }
    let time = match ui.log.times {
        Times::Clock => {
            let time = figures::time(entry.at, &ui.zone);
            time[..time.len().min(time_cols)].to_owned()
        }
        Times::SinceStart => since(state.log.get(0), entry),
        Times::SinceLast => {
            above.map_or_else(String::new, |above| format!("+{}", figures::duration(entry.at.micros_since(above.at))))
        }
    };
    let responds = entry.responds();
    let mut what = shape.what;
    if responds && entry.kind != FrameKind::Model && what_cols >= 30 {
        let method = state.log.method(entry.method);
        if !method.is_empty() {
            what = format!("{what} of {}", clip(method, what_cols));
        }
    }
    let mut spans = vec![
        Span::styled(edge(state, ui, entry, theme), theme.warn),
        Span::styled(format!("{time:>time_cols$} "), theme.dim),
    ];
    if server_cols > 0 {
        let server = state.peer(entry.server).unwrap_or("?");
        spans.push(Span::raw(format!("{} ", pad(&clip(server, server_cols), server_cols))));
    }
    spans.push(Span::styled(format!("{} ", shape.symbol), shape.style));
    // A long method takes its room from what is said about it.
    let what = clip(&what, what_cols + WHAT_MORE);
    spans.push(Span::styled(pad(&what, what_cols.max(columns(&what))).into_owned(), shape.style));
    spans.push(Span::raw(" "));
    // A response tells how long it took; showing it on the request too would only be noise.
    let took = if responds { state.log.latency(entry.index) } else { None };
    let right = right(entry, id.as_deref(), took, theme, columns_of);
    let used: usize = spans.iter().chain(&right).map(|span| columns(&span.content)).sum();
    let room = width.saturating_sub(used + 2);
    // Without a record there is only the index: the text is not at hand (any more).
    spans.push(Span::raw(format!("{} ", pad(&clip(&said, room), room))));
    spans.extend(right);
    spans.push(Span::raw(" "));
    light(Line::from(spans), &wanted, theme.found)
}

/// Id, latency with its bar, size.
fn right(
    entry: &LogEntry,
    id: Option<&str>,
    took: Option<u64>,
    theme: &Theme,
    columns_of: &Columns,
) -> Vec<Span<'static>> {
    let id = id.map(|id| format!("#{}", id.trim_matches('"'))).unwrap_or_default();
    let (id_cols, latency) = (columns_of.id, took.map(figures::duration).unwrap_or_default());
    let style = if took.is_some_and(|took| took >= SLOW) { theme.warn } else { theme.dim };
    let mut spans = Vec::new();
    // What has neither leaves the room to what is said.
    let paired = !id.is_empty() || took.is_some();
    if paired {
        spans.push(Span::styled(pad(&clip(&id, id_cols), id_cols).into_owned(), theme.dim));
        spans.push(Span::styled(format!(" {latency:>0$}", columns_of.latency), style));
    }
    if columns_of.bar > 0 && paired {
        let cells = took.map_or(0, bar).min(columns_of.bar);
        spans.push(Span::styled(format!(" {}", pad(&theme.symbols.full.repeat(cells), columns_of.bar)), style));
    }
    if columns_of.size > 0 {
        // A note has no bytes on the wire.
        let size = if entry.size == 0 || entry.direction == Direction::Note {
            String::new()
        } else {
            figures::size(entry.size)
        };
        spans.push(Span::styled(format!(" {size:>0$}", columns_of.size), theme.dim));
    }
    spans
}

/// Cells of a latency bar: one up to a millisecond, one more for each factor of about three; eight is seconds.
fn bar(micros: u64) -> usize {
    const LIMITS: [u64; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
    1 + LIMITS.iter().filter(|limit| micros > **limit).count()
}

/// What stands at the left edge: whether it is marked, whether it is a hit among other rows.
fn edge(state: &State, ui: &Ui, entry: &LogEntry, theme: &Theme) -> &'static str {
    if state.marks.contains(&entry.index) {
        return theme.symbols.mark;
    }
    let hit = |hits: &[u32]| u32::try_from(entry.index).is_ok_and(|frame| hits.binary_search(&frame).is_ok());
    match &state.search {
        Some(search) if ui.log.filter.all && hit(&search.hits) => theme.symbols.hit,
        _ => " ",
    }
}

/// In seconds, so that the points stand below each other; in a long run without its fractions.
fn since(first: Option<LogEntry>, entry: &LogEntry) -> String {
    let micros = first.map_or(0, |first| entry.at.micros_since(first.at));
    let seconds = micros / 1_000_000;
    match seconds {
        0..10_000 => format!("+{seconds}.{:03} s", micros % 1_000_000 / 1_000),
        _ => format!("+{seconds} s"),
    }
}

/// The newest frame on one line, where the log is not in view.
pub(super) fn newest(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let all = Shown::All(state.log.len());
    let Some(entry) = all.len().checked_sub(1).and_then(|last| state.log.get(last)) else {
        return;
    };
    let above = entry.index.checked_sub(1).and_then(|above| state.log.get(above));
    let columns_of = Columns::of(state, ui, usize::from(rect.width));
    frame.render_widget(entry_line(state, ui, &entry, above, theme, &columns_of).style(theme.dim), rect);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_grows_by_factors() {
        for (micros, cells) in [(0, 1), (1_000, 1), (1_001, 2), (3_001, 3), (10_001, 4), (100_001, 6), (1_000_001, 8)] {
            assert_eq!(bar(micros), cells, "{micros}");
        }
        assert_eq!(bar(u64::MAX), 8);
    }
}
