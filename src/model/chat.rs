//! A conversation with a model in words of no vendor: [`Message`]s go out in a [`ChatRequest`], [`Delta`]s come back.
//!
//! What a vendor wants back verbatim (signed thinking, encrypted reasoning, its own item ids) travels as a [`Native`]
//! block: whoever speaks that dialect replays it at its place, everybody else sees the plain part beside it or nothing.

mod reply;
#[cfg(test)]
mod tests;

pub use reply::Reply;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::json::RawJson;

/// The wire formats that are spoken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions, and everything compatible with it.
    ChatCompletions,
    /// The built-in demo model, which has no wire.
    Demo,
}

/// A model of a provider, as people write it: `PROVIDER/MODEL`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ModelRef {
    /// The provider's name in the config.
    pub provider: String,
    /// The model's name, as the provider spells it.
    pub model: String,
}

impl std::fmt::Display for ModelRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, and the results of tools.
    User,
    /// The model.
    Assistant,
}

/// One message of a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// The model that said it. Native blocks are good for this model alone.
    pub origin: Option<ModelRef>,
}

impl Message {
    /// A person's text.
    pub fn user(text: impl Into<String>) -> Message {
        let text = Part::Text { text: text.into(), native: None };
        Message { role: Role::User, parts: vec![text], origin: None }
    }

    /// Results of tools; those of all calls of one turn belong into one message.
    pub fn results(results: Vec<ToolResult>) -> Message {
        Message { role: Role::User, parts: results.into_iter().map(Part::ToolResult).collect(), origin: None }
    }

    /// Its text, without anything else.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            Part::Image(_) | Part::ToolCall(_) | Part::ToolResult(_) | Part::Native(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The calls it asks for.
    pub fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            Part::Text { .. } | Part::Image(_) | Part::ToolResult(_) | Part::Native(_) => None,
        })
    }
}

/// A part of a message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// The vendor's own form of it.
        native: Option<Native>,
    },
    /// An image from a person.
    Image(Image),
    /// The model wants a tool called.
    ToolCall(ToolCall),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// Something that only its vendor can read.
    Native(Native),
}

/// An image, as MCP and all vendors carry it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Image {
    /// Its media type.
    pub mime: String,
    /// Its bytes in base64.
    pub data: Arc<str>,
}

/// A call that the model asks for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolCall {
    /// The vendor's id of the call, or one made up where it gave none.
    pub id: String,
    /// The tool's name as it was offered to the model.
    pub name: String,
    /// The arguments: always a JSON object.
    pub arguments: RawJson,
    /// What the model wrote in place of an object; such a call must be answered, not made.
    pub broken: Option<String>,
    /// The vendor's own form of it.
    pub native: Option<Native>,
}

/// What a tool answered, or why there is no answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolResult {
    /// The id of the call.
    pub call: String,
    /// The answer.
    pub content: Vec<Content>,
    /// Whether it is a failure, a refusal included.
    pub is_error: bool,
}

impl ToolResult {
    /// A call that was not made or did not end well, and why.
    pub fn failed(call: impl Into<String>, why: impl Into<String>) -> ToolResult {
        ToolResult { call: call.into(), content: vec![Content::Text(why.into())], is_error: true }
    }
}

/// A piece of a tool's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text.
    Text(String),
    /// An image.
    Image(Image),
}

/// A block of one vendor, verbatim.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Native {
    /// Whose.
    pub dialect: Dialect,
    /// The block as it came.
    pub block: RawJson,
}

/// A tool as it is offered to a model.
#[derive(Clone, PartialEq, Debug)]
pub struct ToolSpec {
    /// A name that every vendor takes ([`super::toolname`]).
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The schema of its arguments, adapted ([`super::toolschema`]).
    pub schema: RawJson,
}

/// How hard a model should think.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Not at all, where the model allows it.
    None,
    /// Hardly.
    Minimal,
    /// A little.
    Low,
    /// As usual.
    Medium,
    /// Hard.
    High,
    /// Harder.
    XHigh,
    /// As hard as it can.
    Max,
}

impl Effort {
    /// All of them.
    pub const ALL: [Effort; 7] =
        [Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::XHigh, Effort::Max];

    /// The word that vendors and the config have for it.
    pub fn word(self) -> &'static str {
        match self {
            Effort::None => "none",
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
            Effort::XHigh => "xhigh",
            Effort::Max => "max",
        }
    }
}

/// One request to a model: the whole conversation so far.
#[derive(Clone, PartialEq, Debug)]
pub struct ChatRequest {
    /// Which model.
    pub model: ModelRef,
    /// The standing instructions. No clock belongs in here: it would void the vendor's cache each time.
    pub system: Option<String>,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The tools on offer, always in the same order.
    pub tools: Arc<[ToolSpec]>,
    /// The longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// Whether it may, must or must not call them.
    pub choice: ToolChoice,
    /// How hard to think.
    pub effort: Option<Effort>,
}

/// Whether a model calls tools.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ToolChoice {
    /// As it sees fit.
    #[default]
    Auto,
    /// At least one.
    Required,
    /// None, although it knows them.
    None,
}

/// A piece of an answer as it arrives. Every answer ends with exactly one [`Delta::Stop`] or [`Delta::Failed`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delta {
    /// The vendor began to answer.
    Started {
        /// The vendor's id of the answer.
        id: String,
        /// The model that answers, by the vendor's word.
        model: String,
    },
    /// More text.
    Text(String),
    /// The text is complete; what follows is another block.
    TextEnd(Option<Native>),
    /// More of what the model thinks, for people.
    Thinking(String),
    /// The model begins to ask for a call.
    ToolCallStart {
        /// Which call of this answer.
        index: usize,
        /// Its id.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// More of a call's arguments.
    ToolArguments {
        /// Which call.
        index: usize,
        /// A piece of JSON text.
        text: String,
    },
    /// A call is complete. One that never gets here was cut off and must not be made.
    ToolCallEnd {
        /// Which call.
        index: usize,
        /// The vendor's own form of it.
        native: Option<Native>,
    },
    /// A block to be sent back as it is, at this place.
    Opaque(Native),
    /// What the answer cost so far: replaces what was said before.
    Usage(Usage),
    /// What the client did that should be known: a retry, something left out.
    Note(String),
    /// The answer is complete.
    Stop(StopReason),
    /// There is no more: the provider or the connection failed.
    Failed(Box<ProviderFailure>),
}

/// Tokens of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// All of the request, cached or not.
    pub input: u64,
    /// The part of the request that was read from the vendor's cache.
    pub cached_read: u64,
    /// The part of the request that was written to the vendor's cache.
    pub cached_written: u64,
    /// The answer, thinking included.
    pub output: u64,
    /// The part of the answer that was thinking, where the vendor says so.
    pub reasoning: u64,
}

/// Why an answer ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The model has said what it wanted.
    EndTurn,
    /// It waits for the results of its calls.
    ToolUse,
    /// The longest answer was reached.
    Length,
    /// The model or its vendor declines.
    Refusal {
        /// The vendor's word for the reason.
        category: Option<String>,
        /// The vendor's explanation.
        explanation: Option<String>,
    },
    /// The vendor paused a long turn: send the conversation again to go on.
    Pause,
    /// The vendor's filter cut it.
    ContentFilter,
    /// The conversation does not fit into the model any more.
    ContextFull,
    /// Something else, in the vendor's words.
    Other(String),
}

/// What kind of failure it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The provider could not be reached.
    Unreachable,
    /// The key is missing, wrong or not allowed to do this.
    Unauthorized,
    /// Too many requests for now.
    RateLimited,
    /// The account has no money left, or reached its limit.
    Quota,
    /// The provider has too much to do.
    Overloaded,
    /// The provider does not take the request.
    Refused,
    /// The request is too large, or the conversation too long.
    TooLarge,
    /// There is no such model or address.
    NotFound,
    /// The provider failed.
    Server,
    /// The provider went silent.
    TimedOut,
    /// The answer broke off.
    Truncated,
    /// The answer cannot be understood.
    BadAnswer,
}

/// Why there is no answer, or not all of it.
#[derive(Clone, PartialEq, Debug, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct ProviderFailure {
    /// What kind.
    pub kind: FailureKind,
    /// What went wrong and what to do; the vendor's words are in it.
    pub message: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// When the vendor wants to be asked again.
    pub retry_after: Option<Duration>,
    /// The vendor's id of the request, for its support.
    pub request_id: Option<String>,
}

impl ProviderFailure {
    /// A failure with nothing but a message.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> ProviderFailure {
        ProviderFailure { kind, message: message.into(), status: None, retry_after: None, request_id: None }
    }

    /// What went wrong and what to do, also where the message does not say: what may pass can be asked again.
    pub fn advised(&self) -> String {
        let hint = match self.kind {
            FailureKind::Truncated
            | FailureKind::TimedOut
            | FailureKind::Server
            | FailureKind::Unreachable
            | FailureKind::BadAnswer => "; it can be asked again",
            _ => "",
        };
        format!("{}{hint}", self.message)
    }
}

/// A model that a provider lists.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: Option<String>,
    /// How many tokens a conversation may have.
    pub context: Option<u64>,
    /// How many tokens an answer may have.
    pub max_output: Option<u64>,
    /// Whether it takes images, where its provider says.
    pub images: Option<bool>,
    /// What should be known: deprecated, retires soon.
    pub remark: Option<String>,
}
