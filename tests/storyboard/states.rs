//! States that are one key away from others: each as a screen at every size.

use mcp_tui::app::SessionEvent;
use mcp_tui::model::call::{Failure, ListKind};
use mcp_tui::model::id::ServerId;
use mcp_tui::model::wire::Direction::{Recv, Send};
use mcp_tui::tui::graphics::Graphics;
use mcp_tui::tui::input::Input;
use mcp_tui::tui::outcome::{Outcome, WriteFault};
use mcp_tui::tui::theme::{Depth, Look, Scheme, Theme};
use mcp_tui::tui::ui::{Pane, Tab, WorkTab};

use super::arguments::{TRIP, form, typed};
use super::results::{MIXED, TABLE, TREE, answered, picture};
use super::screen::World;
use super::{calls, each, log, on_sum, ready};

/// These keys, from this screen.
fn after(mut world: World, keys: &str) -> World {
    world.keys(keys);
    world
}

#[test]
fn tabs_of_a_server() {
    each("resources", |columns, rows| after(on_sum(columns, rows), "right"));
    each("template_editor", |columns, rows| after(on_sum(columns, rows), "right right enter"));
    each("prompt_editor", |columns, rows| after(on_sum(columns, rows), "right right right enter"));
    each("no_tasks", |columns, rows| after(on_sum(columns, rows), "right right right right"));
    each("info", |columns, rows| after(on_sum(columns, rows), "right right right right right right"));
    each("info_open", |columns, rows| after(on_sum(columns, rows), "right right right right right right enter"));
    each("stderr", |columns, rows| {
        let mut world = on_sum(columns, rows);
        for line in ["Loading 1 200 stations …", "warning: no cache, everything is fetched"] {
            world.report(0, SessionEvent::Stderr(line.into()));
        }
        world.report(0, SessionEvent::Noise("listening on port 8080".into()));
        after(world, "left")
    });
    each("folder", |columns, rows| {
        let mut world = on_sum(columns, rows);
        let files: Vec<String> = ["guide.md", "guide.pdf", "api/index.html", "api/schema.json", "notes.md"]
            .into_iter()
            .zip(["text/markdown", "application/pdf", "text/html", "application/json", "text/markdown"])
            .map(|(name, kind)| {
                format!(r#"{{"uri":"docs://handbook/{name}","name":"{name}","mimeType":"{kind}","size":2048,"description":"What {name} says"}}"#)
            })
            .collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        world.list(0, ListKind::Resources, &files);
        after(world, "right 4")
    });
    each("tool_as_sent", |columns, rows| after(on_sum(columns, rows), "4 v"));
}

/// So many servers that they do not all have room, some with long names, one of them broken.
fn ten(columns: u16, rows: u16) -> World {
    let names = [
        "demo",
        "github",
        "filesystem",
        "memory",
        "time",
        "git",
        "postgres-of-the-billing-department",
        "web",
        "mail",
        "calendar",
    ];
    let mut world = World::new(&names, columns, rows);
    for at in 0..9 {
        let tool = format!(r#"{{"name":"read_{at}","description":"Reads something of number {at}"}}"#);
        world.connect(at, r#"{"tools":{},"resources":{}}"#).list(at, ListKind::Tools, &[&tool]);
        let uri = format!(r#"{{"uri":"files://server-{at}/a/rather/long/way/down/to/read-me-{at}.md","name":"r"}}"#);
        world.list(at, ListKind::Resources, &[&uri]);
    }
    world
}

#[test]
fn ten_servers() {
    each("ten_servers", |columns, rows| after(ten(columns, rows), "down down down down down down"));
    each("palette_ten", |columns, rows| {
        let mut world = ten(columns, rows);
        world.keys("ctrl-p").paste("read");
        world
    });
    each("palette_nothing", |columns, rows| {
        let mut world = ten(columns, rows);
        world.keys("ctrl-p").paste("no such thing");
        world
    });
}

#[test]
fn forms() {
    each("args_variant", |columns, rows| {
        let mut world = form(TRIP, columns, rows);
        typed(&mut world, "Ada");
        after(world, "s-tab s-tab s-tab s-tab s-tab s-tab right")
    });
    each("args_from_json", |columns, rows| {
        let mut world = form(TRIP, columns, rows);
        world.paste_over(
            r#"{"unknown":1.50,"traveller":"Ada","nights":5,"to":{"zip":"1","city":"B"},"pay":{"vat":"CH"}}"#,
        );
        after(world, "ctrl-j")
    });
    each("editor_refused", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("enter").paste_over("{\"a\": 2, \"b\": \"40x\"}").keys("ctrl-s");
        world
    });
    // Lines that are too long go on below; the last one is in view, what is above it has a mark.
    each("editor_long", |columns, rows| {
        let mut world = on_sum(columns, rows);
        let long = "as long as the window is wide, and longer: 日本語 ".repeat(60);
        world.keys("enter").paste_over(&format!("{{\n  \"a\": 2,\n  \"b\": 40,\n  \"c\": \"{long}\"\n}}"));
        world
    });
}

#[test]
fn answers() {
    each("result_tree_as_text", |columns, rows| after(answered(columns, rows, TREE), "v"));
    each("result_tree_found", |columns, rows| after(answered(columns, rows, TREE), "/ t w o enter"));
    each("result_as_sent", |columns, rows| after(answered(columns, rows, TREE), "V"));
    each("result_table_sorted", |columns, rows| after(answered(columns, rows, TABLE), "down l l o o"));
    each("result_link", |columns, rows| {
        let mut world = answered(columns, rows, MIXED);
        world.screen();
        world.keys("/ d e m o enter enter");
        let read = r#"{"contents":[{"uri":"demo://readme","mimeType":"text/plain","text":"What this is."}]}"#;
        world.finish(0, Ok(read));
        world
    });
    each("result_long", |columns, rows| {
        let lines: Vec<String> = (1..=200).map(|n| format!("line {n} of many")).collect();
        let answer = serde_json::json!({"content": [{"type": "text", "text": lines.join("\n")}]}).to_string();
        after(answered(columns, rows, &answer), "pgdn")
    });
    each("calls_opened", |columns, rows| after(calls::busy(columns, rows), "5 down enter"));
    each("calls_quit", |columns, rows| after(calls::busy(columns, rows), "q"));
}

#[test]
fn a_picture_that_the_terminal_draws() {
    let answer = format!(r#"{{"content":[{{"type":"image","mimeType":"image/png","data":"{}"}}]}}"#, picture());
    let mut world = answered(200, 60, &answer);
    world.theme = Theme::new(Look { depth: Depth::Full, graphics: Graphics::Kitty, ..Look::default() });
    let screen = world.screen();
    // Rows and columns of it, each told by a mark.
    let cells = screen.matches('\u{10eeee}').count();
    let reader = world.ui.result.reader();
    let told: Vec<_> =
        reader.iter().flat_map(|reader| reader.pictures()).map(|shown| shown.cells.0 * shown.cells.1).collect();
    assert_eq!(told, [u32::try_from(cells).unwrap_or_default()], "{screen}");
    assert!(cells > 100 && screen.contains("64 x 40 pixels"), "{screen}");
}

/// A call over HTTP, with the heads of request and answer.
fn over_http(columns: u16, rows: u16) -> World {
    let mut world = ready(columns, rows);
    world.http(0, Send, r#"{"method":"POST","url":"https://example.com/mcp","headers":[["content-type","application/json"],["authorization","<removed>"],["mcp-protocol-version","2026-07-28"]]}"#);
    world.frame(
        0,
        Send,
        r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get-sum","arguments":{"a":2}}}"#,
    );
    world.later(12_000);
    world.http(0, Recv, r#"{"status":200,"headers":[["content-type","text/event-stream"],["x-request-id","5d0c"]]}"#);
    world.frame(0, Recv, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"42"}]}}"#);
    world
}

#[test]
fn pages_of_the_log() {
    each("frame_http", |columns, rows| after(over_http(columns, rows), "3 up enter"));
    each("frame_wire", |columns, rows| after(over_http(columns, rows), "3 enter v v"));
    each("frame_bytes", |columns, rows| after(over_http(columns, rows), "3 enter v v v"));
    each("frame_find", |columns, rows| after(over_http(columns, rows), "3 enter / t e x t"));
    each("log_marks", |columns, rows| after(log::busy(columns, rows), "3 z up m up up m up"));
    each("log_since_start", |columns, rows| after(log::busy(columns, rows), "3 z t"));
    each("log_since_last", |columns, rows| after(log::busy(columns, rows), "3 z t t"));
    each("log_all_rows", |columns, rows| after(log::busy(columns, rows), "3 z / o s l o enter a"));
    each("log_completed", |columns, rows| after(log::busy(columns, rows), "3 / m e t tab t o o l s tab"));
    each("log_filter_name", |columns, rows| after(log::busy(columns, rows), "3 / i s : e r r o r enter W"));
    each("log_filter_recalled", |columns, rows| {
        after(log::busy(columns, rows), "3 / i s : e r r o r enter W ctrl-u b a d enter esc / up")
    });
    each("help_log", |columns, rows| after(log::busy(columns, rows), "3 ? pgdn"));
}

/// An answer of more bytes than a row reads, with its id at the end.
#[test]
fn a_long_answer_has_its_id_and_says_that_there_is_more() {
    let tools: Vec<String> =
        (0..40).map(|n| format!(r#"{{"name":"tool_{n}","description":"{}"}}"#, "x".repeat(100))).collect();
    let answer = format!(r#"{{"jsonrpc":"2.0","result":{{"tools":[{}]}},"id":"q-7"}}"#, tools.join(","));
    for (columns, rows) in super::SIZES {
        let mut world = ready(columns, rows);
        world.frame(0, Send, r#"{"jsonrpc":"2.0","id":"q-7","method":"tools/list"}"#);
        world.frame(0, Recv, &answer).keys("3 z");
        let screen = world.screen();
        let row = screen.lines().rev().find(|line| line.contains("tools: tool_0")).unwrap_or_default();
        assert!(row.contains('…') && row.contains("#q-"), "{screen}");
    }
}

#[test]
fn leaving_and_saving() {
    each("quit", |columns, rows| after(super::called(columns, rows), "q"));
    each("save_exists", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.keys("s ctrl-u").paste("out/sum.json").keys("enter");
        let Some(Outcome::Write(write)) = world.outcomes.last().cloned() else { panic!("{:?}", world.outcomes.last()) };
        world.input(Input::Written { write, result: Err(WriteFault::Exists) });
        world
    });
    each("lost_call", |columns, rows| {
        let mut world = super::called(columns, rows);
        world.finish(0, Err(Failure::TimedOut("demo did not answer within 60 s".into())));
        world
    });
}

#[test]
fn in_ascii_and_without_colour() {
    each("ascii", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.theme = Theme::new(Look { scheme: Scheme::None, ascii: true, ..Look::default() });
        world
    });
    each("log_ascii", |columns, rows| {
        let mut world = log::busy(columns, rows);
        world.theme = Theme::new(Look { scheme: Scheme::None, ascii: true, ..Look::default() });
        after(world, "3 z up m up up m")
    });
}

/// Clicks on the first place of a text on the screen.
fn click(world: &mut World, text: &str) {
    let screen = world.screen();
    let found = screen.lines().enumerate().find_map(|(y, line)| Some((line.split_once(text)?.0.chars().count(), y)));
    let Some((x, y)) = found else { panic!("{text} is not on the screen:\n{screen}") };
    world.input(Input::Click((u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(y).unwrap_or(u16::MAX)).into()));
}

#[test]
fn names_of_tabs_and_panes_can_be_clicked() {
    let mut world = answered(120, 40, TREE);
    for (text, tab) in [("Detail │", WorkTab::Detail), ("Calls", WorkTab::Calls), ("Result ✓", WorkTab::Result)] {
        click(&mut world, text);
        assert_eq!((world.ui.work.tab, world.ui.pane()), (tab, Pane::Work), "{text}");
    }
    for (text, tab) in [("Config", Tab::Config), ("Prompts", Tab::List(ListKind::Prompts)), ("Stderr", Tab::Stderr)] {
        click(&mut world, text);
        assert_eq!((world.ui.tab(ServerId(0)), world.ui.pane()), (tab, Pane::Inspector), "{text}");
    }
    let mut world = answered(80, 24, TREE);
    for (text, pane) in [("3 JSON-RPC", Pane::Log), ("1 Inspector", Pane::Inspector), ("4 Result", Pane::Work)] {
        click(&mut world, text);
        assert_eq!(world.ui.pane(), pane, "{text}");
    }
}
