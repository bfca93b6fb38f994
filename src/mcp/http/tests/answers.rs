//! What comes back for a message: both kinds of body, every status, and what the journal keeps of it.

use super::rig::*;
use crate::mcp::http::{HttpTransport, header_text};
use crate::mcp::transport::Inbound;
use crate::model::record::Record;
use crate::model::server::{Limits, Timeouts};
use crate::model::wire::{Direction, FrameKind};

#[tokio::test]
async fn a_json_answer_is_journaled_whole_and_handed_up() {
    let mut rig = Rig::new(|heard| json(&result(heard))).await;
    rig.request(7, "ping", "{}");
    let heard = rig.server.heard().await;
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/mcp"));
    assert_eq!(heard.header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!(heard.header("authorization"), Some("Bearer canary-secret"));
    assert!(heard.header("user-agent").unwrap().starts_with("mcp-tui/"));
    for absent in ["accept-encoding", "mcp-protocol-version", "mcp-session-id", "mcp-method"] {
        assert_eq!(heard.header(absent), None, "{absent}");
    }
    let answer = r#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
    assert_eq!(rig.desk.frames().await, (Some(7), vec![answer.to_owned()]));

    let records = rig.desk.records().await;
    let kinds: Vec<_> = records.iter().map(|record| (record.direction, record.kind, record.exchange)).collect();
    assert_eq!(
        kinds,
        [
            (Direction::Send, FrameKind::Http, Some(1)),
            (Direction::Send, FrameKind::Request, Some(1)),
            (Direction::Recv, FrameKind::Http, Some(1)),
            (Direction::Recv, FrameKind::Result, Some(1)),
        ]
    );
    assert_eq!(records[1].text(), heard.body);
    assert_eq!(records[3].text(), answer);
    assert_eq!(records[2].http.as_ref().unwrap().status, Some(200));
    assert!(!format!("{records:?}").contains("canary-secret"));
}

#[tokio::test]
async fn an_event_stream_is_journaled_byte_for_byte() {
    let body = "\u{feff}: hello\r\n\r\nid: 1\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\r\n\r\n\
                data: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\"notifications/message\"}\n\n\
                event: other\ndata: 1\n\ndata: no json\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}\n\ndata: torn";
    let mut rig = Rig::new(move |_| {
        let mut steps = vec![say(STREAM)];
        steps.extend(body.as_bytes().chunks(5).map(say));
        steps
    })
    .await;
    rig.request(3, "tools/call", "{}");
    let mut seen = Vec::new();
    while seen.len() < 4 {
        let (origin, frames) = rig.desk.frames().await;
        assert_eq!(origin, Some(3));
        seen.extend(frames);
    }
    assert_eq!(
        seen,
        [
            r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#,
            "{\"jsonrpc\":\"2.0\",\n\"method\":\"notifications/message\"}",
            "no json",
            r#"{"jsonrpc":"2.0","id":3,"result":{}}"#,
        ]
    );
    let mut records = Vec::new();
    while records.last().is_none_or(|last: &Record| last.text() != "data: torn") {
        records.extend(rig.desk.records().await);
    }
    // The end of the stream says nothing new: the response came, and closing does not cancel it.
    rig.http.close(std::time::Duration::from_secs(5)).await;
    assert!(rig.desk.is_quiet() && rig.desk.records().await.is_empty());
    let mut all = Vec::new();
    for record in records.iter().filter(|record| record.direction == Direction::Recv && record.kind != FrameKind::Http)
    {
        let repeated = record.note.as_deref() == Some("the data of the event before");
        if let Some(sse) = &record.sse {
            all.extend_from_slice(sse.pre.as_bytes());
            all.extend_from_slice(record.bytes());
            all.extend_from_slice(sse.post.as_bytes());
        } else if !repeated {
            all.extend_from_slice(record.bytes());
        }
    }
    assert!(String::from_utf8(all).unwrap() == body);
    assert!(records.last().unwrap().note.as_ref().unwrap().starts_with("torn"));
}

#[tokio::test]
async fn statuses_tell_what_happened() {
    // status, headers, body; expected: part of the message, challenge, session lost
    let cases = [
        ("400 Bad Request", "", "nope", "“nope”", None, false),
        ("401 Unauthorized", "WWW-Authenticate: Bearer x=\"1\"\r\n", "", "sign in", Some("Bearer x=\"1\""), false),
        ("401 Unauthorized", "", "", "sign in", None, false),
        (
            "403 Forbidden",
            "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n",
            "",
            "do not allow",
            Some("Bearer error=\"insufficient_scope\""),
            false,
        ),
        ("404 Not Found", "", "", "session is over", None, true),
        ("405 Method Not Allowed", "", "", "takes no POST", None, false),
        ("406 Not Acceptable", "", "", "media types", None, false),
        ("410 Gone", "", "", "gone for good", None, false),
        ("429 Too Many Requests", "", "", "too often", None, false),
        ("429 Too Many Requests", "Retry-After: soon\r\n", "", "too often", None, false),
        (
            "500 Internal Server Error",
            "Content-Type: text/html\r\n",
            "<html><title>Oh \u{1b}[31mno</title>",
            "“Oh ␛[31mno”",
            None,
            false,
        ),
        ("502 Bad Gateway", "", "", "is it running", None, false),
        ("504 Gateway Timeout", "", "", "is it running", None, false),
        ("204 No Content", "", "", "with nothing in it", None, false),
        ("202 Accepted", "", "", "with nothing in it", None, false),
    ];
    for (status, headers, body, message, challenge, session_lost) in cases {
        let mut rig = Rig::new(in_session(move |_| reply(status, headers, body))).await;
        rig.initialize().await;
        rig.request(1, "tools/list", "{}");
        let heard = rig.server.heard().await;
        assert_eq!(heard.header("mcp-session-id"), Some("s-1"));
        assert_eq!(heard.header("mcp-protocol-version"), Some("2025-06-18"));
        let (request, failure) = rig.desk.failed().await;
        assert_eq!(request, Some(1));
        assert_eq!(failure.status.map(|code| code.to_string()), status.split(' ').next().map(str::to_owned));
        assert!(failure.message.contains(message), "{status}: {}", failure.message);
        assert_eq!(failure.challenge.as_deref(), challenge, "{status}");
        assert_eq!(failure.session_lost, session_lost, "{status}");
        assert!(!failure.unknown_outcome, "{status}");
        assert_eq!(failure.body.as_deref(), (!body.is_empty()).then_some(body), "{status}");
        assert!(rig.server.heard_nothing(), "{status}: asked once");
        assert!(rig.desk.is_quiet());
    }
}

#[tokio::test]
async fn a_refusal_that_is_our_response_is_handed_up() {
    let ours = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}"#;
    let wrapped = format!("data: {ours}\n\n");
    for (kind, body) in [("application/json", ours), ("text/event-stream", wrapped.as_str())] {
        let (headers, body) = (format!("Content-Type: {kind}\r\n"), body.to_owned());
        let mut rig = Rig::new(move |_| reply("400 Bad Request", &headers, &body)).await;
        rig.request(1, "server/discover", "{}");
        assert_eq!(rig.desk.frames().await, (Some(1), vec![ours.to_owned()]));
    }
    let foreign = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: no session"}}"#;
    let mut rig = Rig::new(move |_| reply("400 Bad Request", "Content-Type: application/json\r\n", foreign)).await;
    rig.request(1, "server/discover", "{}");
    let (_, failure) = rig.desk.failed().await;
    assert_eq!(failure.body.as_deref(), Some(foreign));
    assert!(failure.message.contains("-32000: Bad Request: no session"), "{}", failure.message);
}

#[tokio::test]
async fn useless_answers_fail_their_request() {
    let cases = [
        (json(r#"{"jsonrpc":"2.0","id":2,"result":{}}"#), "not the response to this request"),
        (json("not json"), "invalid JSON"),
        (json(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#), "both `result` and `error`"),
        (reply("200 OK", "Content-Type: text/html\r\n", "<!doctype html>\n<title>Log in</title>"), "“Log in”"),
        (reply("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "x"), "content coding `gzip`"),
        (stream("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n"), "without the response"),
        (stream("data: oops\n\n"), "1 of its events were not JSON-RPC"),
    ];
    for (answer, message) in cases {
        let mut rig = Rig::new(move |_| answer.clone()).await;
        rig.request(1, "tools/call", "{}");
        let failure = loop {
            match rig.desk.up().await {
                Inbound::Failed { failure, .. } => break failure,
                Inbound::Frames { origin, .. } => assert_eq!(origin, Some(1)),
                other => panic!("{other:?}"),
            }
        };
        assert!(failure.message.contains(message), "{}", failure.message);
        assert!(rig.server.heard().await.number == 0 && rig.server.heard_nothing());
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_an_unknown_outcome() {
    for answer in [
        vec![],
        vec![say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"jsonrpc\"")],
        vec![say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")],
        vec![say("garbage\r\n\r\n")],
    ] {
        let mut rig = Rig::new(move |_| answer.clone()).await;
        rig.request(1, "tools/call", "{}");
        let (request, failure) = rig.desk.failed().await;
        assert_eq!(request, Some(1));
        assert!(failure.unknown_outcome, "{}", failure.message);
        assert_eq!(rig.server.heard().await.number, 0);
        assert!(rig.server.heard_nothing(), "never sent again");
    }
}

#[tokio::test]
async fn a_server_that_does_not_run_did_not_act() {
    let mut rig = Rig::new(|_| accepted()).await;
    rig.server.kill().await;
    rig.request(1, "tools/call", "{}");
    let (_, failure) = rig.desk.failed().await;
    assert!(!failure.unknown_outcome);
    assert!(failure.message.contains("is the server running"), "{}", failure.message);
}

#[tokio::test]
async fn a_port_without_tls_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let serve = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut socket, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        socket
    });
    let mut desk = Desk::new();
    let (limits, timeouts) = (Limits::default(), Timeouts::default());
    let mut http = HttpTransport::new(&url, &[], limits, timeouts, desk.tap.clone(), desk.inbound.clone()).unwrap();
    http.send(request(1, "ping", "{}"));
    let (_, failure) = desk.failed().await;
    assert!(!failure.unknown_outcome && failure.message.contains("try http://"), "{}", failure.message);
    serve.abort();
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_cut_off() {
    let mut rig = Rig::new(|_| vec![Step::UntilClosed]).await;
    for _ in 0..1_025 {
        rig.notify("notifications/progress");
    }
    assert!(rig.desk.lost().await.contains("does not take"));
}

#[tokio::test]
async fn new_credentials_replace_the_old() {
    let mut rig = Rig::new(|heard| json(&result(heard))).await;
    for value in [Some("Bearer other"), None] {
        rig.http.set_authorization(value).unwrap();
        rig.request(1, "ping", "{}");
        assert_eq!(rig.server.heard().await.header("authorization"), value);
    }
    assert!(rig.http.set_authorization(Some("a\nb")).is_err());
}

#[tokio::test]
async fn notifications_are_taken_with_any_success() {
    let mut rig = Rig::new(|heard| match heard.number {
        0 => accepted(),
        1 => reply("204 No Content", "", ""),
        2 => reply("200 OK", "Content-Type: text/plain\r\n", "ok"),
        3 => json(r#"{"jsonrpc":"2.0","method":"notifications/message"}"#),
        _ => reply("400 Bad Request", "", ""),
    })
    .await;
    for _ in 0..5 {
        rig.notify("notifications/cancelled");
        rig.server.heard().await;
    }
    assert_eq!(rig.desk.frames().await.0, None);
    let (request, failure) = rig.desk.failed().await;
    assert_eq!((request, failure.status), (None, Some(400)));
}

#[tokio::test]
async fn the_modern_era_mirrors_frames_in_headers() {
    let mut rig = Rig::new(|heard| json(&result(heard))).await;
    rig.http.set_revision(Some("2026-07-28"));
    let cases = [
        ("tools/call", r#"{"name":"Zürich"}"#, Some("=?base64?WsO8cmljaA==?=")),
        ("tools/call", r#"{"name":"a\r\nEvil: 1"}"#, Some("=?base64?YQ0KRXZpbDogMQ==?=")),
        ("prompts/get", r#"{"name":"plain name"}"#, Some("plain name")),
        ("resources/read", r#"{"uri":"file:///x"}"#, Some("file:///x")),
        ("tasks/get", r#"{"taskId":"t-1"}"#, Some("t-1")),
        ("tools/list", "{}", None),
    ];
    for (number, (method, params, name)) in (1..).zip(cases) {
        rig.request(number, method, params);
        let heard = rig.server.heard().await;
        assert_eq!(heard.header("mcp-method"), Some(method));
        assert_eq!(heard.header("mcp-name"), name);
        assert_eq!(heard.header("mcp-protocol-version"), Some("2026-07-28"));
        rig.desk.frames().await;
    }
    rig.http.set_revision(Some("2025-11-25"));
    let mut out = request(99, "tools/call", r#"{"name":"x"}"#);
    out.headers.push(("Mcp-Param-City".into(), header_text("Zürich")));
    rig.http.send(out);
    let heard = rig.server.heard().await;
    assert_eq!((heard.header("mcp-method"), heard.header("mcp-name")), (None, None));
    assert_eq!(heard.header("mcp-param-city"), Some("=?base64?WsO8cmljaA==?="));
    rig.desk.frames().await;

    let mut out = request(100, "tools/call", "{}");
    out.headers.push(("Mcp-Param-X".into(), "a\r\nEvil: 1".into()));
    rig.http.send(out);
    let (request, failure) = rig.desk.failed().await;
    assert_eq!(request, Some(100));
    assert!(!failure.unknown_outcome && failure.message.contains("Mcp-Param-X"), "{}", failure.message);
    assert!(rig.server.heard_nothing());
}

#[tokio::test]
async fn what_is_wrong_with_the_url_or_headers_is_said_at_once() {
    let cases = [
        ("nonsense", ("A", "b"), "http://host:port/path"),
        ("ftp://host/", ("A", "b"), "http:// or https://"),
        ("http://user:canary-secret@host/", ("A", "b"), "--header"),
        ("http://host/", ("Bad Name", "b"), "letters, digits and dashes"),
        ("http://host/", ("A", "x\r\nEvil: 1"), "line break"),
        ("http://host/", ("Content-Length", "5"), "set by the transport"),
    ];
    for (url, (name, value), message) in cases {
        let desk = Desk::new();
        let headers = [(name.to_owned(), value.to_owned())];
        let (limits, timeouts) = (Limits::default(), Timeouts::default());
        let fault = HttpTransport::new(url, &headers, limits, timeouts, desk.tap.clone(), desk.inbound.clone());
        let fault = fault.unwrap_err();
        assert!(fault.contains(message), "{fault}");
        assert!(!fault.contains("canary-secret"));
    }
}
