//! `tasks list|get|cancel|wait`: work that servers do after they have answered.

use serde_json::json;

use super::call::tool_said;
use super::{Failed, Host, Output, content};
use crate::model::call::{Operation, TaskVerb};
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::text::escape_line;

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
    let result = host.run(server, Operation::Task { verb, id: id.clone() }, out).await?;
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
    let session = host.session(server);
    let name = session.spec.name.clone();
    let listed = session.negotiated.as_ref().is_some_and(|agreed| {
        let tasks = agreed.capabilities.get("tasks").and_then(|tasks| RawJson::parse(tasks.to_owned()).ok());
        !agreed.modern && tasks.is_some_and(|tasks| tasks.get("list").is_some())
    });
    let mut tasks = Vec::new();
    if listed {
        let mut cursor = None::<String>;
        // A server that repeats itself without end is cut.
        for _ in 0..100 {
            let params = cursor.as_ref().and_then(|cursor| RawJson::parse(format!("{{\"cursor\":{cursor}}}")).ok());
            let page = host.run(server, Operation::Raw { method: "tasks/list".into(), params }, out).await?;
            tasks.extend(page.items_of("tasks", usize::MAX).unwrap_or_default().into_iter().map(str::to_owned));
            let next = page.get("nextCursor").map(str::to_owned).filter(|next| next.starts_with('"'));
            if next.is_none() || next == cursor {
                break;
            }
            cursor = next;
        }
    } else {
        for id in host.known_tasks(&name) {
            match host.run(server, Operation::Task { verb: TaskVerb::Get, id: id.clone() }, out).await {
                Ok(task) => tasks.push(task.as_str().to_owned()),
                Err(failed) if failed.rpc.is_some() => {
                    tasks.push(json!({"taskId": id, "status": "unknown", "statusMessage": failed.message}).to_string());
                }
                Err(failed) => return Err(failed),
            }
        }
    }
    if out.is_json() {
        out.json(&format!("{{\"tasks\":[{}]}}", tasks.join(",")));
        return Ok(());
    }
    if tasks.is_empty() {
        out.note(&format!("no tasks of {name} are known"));
    }
    for task in tasks {
        let task: serde_json::Value = serde_json::from_str(&task).unwrap_or_default();
        let part = |key: &str| escape_line(task[key].as_str().unwrap_or_default()).into_owned();
        let row = format!("{}  {}  {}", part("taskId"), part("status"), part("statusMessage"));
        out.text(row.trim_end());
    }
    Ok(())
}
