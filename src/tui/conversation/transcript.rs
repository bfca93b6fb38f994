//! The conversation in rows: [`Transcript`]. Only what comes into view is laid out, each entry once for a width; where
//! the view begins is an entry and a row in it, so nothing depends on how much was said before.

use std::collections::BTreeSet;

use super::entry::Sheet;
use crate::model::conversation::{Conversation, Entry};

/// Sheets that are kept; those far from the view are made again when they are needed.
const SHEETS: usize = 400;

/// A place in the conversation: an entry and a row in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(in crate::tui) struct Place {
    pub(in crate::tui) entry: usize,
    pub(in crate::tui) row: usize,
}

/// The entries that were laid out.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Transcript {
    /// Of which conversation.
    id: String,
    width: usize,
    sheets: Vec<Option<Sheet>>,
    /// Entries that are open: the details of a call, the thoughts of an answer.
    pub(in crate::tui) opened: BTreeSet<usize>,
    /// How many sheets were made, so that a test can tell what a frame costs.
    made: usize,
    held: usize,
}

impl Transcript {
    /// Goes over to this conversation at this width. Whether it is another conversation.
    pub(super) fn turn_to(&mut self, conversation: &Conversation, width: usize) -> bool {
        let another =
            self.id != conversation.id && !self.id.is_empty() || self.sheets.len() > conversation.entries.len();
        if another {
            *self = Transcript::default();
        }
        if self.width != width {
            self.sheets.clear();
            self.held = 0;
            self.width = width;
        }
        self.id.clone_from(&conversation.id);
        self.sheets.resize(conversation.entries.len(), None);
        another
    }

    /// An entry as it is now.
    pub(super) fn sheet(&mut self, entries: &[Entry], at: usize) -> Option<&Sheet> {
        let entry = entries.get(at)?;
        let opened = self.opened.contains(&at);
        let slot = self.sheets.get_mut(at)?;
        if !slot.as_ref().is_some_and(|sheet| sheet.shows(entry, opened)) {
            self.made += 1;
            self.held += usize::from(slot.is_none());
            *slot = Some(Sheet::of(entries, at, self.width, opened, slot.take()));
        }
        slot.as_ref()
    }

    /// An entry as it would be with its details. It is not kept; `old` is what it was before, to go on from.
    pub(super) fn unfolded(&self, entries: &[Entry], at: usize, old: Option<Sheet>) -> Sheet {
        Sheet::of(entries, at, self.width, true, old)
    }

    /// The columns that entries are laid out for.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// An entry as it was laid out.
    pub(in crate::tui) fn known(&self, at: usize) -> Option<&Sheet> {
        self.sheets.get(at)?.as_ref()
    }

    fn height(&mut self, entries: &[Entry], at: usize) -> usize {
        self.sheet(entries, at).map_or(0, Sheet::height)
    }

    /// The place `rows` above another.
    pub(super) fn up(&mut self, entries: &[Entry], from: Place, rows: usize) -> Place {
        let mut place = from;
        let mut left = rows;
        loop {
            if place.row >= left {
                place.row -= left;
                return place;
            }
            left -= place.row;
            if place.entry == 0 {
                return Place::default();
            }
            place.entry -= 1;
            place.row = self.height(entries, place.entry);
        }
    }

    /// The place `rows` below another, or the end.
    pub(super) fn down(&mut self, entries: &[Entry], from: Place, rows: usize) -> Place {
        let mut place = from;
        let mut left = rows;
        while place.entry < entries.len() {
            let height = self.height(entries, place.entry);
            if place.row + left < height {
                place.row += left;
                return place;
            }
            left -= height.saturating_sub(place.row);
            place = Place { entry: place.entry + 1, row: 0 };
        }
        place
    }

    /// Where a view of this height begins that shows the end.
    pub(super) fn end(&mut self, entries: &[Entry], height: usize) -> Place {
        self.up(entries, Place { entry: entries.len(), row: 0 }, height)
    }

    /// Lays out what a view from `top` on shows; lets go of what is far away.
    pub(super) fn fill(&mut self, entries: &[Entry], top: Place, height: usize) {
        let mut left = height + top.row;
        let mut at = top.entry;
        while left > 0 && at < entries.len() {
            left = left.saturating_sub(self.height(entries, at));
            at += 1;
        }
        if self.held > SHEETS {
            let near = top.entry.saturating_sub(SHEETS / 8)..at + SHEETS / 8;
            for (at, sheet) in self.sheets.iter_mut().enumerate() {
                if !near.contains(&at) && sheet.take().is_some() {
                    self.held -= 1;
                }
            }
        }
    }

    /// How many sheets were made so far.
    #[cfg(test)]
    pub(in crate::tui) fn made(&self) -> usize {
        self.made
    }
}
