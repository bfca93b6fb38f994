//! How things look: [`Theme`], a handful of roles. The only file that names a colour.
//!
//! Colours are the terminal's own sixteen, unless somebody asks for others, so a person's light or dark scheme decides
//! what they are. Nothing depends on a colour alone: every state has a symbol or a word too.

mod pixels;

pub use pixels::{Depth, picture_of};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use super::graphics::Graphics;

/// Which styles and symbols.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The styles.
    pub scheme: Scheme,
    /// Whether borders and symbols keep to ASCII.
    pub ascii: bool,
    /// How many colours there are for pictures.
    pub depth: Depth,
    /// How pictures are shown.
    pub graphics: Graphics,
}

/// A set of styles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scheme {
    /// The terminal's own sixteen colours.
    #[default]
    Terminal,
    /// Strong colours for a light background.
    Light,
    /// Soft colours for a dark background.
    Dark,
    /// Black and white and bright colours, nothing dim; the background too is ours.
    HighContrast,
    /// No colour at all: bold, dim and reverse only (`NO_COLOR`).
    None,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Scheme; 5] = [Scheme::Terminal, Scheme::Light, Scheme::Dark, Scheme::HighContrast, Scheme::None];

    /// Its name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Terminal => "auto",
            Scheme::Light => "light",
            Scheme::Dark => "dark",
            Scheme::HighContrast => "high-contrast",
            Scheme::None => "none",
        }
    }

    /// What it is, for a person.
    pub fn describe(self) -> &'static str {
        match self {
            Scheme::Terminal => "The terminal's own sixteen colours",
            Scheme::Light => "Strong colours for a light background",
            Scheme::Dark => "Soft colours for a dark background",
            Scheme::HighContrast => "White and bright colours on black, nothing dim",
            Scheme::None => "No colour: bold, dim and reverse only",
        }
    }

    /// Its colours; `None` where there are none.
    fn hues(self) -> Option<Hues> {
        let of = |[accent, good, bad, warn, value, grey]: [u8; 6]| Hues {
            accent: Color::Indexed(accent),
            good: Color::Indexed(good),
            bad: Color::Indexed(bad),
            warn: Color::Indexed(warn),
            value: Color::Indexed(value),
            grey: Some(Color::Indexed(grey)),
        };
        match self {
            Scheme::Terminal => Some(Hues {
                accent: Color::Cyan,
                good: Color::Green,
                bad: Color::Red,
                warn: Color::Yellow,
                value: Color::Magenta,
                grey: None,
            }),
            // From the cube of 256, which no scheme of a terminal changes: at least 4.5 : 1 on white and on black.
            Scheme::Light => Some(of([25, 28, 124, 94, 90, 241])),
            Scheme::Dark => Some(of([80, 114, 210, 221, 176, 248])),
            Scheme::HighContrast => Some(of([51, 46, 217, 226, 219, 231])),
            Scheme::None => None,
        }
    }
}

/// The colours of a scheme.
struct Hues {
    accent: Color,
    good: Color,
    bad: Color,
    warn: Color,
    value: Color,
    /// What is secondary; the terminal's dim where there is none.
    grey: Option<Color>,
}

/// The roles things are drawn in, and the symbols that go with them.
#[derive(Clone, Debug)]
pub struct Theme {
    /// What it was made from.
    pub look: Look,
    /// Under everything else.
    pub base: Style,
    /// Secondary: times, sizes, borders without the focus.
    pub dim: Style,
    /// Names and headings.
    pub title: Style,
    /// What has the focus, and keys that can be pressed.
    pub accent: Style,
    /// The selected row of the pane that has the focus.
    pub selected: Style,
    /// The selected row of another pane.
    pub marked: Style,
    /// It works.
    pub good: Style,
    /// It is broken.
    pub bad: Style,
    /// It wants attention, or is still going on.
    pub warn: Style,
    /// What was searched for, where it was found.
    pub found: Style,
    /// What a server claims about itself.
    pub claim: Style,
    /// The name of a member in JSON.
    pub json_key: Style,
    /// A string in JSON.
    pub json_string: Style,
    /// A number, `true`, `false` or `null` in JSON.
    pub json_value: Style,
    /// Brackets and commas in JSON.
    pub json_punct: Style,
    /// Characters for states and directions.
    pub symbols: &'static Symbols,
    /// The border of a pane.
    pub border: border::Set<'static>,
    /// The border of the pane with the focus.
    pub border_focus: border::Set<'static>,
}

/// Characters for states and directions; all one column wide.
#[derive(PartialEq, Eq, Debug)]
pub struct Symbols {
    /// A server that can be used.
    pub ready: &'static str,
    /// A server on its way up.
    pub connecting: &'static str,
    /// A server that is gone; an error.
    pub down: &'static str,
    /// A server that was not started.
    pub idle: &'static str,
    /// Success.
    pub ok: &'static str,
    /// From us to the server.
    pub send: &'static str,
    /// From the server to us.
    pub recv: &'static str,
    /// A notification of ours.
    pub told: &'static str,
    /// A notification of the server.
    pub hears: &'static str,
    /// A frame that is not what it should be.
    pub broken: &'static str,
    /// The end of a server.
    pub exit: &'static str,
    /// A line of standard error.
    pub stderr: &'static str,
    /// Something the client did.
    pub note: &'static str,
    /// In front of a marked frame.
    pub mark: &'static str,
    /// In front of a frame that was found, among others.
    pub hit: &'static str,
    /// In front of the selected row.
    pub cursor: &'static str,
    /// The done part of a gauge.
    pub full: &'static str,
    /// The rest of a gauge.
    pub empty: &'static str,
    /// Between tabs.
    pub between: &'static str,
    /// Between facts on one line.
    pub dot: &'static str,
    /// In front of what is folded away.
    pub folded: &'static str,
    /// In front of what is unfolded.
    pub unfolded: &'static str,
    /// Behind the name of a column that a table is sorted by, smallest first.
    pub ascending: &'static str,
    /// The same, largest first.
    pub descending: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// In front of an item of a list.
    pub bullet: &'static str,
    /// Something that can be opened.
    pub closed: &'static str,
    /// Something that is open.
    pub open: &'static str,
    /// Where a vertical and a horizontal rule meet.
    pub cross: &'static str,
    /// Marks a claim of the server.
    pub claim: &'static str,
    /// Whether key names use arrows.
    pub arrows: bool,
}

static UNICODE: Symbols = Symbols {
    ready: "●",
    connecting: "◌",
    down: "✗",
    idle: "○",
    ok: "✓",
    send: "→",
    recv: "←",
    told: "⇢",
    hears: "⇠",
    broken: "!",
    exit: "×",
    stderr: "·",
    note: "✎",
    mark: "◆",
    hit: "›",
    cursor: "▌",
    full: "█",
    empty: "░",
    between: "│",
    dot: "·",
    folded: "▸",
    unfolded: "▾",
    ascending: "↑",
    descending: "↓",
    rule: "─",
    bullet: "•",
    closed: "▸",
    open: "▾",
    cross: "┼",
    claim: "ᶜ",
    arrows: true,
};

static ASCII: Symbols = Symbols {
    ready: "*",
    connecting: "o",
    down: "x",
    idle: "-",
    ok: "+",
    send: ">",
    recv: "<",
    told: ")",
    hears: "(",
    broken: "!",
    exit: "X",
    stderr: ".",
    note: "#",
    mark: "*",
    hit: ">",
    cursor: ">",
    full: "#",
    empty: "-",
    between: "|",
    dot: "-",
    folded: "+",
    unfolded: "-",
    ascending: "^",
    descending: "v",
    rule: "-",
    bullet: "*",
    closed: ">",
    open: "v",
    cross: "+",
    claim: "(c)",
    arrows: false,
};

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Without thick lines the focus would be a colour alone.
const ASCII_FOCUS: border::Set<'static> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

impl Theme {
    /// The styles and symbols of a look.
    pub fn new(look: Look) -> Theme {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        let hues = look.scheme.hues();
        let strong = look.scheme == Scheme::HighContrast;
        // Without colours weight has to tell.
        let tint = |pick: fn(&Hues) -> Color, without: Style| match &hues {
            Some(hues) if strong => bold.fg(pick(hues)),
            Some(hues) => plain.fg(pick(hues)),
            None => without,
        };
        let dim = match hues.as_ref().and_then(|hues| hues.grey) {
            Some(grey) => plain.fg(grey),
            None => plain.add_modifier(Modifier::DIM),
        };
        Theme {
            look,
            base: if strong { plain.fg(Color::Indexed(231)).bg(Color::Indexed(16)) } else { plain },
            dim,
            title: bold,
            accent: tint(|hues| hues.accent, bold),
            selected: reversed,
            marked: bold,
            good: tint(|hues| hues.good, plain),
            bad: tint(|hues| hues.bad, bold),
            warn: tint(|hues| hues.warn, bold),
            found: tint(|hues| hues.warn, bold).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            claim: dim.add_modifier(Modifier::ITALIC),
            json_key: tint(|hues| hues.accent, plain),
            json_string: plain,
            json_value: tint(|hues| hues.value, plain),
            json_punct: dim,
            symbols: if look.ascii { &ASCII } else { &UNICODE },
            border: if look.ascii { ASCII_BORDER } else { border::PLAIN },
            border_focus: if look.ascii { ASCII_FOCUS } else { border::THICK },
        }
    }

    /// Our own characters in texts that are the same for every look, where only ASCII can be drawn. Foreign text is
    /// drawn as it is: which of its characters a font has, nobody knows.
    pub fn plain_character(symbol: &str) -> Option<&'static str> {
        Some(match symbol {
            "…" => "~",
            "·" => "-",
            "–" | "—" => "-",
            "→" => ">",
            "←" => "<",
            "↑" => "^",
            "↓" => "v",
            "×" => "x",
            _ => return None,
        })
    }
}

impl Default for Theme {
    fn default() -> Self {
        Theme::new(Look::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of a colour of the cube or the greys.
    fn luminance(index: u8) -> f64 {
        let rgb = match index {
            16..=231 => {
                let level = |at: u8| if at == 0 { 0_u8 } else { 55 + 40 * at };
                let at = index - 16;
                [level(at / 36), level(at / 6 % 6), level(at % 6)]
            }
            232.. => [8 + 10 * (index - 232); 3],
            0..=15 => panic!("the terminal's own colours are its own"),
        };
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
    }

    fn contrast(one: f64, other: f64) -> f64 {
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_can_be_read_on_the_background_it_is_for() {
        for (scheme, background, least) in
            [(Scheme::Light, 1.0, 4.5), (Scheme::Dark, 0.0, 7.0), (Scheme::HighContrast, 0.0, 7.0)]
        {
            let theme = Theme::new(Look { scheme, ..Look::default() });
            for style in [theme.accent, theme.good, theme.bad, theme.warn, theme.json_value, theme.dim] {
                let Some(Color::Indexed(index)) = style.fg else { panic!("{scheme:?} {style:?}") };
                let found = contrast(luminance(index), background);
                assert!(found >= least, "{scheme:?} {index}: {found:.1}");
            }
        }
    }

    #[test]
    fn without_colour_there_is_none_and_states_still_differ_from_plain_text() {
        let theme = Theme::new(Look { scheme: Scheme::None, ascii: true, depth: Depth::Full, ..Look::default() });
        for style in [theme.accent, theme.bad, theme.warn, theme.dim, theme.selected, theme.marked, theme.title] {
            assert!(style.fg.is_none() && style.bg.is_none() && style != Style::new());
        }
    }
}
