//! Plays `assets/walkthrough.tape`, the walk-through of the README, with the real binary in a pseudo-terminal, so that it
//! can't go stale. With `UPDATE_PICTURES=1` its screenshots are written again, as SVG.
//!
//! The tape is one for VHS (<https://github.com/charmbracelet/vhs>), as far as it goes here: `Set Width`, `Set Height` and
//! `Set FontSize` tell the size; what is between `Hide` and `Show` starts the program in VHS's shell and is left out;
//! `Type`, keys, `Wait+Screen /text/`, `Screenshot`. `Sleep` is for people who watch and takes no time here.
#![cfg(unix)]

#[path = "support/svg.rs"]
mod svg;
#[path = "support/terminal.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod terminal;

use std::path::Path;

use terminal::Session;

/// A line of the tape.
#[derive(Debug, PartialEq)]
enum Step {
    Keys(String),
    Wait(String),
    Screenshot(String),
}

/// A tape's columns, rows and steps.
fn read(tape: &str) -> (u16, u16, Vec<Step>) {
    let mut size = (0, 0, 0);
    let mut hidden = false;
    let mut steps = Vec::new();
    for line in tape.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, rest) {
            ("Hide", _) => hidden = true,
            ("Show", _) => hidden = false,
            _ if hidden => {}
            ("Output" | "Require" | "Sleep", _) => {}
            ("Set", rest) => {
                let (name, value) = rest.split_once(' ').expect("a setting has a value");
                match name {
                    "Width" => size.0 = value.parse().expect("pixels"),
                    "Height" => size.1 = value.parse().expect("pixels"),
                    "FontSize" => size.2 = value.parse().expect("pixels"),
                    _ => {}
                }
            }
            ("Type", text) => steps.push(Step::Keys(quoted(text).to_owned())),
            ("Wait+Screen", text) => {
                let text = text.strip_prefix('/').and_then(|text| text.strip_suffix('/'));
                steps.push(Step::Wait(text.expect("a text between slashes").replace("\\/", "/")));
            }
            ("Screenshot", path) => steps.push(Step::Screenshot(path.to_owned())),
            (key, times) => {
                let times = if times.is_empty() { 1 } else { times.parse().expect("how often") };
                steps.push(Step::Keys(key_bytes(key).repeat(times)));
            }
        }
    }
    let (width, height, font): (u32, u32, u32) = size;
    let columns = width * 5 / (font * 3);
    let rows = height * 5 / (font * 6);
    (columns.try_into().expect("a width"), rows.try_into().expect("a height"), steps)
}

/// What is between quotes of any kind.
fn quoted(text: &str) -> &str {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')).expect("a quoted text");
    text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)).expect("a closed quote")
}

/// What a terminal sends for a key.
fn key_bytes(key: &str) -> String {
    if let Some(letter) = key.strip_prefix("Ctrl+") {
        let letter = letter.bytes().next().expect("a letter").to_ascii_uppercase();
        return char::from(letter & 0x1f).to_string();
    }
    match key {
        "Enter" => "\r",
        "Tab" => "\t",
        "Escape" => "\x1b",
        "Backspace" => "\x7f",
        "Space" => " ",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "Right" => "\x1b[C",
        "Left" => "\x1b[D",
        other => panic!("no such key in a tape: {other}"),
    }
    .to_owned()
}

/// The picture as it would be on any machine: where the program is here is not told.
fn anywhere(picture: &str) -> String {
    let program = env!("CARGO_BIN_EXE_mcp-tui");
    let line = |line: &str| match line.split_once(" textLength=\"") {
        Some((start, rest)) if line.contains(program) => {
            let rest = rest.split_once('"').map_or(rest, |(_, rest)| rest);
            format!("{start}{}\n", rest.replace(program, "mcp-tui"))
        }
        _ => format!("{line}\n"),
    };
    picture.lines().map(line).collect()
}

#[test]
fn the_walk_through_of_the_readme_can_be_walked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tape = std::fs::read_to_string(root.join("assets/walkthrough.tape")).expect("the tape");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let (columns, rows, steps) = read(&tape);
    let mut session = Session::start(columns, rows);
    for step in steps {
        match step {
            Step::Keys(keys) => session.keys(&keys),
            Step::Wait(text) => session.shows(&text),
            Step::Screenshot(path) => {
                let path = path.replace(".png", ".svg");
                if std::env::var_os("UPDATE_PICTURES").is_some() {
                    let seen = session.seen.0.lock().expect("the reader lives");
                    let picture = anywhere(&svg::picture(seen.parser.screen()));
                    std::fs::write(root.join(&path), picture).expect("a picture");
                }
                assert!(root.join(&path).exists(), "{path} is missing: run this test with UPDATE_PICTURES=1");
                assert!(readme.contains(&path), "the README does not show {path}");
            }
        }
    }
    assert_eq!(session.exit_code(), 0);
}
