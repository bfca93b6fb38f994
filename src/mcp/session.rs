//! The core of one connection: requests waiting for answers, deadlines, cancelling, dispatch in wire order.
//!
//! It is driven by the actor's loop and is never shared. Operations (`features.rs`) talk to it through a `Peer`:
//! dropping a request's future cancels the request in the way of the era and the transport.

mod dispatch;
mod peer;
mod pending;
mod questions;
mod subscribed;
mod time;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::frame::Dialect;
use super::http::{HttpTransport, SseTransport};
use super::stdio::StdioTransport;
use super::tasks::TaskNews;
use super::transport::{End, HttpFailure, Inbound, Outgoing};
use crate::app::{Event, SessionEvent};
use crate::journal::Tap;
use crate::model::call::{Failure, ListKind};
use crate::model::id::{CallId, ServerId};
use crate::model::server::{Offers, Timeouts};
pub(super) use dispatch::rpc_failure;
pub(super) use peer::{Answer, Ask, Peer, RequestFailure, RequestOptions, Roots};
use pending::Pending;
pub(super) use questions::Answered;
use questions::Questions;

/// Remarks about a misbehaving server in one connection; after that the frames alone must speak.
const ANOMALIES: u32 = 200;
/// Ended requests remembered, to tell a late answer from a forged one.
const ENDED: usize = 256;
/// A request that is over.
struct Ended {
    id: u64,
    how: &'static str,
    /// The call it was for, where a late answer is worth telling.
    call: Option<CallId>,
}

/// Where a session reports to.
#[derive(Clone, Debug)]
pub(super) struct Reporter {
    pub(super) server: ServerId,
    pub(super) events: mpsc::Sender<Event>,
}

impl Reporter {
    pub(super) async fn report(&self, event: SessionEvent) {
        let event = Event::Session { server: self.server, at: crate::journal::now(), event };
        // The receiver is gone only when the run is over.
        self.events.send(event).await.ok();
    }
}

/// The three transports.
pub(super) enum Transport {
    Stdio(StdioTransport),
    Http(HttpTransport),
    Sse(SseTransport),
}

/// Why a connection is over.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum ConnectionEnd {
    /// The process ended.
    Ended(End),
    /// It was given up.
    Lost(String),
    /// The HTTP session is not known any more; a new one can be made.
    SessionLost,
    /// The server does not speak our revision any more, but another one of ours; why, for a person.
    Renegotiate(String),
}

pub(super) struct Core {
    pub(super) transport: Transport,
    pub(super) dialect: Dialect,
    pub(super) tap: Tap,
    pub(super) reporter: Reporter,
    /// Whether log messages are reported, beside standing in the journal.
    pub(super) tells_logs: bool,
    /// What the server may ask.
    pub(super) offers: Offers,
    /// Whether a refusal of our revision may make the connection anew.
    pub(super) may_renegotiate: bool,
    renegotiate: Option<String>,
    /// What is told of tasks.
    pub(super) news: TaskNews,
    name: String,
    roots: Roots,
    timeouts: Timeouts,
    pending: HashMap<u64, Pending>,
    ended: VecDeque<Ended>,
    changed: BTreeMap<ListKind, Instant>,
    announced: BTreeMap<ListKind, Instant>,
    anomalies: u32,
    questions: Questions,
}

impl Core {
    pub(super) fn new(
        transport: Transport,
        dialect: Dialect,
        name: String,
        roots: Roots,
        timeouts: Timeouts,
        tap: Tap,
        reporter: Reporter,
    ) -> (Core, Peer, mpsc::UnboundedReceiver<Ask>) {
        let (asks, asked) = mpsc::unbounded_channel();
        let next_question = Arc::new(AtomicU64::new(1));
        let peer = Peer { asks, next_id: Arc::new(AtomicU64::new(1)), next_question: next_question.clone() };
        let core = Core {
            transport,
            dialect,
            tap,
            reporter,
            tells_logs: false,
            offers: Offers::default(),
            may_renegotiate: false,
            renegotiate: None,
            news: TaskNews::default(),
            name,
            roots,
            timeouts,
            pending: HashMap::new(),
            ended: VecDeque::new(),
            changed: BTreeMap::new(),
            announced: BTreeMap::new(),
            anomalies: 0,
            questions: Questions::new(next_question),
        };
        (core, peer, asked)
    }

    /// Tells the server something without parameters.
    pub(super) fn notify(&mut self, method: &str) {
        self.send(Outgoing::new(Dialect::notification(method, None), None));
    }

    fn send(&mut self, out: Outgoing) {
        match &mut self.transport {
            Transport::Stdio(transport) => transport.send(out),
            Transport::Http(transport) => transport.send(out),
            Transport::Sse(transport) => transport.send(out),
        }
    }

    /// Does what an operation asks.
    pub(super) async fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Request { id, method, params, options, reply } => {
                if reply.is_closed() {
                    return;
                }
                let bytes = self.dialect.request(id, &method, params.as_ref(), options.call.is_some());
                let mut out = Outgoing::new(bytes, Some(id));
                out.note.clone_from(&options.note);
                out.headers.clone_from(&options.headers);
                self.pending.insert(id, Pending::new(method, &options, self.timeouts, reply));
                self.send(out);
                if let Some(call) = options.call {
                    self.reporter.report(SessionEvent::Requested { call, request: id }).await;
                }
            }
            Ask::Send(frame) => self.send(Outgoing::new(super::frame::typed(&frame), None)),
            Ask::Notify { method, params } => {
                let bytes = Dialect::notification(method, params.as_ref());
                self.send(Outgoing::new(bytes, None));
            }
            Ask::Abandon { id } => {
                if let Some(pending) = self.pending.remove(&id) {
                    self.cancel(id, &pending, "cancelled").await;
                }
            }
            Ask::Speak(revision) => {
                if let Transport::Http(transport) = &mut self.transport {
                    transport.set_revision(revision.as_deref());
                }
                self.dialect.revision = revision;
            }
            Ask::Question { number, call, body, reply } => self.ask_for_round(number, call, body, reply).await,
            Ask::Unask { number } => self.unask(number, "the call it belongs to ended").await,
            Ask::ExpectPage(id) => self.questions.expect_page(id),
            Ask::OpenStream => {
                if let Transport::Http(transport) = &mut self.transport {
                    transport.open_stream();
                }
            }
            Ask::ResetSession => {
                if let Transport::Http(transport) = &mut self.transport {
                    transport.reset_session();
                }
            }
        }
    }

    /// A remark about what the server does wrong, a bounded number of them.
    async fn anomaly(&mut self, text: String) {
        self.anomalies += 1;
        if self.anomalies <= ANOMALIES {
            self.tap.note(text).await;
        }
        if self.anomalies == ANOMALIES {
            self.tap.note("further remarks of this kind are left out; the frames are all here").await;
        }
    }

    /// Takes what came up. `Some`: the connection is over.
    pub(super) async fn receive(&mut self, inbound: Inbound) -> Option<ConnectionEnd> {
        match inbound {
            Inbound::Frames { origin, bytes, frames } => {
                for frame in &frames {
                    self.dispatch(frame.of(&bytes), &frame.envelope, origin).await;
                }
                self.renegotiate.take().map(ConnectionEnd::Renegotiate)
            }
            Inbound::Failed { request, failure } => self.http_failed(request, failure).await,
            Inbound::Lost(why) => Some(ConnectionEnd::Lost(why)),
            Inbound::Ended(end) => Some(ConnectionEnd::Ended(end)),
            Inbound::Stderr(line) => {
                self.reporter.report(SessionEvent::Stderr(line)).await;
                None
            }
        }
    }

    async fn http_failed(&mut self, request: Option<u64>, failure: HttpFailure) -> Option<ConnectionEnd> {
        let lost = failure.session_lost;
        if let Some((id, pending)) = request.and_then(|id| Some((id, self.pending.remove(&id)?))) {
            self.remember(id, "failed", None);
            let text = failure.message.clone();
            let reason = match failure.status {
                Some(401 | 403) => Failure::Unauthorized(text),
                _ => Failure::Unreachable(text),
            };
            pending.finish(Err(RequestFailure { failure: reason, http: Some(failure) }), &self.reporter).await;
        } else if request.is_none() && !lost {
            self.reporter.report(SessionEvent::Warning(failure.message)).await;
        }
        lost.then_some(ConnectionEnd::SessionLost)
    }
}
