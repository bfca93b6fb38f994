//! What servers ask of models: limits first, then a person, or a model where the rules allow it.

use crate::app::state::Draft;
use crate::app::{Effect, Level, State};
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use crate::model::sampling::{Policy, max_tokens};

fn name(state: &State, server: ServerId) -> String {
    state.session(server).map(|session| session.spec.name.clone()).unwrap_or_default()
}

/// A server asks: lets it through to a person or to a model, or says no for a limit.
pub(super) fn asked(state: &mut State, question: Question, params: &RawJson) -> Vec<Effect> {
    let (id, server) = (question.id, question.id.server);
    let Some(rules) = state.session(server).map(|session| session.spec.sampling) else { return vec![] };
    let now = state.now;
    let admitted = state.ledgers.entry(server).or_default().admit(&rules, max_tokens(params), now);
    if let Err(why) = admitted {
        let name = name(state, server);
        state.notice(
            Level::Warning,
            Some(server),
            format!("{name} asked for a model's message and was refused: {why}"),
        );
        return vec![Effect::Answer { question: id, answer: Answer::Decline }];
    }
    state.questions.push_back(question);
    if rules.policy == Policy::Allow && state.sampler.is_some() {
        return begin(state, id, params.clone());
    }
    vec![]
}

/// Lets a model write.
pub(super) fn begin(state: &mut State, id: QuestionId, params: RawJson) -> Vec<Effect> {
    let open = state.questions.iter().any(|question| question.id == id && is_sampling(question));
    if !open || state.drafts.get(&id) == Some(&Draft::Writing) {
        return vec![];
    }
    if state.sampler.is_none() {
        let text = "no model is there to write it: configure a provider, or write the answer yourself";
        state.notice(Level::Warning, Some(id.server), text);
        return vec![];
    }
    state.drafts.insert(id, Draft::Writing);
    vec![Effect::Sample { question: id, params }]
}

/// A model wrote, or could not. Without a review only where the rules allow that; a failure is always a person's.
pub(super) fn sampled(state: &mut State, id: QuestionId, outcome: Result<RawJson, String>) -> Vec<Effect> {
    if state.drafts.get(&id) != Some(&Draft::Writing) {
        return vec![];
    }
    let allowed = state.session(id.server).is_some_and(|session| session.spec.sampling.policy == Policy::Allow);
    match outcome {
        Ok(result) if allowed => return super::question::answer(state, id, Answer::Accept(result)),
        Ok(result) => drop(state.drafts.insert(id, Draft::Written(result))),
        Err(why) => {
            let name = name(state, id.server);
            state.notice(Level::Warning, Some(id.server), format!("{name}: the model wrote no answer: {why}"));
            state.drafts.insert(id, Draft::Failed(why));
        }
    }
    vec![]
}

fn is_sampling(question: &Question) -> bool {
    matches!(question.body, QuestionBody::Sampling { .. })
}
