//! What a schema may cost: bounds on it, and an estimate of each check before it is made.
//!
//! The validator follows references by recursion and has no limit of its own, so a small schema could make it
//! run for years (`allOf` of two references, twenty levels deep) or overflow the stack. The estimate walks the
//! schema over the value as the validator would, without looking at what the values are, and gives up at a
//! number of steps that grows linearly with the value.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::doc::{self, Doc};
use super::{MAX_NODES, SchemaError};
use crate::model::json::depth;

/// Rules that may apply to one value through `allOf`, `$ref` and their like, counted with repetitions.
const MAX_EXPANSION: usize = 20_000;
/// Rules that may lie inside each other on one value.
const MAX_CHAIN: usize = 64;
/// Regular expressions in one schema.
const MAX_PATTERNS: usize = 200;
/// Rules that may lie inside each other altogether: the validator recurses over them.
const MAX_LEVELS: usize = 320;
/// The steps of the smallest value's check.
const BASE_STEPS: usize = 200_000;
/// Steps added for each node of the value.
const STEPS_PER_NODE: usize = 60;

const TOO_COSTLY: &str = "too large to be checked against this schema";
const TOO_DEEP: &str = "too deeply nested to be checked against this schema";

/// Checks everything that can be known without a value.
pub(super) fn check_schema(root: &Value) -> Result<(), SchemaError> {
    let nodes = count(root, MAX_NODES);
    if nodes > MAX_NODES {
        return Err(SchemaError::TooLarge {
            what: "too many parts".to_owned(),
            limit: MAX_NODES,
        });
    }
    let mut check = Check {
        doc: Doc::new(root, usize::MAX),
        done: HashMap::new(),
        open: HashSet::new(),
        patterns: 0,
        references: false,
        embedded: false,
    };
    let mut seen = HashSet::new();
    let mut todo = vec![root];
    while let Some(schema) = todo.pop() {
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        check.rules(schema, 0)?;
        let Value::Object(map) = schema else {
            continue;
        };
        check.count_patterns(schema)?;
        if !std::ptr::eq(schema, root) {
            check.embedded |= map
                .get("$id")
                .and_then(Value::as_str)
                .is_some_and(|id| !id.starts_with('#'));
        }
        todo.extend(check.target(schema)?);
        todo.extend(doc::in_place(map));
        todo.extend(doc::below(map));
    }
    if check.references && check.embedded {
        // The meaning of a reference would depend on where it stands.
        return Err(SchemaError::Unsupported(
            "an `$id` below its root together with references".to_owned(),
        ));
    }
    Ok(())
}

struct Check<'a> {
    doc: Doc<'a>,
    /// Rules on one value that each schema stands for, once known.
    done: HashMap<*const Value, usize>,
    /// The schemas that are being counted.
    open: HashSet<*const Value>,
    patterns: usize,
    references: bool,
    embedded: bool,
}

impl<'a> Check<'a> {
    /// How many rules `schema` puts on one value.
    fn rules(&mut self, schema: &'a Value, chain: usize) -> Result<usize, SchemaError> {
        let Value::Object(map) = schema else {
            return Ok(1);
        };
        let id = std::ptr::from_ref(schema);
        if let Some(known) = self.done.get(&id) {
            return Ok(*known);
        }
        if chain > MAX_CHAIN {
            return Err(SchemaError::TooLarge {
                what: "too many rules inside each other".to_owned(),
                limit: MAX_CHAIN,
            });
        }
        if !self.open.insert(id) {
            let at = doc::reference(schema).unwrap_or("a rule inside itself");
            return Err(SchemaError::Endless(at.to_owned()));
        }
        let mut sum = 1;
        for part in doc::in_place(map).chain(self.target(schema)?) {
            sum += self.rules(part, chain + 1)?;
            if sum > MAX_EXPANSION {
                return Err(SchemaError::TooLarge {
                    what: "too many rules for one value".to_owned(),
                    limit: MAX_EXPANSION,
                });
            }
        }
        self.open.remove(&id);
        self.done.insert(id, sum);
        Ok(sum)
    }

    /// Where the reference of `schema` points, if it has one. The known meta-schemas are leaves.
    fn target(&mut self, schema: &Value) -> Result<Option<&'a Value>, SchemaError> {
        let mut found = None;
        for key in ["$ref", "$dynamicRef"] {
            let Some(reference) = schema.get(key).and_then(Value::as_str) else {
                continue;
            };
            self.references = true;
            if is_meta_schema(reference) {
                continue;
            }
            match self.doc.target(reference) {
                Some(target) if found.is_none() => found = Some(target),
                Some(_) => {
                    return Err(SchemaError::Unsupported(
                        "`$ref` beside `$dynamicRef`".to_owned(),
                    ));
                }
                None if reference.starts_with('#') => {
                    return Err(SchemaError::Dangling(reference.to_owned()));
                }
                None => return Err(SchemaError::Remote(reference.to_owned())),
            }
        }
        if schema.get("$recursiveRef").is_some() {
            return Err(SchemaError::Unsupported("`$recursiveRef`".to_owned()));
        }
        Ok(found)
    }

    fn count_patterns(&mut self, schema: &Value) -> Result<(), SchemaError> {
        self.patterns += usize::from(schema.get("pattern").is_some());
        self.patterns += schema
            .get("patternProperties")
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len);
        if self.patterns > MAX_PATTERNS {
            return Err(SchemaError::TooLarge {
                what: "too many regular expressions".to_owned(),
                limit: MAX_PATTERNS,
            });
        }
        Ok(())
    }
}

/// The validator carries these with it.
fn is_meta_schema(reference: &str) -> bool {
    matches!(
        reference.trim_end_matches('#'),
        "https://json-schema.org/draft/2020-12/schema" | "http://json-schema.org/draft-07/schema"
    )
}

/// The nodes of `value`, counted up to a little more than `limit`.
fn count(value: &Value, limit: usize) -> usize {
    let mut nodes = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        nodes += 1;
        if nodes > limit {
            break;
        }
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.values()),
            _ => {}
        }
    }
    nodes
}

/// Estimates what checking `instance` costs; an error says in words why it is not done.
pub(super) fn check_cost(root: &Value, instance: &Value) -> Result<(), &'static str> {
    let nodes = count(instance, usize::MAX);
    let mut cost = Cost {
        doc: Doc::new(root, usize::MAX),
        left: BASE_STEPS.saturating_add(nodes.saturating_mul(STEPS_PER_NODE)),
    };
    cost.apply(root, instance, 0)
}

struct Cost<'a> {
    doc: Doc<'a>,
    left: usize,
}

impl<'a> Cost<'a> {
    fn pay(&mut self, steps: usize) -> Result<(), &'static str> {
        self.left = self.left.checked_sub(steps).ok_or(TOO_COSTLY)?;
        Ok(())
    }

    /// Pays for `schema` on `value`: always at least what the validator will do.
    fn apply(
        &mut self,
        schema: &'a Value,
        value: &Value,
        level: usize,
    ) -> Result<(), &'static str> {
        self.pay(1)?;
        if level > MAX_LEVELS {
            return Err(TOO_DEEP);
        }
        let Value::Object(map) = schema else {
            return Ok(());
        };
        if let Some(Value::Array(options)) = map.get("enum") {
            self.pay(options.len() / 4)?;
        }
        if let (Some(Value::String(pattern)), Value::String(text)) = (map.get("pattern"), value) {
            self.pay(pattern_cost(pattern, text.len()))?;
        }
        // The validator asks again what was evaluated, once for each level that wants to know.
        let again =
            map.contains_key("unevaluatedProperties") || map.contains_key("unevaluatedItems");
        for _ in 0..=usize::from(again) {
            for part in doc::in_place(map) {
                self.apply(part, value, level + 1)?;
            }
            for key in ["$ref", "$dynamicRef"] {
                let Some(reference) = map.get(key).and_then(Value::as_str) else {
                    continue;
                };
                if let Some(target) = self.doc.target(reference) {
                    self.apply(target, value, level + 1)?;
                    continue;
                }
                // A meta-schema: some dozens of rules for each node, some levels for each level.
                self.pay(count(value, usize::MAX).saturating_mul(50))?;
                if level + depth(value.to_string().as_bytes()) * 8 > MAX_LEVELS {
                    return Err(TOO_DEEP);
                }
            }
        }
        match value {
            Value::Object(members) => self.members(map, members, level),
            Value::Array(list) => self.elements(map, list, level),
            _ => Ok(()),
        }
    }

    fn members(
        &mut self,
        schema: &'a serde_json::Map<String, Value>,
        members: &serde_json::Map<String, Value>,
        level: usize,
    ) -> Result<(), &'static str> {
        let named = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        self.pay(
            named
                .map_or(0, |named| named.len().min(members.len()))
                .max(members.len())
                / 4,
        )?;
        for (name, value) in members {
            let rule = named.and_then(|named| named.get(name));
            if let Some(rule) = rule {
                self.apply(rule, value, level + 1)?;
            }
            for (pattern, rule) in patterns.into_iter().flatten() {
                self.pay(pattern_cost(pattern, name.len()))?;
                self.apply(rule, value, level + 1)?;
            }
            for key in ["additionalProperties", "unevaluatedProperties"] {
                if let Some(rest) = schema.get(key)
                    && rule.is_none()
                {
                    self.apply(rest, value, level + 1)?;
                }
            }
            if let Some(names) = schema.get("propertyNames") {
                self.apply(names, &Value::String(name.clone()), level + 1)?;
            }
        }
        Ok(())
    }

    fn elements(
        &mut self,
        schema: &'a serde_json::Map<String, Value>,
        list: &[Value],
        level: usize,
    ) -> Result<(), &'static str> {
        let tuple = ["prefixItems", "items"]
            .into_iter()
            .find_map(|key| schema.get(key)?.as_array());
        for (at, value) in list.iter().enumerate() {
            if let Some(rule) = tuple.and_then(|tuple| tuple.get(at)) {
                self.apply(rule, value, level + 1)?;
            }
            for key in ["items", "additionalItems", "unevaluatedItems", "contains"] {
                if let Some(rule) = schema.get(key)
                    && !rule.is_array()
                {
                    self.apply(rule, value, level + 1)?;
                }
            }
        }
        Ok(())
    }
}

/// Matching is linear in the text, except with look-around and back-references: those may look over the rest
/// of the text again from every place.
fn pattern_cost(pattern: &str, len: usize) -> usize {
    let linear = len / 8 + 1;
    let bytes = pattern.as_bytes();
    let looks_around = ["(?=", "(?!", "(?<", "(?>", "\\k"]
        .iter()
        .any(|sign| pattern.contains(sign));
    let refers_back = bytes
        .windows(2)
        .any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
    if looks_around || refers_back {
        linear.saturating_add(len.saturating_mul(len) / 64)
    } else {
        linear
    }
}
