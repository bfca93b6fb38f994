//! The queue of questions: raise, answer once, withdraw.

use crate::app::{Effect, Level, State};
use crate::model::call::{Call, Operation};
use crate::model::id::ServerId;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};

pub(super) fn asked(state: &mut State, question: Question) -> Vec<Effect> {
    if let Some(declined) = super::mute::declines(state, &question) {
        return declined;
    }
    if let QuestionBody::Sampling { params } = &question.body {
        let params = params.clone();
        return super::sampling::asked(state, question, &params);
    }
    state.questions.push_back(question);
    vec![]
}

/// The first answer wins; a later one, or one to a question that is gone, is nothing.
pub(super) fn answer(state: &mut State, id: QuestionId, answer: Answer) -> Vec<Effect> {
    let Some(at) = state.questions.iter().position(|question| question.id == id) else { return vec![] };
    let approval = matches!(state.questions[at].body, QuestionBody::Approval(_));
    if matches!(answer, Answer::Accept(_) | Answer::Approval(_)) && approval != matches!(answer, Answer::Approval(_)) {
        // A yes to something else is no answer to this.
        return vec![];
    }
    state.drafts.remove(&id);
    match state.questions.remove(at) {
        Some(Question { body: QuestionBody::Approval(request), .. }) => {
            super::approval::answered(state, *request, answer)
        }
        Some(_) => vec![Effect::Answer { question: id, answer }],
        None => vec![],
    }
}

pub(super) fn page_done(state: &mut State, server: ServerId) -> Vec<Effect> {
    let name = state.session(server).map(|session| session.spec.name.clone()).unwrap_or_default();
    // A call that waits goes on by itself; one that was refused for the page is a person's to send again.
    let waits = |call: &Call| {
        let asks = matches!(
            call.operation,
            Operation::CallTool { .. }
                | Operation::CallAsTask { .. }
                | Operation::GetPrompt { .. }
                | Operation::ReadResource { .. }
        );
        call.server == server && asks
    };
    let next = if state.open_calls().any(waits) { "" } else { "; call again" };
    state.notice(Level::Info, Some(server), format!("{name}'s web page is done{next}"));
    vec![]
}

pub(super) fn withdrawn(state: &mut State, id: QuestionId, why: &str) -> Vec<Effect> {
    let before = state.questions.len();
    state.questions.retain(|question| question.id != id);
    state.drafts.remove(&id);
    if state.questions.len() < before {
        let name = state.session(id.server).map(|session| session.spec.name.clone()).unwrap_or_default();
        state.notice(Level::Warning, Some(id.server), format!("question withdrawn: {why} ({name})"));
    }
    vec![]
}
