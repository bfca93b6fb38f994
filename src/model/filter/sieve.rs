//! A filter over the index of frames: [`Sieve`]. What depends on a name is looked up once a server or method, so that a
//! million frames are asked in a few milliseconds.

use std::collections::BTreeSet;

use super::{Facts, Filter, Node, Term, Trait, id_hashes};
use crate::model::log::{LogEntry, WireLog};
use crate::model::wire::{Direction, FrameKind};

/// A filter, made ready for the frames of one log.
#[derive(Debug)]
pub struct Sieve<'a> {
    root: &'a Node,
    tests: Vec<Test<'a>>,
    log: &'a WireLog,
    marks: &'a BTreeSet<usize>,
}

/// One condition, made ready.
#[derive(Debug)]
enum Test<'a> {
    Server(Vec<bool>),
    Method(Vec<bool>),
    Id(Vec<u32>),
    Marked,
    /// The bit of a text.
    Text(u32),
    Other(&'a Term),
}

impl<'a> Sieve<'a> {
    /// A sieve for the frames that `log` has now; `servers` are the names by number.
    pub fn new(filter: &'a Filter, log: &'a WireLog, servers: &[&str], marks: &'a BTreeSet<usize>) -> Sieve<'a> {
        let mut texts = 0;
        let tests = filter
            .terms
            .iter()
            .map(|term| match term {
                Term::Server(glob) => Test::Server(servers.iter().map(|name| glob.matches(name)).collect()),
                Term::Method(glob) => {
                    Test::Method(log.methods().map(|name| !name.is_empty() && glob.matches(name)).collect())
                }
                Term::Id(id) => Test::Id(id_hashes(id)),
                Term::Is(Trait::Marked) => Test::Marked,
                Term::Text(_) => {
                    texts += 1;
                    Test::Text(1 << (texts - 1))
                }
                other => Test::Other(other),
            })
            .collect();
        Sieve { root: &filter.root, tests, log, marks }
    }

    /// Whether the filter holds for a frame in which these texts were found.
    pub fn holds(&self, entry: &LogEntry, texts: u32) -> bool {
        self.root.holds(&mut |at| self.tests.get(at).is_some_and(|test| self.test(test, entry, texts)))
    }

    fn test(&self, test: &Test<'_>, entry: &LogEntry, texts: u32) -> bool {
        let named = |table: &Vec<bool>, at: u16| table.get(usize::from(at)).copied().unwrap_or_default();
        match test {
            Test::Server(table) => named(table, entry.server.0),
            Test::Method(table) => named(table, entry.method.0),
            Test::Id(ids) => entry.id != 0 && ids.contains(&entry.id),
            Test::Marked => self.marks.contains(&entry.index),
            Test::Text(bit) => texts & bit != 0,
            Test::Other(term) => {
                let responds = matches!(entry.kind, FrameKind::Result | FrameKind::Error);
                let took = match term {
                    Term::Took(_) | Term::Is(Trait::Slow) if responds => self.log.latency(entry.index),
                    _ => None,
                };
                term.holds(&facts(entry, took))
            }
        }
    }
}

fn facts(entry: &LogEntry, took: Option<u64>) -> Facts<'static> {
    Facts {
        server: "",
        method: "",
        direction: entry.direction,
        kind: entry.kind,
        failed: entry.failed,
        marked: false,
        id: entry.id,
        took,
        // Only what came over a wire has a size there.
        size: if entry.direction == Direction::Note { 0 } else { entry.size },
    }
}
