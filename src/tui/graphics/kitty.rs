//! kitty's graphics protocol: [`Sent`], what a terminal was told of pictures for which placeholders stand on the screen.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::tui::picture::Picture;

/// Bytes of base64 that go in one piece, as the protocol has it.
const PIECE: usize = 4_096;
/// Pictures that the terminal is asked to keep.
const KEPT: usize = 64;

/// What the terminal was told of pictures.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pictures: BTreeSet<u32>,
    places: BTreeSet<(u32, u32, u32)>,
}

impl Sent {
    /// What the terminal has to be told before it can show this picture in so many columns and rows; mostly nothing.
    pub(super) fn tell(&mut self, picture: &Picture, (columns, rows): (u32, u32)) -> String {
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
    pub(super) fn forget(&mut self) -> String {
        self.places.clear();
        let mut out = String::new();
        for id in std::mem::take(&mut self.pictures) {
            let _ = write!(out, "\x1b_Ga=d,d=I,q=2,i={id}\x1b\\");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn picture(side: u32) -> Picture {
        // Noise, so that it does not get small.
        let pixel = |x: u32, y: u32| image::Rgba([(x * 7 + y * 13) as u8, (x * y) as u8, (x ^ y) as u8, 255]);
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbaImage::from_fn(side, side, pixel).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        Picture::read(bytes.get_ref(), side).unwrap()
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
}
