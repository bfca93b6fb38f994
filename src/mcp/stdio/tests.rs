//! Lines: every way of cutting the stream gives the same frames.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::lines::{Lines, for_tests::feed};
use crate::journal::{Journal, Redactor};
use crate::mcp::transport::Inbound;
use crate::model::envelope::Problem;
use crate::model::id::ServerId;
use proptest::prelude::*;

const STREAM: &[u8] = b"{\"jsonrpc\":\"2.0\",\"method\":\"a\"}\nListening on 3000\r\n\n{\"x\":\"\xff\"}\n0123456789012345678901234567890123456789\n{\"jsonrpc\":\"2.0\",\"method\":\"z\"}\ntorn";

#[test]
fn a_line_over_the_limit_keeps_its_head_and_its_length() {
    let frames = feed(&[&b"x".repeat(50)[..], &b"y".repeat(50)[..], b"\n{}\n"], 64);
    assert_eq!(frames[0].1, Some(Problem::TooLong(100)));
    assert_eq!(frames[1].0, b"{}");
}

/// Threat 9: a line over the limit that never ends costs ten seconds and no memory, then the server is cut off.
#[tokio::test(start_paused = true)]
async fn an_endless_line_is_cut_off_after_ten_seconds() {
    use tokio::io::AsyncWriteExt;
    let (events, _kept) = tokio::sync::mpsc::channel(4_096);
    let (journal, _reader) = Journal::start(None, events).unwrap();
    let tap = journal.tap(ServerId(0), "s", Redactor::new([]));
    let (mut server, stdout) = tokio::io::duplex(64 * 1024);
    let writing = tokio::spawn(async move {
        let block = vec![b'A'; 32 * 1024];
        // More than is ever taken.
        while server.write_all(&block).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    });
    let (inbound, mut came) = tokio::sync::mpsc::channel(64);
    let (ended, _) = tokio::sync::watch::channel(false);
    let started = tokio::time::Instant::now();
    let reading = tokio::spawn(Lines::new(100_000).pump(stdout, tap, inbound, ended));
    let lost = loop {
        match came.recv().await.unwrap() {
            Inbound::Lost(why) => break why,
            other => assert!(matches!(other, Inbound::Frames { .. })),
        }
    };
    assert!(lost.contains("a line without end"), "{lost}");
    let seconds = started.elapsed().as_secs();
    assert!((10..14).contains(&seconds), "{seconds} s");
    let Inbound::Frames { frames, .. } = came.recv().await.unwrap() else { panic!("what was left of the line") };
    assert!(matches!(frames[0].envelope.problem, Some(Problem::TooLong(_))));
    reading.await.unwrap();
    writing.await.unwrap();
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_frames(cuts in proptest::collection::vec(0..STREAM.len(), 0..12)) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&STREAM[from..cut]);
            from = cut;
        }
        pieces.push(&STREAM[from..]);
        prop_assert_eq!(feed(&pieces, 36), feed(&[STREAM], 36));
    }
}
