//! The differences of two JSON texts, one row each: [`ValueDiff`]. A row unfolds into what was there and what is.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use ratatui::text::{Line, Span};

use super::super::Reply;
use super::super::tree::{LAID_OUT, beginning, head, weight};
use super::{Side, rows};
use crate::model::diff::{self, DiffLine};
use crate::model::json::diff::{Change, Changes, changes};
use crate::model::json::tree::{Kind, NodeId, Tree};
use crate::model::json::{PrettyLines, compact, scan};
use crate::model::text::{escape_line, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

/// Rows of one side of an unfolded difference.
const ROWS: usize = 60;
/// Differences that are unfolded at once.
const UNFOLDED: usize = 1_000;

/// The differences of two JSON texts.
#[derive(Clone, PartialEq, Debug)]
pub struct ValueDiff {
    old: Arc<Tree>,
    new: Arc<Tree>,
    changes: Arc<Changes>,
    open: HashSet<u32>,
}

impl ValueDiff {
    /// Compares two texts; `None` when they mean the same.
    pub fn new(old: Tree, new: Tree) -> Option<ValueDiff> {
        let changes = changes(&old, &new);
        if changes.is_empty() {
            return None;
        }
        Some(ValueDiff { old: Arc::new(old), new: Arc::new(new), changes: Arc::new(changes), open: HashSet::new() })
    }

    /// `2 changed, 1 new`.
    pub fn summary(&self) -> String {
        let words = ["changed", "new", "gone"];
        let counts = self.changes.counts.iter().zip(words).filter(|(count, _)| **count > 0);
        let mut said: Vec<String> = counts.map(|(count, word)| format!("{} {word}", figures::count(*count))).collect();
        if self.old.left_out().or(self.new.left_out()).is_some() {
            said.push("too large to be compared to the end".to_owned());
        }
        said.join(", ")
    }

    /// The new text.
    pub(in super::super) fn text(&self) -> &str {
        self.new.text().as_str()
    }

    /// One more row says that there is more than is listed.
    pub(in super::super) fn last(&self) -> u32 {
        let more = usize::from(self.changes.len() > self.changes.list.len());
        (self.changes.list.len() + more).saturating_sub(1) as u32
    }

    fn change(&self, unit: u32) -> Option<Change> {
        self.changes.list.get(unit as usize).copied()
    }

    /// The path of a difference; of what is gone, where it was.
    pub(in super::super) fn path(&self, unit: u32) -> Option<String> {
        let change = self.change(unit)?;
        change.new.map(|id| self.new.path(id)).or_else(|| change.old.map(|id| self.old.path(id)))
    }

    pub(in super::super) fn byte(&self, unit: u32) -> usize {
        // Of what is gone there is no place in the new text: that of its neighbour will do.
        let near = (0..=unit).rev().take(200).find_map(|unit| self.change(unit)?.new);
        near.map_or(0, |id| self.new.start(id))
    }

    /// The first difference at or after a byte of the new text.
    pub(in super::super) fn reveal(&self, byte: usize) -> u32 {
        let here = |change: &Change| {
            change.new.is_some_and(|id| self.new.after(id).map_or(usize::MAX, |next| self.new.start(next)) > byte)
        };
        self.changes.list.iter().position(here).map_or(self.last(), |at| at as u32)
    }

    pub(in super::super) fn height(&self, unit: u32, cols: usize) -> u32 {
        if self.open.contains(&unit) { self.lines(unit, cols, &Theme::default()).len() as u32 } else { 1 }
    }

    pub(in super::super) fn lines(&self, unit: u32, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let Some(change) = self.change(unit) else {
            let rest = figures::count(self.changes.len() - self.changes.list.len());
            return vec![Line::styled(format!("  and {rest} more"), theme.warn)];
        };
        let (sign, style) = match (change.old, change.new) {
            (None, _) => ("+", theme.good),
            (_, None) => ("-", theme.bad),
            _ => ("~", theme.warn),
        };
        let open = self.open.contains(&unit);
        let fold = if open { theme.symbols.unfolded } else { theme.symbols.folded };
        let path = tail(&self.path(unit).unwrap_or_default(), (cols / 2).max(12));
        let room = cols.saturating_sub(columns(&path) + 6);
        let mut spans = vec![
            Span::styled(format!("{fold} "), theme.dim),
            Span::styled(format!("{sign} "), style),
            Span::styled(path, theme.json_key),
        ];
        if !open {
            spans.push(Span::raw("  "));
            let arrow = format!(" {} ", theme.symbols.send);
            let short = |tree: &Tree, id, room| clip(&compact(head(tree, id), room), room);
            match (change.old, change.new) {
                (Some(old), Some(new)) => {
                    let room = room.saturating_sub(3);
                    // What is short leaves its room to the other one.
                    let (from, to) = (short(&self.old, old, room), short(&self.new, new, room));
                    let half = room / 2;
                    let first = if columns(&to) < half {
                        room - columns(&to)
                    } else {
                        half.max(room.saturating_sub(columns(&to)))
                    };
                    let from = clip(&from, first);
                    let to = clip(&to, room.saturating_sub(columns(&from)));
                    spans.extend([
                        Span::styled(from, theme.bad),
                        Span::styled(arrow, theme.dim),
                        Span::styled(to, theme.good),
                    ]);
                }
                (Some(old), None) => spans.push(Span::styled(short(&self.old, old, room), theme.bad)),
                (None, Some(new)) => spans.push(Span::styled(short(&self.new, new, room), theme.good)),
                (None, None) => {}
            }
        }
        let mut out = vec![Line::from(spans)];
        if open {
            let inside = self.inside(change, cols.saturating_sub(4), theme);
            out.extend(inside.into_iter().map(|mut line| {
                line.spans.insert(0, Span::raw("    "));
                line
            }));
        }
        out
    }

    /// What was there and what is.
    fn inside(&self, change: Change, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        if let (Some(old), Some(new)) = (change.old, change.new)
            && (self.old.kind(old), self.new.kind(new)) == (Kind::String, Kind::String)
        {
            return texts(self.old.from(old), self.new.from(new), cols, theme);
        }
        let mut out = Vec::new();
        for (tree, id, side) in [(&self.old, change.old, Side::Old), (&self.new, change.new, Side::New)] {
            if let Some(id) = id {
                out.extend(value(tree, id, side, cols, theme));
            }
        }
        out
    }

    pub(in super::super) fn act(&mut self, unit: u32, action: Action) -> Reply {
        let open = self.open.contains(&unit);
        match action {
            Action::Open | Action::Toggle if open => drop(self.open.remove(&unit)),
            Action::Left if open => drop(self.open.remove(&unit)),
            Action::Open | Action::Toggle | Action::Right => drop(self.open.insert(unit)),
            Action::ExpandAll if self.changes.list.len() > UNFOLDED => {
                return Reply::Say("there are too many differences to unfold them all".into());
            }
            Action::ExpandAll => self.open = (0..self.changes.list.len() as u32).collect(),
            Action::CollapseAll => self.open.clear(),
            Action::Copy => {
                let change = self.change(unit);
                let of = |tree: &Tree, id: NodeId| {
                    let value = tree.value(id);
                    scan::decoded(value).map_or_else(|| value.to_owned(), Cow::into_owned)
                };
                let text = match change.map(|change| (change.old, change.new)) {
                    Some((_, Some(new))) => of(&self.new, new),
                    Some((Some(old), None)) => of(&self.old, old),
                    _ => return Reply::Unused,
                };
                return Reply::Copy { text, what: "the value" };
            }
            Action::CopyPath => match self.path(unit) {
                Some(text) => return Reply::Copy { text, what: "the path" },
                None => return Reply::Unused,
            },
            _ => return Reply::Unused,
        }
        Reply::Done
    }
}

/// Two texts, line by line.
fn texts(old: &str, new: &str, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
    let ((old, cut), (new, other)) = (beginning(old), beginning(new));
    let whole =
        |text: &'_ str, side| text.lines().map(|line| (side, vec![(line.to_owned(), true)])).collect::<Vec<_>>();
    let owned = |list: Vec<(&str, bool)>| list.into_iter().map(|(text, marked)| (text.to_owned(), marked)).collect();
    let all: Vec<(Side, Vec<(String, bool)>)> = match diff::lines(&old, &new) {
        Some(list) => list
            .into_iter()
            .map(|line| match line {
                DiffLine::Same(text) => (Side::Same, vec![(text.to_owned(), false)]),
                DiffLine::Old(list) => (Side::Old, owned(list)),
                DiffLine::New(list) => (Side::New, owned(list)),
            })
            .collect(),
        None => [whole(&old, Side::Old), whole(&new, Side::New)].concat(),
    };
    let mut out = Vec::new();
    for (side, pieces) in &all {
        let pieces = pieces.iter().map(|(text, marked)| (text.as_str(), *marked)).collect();
        out.extend(rows(*side, &pieces, cols, theme));
        if out.len() > 2 * ROWS {
            break;
        }
    }
    if out.len() > 2 * ROWS || cut || other {
        out.truncate(2 * ROWS);
        out.push(Line::styled("  … y copies the new text", theme.dim));
    }
    out
}

/// One value, laid out as far as there is room.
fn value(tree: &Tree, id: NodeId, side: Side, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
    let style = side.style(theme);
    let line = |text: &str| {
        let text = clip(text, cols.saturating_sub(2));
        Line::from(vec![Span::styled(side.lead(), style), Span::styled(text, style)])
    };
    if weight(tree, id) > LAID_OUT {
        let size = figures::size(weight(tree, id) as u64);
        let head = clip(&compact(head(tree, id), cols), cols.saturating_sub(columns(&size) + 4));
        return vec![line(&format!("{head} {size}"))];
    }
    let mut out = Vec::new();
    for pretty in PrettyLines::new(tree.value(id)).take(ROWS + 1) {
        let mut text = String::new();
        pretty.write(&mut text);
        out.push(line(&text));
    }
    if out.len() > ROWS {
        out.truncate(ROWS);
        out.push(Line::styled("  … y copies it whole", theme.dim));
    }
    out
}

/// The end of a path, which says more than its beginning.
fn tail(path: &str, cols: usize) -> String {
    let shown = escape_line(path);
    if columns(&shown) <= cols {
        return shown.into_owned();
    }
    let mut from = 0;
    while columns(&shown[from..]) + 1 > cols {
        from += shown[from..].chars().next().map_or(1, char::len_utf8);
    }
    format!("…{}", &shown[from..])
}
