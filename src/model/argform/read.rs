//! The way in: a fresh form, and a form from arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shape::{Kind, Property, Rest, Shape, Spot};
use super::{ArgForm, DEPTH, ELEMENTS, FRESH_DEPTH, Member, NODES, Node, Role, Val};
use crate::model::json::{RawJson, scan};

/// Steps that choosing the form of one value may take.
const FIT_STEPS: usize = 2_000;

impl ArgForm {
    /// The arguments of a fresh form.
    pub(super) fn fresh_root(&mut self) -> Node {
        self.nodes = 0;
        let shape = self.root_shape();
        self.fresh_as(shape, true, 0)
    }

    /// A value that nobody has touched: what must be there is there as far as there is no choice.
    pub(super) fn fresh(&mut self, spot: &Spot, required: bool, depth: usize) -> Node {
        let shape = self.shape(spot);
        self.fresh_as(shape, required, depth)
    }

    fn fresh_as(&mut self, shape: Arc<Shape>, required: bool, depth: usize) -> Node {
        self.nodes += 1;
        if !required || depth > FRESH_DEPTH || self.nodes > NODES {
            return Node::unset(shape);
        }
        if let Some(default) = shape.default.clone() {
            return self.read_as(shape, &default, depth);
        }
        self.begun_as(shape, depth)
    }

    /// A value that a person has begun to fill.
    pub(super) fn begun(&mut self, spot: &Spot, depth: usize) -> Node {
        let shape = self.shape(spot);
        self.begun_as(shape, depth)
    }

    pub(super) fn begun_as(&mut self, shape: Arc<Shape>, depth: usize) -> Node {
        let value = match &shape.kind {
            Kind::Const(json) => Val::Const(json.clone()),
            Kind::Object { properties, .. } => {
                let members = properties.clone().into_iter().map(|property| self.member_of(property, depth)).collect();
                Val::Object(members)
            }
            Kind::Variants(list) => match list.first().map(|first| first.spot.clone()) {
                Some(spot) => {
                    let node = Box::new(self.fresh(&spot, true, depth + 1));
                    Val::Variant { at: 0, node, others: BTreeMap::new() }
                }
                None => Val::Unset,
            },
            Kind::Text | Kind::Number { .. } | Kind::Boolean | Kind::Choice(_) | Kind::Array { .. } | Kind::Json => {
                Val::Unset
            }
        };
        Node { shape, value, folded: false }
    }

    fn member_of(&mut self, property: Property, depth: usize) -> Member {
        let node = self.fresh(&property.spot, property.required, depth + 1);
        let Property { name, required, .. } = property;
        Member { name, node, required, role: Role::Named, spelled: None, place: None }
    }

    /// The value that a JSON text is, where this shape is expected.
    pub(super) fn read_as(&mut self, shape: Arc<Shape>, raw: &str, depth: usize) -> Node {
        self.nodes += 1;
        let raw = raw.trim();
        let mut node = Node::unset(shape);
        // Room for what is kept as JSON is always there: nothing is lost, it only has no fields of its own.
        node.value = if depth > DEPTH || self.nodes > NODES {
            Val::Json(scanned(raw))
        } else {
            let shape = Arc::clone(&node.shape);
            self.value(&shape, raw, depth).unwrap_or_else(|| Val::Json(scanned(raw)))
        };
        node
    }

    fn read(&mut self, spot: &Spot, raw: &str, depth: usize) -> Node {
        let shape = self.shape(spot);
        self.read_as(shape, raw, depth)
    }

    fn value(&mut self, shape: &Shape, raw: &str, depth: usize) -> Option<Val> {
        if let Kind::Choice(choices) = &shape.kind {
            let found = choices.iter().position(|choice| same(&choice.json, raw));
            if let Some(at) = found {
                return Some(Val::Choice { at, spelled: Some(scanned(raw)) });
            }
        }
        if raw == "null" && shape.nullable {
            return Some(Val::Null);
        }
        let begins = raw.bytes().next()?;
        match &shape.kind {
            Kind::Text => {
                let text = scan::decoded(raw)?.into_owned();
                Some(Val::Text { text, spelled: Some(raw.to_owned()) })
            }
            Kind::Number { .. } => match begins {
                b'-' | b'0'..=b'9' => Some(Val::Number(raw.to_owned())),
                // What was typed and is no number was sent as text.
                b'"' => {
                    let text = scan::decoded(raw)?.into_owned();
                    let bare =
                        !text.is_empty() && spelled_plainly(&text, raw) && RawJson::parse(text.as_str()).is_err();
                    bare.then_some(Val::Number(text))
                }
                _ => None,
            },
            Kind::Boolean => match raw {
                "true" => Some(Val::Bool(true)),
                "false" => Some(Val::Bool(false)),
                _ => None,
            },
            Kind::Const(json) => same(json, raw).then(|| Val::Const(scanned(raw))),
            Kind::Choice(_) | Kind::Json => None,
            Kind::Array { first, items } => {
                if begins != b'[' || scan::elements(raw).take(ELEMENTS + 1).count() > ELEMENTS {
                    return None;
                }
                let list = scan::elements(raw).enumerate();
                let spots = |at: usize| first.get(at).or(items.as_ref()).cloned().unwrap_or_default();
                Some(Val::List(list.map(|(at, raw)| self.read(&spots(at), raw, depth + 1)).collect()))
            }
            Kind::Object { properties, rest } => {
                if begins != b'{' {
                    return None;
                }
                Some(Val::Object(self.members(properties, rest, raw, depth)?))
            }
            Kind::Variants(list) => {
                let mut steps = FIT_STEPS;
                let fits: Vec<Option<u32>> =
                    list.iter().map(|variant| self.fit(&variant.spot, raw, depth, &mut steps)).collect();
                let best = fits
                    .iter()
                    .enumerate()
                    .rev()
                    .filter_map(|(at, fit)| Some((fit.as_ref()?, at)))
                    .max_by_key(|(fit, _)| **fit);
                let (_, at) = best?;
                let spot = list.get(at)?.spot.clone();
                let node = self.read(&spot, raw, depth + 1);
                Some(Val::Variant { at, node: Box::new(node), others: BTreeMap::new() })
            }
        }
    }

    fn members(&mut self, properties: &[Property], rest: &Rest, raw: &str, depth: usize) -> Option<Vec<Member>> {
        let mut given: Vec<Option<(String, &str, &str)>> = Vec::new();
        for (spelled, value) in scan::members(raw) {
            // Half a surrogate is JSON but no text: the whole stays JSON.
            given.push(Some((scan::decoded(spelled)?.into_owned(), spelled, value)));
            if given.len() > NODES {
                return None;
            }
        }
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, (name, ..)) in given.iter().flatten().enumerate() {
            by_name.entry(name).or_insert(at);
        }
        let places: Vec<Option<usize>> = properties.iter().map(|one| by_name.get(one.name.as_str()).copied()).collect();
        let mut out = Vec::with_capacity(properties.len());
        for (property, place) in properties.iter().zip(places) {
            let found = place.and_then(|place| given.get_mut(place)?.take());
            let node = match found {
                Some((_, _, value)) => self.read(&property.spot, value, depth + 1),
                // It is missing from what was given: that is not ours to fill in.
                None => Node::unset(self.shape(&property.spot)),
            };
            let spelled = found.map(|(_, spelled, _)| spelled.to_owned());
            let Property { name, required, .. } = property.clone();
            out.push(Member { name, node, required, role: Role::Named, spelled, place });
        }
        let (role, spot) = match rest {
            Rest::Open(spot) => (Role::Entry, spot.clone()),
            Rest::Quiet | Rest::Closed => (Role::Other, Spot::default()),
        };
        for (place, (name, spelled, value)) in given.into_iter().enumerate().filter_map(|(at, one)| Some((at, one?))) {
            let node = self.read(&spot, value, depth + 1);
            out.push(Member {
                name,
                node,
                required: false,
                role,
                spelled: Some(spelled.to_owned()),
                place: Some(place),
            });
        }
        Some(out)
    }

    /// How well a JSON text fits a spot: `None` not at all.
    fn fit(&mut self, spot: &Spot, raw: &str, depth: usize, steps: &mut usize) -> Option<u32> {
        *steps = steps.saturating_sub(1);
        if depth > DEPTH || *steps == 0 {
            return Some(0);
        }
        let raw = raw.trim();
        let shape = self.shape(spot);
        let begins = raw.bytes().next()?;
        let number = matches!(begins, b'-' | b'0'..=b'9');
        let is = |yes: bool, score: u32| yes.then_some(score);
        if raw == "null" && shape.nullable {
            return Some(2);
        }
        match &shape.kind {
            Kind::Text => is(begins == b'"', 2),
            Kind::Number { integer: true } => is(number && !raw.contains(['.', 'e', 'E']), 3),
            Kind::Number { integer: false } => is(number, 2),
            Kind::Boolean => is(matches!(begins, b't' | b'f'), 2),
            Kind::Const(json) => is(same(json, raw), 20),
            Kind::Choice(choices) => is(choices.iter().any(|choice| same(&choice.json, raw)), 10),
            Kind::Array { first, items } => {
                if begins != b'[' {
                    return None;
                }
                let mut score = 2;
                for (at, element) in scan::elements(raw).take(8).enumerate() {
                    let spot = first.get(at).or(items.as_ref())?.clone();
                    score += self.fit(&spot, element, depth + 1, steps)?;
                }
                Some(score)
            }
            Kind::Object { properties, rest } => {
                if begins != b'{' {
                    return None;
                }
                let mut score = 2;
                for property in properties.clone() {
                    let value = scan::member(raw, &property.name);
                    match value {
                        None if property.required => return None,
                        None => {}
                        Some(value) => score += 2 + self.fit(&property.spot, value, depth + 1, steps)?,
                    }
                }
                let strange = |name: &str| {
                    scan::decoded(name).is_none_or(|name| properties.iter().all(|known| known.name != name))
                };
                match rest {
                    Rest::Closed if scan::members(raw).any(|(name, _)| strange(name)) => None,
                    _ => Some(score),
                }
            }
            Kind::Variants(list) => {
                list.clone().iter().filter_map(|variant| self.fit(&variant.spot, raw, depth + 1, steps)).max()
            }
            Kind::Json => Some(0),
        }
    }
}

/// Whether two JSON texts mean the same, without white space between tokens.
fn same(ours: &str, given: &str) -> bool {
    if ours == given {
        return true;
    }
    match (ours.bytes().next(), given.bytes().next()) {
        (Some(b'"'), Some(b'"')) => scan::decoded(ours) == scan::decoded(given),
        (Some(b'{' | b'['), Some(b'{' | b'[')) | (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            value(ours).is_some_and(|ours| Some(ours) == value(given))
        }
        _ => false,
    }
}

/// JSON without the white space between its tokens, so that it fits on a line.
fn scanned(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let bytes = raw.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'"' => scan::string_end(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            _ => {
                let run = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r'));
                run.map_or(bytes.len(), |run| at + run)
            }
        };
        out.push_str(&raw[at..end]);
        at = end;
    }
    out
}

/// Whether this is how we would write the text.
fn spelled_plainly(text: &str, raw: &str) -> bool {
    let plainly = serde_json::Value::from(text).to_string();
    plainly == raw
}
