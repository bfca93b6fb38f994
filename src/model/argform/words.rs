//! Schemas in plain words: what a value is called and what is allowed.

use std::fmt::Write as _;

use serde_json::Value;

use super::shape::{Kind, Spot, Type};

/// Characters of a pattern that are shown.
const PATTERN: usize = 60;

/// What a type is called.
pub(super) fn of_type(one: Type) -> &'static str {
    match one {
        Type::String => "text",
        Type::Number => "number",
        Type::Integer => "whole number",
        Type::Boolean => "yes or no",
        Type::Object => "object",
        Type::Array => "list",
        Type::Null => "null",
    }
}

/// What a kind is called; `inside` names what a list or a map is made of.
pub(super) fn noun(kind: &Kind, inside: impl Fn(&Spot) -> String) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Number { integer } => of_type(if *integer { Type::Integer } else { Type::Number }).into(),
        Kind::Boolean => "yes or no".into(),
        Kind::Choice(choices) => format!("one of {}", choices.len()),
        Kind::Const(json) if json == "null" => "null".into(),
        Kind::Const(_) => "always this".into(),
        Kind::Array { first, items } if !first.is_empty() => {
            let more = if items.is_some() { " or more" } else { "" };
            format!("list of {}{more}", first.len())
        }
        Kind::Array { items, .. } => match items.as_ref().map(inside).filter(|noun| !noun.is_empty() && noun != "JSON")
        {
            Some(noun) => format!("list of {}", several(&noun)),
            None => "list".into(),
        },
        Kind::Object { .. } => "object".into(),
        Kind::Variants(list) => format!("one of {} forms", list.len()),
        Kind::Json => "JSON".into(),
    }
}

/// What several of a kind are called.
fn several(noun: &str) -> String {
    match noun {
        "text" | "number" | "whole number" | "object" | "list" => format!("{noun}s"),
        _ => match noun.strip_prefix("list of ") {
            Some(inner) => format!("lists of {inner}"),
            None => noun.to_owned(),
        },
    }
}

/// What is allowed, as the keywords of the schema say it.
pub(super) fn limits<'a>(kind: &Kind, say: impl Fn(&str) -> Option<&'a Value>) -> String {
    let number = |key: &str| say(key).filter(|value| value.is_number());
    let range = |low: &str, high: &str, unit: &str| {
        let plural = |value: &Value| if value == &Value::from(1) || unit.is_empty() { "" } else { "s" };
        let space = if unit.is_empty() { "" } else { " " };
        match (number(low), number(high)) {
            (Some(low), Some(high)) if low == high => format!("exactly {low}{space}{unit}{}", plural(low)),
            (Some(low), Some(high)) => format!("{low} to {high}{space}{unit}{}", plural(high)),
            (Some(low), None) => format!("at least {low}{space}{unit}{}", plural(low)),
            (None, Some(high)) => format!("at most {high}{space}{unit}{}", plural(high)),
            (None, None) => String::new(),
        }
    };
    let mut parts = Vec::new();
    match kind {
        Kind::Text => {
            parts.extend(say("format").and_then(Value::as_str).map(|format| cut(format, PATTERN)));
            parts.push(range("minLength", "maxLength", "character"));
            parts.extend(
                say("pattern").and_then(Value::as_str).map(|pattern| format!("like /{}/", cut(pattern, PATTERN))),
            );
        }
        Kind::Number { .. } => {
            parts.push(range("minimum", "maximum", ""));
            parts.extend(number("exclusiveMinimum").map(|limit| format!("more than {limit}")));
            parts.extend(number("exclusiveMaximum").map(|limit| format!("less than {limit}")));
            parts.extend(number("multipleOf").map(|step| format!("in steps of {step}")));
        }
        Kind::Array { .. } => {
            parts.push(range("minItems", "maxItems", "element"));
            if say("uniqueItems") == Some(&Value::Bool(true)) {
                parts.push("all different".into());
            }
        }
        Kind::Object { .. } => parts.push(range("minProperties", "maxProperties", "member")),
        Kind::Boolean | Kind::Choice(_) | Kind::Const(_) | Kind::Variants(_) | Kind::Json => {}
    }
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let _ = write!(out, "{}{part}", if out.is_empty() { "" } else { ", " });
    }
    out
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
