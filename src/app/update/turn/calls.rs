//! The calls of an answer: looked at, decided about, made, and what the model is told of each.

use super::super::approval::{self, Checked};
use super::super::chat::{push, record};
use super::discovery::{Meant, meant};
use super::{advance, offer};
use crate::app::chat::{Decided, Turn};
use crate::app::{Effect, State};
use crate::model::call::{CallState, Failure, says_error};
use crate::model::chat::{Content, ToolCall, ToolResult};
use crate::model::conversation::{Body, CallChange, Change, ModelCall, ModelCallState};
use crate::model::discovery::CALL;
use crate::model::id::{CallId, EntryId};
use crate::model::json::RawJson;
use crate::model::schema::Schema;
use crate::model::toolname::ToolAddress;
use crate::model::toolresult::{shortened, told};

/// The same call may fail so often in one turn; then it is not made any more.
const SAME_FAILURES: u32 = 2;
/// The same call that still comes back so often ends the turn.
const STUCK: u32 = 5;
/// Violations of a schema that the model is told.
const VIOLATIONS: usize = 10;
/// Bytes of a failure's text.
const FAILURE: usize = 8 * 1024;

impl Turn {
    /// Whether the model does nothing but fail.
    pub(super) fn is_stuck(&self) -> bool {
        self.failed.values().any(|times| *times >= STUCK)
    }
}

/// Takes up all calls of an answer: those that may be made are made at once, side by side.
pub(super) fn make(state: &mut State, answer: EntryId, asked: Vec<ToolCall>, effects: &mut Vec<Effect>) {
    let entries: Vec<EntryId> =
        asked.iter().map(|call| push(state, Body::Call(taken(state, answer, call)), effects)).collect();
    for entry in entries {
        check(state, entry, effects);
    }
}

/// Notes calls that are not made at all, and why.
pub(super) fn not_made(state: &mut State, answer: EntryId, asked: &[ToolCall], why: &str, effects: &mut Vec<Effect>) {
    for call in asked {
        let body = ModelCall {
            state: ModelCallState::Cancelled,
            ended: Some(state.now),
            result: Some(ToolResult::failed(&call.id, why)),
            ..taken(state, answer, call)
        };
        push(state, Body::Call(body), effects);
    }
}

/// A call as the model asks for it.
fn taken(state: &State, answer: EntryId, call: &ToolCall) -> ModelCall {
    let (target, arguments) = match meant(state, call) {
        Meant::Tool(target, arguments) => (target, arguments),
        Meant::Answer(_) => (None, call.arguments.clone()),
    };
    let server = target.as_ref().and_then(|target| state.session(target.server));
    ModelCall {
        answer,
        call: call.clone(),
        server: server.map(|session| session.spec.name.clone()).unwrap_or_default(),
        tool: target.as_ref().map_or_else(|| call.name.clone(), |target| target.tool.clone()),
        target,
        arguments,
        edited: false,
        reason: None,
        state: ModelCallState::Checking,
        sent: None,
        started: None,
        ended: None,
        result: None,
    }
}

/// Looks at one call: does it make sense, may it be made?
fn check(state: &mut State, entry: EntryId, effects: &mut Vec<Effect>) {
    let Some(call) = state.chat.conversation.call(entry).cloned() else { return };
    if let Meant::Answer(answer) = meant(state, &call.call) {
        return match answer {
            Ok(text) => finish(state, entry, ModelCallState::Done, vec![Content::Text(text)], false, effects),
            Err(why) => fail(state, entry, ModelCallState::Failed, &why, effects),
        };
    }
    let Some(target) = call.target.filter(|_| offer::is_offered(state, &call.call.name)) else {
        let why = unknown(state, &call.call.name);
        return fail(state, entry, ModelCallState::Failed, &why, effects);
    };
    if let Some(why) = nonsense(state, &call.call, &target, &call.arguments) {
        return fail(state, entry, ModelCallState::Failed, &why, effects);
    }
    let again = state.chat.turn.as_ref().and_then(|turn| turn.failed.get(&key(&call.call))).copied();
    if let Some(times) = again.filter(|times| *times >= SAME_FAILURES) {
        let why = format!(
            "This very call has failed {times} times in this turn. It was not made again: change it, or go on without it."
        );
        return fail(state, entry, ModelCallState::Failed, &why, effects);
    }
    match approval::check(state, entry, &target, &call.arguments) {
        Checked::Allow { reason } => run(state, entry, None, Some(reason), effects),
        Checked::Deny { reason, effects: kept } => {
            effects.extend(kept);
            deny(state, entry, reason, effects);
        }
        Checked::Ask(question) => {
            let change = CallChange::state(ModelCallState::Asking(question));
            record(state, Change::Call { entry, at: state.now, change }, effects);
        }
    }
}

/// Arguments that are no arguments, for the model.
pub(super) fn broken(call: &ToolCall) -> Option<String> {
    let why = RawJson::parse(call.broken.as_ref()?.as_str()).err().map(|error| format!(": {error}"));
    let why = why.unwrap_or_default();
    Some(format!("The arguments are not a JSON object{why}. The call was not made; write them again."))
}

/// What is wrong with a call's arguments, for the model; nothing is ever repaired.
fn nonsense(state: &State, call: &ToolCall, target: &ToolAddress, arguments: &RawJson) -> Option<String> {
    if let Some(why) = broken(call) {
        return Some(why);
    }
    // A schema that cannot be used is no reason to refuse the call: the server checks for itself.
    let schema = Schema::compile(&offer::schema(state, target.server, &target.tool)?).ok()?;
    let violations: Vec<String> = match arguments.to_value() {
        Ok(value) => schema.validate(&value).iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    };
    if violations.is_empty() {
        return None;
    }
    let more = violations.len().saturating_sub(VIOLATIONS);
    let more = if more > 0 { format!("\n- and {more} more") } else { String::new() };
    let shown = violations.len().min(VIOLATIONS);
    let list = violations[..shown].join("\n- ");
    Some(format!("The arguments do not fit the tool's schema. The call was not made.\n- {list}{more}"))
}

/// What the model is told of a tool that is not there.
pub(super) fn unknown(state: &State, name: &str) -> String {
    let offers = || state.chat.turn.iter().map(|turn| &turn.offer);
    if offers().flat_map(|offer| &*offer.behind).any(|tool| tool.name == name) {
        return format!(
            "`{name}` is called by `{CALL}`: {{\"name\": \"{name}\", \"arguments\": …}}. The call was not made."
        );
    }
    let names = offers().flat_map(|offer| offer.behind.iter().chain(&*offer.tools)).map(|tool| tool.name.as_str());
    let lower = name.to_lowercase();
    let tail = lower.rsplit("__").next().unwrap_or_default();
    let mut near = names.filter(|known| !tail.is_empty() && known.to_lowercase().contains(tail)).take(5);
    let hint = match near.next() {
        Some(first) => {
            let all: Vec<&str> = std::iter::once(first).chain(near).collect();
            format!(" Did you mean {}?", all.join(" or "))
        }
        None => " Use only the tools that are offered to you.".to_owned(),
    };
    format!("There is no tool named `{}`. The call was not made.{hint}", shortened(name, 200))
}

/// A person, or a rule in their place, has decided. The first decision counts.
pub(in crate::app::update) fn decided(state: &mut State, entry: EntryId, decided: Decided) -> Vec<Effect> {
    let asking = |call: &&ModelCall| matches!(call.state, ModelCallState::Asking(_));
    let Some(call) = state.chat.conversation.call(entry).filter(asking).cloned() else { return vec![] };
    let mut effects = Vec::new();
    match decided {
        Decided::Run { arguments, reason } => {
            let edited = arguments.filter(|arguments| *arguments != call.arguments);
            let plain = ToolCall { broken: None, ..call.call.clone() };
            let wrong = edited.as_ref().zip(call.target.as_ref());
            if let Some(why) = wrong.and_then(|(edited, target)| nonsense(state, &plain, target, edited)) {
                let why = format!("The person changed the arguments. {why}");
                fail(state, entry, ModelCallState::Failed, &why, &mut effects);
                advance(state, &mut effects);
                return effects;
            }
            run(state, entry, edited, Some(reason), &mut effects);
        }
        Decided::Denied { message } => {
            let why = match message.filter(|message| !message.trim().is_empty()) {
                Some(message) => format!("The person denied this call and says: {message}"),
                None => "The person denied this call.".to_owned(),
            };
            fail(state, entry, ModelCallState::Denied, &why, &mut effects);
        }
    }
    advance(state, &mut effects);
    effects
}

/// Sends a call. That it runs is kept before it is sent.
fn run(state: &mut State, entry: EntryId, edited: Option<RawJson>, reason: Option<String>, effects: &mut Vec<Effect>) {
    let Some(call) = state.chat.conversation.call(entry) else { return };
    let Some(target) = call.target.clone() else { return };
    let arguments = edited.clone().unwrap_or_else(|| call.arguments.clone());
    let (id, sent) = approval::run(state, entry, &target, &arguments);
    let change = CallChange { edited, reason, ..CallChange::state(ModelCallState::Running(id)) };
    record(state, Change::Call { entry, at: state.now, change }, effects);
    state.chat.running.insert(id, entry);
    if sent.is_empty() {
        // Its server is gone in the meantime, or it is not what was decided about any more.
        return settle(state, id, effects);
    }
    effects.extend(sent);
}

/// A call at a server has ended. If a model waits for it, it is told.
pub(in crate::app::update) fn call_finished(state: &mut State, id: CallId) -> Vec<Effect> {
    let mut effects = Vec::new();
    settle(state, id, &mut effects);
    advance(state, &mut effects);
    effects
}

fn settle(state: &mut State, id: CallId, effects: &mut Vec<Effect>) {
    let Some(entry) = state.chat.running.remove(&id) else { return };
    let Some(asked) = state.chat.conversation.call(entry) else { return };
    let Some(ended) = state.calls.get(&id).map(|call| call.state.clone()) else { return };
    match ended {
        CallState::Done(result) => {
            let is_error = says_error(&result);
            let mut content = told(&result, &asked.server, &asked.tool, state.chat.limits.result_bytes);
            if asked.edited {
                let arguments = shortened(asked.arguments.as_str(), FAILURE);
                content.insert(0, Content::Text(format!("[The person changed the arguments to: {arguments}]")));
            }
            if is_error {
                failed_again(state, entry);
            }
            let end = if is_error { ModelCallState::Failed } else { ModelCallState::Done };
            finish(state, entry, end, content, is_error, effects);
        }
        CallState::Failed(failure) => {
            let (end, more) = match &failure {
                Failure::Cancelled(_) => (ModelCallState::Cancelled, " It may have taken effect all the same."),
                Failure::Declined(_) => (ModelCallState::Denied, ""),
                Failure::TimedOut(_) | Failure::Unreachable(_) => {
                    (ModelCallState::Failed, " Nobody knows whether it took effect: find out before it is made again.")
                }
                Failure::Rpc { .. } | Failure::BadAnswer(_) | Failure::Unauthorized(_) | Failure::Refused(_) => {
                    (ModelCallState::Failed, "")
                }
            };
            let why = format!("The call failed: {}.{more}", shortened(&failure.to_string(), FAILURE));
            fail(state, entry, end, &why, effects);
        }
        CallState::Running | CallState::Cancelling => {}
    }
}

/// Ends a call that may not be made.
fn deny(state: &mut State, entry: EntryId, reason: String, effects: &mut Vec<Effect>) {
    let Some(call) = state.chat.conversation.call(entry) else { return };
    let why = format!("This call was denied: {reason}.");
    let result = ToolResult::failed(&call.call.id, why);
    let change = CallChange { reason: Some(reason), ..CallChange::ended(ModelCallState::Denied, result) };
    record(state, Change::Call { entry, at: state.now, change }, effects);
}

/// Ends a call that has no result, and says why.
fn fail(state: &mut State, entry: EntryId, end: ModelCallState, why: &str, effects: &mut Vec<Effect>) {
    if end == ModelCallState::Failed {
        failed_again(state, entry);
    }
    finish(state, entry, end, vec![Content::Text(why.to_owned())], true, effects);
}

fn finish(
    state: &mut State,
    entry: EntryId,
    end: ModelCallState,
    content: Vec<Content>,
    is_error: bool,
    effects: &mut Vec<Effect>,
) {
    let Some(call) = state.chat.conversation.call(entry) else { return };
    let result = ToolResult { call: call.call.id.clone(), content, is_error };
    record(state, Change::Call { entry, at: state.now, change: CallChange::ended(end, result) }, effects);
}

fn failed_again(state: &mut State, entry: EntryId) {
    let Some(key) = state.chat.conversation.call(entry).map(|call| key(&call.call)) else { return };
    if let Some(turn) = &mut state.chat.turn {
        *turn.failed.entry(key).or_default() += 1;
    }
}

/// What makes two calls the same.
fn key(call: &ToolCall) -> (String, String) {
    (call.name.clone(), call.broken.clone().unwrap_or_else(|| call.arguments.as_str().to_owned()))
}
