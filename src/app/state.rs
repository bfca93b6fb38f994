//! The world as the host sees it: [`State`]. One value, changed only by `update`.
//!
//! What only a screen needs (focus, scrolling, half-typed text) is not here but in `tui::Ui`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::chat::Chat;
use super::search::Search;
use crate::model::approval::Approvals;
use crate::model::cache::Cache;
use crate::model::call::{Call, Operation};
use crate::model::chat::ModelRef;
use crate::model::completion::Completing;
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::json::RawJson;
use crate::model::log::WireLog;
pub use crate::model::notice::Level;
use crate::model::question::{Question, QuestionId};
use crate::model::record::Record;
use crate::model::sampling::Ledger;
use crate::model::session::Session;
use crate::model::task::KnownTask;

/// Ended calls kept for recall and comparison; older ones are in the journal.
pub(crate) const CALLS_KEPT: usize = 200;
/// Bytes of answers kept with them; the newest two are kept whatever they weigh.
pub(crate) const RESULTS_KEPT: usize = 64 * 1024 * 1024;
/// Notices kept.
pub(crate) const NOTICES_KEPT: usize = 100;

/// The world.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    /// All servers of the run; a [`ServerId`] is the index.
    pub sessions: Vec<Session>,
    /// The index of every frame.
    pub log: WireLog,
    /// Frames read back lately, for the rows on screen.
    pub rows: BTreeMap<usize, Row>,
    /// The one frame that is open in full.
    pub opened: Option<(usize, Arc<Record>)>,
    /// The filter over the log, and what it leaves.
    pub search: Option<Search>,
    /// The number of the next search.
    pub next_search: u64,
    /// Frames that a person marked.
    pub marks: BTreeSet<usize>,
    /// Running and ended calls.
    pub calls: BTreeMap<CallId, Call>,
    /// The name of the next call.
    pub next_call: u64,
    /// Tasks that we know of, at all servers and from earlier runs; the one heard of last is last.
    pub tasks: Vec<KnownTask>,
    /// What servers ask, oldest first.
    pub questions: VecDeque<Question>,
    /// What models wrote for questions, to be reviewed.
    pub drafts: BTreeMap<QuestionId, Draft>,
    /// What servers have asked of models in this run.
    pub ledgers: BTreeMap<ServerId, Ledger>,
    /// The model that writes what servers ask for, unless they hint at another one; `None`: only people can.
    pub sampler: Option<ModelRef>,
    /// What a server suggests for the argument that is being typed.
    pub completing: Option<Completing>,
    /// What is still fresh, and how calls came to their answers.
    pub cache: Cache,
    /// Rules and answers about what a model may call.
    pub approvals: Approvals,
    /// The conversation with a model.
    pub chat: Chat,
    /// What people should know, newest last.
    pub notices: VecDeque<Notice>,
    /// Log messages of servers that were not told yet; empty unless a server's spec wants them told.
    pub messages: VecDeque<(ServerId, RawJson)>,
    /// Whether frames are kept.
    pub recording: Recording,
    /// The time of the newest event.
    pub now: Moment,
    /// Whether a fresh connection fetches all lists by itself: a screen wants them, a script asks for what it needs.
    pub auto_list: bool,
}

/// A frame's head as read back from the journal: enough for a row of the log.
pub type Row = Arc<Record>;

/// What a model wrote in answer to a server's question.
#[derive(Clone, PartialEq, Debug)]
pub enum Draft {
    /// It is at it.
    Writing,
    /// The result of `sampling/createMessage`.
    Written(RawJson),
    /// It wrote nothing, for this reason.
    Failed(String),
}

/// Whether frames are kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Recording {
    /// In memory only, a bounded amount.
    #[default]
    Off,
    /// In this file.
    On {
        /// The journal.
        path: String,
    },
    /// It stopped, for this reason; sessions go on.
    Failed(String),
}

/// Something a person should know, for the status line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// When.
    pub at: Moment,
    /// How much it matters.
    pub level: Level,
    /// Which server it is about.
    pub server: Option<ServerId>,
    /// What happened, and what to do next. May hold foreign text: drawn escaped like everything else.
    pub text: String,
}

impl State {
    /// The session of this server.
    pub fn session(&self, id: ServerId) -> Option<&Session> {
        self.sessions.get(id.index())
    }

    /// The name of whoever a frame went to or came from: a server, or a provider of models.
    pub fn peer(&self, id: ServerId) -> Option<&str> {
        match id.provider() {
            Some(index) => self.chat.providers.get(index).map(|provider| provider.name.as_str()),
            None => self.session(id).map(|session| session.spec.name.as_str()),
        }
    }

    /// The server with this name.
    pub fn by_name(&self, name: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.spec.name == name)
    }

    /// The newest call of this operation's kind and subject at this server, running or ended.
    pub fn latest_call(&self, server: ServerId, method: &str, subject: &str) -> Option<&Call> {
        self.calls.values().rev().find(|call| {
            call.server == server && call.operation.method() == method && call.operation.subject() == subject
        })
    }

    /// What asks where the tasks of a server stand.
    pub fn task_list(&self, server: ServerId) -> Operation {
        let session = self.session(server);
        let listed = session.is_some_and(Session::lists_tasks);
        let known = session.map(|session| self.tasks_of(session)).into_iter().flatten();
        Operation::ListTasks { known: known.map(|task| task.id.clone()).collect(), listed }
    }

    /// The tasks of a server that we know of, the one heard of last first.
    pub fn tasks_of<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a KnownTask> {
        self.tasks.iter().rev().filter(|task| task.server == session.spec.name)
    }

    /// Calls that may still end and that a person started.
    pub fn open_calls(&self) -> impl Iterator<Item = &Call> {
        let by_itself = |operation: &Operation| matches!(operation, Operation::List(_) | Operation::Complete { .. });
        self.calls.values().filter(move |call| call.is_open() && !by_itself(&call.operation))
    }

    pub(crate) fn notice(&mut self, level: Level, server: Option<ServerId>, text: impl Into<String>) {
        let muted = server.and_then(|server| self.session(server)).is_some_and(|session| session.muted.is_some());
        if muted && level != Level::Error {
            return;
        }
        if self.notices.len() >= NOTICES_KEPT {
            self.notices.pop_front();
        }
        self.notices.push_back(Notice { at: self.now, level, server, text: text.into() });
    }
}
