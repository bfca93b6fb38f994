//! What a server is told of its host, changed in the middle of a run: its roots, the level of its log.

use std::path::PathBuf;

use crate::app::{Effect, Level, State};
use crate::model::call::Operation;
use crate::model::id::ServerId;
use crate::model::root::ROOTS_MAX;

pub(super) fn roots(state: &mut State, server: ServerId, roots: Vec<PathBuf>) -> Vec<Effect> {
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    let mut wanted: Vec<PathBuf> = Vec::new();
    for root in roots.into_iter().filter(|root| root.is_absolute()) {
        if !wanted.contains(&root) && wanted.len() < ROOTS_MAX {
            wanted.push(root);
        }
    }
    if session.spec.roots == wanted {
        return vec![];
    }
    session.spec.roots.clone_from(&wanted);
    vec![Effect::SetRoots { server, roots: wanted }]
}

pub(super) fn log_level(state: &mut State, server: ServerId, level: Option<String>) -> Vec<Effect> {
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    session.spec.log_level.clone_from(&level);
    let mut effects = vec![Effect::SetLogLevel { server, level: level.clone() }];
    let agreed = session.negotiated.as_ref().filter(|_| session.is_ready());
    let Some(agreed) = agreed else { return effects };
    let name = session.spec.name.clone();
    if agreed.capabilities.get("logging").is_none() {
        state.notice(Level::Warning, Some(server), format!("{name} did not say that it logs to its clients"));
    } else if !agreed.modern {
        // A request of its own, and its answer is a call like any other.
        if let Some(level) = level {
            effects.extend(super::call::start(state, server, Operation::SetLogLevel(level)));
        } else {
            let text = format!("{name}: servers of this era cannot be told to stop; ask for `emergency` instead");
            state.notice(Level::Info, Some(server), text);
        }
    }
    effects
}
