//! What is being read, and the line of its search below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;

use crate::tui::reader::Reader;
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
        let said = if find.is_busy() { "searching…" } else { find.said.as_str() };
        super::line::search(&find.line, find.typing, focused, said, theme, frame, last);
    }
}
