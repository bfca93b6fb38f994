//! A text of any length in a reader: [`TextView`].
//!
//! Its units are pieces: lines, and of long lines stretches that end at fixed places, so that the piece around any byte
//! is found by looking at a few thousand bytes.

use std::sync::Arc;

use ratatui::style::Style;
use ratatui::text::Line;

use crate::model::text::escape_block;
use crate::tui::page::wrap;
use crate::tui::theme::Theme;

/// Bytes of a line that are laid out at a time.
const PIECE: usize = 2_048;

/// A text, shown from any place on.
#[derive(Clone, PartialEq)]
pub struct TextView {
    text: Arc<str>,
    role: Role,
}

/// Who says a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// Somebody else: it is what is to be read.
    #[default]
    Plain,
    /// This program, in passing.
    Dim,
    /// This program, because something is odd.
    Warn,
}

impl std::fmt::Debug for TextView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TextView({} bytes)", self.text.len())
    }
}

impl TextView {
    /// Shows a text; line ends are line ends, everything else that is hidden becomes visible.
    pub fn new(text: impl Into<Arc<str>>) -> TextView {
        TextView { text: text.into(), role: Role::Plain }
    }

    /// Says whose text it is.
    #[must_use]
    pub fn with_role(self, role: Role) -> TextView {
        TextView { role, ..self }
    }

    /// Whether it is about what is to be read instead of being that.
    pub(super) fn is_note(&self) -> bool {
        self.role != Role::Plain
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is shown: a line end at the end starts no further line.
    fn shown(&self) -> &str {
        self.text.strip_suffix('\n').unwrap_or(&self.text)
    }

    /// The start of the piece that a byte is in. A piece starts with each line, and within a line at the multiples of
    /// [`PIECE`] that are at least a piece away from the line's start.
    pub(super) fn start_of(&self, byte: usize) -> u32 {
        let text = self.shown();
        let byte = text.floor_char_boundary(byte);
        let mark = byte / PIECE * PIECE;
        let low = mark.saturating_sub(PIECE);
        let start = match memchr::memrchr(b'\n', &text.as_bytes()[low..byte]) {
            Some(found) => low + found + 1,
            None if mark == 0 => 0,
            None => text.ceil_char_boundary(mark),
        };
        u32::try_from(start).unwrap_or(u32::MAX)
    }

    /// The end of the piece that starts here, and where the next one starts, if there is one.
    fn end_of(&self, start: u32) -> (usize, Option<u32>) {
        let text = self.shown();
        let start = (start as usize).min(text.len());
        let cut = if start == 0 || text.as_bytes()[start - 1] == b'\n' {
            start.div_ceil(PIECE) * PIECE + PIECE
        } else {
            (start / PIECE + 1) * PIECE
        };
        let cut = text.ceil_char_boundary(cut);
        match memchr::memchr(b'\n', &text.as_bytes()[start..cut]) {
            Some(end) => (start + end, u32::try_from(start + end + 1).ok()),
            None if cut >= text.len() => (text.len(), None),
            None => (cut, u32::try_from(cut).ok()),
        }
    }

    pub(super) fn last(&self) -> u32 {
        self.start_of(self.shown().len())
    }

    pub(super) fn next(&self, start: u32) -> Option<u32> {
        self.end_of(start).1
    }

    pub(super) fn before(&self, start: u32) -> Option<u32> {
        let last = (start as usize).checked_sub(1)?;
        Some(self.start_of(last))
    }

    fn rows(&self, start: u32, cols: usize) -> Vec<String> {
        let end = self.end_of(start).0;
        let piece = self.text.get(start as usize..end).unwrap_or_default();
        wrap(&escape_block(piece.strip_suffix('\r').unwrap_or(piece)), cols)
    }

    pub(super) fn height(&self, start: u32, cols: usize) -> u32 {
        self.rows(start, cols).len() as u32
    }

    pub(super) fn lines(&self, start: u32, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let style = match self.role {
            Role::Plain => Style::new(),
            Role::Dim => theme.dim,
            Role::Warn => theme.warn,
        };
        self.rows(start, cols).into_iter().map(|row| Line::styled(row, style)).collect()
    }

    /// The row of its piece that shows a byte, as nearly as wrapping allows.
    pub(super) fn row_of(&self, byte: usize, cols: usize) -> u32 {
        let start = self.start_of(byte) as usize;
        let end = self.text.floor_char_boundary(byte);
        let before = self.text.get(start..end).unwrap_or_default();
        // One more character, so that a hit at the start of a row is not counted to the row before it.
        wrap(&format!("{}x", escape_block(before)), cols).len() as u32 - 1
    }
}
