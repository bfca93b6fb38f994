//! Which cells of pictures were drawn anew, as few rectangles: [`pieces`].

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::part;

/// A rectangle of a picture that is to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Which picture.
    pub picture: u32,
    /// The column and the row of the picture, in cells, that it begins with.
    pub from: (u32, u32),
    /// Where it is on the screen.
    pub place: Rect,
}

/// The rectangles that these cells (column, row) make up, each of one picture and in one go. The last row of the screen
/// is left out: terminals disagree whether pixels there move everything up.
pub fn pieces(shown: &Buffer, mut cells: Vec<(u16, u16)>) -> Vec<Piece> {
    cells.sort_unstable_by_key(|(x, y)| (*y, *x));
    cells.dedup();
    let mut out: Vec<Piece> = Vec::new();
    let mut run: Option<Piece> = None;
    for (x, y) in cells {
        let cell = shown.cell((x, y)).filter(|_| y + 1 < shown.area.bottom());
        let Some((picture, row, column)) = cell.and_then(part) else { continue };
        match &mut run {
            Some(run)
                if (run.place.y, run.place.right()) == (y, x)
                    && (run.picture, run.from.1, run.from.0 + u32::from(run.place.width)) == (picture, row, column) =>
            {
                run.place.width += 1;
            }
            _ => {
                let fresh = Piece { picture, from: (column, row), place: Rect::new(x, y, 1, 1) };
                if let Some(run) = run.replace(fresh) {
                    add(&mut out, run);
                }
            }
        }
    }
    if let Some(run) = run {
        add(&mut out, run);
    }
    out
}

/// Adds a run of cells to the rectangle above it that it goes on with, if there is one.
fn add(out: &mut Vec<Piece>, run: Piece) {
    let fits = |piece: &&mut Piece| {
        (piece.place.x, piece.place.width, piece.place.bottom()) == (run.place.x, run.place.width, run.place.y)
            && (piece.picture, piece.from.0, piece.from.1 + u32::from(piece.place.height))
                == (run.picture, run.from.0, run.from.1)
    };
    match out.iter_mut().find(fits) {
        Some(piece) => piece.place.height += 1,
        None => out.push(run),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::tui::graphics::placeholder;
    use crate::tui::theme::Theme;

    fn put(buffer: &mut Buffer, picture: u32, at: Rect) {
        for (row, y) in (at.y..at.bottom()).enumerate() {
            for (column, x) in (at.x..at.right()).enumerate() {
                let symbol = placeholder(row as u32, column as u32).unwrap();
                buffer.cell_mut((x, y)).unwrap().set_symbol(&symbol).set_style(Theme::default().picture(picture));
            }
        }
    }

    fn all(buffer: &Buffer) -> Vec<(u16, u16)> {
        buffer.area.positions().map(|at| (at.x, at.y)).collect()
    }

    #[test]
    fn a_picture_is_one_piece_and_a_window_over_it_leaves_what_is_round_it() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 10));
        let place = Rect::new(1, 1, 8, 6);
        put(&mut buffer, 7, place);
        let cells = all(&buffer);
        assert_eq!(pieces(&buffer, cells.clone()), [Piece { picture: 7, from: (0, 0), place }]);
        let piece = |column, row, width, height| Piece {
            picture: 7,
            from: (column, row),
            place: Rect::new(column as u16 + 1, row as u16 + 1, width, height),
        };
        assert_eq!(pieces(&buffer, vec![(3, 2), (2, 2), (2, 3), (3, 3), (3, 3)]), [piece(1, 1, 2, 2)]);
        buffer.set_string(3, 3, "++", ratatui::style::Style::new());
        buffer.set_string(3, 4, "++", ratatui::style::Style::new());
        let round = [piece(0, 0, 8, 2), piece(0, 2, 2, 2), piece(4, 2, 4, 2), piece(0, 4, 8, 2)];
        assert_eq!(pieces(&buffer, cells.clone()), round);
        put(&mut buffer, 9, Rect::new(9, 1, 2, 6));
        assert_eq!(pieces(&buffer, cells).len(), 5, "neighbours stay apart");
    }

    #[test]
    fn nothing_is_drawn_in_the_last_row() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 3));
        put(&mut buffer, 7, Rect::new(0, 1, 4, 2));
        let cells = all(&buffer);
        assert_eq!(pieces(&buffer, cells), [Piece { picture: 7, from: (0, 0), place: Rect::new(0, 1, 4, 1) }]);
    }
}
