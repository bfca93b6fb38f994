//! The recorder of one session: [`Tap`]. It redacts, stamps the time and queues; it never blocks the runtime.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::redact::Redactor;
use crate::model::approval::Ruling;
use crate::model::envelope::Envelope;
use crate::model::id::{Moment, ServerId};
use crate::model::record::{Cut, HttpHead, SseWrap};
use crate::model::wire::{Direction, FrameKind};

/// What the writer's queue carries.
#[derive(Debug)]
pub(super) enum Item {
    Frames(Frames),
    Sync(oneshot::Sender<Result<(), String>>),
}

/// Frames of one server that came or went together.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) server: ServerId,
    pub(super) name: Arc<str>,
    pub(super) direction: Direction,
    pub(super) at: Moment,
    /// The bytes of all of them; a frame is a range of this.
    pub(super) bytes: Bytes,
    pub(super) frames: Vec<Frame>,
}

/// One frame inside a chunk of bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// Where it begins in the chunk.
    pub start: u32,
    /// One past its last byte (without its line break).
    pub end: u32,
    /// What it is; positions count from `start`.
    pub envelope: Envelope,
    /// What is worth keeping beside the bytes; rarely anything.
    pub extra: Option<Box<Extra>>,
}

/// What is kept beside a frame's bytes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Extra {
    /// A remark, or what is wrong.
    pub note: Option<String>,
    /// The HTTP exchange, from 1.
    pub exchange: Option<u64>,
    /// The head of an HTTP request or response.
    pub http: Option<HttpHead>,
    /// The SSE block around it.
    pub sse: Option<SseWrap>,
    /// What ended the line instead of `\n`.
    pub eol: Option<&'static str>,
    /// A decision about a call.
    pub ruling: Option<Ruling>,
    /// How long the bytes were that are not kept at all.
    pub unkept: Option<u64>,
    /// Set when the bytes are only the beginning; with the whole length.
    pub cut: Option<(u64, Cut)>,
}

impl Frame {
    /// A frame that is a whole chunk.
    pub fn whole(bytes: &Bytes, envelope: Envelope) -> Frame {
        Frame { start: 0, end: bytes.len() as u32, envelope, extra: None }
    }

    /// Its bytes in the chunk.
    pub fn of<'a>(&self, chunk: &'a [u8]) -> &'a [u8] {
        chunk.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The recorder of one session.
#[derive(Clone, Debug)]
pub struct Tap {
    server: ServerId,
    name: Arc<str>,
    redactor: Arc<Redactor>,
    queue: mpsc::Sender<Item>,
}

/// The time now, in microseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the tap is where frames get their time")]
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment(since.as_micros() as u64)
}

impl Tap {
    pub(super) fn new(server: ServerId, name: &str, redactor: Redactor, queue: mpsc::Sender<Item>) -> Tap {
        Tap { server, name: name.into(), redactor: Arc::new(redactor), queue }
    }

    /// Which server it records.
    pub fn server(&self) -> ServerId {
        self.server
    }

    /// What it takes out before anything is kept.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Keeps frames that came or went together, in this order. Waits while the writer is behind: a flooding server
    /// is slowed down by its own pipe. Returns when the frames are in the queue, before anything else looks at them.
    pub async fn frames(&self, direction: Direction, bytes: Bytes, frames: Vec<Frame>) {
        if frames.is_empty() {
            return;
        }
        let at = now();
        let whole = Frames { server: self.server, name: self.name.clone(), direction, at, bytes, frames };
        for part in self.redactor.apply(whole) {
            // The writer ends only with the run.
            self.queue.send(Item::Frames(part)).await.ok();
        }
    }

    /// Keeps one frame, with what stands beside it.
    pub async fn frame(&self, direction: Direction, bytes: Bytes, envelope: Envelope, extra: Extra) {
        let mut frame = Frame::whole(&bytes, envelope);
        if extra != Extra::default() {
            frame.extra = Some(Box::new(extra));
        }
        self.frames(direction, bytes, vec![frame]).await;
    }

    /// Keeps a remark of the client: connect, era, retry, time-out, cancel.
    pub async fn note(&self, text: impl Into<String>) {
        self.remark(FrameKind::Note, text.into()).await;
    }

    /// Keeps a decision about a call.
    pub async fn ruling(&self, ruling: &Ruling) {
        let clean = Ruling { reason: self.redactor.text(&ruling.reason), ..ruling.clone() };
        let extra = Extra { note: Some(self.redactor.text(&ruling.words())), ruling: Some(clean), ..Extra::default() };
        self.frame(Direction::Note, Bytes::new(), Envelope::bare(FrameKind::Note), extra).await;
    }

    /// Keeps the end of a process or connection.
    pub async fn exit(&self, text: impl Into<String>) {
        self.remark(FrameKind::Exit, text.into()).await;
    }

    async fn remark(&self, kind: FrameKind, text: String) {
        let extra = Extra { note: Some(self.redactor.text(&text)), ..Extra::default() };
        self.frame(Direction::Note, Bytes::new(), Envelope::bare(kind), extra).await;
    }

    /// Keeps what went to or came from a provider of models. A head must have passed the redactor.
    pub async fn model(&self, direction: Direction, bytes: Bytes, extra: Extra) {
        self.frame(direction, bytes, Envelope::bare(FrameKind::Model), extra).await;
    }

    /// The same from where nobody can wait. It is lost where the writer is far behind.
    pub fn model_now(&self, direction: Direction, bytes: Bytes, extra: Extra) {
        self.now(direction, bytes, FrameKind::Model, extra);
    }

    /// A remark about an exchange, from where nobody can wait. It is lost where the writer is far behind.
    pub fn note_now(&self, exchange: u64, text: &str) {
        let extra = Extra { exchange: Some(exchange), note: Some(self.redactor.text(text)), ..Extra::default() };
        self.now(Direction::Note, Bytes::new(), FrameKind::Note, extra);
    }

    fn now(&self, direction: Direction, bytes: Bytes, kind: FrameKind, extra: Extra) {
        let frame = Frame { extra: Some(Box::new(extra)), ..Frame::whole(&bytes, Envelope::bare(kind)) };
        let (server, name) = (self.server, self.name.clone());
        let whole = Frames { server, name, direction, at: now(), bytes, frames: vec![frame] };
        for part in self.redactor.apply(whole) {
            if self.queue.try_send(Item::Frames(part)).is_err() {
                tracing::warn!("the journal is behind: a line about {} is lost", self.name);
            }
        }
    }

    /// Keeps a line of standard error.
    pub async fn stderr(&self, line: Bytes, eol: Option<&'static str>) {
        let extra = Extra { eol, ..Extra::default() };
        self.frame(Direction::Stderr, line, Envelope::bare(FrameKind::Stderr), extra).await;
    }

    /// Keeps the head of an HTTP request or response. Authorization, cookies and configured secrets are taken out here.
    pub async fn http(&self, direction: Direction, exchange: u64, head: HttpHead, note: Option<String>) {
        let extra = Extra { http: Some(self.redactor.head(head)), exchange: Some(exchange), note, ..Extra::default() };
        self.frame(direction, Bytes::new(), Envelope::bare(FrameKind::Http), extra).await;
    }
}
