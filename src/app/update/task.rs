//! Tasks: what servers work on after they have answered, kept by name for another run.

use crate::app::{Effect, State};
use crate::model::call::Operation;
use crate::model::id::{CallId, ServerId};
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
    let tool = tool.or_else(|| known.as_ref().map(|known| known.tool.clone())).unwrap_or_default();
    let same = known.as_ref().is_some_and(|known| known.status == task.status);
    let kept = KnownTask {
        server: name,
        id: task.id,
        tool,
        status: task.status,
        created: task.created.or_else(|| known.and_then(|known| known.created)),
        ttl: task.ttl,
        heard: state.now,
    };
    state.tasks.push(kept.clone());
    if state.tasks.len() > TASKS_KEPT {
        let ended = state.tasks.iter().position(|task| task.status.is_final()).unwrap_or(0);
        state.tasks.remove(ended);
    }
    if same { vec![] } else { vec![Effect::KeepTask(kept)] }
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
