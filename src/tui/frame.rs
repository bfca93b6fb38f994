//! The open frame on screen: [`FrameUi`], which of its pages is shown, how far it is scrolled, what is searched in it.
//! Which frame is open is the log's selection.

use super::line::LineEdit;
use super::reader::Reader;
use crate::app::State;
use crate::model::json::RawJson;
use crate::model::record::Body;

/// Bytes of a frame that is made a tree of at once; a larger one is work for off the key path.
const AT_ONCE: usize = 512 * 1024;

/// The open frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FrameUi {
    /// Lines scrolled away.
    pub scroll: usize,
    /// Which page is shown.
    pub tab: FrameTab,
    /// What is searched in it.
    pub find: FindUi,
    /// The frame that the whole call was opened from: others of it may fit into several calls.
    pub call_of: Option<usize>,
    /// The frame as a tree, once somebody looked at it so.
    pub tree: Option<FrameTree>,
}

/// A page of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FrameTab {
    /// JSON laid out for reading.
    #[default]
    Pretty,
    /// JSON as a tree to walk in.
    Tree,
    /// As it was on the wire.
    Raw,
    /// Byte by byte.
    Hex,
    /// The whole call that it belongs to.
    Call,
}

impl FrameTab {
    /// All of them, left to right.
    pub const ALL: [FrameTab; 5] = [FrameTab::Pretty, FrameTab::Tree, FrameTab::Raw, FrameTab::Hex, FrameTab::Call];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            FrameTab::Pretty => "Laid out",
            FrameTab::Tree => "Tree",
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

/// A frame as a tree.
#[derive(Clone, PartialEq, Debug)]
pub struct FrameTree {
    /// Which frame.
    pub frame: usize,
    /// The tree, and what was opened out of it, on top of it.
    pages: Vec<Reader>,
    /// Why there is none, or none yet.
    pub missing: Option<&'static str>,
}

impl FrameTree {
    /// What is in view of it.
    pub fn reader(&self) -> Option<&Reader> {
        self.pages.last()
    }

    /// The same, to be moved in.
    pub fn reader_mut(&mut self) -> Option<&mut Reader> {
        self.pages.last_mut()
    }

    /// Puts a value that was opened on top.
    pub fn push(&mut self, reader: Reader) {
        self.pages.push(reader);
    }

    /// Takes the value on top away, if there is one.
    pub fn pop(&mut self) -> bool {
        self.pages.len() > 1 && self.pages.pop().is_some()
    }
}

impl FrameUi {
    /// Sees to it that the tree is that of the selected frame. Returns its text where making the tree is work for off
    /// the key path, and whether it has to be looked again: the frame is not read back yet.
    pub fn grow(&mut self, state: &State, selected: Option<usize>) -> (Option<(usize, RawJson)>, bool) {
        let Some(frame) = selected.filter(|_| self.tab == FrameTab::Tree) else { return (None, false) };
        let known = self.tree.as_ref().filter(|tree| tree.frame == frame);
        let asked = known.is_some_and(|tree| tree.missing == Some(READING));
        if known.is_some() && !asked {
            return (None, false);
        }
        let empty = |missing| Some(FrameTree { frame, pages: vec![], missing: Some(missing) });
        let Some((_, record)) = state.opened.as_ref().filter(|(at, _)| *at == frame) else {
            // It is read back with the next screen, if it can be.
            self.tree = empty(READING);
            return (None, !asked);
        };
        let text = match &record.body {
            Body::Msg(text) | Body::Text(text) => RawJson::parse(text.as_str()).ok(),
            Body::Bytes(_) | Body::None => None,
        };
        match text {
            None => self.tree = empty("it is no JSON: the other pages show it"),
            Some(text) if text.as_str().len() > AT_ONCE => {
                self.tree = empty("making a tree of it…");
                return (Some((frame, text)), false);
            }
            Some(text) => self.put(frame, Reader::of_json(text)),
        }
        (None, false)
    }

    /// Puts a tree in its place.
    pub fn put(&mut self, frame: usize, reader: Reader) {
        self.tree = Some(FrameTree { frame, pages: vec![reader], missing: None });
    }

    /// The tree in view, while its page is open.
    pub fn reader(&self) -> Option<&Reader> {
        self.tree.as_ref().filter(|_| self.tab == FrameTab::Tree)?.reader()
    }

    /// The same, to be moved in.
    pub fn reader_mut(&mut self) -> Option<&mut Reader> {
        self.tree.as_mut().filter(|_| self.tab == FrameTab::Tree)?.reader_mut()
    }

    /// Whether what is searched is being typed.
    pub fn is_typing(&self) -> bool {
        self.find.typing || self.reader().is_some_and(Reader::is_typing)
    }
}

/// Its text comes with the next screen.
const READING: &str = "";

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
    /// The line of a huge frame up to which it was looked for without being found.
    pub further: Option<usize>,
}

impl FindUi {
    /// Whether its line takes a row from the frame.
    pub fn takes_a_row(&self) -> bool {
        self.typing || self.is_on()
    }

    /// Whether there is something to go to the next place of.
    pub fn is_on(&self) -> bool {
        !self.line.text().is_empty()
    }
}
