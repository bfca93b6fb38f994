//! Answers that come after their call was given up: told beside how it ended, which stands.

use std::time::Duration;

use mcp_tui::model::call::{CallState, Failure, Operation};

use crate::support::{Run, tool};
use crate::{HANDSHAKE, notes};

const RESULT: &str = r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"content\":[]}}"}"#;
const ERROR: &str =
    r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32000,\"message\":\"too slow\"}}"}"#;
/// An answer to a request of later shows that everything before was read.
const PONG: &str = r#"{"expect":"ping"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}"#;

fn script(answers: &[&str]) -> String {
    let told = r#"{"expect":"notifications/cancelled"}"#;
    let answers = answers.join("\n");
    format!("{HANDSHAKE}{{\"expect\":\"tools/call\"}}\n{told}\n{answers}\n{PONG}\n{{\"until_eof\":true}}")
}

#[tokio::test]
async fn a_result_after_the_deadline_is_told_and_changes_nothing() {
    let mut run = Run::new(false);
    let mut spec = run.script("s", &script(&[RESULT, ERROR]));
    spec.timeouts.request = Duration::from_millis(200);
    let server = run.ready(spec).await;
    let id = run.runtime.run(server, tool("t"));
    let call = run.ended(id).await;
    assert!(matches!(call.state, CallState::Failed(Failure::TimedOut(_))), "{call:?}");
    run.until("the late answer is told", |state| state.calls[&id].late.is_some()).await;
    // Of two late answers the first one counts.
    assert!(matches!(run.call(server, Operation::Ping).await, CallState::Done(_)));
    let call = run.runtime.state().calls[&id].clone();
    assert!(matches!(call.state, CallState::Failed(Failure::TimedOut(_))), "{call:?}");
    assert_eq!(call.late.map(|late| late.failure), Some(None));
    let records = run.finish().await;
    assert_eq!(notes(&records).matches("a late answer to #").count(), 2, "each is a line of the log");
}

#[tokio::test]
async fn an_error_after_a_cancel_is_told_as_one() {
    let mut run = Run::new(false);
    let spec = run.script("s", &script(&[ERROR]));
    let server = run.ready(spec).await;
    let id = run.runtime.run(server, tool("t"));
    run.until("it is sent", |state| state.calls[&id].request.is_some()).await;
    run.runtime.dispatch(mcp_tui::app::Command::Cancel(id));
    let call = run.ended(id).await;
    assert!(call.cancelled.is_some());
    run.until("the late answer is told", |state| state.calls[&id].late.is_some()).await;
    let call = run.runtime.state().calls[&id].clone();
    assert!(!matches!(call.state, CallState::Done(_)), "{call:?}");
    let late = call.late.and_then(|late| late.failure);
    assert!(matches!(&late, Some(Failure::Rpc { code: -32000, message, .. }) if message == "too slow"), "{late:?}");
    run.finish().await;
}
