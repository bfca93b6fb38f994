//! HTTP+SSE of 2024-11-05.

use std::time::Duration;

use tokio::time::Instant;

use super::rig::*;
use crate::mcp::http::SseTransport;
use crate::mcp::transport::HttpFailure;
use crate::model::server::{Limits, Timeouts};

async fn connect(server: &Server, desk: &Desk) -> Result<SseTransport, HttpFailure> {
    let headers = [("Authorization".to_owned(), "Bearer canary-secret".to_owned())];
    let (tap, inbound) = (desk.tap.clone(), desk.inbound.clone());
    let deadline = Instant::now() + Duration::from_secs(5);
    SseTransport::connect(&server.url(), &headers, Limits::default(), Timeouts::default(), tap, inbound, deadline).await
}

fn naming(endpoint: &str) -> Vec<Step> {
    vec![say(STREAM), say(format!("event: endpoint\ndata: {endpoint}\n\n"))]
}

#[tokio::test]
async fn frames_go_to_the_endpoint_and_come_over_the_stream() {
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    let ask = std::sync::Arc::new(tokio::sync::Notify::new());
    let asked = ask.clone();
    let mut server = Server::start(move |heard| {
        if heard.method == "GET" {
            let mut steps = naming("/messages?sessionId=1");
            steps.extend([Step::Wait(asked.clone()), say(format!("data: {answer}\n\n"))]);
            return steps;
        }
        if heard.body.contains("bad") { reply("400 Bad Request", "", "no") } else { accepted() }
    })
    .await;
    let mut desk = Desk::new();
    let mut sse = connect(&server, &desk).await.unwrap();
    assert_eq!(server.heard().await.header("accept"), Some("text/event-stream"));
    sse.send(request(1, "initialize", "{}"));
    let heard = server.heard().await;
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/messages?sessionId=1"));
    assert_eq!(heard.header("authorization"), Some("Bearer canary-secret"));
    sse.send(request(2, "bad", "{}"));
    let (failed, failure) = desk.failed().await;
    assert_eq!((failed, failure.status, failure.unknown_outcome), (Some(2), Some(400), false));
    ask.notify_one();
    assert_eq!(desk.frames().await, (None, vec![answer.to_owned()]));
    // The server ends its stream after that: the connection is over, at once.
    assert!(desk.lost().await.contains("ended the event stream"));
    sse.close(Duration::from_secs(1)).await;
    assert!(!format!("{:?}", desk.records().await).contains("canary-secret"));
}

#[tokio::test]
async fn a_server_that_dies_is_noticed() {
    let mut server = Server::start(|_| {
        let mut steps = naming("/messages");
        steps.push(Step::UntilClosed);
        steps
    })
    .await;
    let mut desk = Desk::new();
    let _sse = connect(&server, &desk).await.unwrap();
    server.kill().await;
    desk.lost().await;
}

#[tokio::test]
async fn a_foreign_endpoint_is_refused() {
    for endpoint in
        ["http://127.0.0.2:1/messages", "//evil.example/messages", "https://127.0.0.1/", "file:///etc/passwd"]
    {
        let server = Server::start(move |_| {
            let mut steps = naming(endpoint);
            steps.push(Step::UntilClosed);
            steps
        })
        .await;
        let mut desk = Desk::new();
        let failure = connect(&server, &desk).await.unwrap_err();
        assert!(failure.message.contains("another origin"), "{}", failure.message);
        assert!(desk.is_quiet());
    }
}

#[tokio::test]
async fn what_is_no_such_server_is_told() {
    let cases = [
        (reply("405 Method Not Allowed", "", ""), Some(405), "405"),
        (reply("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", ""), Some(401), "sign in"),
        (reply("200 OK", "Content-Type: text/html\r\n", "<title>x</title>"), Some(200), "text/html"),
        (stream(": no endpoint\n\n"), None, "before it named its endpoint"),
        (vec![], None, "without an answer"),
    ];
    for (answer, status, message) in cases {
        let server = Server::start(move |_| answer.clone()).await;
        let mut desk = Desk::new();
        let failure = connect(&server, &desk).await.unwrap_err();
        assert_eq!(failure.status, status);
        assert_eq!(failure.challenge.is_some(), status == Some(401));
        assert!(failure.message.contains(message), "{}", failure.message);
        assert!(desk.is_quiet());
    }
}
