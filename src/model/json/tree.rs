//! A JSON text as a tree to walk in: [`Tree`].
//!
//! One pass notes where each value starts and how the values lie in each other, nothing else: no text is copied, no
//! value is built, keys and values are read from the text when they are asked for. The index is bounded
//! ([`MAX_NODES`], [`MAX_DEPTH`]); what lies beyond the bounds is said, never dropped in silence. What is folded and
//! where the cursor is belongs to the screen.

pub mod find;
pub mod path;

#[cfg(test)]
mod tests;

use std::fmt;

use super::RawJson;
use super::scan::{scalar_end, skip_space, string_end, value_end};

/// Values that are indexed; 16 bytes each. The rest of a text beyond them is not in the tree.
pub const MAX_NODES: usize = 3_000_000;
/// Levels that are indexed; a container below them is one value. [`Tree::new`] of its text goes on from there.
pub const MAX_DEPTH: usize = 512;

/// A value in a tree: its place in the order of the text, the root is 0.
pub type NodeId = u32;

/// What a value is, by its first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number as spelled.
    Number,
    /// `true`, `false`, `null`
    Literal,
}

#[derive(Clone, Copy)]
struct Node {
    /// The first byte of the value.
    start: u32,
    /// The first node that is not inside this one.
    next: u32,
    parent: u32,
    /// Its place among its siblings, from 0.
    ordinal: u32,
}

/// The index of a JSON text. Cheap to ask, immutable.
#[derive(Clone)]
pub struct Tree {
    text: RawJson,
    nodes: Vec<Node>,
    /// The first byte that is not in the index, if it ended early.
    cut: Option<usize>,
}

impl PartialEq for Tree {
    /// The index follows from the text.
    fn eq(&self, other: &Tree) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({:?}, {} nodes)", self.text, self.nodes.len())
    }
}

impl Tree {
    /// Indexes a text: one pass, about as fast as it can be copied a few times. Off the key path for megabytes.
    pub fn new(text: RawJson) -> Tree {
        Tree::bounded(text, MAX_NODES)
    }

    fn bounded(text: RawJson, max: usize) -> Tree {
        let bytes = text.as_str().as_bytes();
        let mut nodes: Vec<Node> = Vec::new();
        // The open containers, with how many values each has so far.
        let mut open: Vec<(u32, u32)> = Vec::new();
        let mut cut = None;
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                    at += 1;
                    continue;
                }
                b']' | b'}' => {
                    if let Some((id, _)) = open.pop() {
                        nodes[id as usize].next = nodes.len() as u32;
                    }
                    at += 1;
                    continue;
                }
                _ => {}
            }
            // In an object a string before a colon is a name.
            if bytes[at] == b'"'
                && let Some((id, _)) = open.last()
                && bytes[nodes[*id as usize].start as usize] == b'{'
            {
                at = string_end(bytes, at);
                at = skip_space(bytes, at);
                at = skip_space(bytes, at + 1);
            }
            let Ok(start) = u32::try_from(at) else {
                cut = Some(at);
                break;
            };
            if nodes.len() >= max || at >= bytes.len() {
                cut = Some(at);
                break;
            }
            let (parent, ordinal) = match open.last_mut() {
                Some((id, count)) => {
                    *count += 1;
                    (*id, *count - 1)
                }
                None => (0, 0),
            };
            let id = nodes.len() as u32;
            nodes.push(Node { start, next: id + 1, parent, ordinal });
            at = match bytes[at] {
                b'{' | b'[' if open.len() < MAX_DEPTH => {
                    open.push((id, 0));
                    at + 1
                }
                b'{' | b'[' | b'"' => value_end(bytes, at),
                _ => scalar_end(bytes, at).max(at + 1),
            };
        }
        let end = nodes.len() as u32;
        for (id, _) in open {
            nodes[id as usize].next = end;
        }
        nodes.shrink_to_fit();
        Tree { text, nodes, cut }
    }

    /// The text.
    pub fn text(&self) -> &RawJson {
        &self.text
    }

    /// How many values are in the index.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no value; never for a text that is JSON.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The bytes at the end of the text that are not in the index, if it ended early.
    pub fn left_out(&self) -> Option<usize> {
        self.cut.map(|at| self.text.as_str().len() - at)
    }

    fn node(&self, id: NodeId) -> Node {
        let end = self.nodes.len() as u32;
        self.nodes.get(id as usize).copied().unwrap_or(Node { start: 0, next: end.max(1), parent: 0, ordinal: 0 })
    }

    /// Where in the text the value starts.
    pub fn start(&self, id: NodeId) -> usize {
        self.node(id).start as usize
    }

    /// The text from the value on: for reading its beginning without looking for its end.
    pub fn from(&self, id: NodeId) -> &str {
        self.text.as_str().get(self.start(id)..).unwrap_or_default()
    }

    /// The text of the value, as spelled. Looks for its end: for a container that costs its size.
    pub fn value(&self, id: NodeId) -> &str {
        let text = self.text.as_str();
        let start = self.start(id);
        text.get(start..value_end(text.as_bytes(), start)).unwrap_or_default()
    }

    /// What it is.
    pub fn kind(&self, id: NodeId) -> Kind {
        match self.text.as_str().as_bytes().get(self.start(id)) {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f' | b'n') => Kind::Literal,
            _ => Kind::Number,
        }
    }

    /// The value it lies in.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id > 0).then(|| self.node(id).parent)
    }

    /// Its place in its container, from 0.
    pub fn ordinal(&self, id: NodeId) -> u32 {
        self.node(id).ordinal
    }

    /// Its first element or member.
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        (self.node(id).next > id + 1).then_some(id + 1)
    }

    /// The value that follows it and all that is in it, in the order of the text.
    pub fn after(&self, id: NodeId) -> Option<NodeId> {
        let next = self.node(id).next;
        ((next as usize) < self.nodes.len()).then_some(next)
    }

    /// How many elements or members it has, as far as they are indexed.
    pub fn children(&self, id: NodeId) -> u32 {
        let node = self.node(id);
        if node.next <= id + 1 {
            return 0;
        }
        let mut last = node.next - 1;
        while self.node(last).parent != id {
            last = self.node(last).parent;
        }
        self.node(last).ordinal + 1
    }

    /// Whether it is a container with something in it that is not in the index because it lies too deep.
    pub fn is_sealed(&self, id: NodeId) -> bool {
        if self.node(id).next > id + 1 || !matches!(self.kind(id), Kind::Object | Kind::Array) {
            return false;
        }
        let bytes = self.text.as_str().as_bytes();
        !matches!(bytes.get(skip_space(bytes, self.start(id) + 1)), Some(b']' | b'}'))
    }

    /// How many containers it lies in.
    pub fn depth(&self, id: NodeId) -> usize {
        self.ancestors(id).count()
    }

    /// The containers it lies in, from the innermost out.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// The name of a member as spelled, with its quotes; `None` for an element and the root.
    pub fn key(&self, id: NodeId) -> Option<&str> {
        let parent = self.parent(id)?;
        if self.kind(parent) != Kind::Object {
            return None;
        }
        let text = self.text.as_str();
        let bytes = text.as_bytes();
        let back = |mut at: usize| {
            while at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r') {
                at -= 1;
            }
            at
        };
        // Backwards over the colon to the closing quote, then to the quote that no backslash escapes.
        let colon = back(self.start(id)).checked_sub(1)?;
        let close = back(colon).checked_sub(1)?;
        let mut at = close;
        loop {
            at = memchr::memrchr(b'"', &bytes[..at])?;
            let slashes = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            if slashes % 2 == 0 {
                return text.get(at..=close);
            }
        }
    }

    /// The value at a byte of the text: the innermost that starts at or before it, or whose name is there.
    pub fn at(&self, byte: usize) -> NodeId {
        let next = self.nodes.partition_point(|node| node.start as usize <= byte);
        let id = next.saturating_sub(1) as NodeId;
        let after = next as NodeId;
        let in_name = next < self.nodes.len()
            && self.key(after).is_some_and(|key| {
                let bytes = self.text.as_str().as_bytes();
                // The name ends before its value by a colon and white space; find it from its own length.
                let mut end = self.start(after);
                while end > 0 && bytes[end - 1] != b'"' {
                    end -= 1;
                }
                byte >= end.saturating_sub(key.len())
            });
        if in_name { after } else { id }
    }
}
