//! What a person says to an approval, and what follows: a grant, a rule, a pin, and other questions that are answered by
//! the same word.

use super::{Facts, granted_words};
use crate::app::chat::Decided;
use crate::app::update::turn::decided;
use crate::app::{Effect, State};
use crate::model::approval::{ApprovalAnswer, ApprovalRequest, Decider, Grant, Pin, PinState, Ruling, Scope};
use crate::model::fingerprint::Fingerprint;
use crate::model::json::RawJson;
use crate::model::policy::{ArgumentPattern, Bound, ClaimCondition, Glob, Rule, Source, Verdict};
use crate::model::question::{Answer, QuestionBody};

/// A person answered; the question is out of the queue.
pub(in crate::app::update) fn answered(state: &mut State, request: ApprovalRequest, answer: Answer) -> Vec<Effect> {
    let answer = match answer {
        Answer::Approval(answer) => answer,
        // Whatever else it is, it is no yes.
        Answer::Accept(_) | Answer::Decline | Answer::Cancel => {
            ApprovalAnswer::Deny { message: None, rest_of_turn: false }
        }
    };
    match answer {
        ApprovalAnswer::Allow { scope, edited } => allowed(state, &request, scope, edited),
        ApprovalAnswer::Deny { message, rest_of_turn } => denied(state, &request, message, rest_of_turn),
    }
}

fn allowed(state: &mut State, request: &ApprovalRequest, scope: Scope, edited: Option<RawJson>) -> Vec<Effect> {
    let Some(session) = state.by_name(&request.server) else { return vec![] };
    let facts = Facts::of(session, &request.tool);
    if facts.print != request.definition || facts.origin != request.origin_print {
        // What was shown is not what would run now.
        let why = "its definition changed while a person was asked; ask for it again".to_owned();
        return denied(state, request, Some(why), false);
    }
    let mut effects = Vec::new();
    let arguments = edited.as_ref().unwrap_or(&request.arguments).clone();
    let edited = edited.filter(|edited| *edited != request.arguments);
    let what = match &scope {
        Scope::Once => "once".to_owned(),
        Scope::Conversation => "for this conversation".to_owned(),
        Scope::These(pattern) => format!("for this conversation{pattern}"),
        Scope::Always(pattern) => format!("always{pattern}"),
    };
    if let Some(definition) = facts.print {
        let bound = Bound { definition, origin: facts.origin };
        let grant = |arguments| Grant {
            server: request.server.clone(),
            tool: request.tool.clone(),
            definition,
            origin: facts.origin,
            arguments,
        };
        match scope {
            Scope::Once => {}
            Scope::Conversation => state.approvals.grants.push(grant(ArgumentPattern::Any)),
            Scope::These(pattern) => state.approvals.grants.push(grant(pattern)),
            Scope::Always(pattern) => {
                // Should the file refuse, it holds for this conversation at least.
                state.approvals.grants.push(grant(pattern.clone()));
                effects.push(Effect::SaveRule(Box::new(always(request, pattern, bound))));
            }
        }
        let key = (facts.origin, request.tool.clone());
        let pin = Pin { definition, at: state.now };
        if !matches!(request.pin, PinState::Same(_)) {
            state.approvals.pins.insert(key.clone(), pin);
            effects.push(Effect::KeepPin { origin: facts.origin, tool: request.tool.clone(), pin });
        }
        state.approvals.last.insert(key, arguments.clone());
    }
    let reason = format!("a person allowed it {what}");
    let ruling = Ruling {
        server: request.server.clone(),
        tool: request.tool.clone(),
        allowed: true,
        by: Decider::Person,
        reason: reason.clone(),
        arguments: Fingerprint::of_json(&arguments),
        edited: edited.is_some(),
        definition: facts.print,
    };
    state.approvals.rulings.insert(request.entry, ruling);
    effects.extend(decided(state, request.entry, Decided::Run { arguments: edited, reason }));
    effects.extend(others_that_are_granted_now(state));
    effects
}

fn always(request: &ApprovalRequest, arguments: ArgumentPattern, bound: Bound) -> Rule {
    Rule {
        source: Source::BuiltIn,
        server: Glob::new(request.server.as_str()),
        tool: Glob::new(request.tool.as_str()),
        except: Vec::new(),
        claims: ClaimCondition::default(),
        arguments,
        verdict: Verdict::Allow,
        bound: Some(bound),
    }
}

fn denied(state: &mut State, request: &ApprovalRequest, message: Option<String>, rest_of_turn: bool) -> Vec<Effect> {
    let mut effects = deny_one(state, request, message);
    if rest_of_turn {
        state.approvals.turn_denied = true;
        let mut rest = Vec::new();
        state.questions.retain(|question| match &question.body {
            QuestionBody::Approval(request) => {
                rest.push(request.clone());
                false
            }
            _ => true,
        });
        effects.extend(rest.iter().flat_map(|request| deny_one(state, request, None)));
    }
    effects
}

fn deny_one(state: &mut State, request: &ApprovalRequest, message: Option<String>) -> Vec<Effect> {
    let server = state.by_name(&request.server).map(|session| session.id);
    let ruling = Ruling {
        server: request.server.clone(),
        tool: request.tool.clone(),
        allowed: false,
        by: Decider::Person,
        reason: message.clone().unwrap_or_else(|| "a person said no".into()),
        arguments: Fingerprint::of_json(&request.arguments),
        edited: false,
        definition: request.definition,
    };
    let mut effects: Vec<Effect> =
        server.map(|server| Effect::KeepRuling { ruling: Box::new(ruling), server }).into_iter().collect();
    effects.extend(decided(state, request.entry, Decided::Denied { message }));
    effects
}

/// Questions that an answer to another one answers, too.
fn others_that_are_granted_now(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut kept = std::collections::VecDeque::new();
    for question in std::mem::take(&mut state.questions) {
        let QuestionBody::Approval(request) = &question.body else {
            kept.push_back(question);
            continue;
        };
        let reason = state.session(question.id.server).and_then(|session| {
            let facts = Facts::of(session, &request.tool);
            let holds = |grant: &&Grant| facts.holds(grant, session, &request.tool, &request.arguments);
            (facts.print == request.definition).then(|| state.approvals.grants.iter().find(holds).map(granted_words))?
        });
        let Some(reason) = reason else {
            kept.push_back(question);
            continue;
        };
        let ruling = Ruling {
            server: request.server.clone(),
            tool: request.tool.clone(),
            allowed: true,
            by: Decider::Grant,
            reason: reason.clone(),
            arguments: Fingerprint::of_json(&request.arguments),
            edited: false,
            definition: request.definition,
        };
        state.approvals.rulings.insert(request.entry, ruling);
        effects.extend(decided(state, request.entry, Decided::Run { arguments: None, reason }));
    }
    // Whatever was asked meanwhile came later.
    kept.append(&mut state.questions);
    state.questions = kept;
    effects
}
