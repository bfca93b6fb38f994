//! Waiting as the server asks, resuming streams, the order of messages, aborting and closing.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use tokio::sync::Notify;

use super::rig::*;
use crate::mcp::http::headers::retry_after;
use crate::mcp::http::listen::Backoff;

const BUSY: &str = "429 Too Many Requests";

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says_so() {
    let mut rig = Rig::new(|heard| match heard.number {
        0 => reply(BUSY, "Retry-After: 1\r\n", ""),
        1 => reply("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        _ => json(&result(heard)),
    })
    .await;
    rig.request(1, "tools/call", "{}");
    assert_eq!(rig.desk.frames().await.0, Some(1));
    let bodies = [rig.server.heard().await.body, rig.server.heard().await.body, rig.server.heard().await.body];
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let notes = rig.desk.notes().await;
    assert_eq!(
        notes,
        [
            "429: waiting 1 s as the server asks",
            "sent again after 429",
            "503: waiting 0 s as the server asks",
            "sent again after 503"
        ]
    );
}

#[tokio::test]
async fn a_server_that_is_always_busy_is_asked_four_times() {
    let mut rig = Rig::new(|_| reply(BUSY, "Retry-After: 0\r\n", "")).await;
    rig.request(1, "tools/call", "{}");
    assert_eq!(rig.desk.failed().await.1.status, Some(429));
    for number in 0..4 {
        assert_eq!(rig.server.heard().await.number, number);
    }
    assert!(rig.server.heard_nothing());
}

#[tokio::test]
async fn an_aborted_wait_sends_nothing_more() {
    let mut rig = Rig::new(|_| reply(BUSY, "Retry-After: 200\r\n", "")).await;
    rig.request(1, "tools/call", "{}");
    rig.server.heard().await;
    rig.http.abort(1);
    rig.http.close(Duration::from_secs(5)).await;
    assert!(rig.server.heard_nothing() && rig.desk.is_quiet());
}

#[test]
fn retry_after_is_read_as_people_write_it() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let cases = [
        (&[("retry-after", "5")][..], Some(5)),
        (&[("retry-after", " 0 ")], Some(0)),
        (&[("retry-after", "999999999")], Some(300)),
        (&[("retry-after", "99999999999999999999999999")], Some(300)),
        (&[("retry-after", "soon")], None),
        (&[("retry-after", "-1")], None),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT"), date], Some(20)),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:17 GMT"), date], Some(0)),
    ];
    for (headers, seconds) in cases {
        let map: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        assert_eq!(retry_after(&map), seconds.map(Duration::from_secs), "{headers:?}");
    }
}

#[test]
fn waits_grow_and_end() {
    let mut backoff = Backoff::new();
    let waits: Vec<u64> = std::iter::from_fn(|| backoff.next(None)).map(|wait| wait.as_secs()).collect();
    assert_eq!(waits.len(), 6);
    assert_eq!(waits[0], 1);
    assert!(waits.is_sorted() && waits[5] <= 34, "{waits:?}");
    backoff.news();
    assert_eq!(backoff.next(Some(0)), Some(Duration::from_millis(100)));
    backoff.news();
    assert_eq!(backoff.next(Some(500)), Some(Duration::from_millis(500)));
    assert!(backoff.next(Some(u64::MAX)).unwrap() <= Duration::from_secs(300 * 9 / 8));
}

#[tokio::test]
async fn a_legacy_stream_with_ids_is_resumed() {
    let mut rig = Rig::new(in_session(|heard| match heard.header("last-event-id") {
        None => stream("retry: 100\nid: a-1\ndata:\n\n"),
        Some("a-1") => stream("id: a-2\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n"),
        Some(_) => stream("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n"),
    }))
    .await;
    rig.initialize().await;
    rig.request(1, "tools/call", "{}");
    assert_eq!(rig.desk.frames().await.0, Some(1));
    assert_eq!(rig.desk.frames().await, (Some(1), vec![r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned()]));
    assert_eq!(rig.server.heard().await.method, "POST");
    for _ in 0..2 {
        let heard = rig.server.heard().await;
        assert_eq!((heard.method.as_str(), heard.header("mcp-session-id")), ("GET", Some("s-1")));
        assert_eq!(heard.header("accept"), Some("text/event-stream"));
        assert_eq!(heard.header("content-type"), None);
    }
    let notes = rig.desk.notes().await;
    assert!(notes.iter().any(|note| note.contains("resuming after event `a-1` in 100 ms")), "{notes:?}");
}

#[tokio::test]
async fn a_stream_that_cannot_be_resumed_is_lost() {
    // In the modern era, never; without ids, never; where the server says no, no more.
    let with_id = "id: a-1\nretry: 100\ndata:\n\n";
    for (revision, body, heard_more) in
        [("2026-07-28", with_id, false), ("2025-11-25", ": nothing\n\n", false), ("2025-11-25", with_id, true)]
    {
        let mut rig =
            Rig::new(move |heard| if heard.method == "GET" { reply("405 No", "", "") } else { stream(body) }).await;
        rig.http.set_revision(Some(revision));
        rig.request(1, "tools/call", "{}");
        let (request, failure) = rig.desk.failed().await;
        assert_eq!(request, Some(1));
        assert!(failure.unknown_outcome);
        rig.server.heard().await;
        assert_eq!(!rig.server.heard_nothing(), heard_more);
        assert!(rig.server.heard_nothing());
    }
}

#[tokio::test]
async fn an_abort_closes_the_stream() {
    let hold = || vec![say(STREAM), say(": open\n\n"), Step::UntilClosed];
    for (revision, note) in [("2026-07-28", "cancelled by closing the stream"), ("2025-06-18", "stream closed")] {
        let mut rig = Rig::new(move |_| hold()).await;
        rig.http.set_revision(Some(revision));
        rig.request(5, "tools/call", "{}");
        rig.server.heard().await;
        rig.http.abort(5);
        assert_eq!(rig.server.closed().await, 0);
        rig.http.close(Duration::from_secs(5)).await;
        assert!(rig.desk.is_quiet(), "nothing comes for an aborted request");
        let notes = rig.desk.notes().await;
        assert!(notes.iter().any(|text| text.contains("request 5") && text.contains(note)), "{notes:?}");
    }
}

#[tokio::test]
async fn what_follows_initialized_waits_until_it_is_taken() {
    let taken = Arc::new(Notify::new());
    let gate = taken.clone();
    let mut rig = Rig::new(move |heard| {
        if heard.body.contains("initialized") {
            let mut steps = vec![Step::Wait(gate.clone())];
            steps.extend(accepted());
            return steps;
        }
        json(&result(heard))
    })
    .await;
    rig.notify("notifications/initialized");
    rig.request(1, "tools/list", "{}");
    assert!(rig.server.heard().await.body.contains("initialized"));
    assert!(rig.server.heard_nothing());
    taken.notify_one();
    assert!(rig.server.heard().await.body.contains("tools/list"));
    assert_eq!(rig.desk.frames().await.0, Some(1));
}

#[tokio::test]
async fn closing_sends_what_is_queued_then_aborts_then_deletes() {
    let mut rig =
        Rig::new(in_session(
            |heard| {
                if heard.body.contains("tools/call") { vec![Step::UntilClosed] } else { accepted() }
            },
        ))
        .await;
    rig.initialize().await;
    assert_eq!(rig.http.session_id().as_deref(), Some("s-1"));
    rig.request(1, "tools/call", "{}");
    rig.server.heard().await;
    rig.notify("notifications/cancelled");
    rig.http.close(Duration::from_secs(5)).await;
    assert!(rig.server.heard().await.body.contains("cancelled"));
    assert_eq!(rig.server.closed().await, 1);
    let delete = rig.server.heard().await;
    assert_eq!((delete.method.as_str(), delete.header("mcp-session-id")), ("DELETE", Some("s-1")));
    assert_eq!(delete.header("mcp-protocol-version"), Some("2025-06-18"));
    assert!(rig.server.heard_nothing());
}

#[tokio::test]
async fn closing_is_bounded_and_without_a_session_says_nothing() {
    let mut rig = Rig::new(|_| vec![Step::UntilClosed]).await;
    rig.request(1, "tools/call", "{}");
    rig.server.heard().await;
    rig.notify("notifications/cancelled");
    rig.http.close(Duration::from_millis(200)).await;
    rig.server.heard().await;
    assert!(rig.server.heard_nothing());

    let mut rig = Rig::new(in_session(|_| vec![Step::UntilClosed])).await;
    rig.initialize().await;
    rig.http.close(Duration::from_millis(200)).await;
    let notes = rig.desk.notes().await;
    assert!(notes.iter().any(|note| note.contains("did not answer in time")), "{notes:?}");

    let mut rig = Rig::new(in_session(|_| accepted())).await;
    rig.initialize().await;
    rig.http.reset_session();
    assert_eq!(rig.http.session_id(), None);
    rig.http.close(Duration::from_secs(5)).await;
    assert!(rig.server.heard_nothing());
}
