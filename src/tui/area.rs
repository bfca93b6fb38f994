//! Keys in a text of several lines: [`type_key`]. They do what they do in a single line (`line.rs`) and in a shell; the
//! widget has other ideas.

use crossterm::event::{KeyCode, KeyModifiers};
use tui_textarea::TextArea;

use super::keymap::Key;

/// What can be done in any text that is typed, for the help.
pub const KEYS: &[(&str, &str)] = &[
    ("Ctrl-U", "delete to the beginning of the line"),
    ("Ctrl-K", "delete to the end of the line"),
    ("Ctrl-W", "delete the word before the cursor"),
    ("Ctrl-A Home", "to the beginning of the line"),
    ("End", "to the end of the line"),
    ("Ctrl-_", "undo, in a text of several lines"),
];

/// A key that types or moves. Returns whether the text changed.
pub fn type_key(area: &mut TextArea<'_>, key: Key) -> bool {
    if key.modifiers == KeyModifiers::CONTROL {
        match key.code {
            KeyCode::Char('u') => return area.delete_line_by_head(),
            // The same byte in most terminals, and what it is read as.
            KeyCode::Char('_' | '7' | '/') => return area.undo(),
            _ => {}
        }
    }
    area.input(key.event())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn a_line_is_deleted_as_in_a_shell_and_comes_back() {
        let mut area = TextArea::from(["one two", "three four"]);
        area.move_cursor(tui_textarea::CursorMove::Bottom);
        area.move_cursor(tui_textarea::CursorMove::End);
        for (key, lines) in [
            ("left", ["one two", "three four"]),
            ("ctrl-u", ["one two", "r"]),
            ("x", ["one two", "xr"]),
            ("ctrl-7", ["one two", "r"]),
            ("ctrl-_", ["one two", "three four"]),
            ("ctrl-w", ["one two", "three r"]),
        ] {
            type_key(&mut area, key.parse().unwrap());
            assert_eq!(area.lines(), lines, "{key}");
        }
    }
}
