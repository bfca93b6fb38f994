//! What a round of the tool loop costs with us in the middle: from the provider's last byte to the server's first, and
//! from the server's last byte to the provider's. The time of both is taken out; everything else is in: the decision,
//! synced to the journal, the conversation's file, the schema check, the next request.
//!
//! `cargo bench --bench rounds [-- ROUNDS [CALLS]]`. The server is a child over stdio, the provider an HTTP server here.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and a failing unwrap is a failing bench"
)]

use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};

use mcp_tui::app::Command;
use mcp_tui::app::chat::{ChatCommand, ChatLimits};
use mcp_tui::model::approval::Asking;
use mcp_tui::model::chat::Dialect;
use mcp_tui::model::id::ServerId;
use mcp_tui::model::provider::{Key, ProviderSpec};
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::session::ListState;
use mcp_tui::runtime::{Options, Runtime};
use serde_json::{Value, json};

/// What a round may cost, in milliseconds.
const TARGET: f64 = 5.0;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == "serve") {
        return serve();
    }
    let number = |at: usize, default: usize| args.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, calls) = (number(0, 300), number(1, 1));
    let (tell, told) = channel();
    let url = provide(rounds, calls, tell);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(talk(url, rounds));
    let costs: Vec<[f64; 2]> = told.into_iter().collect();
    println!("{} rounds of {calls} call(s), in milliseconds:", costs.len());
    let show = |what: &str, costs: &[[f64; 2]]| {
        let figure = |of: &dyn Fn(&[f64; 2]) -> f64| {
            let mut all: Vec<f64> = costs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
            format!("p50 {:.2}  p90 {:.2}  p99 {:.2}", at(0.5), at(0.9), at(0.99))
        };
        println!("  {what}: {}", figure(&|cost| cost[0] + cost[1]));
        println!("    answer to call: {}", figure(&|cost| cost[0]));
        println!("    result to request: {}", figure(&|cost| cost[1]));
    };
    show(&format!("a round (target {TARGET})"), &costs);
    let part = costs.len() / 4;
    show("the first quarter", &costs[..part]);
    show("the last quarter", &costs[costs.len() - part..]);
}

/// The monotonic clock of the machine, the same in all processes, in milliseconds.
fn now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// One turn of that many rounds.
async fn talk(url: String, rounds: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut spec = ProviderSpec::new("bench", Dialect::ChatCompletions, Key::None);
    (spec.base_url, spec.model) = (url, Some("m".into()));
    let mut runtime = Runtime::start(Options {
        journal: Some(dir.path().join("journal.jsonl")),
        conversations: Some(dir.path().join("conversations")),
        providers: vec![Ok(spec)],
        chat: ChatLimits { rounds: rounds as u32 + 2, ..ChatLimits::default() },
        asking: Asking::AllowAll,
        auto_list: true,
        ..Options::default()
    })
    .unwrap();
    let command = std::env::current_exe().unwrap().display().to_string();
    let launch = Launch::Stdio { command, args: vec!["serve".into()], env: vec![], cwd: None };
    runtime.dispatch(Command::AddServer(ServerSpec::new("s", launch)));
    runtime.dispatch(Command::Connect(ServerId(0)));
    while !(runtime.state().sessions[0].is_ready()
        && runtime.state().sessions[0].tools.state != ListState::Loading
        && !runtime.state().sessions[0].tools.items.is_empty())
    {
        runtime.next().await;
    }
    runtime.dispatch(Command::Chat(ChatCommand::Submit { text: "go".into(), attachments: vec![] }));
    while runtime.state().chat.turn.is_some() {
        runtime.next().await;
    }
    runtime.shutdown().await;
}

/// Plays the model: asks for calls, until there were enough rounds.
fn provide(rounds: usize, calls: usize, tell: Sender<[f64; 2]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut sent, mut round) = (0.0, 0);
        // One connection after the other: there is only one request at a time.
        for mut socket in listener.incoming().flatten() {
            while let Some(body) = request(&mut socket) {
                let came = now();
                if round > 0 {
                    let (first, last) = seen(&body, calls);
                    tell.send([first - sent, came - last]).unwrap();
                }
                let answer = if round < rounds { asking(round, calls) } else { saying() };
                round += 1;
                socket.write_all(answer.as_bytes()).unwrap();
                sent = now();
                if round > rounds {
                    return;
                }
            }
        }
    });
    url
}

/// When the server read the first of the newest calls, and wrote the last of their results.
fn seen(body: &[u8], calls: usize) -> (f64, f64) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let times = body["messages"].as_array().unwrap().iter().rev().take(calls).map(|message| {
        let text = message["content"].to_string();
        let at = |name: &str| -> f64 {
            let from = text.find(name).unwrap_or_else(|| panic!("{text}")) + name.len();
            text[from..].split(';').next().unwrap().parse().unwrap()
        };
        (at("read="), at("written="))
    });
    times.fold((f64::MAX, 0.0), |(first, last), (read, written)| (first.min(read), last.max(written)))
}

fn request(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = vec![0; 65_536];
    loop {
        let read = socket.read(&mut part).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&part[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            return Some(bytes.split_off(end + 4));
        }
    }
}

fn stream(delta: &Value, finish: &str) -> String {
    let mut body = format!("data: {}\n\n", json!({"id": "x", "choices": [{"index": 0, "delta": delta}]}));
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]});
    body = body + "data: " + &end.to_string() + "\n\n";
    body.push_str("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n");
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn saying() -> String {
    stream(&json!({"content": "done"}), "stop")
}

fn asking(round: usize, calls: usize) -> String {
    let call = |index: usize| {
        let arguments = json!({"text": format!("round {round}, call {index}"), "limit": 10}).to_string();
        json!({"index": index, "id": format!("c{round}-{index}"), "type": "function",
            "function": {"name": "s__look", "arguments": arguments}})
    };
    let calls: Vec<Value> = (0..calls).map(call).collect();
    stream(&json!({ "tool_calls": calls }), "tool_calls")
}

/// The server: one tool that says when it read the call and when it wrote the answer.
fn serve() {
    let tool = json!({"name": "look", "description": "Looks something up.", "inputSchema": {"type": "object",
        "properties": {"text": {"type": "string"}, "limit": {"type": "integer", "minimum": 1}}, "required": ["text"]}});
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let read = now();
        let Ok(frame) = serde_json::from_str::<Value>(&line) else { continue };
        let Some(id) = frame.get("id") else { continue };
        let result = match frame["method"].as_str() {
            Some("initialize") => json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                "serverInfo": {"name": "bench", "version": "1"}}),
            Some("tools/list") => json!({ "tools": [tool] }),
            Some("tools/call") => {
                let text = format!("read={read};written={};", now());
                json!({"content": [{"type": "text", "text": text}]})
            }
            _ => {
                let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no such method"}});
                out.write_all(format!("{error}\n").as_bytes()).unwrap();
                continue;
            }
        };
        let answer = json!({"jsonrpc": "2.0", "id": id, "result": result});
        out.write_all(format!("{answer}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}
