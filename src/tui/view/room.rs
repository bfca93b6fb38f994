//! Room for something on top of what is drawn already: [`clear`].

use ratatui::Frame;
use ratatui::buffer::CellWidth;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use crate::tui::theme::Theme;

/// Makes a rectangle as if nothing was ever drawn there. A wide character that would reach into it from the left goes: the
/// terminal would draw its second half over the border.
pub(super) fn clear(theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    frame.render_widget(Clear, rect);
    let buffer = frame.buffer_mut();
    buffer.set_style(rect, theme.base);
    let Some(left) = rect.x.checked_sub(1).filter(|left| *left >= buffer.area.x) else { return };
    for y in rect.intersection(buffer.area).rows().map(|row| row.y) {
        let cell = &mut buffer[(left, y)];
        if cell.symbol().cell_width() > 1 {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::text::Line;
    use ratatui::widgets::Block;

    #[test]
    fn no_wide_character_reaches_into_a_window() {
        let mut terminal = Terminal::new(TestBackend::new(8, 3)).unwrap();
        terminal
            .draw(|frame| {
                for y in 0..3 {
                    frame.render_widget(Line::raw("a漢字漢x"), Rect::new(0, y, 8, 1));
                }
                let rect = Rect::new(4, 0, 4, 2);
                clear(&Theme::default(), frame, rect);
                frame.render_widget(Block::bordered(), rect);
                // At the edge of the screen there is no left.
                clear(&Theme::default(), frame, Rect::new(0, 2, 1, 1));
            })
            .unwrap();
        terminal.backend().assert_buffer_lines(["a漢 ┌──┐", "a漢 └──┘", " 漢字漢x"]);
    }
}
