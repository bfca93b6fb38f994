//! What the screen knows of the conversation beyond what is said: [`ConversationUi`]: where the view is, what is open in
//! it, and the message being typed.

mod attached;
mod composer;
mod entry;
pub(super) mod find;
mod near;
mod sight;
#[cfg(test)]
mod tests;
mod transcript;

pub use attached::{Attached, Source};
pub(in crate::tui) use attached::{Health, attachments, words};
pub use composer::Composer;
pub(in crate::tui) use composer::{rows, shown};
pub(super) use entry::{Part, Sheet, WHO, goes_on};
pub use find::Find;
pub use near::{Near, score};
pub use sight::Sight;
pub(super) use sight::{Kind, Piece};
pub(super) use transcript::{Place, Transcript};

use super::layout::{ConversationLayout, Layout};
use super::ui::Ui;
use crate::app::State;
use crate::app::chat::Phase;
use crate::model::conversation::Entry;
use crate::model::id::EntryId;

/// The conversation on the screen.
#[derive(Clone, Debug, Default)]
pub struct ConversationUi {
    /// Whether keys go into the message.
    pub composing: bool,
    /// The message being typed.
    pub composer: Composer,
    /// The entry that keys act on; the last one without.
    pub selected: Option<usize>,
    /// The last key was the wish to stop the turn: once more and it is stopped.
    pub stopping: bool,
    /// What is said anew by the message being typed.
    pub replaces: Option<EntryId>,
    /// The message being typed is the summary that the person decides about.
    pub summing: bool,
    /// A message that waits while a model is chosen for it.
    pub waits: Option<String>,
    /// What goes with the message being typed.
    pub attached: Vec<Attached>,
    /// The files that can go with it.
    pub near: Near,
    /// What the model sees, while that is in view.
    pub sight: Option<Sight>,
    /// What is looked for in what was said.
    pub find: Option<Find>,
    /// The selected one of what can follow what is typed.
    pub pick: usize,
    /// The text for which the list of what can follow was closed.
    pub dismissed: Option<String>,
    /// Where the view begins; at the end while it follows.
    scrolled: Option<Place>,
    /// Where the view begins, as last laid out.
    top: Place,
    transcript: Transcript,
}

/// How many columns and rows the view of the conversation has; none while it is not in view.
pub(super) fn size(ui: &Ui) -> Option<(usize, usize)> {
    let rect = Layout::of(ui).conversation?;
    let entries = ConversationLayout::of(ui, rect).entries;
    Some((usize::from(entries.width), usize::from(entries.height)))
}

/// Before a frame is drawn: lays out what is in view of the conversation.
pub(super) fn settle(ui: &mut Ui, state: &State) {
    let Some((width, height)) = size(ui) else { return };
    let conversation = &state.chat.conversation;
    let entries = &conversation.entries;
    let own = &mut ui.conversation;
    if own.transcript.turn_to(conversation, width) {
        (own.scrolled, own.selected, own.find) = (None, None, None);
    }
    let end = own.transcript.end(entries, height);
    // Scrolled down to the end it follows again.
    own.scrolled = own.scrolled.filter(|place| *place < end);
    own.top = own.scrolled.unwrap_or(end);
    own.transcript.fill(entries, own.top, height);
    if let Some(sight) = &mut own.sight {
        sight.refresh(state, width);
    }
}

/// Before a frame is drawn: looks further for what is looked for. Whether that is not over yet.
pub(super) fn seek(ui: &mut Ui, state: &State) -> bool {
    find::advance(ui, state)
}

/// The summary that was written and waits for the person's word.
pub(super) fn draft(state: &State) -> Option<String> {
    let Phase::Summary { answer } = state.chat.turn.as_ref()?.phase else { return None };
    Some(state.chat.conversation.answer(answer)?.reply.text())
}

impl ConversationUi {
    /// Whether the newest is in view and stays so.
    pub(super) fn follows(&self) -> bool {
        self.scrolled.is_none()
    }

    /// Where the view begins.
    pub(super) fn top(&self) -> Place {
        self.top
    }

    /// An entry as it was laid out.
    pub(super) fn sheet(&self, at: usize) -> Option<&Sheet> {
        self.transcript.known(at)
    }

    /// Whether the details of an entry are in view.
    pub(super) fn is_open(&self, at: usize) -> bool {
        self.transcript.opened.contains(&at)
    }

    fn toggle(&mut self, at: usize) {
        if !self.transcript.opened.remove(&at) {
            self.transcript.opened.insert(at);
        }
    }

    /// Goes back to the end and follows it.
    pub(super) fn follow(&mut self) {
        (self.scrolled, self.selected) = (None, None);
    }

    /// The selected entry, if anything was said.
    pub(super) fn selected(&self, entries: &[Entry]) -> Option<usize> {
        let last = entries.len().checked_sub(1)?;
        Some(self.selected.map_or_else(|| last_shown(entries).unwrap_or(last), |at| at.min(last)))
    }
}

/// The newest entry that a person can do something with.
fn last_shown(entries: &[Entry]) -> Option<usize> {
    entries.iter().rposition(|entry| !matches!(entry.body, crate::model::conversation::Body::Note { .. }))
}

/// The entry at a row of the view.
pub(super) fn entry_at(ui: &Ui, row: usize) -> Option<usize> {
    let own = &ui.conversation;
    let mut left = row + own.top.row;
    let mut at = own.top.entry;
    loop {
        let height = own.sheet(at)?.height();
        if left < height {
            return Some(at);
        }
        left -= height;
        at += 1;
    }
}

/// Moves the view by rows.
pub(super) fn scroll(ui: &mut Ui, state: &State, rows: i64) {
    settle(ui, state);
    let entries = &state.chat.conversation.entries;
    let own = &mut ui.conversation;
    let by = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
    let place =
        if rows < 0 { own.transcript.up(entries, own.top, by) } else { own.transcript.down(entries, own.top, by) };
    own.scrolled = Some(place);
    settle(ui, state);
}

/// Selects another entry, `by` entries on, and brings it into view.
pub(super) fn select(ui: &mut Ui, state: &State, by: i64) {
    settle(ui, state);
    let entries = &state.chat.conversation.entries;
    let Some(at) = ui.conversation.selected(entries) else { return };
    let own = &mut ui.conversation;
    let mut next = at;
    for _ in 0..by.unsigned_abs() {
        let candidates: Box<dyn Iterator<Item = usize>> =
            if by < 0 { Box::new((0..next).rev()) } else { Box::new(next + 1..entries.len()) };
        let mut found = None;
        for candidate in candidates {
            if own.transcript.sheet(entries, candidate).is_some_and(|sheet| sheet.height() > 0) {
                found = Some(candidate);
                break;
            }
        }
        let Some(found) = found else { break };
        next = found;
    }
    own.selected = Some(next);
    reveal(ui, state, next, by < 0);
}

/// Shows or hides the details of an entry and selects it. Its first row stays in view: what opens is read from there.
pub(super) fn toggle(ui: &mut Ui, state: &State, at: usize) {
    settle(ui, state);
    let own = &mut ui.conversation;
    own.selected = Some(at);
    own.scrolled = Some(own.top);
    own.toggle(at);
    reveal(ui, state, at, false);
}

/// Selects the first entry, or goes to the end and follows.
pub(super) fn jump(ui: &mut Ui, state: &State, top: bool) {
    if top {
        ui.conversation.selected = Some(0);
        ui.conversation.scrolled = Some(Place::default());
    } else {
        ui.conversation.follow();
    }
    settle(ui, state);
}

/// Brings an entry into view: its end, or its beginning where it is too long or one comes from below.
fn reveal(ui: &mut Ui, state: &State, at: usize, from_below: bool) {
    let Some((_, height)) = size(ui) else { return };
    let entries = &state.chat.conversation.entries;
    let own = &mut ui.conversation;
    let start = Place { entry: at, row: 0 };
    let rows = own.transcript.sheet(entries, at).map_or(0, Sheet::height);
    let end = Place { entry: at, row: rows };
    let bottom = own.transcript.down(entries, own.top, height);
    if start < own.top || (rows > height && !from_below && bottom < end) {
        own.scrolled = Some(if from_below && rows > height { own.transcript.up(entries, end, height) } else { start });
    } else if bottom < end {
        own.scrolled = Some(own.transcript.up(entries, end, height));
    } else {
        own.scrolled = Some(own.top);
    }
    settle(ui, state);
}

#[cfg(test)]
impl ConversationUi {
    /// How many entries were laid out so far.
    pub(super) fn laid_out(&self) -> usize {
        self.transcript.made()
    }
}
