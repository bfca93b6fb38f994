//! Searching in what was said: [`Find`]. What is searched is what is drawn, with everything folded open, so that each
//! place has a row to go to; a slice at a time, so that a long conversation holds up no key.

use super::entry::Sheet;
use super::transcript::{Place, Transcript};
use super::{ConversationUi, settle, size};
use crate::app::State;
use crate::model::conversation::{Body, Entry};
use crate::model::json::tree::find::Needle;
use crate::tui::conversation::entry::Part;
use crate::tui::line::LineEdit;
use crate::tui::ui::Ui;

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
    pub(in crate::tui) fn here(&self, at: usize, sheet: &Sheet, entry: &Entry) -> Option<Here> {
        let (_, nth) = self.at.filter(|(entry, _)| *entry == at)?;
        let text = Searched::of(sheet, entry);
        let place = self.needle()?.places(&text.text).get(nth)?.clone();
        let (first, last) = (text.row(place.start), text.row(place.end.saturating_sub(1)));
        let rows = (first..=last).map(|row| {
            let (start, end) = (text.rows[row], text.rows.get(row + 1).copied().unwrap_or(text.text.len()));
            let part = text.text[place.start.max(start)..place.end.min(end)].trim_end().to_owned();
            let before = Needle::new(&part, false).map(|part| part.places(&text.text[start..place.start.max(start)]));
            (part, before.map_or(0, |before| before.len()))
        });
        Some(Here { first, rows: rows.collect() })
    }

    fn restart(&mut self) {
        self.counts.clear();
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

/// The text of an entry as it is drawn, with one space for whatever parts its words.
struct Searched {
    text: String,
    /// Where each row of the sheet begins.
    rows: Vec<usize>,
}

impl Searched {
    fn of(sheet: &Sheet, entry: &Entry) -> Searched {
        let mut out = Searched { text: String::new(), rows: Vec::new() };
        for part in &sheet.parts {
            match part {
                Part::Text { growing, .. } => growing.rows().iter().for_each(|row| out.add(&row.text())),
                Part::Plain { rows, .. } => rows.iter().for_each(|row| out.add(&row.text())),
                Part::Call => match &entry.body {
                    Body::Call(call) if call.server.is_empty() => out.add(&call.tool),
                    Body::Call(call) => out.add(&format!("{}/{}", call.server, call.tool)),
                    _ => out.add(""),
                },
                _ => out.add(""),
            }
        }
        out
    }

    fn add(&mut self, row: &str) {
        self.rows.push(self.text.len());
        for word in row.split_whitespace() {
            self.text.push_str(word);
            self.text.push(' ');
        }
    }

    /// The row that a byte is in.
    fn row(&self, byte: usize) -> usize {
        self.rows.partition_point(|start| *start <= byte).saturating_sub(1)
    }
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

/// What can be found in an entry: all of it, unfolded.
fn searched(transcript: &mut Transcript, entries: &[Entry], at: usize) -> Option<Searched> {
    let entry = entries.get(at)?;
    if !folds(entry) || transcript.opened.contains(&at) {
        return Some(Searched::of(transcript.sheet(entries, at)?, entry));
    }
    Some(Searched::of(&transcript.unfolded(entries, at), entry))
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
    let entries = &state.chat.conversation.entries;
    let own = &mut ui.conversation;
    let Some(find) = &mut own.find else { return false };
    let Some(needle) = find.needle() else { return false };
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
        let Some(text) = searched(&mut own.transcript, entries, at) else { break };
        left = left.saturating_sub(text.text.len().max(64));
        let count = Count { revision: entry.revision, places: needle.places(&text.text).len() };
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
    let (Some((at, _)), Some(needle)) = (find.at, find.needle()) else { return };
    let Some(entry) = entries.get(at) else { return };
    if find.unfolded.is_some_and(|unfolded| unfolded != at) {
        fold(&mut own.transcript, find.unfolded.take());
    }
    if folds(entry) && !own.transcript.opened.contains(&at) {
        let folded =
            own.transcript.sheet(entries, at).map_or(0, |sheet| needle.places(&Searched::of(sheet, entry).text).len());
        if find.counts.get(at).is_some_and(|count| count.places > folded) {
            own.transcript.opened.insert(at);
            find.unfolded = Some(at);
        }
    }
    let here = own.transcript.sheet(entries, at).and_then(|sheet| find.here(at, sheet, entry));
    let row = here.map_or(0, |here| here.first);
    let place = Place { entry: at, row };
    own.selected = Some(at);
    let last = own.transcript.down(entries, own.top, height.saturating_sub(1));
    let top = if place < own.top || place > last { own.transcript.up(entries, place, height / 3) } else { own.top };
    own.scrolled = Some(top);
    settle(ui, state);
}
