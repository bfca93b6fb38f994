//! A conversation as a screen leads it: the same commands, a person's answers to every kind of question, real servers,
//! and a provider that plays bytes.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[expect(dead_code, reason = "no provider goes silent here")]
#[path = "support/provider.rs"]
mod provider;

use std::time::{Duration, Instant};

use mcp_tui::app::chat::ChatCommand;
use mcp_tui::app::{Command, Draft, State};
use mcp_tui::model::approval::{ApprovalAnswer, Asking, Scope};
use mcp_tui::model::chat::Dialect;
use mcp_tui::model::conversation::{Body, ModelCallState};
use mcp_tui::model::form::Form;
use mcp_tui::model::id::ServerId;
use mcp_tui::model::json::RawJson;
use mcp_tui::model::provider::{Key, ProviderSpec};
use mcp_tui::model::question::{Answer, Question, QuestionBody};
use mcp_tui::model::record::Body as Line;
use mcp_tui::model::server::{Launch, Offers, ServerSpec};
use mcp_tui::runtime::{Options, Runtime};
use provider::{Provider, every_question};

const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until it holds.
async fn until(runtime: &mut Runtime, what: &str, holds: impl Fn(&State) -> bool) {
    let start = Instant::now();
    while !holds(runtime.state()) {
        let left = DEADLINE.checked_sub(start.elapsed()).unwrap_or_else(|| panic!("never: {what}"));
        tokio::time::timeout(left, runtime.next()).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

/// A run with two demo servers that may ask for anything, and this provider.
async fn run(provider: &Provider, dir: &std::path::Path) -> Runtime {
    let mut spec = ProviderSpec::new("fake", Dialect::ChatCompletions, Key::None);
    (spec.base_url, spec.model) = (provider.url.clone(), Some("m".into()));
    let mut runtime = Runtime::start(Options {
        journal: Some(dir.join("journal.jsonl")),
        conversations: Some(dir.join("conversations")),
        providers: vec![Ok(spec)],
        asking: Asking::Person,
        auto_list: true,
        ..Options::default()
    })
    .unwrap();
    for (index, name) in ["one", "two"].into_iter().enumerate() {
        let file = dir.join(format!("{name}.json")).display().to_string();
        let launch = Launch::Stdio {
            command: env!("CARGO_BIN_EXE_mcp-tui").into(),
            args: ["demo-server", "--file", &file].map(String::from).into(),
            env: vec![],
            cwd: None,
        };
        let mut spec = ServerSpec::new(name, launch);
        spec.offers = Offers { elicitation: true, sampling: true, roots: false };
        runtime.dispatch(Command::AddServer(spec));
        runtime.dispatch(Command::Connect(ServerId(index as u16)));
    }
    until(&mut runtime, "the tools of both", |state| {
        state.sessions.iter().all(|session| session.is_ready() && session.tools.items.len() == 7)
    })
    .await;
    runtime
}

/// What a person at the screen says; `None`: they wait for the model's draft.
fn answer(state: &State, question: &Question, seen: &mut Vec<&'static str>) -> Option<Command> {
    let answer = |answer| Some(Command::Answer { question: question.id, answer });
    match &question.body {
        QuestionBody::Approval(request) if request.tool == "list_bookmarks" => {
            seen.push("denied");
            let message = Some("not the whole list".to_owned());
            answer(Answer::Approval(ApprovalAnswer::Deny { message, rest_of_turn: false }))
        }
        QuestionBody::Approval(_) => {
            seen.push("allowed");
            answer(Answer::Approval(ApprovalAnswer::Allow { scope: Scope::Once, edited: None }))
        }
        QuestionBody::Form { schema, .. } => {
            seen.push("form");
            answer(Answer::Accept(Form::read(schema).unwrap().minimal()))
        }
        QuestionBody::Sampling { params } => match state.drafts.get(&question.id) {
            None => Some(Command::Sample { question: question.id, params: params.clone() }),
            Some(Draft::Writing) => None,
            Some(Draft::Written(draft)) => {
                seen.push("reviewed");
                // The person looks at it, and changes a word.
                answer(Answer::Accept(RawJson::parse(draft.as_str().replace("beta", "gamma")).unwrap()))
            }
            Some(Draft::Failed(why)) => panic!("{why}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn parallel_calls_of_two_servers_with_every_kind_of_question_inside() {
    let provider = Provider::start(every_question());
    let dir = tempfile::tempdir().unwrap();
    let mut runtime = run(&provider, dir.path()).await;
    runtime.dispatch(Command::Chat(ChatCommand::Submit { text: "go".into(), attachments: vec![] }));
    let mut seen = Vec::new();
    let start = Instant::now();
    while runtime.state().chat.turn.is_some() {
        let question = runtime.state().questions.front().cloned();
        let command = question.and_then(|question| answer(runtime.state(), &question, &mut seen));
        if let Some(command) = command {
            runtime.dispatch(command);
            continue;
        }
        let left = DEADLINE.checked_sub(start.elapsed()).expect("the turn ends");
        tokio::time::timeout(left, runtime.next()).await.expect("the turn ends");
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["allowed", "denied", "form", "reviewed"]);
    let state = runtime.state();
    let states: Vec<(String, ModelCallState)> = state
        .chat
        .conversation
        .entries
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Call(call) => Some((call.call.id.clone(), call.state)),
            _ => None,
        })
        .collect();
    let expected = [
        ("c1", ModelCallState::Done),
        ("c2", ModelCallState::Denied),
        ("c3", ModelCallState::Done),
        ("c4", ModelCallState::Done),
    ];
    assert_eq!(states, expected.map(|(id, state)| (id.to_owned(), state)));
    let asked = provider.asked();
    assert_eq!(asked.len(), 3);
    let told = asked[2]["messages"].to_string();
    assert!(told.contains("not the whole list") && told.contains("gamma") && !told.contains("beta\""), "{told}");
    assert!(state.questions.is_empty());
    // What the server had written was paid for, too.
    assert_eq!(state.chat.conversation.sampled.len(), 1);
    assert_eq!(state.chat.conversation.sampled[0].usage.input, 11);
    runtime.shutdown().await;
    // Each call that went out had its decision written down before.
    let mut ruled = 0;
    let mut sent = 0;
    mcp_tui::journal::scan_file(&dir.path().join("journal.jsonl"), |record| {
        ruled += usize::from(record.ruling.as_ref().is_some_and(|ruling| ruling.allowed));
        let call = matches!(&record.body, Line::Msg(text) if text.contains("\"method\":\"tools/call\""));
        sent += usize::from(call && ruled == 0);
        true
    })
    .unwrap();
    assert_eq!((ruled, sent), (3, 0));
}
