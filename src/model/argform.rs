//! A form for arguments, made from any input schema: [`ArgForm`], a tree of [`Node`]s.
//!
//! The tree and a JSON text are two views of one thing: read ([`ArgForm::fill`]) and written ([`ArgForm::json`]) without
//! loss. Numbers and texts keep their spelling, members their order, what the schema does not know is a member that
//! takes JSON. What a value may be is in `argform/shape.rs`, the way in and out in `read.rs` and `write.rs`, what is
//! wrong in `check.rs`, changes by a person in `edit.rs`, the rows of a screen in `rows.rs`.

mod check;
mod edit;
mod read;
mod rows;
pub mod shape;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::json::RawJson;
use super::schema::{Schema, SchemaError};
pub use check::{Problem, Weight};
pub use rows::{Part, Row};
pub use shape::{Choice, Kind, Property, Rest, Shape, Spot, Variant};

/// Nodes of one form; what is beyond is kept as JSON.
const NODES: usize = 5_000;
/// Elements of a list that are fields; a longer list is kept as JSON.
const ELEMENTS: usize = 500;
/// Levels of nesting that are fields.
const DEPTH: usize = 24;
/// Levels that a fresh form opens by itself.
const FRESH_DEPTH: usize = 6;
/// Bytes of a text that can be edited in a field.
pub const FIELD_BYTES: usize = 16 * 1024;

/// A place in the form: which child, level by level. The whole is the empty path.
pub type Path = Vec<usize>;

/// A form for arguments.
#[derive(Clone, Debug)]
pub struct ArgForm {
    doc: Arc<Value>,
    schema: Option<Schema>,
    shapes: HashMap<Spot, Arc<Shape>>,
    /// Why nothing is checked against the schema, if so.
    pub unchecked: Option<String>,
    /// The arguments.
    pub root: Node,
    /// What is wrong where.
    pub problems: BTreeMap<Path, Problem>,
    /// What would be sent.
    pub json: RawJson,
    nodes: usize,
}

/// One value of the form.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What it may be.
    pub shape: Arc<Shape>,
    /// What it is.
    pub value: Val,
    /// Whether what is inside is not shown.
    pub folded: bool,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Val {
    /// Not there; it is not sent.
    Unset,
    /// `null`
    Null,
    /// A text.
    Text {
        /// What it says.
        text: String,
        /// How it was spelled as JSON, until it is changed.
        spelled: Option<String>,
    },
    /// A number as typed; what is none is sent as JSON if it is any, else as text.
    Number(String),
    /// Yes or no.
    Bool(bool),
    /// One of the options.
    Choice {
        /// Which.
        at: usize,
        /// How it was spelled as JSON, until it is changed.
        spelled: Option<String>,
    },
    /// The one value that is allowed, as spelled.
    Const(String),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Vec<Member>),
    /// One of several forms.
    Variant {
        /// Which.
        at: usize,
        /// It.
        node: Box<Node>,
        /// What was typed in the others.
        others: BTreeMap<usize, Node>,
    },
    /// JSON as typed; what is none is sent as text.
    Json(String),
}

/// A member of an object.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its value.
    pub node: Node,
    /// Whether the schema wants it.
    pub required: bool,
    /// Where its name comes from.
    pub role: Role,
    /// The name as JSON, where it was read from JSON.
    spelled: Option<String>,
    /// Its place in the text that it was read from.
    place: Option<usize>,
}

/// Where the name of a member comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The schema names it.
    Named,
    /// A person does.
    Entry,
    /// The schema knows nothing of it.
    Other,
}

impl ArgForm {
    /// A fresh form for a schema: what must be there and has a default is filled in, nothing else.
    pub fn new(schema: &RawJson) -> ArgForm {
        // An unreadable schema says nothing: arguments are an object of anything.
        let doc = schema.to_value().unwrap_or_default();
        let (schema, unchecked) = match Schema::compile(schema) {
            Ok(schema) => (Some(schema), None),
            Err(why) => (None, Some(unchecked(&why))),
        };
        let mut form = ArgForm {
            doc: Arc::new(doc),
            schema,
            shapes: HashMap::new(),
            unchecked,
            root: Node::unset(Arc::new(Shape::any())),
            problems: BTreeMap::new(),
            json: RawJson::empty_object(),
            nodes: 0,
        };
        form.root = form.fresh_root();
        form.check();
        form
    }

    /// Takes arguments in. The error says why they are none; the form is unchanged then.
    pub fn fill(&mut self, arguments: &RawJson) -> Result<(), String> {
        if !arguments.as_str().starts_with('{') {
            return Err("arguments are an object: {\"name\": value, …}".into());
        }
        self.nodes = 0;
        let shape = self.root_shape();
        self.root = self.read_as(shape, arguments.as_str(), 0);
        self.check();
        Ok(())
    }

    /// The node at a path.
    pub fn node(&self, path: &[usize]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, at| node.child(*at))
    }

    /// The member at a path, where it is one.
    pub fn member(&self, path: &[usize]) -> Option<&Member> {
        let (at, parent) = path.split_last()?;
        match &self.node(parent)?.value {
            Val::Object(members) => members.get(*at),
            _ => None,
        }
    }

    fn node_mut(&mut self, path: &[usize]) -> Option<&mut Node> {
        path.iter().try_fold(&mut self.root, |node, at| node.child_mut(*at))
    }

    /// What a spot may hold; read once.
    fn shape(&mut self, spot: &Spot) -> Arc<Shape> {
        if let Some(known) = self.shapes.get(spot) {
            return Arc::clone(known);
        }
        let shape = Arc::new(shape::shape(&self.doc, spot));
        self.shapes.insert(spot.clone(), Arc::clone(&shape));
        shape
    }

    /// The shape of the arguments: an object, whatever the schema says.
    fn root_shape(&mut self) -> Arc<Shape> {
        let shape = self.shape(&Spot::root());
        let empty = match &shape.kind {
            // A schema that says nothing asks for nothing: `{"type": "object"}` is how a tool without arguments says so.
            Kind::Object { properties, rest: Rest::Open(_) } => {
                properties.is_empty()
                    && ["additionalProperties", "patternProperties"].iter().all(|key| self.doc.get(key).is_none())
            }
            Kind::Object { .. } | Kind::Variants(_) => false,
            _ => true,
        };
        if !empty {
            return shape;
        }
        let kind = Kind::Object { properties: vec![], rest: Rest::Quiet };
        Arc::new(Shape { kind, nullable: false, ..(*shape).clone() })
    }
}

impl Node {
    fn unset(shape: Arc<Shape>) -> Node {
        Node { shape, value: Val::Unset, folded: false }
    }

    /// The child at a place; a form of several has one.
    pub fn child(&self, at: usize) -> Option<&Node> {
        match &self.value {
            Val::List(list) => list.get(at),
            Val::Object(members) => members.get(at).map(|member| &member.node),
            Val::Variant { node, .. } => (at == 0).then_some(node),
            _ => None,
        }
    }

    fn child_mut(&mut self, at: usize) -> Option<&mut Node> {
        match &mut self.value {
            Val::List(list) => list.get_mut(at),
            Val::Object(members) => members.get_mut(at).map(|member| &mut member.node),
            Val::Variant { node, .. } => (at == 0).then_some(node),
            _ => None,
        }
    }

    /// Whether it is sent.
    pub fn is_set(&self) -> bool {
        match &self.value {
            Val::Unset => false,
            Val::Variant { node, .. } => node.is_set(),
            _ => true,
        }
    }
}

impl Shape {
    /// Anything.
    pub fn any() -> Shape {
        shape::shape(&Value::Null, &Spot::default())
    }
}

fn unchecked(why: &SchemaError) -> String {
    why.to_string()
}
