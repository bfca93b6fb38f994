//! What can be asked of a server, in each era and over each transport, with the bytes that ask for it.

use mcp_tui::model::call::{CallState, CompletionTarget, Failure, ListKind, Operation};
use mcp_tui::model::json::RawJson;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

fn done(more: &Value) -> String {
    let mut result = json!({"resultType": "complete"});
    for (key, value) in more.as_object().into_iter().flatten() {
        result[key] = value.clone();
    }
    answer(&result)
}

/// The parameters without what every modern request carries.
fn params(frame: &Value) -> Value {
    let mut params = frame["params"].clone();
    if let Some(params) = params.as_object_mut() {
        params.remove("_meta");
    }
    params
}

#[tokio::test]
async fn an_empty_cursor_is_a_cursor_and_only_a_missing_one_is_the_end() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let page = |name: &str, next: Option<&str>| {
            let mut page = json!({"tools": [{"name": name, "inputSchema": {"type": "object"}}]});
            if let Some(next) = next {
                page["nextCursor"] = next.into();
            }
            expect("tools/list") + &done(&page)
        };
        let script =
            [begin(modern_era, &json!({"tools": {}})), page("a", Some("")), page("b", Some("é\"")), page("c", None)];
        let server = stage.server(over, &script).await;
        stage.call(server, Operation::List(ListKind::Tools)).await;
        assert_eq!(stage.runtime.state().sessions[0].tools.items.len(), 3, "{modern_era} {over:?}");
        let cursors: Vec<Value> =
            stage.wire().await.with("tools/list").iter().map(|list| list["params"]["cursor"].clone()).collect();
        assert_eq!(cursors, [json!(null), json!(""), json!("é\"")], "{modern_era} {over:?}");
    }
}

#[tokio::test]
async fn completions_name_what_is_completed_and_what_is_known() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let one = || expect("completion/complete") + &done(&json!({"completion": {"values": ["x"]}}));
        let script = [begin(modern_era, &json!({"completions": {}})), one(), one()];
        let server = stage.server(over, &script).await;
        let complete =
            |target, context| Operation::Complete { target, argument: "a".into(), value: "v".into(), context };
        let known = Some(RawJson::parse(r#"{"k":"w"}"#.to_owned()).unwrap());
        stage.call(server, complete(CompletionTarget::Prompt("p".into()), known)).await;
        stage.call(server, complete(CompletionTarget::Resource("x:{a}".into()), None)).await;
        let asked = stage.wire().await.with("completion/complete");
        let argument = json!({"name": "a", "value": "v"});
        let prompt = json!({"ref": {"type": "ref/prompt", "name": "p"}, "argument": argument, "context": {"arguments": {"k": "w"}}});
        assert_eq!(params(&asked[0]), prompt, "{modern_era} {over:?}");
        let resource = json!({"ref": {"type": "ref/resource", "uri": "x:{a}"}, "argument": argument});
        assert_eq!(params(&asked[1]), resource, "{modern_era} {over:?}");
    }
}

#[tokio::test]
async fn a_round_trip_is_a_ping_in_one_era_and_a_discovery_in_the_other() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let method = if modern_era { "server/discover" } else { "ping" };
        let script = [begin(modern_era, &json!({})), expect(method) + &done(&json!({}))];
        let server = stage.server(over, &script).await;
        assert!(matches!(stage.call(server, Operation::Ping).await, CallState::Done(_)), "{modern_era} {over:?}");
        let wire = stage.wire().await;
        assert_eq!(wire.with("ping").len(), usize::from(!modern_era), "{over:?}");
        if !modern_era {
            assert_eq!(wire.bytes("ping").len(), 1);
            assert!(wire.with("ping")[0].get("params").is_none_or(|params| params == &json!({})), "{over:?}");
        }
    }
}

#[tokio::test]
async fn changes_of_a_resource_are_asked_for_and_no_more_in_the_way_of_the_era() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let stream = |frame: &str, more: Value| {
            let mut params = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": "${id}"}});
            for (key, value) in more.as_object().unwrap() {
                params[key] = value.clone();
            }
            told(frame, &params)
        };
        let asked = if modern_era {
            let agreed = json!({"notifications": {"resourceSubscriptions": ["x:1"]}});
            expect("subscriptions/listen")
                + &stream("notifications/subscriptions/acknowledged", agreed)
                + &stream("notifications/resources/updated", json!({"uri": "x:1"}))
        } else {
            expect("resources/subscribe")
                + &done(&json!({}))
                + &told("notifications/resources/updated", &json!({"uri": "x:1"}))
                + &expect("resources/unsubscribe")
                + &done(&json!({}))
        };
        let server = stage.server(over, &[begin(modern_era, &json!({"resources": {"subscribe": true}})), asked]).await;
        let outcome = stage.call(server, Operation::Subscribe { uri: "x:1".into() }).await;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?} {outcome:?}");
        stage.until("the change", |state| state.sessions[0].updated.contains("x:1")).await;
        stage.call(server, Operation::Unsubscribe { uri: "x:1".into() }).await;
        stage.until("no more", |state| state.sessions[0].subscribed.is_empty()).await;
        let wire = stage.wire().await;
        if modern_era {
            let wished = params(&wire.with("subscriptions/listen")[0]);
            assert_eq!(wished, json!({"notifications": {"resourceSubscriptions": ["x:1"]}}), "{over:?}");
            assert!(wire.with("resources/subscribe").is_empty());
        } else {
            for method in ["resources/subscribe", "resources/unsubscribe"] {
                assert_eq!(params(&wire.with(method)[0]), json!({"uri": "x:1"}), "{over:?}");
            }
            assert!(wire.with("subscriptions/listen").is_empty());
        }
    }
}

#[tokio::test]
async fn what_a_server_agreed_to_is_held_against_what_was_wished() {
    for over in BOTH {
        let mut stage = Stage::new(true);
        // It agrees to less, and to something that nobody asked for.
        let agreed = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": "${id}"}, "notifications": {"promptsListChanged": true, "resourceSubscriptions": ["y:9"]}});
        let none = |method: &str, member: &str| expect(method) + &done(&json!({member: []}));
        let script = [
            modern(&json!({"tools": {"listChanged": true}, "prompts": {"listChanged": true}})),
            expect("subscriptions/listen") + &told("notifications/subscriptions/acknowledged", &agreed),
            none("tools/list", "tools"),
            none("prompts/list", "prompts"),
        ];
        stage.server(over, &script).await;
        stage
            .until("it is said", |state| {
                state.notices.iter().any(|notice| notice.text.contains("does not tell changes of the list of tools"))
            })
            .await;
        assert!(stage.runtime.state().sessions[0].subscribed.is_empty(), "what nobody wished is nothing");
        stage.wire().await;
    }
}

#[tokio::test]
async fn results_stay_as_they_are_whatever_is_in_them() {
    let odd = r#"{"resultType":"complete","content":[{"type":"text","text":"a"},{"type":"hologram","x":[1]},{"type":"audio","data":"AA==","mimeType":"audio/wav"},7],"structuredContent":[1,{"é":null}],"z":1.10}"#;
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let frame = format!(r#"{{"jsonrpc":"2.0","id":${{id}},"result":{odd}}}"#);
        let script =
            [begin(modern_era, &json!({"tools": {}})), expect("tools/call"), format!("{}\n", json!({"send": frame}))];
        let server = stage.server(over, &script).await;
        let CallState::Done(result) = stage.call(server, tool("t")).await else { panic!("{modern_era} {over:?}") };
        assert_eq!(result.as_str(), odd, "{modern_era} {over:?}");
        stage.wire().await;
    }
}

#[tokio::test]
async fn an_unknown_type_of_result_is_no_result_and_an_error_keeps_its_code() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let call = |result: &str| expect("tools/call") + result;
        let script = [
            modern(&json!({"tools": {}})),
            call(&answer(&json!({"resultType": "mystery", "content": []}))),
            call(&refuse(-32007, &json!({"why": [1]}))),
        ];
        let server = stage.server(over, &script).await;
        let odd = stage.call(server, tool("t")).await;
        assert!(matches!(&odd, CallState::Failed(Failure::BadAnswer(why)) if why.contains("unknown type")), "{odd:?}");
        let refused = stage.call(server, tool("t")).await;
        let CallState::Failed(Failure::Rpc { code, message, data }) = &refused else { panic!("{refused:?}") };
        // Codes of this range mean nothing by themselves.
        assert_eq!(
            (*code, message.as_str(), data.as_ref().map(RawJson::as_str)),
            (-32007, "no", Some(r#"{"why":[1]}"#))
        );
        stage.wire().await;
    }
}
