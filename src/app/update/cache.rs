//! What is answered from what came before, as long as the server says that it is fresh.

use crate::app::State;
use crate::app::{Effect, Level};
use crate::model::cache::Freshness;
use crate::model::call::{Call, CallState, ListKind, Operation};
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::json::RawJson;
use crate::model::session::ListState;

pub(super) fn listed(state: &mut State, server: ServerId, kind: ListKind, fresh: Freshness) -> Vec<Effect> {
    state.sessions[server.index()].listing_mut(kind).fresh = Some(fresh);
    vec![]
}

/// The answer to an operation, if it is at hand and fresh.
pub(super) fn answer(state: &State, server: ServerId, operation: &Operation) -> Option<(RawJson, Moment)> {
    let session = state.session(server).filter(|session| session.is_ready())?;
    match operation {
        Operation::List(kind) => {
            let listing = session.listing(*kind);
            let fresh = listing.fresh.filter(|fresh| listing.state == ListState::Fresh && fresh.is_fresh(state.now))?;
            let summary = serde_json::json!({"items": listing.items.len(), "cached": true});
            Some((RawJson::from_value(&summary), fresh.received))
        }
        Operation::ReadResource { uri } => {
            let (result, received) = state.cache.read(server, uri, state.now)?;
            Some((result.clone(), received))
        }
        _ => None,
    }
}

/// A call was answered before it was sent.
pub(super) fn served(state: &mut State, id: CallId, received: Moment) {
    state.cache.serve(id, received);
    let Some(Call { server, operation, .. }) = state.calls.get(&id) else { return };
    let seconds = state.now.micros_since(received) / 1_000_000;
    let name = state.session(*server).map(|session| session.spec.name.clone()).unwrap_or_default();
    let what = if operation.subject().is_empty() { operation.method() } else { operation.subject() };
    let text = format!("{name}: {what} is {seconds} s old and still fresh, says the server: it was not asked again");
    let server = *server;
    state.notice(Level::Info, Some(server), text);
}

/// Keeps what a call brought, if it may be kept: not what was asked for in rounds.
pub(super) fn finished(state: &mut State, call: CallId) {
    let Some(Call { server, operation: Operation::ReadResource { uri }, state: CallState::Done(result), .. }) =
        state.calls.get(&call)
    else {
        return;
    };
    let modern = state.sessions[server.index()].negotiated.as_ref().is_some_and(|agreed| agreed.modern);
    let changed = state.sessions[server.index()].updated.contains(uri);
    if modern && !changed && state.cache.rounds(call) == 1 {
        state.cache.keep(*server, uri, result, state.now);
    }
}
