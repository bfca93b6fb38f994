//! Serving a connection until its end: the handshake, then commands, operations, deadlines and what comes in.

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::open::{Attempt, Link};
use super::{Actor, Change, Next, SessionCommand};
use crate::app::SessionEvent;
use crate::mcp::era::{Handshake, HandshakeFailure};
use crate::mcp::features::{self, Context};
use crate::mcp::mirror::Mirror;
use crate::mcp::session::{ConnectionEnd, Core, Peer, Reporter, RequestOptions, Roots, Transport};
use crate::mcp::subscriptions::{self, Subscriptions};
use crate::mcp::tasks::{self, Followed, TaskNews};
use crate::mcp::transport::Inbound;
use crate::model::call::{Failure, Operation};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::session::{DownReason, Negotiated};

/// How long an HTTP connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long operations may take to end when their connection did.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// An operation under way.
struct Running {
    call: CallId,
    cancel: Option<oneshot::Sender<()>>,
}

impl Actor {
    /// Shakes hands and serves until the end.
    pub(super) async fn serve(&mut self, link: Link) -> Attempt {
        let Link { mut core, peer, mut asked, mut inbound, kind, connected_to, capabilities, roots } = link;
        let spec = self.spec.clone();
        let memory = self.memory.clone();
        let tap = self.tap.clone();
        let handshake = Handshake {
            peer: peer.clone(),
            spec: &spec,
            tap: &tap,
            memory: &memory,
            transport: kind,
            connected_to,
            capabilities,
        };
        let shaking = timeout(spec.timeouts.connect, handshake.run());
        tokio::pin!(shaking);
        let mut context: Option<Context> = None;
        let mut listening: Option<Pin<Box<dyn Future<Output = ()> + Send>>> = None;
        // Ends with the connection.
        let mut aside = JoinSet::new();
        let mut operations = FuturesUnordered::new();
        let mut running: Vec<Running> = Vec::new();
        let mut refused = false;
        let alarm = sleep_until(Instant::now());
        tokio::pin!(alarm);
        let mut armed: Option<Instant> = None;
        let attempt = loop {
            let due = core.next_deadline();
            if due != armed {
                armed = due;
                if let Some(due) = due {
                    alarm.as_mut().reset(due);
                }
            }
            // Commands come first: a flood must not delay a person. Deadlines come before the flood too.
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    None => break Attempt::Next(Next::Shutdown(None)),
                    Some(SessionCommand::Shutdown(done)) => break Attempt::Next(Next::Shutdown(Some(done))),
                    Some(SessionCommand::Disconnect) => break Attempt::Next(Next::Down(DownReason::Stopped)),
                    Some(SessionCommand::Restart) => break Attempt::Next(Next::Again),
                    Some(SessionCommand::Cancel(call)) => {
                        let found = running.iter_mut().find(|one| one.call == call);
                        if let Some(cancel) = found.and_then(|one| one.cancel.take()) {
                            cancel.send(()).ok();
                        }
                    }
                    Some(SessionCommand::Answer { number, answer }) => core.answer(number, answer),
                    Some(SessionCommand::Change(change)) => {
                        change.apply(&mut self.spec);
                        let era = context.as_ref().map(|context| context.modern);
                        changed(change, era, &mut core, &roots).await;
                    }
                    Some(SessionCommand::Listen) => {
                        if let Some(wishes) = context.as_ref().and_then(|context| context.subscriptions.as_ref()) {
                            wishes.lists();
                        }
                    }
                    Some(SessionCommand::Run { call, operation }) => match &context {
                        None => {
                            let failure = Failure::Refused(format!("{} is still connecting", spec.name));
                            self.finished(call, Err(failure)).await;
                        }
                        Some(context) => {
                            let (cancel, cancelled) = oneshot::channel();
                            running.push(Running { call, cancel: Some(cancel) });
                            operations.push(operate(peer.clone(), context.clone(), call, operation, cancelled));
                        }
                    },
                },
                Some(ask) = asked.recv() => core.ask(ask).await,
                () = &mut alarm, if armed.is_some() => {
                    armed = None;
                    core.expire().await;
                }
                // The stream of changes before the lists: what changes after they are fetched is told.
                () = async { if let Some(listening) = &mut listening { listening.await } }, if listening.is_some() => {
                    listening = None;
                }
                Some((call, outcome)) = operations.next(), if !operations.is_empty() => {
                    running.retain(|one| one.call != call);
                    self.finished(call, outcome).await;
                }
                shaken = &mut shaking, if context.is_none() => match shaken {
                    Ok(Ok(negotiated)) => {
                        let subscriptions = negotiated.modern.then(|| Subscriptions::new(&negotiated.capabilities));
                        let (subscriptions, wishes) = subscriptions.unzip();
                        let connected = self.connected(&peer, negotiated, subscriptions, roots.clone(), core.news.clone()).await;
                        if let Some(every) = spec.timeouts.ping.filter(|_| !connected.modern) {
                            aside.spawn(ping(peer.clone(), self.reporter.clone(), every));
                        }
                        listening = wishes.map(|wishes| {
                            let keeping =
                                subscriptions::keep(peer.clone(), connected.clone(), tap.clone(), wishes);
                            Box::pin(keeping) as Pin<Box<dyn Future<Output = ()> + Send>>
                        });
                        context = Some(connected);
                    }
                    Ok(Err(HandshakeFailure::TryOldHttp(why))) => break Attempt::TryOldHttp(why),
                    Ok(Err(HandshakeFailure::Down(reason))) => break Attempt::Next(Next::Down(reason)),
                    Err(_) => {
                        let why = format!(
                            "{} did not finish the handshake within {} s; allow more with --connect-timeout or `connect_timeout`",
                            spec.name, spec.timeouts.connect.as_secs_f64()
                        );
                        break Attempt::Next(Next::Down(DownReason::TimedOut(why)));
                    }
                },
                came = inbound.recv() => {
                    let end = match came {
                        Some(came) => core.receive(came).await,
                        None => Some(ConnectionEnd::Lost("the connection ended".into())),
                    };
                    if let Some(end) = end {
                        refused = matches!(end, ConnectionEnd::Renegotiate(_));
                        break Attempt::Next(self.over(end, context.is_some()).await);
                    }
                }
            }
        };
        // Calls still running fail before the session goes down, and what they wait for is cancelled on the way.
        let why = match &attempt {
            Attempt::Next(Next::Down(DownReason::Stopped) | Next::Shutdown(_)) => "was stopped".to_owned(),
            Attempt::Next(Next::Again) => "was restarted".to_owned(),
            Attempt::Next(Next::Down(reason)) => format!("is down ({reason})"),
            Attempt::TryOldHttp(_) => "changed its transport".to_owned(),
        };
        let died = matches!(&attempt, Attempt::Next(Next::Down(DownReason::Exited { .. } | DownReason::Lost(_))));
        // Who waits for the stream must not wait for one that nobody keeps.
        drop(listening);
        if died || refused {
            // What waits for the server or for a person waits no more; each operation says how it ends, but one that
            // would wait for something else, as for the next look at a task, gets no more time for that.
            core.fail_all(&why).await;
            core.withdraw_all("the connection ended").await;
            asked.close();
            while asked.try_recv().is_ok() {}
            let ending = async {
                while let Some((call, outcome)) = operations.next().await {
                    running.retain(|one| one.call != call);
                    self.finished(call, outcome).await;
                }
            };
            timeout(LAST_WORDS, ending).await.ok();
            drop(operations);
            for one in &running {
                self.finished(one.call, Err(Failure::Unreachable(format!("{} {why}", spec.name)))).await;
            }
        } else {
            for one in &running {
                self.finished(one.call, Err(Failure::Cancelled(format!("{} {why}", spec.name)))).await;
            }
            drop(operations);
            while let Ok(ask) = asked.try_recv() {
                core.ask(ask).await;
            }
        }
        core.withdraw_all("the connection ended").await;
        close(core, inbound, &self.reporter).await;
        attempt
    }

    async fn connected(
        &mut self,
        peer: &Peer,
        negotiated: Negotiated,
        subscriptions: Option<Subscriptions>,
        roots: Roots,
        news: TaskNews,
    ) -> Context {
        let modern = negotiated.modern;
        let mirror = Mirror::new(modern && negotiated.transport == "http");
        let logs = negotiated.capabilities.get("logging").is_some();
        self.reporter.report(SessionEvent::Connected(negotiated)).await;
        if let Some(level) = self.spec.log_level.clone().filter(|_| logs && !modern) {
            // Optional, and answered whenever the server likes: its failure is a warning, never the connection's end.
            // It goes out before anything else that is asked.
            let params = RawJson::from_value(&json!({"level": level}));
            let answer = peer.request("logging/setLevel", Some(params), RequestOptions::default());
            let reporter = self.reporter.clone();
            tokio::spawn(async move {
                if let Err(refused) = answer.await {
                    reporter
                        .report(SessionEvent::Warning(format!("logging/setLevel failed: {}", refused.failure)))
                        .await;
                }
            });
        }
        Context {
            name: self.spec.name.clone(),
            modern,
            limits: self.spec.limits,
            timeouts: self.spec.timeouts,
            reporter: self.reporter.clone(),
            roots,
            offers: super::open::offers(&self.spec),
            news,
            mirror,
            tap: self.tap.clone(),
            subscriptions,
        }
    }

    async fn over(&mut self, end: ConnectionEnd, ready: bool) -> Next {
        match end {
            ConnectionEnd::Ended(end) if ready => {
                Next::Down(DownReason::Exited { status: end.status, clean: end.clean })
            }
            ConnectionEnd::Ended(end) => {
                let status = format!("{} before the handshake was done", end.status);
                Next::Down(DownReason::Exited { status, clean: end.clean })
            }
            ConnectionEnd::Lost(why) => Next::Down(DownReason::Lost(why)),
            ConnectionEnd::Renegotiate(why) => {
                self.renegotiated = true;
                let text = format!("{why}; the connection is made anew, and calls are not sent again");
                self.tap.note(text.clone()).await;
                self.reporter.report(SessionEvent::Warning(text)).await;
                Next::Again
            }
            ConnectionEnd::SessionLost => {
                let text = "the server does not know the session any more; a new one is made, and calls in flight are not sent again";
                self.tap.note(text).await;
                self.reporter.report(SessionEvent::Warning(text.into())).await;
                Next::Again
            }
        }
    }
}

/// Does at once what a person changed. `era` is `None` before it is known.
async fn changed(change: Change, era: Option<bool>, core: &mut Core, roots: &Roots) {
    match change {
        Change::Roots(paths) => {
            roots.set(&paths);
            let offered = core.offers.roots;
            let told = match era {
                Some(false) if offered => {
                    core.notify("notifications/roots/list_changed");
                    "the server is told"
                }
                Some(_) if offered => "the server hears of them when it asks",
                _ => "not offered to this server yet",
            };
            core.tap.note(format!("roots: {} now; {told}", paths.len())).await;
        }
        Change::LogLevel(level) => {
            if era == Some(true) {
                let text = match &level {
                    Some(level) => format!("log level: {level} is asked for with each request from now on"),
                    None => "log level: nothing is asked for from now on".to_owned(),
                };
                core.tap.note(text).await;
            }
            // The legacy era has a request for it, which is an operation.
            core.dialect.log_level = level;
        }
    }
}

/// Pings a legacy server now and then, and says so when it stops answering and when it answers again.
async fn ping(peer: Peer, reporter: Reporter, every: Duration) {
    let mut turn = interval(every);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turn.tick().await;
    let mut answers = true;
    loop {
        turn.tick().await;
        let options = RequestOptions { note: Some("periodic".into()), ..RequestOptions::default() };
        let answered = match peer.request("ping", None, options).await {
            // Whatever it says: it is there.
            Ok(_) => true,
            Err(failure) => matches!(failure.failure, Failure::Rpc { .. }),
        };
        if answered != answers {
            let text = if answered { "it answers pings again" } else { "it does not answer pings; R restarts it" };
            reporter.report(SessionEvent::Warning(text.into())).await;
        }
        answers = answered;
    }
}

async fn operate(
    peer: Peer,
    context: Context,
    call: CallId,
    operation: Operation,
    cancelled: oneshot::Receiver<()>,
) -> (CallId, Result<RawJson, Failure>) {
    let followed = Followed::default();
    let outcome = tokio::select! {
        // First: what comes at the same time, an answer to a question, say, must not send another round.
        biased;
        // The dropped request tells the server, in the way of its era.
        Ok(()) = cancelled => {
            if let Some(task) = followed.get() {
                // It may say no, or nothing: it is not waited for any more either way.
                tasks::cancel(&peer, &task).await.ok();
            }
            Err(Failure::Cancelled(format!("cancelled; the server {} was told", context.name)))
        }
        outcome = features::perform(&peer, &context, call, operation, &followed) => outcome,
    };
    (call, outcome)
}

/// Ends the transport, and keeps taking what it still brings: a full channel must not hold up its last frames.
async fn close(core: Core, mut inbound: mpsc::Receiver<Inbound>, reporter: &Reporter) {
    let tap = core.tap.clone();
    let closing = async {
        match core.transport {
            Transport::Stdio(transport) => drop(transport.close(&tap).await),
            Transport::Http(transport) => transport.close(GOODBYE).await,
            Transport::Sse(transport) => transport.close(GOODBYE).await,
        }
    };
    tokio::pin!(closing);
    loop {
        tokio::select! {
            () = &mut closing => return,
            Some(came) = inbound.recv() => {
                if let Inbound::Stderr(line) = came {
                    reporter.report(SessionEvent::Stderr(line)).await;
                }
            }
        }
    }
}
