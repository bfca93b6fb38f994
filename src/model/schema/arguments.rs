//! `key=value` words from a command line, typed by the schema they are meant for.

use std::collections::HashMap;

use serde_json::Value;

use super::doc::Doc;
use super::types::{self, Types};
use crate::model::json::{RawJson, scan};

/// Steps over the schema for each pair.
const STEPS: usize = 2_000;

/// The arguments object of `pairs`, in their order.
///
/// A value is a number, boolean, array, … only where the schema wants one: `a=5` stays a string where a string
/// is wanted or nothing is said about `a`. Numbers keep their spelling. Where several kinds will do, JSON of an
/// allowed kind wins over a string. What cannot be typed is passed as a string: checking the arguments will say
/// what is wrong. A value for a list becomes its element; so does each further value under the same name.
pub fn arguments_from_pairs(schema: Option<&Value>, pairs: &[(String, String)]) -> Result<RawJson, String> {
    let doc = schema.map(|schema| (schema, Doc::new(schema, pairs.len().saturating_mul(STEPS).max(STEPS))));
    let mut given: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in pairs {
        if name.is_empty() {
            return Err("an argument needs a name before `=`".to_owned());
        }
        let place = *places.entry(name).or_insert(given.len());
        match given.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => given.push((name, vec![value])),
        }
    }
    let mut out = String::from("{");
    for (name, values) in given {
        let properties = doc.as_ref().map_or_else(Vec::new, |(schema, doc)| types::properties(doc, schema, name));
        let text = match &doc {
            Some((_, doc)) if !properties.is_empty() => typed(doc, &properties, name, &values)?,
            _ => match values.as_slice() {
                [only] => string(only),
                _ => return Err(twice(name)),
            },
        };
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&string(name));
        out.push(':');
        out.push_str(&text);
    }
    out.push('}');
    RawJson::parse(out).map_err(|error| error.to_string())
}

/// The JSON text of what was given for `name`.
fn typed<'a>(doc: &Doc<'a>, properties: &[&'a Value], name: &str, values: &[&str]) -> Result<String, String> {
    let allowed = properties.iter().fold(Types::NONE, |types, property| types.union(types::of_schema(doc, property)));
    let is_list = allowed.has(Types::ARRAY) && allowed != Types::ANY;
    match values {
        [only] => {
            if let Some(text) = fitting(only, allowed) {
                return Ok(text);
            }
            if !is_list || allowed.has(Types::STRING) {
                return Ok(string(only));
            }
        }
        _ if !is_list => return Err(twice(name)),
        _ => {}
    }
    let items = item_types(doc, properties);
    let mut elements = Vec::new();
    for value in values {
        match RawJson::parse(*value) {
            // A list among the values joins in with its elements, unless the elements are lists themselves.
            Ok(list) if list.as_str().starts_with('[') && (items == Types::ANY || !items.has(Types::ARRAY)) => {
                elements.extend(scan::elements(list.as_str()).map(str::to_owned));
            }
            _ => elements.push(fitting(value, items).unwrap_or_else(|| string(value))),
        }
    }
    Ok(format!("[{}]", elements.join(",")))
}

/// The kinds that the elements of a list may have.
fn item_types<'a>(doc: &Doc<'a>, properties: &[&'a Value]) -> Types {
    let mut types = Types::NONE;
    let mut open: Vec<(&Value, usize)> = properties.iter().map(|property| (*property, 0)).collect();
    while let Some((schema, level)) = open.pop() {
        let schema = doc.follow(schema);
        let Value::Object(map) = schema else {
            continue;
        };
        if level > 8 || !doc.step() {
            break;
        }
        if let Some(items) = map.get("items").filter(|items| items.is_object()) {
            types = types.union(types::of_schema(doc, items));
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            open.extend(types::list(map, key).map(|part| (part, level + 1)));
        }
    }
    if types.is_empty() { Types::ANY } else { types }
}

/// `text` as the JSON it spells, if that is of an allowed kind and is not just meant as a string.
fn fitting(text: &str, allowed: Types) -> Option<String> {
    if allowed == Types::STRING {
        return None;
    }
    let raw = RawJson::parse(text).ok()?;
    let kind = match raw.as_str().as_bytes().first()? {
        b'{' => Types::OBJECT,
        b'[' => Types::ARRAY,
        b'"' => Types::STRING,
        b't' | b'f' => Types::BOOLEAN,
        b'n' => Types::NULL,
        // `1.5` for an integer goes out as a number too: "an integer is expected, got 1.5" tells more.
        _ => Types::NUMBER,
    };
    allowed.has(kind).then(|| raw.as_str().to_owned())
}

fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn twice(name: &str) -> String {
    format!("`{name}` is given more than once, but is not a list")
}
