//! Tables: columns as wide as they need to be, or as there is room; without room for columns, rows as lists.

use pulldown_cmark::Alignment;

use super::wrap::{Run, wrap};
use super::{Ink, Mark, Piece, Row};
use crate::model::text::width as columns;

/// Between two columns.
const GAP: usize = 3;
/// Narrower columns cannot be read.
const READABLE: usize = 6;

/// A table being read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    /// The head first.
    pub(super) rows: Vec<Vec<Vec<Run>>>,
    /// Whether the head was shown before: the table goes on.
    pub(super) continued: bool,
}

impl Table {
    /// The rows of the screen, at most `cols` wide.
    pub(super) fn lay_out(mut self, cols: usize) -> Vec<Row> {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        if count == 0 {
            return Vec::new();
        }
        for row in &mut self.rows {
            row.resize_with(count, Vec::new);
        }
        let Some(room) = cols.checked_sub((count - 1) * GAP).filter(|room| *room >= count * READABLE.min(cols)) else {
            return self.listed(cols);
        };
        let widths = shared(&self.natural(count), room);
        let mut out = Vec::new();
        let skip = usize::from(self.continued);
        for (at, row) in self.rows.iter().enumerate().skip(skip) {
            let cells: Vec<Vec<Vec<Piece>>> =
                row.iter().zip(&widths).map(|(cell, width)| wrap(cell, (*width).max(1))).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for line in 0..height {
                let mut pieces = Vec::new();
                for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                    if column > 0 {
                        pieces.extend([blank(1), Piece::Mark(Mark::Bar, 1), blank(1)]);
                    }
                    let text = cell.get(line).cloned().unwrap_or_default();
                    let left = width.saturating_sub(wide(&text));
                    let before = match self.alignments.get(column) {
                        Some(Alignment::Right) => left,
                        Some(Alignment::Center) => left / 2,
                        _ => 0,
                    };
                    pieces.push(blank(before));
                    pieces.extend(text);
                    pieces.push(blank(left - before));
                }
                out.push(Row(pieces));
            }
            if at == 0 {
                let mut pieces = Vec::new();
                for (column, width) in widths.iter().enumerate() {
                    if column > 0 {
                        let mark = |mark| Piece::Mark(mark, 1);
                        pieces.extend([mark(Mark::Rule), mark(Mark::Cross), mark(Mark::Rule)]);
                    }
                    pieces.push(Piece::Mark(Mark::Rule, *width));
                }
                out.push(Row(pieces));
            }
        }
        out
    }

    /// How wide each column is by itself.
    fn natural(&self, count: usize) -> Vec<usize> {
        let width = |cell: &Vec<Run>| cell.iter().map(|run| columns(&run.text)).sum::<usize>();
        (0..count).map(|column| self.rows.iter().map(|row| width(&row[column])).max().unwrap_or(0).max(1)).collect()
    }

    /// Each row as a list of names and values.
    fn listed(&self, cols: usize) -> Vec<Row> {
        let mut out = Vec::new();
        let Some((head, rows)) = self.rows.split_first() else { return out };
        for row in rows {
            out.push(Row(vec![Piece::Mark(Mark::Rule, cols)]));
            for (name, cell) in head.iter().zip(row) {
                let mut runs = name.clone();
                runs.push(Run { text: ": ".into(), ink: Ink::FAINT });
                runs.extend(cell.iter().cloned());
                out.extend(wrap(&runs, cols).into_iter().map(Row));
            }
        }
        out
    }
}

/// The widths that columns get of `room`: what they need where that is little, the rest in equal parts.
fn shared(natural: &[usize], room: usize) -> Vec<usize> {
    if natural.iter().sum::<usize>() <= room {
        return natural.to_vec();
    }
    let mut widths = vec![0; natural.len()];
    let mut open: Vec<usize> = (0..natural.len()).collect();
    let mut left = room;
    while !open.is_empty() {
        let share = left / open.len();
        let (fit, wide): (Vec<usize>, Vec<usize>) = open.iter().partition(|column| natural[**column] <= share);
        if fit.is_empty() {
            // Whoever comes first gets what does not divide.
            let more = left % open.len();
            for (at, column) in open.into_iter().enumerate() {
                widths[column] = share + usize::from(at < more);
            }
            break;
        }
        for column in fit {
            widths[column] = natural[column];
            left -= natural[column];
        }
        open = wide;
    }
    widths
}

fn blank(cols: usize) -> Piece {
    Piece::Text(" ".repeat(cols), Ink::default())
}

/// How many columns pieces take.
pub(super) fn wide(pieces: &[Piece]) -> usize {
    let width = |piece: &Piece| match piece {
        Piece::Text(text, _) => columns(text),
        Piece::Mark(_, times) => *times,
    };
    pieces.iter().map(width).sum()
}
