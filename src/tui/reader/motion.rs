//! Moving in a reader: rows, pages, ends, and keeping the cursor in view.

use super::block::Block;
use super::{Place, Reader};
use crate::tui::action::Action;
use crate::tui::theme::Theme;

/// Rows that stay in view before and after the cursor.
const MARGIN: usize = 3;

impl Reader {
    /// Tells how large it is shown; the places stay what they were, as far as they can.
    pub fn resize(&mut self, cols: u16, height: u16) {
        if (cols, height) == (self.cols, self.height) {
            return;
        }
        (self.cols, self.height) = (cols, height);
        self.cursor = self.clamped(self.cursor);
        self.top = self.clamped(self.top);
        self.keep_in_view();
    }

    /// Rows for what is read: the search has the last one.
    pub(super) fn shown_rows(&self) -> usize {
        let search = u16::from(self.find.is_some() && self.height > 1);
        usize::from(self.height.saturating_sub(search).max(1))
    }

    /// Puts the cursor there, and in view.
    pub fn go_to(&mut self, place: Place) {
        self.cursor = self.clamped(place);
        if self.is_plain() {
            self.top = self.cursor.min(self.last_top());
            self.cursor = self.top;
        } else {
            self.keep_in_view();
        }
    }

    /// Puts the cursor on a row in view; nothing moves under the mouse.
    pub fn click(&mut self, row: usize) {
        let covered = row == 0 && self.top != self.cursor && self.is_pinned();
        if self.is_plain() || covered || row >= self.rows(&Theme::default(), false).len() {
            return;
        }
        self.cursor = self.stepped(self.top, row, false);
    }

    /// Whether the first row in view shows what the rows below it belong to.
    fn is_pinned(&self) -> bool {
        let top = self.blocks.get(self.top.block);
        top.is_some_and(|top| top.pinned(self.top.unit, self.text_cols(), &Theme::default()).is_some())
    }

    pub(super) fn rewind(&mut self) {
        self.cursor = self.first();
        self.top = self.cursor;
    }

    /// Moves, if the action is a motion.
    pub(super) fn moved(&mut self, action: Action) -> bool {
        let page = self.shown_rows().max(2) - 1;
        match action {
            Action::Up => self.move_by(1, true),
            Action::Down => self.move_by(1, false),
            Action::PageUp => self.page(page, true),
            Action::PageDown => self.page(page, false),
            Action::Top => self.rewind(),
            Action::Bottom => {
                self.cursor = self.last();
                self.top = self.last_top();
                if self.is_plain() {
                    self.cursor = self.top;
                }
            }
            _ => return false,
        }
        true
    }

    /// Moves by rows, as the wheel does.
    pub fn move_by(&mut self, rows: usize, up: bool) {
        self.cursor = self.stepped(self.cursor, rows, up);
        if self.is_plain() {
            self.top = self.cursor.min(self.last_top());
            self.cursor = self.top;
            return;
        }
        self.keep_in_view();
    }

    /// Cursor and view move together, so that a page is a page.
    fn page(&mut self, rows: usize, up: bool) {
        self.top = self.stepped(self.top, rows, up);
        if !up {
            self.top = self.top.min(self.last_top());
        }
        self.move_by(rows, up);
    }

    /// A place so many rows further on or back, as far as there are rows.
    pub(super) fn stepped(&self, from: Place, rows: usize, up: bool) -> Place {
        let mut at = from;
        for _ in 0..rows {
            match if up { self.row_before(at) } else { self.row_after(at) } {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// The first row in view when the last one is at the bottom.
    fn last_top(&self) -> Place {
        self.stepped(self.last(), self.shown_rows() - 1, true)
    }

    pub(super) fn keep_in_view(&mut self) {
        let height = self.shown_rows();
        let margin = MARGIN.min((height - 1) / 2);
        let high = self.stepped(self.cursor, margin, true);
        if high < self.top {
            self.top = high;
            return;
        }
        // The lowest first row that still has the cursor and its margin in view.
        let low = self.stepped(self.cursor, margin, false);
        let least = self.stepped(low, height - 1, true);
        self.top = self.top.max(least);
    }

    /// A place that exists, near one that may not any more.
    fn clamped(&self, place: Place) -> Place {
        let Some(block) = self.blocks.get(place.block) else { return self.last() };
        let unit = block.nearest(place.unit);
        let height = self.height_of(Place { unit, ..place });
        Place { unit, row: if unit == place.unit { place.row.min(height.saturating_sub(1)) } else { 0 }, ..place }
    }

    fn first(&self) -> Place {
        Place { block: 0, unit: self.blocks.first().map_or(0, Block::first), row: 0 }
    }

    fn last(&self) -> Place {
        let Some(block) = self.blocks.last() else { return Place::default() };
        let place = Place { block: self.blocks.len() - 1, unit: block.last(), row: 0 };
        Place { row: self.height_of(place).saturating_sub(1), ..place }
    }

    fn height_of(&self, place: Place) -> u32 {
        self.blocks.get(place.block).map_or(1, |block| block.height(place.unit, self.text_cols(), place.block == 0))
    }

    fn row_after(&self, at: Place) -> Option<Place> {
        if at.row + 1 < self.height_of(at) {
            return Some(Place { row: at.row + 1, ..at });
        }
        self.next_unit(at)
    }

    fn row_before(&self, at: Place) -> Option<Place> {
        if at.row > 0 {
            return Some(Place { row: at.row - 1, ..at });
        }
        let before = self.unit_before(at)?;
        Some(Place { row: self.height_of(before).saturating_sub(1), ..before })
    }

    pub(super) fn next_unit(&self, at: Place) -> Option<Place> {
        let block = self.blocks.get(at.block)?;
        if let Some(unit) = block.next(at.unit) {
            return Some(Place { unit, row: 0, ..at });
        }
        let next = self.blocks.get(at.block + 1)?;
        Some(Place { block: at.block + 1, unit: next.first(), row: 0 })
    }

    fn unit_before(&self, at: Place) -> Option<Place> {
        let block = self.blocks.get(at.block)?;
        if let Some(unit) = block.before(at.unit) {
            return Some(Place { unit, row: 0, ..at });
        }
        let index = at.block.checked_sub(1)?;
        Some(Place { block: index, unit: self.blocks[index].last(), row: 0 })
    }
}
