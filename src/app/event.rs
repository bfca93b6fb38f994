//! Everything that can happen: [`Event`]. Plain data; times come with it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::chat::{ChatCommand, ChatEvent};
use crate::model::cache::Freshness;
use crate::model::call::{Failure, ListKind, Operation, Progress};
use crate::model::chat::Delta;
use crate::model::completion::Asked;
use crate::model::filter::Filter;
use crate::model::id::{CallId, Moment, ServerId, TurnId};
use crate::model::json::RawJson;
use crate::model::policy::Rule;
use crate::model::question::{Answer, Question, QuestionId};
use crate::model::record::Record;
use crate::model::server::ServerSpec;
use crate::model::session::{DownReason, Item, Negotiated};
use crate::model::task::Task;
use crate::model::wire::WireBatch;

/// Everything that can happen.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A person (or a script, a flag) wants something.
    Command {
        /// When.
        at: Moment,
        /// What.
        command: Command,
    },
    /// A session reports.
    Session {
        /// Which.
        server: ServerId,
        /// When.
        at: Moment,
        /// What.
        event: SessionEvent,
    },
    /// A model reports.
    Llm {
        /// Which request.
        turn: TurnId,
        /// When.
        at: Moment,
        /// What, in order.
        deltas: Vec<Delta>,
    },
    /// Something about conversations.
    Chat {
        /// When.
        at: Moment,
        /// What.
        event: ChatEvent,
    },
    /// A model answered a server's request, or did not; the error is for a person.
    Sampled {
        /// The question.
        question: QuestionId,
        /// The result of `sampling/createMessage`.
        outcome: Result<RawJson, String>,
    },
    /// The journal kept these frames, in this order.
    Wire(WireBatch),
    /// A decision is written down, or cannot be; its call is made, or not.
    Ruled {
        /// When.
        at: Moment,
        /// The server of the call.
        server: ServerId,
        /// The call.
        call: CallId,
        /// What it asks for.
        operation: Operation,
        /// Why the decision could not be kept.
        kept: Result<(), String>,
    },
    /// A rule was added to the rules' file, or could not be.
    RuleSaved {
        /// When.
        at: Moment,
        /// The rule, with the place where it stands now; or why it could not be kept.
        saved: Result<Box<Rule>, String>,
    },
    /// The journal reports about itself.
    Journal(JournalEvent),
    /// Frames read back for the screen.
    Rows(Vec<(usize, Arc<Record>)>),
    /// A search of the journal went on.
    Scanned {
        /// Which search.
        number: u64,
        /// All frames before this one were looked at.
        upto: u32,
        /// Frames and the bits of the texts that are in them, in order.
        found: Vec<(u32, u32)>,
    },
    /// There was time to go on with a search of the index.
    SearchOn,
    /// A search stopped: the journal cannot be read.
    ScanFailed {
        /// Which search.
        number: u64,
    },
    /// One frame read back in full; `None` closes it.
    Opened(Option<(usize, Arc<Record>)>),
}

/// What a person can ask for. Keys, the palette and the command line all end here.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Take a server into the run (without connecting).
    AddServer(ServerSpec),
    /// Connect, or connect again after it went down.
    Connect(ServerId),
    /// End the connection.
    Disconnect(ServerId),
    /// End the connection, if there is one, and connect again.
    Restart(ServerId),
    /// Start an operation; it becomes the call `State::next_call`.
    Start {
        /// Of which server.
        server: ServerId,
        /// What.
        operation: Operation,
    },
    /// Start an operation whatever is still fresh of its last answer.
    Renew {
        /// Of which server.
        server: ServerId,
        /// What.
        operation: Operation,
    },
    /// Stop a running call.
    Cancel(CallId),
    /// Forget an ended call.
    Dismiss(CallId),
    /// Fetch a list again.
    Refresh {
        /// Of which server.
        server: ServerId,
        /// Which list.
        kind: ListKind,
    },
    /// Ask a server what an argument could be. Answers come to `State::completing`.
    Complete(Asked),
    /// Ask where the tasks of a server stand.
    RefreshTasks(ServerId),
    /// Answer a server's question.
    Answer {
        /// Which.
        question: QuestionId,
        /// With what.
        answer: Answer,
    },
    /// Tell a server these directories as roots, from now on. Paths are absolute (`model::root::read`).
    SetRoots {
        /// Which.
        server: ServerId,
        /// All of them; none takes the roots away.
        roots: Vec<PathBuf>,
    },
    /// Decline what a server asks without showing it and tell nothing of it on top, or no more of that.
    Mute {
        /// Which.
        server: ServerId,
        /// Whether it is muted from now on.
        muted: bool,
    },
    /// Ask this level of a server's log, from now on.
    SetLogLevel {
        /// Which.
        server: ServerId,
        /// `debug` … `emergency`; `None` asks nothing, which the legacy era cannot say.
        level: Option<String>,
    },
    /// Something for the conversation.
    Chat(ChatCommand),
    /// Find the frames that fit a filter, from now on; `None` for no more.
    Search(Option<Filter>),
    /// Mark a frame, or take its mark away.
    Mark(usize),
    /// Let a model write what a server asks for, to be reviewed. Needs a `State::sampler`.
    Sample {
        /// The question.
        question: QuestionId,
        /// The parameters of `sampling/createMessage`, as the person left them.
        params: RawJson,
    },
    /// Take the newest notice away.
    DismissNotice,
    /// Forget the log messages that were told.
    ForgetMessages,
}

/// What a session reports, in the order in which it happened.
#[derive(Clone, PartialEq, Debug)]
pub enum SessionEvent {
    /// It is starting, probing, shaking hands.
    Connecting {
        /// What it is doing, in plain words.
        step: String,
    },
    /// It can be used.
    Connected(Negotiated),
    /// It cannot be used any more; calls in flight have failed before this.
    Down {
        /// Why.
        reason: DownReason,
        /// When it will be tried again by itself.
        retry_at: Option<Moment>,
    },
    /// A list arrived (all of its pages).
    Listed {
        /// Which.
        kind: ListKind,
        /// Its items.
        items: Vec<Item>,
        /// Why it ends before the server's end, if it does.
        cut: Option<String>,
    },
    /// How long the list that just arrived may be used without asking again (modern era).
    Fresh {
        /// Which.
        kind: ListKind,
        /// How long.
        fresh: Freshness,
    },
    /// The server says that a list changed.
    ListChanged(ListKind),
    /// The server says that a resource changed.
    ResourceUpdated(String),
    /// What the modern era's stream of changes tells now. The legacy era has no such stream.
    Subscribed {
        /// The resources.
        uris: BTreeSet<String>,
    },
    /// The server tells changes of resources no more, of its own accord.
    Unsubscribed {
        /// Why.
        why: String,
    },
    /// A call was answered with questions, and is asked again with the answers.
    Round {
        /// Which.
        call: CallId,
        /// The how-manieth round it is in now.
        round: u32,
    },
    /// A request of a call was sent.
    Requested {
        /// Which call.
        call: CallId,
        /// The id of the request, which counts from 1 on each connection.
        request: u64,
    },
    /// Progress of a call.
    Progress {
        /// Which.
        call: CallId,
        /// How far.
        progress: Progress,
    },
    /// What a server says of a task.
    Task {
        /// The call that follows it, if one does.
        call: Option<CallId>,
        /// The task.
        task: Task,
    },
    /// A call ended.
    Finished {
        /// Which.
        call: CallId,
        /// How.
        outcome: Result<RawJson, Failure>,
    },
    /// The answer to a call that was given up before it came.
    Late {
        /// Which.
        call: CallId,
        /// The error that it was; `None` for a result.
        failure: Option<Failure>,
    },
    /// The server asks something of a person.
    Asked(Question),
    /// A question needs no answer any more.
    Withdrawn {
        /// Which.
        question: QuestionId,
        /// Why.
        why: String,
    },
    /// What a web page asked of a person is done, says the server that sent them there.
    PageDone,
    /// The parameters of a log message of the server; only where the spec wants them told.
    Message(RawJson),
    /// A round trip took this long, in microseconds.
    Latency(u64),
    /// A line of standard error.
    Stderr(String),
    /// A line on standard output that is not JSON-RPC.
    Noise(String),
    /// Something a person should see; it is in the log too.
    Warning(String),
}

/// What the journal reports about itself.
#[derive(Clone, PartialEq, Debug)]
pub enum JournalEvent {
    /// Recording stopped; sessions go on.
    Failed(String),
}
