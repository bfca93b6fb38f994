//! Storyboards of single frames: as a tree, sent again with changes, saved with others, found from their call.

use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::call::Operation;
use mcp_tui::model::chat::Dialect;
use mcp_tui::model::id::{CallId, ServerId};
use mcp_tui::model::session::DownReason;
use mcp_tui::model::wire::Direction::{Note, Recv, Send};
use mcp_tui::tui::frame::{FrameTab, FrameUi};
use mcp_tui::tui::input::Input;
use mcp_tui::tui::keymap::Context;
use mcp_tui::tui::layout::Layout;
use mcp_tui::tui::outcome::{Content, EditPurpose, Outcome};
use mcp_tui::tui::resend::Resend;

use ratatui::layout::Position;

use super::conversation::with_model;
use super::{called, each, ready};
use crate::screen::World;

const LISTED: &str = r#"{"jsonrpc":"2.0","id":4,"result":{"tools":[{"name":"get-sum","description":"Adds two numbers.","inputSchema":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}},{"name":"echo","annotations":{"readOnlyHint":true}}],"ttlMs":60000}}"#;
const ASKED: &str = r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"get-sum","arguments":{"a": 1.10, "b": 40},"_meta":{"progressToken":4,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
const TOLD: &str = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;

fn dispatched(world: &World) -> Vec<&Command> {
    let mut given = Vec::new();
    for outcome in &world.outcomes {
        if let Outcome::Dispatch(command) = outcome {
            given.push(command);
        }
    }
    given
}

#[test]
fn a_frame_is_a_tree_to_walk_in() {
    let tree = |columns, rows| {
        let mut world = ready(columns, rows);
        world.frame(0, Recv, LISTED).keys("3 enter v").screen();
        world.keys("down down down");
        world
    };
    each("frame_tree", tree);
    each("frame_tree_find", |columns, rows| {
        let mut world = tree(columns, rows);
        world.keys("C /").paste("annotations");
        world
    });
    let mut world = tree(120, 40);
    assert_eq!(world.ui.focus(), Context::FrameTree);
    world.keys("down down down Y y");
    assert_eq!(world.outcomes.last(), Some(&Outcome::Copy("get-sum".into())));
    assert!(world.outcomes.contains(&Outcome::Copy("$.result.tools[0].name".into())));
    world.keys("/").paste("echo").keys("enter");
    assert_eq!(world.ui.focus(), Context::FrameTree, "Enter keeps what is found");
    world.keys("y esc");
    assert_eq!(world.outcomes.last(), Some(&Outcome::Copy("echo".into())));
    // A long text opens on top and is left first.
    world.keys("g down down down down down down down enter");
    let screen = world.screen();
    assert!(screen.contains("Adds two numbers.") && !screen.contains("jsonrpc:"), "{screen}");
    world.keys("esc");
    assert!(world.screen().contains("jsonrpc:"));
    assert_eq!(world.ui.focus(), Context::FrameTree);
    world.keys("v");
    assert_eq!(world.ui.work.frame.as_ref().map(|frame| frame.tab), Some(FrameTab::Raw));
    world.keys("left");
    world.screen();
    world.keys("g left left");
    assert_eq!(world.ui.work.frame.as_ref().map(|frame| frame.tab), Some(FrameTab::Pretty), "out of the outermost");
    world.keys("esc");
    assert_eq!(world.ui.focus(), Context::Log);
}

#[test]
fn the_tree_is_that_of_the_selected_frame() {
    let mut world = ready(120, 40);
    world.frame(0, Send, ASKED).frame(0, Recv, LISTED).frame(1, Recv, "no JSON at all");
    world.keys("3 enter v").screen();
    assert!(world.screen().contains("it is no JSON"));
    world.keys("N");
    assert!(world.screen().contains("tools:"), "{}", world.screen());
    world.keys("p");
    assert!(world.screen().contains("get-sum"), "{}", world.screen());
    // A large one is made off the key path.
    let large = format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"data":"{}"}}}}"#,
        "x".repeat(600_000)
    );
    world.frame(0, Recv, &large).keys("esc G enter v").screen();
    assert!(world.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Grow(_, _))));
    assert!(world.screen().contains("params"), "{}", world.screen());
}

#[test]
fn the_mouse_does_in_the_log_what_keys_do() {
    let mut world = ready(120, 40);
    world.frame(0, Send, ASKED).frame(0, Recv, LISTED).keys("3").screen();
    let list = Layout::of(&world.ui).log_list.expect("the log is in view");
    let row = |row: u16| Position::new(list.x + 5, list.y + row);
    world.input(Input::Click(row(4)));
    assert_eq!((world.ui.log.selected(&world.state), world.ui.focus()), (Some(4), Context::Log));
    world.input(Input::Click(row(5))).input(Input::Click(row(5))).screen();
    assert_eq!((world.ui.log.selected(&world.state), world.ui.focus()), (Some(5), Context::Frame));
    let work = Layout::of(&world.ui).work.expect("the frame is in view");
    world.input(Input::Click(Position::new(work.x + 14, work.y + 1))).screen();
    assert_eq!(world.ui.focus(), Context::FrameTree, "its name was hit");
    world.input(Input::Wheel(Position::new(work.x + 5, work.y + 8), 3));
    assert!(world.ui.work.frame.as_ref().and_then(FrameUi::reader).is_some_and(|reader| reader.cursor().unit > 1));
    world.keys("esc / x enter").screen();
    let filter = Layout::of(&world.ui).log_filter.expect("there is a filter");
    world.input(Input::Click(Position::new(filter.x + 4, filter.y)));
    assert_eq!(world.ui.focus(), Context::LogFilter);
}

#[test]
fn a_request_is_sent_again_with_changes() {
    let resend = |columns, rows| {
        let mut world = ready(columns, rows);
        world.frame(0, Send, ASKED).keys("3").screen();
        world.keys("e");
        world
    };
    each("resend", resend);
    each("resend_refused", |columns, rows| {
        let mut world = resend(columns, rows);
        if let Some(resend) = &mut world.ui.work.resend {
            resend.replace(r#"{"method": "tools/call", "id": 7}"#);
        }
        world.keys("ctrl-s");
        world
    });
    let mut world = resend(120, 40);
    assert_eq!(world.ui.focus(), Context::Resend);
    assert!(world.screen().contains("1.10"), "a number stays as it was spelled");
    // Esc keeps what was typed for the next time.
    world.keys("x esc");
    assert_eq!(world.ui.focus(), Context::Log);
    world.keys("e").screen();
    let text = world.ui.work.resend.as_ref().map(Resend::text).unwrap_or_default();
    assert!(text.starts_with('x'), "{text}");
    world.keys("ctrl-s");
    assert!(world.screen().contains("not JSON yet"));
    world.keys("ctrl-e");
    assert!(matches!(world.outcomes.last(), Some(Outcome::Edit(edit)) if edit.purpose == EditPurpose::Resend));
    let edited = r#"{"method":"tools/call","params":{"name":"get-sum","arguments":{"a":2}}}"#;
    world.input(Input::Edited { purpose: EditPurpose::Resend, text: Ok(edited.into()) });
    world.keys("ctrl-s");
    let Some(Command::Renew { server, operation: Operation::Raw { method, params } }) = dispatched(&world).pop() else {
        panic!("{:?}", world.outcomes.last())
    };
    assert_eq!((server.0, method.as_str()), (0, "tools/call"));
    assert_eq!(params.as_ref().and_then(|params| params.get("arguments")), Some(r#"{"a":2}"#));
    assert_eq!((world.ui.focus(), world.ui.log.follow), (Context::Log, true), "the answer comes into view");
}

#[test]
fn a_notification_is_sent_as_typed_and_no_filter_hides_it() {
    each("resend_notification", |columns, rows| {
        let mut world = ready(columns, rows);
        world.frame(0, Send, TOLD).keys("3").screen();
        world.keys("e");
        world
    });
    let mut world = ready(120, 40);
    world.frame(0, Send, TOLD).keys("3 / r o o t s enter").screen();
    world.keys("e ctrl-s");
    let sent = dispatched(&world).pop().cloned();
    assert!(
        matches!(&sent, Some(Command::Renew { operation: Operation::Notify { method, .. }, .. }) if method == "notifications/roots/list_changed"),
        "{sent:?}"
    );
    assert!(world.ui.log.filter.all);
}

#[test]
fn what_cannot_be_sent_again_says_why() {
    let mut world = ready(120, 40);
    world.frame(0, Send, ASKED).frame(0, Recv, LISTED).frame(0, Note, "era probe").keys("3");
    let said = |world: &mut World, why: &str| {
        world.screen();
        world.keys("e");
        let screen = world.screen();
        assert!(screen.contains(why) && world.ui.work.resend.is_none(), "{why}: {screen}");
    };
    said(&mut world, "this is no message");
    world.keys("up");
    said(&mut world, "the server sent this");
    world.keys("up");
    world.report(0, SessionEvent::Down { reason: DownReason::Stopped, retry_at: None });
    said(&mut world, "is not connected");
}

#[test]
fn the_rows_that_a_filter_leaves_are_saved() {
    each("save_rows", |columns, rows| {
        let mut world = ready(columns, rows);
        world.frame(0, Send, ASKED).frame(0, Recv, LISTED).frame(0, Send, TOLD);
        world.keys("3 / i d : 4 enter S");
        world
    });
    let mut world = ready(120, 40);
    world.frame(0, Send, ASKED).frame(0, Recv, LISTED).frame(0, Send, TOLD);
    world.keys("3 / i d : 4 enter S enter");
    let Some(Outcome::Write(write)) = world.outcomes.last().cloned() else { panic!("{:?}", world.outcomes.last()) };
    assert!(matches!(&write.content, Content::Frames(frames) if frames.len() == 2), "{write:?}");
    world.input(Input::Written { write: write.clone(), result: Ok(0) });
    assert!(world.screen().contains("saved 2 frames to log.jsonl"), "{}", world.screen());
    world.keys("S enter").input(Input::Written { write, result: Ok(1) });
    assert!(world.screen().contains("saved 1 frame to log.jsonl; 1 had left"), "{}", world.screen());
    world.keys("esc / n o t h i n g enter S");
    assert!(world.ui.modal.is_none());
}

#[test]
fn the_frame_of_a_call_is_found_by_its_id_whatever_the_filter() {
    let mut world = called(120, 40);
    let call = CallId(world.state.next_call - 1);
    world.report(0, SessionEvent::Requested { call, request: 9 });
    // Others of the same tool at the same time, and the same id at another server.
    for (server, id) in [(0, 8), (1, 9), (0, 9), (0, 10)] {
        let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"get-sum"}}}}"#);
        world.frame(server, Send, &text);
    }
    let wanted = world.state.log.len() - 2;
    world.finish(0, Ok(r#"{"content":[{"type":"text","text":"42"}]}"#)).screen();
    world.keys("3 / s e r v e r : w e a t h e r enter 4").screen();
    world.keys("f");
    assert_eq!((world.ui.focus(), world.ui.log.selected(&world.state)), (Context::Log, Some(wanted)));
    assert!(world.screen().contains("the filter hides that frame"));
    assert_eq!(world.state.log.get(wanted).map(|entry| entry.server), Some(ServerId(0)));
}

/// A turn of a conversation, with what went to its provider and came from it.
fn asked_a_model(columns: u16, rows: u16) -> World {
    let mut world = with_model(columns, rows, Dialect::ChatCompletions);
    let post = r#"{"method":"POST","url":"https://models.example.com/v1/chat/completions","headers":[["authorization","[redacted]"],["content-type","application/json"]]}"#;
    world.model(
        Send,
        1,
        post,
        r#"{"model":"m-large","stream":true,"messages":[{"role":"user","content":"Add 2 and 40"}]}"#,
    );
    world.later(310_000).model(Recv, 1, r#"{"status":503,"headers":[["retry-after","1"]]}"#, "");
    world.later(1_000_000).model(
        Send,
        2,
        post,
        r#"{"model":"m-large","stream":true,"messages":[{"role":"user","content":"Add 2 and 40"}]}"#,
    );
    world.later(420_000).model(Recv, 2, r#"{"status":200,"headers":[["content-type","text/event-stream"]]}"#, "");
    world.later(2_000).model(Recv, 2, "", r#"{"choices":[{"delta":{"content":"That is "}}]}"#);
    world.later(2_000).model(Recv, 2, "", r#"{"choices":[{"delta":{"content":"42."}}]}"#);
    world
}

#[test]
fn requests_to_models_stand_in_the_log_as_what_they_are() {
    each("log_models", |columns, rows| {
        let mut world = asked_a_model(columns, rows);
        world.keys("esc 3 z");
        world
    });
    each("frame_model", |columns, rows| {
        let mut world = asked_a_model(columns, rows);
        world.keys("esc 3 / k i n d : m o d e l space d i r : s e n d enter enter");
        world
    });
    let mut world = asked_a_model(120, 40);
    let hits = |world: &World| world.state.search.as_ref().map(|search| search.hits.len());
    for (filter, count) in
        [("kind:model", 6), ("kind:model is:error", 1), ("kind:model >400ms", 1), ("-kind:model dir:send", 2)]
    {
        world.keys("esc esc 3 /").paste(filter).keys("enter");
        assert_eq!(hits(&world), Some(count), "{filter}");
    }
    let name = world.state.chat.providers[0].name.clone();
    world.keys("esc 3 /").paste(&format!("server:{name}")).keys("enter");
    assert_eq!(hits(&world), Some(6));
    // The answer of a request is its other half.
    world.keys("g p");
    assert_eq!(world.ui.log.selected(&world.state).and_then(|at| world.state.log.latency(at)), Some(310_000));
    world.screen();
    world.keys("e");
    assert!(world.screen().contains("a provider of models") && world.ui.work.resend.is_none());
}
