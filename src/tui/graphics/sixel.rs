//! Sixels, DEC's way to draw: six rows of pixels at a time, each colour of them for itself.

use std::fmt::Write as _;

use super::inked::Inked;

/// A rectangle of a picture of so many pixels as one sequence; the pixels that it is made of are repeated or left out
/// where they are of another number. What is not opaque stays as it is on the screen.
pub(super) fn sequence(inked: &Inked, whole: (u32, u32), from: (u32, u32), (width, height): (u32, u32)) -> String {
    let (whole_width, whole_height) = (whole.0.max(1), whole.1.max(1));
    let column = |x: u32| ((from.0 + x) * inked.width / whole_width).min(inked.width - 1) as usize;
    let columns: Vec<usize> = (0..width).map(column).collect();
    // Square pixels, and those that are not set stay; then how large it is.
    let mut palette = format!("\x1bP7;1q\"1;1;{width};{height}");
    let mut out = String::new();
    let mut defined = [false; 256];
    let mut sixels = vec![0_u8; columns.len() * 256];
    for top in (0..height).step_by(6) {
        if top > 0 {
            out.push('-');
        }
        let mut used = Vec::new();
        let mut seen = [false; 256];
        for line in 0..(height - top).min(6) {
            let row = inked.row(((from.1 + top + line) * inked.height / whole_height).min(inked.height - 1));
            for (x, column) in columns.iter().enumerate() {
                let Some(ink) = row.get(*column).copied().filter(|ink| *ink > 0) else { continue };
                let start = usize::from(ink) * columns.len();
                sixels[start + x] |= 1 << line;
                if !std::mem::replace(&mut seen[usize::from(ink)], true) {
                    used.push(ink);
                }
            }
        }
        for (at, ink) in used.into_iter().enumerate() {
            if at > 0 {
                out.push('$');
            }
            // Writing to a string cannot fail.
            let _ = write!(out, "#{}", ink - 1);
            if !std::mem::replace(&mut defined[usize::from(ink)], true)
                && let Some([red, green, blue]) = inked.colours.get(usize::from(ink) - 1)
            {
                // All before the first pixel: some terminals define a colour without taking it up.
                let _ = write!(palette, "#{};2;{};{};{}", ink - 1, percent(*red), percent(*green), percent(*blue));
            }
            let start = usize::from(ink) * columns.len();
            runs(&mut out, &mut sixels[start..start + columns.len()]);
        }
    }
    palette + &out + "\x1b\\"
}

fn percent(value: u8) -> u32 {
    (u32::from(value) * 100 + 127) / 255
}

/// Writes one colour of six rows, and blanks it.
fn runs(out: &mut String, sixels: &mut [u8]) {
    let end = sixels.iter().rposition(|sixel| *sixel > 0).map_or(0, |last| last + 1);
    for run in sixels[..end].chunk_by(|left, right| left == right) {
        let Some(sixel) = run.first() else { continue };
        let character = char::from(b'?' + sixel);
        match run.len() {
            1..=3 => out.extend(run.iter().map(|_| character)),
            // Writing to a string cannot fail.
            many => drop(write!(out, "!{many}{character}")),
        }
    }
    sixels[..end].fill(0);
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tui::picture::Picture;

    /// Pixels that are set (column, row), each red, green, blue.
    type Pixels = BTreeMap<(u32, u32), [u8; 3]>;

    /// What a terminal makes of a sequence: its size and its pixels.
    pub(in crate::tui::graphics) fn decode(text: &str) -> ((u32, u32), Pixels) {
        let body = text.strip_prefix("\x1bP7;1q\"1;1;").unwrap().strip_suffix("\x1b\\").unwrap();
        assert!(body.bytes().all(|byte| byte.is_ascii_graphic()), "{body:?}");
        let (numbers, rest) = {
            let end = body.find(|c: char| c != ';' && !c.is_ascii_digit()).unwrap_or(body.len());
            body.split_at(end)
        };
        let size: Vec<u32> = numbers.split(';').map(|number| number.parse().unwrap()).collect();
        let mut colours = BTreeMap::new();
        let (mut ink, mut x, mut top) = (0, 0, 0);
        let mut set = BTreeMap::new();
        let mut characters = rest.chars().peekable();
        while let Some(character) = characters.next() {
            let numbers = |characters: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Vec<u32> {
                let mut text = String::new();
                while let Some(next) = characters.next_if(|c| c.is_ascii_digit() || *c == ';') {
                    text.push(next);
                }
                text.split(';').map(|number| number.parse().unwrap()).collect()
            };
            let (many, sixel) = match character {
                '$' => {
                    x = 0;
                    continue;
                }
                '-' => {
                    (x, top) = (0, top + 6);
                    continue;
                }
                '#' => {
                    let numbers = numbers(&mut characters);
                    ink = u32::MAX;
                    if let [number] = numbers[..] {
                        ink = number;
                    }
                    if let [_, 2, red, green, blue] = numbers[..] {
                        assert!(colours.insert(numbers[0], [red, green, blue]).is_none(), "defined twice");
                    }
                    continue;
                }
                '!' => (numbers(&mut characters)[0], characters.next().unwrap()),
                other => (1, other),
            };
            let bits = u32::from(sixel) - u32::from('?');
            assert!(bits < 64, "{sixel}");
            for column in x..x + many {
                for line in (0..6).filter(|line| bits >> line & 1 == 1) {
                    let colour = colours[&ink].map(|percent: u32| (percent * 255 / 100) as u8);
                    assert!(set.insert((column, top + line), colour).is_none(), "a pixel in two colours");
                }
            }
            x += many;
        }
        ((size[0], size[1]), set)
    }

    pub(in crate::tui::graphics) fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Picture {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let image = image::RgbaImage::from_fn(width, height, |x, y| image::Rgba(pixel(x, y)));
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        Picture::read(bytes.get_ref(), width.max(height)).unwrap()
    }

    proptest! {
        /// In pieces of any size, each pixel is the one of the picture, or of a larger or smaller one at its place.
        #[test]
        fn what_is_sent_is_the_picture(
            (width, height) in (1_u32..40, 1_u32..40),
            seed in any::<u32>(),
            (wide, high) in (1_u32..90, 1_u32..90),
            (left, top, right, bottom) in (0_u32..90, 0_u32..90, 0_u32..90, 0_u32..90),
        ) {
            let pixel = |x: u32, y: u32| {
                let noise = (x * 31 + y * 17 + seed) % 12;
                [(noise * 20) as u8, (x * 3) as u8 & 0xf0, (seed >> 8) as u8, if noise == 5 { 0 } else { 255 }]
            };
            let picture = picture(width, height, pixel);
            let inked = Inked::new(&picture, (wide.max(width), high.max(height)));
            let whole = (wide.max(width), high.max(height));
            let (left, right) = (left.min(right) % whole.0, left.max(right).min(whole.0 - 1));
            let (top, bottom) = (top.min(bottom) % whole.1, top.max(bottom).min(whole.1 - 1));
            let size = (right.saturating_sub(left) + 1, bottom.saturating_sub(top) + 1);
            let (told, set) = decode(&sequence(&inked, whole, (left, top), size));
            prop_assert_eq!(told, size);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let expected = pixel((left + x) * width / whole.0, (top + y) * height / whole.1);
                    let got = set.get(&(x, y));
                    prop_assert_eq!(got.is_some(), expected[3] > 0);
                    let near = got.is_none_or(|got| got.iter().zip(expected).all(|(got, sent)| got.abs_diff(sent) <= 2));
                    prop_assert!(near, "{:?} for {:?}", got, expected);
                }
            }
            prop_assert!(set.keys().all(|(x, y)| *x < size.0 && *y < size.1));
        }
    }
}
