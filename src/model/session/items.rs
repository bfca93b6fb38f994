//! The items of a list: [`Items`], in the server's order and found by name without going through all of them.

use std::ops::Deref;

use super::Item;

/// Items, and where each name stands among them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Items {
    items: Vec<Item>,
    /// The places of those that have a name, in the order of the names; of equals the first one first.
    by_name: Vec<u32>,
}

impl Items {
    /// The place of the item with this name; the first one when a server repeats a name.
    pub fn place(&self, name: &str) -> Option<usize> {
        let name_of = |place: &u32| self.items[*place as usize].key();
        let found = self.by_name.partition_point(|place| name_of(place) < Some(name));
        let place = self.by_name.get(found)?;
        (name_of(place) == Some(name)).then_some(*place as usize)
    }
}

impl From<Vec<Item>> for Items {
    fn from(items: Vec<Item>) -> Items {
        let mut by_name: Vec<u32> = (0..items.len() as u32).filter(|at| items[*at as usize].key().is_some()).collect();
        by_name.sort_by_key(|at| items[*at as usize].key());
        Items { items, by_name }
    }
}

impl Deref for Items {
    type Target = [Item];

    fn deref(&self) -> &[Item] {
        &self.items
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Item;
    type IntoIter = std::slice::Iter<'a, Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::ListKind;
    use crate::model::json::RawJson;

    #[test]
    fn a_name_is_found_where_it_stands_first() {
        let read = |raw: &str| Item::read(ListKind::Prompts, RawJson::parse(raw).expect("JSON"));
        let raws = [r#"{"name":"b"}"#, r#"{"name":7}"#, r#"{"name":"a"}"#, r#"{"name":"b"}"#, r#"{"name":"ab"}"#];
        let items = Items::from(raws.map(read).to_vec());
        for (name, place) in [("a", Some(2)), ("ab", Some(4)), ("b", Some(0)), ("", None), ("c", None), ("aa", None)] {
            assert_eq!(items.place(name), place, "{name}");
        }
        assert_eq!(Items::default().place("a"), None);
    }
}
