//! What a large answer costs: from its arrival to the frame that shows it, how long keys wait meanwhile, and how much more
//! memory there is in use at the worst moment and after it.
//!
//! `cargo bench --bench result`. The goals: 5 MB on screen within 300 ms with less than 60 MB more memory and keys answered
//! meanwhile; 16 MB of JSON on a single line within 500 ms. A kind alone (`-- table`) is measured in a process of its
//! own, so that no other one has grown its heap.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and a failing unwrap is a failing bench"
)]

use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use mcp_tui::app::{Command, Event, SessionEvent, State, update as apply};
use mcp_tui::model::call::{ListKind, Operation};
use mcp_tui::model::id::{CallId, Moment, ServerId};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::session::{Item, Negotiated};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::keymap::Keymap;
use mcp_tui::tui::screen::{Bytes, Screen};
use mcp_tui::tui::theme::Theme;
use mcp_tui::tui::ui::Ui;
use mcp_tui::tui::update::{Outcome, update};
use mcp_tui::tui::view::view;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

const TOOL: &str = r#"{"name":"dump","inputSchema":{"type":"object"},"outputSchema":{"type":"object"}}"#;

/// Makes an answer.
type Kind = fn() -> String;

fn main() {
    let kinds: [(&str, Kind); 5] = [
        ("text, 5 MB", || text(&lines(5 << 20))),
        ("table in a text, 5 MB", || text(&rows(5 << 20))),
        ("structured and the same text, 5 MB", || structured(&rows(5 << 19))),
        ("JSON on one line, 16 MB", || structured(&rows(16 << 20))),
        ("one text of JSON, 16 MB", || text(&"x".repeat(16 << 20))),
    ];
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    for (at, (name, make)) in kinds.into_iter().enumerate() {
        match &wanted {
            Some(wanted) if name.contains(wanted.as_str()) || *wanted == at.to_string() => measure(name, &make()),
            Some(_) => {}
            None => {
                let own = std::env::current_exe().unwrap();
                let done = std::process::Command::new(own).arg(at.to_string()).status().unwrap();
                assert!(done.success(), "{name}");
            }
        }
    }
}

/// Lines of prose.
fn lines(bytes: usize) -> String {
    let mut out = String::new();
    while out.len() < bytes {
        let at = out.len();
        let _ = writeln!(out, "{at:>8} the quick brown fox jumps over the lazy dog, again and again");
    }
    out
}

/// Flat objects, on one line.
fn rows(bytes: usize) -> String {
    let mut out = "[".to_owned();
    while out.len() < bytes {
        let at = out.len();
        let open = at.is_multiple_of(2);
        let _ = write!(
            out,
            r#"{{"id":{at},"name":"customer number {at}","city":"Springfield","open":{open},"score":{at}.5}},"#
        );
    }
    out.pop();
    out.push(']');
    out
}

fn text(text: &str) -> String {
    serde_json::json!({"content": [{"type": "text", "text": text}]}).to_string()
}

/// As servers do it: the data, and the same as a text.
fn structured(rows: &str) -> String {
    let data = format!(r#"{{"rows":{rows}}}"#);
    if rows.len() > 8 << 20 {
        return format!(r#"{{"content":[],"structuredContent":{data}}}"#);
    }
    let text = serde_json::Value::from(data.as_str());
    format!(r#"{{"content":[{{"type":"text","text":{text}}}],"structuredContent":{data}}}"#)
}

struct Rig {
    state: State,
    ui: Ui,
    theme: Theme,
    terminal: Terminal<Screen>,
    bytes: Bytes,
}

impl Rig {
    fn new() -> Rig {
        let mut state = State { now: Moment(1_795_208_645_101_000), ..State::default() };
        let at = state.now;
        let launch = Launch::Stdio { command: "server".into(), args: vec![], env: vec![], cwd: None };
        apply(&mut state, Event::Command { at, command: Command::AddServer(ServerSpec::new("server", launch)) });
        let negotiated = Negotiated {
            revision: "2026-07-28".into(),
            modern: true,
            transport: "stdio",
            server_info: None,
            capabilities: RawJson::parse(r#"{"tools":{}}"#).unwrap(),
            instructions: None,
            peer: "process 1".into(),
            took: 1_000,
        };
        let server = ServerId(0);
        apply(&mut state, Event::Session { server, at, event: SessionEvent::Connected(negotiated) });
        let items = vec![Item::read(ListKind::Tools, RawJson::parse(TOOL).unwrap())];
        let event = SessionEvent::Listed { kind: ListKind::Tools, items, cut: None };
        apply(&mut state, Event::Session { server, at, event });
        let size = Size::new(120, 40);
        let ui = Ui::new(size, &state, Keymap::default(), TimeZone::UTC);
        let bytes = Bytes::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal =
            Terminal::with_options(Screen::new(bytes.clone(), size, true), TerminalOptions { viewport }).unwrap();
        Rig { state, ui, theme: Theme::default(), terminal, bytes }
    }

    /// As the loop does it. Large work goes to a thread; its answer comes out of the channel.
    fn input(&mut self, input: Input, done: &mpsc::Sender<Input>) {
        for outcome in update(&mut self.ui, &self.state, input) {
            match outcome {
                Outcome::LayOut(job) => {
                    let done = done.clone();
                    std::thread::spawn(move || done.send(Input::Laid(job.run())).ok());
                }
                Outcome::Dispatch(command) => {
                    let at = self.state.now;
                    apply(&mut self.state, Event::Command { at, command });
                }
                _ => {}
            }
        }
    }

    fn draw(&mut self, done: &mpsc::Sender<Input>) -> usize {
        self.input(Input::Settle(self.state.now), done);
        let (state, ui, theme) = (&self.state, &self.ui, &self.theme);
        self.terminal.draw(|frame| view(state, ui, theme, frame)).unwrap();
        self.bytes.take().len()
    }

    fn keys(&mut self, keys: &str, done: &mpsc::Sender<Input>) {
        for key in keys.split(' ') {
            let at = self.state.now;
            self.input(Input::Key { key: key.parse().unwrap(), at }, done);
        }
    }
}

fn measure(what: &str, answer: &str) {
    let (done, laid) = mpsc::channel();
    let mut rig = Rig::new();
    rig.draw(&done);
    let operation = Operation::CallTool { name: "dump".into(), arguments: RawJson::empty_object() };
    let (at, server) = (rig.state.now, ServerId(0));
    apply(&mut rig.state, Event::Command { at, command: Command::Start { server, operation } });
    let call = CallId(rig.state.next_call - 1);
    rig.keys("5 enter", &done);
    rig.draw(&done);
    let outcome = Ok(RawJson::parse(answer).unwrap());
    let before = memory("VmRSS:");
    let began = Instant::now();
    let cpu = cpu_nanos();
    apply(&mut rig.state, Event::Session { server, at, event: SessionEvent::Finished { call, outcome } });
    rig.draw(&done);
    // Keys of an impatient person, as fast as they are answered.
    let mut worst = Duration::ZERO;
    let mut keys = 0;
    let shown = loop {
        match laid.recv_timeout(Duration::from_millis(2)) {
            Ok(input) => {
                rig.input(input, &done);
                rig.draw(&done);
                rig.draw(&done);
                break began.elapsed();
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let pressed = Instant::now();
                rig.keys(["down", "up"][keys % 2], &done);
                rig.draw(&done);
                worst = worst.max(pressed.elapsed());
                keys += 1;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{what}: nobody lays it out"),
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{what}: too slow");
    };
    assert!(rig.ui.result.reader().is_some(), "{what}: not shown");
    let screen = cpu_nanos() - cpu;
    let (peak, after) = (memory("VmHWM:") - before, memory("VmRSS:").saturating_sub(before));
    let mut slowest = (Duration::ZERO, "");
    for key in "down pgdn G g E C v v / z esc V".split(' ').cycle().take(48) {
        let pressed = Instant::now();
        rig.keys(key, &done);
        rig.draw(&done);
        slowest = slowest.max((pressed.elapsed(), key));
        while let Ok(input) = laid.try_recv() {
            rig.input(input, &done);
        }
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{what:36} {:5.1} MB  shown after {:4.0} ms ({keys} keys meanwhile, the slowest {:4.1} ms; screen {:4.1} ms of CPU)  memory +{} MB at most, +{} MB after  keys in it at most {:4.1} ms ({})",
        answer.len() as f64 / 1e6,
        ms(shown),
        ms(worst),
        screen as f64 / 1e6,
        peak / 1024,
        after / 1024,
        ms(slowest.0),
        slowest.1,
    );
}

/// A line of `/proc/self/status`, in KiB; 0 where there is none.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// CPU time of this thread.
fn cpu_nanos() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
