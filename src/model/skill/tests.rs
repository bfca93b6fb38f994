//! Entries that may be used, files that are what they should be, and YAML of all kinds.

#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{BYTES, FILES, Files, Skill, frontmatter};
use crate::model::json::RawJson;

const URI: &str = "skill://acme/refunds/SKILL.md";
const TEXT: &str = "---\nname: refunds\ndescription: Pay back\n---\n\n# Refunds\n";

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold("sha256:".into(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn entry() -> Value {
    let frontmatter = json!({"name": "refunds", "description": "Pay back"});
    let other = json!({"uri": "skill://acme/refunds/a/b.md", "digest": digest("b"), "size": 1});
    let main = json!({"uri": URI, "digest": digest(TEXT), "size": TEXT.len()});
    json!({"uri": URI, "frontmatter": frontmatter, "resources": [main, other]})
}

fn read(entry: &Value) -> Result<Skill, String> {
    Skill::read(&RawJson::from_value(entry))
}

#[test]
fn a_skill_is_its_entry_and_files_are_what_it_says() {
    let skill = read(&entry()).unwrap();
    assert_eq!((skill.name.as_str(), skill.description.as_str()), ("refunds", "Pay back"));
    assert!(skill.remarks.is_empty());
    assert_eq!(skill.file(None), Ok(URI));
    assert_eq!(skill.file(Some("a/b.md")), Ok("skill://acme/refunds/a/b.md"));
    assert_eq!(skill.file(Some("skill://acme/refunds/a/b.md")), Ok("skill://acme/refunds/a/b.md"));
    assert!(skill.file(Some("../other/SKILL.md")).is_err());
    assert_eq!(skill.check(URI, TEXT.as_bytes()).unwrap().unwrap().digest, digest(TEXT));
    assert!(skill.check("skill://acme/refunds/a/b.md", b"b").is_ok());
    let longer = format!("{TEXT}x");
    assert!(skill.check(URI, longer.as_bytes()).unwrap_err().contains("bytes"));
    assert!(skill.check(URI, TEXT.replace("# R", "# X").as_bytes()).unwrap_err().contains("digest"));
    assert!(skill.check("skill://acme/refunds/c.md", b"").is_err());

    // Digest and size fit, but the frontmatter is not what a person was shown.
    let lies = TEXT.replace("Pay back", "Pay me!!");
    let mut entry = entry();
    entry["resources"][0] = json!({"uri": URI, "digest": digest(&lies), "size": lies.len()});
    let why = read(&entry).unwrap().check(URI, lies.as_bytes()).unwrap_err();
    assert!(why.contains("`description` differs"), "{why}");
}

#[test]
fn what_is_made_up_as_it_is_read_has_only_its_frontmatter_to_check() {
    let mut entry = entry();
    entry["resources"] = "dynamic".into();
    let skill = read(&entry).unwrap();
    assert_eq!(skill.files, Files::Dynamic);
    assert_eq!(skill.check(URI, TEXT.as_bytes()), Ok(None));
    assert!(skill.check(URI, b"---\nname: other\n---\n").is_err());
    assert!(skill.file(Some("a/b.md")).is_err());
}

#[test]
fn entries_that_break_the_rules_are_not_used() {
    let with = |at: &str, value: Value| {
        let mut entry = entry();
        *entry.pointer_mut(at).unwrap() = value;
        read(&entry)
    };
    for (at, value, why) in [
        ("/uri", json!("skill://acme/refunds"), "SKILL.md"),
        ("/uri", json!(7), "`uri`"),
        ("/frontmatter", json!("x"), "`frontmatter`"),
        ("/frontmatter", json!({"name": "refunds"}), "`description`"),
        ("/resources", json!("static"), "neither"),
        ("/resources", json!([]), "SKILL.md"),
        ("/resources/1/uri", json!("skill://acme/other/b.md"), "not in its directory"),
        ("/resources/1/uri", json!("skill://acme/refunds/../other/b.md"), "not in its directory"),
        ("/resources/1/uri", json!("skill://acme/refunds-2/b.md"), "not in its directory"),
        ("/resources/1/uri", json!(URI), "twice"),
        ("/resources/1/digest", json!("sha256:ABC"), "digest"),
        ("/resources/1/digest", json!(digest("b").to_uppercase()), "digest"),
        ("/resources/1/size", json!(-1), "size"),
        ("/resources/1/size", json!(BYTES), "limit"),
        ("/resources/1/size", json!(u64::MAX), "limit"),
    ] {
        let found = with(at, value.clone()).unwrap_err();
        assert!(found.contains(why), "{at} {value}: {found}");
    }
    let file = |n: usize| json!({"uri": format!("skill://acme/refunds/{n}"), "digest": digest("b"), "size": 1});
    let mut many: Vec<Value> = (0..FILES).map(file).collect();
    many[0] = json!({"uri": URI, "digest": digest(TEXT), "size": TEXT.len()});
    assert!(with("/resources", many.clone().into()).is_ok(), "as many as must be taken");
    many.push(file(FILES));
    assert!(with("/resources", many.into()).unwrap_err().contains("513 files"));
    assert_eq!(with("/frontmatter/name", json!("My Skill")).unwrap().remarks.len(), 2);
}

#[test]
fn frontmatter_is_compared_field_by_field_in_every_reading_of_yaml() {
    let fits = |yaml: &str, json: Value| {
        let file = format!("---\n{yaml}\n---\nbody");
        frontmatter::compare(file.as_bytes(), &json)
    };
    for (yaml, json) in [
        ("a: b", json!({"a": "b"})),
        ("a: 'yes'\nb: yes\nc: yes", json!({"a": "yes", "b": true, "c": "yes"})),
        (
            "a: 1.10\nb: 1.10\nc: 0x10\nd: 0o17\ne: 017\nf: 1_000",
            json!({"a": 1.1, "b": "1.10", "c": 16, "d": 15, "e": 15, "f": 1000}),
        ),
        ("a: 12345678901234567890\nb: -3\nc: +3", json!({"a": 12_345_678_901_234_567_890_u64, "b": -3, "c": 3})),
        ("a: ~\nb:\nc: null", json!({"a": null, "b": null, "c": "null"})),
        ("a: 2026-01-02\nb: 2026-01-02", json!({"a": "2026-01-02T00:00:00.000Z", "b": "2026-01-02"})),
        ("a: [1, 'x', {b: c}]", json!({"a": [1, "x", {"b": "c"}]})),
        ("a: >\n  two\n  lines\nb: |\n  two\n  lines\n", json!({"a": "two lines\n", "b": "two\nlines\n"})),
        ("b: 1\na: 2", json!({"a": 2, "b": 1})),
        ("a: !!str 5", json!({"a": "5"})),
        ("a: \"\\u00e9 # no comment\" # a comment", json!({"a": "é # no comment"})),
    ] {
        assert_eq!(fits(yaml, json), Ok(()), "{yaml}");
    }
    for (yaml, json, at) in [
        ("a: b", json!({"a": "c"}), "`a`"),
        ("a: b\nhooks: rm", json!({"a": "b"}), "`hooks`"),
        ("a: b", json!({"a": "b", "allowed-tools": "Bash"}), "`allowed-tools`"),
        ("a: {b: [1, 2]}", json!({"a": {"b": [1, 3]}}), "`a.b[1]`"),
        ("a: 'true'", json!({"a": true}), "`a`"),
        ("a: 5", json!({"a": 6}), "`a`"),
        ("a: [1]", json!({"a": [1, 2]}), "`a`"),
        ("a: &x b\nc: *x", json!({"a": "b", "c": "b"}), "aliases"),
        ("a: b\na: c", json!({"a": "c"}), "twice"),
        ("a: 'open", json!({"a": "open"}), "cannot be read"),
        ("", json!({}), "empty"),
    ] {
        let why = fits(yaml, json).unwrap_err();
        assert!(why.contains(at), "{yaml}: {why}");
    }
    for file in ["no frontmatter", "----\na: b\n---\n", "---\na: b\n", "---", ""] {
        assert!(frontmatter::compare(file.as_bytes(), &json!({"a": "b"})).is_err(), "{file:?}");
    }
    assert_eq!(frontmatter::compare(b"\xef\xbb\xbf---\r\na: b\r\n---\r\n", &json!({"a": "b"})), Ok(()));
    let deep = format!("---\na: {}{}\n---\n", "[".repeat(10_000), "]".repeat(10_000));
    assert!(frontmatter::compare(deep.as_bytes(), &json!({})).is_err());
    let large = format!("---\na: {}\n---\n", "x".repeat(100_000));
    assert!(frontmatter::compare(large.as_bytes(), &json!({})).unwrap_err().contains("KiB"));
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in "(---\n)?[a-z\\-:#&*!|>%@`'\"\\[\\]{},? \t\n\\\\0-9é]{0,80}(\n---\n)?", json in "[a-z]{0,3}") {
        let file = format!("---\n{text}\n---\n");
        // It ends, without a panic; whatever is accepted has the shape of an object.
        let _ = frontmatter::compare(file.as_bytes(), &json!({"a": json}));
        let _ = frontmatter::compare(text.as_bytes(), &json!({"a": json}));
    }

    #[test]
    fn what_is_quoted_fits_only_itself(text in "[ -~]{0,30}", other in "[ -~]{0,30}") {
        let file = format!("---\na: {}\n---\n", json!(text));
        prop_assert_eq!(frontmatter::compare(file.as_bytes(), &json!({"a": text})), Ok(()));
        prop_assert_eq!(frontmatter::compare(file.as_bytes(), &json!({"a": other})).is_ok(), text == other);
    }
}

#[test]
fn a_list_of_skills_says_what_differs() {
    for (uri, path) in [
        ("skill://acme/refunds/SKILL.md", "acme/refunds"),
        ("skill://refunds", "refunds"),
        ("https://example.com/a/SKILL.md", "https://example.com/a"),
        ("skill://SKILL.md", "SKILL.md"),
        ("skill:///SKILL.md", "/SKILL.md"),
        ("", ""),
    ] {
        assert_eq!(super::path(uri), path);
    }
}
