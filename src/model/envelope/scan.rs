//! A validating JSON scanner that remembers positions: no recursion, one bit of memory a level.

use super::Span;

/// Where the text stops being JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) at: u32,
    pub(super) what: &'static str,
}

/// What a byte means inside a string: 0 plain, 1 quote, 2 backslash, 3 control.
const STRING: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = 3;
        byte += 1;
    }
    table[b'"' as usize] = 1;
    table[b'\\' as usize] = 2;
    table
};

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// One bit a level: set for an object.
    levels: Vec<u64>,
    level: u32,
    deepest: u32,
    first_array_items: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, levels: Vec::new(), level: 0, deepest: 0, first_array_items: true }
    }

    pub(super) fn skip_mark(&mut self) {
        if self.text.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
    }

    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn depth(&self) -> u32 {
        self.deepest
    }

    /// Whether a top-level array held objects alone (and at least one).
    pub(super) fn items_are_objects(&self) -> bool {
        self.first_array_items && self.deepest > 1
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        let what = if self.at >= self.text.len() { "it ends too early" } else { what };
        Err(Fault { at: self.at.min(self.text.len()) as u32, what })
    }

    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.fault("something follows the value") }
    }

    fn push(&mut self, object: bool) {
        let (word, bit) = ((self.level / 64) as usize, self.level % 64);
        if word == self.levels.len() {
            self.levels.push(0);
        }
        self.levels[word] = self.levels[word] & !(1 << bit) | (u64::from(object) << bit);
        self.level += 1;
        self.deepest = self.deepest.max(self.level);
    }

    fn in_object(&self) -> bool {
        let top = self.level - 1;
        self.levels[(top / 64) as usize] >> (top % 64) & 1 == 1
    }

    /// Walks the members of the top-level object; `see` gets each key (without quotes, as written) and its value.
    pub(super) fn members(&mut self, mut see: impl FnMut(&[u8], Span)) -> Result<(), Fault> {
        self.at += 1;
        self.deepest = 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let key = self.key()?;
            self.space();
            let start = self.at;
            // The nested value counts its own levels; this object is one more.
            let before = std::mem::take(&mut self.deepest);
            self.value()?;
            self.deepest = before.max(self.deepest + 1);
            see(key.of(self.text), Span { start: start as u32, end: self.at as u32 });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.fault("`,` or `}` is expected"),
            }
        }
    }

    /// A key and its colon; the span is without the quotes.
    fn key(&mut self) -> Result<Span, Fault> {
        if self.peek() != Some(b'"') {
            return self.fault("a member name in quotes is expected");
        }
        let start = self.at + 1;
        self.string()?;
        let key = Span { start: start as u32, end: (self.at - 1) as u32 };
        self.space();
        if self.peek() != Some(b':') {
            return self.fault("`:` is expected");
        }
        self.at += 1;
        Ok(key)
    }

    /// Walks one value of any depth.
    pub(super) fn value(&mut self) -> Result<(), Fault> {
        let floor = self.level;
        loop {
            self.space();
            let opened = match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    self.push(true);
                    self.space();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                        self.level -= 1;
                        false
                    } else {
                        self.key()?;
                        true
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.push(false);
                    self.space();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        self.level -= 1;
                        false
                    } else {
                        if self.level == 1 {
                            self.note_item();
                        }
                        true
                    }
                }
                Some(b'"') => {
                    self.string()?;
                    false
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number()?;
                    false
                }
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                _ => return self.fault("a value is expected"),
            };
            if opened {
                continue;
            }
            // A value is complete: close levels until another one must follow.
            loop {
                if self.level == floor {
                    return Ok(());
                }
                self.space();
                let object = self.in_object();
                match (self.peek(), object) {
                    (Some(b','), true) => {
                        self.at += 1;
                        self.space();
                        self.key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        self.space();
                        if self.level == 1 {
                            self.note_item();
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        self.level -= 1;
                    }
                    (_, true) => return self.fault("`,` or `}` is expected"),
                    (_, false) => return self.fault("`,` or `]` is expected"),
                }
            }
        }
    }

    fn note_item(&mut self) {
        self.first_array_items &= self.peek() == Some(b'{');
    }

    fn word(&mut self, word: &'static [u8]) -> Result<bool, Fault> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(false)
        } else {
            self.fault("a value is expected")
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let Some(plain) = rest.iter().position(|byte| STRING[usize::from(*byte)] != 0) else {
                self.at = self.text.len();
                return self.fault("the string does not end");
            };
            self.at += plain;
            match self.text[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape()?,
                _ => return self.fault("a control character in a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                match first {
                    0xd800..=0xdbff => {
                        if self.text[self.at..].starts_with(b"\\u") {
                            self.at += 2;
                            if (0xdc00..=0xdfff).contains(&self.hex()?) {
                                return Ok(());
                            }
                        }
                        self.at = start;
                        self.fault("half of a surrogate pair")
                    }
                    0xdc00..=0xdfff => {
                        self.at = start;
                        self.fault("half of a surrogate pair")
                    }
                    _ => Ok(()),
                }
            }
            _ => self.fault("an unknown escape in a string"),
        }
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return self.fault("four hexadecimal digits are expected") };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.fault("a digit is expected");
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if let Some(b'0'..=b'9') = self.peek() {
                return self.fault("a number cannot begin with 0");
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }
}
