//! Everything that a provider can do wrong, from outside: the exit code, a message that says who, what and what next,
//! events that stay JSON, and a conversation that is kept and goes on afterwards.

use serde_json::{Value, json};

use super::chat::{KEY, Provider, calls, chat, events, head, place, says, told};
use super::place::Place;

/// A fault: what it is called, how often it is played, the answer, and how it is told.
struct Fault {
    name: &'static str,
    times: usize,
    answer: String,
    code: i32,
    /// Parts of the message: what, and what next.
    says: [&'static str; 2],
    /// What came before it.
    came: &'static str,
}

/// A refusal that asks to come back at once, if it may be asked again at all.
fn refused(status: &str, error: &Value) -> String {
    let answer = head(status, "application/json", &json!({ "error": error }).to_string());
    answer.replace("Connection: close", "Connection: close\r\nretry-after-ms: 1")
}

/// A stream without an end.
fn open_stream(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}")
}

fn begun() -> String {
    format!("data: {}\n\n", json!({"id": "x", "model": "m", "choices": [{"delta": {"content": "Begun"}}]}))
}

/// Seconds that a silent provider is waited for.
const PATIENCE: u32 = 3;

/// Plays a fault in the first turn of a conversation and a good answer in the second.
fn plays(fault: Fault, holds: bool) {
    let Fault { name, times, answer, code, says: parts, came } = fault;
    let mut answers = vec![answer; times];
    answers.push(says("Here again."));
    let provider = if holds { Provider::silent(answers) } else { Provider::start(answers) };
    let place = place(&provider);
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap();
    if holds {
        place.file("cfg/config.toml", &format!("{config}timeout = {PATIENCE}\n"));
    }
    let ran = chat(&place, &["-p", "go", "-s", "one", "--json"]).exits(code);
    let error = ran.error();
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("fake: "), "{name}: who: {message}");
    for part in parts {
        assert!(message.contains(part), "{name}: {part:?} is expected in {message}");
    }
    assert!(!ran.err.contains(KEY) && !ran.out.contains(KEY), "{name}");
    let all = events(&ran);
    let end = all.last().unwrap();
    assert_eq!((&end["type"], &end["stop"]), (&json!("end"), &json!("failed")), "{name}");
    let text: String =
        all.iter().filter(|event| event["type"] == "text").filter_map(|event| event["text"].as_str()).collect();
    assert_eq!(text, came, "{name}");
    assert!(all.iter().any(|event| event["type"] == "note" && event["level"] == "error"), "{name}: {all:?}");
    assert_eq!(provider.asked().len(), times, "{name}: how often it is asked");

    place.file("cfg/config.toml", &config);
    // It goes on where it broke: what was said is sent again, with what came of the answer.
    let id = end["conversation"].as_str().unwrap();
    chat(&place, &["-p", "again", "-s", "one", "--resume", id]).exits(0).prints("Here again.");
    let asked = provider.asked();
    // Two messages of the person in a row may be one of two parts.
    let text = |content: &Value| content.as_str().map(str::to_owned).unwrap_or_default();
    let parts = |content: &Value| match content.as_array() {
        Some(parts) => parts.iter().map(|part| text(&part["text"])).collect(),
        None => vec![text(content)],
    };
    let messages = asked[times]["messages"].as_array().unwrap()[1..].iter();
    let messages: Vec<String> = messages.flat_map(|message| parts(&message["content"])).collect();
    let expected = if came.is_empty() { vec!["go", "again"] } else { vec!["go", came, "again"] };
    assert_eq!(messages, expected, "{name}");
}

#[test]
fn refusals_that_do_not_pass_are_told_and_asked_once() {
    for (name, status, error, code, says) in [
        (
            "401",
            "401 Unauthorized",
            json!({"message": "bad key", "type": "authentication_error"}),
            3,
            ["bad key", "check the API key"],
        ),
        ("403", "403 Forbidden", json!({"message": "not yours"}), 3, ["not yours", "check the API key"]),
        (
            "404",
            "404 Not Found",
            json!({"message": "no such model", "code": "model_not_found"}),
            1,
            ["no such model", "`mcp-tui models`"],
        ),
        ("402", "402 Payment Required", json!({"message": "no money"}), 1, ["no money", "balance"]),
        ("413", "413 Content Too Large", json!({"message": "too much"}), 1, ["too much", "sum the older part up"]),
        (
            "too long",
            "400 Bad Request",
            json!({"message": "prompt is too long: 9 tokens > 8 maximum"}),
            1,
            ["too long", "sum the older part up"],
        ),
        (
            "quota",
            "429 Too Many Requests",
            json!({"message": "used up", "code": "insufficient_quota"}),
            1,
            ["used up", "balance"],
        ),
    ] {
        plays(Fault { name, times: 1, answer: refused(status, &error), code, says, came: "" }, false);
    }
}

#[test]
fn refusals_that_may_pass_are_asked_three_times() {
    for (name, status, error, code, says) in [
        ("429", "429 Too Many Requests", json!({"message": "slow down"}), 1, ["slow down", "wait a moment"]),
        ("500", "500 Internal Server Error", json!({"message": "it broke"}), 1, ["it broke", "asked again"]),
        ("502", "502 Bad Gateway", json!({"message": "nobody home"}), 1, ["nobody home", "asked again"]),
        ("503", "503 Service Unavailable", json!({"message": "busy"}), 1, ["busy", "try again later"]),
        (
            "529",
            "529 Overloaded",
            json!({"message": "too many", "type": "overloaded_error"}),
            1,
            ["too many", "try again later"],
        ),
    ] {
        plays(Fault { name, times: 3, answer: refused(status, &error), code, says, came: "" }, false);
    }
}

#[test]
fn a_provider_that_goes_silent_is_given_up_after_its_timeout() {
    let says = ["for 3 s", "asked again"];
    let stalled = Fault { name: "stalled", times: 1, answer: open_stream(&begun()), code: 124, says, came: "Begun" };
    plays(stalled, true);
    let mute = Fault { name: "mute", times: 1, answer: String::new(), code: 124, says, came: "" };
    plays(mute, true);
}

#[test]
fn answers_that_break_in_the_middle_keep_what_came() {
    let call = json!({"choices": [{"delta": {"tool_calls": [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "one__list_bookmarks", "arguments": "{\"a\": "}},
    ]}}]});
    let error = json!({"error": {"message": "it broke inside", "code": 502}});
    for (name, body, says) in [
        ("cut", String::new(), ["", "asked again"]),
        ("garbage", "data: \u{1}not json\n\n".to_owned(), ["", ""]),
        ("an error inside", format!("data: {error}\n\n"), ["it broke inside", "asked again"]),
        ("half a call", format!("data: {call}\n\n"), ["", "asked again"]),
    ] {
        let answer = open_stream(&(begun() + &body));
        plays(Fault { name, times: 1, answer, code: 1, says, came: "Begun" }, false);
    }
}

#[test]
fn a_delta_of_100_mb_ends_the_answer_and_nothing_else() {
    for (name, end) in [("100 MB", "\"}}]}\n\n"), ("100 MB without an end", "")] {
        let mut answer = open_stream(&begun());
        answer.reserve(101 << 20);
        answer.push_str("data: {\"choices\":[{\"delta\":{\"content\":\"");
        answer.extend(std::iter::repeat_n('x', 100 << 20));
        answer.push_str(end);
        let says = ["over the limit", ""];
        plays(Fault { name, times: 1, answer, code: 1, says, came: "Begun" }, false);
    }
}

#[test]
fn calls_of_the_same_id_are_told_apart_and_calls_that_make_no_sense_go_back() {
    let list = ("c", "one__list_bookmarks", json!({}));
    let provider = Provider::start(vec![
        calls(&[list.clone(), ("c", "one__search_bookmarks", json!({"query": "rust"}))]),
        calls(&[list, ("d", "one__search_bookmarks", json!("no object")), ("e", "one__fly", json!({}))]),
        says("Done."),
    ]);
    let place = place(&provider);
    let ran = chat(&place, &["-p", "go", "-s", "one", "--json", "--approve", "all"]).exits(0);
    let asked = provider.asked();
    let ids: Vec<String> = told(&asked[2]).into_iter().map(|(id, _)| id).collect();
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!((ids.len(), unique.len()), (5, 5), "each call of the conversation has an id of its own: {ids:?}");
    let results = told(&asked[2]);
    assert!(
        results[1].1.contains("Rust") && results[3].1.contains("JSON object") && results[4].1.contains("no tool named"),
        "{results:?}"
    );
    let states: Vec<Value> =
        events(&ran).iter().filter(|event| event["type"] == "result").map(|event| event["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| *state == "done").count(), 3, "{states:?}");
    assert_eq!(states.iter().filter(|state| *state == "failed").count(), 2, "{states:?}");
}

/// Runs a turn and kills the program (no chance to tidy up) once what is kept of the conversation holds this.
fn killed_once_kept(place: &Place, wanted: &str) {
    let words = ["--config-dir", "cfg", "chat", "-p", "go", "-s", "one", "--approve", "all"];
    let mut child = place.command(&words).env("FAKE_KEY", KEY).spawn().unwrap();
    let kept = || {
        let files = std::fs::read_dir(place.path("cfg/data/conversations")).into_iter().flatten().flatten();
        files.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect::<String>()
    };
    let started = std::time::Instant::now();
    while !kept().contains(wanted) {
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{wanted} is never kept: {}", kept());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_program_that_is_killed_in_the_middle_of_an_answer_keeps_what_came() {
    let provider = Provider::silent(vec![open_stream(&begun()), says("Here again.")]);
    let place = place(&provider);
    killed_once_kept(&place, "Begun");
    chat(&place, &["-p", "again", "-s", "one", "--resume", "last"]).exits(0).prints("Here again.");
    let asked = provider.asked();
    let messages: Vec<&str> = asked[1]["messages"].as_array().unwrap()[1..]
        .iter()
        .map(|message| message["content"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(messages, ["go", "Begun", "again"]);
}

#[test]
fn a_call_that_runs_when_the_program_is_killed_is_unknown_and_not_made_again() {
    let urls: Vec<String> = (0..20).map(|at| format!("https://example.com/{at}")).collect();
    let provider =
        Provider::start(vec![calls(&[("c1", "one__import_bookmarks", json!({ "urls": urls }))]), says("I see.")]);
    let place = place(&provider);
    killed_once_kept(&place, "\"running\"");
    let ran = chat(&place, &["-p", "again", "-s", "one", "--resume", "last", "--approve", "all", "--json"]).exits(0);
    assert!(!events(&ran).iter().any(|event| event["type"] == "call"), "nothing is made again: {ran:?}");
    let told = told(&provider.asked()[1]);
    assert!(told.len() == 1 && told[0].1.contains("Nobody knows whether it took effect"), "{told:?}");
    chat(&place, &["--show", "last"]).exits(0).prints("`one/import_bookmarks`: unknown").prints("I see.");
}
