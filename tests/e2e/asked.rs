//! A subcommand at a terminal: a person is asked there, and what must not be seen is not.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::terminal::{DEADLINE, Session};

const WORDS: [&str; 6] = ["tools", "call", "t", "--no-validate", "--protocol-version", "2025-11-25"];

/// The step that sends this; `${id}` in it is the last request's.
pub(super) fn sends(frame: &serde_json::Value) -> serde_json::Value {
    json!({ "send": frame.to_string().replace("\"${id}\"", "${id}") })
}

/// The command line of a server that takes these steps.
pub(super) fn server(dir: &Path, steps: &[serde_json::Value]) -> [String; 2] {
    let script = dir.join("script");
    let text: String = steps.iter().map(|step| step.to_string() + "\n").collect();
    std::fs::write(&script, text).expect("the script is written");
    let binary = Path::new(env!("CARGO_BIN_EXE_mcp-tui"));
    let server = binary.with_file_name("examples").join("scripted_server");
    assert!(server.exists(), "build it with `cargo build --examples`");
    [server, script].map(|path| path.display().to_string())
}

/// Calls a tool whose server asks this.
fn asked(params: &serde_json::Value) -> (tempfile::TempDir, Session) {
    let dir = tempfile::tempdir().expect("a directory");
    let steps = [
        json!({"expect": "initialize"}),
        sends(
            &json!({"jsonrpc": "2.0", "id": "${id}", "result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}}),
        ),
        json!({"expect": "tools/list"}),
        sends(&json!({"jsonrpc": "2.0", "id": "${id}", "result": {"tools": []}})),
        json!({"expect": "tools/call"}),
        sends(&json!({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": params})),
        json!({"answered": "q"}),
        sends(&json!({"jsonrpc": "2.0", "id": "${id}", "result": {"content": [{"type": "text", "text": "thanks"}]}})),
        json!({"until_eof": true}),
    ];
    let [server, script] = server(dir.path(), &steps);
    let words = [&WORDS[..], &["--", &server, &script]].concat();
    let session = Session::run(100, 30, &[], &words);
    (dir, session)
}

fn secret() -> serde_json::Value {
    let schema = json!({"type": "object", "properties": {"user": {"type": "string"}, "password": {"type": "string"}}});
    json!({"message": "Sign in", "requestedSchema": schema})
}

/// Whether what is typed is shown.
fn echoes(session: &Session) -> bool {
    const ECHO: u32 = 0o10;
    let modes = session.master.get_termios().expect("a terminal").local_flags.bits();
    modes & ECHO != 0
}

#[test]
fn a_secret_is_not_shown_while_it_is_typed_nor_before_it_is_sent() {
    let (_dir, mut session) = asked(&secret());
    session.shows("asks: Sign in");
    session.shows("answer? [y]es");
    session.keys("y\n");
    session.shows("user :");
    session.keys("ada\n");
    session.shows("looks like a secret");
    session.until("typing is hidden", |_| !echoes(&session));
    session.keys("hunter2-and-more\n");
    session.shows("send? [y]es");
    assert!(echoes(&session), "as it was");
    session.shows(r#"{"user":"ada","password":"(hidden)"}"#);
    session.keys("y\n");
    session.shows("thanks");
    assert_eq!(session.exit_code(), 0);
    let seen = session.seen.0.lock().expect("the reader lives");
    assert!(!super::contains(&seen.bytes, b"hunter2"), "{}", seen.parser.screen().contents());
    drop(seen);
    let journal = session.journal();
    assert!(journal.contains("\"user\":\"ada\"") && !journal.contains("hunter2"), "{journal}");
}

#[test]
fn who_interrupts_a_hidden_line_gets_the_terminal_back() {
    let (_dir, mut session) = asked(&secret());
    session.shows("answer? [y]es");
    session.keys("y\n");
    session.shows("user :");
    session.keys("ada\n");
    session.until("typing is hidden", |_| !echoes(&session));
    session.keys("\u{3}");
    assert_eq!(session.exit_code(), 130);
    assert!(echoes(&session));
}

#[test]
fn an_address_is_shown_with_its_host_and_what_is_odd_and_some_cannot_be_agreed_to() {
    let page = |url: &str| json!({"mode": "url", "message": "Sign in", "elicitationId": "e", "url": url});
    let (_dir, mut session) = asked(&page("http://bank.com@xn--pple-43d.com/login"));
    session.shows("its host is xn--pple-43d.com");
    for odd in ["before the @", "punycode", "not encrypted"] {
        session.shows(odd);
    }
    session.shows("open it yourself");
    session.keys("n\n");
    session.shows("thanks");
    assert_eq!(session.exit_code(), 0);
    assert!(session.journal().contains(r#""action":"decline""#));
    let (_dir, mut session) = asked(&page("javascript:alert(1)"));
    session.shows("it must not be opened");
    session.keys("y\n");
    session.shows("thanks");
    assert_eq!(session.exit_code(), 0);
    assert!(session.journal().contains(r#""action":"cancel""#));
}

#[test]
fn a_browser_gets_an_address_as_one_word_that_no_shell_reads() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let (browser, told, canary) = (dir.path().join("browser"), dir.path().join("told"), dir.path().join("canary"));
    let program = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}.new\nmv {0}.new {0}\n", told.display());
    std::fs::write(&browser, program).expect("the browser is written");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    let url = format!("https://example.com/$(touch${{IFS}}{0});`touch${{IFS}}{0}`?a=1&b='x'|y", canary.display());
    let page = json!({"mode": "url", "message": "Sign in", "elicitationId": "e", "url": url});
    let steps = [
        json!({"handshake": "2025-11-25", "capabilities": {}}),
        sends(&json!({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": page})),
        json!({"until_eof": true}),
    ];
    let [server, script] = server(dir.path(), &steps);
    let browser = browser.display().to_string();
    let variables = [("BROWSER", browser.as_str()), ("SSH_CONNECTION", ""), ("SSH_CLIENT", ""), ("SSH_TTY", "")];
    let mut session = Session::run(120, 40, &variables, &["--", &server, &script]);
    session.shows("Sign in");
    assert!(!told.exists(), "nothing is opened by itself");
    let started = Instant::now();
    while !told.exists() {
        assert!(started.elapsed() < DEADLINE, "it never opens");
        session.keys("o");
        // The window takes keys only after a pause of them.
        std::thread::sleep(Duration::from_millis(600));
    }
    assert_eq!(std::fs::read_to_string(told).expect("it was told"), format!("{url}\n"));
    assert!(!canary.exists());
}
