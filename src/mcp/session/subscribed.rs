//! Notifications of a `subscriptions/listen` stream: whose they are, its acknowledgement, its end by the server.
//!
//! 2026-07-28, basic/patterns/subscriptions: each carries the id of the listen request in `_meta`, the acknowledgement
//! comes first, and a server that ends the stream on stdio may say so with `notifications/cancelled`.

use super::Core;
use crate::model::call::Failure;
use crate::model::envelope::Envelope;
use crate::model::json::{RawJson, scan};

/// The request that opens such a stream.
const LISTEN: &str = "subscriptions/listen";

/// What notifications of a stream are called.
const OF_STREAMS: [&[u8]; 5] = [
    b"notifications/tasks",
    b"notifications/tools/list_changed",
    b"notifications/prompts/list_changed",
    b"notifications/resources/list_changed",
    b"notifications/resources/updated",
];

impl Core {
    /// Whether a notification is to be listened to: in the modern era those of a stream need one that is open.
    pub(super) async fn is_subscribed(&mut self, bytes: &[u8], envelope: &Envelope, origin: Option<u64>) -> bool {
        if !self.dialect.is_modern() || !OF_STREAMS.contains(&envelope.method.of(bytes)) {
            return true;
        }
        let method = envelope.method.text(bytes);
        let named = subscription(envelope.params.text(bytes));
        let id = named.as_deref().map_or(origin, |text| text.parse().ok());
        if named.is_none() {
            // It names no stream; over HTTP it came on one all the same.
            self.anomaly(format!("{method} without a subscriptionId")).await;
        }
        if let Some(stream) = id.and_then(|id| self.pending.get(&id)).filter(|one| one.method == LISTEN) {
            if stream.stream.is_some() && !stream.acknowledged {
                self.anomaly(format!("{method} before the subscription was acknowledged")).await;
            }
            return true;
        }
        let Some(named) = named else { return true };
        if id.is_none_or(|id| !self.ended.iter().any(|ended| ended.id == id)) {
            self.anomaly(format!("{method} for the subscription {named}, which nobody holds; ignored")).await;
        }
        false
    }

    pub(super) async fn acknowledged(&mut self, params: &str, origin: Option<u64>) {
        let named = subscription(params);
        let id = named.as_deref().map_or(origin, |text| text.parse().ok());
        let Some(stream) = id.and_then(|id| self.pending.get_mut(&id)).filter(|one| one.method == LISTEN) else {
            let id = named.unwrap_or_else(|| "nothing".into());
            return self.anomaly(format!("an acknowledgement of {id}, which is no subscription; ignored")).await;
        };
        stream.acknowledged = true;
        if let Some(listener) = &stream.stream {
            let filter = scan::member(params, "notifications").and_then(|text| RawJson::parse(text.to_owned()).ok());
            // Who listened may have stopped just now.
            listener.send(filter.unwrap_or_else(RawJson::empty_object)).ok();
        }
    }

    /// The server takes a stream down.
    pub(super) async fn stream_ended(&mut self, id: &str) {
        let Ok(id) = id.parse::<u64>() else { return };
        if self.pending.get(&id).is_none_or(|one| one.method != LISTEN) {
            return;
        }
        if let Some(stream) = self.pending.remove(&id) {
            self.remember(id, "ended by the server", None);
            let why = format!("{} ended the subscription", self.name);
            stream.finish(Err(Failure::Cancelled(why).into()), &self.reporter).await;
        }
    }
}

/// The id of the stream that a notification belongs to, as written.
fn subscription(params: &str) -> Option<String> {
    let meta = scan::member(params, "_meta")?;
    Some(scan::member(meta, "io.modelcontextprotocol/subscriptionId")?.trim().to_owned())
}
