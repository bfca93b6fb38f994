//! `journal search`: the records of a run that fit a filter, in the language of the workbench's log.

use std::collections::HashMap;

use crate::model::envelope::{Envelope, id_hash};
use crate::model::filter::line::is_beside;
use crate::model::filter::needle::Needle;
use crate::model::filter::{Facts, Filter, fold_id};
use crate::model::json::scan;
use crate::model::record::{Body, Record};
use crate::model::wire::{Direction, FrameKind};

/// Requests remembered while they have no response.
const OPEN_MAX: usize = 65_536;

/// A filter on its way through a journal, from the first record to the last.
pub(super) struct Sifter {
    filter: Filter,
    needles: Vec<Needle>,
    /// What is waiting for a response: when it was asked, and its method.
    open: HashMap<(String, Direction, u64), (i64, String)>,
}

impl Sifter {
    pub(super) fn new(filter: Filter) -> Sifter {
        let needles = filter.texts().map(Needle::new).collect();
        Sifter { filter, needles, open: HashMap::new() }
    }

    /// Whether this record, the next one, fits.
    pub(super) fn fits(&mut self, record: &Record) -> bool {
        let bytes = record.bytes();
        let envelope = if record.kind.is_rpc() { Envelope::read(bytes) } else { Envelope::bare(record.kind) };
        let mut id = match envelope.id.of(bytes) {
            b"" => 0,
            id => id_hash(id),
        };
        let at = record.at.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_microsecond);
        let mut method = envelope.method.text(bytes).to_owned();
        let mut took = None;
        match record.kind {
            FrameKind::Request if id != 0 && self.open.len() < OPEN_MAX => {
                self.open.insert((record.server.clone(), record.direction, id), (at, method.clone()));
            }
            FrameKind::Result | FrameKind::Error => {
                let asked = if record.direction == Direction::Recv { Direction::Send } else { Direction::Recv };
                if let Some((since, name)) = self.open.remove(&(record.server.clone(), asked, id)) {
                    took = Some(u64::try_from(at - since).unwrap_or(0));
                    method = name;
                }
            }
            FrameKind::Model => {
                let number = record.exchange.map(|number| id_hash(number.to_string().as_bytes()));
                match (number, &record.http, record.direction) {
                    (Some(number), Some(_), Direction::Send) if self.open.len() < OPEN_MAX => {
                        self.open.insert((record.server.clone(), Direction::Send, number), (at, String::new()));
                        id = number;
                    }
                    (Some(number), Some(_), _) => {
                        let since = self.open.remove(&(record.server.clone(), Direction::Send, number));
                        took = since.map(|(since, _)| u64::try_from(at - since).unwrap_or(0));
                        id = number;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        let facts = Facts {
            server: &record.server,
            method: &method,
            direction: record.direction,
            kind: record.kind,
            failed: failed(record),
            marked: false,
            id: fold_id(id),
            took,
            size: record.size,
        };
        let texts = self.needles.iter().enumerate().filter(|(_, needle)| has(record, needle));
        self.filter.holds(&facts, texts.fold(0, |bits, (at, _)| bits | 1 << at))
    }
}

/// Whether the record reports a failure, as the index of a run says it.
fn failed(record: &Record) -> bool {
    match (record.kind, &record.body) {
        (FrameKind::Error | FrameKind::NotRpc | FrameKind::NotJson, _) => true,
        (FrameKind::Http | FrameKind::Model, _) => {
            record.http.as_ref().and_then(|http| http.status).is_some_and(|status| status >= 400)
        }
        (FrameKind::Result, Body::Msg(text)) => scan::member(text, "result")
            .and_then(|result| scan::member(result, "isError"))
            .is_some_and(|flag| flag.trim() == "true"),
        _ => false,
    }
}

/// Whether a text is in the frame or in what stands beside it.
fn has(record: &Record, needle: &Needle) -> bool {
    needle.find(record.bytes()).is_some() || is_beside(record, needle)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn records_are_told_apart_as_in_the_log() {
        let lines = [
            r#"{"seq":0,"at":"2026-11-21T02:00:00.000000Z","server":"a","dir":"send","kind":"request","size":9,"msg":{"jsonrpc":"2.0","id":7,"method":"tools/call"}}"#,
            r#"{"seq":1,"at":"2026-11-21T02:00:02.000000Z","server":"a","dir":"recv","kind":"result","size":2000,"msg":{"jsonrpc":"2.0","id":7,"result":{"isError":true,"x":"Oslo"}}}"#,
            r#"{"seq":2,"at":"2026-11-21T02:00:02.000000Z","server":"b","dir":"note","kind":"note","note":"off to oslo"}"#,
        ];
        for (filter, hits) in [
            ("", vec![0, 1, 2]),
            ("oslo", vec![1, 2]),
            ("Oslo", vec![1]),
            ("method:tools/*", vec![0, 1]),
            ("id:7 dir:recv", vec![1]),
            ("is:error", vec![1]),
            ("is:slow or kind:note", vec![1, 2]),
            ("<1s", vec![]),
            ("size:>1k", vec![1]),
            ("server:b", vec![2]),
            ("-server:b -oslo", vec![0]),
        ] {
            let mut sifter = Sifter::new(Filter::read(filter).unwrap());
            let fits = |line: &&str| sifter.fits(&Record::read(line.as_bytes()).unwrap());
            let found: Vec<bool> = lines.iter().map(fits).collect();
            assert_eq!(found, (0..3).map(|at| hits.contains(&at)).collect::<Vec<_>>(), "{filter}");
        }
    }
}
