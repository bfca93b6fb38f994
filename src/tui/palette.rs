//! The command palette: [`PaletteUi`]: everything that can be done or gone to, by a few letters of its name.
//!
//! What there is comes from the table of keys and from the state (`palette/source.rs`); only the best few are kept, so
//! that ten thousand tools cost no more than looking at their names.

mod source;

use super::keymap::Context;
use super::line::LineEdit;
use super::theme::Scheme;
use super::ui::{ItemRef, Ui};
use crate::app::State;
use crate::model::fuzzy::Query;
use crate::model::id::ServerId;
use crate::tui::action::Action;
use crate::tui::page::clip;
use source::{Best, Candidate};

/// Results that are kept.
const KEPT: usize = 100;
/// Columns of a name or a description that are kept.
const COLUMNS: usize = 200;

/// The palette while it is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaletteUi {
    /// What is typed.
    pub line: LineEdit,
    /// The selected row of `found`.
    pub selected: usize,
    /// The best results, best first.
    pub found: Vec<Found>,
    /// How many there are in all.
    pub count: usize,
    /// What the results were made from.
    stamp: Vec<(bool, usize)>,
}

/// A result, ready to be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// What Enter does.
    pub target: Target,
    /// What it is, in a word.
    pub kind: &'static str,
    /// Its name, escaped.
    pub label: String,
    /// The characters of the name that were typed, by number.
    pub lit: Vec<usize>,
    /// Where it is, escaped; a server's name.
    pub place: String,
    /// More about it, escaped.
    pub detail: String,
    /// The keys it is on.
    pub keys: Vec<super::keymap::Key>,
}

/// What Enter does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// This, as if its key was pressed.
    Action(Context, Action),
    /// Goes to a server.
    Server(ServerId),
    /// Goes to a tool, a resource, a template, a prompt.
    Item(ItemRef),
    /// Opens the arguments of a call with these in them.
    Preset(ItemRef, String),
    /// Filters the log by this.
    Filter(String),
    /// Goes on with this conversation.
    Conversation(String),
    /// Shows everything in these styles.
    Scheme(Scheme),
    /// Frames and marks in ASCII alone, or not.
    Ascii,
}

impl PaletteUi {
    /// A fresh palette: everything, what can be done here first.
    pub fn open(ui: &Ui, state: &State) -> PaletteUi {
        let mut palette = PaletteUi { line: LineEdit::default(), selected: 0, found: vec![], count: 0, stamp: vec![] };
        palette.find(ui, state);
        palette
    }

    /// Looks again, because something else is typed.
    pub fn find(&mut self, ui: &Ui, state: &State) {
        let query = Query::new(self.line.text());
        let mut best = Best::new(&query, KEPT);
        source::all(ui, state, &mut best);
        self.count = best.count;
        self.found = best.into_sorted().into_iter().map(|candidate| found(candidate, &query)).collect();
        self.selected = 0;
        self.stamp = stamp(state);
    }

    /// Looks again if servers came up or lists changed; what is selected stays selected.
    pub fn refresh(&mut self, ui: &Ui, state: &State) {
        if self.stamp == stamp(state) {
            return;
        }
        let selected = self.found.get(self.selected).map(|found| found.target.clone());
        self.find(ui, state);
        let again = self.found.iter().position(|found| Some(&found.target) == selected.as_ref());
        self.selected = again.unwrap_or(0);
    }
}

fn found(candidate: Candidate<'_>, query: &Query) -> Found {
    let label = clip(&candidate.label, COLUMNS);
    Found {
        target: candidate.target(),
        kind: candidate.kind,
        lit: query.places(&label),
        label,
        place: clip(candidate.place, COLUMNS),
        detail: clip(&candidate.detail, COLUMNS),
        keys: candidate.keys,
    }
}

/// Changes whenever there is something else to be found, as far as that can be seen at a glance.
fn stamp(state: &State) -> Vec<(bool, usize)> {
    let lists = |session: &crate::model::session::Session| {
        crate::model::call::ListKind::ALL.into_iter().map(|kind| session.listing(kind).items.len()).sum()
    };
    let sessions = state.sessions.iter().map(|session| (session.is_ready(), lists(session)));
    sessions.chain([(true, state.chat.kept.len())]).collect()
}

#[cfg(test)]
mod tests;
