//! Whether a model may call a tool: the policy, the person, and that nothing runs that was not decided.
//!
//! The way of a call: [`check`] (allow, deny, or a question), [`answered`] if it was a question, [`run`] with exactly
//! the arguments that were decided about, [`ruled`] once the decision is written down; only then it is sent.

mod answers;
mod provenance;
#[cfg(test)]
mod tests;

use crate::app::{Effect, Level, State};
use crate::model::approval::{ApprovalRequest, Asking, Decider, Grant, Ruling};
use crate::model::call::{CallState, Failure, ListKind, Operation};
use crate::model::conversation::{Body, Entry};
use crate::model::fingerprint::Fingerprint;
use crate::model::id::{CallId, EntryId, ServerId};
use crate::model::json::RawJson;
use crate::model::policy::{ArgumentPattern, Arguments, Careful, Claims, Decision, Rule, Subject, Verdict};
use crate::model::question::{Question, QuestionBody, QuestionId};
use crate::model::server::Launch;
use crate::model::session::Session;
use crate::model::toolname::ToolAddress;
pub(super) use answers::answered;

/// What was decided about a call that a model wants.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Checked {
    /// It may be made: [`run`] makes it.
    Allow {
        /// Why, for the conversation and the journal.
        reason: String,
    },
    /// It may not.
    Deny {
        /// What the model is told.
        reason: String,
        /// The decision is written down.
        effects: Vec<Effect>,
    },
    /// A person is asked.
    Ask(QuestionId),
}

/// Decides about a call, or asks.
pub(super) fn check(state: &mut State, entry: EntryId, target: &ToolAddress, arguments: &RawJson) -> Checked {
    let Some(session) = state.session(target.server) else {
        return Checked::Deny { reason: "there is no such server".into(), effects: vec![] };
    };
    let facts = Facts::of(session, &target.tool);
    let decision = state.approvals.policy.decide(&facts.subject(session, &target.tool, arguments));
    let ruling = |allowed, by, reason: String| Ruling {
        server: session.spec.name.clone(),
        tool: target.tool.clone(),
        allowed,
        by,
        reason,
        arguments: Fingerprint::of_json(arguments),
        edited: false,
        definition: facts.print,
    };
    let approvals = &state.approvals;
    let granted = || {
        let grants = approvals.grants.iter();
        grants.clone().find(|grant| facts.holds(grant, session, &target.tool, arguments)).map(granted_words)
    };
    let read_only = facts.claims.read_only && session.spec.trusted;
    let ruling = match decision.verdict {
        Verdict::Allow => ruling(true, Decider::Policy, decision.reason),
        Verdict::Deny => ruling(false, Decider::Policy, decision.reason),
        Verdict::Ask if approvals.turn_denied => {
            ruling(false, Decider::Person, "the person denied all further calls of this turn".into())
        }
        Verdict::Ask => match (granted(), approvals.asking) {
            (Some(reason), _) => ruling(true, Decider::Grant, reason),
            (None, Asking::Person) => {
                return Checked::Ask(ask(state, entry, target, arguments, decision));
            }
            (None, Asking::AllowAll) => ruling(true, Decider::Flag, format!("--approve all ({})", decision.reason)),
            (None, Asking::ReadOnly) if read_only => {
                ruling(true, Decider::Flag, "--approve read-only: a trusted server claims that it is".into())
            }
            (None, Asking::ReadOnly) => ruling(false, Decider::Flag, not_read_only(session, &facts, &decision)),
            (None, Asking::DenyAll) => ruling(false, Decider::Flag, nobody(session, &target.tool, &decision)),
        },
    };
    let reason = ruling.reason.clone();
    if ruling.allowed {
        state.approvals.rulings.insert(entry, ruling);
        return Checked::Allow { reason };
    }
    Checked::Deny { reason, effects: vec![Effect::KeepRuling { ruling: Box::new(ruling), server: target.server }] }
}

fn granted_words(grant: &Grant) -> String {
    match &grant.arguments {
        ArgumentPattern::Any => format!("allowed for this conversation: {}/{}", grant.server, grant.tool),
        pattern => format!("allowed for this conversation: {}/{}{pattern}", grant.server, grant.tool),
    }
}

fn nobody(session: &Session, tool: &str, decision: &Decision) -> String {
    format!(
        "nobody is there to ask ({}): allow it by a rule for {}/{tool} in policy.toml, or by --approve all",
        decision.reason, session.spec.name
    )
}

fn not_read_only(session: &Session, facts: &Facts, decision: &Decision) -> String {
    if facts.claims.read_only {
        let name = &session.spec.name;
        return format!(
            "--approve read-only: it claims to be, but {name} is not trusted (`trusted = true` in its config makes it so)"
        );
    }
    format!("--approve read-only: it does not claim to be ({})", decision.reason)
}

/// What the policy says of a call that a person makes by hand: nobody is kept from it, but a rule that denies it to
/// models is worth a word.
pub fn policy_on(state: &State, server: ServerId, tool: &str, arguments: &RawJson) -> Option<Decision> {
    let session = state.session(server)?;
    let facts = Facts::of(session, tool);
    Some(state.approvals.policy.decide(&facts.subject(session, tool, arguments)))
}

/// What is known of a tool at the moment.
struct Facts {
    definition: Option<RawJson>,
    print: Option<Fingerprint>,
    origin: Fingerprint,
    claims: Claims,
}

impl Facts {
    fn of(session: &Session, tool: &str) -> Facts {
        let definition = session.item(ListKind::Tools, tool).map(|item| item.raw().clone());
        let print = definition.as_ref().map(Fingerprint::of_json);
        let claims = Claims::of(definition.as_ref());
        Facts { definition, print, origin: Fingerprint::of_server(&session.spec), claims }
    }

    fn subject<'a>(&'a self, session: &'a Session, tool: &'a str, arguments: &'a RawJson) -> Subject<'a> {
        Subject {
            server: &session.spec.name,
            trusted: session.spec.trusted,
            origin: self.origin,
            tool,
            definition: self.definition.as_ref(),
            fingerprint: self.print,
            arguments,
        }
    }

    fn holds(&self, grant: &Grant, session: &Session, tool: &str, arguments: &RawJson) -> bool {
        grant.server == session.spec.name
            && grant.tool == tool
            && grant.origin == self.origin
            && Some(grant.definition) == self.print
            && grant.arguments.matches(Arguments::of(arguments), Careful::Yes)
    }
}

fn ask(state: &mut State, entry: EntryId, target: &ToolAddress, arguments: &RawJson, decision: Decision) -> QuestionId {
    let session = &state.sessions[target.server.index()];
    let facts = Facts::of(session, &target.tool);
    let key = (facts.origin, target.tool.clone());
    let request = ApprovalRequest {
        entry,
        turn: turn(state),
        server: session.spec.name.clone(),
        origin: origin(session),
        origin_print: facts.origin,
        trusted: session.spec.trusted,
        tool: target.tool.clone(),
        definition: facts.print,
        arguments: arguments.clone(),
        claims: facts.claims,
        reason: decision.reason,
        void: decision.void,
        pin: state.approvals.pin(facts.origin, &target.tool, facts.print),
        last: state.approvals.last.get(&key).cloned(),
        borrowed: provenance::of(&state.chat.conversation, &session.spec.name, arguments),
    };
    state.approvals.asked += 1;
    let id = QuestionId::ours(target.server, state.approvals.asked);
    let body = QuestionBody::Approval(Box::new(request));
    state.questions.push_back(Question { id, at: state.now, call: None, body });
    id
}

/// How often a person has said something: the number of the turn, for a person.
fn turn(state: &State) -> u32 {
    let said = |entry: &&Entry| matches!(entry.body, Body::User { automatic: false, .. });
    state.chat.conversation.entries.iter().filter(said).count() as u32
}

/// The command line or address, without the secrets of the config.
fn origin(session: &Session) -> String {
    let mut text = match &session.spec.launch {
        Launch::Stdio { command, args, .. } => {
            std::iter::once(command).chain(args).map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        Launch::Http { url, .. } => url.clone(),
    };
    for secret in session.spec.secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "[secret]");
    }
    text
}

/// Makes a call that was decided about: with exactly these arguments, or not at all.
pub(super) fn run(
    state: &mut State,
    entry: EntryId,
    target: &ToolAddress,
    arguments: &RawJson,
) -> (CallId, Vec<Effect>) {
    let ruling = state.approvals.rulings.remove(&entry);
    let operation = Operation::CallTool { name: target.tool.clone(), arguments: arguments.clone() };
    let fits = ruling.filter(|ruling| {
        let session = state.session(target.server);
        ruling.allowed
            && ruling.tool == target.tool
            && ruling.arguments == Fingerprint::of_json(arguments)
            && session.is_some_and(|session| {
                session.spec.name == ruling.server && Facts::of(session, &target.tool).print == ruling.definition
            })
    });
    let id = CallId(state.next_call);
    let Some(ruling) = fits else {
        let why = "not sent: this is not what was decided about (its definition changed, or its arguments)";
        super::call::refused(state, target.server, operation, Failure::Refused(why.into()));
        return (id, vec![]);
    };
    let effects = super::call::start(state, target.server, operation);
    let effects = effects.into_iter().map(|effect| match effect {
        Effect::Run { server, call, operation } => {
            Effect::RunDecided { ruling: Box::new(ruling.clone()), server, call, operation }
        }
        other => other,
    });
    (id, effects.collect())
}

/// The decision is written down, or cannot be.
pub(super) fn ruled(
    state: &mut State,
    server: ServerId,
    call: CallId,
    operation: Operation,
    kept: Result<(), String>,
) -> Vec<Effect> {
    let outcome = match (state.calls.get(&call).map(|call| &call.state), kept) {
        (Some(CallState::Running), Ok(())) => return vec![Effect::Run { server, call, operation }],
        (Some(CallState::Running), Err(why)) => {
            state.notice(Level::Error, Some(server), format!("no call is made that cannot be recorded: {why}"));
            Failure::Refused(format!("not sent: the decision could not be written to the journal ({why})"))
        }
        (Some(CallState::Cancelling), _) => Failure::Cancelled("cancelled before it was sent".into()),
        (Some(CallState::Done(_) | CallState::Failed(_)) | None, _) => return vec![],
    };
    super::call::finished(state, server, call, Err(outcome))
}

/// A rule was added to the rules' file, or could not be.
pub(super) fn rule_saved(state: &mut State, saved: Result<Box<Rule>, String>) -> Vec<Effect> {
    match saved {
        Ok(rule) => {
            state.notice(Level::Info, None, format!("{} allows {}", rule.source, rule.about()));
            state.approvals.policy.rules.push(*rule);
        }
        Err(why) => {
            let text = format!("the rule was not kept, it holds for this conversation only: {why}");
            state.notice(Level::Error, None, text);
        }
    }
    vec![]
}

/// Another conversation begins: what was allowed for the last one is not allowed in it.
pub(super) fn conversation_changed(state: &mut State) {
    state.approvals.grants.clear();
    state.approvals.last.clear();
    state.approvals.rulings.clear();
    state.approvals.turn_denied = false;
}

/// A person said something: a "no" to the rest of a turn is over.
pub(super) fn turn_started(state: &mut State) {
    state.approvals.turn_denied = false;
}

/// The turn was stopped: nobody is asked about its calls any more.
pub(super) fn turn_stopped(state: &mut State) {
    state.questions.retain(|question| !matches!(question.body, QuestionBody::Approval(_)));
    state.approvals.rulings.clear();
}
