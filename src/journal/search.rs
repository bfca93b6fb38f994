//! Looking for texts in the journal of this run, off the screen's turn: [`Search`].
//!
//! One thread a search, and one for each slice that is read ahead. It reads the journal in slices from the beginning,
//! reports each as an event, and then sleeps until it is told that there is more. Dropping the search ends it after the slice it is at.

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
        // While one slice is searched, the next is read: reading is a third of the time and more.
        let (mut lines, mut ahead) = (Vec::new(), Vec::new());
        let mut ready = None;
        let mut wanted = FIRST;
        while !self.shared.stop.load(Ordering::Acquire) {
            let end = self.shared.end.load(Ordering::Acquire);
            if ready.is_some() {
                std::mem::swap(&mut lines, &mut ahead);
            }
            let Some(start) = ready.take().or_else(|| self.reader.lines(self.at, end, wanted, &mut lines)) else {
                if self.at < end {
                    self.events.blocking_send(Event::ScanFailed { number: self.number }).ok();
                    return;
                }
                std::thread::park();
                continue;
            };
            wanted = SLICE;
            self.at = start + lines.len() as u64;
            let heard = std::thread::scope(|scope| {
                let read = || self.reader.lines(self.at, end, wanted, &mut ahead);
                let reading = (self.at < end).then(|| std::thread::Builder::new().spawn_scoped(scope, read).ok());
                let heard = self.search(&lines);
                // What could not be read ahead is tried again, and told then.
                ready = reading.flatten().and_then(|reading| reading.join().ok().flatten());
                heard
            });
            if lines.capacity() > KEPT {
                lines = Vec::new();
            }
            if !heard {
                return;
            }
        }
    }

    /// Reports what is found in these lines. Returns whether anybody listens.
    fn search(&self, lines: &[u8]) -> bool {
        let mut found = Vec::new();
        let upto = scan(lines, &self.needles, |frame, bits| found.push((frame, bits)));
        upto.is_none_or(|upto| self.report(upto, found))
    }

    /// Returns whether anybody listens.
    fn report(&self, upto: u32, found: Vec<(u32, u32)>) -> bool {
        // The receiver is gone only when the run is over.
        self.events.blocking_send(Event::Scanned { number: self.number, upto, found }).is_ok()
    }
}
