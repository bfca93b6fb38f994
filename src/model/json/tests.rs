//! Raw JSON against `serde_json`.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn raw(text: &str) -> RawJson {
    RawJson::parse(text).expect("valid JSON")
}

fn lines(text: &str) -> Vec<String> {
    pretty(text).lines().map(str::to_owned).collect()
}

#[test]
fn text_is_kept_as_it_came() {
    for text in ["1.10", "1e999", r#"{"b":1,"a":2,"b":3}"#, r#""\u0041\ud800""#, "[ ]", "-0.0"] {
        assert_eq!(raw(text).as_str(), text);
    }
    assert_eq!(raw(" \n{ }\t").as_str(), "{ }");
    assert_eq!(raw("[1]"), raw("[1]"));
    assert_ne!(raw("[1]"), raw("[1 ]"));
}

#[test]
fn errors_say_where() {
    let error = RawJson::parse("{\n  \"a\": x\n}").expect_err("broken");
    assert!(matches!(error, JsonError::Syntax { line: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("line 2, column"), "{error}");
    for text in ["", "{", "[1,]", "nul", "1 2", "{a:1}", "'x'"] {
        assert!(RawJson::parse(text).is_err(), "{text}");
    }
}

#[test]
fn depth_has_no_limit_but_values_do() {
    let deep = |n: usize| raw(&format!("{}{}", "[".repeat(n), "]".repeat(n)));
    assert!(deep(MAX_VALUE_DEPTH).to_value().is_ok());
    assert_eq!(deep(MAX_VALUE_DEPTH + 1).to_value(), Err(JsonError::TooDeep { depth: MAX_VALUE_DEPTH + 1 }));
    let million = deep(1_000_000);
    assert_eq!(depth(million.as_str().as_bytes()), 1_000_000);
    assert!(million.to_value().is_err());
    assert_eq!(PrettyLines::new(million.as_str()).count(), 1_999_999);
    assert_eq!(compact(million.as_str(), 4), "[[[…");
    assert_eq!(scan::elements(million.as_str()).next().map(str::len), Some(1_999_998));
    let on_a_small_stack = std::thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(move || RawJson::parse(million.as_str()).is_ok())
        .expect("thread");
    assert!(on_a_small_stack.join().expect("no overflow"));
}

#[test]
fn what_can_be_a_value_is_known_before() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let texts =
        ["1.10", "1e999", "-1e999", r#""\u0041""#, r#""\ud800""#, r#"{"\ud800":1}"#, r#"{"a":[null,true,-1,1e2]}"#];
    let texts = texts.map(str::to_owned).into_iter().chain([deep(MAX_VALUE_DEPTH), deep(MAX_VALUE_DEPTH + 1)]);
    for text in texts.chain(["9".repeat(400)]) {
        assert_eq!(raw(&text).is_value(), raw(&text).to_value().is_ok(), "{text}");
    }
}

#[test]
fn depth_ignores_strings() {
    for (text, levels) in [("1", 0), ("[]", 1), (r#"{"a":"[[[","b":[{}]}"#, 3), (r#""\"[""#, 0)] {
        assert_eq!(depth(text.as_bytes()), levels, "{text}");
    }
}

#[test]
fn members_are_raw() {
    let object = raw(r#"{ "a" : 1.10 , "b" : { "a" : [ 1 ] } , "\u0063":"x", "a":2e0 }"#);
    assert_eq!(object.get("a"), Some("2e0"));
    assert_eq!(object.get("b"), Some(r#"{ "a" : [ 1 ] }"#));
    assert_eq!(object.get("c"), Some(r#""x""#));
    assert_eq!(object.get("d"), None);
    assert_eq!(raw("[1]").get("a"), None);
    assert_eq!(raw("{}").get("a"), None);
}

#[test]
fn items_are_raw_and_capped() {
    let page = raw(&format!(r#"{{"tools":[{}1]}}"#, "[],".repeat(100_000)));
    assert_eq!(page.items_of("tools", 3), Ok(vec!["[]", "[]", "[]"]));
    assert_eq!(page.items_of("tools", usize::MAX).map(|items| items.len()), Ok(100_001));
    assert_eq!(raw(r#"{"t":[ ]}"#).items_of("t", 9), Ok(vec![]));
    for (text, message) in [
        (r#"{"u":1}"#, "an array in `t` is expected, got nothing"),
        (r#"{"t":null}"#, "an array in `t` is expected, got null"),
        ("[]", "an array in `t` is expected, got an array"),
    ] {
        let error = raw(text).items_of("t", 9).expect_err("no list");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn pretty_lines() {
    assert_eq!(
        lines(r#"{"a":[1.10,{},[ ],{"b":null}],"c":"x\n"}"#),
        [
            "{",
            "  \"a\": [",
            "    1.10,",
            "    {},",
            "    [],",
            "    {",
            "      \"b\": null",
            "    }",
            "  ],",
            "  \"c\": \"x\\n\"",
            "}"
        ]
    );
    let line = PrettyLines::new(r#"{"a":true}"#).nth(1).expect("second line");
    assert_eq!((line.indent, line.depth), (2, 1));
    assert_eq!(line.spans, [(Token::Key, "\"a\""), (Token::Punct, ": "), (Token::Literal, "true")]);
}

#[test]
fn broken_json_is_still_shown() {
    assert_eq!(lines("not json\nat all"), ["not json", "at all"]);
    assert_eq!(lines(r#"{"a":1,"b":"unfin"#), ["{", "  \"a\": 1,", "  \"b\": \"unfin"]);
    assert_eq!(lines("[1,}"), ["[", "  1,", "  }"]);
    assert_eq!(lines("[1} x"), ["[", "  1", "} x"]);
    assert_eq!(lines("[1] [2]"), ["[", "  1", "]", "[2]"]);
    assert_eq!(lines("\"a\\\""), ["\"a\\\""]);
    assert_eq!(lines(""), Vec::<String>::new());
    assert_eq!(lines("{\"a\""), ["{", "  \"a\""]);
}

#[test]
fn indentation_stops_growing() {
    let deep = "[".repeat(5000);
    assert!(PrettyLines::new(&deep).all(|line| line.indent <= 64));
    assert_eq!(PrettyLines::new(&deep).last().map(|line| line.depth), Some(4999));
}

#[test]
fn compact_lines() {
    let table = [
        (r#"{ "a" : [ 1 , 2 ] }"#, 80, r#"{"a":[1,2]}"#),
        (r#"{ "a b" : " x " }"#, 80, r#"{"a b":" x "}"#),
        ("[1,2,3]", 7, "[1,2,3]"),
        ("[1,2,3]", 6, "[1,2,…"),
        ("[1,2,3] ", 7, "[1,2,3]"),
        ("[1]", 0, ""),
        (r#""\" x""#, 80, r#""\" x""#),
    ];
    for (text, max, shown) in table {
        assert_eq!(compact(text, max), shown, "{text} in {max}");
    }
    let padded = format!("[1,{}2]", " ".repeat(10_000));
    assert_eq!(compact(&padded, 10), "[1,…");
}

#[test]
fn escapes_are_told_where_that_is_harmless() {
    let table = [
        (r#"{"a":"caf\u00e9 \u65e5\u672C"}"#, r#"{"a":"café 日本"}"#),
        (r#""\ud83d\ude00 \u003cb\u003e""#, r#""😀 <b>""#),
        // A backslash, and then letters.
        (r#""C:\\u0041 \\\u0041""#, r#""C:\\u0041 \\A""#),
        // The notation, controls, what is invisible or turns text round, halves of pairs, no escapes at all.
        (r#""\u0022 \u005c \u000a \u001b \u009b""#, r#""\u0022 \u005c \u000a \u001b \u009b""#),
        (r#""\u202e \u200d \ufeff \u2028""#, r#""\u202e \u200d \ufeff \u2028""#),
        (r#""\ud83d \ude00 \ud83d\u0041""#, r#""\ud83d \ude00 \ud83dA""#),
        (r#""\u12 \u12g4 \"#, r#""\u12 \u12g4 \"#),
        ("\"\\é\\u00e9", "\"\\éé"),
    ];
    for (text, shown) in table {
        assert_eq!(scan::legible(text), shown);
    }
}

#[test]
fn debug_is_short() {
    let long = raw(&format!("[{}1]", "1,".repeat(100_000)));
    assert!(format!("{long:?}").len() < 150);
    assert_eq!(format!("{:?}", raw("[ 1 ]")), "RawJson([1])");
}

#[test]
fn raw_json_travels_through_serde() {
    let text = r#"{"x":{"n":1.10,"n":2}}"#;
    let map: std::collections::BTreeMap<String, RawJson> = serde_json::from_str(text).expect("a map");
    assert_eq!(map["x"].as_str(), r#"{"n":1.10,"n":2}"#);
    assert_eq!(serde_json::to_string(&map).expect("text"), text);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<String>().prop_map(Value::from),
        "[ \\[\\]{}\",:\\\\]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// JSON and almost JSON.
fn almost() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ \n\\[\\]{}\",:\\\\a0-1.eE+tru\\-nlfs]{0,24}",
        (value(), any::<proptest::sample::Index>(), any::<char>()).prop_map(|(value, at, c)| {
            let text = value.to_string();
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            chars[at] = c;
            chars.into_iter().collect()
        }),
        (value(), any::<proptest::sample::Index>()).prop_map(|(value, at)| {
            let chars: Vec<char> = value.to_string().chars().collect();
            chars[..at.index(chars.len())].iter().collect()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pretty_means_the_same(value in value()) {
        let laid_out = pretty(&value.to_string());
        prop_assert_eq!(&serde_json::from_str::<Value>(&laid_out).expect("JSON"), &value);
        prop_assert_eq!(pretty(&laid_out), laid_out.as_str());
        prop_assert_eq!(compact(&laid_out, usize::MAX), value.to_string());
        // The layout of serde_json itself, where nothing is deep.
        prop_assert_eq!(laid_out, serde_json::to_string_pretty(&value).expect("JSON"));
    }

    #[test]
    fn every_member_and_element_is_found(value in value()) {
        let text = value.to_string();
        let raw = RawJson::parse(text.as_str()).expect("JSON");
        match &value {
            Value::Object(map) => for (key, member) in map {
                let expected = member.to_string();
                prop_assert_eq!(raw.get(key), Some(expected.as_str()));
            },
            Value::Array(list) => {
                let found: Vec<&str> = scan::elements(raw.as_str()).collect();
                let expected: Vec<String> = list.iter().map(Value::to_string).collect();
                prop_assert_eq!(found, expected);
            }
            _ => {}
        }
    }

    #[test]
    fn accepts_what_serde_json_accepts(text in almost()) {
        let ours = RawJson::parse(text.as_str());
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if serde_json::from_str::<Value>(&text).is_ok() {
            prop_assert!(ours.is_ok_and(|raw| raw.to_value().is_ok()));
        }
    }

    #[test]
    fn nothing_panics_and_little_is_lost(text in almost(), max in 0usize..40) {
        let laid_out = pretty(&text);
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert!(squeeze(&laid_out).len() >= squeeze(&text).len());
        prop_assert!(compact(&text, max).chars().count() <= max);
        let _ = depth(text.as_bytes());
        let _ = scan::member(&text, "a");
        let _ = scan::elements(&text).count();
    }

    #[test]
    fn what_is_told_of_escapes_hides_nothing_and_stays(text in r#"(\\\\|\\u[0-9a-f]{4}|\\ud83d\\ude00|[a-z"é😀])*"#) {
        use crate::model::text::hidden_count;
        let shown = scan::legible(&text);
        prop_assert_eq!(hidden_count(&shown), hidden_count(&text));
        prop_assert_eq!(shown.matches('"').count(), text.matches('"').count());
        let string = format!("\"{}\"", text.replace('"', ""));
        let told = scan::legible(&string);
        if let Ok(value) = serde_json::from_str::<String>(&string) {
            prop_assert_eq!(serde_json::from_str::<String>(&told).ok(), Some(value));
        }
    }
}
