//! The stream of server messages.

use super::rig::*;

const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

#[tokio::test]
async fn messages_of_the_server_come_up_and_a_broken_stream_is_resumed() {
    let mut rig = Rig::new(in_session(|heard| match heard.header("last-event-id") {
        None => stream(&format!("retry: 100\nid: 9\ndata: {CHANGED}\n\n")),
        Some(_) => vec![say(STREAM), say(format!("data: {CHANGED}\n\n")), Step::UntilClosed],
    }))
    .await;
    rig.initialize().await;
    rig.http.open_stream();
    for last in [None, Some("9")] {
        let heard = rig.server.heard().await;
        assert_eq!((heard.method.as_str(), heard.header("mcp-session-id")), ("GET", Some("s-1")));
        assert_eq!(heard.header("last-event-id"), last);
        assert_eq!(rig.desk.frames().await, (None, vec![CHANGED.to_owned()]));
    }
    rig.http.reset_session();
    assert_eq!(rig.server.closed().await, 2, "the stream goes with its session");
}

#[tokio::test]
async fn a_server_without_such_a_stream_is_fine() {
    for status in ["405 Method Not Allowed", "404 Not Found", "400 Bad Request"] {
        let mut rig = Rig::new(in_session(move |heard| match heard.method.as_str() {
            "GET" => reply(status, "", ""),
            _ => json(&result(heard)),
        }))
        .await;
        rig.initialize().await;
        rig.http.open_stream();
        rig.request(1, "tools/list", "{}");
        assert_eq!(rig.server.heard().await.method, "GET");
        assert_eq!(rig.desk.frames().await.0, Some(1), "{status}");
        assert!(rig.server.heard().await.method == "POST" && rig.server.heard_nothing());
        let notes = rig.desk.notes().await;
        assert!(notes.iter().any(|note| note.contains("stream")), "{notes:?}");
    }
}

#[tokio::test]
async fn a_lost_session_and_a_lost_permission_are_told() {
    for (status, lost) in [("404 Not Found", true), ("401 Unauthorized", false)] {
        let mut rig = Rig::new(in_session(move |heard| match heard.number {
            1 => stream("retry: 100\nid: 1\ndata:\n\n"),
            _ => reply(status, "WWW-Authenticate: Bearer\r\n", ""),
        }))
        .await;
        rig.initialize().await;
        rig.http.open_stream();
        let (request, failure) = rig.desk.failed().await;
        assert_eq!((request, failure.session_lost), (None, lost));
        assert_eq!(failure.challenge.is_some(), !lost);
    }
}

#[tokio::test]
async fn a_server_that_died_is_given_up() {
    // The server asks for the shortest waits, so that all six attempts fit into a test.
    let mut rig = Rig::new(in_session(|_| vec![say(STREAM), say("retry: 0\n\n"), Step::UntilClosed])).await;
    rig.initialize().await;
    rig.http.open_stream();
    rig.server.heard().await;
    while !rig.desk.records().await.iter().any(|record| record.text().contains("retry")) {}
    rig.server.kill().await;
    let why = rig.desk.lost().await;
    assert!(why.contains("is the server still running"), "{why}");
    let notes = rig.desk.notes().await;
    assert_eq!(notes.iter().filter(|note| note.contains("opening it again")).count(), 6, "{notes:?}");
}

#[tokio::test]
async fn a_request_waits_for_the_stream_before_it() {
    let mut rig = Rig::new(|heard| match heard.method.as_str() {
        "GET" => vec![say(STREAM), Step::UntilClosed],
        _ => json(&result(heard)),
    })
    .await;
    rig.http.open_stream();
    rig.request(1, "tools/call", "{}");
    assert_eq!(rig.server.heard().await.method, "GET");
    assert_eq!(rig.server.heard().await.method, "POST");
}
