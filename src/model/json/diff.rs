//! What is different between two JSON texts, value by value: [`changes`].
//!
//! Members meet by their names, whatever their order; elements meet where they are the same, in order, and what lies
//! between those meets by its place. Numbers are the same when they are spelled the same, texts when they read the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::scan::decoded;
use super::tree::{Kind, NodeId, Tree};
use crate::model::diff::sequence::common;

/// Changes that are told one by one.
pub const TOLD: usize = 20_000;

/// One difference: a value that is gone, new, or another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// The value in the old text.
    pub old: Option<NodeId>,
    /// The value in the new text.
    pub new: Option<NodeId>,
}

/// All differences, in the order of the old text; what is new in an object or a list comes after what was there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// The first [`TOLD`] of them.
    pub list: Vec<Change>,
    /// How many values became others, are new, are gone: all of them.
    pub counts: [usize; 3],
}

impl Changes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether the texts mean the same.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How the new text came of the old one. Work for off the key path where they are large.
pub fn changes(old: &Tree, new: &Tree) -> Changes {
    let mut walk = Walk { old, new, old_hashes: hashes(old), new_hashes: hashes(new), out: Changes::default() };
    if !old.is_empty() && !new.is_empty() {
        walk.compare(0, 0);
    }
    walk.out
}

struct Walk<'a> {
    old: &'a Tree,
    new: &'a Tree,
    old_hashes: Vec<u64>,
    new_hashes: Vec<u64>,
    out: Changes,
}

impl Walk<'_> {
    fn push(&mut self, old: Option<NodeId>, new: Option<NodeId>) {
        let kind = match (old, new) {
            (Some(_), Some(_)) => 0,
            (None, _) => 1,
            (_, None) => 2,
        };
        self.out.counts[kind] += 1;
        if self.out.list.len() < TOLD {
            self.out.list.push(Change { old, new });
        }
    }

    /// As deep as a tree's index: `tree::MAX_DEPTH`.
    fn compare(&mut self, old: NodeId, new: NodeId) {
        if self.old_hashes[old as usize] == self.new_hashes[new as usize] {
            return;
        }
        let sealed = self.old.is_sealed(old) || self.new.is_sealed(new);
        match (self.old.kind(old), self.new.kind(new)) {
            (Kind::Object, Kind::Object) if !sealed => self.members(old, new),
            (Kind::Array, Kind::Array) if !sealed => self.elements(old, new),
            _ => self.push(Some(old), Some(new)),
        }
    }

    fn members(&mut self, old: NodeId, new: NodeId) {
        let (before, after) = (self.old, self.new);
        let mut there: HashMap<(Cow<'_, str>, u32), NodeId> = named(after, new).collect();
        for (name, id) in named(before, old) {
            match there.remove(&name) {
                Some(other) => self.compare(id, other),
                None => self.push(Some(id), None),
            }
        }
        let mut rest: Vec<NodeId> = there.into_values().collect();
        rest.sort_unstable();
        for id in rest {
            self.push(None, Some(id));
        }
    }

    fn elements(&mut self, old: NodeId, new: NodeId) {
        let (from, to): (Vec<NodeId>, Vec<NodeId>) =
            (self.old.child_ids(old).collect(), self.new.child_ids(new).collect());
        let of = |ids: &[NodeId], hashes: &[u64]| ids.iter().map(|id| hashes[*id as usize]).collect::<Vec<u64>>();
        let same = common(&of(&from, &self.old_hashes), &of(&to, &self.new_hashes));
        let (mut a, mut b) = (0, 0);
        for (x, y) in same.into_iter().chain([(from.len(), to.len())]) {
            let (gone, come) = (&from[a..x], &to[b..y]);
            for at in 0..gone.len().max(come.len()) {
                match (gone.get(at), come.get(at)) {
                    (Some(old), Some(new)) => self.compare(*old, *new),
                    (old, new) => self.push(old.copied(), new.copied()),
                }
            }
            (a, b) = (x + 1, y + 1);
        }
    }
}

/// The members of an object by their names; of equal names the first is 0.
fn named(tree: &Tree, object: NodeId) -> impl Iterator<Item = ((Cow<'_, str>, u32), NodeId)> {
    let mut seen: HashMap<Cow<'_, str>, u32> = HashMap::new();
    tree.child_ids(object).map(move |id| {
        let name = name(tree, id);
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        ((name, *count - 1), id)
    })
}

fn name(tree: &Tree, id: NodeId) -> Cow<'_, str> {
    let key = tree.key(id).unwrap_or_default();
    // Only a name that cannot be a text (half of a surrogate pair) is taken as it is spelled.
    decoded(key).unwrap_or(Cow::Borrowed(key))
}

/// What each value means, in 64 bits: members in any order are the same.
fn hashes(tree: &Tree) -> Vec<u64> {
    let mut out = vec![0_u64; tree.len()];
    // What is inside a value comes after it.
    for id in (0..tree.len() as NodeId).rev() {
        let mut hasher = DefaultHasher::new();
        let kind = tree.kind(id);
        (kind as u8).hash(&mut hasher);
        match kind {
            Kind::Object if !tree.is_sealed(id) => {
                let mut sum = 0_u64;
                for ((name, nth), child) in named(tree, id) {
                    let mut member = DefaultHasher::new();
                    (name, nth, out[child as usize]).hash(&mut member);
                    sum = sum.wrapping_add(member.finish());
                }
                sum.hash(&mut hasher);
            }
            Kind::Array if !tree.is_sealed(id) => {
                for child in tree.child_ids(id) {
                    out[child as usize].hash(&mut hasher);
                }
            }
            Kind::String => {
                let value = tree.value(id);
                match value.contains('\\').then(|| decoded(value)).flatten() {
                    Some(text) => text.hash(&mut hasher),
                    None => value.trim_matches('"').hash(&mut hasher),
                }
            }
            Kind::Object | Kind::Array | Kind::Number | Kind::Literal => tree.value(id).hash(&mut hasher),
        }
        out[id as usize] = hasher.finish();
    }
    out
}

#[cfg(test)]
mod tests;
