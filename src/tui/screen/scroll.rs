//! Rows that only moved: [`Shift`]. A terminal moves whole rows between two of them by itself (DECSTBM), which costs a few
//! bytes where drawing them again would cost thousands. Whatever does not fit afterwards is drawn as usual, so a shift can
//! be a bad guess but never a wrong screen.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use ratatui::buffer::{Buffer, Cell};

/// With fewer changed rows nothing has moved that is worth moving.
const ROWS: usize = 3;
/// A shift has to save drawing this many rows.
const GAIN: usize = 2;

/// Rows that the terminal moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shift {
    /// The first row of the region.
    top: usize,
    /// The last one.
    bottom: usize,
    /// How many rows up; down when negative. What comes in is blank.
    up: isize,
}

/// Whether enough rows change.
pub(super) fn is_worth_a_look(changed: &[(u16, u16, &Cell)]) -> bool {
    let (mut rows, mut last) = (0, None);
    for (_, y, _) in changed {
        if last != Some(y) {
            rows += 1;
            last = Some(y);
        }
    }
    rows >= ROWS
}

impl Shift {
    /// The shift after which the least is left to be drawn, if any helps.
    pub(super) fn find(shown: &Buffer, wanted: &Buffer) -> Option<Shift> {
        let (shown, wanted) = (hashes(shown), hashes(wanted));
        let rows = isize::try_from(wanted.len()).ok()?;
        let mut best: Option<(usize, Shift)> = None;
        for up in (1..rows).flat_map(|by| [by, -by]) {
            let mut run = Run::default();
            for row in 0..wanted.len() {
                let from = row.checked_add_signed(up).and_then(|from| shown.get(from));
                if from == Some(&wanted[row]) {
                    run.add(row, wanted[row] != shown[row]);
                    if run.gain >= GAIN && best.is_none_or(|(gain, _)| run.gain > gain) {
                        best = Some((run.gain, run.shift(up)));
                    }
                } else {
                    run = Run::default();
                }
            }
        }
        best.map(|(_, shift)| shift)
    }

    /// What tells the terminal: the region, the lines at its edge, the whole screen again. Line feeds and reverse line
    /// feeds, because every terminal knows them.
    pub(super) fn sequence(self) -> String {
        let Shift { top, bottom, up } = self;
        let (edge, step) = if up > 0 { (bottom, "\n") } else { (top, "\x1bM") };
        let steps = step.repeat(up.unsigned_abs());
        // Style is plain between frames: new lines get the colour behind it on some terminals.
        format!("\x1b[{};{}r\x1b[{};1H{steps}\x1b[r", top + 1, bottom + 1, edge + 1)
    }

    /// The cells of the rows that it moves, and of those that it moves them over.
    pub(super) fn cells(self, shown: &Buffer) -> &[Cell] {
        let width = usize::from(shown.area.width);
        shown.content.get(self.top * width..(self.bottom + 1) * width).unwrap_or_default()
    }

    /// Does the same to what is known of the terminal.
    pub(super) fn apply(self, shown: &mut Buffer) {
        let width = usize::from(shown.area.width);
        let cells = &mut shown.content[self.top * width..(self.bottom + 1) * width];
        let by = self.up.unsigned_abs() * width;
        let fresh = if self.up > 0 {
            cells.rotate_left(by);
            cells.len() - by..cells.len()
        } else {
            cells.rotate_right(by);
            0..by
        };
        cells[fresh].iter_mut().for_each(Cell::reset);
    }
}

/// Neighbouring rows that are to be found at the same distance.
#[derive(Clone, Copy, Default)]
struct Run {
    /// The first and the last of them that changes where it is.
    ends: Option<(usize, usize)>,
    /// How many do.
    gain: usize,
}

impl Run {
    fn add(&mut self, row: usize, changes: bool) {
        if changes {
            self.ends = Some((self.ends.map_or(row, |ends| ends.0), row));
            self.gain += 1;
        }
    }

    fn shift(self, up: isize) -> Shift {
        let (first, last) = self.ends.unwrap_or_default();
        let by = up.unsigned_abs();
        // Where they come from has to be within the region too.
        if up > 0 { Shift { top: first, bottom: last + by, up } } else { Shift { top: first - by, bottom: last, up } }
    }
}

fn hashes(buffer: &Buffer) -> Vec<u64> {
    let width = usize::from(buffer.area.width).max(1);
    let hashing = FixedState::default();
    let hash = |row: &[Cell]| {
        let mut hasher = hashing.build_hasher();
        let mut style = None;
        for cell in row {
            // Most cells look like the one before them.
            let own = (cell.fg, cell.bg, cell.modifier);
            if style != Some(own) {
                own.hash(&mut hasher);
                style = Some(own);
            }
            hasher.write(cell.symbol().as_bytes());
        }
        hasher.finish()
    };
    buffer.content.chunks(width).map(hash).collect()
}
