//! The text of an entry as it is drawn, to be searched: [`Searched`]. While the entry grows, what was looked at and can
//! never change is not looked at again, so what a frame costs does not depend on how long an answer became.

use std::ops::Range;

use crate::model::conversation::{Body, Entry};
use crate::model::json::tree::find::Needle;
use crate::tui::conversation::entry::{Part, Sheet};

/// The text of an entry with one space for whatever parts its words, and where the needle is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Searched {
    text: String,
    /// Where each row of the sheet begins.
    rows: Vec<usize>,
    /// The parts of the sheet that those rows were made of.
    parts: Vec<Known>,
    /// Where it is.
    pub(super) places: Vec<Range<usize>>,
    /// How many bytes were looked at the last time.
    pub(super) fresh: usize,
}

/// What was known of a part of a sheet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Known {
    /// Which kind of part, and which part of an answer.
    of: (std::mem::Discriminant<Part>, usize),
    rows: usize,
    /// Rows that will not change any more.
    firm: usize,
    /// How much text is in it, where that tells whether it changed.
    length: Option<usize>,
}

impl Searched {
    /// Looks at what the sheet has that was not there before. The needle is the same each time.
    pub(super) fn update(&mut self, sheet: &Sheet, entry: &Entry, needle: &Needle) {
        let parts = known(sheet);
        let mut same = 0;
        for (old, new) in self.parts.iter().zip(&parts) {
            if old.of != new.of || new.firm < old.firm {
                break;
            }
            if old.length.is_some() && old == new {
                same += old.rows;
                continue;
            }
            same += old.firm;
            if old.firm < old.rows || old.rows < new.rows {
                break;
            }
        }
        self.parts = parts;
        let cut = self.rows.get(same).copied().unwrap_or(self.text.len());
        self.text.truncate(cut);
        self.rows.truncate(same);
        while self.places.last().is_some_and(|place| place.end > cut) {
            self.places.pop();
        }
        let mut before = 0;
        for part in &sheet.parts {
            let height = part.height();
            for n in same.saturating_sub(before).min(height)..height {
                match part {
                    Part::Text { growing, .. } => self.add(&growing.rows()[n].text()),
                    Part::Plain { rows, .. } => self.add(&rows[n].text()),
                    Part::Call => match &entry.body {
                        Body::Call(call) if call.server.is_empty() => self.add(&call.tool),
                        Body::Call(call) => self.add(&format!("{}/{}", call.server, call.tool)),
                        _ => self.add(""),
                    },
                    _ => self.add(""),
                }
            }
            before += height;
        }
        // One that begins in what was there before may end in what is new.
        let across = self.text.floor_char_boundary(cut.saturating_sub(needle.text().len()));
        let from = self.places.last().map_or(0, |place| place.end).max(across);
        let rest = &self.text[from..];
        self.fresh = rest.len();
        self.places.extend(needle.places(rest).into_iter().map(|place| place.start + from..place.end + from));
    }

    fn add(&mut self, row: &str) {
        self.rows.push(self.text.len());
        for word in row.split_whitespace() {
            self.text.push_str(word);
            self.text.push(' ');
        }
    }

    /// The row that a byte is in.
    pub(super) fn row(&self, byte: usize) -> usize {
        self.rows.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// Where a row is, and its text up to any byte.
    pub(super) fn bounds(&self, row: usize) -> Range<usize> {
        let end = self.rows.get(row + 1).copied().unwrap_or(self.text.len());
        self.rows.get(row).copied().unwrap_or(end)..end
    }

    /// A part of the text.
    pub(super) fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

fn known(sheet: &Sheet) -> Vec<Known> {
    let last_text = sheet.parts.iter().rposition(|part| matches!(part, Part::Text { .. }));
    let part = |(at, part): (usize, &Part)| {
        let rows = part.height();
        let (of, firm, length) = match part {
            Part::Text { growing, of, .. } => (*of, growing.solid(), Some(growing.length())),
            // Notes stand below what is said and come one by one; what is above it stays.
            Part::Plain { .. } if last_text.is_none_or(|last| at > last) => (0, 0, None),
            _ => (0, rows, None),
        };
        Known { of: (std::mem::discriminant(part), of), rows, firm, length }
    };
    sheet.parts.iter().enumerate().map(part).collect()
}
