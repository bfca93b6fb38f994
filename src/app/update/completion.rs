//! Values that a server suggests while an argument is typed: one question at a time, the newest.

use crate::app::{Effect, State};
use crate::model::call::CallState;
use crate::model::completion::{Asked, Completing, Suggestions};
use crate::model::id::CallId;

/// Asks the server, unless that was asked last. An older question is not waited for any more.
pub(super) fn ask(state: &mut State, asked: Asked) -> Vec<Effect> {
    if state.completing.as_ref().is_some_and(|completing| completing.asked == asked) {
        return vec![];
    }
    let Some(session) = state.session(asked.server).filter(|session| session.completes()) else { return vec![] };
    if !session.is_ready() {
        return vec![];
    }
    let mut effects = Vec::new();
    if let Some(older) = state.completing.take() {
        effects.extend(super::call::cancel(state, older.call));
    }
    let call = CallId(state.next_call);
    effects.extend(super::call::start(state, asked.server, asked.operation()));
    state.completing = Some(Completing { asked, call, found: None });
    effects
}

/// The answer, or that there is none.
pub(super) fn finished(state: &mut State, call: CallId) {
    let Some(completing) = state.completing.as_mut().filter(|completing| completing.call == call) else { return };
    let found = match state.calls.get(&call).map(|call| &call.state) {
        Some(CallState::Done(result)) => Suggestions::read(result),
        _ => None,
    };
    // That a server has nothing to suggest is no news.
    completing.found = Some(found.unwrap_or_default());
}
