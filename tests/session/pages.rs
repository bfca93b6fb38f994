//! Web pages that a legacy server sends people to: -32042, and the notification that a page is done.

use mcp_tui::app::{Command, Level};
use mcp_tui::model::call::{CallState, Failure};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::question::{Answer, QuestionBody};
use mcp_tui::model::wire::Direction;

use crate::support::{Run, tool};

#[tokio::test]
async fn pages_are_asked_one_by_one_and_their_end_is_told() {
    let script = r#"{"handshake":"2025-11-25"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32042,\"message\":\"more is needed\",\"data\":{\"elicitations\":[{\"mode\":\"url\",\"elicitationId\":\"e1\",\"url\":\"https:\/\/a.test\/1\",\"message\":\"one\"},{\"mode\":\"url\",\"elicitationId\":\"e2\",\"url\":\"https:\/\/a.test\/2\",\"message\":\"two\"}]}}}"}
{"expect":"ping"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/elicitation/complete\",\"params\":{\"elicitationId\":\"forged\"}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/elicitation/complete\",\"params\":{\"elicitationId\":\"e1\"}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/elicitation/complete\",\"params\":{\"elicitationId\":\"e1\"}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
{"until_eof":true}"#;
    let mut run = Run::new(false);
    let spec = run.script("s", script);
    let server = run.ready(spec).await;
    let call = run.runtime.run(server, tool("t"));
    run.until("two questions", |state| state.questions.len() == 2).await;
    let questions = run.runtime.state().questions.clone();
    for question in &questions {
        assert_eq!(question.call, Some(call));
        assert!(matches!(&question.body, QuestionBody::Url { url, .. } if url.starts_with("https://a.test/")));
        let answer = Answer::Accept(RawJson::empty_object());
        run.runtime.dispatch(Command::Answer { question: question.id, answer });
    }
    let outcome = run.ended(call).await.state;
    let CallState::Failed(Failure::Rpc { code: -32042, message, data }) = &outcome else { panic!("{outcome:?}") };
    assert!(message.starts_with("more is needed; ") && message.contains("send this again"), "{message}");
    assert!(data.as_ref().is_some_and(|data| data.as_str().contains("elicitations")), "the data stays");
    run.call(server, mcp_tui::model::call::Operation::Ping).await;
    let told: Vec<_> = run.runtime.state().notices.iter().filter(|notice| notice.level == Level::Info).collect();
    assert!(matches!(&told[..], [one] if one.text.contains("is done; call again")), "{told:?}");
    let records = run.finish().await;
    let calls = records.iter().filter(|r| r.direction == Direction::Send && r.text().contains("tools/call")).count();
    assert_eq!(calls, 1, "not sent again by itself");
    let unknown = records.iter().filter(|r| r.note.as_deref().is_some_and(|note| note.contains("nobody waits for")));
    assert_eq!(unknown.count(), 2, "the forged one, and the second of the real one");
}

#[tokio::test]
async fn a_refusal_without_usable_pages_is_told_as_it_is() {
    for data in ["{}", r#"{\"elicitations\":[]}"#, r#"{\"elicitations\":[{\"mode\":\"form\",\"message\":\"m\"}]}"#] {
        let mut run = Run::new(false);
        let script = format!(
            r#"{{"handshake":"2025-11-25"}}
{{"expect":"tools/call"}}
{{"send":"{{\"jsonrpc\":\"2.0\",\"id\":${{id}},\"error\":{{\"code\":-32042,\"message\":\"m\",\"data\":{data}}}}}"}}
{{"until_eof":true}}"#
        );
        let spec = run.script("s", &script);
        let server = run.ready(spec).await;
        let outcome = run.call(server, tool("t")).await;
        assert!(
            matches!(&outcome, CallState::Failed(Failure::Rpc { code: -32042, message, .. }) if message.contains("does not")),
            "{outcome:?}"
        );
        run.finish().await;
    }
}

#[tokio::test]
async fn a_modern_server_has_no_such_error() {
    let script = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32042,\"message\":\"m\",\"data\":{\"elicitations\":[{\"mode\":\"url\",\"elicitationId\":\"e\",\"url\":\"https:\/\/a.test\",\"message\":\"m\"}]}}}"}
{"until_eof":true}"#;
    let mut run = Run::new(false);
    let spec = run.script("s", script);
    let server = run.ready(spec).await;
    let outcome = run.call(server, tool("t")).await;
    assert!(matches!(&outcome, CallState::Failed(Failure::Rpc { code: -32042, message, .. }) if message == "m"));
    run.finish().await;
}
