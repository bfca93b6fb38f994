//! How long anything may take: deadlines, what moves them, and that a person's time is not the server's.

use std::time::Duration;

use futures_util::future::join_all;
use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::question::Answer;
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

#[tokio::test]
async fn a_request_without_news_ends_and_its_server_is_told() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        // Modern HTTP is told by the end of the stream.
        let closes = modern_era && over == Over::Http;
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            expect("tools/call"),
            if closes { "{\"closed\":true}\n".to_owned() } else { expect("notifications/cancelled") },
        ];
        let mut spec = stage.spec(over, &script);
        spec.timeouts.request = Duration::from_millis(300);
        let server = stage.ready(spec).await;
        let outcome = stage.call(server, tool("t")).await;
        assert!(
            matches!(&outcome, CallState::Failed(Failure::TimedOut(why)) if why.contains("did not answer tools/call")),
            "{modern_era} {over:?}: {outcome:?}"
        );
        let wire = stage.wire().await;
        assert_eq!(wire.with("tools/call").len(), 1, "{modern_era} {over:?}: not sent again");
        let told: Vec<Value> =
            wire.with("notifications/cancelled").iter().map(|one| one["params"]["requestId"].clone()).collect();
        let expected = if closes { vec![] } else { vec![wire.with("tools/call")[0]["id"].clone()] };
        assert_eq!(told, expected, "{modern_era} {over:?}");
    }))
    .await;
}

#[tokio::test]
async fn progress_moves_the_deadline_up_to_a_limit() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let token = if modern_era || over == Over::Sse { 2 } else { 3 };
        let report = |n: u32| {
            "{\"sleep\":50}\n".to_owned()
                + &told("notifications/progress", &json!({"progressToken": token, "progress": n}))
        };
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            expect("tools/call"),
            (0..100).map(report).collect(),
        ];
        let mut spec = stage.spec(over, &script);
        spec.timeouts.request = Duration::from_millis(1_500);
        spec.timeouts.request_max = Duration::from_millis(2_500);
        let server = stage.ready(spec).await;
        let outcome = stage.call(server, tool("t")).await;
        assert!(
            matches!(&outcome, CallState::Failed(Failure::TimedOut(why)) if why.contains("reported progress but did not")),
            "{modern_era} {over:?}: {outcome:?}"
        );
        stage.wire().await;
    }))
    .await;
}

/// A form is asked for; the person takes longer than a request may; then the server answers.
#[tokio::test]
async fn what_a_person_thinks_is_no_time_of_the_server() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let form = json!({"message": "m", "requestedSchema": {"type": "object"}});
        let asked = if modern_era {
            let request = json!({"k": {"method": "elicitation/create", "params": form}});
            input_required(&request, None) + &expect("tools/call")
        } else {
            asks(&json!("q"), "elicitation/create", &form) + &answered(&json!("q"))
        };
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            expect("tools/call") + &asked + &answer(&json!({"resultType": "complete", "content": []})),
        ];
        let mut spec = stage.spec(over, &script);
        spec.timeouts.request = Duration::from_secs(2);
        let server = stage.ready(spec).await;
        let call = stage.runtime.run(server, tool("t"));
        stage.until("a question", |state| !state.questions.is_empty()).await;
        let question = stage.runtime.state().questions[0].id;
        // This is the one thing that a condition cannot stand for: time that passes.
        let thinking = tokio::time::Instant::now() + Duration::from_millis(2_200);
        while tokio::time::timeout_at(thinking, stage.runtime.next()).await.is_ok() {}
        assert!(stage.runtime.state().calls[&call].is_open(), "{modern_era} {over:?}");
        stage.runtime.dispatch(Command::Answer { question, answer: Answer::Decline });
        let outcome = stage.ended(call).await.state;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?}: {outcome:?}");
        stage.wire().await;
    }))
    .await;
}

/// Each page comes in time and brings something, and there is no end of them: what came is kept.
#[tokio::test]
async fn a_list_that_never_ends_has_an_end() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let page = |n: u32| {
            let item = json!({"name": format!("t{n}"), "inputSchema": {}});
            let page = json!({"tools": [item], "nextCursor": format!("c{n}"), "resultType": "complete"});
            expect("tools/list") + "{\"sleep\":100}\n" + &answer(&page)
        };
        let script = [begin(modern_era, &json!({"tools": {}})), (0..900).map(page).collect()];
        let mut spec = stage.spec(over, &script);
        spec.timeouts.request = Duration::from_secs(2);
        let server = stage.ready(spec).await;
        let listed = stage.call(server, Operation::List(ListKind::Tools)).await;
        assert!(matches!(listed, CallState::Done(_)), "{modern_era} {over:?}: {listed:?}");
        let tools = &stage.runtime.state().sessions[0].tools;
        let cut = tools.cut.as_deref().unwrap_or_default();
        assert!(cut.contains("in 2.0 s the server has more"), "{modern_era} {over:?}: {cut}");
        assert!(!tools.items.is_empty(), "{modern_era} {over:?}");
        stage.wire().await;
    }))
    .await;
}

/// Pages without items, each with another cursor, are noticed before the caps are.
#[tokio::test]
async fn a_list_of_empty_pages_is_cut_early() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let page = |n: u32| {
            let page = json!({"tools": [], "nextCursor": format!("c{n}"), "resultType": "complete"});
            expect("tools/list") + &answer(&page)
        };
        let script = [begin(modern_era, &json!({"tools": {}})), (0..50).map(page).collect()];
        let server = stage.server(over, &script).await;
        let listed = stage.call(server, Operation::List(ListKind::Tools)).await;
        assert!(matches!(listed, CallState::Done(_)), "{modern_era} {over:?}: {listed:?}");
        let cut = stage.runtime.state().sessions[0].tools.cut.clone().unwrap_or_default();
        assert!(cut.contains("20 pages in a row without an item"), "{modern_era} {over:?}: {cut}");
        assert_eq!(stage.wire().await.with("tools/list").len(), 20, "{modern_era} {over:?}");
    }))
    .await;
}
