//! What can be asked of a server: lists with all their pages, calls, reads, completion, raw requests.
//!
//! Results stay the server's JSON. Lists are taken apart item by item, so that one bad item is one bad row.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::mirror::Mirror;
use super::rounds;
use super::session::{Answer, Ask, Peer, Reporter, RequestOptions, Roots};
use super::skills;
use super::subscriptions::Subscriptions;
use super::tasks::{self, Followed, TaskNews};
use crate::app::SessionEvent;
use crate::journal::Tap;
use crate::model::cache::Freshness;
use crate::model::call::{CompletionTarget, Failure, ListKind, Operation, TaskVerb};
use crate::model::id::CallId;
use crate::model::json::RawJson;
use crate::model::server::{Limits, Offers, Timeouts};
use crate::model::session::Item;

/// Pages in a row that bring nothing, before a list is cut.
const EMPTY_PAGES: usize = 20;
/// Excluded tools of one list that are remarked; all of them are bad rows.
const REMARKS: usize = 20;

/// What an operation needs to know of its session.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) modern: bool,
    pub(super) limits: Limits,
    pub(super) timeouts: Timeouts,
    pub(super) reporter: Reporter,
    pub(super) roots: Roots,
    /// What the server may ask.
    pub(super) offers: Offers,
    /// What is told of tasks.
    pub(super) news: TaskNews,
    pub(super) mirror: Mirror,
    pub(super) tap: Tap,
    /// How changes are subscribed to in the modern era.
    pub(super) subscriptions: Option<Subscriptions>,
}

/// Runs one operation to its end. Dropping the future cancels what it is waiting for.
pub(super) async fn perform(
    peer: &Peer,
    context: &Context,
    call: CallId,
    operation: Operation,
    followed: &Followed,
) -> Result<RawJson, Failure> {
    let (method, params) = match operation {
        Operation::List(kind) => {
            let whole = list(peer, context, kind);
            return match tokio::time::timeout(context.timeouts.request_max, whole).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Failure::TimedOut(format!("{} did not finish {} in time", context.name, kind.method()))),
            };
        }
        Operation::CallTool { name, arguments } => {
            let params = named("name", &name, Some(&arguments));
            let result = rounds::request(peer, context, call, "tools/call", params).await?;
            let is_task = context.modern && result.get("resultType").is_some_and(|kind| kind.trim() == "\"task\"");
            return if is_task { tasks::follow(peer, context, call, &result, followed).await } else { Ok(result) };
        }
        Operation::CallAsTask { name, arguments } if context.modern => {
            // There is nothing to say: the server decides.
            let operation = Operation::CallTool { name, arguments };
            return Box::pin(perform(peer, context, call, operation, followed)).await;
        }
        Operation::CallAsTask { name, arguments } => {
            let params = named("name", &name, Some(&arguments));
            let params = rounds::with_members(&params, "\"task\":{}");
            let result = rounds::request(peer, context, call, "tools/call", params).await?;
            let Some(task) = result.get("task").and_then(|task| RawJson::parse(task.to_owned()).ok()) else {
                // A server that does not know tasks of this kind has answered at once.
                return Ok(result);
            };
            return tasks::follow(peer, context, call, &task, followed).await;
        }
        Operation::ListTasks { known, listed } => return tasks::list(peer, context, call, known, listed).await,
        Operation::Task { verb: TaskVerb::Wait, id } => return tasks::wait(peer, context, call, &id).await,
        Operation::Task { verb: TaskVerb::Cancel, id } => return tasks::cancel(peer, &id).await,
        Operation::Task { verb: TaskVerb::Get, id } => {
            return tasks::get(peer, context, call, &id).await.map(|task| task.raw);
        }
        Operation::GetPrompt { name, arguments } => {
            let params = named("name", &name, Some(&arguments));
            return rounds::request(peer, context, call, "prompts/get", params).await;
        }
        Operation::ReadResource { uri } => {
            let read = rounds::request(peer, context, call, "resources/read", named("uri", &uri, None)).await;
            return read.map_err(no_such_resource);
        }
        Operation::LoadSkill { uri, file, entry } => {
            return skills::load(peer, context, call, &uri, file.as_deref(), entry).await;
        }
        Operation::Subscribe { uri } => match &context.subscriptions {
            Some(subscriptions) => return subscriptions.add(uri).await,
            None => ("resources/subscribe", named("uri", &uri, None)),
        },
        Operation::Unsubscribe { uri } => match &context.subscriptions {
            Some(subscriptions) => return Ok(subscriptions.remove(uri)),
            None => ("resources/unsubscribe", named("uri", &uri, None)),
        },
        Operation::Complete { target, argument, value, context: known } => {
            ("completion/complete", completion(&target, &argument, &value, known.as_ref()))
        }
        Operation::Ping if context.modern => {
            let answer = peer.request("server/discover", None, RequestOptions::default()).await;
            return complete(context, answer);
        }
        Operation::Ping => {
            return complete(context, peer.request("ping", None, RequestOptions::default()).await);
        }
        // There is no such request any more: the level goes with each request, and is changed without one.
        Operation::SetLogLevel(_) if context.modern => return Ok(RawJson::empty_object()),
        Operation::SetLogLevel(level) => ("logging/setLevel", RawJson::from_value(&json!({"level": level}))),
        Operation::Notify { frame, .. } => {
            peer.tell(Ask::Send(frame));
            return Ok(RawJson::empty_object());
        }
        Operation::Raw { method, params } => {
            let headers = params.as_ref().map(|params| context.mirror.headers(&method, params)).unwrap_or_default();
            let options = RequestOptions { headers, ..RequestOptions::default() };
            return peer.request(&method, params, options).await.map_err(|fault| fault.failure);
        }
    };
    let options = RequestOptions { call: Some(call), ..RequestOptions::default() };
    complete(context, peer.request(method, Some(params), options).await)
}

/// Both codes say it: -32002 up to 2025-11-25, -32602 from 2026-07-28 on.
fn no_such_resource(failure: Failure) -> Failure {
    match failure {
        Failure::Rpc { code: code @ (-32002 | -32602), message, data } => {
            Failure::Rpc { code, message: format!("no such resource: {message}"), data }
        }
        other => other,
    }
}

/// `{"name": …, "arguments": …}` with the arguments verbatim.
fn named(member: &str, name: &str, arguments: Option<&RawJson>) -> RawJson {
    let name = Value::from(name);
    let text = match arguments {
        Some(arguments) => format!("{{\"{member}\":{name},\"arguments\":{}}}", arguments.as_str()),
        None => format!("{{\"{member}\":{name}}}"),
    };
    // Both parts are valid JSON, so the whole is.
    RawJson::parse(text).unwrap_or_else(|_| RawJson::empty_object())
}

fn completion(target: &CompletionTarget, argument: &str, value: &str, known: Option<&RawJson>) -> RawJson {
    let reference = match target {
        CompletionTarget::Prompt(name) => json!({"type": "ref/prompt", "name": name}),
        CompletionTarget::Resource(uri) => json!({"type": "ref/resource", "uri": uri}),
    };
    let mut params = json!({"ref": reference, "argument": {"name": argument, "value": value}});
    if let Some(known) = known.and_then(|known| known.to_value().ok()) {
        params["context"] = json!({"arguments": known});
    }
    RawJson::from_value(&params)
}

/// Checks that a result is complete: in the modern era a server can also answer with something else.
pub(super) fn complete(context: &Context, answer: Answer) -> Result<RawJson, Failure> {
    let result = answer.map_err(|fault| fault.failure)?;
    if !context.modern {
        return Ok(result);
    }
    match result.get("resultType").map(str::trim) {
        None | Some("\"complete\"") => Ok(result),
        Some("\"input_required\"") => Err(Failure::BadAnswer(format!(
            "{} asks for input where the specification does not allow it; the frame is in the log",
            context.name
        ))),
        Some(other) => Err(Failure::BadAnswer(format!(
            "{} answered with a result of unknown type {other}; the frame is in the log",
            context.name
        ))),
    }
}

/// All pages of a list.
pub(super) struct Gathered {
    /// What is on them, in their order.
    pub(super) items: Vec<Item>,
    /// Why there may be more.
    cut: Option<String>,
    pages: usize,
    fresh: Option<Freshness>,
}

/// Fetches all pages of a list and reports its items.
pub(super) async fn list(peer: &Peer, context: &Context, kind: ListKind) -> Result<RawJson, Failure> {
    let Gathered { mut items, cut, pages, fresh } = gather(peer, context, kind).await?;
    if kind == ListKind::Tools {
        for remark in context.mirror.learn(&mut items).into_iter().take(REMARKS) {
            context.tap.note(remark).await;
        }
    }
    let summary = json!({"items": items.len(), "pages": pages});
    context.reporter.report(SessionEvent::Listed { kind, items, cut }).await;
    if let Some(fresh) = fresh.filter(|_| context.modern) {
        context.reporter.report(SessionEvent::Fresh { kind, fresh }).await;
    }
    Ok(RawJson::from_value(&summary))
}

/// Fetches all pages of a list. Ends whatever the server does: a repeated cursor, pages without an item, endless pages, too
/// many items and the time that a request has cut the list, and it says so.
pub(super) async fn gather(peer: &Peer, context: &Context, kind: ListKind) -> Result<Gathered, Failure> {
    let mut items: Vec<Item> = Vec::new();
    let mut cursors: HashSet<String> = HashSet::new();
    let mut cursor: Option<String> = None;
    let mut pages = 0;
    let mut empty = 0;
    let mut fresh = None;
    let begun = Instant::now();
    let cut = loop {
        let params = cursor.as_ref().and_then(|cursor| RawJson::parse(format!("{{\"cursor\":{cursor}}}")).ok());
        let page = complete(context, peer.request(kind.method(), params, RequestOptions::default()).await);
        let page = match page {
            Ok(page) => page,
            Err(failure) if pages == 0 => return Err(failure),
            Err(failure) => break Some(format!("page {} failed: {failure}", pages + 1)),
        };
        pages += 1;
        let hints = Freshness::read(&page, crate::journal::now());
        fresh = Some(fresh.map_or(hints, |fresh: Freshness| fresh.and(hints)));
        let room = context.limits.items - items.len();
        match page.items_of(kind.member(), room + 1) {
            Ok(raws) => {
                empty = if raws.is_empty() { empty + 1 } else { 0 };
                let fits = raws.len().min(room);
                items.extend(raws[..fits].iter().map(|raw| {
                    let raw = RawJson::parse((*raw).to_owned()).unwrap_or_else(|_| RawJson::empty_object());
                    Item::read(kind, raw)
                }));
                if raws.len() > room {
                    break Some(format!("more than {} items", context.limits.items));
                }
            }
            Err(fault) if pages == 1 => {
                let name = &context.name;
                return Err(Failure::BadAnswer(format!(
                    "{name}'s answer to {} has no usable `{}`: {fault}",
                    kind.method(),
                    kind.member()
                )));
            }
            Err(fault) => break Some(format!("page {pages} has no usable `{}`: {fault}", kind.member())),
        }
        // An empty string is a cursor; only absence ends the list.
        let next = match page.get("nextCursor").map(str::trim) {
            None | Some("null") => break None,
            Some(next) if next.starts_with('"') => next.to_owned(),
            Some(_) => break Some("its `nextCursor` is not a string".into()),
        };
        if !cursors.insert(next.clone()) {
            break Some("the server repeats a cursor".into());
        }
        if pages >= context.limits.pages {
            break Some(format!("more than {} pages", context.limits.pages));
        }
        if empty >= EMPTY_PAGES {
            break Some(format!("{EMPTY_PAGES} pages in a row without an item, and the server has more"));
        }
        if begun.elapsed() >= context.timeouts.request {
            let seconds = context.timeouts.request.as_secs_f64();
            break Some(format!("after {pages} pages in {seconds:.1} s the server has more"));
        }
        cursor = Some(next);
    };
    Ok(Gathered { items, cut, pages, fresh })
}
