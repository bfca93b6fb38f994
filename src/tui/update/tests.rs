//! Tables over `update`: keys in, outcomes and focus out.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::*;
use crate::app::{Event, SessionEvent};
use crate::model::cache::Freshness;
use crate::model::call::{Failure, ListKind};
use crate::model::id::{CallId, Moment};
use crate::model::json::RawJson;
use crate::model::server::{Launch, ServerSpec};
use crate::model::session::{Item, Negotiated};
use crate::model::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};
use crate::tui::keymap::Keymap;
use crate::tui::ui::{WorkTab, Zone};

const A: ServerId = ServerId(0);

fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

/// One ready server with the tools `add` (two numbers), `now` (nothing) and `bad`.
fn world() -> (Ui, State) {
    let mut state = State::default();
    let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
    command(&mut state, Command::AddServer(ServerSpec::new("a", launch)));
    command(&mut state, Command::Connect(A));
    let negotiated = Negotiated {
        revision: "2025-11-25".into(),
        modern: false,
        transport: "stdio",
        server_info: None,
        capabilities: json(r#"{"tools":{},"resources":{}}"#),
        instructions: None,
        peer: "process 1".into(),
        took: 1,
    };
    report(&mut state, SessionEvent::Connected(negotiated));
    let tools = [
        r#"{"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{"a":{"type":"number"}},"required":["a"]}}"#,
        r#"{"name":"now","inputSchema":{"type":"object"}}"#,
        r#"{"name":"bad"}"#,
    ];
    let items = tools.iter().map(|raw| Item::read(ListKind::Tools, json(raw))).collect();
    report(&mut state, SessionEvent::Listed { kind: ListKind::Tools, items, cut: None });
    let items = vec![Item::read(ListKind::Resources, json(r#"{"uri":"x://1"}"#))];
    report(&mut state, SessionEvent::Listed { kind: ListKind::Resources, items, cut: None });
    state.notices.clear();
    let ui = Ui::new(Size::new(120, 40), &state, Keymap::default(), TimeZone::UTC);
    (ui, state)
}

fn command(state: &mut State, command: Command) {
    crate::app::update(state, Event::Command { at: Moment(1), command });
}

fn report(state: &mut State, event: SessionEvent) {
    crate::app::update(state, Event::Session { server: A, at: Moment(2), event });
}

/// Presses keys; what is dispatched is applied. Returns the outcomes of the last key.
fn press(ui: &mut Ui, state: &mut State, keys: &str) -> Vec<Outcome> {
    let mut last = vec![];
    for key in keys.split(' ') {
        last = update(ui, state, Input::Key { key: key.parse().unwrap(), at: Moment(1) });
        for outcome in &last {
            if let Outcome::Dispatch(asked) = outcome {
                command(state, asked.clone());
            }
        }
    }
    last
}

fn frames(state: &mut State, kinds: &[FrameKind]) {
    let entries = kinds
        .iter()
        .map(|kind| WireEntry {
            at: Moment(1),
            server: A,
            direction: if *kind == FrameKind::Request { Direction::Send } else { Direction::Recv },
            kind: *kind,
            method: MethodId(0),
            id: 7,
            offset: 0,
            len: 0,
            size: 0,
            failed: false,
        })
        .collect();
    crate::app::update(state, Event::Wire(WireBatch { methods: vec![], entries, ..WireBatch::default() }));
}

#[test]
fn esc_never_quits_and_steps_back() {
    let (mut ui, mut state) = world();
    for _ in 0..20 {
        assert!(!press(&mut ui, &mut state, "esc").contains(&Outcome::Quit));
    }
    press(&mut ui, &mut state, "enter enter");
    assert_eq!(ui.focus(), Context::Arguments);
    press(&mut ui, &mut state, "esc");
    assert_eq!(ui.focus(), Context::Inspector);
    press(&mut ui, &mut state, "esc");
    assert_eq!(ui.inspector.zone, Zone::Servers);
}

#[test]
fn q_asks_only_while_calls_run_and_ctrl_c_twice_never_asks() {
    let (mut ui, mut state) = world();
    assert_eq!(press(&mut ui, &mut state, "q"), [Outcome::Quit]);
    press(&mut ui, &mut state, "down enter enter");
    assert_eq!(state.open_calls().count(), 1, "Enter sends where there is nothing to type");
    assert_eq!(press(&mut ui, &mut state, "q"), []);
    assert_eq!(ui.focus(), Context::Quit);
    assert_eq!(press(&mut ui, &mut state, "esc q q"), [Outcome::Quit]);
    let (mut ui, mut state) = world();
    assert_eq!(press(&mut ui, &mut state, "ctrl-c"), []);
    assert_eq!(press(&mut ui, &mut state, "j ctrl-c"), [], "another key in between starts over");
    assert_eq!(press(&mut ui, &mut state, "ctrl-c"), [Outcome::Quit]);
}

#[test]
fn letters_go_to_the_text_while_it_is_typed() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "enter");
    let text = |ui: &Ui| ui.work.editor.as_ref().unwrap().text();
    let before = text(&ui);
    assert_eq!(press(&mut ui, &mut state, "q x 1 ?"), []);
    assert_eq!((text(&ui).as_str(), ui.focus()), ("{\n  \"a\": \"qx1?\"\n}", Context::Arguments));
    press(&mut ui, &mut state, "ctrl-j q x 1 ?");
    assert!(text(&ui) != before && ui.focus() == Context::Editor);
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "/ n o w");
    assert_eq!(ui.list(A, ListKind::Tools).filter, "now");
    assert_eq!(ui.item_ref(&state).unwrap().key, "now");
    press(&mut ui, &mut state, "enter");
    assert_eq!(ui.focus(), Context::Inspector);
    press(&mut ui, &mut state, "esc");
    assert_eq!(ui.list(A, ListKind::Tools).filter, "");
}

#[test]
fn a_call_is_sent_followed_cancelled_and_repeated() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "enter ctrl-j");
    update(&mut ui, &state, Input::Paste("x".into()));
    press(&mut ui, &mut state, "ctrl-s");
    assert!(ui.work.editor.is_some(), "what is no JSON is not sent");
    press(&mut ui, &mut state, "esc");
    let typed = ui.work.drafts.values().next().unwrap().clone();
    press(&mut ui, &mut state, "enter");
    assert_eq!(ui.work.editor.as_ref().unwrap().text(), typed, "what was typed is there again");
    ui.work.editor.as_mut().unwrap().area = tui_textarea::TextArea::from([r#"{"a":1}"#]);
    let sent = press(&mut ui, &mut state, "f5");
    let operation = Operation::CallTool { name: "add".into(), arguments: json(r#"{"a":1}"#) };
    let kept = Outcome::Keep(crate::tui::kept::Shelf::History);
    assert_eq!(sent, [kept, Outcome::Dispatch(Command::Start { server: A, operation: operation.clone() })]);
    assert_eq!((ui.focus(), ui.work.tab), (Context::Work, WorkTab::Result));
    let call = ui.shown_call(&state).unwrap().id;
    assert_eq!(press(&mut ui, &mut state, "x"), [Outcome::Dispatch(Command::Cancel(call))]);
    press(&mut ui, &mut state, "esc");
    assert!(ui.message.as_ref().unwrap().contains("goes on"));
    let outcome = Err(Failure::Cancelled("cancelled".into()));
    report(&mut state, SessionEvent::Finished { call, outcome });
    assert_eq!(press(&mut ui, &mut state, "r"), [Outcome::Dispatch(Command::Start { server: A, operation })]);
    assert_ne!(ui.shown_call(&state).unwrap().id, call);
    assert_eq!(state.calls[&CallId(call.0)].operation.subject(), "add", "the first one is still there");
}

#[test]
fn a_bad_item_is_explained_and_not_called() {
    let (mut ui, mut state) = world();
    assert_eq!(press(&mut ui, &mut state, "down down enter"), []);
    assert!(ui.work.editor.is_none());
    assert!(ui.message.unwrap().contains("inputSchema"));
}

#[test]
fn a_resource_is_read_at_once() {
    let (mut ui, mut state) = world();
    let operation = Operation::ReadResource { uri: "x://1".into() };
    let expected = [Outcome::Dispatch(Command::Start { server: A, operation })];
    assert_eq!(press(&mut ui, &mut state, "right enter"), expected);
}

#[test]
fn the_log_follows_until_somebody_looks_and_again_at_the_end() {
    let (mut ui, mut state) = world();
    frames(&mut state, &[FrameKind::Request, FrameKind::Notification, FrameKind::Result]);
    press(&mut ui, &mut state, "3");
    assert!(ui.log.follow);
    press(&mut ui, &mut state, "up");
    assert_eq!((ui.log.follow, ui.log.selected(&state)), (false, Some(1)));
    frames(&mut state, &[FrameKind::Notification; 100]);
    assert_eq!(ui.log.selected(&state), Some(1), "the selection stays");
    press(&mut ui, &mut state, "G");
    assert!(ui.log.follow);
    press(&mut ui, &mut state, "g p");
    assert_eq!(ui.log.selected(&state), Some(2), "the other half");
    press(&mut ui, &mut state, "enter n");
    assert_eq!((ui.focus(), ui.log.selected(&state)), (Context::Frame, Some(3)));
    press(&mut ui, &mut state, "esc");
    assert_eq!(ui.focus(), Context::Log);
}

#[test]
fn restart_means_the_selected_server() {
    let (mut ui, mut state) = world();
    assert_eq!(press(&mut ui, &mut state, "R"), [Outcome::Dispatch(Command::Restart(A))]);
}

#[test]
fn restart_asks_while_something_of_that_server_is_open() {
    // What is pressed when it asks, and whether the server is restarted.
    for (answer, restarted) in [("R", true), ("y", true), ("esc", false), ("n", false), ("enter", false), ("q", false)]
    {
        let (mut ui, mut state) = world();
        press(&mut ui, &mut state, "down enter enter");
        assert_eq!(state.open_calls().count(), 1);
        assert_eq!(press(&mut ui, &mut state, "R"), [], "{answer}");
        assert_eq!(ui.focus(), Context::Restart);
        let outcomes = press(&mut ui, &mut state, answer);
        assert_eq!(outcomes.contains(&Outcome::Dispatch(Command::Restart(A))), restarted, "{answer}");
    }
    // What another server has open is no reason to ask.
    let (mut ui, mut state) = world();
    let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
    command(&mut state, Command::AddServer(ServerSpec::new("b", launch)));
    press(&mut ui, &mut state, "down enter enter");
    ui.inspector.server = 1;
    assert_eq!(press(&mut ui, &mut state, "R"), [Outcome::Dispatch(Command::Restart(ServerId(1)))]);
}

#[test]
fn panes_are_reached_by_number_tab_and_click() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "tab");
    assert_eq!(ui.focus(), Context::Conversation);
    press(&mut ui, &mut state, "tab");
    assert_eq!(ui.focus(), Context::Log);
    press(&mut ui, &mut state, "tab s-tab 1");
    assert_eq!(ui.focus(), Context::Inspector);
    let log = Layout::of(&ui).log.unwrap();
    update(&mut ui, &state, Input::Click((log.x + 3, log.y + 1).into()));
    assert_eq!(ui.focus(), Context::Log);
}

#[test]
fn all_layouts_stay_inside_the_screen_and_do_not_overlap() {
    let (mut ui, _) = world();
    for width in (1..=220).step_by(7) {
        for height in 1..=70 {
            for pane in Pane::ALL {
                for zoom in [false, true] {
                    ui.size = Size::new(width, height);
                    ui.show(pane);
                    ui.zoom = zoom;
                    let layout = Layout::of(&ui);
                    let parts = [
                        layout.status,
                        layout.strip,
                        layout.inspector,
                        layout.conversation,
                        layout.work,
                        layout.log,
                        layout.newest,
                        layout.hints,
                    ];
                    let area: u32 = parts.iter().flatten().map(|rect| rect.area()).sum();
                    assert_eq!(area, u32::from(width) * u32::from(height), "{width}x{height} {layout:?}");
                    assert!(layout.pane(pane).is_some(), "the pane with the focus is in view");
                    assert!(parts.iter().flatten().all(|rect| rect.right() <= width && rect.bottom() <= height));
                }
            }
        }
    }
}

#[test]
fn a_list_that_is_not_fresh_any_more_is_fetched_again_when_somebody_looks_at_it() {
    let (mut ui, mut state) = world();
    let again = vec![Outcome::Dispatch(Command::Refresh { server: A, kind: ListKind::Resources })];
    for (ttl, asked) in [(0, vec![]), (1_000, vec![]), (1, again)] {
        let fresh = Freshness { received: Moment(2), ttl, public: false };
        report(&mut state, SessionEvent::Fresh { kind: ListKind::Resources, fresh });
        // Time alone asks for nothing.
        assert_eq!(update(&mut ui, &state, Input::Tick(Moment(2_000))), vec![], "{ttl}");
        assert_eq!(press(&mut ui, &mut state, "right"), asked, "{ttl}");
        assert_eq!(press(&mut ui, &mut state, "left"), vec![], "{ttl}");
    }
    assert_eq!(press(&mut ui, &mut state, "right"), vec![], "it is being fetched");
}

#[test]
fn esc_keeps_what_a_filter_found() {
    for keys in ["/ n o w enter esc", "/ n o w esc"] {
        let (mut ui, mut state) = world();
        press(&mut ui, &mut state, keys);
        assert_eq!(ui.list(A, ListKind::Tools).filter, "", "{keys}");
        assert_eq!(ui.item_ref(&state).unwrap().key, "now", "{keys}");
    }
}

#[test]
fn what_is_typed_outlives_whatever_else_is_opened() {
    let (mut ui, mut state) = world();
    let typed = |ui: &Ui| ui.work.editor.as_ref().unwrap().text();
    press(&mut ui, &mut state, "enter 5");
    let before = typed(&ui);
    // Not by Esc, which puts it away: the pane beside it has the focus, and the same item is opened again.
    ui.show(Pane::Inspector);
    press(&mut ui, &mut state, "enter");
    assert_eq!((typed(&ui), ui.focus()), (before.clone(), Context::Arguments));
    // Another item's call comes into view, not below what is typed.
    ui.show(Pane::Inspector);
    press(&mut ui, &mut state, "right enter");
    assert!(ui.work.editor.is_none() && ui.work.tab == WorkTab::Result);
    ui.show(Pane::Inspector);
    press(&mut ui, &mut state, "left enter");
    assert_eq!(typed(&ui), before);
}

#[test]
fn again_after_another_run_shows_the_arguments_before_they_are_sent() {
    let (mut ui, mut state) = world();
    assert_eq!(press(&mut ui, &mut state, "r"), []);
    assert!(ui.work.editor.is_none() && ui.message.is_some(), "nothing was ever called");
    let item = ui.item_ref(&state).and_then(|item| crate::tui::recall::kept_item(&state, &item)).unwrap();
    ui.kept.history.remember(crate::tui::kept::PastCall { item, text: r#"{"a":7}"#.into(), at: 1 });
    assert_eq!(press(&mut ui, &mut state, "r"), [], "not sent unseen");
    let editor = ui.work.editor.as_ref().unwrap();
    assert_eq!((editor.text().as_str(), ui.focus()), (r#"{"a":7}"#, Context::Arguments));
    assert!(ui.message.as_ref().unwrap().contains("another run"));
    // What is typed here counts more than what was sent there.
    press(&mut ui, &mut state, "backspace 8 esc r");
    assert!(ui.work.editor.as_ref().unwrap().text().contains("\"a\": 8"));
}

#[test]
fn back_from_a_followed_link_one_is_where_one_was() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "down enter enter");
    let call = ui.shown_call(&state).unwrap().id;
    let links = r#"{"content":[{"type":"resource_link","uri":"x://1","name":"one"},{"type":"resource_link","uri":"x://2","name":"two"}]}"#;
    report(&mut state, SessionEvent::Finished { call, outcome: Ok(json(links)) });
    update(&mut ui, &state, Input::Settle(Moment(3)));
    press(&mut ui, &mut state, "end");
    let place = ui.result.reader().unwrap().cursor();
    let followed = press(&mut ui, &mut state, "enter");
    let operation = Operation::ReadResource { uri: "x://2".into() };
    assert_eq!(followed, [Outcome::Dispatch(Command::Start { server: A, operation })]);
    let read = ui.shown_call(&state).unwrap().id;
    let text = r#"{"contents":[{"uri":"x://2","text":"two"}]}"#;
    report(&mut state, SessionEvent::Finished { call: read, outcome: Ok(json(text)) });
    update(&mut ui, &state, Input::Settle(Moment(4)));
    press(&mut ui, &mut state, "esc");
    update(&mut ui, &state, Input::Settle(Moment(5)));
    assert_eq!(ui.shown_call(&state).unwrap().id, call);
    assert_eq!(ui.result.reader().unwrap().cursor(), place);
}

#[test]
fn a_click_on_what_is_selected_opens_it() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "down");
    let rect = Layout::of(&ui).inspector.unwrap();
    let items = crate::tui::layout::InspectorLayout::of(&state, &ui, rect).items;
    let at = |row: u16| Input::Click(ratatui::layout::Position::new(items.x + 3, items.y + row));
    update(&mut ui, &state, at(0));
    assert_eq!((ui.item_ref(&state).unwrap().key.as_str(), ui.focus()), ("add", Context::Inspector));
    update(&mut ui, &state, at(0));
    assert_eq!(ui.focus(), Context::Arguments);
}

#[test]
fn whoever_comes_to_an_item_by_the_palette_looks_at_its_list() {
    let (mut ui, mut state) = world();
    for (ttl, asks) in [(1_000, false), (1, true)] {
        let fresh = Freshness { received: Moment(2), ttl, public: false };
        report(&mut state, SessionEvent::Fresh { kind: ListKind::Resources, fresh });
        update(&mut ui, &state, Input::Tick(Moment(2_000)));
        let out = press(&mut ui, &mut state, "ctrl-p x : / / 1 enter");
        let again = Outcome::Dispatch(Command::Refresh { server: A, kind: ListKind::Resources });
        assert_eq!(out.contains(&again), asks, "{ttl}: {out:?}");
        assert_eq!(ui.item(&state).and_then(|(.., item)| item.key()), Some("x://1"));
        press(&mut ui, &mut state, "left");
    }
}

/// Clicks on the last row of the screen's work pane that has this text.
fn click(ui: &mut Ui, state: &State, text: &str) -> Vec<Outcome> {
    update(ui, state, Input::Settle(Moment(6)));
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(120, 40)).unwrap();
    let theme = crate::tui::theme::Theme::default();
    terminal.draw(|frame| crate::tui::view::view(state, ui, &theme, frame)).unwrap();
    let rect = Layout::of(ui).work.unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y: u16| -> String { (rect.x..rect.right()).map(|x| buffer[(x, y)].symbol()).collect() };
    let y = (rect.y..rect.bottom()).rev().find(|y| row(*y).contains(text)).unwrap();
    update(ui, state, Input::Click((rect.x + 4, y).into()))
}

#[test]
fn a_click_selects_a_call_and_once_more_reads_its_answer() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "down enter enter");
    press(&mut ui, &mut state, "1 up enter 5 ctrl-s");
    let ids: Vec<CallId> = crate::tui::calls::list(&state).iter().map(|call| call.id).collect();
    calls::open(&mut ui);
    for (name, at) in [("a / now", 1), ("a / add", 0), ("a / now", 1)] {
        click(&mut ui, &state, name);
        assert_eq!((ui.calls.selected, ui.focus()), (Some(ids[at]), Context::Calls), "{name}");
    }
    click(&mut ui, &state, "a / now");
    assert_eq!((ui.work.tab, ui.shown_call(&state).map(|call| call.id)), (WorkTab::Result, Some(ids[1])));
}

#[test]
fn a_click_puts_the_cursor_into_a_field() {
    let (mut ui, mut state) = world();
    let raw = r#"{"name":"add","description":"Adds","inputSchema":{"type":"object","properties":{
        "one":{"type":"number"},"two":{"type":"string"},"three":{"type":"string","description":"the last"}}}}"#;
    let items = vec![Item::read(ListKind::Tools, json(raw))];
    report(&mut state, SessionEvent::Listed { kind: ListKind::Tools, items, cut: None });
    press(&mut ui, &mut state, "down enter");
    for (text, field) in [("two", 1), ("the last", 2), ("one", 0), ("three", 2), ("Adds", 2)] {
        assert_eq!(click(&mut ui, &state, text), []);
        assert_eq!(ui.focus(), Context::Arguments);
        let form = &ui.work.editor.as_ref().unwrap().form;
        assert_eq!(form.at(&form.form.rows()), field, "{text}");
    }
}

#[test]
fn a_click_selects_a_row_of_an_answer() {
    let (mut ui, mut state) = world();
    press(&mut ui, &mut state, "down enter enter");
    let call = ui.shown_call(&state).unwrap().id;
    let text = r#"{"content":[{"type":"text","text":"{\"aa\":1,\"bb\":{\"cc\":2},\"dd\":3}"}]}"#;
    report(&mut state, SessionEvent::Finished { call, outcome: Ok(json(text)) });
    press(&mut ui, &mut state, "4");
    let mut seen = vec![];
    for text in ["aa", "dd", "bb"] {
        click(&mut ui, &state, text);
        assert_eq!(ui.focus(), Context::Result);
        seen.push(ui.result.reader().unwrap().path().unwrap_or_default());
    }
    assert!(seen[0].contains("aa") && seen[1].contains("dd") && seen[2].ends_with("bb"), "{seen:?}");
}
