//! Scripts for both eras, played over both transports; and what the client wrote, read back from the journal.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::io::BufRead;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Stdio};

use mcp_tui::model::id::ServerId;
use mcp_tui::model::record::Record;
use mcp_tui::model::server::{HttpKind, Launch, ServerSpec};
use mcp_tui::model::wire::Direction;
use serde_json::{Value, json};

use super::support::{Run, scripted_server};

/// Over what a scripted server speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Over {
    Stdio,
    Http,
    /// The old HTTP+SSE: legacy only.
    Sse,
}

/// Both transports of the modern era.
pub(crate) const BOTH: [Over; 2] = [Over::Stdio, Over::Http];
/// The transports of the legacy era.
pub(crate) const LEGACY: [Over; 3] = [Over::Stdio, Over::Http, Over::Sse];
/// Each era over each of its transports; `true` is the modern one.
pub(crate) const WAYS: [(bool, Over); 5] =
    [(true, Over::Stdio), (true, Over::Http), (false, Over::Stdio), (false, Over::Http), (false, Over::Sse)];

pub(crate) const END: &str = "{\"until_eof\":true}\n";

/// A line of a script that sends this frame; `${id}` in it is the last request's.
pub(crate) fn send(frame: &Value) -> String {
    let text = frame.to_string().replace("\"${id}\"", "${id}");
    format!("{}\n", json!({ "send": text }))
}

pub(crate) fn answer(result: &Value) -> String {
    send(&json!({"jsonrpc": "2.0", "id": "${id}", "result": result}))
}

/// Refuses the last request; over HTTP with the status that goes with it.
pub(crate) fn refuse(code: i64, data: &Value) -> String {
    let error = json!({"jsonrpc": "2.0", "id": "${id}", "error": {"code": code, "message": "no", "data": data}});
    let text = error.to_string().replace("\"${id}\"", "${id}");
    format!("{}\n", json!({ "send": text, "status": 400 }))
}

pub(crate) fn expect(method: &str) -> String {
    format!("{}\n", json!({ "expect": method }))
}

/// A notification.
pub(crate) fn told(method: &str, params: &Value) -> String {
    send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
}

/// A request of the server (legacy).
pub(crate) fn asks(id: &Value, method: &str, params: &Value) -> String {
    send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

/// Discovered as modern, with these capabilities.
pub(crate) fn modern(capabilities: &Value) -> String {
    let discovered =
        json!({"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": capabilities});
    format!("{}{}", expect("server/discover"), answer(&discovered))
}

/// A legacy handshake with these capabilities.
pub(crate) fn legacy(capabilities: &Value) -> String {
    format!("{}\n", json!({"handshake": "2025-11-25", "capabilities": capabilities}))
}

/// Discovered, or shaken hands with.
pub(crate) fn begin(modern_era: bool, capabilities: &Value) -> String {
    if modern_era { modern(capabilities) } else { legacy(capabilities) }
}

/// Waits for the answer to a request of the server.
pub(crate) fn answered(id: &Value) -> String {
    format!("{}\n", json!({ "answered": id }))
}

/// A result that asks for input.
pub(crate) fn input_required(requests: &Value, state: Option<&str>) -> String {
    let mut result = json!({"resultType": "input_required", "inputRequests": requests});
    if let Some(state) = state {
        result["requestState"] = state.into();
    }
    answer(&result)
}

/// A run, and the servers over HTTP that it talks to.
pub(crate) struct Stage {
    run: Run,
    served: Servers,
}

struct Servers(Vec<Child>);

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.0 {
            server.kill().ok();
            server.wait().ok();
        }
    }
}

impl Deref for Stage {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Run {
        &mut self.run
    }
}

impl Stage {
    pub(crate) fn new(auto_list: bool) -> Stage {
        Stage { run: Run::new(auto_list), served: Servers(vec![]) }
    }

    /// A server that follows this script.
    pub(crate) fn spec(&mut self, over: Over, script: &[String]) -> ServerSpec {
        let name = format!("s{}", self.run.runtime.state().sessions.len());
        let mut spec = self.run.script(&name, &(script.concat() + END));
        spec.name = "s".into();
        let speaks = match over {
            Over::Stdio => None,
            Over::Http => Some(("--http", HttpKind::Streamable)),
            Over::Sse => Some(("--sse", HttpKind::Sse)),
        };
        if let Some((option, kind)) = speaks {
            let path = self.run.dir.path().join(format!("{name}.script"));
            let mut server = Command::new(scripted_server());
            server.arg(path).arg(option).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut server = server.spawn().unwrap();
            let mut url = String::new();
            std::io::BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
            self.served.0.push(server);
            spec.launch = Launch::Http { url: url.trim().into(), headers: vec![], kind };
        }
        spec
    }

    /// A server that follows this script, connected.
    pub(crate) async fn server(&mut self, over: Over, script: &[String]) -> ServerId {
        let spec = self.spec(over, script);
        self.run.ready(spec).await
    }

    /// Ends the run; what is in its journal.
    pub(crate) fn wire(self) -> std::pin::Pin<Box<dyn Future<Output = Wire>>> {
        // A run is large: callers need not hold it twice.
        Box::pin(async move { Wire(self.run.finish().await) })
    }

    /// Ends the run; its journal as it is on the disk.
    pub(crate) async fn journal(self) -> String {
        let path = self.run.dir.path().join("journal.jsonl");
        self.run.runtime.shutdown().await;
        std::fs::read_to_string(path).unwrap()
    }
}

/// A journal read back.
pub(crate) struct Wire(pub(crate) Vec<Record>);

impl Wire {
    /// What the client wrote, in order.
    pub(crate) fn sent(&self) -> Vec<Value> {
        let ours = self.0.iter().filter(|record| record.direction == Direction::Send && record.kind.is_rpc());
        ours.map(|record| serde_json::from_str(&record.text()).unwrap()).collect()
    }

    /// What it wrote with this method.
    pub(crate) fn with(&self, method: &str) -> Vec<Value> {
        self.sent().into_iter().filter(|frame| frame["method"] == method).collect()
    }

    /// The bytes of what it wrote with this method.
    pub(crate) fn bytes(&self, method: &str) -> Vec<String> {
        let method = format!("\"method\":\"{method}\"");
        let ours = self.0.iter().filter(|record| record.direction == Direction::Send);
        ours.map(|record| record.text().into_owned()).filter(|text| text.contains(&method)).collect()
    }

    /// Its answer to the request of the server with this id.
    pub(crate) fn answer(&self, id: &Value) -> Option<Value> {
        self.sent().into_iter().find(|frame| frame.get("method").is_none() && frame["id"] == *id)
    }

    /// The bytes of its answer to that request.
    pub(crate) fn answer_bytes(&self, id: &Value) -> Option<String> {
        let head = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},");
        let ours = self.0.iter().filter(|record| record.direction == Direction::Send && record.kind.is_rpc());
        ours.map(|record| record.text().into_owned())
            .find(|text| text.starts_with(&head) && !text.contains("\"method\""))
    }

    /// The methods of what it wrote.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.sent().iter().map(|frame| frame["method"].as_str().unwrap_or("(answer)").to_owned()).collect()
    }

    /// A header of each POST of this method, over HTTP.
    pub(crate) fn header(&self, method: &str, name: &str) -> Vec<Option<String>> {
        let posts = self.0.iter().filter_map(|record| {
            let head = record.http.as_ref().filter(|head| head.method.is_some())?;
            let one = |name: &str| head.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            let frame = self.0.iter().find(|frame| {
                frame.exchange == record.exchange && frame.direction == Direction::Send && frame.kind.is_rpc()
            })?;
            let text = frame.text();
            text.contains(&format!("\"method\":\"{method}\"")).then(|| one(name).map(|(_, value)| value.clone()))
        });
        posts.collect()
    }

    /// The client's remarks.
    pub(crate) fn notes(&self) -> String {
        self.0.iter().filter_map(|record| record.note.as_deref()).collect::<Vec<_>>().join("\n")
    }
}
