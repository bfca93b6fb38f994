//! All that a schema says about one value: [`View`], with what it refers to and its `allOf` folded in.

use serde_json::{Map, Value};

use super::{Place, Spot, Type};
use crate::model::schema::doc::percent_decoded;

/// Places of one value; more are not looked at.
const PLACES: usize = 48;

/// All that is said about one value, references and `allOf` folded in.
pub(super) struct View<'a> {
    pub(super) spot: Spot,
    pub(super) maps: Vec<(Place, &'a Map<String, Value>)>,
    /// Lists of variants that were looked at.
    pub(super) done: Vec<String>,
    /// Something forbids every value.
    pub(super) never: bool,
    /// It refers to something that is not in the document.
    pub(super) lost: bool,
}

impl<'a> View<'a> {
    pub(super) fn of(doc: &'a Value, spot: &Spot) -> View<'a> {
        let mut view = View { spot: spot.clone(), maps: Vec::new(), done: Vec::new(), never: false, lost: false };
        for place in &spot.places {
            view.take(doc, place.clone());
        }
        view
    }

    /// Takes in one place, what it refers to, and its `allOf`.
    pub(super) fn take(&mut self, doc: &'a Value, place: Place) {
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
    pub(super) fn say(&self, key: &str) -> Option<&'a Value> {
        self.maps.iter().find_map(|(_, map)| map.get(key))
    }

    /// The first list of variants that was not looked at yet, with its place.
    pub(super) fn variants(&mut self) -> Option<(String, &'a Vec<Value>)> {
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

    pub(super) fn says_true(&self, key: &str) -> bool {
        self.say(key) == Some(&Value::Bool(true))
    }

    /// The types that all places allow; nothing said is `None`.
    pub(super) fn types(&self) -> Option<Vec<Type>> {
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
    pub(super) fn implied(&self) -> Option<Type> {
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
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

pub(super) fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
