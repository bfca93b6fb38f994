//! A conversation as it is kept: [`Conversation`], its [`Entry`]s in the order in which they came, and the [`Change`]s
//! that made it.
//!
//! It only ever grows: nothing that was said is taken back, at most it is no longer sent ([`Entry::dropped`]). Every
//! change goes through [`Conversation::apply`], live and when a kept one is read back: a kept conversation is nothing
//! but its changes, a line each, so a kill loses at most the last line.

mod change;
mod export;
mod find;
mod request;
mod summary;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::chat::{Content, Effort, ModelRef, Reply, Role, ToolCall, ToolResult, Usage};
use super::id::{CallId, EntryId, Moment, TurnId};
use super::json::RawJson;
use super::notice::Level;
use super::price::Spent;
use super::question::QuestionId;
use super::toolname::{ToolAddress, ToolNames};
pub use change::{CallChange, Change, VERSION};
pub use export::{json, markdown};
pub use request::messages;
pub(crate) use request::messages_before;
pub use summary::Older;

/// A conversation.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Conversation {
    /// Its name, on disk too; empty until the first thing is said.
    pub id: String,
    /// What it is about: its first words, or what a person calls it.
    pub title: String,
    /// Everything that happened; an [`EntryId`] is the index.
    pub entries: Vec<Entry>,
    /// How it goes on.
    pub settings: Settings,
    /// What the tools are called for the model.
    pub names: ToolNames,
    /// The tools in the order in which they were first offered: new ones come last, so that a vendor's cache stays good.
    pub offered: Vec<ToolAddress>,
    /// Tokens of all answers together.
    pub usage: Usage,
    /// The same by model.
    pub spent: Vec<Spent>,
    /// What servers had models write meanwhile.
    pub sampled: Vec<Spent>,
    /// Whether the model searched for its tools the last time.
    pub searching: bool,
    /// Tokens of the newest answer: about what the conversation weighs now. Nothing right after a summary.
    pub weight: Usage,
    /// How many entries a summary stands for: only the summary of them is sent.
    pub summed: usize,
    /// Whether a person was told that it gets too long, since the last summary.
    pub crowded: bool,
    /// Grows with every change.
    pub revision: u64,
}

/// What a person can set for a conversation.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which model answers.
    pub model: Option<ModelRef>,
    /// Standing instructions.
    pub system: Option<String>,
    /// How hard to think.
    pub effort: Option<Effort>,
    /// The longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// What the model must not see.
    pub without: BTreeSet<Without>,
}

/// A server, or one tool of it, that the model must not see.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Without {
    /// The server's name.
    pub server: String,
    /// The tool; all of them without one.
    pub tool: Option<String>,
}

impl Settings {
    /// Whether the model may see this tool.
    pub fn includes(&self, server: &str, tool: &str) -> bool {
        !self.without.iter().any(|out| out.server == server && out.tool.as_deref().is_none_or(|name| name == tool))
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// When it began.
    pub at: Moment,
    /// Whether it is no longer sent: something was said anew in its place.
    pub dropped: bool,
    /// Whether it is the first one that is sent word for word behind a summary.
    #[serde(skip)]
    pub boundary: bool,
    /// Grows with every change of this entry: whoever laid it out need not do so again while it stays.
    #[serde(skip)]
    pub revision: u32,
    /// What.
    pub body: Body,
}

/// What an entry is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Something for the model to read.
    User {
        /// The text.
        text: String,
        /// What goes with it.
        attachments: Vec<Attachment>,
        /// Whether the program says it in the person's place (the wish to wrap up).
        automatic: bool,
    },
    /// An answer, as far as it came.
    Answer(Answer),
    /// A call that an answer asked for.
    Call(ModelCall),
    /// Something the person should know; the model never sees it.
    Note {
        /// How much it matters.
        level: Level,
        /// What.
        text: String,
    },
    /// What was said before, in short: it is sent in the place of that.
    Summary {
        /// The summary.
        text: String,
        /// The first entry that is still sent word for word; none: nothing before the summary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keeps: Option<EntryId>,
        /// Whether a person changed what the model wrote.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        edited: bool,
    },
}

/// Something that goes with a person's text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// Where it comes from: a URI, a path, the name of a prompt.
    pub name: String,
    /// The server it comes from; none for a file of the person.
    pub server: Option<String>,
    /// Of a prompt that the person chose: who says this message of it. Anything else is data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Role>,
    /// What it is.
    pub content: Content,
}

/// An answer of a model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The request it answers.
    pub turn: TurnId,
    /// Who answers.
    pub model: ModelRef,
    /// What came so far.
    #[serde(default, skip_serializing_if = "Reply::is_blank")]
    pub reply: Reply,
    /// When the first word came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token: Option<Moment>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Moment>,
    /// Whether it was stopped, or the program ended, before its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// What the client did on the way: retries, things left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether it sums up what was said: for the person to decide about, and never sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub summary: bool,
}

impl Answer {
    /// An answer of which nothing came yet.
    pub fn new(turn: TurnId, model: ModelRef) -> Answer {
        let reply = Reply::default();
        Answer {
            turn,
            model,
            reply,
            first_token: None,
            ended: None,
            interrupted: false,
            notes: Vec::new(),
            summary: false,
        }
    }

    /// Whether more of it may come.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// A call that a model asked for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelCall {
    /// The answer that asked for it.
    pub answer: EntryId,
    /// What the model asked for, as it wrote it.
    pub call: ToolCall,
    /// The name of the server; empty when the tool is unknown.
    pub server: String,
    /// The tool, as the server spells it; what the model wrote when it is unknown.
    pub tool: String,
    /// The tool in this run; none if it is unknown, or the server is not in this run.
    #[serde(skip)]
    pub target: Option<ToolAddress>,
    /// The arguments as they are sent.
    pub arguments: RawJson,
    /// Whether a person changed the arguments.
    pub edited: bool,
    /// Why it is allowed or not, as far as that was decided.
    pub reason: Option<String>,
    /// Where it stands.
    pub state: ModelCallState,
    /// The call at its server, once it was sent: the way to its frames in the log.
    #[serde(skip)]
    pub sent: Option<CallId>,
    /// When it was sent.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// What the model is told.
    pub result: Option<ToolResult>,
}

/// Where a model's call stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelCallState {
    /// It is being looked at.
    Checking,
    /// A person is asked whether it may be made.
    Asking(QuestionId),
    /// It was sent.
    Running(CallId),
    /// There is a result.
    Done,
    /// It failed: in the tool, on the way, or because it makes no sense.
    Failed,
    /// A person or a rule said no.
    Denied,
    /// It was stopped; one that had been sent may still have taken effect.
    Cancelled,
    /// The program ended while it ran: nobody knows whether it took effect. It is never made again by itself.
    Unknown,
}

impl ModelCallState {
    /// Its word, in JSON too.
    pub fn word(self) -> &'static str {
        match self {
            ModelCallState::Checking => "checking",
            ModelCallState::Asking(_) => "asking",
            ModelCallState::Running(_) => "running",
            ModelCallState::Done => "done",
            ModelCallState::Failed => "failed",
            ModelCallState::Denied => "denied",
            ModelCallState::Cancelled => "cancelled",
            ModelCallState::Unknown => "unknown",
        }
    }

    /// Whether it may still change by itself.
    pub fn is_open(self) -> bool {
        matches!(self, ModelCallState::Checking | ModelCallState::Asking(_) | ModelCallState::Running(_))
    }
}

impl Entry {
    /// Something that happens now.
    pub fn new(id: EntryId, at: Moment, body: Body) -> Entry {
        Entry { id, at, dropped: false, boundary: false, revision: 0, body }
    }
}

impl Conversation {
    /// The entry of this name.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.index())
    }

    /// The name that the next entry gets.
    pub fn next_id(&self) -> EntryId {
        EntryId(self.entries.len() as u32)
    }

    /// The answer of this name.
    pub fn answer(&self, id: EntryId) -> Option<&Answer> {
        match &self.entry(id)?.body {
            Body::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The call of this name.
    pub fn call(&self, id: EntryId) -> Option<&ModelCall> {
        match &self.entry(id)?.body {
            Body::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The calls that an answer asked for, in its order.
    pub fn calls_of(&self, answer: EntryId) -> impl Iterator<Item = (EntryId, &ModelCall)> {
        // They stand behind it; nothing else of interest is far away.
        self.entries.iter().skip(answer.index() + 1).filter_map(move |entry| match &entry.body {
            Body::Call(call) if call.answer == answer => Some((entry.id, call)),
            _ => None,
        })
    }

    /// Whether nothing was said yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
