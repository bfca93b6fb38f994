//! `oneOf` and `anyOf` as a person fills them in: a choice, one form, or several with names that tell them apart.

use serde_json::Value;

use super::view::{View, unescaped};
use super::{Choice, Kind, MEMBERS, OPTIONS, Place, Spot, Variant, kind, plain, shape_at};

/// Variants of one value.
const VARIANTS: usize = 200;

/// What `oneOf` or `anyOf` means for a form: a choice of titled constants, one form that may be null, several forms,
/// or nothing where they are conditions on what the rest says.
pub(super) fn variants<'a>(doc: &'a Value, view: &mut View<'a>, nullable: &mut bool, level: usize) -> Option<Kind> {
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
