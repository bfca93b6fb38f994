//! What a legacy server asks of its client, over all three transports, with the bytes of each answer.

use mcp_tui::app::Command;
use mcp_tui::model::call::CallState;
use mcp_tui::model::json::RawJson;
use mcp_tui::model::question::{Answer, QuestionBody};
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

/// Asks, and waits for the answer.
fn ask(id: &Value, method: &str, params: &Value) -> String {
    asks(id, method, params) + &answered(id)
}

fn form() -> Value {
    json!({"message": "m", "requestedSchema": {"type": "object", "properties": {"n": {"type": "number"}}}})
}

fn sampling() -> Value {
    json!({"messages": [{"role": "user", "content": {"type": "text", "text": "x"}}], "maxTokens": 9})
}

async fn reply(stage: &mut Stage, answer: Answer) -> QuestionBody {
    stage.until("a question", |state| !state.questions.is_empty()).await;
    let question = stage.runtime.state().questions[0].clone();
    stage.runtime.dispatch(Command::Answer { question: question.id, answer });
    question.body
}

#[tokio::test]
async fn each_request_of_a_server_is_answered_once_and_in_its_own_words() {
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let url = json!({"mode": "url", "message": "m", "url": "https://a.test/x", "elicitationId": "e"});
        let script = [
            legacy(&json!({"tools": {}})),
            expect("tools/call"),
            ask(&json!("accept"), "elicitation/create", &form()),
            ask(&json!(0), "elicitation/create", &form()),
            ask(&json!("cancel"), "elicitation/create", &form()),
            ask(&json!("url"), "elicitation/create", &url),
            ask(&json!("said"), "sampling/createMessage", &sampling()),
            ask(&json!("unsaid"), "sampling/createMessage", &sampling()),
            ask(&json!("roots"), "roots/list", &json!({})),
            ask(&json!("ping"), "ping", &json!({})),
            ask(&json!("odd"), "made/up", &json!({})),
            answer(&json!({"content": []})),
        ];
        let mut spec = stage.spec(over, &script);
        spec.roots = vec!["/a".into()];
        let server = stage.ready(spec).await;
        let call = stage.runtime.run(server, tool("t"));
        let raw = |text: &str| RawJson::parse(text.to_owned()).unwrap();
        reply(&mut stage, Answer::Accept(raw(r#"{"n":1.10}"#))).await;
        reply(&mut stage, Answer::Decline).await;
        reply(&mut stage, Answer::Cancel).await;
        let asked = reply(&mut stage, Answer::Accept(RawJson::empty_object())).await;
        assert!(matches!(asked, QuestionBody::Url { .. }), "{asked:?}");
        let message = r#"{"role":"assistant","content":{"type":"text","text":"ok"},"model":"by hand"}"#;
        reply(&mut stage, Answer::Accept(raw(message))).await;
        reply(&mut stage, Answer::Decline).await;
        assert!(matches!(stage.ended(call).await.state, CallState::Done(_)), "{over:?}");
        let wire = stage.wire().await;
        let bytes = |id: Value| wire.answer_bytes(&id).unwrap_or_default();
        for (id, result) in [
            (json!("accept"), r#"{"action":"accept","content":{"n":1.10}}"#),
            (json!(0), r#"{"action":"decline"}"#),
            (json!("cancel"), r#"{"action":"cancel"}"#),
            (json!("url"), r#"{"action":"accept"}"#),
            (json!("said"), message),
            (json!("roots"), r#"{"roots":[{"uri":"file:///a","name":"a"}]}"#),
            (json!("ping"), "{}"),
        ] {
            assert_eq!(bytes(id.clone()), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#), "{over:?}");
        }
        assert_eq!(wire.answer(&json!("unsaid")).unwrap()["error"]["code"], -1, "{over:?}");
        assert_eq!(wire.answer(&json!("odd")).unwrap()["error"]["code"], -32601, "{over:?}");
        let answers = wire.methods().iter().filter(|method| *method == "(answer)").count();
        assert_eq!(answers, 9, "{over:?}: one for each");
    }
}

#[tokio::test]
async fn what_a_server_takes_back_is_asked_of_nobody_and_not_answered() {
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let script = [
            legacy(&json!({"tools": {}})),
            expect("tools/call"),
            asks(&json!("q"), "elicitation/create", &form()),
            expect("ping"),
            answer(&json!({})),
            told("notifications/cancelled", &json!({"requestId": "q", "reason": "not needed"})),
        ];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("a question", |state| !state.questions.is_empty()).await;
        stage.runtime.run(server, mcp_tui::model::call::Operation::Ping);
        stage.until("withdrawn", |state| state.questions.is_empty()).await;
        stage.runtime.dispatch(Command::Cancel(call));
        stage.ended(call).await;
        assert_eq!(stage.wire().await.answer(&json!("q")), None, "{over:?}");
    }
}

/// Who cancels a call does not want to hear its questions: in the legacy era they are answered with a cancel, in the
/// modern era nothing goes back.
#[tokio::test]
async fn a_cancelled_call_takes_its_questions_with_it() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let form = json!({"message": "m", "requestedSchema": {"type": "object"}});
        let asked = if modern_era {
            input_required(&json!({"k": {"method": "elicitation/create", "params": form}}), None)
        } else {
            asks(&json!("q"), "elicitation/create", &form) + &answered(&json!("q"))
        };
        let done = answer(&json!({"resultType": "complete", "content": []}));
        let script =
            [begin(modern_era, &json!({"tools": {}})), expect("tools/call") + &asked, expect("tools/call") + &done];
        let server = stage.server(over, &script).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("a question", |state| !state.questions.is_empty()).await;
        stage.runtime.dispatch(Command::Cancel(call));
        assert!(stage.runtime.state().questions.is_empty(), "{modern_era} {over:?}");
        stage.ended(call).await;
        let outcome = stage.call(server, tool("u")).await;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?}: {outcome:?}");
        let wire = stage.wire().await;
        let told = wire.answer(&json!("q")).map(|answer| answer["result"].clone());
        assert_eq!(told, (!modern_era).then(|| json!({"action": "cancel"})), "{modern_era} {over:?}");
        assert_eq!(wire.with("tools/call").len(), 2, "{modern_era} {over:?}: no round follows");
    }
}
