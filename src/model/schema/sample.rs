//! A value that fits a schema, made up without a person: for automated calls and accepted elicitations.
//!
//! Always the same for the same schema. Best effort: conditions (`if`, `not`) are not solved, and a value is
//! given back even where the schema allows none.

use serde_json::{Map, Number, Value, json};

use super::doc::Doc;
use super::pattern;
use super::types::{self, Types, list};
use super::{MAX_NODES, Schema};
use crate::model::json::RawJson;

const STEPS: usize = MAX_NODES;
/// Levels of nesting that are made up.
const MAX_DEPTH: usize = 24;
/// Elements and characters that one keyword may demand.
const MAX_DEMAND: u64 = 10_000;

/// A small instance of `schema`: defaults and first options where there are any, required members only.
pub fn sample(schema: &Value) -> Value {
    let first = make(schema, true);
    // A default or an example that does not fit its own schema is the server's mistake, not the caller's.
    match Schema::compile(&RawJson::from_value(schema)) {
        Ok(compiled) if !compiled.validate(&first).is_empty() => {
            let plain = make(schema, false);
            if compiled.validate(&plain).is_empty() { plain } else { first }
        }
        _ => first,
    }
}

fn make(schema: &Value, trusting: bool) -> Value {
    let maker = Maker { doc: Doc::new(schema, STEPS), trusting };
    let top = maker.value(schema, 0, 0);
    // What says nothing is asked for arguments, most of the time.
    if top.is_null() && types::of_schema(&maker.doc, schema) == Types::ANY {
        return json!({});
    }
    top
}

struct Maker<'a> {
    doc: Doc<'a>,
    /// Whether defaults and examples are used.
    trusting: bool,
}

impl<'a> Maker<'a> {
    /// A value for `schema`; other values for other `salt`s, where there are others.
    fn value(&self, schema: &'a Value, salt: usize, depth: usize) -> Value {
        if depth > MAX_DEPTH || !self.doc.step() {
            return Value::Null;
        }
        if !schema.is_object() {
            return Value::Null;
        }
        let merged = self.merged(schema, depth);
        self.of_merged(&merged, salt, depth)
    }

    /// `schema` with its references and combinations folded into one set of keywords: of several variants the
    /// first that allows anything.
    fn merged(&self, schema: &'a Value, depth: usize) -> Merged<'a> {
        let mut merged = Merged::default();
        let mut open = vec![(schema, depth)];
        while let Some((schema, level)) = open.pop() {
            let Value::Object(map) = schema else {
                continue;
            };
            if level > depth + MAX_DEPTH || !self.doc.step() {
                break;
            }
            merged.add(map);
            for key in ["oneOf", "anyOf"] {
                let variant = list(map, key).find(|part| {
                    let types = types::of_schema(&self.doc, part);
                    !types.is_empty() && (types != Types::NULL || list(map, key).count() == 1)
                });
                open.extend(variant.map(|part| (part, level + 1)));
            }
            open.extend(list(map, "allOf").map(|part| (part, level + 1)));
            let target = super::doc::reference(schema).and_then(|reference| self.doc.target(reference));
            open.extend(target.map(|target| (target, level + 1)));
        }
        merged
    }

    fn of_merged(&self, merged: &Merged<'a>, salt: usize, depth: usize) -> Value {
        if let Some(value) = merged.last("const") {
            return self.doc.copy(value);
        }
        if let Some(options) = merged.options() {
            let fitting: Vec<&Value> =
                options.into_iter().filter(|option| merged.types.has(Types::of(option))).collect();
            return match fitting.len() {
                0 => Value::Null,
                count => self.doc.copy(fitting[salt % count]),
            };
        }
        if self.trusting && salt == 0 {
            let given = merged.last("default").or_else(|| merged.last("examples").and_then(|given| given.get(0)));
            if let Some(given) = given
                && merged.types.has(Types::of(given))
            {
                return self.doc.copy(given);
            }
        }
        match merged.kind() {
            "object" => self.object(merged, depth),
            "array" => self.array(merged, salt, depth),
            "string" => {
                let text = string(merged, salt);
                if self.doc.write(text.len()) { Value::from(text) } else { Value::Null }
            }
            "integer" => number(merged, salt, true),
            "number" => number(merged, salt, false),
            "boolean" => Value::from(salt % 2 == 1),
            _ => Value::Null,
        }
    }

    fn object(&self, merged: &Merged<'a>, depth: usize) -> Value {
        let mut members = Map::new();
        let mut wanted: Vec<&str> = merged.required.clone();
        let least = merged.count("minProperties", u64::max).unwrap_or(0);
        for (name, _) in &merged.properties {
            if (wanted.len() as u64) < least && !wanted.contains(name) {
                wanted.push(name);
            }
        }
        let mut at = 0;
        while let Some(name) = wanted.get(at).copied() {
            at += 1;
            if members.contains_key(name) {
                continue;
            }
            members.insert(name.to_owned(), self.member(merged, name, depth));
            let dependent = ["dependentRequired", "dependencies"]
                .into_iter()
                .filter_map(|key| merged.last(key)?.get(name)?.as_array())
                .flatten();
            wanted.extend(dependent.filter_map(Value::as_str));
        }
        let mut extra = 0;
        while (members.len() as u64) < least {
            extra += 1;
            let name = format!("key{extra}");
            let value = self.member(merged, &name, depth);
            members.entry(name).or_insert(value);
        }
        Value::Object(members)
    }

    fn member(&self, merged: &Merged<'a>, name: &str, depth: usize) -> Value {
        let mut schemas = merged.properties.iter().filter(|(known, _)| *known == name).map(|(_, schema)| *schema);
        let Some(first) = schemas.next() else {
            return match merged.last("additionalProperties") {
                Some(rest @ Value::Object(_)) => self.value(rest, 0, depth + 1),
                _ => Value::from("text"),
            };
        };
        let mut all = self.merged(first, depth + 1);
        for more in schemas {
            all.join(self.merged(more, depth + 1));
        }
        if all.says_nothing() {
            return Value::from("text");
        }
        if depth >= MAX_DEPTH || !self.doc.step() {
            return Value::Null;
        }
        self.of_merged(&all, 0, depth + 1)
    }

    fn array(&self, merged: &Merged<'a>, salt: usize, depth: usize) -> Value {
        let mut items: Vec<Value> = Vec::new();
        let tuple = merged
            .last("prefixItems")
            .or_else(|| merged.last("items").filter(|items| items.is_array()))
            .and_then(Value::as_array);
        let least = merged.count("minItems", u64::max).unwrap_or(0);
        let contains = merged.last("contains");
        let wanted = contains.map_or(0, |_| merged.count("minContains", u64::max).unwrap_or(1).min(MAX_DEMAND));
        let rest =
            ["items", "additionalItems"].into_iter().filter_map(|key| merged.last(key)).find(|items| items.is_object());
        while (items.len() as u64) < least.max(wanted) {
            let at = items.len();
            if !self.doc.step() {
                break;
            }
            let schema = match tuple.and_then(|tuple| tuple.get(at)) {
                Some(one) => Some(one),
                None if (at as u64) < wanted => contains,
                None => rest.or(contains),
            };
            items.push(match schema {
                Some(schema) => self.value(schema, at + salt, depth + 1),
                None => Value::from(at),
            });
        }
        Value::Array(items)
    }
}

/// The keywords of several schemas that all apply to one value.
#[derive(Default)]
struct Merged<'a> {
    maps: Vec<&'a Map<String, Value>>,
    properties: Vec<(&'a str, &'a Value)>,
    required: Vec<&'a str>,
    types: Types,
}

impl Default for Types {
    fn default() -> Self {
        Self::ANY
    }
}

impl<'a> Merged<'a> {
    fn add(&mut self, map: &'a Map<String, Value>) {
        self.types = self.types.both(types::declared(map));
        let named = map.get("properties").and_then(Value::as_object);
        self.properties.extend(named.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
        for name in list(map, "required").filter_map(Value::as_str) {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
        self.maps.push(map);
    }

    fn join(&mut self, other: Self) {
        for map in other.maps {
            self.add(map);
        }
    }

    /// The value of a keyword, from the schema that stands outermost.
    fn last(&self, key: &str) -> Option<&'a Value> {
        self.maps.iter().find_map(|map| map.get(key))
    }

    /// The options that all enums allow.
    fn options(&self) -> Option<Vec<&'a Value>> {
        let mut enums = self.maps.iter().filter_map(|map| map.get("enum")?.as_array());
        let first = enums.next()?;
        let rest: Vec<_> = enums.collect();
        Some(first.iter().filter(|option| rest.iter().all(|list| list.contains(option))).collect())
    }

    fn count(&self, key: &str, pick: fn(u64, u64) -> u64) -> Option<u64> {
        self.maps
            .iter()
            .filter_map(|map| {
                let number = map.get(key)?;
                number.as_u64().or_else(|| number.as_f64().map(|number| number as u64))
            })
            .reduce(pick)
            .map(|count| count.min(MAX_DEMAND))
    }

    fn bound(&self, key: &str, pick: fn(f64, f64) -> f64) -> Option<f64> {
        self.maps.iter().filter_map(|map| map.get(key)?.as_f64()).reduce(pick)
    }

    fn says_nothing(&self) -> bool {
        const EMPTY: [&str; 4] = ["title", "description", "$comment", "deprecated"];
        self.maps.iter().all(|map| map.keys().all(|key| EMPTY.contains(&key.as_str())))
    }

    /// The kind to make: what is allowed and, of several, what the other keywords speak of.
    fn kind(&self) -> &'a str {
        let hints = [
            ("object", &["properties", "required", "minProperties"][..]),
            ("array", &["items", "prefixItems", "minItems", "contains"][..]),
            ("string", &["minLength", "maxLength", "pattern", "format"][..]),
            ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"][..]),
        ];
        if self.types == Types::ANY {
            return hints
                .into_iter()
                .find(|(_, keys)| keys.iter().any(|key| self.last(key).is_some()))
                .map_or("null", |(name, _)| name);
        }
        // The order in which the schema names them.
        let named = self.last("type").and_then(|names| match names {
            Value::Array(names) => names
                .iter()
                .filter_map(Value::as_str)
                .find(|name| *name != "null" && self.types.has(Types::named(name))),
            _ => None,
        });
        named.unwrap_or_else(|| self.types.first_name())
    }
}

fn string(merged: &Merged<'_>, salt: usize) -> String {
    let least = merged.count("minLength", u64::max).unwrap_or(0) as usize;
    let most = merged.count("maxLength", u64::min).map_or(usize::MAX, |most| most as usize);
    if let Some(pattern) = merged.last("pattern").and_then(Value::as_str)
        && let Some(text) = pattern::matching(pattern, least, most)
    {
        return text;
    }
    if let Some(text) = merged.last("format").and_then(Value::as_str).and_then(|format| formatted(format, salt)) {
        return text;
    }
    let mut text = String::from("text");
    if salt > 0 {
        text.push_str(&salt.to_string());
    }
    let mut length = text.len();
    while length < least {
        text.push('x');
        length += 1;
    }
    if length > most {
        // The end tells texts apart.
        text.drain(..length - most);
    }
    text
}

fn formatted(format: &str, salt: usize) -> Option<String> {
    let day = salt % 28 + 1;
    Some(match format {
        "date" => format!("2025-01-{day:02}"),
        "date-time" => format!("2025-01-{day:02}T12:00:00Z"),
        "time" => format!("12:00:{:02}Z", salt % 60),
        "duration" => format!("P{day}D"),
        "email" | "idn-email" => format!("user{}@example.com", suffix(salt)),
        "hostname" | "idn-hostname" => format!("host{}.example.com", suffix(salt)),
        "uri" | "iri" | "url" | "uri-reference" | "iri-reference" => {
            format!("https://example.com/{}", suffix(salt))
        }
        "uri-template" => "https://example.com/{id}".to_owned(),
        "uuid" => format!("00000000-0000-4000-8000-{salt:012x}"),
        "ipv4" => format!("192.0.2.{day}"),
        "ipv6" => format!("2001:db8::{day:x}"),
        "json-pointer" => format!("/{salt}"),
        "relative-json-pointer" => "0".to_owned(),
        "regex" => "^.*$".to_owned(),
        "byte" | "binary" => "dGV4dA==".to_owned(),
        _ => return None,
    })
}

fn suffix(salt: usize) -> String {
    if salt == 0 { String::new() } else { salt.to_string() }
}

/// The number nearest to zero that the bounds allow, `salt` steps further.
fn number(merged: &Merged<'_>, salt: usize, whole: bool) -> Value {
    let step = merged.bound("multipleOf", f64::max).filter(|step| *step > 0.0);
    let low = merged.bound("minimum", f64::max);
    let high = merged.bound("maximum", f64::min);
    let above = merged.bound("exclusiveMinimum", f64::max);
    let below = merged.bound("exclusiveMaximum", f64::min);
    let fits = |n: f64| {
        low.is_none_or(|low| n >= low)
            && high.is_none_or(|high| n <= high)
            && above.is_none_or(|above| n > above)
            && below.is_none_or(|below| n < below)
    };
    let grid = match step {
        Some(step) if whole && step.fract() != 0.0 => {
            // The first whole multiple, for steps like 0.5 and 0.25.
            (1..=100).map(|times| step * f64::from(times)).find(|n| n.fract() == 0.0).unwrap_or(1.0)
        }
        Some(step) => step,
        None => 1.0,
    };
    let up = |n: f64| (n / grid).ceil() * grid;
    let down = |n: f64| (n / grid).floor() * grid;
    let mut candidates = vec![0.0];
    candidates.extend([low, above].into_iter().flatten().flat_map(|n| [up(n), up(n) + grid]));
    candidates.extend([high, below].into_iter().flatten().flat_map(|n| [down(n), down(n) - grid]));
    if !whole && step.is_none() {
        // Bounds closer than one.
        candidates.extend([low, high].into_iter().flatten());
        if let (Some(low), Some(high)) = (low.or(above), high.or(below)) {
            candidates.push(f64::midpoint(low, high));
        }
    }
    let base = candidates.iter().copied().find(|n| fits(*n)).unwrap_or(0.0);
    let salted = [base + grid * salt as f64, base - grid * salt as f64].into_iter().find(|n| fits(*n)).unwrap_or(base);
    if salted.fract() == 0.0 && salted.abs() < 9e15 {
        return Value::from(salted as i64);
    }
    Number::from_f64(salted).map_or(Value::from(0), Value::Number)
}
