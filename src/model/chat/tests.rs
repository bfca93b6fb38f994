//! Answers put together: order, cut calls, broken arguments.

use super::*;

fn start(index: usize) -> Delta {
    Delta::ToolCallStart { index, id: format!("c{index}"), name: "t".into() }
}

fn arguments(index: usize, text: &str) -> Delta {
    Delta::ToolArguments { index, text: text.into() }
}

fn reply(deltas: &[Delta]) -> Reply {
    let mut reply = Reply::default();
    for delta in deltas {
        reply.apply(delta);
    }
    reply
}

#[test]
fn parts_keep_their_order_and_blocks_stay_apart() {
    let native = Native { dialect: Dialect::Anthropic, block: RawJson::empty_object() };
    let reply = reply(&[
        Delta::Opaque(native.clone()),
        Delta::Text("a".into()),
        Delta::Text("b".into()),
        Delta::TextEnd(None),
        Delta::Text("c".into()),
        start(7),
        start(9),
        arguments(9, "{\"x\""),
        arguments(7, ""),
        arguments(9, ":1}"),
        Delta::ToolCallEnd { index: 7, native: None },
        Delta::ToolCallEnd { index: 9, native: Some(native.clone()) },
        Delta::Text("d".into()),
        Delta::Stop(StopReason::ToolUse),
    ]);
    let message = reply.message(None);
    let shapes: Vec<String> = message
        .parts
        .iter()
        .map(|part| match part {
            Part::Text { text, .. } => text.clone(),
            Part::ToolCall(call) => format!("{} {} {}", call.id, call.arguments, call.native.is_some()),
            Part::Native(_) => "native".into(),
            Part::Image(_) | Part::ToolResult(_) => "other".into(),
        })
        .collect();
    assert_eq!(shapes, ["native", "ab", "c", "c7 {} false", "c9 {\"x\":1} true", "d"]);
    assert!(reply.is_over());
}

#[test]
fn a_call_that_was_cut_off_is_not_asked_for() {
    let reply = reply(&[
        start(0),
        arguments(0, "{}"),
        Delta::ToolCallEnd { index: 0, native: None },
        start(1),
        arguments(1, "{\"path\":\"/"),
        Delta::Stop(StopReason::Length),
    ]);
    let message = reply.message(None);
    assert_eq!(message.calls().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["c0"]);
}

#[test]
fn arguments_that_are_no_object_are_kept_for_the_answer() {
    for (text, broken) in [("{\"a\":", true), ("[1]", true), ("\"x\"", true), (" {\"a\":1} ", false), ("  ", false)] {
        let reply = reply(&[start(0), arguments(0, text), Delta::ToolCallEnd { index: 0, native: None }]);
        let message = reply.message(None);
        let call = message.calls().next().expect("complete");
        assert_eq!(call.broken.as_deref(), broken.then_some(text), "{text}");
        assert!(call.arguments.as_str().starts_with('{'));
    }
}

#[test]
fn usage_replaces_and_never_adds() {
    let usage = |input, output| Delta::Usage(Usage { input, output, ..Usage::default() });
    let reply = reply(&[usage(10, 1), usage(10, 7), usage(10, 9)]);
    assert_eq!((reply.usage.input, reply.usage.output), (10, 9));
}
