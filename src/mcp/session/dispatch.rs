//! Frames from the server, one by one, in wire order. All of them are in the journal already.
//!
//! A frame that answers nobody is remarked and ignored; a damaged frame fails the call it was meant for, if that
//! can be made out, so that nothing waits for an answer that has come and gone. Garbage is never answered.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Core, Ended, Transport};
use crate::app::SessionEvent;
use crate::mcp::era::UNSUPPORTED_VERSION;
use crate::mcp::frame;
use crate::mcp::transport::Outgoing;
use crate::model::call::{Failure, ListKind, Progress};
use crate::model::envelope::{DEPTH_MAX, Envelope, Problem, recover_id};
use crate::model::json::{RawJson, scan};
use crate::model::server::REVISIONS;
use crate::model::task::Task;
use crate::model::wire::FrameKind;

/// Log messages that are larger are not told.
const LOGGED: usize = 64 * 1024;
/// What is told instead.
const LOGGED_ELSEWHERE: &str = r#"{"level":"?","data":"(over 64 KiB; it is in the journal)"}"#;
/// Bytes of a noisy line that are shown.
const NOISE: usize = 1_024;

impl Core {
    pub(super) async fn dispatch(&mut self, bytes: &[u8], envelope: &Envelope, origin: Option<u64>) {
        match envelope.kind {
            FrameKind::Notification => self.notified(bytes, envelope, origin).await,
            FrameKind::Result | FrameKind::Error if envelope.problem.is_none() => self.answered(bytes, envelope).await,
            FrameKind::Request => self.requested(bytes, envelope).await,
            FrameKind::Batch => self.batch(bytes, origin).await,
            FrameKind::NotJson | FrameKind::NotRpc | FrameKind::Result | FrameKind::Error => {
                self.damaged(bytes, envelope, origin).await;
            }
            FrameKind::Http
            | FrameKind::Sse
            | FrameKind::Model
            | FrameKind::Stderr
            | FrameKind::Note
            | FrameKind::Exit => {}
        }
    }

    async fn answered(&mut self, bytes: &[u8], envelope: &Envelope) {
        let id = envelope.id.text(bytes);
        let known = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
        let Some((number, pending)) = known.and_then(|number| Some((number, self.pending.remove(&number)?))) else {
            let mut late = None;
            let before = known.and_then(|number| self.ended.iter().rev().find(|ended| ended.id == number));
            let what = match before {
                Some(Ended { how: "answered", .. }) => format!("a second answer to #{id}; the first one stands"),
                Some(Ended { how, call, .. }) => {
                    late = *call;
                    format!("a late answer to #{id}, which was {how}; ignored")
                }
                None => format!("an answer to {id}, which nobody asked; ignored"),
            };
            if let Some(call) = late {
                let failure = (envelope.kind == FrameKind::Error).then(|| rpc_failure(envelope.error.text(bytes)));
                self.reporter.report(SessionEvent::Late { call, failure }).await;
            }
            return self.anomaly(what).await;
        };
        self.remember(number, "answered", None);
        if matches!(pending.method.as_str(), "ping" | "server/discover" | "tools/list") {
            let micros = pending.waited().as_micros() as u64;
            self.reporter.report(SessionEvent::Latency(micros)).await;
        }
        let answer = if envelope.depth > DEPTH_MAX {
            let depth = envelope.depth;
            Err(Failure::BadAnswer(format!(
                "{}'s answer nests too deep: {depth} levels, the limit is {DEPTH_MAX}",
                self.name
            )))
        } else if envelope.kind == FrameKind::Error {
            Err(rpc_failure(envelope.error.text(bytes)))
        } else {
            RawJson::parse(envelope.result.text(bytes).to_owned())
                .map_err(|fault| Failure::BadAnswer(format!("{}'s answer cannot be read: {fault}", self.name)))
        };
        if let Err(Failure::Rpc { code: UNSUPPORTED_VERSION, data, .. }) = &answer
            && pending.method != "server/discover"
        {
            self.outdated(data.as_ref());
        }
        pending.finish(answer.map_err(Into::into), &self.reporter).await;
    }

    /// The server refuses our revision in the middle of a connection. If it names another one that we speak, the
    /// connection is made anew; once, so that a server that contradicts itself is not asked for ever.
    fn outdated(&mut self, data: Option<&RawJson>) {
        let supported = data.and_then(|data| data.items_of("supported", 100).ok()).unwrap_or_default();
        let speaks = |revision: &str| supported.iter().any(|one| scan::decoded(one).is_some_and(|one| one == revision));
        let current = self.dialect.revision.as_deref().unwrap_or_default();
        let other = REVISIONS.into_iter().find(|ours| *ours != current && speaks(ours));
        if let Some(other) = other.filter(|_| self.dialect.is_modern() && self.may_renegotiate) {
            self.renegotiate = Some(format!("the server does not speak {current} any more, but {other}"));
        }
    }

    async fn damaged(&mut self, bytes: &[u8], envelope: &Envelope, origin: Option<u64>) {
        let Some(problem) = envelope.problem else { return };
        if let Some(id) = self.blamed(bytes, envelope, origin)
            && let Some(pending) = self.pending.remove(&id)
        {
            self.remember(id, "answered", None);
            let why = if envelope.kind == FrameKind::Error {
                // `"id":null` is how a server says that it could not read the request at all.
                rpc_failure(envelope.error.text(bytes))
            } else {
                let name = &self.name;
                Failure::BadAnswer(format!(
                    "{name}'s answer to {} cannot be used: {problem}; the frame is in the log",
                    pending.method
                ))
            };
            self.anomaly(format!("#{id} fails: {problem}")).await;
            return pending.finish(Err(why.into()), &self.reporter).await;
        }
        let line = bytes.trim_ascii();
        let text =
            matches!(problem, Problem::NotJson(..) | Problem::Torn) && !matches!(line.first(), Some(b'{' | b'['));
        if text && matches!(self.transport, Transport::Stdio(_)) && !line.is_empty() {
            let shown = self.tap.redactor().text(&String::from_utf8_lossy(&line[..line.len().min(NOISE)]));
            self.reporter.report(SessionEvent::Noise(shown)).await;
        }
    }

    /// Whose answer this damaged frame was meant to be.
    fn blamed(&self, bytes: &[u8], envelope: &Envelope, origin: Option<u64>) -> Option<u64> {
        if let Some(id) = origin.filter(|id| self.pending.contains_key(id)) {
            return Some(id);
        }
        let head = &bytes[..bytes.len().min(4_096)];
        let response =
            memchr::memmem::find(head, b"\"result\"").is_some() || memchr::memmem::find(head, b"\"error\"").is_some();
        let ambiguous = matches!(envelope.problem, Some(Problem::Duplicate(_)));
        let id = if envelope.id.is_empty() || ambiguous { recover_id(bytes) } else { Some(envelope.id.of(bytes)) };
        match id {
            // A foreign string id was never one of ours.
            Some([b'"', ..]) => None,
            Some(text) if text != b"null" => {
                let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
                let id = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
                // Without a method it can only have been an answer.
                let asks = memchr::memmem::find(head, b"\"method\"").is_some();
                (response || !asks).then_some(id).filter(|id| self.pending.contains_key(id))
            }
            // Without any id there is no doubt only when one call waits.
            _ if response => {
                let mut calls = self.pending.iter().filter(|(_, one)| one.stream.is_none()).map(|(id, _)| *id);
                calls.next().filter(|_| calls.next().is_none())
            }
            _ => None,
        }
    }

    async fn notified(&mut self, bytes: &[u8], envelope: &Envelope, origin: Option<u64>) {
        if !self.is_subscribed(bytes, envelope, origin).await {
            return;
        }
        match envelope.method.of(bytes) {
            b"notifications/progress" => self.progressed(envelope.params.text(bytes)).await,
            b"notifications/tools/list_changed" => self.list_changed(ListKind::Tools),
            b"notifications/prompts/list_changed" => self.list_changed(ListKind::Prompts),
            b"notifications/resources/list_changed" => {
                self.list_changed(ListKind::Resources);
                self.list_changed(ListKind::Templates);
            }
            b"notifications/resources/updated" => {
                #[derive(Deserialize)]
                struct Updated {
                    uri: String,
                }
                if let Ok(Updated { uri }) = serde_json::from_str(envelope.params.text(bytes)) {
                    self.reporter.report(SessionEvent::ResourceUpdated(uri)).await;
                }
            }
            b"notifications/tasks" | b"notifications/tasks/status" => {
                let params = RawJson::parse(envelope.params.text(bytes).to_owned());
                if let Some(task) = params.ok().and_then(|params| Task::read(&params).ok()) {
                    self.news.tell(&task);
                    self.reporter.report(SessionEvent::Task { call: None, task }).await;
                }
            }
            b"notifications/subscriptions/acknowledged" => {
                self.acknowledged(envelope.params.text(bytes), origin).await;
            }
            b"notifications/cancelled" => {
                let params = RawJson::parse(envelope.params.text(bytes).to_owned());
                if let Some(id) = params.ok().as_ref().and_then(|params| params.get("requestId")) {
                    self.cancelled_by_server(id.trim()).await;
                    self.stream_ended(id.trim()).await;
                }
            }
            b"notifications/elicitation/complete" => {
                let params = RawJson::parse(envelope.params.text(bytes).to_owned()).ok();
                let id = params.as_ref().and_then(|params| scan::decoded(params.get("elicitationId")?));
                self.page_done(id.as_deref()).await;
            }
            b"notifications/message" if self.tells_logs => {
                let params = envelope.params.text(bytes);
                let told = if params.len() <= LOGGED { params } else { LOGGED_ELSEWHERE };
                if let Ok(params) = RawJson::parse(told.to_owned()) {
                    self.reporter.report(SessionEvent::Message(params)).await;
                }
            }
            // Log messages and what we do not know are in the log, where they are read.
            _ => {}
        }
    }

    async fn progressed(&mut self, params: &str) {
        #[derive(Deserialize)]
        struct Report {
            #[serde(rename = "progressToken")]
            token: serde_json::Value,
            progress: f64,
            total: Option<f64>,
            message: Option<String>,
        }
        let Ok(report) = serde_json::from_str::<Report>(params) else {
            return self.anomaly("a progress report that cannot be read; ignored".into()).await;
        };
        let Some(pending) = report.token.as_u64().and_then(|token| self.pending.get_mut(&token)) else {
            return self.anomaly(format!("progress for {}, which is not running; ignored", report.token)).await;
        };
        let news = Progress { progress: report.progress, total: report.total, message: report.message, reports: 0 };
        if let Some(wrong) = pending.progressed(news, &self.reporter).await {
            self.anomaly(format!("#{}: {wrong}", report.token)).await;
        }
    }

    async fn requested(&mut self, bytes: &[u8], envelope: &Envelope) {
        let method = envelope.method.text(bytes);
        if self.dialect.is_modern() {
            // The specification forbids the request, and an answer to it on top.
            return self.anomaly(format!("{method}: servers must not send requests in 2026-07-28; not answered")).await;
        }
        let id = envelope.id.text(bytes);
        let answer = match method {
            "ping" => frame::result(id, "{}"),
            "roots/list" if self.offers.roots => frame::result(id, &self.roots.result()),
            "elicitation/create" if self.offers.elicitation => {
                return self.park(id, method, envelope.params.text(bytes)).await;
            }
            "sampling/createMessage" if self.offers.sampling => {
                return self.park(id, method, envelope.params.text(bytes)).await;
            }
            _ => {
                self.anomaly(format!("{method}: the client did not offer this; refused")).await;
                frame::error(id, -32601, "Method not found: the client did not declare this capability")
            }
        };
        self.send(Outgoing::new(answer, None));
    }

    async fn batch(&mut self, bytes: &[u8], origin: Option<u64>) {
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}');
        let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
        let allowed = self.dialect.revision.as_deref() == Some("2025-03-26");
        if !allowed {
            let revision = self.dialect.revision.clone().unwrap_or_else(|| "this revision".into());
            self.anomaly(format!("a batch, which {revision} does not have")).await;
        }
        for item in items {
            let bytes = item.get().as_bytes();
            let envelope = Envelope::read_utf8(bytes);
            let answer = matches!(envelope.kind, FrameKind::Result | FrameKind::Error);
            // Answers are taken either way: a call must not hang on a matter of form.
            if (allowed && envelope.kind != FrameKind::Batch) || answer {
                Box::pin(self.dispatch(bytes, &envelope, origin)).await;
            }
        }
    }
}

/// Reads an error object as leniently as it can be.
pub(in crate::mcp) fn rpc_failure(error: &str) -> Failure {
    let Ok(raw) = RawJson::parse(error.to_owned()) else {
        return Failure::BadAnswer("the server's error cannot be read".into());
    };
    let code = raw.get("code").and_then(|code| code.trim().parse::<f64>().ok());
    let message = raw.get("message").and_then(|message| serde_json::from_str::<String>(message).ok());
    let data = raw.get("data").and_then(|data| RawJson::parse(data.to_owned()).ok());
    match (code, message) {
        (None, None) => {
            Failure::Rpc { code: 0, message: "an error object without code and message".into(), data: Some(raw) }
        }
        (code, message) => {
            Failure::Rpc { code: code.unwrap_or_default() as i64, message: message.unwrap_or_default(), data }
        }
    }
}
