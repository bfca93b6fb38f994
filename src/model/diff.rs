//! What is different between two texts, line by line and word by word: [`lines`].

pub mod sequence;

use sequence::CELLS;

/// Bytes of a pair of lines that are compared word by word.
const WORDS: usize = 4_096;

/// One line of a comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DiffLine<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the old text; the pieces that are not in the line that took its place are marked.
    Old(Vec<(&'a str, bool)>),
    /// Only in the new text; the pieces that were not in the line whose place it took are marked.
    New(Vec<(&'a str, bool)>),
}

/// How `new` came of `old`; `None` when they are too long to be compared: more than [`CELLS`] lines times lines.
pub fn lines<'a>(old: &'a str, new: &'a str) -> Option<Vec<DiffLine<'a>>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let kept = common(&old, &new)?;
    let mut out = Vec::new();
    let (mut a, mut b) = (0, 0);
    for (x, y) in kept.into_iter().chain([(old.len(), new.len())]) {
        changed(&old[a..x], &new[b..y], &mut out);
        if let Some(same) = new.get(y) {
            out.push(DiffLine::Same(same));
        }
        (a, b) = (x + 1, y + 1);
    }
    Some(out)
}

/// Lines that gave way to others: each old one before the new one in its place.
fn changed<'a>(old: &[&'a str], new: &[&'a str], out: &mut Vec<DiffLine<'a>>) {
    for at in 0..old.len().max(new.len()) {
        match (old.get(at), new.get(at)) {
            (Some(old), Some(new)) => {
                let (old, new) = words(old, new);
                out.push(DiffLine::Old(old));
                out.push(DiffLine::New(new));
            }
            (Some(old), None) => out.push(DiffLine::Old(vec![(old, true)])),
            (None, Some(new)) => out.push(DiffLine::New(vec![(new, true)])),
            (None, None) => {}
        }
    }
}

/// Pieces of a line, and whether each is not in the other one.
pub type Pieces<'a> = Vec<(&'a str, bool)>;

/// The pieces of two lines, marked where they are not the same.
pub fn words<'a>(old: &'a str, new: &'a str) -> (Pieces<'a>, Pieces<'a>) {
    let whole = || (vec![(old, true)], vec![(new, true)]);
    if old.len() + new.len() > WORDS {
        return whole();
    }
    let (from, to) = (split(old), split(new));
    let Some(kept) = common(&from, &to) else { return whole() };
    let marked = |words: &[&'a str], kept: &mut dyn Iterator<Item = usize>| {
        let mut out: Pieces<'a> = Vec::new();
        let mut next = kept.next();
        for (at, word) in words.iter().enumerate() {
            let same = next == Some(at);
            if same {
                next = kept.next();
            }
            out.push((word, !same));
        }
        out
    };
    (marked(&from, &mut kept.iter().map(|pair| pair.0)), marked(&to, &mut kept.iter().map(|pair| pair.1)))
}

/// Words, runs of blanks, and every other character by itself.
fn split(line: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            1
        } else if c == ' ' {
            2
        } else {
            0
        }
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in line.char_indices() {
        let now = kind(c);
        if at > start && (before != Some(now) || now == 0) {
            out.push(&line[start..at]);
            start = at;
        }
        before = Some(now);
    }
    if start < line.len() {
        out.push(&line[start..]);
    }
    out
}

/// The longest common subsequence, as pairs of places; `None` when it would take too long to find.
fn common(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (a, b) = (&old[head..], &new[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(old, new)| old == new).count();
    let cells = (a.len() - tail).saturating_mul(b.len() - tail);
    (cells <= CELLS).then(|| sequence::common(old, new))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let pieces = |list: &[(&str, bool)]| -> String {
            list.iter().map(|(text, marked)| if *marked { format!("[{text}]") } else { (*text).to_owned() }).collect()
        };
        let line = |line: &DiffLine<'_>| match line {
            DiffLine::Same(text) => format!(" {text}"),
            DiffLine::Old(list) => format!("-{}", pieces(list)),
            DiffLine::New(list) => format!("+{}", pieces(list)),
        };
        lines(old, new).unwrap().iter().map(line).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn lines_and_words_that_changed_are_marked() {
        for (old, new, expected) in [
            ("a\nb", "a\nb", " a| b"),
            ("", "a", "+[a]"),
            ("a", "", "-[a]"),
            ("a\nb\nc", "a\nx y\nc", " a|-[b]|+[x][ ][y]| c"),
            (r#"l: ["bug"]"#, r#"l: ["bug", "sec"]"#, r#"-l: ["bug"]|+l: ["bug"[,][ ]["][sec]["]]"#),
            ("a\nb", "b\na", "-[a]| b|+[a]"),
        ] {
            assert_eq!(shown(old, new), expected, "{old:?} {new:?}");
        }
        assert_eq!(lines(&"a\nb\n".repeat(2_000), &"c\nd\n".repeat(2_000)), None, "too long to be compared");
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(old in "([ab]{0,2}\n){0,6}", new in "([ab]{0,2}\n){0,6}") {
            let found = lines(&old, &new).unwrap();
            let joined = |list: &[(&str, bool)]| list.iter().map(|piece| piece.0).collect::<String>();
            let side = |wanted: bool| -> String {
                found.iter().filter_map(|line| match line {
                    DiffLine::Same(text) => Some(format!("{text}\n")),
                    DiffLine::Old(list) => wanted.then(|| joined(list) + "\n"),
                    DiffLine::New(list) => (!wanted).then(|| joined(list) + "\n"),
                }).collect()
            };
            prop_assert_eq!(side(true), old.as_str());
            prop_assert_eq!(side(false), new.as_str());
        }
    }
}
