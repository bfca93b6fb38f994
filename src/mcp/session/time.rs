//! What time does to a session: requests without an answer are given up, and a burst of changes becomes one.

use std::time::Duration;

use tokio::time::Instant;

use super::pending::Pending;
use super::{Core, ENDED, Ended, Transport};
use crate::app::SessionEvent;
use crate::mcp::frame::Dialect;
use crate::mcp::transport::Outgoing;
use crate::model::call::{Failure, ListKind};
use crate::model::id::CallId;
use crate::model::json::RawJson;

/// A list that keeps changing is fetched at most this often.
const LIST_CHANGED: Duration = Duration::from_secs(2);
/// A burst of changes is one change.
const LIST_SETTLES: Duration = Duration::from_millis(100);

impl Core {
    /// Tells the server that nobody waits any more, as its era and transport want it.
    pub(super) async fn cancel(&mut self, id: u64, pending: &Pending, why: &'static str) {
        self.remember(id, why, pending.call);
        if let Transport::Http(transport) = &mut self.transport {
            // In the modern era closing the stream is the cancellation; in the legacy era it is only thrift.
            if self.dialect.is_modern() || pending.silent {
                transport.abort(id);
            }
        }
        let by_notice = !(matches!(self.transport, Transport::Http(_)) && self.dialect.is_modern());
        if pending.silent || !by_notice {
            if pending.silent {
                self.tap.note(format!("#{id} {} was given up ({why})", pending.method)).await;
            }
            return;
        }
        let params = serde_json::json!({"requestId": id, "reason": why});
        let bytes = Dialect::notification("notifications/cancelled", Some(&RawJson::from_value(&params)));
        self.send(Outgoing::new(bytes, None));
        if let Transport::Http(transport) = &mut self.transport {
            transport.abort(id);
        }
    }

    pub(super) fn remember(&mut self, id: u64, how: &'static str, call: Option<CallId>) {
        if self.ended.len() >= ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { id, how, call });
    }

    /// When something must happen even if nothing comes in.
    pub(in crate::mcp) fn next_deadline(&self) -> Option<Instant> {
        // People's thinking time does not count against a request's time-out.
        let thinking = self.questions.waiting_for_a_person();
        let requests = self.pending.values().map(Pending::due).filter(|_| !thinking);
        requests.chain(self.changed.values().copied()).min()
    }

    /// Does what is due.
    pub(in crate::mcp) async fn expire(&mut self) {
        let now = Instant::now();
        let thinking = self.questions.waiting_for_a_person();
        let late: Vec<u64> =
            self.pending.iter().filter(|_| !thinking).filter(|(_, one)| one.due() <= now).map(|(id, _)| *id).collect();
        for id in late {
            let Some(pending) = self.pending.remove(&id) else { continue };
            let why = pending.overdue(&self.name, now);
            self.tap.note(format!("#{id} timed out: {why}")).await;
            self.cancel(id, &pending, "timed out").await;
            pending.finish(Err(Failure::TimedOut(why).into()), &self.reporter).await;
        }
        let due: Vec<ListKind> = self.changed.iter().filter(|(_, at)| **at <= now).map(|(kind, _)| *kind).collect();
        for kind in due {
            self.changed.remove(&kind);
            self.announced.insert(kind, now);
            self.reporter.report(SessionEvent::ListChanged(kind)).await;
        }
    }

    pub(super) fn list_changed(&mut self, kind: ListKind) {
        let now = Instant::now();
        let after_last = self.announced.get(&kind).map_or(now, |last| *last + LIST_CHANGED);
        self.changed.entry(kind).or_insert_with(|| after_last.max(now + LIST_SETTLES));
    }

    /// Fails what is still waiting: the connection is over.
    pub(in crate::mcp) async fn fail_all(&mut self, why: &str) {
        let mut waiting: Vec<(u64, Pending)> = self.pending.drain().collect();
        waiting.sort_by_key(|(id, _)| *id);
        for (id, pending) in waiting {
            let text = format!(
                "{} {why} while {} (#{id}) was waiting for its answer; whether it took effect is unknown, and it is not sent again",
                self.name, pending.method
            );
            pending.finish(Err(Failure::Unreachable(text).into()), &self.reporter).await;
        }
    }
}
