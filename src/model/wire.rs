//! What is known of one frame without its bytes: [`WireEntry`], as the journal's writer reports it.
//!
//! The bytes lie in the journal; [`super::log::WireLog`] keeps the index, [`super::record`] reads the lines back.

use super::id::{Moment, ServerId};
use super::serverlog::LogLevel;

/// Which way a frame went, or what else it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// From us to the server.
    Send,
    /// From the server to us.
    Recv,
    /// A line the server wrote to its standard error.
    Stderr,
    /// Something the client did or noticed.
    Note,
}

impl Direction {
    /// The word in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Send => "send",
            Direction::Recv => "recv",
            Direction::Stderr => "stderr",
            Direction::Note => "note",
        }
    }
}

/// What a frame parsed as.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FrameKind {
    /// A JSON-RPC request.
    Request,
    /// A JSON-RPC notification.
    Notification,
    /// A JSON-RPC response with a result.
    Result,
    /// A JSON-RPC response with an error.
    Error,
    /// A batch of 2025-03-26.
    Batch,
    /// JSON, but not JSON-RPC 2.0, or ambiguous.
    NotRpc,
    /// Not JSON: a banner, torn, damaged or over a limit.
    NotJson,
    /// The head of an HTTP request or response, or a body that carries no frame.
    Http,
    /// An SSE block without a frame: a comment, `retry:`, an event of another kind.
    Sse,
    /// A line of standard error.
    Stderr,
    /// What went to or came from a provider of models: no JSON-RPC.
    Model,
    /// Something the client did or noticed.
    Note,
    /// The end of a server process or connection.
    Exit,
}

impl FrameKind {
    /// Whether it is well-formed JSON-RPC.
    pub fn is_rpc(self) -> bool {
        matches!(
            self,
            FrameKind::Request | FrameKind::Notification | FrameKind::Result | FrameKind::Error | FrameKind::Batch
        )
    }
}

/// An interned method name; 0 is "none".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct MethodId(pub u16);

/// One line of the journal, without its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WireEntry {
    /// When it was read or written.
    pub at: Moment,
    /// Whose it is.
    pub server: ServerId,
    /// Which way.
    pub direction: Direction,
    /// What it parsed as.
    pub kind: FrameKind,
    /// The method of a request or notification.
    pub method: MethodId,
    /// A hash of the JSON-RPC id (type and text), 0 for none: enough to pair, the text is in the journal.
    pub id: u64,
    /// Where its line begins in the journal.
    pub offset: u64,
    /// How long its line is, without the line break.
    pub len: u32,
    /// How long the frame was on the wire, in bytes (saturating).
    pub size: u32,
    /// Whether it reports a failure: an error response, a tool's `isError`, a refusal of HTTP, something malformed.
    pub failed: bool,
}

/// What the journal's writer kept since the last report, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WireBatch {
    /// Method names seen for the first time.
    pub methods: Vec<(MethodId, String)>,
    /// The new entries; sequence numbers continue without gaps.
    pub entries: Vec<WireEntry>,
    /// Which of them are log messages of a server, by their place in `entries`, and of which level.
    pub messages: Vec<(u32, LogLevel)>,
}
