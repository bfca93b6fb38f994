//! The ways to show a block: [`View`]. What each of them can do, in one table; how, is in its own file.
//!
//! A unit is what a way counts in: a piece of a text, a value of a tree, a row of a table.

use ratatui::text::Line;

use super::Reply;
use super::diff::{LineDiff, ValueDiff};
use super::link::Link;
use super::table::TableView;
use super::text::TextView;
use super::tree::TreeView;
use crate::tui::action::Action;
use crate::tui::theme::Theme;

/// A way to show a block.
#[derive(Clone, PartialEq, Debug)]
pub enum View {
    /// As text.
    Text(TextView),
    /// As a JSON tree.
    Tree(TreeView),
    /// As a table.
    Table(TableView),
    /// As a link to be followed.
    Link(Link),
    /// As differences of JSON.
    Values(ValueDiff),
    /// As differences of a text.
    Lines(LineDiff),
}

impl View {
    /// What this way is called.
    pub(super) fn name(&self) -> &'static str {
        match self {
            View::Text(view) if view.is_note() => "short",
            View::Text(_) => "text",
            View::Tree(_) => "tree",
            View::Table(_) => "table",
            View::Link(_) => "link",
            View::Values(_) | View::Lines(_) => "differences",
        }
    }

    pub(super) fn last(&self) -> u32 {
        match self {
            View::Text(view) => view.last(),
            View::Tree(view) => view.last(),
            View::Table(view) => view.last(),
            View::Link(_) => 0,
            View::Values(view) => view.last(),
            View::Lines(view) => view.last(),
        }
    }

    pub(super) fn next(&self, unit: u32) -> Option<u32> {
        match self {
            View::Text(view) => view.next(unit),
            View::Tree(view) => view.next(unit),
            View::Table(view) => (unit < view.last()).then_some(unit + 1),
            View::Link(_) => None,
            View::Values(view) => (unit < view.last()).then_some(unit + 1),
            View::Lines(view) => view.next(unit),
        }
    }

    pub(super) fn before(&self, unit: u32) -> Option<u32> {
        match self {
            View::Text(view) => view.before(unit),
            View::Tree(view) => view.before(unit),
            View::Table(_) | View::Values(_) => unit.checked_sub(1),
            View::Link(_) => None,
            View::Lines(view) => view.before(unit),
        }
    }

    /// The unit that is there, at or around one that may be hidden or gone.
    pub(super) fn nearest(&self, unit: u32) -> u32 {
        match self {
            View::Text(view) => view.start_of(unit as usize),
            View::Tree(view) => view.visible(unit),
            View::Table(view) => unit.min(view.last()),
            View::Link(_) => 0,
            View::Values(view) => unit.min(view.last()),
            View::Lines(view) => view.visible(unit),
        }
    }

    pub(super) fn height(&self, unit: u32, cols: usize) -> u32 {
        match self {
            View::Text(view) => view.height(unit, cols),
            View::Tree(view) => view.height(unit, cols),
            View::Table(_) => 1,
            View::Link(link) => link.height(),
            View::Values(view) => view.height(unit, cols),
            View::Lines(view) => view.height(unit, cols),
        }
    }

    pub(super) fn lines(&self, unit: u32, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        match self {
            View::Text(view) => view.lines(unit, cols, theme),
            View::Tree(view) => view.lines(unit, cols, theme),
            View::Table(view) => vec![view.line(unit, cols, theme)],
            View::Link(link) => link.lines(cols, theme),
            View::Values(view) => view.lines(unit, cols, theme),
            View::Lines(view) => view.lines(unit, cols, theme),
        }
    }

    /// A row that stays in view at the top while the rest scrolls.
    pub(super) fn pinned(&self, unit: u32, cols: usize, theme: &Theme) -> Option<Line<'static>> {
        match self {
            View::Table(view) if unit > 0 => Some(view.line(0, cols, theme)),
            _ => None,
        }
    }

    /// Where a unit starts in the searched text.
    pub(super) fn byte(&self, unit: u32) -> usize {
        match self {
            View::Text(_) => unit as usize,
            View::Tree(view) => view.tree().start(unit),
            View::Table(view) => view.byte(unit),
            View::Link(_) => 0,
            View::Values(view) => view.byte(unit),
            View::Lines(view) => view.byte(unit),
        }
    }

    /// What can be searched, and whether it is JSON.
    pub(super) fn searched(&self) -> (&[u8], bool) {
        match self {
            View::Text(view) => (view.text().as_bytes(), false),
            View::Tree(view) => (view.tree().text().as_str().as_bytes(), true),
            View::Table(view) => (view.tree().text().as_str().as_bytes(), true),
            View::Link(link) => (link.uri.as_bytes(), false),
            View::Values(view) => (view.text().as_bytes(), true),
            View::Lines(view) => (view.text().as_bytes(), false),
        }
    }

    /// The unit and its row that show a byte of the searched text; what hides it is unfolded.
    pub(super) fn reveal(&mut self, byte: usize, cols: usize) -> (u32, u32) {
        match self {
            View::Text(view) => (view.start_of(byte), view.row_of(byte, cols)),
            View::Tree(view) => (view.reveal(byte), 0),
            View::Table(view) => (view.reveal(byte), 0),
            View::Link(_) => (0, 0),
            View::Values(view) => (view.reveal(byte), 0),
            View::Lines(view) => (view.reveal(byte), 0),
        }
    }

    /// What a key does at a unit, and the unit that the cursor is on then.
    pub(super) fn act(&mut self, unit: u32, action: Action) -> (u32, Reply) {
        match self {
            View::Tree(view) => view.act(unit, action),
            View::Table(view) => (unit, view.act(unit, action)),
            View::Values(view) => (unit, view.act(unit, action)),
            View::Lines(view) => {
                let reply = view.act(unit, action);
                (view.visible(unit), reply)
            }
            View::Text(view) => {
                let reply = match action {
                    Action::Copy => Reply::Copy { text: view.text().to_owned(), what: "the text" },
                    Action::CopyPath => Reply::Say("only JSON has paths to copy".into()),
                    _ => Reply::Unused,
                };
                (unit, reply)
            }
            View::Link(link) => {
                let reply = match action {
                    Action::Open => Reply::Follow { uri: link.uri.clone() },
                    Action::Copy | Action::CopyPath => Reply::Copy { text: link.uri.clone(), what: "the link" },
                    _ => Reply::Unused,
                };
                (unit, reply)
            }
        }
    }
}
