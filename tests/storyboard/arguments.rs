//! The form of arguments: what a person sees and what is sent.

use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::call::{ListKind, Operation};
use mcp_tui::model::id::ServerId;
use mcp_tui::model::policy::{ArgumentPattern, ClaimCondition, Glob, Rule, Source, Verdict};
use mcp_tui::tui::keymap::Context;
use mcp_tui::tui::update::Outcome;

use super::each;
use super::screen::World;

pub(super) const TRIP: &str = r##"{"name":"book_trip","description":"Books a trip.","inputSchema":{"type":"object","properties":{
    "traveller":{"type":"string","title":"Who travels","description":"As in the passport","minLength":1,"examples":["Ada Lovelace"]},
    "nights":{"type":"integer","minimum":1,"maximum":30,"default":3},
    "class":{"type":"string","oneOf":[{"const":"eco","title":"Economy"},{"const":"biz","title":"Business"}]},
    "insured":{"type":"boolean"},
    "day":{"type":"string","format":"date"},
    "to":{"$ref":"#/$defs/Place"},
    "stops":{"type":"array","items":{"$ref":"#/$defs/Place"},"maxItems":3,"description":"On the way"},
    "pay":{"anyOf":[{"$ref":"#/$defs/Card"},{"type":"object","title":"By invoice","properties":{"vat":{"type":"string"}},"required":["vat"]}]},
    "labels":{"type":"object","additionalProperties":{"type":"number"}},
    "note":{"type":["string","null"]},
    "extra":{}
  },"required":["traveller","nights","to","pay"],"$defs":{
    "Place":{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":"string","pattern":"^[0-9]{4,5}$"}},"required":["city"]},
    "Card":{"type":"object","title":"By card","properties":{"method":{"const":"card"},"password":{"type":"string"}},"required":["method"]}
  }}}"##;

/// A form of this tool.
pub(super) fn form(tool: &str, columns: u16, rows: u16) -> World {
    let mut world = World::new(&["demo"], columns, rows);
    world.connect(0, r#"{"tools":{}}"#);
    world.list(0, ListKind::Tools, &[tool]).keys("enter");
    assert_eq!(world.ui.focus(), Context::Arguments);
    world
}

fn tool(schema: &str) -> String {
    format!(r#"{{"name":"t","inputSchema":{schema}}}"#)
}

/// Types text as keys.
pub(super) fn typed(world: &mut World, text: &str) {
    for c in text.chars() {
        world.keys(if c == ' ' { "space".to_owned() } else { c.to_string() }.as_str());
    }
}

fn sent(world: &World) -> Option<String> {
    match world.outcomes.last() {
        Some(Outcome::Dispatch(Command::Start { operation: Operation::CallTool { arguments, .. }, .. })) => {
            Some(arguments.as_str().to_owned())
        }
        _ => None,
    }
}

#[test]
fn a_rule_that_denies_it_to_models_is_told_and_keeps_nobody_from_calling() {
    let denied = |columns, rows| {
        let mut world = form(&tool(r#"{"type":"object","properties":{"path":{"type":"string"}}}"#), columns, rows);
        world.state.approvals.policy.rules.push(Rule {
            source: Source::BuiltIn,
            server: Glob::new("demo"),
            tool: Glob::new("t"),
            except: vec![],
            claims: ClaimCondition::default(),
            arguments: ArgumentPattern::Like { members: vec![("path".into(), Glob::new("/etc/**"))], only: false },
            verdict: Verdict::Deny,
            bound: None,
        });
        typed(&mut world, "/etc/passwd");
        world
    };
    each("args_denied", denied);
    let mut world = denied(120, 40);
    world.keys("ctrl-j");
    assert!(world.screen().contains("a model may not call this"), "{}", world.screen());
    world.keys("ctrl-s");
    assert!(sent(&world).is_some_and(|arguments| arguments.contains("/etc/passwd")));
    let mut world = denied(120, 40);
    world.keys("backspace backspace backspace backspace backspace backspace backspace backspace");
    assert!(!world.screen().contains("a model may not"), "only where the rule is about these arguments");
}

#[test]
fn a_form_of_every_kind_of_field() {
    each("args", |columns, rows| form(TRIP, columns, rows));
    each("args_filled", |columns, rows| {
        let mut world = form(TRIP, columns, rows);
        typed(&mut world, "Ada");
        world.keys("tab backspace 4 0 tab b tab y tab");
        typed(&mut world, "31.12.2026");
        world.keys("tab tab");
        typed(&mut world, "Bern");
        world.keys("tab tab enter enter");
        typed(&mut world, "Olten");
        world
    });
    each("args_refused", |columns, rows| {
        let mut world = form(TRIP, columns, rows);
        world.keys("ctrl-s");
        world
    });
}

#[test]
fn nested_fields_end_up_where_they_belong() {
    let mut world = form(TRIP, 120, 40);
    typed(&mut world, "Ada");
    world.keys("tab tab tab tab tab tab B e r n tab tab");
    // Two stops, the second moved up, the first taken away again.
    world.keys("enter enter A tab tab enter B alt-up");
    world.keys("ctrl-s");
    assert_eq!(
        sent(&world).unwrap_or_default(),
        r#"{"traveller":"Ada","nights":3,"to":{"city":"Bern"},"stops":[{"city":"B"},{"city":"A"}],"pay":{"method":"card"}}"#
    );
}

#[test]
fn a_form_of_several_forms_changes_with_the_choice() {
    let mut world = form(TRIP, 120, 40);
    typed(&mut world, "Ada");
    world.keys("s-tab s-tab s-tab s-tab s-tab s-tab s-tab");
    super::everywhere("args_variant_card", &mut world);
    world.keys("tab right");
    assert!(world.screen().contains("vat") && !world.screen().contains("password"), "{}", world.screen());
}

#[test]
fn enter_goes_on_and_calls_only_what_fits_from_the_last_field() {
    let mut world = form(
        &tool(r#"{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}"#),
        80,
        24,
    );
    world.keys("2 enter 4 0 x enter");
    assert!(world.outcomes.is_empty(), "{:?}", world.outcomes);
    super::everywhere("args_sum", &mut world);
    world.keys("backspace enter");
    assert_eq!(sent(&world).as_deref(), Some(r#"{"a":2,"b":40}"#));
}

#[test]
fn what_does_not_fit_is_sent_only_on_the_second_explicit_key() {
    let mut world = form(&tool(r#"{"type":"object","properties":{"a":{"type":"number"}},"required":["a"]}"#), 80, 24);
    world.keys("ctrl-g");
    assert!(world.outcomes.is_empty());
    world.keys("x ctrl-s ctrl-g");
    assert_eq!(sent(&world).as_deref(), Some(r#"{"a":"x"}"#));
}

#[test]
fn form_and_json_are_two_views_of_one_thing() {
    let mut world = form(TRIP, 120, 40);
    // A skeleton is offered where nothing was typed, and nothing of it is taken over unless it is changed.
    world.keys("ctrl-j");
    assert_eq!(world.ui.focus(), Context::Editor);
    world.keys("ctrl-j ctrl-s");
    assert!(sent(&world).is_none());
    world.paste_over(r#"{"unknown":1.50,"traveller":"Ada","nights":5,"to":{"zip":"1","city":"B"},"pay":{"vat":"CH"}}"#);
    world.keys("ctrl-j");
    world.keys("! ctrl-s ctrl-g");
    assert_eq!(
        sent(&world).unwrap_or_default(),
        r#"{"unknown":1.50,"traveller":"Ada!","nights":5,"to":{"zip":"1","city":"B"},"pay":{"vat":"CH"}}"#
    );
    // What is no JSON has no form, and stays as it is.
    world.keys("c ctrl-j").paste("{");
    world.keys("ctrl-j");
    assert_eq!(world.ui.focus(), Context::Editor);
    assert!(world.ui.message.as_deref().unwrap_or_default().contains("no form"));
}

#[test]
fn what_was_typed_is_there_again() {
    let mut world = form(TRIP, 120, 40);
    typed(&mut world, "Ada");
    world.keys("esc enter");
    assert!(world.screen().contains("Ada"));
}

#[test]
fn a_long_choice_is_found_by_its_letters() {
    let options: Vec<String> = (0..5_000).map(|n| format!("\"option {n}\"")).collect();
    let schema = format!(
        r#"{{"type":"object","properties":{{"pick":{{"enum":[{}]}}}},"required":["pick"]}}"#,
        options.join(",")
    );
    each("args_enum", |columns, rows| {
        let mut world = form(&tool(&schema), columns, rows);
        typed(&mut world, "option 4711");
        world
    });
    let mut world = form(&tool(&schema), 80, 24);
    typed(&mut world, "4711");
    world.keys("right enter");
    assert_eq!(sent(&world).as_deref(), Some(r#"{"pick":"option 4712"}"#));
}

#[test]
fn sixty_fields_scroll_with_the_cursor() {
    let fields: Vec<String> =
        (0..60).map(|n| format!(r#""field_{n}":{{"type":"string","description":"Number {n}"}}"#)).collect();
    each("args_sixty", |columns, rows| {
        let mut world =
            form(&tool(&format!(r#"{{"type":"object","properties":{{{}}}}}"#, fields.join(","))), columns, rows);
        world.keys("pgdn pgdn pgdn pgdn");
        world
    });
}

#[test]
fn hostile_schemas_have_a_form_too() {
    let long = "x".repeat(300);
    for (name, schema) in [
        ("recursive", r##"{"type":"object","properties":{"child":{"$ref":"#"},"list":{"type":"array","items":{"$ref":"#"}}},"required":["child"]}"##.to_owned()),
        ("names", format!(r#"{{"type":"object","properties":{{"{long}":{{"type":"string","description":"{long}"}},"\u001b[31mred\u202e":{{"type":"string"}},"שלום 🎉":{{"type":"string","default":"\u0007"}},"":{{"enum":["\u001b]0;x","🏳️‍🌈"]}}}},"required":["\u001b[31mred\u202e",""]}}"#)),
        ("empty", "{}".to_owned()),
        ("refs", r##"{"type":"object","properties":{"a":{"$ref":"#/nowhere"},"b":{"$ref":"https://example.com"},"c":false,"d":true}}"##.to_owned()),
    ] {
        let mut world = form(&tool(&schema), 80, 24);
        world.keys("tab tab tab enter");
        super::everywhere(&format!("args_hostile_{name}"), &mut world);
    }
}

#[test]
fn arguments_that_are_too_big_for_fields_stay_json() {
    let mut world = form(
        &tool(
            r#"{"type":"object","properties":{"text":{"type":"string"},"list":{"type":"array","items":{"type":"integer"}}}}"#,
        ),
        80,
        24,
    );
    let text = format!(r#"{{"text":"{}","list":[{}1]}}"#, "x".repeat(300_000), "1,".repeat(50_000));
    world.paste_over(&text).keys("ctrl-j");
    super::everywhere("args_big", &mut world);
    world.keys("tab ctrl-s");
    assert_eq!(sent(&world).map(|sent| sent == text), Some(true));
}

#[test]
fn variables_of_a_template_and_arguments_of_a_prompt_are_fields() {
    let mut world = World::new(&["demo"], 80, 24);
    world.connect(0, r#"{"tools":{},"resources":{},"prompts":{}}"#);
    world.list(
        0,
        ListKind::Templates,
        &[r#"{"uriTemplate":"repo://{owner}/{name}/files{/path}{?ref}","name":"A file"}"#],
    );
    world.list(0, ListKind::Prompts, &[r#"{"name":"greet","arguments":[{"name":"who","title":"Whom to greet","description":"A name","required":true},{"name":"style"}]}"#]);
    world.keys("right right enter a tab b space c");
    super::everywhere("args_template", &mut world);
    world.keys("ctrl-j");
    assert!(world.screen().contains("repo://a/b%20c/files{/path}{?ref}"), "{}", world.screen());
    world.keys("ctrl-j tab x ctrl-s");
    let uri = "repo://a/b%20c/files/x".to_owned();
    assert_eq!(
        world.outcomes[1..],
        [Outcome::Dispatch(Command::Start { server: ServerId(0), operation: Operation::ReadResource { uri } })]
    );
    world.report(0, SessionEvent::Latency(1)).keys("esc right enter A d a");
    super::everywhere("args_prompt", &mut world);
}

#[test]
fn what_was_sent_is_recalled_named_and_forgotten() {
    let used = |columns, rows| {
        let mut world = form(
            &tool(r#"{"type":"object","properties":{"a":{"type":"string"},"password":{"type":"string"}}}"#),
            columns,
            rows,
        );
        for (text, later) in [("one", 200_000_000), ("two", 4_000_000)] {
            typed(&mut world, text);
            world.keys("tab s ctrl-s").later(later).keys("4 c ctrl-u tab ctrl-u s-tab");
        }
        world
    };
    each("args_last_used", used);
    each("args_recall", |columns, rows| {
        let mut world = used(columns, rows);
        typed(&mut world, "big");
        world.keys("ctrl-r ctrl-s B i g enter ctrl-r");
        world
    });
    each("args_preset", |columns, rows| {
        let mut world = used(columns, rows);
        typed(&mut world, "big");
        world.keys("ctrl-r ctrl-s B");
        world
    });
    let mut world = used(80, 24);
    world.keys("ctrl-r down enter ctrl-s");
    // The password was not remembered.
    assert_eq!(sent(&world).as_deref(), Some(r#"{"a":"one"}"#));
    world.keys("4 c ctrl-r t w o ctrl-x esc ctrl-r");
    let screen = world.screen();
    assert!(screen.contains("one") && !screen.contains("two"), "{screen}");
}
