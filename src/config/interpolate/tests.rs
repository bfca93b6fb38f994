//! Tests of `interpolate`: the escapes in a table, and that no text breaks it.

use proptest::prelude::*;

use super::*;

fn environment(name: &str) -> Option<String> {
    match name {
        "A" => Some("one".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn filled(template: &str) -> Result<String, Unfilled> {
    expand(template, &environment, |_, _| {})
}

#[test]
fn variables_defaults_and_escapes() {
    for (template, expected) in [
        ("plain", "plain"),
        ("", ""),
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${B:-two}", "two"),
        ("${B:-}", ""),
        ("${A:-two}", "one"),
        ("${EMPTY}", ""),
        ("${EMPTY:-two}", "two"),
        ("${B:-http://x:-1}", "http://x:-1"),
        ("$A $ 5$ pa$$word $$", "$A $ 5$ pa$$word $$"),
        ("$${A}", "${A}"),
        ("$$${A}", "$one"),
        ("$$$${A}", "$${A}"),
        ("{A}", "{A}"),
        ("é${A}→", "éone→"),
    ] {
        assert_eq!(filled(template).as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    for (template, expected) in [
        ("${A", "no closing"),
        ("a ${", "no closing"),
        ("${}", "`${}` is not a variable"),
        ("${1A}", "`${1A}` is not a variable"),
        ("${A-b}", "`${A-b}` is not a variable"),
        ("${env:A}", "`${env:A}` is not a variable"),
        ("${A:-${B}}", "do not nest"),
    ] {
        let said = parse(template).expect_err(template).to_string();
        assert!(said.contains(expected), "{template}: {said}");
    }
}

#[test]
fn all_missing_variables_are_named_once() {
    assert_eq!(filled("${X}${A}${Y}${X}"), Err(Unfilled::Missing(vec!["X".into(), "Y".into()])));
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "[${}:A\\-a é]{0,40}") {
        let _ = filled(&text);
        if let Ok(pieces) = parse(&text) {
            prop_assert_eq!(parse(&write(&pieces)), Ok(pieces));
        }
    }

    #[test]
    fn any_text_can_stand_for_itself(text in "[${}:A\\-a]{0,40}|.{0,40}", next in any::<bool>()) {
        let mut pieces = vec![Piece::Text(text.clone())];
        let mut expected = text;
        if next {
            pieces.push(Piece::Variable { name: "A".into(), default: None });
            expected.push_str("one");
        }
        prop_assert_eq!(filled(&write(&pieces)), Ok(expected));
    }
}
