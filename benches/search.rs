//! How long a search for a text over a million frames takes: the first hit, all of them, and putting them into the list
//! on screen; in a journal as a run writes it, some 400 MB, that the system has in its cache.
//!
//! `cargo bench --bench search [-- FRAMES]`. The goal is 0.3 s, the first hit at once. A search of many hits is as good as
//! one of few, and giving up costs what one slice costs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and a failing unwrap is a failing bench"
)]

use std::time::Instant;

use bytes::Bytes;
use mcp_tui::app::{Command, Effect, Event, State, update};
use mcp_tui::journal::{Frame, Journal, Redactor, Search};
use mcp_tui::model::envelope::Envelope;
use mcp_tui::model::filter::Filter;
use mcp_tui::model::id::{Moment, ServerId};
use mcp_tui::model::server::{Launch, ServerSpec};
use mcp_tui::model::wire::Direction;
use tokio::sync::mpsc;

/// Frames that come together.
const CHUNK: usize = 200;

fn main() {
    let frames = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    wait.block_on(run(frames));
}

async fn run(frames: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.jsonl");
    let (sender, mut events) = mpsc::channel(1_024);
    let (journal, reader) = Journal::start(Some(&path), sender.clone()).unwrap();
    let mut state = State::default();
    let launch = Launch::Stdio { command: "server".into(), args: vec![], env: vec![], cwd: None };
    let at = Moment(1);
    update(&mut state, Event::Command { at, command: Command::AddServer(ServerSpec::new("server", launch)) });
    let tap = journal.tap(ServerId(0), "server", Redactor::default());
    let begun = Instant::now();
    let mut sent = 0;
    while state.log.len() < frames {
        if sent < frames {
            let (bytes, chunk) = chunk(sent, frames);
            sent += chunk.len();
            tap.frames(Direction::Recv, bytes, chunk).await;
            while let Ok(event) = events.try_recv() {
                update(&mut state, event);
            }
        } else {
            update(&mut state, events.recv().await.unwrap());
        }
    }
    let size = std::fs::metadata(&path).unwrap().len();
    println!("{frames} frames, {} MB, written in {:.2} s", size / 1_000_000, begun.elapsed().as_secs_f64());
    for (what, filter) in [
        ("a word that is in one frame", "needle-in-the-hay"),
        ("a word that is nowhere", "nowhere-to-be-found"),
        ("a word that is in every frame", "bookmark"),
        ("two words and no third", "oslo bergen -trondheim"),
        ("letters of either case", "NEEDLE or oslo"),
        ("no text: the index alone", "method:notifications/* size:>100 -is:error"),
    ] {
        let mut times = Vec::new();
        let mut first = Vec::new();
        let mut hits = 0;
        let mut longest = std::time::Duration::ZERO;
        for _ in 0..5 {
            let filter = Filter::read(filter).unwrap();
            let begun = Instant::now();
            let effects = update(&mut state, Event::Command { at, command: Command::Search(Some(filter)) });
            let mut search = None;
            for effect in effects {
                if let Effect::Scan { number, texts, from, end } = effect {
                    let reader = reader.try_clone().unwrap();
                    search = Some(Search::start(reader, number, &texts, (from, end), sender.clone()).unwrap());
                }
            }
            let mut found = None;
            while state.search.as_ref().is_some_and(|search| search.is_running(frames)) {
                let event = match events.try_recv() {
                    Ok(event) => event,
                    Err(_) if state.search.as_ref().is_some_and(|search| search.has_more(frames)) => Event::SearchOn,
                    Err(_) => events.recv().await.unwrap(),
                };
                let step = Instant::now();
                update(&mut state, event);
                longest = longest.max(step.elapsed());
                if found.is_none() && state.search.as_ref().is_some_and(|search| !search.hits.is_empty()) {
                    found = Some(begun.elapsed());
                }
            }
            times.push(begun.elapsed());
            first.extend(found);
            hits = state.search.as_ref().map_or(0, |search| search.hits.len());
            drop(search);
            drop(update(&mut state, Event::Command { at, command: Command::Search(None) }));
        }
        times.sort_unstable();
        first.sort_unstable();
        let ms = |times: &[std::time::Duration]| {
            times.get(times.len() / 2).map_or("-".to_owned(), |time| format!("{:.1} ms", time.as_secs_f64() * 1e3))
        };
        println!(
            "{what:34} {:>10} for all, first hit after {:>9}, {hits} hits; a key waits {} at most",
            ms(&times),
            ms(&first),
            ms(&[longest])
        );
    }
}

/// Frames one after the other, as a read of a pipe brings them.
fn chunk(from: usize, frames: usize) -> (Bytes, Vec<Frame>) {
    let mut bytes = Vec::new();
    let mut out = Vec::new();
    for at in from..(from + CHUNK).min(frames) {
        let place = ["oslo", "bergen", "trondheim", "oslo and bergen"][at % 4];
        let odd = if at == frames / 2 { "needle-in-the-hay" } else { "nothing much" };
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","logger":"bookmarks","data":{{"n":{at},"text":"looked up bookmark {at} for {place}: {odd} has happened since the last time, and nothing is expected to","took":0.{at}}}}}}}"#
        );
        let start = bytes.len() as u32;
        bytes.extend_from_slice(text.as_bytes());
        let envelope = Envelope::read(text.as_bytes());
        out.push(Frame { start, end: bytes.len() as u32, envelope, extra: None });
        bytes.push(b'\n');
    }
    (bytes.into(), out)
}
