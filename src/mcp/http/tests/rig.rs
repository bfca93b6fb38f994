//! A server on the loopback that answers scripted bytes and tells what it heard; a transport with a journal before it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::super::HttpTransport;
use crate::app::Event;
use crate::journal::{Journal, JournalReader, Redactor, Tap};
use crate::mcp::transport::{HttpFailure, Inbound, Outgoing};
use crate::model::id::ServerId;
use crate::model::record::Record;
use crate::model::server::{Limits, Timeouts};

/// Longer than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A request as the server heard it.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// From 0, over all connections.
    pub(super) number: usize,
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Heard {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The id of the request in the body.
    pub(super) fn id(&self) -> String {
        serde_json::from_str::<serde_json::Value>(&self.body).unwrap()["id"].to_string()
    }
}

/// What the server does next; after the last step it closes the connection.
#[derive(Clone)]
pub(super) enum Step {
    /// Writes these bytes.
    Say(Vec<u8>),
    /// Waits for the test.
    Wait(Arc<Notify>),
    /// Waits until the client closes the connection, and tells.
    UntilClosed,
}

pub(super) fn say(text: impl Into<Vec<u8>>) -> Step {
    Step::Say(text.into())
}

/// A whole response.
pub(super) fn reply(status: &str, headers: &str, body: &str) -> Vec<Step> {
    vec![say(format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))]
}

pub(super) fn json(body: &str) -> Vec<Step> {
    reply("200 OK", "Content-Type: application/json\r\n", body)
}

pub(super) fn accepted() -> Vec<Step> {
    reply("202 Accepted", "", "")
}

/// The result to the request heard.
pub(super) fn result(heard: &Heard) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{}}}}"#, heard.id())
}

/// The head of an event stream that ends with the connection.
pub(super) const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

pub(super) fn stream(body: &str) -> Vec<Step> {
    vec![say(STREAM), say(body)]
}

pub(super) struct Server {
    pub(super) addr: SocketAddr,
    heard: mpsc::UnboundedReceiver<Heard>,
    closed: mpsc::UnboundedReceiver<usize>,
    /// Ends with this value: then nothing listens any more.
    tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(script: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (hear, heard) = mpsc::unbounded_channel();
        let (close, closed) = mpsc::unbounded_channel();
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let script = Arc::new(script);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (script, hear, close, count) = (script.clone(), hear.clone(), close.clone(), count.clone());
                connections.spawn(async move {
                    serve(
                        socket,
                        |mut heard| {
                            heard.number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                            hear.send(heard.clone()).ok();
                            (heard.number, script(&heard))
                        },
                        &close,
                    )
                    .await;
                });
            }
        });
        Server { addr, heard, closed, tasks }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/mcp", self.addr)
    }

    /// The next request.
    pub(super) async fn heard(&mut self) -> Heard {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.unwrap().unwrap()
    }

    /// Nothing more was heard so far.
    pub(super) fn heard_nothing(&mut self) -> bool {
        self.heard.try_recv().is_err()
    }

    /// The number of the next request whose connection the client closed.
    pub(super) async fn closed(&mut self) -> usize {
        tokio::time::timeout(PATIENCE, self.closed.recv()).await.unwrap().unwrap()
    }

    /// Dies: connections break, nothing listens.
    pub(super) async fn kill(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn serve(
    mut socket: TcpStream,
    script: impl FnOnce(Heard) -> (usize, Vec<Step>),
    close: &mpsc::UnboundedSender<usize>,
) {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    let head_end = loop {
        if let Some(at) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            break at + 4;
        }
        match socket.read(&mut part).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&part[..read]),
            _ => return,
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut heard = Heard {
        number: 0,
        method: first.next().unwrap().into(),
        path: first.next().unwrap().into(),
        headers,
        body: String::new(),
    };
    let length: usize = heard.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head_end + length {
        let read = socket.read(&mut part).await.unwrap();
        assert!(read > 0, "the client closed inside its request");
        bytes.extend_from_slice(&part[..read]);
    }
    heard.body = String::from_utf8(bytes[head_end..].to_vec()).unwrap();
    let (number, steps) = script(heard);
    for step in steps {
        match step {
            Step::Say(bytes) => {
                // The client may be gone by now.
                if socket.write_all(&bytes).await.is_err() {
                    break;
                }
                socket.flush().await.ok();
                // Lets the client read before more comes.
                tokio::task::yield_now().await;
            }
            Step::Wait(notify) => notify.notified().await,
            Step::UntilClosed => {
                while matches!(socket.read(&mut part).await, Ok(read) if read > 0) {}
                close.send(number).ok();
            }
        }
    }
}

/// A journal in memory, and what comes up.
pub(super) struct Desk {
    journal: Journal,
    reader: JournalReader,
    events: mpsc::Receiver<Event>,
    pub(super) tap: Tap,
    pub(super) inbound: mpsc::Sender<Inbound>,
    up: mpsc::Receiver<Inbound>,
}

impl Desk {
    pub(super) fn new() -> Desk {
        let (send, events) = mpsc::channel(4_096);
        let (journal, reader) = Journal::start(None, send).unwrap();
        let tap = journal.tap(ServerId(0), "test", Redactor::new(["canary-secret"]));
        let (inbound, up) = mpsc::channel(crate::mcp::transport::INBOUND);
        Desk { journal, reader, events, tap, inbound, up }
    }

    pub(super) async fn up(&mut self) -> Inbound {
        tokio::time::timeout(PATIENCE, self.up.recv()).await.expect("something comes up").unwrap()
    }

    /// The texts of the next frames, and the request they are for.
    pub(super) async fn frames(&mut self) -> (Option<u64>, Vec<String>) {
        match self.up().await {
            Inbound::Frames { origin, bytes, frames } => {
                let text = |frame: &crate::journal::Frame| String::from_utf8_lossy(frame.of(&bytes)).into_owned();
                (origin, frames.iter().map(text).collect())
            }
            other => panic!("frames, not {other:?}"),
        }
    }

    pub(super) async fn failed(&mut self) -> (Option<u64>, HttpFailure) {
        match self.up().await {
            Inbound::Failed { request, failure } => (request, failure),
            other => panic!("a failure, not {other:?}"),
        }
    }

    pub(super) async fn lost(&mut self) -> String {
        match self.up().await {
            Inbound::Lost(why) => why,
            other => panic!("a loss, not {other:?}"),
        }
    }

    /// Nothing more came up so far.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.up.try_recv().is_err()
    }

    /// Everything in the journal so far that was not read yet.
    pub(super) async fn records(&mut self) -> Vec<Record> {
        self.journal.sync().await.unwrap();
        let mut records = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Wire(batch) = event {
                records.extend(batch.entries.iter().map(|entry| self.reader.whole(entry.offset, entry.len).unwrap()));
            }
        }
        records
    }

    /// The remarks in the journal.
    pub(super) async fn notes(&mut self) -> Vec<String> {
        self.records().await.into_iter().filter_map(|record| record.note).collect()
    }
}

/// A transport before a scripted server.
pub(super) struct Rig {
    pub(super) server: Server,
    pub(super) desk: Desk,
    pub(super) http: HttpTransport,
}

impl Rig {
    pub(super) async fn new(script: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static) -> Rig {
        Rig::limited(Limits::default(), script).await
    }

    pub(super) async fn limited(limits: Limits, script: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static) -> Rig {
        let server = Server::start(script).await;
        let desk = Desk::new();
        let headers = [("Authorization".to_owned(), "Bearer canary-secret".to_owned())];
        let (tap, inbound) = (desk.tap.clone(), desk.inbound.clone());
        let http = HttpTransport::new(&server.url(), &headers, limits, Timeouts::default(), tap, inbound).unwrap();
        Rig { server, desk, http }
    }

    /// Sends a request with this id.
    pub(super) fn request(&mut self, id: u64, method: &str, params: &str) {
        self.http.send(request(id, method, params));
    }

    pub(super) fn notify(&mut self, method: &str) {
        self.http.send(notification(method));
    }

    /// The legacy handshake with a session id, as far as the transport knows.
    pub(super) async fn initialize(&mut self) {
        self.request(0, "initialize", "{}");
        assert_eq!(self.server.heard().await.method, "POST");
        self.desk.frames().await;
        self.http.set_revision(Some("2025-06-18"));
    }
}

pub(super) fn request(id: u64, method: &str, params: &str) -> Outgoing {
    let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#);
    Outgoing::new(Bytes::from(text), Some(id))
}

pub(super) fn notification(method: &str) -> Outgoing {
    Outgoing::new(Bytes::from(format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#)), None)
}

/// Answers `initialize` with a session id, and leaves the rest to `script`.
pub(super) fn in_session(
    script: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static,
) -> impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static {
    move |heard| {
        if heard.body.contains("\"initialize\"") {
            return reply("200 OK", "Content-Type: application/json\r\nMcp-Session-Id: s-1\r\n", &result(heard));
        }
        script(heard)
    }
}
