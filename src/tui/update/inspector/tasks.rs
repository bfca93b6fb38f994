//! Keys on a task: follow it to its result, ask where it stands, cancel it.

use crate::app::{Command, State};
use crate::model::call::{Call, CallState, Operation, TaskVerb};
use crate::model::id::CallId;
use crate::tui::ui::{Pane, Ui, WorkTab};
use crate::tui::update::{Outcome, work};

/// Goes to the call that follows the task or brought its result; where there is none in this run, follows it.
pub(in crate::tui::update) fn open(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some((session, task)) = ui.task(state) else {
        ui.message = Some("no task is selected".into());
        return vec![];
    };
    let follows = |call: &&Call| call.is_open() || matches!(call.state, CallState::Done(_)) || task.status.is_final();
    let known = task.call.and_then(|call| state.calls.get(&call)).filter(follows);
    let (server, id) = (session.id, task.id.clone());
    if known.is_none() && !session.is_ready() {
        ui.message = Some(format!("{} is not connected; R connects it", session.spec.name));
        return vec![];
    }
    let call = known.map_or(CallId(state.next_call), |call| call.id);
    work::put_away(ui);
    ui.work.frame = None;
    ui.work.tab = WorkTab::Result;
    ui.work.scroll = 0;
    ui.result.opened = vec![call];
    ui.show(Pane::Work);
    if known.is_some() {
        return vec![];
    }
    vec![Outcome::Dispatch(Command::Start { server, operation: Operation::Task { verb: TaskVerb::Wait, id } })]
}

/// Asks the server about the task.
pub(in crate::tui::update) fn ask(ui: &mut Ui, state: &State, verb: TaskVerb) -> Vec<Outcome> {
    let Some((session, task)) = ui.task(state) else { return vec![] };
    if !session.is_ready() {
        ui.message = Some(format!("{} is not connected; R connects it", session.spec.name));
        return vec![];
    }
    let operation = Operation::Task { verb, id: task.id.clone() };
    ui.message = Some(match verb {
        TaskVerb::Cancel => "telling the server that it is not wanted any more".into(),
        TaskVerb::Get | TaskVerb::Wait => "asking where it stands".into(),
    });
    vec![Outcome::Dispatch(Command::Start { server: session.id, operation })]
}

/// Cancels the task: by the call that follows it, where there is one, so that this ends too.
pub(in crate::tui::update) fn cancel(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some((_, task)) = ui.task(state) else { return vec![] };
    let follows = |call: &&Call| call.is_open() && !matches!(call.operation, Operation::Task { .. });
    match task.call.and_then(|call| state.calls.get(&call)).filter(follows) {
        Some(call) => vec![Outcome::Dispatch(Command::Cancel(call.id))],
        None => ask(ui, state, TaskVerb::Cancel),
    }
}

/// Copies the task's name at the server.
pub(in crate::tui::update) fn copy(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some((_, task)) = ui.task(state) else { return vec![] };
    ui.message = Some("copied the task's name, if the terminal allows it".into());
    vec![Outcome::Copy(task.id.clone())]
}
