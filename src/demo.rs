//! The built-in demo server: a bookmark manager that speaks MCP, to try a client on without installing anything.
//!
//! Owns the two ways to reach it (stdio, Streamable HTTP) and when each ends. It stands on the server side of `rmcp` and
//! imports nothing of ours, so that whatever the client of this program gets wrong, the server does not get wrong too.
//!
//! * `server` takes every method of the protocol and asks the part that knows: `tools`, `resources`, `prompts`,
//!   `complete`.
//! * `shared` is what all connections have in common (`store`: the bookmarks), `session` what one has for itself.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use rmcp::ServiceExt as _;
use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::stdio_pipes;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;

use server::DemoServer;
use shared::Shared;

mod caller;
mod complete;
mod page;
mod prompts;
mod resources;
mod seed;
mod server;
mod session;
mod shared;
mod store;
#[cfg(test)]
mod tests;
mod tools;

/// How long one item of an import takes: ten of them, the default, make 2.5 s of progress to look at.
const IMPORT_PAUSE: Duration = Duration::from_millis(250);

/// How long a legacy HTTP session is kept without a message. `rmcp` says five minutes, which a person reading a result
/// easily takes.
const SESSION_KEPT: Duration = Duration::from_hours(1);

/// How long an HTTP stream has for its last message.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How long HTTP connections may take to end once the server is told to.
const HTTP_GRACE: Duration = Duration::from_secs(1);

/// How the demo server keeps and shows its bookmarks.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where bookmarks are kept; in memory alone if `None`. A file that does not exist yet appears at the first change.
    pub file: Option<PathBuf>,
    /// How many items one page of a listing has. The default is small, so that the lists have several pages.
    pub page_size: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { file: None, page_size: 5 }
    }
}

/// Serves one client on standard input and output, until standard input ends.
pub async fn serve_stdio(options: Options) -> anyhow::Result<()> {
    let shared = Arc::new(Shared::open(options, IMPORT_PAUSE)?);
    let (read, write) = stdio_pipes();
    serve(shared, read, write).await
}

/// Serves any number of clients over Streamable HTTP on 127.0.0.1 until interrupted; port 0 takes a free one.
///
/// The address is told in one line on standard error.
pub async fn serve_http(options: Options, port: u16) -> anyhow::Result<()> {
    let shared = Arc::new(Shared::open(options, IMPORT_PAUSE)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
    let address = listener.local_addr()?;
    // Nobody reading standard error is no reason not to serve.
    let _ = writeln!(io::stderr(), "listening on http://{address}/mcp");
    serve_listener(shared, listener, interrupted()).await
}

async fn serve<R, W>(shared: Arc<Shared>, read: R, write: W) -> anyhow::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let read = ClosingReader { inner: read, shared: Arc::clone(&shared) };
    let running = match DemoServer::new(shared).serve((read, write)).await {
        Ok(running) => running,
        // A client that leaves before it said anything is no failure of ours.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(error).context("the client did not begin as the protocol says"),
    };
    match running.waiting().await? {
        QuitReason::JoinError(error) => Err(error).context("the demo server broke down"),
        _ => Ok(()),
    }
}

async fn serve_listener(
    shared: Arc<Shared>,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    // Pages opened in a browser may not talk to a server on this machine, unless they come from it themselves.
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*"])
        .enforce_origin_validation();
    let streams = config.cancellation_token.clone();
    let sessions = Arc::clone(&shared);
    let mut manager = LocalSessionManager::default();
    manager.session_config.keep_alive = Some(SESSION_KEPT);
    let service =
        StreamableHttpService::new(move || Ok(DemoServer::new(Arc::clone(&sessions))), Arc::new(manager), config);
    let router = axum::Router::new().route_service("/mcp", service);
    let ending = Arc::clone(&shared);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        until.await;
        ending.close();
        // Subscriptions end with an answer; only what is still open after that is cut.
        tokio::time::sleep(LAST_WORDS).await;
        streams.cancel();
    });
    let overdue = async {
        shared.closed().await;
        tokio::time::sleep(HTTP_GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => Ok(served?),
        () = overdue => Ok(()),
    }
}

/// Resolves at ctrl-c, or when asked to terminate.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Notices the end of input at once.
///
/// `rmcp` gives running handlers five seconds to finish after it; one that waits for a person's answer, which can no
/// longer come, would use them all.
struct ClosingReader<R> {
    inner: R,
    shared: Arc<Shared>,
}

impl<R: AsyncRead + Unpin> AsyncRead for ClosingReader<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        let ended = match &poll {
            Poll::Ready(Ok(())) => buf.filled().len() == before && buf.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if ended {
            self.shared.close();
        }
        poll
    }
}
