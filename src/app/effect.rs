//! Everything the pure machine can ask of the world: [`Effect`]. A request, never an act.

use std::path::PathBuf;

use crate::model::approval::{Pin, Ruling};
use crate::model::call::Operation;
use crate::model::chat::{ChatRequest, ModelRef};
use crate::model::conversation::Change;
use crate::model::fingerprint::Fingerprint;
use crate::model::id::{CallId, ServerId, TurnId};
use crate::model::json::RawJson;
use crate::model::policy::Rule;
use crate::model::question::{Answer, QuestionId};
use crate::model::server::ServerSpec;
use crate::model::task::KnownTask;

/// A request to the world; `runtime/effects.rs` is the only place where it becomes an action.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Start the session's actor, or tell it to connect again.
    Connect {
        /// Which.
        server: ServerId,
        /// How.
        spec: Box<ServerSpec>,
    },
    /// End the connection.
    Disconnect(ServerId),
    /// End the connection and connect again.
    Restart(ServerId),
    /// Have changes of its lists told, where the server has to be asked for that.
    Listen(ServerId),
    /// Run an operation.
    Run {
        /// Of which server.
        server: ServerId,
        /// The call's name.
        call: CallId,
        /// What.
        operation: Operation,
    },
    /// Tell a server these directories as roots, now and whenever it connects.
    SetRoots {
        /// Which.
        server: ServerId,
        /// All of them.
        roots: Vec<PathBuf>,
    },
    /// Ask this level of a server's log: with each request in the modern era, and whenever it connects in both.
    SetLogLevel {
        /// Which.
        server: ServerId,
        /// The level; `None` asks nothing.
        level: Option<String>,
    },
    /// Write a decision down so that it outlives a crash, and say so ([`Event::Ruled`](super::Event::Ruled)): only then
    /// the call is made.
    RunDecided {
        /// What was decided.
        ruling: Box<Ruling>,
        /// Of which server.
        server: ServerId,
        /// The call's name.
        call: CallId,
        /// What it asks for.
        operation: Operation,
    },
    /// Write down a decision that has no call: it was a no.
    KeepRuling {
        /// What was decided.
        ruling: Box<Ruling>,
        /// Of which server.
        server: ServerId,
    },
    /// Add a rule to the rules' own file.
    SaveRule(Box<Rule>),
    /// Keep the definition of a tool that was approved.
    KeepPin {
        /// The server.
        origin: Fingerprint,
        /// The tool.
        tool: String,
        /// The definition.
        pin: Pin,
    },
    /// Keep a task's name for later runs.
    KeepTask(KnownTask),
    /// Look for texts in the journal, in the place of any search before.
    Scan {
        /// The number of the search.
        number: u64,
        /// The texts; each has the bit of its place.
        texts: Vec<String>,
        /// Where the first line begins.
        from: u64,
        /// Where the last line ends.
        end: u64,
    },
    /// The journal has grown to here: look on.
    ScanOn(u64),
    /// Look no more.
    StopScan,
    /// Give the answer to the session that asked.
    Answer {
        /// Which question.
        question: QuestionId,
        /// With what.
        answer: Answer,
    },
    /// Let a model write what a server asks for; it comes back as `Event::Sampled`.
    Sample {
        /// The question.
        question: QuestionId,
        /// Which model.
        model: ModelRef,
        /// The parameters of `sampling/createMessage`. `maxTokens` binds.
        params: RawJson,
    },
    /// Cancel a running operation, in the way of the era and the transport.
    Cancel {
        /// Of which server.
        server: ServerId,
        /// Which.
        call: CallId,
    },
    /// Ask a provider how many tokens a request is, and which models it has if that is wanted; the end is
    /// [`ChatEvent::Measured`](super::ChatEvent::Measured), whatever comes of it.
    Measure {
        /// For which turn.
        turn: TurnId,
        /// What would be sent.
        request: Box<ChatRequest>,
        /// Whether to ask for its models too.
        list: bool,
    },
    /// Ask a provider how many tokens each tool of a request is; the end is
    /// [`ChatEvent::Counted`](super::ChatEvent::Counted), whatever comes of it.
    CountTools {
        /// The name of the count.
        key: u64,
        /// The tools, and the least that can be counted with them.
        request: Box<ChatRequest>,
    },
    /// Send a request to a model and report what comes.
    StartTurn {
        /// The name of the request.
        turn: TurnId,
        /// What to send.
        request: Box<ChatRequest>,
    },
    /// Stop listening to a model.
    AbortTurn(TurnId),
    /// Add a line to a kept conversation.
    KeepChange {
        /// Which conversation.
        conversation: String,
        /// The line.
        change: Box<Change>,
    },
    /// Read a kept conversation back.
    LoadConversation(String),
    /// Look up which conversations are kept.
    ListKept,
    /// Look for a text in what kept conversations say, in the place of any search before.
    SearchKept(String),
    /// Ask a provider which models it has.
    ListModels(String),
}
