//! Markdown for the screen. [`lines`] lays a whole text out as it is asked for; [`Growing`] keeps the layout of a text
//! that is still being written, at a cost that does not grow with what is already there.
//!
//! A text is laid out window by window, at most [`WINDOW`] bytes at a time. All top-level blocks of a window but the
//! last can never change any more; the last one is laid out again when there is more of it. A block larger than a window
//! is closed by force at a line (a code block or a table goes on in the next window as what it is).
//!
//! Everything is foreign: text is escaped after Markdown has read it (an entity may spell a control), addresses of links
//! are always shown, HTML is text, and what Markdown would swallow (definitions of links) is shown as it is.

mod block;
mod inline;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::theme::Theme;
use crate::model::text::escape_block;
use block::Block;
pub(super) use wrap::broken;

/// Bytes that are laid out at a time; also the most that is laid out again when one more word arrives.
const WINDOW: usize = 8 * 1024;

/// What a piece of text is; a theme says how that looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Ink {
    pub(super) role: Role,
    pub(super) strong: bool,
    pub(super) emphasis: bool,
    pub(super) struck: bool,
}

/// What a piece of text is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Role {
    #[default]
    Text,
    Heading,
    Code,
    Link,
    /// Marks and addresses.
    Faint,
}

/// A symbol of the theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Bullet,
    /// A vertical line.
    Bar,
    /// A horizontal line.
    Rule,
    /// Where they meet.
    Cross,
}

/// A part of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    Text(String, Ink),
    /// So many of a symbol.
    Mark(Mark, usize),
}

/// A row of the screen, escaped and no wider than it was laid out for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Row(pub(super) Vec<Piece>);

impl Row {
    /// What can be read in it.
    pub(super) fn text(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text, _) => text.clone(),
            Piece::Mark(..) => " ".to_owned(),
        };
        self.0.iter().map(text).collect()
    }

    /// The row in the styles of a theme, on top of `base`.
    pub(super) fn line(&self, base: Style, theme: &Theme) -> Line<'static> {
        let spans = self.0.iter().map(|piece| match piece {
            Piece::Text(text, ink) => Span::styled(text.clone(), ink.style(base, theme)),
            Piece::Mark(mark, times) => {
                let symbol = match mark {
                    Mark::Bullet => theme.symbols.bullet,
                    Mark::Bar => theme.symbols.between,
                    Mark::Rule => theme.symbols.rule,
                    Mark::Cross => theme.symbols.cross,
                };
                Span::styled(symbol.repeat(*times), theme.dim)
            }
        });
        Line::from(spans.collect::<Vec<_>>())
    }
}

impl Ink {
    const FAINT: Ink = Ink { role: Role::Faint, strong: false, emphasis: false, struck: false };

    fn style(self, base: Style, theme: &Theme) -> Style {
        let mut style = match self.role {
            Role::Text => base,
            Role::Heading => base.patch(theme.title),
            Role::Code => base.patch(theme.json_key),
            Role::Link => base.add_modifier(Modifier::UNDERLINED),
            Role::Faint => base.patch(theme.dim),
        };
        for (is, modifier) in
            [(self.strong, Modifier::BOLD), (self.emphasis, Modifier::ITALIC), (self.struck, Modifier::CROSSED_OUT)]
        {
            if is {
                style = style.add_modifier(modifier);
            }
        }
        style
    }
}

/// A Markdown text in rows of at most `width` columns, as they are asked for.
pub(super) fn lines<'a>(
    text: impl AsRef<str> + 'a,
    theme: &'a Theme,
    width: usize,
) -> impl Iterator<Item = Line<'static>> + 'a {
    let mut growing = Growing::new(width);
    let mut next = 0;
    let mut more = true;
    std::iter::from_fn(move || {
        while next >= growing.solid && more {
            // What was handed out is not kept.
            growing.rows.drain(..next);
            growing.solid -= next;
            next = 0;
            more = growing.step(text.as_ref());
        }
        let line = growing.rows.get(next)?.line(Style::new(), theme);
        next += 1;
        Some(line)
    })
}

/// A foreign text that is no Markdown in rows of at most `width` columns, line by line as it is.
pub(super) fn plain(text: &str, ink: Ink, width: usize) -> Vec<Row> {
    let text = escape_block(text).into_owned();
    wrap::wrap(&[wrap::Run { text, ink }], width.max(1)).into_iter().map(Row).collect()
}

/// A Markdown text that may still grow at its end, laid out for one width.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    width: usize,
    rows: Vec<Row>,
    /// Rows that can never change.
    solid: usize,
    /// Bytes that those rows show.
    at: usize,
    /// How much of the text was there the last time.
    seen: usize,
    /// What the rest goes on as: the opening of a code block, the head of a table.
    carry: String,
    /// Whether anything is above, for the blank row between blocks.
    begun: bool,
}

impl Growing {
    /// Nothing yet.
    pub(super) fn new(width: usize) -> Growing {
        let width = width.max(1);
        Growing { width, rows: Vec::new(), solid: 0, at: 0, seen: 0, carry: String::new(), begun: false }
    }

    /// Takes the text as it is now: the old one with more at its end.
    pub(super) fn update(&mut self, text: &str) {
        if text.len() < self.seen {
            *self = Growing::new(self.width);
        } else if text.len() == self.seen {
            return;
        }
        while self.step(text) {}
    }

    /// All rows.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Bytes of the text as last taken.
    pub(super) fn length(&self) -> usize {
        self.seen
    }

    /// How many of the rows can never change.
    pub(super) fn solid(&self) -> usize {
        self.solid
    }

    /// Lays the next window out; whether there is more.
    fn step(&mut self, text: &str) -> bool {
        self.rows.truncate(self.solid);
        self.seen = text.len();
        let rest = &text[self.at..];
        let (window, cut) = head(rest, WINDOW);
        let end = self.at + window.len();
        let mut blocks = self.lay_out(text, end);
        // What a block is shows at the end of its first lines: until then it may belong to the one before.
        let told = |block: &Block| text[block.start..end].match_indices('\n').nth(block.telling - 1).is_some();
        let shown = if blocks.last().is_some_and(|last| !told(last)) { blocks.len() - 1 } else { blocks.len() };
        if let [_, .., last] = &blocks[..shown] {
            let (above, start) = (last.above, last.start);
            self.settle(above, start);
            return cut;
        }
        if !cut {
            return false;
        }
        blocks.truncate(1);
        // One block fills the window: it is cut at the best place there is.
        let block = blocks.into_iter().next();
        let line_end = window.rfind('\n').map(|at| self.at + at + 1);
        let space = || window.rfind(' ').map(|at| self.at + at + 1);
        let item = block.as_ref().and_then(|block| block.last_item).filter(|start| *start > self.at);
        let split = item.or(line_end).or_else(space).unwrap_or(end);
        let carry = match block {
            Some(Block { carry, .. }) if item.is_none() => carry,
            _ => None,
        };
        self.rows.truncate(self.solid);
        self.lay_out(text, split);
        let rows = self.rows.len();
        self.settle(rows, split);
        self.carry = carry.unwrap_or_default();
        true
    }

    fn lay_out(&mut self, text: &str, end: usize) -> Vec<Block> {
        let blank = self.begun && self.carry.is_empty() && block::blank_before(&text[..self.at], false);
        block::lay_out(&text[self.at..end], self.at, &self.carry, blank, self.width, &mut self.rows)
    }

    fn settle(&mut self, rows: usize, at: usize) {
        self.begun |= rows > 0;
        self.solid = rows;
        if at > self.at {
            self.carry.clear();
        }
        self.at = at;
    }
}

/// The first bytes of `text`, at most `limit`, and whether there is more.
fn head(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (&text[..end], true)
}
