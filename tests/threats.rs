//! Hostile and broken servers: what only a whole process shows. `THREATS.md` says which threat has which test.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[expect(dead_code, reason = "the duties use the rest")]
#[path = "duties/script.rs"]
mod script;
mod support;
#[path = "support/table.rs"]
mod table;

/// The table names tests as `file.rs::name`; each of them is there.
#[test]
fn every_test_that_the_table_names_exists() {
    let named = table::named("tests/THREATS.md", &["tests/", "src/"]);
    assert!(named > 60, "{named}");
}

use std::time::{Duration, Instant};

use mcp_tui::app::Command;
use mcp_tui::model::call::{CallState, Failure, ListKind, Operation};
use mcp_tui::model::form::Form;
use mcp_tui::model::json::RawJson;
use mcp_tui::model::server::Launch;
use mcp_tui::model::session::{DownReason, Status};
use script::*;
use serde_json::{Value, json};
use support::{DEADLINE, scripted_server, tool};

/// The text that a tool answered with.
fn said(state: &CallState) -> String {
    let CallState::Done(result) = state else { panic!("{state:?}") };
    result.to_value().unwrap()["content"][0]["text"].as_str().unwrap().to_owned()
}

/// What a shell beside the server prints: it has the server's session, limits and descriptors.
fn tells(command: &str) -> Vec<String> {
    let tell = format!("{}\n", json!({ "tell": command }));
    vec![legacy(&json!({"tools": {}})), expect("tools/call") + &tell]
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_and_can_be_stopped_before() {
    let mut stage = Stage::new(false);
    let mut spec = stage.spec(Over::Stdio, &[]);
    spec.timeouts.connect = Duration::from_millis(600);
    spec.timeouts.probe = Duration::from_millis(200);
    stage.connect(spec.clone());
    stage
        .until("given up", |state| {
            matches!(&state.sessions[0].status, Status::Down { reason: DownReason::TimedOut(_), .. })
        })
        .await;
    spec.timeouts.connect = Duration::from_hours(1);
    let second = stage.connect(spec);
    stage.until("starting", |state| matches!(state.sessions[1].status, Status::Connecting { .. })).await;
    stage.runtime.dispatch(Command::Disconnect(second));
    stage
        .until("stopped", |state| matches!(&state.sessions[1].status, Status::Down { reason: DownReason::Stopped, .. }))
        .await;
    stage.wire().await;
}

/// What our own descriptors beyond the three lead to that go over to every program we start.
fn inherited() -> Vec<String> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let open = open.filter(|entry| entry.file_name().to_str().is_some_and(|number| !["0", "1", "2"].contains(&number)));
    let kept = |entry: &std::fs::DirEntry| {
        let about = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", entry.file_name().to_str()?)).ok()?;
        let flags = about.lines().find_map(|line| line.strip_prefix("flags:"))?;
        // `O_CLOEXEC`
        (u32::from_str_radix(flags.trim(), 8).ok()? & 0o2_000_000 == 0).then_some(())
    };
    let targets = open.filter(|entry| kept(entry).is_some()).filter_map(|entry| std::fs::read_link(entry.path()).ok());
    targets.map(|target| target.display().to_string()).collect()
}

#[tokio::test]
async fn a_server_has_no_terminal_and_none_of_our_descriptors() {
    let inherited = inherited();
    let mut stage = Stage::new(false);
    // The session is the server's own, so that there is no terminal to open.
    let command =
        "cut -d' ' -f6 /proc/$$/stat; echo $PPID; (echo x > /dev/tty) 2>/dev/null && echo painted; ls -l /proc/$$/fd";
    let server = stage.server(Over::Stdio, &tells(command)).await;
    let told = said(&stage.call(server, tool("t")).await);
    let mut lines = told.lines();
    assert_eq!(lines.next(), lines.next(), "{told}");
    for ours in ["painted", "journal", "eventpoll", "socket:"] {
        assert!(!told.contains(ours), "{ours}: {told}");
    }
    // Its three streams, and what whoever started this test left open to all; `sh` holds one more on what it lists.
    let open: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(" -> "))
        .map(|(head, target)| (head.rsplit(' ').next().unwrap_or_default(), target))
        .filter(|(_, target)| !target.starts_with("/proc/") && *target != "/dev/null")
        .filter(|(_, target)| !inherited.iter().any(|ours| ours == target))
        .collect();
    assert!(open.iter().all(|(number, _)| ["0", "1", "2"].contains(number)), "{open:?}");
    stage.wire().await;
}

#[tokio::test]
async fn memory_is_limited_and_nothing_is_dumped() {
    let mut stage = Stage::new(false);
    let mut spec = stage.spec(Over::Stdio, &tells("ulimit -c; ulimit -v"));
    spec.limits.memory = Some(512 * 1024 * 1024);
    let server = stage.ready(spec).await;
    assert_eq!(said(&stage.call(server, tool("t")).await), "0\n524288\n");
    stage.wire().await;
}

#[tokio::test]
async fn a_flood_on_standard_error_blocks_nobody_and_reaches_no_terminal() {
    let mut stage = Stage::new(false);
    let flood = "(printf '\\033]0;x\\007\\n'; head -c 30000000 /dev/zero | tr '\\0' x) >&2; echo done";
    let tell = format!("{}\n", json!({"tell": format!("{flood} 2>/proc/$PPID/fd/2")}));
    // `tell` catches its own standard error; the server's is where the flood goes.
    let tell = tell.replace(">&2", ">/proc/$PPID/fd/2");
    let script = [legacy(&json!({"tools": {}})), expect("tools/call") + &tell];
    let server = stage.server(Over::Stdio, &script).await;
    assert_eq!(said(&stage.call(server, tool("t")).await), "done\n");
    stage.until("its lines", |state| state.sessions[0].stderr.iter().any(|line| line.contains("xxxx"))).await;
    let kept: usize = stage.runtime.state().sessions[0].stderr.iter().map(String::len).sum();
    assert!(kept < 4 * 1024 * 1024, "{kept} bytes at hand");
    stage.wire().await;
}

#[tokio::test]
async fn a_server_that_reads_nothing_is_cut_off() {
    let mut stage = Stage::new(false);
    let script = [legacy(&json!({"tools": {}})), "{\"stay\":true}\n".to_owned()];
    let mut spec = stage.spec(Over::Stdio, &script);
    spec.timeouts.write = Duration::from_millis(300);
    let server = stage.ready(spec).await;
    let arguments = RawJson::from_value(&json!({"text": "x".repeat(1024 * 1024)}));
    let outcome = stage.call(server, Operation::CallTool { name: "t".into(), arguments }).await;
    assert!(matches!(outcome, CallState::Failed(Failure::Unreachable(_))), "{outcome:?}");
    stage.until("cut off", |state| {
        matches!(&state.sessions[0].status, Status::Down { reason: DownReason::Lost(why), .. } if why.contains("did not read"))
    })
    .await;
    stage.wire().await;
}

#[tokio::test]
async fn arguments_reach_the_server_as_they_are() {
    let mut stage = Stage::new(false);
    let mut spec = stage.spec(Over::Stdio, &tells("tr '\\0' '\\n' < /proc/$PPID/cmdline"));
    let canary = stage.dir.path().join("canary");
    let odd = format!("$(touch {0}); `touch {0}` && touch {0} | *", canary.display());
    if let Launch::Stdio { args, .. } = &mut spec.launch {
        args.push(odd.clone());
    }
    let server = stage.ready(spec).await;
    let told = said(&stage.call(server, tool("t")).await);
    assert_eq!(told.lines().last(), Some(odd.as_str()));
    assert!(!canary.exists());
    stage.wire().await;
}

#[test]
fn a_server_gets_only_the_environment_that_it_needs() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    std::fs::write(&script, tells("env").concat() + END).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mcp-tui"));
    command.args(["raw", "tools/call", "{\"name\":\"t\"}", "--json", "-e", "GIVEN=yes", "--no-journal", "--"]);
    command.arg(scripted_server()).arg(script).env("HOME", dir.path()).current_dir(dir.path());
    for name in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "MY_TOKEN"] {
        command.env(name, "canary-value");
    }
    let out = command.output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(told.contains("GIVEN=yes") && told.contains("TERM=dumb") && told.contains("PATH="), "{out:?}");
    assert!(!told.contains("canary"), "{told}");
}

/// Whether a process runs; one that nobody waits for does not.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Threat 31: what our end cannot end is ended by who watches over us; here is a server that heeds the end of its input,
/// and one that heeds nothing and has a child that does not either.
#[test]
fn a_killed_client_leaves_no_server_behind() {
    for stubborn in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (script, pids) = (dir.path().join("script"), dir.path().join("pids"));
        let rest = if stubborn { "trap '' TERM; while :; do sleep 1; done" } else { ":" };
        // Renamed when it is whole.
        let tells = format!("echo $PPID $$ > {0}.new; mv {0}.new {0}; {rest}", pids.display());
        let end = if stubborn { "{\"stay\":true}\n" } else { END };
        let spawn = format!("{}\n", json!({ "spawn": tells }));
        std::fs::write(&script, legacy(&json!({"tools": {}})) + &spawn + end).unwrap();
        let mut client = std::process::Command::new(env!("CARGO_BIN_EXE_mcp-tui"))
            .args(["raw", "never/answered", "--no-journal", "--"])
            .arg(scripted_server())
            .arg(script)
            .env("HOME", dir.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        let processes: Vec<u32> = loop {
            let told = std::fs::read_to_string(&pids).unwrap_or_default();
            if !told.is_empty() {
                break told.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
            }
            assert!(started.elapsed() < DEADLINE, "the server starts");
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(runs(processes[0]) && (runs(processes[1]) || !stubborn), "{processes:?}");
        client.kill().unwrap();
        client.wait().unwrap();
        while processes.iter().any(|pid| runs(*pid)) {
            assert!(started.elapsed() < 2 * DEADLINE, "{processes:?} end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Threat 12: nothing that is done with a frame goes as deep as the frame does. (Without optimisation, reading the command
/// line alone takes some 300 KiB.)
#[test]
fn depth_costs_no_stack() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    let deep = |head: &str, tail: &str| {
        let parts = [
            json!({ "write": head }),
            json!({"fill": "[", "times": 1_000_000}),
            json!({"fill": "]", "times": 1_000_000}),
            json!({ "send": tail }),
        ];
        parts.map(|part| format!("{part}\n")).concat()
    };
    let told = deep(r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"#, "}}");
    let result = deep(r#"{"jsonrpc":"2.0","id":${id},"result":"#, "}");
    std::fs::write(&script, legacy(&json!({"tools": {}})) + &expect("made/up") + &told + &result + END).unwrap();
    let line = r#"ulimit -s 1024; exec "$0" raw made/up --json --no-journal -- "$1" "$2""#;
    let out = std::process::Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_mcp-tui")])
        .args([scripted_server(), script])
        .env("HOME", dir.path())
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("nests too deep: 1000001 levels"), "{said}");
}

#[tokio::test]
async fn ten_thousand_tools_are_a_list_like_any_other() {
    let mut stage = Stage::new(false);
    let tools: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("tool-{n}"), "description": "x".repeat(2_000), "inputSchema": {"type": "object"}}))
        .collect();
    let script = [legacy(&json!({"tools": {}})), expect("tools/list") + &answer(&json!({ "tools": tools }))];
    let mut spec = stage.spec(Over::Stdio, &script);
    spec.limits.frame_bytes = 64 * 1024 * 1024;
    let server = stage.ready(spec).await;
    let listed = stage.call(server, Operation::List(ListKind::Tools)).await;
    assert!(matches!(listed, CallState::Done(_)));
    let session = &stage.runtime.state().sessions[0];
    assert_eq!(session.tools.items.len(), 10_000);
    assert!(session.item(ListKind::Tools, "tool-9999").is_some());
    stage.wire().await;
}

#[tokio::test]
async fn a_storm_of_changes_is_few_fetches() {
    let mut stage = Stage::new(true);
    let list = || expect("tools/list") + &answer(&json!({"tools": []}));
    let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}).to_string();
    let storm = format!("{}\n", json!({"repeat": 1_000, "send": changed}));
    let script = [
        legacy(&json!({"tools": {"listChanged": true}})),
        list(),
        storm.repeat(3),
        list(),
        storm,
        expect("tools/call") + &answer(&json!({"content": []})),
    ];
    let server = stage.server(Over::Stdio, &script).await;
    stage
        .until("listed twice", |state| {
            let lists = state.calls.values().filter(|call| matches!(call.operation, Operation::List(_)));
            lists.filter(|call| matches!(call.state, CallState::Done(_))).count() == 2
        })
        .await;
    assert!(matches!(stage.call(server, tool("t")).await, CallState::Done(_)));
    let fetched = stage.wire().await.with("tools/list").len();
    assert!(fetched <= 3, "{fetched} fetches for 4,000 changes");
}

#[tokio::test]
async fn a_storm_of_questions_is_a_bounded_queue() {
    let mut stage = Stage::new(false);
    let params = json!({"message": "m", "requestedSchema": {"type": "object"}});
    let ask = json!({"jsonrpc": "2.0", "id": "${n}", "method": "elicitation/create", "params": params}).to_string();
    let script = [
        legacy(&json!({"tools": {}})),
        expect("tools/call"),
        format!("{}\n", json!({"repeat": 100, "send": ask})),
        answer(&json!({"content": []})),
    ];
    let server = stage.server(Over::Stdio, &script).await;
    stage.call(server, tool("t")).await;
    assert_eq!(stage.runtime.state().questions.len(), 20);
    let wire = stage.wire().await;
    let refused = wire.sent().iter().filter(|frame| frame["error"]["code"] == -32600).count();
    assert_eq!(refused, 80);
    assert!(wire.notes().contains("too many open questions"));
}

#[tokio::test]
async fn a_state_that_is_too_large_is_not_carried_around() {
    let mut stage = Stage::new(false);
    let script = [
        modern(&json!({"tools": {}})),
        expect("tools/call"),
        input_required(&json!({}), Some(&"x".repeat(2 * 1024 * 1024))),
    ];
    let server = stage.server(Over::Stdio, &script).await;
    let outcome = stage.call(server, tool("t")).await;
    assert!(
        matches!(&outcome, CallState::Failed(Failure::BadAnswer(why)) if why.contains("over 1 MiB")),
        "{outcome:?}"
    );
    assert_eq!(stage.wire().await.with("tools/call").len(), 1);
}

#[test]
fn odd_forms_are_degraded_or_refused_and_cost_little() {
    let read = |schema: Value| Form::read(&RawJson::from_value(&schema));
    let started = Instant::now();
    let fields = |properties: Value| read(json!({"type": "object", "properties": properties}));
    let nested =
        fields(json!({"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "object"}}}}}));
    assert!(matches!(nested.unwrap().fields[0].kind, mcp_tui::model::form::FieldKind::Json), "a field that takes JSON");
    let many: serde_json::Map<String, Value> =
        (0..10_000).map(|n| (format!("f{n}"), json!({"type": "string"}))).collect();
    let many = fields(many.into()).unwrap();
    assert!(many.cut && many.fields.len() == 200);
    assert!(fields(json!([])).is_err());
    // What is proposed does not fit: that is said, and nothing of it is sent by itself.
    for odd in [
        json!({"a": {"type": "string", "minLength": 9, "maxLength": 1, "default": "xx"}}),
        json!({"a": {"type": "string", "enum": [], "default": "x"}}),
        json!({"a": {"type": "integer", "minimum": 5, "default": 1}}),
        json!({"a": {"type": "string", "pattern": "^(a+)+$", "default": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}}),
    ] {
        let form = fields(odd.clone()).unwrap();
        assert!(!form.check(&form.defaults()).is_empty(), "{odd}");
    }
    // What cannot be checked here is the server's to check, and nothing is fetched for it.
    let far = fields(json!({"a": {"$ref": "http://169.254.169.254/"}})).unwrap();
    assert!(matches!(far.fields[0].kind, mcp_tui::model::form::FieldKind::Json));
    assert_eq!(far.check(&RawJson::from_value(&json!({"a": 1}))), vec![]);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
