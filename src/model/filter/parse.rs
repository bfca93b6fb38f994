//! Reading a filter. Every text is either a filter or an error that says where and what was expected.

use super::{Bound, Filter, Glob, Kind, Node, TEXTS_MAX, Term, Trait};
use crate::model::wire::Direction;

/// Bytes of a filter.
const LENGTH_MAX: usize = 4_096;
/// Groups inside groups.
const DEPTH_MAX: usize = 32;
/// Conditions of one filter.
const TERMS_MAX: usize = 64;

/// The keys that take a value.
pub(super) const KEYS: [&str; 7] = ["server", "method", "dir", "kind", "is", "id", "size"];

/// Why a text is no filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterError {
    /// Where, in bytes: always between two characters.
    pub at: usize,
    /// The same in characters, from 1, for people.
    pub column: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl std::fmt::Display for FilterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {}: {}", self.column, self.message)
    }
}

impl std::error::Error for FilterError {}

type Wrong = (usize, String);

pub(super) fn read(text: &str) -> Result<Filter, FilterError> {
    let mut parser = Parser { text, at: 0, open: 0, terms: Vec::new() };
    let read = if text.len() > LENGTH_MAX {
        Err((0, format!("too long: at most {LENGTH_MAX} bytes are expected")))
    } else {
        parser.any()
    };
    match read {
        Ok(root) => Ok(Filter { root, terms: parser.terms }),
        Err((at, message)) => Err(FilterError { at, column: text[..at].chars().count() + 1, message }),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Groups that are open.
    open: usize,
    terms: Vec<Term>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Terms with `or` between them, up to the end of the group or of the text.
    fn any(&mut self) -> Result<Node, Wrong> {
        let mut choices = vec![self.all()?];
        while self.word_is("or") {
            let at = self.at;
            self.at += 2;
            let all = self.all()?;
            if choices.last() == Some(&Node::default()) || all == Node::default() {
                return Err((
                    at,
                    "`or` expects a condition on both sides; to search for the word, write \"or\"".into(),
                ));
            }
            choices.push(all);
        }
        match choices.pop() {
            Some(only) if choices.is_empty() => Ok(only),
            Some(last) => {
                choices.push(last);
                Ok(Node::Any(choices))
            }
            None => Ok(Node::default()),
        }
    }

    /// Terms side by side.
    fn all(&mut self) -> Result<Node, Wrong> {
        let mut nodes = Vec::new();
        loop {
            self.space();
            if self.peek().is_none() || self.word_is("or") || (self.open > 0 && self.peek() == Some(')')) {
                break;
            }
            nodes.push(self.one()?);
        }
        Ok(match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            Some(last) => {
                nodes.push(last);
                Node::All(nodes)
            }
            None => Node::default(),
        })
    }

    fn ends_word(&self, c: char) -> bool {
        c.is_whitespace() || (c == ')' && self.open > 0)
    }

    fn word_is(&self, word: &str) -> bool {
        self.rest()
            .strip_prefix(word)
            .is_some_and(|rest| rest.chars().next().is_none_or(|c| c == '(' || self.ends_word(c)))
    }

    fn one(&mut self) -> Result<Node, Wrong> {
        let at = self.at;
        match self.peek() {
            Some('-') => {
                self.at += 1;
                match self.peek() {
                    Some('-') => Err((self.at, "one `-` is enough; to search for a dash, write \"-\"".into())),
                    Some(c) if !self.ends_word(c) => Ok(Node::Not(Box::new(self.one()?))),
                    _ => Err((
                        self.at,
                        "what is to be left out is expected right after `-`; to search for a dash, write \"-\"".into(),
                    )),
                }
            }
            Some('(') => {
                if self.open >= DEPTH_MAX {
                    return Err((at, format!("at most {DEPTH_MAX} groups inside each other are expected")));
                }
                self.at += 1;
                self.open += 1;
                let inside = self.any()?;
                self.space();
                if self.peek() != Some(')') {
                    return Err((self.at, "`)` is expected: a group was opened and not closed".into()));
                }
                if inside == Node::default() {
                    return Err((self.at, "a condition is expected inside `( )`".into()));
                }
                self.at += 1;
                self.open -= 1;
                Ok(inside)
            }
            Some('"') => {
                let text = self.quoted()?;
                if text.is_empty() {
                    return Err((at, "text is expected between the quotes".into()));
                }
                self.term(at, Term::Text(text))
            }
            Some('>' | '<') => {
                let word = self.word();
                let bound = duration(word).map_err(|message| (at + 1, message))?;
                self.term(at, Term::Took(bound))
            }
            _ => self.keyed_or_word(),
        }
    }

    fn term(&mut self, at: usize, term: Term) -> Result<Node, Wrong> {
        if self.terms.len() >= TERMS_MAX {
            return Err((at, format!("at most {TERMS_MAX} conditions are expected")));
        }
        let is_text = |term: &Term| matches!(term, Term::Text(_));
        if is_text(&term) && self.terms.iter().filter(|term| is_text(term)).count() >= TEXTS_MAX {
            return Err((at, format!("at most {TEXTS_MAX} texts are expected")));
        }
        self.terms.push(term);
        Ok(Node::Term(self.terms.len() - 1))
    }

    /// Up to the next space, or the end of the group.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| self.ends_word(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A text in quotes; `\"` and `\\` stand for a quote and a backslash.
    fn quoted(&mut self) -> Result<String, Wrong> {
        let from = self.at;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = from + at + 1;
                    return match self.peek() {
                        None => Ok(out),
                        Some(c) if self.ends_word(c) => Ok(out),
                        Some(_) => Err((self.at, "a space is expected after the closing quote".into())),
                    };
                }
                '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                    Some((_, next)) => out.push(next),
                    None => out.push('\\'),
                },
                c => out.push(c),
            }
        }
        Err((self.text.len(), "the closing quote is expected".into()))
    }

    fn keyed_or_word(&mut self) -> Result<Node, Wrong> {
        let at = self.at;
        let rest = self.rest();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        if letters == 0 || !rest[letters..].starts_with(':') {
            let word = self.word().to_owned();
            return self.term(at, Term::Text(word));
        }
        let key = &rest[..letters];
        let value_at = at + letters + 1;
        if !KEYS.contains(&key) {
            let known = KEYS.join(", ");
            let word = self.word();
            return Err((at, format!("`{key}:` is no key; {known} are; to search for it as text, write \"{word}\"")));
        }
        self.at = value_at;
        let was_quoted = self.peek() == Some('"');
        // The id of a string is typed with its quotes, as it is on the wire.
        let value = if was_quoted { self.quoted()? } else { self.word().to_owned() };
        let missing = || (value_at, format!("{} is expected after `{key}:`", expected(key)));
        if value.is_empty() {
            return Err(missing());
        }
        let term = match key {
            "server" => Term::Server(Glob::new(value)),
            "method" => Term::Method(Glob::new(value)),
            "id" if was_quoted => Term::Id(serde_json::Value::from(value).to_string()),
            "id" => Term::Id(value),
            "dir" => Term::Way(direction(&value).ok_or_else(missing)?),
            "kind" => Term::Kind(Kind::ALL.into_iter().find(|kind| kind.word() == value).ok_or_else(missing)?),
            "is" => Term::Is(Trait::ALL.into_iter().find(|one| one.word() == value).ok_or_else(missing)?),
            _ => Term::Size(size(&value).ok_or_else(missing)?),
        };
        self.term(at, term)
    }
}

/// What a key takes, in words.
fn expected(key: &str) -> String {
    match key {
        "server" => "the name of a server (`*` stands for anything)".into(),
        "method" => "a method (`*` stands for anything)".into(),
        "dir" => one_of(&["send", "recv", "stderr", "note"]),
        "kind" => one_of(&Kind::ALL.map(Kind::word)),
        "is" => one_of(&Trait::ALL.map(Trait::word)),
        "id" => "the id of a request".into(),
        _ => "`>` or `<` and a size, as in size:>1k (b, k, m),".into(),
    }
}

fn one_of(words: &[&str]) -> String {
    match words {
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
        [] => String::new(),
    }
}

pub(super) fn direction(word: &str) -> Option<Direction> {
    [Direction::Send, Direction::Recv, Direction::Stderr, Direction::Note].into_iter().find(|way| way.word() == word)
}

/// `>200ms`; the first character is known to be `>` or `<`.
fn duration(word: &str) -> Result<Bound, String> {
    let wrong = || {
        let sign = &word[..1];
        format!(
            "a time is expected after `{sign}`, as in {sign}200ms (us, ms, s, min); sizes are written size:{sign}1k, and \
             text that begins with {sign} in quotes"
        )
    };
    let units = [("us", 1), ("ms", 1_000), ("min", 60_000_000), ("s", 1_000_000)];
    let (unit, factor) = units.into_iter().find(|(unit, _)| word.ends_with(unit)).ok_or_else(wrong)?;
    bound(&word[..word.len() - unit.len()], factor).ok_or_else(wrong)
}

/// `>1k`, `<500`, `>1.5m`.
fn size(word: &str) -> Option<Bound> {
    let lower = word.to_ascii_lowercase();
    let units = [
        ("kib", 1_024),
        ("kb", 1_024),
        ("k", 1_024),
        ("mib", 1 << 20),
        ("mb", 1 << 20),
        ("m", 1 << 20),
        ("b", 1),
        ("", 1),
    ];
    let (unit, factor) = units.into_iter().find(|(unit, _)| lower.ends_with(unit))?;
    bound(&lower[..lower.len() - unit.len()], factor)
}

/// A sign and a number with at most three digits behind the point, in units of `factor`.
fn bound(word: &str, factor: u64) -> Option<Bound> {
    let (make, number): (fn(u64) -> Bound, _) = match word.strip_prefix('>') {
        Some(number) => (Bound::Over, number),
        None => (Bound::Under, word.strip_prefix('<')?),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 3 {
        return None;
    }
    let thousandths = format!("{part:0<3}").parse::<u64>().ok()?;
    Some(make(whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(thousandths * factor / 1_000)?))
}
