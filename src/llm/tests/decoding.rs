//! Transcripts in, deltas out; and the same deltas however the bytes are cut.

use proptest::prelude::*;

use crate::llm::answer::{Answer, EVENT};
use crate::model::chat::{Delta, Dialect, FailureKind, Message, Part, Reply, StopReason, Usage};

const ANTHROPIC_TOOLS: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":5,"cache_read_input_tokens":100,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me see."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"b3BhcXVl", "x":1.0}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: some_new_event
data: {"type":"some_new_event","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Grüße 日本 "}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"some_new_delta","text":"?"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"👋"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: content_block_start
data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"a__b","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"q\": \"日"}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"本\\n\", \"n\": 1.0}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":3}

event: content_block_start
data: {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"a__c","input":{}}}

event: content_block_stop
data: {"type":"content_block_stop","index":4}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":42,"output_tokens_details":{"thinking_tokens":7}}}

event: message_stop
data: {"type":"message_stop"}

"#;

const RESPONSES_TOOLS: &str = r#"event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","model":"gpt-x","status":"in_progress"}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","model":"gpt-x"}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}

event: response.reasoning_summary_text.delta
data: {"type":"response.reasoning_summary_text.delta","sequence_number":3,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Let me see.","obfuscation":"xx"}

event: response.reasoning_summary_text.done
data: {"type":"response.reasoning_summary_text.done","sequence_number":4,"item_id":"rs_1","output_index":0,"summary_index":0,"text":"Let me see."}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Let me see."}],"encrypted_content":"ZW5j"}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":6,"output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","content":[],"status":"in_progress"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Grüße 日本 "}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":8,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"👋"}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":9,"item_id":"msg_1","output_index":1,"content_index":0,"text":"Grüße 日本 👋"}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":10,"output_index":1,"item":{"type":"message","id":"msg_1","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"Grüße 日本 👋","annotations":[]}],"status":"completed"}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":11,"output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"a__b","arguments":"","status":"in_progress"}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":12,"output_index":3,"item":{"type":"function_call","id":"fc_2","call_id":"call_2","name":"a__c","arguments":"","status":"in_progress"}}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","sequence_number":13,"item_id":"fc_1","output_index":2,"delta":"{\"q\": \"日"}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","sequence_number":14,"item_id":"fc_1","output_index":2,"delta":"本\\n\", \"n\": 1.0}"}

event: response.function_call_arguments.done
data: {"type":"response.function_call_arguments.done","sequence_number":15,"item_id":"fc_1","output_index":2,"arguments":"{\"q\": \"日本\\n\", \"n\": 1.0}"}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":16,"output_index":2,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"a__b","arguments":"{\"q\": \"日本\\n\", \"n\": 1.0}","status":"completed"}}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":17,"output_index":3,"item":{"type":"function_call","id":"fc_2","call_id":"call_2","name":"a__c","arguments":"{}","status":"completed"}}

event: response.completed
data: {"type":"response.completed","sequence_number":18,"response":{"id":"resp_1","status":"completed","usage":{"input_tokens":115,"input_tokens_details":{"cached_tokens":100,"cache_write_tokens":5},"output_tokens":42,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":157}}}

"#;

const CHAT_TOOLS: &str = r#": OPENROUTER PROCESSING

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":"Let me see."},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"Grüße 日本 "},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"👋"},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"a__b","arguments":""}},{"index":1,"id":"call_2","type":"function","function":{"name":"a__c","arguments":"{"}}]},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\": \"日"}},{"index":1,"function":{"arguments":"}"}}]},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"本\\n\", \"n\": 1.0}"}}]},"finish_reason":null}],"usage":null}

data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null}

data: {"id":"c1","model":"m","choices":[],"usage":{"prompt_tokens":115,"completion_tokens":42,"total_tokens":157,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":5},"completion_tokens_details":{"reasoning_tokens":7}}}

data: [DONE]

"#;

fn decoded(dialect: Dialect, chunks: &[&[u8]]) -> Vec<Delta> {
    let mut answer = Answer::new(dialect, EVENT);
    let mut out = Vec::new();
    for chunk in chunks {
        out.extend(answer.push(chunk));
    }
    out.extend(answer.end());
    let ends = out.iter().filter(|delta| matches!(delta, Delta::Stop(_) | Delta::Failed(_))).count();
    assert_eq!(ends, 1, "one end: {out:?}");
    assert!(matches!(out.last(), Some(Delta::Stop(_) | Delta::Failed(_))), "and it is the last");
    out
}

fn reply(dialect: Dialect, stream: &str) -> Reply {
    let mut reply = Reply::default();
    for delta in decoded(dialect, &[stream.as_bytes()]) {
        reply.apply(&delta);
    }
    reply
}

/// A stream of these events.
fn events(data: &[&str]) -> String {
    data.iter().fold(String::new(), |stream, data| stream + "data: " + data + "\n\n")
}

/// What a message is made of, in short.
fn shape(message: &Message) -> Vec<String> {
    let shape = |part: &Part| match part {
        Part::Text { text, native } => format!("text {text}{}", if native.is_some() { " +" } else { "" }),
        Part::ToolCall(call) => {
            let broken = call.broken.as_ref().map(|text| format!(" broken {text}")).unwrap_or_default();
            format!("{} {} {}{broken}", call.id, call.name, call.arguments)
        }
        Part::Native(native) => native.block.to_string(),
        Part::Image(_) | Part::ToolResult(_) => "?".into(),
    };
    message.parts.iter().map(shape).collect()
}

#[test]
fn an_answer_with_thinking_text_and_two_calls_is_the_same_in_every_dialect() {
    let call = r#"{"q": "日本\n", "n": 1.0}"#;
    for (dialect, stream, first, id, more) in [
        (
            Dialect::Anthropic,
            ANTHROPIC_TOOLS,
            vec![
                r#"{"type":"thinking","thinking":"Let me see.","signature":"c2ln"}"#,
                r#"{"type":"redacted_thinking","data":"b3BhcXVl", "x":1.0}"#,
            ],
            "toolu",
            "",
        ),
        (
            Dialect::Responses,
            RESPONSES_TOOLS,
            vec![
                r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Let me see."}],"encrypted_content":"ZW5j"}"#,
            ],
            "call",
            " +",
        ),
        (Dialect::ChatCompletions, CHAT_TOOLS, vec![], "call", ""),
    ] {
        let reply = reply(dialect, stream);
        let mut expected: Vec<String> = first.iter().map(|text| (*text).to_owned()).collect();
        expected.push(format!("text Grüße 日本 👋{more}"));
        expected.push(format!("{id}_1 a__b {call}"));
        expected.push(format!("{id}_2 a__c {{}}"));
        assert_eq!(shape(&reply.message(None)), expected);
        assert_eq!(reply.thinking.trim(), "Let me see.");
        assert_eq!(reply.stop, Some(StopReason::ToolUse), "{dialect:?}");
        let usage = Usage { input: 115, cached_read: 100, cached_written: 5, output: 42, reasoning: 7 };
        assert_eq!(reply.usage, usage, "{dialect:?}");
    }
}

#[test]
fn every_answer_that_breaks_off_is_a_failure() {
    for (dialect, stream) in [
        (Dialect::Anthropic, ANTHROPIC_TOOLS),
        (Dialect::Responses, RESPONSES_TOOLS),
        (Dialect::ChatCompletions, CHAT_TOOLS),
    ] {
        let blocks: Vec<&str> = stream.split_inclusive("\n\n").collect();
        for kept in 0..blocks.len() {
            let deltas = decoded(dialect, &[blocks[..kept].concat().as_bytes()]);
            let complete = matches!(deltas.last(), Some(Delta::Stop(_)));
            // Once the vendor said why it ended, only bookkeeping is missing.
            let said = blocks[..kept].iter().any(|block| {
                block.contains("\"stop_reason\":\"tool_use\"")
                    || block.contains("response.completed")
                    || block.contains("\"finish_reason\":\"tool_calls\"")
            });
            assert_eq!(complete, said, "{dialect:?} after {kept} events");
            if !complete {
                assert!(
                    matches!(deltas.last(), Some(Delta::Failed(failure)) if failure.kind == FailureKind::Truncated)
                );
            }
        }
    }
}

#[test]
fn a_call_cut_by_the_limit_is_not_made() {
    let anthropic = events(&[
        r#"{"type":"message_start","message":{"id":"m","model":"x","usage":{"input_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"path\":\"/"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    let responses = events(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"f","call_id":"c","name":"n"}}"#,
        r#"{"type":"response.function_call_arguments.delta","item_id":"f","output_index":0,"delta":"{\"path\":\"/"}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"f","call_id":"c","name":"n","arguments":"{\"path\":\"/","status":"incomplete"}}"#,
        r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#,
    ]);
    let chat = events(&[
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"n","arguments":"{\"path\":\"/"}}]},"finish_reason":"length"}]}"#,
        "[DONE]",
    ]);
    for (dialect, stream) in
        [(Dialect::Anthropic, anthropic), (Dialect::Responses, responses), (Dialect::ChatCompletions, chat)]
    {
        let reply = reply(dialect, &stream);
        assert_eq!(reply.stop, Some(StopReason::Length), "{dialect:?}");
        assert_eq!(reply.message(None).calls().count(), 0, "{dialect:?}");
    }
}

#[test]
fn errors_in_the_middle_of_a_stream_are_failures_of_their_kind() {
    use FailureKind as K;
    for (dialect, data, kind) in [
        (
            Dialect::Anthropic,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            K::Overloaded,
        ),
        (
            Dialect::Responses,
            r#"{"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}"#,
            K::RateLimited,
        ),
        (
            Dialect::Responses,
            r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"oops"}}}"#,
            K::Server,
        ),
        (Dialect::ChatCompletions, r#"{"error":{"code":502,"message":"upstream"},"choices":[]}"#, K::Server),
        (Dialect::ChatCompletions, r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#, K::Refused),
        (Dialect::Anthropic, "{\"type\":", K::BadAnswer),
        (Dialect::ChatCompletions, "<html>", K::BadAnswer),
    ] {
        let failure = reply(dialect, &events(&[data, r#"{"type":"message_stop"}"#])).failure.unwrap();
        assert_eq!(failure.kind, kind, "{data}: {failure}");
    }
}

#[test]
fn events_of_a_kind_that_nobody_knows_change_nothing() {
    let odd = "event: brand_new\ndata: {\"type\":\"brand_new.delta\",\"index\":0,\"delta\":{\"type\":\"brand_new\"}}\n\n: keep-alive\n\n";
    for (dialect, stream) in ALL {
        let more: String = stream.split_inclusive("\n\n").flat_map(|block| [odd, block]).collect();
        assert_eq!(decoded(dialect, &[more.as_bytes()]), decoded(dialect, &[stream.as_bytes()]), "{dialect:?}");
    }
}

#[test]
fn every_reason_to_stop_is_read() {
    let anthropic = |reason: &str| {
        let delta = format!(r#"{{"type":"message_delta","delta":{reason},"usage":{{}}}}"#);
        reply(Dialect::Anthropic, &events(&[&delta, r#"{"type":"message_stop"}"#])).stop.unwrap()
    };
    for (reason, expected) in [
        (r#"{"stop_reason":"end_turn"}"#, StopReason::EndTurn),
        (r#"{"stop_reason":"stop_sequence"}"#, StopReason::EndTurn),
        (r#"{"stop_reason":"pause_turn"}"#, StopReason::Pause),
        (r#"{"stop_reason":"model_context_window_exceeded"}"#, StopReason::ContextFull),
        (r#"{"stop_reason":"brand_new"}"#, StopReason::Other("brand_new".into())),
        (
            r#"{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"no"}}"#,
            StopReason::Refusal { category: Some("cyber".into()), explanation: Some("no".into()) },
        ),
    ] {
        assert_eq!(anthropic(reason), expected);
    }
    let refused = reply(
        Dialect::Responses,
        &events(&[
            r#"{"type":"response.refusal.delta","delta":"I won't."}"#,
            r#"{"type":"response.completed","response":{}}"#,
        ]),
    );
    assert_eq!(refused.text(), "I won't.");
    assert!(matches!(refused.stop, Some(StopReason::Refusal { .. })));
}

#[test]
fn calls_of_compatible_servers_are_told_apart() {
    let call = |pieces: &str| format!(r#"{{"id":"x","choices":[{{"delta":{{"tool_calls":[{pieces}]}}}}]}}"#);
    let stop = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#.to_owned();
    for (what, chunks, expected) in [
        (
            "whole, without index and id, one chunk each, the arguments as an object",
            vec![
                call(r#"{"function":{"name":"a","arguments":{"n":1}}}"#),
                call(r#"{"function":{"name":"b","arguments":"{}"}}"#),
            ],
            vec![r#"call_x_0 a {"n":1}"#, "call_x_1 b {}"],
        ),
        (
            "whole, without index and id, in one chunk",
            vec![call(r#"{"function":{"name":"a","arguments":"{}"}},{"function":{"name":"a","arguments":"{}"}}"#)],
            vec!["call_x_0 a {}", "call_x_1 a {}"],
        ),
        (
            "the index is always 0",
            vec![
                call(r#"{"index":0,"id":"p","function":{"name":"a","arguments":"{}"}}"#),
                call(r#"{"index":0,"id":"q","function":{"name":"b","arguments":"{}"}}"#),
            ],
            vec!["p a {}", "q b {}"],
        ),
        (
            "by id, repeated each time",
            vec![
                call(r#"{"id":"p","function":{"name":"a","arguments":"{\"n\""}}"#),
                call(r#"{"id":"q","function":{"name":"b","arguments":""}}"#),
                call(r#"{"id":"p","function":{"arguments":":2}"}}"#),
            ],
            vec![r#"p a {"n":2}"#, "q b {}"],
        ),
        (
            "pieces without anything continue the newest",
            vec![
                call(r#"{"index":0,"id":"p","function":{"name":"a","arguments":""}}"#),
                call(r#"{"function":{"arguments":"{\"n\""}}"#),
                call(r#"{"function":{"arguments":":3}"}}"#),
            ],
            vec![r#"p a {"n":3}"#],
        ),
        (
            "the same id twice",
            vec![
                call(r#"{"index":0,"id":"0","function":{"name":"a","arguments":"{}"}}"#),
                call(r#"{"index":1,"id":"0","function":{"name":"b","arguments":"{}"}}"#),
            ],
            vec!["0 a {}", "call_x_1 b {}"],
        ),
        ("a name that never comes", vec![call(r#"{"index":0,"function":{"arguments":"{}"}}"#)], vec![]),
    ] {
        let mut chunks = chunks;
        chunks.push(stop.clone());
        let data: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let reply = reply(Dialect::ChatCompletions, &events(&data));
        assert_eq!(shape(&reply.message(None)), expected, "{what}");
        let stop = if expected.is_empty() { StopReason::EndTurn } else { StopReason::ToolUse };
        assert_eq!(reply.stop, Some(stop), "{what}");
    }
}

#[test]
fn arguments_may_come_only_at_the_end_and_blocks_we_do_not_know_come_back() {
    let reply_one = reply(
        Dialect::Responses,
        &events(&[
            r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"web_search_call","id":"ws","status":"completed"}}"#,
            r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"whole"}]}}"#,
            r#"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","id":"f","call_id":"c","name":"n","arguments":"{\"a\":1}"}}"#,
            r#"{"type":"response.completed","response":{}}"#,
        ]),
    );
    let expected = [r#"{"type":"web_search_call","id":"ws","status":"completed"}"#, "text whole +", r#"c n {"a":1}"#];
    assert_eq!(shape(&reply_one.message(None)), expected);
    let reply_two = reply(
        Dialect::Anthropic,
        &events(&[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"w","input":{}}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"cited"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"url":"u"}}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"pause_turn"}}"#,
            r#"{"type":"message_stop"}"#,
        ]),
    );
    let expected = [r#"{"type":"server_tool_use","id":"s","name":"w","input":{"q":1}}"#, "text cited +"];
    assert_eq!(shape(&reply_two.message(None)), expected);
}

#[test]
fn an_event_over_the_limit_ends_the_answer() {
    let stream = format!("data: {{\"id\":\"x\",\"choices\":[]}}\n\ndata: {}\n\ndata: [DONE]\n\n", "x".repeat(3_000));
    for size in [10, 100, 5_000] {
        let mut answer = Answer::new(Dialect::ChatCompletions, 2_000);
        let deltas: Vec<Delta> = stream.as_bytes().chunks(size).flat_map(|chunk| answer.push(chunk)).collect();
        assert_eq!(deltas.len(), 2, "chunks of {size}");
        assert!(matches!(&deltas[1], Delta::Failed(failure) if failure.kind == FailureKind::BadAnswer));
        assert!(answer.is_over());
    }
}

const ALL: [(Dialect, &str); 3] = [
    (Dialect::Anthropic, ANTHROPIC_TOOLS),
    (Dialect::Responses, RESPONSES_TOOLS),
    (Dialect::ChatCompletions, CHAT_TOOLS),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_gives_the_same_deltas(which in 0..3_usize, crlf: bool, cuts in proptest::collection::vec(0_usize..6_000, 0..40)) {
        let (dialect, stream) = ALL[which];
        let stream = if crlf { stream.replace('\n', "\r\n") } else { stream.to_owned() };
        let stream = stream.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts {
            chunks.push(&stream[from..cut]);
            from = cut;
        }
        chunks.push(&stream[from..]);
        prop_assert_eq!(decoded(dialect, &chunks), decoded(dialect, &[stream]));
    }

    #[test]
    fn events_lost_doubled_or_of_another_dialect_never_break_the_rules(
        which in 0..3_usize,
        order in proptest::collection::vec((0..3_usize, 0..24_usize), 0..40),
    ) {
        let blocks: Vec<Vec<&str>> = ALL.iter().map(|(_, stream)| stream.split_inclusive("\n\n").collect()).collect();
        let stream: String = order.iter().filter_map(|(from, at)| blocks[*from].get(*at).copied()).collect();
        let mut reply = Reply::default();
        for delta in decoded(ALL[which].0, &[stream.as_bytes()]) {
            reply.apply(&delta);
        }
        prop_assert!(reply.is_over());
        for call in reply.message(None).calls() {
            prop_assert!(call.arguments.get("no such member").is_none() && call.broken.as_deref() != Some(""));
        }
    }
}
