//! Looking for texts in the journal of this run, off the screen's turn: [`Search`].
//!
//! One thread a search, and another one for half of each slice. It reads the journal in slices from the beginning, reports each as an event, and then sleeps
//! until it is told that there is more. Dropping the search ends it after the slice it is at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;

use tokio::sync::mpsc;

use super::JournalReader;
use crate::app::Event;
use crate::model::filter::line::scan;
use crate::model::filter::needle::Needle;

/// Bytes of the first slice: its hits are there at once.
const FIRST: usize = 256 * 1024;
/// Bytes of the others: small enough for a processor's cache, large enough for few events.
const SLICE: usize = 4 * 1024 * 1024;
/// A line so long that its memory is given back after it.
const KEPT: usize = 8 * 1024 * 1024;

/// A running search.
#[derive(Debug)]
pub struct Search {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug)]
struct Shared {
    /// Up to here there are whole lines.
    end: AtomicU64,
    stop: AtomicBool,
}

impl Search {
    /// Starts looking for `texts`, from the line at `from` on, up to `end`. What is found is reported with `number`.
    pub fn start(
        reader: JournalReader,
        number: u64,
        texts: &[String],
        (from, end): (u64, u64),
        events: mpsc::Sender<Event>,
    ) -> std::io::Result<Search> {
        let shared = Arc::new(Shared { end: end.into(), stop: false.into() });
        let needles = texts.iter().map(|text| Needle::new(text)).collect();
        let job = Job { reader, number, needles, at: from, shared: shared.clone(), events };
        let thread = std::thread::Builder::new().name("search".into()).spawn(move || job.run())?;
        Ok(Search { shared, thread: thread.thread().clone() })
    }

    /// Goes on to `end`, now that the journal has grown.
    pub fn go_on(&self, end: u64) {
        self.shared.end.store(end, Ordering::Release);
        self.thread.unpark();
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

struct Job {
    reader: JournalReader,
    number: u64,
    needles: Vec<Needle>,
    at: u64,
    shared: Arc<Shared>,
    events: mpsc::Sender<Event>,
}

impl Job {
    fn run(mut self) {
        let mut lines = Vec::new();
        let mut wanted = FIRST;
        while !self.shared.stop.load(Ordering::Acquire) {
            let end = self.shared.end.load(Ordering::Acquire);
            let Some(start) = self.reader.lines(self.at, end, wanted, &mut lines) else {
                if self.at < end {
                    self.events.blocking_send(Event::ScanFailed { number: self.number }).ok();
                    return;
                }
                std::thread::park();
                continue;
            };
            wanted = SLICE;
            let (upto, found) = self.look(&lines);
            self.at = start + lines.len() as u64;
            if lines.capacity() > KEPT {
                lines = Vec::new();
            }
            if let Some(upto) = upto
                && !self.report(upto, found)
            {
                return;
            }
        }
    }

    /// What is in these lines; two halves are looked at side by side where there is enough of them.
    fn look(&self, lines: &[u8]) -> (Option<u32>, Vec<(u32, u32)>) {
        let middle = memchr::memrchr(b'\n', &lines[..lines.len() / 2]).map_or(0, |end| end + 1);
        if lines.len() < SLICE / 2 || middle == 0 {
            return self.look_at(lines);
        }
        let (first, second) = lines.split_at(middle);
        std::thread::scope(|side| {
            let second = side.spawn(|| self.look_at(second));
            let (before, mut found) = self.look_at(first);
            // As if it had been here.
            let (upto, more) = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            found.extend(more);
            (upto.or(before), found)
        })
    }

    fn look_at(&self, lines: &[u8]) -> (Option<u32>, Vec<(u32, u32)>) {
        let mut found = Vec::new();
        let upto = scan(lines, &self.needles, |frame, bits| found.push((frame, bits)));
        (upto, found)
    }

    /// Returns whether anybody listens.
    fn report(&self, upto: u32, found: Vec<(u32, u32)>) -> bool {
        // The receiver is gone only when the run is over.
        self.events.blocking_send(Event::Scanned { number: self.number, upto, found }).is_ok()
    }
}
