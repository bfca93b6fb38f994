//! Tasks: what servers work on after they have answered, kept by name for another run.

use crate::app::{Effect, State};
use crate::model::call::{Call, Failure, Operation, TaskVerb};
use crate::model::id::{CallId, ServerId};
use crate::model::json::{RawJson, scan};
use crate::model::task::{KnownTask, Task};

/// Tasks kept; ended ones go first.
pub(crate) const TASKS_KEPT: usize = 200;

pub(super) fn reported(state: &mut State, server: ServerId, call: Option<CallId>, task: Task) -> Vec<Effect> {
    let name = state.sessions[server.index()].spec.name.clone();
    let tool = call.and_then(|call| state.calls.get(&call)).and_then(|call| match &call.operation {
        Operation::CallTool { name, .. } | Operation::CallAsTask { name, .. } => Some(name.clone()),
        _ => None,
    });
    if let Some(call) = call.and_then(|call| state.calls.get_mut(&call)) {
        call.task = Some(task.clone());
    }
    let at = state.tasks.iter().position(|known| known.server == name && known.id == task.id);
    let known = at.map(|at| state.tasks.remove(at));
    // A notification about a task that is none of ours is nothing to keep.
    if known.is_none() && call.is_none() {
        return vec![];
    }
    // What a server lists beside our own tasks is shown, and not kept for another run.
    let ours = known.is_some()
        || !call
            .and_then(|call| state.calls.get(&call))
            .is_some_and(|call| matches!(call.operation, Operation::ListTasks { .. }));
    let tool = tool.or_else(|| known.as_ref().map(|known| known.tool.clone())).unwrap_or_default();
    let same = known.as_ref().is_some_and(|known| known.status == task.status);
    let follows = call.filter(|call| {
        let follows = |call: &Call| match &call.operation {
            Operation::CallTool { .. } | Operation::CallAsTask { .. } => true,
            Operation::Task { verb, .. } => *verb == TaskVerb::Wait,
            _ => false,
        };
        state.calls.get(call).is_some_and(follows)
    });
    let follows = follows.or_else(|| known.as_ref().and_then(|known| known.call));
    let kept = KnownTask {
        server: name,
        id: task.id,
        tool,
        status: task.status,
        created: task.created.or_else(|| known.and_then(|known| known.created)),
        ttl: task.ttl,
        heard: state.now,
        message: task.message,
        poll: task.poll,
        lost: None,
        call: follows,
    };
    state.tasks.push(kept.clone());
    if state.tasks.len() > TASKS_KEPT {
        let ended = state.tasks.iter().position(|task| task.status.is_final()).unwrap_or(0);
        state.tasks.remove(ended);
    }
    if same || !ours { vec![] } else { vec![Effect::KeepTask(kept)] }
}

/// A question about tasks was answered, or not: what a server knows nothing of any more is marked, and a task that was
/// cancelled is looked at, where somebody may be looking.
pub(super) fn finished(
    state: &mut State,
    server: ServerId,
    operation: &Operation,
    outcome: &Result<RawJson, Failure>,
) -> Vec<Effect> {
    match (operation, outcome) {
        (Operation::Task { verb: TaskVerb::Cancel, id }, Ok(_)) if state.auto_list => {
            super::call::start(state, server, Operation::Task { verb: TaskVerb::Get, id: id.clone() })
        }
        (Operation::Task { verb: TaskVerb::Get | TaskVerb::Wait, id }, Err(Failure::Rpc { message, .. })) => {
            lose(state, server, id, message);
            vec![]
        }
        (Operation::ListTasks { .. }, Ok(result)) => {
            for task in result.items_of("tasks", TASKS_KEPT).unwrap_or_default() {
                let text = |name| scan::member(task, name).and_then(scan::decoded);
                if let (Some(id), Some("unknown")) = (text("taskId"), text("status").as_deref()) {
                    lose(state, server, &id, &text("statusMessage").unwrap_or_default());
                }
            }
            vec![]
        }
        _ => vec![],
    }
}

fn lose(state: &mut State, server: ServerId, id: &str, why: &str) {
    let name = &state.sessions[server.index()].spec.name;
    // A task that ended with an error is answered with one, too: that is its result.
    let mut tasks = state.tasks.iter_mut();
    if let Some(task) = tasks.find(|task| task.server == *name && task.id == id && !task.status.is_final()) {
        task.lost = Some(why.to_owned());
    }
}

/// What is really asked: a tool that can only be called as a task is called as one.
pub(super) fn sent(state: &State, server: ServerId, operation: Operation) -> Operation {
    let Operation::CallTool { name, arguments } = &operation else { return operation };
    let Some(session) = state.session(server) else { return operation };
    if session.task_support(name) == Some("required") {
        return Operation::CallAsTask { name: name.clone(), arguments: arguments.clone() };
    }
    operation
}
