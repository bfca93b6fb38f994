//! Patterns of names and values: [`Glob`]. `*` is any run of characters, `?` any one, `[*]` and `[?]` are those two
//! themselves; everything else is itself.

use std::fmt;

/// A pattern. Matching is linear in the text for each `*`, never exponential.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Glob(String);

/// What a `*` may stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Careful {
    /// Anything.
    No,
    /// Nothing that changes what a value means: no `..` between slashes, no control or invisible character, and none
    /// of the characters that a shell reads. `**` stands for those, too.
    Yes,
}

/// Characters that end one command and begin another, or insert something else.
const SHELL: &str = ";|&$`<>(){}\\\"'\n\r";

impl Glob {
    /// The pattern of this text.
    pub fn new(text: impl Into<String>) -> Glob {
        Glob(text.into())
    }

    /// The pattern that stands for this text alone.
    pub fn literal(text: &str) -> Glob {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '*' | '?' => out.extend(['[', c, ']']),
                c => out.push(c),
            }
        }
        Glob(out)
    }

    fn pieces(&self) -> Vec<Piece> {
        let chars: Vec<char> = self.0.chars().collect();
        let mut out = Vec::with_capacity(chars.len());
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            match (c, chars.get(at), chars.get(at + 1)) {
                ('[', Some(c @ ('*' | '?')), Some(']')) => {
                    out.push(Piece::Char(*c));
                    at += 2;
                }
                ('*', Some('*'), _) => {
                    while chars.get(at) == Some(&'*') {
                        at += 1;
                    }
                    out.push(Piece::Anything);
                }
                ('*', ..) => out.push(Piece::Run),
                ('?', ..) => out.push(Piece::One),
                (c, ..) => out.push(Piece::Char(c)),
            }
        }
        out
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for one text only.
    pub fn is_exact(&self) -> bool {
        self.pieces().iter().all(|piece| matches!(piece, Piece::Char(_)))
    }

    /// Whether it stands for every text.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte == b'*')
    }

    /// How exact it is: 0 for any text, 1 for some, 2 for one.
    pub(super) fn exactness(&self) -> u8 {
        if self.is_exact() { 2 } else { u8::from(!self.is_any()) }
    }

    /// Whether the whole of `text` is one of those it stands for.
    pub fn matches(&self, text: &str, careful: Careful) -> bool {
        let text: Vec<char> = text.chars().collect();
        let Some(spans) = spans(&self.pieces(), &text) else { return false };
        careful == Careful::No || spans.iter().all(|&(from, to)| is_plain(&text, from, to))
    }
}

/// A part of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece {
    Char(char),
    /// Any one character.
    One,
    /// Any run of characters, as far as care allows.
    Run,
    /// Any run of characters.
    Anything,
}

/// What the runs and single characters of the pattern stand for, as ranges of the text, without those that may be
/// anything; `None` when it does not match.
fn spans(pattern: &[Piece], text: &[char]) -> Option<Vec<(usize, usize)>> {
    let (mut p, mut t) = (0, 0);
    // Where the last run is, and up to where its text goes; only the last one ever has to give way.
    let mut run: Option<(usize, usize)> = None;
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    loop {
        match pattern.get(p) {
            Some(Piece::Run | Piece::Anything) => {
                found.push((p, t, t));
                run = Some((p, t));
                p += 1;
                continue;
            }
            Some(Piece::One) if t < text.len() => {
                found.push((p, t, t + 1));
                (p, t) = (p + 1, t + 1);
                continue;
            }
            Some(Piece::Char(c)) if text.get(t) == Some(c) => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            None if t == text.len() => break,
            _ => {}
        }
        let (at, to) = run.filter(|&(_, to)| to < text.len())?;
        while found.last().is_some_and(|&(p, ..)| p > at) {
            found.pop();
        }
        if let Some(last) = found.last_mut() {
            last.2 = to + 1;
        }
        run = Some((at, to + 1));
        (p, t) = (at + 1, to + 1);
    }
    found.retain(|&(p, ..)| pattern[p] != Piece::Anything);
    Some(found.into_iter().map(|(_, from, to)| (from, to)).collect())
}

/// Whether a stretch of a text has nothing in it that changes what the text means.
fn is_plain(text: &[char], from: usize, to: usize) -> bool {
    let part: String = text[from..to].iter().collect();
    if part.contains(|c| SHELL.contains(c)) || crate::model::text::hidden_count(&part) > 0 || part.contains('\t') {
        return false;
    }
    // A `..` that only begins or ends in the stretch is one all the same.
    let whole: String = text.iter().collect();
    let dots = |part: &str| part.split(['/', '\\']).any(|step| step == "..");
    !part.contains("..") && (!dots(&whole) || from == to)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_are_read_as_people_expect() {
        for (pattern, text, matches, careful) in [
            ("*", "", true, true),
            ("*", "anything at all", true, true),
            ("", "", true, true),
            ("", "a", false, false),
            ("read_*", "read_file", true, true),
            ("read_*", "unread_file", false, false),
            ("*_file", "read_file", true, true),
            ("a*b*c", "a-b-b-c", true, true),
            ("a*b*c", "a-b-b-c-", false, false),
            ("?at", "cat", true, true),
            ("?at", "at", false, false),
            ("/tmp/*", "/tmp/a/b", true, true),
            ("/tmp/*", "/tmp/../etc/passwd", true, false),
            ("/tmp/*", "/tmp/a..b", true, false),
            ("/tmp/*/x", "/tmp/a/../x", true, false),
            ("/tmp/../*", "/tmp/../x", true, false),
            ("git *", "git status; rm -rf /", true, false),
            ("git *", "git $(id)", true, false),
            ("git **", "git $(id)", true, true),
            ("a*", "a\u{200b}", true, false),
            ("a*", "a\n", true, false),
            ("a.b", "axb", false, false),
            ("[a]", "a", false, false),
            ("[*]", "*", true, true),
            ("[*]", "a", false, false),
            ("a[?]*", "a?b", true, true),
            ("***", "a;b", true, true),
            ("É*", "École", true, true),
        ] {
            let glob = Glob::new(pattern);
            assert_eq!(glob.matches(text, Careful::No), matches, "{pattern:?} {text:?}");
            assert_eq!(glob.matches(text, Careful::Yes), careful, "carefully: {pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_not_slow() {
        let glob = Glob::new("*a".repeat(200));
        assert!(!glob.matches(&"a".repeat(20_000).replace("aaaa", "aaab"), Careful::Yes));
    }

    proptest! {
        #[test]
        fn it_matches_what_a_plain_recursion_matches(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            fn slow(pattern: &[u8], text: &[u8]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some((b'*', rest)) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
                    Some((one, rest)) => {
                        text.first().is_some_and(|c| one == c || *one == b'?') && slow(rest, &text[1..])
                    }
                }
            }
            let wanted = slow(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(Glob::new(pattern.as_str()).matches(&text, Careful::No), wanted);
            prop_assert_eq!(Glob::new(pattern).matches(&text, Careful::Yes), wanted, "nothing odd is in it");
        }

        #[test]
        fn a_literal_stands_for_itself_alone(text in "[a*?]{0,8}", other in "[a*?]{0,8}") {
            let glob = Glob::literal(&text);
            prop_assert!(glob.is_exact() && glob.matches(&text, Careful::Yes));
            prop_assert_eq!(glob.matches(&other, Careful::No), text == other);
        }

        #[test]
        fn care_never_matches_more(pattern in "\\PC{0,6}[*?]{0,2}\\PC{0,3}", text in "\\PC{0,12}|(\\.\\./|/|a|;){0,6}") {
            let glob = Glob::new(pattern);
            prop_assert!(!glob.matches(&text, Careful::Yes) || glob.matches(&text, Careful::No));
        }
    }
}
