//! Searching in what was said: [`Find`]. What is searched is what is drawn, with everything folded open, so that each
//! place has a row to go to; a slice at a time, so that a long conversation holds up no key.

mod text;

use std::collections::BTreeMap;

use super::entry::Sheet;
use super::transcript::{Place, Transcript};
use super::{ConversationUi, settle, size};
use crate::app::State;
use crate::model::conversation::{Body, Entry};
use crate::model::json::tree::find::Needle;
use crate::tui::line::LineEdit;
use crate::tui::ui::Ui;
use text::Searched;

/// Bytes that are searched before a frame is drawn.
const SLICE: usize = 256 * 1024;

/// A search in the conversation.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// What is typed.
    pub line: LineEdit,
    /// Whether keys still type.
    pub typing: bool,
    /// Where the view was before.
    origin: (Option<Place>, Option<usize>),
    /// The first entry in view then.
    from: usize,
    /// How often it is in each entry, as far as that was looked at.
    counts: Vec<Count>,
    /// The place one is at: an entry, and which of those in it.
    at: Option<(usize, usize)>,
    /// The entry that was unfolded for the place one is at: it is folded again when that is left.
    unfolded: Option<usize>,
    /// A place is to be shown once all are known.
    seeks: bool,
    /// There is more to look at.
    busy: bool,
    /// Which way the last step went over the end.
    around: Option<&'static str>,
    /// Texts that are needed again: of the entry one is at and of the one that grows, each as it is drawn or unfolded.
    texts: BTreeMap<(usize, bool), Text>,
    /// The columns that they were laid out for.
    width: usize,
    /// Where the place one is at is drawn.
    here: Option<Here>,
}

/// The text of an entry, kept while it grows.
#[derive(Clone, Debug, Default)]
struct Text {
    revision: Option<u32>,
    searched: Searched,
    /// The entry unfolded, where it is not drawn so.
    unfolded: Option<Sheet>,
}

/// The place one is at: the row it begins in, and for it and those below: what of it is there, and how often the same
/// is before it in that row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::tui) struct Here {
    pub(in crate::tui) first: usize,
    pub(in crate::tui) rows: Vec<(String, usize)>,
}

/// How often it is in an entry that looks like this.
#[derive(Clone, Copy, Debug)]
struct Count {
    revision: u32,
    places: usize,
}

impl Find {
    /// What is looked for, if anything is typed.
    pub(in crate::tui) fn needle(&self) -> Option<Needle> {
        let text = self.line.text().split_whitespace().collect::<Vec<_>>().join(" ");
        Needle::new(&text, false)
    }

    /// What came of it, for a person.
    pub(in crate::tui) fn said(&self) -> String {
        let total: usize = self.counts.iter().map(|count| count.places).sum();
        match self.at {
            _ if self.line.text().trim().is_empty() => String::new(),
            _ if self.busy => "searching…".into(),
            _ if total == 0 => "not found".into(),
            Some((entry, nth)) => {
                let before: usize = self.counts.iter().take(entry).map(|count| count.places).sum();
                let around = self.around.map(|around| format!("{around} ")).unwrap_or_default();
                format!("{around}{} of {total}", before + nth + 1)
            }
            None => total.to_string(),
        }
    }

    /// Where the place one is at is drawn, if it is in this entry.
    pub(in crate::tui) fn here(&self, at: usize) -> Option<&Here> {
        self.here.as_ref().filter(|_| self.at.is_some_and(|(entry, _)| entry == at))
    }

    /// The text of an entry as it is now; `unfold`: not as it is drawn, but with what is folded away.
    fn look(&mut self, transcript: &mut Transcript, entries: &[Entry], at: usize, unfold: bool) -> Option<&Searched> {
        let (needle, entry) = (self.needle()?, entries.get(at)?);
        if self.width != transcript.width() {
            self.width = transcript.width();
            self.texts.clear();
        }
        // What is unfolded is drawn otherwise, and what is folded too.
        let text = self.texts.entry((at, unfold || transcript.opened.contains(&at))).or_default();
        if text.revision == Some(entry.revision) {
            return Some(&text.searched);
        }
        text.revision = Some(entry.revision);
        if unfold {
            let sheet = transcript.unfolded(entries, at, text.unfolded.take());
            text.searched.update(&sheet, entry, &needle);
            text.unfolded = Some(sheet);
        } else {
            text.searched.update(transcript.sheet(entries, at)?, entry, &needle);
        }
        Some(&text.searched)
    }

    /// Finds out where the place one is at is drawn, and lets go of texts that are not needed in the next frame.
    fn find_here(&mut self, transcript: &mut Transcript, entries: &[Entry]) {
        self.here = None;
        if let Some((at, nth)) = self.at
            && let Some(text) = self.look(transcript, entries, at, false)
            && let Some(place) = text.places.get(nth).cloned()
        {
            let (first, last) = (text.row(place.start), text.row(place.end.saturating_sub(1)));
            let rows = (first..=last).map(|row| {
                let std::ops::Range { start, end } = text.bounds(row);
                let part = text.part(place.start.max(start)..place.end.min(end)).trim_end().to_owned();
                let before =
                    Needle::new(&part, false).map(|part| part.places(text.part(start..place.start.max(start))));
                (part, before.map_or(0, |before| before.len()))
            });
            self.here = Some(Here { first, rows: rows.collect() });
        }
        let here = self.at.map(|(at, _)| at);
        self.texts.retain(|(at, unfolded), _| {
            let needed = Some(*at) == here || entries.get(*at).is_some_and(grows);
            needed && (*unfolded || !transcript.opened.contains(at))
        });
    }

    fn restart(&mut self) {
        self.counts.clear();
        self.texts.clear();
        self.here = None;
        (self.at, self.around) = (None, None);
        self.seeks = true;
    }

    /// The place after this one, or before it, in the entries.
    fn step(&self, from: (usize, Option<usize>), forward: bool) -> Option<((usize, usize), bool)> {
        let (entry, nth) = from;
        let len = self.counts.len();
        let here = self.counts.get(entry).map_or(0, |count| count.places);
        let inside = match (nth, forward) {
            (Some(nth), true) => Some(nth + 1).filter(|next| *next < here),
            (Some(nth), false) => nth.checked_sub(1),
            (None, true) => (here > 0).then_some(0),
            (None, false) => here.checked_sub(1),
        };
        if let Some(nth) = inside {
            return Some(((entry, nth), false));
        }
        let hit = |at: usize| {
            let places = self.counts[at].places;
            (places > 0).then(|| (at, if forward { 0 } else { places - 1 }))
        };
        let (near, far) = if forward {
            ((entry + 1..len).find_map(hit), (0..len).find_map(hit))
        } else {
            ((0..entry.min(len)).rev().find_map(hit), (0..len).rev().find_map(hit))
        };
        near.map(|hit| (hit, false)).or_else(|| far.map(|hit| (hit, true)))
    }
}

/// Whether more may come of an entry.
fn grows(entry: &Entry) -> bool {
    matches!(&entry.body, Body::Answer(answer) if answer.is_open())
}

/// Whether an entry has details that are folded away.
fn folds(entry: &Entry) -> bool {
    match &entry.body {
        Body::Call(_) => true,
        Body::Answer(answer) => !answer.reply.thinking.is_empty() || answer.summary,
        Body::User { attachments, .. } => attachments.iter().any(|one| one.prompt.is_some()),
        Body::Note { .. } | Body::Summary { .. } => false,
    }
}

/// Opens the line in which is typed what to look for.
pub(in crate::tui) fn open(own: &mut ConversationUi) {
    let origin = (own.scrolled, own.selected);
    own.find = Some(Find { typing: true, origin, from: own.top.entry, ..Find::default() });
}

/// Closes it; while it is typed everything goes back to how it was.
pub(in crate::tui) fn close(own: &mut ConversationUi) {
    if let Some(find) = own.find.take()
        && find.typing
    {
        (own.scrolled, own.selected) = find.origin;
        fold(&mut own.transcript, find.unfolded);
    }
}

/// What is typed has changed.
pub(in crate::tui) fn typed(own: &mut ConversationUi) {
    if let Some(find) = &mut own.find {
        (own.scrolled, own.selected) = find.origin;
        fold(&mut own.transcript, find.unfolded.take());
        find.restart();
    }
}

fn fold(transcript: &mut Transcript, unfolded: Option<usize>) {
    if let Some(at) = unfolded {
        transcript.opened.remove(&at);
    }
}

/// Goes to the next place, or the one before.
pub(in crate::tui) fn again(ui: &mut Ui, state: &State, forward: bool) {
    let entries = &state.chat.conversation.entries;
    let selected = ui.conversation.selected(entries);
    let Some(find) = &mut ui.conversation.find else { return };
    let from = match (find.at, selected) {
        (Some((entry, nth)), Some(selected)) if entry == selected => (entry, Some(nth)),
        // Somebody has moved on meanwhile.
        (_, Some(selected)) => (selected, None),
        (_, None) => return,
    };
    let Some((hit, around)) = find.step(from, forward) else { return };
    find.at = Some(hit);
    find.around = around.then_some(if forward { "from the beginning:" } else { "from the end:" });
    show(ui, state);
}

/// Before each frame: looks at what is new, a slice of it. Whether there is more to look at.
pub(super) fn advance(ui: &mut Ui, state: &State) -> bool {
    let busy = count(ui, state);
    let own = &mut ui.conversation;
    if let Some(find) = &mut own.find {
        find.find_here(&mut own.transcript, &state.chat.conversation.entries);
    }
    busy
}

fn count(ui: &mut Ui, state: &State) -> bool {
    let entries = &state.chat.conversation.entries;
    let own = &mut ui.conversation;
    let Some(find) = &mut own.find else { return false };
    if find.needle().is_none() {
        return false;
    }
    find.counts.truncate(entries.len());
    let mut left = SLICE;
    find.busy = false;
    for (at, entry) in entries.iter().enumerate() {
        if find.counts.get(at).is_some_and(|count| count.revision == entry.revision) {
            continue;
        }
        if left == 0 {
            find.busy = true;
            break;
        }
        let folded = folds(entry) && !own.transcript.opened.contains(&at);
        let Some(text) = find.look(&mut own.transcript, entries, at, folded) else { break };
        left = left.saturating_sub(text.fresh.max(64));
        let count = Count { revision: entry.revision, places: text.places.len() };
        if !grows(entry) {
            find.texts.retain(|(known, _), _| *known != at);
        }
        match find.counts.get_mut(at) {
            Some(known) => *known = count,
            None => find.counts.push(count),
        }
    }
    if find.busy || !std::mem::take(&mut find.seeks) {
        return find.busy;
    }
    // The nearest: in view or below, else the last one above.
    let below = find.step((find.from, None), true).filter(|(_, around)| !around);
    let Some((hit, _)) = below.or_else(|| find.step((find.from, None), false)) else { return false };
    find.at = Some(hit);
    show(ui, state);
    false
}

/// Brings the place one is at into view, and unfolds what it is in.
fn show(ui: &mut Ui, state: &State) {
    let Some((_, height)) = size(ui) else { return };
    let entries = &state.chat.conversation.entries;
    let own = &mut ui.conversation;
    let Some(find) = &mut own.find else { return };
    let Some((at, _)) = find.at else { return };
    let Some(entry) = entries.get(at) else { return };
    if find.unfolded.is_some_and(|unfolded| unfolded != at) {
        fold(&mut own.transcript, find.unfolded.take());
    }
    if folds(entry) && !own.transcript.opened.contains(&at) {
        let folded = find.look(&mut own.transcript, entries, at, false).map_or(0, |text| text.places.len());
        if find.counts.get(at).is_some_and(|count| count.places > folded) {
            own.transcript.opened.insert(at);
            find.unfolded = Some(at);
        }
    }
    find.find_here(&mut own.transcript, entries);
    let row = find.here(at).map_or(0, |here| here.first);
    let place = Place { entry: at, row };
    own.selected = Some(at);
    let last = own.transcript.down(entries, own.top, height.saturating_sub(1));
    let top = if place < own.top || place > last { own.transcript.up(entries, place, height / 3) } else { own.top };
    own.scrolled = Some(top);
    settle(ui, state);
}

#[cfg(test)]
impl Find {
    /// Bytes that were looked at the last time in the texts that are kept.
    pub(super) fn fresh(&self) -> usize {
        self.texts.values().map(|text| text.searched.fresh).sum()
    }
}
