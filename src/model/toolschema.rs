//! A server's input schema made fit for every vendor, with a report of what was changed: [`adapt`].
//!
//! Vendors refuse the whole request for one schema they do not like: each wants `"type":"object"` with `properties`,
//! and none of `oneOf`, `anyOf`, `allOf`, `not`, `enum` at the top. What is folded here only widens what a model may
//! send; the call itself is still checked against the server's own schema.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::json::RawJson;
use super::json::scan::{decoded, members};

/// Keywords that vendors refuse at the top.
const REFUSED: [&str; 9] = ["oneOf", "anyOf", "allOf", "not", "enum", "const", "if", "then", "else"];
/// Branches that are looked into.
const BRANCHES: usize = 64;
/// References followed, one behind the other.
const REFERENCES: usize = 16;

/// A schema for vendors.
#[derive(Clone, PartialEq, Debug)]
pub struct Adapted {
    /// The schema.
    pub schema: RawJson,
    /// What was changed, a sentence each; empty if nothing was.
    pub changes: Vec<String>,
    /// What the schema does not say any more, for the tool's description.
    pub hint: Option<String>,
}

/// Makes a schema fit for every vendor.
pub fn adapt(schema: &RawJson) -> Adapted {
    if is_fit(schema) {
        return Adapted { schema: schema.clone(), changes: vec![], hint: None };
    }
    fold(schema)
}

/// Whether it can be sent as it is, as far as that is seen without building a value: most schemas can, and there may be
/// thousands. What looks odd in any way is not.
fn is_fit(schema: &RawJson) -> bool {
    let (mut object, mut properties) = (false, false);
    for (key, value) in members(schema.as_str()) {
        let Some(key) = decoded(key) else { return false };
        match &*key {
            "type" if !object => object = value == r#""object""#,
            "properties" if !properties => properties = value.starts_with('{'),
            "required" if serde_json::from_str::<Vec<Cow<'_, str>>>(value).is_ok() => {}
            // What stands twice too.
            "type" | "properties" | "required" | "$ref" => return false,
            other if REFUSED.contains(&other) => return false,
            _ => {}
        }
    }
    object && properties && schema.is_value()
}

fn fold(schema: &RawJson) -> Adapted {
    let mut folder = Folder::default();
    let mut top = match schema.to_value() {
        Ok(Value::Object(top)) => top,
        Ok(_) => folder.replaced("it is not an object"),
        Err(error) => folder.replaced(&format!("it cannot be read: {error}")),
    };
    let root = Value::Object(top.clone());
    if let Some(Value::String(reference)) = top.get("$ref").cloned() {
        top.remove("$ref");
        match resolve(&root, &json!({ "$ref": reference })) {
            Some(Value::Object(target)) => {
                folder.changes.push(format!("the reference {reference} at the top was replaced by what it points to"));
                for (key, value) in target {
                    top.entry(key).or_insert(value);
                }
            }
            _ => {
                folder
                    .changes
                    .push(format!("the reference {reference} at the top points to no object and was dropped"));
            }
        }
    }
    folder.fold(&root, &mut top);
    for key in REFUSED {
        if top.remove(key).is_some() {
            folder.changes.push(format!("`{key}` at the top was dropped"));
        }
    }
    if top.get("type") != Some(&json!("object")) {
        let change = match top.insert("type".into(), json!("object")) {
            None => "\"type\": \"object\" was added".to_owned(),
            Some(other) => format!("\"type\": {other} became \"object\""),
        };
        folder.changes.push(change);
    }
    if !top.get("properties").is_some_and(Value::is_object) {
        top.insert("properties".into(), json!({}));
        folder.changes.push("empty \"properties\" were added".to_owned());
    }
    if top.get("required").is_some_and(|required| !is_names(required)) {
        top.remove("required");
        folder.changes.push("`required` is no list of names and was dropped".to_owned());
    }
    let changed = !folder.changes.is_empty();
    Adapted {
        // Unchanged schemas keep the spelling of their numbers.
        schema: if changed { RawJson::from_value(&Value::Object(top)) } else { schema.clone() },
        changes: folder.changes,
        hint: folder.hint,
    }
}

fn is_names(value: &Value) -> bool {
    value.as_array().is_some_and(|names| names.iter().all(Value::is_string))
}

/// Gathers what was changed.
#[derive(Default)]
struct Folder {
    changes: Vec<String>,
    hint: Option<String>,
}

impl Folder {
    fn replaced(&mut self, why: &str) -> Map<String, Value> {
        self.changes.push(format!("the schema was replaced by one that takes any object: {why}"));
        Map::new()
    }

    /// Folds the branches at the top into the properties beside them.
    fn fold(&mut self, root: &Value, top: &mut Map<String, Value>) {
        for key in ["allOf", "oneOf", "anyOf"] {
            let Some(Value::Array(branches)) = top.get(key) else { continue };
            let branches: Vec<Map<String, Value>> = branches
                .iter()
                .take(BRANCHES)
                .filter_map(|branch| match resolve(root, branch)? {
                    Value::Object(branch) => Some(branch),
                    _ => None,
                })
                .collect();
            top.remove(key);
            let all = key == "allOf";
            let count = branches.len();
            self.changes.push(format!("{count} branches of `{key}` at the top were folded into one object"));
            if !all {
                self.hint = self.hint.take().or_else(|| alternatives(&branches));
            }
            merge(top, &branches, all);
        }
    }
}

/// Puts the properties of all branches beside those at the top. With `all`, what any branch requires is required;
/// else only what every branch requires.
fn merge(top: &mut Map<String, Value>, branches: &[Map<String, Value>], all: bool) {
    let mut properties = match top.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    for (name, schema) in branches.iter().filter_map(|branch| branch.get("properties")?.as_object()).flatten() {
        match properties.get_mut(name) {
            None => {
                properties.insert(name.clone(), schema.clone());
            }
            Some(known) if known == schema => {}
            Some(known) => widen(known, schema, all),
        }
    }
    top.insert("properties".into(), Value::Object(properties));

    let names = |branch: &Map<String, Value>| -> BTreeSet<String> {
        let list = branch.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
    };
    let mut sets = branches.iter().map(names);
    let of_branches = if all {
        sets.flatten().collect()
    } else {
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |common, set| &common & &set)
    };
    let mut required = names(top);
    required.extend(of_branches);
    if required.is_empty() {
        top.remove("required");
    } else {
        top.insert("required".into(), json!(required));
    }
}

/// A property that branches describe differently: below the top, alternatives are fine.
fn widen(known: &mut Value, schema: &Value, all: bool) {
    let key = if all { "allOf" } else { "anyOf" };
    if let Some(list) = known.as_object_mut().filter(|known| known.len() == 1).and_then(|known| known.get_mut(key))
        && let Some(list) = list.as_array_mut()
    {
        if !list.contains(schema) {
            list.push(schema.clone());
        }
        return;
    }
    *known = json!({ key: [known.take(), schema.clone()] });
}

/// Which arguments belong together, in words.
fn alternatives(branches: &[Map<String, Value>]) -> Option<String> {
    let sets: Vec<String> = branches
        .iter()
        .filter_map(|branch| {
            let names = branch.get("required")?.as_array()?;
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            (!names.is_empty()).then(|| names.join(" + "))
        })
        .collect();
    (sets.len() > 1).then(|| format!("Give one of these sets of arguments: {}.", sets.join("; or ")))
}

/// What a schema is once its references into the same document are followed.
fn resolve(root: &Value, schema: &Value) -> Option<Value> {
    let mut schema = schema;
    for _ in 0..REFERENCES {
        match schema.get("$ref") {
            None => return Some(schema.clone()),
            Some(reference) => schema = root.pointer(reference.as_str()?.strip_prefix('#')?)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn adapted(schema: Value) -> (Value, usize) {
        let adapted = adapt(&RawJson::from_value(&schema));
        (adapted.schema.to_value().expect("a value"), adapted.changes.len())
    }

    #[test]
    fn every_shape_becomes_an_object_that_says_at_least_as_much() {
        for (schema, expected, changes) in [
            (
                json!({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}),
                json!({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}),
                0,
            ),
            (json!({}), json!({"type":"object","properties":{}}), 2),
            (json!({"type":["object","null"],"properties":{}}), json!({"type":"object","properties":{}}), 1),
            (json!(true), json!({"type":"object","properties":{}}), 3),
            (
                json!({"type":"object","properties":{"k":{"type":"string"}},"required":["k"],
                    "oneOf":[{"properties":{"a":{"type":"string"}},"required":["a","z"]},
                             {"properties":{"a":{"type":"number"},"b":{}},"required":["b","z"]}]}),
                json!({"type":"object","properties":{"k":{"type":"string"},
                        "a":{"anyOf":[{"type":"string"},{"type":"number"}]},"b":{}},"required":["k","z"]}),
                1,
            ),
            (
                json!({"allOf":[{"$ref":"#/$defs/x"},{"properties":{"b":{}},"required":["b"]}],
                    "$defs":{"x":{"type":"object","properties":{"a":{}},"required":["a"]}}}),
                json!({"$defs":{"x":{"type":"object","properties":{"a":{}},"required":["a"]}},
                    "properties":{"a":{},"b":{}},"required":["a","b"],"type":"object"}),
                2,
            ),
            (
                json!({"$ref":"#/$defs/x","$defs":{"x":{"type":"object","properties":{"a":{}}}}}),
                json!({"$defs":{"x":{"type":"object","properties":{"a":{}}}},"type":"object","properties":{"a":{}}}),
                1,
            ),
            (json!({"$ref":"#","type":"object","properties":{}}), json!({"type":"object","properties":{}}), 1),
            (
                json!({"type":"object","properties":{},"not":{"required":["x"]},"required":"x"}),
                json!({"type":"object","properties":{}}),
                2,
            ),
        ] {
            assert_eq!(adapted(schema.clone()), (expected, changes), "{schema}");
        }
    }

    #[test]
    fn what_the_schema_cannot_say_any_more_is_said_in_words() {
        let schema = json!({"oneOf":[{"required":["a"]},{"required":["b","c"]}]});
        let adapted = adapt(&RawJson::from_value(&schema));
        assert_eq!(adapted.hint.as_deref(), Some("Give one of these sets of arguments: a; or b + c."));
    }

    fn schemas() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!({"type":"object"})),
            Just(json!({"properties":{"a":{"type":"string"}},"required":["a"]})),
            Just(json!({"properties":{"a":{"type":"number"},"b":true}})),
            Just(json!({"$ref":"#/oneOf/0"})),
            Just(json!({"$ref":"#"})),
            Just(json!({"type":["object"],"enum":[{}],"required":[1]})),
            Just(json!(false)),
            Just(json!(null)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            (
                proptest::sample::select(vec!["oneOf", "anyOf", "allOf", "not", "properties"]),
                proptest::collection::vec(inner, 0..4),
                any::<bool>(),
            )
                .prop_map(|(key, parts, with)| {
                    let mut schema = json!({ key: parts });
                    if with {
                        schema["type"] = json!("object");
                    }
                    schema
                })
        })
    }

    #[test]
    fn what_needs_no_folding_is_seen_at_a_glance() {
        for (schema, fit) in [
            (r#"{"type":"object","properties":{"a":{"oneOf":[]}},"required":["a"]}"#, true),
            (r##"{ "type" : "object" , "properties" : {} , "$defs" : {"x":{"$ref":"#"}} }"##, true),
            (r#"{"type":"object","properties":{},"required":["a",1]}"#, false),
            (r#"{"type":"object","properties":{},"\u006eot":{}}"#, false),
            (r#"{"type":"object","type":"array","properties":{}}"#, false),
            (r#"{"type":"object"}"#, false),
            (r#"{"properties":{}}"#, false),
            (r#"{"type":"object","properties":{"a":{"minimum":1e999}}}"#, false),
            ("[]", false),
        ] {
            assert_eq!(is_fit(&RawJson::parse(schema).expect("JSON")), fit, "{schema}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn vendors_take_the_result_and_a_second_time_changes_nothing(schema in schemas()) {
            let once = adapt(&RawJson::from_value(&schema));
            prop_assert_eq!(&once, &fold(&RawJson::from_value(&schema)));
            let value = once.schema.to_value().expect("a value");
            prop_assert_eq!(&value["type"], "object");
            prop_assert!(value["properties"].is_object());
            for key in REFUSED.iter().chain(&["$ref"]) {
                prop_assert!(value.get(key).is_none(), "{} in {}", key, value);
            }
            let twice = adapt(&once.schema);
            prop_assert_eq!(twice.changes, Vec::<String>::new());
            prop_assert_eq!(twice.schema, once.schema);
        }
    }
}
