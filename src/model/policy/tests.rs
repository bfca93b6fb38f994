//! Tables and properties of the order of rules.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use proptest::prelude::*;

use super::*;
use crate::model::server::{Launch, ServerSpec};

fn origin(command: &str) -> Fingerprint {
    let launch = Launch::Stdio { command: command.into(), args: vec![], env: vec![], cwd: None };
    Fingerprint::of_server(&ServerSpec::new("s", launch))
}

fn rule(verdict: Verdict, server: &str, tool: &str) -> Rule {
    Rule {
        verdict,
        server: Glob::new(server),
        tool: Glob::new(tool),
        claims: ClaimCondition::default(),
        ..Rule::read_only()
    }
}

fn like(rule: Rule, path: &str, glob: &str) -> Rule {
    let members = vec![(path.into(), Glob::new(glob))];
    Rule { arguments: ArgumentPattern::Like { members, only: false }, ..rule }
}

fn claiming(rule: Rule, claims: ClaimCondition) -> Rule {
    Rule { claims, ..rule }
}

fn decide(rules: &[Rule], annotations: &str, arguments: &str, trusted: bool) -> Decision {
    decide_else(Ask, rules, annotations, arguments, trusted)
}

fn decide_else(default: Verdict, rules: &[Rule], annotations: &str, arguments: &str, trusted: bool) -> Decision {
    let definition = RawJson::parse(format!(r#"{{"name":"rm","annotations":{annotations}}}"#)).unwrap();
    let arguments = RawJson::parse(arguments.to_owned()).unwrap();
    let rules = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| Rule { source: Source::File { file: "policy.toml".into(), number: at + 1 }, ..rule.clone() });
    let policy = Policy { rules: rules.collect(), default };
    policy.decide(&Subject {
        server: "files",
        trusted,
        origin: origin("node"),
        tool: "rm",
        definition: Some(&definition),
        fingerprint: Some(Fingerprint::of_json(&definition)),
        arguments: &arguments,
    })
}

use Verdict::{Allow, Ask, Deny};

const READ_ONLY: ClaimCondition =
    ClaimCondition { read_only: Some(true), destructive: None, idempotent: None, open_world: None };
const DESTRUCTIVE: ClaimCondition =
    ClaimCondition { read_only: None, destructive: Some(true), idempotent: None, open_world: None };

#[test]
fn deny_is_final_ask_yields_to_what_is_more_exact_and_the_reason_says_which() {
    for (rules, verdict, reason) in [
        (vec![], Ask, "default: ask; no rule matches files/rm"),
        (vec![rule(Allow, "other", "*")], Ask, "default: ask; no rule matches files/rm"),
        (vec![rule(Allow, "*", "*")], Allow, "rule 1 of policy.toml allows */*"),
        (vec![rule(Allow, "files", "rm"), rule(Deny, "*", "*")], Deny, "rule 2 of policy.toml denies */*"),
        (vec![rule(Allow, "files", "rm"), rule(Ask, "*", "*")], Allow, "rule 1 of policy.toml allows files/rm"),
        (vec![rule(Allow, "files", "rm"), rule(Ask, "files", "rm")], Ask, "rule 2 of policy.toml asks about files/rm"),
        (vec![rule(Allow, "files", "*"), rule(Ask, "*", "r*")], Ask, "rule 2 of policy.toml asks about */r*"),
        (vec![rule(Allow, "files", "r*"), rule(Ask, "*", "*m")], Ask, "rule 2 of policy.toml asks about */*m"),
        (vec![rule(Allow, "files", "r*"), rule(Ask, "*", "r*")], Allow, "rule 1 of policy.toml allows files/r*"),
        (
            vec![like(rule(Allow, "files", "rm"), "path", "/tmp/*"), rule(Ask, "files", "rm")],
            Allow,
            "rule 1 of policy.toml allows files/rm with path = /tmp/*",
        ),
        (
            vec![rule(Allow, "files", "rm"), like(rule(Ask, "*", "*"), "path", "/tmp/*")],
            Ask,
            "rule 2 of policy.toml asks about */* with path = /tmp/*",
        ),
        (
            vec![like(rule(Deny, "*", "*"), "path", "/tmp/*"), rule(Allow, "*", "*")],
            Deny,
            "rule 1 of policy.toml denies */* with path = /tmp/*",
        ),
        (
            vec![Rule { except: vec![Glob::new("r*")], ..rule(Deny, "*", "*") }, rule(Allow, "*", "*")],
            Allow,
            "rule 2 of policy.toml allows */*",
        ),
        (
            vec![Rule { except: vec![Glob::new("r*")], ..rule(Allow, "*", "*") }],
            Ask,
            "default: ask; no rule matches files/rm",
        ),
    ] {
        let decision = decide(&rules, "{}", r#"{"path":"/tmp/a"}"#, false);
        assert_eq!((decision.verdict, decision.reason.as_str()), (verdict, reason), "{rules:#?}");
    }
}

#[test]
fn claims_make_it_stricter_and_looser_only_where_the_server_is_trusted() {
    let allow = claiming(rule(Allow, "*", "*"), READ_ONLY);
    let ask = claiming(rule(Ask, "*", "*"), DESTRUCTIVE);
    let lies = r#"{"readOnlyHint":true}"#;
    for (rules, annotations, trusted, verdict) in [
        (vec![allow.clone()], lies, false, Ask),
        (vec![allow.clone()], lies, true, Allow),
        (vec![allow.clone()], "{}", true, Ask),
        (vec![ask.clone(), rule(Allow, "files", "*")], "{}", false, Ask),
        (vec![ask.clone(), rule(Allow, "files", "*")], lies, false, Allow),
        (vec![ask.clone(), rule(Allow, "files", "rm")], "{}", false, Allow),
        (vec![claiming(rule(Deny, "*", "*"), DESTRUCTIVE), rule(Allow, "files", "rm")], "{}", true, Deny),
    ] {
        assert_eq!(decide(&rules, annotations, "{}", trusted).verdict, verdict, "{rules:#?} {annotations} {trusted}");
    }
}

#[test]
fn a_bound_rule_is_void_when_the_definition_or_the_server_is_not_what_it_was() {
    let definition = RawJson::parse(r#"{"annotations":{}, "name":"rm"}"#.to_owned()).unwrap();
    let bound = Bound { definition: Fingerprint::of_json(&definition), origin: origin("node") };
    let always = Rule { bound: Some(bound), ..rule(Allow, "files", "rm") };
    let same = decide(&[always.clone(), rule(Ask, "files", "rm")], "{}", "{}", false);
    assert_eq!((same.verdict, same.void), (Allow, None), "key order is no change, and an approval outweighs a rule");
    let changed = decide(std::slice::from_ref(&always), r#"{"readOnlyHint":true}"#, "{}", true);
    assert_eq!(changed.verdict, Ask);
    let void = "rule 1 of policy.toml is void: the definition of rm is not the one that it was made for";
    assert_eq!(changed.void.as_deref(), Some(void));
    let elsewhere = Rule { bound: Some(Bound { origin: origin("evil"), ..bound }), ..always };
    let moved = decide(&[elsewhere], "{}", "{}", false);
    assert_eq!(moved.verdict, Ask);
    let void = "rule 1 of policy.toml is void: files is started or reached in another way than when it was made";
    assert_eq!(moved.void.as_deref(), Some(void));
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let verdict = prop_oneof![Just(Allow), Just(Ask), Just(Deny)];
    let server = prop_oneof![Just("*"), Just("files"), Just("f*"), Just("other")];
    let tool = prop_oneof![Just("*"), Just("rm"), Just("r*"), Just("*m"), Just("ls")];
    let arguments = prop_oneof![
        Just(ArgumentPattern::Any),
        Just(ArgumentPattern::Like { members: vec![("path".into(), Glob::new("/tmp/*"))], only: false }),
        Just(ArgumentPattern::Like { members: vec![("path".into(), Glob::new("/tmp/*"))], only: true }),
        Just(ArgumentPattern::Like { members: vec![("path".into(), Glob::new("/etc/*"))], only: false }),
        Just(ArgumentPattern::Exactly(RawJson::parse(r#"{"path":"/tmp/a"}"#.to_owned()).unwrap())),
    ];
    let claims = prop_oneof![Just(ClaimCondition::default()), Just(READ_ONLY), Just(DESTRUCTIVE)];
    (verdict, server, tool, arguments, claims, any::<bool>()).prop_map(
        |(verdict, server, tool, arguments, claims, except)| Rule {
            arguments,
            claims,
            except: if except { vec![Glob::new("ls")] } else { vec![] },
            ..rule(verdict, server, tool)
        },
    )
}

fn annotations() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("{}"), Just(r#"{"readOnlyHint":true}"#), Just(r#"{"destructiveHint":false}"#), Just("7")]
}

fn arguments() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("{}"),
        Just(r#"{"path":"/tmp/a"}"#),
        Just(r#"{"path":"/tmp/../etc/a"}"#),
        Just(r#"{"path":"/tmp/a","path":"/etc/a"}"#),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_that_does_not_allow_never_makes_it_looser_and_one_that_allows_never_stricter(
        rules in proptest::collection::vec(any_rule(), 0..6),
        added in any_rule(),
        annotations in annotations(),
        arguments in arguments(),
        trusted in any::<bool>(),
    ) {
        let before = decide(&rules, annotations, arguments, trusted).verdict;
        let mut more = rules.clone();
        more.push(added.clone());
        let after = decide(&more, annotations, arguments, trusted).verdict;
        // The default is `ask`, so a rule that asks cannot make it looser either.
        prop_assert!(if added.verdict == Allow { after <= before } else { after >= before }, "{before:?} {after:?}");
        if before == Deny {
            prop_assert_eq!(after, Deny, "nothing overrides a deny rule");
        }
    }

    #[test]
    fn the_order_of_rules_and_trust_without_claims_mean_nothing(
        rules in proptest::collection::vec(any_rule(), 0..6),
        annotations in annotations(),
        arguments in arguments(),
        trusted in any::<bool>(),
    ) {
        let one = decide(&rules, annotations, arguments, trusted).verdict;
        let mut backwards = rules.clone();
        backwards.reverse();
        prop_assert_eq!(decide(&backwards, annotations, arguments, trusted).verdict, one);
        let without: Vec<Rule> = rules.iter().filter(|rule| rule.claims.is_empty()).cloned().collect();
        prop_assert_eq!(
            decide(&without, annotations, arguments, true).verdict,
            decide(&without, annotations, arguments, false).verdict
        );
    }

    #[test]
    fn whatever_a_server_that_is_not_trusted_claims_it_is_not_looser_than_without_rules_about_claims(
        rules in proptest::collection::vec(any_rule(), 0..6),
        annotations in annotations(),
        arguments in arguments(),
        default in prop_oneof![Just(Allow), Just(Ask), Just(Deny)],
    ) {
        let without: Vec<Rule> = rules.iter().filter(|rule| rule.claims.is_empty()).cloned().collect();
        let base = decide_else(default, &without, "{}", arguments, false).verdict;
        prop_assert!(decide_else(default, &rules, annotations, arguments, false).verdict >= base);
    }
}
