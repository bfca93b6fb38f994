//! An event stream: every block to the journal, its messages up, in the order of the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use super::exchange::{ENDLESS, Wire};
use super::fault;
use crate::journal::{Extra, Frame};
use crate::mcp::transport::Inbound;
use crate::model::envelope::{Envelope, Problem};
use crate::model::record::SseWrap;
use crate::model::wire::{Direction, FrameKind};
use crate::sse::{Block, Data, Piece, Splitter};

/// How long a stream may stay open after it brought its response.
const LINGER: Duration = Duration::from_secs(5);

/// The longest event id that is sent back.
const ID_MAX: usize = 4 * 1024;

/// Whether the response to a request came; known to the task that may be told to stop waiting for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered(Arc<AtomicBool>);

impl Answered {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a stream is over.
pub(super) enum Ended {
    /// The server ended it, or it had said all that was asked.
    Closed,
    /// The connection broke.
    Broken(String),
    /// An event was over the limit: its length.
    Oversized(u64),
}

/// The reader of one stream, and of those that resume it.
pub(super) struct Events<'a> {
    wire: &'a Wire,
    /// The request it answers.
    origin: Option<u64>,
    /// That request's id, as written.
    want: Option<&'a [u8]>,
    /// Whether the response came.
    pub(super) answered: Answered,
    /// Where to resume: the last `id`; empty for none.
    pub(super) last_id: Vec<u8>,
    /// How long the server asks to wait before connecting again, in milliseconds.
    pub(super) retry: Option<u64>,
    /// Whether the last stream brought anything.
    pub(super) news: bool,
    /// Events of the message kind that were no JSON-RPC.
    pub(super) garbage: u64,
    /// Who waits for the `endpoint` event of HTTP+SSE.
    pub(super) endpoint: Option<oneshot::Sender<Bytes>>,
}

impl<'a> Events<'a> {
    /// For the stream that answers a request, or for the one of server messages.
    pub(super) fn new(wire: &'a Wire, origin: Option<u64>, want: Option<&'a [u8]>) -> Events<'a> {
        Events {
            wire,
            origin,
            want,
            answered: Answered::default(),
            last_id: Vec::new(),
            retry: None,
            news: false,
            garbage: 0,
            endpoint: None,
        }
    }

    /// Reads until the end.
    pub(super) async fn read(&mut self, exchange: u64, mut response: Response) -> Ended {
        let mut splitter = Splitter::new(self.wire.limit);
        let mut over_since = None;
        let mut close_at: Option<Instant> = None;
        self.news = false;
        let ended = loop {
            if self.answered.get() && close_at.is_none() {
                close_at = Some(Instant::now() + LINGER);
            }
            let Ok(chunk) = within(close_at, response.chunk()).await else {
                let text = format!("closed the stream (exchange {exchange}): it stayed open after its response");
                self.wire.tap.note(text).await;
                break Ended::Closed;
            };
            let chunk = match chunk {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break Ended::Closed,
                Err(fault) => break Ended::Broken(fault::reason(&fault)),
            };
            if let Some(len) = self.take(exchange, splitter.push(&chunk)).await {
                break Ended::Oversized(len);
            }
            if splitter.swallowed() == 0 {
                over_since = None;
            } else if over_since.get_or_insert_with(Instant::now).elapsed() > ENDLESS {
                break Ended::Oversized(splitter.swallowed());
            }
        };
        let rest = splitter.finish().into_iter().collect();
        match self.take(exchange, rest).await {
            Some(len) => Ended::Oversized(len),
            None => ended,
        }
    }

    /// Journals pieces and hands up their messages. Returns the length of an event over the limit that ends a stream.
    async fn take(&mut self, exchange: u64, pieces: Vec<Piece>) -> Option<u64> {
        for piece in pieces {
            match piece {
                Piece::Blocks { bytes, blocks } => self.take_blocks(exchange, &bytes, blocks).await,
                Piece::Oversized(event) => {
                    let frame = event.frame(Some(exchange), None, None);
                    self.wire.tap.frames(Direction::Recv, event.head.clone(), vec![frame.clone()]).await;
                    if self.origin.is_some() && !self.answered.get() {
                        return Some(event.len);
                    }
                    // On a stream of server messages it may be anybody's: the session looks for an id in it.
                    self.hand_up(event.head, vec![frame]).await;
                }
                Piece::Rest { bytes, torn } => {
                    let problem = torn.then_some(Problem::Torn);
                    let envelope = Envelope { problem, ..Envelope::bare(FrameKind::Sse) };
                    let extra = Extra { exchange: Some(exchange), ..Extra::default() };
                    self.wire.tap.frame(Direction::Recv, bytes, envelope, extra).await;
                }
            }
        }
        None
    }

    /// One batch of blocks: as few chunks for the journal and the session as order allows.
    async fn take_blocks(&mut self, exchange: u64, bytes: &Bytes, blocks: Vec<Block>) {
        let mut kept: Vec<Frame> = Vec::with_capacity(blocks.len());
        let mut up: Vec<Frame> = Vec::new();
        for block in blocks {
            if let Some(id) = &block.id {
                // One that no header takes is as good as none.
                self.last_id = if id.len() <= ID_MAX { id.clone() } else { Vec::new() };
            }
            if block.retry.is_some() {
                self.retry = block.retry;
            }
            self.news |= block.id.is_some() || block.data != Data::None;
            let message = block.event.is_empty() || block.event == b"message";
            if block.event == b"endpoint"
                && let Data::Line(range) = &block.data
                && let Some(waiting) = self.endpoint.take()
            {
                // Who waited may have given up.
                waiting.send(bytes.slice(range.clone())).ok();
            }
            match block.data {
                Data::Line(data) if message && !data.is_empty() => {
                    let envelope = Envelope::read(&bytes[data.clone()]);
                    self.look_at(&bytes[data.clone()], &envelope);
                    let around = (&bytes[block.range.start..data.start], &bytes[data.end..block.range.end]);
                    let (pre, post) = (std::str::from_utf8(around.0), std::str::from_utf8(around.1));
                    let frame = Frame { start: data.start as u32, end: data.end as u32, envelope, extra: None };
                    up.push(frame.clone());
                    if let (Ok(pre), Ok(post)) = (pre, post) {
                        let redactor = self.wire.tap.redactor();
                        let wrap = SseWrap { pre: redactor.text(pre), post: redactor.text(post) };
                        let extra = Extra { exchange: Some(exchange), sse: Some(wrap), ..Extra::default() };
                        kept.push(Frame { extra: Some(Box::new(extra)), ..frame });
                    } else {
                        // What stands around it is not text: the block is kept whole, and the frame beside it.
                        kept.push(raw(exchange, &block.range, None));
                        kept.push(Frame { extra: Some(Box::new(beside(exchange))), ..frame });
                    }
                }
                Data::Joined(joined) if message => {
                    kept.push(raw(exchange, &block.range, None));
                    self.flush(bytes, &mut kept, &mut up).await;
                    let joined = Bytes::from(joined);
                    let envelope = Envelope::read(&joined);
                    self.look_at(&joined, &envelope);
                    let frame = Frame::whole(&joined, envelope);
                    kept.push(Frame { extra: Some(Box::new(beside(exchange))), ..frame.clone() });
                    up.push(frame);
                    self.flush(&joined, &mut kept, &mut up).await;
                }
                data => {
                    let foreign = !message && data != Data::None;
                    let note = foreign.then(|| {
                        format!("event `{}`: not a message", fault::clip(&String::from_utf8_lossy(&block.event)))
                    });
                    kept.push(raw(exchange, &block.range, note));
                }
            }
        }
        self.flush(bytes, &mut kept, &mut up).await;
    }

    async fn flush(&self, bytes: &Bytes, kept: &mut Vec<Frame>, up: &mut Vec<Frame>) {
        self.wire.tap.frames(Direction::Recv, bytes.clone(), std::mem::take(kept)).await;
        if !up.is_empty() {
            self.hand_up(bytes.clone(), std::mem::take(up)).await;
        }
    }

    async fn hand_up(&self, bytes: Bytes, frames: Vec<Frame>) {
        self.wire.hand_up(Inbound::Frames { origin: self.origin, bytes, frames }).await;
    }

    fn look_at(&mut self, frame: &[u8], envelope: &Envelope) {
        if !envelope.kind.is_rpc() {
            self.garbage += 1;
        } else if self.want.is_some_and(|want| answers(frame, envelope, want)) {
            self.answered.set();
        }
    }
}

/// Waits until `limit`, if there is one.
async fn within<T>(limit: Option<Instant>, next: impl Future<Output = T>) -> Result<T, Elapsed> {
    match limit {
        Some(at) => timeout_at(at, next).await,
        None => Ok(next.await),
    }
}

/// A block as it came.
fn raw(exchange: u64, range: &std::ops::Range<usize>, note: Option<String>) -> Frame {
    let extra = Extra { note, exchange: Some(exchange), ..Extra::default() };
    Frame {
        start: range.start as u32,
        end: range.end as u32,
        envelope: Envelope::bare(FrameKind::Sse),
        extra: Some(Box::new(extra)),
    }
}

/// What marks a frame whose bytes stand in the record before it already.
fn beside(exchange: u64) -> Extra {
    Extra { note: Some("the data of the event before".into()), exchange: Some(exchange), ..Extra::default() }
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<serde::de::IgnoredAny>,
}

/// Whether a frame is, or holds, the response to the request with this id.
pub(super) fn answers(frame: &[u8], envelope: &Envelope, want: &[u8]) -> bool {
    match envelope.kind {
        FrameKind::Result | FrameKind::Error => envelope.id.of(frame) == want,
        FrameKind::Batch => serde_json::from_slice::<Vec<Item<'_>>>(frame).is_ok_and(|items| {
            items.iter().any(|item| item.method.is_none() && item.id.is_some_and(|id| id.get().as_bytes() == want))
        }),
        _ => false,
    }
}
