//! How things look: [`Theme`], a handful of roles. The only file that names a colour.
//!
//! Colours are the terminal's own sixteen, so a person's light or dark scheme decides what they are. Nothing
//! depends on a colour alone: every state has a symbol or a word too.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// Which set of styles to use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Palette {
    /// The sixteen ANSI colours.
    #[default]
    Ansi,
    /// The same without anything dim.
    Contrast,
    /// No colour at all: bold, dim and reverse only (`NO_COLOR`).
    Mono,
}

impl std::str::FromStr for Palette {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "ansi" => Ok(Palette::Ansi),
            "contrast" => Ok(Palette::Contrast),
            "mono" => Ok(Palette::Mono),
            other => Err(format!("there is no theme `{other}`; there are `ansi`, `contrast` and `mono`")),
        }
    }
}

/// The roles things are drawn in, and the symbols that go with them.
#[derive(Clone, Debug)]
pub struct Theme {
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
    /// A frame that is not what it should be.
    pub broken: &'static str,
    /// The end of a server.
    pub exit: &'static str,
    /// A line of standard error.
    pub stderr: &'static str,
    /// Something the client did.
    pub note: &'static str,
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
    /// A horizontal rule.
    pub rule: &'static str,
    /// Marks a claim of the server.
    pub claim: &'static str,
    /// In front of what is open and can be folded.
    pub unfolded: &'static str,
    /// In front of what is folded.
    pub folded: &'static str,
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
    broken: "!",
    exit: "×",
    stderr: "·",
    note: "✎",
    cursor: "▌",
    full: "█",
    empty: "░",
    between: "│",
    dot: "·",
    folded: "▸",
    unfolded: "▾",
    rule: "─",
    claim: "ᶜ",
    unfolded: "▾",
    folded: "▸",
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
    broken: "!",
    exit: "X",
    stderr: ".",
    note: "#",
    cursor: ">",
    full: "#",
    empty: "-",
    between: "|",
    dot: "-",
    folded: "+",
    unfolded: "-",
    rule: "-",
    claim: "(c)",
    unfolded: "v",
    folded: ">",
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
    /// The styles of a palette; with `ascii`, borders and symbols keep to ASCII.
    pub fn new(palette: Palette, ascii: bool) -> Theme {
        let plain = Style::new();
        let dim = match palette {
            Palette::Ansi | Palette::Mono => plain.add_modifier(Modifier::DIM),
            Palette::Contrast => plain,
        };
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        let tint = |colour: Color| match palette {
            Palette::Ansi | Palette::Contrast => plain.fg(colour),
            Palette::Mono => plain,
        };
        let (accent, warn) = match palette {
            Palette::Ansi | Palette::Contrast => (tint(Color::Cyan), tint(Color::Yellow)),
            Palette::Mono => (bold, bold),
        };
        Theme {
            dim,
            title: bold,
            accent,
            selected: reversed,
            marked: bold,
            good: tint(Color::Green),
            bad: match palette {
                Palette::Ansi | Palette::Contrast => tint(Color::Red),
                Palette::Mono => bold,
            },
            warn,
            claim: dim.add_modifier(Modifier::ITALIC),
            json_key: tint(Color::Cyan),
            json_string: plain,
            json_value: tint(Color::Magenta),
            json_punct: dim,
            symbols: if ascii { &ASCII } else { &UNICODE },
            border: if ascii { ASCII_BORDER } else { border::PLAIN },
            border_focus: if ascii { ASCII_FOCUS } else { border::THICK },
        }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Theme::new(Palette::Ansi, false)
    }
}
