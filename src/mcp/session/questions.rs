//! What the server asks of a person: parked here until the answer comes, the server takes it back, or it is gone.
//!
//! In the legacy era a question is a request of the server and its answer a response; in the modern era it is part of
//! a result, and its answer travels with the next round of our own request.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Ask, Core, Peer};
use crate::app::SessionEvent;
use crate::journal::now;
use crate::mcp::frame;
use crate::mcp::transport::Outgoing;
use crate::model::form::Form;
use crate::model::id::CallId;
use crate::model::json::{RawJson, scan};
use crate::model::question::{Answer, OPEN_MAX, Question, QuestionBody, QuestionId};

/// Web pages remembered until the server says that they are done.
const PAGES: usize = 64;
/// A refused sampling, as 2025-06-18 client/sampling suggests.
const REJECTED: i64 = -1;

/// What became of a question of a round: an answer, or why it was not even asked.
pub(in crate::mcp) type Answered = Result<Answer, String>;

enum Parked {
    /// A request of the server, by its id as it wrote it.
    Request { id: String, body: QuestionBody },
    /// A question of a multi-round request.
    Round { reply: oneshot::Sender<Answered>, body: QuestionBody },
}

pub(super) struct Questions {
    open: BTreeMap<u64, Parked>,
    numbers: Arc<AtomicU64>,
    /// Since when a request of the server waits for a person.
    since: Option<Instant>,
    /// Elicitation ids of web pages that people were asked to visit, oldest first.
    pages: VecDeque<String>,
}

impl Questions {
    pub(super) fn new(numbers: Arc<AtomicU64>) -> Questions {
        Questions { open: BTreeMap::new(), numbers, since: None, pages: VecDeque::new() }
    }

    pub(super) fn waiting_for_a_person(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn expect_page(&mut self, id: String) {
        if self.pages.len() >= PAGES {
            self.pages.pop_front();
        }
        self.pages.push_back(id);
    }
}

struct Unask<'a> {
    peer: &'a Peer,
    number: u64,
    armed: bool,
}

impl Drop for Unask<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.peer.tell(Ask::Unask { number: self.number });
        }
    }
}

impl Peer {
    /// Asks a person on behalf of a call. Dropping the future withdraws the question.
    pub(in crate::mcp) async fn question(&self, call: Option<CallId>, body: QuestionBody) -> Answered {
        let number = self.next_question.fetch_add(1, Ordering::Relaxed);
        let (reply, answer) = oneshot::channel();
        let mut guard = Unask { peer: self, number, armed: true };
        self.tell(Ask::Question { number, call, body, reply });
        let answer = answer.await;
        guard.armed = false;
        answer.unwrap_or_else(|_| Err("the connection ended".into()))
    }
}

impl Core {
    fn question_id(&self, number: u64) -> QuestionId {
        QuestionId { server: self.reporter.server, number }
    }

    async fn raise(&mut self, number: u64, call: Option<CallId>, body: QuestionBody) {
        let question = Question { id: self.question_id(number), at: now(), call, body };
        self.reporter.report(SessionEvent::Asked(question)).await;
    }

    /// Takes a request of the server that a person must answer.
    pub(super) async fn park(&mut self, id: &str, method: &str, params: &str) {
        let params = RawJson::parse(params.to_owned()).unwrap_or_else(|_| RawJson::empty_object());
        let body = match QuestionBody::read(method, &params) {
            Ok(body) => body,
            Err(wrong) => {
                self.anomaly(format!("{method}: {wrong}; refused")).await;
                return self.send(Outgoing::new(frame::error(id, -32602, &format!("Invalid params: {wrong}")), None));
            }
        };
        let repeated =
            self.questions.open.values().any(|parked| matches!(parked, Parked::Request { id: open, .. } if open == id));
        if repeated || self.questions.open.len() >= OPEN_MAX {
            let why = if repeated { "the id of this request is in use" } else { "too many open questions" };
            self.anomaly(format!("{method}: {why}; refused")).await;
            return self.send(Outgoing::new(frame::error(id, -32600, &format!("Invalid request: {why}")), None));
        }
        // The legacy era does not say on whose behalf; with one call under way there is no doubt.
        let mut calls = self.pending.values().filter_map(|pending| pending.call);
        let call = calls.next().filter(|_| calls.next().is_none());
        if let (QuestionBody::Url { .. }, Some(page)) = (&body, params.get("elicitationId").and_then(scan::decoded)) {
            self.questions.expect_page(page.into_owned());
        }
        let number = self.questions.numbers.fetch_add(1, Ordering::Relaxed);
        self.questions.since.get_or_insert_with(Instant::now);
        self.questions.open.insert(number, Parked::Request { id: id.to_owned(), body: body.clone() });
        self.raise(number, call, body).await;
    }

    pub(super) async fn ask_for_round(
        &mut self,
        number: u64,
        call: Option<CallId>,
        body: QuestionBody,
        reply: oneshot::Sender<Answered>,
    ) {
        if self.questions.open.len() >= OPEN_MAX {
            // Who asked may be gone; then nobody needs to know.
            reply.send(Err("the server asks too many questions at once".into())).ok();
            return;
        }
        self.questions.open.insert(number, Parked::Round { reply, body: body.clone() });
        self.raise(number, call, body).await;
    }

    /// Gives a person's answer to the server.
    pub(in crate::mcp) fn answer(&mut self, number: u64, answer: Answer) {
        match self.questions.open.remove(&number) {
            None => {}
            Some(Parked::Round { reply, body }) => {
                self.hide_secrets(&body, &answer);
                // The call may have been cancelled in this moment.
                reply.send(Ok(answer)).ok();
            }
            Some(Parked::Request { id, body }) => {
                self.hide_secrets(&body, &answer);
                let bytes = match body.result(&answer) {
                    Some(result) => frame::result(&id, result.as_str()),
                    None => frame::error(&id, REJECTED, "User rejected the sampling request"),
                };
                self.send(Outgoing::new(bytes, None));
            }
        }
        self.resume();
    }

    /// What a person typed where a secret was asked for is not kept.
    fn hide_secrets(&self, body: &QuestionBody, answer: &Answer) {
        if let (QuestionBody::Form { schema, .. }, Answer::Accept(content)) = (body, answer)
            && let Ok(form) = Form::read(schema)
        {
            self.tap.redactor().learn(&form.secrets(content));
        }
    }

    /// When no request of the server waits for a person any more, the clocks of our own requests go on.
    fn resume(&mut self) {
        let waiting = self.questions.open.values().any(|parked| matches!(parked, Parked::Request { .. }));
        if !waiting && let Some(since) = self.questions.since.take() {
            let thinking = since.elapsed();
            self.pending.values_mut().for_each(|pending| pending.postpone(thinking));
        }
    }

    pub(super) async fn unask(&mut self, number: u64, why: &str) {
        if self.questions.open.remove(&number).is_some() {
            let question = self.question_id(number);
            self.reporter.report(SessionEvent::Withdrawn { question, why: why.to_owned() }).await;
            self.resume();
        }
    }

    /// The server takes one of its own requests back. No answer is sent then.
    pub(super) async fn cancelled_by_server(&mut self, id: &str) {
        let found = self
            .questions
            .open
            .iter()
            .find(|(_, parked)| matches!(parked, Parked::Request { id: open, .. } if open == id));
        if let Some(number) = found.map(|(number, _)| *number) {
            self.unask(number, "the server took it back").await;
        }
    }

    /// The server says that what a web page asked is done (2025-11-25). A person retries; nothing is sent by itself.
    pub(super) async fn page_done(&mut self, id: Option<&str>) {
        let at = self.questions.pages.iter().position(|page| Some(page.as_str()) == id);
        match at.and_then(|at| self.questions.pages.remove(at)) {
            Some(_) => self.reporter.report(SessionEvent::PageDone).await,
            None => self.anomaly("an elicitation is complete that nobody waits for; ignored".into()).await,
        }
    }

    /// The connection is over.
    pub(in crate::mcp) async fn withdraw_all(&mut self, why: &str) {
        let numbers: Vec<u64> = self.questions.open.keys().copied().collect();
        for number in numbers {
            self.unask(number, why).await;
        }
    }
}
