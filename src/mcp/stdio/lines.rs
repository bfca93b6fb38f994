//! Bytes into lines: whatever way the pipe cuts them, the frames are the same. A line over the limit costs only its
//! head, its tail and a hash; nothing is ever lost from the journal but the middle of such a line.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::cut::{KEPT, Partial};
use crate::journal::{Extra, Frame, Tap};
use crate::mcp::transport::Inbound;
use crate::model::envelope::{Envelope, Problem};
use crate::model::wire::{Direction, FrameKind};

/// One read of the pipe.
const READ: usize = 64 * 1024;
/// A line over the limit that goes on for this long is an attack, not a message.
const ENDLESS: Duration = Duration::from_secs(10);
/// A line of standard error is cut into pieces of this size.
const STDERR_LINE: usize = 64 * 1024;

/// Cuts a byte stream into frames.
pub(super) struct Lines {
    buffer: BytesMut,
    /// Bytes of `buffer` known to hold no line break.
    seen: usize,
    limit: usize,
    /// A line over the limit, and since when it goes on.
    oversized: Option<(Partial, Instant)>,
}

/// A chunk and its frames.
pub(super) type Chunk = (Bytes, Vec<Frame>);

impl Lines {
    pub(super) fn new(limit: usize) -> Lines {
        Lines { buffer: BytesMut::new(), seen: 0, limit: limit.max(1), oversized: None }
    }

    /// Takes what was read into the buffer and returns the complete lines, at most two chunks of them.
    pub(super) fn take(&mut self) -> Vec<Chunk> {
        let mut out = Vec::new();
        if self.oversized.is_some() {
            let Some(at) = memchr::memchr(b'\n', &self.buffer) else {
                let all = self.buffer.split();
                self.swallow(&all);
                return out;
            };
            let rest = self.buffer.split_to(at + 1);
            self.swallow(&rest[..at]);
            out.extend(self.oversized.take().map(|(line, _)| finish(line)));
        }
        // A very long line may hide before shorter ones: look at each end of line from the front.
        if let Some(last) = memchr::memrchr(b'\n', &self.buffer[self.seen..]) {
            let chunk = self.buffer.split_to(self.seen + last + 1).freeze();
            let frames = frames_of(&chunk, self.limit);
            out.push((chunk, frames));
        }
        self.seen = self.buffer.len();
        if self.buffer.len() > self.limit {
            let start = self.buffer.split();
            self.seen = 0;
            self.oversized = Some((Partial::default(), Instant::now()));
            self.swallow(&start);
        }
        if self.buffer.is_empty() && self.buffer.capacity() > 16 * READ {
            self.buffer = BytesMut::new();
        }
        out
    }

    fn swallow(&mut self, part: &[u8]) {
        self.seen = 0;
        if let Some((oversized, _)) = &mut self.oversized {
            oversized.add(part);
        }
    }

    /// What is left when the stream ends: a torn last line.
    pub(super) fn rest(&mut self) -> Option<Chunk> {
        if let Some((line, _)) = self.oversized.take() {
            return Some(finish(line));
        }
        if self.buffer.is_empty() {
            return None;
        }
        let chunk = self.buffer.split().freeze();
        let mut envelope = Envelope::read(&chunk);
        if !envelope.is_json() {
            envelope.problem = Some(Problem::Torn);
        }
        let mut frame = Frame::whole(&chunk, envelope);
        frame.extra = Some(Box::new(Extra { eol: Some(""), ..Extra::default() }));
        Some((chunk, vec![frame]))
    }

    /// Reads to the end, journals each chunk, then hands it up.
    pub(super) async fn pump(
        mut self,
        mut stdout: impl AsyncRead + Unpin,
        tap: Tap,
        inbound: mpsc::Sender<Inbound>,
        ended: watch::Sender<bool>,
    ) {
        loop {
            self.buffer.reserve(READ);
            let read = stdout.read_buf(&mut self.buffer).await;
            if !matches!(read, Ok(count) if count > 0) {
                break;
            }
            for chunk in self.take() {
                hand_up(chunk, &tap, &inbound).await;
            }
            if self.oversized.as_ref().is_some_and(|(_, since)| since.elapsed() > ENDLESS) {
                let why = "it sends a line without end; stop it or look at what it writes to standard output";
                inbound.send(Inbound::Lost(why.into())).await.ok();
                break;
            }
        }
        if let Some(chunk) = self.rest() {
            hand_up(chunk, &tap, &inbound).await;
        }
        ended.send(true).ok();
    }
}

async fn hand_up((bytes, frames): Chunk, tap: &Tap, inbound: &mpsc::Sender<Inbound>) {
    tap.frames(Direction::Recv, bytes.clone(), frames.clone()).await;
    inbound.send(Inbound::Frames { origin: None, bytes, frames }).await.ok();
}

/// The frame of an oversized line: its head, with the length and hash of the whole.
fn finish(line: Partial) -> Chunk {
    let line = line.finish();
    let frame = line.frame(None, None, None);
    (line.head, vec![frame])
}

/// The frames of a chunk of whole lines.
fn frames_of(chunk: &[u8], limit: usize) -> Vec<Frame> {
    // Checking the whole chunk at once is several times cheaper than line by line.
    let utf8 = std::str::from_utf8(chunk).is_ok();
    let mut frames = Vec::with_capacity(chunk.len() / 256 + 1);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', chunk) {
        let line = &chunk[start..end];
        let (line, eol) = match line.strip_suffix(b"\r") {
            Some(line) => (line, Some("\r\n")),
            None => (line, None),
        };
        if line.len() > limit {
            let mut partial = Partial::default();
            partial.add(line);
            let frame = partial.finish().frame(None, None, eol);
            let kept = (start + line.len().min(KEPT)) as u32;
            frames.push(Frame { start: start as u32, end: kept, ..frame });
            start = end + 1;
            continue;
        }
        let envelope = if line.is_empty() {
            Envelope::bare(FrameKind::NotJson)
        } else if utf8 {
            Envelope::read_utf8(line)
        } else {
            Envelope::read(line)
        };
        let extra = eol.map(|eol| Box::new(Extra { eol: Some(eol), ..Extra::default() }));
        frames.push(Frame { start: start as u32, end: (start + line.len()) as u32, envelope, extra });
        start = end + 1;
    }
    frames
}

/// Drains standard error: every line to the journal, the newest of each read to the session. A server that writes
/// much is slowed down, never blocked for good.
pub(super) async fn pump_stderr(mut stderr: impl AsyncRead + Unpin, tap: Tap, inbound: mpsc::Sender<Inbound>) {
    const SHOWN: usize = 50;
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ);
        let read = stderr.read_buf(&mut buffer).await;
        let open = matches!(read, Ok(count) if count > 0);
        let mut cut = memchr::memrchr(b'\n', &buffer).map_or(0, |at| at + 1);
        if !open || (cut == 0 && buffer.len() >= STDERR_LINE) {
            cut = buffer.len();
        }
        let chunk = buffer.split_to(cut).freeze();
        let mut frames = Vec::new();
        let mut start = 0;
        while start < chunk.len() {
            let rest = &chunk[start..];
            let (len, step, eol) = match memchr::memchr(b'\n', rest) {
                Some(at) if at > 0 && rest[at - 1] == b'\r' => (at - 1, at + 1, Some("\r\n")),
                Some(at) => (at, at + 1, None),
                None => (rest.len(), rest.len(), Some("")),
            };
            let extra = eol.map(|eol| Box::new(Extra { eol: Some(eol), ..Extra::default() }));
            let end = start + len;
            frames.push(Frame {
                start: start as u32,
                end: end as u32,
                envelope: Envelope::bare(FrameKind::Stderr),
                extra,
            });
            start += step;
        }
        let newest: Vec<String> = frames[frames.len().saturating_sub(SHOWN)..]
            .iter()
            .map(|frame| {
                let line = frame.of(&chunk);
                tap.redactor().text(&String::from_utf8_lossy(&line[..line.len().min(KEPT)]))
            })
            .collect();
        tap.frames(Direction::Stderr, chunk, frames).await;
        for line in newest {
            inbound.send(Inbound::Stderr(line)).await.ok();
        }
        if !open {
            return;
        }
    }
}

#[cfg(test)]
pub(super) mod for_tests {
    use super::{Chunk, Lines};

    /// Feeds the stream in these pieces and returns every frame's text and problem.
    pub(in crate::mcp::stdio) fn feed(pieces: &[&[u8]], limit: usize) -> Vec<(Vec<u8>, Option<super::Problem>)> {
        let mut lines = Lines::new(limit);
        let mut out = Vec::new();
        let mut see = |(bytes, frames): Chunk| {
            out.extend(frames.iter().map(|frame| (frame.of(&bytes).to_vec(), frame.envelope.problem)));
        };
        for piece in pieces {
            lines.buffer.extend_from_slice(piece);
            lines.take().into_iter().for_each(&mut see);
        }
        lines.rest().into_iter().for_each(&mut see);
        out
    }
}
