//! Something to read: [`Reader`]: blocks of text and JSON trees, one after the other, with a cursor, folds and a search.
//!
//! Nothing is laid out beyond what is in view: a place is a row of a unit of a block, and each block knows the unit
//! before and after another (a value, a piece of text). So it costs the same at the end of 16 MB as at their
//! beginning. Positions only; what they look like is made when they are drawn. Building a reader over megabytes is work
//! for off the key path.

pub mod block;
pub mod diff;
mod find;
pub mod link;
pub mod markdown;
mod motion;
pub mod picture;
pub mod table;
pub mod text;
pub mod tree;
mod view;

#[cfg(test)]
mod tests;

use ratatui::text::{Line, Span};

use super::action::Action;
use super::graphics::Shown;
use super::theme::Theme;
use crate::model::json::RawJson;
use crate::model::json::tree::Tree;
use block::{Block, View};
pub use find::Find;
pub(super) use find::marked;
use tree::TreeView;

/// A row of what is read. Order is reading order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// Which block.
    pub block: usize,
    /// Which unit of it; 0 is its heading.
    pub unit: u32,
    /// Which row of the unit.
    pub row: u32,
}

/// What the owner of a reader has to do after a key.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing more.
    Done,
    /// The key means nothing here.
    Unused,
    /// Tell the person this.
    Say(String),
    /// Copy this, which is so called.
    Copy {
        /// The text.
        text: String,
        /// What it is.
        what: &'static str,
    },
    /// Show this on top; going back returns here.
    Inside(Box<Reader>),
    /// Read this resource of the same server and show it on top.
    Follow {
        /// Its URI.
        uri: String,
    },
}

/// Something to read, and where somebody is in it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reader {
    /// What it is called, where it lies on top of another.
    pub title: String,
    blocks: Vec<Block>,
    cursor: Place,
    top: Place,
    /// The columns and rows it was last shown in.
    cols: u16,
    height: u16,
    /// The search, if there was one.
    pub find: Option<Find>,
}

impl Reader {
    /// These blocks, from the beginning. The size follows with [`Reader::resize`].
    pub fn new(blocks: Vec<Block>) -> Reader {
        let mut reader = Reader { blocks, cols: 80, height: 20, ..Reader::default() };
        reader.rewind();
        reader
    }

    /// One JSON text as a tree, without a heading.
    pub fn of_json(text: RawJson) -> Reader {
        Reader::new(vec![Block::bare(vec![View::Tree(TreeView::new(Tree::new(text)))])])
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The block that the cursor is in.
    pub fn block(&self) -> Option<&Block> {
        self.blocks.get(self.cursor.block)
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Place {
        self.cursor
    }

    /// Whether there is nothing but one text: then the keys scroll, and no row is marked.
    pub fn is_plain(&self) -> bool {
        matches!(&self.blocks[..], [] | [_])
            && self.blocks.iter().all(|block| matches!(block.view(), View::Text(_) | View::Markdown(_)))
    }

    /// Where the cursor is, for a person: the path of a value. `None` outside of JSON.
    pub fn path(&self) -> Option<String> {
        match self.block()?.view() {
            View::Tree(view) => Some(view.tree().path(self.cursor.unit.checked_sub(1)?)),
            View::Values(view) => view.path(self.cursor.unit.checked_sub(1)?),
            _ => None,
        }
    }

    /// The pictures in view; one or the other below them may be among them.
    pub fn pictures(&self) -> impl Iterator<Item = Shown> {
        let cols = self.text_cols();
        let mut above = 0;
        let near = self.blocks.iter().skip(self.top.block).take_while(move |block| {
            let begins = above;
            // A heading, and what is known of what is below it without laying it out.
            above += match block.view() {
                View::Picture(view) => 1 + view.height(cols),
                _ => 1,
            };
            begins <= self.top.row + u32::from(self.height)
        });
        near.filter_map(move |block| match block.view() {
            View::Picture(view) => Some(view.shown(cols)),
            _ => None,
        })
    }

    /// How far down the first row in view is, in percent of the text.
    pub fn percent(&self) -> usize {
        let sizes: Vec<usize> = self.blocks.iter().map(Block::weight).collect();
        let all: usize = sizes.iter().sum();
        let before: usize = sizes.iter().take(self.top.block).sum();
        let inside = self.blocks.get(self.top.block).map_or(0, |block| block.byte(self.top.unit));
        (before + inside) * 100 / all.max(1)
    }

    /// The rows in view. A mark at the left says where the cursor is.
    pub fn rows(&self, theme: &Theme, focused: bool) -> Vec<Line<'static>> {
        self.rows_and_more(theme, focused).0
    }

    /// The rows in view, and whether there are more above and below them.
    pub fn rows_and_more(&self, theme: &Theme, focused: bool) -> (Vec<Line<'static>>, bool, bool) {
        let height = self.shown_rows().min(usize::from(self.height));
        let mut rows = self.rows_to(height + 1, theme, focused);
        let below = rows.len() > height;
        rows.truncate(height);
        let first = self.blocks.first().map_or(0, Block::first);
        (rows, self.top != Place { block: 0, unit: first, row: 0 }, below)
    }

    fn rows_to(&self, height: usize, theme: &Theme, focused: bool) -> Vec<Line<'static>> {
        let mut out = Vec::with_capacity(height);
        let plain = self.is_plain();
        let mut at = Some(Place { row: 0, ..self.top });
        let mut skip = self.top.row as usize;
        while let Some(place) = at.filter(|_| out.len() < height) {
            let Some(block) = self.blocks.get(place.block) else { break };
            let lines = block.lines(place.unit, self.text_cols(), place.block == 0, theme);
            for (row, mut line) in lines.into_iter().enumerate().skip(skip).take(height - out.len()) {
                if let Some(find) = &self.find {
                    line = find.marked(line, theme);
                }
                let here = !plain && Place { row: row as u32, ..place } == self.cursor;
                let mark = if here { theme.symbols.cursor } else { " " };
                let style = if focused { theme.accent } else { theme.dim };
                line.spans.insert(0, Span::styled(mark, style));
                // In a picture that would be other colours.
                if here && !matches!(block.view(), View::Picture(_)) {
                    line = line.style(theme.marked);
                }
                out.push(line);
            }
            skip = 0;
            at = self.next_unit(place);
        }
        // The cursor keeps its distance from the top, so this row hides nothing that is looked at.
        let pinned = self.blocks.get(self.top.block).and_then(|top| top.pinned(self.top.unit, self.text_cols(), theme));
        if let (Some(mut line), Some(first), true) = (pinned, out.first_mut(), self.top != self.cursor) {
            line.spans.insert(0, Span::raw(" "));
            *first = line;
        }
        out
    }

    /// What a key does.
    pub fn act(&mut self, action: Action) -> Reply {
        if self.moved(action) {
            return Reply::Done;
        }
        match action {
            Action::FindNext => self.again(true),
            Action::FindPrev => self.again(false),
            Action::Find => {
                self.start_find();
                Reply::Done
            }
            Action::NextView => self.next_view(),
            Action::Open
            | Action::Toggle
            | Action::Sort
            | Action::Left
            | Action::Right
            | Action::ExpandAll
            | Action::CollapseAll
            | Action::Copy
            | Action::CopyPath => self.act_here(action),
            _ => Reply::Unused,
        }
    }

    fn act_here(&mut self, action: Action) -> Reply {
        let at = self.cursor;
        let Some(block) = self.blocks.get_mut(at.block) else { return Reply::Unused };
        let (unit, reply) = block.act(at.unit, action);
        self.cursor = Place { unit, row: if unit == at.unit { at.row } else { 0 }, ..at };
        self.keep_in_view();
        reply
    }

    fn next_view(&mut self) -> Reply {
        let Some(block) = self.blocks.get_mut(self.cursor.block) else { return Reply::Unused };
        let Some(name) = block.next_view() else {
            return Reply::Say("there is no other way to show this".into());
        };
        let place = Place { block: self.cursor.block, unit: block.first(), row: 0 };
        self.cursor = place;
        if self.top.block == place.block {
            self.top = place;
        }
        self.keep_in_view();
        Reply::Say(format!("shown as {name}"))
    }

    /// Columns for text: the mark of the cursor stands before it, a column stays free behind it.
    fn text_cols(&self) -> usize {
        usize::from(self.cols).saturating_sub(2).max(1)
    }
}
