//! What is being read, and the line of its search below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::line::visible;
use crate::model::text::width as columns;
use crate::tui::page::clip;
use crate::tui::reader::{Find, Reader};
use crate::tui::theme::Theme;

/// Draws a reader in the rectangle that it was resized for; the last row is the search's while there is one.
pub(in crate::tui) fn draw(reader: &Reader, focused: bool, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let (rows, above, below) = reader.rows_and_more(theme, focused);
    let shown = Rect { height: u16::try_from(rows.len()).unwrap_or(rect.height).min(rect.height), ..rect };
    frame.render_widget(Paragraph::new(rows), rect);
    super::more(theme, frame, shown, above, below);
    if let Some(find) = &reader.find
        && rect.height > 1
    {
        let last = Rect { y: rect.bottom() - 1, height: 1, ..rect };
        let line = search(find, theme, usize::from(rect.width));
        frame.render_widget(Paragraph::new(line.0), last);
        if find.typing && focused {
            frame.set_cursor_position((last.x + line.1.min(last.width - 1), last.y));
        }
    }
}

/// The line of a search, and the column of the cursor.
fn search(find: &Find, theme: &Theme, cols: usize) -> (Line<'static>, u16) {
    let said = if find.is_busy() { "searching…" } else { find.said.as_str() };
    let said = clip(said, cols / 2);
    let room = cols.saturating_sub(columns(&said) + 4);
    let (text, cursor) = visible(&find.line, find.typing, room);
    let gap = room.saturating_sub(columns(&text));
    let line = Line::from(vec![
        Span::styled(" /", theme.accent),
        Span::raw(text),
        Span::raw(" ".repeat(gap + 1)),
        Span::styled(said, theme.warn),
    ]);
    (line, u16::try_from(cursor + 2).unwrap_or(u16::MAX))
}
