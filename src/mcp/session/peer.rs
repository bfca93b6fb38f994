//! What operations ask of their connection: [`Ask`], and the way there, [`Peer`]. A request whose future is dropped is
//! given up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Answered;
use crate::mcp::transport::HttpFailure;
use crate::model::call::Failure;
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::question::QuestionBody;
use crate::model::root;

/// Why a request has no answer.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::mcp) struct RequestFailure {
    pub(in crate::mcp) failure: Failure,
    /// What HTTP said, where it was HTTP that said no.
    pub(in crate::mcp) http: Option<HttpFailure>,
}

impl From<Failure> for RequestFailure {
    fn from(failure: Failure) -> Self {
        RequestFailure { failure, http: None }
    }
}

pub(in crate::mcp) type Answer = Result<RawJson, RequestFailure>;

/// How a request is to be treated.
#[derive(Clone, Debug, Default)]
pub(in crate::mcp) struct RequestOptions {
    /// A remark for the journal.
    pub(in crate::mcp) note: Option<String>,
    /// Instead of the configured deadlines.
    pub(in crate::mcp) deadline: Option<Duration>,
    /// Whose progress it is; asks the server for progress.
    pub(in crate::mcp) call: Option<CallId>,
    /// Its answer ends a stream of notifications and may take for ever; acknowledgements of the stream go here.
    pub(in crate::mcp) stream: Option<mpsc::UnboundedSender<RawJson>>,
    /// Giving up must not send a cancel notice (`initialize`, a probe of an unknown server).
    pub(in crate::mcp) silent: bool,
    /// Headers of this request, where there are headers.
    pub(in crate::mcp) headers: Vec<(String, String)>,
}

pub(in crate::mcp) enum Ask {
    Request {
        id: u64,
        method: String,
        params: Option<RawJson>,
        options: RequestOptions,
        reply: oneshot::Sender<Answer>,
    },
    Notify {
        method: &'static str,
        params: Option<RawJson>,
    },
    /// A notification, as somebody typed it.
    Send(RawJson),
    Abandon {
        id: u64,
    },
    Speak(Option<String>),
    OpenStream,
    ResetSession,
    Question {
        number: u64,
        call: Option<CallId>,
        body: QuestionBody,
        reply: oneshot::Sender<Answered>,
    },
    Unask {
        number: u64,
    },
    /// A web page that the server will tell the end of, by its elicitation id.
    ExpectPage(String),
}

/// The way operations reach their connection.
#[derive(Clone, Debug)]
pub(in crate::mcp) struct Peer {
    pub(super) asks: mpsc::UnboundedSender<Ask>,
    pub(super) next_id: Arc<AtomicU64>,
    pub(super) next_question: Arc<AtomicU64>,
}

struct Abandon {
    peer: Peer,
    id: u64,
    armed: bool,
}

impl Abandon {
    /// By value, so that whoever waits owns all of the guard until then.
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Abandon {
    fn drop(&mut self) {
        if self.armed {
            self.peer.tell(Ask::Abandon { id: self.id });
        }
    }
}

impl Peer {
    /// Sends a request, at once, and waits for its answer. Dropping the future cancels it.
    pub(in crate::mcp) fn request(
        &self,
        method: &str,
        params: Option<RawJson>,
        options: RequestOptions,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let guard = Abandon { peer: self.clone(), id, armed: true };
        self.tell(Ask::Request { id, method: method.to_owned(), params, options, reply });
        async move {
            let answer = answer.await;
            guard.disarm();
            match answer {
                Ok(answer) => answer,
                Err(_) => Err(Failure::Unreachable("the connection ended".into()).into()),
            }
        }
    }

    /// Tells the connection something. One that is over ignores it.
    pub(in crate::mcp) fn tell(&self, ask: Ask) {
        self.asks.send(ask).ok();
    }
}

/// The roots told to a server, as they are now.
#[derive(Clone, Debug)]
pub(in crate::mcp) struct Roots(Arc<Mutex<RawJson>>);

impl Roots {
    pub(in crate::mcp) fn new(paths: &[PathBuf]) -> Roots {
        Roots(Arc::new(Mutex::new(root::listed(paths))))
    }

    pub(in crate::mcp) fn set(&self, paths: &[PathBuf]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = root::listed(paths);
    }

    /// The result of `roots/list`.
    pub(in crate::mcp) fn result(&self) -> String {
        format!("{{\"roots\":{}}}", self.0.lock().unwrap_or_else(PoisonError::into_inner).as_str())
    }
}
