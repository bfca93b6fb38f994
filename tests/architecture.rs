//! The floors of the house: who may import whom, where clocks, files and printing may be. Checked, not wished.

use std::path::{Path, PathBuf};

/// Path prefixes (relative to `src`) and what their files must not mention.
const FORBIDDEN: &[(&[&str], &[&str])] = &[
    (
        &["model", "app"],
        &[
            "tokio",
            "futures_util",
            "reqwest",
            "ratatui",
            "crossterm",
            "rmcp",
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "Instant::now",
            "SystemTime::now",
            "crate::mcp",
            "crate::journal",
            "crate::llm",
            "crate::sse",
            "crate::cut",
            "crate::runtime",
            "crate::tui",
            "crate::headless",
            "crate::config",
        ],
    ),
    (&["model"], &["crate::app"]),
    (&["journal", "mcp"], &["crate::runtime", "crate::tui", "crate::headless", "crate::config", "crate::cli"]),
    (&["journal"], &["crate::mcp", "crate::llm"]),
    (
        &["llm"],
        &["crate::app", "crate::mcp", "crate::runtime", "crate::tui", "crate::headless", "crate::config", "crate::cli"],
    ),
    (&["mcp"], &["crate::llm"]),
    (&["sse", "cut"], &["crate::app", "crate::mcp", "crate::llm", "crate::runtime", "crate::tui", "crate::headless"]),
    (&["mcp", "journal"], &["app::State", "crate::app::update"]),
    (
        &["config", "paths"],
        &["crate::runtime", "crate::mcp", "crate::llm", "crate::tui", "crate::headless", "crate::journal"],
    ),
    (
        &["demo"],
        &["crate::app", "crate::mcp", "crate::llm", "crate::runtime", "crate::tui", "crate::headless", "crate::config"],
    ),
    (&["runtime"], &["crate::tui", "crate::headless", "crate::config", "crate::cli"]),
    (&["tui"], &["crate::headless", "crate::mcp", "crate::llm", "crate::cli", "crate::config"]),
    (&["headless"], &["crate::tui", "crate::mcp::", "ratatui"]),
];

/// Words that only these places may mention.
const RESERVED: &[(&str, &[&str])] = &[
    ("ratatui::", &["tui"]),
    ("crossterm::", &["tui"]),
    ("rmcp::", &["demo", "mcp/auth"]),
    ("println!", &["headless/output.rs", "main.rs"]),
    ("eprintln!", &["headless/output.rs", "main.rs"]),
    ("Color::Rgb", &["tui/theme", "tui/screen/ink"]),
    ("Color::Indexed", &["tui/theme", "tui/screen/ink"]),
    ("Color::Red", &["tui/theme", "tui/screen/ink"]),
    ("Color::Green", &["tui/theme", "tui/screen/ink"]),
    ("Color::Yellow", &["tui/theme", "tui/screen/ink"]),
    ("Color::Cyan", &["tui/theme", "tui/screen/ink"]),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// Every source file outside the tests, with its path relative to `src` and its code without comments.
fn code() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            (name, std::fs::read_to_string(&path).expect("src can be read"))
        })
        .collect()
}

fn is_test(name: &str) -> bool {
    name.contains("/tests") || name.ends_with("tests.rs")
}

fn without_comments_and_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether the file `name` lies in the room `room` (`tui` owns `tui.rs` and `tui/…`).
fn lies_in(name: &str, room: &str) -> bool {
    name == room || name.strip_prefix(room).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn nobody_imports_from_a_floor_above() {
    let mut wrong = Vec::new();
    for (name, text) in code().iter().filter(|(name, _)| !is_test(name)) {
        let code = without_comments_and_tests(text);
        for (rooms, words) in FORBIDDEN {
            if rooms.iter().any(|room| lies_in(name, room)) {
                wrong.extend(
                    words.iter().filter(|word| mentions(&code, word)).map(|word| format!("{name} mentions {word}")),
                );
            }
        }
        for (word, rooms) in RESERVED {
            if mentions(&code, word) && !rooms.iter().any(|room| name == room || lies_in(name, room)) {
                wrong.push(format!("{name} mentions {word}, which belongs to {}", rooms.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<_> =
        code().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn no_module_is_called_mod_or_anything_vague() {
    let vague = ["mod.rs", "utils.rs", "util.rs", "helpers.rs", "helper.rs", "common.rs", "misc.rs", "manager.rs"];
    let named: Vec<_> = code()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| vague.contains(&name.rsplit('/').next().unwrap_or_default()))
        .collect();
    assert!(named.is_empty(), "{named:?}");
}
