//! The stream of changes of the modern era, through the whole engine.

use std::time::Duration;

use super::rig::*;
use crate::app::Command;
use crate::model::call::{CallState, Operation};
use crate::model::id::ServerId;
use crate::model::server::{HttpKind, Launch, ServerSpec};
use crate::runtime::{Options, Runtime};

const DISCOVERED: &str = r#"{"supportedVersions":["2026-07-28"],"capabilities":{"resources":{"subscribe":true}}}"#;
const A: ServerId = ServerId(0);

fn answer(heard: &Heard, result: &str) -> Vec<Step> {
    json(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, heard.id()))
}

/// A message on the stream that this request opened.
fn told(heard: &Heard, method: &str, member: &str) -> Step {
    let meta = format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{}}}"#, heard.id());
    say(format!(
        "data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/{method}\",\"params\":{{{meta},{member}}}}}\n\n"
    ))
}

fn acknowledged(heard: &Heard) -> Step {
    told(heard, "subscriptions/acknowledged", r#""notifications":{"resourceSubscriptions":["x:1"]}"#)
}

async fn until(run: &mut Runtime, holds: impl Fn(&crate::app::State) -> bool) {
    let waiting = async {
        while !holds(run.state()) {
            run.next().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it happens");
}

async fn subscribed(server: &Server) -> Runtime {
    let mut run = Runtime::start(Options::default()).unwrap();
    let launch = Launch::Http { url: server.url(), headers: vec![], kind: HttpKind::Streamable };
    run.dispatch(Command::AddServer(ServerSpec::new("s", launch)));
    run.dispatch(Command::Connect(A));
    until(&mut run, |state| state.sessions[0].is_ready()).await;
    let call = run.run(A, Operation::Subscribe { uri: "x:1".into() });
    until(&mut run, |state| matches!(state.calls[&call].state, CallState::Done(_))).await;
    run
}

#[tokio::test]
async fn a_stream_that_breaks_is_opened_again_and_closed_in_the_end() {
    let mut server = Server::start(|heard| match heard.header("mcp-method") {
        Some("server/discover") => answer(heard, DISCOVERED),
        // The first one is dropped without a word.
        _ if heard.number == 1 => vec![say(STREAM), acknowledged(heard)],
        _ => {
            let update = told(heard, "resources/updated", r#""uri":"x:1""#);
            vec![say(STREAM), acknowledged(heard), update, Step::UntilClosed]
        }
    })
    .await;
    let mut run = subscribed(&server).await;
    until(&mut run, |state| state.sessions[0].updated.contains("x:1")).await;
    let ids: Vec<String> =
        [server.heard().await, server.heard().await, server.heard().await].map(|heard| heard.id()).into();
    assert_ne!(ids[1], ids[2], "the second stream is another request");
    run.shutdown().await;
    assert_eq!(server.closed().await, 2, "closing the stream is the cancellation");
    assert!(server.heard_nothing(), "and nothing is posted for it");
}

#[tokio::test]
async fn a_stream_that_the_server_ends_stays_ended() {
    let mut server = Server::start(|heard| {
        if heard.header("mcp-method") == Some("server/discover") {
            answer(heard, DISCOVERED)
        } else {
            let end = format!("data: {{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{}}}}\n\n", heard.id());
            vec![say(STREAM), acknowledged(heard), say(end)]
        }
    })
    .await;
    let mut run = subscribed(&server).await;
    until(&mut run, |state| state.sessions[0].subscribed.is_empty()).await;
    tokio::time::timeout(Duration::from_millis(600), until(&mut run, |_| false)).await.unwrap_err();
    server.heard().await;
    server.heard().await;
    assert!(server.heard_nothing());
    run.shutdown().await;
}
