//! Bad input: what models and providers must not be able to break.

use super::*;
use crate::model::chat::{FailureKind, Native, ProviderFailure};

/// Runs one round in which the model asks for these calls, and gives what it is told of them.
fn told(calls: &[(&str, &str, &str)]) -> Vec<String> {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.asked();
    world.calls(calls);
    let asked = world.asked();
    for run in &asked.runs {
        world.result(run.0, "ok");
    }
    let requests = if asked.requests.is_empty() { world.asked().requests } else { asked.requests };
    let results = results(&requests[0]);
    assert_eq!(results.len(), calls.len(), "every call has one answer");
    results.into_iter().map(said).collect()
}

#[test]
fn calls_that_make_no_sense_are_answered_not_made() {
    for (name, arguments, expected) in [
        ("nope__x", "{}", "There is no tool named `nope__x`"),
        ("read", "{}", "Did you mean files__read or web__read?"),
        ("files__read", "{}", "The arguments do not fit the tool's schema"),
        ("files__read", r#"{"path":1}"#, "- path: "),
        ("files__read", r#"{"path":"x""#, "The arguments are not a JSON object"),
        ("files__read", r"[1]", "The arguments are not a JSON object"),
        ("files__read", "{'path': 'x'}", "The arguments are not a JSON object"),
        ("", "{}", "There is no tool named ``"),
    ] {
        let told = told(&[("c1", name, arguments)]);
        assert!(told[0].contains(expected), "{name} {arguments}: {}", told[0]);
    }
}

#[test]
fn no_arguments_at_all_are_an_empty_object() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.calls(&[("c1", "files__any", "")]);
    assert_eq!(world.asked().runs[0].3, "{}");
}

#[test]
fn arguments_go_out_as_the_model_wrote_them() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.calls(&[("c1", "files__any", r#"{"n": 1.10, "n": 2e40, "s":"\u00e4"}"#)]);
    assert_eq!(world.asked().runs[0].3, r#"{"n": 1.10, "n": 2e40, "s":"\u00e4"}"#);
}

#[test]
fn repeated_ids_are_told_apart() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.calls(&[("c", "files__any", "{}"), ("c", "web__any", "{}"), ("", "web__any", "{}"), ("", "web__any", "{}")]);
    let runs = world.asked().runs;
    for run in runs.iter().rev() {
        world.result(run.0, run.2.as_str());
    }
    world.calls(&[("c", "files__any", r#"{"again":1}"#)]);
    let asked = world.asked();
    world.result(asked.runs[0].0, "last");
    let request = world.asked().requests.remove(0);
    let ids: Vec<&str> =
        request.messages.iter().flat_map(crate::model::chat::Message::calls).map(|call| call.id.as_str()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), 5, "{ids:?}");
    let answered: Vec<&str> = request
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolResult(result) => Some(result.call.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(answered, ids);
}

#[test]
fn a_model_that_repeats_a_failing_call_is_stopped() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    let (mut made, mut rounds) = (0, 0);
    while !world.is_idle() {
        rounds += 1;
        assert!(rounds < 10, "it never ends");
        world.calls(&[("c", "files__any", r#"{"x":1}"#)]);
        for run in world.asked().runs {
            made += 1;
            let error = r#"{"content":[{"type":"text","text":"no"}],"isError":true}"#;
            world.session(0, SessionEvent::Finished { call: run.0, outcome: Ok(raw(error)) });
        }
    }
    assert_eq!((made, rounds), (2, 5));
    assert!(world.notes().last().unwrap().contains("again and again"));
}

#[test]
fn every_way_an_answer_can_end_is_shown_for_what_it_is() {
    for (stop, expected) in [
        (StopReason::Length, "reached its longest length"),
        (StopReason::Refusal { category: Some("cyber".into()), explanation: None }, "the model declined (cyber)"),
        (StopReason::ContentFilter, "filter cut the answer"),
        (StopReason::ContextFull, "does not fit into this model any more"),
        (StopReason::Other("steered".into()), "“steered”"),
        (StopReason::ToolUse, "named none"),
    ] {
        let mut world = World::new(Asking::AllowAll);
        world.say("go");
        world.model([text("some"), Delta::Stop(stop.clone())]);
        assert!(world.is_idle());
        assert!(world.notes()[0].contains(expected), "{stop:?}: {:?}", world.notes());
        // The conversation goes on.
        world.say("on");
        assert_eq!(world.asked().requests.len(), 2);
    }
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.model([end()]);
    assert!(world.notes()[0].contains("said nothing"));
}

#[test]
fn calls_of_an_answer_that_was_cut_are_not_made() {
    for stop in [StopReason::Length, StopReason::ContentFilter, StopReason::ContextFull] {
        let mut world = World::new(Asking::AllowAll);
        world.say("go");
        let mut deltas = call(0, "c1", "files__any", "{}");
        deltas.push(Delta::ToolCallStart { index: 1, id: "c2".into(), name: "files__any".into() });
        deltas.push(Delta::ToolArguments { index: 1, text: "{\"half".into() });
        deltas.push(Delta::Stop(stop));
        world.model(deltas);
        assert!(world.is_idle() && world.asked().runs.is_empty());
        assert_eq!(world.states(), ["cancelled"], "the half one was never asked for");
        world.say("on");
        let request = world.asked().requests.pop().unwrap();
        assert_eq!(request.messages[1].calls().count(), 1);
    }
}

#[test]
fn a_paused_turn_goes_on_with_the_same_messages() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    let native = Native { dialect: Dialect::Anthropic, block: raw(r#"{"type":"server_tool_use"}"#) };
    world.asked();
    world.model([Delta::Opaque(native.clone()), Delta::Stop(StopReason::Pause)]);
    let request = world.asked().requests.remove(0);
    assert_eq!(request.messages.last().unwrap().parts, [Part::Native(native)]);
    world.model([text("done"), end()]);
    assert!(world.is_idle() && world.notes().is_empty());
}

#[test]
fn a_provider_that_fails_loses_nothing_that_was_said() {
    for kind in [
        FailureKind::Unauthorized,
        FailureKind::RateLimited,
        FailureKind::Overloaded,
        FailureKind::Truncated,
        FailureKind::TimedOut,
        FailureKind::BadAnswer,
        FailureKind::NotFound,
        FailureKind::Quota,
        FailureKind::TooLarge,
        FailureKind::Server,
        FailureKind::Unreachable,
        FailureKind::Refused,
    ] {
        let mut world = World::new(Asking::AllowAll);
        world.say("go");
        let mut deltas = vec![text("half an")];
        deltas.extend(call(0, "c1", "files__any", "{}"));
        deltas.push(Delta::Failed(Box::new(ProviderFailure::new(kind, "it broke"))));
        deltas.push(text("after the end"));
        world.model(deltas);
        assert!(world.is_idle());
        let asked = world.asked();
        assert!(asked.runs.is_empty(), "who knows what was still to come");
        assert!(world.notes()[0].starts_with("it broke"));
        assert_eq!(world.state.chat.conversation.answer(EntryId(1)).unwrap().reply.text(), "half an");
        world.chat(ChatCommand::Retry { model: None });
        let request = world.asked().requests.remove(0);
        assert_eq!(request.messages.len(), 1, "what broke off is asked anew");
    }
}

#[test]
fn what_comes_for_a_request_that_is_over_is_nothing() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    let turn = world.state.chat.turn.as_ref().unwrap().id;
    world.calls(&[("c1", "files__any", "{}")]);
    let before = world.state.chat.conversation.clone();
    for late in [turn, TurnId(77)] {
        world.event(Event::Llm { turn: late, at: world.at(), deltas: vec![text("late"), end()] });
    }
    assert_eq!(world.state.chat.conversation, before);
    world.chat(ChatCommand::Stop);
    world.event(Event::Llm { turn, at: world.at(), deltas: vec![text("late"), end()] });
    assert!(world.is_idle());
}

#[test]
fn an_endless_answer_is_cut() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    let megabyte = "x".repeat(1024 * 1024);
    for _ in 0..100 {
        if world.is_idle() {
            break;
        }
        world.model([text(&megabyte)]);
    }
    assert!(world.is_idle() && world.asked().aborted == 1);
    assert!(world.notes()[0].contains("was cut at 16 MiB"));
    let kept = world.state.chat.conversation.answer(EntryId(1)).unwrap().reply.text().len();
    assert!(kept <= 17 * 1024 * 1024, "{kept}");
}

#[test]
fn an_answer_to_a_call_that_nobody_knows_is_nothing() {
    let mut world = World::new(Asking::AllowAll);
    world.say("go");
    world.calls(&[("c1", "files__any", "{}")]);
    let run = world.asked().runs[0].0;
    world.result(run, "once");
    let before = world.state.chat.clone();
    world.result(run, "twice");
    assert_eq!(world.state.chat, before);
}

#[test]
fn a_conversation_that_cannot_be_kept_says_so_where_it_is() {
    let mut world = World::new(Asking::AllowAll);
    world.say("hello");
    let conversation = world.state.chat.conversation.id.clone();
    let not_kept = |conversation| ChatEvent::NotKept { conversation, why: "the disk is full".into() };
    world.event(Event::Chat { at: Moment(2), event: not_kept("another".into()) });
    assert_eq!(world.notes(), [""; 0], "what is said here is kept");
    world.event(Event::Chat { at: Moment(2), event: not_kept(conversation) });
    assert!(world.notes()[0].contains("the disk is full"), "{:?}", world.notes());
}
