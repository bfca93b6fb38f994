//! What a frame is, before anything is decoded: [`Envelope`]: one pass over the bytes, positions only, no allocation
//! that grows with depth beyond a bit a level.
//!
//! Reading never fails: the answer says what the frame is, or what is wrong with it. The grammar is exactly
//! JSON's (a property test compares it with serde_json), and what would make two readers disagree
//! (duplicate members, both result and error) is a problem, not a choice.

mod scan;
#[cfg(test)]
mod tests;

use super::wire::FrameKind;
use scan::{Fault, Scanner};

/// Levels of nesting that are decoded; a deeper frame is shown but its call fails.
pub const DEPTH_MAX: u32 = 120;

/// A range of bytes in the frame; empty when absent (no JSON value is empty).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Whether there is nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes it covers.
    pub fn of(self, frame: &[u8]) -> &[u8] {
        frame.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The text it covers; empty if absent. Spans of a read frame always lie on UTF-8 boundaries.
    pub fn text(self, frame: &[u8]) -> &str {
        std::str::from_utf8(self.of(frame)).unwrap_or_default()
    }
}

/// What a frame is, and where its parts lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// What it parsed as.
    pub kind: FrameKind,
    /// The `id`, as written (a string keeps its quotes).
    pub id: Span,
    /// The `method`, without its quotes.
    pub method: Span,
    /// The `params`.
    pub params: Span,
    /// The `result`.
    pub result: Span,
    /// The `error`.
    pub error: Span,
    /// How deep it nests.
    pub depth: u32,
    /// What is wrong with it, if anything.
    pub problem: Option<Problem>,
}

/// What is wrong with a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// It is not UTF-8, from this byte on.
    InvalidUtf8(u32),
    /// It is not JSON, from this byte on.
    NotJson(u32, &'static str),
    /// It is longer than the limit; the number is its length.
    TooLong(u64),
    /// The stream ended in the middle of it.
    Torn,
    /// It is JSON, but no object.
    NotObject,
    /// `"jsonrpc"` is not `"2.0"`.
    WrongVersion,
    /// A member of the envelope is there twice: two readers would disagree about it.
    Duplicate(&'static str),
    /// The `id` is neither a string nor an integer.
    BadId,
    /// The `method` is not a string.
    BadMethod,
    /// Both a result and an error.
    ResultAndError,
    /// No method, no result, no error.
    Nothing,
    /// A response whose `id` is missing or null.
    NoId,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Problem::InvalidUtf8(at) => write!(f, "invalid UTF-8 at byte {at}"),
            Problem::NotJson(at, what) => write!(f, "invalid JSON at byte {at}: {what}"),
            Problem::TooLong(len) => write!(f, "too long: {len} bytes"),
            Problem::Torn => f.write_str("torn: the stream ended inside this line"),
            Problem::NotObject => f.write_str("JSON, but not an object"),
            Problem::WrongVersion => f.write_str("`jsonrpc` is not \"2.0\""),
            Problem::Duplicate(member) => write!(f, "ambiguous: `{member}` is there twice"),
            Problem::BadId => f.write_str("`id` is neither a string nor an integer"),
            Problem::BadMethod => f.write_str("`method` is not a string"),
            Problem::ResultAndError => f.write_str("both `result` and `error`"),
            Problem::Nothing => f.write_str("neither `method`, `result` nor `error`"),
            Problem::NoId => f.write_str("a response without a usable `id`"),
        }
    }
}

impl Envelope {
    /// An envelope of this kind with nothing in it.
    pub fn bare(kind: FrameKind) -> Envelope {
        let none = Span::default();
        Envelope { kind, id: none, method: none, params: none, result: none, error: none, depth: 0, problem: None }
    }

    fn wrong(kind: FrameKind, problem: Problem) -> Envelope {
        Envelope { problem: Some(problem), ..Envelope::bare(kind) }
    }

    /// Reads one frame. A byte order mark in front is skipped.
    pub fn read(frame: &[u8]) -> Envelope {
        if let Err(fault) = std::str::from_utf8(frame) {
            return Envelope::wrong(FrameKind::NotJson, Problem::InvalidUtf8(fault.valid_up_to() as u32));
        }
        Envelope::read_utf8(frame)
    }

    /// Reads one frame that is known to be UTF-8 (checking a whole chunk at once is cheaper).
    pub fn read_utf8(frame: &[u8]) -> Envelope {
        let mut scanner = Scanner::new(frame);
        scanner.skip_mark();
        scanner.space();
        match scanner.peek() {
            Some(b'{') => object(&mut scanner, frame),
            first => {
                let batch = first == Some(b'[');
                if let Err(fault) = scanner.value().and_then(|()| scanner.end()) {
                    return not_json(fault);
                }
                let mut envelope = if batch && scanner.items_are_objects() {
                    Envelope::bare(FrameKind::Batch)
                } else {
                    Envelope::wrong(FrameKind::NotRpc, Problem::NotObject)
                };
                envelope.depth = scanner.depth();
                envelope
            }
        }
    }

    /// Whether the frame is valid JSON, so that it can be kept verbatim inside a JSON line.
    pub fn is_json(&self) -> bool {
        !matches!(
            self.problem,
            Some(Problem::InvalidUtf8(_) | Problem::NotJson(..) | Problem::TooLong(_) | Problem::Torn)
        )
    }
}

fn not_json(fault: Fault) -> Envelope {
    Envelope::wrong(FrameKind::NotJson, Problem::NotJson(fault.at, fault.what))
}

fn object(scanner: &mut Scanner<'_>, frame: &[u8]) -> Envelope {
    let mut envelope = Envelope::bare(FrameKind::NotRpc);
    let mut version = Span::default();
    let mut duplicate = None;
    let walked = scanner.members(|key, value| {
        // An escaped spelling of a member's name (`"\u0069d"`) would be a second reading of the same frame.
        let (slot, name) = match key {
            b"id" => (&mut envelope.id, "id"),
            b"method" => (&mut envelope.method, "method"),
            b"params" => (&mut envelope.params, "params"),
            b"result" => (&mut envelope.result, "result"),
            b"error" => (&mut envelope.error, "error"),
            b"jsonrpc" => (&mut version, "jsonrpc"),
            _ => return,
        };
        if !slot.is_empty() {
            duplicate = Some(name);
        }
        *slot = value;
    });
    if let Err(fault) = walked.and_then(|()| scanner.end()) {
        return not_json(fault);
    }
    envelope.depth = scanner.depth();
    classify(&mut envelope, frame, version, duplicate);
    envelope
}

fn classify(envelope: &mut Envelope, frame: &[u8], version: Span, duplicate: Option<&'static str>) {
    let mut wrong = |problem| envelope.problem = Some(problem);
    if let Some(name) = duplicate {
        return wrong(Problem::Duplicate(name));
    }
    if version.of(frame) != b"\"2.0\"" {
        return wrong(Problem::WrongVersion);
    }
    if !envelope.method.is_empty() {
        let text = envelope.method.of(frame);
        if text.first() != Some(&b'"') {
            return wrong(Problem::BadMethod);
        }
        envelope.method = Span { start: envelope.method.start + 1, end: envelope.method.end - 1 };
        if envelope.id.is_empty() {
            envelope.kind = FrameKind::Notification;
        } else if usable_id(envelope.id.of(frame)) {
            envelope.kind = FrameKind::Request;
        } else {
            envelope.problem = Some(Problem::BadId);
        }
        return;
    }
    let kind = match (envelope.result.is_empty(), envelope.error.is_empty()) {
        (false, false) => return wrong(Problem::ResultAndError),
        (true, true) => return wrong(Problem::Nothing),
        (false, true) => FrameKind::Result,
        (true, false) => FrameKind::Error,
    };
    let id = envelope.id.of(frame);
    if id.is_empty() || id == b"null" {
        envelope.problem = Some(Problem::NoId);
        // A server that could not read a request answers so; it is JSON-RPC all the same.
        if kind == FrameKind::Error {
            envelope.kind = kind;
        }
    } else if usable_id(id) {
        envelope.kind = kind;
    } else {
        envelope.problem = Some(Problem::BadId);
    }
}

fn usable_id(id: &[u8]) -> bool {
    match id.first() {
        Some(b'"') => true,
        Some(b'-' | b'0'..=b'9') => !id.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')),
        _ => false,
    }
}

/// The `id` of a frame that could not be read, as far as it can be made out: the first `"id":` followed by a
/// string or integer that stands near its beginning or end. Only for blaming a waiting call, never for answering one.
pub fn recover_id(frame: &[u8]) -> Option<&[u8]> {
    const NEAR: usize = 4_096;
    let head = &frame[..frame.len().min(NEAR)];
    let tail = &frame[frame.len().saturating_sub(NEAR)..];
    [head, tail].into_iter().find_map(|part| {
        let at = memchr::memmem::find(part, b"\"id\"")? + 4;
        let rest = part[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let len = match rest.first()? {
            b'"' => memchr::memchr(b'"', &rest[1..])? + 2,
            b'-' | b'0'..=b'9' => {
                rest.iter().position(|byte| !matches!(byte, b'-' | b'0'..=b'9')).unwrap_or(rest.len())
            }
            _ => return None,
        };
        Some(&rest[..len])
    })
}

/// A hash of an id as written, never 0: enough to pair frames in the index.
pub fn id_hash(id: &[u8]) -> u64 {
    // FNV-1a: ids are a few bytes, and the same id must hash alike in every run.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash.max(1)
}
