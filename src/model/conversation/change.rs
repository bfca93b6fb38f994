//! What can happen to a conversation: [`Change`], which is also a line of the file it is kept in.

use serde::{Deserialize, Serialize};

use super::{Body, Conversation, Entry, ModelCallState, Settings};
use crate::model::chat::{Delta, ModelRef, ToolResult, Usage};
use crate::model::id::{EntryId, Moment};
use crate::model::json::RawJson;
use crate::model::price::Spent;

/// The version of the format; a file of a later one is not read.
pub const VERSION: u32 = 1;
/// Characters of the first words that become the title.
const TITLE: usize = 60;

/// What can happen to a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It begins: the first line of its file.
    Began {
        /// Its name.
        conversation: String,
        /// When.
        at: Moment,
        /// The version of the format.
        version: u32,
    },
    /// It is called something else now.
    Titled(String),
    /// It goes on otherwise.
    Settings(Settings),
    /// Something is new.
    Entry(Entry),
    /// More of an answer came.
    Deltas {
        /// Which answer.
        entry: EntryId,
        /// When.
        at: Moment,
        /// What, in order.
        deltas: Vec<Delta>,
    },
    /// No more of an answer comes.
    Ended {
        /// Which answer.
        entry: EntryId,
        /// When.
        at: Moment,
        /// Whether somebody stopped it.
        interrupted: bool,
    },
    /// A call got further.
    Call {
        /// Which.
        entry: EntryId,
        /// When.
        at: Moment,
        /// How far.
        change: CallChange,
    },
    /// A server had a model write something, and this is what it took.
    Sampled(Spent),
    /// These entries are not sent any more: something is said anew in their place.
    Dropped {
        /// The first of them; all after it are dropped too.
        from: EntryId,
    },
}

/// How a call got further. What is not there stays as it is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CallChange {
    /// Where it stands now.
    pub state: ModelCallState,
    /// The arguments as a person changed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<RawJson>,
    /// Why it may be made, or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the model is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ToolResult>,
}

impl CallChange {
    /// It stands here now.
    pub fn state(state: ModelCallState) -> CallChange {
        CallChange { state, edited: None, reason: None, result: None }
    }

    /// It ended here, and this is what the model is told.
    pub fn ended(state: ModelCallState, result: ToolResult) -> CallChange {
        CallChange { result: Some(result), ..CallChange::state(state) }
    }
}

impl Conversation {
    /// Makes a change. One that makes no sense (a damaged file) changes nothing.
    pub fn apply(&mut self, change: &Change) {
        self.revision += 1;
        match change {
            Change::Began { conversation, .. } => self.id.clone_from(conversation),
            Change::Titled(title) => self.title.clone_from(title),
            Change::Settings(settings) => self.settings = settings.clone(),
            Change::Entry(entry) => self.push(entry),
            Change::Deltas { entry, at, deltas } => self.continued(*entry, *at, deltas),
            Change::Ended { entry, at, interrupted } => {
                if let Some(Body::Answer(answer)) = self.touch(*entry) {
                    answer.ended = Some(*at);
                    answer.interrupted = *interrupted;
                }
            }
            Change::Call { entry, at, change } => self.call_changed(*entry, *at, change),
            Change::Sampled(spent) => self.sampled.push(spent.clone()),
            Change::Dropped { from } => {
                for entry in self.entries.iter_mut().skip(from.index()) {
                    entry.dropped = true;
                    entry.revision += 1;
                }
                self.mark_summed();
            }
        }
    }

    fn push(&mut self, entry: &Entry) {
        if entry.id != self.next_id() {
            return;
        }
        if let (true, Body::User { text, .. }) = (self.title.is_empty(), &entry.body) {
            self.title = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE).collect();
        }
        if let Body::Answer(answer) = &entry.body {
            self.used(&answer.model, answer.reply.usage, Usage::default());
        }
        self.entries.push(entry.clone());
        if matches!(entry.body, Body::Summary { .. }) {
            // Its draft is not needed any more, and what the conversation weighs now nobody has counted.
            let draft = self.entries.iter_mut().rfind(|entry| matches!(&entry.body, Body::Answer(it) if it.summary));
            if let Some(draft) = draft {
                draft.dropped = true;
                draft.revision += 1;
            }
            (self.weight, self.crowded) = (Usage::default(), false);
            self.mark_summed();
        }
    }

    fn continued(&mut self, id: EntryId, at: Moment, deltas: &[Delta]) {
        let Some(Body::Answer(answer)) = self.touch(id) else { return };
        let before = answer.reply.usage;
        for delta in deltas {
            match delta {
                Delta::Text(_) | Delta::Thinking(_) | Delta::ToolCallStart { .. } => {
                    answer.first_token.get_or_insert(at);
                }
                Delta::Note(note) => answer.notes.push(note.clone()),
                _ => {}
            }
            answer.reply.apply(delta);
        }
        let (model, after) = (answer.model.clone(), answer.reply.usage);
        if after != before {
            self.used(&model, after, before);
        }
    }

    /// Counts tokens of an answer, `before` of which were counted already.
    fn used(&mut self, model: &ModelRef, after: Usage, before: Usage) {
        // An answer that has only begun weighs nothing yet: what is known stays.
        if after != Usage::default() {
            self.weight = after;
        }
        self.usage = sum(self.usage, after, before);
        match self.spent.iter_mut().find(|spent| spent.model == *model) {
            Some(spent) => spent.usage = sum(spent.usage, after, before),
            None if after == Usage::default() => {}
            None => self.spent.push(Spent { model: model.clone(), usage: after }),
        }
    }

    fn call_changed(&mut self, id: EntryId, at: Moment, change: &CallChange) {
        let Some(Body::Call(call)) = self.touch(id) else { return };
        call.state = change.state;
        if let Some(arguments) = &change.edited {
            call.arguments = arguments.clone();
            call.edited = true;
        }
        if let Some(reason) = &change.reason {
            call.reason = Some(reason.clone());
        }
        match change.state {
            ModelCallState::Running(sent) => {
                call.sent = Some(sent);
                call.started = Some(at);
            }
            state if !state.is_open() => {
                call.ended.get_or_insert(at);
            }
            _ => {}
        }
        if let Some(result) = &change.result {
            call.result = Some(result.clone());
        }
    }

    /// An entry that is about to change.
    fn touch(&mut self, id: EntryId) -> Option<&mut Body> {
        let entry = self.entries.get_mut(id.index())?;
        entry.revision += 1;
        Some(&mut entry.body)
    }

    /// After reading it back: what was open when the program ended will not go on. Returns the changes it made.
    pub fn close(&mut self) -> Vec<Change> {
        let changes: Vec<Change> = self.entries.iter().filter_map(closing).collect();
        for change in &changes {
            self.apply(change);
        }
        changes
    }
}

/// How an entry that was open when the program ended is closed.
fn closing(entry: &Entry) -> Option<Change> {
    match &entry.body {
        Body::Answer(answer) if answer.is_open() => {
            Some(Change::Ended { entry: entry.id, at: answer.first_token.unwrap_or(entry.at), interrupted: true })
        }
        Body::Call(call) if call.state.is_open() => {
            let (state, why) = match call.state {
                ModelCallState::Running(_) => (
                    ModelCallState::Unknown,
                    "The program ended while this call was running. Nobody knows whether it took effect.",
                ),
                _ => (ModelCallState::Cancelled, "The program ended before this call was made. It was not made."),
            };
            let change = CallChange::ended(state, ToolResult::failed(&call.call.id, why));
            Some(Change::Call { entry: entry.id, at: call.started.unwrap_or(entry.at), change })
        }
        _ => None,
    }
}

fn sum(all: Usage, more: Usage, less: Usage) -> Usage {
    let add = |all: u64, more: u64, less: u64| all.saturating_add(more).saturating_sub(less);
    Usage {
        input: add(all.input, more.input, less.input),
        cached_read: add(all.cached_read, more.cached_read, less.cached_read),
        cached_written: add(all.cached_written, more.cached_written, less.cached_written),
        output: add(all.output, more.output, less.output),
        reasoning: add(all.reasoning, more.reasoning, less.reasoning),
    }
}
