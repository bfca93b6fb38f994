//! Who ends servers when we cannot any more: a second copy of this program that hears of each process group, and of our
//! end. A server that heeds the end of its input needs none; one that does not would outlive a program that was killed.
//!
//! The copy reads a pipe that only we hold: `+GROUP` when a server is started, `-GROUP` when it was ended. When the pipe
//! ends, it ends what is left by the same ladder as we would. It has a process group of its own (an interrupt from the
//! keyboard is not for it) and none of our streams. There is one for each run, from the first server on.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::process::ExitCode;

/// How the copy is told what it is: no subcommand, and nothing a person would type.
const ASKED: &str = "__watchdog";

/// Whether this process is to be a watchdog. To be asked before the command line is read.
pub fn is_asked() -> bool {
    std::env::args_os().nth(1).is_some_and(|word| word == ASKED)
}

/// Watches until whoever started us is gone, then ends what it left behind.
pub fn run() -> ExitCode {
    let mut groups = BTreeSet::new();
    // Bytes that are no text can only come from somebody else, and end it like the end of the pipe does.
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (Some(sign), Some(Ok(group))) = (line.get(..1), line.get(1..).map(str::parse::<u32>)) else { continue };
        match sign {
            "+" => groups.insert(group),
            _ => groups.remove(&group),
        };
    }
    platform::end(groups);
    ExitCode::SUCCESS
}

/// From now on the servers of this process are watched over. Only for a program whose `main` begins with [`is_asked`].
pub fn arm() {
    platform::arm();
}

/// A server was started, or was ended with all that it started.
#[cfg(unix)]
pub(super) fn tell(started: bool, group: u32) {
    platform::tell(&format!("{}{group}\n", if started { '+' } else { '-' }));
}

#[cfg(unix)]
mod platform {
    use std::io::Write;
    use std::os::unix::process::CommandExt;
    use std::process::{ChildStdin, Command, Stdio};
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    use rustix::fs::{OFlags, fcntl_setfl};
    use rustix::process::{Pid, Signal, getsid, kill_process_group, test_kill_process_group};

    use super::super::{AFTER_EOF, AFTER_TERM};
    use super::{ASKED, BTreeSet};

    static ARMED: OnceLock<()> = OnceLock::new();
    /// The pipe, from the first server on; `None` where no watchdog could be started.
    static PIPE: OnceLock<Option<ChildStdin>> = OnceLock::new();

    pub(super) fn arm() {
        ARMED.get_or_init(|| ());
    }

    pub(super) fn tell(line: &str) {
        if ARMED.get().is_none() {
            return;
        }
        let pipe = PIPE.get_or_init(|| {
            start().inspect_err(|fault| tracing::warn!("no watchdog: {fault}; a killed run may leave servers")).ok()
        });
        if let Some(mut pipe) = pipe.as_ref() {
            // So short a line is written whole or not at all. A watchdog that was killed or stopped is no reason to fail.
            pipe.write_all(line.as_bytes()).ok();
        }
    }

    fn start() -> std::io::Result<ChildStdin> {
        // As the file that runs, even where it was replaced or removed meanwhile; and who kills by name means us alone.
        let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        let mut child = Command::new(program)
            .arg0("mcp-watchdog")
            .arg(ASKED)
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = child.stdin.take().ok_or_else(|| std::io::Error::other("it has no pipe"))?;
        // Nobody ever waits for it.
        fcntl_setfl(&pipe, OFlags::NONBLOCK)?;
        Ok(pipe)
    }

    /// The ladder of a shutdown, for all groups at once. The end of their input was our starter's end.
    pub(super) fn end(groups: BTreeSet<u32>) {
        let pids = groups.into_iter().filter_map(|group| Pid::from_raw(i32::try_from(group).ok()?));
        let mut groups: Vec<Pid> = pids.collect();
        for (pause, signal) in [(AFTER_EOF, Signal::TERM), (AFTER_TERM, Signal::KILL)] {
            let until = Instant::now() + pause;
            while !groups.is_empty() && Instant::now() < until {
                groups.retain(|group| is_left(*group));
                std::thread::sleep(Duration::from_millis(20));
            }
            for group in &groups {
                // It may have ended in this moment.
                kill_process_group(*group, signal).ok();
            }
        }
    }

    /// Whether the group is there, and is the session that a server got: the number may be somebody else's by now.
    fn is_left(group: Pid) -> bool {
        test_kill_process_group(group).is_ok() && getsid(Some(group)).map_or(true, |session| session == group)
    }
}

// Elsewhere there are no process groups to end.
#[cfg(not(unix))]
mod platform {
    pub(super) fn arm() {}

    pub(super) fn end(_groups: super::BTreeSet<u32>) {}
}
