//! One message on its way: POST, and whatever comes back for it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use tokio::time::sleep;

use super::events::{Answered, Ended, Events, answers};
use super::exchange::{Answer, Ask, Body, Wire};
use super::headers::{self, LAST_EVENT, SESSION};
use super::listen::Backoff;
use super::turn::Turn;
use super::{fault, refusal};
use crate::journal::Frame;
use crate::mcp::transport::{HttpFailure, Inbound, Outgoing};

/// How often a message is sent again because the server asks to wait.
const WAITS: u32 = 3;

/// The session of the legacy era, as the server named it.
pub(super) type Session = Arc<Mutex<Option<HeaderValue>>>;

/// A message and all that was decided about it when it was sent down.
pub(super) struct Post {
    pub(super) out: Outgoing,
    pub(super) url: reqwest::Url,
    pub(super) headers: HeaderMap,
    /// The headers of a GET that resumes its stream; `None` in the modern era, where a broken stream is lost.
    pub(super) resume: Option<HeaderMap>,
    /// Where to keep the session id that its response brings.
    pub(super) learn: Option<Session>,
    /// Whether what follows has to wait until the server took it.
    pub(super) first: bool,
    /// Whether the response comes as the answer to the POST (over HTTP+SSE it comes elsewhere).
    pub(super) due: bool,
    /// Whether that response came.
    pub(super) answered: Answered,
}

impl Post {
    /// Sends it and hands up what comes. The error is for the request.
    pub(super) async fn run(&self, wire: &Wire, turn: &mut Turn) -> Result<(), HttpFailure> {
        turn.wait().await;
        let mut note = self.out.note.clone();
        let mut waits = 0;
        loop {
            let ask = Ask {
                method: Method::POST,
                url: self.url.clone(),
                headers: self.headers.clone(),
                frame: Some(&self.out),
                note: note.take(),
            };
            let answer = wire.ask(ask, || {
                if !self.first {
                    turn.release();
                }
            });
            let answer = answer.await?;
            turn.release();
            let status = answer.status();
            if matches!(status, 429 | 503)
                && waits < WAITS
                && let Some(wait) = headers::retry_after(answer.response.headers())
            {
                waits += 1;
                wire.body(answer, false).await;
                wire.tap.note(format!("{status}: waiting {} s as the server asks", wait.as_secs())).await;
                sleep(wait).await;
                note = Some(format!("sent again after {status}"));
                continue;
            }
            return if answer.response.status().is_success() {
                self.learn_session(wire, &answer).await;
                self.accept(wire, answer).await
            } else {
                self.refuse(wire, answer).await
            };
        }
    }

    /// The id of the request whose response is due, as written.
    fn want(&self) -> Option<&[u8]> {
        self.out.request.filter(|_| self.due).map(|_| self.out.envelope.id.of(&self.out.bytes))
    }

    /// Before the response is handed up: what the session sends next has to carry it.
    async fn learn_session(&self, wire: &Wire, answer: &Answer) {
        let (Some(slot), Some(id)) = (&self.learn, answer.response.headers().get(SESSION)) else { return };
        if id.is_empty() || !id.as_bytes().iter().all(u8::is_ascii_graphic) {
            wire.tap.note("the session id is not visible ASCII: it is not used").await;
            return;
        }
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.clone());
    }

    async fn accept(&self, wire: &Wire, answer: Answer) -> Result<(), HttpFailure> {
        let (status, media, url) = (answer.status(), answer.media(), answer.url.clone());
        let who = fault::shown(&url, &wire.tap);
        let fail = |message: String| HttpFailure { status: Some(status), ..fault::plain(message) };
        if media == "text/event-stream" {
            return self.stream(wire, answer).await;
        }
        let json = media.is_empty() || media == "application/json" || media.ends_with("+json");
        let (bytes, frame) = match wire.body(answer, json).await {
            Body::Whole(bytes, frame) => (bytes, frame),
            Body::Oversized(body) => return Err(fail(refusal::oversized(&who, body.len, wire.limit))),
            Body::Broken(why) => {
                let message = format!(
                    "{who} broke the connection inside its answer: {why}; look at the server's own log before you send it again"
                );
                return Err(HttpFailure { unknown_outcome: true, ..fail(message) });
            }
        };
        let Some(want) = self.want() else {
            // Nothing is due; what is JSON-RPC all the same is not lost.
            self.hand_up(wire, bytes, frame).await;
            return Ok(());
        };
        let body = refusal::body_text(&bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(fail(format!(
                "{who} answered {status} with nothing in it, where the response to a request is due: this is a fault of the server"
            )));
        }
        if !json {
            let page = fault::excerpt(&bytes).map_or_else(String::new, |text| format!(" (“{text}”)"));
            let message = format!(
                "{who} answered {status} with {}{page}, not with JSON or an event stream: is this URL its MCP endpoint?",
                fault::clip(&media)
            );
            return Err(HttpFailure { body, ..fail(message) });
        }
        let answered = answers(&bytes, &frame.envelope, want);
        if !answered {
            let what = match frame.envelope.problem {
                Some(problem) => problem.to_string(),
                None => "it is not the response to this request".into(),
            };
            if frame.envelope.problem.is_none() {
                self.hand_up(wire, bytes, frame).await;
            }
            let message = format!("the answer of {who} is of no use: {what}; this is a fault of the server");
            return Err(HttpFailure { body, ..fail(message) });
        }
        self.hand_up(wire, bytes, frame).await;
        Ok(())
    }

    async fn hand_up(&self, wire: &Wire, bytes: Bytes, frame: Frame) {
        if frame.envelope.kind.is_rpc() {
            wire.hand_up(Inbound::Frames { origin: self.out.request, bytes, frames: vec![frame] }).await;
        }
    }

    async fn refuse(&self, wire: &Wire, answer: Answer) -> Result<(), HttpFailure> {
        let status = answer.status();
        let who = fault::shown(&answer.url, &wire.tap);
        let challenge = matches!(status, 401 | 403)
            .then(|| refusal::joined(answer.response.headers(), &WWW_AUTHENTICATE))
            .flatten();
        let session_lost = status == 404 && self.headers.contains_key(SESSION);
        let due = !matches!(status, 401 | 403) && !session_lost;
        let media = answer.media();
        if due && media == "text/event-stream" && self.want().is_some() {
            return self.stream(wire, answer).await.map_err(|failure| HttpFailure { status: Some(status), ..failure });
        }
        let bytes = match wire.body(answer, media == "application/json").await {
            Body::Whole(bytes, frame) => {
                if due && self.want().is_some_and(|want| answers(&bytes, &frame.envelope, want)) {
                    self.hand_up(wire, bytes, frame).await;
                    return Ok(());
                }
                bytes
            }
            Body::Oversized(body) => body.head,
            Body::Broken(_) => Bytes::new(),
        };
        Err(HttpFailure {
            status: Some(status),
            message: refusal::message(&who, status, session_lost, &bytes),
            challenge,
            body: refusal::body_text(&bytes),
            session_lost,
            unknown_outcome: false,
        })
    }

    /// Reads the stream that answers it, and resumes it where that is allowed.
    async fn stream(&self, wire: &Wire, answer: Answer) -> Result<(), HttpFailure> {
        let who = fault::shown(&answer.url, &wire.tap);
        let status = Some(answer.status());
        let mut events = Events::new(wire, self.out.request, self.want());
        // Nothing is due for a notification: what its stream brings, it brings soon.
        if self.want().is_none() {
            events.answered.set();
        } else {
            events.answered = self.answered.clone();
        }
        let mut ended = events.read(answer.exchange, answer.response).await;
        let mut backoff = Backoff::new();
        while !events.answered.get() && !matches!(ended, Ended::Oversized(_)) {
            let Some(headers) = self.resume.as_ref().filter(|_| !events.last_id.is_empty()) else { break };
            let Ok(last) = HeaderValue::from_bytes(&events.last_id) else { break };
            if events.news {
                backoff.news();
            }
            let Some(wait) = backoff.next(events.retry) else { break };
            let id = fault::clip(&String::from_utf8_lossy(&events.last_id));
            wire.tap
                .note(format!(
                    "the stream ended before its response: resuming after event `{id}` in {} ms",
                    wait.as_millis()
                ))
                .await;
            sleep(wait).await;
            events.news = false;
            let mut headers = headers.clone();
            headers.insert(LAST_EVENT, last);
            let ask =
                Ask { method: Method::GET, url: self.url.clone(), headers, frame: None, note: Some("resume".into()) };
            match wire.ask(ask, || ()).await {
                Ok(answer) if answer.status() == 200 && answer.media() == "text/event-stream" => {
                    ended = events.read(answer.exchange, answer.response).await;
                }
                Ok(answer) => {
                    let status = answer.status();
                    wire.body(answer, false).await;
                    // A server that does not know the stream any more will not know it later.
                    if !matches!(status, 429 | 500..=599) {
                        ended = Ended::Broken(format!("it cannot be resumed ({status})"));
                        break;
                    }
                }
                Err(failure) => wire.tap.note(failure.message).await,
            }
        }
        let garbage = match events.garbage {
            0 => String::new(),
            count => format!(" ({count} of its events were not JSON-RPC)"),
        };
        let message = match ended {
            _ if events.answered.get() => return Ok(()),
            Ended::Oversized(len) => refusal::oversized(&who, len, wire.limit),
            Ended::Closed => format!(
                "{who} ended the stream without the response{garbage}; look at the server's own log before you send it again"
            ),
            Ended::Broken(why) => format!(
                "the stream of {who} was lost before the response{garbage}: {why}; look at the server's own log before you send it again"
            ),
        };
        Err(HttpFailure { status, unknown_outcome: true, ..fault::plain(message) })
    }
}
