//! A text that matches a regular expression, for the common ones: literals, classes, groups, repetitions.
//!
//! Best effort for [`super::sample()`]: look-around, back-references and the rarer classes give nothing, and
//! anchors are taken for granted (a text without them matches all the more).

/// How deep groups may nest.
const MAX_DEPTH: usize = 16;
/// Bytes of a pattern that is worth trying.
const MAX_PATTERN: usize = 1_000;
/// Repetitions that are tried one by one.
const MAX_TRIES: usize = 64;
/// Characters that one text may have.
const MAX_LENGTH: usize = 10_000;

/// A text of `least` to `most` characters that matches `pattern`, if one is found.
pub(super) fn matching(pattern: &str, least: usize, most: usize) -> Option<String> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    // Unbounded repetitions are made longer until the text is long enough.
    for extra in (0..=least.min(MAX_TRIES)).chain([least]) {
        let mut writer = Writer { rest: pattern.chars().collect(), at: 0, extra };
        let text = writer.alternatives(0)?;
        if writer.at != writer.rest.len() {
            return None;
        }
        let length = text.chars().count();
        if length >= least {
            return (length <= most).then_some(text);
        }
        // Nothing in it grows.
        if extra > 0 && length < extra {
            break;
        }
    }
    // An unanchored pattern lets anything follow.
    if pattern.ends_with('$') {
        return None;
    }
    let mut writer = Writer { rest: pattern.chars().collect(), at: 0, extra: 0 };
    let mut text = writer.alternatives(0)?;
    let length = text.chars().count();
    text.extend(std::iter::repeat_n('x', least.saturating_sub(length)));
    (text.chars().count() <= most).then_some(text)
}

struct Writer {
    rest: Vec<char>,
    at: usize,
    extra: usize,
}

impl Writer {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    /// The first of `a|b|c`, up to the end or an unopened `)`.
    fn alternatives(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let first = self.sequence(depth)?;
        while self.eat('|') {
            self.sequence(depth)?;
        }
        Some(first)
    }

    fn sequence(&mut self, depth: usize) -> Option<String> {
        let mut out = String::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            self.at += 1;
            let atom = match c {
                '^' | '$' => continue,
                '(' => self.group(depth)?,
                '[' => self.class()?.to_string(),
                '\\' => self.escape()?,
                '.' => "x".to_owned(),
                '*' | '+' | '?' | '{' => return None,
                c => c.to_string(),
            };
            let times = self.times()?;
            if out.len() + atom.len().saturating_mul(times) > MAX_LENGTH {
                return None;
            }
            out.push_str(&atom.repeat(times));
        }
        Some(out)
    }

    fn group(&mut self, depth: usize) -> Option<String> {
        if self.eat('?') {
            match self.next()? {
                ':' => {}
                '<' if !matches!(self.peek(), Some('=' | '!')) => while self.next()? != '>' {},
                _ => return None,
            }
        }
        let inner = self.alternatives(depth + 1)?;
        self.eat(')').then_some(inner)
    }

    /// How often the atom before is repeated here.
    fn times(&mut self) -> Option<usize> {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                self.at += 1;
                let least = self.digits()?;
                let most = if self.eat(',') {
                    if self.peek() == Some('}') { usize::MAX } else { self.digits()? }
                } else {
                    least
                };
                if self.peek() != Some('}') {
                    return None;
                }
                (least, most)
            }
            _ => return Some(1),
        };
        self.at += 1;
        // Lazy or possessive: the same texts.
        let _ = self.eat('?') || self.eat('+');
        Some(least.saturating_add(self.extra).min(most))
    }

    fn digits(&mut self) -> Option<usize> {
        let mut number: Option<usize> = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit as usize)?);
        }
        number.filter(|number| *number <= MAX_LENGTH)
    }

    /// What a backslash stands for: a character, or nothing for a place.
    fn escape(&mut self) -> Option<String> {
        let c = match self.next()? {
            'd' => '0',
            'w' => 'a',
            's' => ' ',
            'D' | 'S' => 'a',
            'W' => '-',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'b' | 'B' => return Some(String::new()),
            'u' | 'x' | 'p' | 'P' | 'k' | 'c' | '0'..='9' => return None,
            c => c,
        };
        Some(c.to_string())
    }

    /// One character of a class.
    fn class(&mut self) -> Option<char> {
        let negated = self.eat('^');
        let mut ranges: Vec<(char, char)> = Vec::new();
        loop {
            let low = match self.next()? {
                ']' => break,
                '[' => return None,
                '\\' => match self.next()? {
                    'd' => {
                        ranges.push(('0', '9'));
                        continue;
                    }
                    'w' => {
                        ranges.extend([('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]);
                        continue;
                    }
                    's' => {
                        ranges.extend([(' ', ' '), ('\t', '\r')]);
                        continue;
                    }
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    c if c.is_alphanumeric() => return None,
                    c => c,
                },
                c => c,
            };
            let is_range =
                self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|c| !matches!(c, ']' | '\\'));
            if is_range {
                self.at += 1;
                let high = self.next()?;
                ranges.push((low, high));
            } else {
                ranges.push((low, low));
            }
        }
        if negated {
            return ['x', 'a', '0', '-', '_', ' ', 'é']
                .into_iter()
                .find(|c| !ranges.iter().any(|(low, high)| low <= c && c <= high));
        }
        ranges.first().map(|(low, _)| *low)
    }
}
