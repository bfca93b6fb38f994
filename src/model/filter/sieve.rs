//! A filter over the index of frames: [`Sieve`]. What depends on a name is looked up once a server or method, so that a
//! million frames are asked in a few milliseconds.

use std::collections::BTreeSet;

use super::{Facts, Filter, Glob, Node, Term, Trait, id_hashes};
use crate::model::log::{LogEntry, WireLog};
use crate::model::wire::Direction;

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
    Server(&'a Glob, Vec<bool>, Vec<bool>),
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
                Term::Server(glob) => {
                    Test::Server(glob, servers.iter().map(|name| glob.matches(name)).collect(), vec![])
                }
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

    /// With the names of the providers of models, by number: in the log they stand where servers do.
    #[must_use]
    pub fn with_providers(mut self, providers: &[&str]) -> Sieve<'a> {
        for test in &mut self.tests {
            if let Test::Server(glob, _, table) = test {
                *table = providers.iter().map(|name| glob.matches(name)).collect();
            }
        }
        self
    }

    /// Whether the filter holds for a frame in which these texts were found.
    pub fn holds(&self, entry: &LogEntry, texts: u32) -> bool {
        self.root.holds(&mut |at| self.tests.get(at).is_some_and(|test| self.test(test, entry, texts)))
    }

    fn test(&self, test: &Test<'_>, entry: &LogEntry, texts: u32) -> bool {
        let named = |table: &Vec<bool>, at: usize| table.get(at).copied().unwrap_or_default();
        match test {
            Test::Server(_, servers, providers) => match entry.server.provider() {
                Some(provider) => named(providers, provider),
                None => named(servers, entry.server.index()),
            },
            Test::Method(table) => named(table, usize::from(entry.method.0)),
            Test::Id(ids) => entry.id != 0 && ids.contains(&entry.id),
            Test::Marked => self.marks.contains(&entry.index),
            Test::Text(bit) => texts & bit != 0,
            Test::Other(term) => {
                let responds = entry.responds();
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
