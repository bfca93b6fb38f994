//! Floor 2: the record of a run. Every frame, both ways, byte-exact and in order, kept before anything looks inside.
//!
//! One append-only JSONL file a run (mode 0600). The first line names the format and its version; every other line is
//! a [`crate::model::record::Record`]. One thread writes ([`Journal::start`]); sessions hand it frames through a
//! bounded queue by their [`Tap`], and it reports what it kept as batches of index entries. A full disk ends the
//! recording, not the sessions: then, and with `--no-journal`, the newest frames stay readable in a bounded memory ring.

mod reader;
mod redact;
mod search;
mod store;
mod tap;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{JournalReader, Scan, scan_file, scan_for};
pub use redact::Redactor;
pub use search::Search;
pub use store::first_line;
pub use tap::{Extra, Frame, Tap, now};

use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, oneshot};

use crate::app::Event;
use crate::model::id::ServerId;

/// Chunks waiting for the writer; a chunk is what one read of a pipe brought (at most about 64 KiB, or one large frame).
const QUEUE: usize = 256;

/// Why a journal could not be started.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot keep a journal at {path}: {source}; choose another place with --journal FILE or go on without with --no-journal"
)]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// The handle to the writer; cheap to clone. The writer ends when the last handle and tap are gone.
#[derive(Clone, Debug)]
pub struct Journal {
    queue: mpsc::Sender<tap::Item>,
}

impl Journal {
    /// Starts the writer. With a path, the file must not exist yet; without one, only the memory ring is kept.
    pub fn start(path: Option<&Path>, events: mpsc::Sender<Event>) -> Result<(Journal, JournalReader), JournalError> {
        let store = store::Store::create(path)?;
        let reader = store.reader()?;
        let (queue, items) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer::run(store, items, &events))
            .map_err(|source| JournalError { path: path.map(Path::to_path_buf).unwrap_or_default(), source })?;
        Ok((Journal { queue }, reader))
    }

    /// The recorder of one server's session.
    pub fn tap(&self, server: ServerId, name: &str, redactor: Redactor) -> Tap {
        Tap::new(server, name, redactor, self.queue.clone())
    }

    /// Waits until everything handed over so far is written and on the disk. The error is why it is not. Without a
    /// file there is nothing to wait for.
    pub async fn sync(&self) -> Result<(), String> {
        // The writer is gone only when the run is over.
        let over = || "the run is over".to_owned();
        let (done, written) = oneshot::channel();
        self.queue.send(tap::Item::Sync(done)).await.map_err(|_| over())?;
        written.await.map_err(|_| over())?
    }
}

/// The path of a new journal in `dir`: sorted by time, one for each process.
pub fn new_path(dir: &Path) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    dir.join(format!("{now}-{}.jsonl", std::process::id()))
}

/// Removes the oldest journals in `dir` beyond the newest `keep`. Failures are of no consequence.
pub fn prune(dir: &Path, keep: usize) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(keep);
    for path in files.into_iter().take(surplus) {
        std::fs::remove_file(path).ok();
    }
}
