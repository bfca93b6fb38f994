//! One spelling for JSON that means the same: [`canonical`], for comparing and hashing.

use std::borrow::Cow;

use serde_json::Value;

use super::scan::{decoded, elements, members};
use super::{MAX_VALUE_DEPTH, depth};

/// `json` without white space outside strings, members sorted by name, strings in one spelling. Numbers stay as they
/// are spelled: whether `1` and `1.0` are the same is for whoever reads them. Of duplicate members all stay, in their
/// order. Text that is deeper than values may be comes back as it is.
pub fn canonical(json: &str) -> Cow<'_, str> {
    if depth(json.as_bytes()) > MAX_VALUE_DEPTH {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    write(json.trim(), &mut out);
    Cow::Owned(out)
}

fn write(json: &str, out: &mut String) {
    match json.bytes().next() {
        Some(b'{') => {
            let mut list: Vec<(Cow<'_, str>, &str)> =
                members(json).map(|(key, value)| (decoded(key).unwrap_or(Cow::Borrowed(key)), value)).collect();
            // Stable: duplicates keep their order.
            list.sort_by(|left, right| left.0.cmp(&right.0));
            out.push('{');
            for (n, (key, value)) in list.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_ref()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Some(b'[') => {
            out.push('[');
            for (n, element) in elements(json).enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        // An escape that stands for half a character has no other spelling.
        Some(b'"') => match decoded(json) {
            Some(text) => out.push_str(&Value::from(text.as_ref()).to_string()),
            None => out.push_str(json),
        },
        _ => out.push_str(json),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use proptest::prelude::*;

    use super::*;
    use crate::model::json::RawJson;

    #[test]
    fn what_means_the_same_is_spelled_the_same_and_nothing_else() {
        for (left, right, same) in [
            (r#"{"a":1,"b":[1, 2]}"#, r#" { "b":[1,2],"a" : 1 } "#, true),
            (r#"{"a":{"d":1,"c":2}}"#, r#"{"a":{"c":2,"d":1}}"#, true),
            (r#""é""#, "\"\\u00e9\"", true),
            (r#"{"\u0061":1}"#, r#"{"a":1}"#, true),
            ("[1,2]", "[2,1]", false),
            ("1", "1.0", false),
            ("1e400", "2e400", false),
            (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#, false),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, false),
            (r#""\ud800""#, r#""\ud801""#, false),
            (r#""a""#, "\"a\u{200b}\"", false),
            ("{}", "[]", false),
            ("\"{}\"", "{}", false),
        ] {
            assert_eq!(canonical(left) == canonical(right), same, "{left} {right}");
        }
    }

    #[test]
    fn any_depth_is_fine() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(canonical(&deep), deep);
    }

    proptest! {
        #[test]
        fn it_says_the_same_as_before_and_says_it_once(value in json_value()) {
            let text = value.to_string();
            let one = canonical(&text).into_owned();
            prop_assert_eq!(canonical(&one), one.as_str());
            prop_assert_eq!(RawJson::parse(one).unwrap().to_value().unwrap(), value);
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,6}|[\"\\\\\n]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[a-c\"é]{0,2}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
