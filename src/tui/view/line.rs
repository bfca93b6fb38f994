//! The part of a line being typed that is in view; the line of a search.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::text::{escape_line, width as columns};
use crate::tui::line::LineEdit;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

use super::editor::slice;

/// What is shown of a line in `cols` columns, escaped, and the column of the cursor. Where it has no focus it is shown
/// from its beginning.
pub(super) fn visible(line: &LineEdit, focused: bool, cols: usize) -> (String, usize) {
    let column = if focused { columns(&escape_line(line.before_cursor())) } else { 0 };
    let shift = (column + 1).saturating_sub(cols);
    (slice(&escape_line(line.text()), shift, cols), column.saturating_sub(shift))
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
