//! Decisions about a model's calls without a screen: flags and rules, and that they are in the journal before the call.

use serde_json::Value;

use super::place::Place;

const SAVE: &str = "Save https://python.org as Python Docs with tag python";

/// The lines of the newest journal.
fn journal(place: &Place) -> Vec<Value> {
    let shown = place.run(&["journal", "show", "last", "--json"]).exits(0);
    shown.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn decisions(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["ruling"].is_object()).collect()
}

fn sent(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["dir"] == "send" && line["msg"]["method"] == "tools/call").collect()
}

#[test]
fn each_call_follows_its_decision_in_the_journal() {
    let place = Place::new();
    place.run(&["chat", "-p", SAVE, "--approve", "all"]).exits(0);
    let lines = journal(&place);
    let (decisions, sent) = (decisions(&lines), sent(&lines));
    assert!(!sent.is_empty());
    assert_eq!(decisions.len(), sent.len(), "{lines:#?}");
    for (decision, call) in decisions.iter().zip(&sent) {
        assert!(decision["seq"].as_u64() < call["seq"].as_u64(), "{decision} {call}");
        assert_eq!(decision["ruling"]["allowed"], true);
        assert_eq!(decision["ruling"]["tool"], call["msg"]["params"]["name"]);
        assert_eq!(decision["ruling"]["arguments"].as_str().map(str::len), Some(64));
    }
}

#[test]
fn without_anybody_to_ask_nothing_is_called_and_the_way_out_is_named() {
    let place = Place::new();
    let ran = place.run(&["chat", "-p", SAVE]);
    let lines = journal(&place);
    assert_eq!(sent(&lines).len(), 0, "{ran:?}");
    let decisions = decisions(&lines);
    let reason = decisions[0]["ruling"]["reason"].as_str().unwrap();
    assert!(reason.contains("policy.toml") && reason.contains("--approve all"), "{reason}");
    assert_eq!(decisions[0]["ruling"]["by"], "flag");
}

#[test]
fn a_rule_of_the_file_allows_and_a_wrong_one_is_an_error_with_its_line() {
    let place = Place::new();
    place.file(".config/mcp-tui/policy.toml", "[[rules]]\nserver = \"demo\"\nverdict = \"allow\"\n");
    place.run(&["chat", "-p", SAVE]).exits(0);
    let lines = journal(&place);
    assert!(!sent(&lines).is_empty());
    let allowed = decisions(&lines)[0];
    assert_eq!(allowed["ruling"]["reason"], "rule 1 of policy.toml allows demo/*");
    assert_eq!(allowed["ruling"]["by"], "policy");
    place.file(".config/mcp-tui/policy.toml", "[[rules]]\nserver = \"demo\"\nverdict = \"alow\"\n");
    let ran = place.run(&["config", "check"]).exits(2);
    assert!(ran.err.contains("policy.toml:3:11") && ran.err.contains("did you mean"), "{ran:?}");
}
