//! Finding things by a few letters of their name: [`Query`]. Letters in order, anywhere; better where words begin and
//! where they stand together. Costs no memory for each text, so that thousands are looked through between two keys.

/// Characters of a text that are looked at.
const LOOKED_AT: usize = 128;
/// Most names are shorter than this: they cost less room to look at.
const SHORT: usize = 32;
/// Characters of a word that are looked for.
const WORD: usize = 48;
/// Bytes of a longer text that [`Word::is_in`] looks through.
const SAID: usize = 400;

const MATCH: i32 = 16;
const TOGETHER: i32 = 12;
const BEGINNING: i32 = 10;
const CAPITAL: i32 = 8;
const GAP: i32 = 4;
const LONGER_GAP: i32 = 1;
const WHOLE: i32 = 24;
const NEVER: i32 = i32::MIN / 2;
/// Letters as prose has them, the most frequent first; what is not among them is rarer still.
const FREQUENT: &[u8] = b" etaoinsrhldcumfpgwybvkxjqz";

/// What a person typed to find something: words that must all be there, in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query(Vec<Word>);

/// One word of a query; upper and lower case are the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// In lower case.
    chars: Vec<char>,
    /// The place of the one that prose has least often.
    rarest: usize,
}

impl Query {
    /// The words of a text.
    pub fn new(text: &str) -> Query {
        Query(text.split_whitespace().map(Word::new).collect())
    }

    /// Its words; none finds everything.
    pub fn words(&self) -> &[Word] {
        &self.0
    }

    /// The characters of `text` that its words are found at, in order, by number.
    pub fn places(&self, text: &str) -> Vec<usize> {
        let mut places: Vec<usize> = self.0.iter().flat_map(|word| word.places(text)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

impl Word {
    fn new(text: &str) -> Word {
        let chars: Vec<char> = text.chars().take(WORD).map(lower).collect();
        let rank = |c: char| FREQUENT.iter().position(|other| char::from(*other) == c).unwrap_or(FREQUENT.len());
        let rarest = (0..chars.len()).max_by_key(|at| rank(chars[*at])).unwrap_or(0);
        Word { chars, rarest }
    }

    /// How well the word's letters are found in a name; `None` when they are not, more is better.
    pub fn score(&self, name: &str) -> Option<i32> {
        if name.is_ascii() {
            // Nearly all names: read where they are.
            let name = &name.as_bytes()[..name.len().min(LOOKED_AT)];
            if name.len() <= SHORT { self.score_in::<SHORT, _>(name) } else { self.score_in::<LOOKED_AT, _>(name) }
        } else {
            let (text, len) = look(name);
            self.score_in::<LOOKED_AT, _>(&text[..len])
        }
    }

    fn score_in<const ROOM: usize, L: Letter>(&self, text: &[L]) -> Option<i32> {
        let best = match &self.chars[..] {
            // The first letter that is typed finds the most: it needs no rows.
            [wanted] => {
                let found = text.iter().enumerate().filter(|(_, letter)| letter.folded() == *wanted);
                MATCH + found.map(|(at, letter)| beginning(text, at, letter)).max()?
            }
            _ if !self.has_letters(text) => return None,
            _ => {
                let (mut one, mut other) = ([NEVER; ROOM], [NEVER; ROOM]);
                let (mut row, mut last) = (&mut one, &mut other);
                for number in 0..self.chars.len() {
                    std::mem::swap(&mut row, &mut last);
                    self.fill(number, text, &last[..text.len()], &mut row[..text.len()]);
                }
                row[..text.len()].iter().copied().max().filter(|best| *best > NEVER / 2)?
            }
        };
        let whole = if self.chars.len() == text.len() { WHOLE } else { 0 };
        Some(best + whole - i32::try_from(text.len()).unwrap_or(0) / 8)
    }

    /// The characters it is found at, by number; none when it is not.
    fn places(&self, name: &str) -> Vec<usize> {
        let (text, len) = look(name);
        if !self.has_letters(&text[..len]) {
            return vec![];
        }
        let mut rows = vec![[NEVER; LOOKED_AT]; self.chars.len()];
        for number in 0..rows.len() {
            let (before, rest) = rows.split_at_mut(number);
            let none = [NEVER; LOOKED_AT];
            self.fill(number, &text[..len], &before.last().unwrap_or(&none)[..], &mut rest[0][..]);
        }
        // From the end: where the best of each row is, left of the one after it.
        let mut places = Vec::with_capacity(rows.len());
        let mut end = len;
        for number in (0..rows.len()).rev() {
            let together = |at: usize| if places.last() == Some(&(at + 1)) { TOGETHER } else { 0 };
            let row = &rows[number];
            let Some(at) = (0..end).max_by_key(|at| (row[*at] + together(*at), std::cmp::Reverse(*at))) else {
                return vec![];
            };
            places.push(at);
            end = at;
        }
        places.reverse();
        places
    }

    /// Whether the word stands in a text as it is, whatever its case.
    pub fn is_in(&self, text: &str) -> bool {
        let Some(first) = self.chars.first() else { return true };
        let mut end = text.len().min(SAID);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        if !self.chars.iter().all(char::is_ascii) {
            let begins = text.char_indices().filter(|(_, c)| lower(*c) == *first);
            let stands = |rest: &str| {
                let mut rest = rest.chars().map(lower);
                self.chars.iter().all(|wanted| rest.next() == Some(*wanted))
            };
            return begins.into_iter().any(|(at, _)| stands(&text[at..]));
        }
        let bytes = text.as_bytes();
        // The fewer places there are to look at, the better.
        let rarest = self.chars[self.rarest] as u8;
        memchr::memchr2_iter(rarest, rarest.to_ascii_uppercase(), bytes).any(|at| {
            let there = at.checked_sub(self.rarest).and_then(|at| bytes.get(at..at + self.chars.len()));
            there.is_some_and(|there| there.iter().zip(&self.chars).all(|(byte, wanted)| byte.folded() == *wanted))
        })
    }

    /// Whether the word's letters are there at all, in order.
    fn has_letters<L: Letter>(&self, text: &[L]) -> bool {
        let mut rest = text.iter();
        !self.chars.is_empty() && self.chars.iter().all(|wanted| rest.any(|letter| letter.folded() == *wanted))
    }

    /// For each character of the text: how well the word's first `number + 1` letters are found when the last of
    /// them is there.
    fn fill<L: Letter>(&self, number: usize, text: &[L], last: &[i32], row: &mut [i32]) {
        let wanted = self.chars[number];
        let mut apart = NEVER;
        for (at, letter) in text.iter().enumerate() {
            if at >= 2 {
                apart = (apart - LONGER_GAP).max(last[at - 2] - GAP);
            }
            row[at] = NEVER;
            if letter.folded() != wanted {
                continue;
            }
            let before = match at.checked_sub(1) {
                _ if number == 0 => 0,
                Some(before) => apart.max(last[before].saturating_add(TOGETHER)),
                None => NEVER,
            };
            if before > NEVER / 2 {
                row[at] = before + MATCH + beginning(text, at, letter);
            }
        }
    }
}

/// How much more a letter counts because a word begins with it.
fn beginning<L: Letter>(text: &[L], at: usize, letter: &L) -> i32 {
    match at.checked_sub(1).map(|before| text[before].plain()) {
        None => BEGINNING + 2,
        Some(before) if !before.is_alphanumeric() => BEGINNING,
        Some(before) if before.is_lowercase() && letter.plain().is_uppercase() => CAPITAL,
        Some(_) => 0,
    }
}

/// A character of a name: most names are ASCII and need not be decoded.
trait Letter {
    /// As it is.
    fn plain(&self) -> char;
    /// In lower case.
    fn folded(&self) -> char;
}

impl Letter for u8 {
    fn plain(&self) -> char {
        char::from(*self)
    }

    fn folded(&self) -> char {
        char::from(self.to_ascii_lowercase())
    }
}

impl Letter for char {
    fn plain(&self) -> char {
        *self
    }

    fn folded(&self) -> char {
        lower(*self)
    }
}

/// The characters of a name that are looked at, and how many there are.
fn look(name: &str) -> ([char; LOOKED_AT], usize) {
    let mut text = ['\0'; LOOKED_AT];
    let mut len = 0;
    for (place, c) in text.iter_mut().zip(name.chars()) {
        *place = c;
        len += 1;
    }
    (text, len)
}

fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use proptest::prelude::*;

    fn word(text: &str) -> Word {
        Query::new(text).words()[0].clone()
    }

    #[test]
    fn what_a_person_means_comes_first() {
        for (typed, better, worse) in [
            ("sum", "get-sum", "resume"),
            ("sum", "sum", "get-sum"),
            ("gs", "get-sum", "digest"),
            ("gs", "getSum", "digest"),
            ("sea", "search_bookmarks", "reset_area"),
            ("book", "search_bookmarks", "b_o_o_k"),
            ("echo", "echo", "echo-everything-again"),
        ] {
            let (better, worse) = (word(typed).score(better), word(typed).score(worse));
            assert!(better.unwrap() > worse.unwrap_or(NEVER), "{typed}: {better:?} {worse:?}");
        }
        assert_eq!(word("xyz").score("get-sum"), None);
        assert_eq!(word("mus").score("get-sum"), None, "letters stand in order");
    }

    #[test]
    fn the_letters_that_were_found_are_known() {
        for (typed, text, places) in [
            ("sum", "get-sum", &[4, 5, 6][..]),
            ("gs", "get-sum", &[0, 4]),
            ("bo sea", "search_bookmarks", &[0, 1, 2, 7, 8]),
            ("Ä", "käse", &[1]),
            ("no", "get-sum", &[]),
            ("", "get-sum", &[]),
        ] {
            assert_eq!(Query::new(typed).places(text), places, "{typed} in {text}");
        }
    }

    #[test]
    fn a_word_is_found_in_prose() {
        assert!(word("Sum").is_in("Returns the sum of two numbers"));
        assert!(!word("sums").is_in("Returns the sum of two numbers"));
        assert!(!word("numbersx").is_in("Returns the sum of two numbers"), "the end is the end");
        assert!(word("ärger").is_in("Viel ÄRGER"));
        assert!(word("ger").is_in("Viel ÄRGER"));
        assert!(!word("x").is_in(&format!("{}x", "ä".repeat(SAID))), "only so far");
    }

    proptest! {
        #[test]
        fn a_letter_counts_as_the_longer_way_has_it(text in "[abAB_. -]{0,32}", typed in "[ab]") {
            let word = word(&typed);
            let mut row = [NEVER; SHORT];
            word.fill(0, text.as_bytes(), &[NEVER; SHORT], &mut row);
            let best = row.into_iter().max().filter(|best| *best > NEVER / 2);
            let whole = if text.len() == 1 { WHOLE } else { 0 };
            prop_assert_eq!(word.score(&text), best.map(|best| best + whole - text.len() as i32 / 8));
        }

        #[test]
        fn a_word_is_found_wherever_it_stands(text in "[abzABZ ä]{0,20}", typed in "[abz]{1,3}") {
            prop_assert_eq!(word(&typed).is_in(&text), text.to_lowercase().contains(&typed));
        }

        #[test]
        fn it_finds_exactly_what_has_the_letters_in_order(text in "[abAB-]{0,12}", typed in "[ab]{1,4}") {
            let mut letters = text.chars();
            let there = typed.chars().all(|c| letters.any(|other| other.to_ascii_lowercase() == c));
            prop_assert_eq!(word(&typed).score(&text).is_some(), there);
            let places = word(&typed).places(&text);
            let read: String = places.iter().map(|at| text.as_bytes()[*at].to_ascii_lowercase() as char).collect();
            prop_assert_eq!(read, if there { typed } else { String::new() });
            prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
        }

        #[test]
        fn names_that_need_no_decoding_are_found_alike(text in "[abAB_.-]{0,140}", typed in "[ab]{1,4}") {
            let (decoded, len) = look(&text);
            let decoded = word(&typed).score_in::<LOOKED_AT, _>(&decoded[..len]);
            prop_assert_eq!(word(&typed).score(&text), decoded);
        }

        #[test]
        fn nothing_makes_it_fail(text in ".{0,300}", typed in ".{0,80}") {
            let query = Query::new(&typed);
            let places = query.places(&text);
            prop_assert!(places.iter().all(|at| *at < text.chars().count()));
            for word in query.words() {
                word.score(&text);
                word.is_in(&text);
            }
        }
    }
}
