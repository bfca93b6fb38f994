//! A call's life: start, progress, cancel, end.

use crate::app::state::{CALLS_KEPT, RESULTS_KEPT};
use crate::app::{Effect, Level, State};
use crate::model::call::{Call, CallState, Failure, Late, ListKind, Operation, Progress};
use crate::model::id::{CallId, ServerId};
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionId};
use crate::model::session::{ListState, Status};

/// What a person asks for: answered from what is still fresh, where there is something.
pub(super) fn ask(state: &mut State, server: ServerId, operation: Operation) -> Vec<Effect> {
    match super::cache::answer(state, server, &operation) {
        Some((result, received)) => {
            let call = insert(state, server, operation, CallState::Done(result));
            super::cache::served(state, call, received);
            vec![]
        }
        None => start(state, server, operation),
    }
}

/// What a person asks for anew.
pub(super) fn renew(state: &mut State, server: ServerId, operation: Operation) -> Vec<Effect> {
    if let Operation::List(kind) = operation {
        return super::session::refresh(state, server, kind);
    }
    start(state, server, operation)
}

pub(super) fn start(state: &mut State, server: ServerId, operation: Operation) -> Vec<Effect> {
    if let Some(refusal) = refusal(state, server).or_else(|| not_announced(state, server, &operation)) {
        refused(state, server, operation, refusal);
        return vec![];
    }
    let id = insert(state, server, operation.clone(), CallState::Running);
    if let Operation::ReadResource { uri } = &operation {
        // From its start, not from its end: what changes while it is read is news again.
        super::session::resource_read(state, server, uri);
        state.cache.forget(server, uri);
    }
    let operation = super::task::sent(state, server, with_entry(state, server, operation));
    vec![Effect::Run { server, call: id, operation }]
}

/// Keeps a call that is not made, with the reason.
pub(super) fn refused(state: &mut State, server: ServerId, operation: Operation, why: Failure) {
    insert(state, server, operation, CallState::Failed(why));
}

/// Bytes of an answer.
fn weight(call: &Call) -> usize {
    match &call.state {
        CallState::Done(result) => result.as_str().len(),
        CallState::Failed(Failure::Rpc { data: Some(data), .. }) => data.as_str().len(),
        CallState::Running | CallState::Cancelling | CallState::Failed(_) => 0,
    }
}

fn insert(state: &mut State, server: ServerId, operation: Operation, stands: CallState) -> CallId {
    let id = CallId(state.next_call);
    state.next_call += 1;
    let now = state.now;
    let ended = matches!(stands, CallState::Failed(_) | CallState::Done(_)).then_some(now);
    let call = Call {
        id,
        server,
        operation,
        // What is at hand already is a list or a resource: tools are always asked.
        tool_error: false,
        state: stands,
        started: now,
        ended,
        progress: None,
        request: None,
        task: None,
        cancelled: None,
        late: None,
    };
    state.calls.insert(id, call);
    trim(state);
    id
}

fn refusal(state: &State, server: ServerId) -> Option<Failure> {
    let Some(session) = state.session(server) else {
        return Some(Failure::Refused("there is no such server".into()));
    };
    let name = &session.spec.name;
    match &session.status {
        Status::Ready => None,
        Status::Idle => Some(Failure::Refused(format!("{name} is not connected; connect it first"))),
        Status::Connecting { .. } => {
            Some(Failure::Refused(format!("{name} is still connecting; try again when it is ready")))
        }
        Status::Down { reason, .. } => {
            Some(Failure::Unreachable(format!("{name} is down ({reason}); restart it first")))
        }
    }
}

/// The methods of an extension are only for servers that announce it.
fn not_announced(state: &State, server: ServerId, operation: &Operation) -> Option<Failure> {
    let (Operation::LoadSkill { .. } | Operation::List(ListKind::Skills)) = operation else { return None };
    let session = state.session(server)?;
    if session.negotiated.as_ref().is_some_and(|agreed| agreed.offers(ListKind::Skills)) {
        return None;
    }
    let name = &session.spec.name;
    Some(Failure::Refused(format!("{name} has no skills: it does not announce {}", ListKind::Skills.capability())))
}

/// A skill is checked against what was listed, where it was.
fn with_entry(state: &State, server: ServerId, operation: Operation) -> Operation {
    match operation {
        Operation::LoadSkill { uri, file, entry: None } => {
            let listed = state.session(server).and_then(|session| session.item(ListKind::Skills, &uri));
            let entry = listed.map(|item| item.raw().clone());
            Operation::LoadSkill { uri, file, entry }
        }
        other => other,
    }
}

pub(super) fn cancel(state: &mut State, id: CallId) -> Vec<Effect> {
    let Some(call) = state.calls.get_mut(&id) else { return vec![] };
    match call.state {
        CallState::Running => {
            call.state = CallState::Cancelling;
            call.cancelled = Some(state.now);
            let mut effects = vec![Effect::Cancel { server: call.server, call: id }];
            // What was asked for it is moot, and a server of the legacy era still waits for an answer. In the modern
            // era there is nobody any more who would send one.
            let of_it = |question: &&Question| question.call == Some(id) && !question.id.is_ours();
            let moot: Vec<QuestionId> = state.questions.iter().filter(of_it).map(|question| question.id).collect();
            effects.extend(moot.into_iter().flat_map(|id| super::question::answer(state, id, Answer::Cancel)));
            effects
        }
        CallState::Cancelling | CallState::Done(_) | CallState::Failed(_) => vec![],
    }
}

pub(super) fn dismiss(state: &mut State, id: CallId) -> Vec<Effect> {
    if state.calls.get(&id).is_some_and(|call| !call.is_open()) {
        state.calls.remove(&id);
    }
    vec![]
}

pub(super) fn progress(state: &mut State, id: CallId, progress: Progress) -> Vec<Effect> {
    if let Some(call) = state.calls.get_mut(&id)
        && call.is_open()
    {
        call.progress = Some(progress);
    }
    vec![]
}

/// An answer that came after its call had been given up: kept beside the first ending, which stands.
pub(super) fn late(state: &mut State, id: CallId, failure: Option<Failure>) -> Vec<Effect> {
    let at = state.now;
    if let Some(call) = state.calls.get_mut(&id)
        && !call.is_open()
        && call.late.is_none()
    {
        call.late = Some(Late { at, failure });
    }
    vec![]
}

/// Keeps the id of a call's first request; further rounds are in the log beside it.
pub(super) fn requested(state: &mut State, id: CallId, request: u64) -> Vec<Effect> {
    if let Some(call) = state.calls.get_mut(&id) {
        call.request.get_or_insert(request);
    }
    vec![]
}

pub(super) fn finished(
    state: &mut State,
    server: ServerId,
    id: CallId,
    outcome: Result<RawJson, Failure>,
) -> Vec<Effect> {
    let now = state.now;
    let Some(call) = state.calls.get_mut(&id) else { return vec![] };
    if !call.is_open() {
        return vec![];
    }
    call.ended = Some(now);
    if let (Operation::List(kind), Err(failure)) = (&call.operation, &outcome) {
        let listing = state.sessions[server.index()].listing_mut(*kind);
        listing.state = ListState::Failed(failure.to_string());
    }
    let told = match &call.operation {
        Operation::Subscribe { uri } => {
            Some((uri.clone(), outcome.as_ref().map(|_| true).map_err(ToString::to_string)))
        }
        Operation::Unsubscribe { uri } if outcome.is_ok() => Some((uri.clone(), Ok(false))),
        _ => None,
    };
    let asked = matches!(call.operation, Operation::Task { .. } | Operation::ListTasks { .. });
    let asked = asked.then(|| call.operation.clone());
    let mut effects = asked.map_or_else(Vec::new, |asked| super::task::finished(state, server, &asked, &outcome));
    let Some(call) = state.calls.get_mut(&id) else { return effects };
    call.end(outcome);
    super::cache::finished(state, id);
    super::completion::finished(state, id);
    if let Some((uri, told)) = told {
        subscribed(state, server, uri, told);
    }
    effects.extend(super::turn::call_finished(state, id));
    trim(state);
    effects
}

/// Keeps whether the server tells changes of this resource now; the error is why it refused to.
fn subscribed(state: &mut State, server: ServerId, uri: String, told: Result<bool, String>) {
    let session = &mut state.sessions[server.index()];
    match told {
        // In the modern era the stream itself says what it tells, in the right order with its end.
        Ok(true) if session.negotiated.as_ref().is_some_and(|agreed| agreed.modern) => {}
        Ok(true) => drop(session.subscribed.insert(uri)),
        Ok(false) => drop(session.subscribed.remove(&uri)),
        Err(why) => {
            // Only what was told before the connection was lost is missed now.
            if session.subscribed.remove(&uri) {
                let text = format!("{}: changes of {uri} are not told any more: {why}", session.spec.name);
                state.notice(Level::Warning, Some(server), text);
            } else if state.auto_list {
                let text = format!("changes of {uri} are not told: {why} ({})", session.spec.name);
                state.notice(Level::Warning, Some(server), text);
            }
        }
    }
}

/// Forgets the oldest ended calls: lists first, they are the least interesting.
fn trim(state: &mut State) {
    let mut weighs: usize = state.calls.values().map(weight).sum();
    let heavy = |call: &&Call| weight(call) > 0;
    while weighs > RESULTS_KEPT && state.calls.values().filter(heavy).count() > 2 {
        let oldest = state.calls.values().filter(heavy).min_by_key(|call| call.ended);
        let Some((id, bytes)) = oldest.map(|call| (call.id, weight(call))) else { break };
        state.calls.remove(&id);
        weighs -= bytes;
    }
    while state.calls.len() > CALLS_KEPT {
        let ended = |call: &&Call| !call.is_open();
        let victim = state
            .calls
            .values()
            .filter(ended)
            .find(|call| matches!(call.operation, Operation::List(_) | Operation::Complete { .. }))
            .or_else(|| state.calls.values().find(ended))
            .map(|call| call.id);
        match victim {
            Some(id) => state.calls.remove(&id),
            None => break,
        };
    }
}
