//! Summing up: asked for, written, decided about; what is sent before and after, live and read back.

use super::*;
use crate::app::chat::Summed;
use crate::model::chat::{FailureKind, ProviderFailure, Usage};
use crate::model::conversation::messages;

fn texts(request: &ChatRequest) -> Vec<String> {
    request.messages.iter().map(crate::model::chat::Message::text).collect()
}

/// Two exchanges, the older one long.
fn spoken() -> World {
    let mut world = World::new(Asking::AllowAll);
    world.say(&"one ".repeat(50));
    world.model([text("first"), end()]);
    world.say("two");
    world.model([text("second"), end()]);
    world.asked();
    world
}

fn waits(world: &World) -> bool {
    matches!(world.state.chat.turn.as_ref().map(|turn| turn.phase), Some(Phase::Summary { .. }))
}

#[test]
fn a_summary_is_seen_before_it_takes_the_place_of_the_older_part() {
    let mut world = spoken();
    world.chat(ChatCommand::Compact { wish: Some("keep the numbers".into()) });
    let request = world.asked().requests.remove(0);
    let asked = texts(&request);
    assert_eq!(asked.len(), 3, "the older part and the wish: {asked:?}");
    assert!(asked[2].contains("sum up") && asked[2].ends_with("The person adds: keep the numbers"));
    world.model([text("They said one."), end()]);
    assert!(waits(&world), "nothing is sent instead before the person says so");
    world.say("three");
    assert!(world.asked().requests.is_empty(), "the summary is decided about first");

    world.chat(ChatCommand::Summary(Summed::Take { text: None }));
    assert!(world.is_idle());
    world.say("three");
    let request = world.asked().requests.remove(0);
    let expected = ["[The conversation so far, in short]\n\nThey said one.", "two", "second", "three"];
    assert_eq!(texts(&request), expected, "the newest exchange is sent word for word");
    let read = world.read_back();
    assert_eq!((messages(&read), read.summed), (request.messages, 2), "its file says the same");
    assert_eq!(read.entries.iter().filter(|entry| entry.boundary).count(), 1);
}

#[test]
fn a_summary_that_is_changed_is_sent_as_changed_and_marked() {
    let mut world = spoken();
    world.chat(ChatCommand::Compact { wish: None });
    world.model([text("They said won."), end()]);
    world.chat(ChatCommand::Summary(Summed::Take { text: Some("They said one.".into()) }));
    let edited = world
        .state
        .chat
        .conversation
        .entries
        .iter()
        .any(|entry| matches!(&entry.body, Body::Summary { edited: true, text, .. } if text == "They said one."));
    assert!(edited);
}

#[test]
fn a_summary_that_is_not_wanted_changes_nothing() {
    for stop in [ChatCommand::Summary(Summed::Leave), ChatCommand::Stop] {
        let mut world = spoken();
        let before = messages(&world.state.chat.conversation);
        world.chat(ChatCommand::Compact { wish: None });
        world.model([text("They said one."), end()]);
        world.chat(stop);
        assert!(world.is_idle());
        assert_eq!(messages(&world.state.chat.conversation), before);
        assert!(world.notes().contains(&"the summary is not used; everything is sent as before"));
        assert_eq!(messages(&world.read_back()), before);
    }
}

#[test]
fn a_summary_that_breaks_off_or_is_left_open_by_a_crash_is_never_sent() {
    let mut world = spoken();
    let before = messages(&world.state.chat.conversation);
    world.chat(ChatCommand::Compact { wish: None });
    world.model([text("They sa")]);
    assert_eq!(messages(&world.read_back()), before, "killed while it was written");
    world.model([Delta::Stop(StopReason::Length)]);
    assert!(world.is_idle());
    assert_eq!(messages(&world.state.chat.conversation), before);
    world.chat(ChatCommand::Compact { wish: None });
    world.model([text(" "), end()]);
    assert!(world.is_idle(), "no summary, no question");
    assert_eq!(messages(&world.state.chat.conversation), before);
}

#[test]
fn what_is_said_anew_after_a_summary_keeps_it_and_before_it_does_not() {
    let summed = || {
        let mut world = spoken();
        world.chat(ChatCommand::Compact { wish: None });
        world.model([text("SUM"), end()]);
        world.chat(ChatCommand::Summary(Summed::Take { text: None }));
        world.asked();
        world
    };
    let mut world = summed();
    world.chat(ChatCommand::Retry { model: None });
    let sent = texts(&world.asked().requests[0]);
    assert_eq!(sent, ["[The conversation so far, in short]\n\nSUM", "two"]);
    assert_eq!(messages(&world.read_back()).len(), 2);

    let mut world = summed();
    world.chat(ChatCommand::EditAndResend { entry: EntryId(2), text: "deux".into(), attachments: vec![] });
    let sent = texts(&world.asked().requests[0]);
    assert_eq!(sent, ["[The conversation so far, in short]\n\nSUM", "deux"]);

    let mut world = summed();
    world.chat(ChatCommand::EditAndResend { entry: EntryId(0), text: "un".into(), attachments: vec![] });
    assert_eq!(texts(&world.asked().requests[0]), ["un"], "what it summed up is gone, and it with that");
    assert_eq!(world.state.chat.conversation.summed, 0);
}

#[test]
fn a_long_conversation_is_pointed_out_once_and_never_cut_by_itself() {
    let mut world = World::new(Asking::AllowAll);
    world.state.chat.limits.context = Some(1_000);
    let used = |input| Delta::Usage(Usage { input, ..Usage::default() });
    world.say("one");
    world.model([text("first"), used(700), end()]);
    assert_eq!(world.notes(), [""; 0]);
    world.say("two");
    world.model([text("second"), used(810), end()]);
    world.say("three");
    world.model([text("third"), used(850), end()]);
    let notes = world.notes();
    assert_eq!(notes.len(), 1, "once: {notes:?}");
    assert!(notes[0].contains("81 %") && notes[0].contains("unless you say so"));
    assert_eq!(messages(&world.state.chat.conversation).len(), 6);
    assert!(world.state.chat.gauge().is_some_and(crate::app::chat::Gauge::is_nearly_full));
    world.chat(ChatCommand::Compact { wish: None });
    world.model([text("SUM"), used(900), end()]);
    world.chat(ChatCommand::Summary(Summed::Take { text: None }));
    assert_eq!(world.state.chat.gauge(), None, "nobody has counted what is sent now");
}

#[test]
fn with_nothing_to_sum_up_nothing_is_asked() {
    let mut world = World::new(Asking::AllowAll);
    world.chat(ChatCommand::Compact { wish: None });
    assert!(world.asked().requests.is_empty() && world.is_idle());
}

/// Three exchanges of about a thousand bytes each, and a short one.
fn long() -> World {
    let mut world = World::new(Asking::AllowAll);
    for said in ["one", "two", "three"] {
        world.say(&format!("{said} ").repeat(500 / (said.len() + 1)));
        world.model([text(&"word ".repeat(100)), end()]);
    }
    world.say("four");
    world.model([text("fourth"), end()]);
    world.asked();
    world
}

#[test]
fn what_is_too_long_for_the_model_is_summed_up_in_pieces() {
    let mut world = long();
    world.state.chat.limits.context = Some(1_000);
    // 850 tokens without the tools are room for two of the four.
    world.chat(ChatCommand::Compact { wish: None });
    let asked = texts(&world.asked().requests[0]);
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(asked[0].starts_with("one") && asked[2].starts_with("two"));
    assert!(world.notes()[0].contains("the oldest part is summed up"), "{:?}", world.notes());
    world.model([text("ONE, TWO"), end()]);
    world.chat(ChatCommand::Summary(Summed::Take { text: None }));
    world.chat(ChatCommand::Compact { wish: None });
    let asked = texts(&world.asked().requests[0]);
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked[0].ends_with("ONE, TWO") && asked[1].starts_with("three") && asked[3].contains("sum up"));
    world.model([text("ALL"), end()]);
    world.chat(ChatCommand::Summary(Summed::Take { text: None }));
    let sent = messages(&world.state.chat.conversation);
    let sent: Vec<String> = sent.iter().map(crate::model::chat::Message::text).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[0].ends_with("ALL") && sent[1].starts_with("four"));
    assert_eq!(messages(&world.read_back()).len(), 3);
}

#[test]
fn where_nobody_says_how_long_is_too_long_less_is_tried_after_each_refusal() {
    let refused = || {
        let failure = ProviderFailure::new(FailureKind::TooLarge, "p: too long");
        [Delta::Failed(Box::new(failure))]
    };
    let mut world = long();
    world.chat(ChatCommand::Compact { wish: None });
    assert_eq!(texts(&world.asked().requests[0]).len(), 7, "all but the newest exchange");
    world.model(refused());
    assert!(world.notes()[0].contains("sum up once more"), "{:?}", world.notes());
    world.chat(ChatCommand::Compact { wish: None });
    assert_eq!(texts(&world.asked().requests[0]).len(), 3, "at most half of that");
    world.model(refused());
    world.chat(ChatCommand::Compact { wish: None });
    let asked = world.asked();
    assert!(asked.requests.is_empty() || texts(&asked.requests[0]).len() < 3);
    // Another model may take more.
    world.chat(ChatCommand::Stop);
    world.chat(ChatCommand::SetModel(ModelRef { provider: "q".into(), model: "m".into() }));
    world.chat(ChatCommand::Compact { wish: None });
    assert_eq!(texts(&world.asked().requests[0]).len(), 7);
}

#[test]
fn one_message_that_is_too_long_by_itself_is_pointed_out() {
    let mut world = World::new(Asking::AllowAll);
    world.state.chat.limits.context = Some(1_000);
    world.say(&"word ".repeat(2_000));
    world.model([Delta::Stop(StopReason::ContextFull)]);
    world.asked();
    world.chat(ChatCommand::Compact { wish: None });
    assert!(world.asked().requests.is_empty() && world.is_idle());
    assert!(world.state.notices.iter().any(|notice| notice.text.contains("too long for this model")));
}

#[test]
fn a_part_never_ends_between_a_call_and_its_result() {
    let mut world = World::new(Asking::AllowAll);
    world.state.chat.limits.context = Some(1_000);
    world.say("read all");
    for round in 0..4 {
        world.calls(&[(&format!("c{round}"), "files__read", r#"{"path":"x"}"#)]);
        let run = world.asked().runs.remove(0).0;
        world.result(run, &"data ".repeat(200));
    }
    world.model([text("done"), end()]);
    world.asked();
    world.chat(ChatCommand::Compact { wish: None });
    let request = world.asked().requests.remove(0);
    let calls: usize = request.messages.iter().map(|message| message.calls().count()).sum();
    assert!((1..4).contains(&calls), "{calls}");
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    assert_eq!(parts.filter(|part| matches!(part, Part::ToolResult(_))).count(), calls);
}
