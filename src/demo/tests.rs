//! The server as a client sees it: raw JSON lines through a pipe in memory, in both eras.
//!
//! No test sleeps: each waits for the line it needs, and fails if that does not come in time.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;

use super::*;

mod features;
mod http;
mod lifecycle;
mod tools;

/// Far more than anything here takes, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A pause no test waits for.
const LONG: Duration = Duration::from_mins(10);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Era {
    Legacy,
    Modern,
}

/// The other end of a server.
struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    write: WriteHalf<DuplexStream>,
    server: JoinHandle<anyhow::Result<()>>,
    shared: Arc<Shared>,
    /// What came while something else was waited for, in order.
    seen: Vec<Value>,
    next_id: u64,
    /// `_meta` of every request, in the modern era.
    meta: Option<Value>,
}

impl Client {
    /// A server with an import that takes no time, and nothing said yet.
    fn silent() -> Self {
        Self::with_pause(Duration::ZERO)
    }

    fn with_pause(pause: Duration) -> Self {
        let shared = Arc::new(Shared::open(Options::default(), pause).unwrap());
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (read, write) = tokio::io::split(far);
        let server = tokio::spawn(serve(Arc::clone(&shared), read, write));
        let (read, write) = tokio::io::split(near);
        let lines = BufReader::new(read).lines();
        Self { lines, write, server, shared, seen: Vec::new(), next_id: 1, meta: None }
    }

    async fn connected(era: Era, capabilities: Value) -> Self {
        Self::silent().connect(era, capabilities).await
    }

    async fn connect(mut self, era: Era, capabilities: Value) -> Self {
        match era {
            Era::Legacy => {
                let result = self
                    .result(
                        "initialize",
                        json!({
                            "protocolVersion": "2025-11-25",
                            "capabilities": capabilities,
                            "clientInfo": { "name": "test", "version": "0" }
                        }),
                    )
                    .await;
                assert_eq!(result["protocolVersion"], "2025-11-25");
                self.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
            }
            Era::Modern => {
                self.meta = Some(json!({
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": capabilities,
                    "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "0" }
                }));
            }
        }
        self
    }

    async fn send(&mut self, message: Value) {
        self.write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// Sends a request and returns its id.
    async fn ask(&mut self, method: &str, mut params: Value) -> u64 {
        if let Some(meta) = &self.meta {
            for (key, value) in meta.as_object().unwrap() {
                if params["_meta"].get(key).is_none() {
                    params["_meta"][key] = value.clone();
                }
            }
        }
        let id = self.next_id;
        self.next_id += 1;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    /// The next line for which `wanted` holds, from among those already seen first.
    async fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.seen.iter().position(&wanted) {
            return self.seen.remove(at);
        }
        let search = async {
            loop {
                let line =
                    self.lines.next_line().await.unwrap().unwrap_or_else(|| panic!("{what}: the server is gone"));
                let message: Value = serde_json::from_str(&line).unwrap();
                assert_eq!(message["jsonrpc"], "2.0");
                if wanted(&message) {
                    return message;
                }
                self.seen.push(message);
            }
        };
        let found = tokio::time::timeout(DEADLINE, search).await;
        found.unwrap_or_else(|_| panic!("{what} did not come; seen: {:#?}", self.seen))
    }

    async fn answer(&mut self, id: u64) -> Value {
        self.wait(&format!("the answer to {id}"), |message| message["id"] == id && message.get("method").is_none())
            .await
    }

    async fn notification(&mut self, method: &str) -> Value {
        self.wait(method, |message| message["method"] == method).await["params"].take()
    }

    async fn result(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        let mut answer = self.answer(id).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    async fn error(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        let mut answer = self.answer(id).await;
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        answer["error"].take()
    }

    /// The result of a tool that has to succeed, checked against what the tool promised.
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.result("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        check(tool, &result);
        result
    }

    /// The text with which a tool has to fail.
    async fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.result("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Ends the input and waits until the server has ended too; returns what it still said.
    async fn close(mut self) -> Vec<Value> {
        // Dropping one half of a pipe does not close it.
        self.write.shutdown().await.unwrap();
        let rest = async {
            let mut rest = std::mem::take(&mut self.seen);
            while let Some(line) = self.lines.next_line().await.unwrap() {
                rest.push(serde_json::from_str(&line).unwrap());
            }
            self.server.await.unwrap().unwrap();
            rest
        };
        // Less than what `rmcp` gives to handlers that do not notice the end of input.
        tokio::time::timeout(Duration::from_secs(4), rest).await.expect("the server ends with its input")
    }
}

/// A successful result has a text, and content as the output schema says.
fn check(tool: &str, result: &Value) {
    assert_ne!(result["isError"], true, "{tool}: {result}");
    assert!(!result["content"][0]["text"].as_str().unwrap().is_empty());
    let schema = super::tools::list().iter().find(|known| known.name == tool).unwrap().output_schema.clone().unwrap();
    let schema = Value::Object(schema.as_ref().clone());
    if let Err(problem) = jsonschema::validate(&schema, &result["structuredContent"]) {
        panic!("{tool}: {problem}: {result}");
    }
}

/// Every item of a list, page by page, and how many pages there were.
async fn all_pages(client: &mut Client, method: &str, field: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut cursor) = (Vec::new(), 0, Value::Null);
    loop {
        let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
        let mut page = client.result(method, params).await;
        items.extend(page[field].as_array().unwrap().iter().cloned());
        pages += 1;
        match page.get_mut("nextCursor") {
            Some(next) => cursor = next.take(),
            None => return (items, pages),
        }
    }
}
