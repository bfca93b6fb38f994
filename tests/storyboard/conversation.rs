//! The conversation in all its states: with nothing said, streaming, with calls, finished, failed; the message being
//! typed and the list above it.

use mcp_tui::app::chat::{ChatCommand, ChatEvent, ChatLimits, Kept, ProviderInfo};
use mcp_tui::app::{Command, Event, Level};
use mcp_tui::model::call::ListKind;
use mcp_tui::model::chat::{Delta, Dialect, StopReason, ToolCall, ToolResult, Usage};
use mcp_tui::model::conversation::{Body, Change, Entry, ModelCall, ModelCallState};
use mcp_tui::model::id::{CallId, EntryId, Moment, ServerId, TurnId};
use mcp_tui::model::toolname::ToolAddress;
use mcp_tui::tui::outcome::Outcome;

use super::screen::{START, World};
use super::{each, ready};

/// [`ready`] with the focus on the conversation and this kind of model.
pub(super) fn with_model(columns: u16, rows: u16, dialect: Dialect) -> World {
    let mut world = ready(columns, rows);
    let name = if dialect == Dialect::Demo { "demo" } else { "anthropic" };
    let provider = ProviderInfo {
        name: name.into(),
        dialect,
        model: Some(if dialect == Dialect::Demo { "demo".into() } else { "claude-sonnet".into() }),
        max_tokens: None,
        effort: None,
        problem: None,
    };
    let event = ChatEvent::Providers { providers: vec![provider], model: None, limits: ChatLimits::default() };
    world.event(Event::Chat { at: Moment(START), event });
    world.keys("2");
    world
}

fn demo(columns: u16, rows: u16) -> World {
    with_model(columns, rows, Dialect::Demo)
}

impl World {
    pub(super) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                ' ' => self.keys("space"),
                '\n' => self.keys("alt-enter"),
                c => self.keys(&c.to_string()),
            };
        }
        self
    }

    fn tell(&mut self, deltas: Vec<Delta>) -> &mut Self {
        let turn = self.state.chat.turn.as_ref().map_or(TurnId(0), |turn| turn.id);
        let at = self.moment();
        self.event(Event::Llm { turn, at, deltas })
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.tell(vec![Delta::Text(text.into())])
    }

    fn entry(&mut self, body: Body) -> &mut Self {
        let conversation = &mut self.state.chat.conversation;
        let id = conversation.next_id();
        conversation.apply(&Change::Entry(Entry::new(id, self.state.now, body)));
        self
    }

    fn call(&mut self, tool: &str, arguments: &str, state: ModelCallState, result: Option<&str>) -> &mut Self {
        let arguments = super::screen::json(arguments);
        let now = self.state.now;
        let call = ToolCall {
            id: "c1".into(),
            name: format!("demo__{tool}"),
            arguments: arguments.clone(),
            broken: None,
            native: None,
        };
        let result = result.map(|text| ToolResult {
            call: "c1".into(),
            content: vec![mcp_tui::model::chat::Content::Text(text.into())],
            is_error: state == ModelCallState::Failed,
        });
        self.entry(Body::Call(ModelCall {
            answer: EntryId(1),
            call,
            server: "demo".into(),
            tool: tool.into(),
            target: Some(ToolAddress { server: ServerId(0), tool: tool.into() }),
            arguments,
            edited: false,
            reason: Some("allowed once".into()),
            state,
            sent: Some(CallId(90)),
            started: Some(Moment(now.0 - 1_200_000)),
            ended: (!state.is_open()).then_some(Moment(now.0 - 1_188_000)),
            result,
        }))
    }
}

const ANSWER: &str = "You have **two** bookmarks tagged `python`:\n\n| Title | Address |\n|---|---|\n| Python Docs | https://python.org |\n| Real Python | https://realpython.com |\n\nThe sum of 2 and 40 is 42. In short:\n\n1. the bookmarks are there\n2. the sum is right\n\n```python\nprint(2 + 40)\n```\n";

/// A question and an answer that goes on.
fn streaming(columns: u16, rows: u16) -> World {
    let mut world = demo(columns, rows);
    world.keys("i").type_text("find my python bookmarks, and add 2 and 40").keys("enter");
    world.later(700_000).tell(vec![
        Delta::Started { id: "m".into(), model: "demo".into() },
        Delta::Thinking("The person wants two things. I will look first.".into()),
        Delta::Text("I will look them up and do the **sum**.".into()),
    ]);
    world
}

/// Then three calls.
fn calling(columns: u16, rows: u16) -> World {
    let mut world = streaming(columns, rows);
    world.later(2_000_000);
    let at = world.state.now;
    world.state.chat.conversation.apply(&Change::Ended { entry: EntryId(1), at, interrupted: false });
    if let Some(turn) = &mut world.state.chat.turn {
        turn.phase = mcp_tui::app::chat::Phase::Calling { answer: EntryId(1) };
    }
    world
        .call(
            "search_bookmarks",
            r#"{"tag":"python"}"#,
            ModelCallState::Done,
            Some("2 items:\nPython Docs\nReal Python"),
        )
        .call("get-sum", r#"{"a":2,"b":40}"#, ModelCallState::Running(CallId(91)), None)
        .call("delete_bookmark", r#"{"id":7}"#, ModelCallState::Denied, Some("The person said no."));
    world
}

/// And the end of it.
fn finished(columns: u16, rows: u16) -> World {
    let mut world = streaming(columns, rows);
    world.later(2_000_000);
    world.text("\n\n").text(ANSWER);
    world.tell(vec![
        Delta::Usage(Usage { input: 1_840, output: 212, ..Usage::default() }),
        Delta::Stop(StopReason::EndTurn),
    ]);
    world
}

#[test]
fn with_nothing_said_the_pane_teaches() {
    each("talk_empty", demo);
    each("talk_empty_strange", |columns, rows| {
        let mut world = demo(columns, rows);
        world.connect(1, r#"{"tools":{}}"#);
        world.list(1, ListKind::Tools, &[r#"{"name":"forecast","inputSchema":{"type":"object"}}"#]);
        assert!(world.screen().contains("None of your"), "{}", world.screen());
        world
    });
    each("talk_no_model", |columns, rows| {
        let mut world = ready(columns, rows);
        world.keys("2");
        world
    });
}

#[test]
fn a_message_without_a_model_asks_for_one_and_comes_back() {
    let nameless = |columns, rows| {
        let mut world = with_model(columns, rows, Dialect::Anthropic);
        let mut provider = world.state.chat.providers[0].clone();
        provider.model = None;
        world.state.chat.default_model = None;
        let event = ChatEvent::Providers { providers: vec![provider], model: None, limits: ChatLimits::default() };
        let at = world.moment();
        world.event(Event::Chat { at, event });
        world.keys("i").type_text("Which are new?").keys("enter");
        let model = |id: &str| mcp_tui::model::chat::ModelInfo { id: id.into(), ..Default::default() };
        let models = Ok(vec![model("claude-opus"), model("claude-sonnet")]);
        let at = world.moment();
        world.event(Event::Chat { at, event: ChatEvent::Models { provider: "anthropic".into(), models } });
        world
    };
    each("talk_choose_model", nameless);
    let mut world = nameless(80, 24);
    world.keys("down enter enter");
    assert_eq!(world.state.chat.model().map(|model| model.to_string()).as_deref(), Some("anthropic/claude-sonnet"));
    assert_eq!(world.ui.conversation.composer.text(), "Which are new?", "ready to be sent");
}

#[test]
fn an_answer_streams() {
    each("talk_streaming", streaming);
    each("talk_writing", |columns, rows| {
        let mut world = streaming(columns, rows);
        world.tell(vec![
            Delta::TextEnd(None),
            Delta::ToolCallStart { index: 0, id: "c".into(), name: "demo__get-sum".into() },
            Delta::ToolArguments { index: 0, text: r#"{"a": 2, "b""#.into() },
        ]);
        world
    });
}

#[test]
fn calls_are_lines_that_open() {
    each("talk_calls", calling);
    each("talk_call_open", |columns, rows| {
        let mut world = calling(columns, rows);
        world.keys("esc up up enter");
        world
    });
}

#[test]
fn a_finished_turn_and_a_failed_one() {
    each("talk_finished", finished);
    each("talk_failed", |columns, rows| {
        let mut world = streaming(columns, rows);
        world.tell(vec![Delta::Note("the provider was busy; tried again after 2 s".into())]);
        let failure = mcp_tui::model::chat::ProviderFailure::new(
            mcp_tui::model::chat::FailureKind::Truncated,
            "the answer broke off: the connection was closed",
        );
        world.tell(vec![Delta::Failed(Box::new(failure))]);
        world
    });
    each("talk_stopped", |columns, rows| {
        let mut world = streaming(columns, rows);
        world.keys("esc x");
        world
    });
}

#[test]
fn a_message_has_lines_and_a_list_above_it() {
    each("talk_composer", |columns, rows| {
        let mut world = finished(columns, rows);
        world.type_text("Thank you!\nNow save https://example.com/a/very/long/path/that/does/not/fit/into/one/row/of/the/pane as Example, with tag test.\nAnd then");
        world
    });
    each("talk_commands", |columns, rows| {
        let mut world = finished(columns, rows);
        world.type_text("/re");
        world
    });
    each("talk_resources", |columns, rows| {
        let mut world = finished(columns, rows);
        world.type_text("what is in @read");
        world
    });
}

#[test]
fn what_the_model_sees_is_a_list() {
    each("talk_sight", |columns, rows| {
        let mut world = finished(columns, rows);
        world.keys("esc t down down down space");
        world
    });
    each("talk_sight_open", |columns, rows| {
        let mut world = finished(columns, rows);
        world.keys("esc t down down down enter");
        world
    });
}

#[test]
fn a_command_that_needs_no_more_words_runs_at_once() {
    let mut world = finished(80, 24);
    world.type_text("/export").keys("enter");
    assert!(world.screen().contains("Save the conversation"), "{}", world.screen());
    let mut world = finished(80, 24);
    world.type_text("/compact").keys("enter");
    assert!(world.state.chat.turn.is_some() && world.ui.conversation.composer.is_empty());
    let mut world = finished(80, 24);
    world.type_text("/model").keys("enter");
    assert_eq!(world.ui.conversation.composer.text(), "/model ", "the list of models is to follow");
}

#[test]
fn the_provider_counts_tools_where_it_can() {
    each("talk_sight_counted", |columns, rows| {
        let mut world = with_model(columns, rows, Dialect::Anthropic);
        world.keys("t c");
        assert!(world.screen().contains("the provider is counting"), "{}", world.screen());
        let key = world.state.chat.counted.as_ref().map_or(0, |counted| counted.key);
        let at = world.moment();
        world.event(Event::Chat { at, event: ChatEvent::Counted { key, tools: Some(vec![11, 22, 33, 44, 55]) } });
        world
    });
    let mut world = demo(80, 24);
    world.keys("t c");
    assert!(world.screen().contains("does not count"), "{}", world.screen());
}

#[test]
fn names_that_had_to_differ_are_told() {
    each("talk_sight_names", |columns, rows| {
        let mut world = demo(columns, rows);
        world.list(
            0,
            mcp_tui::model::call::ListKind::Tools,
            &[
                r#"{"name":"read.file","description":"Reads","inputSchema":{"type":"object"}}"#,
                r#"{"name":"read_file","description":"Reads, too","inputSchema":{"type":"object"}}"#,
            ],
        );
        world.command(Command::DismissNotice).keys("t");
        world
    });
}

#[test]
fn a_context_that_is_almost_full_says_the_way_out() {
    each("talk_full", |columns, rows| {
        let mut world = finished(columns, rows);
        let info = mcp_tui::model::chat::ModelInfo { id: "demo".into(), context: Some(1_000), ..Default::default() };
        let event = ChatEvent::Models { provider: "demo".into(), models: Ok(vec![info]) };
        world.event(Event::Chat { at: Moment(START), event });
        world.state.chat.conversation.weight = Usage { input: 800, output: 60, ..Usage::default() };
        world
    });
}

/// Two exchanges, and a summary of the first one that waits for the person's word.
fn summed(columns: u16, rows: u16) -> World {
    let mut world = finished(columns, rows);
    world.type_text("And rust?").keys("enter");
    world.later(400_000).text("Two more: *The Book* and *Rust by Example*.");
    world.tell(vec![Delta::Stop(StopReason::EndTurn)]);
    world.type_text("/compact keep the addresses").keys("enter");
    world.later(400_000).text("The person asked for bookmarks tagged `python` and for 2 + 40:\n\n- Python Docs, https://python.org\n- Real Python, https://realpython.com\n- the sum is 42");
    world.tell(vec![Delta::Stop(StopReason::EndTurn)]);
    world
}

#[test]
fn a_summary_is_looked_at_changed_and_taken() {
    each("talk_summary", summed);
    each("talk_summary_changed", |columns, rows| {
        let mut world = summed(columns, rows);
        world.keys("e").type_text(" exactly");
        world
    });
    each("talk_summary_taken", |columns, rows| {
        let mut world = summed(columns, rows);
        world.keys("e").type_text(" exactly").keys("enter");
        world
    });
    let mut world = summed(80, 24);
    world.keys("e").type_text(" never").keys("esc x");
    assert!(world.state.chat.turn.is_none() && world.ui.conversation.composer.is_empty());
    assert!(world.screen().contains("everything is sent as before"), "{}", world.screen());
    let mut world = summed(80, 24);
    world.keys("c");
    assert_eq!(world.state.chat.conversation.summed, 2);
    world.keys("g");
    assert!(!world.screen().contains("in the place of what is above"));
}

#[test]
fn kept_conversations_are_found_by_what_they_say() {
    let kept = |id: &str, title: &str| Kept { id: id.into(), title: title.into(), changed: Moment(START), entries: 12 };
    let found = move |columns, rows| {
        let mut world = finished(columns, rows);
        world.type_text("/resume ");
        assert!(matches!(world.outcomes.last(), Some(Outcome::Dispatch(Command::Chat(ChatCommand::ListKept)))));
        let all = vec![kept("20261120-101500-000", "Rust bookmarks"), kept("20261119-090000-000", "Weather in Bern")];
        let at = world.moment();
        world.event(Event::Chat { at, event: ChatEvent::Kept(all) });
        world.type_text("rust");
        let text = "rust".to_owned();
        let hits = vec![
            (kept("20261120-101500-000", "Rust bookmarks"), "Rust bookmarks".to_owned()),
            (kept("20261119-090000-000", "Weather in Bern"), "…of snow. In short: trust the forecast, b…".to_owned()),
        ];
        // What an earlier search finds comes too late.
        let late = vec![(kept("20261118-000000-000", "Old"), "rus".to_owned())];
        for (text, hits) in [("rus".to_owned(), late), (text, hits)] {
            let at = world.moment();
            world.event(Event::Chat { at, event: ChatEvent::Found { text, hits, over: true } });
        }
        world
    };
    each("talk_resume_found", found);
    let mut world = found(80, 24);
    world.keys("down enter enter");
    assert!(
        matches!(world.outcomes.last(), Some(Outcome::Dispatch(Command::Chat(ChatCommand::Resume(id)))) if id == "20261119-090000-000")
    );
}

#[test]
fn one_key_stops_everything_that_runs() {
    let mut world = streaming(120, 40);
    world.keys("esc 1 enter down enter").paste_over(r#"{"a": 1, "b": 2}"#).keys("ctrl-s");
    assert_eq!(world.state.open_calls().count(), 1, "{}", world.screen());
    world.keys("X");
    assert!(
        world.state.chat.turn.is_none() && world.screen().contains("the turn and 1 call stopped"),
        "{}",
        world.screen()
    );
    assert!(world.state.open_calls().all(|call| call.state == mcp_tui::model::call::CallState::Cancelling));
    world.keys("X");
    assert!(world.screen().contains("the turn is stopped") || world.screen().contains("1 call stopped"));
}

#[test]
fn what_is_typed_is_not_lost_by_a_slip() {
    let mut world = streaming(120, 40);
    world.type_text("more").keys("enter");
    assert_eq!(world.ui.conversation.composer.text(), "more", "nothing is sent while the model answers");
    world.keys("esc 1 2 i");
    assert_eq!(world.ui.conversation.composer.text(), "more");
    world.type_text("\\").keys("enter").type_text("x");
    assert_eq!(world.ui.conversation.composer.text(), "more\nx");
    world.tell(vec![Delta::Stop(StopReason::EndTurn)]).keys("enter");
    assert_eq!(world.ui.conversation.composer.text(), "");
    world.keys("up");
    assert_eq!(world.ui.conversation.composer.text(), "more\nx", "what was said comes back");
}

#[test]
fn a_turn_is_stopped_by_one_key_or_by_esc_twice() {
    let stops = |world: &World| {
        world.outcomes.iter().any(|outcome| {
            matches!(outcome, mcp_tui::tui::outcome::Outcome::Dispatch(Command::Chat(ChatCommand::Stop)))
        })
    };
    let mut world = streaming(120, 40);
    world.keys("esc esc");
    assert!(!stops(&world));
    world.keys("esc");
    assert!(stops(&world) && world.state.chat.turn.is_none());
    let mut world = streaming(120, 40);
    world.keys("esc x");
    assert!(stops(&world));
    assert!(world.screen().contains("I will look them up"), "what came stays");
}

#[test]
fn hostile_models_change_nothing_but_their_text() {
    let evil = "\u{1b}[2J\u{202e}\u{200b}\u{7}\u{9b}31m\u{feff}\u{2066}";
    for (columns, rows) in super::SIZES {
        let mut world = with_model(columns, rows, Dialect::Anthropic);
        world.keys("i").paste(evil).keys("enter");
        world.tell(vec![
            Delta::Thinking(evil.into()),
            Delta::Text(format!(
                "{evil}\n\n```{evil}\n{evil}\n```\n\n[{evil}](http://{evil})\n\n| {evil} |\n|---|\n| {evil} |\n"
            )),
            Delta::Note(evil.into()),
            Delta::ToolCallStart { index: 0, id: evil.into(), name: evil.into() },
            Delta::ToolArguments { index: 0, text: evil.into() },
        ]);
        super::check(&world.screen(), "streaming");
        world.entry(Body::Note { level: Level::Error, text: evil.into() });
        world.call(evil, "{}", ModelCallState::Failed, Some(evil));
        let body = Body::User {
            text: evil.into(),
            attachments: vec![mcp_tui::model::conversation::Attachment {
                prompt: None,
                name: evil.into(),
                server: Some(evil.into()),
                content: mcp_tui::model::chat::Content::Text(evil.into()),
            }],
            automatic: false,
        };
        world.entry(body);
        world.state.chat.conversation.title = evil.into();
        for keys in ["", "esc", "up", "enter", "up", "up", "enter", "up", "enter", "g", "i", "/", "esc"] {
            world.keys(keys);
            super::check(&world.screen(), keys);
        }
    }
}

#[test]
fn a_text_is_looked_for_in_what_was_said() {
    each("talk_find", |columns, rows| {
        let mut world = finished(columns, rows);
        world.keys("esc /").type_text("python");
        world
    });
    let mut world = finished(80, 24);
    world.keys("esc /").type_text("python").keys("enter n");
    assert!(world.ui.conversation.find.as_ref().is_some_and(|find| !find.typing));
    world.keys("esc");
    assert!(world.ui.conversation.find.is_none(), "one step back ends the search");
}

#[test]
fn the_palette_leads_to_kept_conversations() {
    let mut world = finished(80, 24);
    world.type_text("half a thought").keys("ctrl-p").type_text("resume").keys("enter");
    assert_eq!(world.ui.conversation.composer.text(), "/resume ");
    assert_eq!(world.ui.conversation.waits.as_deref(), Some("half a thought"), "it comes back with the choice");
}
