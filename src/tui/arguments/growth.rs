//! Lists and objects that grow and shrink: adding, taking away, moving, and the ways of being empty.

use super::ArgumentsUi;
use crate::model::argform::{Kind, Node, Part, Path, Role, Val};

impl ArgumentsUi {
    /// The list or object around the cursor that can grow.
    fn growing(&self) -> Option<Path> {
        let here = &self.cursor.path;
        let grows = |path: &[usize]| {
            self.form.node(path).is_some_and(|node| {
                node.can_grow() || (node.value == Val::Unset && matches!(node.shape.kind, Kind::Array { .. }))
            })
        };
        (0..=here.len()).rev().find(|end| grows(&here[..*end])).map(|end| here[..end].to_vec())
    }

    /// Whether something can be added where the cursor is.
    pub fn can_add(&self) -> bool {
        self.growing().is_some()
    }

    /// Whether what has the cursor can be taken away.
    pub fn can_remove(&self) -> bool {
        self.cursor.part != Some(Part::Add) && self.cursor.path.len() > 1 && self.node().is_some()
            || self.form.member(&self.cursor.path).is_some_and(|member| member.role != Role::Named)
    }

    /// Whether the cursor is in an element that has neighbours.
    pub fn can_shift(&self) -> bool {
        let path = &self.cursor.path;
        (1..=path.len()).any(|end| {
            matches!(self.form.node(&path[..end - 1]).map(|node| &node.value), Some(Val::List(list)) if list.len() > 1)
        }) && self.cursor.part != Some(Part::Add)
    }

    /// Whether the field with the cursor takes null.
    pub fn can_be_null(&self) -> bool {
        self.cursor.part == Some(Part::Value) && self.node().is_some_and(|node| node.shape.nullable)
    }

    /// Adds an element to the list, or a member to the object, that the cursor is in. Returns whether there is one.
    pub fn add(&mut self) -> bool {
        let Some(added) = self.growing().and_then(|path| self.form.add(&path)) else { return false };
        self.changed = true;
        self.go_to(&added);
        // Of something nested the first field is what one goes on with.
        let nested = |node: &Node| matches!(node.value, Val::Object(_) | Val::Variant { .. });
        if self.cursor.part == Some(Part::Value) && self.node().is_some_and(nested) {
            self.step(1, false);
        }
        true
    }

    /// Takes away what has the cursor: an element, a member, or the value of a field.
    pub fn remove(&mut self) {
        if self.cursor.part == Some(Part::Add) {
            return;
        }
        let rows = self.form.rows();
        let at = self.at(&rows);
        let path = self.cursor.path.clone();
        self.form.remove(&path);
        self.changed = true;
        self.refused = false;
        if self.form.node(&path).is_some() {
            self.load();
        } else {
            let rows = self.form.rows();
            self.go(rows.get(at.min(rows.len().saturating_sub(1))));
        }
    }

    /// Moves the element with the cursor up or down in its list. Returns whether it moved.
    pub fn shift(&mut self, down: bool) -> bool {
        let path = self.cursor.path.clone();
        for end in (1..=path.len()).rev() {
            if let Some(there) = self.form.shift(&path[..end], down) {
                self.changed = true;
                let rest = path[end..].to_vec();
                self.cursor.path = [there, rest].concat();
                return true;
            }
        }
        false
    }

    /// Nothing, empty, null: the next of those. Returns what it is now.
    pub fn cycle(&mut self) -> Option<&'static str> {
        let path = self.cursor.path.clone();
        let word = self.form.cycle(&path).filter(|_| self.cursor.part == Some(Part::Value))?;
        self.edited();
        Some(word)
    }
}
