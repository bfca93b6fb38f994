//! Questions of servers: multi-round requests, what is offered, limits, and what is not kept of the answers.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, Operation};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::question::{Answer, QuestionBody};
use mcp_tui::model::sampling::Rules;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

fn form() -> Value {
    let schema = json!({"type": "object", "properties": {"n": {"type": "number"}}});
    json!({"method": "elicitation/create", "params": {"message": "m", "requestedSchema": schema}})
}

fn sampling(tokens: u64) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": "x"}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": tokens}})
}

fn accept(text: &str) -> Answer {
    Answer::Accept(RawJson::parse(text.to_owned()).unwrap())
}

/// Answers the front question once there is one.
async fn reply(stage: &mut Stage, answer: Answer) -> QuestionBody {
    stage.until("a question", |state| !state.questions.is_empty()).await;
    let question = stage.runtime.state().questions[0].clone();
    stage.runtime.dispatch(Command::Answer { question: question.id, answer });
    question.body
}

#[tokio::test]
async fn tools_prompts_and_resources_are_asked_again_with_all_answers_and_the_state_as_it_was() {
    let operations = [
        tool("t"),
        Operation::GetPrompt { name: "p".into(), arguments: RawJson::parse(r#"{"a":"1"}"#).unwrap() },
        Operation::ReadResource { uri: "x:1".into() },
    ];
    for (over, operation) in BOTH.into_iter().flat_map(|over| operations.clone().map(|operation| (over, operation))) {
        let mut stage = Stage::new(false);
        let method = operation.method().to_owned();
        let asked = json!({"one": form(), "two": form()});
        let complete =
            json!({"resultType": "complete", "content": [], "contents": [], "messages": [], "ttlMs": 60_000});
        let script = [
            modern(&json!({"tools": {}, "prompts": {}, "resources": {}})),
            expect(&method) + &input_required(&asked, Some("a\u{0}\"/é")),
            expect(&method) + &input_required(&json!({}), Some("b")),
            expect(&method) + &answer(&complete),
            expect("tools/list") + &answer(&json!({"resultType": "complete", "tools": []})),
        ];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, operation.clone());
        reply(&mut stage, accept(r#"{"n":1.10}"#)).await;
        reply(&mut stage, Answer::Cancel).await;
        let ended = stage.ended(call).await.state;
        assert!(matches!(ended, CallState::Done(_)), "{ended:?}");
        assert_eq!(stage.runtime.state().cache.rounds(call), 3);
        assert!(stage.runtime.state().cache.freshness(server, "x:1").is_none(), "rounds are not kept");
        stage.call(server, Operation::List(mcp_tui::model::call::ListKind::Tools)).await;
        let wire = stage.wire().await;
        let rounds = wire.with(&method);
        let plain = |frame: &Value| {
            let mut params = frame["params"].clone();
            for member in ["_meta", "inputResponses", "requestState"] {
                params.as_object_mut().unwrap().remove(member);
            }
            params
        };
        assert!(rounds.iter().all(|round| plain(round) == plain(&rounds[0])), "the same parameters");
        let ids: std::collections::BTreeSet<String> = rounds.iter().map(|round| round["id"].to_string()).collect();
        assert_eq!(ids.len(), 3, "new ids");
        assert_eq!(rounds[0]["params"].get("requestState"), None);
        let bytes = wire.bytes(&method);
        let first = r#""inputResponses":{"one":{"action":"accept","content":{"n":1.10}},"two":{"action":"cancel"}}"#;
        assert!(bytes[1].contains(first), "{}", bytes[1]);
        assert!(bytes[1].contains(r#""requestState":"a\u0000\"/é""#), "byte for byte: {}", bytes[1]);
        assert_eq!(rounds[2]["params"]["requestState"], "b");
        assert_eq!(rounds[2]["params"].get("inputResponses"), None, "nothing was asked");
        let list = &wire.with("tools/list")[0]["params"];
        assert!(list.get("requestState").is_none() && list.get("inputResponses").is_none(), "nothing leaks");
        if over == Over::Http {
            assert_eq!(wire.header(&method, "mcp-name").len(), 3);
            assert!(wire.header(&method, "mcp-name").windows(2).all(|two| two[0] == two[1]));
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_without_end_goes_on_only_while_a_person_wants_it() {
    // Threat 79.
    let mut stage = Stage::new(false);
    let again = || expect("tools/call") + &input_required(&json!({}), Some("s"));
    let script = [vec![modern(&json!({"tools": {}}))], (0..5).map(|_| again()).collect()].concat();
    let mut spec = stage.spec(Over::Stdio, &script);
    spec.limits.rounds = 2;
    let server = stage.ready(spec).await;
    let call = stage.runtime.run(server, tool("t"));
    let asked = reply(&mut stage, accept("{}")).await;
    assert_eq!(asked, QuestionBody::Rounds { method: "tools/call".into(), rounds: 2 });
    let asked = reply(&mut stage, Answer::Decline).await;
    assert_eq!(asked, QuestionBody::Rounds { method: "tools/call".into(), rounds: 4 });
    let CallState::Failed(Failure::BadAnswer(why)) = stage.ended(call).await.state else { panic!("it is given up") };
    assert!(why.contains("asked for input 4 times"), "{why}");
    assert_eq!(stage.wire().await.with("tools/call").len(), 4);
}

#[tokio::test]
async fn sampling_has_limits_and_odd_requests_are_refused() {
    // Threat 72, as far as servers can go without a model.
    let mut stage = Stage::new(false);
    let odd = json!({"messages": [{"role": "assistant", "content": {"type": "tool_use", "id": "a", "name": "t", "input": {}}}], "maxTokens": 1});
    let script = [
        legacy(&json!({"tools": {}})),
        expect("tools/call"),
        asks(&json!(1), "sampling/createMessage", &sampling(60)["params"]),
        asks(&json!(2), "sampling/createMessage", &sampling(60)["params"]),
        asks(&json!(3), "sampling/createMessage", &odd),
        asks(&json!(4), "sampling/createMessage", &sampling(1)["params"]),
        asks(&json!(5), "sampling/createMessage", &sampling(1)["params"]),
    ];
    let mut spec = stage.spec(Over::Stdio, &script);
    spec.sampling = Rules { requests: 2, tokens: 100, ..Rules::default() };
    let server = stage.ready(spec).await;
    stage.runtime.run(server, tool("t"));
    let written = r#"{"role":"assistant","content":{"type":"text","text":"y"},"model":"human"}"#;
    reply(&mut stage, accept(written)).await;
    reply(&mut stage, Answer::Decline).await;
    stage
        .until("all are told", |state| state.notices.iter().filter(|one| one.text.contains("refused")).count() == 2)
        .await;
    let wire = stage.wire().await;
    let code = |id: u64| wire.answer(&json!(id)).unwrap()["error"]["code"].clone();
    assert_eq!(wire.answer(&json!(1)).unwrap()["result"]["content"]["text"], "y");
    assert_eq!([code(2), code(3), code(4), code(5)], [json!(-1), json!(-32602), json!(-1), json!(-1)]);
}

#[tokio::test]
async fn a_secret_typed_into_a_form_is_sent_and_not_kept() {
    // Threat 74.
    for modern_era in [true, false] {
        let mut stage = Stage::new(false);
        let schema = json!({"type": "object", "properties": {
            "user": {"type": "string"}, "password": {"type": "string"}, "pin": {"type": "integer"},
            "word": {"type": "string", "format": "password"}
        }});
        let params = json!({"message": "m", "requestedSchema": schema});
        let request = json!({"method": "elicitation/create", "params": params});
        let echo = json!({"content": [{"type": "text", "text": "your password is hunter2-and-more"}]});
        let script = if modern_era {
            vec![
                modern(&json!({"tools": {}})),
                expect("tools/call") + &input_required(&json!({"k": request}), None),
                expect("tools/call") + &answer(&echo),
            ]
        } else {
            vec![
                legacy(&json!({"tools": {}})),
                expect("tools/call") + &asks(&json!("q"), "elicitation/create", &params),
                // It answers the call when it has the answer: that has no method to be expected by.
                "{\"sleep\":300}\n".to_owned() + &answer(&echo),
            ]
        };
        let server = stage.server(Over::Stdio, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        let typed = r#"{"user":"ada","password":"hunter2-and-more", "pin": 904817,"word":"ab\"c"}"#;
        reply(&mut stage, accept(typed)).await;
        let CallState::Done(result) = stage.ended(call).await.state else { panic!("it is answered") };
        assert!(result.as_str().contains("hunter2-and-more"), "a person sees what the server says");
        let wire = stage.journal().await;
        for secret in ["hunter2", "904817", "ab\\\\\\\"c"] {
            assert!(!wire.contains(secret), "{secret} is kept: {wire}");
        }
        let kept = r#""user":"ada","password":"[redacted]", "pin":"[redacted]","word":"[redacted]""#;
        assert!(wire.contains(kept), "the frame is still JSON: {wire}");
        assert!(wire.contains("secrets redacted"));
    }
}

#[tokio::test]
async fn a_server_that_dies_while_a_person_thinks_or_a_task_runs_hangs_nothing() {
    // Threat 28 in the modern era, where no request is open in the meantime.
    let asks_then_dies =
        [modern(&json!({"tools": {}})), expect("tools/call"), input_required(&json!({"k": form()}), None)];
    let task = json!({"resultType": "task", "taskId": "t-1", "status": "working", "pollIntervalMs": 60_000});
    let promises_then_dies = [modern(&json!({"tools": {}})), expect("tools/call"), answer(&task)];
    for script in [asks_then_dies, promises_then_dies] {
        let mut stage = Stage::new(false);
        let script = [script.concat(), "{\"sleep\":200}\n{\"exit\":3}\n".to_owned()];
        let server = stage.server(Over::Stdio, &script).await;
        let CallState::Failed(failure) = stage.call(server, tool("t")).await else { panic!("it fails") };
        assert!(!failure.to_string().is_empty());
        stage.until("down", |state| !state.sessions[0].is_ready()).await;
        assert!(stage.runtime.state().questions.is_empty(), "the question is withdrawn");
        stage.wire().await;
    }
}
