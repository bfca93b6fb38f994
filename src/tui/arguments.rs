//! Arguments being filled into a form: [`ArgumentsUi`]: where the cursor is and what is typed there.
//!
//! What a key does to a row is `arguments/keys.rs`'s, what adds and takes away `growth.rs`'s. What the form is and what it sends is `model::argform`'s; drawing is `view/arguments.rs`'s.

mod growth;
mod keys;

use super::line::LineEdit;
use crate::model::argform::{ArgForm, Kind, Node, Part, Path, Problem, Row, Val, Weight};

/// Arguments being filled into a form.
#[derive(Clone, Debug)]
pub struct ArgumentsUi {
    /// The form.
    pub form: ArgForm,
    /// The row with the cursor.
    pub cursor: Cursor,
    /// What is typed there.
    pub line: LineEdit,
    /// Letters typed to find one of many options.
    pub sought: String,
    /// A send was refused: gaps are shown, and the next explicit key sends it all the same.
    pub refused: bool,
    /// Whether a person changed anything since it was filled.
    pub changed: bool,
}

/// What has the cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursor {
    /// Of which node.
    pub path: Path,
    /// What of it.
    pub part: Option<Part>,
}

/// What Enter comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entered {
    /// The cursor moved, or something was opened or added.
    Moved,
    /// It was the last row: the person wants to send.
    Last,
}

impl ArgumentsUi {
    /// A form with the cursor in its first row.
    pub fn new(form: ArgForm) -> ArgumentsUi {
        let mut ui = ArgumentsUi {
            form,
            cursor: Cursor::default(),
            line: LineEdit::default(),
            sought: String::new(),
            refused: false,
            changed: false,
        };
        ui.start();
        ui
    }

    /// The cursor to the first row.
    pub fn start(&mut self) {
        // What is there already needs no typing: the first gap does.
        let rows = self.form.rows();
        let gap = rows.iter().position(|row| row.required && row.part == Part::Value && self.wants_typing(row));
        self.go(rows.get(gap.unwrap_or(0)));
    }

    fn wants_typing(&self, row: &Row) -> bool {
        self.form.node(&row.path).is_some_and(|node| node.value == Val::Unset)
    }

    /// Which of `rows` has the cursor: the one it was in, or one around it where that is gone.
    pub fn at(&self, rows: &[Row]) -> usize {
        let part = self.cursor.part.unwrap_or(Part::Value);
        let same = |row: &&Row| row.path == self.cursor.path;
        rows.iter()
            .position(|row| row.path == self.cursor.path && row.part == part)
            .or_else(|| rows.iter().position(|row| same(&row)))
            .or_else(|| rows.iter().rposition(|row| row.path < self.cursor.path))
            .unwrap_or(0)
    }

    /// The row with the cursor.
    pub fn row(&self) -> Option<Row> {
        let rows = self.form.rows();
        rows.get(self.at(&rows)).cloned()
    }

    /// The node with the cursor.
    pub fn node(&self) -> Option<&Node> {
        self.form.node(&self.cursor.path)
    }

    /// So many rows down or up; around at the ends where `around`.
    pub fn step(&mut self, by: isize, around: bool) {
        let rows = self.form.rows();
        if rows.is_empty() {
            return;
        }
        let at = self.at(&rows);
        let last = rows.len() - 1;
        let to = match at.checked_add_signed(by) {
            Some(to) if to <= last => to,
            Some(_) if around => 0,
            None if around => last,
            Some(_) => last,
            None => 0,
        };
        self.go(rows.get(to));
    }

    /// The cursor to the `nth` row, if there is one.
    pub fn go_to_row(&mut self, nth: usize) {
        if let Some(row) = self.form.rows().get(nth) {
            self.go(Some(row));
        }
    }

    fn go(&mut self, row: Option<&Row>) {
        if let Some(row) = row {
            self.cursor = Cursor { path: row.path.clone(), part: Some(row.part) };
        } else {
            self.cursor = Cursor::default();
        }
        self.load();
    }

    /// The cursor to this node's row.
    pub fn go_to(&mut self, path: &[usize]) {
        // What is folded away is opened.
        for end in 1..path.len() {
            self.form.fold(&path[..end], false);
        }
        let rows = self.form.rows();
        let row = rows.iter().find(|row| row.path == path && row.part != Part::Add);
        // The only form of a choice has no row of its own.
        let near = row.or_else(|| rows.iter().find(|row| row.path.starts_with(path)));
        if let Some(near) = near {
            self.go(Some(&near.clone()));
        }
    }

    /// What is typed in the row with the cursor.
    fn load(&mut self) {
        self.sought.clear();
        let text = match self.cursor.part {
            Some(Part::Name) => self.form.member(&self.cursor.path).map(|member| member.name.clone()),
            Some(Part::Value) => self.node().map(|node| node.typed().to_owned()),
            Some(Part::Add) | None => None,
        };
        self.line = LineEdit::new(text.unwrap_or_default());
    }

    /// Whether the row with the cursor takes text.
    pub fn is_typing(&self) -> bool {
        match self.cursor.part {
            Some(Part::Name) => true,
            Some(Part::Value) => self.node().is_some_and(|node| node.is_typed() && !self.is_too_long()),
            Some(Part::Add) | None => false,
        }
    }

    /// Whether what is there is too long for a field; as JSON it can be edited.
    pub fn is_too_long(&self) -> bool {
        self.line.text().len() > crate::model::argform::FIELD_BYTES
    }

    /// What is wrong at a place, as far as it is worth saying: a gap only once a send was refused.
    pub fn problem(&self, path: &[usize]) -> Option<&Problem> {
        self.form.problems.get(path).filter(|problem| problem.weight != Weight::Gap || self.refused)
    }

    /// Up or down within a text of several lines. Returns whether there was a line to go to.
    pub fn move_within(&mut self, up: bool) -> bool {
        self.is_typing() && if up { self.line.up() } else { self.line.down() }
    }

    /// A line break in a text.
    pub fn new_line(&mut self) {
        let text =
            self.cursor.part == Some(Part::Value) && self.node().is_some_and(|node| node.shape.kind == Kind::Text);
        if text && self.is_typing() && self.line.insert("\n") {
            self.typed();
        }
    }

    /// A text at once. Returns whether there was a place for it.
    pub fn paste(&mut self, text: &str) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if self.cursor.part == Some(Part::Add) {
            self.add();
        }
        if !self.is_typing() {
            return false;
        }
        // Only a text can hold a line break; at the end of what was copied nobody means it.
        let is_text =
            self.cursor.part == Some(Part::Value) && self.node().is_some_and(|node| node.shape.kind == Kind::Text);
        let text = if is_text { text.trim_end_matches('\n').to_owned() } else { text.trim().replace('\n', " ") };
        let fits = self.line.insert(&text);
        if fits {
            self.typed();
        }
        fits
    }

    /// The text with the cursor, for another editor.
    pub fn text(&self) -> Option<&str> {
        let node = self.node().filter(|node| node.shape.kind == Kind::Text && node.is_typed())?;
        (self.cursor.part == Some(Part::Value)).then_some(node.typed())
    }

    /// Takes a text back from another editor.
    pub fn replace(&mut self, path: &[usize], text: &str) {
        self.go_to(path);
        if self.cursor.path == path && self.text().is_some() {
            self.line = LineEdit::new(text);
            self.typed();
        }
    }

    fn typed(&mut self) {
        let path = self.cursor.path.clone();
        match self.cursor.part {
            Some(Part::Name) => self.form.set_name(&path, self.line.text()),
            _ => self.form.set_text(&path, self.line.text()),
        }
        self.changed = true;
        self.refused = false;
    }

    fn edited(&mut self) {
        self.changed = true;
        self.refused = false;
        let sought = std::mem::take(&mut self.sought);
        self.load();
        self.sought = sought;
    }

    /// Enter: begins what is not there, adds where there is room to grow, else goes on.
    pub fn enter(&mut self) -> Entered {
        if self.cursor.part == Some(Part::Add) {
            self.add();
            return Entered::Moved;
        }
        if self.begins() {
            let path = self.cursor.path.clone();
            self.form.begin(&path);
            self.changed = true;
            self.step(1, false);
            return Entered::Moved;
        }
        let rows = self.form.rows();
        if self.at(&rows) + 1 >= rows.len() {
            return Entered::Last;
        }
        self.step(1, false);
        Entered::Moved
    }

    /// Whether Enter would begin a list or an object that is not sent yet.
    pub fn begins(&self) -> bool {
        let unset = |node: &Node| {
            node.value == Val::Unset && matches!(node.shape.kind, Kind::Array { .. } | Kind::Object { .. })
        };
        matches!(self.cursor.part, None | Some(Part::Value)) && self.node().is_some_and(unset)
    }

    /// Whether Enter would send.
    pub fn is_last(&self) -> bool {
        let rows = self.form.rows();
        rows.is_empty() || (self.at(&rows) + 1 >= rows.len() && rows.last().is_some_and(|row| row.part != Part::Add))
    }

    /// A send that the form does not allow: shows the gaps and goes to the first. Returns what is wrong.
    pub fn refuse(&mut self) -> Option<String> {
        self.refused = true;
        let (path, problem) = self.form.first_problem()?;
        let (path, text) = (path.clone(), problem.text.clone());
        let name = name_of(&self.form, &path);
        self.go_to(&path);
        Some(if name.is_empty() { text } else { format!("{name}: {text}") })
    }
}

/// What a place is called: the name of the nearest member around it.
pub fn name_of(form: &ArgForm, path: &[usize]) -> String {
    (1..=path.len())
        .rev()
        .find_map(|end| form.member(&path[..end]))
        .map(|member| if member.name.is_empty() { "\"\"".to_owned() } else { member.name.clone() })
        .unwrap_or_default()
}
