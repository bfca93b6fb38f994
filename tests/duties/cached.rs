//! Caching as the modern era has it: what is fresh is not asked again, and a person can always ask again.

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, ListKind, Operation};
use serde_json::json;

use super::script::*;

fn read() -> Operation {
    Operation::ReadResource { uri: "x:1".into() }
}

#[tokio::test]
async fn what_is_fresh_is_not_asked_again_and_a_change_makes_it_stale() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let contents = |n: u32| {
            answer(
                &json!({"resultType": "complete", "contents": [], "n": n, "ttlMs": 3_600_000, "cacheScope": "private"}),
            )
        };
        let agreed = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": "${id}"}, "notifications": {"resourceSubscriptions": ["x:1"]}});
        let changed = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": 4}, "uri": "x:1"});
        let script = [
            modern(&json!({"resources": {"subscribe": true}})),
            expect("resources/read") + &contents(1),
            expect("resources/read") + &contents(2),
            expect("subscriptions/listen"),
            told("notifications/subscriptions/acknowledged", &agreed),
            told("notifications/resources/updated", &changed),
            expect("resources/read") + &contents(3),
        ];
        let server = stage.server(over, &script).await;
        let number = |state: &CallState| match state {
            CallState::Done(result) => result.get("n").unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(number(&stage.call(server, read()).await), "1");
        let again = stage.runtime.run(server, read());
        assert_eq!(number(&stage.ended(again).await.state), "1", "{over:?}");
        assert!(stage.runtime.state().cache.served(again).is_some());
        assert!(stage.runtime.state().notices.back().unwrap().text.contains("still fresh"));
        let call = mcp_tui::model::id::CallId(stage.runtime.state().next_call);
        stage.runtime.dispatch(Command::Renew { server, operation: read() });
        assert_eq!(number(&stage.ended(call).await.state), "2", "asked anew");
        stage.call(server, Operation::Subscribe { uri: "x:1".into() }).await;
        stage.until("the change", |state| state.sessions[0].updated.contains("x:1")).await;
        assert_eq!(number(&stage.call(server, read()).await), "3", "{over:?}");
        assert_eq!(stage.wire().await.with("resources/read").len(), 3, "{over:?}");
    }
}

#[tokio::test]
async fn a_list_is_as_fresh_as_its_pages_say_and_refreshing_always_asks() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let page = |ttl: u64, next: Option<&str>| {
            let mut page = json!({"resultType": "complete", "tools": [{"name": "a", "inputSchema": {}}], "ttlMs": ttl, "cacheScope": "public"});
            if let Some(next) = next {
                page["nextCursor"] = next.into();
            }
            expect("tools/list") + &answer(&page)
        };
        let script = [
            modern(&json!({"tools": {}})),
            page(3_600_000, Some("2")) + &page(60_000, None),
            page(0, None),
            page(0, None),
        ];
        let server = stage.server(over, &script).await;
        let list = Operation::List(ListKind::Tools);
        stage.call(server, list.clone()).await;
        stage.until("how fresh it is", |state| state.sessions[0].tools.fresh.is_some()).await;
        let fresh = stage.runtime.state().sessions[0].tools.fresh.unwrap();
        assert!(fresh.public && (60_000..70_000).contains(&fresh.ttl), "{fresh:?}");
        stage.call(server, list.clone()).await;
        let call = mcp_tui::model::id::CallId(stage.runtime.state().next_call);
        stage.runtime.dispatch(Command::Refresh { server, kind: ListKind::Tools });
        stage.ended(call).await;
        stage
            .until("it is stale at once", |state| state.sessions[0].tools.fresh.is_some_and(|fresh| fresh.ttl == 0))
            .await;
        stage.call(server, list).await;
        assert_eq!(stage.wire().await.with("tools/list").len(), 4, "{over:?}");
    }
}

#[tokio::test]
async fn the_legacy_era_has_no_hints() {
    let mut stage = Stage::new(false);
    let contents = || expect("resources/read") + &answer(&json!({"contents": [], "ttlMs": 3_600_000}));
    let server = stage.server(Over::Stdio, &[legacy(&json!({"resources": {}})), contents(), contents()]).await;
    stage.call(server, read()).await;
    stage.call(server, read()).await;
    assert_eq!(stage.wire().await.with("resources/read").len(), 2);
}
