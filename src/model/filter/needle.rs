//! Text that is looked for in bytes: [`Needle`].
//!
//! A text in lower case is found in either case (of ASCII letters); one capital makes it exact. Frames are searched as
//! they are on the wire, so a text is looked for in each of its spellings: as typed, escaped as JSON, and with `\u00e4`
//! in the place of every letter beyond ASCII.

use std::fmt::Write as _;

use aho_corasick::packed;
use memchr::memmem;

/// A text, made ready to be found.
#[derive(Debug)]
pub struct Needle {
    spellings: Vec<Spelling>,
}

#[derive(Debug)]
enum Spelling {
    Exact(Box<memmem::Finder<'static>>),
    Folded(Folded),
}

/// A text in either case: a rare short part of it is found by vector instructions, the rest is compared there.
#[derive(Debug)]
struct Folded {
    text: Vec<u8>,
    /// Where the part is in the text.
    part: usize,
    searcher: Option<packed::Searcher>,
}

/// Bytes of the part that is looked for: eight spellings of it at most.
const PART: usize = 3;

impl Needle {
    /// A needle for this text.
    pub fn new(text: &str) -> Needle {
        let exact = text.chars().any(char::is_uppercase);
        let mut spelled = vec![text.to_owned()];
        let quoted = serde_json::Value::from(text).to_string();
        for other in [quoted[1..quoted.len() - 1].to_owned(), ascii(&quoted[1..quoted.len() - 1])] {
            if !spelled.contains(&other) {
                spelled.push(other);
            }
        }
        let spellings = spelled.into_iter().map(|text| Spelling::new(text.into_bytes(), exact)).collect();
        Needle { spellings }
    }

    /// Where it begins first in `bytes`, and where it ends there.
    pub fn find(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        self.spellings.iter().filter_map(|spelling| spelling.find(bytes)).min()
    }
}

/// A JSON string's inside with escapes for everything beyond ASCII.
fn ascii(inside: &str) -> String {
    let mut out = String::with_capacity(inside.len());
    for c in inside.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

impl Spelling {
    fn new(text: Vec<u8>, exact: bool) -> Spelling {
        if exact || !text.iter().any(u8::is_ascii_alphabetic) {
            Spelling::Exact(Box::new(memmem::Finder::new(&text).into_owned()))
        } else {
            Spelling::Folded(Folded::new(text))
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        match self {
            Spelling::Exact(finder) => finder.find(bytes).map(|at| (at, at + finder.needle().len())),
            Spelling::Folded(folded) => folded.find(bytes).map(|at| (at, at + folded.text.len())),
        }
    }
}

impl Folded {
    fn new(text: Vec<u8>) -> Folded {
        let len = text.len().min(PART);
        let part = (0..=text.len() - len)
            .min_by_key(|at| text[*at..at + len].iter().map(|byte| commonness(*byte)).sum::<u32>())
            .unwrap_or(0);
        let mut cased = vec![Vec::new()];
        for byte in &text[part..part + len] {
            let both = [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
            let kinds = if both[0] == both[1] { 1 } else { 2 };
            cased = cased
                .iter()
                .flat_map(|head: &Vec<u8>| {
                    both[..kinds].iter().map(|byte| head.iter().copied().chain([*byte]).collect::<Vec<u8>>())
                })
                .collect();
        }
        Folded { searcher: packed::Searcher::new(cased), text, part }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let Some(searcher) = &self.searcher else { return self.find_plainly(bytes) };
        let mut from = 0;
        loop {
            let found = searcher.find_in(bytes, aho_corasick::Span { start: from, end: bytes.len() })?;
            if let Some(at) = found.start().checked_sub(self.part).filter(|at| self.is_at(bytes, *at)) {
                return Some(at);
            }
            from = found.start() + 1;
        }
    }

    /// Where the machine has no vector instructions that the searcher could use.
    fn find_plainly(&self, bytes: &[u8]) -> Option<usize> {
        let byte = *self.text.get(self.part)?;
        memchr::memchr2_iter(byte.to_ascii_lowercase(), byte.to_ascii_uppercase(), bytes)
            .filter_map(|at| at.checked_sub(self.part))
            .find(|at| self.is_at(bytes, *at))
    }

    fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        bytes.get(at..at + self.text.len()).is_some_and(|there| there.eq_ignore_ascii_case(&self.text))
    }
}

/// How often a byte stands in JSON, roughly: 0 hardly ever, 10 all the time.
fn commonness(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        b'"' | b' ' | b'e' | b't' => 10,
        b'a' | b'i' | b'o' | b'n' | b's' | b'r' | b':' | b',' | b'0' => 8,
        b'l' | b'c' | b'd' | b'm' | b'u' | b'p' | b'1' | b'2' | b'{' | b'}' => 6,
        b'h' | b'g' | b'f' | b'y' | b'b' | b'v' | b'x' | b'-' | b'.' | b'/' | b'_' | b'3'..=b'9' => 4,
        b'w' | b'k' | b'[' | b']' | b'(' | b')' | b'\\' => 3,
        _ => 1,
    }
}
