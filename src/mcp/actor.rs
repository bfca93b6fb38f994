//! One task for each server: connect, serve, notice the end, connect again. Commands in, events out; nothing shared.
//!
//! `open` opens a transport, `serve` serves it to its end; this file owns what comes before, between and after.
//!
//! Shutdown: a [`SessionHandle::shutdown`] ends the connection by the transport's ladder and then the task; dropping
//! the runtime kills what is left, process groups included.

mod open;
mod serve;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::era::EraMemory;
use super::session::Reporter;
use crate::app::{Event, SessionEvent};
use crate::journal::{Tap, now};
use crate::model::call::{Failure, Operation};
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::json::RawJson;
use crate::model::question::Answer;
use crate::model::server::{Restart, ServerSpec};
use crate::model::session::DownReason;

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
    Change(Change),
    Shutdown(oneshot::Sender<()>),
}

/// What a person changes of a server in the middle of a run; it outlives the connection.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// The directories told to it.
    Roots(Vec<PathBuf>),
    /// The level asked of its log; `None` asks nothing.
    LogLevel(Option<String>),
}

impl Change {
    fn apply(&self, spec: &mut ServerSpec) {
        match self {
            Change::Roots(roots) => spec.roots.clone_from(roots),
            Change::LogLevel(level) => spec.log_level.clone_from(level),
        }
    }
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

    /// Changes what it is told, from now on.
    pub fn change(&self, change: Change) {
        self.send(SessionCommand::Change(change));
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
    let actor = Actor {
        spec,
        tap,
        reporter: Reporter { server, events },
        memory,
        commands: queue,
        failures: 0,
        renegotiated: false,
    };
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
    /// Whether the last connection was made because the server refused the revision of the one before.
    renegotiated: bool,
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

impl Actor {
    async fn run(mut self) {
        loop {
            let started = Instant::now();
            let next = self.connection().await;
            if started.elapsed() > STEADY {
                self.failures = 0;
                self.renegotiated = false;
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
                Some(SessionCommand::Change(change)) => change.apply(&mut self.spec),
                Some(SessionCommand::Cancel(_) | SessionCommand::Answer { .. } | SessionCommand::Listen) => {}
            }
        }
    }

    async fn finished(&self, call: CallId, outcome: Result<RawJson, Failure>) {
        self.reporter.report(SessionEvent::Finished { call, outcome }).await;
    }
}

fn down_note(reason: &DownReason, retry: Option<Duration>) -> String {
    match retry {
        Some(pause) => format!("down: {reason}; trying again in {} s", pause.as_secs()),
        None => format!("down: {reason}"),
    }
}
