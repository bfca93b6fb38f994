//! A world built by hand: events go in as the runtime would apply them, keys as the loop would, a screen comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use mcp_tui::app::{Command, Effect, Event, SessionEvent, State, update as apply};
use mcp_tui::model::call::{Failure, ListKind};
use mcp_tui::model::envelope::{Envelope, id_hash};
use mcp_tui::model::filter::line::scan;
use mcp_tui::model::filter::needle::Needle;
use mcp_tui::model::id::{CallId, Moment, ServerId};
use mcp_tui::model::json::RawJson;
use mcp_tui::model::record::{Record, kind_word};
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::serverlog::LogLevel;
use mcp_tui::model::session::{Item, Negotiated};
use mcp_tui::model::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::keymap::Keymap;
use mcp_tui::tui::reader::Reader;
use mcp_tui::tui::theme::Theme;
use mcp_tui::tui::ui::Ui;
use mcp_tui::tui::update::{Outcome, update};
use mcp_tui::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

/// Bytes of a line that a row of the log reads, as the journal's reader has it.
const HEAD: usize = 2_048;

/// 21:04:05.101 UTC on some day.
pub(crate) const START: u64 = 1_795_208_645_101_000;

pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) ui: Ui,
    pub(crate) theme: Theme,
    pub(crate) effects: Vec<Effect>,
    pub(crate) outcomes: Vec<Outcome>,
    lines: Vec<String>,
    /// The search that the journal would be at.
    scanning: Option<(u64, Vec<Needle>)>,
    methods: BTreeMap<String, MethodId>,
    now: u64,
}

impl World {
    /// A run with these servers; not connected yet, as at the first frame.
    pub(crate) fn new(servers: &[&str], columns: u16, rows: u16) -> World {
        let mut state = State { auto_list: true, now: Moment(START), ..State::default() };
        for name in servers {
            let launch = Launch::Stdio {
                command: format!("{name}-server"),
                args: vec!["--stdio".into()],
                env: vec![],
                cwd: None,
            };
            let command = Command::AddServer(ServerSpec::new(*name, launch));
            apply(&mut state, Event::Command { at: Moment(START), command });
        }
        let ui = Ui::new(Size::new(columns, rows), &state, Keymap::default(), TimeZone::UTC);
        World {
            state,
            ui,
            theme: Theme::default(),
            effects: vec![],
            outcomes: vec![],
            lines: vec![],
            scanning: None,
            methods: BTreeMap::new(),
            now: START,
        }
    }

    pub(crate) fn later(&mut self, micros: u64) -> &mut Self {
        self.now += micros;
        self
    }

    /// The time.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.now)
    }

    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        let effects = apply(&mut self.state, event);
        self.effects.extend(effects.iter().cloned());
        for effect in effects {
            match effect {
                Effect::Scan { number, texts, .. } => {
                    self.scanning = Some((number, texts.iter().map(|text| Needle::new(text)).collect()));
                    self.scan();
                }
                Effect::ScanOn(_) => self.scan(),
                Effect::StopScan => self.scanning = None,
                _ => {}
            }
        }
        self
    }

    /// What the journal's search would report.
    fn scan(&mut self) {
        let Some((number, needles)) = &self.scanning else { return };
        let mut lines = self.lines.join("\n");
        lines.push('\n');
        let mut found = Vec::new();
        let upto = scan(lines.as_bytes(), needles, |frame, bits| found.push((frame, bits))).unwrap_or_default();
        let done = self.state.search.as_ref().map_or(0, |search| search.done as u32);
        found.retain(|(frame, _)| *frame >= done);
        let number = *number;
        self.event(Event::Scanned { number, upto, found });
    }

    pub(crate) fn command(&mut self, command: Command) -> &mut Self {
        self.event(Event::Command { at: Moment(self.now), command })
    }

    pub(crate) fn report(&mut self, server: u16, event: SessionEvent) -> &mut Self {
        self.event(Event::Session { server: ServerId(server), at: Moment(self.now), event })
    }

    /// Connects a server with these capabilities; the lists come as [`World::list`].
    pub(crate) fn connect(&mut self, server: u16, capabilities: &str) -> &mut Self {
        self.command(Command::Connect(ServerId(server)));
        let modern = server == 0;
        let negotiated = Negotiated {
            revision: if modern { "2026-07-28" } else { "2025-11-25" }.into(),
            modern,
            transport: "stdio",
            server_info: RawJson::parse(r#"{"name":"demo-server","version":"1.2.0"}"#).ok(),
            capabilities: json(capabilities),
            instructions: Some("Call search_bookmarks before anything else.".into()),
            peer: format!("process {}", 4_000 + server),
            took: 41_000,
        };
        self.report(server, SessionEvent::Connected(negotiated));
        self.report(server, SessionEvent::Latency(420))
    }

    pub(crate) fn list(&mut self, server: u16, kind: ListKind, items: &[&str]) -> &mut Self {
        let items = items.iter().map(|raw| Item::read(kind, json(raw))).collect();
        self.report(server, SessionEvent::Listed { kind, items, cut: None });
        // The list's own call ends too.
        let open: Vec<_> = self
            .state
            .calls
            .values()
            .filter(|call| call.server.0 == server && call.is_open() && call.operation.method() == kind.method())
            .map(|call| call.id)
            .collect();
        for call in open {
            self.report(server, SessionEvent::Finished { call, outcome: Ok(json("{}")) });
        }
        self
    }

    pub(crate) fn finish(&mut self, server: u16, outcome: Result<&str, Failure>) -> &mut Self {
        let call = CallId(self.state.next_call - 1);
        self.report(server, SessionEvent::Finished { call, outcome: outcome.map(json) })
    }

    /// A frame as the journal's writer would report it; its kind and method are read from the text.
    pub(crate) fn frame(&mut self, server: u16, direction: Direction, text: &str) -> &mut Self {
        let envelope = Envelope::read(text.as_bytes());
        let (kind, note) = match direction {
            Direction::Stderr => (FrameKind::Stderr, None),
            Direction::Note => (FrameKind::Note, None),
            Direction::Send | Direction::Recv => (envelope.kind, envelope.problem.map(|problem| problem.to_string())),
        };
        let method = envelope.method.text(text.as_bytes()).to_owned();
        let id = envelope.id.of(text.as_bytes());
        let body = if kind.is_rpc() {
            format!(",\"msg\":{text}")
        } else {
            format!(",\"text\":{}", serde_json::Value::from(text))
        };
        self.record(server, direction, kind, note.as_deref(), &method, id, text.len(), &body)
    }

    /// What went to or came from a provider of models; `http` and `body` are JSON, empty for none.
    pub(crate) fn model(&mut self, way: Direction, exchange: u64, http: &str, body: &str) -> &mut Self {
        let number = exchange.to_string();
        let id = if http.is_empty() { b"" } else { number.as_bytes() };
        let http = if http.is_empty() { String::new() } else { format!(",\"http\":{http}") };
        let kept = if body.is_empty() { String::new() } else { format!(",\"msg\":{body}") };
        let provider = ServerId::of_provider(0).0;
        let members = format!(",\"exchange\":{exchange}{http}{kept}");
        self.record(provider, way, FrameKind::Model, None, "", id, body.len(), &members)
    }

    /// The head of an HTTP request or answer, as JSON.
    pub(crate) fn http(&mut self, server: u16, way: Direction, head: &str) -> &mut Self {
        let members = format!(",\"exchange\":1,\"http\":{head}");
        self.record(server, way, FrameKind::Http, None, "", b"", 0, &members)
    }

    /// The end of a server.
    pub(crate) fn exit(&mut self, server: u16, note: &str) -> &mut Self {
        self.record(server, Direction::Note, FrameKind::Exit, Some(note), "", b"", 0, "")
    }

    #[expect(clippy::too_many_arguments, reason = "the members of one line of the journal")]
    fn record(
        &mut self,
        server: u16,
        direction: Direction,
        kind: FrameKind,
        note: Option<&str>,
        method: &str,
        id: &[u8],
        size: usize,
        body: &str,
    ) -> &mut Self {
        let name = serde_json::Value::from(self.state.peer(ServerId(server)));
        let note = note.map(|note| format!(",\"note\":{}", serde_json::Value::from(note))).unwrap_or_default();
        let line = format!(
            r#"{{"seq":{},"at":"t","server":{name},"dir":"{}","kind":"{}"{note},"size":{size}{body}}}"#,
            self.lines.len(),
            direction.word(),
            kind_word(kind)
        );
        assert!(Record::read(line.as_bytes()).is_some(), "{line}");
        let mut batch = WireBatch::default();
        let next = MethodId(self.methods.len() as u16 + 1);
        let method_id = if method.is_empty() {
            MethodId(0)
        } else {
            *self.methods.entry(method.to_owned()).or_insert_with(|| {
                batch.methods.push((next, method.to_owned()));
                next
            })
        };
        if method == "notifications/message" && direction == Direction::Recv {
            let said = body.split("\"level\":\"").nth(1).and_then(|rest| rest.split('"').next());
            batch.messages.push((0, said.and_then(LogLevel::of).unwrap_or(LogLevel::Notice)));
        }
        batch.entries.push(WireEntry {
            at: Moment(self.now),
            server: ServerId(server),
            direction,
            kind,
            method: method_id,
            id: if id.is_empty() { 0 } else { id_hash(id) },
            offset: self.lines.len() as u64,
            len: line.len() as u32,
            size: size as u32,
            failed: matches!(kind, FrameKind::Error | FrameKind::NotJson | FrameKind::NotRpc)
                || body.contains(r#""status":5"#)
                || body.contains(r#""isError":true"#),
        });
        self.lines.push(line);
        self.event(Event::Wire(batch))
    }

    /// Keys in the words of a config, separated by spaces; what they ask of the world is done to the state.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ').filter(|key| !key.is_empty()) {
            let key = key.parse().unwrap_or_else(|problem| panic!("{problem}"));
            let at = Moment(self.now);
            self.input(Input::Key { key, at });
        }
        self
    }

    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.input(Input::Paste(text.to_owned()))
    }

    pub(crate) fn input(&mut self, input: Input) -> &mut Self {
        for outcome in update(&mut self.ui, &self.state, input) {
            match &outcome {
                Outcome::Dispatch(command) => drop(self.command(command.clone())),
                Outcome::Grow(frame, text) => {
                    let reader = Box::new(Reader::of_json(text.clone()));
                    self.input(Input::Grown { frame: *frame, reader });
                }
                Outcome::LayOut(job) => drop(self.input(Input::Laid(job.clone().run()))),
                _ => {}
            }
            self.outcomes.push(outcome);
        }
        self
    }

    /// What the loop does before it draws: rows and the open frame are read back.
    fn load(&mut self) {
        // Twice: what was laid out in between is sized.
        let now = Moment(self.now);
        self.input(Input::Settle(now)).input(Input::Settle(now));
        let read = |index: usize| Some((index, Arc::new(Record::read(self.lines.get(index)?.as_bytes())?)));
        let head = |index: usize| {
            let line = self.lines.get(index)?.as_bytes();
            let part = line.get(..HEAD).and_then(Record::read_head);
            Some((index, Arc::new(part.or_else(|| Record::read(line))?)))
        };
        let rows = self.ui.rows_needed(&self.state).into_iter().filter_map(head).collect();
        let opened = self.ui.work.frame.as_ref().and_then(|_| read(self.ui.log.selected(&self.state)?));
        self.event(Event::Rows(rows)).event(Event::Opened(opened));
        // What could not be made without them is made with the next frame.
        self.input(Input::Settle(now)).input(Input::Settle(now));
    }

    fn draw(&mut self) -> Buffer {
        self.load();
        let Size { width, height } = self.ui.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap_or_else(|never| match never {});
        // As after a pause: what opened by itself takes keys.
        let awake = self.ui.questions.open.as_mut().map(|open| std::mem::replace(&mut open.awake, true));
        let drawn = terminal.draw(|frame| view(&self.state, &self.ui, &self.theme, frame));
        assert!(drawn.is_ok());
        if let (Some(awake), Some(open)) = (awake, &mut self.ui.questions.open) {
            open.awake = awake;
        }
        terminal.backend().buffer().clone()
    }

    /// The screen as a terminal gets it.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        let drawn = self.draw();
        let mut out = Vec::new();
        let blank = Buffer::empty(drawn.area);
        assert!(CrosstermBackend::new(&mut out).draw(blank.diff(&drawn).into_iter()).is_ok());
        out
    }

    /// The screen as text.
    pub(crate) fn screen(&mut self) -> String {
        let buffer = self.draw();
        let Size { width, height } = self.ui.size;
        let mut out = String::new();
        for y in 0..height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..width {
                let symbol = buffer[(x, y)].symbol();
                // The second column of a wide character is blank in the buffer and absent on a terminal.
                if skip == 0 {
                    line.push_str(symbol);
                    skip = mcp_tui::model::text::width(symbol).saturating_sub(1);
                } else {
                    skip -= 1;
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

pub(crate) fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap_or_else(|problem| panic!("{problem}: {text}"))
}
