//! Work asked of a server: [`Operation`], its life as a [`Call`], and how it can end.
//!
//! Three endings must never be merged: the tool says it failed (a result with `isError`), the server
//! answers with a JSON-RPC error, and the transport or the client gave up ([`Failure`]).

use super::id::{CallId, Moment, ServerId};
use super::json::RawJson;
use super::task::Task;

/// What can be asked of a server.
#[derive(Clone, PartialEq, Debug)]
pub enum Operation {
    /// All pages of one list; the items go to the session's listing.
    List(ListKind),
    /// `tools/call`.
    CallTool {
        /// The tool's name, as the server spells it.
        name: String,
        /// The arguments, verbatim as the person typed them.
        arguments: RawJson,
    },
    /// `tools/call` with the wish that it becomes a task (2025-11-25); in the modern era that is the server's to decide.
    CallAsTask {
        /// The tool's name, as the server spells it.
        name: String,
        /// The arguments, verbatim as the person typed them.
        arguments: RawJson,
    },
    /// Something about a task that was created earlier.
    Task {
        /// What.
        verb: TaskVerb,
        /// Its name at the server.
        id: String,
    },
    /// Where its tasks stand: the server's own list, or each of those that we know of.
    ListTasks {
        /// The tasks that we know of, by their names at the server.
        known: Vec<String>,
        /// Whether the server has a list of its own (`tasks/list`, 2025-11-25).
        listed: bool,
    },
    /// `resources/read`.
    ReadResource {
        /// The resource's URI.
        uri: String,
    },
    /// A skill's file, read and checked against the skill's entry.
    LoadSkill {
        /// The skill: the URI of its main file.
        uri: String,
        /// Another of its files, by its path in the skill or its URI.
        file: Option<String>,
        /// The entry to check against; it is asked for where none is at hand.
        entry: Option<RawJson>,
    },
    /// Tell changes of a resource: `resources/subscribe`, or a part of `subscriptions/listen` in the modern era.
    Subscribe {
        /// The resource's URI.
        uri: String,
    },
    /// Tell them no more.
    Unsubscribe {
        /// The resource's URI.
        uri: String,
    },
    /// `prompts/get`.
    GetPrompt {
        /// The prompt's name.
        name: String,
        /// An object of strings.
        arguments: RawJson,
    },
    /// `completion/complete`.
    Complete {
        /// What is being completed.
        target: CompletionTarget,
        /// The argument's name.
        argument: String,
        /// What was typed so far.
        value: String,
        /// Arguments that are already known: an object of strings.
        context: Option<RawJson>,
    },
    /// A round trip: `ping` in the legacy era, `server/discover` in the modern one.
    Ping,
    /// `logging/setLevel`; in the modern era the level goes with each request instead.
    SetLogLevel(String),
    /// Any request, with parameters verbatim.
    Raw {
        /// The method.
        method: String,
        /// The parameters as typed; absent when `None`.
        params: Option<RawJson>,
    },
    /// Any notification. It has no answer: it is done when it is on its way.
    Notify {
        /// Its method.
        method: String,
        /// The whole frame, sent as typed.
        frame: RawJson,
    },
}

impl Operation {
    /// The JSON-RPC method it is known by.
    pub fn method(&self) -> &str {
        match self {
            Operation::List(kind) => kind.method(),
            Operation::CallTool { .. } | Operation::CallAsTask { .. } => "tools/call",
            Operation::Task { verb: TaskVerb::Get | TaskVerb::Wait, .. } => "tasks/get",
            Operation::Task { verb: TaskVerb::Cancel, .. } => "tasks/cancel",
            Operation::ListTasks { listed: true, .. } => "tasks/list",
            Operation::ListTasks { listed: false, .. } => "tasks/get",
            Operation::ReadResource { .. } | Operation::LoadSkill { .. } => "resources/read",
            Operation::Subscribe { .. } => "resources/subscribe",
            Operation::Unsubscribe { .. } => "resources/unsubscribe",
            Operation::GetPrompt { .. } => "prompts/get",
            Operation::Complete { .. } => "completion/complete",
            Operation::Ping => "ping",
            Operation::SetLogLevel(_) => "logging/setLevel",
            Operation::Raw { method, .. } | Operation::Notify { method, .. } => method,
        }
    }

    /// The name or URI it is about, for a person; empty for none.
    pub fn subject(&self) -> &str {
        match self {
            Operation::CallTool { name, .. }
            | Operation::CallAsTask { name, .. }
            | Operation::GetPrompt { name, .. } => name,
            Operation::Task { id, .. } => id,
            Operation::ReadResource { uri }
            | Operation::LoadSkill { uri, .. }
            | Operation::Subscribe { uri }
            | Operation::Unsubscribe { uri } => uri,
            Operation::Complete { argument, .. } => argument,
            Operation::SetLogLevel(level) => level,
            Operation::List(_)
            | Operation::ListTasks { .. }
            | Operation::Ping
            | Operation::Raw { .. }
            | Operation::Notify { .. } => "",
        }
    }
}

/// What can be asked about a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskVerb {
    /// Where it stands.
    Get,
    /// That it is not wanted any more.
    Cancel,
    /// Its result, however long that takes.
    Wait,
}

/// The lists of a server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ListKind {
    /// `tools/list`
    Tools,
    /// `resources/list`
    Resources,
    /// `resources/templates/list`
    Templates,
    /// `prompts/list`
    Prompts,
    /// `skills/list`, of an extension
    Skills,
}

impl ListKind {
    /// All of them.
    pub const ALL: [ListKind; 5] =
        [ListKind::Tools, ListKind::Resources, ListKind::Templates, ListKind::Prompts, ListKind::Skills];

    /// What is done with one of its items, in a word.
    pub fn verb(self) -> &'static str {
        match self {
            ListKind::Tools => "call",
            ListKind::Resources | ListKind::Templates => "read",
            ListKind::Prompts => "get",
            ListKind::Skills => "load",
        }
    }

    /// The request's method.
    pub fn method(self) -> &'static str {
        match self {
            ListKind::Tools => "tools/list",
            ListKind::Resources => "resources/list",
            ListKind::Templates => "resources/templates/list",
            ListKind::Prompts => "prompts/list",
            ListKind::Skills => "skills/list",
        }
    }

    /// The member of the result that holds the items.
    pub fn member(self) -> &'static str {
        match self {
            ListKind::Tools => "tools",
            ListKind::Resources => "resources",
            ListKind::Templates => "resourceTemplates",
            ListKind::Prompts => "prompts",
            ListKind::Skills => "skills",
        }
    }

    /// What it lists, for a person.
    pub fn noun(self) -> &'static str {
        match self {
            ListKind::Templates => "resource templates",
            ListKind::Tools | ListKind::Resources | ListKind::Prompts | ListKind::Skills => self.member(),
        }
    }

    /// The member of the server's capabilities that announces it, or of the extensions among them.
    pub fn capability(self) -> &'static str {
        match self {
            ListKind::Tools => "tools",
            ListKind::Resources | ListKind::Templates => "resources",
            ListKind::Prompts => "prompts",
            ListKind::Skills => super::skill::EXTENSION,
        }
    }
}

/// What `completion/complete` completes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompletionTarget {
    /// An argument of this prompt.
    Prompt(String),
    /// A variable of this resource template.
    Resource(String),
}

/// One operation from start to end.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Its name.
    pub id: CallId,
    /// Whose it is.
    pub server: ServerId,
    /// What was asked.
    pub operation: Operation,
    /// Where it stands.
    pub state: CallState,
    /// Whether its result says that the tool failed. Read once: each frame asks, and results can be long.
    pub tool_error: bool,
    /// When it was started.
    pub started: Moment,
    /// When it ended.
    pub ended: Option<Moment>,
    /// The last progress reported.
    pub progress: Option<Progress>,
    /// The id of its first request, once that was sent.
    pub request: Option<u64>,
    /// The task that the server made of it, as it stood last.
    pub task: Option<Task>,
    /// When a person asked to stop it.
    pub cancelled: Option<Moment>,
    /// An answer that came after it had been given up.
    pub late: Option<Late>,
}

/// An answer that nobody waited for any more.
#[derive(Clone, PartialEq, Debug)]
pub struct Late {
    /// When it came.
    pub at: Moment,
    /// The error that it was; `None` for a result, which is in the log.
    pub failure: Option<Failure>,
}

/// Where a call stands.
#[derive(Clone, PartialEq, Debug)]
pub enum CallState {
    /// On its way.
    Running,
    /// A person asked to stop it; the server has not confirmed.
    Cancelling,
    /// The server answered with this result (which may say `isError`).
    Done(RawJson),
    /// There will be no result.
    Failed(Failure),
}

impl Call {
    /// Whether it may still end.
    pub fn is_open(&self) -> bool {
        matches!(self.state, CallState::Running | CallState::Cancelling)
    }

    /// Takes over how it ended.
    pub fn end(&mut self, outcome: Result<RawJson, Failure>) {
        self.tool_error = outcome.as_ref().is_ok_and(says_error);
        self.state = outcome.map_or_else(CallState::Failed, CallState::Done);
    }
}

/// Whether a tool's result has `"isError": true`.
pub fn says_error(result: &RawJson) -> bool {
    result.get("isError").is_some_and(|flag| flag.trim() == "true")
}

/// What a server reports of a running request.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// How far.
    pub progress: f64,
    /// Of how much, if it is known.
    pub total: Option<f64>,
    /// In the server's words.
    pub message: Option<String>,
    /// How many reports came so far.
    pub reports: u32,
}

/// Why there is no result. Each variant is somebody else's fault and reads so.
#[derive(Clone, PartialEq, Debug)]
pub enum Failure {
    /// The server answered with a JSON-RPC error.
    Rpc {
        /// Its code.
        code: i64,
        /// Its message, in the server's words.
        message: String,
        /// Its data, verbatim.
        data: Option<RawJson>,
    },
    /// The server's answer cannot be understood; the frame is in the log.
    BadAnswer(String),
    /// No answer in time.
    TimedOut(String),
    /// Somebody cancelled it.
    Cancelled(String),
    /// The server could not be reached, could not be started, or went away.
    Unreachable(String),
    /// The server wants authorization, or refuses ours.
    Unauthorized(String),
    /// A person (or a flag in their place) said no to what the server asked on the way.
    Declined(String),
    /// It was not sent: what was asked makes no sense for this server.
    Refused(String),
}

impl Failure {
    /// What happened, in a few words: the same words wherever a failure is told.
    pub fn headline(&self) -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed(match self {
            Failure::Rpc { code, .. } => return format!("the server answered with an error ({code})").into(),
            Failure::BadAnswer(_) => "the answer cannot be understood",
            Failure::TimedOut(_) => "no answer in time",
            Failure::Cancelled(_) => "cancelled",
            Failure::Unreachable(_) => "no answer from the server",
            Failure::Unauthorized(_) => "the server wants authorization",
            Failure::Declined(_) => "declined",
            Failure::Refused(_) => "not sent",
        })
    }

    /// The reason, in the words of whoever gave it: the server's for its own errors.
    pub fn why(&self) -> &str {
        match self {
            Failure::Rpc { message: why, .. }
            | Failure::BadAnswer(why)
            | Failure::TimedOut(why)
            | Failure::Cancelled(why)
            | Failure::Unreachable(why)
            | Failure::Unauthorized(why)
            | Failure::Declined(why)
            | Failure::Refused(why) => why,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Rpc { code, message, .. } => write!(f, "the server answered with error {code}: {message}"),
            _ => f.write_str(self.why()),
        }
    }
}
