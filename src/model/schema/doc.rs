//! One schema document: its references and its keywords, walked with a bounded number of steps.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use serde_json::{Map, Value};

/// References that follow each other before we stop believing in an end.
const MAX_CHAIN: usize = 32;
/// Bytes of JSON that are made up from one document, roughly.
const MAX_COPIED: usize = 1024 * 1024;

/// A schema document whose inner references can be followed.
pub(super) struct Doc<'a> {
    root: &'a Value,
    anchors: OnceCell<HashMap<&'a str, &'a Value>>,
    steps: Cell<usize>,
    bytes: Cell<usize>,
}

impl<'a> Doc<'a> {
    /// `steps` bounds the work of everything that walks the document through [`Self::step`].
    pub(super) fn new(root: &'a Value, steps: usize) -> Self {
        Self { root, anchors: OnceCell::new(), steps: Cell::new(steps), bytes: Cell::new(MAX_COPIED) }
    }

    /// Takes one step; `false` when all are used up.
    pub(super) fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    /// Takes `bytes` of what may be written; `false` when all is used up.
    pub(super) fn write(&self, bytes: usize) -> bool {
        let left = self.bytes.get();
        self.bytes.set(left.saturating_sub(bytes));
        left > 0
    }

    /// A copy of a value from the schema; null once too much was copied: references can multiply a large
    /// default by thousands.
    pub(super) fn copy(&self, value: &Value) -> Value {
        if self.bytes.get() > 0 && self.write(value.to_string().len()) { value.clone() } else { Value::Null }
    }

    /// What a reference inside the document points to.
    pub(super) fn target(&self, reference: &str) -> Option<&'a Value> {
        let fragment = match self.root.get("$id").and_then(Value::as_str) {
            Some(id) => reference.strip_prefix(id.trim_end_matches('#')).unwrap_or(reference),
            None => reference,
        };
        if fragment.is_empty() {
            return Some(self.root);
        }
        let fragment = percent_decoded(fragment.strip_prefix('#')?)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.root.pointer(&fragment);
        }
        self.anchors().get(fragment.as_str()).copied()
    }

    /// The schema behind the references of `schema`, or itself. Keywords beside `$ref` are the caller's.
    pub(super) fn follow(&self, schema: &'a Value) -> &'a Value {
        let mut at = schema;
        for _ in 0..MAX_CHAIN {
            let target = reference(at).and_then(|reference| self.target(reference));
            match target {
                Some(target) if self.step() => at = target,
                _ => return at,
            }
        }
        at
    }

    fn anchors(&self) -> &HashMap<&'a str, &'a Value> {
        self.anchors.get_or_init(|| {
            let mut anchors = HashMap::new();
            let mut open = vec![self.root];
            while let Some(value) = open.pop() {
                match value {
                    Value::Object(map) => {
                        for key in ["$anchor", "$dynamicAnchor"] {
                            if let Some(Value::String(name)) = map.get(key) {
                                anchors.entry(name.as_str()).or_insert(value);
                            }
                        }
                        // Draft-07 spells anchors this way.
                        if let Some(name) = map.get("$id").and_then(Value::as_str).and_then(|id| id.strip_prefix('#')) {
                            anchors.entry(name).or_insert(value);
                        }
                        open.extend(map.values());
                    }
                    Value::Array(list) => open.extend(list),
                    _ => {}
                }
            }
            anchors
        })
    }
}

/// The reference of a schema: `$ref` or `$dynamicRef`.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").or_else(|| schema.get("$dynamicRef")).and_then(Value::as_str)
}

/// Subschemas that apply to the same value as `schema` does, references excluded.
pub(super) fn in_place(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let single = ["not", "if", "then", "else"].into_iter().filter_map(|key| schema.get(key));
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let maps = ["dependentSchemas", "dependencies"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_object())
        .flat_map(Map::values);
    single.chain(lists).chain(maps)
}

/// Subschemas that apply to members, elements or names of the value.
pub(super) fn below(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let single = [
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "items",
        "additionalItems",
        "unevaluatedItems",
        "contains",
        "contentSchema",
    ]
    .into_iter()
    .filter_map(|key| schema.get(key))
    .filter(|value| !value.is_array());
    let lists = ["prefixItems", "items"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let maps = ["properties", "patternProperties"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_object())
        .flat_map(Map::values);
    single.chain(lists).chain(maps)
}

pub(in crate::model) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
        out.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &tail[2..];
    }
    String::from_utf8(out).ok()
}
