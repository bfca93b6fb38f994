//! A picture in a reader: [`PictureView`]: two pixels to a character where there are colours, else how bright it is; or
//! characters in whose place the terminal draws it.

use ratatui::text::{Line, Span};

use crate::tui::graphics::{Graphics, Shown, placeholder};
use crate::tui::page::clip;
use crate::tui::picture::Picture;
use crate::tui::theme::Theme;

/// Rows and columns that a picture gets at most.
const ROWS: u32 = 30;
const COLS: u32 = 120;
/// A picture of this few pixels is drawn twice as large.
const TINY: u32 = 20;

/// A picture and what there is to say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PictureView {
    picture: Picture,
    /// Kind and sizes; foreign text in it is escaped when it is drawn.
    caption: String,
}

impl PictureView {
    /// Shows a picture with a line below it.
    pub fn new(picture: Picture, caption: String) -> PictureView {
        PictureView { picture, caption }
    }

    /// What it shows, in so many columns.
    pub(super) fn shown(&self, cols: usize) -> Shown {
        Shown { picture: self.picture.clone(), cells: self.cells(cols) }
    }

    /// The line below it.
    pub(super) fn caption(&self) -> &str {
        &self.caption
    }

    /// Columns and rows of characters; a character is as high as two columns are wide.
    fn cells(&self, cols: usize) -> (u32, u32) {
        let (width, height) = self.picture.kept();
        let most = f64::from(COLS.min(u32::try_from(cols).unwrap_or(COLS)).max(1));
        let largest = if width.max(height) <= TINY { 2.0 } else { 1.0 };
        let scale = (most / f64::from(width)).min(f64::from(ROWS * 2) / f64::from(height)).min(largest);
        let of = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
        (of(width).min(COLS), of(height).div_ceil(2).min(ROWS))
    }

    pub(super) fn height(&self, cols: usize) -> u32 {
        self.cells(cols).1 + 1
    }

    pub(super) fn lines(&self, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let (wide, high) = self.cells(cols);
        if theme.look.graphics != Graphics::Characters {
            let cell = |row, column| placeholder(row, column).unwrap_or_else(|| " ".to_owned());
            let style = theme.picture(self.picture.id());
            let row = |row| Line::styled((0..wide).map(|column| cell(row, column)).collect::<String>(), style);
            let mut out: Vec<Line<'static>> = (0..high).map(row).collect();
            out.push(Line::styled(clip(&self.caption, cols), theme.dim));
            return out;
        }
        let share = |at: u32, of: u32| f64::from(at) / f64::from(of);
        let mut out: Vec<Line<'static>> = (0..high)
            .map(|row| {
                let half = |lower: u32| (share(row * 2 + lower, high * 2), share(row * 2 + lower + 1, high * 2));
                let cell = |column: u32| {
                    let across = (share(column, wide), share(column + 1, wide));
                    let (symbol, style) =
                        theme.two_pixels(self.picture.mean(across, half(0)), self.picture.mean(across, half(1)));
                    Span::styled(symbol, style)
                };
                Line::from((0..wide).map(cell).collect::<Vec<_>>())
            })
            .collect();
        out.push(Line::styled(clip(&self.caption, cols), theme.dim));
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Each makes a picture and shrinks it, which takes its time without optimizations.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_picture_fits_where_it_is_drawn(width in 1u32..700, height in 1u32..700, cols in 1usize..200) {
            let mut bytes = std::io::Cursor::new(Vec::new());
            let made = image::GrayImage::new(width, height);
            prop_assert!(made.write_to(&mut bytes, image::ImageFormat::Png).is_ok());
            let picture = Picture::read(bytes.get_ref(), 320);
            prop_assert!(picture.is_ok());
            let Ok(picture) = picture else { return Ok(()) };
            let view = PictureView::new(picture, "png".to_owned());
            let lines = view.lines(cols, &Theme::default());
            prop_assert_eq!(lines.len() as u32, view.height(cols));
            prop_assert!(lines.iter().all(|line| line.width() <= cols) && lines.len() as u32 <= ROWS + 1);
        }
    }
}
