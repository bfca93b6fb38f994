//! Pixels as characters: two in one where the terminal has the colours for it, else how bright they are.

use ratatui::style::{Color, Style};

use super::{Scheme, Theme};

/// How many colours a terminal has beyond its own sixteen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// None: no colour is known to be what it is called.
    #[default]
    Sixteen,
    /// A cube of 216 and 24 greys.
    Cube,
    /// Any.
    Full,
}

/// From dark to bright.
const RAMP: &[u8] = b" .:-=+*#%@";

impl Theme {
    /// A character for a pixel and the one below it, each with how opaque it is.
    pub fn two_pixels(&self, upper: [u8; 4], lower: [u8; 4]) -> (&'static str, Style) {
        let depth = self.look.depth;
        if depth == Depth::Sixteen || self.look.ascii || self.look.scheme == Scheme::None {
            return (self.ramp(upper, lower), Style::new());
        }
        let colour = |[red, green, blue, _]: [u8; 4]| match depth {
            Depth::Full => Color::Rgb(red, green, blue),
            Depth::Cube | Depth::Sixteen => Color::Indexed(cube(red, green, blue)),
        };
        let shown = |pixel: [u8; 4]| pixel[3] >= 128;
        match (shown(upper), shown(lower)) {
            (false, false) => (" ", Style::new()),
            (true, false) => ("▀", Style::new().fg(colour(upper))),
            (false, true) => ("▄", Style::new().fg(colour(lower))),
            (true, true) if colour(upper) == colour(lower) => ("█", Style::new().fg(colour(upper))),
            (true, true) => ("▀", Style::new().fg(colour(upper)).bg(colour(lower))),
        }
    }

    /// The style of characters in whose place the terminal draws the picture with this number.
    pub fn picture(&self, id: u32) -> Style {
        let [_, red, green, blue] = id.to_be_bytes();
        Style::new().fg(Color::Rgb(red, green, blue))
    }

    fn ramp(&self, upper: [u8; 4], lower: [u8; 4]) -> &'static str {
        let bright = |[red, green, blue, opaque]: [u8; 4]| {
            (u32::from(red) * 2 + u32::from(green) * 5 + u32::from(blue)) * u32::from(opaque)
        };
        // Eight parts of colour, opaque up to 255, two pixels.
        let full = 2 * 8 * 255 * 255;
        let steps = RAMP.len() as u32 - 1;
        let step = ((bright(upper) + bright(lower)) * steps + full / 2) / full;
        // On a bright background the ink is what is dark.
        let step = if self.look.scheme == Scheme::Light { steps - step } else { step } as usize;
        std::str::from_utf8(&RAMP[step..=step]).unwrap_or(" ")
    }
}

/// The number of the picture that a colour stands for.
pub fn picture_of(colour: Color) -> Option<u32> {
    match colour {
        Color::Rgb(red, green, blue) => Some(u32::from_be_bytes([0, red, green, blue])),
        _ => None,
    }
}

/// The nearest of the 256 colours that no scheme of a terminal changes.
fn cube(red: u8, green: u8, blue: u8) -> u8 {
    let level = |value: u8| {
        if value < 48 {
            0
        } else if value < 115 {
            1
        } else {
            (value - 35) / 40
        }
    };
    let spread = red.max(green).max(blue) - red.min(green).min(blue);
    if spread < 10 {
        let grey = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
        return match grey {
            0..4 => 16,
            247.. => 231,
            grey => 232 + u8::try_from(grey.saturating_sub(3) / 10).unwrap_or(23).min(23),
        };
    }
    16 + 36 * level(red) + 6 * level(green) + level(blue)
}

#[cfg(test)]
mod tests {
    use super::super::Look;
    use super::*;

    #[test]
    fn pixels_are_colours_where_there_are_and_brightness_elsewhere() {
        let (white, black, none) = ([255; 4], [0, 0, 0, 255], [255, 255, 255, 0]);
        let theme = |scheme, depth, ascii| Theme::new(Look { scheme, ascii, depth, ..Look::default() });
        let full = theme(Scheme::Terminal, Depth::Full, false);
        assert_eq!(full.two_pixels(white, black).0, "▀");
        assert_eq!(full.two_pixels(none, white), ("▄", Style::new().fg(Color::Rgb(255, 255, 255))));
        assert_eq!(full.two_pixels(none, none), (" ", Style::new()));
        let cube = theme(Scheme::Dark, Depth::Cube, false);
        assert_eq!(cube.two_pixels(white, white), ("█", Style::new().fg(Color::Indexed(231))));
        for look in [
            theme(Scheme::Terminal, Depth::Sixteen, false),
            theme(Scheme::None, Depth::Full, false),
            theme(Scheme::Dark, Depth::Full, true),
        ] {
            assert_eq!(
                [look.two_pixels(white, white).0, look.two_pixels(black, white).0, look.two_pixels(none, black).0],
                ["@", "+", " "]
            );
        }
        assert_eq!(theme(Scheme::Light, Depth::Sixteen, false).two_pixels(white, white).0, " ");
    }
}
