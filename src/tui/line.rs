//! One line being typed: [`LineEdit`], its text and its cursor. Drawing is `view/line.rs`'s.

use crossterm::event::{KeyCode, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use super::keymap::Key;

/// Bytes that one line takes; what is pasted beyond them is left out.
const MAX: usize = 64 * 1024;

/// One line being typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineEdit {
    text: String,
    /// In bytes, between two clusters.
    cursor: usize,
}

impl LineEdit {
    /// A line with this text; the cursor is at its end.
    pub fn new(text: impl Into<String>) -> LineEdit {
        let text = text.into();
        LineEdit { cursor: text.len(), text }
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is left of the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        *self = LineEdit::default();
    }

    /// A key that types or moves. Returns whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if key.types_text() => return self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Char('h') if control => return self.cut(self.left(), self.cursor),
            KeyCode::Backspace if !control && !alt => return self.cut(self.left(), self.cursor),
            KeyCode::Backspace => return self.cut(self.word_left(), self.cursor),
            KeyCode::Delete => return self.cut(self.cursor, self.right()),
            KeyCode::Char('w') if control => return self.cut(self.word_left(), self.cursor),
            KeyCode::Char('u') if control => return self.cut(0, self.cursor),
            KeyCode::Char('k') if control => return self.cut(self.cursor, self.text.len()),
            KeyCode::Left if control || alt => self.cursor = self.word_left(),
            KeyCode::Right if control || alt => self.cursor = self.word_right(),
            KeyCode::Left => self.cursor = self.left(),
            KeyCode::Right => self.cursor = self.right(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            _ => {}
        }
        false
    }

    /// Puts a text in at the cursor. Returns whether there was room for any of it.
    pub fn insert(&mut self, text: &str) -> bool {
        let mut end = text.len().min(MAX.saturating_sub(self.text.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.insert_str(self.cursor, &text[..end]);
        self.cursor += end;
        end > 0
    }

    /// Puts a text behind the end; the cursor stays.
    pub fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// One line up in a text of several lines. Returns whether there is one.
    pub fn up(&mut self) -> bool {
        let Some(end) = self.before_cursor().rfind('\n') else { return false };
        let start = self.text[..end].rfind('\n').map_or(0, |at| at + 1);
        self.cursor = self.nearest(start, end, end + 1);
        true
    }

    /// One line down in a text of several lines. Returns whether there is one.
    pub fn down(&mut self) -> bool {
        let Some(next) = self.text[self.cursor..].find('\n').map(|at| self.cursor + at + 1) else { return false };
        let end = self.text[next..].find('\n').map_or(self.text.len(), |at| next + at);
        let own = self.before_cursor().rfind('\n').map_or(0, |at| at + 1);
        self.cursor = self.nearest(next, end, own);
        true
    }

    /// The place within `start..end` as many clusters in as the cursor is behind `own`.
    fn nearest(&self, start: usize, end: usize, own: usize) -> usize {
        let column = self.text[own.min(self.cursor)..self.cursor].graphemes(true).count();
        self.text[start..end].grapheme_indices(true).nth(column).map_or(end, |(at, _)| start + at)
    }

    fn cut(&mut self, from: usize, to: usize) -> bool {
        self.text.replace_range(from..to, "");
        self.cursor = from;
        from < to
    }

    fn left(&self) -> usize {
        self.before_cursor().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        let step = self.text[self.cursor..].graphemes(true).next().map_or(0, str::len);
        self.cursor + step
    }

    fn word_left(&self) -> usize {
        self.before_cursor().unicode_word_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn word_right(&self) -> usize {
        let rest = &self.text[self.cursor..];
        rest.unicode_word_indices().next().map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn typed(start: &str, keys: &str) -> (String, usize) {
        let mut line = LineEdit::new(start);
        for key in keys.split(' ') {
            line.key(key.parse().unwrap());
        }
        (line.text.clone(), line.cursor)
    }

    #[test]
    fn it_edits_by_what_a_person_sees_as_one_character() {
        for (start, keys, text, cursor) in [
            ("ab", "c", "abc", 3),
            ("ab", "left left x", "xab", 1),
            ("日本", "left backspace", "本", 0),
            ("e\u{301}x", "left backspace", "x", 0),
            ("one two", "ctrl-w", "one ", 4),
            ("one two", "ctrl-left ctrl-k", "one ", 4),
            ("one two", "home del", "ne two", 0),
            ("one", "ctrl-u", "", 0),
            ("one", "left ctrl-u a", "ae", 1),
            ("", "backspace del left right", "", 0),
        ] {
            assert_eq!(typed(start, keys), (text.to_owned(), cursor), "{start:?} {keys}");
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut line = LineEdit::new("");
        assert!(line.insert(&"ä".repeat(MAX)));
        assert_eq!(line.text().len(), MAX);
        assert!(!line.insert("x"));
    }
}
