//! Styled text in rows: at words where it can be, hard for code.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Ink, Piece};
use crate::model::text::width as columns;

/// Escaped text of one kind; a line feed in it begins a new row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) ink: Ink,
}

/// The rows of `runs`, at most `cols` wide each.
pub(super) fn wrap(runs: &[Run], cols: usize) -> Vec<Vec<Piece>> {
    let mut all = String::with_capacity(runs.iter().map(|run| run.text.len()).sum());
    let mut ends = Vec::with_capacity(runs.len());
    for run in runs {
        all.push_str(&run.text);
        ends.push((all.len(), run.ink));
    }
    let mut rows = Vec::new();
    let mut from = 0;
    let mut at_run = 0;
    for line in all.split('\n') {
        for (start, end) in broken(line, cols) {
            rows.push(sliced(&all, &ends, &mut at_run, from + start, from + end));
        }
        from += line.len() + 1;
    }
    rows
}

/// A stretch of the text with its inks.
fn sliced(all: &str, ends: &[(usize, Ink)], at_run: &mut usize, start: usize, end: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = start;
    while at < end {
        while ends.get(*at_run).is_some_and(|(run_end, _)| *run_end <= at) {
            *at_run += 1;
        }
        let Some((run_end, ink)) = ends.get(*at_run) else { break };
        let stop = end.min(*run_end);
        pieces.push(Piece::Text(all[at..stop].to_owned(), *ink));
        at = stop;
    }
    pieces
}

/// Where the rows of one line begin and end, broken at spaces where there are any.
pub(in crate::tui) fn broken(line: &str, cols: usize) -> Vec<(usize, usize)> {
    if line.len() <= cols {
        return vec![(0, line.len())];
    }
    let mut rows = Vec::new();
    let mut start = 0;
    if line.is_ascii() {
        let bytes = line.as_bytes();
        while bytes.len() - start > cols {
            let space = bytes[start + 1..=start + cols].iter().rposition(|byte| *byte == b' ');
            let (end, next) = match space {
                Some(at) => (start + 1 + at, start + 2 + at),
                None => (start + cols, start + cols),
            };
            rows.push((start, end));
            start = next;
        }
        rows.push((start, line.len()));
        return rows;
    }
    let mut used = 0;
    let mut space = None;
    for (at, cluster) in line.grapheme_indices(true) {
        let wide = columns(cluster);
        if used + wide > cols && at > start {
            let (end, next) = match space {
                Some(space) if space > start => (space, space + 1),
                _ => (at, at),
            };
            rows.push((start, end));
            start = next;
            used = columns(&line[start..at]);
            space = None;
        }
        if cluster == " " {
            space = Some(at);
        }
        used += wide;
    }
    rows.push((start, line.len()));
    rows
}

/// One line of code in rows of at most `cols` columns; where it breaks means nothing.
pub(super) fn hard(line: &str, cols: usize) -> Vec<&str> {
    if line.len() <= cols {
        return vec![line];
    }
    let mut rows = Vec::new();
    let mut start = 0;
    let mut used = 0;
    for (at, cluster) in line.grapheme_indices(true) {
        let wide = columns(cluster);
        if used + wide > cols && at > start {
            rows.push(&line[start..at]);
            start = at;
            used = 0;
        }
        used += wide;
    }
    rows.push(&line[start..]);
    rows
}
