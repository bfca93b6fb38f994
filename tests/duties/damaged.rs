//! What is not as it should be: frames that are none, and items of lists that cannot be used.

use futures_util::future::join_all;
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::session::Item;
use mcp_tui::model::wire::FrameKind;
use serde_json::json;

use super::script::*;
use super::support::tool;

/// Garbage comes before the answer to a call: it is kept and answered by nothing. In what answers a POST it can only be the
/// answer, or what is left of it, so the call fails with the reason; elsewhere the call has its answer.
#[tokio::test]
async fn garbage_is_kept_and_never_answered_and_the_connection_goes_on() {
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let garbage = [
            ("{", FrameKind::NotJson),
            ("Listening on port 3000", FrameKind::NotJson),
            ("7", FrameKind::NotRpc),
            (r#"{"jsonrpc":"1.0","method":"x"}"#, FrameKind::NotRpc),
            (r#"{"jsonrpc":"2.0"}"#, FrameKind::NotRpc),
            (r#"{"jsonrpc":"2.0","id":[1],"method":7}"#, FrameKind::NotRpc),
        ];
        let good = || answer(&json!({"content": [], "n": 1}));
        let one =
            |(text, _): &(&str, FrameKind)| expect("tools/call") + &format!("{}\n", json!({ "send": text })) + &good();
        let script = [
            begin(modern_era, &json!({"tools": {}})),
            garbage.iter().map(one).collect(),
            expect("tools/call") + &good(),
        ];
        let server = stage.server(over, &script).await;
        for (text, _) in &garbage {
            match stage.call(server, tool("t")).await {
                CallState::Done(_) => assert_ne!(over, Over::Http, "{modern_era}: {text}"),
                CallState::Failed(Failure::BadAnswer(why)) => {
                    assert!(
                        over == Over::Http && why.contains("cannot be used"),
                        "{modern_era} {over:?} {text}: {why}"
                    );
                }
                other => panic!("{modern_era} {over:?} {text}: {other:?}"),
            }
        }
        let outcome = stage.call(server, tool("t")).await;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?}: {outcome:?}");
        let wire = stage.wire().await;
        for (text, kind) in garbage {
            let kept = wire.0.iter().find(|record| record.text() == text);
            assert_eq!(kept.map(|record| record.kind), Some(kind), "{modern_era} {over:?}: {text}");
        }
        let answers = wire.methods().iter().filter(|method| *method == "(answer)").count();
        assert_eq!(answers, 0, "{modern_era} {over:?}");
        assert_eq!(wire.with("tools/call").len(), garbage.len() + 1, "{modern_era} {over:?}");
    }))
    .await;
}

/// What is wrong with an item.
fn problem(item: &Item) -> &str {
    match item {
        Item::Good { .. } => "",
        Item::Bad { problem, .. } => problem,
    }
}

/// Of each list one item is usable, and the others are shown with what is wrong.
#[tokio::test]
async fn one_item_that_cannot_be_used_hides_no_other() {
    let lists = [
        (ListKind::Tools, json!({"name": "a", "inputSchema": {}}), json!({"name": "b"}), "no `inputSchema`"),
        (ListKind::Prompts, json!({"name": "a"}), json!({"title": "b"}), "no `name`"),
        (ListKind::Resources, json!({"uri": "x:a", "name": "a"}), json!({"uri": ""}), "`uri` is empty"),
        (ListKind::Templates, json!({"uriTemplate": "x:{a}", "name": "a"}), json!(7), "not an object"),
    ];
    let lists = &lists;
    join_all(WAYS.map(|(modern_era, over)| async move {
        let mut stage = Stage::new(false);
        let page = |(kind, good, bad, _): &(ListKind, _, _, _)| {
            expect(kind.method()) + &answer(&json!({ kind.member(): [bad, good, null] }))
        };
        let script = [
            begin(modern_era, &json!({"tools": {}, "prompts": {}, "resources": {}})),
            lists.iter().map(page).collect(),
        ];
        let server = stage.server(over, &script).await;
        for (kind, _, _, wrong) in lists {
            let listed = stage.call(server, Operation::List(*kind)).await;
            assert!(matches!(listed, CallState::Done(_)), "{modern_era} {over:?} {kind:?}: {listed:?}");
            let items = &stage.runtime.state().sessions[0].listing(*kind).items;
            let [bad, good, null] = &items[..] else { panic!("{modern_era} {over:?} {kind:?}: {items:?}") };
            assert!(good.key().is_some(), "{modern_era} {over:?} {kind:?}");
            assert!(problem(bad).contains(wrong), "{modern_era} {over:?} {kind:?}: {bad:?}");
            assert!(problem(null).contains("not an object"), "{modern_era} {over:?} {kind:?}");
        }
        stage.wire().await;
    }))
    .await;
}
