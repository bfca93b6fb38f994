//! Owns what one legacy connection has told us to remember: its log level and its `resources/subscribe` list.
//!
//! A modern connection has nothing of the kind: its log level comes with each request, its subscription is a request
//! of its own (`subscriptions/listen`).

#![expect(
    deprecated,
    reason = "logging is deprecated in the specification and still live; clients must be able to try it"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{LoggingLevel, ResourceUpdatedNotificationParam};
use rmcp::{ErrorData, Peer, RoleServer};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::shared::{Change, Shared};

/// More subscriptions than this on one connection are refused.
const MAX_SUBSCRIPTIONS: usize = 256;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Session {
    level: Mutex<LoggingLevel>,
    subscribed: Arc<Mutex<BTreeSet<String>>>,
    feeding: AtomicBool,
    /// Dropped with the session, which ends its feed.
    alive: watch::Sender<()>,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            // What is sent before a client chose a level is ours to decide: changes, but no chatter.
            level: Mutex::new(LoggingLevel::Info),
            subscribed: Arc::default(),
            feeding: AtomicBool::new(false),
            alive: watch::Sender::new(()),
        }
    }

    pub(super) fn level(&self) -> LoggingLevel {
        *lock(&self.level)
    }

    pub(super) fn set_level(&self, level: LoggingLevel) {
        *lock(&self.level) = level;
    }

    pub(super) fn subscribe(&self, uri: String) -> Result<(), ErrorData> {
        let mut subscribed = lock(&self.subscribed);
        if subscribed.len() >= MAX_SUBSCRIPTIONS && !subscribed.contains(&uri) {
            let message = format!("at most {MAX_SUBSCRIPTIONS} subscriptions on one connection");
            return Err(ErrorData::invalid_request(message, None));
        }
        subscribed.insert(uri);
        Ok(())
    }

    pub(super) fn unsubscribe(&self, uri: &str) {
        lock(&self.subscribed).remove(uri);
    }

    /// Starts telling `peer` of changes; the second and later times do nothing.
    pub(super) fn feed(&self, shared: &Shared, peer: Peer<RoleServer>) {
        if self.feeding.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut changes = shared.changes();
        let mut alive = self.alive.subscribe();
        let subscribed = Arc::clone(&self.subscribed);
        tokio::spawn(async move {
            loop {
                let change = tokio::select! {
                    change = changes.recv() => match change {
                        Ok(change) => Some(change),
                        Err(RecvError::Lagged(_)) => None,
                        Err(RecvError::Closed) => return,
                    },
                    _ = alive.changed() => return,
                };
                let (listing, uris) = concerning(change, &lock(&subscribed));
                let mut sent = Ok(());
                for uri in uris {
                    sent = sent.and(peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await);
                }
                if listing {
                    sent = sent.and(peer.notify_resource_list_changed().await);
                }
                if sent.is_err() {
                    return;
                }
            }
        });
    }
}

/// What a listener that watches `watched` is to be told of a change; `None` is "changes were missed, tell everything".
pub(super) fn concerning(change: Option<Change>, watched: &BTreeSet<String>) -> (bool, Vec<String>) {
    match change {
        Some(Change { listing, uris }) => (listing, uris.into_iter().filter(|uri| watched.contains(uri)).collect()),
        None => (true, watched.iter().cloned().collect()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
