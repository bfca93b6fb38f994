//! The list of calls: several on their way, what became of the others, and what a server did after a cancel.

use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::call::{CallState, Failure, Operation, Progress};
use mcp_tui::model::id::{CallId, ServerId};
use mcp_tui::tui::keymap::Context;
use mcp_tui::tui::ui::{Pane, WorkTab};
use mcp_tui::tui::update::Outcome;

use super::screen::{World, json};
use super::{called, each};

fn begin(world: &mut World, server: u16, name: &str, arguments: &str) -> CallId {
    let id = CallId(world.state.next_call);
    let operation = Operation::CallTool { name: name.into(), arguments: json(arguments) };
    world.command(Command::Start { server: ServerId(server), operation });
    id
}

fn end(world: &mut World, server: u16, call: CallId, outcome: Result<&str, Failure>) {
    world.report(server, SessionEvent::Finished { call, outcome: outcome.map(json) });
}

/// One done, one cancelled and answered, one cancelled in silence, one that did not stop, one refused by the server, two
/// running.
pub(super) fn busy(columns: u16, rows: u16) -> World {
    let mut world = called(columns, rows);
    world.finish(0, Ok(r#"{"content":[{"type":"text","text":"42"}]}"#));
    let outcomes: [Option<Option<Failure>>; 3] =
        [Some(Some(Failure::Rpc { code: 0, message: "Request cancelled".into(), data: None })), None, Some(None)];
    for late in outcomes {
        let call = begin(&mut world, 0, "longRunningOperation", r#"{"duration":10,"steps":5}"#);
        world.later(800_000).command(Command::Cancel(call));
        end(&mut world, 0, call, Err(Failure::Cancelled("cancelled; the server demo was told".into())));
        if let Some(failure) = late {
            world.later(12_000).report(0, SessionEvent::Late { call, failure });
        }
    }
    let call = begin(&mut world, 0, "echo", "{}");
    let why = Failure::Rpc { code: -32602, message: "Invalid params".into(), data: None };
    end(&mut world, 0, call, Err(why));
    for (name, total, message) in [("import", Some(40.0), Some("page 12 of 40")), ("crawl", None, None)] {
        let call = begin(&mut world, 0, name, r#"{"from":"https://example.com"}"#);
        world.later(2_000_000);
        let progress = Progress { progress: 12.0, total, message: message.map(Into::into), reports: 12 };
        world.report(0, SessionEvent::Progress { call, progress });
    }
    world.later(1_500_000);
    world.input(mcp_tui::tui::input::Input::Tick(world.moment()));
    world
}

#[test]
fn the_list_of_calls_tells_that_there_are_more() {
    let mut world = busy(80, 12);
    let marks = |screen: &str| ['↑', '↓'].map(|mark| screen.lines().any(|line| line.ends_with(mark)));
    world.keys("5 g");
    assert_eq!(marks(&world.screen()), [false, true], "{}", world.screen());
    world.keys("G");
    assert_eq!(marks(&world.screen()), [true, false], "{}", world.screen());
}

#[test]
fn calls_in_flight_and_what_became_of_the_others() {
    each("calls", |columns, rows| {
        let mut world = busy(columns, rows);
        world.keys("5 down");
        world
    });
    each("calls_none", |columns, rows| {
        let mut world = super::on_sum(columns, rows);
        world.keys("5");
        world
    });
}

#[test]
fn the_selected_call_is_cancelled_opened_and_left_again() {
    let mut world = busy(120, 40);
    world.keys("5 down");
    assert_eq!(world.ui.focus(), Context::Calls);
    world.keys("x");
    let cancelled = world.state.calls.values().rev().nth(1).map(|call| (call.id, call.state.clone()));
    assert!(matches!(cancelled, Some((_, CallState::Cancelling))), "{cancelled:?}");
    assert_eq!(world.outcomes.last(), cancelled.map(|(id, _)| Outcome::Dispatch(Command::Cancel(id))).as_ref());
    world.keys("enter");
    world.keys("esc");
    assert_eq!((world.ui.focus(), world.ui.work.tab), (Context::Calls, WorkTab::Calls));
    assert!(world.ui.message.as_deref().is_some_and(|said| said.contains("goes on")), "{:?}", world.ui.message);
    // What has ended is called again from here, where it is found again.
    world.keys("G r");
    let newest =
        world.state.calls.values().next_back().map(|call| (call.operation.subject().to_owned(), call.is_open()));
    assert_eq!(newest, Some(("get-sum".into(), true)));
    assert_eq!(world.ui.calls.selected, Some(CallId(world.state.next_call - 1)));
}

#[test]
fn a_call_leads_to_its_frame() {
    let mut world = called(120, 40);
    let call = CallId(world.state.next_call - 1);
    world.report(0, SessionEvent::Requested { call, request: 3 });
    world.finish(0, Ok(r#"{"content":[]}"#));
    world.keys("5 f");
    assert_eq!((world.ui.pane(), world.ui.log.selected(&world.state)), (Pane::Log, Some(4)));
    // The same from the result itself.
    world.keys("G 4 left f");
    assert_eq!((world.ui.pane(), world.ui.log.selected(&world.state)), (Pane::Log, Some(4)));
}

#[test]
fn what_the_server_did_after_a_cancel_is_told_with_the_call() {
    each("cancelled", |columns, rows| {
        let mut world = called(columns, rows);
        world.keys("x").later(300_000);
        world.finish(0, Err(Failure::Cancelled("cancelled; the server demo was told".into())));
        let call = CallId(world.state.next_call - 1);
        world.later(2_100_000).report(0, SessionEvent::Late { call, failure: None });
        world
    });
}
