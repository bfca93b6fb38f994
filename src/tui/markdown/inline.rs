//! The text of one paragraph, heading or cell while it is put together: [`Inline`].

use unicode_width::UnicodeWidthChar as _;

use super::Ink;
use super::wrap::Run;
use crate::model::text::escape_line;

/// Text of which more may come before it can be escaped: clusters may span events.
#[derive(Debug, Default)]
pub(super) struct Inline {
    pub(super) runs: Vec<Run>,
    raw: String,
    ink: Ink,
}

impl Inline {
    pub(super) fn push(&mut self, text: &str, ink: Ink) {
        if ink != self.ink {
            self.flush();
            self.ink = ink;
        }
        self.raw.push_str(text);
    }

    /// Text of ours, a line break included.
    pub(super) fn mark(&mut self, text: &str, ink: Ink) {
        self.flush();
        self.runs.push(Run { text: text.to_owned(), ink });
    }

    pub(super) fn flush(&mut self) {
        if self.raw.is_empty() {
            return;
        }
        let mut text = escape_line(&self.raw).into_owned();
        // A mark without a letter would climb onto whatever stands before it, which may carry too many already.
        if text.chars().next().is_some_and(|c| c.width() == Some(0)) {
            text.insert(0, '◌');
        }
        self.runs.push(Run { text, ink: self.ink });
        self.raw.clear();
    }

    pub(super) fn take(&mut self) -> Vec<Run> {
        self.flush();
        std::mem::take(&mut self.runs)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.raw.is_empty()
    }
}
