//! Tables over `update`: one behaviour a test.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;
use crate::app::Level;
use crate::model::call::{CallState, Failure, ListKind, Operation};
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use crate::model::server::{Launch, ServerSpec};
use crate::model::session::{DownReason, Item, ListState, Negotiated, Status};

const A: ServerId = ServerId(0);

fn spec() -> ServerSpec {
    let launch = Launch::Stdio { command: "x".into(), args: vec![], env: vec![], cwd: None };
    ServerSpec::new("a", launch)
}

fn negotiated(capabilities: &str) -> Negotiated {
    Negotiated {
        revision: "2025-11-25".into(),
        modern: false,
        transport: "stdio",
        server_info: None,
        capabilities: RawJson::parse(capabilities.to_owned()).unwrap(),
        instructions: None,
        peer: "pid 1".into(),
        took: 1,
    }
}

fn command(state: &mut State, command: Command) -> Vec<Effect> {
    update(state, Event::Command { at: Moment(1), command })
}

fn report(state: &mut State, event: SessionEvent) -> Vec<Effect> {
    update(state, Event::Session { server: A, at: Moment(2), event })
}

fn ready(auto_list: bool) -> State {
    let mut state = State { auto_list, ..State::default() };
    command(&mut state, Command::AddServer(spec()));
    command(&mut state, Command::Connect(A));
    report(&mut state, SessionEvent::Connected(negotiated(r#"{"tools":{},"prompts":{}}"#)));
    state
}

fn tool(name: &str) -> Item {
    let raw = format!(r#"{{"name":"{name}","inputSchema":{{}},"x":1}}"#);
    Item::read(ListKind::Tools, RawJson::parse(raw).unwrap())
}

fn call_tool(name: &str) -> Operation {
    Operation::CallTool { name: name.into(), arguments: RawJson::parse("{}".to_owned()).unwrap() }
}

#[test]
fn connecting_twice_starts_one_session() {
    let mut state = State::default();
    command(&mut state, Command::AddServer(spec()));
    let first = command(&mut state, Command::Connect(A));
    assert_eq!(first, vec![Effect::Connect { server: A, spec: Box::new(spec()) }]);
    assert_eq!(command(&mut state, Command::Connect(A)), vec![]);
}

#[test]
fn a_fresh_connection_fetches_only_what_the_server_offers() {
    let state = ready(true);
    let listed: Vec<_> = state.calls.values().map(|call| call.operation.clone()).collect();
    assert_eq!(listed, vec![Operation::List(ListKind::Tools), Operation::List(ListKind::Prompts)]);
    assert_eq!(state.sessions[0].resources.state, ListState::Unsupported);
}

#[test]
fn one_malformed_tool_is_one_bad_row() {
    let mut state = ready(true);
    let bad = Item::read(ListKind::Tools, RawJson::parse(r#"{"title":"no name"}"#.to_owned()).unwrap());
    report(&mut state, SessionEvent::Listed { kind: ListKind::Tools, items: vec![tool("t"), bad], cut: None });
    assert_eq!(state.sessions[0].tools.items.len(), 2);
    assert_eq!(state.sessions[0].tools.items[1].key(), None);
    assert!(state.notices.back().unwrap().text.contains("1 malformed"));
}

#[test]
fn a_failed_list_does_not_touch_the_connection() {
    let mut state = ready(true);
    let outcome = Err(Failure::Rpc { code: -32603, message: "no".into(), data: None });
    report(&mut state, SessionEvent::Finished { call: CallId(0), outcome });
    assert!(matches!(&state.sessions[0].tools.state, ListState::Failed(why) if why.contains("-32603")));
    assert_eq!(state.sessions[0].status, Status::Ready);
}

#[test]
fn what_a_dead_server_offered_stays() {
    let mut state = ready(true);
    report(&mut state, SessionEvent::Listed { kind: ListKind::Tools, items: vec![tool("t")], cut: None });
    let reason = DownReason::Exited { status: "exited with status 1".into(), clean: false };
    report(&mut state, SessionEvent::Down { reason, retry_at: None });
    assert_eq!(state.sessions[0].tools.items.len(), 1);
    assert_eq!(state.sessions[0].tools.state, ListState::Stale);
    assert!(state.sessions[0].negotiated.is_some());
}

#[test]
fn a_call_to_a_server_that_is_down_fails_at_once_and_sends_nothing() {
    let mut state = ready(false);
    report(&mut state, SessionEvent::Down { reason: DownReason::Lost("gone".into()), retry_at: None });
    let id = CallId(state.next_call);
    assert_eq!(command(&mut state, Command::Start { server: A, operation: call_tool("t") }), vec![]);
    assert!(matches!(&state.calls[&id].state, CallState::Failed(Failure::Unreachable(why)) if why.contains("restart")));
}

#[test]
fn a_cancelled_call_is_cancelled_once_and_ends_when_the_session_says_so() {
    let mut state = ready(false);
    let id = CallId(state.next_call);
    command(&mut state, Command::Start { server: A, operation: call_tool("t") });
    assert_eq!(command(&mut state, Command::Cancel(id)), vec![Effect::Cancel { server: A, call: id }]);
    assert_eq!(command(&mut state, Command::Cancel(id)), vec![]);
    assert!(state.calls[&id].is_open());
    report(&mut state, SessionEvent::Finished { call: id, outcome: Err(Failure::Cancelled("by you".into())) });
    assert!(!state.calls[&id].is_open());
}

#[test]
fn the_first_outcome_of_a_call_stands() {
    let mut state = ready(false);
    let id = CallId(state.next_call);
    command(&mut state, Command::Start { server: A, operation: call_tool("t") });
    let ok = RawJson::parse(r#"{"content":[]}"#.to_owned()).unwrap();
    report(&mut state, SessionEvent::Finished { call: id, outcome: Ok(ok.clone()) });
    report(&mut state, SessionEvent::Finished { call: id, outcome: Err(Failure::Cancelled("late".into())) });
    assert_eq!(state.calls[&id].state, CallState::Done(ok));
}

#[test]
fn a_change_during_a_fetch_is_fetched_again() {
    let mut state = ready(true);
    let effects = report(&mut state, SessionEvent::ListChanged(ListKind::Tools));
    assert_eq!(effects.len(), 1);
    report(&mut state, SessionEvent::Listed { kind: ListKind::Prompts, items: vec![], cut: None });
    let effects = report(&mut state, SessionEvent::ListChanged(ListKind::Prompts));
    assert!(matches!(&effects[..], [Effect::Run { operation: Operation::List(ListKind::Prompts), .. }]));
}

#[test]
fn calls_are_trimmed_but_never_while_they_run() {
    let mut state = ready(false);
    for _ in 0..300 {
        let id = CallId(state.next_call);
        command(&mut state, Command::Start { server: A, operation: call_tool("t") });
        if id.0 != 0 {
            report(&mut state, SessionEvent::Finished { call: id, outcome: Err(Failure::Cancelled(String::new())) });
        }
    }
    assert!(state.calls.len() <= crate::app::state::CALLS_KEPT);
    assert!(state.calls.contains_key(&CallId(0)), "the running one stays");
}

#[test]
fn what_became_different_is_said_once_and_kept() {
    let mut state = ready(false);
    let listed = |state: &mut State, names: &[&str]| {
        let items = names.iter().map(|name| tool(name)).collect();
        report(state, SessionEvent::Listed { kind: ListKind::Tools, items, cut: None });
    };
    listed(&mut state, &["a", "b"]);
    assert!(state.notices.is_empty(), "the first fetch has nothing to compare with");
    listed(&mut state, &["b", "a"]);
    assert!(state.notices.is_empty(), "another order is no news");
    listed(&mut state, &["b", "c"]);
    assert_eq!(state.notices.pop_back().unwrap().text, "a: tools changed: +c −a");
    listed(&mut state, &["b", "c"]);
    assert!(state.notices.is_empty());
    assert_eq!(state.sessions[0].tools.change.as_ref().unwrap().added, ["c"]);
}

#[test]
fn a_changed_resource_is_marked_until_it_is_read() {
    let mut state = ready(false);
    for _ in 0..2 {
        report(&mut state, SessionEvent::ResourceUpdated("a:1".into()));
    }
    assert_eq!(state.notices.len(), 1, "once is enough");
    assert!(state.sessions[0].updated.contains("a:1"));
    let read = Operation::ReadResource { uri: "a:1".into() };
    state.notice(Level::Info, Some(A), "something else");
    command(&mut state, Command::Start { server: A, operation: read.clone() });
    assert!(state.sessions[0].updated.is_empty());
    assert_eq!(state.notices.len(), 1, "what is read is no news any more");
    assert_eq!(state.notices[0].text, "something else");
    // What changes while it is read is news again.
    report(&mut state, SessionEvent::ResourceUpdated("a:1".into()));
    assert_eq!(state.notices.len(), 2);
    command(&mut state, Command::Start { server: A, operation: read });
    assert_eq!(state.notices.len(), 1);
}

#[test]
fn subscriptions_outlive_a_connection_as_long_as_the_server_agrees() {
    let mut state = ready(false);
    let finish = |state: &mut State, outcome| {
        let call = *state.calls.keys().next_back().unwrap();
        report(state, SessionEvent::Finished { call, outcome });
    };
    let subscribe = Operation::Subscribe { uri: "a:1".into() };
    command(&mut state, Command::Start { server: A, operation: subscribe.clone() });
    finish(&mut state, Ok(RawJson::empty_object()));
    assert!(state.sessions[0].subscribed.contains("a:1"));
    let effects = report(&mut state, SessionEvent::Connected(negotiated("{}")));
    assert!(matches!(&effects[..], [Effect::Run { operation, .. }] if *operation == subscribe), "{effects:?}");
    finish(&mut state, Err(Failure::Refused("no".into())));
    assert!(state.sessions[0].subscribed.is_empty());
    assert!(state.notices.back().unwrap().text.contains("a:1"));
}

#[test]
fn that_a_server_was_gone_is_no_news_once_it_is_back() {
    let mut state = ready(false);
    let down = || SessionEvent::Down {
        reason: DownReason::Exited { status: "exited with status 1".into(), clean: false },
        retry_at: None,
    };
    report(&mut state, down());
    report(&mut state, SessionEvent::Warning("odd".into()));
    state.notice(Level::Error, None, "recording stopped");
    state.notice(Level::Error, Some(ServerId(1)), "b: exited");
    report(&mut state, SessionEvent::Connected(negotiated("{}")));
    let left: Vec<&str> = state.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert_eq!(left, ["a: odd", "recording stopped", "b: exited"]);
}

#[test]
fn a_muted_server_is_declined_unseen_and_says_nothing_on_top() {
    let question = |number| Question {
        id: QuestionId { server: A, number },
        at: Moment(2),
        call: None,
        body: QuestionBody::Url { message: "m".into(), url: "https://example.com".into() },
    };
    let declined = |number| Effect::Answer { question: question(number).id, answer: Answer::Decline };
    let mut state = ready(false);
    report(&mut state, SessionEvent::Asked(question(1)));
    report(&mut state, SessionEvent::Asked(question(2)));
    let mute = |muted| Command::Mute { server: A, muted };
    assert_eq!(command(&mut state, mute(true)), [declined(1), declined(2)], "what it has asked");
    assert_eq!(command(&mut state, mute(true)), [], "once is enough");
    assert_eq!(report(&mut state, SessionEvent::Asked(question(3))), [declined(3)], "and what it asks now");
    assert!(state.questions.is_empty());
    assert_eq!(state.sessions[0].muted, Some(3));
    let said = state.notices.len();
    report(&mut state, SessionEvent::Warning("again and again".into()));
    assert_eq!(state.notices.len(), said);
    command(&mut state, mute(false));
    assert!(state.notices.back().unwrap().text.ends_with("heard again; 3 questions were declined"));
    assert_eq!(report(&mut state, SessionEvent::Asked(question(4))), []);
    assert_eq!(state.questions.len(), 1);
    let down = SessionEvent::Down { reason: DownReason::Lost("x".into()), retry_at: None };
    command(&mut state, mute(true));
    report(&mut state, down);
    assert_eq!(state.notices.back().unwrap().level, Level::Error, "that it is gone is said of a muted one too");
}

#[test]
fn what_is_new_in_a_list_is_the_newest_notice_and_what_is_wrong_is_said_once() {
    let listed = |items: Vec<Item>| SessionEvent::Listed { kind: ListKind::Tools, items, cut: None };
    let bad = || Item::read(ListKind::Tools, RawJson::parse("7".to_owned()).unwrap());
    let mut state = ready(false);
    report(&mut state, listed(vec![tool("a"), bad()]));
    assert!(state.notices.back().unwrap().text.contains("1 malformed"));
    report(&mut state, listed(vec![tool("a"), tool("b"), bad()]));
    assert!(state.notices.back().unwrap().text.contains("tools changed"), "{:?}", state.notices);
    assert_eq!(state.notices.len(), 2);
    report(&mut state, listed(vec![tool("a"), tool("c"), bad(), bad()]));
    assert!(state.notices.back().unwrap().text.contains("tools changed"));
    assert_eq!(state.notices.len(), 4);
}

#[test]
fn a_cancelled_call_takes_its_questions_with_it() {
    let mut state = ready(false);
    let id = CallId(state.next_call);
    command(&mut state, Command::Start { server: A, operation: call_tool("t") });
    let question = |number, call| Question {
        id: QuestionId { server: A, number },
        at: Moment(2),
        call,
        body: QuestionBody::Url { message: "m".into(), url: "https://example.com".into() },
    };
    report(&mut state, SessionEvent::Asked(question(1, Some(id))));
    report(&mut state, SessionEvent::Asked(question(2, None)));
    let effects = command(&mut state, Command::Cancel(id));
    let moot = Effect::Answer { question: QuestionId { server: A, number: 1 }, answer: Answer::Cancel };
    assert_eq!(effects, [Effect::Cancel { server: A, call: id }, moot]);
    assert_eq!(state.questions.len(), 1, "what belongs to no call stays");
}
