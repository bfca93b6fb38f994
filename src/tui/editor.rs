//! Arguments being typed: [`Editor`]: a form or a text, two views of one thing, and what is wrong with it so far.
//!
//! The text goes out as it was typed. It is checked after every change; a text that is no JSON cannot be sent, one
//! that breaks the schema only on a second, explicit key. Going from one view to the other loses nothing: where
//! nothing was changed in between, what comes back is what was there.

use std::collections::BTreeMap;

use tui_textarea::{CursorMove, TextArea};

use super::area;
use super::arguments::ArgumentsUi;
use super::keymap::Key;
use super::ui::ItemRef;
use crate::model::argform::{ArgForm, Val};
use crate::model::call::{ListKind, Operation};
use crate::model::json::{RawJson, pretty, scan};
use crate::model::schema::{OutlineRow, Schema, Violation, outline, template};
use crate::model::session::Item;
use crate::model::skill::Skill;
use crate::model::uritemplate::UriTemplate;

/// Longer texts are checked only when they are sent.
const CHECKED: usize = 256 * 1024;

/// Arguments being typed.
#[derive(Clone, Debug)]
pub struct Editor {
    /// For which item.
    pub item: ItemRef,
    /// The form, as of when it was last in view.
    pub form: ArgumentsUi,
    /// Whether the form is in view, not the text.
    pub as_form: bool,
    /// The text and the cursor, as of when it was last in view.
    pub area: TextArea<'static>,
    /// What the arguments are made of, for orientation.
    pub outline: Vec<OutlineRow>,
    /// What is wrong with the text, if anything.
    pub check: Check,
    /// A send was refused: the next explicit key sends it all the same.
    pub refused: bool,
    /// What it is for goes with the message to a model; this stands for it there.
    pub message: Option<String>,
    /// Whether Enter sends: there is nothing to type, or only one line.
    pub enter_sends: bool,
    schema: Option<Schema>,
    template: Option<UriTemplate>,
    /// The text of a fresh editor.
    fresh: String,
    /// The text that the form was filled from.
    filled_from: String,
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
    /// An editor for a call of `item`, with what was typed for it before or nothing yet; in view is the form, where
    /// `as_form` and what was typed fits into one.
    pub fn open(item: ItemRef, found: &Item, draft: Option<&str>, as_form: bool) -> Editor {
        let source = match item.kind {
            ListKind::Tools => found.raw().get("inputSchema").and_then(|text| RawJson::parse(text).ok()),
            ListKind::Prompts => Some(prompt_schema(found.raw(), true)),
            ListKind::Skills => Skill::read(found.raw()).ok().map(|skill| skill_schema(&skill)),
            ListKind::Resources | ListKind::Templates => None,
        };
        let uri = (item.kind == ListKind::Templates).then(|| UriTemplate::read(&item.key));
        let shown_as = match (&uri, item.kind) {
            (Some(uri), _) => template_schema(uri),
            (None, ListKind::Prompts) => prompt_schema(found.raw(), false),
            (None, _) => source.clone().unwrap_or_else(RawJson::empty_object),
        };
        let form = ArgumentsUi::new(ArgForm::new(&shown_as));
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
        let area = area_of(text);
        let enter_sends = match item.kind {
            ListKind::Templates | ListKind::Resources => true,
            // An unreadable schema says nothing about arguments.
            ListKind::Tools | ListKind::Prompts | ListKind::Skills => outline.is_empty() && value.is_some(),
        };
        let mut editor = Editor {
            item,
            form,
            as_form: false,
            area,
            outline,
            check,
            refused: false,
            message: None,
            enter_sends,
            schema,
            template: uri,
            filled_from: fresh.clone(),
            fresh,
        };
        editor.find_first_gap(draft.is_none());
        editor.check();
        if as_form {
            // What was typed and is no JSON is gone on with as text.
            drop(editor.show_form());
        }
        editor
    }

    /// The text as typed, or what the form comes to.
    pub fn text(&self) -> String {
        match self.as_form {
            false => self.area.lines().join("\n"),
            true if self.form.changed => self.written(),
            true => self.filled_from.clone(),
        }
    }

    /// What is worth keeping of it: nothing, where nothing was typed.
    pub fn draft(&self) -> Option<String> {
        let text = self.text();
        (text != self.fresh).then_some(text)
    }

    /// What the form comes to, for reading.
    fn written(&self) -> String {
        match &self.template {
            Some(template) => template.expand(&self.values(), true),
            None => pretty(self.form.form.json.as_str()),
        }
    }

    /// The values of the form's texts by their names.
    /// What is filled into the fields but one.
    pub fn others(&self, but: &str) -> BTreeMap<String, String> {
        let mut values = self.values();
        values.retain(|name, value| name != but && !value.is_empty());
        values
    }

    fn values(&self) -> BTreeMap<String, String> {
        let Val::Object(members) = &self.form.form.root.value else { return BTreeMap::new() };
        let text = |val: &Val| match val {
            Val::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        members.iter().filter_map(|member| Some((member.name.clone(), text(&member.node.value)?))).collect()
    }

    /// The URI that is read when this is sent, with its gaps.
    pub fn uri(&self) -> Option<String> {
        let template = self.template.as_ref()?;
        Some(if self.as_form { template.expand(&self.values(), true) } else { self.text() })
    }

    /// From the form to the text.
    pub fn show_text(&mut self) {
        if !self.as_form {
            return;
        }
        let text = self.text();
        self.as_form = false;
        self.refused = false;
        self.area = area_of(&text);
        self.find_first_gap(text == self.fresh);
        self.filled_from = text;
        self.form.changed = false;
        self.check();
    }

    /// From the text to the form. The error says why that cannot be; the text stays in view then.
    pub fn show_form(&mut self) -> Result<(), String> {
        if self.as_form {
            return Ok(());
        }
        let text = self.area.lines().join("\n");
        if text != self.filled_from {
            let arguments = match &self.template {
                Some(template) => {
                    let values = template.values(&text).ok_or("this URI is not made by the template any more")?;
                    RawJson::from_value(&serde_json::Value::Object(
                        values.into_iter().map(|(name, value)| (name, value.into())).collect(),
                    ))
                }
                None => RawJson::parse(text.as_str()).map_err(|why| format!("not JSON yet: {why}"))?,
            };
            self.form.form.fill(&arguments)?;
            self.form.start();
            self.form.changed = false;
            self.filled_from = text;
        }
        self.form.refused = false;
        self.refused = false;
        self.as_form = true;
        Ok(())
    }

    /// Takes arguments as if a person had typed them.
    pub fn fill(&mut self, text: &str) {
        let as_form = self.as_form;
        self.as_form = false;
        self.area = area_of(text);
        self.refused = false;
        self.check();
        if as_form {
            // What has no form stays in view as text.
            drop(self.show_form());
        }
    }

    /// Whether a send was refused, so that the next explicit key sends all the same.
    pub fn was_refused(&self) -> bool {
        if self.as_form { self.form.refused } else { self.refused }
    }

    /// A key that types or moves. Returns whether the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let before = self.area.cursor();
        let changed = area::type_key(&mut self.area, key);
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

    /// Another text in the place of this one; undo brings the old one back. What has no form is then in view as text.
    pub fn replace(&mut self, text: &str) {
        if self.as_form {
            return self.fill(text);
        }
        self.area.select_all();
        self.area.cut();
        self.paste(text);
    }

    /// Whether the text is one line by its nature.
    pub fn one_line(&self) -> bool {
        matches!(self.item.kind, ListKind::Templates | ListKind::Resources)
    }

    /// What to send, or `None` with `check` or the form saying why not. `anyway` sends what breaks the schema.
    pub fn operation(&mut self, anyway: bool) -> Option<Operation> {
        if self.as_form {
            self.form.form.check_all();
            if !self.form.form.fits() && !anyway {
                return None;
            }
            return Some(match &self.template {
                Some(template) => Operation::ReadResource { uri: template.expand(&self.values(), false) },
                None => self.call(self.form.form.json.clone()),
            });
        }
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
        Some(self.call(arguments))
    }

    fn call(&self, arguments: RawJson) -> Operation {
        let name = self.item.key.clone();
        match self.item.kind {
            ListKind::Prompts => Operation::GetPrompt { name, arguments },
            ListKind::Skills => {
                let file = arguments.get("file").and_then(scan::decoded).map(std::borrow::Cow::into_owned);
                Operation::LoadSkill { uri: name, file, entry: None }
            }
            ListKind::Tools | ListKind::Resources | ListKind::Templates => Operation::CallTool { name, arguments },
        }
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

fn area_of(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.lines().map(str::to_owned).collect());
    area.set_max_histories(200);
    area.set_tab_length(2);
    area
}

/// A template's variables as a schema: an object of strings.
fn template_schema(template: &UriTemplate) -> RawJson {
    let variables = template.variables();
    let properties: serde_json::Map<String, serde_json::Value> =
        variables.iter().map(|one| (one.name.clone(), serde_json::json!({"type": "string"}))).collect();
    let required: Vec<&str> = variables.iter().filter(|one| one.required).map(|one| one.name.as_str()).collect();
    RawJson::from_value(&serde_json::json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    }))
}

/// Which file of a skill is loaded, as a schema.
fn skill_schema(skill: &Skill) -> RawJson {
    let file = serde_json::json!({"type": "string", "enum": skill.paths(), "default": "SKILL.md"});
    RawJson::from_value(&serde_json::json!({
        "type": "object",
        "properties": {"file": file},
        "required": ["file"],
        "additionalProperties": false,
    }))
}

/// A prompt's list of arguments as a schema: an object of strings. `others`: whether those that the prompt does not
/// name are spoken of, too.
fn prompt_schema(raw: &RawJson, others: bool) -> RawJson {
    let value = raw.to_value().unwrap_or_default();
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    for argument in value["arguments"].as_array().into_iter().flatten() {
        let Some(name) = argument["name"].as_str() else { continue };
        let mut property = serde_json::json!({"type": "string"});
        for key in ["title", "description"] {
            if let Some(text) = argument[key].as_str() {
                property[key] = text.into();
            }
        }
        properties.insert(name.to_owned(), property);
        if argument["required"] == true {
            required.push(name.to_owned());
        }
    }
    let none = properties.is_empty();
    let mut schema = serde_json::json!({"type": "object", "properties": properties, "required": required});
    if others {
        schema["additionalProperties"] = serde_json::json!({"type": "string"});
    } else if none {
        schema["additionalProperties"] = serde_json::json!(false);
    }
    RawJson::from_value(&schema)
}

#[cfg(test)]
mod tests;
