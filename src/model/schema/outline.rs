//! What a schema wants, as rows for people: names, kinds and constraints in short words.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::doc::Doc;
use super::explain::{cut, quoted};
use super::types::{Types, list};

/// Rows of one outline; what is cut is said in the last one.
const MAX_ROWS: usize = 500;
/// Levels of nesting that are shown.
const MAX_DEPTH: usize = 8;
/// Steps over the schema.
const STEPS: usize = 20_000;
/// Characters of one description, and of one name.
const MAX_TEXT: usize = 8_000;
const MAX_NAME: usize = 256;
/// Options of an enum that are listed.
const MAX_OPTIONS: usize = 12;

/// One row of a schema's outline. All texts are the server's: escape them before they are drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutlineRow {
    /// How far inside: 0 for the arguments themselves.
    pub depth: usize,
    /// The member's name; `[]` for the elements of a list, `*` for members of any name.
    pub name: String,
    /// What it is, in short words: `string`, `integer 1–30`, `array of string`, `one of a|b|c`.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// Its default as JSON, short.
    pub default: Option<String>,
    /// What the schema says about it.
    pub description: Option<String>,
}

/// The rows of `schema`: one for each member of the object it describes, nested ones below.
pub fn outline(schema: &Value) -> Vec<OutlineRow> {
    let mut outline = Outline { doc: Doc::new(schema, STEPS), rows: Vec::new(), open: Vec::new() };
    outline.inside(schema, 0);
    if outline.rows.len() >= MAX_ROWS {
        outline.rows.truncate(MAX_ROWS);
        outline.rows.push(OutlineRow {
            depth: 0,
            name: "…".to_owned(),
            kind: "more than can be listed".to_owned(),
            required: false,
            default: None,
            description: None,
        });
    }
    outline.rows
}

struct Outline<'a> {
    doc: Doc<'a>,
    rows: Vec<OutlineRow>,
    /// The schemas around the one being outlined, by address: a reference back to one is not followed.
    open: Vec<*const Value>,
}

impl<'a> Outline<'a> {
    /// The rows of what is inside `schema`: its members, or the inside of its elements.
    fn inside(&mut self, schema: &'a Value, depth: usize) {
        let schema = self.doc.follow(schema);
        let id = std::ptr::from_ref(schema);
        let Value::Object(map) = schema else {
            return;
        };
        if depth > MAX_DEPTH || self.open.contains(&id) || self.rows.len() >= MAX_ROWS || !self.doc.step() {
            return;
        }
        self.open.push(id);
        self.members(map, depth);
        if let Some(items) = map.get("items").filter(|items| items.is_object()) {
            self.inside(items, depth);
        }
        for (at, item) in list(map, "prefixItems").enumerate() {
            self.row(format!("[{at}]"), item, false, depth);
        }
        for part in list(map, "allOf") {
            self.inside(part, depth);
        }
        for key in ["anyOf", "oneOf"] {
            let variants: Vec<&Value> = list(map, key).collect();
            // `X or null` is X.
            let real: Vec<&Value> = variants.into_iter().filter(|part| !is_null(part)).collect();
            if let [only] = real.as_slice() {
                self.inside(only, depth);
                continue;
            }
            for (at, variant) in real.into_iter().enumerate() {
                let target = self.doc.follow(variant);
                if !has_inside(target) {
                    continue;
                }
                self.row(format!("either {}", at + 1), variant, false, depth);
            }
        }
        self.open.pop();
    }

    fn members(&mut self, map: &'a Map<String, Value>, depth: usize) {
        let required: Vec<&str> = list(map, "required").filter_map(Value::as_str).collect();
        let named = map.get("properties").and_then(Value::as_object);
        for (name, property) in named.into_iter().flatten() {
            let is_required = required.contains(&name.as_str());
            self.row(cut(name, MAX_NAME), property, is_required, depth);
        }
        for name in required {
            if named.is_none_or(|named| !named.contains_key(name)) && self.rows.len() < MAX_ROWS {
                self.rows.push(OutlineRow {
                    depth,
                    name: cut(name, MAX_NAME),
                    kind: "any".to_owned(),
                    required: true,
                    default: None,
                    description: None,
                });
            }
        }
        if let Some(rest) =
            map.get("additionalProperties").filter(|rest| rest.as_object().is_some_and(|rest| !rest.is_empty()))
        {
            self.row("*".to_owned(), rest, false, depth);
        }
    }

    fn row(&mut self, name: String, schema: &'a Value, required: bool, depth: usize) {
        if self.rows.len() >= MAX_ROWS || !self.doc.step() {
            return;
        }
        // What stands beside a reference speaks first.
        let target = self.doc.follow(schema);
        let say = |key: &str| schema.get(key).or_else(|| target.get(key));
        let description =
            ["description", "title"].into_iter().find_map(|key| say(key)?.as_str()).map(|text| cut(text, MAX_TEXT));
        let default = say("default").map(quoted);
        let kind = self.kind(schema, 0);
        self.rows.push(OutlineRow { depth, name, kind, required, default, description });
        self.inside(schema, depth + 1);
    }

    /// The kind of `schema` in a few words.
    fn kind(&self, schema: &'a Value, level: usize) -> String {
        let target = self.doc.follow(schema);
        let Value::Object(map) = target else {
            return match target {
                Value::Bool(false) => "nothing".to_owned(),
                _ => "any".to_owned(),
            };
        };
        if level > 4 || !self.doc.step() {
            return "…".to_owned();
        }
        if let Some(value) = map.get("const") {
            return format!("always {}", quoted(value));
        }
        if let Some(Value::Array(options)) = map.get("enum") {
            return one_of(options);
        }
        let mut names: Vec<&str> = match map.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut nullable = map.get("nullable") == Some(&Value::Bool(true));
        if names.len() > 1 {
            nullable |= names.contains(&"null");
            names.retain(|name| *name != "null");
        }
        if names.is_empty() {
            names.extend(implied(map));
        }
        let mut kind = if names.is_empty() {
            self.combined(map, level, &mut nullable)
        } else {
            names.iter().map(|name| self.with_constraints(name, map, level)).collect::<Vec<_>>().join(" or ")
        };
        if nullable {
            kind.push_str(" or null");
        }
        kind
    }

    /// The kind of a schema without `type`: what its parts say.
    fn combined(&self, map: &'a Map<String, Value>, level: usize, nullable: &mut bool) -> String {
        for key in ["anyOf", "oneOf"] {
            if !map.contains_key(key) {
                continue;
            }
            let mut kinds: Vec<String> = Vec::new();
            let mut constants: Vec<&Value> = Vec::new();
            for part in list(map, key) {
                if is_null(part) {
                    *nullable = true;
                    continue;
                }
                constants.extend(part.get("const"));
                let titled = part.get("const").is_none().then(|| {
                    let name = part.get("title").or_else(|| self.doc.follow(part).get("title"));
                    name.and_then(Value::as_str)
                });
                let kind = match titled.flatten() {
                    Some(title) => cut(title, MAX_NAME),
                    None => self.kind(part, level + 1),
                };
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
                if kinds.len() > MAX_OPTIONS {
                    kinds.push("…".to_owned());
                    break;
                }
            }
            // Titled choices are spelled as constants with names.
            if constants.len() > 1 && constants.len() == kinds.len() {
                return one_of_refs(&constants);
            }
            return kinds.join(" or ");
        }
        for part in list(map, "allOf") {
            let kind = self.kind(part, level + 1);
            if kind != "any" {
                return kind;
            }
        }
        "any".to_owned()
    }

    fn with_constraints(&self, name: &str, map: &'a Map<String, Value>, level: usize) -> String {
        let mut kind = name.to_owned();
        match name {
            "array" => {
                if let Some(items) = map.get("items").filter(|items| items.is_object()) {
                    let _ = write!(kind, " of {}", self.kind(items, level + 1));
                }
                push_range(&mut kind, map.get("minItems"), map.get("maxItems"), " elements");
                if map.get("uniqueItems") == Some(&Value::Bool(true)) {
                    kind.push_str(", all different");
                }
            }
            "string" => {
                if let Some(format) = map.get("format").and_then(Value::as_str) {
                    let _ = write!(kind, " ({})", cut(format, MAX_NAME));
                }
                push_range(&mut kind, map.get("minLength"), map.get("maxLength"), " characters");
                if let Some(pattern) = map.get("pattern").and_then(Value::as_str) {
                    let _ = write!(kind, " like /{}/", cut(pattern, 60));
                }
            }
            "integer" | "number" => {
                push_range(&mut kind, map.get("minimum"), map.get("maximum"), "");
                for (key, sign) in [("exclusiveMinimum", '>'), ("exclusiveMaximum", '<')] {
                    if let Some(limit) = map.get(key).filter(|limit| limit.is_number()) {
                        let _ = write!(kind, " {sign} {limit}");
                    }
                }
                if let Some(step) = map.get("multipleOf") {
                    let _ = write!(kind, " in steps of {}", quoted(step));
                }
            }
            _ => {}
        }
        kind
    }
}

/// The kind that the other keywords speak of.
fn implied(map: &Map<String, Value>) -> Option<&'static str> {
    let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
    if has(&["properties", "required", "additionalProperties"]) {
        Some("object")
    } else if has(&["items", "prefixItems", "minItems"]) {
        Some("array")
    } else if has(&["minLength", "maxLength", "pattern", "format"]) {
        Some("string")
    } else if has(&["minimum", "maximum", "multipleOf"]) {
        Some("number")
    } else {
        None
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null") || schema.get("const").is_some_and(Value::is_null)
}

fn has_inside(schema: &Value) -> bool {
    ["properties", "items", "prefixItems", "allOf", "anyOf", "oneOf", "additionalProperties"]
        .iter()
        .any(|key| schema.get(key).is_some())
}

fn one_of(options: &[Value]) -> String {
    one_of_refs(&options.iter().collect::<Vec<_>>())
}

/// Strings without quotes where no other kind could be meant.
fn one_of_refs(options: &[&Value]) -> String {
    let all_strings = options.iter().all(|option| Types::of(option) == Types::STRING);
    let mut shown: Vec<String> = options
        .iter()
        .take(MAX_OPTIONS)
        .map(|option| match option.as_str() {
            Some(text) if all_strings && !text.is_empty() && text.len() <= 60 => text.to_owned(),
            _ => quoted(option),
        })
        .collect();
    if options.len() > MAX_OPTIONS {
        shown.push(format!("… ({} in all)", options.len()));
    }
    format!("one of {}", shown.join("|"))
}

fn push_range(kind: &mut String, low: Option<&Value>, high: Option<&Value>, unit: &str) {
    let low = low.filter(|value| value.is_number());
    let high = high.filter(|value| value.is_number());
    let _ = match (low, high) {
        (Some(low), Some(high)) if low == high => write!(kind, " {low}{unit}"),
        (Some(low), Some(high)) => write!(kind, " {low}–{high}{unit}"),
        (Some(low), None) => write!(kind, " ≥ {low}{unit}"),
        (None, Some(high)) => write!(kind, " ≤ {high}{unit}"),
        (None, None) => Ok(()),
    };
}
