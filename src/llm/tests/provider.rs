//! A provider against a server that plays bytes: retries, deadlines, cuts, keys, cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::llm::{Patience, Provider};
use crate::model::chat::{
    ChatRequest, Delta, Dialect, FailureKind, Image, Message, ModelRef, Part, Reply, StopReason, ToolChoice, ToolSpec,
};
use crate::model::json::RawJson;
use crate::model::provider::{Key, ProviderSpec, Secret};

/// Longer than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const CANARY: &str = "sk-canary-0123456789";

/// What the server does next; after the last step it closes the connection.
#[derive(Clone)]
pub(super) enum Step {
    /// Writes these bytes.
    Say(String),
    /// Says nothing until the client closes, and tells.
    Stall,
}

/// A server that plays one list of steps for each request, the last one again and again.
pub(super) struct Server {
    pub(super) url: String,
    heard: mpsc::UnboundedReceiver<String>,
    pub(super) closed: mpsc::UnboundedReceiver<()>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(script: Vec<Vec<Step>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (hear, heard) = mpsc::unbounded_channel();
        let (close, closed) = mpsc::unbounded_channel();
        let count = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (script, hear, close, count) = (script.clone(), hear.clone(), close.clone(), count.clone());
                connections.spawn(async move {
                    let number = count.fetch_add(1, Ordering::Relaxed);
                    let steps = script[number.min(script.len() - 1)].clone();
                    play(socket, steps, &hear, &close).await;
                });
            }
        });
        Server { url, heard, closed, _tasks: tasks }
    }

    async fn heard(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.unwrap().unwrap()
    }

    fn requests(&mut self) -> usize {
        std::iter::from_fn(|| self.heard.try_recv().ok()).count()
    }
}

async fn play(
    mut socket: TcpStream,
    steps: Vec<Step>,
    hear: &mpsc::UnboundedSender<String>,
    close: &mpsc::UnboundedSender<()>,
) {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    loop {
        let read = socket.read(&mut part).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    hear.send(String::from_utf8_lossy(&bytes).into_owned()).ok();
    for step in steps {
        match step {
            Step::Say(text) => {
                if socket.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
                socket.flush().await.ok();
                tokio::task::yield_now().await;
            }
            Step::Stall => {
                while matches!(socket.read(&mut part).await, Ok(read) if read > 0) {}
                close.send(()).ok();
            }
        }
    }
}

pub(super) fn say(text: impl Into<String>) -> Step {
    Step::Say(text.into())
}

pub(super) const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nrequest-id: req_7\r\nConnection: close\r\n\r\n";
pub(super) const HELLO: &str =
    "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
pub(super) const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

pub(super) fn hello() -> Vec<Step> {
    vec![say(STREAM), say(HELLO), say(STOP)]
}

pub(super) fn refusal(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![say(format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    ))]
}

fn patience() -> Patience {
    Patience { idle: Duration::from_millis(300), ..Patience::default() }
}

pub(super) fn provider(url: &str, dialect: Dialect) -> Provider {
    let mut spec = ProviderSpec::new("test", dialect, Key::Value(Secret::new(CANARY)));
    url.clone_into(&mut spec.base_url);
    spec.headers.push(("X-Extra".into(), Secret::new("canary-header")));
    Provider::patient(spec, patience()).unwrap()
}

pub(super) fn request() -> ChatRequest {
    ChatRequest {
        model: ModelRef { provider: "test".into(), model: "m".into() },
        system: None,
        messages: vec![Message::user("hi")],
        tools: [].into(),
        max_tokens: None,
        choice: ToolChoice::Auto,
        effort: None,
    }
}

pub(super) async fn deltas(provider: &Provider) -> Vec<Delta> {
    deltas_of(provider, &request()).await
}

async fn deltas_of(provider: &Provider, request: &ChatRequest) -> Vec<Delta> {
    let (send, mut receive) = mpsc::channel(64);
    let gather = async {
        let mut all = Vec::new();
        while let Some(delta) = receive.recv().await {
            all.push(delta);
        }
        all
    };
    let ask = async {
        let send = send;
        provider.answer(request, &send).await;
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(gather, ask).0 }).await.unwrap()
}

async fn reply(provider: &Provider) -> (Reply, Vec<String>) {
    reply_to(provider, &request()).await
}

async fn reply_to(provider: &Provider, request: &ChatRequest) -> (Reply, Vec<String>) {
    let mut reply = Reply::default();
    let mut notes = Vec::new();
    for delta in deltas_of(provider, request).await {
        assert!(!reply.is_over(), "nothing after the end");
        if let Delta::Note(note) = &delta {
            notes.push(note.clone());
        }
        reply.apply(&delta);
    }
    assert!(reply.is_over());
    (reply, notes)
}

#[tokio::test]
async fn keys_go_into_headers_and_nowhere_else() {
    for (dialect, path, key) in [
        (Dialect::Anthropic, "/v1/messages", format!("x-api-key: {CANARY}")),
        (Dialect::Responses, "/responses", format!("authorization: Bearer {CANARY}")),
        (Dialect::ChatCompletions, "/chat/completions", format!("authorization: Bearer {CANARY}")),
    ] {
        let body =
            format!(r#"{{"error":{{"type":"authentication_error","message":"bad key {CANARY} canary-header"}}}}"#);
        let mut server = Server::start(vec![refusal("401 Unauthorized", "x-request-id: r9\r\n", &body)]).await;
        let provider = provider(&server.url, dialect);
        let (reply, notes) = reply(&provider).await;
        let heard = server.heard().await;
        assert!(heard.starts_with(&format!("POST {path} ")), "{heard}");
        let (head, sent) = heard.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&key) && head.contains("x-extra: canary-header"), "{head}");
        assert!(!sent.contains("canary"));
        let failure = reply.failure.unwrap();
        assert_eq!((failure.kind, failure.status), (FailureKind::Unauthorized, Some(401)));
        assert_eq!(failure.request_id.as_deref(), Some("r9"));
        assert!(failure.message.starts_with("test: bad key [redacted] [redacted]"), "{failure}");
        assert!(!format!("{provider:?}").contains("canary"), "nor into a debug print");
        assert_eq!((server.requests(), notes), (0, vec![]), "nobody asks again with a bad key");
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_by_the_vendors_rules() {
    let limited = r#"{"error":{"type":"rate_limit_error","message":"slow down"}}"#;
    for (first, requests) in [
        (refusal("429 Too Many Requests", "retry-after: 0\r\n", limited), 2),
        (
            refusal(
                "529 Overloaded",
                "retry-after-ms: 1\r\n",
                r#"{"error":{"type":"overloaded_error","message":"x"}}"#,
            ),
            2,
        ),
        (refusal("400 Bad Request", "x-should-retry: true\r\nretry-after-ms: 1\r\n", "{}"), 2),
        (refusal("500 Oops", "x-should-retry: false\r\n", "{}"), 1),
        (refusal("429 Too Many Requests", "retry-after: 3600\r\n", limited), 1),
        (refusal("429 Too Many Requests", "", r#"{"error":{"code":"insufficient_quota","message":"x"}}"#), 1),
        (vec![], 2),
        (vec![say(STREAM)], 2),
        (vec![say(STREAM), say("data: {\"error\":{\"code\":503,\"message\":\"x\"}}\n\n")], 2),
    ] {
        let mut server = Server::start(vec![first, hello()]).await;
        let (reply, notes) = reply(&provider(&server.url, Dialect::ChatCompletions)).await;
        let ok = reply.stop == Some(StopReason::EndTurn) && reply.text() == "Hello";
        assert_eq!((ok, server.requests(), notes.len()), (requests == 2, requests, requests - 1), "{reply:?}");
    }
}

#[tokio::test]
async fn tries_end() {
    let busy = refusal("503 Busy", "retry-after-ms: 1\r\n", "busy");
    let mut server = Server::start(vec![busy]).await;
    let (reply, notes) = reply(&provider(&server.url, Dialect::ChatCompletions)).await;
    assert_eq!(reply.failure.unwrap().message, "test: HTTP 503: busy; try again later");
    assert_eq!((server.requests(), notes.len()), (3, 2));
}

#[tokio::test]
async fn nothing_is_asked_again_after_the_first_word() {
    for (end, kind) in [
        (vec![], FailureKind::Truncated),
        (vec![Step::Stall], FailureKind::TimedOut),
        (vec![say("data: {\"error\":{\"code\":503,\"message\":\"x\"}}\n\n")], FailureKind::Overloaded),
        (vec![say("data: {\"choi")], FailureKind::Truncated),
    ] {
        let steps = [vec![say(STREAM), say(HELLO)], end].concat();
        let mut server = Server::start(vec![steps, hello()]).await;
        let (reply, notes) = reply(&provider(&server.url, Dialect::ChatCompletions)).await;
        assert_eq!(reply.text(), "Hello", "what was said stays");
        let failure = reply.failure.unwrap();
        assert_eq!((failure.kind, failure.request_id.as_deref()), (kind, Some("req_7")));
        assert_eq!((server.requests(), notes.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_complete_answer_needs_no_end_of_the_connection() {
    let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    for end in [vec![say(finish), Step::Stall], vec![say(STOP), Step::Stall], vec![say(finish)]] {
        let server = Server::start(vec![[vec![say(STREAM), say(HELLO)], end].concat()]).await;
        let (reply, _) = reply(&provider(&server.url, Dialect::ChatCompletions)).await;
        assert_eq!((reply.stop, reply.failure), (Some(StopReason::EndTurn), None));
    }
}

#[tokio::test]
async fn what_a_model_does_not_take_is_left_out_and_remembered() {
    let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"adaptive thinking is not supported on this model"}}"#;
    let answer = "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"x\"}}\n\n\
                  data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    let script = vec![refusal("400 Bad Request", "", body), vec![say(STREAM), say(answer)]];
    let mut server = Server::start(script).await;
    let provider = provider(&server.url, Dialect::Anthropic);
    let (first, notes) = reply(&provider).await;
    assert_eq!((first.stop, notes.len()), (Some(StopReason::EndTurn), 1));
    let (_, notes) = reply(&provider).await;
    assert!(notes.is_empty());
    let thinking: Vec<bool> = [server.heard().await, server.heard().await, server.heard().await]
        .iter()
        .map(|heard| heard.contains("adaptive"))
        .collect();
    assert_eq!(thinking, [true, false, false]);
}

#[tokio::test]
async fn each_tool_is_counted_without_the_price_of_having_tools() {
    // Nothing but the message, all tools, then each alone; having tools costs 300.
    let counted = |tokens: u64| refusal("200 OK", "", &format!(r#"{{"input_tokens":{tokens}}}"#));
    let server = Server::start([10, 360, 330, 340].map(counted).to_vec()).await;
    let tool = |name: &str| ToolSpec { name: name.into(), description: String::new(), schema: RawJson::empty_object() };
    let request = ChatRequest { tools: [tool("a"), tool("b")].into(), ..request() };
    assert_eq!(provider(&server.url, Dialect::Anthropic).count_tools(&request).await, Some(vec![20, 30]));
    let server = Server::start(vec![counted(10), refusal("404 Not Found", "", "{}")]).await;
    assert_eq!(provider(&server.url, Dialect::Anthropic).count_tools(&request).await, None);
    assert_eq!(provider(&server.url, Dialect::ChatCompletions).count_tools(&request).await, None, "it has no way to");
}

/// A request whose newest message has an image in it.
fn with_image() -> ChatRequest {
    let mut request = request();
    request.messages[0].parts.push(Part::Image(Image { mime: "image/png".into(), data: "AAAA".into() }));
    request
}

#[tokio::test]
async fn images_are_described_to_models_that_refuse_them() {
    for (status, message, remembered) in [
        ("404 Not Found", "No endpoints found that support image input", true),
        ("500 Internal Server Error", "image input is not supported, provide the mmproj", true),
        ("400 Bad Request", "image exceeds 5 MB maximum", false),
    ] {
        let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
        let refused = refusal(status, "", &body);
        let script = if remembered { vec![refused, hello()] } else { vec![refused.clone(), hello(), refused, hello()] };
        let mut server = Server::start(script).await;
        let provider = provider(&server.url, Dialect::ChatCompletions);
        let (first, notes) = reply_to(&provider, &with_image()).await;
        assert_eq!(first.text(), "Hello");
        assert!(notes[0].contains(message) && notes[0].contains("described in words"), "{notes:?}");
        let (again, notes) = reply_to(&provider, &with_image()).await;
        assert_eq!((again.text().as_str(), notes.len()), ("Hello", 1), "told again: {notes:?}");
        let sent = [server.heard().await, server.heard().await, server.heard().await];
        let sent = sent.map(|sent| (sent.contains("base64,AAAA"), sent.contains("about 3 bytes")));
        assert_eq!(sent, [(true, false), (false, true), (!remembered, remembered)], "{message}");
    }
}

#[tokio::test]
async fn who_takes_images_is_said_by_the_list_and_by_the_config() {
    let list = r#"{"data":[{"id":"m","architecture":{"input_modalities":["text"]}}]}"#;
    let mut server = Server::start(vec![refusal("200 OK", "", list), hello()]).await;
    let listed = provider(&server.url, Dialect::ChatCompletions);
    assert_eq!(listed.models().await.unwrap()[0].images, Some(false));
    let (_, notes) = reply_to(&listed, &with_image()).await;
    assert_eq!(notes, ["this model takes no images; they are described in words"]);
    server.heard().await;
    assert!(!server.heard().await.contains("AAAA"));
    for (images, sent) in [(false, false), (true, true)] {
        let mut server = Server::start(vec![hello()]).await;
        let mut spec = ProviderSpec::new("test", Dialect::ChatCompletions, Key::None);
        (spec.base_url, spec.images) = (server.url.clone(), Some(images));
        let provider = Provider::patient(spec, patience()).unwrap();
        reply_to(&provider, &with_image()).await;
        assert_eq!(server.heard().await.contains("AAAA"), sent);
    }
}

#[tokio::test]
async fn other_answers_say_what_to_correct() {
    for (steps, kind, words) in [
        (refusal("200 OK", "", r#"{"choices":[]}"#), FailureKind::Refused, "check base_url and kind"),
        (refusal("200 OK", "", r#"{"error":{"message":"no such thing"}}"#), FailureKind::Refused, "no such thing"),
        (
            refusal("307 Moved", "Location: https://elsewhere/\r\n", ""),
            FailureKind::Refused,
            "redirects to https://elsewhere/",
        ),
        (refusal("404 Not Found", "", "<h1>404</h1>"), FailureKind::NotFound, "mcp-tui models"),
    ] {
        let mut server = Server::start(vec![steps]).await;
        let (reply, _) = reply(&provider(&server.url, Dialect::ChatCompletions)).await;
        let failure = reply.failure.unwrap();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.contains(words), "{failure}");
        assert_eq!(server.requests(), 1);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = provider(&url, Dialect::Anthropic).models().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let mut server = Server::start(vec![vec![say(STREAM), say(HELLO), Step::Stall]]).await;
    let mut spec = provider(&server.url, Dialect::ChatCompletions).spec().clone();
    spec.headers.clear();
    let provider = Provider::new(spec).unwrap();
    let (send, mut receive) = mpsc::channel(64);
    let task = tokio::spawn(async move { provider.answer(&request(), &send).await });
    while !matches!(receive.recv().await, Some(Delta::Text(_))) {}
    task.abort();
    tokio::time::timeout(PATIENCE, server.closed.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn models_are_listed_page_by_page() {
    let page = |id: &str, more: bool| {
        refusal("200 OK", "", &format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":{more},"last_id":"{id}"}}"#))
    };
    let mut server = Server::start(vec![page("a b", true), page("c", false)]).await;
    let models = provider(&format!("{}/v1/", server.url), Dialect::Anthropic).models().await.unwrap();
    assert_eq!(models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), ["a b", "c"]);
    assert!(server.heard().await.starts_with("GET /v1/models?limit=1000 "));
    assert!(server.heard().await.starts_with("GET /v1/models?limit=1000&after_id=a%20b "));
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_may_print_the_key() {
    let with = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        ProviderSpec::new("test", Dialect::Anthropic, Key::Command(words))
    };
    let key = crate::llm::key::find(&with(&["printf", "\n sk-1 \nmore"])).await.unwrap().unwrap();
    assert_eq!(key.reveal(), "sk-1");
    for (words, message) in [
        (vec!["sh", "-c", "echo secret; echo locked >&2; exit 3"], "failed (exit status: 3): locked"),
        (vec!["true"], "printed nothing"),
        (vec!["/nowhere/x"], "cannot be started"),
    ] {
        let failure = crate::llm::key::find(&with(&words)).await.unwrap_err();
        assert!(failure.message.contains(message) && !failure.message.contains("secret"), "{failure}");
    }
}

#[tokio::test]
async fn the_demo_model_streams_by_itself() {
    let provider = Provider::new(ProviderSpec::demo()).unwrap();
    let (reply, _) = reply(&provider).await;
    assert!(reply.text().contains("built-in demo model"));
    assert_eq!(provider.models().await.unwrap()[0].id, "demo");
}
