//! Values that a server suggests while an argument is typed: asked for once typing pauses, taken by a key, stealing none.

use mcp_tui::app::SessionEvent;
use mcp_tui::model::call::{CompletionTarget, Failure, ListKind, Operation};
use mcp_tui::model::id::CallId;
use mcp_tui::tui::input::Input;

use super::{SIZES, shown};
use crate::screen::{World, json};

const PROMPT: &str = r#"{"name":"plan-trip","description":"Plans a trip","arguments":[{"name":"city","description":"Where to","required":true},{"name":"district"}]}"#;

/// The form of a prompt with this typed into its first field.
fn typing(columns: u16, rows: u16, keys: &str) -> World {
    let mut world = World::new(&["demo"], columns, rows);
    world.connect(0, r#"{"prompts":{},"resources":{},"completions":{}}"#);
    world.list(0, ListKind::Prompts, &[PROMPT]);
    world.list(0, ListKind::Templates, &[r#"{"uriTemplate":"file:///{folder}/{name}","name":"File"}"#]);
    world.keys("right right right enter");
    world.keys(keys);
    world
}

fn pause(world: &mut World) -> Option<Operation> {
    let before = world.state.next_call;
    world.later(200_000);
    let now = world.moment();
    world.input(Input::Tick(now));
    (world.state.next_call > before)
        .then(|| world.state.calls.get(&CallId(before)).map(|call| call.operation.clone()))
        .flatten()
}

fn answer(world: &mut World, values: &str) {
    let call = CallId(world.state.next_call - 1);
    let result = json(&format!(r#"{{"completion":{{"values":{values},"total":120,"hasMore":true}}}}"#));
    world.report(0, SessionEvent::Finished { call, outcome: Ok(result) });
}

const CITIES: &str = r#"["Paris","Parma","Par\u001b[2Jis (Texas)"]"#;

#[test]
fn suggestions_stand_below_the_field() {
    for (columns, rows) in SIZES {
        let mut world = typing(columns, rows, "p a r");
        assert!(world.screen().contains("city"), "{}", world.screen());
        let asked = pause(&mut world);
        let Some(Operation::Complete { target, argument, value, context: None }) = asked else { panic!("{asked:?}") };
        assert_eq!(
            (target, argument.as_str(), value.as_str()),
            (CompletionTarget::Prompt("plan-trip".into()), "city", "par")
        );
        answer(&mut world, CITIES);
        world.keys("down down");
        shown(&format!("suggested_{columns}x{rows}"), &mut world);
    }
}

#[test]
fn a_value_is_taken_and_known_to_the_next_question() {
    let mut world = typing(120, 40, "p a r");
    assert!(pause(&mut world).is_some());
    answer(&mut world, CITIES);
    world.keys("tab");
    assert!(!world.screen().contains("Parma"), "what was suggested for another text is gone: {}", world.screen());
    // Now it is complete, Tab goes on to the next field; its question tells what is known.
    world.keys("tab x");
    let asked = pause(&mut world);
    let Some(Operation::Complete { argument, context, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!((argument.as_str(), context), ("district", Some(json(r#"{"city":"Paris"}"#))));
    answer(&mut world, r#"["x1","x2"]"#);
    // Chosen by arrows, taken by Enter.
    world.keys("down down enter");
    let screen = world.screen();
    assert!(screen.contains("x2"), "{screen}");
    world.keys("ctrl-s");
    let newest = world.state.calls.values().next_back().map(|call| call.operation.clone());
    let Some(Operation::GetPrompt { arguments, .. }) = newest else { panic!("{newest:?}") };
    assert_eq!(arguments.to_value().ok(), Some(serde_json::json!({"city": "Paris", "district": "x2"})));
}

#[test]
fn suggestions_steal_no_key() {
    // An empty field: Tab is the next field, whatever is suggested.
    let mut world = typing(120, 40, "");
    assert!(pause(&mut world).is_some());
    answer(&mut world, CITIES);
    assert!(world.screen().contains("Parma"), "{}", world.screen());
    world.keys("tab");
    assert_eq!(world.ui.work.editor.as_ref().map(|editor| editor.form.cursor.path.clone()), Some(vec![1]));
    // Esc leaves the list first, then the form.
    let mut world = typing(120, 40, "p");
    assert!(pause(&mut world).is_some());
    answer(&mut world, CITIES);
    world.keys("down esc");
    assert!(world.ui.work.editor.is_some());
    world.keys("esc");
    assert!(world.ui.work.editor.is_none());
}

#[test]
fn one_question_at_a_time_and_none_twice() {
    let mut world = typing(120, 40, "p");
    assert!(pause(&mut world).is_some());
    assert!(pause(&mut world).is_none(), "it was asked already");
    let first = CallId(world.state.next_call - 1);
    world.keys("a");
    assert!(pause(&mut world).is_some());
    let second = CallId(world.state.next_call - 1);
    // The older answer comes late and changes nothing; a failure is no news.
    world.report(
        0,
        SessionEvent::Finished { call: first, outcome: Ok(json(r#"{"completion":{"values":["too-late-by-far"]}}"#)) },
    );
    assert!(!world.screen().contains("too-late-by-far"));
    let failed = Err(Failure::TimedOut("no answer".into()));
    let notices = world.state.notices.len();
    world.report(0, SessionEvent::Finished { call: second, outcome: failed });
    assert_eq!((world.state.notices.len(), pause(&mut world)), (notices, None));
    assert_eq!(world.state.open_calls().count(), 0);
    // A server that offers no completion is not asked.
    let mut mute = World::new(&["mute"], 80, 24);
    mute.connect(0, r#"{"prompts":{}}"#).list(0, ListKind::Prompts, &[PROMPT]);
    mute.keys("right right right enter p");
    assert!(pause(&mut mute).is_none());
}

#[test]
fn variables_of_a_template_are_completed_too() {
    let mut world = typing(120, 40, "esc 1 left enter s");
    let asked = pause(&mut world);
    let Some(Operation::Complete { target, argument, .. }) = asked else { panic!("{asked:?}\n{}", world.screen()) };
    assert_eq!((target, argument.as_str()), (CompletionTarget::Resource("file:///{folder}/{name}".into()), "folder"));
}
