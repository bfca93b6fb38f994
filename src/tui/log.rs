//! The log on screen: [`LogUi`], what is selected and followed; [`Shown`], which frames have a row; [`FilterUi`], the
//! filter being typed. What a filter leaves is `State::search`'s.

use std::ops::Range;

use super::line::LineEdit;
use crate::app::State;
use crate::model::filter::complete::Completion;
use crate::model::filter::{Filter, FilterError};

/// The list of frames.
#[derive(Clone, PartialEq, Debug)]
pub struct LogUi {
    /// Whether the newest frame stays in view and selected.
    pub follow: bool,
    /// The selected frame, while not following. Where a filter hides it, the next one that has a row is.
    pub selected: usize,
    /// The first row, while not following.
    pub top: usize,
    /// How many frames there were when the log was last in view.
    pub seen: usize,
    /// How times are told.
    pub times: Times,
    /// The filter.
    pub filter: FilterUi,
}

impl Default for LogUi {
    fn default() -> Self {
        let (times, filter) = (Times::default(), FilterUi::default());
        LogUi { follow: true, selected: 0, top: 0, seen: 0, times, filter }
    }
}

/// How the times of frames are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Times {
    /// The time of day.
    #[default]
    Clock,
    /// Since the first frame of the run.
    SinceStart,
    /// Since the row above.
    SinceLast,
}

/// The filter of the log, typed and kept.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FilterUi {
    /// What is typed, or what was kept.
    pub line: LineEdit,
    /// While it is being typed: what was there before.
    pub typing: Option<String>,
    /// What is wrong with the text; the frames shown are those of the last text that made sense.
    pub error: Option<FilterError>,
    /// What could stand at the cursor.
    pub offered: Completion,
    /// Which of those was taken last.
    pub taken: Option<usize>,
    /// Which saved filter was taken last, counted from the newest.
    pub recalled: Option<usize>,
    /// Whether the frames that do not fit have rows too.
    pub all: bool,
}

impl FilterUi {
    /// Whether it has a row of its own.
    pub fn is_open(&self) -> bool {
        self.typing.is_some() || !self.line.text().is_empty()
    }

    /// The filter as typed, if it makes sense.
    pub fn read(&self) -> Result<Filter, FilterError> {
        Filter::read(self.line.text())
    }
}

/// The frames that have a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown<'a> {
    /// All of so many.
    All(usize),
    /// These, in order.
    Hits(&'a [u32]),
}

impl Shown<'_> {
    /// How many rows.
    pub fn len(self) -> usize {
        match self {
            Shown::All(len) => len,
            Shown::Hits(hits) => hits.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The frame of a row.
    pub fn frame(self, row: usize) -> Option<usize> {
        match self {
            Shown::All(len) => (row < len).then_some(row),
            Shown::Hits(hits) => hits.get(row).map(|frame| *frame as usize),
        }
    }

    /// The row of a frame, or of the first one after it that has a row, or the last.
    pub fn row(self, frame: usize) -> usize {
        let row = match self {
            Shown::All(_) => frame,
            Shown::Hits(hits) => hits.partition_point(|hit| (*hit as usize) < frame),
        };
        row.min(self.len().saturating_sub(1))
    }
}

impl LogUi {
    /// The frames that have a row.
    pub fn shown<'a>(&self, state: &'a State) -> Shown<'a> {
        match &state.search {
            Some(search) if !self.filter.all => Shown::Hits(&search.hits),
            _ => Shown::All(state.log.len()),
        }
    }

    /// The selected row.
    pub fn row(&self, shown: Shown<'_>) -> usize {
        if self.follow { shown.len().saturating_sub(1) } else { shown.row(self.selected) }
    }

    /// The selected frame.
    pub fn selected(&self, state: &State) -> Option<usize> {
        let shown = self.shown(state);
        shown.frame(self.row(shown))
    }

    /// The rows in view, in a height of so many.
    pub fn window(&self, shown: Shown<'_>, height: usize) -> Range<usize> {
        let len = shown.len();
        let lowest = len.saturating_sub(height);
        if self.follow {
            return lowest..len;
        }
        let selected = self.row(shown);
        let top = self.top.min(lowest).min(selected).max((selected + 1).saturating_sub(height));
        top..len.min(top + height)
    }

    /// The frames whose rows are in view.
    pub fn frames_in_view(&self, state: &State, height: usize) -> Vec<usize> {
        let shown = self.shown(state);
        self.window(shown, height).filter_map(|row| shown.frame(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_keeps_the_selection_in_view() {
        for (follow, selected, top, len, height, window) in [
            (true, 0, 0, 10, 4, 6..10),
            (true, 0, 0, 2, 4, 0..2),
            (false, 0, 9, 10, 4, 0..4),
            (false, 9, 0, 10, 4, 6..10),
            (false, 5, 4, 10, 4, 4..8),
            (false, 50, 0, 10, 4, 6..10),
            (false, 0, 0, 0, 4, 0..0),
        ] {
            let log = LogUi { follow, selected, top, ..LogUi::default() };
            assert_eq!(log.window(Shown::All(len), height), window, "{selected} {top} {len}");
        }
    }

    #[test]
    fn a_hidden_frame_hands_its_place_to_the_next_that_is_shown() {
        let shown = Shown::Hits(&[3, 7, 9]);
        for (frame, row) in [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (9, 2), (99, 2)] {
            assert_eq!(shown.row(frame), row, "{frame}");
        }
        assert_eq!(Shown::Hits(&[]).row(5), 0);
        assert_eq!(Shown::Hits(&[]).frame(0), None);
        let log = LogUi { follow: false, selected: 8, top: 0, ..LogUi::default() };
        assert_eq!(log.window(shown, 2), 1..3);
    }
}
