//! The real binary in a pseudo-terminal, read back through an independent emulator. Waits for conditions with
//! deadlines; never sleeps for luck.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Columns and rows of pixels that a cell has.
pub(crate) const CELL: (u16, u16) = (10, 20);

/// What the terminal has seen.
pub(crate) struct Seen {
    pub(crate) parser: vt100::Parser,
    pub(crate) bytes: Vec<u8>,
    ended: bool,
    /// The terminal reads nothing, as one behind a stalled link.
    held: bool,
}

/// The program and the terminal it runs in.
pub(crate) struct Session {
    pub(crate) child: Box<dyn Child + Send + Sync>,
    pub(crate) master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    pub(crate) seen: Arc<(Mutex<Seen>, Condvar)>,
    pub(crate) home: tempfile::TempDir,
}

impl Session {
    /// Starts the workbench on the built-in server.
    pub(crate) fn start(columns: u16, rows: u16) -> Session {
        Session::start_with(columns, rows, &[])
    }

    /// The same with these variables in its environment. `HOME` is a fresh directory, and where it works.
    pub(crate) fn start_with(columns: u16, rows: u16, variables: &[(&str, &str)]) -> Session {
        Session::run(columns, rows, variables, &[])
    }

    /// The same with these words behind the program's name.
    pub(crate) fn run(columns: u16, rows: u16, variables: &[(&str, &str)], words: &[&str]) -> Session {
        Session::start_in(tempfile::tempdir().expect("a directory"), columns, rows, variables, words)
    }

    /// The same with a home that has something in it.
    pub(crate) fn start_in(
        home: tempfile::TempDir,
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
        words: &[&str],
    ) -> Session {
        let pty = native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: columns * CELL.0, pixel_height: rows * CELL.1 })
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mcp-tui"));
        command.args(words);
        command.env("TERM", "xterm-256color");
        for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(variable, home.path());
        }
        command.cwd(home.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        let seen = Seen {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
            ended: false,
            held: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pty.master.try_clone_reader().expect("a reader");
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 8_192];
            loop {
                let read = output.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().expect("no panic while reading");
                if read == 0 {
                    seen.ended = true;
                    shared.1.notify_all();
                    return;
                }
                seen.parser.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                shared.1.notify_all();
                while seen.held {
                    seen = shared.1.wait(seen).expect("no panic while reading");
                }
            }
        });
        let keys = pty.master.take_writer().expect("a writer");
        Session { child, master: pty.master, keys, seen, home }
    }

    pub(crate) fn keys(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    /// Waits until the condition holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Seen) -> bool) {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().expect("the reader lives");
        while !holds(&seen) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} did not happen; the screen is\n{}", seen.parser.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).expect("the reader lives").0;
        }
    }

    /// Waits until the condition holds, but no longer than this.
    pub(crate) fn until_or(&self, patience: Duration, holds: impl Fn(&Seen) -> bool) {
        let end = Instant::now() + patience;
        let mut seen = self.seen.0.lock().expect("the reader lives");
        while !holds(&seen) && !seen.ended && Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now());
            seen = self.seen.1.wait_timeout(seen, left).expect("the reader lives").0;
        }
    }

    /// Waits for the end, however it ends, and gives the home back.
    pub(crate) fn end(mut self) -> tempfile::TempDir {
        self.exit_code();
        let other = tempfile::tempdir().expect("a directory");
        std::mem::replace(&mut self.home, other)
    }

    pub(crate) fn shows(&self, text: &str) {
        self.until(text, |seen| seen.parser.screen().contents().contains(text));
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().and_then(|id| rustix::process::Pid::from_raw(id as i32)).expect("a process");
        rustix::process::kill_process(id, signal).expect("it lives");
    }

    /// Waits for the end and returns the exit code.
    pub(crate) fn exit_code(&mut self) -> u32 {
        self.until("the end", |seen| seen.ended);
        self.child.wait().expect("it can be waited for").exit_code()
    }

    /// Reads nothing any more, or goes on. The terminal between has room for some bytes; then writing to it waits.
    pub(crate) fn hold(&self, held: bool) {
        self.seen.0.lock().expect("the reader lives").held = held;
        self.seen.1.notify_all();
    }

    /// What the journals of this home say so far.
    pub(crate) fn journal(&self) -> String {
        let mut text = String::new();
        let mut dirs = vec![self.home.path().to_owned()];
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    dirs.push(path);
                } else if path.extension().is_some_and(|extension| extension == "jsonl") {
                    text += &std::fs::read_to_string(path).unwrap_or_default();
                }
            }
        }
        text
    }

    pub(crate) fn forget_bytes(&self) {
        self.seen.0.lock().expect("the reader lives").bytes.clear();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It has usually ended by now.
        self.child.kill().ok();
    }
}

pub(crate) fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has cells")
}
