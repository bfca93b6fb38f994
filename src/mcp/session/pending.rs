//! One request that waits for its answer: [`Pending`], with its two deadlines.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Answer, Reporter, RequestOptions};
use crate::app::SessionEvent;
use crate::model::call::Progress;
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::server::Timeouts;

/// Progress is shown at most this often; the last report always is.
const SHOW_EVERY: Duration = Duration::from_millis(50);

/// A stream of notifications waits for its end, which is no matter of time.
const ENDLESS: Duration = Duration::from_hours(24 * 3_650);

pub(super) struct Pending {
    pub(super) method: String,
    /// Giving up sends no cancel notice.
    pub(super) silent: bool,
    pub(super) call: Option<CallId>,
    /// Where the acknowledgements of a stream go.
    pub(super) stream: Option<mpsc::UnboundedSender<RawJson>>,
    /// Whether the stream was acknowledged.
    pub(super) acknowledged: bool,
    reply: oneshot::Sender<Answer>,
    started: Instant,
    /// Without news until then, it has timed out.
    idle_until: Instant,
    /// Whatever progress it makes, it ends then.
    hard_until: Instant,
    idle: Duration,
    progress: Option<Progress>,
    shown: Option<Instant>,
}

impl Pending {
    pub(super) fn new(
        method: String,
        options: &RequestOptions,
        timeouts: Timeouts,
        reply: oneshot::Sender<Answer>,
    ) -> Pending {
        let now = Instant::now();
        let endless = options.stream.is_some().then_some(ENDLESS);
        let idle = endless.or(options.deadline).unwrap_or(timeouts.request);
        let hard = options.deadline.unwrap_or(timeouts.request_max).max(idle);
        Pending {
            method,
            silent: options.silent,
            call: options.call,
            stream: options.stream.clone(),
            acknowledged: false,
            reply,
            started: now,
            idle_until: now + idle,
            hard_until: now + hard,
            idle,
            progress: None,
            shown: None,
        }
    }

    pub(super) fn due(&self) -> Instant {
        self.idle_until.min(self.hard_until)
    }

    /// Why it is overdue, for a person.
    pub(super) fn overdue(&self, server: &str, now: Instant) -> String {
        let waited = now.duration_since(self.started).as_secs_f64();
        if self.progress.is_some() && now >= self.hard_until {
            format!(
                "{server} reported progress but did not finish {} within {waited:.1} s; allow more with --timeout or `max_timeout`",
                self.method
            )
        } else if self.progress.is_some() {
            format!("{server} stopped reporting progress of {}; gave up after {waited:.1} s", self.method)
        } else {
            format!(
                "{server} did not answer {} within {waited:.1} s; allow more with --timeout or `timeout`",
                self.method
            )
        }
    }

    /// Takes a progress report. `Some` says what is wrong with it.
    pub(super) async fn progressed(&mut self, mut news: Progress, reporter: &Reporter) -> Option<&'static str> {
        let now = Instant::now();
        self.idle_until = now + self.idle;
        let last = self.progress.as_ref();
        news.reports = last.map_or(1, |last| last.reports + 1);
        let backwards = last.is_some_and(|last| news.progress <= last.progress);
        self.progress = Some(news.clone());
        if self.shown.is_none_or(|shown| now.duration_since(shown) >= SHOW_EVERY) {
            self.shown = Some(now);
            if let Some(call) = self.call {
                reporter.report(SessionEvent::Progress { call, progress: news }).await;
            }
        }
        backwards.then_some("its progress does not increase")
    }

    /// Hands the answer to who waits for it.
    pub(super) async fn finish(self, answer: Answer, reporter: &Reporter) {
        if let (Some(call), Some(progress)) = (self.call, self.progress) {
            reporter.report(SessionEvent::Progress { call, progress }).await;
        }
        // Who asked may have stopped waiting in this very moment.
        self.reply.send(answer).ok();
    }

    /// Time in which the server waited for a person does not count.
    pub(super) fn postpone(&mut self, thinking: Duration) {
        self.idle_until += thinking;
        self.hard_until += thinking;
    }

    pub(super) fn waited(&self) -> Duration {
        self.started.elapsed()
    }
}
