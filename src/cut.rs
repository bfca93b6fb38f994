//! What is left of a line, an event or a body over the limit: its beginning, its end, its length and its hash.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::journal::{Extra, Frame};
use crate::model::envelope::{Envelope, Problem};
use crate::model::record::Cut;
use crate::model::wire::FrameKind;

/// What is kept of each end.
pub(crate) const KEPT: usize = 4 * 1024;

/// The part that went by so far.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    head: BytesMut,
    hash: Sha256,
    len: u64,
    tail: VecDeque<u8>,
}

/// What is left of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Oversized {
    pub(crate) head: Bytes,
    pub(crate) len: u64,
    pub(crate) sha256: String,
    pub(crate) tail: String,
}

impl Partial {
    /// Takes the next part.
    pub(crate) fn add(&mut self, part: &[u8]) {
        self.hash.update(part);
        self.len += part.len() as u64;
        let missing = KEPT - self.head.len();
        self.head.extend_from_slice(&part[..part.len().min(missing)]);
        self.tail.extend(&part[part.len().saturating_sub(KEPT)..]);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
    }

    /// How long it is so far.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// It is over.
    pub(crate) fn finish(self) -> Oversized {
        use std::fmt::Write;
        let sha256 = self.hash.finalize().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        });
        let tail: Vec<u8> = self.tail.into();
        let tail = String::from_utf8_lossy(&tail).into_owned();
        Oversized { head: self.head.freeze(), len: self.len, sha256, tail }
    }
}

impl Oversized {
    /// The frame for the journal, and for a session that looks for an id in it.
    pub(crate) fn frame(&self, exchange: Option<u64>, note: Option<String>, eol: Option<&'static str>) -> Frame {
        let envelope = Envelope { problem: Some(Problem::TooLong(self.len)), ..Envelope::bare(FrameKind::NotJson) };
        let cut = Cut { sha256: self.sha256.clone(), tail: self.tail.clone() };
        let extra = Extra { note, exchange, eol, cut: Some((self.len, cut)), ..Extra::default() };
        Frame { extra: Some(Box::new(extra)), ..Frame::whole(&self.head, envelope) }
    }
}
