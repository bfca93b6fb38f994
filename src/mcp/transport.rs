//! The seam between a session and its transport: what goes down ([`Outgoing`]) and what comes up ([`Inbound`]).
//!
//! Both directions are journaled on the transport's side of the seam, so whatever a session sees is already kept.
//! Upwards there is one bounded channel a connection: a session that is slow makes its own server wait, nobody else.

use bytes::Bytes;

use crate::journal::Frame;
use crate::model::envelope::Envelope;

/// Chunks waiting for the session.
pub const INBOUND: usize = 64;

/// What comes up.
#[derive(Debug)]
pub enum Inbound {
    /// Frames in wire order; `frames` are ranges of `bytes`.
    Frames {
        /// The HTTP exchange that brought them, if that is known: the request whose POST they answer.
        origin: Option<u64>,
        /// Their bytes.
        bytes: Bytes,
        /// Where they are and what they parsed as.
        frames: Vec<Frame>,
    },
    /// A request got no usable HTTP answer, or its stream ended without one. Nothing more comes for it.
    Failed {
        /// The id of the request it was about; `None` for a notification or an answer of ours.
        request: Option<u64>,
        /// Why.
        failure: HttpFailure,
    },
    /// The stream for server messages (legacy GET, HTTP+SSE) was lost for good; the connection cannot go on.
    Lost(String),
    /// The child's process ended, or its output did: nothing more comes.
    Ended(End),
    /// A line of standard error (also in the journal).
    Stderr(String),
}

/// How a child ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// `exited with status 1`, `killed by signal 9 (SIGKILL)`, `closed its output`.
    pub status: String,
    /// Whether the status is a success.
    pub clean: bool,
}

/// Why an HTTP request failed.
#[derive(Clone, PartialEq, Debug)]
pub struct HttpFailure {
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// What went wrong, for a person, with what to do about it.
    pub message: String,
    /// The `WWW-Authenticate` header of a 401 or 403.
    pub challenge: Option<String>,
    /// The response's body if it is small text, as it came (an era probe reads a JSON-RPC error out of it).
    pub body: Option<String>,
    /// The session id we sent is not known any more (404 with `Mcp-Session-Id`).
    pub session_lost: bool,
    /// The connection broke after the request was sent: whether the server acted on it is unknown.
    pub unknown_outcome: bool,
}

/// What goes down: one frame.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The frame, without a line break.
    pub bytes: Bytes,
    /// What it is.
    pub envelope: Envelope,
    /// Our id, for a request.
    pub request: Option<u64>,
    /// A remark for the journal (`era probe`).
    pub note: Option<String>,
    /// Headers of the HTTP transport beside the standard ones, e.g. `Mcp-Name`, `Mcp-Param-…`.
    pub headers: Vec<(String, String)>,
}

impl Outgoing {
    /// A frame to send.
    pub fn new(bytes: Bytes, request: Option<u64>) -> Outgoing {
        let envelope = Envelope::read(&bytes);
        Outgoing { bytes, envelope, request, note: None, headers: Vec::new() }
    }
}
