//! What conversations weigh and cost: definitions of tools that are too much, prices, a model that nobody named, and
//! answers that are no answers for their size.

use std::io::Write;
use std::net::TcpListener;

use serde_json::{Value, json};

use super::chat::{KEY, Provider, calls, chat, events, head, of_type, place, says, told};
use super::place::Place;

/// An answer of Messages that says this.
fn messages_say(text: &str) -> String {
    let events = [
        json!({"type": "message_start", "message": {"id": "m", "model": "m", "usage":
            {"input_tokens": 100, "cache_read_input_tokens": 900, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 50}}),
        json!({"type": "message_stop"}),
    ];
    let body = events.iter().fold(String::new(), |body, event| body + "data: " + &event.to_string() + "\n\n");
    head("200 OK", "text/event-stream", &body)
}

/// Adds to the config of a place.
fn with(place: &Place, more: &str) {
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap();
    place.file("cfg/config.toml", &format!("{config}\n{more}"));
}

#[test]
fn a_model_that_searches_for_tools_is_governed_by_the_rules_of_the_real_ones() {
    let call = |id, name: &str, arguments: Value| (id, "call_tool", json!({"name": name, "arguments": arguments}));
    let provider = Provider::start(vec![
        calls(&[("c1", "search_tools", json!({"query": "search bookmarks"}))]),
        calls(&[("c2", "get_tool_details", json!({"names": ["one__search_bookmarks"]}))]),
        calls(&[
            call("c3", "one__search_bookmarks", json!({"query": "rust"})),
            call("c4", "two__search_bookmarks", json!({"query": "rust"})),
            call("c5", "one__search_bookmarks", json!({"query": 7})),
        ]),
        says("Found."),
    ]);
    let place = place(&provider);
    with(&place, "[chat]\ndiscovery_share = 0\n");
    place.file("cfg/policy.toml", "[[rules]]\nserver = \"two\"\ntool = \"search_bookmarks\"\nverdict = \"deny\"\n");
    let ran = chat(&place, &["-p", "go", "--json", "--approve", "all"]).exits(6);
    let events = events(&ran);
    let start = &of_type(&events, "start")[0];
    assert_eq!(
        (&start["tools"], &start["discovery"]["tools"], &start["discovery"]["counted"]),
        (&json!(14), &json!(14), &json!(false))
    );
    assert!(of_type(&events, "note")[0]["text"].as_str().unwrap().contains("searches for tools"), "{ran:?}");
    let requests = provider.asked();
    assert_eq!(requests[0]["tools"].as_array().unwrap().len(), 3);
    let found = &told(&requests[1])[0].1;
    assert!(found.contains("one__search_bookmarks") && found.contains("two__search_bookmarks"), "{found}");
    assert!(told(&requests[2])[1].1.contains("\"query\""), "the schema");
    // The call is shown as what it is.
    let call = of_type(&events, "call")[2];
    assert_eq!(
        (&call["server"], &call["tool"], &call["via"]),
        (&json!("one"), &json!("search_bookmarks"), &json!("call_tool"))
    );
    assert_eq!(call["arguments"], json!({"query": "rust"}));
    let last: Vec<String> = told(&requests[3]).into_iter().skip(2).map(|(_, text)| text).collect();
    assert!(last[0].contains("Rust") && last[1].contains("denied") && last[2].contains("do not fit"), "{last:?}");
    // So it stands in the record of decisions.
    let shown = place.run(&["--config-dir", "cfg", "journal", "show", "last", "--json"]).exits(0);
    let rulings: Vec<Value> =
        shown.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["ruling"].clone()).collect();
    let mut decided: Vec<(String, bool)> = rulings
        .iter()
        .filter(|ruling| ruling.is_object())
        .map(|ruling| (format!("{}/{}", ruling["server"], ruling["tool"]), ruling["allowed"] == true))
        .collect();
    decided.sort();
    let tool = |server: &str| format!("{:?}/{:?}", server, "search_bookmarks");
    assert_eq!(decided, [(tool("one"), true), (tool("two"), false)]);
}

#[test]
fn the_provider_counts_the_tools_and_the_models_list_says_what_fits() {
    for (counted, searches) in [(1_000, false), (9_000, true)] {
        // The two are asked at once: whichever comes first gets the first answer, so both are in both.
        let both = json!({"data": [{"id": "m", "max_input_tokens": 40_000}], "input_tokens": counted}).to_string();
        let both = || head("200 OK", "application/json", &both);
        let provider = Provider::start(vec![both(), both(), messages_say("Ok.")]);
        let place = place(&provider);
        let config =
            std::fs::read_to_string(place.path("cfg/config.toml")).unwrap().replace("openai-chat", "anthropic");
        place.file("cfg/config.toml", &format!("{config}\n[chat]\ndiscovery_share = 3\n"));
        let ran = chat(&place, &["-p", "go", "--json", "--model", "fake/m"]).exits(0);
        let requests = provider.asked();
        let last = requests.last().unwrap();
        assert_eq!(last["tools"].as_array().unwrap().len() == 3, searches, "{ran:?}");
        let counting = requests.iter().find(|request| request["tools"].is_array()).unwrap();
        assert_eq!((counting["tools"].as_array().unwrap().len(), &counting["stream"]), (14, &Value::Null));
        let notes: String = of_type(&events(&ran), "note").iter().map(|note| note["text"].to_string()).collect();
        assert_eq!(notes.contains("9000 tokens (counted by the provider), 22 %"), searches, "{notes}");
    }
}

#[test]
fn costs_are_told_where_there_are_prices_and_tokens_always() {
    let provider = Provider::start(vec![messages_say("One."), messages_say("Two.")]);
    let place = place(&provider);
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap().replace("openai-chat", "anthropic");
    place.file("cfg/config.toml", &config);
    let ran = chat(&place, &["-p", "go", "--json", "-s", "one"]).exits(0);
    let all = events(&ran);
    let usage = of_type(&all, "usage")[0];
    assert_eq!(
        (&usage["model"], &usage["usage"]["input"], &usage["cost"]),
        (&json!("fake/m"), &json!(1_000), &Value::Null)
    );
    with(&place, "[pricing.\"fake/m\"]\ninput = 10\ncached = 1\noutput = 100\n");
    let ran = chat(&place, &["-p", "go", "--json", "-s", "one", "--resume", "last"]).exits(0);
    let all = events(&ran);
    // 100 plain, 900 cached, 50 out.
    let cost = json!({"amount": 0.0069, "currency": "$", "partial": false});
    assert_eq!(of_type(&all, "usage")[0]["cost"], cost);
    assert_eq!(all.last().unwrap()["cost"]["amount"], json!(0.0138), "with what came before: {ran:?}");
}

#[test]
fn a_key_alone_names_no_model_and_what_to_write_is_told() {
    let list = json!({"data": (0..12).map(|n| json!({"id": format!("m{n}")})).collect::<Vec<_>>()});
    let provider = Provider::start(vec![head("200 OK", "application/json", &list.to_string())]);
    let place = place(&provider);
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap().replace("model = \"m\"\n", "");
    place.file("cfg/config.toml", &config);
    let ran = chat(&place, &["-p", "go", "-s", "one"]).exits(2);
    for part in ["fake has m0, m1", "and 4 more", "--model fake/m0", "[chat] model = \"fake/m0\""] {
        assert!(ran.err.contains(part), "{part}: {ran:?}");
    }
    // A provider that does not answer is told too, and so is the way on.
    let ran = chat(&place, &["-p", "go", "-s", "one"]).exits(2);
    assert!(ran.err.contains("no model is chosen, and fake: ") && ran.err.contains("--model fake/MODEL"), "{ran:?}");
}

#[test]
fn a_key_that_a_program_prints_is_in_no_record() {
    let provider = Provider::start(vec![
        calls(&[("c1", "one__search_bookmarks", json!({"query": format!("is {KEY} here")}))]),
        says(&format!("Your key is {KEY}.")),
    ]);
    let place = place(&provider);
    let config = std::fs::read_to_string(place.path("cfg/config.toml")).unwrap();
    let config = config.replace("api_key_env = \"FAKE_KEY\"", &format!("api_key_command = [\"printf\", \"{KEY}\"]"));
    place.file("cfg/config.toml", &config);
    chat(&place, &["-p", "go", "-s", "one", "--approve", "all"]).exits(0);
    let mut looked = 0;
    let mut dirs = vec![place.path("cfg/data"), place.path("cfg/state")];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                dirs.push(entry.path());
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
                assert!(!text.contains(KEY), "{}", entry.path().display());
                looked += usize::from(text.contains("[redacted]"));
            }
        }
    }
    assert_eq!(looked, 2, "the journal and the conversation both held its place");
}

/// A provider that sends a head and then this, over and over, until it is cut off; how much of it went out.
fn pouring(head: &'static str, more: String, most: usize) -> (String, std::thread::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let poured = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        super::chat::request(&mut socket);
        let start = format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{head}");
        socket.write_all(start.as_bytes()).unwrap();
        let block = more.repeat(65_536 / more.len() + 1);
        let mut sent = 0;
        while sent < most && socket.write_all(block.as_bytes()).is_ok() {
            sent += block.len();
        }
        sent
    });
    (url, poured)
}

#[test]
fn a_hundred_megabytes_are_cut_off_early_and_the_conversation_stays() {
    const MOST: usize = 100 * 1024 * 1024;
    let said = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Half an answer\"}}]}\n\n";
    let long = "x".repeat(8_192);
    let delta = format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{long}\"}}}}]}}\n\n");
    // One endless event, and events without end.
    for (more, told) in [("x".to_owned(), "over the limit"), (delta, "no model writes as much")] {
        let (url, poured) = pouring(said, more, MOST);
        let place = place(&Provider { url, asked: std::sync::Arc::default() });
        let ran = chat(&place, &["-p", "go", "-s", "one"]).exits(1).complains(told);
        assert!(ran.out.starts_with("Half an answer"), "{}", &ran.out[..ran.out.len().min(200)]);
        let sent = poured.join().unwrap();
        assert!(sent < MOST, "it was cut off, not swallowed: {sent}");
        chat(&place, &["--show", "last"]).exits(0).prints("Half an answer");
    }
}
