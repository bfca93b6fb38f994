//! The window with all keys, made from the table of keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::model::text::{pad, truncate_width};
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Columns for the keys.
const KEYS: usize = 16;

/// All keys, context by context; the one behind the window first.
pub(in crate::tui) fn lines(ui: &Ui, theme: &Theme) -> Vec<Line<'static>> {
    let behind = ui.focus_behind();
    let rest = Context::ALL.into_iter().filter(|context| *context != behind);
    let mut out = Vec::new();
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
            out.push(Line::from(vec![
                Span::styled(format!("  {} ", pad(&keys.join(" "), KEYS)), theme.accent),
                Span::raw(binding.help),
            ]));
        }
    }
    out.push(Line::raw(""));
    out.push(Line::styled("Marks in the log", theme.title));
    let marks = theme.symbols;
    for (mark, meaning) in [
        (marks.send, "sent to the server"),
        (marks.recv, "received from the server"),
        (marks.broken, "not JSON, or not JSON-RPC"),
        (marks.exit, "the end of a server"),
        (marks.stderr, "a line of standard error"),
        (marks.note, "something this client did or noticed"),
        (marks.claim, "a claim of the server, not a fact"),
    ] {
        out.push(Line::from(vec![Span::styled(format!("  {} ", pad(mark, KEYS)), theme.accent), Span::raw(meaning)]));
    }
    out
}

pub(super) fn draw(ui: &Ui, scroll: usize, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let lines = lines(ui, theme);
    let width = body.width.min(110);
    let height = body.height.min(u16::try_from(lines.len() + 2).unwrap_or(u16::MAX));
    let inside = super::window("Keys", theme, frame, super::centered(body, width, height));
    let scroll = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    let room = usize::from(inside.width).saturating_sub(KEYS + 3);
    let mut shown: Vec<_> = lines.into_iter().skip(scroll).take(usize::from(inside.height)).collect();
    for line in &mut shown {
        // What does not fit says so.
        if let [_, help] = &mut line.spans[..] {
            help.content = truncate_width(&help.content, room).into_owned().into();
        }
    }
    frame.render_widget(Paragraph::new(shown), inside);
}
