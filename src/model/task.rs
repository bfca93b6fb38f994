//! Work that a server does after it has answered: [`Task`], and what is kept of it over runs, [`KnownTask`].
//!
//! The extension `io.modelcontextprotocol/tasks` (2026-07-28) and the experimental tasks of 2025-11-25 spell two members
//! differently (`ttlMs`, `pollIntervalMs` and `ttl`, `pollInterval`); both are read.

use serde::{Deserialize, Serialize};

use super::id::{CallId, Moment};
use super::json::RawJson;

/// The name of the extension.
pub const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// The server works on it.
    Working,
    /// It waits for us.
    InputRequired,
    /// It has a result, which may say `isError`.
    Completed,
    /// It ended with a JSON-RPC error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl TaskStatus {
    /// Its word in the protocol.
    pub fn word(self) -> &'static str {
        match self {
            TaskStatus::Working => "working",
            TaskStatus::InputRequired => "input_required",
            TaskStatus::Completed => "completed",
            TaskStatus::Failed => "failed",
            TaskStatus::Cancelled => "cancelled",
        }
    }

    /// Whether it stays as it is.
    pub fn is_final(self) -> bool {
        matches!(self, TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Cancelled)
    }
}

/// A task as a server describes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// Its name at the server.
    pub id: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// In the server's words.
    pub message: Option<String>,
    /// When it was created, as the server writes it.
    pub created: Option<String>,
    /// How long the server keeps it, in milliseconds from then.
    pub ttl: Option<u64>,
    /// How long the server wants us to wait before we ask again, in milliseconds.
    pub poll: Option<u64>,
    /// The whole description, verbatim.
    pub raw: RawJson,
}

impl Task {
    /// Reads a description. The error says what is wrong with it.
    pub fn read(raw: &RawJson) -> Result<Task, String> {
        let text = |name: &str| raw.get(name).and_then(|text| serde_json::from_str::<String>(text).ok());
        let number = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| raw.get(name))?;
            serde_json::from_str::<f64>(found).ok().filter(|number| *number >= 0.0).map(|number| number as u64)
        };
        let id = text("taskId").filter(|id| !id.is_empty()).ok_or("the task has no `taskId`")?;
        let status = raw.get("status").ok_or("the task has no `status`")?;
        let status = serde_json::from_str(status).map_err(|_| format!("the task's `status` is {status}"))?;
        Ok(Task {
            id,
            status,
            message: text("statusMessage"),
            created: text("createdAt"),
            ttl: number(["ttlMs", "ttl"]),
            poll: number(["pollIntervalMs", "pollInterval"]),
            raw: raw.clone(),
        })
    }
}

/// What is kept of a task, so that it can be asked for after a restart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownTask {
    /// The server's name.
    pub server: String,
    /// Its name at the server.
    pub id: String,
    /// The tool that was called; empty where that is not known.
    pub tool: String,
    /// Where it stood last.
    pub status: TaskStatus,
    /// When it was created, as the server writes it.
    pub created: Option<String>,
    /// How long the server keeps it, in milliseconds from then.
    pub ttl: Option<u64>,
    /// When we heard of it last.
    pub heard: Moment,
    /// What the server says of it, in its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How long the server wants us to wait before we ask again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<u64>,
    /// Why the server knows nothing of it any more, in its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// The call that follows it, or followed it, in this run.
    #[serde(skip)]
    pub call: Option<CallId>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn both_eras_are_read() {
        for text in [
            r#"{"taskId":"t","status":"input_required","ttlMs":null,"pollIntervalMs":50,"createdAt":"2026"}"#,
            r#"{"taskId":"t","status":"input_required","ttl":null,"pollInterval":50.5,"createdAt":"2026"}"#,
        ] {
            let task = Task::read(&RawJson::parse(text).unwrap()).unwrap();
            assert_eq!(
                (task.id.as_str(), task.status, task.ttl, task.poll),
                ("t", TaskStatus::InputRequired, None, Some(50))
            );
            assert!(!task.status.is_final());
        }
        for (text, wrong) in
            [("{}", "taskId"), (r#"{"taskId":"t"}"#, "status"), (r#"{"taskId":"t","status":"odd"}"#, "odd")]
        {
            assert!(Task::read(&RawJson::parse(text).unwrap()).unwrap_err().contains(wrong));
        }
    }
}
