//! Tools that are searched for: what the model is offered, and that a call means the real tool everywhere.

use super::*;
use crate::model::approval::ApprovalRequest;
use crate::model::chat::ModelInfo;
use crate::model::question::QuestionBody;

/// A world where the model always searches.
fn searching(asking: Asking) -> World {
    let mut world = World::new(asking);
    world.state.chat.limits.discovery_share = 0;
    world
}

/// A tool whose definition is about this many tokens.
fn heavy(name: &str, tokens: usize) -> String {
    // Descriptions are cut, schemas are not.
    let about = "x".repeat(tokens * 4);
    serde_json::json!({"name": name, "inputSchema": {"type": "object", "properties": {"p": {"description": about}}}})
        .to_string()
}

fn names(request: &ChatRequest) -> Vec<&str> {
    request.tools.iter().map(|tool| tool.name.as_str()).collect()
}

/// What the model is told of the calls it made, without any of them being sent.
fn told(world: &mut World, calls: &[(&str, &str, &str)]) -> Vec<String> {
    world.calls(calls);
    let asked = world.asked();
    assert!(asked.runs.is_empty(), "{asked:?}");
    results(&asked.requests[0]).into_iter().map(said).collect()
}

#[test]
fn three_tools_stand_for_all_and_the_person_is_told() {
    let mut world = searching(Asking::AllowAll);
    world.say("go");
    let request = world.asked().requests.remove(0);
    assert_eq!(names(&request), ["search_tools", "get_tool_details", "call_tool"]);
    assert!(request.tools[0].description.contains("files (2), web (2)"), "{}", request.tools[0].description);
    assert!(
        world.notes()[0].contains("4 tools") && world.notes()[0].contains("discovery_share"),
        "{:?}",
        world.notes()
    );
    let told = told(
        &mut world,
        &[
            ("c1", "search_tools", r#"{"query":"read"}"#),
            ("c2", "get_tool_details", r#"{"names":["files__read"]}"#),
            ("c3", "search_tools", "{}"),
            ("c4", "search_tools", r#"{"query"#),
        ],
    );
    assert!(told[0].contains("files__read: Reads.") && told[0].contains("not instructions"), "{}", told[0]);
    assert!(told[1].contains(r#""required":["path"]"#), "{}", told[1]);
    assert!(told[2].contains("Say in `query`") && told[3].contains("not a JSON object"), "{told:?}");
    assert_eq!(world.states(), ["done", "done", "failed", "failed"]);
    // It is said once, and again only when it changes.
    world.model([text("ok"), end()]);
    world.say("more");
    world.model([text("ok"), end()]);
    assert_eq!(world.notes().len(), 1);
    world.state.chat.limits.discovery_share = 100;
    world.say("all");
    assert_eq!(names(&world.asked().requests[1]), ["files__any", "files__read", "web__any", "web__read"]);
    assert_eq!(world.notes()[1], "the definitions of all tools are sent again");
}

#[test]
fn a_call_through_call_tool_is_a_call_of_the_real_tool() {
    let mut world = searching(Asking::Person);
    world.say("go");
    world.asked();
    world.calls(&[("c1", "call_tool", r#"{"name": "files__read", "arguments": {"path": "/a",  "n": 1.50}}"#)]);
    let call = world.model_calls()[0].clone();
    assert_eq!((call.server.as_str(), call.tool.as_str()), ("files", "read"));
    let QuestionBody::Approval(request) = world.state.questions[0].body.clone() else { panic!("an approval") };
    let ApprovalRequest { server, tool, arguments, definition, .. } = *request;
    assert_eq!((server.as_str(), tool.as_str()), ("files", "read"));
    assert_eq!(arguments.as_str(), r#"{"path": "/a",  "n": 1.50}"#);
    assert!(definition.is_some(), "the definition that counts is the real tool's");
    world.answer(ApprovalAnswer::Allow { scope: Scope::Conversation, edited: None });
    let runs = world.asked().runs;
    assert_eq!((runs[0].1, runs[0].2.as_str(), runs[0].3.as_str()), (0, "read", r#"{"path": "/a",  "n": 1.50}"#));
    world.result(runs[0].0, "the text");
    let request = world.asked().requests.remove(0);
    assert!(said(results(&request)[0]).contains("the text"));
    // What the model wrote goes back as it wrote it.
    let own: Vec<&str> =
        request.messages.iter().flat_map(|message| message.calls()).map(|it| it.name.as_str()).collect();
    assert_eq!(own, ["call_tool"]);
    // The permission is for the tool, not for everything that goes through `call_tool`.
    world.calls(&[
        ("c2", "call_tool", r#"{"name":"files__read","arguments":{"path":"/b"}}"#),
        ("c3", "call_tool", r#"{"name":"web__read","arguments":{"path":"/b"}}"#),
    ]);
    assert_eq!(world.states(), ["done", "running", "asking"]);
    world.answer(ApprovalAnswer::Deny { message: None, rest_of_turn: false });
    assert_eq!(world.states()[2], "denied");
}

#[test]
fn what_is_wrong_with_a_call_goes_back_to_the_model() {
    for (name, arguments, expected) in [
        ("call_tool", r#"{"name":"files__read","arguments":{}}"#, "do not fit the tool's schema"),
        ("call_tool", r#"{"name":"files__read","arguments":"{\"path\":\"x\"}"}"#, "must be an object"),
        ("call_tool", r#"{"name":"files__reed","arguments":{}}"#, "There is no tool named `files__reed`"),
        ("call_tool", r#"{"name":"read","arguments":{}}"#, "Did you mean files__read or web__read?"),
        ("call_tool", r#"{"name":"call_tool","arguments":{}}"#, "There is no tool named `call_tool`"),
        ("call_tool", "{}", "Say in `name`"),
        ("files__read", r#"{"path":"x"}"#, "is called by `call_tool`"),
    ] {
        let mut world = searching(Asking::AllowAll);
        world.say("go");
        world.asked();
        let told = told(&mut world, &[("c1", name, arguments)]);
        assert!(told[0].contains(expected), "{arguments}: {}", told[0]);
        assert_eq!(world.states(), ["failed"]);
    }
}

#[test]
fn a_tool_that_is_hidden_is_neither_found_nor_called() {
    let mut world = searching(Asking::AllowAll);
    world.chat(ChatCommand::Toggle { server: "web".into(), tool: None });
    world.say("go");
    world.asked();
    let calls = [
        ("c1", "search_tools", r#"{"query":"read"}"#),
        ("c2", "call_tool", r#"{"name":"web__read","arguments":{"path":"x"}}"#),
    ];
    let told = told(&mut world, &calls);
    assert!(!told[0].contains("web__") && told[1].contains("There is no tool named"), "{told:?}");
}

#[test]
fn without_the_search_its_tools_are_not_there() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.asked();
    let told = told(&mut world, &[("c1", "call_tool", r#"{"name":"files__read","arguments":{"path":"x"}}"#)]);
    assert!(told[0].contains("There is no tool named `call_tool`"), "{told:?}");
}

#[test]
fn the_provider_counts_where_it_matters() {
    let context = |tokens| ModelInfo { id: "m".into(), context: tokens, ..ModelInfo::default() };
    // Of a context of 20 000 tokens, 15 % is 3 000.
    for (weight, context_of, counted, searches, words) in [
        (3_500, Some(20_000), Some(2_000), false, ""),
        (3_500, Some(20_000), Some(9_000), true, "9000 tokens (counted by the provider), 45 %"),
        (3_500, Some(20_000), None, true, "(estimated)"),
        (3_300, Some(20_000), Some(3_001), true, "counted by the provider"),
        (30_000, None, None, true, "(128000, assumed)"),
    ] {
        let context = context(context_of);
        let mut world = World::new(Asking::AllowAll);
        world.listed(1, &[&heavy("big", weight)]);
        world.say("go");
        let measure = world.effects.iter().find_map(|effect| match effect {
            Effect::Measure { turn, request, list } => Some((*turn, request.clone(), *list)),
            _ => None,
        });
        let (turn, request, list) = measure.expect("the provider is asked first");
        assert_eq!((list, request.tools.len(), request.messages.len()), (true, 3, 1));
        assert_eq!(world.state.chat.turn.as_ref().unwrap().phase, Phase::Measuring);
        assert!(world.asked().requests.is_empty());
        let at = world.at();
        world.event(Event::Chat { at, event: ChatEvent::Models { provider: "p".into(), models: Ok(vec![context]) } });
        world.event(Event::Chat { at, event: ChatEvent::Measured { turn, tokens: counted } });
        let request = world.asked().requests.remove(0);
        assert_eq!(names(&request).contains(&"call_tool"), searches, "{weight} {counted:?}");
        assert!(world.notes().join("\n").contains(words), "{words}: {:?}", world.notes());
        // Nobody counts the same twice.
        world.model([text("ok"), end()]);
        world.say("again");
        assert_eq!(world.asked().requests.len(), 1);
    }
}

#[test]
fn a_turn_that_is_stopped_while_tools_are_weighed_sends_nothing() {
    let mut world = World::new(Asking::AllowAll);
    world.listed(1, &[&heavy("big", 30_000)]);
    world.say("go");
    let turn = world.state.chat.turn.as_ref().unwrap().id;
    world.effects.clear();
    world.chat(ChatCommand::Stop);
    assert!(world.is_idle());
    let at = world.at();
    world.event(Event::Chat { at, event: ChatEvent::Measured { turn, tokens: Some(1) } });
    let asked = world.asked();
    assert_eq!((asked.aborted, asked.requests.len()), (1, 0));
    world.say("again");
    let next = world.state.chat.turn.as_ref().unwrap().id;
    assert_ne!(next, turn);
    world.event(Event::Chat { at, event: ChatEvent::Measured { turn, tokens: Some(1) } });
    assert!(world.asked().requests.is_empty(), "that was for the other turn");
}

#[test]
fn small_tools_cost_no_request_and_too_many_for_a_vendor_are_searched_for() {
    let mut world = World::new(Asking::AllowAll);
    let many: Vec<String> = (0..130).map(|n| format!(r#"{{"name":"t{n}","inputSchema":{{}}}}"#)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.listed(1, &many);
    world.say("go");
    assert_eq!(world.asked().requests[0].tools.len(), 132, "this vendor takes them");
    world.model([text("ok"), end()]);
    for provider in &mut world.state.chat.providers {
        provider.dialect = Dialect::ChatCompletions;
    }
    world.say("go");
    assert_eq!(world.asked().requests[0].tools.len(), 3);
}
