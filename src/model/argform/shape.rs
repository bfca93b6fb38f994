//! What a value may be, read from a schema for people: [`Shape`]. Where it speaks: [`Spot`].
//!
//! Schemas are foreign: only what they contain is followed, every walk is bounded, and what has no form (conditions,
//! `not`, patterns of names, …) is left to the validator. Never fails: what it does not understand takes JSON.

mod variants;
mod view;

use std::sync::Arc;

use serde_json::Value;

use self::variants::variants;
use self::view::{View, escaped};
use super::words;
use crate::model::json::compact;

/// Members of one object; a schema with more has the rest as JSON.
const MEMBERS: usize = 500;
/// Options of one choice.
const OPTIONS: usize = 10_000;
/// Characters of a default or an example that are shown.
const SHOWN: usize = 200;

/// A JSON type of the schema language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// `string`
    String,
    /// `number`
    Number,
    /// `integer`
    Integer,
    /// `boolean`
    Boolean,
    /// `object`
    Object,
    /// `array`
    Array,
    /// `null`
    Null,
}

impl Type {
    const ALL: [(&'static str, Type); 7] = [
        ("string", Type::String),
        ("number", Type::Number),
        ("integer", Type::Integer),
        ("boolean", Type::Boolean),
        ("object", Type::Object),
        ("array", Type::Array),
        ("null", Type::Null),
    ];

    fn named(name: &str) -> Option<Type> {
        Type::ALL.iter().find(|(known, _)| *known == name).map(|(_, found)| *found)
    }
}

/// The places of a schema document that speak about one value; the first speaks first. Without any, anything goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Spot {
    places: Vec<Place>,
    /// Of several types, this one.
    only: Option<Type>,
}

/// One place.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Place {
    /// Where, as a JSON pointer.
    pointer: String,
    /// Whether its references and combinations were looked at before: only its own words count.
    bare: bool,
}

impl Spot {
    /// The whole document.
    pub fn root() -> Spot {
        Spot::at(String::new())
    }

    fn at(pointer: String) -> Spot {
        Spot { places: vec![Place { pointer, bare: false }], only: None }
    }
}

/// One option of a choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is sent, as JSON.
    pub json: String,
    /// What is shown.
    pub title: String,
}

/// One of several forms that a value may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variant {
    /// Its name for people.
    pub title: String,
    /// Where it is described.
    pub spot: Spot,
}

/// A member that the schema names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Where it is described.
    pub spot: Spot,
    /// Whether it must be there.
    pub required: bool,
}

/// Members that the schema does not name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rest {
    /// They are allowed but not asked for.
    Quiet,
    /// They are not allowed.
    Closed,
    /// They are what the object is for; each is described here.
    Open(Spot),
}

/// What a value may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A number.
    Number {
        /// Whether it must be whole.
        integer: bool,
    },
    /// Yes or no.
    Boolean,
    /// One of these.
    Choice(Arc<[Choice]>),
    /// Always this, as JSON.
    Const(String),
    /// A list.
    Array {
        /// The first elements, each on its own terms.
        first: Vec<Spot>,
        /// The others; `None`: there are no others.
        items: Option<Spot>,
    },
    /// An object.
    Object {
        /// The named members, in the schema's order.
        properties: Vec<Property>,
        /// The others.
        rest: Rest,
    },
    /// One of these forms.
    Variants(Vec<Variant>),
    /// Anything, or something that has no form: it takes JSON.
    Json,
}

/// What a value may be, in the server's words and ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// What it takes.
    pub kind: Kind,
    /// Whether null will do, too.
    pub nullable: bool,
    /// Its name for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What the server does without it, as JSON.
    pub default: Option<String>,
    /// Values that the server gives as examples, as JSON, short.
    pub examples: Vec<String>,
    /// The format of a text, as the schema names it.
    pub format: Option<String>,
    /// What it takes, in a word or two: `text`, `whole number`, `list of texts`.
    pub noun: String,
    /// What is allowed, in plain words; empty for anything.
    pub limits: String,
    /// Whether the schema calls it deprecated.
    pub deprecated: bool,
}

/// Reads the shape of a value.
pub fn shape(doc: &Value, spot: &Spot) -> Shape {
    shape_at(doc, spot, 0)
}

fn shape_at(doc: &Value, spot: &Spot, level: usize) -> Shape {
    let mut view = View::of(doc, spot);
    let mut nullable = view.says_true("nullable");
    let kind = kind(doc, &mut view, &mut nullable, level);
    // `null` as one of a choice is an option, not an absence.
    let nullable = nullable && !matches!(&kind, Kind::Json | Kind::Const(_));
    let text = |key: &str| view.say(key).and_then(Value::as_str).map(str::to_owned);
    let short = |value: &Value| compact(&value.to_string(), SHOWN);
    let examples = match (view.say("examples"), view.say("example")) {
        (Some(Value::Array(given)), _) => given.iter().take(3).map(short).collect(),
        (Some(_), _) | (None, None) => vec![],
        (None, Some(one)) => vec![short(one)],
    };
    let noun = words::noun(&kind, |spot| if level < 3 { shape_at(doc, spot, level + 1).noun } else { String::new() });
    Shape {
        nullable,
        title: text("title"),
        description: text("description"),
        default: view.say("default").map(Value::to_string),
        examples,
        format: text("format"),
        noun,
        limits: words::limits(&kind, |key| view.say(key)),
        deprecated: view.says_true("deprecated"),
        kind,
    }
}

fn kind<'a>(doc: &'a Value, view: &mut View<'a>, nullable: &mut bool, level: usize) -> Kind {
    if view.never || view.lost || level > 8 {
        return Kind::Json;
    }
    if let Some(value) = view.say("const") {
        return Kind::Const(value.to_string());
    }
    if let Some(Value::Array(options)) = view.say("enum") {
        let allowed = view.types();
        return choice(options, view, allowed.as_deref());
    }
    if let Some(kind) = variants(doc, view, nullable, level) {
        return kind;
    }
    let mut types = view.types().or_else(|| view.implied().map(|one| vec![one])).unwrap_or_default();
    if types.len() > 1 && types.contains(&Type::Null) {
        *nullable = true;
        types.retain(|one| *one != Type::Null);
    }
    if types.contains(&Type::Number) {
        types.retain(|one| *one != Type::Integer);
    }
    match types.as_slice() {
        [] => Kind::Json,
        [Type::String] => Kind::Text,
        [Type::Number] => Kind::Number { integer: false },
        [Type::Integer] => Kind::Number { integer: true },
        [Type::Boolean] => Kind::Boolean,
        [Type::Null] => Kind::Const("null".to_owned()),
        [Type::Array] => array(view),
        [Type::Object] => object(view),
        several => Kind::Variants(
            several
                .iter()
                .map(|one| {
                    let spot = Spot { only: Some(*one), ..view.spot.clone() };
                    Variant { title: words::of_type(*one).to_owned(), spot }
                })
                .collect(),
        ),
    }
}

fn choice(options: &[Value], view: &View<'_>, allowed: Option<&[Type]>) -> Kind {
    let titles = ["enumNames", "x-enumNames", "x-enum-varnames"].into_iter().find_map(|key| view.say(key)?.as_array());
    let fits = |value: &Value| {
        allowed.is_none_or(|allowed| {
            allowed.iter().any(|one| match one {
                Type::String => value.is_string(),
                Type::Number => value.is_number(),
                Type::Integer => value.is_i64() || value.is_u64(),
                Type::Boolean => value.is_boolean(),
                Type::Object => value.is_object(),
                Type::Array => value.is_array(),
                Type::Null => value.is_null(),
            })
        })
    };
    let choices: Vec<Choice> = options
        .iter()
        .enumerate()
        .take(OPTIONS)
        .filter(|(_, value)| fits(value))
        .map(|(at, value)| {
            let title = titles.and_then(|titles| titles.get(at)?.as_str());
            Choice { json: value.to_string(), title: title.map_or_else(|| plain(value), str::to_owned) }
        })
        .collect();
    match choices.as_slice() {
        [] => Kind::Json,
        [only] => Kind::Const(only.json.clone()),
        _ => Kind::Choice(choices.into()),
    }
}

/// A value as it is shown among others: text without its quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        value => value.to_string(),
    }
}

fn array(view: &View<'_>) -> Kind {
    let of =
        |key: &str| view.maps.iter().find_map(|(place, map)| Some((format!("{}/{key}", place.pointer), map.get(key)?)));
    let list = |(pointer, value): (String, &Value)| -> Vec<Spot> {
        let len = value.as_array().map_or(0, Vec::len).min(MEMBERS);
        (0..len).map(|at| Spot::at(format!("{pointer}/{at}"))).collect()
    };
    let one = |found: Option<(String, &Value)>| match found {
        Some((_, Value::Bool(false))) => None,
        Some((pointer, Value::Object(_))) => Some(Spot::at(pointer)),
        _ => Some(Spot::default()),
    };
    match (of("prefixItems"), of("items")) {
        (Some(prefix), rest) => Kind::Array { first: list(prefix), items: one(rest) },
        // Draft-07 spells tuples this way.
        (None, Some(tuple @ (_, Value::Array(_)))) => {
            Kind::Array { first: list(tuple), items: one(of("additionalItems")) }
        }
        (None, rest) => Kind::Array { first: vec![], items: one(rest) },
    }
}

fn object(view: &View<'_>) -> Kind {
    let mut properties: Vec<Property> = Vec::new();
    for (place, map) in &view.maps {
        for (name, schema) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let here = Place { pointer: format!("{}/properties/{}", place.pointer, escaped(name)), bare: false };
            match properties.iter().position(|known| known.name == *name) {
                Some(at) => properties[at].spot.places.push(here),
                None if properties.len() >= MEMBERS => {}
                None => {
                    let spot = Spot { places: vec![here], only: None };
                    properties.push(Property { name: name.clone(), spot, required: false });
                }
            }
            // `"x": false` next to others: it must not be there.
            if schema == &Value::Bool(false)
                && let Some(known) = properties.iter_mut().find(|known| known.name == *name)
            {
                known.required = false;
            }
        }
    }
    for (_, map) in &view.maps {
        for name in map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            match properties.iter().position(|known| known.name == name) {
                Some(at) => properties[at].required = true,
                None if properties.len() >= MEMBERS => {}
                None => {
                    properties.push(Property { name: name.to_owned(), spot: Spot::default(), required: true });
                }
            }
        }
    }
    let found =
        |key: &str| view.maps.iter().find_map(|(place, map)| Some((format!("{}/{key}", place.pointer), map.get(key)?)));
    let pattern = || {
        let (pointer, patterns) = found("patternProperties")?;
        match patterns.as_object()?.keys().collect::<Vec<_>>().as_slice() {
            [] => None,
            [only] => Some(Spot::at(format!("{pointer}/{}", escaped(only)))),
            _ => Some(Spot::default()),
        }
    };
    let rest = match found("additionalProperties") {
        Some((pointer, Value::Object(_))) => Rest::Open(Spot::at(pointer)),
        Some((_, Value::Bool(false))) => pattern().map_or(Rest::Closed, Rest::Open),
        Some((_, Value::Bool(true))) => Rest::Open(pattern().unwrap_or_default()),
        _ => match pattern() {
            Some(spot) => Rest::Open(spot),
            None if properties.is_empty() => Rest::Open(Spot::default()),
            None => Rest::Quiet,
        },
    };
    Kind::Object { properties, rest }
}
