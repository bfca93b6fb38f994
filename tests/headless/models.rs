//! `models`: which providers there are without config, what they list, and how failures are told.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use super::place::Place;

/// Answers one request with this body and gives what was asked.
fn serve(status: &'static str, body: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let mut part = [0; 4_096];
        while !heard.ends_with(b"\r\n\r\n") {
            let read = socket.read(&mut part).unwrap();
            heard.extend_from_slice(&part[..read]);
        }
        let length = body.len();
        write!(socket, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        String::from_utf8(heard).unwrap()
    });
    (url, served)
}

#[test]
fn without_any_config_there_is_the_demo_model() {
    let place = Place::new();
    place
        .run(&["models"])
        .exits(0)
        .prints("demo/demo  Demo, built in, offline: a few fixed rules, no language model\n");
    let document = place.run(&["models", "--json"]).exits(0).json();
    assert_eq!(document["providers"].as_array().unwrap().len(), 1);
    assert_eq!(document["providers"][0]["models"][0]["id"], "demo");
}

#[test]
fn a_provider_lists_and_its_key_is_shown_nowhere() {
    let place = Place::new();
    let (url, served) = serve("200 OK", r#"{"data":[{"id":"llama","max_model_len":8192}]}"#);
    let config = format!(
        "[providers.local]\nkind = \"openai-chat\"\nbase_url = \"{url}/v1\"\napi_key_command = [\"printf\", \"sk-canary\"]"
    );
    place.file(".config/mcp-tui/config.toml", &config);
    let ran = place.run(&["models", "--json"]).exits(0);
    assert!(!format!("{ran:?}").contains("canary"));
    let local = json!({"name":"local","kind":"openai-chat","models":[{"id":"llama","context":8192}]});
    assert_eq!(ran.json()["providers"][0], local);
    let heard = served.join().unwrap();
    assert!(heard.starts_with("GET /v1/models ") && heard.contains("authorization: Bearer sk-canary"), "{heard}");
    let shown = place.run(&["config", "show", "--json"]).exits(0).json();
    assert_eq!(shown["providers"][0]["kind"], "openai-chat");
}

#[test]
fn a_provider_that_fails_is_told_and_hides_no_other() {
    let place = Place::new();
    let (url, served) =
        serve("401 Unauthorized", r#"{"type":"error","error":{"type":"authentication_error","message":"no"}}"#);
    let config = format!(
        "[providers.bad]\nkind = \"anthropic\"\nbase_url = \"{url}\"\n[providers.keyless]\nkind = \"openai\"\n"
    );
    place.file(".config/mcp-tui/config.toml", &config);
    let ran = place.run(&["models", "--json"]).exits(3);
    served.join().unwrap();
    let document = ran.json();
    let kinds: Vec<_> =
        document["providers"].as_array().unwrap().iter().map(|one| one["error"]["kind"].clone()).collect();
    assert_eq!(kinds, [json!("unauthorized"), json!("config"), json!(null)]);
    assert_eq!(ran.error()["kind"], "unauthorized");
    place.run(&["config", "check"]).exits(0).complains("OPENAI_API_KEY");
}
