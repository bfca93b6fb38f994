//! Writing frames: our own envelope around parameters that go out as they were typed.
//!
//! Parameters are spliced as text, never decoded and written again: `1.10` stays `1.10`, a duplicate key stays there.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::model::json::RawJson;
use crate::model::server::is_modern;

/// What every request says about the client, by era.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    /// The revision spoken; `None` before it is agreed on.
    pub(super) revision: Option<String>,
    /// The client's capabilities.
    pub(super) capabilities: Value,
    /// The level asked of server logging, told with each request in the modern era.
    pub(super) log_level: Option<String>,
}

/// Our name and version, as the protocol wants them.
pub(super) fn client_info() -> Value {
    serde_json::json!({"name": "mcp-tui", "version": env!("CARGO_PKG_VERSION")})
}

impl Dialect {
    pub(super) fn is_modern(&self) -> bool {
        self.revision.as_deref().is_some_and(is_modern)
    }

    /// The members that belong into `_meta` of a request.
    fn meta(&self, progress_token: Option<u64>) -> Map<String, Value> {
        let mut meta = Map::new();
        if let Some(revision) = self.revision.as_deref().filter(|revision| is_modern(revision)) {
            meta.insert("io.modelcontextprotocol/protocolVersion".into(), revision.into());
            meta.insert("io.modelcontextprotocol/clientInfo".into(), client_info());
            meta.insert("io.modelcontextprotocol/clientCapabilities".into(), self.capabilities.clone());
            if let Some(level) = &self.log_level {
                meta.insert("io.modelcontextprotocol/logLevel".into(), level.as_str().into());
            }
        }
        if let Some(token) = progress_token {
            meta.insert("progressToken".into(), token.into());
        }
        meta
    }

    /// A request. `progress` asks for progress under the request's own id.
    pub(super) fn request(&self, id: u64, method: &str, params: Option<&RawJson>, progress: bool) -> Bytes {
        let meta = self.meta(progress.then_some(id));
        let params = with_meta(params, meta);
        frame(Some(&id.to_string()), method, params.as_deref())
    }

    /// A notification.
    pub(super) fn notification(method: &str, params: Option<&RawJson>) -> Bytes {
        frame(None, method, params.map(RawJson::as_str))
    }
}

fn frame(id: Option<&str>, method: &str, params: Option<&str>) -> Bytes {
    let mut text = String::from("{\"jsonrpc\":\"2.0\"");
    // Writing to a string cannot fail.
    if let Some(id) = id {
        write!(text, ",\"id\":{id}").ok();
    }
    write!(text, ",\"method\":{}", Value::from(method)).ok();
    if let Some(params) = params {
        write!(text, ",\"params\":{params}").ok();
    }
    text.push('}');
    one_line(text)
}

/// A frame as somebody typed it.
pub(super) fn typed(frame: &RawJson) -> Bytes {
    one_line(frame.as_str().to_owned())
}

/// The answer to a server's request; its id is repeated as it was written.
pub(super) fn result(id: &str, result: &str) -> Bytes {
    one_line(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}"))
}

/// An error in answer to a server's request.
pub(super) fn error(id: &str, code: i64, message: &str) -> Bytes {
    let error = serde_json::json!({"code": code, "message": message});
    one_line(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{error}}}"))
}

/// A frame is one line. In valid JSON a line break stands only between tokens, where a space means the same.
fn one_line(text: String) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return text.into();
    }
    text.replace(['\n', '\r'], " ").into()
}

/// The parameters with these members in their `_meta`; what the person typed there wins.
fn with_meta(params: Option<&RawJson>, mut meta: Map<String, Value>) -> Option<String> {
    if meta.is_empty() {
        return params.map(|params| params.as_str().to_owned());
    }
    let Some(params) = params else {
        return Some(format!("{{\"_meta\":{}}}", Value::from(meta)));
    };
    let text = params.as_str();
    if !text.trim_start().starts_with('{') {
        // Not an object: the server will say what it thinks of that.
        return Some(text.to_owned());
    }
    if let Some(typed) = params.get("_meta") {
        let Ok(Value::Object(members)) = serde_json::from_str(typed) else { return Some(text.to_owned()) };
        meta.extend(members);
        let start = typed.as_ptr() as usize - text.as_ptr() as usize;
        return Some(format!("{}{}{}", &text[..start], Value::from(meta), &text[start + typed.len()..]));
    }
    // Behind what was typed, which is what people look for in a frame.
    let close = text.rfind('}')?;
    let before = &text[..close];
    let comma = if before.trim_end().ends_with('{') { "" } else { "," };
    Some(format!("{before}{comma}\"_meta\":{}}}", Value::from(meta)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn dialect(revision: &str) -> Dialect {
        Dialect { revision: Some(revision.into()), capabilities: serde_json::json!({}), log_level: None }
    }

    fn text(bytes: &Bytes) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_was_typed_goes_out_as_typed() {
        let params = RawJson::parse("{ \"n\": 1.10,\n \"n\": 1e2 }").unwrap();
        let frame = dialect("2025-11-25").request(3, "x/y", Some(&params), false);
        assert_eq!(text(&frame), r#"{"jsonrpc":"2.0","id":3,"method":"x/y","params":{ "n": 1.10,  "n": 1e2 }}"#);
    }

    #[test]
    fn the_modern_era_says_who_asks_in_every_request() {
        let frame = dialect("2026-07-28").request(1, "ping", None, false);
        let value: Value = serde_json::from_slice(&frame).unwrap();
        assert_eq!(value["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(value["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"], serde_json::json!({}));
        assert_eq!(value["params"]["_meta"]["io.modelcontextprotocol/clientInfo"]["name"], "mcp-tui");
    }

    #[test]
    fn typed_meta_is_kept_and_wins() {
        for (typed, token) in [
            (r#"{"a":1,"_meta":{"progressToken":"mine"},"b":2}"#, serde_json::json!("mine")),
            (r#"{"a":1,"b":2}"#, serde_json::json!(9)),
            (" { } ", serde_json::json!(9)),
        ] {
            let frame = dialect("2025-11-25").request(9, "m", Some(&RawJson::parse(typed).unwrap()), true);
            let value: Value = serde_json::from_slice(&frame).unwrap();
            assert_eq!(value["params"]["_meta"]["progressToken"], token, "{typed}");
        }
    }
}
