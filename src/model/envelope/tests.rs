//! The envelope reader against tables of damage and against serde_json.

use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Envelope {
    Envelope::read(text.as_bytes())
}

#[test]
fn frames_are_told_apart() {
    use FrameKind::{Batch, Error, NotJson, NotRpc, Notification, Request, Result};
    for (text, kind, problem) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1,{"b":null}]}}"#, Request, None),
        (r#" {"jsonrpc" : "2.0" , "method" : "m" } "#, Notification, None),
        (r#"{"jsonrpc":"2.0","id":"x","result":{}}"#, Result, None),
        (r#"{"jsonrpc":"2.0","id":-7,"error":{}}"#, Error, None),
        (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, Result, None),
        ("\u{feff}{\"jsonrpc\":\"2.0\",\"method\":\"m\"}\r", Notification, None),
        (r#"[{"jsonrpc":"2.0","method":"m"}]"#, Batch, None),
        ("[]", NotRpc, Some(Problem::NotObject)),
        ("[1]", NotRpc, Some(Problem::NotObject)),
        ("null", NotRpc, Some(Problem::NotObject)),
        ("7", NotRpc, Some(Problem::NotObject)),
        (r#"{"jsonrpc":"1.0","method":"m"}"#, NotRpc, Some(Problem::WrongVersion)),
        (r#"{"jsonrpc":"2.0"}"#, NotRpc, Some(Problem::Nothing)),
        (r#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, NotRpc, Some(Problem::BadId)),
        (r#"{"jsonrpc":"2.0","id":1.0,"method":"m"}"#, NotRpc, Some(Problem::BadId)),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, NotRpc, Some(Problem::BadMethod)),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, NotRpc, Some(Problem::ResultAndError)),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"result":{}}"#, NotRpc, Some(Problem::Duplicate("id"))),
        (r#"{"jsonrpc":"2.0","id":null,"result":{}}"#, NotRpc, Some(Problem::NoId)),
        (r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}"#, Error, Some(Problem::NoId)),
        (r#"{"jsonrpc":"2.0","result":{}}"#, NotRpc, Some(Problem::NoId)),
        ("{", NotJson, Some(Problem::NotJson(1, "it ends too early"))),
        ("not json", NotJson, Some(Problem::NotJson(0, "a value is expected"))),
        ("", NotJson, Some(Problem::NotJson(0, "it ends too early"))),
        ("{\"m\":\"\u{0}\"}", NotJson, Some(Problem::NotJson(6, "a control character in a string"))),
        (r#"{"m":"\ud800"}"#, NotJson, Some(Problem::NotJson(6, "half of a surrogate pair"))),
        (r#"{"m":01}"#, NotJson, Some(Problem::NotJson(6, "a number cannot begin with 0"))),
        ("{} x", NotJson, Some(Problem::NotJson(3, "something follows the value"))),
    ] {
        let envelope = read(text);
        assert_eq!((envelope.kind, envelope.problem), (kind, problem), "{text:?}");
    }
    assert_eq!(Envelope::read(b"\xff\xfe").problem, Some(Problem::InvalidUtf8(0)));
}

#[test]
fn parts_are_found_as_written() {
    let text = r#"{"jsonrpc":"2.0","id":"a\"b","method":"tools/call","params": {"n":1.10} ,"x":[]}"#;
    let envelope = read(text);
    assert_eq!(envelope.id.text(text.as_bytes()), r#""a\"b""#);
    assert_eq!(envelope.method.text(text.as_bytes()), "tools/call");
    assert_eq!(envelope.params.text(text.as_bytes()), r#"{"n":1.10}"#);
    assert_eq!(envelope.depth, 2);
}

#[test]
fn a_million_levels_are_counted_without_recursion() {
    let deep =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let envelope = read(&deep);
    assert_eq!(envelope.kind, FrameKind::Result);
    assert_eq!(envelope.depth, 1_000_001);
}

#[test]
fn the_id_of_a_damaged_frame_is_made_out() {
    assert_eq!(recover_id(b"{\"jsonrpc\":\"2.0\",\"id\": 17 ,\"result\":{\"a\":\"\xc3\x28\"}}"), Some(&b"17"[..]));
    assert_eq!(recover_id(b"{\"result\":{\"a\":\"\xff\"},\"id\":\"x\"}"), Some(&b"\"x\""[..]));
    assert_eq!(recover_id(b"{\"id\":null"), None);
    assert_eq!(recover_id(b"listening on port 3000"), None);
}

proptest! {
    #[test]
    fn it_accepts_exactly_what_serde_json_accepts(text in r#"[\[\]{}":,0-9eE.+\-truefalsn \\u\x00-\x1fa-c]{0,24}"#) {
        let ours = read(&text).is_json();
        let theirs = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}'));
        // serde_json refuses numbers that overflow a double; the grammar does not.
        let overflow = theirs.as_ref().is_err_and(|fault| fault.to_string().contains("out of range"));
        prop_assert_eq!(ours, theirs.is_ok() || overflow, "{:?}", text);
    }

    #[test]
    fn valid_json_stays_valid_under_any_cut_or_not_but_never_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..64)
    ) {
        let envelope = Envelope::read(&bytes);
        for span in [envelope.id, envelope.method, envelope.params, envelope.result, envelope.error] {
            prop_assert!(span.end as usize <= bytes.len());
        }
        let _ = recover_id(&bytes);
    }
}
