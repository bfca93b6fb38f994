//! The same server over Streamable HTTP.

use tokio::sync::oneshot;

use super::*;

struct Server {
    shared: Arc<Shared>,
    url: String,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(pause: Duration) -> Self {
        let shared = Arc::new(Shared::open(Options::default(), pause).unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve_listener(Arc::clone(&shared), listener, async { drop(stopped.await) }));
        let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
        Self { shared, url, client, stop, running }
    }

    async fn post(&self, headers: &[(&str, &str)], body: Value) -> reqwest::Response {
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(DEADLINE, self.running).await.expect("the server ends when told to").unwrap().unwrap();
    }
}

/// The messages of a response, be it JSON or a stream of events.
async fn messages(response: reqwest::Response) -> Vec<Value> {
    let events = response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream");
    let text = response.text().await.unwrap();
    if !events {
        return vec![serde_json::from_str(&text).unwrap()];
    }
    let data = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    data.filter(|data| !data.is_empty()).map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// A response read event by event.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    fn new(response: reqwest::Response) -> Self {
        Self { response, text: String::new() }
    }

    /// The next message; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.text.find('\n') {
                let line: String = self.text.drain(..=end).collect();
                if let Some(data) = line.strip_prefix("data:").map(str::trim).filter(|data| !data.is_empty()) {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// A modern request, with the headers that belong to it.
async fn modern(server: &Server, method: &str, mut params: Value) -> reqwest::Response {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": 1
    });
    params["_meta"] = meta;
    let name = params["name"].as_str().map(str::to_owned);
    let mut headers = vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
    if let Some(name) = &name {
        headers.push(("mcp-name", name));
    }
    server.post(&headers, json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await
}

#[tokio::test]
async fn a_modern_request_stands_alone() {
    let server = Server::start(Duration::ZERO).await;
    let import = json!({ "name": "import_bookmarks", "arguments": { "count": 3 } });
    let response = modern(&server, "tools/call", import).await;
    assert!(response.headers().get("mcp-session-id").is_none());
    let messages = messages(response).await;
    assert_eq!(messages.len(), 5, "four steps and the answer: {messages:?}");
    check("import_bookmarks", &messages[4]["result"]);
    server.stop().await;
}

#[tokio::test]
async fn a_modern_call_is_cancelled_by_leaving() {
    let server = Server::start(LONG).await;
    let mut stream = Stream::new(modern(&server, "tools/call", json!({ "name": "import_bookmarks" })).await);
    assert_eq!(stream.next().await.unwrap()["method"], "notifications/progress");
    let users = Arc::strong_count(&server.shared);
    drop(stream);
    // The server of the request holds the store until the call has ended.
    let ended = async {
        while Arc::strong_count(&server.shared) >= users {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.expect("the import stops");
    server.stop().await;
}

#[tokio::test]
async fn a_subscription_hears_of_others_and_ends_with_an_answer() {
    let server = Server::start(Duration::ZERO).await;
    let filter = json!({ "notifications": { "resourceSubscriptions": ["bookmark://all"] } });
    let mut stream = Stream::new(modern(&server, "subscriptions/listen", filter).await);
    assert_eq!(stream.next().await.unwrap()["method"], "notifications/subscriptions/acknowledged");
    let add = json!({ "name": "add_bookmark", "arguments": { "url": "https://a.example", "title": "A" } });
    messages(modern(&server, "tools/call", add).await).await;
    assert_eq!(stream.next().await.unwrap()["method"], "notifications/resources/updated");
    server.stop().await;
    assert_eq!(stream.next().await.unwrap()["result"]["resultType"], "complete");
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_legacy_client_has_a_session_and_is_asked_in_the_stream_of_its_call() {
    let server = Server::start(Duration::ZERO).await;
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "test", "version": "0" }
    });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let response = server.post(&[], body).await;
    let session = response.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let answer = messages(response).await.pop().unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], "mcp-tui-demo");
    let headers = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", "2025-11-25")];
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(server.post(&headers, body).await.status(), 202);
    let body = json!({ "jsonrpc": "2.0", "id": 2, "method": "resources/list", "params": {} });
    let answer = messages(server.post(&headers, body).await).await.pop().unwrap();
    assert_eq!(answer["result"]["resources"].as_array().unwrap().len(), 5);

    let params = json!({ "name": "delete_bookmark", "arguments": { "id": 1 } });
    let body = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params });
    let mut stream = Stream::new(server.post(&headers, body).await);
    let question = stream.next().await.unwrap();
    assert_eq!(question["method"], "elicitation/create");
    let answer = json!({ "action": "accept", "content": { "confirm": true } });
    let body = json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer });
    assert_eq!(server.post(&headers, body).await.status(), 202);
    let answer = stream.next().await.unwrap();
    assert_eq!(answer["result"]["structuredContent"]["deleted"], true, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn foreign_pages_are_kept_out() {
    let server = Server::start(Duration::ZERO).await;
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(server.post(&[("origin", "https://evil.example")], body.clone()).await.status(), 403);
    assert_eq!(server.post(&[("host", "evil.example")], body).await.status(), 403);
    server.stop().await;
}
