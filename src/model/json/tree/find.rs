//! Finding a text in a text, a slice at a time: [`Needle`].
//!
//! Small letters find capital ones too; a capital letter in what is looked for asks for the exact case. In JSON the
//! escaped spelling of what is looked for is found as well.

use std::fmt::Write as _;

/// What is looked for. Never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needle {
    /// As typed.
    text: String,
    /// The ways it may be spelled in the text.
    spellings: Vec<Vec<u8>>,
    exact: bool,
}

/// How far a search came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sought {
    /// At this byte.
    At(usize),
    /// Not before this byte; look on from there.
    Until(usize),
    /// Not at all.
    Nowhere,
}

impl Needle {
    /// `None` for an empty text. With `json`, the text is searched as JSON spells it.
    pub fn new(text: &str, json: bool) -> Option<Needle> {
        if text.is_empty() {
            return None;
        }
        let mut spellings = vec![text.as_bytes().to_vec()];
        if json {
            for spelled in [quoted(text), ascii(text)] {
                let spelled = spelled.into_bytes();
                if !spellings.contains(&spelled) {
                    spellings.push(spelled);
                }
            }
        }
        Some(Needle { text: text.to_owned(), spellings, exact: text.chars().any(char::is_uppercase) })
    }

    /// As typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first place at or after `from`, looking at no more than about `budget` bytes.
    pub fn forward(&self, text: &[u8], from: usize, budget: usize) -> Sought {
        let end = text.len().min(from.saturating_add(budget));
        let longest = self.spellings.iter().map(Vec::len).max().unwrap_or(0);
        // A hit may lie across the end of the slice.
        let slice = text.get(from..text.len().min(end + longest)).unwrap_or_default();
        let hit = self.spellings.iter().filter_map(|spelled| self.first(slice, spelled)).min();
        match hit {
            Some(at) if from + at < end => Sought::At(from + at),
            _ if end >= text.len() => Sought::Nowhere,
            _ => Sought::Until(end),
        }
    }

    /// The last place that starts before `before`, looking at no more than about `budget` bytes.
    pub fn backward(&self, text: &[u8], before: usize, budget: usize) -> Sought {
        let before = before.min(text.len());
        let from = before.saturating_sub(budget);
        let longest = self.spellings.iter().map(Vec::len).max().unwrap_or(0);
        let slice = &text[from..text.len().min(before + longest)];
        let mut last = None;
        for spelled in &self.spellings {
            let mut at = 0;
            while let Some(hit) = slice.get(at..).and_then(|rest| self.first(rest, spelled)) {
                if from + at + hit >= before {
                    break;
                }
                last = last.max(Some(from + at + hit));
                at += hit + 1;
            }
        }
        match last {
            Some(at) => Sought::At(at),
            None if from == 0 => Sought::Nowhere,
            None => Sought::Until(from),
        }
    }

    /// The places in a short text, in order, without overlaps.
    pub fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let Some(spelled) = self.spellings.first() else { return vec![] };
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(hit) = text.as_bytes().get(at..).and_then(|rest| self.first(rest, spelled)) {
            out.push(at + hit..at + hit + spelled.len());
            at += hit + spelled.len();
        }
        out.retain(|place| text.is_char_boundary(place.start) && text.is_char_boundary(place.end));
        out
    }

    fn first(&self, text: &[u8], spelled: &[u8]) -> Option<usize> {
        if self.exact {
            return memchr::memmem::find(text, spelled);
        }
        // By the byte that is likely to be the rarest: fewer places to look at.
        let (offset, &rare) = spelled.iter().enumerate().max_by_key(|(_, byte)| rarity(**byte))?;
        let (small, large) = (rare.to_ascii_lowercase(), rare.to_ascii_uppercase());
        let mut at = offset;
        loop {
            at += memchr::memchr2(small, large, text.get(at..)?)?;
            let start = at - offset;
            match text.get(start..start + spelled.len()) {
                Some(part) if part.eq_ignore_ascii_case(spelled) => return Some(start),
                Some(_) => at += 1,
                None => return None,
            }
        }
    }
}

/// How seldom a byte is in texts and JSON; larger is rarer.
fn rarity(byte: u8) -> usize {
    const COMMON: &[u8] = b"zqxjkvbpygfwmucldrhsnioate0123456789-_.:,\\\"{}[] ";
    COMMON.iter().position(|common| *common == byte.to_ascii_lowercase()).map_or(COMMON.len(), |at| COMMON.len() - at)
}

/// As a JSON string spells it at the least.
fn quoted(text: &str) -> String {
    let full = serde_json::Value::from(text).to_string();
    full[1..full.len() - 1].to_owned()
}

/// As a JSON string spells it that keeps to ASCII.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in quoted(text).chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}
