//! The order of messages: each POST is a task of its own, and still they go out as they were sent down.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a message may hold back the next one.
const HELD: Duration = Duration::from_secs(3);

/// A place in the line. Dropping it lets the next one go.
#[derive(Debug, Default)]
pub(super) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    next: Option<oneshot::Sender<()>>,
}

/// The end of the line.
#[derive(Debug, Default)]
pub(super) struct Line {
    last: Option<oneshot::Receiver<()>>,
}

impl Line {
    /// The next place.
    pub(super) fn queue(&mut self) -> Turn {
        let (next, last) = oneshot::channel();
        Turn { before: self.last.replace(last), next: Some(next) }
    }
}

impl Turn {
    /// Waits for the one before.
    pub(super) async fn wait(&mut self) {
        if let Some(before) = self.before.take() {
            // Whether it went, was dropped or takes too long: it is our turn.
            timeout(HELD, before).await.ok();
        }
    }

    /// Lets the next one go.
    pub(super) fn release(&mut self) {
        self.next = None;
    }
}
