//! The real binary in a pseudo-terminal, read back through an independent emulator.
#![cfg(unix)]

#[path = "e2e/asked.rs"]
mod asked;
#[path = "e2e/pictures.rs"]
mod pictures;
#[path = "support/terminal.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod terminal;

use std::time::Instant;

use portable_pty::PtySize;

use terminal::{DEADLINE, Seen, Session, cells};

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The terminal is as it was: no alternate screen, no mouse, no bracketed paste, a visible cursor.
fn restored(seen: &Seen) -> bool {
    let screen = seen.parser.screen();
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}

#[test]
fn it_starts_on_the_demo_server_shows_its_tools_and_quits() {
    let mut session = Session::start(120, 40);
    session.shows("Inspector");
    session.shows("● 1");
    session.shows("search_bookmarks");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    session.until("a restored terminal", restored);
}

#[test]
fn it_calls_a_tool() {
    let mut session = Session::start(120, 40);
    session.shows("7 tools");
    session.keys("/search\r");
    session.shows("/ search");
    session.keys("\r");
    session.shows("Call demo / search_bookmarks");
    // As JSON. The template goes; the paste is one text, not keys.
    session.keys("\x0a");
    session.shows("sent exactly as typed");
    for _ in 0..200 {
        session.keys("\x08");
    }
    for _ in 0..200 {
        session.keys("\x1b[3~");
    }
    session.keys("\x1b[200~{\"query\": \"rust\"}\x1b[201~");
    session.shows("fits the schema");
    session.keys("\x13");
    session.shows("done");
    session.shows("\"query\":\"rust\"");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

#[test]
fn it_follows_the_size_of_its_terminal() {
    let mut session = Session::start(120, 40);
    session.shows("● 1");
    session.shows("JSON-RPC");
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    session.seen.0.lock().expect("the reader lives").parser.screen_mut().set_size(cells(24), cells(80));
    session.master.resize(size).expect("a new size");
    session.shows("[1 Inspector]");
    session.keys("\x03\x03");
    assert_eq!(session.exit_code(), 0, "Ctrl-C twice quits");
    session.until("a restored terminal", restored);
}

#[test]
fn sigterm_restores_the_terminal() {
    let mut session = Session::start(80, 24);
    session.shows("Inspector");
    session.signal(rustix::process::Signal::TERM);
    assert_eq!(session.exit_code(), 143);
    session.until("a restored terminal", restored);
}

#[test]
fn it_stops_like_any_job_and_comes_back() {
    let mut session = Session::start(100, 30);
    session.shows("● 1");
    session.keys("\x1a");
    session.until("a restored terminal", restored);
    let id = session.child.process_id().expect("a process");
    let stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    };
    let end = Instant::now() + DEADLINE;
    while cfg!(target_os = "linux") && !stopped() {
        assert!(Instant::now() < end, "it did not stop");
        std::thread::yield_now();
    }
    session.forget_bytes();
    session.signal(rustix::process::Signal::CONT);
    session
        .until("a full repaint", |seen| seen.parser.screen().alternate_screen() && contains(&seen.bytes, b"\x1b[2J"));
    session.shows("Inspector");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    session.until("a restored terminal", restored);
}

#[test]
fn it_lends_the_terminal_to_the_persons_own_editor() {
    // It shows what it got, waits for a key that must not reach the workbench, and writes something else.
    let editor = "sh -c 'cat \"$1\"; echo; echo EDITING; head -n 1 >/dev/null; printf \"{\\\"query\\\": \\\"edited\\\"}\\n\" >\"$1\"' editor";
    let mut session = Session::start_with(120, 40, &[("VISUAL", editor)]);
    // Of the list, not of the frame that brings it: a key before that finds nothing.
    session.shows("7 tools");
    session.keys("/search\r\r");
    session.shows("Call demo / search_bookmarks");
    session.keys("\x05");
    session.shows("EDITING");
    session.until("a restored terminal", restored);
    session.keys("q\n");
    session.shows("{\"query\": \"edited\"}");
    session.until("the screen again", |seen| seen.parser.screen().alternate_screen());
    session.keys("\x03\x03");
    assert_eq!(session.exit_code(), 0);
    session.until("a restored terminal", restored);
}

#[test]
fn it_says_when_there_is_no_editor_and_saves_a_file() {
    let mut session = Session::start_with(120, 40, &[("VISUAL", "/no/such/editor"), ("EDITOR", "")]);
    session.shows("7 tools");
    session.keys("/search\r\r\x05");
    session.shows("the editor was not found");
    session.keys("\x1b");
    session.shows("↵ open");
    session.keys("s");
    session.shows("Save the item");
    session.keys("\x15tool.json\r");
    session.shows("to tool.json");
    let saved = std::fs::read_to_string(session.home.path().join("tool.json")).expect("a file");
    assert!(saved.starts_with("{\"name\":\"search_bookmarks\""), "{saved}");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
}

/// Fills what lies between the program and a terminal that does not read.
fn stall(session: &mut Session) {
    session.hold(true);
    for _ in 0..50 {
        // Each draws everything again.
        session.keys("\x0c");
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::yield_now();
    }
}

#[test]
fn a_terminal_that_does_not_read_holds_up_no_session() {
    let mut session = Session::start(200, 60);
    session.shows("● 1");
    session.shows("search_bookmarks");
    let asked = |session: &Session| session.journal().matches("\"method\":\"server/discover\"").count();
    let before = asked(&session);
    stall(&mut session);
    session.keys("R");
    wait_for("a new connection in the journal", || asked(&session) > before);
    session.hold(false);
    session.shows("search_bookmarks");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    session.until("a restored terminal", restored);
}

#[test]
fn a_terminal_that_does_not_read_keeps_nobody_from_leaving() {
    let mut session = Session::start(200, 60);
    session.shows("● 1");
    stall(&mut session);
    session.signal(rustix::process::Signal::TERM);
    let mut status = None;
    wait_for("the end", || {
        status = session.child.try_wait().expect("it can be waited for");
        status.is_some()
    });
    assert_eq!(status.map(|status| status.exit_code()), Some(143));
    session.hold(false);
}

#[test]
fn a_storm_of_resizes_ends_in_the_last_size() {
    let mut session = Session::start(120, 40);
    session.shows("● 1");
    let resize = |session: &Session, columns: u16, rows: u16| {
        session.seen.0.lock().expect("the reader lives").parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        session.master.resize(size).expect("a new size");
    };
    for at in 0..300_u16 {
        resize(&session, 20 + at * 37 % 220, 4 + at * 13 % 66);
    }
    resize(&session, 80, 24);
    session.keys("\x0c");
    session.shows("[1 Inspector]");
    session.keys("q");
    assert_eq!(session.exit_code(), 0);
    session.until("a restored terminal", restored);
}
