//! A form as rows for a screen: what can have the cursor, top to bottom.

use super::shape::{Kind, Rest};
use super::{ArgForm, Node, Path, Role, Val};

/// One thing that can have the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Of which node; for [`Part::Add`] that of the list or object.
    pub path: Path,
    /// How far inside.
    pub depth: usize,
    /// What of it.
    pub part: Part,
    /// Whether the schema wants it.
    pub required: bool,
}

/// What of a node has the cursor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// The name of a member that a person names.
    Name,
    /// Its value; of a list or an object its heading, of several forms which one it is.
    Value,
    /// The place where a list or an object grows.
    Add,
}

impl ArgForm {
    /// All rows. What is folded has one.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        inside(&self.root, &mut Path::new(), 0, &mut rows);
        if let Val::Variant { .. } = self.root.value {
            rows.insert(0, Row { path: Path::new(), depth: 0, part: Part::Value, required: true });
        }
        rows
    }
}

fn node(of: &Node, path: &mut Path, depth: usize, required: bool, rows: &mut Vec<Row>) {
    rows.push(Row { path: path.clone(), depth, part: Part::Value, required });
    if !of.folded {
        inside(of, path, depth + 1, rows);
    }
}

fn inside(of: &Node, path: &mut Path, depth: usize, rows: &mut Vec<Row>) {
    match &of.value {
        Val::List(list) => {
            for (at, child) in list.iter().enumerate() {
                path.push(at);
                node(child, path, depth, false, rows);
                path.pop();
            }
            if of.can_grow() {
                rows.push(Row { path: path.clone(), depth, part: Part::Add, required: false });
            }
        }
        Val::Object(members) => {
            for (at, member) in members.iter().enumerate() {
                path.push(at);
                if member.role == Role::Entry {
                    rows.push(Row { path: path.clone(), depth, part: Part::Name, required: false });
                }
                node(&member.node, path, depth, member.required, rows);
                path.pop();
            }
            if of.can_grow() {
                rows.push(Row { path: path.clone(), depth, part: Part::Add, required: false });
            }
        }
        Val::Variant { node: child, .. } => {
            path.push(0);
            // What is inside a form stands right below its choice.
            match child.value {
                Val::Object(_) => inside(child, path, depth, rows),
                _ => node(child, path, depth, false, rows),
            }
            path.pop();
        }
        _ => {}
    }
}

impl Node {
    /// Whether a person can add an element or a member.
    pub fn can_grow(&self) -> bool {
        match (&self.shape.kind, &self.value) {
            (Kind::Array { first, items }, Val::List(list)) => items.is_some() || list.len() < first.len(),
            (Kind::Object { rest: Rest::Open(_), .. }, Val::Object(_)) => true,
            _ => false,
        }
    }
}
