//! The stream of changes of the modern era: `subscriptions/listen`, kept open as long as somebody wants to hear.
//!
//! 2026-07-28, basic/patterns/subscriptions. There is one stream a connection; another wish is another request, and the
//! one before it is given up when the new one is acknowledged, so that nothing is missed in between. A stream that
//! breaks is opened again, one that the server ends is not. Dropping [`keep`] cancels it.

mod filter;
mod keeper;

use tokio::sync::{mpsc, oneshot};

use crate::model::call::{Failure, ListKind};
use crate::model::json::{RawJson, scan};
use crate::model::task::EXTENSION;
use filter::LISTS;
pub(super) use keeper::keep;

/// A wish.
#[derive(Debug)]
pub(super) enum Wish {
    /// Changes of these lists.
    Lists(Vec<ListKind>),
    /// Changes of a resource.
    Add { uri: String, reply: oneshot::Sender<Result<(), Failure>> },
    /// No changes of a resource any more.
    Remove { uri: String },
    /// Where a task stands, or no more of that.
    Task { id: String, wanted: bool },
}

/// Where wishes go.
#[derive(Clone, Debug)]
pub(super) struct Subscriptions {
    wishes: mpsc::UnboundedSender<Wish>,
    /// The lists whose changes the server announces.
    announced: Vec<ListKind>,
    /// Whether the server knows tasks.
    tasks: bool,
}

/// A task is told of as long as this is there.
pub(super) struct TellsOfTask {
    wishes: mpsc::UnboundedSender<Wish>,
    id: String,
}

impl Drop for TellsOfTask {
    fn drop(&mut self) {
        self.wishes.send(Wish::Task { id: std::mem::take(&mut self.id), wanted: false }).ok();
    }
}

impl Subscriptions {
    /// For a server with these capabilities; the receiver is for [`keep`].
    pub(super) fn new(capabilities: &RawJson) -> (Subscriptions, mpsc::UnboundedReceiver<Wish>) {
        let announces = |kind: &ListKind| {
            let list = capabilities.get(kind.capability()).and_then(|list| scan::member(list, "listChanged"));
            list.is_some_and(|flag| flag.trim() == "true")
        };
        let announced = LISTS.iter().map(|(kind, _)| *kind).filter(announces).collect();
        let (wishes, receiver) = mpsc::unbounded_channel();
        let extensions = capabilities.get("extensions").unwrap_or_default();
        let tasks = scan::member(extensions, EXTENSION).is_some();
        (Subscriptions { wishes, announced, tasks }, receiver)
    }

    /// Wants changes of all lists that have any.
    pub(super) fn lists(&self) {
        self.wishes.send(Wish::Lists(self.announced.clone())).ok();
    }

    /// Wants changes of a resource; waits until the server agreed.
    pub(super) async fn add(&self, uri: String) -> Result<RawJson, Failure> {
        let (reply, agreed) = oneshot::channel();
        self.wishes.send(Wish::Add { uri, reply }).ok();
        match agreed.await {
            Ok(agreed) => agreed.map(|()| RawJson::empty_object()),
            Err(_) => Err(Failure::Unreachable("the connection ended".into())),
        }
    }

    /// Wants to be told of a task, where the server can do that.
    pub(super) fn task(&self, id: &str) -> Option<TellsOfTask> {
        self.tasks.then(|| {
            self.wishes.send(Wish::Task { id: id.to_owned(), wanted: true }).ok();
            TellsOfTask { wishes: self.wishes.clone(), id: id.to_owned() }
        })
    }

    /// Wants them no more.
    pub(super) fn remove(&self, uri: String) -> RawJson {
        self.wishes.send(Wish::Remove { uri }).ok();
        RawJson::empty_object()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn only_announced_lists_are_listened_to() {
        let capabilities = r#"{"tools":{"listChanged":true},"prompts":{"listChanged":false},"resources":{}}"#;
        let (subscriptions, _) = Subscriptions::new(&RawJson::parse(capabilities).unwrap());
        assert_eq!(subscriptions.announced, [ListKind::Tools]);
    }
}
