//! The stream of changes of the modern era: `subscriptions/listen`, kept open as long as somebody wants to hear.
//!
//! 2026-07-28, basic/patterns/subscriptions. There is one stream a connection; another wish is another request, and the
//! one before it is given up when the new one is acknowledged, so that nothing is missed in between. A stream that
//! breaks is opened again, one that the server ends is not. Dropping [`keep`] cancels it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::features::Context;
use super::session::{Answer, Peer, RequestFailure, RequestOptions};
use crate::app::SessionEvent;
use crate::journal::Tap;
use crate::model::call::{Failure, ListKind};
use crate::model::json::{RawJson, scan};
use crate::model::task::EXTENSION;

/// Pauses before a broken stream is opened again, in milliseconds; after the last one it is given up.
const PAUSES: [u64; 7] = [250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/// A stream that held this long was worth opening.
const STEADY: Duration = Duration::from_secs(10);

/// The lists that have changes, with what a filter calls them.
const LISTS: [(ListKind, &str); 3] = [
    (ListKind::Tools, "toolsListChanged"),
    (ListKind::Prompts, "promptsListChanged"),
    (ListKind::Resources, "resourcesListChanged"),
];

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

/// What is wanted, or what a server agreed to.
#[derive(Clone, PartialEq, Debug, Default)]
struct Filter {
    lists: BTreeSet<ListKind>,
    uris: BTreeSet<String>,
    tasks: BTreeSet<String>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.uris.is_empty() && self.tasks.is_empty()
    }

    fn params(&self) -> RawJson {
        let mut filter = Map::new();
        for (_, name) in LISTS.iter().filter(|(kind, _)| self.lists.contains(kind)) {
            filter.insert((*name).to_owned(), true.into());
        }
        if !self.uris.is_empty() {
            filter.insert("resourceSubscriptions".into(), self.uris.iter().cloned().collect());
        }
        if !self.tasks.is_empty() {
            filter.insert("taskIds".into(), self.tasks.iter().cloned().collect());
        }
        RawJson::from_value(&serde_json::json!({"notifications": Value::from(filter)}))
    }

    /// Reads what was acknowledged.
    fn read(filter: &RawJson) -> Filter {
        let on = |name: &str| filter.get(name).is_some_and(|flag| flag.trim() == "true");
        let lists = LISTS.iter().filter(|(_, name)| on(name)).map(|(kind, _)| *kind).collect();
        let texts =
            |name: &str| filter.get(name).and_then(|texts| serde_json::from_str(texts).ok()).unwrap_or_default();
        Filter { lists, uris: texts("resourceSubscriptions"), tasks: texts("taskIds") }
    }

    /// What of this is not in `agreed`, for a person.
    fn without(&self, agreed: &Filter) -> Vec<String> {
        let lists = self.lists.difference(&agreed.lists).map(|kind| format!("the list of {}", kind.noun()));
        lists.chain(self.uris.difference(&agreed.uris).cloned()).collect()
    }
}

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
pub(super) async fn keep(peer: Peer, context: Context, tap: Tap, mut wishes: mpsc::UnboundedReceiver<Wish>) {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn a_filter_goes_out_and_comes_back() {
        let wanted = Filter {
            lists: [ListKind::Tools, ListKind::Resources].into(),
            uris: ["a:1".to_owned(), "a:2".to_owned()].into(),
            tasks: ["t".to_owned()].into(),
        };
        let params = wanted.params();
        assert_eq!(
            params.as_str(),
            r#"{"notifications":{"toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["a:1","a:2"],"taskIds":["t"]}}"#
        );
        let filter = RawJson::parse(params.get("notifications").unwrap().to_owned()).unwrap();
        assert_eq!(Filter::read(&filter), wanted);
        let less = RawJson::parse(r#"{"toolsListChanged":true,"resourceSubscriptions":["a:2","b"]}"#).unwrap();
        assert_eq!(wanted.without(&Filter::read(&less)), ["the list of resources", "a:1"]);
    }

    #[test]
    fn only_announced_lists_are_listened_to() {
        let capabilities = r#"{"tools":{"listChanged":true},"prompts":{"listChanged":false},"resources":{}}"#;
        let (subscriptions, _) = Subscriptions::new(&RawJson::parse(capabilities).unwrap());
        assert_eq!(subscriptions.announced, [ListKind::Tools]);
    }
}
