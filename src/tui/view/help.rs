//! The window with all keys, made from the table of keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::State;
use crate::model::text::{pad, truncate_width, width as columns};
use crate::tui::area;
use crate::tui::keymap::Context;
use crate::tui::page::wrapped;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Columns for the keys.
const KEYS: usize = 16;
/// Lines of a notice at most.
const NOTICE: usize = 12;
/// Columns at most.
const WIDTH: u16 = 110;
/// Columns of text from which on there is room for two of them, and what stays free between them.
const BESIDE: u16 = 90;
const GAP: u16 = 3;

/// The newest notice whole, as the line on top cuts it; then all keys, context by context, the one behind the window
/// first.
pub(in crate::tui) fn lines(state: &State, ui: &Ui, theme: &Theme, body: Rect) -> Vec<Line<'static>> {
    let (_, column) = columns_in(body);
    let width = usize::from(column).saturating_sub(KEYS + 4).max(8);
    let behind = ui.focus_behind();
    let rest = Context::ALL.into_iter().filter(|context| *context != behind);
    let mut out = Vec::new();
    if let Some(notice) = state.notices.back() {
        out.push(Line::styled("The notice on top, in full", theme.title));
        let cols = usize::from(column).saturating_sub(1);
        out.extend(wrapped(&notice.text, Style::new(), cols, 2).take(NOTICE));
    }
    for context in std::iter::once(behind).chain(rest) {
        if !out.is_empty() {
            out.push(Line::raw(""));
        }
        out.push(Line::styled(context.title(), theme.title));
        for binding in ui.keymap.of(context) {
            let keys: Vec<String> = binding.keys.iter().map(|key| key.show(theme.symbols.arrows)).collect();
            if keys.is_empty() {
                continue;
            }
            let keys = truncate_width(&keys.join(" "), KEYS).into_owned();
            entry(&mut out, &keys, binding.help, theme, width);
        }
    }
    out.push(Line::raw(""));
    out.push(Line::styled("While typing any text", theme.title));
    for (keys, does) in area::KEYS {
        entry(&mut out, keys, does, theme, width);
    }
    let marks = theme.symbols;
    let of_log = [
        (marks.send, "sent to the server"),
        (marks.recv, "received from the server"),
        (marks.told, "a notification that was sent"),
        (marks.hears, "a notification that was received"),
        (marks.broken, "not JSON, or not JSON-RPC"),
        (marks.exit, "the end of a server"),
        (marks.stderr, "a line of standard error"),
        (marks.note, "something this client did or noticed"),
    ];
    let of_servers = [
        (marks.ready, "a server that is ready"),
        (marks.connecting, "a server on its way up; a call that is running"),
        (marks.down, "a server that is down; a tool that answered with an error"),
        (marks.idle, "a server that was not started"),
        (marks.dot, "was called in this run"),
        (marks.broken, "cannot be used; or its last call got no answer"),
        (marks.claim, "a claim of the server, not a fact"),
    ];
    for (title, marks) in [("Marks in the log", &of_log[..]), ("Marks of servers and what they offer", &of_servers)] {
        out.push(Line::raw(""));
        out.push(Line::styled(title, theme.title));
        for (mark, meaning) in marks {
            entry(&mut out, mark, meaning, theme, width);
        }
    }
    out
}

/// How many columns of text there are, and how wide each is.
fn columns_in(body: Rect) -> (u16, u16) {
    match body.width.saturating_sub(2) {
        inside if inside >= 2 * BESIDE + GAP => (2, (inside - GAP).min(2 * WIDTH) / 2),
        inside => (1, inside.min(WIDTH - 2)),
    }
}

/// Lines in view.
pub(in crate::tui) fn rows(body: Rect) -> usize {
    let columns = usize::from(columns_in(body).0);
    // A heading goes on to the next column with what is below it.
    (columns * usize::from(body.height.saturating_sub(2))).saturating_sub(columns - 1)
}

fn is_heading(line: &Line<'_>) -> bool {
    line.spans.first().is_some_and(|span| !span.content.starts_with(' ') && !span.content.is_empty())
}

/// Keys, and what they do in as many lines as that takes.
fn entry(out: &mut Vec<Line<'static>>, keys: &str, help: &str, theme: &Theme, width: usize) {
    let mut line = String::new();
    let mut lines = Vec::new();
    for word in help.split(' ') {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    for (at, line) in lines.into_iter().enumerate() {
        let keys = if at == 0 { keys } else { "" };
        out.push(Line::from(vec![Span::styled(format!("  {} ", pad(keys, KEYS)), theme.accent), Span::raw(line)]));
    }
}

pub(super) fn draw(state: &State, ui: &Ui, scroll: usize, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let lines = lines(state, ui, theme, body);
    let (many, column) = columns_in(body);
    let width = many * column + (many - 1) * GAP + 2;
    // One column of what is behind it would look like a second border.
    let width = if width + 1 == body.width { body.width } else { width };
    let height = body.height.min(u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let inside = super::window("Keys", theme, frame, super::centered(body, width, height));
    let scroll = scroll.min(lines.len().saturating_sub(rows(body)));
    let each = usize::from(inside.height);
    super::more(theme, frame, inside, scroll > 0, lines.len() > scroll + rows(body));
    let mut lines = lines.into_iter().skip(scroll).peekable();
    for at in 0..many {
        let rect = Rect { x: inside.x + at * (column + GAP), width: column, ..inside };
        let mut shown = Vec::with_capacity(each);
        while let Some(line) = lines.next_if(|line| shown.len() + usize::from(is_heading(line)) < each) {
            shown.push(line);
        }
        frame.render_widget(Paragraph::new(shown), rect);
    }
}
