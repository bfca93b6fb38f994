//! Rules as people write them, and what is said about those that make no sense.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;
use crate::config::Config;

fn read(text: &str) -> Result<Vec<Rule>, String> {
    read_rules(&File::new(Path::new("policy.toml"), text.to_owned())).map_err(|error| error.to_string())
}

#[test]
fn every_key_is_read_and_written_again_the_same() {
    let text = format!(
        "# mine\n[[rules]]\nserver = \"github\"\ntool = \"create_*\"\nexcept = [\"create_key\", \"*\u{e9}\\\"\"]\n\
         read_only = false\ndestructive = false\nidempotent = true\nopen_world = true\n\
         arguments = {{ repo = \"acme/*\", \"a.b\" = 3, c = true }}\nonly = true\nverdict = \"allow\"\n\
         definition = \"{0}\"\norigin = \"{0}\"\n[[rules]]\ntool = \"x\"\nverdict = \"deny\"\nexactly = '{{\"a\": 1.0}}'\n",
        "a1".repeat(32)
    );
    let rules = read(&text).unwrap();
    assert_eq!(rules[0].source.to_string(), "rule 1 of policy.toml");
    let about = "github/create_* (but not create_key, *é\") where it claims not read-only, not destructive, idempotent, \
                 open world with repo = acme/*, a.b = 3, c = true and nothing else";
    assert_eq!(rules[0].about(), about);
    assert_eq!(rules[1].about(), "*/x with exactly these arguments");
    let written: String = rules.iter().map(|rule| rule.to_toml("made\nby hand")).collect();
    assert_eq!(read(&written).unwrap(), rules, "{written}");
}

#[test]
fn what_makes_no_sense_is_an_error_with_its_line() {
    let print = "a".repeat(64);
    for (text, said) in [
        ("[[rules]]\nverdict = \"allow\"", "policy.toml:1:1: rules[1]: say what it is about"),
        ("[[rules]]\nserver = \"a\"", "it says nothing"),
        ("[[rules]]\nserver = \"\"\nverdict = \"ask\"", "policy.toml:2:10: rules[1].server: it can match nothing"),
        ("[[rules]]\nserver = \"a\"\nverdict = \"alow\"", "did you mean \"allow\"?"),
        ("[[rules]]\nserver = \"a\"\ntools = \"b\"\nverdict = \"ask\"", "did you mean `tool`?"),
        ("[[rules]]\nserver = \"a\"\nread_only = true\ndestructive = true\nverdict = \"ask\"", "it can match nothing"),
        ("[[rules]]\nserver = \"a\"\nexactly = \"[]\"\nverdict = \"ask\"", "arguments are a JSON object"),
        ("[[rules]]\nserver = \"a\"\nexactly = \"{\"\nverdict = \"ask\"", "not JSON"),
        ("[[rules]]\nserver = \"a\"\narguments = {}\nverdict = \"ask\"", "it names no argument"),
        ("[[rules]]\nserver = \"a\"\ndefinition = \"12\"\norigin = \"12\"\nverdict = \"allow\"", "64 hex digits"),
        (&format!("[[rules]]\nserver = \"a\"\ndefinition = \"{print}\"\nverdict = \"allow\""), "go together"),
        (
            &format!("[[rules]]\nserver = \"a\"\ndefinition = \"{print}\"\norigin = \"{print}\"\nverdict = \"deny\""),
            "only rules that allow are bound",
        ),
        ("[[rules]]\nserver = \"a\"\nonly = true\nverdict = \"ask\"", "it goes with `arguments`"),
        ("rules = 3", "expected `[[rules]]` tables"),
        ("rule = 3", "did you mean `rules`?"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(said), "{text}\n{error}");
    }
}

#[test]
fn the_config_has_a_default_and_rules_of_its_own() {
    let read = |text: &str| Config::parse(Path::new("config.toml"), text).map(|config| config.policy);
    assert_eq!(read("").unwrap(), PolicyConfig::default());
    let policy = read(
        "[policy]\ndefault = \"deny\"\nread_only = \"ask\"\n[[policy.rules]]\nserver = \"a\"\nverdict = \"ask\"\n",
    );
    let policy = policy.unwrap();
    assert_eq!((policy.default, policy.read_only, policy.rules.len()), (Verdict::Deny, false, 1));
    assert_eq!(policy.rules[0].source.to_string(), "rule 1 of config.toml");
    assert_eq!(policy.policy(vec![]).rules.len(), 1);
    assert_eq!(PolicyConfig::default().policy(vec![]).rules.len(), 1, "the built-in one");
    let doubts = PolicyConfig::doubts(&policy.rules, ["ab"].into_iter());
    assert_eq!(doubts, ["rule 1 of config.toml: no server of the config is called `a`; did you mean `ab`?"]);
    assert!(read("[policy]\ndefault = \"maybe\"").is_err());
}
