//! What servers ask of models: limits first, then a person, or a model where the rules allow it.

use crate::app::state::Draft;
use crate::app::{Effect, Level, State};
use crate::model::chat::ModelRef;
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use crate::model::sampling::{Policy, hints, max_tokens};

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
    let Some(model) = writer(state, id.server, &params) else {
        let text = "no model is there to write it: configure a provider, or write the answer yourself";
        state.notice(Level::Warning, Some(id.server), text);
        return vec![];
    };
    state.drafts.insert(id, Draft::Writing);
    vec![Effect::Sample { question: id, model, params }]
}

/// The model that writes: the first that the server's hints name, else the usual one.
///
/// 2025-11-25, client/sampling: a hint is a part of a name, the first that fits counts, and all are advice. Where nobody
/// reviews, a server can only choose among the models that the config names: not the dearest one of a provider.
pub fn writer(state: &State, server: ServerId, params: &RawJson) -> Option<ModelRef> {
    let usual = state.sampler.clone()?;
    let reviewed = state.session(server).is_some_and(|session| session.spec.sampling.policy == Policy::Ask);
    let usable = || state.chat.providers.iter().filter(|provider| provider.can_sample());
    let configured = || usable().filter_map(|provider| Some((&*provider.name, provider.model.as_deref()?)));
    let listed = || {
        usable().filter(|_| reviewed).flat_map(|provider| {
            let models = state.chat.models.get(&provider.name).and_then(|models| models.as_ref().ok());
            models.into_iter().flatten().map(|model| (&*provider.name, &*model.id))
        })
    };
    // Asked in every frame of a review, and providers list hundreds: only the one that is chosen is copied.
    let known = || std::iter::once((&*usual.provider, &*usual.model)).chain(configured()).chain(listed());
    let hinted = hints(params).into_iter().filter(|hint| !hint.trim().is_empty()).find_map(|hint| {
        let hint = hint.trim().to_lowercase();
        known().find(|(_, model)| model.to_lowercase().contains(&hint))
    });
    let chosen = hinted.map(|(provider, model)| ModelRef { provider: provider.to_owned(), model: model.to_owned() });
    Some(chosen.unwrap_or(usual))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::chat::ProviderInfo;
    use crate::app::{Command, Event, update};
    use crate::model::chat::{Dialect, ModelInfo};
    use crate::model::id::Moment;
    use crate::model::server::{Launch, ServerSpec};
    use serde_json::json;

    #[test]
    fn the_first_hint_that_fits_chooses_the_model() {
        let mut state = State::default();
        let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
        let command = Command::AddServer(ServerSpec::new("s", launch));
        update(&mut state, Event::Command { at: Moment(0), command });
        let provider = |name: &str, dialect, model: Option<&str>, problem: Option<&str>| ProviderInfo {
            name: name.into(),
            dialect,
            model: model.map(str::to_owned),
            max_tokens: None,
            effort: None,
            problem: problem.map(str::to_owned),
        };
        state.chat.providers = vec![
            provider("one", Dialect::Anthropic, Some("claude-sonnet"), None),
            provider("two", Dialect::ChatCompletions, Some("Llama-Small"), None),
            provider("off", Dialect::ChatCompletions, Some("gpt"), Some("no key")),
            provider("demo", Dialect::Demo, Some("demo"), None),
        ];
        let listed = ["claude-opus", "claude-haiku"].map(|id| ModelInfo { id: id.into(), ..ModelInfo::default() });
        state.chat.models.insert("one".into(), Ok(listed.into()));
        let chosen = |state: &State, hints: &[&str]| {
            let hints: Vec<_> = hints.iter().map(|name| json!({ "name": name })).collect();
            let params = RawJson::from_value(&json!({"modelPreferences": {"hints": hints}}));
            writer(state, ServerId(0), &params).map(|model| model.to_string())
        };
        assert_eq!(chosen(&state, &["claude"]), None, "only people can");
        state.sampler = Some(ModelRef { provider: "one".into(), model: "claude-sonnet".into() });
        for (hints, reviewed, alone) in [
            (&[][..], "one/claude-sonnet", "one/claude-sonnet"),
            (&["gpt", "demo", " "], "one/claude-sonnet", "one/claude-sonnet"),
            (&["claude"], "one/claude-sonnet", "one/claude-sonnet"),
            (&["nobody", "llama"], "two/Llama-Small", "two/Llama-Small"),
            (&["HAIKU", "llama"], "one/claude-haiku", "two/Llama-Small"),
        ] {
            for (policy, expected) in [(Policy::Ask, reviewed), (Policy::Allow, alone)] {
                state.sessions[0].spec.sampling.policy = policy;
                assert_eq!(chosen(&state, hints).as_deref(), Some(expected), "{hints:?} {policy:?}");
            }
        }
    }
}
