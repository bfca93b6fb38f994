//! Summing up: asked for, written, decided about; what is sent before and after, live and read back.

use super::*;
use crate::app::chat::Summed;
use crate::model::chat::Usage;
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
