//! One task for each server: connect, serve, notice the end, connect again. Commands in, events out; nothing shared.
//!
//! Shutdown: a [`SessionHandle::shutdown`] ends the connection by the transport's ladder and then the task; dropping
//! the runtime kills what is left, process groups included.

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::era::{EraMemory, Handshake, HandshakeFailure, Remembered};
use super::features::{self, Context};
use super::frame::Dialect;
use super::http::{HttpTransport, SseTransport};
use super::mirror::Mirror;
use super::session::{Ask, ConnectionEnd, Core, Peer, Reporter, RequestOptions, Transport};
use super::stdio::StdioTransport;
use super::subscriptions::{self, Subscriptions};
use super::tasks::{self, Followed};
use super::transport::{INBOUND, Inbound};
use crate::app::{Event, SessionEvent};
use crate::journal::{Tap, now};
use crate::model::call::{Failure, Operation};
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::json::RawJson;
use crate::model::question::Answer;
use crate::model::server::{HttpKind, Launch, Restart, ServerSpec};
use crate::model::session::{DownReason, Negotiated};
use crate::model::task::EXTENSION;

/// How long an HTTP connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// A connection that held this long was a good one: the next failure starts with the shortest pause again.
const STEADY: Duration = Duration::from_mins(1);
/// Pauses before a server is started again by itself, in seconds.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 16, 30];

#[derive(Debug)]
enum SessionCommand {
    Disconnect,
    Restart,
    Run { call: CallId, operation: Operation },
    Cancel(CallId),
    Answer { number: u64, answer: Answer },
    Listen,
    Shutdown(oneshot::Sender<()>),
}

/// The cheap sender to a session. Sending never waits; a session that is gone ignores it.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    commands: mpsc::UnboundedSender<SessionCommand>,
}

impl SessionHandle {
    fn send(&self, command: SessionCommand) {
        self.commands.send(command).ok();
    }

    /// Ends the connection.
    pub fn disconnect(&self) {
        self.send(SessionCommand::Disconnect);
    }

    /// Ends the connection, if any, and connects again.
    pub fn restart(&self) {
        self.send(SessionCommand::Restart);
    }

    /// Runs an operation.
    pub fn run(&self, call: CallId, operation: Operation) {
        self.send(SessionCommand::Run { call, operation });
    }

    /// Cancels a running operation.
    pub fn cancel(&self, call: CallId) {
        self.send(SessionCommand::Cancel(call));
    }

    /// Has changes of its lists told.
    pub fn listen(&self) {
        self.send(SessionCommand::Listen);
    }

    /// Answers a question of the server.
    pub fn answer(&self, number: u64, answer: Answer) {
        self.send(SessionCommand::Answer { number, answer });
    }

    /// Ends the connection and the task; the receiver hears when all is gone.
    pub fn shutdown(&mut self) -> oneshot::Receiver<()> {
        let (done, ended) = oneshot::channel();
        self.send(SessionCommand::Shutdown(done));
        ended
    }
}

/// Starts the task of one server; it connects at once.
pub fn spawn(
    server: ServerId,
    spec: ServerSpec,
    tap: Tap,
    events: mpsc::Sender<Event>,
    memory: EraMemory,
) -> SessionHandle {
    let (commands, queue) = mpsc::unbounded_channel();
    let actor = Actor { spec, tap, reporter: Reporter { server, events }, memory, commands: queue, failures: 0 };
    tokio::spawn(actor.run());
    SessionHandle { commands }
}

struct Actor {
    spec: ServerSpec,
    tap: Tap,
    reporter: Reporter,
    memory: EraMemory,
    commands: mpsc::UnboundedReceiver<SessionCommand>,
    /// Failures in a row, for the pause before the next attempt.
    failures: usize,
}

/// What happens after a connection.
enum Next {
    /// Connect again at once.
    Again,
    /// Stay down until told otherwise, or until it is tried again.
    Down(DownReason),
    /// The task ends.
    Shutdown(Option<oneshot::Sender<()>>),
}

/// An operation under way.
struct Running {
    call: CallId,
    cancel: Option<oneshot::Sender<()>>,
}

impl Actor {
    async fn run(mut self) {
        loop {
            let started = Instant::now();
            let next = self.connection().await;
            if started.elapsed() > STEADY {
                self.failures = 0;
            }
            match next {
                Next::Again => {}
                Next::Down(reason) => {
                    let retry = self.retry_at(&reason);
                    let retry_at = retry.map(|pause| Moment(now().0 + pause.as_micros() as u64));
                    self.tap.note(down_note(&reason, retry)).await;
                    self.reporter.report(SessionEvent::Down { reason, retry_at }).await;
                    if let Some(done) = self.rest(retry).await {
                        // Who asked may not wait any more.
                        done.send(()).ok();
                        return;
                    }
                }
                Next::Shutdown(done) => {
                    let reason = DownReason::Stopped;
                    self.reporter.report(SessionEvent::Down { reason, retry_at: None }).await;
                    if let Some(done) = done {
                        done.send(()).ok();
                    }
                    return;
                }
            }
        }
    }

    fn retry_at(&mut self, reason: &DownReason) -> Option<Duration> {
        let hopeless = matches!(reason, DownReason::Stopped | DownReason::Unauthorized(_) | DownReason::Protocol(_));
        if self.spec.restart == Restart::Never || hopeless {
            return None;
        }
        let pause = PAUSES[self.failures.min(PAUSES.len() - 1)];
        self.failures += 1;
        Some(Duration::from_secs(pause))
    }

    /// Waits while down. `Some`: the task ends.
    async fn rest(&mut self, retry: Option<Duration>) -> Option<oneshot::Sender<()>> {
        let until = retry.map(|pause| Instant::now() + pause);
        loop {
            let command = tokio::select! {
                command = self.commands.recv() => command,
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => return None,
            };
            match command {
                None => return Some(oneshot::channel().0),
                Some(SessionCommand::Shutdown(done)) => return Some(done),
                Some(SessionCommand::Restart) => return None,
                Some(SessionCommand::Disconnect) => {
                    if until.is_some() {
                        self.reporter.report(SessionEvent::Down { reason: DownReason::Stopped, retry_at: None }).await;
                        return Box::pin(self.rest(None)).await;
                    }
                }
                Some(SessionCommand::Run { call, .. }) => {
                    let failure = Failure::Unreachable(format!("{} is down; restart it first", self.spec.name));
                    self.finished(call, Err(failure)).await;
                }
                Some(SessionCommand::Cancel(_) | SessionCommand::Answer { .. } | SessionCommand::Listen) => {}
            }
        }
    }

    async fn finished(&self, call: CallId, outcome: Result<RawJson, Failure>) {
        self.reporter.report(SessionEvent::Finished { call, outcome }).await;
    }

    /// One connection from its start to its end, all transports.
    async fn connection(&mut self) -> Next {
        let old = matches!(&self.spec.launch, Launch::Http { kind: HttpKind::Sse, .. })
            || self.memory.recall(&self.spec) == Some(Remembered::OldHttp);
        let auto = matches!(&self.spec.launch, Launch::Http { kind: HttpKind::Auto, .. });
        match self.attempt(old).await {
            Attempt::Next(Next::Down(DownReason::Unreachable(_))) if old && auto => {
                // What was remembered may not be true any more.
                self.memory.learn(&self.spec, None);
                match self.attempt(false).await {
                    Attempt::Next(next) => next,
                    Attempt::TryOldHttp(why) => Next::Down(DownReason::Unreachable(why)),
                }
            }
            Attempt::Next(next) => next,
            Attempt::TryOldHttp(why) => {
                self.tap.note(format!("{why}; trying the old HTTP+SSE transport")).await;
                match self.attempt(true).await {
                    Attempt::Next(Next::Down(DownReason::Unreachable(old))) => {
                        Next::Down(DownReason::Unreachable(format!("{why}; and as an old HTTP+SSE endpoint: {old}")))
                    }
                    Attempt::Next(next) => next,
                    Attempt::TryOldHttp(why) => Next::Down(DownReason::Unreachable(why)),
                }
            }
        }
    }

    async fn attempt(&mut self, old_http: bool) -> Attempt {
        let (sender, inbound) = mpsc::channel(INBOUND);
        let step = match &self.spec.launch {
            Launch::Stdio { command, .. } => format!("starting {command}"),
            Launch::Http { .. } => "connecting".into(),
        };
        self.reporter.report(SessionEvent::Connecting { step }).await;
        self.tap.note(format!("connect: {}", self.shown_target())).await;
        let opened = self.open(old_http, sender).await;
        let (transport, kind, connected_to) = match opened {
            Ok(opened) => opened,
            Err(next) => return Attempt::Next(next),
        };
        // What a person or a flag can answer; each answer can still be no.
        let mut capabilities = json!({});
        if self.spec.offers.elicitation {
            capabilities["elicitation"] = json!({"form": {}, "url": {}});
        }
        if self.spec.offers.sampling {
            capabilities["sampling"] = json!({});
        }
        if !self.spec.roots.is_empty() {
            capabilities["roots"] = json!({});
        }
        // Extensions are of the modern era, which hears of our capabilities with each request.
        let mut modern = capabilities.clone();
        modern["extensions"] = json!({ EXTENSION: {} });
        let dialect = Dialect { revision: None, capabilities: modern, log_level: self.spec.log_level.clone() };
        let (mut core, peer, asked) = Core::new(
            transport,
            dialect,
            self.spec.name.clone(),
            roots(&self.spec),
            self.spec.timeouts,
            self.tap.clone(),
            self.reporter.clone(),
        );
        core.tells_logs = self.spec.tell_logs;
        self.serve(Link { core, peer, asked, inbound, kind, connected_to, capabilities }).await
    }

    fn shown_target(&self) -> String {
        match &self.spec.launch {
            Launch::Stdio { command, args, .. } => {
                let line: Vec<String> = std::iter::once(command).chain(args).map(|word| format!("{word:?}")).collect();
                format!("stdio, {}", line.join(" "))
            }
            Launch::Http { url, .. } => format!("HTTP, {}", self.tap.redactor().url(url)),
        }
    }

    async fn open(
        &mut self,
        old_http: bool,
        inbound: mpsc::Sender<Inbound>,
    ) -> Result<(Transport, &'static str, String), Next> {
        let unreachable = |why| Next::Down(DownReason::Unreachable(why));
        let spec = self.spec.clone();
        match &spec.launch {
            Launch::Stdio { command, args, env, cwd } => {
                let child = StdioTransport::spawn(
                    (command, args),
                    env,
                    cwd.as_deref(),
                    spec.limits,
                    spec.timeouts,
                    &self.tap,
                    inbound,
                )
                .map_err(unreachable)?;
                let pid = format!("pid {}", child.pid());
                Ok((Transport::Stdio(child), "stdio", pid))
            }
            Launch::Http { url, headers, .. } if old_http => {
                let shown = self.tap.redactor().url(url);
                let tap = self.tap.clone();
                let connecting = SseTransport::connect(
                    url,
                    headers,
                    spec.limits,
                    spec.timeouts,
                    tap,
                    inbound,
                    Instant::now() + spec.timeouts.connect,
                );
                tokio::select! {
                    opened = connecting => match opened {
                        Ok(transport) => {
                            self.memory.learn(&self.spec, Some(Remembered::OldHttp));
                            Ok((Transport::Sse(transport), "sse", shown))
                        }
                        Err(failure) if matches!(failure.status, Some(401 | 403)) => {
                            Err(Next::Down(DownReason::Unauthorized(failure.message)))
                        }
                        Err(failure) => Err(unreachable(failure.message)),
                    },
                    next = interrupted(&mut self.commands, &self.reporter) => Err(next),
                }
            }
            Launch::Http { url, headers, .. } => {
                let transport = HttpTransport::new(url, headers, spec.limits, spec.timeouts, self.tap.clone(), inbound)
                    .map_err(unreachable)?;
                Ok((Transport::Http(transport), "http", self.tap.redactor().url(url)))
            }
        }
    }

    /// Shakes hands and serves until the end.
    async fn serve(&mut self, link: Link) -> Attempt {
        let Link { mut core, peer, mut asked, mut inbound, kind, connected_to, capabilities } = link;
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
        let mut operations = FuturesUnordered::new();
        let mut running: Vec<Running> = Vec::new();
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
                        let connected = self.connected(&peer, negotiated, subscriptions).await;
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
        if died {
            core.fail_all(&why).await;
            while let Some((call, outcome)) = operations.next().await {
                self.finished(call, outcome).await;
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
            roots: roots(&self.spec),
            mirror,
            tap: self.tap.clone(),
            subscriptions,
        }
    }

    async fn over(&self, end: ConnectionEnd, ready: bool) -> Next {
        match end {
            ConnectionEnd::Ended(end) if ready => {
                Next::Down(DownReason::Exited { status: end.status, clean: end.clean })
            }
            ConnectionEnd::Ended(end) => {
                let status = format!("{} before the handshake was done", end.status);
                Next::Down(DownReason::Exited { status, clean: end.clean })
            }
            ConnectionEnd::Lost(why) => Next::Down(DownReason::Lost(why)),
            ConnectionEnd::SessionLost => {
                let text = "the server does not know the session any more; a new one is made, and calls in flight are not sent again";
                self.tap.note(text).await;
                self.reporter.report(SessionEvent::Warning(text.into())).await;
                Next::Again
            }
        }
    }
}

/// What one attempt to connect came to.
enum Attempt {
    Next(Next),
    TryOldHttp(String),
}

/// An open transport and the core above it.
struct Link {
    core: Core,
    peer: Peer,
    asked: mpsc::UnboundedReceiver<Ask>,
    inbound: mpsc::Receiver<Inbound>,
    kind: &'static str,
    connected_to: String,
    capabilities: Value,
}

fn roots(spec: &ServerSpec) -> RawJson {
    let roots: Vec<Value> = spec
        .roots
        .iter()
        .map(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            json!({"uri": file_uri(path), "name": name})
        })
        .collect();
    RawJson::from_value(&Value::from(roots))
}

/// A path as a `file://` URI.
fn file_uri(path: &std::path::Path) -> String {
    use std::fmt::Write;
    let mut uri = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

fn down_note(reason: &DownReason, retry: Option<Duration>) -> String {
    match retry {
        Some(pause) => format!("down: {reason}; trying again in {} s", pause.as_secs()),
        None => format!("down: {reason}"),
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
        outcome = features::perform(&peer, &context, call, operation, &followed) => outcome,
        // The dropped request tells the server, in the way of its era.
        Ok(()) = cancelled => {
            if let Some(task) = followed.get() {
                // It may say no, or nothing: it is not waited for any more either way.
                tasks::cancel(&peer, &task).await.ok();
            }
            Err(Failure::Cancelled(format!("cancelled; {} was told", context.name)))
        }
    };
    (call, outcome)
}

/// Waits for a command that ends an attempt; answers the others.
async fn interrupted(commands: &mut mpsc::UnboundedReceiver<SessionCommand>, reporter: &Reporter) -> Next {
    loop {
        match commands.recv().await {
            None => return Next::Shutdown(None),
            Some(SessionCommand::Shutdown(done)) => return Next::Shutdown(Some(done)),
            Some(SessionCommand::Disconnect) => return Next::Down(DownReason::Stopped),
            Some(SessionCommand::Restart) => return Next::Again,
            Some(SessionCommand::Run { call, .. }) => {
                let outcome = Err(Failure::Refused("still connecting".into()));
                reporter.report(SessionEvent::Finished { call, outcome }).await;
            }
            Some(SessionCommand::Cancel(_) | SessionCommand::Answer { .. } | SessionCommand::Listen) => {}
        }
    }
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
