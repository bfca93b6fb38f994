//! The one thread that writes: it takes chunks from the queue, formats lines, appends them and reports the index.
//!
//! It writes whenever the queue is empty, so a kill loses only what was not taken yet (far less than 100 ms).

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc;

use super::store::Store;
use super::tap::{Extra, Frame, Frames, Item};
use crate::app::{Event, JournalEvent};
use crate::model::envelope::{Problem, id_hash};
use crate::model::id::ServerId;
use crate::model::json::scan;
use crate::model::record::kind_word;
use crate::model::serverlog::LogLevel;
use crate::model::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};

/// Bytes gathered before a write while more is waiting.
const GATHER: usize = 256 * 1024;
/// Method names told apart; a server that invents more gets the nameless one for the rest.
const METHODS: usize = 4_096;

pub(super) fn run(store: Store, mut items: mpsc::Receiver<Item>, events: &mpsc::Sender<Event>) {
    let mut writer = Writer {
        store,
        seq: 0,
        lines: Vec::with_capacity(GATHER * 2),
        batch: WireBatch::default(),
        methods: HashMap::new(),
        names: HashMap::new(),
        at_text: (u64::MAX, String::new()),
    };
    while let Some(item) = items.blocking_recv() {
        let mut item = Some(item);
        let mut waiting = Vec::new();
        while let Some(next) = item.take() {
            match next {
                Item::Frames(frames) => writer.take(&frames),
                Item::Sync(done) => waiting.push(done),
            }
            if writer.lines.len() < GATHER {
                item = items.try_recv().ok();
            }
        }
        writer.flush(events);
        if !waiting.is_empty() {
            // Decisions about calls side by side reach the disk together.
            let synced = writer.store.sync();
            for done in waiting {
                // Who asked may have given up waiting.
                done.send(synced.clone()).ok();
            }
        }
    }
    if let Err(why) = writer.store.sync() {
        tracing::warn!("the journal is not all on the disk: {why}");
    }
}

struct Writer {
    store: Store,
    seq: u64,
    lines: Vec<u8>,
    batch: WireBatch,
    methods: HashMap<Vec<u8>, MethodId>,
    /// Each server's name as JSON.
    names: HashMap<ServerId, (Arc<str>, String)>,
    /// The second last written, as text up to the dot.
    at_text: (u64, String),
}

impl Writer {
    fn flush(&mut self, events: &mpsc::Sender<Event>) {
        if self.lines.is_empty() {
            return;
        }
        let failed = self.store.append(&self.lines).err();
        self.lines.clear();
        if self.lines.capacity() > GATHER * 16 {
            // One huge frame must not keep its memory for the rest of the run.
            self.lines = Vec::with_capacity(GATHER * 2);
        }
        let batch = std::mem::take(&mut self.batch);
        // The receiver is gone only when the run is over.
        events.blocking_send(Event::Wire(batch)).ok();
        if let Some(why) = failed {
            events.blocking_send(Event::Journal(JournalEvent::Failed(why))).ok();
        }
    }

    fn take(&mut self, chunk: &Frames) {
        let name = match self.names.get(&chunk.server) {
            Some((name, quoted)) if *name == chunk.name => quoted.clone(),
            _ => {
                let quoted = serde_json::Value::from(&*chunk.name).to_string();
                self.names.insert(chunk.server, (chunk.name.clone(), quoted.clone()));
                quoted
            }
        };
        self.stamp(chunk.at.0 / 1_000_000);
        let micros = chunk.at.0 % 1_000_000;
        for frame in &chunk.frames {
            let bytes = frame.of(&chunk.bytes);
            let start = self.lines.len();
            let method = self.method(frame.envelope.method.of(bytes));
            let extra = frame.extra.as_deref();
            let size = match extra {
                Some(Extra { unkept: Some(size), .. } | Extra { cut: Some((size, _)), .. }) => *size,
                _ => bytes.len() as u64,
            };
            let kind = frame.envelope.kind;
            // An exchange with a provider has a number where a call has an id.
            let exchange = extra.filter(|extra| kind == FrameKind::Model && extra.http.is_some());
            let exchange = exchange.and_then(|extra| extra.exchange).map(|number| number.to_string());
            // Writing to a vector cannot fail.
            write!(
                self.lines,
                "{{\"seq\":{},\"at\":\"{}.{micros:06}Z\",\"server\":{name},\"dir\":\"{}\",\"kind\":\"{}\"",
                self.seq,
                self.at_text.1,
                chunk.direction.word(),
                kind_word(kind)
            )
            .ok();
            self.extra(frame);
            self.body(frame, bytes, size);
            self.lines.push(b'\n');
            if let Some(level) = message_level(chunk.direction, frame, bytes) {
                self.batch.messages.push((self.batch.entries.len() as u32, level));
            }
            self.batch.entries.push(WireEntry {
                at: chunk.at,
                server: chunk.server,
                direction: chunk.direction,
                kind,
                method,
                id: match (exchange, frame.envelope.id.of(bytes)) {
                    (Some(number), _) => id_hash(number.as_bytes()),
                    (None, b"") => 0,
                    (None, id) => id_hash(id),
                },
                offset: self.store.end() + start as u64,
                len: (self.lines.len() - start - 1) as u32,
                size: u32::try_from(size).unwrap_or(u32::MAX),
                failed: failed(frame, bytes),
            });
            self.seq += 1;
        }
    }

    fn stamp(&mut self, second: u64) {
        if self.at_text.0 != second {
            let time = jiff::Timestamp::from_second(second as i64).unwrap_or_default();
            self.at_text = (second, time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        }
    }

    fn method(&mut self, name: &[u8]) -> MethodId {
        if name.is_empty() {
            return MethodId(0);
        }
        if let Some(id) = self.methods.get(name) {
            return *id;
        }
        if self.methods.len() >= METHODS {
            return MethodId(0);
        }
        let id = MethodId(self.methods.len() as u16 + 1);
        self.methods.insert(name.to_vec(), id);
        let shown: String = String::from_utf8_lossy(name).chars().take(200).collect();
        self.batch.methods.push((id, shown));
        id
    }

    fn extra(&mut self, frame: &Frame) {
        let problem = frame.envelope.problem.map(|problem| match problem {
            Problem::TooLong(_) => format!("{problem}; only its beginning and end are kept"),
            _ => problem.to_string(),
        });
        let extra = frame.extra.as_deref();
        let note = match (problem, extra.and_then(|extra| extra.note.clone())) {
            (Some(problem), Some(note)) => Some(format!("{problem}; {note}")),
            (problem, note) => problem.or(note),
        };
        if let Some(note) = note {
            self.member("note", &note);
        }
        let Some(Extra { exchange, http, sse, eol, ruling, cut, .. }) = extra else { return };
        if let Some(ruling) = ruling {
            self.member("ruling", ruling);
        }
        if let Some(exchange) = exchange {
            self.member("exchange", exchange);
        }
        if let Some(http) = http {
            self.member("http", http);
        }
        if let Some(sse) = sse {
            self.member("sse", sse);
        }
        if let Some(eol) = eol {
            self.member("eol", eol);
        }
        if let Some((_, cut)) = cut {
            self.member("cut", cut);
        }
    }

    fn member(&mut self, name: &str, value: impl serde::Serialize) {
        write!(self.lines, ",\"{name}\":").ok();
        serde_json::to_writer(&mut self.lines, &value).ok();
    }

    fn body(&mut self, frame: &Frame, bytes: &[u8], size: u64) {
        let kind = frame.envelope.kind;
        if matches!(kind, FrameKind::Note | FrameKind::Exit | FrameKind::Http | FrameKind::Model) && bytes.is_empty() {
            if size > 0 {
                write!(self.lines, ",\"size\":{size}").ok();
            }
            self.lines.push(b'}');
            return;
        }
        write!(self.lines, ",\"size\":{size}").ok();
        // A byte order mark or a line break inside would not survive as a part of a JSON line.
        let verbatim = match kind {
            FrameKind::Model => serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok(),
            kind => kind.is_rpc() || kind == FrameKind::NotRpc,
        };
        let cut = frame.extra.as_ref().is_some_and(|extra| extra.cut.is_some());
        if verbatim
            && !cut
            && frame.envelope.is_json()
            && !bytes.starts_with(b"\xef\xbb\xbf")
            && memchr::memchr2(b'\n', b'\r', bytes).is_none()
        {
            self.lines.extend_from_slice(b",\"msg\":");
            self.lines.extend_from_slice(bytes);
        } else if let Ok(text) = std::str::from_utf8(bytes) {
            self.member("text", text);
        } else {
            self.member("base64", BASE64_STANDARD.encode(bytes));
        }
        self.lines.push(b'}');
    }
}

/// The level of a server's log message. One that the protocol does not know is not worth less than others.
fn message_level(direction: Direction, frame: &Frame, bytes: &[u8]) -> Option<LogLevel> {
    let envelope = &frame.envelope;
    let told = direction == Direction::Recv && envelope.kind == FrameKind::Notification;
    if !told || envelope.method.of(bytes) != b"notifications/message" {
        return None;
    }
    let word = scan::member(envelope.params.text(bytes), "level").and_then(scan::decoded);
    Some(word.and_then(|word| LogLevel::of(&word)).unwrap_or(LogLevel::Notice))
}

/// Whether a frame reports a failure. For a result of a tool this needs its bytes, which are at hand only here.
fn failed(frame: &Frame, bytes: &[u8]) -> bool {
    match frame.envelope.kind {
        FrameKind::Error | FrameKind::NotRpc | FrameKind::NotJson => true,
        FrameKind::Http | FrameKind::Model => {
            let head = frame.extra.as_ref().and_then(|extra| extra.http.as_ref());
            head.and_then(|head| head.status).is_some_and(|status| status >= 400)
        }
        FrameKind::Result => {
            memchr::memmem::find(frame.envelope.result.of(bytes), b"\"isError\"").is_some()
                && scan::member(frame.envelope.result.text(bytes), "isError").is_some_and(|flag| flag.trim() == "true")
        }
        _ => false,
    }
}
