//! Which kinds of JSON values a schema lets through, as far as that is worth knowing without validating.

use serde_json::{Map, Value};

use super::doc::{self, Doc};

/// A set of JSON kinds. `integer` is its own kind below `number`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8 | 4);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    /// Everything: also what a schema without any hint allows.
    pub(super) const ANY: Self = Self(127);

    /// Each kind by its name, in the order in which a value is made up when several will do.
    pub(super) const NAMED: [(&'static str, Self); 7] = [
        ("object", Self::OBJECT),
        ("array", Self::ARRAY),
        ("string", Self::STRING),
        ("number", Self::NUMBER),
        ("integer", Self::INTEGER),
        ("boolean", Self::BOOLEAN),
        ("null", Self::NULL),
    ];

    pub(super) fn named(name: &str) -> Self {
        Self::NAMED.iter().find(|(known, _)| *known == name).map_or(Self::NONE, |(_, types)| *types)
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.is_f64() => Self::NUMBER,
            Value::Number(_) => Self::INTEGER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// Whether any kind of `other` is in this set.
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The name of the first kind in [`Self::NAMED`] that is in this set as a whole.
    pub(super) fn first_name(self) -> &'static str {
        Self::NAMED.into_iter().find(|(_, one)| self.0 & one.0 == one.0).map_or("null", |(name, _)| name)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The kinds that `schema` allows.
pub(super) fn of_schema(doc: &Doc<'_>, schema: &Value) -> Types {
    of_level(doc, schema, 0)
}

fn of_level(doc: &Doc<'_>, schema: &Value, level: usize) -> Types {
    let Value::Object(map) = schema else {
        return if schema == &Value::Bool(false) { Types::NONE } else { Types::ANY };
    };
    if level > 16 || !doc.step() {
        return Types::ANY;
    }
    let mut types = declared(map);
    if let Some(target) = doc::reference(schema).and_then(|reference| doc.target(reference)) {
        types = types.both(of_level(doc, target, level + 1));
    }
    for part in list(map, "allOf") {
        types = types.both(of_level(doc, part, level + 1));
    }
    for key in ["anyOf", "oneOf"] {
        if map.contains_key(key) {
            let any = list(map, key).fold(Types::NONE, |any, part| any.union(of_level(doc, part, level + 1)));
            types = types.both(any);
        }
    }
    types
}

/// What `type`, `enum` and `const` say.
pub(super) fn declared(map: &Map<String, Value>) -> Types {
    let mut types = match map.get("type") {
        Some(Value::String(name)) => Types::named(name),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).fold(Types::NONE, |types, name| types.union(Types::named(name)))
        }
        _ => Types::ANY,
    };
    // The `nullable` of OpenAPI is no JSON Schema, but is written a lot.
    if map.get("nullable") == Some(&Value::Bool(true)) {
        types = types.union(Types::NULL);
    }
    if let Some(Value::Array(options)) = map.get("enum") {
        types = types.both(options.iter().fold(Types::NONE, |types, option| types.union(Types::of(option))));
    }
    if let Some(value) = map.get("const") {
        types = types.both(Types::of(value));
    }
    types
}

/// The elements of an array keyword; nothing for anything else.
pub(super) fn list<'a>(map: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The schemas that speak about member `name` of an object, however they are combined.
pub(super) fn properties<'a>(doc: &Doc<'a>, schema: &'a Value, name: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    let mut open = vec![(schema, 0)];
    while let Some((schema, level)) = open.pop() {
        let Value::Object(map) = schema else {
            continue;
        };
        if level > 16 || !doc.step() {
            break;
        }
        match map.get("properties").and_then(|named| named.get(name)) {
            Some(property) => found.push(property),
            None => rest.extend(map.get("additionalProperties").filter(|value| value.is_object())),
        }
        for key in ["oneOf", "anyOf", "allOf"] {
            open.extend(list(map, key).map(|part| (part, level + 1)));
        }
        open.extend(
            doc::reference(schema).and_then(|reference| doc.target(reference)).map(|target| (target, level + 1)),
        );
    }
    if found.is_empty() { rest } else { found }
}
