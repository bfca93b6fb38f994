//! Event streams: every way of cutting them gives the same events.

use proptest::prelude::*;
use sha2::Digest;

use super::*;

/// What a reader of a stream cares about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Event {
    kind: Vec<u8>,
    data: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    retry: Option<u64>,
}

/// The events, all bytes put together again, and whether the end was torn.
fn read(chunks: &[&[u8]], limit: usize) -> (Vec<Event>, Vec<u8>, bool) {
    let mut splitter = Splitter::new(limit);
    let mut pieces: Vec<Piece> = chunks.iter().flat_map(|chunk| splitter.push(chunk)).collect();
    pieces.extend(splitter.finish());
    let (mut events, mut all, mut end_is_torn) = (Vec::new(), Vec::new(), false);
    for piece in pieces {
        match piece {
            Piece::Blocks { bytes, blocks } => {
                let mut at = 0;
                for block in blocks {
                    assert_eq!(block.range.start, at, "blocks leave no gap");
                    at = block.range.end;
                    let data = match block.data {
                        Data::None => None,
                        Data::Line(range) => {
                            assert!(range.start >= block.range.start && range.end < block.range.end);
                            Some(bytes[range].to_vec())
                        }
                        Data::Joined(joined) => Some(joined),
                    };
                    events.push(Event { kind: block.event, data, id: block.id, retry: block.retry });
                }
                assert_eq!(at, bytes.len(), "blocks cover everything");
                all.extend_from_slice(&bytes);
            }
            Piece::Oversized(event) => events.push(Event {
                kind: format!("oversized {} {}", event.len, event.sha256).into_bytes(),
                ..Event::default()
            }),
            Piece::Rest { bytes, torn } => {
                all.extend_from_slice(&bytes);
                end_is_torn = torn;
            }
        }
    }
    (events, all, end_is_torn)
}

/// The standard's algorithm, written down as simply as it can be.
fn reference(stream: &[u8]) -> Vec<Event> {
    let stream = stream.strip_prefix(MARK).unwrap_or(stream);
    let text: Vec<u8> = {
        let mut out = Vec::new();
        let mut bytes = stream.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if byte == b'\r' {
                bytes.next_if_eq(&b'\n');
                out.push(b'\n');
            } else {
                out.push(byte);
            }
        }
        out
    };
    let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
    let (mut events, mut event, mut some) = (Vec::new(), Event::default(), false);
    for line in text[..end].split(|byte| *byte == b'\n') {
        if line.is_empty() {
            if std::mem::take(&mut some) {
                events.push(std::mem::take(&mut event));
            }
            continue;
        }
        some = true;
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value).to_vec();
        match &line[..colon] {
            b"data" => {
                event.data = Some(match event.data.take() {
                    None => value,
                    Some(before) => [before, value].join(&b'\n'),
                });
            }
            b"event" => event.kind = value,
            b"id" if !value.contains(&0) => event.id = Some(value),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                event.retry = Some(String::from_utf8_lossy(&value).parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    events
}

fn event(kind: &str, data: Option<&str>, id: Option<&str>, retry: Option<u64>) -> Event {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Event { kind: bytes(kind), data: data.map(bytes), id: id.map(bytes), retry }
}

#[test]
fn the_rules_of_the_standard() {
    let cases: &[(&[u8], Vec<Event>, bool)] = &[
        (b"data: x\n\n", vec![event("", Some("x"), None, None)], false),
        (b"data:x\r\n\r\n", vec![event("", Some("x"), None, None)], false),
        (b"data:  x\r\r", vec![event("", Some(" x"), None, None)], false),
        (b"\xef\xbb\xbfdata: x\n\n", vec![event("", Some("x"), None, None)], false),
        (b"\xef\xbb\xbf\n\ndata: x\n\n", vec![event("", Some("x"), None, None)], false),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\n", vec![event("", None, None, None)], false),
        (b": ping\n\n", vec![event("", None, None, None)], false),
        (b"data: a\ndata: b\ndata\n\n", vec![event("", Some("a\nb\n"), None, None)], false),
        (b"event: endpoint\ndata: /m\n\n", vec![event("endpoint", Some("/m"), None, None)], false),
        (b"id: 7\ndata:\n\n", vec![event("", Some(""), Some("7"), None)], false),
        (b"id: a\0b\ndata: x\n\n", vec![event("", Some("x"), None, None)], false),
        (b"id\n\n", vec![event("", None, Some(""), None)], false),
        (b"retry: 1500\n\n", vec![event("", None, None, Some(1_500))], false),
        (b"retry: -1\nretry: 1.5\nretry:\n\n", vec![event("", None, None, None)], false),
        (b"retry: 99999999999999999999999\n\n", vec![event("", None, None, Some(u64::MAX))], false),
        (b"\n\n\r\n", vec![], false),
        (b"data: torn\n", vec![], true),
        (b"data: torn", vec![], true),
        (b"data: x\n\n\xef\xbb", vec![event("", Some("x"), None, None)], true),
    ];
    for (stream, events, torn) in cases {
        let shown = String::from_utf8_lossy(stream).into_owned();
        assert_eq!(read(&[stream], 100), (events.clone(), stream.to_vec(), *torn), "{shown:?}");
        assert_eq!(reference(stream), *events, "{shown:?}");
    }
}

#[test]
fn a_block_that_ends_with_a_bare_cr_is_there_at_once() {
    let mut splitter = Splitter::new(100);
    assert_eq!(splitter.push(b"data: x\r\n\r").len(), 1);
    assert!(splitter.push(b"\n").is_empty());
    assert!(matches!(splitter.finish(), Some(Piece::Rest { torn: false, .. })));
}

#[test]
fn an_event_over_the_limit_keeps_length_and_hash_and_harms_nothing_after_it() {
    let big = [b"data: ".as_slice(), &b"x".repeat(20_000), b"\n\n"].concat();
    let stream = [b"data: a\n\n".as_slice(), &big, b"data: b\n\n"].concat();
    let whole = read(&[&stream], 10_000);
    for size in [1, 7, 4_096, 9_999, 20_011] {
        let chunks: Vec<&[u8]> = stream.chunks(size).collect();
        assert_eq!(read(&chunks, 10_000), whole, "chunks of {size}");
    }
    let hash: Vec<String> = sha2::Sha256::digest(&big).iter().map(|byte| format!("{byte:02x}")).collect();
    let oversized = format!("oversized {} {}", big.len(), hash.concat());
    let data = |text| event("", Some(text), None, None);
    assert_eq!(whole.0, [data("a"), event(&oversized, None, None, None), data("b")]);
}

#[test]
fn an_event_without_end_costs_nothing() {
    let mut splitter = Splitter::new(1_000);
    for _ in 0..10_000 {
        assert!(splitter.push(&[b'x'; 1_000]).is_empty());
        assert!(splitter.buffer.capacity() < 10_000);
    }
    assert_eq!(splitter.swallowed(), 10_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_cutting_gives_the_same_events(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "\r", "\n", "\r\n", "\n\n", "\r\n\r\n", "data: {}", "data:", "data", "id: 1", "id: \0", "retry: 5", ": c",
                "event: message", "\u{feff}", "x", " ", ":",
            ]),
            0..30,
        ),
        cuts in proptest::collection::vec(0_usize..200, 0..20),
        limit in prop_oneof![Just(12_usize), Just(1_000)],
    ) {
        let stream = parts.concat().into_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts {
            chunks.push(&stream[from..cut]);
            from = cut;
        }
        chunks.push(&stream[from..]);
        let (events, all, torn) = read(&chunks, limit);
        if limit == 1_000 {
            prop_assert_eq!(&events, &reference(&stream));
            prop_assert_eq!(&all, &stream);
            prop_assert_eq!(torn, read(&[&stream], limit).2);
        }
    }
}
