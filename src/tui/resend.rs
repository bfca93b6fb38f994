//! A frame of ours that is to be sent again, with changes: [`Resend`].
//!
//! A request goes out through its session, which gives it a new id and writes what it writes into every request by
//! itself; so that is taken out of the text that is changed. A notification goes out exactly as typed.

use tui_textarea::TextArea;

use super::area;
use super::keymap::Key;
use crate::model::call::Operation;
use crate::model::id::ServerId;
use crate::model::json::{RawJson, pretty, scan};
use crate::model::record::{Body, Record};
use crate::model::wire::{Direction, FrameKind};

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";
/// Bytes of a frame that is changed here.
const LONGEST: usize = 4 * 1024 * 1024;

/// A frame being changed.
#[derive(Clone, Debug)]
pub struct Resend {
    /// The frame it was, by its place in the log.
    pub frame: usize,
    /// To whom.
    pub server: ServerId,
    /// Whether it is a request; else it is a notification.
    pub request: bool,
    /// The text.
    pub area: TextArea<'static>,
    /// Why the last try to send it did nothing.
    pub refused: Option<String>,
}

impl Resend {
    /// The text to change; the reason where the frame is not ours to send.
    pub fn new(frame: usize, server: ServerId, record: &Record) -> Result<Resend, &'static str> {
        let request = match (record.direction, record.kind) {
            (Direction::Send, FrameKind::Request) => true,
            (Direction::Send, FrameKind::Notification) => false,
            (Direction::Send, FrameKind::Result | FrameKind::Error) => {
                return Err("an answer is sent once: only requests and notifications go out again");
            }
            (Direction::Recv, _) => {
                return Err("the server sent this: only frames of ours can be sent again");
            }
            _ => return Err("this is no message: only requests and notifications go out again"),
        };
        let Body::Msg(text) = &record.body else { return Err("this frame is not kept as it was sent") };
        if record.cut.is_some() || text.len() > LONGEST {
            return Err("this frame is too long to be changed here");
        }
        let text = pretty(&if request { asked(text) } else { text.clone() });
        Ok(Resend { frame, server, request, area: TextArea::from(text.lines()), refused: None })
    }

    /// The text as typed.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Another text in the place of this one; undo brings the old one back.
    pub fn replace(&mut self, text: &str) {
        self.area.select_all();
        self.area.cut();
        self.paste(text);
    }

    /// A key that types or moves.
    pub fn key(&mut self, key: Key) {
        if area::type_key(&mut self.area, key) {
            self.refused = None;
        }
    }

    /// A text at once.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
        self.refused = None;
    }

    /// Whether a secret was taken out of it when it was kept.
    pub fn lacks_a_secret(&self) -> bool {
        self.area.lines().iter().any(|line| line.contains(REDACTED))
    }

    /// What is sent; the reason where the text is nothing to send.
    pub fn operation(&self) -> Result<Operation, String> {
        // A frame is one line; between tokens a line break means no more than a space, inside them it cannot be.
        let text = self.text().replace('\n', " ");
        let frame = RawJson::parse(text).map_err(|why| format!("not JSON yet: {why}"))?;
        if !frame.as_str().starts_with('{') {
            return Err("a message is an object: {\"method\": …, \"params\": …}".into());
        }
        let method = frame.get("method").and_then(scan::decoded).ok_or("it needs a \"method\", which is a text")?;
        let method = method.into_owned();
        if !self.request {
            if frame.get("id").is_some() {
                return Err("with an \"id\" it would be a request; send a request again for that".into());
            }
            return Ok(Operation::Notify { method, frame });
        }
        for (name, value) in scan::members(frame.as_str()) {
            match name {
                "\"method\"" | "\"params\"" => {}
                "\"jsonrpc\"" if value.trim() == "\"2.0\"" => {}
                "\"id\"" => return Err("the session gives a request its id: take \"id\" out".into()),
                _ => return Err(format!("only method and params are yours to send in a request: take {name} out")),
            }
        }
        let params = frame.get("params").and_then(|params| RawJson::parse(params).ok());
        Ok(Operation::Raw { method, params })
    }
}

/// A request without its id and without what the session writes into each request by itself.
fn asked(text: &str) -> String {
    let members = scan::members(text).filter(|(name, _)| *name != "\"id\"").filter_map(|(name, value)| {
        let value = if name == "\"params\"" { without_ours(value)? } else { value.to_owned() };
        Some(format!("{name}:{value}"))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Parameters without the members of `_meta` that the session writes; `None` where nothing is left.
fn without_ours(params: &str) -> Option<String> {
    if !params.trim_start().starts_with('{') {
        return Some(params.to_owned());
    }
    let ours =
        |name: &str| name == "\"progressToken\"" || name.starts_with("\"io.modelcontextprotocol/") || name.is_empty();
    let members: Vec<String> = scan::members(params)
        .filter_map(|(name, value)| {
            if name != "\"_meta\"" {
                return Some(format!("{name}:{value}"));
            }
            let kept = scan::members(value).filter(|(name, _)| !ours(name));
            let kept: Vec<String> = kept.map(|(name, value)| format!("{name}:{value}")).collect();
            (!kept.is_empty()).then(|| format!("{name}:{{{}}}", kept.join(",")))
        })
        .collect();
    (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn resend(dir: &str, kind: &str, msg: &str) -> Result<Resend, &'static str> {
        let line = format!(r#"{{"seq":0,"at":"t","server":"s","dir":"{dir}","kind":"{kind}","size":1,"msg":{msg}}}"#);
        Resend::new(0, ServerId(0), &Record::read(line.as_bytes()).unwrap())
    }

    #[test]
    fn a_request_loses_what_the_session_writes_by_itself() {
        let call = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"n": 1.10},"_meta":{"progressToken":7,"io.modelcontextprotocol/protocolVersion":"2026-07-28","mine":1}}}"#;
        let mut sent = resend("send", "request", call).unwrap();
        assert!(!sent.text().contains("progressToken") && !sent.text().contains("\"id\""), "{}", sent.text());
        let Ok(Operation::Raw { method, params: Some(params) }) = sent.operation() else { panic!() };
        assert_eq!(method, "tools/call");
        assert_eq!(params.get("arguments").map(|text| text.replace(' ', "")).as_deref(), Some("{\"n\":1.10}"));
        assert_eq!(params.get("_meta").map(|text| text.replace(' ', "")).as_deref(), Some("{\"mine\":1}"));
        for (text, wrong) in [
            ("{", "not JSON"),
            ("[]", "an object"),
            (r#"{"params":{}}"#, "\"method\""),
            (r#"{"method":1}"#, "\"method\""),
            (r#"{"method":"a","id":1}"#, "its id"),
            (r#"{"method":"a","extra":1}"#, "take \"extra\" out"),
            (r#"{"method":"a","jsonrpc":"1.0"}"#, "take \"jsonrpc\" out"),
        ] {
            sent.replace(text);
            let why = sent.operation().unwrap_err();
            assert!(why.contains(wrong), "{text}: {why}");
        }
        sent.replace("{\"method\":\n\"ping\"}");
        assert_eq!(sent.operation(), Ok(Operation::Raw { method: "ping".into(), params: None }));
        let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":1}}}"#;
        let sent = resend("send", "request", list).unwrap();
        assert_eq!(sent.operation(), Ok(Operation::Raw { method: "tools/list".into(), params: None }));
    }

    #[test]
    fn a_notification_goes_out_as_typed() {
        let text = r#"{"jsonrpc":"2.0","method":"notifications/x","params":{"n":1e2},"more":[]}"#;
        let mut sent = resend("send", "notification", text).unwrap();
        let Ok(Operation::Notify { method, frame }) = sent.operation() else { panic!() };
        assert_eq!((method.as_str(), frame.get("more")), ("notifications/x", Some("[]")));
        sent.replace(r#"{"method":"a","id":1}"#);
        assert!(sent.operation().is_err());
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"a"}"#;
        assert!(resend("recv", "request", text).unwrap_err().contains("the server sent this"));
        assert!(resend("send", "result", r#"{"jsonrpc":"2.0","id":7,"result":{}}"#).is_err());
        assert!(resend("note", "note", "1").is_err());
        assert!(resend("send", "request", text).is_ok_and(|sent| !sent.lacks_a_secret()));
        let hidden = r#"{"jsonrpc":"2.0","id":7,"method":"a","params":{"key":"[redacted]"}}"#;
        assert!(resend("send", "request", hidden).is_ok_and(|sent| sent.lacks_a_secret()));
    }
}
