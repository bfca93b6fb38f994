//! What goes to and comes from a provider, for the journal: [`Watch`]. A request and its answer are an exchange.
//!
//! Heads are kept by default: who was asked, when, how long it took, how much it was. Texts are kept only where a
//! person wants them: a conversation is kept already, each request repeats all of it, and journals are handed on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response};

use crate::journal::{Extra, Tap};
use crate::model::provider::Traffic;
use crate::model::record::{HttpHead, SseWrap};
use crate::model::wire::Direction;
use crate::sse::{Data, Piece, Splitter};

use super::answer::EVENT;

/// Bytes of an answer that is no stream of events that are kept.
const BODY: usize = 1024 * 1024;
/// What stands in the place of a header that is a secret.
const REDACTED: &str = "[redacted]";

/// Keeps what goes to and comes from one provider.
#[derive(Clone, Debug)]
pub struct Watch {
    tap: Tap,
    traffic: Traffic,
    exchanges: Arc<AtomicU64>,
}

impl Watch {
    /// Keeps so much of it. `None` where nothing is to be kept.
    pub fn new(tap: Tap, traffic: Traffic) -> Option<Watch> {
        (traffic != Traffic::Off).then(|| Watch { tap, traffic, exchanges: Arc::default() })
    }

    /// A remark of the client.
    pub(super) async fn note(&self, text: impl Into<String>) {
        self.tap.note(text).await;
    }

    /// Keeps a request before it goes out.
    pub(super) async fn sent(&self, request: &Request) -> Exchange {
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed) + 1;
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let whole = self.traffic == Traffic::Full;
        let head = HttpHead {
            method: Some(request.method().to_string()),
            url: Some(request.url().to_string()),
            headers: headers(request.headers()),
            ..HttpHead::default()
        };
        let unkept = !whole && !body.is_empty();
        let extra = Extra {
            exchange: Some(number),
            http: Some(self.tap.redactor().head(head)),
            unkept: unkept.then_some(body.len() as u64),
            note: unkept.then(|| "only its head is kept; --model-traffic full keeps its text too".to_owned()),
            ..Extra::default()
        };
        let kept = if whole { Bytes::copy_from_slice(body) } else { Bytes::new() };
        self.tap.model(Direction::Send, kept, extra).await;
        let splitter = Splitter::new(EVENT);
        Exchange {
            watch: self.clone(),
            number,
            splitter,
            body: vec![],
            stream: false,
            bytes: 0,
            events: 0,
            ended: None,
        }
    }
}

/// A request and its answer. When it is dropped, what came is summed up.
#[derive(Debug)]
pub(super) struct Exchange {
    watch: Watch,
    number: u64,
    splitter: Splitter,
    /// What came of an answer that is no stream of events.
    body: Vec<u8>,
    stream: bool,
    bytes: u64,
    events: u64,
    /// How it ended, once it did.
    ended: Option<&'static str>,
}

impl Exchange {
    /// Keeps the head of the answer.
    pub(super) async fn answered(&mut self, response: &Response) {
        let head = HttpHead {
            status: Some(response.status().as_u16()),
            headers: headers(response.headers()),
            ..HttpHead::default()
        };
        let kind = response.headers().get(reqwest::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        self.stream = kind.is_none_or(|kind| kind.to_ascii_lowercase().starts_with("text/event-stream"));
        let head = self.watch.tap.redactor().head(head);
        let extra = Extra { exchange: Some(self.number), http: Some(head), ..Extra::default() };
        self.watch.tap.model(Direction::Recv, Bytes::new(), extra).await;
    }

    /// Keeps what came of its body.
    pub(super) async fn came(&mut self, chunk: &Bytes) {
        self.bytes += chunk.len() as u64;
        if self.watch.traffic != Traffic::Full {
            return;
        }
        if !self.stream {
            let room = BODY.saturating_sub(self.body.len());
            self.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            return;
        }
        for piece in self.splitter.push(chunk) {
            let Piece::Blocks { bytes, blocks } = piece else { continue };
            for block in blocks {
                self.events += u64::from(block.data != Data::None);
                let around = |from: usize, to: usize| String::from_utf8_lossy(&bytes[from..to]).into_owned();
                let (kept, sse) = match &block.data {
                    Data::Line(line) => {
                        let pre = around(block.range.start, line.start);
                        let post = around(line.end, block.range.end);
                        (bytes.slice(line.clone()), Some(SseWrap { pre, post }))
                    }
                    Data::Joined(_) | Data::None => (bytes.slice(block.range.clone()), None),
                };
                let extra = Extra { exchange: Some(self.number), sse, ..Extra::default() };
                self.watch.tap.model(Direction::Recv, kept, extra).await;
            }
        }
    }

    /// Its body is all there, or broke off.
    pub(super) fn ended(&mut self, how: &'static str) {
        self.ended = Some(how);
    }
}

impl Drop for Exchange {
    /// A request is cancelled by dropping it: that too is worth a line. The queue may be full; then the line is lost.
    fn drop(&mut self) {
        if !self.body.is_empty() {
            let extra = Extra { exchange: Some(self.number), ..Extra::default() };
            self.watch.tap.model_now(Direction::Recv, std::mem::take(&mut self.body).into(), extra);
        }
        let events = if self.events > 0 { format!("{} events, ", self.events) } else { String::new() };
        let how = self.ended.unwrap_or("not read any further");
        let note = format!("the answer to request {}: {events}{} bytes, {how}", self.number, self.bytes);
        self.watch.tap.note_now(self.number, &note);
    }
}

/// Headers for the journal; what is marked as a secret is none of its business.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if value.is_sensitive() {
                REDACTED.to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}
