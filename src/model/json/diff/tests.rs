//! What `changes` says, and that what it does not say is the same.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::model::json::RawJson;

fn tree(text: &str) -> Tree {
    Tree::new(RawJson::parse(text).unwrap())
}

fn told(old: &str, new: &str) -> String {
    let (old, new) = (tree(old), tree(new));
    let one = |change: &Change| match (change.old, change.new) {
        (Some(a), Some(b)) => format!("{} {} > {}", new.path(b), old.value(a), new.value(b)),
        (Some(a), None) => format!("-{}", old.path(a)),
        (None, Some(b)) => format!("+{}", new.path(b)),
        (None, None) => "?".to_owned(),
    };
    changes(&old, &new).list.iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[test]
fn values_meet_by_name_and_in_order() {
    for (old, new, expected) in [
        (r#"{"a":1,"b":2}"#, r#"{ "b": 2, "a": 1 }"#, ""),
        (r#"{"a":1,"b":[1,2]}"#, r#"{"b":[1,3],"c":null}"#, "-$.a | $.b[1] 2 > 3 | +$.c"),
        ("[1,2,3]", "[0,1,2,3]", "+$[0]"),
        (
            r#"[{"id":1,"n":"a"},{"id":2,"n":"b"}]"#,
            r#"[{"id":2,"n":"B"}]"#,
            r#"$[0].id 1 > 2 | $[0].n "a" > "B" | -$[1]"#,
        ),
        (r#""A""#, r#""A""#, ""),
        (r#"{"\u0061":1}"#, r#"{"a":1}"#, ""),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":3}"#, "$.a 2 > 3"),
        ("1", "1.0", "$ 1 > 1.0"),
        ("{}", "[]", "$ {} > []"),
        (r#"{"a":{}}"#, r#"{"a":{"b":1}}"#, "+$.a.b"),
    ] {
        assert_eq!(told(old, new), expected, "{old} {new}");
    }
}

#[test]
fn the_count_goes_on_where_the_list_ends() {
    let list =
        |from: usize| format!("[{}]", (from..from + 30_000).map(|at| format!("[{at}]")).collect::<Vec<_>>().join(","));
    let found = changes(&tree(&list(0)), &tree(&list(1_000_000)));
    assert_eq!((found.list.len(), found.len()), (TOLD, 30_000));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0u8..4).prop_map(Value::from),
        "[ab\"\\\\é\n]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[abc]{1}", inner), 0..4)
                .prop_map(|list| Value::Object(list.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The text without what is gone or new, and with a mark in the place of what became something else.
fn rest(tree: &Tree, id: NodeId, dropped: &BTreeSet<NodeId>, marked: &BTreeSet<NodeId>) -> Value {
    if marked.contains(&id) {
        return Value::from("changed");
    }
    let kept = || tree.child_ids(id).filter(|child| !dropped.contains(child));
    match tree.kind(id) {
        Kind::Object => {
            let member = |child| (name(tree, child).into_owned(), rest(tree, child, dropped, marked));
            let mut list: Vec<(String, Value)> = kept().map(member).collect();
            list.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(list.into_iter().collect())
        }
        Kind::Array => kept().map(|child| rest(tree, child, dropped, marked)).collect(),
        _ => serde_json::from_str(tree.value(id)).unwrap(),
    }
}

proptest! {
    #[test]
    fn what_is_not_told_is_the_same(old in any_json(), new in any_json()) {
        let (old, new) = (tree(&old.to_string()), tree(&serde_json::to_string_pretty(&new).unwrap()));
        let found = changes(&old, &new);
        let ids = |pick: &dyn Fn(&Change) -> Option<NodeId>| found.list.iter().filter_map(pick).collect::<BTreeSet<_>>();
        let gone = ids(&|one| one.old.filter(|_| one.new.is_none()));
        let come = ids(&|one| one.new.filter(|_| one.old.is_none()));
        let from = ids(&|one| one.old.filter(|_| one.new.is_some()));
        let to = ids(&|one| one.new.filter(|_| one.old.is_some()));
        prop_assert_eq!(rest(&old, 0, &gone, &from), rest(&new, 0, &come, &to));
        for change in &found.list {
            if let (Some(a), Some(b)) = (change.old, change.new) {
                prop_assert_ne!(old.value(a), new.value(b));
            }
        }
        prop_assert_eq!(found.is_empty(), rest(&old, 0, &BTreeSet::new(), &BTreeSet::new()) == rest(&new, 0, &BTreeSet::new(), &BTreeSet::new()));
    }

    #[test]
    fn a_text_is_no_different_from_itself_laid_out(value in any_json()) {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert!(changes(&tree(&value.to_string()), &tree(&pretty)).is_empty());
    }
}
