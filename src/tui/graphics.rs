//! Pictures that the terminal draws by itself, by kitty's protocol, iTerm2's or as sixels: [`Graphics`] says which.
//!
//! In a frame each cell of a picture is a character that names its row and column ([`placeholder`]), in a colour that names
//! the picture: text like any other, so a frame stays a function of the state, and windows cover a picture as they cover
//! text. kitty draws such characters by itself. For the others they are drawn blank, and the pixels follow beside the
//! frame, for those cells alone that were drawn anew ([`Piece`]). What goes beside the frame is made by [`Brush`], on the
//! thread that writes.
//!
//! Only the environment is asked what the terminal can do: a question to the terminal would be one more wait, and its
//! answer would come between keys.

mod brush;
mod inked;
mod iterm;
mod kitty;
mod piece;
mod sixel;

pub use brush::Brush;
pub use piece::{Piece, pieces};

use ratatui::buffer::Cell;

use super::picture::Picture;
use super::theme::picture_of;

/// How a terminal shows pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Graphics {
    /// Made of characters and colours.
    #[default]
    Characters,
    /// As kitty does, and terminals that speak its protocol with placeholders.
    Kitty,
    /// As iTerm2 does: a file with each picture.
    Iterm,
    /// As DEC's terminals did: six rows of pixels at a time.
    Sixel,
}

/// A picture of a frame.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// It.
    pub picture: Picture,
    /// How many columns and rows of the screen it has.
    pub cells: (u32, u32),
}

/// Stands for a cell of a picture; marks on it tell which.
const PLACEHOLDER: char = '\u{10eeee}';
/// Columns and rows of pixels kept of a picture that is made of characters, and of one that is not.
const COARSE: u32 = 320;
const SHARP: u32 = 1_024;
/// Columns and rows of pixels that a cell may have; anything else is no size of a cell.
const CELL: std::ops::RangeInclusive<u32> = 2..=128;

impl Graphics {
    /// Whether this program can have the terminal draw pictures at all.
    pub const BUILT: bool = cfg!(feature = "graphics");

    /// What the terminal of this environment can do. In tmux and screen pictures would have to be smuggled past them;
    /// there they are made of characters.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Graphics {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let named = |names: &[&str]| {
            names
                .iter()
                .any(|name| term.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.'])))
        };
        if !Self::BUILT || set("TMUX") || set("STY") || set("ZELLIJ") || named(&["screen", "tmux"]) {
            return Graphics::Characters;
        }
        if named(&["xterm-kitty", "xterm-ghostty"]) {
            return Graphics::Kitty;
        }
        if named(&["foot", "mlterm", "contour", "yaft"]) {
            return Graphics::Sixel;
        }
        // Their names are handed on to other terminals that are started in them; those have a name of their own.
        let program =
            |name: &str| ["TERM_PROGRAM", "LC_TERMINAL"].iter().any(|at| variable(at).as_deref() == Some(name));
        if named(&["wezterm"]) || named(&["xterm"]) && (program("iTerm2") || program("iTerm.app") || program("WezTerm"))
        {
            return Graphics::Iterm;
        }
        Graphics::Characters
    }

    /// Columns and rows of pixels that are worth keeping of a picture.
    pub fn pixels(self) -> u32 {
        if self == Graphics::Characters { COARSE } else { SHARP }
    }

    /// Whether pixels are drawn over cells that are blank for them.
    pub fn paints(self) -> bool {
        matches!(self, Graphics::Iterm | Graphics::Sixel)
    }
}

/// How many pixels a cell is wide and high, from columns and rows of the screen in cells and in pixels; a terminal that
/// does not know the latter says 0.
pub fn cell_size(cells: (u16, u16), pixels: (u16, u16)) -> Option<(u32, u32)> {
    let of = |pixels: u16, cells: u16| u32::from(pixels).checked_div(cells.into()).filter(|side| CELL.contains(side));
    Some((of(pixels.0, cells.0)?, of(pixels.1, cells.1)?))
}

/// The character for the cell of a picture at this row and column; `None` beyond what can be told.
pub fn placeholder(row: u32, column: u32) -> Option<String> {
    let mark = |at: u32| MARKS.get(at as usize).copied().and_then(char::from_u32);
    Some([PLACEHOLDER, mark(row)?, mark(column)?].into_iter().collect())
}

/// Which picture a cell is a part of, and which row and column of it; `None` for text.
pub fn part(cell: &Cell) -> Option<(u32, u32, u32)> {
    let mut characters = cell.symbol().chars();
    if characters.next() != Some(PLACEHOLDER) {
        return None;
    }
    let mut number = || MARKS.binary_search(&characters.next()?.into()).ok()?.try_into().ok();
    let (row, column) = (number()?, number()?);
    Some((picture_of(cell.fg)?, row, column))
}

/// The marks that are numbers, in the order of the protocol; as many as a picture has columns here.
#[rustfmt::skip]
static MARKS: [u32; 120] = [
    0x305, 0x30d, 0x30e, 0x310, 0x312, 0x33d, 0x33e, 0x33f, 0x346, 0x34a, 0x34b, 0x34c, 0x350, 0x351, 0x352, 0x357,
    0x35b, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36a, 0x36b, 0x36c, 0x36d, 0x36e, 0x36f, 0x483, 0x484,
    0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59c, 0x59d, 0x59e, 0x59f, 0x5a0, 0x5a1,
    0x5a8, 0x5a9, 0x5ab, 0x5ac, 0x5af, 0x5c4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615, 0x616, 0x617, 0x657, 0x658,
    0x659, 0x65a, 0x65b, 0x65d, 0x65e, 0x6d6, 0x6d7, 0x6d8, 0x6d9, 0x6da, 0x6db, 0x6dc, 0x6df, 0x6e0, 0x6e1, 0x6e2,
    0x6e4, 0x6e7, 0x6e8, 0x6eb, 0x6ec, 0x730, 0x732, 0x733, 0x735, 0x736, 0x73a, 0x73d, 0x73f, 0x740, 0x741, 0x743,
    0x745, 0x747, 0x749, 0x74a, 0x7eb, 0x7ec, 0x7ed, 0x7ee, 0x7ef, 0x7f0, 0x7f1, 0x7f3, 0x816, 0x817, 0x818, 0x819,
    0x81b, 0x81c, 0x81d, 0x81e, 0x81f, 0x820, 0x821, 0x822,
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use std::collections::BTreeSet;

    use Graphics::{Characters, Iterm, Kitty, Sixel};

    use super::*;
    use crate::model::text::width;

    #[test]
    fn a_placeholder_is_one_column_and_one_cluster() {
        use unicode_segmentation::UnicodeSegmentation as _;
        let all = (0..120).map(|at| placeholder(at, 119 - at).unwrap()).collect::<Vec<_>>();
        assert!(all.iter().all(|text| width(text) == 1 && text.graphemes(true).count() == 1));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!((placeholder(120, 0), placeholder(0, 120)), (None, None));
        assert_eq!(placeholder(0, 1).unwrap(), "\u{10eeee}\u{305}\u{30d}");
        for (row, column) in [(0, 0), (7, 119), (119, 3)] {
            let mut cell = Cell::default();
            cell.set_symbol(&placeholder(row, column).unwrap());
            assert_eq!(part(&cell), None, "in no colour that names a picture");
            cell.set_style(crate::tui::theme::Theme::default().picture(0x00ab_cdef));
            assert_eq!(part(&cell), Some((0x00ab_cdef, row, column)));
        }
        assert_eq!(part(&Cell::default()), None);
    }

    #[test]
    fn only_terminals_that_name_themselves_draw_pictures() {
        let with = |pairs: &[(&str, &str)]| {
            let value =
                |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Graphics::of(value)
        };
        let table: &[(Graphics, &[(&str, &str)])] = &[
            (Kitty, &[("TERM", "xterm-kitty")]),
            (Kitty, &[("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")]),
            (Sixel, &[("TERM", "foot")]),
            (Sixel, &[("TERM", "foot-extra"), ("TERM_PROGRAM", "WezTerm")]),
            (Sixel, &[("TERM", "mlterm-256color")]),
            (Sixel, &[("TERM", "contour")]),
            (Iterm, &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]),
            (Iterm, &[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")]),
            (Iterm, &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]),
            (Iterm, &[("TERM", "wezterm")]),
            (Kitty, &[("TERM", "xterm-kitty"), ("TERM_PROGRAM", "iTerm.app")]),
            (Characters, &[]),
            (Characters, &[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]),
            (Characters, &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")]),
            (Characters, &[("TERM", "alacritty"), ("TERM_PROGRAM", "WezTerm")]),
            (Characters, &[("TERM", "football")]),
            (Characters, &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")]),
            (Characters, &[("TERM", "tmux-256color"), ("TERM_PROGRAM", "iTerm.app")]),
            (Characters, &[("TERM", "screen.xterm-256color"), ("LC_TERMINAL", "iTerm2")]),
            (Characters, &[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2"), ("STY", "1.x")]),
            (Characters, &[("TERM", "foot"), ("ZELLIJ", "0")]),
        ];
        for (graphics, environment) in table {
            let expected = if Graphics::BUILT { *graphics } else { Characters };
            assert_eq!(with(environment), expected, "{environment:?}");
        }
    }

    #[test]
    fn a_cell_has_a_size_if_the_terminal_tells_it() {
        assert_eq!(cell_size((80, 24), (800, 480)), Some((10, 20)));
        assert_eq!(cell_size((80, 24), (809, 499)), Some((10, 20)), "what is left over belongs to no cell");
        for (cells, pixels) in [((80, 24), (0, 0)), ((0, 0), (800, 480)), ((80, 24), (80, 24)), ((1, 1), (800, 480))] {
            assert_eq!(cell_size(cells, pixels), None);
        }
    }
}
