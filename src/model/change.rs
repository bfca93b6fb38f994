//! What became different between two fetches of one list: [`ListChange`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::session::Item;

/// Names of one sort that a sentence has room for.
const NAMED: usize = 5;

/// The names of items that came, went, or are not what they were. In the order of the lists.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListChange {
    /// Names that were not there before.
    pub added: Vec<String>,
    /// Names that are not there any more.
    pub removed: Vec<String>,
    /// Names whose items are spelled differently now.
    pub changed: Vec<String>,
}

impl ListChange {
    /// What is different in `new`. Malformed items have no name, and the first of a repeated name counts.
    pub fn between(old: &[Item], new: &[Item]) -> ListChange {
        let (before, after) = (by_name(old), by_name(new));
        let mut change = ListChange::default();
        let mut seen = BTreeSet::new();
        for key in new.iter().filter_map(Item::key).filter(|key| seen.insert(*key)) {
            match before.get(key) {
                None => change.added.push(key.to_owned()),
                Some(item) if after.get(key).is_some_and(|now| now.raw() != item.raw()) => {
                    change.changed.push(key.to_owned());
                }
                Some(_) => {}
            }
        }
        let mut seen = BTreeSet::new();
        let gone = old.iter().filter_map(Item::key).filter(|key| seen.insert(*key) && !after.contains_key(key));
        change.removed = gone.map(str::to_owned).collect();
        change
    }

    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

fn by_name(items: &[Item]) -> BTreeMap<&str, &Item> {
    // Backwards, so that the first of a repeated name stays.
    items.iter().rev().filter_map(|item| Some((item.key()?, item))).collect()
}

/// `+a −b ~c`; long ones end in `… 12 more`.
impl fmt::Display for ListChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (mark, names) in [('+', &self.added), ('−', &self.removed), ('~', &self.changed)] {
            for name in names.iter().take(NAMED) {
                write!(f, "{between}{mark}{name}")?;
                between = " ";
            }
            if names.len() > NAMED {
                write!(f, " {mark}… {} more", names.len() - NAMED)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::model::call::ListKind;
    use crate::model::json::RawJson;

    fn items(list: &[(&str, &str)]) -> Vec<Item> {
        let item = |(name, text): &(&str, &str)| {
            let raw = format!(r#"{{"name":"{name}","description":"{text}","inputSchema":{{}}}}"#);
            Item::read(ListKind::Tools, RawJson::parse(raw).unwrap())
        };
        list.iter().map(item).collect()
    }

    #[test]
    fn what_came_went_and_changed_is_named() {
        let old = items(&[("a", "1"), ("b", "1"), ("c", "1"), ("c", "2")]);
        for (new, shown) in [
            (items(&[("a", "1"), ("b", "1"), ("c", "1")]), ""),
            (items(&[("c", "1"), ("b", "1"), ("a", "1")]), ""),
            (items(&[("n", "1"), ("b", "2"), ("c", "1")]), "+n −a ~b"),
            (items(&[]), "−a −b −c"),
        ] {
            let change = ListChange::between(&old, &new);
            assert_eq!(change.to_string(), shown);
            assert_eq!(change.is_empty(), shown.is_empty());
        }
        let many: Vec<String> = (0..8).map(|n| format!("t{n}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
        assert_eq!(ListChange::between(&[], &items(&many)).to_string(), "+t0 +t1 +t2 +t3 +t4 +… 3 more");
    }
}
