//! What is found, in which order, and what it costs.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::*;
use crate::app::{Command, Event, SessionEvent};
use crate::model::call::ListKind;
use crate::model::id::Moment;
use crate::model::json::RawJson;
use crate::model::server::{Launch, ServerSpec};
use crate::model::session::Item;
use crate::tui::keymap::Keymap;

fn world(tools: usize) -> (Ui, State) {
    let mut state = State::default();
    let at = Moment(1);
    for name in ["demo", "weather"] {
        let launch = Launch::Stdio { command: name.into(), args: vec![], env: vec![], cwd: None };
        let command = Command::AddServer(ServerSpec::new(name, launch));
        crate::app::update(&mut state, Event::Command { at, command });
    }
    let items = (0..tools)
        .map(|at| {
            let raw = format!(
                r#"{{"name":"tool-{at}-of-many","description":"Looks up number {at}","inputSchema":{{"type":"object"}}}}"#
            );
            Item::read(ListKind::Tools, RawJson::parse(raw).unwrap())
        })
        .collect();
    let event = SessionEvent::Listed { kind: ListKind::Tools, items, cut: None };
    crate::app::update(&mut state, Event::Session { server: ServerId(0), at, event });
    let ui = Ui::new(Size::new(80, 24), &state, Keymap::default(), TimeZone::UTC);
    (ui, state)
}

fn typed(ui: &Ui, state: &State, text: &str) -> PaletteUi {
    let mut palette = PaletteUi::open(ui, state);
    palette.line.insert(text);
    palette.find(ui, state);
    palette
}

#[test]
fn what_is_likely_comes_first_then_what_can_be_done_here_and_everything_else_is_found() {
    let (mut ui, state) = world(7);
    let kinds = |palette: &PaletteUi| palette.found.iter().map(|found| found.kind).collect::<Vec<_>>();
    let palette = PaletteUi::open(&ui, &state);
    assert_eq!(kinds(&palette)[..6], ["tool", "tool", "tool", "tool", "tool", "action"]);
    assert_eq!(kinds(&palette).iter().filter(|kind| **kind == "tool").count(), 7, "each once");
    for (call, tool) in [(1, 6), (2, 4)] {
        let key = format!("tool-{tool}-of-many");
        let item = ItemRef { server: ServerId(0), kind: ListKind::Tools, key };
        ui.work.calls.insert(item, crate::model::id::CallId(call));
    }
    let palette = PaletteUi::open(&ui, &state);
    let labels: Vec<_> = palette.found.iter().take(2).map(|found| found.label.as_str()).collect();
    assert_eq!(labels, ["tool-4-of-many", "tool-6-of-many"], "the newest call first");
    assert_eq!(palette.found[2].kind, "action");
    for (text, kind, label) in [
        ("quit", "action", "Quit"),
        ("weath", "server", "weather"),
        ("t2many", "tool", "tool-2-of-many"),
        ("tool demo 1", "tool", "tool-1-of-many"),
        ("high", "theme", "high-contrast"),
    ] {
        let found = typed(&ui, &state, text).found;
        assert_eq!((found[0].kind, found[0].label.as_str()), (kind, label), "{text}: {found:?}");
    }
    assert!(typed(&ui, &state, "nosuchthing").found.is_empty());
}

#[test]
fn only_what_makes_sense_here_is_offered() {
    let (ui, state) = world(1);
    let labels: Vec<String> = PaletteUi::open(&ui, &state).found.into_iter().map(|found| found.label).collect();
    for absent in ["Up", "Page down", "Send anyway", "Cancel", "Palette", "Follow"] {
        assert!(!labels.iter().any(|label| label == absent), "{absent}: {labels:?}");
    }
    assert!(labels.iter().any(|label| label == "Filter"));
}

#[test]
fn of_many_only_the_best_are_kept_and_all_are_counted() {
    let (ui, state) = world(10_000);
    let palette = typed(&ui, &state, "tool many");
    assert_eq!((palette.found.len(), palette.count), (KEPT, 10_000));
    assert_eq!(palette.found[0].label, "tool-0-of-many", "of equals, in their order");
    let palette = typed(&ui, &state, "9999");
    assert_eq!(palette.found[0].label, "tool-9999-of-many");
}

#[test]
fn what_is_selected_stays_so_when_lists_change() {
    let (ui, mut state) = world(3);
    let mut palette = typed(&ui, &state, "many");
    palette.selected = 2;
    let before = palette.found[2].target.clone();
    let raw = RawJson::parse(r#"{"name":"many","inputSchema":{}}"#).unwrap();
    let mut items = state.sessions[0].listing(ListKind::Tools).items.to_vec();
    items.push(Item::read(ListKind::Tools, raw));
    let event = SessionEvent::Listed { kind: ListKind::Tools, items, cut: None };
    crate::app::update(&mut state, Event::Session { server: ServerId(0), at: Moment(2), event });
    palette.refresh(&ui, &state);
    assert_eq!(palette.count, 4);
    assert_eq!(palette.found[palette.selected].target, before);
}

#[test]
fn what_other_panes_can_do_is_found_by_name_and_nothing_twice() {
    let (ui, state) = world(1);
    for (text, context) in [("follow", Context::Log), ("sight", Context::Conversation)] {
        let found = typed(&ui, &state, text).found;
        let there = found.iter().filter(|found| matches!(found.target, Target::Action(place, _) if place == context));
        assert_eq!(there.map(|found| found.place.as_str()).collect::<Vec<_>>(), [context.title()], "{text}");
    }
    let found = typed(&ui, &state, "restart").found;
    assert!(matches!(found[0].target, Target::Action(_, Action::Restart)), "{found:?}");
    assert!(typed(&ui, &state, "ascii").found.iter().any(|found| found.target == Target::Ascii));
}
