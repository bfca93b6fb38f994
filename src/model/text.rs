//! What every foreign text passes before a terminal sees it: hidden things become visible, nothing is dropped.
//!
//! Servers, models and files may write anything: escape sequences, bidirectional overrides, invisible
//! characters that carry a message, a million accents on one letter. [`escape_line`] and [`escape_block`]
//! turn all of that into characters that show themselves and move nothing. They are total, linear and
//! idempotent (escaping an escaped text changes nothing), so an escaped text may meet another sink safely.
//!
//! The price of idempotence: a text may spell `⟨U+202E⟩` in plain letters and look escaped. That deceives
//! nobody into seeing less than there is; the byte-exact text is in the journal.
//!
//! How wide a text is and where to cut it: `text/width.rs`. Which characters deceive: `text/class.rs`.

mod class;
mod width;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

use class::{Class, Context};
pub use width::{pad, truncate_width, width};

/// Combining marks that one base may carry before the rest is counted instead of drawn.
const MAX_MARKS: usize = 8;
/// Code points of one grapheme cluster; the longest legal emoji sequences have eleven.
const MAX_CLUSTER: usize = 16;
/// From this many equal invisible characters in a row, they are counted instead of repeated.
const COUNTED_RUN: usize = 4;
/// Where tabs stop in a block.
const TAB: usize = 4;

/// `text` as one line that is safe on any terminal: no line break, no control, nothing invisible.
///
/// Line feed, tab and the other C0 controls become their pictures (`␊`, `␉`, `␛`), C1 controls, bidirectional
/// controls and invisible characters become `⟨U+202E⟩`, tag characters are decoded into `⟨tags: …⟩`, and
/// letters with more than eight marks are cut with `⟨+992 marks⟩`. Clean text is borrowed.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Cow::Borrowed(text);
    }
    cut_clusters(escape(text, Mode::Line))
}

/// [`escape_line`] for text of many lines: line feeds stay (`\r\n` becomes `\n`), tabs become spaces up to the
/// next multiple of four columns.
pub fn escape_block(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e | b'\n')) {
        return Cow::Borrowed(text);
    }
    cut_clusters(escape(text, Mode::Block))
}

/// How many characters of `text` are not what they seem: invisible ones, bidirectional controls and controls
/// other than line ends and tabs. For a badge; legal emoji sequences do not count.
pub fn hidden_count(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e | b'\n' | b'\t')) {
        return 0;
    }
    let mut count = 0;
    pieces(text, |piece| {
        count += match piece {
            Piece::Kept(_) | Piece::Control('\n' | '\t') | Piece::LineEnd => 0,
            Piece::Control(_) => 1,
            Piece::Hidden(_, run) => run,
            Piece::Tags(run) => run.chars().count(),
        };
    });
    count
}

/// Bytes that should have been UTF-8, as one safe line: what is text is escaped like text, the rest is `\xff`.
pub fn escape_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&escape_line(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Line,
    Block,
}

/// A stretch of text with one fate.
enum Piece<'a> {
    /// Goes out as it is.
    Kept(&'a str),
    /// A C0 control or DEL: it has a picture.
    Control(char),
    /// `\r\n`.
    LineEnd,
    /// An invisible or deceiving character, and how many equal ones follow each other.
    Hidden(char, usize),
    /// Tag characters that spell ASCII.
    Tags(&'a str),
}

/// Cuts `text` into pieces. Every decision depends only on what was kept before, never on what was escaped:
/// that is what makes escaping idempotent.
fn pieces<'a>(text: &'a str, mut on: impl FnMut(Piece<'a>)) {
    let mut context = Context::default();
    let mut kept_from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let class = context.classify(c, chars.peek().map(|(_, next)| *next));
        if class == Class::Plain {
            continue;
        }
        if kept_from < at {
            on(Piece::Kept(&text[kept_from..at]));
        }
        let mut end = at + c.len_utf8();
        match class {
            Class::Plain => {}
            Class::Control => {
                if c == '\r' && chars.next_if(|(_, next)| *next == '\n').is_some() {
                    end += 1;
                    on(Piece::LineEnd);
                } else {
                    on(Piece::Control(c));
                }
            }
            Class::Hidden => {
                let mut run = 1;
                // Nothing that is legal in some contexts becomes legal right after an escaped copy of itself.
                while chars.next_if(|(_, next)| *next == c).is_some() {
                    end += c.len_utf8();
                    run += 1;
                }
                on(Piece::Hidden(c, run));
            }
            Class::Tag => {
                while let Some((_, next)) = chars.next_if(|(_, next)| class::tag(*next).is_some()) {
                    end += next.len_utf8();
                }
                on(Piece::Tags(&text[at..end]));
            }
        }
        kept_from = end;
    }
    if kept_from < text.len() {
        on(Piece::Kept(&text[kept_from..]));
    }
}

fn escape(text: &str, mode: Mode) -> Cow<'_, str> {
    let mut out = String::new();
    let mut changed = false;
    // Where the last tab stop of the line being written is: columns are counted from here.
    let mut stop = 0;
    pieces(text, |piece| {
        if let Piece::Kept(kept) = piece
            && !changed
            && kept.len() == text.len()
        {
            return;
        }
        if !changed {
            changed = true;
            out.reserve(text.len() + text.len() / 8 + 16);
        }
        match piece {
            Piece::Kept(kept) => out.push_str(kept),
            Piece::LineEnd | Piece::Control('\n') if mode == Mode::Block => {
                out.push('\n');
                stop = out.len();
            }
            Piece::LineEnd => out.push_str("␍␊"),
            Piece::Control('\t') if mode == Mode::Block => {
                let column = width(&out[stop..]);
                out.extend(std::iter::repeat_n(' ', TAB - column % TAB));
                stop = out.len();
            }
            Piece::Control(c) => out.push(class::picture(c)),
            Piece::Hidden(c, run) if run >= COUNTED_RUN => {
                let _ = write!(out, "⟨U+{:04X}×{run}⟩", u32::from(c));
            }
            Piece::Hidden(c, run) => {
                for _ in 0..run {
                    let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
                }
            }
            Piece::Tags(run) => {
                out.push_str("⟨tags: ");
                out.extend(run.chars().filter_map(class::tag));
                out.push('⟩');
            }
        }
    });
    if changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// Cuts grapheme clusters that are longer than any writing needs: terminals and cell buffers keep a whole
/// cluster in one cell, so one letter could weigh megabytes.
fn cut_clusters(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some((start, end)) = next_foreign(text.as_bytes(), from) {
        from = end;
        for (at, cluster) in text[start..end].grapheme_indices(true) {
            // Too short to break a limit.
            if cluster.len() <= MAX_MARKS {
                continue;
            }
            let Some(keep) = excess(cluster) else {
                continue;
            };
            let cut = cluster[keep..].chars().count();
            out.push_str(&text[copied..start + at + keep]);
            let _ = write!(out, "⟨+{cut} mark{}⟩", if cut == 1 { "" } else { "s" });
            copied = start + at + cluster.len();
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The next stretch with characters that are not ASCII, with the ASCII ones at its ends that may join with
/// them. Two ASCII characters never join, so most text needs no segmentation.
fn next_foreign(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let first = from + bytes[from..].iter().position(|byte| !byte.is_ascii())?;
    let end = bytes[first..]
        .windows(2)
        .position(|pair| pair[0].is_ascii() && pair[1].is_ascii())
        .map_or(bytes.len(), |at| first + at + 1);
    Some((first.saturating_sub(1).max(from), end))
}

/// How many bytes of `cluster` may stay, if not all.
fn excess(cluster: &str) -> Option<usize> {
    let mut marks = 0;
    let mut cut = None;
    for (count, (at, c)) in cluster.char_indices().enumerate() {
        let joins = class::is_joiner(c);
        if count > 0 && c.width() == Some(0) && !joins {
            marks += 1;
        }
        if marks > MAX_MARKS || count >= MAX_CLUSTER {
            cut = Some(at);
            break;
        }
    }
    let mut kept = &cluster[..cut?];
    // What is left must not lean on what follows it: a joiner without its right side would be escaped the
    // next time, and a prefixed letter would swallow the note.
    while let Some(last) = kept.chars().next_back() {
        if !class::is_joiner(last) && !class::joins_next(last) {
            break;
        }
        kept = &kept[..kept.len() - last.len_utf8()];
    }
    Some(kept.len())
}
