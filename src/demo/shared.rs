//! Owns what all connections of one demo server have in common: the store, who hears of changes, and the key that
//! seals `requestState`.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::{broadcast, watch};

use super::store::{Bookmark, Draft, Edit, OpenError, Store, StoreError};
use super::{Options, resources};

/// Changes a slow listener may lag behind before it is told "anything may have changed" instead.
const CHANGES_KEPT: usize = 64;

/// One change of the bookmarks, in the terms of the protocol.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// Whether `resources/list` now answers differently.
    pub(super) listing: bool,
    /// The resources whose contents are different.
    pub(super) uris: Vec<String>,
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Shared {
    store: Mutex<Store>,
    changes: broadcast::Sender<Change>,
    closing: watch::Sender<bool>,
    /// Random for each process: a `requestState` of another one is refused.
    key: [u64; 4],
    pub(super) page_size: usize,
    /// How long one item of an import takes.
    pub(super) import_pause: Duration,
}

impl Shared {
    pub(super) fn open(options: Options, import_pause: Duration) -> Result<Self, OpenError> {
        Ok(Self {
            store: Mutex::new(Store::open(options.file)?),
            changes: broadcast::Sender::new(CHANGES_KEPT),
            closing: watch::Sender::new(false),
            // The standard library's hasher keys are the randomness at hand; nothing secret is sealed with them.
            key: std::array::from_fn(|part| RandomState::new().hash_one(part)),
            page_size: options.page_size,
            import_pause,
        })
    }

    /// The bookmarks. Not to be held across an await.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        // A change replaces the store as its last step, so that a panic in between left it whole.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A receiver of all changes from now on.
    pub(super) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Says that no further answer is wanted: whoever waits for a person or sleeps shall stop.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when [`close`](Self::close) was called.
    pub(super) async fn closed(&self) {
        // An error means that the sender is gone, and it lives as long as we do.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    pub(super) fn add(&self, draft: Draft) -> Result<Bookmark, StoreError> {
        let added = self.store().add(draft)?;
        self.tell(&[&added], true);
        Ok(added)
    }

    pub(super) fn update(&self, id: u64, edit: Edit) -> Result<Bookmark, StoreError> {
        let (before, after) = self.store().update(id, edit)?;
        self.tell(&[&before, &after], before.title != after.title || before.url != after.url);
        Ok(after)
    }

    pub(super) fn remove(&self, id: u64) -> Result<Bookmark, StoreError> {
        let removed = self.store().remove(id)?;
        self.tell(&[&removed], true);
        Ok(removed)
    }

    fn tell(&self, touched: &[&Bookmark], listing: bool) {
        let mut uris = vec![resources::ALL.to_owned()];
        for bookmark in touched {
            uris.push(resources::bookmark_uri(bookmark.id));
            uris.extend(bookmark.tags.iter().map(|tag| resources::tag_uri(tag)));
        }
        uris.sort();
        uris.dedup();
        // Nobody listening is no error.
        let _ = self.changes.send(Change { listing, uris });
    }

    /// A tag over `parts` that only this process can make.
    pub(super) fn seal(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        for word in self.key {
            hash.update(word.to_le_bytes());
        }
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        // Half of the digest: enough against guessing, and nothing to extend.
        BASE64_URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
    }
}
