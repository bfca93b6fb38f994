//! What the operating system knows of a child: its session and group, its limits, its environment, how it ended.

use std::process::ExitStatus;

#[cfg(unix)]
use super::watchdog;

/// A process group that dies with this value at the latest; with us, if we are killed.
#[derive(Debug)]
pub(super) struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    pub(super) fn new(pid: u32) -> Group {
        watchdog::tell(true, pid);
        Group { leader: i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(leader) = self.leader {
            // The group may be gone already; there is nothing left to do then.
            rustix::process::kill_process_group(leader, signal).ok();
        }
    }

    pub(super) fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    pub(super) fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    pub(super) fn is_alive(&self) -> bool {
        self.leader.is_some_and(|leader| rustix::process::test_kill_process_group(leader).is_ok())
    }
}

// Without process groups the child itself dies with its handle (`kill_on_drop`).
#[cfg(not(unix))]
impl Group {
    pub(super) fn new(_pid: u32) -> Group {
        Group {}
    }

    pub(super) fn terminate(&self) {}

    pub(super) fn kill(&self) {}

    pub(super) fn is_alive(&self) -> bool {
        false
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            watchdog::tell(false, leader.as_raw_nonzero().get().unsigned_abs());
        }
    }
}

/// Gives the child a session of its own: no terminal to paint over or to type into, and a process group to end it by.
#[cfg(unix)]
pub(super) fn detach(command: &mut tokio::process::Command) -> std::io::Result<()> {
    use process_wrap::tokio::{CommandWrap, CommandWrapper, ProcessSession};
    // Of the wrapper only the step before the program runs is wanted, and that looks at nothing else.
    let unused = CommandWrap::with_new("", |_| {});
    ProcessSession.pre_spawn(command, &unused)
}

#[cfg(not(unix))]
pub(super) fn detach(_command: &mut tokio::process::Command) -> std::io::Result<()> {
    Ok(())
}

/// Limits the child as soon as it is there: no core dumps, in which secrets would lie around, and as much memory as the
/// config says. Its own children inherit both.
#[cfg(target_os = "linux")]
pub(super) fn limit(pid: u32, memory: Option<usize>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let set = |resource, most: u64| {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        if let Err(fault) = prlimit(Some(pid), resource, limit) {
            tracing::warn!("cannot limit {resource:?} of process {}: {fault}", pid.as_raw_nonzero());
        }
    };
    set(Resource::Core, 0);
    if let Some(memory) = memory {
        set(Resource::As, memory as u64);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_pid: u32, _memory: Option<usize>) {}

/// Variables a child inherits; everything else (keys, tokens, agent sockets) it gets only if the config says so.
const INHERITED: [&str; 33] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NVM_DIR",
    "PYENV_ROOT",
    "RUSTUP_HOME",
    "CARGO_HOME",
    "JAVA_HOME",
    // Without these, programs do not start on Windows.
    "APPDATA",
    "LOCALAPPDATA",
    "SYSTEMROOT",
    "SystemRoot",
    "USERPROFILE",
    "PATHEXT",
];
/// Families of variables a child inherits.
const INHERITED_PREFIXES: [&str; 5] = ["LC_", "XDG_", "UV_", "npm_config_", "PIP_"];

pub(super) fn environment() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    let inherited = std::env::vars_os().filter(|(name, _)| {
        name.to_str().is_some_and(|name| {
            INHERITED.contains(&name) || INHERITED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
    });
    // It talks to a pipe: no colours, no progress bars.
    inherited.chain([("TERM".into(), "dumb".into())])
}

pub(super) fn status_text(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match signal_name(signal) {
            Some(name) => format!("killed by signal {signal} ({name})"),
            None => format!("killed by signal {signal}"),
        };
    }
    match status.code() {
        Some(code) => format!("exited with status {code}"),
        None => "ended".into(),
    }
}

#[cfg(unix)]
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}
