//! What the interop tests share: where the foreign servers are, starting them, and running the real binary against them.
//!
//! Everything that waits has a deadline, and everything that is started is ended: servers by their process group, and
//! after each run over standard input and output it is checked that the client left no server behind.

use std::{
    env,
    ffi::OsString,
    fmt,
    fs::{self, File},
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

/// How long one run of the binary may take. Generous: a cold Python on a busy machine is slow, a hang is for ever.
const RUN_DEADLINE: Duration = Duration::from_mins(2);
/// How long a server may take to listen.
const LISTEN_DEADLINE: Duration = Duration::from_mins(1);
/// How long a server may outlive its client.
const ORPHAN_DEADLINE: Duration = Duration::from_secs(10);
/// How often a condition is looked at again.
const POLL: Duration = Duration::from_millis(20);
/// By this variable the servers of one client are found in the process table.
const MARK: &str = "MCP_TUI_INTEROP_MARK";

/// The servers under test.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Server {
    /// `@modelcontextprotocol/server-everything`: legacy, all three transports.
    Everything,
    /// `@modelcontextprotocol/server-filesystem`: legacy.
    Filesystem,
    /// `@modelcontextprotocol/server-memory`: legacy.
    Memory,
    /// `mcp-server-time`: dual era.
    Time,
    /// `mcp-server-git`: dual era.
    Git,
    /// Ours on the Python SDK: dual era, all three transports.
    Python,
    /// Ours on FastMCP: dual era, all three transports.
    FastMcp,
    /// Ours on the TypeScript SDK: dual era, or modern only.
    TypeScript,
}

impl Server {
    /// The program and its first arguments, or `None` (after saying so) if it is not installed and need not be.
    ///
    /// # Panics
    ///
    /// If it is not installed and `CI` is set.
    pub(crate) fn command(self) -> Option<Vec<OsString>> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
        let node = |script: PathBuf| (script.clone(), vec!["node".into(), script.into()]);
        let package =
            |name: &str| node(home.join("node_modules/@modelcontextprotocol").join(name).join("dist/index.js"));
        let python = home.join(".venv/bin/python");
        // The interpreter is a link that can outlive what it points to, hence the script beside it.
        let script = |name: &str| home.join(".venv/bin").join(name);
        let (needs, command): (PathBuf, Vec<OsString>) = match self {
            Self::Everything => package("server-everything"),
            Self::Filesystem => package("server-filesystem"),
            Self::Memory => package("server-memory"),
            Self::Time => (script("mcp-server-time"), vec![script("mcp-server-time").into()]),
            Self::Git => (script("mcp-server-git"), vec![script("mcp-server-git").into()]),
            Self::Python => (python.clone(), vec![python.into(), home.join("servers/python_sdk.py").into()]),
            Self::FastMcp => (script("fastmcp"), vec![python.into(), home.join("servers/fastmcp_server.py").into()]),
            // Packages are found upwards from the script, so `servers` sees the modules beside it.
            Self::TypeScript => (
                home.join("node_modules/@modelcontextprotocol/server/package.json"),
                node(home.join("servers/typescript_sdk.mjs")).1,
            ),
        };
        installed(&needs, &format!("{self:?}")).then_some(command)
    }
}

/// Whether something is installed; if not, that is said.
///
/// # Panics
///
/// If it is not installed and `CI` is set.
pub(crate) fn installed(needs: &Path, what: &str) -> bool {
    if needs.exists() {
        return true;
    }
    assert!(
        env::var_os("CI").is_none_or(|value| value.is_empty()),
        "interop: {what} is missing ({}): run tests/interop/install",
        needs.display()
    );
    // Not `eprintln!`: the test harness would keep it to itself.
    let line = format!("SKIPPED interop {what}: run tests/interop/install\n");
    io::stderr().write_all(line.as_bytes()).expect("standard error is open");
    false
}

/// Where a client connects to.
#[derive(Debug)]
enum Target {
    Stdio(Vec<OsString>),
    Url(String),
    /// Named by each command, out of this foreign file.
    File(PathBuf),
}

/// The binary with a configuration directory of its own, a target and options.
#[derive(Debug)]
pub(crate) struct Client {
    home: TempDir,
    target: Target,
    options: Vec<OsString>,
}

impl Client {
    /// A client of a server on standard input and output.
    pub(crate) fn stdio<A: Into<OsString>>(command: Vec<OsString>, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = command;
        command.extend(arguments.into_iter().map(Into::into));
        Self::new(Target::Stdio(command))
    }

    /// A client of a server on a port.
    pub(crate) fn url(url: String) -> Self {
        Self::new(Target::Url(url))
    }

    /// A client of the servers in a foreign configuration file.
    pub(crate) fn configured(file: &Path) -> Self {
        Self::new(Target::File(file.to_owned()))
    }

    fn new(target: Target) -> Self {
        let home = tempfile::Builder::new().prefix("mcp-tui-interop-").tempdir().expect("a temporary directory");
        Self { home, target, options: Vec::new() }
    }

    /// Adds options to every run.
    pub(crate) fn with<A: Into<OsString>>(mut self, options: impl IntoIterator<Item = A>) -> Self {
        self.options.extend(options.into_iter().map(Into::into));
        self
    }

    /// Runs one command with `--json`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "", &[])
    }

    /// Runs one command with `--json`, some standard input and more environment.
    ///
    /// # Panics
    ///
    /// If it does not end in time, or a server outlives it.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str, vars: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-tui"));
        command.args(arguments).arg("--json").arg("--config-dir").arg(self.home.path());
        // The defaults are for people; here a server may be slow because other tests keep the machine busy.
        command.args(["--connect-timeout", "60"]).args(&self.options);
        // A proxy of this machine has no business between the two.
        command.env("NO_PROXY", "127.0.0.1,localhost").env("no_proxy", "127.0.0.1,localhost");
        command.envs(vars.iter().copied());
        let mark = format!("{MARK}={}", self.home.path().display());
        match &self.target {
            Target::Stdio(server) => command.args(["-e", &mark]).arg("--").args(server),
            Target::Url(url) => command.args(["--url", url]),
            Target::File(file) => command.arg("--mcp-config").arg(file),
        };
        let ran = finish(command, input);
        if matches!(self.target, Target::Stdio(_)) {
            let left = orphans(&mark);
            assert!(left.is_empty(), "the client left servers behind: {left:?}\n{ran}");
        }
        ran
    }

    /// Runs one command that has to succeed, and returns the one document that it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(arguments).succeeded().json()
    }
}

/// A command that has ended.
pub(crate) struct Ran {
    command: String,
    status: ExitStatus,
    /// All of its standard output.
    pub(crate) stdout: String,
    /// All of its standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Asserts that it exited with one of these codes.
    pub(crate) fn exited(self, codes: &[i32]) -> Self {
        let code = self.status.code();
        assert!(code.is_some_and(|code| codes.contains(&code)), "expected exit {codes:?}\n{self}");
        self
    }

    /// Asserts that it exited with 0.
    pub(crate) fn succeeded(self) -> Self {
        self.exited(&[0])
    }

    /// Standard output as the one JSON document that it has to be.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is not one JSON document: {error}\n{self}"))
    }

    /// Standard output as one JSON object a line.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{self}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The message of the error document on standard error.
    pub(crate) fn error(&self) -> String {
        self.stderr
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|line| line.pointer("/error/message")?.as_str().map(str::to_owned))
            .unwrap_or_else(|| panic!("no error document on standard error\n{self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, status, stdout, stderr } = self;
        write!(f, "command: {command}\n{status}\nstdout: {stdout}\nstderr: {stderr}")
    }
}

/// Runs a command to its end, collecting what it prints.
pub(crate) fn finish(mut command: Command, input: &str) -> Ran {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{shown}: {error}"));
    let stdout = collect(child.stdout.take().expect("stdout is piped"));
    let stderr = collect(child.stderr.take().expect("stderr is piped"));
    // A script is far smaller than a pipe. A program that does not read it may be gone already: then the write fails.
    let mut stdin = child.stdin.take().expect("stdin is piped");
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);

    let deadline = Instant::now() + RUN_DEADLINE;
    let mut hung = false;
    let status = loop {
        if let Some(status) = child.try_wait().expect("our child can be waited for") {
            break status;
        }
        if Instant::now() > deadline {
            hung = true;
            kill_group(&child);
            break child.wait().expect("our child can be waited for");
        }
        thread::sleep(POLL);
    };
    // Ends at once, unless something inherited our pipes.
    let text = |from: Receiver<Vec<u8>>| match from.recv_timeout(ORPHAN_DEADLINE) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => panic!("{shown}: ended, but something holds its output open: {error}"),
    };
    let ran = Ran { stdout: text(stdout), stderr: text(stderr), command: shown.clone(), status };
    assert!(!hung, "did not end in {RUN_DEADLINE:?} and was killed\n{ran}");
    ran
}

/// Reads a stream to its end beside us.
fn collect(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (to, collected) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth showing.
        drop(from.read_to_end(&mut bytes));
        drop(to.send(bytes));
    });
    collected
}

/// The processes that still carry a mark when the deadline has passed; empty as soon as there are none.
fn orphans(mark: &str) -> Vec<String> {
    let deadline = Instant::now() + ORPHAN_DEADLINE;
    loop {
        let left = marked(mark);
        if left.is_empty() || Instant::now() > deadline {
            return left;
        }
        thread::sleep(POLL);
    }
}

/// The processes whose environment carries a mark; none where there is no `/proc`.
fn marked(mark: &str) -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter(|process| {
            fs::read(process.path().join("environ"))
                .is_ok_and(|vars| vars.split(|byte| *byte == 0).any(|var| var == mark.as_bytes()))
        })
        .map(|process| {
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            format!("{}: {}", process.path().display(), String::from_utf8_lossy(&command))
        })
        .collect()
}

/// A server listening on a port of this machine until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    child: Child,
    port: u16,
    /// Holds what it printed.
    _dir: TempDir,
}

impl Listening {
    /// Starts a server; `{port}` in its arguments is the port, and so is `PORT` in its environment.
    ///
    /// # Panics
    ///
    /// If it does not listen in time.
    pub(crate) fn start(server: &[OsString], arguments: &[&str]) -> Self {
        let (program, first) = server.split_first().expect("a command has a program");
        // The port is free when it is chosen, not necessarily when the server gets to it: hence the attempts.
        let mut printed = String::new();
        for _ in 0..3 {
            let port = free_port();
            let dir = tempfile::tempdir().expect("a temporary directory");
            let path = dir.path().join("output");
            let output = File::create(&path).expect("a file for the server's output");
            let error = output.try_clone().expect("a second handle of it");
            let child = Command::new(program)
                .args(first)
                .args(arguments.iter().map(|argument| argument.replace("{port}", &port.to_string())))
                .env("PORT", port.to_string())
                .current_dir(dir.path())
                .stdin(Stdio::null())
                .stdout(output)
                .stderr(error)
                .process_group(0)
                .spawn()
                .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
            let mut listening = Self { child, port, _dir: dir };
            if listening.is_up() {
                return listening;
            }
            printed = fs::read_to_string(path).unwrap_or_default();
        }
        panic!("{} {arguments:?} does not listen:\n{printed}", program.display());
    }

    /// Waits until it accepts connections; false if it ended or the deadline passed.
    fn is_up(&mut self) -> bool {
        let deadline = Instant::now() + LISTEN_DEADLINE;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while Instant::now() < deadline {
            let accepts = TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok();
            if self.child.try_wait().expect("our child can be waited for").is_some() {
                return false;
            }
            if accepts {
                return true;
            }
            thread::sleep(POLL);
        }
        false
    }

    /// The address of a path of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        kill_group(&self.child);
        drop(self.child.wait());
    }
}

/// A port that nobody listens on just now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of this machine");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Kills a child that has not been waited for, and everything in its process group.
fn kill_group(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may be gone already.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
