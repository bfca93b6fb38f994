//! Which era a server is of, how that is found out, and what is not done once it is known.

use mcp_tui::app::Command;
use mcp_tui::model::call::CallState;
use mcp_tui::model::server::{HttpKind, Launch};
use mcp_tui::model::session::{DownReason, Status};
use serde_json::{Value, json};

use super::script::*;
use super::support::tool;

/// Refuses the probe, where there is one.
fn unprobed(over: Over) -> String {
    if over == Over::Sse { String::new() } else { expect("server/discover") + &refuse(-32601, &json!(null)) }
}

fn shaken(revision: &str) -> String {
    let result = json!({"protocolVersion": revision, "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}});
    expect("initialize") + &answer(&result)
}

fn down(status: &Status) -> Option<&str> {
    match status {
        Status::Down { reason: DownReason::Protocol(why), .. } => Some(why),
        _ => None,
    }
}

#[tokio::test]
async fn a_server_that_answers_the_probe_is_modern_and_never_initialized() {
    for over in BOTH {
        let mut stage = Stage::new(false);
        let script = [modern(&json!({"tools": {}})), expect("tools/call") + &answer(&json!({"content": []}))];
        let server = stage.server(over, &script).await;
        // A result without a type is complete.
        assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
        let wire = stage.wire().await;
        assert_eq!(wire.methods(), ["server/discover", "tools/call"], "{over:?}");
        for frame in wire.sent() {
            let meta = &frame["params"]["_meta"];
            assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28", "{over:?}");
            assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "mcp-tui", "{over:?}");
            let offered = &meta["io.modelcontextprotocol/clientCapabilities"];
            assert_eq!(offered["elicitation"], json!({"form": {}, "url": {}}), "{over:?}");
            assert_eq!(offered["sampling"], json!({"tools": {}}), "{over:?}");
        }
    }
}

#[tokio::test]
async fn any_other_error_means_a_legacy_handshake() {
    for over in LEGACY {
        for code in if over == Over::Sse { vec![0] } else { vec![-32601, -32600, -32602, -32000, -32004] } {
            let mut stage = Stage::new(false);
            let probe =
                if over == Over::Sse { String::new() } else { expect("server/discover") + &refuse(code, &json!(null)) };
            let script = [probe, shaken("2025-11-25"), expect("notifications/initialized")];
            let server = stage.server(over, &script).await;
            let agreed = stage.runtime.state().sessions[server.index()].negotiated.clone().unwrap();
            assert_eq!((agreed.revision.as_str(), agreed.modern), ("2025-11-25", false));
            let wire = stage.wire().await;
            let probes = usize::from(over != Over::Sse);
            assert_eq!(wire.with("server/discover").len(), probes, "{over:?} {code}");
            let params = &wire.with("initialize")[0]["params"];
            assert_eq!(params["protocolVersion"], "2025-11-25");
            let offered = json!({"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {"listChanged": true}});
            assert_eq!(params["capabilities"], offered, "{over:?}");
            assert_eq!(params["clientInfo"]["name"], "mcp-tui");
            assert_eq!(params.get("_meta"), None, "{over:?}: nothing of the other era");
            let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
            assert_eq!(wire.bytes("notifications/initialized"), [told], "{over:?}");
        }
    }
}

#[tokio::test]
async fn an_error_of_the_modern_era_is_no_reason_to_initialize() {
    for over in BOTH {
        for (code, data) in [
            (-32020, json!(null)),
            (-32021, json!({"requiredCapabilities": {"x": {}}})),
            (-32022, json!({"supported": ["2099-01-01"]})),
        ] {
            let mut stage = Stage::new(false);
            let spec = stage.spec(over, &[expect("server/discover") + &refuse(code, &data)]);
            let server = stage.connect(spec);
            stage.until("refused", |state| down(&state.sessions[server.index()].status).is_some()).await;
            assert_eq!(stage.wire().await.methods(), ["server/discover"], "{over:?} {code}");
        }
        // It says that it supports what it refused: asked once more, with a new id.
        let mut stage = Stage::new(false);
        let refusal = expect("server/discover") + &refuse(-32022, &json!({"supported": ["2026-07-28"]}));
        stage.server(over, &[refusal, modern(&json!({}))]).await;
        let probes = stage.wire().await.with("server/discover");
        assert_eq!(probes.len(), 2, "{over:?}");
        assert_ne!(probes[0]["id"], probes[1]["id"]);
    }
}

#[tokio::test]
async fn older_revisions_are_spoken_and_unknown_ones_end_the_handshake() {
    for over in LEGACY {
        for revision in ["2025-06-18", "2025-03-26", "2024-11-05"] {
            let mut stage = Stage::new(false);
            let call = expect("tools/call") + &answer(&json!({"content": []}));
            let script = [unprobed(over), shaken(revision), expect("notifications/initialized"), call];
            let server = stage.server(over, &script).await;
            assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)), "{over:?} {revision}");
            assert_eq!(stage.runtime.state().sessions[0].negotiated.as_ref().unwrap().revision, revision);
            stage.wire().await;
        }
        for revision in ["1999-01-01", "2026-07-28"] {
            let mut stage = Stage::new(false);
            let spec = stage.spec(over, &[unprobed(over), shaken(revision)]);
            let server = stage.connect(spec);
            stage.until("refused", |state| down(&state.sessions[server.index()].status).is_some()).await;
            let why = down(&stage.runtime.state().sessions[0].status).unwrap().to_owned();
            assert!(why.contains(revision), "{why}");
            let wire = stage.wire().await;
            assert!(wire.with("notifications/initialized").is_empty(), "{over:?} {revision}");
        }
    }
}

#[tokio::test]
async fn a_server_of_the_old_transport_is_found_and_remembered() {
    let mut stage = Stage::new(false);
    let call = expect("tools/call") + &answer(&json!({"content": []}));
    let script = [legacy(&json!({"tools": {}})), call.clone(), legacy(&json!({"tools": {}})), call];
    let mut spec = stage.spec(Over::Sse, &script);
    if let Launch::Http { kind, .. } = &mut spec.launch {
        *kind = HttpKind::Auto;
    }
    let server = stage.ready(spec).await;
    assert_eq!(stage.runtime.state().sessions[0].negotiated.as_ref().unwrap().transport, "sse");
    assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
    stage.runtime.dispatch(Command::Restart(server));
    stage.until("connected again", |state| state.sessions[0].generation == 2).await;
    assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
    let wire = stage.wire().await;
    // Once by Streamable HTTP, in both eras; then over the stream, and the next time over that at once.
    let methods: Vec<String> =
        wire.methods().into_iter().filter(|method| !method.starts_with("notifications")).collect();
    let expected = ["server/discover", "initialize", "initialize", "tools/call", "initialize", "tools/call"];
    assert_eq!(methods, expected, "{}", wire.notes());
    let named: Vec<Option<Value>> = wire.sent().iter().map(|frame| frame["params"].get("_meta").cloned()).collect();
    assert_eq!(named.last(), Some(&Some(json!({"progressToken": 2}))), "nothing of the modern era");
}
