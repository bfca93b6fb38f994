//! iTerm2's inline images: each piece of a picture is a file of its own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{RgbaImage, imageops};

use super::{Piece, Shown};
use crate::tui::picture::pack;

/// A picture in a size in which each cell has as many pixels as every other: as many as there are in the picture, or
/// one more.
pub(super) fn fitted(Shown { picture, cells }: &Shown) -> RgbaImage {
    let (wide, high) = (cells.0.max(1), cells.1.max(1));
    let whole = picture.image();
    let cell = (whole.width().div_ceil(wide), whole.height().div_ceil(high));
    imageops::resize(&whole, cell.0 * wide, cell.1 * high, imageops::FilterType::Triangle)
}

/// A picture as one sequence; nothing where it cannot be packed.
pub(super) fn whole(Shown { picture, cells }: &Shown) -> String {
    sequence(picture.packed(), *cells)
}

/// A piece of a picture as one sequence, cut where cells end out of the [`fitted`] one.
pub(super) fn part(Shown { cells, .. }: &Shown, fitted: &RgbaImage, piece: &Piece) -> String {
    let cell = (fitted.width() / cells.0.max(1), fitted.height() / cells.1.max(1));
    let (columns, rows) = (u32::from(piece.place.width), u32::from(piece.place.height));
    let (x, y) = (piece.from.0 * cell.0, piece.from.1 * cell.1);
    let part = imageops::crop_imm(fitted, x, y, columns * cell.0, rows * cell.1).to_image();
    sequence(pack(&part), (columns, rows))
}

/// Whether a piece is all of a picture.
pub(super) fn is_whole(Shown { cells, .. }: &Shown, piece: &Piece) -> bool {
    piece.from == (0, 0) && (u32::from(piece.place.width), u32::from(piece.place.height)) == *cells
}

fn sequence(packed: Option<Vec<u8>>, (columns, rows): (u32, u32)) -> String {
    let Some(packed) = packed else { return String::new() };
    let file = BASE64_STANDARD.encode(&packed);
    let size = packed.len();
    format!(
        "\x1b]1337;File=size={size};width={columns};height={rows};preserveAspectRatio=0;inline=1;doNotMoveCursor=1:{file}\x07"
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::graphics::sixel::tests::picture;

    fn file(sequence: &str) -> (String, image::RgbaImage) {
        let (head, file) =
            sequence.strip_prefix("\x1b]1337;File=").unwrap().strip_suffix('\x07').unwrap().split_once(':').unwrap();
        let file = BASE64_STANDARD.decode(file).unwrap();
        assert!(head.starts_with(&format!("size={};", file.len())), "{head}");
        (head.split_once(';').unwrap().1.to_owned(), image::load_from_memory(&file).unwrap().into_rgba8())
    }

    #[test]
    fn a_piece_is_a_file_of_its_own() {
        let shown = Shown { picture: picture(40, 20, |x, y| [x as u8, y as u8, 0, 255]), cells: (20, 5) };
        let piece = |from, place| Piece { picture: shown.picture.id(), from, place };
        let all = piece((0, 0), Rect::new(3, 3, 20, 5));
        assert!(is_whole(&shown, &all) && !is_whole(&shown, &piece((0, 0), Rect::new(3, 3, 20, 4))));
        let (head, whole) = file(&super::whole(&shown));
        assert_eq!(head, "width=20;height=5;preserveAspectRatio=0;inline=1;doNotMoveCursor=1");
        assert_eq!(whole.dimensions(), (40, 20));
        let (head, part) = file(&super::part(&shown, &fitted(&shown), &piece((10, 2), Rect::new(9, 9, 4, 3))));
        assert_eq!(head, "width=4;height=3;preserveAspectRatio=0;inline=1;doNotMoveCursor=1");
        // Two pixels to a column, four to a row.
        assert_eq!(part.dimensions(), (8, 12));
        assert_eq!((part.get_pixel(0, 0).0, part.get_pixel(7, 11).0), ([20, 8, 0, 255], [27, 19, 0, 255]));
    }
}
