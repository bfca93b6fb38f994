//! The message being typed: [`Composer`]. Nothing of it is lost by leaving it, by history or by a slip: what was typed
//! comes back by going forward again.

use tui_textarea::{CursorMove, TextArea};

use crate::model::text::{escape_line, width as columns};
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
        if self.area.input(tui_textarea::Input::from(key.event())) {
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

/// A text as it is drawn: rows, and where the cursor is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::tui) struct Shown {
    pub(in crate::tui) rows: Vec<String>,
    pub(in crate::tui) cursor: (usize, usize),
}

/// The text escaped and wrapped at `cols` columns.
pub(in crate::tui) fn shown(area: &TextArea<'_>, cols: usize) -> Shown {
    // The cursor takes a column too.
    let cols = cols.saturating_sub(1).max(1);
    let cursor = area.cursor();
    let mut out = Shown { rows: Vec::new(), cursor: (0, 0) };
    for (at, line) in area.lines().iter().enumerate() {
        let escaped = escape_line(line);
        let before = (at == cursor.0).then(|| {
            let byte = line.char_indices().nth(cursor.1).map_or(line.len(), |(at, _)| at);
            escape_line(&line[..byte]).len()
        });
        let rows = broken(&escaped, cols);
        let last = rows.len() - 1;
        for (n, (start, end)) in rows.iter().copied().enumerate() {
            if let Some(before) = before
                && before >= start
                && (n == last || before < rows[n + 1].0)
            {
                let text = escaped.get(start..before.min(end)).unwrap_or_default();
                out.cursor = (out.rows.len(), columns(text));
            }
            out.rows.push(escaped[start..end].to_owned());
        }
    }
    out
}
