//! Muting a server: what it asks is declined unseen, and what it tells is not said on top of the screen. Its frames are
//! in the log all the same, and its answers still come.

use crate::app::{Effect, Level, State};
use crate::model::id::ServerId;
use crate::model::question::{Answer, Question, QuestionId};

/// Mutes a server, or lets it be heard again. What it has asked so far is declined.
pub(super) fn set(state: &mut State, server: ServerId, muted: bool) -> Vec<Effect> {
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    if session.muted.is_some() == muted {
        return vec![];
    }
    let name = session.spec.name.clone();
    if !muted {
        let unseen = session.muted.take().unwrap_or_default();
        let s = if unseen == 1 { "" } else { "s" };
        state.notice(Level::Info, Some(server), format!("{name} is heard again; {unseen} question{s} declined unseen"));
        return vec![];
    }
    let open: Vec<QuestionId> =
        state.questions.iter().map(|question| question.id).filter(|id| is_its(*id, server)).collect();
    // Said before, because nothing of it is said any more after that.
    state.notice(Level::Info, Some(server), format!("{name} is muted: what it asks is declined unseen"));
    if let Some(session) = state.sessions.get_mut(server.index()) {
        session.muted = Some(0);
    }
    open.into_iter().flat_map(|id| super::question::answer(state, id, Answer::Decline)).collect()
}

/// Declines a question of a muted server. `None`: it is heard.
pub(super) fn declines(state: &mut State, question: &Question) -> Option<Vec<Effect>> {
    let session = state.sessions.get_mut(question.id.server.index())?;
    let unseen = session.muted.as_mut().filter(|_| !question.id.is_ours())?;
    *unseen = unseen.saturating_add(1);
    Some(vec![Effect::Answer { question: question.id, answer: Answer::Decline }])
}

/// Approvals are about a server, but it is we who ask.
fn is_its(id: QuestionId, server: ServerId) -> bool {
    id.server == server && !id.is_ours()
}
