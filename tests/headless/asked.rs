//! What servers ask where nobody is there, and the work that they go on with.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::process::Stdio;

use serde_json::{Value, json};

use crate::chat;
use crate::place::{Place, Ran, ended, scripted_server};
use crate::provider::{Provider, calls};

fn send(frame: &Value) -> String {
    json!({ "send": frame.to_string().replace("\"${id}\"", "${id}") }).to_string()
}

fn answer(result: &Value) -> String {
    send(&json!({"jsonrpc": "2.0", "id": "${id}", "result": result}))
}

/// The steps of a tool call in which this is asked.
fn asking(method: &str, params: &Value) -> String {
    [
        "{\"expect\":\"tools/list\"}".to_owned(),
        answer(&json!({"tools": [{"name": "t", "inputSchema": {"type": "object"}}]})),
        "{\"expect\":\"tools/call\"}".to_owned(),
        send(&json!({"jsonrpc": "2.0", "id": "q", "method": method, "params": params})),
        "{\"answered\":\"q\"}".to_owned(),
        answer(&json!({"content": []})),
    ]
    .join("\n")
}

/// The answer to the question, as it is in the journal.
fn answered(place: &Place) -> Value {
    let journal = place.journal();
    let lines = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found =
        lines.filter(|line| line["dir"] == "send" && line["msg"]["id"] == "q").map(|line| line["msg"].clone());
    found.next_back().unwrap()
}

#[test]
fn a_page_is_agreed_to_only_if_it_may_be_opened() {
    let page = |url: &str| json!({"mode": "url", "message": "m", "elicitationId": "e", "url": url});
    for (how, url, action, said) in [
        ("accept", "https://example.com/a", "accept", "wants this page opened: https://example.com/a"),
        ("accept", "javascript:alert(1)", "decline", "only https and http can be opened"),
        ("accept", "https://exam\nple.com/", "decline", "which browsers read differently"),
        ("accept-defaults", "https://example.com/a", "decline", "declined"),
        ("cancel", "https://example.com/a", "cancel", "cancelled"),
        ("decline", "https://example.com/a", "decline", "declined"),
    ] {
        let place = Place::new();
        let ran = place.scripted(&["tools", "call", "t", "--elicit", how], &asking("elicitation/create", &page(url)));
        ran.exits(0).complains(said);
        assert_eq!(answered(&place)["result"]["action"], action, "{how} {url:?}");
    }
}

#[test]
fn flags_answer_forms_with_what_fits_and_cancel_with_what_does_not() {
    let schema = json!({"type": "object", "required": ["n"], "properties": {
        "n": {"type": "integer", "minimum": 3}, "d": {"type": "string", "default": "x"},
        "password": {"type": "string", "default": "never"}
    }});
    let form = json!({"message": "m", "requestedSchema": schema});
    let cancelled = json!({"action": "cancel"});
    for (words, expected) in [
        (&["--elicit", "accept"][..], json!({"action": "accept", "content": {"d": "x", "n": 3}})),
        // The required field has no default.
        (&["--elicit", "accept-defaults"], cancelled.clone()),
        (&["--elicit-json", r#"{"n":7}"#], json!({"action": "accept", "content": {"n": 7}})),
        (&["--elicit-json", r#"{"n":1}"#], cancelled),
        (&[], json!({"action": "decline"})),
    ] {
        let place = Place::new();
        let all = [&["tools", "call", "t"], words].concat();
        place.scripted(&all, &asking("elicitation/create", &form)).exits(0);
        assert_eq!(answered(&place)["result"], expected, "{words:?}");
    }
}

/// Whatever standard input is, nobody who is not there is waited for.
#[test]
fn a_question_without_a_person_waits_for_nobody_whatever_standard_input_is() {
    let form = json!({"message": "m", "requestedSchema": {"type": "object"}});
    let message = json!({"messages": [{"role": "user", "content": {"type": "text", "text": "x"}}], "maxTokens": 5});
    for (method, params) in [("elicitation/create", &form), ("sampling/createMessage", &message)] {
        for input in ["null", "closed", "silent"] {
            let place = Place::new();
            let steps = asking(method, params);
            let script =
                place.file("s", &format!("{{\"handshake\":\"2025-11-25\"}}\n{steps}\n{{\"until_eof\":true}}\n"));
            let server = scripted_server();
            let words = ["tools", "call", "t", "--", server.to_str().unwrap(), &script];
            let mut command = place.command(&words);
            if input != "null" {
                command.stdin(Stdio::piped());
            }
            let mut child = command.spawn().unwrap();
            let pipe = child.stdin.take().filter(|_| input == "silent");
            let ran = Ran::of(ended(child, &words)).exits(0);
            drop(pipe);
            let reply = answered(&place);
            let refused = reply["result"]["action"] == "decline" || reply["error"]["code"] == -32601;
            assert!(refused, "{method} {input}: {reply} {ran:?}");
        }
    }
}

#[test]
fn a_server_that_brings_tools_of_its_own_gets_the_calls_of_them_back() {
    let provider = Provider::start(vec![calls(&[("c9", "look", json!({"at": "Bern"}))])]);
    let place = chat::place(&provider);
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap();
    place.file(".config/mcp-tui/config.toml", &config);
    let used = json!({"type": "tool_use", "id": "u", "name": "look", "input": {"at": "Ulm"}});
    let result = json!({"type": "tool_result", "toolUseId": "u", "content": [{"type": "text", "text": "fog"}]});
    let params = json!({"maxTokens": 5, "toolChoice": {"mode": "required"},
        "tools": [{"name": "look", "inputSchema": {"type": "object", "properties": {"at": {"type": "string"}}}}],
        "messages": [{"role": "user", "content": {"type": "text", "text": "Where is the sun?"}},
            {"role": "assistant", "content": used}, {"role": "user", "content": result}]});
    let steps = asking("sampling/createMessage", &params);
    let script = place.file("s", &format!("{{\"handshake\":\"2025-11-25\"}}\n{steps}\n{{\"until_eof\":true}}\n"));
    let server = scripted_server();
    let words = ["tools", "call", "t", "--sampling", "model", "--", server.to_str().unwrap(), &script];
    let child = place.command(&words).env("FAKE_KEY", chat::KEY).stdin(Stdio::null()).spawn().unwrap();
    Ran::of(ended(child, &words)).exits(0);
    let asked = &provider.asked()[0];
    assert_eq!((&asked["tools"][0]["function"]["name"], &asked["tool_choice"]), (&json!("look"), &json!("required")));
    assert_eq!(asked["messages"][1]["tool_calls"][0]["id"], "u");
    assert_eq!(chat::told(asked), [("u".to_owned(), "fog".to_owned())]);
    let told = &answered(&place)["result"];
    let wanted = json!([{"type": "tool_use", "id": "c9", "name": "look", "input": {"at": "Bern"}}]);
    assert_eq!((&told["content"], &told["stopReason"]), (&wanted, &json!("toolUse")));
}

#[test]
fn work_that_goes_on_is_told_with_the_command_that_waits_for_it() {
    let place = Place::new();
    let task = |status: &str| json!({"resultType": "complete", "taskId": "it's 1", "status": status, "createdAt": "x", "ttlMs": null, "pollIntervalMs": 1});
    let mut created = task("working");
    created["resultType"] = "task".into();
    let mut completed = task("completed");
    completed["result"] = json!({"content": [{"type": "text", "text": "built"}]});
    let steps = [
        "{\"expect\":\"server/discover\"}".to_owned(),
        answer(&json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}})),
        "{\"expect\":\"tools/list\"}".to_owned(),
        answer(&json!({"tools": [{"name": "t", "inputSchema": {"type": "object"}}]})),
        "{\"expect\":\"tools/call\"}".to_owned(),
        answer(&created),
        "{\"expect\":\"tasks/get\"}".to_owned(),
        answer(&completed),
        "{\"until_eof\":true}".to_owned(),
    ];
    let script = place.file("s.script", &(steps.join("\n") + "\n"));
    let command = scripted_server().display().to_string();
    let config = format!("[servers.\"my builder\"]\ncommand = {command:?}\nargs = [{script:?}]\n");
    place.file(".config/mcp-tui/config.toml", &config);
    let ran = place.run(&["tools", "call", "t"]).exits(0).prints("built");
    ran.complains(r"`mcp-tui tasks wait 'it'\''s 1' -s 'my builder'` waits for it in another run");
    let ran = place.run(&["tools", "call", "t", "--", &command, &script]).exits(0).prints("built");
    assert!(!ran.err.contains("another run"), "it ends with us: {ran:?}");
}

#[test]
fn a_server_without_tasks_is_said_to_have_none() {
    let place = Place::new();
    for verb in ["get", "wait", "cancel"] {
        place.run(&["tasks", verb, "t-1"]).exits(1).complains("it has no tasks (");
    }
}
