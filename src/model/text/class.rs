//! Which characters may be shown as they are: the tables behind [`super::escape_line`].

use unicode_segmentation::UnicodeSegmentation as _;

/// The emoji joined by one sequence: families and couples have four, so three joiners.
const MAX_JOINS: u8 = 3;
const ZWJ: char = '\u{200d}';

/// The fate of one character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Shown as it is.
    Plain,
    /// A C0 control or DEL.
    Control,
    /// Invisible or deceiving.
    Hidden,
    /// A tag character that stands for an ASCII one.
    Tag,
}

/// What was kept so far, as far as it decides what may follow: joiners, variation selectors and skin tones
/// are legal only right after an emoji.
#[derive(Default)]
pub(super) struct Context {
    emoji: Emoji,
    joins: u8,
}

/// The last kept character, as a part of an emoji sequence.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Emoji {
    /// Not an emoji.
    #[default]
    None,
    /// A digit, `#` or `*`: may become a keycap.
    Keycap,
    /// A pictograph that takes a variation selector or a skin tone.
    Base,
    /// A pictograph that has one already.
    Finished,
    /// A joiner was kept: a pictograph comes next.
    Joined,
}

impl Context {
    /// Decides about `c`, which is followed by `next`.
    pub(super) fn classify(&mut self, c: char, next: Option<char>) -> Class {
        let (class, emoji) = match c {
            ' '..='~' => (Class::Plain, if matches!(c, '0'..='9' | '#' | '*') { Emoji::Keycap } else { Emoji::None }),
            '\0'..='\u{1f}' | '\u{7f}' => (Class::Control, Emoji::None),
            '\u{fe0e}' | '\u{fe0f}' => match self.emoji {
                Emoji::Keycap => (Class::Plain, Emoji::None),
                Emoji::Base => (Class::Plain, Emoji::Finished),
                _ => (Class::Hidden, Emoji::None),
            },
            ZWJ => {
                let joins = matches!(self.emoji, Emoji::Base | Emoji::Finished)
                    && self.joins < MAX_JOINS
                    && next.is_some_and(is_pictograph);
                if joins {
                    self.joins += 1;
                    (Class::Plain, Emoji::Joined)
                } else {
                    (Class::Hidden, Emoji::None)
                }
            }
            // Skin tones: anywhere else terminals disagree about their width.
            '\u{1f3fb}'..='\u{1f3ff}' => match self.emoji {
                Emoji::Base => (Class::Plain, Emoji::Finished),
                _ => (Class::Hidden, Emoji::None),
            },
            _ if tag(c).is_some() => (Class::Tag, Emoji::None),
            _ if is_hidden(c) => (Class::Hidden, Emoji::None),
            _ if is_pictograph(c) => {
                if self.emoji != Emoji::Joined {
                    self.joins = 0;
                }
                (Class::Plain, Emoji::Base)
            }
            _ => (Class::Plain, Emoji::None),
        };
        self.emoji = emoji;
        class
    }
}

/// The picture of a C0 control or DEL.
pub(super) fn picture(c: char) -> char {
    match c {
        '\u{7f}' => '␡',
        _ => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
    }
}

/// The ASCII character that a tag character stands for.
pub(super) fn tag(c: char) -> Option<char> {
    match c {
        '\u{e0020}'..='\u{e007e}' => char::from_u32(u32::from(c) - 0xe0000),
        _ => None,
    }
}

/// Whether `c` shows nothing by itself, reorders what is around it, or is not a character at all.
fn is_hidden(c: char) -> bool {
    match c {
        // C1 controls: some terminals obey them.
        '\u{80}'..='\u{9f}'
        // Soft hyphen, grapheme joiner, Arabic letter mark.
        | '\u{ad}' | '\u{34f}' | '\u{61c}'
        // Format characters that stand before digits and letters and join with them.
        | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{110bd}' | '\u{110cd}'
        // Hangul fillers, Khmer inherent vowels, Mongolian selectors.
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        // Zero width, direction marks, separators, embeddings, isolates, invisible operators.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Variation selectors, byte order mark, annotations.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        // Layout controls of hieroglyphs, shorthand and music.
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // Tags and the supplementary variation selectors.
        | '\u{e0000}'..='\u{e0fff}' => true,
        '\u{fdd0}'..='\u{fdef}' => true,
        _ => u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// Characters that hold an emoji sequence together; they are legal only inside one.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, ZWJ | '\u{fe0e}' | '\u{fe0f}')
}

/// Whether `c` would make one cluster with the letter after it.
pub(super) fn joins_next(c: char) -> bool {
    let mut buffer = [0; 8];
    let len = c.encode_utf8(&mut buffer).len();
    buffer[len] = b'x';
    is_one_cluster(&buffer[..=len])
}

/// Whether `c` is an emoji that may be part of a sequence (`Extended_Pictographic`).
fn is_pictograph(c: char) -> bool {
    if !matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
    {
        return false;
    }
    // The segmentation rules know the exact table: only such characters join over a ZWJ.
    let mut buffer = [0; 12];
    let mut len = c.encode_utf8(&mut buffer).len();
    len += ZWJ.encode_utf8(&mut buffer[len..]).len();
    len += '\u{2764}'.encode_utf8(&mut buffer[len..]).len();
    is_one_cluster(&buffer[..len])
}

fn is_one_cluster(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.graphemes(true).count() == 1)
}
