//! Bytes of an answer into deltas, whatever way the network cuts them: [`Answer`]. Pure.

use super::decoder::Decoder;
use crate::model::chat::{Delta, Dialect, FailureKind, ProviderFailure};
use crate::sse::{Data, Piece, Splitter};

/// The longest event.
pub(super) const EVENT: usize = 16 * 1024 * 1024;
/// The longest answer: far above what any model writes, and small enough to be held.
const WHOLE: u64 = 256 * 1024 * 1024;

/// One answer on its way in.
#[derive(Debug)]
pub(super) struct Answer {
    splitter: Splitter,
    decoder: Decoder,
    len: u64,
}

impl Answer {
    /// An answer in this dialect, with events of at most `limit` bytes.
    pub(super) fn new(dialect: Dialect, limit: usize) -> Answer {
        Answer { splitter: Splitter::new(limit), decoder: Decoder::new(dialect), len: 0 }
    }

    /// Takes what came.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Vec<Delta> {
        if self.is_over() {
            return Vec::new();
        }
        self.len += chunk.len() as u64;
        if self.len > WHOLE {
            return self.broken(&format!("the answer is longer than {WHOLE} bytes and was stopped"));
        }
        let mut out = Vec::new();
        for piece in self.splitter.push(chunk) {
            out.extend(self.piece(piece));
        }
        if self.splitter.swallowed() > 0 && !self.is_over() {
            out.extend(self.broken("one event of the answer is over the limit of its size"));
        }
        out
    }

    /// The stream ended. What no blank line closes does not count, by the rules: it may be cut anywhere.
    pub(super) fn end(&mut self) -> Vec<Delta> {
        self.decoder.end()
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.decoder.is_over()
    }

    /// Whether the answer is complete, though its end was not announced yet.
    pub(super) fn is_complete(&self) -> bool {
        self.decoder.is_complete()
    }

    fn piece(&mut self, piece: Piece) -> Vec<Delta> {
        match piece {
            Piece::Blocks { bytes, blocks } => {
                let mut out = Vec::new();
                for block in blocks {
                    let data = match block.data {
                        Data::None => continue,
                        Data::Line(range) => bytes[range].to_vec(),
                        Data::Joined(joined) => joined,
                    };
                    out.extend(self.decoder.event(&String::from_utf8_lossy(&data)));
                }
                out
            }
            Piece::Oversized(_) => self.broken("one event of the answer is over the limit of its size"),
            Piece::Rest { .. } => Vec::new(),
        }
    }

    /// Ends the answer badly.
    pub(super) fn fail(&mut self, failure: ProviderFailure) -> Vec<Delta> {
        self.decoder.fail(failure)
    }

    fn broken(&mut self, message: &str) -> Vec<Delta> {
        self.fail(ProviderFailure::new(FailureKind::BadAnswer, message))
    }
}
