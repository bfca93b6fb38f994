//! JSON laid out for reading, line by line, from the raw text: [`PrettyLines`].
//!
//! Tokens are borrowed as they were spelled and no line looks further than its own end, so a viewer can stop
//! after a screenful of a huge text. Text that is not JSON (cut, still arriving, broken) is laid out as far as
//! it makes sense; the rest follows as it is.

use super::scan::{scalar_end, skip_space, string_end};

/// Columns of one level.
const INDENT: usize = 2;
/// Levels that are indented; deeper ones stay in this column, or a deep text would become quadratically wide.
const MAX_LEVELS: usize = 32;

/// What a piece of JSON is, for colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// A member's name with its quotes.
    Key,
    /// A string value with its quotes.
    String,
    /// A number as spelled.
    Number,
    /// `true`, `false` or `null`.
    Literal,
    /// Brackets, commas, colons.
    Punct,
    /// Text that is no JSON.
    Plain,
}

/// One line of laid-out JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrettyLine<'a> {
    /// Spaces before the first span.
    pub indent: usize,
    /// How many containers are open around the line, also where `indent` stopped growing.
    pub depth: usize,
    /// The pieces in order. Foreign text: escape it before it is drawn.
    pub spans: Vec<(Token, &'a str)>,
}

impl PrettyLine<'_> {
    /// Writes the line without a line end.
    pub fn write(&self, out: &mut String) {
        out.extend(std::iter::repeat_n(' ', self.indent));
        for (_, text) in &self.spans {
            out.push_str(text);
        }
    }
}

/// The lines of a JSON text, made as they are asked for. See [`PrettyLine`].
#[derive(Clone, Debug)]
pub struct PrettyLines<'a> {
    text: &'a str,
    at: usize,
    /// The open containers: `true` is an object.
    open: Vec<bool>,
    next: Next,
}

/// What the grammar allows next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    /// A value or, in a container, an element or a member.
    Item,
    /// The end of the container.
    Close,
    /// Nothing: the value is complete.
    End,
    /// The text is not JSON from here on.
    Broken,
}

/// `text` laid out with two spaces a level: every token spelled as it was, any depth, invalid text kept.
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for (n, line) in PrettyLines::new(text).enumerate() {
        if n > 0 {
            out.push('\n');
        }
        line.write(&mut out);
    }
    out
}

impl<'a> PrettyLines<'a> {
    /// The lines of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), next: Next::Item }
    }

    fn line(&self) -> PrettyLine<'a> {
        PrettyLine { indent: self.open.len().min(MAX_LEVELS) * INDENT, depth: self.open.len(), spans: Vec::new() }
    }

    fn peek(&mut self) -> Option<u8> {
        self.at = skip_space(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, end: usize) -> &'a str {
        let taken = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        taken
    }

    /// A closed string, a number or a literal at the current position.
    fn scalar(&mut self) -> Option<(Token, &'a str)> {
        let bytes = self.text.as_bytes();
        let (token, end) = match bytes.get(self.at)? {
            b'"' => {
                let end = string_end(bytes, self.at);
                let closed = end > self.at + 1 && bytes[end - 1] == b'"' && {
                    let inside = &bytes[self.at + 1..end - 1];
                    inside.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 0
                };
                (closed.then_some(Token::String)?, end)
            }
            b'-' | b'0'..=b'9' => (Token::Number, scalar_end(bytes, self.at)),
            _ => {
                let end = scalar_end(bytes, self.at);
                match &bytes[self.at..end] {
                    b"true" | b"false" | b"null" => (Token::Literal, end),
                    _ => return None,
                }
            }
        };
        Some((token, self.take(end)))
    }

    /// After a value: a comma belongs to its line; otherwise the container ends.
    fn after_value(&mut self, line: &mut PrettyLine<'a>) {
        if self.open.is_empty() {
            self.next = Next::End;
        } else if self.peek() == Some(b',') {
            line.spans.push((Token::Punct, self.take(self.at + 1)));
            self.next = Next::Item;
        } else {
            self.next = Next::Close;
        }
    }

    /// Adds an element or a member up to the end of its line. `None` where the text is not JSON.
    fn item(&mut self, line: &mut PrettyLine<'a>) -> Option<()> {
        if self.open.last() == Some(&true) {
            if self.peek() != Some(b'"') {
                return None;
            }
            let (_, key) = self.scalar()?;
            line.spans.push((Token::Key, key));
            if self.peek() != Some(b':') {
                return None;
            }
            self.at += 1;
            line.spans.push((Token::Punct, ": "));
        }
        let close = match self.peek()? {
            b'{' => b'}',
            b'[' => b']',
            _ => {
                let scalar = self.scalar()?;
                line.spans.push(scalar);
                self.after_value(line);
                return Some(());
            }
        };
        line.spans.push((Token::Punct, self.take(self.at + 1)));
        if self.peek() == Some(close) {
            line.spans.push((Token::Punct, self.take(self.at + 1)));
            self.after_value(line);
        } else {
            self.open.push(close == b'}');
            self.next = Next::Item;
        }
        Some(())
    }

    /// The rest of the line as it is.
    fn plain(&mut self, line: &mut PrettyLine<'a>) {
        let rest = &self.text[self.at..];
        let (taken, skip) = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest[..end].trim_end_matches('\r'), end + 1),
            None => (rest, rest.len()),
        };
        line.spans.push((Token::Plain, taken));
        self.at += skip;
        self.next = Next::Broken;
    }
}

impl<'a> Iterator for PrettyLines<'a> {
    type Item = PrettyLine<'a>;

    fn next(&mut self) -> Option<PrettyLine<'a>> {
        if self.next == Next::Broken {
            if self.at >= self.text.len() {
                return None;
            }
            let mut line = PrettyLine { indent: 0, depth: 0, spans: Vec::new() };
            self.plain(&mut line);
            return Some(line);
        }
        // A partial text may simply end.
        let byte = self.peek()?;
        let mut line = self.line();
        match self.next {
            Next::Item => {
                if self.item(&mut line).is_none() && self.at < self.text.len() {
                    self.plain(&mut line);
                }
            }
            Next::Close => {
                let close = match self.open.pop() {
                    Some(true) => b'}',
                    _ => b']',
                };
                line.indent = self.open.len().min(MAX_LEVELS) * INDENT;
                line.depth = self.open.len();
                if byte == close {
                    line.spans.push((Token::Punct, self.take(self.at + 1)));
                    self.after_value(&mut line);
                } else {
                    self.plain(&mut line);
                }
            }
            Next::End | Next::Broken => self.plain(&mut line),
        }
        Some(line)
    }
}
