//! What one check may cost, estimated before it is made.
//!
//! The estimate walks the schema over the value as the validator would, without looking at what the values
//! are, and gives up at a number of steps that grows linearly with the value. Listing what is wrong costs more
//! than finding out that something is: the validator collects every error first, with copies of paths, names
//! and, inside `anyOf` and `oneOf`, of the value. So that has an estimate of its own, in bytes.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::bounds::count;
use super::doc::{self, Doc};
use crate::model::json::depth;

/// Rules that may lie inside each other altogether: the validator recurses over them.
const MAX_LEVELS: usize = 320;
/// The steps of the smallest value's check.
const BASE_STEPS: usize = 200_000;
/// Steps added for each node of the value.
const STEPS_PER_NODE: usize = 60;
/// Matches that had to be given up are tried again with both outcomes assumed, up to some dozens of times.
const RERUNS: usize = 16;
/// Bytes of errors about the smallest value.
const BASE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of errors added for each byte of the value.
const BYTES_PER_BYTE: usize = 64;
/// Bytes of one error, about, without what it quotes.
const ERROR: usize = 256;
/// Bytes of one node of a value.
const NODE: usize = 64;

const TOO_COSTLY: &str = "too large to be checked against this schema";
const TOO_DEEP: &str = "too deeply nested to be checked against this schema";

/// Whether `instance` can be checked; an error says in words why not.
pub(super) fn check(root: &Value, instance: &Value) -> Result<(), &'static str> {
    let nodes = count(instance, usize::MAX);
    let budget = BASE_STEPS.saturating_add(nodes.saturating_mul(STEPS_PER_NODE));
    let mut cost = Cost { doc: Doc::new(root, usize::MAX), steps: budget, reruns: false, errors: None };
    cost.apply(root, instance, At::default())?;
    if cost.reruns && (budget - cost.steps).saturating_mul(RERUNS) > budget {
        return Err(TOO_COSTLY);
    }
    Ok(())
}

/// Whether everything that is wrong with `instance`, which passed [`check`], can be listed.
pub(super) fn can_list(root: &Value, instance: &Value) -> bool {
    let mut errors = Errors { bytes: 0, weights: HashMap::new() };
    let weight = errors.weight(instance);
    errors.bytes = BASE_BYTES.saturating_add(weight.saturating_mul(BYTES_PER_BYTE));
    let mut cost = Cost { doc: Doc::new(root, usize::MAX), steps: usize::MAX, reruns: false, errors: Some(errors) };
    cost.apply(root, instance, At::default()).is_ok()
}

/// Where the walk is.
#[derive(Clone, Copy, Default)]
struct At {
    level: usize,
    /// Bytes of the paths that lead here, in the value and in the schema.
    path: usize,
    /// Inside `anyOf` or `oneOf`, where each error copies the value it is about.
    choice: bool,
}

impl At {
    fn below(self, path: usize) -> Self {
        Self { level: self.level + 1, path: self.path.saturating_add(path).saturating_add(24), choice: self.choice }
    }
}

/// The bytes that errors may take.
struct Errors {
    bytes: usize,
    /// By address: the weights of the values seen so far.
    weights: HashMap<*const Value, usize>,
}

impl Errors {
    /// The bytes that a copy of `value` takes, about.
    fn weight(&mut self, value: &Value) -> usize {
        let id = std::ptr::from_ref(value);
        if let Some(known) = self.weights.get(&id) {
            return *known;
        }
        let weight = match value {
            Value::String(text) => NODE + text.len(),
            Value::Array(list) => NODE + list.iter().map(|value| self.weight(value)).sum::<usize>(),
            Value::Object(map) => {
                NODE + map.iter().map(|(name, value)| NODE + name.len() + self.weight(value)).sum::<usize>()
            }
            _ => NODE,
        };
        // Scalars are weighed faster than remembered.
        if value.is_array() || value.is_object() {
            self.weights.insert(id, weight);
        }
        weight
    }
}

struct Cost<'a> {
    doc: Doc<'a>,
    steps: usize,
    /// Whether a match may be given up.
    reruns: bool,
    /// What errors may weigh; `None` while only the steps count.
    errors: Option<Errors>,
}

impl<'a> Cost<'a> {
    fn pay(&mut self, steps: usize) -> Result<(), &'static str> {
        self.steps = self.steps.checked_sub(steps).ok_or(TOO_COSTLY)?;
        Ok(())
    }

    /// Pays for `schema` on `value`: about at least what the validator will do.
    fn apply(&mut self, schema: &'a Value, value: &Value, at: At) -> Result<(), &'static str> {
        self.pay(1)?;
        if at.level > MAX_LEVELS {
            return Err(TOO_DEEP);
        }
        let Value::Object(map) = schema else {
            return self.pay_errors(None, value, at);
        };
        self.pay_errors(Some(map), value, at)?;
        if let Some(Value::Array(options)) = map.get("enum") {
            self.pay(options.len() / 4)?;
        }
        if let (Some(Value::String(pattern)), Value::String(text)) = (map.get("pattern"), value) {
            self.pay_match(pattern, text.len())?;
        }
        // The validator asks again what was evaluated, once for each level that wants to know.
        let again = map.contains_key("unevaluatedProperties") || map.contains_key("unevaluatedItems");
        let below = At {
            choice: at.choice || map.contains_key("anyOf") || map.contains_key("oneOf"),
            ..at.below(longest_name(map))
        };
        for _ in 0..=usize::from(again && self.errors.is_none()) {
            for part in doc::in_place(map) {
                self.apply(part, value, below)?;
            }
            for key in ["$ref", "$dynamicRef"] {
                let Some(reference) = map.get(key).and_then(Value::as_str) else {
                    continue;
                };
                if let Some(target) = self.doc.target(reference) {
                    self.apply(target, value, at.below(reference.len()))?;
                    continue;
                }
                // A meta-schema: some dozens of rules for each node, some levels for each level.
                self.pay(count(value, usize::MAX).saturating_mul(50))?;
                if at.level + depth(value.to_string().as_bytes()) * 8 > MAX_LEVELS {
                    return Err(TOO_DEEP);
                }
            }
        }
        match value {
            Value::Object(members) => self.members(map, members, at),
            Value::Array(list) => self.elements(map, list, at),
            _ => Ok(()),
        }
    }

    fn members(
        &mut self,
        schema: &'a Map<String, Value>,
        members: &Map<String, Value>,
        at: At,
    ) -> Result<(), &'static str> {
        let named = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        self.pay(named.map_or(0, Map::len) / 16 + required.map_or(0, Vec::len) / 16)?;
        for (name, value) in members {
            let rule = named.and_then(|named| named.get(name));
            if let Some(rule) = rule {
                self.apply(rule, value, at.below(name.len() * 2))?;
            }
            for (pattern, rule) in patterns.into_iter().flatten() {
                self.pay_match(pattern, name.len())?;
                self.apply(rule, value, at.below(name.len() + pattern.len()))?;
            }
            for key in ["additionalProperties", "unevaluatedProperties"] {
                if let Some(rest) = schema.get(key)
                    && rule.is_none()
                {
                    self.apply(rest, value, at.below(name.len() * 2))?;
                }
            }
            if let Some(names) = schema.get("propertyNames") {
                self.apply(names, &Value::String(name.clone()), at.below(0))?;
            }
        }
        Ok(())
    }

    fn elements(&mut self, schema: &'a Map<String, Value>, list: &[Value], at: At) -> Result<(), &'static str> {
        let tuple = ["prefixItems", "items"].into_iter().find_map(|key| schema.get(key)?.as_array());
        for (index, value) in list.iter().enumerate() {
            if let Some(rule) = tuple.and_then(|tuple| tuple.get(index)) {
                self.apply(rule, value, at.below(8))?;
            }
            for key in ["items", "additionalItems", "unevaluatedItems", "contains"] {
                if let Some(rule) = schema.get(key)
                    && !rule.is_array()
                {
                    self.apply(rule, value, at.below(8))?;
                }
            }
        }
        Ok(())
    }

    /// Pays for the errors that the keywords of `schema` itself may have about `value`.
    fn pay_errors(&mut self, schema: Option<&Map<String, Value>>, value: &Value, at: At) -> Result<(), &'static str> {
        let Some(errors) = &mut self.errors else {
            return Ok(());
        };
        let copy = if at.choice { errors.weight(value) } else { 0 };
        let one = ERROR + at.path + copy;
        let mut bytes = one.saturating_add(copy.saturating_mul(2));
        for (key, rule) in schema.into_iter().flatten() {
            let quoted = match (key.as_str(), rule) {
                ("not", rule) => errors.weight(rule),
                (_, Value::String(text))
                    if matches!(key.as_str(), "pattern" | "format" | "contentEncoding" | "contentMediaType") =>
                {
                    text.len()
                }
                ("required", Value::Array(names)) if value.is_object() => names
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|name| value.get(name).is_none())
                    .map(|name| one.saturating_add(name.len()))
                    .fold(0, usize::saturating_add),
                ("dependentRequired" | "dependencies", rule) if value.is_object() => {
                    errors.weight(rule).saturating_add(one.saturating_mul(count(rule, 1_000)))
                }
                ("additionalProperties" | "unevaluatedProperties", Value::Bool(false)) => {
                    value.as_object().map_or(0, |members| members.keys().map(String::len).sum())
                }
                _ => 0,
            };
            bytes = bytes.saturating_add(quoted);
        }
        errors.bytes = errors.bytes.checked_sub(bytes).ok_or(TOO_COSTLY)?;
        Ok(())
    }

    /// Matching is linear in the text, except with look-around and back-references: those may look over the
    /// rest of the text again from every place.
    fn pay_match(&mut self, pattern: &str, len: usize) -> Result<(), &'static str> {
        let linear = len / 8 + 1;
        let looks_around = ["(?=", "(?!", "(?<", "(?>", "\\k"].iter().any(|sign| pattern.contains(sign));
        let refers_back = pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
        if !looks_around && !refers_back {
            return self.pay(linear);
        }
        self.reruns = true;
        self.pay(linear.saturating_add(len.saturating_mul(len) / 64))
    }
}

/// The longest name of a part of `schema` that is about the value itself: it becomes a part of paths.
fn longest_name(schema: &Map<String, Value>) -> usize {
    ["dependentSchemas", "dependencies"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_object())
        .flat_map(Map::keys)
        .map(String::len)
        .max()
        .unwrap_or(0)
}
