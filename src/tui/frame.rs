//! The open frame on screen: [`FrameUi`], which of its pages is shown, how far it is scrolled, what is searched in it.
//! Which frame is open is the log's selection.

use super::line::LineEdit;

/// The open frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FrameUi {
    /// Lines scrolled away.
    pub scroll: usize,
    /// Which page is shown.
    pub tab: FrameTab,
    /// What is searched in it.
    pub find: FindUi,
}

/// A page of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FrameTab {
    /// JSON laid out for reading.
    #[default]
    Pretty,
    /// As it was on the wire.
    Raw,
    /// Byte by byte.
    Hex,
    /// The whole call that it belongs to.
    Call,
}

impl FrameTab {
    /// All of them, left to right.
    pub const ALL: [FrameTab; 4] = [FrameTab::Pretty, FrameTab::Raw, FrameTab::Hex, FrameTab::Call];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FrameTab::Pretty => "Laid out",
            FrameTab::Raw => "As on the wire",
            FrameTab::Hex => "Bytes",
            FrameTab::Call => "Whole call",
        }
    }

    /// The one so many further right, round the end.
    #[must_use]
    pub fn step(self, by: usize) -> FrameTab {
        let at = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// A text searched in the open frame.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FindUi {
    /// What is typed, or what was searched last.
    pub line: LineEdit,
    /// Whether it is being typed.
    pub typing: bool,
    /// Where the typing began.
    pub from: usize,
    /// Whether the last step found nothing.
    pub missed: bool,
}

impl FindUi {
    /// Whether there is something to go to the next place of.
    pub fn is_on(&self) -> bool {
        !self.line.text().is_empty()
    }
}
