//! A server as a child process: its own session without a terminal, limits, bounded lines, drained stderr, a watched exit, a shutdown ladder.
//!
//! Three ends are three things: the process exits, its output ends, or a grandchild holds the pipe open after it.
//! Nothing is ever written back because of garbage, and what the server does not read runs into a deadline.

mod lines;
mod process;
#[cfg(test)]
mod tests;
pub mod watchdog;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::transport::{End, Inbound, Outgoing};
use crate::journal::{Frame, Tap};
use crate::model::server::{Limits, Timeouts};
use crate::model::wire::Direction;
use lines::Lines;
use process::{Group, environment, status_text};

/// Frames waiting to be written. More means that the server does not read while it makes us answer.
const OUTBOUND: usize = 1_024;
/// Between the exit of the process and giving up on its output, which a grandchild may hold open.
const DRAIN: Duration = Duration::from_millis(500);
/// The shutdown ladder: after closing stdin, after SIGTERM.
const AFTER_EOF: Duration = Duration::from_secs(1);
const AFTER_TERM: Duration = Duration::from_millis(1_500);

/// A running child and the tasks around it.
#[derive(Debug)]
pub struct StdioTransport {
    pid: u32,
    group: Arc<Group>,
    outbound: Option<mpsc::Sender<Outgoing>>,
    inbound: mpsc::Sender<Inbound>,
    writer: JoinHandle<()>,
    readers: Vec<JoinHandle<()>>,
    exited: watch::Receiver<Option<End>>,
}

impl StdioTransport {
    /// Starts the program. The error says what to do about it.
    pub fn spawn(
        program: (&str, &[String]),
        env: &[(String, String)],
        cwd: Option<&std::path::Path>,
        limits: Limits,
        timeouts: Timeouts,
        tap: &Tap,
        inbound: mpsc::Sender<Inbound>,
    ) -> Result<StdioTransport, String> {
        let (command, args) = program;
        let mut child = Command::new(command);
        child.args(args).env_clear().envs(environment()).envs(env.iter().map(|(name, value)| (name, value)));
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(cwd) = cwd {
            if !cwd.is_dir() {
                return Err(format!("cannot start in {}: there is no such directory; correct `cwd`", cwd.display()));
            }
            child.current_dir(cwd);
        }
        process::detach(&mut child).map_err(|fault| format!("cannot start {command}: {fault}"))?;
        let mut child = child.spawn().map_err(|fault| explain(command, &fault))?;
        let pid = child.id().unwrap_or_default();
        process::limit(pid, limits.memory);
        let group = Arc::new(Group::new(pid));
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(format!("{command}: its standard streams could not be opened"));
        };
        let (outbound, queue) = mpsc::channel(OUTBOUND);
        let writer = tokio::spawn(write(stdin, queue, timeouts.write, tap.clone(), inbound.clone()));
        let (output_ended, output_end) = watch::channel(false);
        let reader = Lines::new(limits.frame_bytes).pump(stdout, tap.clone(), inbound.clone(), output_ended);
        // Dropped with the last line: what a dying server says comes last and matters most.
        let (errors_open, errors_end) = oneshot::channel::<()>();
        let errors = lines::pump_stderr(stderr, tap.clone(), inbound.clone());
        let errors = async move {
            errors.await;
            drop(errors_open);
        };
        let readers = vec![tokio::spawn(reader), tokio::spawn(errors)];
        let (exit, exited) = watch::channel(None);
        tokio::spawn(watch_exit(child, tap.clone(), inbound.clone(), (output_end, errors_end), exit));
        Ok(StdioTransport { pid, group, outbound: Some(outbound), inbound, writer, readers, exited })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Queues a frame. Never waits: a server that makes us answer without reading is cut off.
    pub fn send(&self, out: Outgoing) {
        let Some(outbound) = &self.outbound else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = outbound.try_send(out) {
            let why = "it does not read what it is sent while it keeps asking; restart it";
            self.inbound.try_send(Inbound::Lost(why.into())).ok();
        }
    }

    /// Ends the process and everything it started: stdin closed, SIGTERM, SIGKILL to the whole group.
    pub async fn close(mut self, tap: &Tap) -> Option<End> {
        // What is queued (a cancel notice) still goes out before the end of input.
        self.outbound = None;
        timeout(AFTER_EOF / 2, &mut self.writer).await.ok();
        self.writer.abort();
        let mut end = self.wait(AFTER_EOF).await;
        if end.is_none() {
            tap.note("the server did not exit when its input was closed: SIGTERM to its process group").await;
            self.group.terminate();
            end = self.wait(AFTER_TERM).await;
        }
        if end.is_none() {
            tap.note("the server did not exit on SIGTERM: SIGKILL to its process group").await;
            self.group.kill();
            end = self.wait(DRAIN).await;
        }
        // The leader is gone; what it started must not outlive it.
        if self.group.is_alive() {
            self.group.terminate();
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if !self.group.is_alive() {
                    break;
                }
            }
        }
        self.group.kill();
        for reader in &self.readers {
            reader.abort();
        }
        end
    }

    async fn wait(&mut self, limit: Duration) -> Option<End> {
        let ended = timeout(limit, self.exited.wait_for(Option::is_some)).await;
        ended.ok()?.ok()?.clone()
    }
}

impl Drop for StdioTransport {
    fn drop(&mut self) {
        self.group.kill();
    }
}

fn explain(command: &str, fault: &std::io::Error) -> String {
    let advice = match fault.kind() {
        std::io::ErrorKind::NotFound => "it is not installed or not in PATH",
        std::io::ErrorKind::PermissionDenied => "it is not executable",
        _ => return format!("cannot start {command}: {fault}"),
    };
    format!("cannot start {command}: {advice} ({fault})")
}

async fn write(
    mut stdin: ChildStdin,
    mut queue: mpsc::Receiver<Outgoing>,
    limit: Duration,
    tap: Tap,
    inbound: mpsc::Sender<Inbound>,
) {
    while let Some(out) = queue.recv().await {
        let mut frame = Frame::whole(&out.bytes, out.envelope);
        if let Some(note) = out.note {
            frame.extra = Some(Box::new(crate::journal::Extra { note: Some(note), ..Default::default() }));
        }
        tap.frames(Direction::Send, out.bytes.clone(), vec![frame]).await;
        for part in [out.bytes, Bytes::from_static(b"\n")] {
            let mut rest = &part[..];
            while !rest.is_empty() {
                match timeout(limit, stdin.write(rest)).await {
                    Ok(Ok(written)) if written > 0 => rest = &rest[written..],
                    // A closed pipe is told by the exit, or by the end of its output.
                    Ok(_) => return,
                    Err(_) => {
                        let why = format!("it did not read what it was sent within {} s", limit.as_secs_f64());
                        inbound.send(Inbound::Lost(why)).await.ok();
                        return;
                    }
                }
            }
        }
        // A pipe has no buffer of ours to flush; the call is cheap and true for every writer.
        stdin.flush().await.ok();
    }
}

/// Waits for the process, then for the rest of its output, and reports the end. An exit is reported within
/// [`DRAIN`] even when a grandchild holds the pipe open; an end of output without an exit is reported too.
async fn watch_exit(
    mut child: Child,
    tap: Tap,
    inbound: mpsc::Sender<Inbound>,
    (mut output_end, mut errors_end): (watch::Receiver<bool>, oneshot::Receiver<()>),
    exit: watch::Sender<Option<End>>,
) {
    let early = tokio::select! {
        status = child.wait() => Some(status),
        _ = output_end.wait_for(|ended| *ended) => None,
    };
    let status = match early {
        Some(status) => {
            let drained = async {
                output_end.wait_for(|ended| *ended).await.ok();
                (&mut errors_end).await.ok();
            };
            timeout(DRAIN, drained).await.ok();
            status
        }
        None => {
            if let Ok(status) = timeout(DRAIN, child.wait()).await {
                timeout(DRAIN, &mut errors_end).await.ok();
                status
            } else {
                let end = End { status: "closed its output without exiting".into(), clean: false };
                tap.exit(end.status.clone()).await;
                inbound.send(Inbound::Ended(end)).await.ok();
                child.wait().await
            }
        }
    };
    let end = match status {
        Ok(status) => End { status: status_text(status), clean: status.success() },
        Err(fault) => End { status: format!("ended, and its status is unknown: {fault}"), clean: false },
    };
    tap.exit(end.status.clone()).await;
    exit.send(Some(end.clone())).ok();
    inbound.send(Inbound::Ended(end)).await.ok();
}
