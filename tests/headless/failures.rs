//! Every way to fail, with its exit code.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::place::{Place, Ran, ended};

#[test]
fn wrong_usage_is_one_line_and_exit_2() {
    let place = Place::new();
    for (words, part) in [
        (&["info", "--wat"][..], "unexpected argument '--wat' found; see `mcp-tui info --help`"),
        (&["infoo"], "did you mean `info`?"),
        (&[], "needs a terminal"),
        (&["info", "-s", "nope"], "no server is named `nope`"),
        (&["info", "https://h/", "--", "x"], "two servers given"),
        (&["info", "--timeout", "0"], "--timeout"),
        (&["info", "--protocol-version", "2025-06-19"], "did you mean `2025-06-18`?"),
        (&["info", "--header", "A: b", "--", "x"], "--header: only a server with a URL has headers"),
        (&["info", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["tools", "call", "x", "message=hi"], "did you mean `--arg message=hi`?"),
        (&["run", "nowhere.jsonl"], "nowhere.jsonl"),
        (&["journal", "show", "nowhere"], "no such journal"),
        (&["servers", "test"], "no server is configured"),
    ] {
        let ran = place.run(words).exits(2).complains(part);
        assert_eq!(ran.out, "", "{words:?}");
        assert_eq!(ran.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{ran:?}");
    }
    place.run(&["tools"]).exits(2);
    let json = place.run(&["info", "--wat", "--json"]).exits(2);
    assert_eq!(json.error()["kind"], "usage");
    assert_eq!(json.err.lines().count(), 1);
}

#[test]
fn a_server_that_cannot_be_used_is_exit_4() {
    let place = Place::new();
    let missing = place.run(&["info", "--json", "--", "no-such-program-anywhere"]).exits(4);
    assert_eq!(missing.error()["kind"], "unreachable");
    place.run(&["info", "missing.py"]).exits(4).complains("missing.py: no such file");
    place.run(&["info", "http://127.0.0.1:9/mcp"]).exits(4).complains("127.0.0.1:9");
    let dead =
        place.played(&["info", "--json"], "{\"stderr\":\"cannot find the frobnicator\\n\"}\n{\"exit\":3}").exits(4);
    assert_eq!(dead.error()["kind"], "died");
    assert!(dead.error()["message"].as_str().unwrap_or_default().contains("status 3"), "{dead:?}");
    assert_eq!(dead.error()["stderr"][0], "cannot find the frobnicator");
}

#[test]
fn a_server_that_dies_during_a_call_is_exit_4_with_its_last_words() {
    let place = Place::new();
    let steps = "{\"expect\":\"resources/read\"}\n{\"stderr\":\"boom\\n\"}\n{\"exit\":7}";
    let ran = place.scripted(&["resources", "read", "a:b"], steps).exits(4);
    ran.complains("status 7").complains("stderr: boom");
}

#[test]
fn time_outs_are_exit_124() {
    let place = Place::new();
    place.played(&["info", "--connect-timeout", "0.5"], "{\"stay\":true}").exits(124).complains("0.5");
    let ran = place.scripted(&["resources", "read", "a:b", "--timeout", "0.3", "--json"], "").exits(124);
    assert_eq!(ran.error()["kind"], "timeout");
}

#[test]
fn a_server_that_does_not_end_delays_no_answer_and_not_for_long() {
    let place = Place::new();
    let steps = "{\"expect\":\"ping\"}\n{\"send\":\"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${id},\\\"result\\\":{}}\"}\n{\"stay\":true}";
    let started = Instant::now();
    place.scripted(&["ping"], steps).exits(0).prints(" ms\n");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_wrong_config_names_file_line_and_key() {
    let place = Place::new();
    place.file(".config/mcp-tui/config.toml", "[servers.a]\ncomand = \"x\"\n");
    let ran = place.run(&["info"]).exits(2).complains("config.toml:").complains("comand");
    assert!(ran.err.contains(":2:"), "{ran:?}");
    assert_eq!(place.run(&["config", "check", "--json"]).exits(2).error()["kind"], "config");
    place.file(".config/mcp-tui/config.toml", "[servers.a]\ncommand = \"${NO_SUCH_VARIABLE_HERE}\"\n");
    place.run(&["info"]).exits(2).complains("NO_SUCH_VARIABLE_HERE");
    place.run(&["config", "check"]).exits(0).complains("NO_SUCH_VARIABLE_HERE");
    // Keys are the screen's, and checked all the same.
    place.file(".config/mcp-tui/config.toml", "[keys.global]\nquit = \"z\"\n");
    let both = "config.toml: keys.global.zoom and keys.global.quit: both are on z";
    place.run(&["config", "check"]).exits(2).complains(both);
}

#[test]
fn several_servers_must_be_chosen_from() {
    let place = Place::new();
    place.file(".config/mcp-tui/config.toml", "[servers.one]\ncommand = \"x\"\n[servers.two]\ncommand = \"y\"\n");
    place.run(&["info"]).exits(2).complains("-s one, -s two");
    place.run(&["info", "-s", "one", "-s", "two"]).exits(2).complains("talks to one");
    place.run(&["info", "-s", "on"]).exits(2).complains("did you mean `one`?");
    place.run(&["info", "-s", "one"]).exits(4);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let place = Place::new();
    for words in [&["tools", "list"][..], &["tools", "list", "--json"], &["--help"], &["completions", "zsh"]] {
        let mut child = place.command(words).spawn().unwrap();
        drop(child.stdout.take());
        let output = ended(child, words);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {err}");
        assert!(err.lines().all(|line| line.starts_with("note: ")), "{words:?}: {err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let place = Place::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = place.command(&["tools", "list"]).stdout(Stdio::from(full)).spawn().unwrap();
    let output = ended(child, &["tools", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_cancels_the_call_and_is_exit_130() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::INT, Signal::TERM] {
        let place = Place::new();
        let words = ["tools", "call", "import_bookmarks", "--arg", "count=50", "--json"];
        let child = place.command(&words).spawn().unwrap();
        let pid = Pid::from_child(&child);
        let started = Instant::now();
        let calling = || {
            let journals =
                std::fs::read_dir(place.path(".local/state/mcp-tui/journal")).into_iter().flatten().flatten();
            journals
                .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
                .any(|text| text.contains("\"tools/call\""))
        };
        while !calling() {
            assert!(started.elapsed() < Duration::from_secs(20), "the call never went out");
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(pid, signal).unwrap();
        let output = ended(child, &words);
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).contains("\"kind\":\"interrupted\""));
        assert!(place.journal().contains("notifications/cancelled"));
        assert!(started.elapsed() < Duration::from_secs(12), "50 bookmarks take longer than an interrupt");
    }
}

#[test]
fn a_question_with_nobody_to_answer_is_declined_at_once() {
    let place = Place::new();
    for revision in ["2026-07-28", "2025-11-25"] {
        let words = ["tools", "call", "delete_bookmark", "--arg", "id=1", "--protocol-version", revision];
        let started = Instant::now();
        let ran = place.run(&words).complains("demo asked for a form and was declined");
        assert!(matches!(ran.code, 0 | 5), "{ran:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

/// Whoever asks to be asked may be a program behind a pipe that says nothing, and does not end either.
#[test]
fn a_pipe_that_says_nothing_is_not_waited_for_longer_than_a_request() {
    let place = Place::new();
    let words = [
        "tools",
        "call",
        "delete_bookmark",
        "--arg",
        "id=1",
        "--elicit",
        "ask",
        "--timeout",
        "1",
        "--protocol-version",
        "2025-11-25",
    ];
    let mut child = place.command(&words).stdin(Stdio::piped()).spawn().unwrap();
    let _open = child.stdin.take();
    let started = Instant::now();
    let ran = Ran::of(ended(child, &words));
    assert!(started.elapsed() < Duration::from_secs(25), "{ran:?}");
    ran.complains("answer? [y]es");
}

#[test]
fn a_call_that_ends_because_somebody_said_no_is_exit_6() {
    let place = Place::new();
    let words = [
        "tools",
        "call",
        "suggest_tags",
        "--arg",
        "id=1",
        "--protocol-version",
        "2026-07-28",
        "--sampling",
        "deny",
        "--json",
    ];
    assert_eq!(place.run(&words).exits(6).error()["kind"], "declined");
}
