//! Changes by a person. Each writes and checks the whole anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shape::{Kind, Rest, Spot};
use super::{ArgForm, Member, Node, Path, Role, Val};

impl Node {
    /// Whether its value is typed as text.
    pub fn is_typed(&self) -> bool {
        match &self.value {
            Val::Json(_) => true,
            Val::Null => false,
            _ => matches!(self.shape.kind, Kind::Text | Kind::Number { .. } | Kind::Json),
        }
    }

    /// What is typed; nothing for what is not typed.
    pub fn typed(&self) -> &str {
        match &self.value {
            Val::Text { text, .. } | Val::Number(text) | Val::Json(text) => text,
            _ => "",
        }
    }
}

impl ArgForm {
    /// Takes what is typed as a value. Nothing typed is not sent.
    pub fn set_text(&mut self, path: &[usize], text: &str) {
        let Some(node) = self.node_mut(path) else { return };
        let strange = matches!(node.value, Val::Json(_));
        node.value = match &node.shape.kind {
            _ if text.is_empty() => Val::Unset,
            Kind::Number { .. } => Val::Number(text.to_owned()),
            Kind::Text if !strange => Val::Text { text: text.to_owned(), spelled: None },
            _ => Val::Json(text.to_owned()),
        };
        self.check();
    }

    /// Takes a name for a member that a person names.
    pub fn set_name(&mut self, path: &[usize], name: &str) {
        let Some((at, parent)) = path.split_last() else { return };
        if let Some(Node { value: Val::Object(members), .. }) = self.node_mut(parent)
            && let Some(member) = members.get_mut(*at)
        {
            name.clone_into(&mut member.name);
            member.spelled = None;
            self.check();
        }
    }

    /// Yes, no, or neither.
    pub fn set_flag(&mut self, path: &[usize], flag: Option<bool>) {
        self.set(path, flag.map_or(Val::Unset, Val::Bool));
    }

    /// One of the options, or none.
    pub fn choose(&mut self, path: &[usize], at: Option<usize>) {
        self.set(path, at.map_or(Val::Unset, |at| Val::Choice { at, spelled: None }));
    }

    /// Takes the value away: it is not sent.
    pub fn unset(&mut self, path: &[usize]) {
        self.set(path, Val::Unset);
    }

    /// The next of the values that are not typed: nothing at all, empty, null. Returns what it is now, for a person.
    pub fn cycle(&mut self, path: &[usize]) -> Option<&'static str> {
        let node = self.node(path)?;
        let empty = match &node.shape.kind {
            Kind::Text => Some((Val::Text { text: String::new(), spelled: None }, "empty text")),
            Kind::Array { .. } => Some((Val::List(vec![]), "empty list")),
            Kind::Const(json) => Some((Val::Const(json.clone()), "set")),
            Kind::Object { .. } => Some((self.begun_as_value(path)?, "set")),
            Kind::Number { .. } | Kind::Boolean | Kind::Choice(_) | Kind::Variants(_) | Kind::Json => None,
        };
        let node = self.node(path)?;
        let null = node.shape.nullable || node.shape.kind == Kind::Json;
        let mut steps = vec![(Val::Unset, "not sent")];
        steps.extend(empty);
        if null {
            steps.push((Val::Null, "null"));
        }
        let same = |(value, _): &(Val, &str)| std::mem::discriminant(value) == std::mem::discriminant(&node.value);
        // What was typed is taken away first.
        let now = steps.iter().position(same).filter(|_| node.typed().is_empty());
        let next = now.map_or(0, |now| (now + 1) % steps.len());
        let (value, word) = steps.swap_remove(next);
        self.set(path, value);
        Some(word)
    }

    fn begun_as_value(&mut self, path: &[usize]) -> Option<Val> {
        let shape = Arc::clone(&self.node(path)?.shape);
        Some(self.begun_as(shape, path.len()).value)
    }

    /// Begins a list, an object or one of several forms that was not there.
    pub fn begin(&mut self, path: &[usize]) {
        if let Some(node) = self.node(path)
            && matches!(node.value, Val::Unset | Val::Null)
        {
            let list = matches!(node.shape.kind, Kind::Array { .. });
            let value = if list { Some(Val::List(vec![])) } else { self.begun_as_value(path) };
            if let Some(value) = value {
                self.set(path, value);
            }
        }
    }

    /// Hides what is inside, or shows it.
    pub fn fold(&mut self, path: &[usize], folded: bool) {
        if let Some(node) = self.node_mut(path) {
            node.folded = folded;
        }
    }

    /// Another of several forms. What was typed in this one is there again when it is chosen again; members of the same
    /// name and kind go along.
    pub fn choose_variant(&mut self, path: &[usize], at: usize) {
        let Some(node) = self.node(path) else { return };
        let Kind::Variants(list) = &node.shape.kind else { return };
        let Some(spot) = list.get(at).map(|variant| variant.spot.clone()) else { return };
        let (old, mut others) = match &node.value {
            Val::Variant { at: now, .. } if *now == at => return,
            Val::Variant { at: now, node, others } => (Some((*now, (**node).clone())), others.clone()),
            _ => (None, BTreeMap::new()),
        };
        let fresh = others.remove(&at).unwrap_or_else(|| {
            let mut fresh = self.begun(&spot, path.len() + 1);
            if let Some((_, old)) = &old {
                take_along(old, &mut fresh);
            }
            fresh
        });
        others.extend(old);
        self.set(path, Val::Variant { at, node: Box::new(fresh), others });
    }

    /// A new element behind the last one, or a new member. Returns where it is.
    pub fn add(&mut self, path: &[usize]) -> Option<Path> {
        self.begin(path);
        let node = self.node(path).filter(|node| node.can_grow())?;
        let depth = path.len() + 1;
        let at = match (&node.shape.kind, &node.value) {
            (Kind::Array { first, items }, Val::List(list)) => {
                let at = list.len();
                let spot = first.get(at).or(items.as_ref()).cloned().unwrap_or_default();
                let fresh = self.begun(&spot, depth);
                if let Some(Node { value: Val::List(list), .. }) = self.node_mut(path) {
                    list.push(fresh);
                }
                at
            }
            (Kind::Object { rest: Rest::Open(spot), .. }, Val::Object(members)) => {
                let at = members.len();
                let spot: Spot = spot.clone();
                let node = self.begun(&spot, depth);
                let role = Role::Entry;
                let fresh = Member { name: String::new(), node, required: false, role, spelled: None, place: None };
                if let Some(Node { value: Val::Object(members), .. }) = self.node_mut(path) {
                    members.push(fresh);
                }
                at
            }
            _ => return None,
        };
        self.fold(path, false);
        self.check();
        Some([path, &[at]].concat())
    }

    /// Takes an element or a member away; a member that the schema names stays as a field and is not sent.
    pub fn remove(&mut self, path: &[usize]) {
        let Some((at, parent)) = path.split_last() else { return };
        match self.node_mut(parent).map(|node| &mut node.value) {
            Some(Val::List(list)) if *at < list.len() => drop(list.remove(*at)),
            Some(Val::Object(members)) => match members.get_mut(*at) {
                Some(member) if member.role == Role::Named => member.node.value = Val::Unset,
                Some(_) => drop(members.remove(*at)),
                None => return,
            },
            // The only child of a form of several: the choice itself is taken back.
            Some(Val::Variant { .. }) => return self.remove(parent),
            _ => return,
        }
        self.check();
    }

    /// Moves an element up or down in its list. Returns where it is now.
    pub fn shift(&mut self, path: &[usize], down: bool) -> Option<Path> {
        let (at, parent) = path.split_last()?;
        let Val::List(list) = &mut self.node_mut(parent)?.value else { return None };
        let to = if down { at + 1 } else { at.checked_sub(1)? };
        if to >= list.len() {
            return None;
        }
        list.swap(*at, to);
        self.check();
        Some([parent, &[to]].concat())
    }

    fn set(&mut self, path: &[usize], value: Val) {
        if let Some(node) = self.node_mut(path) {
            node.value = value;
            self.check();
        }
    }
}

/// Takes over what members of the same name and kind hold.
fn take_along(old: &Node, fresh: &mut Node) {
    let (Val::Object(old), Val::Object(fresh)) = (&old.value, &mut fresh.value) else { return };
    for member in fresh {
        let from = old.iter().find(|one| one.name == member.name && one.node.shape.kind == member.node.shape.kind);
        if let Some(from) = from
            && from.node.is_set()
        {
            member.node.value = from.node.value.clone();
        }
    }
}
