//! Changed cells as the fewest bytes a terminal understands: [`Ink`]. ratatui's own backend spells out every change of a
//! style and every jump; over a slow link those are half of a frame.

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::model::text::width as columns;

/// What is written, and what the terminal is thought to be at. Begins and ends with plain style.
#[derive(Default)]
pub(super) struct Ink {
    out: String,
    look: Look,
    /// Where the next character goes, if that is known.
    at: Option<(u16, u16)>,
    /// Whether all since the last jump is ASCII: of other characters terminals disagree how wide they are, and a jump by a
    /// distance would carry an error on.
    sure: bool,
}

/// The style of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: Color,
    ground: Color,
    line: Color,
    modifier: Modifier,
}

impl Default for Look {
    fn default() -> Self {
        Look { ink: Color::Reset, ground: Color::Reset, line: Color::Reset, modifier: Modifier::empty() }
    }
}

const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

impl Ink {
    /// Draws one cell. Cells come from left to right and from the top to the bottom.
    pub(super) fn draw(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go_to(x, y);
        self.dip(Look { ink: cell.fg, ground: cell.bg, line: cell.underline_color, modifier: cell.modifier });
        let symbol = cell.symbol();
        self.out.push_str(symbol);
        self.sure &= symbol.is_ascii();
        // How far a wide character goes is the terminal's business.
        self.at = (columns(symbol) == 1).then_some((x.saturating_add(1), y));
    }

    /// The bytes.
    pub(super) fn dry(mut self) -> String {
        self.dip(Look::default());
        self.out
    }

    fn go_to(&mut self, x: u16, y: u16) {
        // Writing to a string cannot fail.
        match self.at {
            Some(at) if at == (x, y) => return,
            Some((from, row)) if row == y && from < x && self.sure => {
                let _ = match x - from {
                    1 => write!(self.out, "\x1b[C"),
                    by => write!(self.out, "\x1b[{by}C"),
                };
                return;
            }
            _ if x == 0 => {
                let _ = write!(self.out, "\x1b[{}H", y + 1);
            }
            _ => {
                let _ = write!(self.out, "\x1b[{};{}H", y + 1, x + 1);
            }
        }
        self.sure = true;
    }

    fn dip(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        let plain = Look::default();
        let fresh = self.look == plain;
        self.look = look;
        if look == plain {
            self.out.push_str("\x1b[m");
            return;
        }
        // From nothing or all over again: what is to be taken away needs no words of its own.
        let mut codes = if fresh { String::new() } else { "0".to_owned() };
        for (modifier, code) in MODIFIERS {
            if look.modifier.contains(modifier) {
                part(&mut codes, format_args!("{code}"));
            }
        }
        for (color, base) in [(look.ink, 30), (look.ground, 40), (look.line, 50)] {
            colour(&mut codes, color, base);
        }
        let _ = write!(self.out, "\x1b[{codes}m");
    }
}

fn part(codes: &mut String, code: std::fmt::Arguments<'_>) {
    let between = if codes.is_empty() { "" } else { ";" };
    let _ = write!(codes, "{between}{code}");
}

/// The code of a colour: for text (30), behind it (40), of a line under it (50), which has no short codes.
fn colour(codes: &mut String, color: Color, base: u8) {
    let number = match color {
        Color::Reset => return,
        Color::Rgb(red, green, blue) => return part(codes, format_args!("{};2;{red};{green};{blue}", base + 8)),
        Color::Indexed(index) => return part(codes, format_args!("{};5;{index}", base + 8)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    match (base, number) {
        (50, _) => part(codes, format_args!("58;5;{number}")),
        (_, 0..=7) => part(codes, format_args!("{}", base + number)),
        _ => part(codes, format_args!("{}", base + 60 + number - 8)),
    }
}
