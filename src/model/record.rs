//! One line of the journal, read back: [`Record`]. Pure, so that the screen, the scripts and the tests read it the same way.
//!
//! A line is a JSON object whose *last* member is the frame: `"msg"` (one line of valid JSON, verbatim),
//! `"text"` (other text, escaped) or `"base64"` (other bytes). Everything before it is small and ours, so the
//! head of a line is readable without the rest of a large frame.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::approval::Ruling;
use super::wire::{Direction, FrameKind};

/// The version of the format, written in the first line of every journal.
pub const JOURNAL_VERSION: u32 = 1;

/// One line of the journal.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// Its sequence number, from 0, without gaps in an undamaged journal.
    pub seq: u64,
    /// When, as RFC 3339 in UTC with microseconds.
    pub at: String,
    /// The server's name.
    pub server: String,
    /// Which way.
    pub direction: Direction,
    /// What it parsed as.
    pub kind: FrameKind,
    /// A client's remark: the text of a note, or what marks a frame (`era probe`, `not JSON: …`).
    pub note: Option<String>,
    /// A decision about a call of a model.
    pub ruling: Option<Ruling>,
    /// Which HTTP exchange it belongs to; counts from 1 for each server.
    pub exchange: Option<u64>,
    /// The head of an HTTP request or response.
    pub http: Option<HttpHead>,
    /// The SSE block around the frame.
    pub sse: Option<SseWrap>,
    /// What ended the line instead of a plain `\n`: `\r\n`, or nothing for a torn last line.
    pub eol: Option<String>,
    /// Set when the frame was too long to keep whole.
    pub cut: Option<Cut>,
    /// How long the frame was on the wire.
    pub size: u64,
    /// The frame.
    pub body: Body,
    /// Whether `body` is all that the journal has (a row of a list reads only the head of a long line).
    pub whole: bool,
}

/// The frame of a record.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    /// None: the record is a note or an HTTP head.
    None,
    /// One line of valid JSON, verbatim.
    Msg(String),
    /// Other text.
    Text(String),
    /// Bytes that are not UTF-8.
    Bytes(Vec<u8>),
}

/// The head of an HTTP request or response; secrets are gone already.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, serde::Serialize)]
pub struct HttpHead {
    /// `POST`, `GET` or `DELETE`, for a request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
    /// The request's URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// The response's status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The headers, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<(String, String)>,
}

/// What stood around the frame in its SSE block: `pre` + frame + `post` is the block, byte for byte.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, serde::Serialize)]
pub struct SseWrap {
    /// From the start of the block to the frame.
    pub pre: String,
    /// From the frame to the end of the block.
    pub post: String,
}

/// What is left of a frame that was too long to keep: the body is its beginning.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, serde::Serialize)]
pub struct Cut {
    /// The SHA-256 of the whole frame, in hex.
    pub sha256: String,
    /// Its last bytes.
    pub tail: String,
}

#[derive(Deserialize)]
struct Head<'a> {
    seq: u64,
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow)]
    server: Cow<'a, str>,
    #[serde(borrow)]
    dir: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    note: Option<String>,
    ruling: Option<Ruling>,
    exchange: Option<u64>,
    http: Option<HttpHead>,
    sse: Option<SseWrap>,
    eol: Option<String>,
    cut: Option<Cut>,
    #[serde(default)]
    size: u64,
}

/// The word of a kind in the journal.
pub fn kind_word(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Request => "request",
        FrameKind::Notification => "notification",
        FrameKind::Result => "result",
        FrameKind::Error => "error",
        FrameKind::Batch => "batch",
        FrameKind::NotRpc => "not-rpc",
        FrameKind::NotJson => "not-json",
        FrameKind::Http => "http",
        FrameKind::Sse => "sse",
        FrameKind::Stderr => "stderr",
        FrameKind::Model => "model",
        FrameKind::Note => "note",
        FrameKind::Exit => "exit",
    }
}

fn kind_of(word: &str) -> Option<FrameKind> {
    Some(match word {
        "request" => FrameKind::Request,
        "notification" => FrameKind::Notification,
        "result" => FrameKind::Result,
        "error" => FrameKind::Error,
        "batch" => FrameKind::Batch,
        "not-rpc" => FrameKind::NotRpc,
        "not-json" => FrameKind::NotJson,
        "http" => FrameKind::Http,
        "sse" => FrameKind::Sse,
        "stderr" => FrameKind::Stderr,
        "model" => FrameKind::Model,
        "note" => FrameKind::Note,
        "exit" => FrameKind::Exit,
        _ => return None,
    })
}

fn direction_of(word: &str) -> Option<Direction> {
    Some(match word {
        "send" => Direction::Send,
        "recv" => Direction::Recv,
        "stderr" => Direction::Stderr,
        "note" => Direction::Note,
        _ => return None,
    })
}

impl Record {
    /// Reads a whole line (without its line break). `None`: the line is torn, damaged, or no record.
    pub fn read(line: &[u8]) -> Option<Record> {
        Self::parse(line, true)
    }

    /// Reads the beginning of a line whose rest was not loaded. The body is what is there of it.
    pub fn read_head(line: &[u8]) -> Option<Record> {
        Self::parse(line, false)
    }

    fn parse(line: &[u8], whole: bool) -> Option<Record> {
        let (head, body, body_kind) = split(line, whole)?;
        let head: Head<'_> = serde_json::from_slice(&head).ok()?;
        let body = match body_kind {
            BodyKind::None => Body::None,
            BodyKind::Msg => {
                if whole && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err() {
                    return None;
                }
                Body::Msg(String::from_utf8_lossy(body).into_owned())
            }
            BodyKind::Text if whole => Body::Text(serde_json::from_slice(body).ok()?),
            BodyKind::Text => Body::Text(open_string(body)),
            BodyKind::Base64 if whole => {
                let text: Cow<'_, str> = serde_json::from_slice(body).ok()?;
                Body::Bytes(BASE64_STANDARD.decode(text.as_bytes()).ok()?)
            }
            BodyKind::Base64 => {
                let text = body.strip_prefix(b"\"").unwrap_or(body);
                let text = text.strip_suffix(b"\"").unwrap_or(text);
                let usable = text.len() - text.len() % 4;
                Body::Bytes(BASE64_STANDARD.decode(&text[..usable]).unwrap_or_default())
            }
        };
        Some(Record {
            seq: head.seq,
            at: head.at.into_owned(),
            server: head.server.into_owned(),
            direction: direction_of(&head.dir)?,
            kind: kind_of(&head.kind)?,
            note: head.note,
            ruling: head.ruling,
            exchange: head.exchange,
            http: head.http,
            sse: head.sse,
            eol: head.eol,
            cut: head.cut,
            size: head.size,
            body,
            whole,
        })
    }

    /// The frame as text, however it was kept; empty for none.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.body {
            Body::None => Cow::Borrowed(""),
            Body::Msg(text) | Body::Text(text) => Cow::Borrowed(text),
            Body::Bytes(bytes) => Cow::Owned(super::text::escape_bytes(bytes)),
        }
    }

    /// The bytes of the frame exactly as they were on the wire (without its line break).
    pub fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::None => b"",
            Body::Msg(text) | Body::Text(text) => text.as_bytes(),
            Body::Bytes(bytes) => bytes,
        }
    }
}

enum BodyKind {
    None,
    Msg,
    Text,
    Base64,
}

/// Splits a line into its head (completed to an object) and its frame. No member before the frame can contain the
/// searched bytes: inside strings every quote is escaped.
fn split(line: &[u8], whole: bool) -> Option<(Vec<u8>, &[u8], BodyKind)> {
    let found = [
        (&b",\"msg\":"[..], BodyKind::Msg),
        (&b",\"text\":"[..], BodyKind::Text),
        (&b",\"base64\":"[..], BodyKind::Base64),
    ]
    .into_iter()
    .filter_map(|(key, kind)| Some((memchr::memmem::find(line, key)?, key.len(), kind)))
    .min_by_key(|(at, ..)| *at);
    let Some((at, key_len, kind)) = found else {
        return line.ends_with(b"}").then(|| (line.to_vec(), &line[..0], BodyKind::None));
    };
    let mut head = line[..at].to_vec();
    head.push(b'}');
    let rest = &line[at + key_len..];
    if whole {
        return Some((head, rest.strip_suffix(b"}")?, kind));
    }
    Some((head, rest, kind))
}

/// The readable part of a JSON string whose end is missing.
fn open_string(body: &[u8]) -> String {
    let mut end = body.len();
    // A cut can fall inside an escape or a character; no escape is longer than a surrogate pair.
    for _ in 0..12 {
        let mut text = body[..end].to_vec();
        text.push(b'"');
        if let Ok(text) = serde_json::from_slice::<String>(&text) {
            return text;
        }
        if let Ok(text) = serde_json::from_slice::<String>(&body[..end]) {
            return text;
        }
        if end == 0 {
            break;
        }
        end -= 1;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    const LINE: &str = r#"{"seq":3,"at":"2026-11-21T02:21:36.000001Z","server":"a,\"msg\":1","dir":"recv","kind":"result","size":24,"msg":{"id":1,"text":"x","msg":2}}"#;

    #[test]
    fn a_frame_comes_back_verbatim() {
        let record = Record::read(LINE.as_bytes()).unwrap();
        assert_eq!(record.server, "a,\"msg\":1");
        assert_eq!(record.body, Body::Msg(r#"{"id":1,"text":"x","msg":2}"#.into()));
        assert_eq!(record.kind, FrameKind::Result);
    }

    #[test]
    fn every_torn_line_is_refused_as_a_whole_and_readable_as_a_head() {
        let body_at = LINE.find("\"msg\":{").unwrap();
        for end in 0..LINE.len() {
            assert!(Record::read(&LINE.as_bytes()[..end]).is_none(), "cut at {end}");
            if end > body_at + 5 {
                assert_eq!(Record::read_head(&LINE.as_bytes()[..end]).unwrap().seq, 3);
            }
        }
    }

    #[test]
    fn text_and_bytes_are_kept_apart() {
        let head = r#"{"seq":0,"at":"t","server":"s","dir":"recv","kind":"not-json","size":3,"#;
        let text = Record::read(format!(r#"{head}"text":"a\u001bb"}}"#).as_bytes()).unwrap();
        assert_eq!(text.bytes(), b"a\x1bb");
        let bytes = Record::read(format!(r#"{head}"base64":"//79"}}"#).as_bytes()).unwrap();
        assert_eq!(bytes.bytes(), b"\xff\xfe\xfd");
        let torn = Record::read_head(format!(r#"{head}"text":"ab\u00"#).as_bytes()).unwrap();
        assert_eq!(torn.body, Body::Text("ab".into()));
    }
}
