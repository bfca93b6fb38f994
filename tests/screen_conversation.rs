//! A conversation on the screen: the real binary in a pseudo-terminal, two real servers, a provider that plays bytes, and
//! a person at the keys. Calls side by side, allowed and denied, a form and a message of the model in the middle of them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "support/provider.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod provider;
#[path = "support/terminal.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod terminal;

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use provider::{Provider, calls, every_question, head, request, says};
use serde_json::{Value, json};
use terminal::{DEADLINE, Session};

/// How long a key may go without an effect before it is pressed again: a question that has just opened takes none.
const PATIENCE: Duration = Duration::from_secs(2);

/// A provider that gives these answers. It lists no models: whoever asks for them is told so and uses no answer up.
fn answers(answers: Vec<String>) -> Provider {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut answers = answers.into_iter();
        while let Ok((mut socket, _)) = listener.accept() {
            let body = request(&mut socket);
            let answer = if body.is_empty() { None } else { answers.next() };
            if !body.is_empty() {
                heard.lock().unwrap().push(serde_json::from_str(&body).unwrap_or(Value::Null));
            }
            let answer = answer.unwrap_or_else(|| head("404 Not Found", "application/json", "{}"));
            socket.write_all(answer.as_bytes()).ok();
        }
    });
    Provider { url, asked }
}

fn start(provider: &Provider, size: (u16, u16)) -> Session {
    let home = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_mcp-tui");
    let [one, two] = ["one.json", "two.json"].map(|file| home.path().join(file).display().to_string());
    let config = format!(
        "[servers.one]\ncommand = {binary:?}\nargs = [\"demo-server\", \"--file\", {one:?}]\n\
         [servers.two]\ncommand = {binary:?}\nargs = [\"demo-server\", \"--file\", {two:?}]\n\
         [providers.fake]\nkind = \"openai-chat\"\nbase_url = \"{}\"\nmodel = \"m\"\n",
        provider.url
    );
    std::fs::create_dir_all(home.path().join("mcp-tui")).unwrap();
    std::fs::write(home.path().join("mcp-tui/config.toml"), config).unwrap();
    Session::start_in(home, size.0, size.1, &[], &[])
}

fn screen(session: &Session) -> String {
    session.seen.0.lock().unwrap().parser.screen().contents()
}

/// What is asked of the person at this screen.
#[derive(Clone, PartialEq, Debug)]
enum Asked {
    Nothing,
    /// Whether this tool may be called.
    Approval(String),
    Form,
    /// A model's message, of which nothing is written yet.
    Message,
    /// A model's message that is written and can be sent.
    Written,
}

fn asked(screen: &str) -> Asked {
    if screen.contains("The model wants to call a tool") {
        // `tool       search_bookmarks   not approved before`
        let tool = screen.split_once("tool      ").and_then(|(_, rest)| rest.split_whitespace().next());
        tool.map_or(Asked::Nothing, |tool| Asked::Approval(tool.to_owned()))
    } else if screen.contains("A server asks you") {
        Asked::Form
    } else if !screen.contains("A server asks for a model's message") {
        Asked::Nothing
    } else if screen.contains("write the answer first") {
        Asked::Message
    } else {
        Asked::Written
    }
}

/// What the person presses, and what they do by it.
fn answer(asked: &Asked) -> Option<(&'static str, &'static str)> {
    match asked {
        Asked::Nothing => None,
        Asked::Approval(tool) if tool == "list_bookmarks" => Some(("n", "denied")),
        Asked::Approval(_) => Some(("y", "allowed")),
        Asked::Form => Some(("\x13", "form")),
        Asked::Message => Some(("\x07", "asked the model")),
        Asked::Written => Some(("\x13", "reviewed")),
    }
}

/// Answers whatever is asked until the screen shows the end.
fn converse(session: &mut Session, end: &str) -> Vec<&'static str> {
    let deadline = Instant::now() + DEADLINE;
    let mut done = Vec::new();
    loop {
        let before = screen(session);
        if before.contains(end) {
            return done;
        }
        assert!(Instant::now() < deadline, "never: {end}; the screen is\n{before}");
        let now = asked(&before);
        if let Some((key, what)) = answer(&now) {
            session.keys(key);
            if done.last() != Some(&what) {
                done.push(what);
            }
        }
        let changed = |seen: &terminal::Seen| {
            let screen = seen.parser.screen().contents();
            screen.contains(end) || asked(&screen) != now
        };
        session.until_or(PATIENCE, changed);
        // A question that has just opened takes no key and says so; then the key is pressed again. Else its effect is
        // only slow to come.
        if now != Asked::Nothing && !screen(session).contains("after a short pause") {
            session.until_or(DEADLINE, changed);
        }
    }
}

/// Leaves the message and the program.
fn quit(session: &mut Session) {
    session.keys("\x1b");
    session.shows("i ask");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

fn multi_server(size: (u16, u16)) {
    let provider = answers(every_question());
    let mut session = start(&provider, size);
    session.shows("● 2");
    session.keys("2i");
    session.shows("or / for commands");
    // Both servers' tools are there.
    session.shows("14 tools");
    session.keys("go on\r");
    let done = converse(&mut session, "All done.");
    for what in ["allowed", "denied", "form", "asked the model", "reviewed"] {
        assert!(done.contains(&what), "{what} is missing in {done:?}");
    }
    // The calls as the person sees them in the end, and as the model was told.
    session.shows("one/search_bookmarks");
    session.shows("denied");
    let asked = provider.asked();
    assert_eq!(asked.len(), 3);
    let told = asked[2]["messages"].to_string();
    for expected in ["\"c1\"", "\"c2\"", "\"c3\"", "\"c4\"", "The person denied this call", "alpha"] {
        assert!(told.contains(expected), "{expected} is missing in {told}");
    }
    quit(&mut session);
    // Each decision is in the journal, and the conversation is kept.
    let kept = session.journal();
    for expected in ["allowed", "denied", "\"running\"", "All done."] {
        assert!(kept.contains(expected), "{expected} is missing");
    }
}

#[test]
fn a_person_leads_a_conversation_with_two_servers() {
    multi_server((120, 40));
}

#[test]
fn and_on_the_smallest_screen() {
    multi_server((80, 24));
}

#[test]
fn what_ran_when_the_program_was_killed_is_unknown_and_partial_text_is_kept() {
    let call = calls(&[("c1", "two__delete_bookmark", json!({"id": 1}))]);
    let provider = answers(vec![call, says("never asked for")]);
    let mut session = start(&provider, (120, 40));
    session.shows("14 tools");
    session.keys("2igo\r");
    // The call is allowed; its server asks, so it runs on.
    let done = converse(&mut session, "A server asks you");
    assert_eq!(done, ["allowed"]);
    session.signal(rustix::process::Signal::KILL);
    let home = session.end();
    let mut session = Session::start_in(home, 120, 40, &[], &[]);
    session.shows("14 tools");
    session.keys("2i/resume ");
    session.shows("entries");
    session.keys("\r\r");
    session.shows("? unknown");
    session.shows("the program ended in the middle of this");
    assert_eq!(provider.asked().len(), 1, "nobody was asked again");
    quit(&mut session);
}
