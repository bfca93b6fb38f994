//! The files that can go with a message: [`Near`], what was listed and what fits what is typed. Found once for each
//! text, not for each frame.

use std::sync::Arc;

use crate::model::fuzzy::{Query, Word};
use crate::tui::nearby::{Listing, NearFile};

/// A word that is found in the name of a file counts this much more than one that is found in its path.
const IN_NAME: i32 = 40;

/// The files that can go with a message.
#[derive(Clone, Debug, Default)]
pub struct Near {
    listing: Arc<Listing>,
    /// Whether they are being listed.
    pub looking: bool,
    typed: Option<String>,
    found: Vec<(i32, usize)>,
}

impl Near {
    /// Takes a listing over.
    pub fn put(&mut self, listing: Arc<Listing>) {
        (self.listing, self.looking) = (listing, false);
        if let Some(typed) = self.typed.take() {
            self.seek(&typed);
        }
    }

    /// Finds what fits; the best first, at most 50.
    pub fn seek(&mut self, typed: &str) {
        if self.typed.as_deref() == Some(typed) {
            return;
        }
        let query = Query::new(typed);
        let files = self.listing.files.iter().enumerate();
        let mut found: Vec<(i32, usize)> =
            files.filter_map(|(at, file)| Some((score(&query, &file.path)?, at))).collect();
        // Of equals the nearer one, which was listed first.
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        found.truncate(50);
        (self.typed, self.found) = (Some(typed.to_owned()), found);
    }

    /// What was found last, with how well it fits.
    pub fn found(&self) -> impl Iterator<Item = (i32, &NearFile)> {
        self.found.iter().filter_map(|(score, at)| Some((*score, self.listing.files.get(*at)?)))
    }
}

/// How well a path is meant.
pub fn score(query: &Query, path: &str) -> Option<i32> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let one = |word: &Word| word.score(name).map(|score| score + IN_NAME).or_else(|| word.score(path));
    query.words().iter().try_fold(0, |sum, word| Some(sum + one(word)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_more_than_directories_and_near_more_than_far() {
        let file = |path: &str| NearFile { path: path.into(), size: 1 };
        let files = ["README.md", "main/other.txt", "src/main.rs", "src/deep/main.rs"].map(file).to_vec();
        let mut near = Near::default();
        near.put(Arc::new(Listing { files, cut: false }));
        for (typed, expected) in [
            ("", vec!["README.md", "main/other.txt", "src/main.rs", "src/deep/main.rs"]),
            ("main", vec!["src/main.rs", "src/deep/main.rs", "main/other.txt"]),
            ("src/ma", vec!["src/main.rs", "src/deep/main.rs"]),
            ("rdm", vec!["README.md", "src/deep/main.rs"]),
            ("zzz", vec![]),
        ] {
            near.seek(typed);
            let found: Vec<&str> = near.found().map(|(_, file)| file.path.as_str()).collect();
            assert_eq!(found, expected, "{typed}");
        }
    }
}
