//! What could be typed next in a filter: [`complete`].

use std::ops::Range;

use super::parse::KEYS;
use super::print::value;
use super::{Kind, Trait};

/// Names that are known from the run.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Servers.
    pub servers: &'a [&'a str],
    /// Methods that were seen.
    pub methods: &'a [&'a str],
}

/// What could stand in the place of the word at the cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// The part of the text that a candidate replaces.
    pub range: Range<usize>,
    /// The candidates, best first. One that takes a value ends in `:`.
    pub candidates: Vec<String>,
}

/// Offered at a place where anything may begin, after the keys.
const EXAMPLES: [&str; 3] = [">200ms", "size:>1k", "or"];
/// Candidates at most.
const OFFERED: usize = 50;

/// Candidates for the word that ends at `cursor`.
pub fn complete(text: &str, cursor: usize, known: &Known<'_>) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let word_at = before
        .rfind(|c: char| c.is_whitespace() || c == '(')
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[word_at..];
    // A dash in front is kept.
    let dash = usize::from(word.starts_with('-'));
    let (start, word) = (word_at + dash, &word[dash..]);
    // Inside quotes anything goes.
    if before.matches('"').count() % 2 == 1 && !word.contains(":\"") {
        return Completion::default();
    }
    let Some((key, typed)) = word.split_once(':') else {
        let mut candidates: Vec<String> = KEYS
            .iter()
            .map(|key| format!("{key}:"))
            .chain(Trait::ALL.map(|one| format!("is:{}", one.word())))
            .filter(|key| key.starts_with(word))
            .collect();
        candidates.extend(EXAMPLES.into_iter().filter(|one| one.starts_with(word)).map(str::to_owned));
        return Completion { range: start..before.len(), candidates };
    };
    let typed = typed.trim_start_matches('"');
    let named = |names: &[&str]| -> Vec<String> {
        // What begins with it comes first; what has it inside is a match too.
        let mut sorted: Vec<(bool, &str)> = names
            .iter()
            .filter(|name| name.to_ascii_lowercase().contains(&typed.to_ascii_lowercase()))
            .map(|name| (!name.starts_with(typed), *name))
            .collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.into_iter().take(OFFERED).map(|(_, name)| value(name)).collect()
    };
    let words = |words: &[&str]| -> Vec<String> {
        words.iter().filter(|word| word.starts_with(typed)).map(|word| (*word).to_owned()).collect()
    };
    let values = match key {
        "server" => named(known.servers),
        "method" => named(known.methods),
        "dir" => words(&["send", "recv", "stderr", "note"]),
        "kind" => words(&Kind::ALL.map(Kind::word)),
        "is" => words(&Trait::ALL.map(Trait::word)),
        "size" => words(&[">1k", ">64k", ">1m", "<1k"]),
        _ => vec![],
    };
    Completion {
        range: start..before.len(),
        candidates: values.into_iter().map(|value| format!("{key}:{value}")).collect(),
    }
}
