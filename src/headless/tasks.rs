//! `tasks list|get|cancel|wait`: work that servers do after they have answered.

use super::call::tool_said;
use super::{Failed, Host, Output, content};
use crate::model::call::{Operation, TaskVerb};
use crate::model::id::ServerId;
use crate::model::text::escape_line;

/// JSON-RPC 2.0, "Error object".
const METHOD_NOT_FOUND: i64 = -32601;

/// What is asked about tasks.
#[derive(Debug)]
pub(super) enum TaskRequest {
    List,
    One(TaskVerb, String),
}

/// Asks and prints.
pub(super) async fn tasks(
    host: &mut Host,
    server: ServerId,
    asked: TaskRequest,
    out: &mut Output,
) -> Result<(), Failed> {
    let (verb, id) = match asked {
        TaskRequest::List => return list(host, server, out).await,
        TaskRequest::One(verb, id) => (verb, id),
    };
    let result = host.run(server, Operation::Task { verb, id: id.clone() }, out).await.map_err(without_tasks)?;
    let for_people = if verb == TaskVerb::Wait { content::tool_result } else { content::whole };
    match (verb, out.is_json()) {
        (_, true) => out.json(result.as_str()),
        (TaskVerb::Cancel, false) => out.note(&format!("{id}: the server was told to cancel it")),
        (TaskVerb::Get | TaskVerb::Wait, false) => out.text(&for_people(&result)),
    }
    if verb == TaskVerb::Wait { tool_said(&id, &result) } else { Ok(()) }
}

/// The server's own list where it has one (2025-11-25), else the tasks that we know of, as they stand now.
async fn list(host: &mut Host, server: ServerId, out: &mut Output) -> Result<(), Failed> {
    let name = host.session(server).spec.name.clone();
    let result = host.run(server, host.state().task_list(server), out).await.map_err(without_tasks)?;
    if out.is_json() {
        out.json(result.as_str());
        return Ok(());
    }
    let tasks = result.items_of("tasks", usize::MAX).unwrap_or_default();
    if tasks.is_empty() {
        out.note(&format!("no tasks of {name} are known"));
    }
    for task in tasks {
        let task: serde_json::Value = serde_json::from_str(task).unwrap_or_default();
        let part = |key: &str| escape_line(task[key].as_str().unwrap_or_default()).into_owned();
        let row = format!("{}  {}  {}", part("taskId"), part("status"), part("statusMessage"));
        out.text(row.trim_end());
    }
    Ok(())
}

/// A server that does not know the request does not know tasks.
fn without_tasks(mut failed: Failed) -> Failed {
    if failed.rpc.as_deref().is_some_and(|(code, _)| *code == METHOD_NOT_FOUND) {
        failed.message = format!("it has no tasks ({})", failed.message);
    }
    failed
}
