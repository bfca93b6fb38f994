//! What every request carries, how it ends early, and what is ignored after its end.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, Operation};
use mcp_tui::model::json::RawJson;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

const META: &str = "io.modelcontextprotocol/";

/// The id of the first call, which is its progress token: after the probe and the handshake, where there are such.
fn first_call(modern_era: bool, over: Over) -> u32 {
    if modern_era || over == Over::Sse { 2 } else { 3 }
}

#[tokio::test]
async fn every_modern_request_says_who_asks_and_its_headers_say_the_same() {
    let mut stage = Stage::new(false);
    let complete = || answer(&json!({"resultType": "complete", "contents": [], "content": [], "messages": []}));
    let methods = ["tools/call", "resources/read", "prompts/get", "tasks/get"];
    let mut script = vec![modern(&json!({"tools": {}}))];
    for method in &methods[..3] {
        script.push(expect(method) + &complete());
    }
    script
        .push(expect("tasks/get") + &answer(&json!({"resultType": "complete", "taskId": "t 1", "status": "working"})));
    let server = stage.server(Over::Http, &script).await;
    stage.call(server, tool("Zürich")).await;
    stage.call(server, Operation::ReadResource { uri: "x:1".into() }).await;
    let arguments = RawJson::empty_object();
    stage.call(server, Operation::GetPrompt { name: " p".into(), arguments }).await;
    let verb = mcp_tui::model::call::TaskVerb::Get;
    stage.call(server, Operation::Task { verb, id: "t 1".into() }).await;
    let wire = stage.wire().await;
    for (method, name) in methods.into_iter().zip(["=?base64?WsO8cmljaA==?=", "x:1", "=?base64?IHA=?=", "t 1"]) {
        let meta = &wire.with(method)[0]["params"]["_meta"];
        assert_eq!(meta[format!("{META}protocolVersion")], "2026-07-28", "{method}");
        assert_eq!(meta[format!("{META}clientInfo")]["name"], "mcp-tui", "{method}");
        assert!(meta[format!("{META}clientCapabilities")].is_object(), "{method}");
        for (header, value) in [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method), ("mcp-name", name)] {
            assert_eq!(wire.header(method, header), [Some(value.to_owned())], "{method} {header}");
        }
        assert_eq!(wire.header(method, "accept"), [Some("application/json, text/event-stream".into())]);
    }
}

#[tokio::test]
async fn a_legacy_session_is_named_with_each_post_and_its_headers_mirror_nothing() {
    let mut stage = Stage::new(false);
    let script = [legacy(&json!({"tools": {}})), expect("tools/call"), answer(&json!({"content": []}))];
    let server = stage.server(Over::Http, &script).await;
    stage.call(server, tool("t")).await;
    let wire = stage.wire().await;
    assert_eq!(wire.header("tools/call", "mcp-session-id"), [Some("s-1".into())]);
    assert_eq!(wire.header("tools/call", "mcp-protocol-version"), [Some("2025-11-25".into())]);
    assert_eq!(wire.header("tools/call", "mcp-method"), [None]);
    assert_eq!(wire.with("tools/call")[0]["params"]["_meta"], json!({"progressToken": 3}));
    let ended = wire.0.iter().filter_map(|record| record.http.as_ref()?.method.clone()).filter(|how| how == "DELETE");
    assert_eq!(ended.count(), 1, "the session is ended");
}

#[tokio::test]
async fn cancelling_is_told_in_the_way_of_the_era_and_the_transport() {
    // Modern HTTP closes the stream; everything else has a notification. A late answer is ignored.
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let capabilities = json!({"tools": {}});
        let closes = modern_era && over == Over::Http;
        let script = [
            if modern_era { modern(&capabilities) } else { legacy(&capabilities) },
            expect("tools/call"),
            told("notifications/progress", &json!({"progressToken": first_call(modern_era, over), "progress": 1})),
            if closes { "{\"closed\":true}\n".to_owned() } else { expect("notifications/cancelled") },
            answer(&json!({"resultType": "complete", "content": []})),
            expect("tools/call"),
            answer(&json!({"resultType": "complete", "content": []})),
        ];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("it is under way", |state| state.calls[&call].progress.is_some()).await;
        stage.runtime.dispatch(Command::Cancel(call));
        let state = stage.ended(call).await.state;
        assert!(matches!(state, CallState::Failed(Failure::Cancelled(_))), "{state:?}");
        assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)), "{modern_era} {over:?}");
        let wire = stage.wire().await;
        let id = wire.with("tools/call")[0]["id"].clone();
        let notices = wire.with("notifications/cancelled");
        if closes {
            assert!(notices.is_empty(), "nothing is posted for it");
            assert!(wire.notes().contains("cancelled by closing the stream"), "{}", wire.notes());
        } else {
            assert_eq!(notices.len(), 1, "{modern_era} {over:?}");
            assert_eq!(notices[0]["params"]["requestId"], id);
        }
        let ids: Vec<Value> = wire.sent().iter().filter_map(|frame| frame.get("id").cloned()).collect();
        let unique: std::collections::BTreeSet<String> = ids.iter().map(Value::to_string).collect();
        assert_eq!(unique.len(), ids.len(), "no id is used twice");
    }
}

#[tokio::test]
async fn progress_that_goes_backwards_or_comes_late_is_remarked_and_changes_nothing() {
    for (modern_era, over) in WAYS {
        let token = first_call(modern_era, over);
        let mut stage = Stage::new(false);
        let report =
            |progress: f64| told("notifications/progress", &json!({"progressToken": token, "progress": progress}));
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            expect("tools/call"),
            [2.0, 1.0, 1.0, 3.0].map(report).concat(),
            told("notifications/progress", &json!({"progressToken": token.to_string(), "progress": 9})),
            told("notifications/progress", &json!({"progressToken": token})),
            answer(&json!({"resultType": "complete", "content": []})),
            expect("tools/call"),
            report(4.0),
            answer(&json!({"resultType": "complete", "content": []})),
        ];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        let ended = stage.ended(call).await;
        assert_eq!(
            ended.progress.map(|progress| (progress.progress, progress.reports)),
            Some((3.0, 4)),
            "{modern_era} {over:?}"
        );
        stage.call(server, tool("t")).await;
        assert_eq!(stage.runtime.state().calls[&call].progress.as_ref().unwrap().reports, 4);
        let notes = stage.wire().await.notes();
        assert!(notes.contains("its progress does not increase"), "{notes}");
        assert!(notes.contains(&format!("progress for {token}, which is not running")), "{notes}");
        assert!(notes.contains("a progress report that cannot be read"), "{notes}");
    }
}
