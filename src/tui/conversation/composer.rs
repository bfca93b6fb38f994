//! The message being typed: [`Composer`]. Nothing of it is lost by leaving it, by history or by a slip: what was typed
//! comes back by going forward again.

use tui_textarea::{CursorMove, TextArea};

use crate::model::text::{escape_line, width as columns};
use crate::tui::area;
use crate::tui::keymap::Key;
use crate::tui::markdown::broken;

/// A message being typed.
#[derive(Clone, Debug)]
pub struct Composer {
    /// The text and the cursor.
    pub area: TextArea<'static>,
    /// Where in the history one is, counted from the newest; and what was typed before going there.
    past: Option<(usize, String)>,
}

impl Default for Composer {
    fn default() -> Self {
        Composer { area: area(""), past: None }
    }
}

fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_max_histories(200);
    area.set_tab_length(4);
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

impl Composer {
    /// The message so far.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether this is the message so far.
    pub fn says(&self, text: &str) -> bool {
        text.split('\n').eq(self.area.lines().iter().map(String::as_str))
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// Puts another text in the place of this one.
    pub fn set(&mut self, text: &str) {
        *self = Composer { area: area(text), past: None };
    }

    /// Takes the message out, to be sent.
    pub fn take(&mut self) -> String {
        let text = self.text();
        *self = Composer::default();
        text
    }

    /// A key that belongs to the text.
    pub fn key(&mut self, key: Key) {
        if area::type_key(&mut self.area, key) {
            self.past = None;
        }
    }

    /// Text from the clipboard, as it is.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
        self.past = None;
    }

    /// Begins a new line.
    pub fn new_line(&mut self) {
        self.area.insert_newline();
    }

    /// Whether a backslash stands before the cursor; it is taken away and a new line begun.
    pub fn continued(&mut self) -> bool {
        let cursor = self.area.cursor();
        let line = &self.area.lines()[cursor.0];
        if cursor.1 == 0 || line.chars().nth(cursor.1 - 1) != Some('\\') {
            return false;
        }
        self.area.delete_char();
        self.area.insert_newline();
        true
    }

    /// Whether the cursor is on the first line.
    pub fn at_top(&self) -> bool {
        self.area.cursor().0 == 0
    }

    /// Whether the cursor is on the last line.
    pub fn at_bottom(&self) -> bool {
        self.area.cursor().0 + 1 == self.area.lines().len()
    }

    /// What was said before: one step further back. `said`: the newest last.
    pub fn older(&mut self, said: &[String]) -> bool {
        let (at, typed) = match self.past.take() {
            Some((at, typed)) => (at + 1, typed),
            None => (0, self.text()),
        };
        let Some(text) = said.len().checked_sub(at + 1).and_then(|at| said.get(at)) else {
            if at > 0 {
                self.past = Some((at - 1, typed));
            }
            return false;
        };
        self.area = area(text);
        self.past = Some((at, typed));
        true
    }

    /// One step forward in what was said before; at its end is what was being typed.
    pub fn newer(&mut self, said: &[String]) -> bool {
        let Some((at, typed)) = self.past.take() else { return false };
        if at == 0 {
            self.area = area(&typed);
        } else if let Some(text) = said.len().checked_sub(at).and_then(|at| said.get(at)) {
            self.area = area(text);
            self.past = Some((at - 1, typed));
        }
        true
    }

    /// The text from the beginning of its line up to the cursor.
    pub fn before_cursor(&self) -> &str {
        let cursor = self.area.cursor();
        let line = &self.area.lines()[cursor.0];
        let end = line.char_indices().nth(cursor.1).map_or(line.len(), |(at, _)| at);
        &line[..end]
    }

    /// Puts `text` in the place of the last `count` characters before the cursor.
    pub fn replace_before(&mut self, count: usize, text: &str) {
        for _ in 0..count {
            self.area.delete_char();
        }
        self.area.insert_str(text);
        self.past = None;
    }
}

/// The part of a text that is in view: rows, and where the cursor is in them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::tui) struct Shown {
    pub(in crate::tui) rows: Vec<String>,
    pub(in crate::tui) cursor: (usize, usize),
    /// Whether there is more above and below.
    pub(in crate::tui) more: (bool, bool),
}

/// Bytes of a line that are laid out at once. A longer line is broken there as well, so that a key in a pasted megabyte
/// costs no more than in a word.
const PIECE: usize = 4 * 1024;

fn pieces(line: &str) -> usize {
    line.len().div_ceil(PIECE).max(1)
}

/// A piece of a line, escaped, and its rows.
fn laid_out(line: &str, piece: usize, cols: usize) -> (usize, String, Vec<(usize, usize)>) {
    let start = line.floor_char_boundary(piece * PIECE);
    let end = line.floor_char_boundary((piece + 1) * PIECE);
    let escaped = escape_line(&line[start..end]).into_owned();
    let rows = broken(&escaped, cols);
    (start, escaped, rows)
}

/// The cursor takes a column too.
fn text_cols(cols: usize) -> usize {
    cols.saturating_sub(1).max(1)
}

/// How many rows a text has in so many columns; no more than `most` are counted.
pub(in crate::tui) fn rows(area: &TextArea<'_>, cols: usize, most: usize) -> usize {
    let cols = text_cols(cols);
    let mut count = 0;
    for line in area.lines() {
        for piece in 0..pieces(line) {
            count += laid_out(line, piece, cols).2.len();
            if count >= most {
                return most;
            }
        }
    }
    count
}

/// The rows around the cursor, escaped and wrapped at `cols` columns: at most `height`, with as much above as fits.
pub(in crate::tui) fn shown(area: &TextArea<'_>, cols: usize, height: usize) -> Shown {
    let (cols, height) = (text_cols(cols), height.max(1));
    let tui_textarea::DataCursor(at, column) = area.cursor();
    let lines = area.lines();
    let Some(line) = lines.get(at) else { return Shown::default() };
    let byte = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let piece = (byte / PIECE).min(pieces(line) - 1);
    let (start, escaped, rows) = laid_out(line, piece, cols);
    let before = escape_line(&line[start..byte.max(start)]).len();
    let row = rows.iter().rposition(|(start, _)| *start <= before).unwrap_or(0);
    let text = |escaped: &str, rows: &[(usize, usize)]| -> Vec<String> {
        rows.iter().map(|(start, end)| escaped[*start..*end].to_owned()).collect()
    };
    let x = columns(escaped.get(rows[row].0..before.min(rows[row].1)).unwrap_or_default());
    let mut above = text(&escaped, &rows[..row]);
    let mut first = (at, piece);
    while above.len() < height && first != (0, 0) {
        first = if first.1 > 0 { (first.0, first.1 - 1) } else { (first.0 - 1, pieces(&lines[first.0 - 1]) - 1) };
        let (_, escaped, rows) = laid_out(&lines[first.0], first.1, cols);
        above.splice(0..0, text(&escaped, &rows));
    }
    let more_above = above.len() >= height;
    let mut out = above.split_off(above.len().saturating_sub(height - 1));
    let cursor = (out.len(), x);
    out.extend(text(&escaped, &rows[row..]));
    let mut last = (at, piece);
    while out.len() <= height {
        last = if last.1 + 1 < pieces(&lines[last.0]) { (last.0, last.1 + 1) } else { (last.0 + 1, 0) };
        let Some(line) = lines.get(last.0) else { break };
        let (_, escaped, rows) = laid_out(line, last.1, cols);
        out.extend(text(&escaped, &rows));
    }
    let more = (more_above, out.len() > height);
    out.truncate(height);
    Shown { rows: out, cursor, more }
}
