//! Tables over filling a form.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use serde_json::json;

use super::*;

fn form() -> FormUi {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 2},
            "age": {"type": "integer", "minimum": 0, "maximum": 120, "default": 42},
            "ok": {"type": "boolean"},
            "class": {"type": "string", "enum": ["economy", "business", "first"]},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["red", "green", "grey"]}},
            "odd name": {"type": "object", "required": ["x"]},
        },
        "required": ["name", "ok"],
    });
    FormUi::new(Form::read(&RawJson::from_value(&schema)).unwrap())
}

fn press(form: &mut FormUi, field: usize, keys: &str) {
    form.focus = field;
    for key in keys.split(' ') {
        form.key(key.parse().unwrap());
    }
}

#[test]
fn every_kind_of_field_is_filled_by_keys() {
    for (field, keys, content) in [
        (0, "A d a", r#"{"name":"Ada","age":42}"#),
        (1, "backspace backspace 7", r#"{"age":7}"#),
        (1, "ctrl-u", "{}"),
        (2, "y", r#"{"age":42,"ok":true}"#),
        (2, "space space", r#"{"age":42,"ok":false}"#),
        (2, "y del", r#"{"age":42}"#),
        (3, "right", r#"{"age":42,"class":"economy"}"#),
        (3, "left", r#"{"age":42,"class":"first"}"#),
        (3, "b", r#"{"age":42,"class":"business"}"#),
        (3, "right backspace", r#"{"age":42}"#),
        (4, "space g g space", r#"{"age":42,"tags":["red","grey"]}"#),
        (4, "space space", r#"{"age":42}"#),
        (5, "{ \" x \" : 1 }", r#"{"age":42,"odd name":{"x":1}}"#),
    ] {
        let mut form = form();
        press(&mut form, field, keys);
        assert_eq!(form.content.as_str(), content, "{field} {keys}");
        assert!(form.changed);
    }
}

#[test]
fn problems_are_told_at_their_field_and_gaps_only_after_a_refused_send() {
    let mut form = form();
    assert_eq!(form.problem(0), None);
    press(&mut form, 0, "A");
    assert_eq!(form.problem(0), Some("needs at least 2 characters, has 1"));
    press(&mut form, 1, "0");
    assert_eq!(form.problem(1), Some("must be at most 120, got 420"));
    press(&mut form, 5, "{ }");
    assert_eq!(form.problem(5), Some("`x` is missing"));
    press(&mut form, 0, "backspace");
    assert_eq!((form.problem(0), form.problem(2)), (None, None), "nothing was asked for yet");
    assert_eq!(form.send(false), Err("name: required".into()));
    assert_eq!((form.focus, form.problem(2)), (0, Some("required")));
    assert_eq!(form.whole, None, "said at the field");
}

#[test]
fn what_does_not_fit_goes_out_only_on_the_second_explicit_key() {
    let mut form = form();
    press(&mut form, 1, "x");
    assert!(form.send(true).is_err(), "nothing was refused yet");
    assert_eq!(form.send(true).unwrap().as_str(), r#"{"age":"42x"}"#);
    press(&mut form, 1, "backspace");
    press(&mut form, 0, "A d a");
    press(&mut form, 2, "n");
    assert_eq!(form.send(false).unwrap().as_str(), r#"{"name":"Ada","age":42,"ok":false}"#);
}

#[test]
fn a_paste_goes_into_lines_alone() {
    let mut form = form();
    form.paste("one\r\ntwo\n");
    assert_eq!(form.content.as_str(), r#"{"name":"one\ntwo","age":42}"#);
    form.focus = 3;
    form.paste("first");
    assert_eq!(form.entries[3], Entry::One(None));
}
