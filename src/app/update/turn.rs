//! A turn: what a person says → the answer as it streams → the calls it asks for → their results → the next answer,
//! until the model has nothing more to ask for, or somebody stops it.

mod calls;
mod discovery;
pub(super) mod offer;
pub(super) mod summary;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use calls::call_finished;
pub(super) use calls::decided;
pub use discovery::counted_tools;
pub(super) use discovery::{count_tools, tools_counted};

use super::chat::{note, push, record};
use crate::app::chat::{AtLimit, Phase, Purpose, Turn};
use crate::app::{Effect, Level, State};
use crate::model::chat::ToolResult;
use crate::model::chat::{ChatRequest, Delta, FailureKind, ProviderFailure, StopReason, ToolChoice};
use crate::model::conversation::{Answer, Body, CallChange, Change, ModelCallState, messages};
use crate::model::id::{EntryId, TurnId};
use discovery::Weighed;

/// Bytes of one answer; no model writes as much, so whoever sends it is no model.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
/// What the model is told at the limit of rounds.
const WRAP_UP: &str = "Please make no more calls: answer now, with what you know so far.";

/// Begins a turn: what is to be answered is in the conversation already.
pub(super) fn begin(state: &mut State, purpose: Purpose, effects: &mut Vec<Effect>) {
    begin_with(state, purpose, None, effects);
}

/// The same, with a word about what the model is asked for.
fn begin_with(state: &mut State, purpose: Purpose, wish: Option<String>, effects: &mut Vec<Effect>) {
    super::approval::turn_started(state);
    let offer = offer::take(state);
    let weighed = discovery::weigh(state, &offer);
    let id = TurnId(state.chat.next_turn);
    state.chat.next_turn += 1;
    state.chat.turn = Some(Turn {
        id,
        phase: Phase::Measuring,
        rounds: 0,
        allowed: state.chat.limits.rounds,
        started: state.now,
        first_token: None,
        offer,
        purpose,
        wish,
        failed: std::collections::BTreeMap::new(),
        received: 0,
    });
    match weighed {
        Weighed::Unknown { count, list } => effects.push(Effect::Measure { turn: id, request: count, list }),
        decided => start(state, decided, effects),
    }
}

/// The provider has counted, or cannot: the turn goes on either way.
pub(super) fn measured(state: &mut State, id: TurnId, tokens: Option<u64>) -> Vec<Effect> {
    let waits = |turn: &&Turn| turn.id == id && turn.phase == Phase::Measuring;
    let Some(offer) = state.chat.turn.as_ref().filter(waits).map(|turn| Arc::clone(&turn.offer)) else { return vec![] };
    let mut effects = Vec::new();
    discovery::measured(state, tokens);
    let weighed = discovery::weigh(state, &offer);
    start(state, weighed, &mut effects);
    effects
}

/// Sends the first request of a turn, with what fits.
fn start(state: &mut State, weighed: Weighed, effects: &mut Vec<Effect>) {
    if let (Weighed::TooMuch(discovery), Some(turn)) = (weighed, &mut state.chat.turn) {
        turn.offer = Arc::new(discovery::hide(&turn.offer, discovery));
    }
    discovery::tell(state, effects);
    ask(state, effects);
}

/// Sends the conversation to the model.
fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(model) = state.chat.model() else { return end(state) };
    let id = TurnId(state.chat.next_turn);
    state.chat.next_turn += 1;
    let answer = state.chat.conversation.next_id();
    let Some(turn) = &mut state.chat.turn else { return };
    turn.id = id;
    turn.rounds += 1;
    turn.received = 0;
    turn.phase = Phase::Streaming { answer };
    let offer = Arc::clone(&turn.offer);
    let purpose = turn.purpose;
    let messages = match purpose {
        Purpose::Compact { keeps } => summary::messages(&state.chat.conversation, keeps, turn.wish.as_deref()),
        Purpose::Reply | Purpose::WrapUp => messages(&state.chat.conversation),
    };
    let provider = state.chat.provider(&model.provider);
    let settings = &state.chat.conversation.settings;
    let request = ChatRequest {
        model: model.clone(),
        system: offer.system.clone(),
        messages,
        tools: Arc::clone(&offer.tools),
        max_tokens: settings.max_tokens.or_else(|| provider?.max_tokens),
        choice: ToolChoice::Auto,
        effort: settings.effort.or_else(|| provider?.effort),
    };
    let begun = Answer { summary: matches!(purpose, Purpose::Compact { .. }), ..Answer::new(id, model) };
    push(state, Body::Answer(begun), effects);
    effects.push(Effect::StartTurn { turn: id, request: Box::new(request) });
}

fn end(state: &mut State) {
    state.chat.turn = None;
}

/// Takes what came of an answer. What comes late, for a request that is over, is nothing.
pub(super) fn deltas(state: &mut State, id: TurnId, mut deltas: Vec<Delta>) -> Vec<Effect> {
    let now = state.now;
    let Some(turn) = state.chat.turn.as_mut().filter(|turn| turn.id == id) else { return vec![] };
    let Phase::Streaming { answer } = turn.phase else { return vec![] };
    // Nothing comes after the end.
    let last = deltas.iter().position(|delta| matches!(delta, Delta::Stop(_) | Delta::Failed(_)));
    let over = last.map(|last| {
        deltas.truncate(last + 1);
        deltas[last].clone()
    });
    turn.received += deltas.iter().map(weight).sum::<usize>();
    let flood = turn.received > ANSWER_MAX;
    if turn.first_token.is_none() && deltas.iter().any(|delta| weight(delta) > 0) {
        turn.first_token = Some(now);
    }
    let mut effects = Vec::new();
    if flood {
        effects.push(Effect::AbortTurn(id));
        record(state, Change::Ended { entry: answer, at: now, interrupted: true }, &mut effects);
        let text = format!("the answer was cut at {} MiB: no model writes as much", ANSWER_MAX / 1024 / 1024);
        note(state, Level::Error, text, &mut effects);
        end(state);
        return effects;
    }
    record(state, Change::Deltas { entry: answer, at: now, deltas }, &mut effects);
    match over {
        None => {}
        Some(Delta::Failed(failure)) => failed(state, answer, &failure, &mut effects),
        Some(Delta::Stop(reason)) => stopped(state, answer, reason, &mut effects),
        Some(_) => {}
    }
    effects
}

/// Bytes of what a model wrote.
fn weight(delta: &Delta) -> usize {
    match delta {
        Delta::Text(text) | Delta::Thinking(text) | Delta::ToolArguments { text, .. } => text.len(),
        Delta::ToolCallStart { name, .. } => name.len() + 1,
        Delta::Opaque(native) => native.block.as_str().len(),
        _ => 0,
    }
}

/// The provider failed. What came stays; calls are not made, for who knows what was still to come.
fn failed(state: &mut State, answer: EntryId, failure: &ProviderFailure, effects: &mut Vec<Effect>) {
    record(state, Change::Ended { entry: answer, at: state.now, interrupted: false }, effects);
    let sums_up = state.chat.turn.as_ref().is_some_and(|turn| matches!(turn.purpose, Purpose::Compact { .. }));
    if failure.kind == FailureKind::TooLarge {
        summary::too_long(state);
    }
    let hint = match failure.kind {
        FailureKind::TooLarge if sums_up => "; sum up once more, and less of it is sent at a time",
        _ => "",
    };
    note(state, Level::Error, format!("{}{hint}", failure.advised()), effects);
    end(state);
}

/// The answer is complete.
fn stopped(state: &mut State, answer: EntryId, reason: StopReason, effects: &mut Vec<Effect>) {
    record(state, Change::Ended { entry: answer, at: state.now, interrupted: false }, effects);
    let Some(turn) = &mut state.chat.turn else { return };
    let purpose = turn.purpose;
    let reply = state.chat.conversation.answer(answer).map(|answer| answer.reply.message(None));
    let asked: Vec<_> = reply.iter().flat_map(|message| message.calls().cloned()).collect();
    let silent = reply.as_ref().is_none_or(|message| message.parts.is_empty());
    let problem: Option<(Level, String)> = match &reason {
        StopReason::EndTurn | StopReason::ToolUse | StopReason::Other(_) if !asked.is_empty() => None,
        StopReason::EndTurn if silent => Some((Level::Warning, "the model said nothing".into())),
        StopReason::EndTurn => None,
        StopReason::ToolUse => Some((Level::Warning, "the model wanted to call a tool and named none".into())),
        StopReason::Pause => None,
        StopReason::Length => Some((
            Level::Warning,
            "the answer reached its longest length and was cut; say “go on”, or allow longer answers (max_tokens)"
                .into(),
        )),
        StopReason::Refusal { category, explanation } => {
            let why = [category.as_deref(), explanation.as_deref()];
            let why = why.into_iter().flatten().collect::<Vec<_>>().join(": ");
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            Some((Level::Warning, format!("the model declined{why}; say it in another way, or ask another model")))
        }
        StopReason::ContentFilter => Some((Level::Warning, "the provider's filter cut the answer".into())),
        StopReason::ContextFull => Some((
            Level::Warning,
            "the conversation does not fit into this model any more; sum it up, or begin another one".into(),
        )),
        StopReason::Other(word) => Some((Level::Warning, format!("the answer ended for the reason “{word}”"))),
    };
    if reason == StopReason::ContextFull {
        summary::too_long(state);
    }
    if let Some((level, text)) = problem {
        calls::not_made(
            state,
            answer,
            &asked,
            "The answer was cut off before its end, so this call was not made.",
            effects,
        );
        note(state, level, text, effects);
        summary::suggest(state, effects);
        return end(state);
    }
    if matches!(purpose, Purpose::Compact { .. }) {
        return summary::written(state, answer, &asked, effects);
    }
    if reason == StopReason::Pause && asked.is_empty() {
        return next_round(state, effects);
    }
    if asked.is_empty() {
        summary::suggest(state, effects);
        return end(state);
    }
    if purpose == Purpose::WrapUp {
        calls::not_made(
            state,
            answer,
            &asked,
            "The limit of calls in one turn is reached: this call was not made.",
            effects,
        );
        note(state, Level::Warning, "the model still wanted to call tools; the turn was ended", effects);
        return end(state);
    }
    if let Some(turn) = &mut state.chat.turn {
        turn.phase = Phase::Calling { answer };
    }
    calls::make(state, answer, asked, effects);
    advance(state, effects);
}

/// Goes on once all calls of the answer have ended.
pub(super) fn advance(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Phase::Calling { answer }) = state.chat.turn.as_ref().map(|turn| turn.phase) else { return };
    if state.chat.conversation.calls_of(answer).any(|(_, call)| call.state.is_open()) {
        return;
    }
    if state.chat.turn.as_ref().is_some_and(Turn::is_stuck) {
        let text = "the model makes the same failing call again and again; the turn was ended";
        note(state, Level::Warning, text, effects);
        return end(state);
    }
    next_round(state, effects);
}

fn next_round(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(turn) = &mut state.chat.turn else { return };
    if turn.rounds >= turn.allowed {
        turn.phase = Phase::AtLimit;
        return;
    }
    ask(state, effects);
}

/// A person says how to go on at the limit of rounds.
pub(super) fn at_limit(state: &mut State, answer: AtLimit) -> Vec<Effect> {
    let rounds = state.chat.limits.rounds;
    let Some(turn) = state.chat.turn.as_mut().filter(|turn| turn.phase == Phase::AtLimit) else { return vec![] };
    let mut effects = Vec::new();
    match answer {
        AtLimit::Continue => {
            turn.allowed = turn.rounds + rounds.max(1);
            ask(state, &mut effects);
        }
        AtLimit::WrapUp => {
            turn.purpose = Purpose::WrapUp;
            let body = Body::User { text: WRAP_UP.into(), attachments: Vec::new(), automatic: true };
            push(state, body, &mut effects);
            ask(state, &mut effects);
        }
        AtLimit::Stop => {
            note(state, Level::Info, "stopped at the limit of rounds", &mut effects);
            end(state);
        }
    }
    effects
}

/// Stops the turn: the model is not listened to any more, calls are cancelled. What came stays, and how calls end that
/// were sent already is still recorded.
pub(super) fn stop(state: &mut State) -> Vec<Effect> {
    let Some(turn) = state.chat.turn.take() else { return vec![] };
    super::approval::turn_stopped(state);
    let mut effects = Vec::new();
    match turn.phase {
        Phase::Streaming { answer } => {
            effects.push(Effect::AbortTurn(turn.id));
            record(state, Change::Ended { entry: answer, at: state.now, interrupted: true }, &mut effects);
        }
        Phase::Calling { answer } => {
            let open: Vec<(EntryId, ModelCallState, String)> = state
                .chat
                .conversation
                .calls_of(answer)
                .filter(|(_, call)| call.state.is_open())
                .map(|(entry, call)| (entry, call.state, call.call.id.clone()))
                .collect();
            for (entry, at, id) in open {
                match at {
                    ModelCallState::Running(call) => effects.extend(super::call::cancel(state, call)),
                    ModelCallState::Asking(_) | ModelCallState::Checking => {
                        if let ModelCallState::Asking(question) = at {
                            state.questions.retain(|open| open.id != question);
                        }
                        let told = ToolResult::failed(id, "The person stopped the turn: this call was not made.");
                        let change = CallChange::ended(ModelCallState::Cancelled, told);
                        record(state, Change::Call { entry, at: state.now, change }, &mut effects);
                    }
                    _ => {}
                }
            }
            note(state, Level::Info, "stopped", &mut effects);
        }
        Phase::Measuring => {
            effects.push(Effect::AbortTurn(turn.id));
            note(state, Level::Info, "stopped", &mut effects);
        }
        Phase::AtLimit => note(state, Level::Info, "stopped at the limit of rounds", &mut effects),
        Phase::Summary { answer } => summary::left(state, answer, &mut effects),
    }
    effects
}
