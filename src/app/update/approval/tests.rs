//! From the model's wish to the frame: what is asked, what each answer does, and that nothing runs undecided.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing unwrap is a failing test")]

use proptest::prelude::*;

use super::*;
use crate::app::chat::{ChatCommand, ChatEvent, ChatLimits, ProviderInfo};
use crate::app::{Command, Event, SessionEvent, update};
use crate::model::approval::Asking;
use crate::model::approval::{ApprovalAnswer, PinState, Scope};
use crate::model::chat::{Delta, Dialect, StopReason};
use crate::model::conversation::{Body, ModelCallState};
use crate::model::id::{Moment, TurnId};
use crate::model::policy::{ClaimCondition, Glob, Source};
use crate::model::question::Answer;
use crate::model::server::ServerSpec;
use crate::model::session::{Item, Negotiated};

const FILES: ServerId = ServerId(0);

fn json(text: &str) -> RawJson {
    RawJson::parse(text.to_owned()).unwrap()
}

fn tools(annotations: &str) -> Vec<Item> {
    let tool = |name: &str| {
        let text = format!(r#"{{"name":"{name}","inputSchema":{{"type":"object"}},"annotations":{annotations}}}"#);
        Item::read(ListKind::Tools, json(&text))
    };
    vec![tool("rm"), tool("ls")]
}

fn happen(state: &mut State, event: impl FnOnce(Moment) -> Event) -> Vec<Effect> {
    let event = event(state.now);
    update(state, event)
}

fn listed(state: &mut State, annotations: &str) {
    let event = SessionEvent::Listed { kind: ListKind::Tools, items: tools(annotations), cut: None };
    happen(state, |at| Event::Session { server: FILES, at, event });
}

/// A server with two tools, and a model.
fn world() -> State {
    let mut state = State { now: Moment(1_000_000), ..State::default() };
    let launch = Launch::Stdio {
        command: "files".into(),
        args: vec!["--token".into(), "hunter2".into()],
        env: vec![],
        cwd: None,
    };
    let spec = ServerSpec { secrets: vec!["hunter2".into()], ..ServerSpec::new("files", launch) };
    update(&mut state, Event::Command { at: Moment(1), command: Command::AddServer(spec) });
    update(&mut state, Event::Command { at: Moment(1), command: Command::Connect(FILES) });
    let negotiated = Negotiated {
        revision: "2025-11-25".into(),
        modern: false,
        transport: "stdio",
        server_info: None,
        capabilities: json(r#"{"tools":{}}"#),
        instructions: None,
        peer: String::new(),
        took: 1,
    };
    let event = SessionEvent::Connected(negotiated);
    update(&mut state, Event::Session { server: FILES, at: Moment(2), event });
    listed(&mut state, "{}");
    let provider = ProviderInfo {
        name: "p".into(),
        dialect: Dialect::Anthropic,
        model: Some("m".into()),
        max_tokens: None,
        effort: None,
        problem: None,
    };
    let event = ChatEvent::Providers { providers: vec![provider], model: None, limits: ChatLimits::default() };
    update(&mut state, Event::Chat { at: Moment(3), event });
    state
}

fn turn_of(effects: &[Effect]) -> Option<TurnId> {
    effects.iter().find_map(|effect| match effect {
        Effect::StartTurn { turn, .. } => Some(*turn),
        _ => None,
    })
}

fn say(state: &mut State) -> TurnId {
    let command = Command::Chat(ChatCommand::Submit { text: "go".into(), attachments: vec![] });
    turn_of(&happen(state, |at| Event::Command { at, command })).unwrap()
}

/// The model asks for these calls of `files`: tool and arguments.
fn wants(state: &mut State, turn: TurnId, calls: &[(&str, &str)]) -> Vec<Effect> {
    let mut deltas = Vec::new();
    for (index, (tool, arguments)) in calls.iter().enumerate() {
        deltas.push(Delta::ToolCallStart { index, id: format!("c{index}"), name: format!("files__{tool}") });
        deltas.push(Delta::ToolArguments { index, text: (*arguments).into() });
        deltas.push(Delta::ToolCallEnd { index, native: None });
    }
    deltas.push(Delta::Stop(StopReason::ToolUse));
    happen(state, |at| Event::Llm { turn, at, deltas })
}

fn asked(state: &State) -> Vec<(QuestionId, ApprovalRequest)> {
    let request = |question: &Question| match &question.body {
        QuestionBody::Approval(request) => Some((question.id, (**request).clone())),
        _ => None,
    };
    state.questions.iter().filter_map(request).collect()
}

fn answer(state: &mut State, answer: ApprovalAnswer) -> Vec<Effect> {
    let (question, _) = asked(state).first().cloned().unwrap();
    let command = Command::Answer { question, answer: Answer::Approval(answer) };
    happen(state, |at| Event::Command { at, command })
}

fn allow(state: &mut State, scope: Scope) -> Vec<Effect> {
    answer(state, ApprovalAnswer::Allow { scope, edited: None })
}

fn deny(state: &mut State, message: Option<&str>, rest_of_turn: bool) -> Vec<Effect> {
    answer(state, ApprovalAnswer::Deny { message: message.map(str::to_owned), rest_of_turn })
}

/// The decisions among these effects, with the arguments that go with them.
fn decided_to_run(effects: &[Effect]) -> Vec<(&Ruling, &RawJson, CallId)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::RunDecided { ruling, operation: Operation::CallTool { arguments, .. }, call, .. } => {
                Some((&**ruling, arguments, *call))
            }
            _ => None,
        })
        .collect()
}

fn denials(effects: &[Effect]) -> Vec<&Ruling> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::KeepRuling { ruling, .. } => Some(&**ruling),
            _ => None,
        })
        .collect()
}

fn states(state: &State) -> Vec<ModelCallState> {
    let calls = state.chat.conversation.entries.iter().filter_map(|entry| match &entry.body {
        Body::Call(call) => Some(call.state),
        _ => None,
    });
    calls.collect()
}

/// What the model was told last of a call.
fn told(state: &State) -> String {
    let results = state.chat.conversation.entries.iter().rev().find_map(|entry| match &entry.body {
        Body::Call(call) => call.result.as_ref(),
        _ => None,
    });
    format!("{:?}", results.unwrap().content)
}

fn kept(state: &mut State, effects: &[Effect], kept: Result<(), String>) -> Vec<Effect> {
    let mut out = Vec::new();
    for effect in effects {
        if let Effect::RunDecided { server, call, operation, .. } = effect {
            let (server, call, operation) = (*server, *call, operation.clone());
            out.extend(happen(state, |at| Event::Ruled { at, server, call, operation, kept: kept.clone() }));
        }
    }
    out
}

#[test]
fn a_person_is_asked_with_the_facts() {
    let mut state = world();
    let turn = say(&mut state);
    let effects = wants(&mut state, turn, &[("rm", r#"{"path": "/tmp/a"}"#)]);
    assert!(decided_to_run(&effects).is_empty());
    let (id, request) = asked(&state).remove(0);
    assert!(id.is_ours());
    assert_eq!((request.server.as_str(), request.tool.as_str()), ("files", "rm"));
    assert_eq!(request.origin, "files --token [secret]", "no secret on the screen");
    assert_eq!(request.arguments.as_str(), r#"{"path": "/tmp/a"}"#);
    assert_eq!(request.reason, "default: ask; no rule matches files/rm");
    assert_eq!((request.turn, request.pin, request.last), (1, PinState::New, None));
    assert!(matches!(states(&state)[..], [ModelCallState::Asking(question)] if question == id));
}

#[test]
fn an_allowed_call_is_sent_once_its_decision_is_kept_and_not_before() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"path":"/tmp/a"}"#)]);
    let effects = allow(&mut state, Scope::Once);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Run { .. })), "{effects:?}");
    let (ruling, arguments, call) = decided_to_run(&effects)[0];
    assert_eq!((ruling.allowed, ruling.by), (true, Decider::Person));
    assert_eq!(ruling.arguments, Fingerprint::of_json(arguments));
    let effects = kept(&mut state, &effects.clone(), Ok(()));
    assert!(matches!(&effects[..], [Effect::Run { call: sent, .. }] if *sent == call));
    assert!(kept(&mut state, &[], Ok(())).is_empty());
}

#[test]
fn a_decision_that_cannot_be_kept_lets_nothing_run() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    let effects = allow(&mut state, Scope::Once);
    let effects = kept(&mut state, &effects, Err("disk full".into()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Run { .. })));
    assert_eq!(states(&state), [ModelCallState::Failed]);
    assert!(told(&state).contains("could not be written to the journal (disk full)"), "{}", told(&state));
    assert!(state.notices.back().unwrap().text.contains("disk full"));
}

#[test]
fn stopped_while_its_decision_is_being_kept_it_is_never_sent() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    let effects = allow(&mut state, Scope::Once);
    let command = Command::Chat(ChatCommand::Stop);
    happen(&mut state, |at| Event::Command { at, command });
    assert_eq!(kept(&mut state, &effects, Ok(())).iter().filter(|e| matches!(e, Effect::Run { .. })).count(), 0);
    assert_eq!(states(&state), [ModelCallState::Cancelled]);
}

#[test]
fn each_answer_does_what_it_says() {
    let one = r#"{"path":"/tmp/a"}"#;
    let like = |glob: &str| ArgumentPattern::Like { members: vec![("path".into(), Glob::new(glob))], only: true };
    // The scope, the next call, and whether that is asked about again.
    for (scope, tool, arguments, again) in [
        (Scope::Once, "rm", one, true),
        (Scope::Conversation, "rm", r#"{"path":"/etc"}"#, false),
        (Scope::Conversation, "ls", one, true),
        (Scope::These(ArgumentPattern::Exactly(json(one))), "rm", r#"{ "path" : "/tmp/a" }"#, false),
        (Scope::These(ArgumentPattern::Exactly(json(one))), "rm", r#"{"path":"/tmp/b"}"#, true),
        (Scope::These(like("/tmp/*")), "rm", r#"{"path":"/tmp/b"}"#, false),
        (Scope::These(like("/tmp/*")), "rm", r#"{"path":"/tmp/../etc"}"#, true),
        (Scope::These(like("/tmp/*")), "rm", r#"{"path":"/tmp/b","force":true}"#, true),
        (Scope::Always(ArgumentPattern::Any), "rm", r#"{"path":"/etc"}"#, false),
        (Scope::Always(like("/tmp/*")), "rm", r#"{"path":"/etc"}"#, true),
    ] {
        let mut state = world();
        let turn = say(&mut state);
        wants(&mut state, turn, &[("rm", one)]);
        let effects = allow(&mut state, scope.clone());
        let rules: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::SaveRule(_))).collect();
        assert_eq!(rules.len(), usize::from(matches!(scope, Scope::Always(_))), "{scope:?}");
        let turn = finish(&mut state, &effects);
        let effects = wants(&mut state, turn, &[(tool, arguments)]);
        assert_eq!(asked(&state).len(), usize::from(again), "{scope:?} {tool} {arguments}");
        for (ruling, ..) in decided_to_run(&effects) {
            assert_eq!(ruling.by, Decider::Grant);
            assert!(ruling.reason.starts_with("allowed for this conversation"), "{}", ruling.reason);
        }
    }
}

/// Lets the calls of these effects end well; the model's next request.
fn finish(state: &mut State, effects: &[Effect]) -> TurnId {
    let calls: Vec<CallId> = decided_to_run(effects).iter().map(|(.., call)| *call).collect();
    kept(state, effects, Ok(()));
    let mut last = Vec::new();
    for call in calls {
        let event = SessionEvent::Finished { call, outcome: Ok(json(r#"{"content":[]}"#)) };
        last = happen(state, |at| Event::Session { server: FILES, at, event });
    }
    turn_of(&last).unwrap()
}

#[test]
fn a_no_reaches_the_model_with_its_reason_and_is_kept() {
    for (message, rest, said) in
        [(None, false, "The person denied this call."), (Some("not in /tmp"), false, "says: not in /tmp")]
    {
        let mut state = world();
        let turn = say(&mut state);
        wants(&mut state, turn, &[("rm", "{}")]);
        let effects = deny(&mut state, message, rest);
        assert!(decided_to_run(&effects).is_empty());
        assert_eq!(denials(&effects)[0].by, Decider::Person);
        assert_eq!(states(&state), [ModelCallState::Denied]);
        assert!(told(&state).contains(said), "{}", told(&state));
        assert!(turn_of(&effects).is_some(), "the model goes on");
    }
    // Whatever is no yes is a no.
    for other in [Answer::Decline, Answer::Cancel] {
        let mut state = world();
        let turn = say(&mut state);
        wants(&mut state, turn, &[("rm", "{}")]);
        let (question, _) = asked(&state).remove(0);
        happen(&mut state, |at| Event::Command { at, command: Command::Answer { question, answer: other } });
        assert_eq!(states(&state), [ModelCallState::Denied]);
    }
    // A yes to another kind of question is no answer.
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    let (question, _) = asked(&state).remove(0);
    let answer = Answer::Accept(json("{}"));
    happen(&mut state, |at| Event::Command { at, command: Command::Answer { question, answer } });
    assert_eq!(asked(&state).len(), 1);
}

#[test]
fn parallel_calls_queue_and_one_no_can_end_them_all_until_the_person_speaks_again() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"n":1}"#), ("rm", r#"{"n":2}"#), ("ls", r#"{"n":3}"#)]);
    assert_eq!(asked(&state).len(), 3);
    let effects = deny(&mut state, None, true);
    assert_eq!((asked(&state).len(), denials(&effects).len()), (0, 3));
    let effects = wants(&mut state, turn_of(&effects).unwrap(), &[("ls", "{}")]);
    assert_eq!(asked(&state).len(), 0);
    assert!(told(&state).contains("denied all further calls of this turn"));
    let turn = turn_of(&effects).unwrap();
    happen(&mut state, |at| Event::Llm { turn, at, deltas: vec![Delta::Stop(StopReason::EndTurn)] });
    let turn = say(&mut state);
    wants(&mut state, turn, &[("ls", "{}")]);
    assert_eq!(asked(&state).len(), 1);
}

#[test]
fn an_answer_for_the_conversation_answers_those_that_wait_too() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"n":1}"#), ("rm", r#"{"n":2}"#), ("ls", r#"{"n":3}"#)]);
    let effects = allow(&mut state, Scope::Conversation);
    assert_eq!(decided_to_run(&effects).len(), 2);
    let left = asked(&state);
    assert_eq!((left.len(), left[0].1.tool.as_str()), (1, "ls"));
}

#[test]
fn edited_arguments_are_sent_said_and_hashed() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"path":"/"}"#)]);
    let edited = json(r#"{"path":"/tmp/a"}"#);
    let effects = answer(&mut state, ApprovalAnswer::Allow { scope: Scope::Once, edited: Some(edited.clone()) });
    let (ruling, arguments, _) = decided_to_run(&effects)[0];
    assert_eq!((arguments, ruling.edited, ruling.arguments), (&edited, true, Fingerprint::of_json(&edited)));
    let call = state.chat.conversation.entries.iter().find_map(|entry| match &entry.body {
        Body::Call(call) => Some(call),
        _ => None,
    });
    assert!(call.unwrap().edited && call.unwrap().arguments == edited);
}

#[test]
fn a_definition_that_changes_while_a_person_is_asked_is_not_what_they_allowed() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    listed(&mut state, r#"{"readOnlyHint":true}"#);
    let effects = allow(&mut state, Scope::Conversation);
    assert!(decided_to_run(&effects).is_empty());
    assert!(told(&state).contains("its definition changed"), "{}", told(&state));
    assert!(state.approvals.grants.is_empty() && state.approvals.pins.is_empty());
}

#[test]
fn a_changed_definition_voids_what_was_allowed_and_the_question_says_so() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"n":1}"#)]);
    let effects = allow(&mut state, Scope::Always(ArgumentPattern::Any));
    let Some(Effect::SaveRule(rule)) = effects.iter().find(|effect| matches!(effect, Effect::SaveRule(_))) else {
        panic!("a rule is saved: {effects:?}");
    };
    let source = Source::File { file: "policy.toml".into(), number: 1 };
    let saved = Ok(Box::new(Rule { source, ..(**rule).clone() }));
    happen(&mut state, |at| Event::RuleSaved { at, saved });
    let turn = finish(&mut state, &effects);
    let effects = wants(&mut state, turn, &[("rm", r#"{"n":2}"#)]);
    assert_eq!(decided_to_run(&effects)[0].0.reason, "rule 1 of policy.toml allows files/rm");
    let turn = finish(&mut state, &effects);
    listed(&mut state, r#"{"title":"new"}"#);
    wants(&mut state, turn, &[("rm", r#"{"n":3}"#)]);
    let (_, request) = asked(&state).remove(0);
    assert!(request.void.unwrap().contains("rule 1 of policy.toml is void"));
    assert!(matches!(request.pin, PinState::Changed(_)));
    assert_eq!(request.last.unwrap().as_str(), r#"{"n":1}"#, "the last one that a person approved");
}

#[test]
fn what_is_allowed_in_one_conversation_is_not_in_the_next() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    let effects = allow(&mut state, Scope::Conversation);
    finish(&mut state, &effects);
    happen(&mut state, |at| Event::Command { at, command: Command::Chat(ChatCommand::New) });
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", "{}")]);
    assert_eq!(asked(&state).len(), 1);
}

#[test]
fn where_nobody_is_asked_the_flag_decides_and_says_what_to_do() {
    let lies = r#"{"readOnlyHint":true}"#;
    for (asking, trusted, annotations, runs, said) in [
        (
            Asking::DenyAll,
            false,
            "{}",
            false,
            "nobody is there to ask (default: ask; no rule matches files/rm): allow it by a rule for files/rm in policy.toml, or by --approve all",
        ),
        (Asking::AllowAll, false, "{}", true, "--approve all (default: ask"),
        (Asking::ReadOnly, false, "{}", false, "it does not claim to be"),
        (Asking::ReadOnly, false, lies, false, "files is not trusted"),
        (Asking::ReadOnly, true, lies, true, "--approve read-only"),
    ] {
        let mut state = world();
        state.approvals.asking = asking;
        state.sessions[0].spec.trusted = trusted;
        listed(&mut state, annotations);
        let turn = say(&mut state);
        let effects = wants(&mut state, turn, &[("rm", "{}")]);
        assert!(asked(&state).is_empty());
        let found: Vec<&Ruling> = decided_to_run(&effects).into_iter().map(|(ruling, ..)| ruling).collect();
        let found = if runs { found } else { denials(&effects) };
        assert!(found[0].reason.contains(said), "{}", found[0].reason);
        assert_eq!((found[0].allowed, found[0].by), (runs, Decider::Flag));
    }
    // A rule that denies is above the flag.
    let mut state = world();
    state.approvals.asking = Asking::AllowAll;
    state.approvals.policy.rules.push(Rule {
        verdict: Verdict::Deny,
        claims: ClaimCondition::default(),
        ..Rule::read_only()
    });
    let turn = say(&mut state);
    let effects = wants(&mut state, turn, &[("rm", "{}")]);
    assert_eq!(denials(&effects)[0].by, Decider::Policy);
}

#[test]
fn a_turn_that_is_stopped_asks_no_more() {
    let mut state = world();
    let turn = say(&mut state);
    wants(&mut state, turn, &[("rm", r#"{"n":1}"#), ("rm", r#"{"n":2}"#)]);
    let (question, _) = asked(&state).remove(0);
    happen(&mut state, |at| Event::Command { at, command: Command::Chat(ChatCommand::Stop) });
    assert!(asked(&state).is_empty());
    let late = Answer::Approval(ApprovalAnswer::Allow { scope: Scope::Once, edited: None });
    let command = Command::Answer { question, answer: late };
    assert_eq!(happen(&mut state, |at| Event::Command { at, command }), vec![]);
}

/// Something that can happen while calls are asked about.
#[derive(Clone, Debug)]
enum Step {
    Want(u8),
    Answer(u8),
    Keep(bool),
    Change(bool),
    Stop,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u8..4).prop_map(Step::Want),
        (0_u8..6).prop_map(Step::Answer),
        any::<bool>().prop_map(Step::Keep),
        any::<bool>().prop_map(Step::Change),
        Just(Step::Stop),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_call_of_a_model_is_sent_before_a_decision_about_exactly_it_is_kept(steps in steps()) {
        let mut state = world();
        let mut turn = None;
        // Decisions on their way to the disk, and those that arrived: call, fingerprint.
        let mut written: Vec<Effect> = Vec::new();
        let mut durable: Vec<(CallId, Fingerprint)> = Vec::new();
        for step in steps {
            let effects = match step {
                Step::Want(n) => {
                    let turn = match turn.take() {
                        Some(turn) => turn,
                        None if state.chat.turn.is_none() => say(&mut state),
                        None => continue,
                    };
                    let first = format!(r#"{{"n":{n}}}"#);
                    wants(&mut state, turn, &[("rm", &first), ("ls", r#"{"n":9}"#)])
                }
                Step::Answer(n) => {
                    if asked(&state).is_empty() {
                        continue;
                    }
                    match n {
                        0 => allow(&mut state, Scope::Once),
                        1 => allow(&mut state, Scope::Conversation),
                        2 => answer(&mut state, ApprovalAnswer::Allow { scope: Scope::Once, edited: Some(json(r#"{"e":1}"#)) }),
                        3 => allow(&mut state, Scope::Always(ArgumentPattern::Any)),
                        4 => deny(&mut state, None, true),
                        _ => deny(&mut state, Some("no"), false),
                    }
                }
                Step::Keep(good) => {
                    let waiting = std::mem::take(&mut written);
                    if good {
                        durable.extend(decided_to_run(&waiting).iter().map(|(ruling, _, call)| (*call, ruling.arguments)));
                    }
                    kept(&mut state, &waiting, if good { Ok(()) } else { Err("full".into()) })
                }
                Step::Change(one) => {
                    listed(&mut state, if one { "{}" } else { r#"{"title":"x"}"# });
                    continue;
                }
                Step::Stop => happen(&mut state, |at| Event::Command { at, command: Command::Chat(ChatCommand::Stop) }),
            };
            turn = turn_of(&effects).or(turn);
            for effect in &effects {
                if let Effect::Run { call, operation: Operation::CallTool { arguments, .. }, .. } = effect {
                    let wanted = (*call, Fingerprint::of_json(arguments));
                    prop_assert!(durable.contains(&wanted), "sent and not decided about: {effect:?}");
                }
                if let Effect::RunDecided { ruling, operation: Operation::CallTool { arguments, .. }, .. } = effect {
                    prop_assert!(ruling.allowed);
                    prop_assert_eq!(ruling.arguments, Fingerprint::of_json(arguments));
                }
            }
            written.extend(effects.into_iter().filter(|effect| matches!(effect, Effect::RunDecided { .. })));
            if state.chat.turn.is_none() {
                turn = None;
            }
        }
    }
}
