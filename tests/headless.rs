//! The binary without a screen, from outside: what it prints where, and how it ends. The contract other people's scripts
//! rely on.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "headless/approvals.rs"]
mod approvals;
#[path = "headless/asked.rs"]
mod asked;
#[path = "headless/chat.rs"]
mod chat;
#[path = "headless/failures.rs"]
mod failures;
#[path = "headless/faults.rs"]
mod faults;
#[path = "headless/files.rs"]
mod files;
#[path = "headless/logs.rs"]
mod logs;
#[path = "headless/models.rs"]
mod models;
#[path = "headless/place.rs"]
mod place;
#[path = "support/provider.rs"]
mod provider;
#[path = "headless/scripts.rs"]
mod scripts;
#[path = "headless/threats.rs"]
mod threats;
#[path = "headless/watch.rs"]
mod watch;
#[path = "headless/weights.rs"]
mod weights;

use place::Place;
use serde_json::json;

#[test]
fn info_and_ping_have_their_shapes() {
    let place = Place::new();
    let info = place.run(&["info", "--json"]).exits(0).json();
    let keys: Vec<_> = info.as_object().unwrap().keys().cloned().collect();
    let expected = ["server", "era", "protocolVersion", "transport", "serverInfo", "capabilities", "instructions"]
        .map(String::from);
    assert_eq!(keys, expected);
    assert_eq!(
        (&info["server"], &info["era"], &info["transport"]),
        (&json!("demo"), &json!("modern"), &json!("stdio"))
    );
    let ping = place.run(&["--json", "ping"]).exits(0).json();
    assert!(ping["ms"].as_f64().unwrap() > 0.0);
    let legacy = place.run(&["info", "--json", "--protocol-version", "2025-06-18"]).exits(0).json();
    assert_eq!((&legacy["era"], &legacy["protocolVersion"]), (&json!("legacy"), &json!("2025-06-18")));
    place.run(&["ping", "--protocol-version", "2025-06-18"]).exits(0).prints("demo: ");
}

#[test]
fn lists_have_the_shape_of_the_protocol() {
    let place = Place::new();
    for (words, member, count) in [
        (&["tools", "list", "--json"][..], "tools", 7),
        (&["resources", "list", "--json"], "resources", 13),
        (&["resources", "templates", "--json"], "resourceTemplates", 2),
        (&["prompts", "list", "--json"], "prompts", 3),
    ] {
        let document = place.run(words).exits(0).json();
        assert_eq!(document.as_object().unwrap().len(), 1, "{words:?}");
        assert_eq!(document[member].as_array().unwrap().len(), count, "{words:?}");
    }
    let text = place.run(&["tools", "list"]).exits(0).prints("search_bookmarks  Search bookmarks\n");
    assert!(!text.out.contains('\u{1b}'), "no colours into a pipe");
    let coloured = place.run(&["tools", "list", "--color", "always"]).exits(0);
    assert!(coloured.out.contains('\u{1b}'));
}

#[test]
fn arguments_are_typed_and_checked_before_they_are_sent() {
    let place = Place::new();
    let call = |more: &[&str]| {
        let mut words = vec!["tools", "call", "search_bookmarks"];
        words.extend(more);
        place.run(&words)
    };
    let result = call(&["--arg", "query=rust", "--arg", "limit=1", "--json"]).exits(0).json();
    assert_eq!(result["structuredContent"]["bookmarks"].as_array().unwrap().len(), 1);
    call(&["--arg", "query=rust"]).exits(0).prints("The Rust Programming Language");
    let wrong = call(&["--arg", "query=rust", "--arg", "limit=many", "--json"]).exits(2);
    assert_eq!(wrong.out, "");
    assert_eq!(wrong.error()["kind"], "usage");
    assert!(wrong.error()["details"][0].as_str().unwrap().starts_with("limit: "));
    call(&[]).exits(2).complains("`query` is missing");
    call(&["--arg", "limit=many", "--no-validate"]).exits(5).complains("error: ");
    call(&["--arg", "query"]).exits(2).complains("expected KEY=VALUE");
    call(&["--args-json", r#"{"query":"rust"}"#]).exits(0);
    call(&["--args-json", "[1]"]).exits(2).complains("are an object, got an array");
    call(&["--args-json", "{"]).exits(2).complains("not JSON");
    let file = format!("@{}", place.file("args.json", "{\"query\": \"rust\"}\n"));
    call(&["--args-json", &file]).exits(0);
    call(&["--args-json", "@nowhere.json"]).exits(2).complains("nowhere.json");
    place.run_with(r#"{"query":"rust"}"#, &["tools", "call", "search_bookmarks", "--args-json", "-"]).exits(0);
}

#[test]
fn raw_arguments_are_sent_as_they_are_spelled() {
    let place = Place::new();
    place
        .scripted(
            &["tools", "call", "t", "--args-json", r#"{"b":1.50e0,"a":123456789012345678901234567890}"#],
            r#"{"expect":"tools/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"tools\":[{\"name\":\"t\",\"inputSchema\":{}}]}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"content\":[]}}"}"#,
        )
        .exits(0);
    assert!(place.journal().contains(r#""arguments":{"b":1.50e0,"a":123456789012345678901234567890}"#));
}

#[test]
fn a_tool_that_fails_still_shows_its_output() {
    let place = Place::new();
    let words = ["tools", "call", "update_bookmark", "--args-json", r#"{"id":999,"title":"x"}"#];
    place.run(&words).exits(5).prints("there is no bookmark 999").complains("the tool `update_bookmark` failed");
    let mut words = words.to_vec();
    words.push("--json");
    let ran = place.run(&words).exits(5);
    assert_eq!(ran.json()["isError"], true);
    assert_eq!(ran.error()["kind"], "tool-error");
}

#[test]
fn an_unknown_tool_is_named_with_what_was_meant() {
    let place = Place::new();
    place.run(&["tools", "call", "serch_bookmarks"]).exits(5).complains("did you mean `search_bookmarks`?");
    let ran = place.run(&["tools", "call", "nope", "--no-validate", "--json"]).exits(5);
    assert_eq!((&ran.error()["kind"], &ran.error()["code"]), (&json!("no-such-tool"), &json!(-32602)));
}

#[test]
fn resources_prompts_completions_and_raw_requests() {
    let place = Place::new();
    place.run(&["resources", "read", "bookmark://2"]).exits(0).prints("# asyncio: asynchronous I/O\n");
    let read = place.run(&["resources", "read", "bookmark://2", "--json"]).exits(0).json();
    assert_eq!(read["contents"][0]["uri"], "bookmark://2");
    place.run(&["resources", "read", "bookmark://999"]).exits(1).complains("-32602");
    let words = ["prompts", "get", "summarize_tag", "--arg", "tag=rust"];
    place.run(&words).exits(0).prints("user:\n  These are my 5 bookmarks");
    let completed = place.run(&["complete", "--prompt", "summarize_tag", "tag", "ru"]).exits(0);
    assert_eq!(completed.out.lines().next(), Some("rust"));
    let completed =
        place.run(&["complete", "--resource", "bookmark://tag/{tag}", "tag", "ru", "--json"]).exits(0).json();
    assert_eq!(completed["completion"]["values"][0], "rust");
    let raw = place.run(&["raw", "tools/list", "{}", "--json"]).exits(0).json();
    assert_eq!(raw["tools"].as_array().unwrap().len(), 5, "one page, not all of them");
    let ran = place.run(&["raw", "no/such", "--json"]).exits(1);
    assert_eq!((&ran.error()["kind"], &ran.error()["code"]), (&json!("rpc-error"), &json!(-32601)));
    assert_eq!(ran.out, "");
}

#[test]
fn what_servers_write_reaches_no_terminal_as_it_is() {
    let place = Place::new();
    let steps = r#"{"expect":"tools/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"tools\":[{\"name\":\"t\",\"description\":\"a\\u001b[31mb\u009bc\u202ed\",\"inputSchema\":{\"type\":\"object\"}},{\"name\":7},{\"nme\":1}]}}"}"#;
    let text = place.scripted(&["tools", "list"], steps).exits(0).complains("2 malformed item");
    assert_eq!(text.out.lines().filter(|line| line.starts_with("malformed (")).count(), 2);
    let json = place.scripted(&["tools", "list", "--json"], steps).exits(0);
    assert_eq!(json.json()["tools"].as_array().unwrap().len(), 3, "bad items stay");
    assert_eq!(json.json()["tools"][0]["description"], "a\u{1b}[31mb\u{9b}c\u{202e}d", "the value stays");
    for ran in [text, json] {
        let both = format!("{}{}", ran.out, ran.err);
        assert!(!both.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{both:?}");
    }
}

#[test]
fn a_result_that_breaks_its_output_schema_is_shown_and_warned_about() {
    let steps = r#"{"expect":"tools/list"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"tools\":[{\"name\":\"t\",\"inputSchema\":{},\"outputSchema\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}}]}}"}
{"expect":"tools/call"}
{"send":"{\"jsonrpc\":\"2.0\",\"id\":${id},\"result\":{\"content\":[],\"structuredContent\":{\"n\":\"x\"}}}"}"#;
    let place = Place::new();
    place
        .scripted(&["tools", "call", "t"], steps)
        .exits(0)
        .prints("\"n\": \"x\"")
        .complains("does not fit its output schema: n: ");
}

#[test]
fn every_help_shows_an_example() {
    let place = Place::new();
    for words in [
        &["--help"][..],
        &["info", "--help"],
        &["tools", "call", "--help"],
        &["servers", "import", "--help"],
        &["run", "--help"],
    ] {
        let ran = place.run(words).exits(0).prints("Example").prints("mcp-tui ");
        assert_eq!(ran.err, "");
    }
    place.run(&["--version"]).exits(0).prints("mcp-tui ");
    place.run(&["completions", "bash"]).exits(0).prints("mcp-tui");
}
