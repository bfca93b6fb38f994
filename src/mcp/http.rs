//! Servers over HTTP: Streamable HTTP ([`HttpTransport`]) and the old HTTP+SSE ([`SseTransport`]).
//!
//! Nothing is ever sent twice on our own account: a frame goes out again only when the server itself says so (429 or 503
//! with `Retry-After`, 307 or 308 within its origin). A connection that breaks after a request went out leaves an
//! unknown outcome, and that is what the session hears.
//!
//! * `post`: one message and what comes back for it; `outbox`: the tasks that carry messages, in order (`turn`).
//! * `listen`: the stream of server messages; `legacy`: HTTP+SSE.
//! * `exchange`: one request and response; `events`: an event stream, cut up by `sse`; what is over the limit: `mcp::cut`.
//! * `headers`, `refusal`, `fault`: what is said on the wire, and to people.

mod events;
mod exchange;
mod fault;
mod headers;
mod legacy;
mod listen;
mod outbox;
mod post;
mod refusal;
#[cfg(test)]
mod tests;
mod turn;

pub use headers::header_text;
pub use legacy::SseTransport;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::transport::{Inbound, Outgoing};
use crate::journal::Tap;
use crate::model::server::{Limits, Timeouts, is_modern};
use events::Answered;
use exchange::{Ask, Wire};
use outbox::Outbox;
use post::{Post, Session};

/// A connection over Streamable HTTP. Its methods never wait for the network.
#[derive(Debug)]
pub struct HttpTransport {
    wire: Arc<Wire>,
    outbox: Outbox,
    configured: HeaderMap,
    revision: Option<String>,
    session: Session,
    /// The stream of server messages, if it is open.
    stream: JoinSet<()>,
}

impl HttpTransport {
    /// A connection to the endpoint. The error says what is wrong with the URL or the headers.
    pub fn new(
        url: &str,
        headers: &[(String, String)],
        limits: Limits,
        timeouts: Timeouts,
        tap: Tap,
        inbound: mpsc::Sender<Inbound>,
    ) -> Result<HttpTransport, String> {
        let configured = headers::configured(headers)?;
        let wire = Arc::new(Wire::new(url, limits, tap, inbound)?);
        let outbox = Outbox::new(wire.clone(), timeouts.request);
        let session = Arc::new(Mutex::new(None));
        Ok(HttpTransport { wire, outbox, configured, revision: None, session, stream: JoinSet::new() })
    }

    /// Posts a frame. What answers it comes up as [`Inbound::Frames`] with its request as the origin;
    /// if its response does not come, one [`Inbound::Failed`] does.
    pub fn send(&mut self, out: Outgoing) {
        let method = out.envelope.method.text(&out.bytes);
        let (initialize, first) = (method == "initialize", method == "notifications/initialized");
        let revision = self.revision.as_deref();
        let session = self.session();
        let request = out.request;
        let headers = headers::of_post(revision, session.as_ref(), &self.configured, &out);
        let resume = || headers::of_stream(revision, session.as_ref(), &self.configured, None);
        let post = headers.map_err(|why| (request, why)).map(|headers| Post {
            out,
            url: self.wire.url.clone(),
            headers,
            resume: (!self.is_modern()).then(resume),
            learn: initialize.then(|| self.session.clone()),
            first,
            due: true,
            answered: Answered::default(),
        });
        let abort_note =
            if self.is_modern() { "cancelled by closing the stream" } else { "no longer waited for: stream closed" };
        self.outbox.post(post, abort_note);
    }

    /// The revision from now on: `MCP-Protocol-Version` says it, and the modern ones mirror a frame in its headers.
    /// `None` before the legacy era has agreed on one.
    pub fn set_revision(&mut self, revision: Option<&str>) {
        self.revision = revision.map(str::to_owned);
    }

    /// The credentials from now on: after signing in, or when a token was renewed. A stream that is open keeps its own.
    pub fn set_authorization(&mut self, value: Option<&str>) -> Result<(), String> {
        self.configured.remove(AUTHORIZATION);
        if let Some(value) = value {
            let (name, value) = headers::header(AUTHORIZATION.as_str(), value)?;
            self.configured.insert(name, value);
        }
        Ok(())
    }

    /// Opens the stream for server messages of the legacy era, and opens it again when it breaks.
    pub fn open_stream(&mut self) {
        let session = self.session();
        let headers = headers::of_stream(self.revision.as_deref(), session.as_ref(), &self.configured, None);
        let turn = self.outbox.queue();
        self.stream = JoinSet::new();
        self.stream.spawn(listen::listen(self.wire.clone(), headers, session.is_some(), turn));
    }

    /// Stops waiting for the response of this request: closes its stream, which is how the modern era cancels.
    pub fn abort(&mut self, request: u64) {
        self.outbox.abort(request);
    }

    /// Forgets the session, and closes the stream that belongs to it.
    pub fn reset_session(&mut self) {
        self.stream = JoinSet::new();
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The session id that the server gave us.
    pub fn session_id(&self) -> Option<String> {
        self.session().map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned())
    }

    /// Ends it within `grace`: what is queued goes out, requests are aborted, the session is deleted.
    pub async fn close(mut self, grace: Duration) {
        let deadline = Instant::now() + grace;
        self.outbox.drain(deadline).await;
        self.stream = JoinSet::new();
        let Some(session) = self.session() else { return };
        let mut headers = headers::of_stream(self.revision.as_deref(), Some(&session), &self.configured, None);
        headers.remove(reqwest::header::ACCEPT);
        let ask = Ask {
            method: Method::DELETE,
            url: self.wire.url.clone(),
            headers,
            frame: None,
            note: Some("end of the session".into()),
        };
        let delete = async {
            match self.wire.ask(ask, || ()).await {
                Ok(answer) => {
                    if answer.status() == 405 {
                        self.wire.tap.note("the server does not let clients end sessions (405)").await;
                    }
                    self.wire.body(answer, false).await;
                }
                Err(failure) => self.wire.tap.note(format!("the session was not ended: {}", failure.message)).await,
            }
        };
        if timeout_at(deadline, delete).await.is_err() {
            self.wire.tap.note("the session was not ended: the server did not answer in time").await;
        }
    }

    fn session(&self) -> Option<reqwest::header::HeaderValue> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_modern(&self) -> bool {
        self.revision.as_deref().is_some_and(is_modern)
    }
}
