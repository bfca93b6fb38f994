//! The same server over Streamable HTTP.

use tokio::sync::oneshot;

use super::*;

struct Server {
    url: String,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start() -> Self {
        let shared = Arc::new(Shared::open(Options::default(), Duration::ZERO).unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(serve_listener(shared, listener, async { drop(stopped.await) }));
        let client = reqwest::Client::builder().no_proxy().timeout(DEADLINE).build().unwrap();
        Self { url, client, stop, running }
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

#[tokio::test]
async fn a_modern_request_stands_alone() {
    let server = Server::start().await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": 1
    });
    let params = json!({ "name": "import_bookmarks", "arguments": { "count": 3 }, "_meta": meta });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let headers =
        [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "import_bookmarks")];
    let response = server.post(&headers, body).await;
    assert!(response.headers().get("mcp-session-id").is_none());
    let messages = messages(response).await;
    assert_eq!(messages.len(), 5, "four steps and the answer: {messages:?}");
    check("import_bookmarks", &messages[4]["result"]);
    server.stop().await;
}

#[tokio::test]
async fn a_legacy_client_has_a_session() {
    let server = Server::start().await;
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "0" }
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
    server.stop().await;
}

#[tokio::test]
async fn foreign_pages_are_kept_out() {
    let server = Server::start().await;
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    assert_eq!(server.post(&[("origin", "https://evil.example")], body.clone()).await.status(), 403);
    assert_eq!(server.post(&[("host", "evil.example")], body).await.status(), 403);
    server.stop().await;
}
