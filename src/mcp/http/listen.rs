//! The stream of server messages of the legacy era: opened with GET, resumed where it broke, given up in the end.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use tokio::time::{Instant, sleep};

use super::events::{Ended, Events};
use super::exchange::{Ask, Wire};
use super::headers::{self, LAST_EVENT};
use super::turn::Turn;
use super::{fault, refusal};
use crate::mcp::transport::{HttpFailure, Inbound};

/// Between a stream's end and the next attempt, unless the server asks for another time.
const RETRY: Duration = Duration::from_secs(1);
/// Not even a server that asks for it gets a tight loop.
const RETRY_MIN: Duration = Duration::from_millis(100);
/// The longest wait that a server may ask for.
const RETRY_MAX: Duration = Duration::from_mins(5);
/// Waits grow up to this.
const GROWN: Duration = Duration::from_secs(30);
/// Fruitless attempts in a row.
const ATTEMPTS: u32 = 6;
/// A stream that was open for this long was worth opening, even if it brought nothing.
const LASTING: Duration = Duration::from_secs(10);

/// How long to wait before connecting again.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    fruitless: u32,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff::default()
    }

    /// The last attempt was worth it.
    pub(super) fn news(&mut self) {
        self.fruitless = 0;
    }

    /// The time to wait: first what the server asked for (`retry`, in milliseconds), then twice as long each time.
    /// `None`: enough.
    pub(super) fn next(&mut self, retry: Option<u64>) -> Option<Duration> {
        if self.fruitless >= ATTEMPTS {
            return None;
        }
        let asked = retry.map_or(RETRY, Duration::from_millis).clamp(RETRY_MIN, RETRY_MAX);
        let mut wait = asked;
        if self.fruitless > 0 {
            wait = (asked * 2_u32.pow(self.fruitless)).min(GROWN.max(asked));
            // A server that restarts must not get all its clients back in the same instant.
            let spread = RandomState::new().hash_one(()) % 128;
            wait += wait * spread as u32 / 1_024;
        }
        self.fruitless += 1;
        Some(wait)
    }

    /// Which attempt comes, for people.
    fn count(&self) -> String {
        format!("{} of {ATTEMPTS}", self.fruitless)
    }
}

/// Keeps the stream open until the server has none, or until it is lost.
pub(super) async fn listen(wire: Arc<Wire>, headers: HeaderMap, in_session: bool, mut turn: Turn) {
    turn.wait().await;
    let mut events = Events::new(&wire, None, None);
    let mut backoff = Backoff::new();
    let mut opened = false;
    loop {
        let mut headers = headers.clone();
        if let Ok(last) = HeaderValue::from_bytes(&events.last_id)
            && !last.is_empty()
        {
            headers.insert(LAST_EVENT, last);
        }
        let note = Some("stream for server messages".to_owned());
        let ask = Ask { method: Method::GET, url: wire.url.clone(), headers, frame: None, note };
        let mut least = Duration::ZERO;
        let mut reached = true;
        let why = match wire.ask(ask, || ()).await {
            Ok(answer) if answer.status() == 200 && answer.media() == "text/event-stream" => {
                // What is sent from here on finds the stream open.
                turn.release();
                opened = true;
                let began = Instant::now();
                let ended = events.read(answer.exchange, answer.response).await;
                if events.news || began.elapsed() >= LASTING {
                    backoff.news();
                }
                match ended {
                    Ended::Closed => "the server ended it".to_owned(),
                    Ended::Broken(why) => why,
                    Ended::Oversized(len) => format!("an event without end ({len} bytes)"),
                }
            }
            Ok(answer) => {
                turn.release();
                let status = answer.status();
                let who = fault::shown(&answer.url, &wire.tap);
                let challenge = refusal::joined(answer.response.headers(), &WWW_AUTHENTICATE);
                let wait = headers::retry_after(answer.response.headers());
                wire.body(answer, false).await;
                match status {
                    429 | 500 | 502..=599 => {
                        least = wait.unwrap_or_default();
                        format!("{who} answered {status}")
                    }
                    401 | 403 => {
                        let message = refusal::message(&who, status, false, b"");
                        let failure = HttpFailure { status: Some(status), challenge, ..fault::plain(message) };
                        return wire.fail(None, failure).await;
                    }
                    404 if in_session && opened => {
                        let message = refusal::message(&who, status, true, b"");
                        let failure = HttpFailure { status: Some(status), session_lost: true, ..fault::plain(message) };
                        return wire.fail(None, failure).await;
                    }
                    405 => return wire.tap.note("the server has no stream for messages of its own (405)").await,
                    _ => {
                        let text = format!("{who} gave no stream for server messages ({status}): there is none, then");
                        return wire.tap.note(text).await;
                    }
                }
            }
            Err(failure) => {
                reached = failure.status.is_some();
                failure.message
            }
        };
        turn.release();
        let Some(wait) = backoff.next(events.retry) else {
            let text = format!("the stream for server messages is lost: {why}");
            wire.tap.note(text.clone()).await;
            if in_session && !reached {
                wire.hand_up(Inbound::Lost(format!("{text}; is the server still running?"))).await;
            }
            return;
        };
        let wait = wait.max(least);
        let text = format!(
            "stream for server messages: {why}; opening it again in {} ms ({})",
            wait.as_millis(),
            backoff.count()
        );
        wire.tap.note(text).await;
        sleep(wait).await;
    }
}
