//! What is wrong with a form, at the field, in plain words.

use std::collections::HashMap;

use super::shape::Kind;
use super::{ArgForm, FIELD_BYTES, Node, Path, Role, Val};
use crate::model::form::misfit;
use crate::model::json::RawJson;

/// Longer arguments are checked against the schema only when they are sent.
const CHECKED: usize = 256 * 1024;

/// What is wrong at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// In plain words. May quote foreign text.
    pub text: String,
    /// How bad it is.
    pub weight: Weight,
}

/// How bad a problem is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// Worth saying; nothing keeps it from being sent.
    Note,
    /// Something is missing that must be there.
    Gap,
    /// It does not fit the schema.
    Wrong,
}

impl ArgForm {
    /// Writes the JSON anew and says what is wrong with it.
    pub(super) fn check(&mut self) {
        self.check_within(CHECKED);
    }

    /// The same, however long it takes (it is bounded). Before it is sent.
    pub fn check_all(&mut self) {
        self.check_within(usize::MAX);
    }

    fn check_within(&mut self, most: usize) {
        let (json, places) = self.write();
        self.json = json;
        self.problems.clear();
        let mut found = Vec::new();
        own(&self.root, &mut Path::new(), false, &mut found);
        for (path, text, weight) in found {
            self.put(path, text, weight);
        }
        let Some(schema) = self.schema.clone().filter(|_| self.json.as_str().len() <= most) else { return };
        let Ok(value) = self.json.to_value() else { return };
        for violation in schema.validate(&value) {
            let path = places.get(violation.path.as_str()).or_else(|| places.get("")).cloned().unwrap_or_default();
            // That no form fits is no news while something in the chosen one is wrong or missing.
            let inside = |known: &Path| known.len() > path.len() && known.starts_with(&path);
            if matches!(self.node(&path).map(|node| &node.value), Some(Val::Variant { .. }))
                && self.problems.iter().any(|(known, problem)| problem.weight != Weight::Note && inside(known))
            {
                continue;
            }
            // A missing member is a gap at its field.
            let gap = self.missing(&path, &violation.message);
            match gap {
                Some(at) => self.put([path, vec![at]].concat(), "required".into(), Weight::Gap),
                None => self.put(path, violation.message, Weight::Wrong),
            }
        }
    }

    /// The unset member that a violation complains about.
    fn missing(&self, path: &[usize], message: &str) -> Option<usize> {
        let name = message.strip_prefix('`')?.strip_suffix("` is missing")?;
        match &self.node(path)?.value {
            Val::Object(members) => members.iter().position(|member| !member.node.is_set() && member.name == name),
            _ => None,
        }
    }

    fn put(&mut self, path: Path, text: String, weight: Weight) {
        let known = self.problems.get(&path);
        if known.is_none_or(|known| known.weight == Weight::Note && weight != Weight::Note) {
            self.problems.insert(path, Problem { text, weight });
        }
    }

    /// Whether it can be sent as it is.
    pub fn fits(&self) -> bool {
        self.problems.values().all(|problem| problem.weight == Weight::Note)
    }

    /// The first place that keeps it from being sent, in the order of the form.
    pub fn first_problem(&self) -> Option<(&Path, &Problem)> {
        self.problems.iter().find(|(_, problem)| problem.weight != Weight::Note)
    }
}

/// What can be said without the schema's validator.
fn own(node: &Node, path: &mut Path, required: bool, out: &mut Vec<(Path, String, Weight)>) {
    if let Some((text, weight)) = about(node, required) {
        out.push((path.clone(), text, weight));
    }
    let each = |at: usize, child: &Node, required: bool, path: &mut Path, out: &mut Vec<_>| {
        path.push(at);
        own(child, path, required, out);
        path.pop();
    };
    match &node.value {
        Val::List(list) => {
            for (at, child) in list.iter().enumerate() {
                each(at, child, false, path, out);
            }
        }
        Val::Variant { node: child, .. } => each(0, child, required, path, out),
        Val::Object(members) => {
            let mut seen: HashMap<&str, usize> = HashMap::new();
            for member in members.iter().filter(|member| member.is_sent()) {
                *seen.entry(&member.name).or_default() += 1;
            }
            for (at, member) in members.iter().enumerate() {
                each(at, &member.node, member.required, path, out);
                let twice =
                    member.role != Role::Named && seen.get(member.name.as_str()).is_some_and(|count| *count > 1);
                if twice && member.is_sent() {
                    path.push(at);
                    out.push((path.clone(), "this name is there twice".into(), Weight::Wrong));
                    path.pop();
                } else if member.role == Role::Entry && member.name.is_empty() && member.is_sent() {
                    path.push(at);
                    out.push((path.clone(), "it has no name yet".into(), Weight::Note));
                    path.pop();
                }
            }
        }
        _ => {}
    }
}

fn about(node: &Node, required: bool) -> Option<(String, Weight)> {
    let wrong = |text: &str| Some((text.to_owned(), Weight::Wrong));
    match (&node.shape.kind, &node.value) {
        (_, Val::Unset) if required => Some(("required".into(), Weight::Gap)),
        (Kind::Number { integer }, Val::Number(typed)) => {
            let typed = typed.trim();
            let is_number = serde_json::from_str::<serde_json::Number>(typed).is_ok();
            let what = if *integer { "a whole number is expected" } else { "a number is expected" };
            if is_number { None } else { wrong(what) }
        }
        (Kind::Text, Val::Text { text, .. }) => {
            let problem =
                node.shape.format.as_deref().filter(|_| !text.is_empty()).and_then(|format| misfit(format, text))?;
            Some((problem.to_owned(), Weight::Note))
        }
        (Kind::Json, Val::Json(typed)) if typed.len() <= FIELD_BYTES && RawJson::parse(typed.as_str()).is_err() => {
            let container = typed.trim_start().starts_with(['{', '[', '"']);
            if container {
                wrong("this is no JSON yet; it would be sent as text")
            } else {
                Some(("sent as text".into(), Weight::Note))
            }
        }
        (kind, Val::Json(typed)) if *kind != Kind::Json && RawJson::parse(typed.as_str()).is_err() => {
            wrong("this is no JSON yet; it would be sent as text")
        }
        _ => None,
    }
}
