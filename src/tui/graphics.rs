//! Pictures that the terminal draws by itself: kitty's graphics protocol, with characters that stand for parts of a picture.
//!
//! Such a character is text like any other: a frame stays a function of the state, and rows may be moved, cut and drawn
//! again. What the picture is goes to the terminal once, beside the frame ([`Sent`]). Only the environment is asked whether
//! the terminal can do this: a question to the terminal would be one more wait, and its answer would come between keys.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::picture::Picture;

/// How a terminal shows pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Graphics {
    /// Made of characters and colours.
    #[default]
    Characters,
    /// As kitty does, and terminals that speak its protocol with placeholders.
    Kitty,
}

/// Stands for a cell of a picture; marks on it tell which.
const PLACEHOLDER: char = '\u{10eeee}';
/// Bytes of base64 that go in one piece, as the protocol has it.
const PIECE: usize = 4_096;
/// Pictures that the terminal is asked to keep.
const KEPT: usize = 64;

impl Graphics {
    /// What the terminal of this environment can do. In tmux and screen pictures would have to be smuggled past them;
    /// there they are made of characters. Always so without the feature `graphics`.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Graphics {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let between =
            set("TMUX") || set("STY") || set("ZELLIJ") || term.starts_with("screen") || term.starts_with("tmux");
        let named = |name: &str| term == name || term.starts_with(&format!("{name}-"));
        let speaks = named("xterm-kitty") || named("xterm-ghostty");
        if cfg!(feature = "graphics") && speaks && !between { Graphics::Kitty } else { Graphics::Characters }
    }
}

/// The character for the cell of a picture at this row and column; `None` beyond what can be told.
pub fn placeholder(row: u32, column: u32) -> Option<String> {
    let mark = |at: u32| MARKS.get(at as usize).copied().and_then(char::from_u32);
    Some([PLACEHOLDER, mark(row)?, mark(column)?].into_iter().collect())
}

/// What the terminal was told of pictures.
#[derive(Debug, Default)]
pub struct Sent {
    pictures: BTreeSet<u32>,
    places: BTreeSet<(u32, u32, u32)>,
}

impl Sent {
    /// What the terminal has to be told before it can show this picture in so many columns and rows; mostly nothing.
    pub fn tell(&mut self, picture: &Picture, (columns, rows): (u32, u32)) -> String {
        let id = picture.id();
        let mut out = String::new();
        if self.places.contains(&(id, columns, rows)) {
            return out;
        }
        if !self.pictures.contains(&id) {
            if self.pictures.len() >= KEPT {
                out = self.forget();
            }
            let Some(packed) = picture.packed() else { return out };
            let packed = BASE64_STANDARD.encode(packed);
            let mut head = format!("a=t,f=100,i={id},");
            let mut rest = packed.as_str();
            while !rest.is_empty() {
                // Base64 is ASCII: any byte ends a character.
                let (piece, more) = rest.split_at(rest.len().min(PIECE));
                rest = more;
                // Writing to a string cannot fail.
                let _ = write!(out, "\x1b_G{head}q=2,m={};{piece}\x1b\\", u8::from(!more.is_empty()));
                head.clear();
            }
            self.pictures.insert(id);
        }
        let _ = write!(out, "\x1b_Ga=p,U=1,q=2,i={id},p=1,c={columns},r={rows}\x1b\\");
        // One size at a time is enough: a picture is seen once on a screen.
        self.places.retain(|(other, ..)| *other != id);
        self.places.insert((id, columns, rows));
        out
    }

    /// Has the terminal forget all of them; nothing where it was told of none.
    pub fn forget(&mut self) -> String {
        self.places.clear();
        let mut out = String::new();
        for id in std::mem::take(&mut self.pictures) {
            let _ = write!(out, "\x1b_Ga=d,d=I,q=2,i={id}\x1b\\");
        }
        out
    }
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
    use super::*;
    use crate::model::text::width;

    fn picture(side: u32) -> Picture {
        // Noise, so that it does not get small.
        let pixel = |x: u32, y: u32| image::Rgba([(x * 7 + y * 13) as u8, (x * y) as u8, (x ^ y) as u8, 255]);
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbaImage::from_fn(side, side, pixel).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        Picture::read(bytes.get_ref()).unwrap()
    }

    /// The commands in what a terminal is told: control data and how long the payload is.
    fn commands(text: &str) -> Vec<(String, usize)> {
        let commands = text.split("\x1b\\").filter(|command| !command.is_empty());
        let read = |command: &str| {
            let (control, payload) =
                command.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap_or((&command[3..], ""));
            assert!(control.bytes().chain(payload.bytes()).all(|byte| byte.is_ascii_graphic()), "{command}");
            (control.to_owned(), payload.len())
        };
        commands.map(read).collect()
    }

    #[test]
    fn a_picture_is_sent_once_and_placed_for_each_size() {
        let mut sent = Sent::default();
        let one = picture(200);
        let told = commands(&sent.tell(&one, (20, 10)));
        let id = one.id();
        assert_eq!(told[0], (format!("a=t,f=100,i={id},q=2,m=1"), PIECE));
        assert!(told[1..told.len() - 2].iter().all(|piece| *piece == ("q=2,m=1".to_owned(), PIECE)));
        assert_eq!(told[told.len() - 2].0, "q=2,m=0");
        assert_eq!(told.last().unwrap(), &(format!("a=p,U=1,q=2,i={id},p=1,c=20,r=10"), 0));
        assert_eq!(sent.tell(&one, (20, 10)), "");
        assert_eq!(commands(&sent.tell(&one, (30, 15))), [(format!("a=p,U=1,q=2,i={id},p=1,c=30,r=15"), 0)]);
        assert_eq!(commands(&sent.forget()), [(format!("a=d,d=I,q=2,i={id}"), 0)]);
        assert_eq!(sent.forget(), "");
        assert!(sent.tell(&one, (20, 10)).len() > PIECE, "what is forgotten is sent again");
        for side in 1..=KEPT as u32 {
            sent.tell(&picture(side), (1, 1));
        }
        assert!(sent.pictures.len() <= KEPT);
    }

    #[test]
    fn a_placeholder_is_one_column_and_one_cluster() {
        use unicode_segmentation::UnicodeSegmentation as _;
        let all = (0..120).map(|at| placeholder(at, 119 - at).unwrap()).collect::<Vec<_>>();
        assert!(all.iter().all(|text| width(text) == 1 && text.graphemes(true).count() == 1));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!((placeholder(120, 0), placeholder(0, 120)), (None, None));
        assert_eq!(placeholder(0, 1).unwrap(), "\u{10eeee}\u{305}\u{30d}");
    }

    #[test]
    fn only_terminals_that_name_themselves_draw_pictures() {
        let with = |pairs: &[(&str, &str)]| {
            let value =
                |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Graphics::of(value)
        };
        let drawn = if cfg!(feature = "graphics") { Graphics::Kitty } else { Graphics::Characters };
        assert_eq!(with(&[("TERM", "xterm-kitty")]), drawn);
        assert_eq!(with(&[("TERM", "xterm-ghostty")]), drawn);
        for others in [
            &[][..],
            &[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")],
            &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")],
            &[("TERM", "tmux-256color")],
        ] {
            assert_eq!(with(others), Graphics::Characters, "{others:?}");
        }
    }
}
