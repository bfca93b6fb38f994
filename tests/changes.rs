//! What servers tell of their own accord: changes of lists and of resources, in both eras.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

mod support;
#[path = "changes/tasks.rs"]
mod tasks;

use mcp_tui::model::call::{CallState, Failure, Operation};
use mcp_tui::model::record::Record;
use mcp_tui::model::server::Restart;
use mcp_tui::model::wire::Direction;
use serde_json::{Value, json};
use support::Run;

/// A line of a script that sends this frame; `${id}` in it is the last request's.
fn send(frame: &Value) -> String {
    let text = frame.to_string().replace("\"${id}\"", "${id}");
    format!("{}\n", json!({ "send": text }))
}

fn answer(result: &Value) -> String {
    send(&json!({"jsonrpc": "2.0", "id": "${id}", "result": result}))
}

fn expect(method: &str) -> String {
    format!("{}\n", json!({ "expect": method }))
}

/// A notification; with the id of the stream as its subscription.
fn told(method: &str, subscription: &Value, params: Value) -> String {
    let mut params = params;
    if !subscription.is_null() {
        params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": subscription });
    }
    send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
}

fn acknowledged(filter: &Value) -> String {
    told("notifications/subscriptions/acknowledged", &json!("${id}"), json!({ "notifications": filter }))
}

fn modern(capabilities: &Value) -> String {
    let discovered = json!({"supportedVersions": ["2026-07-28"], "capabilities": capabilities});
    format!("{}{}", expect("server/discover"), answer(&discovered))
}

fn tools(names: &[&str]) -> Value {
    let tools: Vec<Value> = names.iter().map(|name| json!({"name": name, "inputSchema": {}})).collect();
    json!({ "tools": tools })
}

fn sent(records: &[Record]) -> Vec<Value> {
    let ours = records.iter().filter(|record| record.direction == Direction::Send);
    ours.map(|record| serde_json::from_str(&record.text()).unwrap()).collect()
}

fn methods(records: &[Record]) -> Vec<String> {
    sent(records).iter().map(|frame| frame["method"].as_str().unwrap_or_default().to_owned()).collect()
}

fn notes(records: &[Record]) -> String {
    records.iter().filter_map(|record| record.note.as_deref()).collect::<Vec<_>>().join("\n")
}

fn subscribe(uri: &str) -> Operation {
    Operation::Subscribe { uri: uri.into() }
}

const END: &str = "{\"until_eof\":true}\n";

#[tokio::test]
async fn a_changed_list_is_fetched_again_and_the_difference_is_told_in_the_modern_era() {
    let mut run = Run::new(true);
    let script = [
        modern(&json!({"tools": {"listChanged": true}, "prompts": {"listChanged": false}})),
        // Before the list, so that no change falls in between.
        expect("subscriptions/listen"),
        acknowledged(&json!({"toolsListChanged": true})),
        expect("tools/list"),
        answer(&tools(&["a", "b"])),
        told("notifications/tools/list_changed", &json!(2), json!({})),
        told("notifications/tools/list_changed", &json!(4_711), json!({})),
        expect("tools/list"),
        answer(&tools(&["b", "c"])),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    run.until("the difference", |state| state.notices.iter().any(|notice| notice.text == "s: tools changed: +c −a"))
        .await;
    assert_eq!(run.runtime.state().session(server).unwrap().tools.change.as_ref().unwrap().removed, ["a"]);
    let records = run.finish().await;
    let frames = sent(&records);
    let listen = frames.iter().find(|frame| frame["method"] == "subscriptions/listen").unwrap();
    assert_eq!(listen["params"]["notifications"], json!({"toolsListChanged": true}), "only what is announced");
    let cancelled = frames.iter().find(|frame| frame["method"] == "notifications/cancelled").unwrap();
    assert_eq!(cancelled["params"]["requestId"], listen["id"], "the stream is cancelled at the end");
    assert!(notes(&records).contains("the subscription 4711, which nobody holds"), "{}", notes(&records));
}

#[tokio::test]
async fn another_wish_is_another_stream_and_the_old_one_goes_when_the_new_one_is_there() {
    let mut run = Run::new(false);
    let script = [
        modern(&json!({"resources": {"subscribe": true}})),
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:1"]})),
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:1", "x:2"]})),
        expect("notifications/cancelled"),
        // What is asked for and not agreed to is refused, and the rest stays.
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:1", "x:2"]})),
        told("notifications/resources/updated", &json!("${id}"), json!({"uri": "x:2"})),
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:2"]})),
        told("notifications/resources/updated", &json!("${id}"), json!({"uri": "x:2/part"})),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    for uri in ["x:1", "x:2"] {
        assert!(matches!(run.call(server, subscribe(uri)).await, CallState::Done(_)));
    }
    let refused = run.call(server, subscribe("x:3")).await;
    assert!(matches!(&refused, CallState::Failed(Failure::Refused(why)) if why.contains("x:3")), "{refused:?}");
    run.until("the update", |state| state.sessions[0].updated.contains("x:2")).await;
    run.call(server, Operation::Unsubscribe { uri: "x:1".into() }).await;
    assert_eq!(run.runtime.state().sessions[0].subscribed.iter().collect::<Vec<_>>(), ["x:2"]);
    run.until("the fourth stream", |state| state.sessions[0].updated.contains("x:2/part")).await;
    let records = run.finish().await;
    let frames = sent(&records);
    let wished: Vec<_> = frames
        .iter()
        .filter(|frame| frame["method"] == "subscriptions/listen")
        .map(|frame| frame["params"]["notifications"]["resourceSubscriptions"].clone())
        .collect();
    assert_eq!(wished, [json!(["x:1"]), json!(["x:1", "x:2"]), json!(["x:1", "x:2", "x:3"]), json!(["x:2"])]);
    let methods = methods(&records);
    let second = methods.iter().rposition(|method| method == "subscriptions/listen").unwrap();
    assert!(methods[..second].iter().any(|method| method == "notifications/cancelled"), "{methods:?}");
}

#[tokio::test]
async fn a_stream_that_the_server_ends_is_not_opened_again() {
    let graceful = answer(&json!({"resultType": "complete"}));
    let cancelled =
        send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "${id}"}}));
    for end in [graceful, cancelled] {
        let mut run = Run::new(false);
        let script = [
            modern(&json!({"resources": {}})),
            expect("subscriptions/listen"),
            acknowledged(&json!({"resourceSubscriptions": ["x:1"]})),
            end,
            END.to_owned(),
        ];
        let spec = run.script("s", &script.concat());
        let server = run.ready(spec).await;
        run.call(server, subscribe("x:1")).await;
        run.until("the end is told", |state| state.sessions[0].subscribed.is_empty()).await;
        assert!(run.runtime.state().notices.iter().any(|notice| notice.text.contains("ended the subscription")));
        let records = run.finish().await;
        assert_eq!(methods(&records), ["server/discover", "subscriptions/listen"], "not again, and not cancelled");
    }
}

#[tokio::test]
async fn a_server_without_such_a_stream_says_so() {
    let mut run = Run::new(false);
    let error = json!({"jsonrpc": "2.0", "id": "${id}", "error": {"code": -32601, "message": "what?"}});
    let script = [modern(&json!({})), expect("subscriptions/listen"), send(&error), END.to_owned()];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    let refused = run.call(server, subscribe("x:1")).await;
    assert!(matches!(refused, CallState::Failed(Failure::Rpc { code: -32601, .. })), "{refused:?}");
    assert!(run.runtime.state().sessions[0].is_ready(), "the connection goes on");
    run.finish().await;
}

#[tokio::test]
async fn no_deadline_ends_a_stream_and_a_restart_opens_it_again() {
    let mut run = Run::new(false);
    let script = [
        modern(&json!({"resources": {"subscribe": true}})),
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:1"]})),
        "{\"sleep\":900}\n".to_owned(),
        told("notifications/resources/updated", &json!("${id}"), json!({"uri": "x:1"})),
        "{\"sleep\":100}\n{\"exit\":0}\n".to_owned(),
    ];
    let mut spec = run.script("s", &script.concat());
    spec.timeouts.request = std::time::Duration::from_millis(300);
    spec.timeouts.request_max = std::time::Duration::from_millis(300);
    spec.restart = Restart::OnFailure;
    let server = run.ready(spec).await;
    run.call(server, subscribe("x:1")).await;
    run.until("the late update", |state| state.sessions[0].updated.contains("x:1")).await;
    run.until("connected again", |state| state.sessions[0].generation == 2).await;
    run.until("subscribed again", |state| {
        state.calls.values().filter(|call| matches!(call.state, CallState::Done(_))).count() == 2
    })
    .await;
    let records = run.finish().await;
    let listens = methods(&records).iter().filter(|method| *method == "subscriptions/listen").count();
    assert_eq!(listens, 2, "{}", notes(&records));
    assert!(!notes(&records).contains("timed out"));
}

#[tokio::test]
async fn resources_are_subscribed_to_in_the_legacy_era() {
    let mut run = Run::new(false);
    let script = [
        "{\"handshake\":\"2025-11-25\",\"capabilities\":{\"resources\":{\"subscribe\":true}}}\n".to_owned(),
        expect("resources/subscribe"),
        answer(&json!({})),
        told("notifications/resources/updated", &Value::Null, json!({"uri": "x:1"})),
        expect("resources/unsubscribe"),
        answer(&json!({})),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    assert!(matches!(run.call(server, subscribe("x:1")).await, CallState::Done(_)));
    run.until("the update", |state| state.sessions[0].updated.contains("x:1")).await;
    run.call(server, Operation::Unsubscribe { uri: "x:1".into() }).await;
    assert!(run.runtime.state().sessions[0].subscribed.is_empty());
    let records = run.finish().await;
    let frames = sent(&records);
    assert!(frames.iter().any(|frame| frame["method"] == "resources/subscribe" && frame["params"]["uri"] == "x:1"));
    assert!(!methods(&records).iter().any(|method| method == "subscriptions/listen"));
}

#[tokio::test]
async fn a_call_without_a_usable_id_in_its_answer_fails_though_a_stream_is_open() {
    let mut run = Run::new(false);
    let nameless = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "cannot read this"}});
    let script = [
        modern(&json!({"resources": {}})),
        expect("subscriptions/listen"),
        acknowledged(&json!({"resourceSubscriptions": ["x:1"]})),
        expect("tools/call"),
        send(&nameless),
        END.to_owned(),
    ];
    let spec = run.script("s", &script.concat());
    let server = run.ready(spec).await;
    run.call(server, subscribe("x:1")).await;
    let outcome = run.call(server, support::tool("t")).await;
    assert!(matches!(outcome, CallState::Failed(Failure::Rpc { code: -32700, .. })), "{outcome:?}");
    run.finish().await;
}
