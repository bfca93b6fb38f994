//! A skeleton to start writing arguments from.

use serde_json::{Map, Value, json};

use super::doc::Doc;
use super::types::{self, Types, list};
use crate::model::json::pretty;

const STEPS: usize = 20_000;
const MAX_DEPTH: usize = 8;

/// A pretty JSON skeleton of what `schema` wants: the required members and those with a default, each with its
/// default, its first option or the emptiest value of its kind. Not necessarily valid: it is there to be edited.
pub fn template(schema: &Value) -> String {
    let doc = Doc::new(schema, STEPS);
    let value = match placeholder(&doc, schema, 0) {
        Value::Null => json!({}),
        value => value,
    };
    pretty(&value.to_string())
}

fn placeholder<'a>(doc: &Doc<'a>, schema: &'a Value, depth: usize) -> Value {
    if let Some(default) = schema.get("default") {
        return doc.copy(default);
    }
    let schema = doc.follow(schema);
    for key in ["default", "const"] {
        if let Some(value) = schema.get(key) {
            return doc.copy(value);
        }
    }
    if let Some(first) = schema.get("enum").and_then(|options| options.get(0)) {
        return doc.copy(first);
    }
    let Value::Object(map) = schema else {
        return Value::Null;
    };
    if depth > MAX_DEPTH || !doc.step() {
        return Value::Null;
    }
    let types = types::of_schema(doc, schema);
    if types.has(Types::OBJECT) && (types != Types::ANY || has_members(map)) {
        let mut members = Map::new();
        collect(doc, map, &mut members, depth);
        return Value::Object(members);
    }
    // The first variant that is not just null, to have something to edit.
    for key in ["anyOf", "oneOf", "allOf"] {
        let variant = list(map, key).map(|part| placeholder(doc, part, depth + 1)).find(|value| !value.is_null());
        if let Some(value) = variant {
            return value;
        }
    }
    if types == Types::ANY {
        return Value::Null;
    }
    match types.first_name() {
        "array" => json!([]),
        "string" => json!(""),
        "integer" | "number" => json!(0),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

fn has_members(map: &Map<String, Value>) -> bool {
    ["properties", "required", "allOf"].iter().any(|key| map.contains_key(*key))
}

/// Adds the members that one schema and its combinations want.
fn collect<'a>(doc: &Doc<'a>, map: &'a Map<String, Value>, members: &mut Map<String, Value>, depth: usize) {
    if depth > MAX_DEPTH || !doc.step() {
        return;
    }
    let required: Vec<&str> = list(map, "required").filter_map(Value::as_str).collect();
    let named = map.get("properties").and_then(Value::as_object);
    for (name, property) in named.into_iter().flatten() {
        let has_default = property.get("default").is_some() || doc.follow(property).get("default").is_some();
        // Wanted from elsewhere, by a part that did not know its kind.
        let wanted = members.get(name).is_some_and(Value::is_null);
        if required.contains(&name.as_str()) || has_default || wanted {
            members.insert(name.clone(), placeholder(doc, property, depth + 1));
        }
    }
    for name in required {
        if !members.contains_key(name) {
            members.insert(name.to_owned(), Value::Null);
        }
    }
    let first = ["anyOf", "oneOf"].into_iter().filter_map(|key| list(map, key).next());
    for part in list(map, "allOf").chain(first) {
        if let Value::Object(part) = doc.follow(part) {
            collect(doc, part, members, depth + 1);
        }
    }
}
