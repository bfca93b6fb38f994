//! Tables over the editor.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;
use crate::model::id::ServerId;

fn editor(kind: ListKind, raw: &str, draft: Option<&str>) -> Editor {
    let item = Item::read(kind, RawJson::parse(raw).unwrap());
    let key = item.key().unwrap().to_owned();
    Editor::open(ItemRef { server: ServerId(0), kind, key }, &item, draft, false)
}

const SUM: &str = r#"{"name":"sum","inputSchema":{"type":"object","properties":{
    "a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}}"#;

#[test]
fn a_text_that_fits_goes_out_as_typed() {
    let mut editor = editor(ListKind::Tools, SUM, Some("{\"b\": 4e1,\n \"a\":2.0}"));
    assert_eq!(editor.check, Check::Fits);
    let Some(Operation::CallTool { name, arguments }) = editor.operation(false) else { panic!("not sent") };
    assert_eq!((name.as_str(), arguments.as_str()), ("sum", "{\"b\": 4e1,  \"a\":2.0}"));
}

#[test]
fn what_breaks_the_schema_goes_out_only_on_the_second_key() {
    let mut editor = editor(ListKind::Tools, SUM, Some(r#"{"a":2,"b":"40x"}"#));
    let Check::Violates(violations) = &editor.check else { panic!("{:?}", editor.check) };
    assert_eq!(violations[0].path, "b");
    assert_eq!(editor.operation(false), None);
    assert!(editor.refused);
    assert!(editor.operation(true).is_some());
}

#[test]
fn what_is_no_json_never_goes_out() {
    for text in ["{\"a\":", "[1]", "", "{} {}"] {
        let mut editor = editor(ListKind::Tools, SUM, Some(text));
        assert!(matches!(editor.check, Check::Unusable(_)), "{text}: {:?}", editor.check);
        assert_eq!(editor.operation(true), None, "{text}");
    }
}

#[test]
fn a_schema_that_cannot_be_used_checks_nothing_and_says_so() {
    let raw = r#"{"name":"x","inputSchema":{"$ref":"https://example.com/schema"}}"#;
    let mut editor = editor(ListKind::Tools, raw, Some("{\"a\":1}"));
    assert!(matches!(editor.check, Check::Unchecked(_)), "{:?}", editor.check);
    assert!(editor.operation(false).is_some());
}

#[test]
fn enter_sends_where_there_is_nothing_to_type() {
    let nothing = r#"{"name":"x","inputSchema":{"type":"object"}}"#;
    assert!(editor(ListKind::Tools, nothing, None).enter_sends);
    assert!(!editor(ListKind::Tools, SUM, None).enter_sends);
    assert!(editor(ListKind::Prompts, r#"{"name":"p"}"#, None).enter_sends);
    assert!(editor(ListKind::Templates, r#"{"uriTemplate":"x://{id}","name":"t"}"#, None).enter_sends);
}

#[test]
fn variables_of_a_template_want_values() {
    let raw = r#"{"uriTemplate":"x://{id}/{part}","name":"t"}"#;
    assert!(matches!(editor(ListKind::Templates, raw, None).check, Check::Violates(_)));
    let mut filled = editor(ListKind::Templates, raw, Some("x://7/a"));
    assert_eq!(filled.operation(false), Some(Operation::ReadResource { uri: "x://7/a".into() }));
}

#[test]
fn a_prompt_takes_strings() {
    let raw = r#"{"name":"p","arguments":[{"name":"who","required":true}]}"#;
    assert!(matches!(editor(ListKind::Prompts, raw, Some("{}")).check, Check::Violates(_)));
    assert!(matches!(editor(ListKind::Prompts, raw, Some(r#"{"who":1}"#)).check, Check::Violates(_)));
    assert_eq!(editor(ListKind::Prompts, raw, Some(r#"{"who":"Ada"}"#)).check, Check::Fits);
}
