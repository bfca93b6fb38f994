//! The files of the screen: what a person saves and what is remembered between runs. One thread does the writing, in
//! order; a slow disk makes nobody wait.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::input::Input;
use super::kept::{Kept, Shelf};
use super::outcome::{Content, Write, WriteFault};
use crate::journal::{JournalReader, first_line};

/// The most that is read of a remembered file, in bytes; none of ours is that large.
const KEPT_MAX: u64 = 8 * 1024 * 1024;
/// How long leaving waits for the last files.
const PATIENCE: Duration = Duration::from_millis(500);

/// The files and the thread that writes them.
pub(super) struct Files {
    /// Where remembered files are; `None` remembers nothing.
    kept: Option<PathBuf>,
    /// Whether calls are remembered.
    history: bool,
    jobs: std_mpsc::Sender<Job>,
    done: std_mpsc::Receiver<()>,
}

enum Job {
    Save(Write, Option<JournalReader>),
    Keep { path: PathBuf, text: String },
}

impl Files {
    /// Starts the thread. The answers to [`Files::save`] go into `answers`.
    pub(super) fn start(
        kept: Option<PathBuf>,
        history: bool,
        answers: mpsc::UnboundedSender<Input>,
    ) -> io::Result<Files> {
        let (jobs, waiting) = std_mpsc::channel::<Job>();
        let (ended, done) = std_mpsc::channel();
        std::thread::Builder::new().name("files".into()).spawn(move || {
            // Dropped when the thread ends.
            let _ended: std_mpsc::Sender<()> = ended;
            for job in waiting {
                match job {
                    Job::Save(write, journal) => {
                        let result = save(&write, journal.as_ref());
                        answers.send(Input::Written { write, result }).ok();
                    }
                    Job::Keep { path, text } => {
                        if let Err(fault) = keep(&path, &text) {
                            tracing::warn!("cannot write {}: {fault}", path.display());
                        }
                    }
                }
            }
        })?;
        Ok(Files { kept, history, jobs, done })
    }

    /// What earlier runs left. A file that cannot be read or makes no sense is as good as none.
    pub(super) fn load(&self) -> Kept {
        let mut kept = Kept::default();
        for shelf in Shelf::ALL {
            let Some(path) = self.path(shelf) else { continue };
            let mut text = String::new();
            let read = File::open(&path).and_then(|file| file.take(KEPT_MAX).read_to_string(&mut text));
            match read {
                Ok(_) => {
                    if let Err(why) = kept.read(shelf, &text) {
                        tracing::warn!("{} is not used: {why}", path.display());
                    }
                }
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
                Err(fault) => tracing::warn!("{} is not used: {fault}", path.display()),
            }
        }
        kept
    }

    /// Writes a shelf to its file.
    pub(super) fn keep(&self, kept: &Kept, shelf: Shelf) {
        if let Some(path) = self.path(shelf) {
            // The thread ends only after this.
            self.jobs.send(Job::Keep { path, text: kept.text(shelf) }).ok();
        }
    }

    /// Writes a file that a person asked for; frames are read from this journal.
    pub(super) fn save(&self, write: Write, journal: Option<JournalReader>) {
        self.jobs.send(Job::Save(write, journal)).ok();
    }

    fn path(&self, shelf: Shelf) -> Option<PathBuf> {
        if matches!(shelf, Shelf::History | Shelf::Messages) && !self.history {
            return None;
        }
        Some(self.kept.as_ref()?.join(shelf.file()))
    }

    /// Waits until all is written, for a moment.
    pub(super) fn finish(self) {
        drop(self.jobs);
        // Either way it is over: the thread has ended, or the disk takes too long.
        self.done.recv_timeout(PATIENCE).ok();
    }
}

/// Returns how many frames could not be read any more.
fn save(write: &Write, journal: Option<&JournalReader>) -> Result<usize, WriteFault> {
    let failed = |fault: io::Error| WriteFault::Failed(format!("{}: {fault}", write.path));
    let path = place(&write.path);
    if path.is_dir() {
        return Err(WriteFault::Failed(format!("{} is a directory: add the name of a file", write.path)));
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if write.replace {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = match options.open(&path) {
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => return Err(WriteFault::Exists),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            return Err(WriteFault::Failed(format!("{}: there is no such directory", write.path)));
        }
        opened => opened.map_err(failed)?,
    };
    content(file, &write.content, journal).map_err(failed)
}

/// A file with frames is a journal: its first line says so, and everything that reads journals reads it.
fn content(mut file: File, content: &Content, journal: Option<&JournalReader>) -> io::Result<usize> {
    let frames = match content {
        Content::Bytes(bytes) => return file.write_all(bytes).map(|()| 0),
        Content::Frames(frames) => frames,
    };
    let journal = journal.ok_or_else(|| io::Error::other("the journal cannot be read"))?;
    let mut file = io::BufWriter::with_capacity(256 * 1024, file);
    file.write_all(first_line().as_bytes())?;
    let mut gone = 0;
    for (offset, len) in frames.iter() {
        match journal.line(*offset, *len) {
            Some(line) => {
                file.write_all(&line)?;
                file.write_all(b"\n")?;
            }
            None => gone += 1,
        }
    }
    file.flush().map(|()| gone)
}

/// The path that a person typed; `~/` is their home.
fn place(typed: &str) -> PathBuf {
    let typed = typed.trim();
    match (typed.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(typed),
    }
}

/// Replaces a file as a whole, for this user alone: what people typed may hold secrets.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        crate::paths::create_private(dir)?;
    }
    let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options.open(&fresh).and_then(|mut file| file.write_all(text.as_bytes()));
    written.and_then(|()| std::fs::rename(&fresh, path)).inspect_err(|_| {
        // What is half written helps nobody.
        std::fs::remove_file(&fresh).ok();
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::tui::kept::SavedFilter;

    fn write(path: &Path, text: &str, replace: bool) -> Write {
        Write { path: path.display().to_string(), content: Content::Bytes(text.as_bytes().into()), replace }
    }

    #[test]
    fn a_file_is_replaced_only_when_asked_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        assert_eq!(save(&write(&path, "1", false), None), Ok(0));
        assert_eq!(save(&write(&path, "2", false), None), Err(WriteFault::Exists));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1");
        assert_eq!(save(&write(&path, "2", true), None), Ok(0));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "2");
        let said = |path: &Path| match save(&write(path, "3", false), None) {
            Err(WriteFault::Failed(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(said(dir.path()).contains("is a directory"));
        assert!(said(&dir.path().join("none/a")).contains("no such directory"));
    }

    #[test]
    fn what_is_kept_is_there_in_the_next_run_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("screen");
        let files = Files::start(Some(place.clone()), true, mpsc::unbounded_channel().0).unwrap();
        let mut kept = files.load();
        assert_eq!(kept, Kept::default());
        kept.filters.save(SavedFilter { name: "n".into(), text: "is:error".into() });
        files.keep(&kept, Shelf::Filters);
        files.finish();
        let files = Files::start(Some(place.clone()), true, mpsc::unbounded_channel().0).unwrap();
        assert_eq!(files.load(), kept);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&place.join("filters.json")), 0o600);
            assert_eq!(mode(&place), 0o700);
        }
        std::fs::write(place.join("filters.json"), "rubbish").unwrap();
        assert_eq!(files.load(), Kept::default());
    }

    #[test]
    fn without_a_place_or_against_a_persons_wish_nothing_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::start(Some(dir.path().to_owned()), false, mpsc::unbounded_channel().0).unwrap();
        files.keep(&Kept::default(), Shelf::History);
        files.finish();
        assert!(!dir.path().join("history.json").exists());
        let files = Files::start(None, true, mpsc::unbounded_channel().0).unwrap();
        files.keep(&Kept::default(), Shelf::History);
        files.finish();
    }
}
