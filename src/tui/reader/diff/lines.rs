//! The differences of two texts, line by line: [`LineDiff`]. Long stretches that are the same are folded away.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use ratatui::text::{Line, Span};

use super::super::Reply;
use super::{Side, rows};
use crate::model::diff::sequence::common;
use crate::model::diff::words;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::theme::Theme;

/// Lines that stay in view around a difference.
const CONTEXT: u32 = 3;
/// Bytes of a line that are shown.
const SHOWN: usize = 2_048;
/// Bytes of a long line that are shown before its first difference.
const BEFORE: usize = 60;

/// The differences of two texts. A unit is a line: first those that are the same or gone, then those that came.
#[derive(Clone, PartialEq)]
pub struct LineDiff {
    old: Lines,
    new: Lines,
    runs: Arc<[Run]>,
    /// Runs of equal lines that are unfolded, by their number.
    open: HashSet<u32>,
}

/// A text and where its lines start; the last entry is its end.
#[derive(Clone, PartialEq)]
struct Lines {
    text: Arc<str>,
    starts: Arc<[u32]>,
}

/// Lines that are the same in both texts, or that gave way to others.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Run {
    /// The unit of its first line.
    unit: u32,
    same: bool,
    old: Range<u32>,
    new: Range<u32>,
}

impl Run {
    fn len(&self) -> u32 {
        let new = self.new.end - self.new.start;
        if self.same { new } else { self.old.end - self.old.start + new }
    }
}

impl std::fmt::Debug for LineDiff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LineDiff({} runs)", self.runs.len())
    }
}

impl Lines {
    fn new(text: &str) -> Lines {
        // Places are 32 bits; what is beyond is not compared.
        let text = &text[..text.floor_char_boundary(u32::MAX as usize)];
        let body = text.strip_suffix('\n').unwrap_or(text);
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', body.as_bytes()).map(|at| at as u32 + 1));
        starts.push(body.len() as u32 + 1);
        Lines { text: Arc::from(text), starts: starts.into() }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn line(&self, at: u32) -> &str {
        let at = at as usize;
        let (Some(start), Some(next)) = (self.starts.get(at), self.starts.get(at + 1)) else { return "" };
        let line = self.text.get(*start as usize..*next as usize - 1).unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn hashes(&self) -> Vec<u64> {
        let hash = |at| {
            let mut hasher = DefaultHasher::new();
            self.line(at as u32).hash(&mut hasher);
            hasher.finish()
        };
        (0..self.len()).map(hash).collect()
    }
}

impl LineDiff {
    /// Compares two texts; `None` when all their lines are the same.
    pub fn new(old: &str, new: &str) -> Option<LineDiff> {
        let (old, new) = (Lines::new(old), Lines::new(new));
        let kept = common(&old.hashes(), &new.hashes());
        if kept.len() == old.len() && kept.len() == new.len() {
            return None;
        }
        let mut runs: Vec<Run> = Vec::new();
        let mut push = |same: bool, old: Range<usize>, new: Range<usize>| {
            let narrow = |range: Range<usize>| range.start as u32..range.end as u32;
            let (old, new) = (narrow(old), narrow(new));
            match runs.last_mut() {
                Some(last) if last.same && same => (last.old.end, last.new.end) = (old.end, new.end),
                last => {
                    let unit = last.map_or(0, |last| last.unit + last.len());
                    runs.push(Run { unit, same, old, new });
                }
            }
        };
        let (mut a, mut b) = (0, 0);
        for (x, y) in kept {
            if x > a || y > b {
                push(false, a..x, b..y);
            }
            push(true, x..x + 1, y..y + 1);
            (a, b) = (x + 1, y + 1);
        }
        if a < old.len() || b < new.len() {
            push(false, a..old.len(), b..new.len());
        }
        Some(LineDiff { old, new, runs: runs.into(), open: HashSet::new() })
    }

    /// `3 lines gone, 2 new`.
    pub fn summary(&self) -> String {
        let changed = self.runs.iter().filter(|run| !run.same);
        let (gone, come) = changed.fold((0, 0), |(gone, come), run| {
            (gone + (run.old.end - run.old.start) as usize, come + (run.new.end - run.new.start) as usize)
        });
        match (gone, come) {
            (0, come) => format!("{} new", figures::counted(come, "line")),
            (gone, 0) => format!("{} gone", figures::counted(gone, "line")),
            (gone, come) => format!("{} gone, {} new", figures::counted(gone, "line"), figures::count(come)),
        }
    }

    /// The new text.
    pub(in super::super) fn text(&self) -> &str {
        &self.new.text
    }

    fn run_at(&self, unit: u32) -> usize {
        self.runs.partition_point(|run| run.unit <= unit).saturating_sub(1)
    }

    /// The units of a run that are folded away; the first of them says so.
    fn hidden(&self, at: usize) -> Option<Range<u32>> {
        let run = self.runs.get(at).filter(|run| run.same && !self.open.contains(&(at as u32)))?;
        let before = if at == 0 { 0 } else { CONTEXT };
        let after = if at + 1 == self.runs.len() { 0 } else { CONTEXT };
        let hidden = run.unit + before..(run.unit + run.len()).saturating_sub(after);
        (hidden.end > hidden.start + 1).then_some(hidden)
    }

    pub(in super::super) fn last(&self) -> u32 {
        let last = self.runs.last().map_or(0, |run| run.unit + run.len() - 1);
        self.visible(last)
    }

    /// The unit itself, or the fold that hides it.
    pub(in super::super) fn visible(&self, unit: u32) -> u32 {
        let end = self.runs.last().map_or(0, |run| run.unit + run.len() - 1);
        let unit = unit.min(end);
        match self.hidden(self.run_at(unit)) {
            Some(hidden) if hidden.contains(&unit) => hidden.start,
            _ => unit,
        }
    }

    pub(in super::super) fn next(&self, unit: u32) -> Option<u32> {
        let end = self.runs.last().map_or(0, |run| run.unit + run.len());
        let next = match self.hidden(self.run_at(unit)) {
            Some(hidden) if hidden.start == unit => hidden.end,
            _ => unit + 1,
        };
        (next < end).then_some(next)
    }

    pub(in super::super) fn before(&self, unit: u32) -> Option<u32> {
        Some(self.visible(unit.checked_sub(1)?))
    }

    /// The side and the line of a unit, and the line in whose place it came or that came in its place.
    fn line(&self, unit: u32) -> (Side, &str, Option<&str>) {
        let Some(run) = self.runs.get(self.run_at(unit)) else { return (Side::Same, "", None) };
        let at = unit - run.unit;
        let gone = run.old.end - run.old.start;
        if run.same {
            return (Side::Same, self.new.line(run.new.start + at), None);
        }
        let pair = |at: u32, range: &Range<u32>| Some(range.start + at).filter(|line| *line < range.end);
        if at < gone {
            (Side::Old, self.old.line(run.old.start + at), pair(at, &run.new).map(|line| self.new.line(line)))
        } else {
            let at = at - gone;
            (Side::New, self.new.line(run.new.start + at), pair(at, &run.old).map(|line| self.old.line(line)))
        }
    }

    pub(in super::super) fn byte(&self, unit: u32) -> usize {
        let Some(run) = self.runs.get(self.run_at(unit)) else { return 0 };
        let gone = if run.same { 0 } else { run.old.end - run.old.start };
        let line = run.new.start + (unit - run.unit).saturating_sub(gone);
        self.new.starts.get(line as usize).map_or(0, |start| *start as usize)
    }

    /// The unit that shows a byte of the new text; what hides it is unfolded.
    pub(in super::super) fn reveal(&mut self, byte: usize) -> u32 {
        let line = self.new.starts.partition_point(|start| *start as usize <= byte).saturating_sub(1) as u32;
        let at = self.runs.partition_point(|run| run.new.end <= line);
        let Some(run) = self.runs.get(at) else { return self.last() };
        let gone = if run.same { 0 } else { run.old.end - run.old.start };
        let unit = run.unit + gone + (line - run.new.start);
        if self.hidden(at).is_some_and(|hidden| hidden.contains(&unit)) {
            self.open.insert(at as u32);
        }
        unit
    }

    pub(in super::super) fn height(&self, unit: u32, cols: usize) -> u32 {
        self.lines(unit, cols, &Theme::default()).len() as u32
    }

    pub(in super::super) fn lines(&self, unit: u32, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        if let Some(hidden) = self.hidden(self.run_at(unit)).filter(|hidden| hidden.start == unit) {
            let count = figures::counted((hidden.end - hidden.start) as usize, "line");
            return vec![Line::from(vec![
                Span::styled(format!("{} ", theme.symbols.folded), theme.dim),
                Span::styled(format!("{count} the same"), theme.dim),
            ])];
        }
        let (side, line, other) = self.line(unit);
        let (head, line) = window(line, other);
        let (body, tail) = cut(line);
        let other = other.map(|other| {
            let skipped = if head.is_empty() { 0 } else { self.line(unit).1.len() - line.len() };
            cut(other.get(skipped..).unwrap_or_default()).0
        });
        let mut pieces = match (side, other) {
            (Side::Old, Some(other)) => words(body, other).0,
            (Side::New, Some(other)) => words(other, body).1,
            (Side::Same, _) => vec![(body, false)],
            (_, None) => vec![(body, true)],
        };
        if !head.is_empty() {
            pieces.insert(0, (head, false));
        }
        let mut out = rows(side, &pieces, cols, theme);
        if tail > 0 {
            out.push(Line::styled(format!("  … {} more in this line", figures::size(tail as u64)), theme.dim));
        }
        out
    }

    pub(in super::super) fn act(&mut self, unit: u32, action: Action) -> Reply {
        let at = self.run_at(unit) as u32;
        match action {
            Action::Open | Action::Toggle | Action::Right if self.visible(unit) == unit && self.is_fold(unit) => {
                self.open.insert(at);
            }
            Action::Open | Action::Toggle | Action::Left if self.open.contains(&at) => {
                self.open.remove(&at);
            }
            Action::ExpandAll => self.open = (0..self.runs.len() as u32).collect(),
            Action::CollapseAll => self.open.clear(),
            Action::Copy => return Reply::Copy { text: self.line(unit).1.to_owned(), what: "the line" },
            Action::CopyPath => return Reply::Say("only JSON has paths to copy".into()),
            _ => return Reply::Unused,
        }
        Reply::Done
    }

    fn is_fold(&self, unit: u32) -> bool {
        self.hidden(self.run_at(unit)).is_some_and(|hidden| hidden.start == unit)
    }
}

/// Of a long line the part around its first difference, and what stands for the rest before it.
fn window<'a>(line: &'a str, other: Option<&str>) -> (&'static str, &'a str) {
    let Some(other) = other.filter(|_| line.len() > SHOWN) else { return ("", line) };
    let same = line.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let from = line.floor_char_boundary(same.saturating_sub(BEFORE));
    if from < BEFORE { ("", line) } else { ("… ", &line[from..]) }
}

/// The part of a line that is shown, and the bytes that are not.
fn cut(line: &str) -> (&str, usize) {
    let end = line.floor_char_boundary(SHOWN);
    (&line[..end], line.len() - end)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use proptest::prelude::*;

    use super::*;

    fn shown(diff: &LineDiff) -> String {
        let mut out = Vec::new();
        let mut at = Some(diff.visible(0));
        while let Some(unit) = at {
            out.extend(diff.lines(unit, 30, &Theme::default()).iter().map(ToString::to_string));
            at = diff.next(unit);
        }
        out.join("\n")
    }

    #[test]
    fn equal_stretches_fold_and_unfold() {
        let old = (0..20).fold(String::new(), |text, at| text + &format!("line {at}\n"));
        let new = old.replace("line 10\n", "line ten\nand more\n");
        let mut diff = LineDiff::new(&old, &new).unwrap();
        let expected = "▸ 7 lines the same\n  line 7\n  line 8\n  line 9\n- line 10\n+ line ten\n+ and more\n  line 11\n  line 12\n  line 13\n▸ 6 lines the same";
        assert_eq!(shown(&diff), expected);
        assert_eq!(diff.summary(), "1 line gone, 2 new");
        assert!(matches!(diff.act(0, Action::Open), Reply::Done));
        assert!(shown(&diff).starts_with("  line 0\n  line 1\n"));
        assert_eq!(LineDiff::new("a\r\nb", "a\nb\n"), None);
        // A search unfolds what hides its hit.
        let mut diff = LineDiff::new(&old, &new).unwrap();
        let unit = diff.reveal(new.find("line 18").unwrap());
        assert_eq!(diff.lines(unit, 30, &Theme::default())[0].to_string(), "  line 18");
    }

    #[test]
    fn a_long_line_is_shown_where_it_differs() {
        let old = format!("{}old{}", "x".repeat(5_000), "y".repeat(5_000));
        let diff = LineDiff::new(&old, &old.replace("old", "new")).unwrap();
        let text = shown(&diff);
        assert!(text.contains("… x") && text.contains("old") && text.contains("new"), "{text}");
        assert!(text.len() < 3 * 2 * SHOWN, "{}", text.len());
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(old in "([abé\u{1b}]{0,2}\n){0,12}", new in "([abé\u{1b}]{0,2}\n){0,12}", keys in prop::collection::vec((0u32..30, 0usize..5), 0..6)) {
            let Some(mut diff) = LineDiff::new(&old, &new) else {
                prop_assert_eq!(old.lines().count().max(1), new.lines().count().max(1));
                return Ok(());
            };
            let side = |wanted: Side| -> String {
                let end = diff.runs.last().map_or(0, |run| run.unit + run.len());
                (0..end).map(|unit| diff.line(unit)).filter(|(side, ..)| *side == Side::Same || *side == wanted)
                    .fold(String::new(), |text, (_, line, _)| text + line + "\n")
            };
            // A text without a line has one empty one.
            let whole = |text: &str| if text.is_empty() { "\n".to_owned() } else { text.to_owned() };
            prop_assert_eq!(side(Side::Old), whole(&old));
            prop_assert_eq!(side(Side::New), whole(&new));
            for (unit, action) in keys {
                let unit = diff.visible(unit);
                diff.act(unit, [Action::Open, Action::Left, Action::ExpandAll, Action::CollapseAll, Action::Right][action]);
                // There and back the same way.
                let mut there = vec![diff.visible(0)];
                while let Some(next) = diff.next(there[there.len() - 1]) {
                    there.push(next);
                }
                prop_assert_eq!(diff.last(), there[there.len() - 1]);
                let mut back = vec![diff.last()];
                while let Some(before) = diff.before(back[back.len() - 1]) {
                    back.push(before);
                }
                back.reverse();
                prop_assert_eq!(back, there);
            }
        }
    }
}
