//! What the screen remembers from run to run: [`Kept`]: sizes of panes, filters, calls, presets.
//!
//! One small file for each [`Shelf`], in a directory of its own; `tui/files.rs` reads and writes them. Each shelf has
//! limits of its own, so that no file grows without end. To remember something more: add a shelf, or a field with
//! `#[serde(default)]` to a shelf. A change is made in place (`ui.kept`) and written by `Outcome::Keep(shelf)`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::layout::Class;

#[cfg(test)]
mod tests;

/// Calls remembered in all.
const CALLS: usize = 1_000;
/// Calls remembered of one item.
const CALLS_OF_ONE: usize = 50;
/// A longer text is not remembered, in bytes.
const TEXT: usize = 64 * 1024;
/// All remembered texts of a shelf together, in bytes.
const TEXTS: usize = 1024 * 1024;
/// Filters and presets a person saves.
const NAMED: usize = 500;

/// Everything remembered.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Kept {
    /// How large the panes are.
    pub layout: Sizes,
    /// Filters of the log that a person named.
    pub filters: Filters,
    /// What was called, with which arguments.
    pub history: History,
    /// Arguments that a person named.
    pub presets: Presets,
    /// What was said to models.
    pub messages: Messages,
}

/// One file of [`Kept`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shelf {
    /// [`Kept::layout`]
    Layout,
    /// [`Kept::filters`]
    Filters,
    /// [`Kept::history`]; what people typed may hold secrets, so it can be turned off.
    History,
    /// [`Kept::presets`]
    Presets,
    /// [`Kept::messages`]; what people typed may hold secrets, so it can be turned off.
    Messages,
}

impl Shelf {
    /// All of them.
    pub const ALL: [Shelf; 5] = [Shelf::Layout, Shelf::Filters, Shelf::History, Shelf::Presets, Shelf::Messages];

    /// The name of its file.
    pub fn file(self) -> &'static str {
        match self {
            Shelf::Layout => "layout.json",
            Shelf::Filters => "filters.json",
            Shelf::History => "history.json",
            Shelf::Presets => "presets.json",
            Shelf::Messages => "messages.json",
        }
    }
}

impl Kept {
    /// The text of a shelf's file.
    pub fn text(&self, shelf: Shelf) -> String {
        // Plain data with text for names: it cannot fail.
        let text = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        match shelf {
            Shelf::Layout => text(serde_json::to_string_pretty(&self.layout)),
            Shelf::Filters => text(serde_json::to_string_pretty(&self.filters)),
            Shelf::History => text(serde_json::to_string_pretty(&self.history)),
            Shelf::Presets => text(serde_json::to_string_pretty(&self.presets)),
            Shelf::Messages => text(serde_json::to_string_pretty(&self.messages)),
        }
    }

    /// Takes over what a shelf's file says. One that makes no sense leaves the shelf as it is; the error says why.
    pub fn read(&mut self, shelf: Shelf, text: &str) -> Result<(), String> {
        fn of<T: DeserializeOwned>(text: &str) -> Result<T, String> {
            serde_json::from_str(text).map_err(|fault| fault.to_string())
        }
        match shelf {
            Shelf::Layout => self.layout = of(text)?,
            Shelf::Filters => self.filters = of(text)?,
            Shelf::History => self.history = of(text)?,
            Shelf::Presets => self.presets = of(text)?,
            Shelf::Messages => self.messages = of(text)?,
        }
        self.filters.trim();
        self.history.trim();
        self.presets.trim();
        self.messages.trim();
        Ok(())
    }
}

/// How large the panes are, for each class of terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// Where the log lies below another pane.
    pub medium: PaneSizes,
    /// Where two panes stand side by side above it.
    pub wide: PaneSizes,
    /// Where three do.
    pub huge: PaneSizes,
}

impl Sizes {
    /// The sizes of one class.
    pub fn of(&self, class: Class) -> PaneSizes {
        match class {
            Class::Medium => self.medium,
            Class::Wide => self.wide,
            Class::Huge => self.huge,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, class: Class) -> &mut PaneSizes {
        match class {
            Class::Medium => &mut self.medium,
            Class::Wide => &mut self.wide,
            Class::Huge => &mut self.huge,
        }
    }
}

/// How large the panes of one class are; what is missing has its usual size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneSizes {
    /// Thousandths of the height that the log has.
    pub log: Option<u16>,
    /// Thousandths of the width that the left pane has.
    pub left: Option<u16>,
    /// Thousandths of the rest that the middle one of three has.
    pub middle: Option<u16>,
}

/// Filters that a person named, in the order in which they were saved.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filters(pub Vec<SavedFilter>);

/// A filter of the log with its name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SavedFilter {
    /// What the person calls it.
    pub name: String,
    /// What was typed.
    pub text: String,
}

impl Filters {
    /// Saves a filter; one of the same name is replaced.
    pub fn save(&mut self, filter: SavedFilter) {
        self.0.retain(|known| known.name != filter.name);
        self.0.push(filter);
        self.trim();
    }

    fn trim(&mut self) {
        trim(&mut self.0, NAMED, |filter| filter.name.len() + filter.text.len());
    }
}

/// An item of a server, by names that mean the same in the next run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptItem {
    /// What the server is called.
    pub server: String,
    /// The method that lists it, such as `tools/list`.
    pub list: String,
    /// Its programmatic name.
    pub item: String,
}

/// What was called, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(Vec<PastCall>);

/// One call of an earlier time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PastCall {
    /// Of what.
    #[serde(flatten)]
    pub item: KeptItem,
    /// The arguments, as typed.
    pub text: String,
    /// When, in microseconds since 1970.
    pub at: u64,
}

impl History {
    /// Remembers a call. The same arguments again only move to the front; very long ones are left out.
    pub fn remember(&mut self, call: PastCall) {
        if call.text.len() > TEXT {
            return;
        }
        self.0.retain(|known| known.item != call.item || known.text != call.text);
        let of_one = self.0.iter().filter(|known| known.item == call.item).count();
        if of_one >= CALLS_OF_ONE
            && let Some(oldest) = self.0.iter().position(|known| known.item == call.item)
        {
            self.0.remove(oldest);
        }
        self.0.push(call);
        self.trim();
    }

    /// Forgets a call.
    pub fn forget(&mut self, call: &PastCall) {
        self.0.retain(|known| known != call);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The calls of an item, newest first.
    pub fn of<'a>(&'a self, item: &'a KeptItem) -> impl Iterator<Item = &'a PastCall> {
        self.0.iter().rev().filter(move |call| call.item == *item)
    }

    /// The names of what was called of one list, the newest call first; a name more than once.
    pub fn newest<'a>(&'a self, server: &'a str, list: &'a str) -> impl Iterator<Item = &'a str> {
        let of = move |call: &&PastCall| call.item.server == server && call.item.list == list;
        self.0.iter().rev().filter(of).map(|call| call.item.item.as_str())
    }

    fn trim(&mut self) {
        self.0.retain(|call| call.text.len() <= TEXT);
        trim(&mut self.0, CALLS, |call| call.text.len());
    }
}

/// What a person said to models, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Messages(pub Vec<String>);

impl Messages {
    /// Remembers a message. The same one again only moves to the front; empty and very long ones are left out.
    pub fn remember(&mut self, text: &str) {
        if text.trim().is_empty() || text.len() > TEXT {
            return;
        }
        self.0.retain(|known| known != text);
        self.0.push(text.to_owned());
        self.trim();
    }

    fn trim(&mut self) {
        self.0.retain(|text| text.len() <= TEXT);
        trim(&mut self.0, NAMED, String::len);
    }
}

/// Arguments that a person named, in the order in which they were saved.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Presets(pub Vec<Preset>);

/// Arguments with their name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Preset {
    /// For calls of what.
    #[serde(flatten)]
    pub item: KeptItem,
    /// What the person calls it.
    pub name: String,
    /// The arguments, as typed.
    pub text: String,
}

impl Presets {
    /// Saves a preset; one of the same item and name is replaced.
    pub fn save(&mut self, preset: Preset) {
        self.0.retain(|known| known.item != preset.item || known.name != preset.name);
        self.0.push(preset);
        self.trim();
    }

    /// The presets of an item, in the order in which they were saved.
    pub fn of<'a>(&'a self, item: &'a KeptItem) -> impl Iterator<Item = &'a Preset> {
        self.0.iter().filter(move |preset| preset.item == *item)
    }

    fn trim(&mut self) {
        trim(&mut self.0, NAMED, |preset| preset.name.len() + preset.text.len());
    }
}

/// Drops the oldest until neither their number nor their weight is over the limits.
fn trim<T>(all: &mut Vec<T>, most: usize, weight: impl Fn(&T) -> usize) {
    let (mut weighs, mut fitting) = (0_usize, 0);
    for one in all.iter().rev().take(most) {
        weighs = weighs.saturating_add(weight(one));
        if weighs > TEXTS {
            break;
        }
        fitting += 1;
    }
    all.drain(..all.len() - fitting);
}
