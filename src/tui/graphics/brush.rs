//! What goes to the terminal beside frames: [`Brush`]. It belongs to the thread that writes: making sixels of a picture
//! may take longer than a frame may.

use std::fmt::Write as _;

use image::RgbaImage;

use super::inked::Inked;
use super::kitty::Sent;
use super::{Graphics, Piece, Shown, iterm, sixel};

/// Pictures whose colours are remembered.
const KEPT: usize = 4;
/// Columns and rows of pixels that are drawn in one go. xterm draws no more than 1 000.
const AT_ONCE: u32 = 960;

/// Has a terminal draw pictures.
#[derive(Debug, Default)]
pub struct Brush {
    graphics: Graphics,
    sent: Sent,
    /// In how many pixels each was to be seen.
    inked: Recent<Inked>,
    /// In how many cells each was to be seen: beside a window there is a piece for each strip of it.
    fitted: Recent<RgbaImage>,
}

/// What was made of pictures for a size, as long as it is one of the newest. The newest is the last.
#[derive(Debug)]
struct Recent<T>(Vec<(Key, T)>);

/// A picture, and columns and rows.
type Key = (u32, (u32, u32));

impl<T> Default for Recent<T> {
    fn default() -> Recent<T> {
        Recent(Vec::new())
    }
}

impl<T> Recent<T> {
    fn get(&mut self, picture: u32, size: (u32, u32), make: impl FnOnce() -> T) -> &T {
        let key = (picture, size);
        let entry = match self.0.iter().position(|(known, _)| *known == key) {
            Some(at) => self.0.remove(at),
            None => (key, make()),
        };
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        let at = self.0.len();
        self.0.push(entry);
        &self.0[at].1
    }
}

impl Brush {
    /// For a terminal that shows pictures so.
    pub fn new(graphics: Graphics) -> Brush {
        Brush { graphics, ..Brush::default() }
    }

    /// What the terminal has to know before the frame with these pictures.
    pub fn tell(&mut self, shown: &[Shown]) -> String {
        if self.graphics != Graphics::Kitty {
            return String::new();
        }
        shown.iter().map(|Shown { picture, cells }| self.sent.tell(picture, *cells)).collect()
    }

    /// Has the terminal forget what it keeps.
    pub fn forget(&mut self) -> String {
        self.sent.forget()
    }

    /// Draws pieces of these pictures after a frame, where a cell has so many pixels, which sixels have to know. The cursor
    /// is anywhere afterwards.
    pub fn paint(&mut self, pieces: &[Piece], shown: &[Shown], cell: Option<(u32, u32)>) -> String {
        let mut out = String::new();
        for piece in pieces {
            let Some(shown) = shown.iter().find(|shown| shown.picture.id() == piece.picture) else { continue };
            match self.graphics {
                Graphics::Characters | Graphics::Kitty => {}
                Graphics::Iterm => {
                    go_to(&mut out, piece);
                    if iterm::is_whole(shown, piece) {
                        out.push_str(&iterm::whole(shown));
                    } else {
                        let fitted = self.fitted.get(piece.picture, shown.cells, || iterm::fitted(shown));
                        out.push_str(&iterm::part(shown, fitted, piece));
                    }
                }
                Graphics::Sixel => {
                    let Some(cell) = cell else { continue };
                    let whole = (shown.cells.0 * cell.0, shown.cells.1 * cell.1);
                    let inked = self.inked.get(piece.picture, whole, || Inked::new(&shown.picture, whole));
                    for tile in tiles(*piece, cell) {
                        let from = (tile.from.0 * cell.0, tile.from.1 * cell.1);
                        let size = (u32::from(tile.place.width) * cell.0, u32::from(tile.place.height) * cell.1);
                        go_to(&mut out, &tile);
                        out.push_str(&sixel::sequence(inked, whole, from, size));
                    }
                }
            }
        }
        out
    }
}

fn go_to(out: &mut String, piece: &Piece) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\x1b[{};{}H", piece.place.y + 1, piece.place.x + 1);
}

/// A piece in parts that are not too large to be drawn.
fn tiles(piece: Piece, cell: (u32, u32)) -> impl Iterator<Item = Piece> {
    let most = |side: u32| u16::try_from(AT_ONCE / side.max(1)).unwrap_or(u16::MAX).max(1);
    let (columns, rows) = (most(cell.0), most(cell.1));
    let place = piece.place;
    let tile = move |x: u16, y: u16| {
        let mut tile = piece;
        tile.from = (piece.from.0 + u32::from(x), piece.from.1 + u32::from(y));
        (tile.place.x, tile.place.y) = (place.x + x, place.y + y);
        (tile.place.width, tile.place.height) = (columns.min(place.width - x), rows.min(place.height - y));
        tile
    };
    let across = move |y: u16| (0..place.width).step_by(columns.into()).map(move |x| tile(x, y));
    (0..place.height).step_by(rows.into()).flat_map(across)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::graphics::sixel::tests::{decode, picture};

    /// Where each sequence begins (column, row) and the sequence.
    fn sequences(text: &str) -> Vec<((u32, u32), &str)> {
        let begin = |text: &str| {
            let (row, column) = text.split_once(';').unwrap_or_default();
            (column.parse().unwrap_or(0), row.parse().unwrap_or(0))
        };
        text.split("\x1b[")
            .skip(1)
            .filter_map(|part| part.split_once('H'))
            .map(|(at, rest)| (begin(at), rest))
            .collect()
    }

    #[test]
    fn the_pieces_of_a_picture_put_together_are_the_picture() {
        let shown = [Shown { picture: picture(100, 60, |x, y| [x as u8 * 2, y as u8 * 4, 0, 255]), cells: (11, 9) }];
        let id = shown[0].picture.id();
        let mut brush = Brush::new(Graphics::Sixel);
        // Cells so large that no sequence has room for all columns, or for all rows.
        for cell in [(120, 4), (4, 120)] {
            let whole = Piece { picture: id, from: (0, 0), place: Rect::new(2, 1, 11, 9) };
            let told = brush.paint(&[whole], &shown, Some(cell));
            let mut pixels = std::collections::BTreeMap::new();
            for ((column, row), sequence) in sequences(&told) {
                let ((width, height), set) = decode(sequence);
                assert!(width <= 1_000 && height <= 1_000);
                for ((x, y), colour) in set {
                    let at = ((column - 3) * cell.0 + x, (row - 2) * cell.1 + y);
                    assert!(pixels.insert(at, colour).is_none(), "{at:?} twice");
                }
            }
            let (width, height) = (11 * cell.0, 9 * cell.1);
            assert_eq!(pixels.len() as u32, width * height, "each pixel once");
            for ((x, y), [red, green, _]) in pixels {
                let expected = (x * 100 / width * 2, y * 60 / height * 4);
                assert!(red.abs_diff(expected.0 as u8) < 24 && green.abs_diff(expected.1 as u8) < 24, "{x},{y}");
            }
        }
        let part = Piece { picture: id, from: (3, 4), place: Rect::new(0, 0, 5, 2) };
        let told = brush.paint(&[part], &shown, Some((10, 20)));
        assert_eq!(sequences(&told).iter().map(|(_, text)| decode(text).0).collect::<Vec<_>>(), [(50, 40)]);
        assert_eq!(
            brush.paint(&[Piece { picture: id + 1, ..part }], &shown, Some((10, 20))),
            "",
            "of no picture in view"
        );
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut brush = Brush::new(Graphics::Sixel);
        for at in 0..12_u8 {
            let shown = [Shown { picture: picture(4, 4, |_, _| [at, 0, 0, 255]), cells: (2, 1) }];
            let piece = Piece { picture: shown[0].picture.id(), from: (0, 0), place: Rect::new(0, 0, 2, 1) };
            assert!(!brush.paint(&[piece], &shown, Some((10, 20))).is_empty());
            assert!(brush.inked.0.len() <= KEPT);
        }
    }

    #[test]
    fn a_picture_is_made_once_for_a_size() {
        let mut recent = Recent::default();
        let mut made = 0;
        for (picture, size) in [(1, (2, 2)), (1, (2, 2)), (2, (2, 2)), (1, (2, 2)), (1, (3, 2))] {
            recent.get(picture, size, || made += 1);
        }
        assert_eq!(made, 3);
        let shown = [Shown { picture: picture(40, 40, |x, y| [x as u8, y as u8, 0, 255]), cells: (10, 10) }];
        let strip =
            |y: u16| Piece { picture: shown[0].picture.id(), from: (0, y.into()), place: Rect::new(0, y, 4, 1) };
        let mut brush = Brush::new(Graphics::Iterm);
        let strips = [strip(0), strip(3), strip(9)];
        let told = brush.paint(&strips, &shown, None);
        assert_eq!(brush.fitted.0.len(), 1, "for all strips");
        let alone: String =
            strips.iter().map(|strip| Brush::new(Graphics::Iterm).paint(&[*strip], &shown, None)).collect();
        assert_eq!(told, alone);
    }

    #[test]
    fn only_kitty_is_told_of_pictures_beforehand() {
        let shown = [Shown { picture: picture(4, 4, |_, _| [9, 0, 0, 255]), cells: (2, 1) }];
        let piece = Piece { picture: shown[0].picture.id(), from: (0, 0), place: Rect::new(0, 0, 2, 1) };
        for graphics in [Graphics::Characters, Graphics::Kitty, Graphics::Iterm, Graphics::Sixel] {
            let mut brush = Brush::new(graphics);
            assert_eq!(brush.tell(&shown).is_empty(), graphics != Graphics::Kitty);
            assert_eq!(brush.paint(&[piece], &shown, Some((10, 20))).is_empty(), !graphics.paints());
            assert_eq!(brush.forget().is_empty(), graphics != Graphics::Kitty);
        }
    }
}
