//! Where the lines lie: a file, and a bounded ring in memory for what a file cannot take.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::JournalError;
use super::reader::JournalReader;
use crate::model::record::JOURNAL_VERSION;

/// Bytes the ring keeps; older frames show their index row only.
const RING_BYTES: usize = 16 * 1024 * 1024;

/// The newest lines, by their offset in the (virtual) journal.
#[derive(Debug, Default)]
pub(super) struct Ring {
    blocks: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
}

impl Ring {
    fn push(&mut self, offset: u64, block: &[u8]) {
        self.bytes += block.len();
        self.blocks.push_back((offset, block.to_vec()));
        while self.bytes > RING_BYTES && self.blocks.len() > 1 {
            if let Some((_, old)) = self.blocks.pop_front() {
                self.bytes -= old.len();
            }
        }
    }

    /// The lines from `offset` on, up to the end of the block they are in, and where they begin: later than asked
    /// for where the oldest have been forgotten.
    pub(super) fn block(&self, offset: u64) -> Option<(u64, Vec<u8>)> {
        let at = self.blocks.partition_point(|(start, _)| *start <= offset);
        let (start, block) = self.blocks.get(at.saturating_sub(1))?;
        let from = usize::try_from(offset.saturating_sub(*start)).ok()?;
        match block.get(from..) {
            Some([]) | None => self.blocks.get(at).cloned(),
            Some(lines) => Some((offset.max(*start), lines.to_vec())),
        }
    }

    pub(super) fn read(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        let at = self.blocks.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let (start, block) = &self.blocks[at];
        let from = usize::try_from(offset - start).ok()?;
        block.get(from..block.len().min(from + len)).map(<[u8]>::to_vec)
    }
}

#[derive(Debug)]
pub(super) struct Store {
    file: Option<(File, PathBuf)>,
    /// From this offset on lines are in the ring.
    ring_from: Arc<Mutex<Option<u64>>>,
    ring: Arc<Mutex<Ring>>,
    end: u64,
    /// Why the file is not written any more, or cannot be relied on.
    failed: Option<String>,
}

impl Store {
    pub(super) fn create(path: Option<&Path>) -> Result<Store, JournalError> {
        let mut store =
            Store { file: None, ring_from: Arc::new(Mutex::new(Some(0))), ring: Arc::default(), end: 0, failed: None };
        let Some(path) = path else { return Ok(store) };
        let failed = |source| JournalError { path: path.to_path_buf(), source };
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            create_private_dir(dir).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let head = first_line();
        file.write_all(head.as_bytes()).map_err(failed)?;
        store.end = head.len() as u64;
        store.file = Some((file, path.to_path_buf()));
        store.ring_from = Arc::new(Mutex::new(None));
        Ok(store)
    }

    pub(super) fn reader(&self) -> Result<JournalReader, JournalError> {
        let file = match &self.file {
            Some((file, path)) => Some(file.try_clone().map_err(|source| JournalError { path: path.clone(), source })?),
            None => None,
        };
        Ok(JournalReader::new(file, self.ring_from.clone(), self.ring.clone()))
    }

    /// Where the next line will begin.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Appends whole lines. The error is why recording to the file stopped, once; the lines are readable all the same.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), String> {
        let offset = self.end;
        self.end += lines.len() as u64;
        let mut outcome = Ok(());
        if let Some((file, path)) = &mut self.file {
            match file.write_all(lines) {
                Ok(()) => return Ok(()),
                Err(fault) => {
                    // No half line stays behind; if even that fails, readers skip the torn line.
                    file.set_len(offset).ok();
                    let why = format!("{}: {fault}", path.display());
                    self.failed = Some(why.clone());
                    outcome = Err(why);
                    self.file = None;
                    *self.ring_from.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
                }
            }
        }
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(offset, lines);
        outcome
    }

    /// Puts another file in the place of the journal, to see what happens when writing fails.
    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) {
        if let Some((old, _)) = &mut self.file {
            *old = file;
        }
    }

    /// Waits until all that was appended is on the disk. The error is why it is not; once it was not, it never is:
    /// a system that failed to sync forgets what it failed to write. Without a file there is nothing to wait for.
    pub(super) fn sync(&mut self) -> Result<(), String> {
        if let (Some((file, path)), None) = (&self.file, &self.failed)
            && let Err(fault) = file.sync_data()
        {
            self.failed = Some(format!("{}: {fault}", path.display()));
        }
        self.failed.clone().map_or(Ok(()), Err)
    }
}

/// The first line of a journal that begins now.
pub fn first_line() -> String {
    format!(
        "{{\"journal\":\"mcp-tui\",\"version\":{JOURNAL_VERSION},\"started\":\"{}\",\"pid\":{}}}\n",
        jiff::Timestamp::now(),
        std::process::id()
    )
}

fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
