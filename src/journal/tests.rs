//! The journal: what is written is what is read, whatever happens in between.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::*;
use crate::app::{Event, JournalEvent, State, update};
use crate::model::envelope::Envelope;
use crate::model::filter::needle::Needle;
use crate::model::id::Moment;
use crate::model::record::{Body, HttpHead, Record, SseWrap};
use crate::model::wire::{Direction, FrameKind};

struct Kept {
    state: State,
    reader: JournalReader,
}

impl Kept {
    fn record(&self, index: usize) -> Record {
        let entry = self.state.log.get(index).unwrap();
        self.reader.whole(entry.offset, entry.len).unwrap()
    }
}

/// Keeps these frames in one chunk each and returns what the run knows then.
fn keep(path: Option<&Path>, frames: Vec<(Direction, Vec<u8>, Extra)>, secrets: &[&str]) -> Kept {
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    wait.block_on(async {
        let (sender, mut events) = mpsc::channel(64);
        let (journal, reader) = Journal::start(path, sender).unwrap();
        let tap = journal.tap(ServerId(0), "a \"quoted\" name", Redactor::new(secrets.iter().copied()));
        let count = frames.len();
        for (direction, bytes, extra) in frames {
            let envelope =
                if direction == Direction::Stderr { Envelope::bare(FrameKind::Stderr) } else { Envelope::read(&bytes) };
            tap.frame(direction, Bytes::from(bytes), envelope, extra).await;
        }
        let mut state = State::default();
        while state.log.len() < count {
            update(&mut state, events.recv().await.unwrap());
        }
        Kept { state, reader }
    })
}

fn plain(bytes: &[u8]) -> (Direction, Vec<u8>, Extra) {
    (Direction::Recv, bytes.to_vec(), Extra::default())
}

#[test]
fn every_kind_of_frame_comes_back_byte_for_byte() {
    let frames: Vec<&[u8]> = vec![
        br#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"x":1.10,"msg":"a"}}"#,
        b"Listening on port 3000",
        b"\xff\xfe\x00\x1b[31m",
        b"",
        b"{\"a\":\"\x1b\"}",
        "\u{feff}{\"jsonrpc\":\"2.0\",\"method\":\"x\"}".as_bytes(),
        b"{\n\"jsonrpc\":\"2.0\",\"method\":\"x\"}",
        "\u{2028}\u{202e}tags".as_bytes(),
    ];
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("j.jsonl");
    for path in [None, Some(path.as_path())] {
        let kept = keep(path, frames.iter().map(|frame| plain(frame)).collect(), &[]);
        for (index, frame) in frames.iter().enumerate() {
            assert_eq!(kept.record(index).bytes(), *frame, "{index}");
        }
        assert!(matches!(kept.record(0).body, Body::Msg(_)), "valid JSON is kept verbatim");
    }
}

#[test]
fn heads_and_blocks_are_kept_beside_the_frame() {
    let extra = Extra {
        exchange: Some(7),
        http: Some(HttpHead { status: Some(200), headers: vec![("A".into(), "b".into())], ..HttpHead::default() }),
        sse: Some(SseWrap { pre: "id: 1\ndata: ".into(), post: "\n\n".into() }),
        ..Extra::default()
    };
    let kept = keep(None, vec![(Direction::Recv, b"{}".to_vec(), extra.clone())], &[]);
    let record = kept.record(0);
    assert_eq!((record.exchange, record.http, record.sse), (extra.exchange, extra.http, extra.sse));
}

#[test]
fn secrets_are_gone_before_anything_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("j.jsonl");
    let frame = br#"{"jsonrpc":"2.0","id":1,"result":{"echo":"sk-very-secret","b":"sk-very-\"quoted"}}"#;
    let frames = vec![plain(frame), (Direction::Stderr, b"token sk-very-secret".to_vec(), Extra::default())];
    let kept = keep(Some(&path), frames, &["sk-very-secret", "sk-very-\"quoted"]);
    let file = std::fs::read_to_string(&path).unwrap();
    assert!(!file.contains("sk-very"), "{file}");
    let record = kept.record(0);
    assert_eq!(record.kind, FrameKind::Result, "it is still the frame it was");
    assert!(record.note.unwrap().contains("redacted"));
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sub/j.jsonl");
    keep(Some(&path), vec![plain(b"{}")], &[]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let (sender, _events) = mpsc::channel(1);
    assert!(Journal::start(Some(&path), sender).is_err());
}

/// `/dev/full` accepts the opening and refuses every write: a full disk without root.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    wait.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        let mut store = store::Store::create(Some(&path)).unwrap();
        store.append(b"{\"kept\":1}\n").unwrap();
        store.replace_file(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
        let reader = store.reader().unwrap();
        let (sender, mut events) = mpsc::channel(64);
        let (queue, items) = mpsc::channel(8);
        std::thread::spawn(move || writer::run(store, items, &sender));
        let tap = Tap::new(ServerId(0), "s", Redactor::default(), queue);
        let mut state = State::default();
        let mut failures = 0;
        for n in 0..3 {
            tap.frame(Direction::Recv, Bytes::from(format!("line {n}")), Envelope::read(b"x"), Extra::default()).await;
            while state.log.len() <= n || (n == 0 && failures == 0) {
                let event = events.recv().await.unwrap();
                failures += usize::from(matches!(event, Event::Journal(JournalEvent::Failed(_))));
                update(&mut state, event);
            }
        }
        assert_eq!(failures, 1, "said once");
        assert!(matches!(state.recording, crate::app::Recording::Failed(_)));
        for n in 0..3 {
            let entry = state.log.get(n).unwrap();
            assert_eq!(reader.whole(entry.offset, entry.len).unwrap().text(), format!("line {n}"), "still readable");
        }
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("{\"kept\":1}\n"), "what was kept stays whole");
    });
}

#[test]
fn damage_is_skipped_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("j.jsonl");
    keep(Some(&path), (0..20).map(|n| plain(format!("{{\"n\":{n}}}").as_bytes())).collect(), &[]);
    let whole = std::fs::read(&path).unwrap();
    let lines: Vec<usize> = memchr::memchr_iter(b'\n', &whole).collect();
    // Torn anywhere: all lines before the tear are read.
    for end in lines[0] + 1..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let before = lines.iter().filter(|at| **at < end).count() as u64 - 1;
        let scan = scan_file(&path, |_| true).unwrap();
        assert_eq!(scan.records, before, "cut at {end}");
        assert_eq!(scan.damaged_count, u64::from(!whole[..end].ends_with(b"\n")));
    }
    // A flipped byte costs at most its own line (and, if it was a line break, the next).
    for at in (lines[0] + 1..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x15;
        std::fs::write(&path, &damaged).unwrap();
        let scan = scan_file(&path, |_| true).unwrap();
        assert!(scan.records >= 18, "flipped {at}: {scan:?}");
    }
    std::fs::write(&path, b"something else\n").unwrap();
    assert!(matches!(scan_file(&path, |_| true), Err(reader::ScanError::NotAJournal(_))));
    std::fs::write(&path, b"{\"journal\":\"mcp-tui\",\"version\":99}\n").unwrap();
    assert!(matches!(scan_file(&path, |_| true), Err(reader::ScanError::TooNew { version: 99, .. })));
}

#[test]
fn the_memory_ring_is_bounded_and_forgets_the_oldest() {
    let frames =
        (0..40).map(|n| plain(format!("{{\"n\":{n},\"x\":\"{}\"}}", "y".repeat(1 << 20)).as_bytes())).collect();
    let kept = keep(None, frames, &[]);
    let entry = |n| kept.state.log.get(n).unwrap();
    assert!(kept.reader.whole(entry(0).offset, entry(0).len).is_none(), "forgotten");
    assert!(kept.reader.whole(entry(39).offset, entry(39).len).is_some());
}

proptest! {
    #[test]
    fn any_bytes_come_back(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..8)) {
        let kept = keep(None, frames.iter().map(|frame| plain(frame)).collect(), &[]);
        for (index, frame) in frames.iter().enumerate() {
            let record = kept.record(index);
            prop_assert_eq!(record.bytes(), &frame[..]);
        }
    }
}

/// Feeds what a search reports to the state until it has looked at everything.
fn searched(state: &mut State, events: &mut mpsc::Receiver<Event>) -> Vec<u32> {
    while state.search.as_ref().is_some_and(|search| search.is_running(state.log.len())) {
        update(state, events.blocking_recv().unwrap());
    }
    state.search.as_ref().map(|search| search.hits.clone()).unwrap_or_default()
}

#[test]
fn texts_are_found_in_the_file_and_in_memory_and_in_what_comes_later() {
    for recorded in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j.jsonl");
        let (sender, mut events) = mpsc::channel(1_024);
        let (journal, reader) = Journal::start(recorded.then_some(path.as_path()), sender.clone()).unwrap();
        let tap = journal.tap(ServerId(0), "s", Redactor::default());
        let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut state = State::default();
        let mut running: Option<Search> = None;
        let write =
            |state: &mut State, events: &mut mpsc::Receiver<Event>, text: String, running: &mut Option<Search>| {
                let bytes = Bytes::from(text);
                let envelope = Envelope::read(&bytes);
                let before = state.log.len();
                wait.block_on(tap.frame(Direction::Recv, bytes, envelope, Extra::default()));
                while state.log.len() == before {
                    for effect in update(state, events.blocking_recv().unwrap()) {
                        match effect {
                            crate::app::Effect::ScanOn(end) => running.as_ref().unwrap().go_on(end),
                            other => panic!("{other:?}"),
                        }
                    }
                }
            };
        for n in 0..50 {
            // One frame is longer than several slices.
            let padding = if n == 20 { "x".repeat(2_500_000) } else { "y".repeat(n) };
            let text = format!(r#"{{"jsonrpc":"2.0","id":{n},"result":{{"p":"{padding}","n":"N{}"}}}}"#, n % 7);
            write(&mut state, &mut events, text, &mut running);
        }
        let filter = crate::model::filter::Filter::read("n3 -\"id\\\":3,\"").unwrap();
        let command = crate::app::Command::Search(Some(filter));
        let effects = update(&mut state, Event::Command { at: Moment(0), command });
        let [crate::app::Effect::Scan { number, texts, from, end }] = effects.as_slice() else { panic!("{effects:?}") };
        running = Search::start(reader.try_clone().unwrap(), *number, texts, (*from, *end), sender.clone()).ok();
        assert_eq!(searched(&mut state, &mut events), [10, 17, 24, 31, 38, 45], "{recorded}");
        write(&mut state, &mut events, "no JSON, but N3".into(), &mut running);
        write(&mut state, &mut events, "no JSON, and no hit".into(), &mut running);
        assert_eq!(searched(&mut state, &mut events), [10, 17, 24, 31, 38, 45, 50], "{recorded}");
    }
}

#[test]
fn looking_for_texts_reads_what_looking_at_everything_finds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.jsonl");
    let long = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{{"x":"{}oslo"}}}}"#, "y".repeat(9_000_000));
    let frames: Vec<&[u8]> = vec![
        br#"{"jsonrpc":"2.0","id":1,"method":"oslo"}"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"bergen"}"#,
        b"a banner of Oslo",
        b"\xff oslo",
        long.as_bytes(),
        br#"{"jsonrpc":"2.0","id":2,"method":"kind","params":"msg"}"#,
    ];
    keep(Some(&path), frames.iter().map(|frame| plain(frame)).collect(), &[]);
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, b"{\"seq\":6,\"at\":\"torn oslo").unwrap();
    for (text, wanted) in [("oslo", vec![0, 2, 3, 4]), ("bergen", vec![1]), ("kind", vec![5]), ("nowhere", vec![])] {
        let mut found = Vec::new();
        let scan = scan_for(&path, &[Needle::new(text)], |record| {
            found.push(record.seq);
            true
        });
        assert_eq!(found, wanted, "{text}");
        assert_eq!(scan.unwrap().damaged_count, 1, "the torn end is said to be one");
    }
    let mut first = None;
    scan_for(&path, &[Needle::new("oslo"), Needle::new("bergen")], |record| {
        first = Some(record.seq);
        false
    })
    .unwrap();
    assert_eq!(first, Some(0), "it stops where it is told to");
}
