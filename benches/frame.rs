//! What a frame costs at 200x60 with ten servers, 10 000 tools, a million frames logged and a conversation of 200
//! messages: CPU time from a key to the bytes for the terminal, and how many bytes those are.
//!
//! `cargo bench --bench frame [-- FRAMES]`. The goal is 4 ms for a frame, 1 kB for a key in a list and 400 bytes for a line
//! more in a log of the full width; 16 ms from a key to its frame, with everything at once, is a fraction of that.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and a failing unwrap is a failing bench"
)]

use std::sync::Arc;

use jiff::tz::TimeZone;
use mcp_tui::app::chat::{ChatCommand, ChatEvent, ChatLimits, ProviderInfo};
use mcp_tui::app::{Command, Event, SessionEvent, State, update as apply};
use mcp_tui::model::call::ListKind;
use mcp_tui::model::chat::{Delta, Dialect, ModelRef, StopReason};
use mcp_tui::model::id::{Moment, ServerId};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::record::Record;
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::session::{Item, Negotiated};
use mcp_tui::model::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::keymap::Keymap;
use mcp_tui::tui::layout::Layout;
use mcp_tui::tui::screen::{Bytes, Screen};
use mcp_tui::tui::theme::Theme;
use mcp_tui::tui::ui::Ui;
use mcp_tui::tui::update::update;
use mcp_tui::tui::view::view;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

/// An answer as models write them.
const ANSWER: &str = "It is **not** as simple as that:\n\n1. a list with `code` in it\n2. and more of it\n\n| Part | Says |\n|---|---|\n| one | this |\n| two | that |\n\n```rust\nfn main() { println!(\"so\"); }\n```\n\nAnd a paragraph that is long enough to be wrapped where a pane is as narrow as it is with three of them side by side.\n\n";
const SERVERS: u16 = 10;
const TOOLS: usize = 10_000;
/// Messages of the conversation.
const MESSAGES: usize = 200;
/// Frames of one measurement.
const ROUNDS: usize = 200;

fn main() {
    let frames = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let mut rig = Rig::new(frames);
    println!("200x60, {SERVERS} servers, {TOOLS} tools at one of them, {frames} frames logged");
    rig.keys("enter");
    rig.measure("nothing changed", |_, _| {});
    rig.measure("down in 10 000 tools", |rig, _| rig.keys("down"));
    rig.measure("page down in 10 000 tools", |rig, _| rig.keys("pgdn"));
    rig.keys("/");
    rig.measure("a letter of a filter over 10 000 tools", |rig, at| rig.keys(["t", "backspace"][at % 2]));
    rig.keys("o l d e s t");
    rig.measure("the same, of what is said of them", |rig, at| rig.keys(["backspace", "t"][at % 2]));
    rig.keys("esc 1");
    rig.measure("a letter in the palette over 10 000 tools", |rig, at| {
        rig.keys(if at == 0 { "ctrl-p t" } else { ["o", "backspace"][at % 2] });
    });
    rig.keys("esc 3");
    rig.measure("a line more in the log", |rig, _| rig.log(1));
    rig.measure("a flood: 1 000 lines more", |rig, _| rig.log(1_000));
    rig.measure("up in the log", |rig, _| rig.keys("up"));
    rig.keys("f z");
    rig.measure("a line more in the zoomed log", |rig, _| rig.log(1));
    rig.keys("z 1");
    rig.measure("a line more, focus elsewhere", |rig, _| rig.log(1));
    rig.talk(MESSAGES);
    rig.keys("2");
    rig.measure("an answer streams, 200 messages above", |rig, _| rig.stream());
    rig.keys("z");
    rig.measure("the same, zoomed", |rig, _| rig.stream());
    rig.measure("a page up and down in it", |rig, at| rig.keys(["pgup", "pgdn"][at % 2]));
    rig.keys("z");
    rig.measure("all at once: a flood, an answer, a key", |rig, at| {
        rig.log(1_000);
        rig.stream();
        rig.keys(["up", "down"][at % 2]);
    });
}

struct Rig {
    state: State,
    ui: Ui,
    theme: Theme,
    terminal: Terminal<Screen>,
    bytes: Bytes,
    record: Arc<Record>,
    now: u64,
}

impl Rig {
    fn new(frames: usize) -> Rig {
        let mut state = State { now: Moment(1_795_208_645_101_000), ..State::default() };
        let at = state.now;
        for number in 0..SERVERS {
            let launch = Launch::Stdio { command: "server".into(), args: vec![], env: vec![], cwd: None };
            let spec = ServerSpec::new(format!("server-{number}"), launch);
            apply(&mut state, Event::Command { at, command: Command::AddServer(spec) });
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
            let event = SessionEvent::Connected(negotiated);
            apply(&mut state, Event::Session { server: ServerId(number), at, event });
        }
        let items = (0..TOOLS)
            .map(|at| {
                let raw = format!(
                    r#"{{"name":"tool-{at}-of-many","title":"Tool number {at}","description":"Looks things up in part {at} of a large store and tells what it finds there, oldest first. It never fails.","inputSchema":{{"type":"object","properties":{{"query":{{"type":"string"}},"limit":{{"type":"integer"}}}},"required":["query"]}}}}"#
                );
                Item::read(ListKind::Tools, RawJson::parse(raw).unwrap())
            })
            .collect();
        let event = SessionEvent::Listed { kind: ListKind::Tools, items, cut: None };
        apply(&mut state, Event::Session { server: ServerId(0), at, event });
        let size = Size::new(200, 60);
        let ui = Ui::new(size, &state, Keymap::default(), TimeZone::UTC);
        let bytes = Bytes::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let screen = Screen::new(bytes.clone(), size, true);
        let terminal = Terminal::with_options(screen, TerminalOptions { viewport }).unwrap();
        let line = r#"{"seq":0,"at":"t","server":"server-0","dir":"recv","kind":"notification","size":120,"msg":{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"Nothing much has happened since the last time"}}}"#;
        let record = Arc::new(Record::read(line.as_bytes()).unwrap());
        let mut rig = Rig { state, ui, theme: Theme::default(), terminal, bytes, record, now: at.0 };
        let mut methods = WireBatch::default();
        methods.methods.push((MethodId(1), "notifications/message".into()));
        apply(&mut rig.state, Event::Wire(methods));
        for _ in 0..frames / 1_000 {
            rig.log(1_000);
        }
        rig
    }

    fn log(&mut self, lines: usize) {
        let mut batch = WireBatch::default();
        for _ in 0..lines {
            self.now += 137;
            batch.entries.push(WireEntry {
                at: Moment(self.now),
                server: ServerId((self.now % u64::from(SERVERS)) as u16),
                direction: Direction::Recv,
                kind: FrameKind::Notification,
                method: MethodId(1),
                id: 0,
                offset: 0,
                len: 220,
                size: 120,
                failed: false,
            });
        }
        apply(&mut self.state, Event::Wire(batch));
    }

    /// A conversation: a person asks, a model answers at length.
    fn talk(&mut self, messages: usize) {
        let provider = ProviderInfo {
            name: "models".into(),
            dialect: Dialect::ChatCompletions,
            model: Some("m".into()),
            max_tokens: None,
            effort: None,
            problem: None,
        };
        let at = Moment(self.now);
        let model = Some(ModelRef { provider: "models".into(), model: "m".into() });
        let event = ChatEvent::Providers { providers: vec![provider], model, limits: ChatLimits::default() };
        apply(&mut self.state, Event::Chat { at, event });
        for number in 0..messages / 2 {
            self.chat(ChatCommand::Submit { text: format!("What about part {number}?"), attachments: vec![] });
            self.tell(vec![Delta::Text(ANSWER.repeat(3)), Delta::Stop(StopReason::EndTurn)]);
        }
        assert!(self.state.chat.conversation.entries.len() >= messages, "each was answered");
        self.chat(ChatCommand::Submit { text: "And all in all?".into(), attachments: vec![] });
    }

    fn chat(&mut self, command: ChatCommand) {
        let at = Moment(self.now);
        apply(&mut self.state, Event::Command { at, command: Command::Chat(command) });
    }

    fn tell(&mut self, deltas: Vec<Delta>) {
        let turn = self.state.chat.turn.as_ref().map(|turn| turn.id).unwrap();
        apply(&mut self.state, Event::Llm { turn, at: Moment(self.now), deltas });
    }

    /// What comes in 16 ms at a thousand tokens a second.
    fn stream(&mut self) {
        self.now += 16_000;
        self.tell(vec![Delta::Text("so it **goes** on with `code`, word after word, and then a new line\n".into())]);
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let (key, at) = (key.parse().unwrap(), Moment(self.now));
            update(&mut self.ui, &self.state, Input::Key { key, at });
        }
    }

    /// As the loop does it; reading rows back from the journal is not in it.
    fn draw(&mut self) -> usize {
        update(&mut self.ui, &self.state, Input::Settle(Moment(self.now)));
        let len = self.state.log.len();
        let window = self.ui.log.window(mcp_tui::tui::log::Shown::All(len), Layout::of(&self.ui).log_rows());
        let rows = window.map(|index| (index, self.record.clone())).collect();
        apply(&mut self.state, Event::Rows(rows));
        let (state, ui, theme) = (&self.state, &self.ui, &self.theme);
        self.terminal.draw(|frame| view(state, ui, theme, frame)).unwrap();
        self.bytes.take().len()
    }

    fn measure(&mut self, what: &str, mut change: impl FnMut(&mut Rig, usize)) {
        self.draw();
        let mut bytes = Vec::with_capacity(ROUNDS);
        let mut costs = Vec::with_capacity(ROUNDS);
        for at in 0..ROUNDS {
            let before = cpu_nanos();
            change(self, at);
            bytes.push(self.draw());
            costs.push(cpu_nanos() - before);
        }
        costs.sort_unstable();
        bytes.sort_unstable();
        let ms = |nanos: u64| nanos as f64 / 1e6;
        println!(
            "{what:44} median {:5.2} ms  p99 {:5.2} ms   {:5} bytes, at most {}",
            ms(costs[ROUNDS / 2]),
            ms(costs[ROUNDS * 99 / 100]),
            bytes[ROUNDS / 2],
            bytes[ROUNDS - 1]
        );
    }
}

/// CPU time of this thread.
fn cpu_nanos() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
