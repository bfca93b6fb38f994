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

/// The newest notice whole, as the line on top cuts it; then all keys, context by context, the one behind the window
/// first.
pub(in crate::tui) fn lines(state: &State, ui: &Ui, theme: &Theme, body: Rect) -> Vec<Line<'static>> {
    let width = usize::from(body.width.min(WIDTH).saturating_sub(2)).saturating_sub(KEYS + 4).max(8);
    let behind = ui.focus_behind();
    let rest = Context::ALL.into_iter().filter(|context| *context != behind);
    let mut out = Vec::new();
    if let Some(notice) = state.notices.back() {
        out.push(Line::styled("The notice on top, in full", theme.title));
        let cols = usize::from(body.width.min(WIDTH)).saturating_sub(3);
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
    let width = body.width.min(WIDTH);
    let height = body.height.min(u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let inside = super::window("Keys", theme, frame, super::centered(body, width, height));
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    super::more_of(theme, frame, inside, scroll, lines.len());
    let shown: Vec<_> = lines.into_iter().skip(scroll).take(usize::from(inside.height)).collect();
    frame.render_widget(Paragraph::new(shown), inside);
}
