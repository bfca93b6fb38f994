//! One line that is asked for at the bottom of the screen: [`Prompt`], such as the name of a file to save to.
//!
//! To ask for something else: add a [`Purpose`], say what Enter does in `update/prompt.rs`.

use std::sync::Arc;

use super::kept::KeptItem;
use super::line::LineEdit;
use super::outcome::Content;
use super::ui::{Modal, Ui};
use crate::model::id::ServerId;
use crate::model::session::Session;

/// Letters of a suggested file name.
const NAME: usize = 60;

/// A line being asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prompt {
    /// What is typed.
    pub line: LineEdit,
    /// What for.
    pub purpose: Purpose,
    /// Why the last Enter did nothing.
    pub refused: Option<Refusal>,
}

/// What a line is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The path of a file to write.
    Save(Save),
    /// The name of a filter of the log; this one.
    NameFilter(String),
    /// The name of arguments to keep.
    Preset {
        /// Of what.
        item: KeptItem,
        /// The arguments, as typed.
        text: String,
    },
    /// The directories that a server is told about.
    Roots(ServerId),
    /// The level of log messages that a server is asked for.
    LogLevel(ServerId),
}

/// Something to be saved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Save {
    /// What it is, in a word or two: `the frame`.
    pub what: &'static str,
    /// It.
    pub content: Content,
}

/// Why a line was not accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A file of this name is there; an explicit key replaces it.
    Exists,
    /// For this reason.
    Because(String),
}

/// Asks where to save something. The name is a suggestion: foreign text may be in it, it is made harmless here.
pub fn save(ui: &mut Ui, what: &'static str, name: &str, extension: &str, bytes: impl Into<Arc<[u8]>>) {
    let line = LineEdit::new(file_name(name, extension));
    let purpose = Purpose::Save(Save { what, content: Content::Bytes(bytes.into()) });
    ui.modal = Some(Modal::Prompt(Prompt { line, purpose, refused: None }));
}

/// Asks where to save these frames of the log.
pub fn save_frames(ui: &mut Ui, frames: Vec<(u64, u32)>) {
    let purpose = Purpose::Save(Save { what: "the rows of the log", content: Content::Frames(frames.into()) });
    let line = LineEdit::new(file_name("log", "jsonl"));
    ui.modal = Some(Modal::Prompt(Prompt { line, purpose, refused: None }));
}

/// Asks under which name a filter of the log is saved.
pub fn name_filter(ui: &mut Ui, filter: String) {
    let line = LineEdit::new(filter.clone());
    ui.modal = Some(Modal::Prompt(Prompt { line, purpose: Purpose::NameFilter(filter), refused: None }));
}

/// Asks for the roots of a server: paths, apart by commas.
pub fn roots(ui: &mut Ui, session: &Session) {
    let paths: Vec<String> = session.spec.roots.iter().map(|root| root.display().to_string()).collect();
    let purpose = Purpose::Roots(session.id);
    ui.modal = Some(Modal::Prompt(Prompt { line: LineEdit::new(paths.join(", ")), purpose, refused: None }));
}

/// Asks for the level of a server's log messages.
pub fn log_level(ui: &mut Ui, session: &Session) {
    let level = session.spec.log_level.clone().unwrap_or_default();
    let purpose = Purpose::LogLevel(session.id);
    ui.modal = Some(Modal::Prompt(Prompt { line: LineEdit::new(level), purpose, refused: None }));
}

/// A file name in the working directory: letters, digits, `.`, `_` and `-`; never hidden, never an option.
pub fn file_name(name: &str, extension: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
        if out.len() < NAME && !(c == '-' && out.ends_with('-')) && !(out.is_empty() && matches!(c, '.' | '-')) {
            out.push(c);
        }
    }
    let stem = out.trim_end_matches(['.', '-']);
    format!("{}.{extension}", if stem.is_empty() { "saved" } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_name_becomes_a_harmless_one() {
        for (name, file) in [
            ("get-sum", "get-sum.json"),
            ("../../etc/passwd", "etc-passwd.json"),
            (".bashrc", "bashrc.json"),
            ("--force", "force.json"),
            ("a b\u{202e}c\n\u{1b}[2J", "a-b-c-2J.json"),
            ("file:///tmp/x.txt", "file-tmp-x.txt.json"),
            ("…", "saved.json"),
            ("", "saved.json"),
        ] {
            assert_eq!(file_name(name, "json"), file);
        }
        assert_eq!(file_name(&"x".repeat(500), "json").len(), NAME + 5);
    }
}
