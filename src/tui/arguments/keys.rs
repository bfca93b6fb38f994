//! What a key does to the row with the cursor: typing, and picking one of several.

use crossterm::event::KeyCode;

use super::ArgumentsUi;
use crate::model::argform::{Kind, Part, Val};
use crate::tui::keymap::Key;

/// What a key picks of several options.
enum Pick {
    /// What is chosen stays.
    Same,
    /// Nothing any more.
    Nothing,
    /// This one.
    One(usize),
}

impl ArgumentsUi {
    /// A key that belongs to the row with the cursor.
    pub fn key(&mut self, key: Key) {
        if self.is_typing() {
            if self.line.key(key) {
                self.typed();
            }
            return;
        }
        let path = self.cursor.path.clone();
        let letter = match key.code {
            KeyCode::Char(c) if key.types_text() => Some(c),
            _ => None,
        };
        let clears = matches!(key.code, KeyCode::Backspace | KeyCode::Delete);
        if self.cursor.part == Some(Part::Add) {
            match (key.code, letter) {
                (KeyCode::Right, _) | (_, Some(' ')) => {
                    self.add();
                }
                // Whoever begins to type means a new element.
                (_, Some(_)) => {
                    self.add();
                    if self.is_typing() {
                        self.key(key);
                    }
                }
                _ => {}
            }
            return;
        }
        let Some(node) = self.node() else { return };
        let side = match key.code {
            KeyCode::Right => 1,
            KeyCode::Left => -1,
            KeyCode::Char(' ') => 1,
            _ => 0,
        };
        match (&node.shape.kind.clone(), &node.value) {
            (_, Val::Null) => {
                if clears {
                    self.form.unset(&path);
                } else if letter.is_some() {
                    self.form.unset(&path);
                    self.load();
                    return self.key(key);
                }
            }
            (Kind::Boolean, value) => {
                let now = match value {
                    Val::Bool(yes) => Some(*yes),
                    _ => None,
                };
                let next = match letter.map(|c| c.to_ascii_lowercase()) {
                    Some('y' | 't') => Some(true),
                    Some('n' | 'f') => Some(false),
                    _ if side != 0 => Some(!now.unwrap_or(false)),
                    _ if clears => None,
                    _ => return,
                };
                self.form.set_flag(&path, next);
            }
            (Kind::Choice(choices), value) => {
                let now = match value {
                    Val::Choice { at, .. } => Some(*at),
                    _ => None,
                };
                match self.picked(key, side, now, choices.len(), &|at| choices[at].title.clone()) {
                    Pick::One(at) => self.form.choose(&path, Some(at)),
                    Pick::Nothing => self.form.choose(&path, None),
                    Pick::Same => return,
                }
            }
            (Kind::Variants(list), value) => {
                let now = match value {
                    Val::Variant { at, .. } => Some(*at),
                    _ => None,
                };
                match self.picked(key, side, now, list.len(), &|at| list[at].title.clone()) {
                    Pick::One(at) => self.form.choose_variant(&path, at),
                    Pick::Nothing => self.form.unset(&path),
                    Pick::Same => return,
                }
            }
            (Kind::Const(_), value) => {
                if side != 0 || clears {
                    let set = *value != Val::Unset;
                    if set {
                        self.form.unset(&path);
                    } else {
                        {
                            self.form.cycle(&path);
                        }
                    }
                }
            }
            (Kind::Array { .. } | Kind::Object { .. }, value) => {
                let folded = node.folded;
                match (value, side, key.code) {
                    (Val::Unset, 1, _) => {
                        self.form.begin(&path);
                        self.changed = true;
                    }
                    (_, _, KeyCode::Char(' ')) => self.form.fold(&path, !folded),
                    (_, 1, _) => self.form.fold(&path, false),
                    (_, -1, _) => self.form.fold(&path, true),
                    _ => {}
                }
                return;
            }
            (Kind::Text | Kind::Number { .. } | Kind::Json, _) => return,
        }
        self.edited();
    }

    /// One of several options by a key: the next, the one before, by the letters of its name, or none.
    fn picked(&mut self, key: Key, side: i32, now: Option<usize>, len: usize, title: &dyn Fn(usize) -> String) -> Pick {
        let Some(last) = len.checked_sub(1) else { return Pick::Same };
        let next = now.map_or(0, |at| if at >= last { 0 } else { at + 1 });
        match key.code {
            KeyCode::Char(' ') if self.sought.is_empty() => Pick::One(next),
            KeyCode::Char(c) if key.types_text() => {
                self.sought.push(c);
                let sought = self.sought.to_lowercase();
                let begins = (0..len).find(|at| title(*at).to_lowercase().starts_with(&sought));
                let found = begins.or_else(|| (0..len).find(|at| title(*at).to_lowercase().contains(&sought)));
                if found.is_none() {
                    self.sought.pop();
                }
                found.map_or(Pick::Same, Pick::One)
            }
            KeyCode::Backspace if self.sought.pop().is_some() => Pick::Same,
            KeyCode::Backspace | KeyCode::Delete => Pick::Nothing,
            _ if side > 0 => {
                self.sought.clear();
                Pick::One(next)
            }
            _ if side < 0 => {
                self.sought.clear();
                Pick::One(now.map_or(last, |at| at.checked_sub(1).unwrap_or(last)))
            }
            _ => Pick::Same,
        }
    }
}
