//! Leaving while something is open, and the first minute of a run nobody configured.

use mcp_tui::model::task::{KnownTask, TaskStatus};
use mcp_tui::tui::update::Outcome;

use super::{called, each, on_sum, ready, shown};
use crate::screen::World;

fn task(world: &World, status: TaskStatus, server: &str) -> KnownTask {
    KnownTask {
        server: server.into(),
        id: "t-1".into(),
        tool: "import".into(),
        status,
        created: None,
        ttl: None,
        heard: world.state.now,
        message: None,
        poll: None,
        lost: None,
        call: None,
    }
}

#[test]
fn quitting_asks_while_something_is_open_and_says_what() {
    each("quit_open", |columns, rows| {
        let mut world = called(columns, rows);
        let task = task(&world, TaskStatus::Working, "demo");
        world.state.tasks.push(task);
        world.keys("q");
        world
    });
    let mut world = called(80, 24);
    world.keys("q esc");
    assert!(world.ui.modal.is_none() && !world.outcomes.contains(&Outcome::Quit));
    world.keys("q q");
    assert_eq!(world.outcomes.last(), Some(&Outcome::Quit));
}

#[test]
fn restarting_asks_while_something_of_the_server_is_open_and_says_what() {
    each("restart_open", |columns, rows| {
        let mut world = called(columns, rows);
        let task = task(&world, TaskStatus::Working, "demo");
        world.state.tasks.push(task);
        world.keys("R");
        world
    });
    let mut world = called(80, 24);
    world.keys("R esc");
    assert!(world.ui.modal.is_none());
}

#[test]
fn nothing_open_means_no_question() {
    for (status, server) in [(TaskStatus::Completed, "demo"), (TaskStatus::Working, "elsewhere")] {
        let mut world = ready(80, 24);
        let task = task(&world, status, server);
        world.state.tasks.push(task);
        world.keys("q");
        assert_eq!(world.outcomes.last(), Some(&Outcome::Quit), "{status:?} {server}");
    }
}

#[test]
fn esc_never_quits() {
    let mut world = called(120, 40);
    world.keys("esc esc esc esc 3 esc esc 2 esc esc esc");
    assert!(!world.outcomes.contains(&Outcome::Quit));
}

#[test]
fn the_first_run_says_how_to_begin_and_goes_when_somebody_has_begun() {
    each("first_run", |columns, rows| {
        let mut world = on_sum(columns, rows);
        world.ui.welcome = true;
        world
    });
    for (keys, open) in [("down up pgdn", true), ("enter", false), ("esc", false), ("ctrl-p", false), ("?", false)] {
        let mut world = on_sum(80, 24);
        world.ui.welcome = true;
        let before = world.ui.inspector.zone;
        world.keys(keys);
        assert_eq!(world.ui.welcome, open, "{keys}");
        assert_eq!(world.ui.inspector.zone, before, "Esc takes it away and does nothing else");
    }
    // No room: the list is more important.
    let mut world = on_sum(60, 12);
    world.ui.welcome = true;
    shown("first_run_60x12", &mut world);
}
