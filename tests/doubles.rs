//! Conversations against two doubles of model providers that other people wrote, in all three dialects and through the
//! real binary: `@copilotkit/aimock` in strict mode (its answers are `interop/providers/aimock.json`; what it cannot
//! place, it refuses) and `llmock` (it makes calls up from the tools it is offered, breaks on demand, and judges how a
//! client takes that). Both are installed by `tests/interop/install`.
//!
//! What they lack (pings, errors in the middle of a stream, stalls, split bytes) is played byte by byte in
//! `llm::tests` and `tests/headless/chat.rs`.
#![cfg(unix)]

#[expect(dead_code, reason = "the servers of the interop tests are not needed here")]
#[path = "support/interop.rs"]
mod interop;

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use interop::{Listening, Ran, finish, installed};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key that must turn up nowhere.
const KEY: &str = "sk-canary-0815";

/// A wire format, and where the doubles speak it.
#[derive(Clone, Copy)]
struct Dialect {
    kind: &'static str,
    model: &'static str,
    /// Behind aimock's address.
    aimock: &'static str,
    /// Behind llmock's address.
    llmock: &'static str,
    llmock_model: &'static str,
}

const ANTHROPIC: Dialect = Dialect {
    kind: "anthropic",
    model: "claude-sonnet-5-5",
    aimock: "",
    llmock: "/anthropic",
    llmock_model: "claude-sonnet-4-6",
};
const RESPONSES: Dialect =
    Dialect { kind: "openai", model: "gpt-6-sol", aimock: "/v1", llmock: "/v1", llmock_model: "gpt-4o" };
const COMPLETIONS: Dialect =
    Dialect { kind: "openai-chat", model: "deepseek-reasoner", aimock: "/v1", llmock: "/v1", llmock_model: "gpt-4o" };

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop")
}

/// aimock with our answers; none if it is not installed.
fn aimock() -> Option<Listening> {
    let script = home().join("node_modules/@copilotkit/aimock/dist/cli.js");
    let command = vec![OsString::from("node"), script.clone().into()];
    let answers = home().join("providers/aimock.json").display().to_string();
    let arguments = ["-p", "{port}", "-f", &answers, "--strict", "--validate-on-load", "--log-level", "warn"];
    installed(&script, "aimock").then(|| Listening::start(&command, &arguments))
}

/// llmock; none if it is not installed.
fn llmock() -> Option<Listening> {
    let script = home().join(".venv/bin/llmock");
    let python = home().join(".venv/bin/python");
    let command = vec![python.into(), script.clone().into()];
    let arguments = ["serve", "--port", "{port}", "--log-level", "warning"];
    installed(&script, "llmock").then(|| Listening::start(&command, &arguments))
}

/// A person's place with one provider in its config.
struct Place {
    home: TempDir,
    model: String,
}

impl Place {
    fn new(dialect: Dialect, base_url: &str, model: &str) -> Place {
        let home = tempfile::Builder::new().prefix("mcp-tui-doubles-").tempdir().expect("a temporary directory");
        let kind = dialect.kind;
        let config = format!("[providers.double]\nkind = {kind:?}\nbase_url = {base_url:?}\napi_key_env = \"KEY\"\n");
        fs::write(home.path().join("config.toml"), config).expect("a file");
        Place { home, model: format!("double/{model}") }
    }

    fn run(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-tui"));
        command.args(words).arg("--json").arg("--config-dir").arg(self.home.path());
        command.args(["--connect-timeout", "60"]);
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env("KEY", KEY);
        for variable in ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "XDG_CONFIG_HOME"] {
            command.env_remove(variable);
        }
        let ran = finish(command, "");
        assert!(!ran.stdout.contains(KEY) && !ran.stderr.contains(KEY), "{ran}");
        ran
    }

    /// One turn with the demo server, where every call may be made.
    fn turn(&self, prompt: &str) -> Turn {
        let words = ["chat", "-p", prompt, "--model", &self.model, "--approve", "all", "--elicit", "accept"];
        let ran = self.run(&words);
        Turn { events: ran.json_lines(), ran }
    }

    fn model_ids(&self) -> Vec<String> {
        let list = self.run(&["models"]).succeeded().json();
        let double = list["providers"].as_array().into_iter().flatten().find(|provider| provider["name"] == "double");
        let models = double.and_then(|double| double["models"].as_array()).expect("models");
        models.iter().filter_map(|model| model["id"].as_str().map(str::to_owned)).collect()
    }
}

/// What came of a turn.
struct Turn {
    ran: Ran,
    events: Vec<Value>,
}

impl Turn {
    fn exits(self, code: i32) -> Turn {
        Turn { ran: self.ran.exited(&[code]), ..self }
    }

    fn of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["type"] == kind).collect()
    }

    /// All texts of one kind of event in a row.
    fn said(&self, kind: &str) -> String {
        self.of(kind).iter().filter_map(|event| event["text"].as_str()).collect()
    }

    /// The calls and how they ended, in the order of the calls.
    fn calls(&self) -> Vec<(String, String, Value)> {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ended = |id: &Value| {
            let results = self.of("result");
            results.iter().find(|result| result["id"] == *id).map(|result| word(&result["state"])).unwrap_or_default()
        };
        let calls = self.of("call");
        calls.iter().map(|call| (word(&call["tool"]), ended(&call["id"]), call["arguments"].clone())).collect()
    }
}

/// Asks a double for something beside the conversation.
fn ask(double: &Listening, method: &str, path: &str, body: &str) -> Value {
    let url = double.url("");
    let host = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).expect("the double listens");
    socket.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
    let length = body.len();
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .expect("the double reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("the double answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    // Either of them may send its body in chunks; the JSON is from the first bracket to the last.
    let from = body.find(['{', '[']).unwrap_or_default();
    let to = body.rfind(['}', ']']).map_or(body.len(), |at| at + 1);
    serde_json::from_str(&body[from..to]).unwrap_or_else(|why| panic!("{why}: {head}\n{body}"))
}

/// Everything that aimock can show, in one dialect.
fn against_aimock(dialect: Dialect) {
    let Some(double) = aimock() else { return };
    let place = Place::new(dialect, &double.url(dialect.aimock), dialect.model);

    // A list of models, and text in pieces that break escapes and characters anywhere.
    assert!(place.model_ids().iter().any(|id| id == "gpt-4o"));
    let turn = place.turn("say hello").exits(0);
    let said = "Hello — \"quoted\", \\escaped\\, 日本語 and 🦀\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    assert_eq!(turn.said("text"), said, "{}", turn.ran);
    let end = turn.events.last().expect("events");
    assert_eq!((&end["type"], &end["stop"]), (&json!("end"), &json!("end_turn")), "{}", turn.ran);
    assert_eq!((&end["usage"]["input"], &end["usage"]["output"]), (&json!(120), &json!(34)), "{}", turn.ran);

    // A call of a real tool, with thinking around it. In strict mode the second request is refused unless the thinking
    // comes back signed and in its place.
    let turn = place.turn("find rust").exits(0);
    let call = ("search_bookmarks".to_owned(), "done".to_owned(), json!({"query": "rust", "limit": 2}));
    assert_eq!(turn.calls(), [call], "{}", turn.ran);
    assert_eq!(turn.said("text"), "I look.Found the Rust book.", "{}", turn.ran);
    assert!(turn.said("thinking").contains("The person wants bookmarks about Rust."), "{}", turn.ran);

    // Three calls at once: each gets its own answer, in one message.
    let turn = place.turn("side by side").exits(0);
    let calls = turn.calls();
    let states: Vec<&str> = calls.iter().map(|(_, state, _)| state.as_str()).collect();
    assert_eq!(states, ["done"; 3], "{}", turn.ran);
    assert_eq!(calls[2].2, json!({"query": "日本語 \"quoted\" \\"}), "{}", turn.ran);
    assert_eq!(turn.said("text"), "All three are back.");

    // A tool that nobody offered, made up by the model.
    let turn = place.turn("no such tool").exits(0);
    assert_eq!(turn.calls()[0].1, "failed", "{}", turn.ran);
    assert_eq!(turn.said("text"), "I see, there is none.");

    // Failures: one that passes, two that do not, and an answer that is cut.
    let turn = place.turn("busy at first").exits(0);
    assert!(turn.said("note").contains("Slow down"), "{}", turn.ran);
    assert_eq!(turn.said("text"), "Now I have time.");
    let turn = place.turn("wrong key").exits(3);
    let error = turn.ran.error();
    assert!(error.contains("That key is not known") && error.contains("check the API key"), "{error}");
    let turn = place.turn("always broken").exits(1);
    assert!(turn.ran.error().contains("It broke in there"), "{}", turn.ran);
    let turn = place.turn("cut short").exits(1);
    assert!("This answer is never going to reach its end".contains(&turn.said("text")[..4]), "{}", turn.ran);
    assert!(turn.ran.error().contains("broke off"), "{}", turn.ran);

    // What we sent, as the double saw it.
    let journal = ask(&double, "GET", "/__aimock/journal", "");
    let requests: Vec<&Value> = journal.as_array().into_iter().flatten().map(|entry| &entry["body"]).collect();
    assert!(requests.len() >= 12, "{journal:#}");
    assert!(requests.iter().all(|request| request["tools"].as_array().is_none_or(|tools| tools.len() == 7)));
}

#[test]
fn aimock_speaks_messages() {
    against_aimock(ANTHROPIC);
}

#[test]
fn aimock_speaks_responses() {
    against_aimock(RESPONSES);
}

#[test]
fn aimock_speaks_chat_completions() {
    against_aimock(COMPLETIONS);
}

/// Everything that llmock can show, in one dialect.
fn against_llmock(dialect: Dialect) {
    let Some(double) = llmock() else { return };
    let place = Place::new(dialect, &double.url(dialect.llmock), dialect.llmock_model);
    let plan = |behaviors: Value| {
        ask(&double, "POST", "/_llmock/reset", "");
        ask(&double, "POST", "/_llmock/scenario", &json!({ "behaviors": behaviors }).to_string());
    };
    let call = |name: &str, arguments: Value| json!({ "name": format!("demo__{name}"), "arguments": arguments });
    let judged = |turn: &Turn| {
        let verdict = ask(&double, "GET", "/_llmock/verdict", "");
        assert_eq!((&verdict["passed"], &verdict["warnings"]), (&json!(true), &json!(0)), "{verdict:#}\n{}", turn.ran);
    };

    assert!(place.model_ids().iter().any(|id| id == dialect.llmock_model));

    // Left to itself it calls one of our tools with arguments made from the schema, and answers after the result.
    let turn = place.turn("do something").exits(0);
    let calls = turn.calls();
    assert!(calls.len() == 1 && ["done", "failed"].contains(&calls[0].1.as_str()), "{}", turn.ran);
    assert!(!turn.said("text").is_empty(), "{}", turn.ran);
    let usage = &turn.events.last().expect("events")["usage"];
    assert!(usage["input"].as_u64() > Some(0) && usage["output"].as_u64() > Some(0), "{}", turn.ran);
    judged(&turn);

    // Two calls at once.
    plan(json!([
        {"type": "reply", "text": "Both.", "tool_calls":
            [call("search_bookmarks", json!({"query": "rust"})), call("list_bookmarks", json!({}))]},
        {"type": "reply", "text": "Found them."},
    ]));
    let turn = place.turn("side by side").exits(0);
    assert_eq!(
        turn.calls().iter().map(|(_, state, _)| state.as_str()).collect::<Vec<_>>(),
        ["done"; 2],
        "{}",
        turn.ran
    );
    assert!(turn.said("text").ends_with("Found them."), "{}", turn.ran);
    judged(&turn);

    // Arguments that are no JSON and a tool that is not there go back to the model; nothing is called.
    for (fault, told) in [("malformed_arguments", "not a JSON object"), ("unknown_tool", "There is no tool named")] {
        plan(
            json!([{"type": "tool_fault", "kind": fault}, {"type": "reply", "text": "Well.", "match": {"tools": false}}]),
        );
        let turn = place.turn("do it wrong");
        let results = turn.of("result");
        assert_eq!(results[0]["state"], "failed", "{}", turn.ran);
        assert!(results[0]["content"].to_string().contains(told), "{fault}: {}", turn.ran);
        turn.exits(0);
    }

    // It asks us to come back, and we come when it says; then it is only broken for a moment.
    for fail in [json!({"type": "fail", "status": 429, "retry_after": 1.0}), json!({"type": "fail", "status": 503})] {
        plan(json!([fail, {"type": "reply", "text": "Here I am."}]));
        let turn = place.turn("come back").exits(0);
        assert_eq!(turn.said("text"), "Here I am.", "{}", turn.ran);
        judged(&turn);
    }
    // What does not get better by itself is not asked again.
    for (status, code) in [(400, 1), (401, 3), (403, 3), (404, 1)] {
        plan(json!([{"type": "fail", "status": status}]));
        let turn = place.turn("no").exits(code);
        judged(&turn);
    }
    // It is overloaded for good: three tries with growing pauses, then we say so.
    plan(json!([{"type": "fail", "status": 500, "times": null}]));
    let turn = place.turn("no").exits(1);
    let verdict = ask(&double, "GET", "/_llmock/verdict", "");
    assert_eq!((&verdict["passed"], &verdict["attempts"]), (&json!(true), &json!(3)), "{verdict:#}\n{}", turn.ran);

    // Cut in the middle: what came is printed, and that it is not all is said. Whoever reads along is told nothing twice.
    let long = "All of this is one long sentence that never gets to the point, because it is cut before it does.";
    for (kind, said) in [("disconnect", "broke off"), ("truncate", ""), ("malformed", "")] {
        plan(json!([{"type": "stream_fault", "kind": kind, "after_chunks": 4}, {"type": "reply", "text": long}]));
        let turn = place.turn("go on").exits(1);
        assert!(long.starts_with(&turn.said("text")), "{kind}: {}", turn.ran);
        assert_eq!(turn.events.last().expect("events")["stop"], "failed", "{kind}: {}", turn.ran);
        assert!(turn.ran.error().contains(said), "{kind}: {}", turn.ran);
    }
}

#[test]
fn llmock_speaks_messages() {
    against_llmock(ANTHROPIC);
}

#[test]
fn llmock_speaks_responses() {
    against_llmock(RESPONSES);
}

#[test]
fn llmock_speaks_chat_completions() {
    against_llmock(COMPLETIONS);
}
