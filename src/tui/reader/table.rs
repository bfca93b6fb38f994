//! An array of flat objects as a table: [`TableView`]: columns side by side, one of them selected, sorted by any.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Reply;
use super::tree::TreeView;
use crate::model::json::scan;
use crate::model::json::tree::{Kind, NodeId, Tree};
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

/// Rows of a table; a longer array is a tree.
const ROWS: usize = 20_000;
/// Columns of a table; an array with more names in it is a tree.
const COLUMNS: usize = 40;
/// Rows that are looked at to find out how wide a column is.
const MEASURED: usize = 200;
/// Rows that tell whether a column has numbers.
const TYPICAL: usize = 20;
/// Columns on screen that one column of the table takes at most.
const WIDEST: usize = 40;
/// Bytes of a cell that can matter to that.
const CELL: usize = 400;

/// A table over the rows of a tree.
#[derive(Clone, PartialEq, Debug)]
pub struct TableView {
    tree: Arc<Tree>,
    /// The objects, as sent.
    rows: Arc<[NodeId]>,
    /// The names as spelled, with quotes, in the order in which they first appear, and how wide their columns are.
    columns: Arc<[(String, usize)]>,
    /// The rows in the order in which they are shown.
    order: Vec<u32>,
    sorted: Option<(usize, bool)>,
    /// The column that keys are about; those before it may be scrolled away.
    column: usize,
}

impl TableView {
    /// A table, if the tree is an array of flat objects, or an object that holds one such array.
    pub fn new(tree: &Arc<Tree>) -> Option<TableView> {
        let list = array_of(tree)?;
        if tree.children(list) as usize > ROWS {
            return None;
        }
        let rows: Vec<NodeId> = tree.child_ids(list).collect();
        let mut names: Vec<(String, usize)> = Vec::new();
        let mut cells = 0;
        for (at, row) in rows.iter().enumerate() {
            if tree.kind(*row) != Kind::Object {
                return None;
            }
            for cell in tree.child_ids(*row) {
                if tree.first_child(cell).is_some() || tree.is_sealed(cell) {
                    return None;
                }
                cells += 1;
                let key = tree.key(cell)?;
                let found = names.iter().position(|(name, _)| name == key);
                let column = found.unwrap_or_else(|| {
                    // One more, for the mark of the column that is sorted by.
                    names.push((key.to_owned(), columns(&clip(&bare(key), WIDEST)) + 1));
                    names.len() - 1
                });
                if names.len() > COLUMNS {
                    return None;
                }
                if at < MEASURED {
                    names[column].1 = names[column].1.max(columns(&clip(&shown(tree, cell), WIDEST)));
                }
            }
        }
        // Mostly holes is no table.
        if rows.len() < 2 || names.is_empty() || cells * 2 < rows.len() * names.len() {
            return None;
        }
        let order = (0..rows.len() as u32).collect();
        let tree = Arc::clone(tree);
        Some(TableView { tree, rows: rows.into(), columns: names.into(), order, sorted: None, column: 0 })
    }

    /// The tree below it.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Unit 0 is the row of names.
    pub(super) fn last(&self) -> u32 {
        self.rows.len() as u32
    }

    fn row(&self, unit: u32) -> Option<NodeId> {
        let at = *self.order.get(unit.checked_sub(1)? as usize)?;
        self.rows.get(at as usize).copied()
    }

    /// The cell of a row; of members with one name the last, as most readers have it.
    fn cell(&self, row: NodeId, column: usize) -> Option<NodeId> {
        let (name, _) = self.columns.get(column)?;
        self.tree.child_ids(row).filter(|cell| self.tree.key(*cell) == Some(name)).last()
    }

    pub(super) fn byte(&self, unit: u32) -> usize {
        self.row(unit).map_or(0, |row| self.tree.start(row))
    }

    /// The row that holds a byte of the text.
    pub(super) fn reveal(&mut self, byte: usize) -> u32 {
        let id = self.tree.at(byte);
        let row = self.rows.partition_point(|row| *row <= id).saturating_sub(1) as u32;
        if let Some(key) = self.tree.key(id)
            && let Some(column) = self.columns.iter().position(|(name, _)| name == key)
        {
            self.column = column;
        }
        self.order.iter().position(|at| *at == row).map_or(0, |at| at as u32 + 1)
    }

    /// The first column in view, so that the selected one is.
    fn first_column(&self, cols: usize) -> usize {
        let mut used = 0;
        let mut first = self.column;
        for at in (0..=self.column).rev() {
            used += self.columns[at].1 + 2;
            if used > cols && at < self.column {
                break;
            }
            first = at;
        }
        first
    }

    pub(super) fn line(&self, unit: u32, cols: usize, theme: &Theme) -> Line<'static> {
        let mut spans = Vec::new();
        let mut used = 0;
        let first = self.first_column(cols);
        if first > 0 {
            spans.push(Span::styled("… ", theme.dim));
            used = 2;
        }
        let row = self.row(unit);
        for (at, (name, width)) in self.columns.iter().enumerate().skip(first) {
            let room = cols.saturating_sub(used);
            if room < 3 {
                break;
            }
            let last = at + 1 == self.columns.len();
            let width = (*width).min(room);
            let (text, style) = if let Some(row) = row {
                self.cell_text(row, at, width, theme)
            } else {
                (self.name_text(at, name, width, theme), theme.title)
            };
            let style = if row.is_none() && at == self.column { style.patch(theme.accent) } else { style };
            used += width + 2;
            spans.push(Span::styled(text, style));
            if !last {
                spans.push(Span::raw("  "));
            }
        }
        Line::from(spans)
    }

    /// A cell in its width: numbers to the right.
    fn cell_text(&self, row: NodeId, column: usize, width: usize, theme: &Theme) -> (String, Style) {
        let Some(cell) = self.cell(row, column) else { return (" ".repeat(width), theme.dim) };
        let text = clip(&shown(&self.tree, cell), width);
        match self.tree.kind(cell) {
            Kind::Number => (to_the_right(&text, width), theme.json_value),
            Kind::Literal if self.is_of_numbers(column) => (to_the_right(&text, width), theme.json_value),
            Kind::Literal => (pad(&text, width).into_owned(), theme.json_value),
            Kind::String | Kind::Object | Kind::Array => (pad(&text, width).into_owned(), theme.json_string),
        }
    }

    /// The name of a column in its width, and whether the rows are sorted by it.
    fn name_text(&self, column: usize, name: &str, width: usize, theme: &Theme) -> String {
        let mark = match self.sorted {
            Some((by, false)) if by == column => theme.symbols.ascending,
            Some((by, true)) if by == column => theme.symbols.descending,
            _ => "",
        };
        let name = clip(&bare(name), width.saturating_sub(columns(mark)).max(1));
        let text = format!("{name}{mark}");
        if self.is_of_numbers(column) { to_the_right(&text, width) } else { pad(&text, width).into_owned() }
    }

    /// Whether the first rows have a number in it: what is not, and its name, stand to the right as well.
    fn is_of_numbers(&self, column: usize) -> bool {
        let cells = self.rows.iter().take(TYPICAL).filter_map(|row| self.cell(*row, column));
        cells.map(|cell| self.tree.kind(cell)).any(|kind| kind == Kind::Number)
    }

    pub(super) fn act(&mut self, unit: u32, action: Action) -> Reply {
        let at = self.row(unit).map(|row| (row, self.cell(row, self.column)));
        match action {
            Action::Left if self.column > 0 => self.column -= 1,
            Action::Left => return Reply::Unused,
            Action::Right => self.column = (self.column + 1).min(self.columns.len() - 1),
            Action::Sort => self.sort(),
            Action::Open => {
                let Some((row, _)) = at else {
                    self.sort();
                    return Reply::Done;
                };
                return TreeView::inside(&self.tree, row);
            }
            Action::Copy => {
                let Some(cell) = at.map(|(row, cell)| cell.unwrap_or(row)) else {
                    return Reply::Copy { text: self.tree.text().as_str().to_owned(), what: "the table's JSON" };
                };
                let value = self.tree.value(cell);
                let text = scan::decoded(value).map_or_else(|| value.to_owned(), Cow::into_owned);
                return Reply::Copy { text, what: "the cell" };
            }
            Action::CopyPath => {
                let id = at.map_or(0, |(row, cell)| cell.unwrap_or(row));
                return Reply::Copy { text: self.tree.path(id), what: "the path" };
            }
            _ => return Reply::Unused,
        }
        Reply::Done
    }

    /// By the selected column: up, down, as sent.
    fn sort(&mut self) {
        self.sorted = match self.sorted {
            Some((by, false)) if by == self.column => Some((by, true)),
            Some((by, true)) if by == self.column => None,
            _ => Some((self.column, false)),
        };
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        let Some((column, down)) = self.sorted else {
            self.order = order;
            return;
        };
        let keys: Vec<Key<'_>> = self
            .rows
            .iter()
            .map(|row| self.cell(*row, column).map_or(Key::Missing, |cell| key(&self.tree, cell)))
            .collect();
        order.sort_by(|one, other| {
            let (one, other) = (&keys[*one as usize], &keys[*other as usize]);
            match (one, other) {
                // What is not there comes last, whichever way.
                (Key::Missing, _) | (_, Key::Missing) => rank(one).cmp(&rank(other)),
                _ if down => compare(other, one),
                _ => compare(one, other),
            }
        });
        drop(keys);
        self.order = order;
    }
}

fn to_the_right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

/// What a cell is sorted by.
enum Key<'a> {
    Number(f64),
    Text(Cow<'a, str>),
    Other(&'a str),
    Missing,
}

fn key(tree: &Tree, cell: NodeId) -> Key<'_> {
    let value = tree.value(cell);
    match tree.kind(cell) {
        Kind::Number => value.parse().map_or(Key::Other(value), Key::Number),
        Kind::String => Key::Text(scan::decoded(value).unwrap_or(Cow::Borrowed(value))),
        Kind::Literal | Kind::Object | Kind::Array => Key::Other(value),
    }
}

fn rank(key: &Key<'_>) -> u8 {
    match key {
        Key::Number(_) => 0,
        Key::Text(_) => 1,
        Key::Other(_) => 2,
        Key::Missing => 3,
    }
}

fn compare(one: &Key<'_>, other: &Key<'_>) -> Ordering {
    match (one, other) {
        (Key::Number(one), Key::Number(other)) => one.total_cmp(other),
        (Key::Text(one), Key::Text(other)) => {
            one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other))
        }
        (Key::Other(one), Key::Other(other)) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)),
    }
}

/// The array whose elements are rows.
fn array_of(tree: &Tree) -> Option<NodeId> {
    if tree.left_out().is_some() {
        return None;
    }
    match tree.kind(0) {
        Kind::Array => Some(0),
        Kind::Object => {
            // One list among plain values: `{"items": […], "total": 3}`. The table must not hide anything else.
            let mut holders = tree.child_ids(0).filter(|id| tree.first_child(*id).is_some());
            let only = holders.next()?;
            (tree.kind(only) == Kind::Array && holders.next().is_none() && tree.children(0) == 1).then_some(only)
        }
        Kind::String | Kind::Number | Kind::Literal => None,
    }
}

/// A name without its quotes, as spelled.
fn bare(key: &str) -> String {
    key.get(1..key.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// A cell as text: a string without its quotes, all else as spelled.
fn shown(tree: &Tree, cell: NodeId) -> String {
    let text = tree.from(cell);
    let head = &text[..text.floor_char_boundary(CELL)];
    match tree.kind(cell) {
        Kind::String => {
            let end = scan::string_end(head.as_bytes(), 0);
            let inside = head.get(1..end).unwrap_or_default();
            scan::legible(inside.strip_suffix('"').unwrap_or(inside)).into_owned()
        }
        Kind::Object => "{}".to_owned(),
        Kind::Array => "[]".to_owned(),
        Kind::Number | Kind::Literal => {
            let end = head.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(head.len());
            head[..end].to_owned()
        }
    }
}
