//! A form being filled: [`FormUi`]: one entry a field, what is wrong with each, and the content made of them.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use serde_json::{Map, Value};

use crate::model::form::{Choice, Field, FieldKind, Form};
use crate::model::json::RawJson;
use crate::tui::keymap::Key;
use crate::tui::line::LineEdit;

/// A form being filled.
#[derive(Clone, Debug)]
pub struct FormUi {
    /// The fields.
    pub form: Form,
    /// What is typed in each.
    pub entries: Vec<Entry>,
    /// The field with the cursor.
    pub focus: usize,
    /// What is wrong with each field, in plain words.
    pub problems: Vec<Option<String>>,
    /// What is wrong with the whole.
    pub whole: Option<String>,
    /// What would be sent.
    pub content: RawJson,
    /// A send was refused: gaps are shown, and the next explicit key sends it all the same.
    pub refused: bool,
    /// Whether a person typed anything.
    pub changed: bool,
}

/// What is typed in one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Text, numbers, JSON.
    Line(LineEdit),
    /// Yes, no, or nothing yet.
    Flag(Option<bool>),
    /// One choice, or none yet.
    One(Option<usize>),
    /// Several choices; the cursor is on one of them.
    Many {
        /// The ticked ones.
        ticked: BTreeSet<usize>,
        /// Where the cursor is.
        at: usize,
    },
}

impl FormUi {
    /// A form with what the server proposes filled in.
    pub fn new(form: Form) -> FormUi {
        let entries: Vec<Entry> = form.fields.iter().map(Entry::new).collect();
        let problems = vec![None; entries.len()];
        let mut form = FormUi {
            form,
            entries,
            focus: 0,
            problems,
            whole: None,
            content: RawJson::empty_object(),
            refused: false,
            changed: false,
        };
        form.check();
        form
    }

    /// The field with the cursor, if there is any field.
    pub fn field(&self) -> Option<&Field> {
        self.form.fields.get(self.focus)
    }

    /// What is wrong with a field, as far as it is worth saying: a gap only once a send was refused.
    pub fn problem(&self, at: usize) -> Option<&str> {
        let gap = self.entries.get(at).is_some_and(Entry::is_empty) && !self.refused;
        self.problems.get(at)?.as_deref().filter(|_| !gap)
    }

    /// To another field; around at the ends.
    pub fn step(&mut self, by: usize) {
        if !self.entries.is_empty() {
            self.focus = (self.focus + by) % self.entries.len();
        }
    }

    /// A key that belongs to the field with the cursor.
    pub fn key(&mut self, key: Key) {
        let Some(entry) = self.entries.get_mut(self.focus) else { return };
        let choices = match &self.form.fields[self.focus].kind {
            FieldKind::Choice(choices) | FieldKind::Choices(choices) => choices.as_slice(),
            _ => &[],
        };
        if entry.key(key, choices) {
            self.edited();
        }
    }

    /// A text at once.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        // Only text can hold a line break; at the end of what was copied nobody means it.
        let text = match self.field().map(|field| &field.kind) {
            Some(FieldKind::Text) => text.trim_end_matches('\n').to_owned(),
            _ => text.trim().replace('\n', " "),
        };
        if let Some(Entry::Line(line)) = self.entries.get_mut(self.focus)
            && line.insert(&text)
        {
            self.edited();
        }
    }

    fn edited(&mut self) {
        self.changed = true;
        self.check();
    }

    /// The content to send, or why not; then the cursor is in the first field that keeps it from being sent.
    pub fn send(&mut self, anyway: bool) -> Result<RawJson, String> {
        self.check();
        let bad = self.problems.iter().position(Option::is_some);
        if (bad.is_none() && self.whole.is_none()) || (anyway && self.refused) {
            return Ok(self.content.clone());
        }
        self.refused = true;
        if let Some(at) = bad {
            self.focus = at;
        }
        Err(match bad.and_then(|at| Some((self.form.fields.get(at)?, self.problems[at].as_deref()?))) {
            Some((field, problem)) => format!("{}: {problem}", field.title.as_deref().unwrap_or(&field.name)),
            None => self.whole.clone().unwrap_or_default(),
        })
    }

    fn check(&mut self) {
        let mut content = Map::new();
        self.problems.fill(None);
        for (at, (field, entry)) in self.form.fields.iter().zip(&self.entries).enumerate() {
            match entry.value(field) {
                Ok(Some(value)) => drop(content.insert(field.name.clone(), value)),
                Ok(None) if field.required => self.problems[at] = Some("required".into()),
                Ok(None) => {}
                Err((typed, problem)) => {
                    self.problems[at] = Some(problem);
                    // Sent all the same only on an explicit key: then as it was typed.
                    content.insert(field.name.clone(), typed.into());
                }
            }
        }
        self.content = RawJson::from_value(&content.into());
        self.whole = None;
        for violation in self.form.check(&self.content) {
            let field = self.form.fields.iter().position(|field| is_at(&violation.path, &field.name));
            match field {
                Some(at) => drop(self.problems[at].get_or_insert(violation.message)),
                // A gap is said at its field.
                None if self.problems.iter().any(Option::is_some) => {}
                None => drop(self.whole.get_or_insert(violation.message)),
            }
        }
    }
}

/// Whether a place in the content is in this member.
fn is_at(path: &str, name: &str) -> bool {
    let odd = format!("[{}]", Value::from(name));
    let rest = path.strip_prefix(name).or_else(|| path.strip_prefix(odd.as_str()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

impl Entry {
    fn new(field: &Field) -> Entry {
        let default = field.default.as_ref();
        match &field.kind {
            FieldKind::Boolean => Entry::Flag(default.and_then(Value::as_bool)),
            FieldKind::Choice(choices) => {
                let proposed = default.and_then(Value::as_str);
                Entry::One(choices.iter().position(|choice| Some(choice.value.as_str()) == proposed))
            }
            FieldKind::Choices(choices) => {
                let proposed: Vec<&str> =
                    default.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
                let ticked = choices.iter().enumerate().filter(|(_, choice)| proposed.contains(&choice.value.as_str()));
                Entry::Many { ticked: ticked.map(|(at, _)| at).collect(), at: 0 }
            }
            FieldKind::Text | FieldKind::Number { .. } | FieldKind::Json => Entry::Line(LineEdit::new(match default {
                Some(Value::String(text)) if field.kind == FieldKind::Text => text.clone(),
                Some(value) => value.to_string(),
                None => String::new(),
            })),
        }
    }

    /// Whether nothing is typed or chosen.
    pub fn is_empty(&self) -> bool {
        match self {
            Entry::Line(line) => line.text().is_empty(),
            Entry::Flag(flag) => flag.is_none(),
            Entry::One(chosen) => chosen.is_none(),
            Entry::Many { ticked, .. } => ticked.is_empty(),
        }
    }

    /// Its value; `None` leaves the field out. An error has what was typed, too.
    fn value(&self, field: &Field) -> Result<Option<Value>, (String, String)> {
        let of = |at: &usize| match &field.kind {
            FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
                choices.get(*at).map(|choice| Value::from(choice.value.clone()))
            }
            _ => None,
        };
        match self {
            Entry::Line(line) => field.value(line.text()).map_err(|problem| (line.text().to_owned(), problem)),
            Entry::Flag(flag) => Ok(flag.map(Value::from)),
            Entry::One(chosen) => Ok(chosen.as_ref().and_then(of)),
            Entry::Many { ticked, .. } if ticked.is_empty() && !field.required => Ok(None),
            Entry::Many { ticked, .. } => Ok(Some(ticked.iter().filter_map(of).collect())),
        }
    }

    /// A key. Returns whether the value changed.
    fn key(&mut self, key: Key, choices: &[Choice]) -> bool {
        let before = self.clone();
        let last = choices.len().saturating_sub(1);
        let clears = matches!(key.code, KeyCode::Backspace | KeyCode::Delete);
        let letter = match key.code {
            KeyCode::Char(c) if key.types_text() => Some(c.to_ascii_lowercase()),
            _ => None,
        };
        // The next choice that begins with this letter.
        let named = |after: usize| {
            let begins = |at: &usize| choices[*at].title.chars().next().map(|c| c.to_ascii_lowercase()) == letter;
            letter.and_then(|_| (after + 1..choices.len()).chain(0..choices.len()).find(begins))
        };
        match self {
            Entry::Line(line) => return line.key(key),
            Entry::Flag(flag) => match (key.code, letter) {
                (_, Some('y' | 't')) => *flag = Some(true),
                (_, Some('n' | 'f')) => *flag = Some(false),
                (_, Some(' ')) | (KeyCode::Left | KeyCode::Right, _) => *flag = Some(!flag.unwrap_or(false)),
                _ if clears => *flag = None,
                _ => {}
            },
            Entry::One(chosen) => match (key.code, letter) {
                (_, Some(' ')) | (KeyCode::Right, _) => {
                    *chosen = Some(chosen.map_or(0, |at| if at >= last { 0 } else { at + 1 }));
                }
                (KeyCode::Left, _) => *chosen = Some(chosen.map_or(last, |at| at.checked_sub(1).unwrap_or(last))),
                _ if clears => *chosen = None,
                _ => *chosen = named(chosen.unwrap_or(choices.len())).or(*chosen),
            },
            Entry::Many { ticked, at } => match (key.code, letter) {
                (_, Some(' ')) => {
                    if !ticked.remove(at) && *at < choices.len() {
                        ticked.insert(*at);
                    }
                }
                (KeyCode::Right, _) => *at = if *at >= last { 0 } else { *at + 1 },
                (KeyCode::Left, _) => *at = at.checked_sub(1).unwrap_or(last),
                _ if clears => ticked.clear(),
                _ => *at = named(*at).unwrap_or(*at),
            },
        }
        *self != before
    }
}

#[cfg(test)]
mod tests;
