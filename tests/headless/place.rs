//! A place of its own for each test: a directory with config, journals and scripted servers, and the binary to run in it.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing takes this long unless it hangs.
const DEADLINE: Duration = Duration::from_secs(40);

/// A directory, and what is run in it.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Standard output as the one JSON document it must be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// The failure on standard error, with `--json`.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let line = self.err.lines().find(|line| line.starts_with("{\"error\"")).unwrap_or_else(|| panic!("{self:?}"));
        serde_json::from_str::<Value>(line).unwrap()["error"].clone()
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn complains(self, part: &str) -> Ran {
        assert!(self.err.contains(part), "{part:?} is expected in {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, part: &str) -> Ran {
        assert!(self.out.contains(part), "{part:?} is expected in {self:?}");
        self
    }
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file and gives its path as a word.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-tui"));
        command.args(words).env("HOME", self.dir.path()).env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
        command.env_remove("ANTHROPIC_API_KEY").env_remove("OPENAI_API_KEY");
        command.env_remove("XDG_DATA_HOME").env_remove("NO_COLOR").current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the binary with these words.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(ended(self.command(words).spawn().unwrap(), words))
    }

    /// Runs the binary with something on its standard input.
    pub(crate) fn run_with(&self, input: &str, words: &[&str]) -> Ran {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::of(ended(child, words))
    }

    /// Runs the binary against a server that shakes hands and follows these steps.
    pub(crate) fn scripted(&self, words: &[&str], steps: &str) -> Ran {
        let script = format!("{{\"handshake\":\"2025-11-25\"}}\n{steps}\n{{\"until_eof\":true}}\n");
        self.played(words, &script)
    }

    /// Runs the binary against a server that follows this script.
    pub(crate) fn played(&self, words: &[&str], script: &str) -> Ran {
        let script = self.file("server.script", script);
        let server = scripted_server();
        let mut all = words.to_vec();
        all.extend(["--", server.to_str().unwrap(), &script]);
        self.run(&all)
    }

    /// The text of the only journal under the home directory.
    pub(crate) fn journal(&self) -> String {
        let dir = self.path(".local/state/mcp-tui/journal");
        let files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        std::fs::read_to_string(&files[0]).unwrap()
    }
}

/// The scripted server's program, built by `cargo test` beside the binary.
pub(crate) fn scripted_server() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_mcp-tui"));
    let path =
        binary.with_file_name("examples").join("scripted_server").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing: build it with `cargo build --examples`", path.display());
    path
}

/// Waits for the end, and kills what does not end.
pub(crate) fn ended(mut child: Child, what: &[&str]) -> Output {
    let out = child.stdout.take().map(read_aside);
    let err = child.stderr.take().map(read_aside);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > DEADLINE {
            child.kill().ok();
            panic!("{what:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |reader: Option<std::thread::JoinHandle<Vec<u8>>>| reader.map_or_else(Vec::new, |r| r.join().unwrap());
    Output { status, stdout: read(out), stderr: read(err) }
}

fn read_aside(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).ok();
        bytes
    })
}
