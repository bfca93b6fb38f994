//! The whole engine over HTTP: an actor against a server of scripted bytes, in both eras.

use tokio::sync::mpsc;

use super::rig::{Heard, Server, Step, json, reply};
use crate::app::{Event, SessionEvent};
use crate::journal::{Journal, JournalReader, Redactor};
use crate::mcp::actor::{SessionHandle, spawn};
use crate::mcp::era::EraMemory;
use crate::model::call::{Failure, ListKind, Operation};
use crate::model::id::{CallId, ServerId};
use crate::model::json::RawJson;
use crate::model::question::{Answer, QuestionBody};
use crate::model::server::{HttpKind, Launch, ServerSpec};
use crate::model::session::Item;

struct Engine {
    server: Server,
    handle: SessionHandle,
    journal: Journal,
    reader: JournalReader,
    events: mpsc::Receiver<Event>,
    calls: u64,
    /// The newest list.
    items: Vec<Item>,
    notes: Vec<String>,
}

impl Engine {
    async fn new(revision: &str, script: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static) -> Engine {
        let server = Server::start(script).await;
        let launch = Launch::Http { url: server.url(), headers: vec![], kind: HttpKind::Streamable };
        let mut spec = ServerSpec::new("s", launch);
        spec.protocol = crate::model::server::ProtocolChoice::Pinned(revision.into());
        let (send, events) = mpsc::channel(4_096);
        let (journal, reader) = Journal::start(None, send.clone()).unwrap();
        let tap = journal.tap(ServerId(0), "s", Redactor::new([]));
        let handle = spawn(ServerId(0), spec, tap, send, EraMemory::open(None));
        let mut engine = Engine { server, handle, journal, reader, events, calls: 0, items: vec![], notes: vec![] };
        while !matches!(engine.next().await, SessionEvent::Connected(_)) {}
        engine
    }

    /// The next event of the session.
    async fn next(&mut self) -> SessionEvent {
        loop {
            let event = tokio::time::timeout(super::rig::PATIENCE, self.events.recv()).await.unwrap().unwrap();
            match event {
                Event::Session { event: SessionEvent::Down { reason, .. }, .. } => panic!("down: {reason}"),
                Event::Session { event, .. } => return event,
                Event::Wire(batch) => self.keep(&batch),
                _ => {}
            }
        }
    }

    fn keep(&mut self, batch: &crate::model::wire::WireBatch) {
        let records = batch.entries.iter().filter_map(|entry| self.reader.whole(entry.offset, entry.len));
        self.notes.extend(records.filter_map(|record| record.note));
    }

    /// Runs an operation to its end; questions are answered with `answer`.
    async fn run(&mut self, operation: Operation, answer: &Answer) -> (Result<RawJson, Failure>, Vec<QuestionBody>) {
        self.calls += 1;
        self.handle.run(CallId(self.calls), operation);
        let mut asked = Vec::new();
        loop {
            match self.next().await {
                SessionEvent::Finished { outcome, .. } => return (outcome, asked),
                SessionEvent::Listed { items, .. } => self.items = items,
                SessionEvent::Asked(question) => {
                    self.handle.answer(question.id.number, answer.clone());
                    asked.push(question.body);
                }
                _ => {}
            }
        }
    }

    async fn call(&mut self, arguments: &str) -> Result<RawJson, Failure> {
        let arguments = RawJson::parse(arguments.to_owned()).unwrap();
        self.run(Operation::CallTool { name: "t".into(), arguments }, &Answer::Cancel).await.0
    }

    /// The next request with this method.
    async fn heard(&mut self, method: &str) -> Heard {
        loop {
            let heard = self.server.heard().await;
            if heard.body.contains(&format!("\"method\":\"{method}\"")) {
                return heard;
            }
        }
    }

    async fn notes(&mut self) -> String {
        self.journal.sync().await.unwrap();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Wire(batch) = event {
                self.keep(&batch);
            }
        }
        self.notes.join("\n")
    }
}

fn answer(heard: &Heard, result: &str) -> Vec<Step> {
    json(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, heard.id()))
}

fn refuse(heard: &Heard, code: i64) -> Vec<Step> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":{code},"message":"mismatch"}}}}"#, heard.id());
    reply("400 Bad Request", "Content-Type: application/json\r\n", &body)
}

const DISCOVERED: &str = r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#;

/// A tool whose parameter `a` goes into this header.
fn tools(header: &str) -> String {
    format!(
        r#"{{"resultType":"complete","tools":[{{"name":"t","inputSchema":{{"type":"object","properties":{{"a":{{"type":"string","x-mcp-header":"{header}"}}}}}}}},
        {{"name":"bad","inputSchema":{{"type":"object","properties":{{"a":{{"type":"number","x-mcp-header":"N"}}}}}}}}]}}"#
    )
}

#[tokio::test]
async fn parameters_are_mirrored_and_tools_that_break_the_rules_are_bad_rows() {
    let mut engine = Engine::new("2026-07-28", |heard| match () {
        () if heard.body.contains("server/discover") => answer(heard, DISCOVERED),
        () if heard.body.contains("tools/list") => answer(heard, &tools("Region")),
        () => answer(heard, r#"{"resultType":"complete","content":[]}"#),
    })
    .await;
    engine.run(Operation::List(ListKind::Tools), &Answer::Cancel).await.0.unwrap();
    assert!(matches!(&engine.items[0], Item::Good { key, .. } if key == "t"));
    assert!(matches!(&engine.items[1], Item::Bad { problem, .. } if problem.contains("no string, integer")));
    engine.call(r#"{"a":"Zürich"}"#).await.unwrap();
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-region"), Some("=?base64?WsO8cmljaA==?="));
    engine.call(r#"{"a":null}"#).await.unwrap();
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-region"), None);
    let params = RawJson::parse(r#"{"name":"t","arguments":{"a":"x"}}"#).ok();
    engine.run(Operation::Raw { method: "tools/call".into(), params }, &Answer::Cancel).await.0.unwrap();
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-region"), Some("x"));
    assert!(engine.notes().await.contains("the tool `bad` is not used"));
}

#[tokio::test]
async fn headers_that_do_not_fit_are_looked_up_again_once() {
    // The tool changes after the first list; the server wants the new header.
    let lists = std::sync::atomic::AtomicU32::new(0);
    let mut engine = Engine::new("2026-07-28", move |heard| match () {
        () if heard.body.contains("server/discover") => answer(heard, DISCOVERED),
        () if heard.body.contains("tools/list") => {
            let first = lists.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            answer(heard, &tools(if first { "Old" } else { "New" }))
        }
        () if heard.header("mcp-param-new") == Some("x") => answer(heard, r#"{"content":[]}"#),
        () => refuse(heard, -32020),
    })
    .await;
    engine.run(Operation::List(ListKind::Tools), &Answer::Cancel).await.0.unwrap();
    engine.call(r#"{"a":"x"}"#).await.unwrap();
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-old"), Some("x"));
    engine.heard("tools/list").await;
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-old"), None);
    assert!(engine.notes().await.contains("sent again: its headers did not fit"));
    // What it wants now did not change: it is asked no third time.
    let refused = engine.call(r#"{"a":"y"}"#).await;
    assert!(matches!(refused, Err(Failure::Rpc { code: -32020, .. })), "{refused:?}");
    engine.heard("tools/call").await;
    engine.heard("tools/list").await;
    assert!(engine.server.heard_nothing());
}

#[tokio::test]
async fn the_legacy_era_mirrors_nothing_and_keeps_the_tools() {
    let mut engine = Engine::new("2025-11-25", |heard| match () {
        () if heard.method == "GET" => reply("405 Method Not Allowed", "", ""),
        () if heard.body.contains("\"initialize\"") => {
            answer(heard, r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}"#)
        }
        () if heard.body.contains("notifications/") => super::rig::accepted(),
        () if heard.body.contains("tools/list") => answer(heard, &tools("Region")),
        () => answer(heard, r#"{"content":[]}"#),
    })
    .await;
    engine.run(Operation::List(ListKind::Tools), &Answer::Cancel).await.0.unwrap();
    assert!(engine.items.iter().all(|item| item.key().is_some()));
    engine.call(r#"{"a":"x"}"#).await.unwrap();
    assert_eq!(engine.heard("tools/call").await.header("mcp-param-region"), None);
}

#[tokio::test]
async fn pages_that_a_legacy_call_needs_are_asked_and_the_call_is_not_sent_again() {
    let mut engine = Engine::new("2025-11-25", |heard| match () {
        () if heard.method == "GET" => reply("405 Method Not Allowed", "", ""),
        () if heard.body.contains("\"initialize\"") => {
            answer(heard, r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}"#)
        }
        () if heard.body.contains("notifications/") => super::rig::accepted(),
        () => json(&format!(
            r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":-32042,"message":"more is needed","data":{{"elicitations":[{{"mode":"url","elicitationId":"e1","url":"https://example.test/e1","message":"Sign in"}}]}}}}}}"#,
            heard.id()
        )),
    })
    .await;
    let call = || Operation::CallTool { name: "t".into(), arguments: RawJson::empty_object() };
    let (outcome, asked) = engine.run(call(), &Answer::Accept(RawJson::empty_object())).await;
    assert!(matches!(&asked[..], [QuestionBody::Url { url, .. }] if url == "https://example.test/e1"), "{asked:?}");
    assert!(
        matches!(&outcome, Err(Failure::Rpc { code: -32042, message, .. }) if message.contains("then send this again")),
        "{outcome:?}"
    );
    engine.heard("tools/call").await;
    assert!(engine.server.heard_nothing(), "not sent again by itself");
    let (outcome, _) = engine.run(call(), &Answer::Decline).await;
    assert!(matches!(&outcome, Err(Failure::Declined(_))), "{outcome:?}");
}
