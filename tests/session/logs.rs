//! Server logging: asked for in the way of the era, and told where the spec wants it.

use mcp_tui::app::Command;
use mcp_tui::model::call::CallState;
use mcp_tui::model::record::Record;
use mcp_tui::model::wire::Direction;

use crate::support::{Run, tool};

const LEGACY: &str = r#"{"handshake":"2025-11-25","capabilities":{"tools":{},"logging":{}}}
{"expect":"logging/setLevel"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":1}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"content\":[]}}"}
{"until_eof":true}"#;
const MODERN: &str = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"logging\":{}}}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":1}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"resultType\":\"complete\",\"content\":[]}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"resultType\":\"complete\",\"content\":[]}}"}
{"until_eof":true}"#;

fn sent(records: &[Record]) -> Vec<String> {
    records.iter().filter(|r| r.direction == Direction::Send).map(|r| r.text().into_owned()).collect()
}

#[tokio::test]
async fn the_legacy_era_has_a_request_for_the_level() {
    let mut run = Run::new(false);
    let mut spec = run.script("s", LEGACY);
    spec.log_level = Some("warning".into());
    let server = run.ready(spec).await;
    assert!(matches!(run.call(server, tool("t")).await, CallState::Done(_)));
    assert!(run.runtime.state().messages.is_empty(), "nobody wants them told");
    let sent = sent(&run.finish().await);
    let asked = sent.iter().filter(|text| text.contains("logging/setLevel")).collect::<Vec<_>>();
    assert!(matches!(&asked[..], [one] if one.contains(r#""params":{"level":"warning"}"#)), "{sent:?}");
    let mut modern = sent.iter().filter(|text| text.contains("io.modelcontextprotocol/logLevel"));
    assert!(modern.all(|text| text.contains("server/discover")), "only the probe is modern");
}

#[tokio::test]
async fn the_modern_era_says_the_level_with_each_request() {
    let mut run = Run::new(false);
    let mut spec = run.script("s", MODERN);
    spec.log_level = Some("debug".into());
    spec.tell_logs = true;
    let server = run.ready(spec).await;
    run.call(server, tool("t")).await;
    let told: Vec<_> = run.runtime.state().messages.iter().map(|(_, message)| message.as_str().to_owned()).collect();
    assert_eq!(told, [r#"{"level":"info","data":1}"#], "before the call ended");
    run.runtime.dispatch(Command::ForgetMessages);
    assert!(run.runtime.state().messages.is_empty());
    // There is no such request any more: the level of the requests that follow changes.
    run.runtime.dispatch(Command::SetLogLevel { server, level: Some("error".into()) });
    run.call(server, tool("t")).await;
    let sent = sent(&run.finish().await);
    assert!(!sent.iter().any(|text| text.contains("logging/setLevel")));
    let levels: Vec<_> = sent
        .iter()
        .filter_map(|text| {
            let frame: serde_json::Value = serde_json::from_str(text).ok()?;
            frame["params"]["_meta"]["io.modelcontextprotocol/logLevel"].as_str().map(str::to_owned)
        })
        .collect();
    assert_eq!(levels, ["debug", "debug", "error"]);
}

#[tokio::test]
async fn without_a_level_nothing_is_asked() {
    let mut run = Run::new(false);
    let spec = run.script("s", MODERN);
    let server = run.ready(spec).await;
    run.call(server, tool("t")).await;
    assert!(!sent(&run.finish().await).iter().any(|text| text.contains("logLevel")));
}
