//! Looking for a text in all kept conversations, on a thread of its own: nobody who writes waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::{list, load};
use crate::app::{ChatEvent, Event};
use crate::journal::now;

/// Conversations that are found; who wants to see more types more.
const FOUND: usize = 50;

/// Searches, of which the newest counts.
#[derive(Clone, Debug)]
pub(super) struct Search {
    dir: Option<PathBuf>,
    events: mpsc::Sender<Event>,
    newest: Arc<AtomicU64>,
}

impl Search {
    /// For the conversations in this directory.
    pub(super) fn new(dir: Option<PathBuf>, events: mpsc::Sender<Event>) -> Search {
        Search { dir, events, newest: Arc::default() }
    }

    /// Begins to look for a text. A search before it ends with the conversation it is at.
    pub(super) fn start(&self, text: String) {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let search = self.clone();
        let looking = std::thread::Builder::new().name("kept search".into());
        let told = looking.spawn(move || search.run(&text, number));
        if let Err(fault) = told {
            tracing::warn!("kept conversations cannot be searched: {fault}");
        }
    }

    fn run(&self, text: &str, number: u64) {
        let current = || self.newest.load(Ordering::Relaxed) == number;
        let tell = |hits, over| {
            let event = ChatEvent::Found { text: text.to_owned(), hits, over };
            self.events.blocking_send(Event::Chat { at: now(), event }).is_ok()
        };
        let mut found = 0;
        for kept in self.dir.as_deref().map(|dir: &Path| list(dir)).unwrap_or_default() {
            if !current() {
                return;
            }
            let excerpt = self.dir.as_deref().and_then(|dir| load(dir, &kept.id).ok()?.find(text));
            let Some(excerpt) = excerpt else { continue };
            found += 1;
            // Each at once: somebody is looking at the list.
            if !tell(vec![(kept, excerpt)], false) || found == FOUND {
                break;
            }
        }
        if current() {
            tell(Vec::new(), true);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::model::conversation::{Body, Change, Entry};
    use crate::model::id::{EntryId, Moment};

    fn keep(dir: &Path, id: &str, text: &str) {
        let body = Body::User { text: text.into(), attachments: vec![], automatic: false };
        let began = Change::Began { conversation: id.into(), at: Moment(1), version: 1 };
        let said = Change::Entry(Entry::new(EntryId(0), Moment(1), body));
        let lines = [began, said].map(|change| serde_json::to_string(&change).unwrap());
        std::fs::write(dir.join(format!("{id}.jsonl")), lines.join("\n")).unwrap();
    }

    #[test]
    fn what_kept_conversations_say_is_found_the_newest_first() {
        let dir = tempfile::tempdir().unwrap();
        keep(dir.path(), "20260101-000000-000", "where are the Needles?");
        keep(dir.path(), "20260102-000000-000", "nothing of that kind");
        keep(dir.path(), "20260103-000000-000", "a needle in a haystack");
        let (events, mut heard) = mpsc::channel(16);
        let search = Search::new(Some(dir.path().to_owned()), events);
        search.newest.store(1, Ordering::Relaxed);
        search.run("needle", 1);
        // One that is not the newest any more says nothing.
        search.run("nothing", 0);
        drop(search);
        let mut told = Vec::new();
        while let Some(Event::Chat { event: ChatEvent::Found { text, hits, over }, .. }) = heard.blocking_recv() {
            assert_eq!(text, "needle");
            told.push((hits.into_iter().map(|(kept, excerpt)| (kept.id, excerpt)).collect::<Vec<_>>(), over));
        }
        let hit = |id: &str, text: &str| vec![(id.to_owned(), text.to_owned())];
        assert_eq!(
            told,
            [
                (hit("20260103-000000-000", "a needle in a haystack"), false),
                (hit("20260101-000000-000", "where are the Needles?"), false),
                (vec![], true),
            ]
        );
    }
}
