//! What is not taken from a server, whatever the transport: forged answers, batches, requests that it must not send, and
//! kinds of questions that nobody offered to answer.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, Operation};
use mcp_tui::model::question::Answer;
use mcp_tui::model::sampling::Policy;
use mcp_tui::model::server::ServerSpec;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

fn done() -> String {
    answer(&json!({"resultType": "complete", "content": []}))
}

fn sampling() -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": "x"}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 5}})
}

#[tokio::test]
async fn only_the_first_answer_to_a_request_that_was_sent_is_one() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let forged = |id: &str, word: &str| {
            let frame = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"from":"{word}"}}}}"#);
            format!("{}\n", json!({ "send": frame }))
        };
        // Over HTTP another answer would have to come by another stream, if there is one, and those have no order.
        let again = over != Over::Http;
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            expect("tools/call"),
            forged("424242", "nowhere") + &forged("\"${id}\"", "text") + &forged("${id}", "first"),
            if again { forged("${id}", "second") } else { String::new() },
            expect("tools/call") + &done(),
        ];
        let server = stage.server(over, &script).await;
        let outcome = stage.call(server, tool("t")).await;
        let CallState::Done(result) = &outcome else { panic!("{modern_era} {over:?}: {outcome:?}") };
        assert_eq!(result.as_str(), r#"{"from":"first"}"#, "{modern_era} {over:?}");
        // What the second answer was taken for is known once a later one is there.
        let outcome = stage.call(server, tool("t")).await;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?}: {outcome:?}");
        let wire = stage.wire().await;
        let id = wire.with("tools/call")[0]["id"].clone();
        let notes = wire.notes();
        for orphan in ["424242".to_owned(), format!("\"{id}\"")] {
            let said = format!("an answer to {orphan}, which nobody asked");
            assert!(notes.contains(&said), "{modern_era} {over:?}: {notes}");
        }
        assert_eq!(notes.contains(&format!("a second answer to #{id}")), again, "{modern_era} {over:?}: {notes}");
    }
}

#[tokio::test]
async fn a_batch_is_taken_where_the_revision_has_them_and_its_answers_always() {
    for (modern_era, over) in WAYS {
        for revision in if modern_era { vec!["2026-07-28"] } else { vec!["2025-03-26", "2025-11-25"] } {
            let mut stage = Stage::new(false);
            let capabilities = json!({"tools": {}});
            let batch =
                r#"[{"jsonrpc":"2.0","id":"p","method":"ping"},{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}]"#;
            let handshake = format!("{}\n", json!({"handshake": revision, "capabilities": capabilities}));
            let script = [
                if modern_era { modern(&capabilities) } else { handshake },
                expect("tools/call") + &format!("{}\n", json!({ "send": batch })),
                expect("tools/call") + &done(),
            ];
            let server = stage.server(over, &script).await;
            for _ in 0..2 {
                let outcome = stage.call(server, tool("t")).await;
                assert!(matches!(outcome, CallState::Done(_)), "{revision} {over:?}: {outcome:?}");
            }
            let wire = stage.wire().await;
            let allowed = revision == "2025-03-26";
            assert_eq!(wire.answer(&json!("p")).is_some(), allowed, "{revision} {over:?}");
            let remark = format!("a batch, which {revision} does not have");
            assert_eq!(wire.notes().contains(&remark), !allowed, "{revision} {over:?}: {}", wire.notes());
        }
    }
}

#[tokio::test]
async fn a_modern_server_has_nothing_to_ask_outside_of_its_results() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let script = [
            modern(&json!({"tools": {}})),
            expect("tools/call"),
            asks(&json!("p"), "ping", &json!({})),
            asks(&json!("s"), "sampling/createMessage", &sampling()["params"]),
            done(),
        ];
        let server = stage.server(over, &script).await;
        let outcome = stage.call(server, tool("t")).await;
        assert!(matches!(outcome, CallState::Done(_)), "{over:?}: {outcome:?}");
        assert!(stage.runtime.state().questions.is_empty(), "{over:?}");
        let wire = stage.wire().await;
        assert_eq!(wire.methods(), ["server/discover", "tools/call"], "{over:?}: an answer is forbidden, too");
        assert_eq!(wire.notes().matches("must not send requests").count(), 2, "{over:?}: {}", wire.notes());
    }
}

#[tokio::test]
async fn what_was_not_offered_is_refused_in_both_eras() {
    // Threats 23 and 79.
    let form = json!({"method": "elicitation/create", "params": {"message": "m", "requestedSchema": {}}});
    let kinds =
        [form, sampling(), json!({"method": "roots/list", "params": {}}), json!({"method": "made/up", "params": {}})];
    let nothing = |spec: &mut ServerSpec| {
        spec.offers.elicitation = false;
        spec.offers.roots = false;
        spec.sampling.policy = Policy::Deny;
    };
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let ask = |request: &Value| asks(&request["method"], request["method"].as_str().unwrap(), &request["params"]);
        let asked = kinds.iter().map(ask).collect::<String>();
        let script = [legacy(&json!({"tools": {}})), expect("tools/call") + &asked + &done()];
        let mut spec = stage.spec(over, &script);
        nothing(&mut spec);
        let server = stage.ready(spec).await;
        stage.call(server, tool("t")).await;
        let wire = stage.wire().await;
        assert_eq!(wire.with("initialize")[0]["params"]["capabilities"], json!({}), "{over:?}");
        for request in &kinds {
            let refusal = &wire.answer(&request["method"]).unwrap()["error"];
            assert_eq!(refusal["code"], -32601, "{over:?} {request}");
        }
    }
    for over in BOTH {
        let mut stage = Stage::new(false);
        let calls: Vec<String> =
            kinds.iter().map(|request| expect("tools/call") + &input_required(&json!({"k": request}), None)).collect();
        let mut spec = stage.spec(over, &[modern(&json!({"tools": {}})), calls.concat()]);
        nothing(&mut spec);
        let server = stage.ready(spec).await;
        for request in &kinds {
            let outcome = stage.call(server, tool("t")).await;
            let CallState::Failed(Failure::BadAnswer(why)) = outcome else { panic!("{over:?} {request}") };
            let method = request["method"].as_str().unwrap();
            assert!(why.contains(&format!("`{method}` was not offered")), "{over:?}: {why}");
        }
        let wire = stage.wire().await;
        assert_eq!(wire.with("tools/call").len(), kinds.len(), "{over:?}: no round follows");
        let offered = &wire.with("tools/call")[0]["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
        assert_eq!(offered.as_object().unwrap().keys().collect::<Vec<_>>(), ["extensions"], "{over:?}");
    }
}

#[tokio::test]
async fn a_declined_sampling_ends_the_call_and_nothing_goes_back() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let asked = input_required(&json!({"k": sampling()}), Some("s"));
        let server = stage.server(over, &[modern(&json!({"tools": {}})), expect("tools/call") + &asked]).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("a question", |state| !state.questions.is_empty()).await;
        let question = stage.runtime.state().questions[0].id;
        stage.runtime.dispatch(Command::Answer { question, answer: Answer::Decline });
        let outcome = stage.ended(call).await.state;
        assert!(matches!(outcome, CallState::Failed(Failure::Declined(_))), "{over:?}: {outcome:?}");
        assert_eq!(stage.wire().await.with("tools/call").len(), 1, "{over:?}");
    }
}

#[tokio::test]
async fn more_questions_at_once_than_anybody_answers_are_asked_of_nobody() {
    // Threat 79, and 78 in the modern era.
    for over in BOTH {
        let mut stage = Stage::new(false);
        let many: serde_json::Map<String, Value> = (0..100)
            .map(|n| {
                (
                    format!("k{n}"),
                    json!({"method": "elicitation/create", "params": {"message": "m", "requestedSchema": {}}}),
                )
            })
            .collect();
        let asked = input_required(&many.into(), None);
        let server = stage.server(over, &[modern(&json!({"tools": {}})), expect("tools/call") + &asked]).await;
        let outcome = stage.call(server, tool("t")).await;
        let CallState::Failed(Failure::BadAnswer(why)) = &outcome else { panic!("{over:?}: {outcome:?}") };
        assert!(why.contains("more than 20 questions at once"), "{why}");
        assert!(stage.runtime.state().questions.is_empty(), "{over:?}");
        assert_eq!(stage.wire().await.with("tools/call").len(), 1, "{over:?}");
    }
}

#[tokio::test]
async fn both_codes_of_a_missing_resource_say_the_same() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let codes = [-32002, -32602];
        let read = |code: &i64| expect("resources/read") + &refuse(*code, &json!(null));
        let script = [begin(modern_era, &json!({"resources": {}})), codes.iter().map(read).collect()];
        let server = stage.server(over, &script).await;
        for code in codes {
            let outcome = stage.call(server, Operation::ReadResource { uri: "x:1".into() }).await;
            let CallState::Failed(Failure::Rpc { code: said, message, .. }) = &outcome else {
                panic!("{modern_era} {over:?}: {outcome:?}")
            };
            assert_eq!((*said, message.as_str()), (code, "no such resource: no"), "{modern_era} {over:?}");
        }
        stage.wire().await;
    }
}

#[tokio::test]
async fn of_a_round_with_something_that_was_not_offered_nothing_is_asked() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let form = json!({"method": "elicitation/create", "params": {"message": "m", "requestedSchema": {}}});
        let round = json!({"a": form, "b": sampling()});
        let script = [modern(&json!({"tools": {}})), expect("tools/call"), input_required(&round, None)];
        let mut spec = stage.spec(over, &script);
        spec.offers.sampling = false;
        let server = stage.ready(spec).await;
        let outcome = stage.call(server, tool("t")).await;
        let CallState::Failed(Failure::BadAnswer(why)) = &outcome else { panic!("{over:?}: {outcome:?}") };
        assert!(why.contains("`sampling/createMessage` was not offered"), "{over:?}: {why}");
        let withdrawn = stage.runtime.state().notices.iter().any(|notice| notice.text.contains("withdrawn"));
        assert!(!withdrawn, "{over:?}: nobody was asked, so nothing is taken back");
        assert_eq!(stage.wire().await.with("tools/call").len(), 1, "{over:?}");
    }
}
