//! The way out: the JSON of a form, and which place in it is which node.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{ArgForm, Member, Node, Path, Role, Val};
use crate::model::json::RawJson;
use crate::model::schema::explain::push_name;

/// Places of the written JSON, as violations name them.
pub(super) type Places = HashMap<String, Path>;

/// What is being written.
struct Writer {
    out: String,
    /// Where we are, in words.
    place: String,
    path: Path,
    places: Places,
}

impl ArgForm {
    /// The arguments as JSON, and where in it is what.
    pub(super) fn write(&self) -> (RawJson, Places) {
        let mut writer = Writer { out: String::new(), place: String::new(), path: Path::new(), places: Places::new() };
        if self.root.is_set() {
            writer.node(&self.root);
        }
        // What is written here is JSON by construction; arguments are an object.
        let json = RawJson::parse(writer.out).ok().filter(|json| json.as_str().starts_with('{'));
        (json.unwrap_or_else(RawJson::empty_object), writer.places)
    }

    /// The JSON of one node; `None` where it is not sent.
    pub fn json_of(&self, path: &[usize]) -> Option<String> {
        let node = self.node(path).filter(|node| node.is_set())?;
        let mut writer = Writer { out: String::new(), place: String::new(), path: Path::new(), places: Places::new() };
        writer.node(node);
        Some(writer.out)
    }
}

impl Writer {
    fn node(&mut self, node: &Node) {
        self.places.entry(self.place.clone()).or_insert_with(|| self.path.clone());
        match &node.value {
            // Callers leave it out.
            Val::Unset | Val::Null => self.out.push_str("null"),
            Val::Text { spelled: Some(json), .. } | Val::Choice { spelled: Some(json), .. } | Val::Const(json) => {
                self.out.push_str(json);
            }
            Val::Text { text, .. } => self.out.push_str(&quoted(text)),
            Val::Number(typed) | Val::Json(typed) => self.out.push_str(&typed_json(typed)),
            Val::Bool(yes) => self.out.push_str(if *yes { "true" } else { "false" }),
            Val::Choice { at, .. } => match &node.shape.kind {
                super::Kind::Choice(choices) => self.out.push_str(choices.get(*at).map_or("null", |one| &one.json)),
                _ => self.out.push_str("null"),
            },
            Val::List(list) => self.list(list),
            Val::Object(members) => self.object(members),
            Val::Variant { node, .. } => {
                self.path.push(0);
                self.node(node);
                self.path.pop();
            }
        }
    }

    fn list(&mut self, list: &[Node]) {
        self.out.push('[');
        let all = list.iter().enumerate().filter(|(_, node)| node.is_set());
        for (sent, (at, node)) in all.enumerate() {
            if sent > 0 {
                self.out.push(',');
            }
            let before = self.place.len();
            let _ = write!(self.place, "[{sent}]");
            self.path.push(at);
            self.node(node);
            self.path.pop();
            self.place.truncate(before);
        }
        self.out.push(']');
    }

    fn object(&mut self, members: &[Member]) {
        self.out.push('{');
        let mut order: Vec<(usize, &Member)> =
            members.iter().enumerate().filter(|(_, member)| member.is_sent()).collect();
        // As they came; what a person added since comes behind.
        order.sort_by_key(|(_, member)| member.place.unwrap_or(usize::MAX));
        for (nth, (at, member)) in order.into_iter().enumerate() {
            if nth > 0 {
                self.out.push(',');
            }
            match &member.spelled {
                Some(spelled) => self.out.push_str(spelled),
                None => self.out.push_str(&quoted(&member.name)),
            }
            self.out.push(':');
            let before = self.place.len();
            push_name(&mut self.place, &member.name);
            self.path.push(at);
            self.node(&member.node);
            self.path.pop();
            self.place.truncate(before);
        }
        self.out.push('}');
    }
}

impl Member {
    /// Whether it is in the JSON.
    pub fn is_sent(&self) -> bool {
        match self.role {
            Role::Named | Role::Other => self.node.is_set(),
            // A row that was added and not touched is nothing yet.
            Role::Entry => self.node.is_set(),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What was typed where JSON is expected: as it is where it is JSON, else as text. A line break between tokens means
/// no more than a space, and a frame is one line.
fn typed_json(typed: &str) -> String {
    match RawJson::parse(typed.replace(['\n', '\r'], " ")) {
        Ok(json) => json.as_str().to_owned(),
        Err(_) => quoted(typed),
    }
}
