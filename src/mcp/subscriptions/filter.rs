//! The filter of `subscriptions/listen`: what is wished, and what a server agreed to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::call::ListKind;
use crate::model::json::RawJson;

/// The lists that have changes, with what a filter calls them.
pub(super) const LISTS: [(ListKind, &str); 3] = [
    (ListKind::Tools, "toolsListChanged"),
    (ListKind::Prompts, "promptsListChanged"),
    (ListKind::Resources, "resourcesListChanged"),
];

/// What is wanted, or what a server agreed to.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Filter {
    pub(super) lists: BTreeSet<ListKind>,
    pub(super) uris: BTreeSet<String>,
    pub(super) tasks: BTreeSet<String>,
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.uris.is_empty() && self.tasks.is_empty()
    }

    pub(super) fn params(&self) -> RawJson {
        let mut filter = Map::new();
        for (_, name) in LISTS.iter().filter(|(kind, _)| self.lists.contains(kind)) {
            filter.insert((*name).to_owned(), true.into());
        }
        if !self.uris.is_empty() {
            filter.insert("resourceSubscriptions".into(), self.uris.iter().cloned().collect());
        }
        if !self.tasks.is_empty() {
            filter.insert("taskIds".into(), self.tasks.iter().cloned().collect());
        }
        RawJson::from_value(&serde_json::json!({"notifications": Value::from(filter)}))
    }

    /// Reads what was acknowledged.
    pub(super) fn read(filter: &RawJson) -> Filter {
        let on = |name: &str| filter.get(name).is_some_and(|flag| flag.trim() == "true");
        let lists = LISTS.iter().filter(|(_, name)| on(name)).map(|(kind, _)| *kind).collect();
        let texts =
            |name: &str| filter.get(name).and_then(|texts| serde_json::from_str(texts).ok()).unwrap_or_default();
        Filter { lists, uris: texts("resourceSubscriptions"), tasks: texts("taskIds") }
    }

    /// What of this is not in `agreed`, for a person.
    pub(super) fn without(&self, agreed: &Filter) -> Vec<String> {
        let lists = self.lists.difference(&agreed.lists).map(|kind| format!("the list of {}", kind.noun()));
        lists.chain(self.uris.difference(&agreed.uris).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn a_filter_goes_out_and_comes_back() {
        let wanted = Filter {
            lists: [ListKind::Tools, ListKind::Resources].into(),
            uris: ["a:1".to_owned(), "a:2".to_owned()].into(),
            tasks: ["t".to_owned()].into(),
        };
        let params = wanted.params();
        assert_eq!(
            params.as_str(),
            r#"{"notifications":{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["a:1","a:2"],"taskIds":["t"]}}"#
        );
        let filter = RawJson::parse(params.get("notifications").unwrap().to_owned()).unwrap();
        assert_eq!(Filter::read(&filter), wanted);
        let less = RawJson::parse(r#"{"toolsListChanged":true,"resourceSubscriptions":["a:2","b"]}"#).unwrap();
        assert_eq!(wanted.without(&Filter::read(&less)), ["the list of resources", "a:1"]);
    }
}
