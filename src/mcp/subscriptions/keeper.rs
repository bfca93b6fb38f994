//! Keeps the stream that the wishes ask for: opens it, holds what was agreed to against what was wished, opens it again
//! after a break, and gives it up.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::Wish;
use super::filter::Filter;
use crate::app::SessionEvent;
use crate::journal::Tap;
use crate::mcp::features::Context;
use crate::mcp::session::{Answer, Peer, RequestFailure, RequestOptions};
use crate::model::call::Failure;
use crate::model::json::RawJson;

/// Pauses before a broken stream is opened again, in milliseconds; after the last one it is given up.
const PAUSES: [u64; 7] = [250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/// A stream that held this long was worth opening.
const STEADY: Duration = Duration::from_secs(10);

/// One stream.
struct Stream {
    filter: Filter,
    answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
    acknowledgements: mpsc::UnboundedReceiver<RawJson>,
    opened: Instant,
    acknowledged: bool,
}

struct Keeper {
    peer: Peer,
    context: Context,
    tap: Tap,
    wanted: Filter,
    stream: Option<Stream>,
    /// The one that the newest stream replaces, until that is acknowledged.
    replaced: Option<Stream>,
    waiting: Vec<(String, oneshot::Sender<Result<(), Failure>>)>,
    /// Breaks in a row.
    fruitless: usize,
    again_at: Option<Instant>,
    /// Whether what is told may have gaps.
    broke: bool,
    /// The server refused to tell of tasks: they are looked after without.
    tells_no_tasks: bool,
}

/// Keeps the stream that the wishes ask for. Ends when nobody can wish any more.
pub(in crate::mcp) async fn keep(peer: Peer, context: Context, tap: Tap, mut wishes: mpsc::UnboundedReceiver<Wish>) {
    let mut keeper = Keeper {
        peer,
        context,
        tap,
        wanted: Filter::default(),
        stream: None,
        replaced: None,
        waiting: Vec::new(),
        fruitless: 0,
        again_at: None,
        broke: false,
        tells_no_tasks: false,
    };
    loop {
        let late = keeper.late_at();
        let again = keeper.again_at;
        tokio::select! {
            biased;
            wish = wishes.recv() => {
                let Some(wish) = wish else { return };
                keeper.wish(wish);
                while let Ok(wish) = wishes.try_recv() {
                    keeper.wish(wish);
                }
                keeper.follow();
            }
            Some(news) = news(keeper.stream.as_mut()) => match news {
                News::Acknowledged(filter) => keeper.acknowledged(&filter).await,
                News::Ended(answer) => keeper.ended(answer).await,
            },
            () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => keeper.open(),
            () = sleep_until(late.unwrap_or_else(Instant::now)), if late.is_some() => keeper.late().await,
        }
    }
}

enum News {
    Acknowledged(RawJson),
    Ended(Answer),
}

async fn news(stream: Option<&mut Stream>) -> Option<News> {
    let stream = stream?;
    tokio::select! {
        biased;
        Some(filter) = stream.acknowledgements.recv() => Some(News::Acknowledged(filter)),
        answer = &mut stream.answer => Some(News::Ended(answer)),
    }
}

impl Keeper {
    fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Lists(kinds) => self.wanted.lists = kinds.into_iter().collect(),
            Wish::Add { uri, reply } => {
                self.wanted.uris.insert(uri.clone());
                self.waiting.push((uri, reply));
            }
            Wish::Remove { uri } => drop(self.wanted.uris.remove(&uri)),
            Wish::Task { id, wanted: true } if !self.tells_no_tasks => drop(self.wanted.tasks.insert(id)),
            Wish::Task { id, .. } => drop(self.wanted.tasks.remove(&id)),
        }
    }

    /// Makes the stream what is wanted.
    fn follow(&mut self) {
        match &self.stream {
            Some(stream) if stream.filter == self.wanted => {
                if stream.acknowledged {
                    self.agreed(&self.wanted.clone());
                }
            }
            Some(_) if self.wanted.is_empty() => {
                self.stream = None;
                self.replaced = None;
            }
            Some(stream) => {
                if stream.acknowledged {
                    self.replaced = self.stream.take();
                }
                self.open();
            }
            None if self.wanted.is_empty() => self.again_at = None,
            None => {
                self.fruitless = 0;
                self.open();
            }
        }
    }

    fn open(&mut self) {
        self.again_at = None;
        let (acknowledge, acknowledgements) = mpsc::unbounded_channel();
        let options = RequestOptions { stream: Some(acknowledge), ..RequestOptions::default() };
        let (peer, params) = (self.peer.clone(), self.wanted.params());
        let answer = async move { peer.request("subscriptions/listen", Some(params), options).await };
        self.stream = Some(Stream {
            filter: self.wanted.clone(),
            answer: Box::pin(answer),
            acknowledgements,
            opened: Instant::now(),
            acknowledged: false,
        });
    }

    /// When an acknowledgement is overdue.
    fn late_at(&self) -> Option<Instant> {
        let stream = self.stream.as_ref().filter(|stream| !stream.acknowledged)?;
        Some(stream.opened + self.context.timeouts.request)
    }

    async fn late(&mut self) {
        let name = &self.context.name;
        let seconds = self.context.timeouts.request.as_secs_f64();
        let why = format!("{name} did not acknowledge subscriptions/listen within {seconds} s");
        self.give_up(Failure::TimedOut(why)).await;
    }

    async fn acknowledged(&mut self, filter: &RawJson) {
        let Some(stream) = &mut self.stream else { return };
        let first = !std::mem::replace(&mut stream.acknowledged, true);
        self.replaced = None;
        let agreed = Filter::read(filter);
        let missing = stream.filter.without(&agreed);
        if !missing.is_empty() {
            let text = format!("the server does not tell changes of {}", missing.join(", "));
            self.tap.note(format!("subscriptions/listen: {text}")).await;
            if first && self.waiting.is_empty() {
                self.context.reporter.report(SessionEvent::Warning(text)).await;
            }
        }
        // What it does not tell is not asked for again, or each wish would open the stream anew.
        self.wanted.uris.retain(|uri| agreed.uris.contains(uri));
        stream.filter.uris.retain(|uri| agreed.uris.contains(uri));
        self.wanted.tasks.retain(|id| agreed.tasks.contains(id));
        stream.filter.tasks.retain(|id| agreed.tasks.contains(id));
        let lists = agreed.lists.clone();
        let uris = stream.filter.uris.clone();
        self.context.reporter.report(SessionEvent::Subscribed { uris }).await;
        self.agreed(&agreed);
        if std::mem::take(&mut self.broke) {
            self.tap.note("subscriptions/listen is open again; changes in between were not told").await;
            for kind in lists {
                self.context.reporter.report(SessionEvent::ListChanged(kind)).await;
            }
        }
    }

    /// Answers who waits.
    fn agreed(&mut self, agreed: &Filter) {
        for (uri, reply) in self.waiting.drain(..) {
            let told = agreed.uris.contains(&uri);
            let why = || Failure::Refused(format!("{} does not tell changes of {uri}", self.context.name));
            // Who asked may have been cancelled.
            reply.send(if told { Ok(()) } else { Err(why()) }).ok();
        }
    }

    async fn ended(&mut self, answer: Answer) {
        let Some(stream) = self.stream.take() else { return };
        self.replaced = None;
        match answer {
            Ok(_) => {
                let why = format!("{} ended the subscription", self.context.name);
                self.give_up(Failure::Cancelled(why)).await;
            }
            Err(failure) if breaks(&failure) => {
                if stream.acknowledged && stream.opened.elapsed() >= STEADY {
                    self.fruitless = 0;
                }
                self.broke |= stream.acknowledged;
                let Some(pause) = PAUSES.get(self.fruitless) else { return self.give_up(failure.failure).await };
                self.fruitless += 1;
                let of = PAUSES.len();
                let text = format!(
                    "subscriptions/listen: {}; opening it again in {pause} ms ({} of {of})",
                    failure.failure, self.fruitless
                );
                self.tap.note(text).await;
                self.again_at = Some(Instant::now() + Duration::from_millis(*pause));
            }
            Err(failure) if !stream.filter.tasks.is_empty() => {
                // It may be the tasks alone that it refuses.
                self.tells_no_tasks = true;
                self.wanted.tasks.clear();
                let text = format!("subscriptions/listen: no news of tasks: {}", failure.failure);
                self.tap.note(text).await;
                if !self.wanted.is_empty() {
                    self.broke = true;
                    self.open();
                }
            }
            Err(failure) => self.give_up(failure.failure).await,
        }
    }

    /// There is no stream until somebody wishes for something else.
    async fn give_up(&mut self, why: Failure) {
        self.stream = None;
        self.again_at = None;
        self.broke = false;
        self.tap.note(format!("subscriptions/listen is over: {why}")).await;
        let refused = !self.waiting.is_empty() || (self.wanted.lists.is_empty() && self.wanted.uris.is_empty());
        self.wanted.tasks.clear();
        for (uri, reply) in self.waiting.drain(..) {
            self.wanted.uris.remove(&uri);
            reply.send(Err(why.clone())).ok();
        }
        if !refused || !self.wanted.uris.is_empty() {
            self.context.reporter.report(SessionEvent::Unsubscribed { why: why.to_string() }).await;
        }
        self.wanted.uris.clear();
    }
}

/// Whether this is a connection that broke, and not a server that said no.
fn breaks(failure: &RequestFailure) -> bool {
    match &failure.failure {
        Failure::Unreachable(_) => failure.http.as_ref().is_none_or(|http| {
            http.unknown_outcome || http.status.is_none_or(|status| matches!(status, 408 | 429 | 500..=599))
        }),
        Failure::BadAnswer(_) => true,
        _ => false,
    }
}
