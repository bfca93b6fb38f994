//! The filter language from end to end: what is typed, what it holds for, what is found in lines of the journal.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::complete::{Known, complete};
use super::line::scan;
use super::needle::Needle;
use super::sieve::Sieve;
use super::*;
use crate::model::id::{Moment, ServerId};
use crate::model::log::WireLog;
use crate::model::wire::{MethodId, WireBatch, WireEntry};

fn facts() -> Facts<'static> {
    Facts {
        server: "demo",
        method: "tools/call",
        direction: Direction::Recv,
        kind: FrameKind::Result,
        failed: false,
        marked: false,
        id: fold_id(id_hash(b"7")),
        took: Some(200_001),
        size: 2_000,
    }
}

#[test]
fn conditions_hold_or_do_not() {
    for (text, holds) in [
        ("", true),
        ("server:demo", true),
        ("server:d*", true),
        ("server:other", false),
        ("method:tools/*", true),
        ("-method:tools/*", false),
        ("dir:recv", true),
        ("dir:send", false),
        ("kind:response", true),
        ("kind:result", true),
        ("kind:error", false),
        ("is:error", false),
        ("is:slow", false),
        ("-is:marked", true),
        ("id:7", true),
        ("id:\"7\"", false),
        ("id:8", false),
        (">200ms", true),
        (">0.2s", true),
        (">201ms", false),
        ("<1min", true),
        ("<200us", false),
        ("size:>1k", true),
        ("size:>1.9k", true),
        ("size:<1k", false),
        ("size:>2000", false),
        ("server:demo dir:recv >1ms", true),
        ("server:demo dir:send", false),
        ("dir:send or kind:result", true),
        ("server:other (dir:send or kind:result)", false),
        ("server:other or dir:recv kind:result", true),
        ("-(dir:send or kind:request)", true),
        ("-(dir:send kind:result)", true),
    ] {
        assert_eq!(Filter::read(text).unwrap().holds(&facts(), 0), holds, "{text}");
    }
}

#[test]
fn texts_have_bits_in_their_order() {
    let filter = Filter::read("one -two (\"three four\" or dir:recv)").unwrap();
    assert_eq!(filter.texts().collect::<Vec<_>>(), ["one", "two", "three four"]);
    assert_eq!(filter.wanted_texts(), ["one", "three four"]);
    assert!(filter.holds(&facts(), 0b001));
    assert!(!filter.holds(&facts(), 0b011));
    assert!(!filter.holds(&facts(), 0b100));
}

#[test]
fn an_error_names_the_place_and_what_was_expected() {
    for (text, at, words) in [
        ("kidn:request", 0, "`kidn:` is no key; server, method, dir, kind"),
        ("x kind:requst", 7, "request, response, notification"),
        ("server:", 7, "the name of a server"),
        ("id:", 3, "the id of a request"),
        (">200", 1, ">200ms (us, ms, s, min)"),
        ("ab >", 4, "a time is expected"),
        ("<1.2345s", 1, "a time is expected"),
        (">99999999999999999999s", 1, "a time is expected"),
        ("size:1k", 5, "`>` or `<` and a size"),
        ("size:>k", 5, "`>` or `<` and a size"),
        ("\"open", 5, "the closing quote is expected"),
        ("\"a\"b", 3, "a space is expected"),
        ("\"\"", 0, "text is expected"),
        ("a or", 2, "on both sides"),
        ("or a", 0, "on both sides"),
        ("a or or b", 2, "on both sides"),
        ("(a", 2, "`)` is expected"),
        ("()", 1, "inside `( )`"),
        ("a -", 3, "right after `-`"),
        ("--a", 1, "one `-` is enough"),
        ("http://x", 0, "write \"http://x\""),
    ] {
        let error = Filter::read(text).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
    }
    assert_eq!(Filter::read("ä ö kind:x").unwrap_err().to_string().split(':').next(), Some("at 10"));
    assert!(Filter::read(&"(".repeat(5_000)).is_err());
    assert!(Filter::read(&"(".repeat(2_000)).is_err());
    assert!(Filter::read(&"a ".repeat(17)).is_err());
}

#[test]
fn what_looks_like_a_pattern_is_text() {
    for text in ["a.*b", "[a-z]+", "^x$", "a|b", "foo(bar)", "{\"name\":\"echo\"}", "\\d+", "a:b:c\\", "order", "or1"] {
        let Ok(filter) = Filter::read(text) else {
            assert_eq!(text, "a:b:c\\");
            continue;
        };
        assert_eq!(filter.texts().collect::<Vec<_>>(), [text]);
    }
}

#[test]
fn the_sieve_says_what_the_facts_say() {
    let entry = |kind, direction, id, at, server| WireEntry {
        at: Moment(at),
        server: ServerId(server),
        direction,
        kind,
        method: MethodId(u16::from(kind == FrameKind::Request)),
        id,
        offset: 0,
        len: 1,
        size: 10,
        failed: kind == FrameKind::Error,
    };
    let mut log = WireLog::default();
    log.append(&WireBatch {
        methods: vec![(MethodId(1), "tools/call".into())],
        entries: vec![
            entry(FrameKind::Request, Direction::Send, id_hash(b"7"), 0, 0),
            entry(FrameKind::Notification, Direction::Recv, 0, 5, 0),
            entry(FrameKind::Error, Direction::Recv, id_hash(b"7"), 2_000_000, 0),
            entry(FrameKind::Request, Direction::Send, id_hash(b"\"7\""), 9, 1),
            entry(FrameKind::Note, Direction::Note, 0, 9, 1),
        ],
        ..WireBatch::default()
    });
    let marks = BTreeSet::from([1]);
    for (text, hits) in [
        ("", vec![0, 1, 2, 3, 4]),
        ("server:d*", vec![0, 1, 2]),
        ("method:*/call", vec![0, 2, 3]),
        ("id:7", vec![0, 2, 3]),
        ("id:\"7\"", vec![3]),
        ("is:slow", vec![2]),
        (">1s", vec![2]),
        ("<10s", vec![2]),
        ("is:error", vec![2]),
        ("is:marked or kind:note", vec![1, 4]),
        ("size:<1k", vec![0, 1, 2, 3]),
        ("x", vec![3]),
        ("-x dir:send", vec![0]),
    ] {
        let filter = Filter::read(text).unwrap();
        let sieve = Sieve::new(&filter, &log, &["demo", "other"], &marks);
        let found: Vec<usize> = (0..5).filter(|at| sieve.holds(&log.get(*at).unwrap(), u32::from(*at == 3))).collect();
        assert_eq!(found, hits, "{text}");
    }
}

#[test]
fn keys_and_known_names_are_offered() {
    let known = Known { servers: &["demo", "my server"], methods: &["tools/call", "tools/list", "ping"] };
    let offered = |text: &str| complete(text, text.len(), &known).candidates;
    assert_eq!(offered("s"), ["server:", "size:", "size:>1k"]);
    assert_eq!(offered("a -is:"), ["is:error", "is:slow", "is:marked"]);
    assert_eq!(offered("method:call"), ["method:tools/call"]);
    assert_eq!(offered("method:tools"), ["method:tools/call", "method:tools/list"]);
    assert_eq!(offered("server:my"), ["server:\"my server\""]);
    assert_eq!(offered("kind:re"), ["kind:request", "kind:response", "kind:result"]);
    assert_eq!(offered("\"in quotes "), [""; 0]);
    assert_eq!(complete("a -(ki b", 6, &known).range, 4..6);
    assert!(offered("").contains(&"is:error".to_owned()));
}

fn lines(frames: &[(&str, &str)]) -> Vec<u8> {
    let mut out = String::new();
    for (seq, (beside, body)) in frames.iter().enumerate() {
        let head = r#""at":"t","server":"needle","dir":"recv","kind":"result""#;
        let _ = writeln!(out, "{{\"seq\":{seq},{head}{beside}{body}}}");
    }
    out.into_bytes()
}

fn found(lines: &[u8], texts: &[&str]) -> Vec<(u32, u32)> {
    let needles: Vec<Needle> = texts.iter().map(|text| Needle::new(text)).collect();
    let mut out = Vec::new();
    scan(lines, &needles, |frame, bits| out.push((frame, bits)));
    out
}

#[test]
fn what_a_frame_says_is_found_and_what_our_format_says_is_not() {
    let lines = lines(&[
        (",\"size\":5", ",\"msg\":{\"a\":\"Needle\"}"),
        (",\"size\":5", ",\"msg\":{\"text\":\"x\",\"msg\":\"y\"}"),
        (",\"note\":\"a needle\",\"size\":5", ",\"text\":\"say \\\"hi\\\" to \u{e4}\""),
        (",\"http\":{\"method\":\"POST\",\"url\":\"http://h/mcp\",\"headers\":[[\"X-Key\",\"needle\"]]}", ""),
        (",\"size\":5", ",\"base64\":\"bmVlZGxl/w==\""),
        (",\"size\":5", ",\"msg\":{\"a\":\"\\u00e4\"}"),
    ]);
    for (text, hits) in [
        ("needle", vec![0, 2, 3, 4]),
        ("Needle", vec![0]),
        ("recv", vec![]),
        ("result", vec![]),
        ("size", vec![]),
        ("seq", vec![]),
        ("msg", vec![1]),
        ("text", vec![1]),
        ("note", vec![]),
        ("POST", vec![3]),
        ("x-key", vec![3]),
        ("say \"hi\"", vec![2]),
        ("\u{e4}", vec![2, 5]),
        ("bmVlZGxl", vec![]),
        ("}}", vec![]),
        ("\"}", vec![0, 1, 5]),
        ("y\"}", vec![1]),
    ] {
        assert_eq!(found(&lines, &[text]).iter().map(|(frame, _)| *frame).collect::<Vec<_>>(), hits, "{text}");
    }
    assert_eq!(found(&lines, &["needle", "say", "zzz"]), [(0, 1), (2, 3), (3, 1), (4, 1)]);
    assert_eq!(scan(&lines, &[], |_, _| {}), Some(6));
}

/// What finding means, without any cleverness.
fn slow_find(bytes: &[u8], text: &str) -> Option<usize> {
    let exact = text.chars().any(char::is_uppercase);
    (0..=bytes.len().checked_sub(text.len())?).find(|at| {
        let there = &bytes[*at..at + text.len()];
        if exact { there == text.as_bytes() } else { there.eq_ignore_ascii_case(text.as_bytes()) }
    })
}

fn any_node() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-zA-Z0-9 \"\\\\():<>*äö-]{1,12}".prop_map(|text| print::word(&text)),
        "[a-z*/ \")]{1,8}".prop_map(|text| format!("server:{}", print::value(&text))),
        "[a-z*/]{1,8}".prop_map(|text| format!("method:{text}")),
        prop::sample::select(Kind::ALL.to_vec()).prop_map(|kind| format!("kind:{}", kind.word())),
        prop::sample::select(Trait::ALL.to_vec()).prop_map(|one| format!("is:{}", one.word())),
        (0u64..5_000_000, prop::sample::select(vec!["us", "ms", "s", "min"]))
            .prop_map(|(n, unit)| format!(">{n}{unit}")),
        (0u64..5_000, 0u64..1_000).prop_map(|(n, part)| format!("size:<{n}.{part}k")),
        prop_oneof![Just("id:7".to_owned()), Just("id:\"7 a\"".to_owned()), Just("dir:send".to_owned())],
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("-({one})")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|all| format!("({})", all.join(" "))),
            prop::collection::vec(inner, 2..4).prop_map(|any| format!("({})", any.join(" or "))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(text in any_node()) {
        // A generated filter may name more texts than are allowed.
        if let Ok(filter) = Filter::read(&text) {
            let printed = filter.to_string();
            let again = Filter::read(&printed).unwrap();
            prop_assert_eq!(again.to_string(), printed.clone(), "{}", text);
            prop_assert_eq!(&again.terms, &filter.terms);
            for bits in 0..16 {
                prop_assert_eq!(again.holds(&facts(), bits), filter.holds(&facts(), bits), "{} {}", text, printed);
            }
        }
    }

    #[test]
    fn no_text_panics_and_every_error_is_inside_it(text in "[ -~äé日\u{202e}\"():<>-]{0,40}", cursor in 0usize..50) {
        if let Err(error) = Filter::read(&text) {
            prop_assert!(text.is_char_boundary(error.at), "{}", error);
            prop_assert!(!error.message.is_empty());
        }
        let known = Known { servers: &["demo"], methods: &["tools/call"] };
        let offered = complete(&text, cursor, &known);
        prop_assert!(text.get(offered.range.clone()).is_some() || !text.is_char_boundary(cursor.min(text.len())));
    }

    #[test]
    fn a_completed_word_can_be_read(text in "(-?)(server:|method:|kind:|dir:|is:|size:)?[a-z]{0,2}") {
        let known = Known { servers: &["demo", "a b"], methods: &["tools/call"] };
        let offered = complete(&text, text.len(), &known);
        for candidate in offered.candidates.iter().filter(|one| !one.ends_with(':') && *one != "or") {
            let mut whole = text.clone();
            whole.replace_range(offered.range.clone(), candidate);
            prop_assert!(Filter::read(&whole).is_ok(), "{} {}", text, whole);
        }
    }

    #[test]
    fn a_needle_finds_what_is_there(hay in "[abcABC\" xeE]{0,200}", text in "[abcABC xeE]{1,5}") {
        let found = Needle::new(&text).find(hay.as_bytes()).map(|(at, _)| at);
        prop_assert_eq!(found, slow_find(hay.as_bytes(), &text));
    }

    #[test]
    fn a_scan_finds_the_lines_with_the_text(bodies in prop::collection::vec("[ab\" }{x]{0,20}", 1..12), text in "[ab }x]{1,3}") {
        let frames: Vec<String> = bodies.iter().map(|body| format!(",\"text\":{}", serde_json::Value::from(body.as_str()))).collect();
        let frames: Vec<(&str, &str)> = frames.iter().map(|body| (",\"size\":1", body.as_str())).collect();
        let expected: Vec<u32> = bodies.iter().enumerate().filter(|(_, body)| body.contains(&text)).map(|(at, _)| at as u32).collect();
        let hits: Vec<u32> = found(&lines(&frames), &[&text]).into_iter().map(|(frame, _)| frame).collect();
        prop_assert_eq!(hits, expected);
    }
}

#[test]
fn a_filter_is_for_texts_where_nothing_fits_without_one() {
    for (text, is) in [
        ("oslo", true),
        ("oslo dir:recv -bergen", true),
        ("oslo or bergen", true),
        ("(oslo or bergen) kind:note", true),
        ("", false),
        ("-oslo", false),
        ("oslo or kind:note", false),
        ("dir:recv", false),
        ("oslo method:tools/*", false),
        ("oslo >200ms", false),
        ("oslo is:slow", false),
        ("oslo is:error id:7 size:>1k server:a", true),
    ] {
        assert_eq!(Filter::read(text).unwrap().is_for_texts(), is, "{text}");
    }
}
