//! Reading a journal: single lines by offset while it grows ([`JournalReader`]), whole files after the fact ([`scan_file`]).

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::store::Ring;
use crate::model::filter::line::lines_with;
use crate::model::filter::needle::Needle;
use crate::model::record::{JOURNAL_VERSION, Record};

/// Bytes of a long line that are enough for a row of a list.
const HEAD: usize = 2_048;

/// Random access to the journal of this run.
#[derive(Debug)]
pub struct JournalReader {
    file: Option<File>,
    ring_from: Arc<Mutex<Option<u64>>>,
    ring: Arc<Mutex<Ring>>,
}

impl JournalReader {
    pub(super) fn new(file: Option<File>, ring_from: Arc<Mutex<Option<u64>>>, ring: Arc<Mutex<Ring>>) -> Self {
        Self { file, ring_from, ring }
    }

    /// Another reader of the same journal, for another thread.
    pub fn try_clone(&self) -> std::io::Result<JournalReader> {
        let file = self.file.as_ref().map(File::try_clone).transpose()?;
        Ok(JournalReader { file, ring_from: self.ring_from.clone(), ring: self.ring.clone() })
    }

    /// Reads whole lines from `offset` on into `lines`, at most up to `end`, about `wanted` bytes of them (more where
    /// one line is longer). Returns where they begin: later than asked for where lines have left the memory of a run
    /// that is not recorded. `None`: there is nothing more, or it cannot be read. Both ends must be ends of lines.
    pub(super) fn lines(&self, offset: u64, end: u64, wanted: usize, lines: &mut Vec<u8>) -> Option<u64> {
        if offset >= end {
            return None;
        }
        let ring_from = *self.ring_from.lock().unwrap_or_else(PoisonError::into_inner);
        if ring_from.is_some_and(|from| offset >= from) {
            let (start, block) = self.ring.lock().unwrap_or_else(PoisonError::into_inner).block(offset)?;
            *lines = block;
            lines.truncate(usize::try_from(end.checked_sub(start)?).unwrap_or(usize::MAX));
            return Some(start);
        }
        let end = ring_from.map_or(end, |from| end.min(from));
        let left = usize::try_from(end - offset).unwrap_or(usize::MAX);
        let mut wanted = wanted.min(left);
        loop {
            lines.resize(wanted, 0);
            read_at(self.file.as_ref()?, lines, offset).ok()?;
            if let Some(last) = memchr::memrchr(b'\n', lines) {
                lines.truncate(last + 1);
                return Some(offset);
            }
            if wanted == left {
                return None;
            }
            wanted = wanted.saturating_mul(4).min(left);
        }
    }

    /// The beginning of the line at `offset`, enough for a row. `None`: it is gone from memory, or unreadable.
    pub fn head(&self, offset: u64, len: u32) -> Option<Record> {
        let len = len as usize;
        let line = self.bytes(offset, len.min(HEAD))?;
        if len <= HEAD { Record::read(&line) } else { Record::read_head(&line) }
    }

    /// The whole line at `offset`.
    pub fn whole(&self, offset: u64, len: u32) -> Option<Record> {
        Record::read(&self.bytes(offset, len as usize)?)
    }

    /// The line at `offset` as it is in the journal, without its end.
    pub fn line(&self, offset: u64, len: u32) -> Option<Vec<u8>> {
        self.bytes(offset, len as usize).filter(|line| line.len() == len as usize)
    }

    fn bytes(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        let ring_from = *self.ring_from.lock().unwrap_or_else(PoisonError::into_inner);
        if ring_from.is_some_and(|from| offset >= from) {
            return self.ring.lock().unwrap_or_else(PoisonError::into_inner).read(offset, len);
        }
        let mut bytes = vec![0; len];
        read_at(self.file.as_ref()?, &mut bytes, offset).ok()?;
        Some(bytes)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[read..];
        offset += read as u64;
    }
    Ok(())
}

/// What was found in a journal file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scan {
    /// Records read.
    pub records: u64,
    /// Lines that are no records: torn, damaged or foreign; with the byte offset of each (the first hundred).
    pub damaged: Vec<u64>,
    /// How many lines are damaged in all.
    pub damaged_count: u64,
}

/// Why a file is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no journal.
    #[error("{0} is not a journal of mcp-tui: its first line does not say so")]
    NotAJournal(String),
    /// It is from a later version.
    #[error("{path} has format version {version}; this mcp-tui reads up to {JOURNAL_VERSION}: update it")]
    TooNew {
        /// The file.
        path: String,
        /// Its version.
        version: u64,
    },
}

/// Bytes of a journal that are searched at once.
const SLICE: usize = 4 * 1024 * 1024;

/// Reads only those records of a journal in which one of the needles is: what has none of them is not taken apart, nor
/// looked at for damage. Else as [`scan_file`].
pub fn scan_for(path: &Path, needles: &[Needle], mut see: impl FnMut(Record) -> bool) -> Result<Scan, ScanError> {
    let shown = path.display().to_string();
    let io = |source| ScanError::Io { path: shown.clone(), source };
    let (mut file, first) = open(path)?;
    let mut scan = Scan::default();
    let mut offset = first as u64;
    let mut lines = Vec::new();
    loop {
        // What follows the last whole line belongs to the next slice.
        let kept = lines.len();
        let read = file.by_ref().take(SLICE as u64).read_to_end(&mut lines).map_err(io)?;
        let whole = memchr::memrchr(b'\n', &lines[kept..]).map_or(0, |at| kept + at + 1);
        for start in lines_with(&lines[..whole], needles) {
            let stop = memchr::memchr(b'\n', &lines[start..]).map_or(whole, |at| start + at);
            if let Some(record) = Record::read(&lines[start..stop]) {
                scan.records += 1;
                if !see(record) {
                    return Ok(scan);
                }
            } else {
                scan.damage(offset + start as u64);
            }
        }
        offset += whole as u64;
        lines.drain(..whole);
        if read == 0 {
            if !lines.is_empty() {
                scan.damage(offset);
            }
            return Ok(scan);
        }
    }
}

/// Reads a journal from the start, line by line. Damaged lines are skipped and counted; `see` returns false to stop.
pub fn scan_file(path: &Path, mut see: impl FnMut(Record) -> bool) -> Result<Scan, ScanError> {
    let shown = path.display().to_string();
    let io = |source| ScanError::Io { path: shown.clone(), source };
    let (mut file, first) = open(path)?;
    let mut line = Vec::new();
    let mut scan = Scan::default();
    let mut offset = first as u64;
    loop {
        line.clear();
        let read = file.read_until(b'\n', &mut line).map_err(io)?;
        if read == 0 {
            return Ok(scan);
        }
        if let Some(record) = line.strip_suffix(b"\n").and_then(Record::read) {
            scan.records += 1;
            if !see(record) {
                return Ok(scan);
            }
        } else {
            scan.damage(offset);
        }
        offset += read as u64;
    }
}

/// Opens a journal, and reads its first line, which is so long.
fn open(path: &Path) -> Result<(BufReader<File>, usize), ScanError> {
    let shown = path.display().to_string();
    let io = |source| ScanError::Io { path: shown.clone(), source };
    let mut file = BufReader::with_capacity(256 * 1024, File::open(path).map_err(io)?);
    let mut line = Vec::new();
    file.read_until(b'\n', &mut line).map_err(io)?;
    let head: serde_json::Value = serde_json::from_slice(&line).unwrap_or_default();
    if head["journal"] != "mcp-tui" {
        return Err(ScanError::NotAJournal(shown));
    }
    if let Some(version) = head["version"].as_u64()
        && version > u64::from(JOURNAL_VERSION)
    {
        return Err(ScanError::TooNew { path: shown, version });
    }
    Ok((file, line.len()))
}

impl Scan {
    fn damage(&mut self, offset: u64) {
        self.damaged_count += 1;
        if self.damaged.len() < 100 {
            self.damaged.push(offset);
        }
    }
}
