//! One block of what is read: a heading and one of the ways to show it: [`Block`], [`View`].

use ratatui::text::{Line, Span};

use super::Reply;
use super::text::TextView;
use super::tree::TreeView;
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::page::{clip, heading};
use crate::tui::theme::Theme;

/// The first unit below the heading.
const BODY: u32 = 1;

/// A way to show a block.
#[derive(Clone, PartialEq, Debug)]
pub enum View {
    /// As text.
    Text(TextView),
    /// As a JSON tree.
    Tree(TreeView),
}

impl View {
    /// What this way is called.
    fn name(&self) -> &'static str {
        match self {
            View::Text(_) => "text",
            View::Tree(_) => "a tree",
        }
    }
}

/// A heading and what is below it.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// What it is; foreign text in it is escaped when it is drawn. Empty for none.
    heading: String,
    views: Vec<View>,
    shown: usize,
}

impl Block {
    /// A block with a heading and the ways to show it, the best first. There must be one.
    pub fn new(heading: impl Into<String>, views: Vec<View>) -> Block {
        debug_assert!(!views.is_empty(), "a block shows something");
        Block { heading: heading.into(), views, shown: 0 }
    }

    /// A block without a heading.
    pub fn bare(views: Vec<View>) -> Block {
        Block::new("", views)
    }

    /// How it is shown now.
    pub fn view(&self) -> &View {
        &self.views[self.shown]
    }

    /// The next way to show it, by name; `None` when there is only one.
    pub(super) fn next_view(&mut self) -> Option<&'static str> {
        if self.views.len() < 2 {
            return None;
        }
        self.shown = (self.shown + 1) % self.views.len();
        Some(self.view().name())
    }

    fn has_heading(&self) -> bool {
        !self.heading.is_empty()
    }

    /// Units of the body count from 1 here; 0 is the heading.
    pub(super) fn first(&self) -> u32 {
        if self.has_heading() { 0 } else { BODY }
    }

    pub(super) fn last(&self) -> u32 {
        1 + match self.view() {
            View::Text(view) => view.last(),
            View::Tree(view) => view.last(),
        }
    }

    pub(super) fn next(&self, unit: u32) -> Option<u32> {
        let Some(unit) = unit.checked_sub(1) else { return Some(BODY) };
        let next = match self.view() {
            View::Text(view) => view.next(unit),
            View::Tree(view) => view.next(unit),
        };
        next.map(|unit| unit + 1)
    }

    pub(super) fn before(&self, unit: u32) -> Option<u32> {
        let inside = unit.checked_sub(1)?;
        let before = match self.view() {
            View::Text(view) => view.before(inside),
            View::Tree(view) => view.before(inside),
        };
        before.map(|unit| unit + 1).or_else(|| self.has_heading().then_some(0))
    }

    /// The unit that is there, at or around one that may be hidden or gone.
    pub(super) fn nearest(&self, unit: u32) -> u32 {
        match (unit.checked_sub(1), self.view()) {
            (None, _) => self.first(),
            (Some(unit), View::Text(view)) => view.start_of(unit as usize) + 1,
            (Some(unit), View::Tree(view)) => view.visible(unit) + 1,
        }
    }

    /// How many rows a unit has; at least 1.
    pub(super) fn height(&self, unit: u32, cols: usize, first: bool) -> u32 {
        match (unit.checked_sub(1), self.view()) {
            (None, _) => 2 - u32::from(first),
            (Some(unit), View::Text(view)) => view.height(unit, cols),
            (Some(unit), View::Tree(view)) => view.height(unit, cols),
        }
    }

    /// The rows of a unit.
    pub(super) fn lines(&self, unit: u32, cols: usize, first: bool, theme: &Theme) -> Vec<Line<'static>> {
        match (unit.checked_sub(1), self.view()) {
            (None, _) => {
                let mut out = Vec::with_capacity(2);
                if !first {
                    out.push(Line::raw(""));
                }
                out.push(self.headline(cols, theme));
                out
            }
            (Some(unit), View::Text(view)) => view.lines(unit, cols),
            (Some(unit), View::Tree(view)) => view.lines(unit, cols, theme),
        }
    }

    fn headline(&self, cols: usize, theme: &Theme) -> Line<'static> {
        let others: Vec<&str> =
            (1..self.views.len()).map(|by| self.views[(self.shown + by) % self.views.len()].name()).collect();
        if others.is_empty() {
            return heading(&clip(&self.heading, cols), theme, cols);
        }
        let more = format!(" v {} ", others.join(", "));
        let title = clip(&self.heading, cols.saturating_sub(columns(&more) + 4));
        let mut line = heading(&title, theme, cols.saturating_sub(columns(&more)));
        line.spans.push(Span::styled(more, theme.dim));
        line
    }

    /// How much there is of it, in bytes.
    pub(super) fn weight(&self) -> usize {
        match self.view() {
            View::Text(view) => view.text().len(),
            View::Tree(view) => view.tree().text().as_str().len(),
        }
    }

    /// Where a unit starts in the text of the block.
    pub(super) fn byte(&self, unit: u32) -> usize {
        match (unit.checked_sub(1), self.view()) {
            (None, _) => 0,
            (Some(unit), View::Text(_)) => unit as usize,
            (Some(unit), View::Tree(view)) => view.tree().start(unit),
        }
    }

    /// What can be searched, and whether it is JSON.
    pub(super) fn searched(&self) -> (&[u8], bool) {
        match self.view() {
            View::Text(view) => (view.text().as_bytes(), false),
            View::Tree(view) => (view.tree().text().as_str().as_bytes(), true),
        }
    }

    /// The unit and its row that show a byte of the searched text; what hides it is unfolded.
    pub(super) fn reveal(&mut self, byte: usize, cols: usize) -> (u32, u32) {
        match &mut self.views[self.shown] {
            View::Text(view) => {
                let unit = view.start_of(byte);
                (unit + 1, view.row_of(byte, cols))
            }
            View::Tree(view) => (view.reveal(byte) + 1, 0),
        }
    }

    /// What a key does at a unit, and where the cursor is then.
    pub(super) fn act(&mut self, unit: u32, action: Action) -> (u32, Reply) {
        let inside = unit.checked_sub(1);
        match (&mut self.views[self.shown], inside) {
            (View::Tree(view), Some(node)) => {
                let (node, reply) = view.act(node, action);
                (node + 1, reply)
            }
            (View::Tree(view), None) => (unit, view.act(0, action).1),
            (View::Text(view), _) => {
                let reply = match action {
                    Action::Copy => Reply::Copy { text: view.text().to_owned(), what: "the text" },
                    Action::CopyPath => Reply::Say("only JSON has paths to copy".into()),
                    _ => Reply::Unused,
                };
                (unit, reply)
            }
        }
    }
}
