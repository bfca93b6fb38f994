//! Tasks: a call that is answered with a promise is followed until there is a result.
//!
//! The extension of the modern era (SEP-2663): `tasks/get` at the server's pace, `tasks/update` with what it asks,
//! `tasks/cancel`. The experimental tasks of 2025-11-25: the same, with the result and the questions by `tasks/result`.
//! Only a person's cancelling cancels a task: it outlives our connection, and can be asked for in another run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::features::Context;
use super::rounds;
use super::session::{Peer, RequestOptions, rpc_failure};
use crate::app::SessionEvent;
use crate::model::call::Failure;
use crate::model::id::CallId;
use crate::model::json::{RawJson, scan};
use crate::model::question::OPEN_MAX;
use crate::model::task::{Task, TaskStatus};

/// How often a task is asked for whose server does not say.
const PACE: Duration = Duration::from_secs(1);
/// No server makes us ask more often.
const PACE_MIN: Duration = Duration::from_millis(100);
/// Nor less often.
const PACE_MAX: Duration = Duration::from_mins(1);
/// Failed polls in a row: a connection may hiccup while a task goes on.
const MISSES: u32 = 5;
/// Pages of a server's list of tasks.
const PAGES: usize = 100;
/// Tasks of such a list that are told one by one.
const SHOWN: usize = 200;
/// How long the answer to `tasks/cancel` is waited for.
const CANCEL: Duration = Duration::from_secs(5);

/// The task that a running operation follows, for who wants to cancel it.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed(Arc<Mutex<Option<String>>>);

impl Followed {
    fn set(&self, id: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }

    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a server tells of the tasks that operations follow; of each only the newest, so that a flood costs nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskNews(Arc<Mutex<BTreeMap<String, watch::Sender<Option<Task>>>>>);

impl TaskNews {
    /// Hands on what a notification says.
    pub(super) fn tell(&self, task: &Task) {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listeners.get(&task.id) {
            // Who followed may have stopped.
            listener.send(Some(task.clone())).ok();
        }
    }

    fn of(&self, id: &str) -> Told {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|_, listener| !listener.is_closed());
        let listener = listeners.entry(id.to_owned()).or_insert_with(|| watch::channel(None).0);
        Told(listener.subscribe())
    }
}

/// The news of one task.
struct Told(watch::Receiver<Option<Task>>);

impl Told {
    /// The next news. Cancel-safe.
    async fn next(&mut self) -> Task {
        loop {
            if self.0.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            if let Some(task) = self.0.borrow_and_update().clone() {
                return task;
            }
        }
    }
}

/// Whether a notification says all that `tasks/get` would: the modern era's do, unless the server is sloppy. What is
/// not whole is a reason to look at once.
fn is_whole(task: &Task, modern: bool) -> bool {
    let has = |name: &str| modern && task.raw.get(name).is_some();
    match task.status {
        TaskStatus::Completed => has("result"),
        TaskStatus::Failed => has("error"),
        TaskStatus::InputRequired => has("inputRequests"),
        TaskStatus::Working | TaskStatus::Cancelled => modern,
    }
}

/// `{"taskId": …}`.
pub(super) fn named(id: &str) -> RawJson {
    RawJson::from_value(&json!({"taskId": id}))
}

/// Tells the server that the task is not wanted any more.
pub(super) async fn cancel(peer: &Peer, id: &str) -> Result<RawJson, Failure> {
    let options = RequestOptions { deadline: Some(CANCEL), ..RequestOptions::default() };
    peer.request("tasks/cancel", Some(named(id)), options).await.map_err(|fault| fault.failure)
}

/// Asks for a task, and says what came.
pub(super) async fn get(peer: &Peer, context: &Context, call: CallId, id: &str) -> Result<Task, Failure> {
    let answer = peer.request("tasks/get", Some(named(id)), RequestOptions::default()).await;
    let result = answer.map_err(|fault| fault.failure)?;
    let task = read(context, &result)?;
    context.reporter.report(SessionEvent::Task { call: Some(call), task: task.clone() }).await;
    Ok(task)
}

fn read(context: &Context, raw: &RawJson) -> Result<Task, Failure> {
    Task::read(raw).map_err(|wrong| Failure::BadAnswer(format!("{}: {wrong}; the frame is in the log", context.name)))
}

/// The tasks as they stand: the server's own list where it has one, else each of those that we know of. Answers with
/// `{"tasks": […]}`; a task that the server knows nothing of any more has the status `unknown`.
pub(super) async fn list(
    peer: &Peer,
    context: &Context,
    call: CallId,
    known: Vec<String>,
    listed: bool,
) -> Result<RawJson, Failure> {
    let mut tasks: Vec<String> = Vec::new();
    if listed {
        let mut cursor = None::<String>;
        // A server that repeats itself without end is cut.
        for _ in 0..PAGES {
            let params = cursor.as_ref().and_then(|cursor| RawJson::parse(format!("{{\"cursor\":{cursor}}}")).ok());
            let page = peer.request("tasks/list", params, RequestOptions::default()).await;
            let page = page.map_err(|fault| fault.failure)?;
            for raw in page.items_of("tasks", context.limits.items).unwrap_or_default() {
                tasks.push(raw.to_owned());
                // One that makes no sense stands in the answer only.
                let room = tasks.len() <= SHOWN;
                if let Some(task) = RawJson::parse(raw).ok().filter(|_| room).and_then(|raw| Task::read(&raw).ok()) {
                    context.reporter.report(SessionEvent::Task { call: Some(call), task }).await;
                }
            }
            let next = page.get("nextCursor").map(str::to_owned).filter(|next| next.starts_with('"'));
            if next.is_none() || next == cursor || tasks.len() >= context.limits.items {
                break;
            }
            cursor = next;
        }
    } else {
        for id in known {
            match get(peer, context, call, &id).await {
                Ok(task) => tasks.push(task.raw.as_str().to_owned()),
                Err(Failure::Rpc { message, .. }) => {
                    tasks.push(json!({"taskId": id, "status": "unknown", "statusMessage": message}).to_string());
                }
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(RawJson::parse(format!("{{\"tasks\":[{}]}}", tasks.join(","))).unwrap_or_else(|_| RawJson::empty_object()))
}

/// Follows the task in an answer to `tools/call` to its end.
pub(super) async fn follow(
    peer: &Peer,
    context: &Context,
    call: CallId,
    created: &RawJson,
    followed: &Followed,
) -> Result<RawJson, Failure> {
    let task = read(context, created)?;
    context.reporter.report(SessionEvent::Task { call: Some(call), task: task.clone() }).await;
    to_the_end(peer, context, call, task, followed).await
}

/// Follows a task that was created earlier.
pub(super) async fn wait(peer: &Peer, context: &Context, call: CallId, id: &str) -> Result<RawJson, Failure> {
    let task = get(peer, context, call, id).await?;
    // Who only waits and stops waiting does not cancel.
    to_the_end(peer, context, call, task, &Followed::default()).await
}

async fn to_the_end(
    peer: &Peer,
    context: &Context,
    call: CallId,
    mut task: Task,
    followed: &Followed,
) -> Result<RawJson, Failure> {
    let id = task.id.clone();
    followed.set(&id);
    let mut told = context.news.of(&id);
    // Where the server tells of tasks, nobody has to wait for the next look.
    let _telling = context.subscriptions.as_ref().and_then(|subscriptions| subscriptions.task(&id));
    let mut answered = BTreeSet::new();
    let mut misses = 0;
    loop {
        match task.status {
            TaskStatus::Cancelled => {
                let why = task.message.map(|message| format!(": {message}")).unwrap_or_default();
                return Err(Failure::Cancelled(format!("{} cancelled the task{why}", context.name)));
            }
            TaskStatus::Completed | TaskStatus::Failed | TaskStatus::InputRequired if !context.modern => {
                // It blocks until there is a result, and brings what the server asks on the way.
                return result(peer, context, call, &id).await;
            }
            TaskStatus::Completed => return member(context, &task, "result"),
            TaskStatus::Failed => return Err(rpc_failure(member(context, &task, "error")?.as_str())),
            TaskStatus::InputRequired => {
                if let Err(failure) = answer(peer, context, call, &task, &mut answered).await {
                    // Without its input it would wait for nothing.
                    cancel(peer, &id).await.ok();
                    return Err(failure);
                }
            }
            TaskStatus::Working => {}
        }
        let pace = task.poll.map_or(PACE, Duration::from_millis).clamp(PACE_MIN, PACE_MAX);
        let news = tokio::select! {
            news = told.next() => Some(news),
            () = tokio::time::sleep(pace) => None,
        };
        if let Some(news) = news.filter(|news| is_whole(news, context.modern)) {
            // Once more by who follows it: an answer of before may be on its way still.
            context.reporter.report(SessionEvent::Task { call: Some(call), task: news.clone() }).await;
            task = news;
            continue;
        }
        task = match get(peer, context, call, &id).await {
            Ok(task) => {
                misses = 0;
                task
            }
            Err(Failure::Unreachable(_) | Failure::TimedOut(_)) if misses < MISSES => {
                misses += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
    }
}

async fn result(peer: &Peer, context: &Context, call: CallId, id: &str) -> Result<RawJson, Failure> {
    let deadline = Some(context.timeouts.request_max);
    let options = RequestOptions { deadline, call: Some(call), ..RequestOptions::default() };
    let answer = peer.request("tasks/result", Some(named(id)), options).await.map_err(|fault| fault.failure);
    // Where the task stands now is for the list of tasks; the result does not depend on it.
    get(peer, context, call, id).await.ok();
    answer
}

fn member(context: &Context, task: &Task, name: &str) -> Result<RawJson, Failure> {
    let found = task.raw.get(name).and_then(|text| RawJson::parse(text.to_owned()).ok());
    found.ok_or_else(|| {
        let (server, status) = (&context.name, task.status.word());
        Failure::BadAnswer(format!("{server} says that the task is {status}, but there is no `{name}` with it"))
    })
}

/// Answers what the server asks and has not asked before.
async fn answer(
    peer: &Peer,
    context: &Context,
    call: CallId,
    task: &Task,
    answered: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let requests = task.raw.get("inputRequests").unwrap_or("{}");
    let open: Vec<(&str, &str)> =
        scan::members(requests).filter(|(key, _)| !answered.contains(*key)).take(OPEN_MAX).collect();
    if open.is_empty() {
        return Ok(());
    }
    let asked = open.iter().map(|(key, request)| async move {
        let response = rounds::one(peer, context, call, request).await?;
        Ok::<_, Failure>(format!("{key}:{}", response.as_str()))
    });
    let responses = try_join_all(asked).await?;
    answered.extend(open.iter().map(|(key, _)| (*key).to_owned()));
    let id = Value::from(task.id.as_str());
    let params = format!("{{\"taskId\":{id},\"inputResponses\":{{{}}}}}", responses.join(","));
    let params = RawJson::parse(params).unwrap_or_else(|_| named(&task.id));
    let told = peer.request("tasks/update", Some(params), RequestOptions::default()).await;
    told.map(drop).map_err(|fault| fault.failure)
}
