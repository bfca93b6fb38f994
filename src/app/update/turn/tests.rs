//! The turn machine, event by event.

use crate::app::chat::{ChatCommand, ChatEvent, ChatLimits, Phase, ProviderInfo};
use crate::app::{Command, Effect, Event, State, update};
use crate::model::chat::{ChatRequest, Delta, Dialect, ModelRef, Part, StopReason};
use crate::model::conversation::{Body, ModelCallState};
use crate::model::id::{Moment, TurnId};

/// A world with one provider and no server.
fn world() -> State {
    let mut state = State::default();
    let provider = ProviderInfo {
        name: "p".into(),
        dialect: Dialect::Anthropic,
        model: Some("m".into()),
        max_tokens: None,
        effort: None,
        problem: None,
    };
    let event = ChatEvent::Providers { providers: vec![provider], model: None, limits: ChatLimits::default() };
    update(&mut state, Event::Chat { at: Moment(1_000_000), event });
    assert_eq!(state.chat.model(), Some(ModelRef { provider: "p".into(), model: "m".into() }));
    state
}

fn command(state: &mut State, command: ChatCommand) -> Vec<Effect> {
    let at = Moment(state.now.0 + 1_000);
    update(state, Event::Command { at, command: Command::Chat(command) })
}

fn say(state: &mut State, text: &str) -> Vec<Effect> {
    command(state, ChatCommand::Submit { text: text.into(), attachments: vec![] })
}

fn tell(state: &mut State, turn: TurnId, deltas: Vec<Delta>) -> Vec<Effect> {
    let at = Moment(state.now.0 + 1_000);
    update(state, Event::Llm { turn, at, deltas })
}

/// The request among these effects.
fn request(effects: &[Effect]) -> Option<(TurnId, &ChatRequest)> {
    effects.iter().find_map(|effect| match effect {
        Effect::StartTurn { turn, request } => Some((*turn, &**request)),
        _ => None,
    })
}

fn call(index: usize, id: &str, name: &str, arguments: &str) -> [Delta; 3] {
    [
        Delta::ToolCallStart { index, id: id.into(), name: name.into() },
        Delta::ToolArguments { index, text: arguments.into() },
        Delta::ToolCallEnd { index, native: None },
    ]
}

fn text(state: &State) -> String {
    let answers = state.chat.conversation.entries.iter().filter_map(|entry| match &entry.body {
        Body::Answer(answer) => Some(answer.reply.text()),
        _ => None,
    });
    answers.collect::<Vec<_>>().join("|")
}

#[test]
fn a_turn_without_calls_ends_with_the_answer() {
    let mut state = world();
    let effects = say(&mut state, "hello");
    let (turn, asked) = request(&effects).expect("a request");
    assert_eq!(asked.messages.len(), 1);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::KeepChange { .. })));
    tell(&mut state, turn, vec![Delta::Text("Hi".into())]);
    assert!(matches!(state.chat.turn.as_ref().map(|turn| turn.phase), Some(Phase::Streaming { .. })));
    tell(&mut state, turn, vec![Delta::Text(" there".into()), Delta::Stop(StopReason::EndTurn)]);
    assert_eq!((text(&state).as_str(), state.chat.turn.is_none()), ("Hi there", true));
    let before = state.clone();
    assert_eq!(tell(&mut state, turn, vec![Delta::Text("late".into())]), vec![]);
    assert_eq!(text(&state), text(&before), "what comes late is nothing");
}

#[test]
fn an_unknown_tool_is_answered_and_the_model_goes_on() {
    let mut state = world();
    let (turn, _) = request(&say(&mut state, "go")).map(|(turn, asked)| (turn, asked.clone())).expect("a request");
    let mut deltas = call(0, "c1", "no__such", "{}").to_vec();
    deltas.push(Delta::Stop(StopReason::ToolUse));
    let effects = tell(&mut state, turn, deltas);
    let (_, asked) = request(&effects).expect("the next round");
    let Some(Part::ToolResult(result)) = asked.messages.last().and_then(|message| message.parts.first()) else {
        panic!("a result: {asked:?}")
    };
    assert!(result.is_error && result.call == "c1", "{result:?}");
    let states = state.chat.conversation.entries.iter().filter_map(|entry| match &entry.body {
        Body::Call(call) => Some(call.state),
        _ => None,
    });
    assert_eq!(states.collect::<Vec<_>>(), [ModelCallState::Failed]);
}
