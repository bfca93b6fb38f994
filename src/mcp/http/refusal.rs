//! What an HTTP status means for people, and what of its body is handed on.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName};
use serde::Deserialize;

use super::fault::{clip, excerpt};

/// The largest body that is handed on beside a failure.
const BODY: usize = 64 * 1024;

/// The body, if it is small text.
pub(super) fn body_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && text.len() <= BODY).then(|| text.to_owned())
}

/// All values of a header that may be there several times.
pub(super) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// An event or body over the limit.
pub(super) fn oversized(who: &str, len: u64, limit: usize) -> String {
    format!(
        "the answer of {who} is over the limit ({len} bytes, {limit} are allowed): \
         ask for less, or raise the server's `frame_bytes`; its beginning and end are in the log"
    )
}

/// What a refusal means.
pub(super) fn message(who: &str, status: u16, session_lost: bool, body: &[u8]) -> String {
    let name =
        StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("no known status");
    let said = said(body).map_or_else(String::new, |text| format!(" and says “{text}”"));
    let advice = match status {
        _ if session_lost => "the session is over: connect again",
        401 => "sign in, or give it a token with --header 'Authorization: Bearer …'",
        403 => "the credentials do not allow this: sign in as somebody who may, or ask for more rights",
        404 => "check the path of the URL (often /mcp)",
        405 => "it takes no POST there: check the path, or choose the old HTTP+SSE transport",
        406 | 415 => "the server refuses the media types that the protocol asks for: this is a fault of the server",
        410 => "it is gone for good: look for its new URL",
        413 => "the message is too large for it: send less",
        429 => "it is asked too often: wait, and try again",
        502..=504 => "what stands before the server does not reach it: is it running?",
        500..=599 => "this is a fault of the server: look at its own log",
        _ => "look at the response in the log",
    };
    format!("{who} answered {status} ({name}){said}: {advice}")
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: Option<i64>,
    message: Option<String>,
}

/// What the body says in words: a JSON-RPC error's message, or its first line.
fn said(body: &[u8]) -> Option<String> {
    if let Ok(Refusal { error: Some(RpcError { code, message: Some(message) }) }) = serde_json::from_slice(body) {
        let code = code.map_or_else(String::new, |code| format!("{code}: "));
        return Some(format!("{code}{}", clip(&message)));
    }
    excerpt(body)
}
