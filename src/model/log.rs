//! The index of the journal in memory: [`WireLog`]. Thirty-two bytes a frame, whatever the frame weighs.
//!
//! It pairs requests with their responses as entries arrive. It never sees the frames themselves.

use std::collections::HashMap;

use super::envelope::id_hash;
use super::filter::fold_id;
use super::id::{Moment, ServerId};
use super::wire::{Direction, FrameKind, MethodId, WireBatch, WireEntry};

/// Entries a chunk: growing never copies what is there, so a million frames cost no peak.
const CHUNK: usize = 8_192;
/// Requests remembered while they have no response. A peer that asks without end must not grow us.
const OPEN_MAX: usize = 65_536;
/// Frames that may lie before one that is a moment older.
const DISORDER: usize = 1_000;
const NONE: u32 = u32::MAX;

/// Bits of an offset: 16 TiB of journal.
const OFFSET_BITS: u32 = 44;
/// Bits of a time in microseconds: the year 2112.
const TIME_BITS: u32 = 52;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Packed {
    /// The offset, and above it the low 20 bits of the folded id.
    offset: u64,
    /// The time, and above it the high 12 bits of the folded id.
    at: u64,
    len: u32,
    pair: u32,
    server: u16,
    method: u16,
    /// The direction, and whether it reports a failure.
    way: u8,
    kind: FrameKind,
    /// Size on the wire as a small float would cost precision people look at; sizes over 64 KiB are kept in KiB.
    size: u16,
}

/// The index of all frames of the run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WireLog {
    chunks: Vec<Vec<Packed>>,
    len: usize,
    methods: Vec<String>,
    open: HashMap<(ServerId, Direction, u64), u32>,
}

/// One row of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogEntry {
    /// Its place in the log, from 0; also its sequence number in the journal.
    pub index: usize,
    /// When.
    pub at: Moment,
    /// Whose.
    pub server: ServerId,
    /// Which way.
    pub direction: Direction,
    /// What it parsed as.
    pub kind: FrameKind,
    /// The method of a request or notification; for a response, that of its request.
    pub method: MethodId,
    /// The folded hash of its id, 0 for none.
    pub id: u32,
    /// Whether it reports a failure.
    pub failed: bool,
    /// Where its line begins in the journal.
    pub offset: u64,
    /// How long its line is.
    pub len: u32,
    /// Bytes on the wire; exact below 32 KiB, else rounded down to whole KiB.
    pub size: u64,
    /// The other half of a request and response.
    pub pair: Option<usize>,
}

impl LogEntry {
    /// Whether it answers a request: then the time since that is its own.
    pub fn responds(&self) -> bool {
        match self.kind {
            FrameKind::Result | FrameKind::Error => true,
            FrameKind::Model => self.direction == Direction::Recv && self.pair.is_some(),
            _ => false,
        }
    }
}

const KIB_FLAG: u16 = 0x8000;

fn pack_size(size: u32) -> u16 {
    if size < u32::from(KIB_FLAG) { size as u16 } else { KIB_FLAG | ((size >> 10).min(0x7fff) as u16) }
}

fn unpack_size(size: u16) -> u64 {
    if size & KIB_FLAG == 0 { u64::from(size) } else { u64::from(size & !KIB_FLAG) << 10 }
}

const FAILED: u8 = 0x80;

fn pack_way(direction: Direction, failed: bool) -> u8 {
    let way = match direction {
        Direction::Send => 0,
        Direction::Recv => 1,
        Direction::Stderr => 2,
        Direction::Note => 3,
    };
    if failed { way | FAILED } else { way }
}

fn unpack_way(way: u8) -> Direction {
    match way & !FAILED {
        0 => Direction::Send,
        1 => Direction::Recv,
        2 => Direction::Stderr,
        _ => Direction::Note,
    }
}

impl Packed {
    fn time(self) -> u64 {
        self.at & ((1 << TIME_BITS) - 1)
    }

    fn id(self) -> u32 {
        (self.offset >> OFFSET_BITS) as u32 | ((self.at >> TIME_BITS) as u32) << (64 - OFFSET_BITS)
    }
}

impl WireLog {
    /// Appends what the journal reports.
    pub fn append(&mut self, batch: &WireBatch) {
        for (id, name) in &batch.methods {
            let at = usize::from(id.0);
            if self.methods.len() <= at {
                self.methods.resize(at + 1, String::new());
            }
            self.methods[at].clone_from(name);
        }
        for entry in &batch.entries {
            self.push(entry);
        }
    }

    fn push(&mut self, entry: &WireEntry) {
        let index = self.len as u32;
        let id = u64::from(fold_id(entry.id));
        let mut packed = Packed {
            offset: entry.offset & ((1 << OFFSET_BITS) - 1) | id << OFFSET_BITS,
            at: entry.at.0.min((1 << TIME_BITS) - 1) | (id >> (64 - OFFSET_BITS)) << TIME_BITS,
            len: entry.len,
            pair: NONE,
            server: entry.server.0,
            method: entry.method.0,
            way: pack_way(entry.direction, entry.failed),
            kind: entry.kind,
            size: pack_size(entry.size),
        };
        if entry.id != 0 {
            let answers = match entry.kind {
                FrameKind::Model => entry.direction == Direction::Recv,
                kind => matches!(kind, FrameKind::Result | FrameKind::Error),
            };
            match entry.kind {
                FrameKind::Request | FrameKind::Model if !answers && self.open.len() < OPEN_MAX => {
                    self.open.insert((entry.server, entry.direction, entry.id), index);
                }
                _ if answers => {
                    let asked = match entry.direction {
                        Direction::Recv => Direction::Send,
                        _ => Direction::Recv,
                    };
                    if let Some(request) = self.open.remove(&(entry.server, asked, entry.id)) {
                        packed.pair = request;
                        // A response carries no method; showing its request's makes a row readable alone.
                        if let Some(first) = self.packed_mut(request as usize) {
                            first.pair = index;
                            packed.method = first.method;
                        }
                    }
                }
                _ => {}
            }
        }
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(packed);
            self.len += 1;
        }
    }

    fn packed_mut(&mut self, index: usize) -> Option<&mut Packed> {
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entry at `index`.
    pub fn get(&self, index: usize) -> Option<LogEntry> {
        let packed = self.chunks.get(index / CHUNK)?.get(index % CHUNK)?;
        Some(LogEntry {
            index,
            at: Moment(packed.time()),
            server: ServerId(packed.server),
            direction: unpack_way(packed.way),
            kind: packed.kind,
            method: MethodId(packed.method),
            id: packed.id(),
            failed: packed.way & FAILED != 0,
            offset: packed.offset & ((1 << OFFSET_BITS) - 1),
            len: packed.len,
            size: unpack_size(packed.size),
            pair: (packed.pair != NONE).then_some(packed.pair as usize),
        })
    }

    /// The name of a method; empty for none.
    pub fn method(&self, id: MethodId) -> &str {
        self.methods.get(usize::from(id.0)).map_or("", String::as_str)
    }

    /// The names of all methods, by their number.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(String::as_str)
    }

    /// The first frame that is not older than this. Frames of several servers lie in the order in which they were
    /// kept, which may differ from that of their times by a moment.
    pub fn since(&self, at: Moment) -> usize {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|last| last.time() < at.0));
        let inside = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(|one| one.time() < at.0));
        (chunk * CHUNK + inside).min(self.len)
    }

    /// The request of ours with this id (its JSON text) that was sent first after `since`. Ids begin anew with each
    /// connection.
    pub fn request(&self, server: ServerId, id: &str, since: Moment) -> Option<usize> {
        let id = fold_id(id_hash(id.as_bytes()));
        let from = self.since(since).saturating_sub(DISORDER);
        (from..self.len)
            .filter_map(|index| self.get(index))
            .find(|entry| {
                entry.id == id
                    && entry.server == server
                    && entry.direction == Direction::Send
                    && entry.kind == FrameKind::Request
                    && entry.at >= since
            })
            .map(|entry| entry.index)
    }

    /// Microseconds from a request to its response, for either half of a pair.
    pub fn latency(&self, index: usize) -> Option<u64> {
        let one = self.get(index)?;
        let other = self.get(one.pair?)?;
        let (first, last) = if one.index < other.index { (one, other) } else { (other, one) };
        Some(last.at.micros_since(first.at))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn entry(kind: FrameKind, direction: Direction, id: u64, at: u64) -> WireEntry {
        WireEntry {
            at: Moment(at),
            server: ServerId(0),
            direction,
            kind,
            method: MethodId(u16::from(kind == FrameKind::Request)),
            id,
            offset: at * 10,
            len: 9,
            size: 70_000,
            failed: kind == FrameKind::Error,
        }
    }

    fn log(entries: Vec<WireEntry>) -> WireLog {
        let mut log = WireLog::default();
        log.append(&WireBatch { methods: vec![(MethodId(1), "tools/call".into())], entries, ..WireBatch::default() });
        log
    }

    #[test]
    fn a_frame_costs_thirty_two_bytes_and_nothing_in_them_touches() {
        assert_eq!(size_of::<Packed>(), 32);
        let mut full = entry(FrameKind::Error, Direction::Note, u64::MAX - 1, (1 << TIME_BITS) - 1);
        full.offset = (1 << OFFSET_BITS) - 1;
        let mut empty = entry(FrameKind::Note, Direction::Send, 0, 0);
        empty.offset = 0;
        let log = log(vec![full, empty]);
        let read = log.get(0).unwrap();
        assert_eq!((read.offset, read.at.0, read.id), (full.offset, full.at.0, fold_id(full.id)));
        assert_eq!((read.direction, read.failed), (Direction::Note, true));
        let read = log.get(1).unwrap();
        assert_eq!((read.offset, read.at.0, read.id, read.failed), (0, 0, 0, false));
    }

    #[test]
    fn requests_and_responses_are_paired_by_id_and_direction() {
        let log = log(vec![
            entry(FrameKind::Request, Direction::Send, 7, 100),
            entry(FrameKind::Request, Direction::Recv, 7, 110),
            entry(FrameKind::Result, Direction::Recv, 7, 150),
            entry(FrameKind::Error, Direction::Send, 7, 170),
            entry(FrameKind::Result, Direction::Recv, 7, 190),
        ]);
        assert_eq!(log.get(0).and_then(|e| e.pair), Some(2));
        assert_eq!(log.get(2).and_then(|e| e.pair), Some(0));
        assert_eq!(log.get(1).and_then(|e| e.pair), Some(3));
        assert_eq!(log.get(4).and_then(|e| e.pair), None, "a second answer pairs with nothing");
        assert_eq!(log.latency(0), Some(50));
        assert_eq!(log.latency(2), Some(50));
        assert_eq!(log.get(2).map(|e| log.method(e.method).to_owned()), Some("tools/call".into()));
    }

    #[test]
    fn a_request_is_found_by_its_id_since_a_time() {
        let seven = id_hash(b"7");
        let mut entries: Vec<WireEntry> =
            (0..30_000).map(|at| entry(FrameKind::Notification, Direction::Recv, 0, at)).collect();
        for at in [5, 20_000, 25_000] {
            entries[at] = entry(FrameKind::Request, Direction::Send, seven, at as u64);
        }
        entries[10_000] = entry(FrameKind::Request, Direction::Recv, seven, 10_000);
        let log = log(entries);
        assert_eq!([0, 8_192, 29_999, 30_000].map(|at| log.since(Moment(at))), [0, 8_192, 29_999, 30_000]);
        for (since, found) in [(0, Some(5)), (6, Some(20_000)), (20_000, Some(20_000)), (25_001, None)] {
            assert_eq!(log.request(ServerId(0), "7", Moment(since)), found, "{since}");
        }
        assert_eq!(log.request(ServerId(1), "7", Moment(0)), None);
        assert_eq!(log.request(ServerId(0), "\"7\"", Moment(0)), None, "a text is another id");
    }

    #[test]
    fn chunks_keep_the_order() {
        let mut log = WireLog::default();
        for at in 0..20_000 {
            log.append(&WireBatch {
                methods: vec![],
                entries: vec![entry(FrameKind::Notification, Direction::Recv, 0, at)],
                ..WireBatch::default()
            });
        }
        assert_eq!(log.len(), 20_000);
        assert_eq!(log.get(8_192).map(|e| e.at), Some(Moment(8_192)));
        assert_eq!(log.get(19_999).map(|e| e.offset), Some(199_990));
        assert_eq!(log.get(20_000), None);
        assert_eq!(log.get(3).map(|e| e.size), Some(68 << 10));
    }
}
