//! Where a value is, in words that other tools read too: a JSON path (RFC 9535), and the way back from a place to the
//! value.

use std::fmt::Write as _;

use super::{Kind, NodeId, Tree};
use crate::model::json::scan::decoded;

/// One step from a container to a value in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// The member with this name, decoded.
    Member(String),
    /// The element at this place, from 0.
    Element(usize),
}

impl Tree {
    /// The path of a value: `$.items[2]["odd name"]`. A name is quoted unless it is a plain word.
    pub fn path(&self, id: NodeId) -> String {
        let mut way: Vec<NodeId> = std::iter::once(id).chain(self.ancestors(id)).filter(|id| *id > 0).collect();
        way.reverse();
        let mut out = "$".to_owned();
        for id in way {
            match self.key(id) {
                Some(key) => match decoded(key) {
                    Some(name) if is_word(&name) => {
                        out.push('.');
                        out.push_str(&name);
                    }
                    // As it is spelled: a path must lead back whatever the name holds.
                    _ => {
                        let _ = write!(out, "[{key}]");
                    }
                },
                None => {
                    let _ = write!(out, "[{}]", self.ordinal(id));
                }
            }
        }
        out
    }

    /// The value at a place, or the innermost container on the way to it that is there. Of members with one name the
    /// last, as most readers of JSON have it. Costs the siblings on the way.
    pub fn locate(&self, way: &[Step]) -> NodeId {
        let mut at = 0;
        for step in way {
            let Some(next) = self.step(at, step) else { return at };
            at = next;
        }
        at
    }

    fn step(&self, from: NodeId, step: &Step) -> Option<NodeId> {
        let children = self.child_ids(from);
        match (step, self.kind(from)) {
            (Step::Member(name), Kind::Object) => {
                children.filter(|id| self.key(*id).and_then(decoded).is_some_and(|key| key == *name)).last()
            }
            (Step::Element(at), Kind::Array) => children.into_iter().nth(*at),
            _ => None,
        }
    }

    /// The elements or members of a value.
    pub fn child_ids(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).next;
        std::iter::successors(self.first_child(id), move |child| {
            let next = self.node(*child).next;
            (next < end).then_some(next)
        })
    }
}

fn is_word(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
