//! What `expect` compares.

use serde_json::Value;

use crate::model::json::{RawJson, compact};

/// Characters of a value that a message shows.
const SHOWN: usize = 200;

/// What must hold of a value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Test {
    /// It is this value. Numbers are equal when they are the same number, objects whatever their order.
    Equals(RawJson),
    /// A string has this part, an array this element, an object these members.
    Contains(RawJson),
}

/// Whether it holds; the error says what there was instead.
pub(super) fn check(value: &RawJson, test: &Test) -> Result<(), String> {
    let parse = |raw: &RawJson| raw.to_value().map_err(|why| why.to_string());
    let got = parse(value)?;
    let (holds, verb, wanted) = match test {
        Test::Equals(wanted) => (same(&got, &parse(wanted)?), "equal", wanted),
        Test::Contains(part) => (contains(&got, &parse(part)?), "contain", part),
    };
    if holds {
        return Ok(());
    }
    let shown = |raw: &RawJson| compact(raw.as_str(), SHOWN);
    Err(format!("expected to {verb} {}, got {}", shown(wanted), shown(value)))
}

/// Equal as JSON: `8` and `8.0` are one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || ((left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
        (Value::Array(items), _) => items.iter().any(|item| same(item, part)),
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| same(whole, part)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_json() {
        let raw = |text: &str| RawJson::parse(text).expect("valid");
        for (value, wanted, equal, holds) in [
            ("8", "8.0", true, false),
            ("8", "\"8\"", false, false),
            ("18446744073709551615", "18446744073709551614", false, false),
            (r#"{"a":1,"b":[2.0]}"#, r#"{"b":[2],"a":1}"#, true, true),
            (r#"{"a":1,"b":2}"#, r#"{"a":1.0}"#, false, true),
            (r#""abc""#, r#""b""#, false, true),
            ("[1,2,3]", "2", false, true),
            ("null", "null", true, false),
        ] {
            assert_eq!(check(&raw(value), &Test::Equals(raw(wanted))).is_ok(), equal, "{value} = {wanted}");
            assert_eq!(check(&raw(value), &Test::Contains(raw(wanted))).is_ok(), holds, "{value} has {wanted}");
        }
        let why = check(&raw("1"), &Test::Equals(raw("2"))).expect_err("differs");
        assert_eq!(why, "expected to equal 2, got 1");
    }
}
