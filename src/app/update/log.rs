//! The log: append what the journal kept, and the few rows that were read back for the screen.

use std::sync::Arc;

use crate::app::{Effect, JournalEvent, Level, Recording, State};
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::record::Record;
use crate::model::wire::WireBatch;

/// Rows read back that are kept: several screens' worth.
const ROWS_KEPT: usize = 1_000;

/// Log messages kept until they are told: more than the runtime applies between two turns of the front end.
const MESSAGES_KEPT: usize = 1_024;

pub(super) fn append(state: &mut State, batch: &WireBatch) -> Vec<Effect> {
    if let Some(last) = batch.entries.last() {
        state.now = state.now.max(last.at);
    }
    let before = state.log.len();
    state.log.append(batch);
    for (at, level) in &batch.messages {
        let Some(entry) = batch.entries.get(*at as usize) else { continue };
        if let Some(session) = state.sessions.get_mut(entry.server.index()) {
            session.messages.push(before + *at as usize, *level);
        }
    }
    super::search::grown(state, before)
}

pub(super) fn rows(state: &mut State, rows: Vec<(usize, Arc<Record>)>) -> Vec<Effect> {
    let newest = rows.iter().map(|(index, _)| *index).max();
    state.rows.extend(rows);
    // Forget the rows farthest from what is being looked at.
    while state.rows.len() > ROWS_KEPT {
        let (Some(first), Some(last), Some(near)) =
            (state.rows.keys().next().copied(), state.rows.keys().next_back().copied(), newest)
        else {
            break;
        };
        let far = if near.abs_diff(first) >= near.abs_diff(last) { first } else { last };
        state.rows.remove(&far);
    }
    vec![]
}

/// Keeps a server's log message until a front end has told it.
pub(super) fn message(state: &mut State, server: ServerId, params: RawJson) -> Vec<Effect> {
    if state.messages.len() >= MESSAGES_KEPT {
        state.messages.pop_front();
    }
    state.messages.push_back((server, params));
    vec![]
}

pub(super) fn journal(state: &mut State, event: JournalEvent) -> Vec<Effect> {
    match event {
        JournalEvent::Failed(why) => {
            state.notice(
                Level::Error,
                None,
                format!("recording stopped: {why}; sessions go on, frames are kept in memory only"),
            );
            state.recording = Recording::Failed(why);
            vec![]
        }
    }
}
