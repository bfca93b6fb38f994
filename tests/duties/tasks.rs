//! Tasks over both transports; what is told of them; and a server that changes its mind about revisions.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, Operation, TaskVerb};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::question::Answer;
use mcp_tui::model::task::TaskStatus;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

const EXTENSION: &str = "io.modelcontextprotocol/tasks";

fn task(status: &str, more: &Value) -> Value {
    let mut task = json!({"resultType": "complete", "taskId": "t-1", "status": status, "createdAt": "x", "ttlMs": null, "pollIntervalMs": 1});
    for (key, value) in more.as_object().into_iter().flatten() {
        task[key] = value.clone();
    }
    task
}

#[tokio::test]
async fn a_task_is_polled_asked_for_input_and_cancelled_over_both_transports() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let form = json!({"method": "elicitation/create", "params": {"message": "m", "requestedSchema": {}}});
        let script = [
            modern(&json!({"tools": {}})),
            expect("tools/call") + &answer(&task("working", &json!({"resultType": "task"}))),
            expect("tasks/get") + &answer(&task("input_required", &json!({"inputRequests": {"k": form}}))),
            expect("tasks/update") + &answer(&json!({"resultType": "complete"})),
            expect("tasks/get") + &answer(&task("completed", &json!({"result": {"content": [], "n": 1}}))),
            expect("tasks/cancel") + &answer(&json!({"resultType": "complete"})),
        ];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("a question", |state| !state.questions.is_empty()).await;
        let question = stage.runtime.state().questions[0].id;
        stage.runtime.dispatch(Command::Answer { question, answer: Answer::Accept(RawJson::empty_object()) });
        let CallState::Done(result) = stage.ended(call).await.state else { panic!("it is done") };
        assert_eq!(result.get("n"), Some("1"));
        stage.call(server, Operation::Task { verb: TaskVerb::Cancel, id: "t-1".into() }).await;
        let wire = stage.wire().await;
        let update = &wire.with("tasks/update")[0]["params"];
        assert_eq!(update["inputResponses"], json!({"k": {"action": "accept", "content": {}}}), "{over:?}");
        for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
            let params = &wire.with(method)[0]["params"];
            assert_eq!(params["taskId"], "t-1");
            let offered = &params["_meta"]["io.modelcontextprotocol/clientCapabilities"]["extensions"];
            assert_eq!(*offered, json!({EXTENSION: {}, "io.modelcontextprotocol/skills": {}}), "{method}");
            let named = wire.header(method, "mcp-name");
            assert!(named.iter().all(|name| name.as_deref() == Some("t-1")), "{method}: {named:?}");
            assert_eq!(named.is_empty(), over == Over::Stdio);
        }
        assert!(wire.with("subscriptions/listen").is_empty(), "the server did not say that it knows tasks");
    }
}

#[tokio::test]
async fn a_task_that_is_told_of_needs_no_next_look() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let told = |status: &str, more: &Value| {
            let mut task = task(status, more);
            task["_meta"] = json!({"io.modelcontextprotocol/subscriptionId": 3});
            told("notifications/tasks", &task)
        };
        let agreed = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": "${id}"}, "notifications": {"taskIds": ["t-1"]}});
        let slow = json!({"resultType": "task", "pollIntervalMs": 60_000});
        let script = [
            modern(&json!({"tools": {}, "extensions": {EXTENSION: {}}})),
            expect("tools/call") + &answer(&task("working", &slow)),
            expect("subscriptions/listen"),
            super::script::told("notifications/subscriptions/acknowledged", &agreed),
            told("working", &json!({"statusMessage": "half", "pollIntervalMs": 60_000})),
            // One that lacks its result is looked at instead.
            told("completed", &json!({"pollIntervalMs": 60_000})),
            expect("tasks/get") + &answer(&task("working", &json!({"pollIntervalMs": 60_000}))),
            told("completed", &json!({"result": {"content": [], "n": 2}})),
        ];
        let server = stage.server(over, &script).await;
        let CallState::Done(result) = stage.call(server, tool("t")).await else { panic!("it is done") };
        assert_eq!(result.get("n"), Some("2"));
        assert_eq!(stage.runtime.state().tasks[0].status, TaskStatus::Completed);
        let wire = stage.wire().await;
        let wished = &wire.with("subscriptions/listen")[0]["params"]["notifications"];
        assert_eq!(*wished, json!({"taskIds": ["t-1"]}), "{over:?}");
        assert_eq!(wire.with("tasks/get").len(), 1, "{over:?}");
    }
}

#[tokio::test]
async fn a_server_that_tells_of_no_tasks_is_polled_and_keeps_its_other_stream() {
    let mut stage = Stage::new(true);
    let agreed = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": "${id}"}, "notifications": {"toolsListChanged": true}});
    let acknowledged = || told("notifications/subscriptions/acknowledged", &agreed);
    let list = || expect("tools/list") + &answer(&json!({"resultType": "complete", "tools": []}));
    let script = [
        modern(&json!({"tools": {"listChanged": true}, "extensions": {EXTENSION: {}}})),
        expect("subscriptions/listen") + &acknowledged(),
        list(),
        expect("tools/call") + &answer(&task("working", &json!({"resultType": "task", "pollIntervalMs": 200}))),
        expect("subscriptions/listen") + &refuse(-32602, &json!(null)),
        expect("subscriptions/listen") + &acknowledged(),
        list(),
        expect("tasks/get") + &answer(&task("completed", &json!({"result": {"content": [], "n": 3}}))),
    ];
    let server = stage.server(Over::Stdio, &script).await;
    stage.until("listed", |state| state.sessions[0].tools.fetched).await;
    let CallState::Done(result) = stage.call(server, tool("t")).await else { panic!("it is done") };
    assert_eq!(result.get("n"), Some("3"));
    let wire = stage.wire().await;
    let wished: Vec<Value> =
        wire.with("subscriptions/listen").iter().map(|frame| frame["params"]["notifications"].clone()).collect();
    let lists = json!({"toolsListChanged": true});
    assert_eq!(wished[1], json!({"toolsListChanged": true, "taskIds": ["t-1"]}));
    assert_eq!((&wished[0], &wished[2], wished.len()), (&lists, &lists, 3), "{}", wire.notes());
}

#[tokio::test]
async fn a_revision_that_is_refused_later_is_negotiated_again_once() {
    // The server was replaced by an older one; over stdio the script begins anew with the process.
    let mut stage = Stage::new(false);
    let script = [
        modern(&json!({"tools": {}})),
        expect("tools/call") + &refuse(-32022, &json!({"supported": ["2025-11-25"], "requested": "2026-07-28"})),
        legacy(&json!({"tools": {}})),
        expect("tools/call") + &answer(&json!({"content": []})),
    ];
    let server = stage.server(Over::Http, &script).await;
    let CallState::Failed(Failure::Rpc { code: -32022, .. }) = stage.call(server, tool("t")).await else {
        panic!("it is refused, and not sent again by itself")
    };
    stage.until("connected again", |state| state.sessions[0].generation == 2).await;
    assert!(!stage.runtime.state().sessions[0].negotiated.as_ref().unwrap().modern);
    assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
    let wire = stage.wire().await;
    assert!(wire.notes().contains("does not speak 2026-07-28 any more, but 2025-11-25"), "{}", wire.notes());
    assert_eq!(wire.with("initialize").len(), 1);

    // One that goes on refusing is believed once.
    let mut stage = Stage::new(false);
    let refusal = || expect("tools/call") + &refuse(-32022, &json!({"supported": ["2025-11-25"]}));
    let script = [modern(&json!({})), refusal()];
    let server = stage.server(Over::Stdio, &script).await;
    stage.call(server, tool("t")).await;
    stage.until("connected again", |state| state.sessions[0].generation == 2).await;
    let refused = stage.call(server, tool("t")).await;
    assert!(matches!(refused, CallState::Failed(Failure::Rpc { code: -32022, .. })), "{refused:?}");
    assert!(stage.runtime.state().sessions[0].is_ready(), "it stays as it is");
    stage.wire().await;
}

/// The experimental tasks of 2025-11-25: only a tool that must be one is called as one, and the result is asked for.
#[tokio::test]
async fn a_legacy_task_is_polled_fetched_and_cancelled_over_every_transport() {
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let capabilities = json!({"tools": {}, "tasks": {"cancel": {}, "requests": {"tools": {"call": {}}}}});
        let tools = json!({"tools": [
            {"name": "long", "inputSchema": {}, "execution": {"taskSupport": "required"}},
            {"name": "short", "inputSchema": {}, "execution": {"taskSupport": "optional"}},
        ]});
        let task =
            |status: &str| json!({"taskId": "t-1", "status": status, "createdAt": "x", "ttl": null, "pollInterval": 1});
        let script = [
            legacy(&capabilities),
            expect("tools/list") + &answer(&tools),
            expect("tools/call") + &answer(&json!({"content": []})),
            expect("tools/call") + &answer(&json!({ "task": task("working") })),
            expect("tasks/get") + &answer(&task("completed")),
            expect("tasks/result") + &answer(&json!({"content": [], "n": 1})),
            expect("tasks/get") + &answer(&task("completed")),
            expect("tasks/cancel") + &answer(&task("cancelled")),
        ];
        let server = stage.server(over, &script).await;
        stage.call(server, Operation::List(mcp_tui::model::call::ListKind::Tools)).await;
        stage.call(server, tool("short")).await;
        let outcome = stage.call(server, tool("long")).await;
        assert!(matches!(&outcome, CallState::Done(result) if result.get("n") == Some("1")), "{over:?}: {outcome:?}");
        stage.call(server, Operation::Task { verb: TaskVerb::Cancel, id: "t-1".into() }).await;
        let wire = stage.wire().await;
        let asked: Vec<Value> = wire.with("tools/call").iter().map(|call| call["params"]["task"].clone()).collect();
        assert_eq!(asked, [json!(null), json!({})], "{over:?}");
        let offered = &wire.with("initialize")[0]["params"]["capabilities"];
        assert_eq!(offered.get("extensions"), None, "{over:?}: those are of the other era");
        for method in ["tasks/get", "tasks/result", "tasks/cancel"] {
            assert_eq!(wire.with(method)[0]["params"]["taskId"], "t-1", "{over:?} {method}");
        }
    }
}
