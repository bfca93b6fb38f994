//! The tree against `serde_json`, and against hostile shapes.

use proptest::prelude::*;
use serde_json::Value;

use super::find::{Needle, Sought};
use super::path::Step;
use super::*;

fn tree(text: &str) -> Tree {
    Tree::new(RawJson::parse(text).expect("valid JSON"))
}

/// All values with their paths, in the order of the text.
fn walk(tree: &Tree) -> Vec<(String, String)> {
    (0..tree.len() as NodeId).map(|id| (tree.path(id), tree.value(id).to_owned())).collect()
}

#[test]
fn every_value_has_its_path_and_its_text() {
    let tree = tree(r#" {"a" : [1.0, {"b c":null}, []], "a":"x\"y", "ä":{}, "q\"":true} "#);
    let expected = [
        ("$", r#"{"a" : [1.0, {"b c":null}, []], "a":"x\"y", "ä":{}, "q\"":true}"#),
        ("$.a", r#"[1.0, {"b c":null}, []]"#),
        ("$.a[0]", "1.0"),
        ("$.a[1]", r#"{"b c":null}"#),
        (r#"$.a[1]["b c"]"#, "null"),
        ("$.a[2]", "[]"),
        ("$.a", r#""x\"y""#),
        (r#"$["ä"]"#, "{}"),
        (r#"$["q\""]"#, "true"),
    ];
    let expected: Vec<_> = expected.map(|(path, value)| (path.to_owned(), value.to_owned())).into();
    assert_eq!(walk(&tree), expected);
    assert_eq!((tree.children(0), tree.children(1), tree.children(5), tree.children(2)), (4, 3, 0, 0));
    assert_eq!((tree.after(1), tree.first_child(5), tree.depth(4)), (Some(6), None, 3));
    assert_eq!(tree.left_out(), None);
}

#[test]
fn a_scalar_is_a_tree_too() {
    for text in ["1", "\"a\"", "null", "[]", "{}"] {
        let tree = tree(text);
        assert_eq!((tree.len(), tree.value(0), tree.path(0).as_str(), tree.is_sealed(0)), (1, text, "$", false));
    }
}

#[test]
fn places_lead_back_to_values() {
    let tree = tree(r#"{"a":[{"b":1},{"b":2}],"a":[7]}"#);
    let member = |name: &str| Step::Member(name.to_owned());
    assert_eq!(tree.value(tree.locate(&[member("a"), Step::Element(0)])), "7", "the last of two names");
    assert_eq!(tree.value(tree.locate(&[member("a"), Step::Element(9)])), "[7]", "as far as it goes");
    assert_eq!(tree.locate(&[member("x")]), 0);
    assert_eq!(tree.locate(&[]), 0);
}

#[test]
fn a_byte_belongs_to_its_value_or_its_name() {
    let text = r#"{"name":"Ann","list":[10,20]}"#;
    let tree = tree(text);
    for (what, path) in [("name", "$.name"), ("Ann", "$.name"), ("list", "$.list"), ("20", "$.list[1]")] {
        let at = text.find(what).expect("it is there");
        assert_eq!(tree.path(tree.at(at)), path, "{what}");
    }
}

#[test]
fn what_is_beyond_the_bounds_is_told() {
    let text = format!("[{}]", vec!["1"; 100].join(","));
    let cut = Tree::bounded(RawJson::parse(text.as_str()).expect("JSON"), 11);
    assert_eq!((cut.len(), cut.children(0)), (11, 10));
    assert_eq!(cut.left_out(), Some(text.len() - 21));
    assert_eq!(cut.after(0), None);
}

#[test]
fn levels_without_end_are_sealed_and_can_be_opened_on_their_own() {
    let levels = 1_000_000;
    let deep = tree(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    assert_eq!(deep.len(), MAX_DEPTH + 1);
    let last = MAX_DEPTH as NodeId;
    assert!(deep.is_sealed(last) && !deep.is_sealed(0));
    let inner = tree(deep.value(last));
    assert_eq!(inner.text().as_str().len(), 2 * (levels - MAX_DEPTH));
}

#[test]
fn searching_goes_a_slice_at_a_time_both_ways() {
    let text = format!("{}Needle{}needle{}", "x".repeat(1_000), "y".repeat(1_000), "z".repeat(10));
    let bytes = text.as_bytes();
    let any = Needle::new("needle", false).expect("a needle");
    let exact = Needle::new("Needle", false).expect("a needle");
    assert_eq!(any.forward(bytes, 0, 1_000), Sought::Until(1_000));
    assert_eq!(any.forward(bytes, 0, 1_001), Sought::At(1_000), "across the end of the slice");
    assert_eq!(any.forward(bytes, 1_001, usize::MAX), Sought::At(2_006));
    assert_eq!(exact.forward(bytes, 1_001, usize::MAX), Sought::Nowhere);
    assert_eq!(any.backward(bytes, 2_006, usize::MAX), Sought::At(1_000));
    assert_eq!(any.backward(bytes, 2_007, 1), Sought::At(2_006));
    assert_eq!(any.backward(bytes, 1_000, 10), Sought::Until(990));
    assert_eq!(any.backward(bytes, 1_000, 1_000), Sought::Nowhere);
    assert_eq!(Needle::new("", true), None);
}

#[test]
fn json_is_searched_as_it_may_be_spelled() {
    for (needle, text) in [
        ("ä", r#""\u00E4""#),
        ("a\"b", r#""a\"b""#),
        ("a\nb", r#""A\nB""#),
        ("😀", r#""\ud83d\ude00""#),
        ("ä", "\"ä\""),
    ] {
        let needle = Needle::new(needle, true).expect("a needle");
        assert_eq!(needle.forward(text.as_bytes(), 0, 100), Sought::At(1), "{text}");
    }
    let needle = Needle::new("an", false).expect("a needle");
    assert_eq!(needle.places("Ananas än"), vec![0..2, 2..4]);
}

/// Any JSON, not too large.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,4}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn it_agrees_with_serde_json(value in value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("JSON");
        let tree = tree(&text);
        prop_assert_eq!(tree.len(), count(&value));
        for id in 0..tree.len() as NodeId {
            let part: Value = serde_json::from_str(tree.value(id)).expect("a value is JSON");
            let mut expected = &value;
            let mut way: Vec<NodeId> = std::iter::once(id).chain(tree.ancestors(id)).filter(|id| *id > 0).collect();
            way.reverse();
            for step in way {
                expected = match tree.key(step) {
                    Some(key) => &expected[serde_json::from_str::<String>(key).expect("a name is a string")],
                    None => &expected[tree.ordinal(step) as usize],
                };
            }
            prop_assert_eq!(&part, expected);
            prop_assert_eq!(tree.at(tree.start(id)), id);
            prop_assert_eq!(tree.child_ids(id).count(), tree.children(id) as usize);
        }
    }

    #[test]
    fn searching_both_ways_finds_the_same(text in "[ab\\\\A\"]{0,40}", needle in "[ab]{1,3}", budget in 1usize..50) {
        let needle = Needle::new(&needle, false).expect("not empty");
        let bytes = text.as_bytes();
        let mut forward = Vec::new();
        let mut at = 0;
        loop {
            match needle.forward(bytes, at, budget) {
                Sought::At(hit) => { forward.push(hit); at = hit + 1; }
                Sought::Until(next) => at = next,
                Sought::Nowhere => break,
            }
        }
        let mut backward = Vec::new();
        let mut at = bytes.len();
        loop {
            match needle.backward(bytes, at, budget) {
                Sought::At(hit) => { backward.push(hit); at = hit; }
                Sought::Until(next) => at = next,
                Sought::Nowhere => break,
            }
        }
        backward.reverse();
        prop_assert_eq!(forward, backward);
    }
}
