//! `chat` from outside: a provider that plays bytes, real servers, and what is printed, kept and returned.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;

use serde_json::{Value, json};

use super::place::{Place, Ran};
pub(crate) use super::provider::{Provider, calls, every_question, head, request, says, stream};

/// A place with two copies of the demo server and this provider.
pub(crate) fn place(provider: &Provider) -> Place {
    let place = Place::new();
    let binary = env!("CARGO_BIN_EXE_mcp-tui");
    let [one, two] = ["one.json", "two.json"].map(|file| place.path(file).display().to_string());
    let config = format!(
        "[servers.one]\ncommand = {binary:?}\nargs = [\"demo-server\", \"--file\", {one:?}]\n\
         [servers.two]\ncommand = {binary:?}\nargs = [\"demo-server\", \"--file\", {two:?}]\n\
         [providers.fake]\nkind = \"openai-chat\"\nbase_url = \"{}\"\nmodel = \"m\"\napi_key_env = \"FAKE_KEY\"\n",
        provider.url
    );
    place.file("cfg/config.toml", &config);
    place
}

pub(crate) const KEY: &str = "sk-canary-4711";

pub(crate) fn chat(place: &Place, words: &[&str]) -> Ran {
    chat_with(place, "", words)
}

fn chat_with(place: &Place, input: &str, words: &[&str]) -> Ran {
    let mut all = vec!["--config-dir", "cfg", "chat"];
    all.extend(words);
    let mut child = place.command(&all).env("FAKE_KEY", KEY).stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(super::place::ended(child, &all))
}

pub(crate) fn events(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"))).collect()
}

pub(crate) fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

/// The results that the provider was told in a request, by call.
pub(crate) fn told(request: &Value) -> Vec<(String, String)> {
    let messages = request["messages"].as_array().unwrap();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    let text = |message: &Value| match &message["content"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    results.map(|message| (message["tool_call_id"].as_str().unwrap().to_owned(), text(message))).collect()
}

#[test]
fn two_servers_in_one_conversation_one_call_allowed_one_denied_one_that_asks() {
    let provider = Provider::start(vec![
        calls(&[
            ("c1", "one__search_bookmarks", json!({"query": "rust"})),
            ("c2", "two__list_bookmarks", json!({})),
            ("c3", "two__delete_bookmark", json!({"id": 1})),
        ]),
        says("All done."),
    ]);
    let place = place(&provider);
    // One is allowed by a rule, one denied by a rule, one by --approve; deleting asks a person, whom a flag answers for.
    place.file(
        "cfg/policy.toml",
        "[[rules]]\nserver = \"one\"\ntool = \"search_bookmarks\"\nverdict = \"allow\"\n\
         [[rules]]\nserver = \"two\"\ntool = \"list_bookmarks\"\nverdict = \"deny\"\n",
    );
    let ran = chat(&place, &["-p", "go", "--json", "--approve", "all", "--elicit", "accept"]).exits(6);
    let events = events(&ran);
    let mut states: Vec<(String, String)> = of_type(&events, "result")
        .iter()
        .map(|event| (event["id"].as_str().unwrap().to_owned(), event["state"].as_str().unwrap().to_owned()))
        .collect();
    states.sort();
    let expected = [("c1", "done"), ("c2", "denied"), ("c3", "done")];
    assert_eq!(states, expected.map(|(id, state)| (id.to_owned(), state.to_owned())), "{ran:?}");
    let requests = provider.asked();
    assert_eq!(requests.len(), 2);
    let names: Vec<&str> = requests[0]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"one__search_bookmarks") && names.contains(&"two__search_bookmarks"), "{names:?}");
    let told = told(&requests[1]);
    assert_eq!(told.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
    assert!(told[0].1.contains("data from outside") && told[0].1.contains("Rust"), "{told:?}");
    assert!(told[1].1.contains("denied"), "{told:?}");
    assert!(ran.err.contains("asked for a form and was accepted"), "{ran:?}");
    let text: String = of_type(&events, "text").iter().map(|event| event["text"].as_str().unwrap()).collect();
    assert_eq!(text, "All done.");
    let end = events.last().unwrap();
    assert_eq!((&end["type"], &end["stop"], &end["usage"]["input"]), (&json!("end"), &json!("end_turn"), &json!(22)));
    // Kept, without the key, and for this person alone.
    let dir = place.path("cfg/data/conversations");
    let file = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(KEY) && kept.contains("All done."));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_kept_conversation_goes_on_and_is_shown_listed_and_found() {
    let provider = Provider::start(vec![says("First."), says("Second.")]);
    let place = place(&provider);
    let ran = chat(&place, &["-p", "one", "-s", "one"]).exits(0);
    assert_eq!(ran.out, "First.\n");
    chat(&place, &["-p", "two", "-s", "one", "--resume", "last"]).exits(0).prints("Second.");
    let messages = provider.asked()[1]["messages"].clone();
    let said: Vec<&str> =
        messages.as_array().unwrap()[1..].iter().map(|message| message["content"].as_str().unwrap_or("?")).collect();
    assert_eq!((said[0], said[2]), ("one", "two"), "{messages}");
    chat(&place, &["--show", "last"]).exits(0).prints("# one").prints("## Person\n\ntwo").prints("Second.");
    let list = chat(&place, &["--list", "--json"]).exits(0).json();
    assert_eq!((&list["conversations"][0]["title"], &list["conversations"][0]["entries"]), (&json!("one"), &json!(4)));
    assert_eq!(
        chat(&place, &["--search", "second", "--json"]).exits(0).json()["conversations"].as_array().unwrap().len(),
        1
    );
    assert_eq!(chat(&place, &["--search", "third", "--json"]).exits(0).json()["conversations"], json!([]));
    chat(&place, &["-p", "x", "--resume", "nothing"]).exits(2).complains("no conversation is named nothing");
}

#[test]
fn each_line_of_a_pipe_is_a_turn_of_one_conversation() {
    let provider = Provider::start(vec![says("A."), says("B.")]);
    let place = place(&provider);
    let ran = chat_with(&place, "first\n\nsecond\n", &["-s", "one"]).exits(0);
    assert_eq!(ran.out, "A.\nB.\n");
    assert_eq!(provider.asked()[1]["messages"].as_array().unwrap().len(), 4, "with what was said before");
}

#[test]
fn a_turn_that_fails_is_told_once_and_the_last_one_is_the_exit_code() {
    let refused = || head("400 Bad Request", "application/json", r#"{"error":{"message":"it broke"}}"#);
    for (second, code) in [(refused(), 1), (says("B."), 0)] {
        let provider = Provider::start(vec![refused(), second]);
        let place = place(&provider);
        let ran = chat_with(&place, "first\nsecond\n", &["-s", "one"]).exits(code);
        assert_eq!(ran.err.matches("it broke").count(), 1 + code as usize, "{ran:?}");
    }
}

#[test]
fn failures_of_a_provider_have_their_exit_codes_and_lose_nothing() {
    let error = |status: &str| head(status, "application/json", r#"{"error":{"message":"it broke"}}"#);
    let cut = |mut stream: String| {
        // Behind the first piece.
        stream.truncate(stream.find("\n\n").unwrap() + 2);
        stream.replace("Content-Length", "X-Length")
    };
    for (answer, code, part) in [
        (error("401 Unauthorized"), 3, "it broke"),
        (error("403 Forbidden"), 3, "it broke"),
        (error("404 Not Found"), 1, "it broke"),
        (error("400 Bad Request"), 1, "it broke"),
        (cut(says("Half an answer")), 1, "broke off"),
        (head("200 OK", "text/html", "<p>hello"), 1, "text/html"),
        (stream(&[json!({"content": "Half"})], "length"), 1, "longest length"),
        (stream(&[json!({"content": "Half"})], "content_filter"), 1, "filter"),
    ] {
        let provider = Provider::start(vec![answer]);
        let place = place(&provider);
        let ran = chat(&place, &["-p", "go", "-s", "one"]).exits(code).complains(part);
        assert!(!ran.err.contains(KEY) && !ran.out.contains(KEY));
        chat(&place, &["--show", "last"]).exits(0).prints("go");
        if part == "broke off" {
            assert_eq!(ran.out, "Half an answer\n", "what came is printed");
        }
    }
    // Nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nobody = Provider { url, asked: Arc::default() };
    chat(&place(&nobody), &["-p", "go", "-s", "one"]).exits(4);
}

#[test]
fn a_model_that_never_stops_calling_is_stopped() {
    let rounds = (0..3).map(|round| calls(&[("c", "one__search_bookmarks", json!({"query": format!("q{round}")}))]));
    let provider = Provider::start(rounds.collect());
    let place = place(&provider);
    chat(&place, &["-p", "go", "-s", "one", "--approve", "all", "--max-rounds", "3"])
        .exits(1)
        .complains("after 3 rounds");
    assert_eq!(provider.asked().len(), 3);
}

#[test]
fn what_nobody_allows_is_denied_and_nothing_waits() {
    let asked = || {
        Provider::start(vec![
            calls(&[("c1", "one__add_bookmark", json!({"url": "https://x.example", "title": "X"}))]),
            says("Sorry."),
        ])
    };
    for (words, code) in [
        (&["--approve", "none"][..], 6),
        (&["--approve", "read-only"][..], 6),
        (&["--approve", "ask"][..], 6),
        (&[][..], 6),
        (&["--approve", "all"][..], 0),
    ] {
        let provider = asked();
        let place = place(&provider);
        let mut all = vec!["-p", "go", "-s", "one"];
        all.extend(words);
        chat(&place, &all).exits(code).prints("Sorry.");
        assert_eq!(told(&provider.asked()[1])[0].1.contains("denied"), code == 6, "{words:?}");
    }
}

#[test]
fn hostile_text_of_a_model_reaches_no_terminal() {
    let provider = Provider::start(vec![says("a\u{1b}[31mb\u{9b}c")]);
    let place = place(&provider);
    let ran = chat(&place, &["-p", "go", "-s", "one"]).exits(0);
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{9b}'), "{ran:?}");
}

#[test]
fn without_a_config_the_demo_model_works_with_the_demo_server() {
    let place = Place::new();
    place
        .run(&["chat", "-p", "Find my Python bookmarks", "--approve", "all"])
        .exits(0)
        .prints("Python")
        .complains("demo model");
    place.run(&["chat", "-p", "hi", "--model", "nobody/x"]).exits(2).complains("write PROVIDER/MODEL");
}

#[test]
fn a_provider_that_cannot_be_used_says_why_by_whatever_name_it_is_called() {
    let place = Place::new();
    place.file("cfg/config.toml", "[providers.p]\nkind = \"openai\"\nmodel = \"m\"\napi_key_env = \"NOT_THERE\"\n");
    for name in ["p", "p/m"] {
        let words = ["--config-dir", "cfg", "chat", "-p", "x", "--model", name];
        place.run(&words).exits(2).complains("NOT_THERE");
    }
}

#[test]
fn approvals_a_form_and_a_message_of_the_model_in_one_round_of_calls_side_by_side() {
    let provider = Provider::start(every_question());
    let place = place(&provider);
    place.file("cfg/policy.toml", "[[rules]]\nserver = \"two\"\ntool = \"list_bookmarks\"\nverdict = \"deny\"\n");
    let words = ["-p", "go", "--json", "--approve", "all", "--elicit", "accept", "--sampling", "model"];
    let ran = chat(&place, &words).exits(6);
    let events = events(&ran);
    let mut states: Vec<String> =
        of_type(&events, "result").iter().map(|event| format!("{} {}", event["id"], event["state"])).collect();
    states.sort();
    let expected = [("c1", "done"), ("c2", "denied"), ("c3", "done"), ("c4", "done")];
    assert_eq!(states, expected.map(|(id, state)| format!("{id:?} {state:?}")), "{ran:?}");
    assert!(ran.err.contains("asked for a form and was accepted"), "{ran:?}");
    let asked = provider.asked();
    assert!(asked[1]["tools"].is_null(), "the message for the server");
    let told = told(&asked[2]);
    assert_eq!(told.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3", "c4"]);
    assert!(told[3].1.contains("alpha"), "{told:?}");
    assert_eq!(events.last().unwrap()["stop"], "end_turn");
}

#[test]
fn a_server_that_asks_for_a_message_in_the_middle_of_a_call_gets_it_from_the_model() {
    let provider = Provider::start(vec![
        calls(&[("c1", "one__suggest_tags", json!({"id": 1}))]),
        says("alpha, beta"),
        says("Tagged."),
    ]);
    let place = place(&provider);
    let ran = chat(&place, &["-p", "go", "-s", "one", "--approve", "all", "--sampling", "model", "--elicit", "accept"]);
    let ran = ran.exits(0).prints("Tagged.");
    let asked = provider.asked();
    assert_eq!(asked.len(), 3, "{ran:?}");
    assert!(asked[1]["tools"].is_null(), "no tools for a server's request: {}", asked[1]);
    let told = told(&asked[2]);
    assert!(told[0].1.contains("alpha"), "{told:?}");
}

#[test]
fn events_that_nobody_knows_are_passed_over() {
    let begun = "data: {\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Begun\"}}]}\n\n";
    let odd = "event: surprise\ndata: {\"type\":\"surprise\"}\n\ndata: {\"choices\":[{\"delta\":{\"novel\":1}}]}\n\n: ping\n\n";
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let answer = head("200 OK", "text/event-stream", &format!("{begun}{odd}{end}"));
    let provider = Provider::start(vec![answer]);
    chat(&place(&provider), &["-p", "go", "-s", "one"]).exits(0).prints("Begun");
}
