//! One run without a screen: [`Host`] drives the [`Runtime`] until what was asked for has happened, or cannot.

use std::time::Duration;

use super::content;
use super::failure::Failed;
use super::output::Output;
use super::respond::Responder;
use crate::app::{Command, Level, State};
use crate::cli::Options;
use crate::cli::startup::Startup;
use crate::config::shown_command;
use crate::model::call::{Call, CallState, Failure, ListKind, Operation, Progress};
use crate::model::id::{CallId, ServerId};
use crate::model::json::RawJson;
use crate::model::server::{Launch, Restart, ServerSpec};
use crate::model::session::{Item, Session, Status};
use crate::runtime::{self, Runtime};

/// How long a cancelled call may take to say so: long enough for the message to leave.
const CANCEL: Duration = Duration::from_millis(700);
/// How long the last words of a dying server are waited for.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A run without a screen.
pub struct Host {
    runtime: Runtime,
    interrupts: Interrupts,
    responder: Responder,
    /// What `-s` picks from.
    configured: Vec<String>,
}

impl Host {
    /// Starts the run; nothing is connected yet.
    pub fn start(startup: &Startup, options: &Options, out: &mut Output) -> Result<Host, Failed> {
        Host::begin_with(startup, options, |_| (), out)
    }

    /// Starts the run with something changed about how.
    pub fn begin_with(
        startup: &Startup,
        options: &Options,
        change: impl Fn(&mut runtime::Options),
        out: &mut Output,
    ) -> Result<Host, Failed> {
        let interrupts = Interrupts::watch()?;
        for warning in &startup.warnings {
            out.warning(&warning.to_string());
        }
        let runtime = startup.run_with(options, false, change, &mut |text| out.warning(&text))?;
        let configured = startup.configured().iter().map(|entry| entry.name.clone()).collect();
        Ok(Host { runtime, interrupts, responder: Responder::new(options), configured })
    }

    /// Takes a server into the run.
    pub fn add(&mut self, mut spec: ServerSpec) -> ServerId {
        // A command wants its answer or the reason why there is none; a person at a screen may wait for the next attempt.
        spec.restart = Restart::Never;
        spec.tell_logs = true;
        spec.offers = self.responder.offers(&spec);
        let id = ServerId(self.runtime.state().sessions.len() as u16);
        self.runtime.dispatch(Command::AddServer(spec));
        id
    }

    /// A server of the run, which must have been added.
    pub fn session(&self, server: ServerId) -> &Session {
        &self.runtime.state().sessions[server.index()]
    }

    /// The world as it is.
    pub fn state(&self) -> &State {
        self.runtime.state()
    }

    /// Does what a person would ask for.
    pub fn dispatch(&mut self, command: Command) {
        self.runtime.dispatch(command);
    }

    /// Gives cancelled calls a moment to say how they ended.
    pub async fn last_words(&mut self) {
        let ended = async {
            while !self.runtime.state().chat.running.is_empty() {
                self.runtime.next().await;
            }
        };
        tokio::time::timeout(CANCEL, ended).await.ok();
    }

    /// Starts connecting without waiting for it.
    pub fn begin(&mut self, server: ServerId) {
        self.runtime.dispatch(Command::Connect(server));
    }

    /// Connects, all the way to a usable session.
    pub async fn connect(&mut self, server: ServerId, out: &mut Output) -> Result<(), Failed> {
        self.begin(server);
        self.connected(server, out).await
    }

    /// Waits until a server that is connecting is usable.
    pub async fn connected(&mut self, server: ServerId, out: &mut Output) -> Result<(), Failed> {
        loop {
            match &self.session(server).status {
                Status::Ready => return Ok(()),
                Status::Down { reason, .. } => {
                    let reason = reason.clone();
                    self.settle(server, |_| false).await;
                    return Err(Failed::of_down(&reason, self.session(server)));
                }
                Status::Idle => return Err(Failed::unexpected("the session did not start")),
                Status::Connecting { step, .. } => {
                    out.progress(&format!("{}: {step}", self.session(server).spec.name));
                }
            }
            self.step(out).await?;
        }
    }

    /// Runs an operation to its end.
    pub async fn run(&mut self, server: ServerId, operation: Operation, out: &mut Output) -> Result<RawJson, Failed> {
        let begins = matches!(operation, Operation::CallTool { .. } | Operation::CallAsTask { .. });
        let id = self.runtime.run(server, operation);
        let mut told = false;
        loop {
            let Some(call) = self.runtime.state().calls.get(&id) else {
                return Err(Failed::unexpected("the call was forgotten"));
            };
            match &call.state {
                CallState::Done(result) => return Ok(result.clone()),
                CallState::Failed(failure) => {
                    let failure = failure.clone();
                    if matches!(failure, Failure::Unreachable(_)) {
                        // The call fails before the session does, which knows how the server ended.
                        self.settle(server, |session| matches!(session.status, Status::Down { .. })).await;
                    }
                    return Err(Failed::of_call(&failure, self.session(server)));
                }
                CallState::Running | CallState::Cancelling => {}
            }
            if let Some(task) = call.task.as_ref().filter(|_| begins && !std::mem::replace(&mut told, true))
                && let Some(how) = self.to_be_continued(server, &task.id)
            {
                out.note(&how);
            }
            if let Some(progress) = &call.progress {
                out.progress(&progress_line(call, progress));
            }
            if let Err(failed) = self.step(out).await {
                self.cancel(id).await;
                return Err(failed);
            }
        }
    }

    /// How another run comes to the result of a task. A server that was started from a command line ends with us, and
    /// its tasks with it.
    fn to_be_continued(&self, server: ServerId, task: &str) -> Option<String> {
        let spec = &self.session(server).spec;
        let mut args = ["tasks", "wait", task].map(str::to_owned).to_vec();
        let mut same = "";
        if self.configured.contains(&spec.name) {
            args.extend(["-s".to_owned(), spec.name.clone()]);
        } else if matches!(spec.launch, Launch::Http { .. }) {
            same = " with the same server";
        } else {
            return None;
        }
        let command = shown_command(&Launch::Stdio { command: "mcp-tui".into(), args, env: vec![], cwd: None });
        Some(format!("{} works on it as a task; `{command}`{same} waits for it in another run", spec.name))
    }

    /// Fetches all of a list.
    pub async fn list(&mut self, server: ServerId, kind: ListKind, out: &mut Output) -> Result<&[Item], Failed> {
        self.run(server, Operation::List(kind), out).await?;
        Ok(&self.session(server).listing(kind).items)
    }

    /// Waits until a resource changed, or until that cannot be told any more.
    pub async fn changed(&mut self, server: ServerId, out: &mut Output) -> Result<(), Failed> {
        loop {
            let session = self.session(server);
            if !session.updated.is_empty() || session.subscribed.is_empty() || !session.is_ready() {
                return Ok(());
            }
            self.step(out).await?;
        }
    }

    /// How long the newest call took, in milliseconds.
    pub fn last_took(&self) -> f64 {
        let newest = self.runtime.state().calls.values().next_back();
        newest.map_or(0.0, |call| call.ended.map_or(0, |ended| ended.micros_since(call.started)) as f64 / 1_000.0)
    }

    /// Waits, but not through an interrupt.
    pub async fn sleep(&mut self, time: Duration, out: &mut Output) -> Result<(), Failed> {
        let until = tokio::time::sleep(time);
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => return Ok(()),
                stepped = self.step(out) => stepped?,
            }
        }
    }

    /// Ends all servers; a second interrupt ends the waiting.
    pub async fn shutdown(mut self) {
        tokio::select! {
            () = self.runtime.shutdown() => {}
            () = self.interrupts.next() => {}
        }
    }

    /// Waits for something to happen and tells what should be told. The error is an interrupt.
    pub async fn step(&mut self, out: &mut Output) -> Result<(), Failed> {
        tokio::select! {
            biased;
            () = self.interrupts.next() => return Err(Failed::interrupted()),
            answer = self.responder.person() => self.runtime.dispatch(answer),
            () = self.runtime.next() => {}
        }
        for answer in self.responder.answers(self.runtime.state(), out) {
            self.runtime.dispatch(answer);
        }
        self.tell(out);
        Ok(())
    }

    /// Prints what servers logged, and notices. How a server went down is told by the failure that follows from it.
    fn tell(&mut self, out: &mut Output) {
        if !self.runtime.state().messages.is_empty() {
            for (_, message) in &self.runtime.state().messages {
                out.log(&content::log_message(message));
            }
            self.runtime.dispatch(Command::ForgetMessages);
        }
        for notice in &self.runtime.state().notices {
            match (notice.level, notice.server) {
                (Level::Info, _) => out.note(&notice.text),
                (Level::Warning, _) | (Level::Error, None) => out.warning(&notice.text),
                (Level::Error, Some(_)) => {}
            }
        }
        for _ in 0..self.runtime.state().notices.len() {
            self.runtime.dispatch(Command::DismissNotice);
        }
    }

    async fn cancel(&mut self, call: CallId) {
        self.runtime.dispatch(Command::Cancel(call));
        let ended = async {
            while self.runtime.state().calls.get(&call).is_some_and(Call::is_open) {
                self.runtime.next().await;
            }
        };
        tokio::time::timeout(CANCEL, ended).await.ok();
    }

    /// Lets events arrive for a moment, until `enough`.
    async fn settle(&mut self, server: ServerId, enough: impl Fn(&Session) -> bool) {
        let arriving = async {
            while !enough(&self.runtime.state().sessions[server.index()]) {
                self.runtime.next().await;
            }
        };
        tokio::time::timeout(LAST_WORDS, arriving).await.ok();
    }
}

fn progress_line(call: &Call, progress: &Progress) -> String {
    let subject = call.operation.subject();
    let total = progress.total.map(|total| format!("/{total}")).unwrap_or_default();
    let message = progress.message.as_ref().map(|message| format!(" {message}")).unwrap_or_default();
    format!("{subject} {}{total}{message}", progress.progress)
}

/// Interrupts from the terminal and requests to terminate.
struct Interrupts {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Interrupts {
    #[cfg(unix)]
    fn watch() -> Result<Self, Failed> {
        use tokio::signal::unix::{SignalKind, signal};
        let watch = |kind| signal(kind).map_err(|fault| Failed::unexpected(format!("cannot watch signals: {fault}")));
        Ok(Self { interrupt: watch(SignalKind::interrupt())?, terminate: watch(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn watch() -> Result<Self, Failed> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        tokio::signal::ctrl_c().await.ok();
    }
}
