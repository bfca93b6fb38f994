//! Arguments being typed: [`Editor`]: the text, and what is wrong with it so far.
//!
//! The text goes out as it was typed. It is checked after every change; a text that is no JSON cannot be sent, one
//! that breaks the schema only on a second, explicit key.

use tui_textarea::{CursorMove, TextArea};

use super::keymap::Key;
use super::ui::ItemRef;
use crate::model::call::{ListKind, Operation};
use crate::model::json::RawJson;
use crate::model::schema::{OutlineRow, Schema, Violation, outline, template};
use crate::model::session::Item;

/// Longer texts are checked only when they are sent.
const CHECKED: usize = 256 * 1024;

/// Arguments being typed.
#[derive(Clone, Debug)]
pub struct Editor {
    /// For which item.
    pub item: ItemRef,
    /// The text and the cursor.
    pub area: TextArea<'static>,
    /// What the arguments are made of, for orientation.
    pub outline: Vec<OutlineRow>,
    /// What is wrong with the text, if anything.
    pub check: Check,
    /// A send was refused: the next explicit key sends it all the same.
    pub refused: bool,
    /// Whether Enter sends: there is nothing to type, or only one line.
    pub enter_sends: bool,
    schema: Option<Schema>,
}

/// What is wrong with the text.
#[derive(Clone, PartialEq, Debug)]
pub enum Check {
    /// Nothing.
    Fits,
    /// Nothing is known against it: the schema cannot be used, for this reason.
    Unchecked(String),
    /// It cannot be sent at all.
    Unusable(String),
    /// It breaks the schema.
    Violates(Vec<Violation>),
}

impl Editor {
    /// An editor for a call of `item`, with what was typed for it before or a template.
    pub fn open(item: ItemRef, found: &Item, draft: Option<&str>) -> Editor {
        let source = match item.kind {
            ListKind::Tools => found.raw().get("inputSchema").and_then(|text| RawJson::parse(text).ok()),
            ListKind::Prompts => Some(prompt_schema(found.raw())),
            ListKind::Resources | ListKind::Templates => None,
        };
        let value = source.as_ref().and_then(|source| source.to_value().ok());
        let mut check = Check::Fits;
        let schema = source.and_then(|source| match Schema::compile(&source) {
            Ok(schema) => Some(schema),
            Err(why) => {
                check = Check::Unchecked(why.to_string());
                None
            }
        });
        let mut outline = value.as_ref().map(outline).unwrap_or_default();
        if item.kind == ListKind::Prompts {
            // Any other name is allowed by our schema, not by the server.
            outline.retain(|row| row.name != "*");
        }
        let fresh = match (item.kind, &value) {
            (ListKind::Templates | ListKind::Resources, _) => item.key.clone(),
            (_, Some(value)) => template(value),
            (_, None) => "{}".to_owned(),
        };
        let text = draft.unwrap_or(&fresh);
        let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
        area.set_max_histories(200);
        area.set_tab_length(2);
        let enter_sends = match item.kind {
            ListKind::Templates | ListKind::Resources => true,
            // An unreadable schema says nothing about arguments.
            ListKind::Tools | ListKind::Prompts => outline.is_empty() && value.is_some(),
        };
        let mut editor = Editor { item, area, outline, check, refused: false, enter_sends, schema };
        editor.find_first_gap(draft.is_none());
        editor.check();
        editor
    }

    /// The text as typed.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// A key that types or moves. Returns whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let before = self.area.cursor();
        let changed = self.area.input(key.event());
        if changed || before != self.area.cursor() {
            self.refused = false;
        }
        if changed {
            self.check();
        }
        changed
    }

    /// A text at once.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = if self.one_line() { text.replace('\n', "") } else { text };
        self.area.insert_str(text);
        self.refused = false;
        self.check();
    }

    /// Another text in the place of this one; undo brings the old one back.
    pub fn replace(&mut self, text: &str) {
        self.area.select_all();
        self.area.cut();
        self.paste(text);
    }

    /// Whether the text is one line by its nature.
    pub fn one_line(&self) -> bool {
        matches!(self.item.kind, ListKind::Templates | ListKind::Resources)
    }

    /// What to send, or `None` with `check` saying why not. `anyway` sends what breaks the schema.
    pub fn operation(&mut self, anyway: bool) -> Option<Operation> {
        let text = self.text();
        self.check_text(&text);
        let blocked = match &self.check {
            Check::Fits | Check::Unchecked(_) => false,
            Check::Unusable(_) => true,
            Check::Violates(_) => !anyway,
        };
        if blocked {
            self.refused = true;
            return None;
        }
        if self.one_line() {
            return Some(Operation::ReadResource { uri: text });
        }
        // A frame is one line; between tokens a line break means no more than a space, inside them it cannot be.
        let arguments = RawJson::parse(text.replace(['\n', '\r'], " ")).ok()?;
        let name = self.item.key.clone();
        Some(match self.item.kind {
            ListKind::Prompts => Operation::GetPrompt { name, arguments },
            ListKind::Tools | ListKind::Resources | ListKind::Templates => Operation::CallTool { name, arguments },
        })
    }

    fn check(&mut self) {
        let text = self.text();
        if text.len() <= CHECKED {
            self.check_text(&text);
        } else if !matches!(self.check, Check::Unchecked(_)) {
            self.check = Check::Fits;
        }
    }

    fn check_text(&mut self, text: &str) {
        if self.one_line() {
            self.check = match variable(text) {
                Some(name) => Check::Violates(vec![Violation {
                    way: vec![],
                    path: name.to_owned(),
                    message: "put a value in the place of this variable".to_owned(),
                }]),
                None if text.trim().is_empty() => Check::Unusable("type a URI".into()),
                None => Check::Fits,
            };
            return;
        }
        let raw = match RawJson::parse(text) {
            Ok(raw) => raw,
            Err(why) => {
                self.check = Check::Unusable(format!("not JSON yet: {why}"));
                return;
            }
        };
        if !raw.as_str().starts_with('{') {
            self.check = Check::Unusable("arguments are an object: {\"name\": value, …}".into());
            return;
        }
        let value = match raw.to_value() {
            Ok(value) => value,
            Err(why) => {
                self.check = Check::Unchecked(why.to_string());
                return;
            }
        };
        if let Some(schema) = &self.schema {
            let violations = schema.validate(&value);
            self.check = if violations.is_empty() { Check::Fits } else { Check::Violates(violations) };
        } else if !matches!(self.check, Check::Unchecked(_)) {
            self.check = Check::Fits;
        }
    }

    /// Puts the cursor where typing most likely goes on: into the first empty string, the first variable, else to
    /// the end.
    fn find_first_gap(&mut self, fresh: bool) {
        let gap = self.area.lines().iter().enumerate().find_map(|(row, line)| {
            let marks: &[(&str, usize)] = if self.one_line() { &[("{", 0)] } else { &[(": \"\"", 3)] };
            let (at, skip) = marks.iter().find_map(|(mark, skip)| Some((line.find(mark)?, *skip)))?;
            Some((row, line[..at].chars().count() + skip))
        });
        if let Some((row, column)) = gap.filter(|_| fresh) {
            self.area.move_cursor(CursorMove::Jump(row as u16, column as u16));
        } else {
            self.area.move_cursor(CursorMove::Bottom);
            self.area.move_cursor(CursorMove::End);
        }
    }
}

/// The first variable that is left in a URI template, with its braces.
fn variable(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let end = start + text[start..].find('}')?;
    Some(&text[start..=end])
}

/// A prompt's list of arguments as a schema: an object of strings.
fn prompt_schema(raw: &RawJson) -> RawJson {
    let value = raw.to_value().unwrap_or_default();
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for argument in value["arguments"].as_array().into_iter().flatten() {
        let Some(name) = argument["name"].as_str() else { continue };
        let mut property = serde_json::json!({"type": "string"});
        if let Some(description) = argument["description"].as_str() {
            property["description"] = description.into();
        }
        properties.insert(name.to_owned(), property);
        if argument["required"] == true {
            required.push(name.to_owned());
        }
    }
    let schema = serde_json::json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": {"type": "string"},
    });
    RawJson::from_value(&schema)
}

#[cfg(test)]
mod tests;
