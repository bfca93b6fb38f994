//! A provider of models that plays bytes: Chat Completions, one answer for each request.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// A provider that gives these answers, one for each request, and remembers what it was asked.
pub(crate) struct Provider {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Value>>>,
}

impl Provider {
    /// Each answer is the whole HTTP response.
    pub(crate) fn start(answers: Vec<String>) -> Provider {
        Provider::play(answers, false)
    }

    /// The same, but no connection is closed: what has no end never ends.
    pub(crate) fn silent(answers: Vec<String>) -> Provider {
        Provider::play(answers, true)
    }

    fn play(answers: Vec<String>, holds: bool) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for answer in answers {
                let Ok((mut socket, _)) = listener.accept() else { return };
                let body = request(&mut socket);
                heard.lock().unwrap().push(serde_json::from_str(&body).unwrap_or(Value::Null));
                socket.write_all(answer.as_bytes()).ok();
                held.extend(holds.then_some(socket));
            }
        });
        Provider { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

pub(crate) fn request(socket: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    loop {
        let read = socket.read(&mut part).unwrap_or(0);
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return body.to_owned();
            }
        }
        if read == 0 {
            return String::new();
        }
    }
}

/// One event of a stream.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// An event stream of Chat Completions: these deltas, then this end.
pub(crate) fn stream(deltas: &[Value], finish: &str) -> String {
    let mut body = String::new();
    for delta in deltas {
        body += &event(&json!({"id": "x", "model": "m", "choices": [{"index": 0, "delta": delta}]}));
    }
    body += &event(&json!({"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}));
    body.push_str(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n",
    );
    head("200 OK", "text/event-stream", &body)
}

pub(crate) fn head(status: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

pub(crate) fn says(text: &str) -> String {
    stream(&[json!({"content": text})], "stop")
}

/// The model asks for these calls at once: id, name, arguments.
pub(crate) fn calls(calls: &[(&str, &str, Value)]) -> String {
    let list: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(index, (id, name, arguments))| {
            json!({"index": index, "id": id, "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}})
        })
        .collect();
    stream(&[json!({"tool_calls": list})], "tool_calls")
}

/// A turn over two demo servers, `one` and `two`: four calls at once that between them need approval, a form and a message of the model.
pub(crate) fn every_question() -> Vec<String> {
    let asked = calls(&[
        ("c1", "one__search_bookmarks", json!({"query": "rust"})),
        ("c2", "two__list_bookmarks", json!({})),
        ("c3", "two__delete_bookmark", json!({"id": 1})),
        ("c4", "one__suggest_tags", json!({"id": 1})),
    ]);
    vec![asked, says("alpha, beta"), says("All done.")]
}
