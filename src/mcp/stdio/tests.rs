//! Lines: every way of cutting the stream gives the same frames.

use super::lines::for_tests::feed;
use crate::model::envelope::Problem;
use proptest::prelude::*;

const STREAM: &[u8] = b"{\"jsonrpc\":\"2.0\",\"method\":\"a\"}\nListening on 3000\r\n\n{\"x\":\"\xff\"}\n0123456789012345678901234567890123456789\n{\"jsonrpc\":\"2.0\",\"method\":\"z\"}\ntorn";

#[test]
fn a_line_over_the_limit_keeps_its_head_and_its_length() {
    let frames = feed(&[&b"x".repeat(50)[..], &b"y".repeat(50)[..], b"\n{}\n"], 64);
    assert_eq!(frames[0].1, Some(Problem::TooLong(100)));
    assert_eq!(frames[1].0, b"{}");
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
