//! Storyboards: events and keys in, screens out. A visible change is a changed snapshot: read the screen in review.
//!
//! With `STORYBOARD_PICTURES=DIR` each screen is also written there as a terminal gets it, with its colours and marks:
//! `cat DIR/palette_80x24.ansi` shows it, in a terminal of that size at least.

#[path = "storyboard/approvals.rs"]
mod approvals;
#[path = "storyboard/arguments.rs"]
mod arguments;
#[path = "storyboard/attaching.rs"]
mod attaching;
#[path = "storyboard/calls.rs"]
mod calls;
#[path = "storyboard/conversation.rs"]
mod conversation;
#[path = "storyboard/frames.rs"]
mod frames;
#[path = "storyboard/inspector.rs"]
mod inspector;
#[path = "storyboard/leaving.rs"]
mod leaving;
#[path = "storyboard/log.rs"]
mod log;
#[path = "storyboard/palette.rs"]
mod palette;
#[path = "storyboard/questions.rs"]
mod questions;
#[path = "storyboard/resizing.rs"]
mod resizing;
#[path = "storyboard/results.rs"]
mod results;
#[path = "storyboard/saving.rs"]
mod saving;
#[path = "support/screen.rs"]
mod screen;
#[path = "storyboard/skills.rs"]
mod skills;
#[path = "storyboard/states.rs"]
mod states;
#[path = "storyboard/suggested.rs"]
mod suggested;

use insta::assert_snapshot;
use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::call::{Failure, ListKind, Progress};
use mcp_tui::model::id::{CallId, Moment, ServerId};
use mcp_tui::model::session::DownReason;
use mcp_tui::model::wire::Direction::{Recv, Send, Stderr};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::update::Outcome;
use proptest::prelude::*;
use ratatui::layout::Size;
use screen::World;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

const TOOLS: [&str; 5] = [
    r#"{"name":"echo","description":"Echoes back the input string","annotations":{"readOnlyHint":true,"openWorldHint":false},"inputSchema":{"type":"object","properties":{"message":{"type":"string","description":"Message to echo"}},"required":["message"]}}"#,
    r#"{"name":"get-sum","title":"Sum of two","description":"Returns the sum of two numbers. Both may be negative, and both may have a fraction; the sum is exact as far as doubles are.\n\nIt never fails on numbers.","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"a":{"type":"number","description":"First number"},"b":{"type":"number","description":"Second number"}},"required":["a","b"]}}"#,
    r#"{"name":"longRunningOperation","description":"Demonstrates progress","annotations":{"destructiveHint":true,"idempotentHint":true},"inputSchema":{"type":"object","properties":{"duration":{"type":"number","default":10,"description":"Seconds"},"steps":{"type":"integer","minimum":1,"maximum":30,"default":5}}}}"#,
    r#"{"name":"no-schema","description":"It forgot its schema"}"#,
    r#"{"name":"now","description":"Tells the time","inputSchema":{"type":"object"}}"#,
];

/// Two servers, the first with tools, resources and prompts; the log has their handshake.
fn ready(columns: u16, rows: u16) -> World {
    let mut world = World::new(&["demo", "weather"], columns, rows);
    world.command(Command::Connect(ServerId(0))).command(Command::Connect(ServerId(1)));
    world.frame(0, Send, r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{}}}"#);
    world.later(41_000).frame(
        0,
        Recv,
        r#"{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"tools":{},"resources":{},"prompts":{}}}}"#,
    );
    world.connect(0, r#"{"tools":{"listChanged":true},"resources":{},"prompts":{}}"#);
    world.frame(0, Send, r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#);
    world.later(900).frame(
        0,
        Recv,
        r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"echo"},{"name":"get-sum"},{"name":"now"}]}}"#,
    );
    world.list(0, ListKind::Tools, &TOOLS);
    world.list(
        0,
        ListKind::Resources,
        &[r#"{"uri":"demo://readme","name":"Read me","mimeType":"text/plain","description":"What this is"}"#],
    );
    world.list(0, ListKind::Templates, &[r#"{"uriTemplate":"demo://item/{id}","name":"An item"}"#]);
    world.list(0, ListKind::Prompts, &[r#"{"name":"greet","description":"Greets somebody","arguments":[{"name":"who","description":"Whom to greet","required":true}]}"#]);
    world.command(Command::DismissNotice);
    world
}

/// [`ready`], with the selection on `get-sum`.
fn on_sum(columns: u16, rows: u16) -> World {
    let mut world = ready(columns, rows);
    world.keys("enter down");
    world
}

/// [`on_sum`] with its call on the way.
fn called(columns: u16, rows: u16) -> World {
    let mut world = on_sum(columns, rows);
    world.keys("enter").paste_over(r#"{"a": 2, "b": 40}"#).keys("ctrl-s");
    world.frame(
        0,
        Send,
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get-sum","arguments":{"a": 2, "b": 40}}}"#,
    );
    world.later(4_200);
    world
}

impl World {
    fn paste_over(&mut self, text: &str) -> &mut Self {
        // The editor's own keys: everything is selected and replaced.
        if self.ui.work.editor.as_ref().is_some_and(|editor| editor.as_form) {
            self.keys("ctrl-j");
        }
        if let Some(editor) = &mut self.ui.work.editor {
            editor.area.select_all();
        }
        self.paste(text)
    }
}

/// This screen is the one of this name.
fn shown(name: &str, world: &mut World) {
    let screen = world.screen();
    if let Some(dir) = std::env::var_os("STORYBOARD_PICTURES") {
        std::fs::write(std::path::Path::new(&dir).join(format!("{name}.ansi")), world.picture())
            .expect("a folder that can be written to");
    }
    assert_snapshot!(name, screen);
}

fn each(name: &str, mut make: impl FnMut(u16, u16) -> World) {
    for (columns, rows) in SIZES {
        shown(&format!("{name}_{columns}x{rows}"), &mut make(columns, rows));
    }
}

/// This very state at every size, and then as it was.
fn everywhere(name: &str, world: &mut World) {
    let own = world.ui.size;
    for (columns, rows) in SIZES {
        world.input(Input::Resize(Size::new(columns, rows)));
        shown(&format!("{name}_{columns}x{rows}"), world);
    }
    world.input(Input::Resize(own));
}

#[test]
fn first_frame() {
    each("first_frame", |columns, rows| World::new(&["demo"], columns, rows));
    each("connecting", |columns, rows| {
        let mut world = World::new(&["demo", "weather"], columns, rows);
        world.command(Command::Connect(ServerId(0))).command(Command::Connect(ServerId(1)));
        world.report(0, SessionEvent::Connecting { step: "waiting for its answer to server/discover".into() });
        world.later(1_200_000).report(1, SessionEvent::Connecting { step: "starting".into() });
        world
    });
    each("no_server", |columns, rows| World::new(&[], columns, rows));
}

#[test]
fn ready_with_tools() {
    each("ready", ready);
    each("tool", on_sum);
    each("tool_detail", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("4");
        world
    });
}

#[test]
fn a_bad_item_is_a_marked_row() {
    each("bad_item", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("down down");
        world
    });
}

#[test]
fn editor_with_a_violation() {
    each("editor", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("enter").paste_over("{\n  \"a\": 2,\n  \"b\": \"40x\"\n}");
        world
    });
    let mut world = on_sum(120, 40);
    world.keys("enter").paste_over("{\"a\": 2, \"b\": \"40x\"}").keys("ctrl-s");
    assert!(world.ui.work.editor.is_some());
    world.keys("ctrl-g");
    assert!(matches!(world.outcomes.last(), Some(Outcome::Dispatch(Command::Start { .. }))));
}

#[test]
fn a_call_from_start_to_result() {
    each("running", |columns, rows| {
        let mut world = called(columns, rows);
        let call = CallId(world.state.next_call - 1);
        let progress =
            Progress { progress: 3.0, total: Some(10.0), message: Some("adding the tens".into()), reports: 3 };
        world.later(1_500_000).report(0, SessionEvent::Progress { call, progress });
        world
    });
    each("result", |columns, rows| {
        let mut world = called(columns, rows);
        world.frame(
            0,
            Recv,
            r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"The sum of 2 and 40 is 42."}]}}"#,
        );
        world.finish(0, Ok(r#"{"content":[{"type":"text","text":"The sum of 2 and 40 is 42."},{"type":"image","mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9"},{"type":"resource_link","uri":"demo://readme","name":"readme"}],"structuredContent":{"sum":42}}"#));
        world
    });
}

#[test]
fn three_ways_to_fail_look_different() {
    let tool = |world: &mut World| {
        world.finish(0, Ok(r#"{"content":[{"type":"text","text":"b must not be 40"}],"isError":true}"#));
    };
    let server = |world: &mut World| {
        let data = mcp_tui::model::json::RawJson::parse(r#"{"field":"b"}"#).ok();
        world.finish(0, Err(Failure::Rpc { code: -32602, message: "Invalid params: b".into(), data }));
    };
    let transport = |world: &mut World| {
        let why = "demo exited with status 1 while this call was running";
        world.finish(0, Err(Failure::Unreachable(why.into())));
    };
    for (name, fail) in
        [("tool_error", &tool as &dyn Fn(&mut World)), ("protocol_error", &server), ("transport_failure", &transport)]
    {
        each(name, |columns, rows| {
            let mut world = called(columns, rows);
            fail(&mut world);
            world
        });
    }
}

#[test]
fn a_dead_server_says_why_and_keeps_what_it_had() {
    let die = |world: &mut World| {
        for line in ["Traceback (most recent call last):", "  File \"weather.py\", line 7", "KeyError: 'API_KEY'"] {
            world.frame(1, Stderr, line).report(1, SessionEvent::Stderr(line.into()));
        }
        world.frame(1, Recv, "listening on port 8080").report(1, SessionEvent::Noise("listening on port 8080".into()));
        let reason = DownReason::Exited { status: "exited with status 1".into(), clean: false };
        world.exit(1, "exited with status 1").report(1, SessionEvent::Down { reason, retry_at: None });
    };
    each("dead", |columns, rows| {
        let mut world = ready(columns, rows);
        die(&mut world);
        world.keys("down");
        world
    });
    each("dead_log", |columns, rows| {
        let mut world = ready(columns, rows);
        die(&mut world);
        world.keys("3");
        world
    });
}

#[test]
fn the_log_opens_a_frame_and_its_pair() {
    each("frame", |columns, rows| {
        let mut world = called(columns, rows);
        world.frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"The sum of 2 and 40 is 42.\nReally."}],"structuredContent":{"sum":42,"exact":true,"parts":[2,40]}}}"#);
        world.keys("3 enter");
        world
    });
    let mut world = called(120, 40);
    world.frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[]}}"#).keys("3 p");
    assert_eq!(world.ui.log.selected(&world.state), Some(4));
    assert!(!world.ui.log.follow);
}

#[test]
fn windows_on_top() {
    each("help", |columns, rows| {
        let mut world = ready(columns, rows);
        world.keys("?");
        world
    });
    let mut world = called(80, 24);
    world.keys("q esc q q");
    assert_eq!(world.outcomes.last(), Some(&Outcome::Quit));
}

#[test]
fn a_filter_leaves_what_fits() {
    each("filter", |columns, rows| {
        let mut world = ready(columns, rows);
        world.keys("/ n u m b");
        world
    });
}

#[test]
fn hostile_texts_never_reach_a_cell_unescaped() {
    let evil = "\u{1b}[2J\u{202e}\u{200b}\u{7}\u{9b}31m\u{feff}\u{2066}";
    let quoted = serde_json::Value::from(evil).to_string();
    let tool = format!(
        r#"{{"name":{quoted},"title":{quoted},"description":{quoted},"inputSchema":{{"type":"object","properties":{{{quoted}:{{"type":"string","description":{quoted},"default":{quoted}}}}},"required":[{quoted}]}}}}"#
    );
    let literal = tool.replace("\\u001b", "").replace("\\u0007", "");
    for (columns, rows) in SIZES {
        let mut world = World::new(&[evil], columns, rows);
        world.connect(0, &format!(r#"{{"tools":{{}},{quoted}:{{}}}}"#));
        world.list(0, ListKind::Tools, &[&tool, &literal, &format!("[{quoted}]")]);
        world.frame(0, Recv, &format!(r#"{{"jsonrpc":"2.0","method":{quoted},"params":{quoted}}}"#));
        world.frame(0, Recv, evil).frame(0, Stderr, evil).exit(0, evil);
        world.report(0, SessionEvent::Stderr(evil.into())).report(0, SessionEvent::Noise(evil.into()));
        world.report(0, SessionEvent::Warning(evil.into()));
        let walk = [
            "",
            "enter",
            "4",
            "esc",
            "1",
            "c",
            "esc",
            "1 down c",
            "ctrl-s ctrl-g",
            "v",
            "1 right right right right",
            "right",
            "4",
            "1 esc",
            "2 i",
            "esc",
            "4",
            "3",
            "enter",
            "v",
            "N",
            "v",
            "N",
            "N",
            "z",
            "?",
        ];
        for keys in walk {
            world.keys(keys);
            check(&world.screen(), keys);
        }
        world.keys("esc esc 1 4");
        let reason = DownReason::Lost(evil.into());
        world.report(0, SessionEvent::Down { reason, retry_at: None });
        check(&world.screen(), "down");
    }
}

fn check(screen: &str, keys: &str) {
    let bad = screen.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    assert_eq!(bad, None, "after {keys:?}:\n{screen}");
}

fn any_input() -> impl Strategy<Value = Input> {
    let keys = prop::sample::select(vec![
        "enter",
        "esc",
        "tab",
        "s-tab",
        "up",
        "down",
        "left",
        "right",
        "pgup",
        "pgdn",
        "home",
        "end",
        "g",
        "G",
        "1",
        "2",
        "4",
        "i",
        "tab",
        "3",
        "z",
        "/",
        "c",
        "r",
        "u",
        "v",
        "y",
        "x",
        "R",
        "f",
        "p",
        "n",
        "N",
        "5",
        "d",
        "D",
        "?",
        "q",
        "m",
        "'",
        "t",
        "P",
        "Y",
        "W",
        ":",
        ">",
        "-",
        "i",
        "s",
        "a",
        "{",
        "\"",
        "backspace",
        "del",
        "ctrl-s",
        "ctrl-g",
        "ctrl-c",
        "ctrl-d",
        "ctrl-l",
        "ctrl-o",
        "ctrl-r",
        "ctrl-u",
        "alt-enter",
        "alt-up",
        "ctrl-j",
        "ctrl-n",
        "ctrl-t",
        "ctrl-x",
        "f1",
        "space",
        "日",
    ]);
    prop_oneof![
        12 => (keys, 0u64..2).prop_map(|(key, at): (&str, u64)| Input::Key {
            key: key.parse().unwrap_or_else(|problem| panic!("{problem}")),
            at: Moment(screen::START + at * 10_000_000),
        }),
        2 => (0u16..210, 0u16..70).prop_map(|(width, height)| Input::Resize(Size::new(width, height))),
        1 => (0u16..210, 0u16..70).prop_map(|(x, y)| Input::Click((x, y).into())),
        1 => (0u16..210, 0u16..70, -3i32..4).prop_map(|(x, y, by)| Input::Wheel((x, y).into(), by)),
        1 => ".{0,20}".prop_map(Input::Paste),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_in_no_size_panic(inputs in prop::collection::vec(any_input(), 1..40)) {
        let mut world = called(80, 24);
        world.frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"日本語 and more"}]}}"#);
        for input in inputs {
            world.input(input);
            world.screen();
        }
    }

    #[test]
    fn no_keys_in_no_size_panic_while_servers_ask(inputs in prop::collection::vec(any_input(), 1..40)) {
        let mut world = called(80, 24);
        world.asked_all();
        for input in inputs {
            world.input(input);
            world.screen();
        }
    }

    #[test]
    fn the_smallest_terminals_show_something(columns in 1u16..12, rows in 1u16..10, keys in prop::collection::vec(any_input(), 0..6)) {
        let mut world = ready(columns, rows);
        for input in keys {
            if !matches!(input, Input::Resize(_)) {
                world.input(input);
            }
            world.screen();
        }
    }
}
