//! Tasks: the extension of the modern era, and the experimental ones of 2025-11-25.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation, TaskVerb};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::question::Answer;
use mcp_tui::model::task::TaskStatus;
use serde_json::{Value, json};

use super::support::{Run, tool};
use super::{END, answer, expect, modern, notes, send, sent};

fn task(status: &str, more: &Value) -> Value {
    let mut task = json!({
        "taskId": "t-1", "status": status, "createdAt": "2026-07-28T00:00:00Z", "lastUpdatedAt": "2026-07-28T00:00:00Z",
        "ttlMs": 60_000, "pollIntervalMs": 1
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        task[key] = value.clone();
    }
    task
}

fn created() -> Value {
    task("working", &json!({"resultType": "task"}))
}

#[tokio::test]
async fn a_task_is_followed_asked_for_its_input_and_brings_the_result() {
    let mut run = Run::new(false);
    let form =
        json!({"method": "elicitation/create", "params": {"message": "who?", "requestedSchema": {"type": "object"}}});
    let asks = task("input_required", &json!({"inputRequests": {"k": form}}));
    let script = [
        modern(&json!({"tools": {}})),
        expect("tools/call"),
        answer(&created()),
        expect("tasks/get"),
        answer(&asks),
        expect("tasks/update"),
        answer(&json!({"resultType": "complete"})),
        // The same question again is not asked again.
        expect("tasks/get"),
        answer(&asks),
        expect("tasks/get"),
        answer(&task("completed", &json!({"resultType": "complete", "result": {"content": [], "n": 1}}))),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    let call = run.runtime.run(server, tool("build"));
    run.until("the question", |state| !state.questions.is_empty()).await;
    let question = run.runtime.state().questions[0].id;
    let yes = Answer::Accept(RawJson::parse(r#"{"name":"Ada"}"#).unwrap());
    run.runtime.dispatch(Command::Answer { question, answer: yes });
    let outcome = run.ended(call).await.state;
    assert!(matches!(&outcome, CallState::Done(result) if result.get("n") == Some("1")), "{outcome:?}");
    let known = &run.runtime.state().tasks[0];
    assert_eq!((known.tool.as_str(), known.id.as_str(), known.status), ("build", "t-1", TaskStatus::Completed));
    let kept = std::fs::read_to_string(run.dir.path().join("tasks.json")).unwrap();
    assert!(kept.contains("t-1") && kept.contains("completed"), "{kept}");
    let frames = sent(&run.finish().await);
    let meta = &frames[1]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    assert_eq!(meta["extensions"]["io.modelcontextprotocol/tasks"], json!({}));
    let updates: Vec<_> = frames.iter().filter(|frame| frame["method"] == "tasks/update").collect();
    assert_eq!(updates.len(), 1, "each question is answered once");
    assert_eq!(updates[0]["params"]["inputResponses"], json!({"k": {"action": "accept", "content": {"name": "Ada"}}}));
}

#[tokio::test]
async fn a_task_that_fails_and_one_that_is_cancelled_are_two_endings() {
    let error = json!({"error": {"code": -32_603, "message": "limit"}});
    for (end, expected) in
        [(task("failed", &error), "limit"), (task("cancelled", &json!({"statusMessage": "full"})), "full")]
    {
        let mut run = Run::new(false);
        let script = [
            modern(&json!({})),
            expect("tools/call"),
            answer(&created()),
            expect("tasks/get"),
            answer(&end),
            END.to_owned(),
        ];
        let spec = run.script("s", &script.concat());
        let server = run.ready(spec).await;
        let CallState::Failed(failure) = run.call(server, tool("t")).await else { panic!("it fails") };
        assert_eq!(matches!(failure, Failure::Rpc { code: -32_603, .. }), expected == "limit");
        assert_eq!(matches!(failure, Failure::Cancelled(_)), expected == "full");
        assert!(failure.to_string().contains(expected), "{failure}");
        run.finish().await;
    }
}

#[tokio::test]
async fn cancelling_the_call_cancels_the_task_and_quitting_does_not() {
    for cancel in [true, false] {
        let mut run = Run::new(false);
        let script = [
            modern(&json!({})),
            expect("tools/call"),
            answer(&task("working", &json!({"resultType": "task", "pollIntervalMs": 60_000}))),
            if cancel { expect("tasks/cancel") + &answer(&json!({})) } else { String::new() },
            END.to_owned(),
        ];
        let spec = run.script("s", &script.concat());
        let server = run.ready(spec).await;
        let call = run.runtime.run(server, tool("t"));
        run.until("the task", |state| !state.tasks.is_empty()).await;
        if cancel {
            run.runtime.dispatch(Command::Cancel(call));
            run.ended(call).await;
        }
        let kept = run.dir.path().join("tasks.json");
        assert!(std::fs::read_to_string(kept).unwrap().contains("t-1"));
        let frames = sent(&run.finish().await);
        let told: Vec<_> = frames.iter().filter(|frame| frame["method"] == "tasks/cancel").collect();
        assert_eq!(told.len(), usize::from(cancel));
        assert!(told.iter().all(|frame| frame["params"]["taskId"] == "t-1"));
        assert!(!frames.iter().any(|frame| frame["method"] == "notifications/cancelled"), "{frames:?}");
    }
}

#[tokio::test]
async fn a_tool_that_must_be_a_task_is_called_as_one_in_the_legacy_era() {
    let mut run = Run::new(false);
    let capabilities = json!({"tools": {}, "tasks": {"cancel": {}, "requests": {"tools": {"call": {}}}}});
    let tools = json!({"tools": [
        {"name": "long", "inputSchema": {}, "execution": {"taskSupport": "required"}},
        {"name": "short", "inputSchema": {}, "execution": {"taskSupport": "optional"}},
    ]});
    let working = json!({"taskId": "t-1", "status": "working", "createdAt": "x", "ttl": null, "pollInterval": 1});
    let completed = json!({"taskId": "t-1", "status": "completed", "createdAt": "x", "ttl": null});
    let told = json!({"jsonrpc": "2.0", "method": "notifications/tasks/status", "params": completed});
    let script = [
        format!("{}\n", json!({"handshake": "2025-11-25", "capabilities": capabilities})),
        expect("tools/list"),
        answer(&tools),
        expect("tools/call"),
        answer(&json!({"content": []})),
        expect("tools/call"),
        answer(&json!({ "task": working })),
        send(&told),
        expect("tasks/get"),
        answer(&completed),
        expect("tasks/result"),
        answer(&json!({"content": [], "n": 1})),
        expect("tasks/get"),
        answer(&completed),
        expect("tasks/get"),
        answer(&completed),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    run.call(server, Operation::List(ListKind::Tools)).await;
    run.call(server, tool("short")).await;
    let outcome = run.call(server, tool("long")).await;
    assert!(matches!(&outcome, CallState::Done(result) if result.get("n") == Some("1")), "{outcome:?}");
    let asked = run.call(server, Operation::Task { verb: TaskVerb::Get, id: "t-1".into() }).await;
    assert!(matches!(asked, CallState::Done(_)), "{asked:?}");
    assert_eq!(run.runtime.state().tasks[0].status, TaskStatus::Completed);
    let records = run.finish().await;
    let calls: Vec<Value> = sent(&records).into_iter().filter(|frame| frame["method"] == "tools/call").collect();
    assert_eq!((&calls[0]["params"]["task"], &calls[1]["params"]["task"]), (&Value::Null, &json!({})));
    let initialize = sent(&records).into_iter().find(|frame| frame["method"] == "initialize").unwrap();
    assert_eq!(initialize["params"]["capabilities"]["extensions"], Value::Null, "{}", notes(&records));
}
