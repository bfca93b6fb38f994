//! The headers of a request: what people configured, what the protocol wants; and what a server says in `Retry-After`.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use crate::mcp::transport::Outgoing;
use crate::model::server::is_modern;
use crate::model::wire::FrameKind;

/// The session of the legacy era.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
/// The revision of a request.
pub(super) const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// Where a stream is resumed.
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Both kinds of answer to a POST.
pub(super) const ACCEPT_BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
/// The answer to a GET.
pub(super) const ACCEPT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// What is posted.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Who we are.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("mcp-tui/", env!("CARGO_PKG_VERSION")));

/// Headers that belong to the connection, not to people.
const OURS: [&str; 8] = [
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    // What is journaled is what was on the wire: nothing is unpacked.
    "accept-encoding",
];
/// The longest wait that a server may ask for.
const WAIT_MAX: Duration = Duration::from_mins(5);

/// The headers people configured. The error is for them.
pub(super) fn configured(headers: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let (name, value) = header(name, value)?;
        if OURS.contains(&name.as_str()) {
            return Err(format!("the header {name} is set by the transport: remove it from the server's headers"));
        }
        map.append(name, value);
    }
    Ok(map)
}

/// One header. The error never shows the value: it may be a secret.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let shown = crate::model::text::escape_line(name);
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        format!("`{shown}` cannot be the name of a header: use letters, digits and dashes, as in X-Name")
    })?;
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| format!("the value of the header {shown} has a line break or a control character: remove it"))?;
    // Kept out of debug output and of compression tables.
    value.set_sensitive(true);
    Ok((parsed, value))
}

/// `text` as a header's value: as it is, or in the `=?base64?…?=` form that the protocol has for everything else.
pub fn header_text(text: &str) -> String {
    let invisible = text.bytes().any(|byte| !matches!(byte, 0x20..=0x7e));
    let padded = text.starts_with(' ') || text.ends_with(' ');
    let looks_encoded = text.starts_with("=?base64?") && text.ends_with("?=");
    if invisible || padded || looks_encoded {
        return format!("=?base64?{}?=", BASE64_STANDARD.encode(text));
    }
    text.to_owned()
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
    uri: Option<String>,
    #[serde(rename = "taskId")]
    task: Option<String>,
}

/// The headers that mirror a frame in the modern era.
pub(super) fn mirror(out: &Outgoing, map: &mut HeaderMap) {
    if !matches!(out.envelope.kind, FrameKind::Request | FrameKind::Notification) {
        return;
    }
    // The method is a JSON string without its quotes; an escape in it is legal JSON and would be another text.
    let quoted = format!("\"{}\"", out.envelope.method.text(&out.bytes));
    let method: String = serde_json::from_str(&quoted).unwrap_or_default();
    insert(map, METHOD, &method);
    let named = || serde_json::from_slice::<Named>(out.envelope.params.of(&out.bytes)).ok();
    let name = match method.as_str() {
        "tools/call" | "prompts/get" => named().and_then(|params| params.name),
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => named().and_then(|params| params.uri),
        method if method.starts_with("tasks/") => named().and_then(|params| params.task),
        _ => None,
    };
    if let Some(name) = name {
        insert(map, NAME, &name);
    }
}

fn insert(map: &mut HeaderMap, name: HeaderName, text: &str) {
    // What `header_text` makes is always a legal value.
    if let Ok(value) = HeaderValue::from_str(&header_text(text)) {
        map.insert(name, value);
    }
}

/// The headers of one frame's POST.
pub(super) fn of_post(
    revision: Option<&str>,
    session: Option<&HeaderValue>,
    configured: &HeaderMap,
    out: &Outgoing,
) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    map.insert(reqwest::header::ACCEPT, ACCEPT_BOTH);
    map.insert(reqwest::header::CONTENT_TYPE, JSON);
    connection(revision, session, &mut map);
    if revision.is_some_and(is_modern) {
        mirror(out, &mut map);
    }
    add(&mut map, configured);
    for (name, value) in &out.headers {
        let (name, value) = header(name, value)?;
        map.insert(name, value);
    }
    Ok(map)
}

/// The headers of a GET or DELETE.
pub(super) fn of_stream(
    revision: Option<&str>,
    session: Option<&HeaderValue>,
    configured: &HeaderMap,
    last_event: Option<&HeaderValue>,
) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(reqwest::header::ACCEPT, ACCEPT_STREAM);
    connection(revision, session, &mut map);
    if let Some(id) = last_event {
        map.insert(LAST_EVENT, id.clone());
    }
    add(&mut map, configured);
    map
}

fn connection(revision: Option<&str>, session: Option<&HeaderValue>, map: &mut HeaderMap) {
    map.insert(reqwest::header::USER_AGENT, AGENT);
    if let Some(value) = revision.and_then(|revision| HeaderValue::from_str(revision).ok()) {
        map.insert(REVISION, value);
    }
    if let Some(session) = session {
        map.insert(SESSION, session.clone());
    }
}

/// What people configured wins over what the protocol would say: this is a workbench.
fn add(map: &mut HeaderMap, configured: &HeaderMap) {
    for name in configured.keys() {
        map.remove(name);
    }
    for (name, value) in configured {
        map.append(name.clone(), value.clone());
    }
}

/// How long the server asks to wait: seconds or an HTTP date (counted from its own `Date` if there is one, so that
/// clocks need not agree), at most [`WAIT_MAX`].
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let parse = |text: &str| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
        let date = headers.get(reqwest::header::DATE).and_then(|date| parse(date.to_str().ok()?));
        let seconds = parse(text)?.as_second() - date.unwrap_or_else(jiff::Timestamp::now).as_second();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    };
    Some(wait.min(WAIT_MAX))
}

/// The media type, in lower case and without parameters; empty if there is none.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(reqwest::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
