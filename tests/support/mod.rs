//! What the tests share: a run over the real engine, with scripted servers.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mcp_tui::app::{Command, State};
use mcp_tui::model::call::{Call, CallState, Operation};
use mcp_tui::model::id::{CallId, ServerId};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::record::Record;
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::runtime::{Options, Runtime};

/// Nothing a test waits for takes this long unless it hangs.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The scripted server's program, built by `cargo test` beside the binary.
pub(crate) fn scripted_server() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_mcp-tui"));
    let path =
        binary.with_file_name("examples").join("scripted_server").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing: build it with `cargo build --examples`", path.display());
    path
}

/// A run with a journal in a directory of its own.
pub(crate) struct Run {
    pub(crate) runtime: Runtime,
    pub(crate) dir: tempfile::TempDir,
}

impl Run {
    pub(crate) fn new(auto_list: bool) -> Run {
        let dir = tempfile::tempdir().unwrap();
        let tasks = Some(dir.path().join("tasks.json"));
        let journal = Some(dir.path().join("journal.jsonl"));
        let options = Options { journal, tasks, auto_list, ..Options::default() };
        Run { runtime: Runtime::start(options).unwrap(), dir }
    }

    /// Adds a server that follows the script.
    pub(crate) fn script(&mut self, name: &str, script: &str) -> ServerSpec {
        let path = self.dir.path().join(format!("{name}.script"));
        std::fs::write(&path, script).unwrap();
        let launch = Launch::Stdio {
            command: scripted_server().display().to_string(),
            args: vec![path.display().to_string()],
            env: vec![],
            cwd: None,
        };
        ServerSpec::new(name, launch)
    }

    /// Adds the server and connects it; does not wait.
    pub(crate) fn connect(&mut self, spec: ServerSpec) -> ServerId {
        let id = ServerId(u16::try_from(self.runtime.state().sessions.len()).unwrap());
        self.runtime.dispatch(Command::AddServer(spec));
        self.runtime.dispatch(Command::Connect(id));
        id
    }

    /// Applies events until the condition holds.
    pub(crate) async fn until(&mut self, what: &str, mut holds: impl FnMut(&State) -> bool) {
        let start = Instant::now();
        while !holds(self.runtime.state()) {
            let left = DEADLINE.checked_sub(start.elapsed());
            let waited = match left {
                Some(left) => tokio::time::timeout(left, self.runtime.next()).await.is_ok(),
                None => false,
            };
            assert!(
                waited,
                "never: {what}; sessions {:#?}\n{}",
                self.runtime.state().sessions,
                std::fs::read_to_string(self.dir.path().join("journal.jsonl")).unwrap_or_default()
            );
        }
    }

    /// Adds, connects and waits until it is ready.
    pub(crate) async fn ready(&mut self, spec: ServerSpec) -> ServerId {
        let id = self.connect(spec);
        self.until("ready", |state| state.sessions[id.index()].is_ready()).await;
        id
    }

    /// Runs an operation to its end.
    pub(crate) async fn call(&mut self, server: ServerId, operation: Operation) -> CallState {
        let call = self.runtime.run(server, operation);
        self.ended(call).await.state
    }

    pub(crate) async fn ended(&mut self, call: CallId) -> Call {
        self.until("the call ends", |state| state.calls.get(&call).is_none_or(|call| !call.is_open())).await;
        self.runtime.state().calls[&call].clone()
    }

    /// Ends the run and reads the journal.
    pub(crate) async fn finish(self) -> Vec<Record> {
        let path = self.dir.path().join("journal.jsonl");
        self.runtime.shutdown().await;
        let mut records = Vec::new();
        let scan = mcp_tui::journal::scan_file(&path, |record| {
            records.push(record);
            true
        })
        .unwrap();
        assert_eq!(scan.damaged_count, 0, "the journal is whole");
        for (at, record) in records.iter().enumerate() {
            assert_eq!(record.seq, at as u64, "sequence numbers have no gaps");
        }
        records
    }
}

/// A tool call without arguments.
pub(crate) fn tool(name: &str) -> Operation {
    Operation::CallTool { name: name.into(), arguments: RawJson::empty_object() }
}
