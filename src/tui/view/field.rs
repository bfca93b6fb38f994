//! Parts of a field of a form: options side by side, and text that nobody is to read.

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::text::width as columns;
use crate::tui::line::LineEdit;
use crate::tui::theme::Theme;

/// Rows of spans, and the row and column of the cursor.
pub(super) type Value = (Vec<Vec<Span<'static>>>, Option<(usize, usize)>);

pub(super) fn radio(on: bool, theme: &Theme) -> &'static str {
    match (on, theme.symbols.arrows) {
        (true, true) => "(•)",
        (true, false) => "(*)",
        (false, _) => "( )",
    }
}

/// Options one after the other, in as many rows as they need: text, whether it is chosen, whether the cursor is on it.
pub(super) fn flowed(options: &[(String, bool, bool)], focused: bool, theme: &Theme, cols: usize) -> Value {
    let mut rows: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    let mut caret = None;
    let any_cursor = options.iter().any(|(.., cursor)| *cursor);
    for (text, on, cursor) in options {
        let wide = columns(text);
        if used > 0 && used + 2 + wide > cols {
            rows.push(Vec::new());
            used = 0;
        }
        if used > 0 {
            used += 2;
            if let Some(row) = rows.last_mut() {
                row.push(Span::raw("  "));
            }
        }
        if focused && (*cursor || (!any_cursor && (*on || caret.is_none()))) {
            caret = Some((rows.len() - 1, used + 1));
        }
        let style = match (focused, *on) {
            (true, true) => theme.accent,
            (false, true) => theme.title,
            (_, false) => Style::new(),
        };
        if let Some(row) = rows.last_mut() {
            row.push(Span::styled(text.clone(), style));
        }
        used += wide;
    }
    (rows, caret)
}

/// The same line with every character hidden.
pub(super) fn mask(line: &LineEdit, theme: &Theme) -> LineEdit {
    let dots = |text: &str| if theme.symbols.arrows { "•" } else { "*" }.repeat(text.graphemes(true).count());
    let mut masked = LineEdit::new(dots(line.before_cursor()));
    let rest = dots(&line.text()[line.before_cursor().len()..]);
    masked.append(&rest);
    masked
}
