//! A picture in at most 255 colours: [`Inked`], what sixels are made of.

use std::collections::HashMap;

use image::imageops;

use crate::tui::picture::Picture;

/// Colours of a picture; one more number means that nothing is drawn.
const COLOURS: usize = 255;
/// Bits that are told apart of each of red, green and blue, where there are more colours than can be.
const BITS: u32 = 5;
/// From here on a pixel is opaque.
const OPAQUE: u8 = 128;

/// A picture, each pixel of which has one of a few colours.
#[derive(Debug)]
pub(super) struct Inked {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Red, green, blue.
    pub(super) colours: Vec<[u8; 3]>,
    /// For each pixel, row by row: 0 for nothing, else a colour's place counted from 1.
    pixels: Vec<u8>,
}

/// Colours that become one.
struct Alike {
    bins: Vec<usize>,
    /// The channel in which they differ most, and by how much.
    longest: (usize, u32),
    pixels: u64,
}

impl Inked {
    /// The picture as it is seen in so many pixels: made smaller where it is larger.
    pub(super) fn new(picture: &Picture, (width, height): (u32, u32)) -> Inked {
        let whole = picture.image();
        let (width, height) = (width.clamp(1, whole.width()), height.clamp(1, whole.height()));
        let small = if (width, height) == whole.dimensions() {
            whole.pixels().flat_map(|pixel| pixel.0).collect()
        } else {
            imageops::thumbnail(&whole, width, height).into_raw()
        };
        let (pixels, _) = small.as_chunks::<4>();
        let (colours, pixels) = exact(pixels).unwrap_or_else(|| nearest(pixels));
        Inked { width, height, colours, pixels }
    }

    /// A row of it.
    pub(super) fn row(&self, at: u32) -> &[u8] {
        let from = at as usize * self.width as usize;
        self.pixels.get(from..from + self.width as usize).unwrap_or_default()
    }
}

/// The colours as they are, if they are few.
fn exact(pixels: &[[u8; 4]]) -> Option<(Vec<[u8; 3]>, Vec<u8>)> {
    let mut known = HashMap::new();
    let mut colours = Vec::new();
    let mut out = Vec::with_capacity(pixels.len());
    let mut last = None;
    for [red, green, blue, alpha] in pixels {
        if *alpha < OPAQUE {
            out.push(0);
            continue;
        }
        let colour = [*red, *green, *blue];
        let number = match last {
            Some((same, number)) if same == colour => number,
            _ => *known.entry(colour).or_insert_with(|| {
                colours.push(colour);
                colours.len()
            }),
        };
        last = Some((colour, number));
        // More than there are numbers for: the last one does not fit.
        out.push(u8::try_from(number).ok()?);
    }
    Some((colours, out))
}

/// Colours of which each stands for as many pixels that are as much alike as can be (median cut).
fn nearest(pixels: &[[u8; 4]]) -> (Vec<[u8; 3]>, Vec<u8>) {
    let mut sums = vec![[0_u64; 4]; 1 << (3 * BITS)];
    for [red, green, blue, alpha] in pixels {
        if *alpha >= OPAQUE {
            let sums = &mut sums[bin(*red, *green, *blue)];
            for (sum, value) in sums.iter_mut().zip([*red, *green, *blue, 1]) {
                *sum += u64::from(value);
            }
        }
    }
    let mut boxes = vec![Alike::new((0..sums.len()).filter(|bin| sums[*bin][3] > 0).collect(), &sums)];
    while boxes.len() < COLOURS {
        // What differs little or is rare may share a colour.
        let worth = |one: &Alike| u64::from(one.longest.1) * one.pixels;
        let Some(at) = (0..boxes.len()).max_by_key(|at| worth(&boxes[*at])).filter(|at| boxes[*at].longest.1 > 0)
        else {
            break;
        };
        let (lower, upper) = boxes.swap_remove(at).cut(&sums);
        boxes.extend([lower, upper]);
    }
    let mut numbers = vec![0_u8; sums.len()];
    let mut colours = Vec::with_capacity(boxes.len());
    for one in boxes.iter().filter(|one| one.pixels > 0) {
        let sum = |channel: usize| one.bins.iter().map(|bin| sums[*bin][channel]).sum::<u64>();
        let mean = |channel: usize| u8::try_from(sum(channel) / one.pixels).unwrap_or(u8::MAX);
        colours.push([mean(0), mean(1), mean(2)]);
        for bin in &one.bins {
            numbers[*bin] = u8::try_from(colours.len()).unwrap_or(u8::MAX);
        }
    }
    let number = |[red, green, blue, alpha]: &[u8; 4]| match alpha {
        ..OPAQUE => 0,
        _ => numbers[bin(*red, *green, *blue)],
    };
    (colours, pixels.iter().map(number).collect())
}

/// Where a colour is counted.
fn bin(red: u8, green: u8, blue: u8) -> usize {
    let of = |value: u8| usize::from(value >> (8 - BITS));
    of(red) << (2 * BITS) | of(green) << BITS | of(blue)
}

/// Red, green or blue of what is counted there.
fn channel(bin: usize, channel: usize) -> u32 {
    (bin >> ((2 - channel) * BITS as usize)) as u32 & ((1 << BITS) - 1)
}

impl Alike {
    fn new(bins: Vec<usize>, sums: &[[u64; 4]]) -> Alike {
        let side = |at: usize| {
            let values = || bins.iter().map(|bin| channel(*bin, at));
            values().max().unwrap_or(0) - values().min().unwrap_or(0)
        };
        let longest = (0..3).map(|at| (at, side(at))).max_by_key(|(_, side)| *side).unwrap_or_default();
        let pixels = bins.iter().map(|bin| sums[*bin][3]).sum();
        Alike { bins, longest, pixels }
    }

    /// Two of them, with about as many pixels each. There have to be two colours in it.
    fn cut(mut self, sums: &[[u64; 4]]) -> (Alike, Alike) {
        let by = self.longest.0;
        self.bins.sort_unstable_by_key(|bin| channel(*bin, by));
        let mut before = 0;
        let half = self.bins.iter().take_while(|bin| {
            before += sums[**bin][3];
            before * 2 <= self.pixels
        });
        let at = half.count().clamp(1, self.bins.len() - 1);
        let upper = self.bins.split_off(at);
        (Alike::new(self.bins, sums), Alike::new(upper, sums))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(left: [u8; 3], right: [u8; 4]) -> u32 {
        left.iter().zip(right).map(|(left, right)| u32::from(left.abs_diff(right))).sum()
    }

    #[test]
    fn few_colours_are_kept_and_many_are_near() {
        let few: Vec<[u8; 4]> =
            (0..400_u32).map(|at| [(at % 255) as u8, 0, 9, if at < 300 { 255 } else { 3 }]).collect();
        let kept = exact(&few);
        assert!(kept.is_some_and(|(colours, numbers)| {
            let same = |(pixel, number): (&[u8; 4], &u8)| match number {
                0 => pixel[3] == 3,
                number => differ(colours[usize::from(*number) - 1], *pixel) == 0,
            };
            colours.len() == 255 && few.iter().zip(&numbers).all(same)
        }));
        let many: Vec<[u8; 4]> =
            (0..64 * 64_u32).map(|at| [(at % 64 * 4) as u8, (at / 64 * 4) as u8, (at % 64 * 2) as u8, 255]).collect();
        assert!(exact(&many).is_none());
        let (colours, numbers) = nearest(&many);
        assert_eq!(colours.len(), COLOURS);
        let off: Vec<u32> = many
            .iter()
            .zip(&numbers)
            .map(|(pixel, number)| differ(colours[usize::from(*number) - 1], *pixel))
            .collect();
        let mean = off.iter().sum::<u32>() / off.len() as u32;
        assert!(mean < 16 && off.iter().all(|off| *off < 60), "{mean} of 765, {:?} at most", off.iter().max());
    }

    #[test]
    fn nothing_has_no_colours() {
        assert_eq!(nearest(&[[1, 2, 3, 0]; 5]), (vec![], vec![0; 5]));
        assert_eq!(nearest(&[[1, 2, 3, 255]; 5]), (vec![[1, 2, 3]], vec![1; 5]));
    }
}
