//! The core of one connection: requests waiting for answers, deadlines, cancelling, dispatch in wire order.
//!
//! It is driven by the actor's loop and is never shared. Operations (`features.rs`) talk to it through a `Peer`:
//! dropping a request's future cancels the request in the way of the era and the transport.

mod dispatch;
mod pending;
mod questions;
mod subscribed;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
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
use crate::model::json::RawJson;
use crate::model::question::QuestionBody;
use crate::model::root;
use crate::model::server::{Offers, Timeouts};
pub(super) use dispatch::rpc_failure;
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

/// A list that keeps changing is fetched at most this often.
const LIST_CHANGED: Duration = Duration::from_secs(2);
/// A burst of changes is one change.
const LIST_SETTLES: Duration = Duration::from_millis(100);

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

/// Why a request has no answer.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RequestFailure {
    pub(super) failure: Failure,
    /// What HTTP said, where it was HTTP that said no.
    pub(super) http: Option<HttpFailure>,
}

impl From<Failure> for RequestFailure {
    fn from(failure: Failure) -> Self {
        RequestFailure { failure, http: None }
    }
}

pub(super) type Answer = Result<RawJson, RequestFailure>;

/// How a request is to be treated.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestOptions {
    /// A remark for the journal.
    pub(super) note: Option<String>,
    /// Instead of the configured deadlines.
    pub(super) deadline: Option<Duration>,
    /// Whose progress it is; asks the server for progress.
    pub(super) call: Option<CallId>,
    /// Its answer ends a stream of notifications and may take for ever; acknowledgements of the stream go here.
    pub(super) stream: Option<mpsc::UnboundedSender<RawJson>>,
    /// Giving up must not send a cancel notice (`initialize`, a probe of an unknown server).
    pub(super) silent: bool,
    /// Headers of this request, where there are headers.
    pub(super) headers: Vec<(String, String)>,
}

pub(super) enum Ask {
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
pub(super) struct Peer {
    asks: mpsc::UnboundedSender<Ask>,
    next_id: Arc<AtomicU64>,
    next_question: Arc<AtomicU64>,
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
    pub(super) fn request(
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
    pub(super) fn tell(&self, ask: Ask) {
        self.asks.send(ask).ok();
    }
}

/// The roots told to a server, as they are now.
#[derive(Clone, Debug)]
pub(super) struct Roots(Arc<Mutex<RawJson>>);

impl Roots {
    pub(super) fn new(paths: &[PathBuf]) -> Roots {
        Roots(Arc::new(Mutex::new(root::listed(paths))))
    }

    pub(super) fn set(&self, paths: &[PathBuf]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = root::listed(paths);
    }

    /// The result of `roots/list`.
    pub(super) fn result(&self) -> String {
        format!("{{\"roots\":{}}}", self.0.lock().unwrap_or_else(PoisonError::into_inner).as_str())
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

    /// Tells the server that nobody waits any more, as its era and transport want it.
    async fn cancel(&mut self, id: u64, pending: &Pending, why: &'static str) {
        self.remember(id, why, pending.call);
        if let Transport::Http(transport) = &mut self.transport {
            // In the modern era closing the stream is the cancellation; in the legacy era it is only thrift.
            if self.dialect.is_modern() || pending.silent {
                transport.abort(id);
            }
        }
        let by_notice = !(matches!(self.transport, Transport::Http(_)) && self.dialect.is_modern());
        if pending.silent || !by_notice {
            if pending.silent {
                self.tap.note(format!("#{id} {} was given up ({why})", pending.method)).await;
            }
            return;
        }
        let params = serde_json::json!({"requestId": id, "reason": why});
        let bytes = Dialect::notification("notifications/cancelled", Some(&RawJson::from_value(&params)));
        self.send(Outgoing::new(bytes, None));
        if let Transport::Http(transport) = &mut self.transport {
            transport.abort(id);
        }
    }

    fn remember(&mut self, id: u64, how: &'static str, call: Option<CallId>) {
        if self.ended.len() >= ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { id, how, call });
    }

    /// When something must happen even if nothing comes in.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        // People's thinking time does not count against a request's time-out.
        let thinking = self.questions.waiting_for_a_person();
        let requests = self.pending.values().map(Pending::due).filter(|_| !thinking);
        requests.chain(self.changed.values().copied()).min()
    }

    /// Does what is due.
    pub(super) async fn expire(&mut self) {
        let now = Instant::now();
        let thinking = self.questions.waiting_for_a_person();
        let late: Vec<u64> =
            self.pending.iter().filter(|_| !thinking).filter(|(_, one)| one.due() <= now).map(|(id, _)| *id).collect();
        for id in late {
            let Some(pending) = self.pending.remove(&id) else { continue };
            let why = pending.overdue(&self.name, now);
            self.tap.note(format!("#{id} timed out: {why}")).await;
            self.cancel(id, &pending, "timed out").await;
            pending.finish(Err(Failure::TimedOut(why).into()), &self.reporter).await;
        }
        let due: Vec<ListKind> = self.changed.iter().filter(|(_, at)| **at <= now).map(|(kind, _)| *kind).collect();
        for kind in due {
            self.changed.remove(&kind);
            self.announced.insert(kind, now);
            self.reporter.report(SessionEvent::ListChanged(kind)).await;
        }
    }

    fn list_changed(&mut self, kind: ListKind) {
        let now = Instant::now();
        let after_last = self.announced.get(&kind).map_or(now, |last| *last + LIST_CHANGED);
        self.changed.entry(kind).or_insert_with(|| after_last.max(now + LIST_SETTLES));
    }

    /// Fails what is still waiting: the connection is over.
    pub(super) async fn fail_all(&mut self, why: &str) {
        let mut waiting: Vec<(u64, Pending)> = self.pending.drain().collect();
        waiting.sort_by_key(|(id, _)| *id);
        for (id, pending) in waiting {
            let text = format!(
                "{} {why} while {} (#{id}) was waiting for its answer; whether it took effect is unknown, and it is not sent again",
                self.name, pending.method
            );
            pending.finish(Err(Failure::Unreachable(text).into()), &self.reporter).await;
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
