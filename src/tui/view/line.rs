//! The part of a line being typed that is in view; the line of a search.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::text::{escape_line, pad, width as columns};
use crate::tui::line::LineEdit;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

/// What is shown of a line in `cols` columns, escaped, and the column of the cursor. Where it has no focus it is shown
/// from its beginning.
pub(super) fn visible(line: &LineEdit, focused: bool, cols: usize) -> (String, usize) {
    let column = if focused { columns(&escape_line(line.before_cursor())) } else { 0 };
    window(&escape_line(line.text()), column, cols)
}

/// The part of an escaped line around `column`, with a mark at each end where more of it is, and that column in the part.
pub(super) fn window(text: &str, column: usize, cols: usize) -> (String, usize) {
    /// Columns below which a mark takes more than it tells.
    const LEAST: usize = 5;
    let wide = columns(text);
    let marks = cols >= LEAST;
    // The mark at the right is never where the cursor is; what it is on is whole.
    let mut at = 0;
    let under = text.graphemes(true).map(columns).find(|wide| {
        at += wide;
        at > column
    });
    let end = column + under.unwrap_or(1).max(1);
    let end = end + usize::from(marks && wide > end);
    let from = end.saturating_sub(cols);
    let (left, right) = (marks && from > 0, marks && wide > from + cols);
    let inside = cols - usize::from(left) - usize::from(right);
    let mut shown = if left { "…".to_owned() } else { String::new() };
    shown.push_str(&slice(text, from + usize::from(left), inside));
    if right {
        // A wide character that has no room leaves a column.
        shown = pad(&shown, cols - 1).into_owned();
        shown.push('…');
    }
    (shown, column.saturating_sub(from))
}

/// The columns `from..from + cols` of an escaped line.
fn slice(text: &str, from: usize, cols: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    for cluster in text.graphemes(true) {
        let wide = columns(cluster);
        if at >= from + cols || at + wide > from + cols {
            break;
        }
        if at >= from {
            out.push_str(cluster);
        } else if at + wide > from {
            out.push(' ');
        }
        at += wide;
    }
    out
}

/// The line of a search: what is looked for, and what came of it.
pub(super) fn search(
    line: &LineEdit,
    typing: bool,
    focused: bool,
    said: &str,
    theme: &Theme,
    frame: &mut Frame<'_>,
    rect: Rect,
) {
    let cols = usize::from(rect.width);
    let said = clip(said, cols / 2);
    let room = cols.saturating_sub(columns(&said) + 4);
    let (text, cursor) = visible(line, typing, room);
    let gap = room.saturating_sub(columns(&text));
    let drawn = Line::from(vec![
        Span::styled(" /", theme.accent),
        Span::raw(text),
        Span::raw(" ".repeat(gap + 1)),
        Span::styled(said, theme.warn),
    ]);
    frame.render_widget(drawn, rect);
    if typing && focused {
        let x = u16::try_from(cursor + 2).unwrap_or(u16::MAX).min(rect.width.saturating_sub(1));
        frame.set_cursor_position((rect.x + x, rect.y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_of_a_line_has_a_mark_that_the_cursor_is_never_on() {
        let text = "0123456789";
        for (column, cols, shown, at) in [
            (0, 10, "0123456789", 0),
            (0, 6, "01234…", 0),
            (4, 6, "01234…", 4),
            (5, 6, "…2345…", 4),
            (8, 6, "…56789", 4),
            (9, 6, "…56789", 5),
            (10, 6, "…6789", 5),
            // Too narrow for marks.
            (10, 3, "89", 2),
            (0, 1, "0", 0),
            (4, 0, "", 0),
        ] {
            assert_eq!(window(text, column, cols), (shown.to_owned(), at), "{column} {cols}");
        }
        // A wide character is never cut in two.
        assert_eq!(window("日本語日本語", 0, 6), ("日本 …".to_owned(), 0));
        assert_eq!(window("日本語日本語", 6, 6), ("…語日…".to_owned(), 3));
    }
}
