//! The engine against scripted servers: what goes over the wire, what fails, what stays. Threats 1–25 with their bytes.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "session/late.rs"]
mod late;
#[path = "session/logs.rs"]
mod logs;
#[path = "session/pages.rs"]
mod pages;
mod support;

use std::time::Duration;

use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::record::{Body, Record};
use mcp_tui::model::session::{DownReason, ListState, Status};
use mcp_tui::model::wire::{Direction, FrameKind};
use support::{Run, tool};

const HANDSHAKE: &str = r#"{"handshake":"2025-11-25"}
"#;

fn received(records: &[Record]) -> Vec<&Record> {
    records.iter().filter(|record| record.direction == Direction::Recv).collect()
}

fn notes(records: &[Record]) -> String {
    records.iter().filter_map(|record| record.note.as_deref()).collect::<Vec<_>>().join("\n")
}

/// One call answered by these steps; what became of it, and the journal.
async fn call_answered_by(steps: &str) -> (CallState, Vec<Record>) {
    let mut run = Run::new(false);
    let script = format!("{HANDSHAKE}{{\"expect\":\"tools/call\"}}\n{steps}\n{{\"until_eof\":true}}");
    let mut spec = run.script("s", &script);
    spec.timeouts.request = Duration::from_secs(20);
    let server = run.ready(spec).await;
    let outcome = run.call(server, tool("t")).await;
    (outcome, run.finish().await)
}

fn bad_answer(outcome: &CallState) -> &str {
    match outcome {
        CallState::Failed(Failure::BadAnswer(why)) => why,
        other => panic!("a bad answer is expected, got {other:?}"),
    }
}

#[tokio::test]
async fn a_legacy_server_is_probed_and_shakes_hands() {
    let mut run = Run::new(false);
    let spec = run.script("s", &format!("{HANDSHAKE}{{\"until_eof\":true}}"));
    let server = run.ready(spec).await;
    let negotiated = run.runtime.state().sessions[server.index()].negotiated.clone().unwrap();
    assert_eq!((negotiated.revision.as_str(), negotiated.modern), ("2025-11-25", false));
    let records = run.finish().await;
    let sent: Vec<_> = records.iter().filter(|record| record.direction == Direction::Send).collect();
    assert_eq!(sent[0].note.as_deref(), Some("era probe"), "the probe is marked");
    let methods: Vec<_> = sent
        .iter()
        .map(|record| serde_json::from_str::<serde_json::Value>(&record.text()).unwrap()["method"].clone())
        .collect();
    assert_eq!(methods, ["server/discover", "initialize", "notifications/initialized"]);
}

#[tokio::test]
async fn a_modern_server_is_never_initialized() {
    let mut run = Run::new(false);
    let discovered = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{}},\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"x\"}}}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"resultType\":\"mystery\",\"content\":[]}}"}
{"until_eof":true}"#;
    let spec = run.script("s", discovered);
    let server = run.ready(spec).await;
    assert!(run.runtime.state().sessions[server.index()].negotiated.as_ref().unwrap().modern);
    let outcome = run.call(server, tool("t")).await;
    assert!(bad_answer(&outcome).contains("unknown type"), "{outcome:?}");
    let records = run.finish().await;
    let call = records.iter().find(|record| record.text().contains("tools/call")).unwrap();
    assert!(call.text().contains("io.modelcontextprotocol/protocolVersion"));
    assert!(!records.iter().any(|record| record.direction == Direction::Send && record.text().contains("initialize")));
}

#[tokio::test]
async fn an_unsupported_version_is_answered_with_a_supported_one() {
    let mut run = Run::new(false);
    let script = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32022,\"message\":\"no\",\"data\":{\"supported\":[\"2099-01-01\"]}}}"}
{"until_eof":true}"#;
    let spec = run.script("s", script);
    let server = run.connect(spec);
    run.until("down", |state| matches!(state.sessions[server.index()].status, Status::Down { .. })).await;
    let status = &run.runtime.state().sessions[server.index()].status;
    assert!(
        matches!(status, Status::Down { reason: DownReason::Protocol(why), .. } if why.contains("2099-01-01")),
        "{status:?}"
    );
    let records = run.finish().await;
    assert!(
        !records.iter().any(|record| record.text().contains("\"initialize\"")),
        "a modern server is not initialized"
    );
}

#[tokio::test]
async fn a_discover_answer_without_versions_means_legacy() {
    let mut run = Run::new(false);
    let script = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
{"expect":"initialize"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"protocolVersion\":\"2024-11-05\",\"capabilities\":{}}}"}
{"until_eof":true}"#;
    let spec = run.script("s", script);
    let server = run.ready(spec).await;
    assert_eq!(run.runtime.state().sessions[server.index()].negotiated.as_ref().unwrap().revision, "2024-11-05");
    run.finish().await;
}

#[tokio::test]
async fn a_server_silent_to_the_probe_is_asked_the_legacy_way_and_remembered() {
    let mut run = Run::new(false);
    let script = r#"{"expect":"initialize"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{}}}"}
{"until_eof":true}"#;
    let mut spec = run.script("s", script);
    spec.timeouts.probe = Duration::from_millis(200);
    let server = run.ready(spec).await;
    run.runtime.dispatch(mcp_tui::app::Command::Restart(server));
    run.until("connected again", |state| state.sessions[server.index()].generation == 2).await;
    let records = run.finish().await;
    let probes = records.iter().filter(|record| record.note.as_deref() == Some("era probe")).count();
    assert_eq!(probes, 1, "the second time it is not probed");
}

#[tokio::test]
async fn a_late_answer_to_the_probe_counts() {
    // A slow starter that holds on to the era of its first request.
    let mut run = Run::new(false);
    let script = r#"{"expect":"initialize"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32022,\"message\":\"no\"}}"}
{"until_eof":true}"#;
    let mut spec = run.script("s", script);
    spec.timeouts.probe = Duration::from_millis(200);
    let server = run.ready(spec).await;
    assert!(run.runtime.state().sessions[server.index()].negotiated.as_ref().unwrap().modern);
    run.finish().await;
}

#[tokio::test]
async fn malformed_lines_are_shown_and_nothing_breaks() {
    // Threats 1, 3, 4, 7, 19, 24, 25.
    let steps = r#"{"send":"{"}
{"send":"not json"}
{"send":"{\"jsonrpc\":\"2.0\"}"}
{"hex":"fffefd0a"}
{"hex":"efbbbf7b226a736f6e727063223a22322e30222c226d6574686f64223a226e6f74696669636174696f6e732f78227d0d0a0a0a"}
{"hex":"7b226d223a2200227d0a"}
{"send":"[]"}
{"send":"null"}
{"send":"7"}
{"send":"{\"jsonrpc\":\"1.0\",\"method\":\"x\"}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":7}"}
{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/y\",\"params\":{\"n\":123456789012345678901234567890,\"m\":-0,\"e\":1e999}}"}
{"send":"Listening on port 3000"}
{"write":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"res"}
{"sleep":30}
{"send":"ult\":{\"content\":[]}}"}"#;
    let (outcome, records) = call_answered_by(steps).await;
    assert!(matches!(outcome, CallState::Done(_)), "{outcome:?}");
    let got = received(&records);
    let find = |text: &str| got.iter().find(|record| record.text() == text).unwrap_or_else(|| panic!("{text} is kept"));
    assert_eq!(find("{").kind, FrameKind::NotJson);
    assert_eq!(find("not json").note.as_deref(), Some("invalid JSON at byte 0: a value is expected"));
    assert_eq!(find("{\"jsonrpc\":\"2.0\"}").kind, FrameKind::NotRpc);
    assert!(got.iter().any(|record| record.body == Body::Bytes(vec![0xff, 0xfe, 0xfd])), "bytes are kept as bytes");
    let marked = got.iter().find(|record| record.text().starts_with('\u{feff}')).unwrap();
    assert_eq!((marked.kind, marked.eol.as_deref()), (FrameKind::Notification, Some("\r\n")));
    assert!(find("{\"m\":\"\0\"}").note.as_deref().unwrap().contains("control character"));
    assert!(
        got.iter().any(|record| record.text().contains("123456789012345678901234567890")),
        "numbers stay as written"
    );
    let sent = records.iter().filter(|record| record.direction == Direction::Send).count();
    assert_eq!(sent, 4, "garbage is never answered: {:?}", notes(&records));
}

#[tokio::test]
async fn damaged_answers_fail_their_call_with_the_reason() {
    // Threats 2, 5, 6, 17, 22: each would hang the call if it were only dropped.
    let deep = r#"{"write":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":"}
{"fill":"[","times":10000}
{"fill":"]","times":10000}
{"send":"}"}"#;
    let deeper = deep.replace("10000", "1000000");
    for (steps, reason) in [
        (
            r#"{"write":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"a\":\""}
{"hex":"c328"}
{"send":"\"}}"}"#,
            "invalid UTF-8",
        ),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"a\":\"\\ud800\"}}"}"#, "surrogate"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"id\":2,\"result\":{},\"error\":{}}"}"#, "twice"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{},\"error\":{}}"}"#, "both"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id}}"}"#, "neither"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}"}"#, "without a usable `id`"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id}.0,\"result\":{}}"}"#, "neither a string nor an integer"),
        (r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"a\":tru}}"}"#, "invalid JSON"),
        (deep, "10001 levels"),
        (deeper.as_str(), "1000001 levels"),
    ] {
        let (outcome, _) = call_answered_by(steps).await;
        assert!(bad_answer(&outcome).contains(reason), "{steps}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_keeps_head_tail_length_and_hash_and_fails_its_call() {
    // Threat 8, with a small limit; the default one is a matter of size only.
    let mut run = Run::new(false);
    let steps = r#"{"expect":"tools/call"}
{"write":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"data\":\""}
{"fill":"A","times":3000000}
{"send":"\"}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
{"until_eof":true}"#;
    let mut spec = run.script("s", &format!("{HANDSHAKE}{steps}"));
    spec.limits.frame_bytes = 1_000_000;
    let server = run.ready(spec).await;
    let outcome = run.call(server, tool("big")).await;
    assert!(bad_answer(&outcome).contains("too long"), "{outcome:?}");
    assert!(matches!(run.call(server, tool("small")).await, CallState::Done(_)), "the connection goes on");
    let records = run.finish().await;
    let cut = records.iter().find(|record| record.cut.is_some()).unwrap();
    assert!(cut.size > 3_000_000 && cut.text().len() < 5_000);
    assert_eq!(cut.cut.as_ref().unwrap().sha256.len(), 64);
    assert!(cut.cut.as_ref().unwrap().tail.ends_with("A\"}}"));
}

#[tokio::test]
async fn requests_nobody_offered_to_answer_are_refused_and_pings_are_answered() {
    // Threats 14, 23: a request never offered; two of the same id, of which the second is refused.
    let steps = r#"{"send":"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"files/format\",\"params\":{}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\",\"params\":{\"messages\":[]}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\",\"params\":{\"messages\":[]}}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}"#;
    let (_, records) = call_answered_by(steps).await;
    let sent: Vec<_> =
        records.iter().filter(|r| r.direction == Direction::Send).map(|r| r.text().into_owned()).collect();
    assert_eq!(sent.iter().filter(|text| text.contains("-32601")).count(), 1, "{sent:?}");
    assert_eq!(sent.iter().filter(|text| text.contains("-32600")).count(), 1, "{sent:?}");
    assert!(sent.contains(&r#"{"jsonrpc":"2.0","id":"p","result":{}}"#.to_owned()), "{sent:?}");
}

#[tokio::test]
async fn a_server_that_floods_with_garbage_and_reads_nothing_is_cut_off_and_others_are_not_affected() {
    // Threat 19, the wedge: wrong shapes without end from a server that never reads.
    let mut run = Run::new(false);
    let garbage = format!(
        "{HANDSHAKE}{{\"repeat\":20000,\"send\":\"{{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":\\\"a${{n}}\\\",\\\"method\\\":\\\"x\\\"}}\"}}\n{{\"stay\":true}}"
    );
    let mut spec = run.script("hostile", &garbage);
    spec.timeouts.write = Duration::from_millis(500);
    let hostile = run.ready(spec).await;
    let control = format!(
        "{HANDSHAKE}{}{{\"until_eof\":true}}",
        r#"{"expect":"ping"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
"#
        .repeat(20)
    );
    let spec = run.script("control", &control);
    let control = run.ready(spec).await;
    for _ in 0..20 {
        assert!(matches!(run.call(control, Operation::Ping).await, CallState::Done(_)));
    }
    run.until("the hostile one is down", |state| {
        matches!(&state.sessions[hostile.index()].status, Status::Down { reason: DownReason::Lost(_), .. })
    })
    .await;
    run.finish().await;
}

#[tokio::test]
async fn time_runs_whatever_the_server_drips() {
    // Threat 10: bytes of an unfinished line are no news.
    let mut run = Run::new(false);
    let drip = "{\"write\":\"x\"}\n{\"sleep\":50}\n".repeat(40);
    let mut spec = run.script("s", &format!("{HANDSHAKE}{{\"expect\":\"tools/call\"}}\n{drip}{{\"until_eof\":true}}"));
    spec.timeouts.request = Duration::from_millis(300);
    let server = run.ready(spec).await;
    let outcome = run.call(server, tool("t")).await;
    assert!(matches!(outcome, CallState::Failed(Failure::TimedOut(_))), "{outcome:?}");
    let records = run.finish().await;
    assert!(
        records
            .iter()
            .any(|record| record.direction == Direction::Send && record.text().contains("notifications/cancelled"))
    );
}

#[tokio::test]
async fn a_million_bytes_of_notifications_arrive_in_order() {
    // Threat 11 in small; the large one is a bench.
    let mut run = Run::new(false);
    let spec = run.script("s", &format!("{HANDSHAKE}{{\"flood\":20000,\"size\":300}}\n{{\"until_eof\":true}}"));
    let server = run.ready(spec).await;
    run.until("all frames are in the log", |state| state.log.len() >= 20_007).await;
    assert!(run.runtime.state().sessions[server.index()].is_ready());
    let records = run.finish().await;
    let numbers: Vec<u64> = received(&records)
        .iter()
        .filter_map(|record| {
            serde_json::from_str::<serde_json::Value>(&record.text()).ok()?["params"]["data"]["n"].as_u64()
        })
        .collect();
    assert_eq!(numbers, (0..20_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_dies_keeps_its_story() {
    let mut run = Run::new(true);
    let script = format!(
        "{}{}",
        r#"{"handshake":"2025-11-25"}
{"expect":"tools/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"tools\":[{\"name\":\"t\",\"inputSchema\":{\"type\":\"object\"}},{\"title\":\"bad\"}]}}"}
{"send":"banner on stdout"}
"#,
        r#"{"stderr":"Traceback: boom\n"}
{"expect":"tools/call"}
{"write":"{\"torn"}
{"exit":3}"#
    );
    let spec = run.script("s", &script);
    let server = run.ready(spec).await;
    run.until("tools", |state| state.sessions[server.index()].tools.state == ListState::Fresh).await;
    let outcome = run.call(server, tool("t")).await;
    assert!(
        matches!(&outcome, CallState::Failed(Failure::Unreachable(why)) if why.contains("exited with status 3")),
        "{outcome:?}"
    );
    run.until("down", |state| matches!(state.sessions[server.index()].status, Status::Down { .. })).await;
    let session = run.runtime.state().sessions[server.index()].clone();
    assert_eq!(session.tools.items.len(), 2, "what it offered stays, the bad one as a bad row");
    assert!(session.stderr.iter().any(|line| line.contains("boom")));
    assert!(session.noise.iter().any(|line| line.contains("banner")));
    let records = run.finish().await;
    let torn = records.iter().find(|record| record.text() == "{\"torn").unwrap();
    assert_eq!((torn.eol.as_deref(), torn.kind), (Some(""), FrameKind::NotJson));
    assert!(records.iter().any(|record| record.kind == FrameKind::Exit));
    let calls = records.iter().filter(|r| r.direction == Direction::Send && r.text().contains("tools/call")).count();
    assert_eq!(calls, 1, "nothing is sent again");
}

#[tokio::test]
async fn pages_end_whatever_the_server_does() {
    let mut run = Run::new(false);
    let page = |cursor: &str| {
        format!(
            "{{\"expect\":\"tools/list\"}}\n{{\"send\":\"{{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${{id}},\\\"result\\\":{{\\\"tools\\\":[{{\\\"name\\\":\\\"a\\\",\\\"inputSchema\\\":{{}}}}],\\\"nextCursor\\\":\\\"{cursor}\\\"}}}}\"}}\n"
        )
    };
    let script = format!("{HANDSHAKE}{}{}{}{}{{\"until_eof\":true}}", page("x"), page(""), page("x"), page("never"));
    let spec = run.script("s", &script);
    let server = run.ready(spec).await;
    run.call(server, Operation::List(ListKind::Tools)).await;
    let listing = run.runtime.state().sessions[server.index()].tools.clone();
    assert_eq!(listing.items.len(), 3, "an empty cursor is a cursor");
    assert!(listing.cut.unwrap().contains("repeats a cursor"));
    run.finish().await;
}

#[tokio::test]
async fn caps_end_endless_pages_and_endless_items() {
    let mut run = Run::new(false);
    let page = r#"{"expect":"tools/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"tools\":[{},{},{}],\"nextCursor\":\"CURSOR\"}}"}
"#;
    let pages = ["0", "1", "2", "3"].map(|cursor| page.replace("CURSOR", cursor)).concat();
    let mut spec = run.script("pages", &format!("{HANDSHAKE}{pages}{{\"until_eof\":true}}"));
    spec.limits.pages = 2;
    let server = run.ready(spec).await;
    run.call(server, Operation::List(ListKind::Tools)).await;
    assert!(run.runtime.state().sessions[server.index()].tools.cut.as_ref().unwrap().contains("more than 2 pages"));
    let mut spec = run.script("items", &format!("{HANDSHAKE}{pages}{{\"until_eof\":true}}"));
    spec.limits.items = 5;
    let server = run.ready(spec).await;
    run.call(server, Operation::List(ListKind::Tools)).await;
    let tools = &run.runtime.state().sessions[server.index()].tools;
    assert_eq!(tools.items.len(), 5);
    assert!(tools.cut.as_ref().unwrap().contains("more than 5 items"));
    run.finish().await;
}

#[tokio::test]
async fn one_optional_method_that_fails_never_kills_a_connection() {
    let mut run = Run::new(true);
    let script = r#"{"handshake":"2025-11-25","capabilities":{"tools":{},"logging":{},"prompts":{}}}
{"expect":"logging/setLevel"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"error\":{\"code\":-32603,\"message\":\"no levels here\"}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{}}"}
{"until_eof":true}"#;
    let mut spec = run.script("s", script);
    spec.log_level = Some("debug".into());
    let server = run.ready(spec).await;
    run.until("a warning", |state| state.notices.iter().any(|notice| notice.text.contains("no levels here"))).await;
    assert!(matches!(run.call(server, tool("t")).await, CallState::Done(_)));
    run.finish().await;
}

#[tokio::test]
async fn cancelling_tells_the_server_and_ends_at_once() {
    let mut run = Run::new(false);
    let spec = run.script("s", &format!("{HANDSHAKE}{{\"expect\":\"tools/call\"}}\n{{\"expect\":\"notifications/cancelled\"}}\n{{\"stderr\":\"told\\n\"}}\n{{\"until_eof\":true}}"));
    let server = run.ready(spec).await;
    let call = run.runtime.run(server, tool("t"));
    run.until("it is on its way", |state| {
        (0..state.log.len())
            .filter_map(|at| state.log.get(at))
            .any(|entry| state.log.method(entry.method) == "tools/call")
    })
    .await;
    run.runtime.dispatch(mcp_tui::app::Command::Cancel(call));
    let ended = run.ended(call).await;
    assert!(matches!(ended.state, CallState::Failed(Failure::Cancelled(_))));
    run.until("the server was told", |state| state.sessions[server.index()].stderr.iter().any(|line| line == "told"))
        .await;
    run.finish().await;
}

#[cfg(unix)]
#[tokio::test]
async fn stubborn_servers_and_their_grandchildren_end_within_the_limit() {
    // Threats 29, 30: ignores end of input and SIGTERM; leaves a grandchild that holds the pipe.
    let mut run = Run::new(false);
    let marker = format!("sleep 98{}", std::process::id());
    let mut servers = Vec::new();
    for n in 0..3 {
        let script = format!("{HANDSHAKE}{{\"spawn\":\"trap '' TERM; {marker}{n}\"}}\n{{\"stay\":true}}");
        let spec = run.script(&format!("s{n}"), &script);
        servers.push(run.ready(spec).await);
    }
    let started = std::time::Instant::now();
    run.finish().await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let left = std::process::Command::new("pgrep").args(["-f", &marker]).output().unwrap();
    assert!(left.stdout.is_empty(), "left behind: {}", String::from_utf8_lossy(&left.stdout));
}

#[cfg(unix)]
#[tokio::test]
async fn an_exit_is_noticed_though_a_grandchild_holds_the_pipe() {
    let mut run = Run::new(false);
    let spec = run
        .script("s", &format!("{HANDSHAKE}{{\"expect\":\"tools/call\"}}\n{{\"spawn\":\"sleep 60\"}}\n{{\"exit\":0}}"));
    let server = run.ready(spec).await;
    let started = std::time::Instant::now();
    let outcome = run.call(server, tool("t")).await;
    assert!(matches!(outcome, CallState::Failed(Failure::Unreachable(_))), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    run.finish().await;
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_a_clear_failure() {
    let mut run = Run::new(false);
    let mut spec = run.script("s", "");
    spec.launch = mcp_tui::model::server::Launch::Stdio {
        command: "/nonexistent/x".into(),
        args: vec![],
        env: vec![],
        cwd: None,
    };
    let server = run.connect(spec);
    run.until("down", |state| matches!(state.sessions[server.index()].status, Status::Down { .. })).await;
    let status = &run.runtime.state().sessions[server.index()].status;
    assert!(
        matches!(status, Status::Down { reason: DownReason::Unreachable(why), .. } if why.contains("not installed")),
        "{status:?}"
    );
    run.finish().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_cannot_run_or_ends_at_once_is_a_clear_failure() {
    // Threat 27.
    let mut run = Run::new(false);
    let plain = run.dir.path().join("plain");
    std::fs::write(&plain, "no program").unwrap();
    for (command, args, why) in [
        (plain.to_str().unwrap(), vec![], "it is not executable"),
        ("sh", vec!["-c", "exit 127"], "exited with status 127 before the handshake was done"),
    ] {
        let mut spec = run.script("s", "");
        let args = args.into_iter().map(str::to_owned).collect();
        spec.launch =
            mcp_tui::model::server::Launch::Stdio { command: command.to_owned(), args, env: vec![], cwd: None };
        let server = run.connect(spec);
        run.until("down", |state| matches!(state.sessions[server.index()].status, Status::Down { .. })).await;
        let Status::Down { reason, retry_at, .. } = run.runtime.state().sessions[server.index()].status.clone() else {
            panic!("it is down")
        };
        assert!(reason.to_string().contains(why), "{command}: {reason}");
        assert_eq!(retry_at, None, "it is not tried again by itself");
    }
    run.finish().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_crashes_in_a_call_says_by_which_signal() {
    // Threat 28.
    let (outcome, records) = call_answered_by("{\"abort\":true}").await;
    assert!(
        matches!(&outcome, CallState::Failed(Failure::Unreachable(why)) if why.contains("killed by signal 6 (SIGABRT)")),
        "{outcome:?}"
    );
    assert!(
        records.iter().any(|record| record.kind == FrameKind::Exit
            && record.note.as_deref().is_some_and(|note| note.contains("SIGABRT")))
    );
}

#[tokio::test]
async fn a_server_that_is_to_restart_does_so_by_itself_and_after_growing_pauses() {
    // Threat 28.
    let mut run = Run::new(false);
    let mut spec = run.script("s", &format!("{HANDSHAKE}{{\"exit\":1}}"));
    spec.restart = mcp_tui::model::server::Restart::OnFailure;
    let server = run.connect(spec);
    run.until("down twice", |state| {
        let session = &state.sessions[server.index()];
        session.generation == 2 && matches!(session.status, Status::Down { retry_at: Some(_), .. })
    })
    .await;
    let notes = notes(&run.finish().await);
    let pauses: Vec<_> = notes.lines().filter_map(|note| note.split_once("trying again in ")).map(|(_, s)| s).collect();
    assert_eq!(pauses, ["1 s", "2 s"], "{notes}");
}

/// A form asked in this era; the answer given; what the server then says.
async fn asked_by(script: &str, answer: mcp_tui::model::question::Answer) -> (CallState, Vec<Record>) {
    let mut run = Run::new(false);
    let spec = run.script("s", script);
    let server = run.ready(spec).await;
    let call = run.runtime.run(server, tool("t"));
    run.until("a question", |state| !state.questions.is_empty()).await;
    let question = run.runtime.state().questions[0].clone();
    assert_eq!(question.call, Some(call), "it says on whose behalf");
    // The second time is a slip of the finger.
    run.runtime.dispatch(mcp_tui::app::Command::Answer { question: question.id, answer: answer.clone() });
    run.runtime.dispatch(mcp_tui::app::Command::Answer { question: question.id, answer });
    let ended = run.ended(call).await;
    (ended.state, run.finish().await)
}

#[tokio::test]
async fn a_form_is_answered_in_the_legacy_era() {
    let script = format!(
        "{HANDSHAKE}{}",
        r#"{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"elicitation/create\",\"params\":{\"message\":\"m\",\"requestedSchema\":{\"type\":\"object\"}}}"}
{"answered":0}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"content\":[]}}"}
{"until_eof":true}"#
    );
    let content = mcp_tui::model::json::RawJson::parse(r#"{"n":1.10}"#).unwrap();
    let (outcome, records) = asked_by(&script, mcp_tui::model::question::Answer::Accept(content)).await;
    assert!(matches!(outcome, CallState::Done(_)), "{outcome:?}");
    let sent: Vec<_> =
        records.iter().filter(|r| r.direction == Direction::Send).map(|r| r.text().into_owned()).collect();
    let expected = r#"{"jsonrpc":"2.0","id":0,"result":{"action":"accept","content":{"n":1.10}}}"#;
    assert_eq!(sent.iter().filter(|text| *text == expected).count(), 1, "once, as typed: {sent:?}");
}

const ROUND: &str = r#"{"expect":"server/discover"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"resultType\":\"input_required\",\"inputRequests\":{\"a:\\u0062\":{\"method\":\"KIND\",\"params\":{\"message\":\"m\",\"messages\":[],\"requestedSchema\":{\"type\":\"object\"}}}},\"requestState\":\"s\\/1\"}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"resultType\":\"complete\",\"content\":[]}}"}
{"until_eof":true}"#;

#[tokio::test]
async fn a_form_is_answered_with_the_next_round_in_the_modern_era() {
    let script = ROUND.replace("KIND", "elicitation/create");
    let (outcome, records) = asked_by(&script, mcp_tui::model::question::Answer::Decline).await;
    assert!(matches!(outcome, CallState::Done(_)), "{outcome:?}");
    let calls: Vec<_> = records
        .iter()
        .filter(|r| r.direction == Direction::Send && r.text().contains("tools/call"))
        .map(|r| r.text().into_owned())
        .collect();
    assert_eq!(calls.len(), 2);
    assert!(!calls[0].contains("requestState"), "{}", calls[0]);
    assert!(
        calls[1].contains(r#""inputResponses":{"a:\u0062":{"action":"decline"}},"requestState":"s\/1""#),
        "{}",
        calls[1]
    );
    assert!(calls[0].contains("\"id\":2") && calls[1].contains("\"id\":3"), "a new id");
}

#[tokio::test]
async fn a_question_is_withdrawn_when_its_server_takes_it_back_or_dies() {
    for end in [
        r#"{"send":"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":0}}"}
{"until_eof":true}"#,
        r#"{"exit":1}"#,
    ] {
        let mut run = Run::new(false);
        let script = format!(
            "{HANDSHAKE}{}{end}",
            r#"{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"elicitation/create\",\"params\":{\"message\":\"m\",\"requestedSchema\":{}}}"}
{"sleep":200}
"#
        );
        let spec = run.script("s", &script);
        let server = run.ready(spec).await;
        run.runtime.run(server, tool("t"));
        run.until("a question", |state| !state.questions.is_empty()).await;
        run.until("withdrawn", |state| state.questions.is_empty()).await;
        let records = run.finish().await;
        assert!(!records.iter().any(|r| r.direction == Direction::Send && r.text().contains("\"action\"")));
    }
}

#[tokio::test]
async fn a_very_wide_answer_is_taken() {
    // Threat 13: a million members.
    let steps = r#"{"write":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{"}
{"fill":"\"k\":1,","times":1000000}
{"send":"\"end\":1}}"}"#;
    let (outcome, _) = call_answered_by(steps).await;
    assert!(matches!(&outcome, CallState::Done(result) if result.get("end") == Some("1")), "it is done");
}

#[tokio::test]
async fn no_server_can_answer_for_another() {
    // Threat 18: B answers every id that A could be waiting for.
    let mut run = Run::new(false);
    let script = format!(
        "{HANDSHAKE}{}",
        r#"{"expect":"tools/call"}
{"expect":"notifications/roots/list_changed"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"from\":\"a\"}}"}
{"until_eof":true}"#
    );
    let spec = run.script("a", &script);
    let a = run.ready(spec).await;
    let call = run.runtime.run(a, tool("t"));
    let forged = r#"{"repeat":50,"send":"{\"jsonrpc\":\"2.0\",\"id\":${n},\"result\":{\"from\":\"b\"}}"}"#;
    let spec = run.script("b", &format!("{HANDSHAKE}{forged}\n{{\"until_eof\":true}}"));
    let b = run.ready(spec).await;
    run.until("all forged answers are here", |state| {
        let forged = (0..state.log.len()).filter_map(|at| state.log.get(at)).filter(|entry| entry.server == b);
        forged.filter(|entry| entry.kind == FrameKind::Result).count() > 50
    })
    .await;
    assert!(run.runtime.state().calls[&call].is_open());
    run.runtime.dispatch(mcp_tui::app::Command::SetRoots { server: a, roots: vec!["/a".into()] });
    let ended = run.ended(call).await;
    assert!(matches!(&ended.state, CallState::Done(result) if result.as_str() == r#"{"from":"a"}"#), "{ended:?}");
    run.finish().await;
}
