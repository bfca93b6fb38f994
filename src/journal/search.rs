//! Looking for texts in the journal of this run, off the screen's turn: [`Search`].
//!
//! One thread a search. It reads the journal in slices from the beginning, reports each as an event, and then sleeps
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
const SLICE: usize = 2 * 1024 * 1024;
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
            let mut found = Vec::new();
            let upto = scan(&lines, &self.needles, |frame, bits| found.push((frame, bits)));
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

    /// Returns whether anybody listens.
    fn report(&self, upto: u32, found: Vec<(u32, u32)>) -> bool {
        // The receiver is gone only when the run is over.
        self.events.blocking_send(Event::Scanned { number: self.number, upto, found }).is_ok()
    }
}
