//! The tasks that carry messages: one for each POST, so that nothing a session does waits for the network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::exchange::Wire;
use super::fault;
use super::post::Post;
use super::turn::{Line, Turn};
use crate::mcp::transport::Inbound;

/// Messages without a response that are on the wire at once; each costs a connection.
const AT_ONCE: usize = 16;
/// Messages without a response that wait. More means that the server makes us answer and does not listen.
const WAITING: usize = 1_024;

/// What is on its way. Dropping it drops all of it.
#[derive(Debug)]
pub(super) struct Outbox {
    wire: Arc<Wire>,
    line: Line,
    /// Requests that can be aborted.
    aborts: HashMap<u64, oneshot::Sender<()>>,
    requests: JoinSet<()>,
    /// Messages without a response: notifications, and answers of ours.
    notices: JoinSet<()>,
    at_once: Arc<Semaphore>,
    /// How long such a message may take; a request has its deadline above.
    notice_limit: Duration,
}

impl Outbox {
    pub(super) fn new(wire: Arc<Wire>, notice_limit: Duration) -> Outbox {
        let (requests, notices) = (JoinSet::new(), JoinSet::new());
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        Outbox { wire, line: Line::default(), aborts: HashMap::new(), requests, notices, at_once, notice_limit }
    }

    /// The next place in the order of messages.
    pub(super) fn queue(&mut self) -> Turn {
        self.line.queue()
    }

    /// Starts a message. `refused` says why it cannot be one.
    pub(super) fn post(&mut self, post: Result<Post, (Option<u64>, String)>, abort_note: &'static str) {
        while self.requests.try_join_next().is_some() {}
        while self.notices.try_join_next().is_some() {}
        self.aborts.retain(|_, abort| !abort.is_closed());
        let wire = self.wire.clone();
        let post = match post {
            Ok(post) => post,
            Err((request, why)) => {
                self.notices.spawn(async move { wire.fail(request, fault::plain(why)).await });
                return;
            }
        };
        let turn = self.line.queue();
        let (abort, aborted) = oneshot::channel();
        match post.out.request {
            Some(request) => {
                self.aborts.insert(request, abort);
                self.requests.spawn(carry(wire, post, turn, aborted, Duration::MAX, abort_note));
            }
            None if self.notices.len() >= WAITING => {
                let why = "it does not take what it is sent while it keeps asking; restart it";
                // If even this finds no room, the session has more than enough to see first.
                wire.inbound.try_send(Inbound::Lost(why.into())).ok();
            }
            None => {
                let (at_once, limit) = (self.at_once.clone(), self.notice_limit);
                self.notices.spawn(async move {
                    let _place = at_once.acquire().await;
                    carry(wire, post, turn, aborted, limit, abort_note).await;
                });
            }
        }
    }

    /// Stops waiting for a response.
    pub(super) fn abort(&mut self, request: u64) {
        if let Some(abort) = self.aborts.remove(&request) {
            // It may have ended just now.
            abort.send(()).ok();
        }
    }

    /// Lets notices go out, then stops the requests: a cancel notice comes before everything that ends a session.
    pub(super) async fn drain(&mut self, deadline: Instant) {
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let gone = async { while self.notices.join_next().await.is_some() {} };
        timeout_at(now + left / 2, gone).await.ok();
        for (_, abort) in self.aborts.drain() {
            abort.send(()).ok();
        }
        let stopped = async { while self.requests.join_next().await.is_some() {} };
        timeout_at(now + left * 3 / 4, stopped).await.ok();
        self.notices.abort_all();
        self.requests.abort_all();
    }
}

async fn carry(
    wire: Arc<Wire>,
    post: Post,
    mut turn: Turn,
    mut aborted: oneshot::Receiver<()>,
    limit: Duration,
    abort_note: &'static str,
) {
    let request = post.out.request;
    let outcome = tokio::select! {
        biased;
        Ok(()) = &mut aborted => None,
        outcome = timeout(limit, post.run(&wire, &mut turn)) => Some(outcome),
    };
    drop(turn);
    match outcome {
        // What had its response already is not cancelled by this.
        None if post.answered.get() => {}
        None => {
            let id = request.unwrap_or_default();
            wire.tap.note(format!("request {id}: {abort_note}")).await;
        }
        Some(Ok(Ok(()))) => {}
        Some(Ok(Err(failure))) => wire.fail(request, failure).await,
        Some(Err(_)) => {
            let who = fault::shown(&post.url, &wire.tap);
            let message = format!("{who} did not take a message within {} s: is the server stuck?", limit.as_secs());
            wire.fail(request, fault::plain(message)).await;
        }
    }
}
