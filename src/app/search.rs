//! The frames that a filter leaves: [`Search`]. It holds their numbers, four bytes each, and grows with the log.

use std::collections::{BTreeSet, VecDeque};

use crate::model::filter::Filter;
use crate::model::filter::sieve::Sieve;
use crate::model::log::WireLog;

/// Frames that are looked at in one go: no key waits for a million of them.
pub(super) const STEP: usize = 20_000;

/// A filter at work.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    /// What is looked for.
    pub filter: Filter,
    /// Which search of the run it is: what an older one reports is ignored.
    pub number: u64,
    /// The frames that fit, in order, as far as they were looked at.
    pub hits: Vec<u32>,
    /// How many frames of the log were looked at.
    pub done: usize,
    /// How far the journal was searched for texts.
    scanned: usize,
    /// Texts found in frames that were not looked at yet.
    found: VecDeque<(u32, u32)>,
}

impl Search {
    /// A search that has not looked at anything yet.
    pub(super) fn new(filter: Filter, number: u64) -> Search {
        Search { filter, number, hits: Vec::new(), done: 0, scanned: 0, found: VecDeque::new() }
    }

    /// Whether frames of a log of this length are still to be looked at.
    pub fn is_running(&self, len: usize) -> bool {
        self.done < len
    }

    /// Whether some of them can be looked at now: a [`super::Event::SearchOn`] does.
    pub fn has_more(&self, len: usize) -> bool {
        self.done < self.upto(len)
    }

    fn upto(&self, len: usize) -> usize {
        if self.filter.needs_bytes() { self.scanned.min(len) } else { len }
    }

    /// Takes what a scan of the journal found.
    pub(super) fn take(&mut self, upto: u32, found: Vec<(u32, u32)>) {
        self.scanned = self.scanned.max(upto as usize);
        self.found.extend(found);
    }

    /// Looks at the next frames that can be judged by now.
    pub(super) fn advance(&mut self, log: &WireLog, servers: &[&str], providers: &[&str], marks: &BTreeSet<usize>) {
        let upto = self.upto(log.len()).min(self.done + STEP);
        let sieve = Sieve::new(&self.filter, log, servers, marks).with_providers(providers);
        while self.done < upto {
            let Some(entry) = log.get(self.done) else { break };
            let mut texts = 0;
            while let Some(&(frame, bits)) = self.found.front().filter(|(frame, _)| *frame as usize <= self.done) {
                if frame as usize == self.done {
                    texts |= bits;
                }
                self.found.pop_front();
            }
            if sieve.holds(&entry, texts) {
                self.hits.push(self.done as u32);
            }
            self.done += 1;
        }
    }
}
