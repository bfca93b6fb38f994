//! Patterns of names and values: [`Glob`]. `*` is any run of characters, `?` any one; everything else is itself.

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

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for one text only.
    pub fn is_exact(&self) -> bool {
        !self.0.contains(['*', '?'])
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
        let pattern: Vec<char> = self.0.chars().collect();
        let text: Vec<char> = text.chars().collect();
        let Some(spans) = spans(&pattern, &text) else { return false };
        careful == Careful::No || spans.iter().all(|&(from, to)| is_plain(&text, from, to))
    }
}

/// What the single `*`s and the `?`s of the pattern stand for, as ranges of the text; `None` when it does not match.
fn spans(pattern: &[char], text: &[char]) -> Option<Vec<(usize, usize)>> {
    let (mut p, mut t) = (0, 0);
    // Where the last star is, and up to where its text goes; only the last one ever has to give way.
    let mut star: Option<(usize, usize)> = None;
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    loop {
        if pattern.get(p) == Some(&'*') {
            let mut end = p;
            while pattern.get(end) == Some(&'*') {
                end += 1;
            }
            found.push((p, t, t));
            star = Some((p, t));
            p = end;
        } else if t < text.len() && (pattern.get(p) == Some(&'?') || pattern.get(p) == Some(&text[t])) {
            if pattern[p] == '?' {
                found.push((p, t, t + 1));
            }
            p += 1;
            t += 1;
        } else if p == pattern.len() && t == text.len() {
            let single = |&(at, _, _): &(usize, usize, usize)| pattern[at] == '?' || pattern.get(at + 1) != Some(&'*');
            return Some(found.iter().filter(|span| single(span)).map(|&(_, from, to)| (from, to)).collect());
        } else {
            let (at, to) = star.filter(|&(_, to)| to < text.len())?;
            star = Some((at, to + 1));
            while found.last().is_some_and(|&(p, ..)| p > at) {
                found.pop();
            }
            if let Some(last) = found.last_mut() {
                last.2 = to + 1;
            }
            t = to + 1;
            p = at;
            while pattern.get(p) == Some(&'*') {
                p += 1;
            }
        }
    }
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
        fn care_never_matches_more(pattern in "\\PC{0,6}[*?]{0,2}\\PC{0,3}", text in "\\PC{0,12}|(\\.\\./|/|a|;){0,6}") {
            let glob = Glob::new(pattern);
            prop_assert!(!glob.matches(&text, Careful::Yes) || glob.matches(&text, Careful::No));
        }
    }
}
