//! Conversations on disk: one append-only JSONL file each, a line for each change, written by a thread of its own as
//! the changes happen. What was handed to the system survives the end of this program, however it ends.

mod search;

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::mpsc;

use crate::app::chat::Kept;
use crate::app::{ChatEvent, Event};
use crate::journal::{Redactor, now};
use crate::model::conversation::{Change, Conversation, VERSION};
use crate::model::id::Moment;
use search::Search;

/// Orders waiting for the thread.
const QUEUE: usize = 4_096;
/// The longest line: an answer is cut long before.
const LINE: u64 = 64 * 1024 * 1024;
/// Conversations that are listed.
const LISTED: usize = 500;
/// `FILE_SHARE_READ` and `FILE_SHARE_DELETE`.
#[cfg(windows)]
const SHARED_WITH_READERS: u32 = 1 | 4;
/// `ERROR_SHARING_VIOLATION`.
#[cfg(windows)]
const SHARING_VIOLATION: i32 = 32;

enum Order {
    Change { conversation: String, change: Box<Change> },
    Secrets(Vec<String>),
    Load(String),
    List,
    Sync(tokio::sync::oneshot::Sender<()>),
}

/// The way to the thread that writes.
#[derive(Clone, Debug)]
pub(super) struct Conversations {
    orders: SyncSender<Order>,
    search: Search,
}

impl Conversations {
    /// Starts the thread. Without a directory nothing is kept.
    pub(super) fn start(dir: Option<PathBuf>, events: mpsc::Sender<Event>) -> io::Result<Conversations> {
        let (orders, queue) = sync_channel(QUEUE);
        let search = Search::new(dir.clone(), events.clone());
        let writer = Writer { dir, events, open: None, failed: None, secrets: Vec::new(), redactor: Redactor::new([]) };
        std::thread::Builder::new().name("conversations".into()).spawn(move || writer.run(&queue))?;
        Ok(Conversations { orders, search })
    }

    /// Adds a line.
    pub(super) fn keep(&self, conversation: String, change: Box<Change>) {
        // The thread ends only with the run.
        self.orders.send(Order::Change { conversation, change }).ok();
    }

    /// What must not be written down, beside what was told before.
    pub(super) fn hide(&self, secrets: Vec<String>) {
        self.orders.send(Order::Secrets(secrets)).ok();
    }

    /// Reads one back; it comes as an event.
    pub(super) fn load(&self, id: String) {
        self.orders.send(Order::Load(id)).ok();
    }

    /// Looks which there are; they come as an event.
    pub(super) fn list(&self) {
        self.orders.send(Order::List).ok();
    }

    /// Looks for a text in all of them, in the place of any search before; what is found comes as events.
    pub(super) fn search(&self, text: String) {
        self.search.start(text);
    }

    /// Waits until everything handed over so far is on the disk.
    pub(super) async fn sync(&self) {
        let (done, written) = tokio::sync::oneshot::channel();
        if self.orders.send(Order::Sync(done)).is_ok() {
            written.await.ok();
        }
    }
}

struct Writer {
    dir: Option<PathBuf>,
    events: mpsc::Sender<Event>,
    open: Option<(String, File)>,
    /// The conversation that could not be written: told once, and no more of it is tried.
    failed: Option<String>,
    secrets: Vec<String>,
    redactor: Redactor,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            match order {
                Order::Change { conversation, change } => self.write(conversation, &change),
                Order::Secrets(more) => {
                    self.secrets.extend(more);
                    self.redactor = Redactor::new(self.secrets.iter().map(String::as_str));
                }
                Order::Load(id) => {
                    let loaded = self.dir.as_deref().ok_or_else(nowhere).and_then(|dir| load(dir, &id));
                    self.tell(ChatEvent::Loaded(loaded.map(Box::new)));
                }
                Order::List => {
                    let kept = self.dir.as_deref().map(list).unwrap_or_default();
                    self.tell(ChatEvent::Kept(kept));
                }
                Order::Sync(done) => {
                    if let Some((_, file)) = &self.open {
                        file.sync_data().ok();
                    }
                    done.send(()).ok();
                }
            }
        }
    }

    fn write(&mut self, conversation: String, change: &Change) {
        let Some(dir) = self.dir.clone().filter(|_| self.failed.as_ref() != Some(&conversation)) else { return };
        let written = (|| {
            let mut line = self.redactor.text(&serde_json::to_string(change)?);
            line.push('\n');
            if self.open.as_ref().is_none_or(|(open, _)| *open != conversation) {
                self.open = Some((conversation.clone(), open(&dir, &conversation)?));
            }
            match &mut self.open {
                // One call, one line: a kill leaves whole lines.
                Some((_, file)) => file.write_all(line.as_bytes()),
                None => Ok(()),
            }
        })();
        if let Err(fault) = written {
            self.failed = Some(conversation.clone());
            self.tell(ChatEvent::NotKept { conversation, why: fault.to_string() });
        }
    }

    fn tell(&self, event: ChatEvent) {
        self.events.blocking_send(Event::Chat { at: now(), event }).ok();
    }
}

fn nowhere() -> String {
    "no place for conversations is known (HOME is not set)".into()
}

fn path(dir: &Path, id: &str) -> PathBuf {
    dir.join(format!("{id}.jsonl"))
}

fn open(dir: &Path, id: &str) -> io::Result<File> {
    crate::paths::create_private(dir)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    // Two runs that go on with one conversation would mix their lines. A lock of Windows would keep readers out, too;
    // there the file is shared with them alone.
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        options.share_mode(SHARED_WITH_READERS);
    }
    let file = options.open(path(dir, id));
    #[cfg(windows)]
    if file.as_ref().is_err_and(|fault| fault.raw_os_error() == Some(SHARING_VIOLATION)) {
        return Err(taken());
    }
    let file = file?;
    #[cfg(unix)]
    if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
        return Err(taken());
    }
    Ok(file)
}

fn taken() -> io::Error {
    io::Error::other("another mcp-tui has it open")
}

/// The names of the conversations in a directory, the newest first.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".jsonl")?.to_owned())).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names
}

/// Reads a conversation back: by its name, the beginning of it, or `last`. The error is for a person.
pub fn load(dir: &Path, wanted: &str) -> Result<Conversation, String> {
    let names = names(dir);
    let fits: Vec<&String> = match wanted {
        "last" => names.iter().take(1).collect(),
        _ if names.iter().any(|name| name == wanted) => names.iter().filter(|name| *name == wanted).collect(),
        _ => names.iter().filter(|name| name.starts_with(wanted)).collect(),
    };
    let name = match fits.as_slice() {
        [name] => *name,
        [] if names.is_empty() => return Err("no conversation is kept yet".into()),
        [] => return Err(format!("no conversation is named {wanted}; the newest is {}", names[0])),
        _ => return Err(format!("{} conversations begin with {wanted}; write more of the name", fits.len())),
    };
    let read = || {
        let mut conversation = Conversation::default();
        let mut lost = 0_usize;
        let mut reader = BufReader::new(File::open(path(dir, name))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = io::Read::take(&mut reader, LINE).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok((conversation, lost));
            }
            match serde_json::from_slice::<Change>(&line) {
                Ok(Change::Began { version, .. }) if version > VERSION => {
                    return Err(io::Error::other("it was written by a later version of mcp-tui"));
                }
                Ok(change) => conversation.apply(&change),
                // The last line of a killed program may be half a line; nothing else is lost by it.
                Err(_) => lost += 1,
            }
        }
    };
    let (mut conversation, lost) = read().map_err(|fault| format!("cannot read the conversation {name}: {fault}"))?;
    if lost > 0 {
        tracing::warn!("{lost} line(s) of the conversation {name} cannot be read");
    }
    conversation.id.clone_from(name);
    Ok(conversation)
}

/// What is kept in a directory, the newest first.
pub fn list(dir: &Path) -> Vec<Kept> {
    names(dir).into_iter().take(LISTED).filter_map(|name| head(dir, name)).collect()
}

fn head(dir: &Path, id: String) -> Option<Kept> {
    let file = File::open(path(dir, &id)).ok()?;
    let changed = file.metadata().ok()?.modified().ok()?;
    let changed = changed.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut conversation = Conversation::default();
    let mut entries = 0;
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        let is_entry = line.starts_with(b"{\"entry\"");
        entries += usize::from(is_entry);
        // Only what makes the title is read in full.
        let tells = line.starts_with(b"{\"titled\"") || (is_entry && conversation.title.is_empty());
        if let Some(change) = tells.then(|| serde_json::from_slice::<Change>(&line).ok()).flatten() {
            conversation.apply(&change);
        }
    }
    Some(Kept { id, title: conversation.title, changed: Moment(changed.as_micros() as u64), entries })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[tokio::test]
    async fn two_runs_do_not_write_one_conversation() {
        let dir = tempfile::tempdir().unwrap();
        let (events, mut told) = mpsc::channel(16);
        let start = || Conversations::start(Some(dir.path().to_owned()), events.clone()).unwrap();
        let (one, other) = (start(), start());
        let keep = |run: &Conversations, id: &str, title: &str| {
            run.keep(id.into(), Box::new(Change::Titled(title.into())));
        };
        let lines = |id: &str| std::fs::read_to_string(path(dir.path(), id)).unwrap().lines().count();
        keep(&one, "a", "first");
        one.sync().await;
        keep(&other, "a", "second");
        keep(&other, "b", "its own is kept");
        other.sync().await;
        let Ok(Event::Chat { event: ChatEvent::NotKept { why, .. }, .. }) = told.try_recv() else {
            panic!("nothing is told")
        };
        assert!(why.contains("another mcp-tui"), "{why}");
        assert_eq!((lines("a"), lines("b")), (1, 1));
        // The first one goes on elsewhere: now it is free.
        keep(&one, "c", "third");
        one.sync().await;
        let third = start();
        keep(&third, "a", "fourth");
        third.sync().await;
        assert_eq!(lines("a"), 2);
        assert!(told.try_recv().is_err());
    }
}
