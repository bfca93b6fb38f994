//! One million notifications of 300 bytes from a child over stdio: our engine, which journals every frame in order,
//! against a minimal rmcp client with an empty handler that keeps nothing, in the same run, in turn.
//!
//! `cargo bench --bench ingest [-- MESSAGES [ROUNDS]]`. CPU time is the whole client process without the server's.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and a failing unwrap is a failing bench"
)]

use std::io::{BufRead, Write};
use std::process::Command;
use std::time::Instant;

use mcp_tui::model::call::{CallState, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::model::json::RawJson;
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::runtime::{Options, Runtime};

const SIZE: usize = 300;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |at: usize, default: u64| args.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    match args.first().map(String::as_str) {
        Some("serve") => serve(number(1, 1_000_000)),
        Some("ours") => ours(number(1, 1_000_000)),
        Some("rmcp") => rmcp_client(number(1, 1_000_000)),
        _ => compare(number(0, 1_000_000), number(1, 3)),
    }
}

/// Runs each client in a process of its own, in turn, and prints the ratios.
fn compare(messages: u64, rounds: u64) {
    println!("{messages} notifications of {SIZE} bytes, {rounds} rounds");
    let mut rates = Vec::new();
    let mut costs = Vec::new();
    for _ in 0..rounds {
        let [ours, peer] = ["ours", "rmcp"].map(|who| {
            let output =
                Command::new(std::env::current_exe().unwrap()).args([who, &messages.to_string()]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            print!("{text}");
            let figure = |name: &str| -> f64 {
                let at = text
                    .find(name)
                    .unwrap_or_else(|| panic!("{who}: {text}{}", String::from_utf8_lossy(&output.stderr)));
                text[at + name.len()..].split_whitespace().next().unwrap().parse().unwrap()
            };
            (figure("rate="), figure("cpu="))
        });
        rates.push(ours.0 / peer.0);
        costs.push(peer.1 / ours.1);
    }
    rates.sort_by(f64::total_cmp);
    costs.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    println!(
        "rate: {:.1} times the peer's (target 6); CPU per message: 1/{:.1} of the peer's (target 1/5)",
        rates[middle], costs[middle]
    );
}

fn report(who: &str, messages: u64, started: Instant, note: &str) {
    let wall = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds() * 1e6 / messages as f64;
    let peak = status("VmHWM:") / 1024;
    println!("{who:5} rate={:.0} /s  cpu= {cpu:.2} µs/message  peak {peak} MiB  {note}", messages as f64 / wall);
}

/// User and system time of this process, without its children.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = &stat[stat.rfind(')').unwrap() + 2..];
    let fields: Vec<&str> = after.split(' ').collect();
    // Clock ticks are a hundredth of a second on every Linux.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn ours(messages: u64) {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal.jsonl");
    let launch = Launch::Stdio {
        command: std::env::current_exe().unwrap().display().to_string(),
        args: vec!["serve".into(), messages.to_string()],
        env: vec![],
        cwd: None,
    };
    let wait = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    wait.block_on(async {
        let options = Options { journal: Some(journal.clone()), ..Options::default() };
        let mut run = Runtime::start(options).unwrap();
        run.dispatch(mcp_tui::app::Command::AddServer(ServerSpec::new("flood", launch)));
        run.dispatch(mcp_tui::app::Command::Connect(ServerId(0)));
        while !run.state().sessions[0].is_ready() {
            run.next().await;
        }
        let started = Instant::now();
        let operation = Operation::CallTool { name: "flood".into(), arguments: RawJson::empty_object() };
        let call = run.run(ServerId(0), operation);
        while run.state().calls[&call].is_open() || (run.state().log.len() as u64) < messages {
            run.next().await;
        }
        assert!(matches!(run.state().calls[&call].state, CallState::Done(_)));
        report("ours", messages, started, &format!("now {} MiB", status("VmRSS:") / 1024));
        run.shutdown().await;
    });
    let mut next = 0;
    mcp_tui::journal::scan_file(&journal, |record| {
        let text = record.text();
        if let Some(at) = text.find("\"n\":") {
            assert_eq!(text[at + 4..at + 12].parse::<u64>().unwrap() - 10_000_000, next, "in order, without gaps");
            next += 1;
        }
        true
    })
    .unwrap();
    assert_eq!(next, messages, "every one is in the journal");
}

fn rmcp_client(messages: u64) {
    use rmcp::ServiceExt;
    use rmcp::model::CallToolRequestParams;
    use rmcp::transport::TokioChildProcess;
    let wait = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    wait.block_on(async {
        let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
        command.args(["serve", &messages.to_string()]);
        let client = ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap();
        let started = Instant::now();
        client.call_tool(CallToolRequestParams::new("flood")).await.unwrap();
        report("rmcp", messages, started, "keeps nothing");
        client.cancel().await.ok();
    });
}

/// The server: floods when its tool is called, then answers.
fn serve(messages: u64) {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let frame: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let id = &frame["id"];
        match frame["method"].as_str() {
            Some("server/discover") => {
                writeln!(output, r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32601,"message":"no"}}}}"#).unwrap();
            }
            Some("initialize") => {
                let result = r#"{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"f","version":"1"}}"#;
                writeln!(output, r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#).unwrap();
            }
            Some("tools/call") => {
                flood(&mut output, messages);
                writeln!(output, r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[]}}}}"#).unwrap();
            }
            _ => {}
        }
        output.flush().unwrap();
    }
}

fn flood(output: &mut impl Write, messages: u64) {
    let head = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"n":"#;
    let tail_of = |padding: usize| format!(",\"text\":\"{}\"}}}}}}\n", "x".repeat(padding));
    let padding = SIZE - head.len() - 8 - tail_of(0).len();
    let tail = tail_of(padding);
    let mut block = Vec::with_capacity(64 * 1024);
    for n in 0..messages {
        block.extend_from_slice(head.as_bytes());
        write!(block, "{}", 10_000_000 + n).unwrap();
        block.extend_from_slice(tail.as_bytes());
        if block.len() + SIZE > 64 * 1024 {
            output.write_all(&block).unwrap();
            block.clear();
        }
    }
    output.write_all(&block).unwrap();
}
