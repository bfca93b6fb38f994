//! What a value may be, read from a schema for people: [`Shape`]. Where it speaks: [`Spot`].
//!
//! Schemas are foreign: only what they contain is followed, every walk is bounded, and what has no form (conditions,
//! `not`, patterns of names, …) is left to the validator. Never fails: what it does not understand takes JSON.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::words;
use crate::model::json::compact;
use crate::model::schema::doc::percent_decoded;

/// Places of one value; more are not looked at.
const PLACES: usize = 48;
/// Members of one object; a schema with more has the rest as JSON.
const MEMBERS: usize = 500;
/// Options of one choice, and variants.
const OPTIONS: usize = 10_000;
const VARIANTS: usize = 200;
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
    /// What it takes, in a word or two: `text`, `whole number`, `list of text`.
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

/// All that is said about one value, references and `allOf` folded in.
struct View<'a> {
    spot: Spot,
    maps: Vec<(Place, &'a Map<String, Value>)>,
    /// Lists of variants that were looked at.
    done: Vec<String>,
    /// Something forbids every value.
    never: bool,
    /// It refers to something that is not in the document.
    lost: bool,
}

impl<'a> View<'a> {
    fn of(doc: &'a Value, spot: &Spot) -> View<'a> {
        let mut view = View { spot: spot.clone(), maps: Vec::new(), done: Vec::new(), never: false, lost: false };
        for place in &spot.places {
            view.take(doc, place.clone());
        }
        view
    }

    /// Takes in one place, what it refers to, and its `allOf`.
    fn take(&mut self, doc: &'a Value, place: Place) {
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            if self.maps.len() >= PLACES || self.maps.iter().any(|(known, _)| known.pointer == place.pointer) {
                continue;
            }
            let map = match doc.pointer(&place.pointer) {
                Some(Value::Object(map)) => map,
                Some(Value::Bool(false)) => {
                    self.never = true;
                    continue;
                }
                _ => continue,
            };
            let more = |pointer: String| Place { pointer, bare: false };
            if !place.bare {
                // In reverse: the last pushed is taken next.
                if let Some(Value::Array(parts)) = map.get("allOf") {
                    let parts = 0..parts.len().min(PLACES);
                    open.extend(parts.rev().map(|at| more(format!("{}/allOf/{at}", place.pointer))));
                }
                for key in ["$ref", "$dynamicRef", "$recursiveRef"] {
                    let Some(reference) = map.get(key) else { continue };
                    match reference.as_str().and_then(|reference| resolve(doc, reference)) {
                        Some(target) => open.push(more(target)),
                        None => self.lost = true,
                    }
                }
            }
            self.maps.push((place, map));
        }
    }

    /// What the first place that says anything says.
    fn say(&self, key: &str) -> Option<&'a Value> {
        self.maps.iter().find_map(|(_, map)| map.get(key))
    }

    /// The first list of variants that was not looked at yet, with its place.
    fn variants(&mut self) -> Option<(String, &'a Vec<Value>)> {
        let found = self.maps.iter().filter(|(place, _)| !place.bare).find_map(|(place, map)| {
            ["oneOf", "anyOf"].into_iter().find_map(|key| {
                let pointer = format!("{}/{key}", place.pointer);
                let list = map.get(key)?.as_array().filter(|_| !self.done.contains(&pointer))?;
                Some((pointer, list))
            })
        });
        self.done.extend(found.iter().map(|(pointer, _)| pointer.clone()));
        found
    }

    fn says_true(&self, key: &str) -> bool {
        self.say(key) == Some(&Value::Bool(true))
    }

    /// The types that all places allow; nothing said is `None`.
    fn types(&self) -> Option<Vec<Type>> {
        let mut all: Option<Vec<Type>> = None;
        for (_, map) in &self.maps {
            let said: Vec<Type> = match map.get("type") {
                Some(Value::String(name)) => Type::named(name).into_iter().collect(),
                Some(Value::Array(names)) => names.iter().filter_map(|name| Type::named(name.as_str()?)).collect(),
                _ => continue,
            };
            all = Some(match all {
                None => said,
                Some(all) => all
                    .into_iter()
                    .filter_map(|one| match one {
                        one if said.contains(&one) => Some(one),
                        Type::Number if said.contains(&Type::Integer) => Some(Type::Integer),
                        Type::Integer if said.contains(&Type::Number) => Some(Type::Integer),
                        _ => None,
                    })
                    .collect(),
            });
        }
        if let (Some(all), Some(only)) = (&mut all, self.spot.only) {
            all.retain(|one| *one == only);
        }
        all
    }

    /// The type that the other keywords speak of.
    fn implied(&self) -> Option<Type> {
        let has = |keys: &[&str]| keys.iter().any(|key| self.say(key).is_some());
        if has(&["properties", "required", "additionalProperties", "patternProperties"]) {
            Some(Type::Object)
        } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]) {
            Some(Type::Array)
        } else if has(&["minLength", "maxLength", "pattern", "format"]) {
            Some(Type::String)
        } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            Some(Type::Number)
        } else {
            None
        }
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

/// What `oneOf` or `anyOf` means for a form: a choice of titled constants, one form that may be null, several forms,
/// or nothing where they are conditions on what the rest says.
fn variants<'a>(doc: &'a Value, view: &mut View<'a>, nullable: &mut bool, level: usize) -> Option<Kind> {
    let (key, parts) = view.variants()?;
    let is_null = |part: &Value| {
        part.get("type").and_then(Value::as_str) == Some("null") || part.get("const").is_some_and(Value::is_null)
    };
    let real: Vec<(usize, &Value)> =
        parts.iter().enumerate().take(OPTIONS).filter(|(_, part)| !is_null(part)).collect();
    let has_null = real.len() < parts.len().min(OPTIONS);
    if real.len() > 1 && real.iter().all(|(_, part)| part.get("const").is_some()) {
        *nullable |= has_null;
        let choices = real.iter().map(|(_, part)| {
            let value = part.get("const").unwrap_or(&Value::Null);
            let title = part.get("title").and_then(Value::as_str);
            Choice { json: value.to_string(), title: title.map_or_else(|| plain(value), str::to_owned) }
        });
        return Some(Kind::Choice(choices.collect()));
    }
    if let [(at, _)] = real.as_slice() {
        *nullable |= has_null;
        // The one form there is; what stands beside it speaks first.
        let place = Place { pointer: format!("{key}/{at}"), bare: false };
        view.take(doc, place.clone());
        view.spot.places.push(place);
        return Some(kind(doc, view, nullable, level + 1));
    }
    if real.is_empty() {
        return has_null.then(|| Kind::Const("null".to_owned()));
    }
    let conditions = real.iter().all(|(_, part)| {
        part.as_object().is_none_or(|map| map.keys().all(|key| matches!(key.as_str(), "required" | "not" | "if")))
    });
    if conditions && (view.types().is_some() || view.implied().is_some()) {
        return variants(doc, view, nullable, level);
    }
    *nullable |= has_null;
    let list = real
        .iter()
        .take(VARIANTS)
        .map(|(at, part)| {
            // What stands beside the variants holds for each of them.
            let mut spot = Spot::at(format!("{key}/{at}"));
            spot.places.extend(view.maps.iter().map(|(place, _)| Place { bare: true, ..place.clone() }));
            let title = part.get("title").and_then(Value::as_str).map(str::to_owned);
            let title =
                title.unwrap_or_else(|| if level < 3 { name_of(doc, &spot, part, level) } else { String::new() });
            Variant { title, spot }
        })
        .collect();
    Some(Kind::Variants(distinct(list)))
}

/// A name for a variant: that of what it refers to, the constant that tells it from others, or what it takes.
fn name_of(doc: &Value, spot: &Spot, part: &Value, level: usize) -> String {
    let view = View::of(doc, spot);
    let own = view.maps.iter().find(|(place, _)| !place.bare && place.pointer != spot.places[0].pointer);
    if let Some(title) = own.and_then(|(_, map)| map.get("title")?.as_str()) {
        return title.to_owned();
    }
    let members =
        view.maps.iter().filter(|(place, _)| !place.bare).find_map(|(_, map)| map.get("properties")?.as_object());
    let constant = members.into_iter().flatten().take(MEMBERS).find_map(|(name, member)| {
        let value = member.get("const").or_else(|| match member.get("enum")?.as_array()?.as_slice() {
            [only] => Some(only),
            _ => None,
        })?;
        Some(format!("{name} {}", plain(value)))
    });
    if let Some(constant) = constant {
        return constant;
    }
    if let Some(name) = part.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next()) {
        return unescaped(name);
    }
    let required: Vec<&str> = part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.is_empty() && members.is_none() {
        return format!("with {}", required.join(", "));
    }
    shape_at(doc, spot, level + 1).noun
}

/// Titles that tell variants apart.
fn distinct(mut list: Vec<Variant>) -> Vec<Variant> {
    for at in 0..list.len() {
        let title = list[at].title.clone();
        if title.is_empty() || list[..at].iter().any(|other| other.title == title) {
            list[at].title = if title.is_empty() { format!("{}", at + 1) } else { format!("{title} {}", at + 1) };
        }
    }
    list
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

/// Where a reference inside the document points, as a JSON pointer.
fn resolve(doc: &Value, reference: &str) -> Option<String> {
    let fragment = match doc.get("$id").and_then(Value::as_str) {
        Some(id) => reference.strip_prefix(id.trim_end_matches('#')).unwrap_or(reference),
        None => reference,
    };
    if fragment.is_empty() || fragment == "#" {
        return Some(String::new());
    }
    let pointer = percent_decoded(fragment.strip_prefix('#')?)?;
    if pointer.starts_with('/') {
        return doc.pointer(&pointer).map(|_| pointer);
    }
    // An anchor: almost always on a definition.
    ["$defs", "definitions"].into_iter().find_map(|key| {
        let definitions = doc.get(key)?.as_object()?;
        definitions.iter().find_map(|(name, schema)| {
            let named = ["$anchor", "$dynamicAnchor"]
                .iter()
                .any(|key| schema.get(key).and_then(Value::as_str) == Some(&pointer));
            named.then(|| format!("/{key}/{}", escaped(name)))
        })
    })
}

/// A name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
