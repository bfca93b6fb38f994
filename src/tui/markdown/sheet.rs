//! The rows of a window of Markdown, each behind what the lists and quotes around it put before it: [`Sheet`].

use super::table::wide;
use super::{Piece, Row};

/// Text keeps at least this much room, however deep it is nested.
const TEXT: usize = 16;

/// What a container puts before its rows.
#[derive(Debug)]
struct Indent {
    /// Before the first row, until there was one.
    first: Option<Vec<Piece>>,
    /// Before all others.
    rest: Vec<Piece>,
}

/// Rows as they are laid out.
pub(super) struct Sheet<'a> {
    width: usize,
    pub(super) rows: &'a mut Vec<Row>,
    /// Whether a blank row comes before the next block.
    pub(super) blank: bool,
    /// How many rows there were below the last blank row.
    below_blank: usize,
    indents: Vec<Indent>,
    /// The columns they take.
    indented: usize,
}

impl<'a> Sheet<'a> {
    /// Goes on below these rows. `blank`: a blank row comes first.
    pub(super) fn new(rows: &'a mut Vec<Row>, width: usize, blank: bool) -> Sheet<'a> {
        Sheet { width, rows, blank, below_blank: 0, indents: Vec::new(), indented: 0 }
    }

    /// The columns that are left for text.
    pub(super) fn room(&self) -> usize {
        self.width.saturating_sub(self.indented).max(1)
    }

    /// Further in, while that leaves room for text.
    pub(super) fn indent(&mut self, first: Vec<Piece>, rest: Vec<Piece>) {
        let fits = self.room() >= wide(&rest) + TEXT.min(self.width / 2);
        self.indents.push(if fits {
            self.indented += wide(&rest);
            Indent { first: Some(first), rest }
        } else {
            Indent { first: None, rest: Vec::new() }
        });
    }

    pub(super) fn unindent(&mut self) {
        // Something without anything in it is a row all the same.
        if self.indents.last().is_some_and(|indent| indent.first.is_some()) {
            self.row(Vec::new());
        }
        if let Some(indent) = self.indents.pop() {
            self.indented -= wide(&indent.rest);
        }
    }

    /// The blank row between two blocks.
    pub(super) fn blank_row(&mut self) {
        // A list and its first item begin at the same place.
        if std::mem::take(&mut self.blank) && self.below_blank != self.rows.len() {
            // Gutters go on; a bullet belongs to what comes.
            let row = self.indents.iter().flat_map(|indent| indent.rest.iter().cloned());
            let row = Row(row.collect());
            self.rows.push(row);
            self.below_blank = self.rows.len();
        }
    }

    pub(super) fn row(&mut self, pieces: Vec<Piece>) {
        let mut row = Vec::new();
        for indent in &mut self.indents {
            match indent.first.take() {
                Some(first) => row.extend(first),
                None => row.extend(indent.rest.iter().cloned()),
            }
        }
        row.extend(pieces);
        self.rows.push(Row(row));
    }
}
