//! Bytes of an event stream into blocks, whatever way the network cuts them. Pure. MCP over HTTP and model
//! providers speak this same format.
//!
//! The rules are those of the HTML standard: lines end with CR, LF or CRLF, one byte order mark at the start is
//! skipped, a blank line ends a block. Blocks keep all their bytes, so that the pieces put together are the stream.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::cut::{Oversized, Partial};

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Memory an empty buffer may keep.
const IDLE: usize = 1024 * 1024;

/// What a stream is made of, in order.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Whole blocks; their ranges cover `bytes` without gaps.
    Blocks {
        /// The bytes of all of them.
        bytes: Bytes,
        /// What each says.
        blocks: Vec<Block>,
    },
    /// A block over the limit.
    Oversized(Oversized),
    /// What was left when the stream ended; `torn` unless it is only blank lines.
    Rest {
        /// The bytes.
        bytes: Bytes,
        /// Whether a block was begun and not ended: by the rules it does not count.
        torn: bool,
    },
}

/// One block, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    /// Where it lies, with everything up to and including the blank line that ends it.
    pub(crate) range: Range<usize>,
    /// The last `event` field.
    pub(crate) event: Vec<u8>,
    /// The data lines.
    pub(crate) data: Data,
    /// The last usable `id` field.
    pub(crate) id: Option<Vec<u8>>,
    /// The last usable `retry` field, in milliseconds.
    pub(crate) retry: Option<u64>,
}

/// The data of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Data {
    /// No `data` field.
    None,
    /// One line, and where it lies.
    Line(Range<usize>),
    /// Several lines, joined with line feeds.
    Joined(Vec<u8>),
}

/// Cuts a stream into blocks.
#[derive(Debug)]
pub(crate) struct Splitter {
    buffer: BytesMut,
    /// Bytes of `buffer` that were looked at.
    seen: usize,
    /// Where the current line begins; everything before it belongs to finished lines of the current block.
    line: usize,
    /// Whether text of the current line was swallowed already (only in a block over the limit).
    begun: bool,
    /// Whether the current block has a line that is not blank.
    content: bool,
    /// Whether the last byte looked at was a CR: a line feed right after it belongs to that line's end.
    after_cr: bool,
    /// Whether `buffer` begins with the first byte of the stream.
    at_start: bool,
    limit: usize,
    partial: Option<Partial>,
}

impl Splitter {
    /// For a stream whose blocks may have at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Splitter {
        Splitter {
            buffer: BytesMut::new(),
            seen: 0,
            line: 0,
            begun: false,
            content: false,
            after_cr: false,
            at_start: true,
            limit: limit.max(1),
            partial: None,
        }
    }

    /// How much of a block over the limit went by so far.
    pub(crate) fn swallowed(&self) -> u64 {
        self.partial.as_ref().map_or(0, Partial::len)
    }

    /// Takes what came and returns what is complete.
    ///
    /// A block that ends with a bare CR is complete at once; if the next byte is the LF of a CRLF, it is kept as the
    /// first byte of the next block (waiting for it would hold back the last event of a stream of CRs for ever).
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Vec<Piece> {
        self.buffer.extend_from_slice(chunk);
        let mut pieces = Vec::new();
        let mut blocks: Vec<Block> = Vec::new();
        let mut start = 0;
        while let Some(end) = self.next_block() {
            if self.partial.is_some() || end - start > self.limit {
                self.emit(start, &mut blocks, &mut pieces);
                let raw = self.cut_off(end - start);
                let mut partial = self.partial.take().unwrap_or_default();
                partial.add(&raw);
                pieces.push(Piece::Oversized(partial.finish()));
                start = 0;
            } else {
                let with_mark = self.at_start && start == 0;
                blocks.push(read_block(&self.buffer, start..end, with_mark));
                start = end;
            }
        }
        self.emit(start, &mut blocks, &mut pieces);
        if self.partial.is_some() || self.buffer.len() > self.limit {
            self.begun = self.is_text(self.buffer.len());
            let raw = self.cut_off(self.buffer.len());
            self.partial.get_or_insert_default().add(&raw);
        }
        if self.buffer.is_empty() && self.buffer.capacity() > IDLE {
            self.buffer = BytesMut::new();
        }
        pieces
    }

    /// The stream ended.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        if let Some(mut partial) = self.partial.take() {
            partial.add(&self.buffer.split());
            return Some(Piece::Oversized(partial.finish()));
        }
        if self.buffer.is_empty() {
            return None;
        }
        let torn = self.content || self.is_text(self.buffer.len());
        Some(Piece::Rest { bytes: self.buffer.split().freeze(), torn })
    }

    /// The end of the next complete block.
    fn next_block(&mut self) -> Option<usize> {
        while self.seen < self.buffer.len() {
            if std::mem::take(&mut self.after_cr) && self.buffer[self.seen] == b'\n' {
                self.seen += 1;
                self.line = self.seen;
                continue;
            }
            let Some(at) = memchr::memchr2(b'\r', b'\n', &self.buffer[self.seen..]) else {
                self.seen = self.buffer.len();
                return None;
            };
            let end = self.seen + at;
            let blank = !self.is_text(end);
            self.seen = end + 1;
            if self.buffer[end] == b'\r' {
                if self.buffer.get(self.seen) == Some(&b'\n') {
                    self.seen += 1;
                } else {
                    self.after_cr = self.seen == self.buffer.len();
                }
            }
            self.line = self.seen;
            self.begun = false;
            if !blank {
                self.content = true;
            } else if std::mem::take(&mut self.content) {
                return Some(self.seen);
            }
        }
        None
    }

    /// Whether the current line has text before `end`.
    fn is_text(&self, end: usize) -> bool {
        let line = &self.buffer[self.line..end];
        let mark = self.at_start && self.line == 0 && line == MARK;
        self.begun || !(line.is_empty() || mark)
    }

    /// Hands out the blocks before `end`.
    fn emit(&mut self, end: usize, blocks: &mut Vec<Block>, pieces: &mut Vec<Piece>) {
        if end > 0 {
            let bytes = self.cut_off(end).freeze();
            pieces.push(Piece::Blocks { bytes, blocks: std::mem::take(blocks) });
        }
    }

    fn cut_off(&mut self, len: usize) -> BytesMut {
        let raw = self.buffer.split_to(len);
        self.seen = self.seen.saturating_sub(len);
        self.line = self.line.saturating_sub(len);
        self.at_start &= len == 0;
        raw
    }
}

/// Reads the fields of a block.
fn read_block(bytes: &[u8], range: Range<usize>, with_mark: bool) -> Block {
    let mut block = Block { range: range.clone(), event: Vec::new(), data: Data::None, id: None, retry: None };
    let mut at = range.start;
    if with_mark && bytes[range.clone()].starts_with(MARK) {
        at += MARK.len();
    }
    while at < range.end {
        let len = memchr::memchr2(b'\r', b'\n', &bytes[at..range.end]).unwrap_or(range.end - at);
        field(&mut block, bytes, at..at + len);
        // A CRLF leaves a blank line behind, which says nothing.
        at += len + 1;
    }
    block
}

fn field(block: &mut Block, bytes: &[u8], line: Range<usize>) {
    let text = &bytes[line.clone()];
    let (name, value) = match memchr::memchr(b':', text) {
        Some(colon) => {
            let space = usize::from(text.get(colon + 1) == Some(&b' '));
            (&text[..colon], line.start + colon + 1 + space..line.end)
        }
        None => (text, line.end..line.end),
    };
    let text = &bytes[value.clone()];
    match name {
        b"data" => match &mut block.data {
            Data::None => block.data = Data::Line(value),
            Data::Line(first) => {
                let mut joined = bytes[first.clone()].to_vec();
                joined.push(b'\n');
                joined.extend_from_slice(text);
                block.data = Data::Joined(joined);
            }
            Data::Joined(joined) => {
                joined.push(b'\n');
                joined.extend_from_slice(text);
            }
        },
        b"event" => block.event = text.to_vec(),
        b"id" if !text.contains(&0) => block.id = Some(text.to_vec()),
        b"retry" if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
            // More than fits is longer than anybody waits.
            let digits = std::str::from_utf8(text).unwrap_or_default();
            block.retry = Some(digits.parse().unwrap_or(u64::MAX));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
