//! What a server is told of its host: roots and the level of its log, changed in the middle of a run.

use mcp_tui::app::Command;
use mcp_tui::model::call::CallState;
use mcp_tui::model::session::{Session, Status};
use serde_json::json;

use super::script::*;
use super::support::tool;

#[tokio::test]
async fn roots_are_told_when_the_legacy_era_asks_and_their_change_is_announced() {
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let script = [
            legacy(&json!({"tools": {}})),
            expect("tools/call"),
            asks(&json!("r1"), "roots/list", &json!({})),
            answer(&json!({"content": []})),
            expect("notifications/roots/list_changed"),
            expect("tools/call"),
            asks(&json!("r2"), "roots/list", &json!({})),
            answer(&json!({"content": []})),
        ];
        let mut spec = stage.spec(over, &script);
        spec.roots = vec!["/home/ada/my project".into()];
        let server = stage.ready(spec).await;
        stage.call(server, tool("t")).await;
        let roots = vec!["/srv/ü".into(), "/srv/ü".into(), "not/absolute".into()];
        stage.runtime.dispatch(Command::SetRoots { server, roots });
        assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
        assert_eq!(stage.runtime.state().sessions[0].spec.roots.len(), 1, "once, and absolute");
        let wire = stage.wire().await;
        let capabilities = &wire.with("initialize")[0]["params"]["capabilities"];
        assert_eq!(capabilities["roots"], json!({"listChanged": true}), "{over:?}");
        let first = wire.answer(&json!("r1")).unwrap();
        let project = json!([{"uri": "file:///home/ada/my%20project", "name": "my project"}]);
        assert_eq!(first["result"]["roots"], project, "{over:?}");
        let second = wire.answer(&json!("r2")).unwrap();
        assert_eq!(second["result"]["roots"], json!([{"uri": "file:///srv/%C3%BC", "name": "ü"}]), "{over:?}");
        let announced = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;
        assert_eq!(wire.bytes("notifications/roots/list_changed"), [announced], "{over:?}");
    }
}

#[tokio::test]
async fn the_modern_era_hears_of_roots_when_it_asks_and_of_their_change_never() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let asked = || input_required(&json!({"k": {"method": "roots/list"}}), None);
        let done = || answer(&json!({"resultType": "complete", "content": []}));
        let script = [
            modern(&json!({"tools": {}})),
            [expect("tools/call"), asked(), expect("tools/call"), done()].concat(),
            [expect("tools/call"), asked(), expect("tools/call"), done()].concat(),
        ];
        let server = stage.server(over, &script).await;
        stage.call(server, tool("t")).await;
        stage.runtime.dispatch(Command::SetRoots { server, roots: vec!["/a".into()] });
        stage.call(server, tool("t")).await;
        let wire = stage.wire().await;
        let told: Vec<_> =
            wire.with("tools/call").iter().map(|call| call["params"]["inputResponses"].clone()).collect();
        let one = json!({"k": {"roots": [{"uri": "file:///a", "name": "a"}]}});
        assert_eq!(told, [json!(null), json!({"k": {"roots": []}}), json!(null), one], "{over:?}");
        for call in wire.with("tools/call") {
            let offered = &call["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
            assert_eq!(offered["roots"], json!({}), "{over:?}");
        }
        assert!(!wire.methods().iter().any(|method| method.contains("roots")), "{over:?}");
    }
}

#[tokio::test]
async fn the_level_of_the_log_changes_in_the_way_of_the_era() {
    for over in LEGACY {
        let mut stage = Stage::new(false);
        let script = [
            legacy(&json!({"logging": {}})),
            expect("logging/setLevel"),
            answer(&json!({})),
            expect("logging/setLevel"),
            refuse(-32602, &json!(null)),
        ];
        let server = stage.server(over, &script).await;
        for level in ["debug", "loud"] {
            stage.runtime.dispatch(Command::SetLogLevel { server, level: Some(level.into()) });
            stage.until("it is answered", |state| state.calls.values().all(|call| !call.is_open())).await;
        }
        stage.runtime.dispatch(Command::SetLogLevel { server, level: None });
        assert!(stage.runtime.state().notices.iter().any(|notice| notice.text.contains("cannot be told to stop")));
        let wire = stage.wire().await;
        let levels: Vec<_> =
            wire.with("logging/setLevel").iter().map(|frame| frame["params"]["level"].clone()).collect();
        assert_eq!(levels, ["debug", "loud"], "{over:?}");
    }
    for over in BOTH {
        let mut stage = Stage::new(false);
        let done = || expect("tools/call") + &answer(&json!({"resultType": "complete", "content": []}));
        let server = stage.server(over, &[modern(&json!({"logging": {}})), done(), done(), done()]).await;
        for level in [None, Some("info"), None] {
            stage.runtime.dispatch(Command::SetLogLevel { server, level: level.map(str::to_owned) });
            stage.call(server, tool("t")).await;
        }
        let wire = stage.wire().await;
        let level = "io.modelcontextprotocol/logLevel";
        let levels: Vec<_> =
            wire.with("tools/call").iter().map(|call| call["params"]["_meta"][level].clone()).collect();
        assert_eq!(levels, [json!(null), json!("info"), json!(null)], "{over:?}");
        assert!(wire.with("logging/setLevel").is_empty(), "{over:?}");
    }
}

#[tokio::test]
async fn what_is_changed_while_a_server_is_down_is_told_when_it_is_up() {
    for (modern_era, over) in WAYS {
        let mut stage = Stage::new(false);
        let done = || answer(&json!({"resultType": "complete", "content": []}));
        let capabilities = json!({"logging": {}, "tools": {}});
        let after = if modern_era {
            let asked = input_required(&json!({"k": {"method": "roots/list"}}), None);
            [expect("tools/call"), asked, expect("tools/call"), done()].concat()
        } else {
            let level = expect("logging/setLevel") + &answer(&json!({}));
            [level, expect("tools/call"), asks(&json!("r1"), "roots/list", &json!({})), done()].concat()
        };
        let up = || begin(modern_era, &capabilities);
        // A process begins its script anew; a server over HTTP has seen us before.
        let script = match over {
            Over::Stdio => up() + &after,
            Over::Http | Over::Sse => up() + &up() + &after,
        };
        let server = stage.server(over, &[script]).await;
        stage.runtime.dispatch(Command::Disconnect(server));
        let is_down = |session: &Session| matches!(session.status, Status::Down { .. });
        stage.until("down", |state| is_down(&state.sessions[0])).await;
        stage.runtime.dispatch(Command::SetRoots { server, roots: vec!["/a".into()] });
        stage.runtime.dispatch(Command::SetLogLevel { server, level: Some("info".into()) });
        stage.runtime.dispatch(Command::Restart(server));
        stage.until("up", |state| state.sessions[0].is_ready()).await;
        let outcome = stage.call(server, tool("t")).await;
        assert!(matches!(outcome, CallState::Done(_)), "{modern_era} {over:?}: {outcome:?}");
        let wire = stage.wire().await;
        if modern_era {
            let calls = wire.with("tools/call");
            assert_eq!(calls[0]["params"]["_meta"]["io.modelcontextprotocol/logLevel"], "info", "{over:?}");
            assert_eq!(calls[1]["params"]["inputResponses"]["k"]["roots"][0]["uri"], "file:///a", "{over:?}");
        } else {
            assert_eq!(wire.with("logging/setLevel")[0]["params"]["level"], "info", "{over:?}");
            assert_eq!(wire.answer(&json!("r1")).unwrap()["result"]["roots"][0]["uri"], "file:///a", "{over:?}");
        }
    }
}
