//! Keys in the list of calls, and in the window of earlier ones that an answer can be compared with.

use super::{Move, Outcome, log, work};
use crate::app::{Command, State};
use crate::model::call::Call;
use crate::model::id::CallId;
use crate::tui::action::Action;
use crate::tui::calls::{self, EarlierUi};
use crate::tui::layout::Layout;
use crate::tui::result::Shows;
use crate::tui::ui::{Modal, Pane, Ui, WorkTab};

/// Shows the list.
pub(super) fn open(ui: &mut Ui) {
    ui.work.frame = None;
    work::put_away(ui);
    ui.work.tab = WorkTab::Calls;
    ui.inspector.filtering = false;
    ui.log.filter.typing = None;
    ui.show(Pane::Work);
}

fn selected<'a>(ui: &Ui, state: &'a State) -> Option<&'a Call> {
    let list = calls::list(state);
    list.get(calls::selected(ui.calls, &list)).copied()
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    // A call has a row, or two while there is more to say.
    let page = usize::from(Layout::of(ui).work_text().height) * 2 / 3;
    if let Some(step) = Move::of(action, page) {
        select(ui, state, step);
        return vec![];
    }
    match action {
        Action::Left if ui.shown_call(state).is_some() => ui.work.tab = WorkTab::Result,
        Action::Left | Action::Right => ui.work.tab = WorkTab::Detail,
        Action::Back => {
            ui.work.tab = WorkTab::Detail;
            work::leave(ui);
        }
        _ => {
            let Some(call) = selected(ui, state) else {
                ui.message = Some("there is no call yet".into());
                return vec![];
            };
            ui.calls.selected = Some(call.id);
            return on(ui, state, call, action);
        }
    }
    vec![]
}

pub(super) fn select(ui: &mut Ui, state: &State, step: Move) {
    let list = calls::list(state);
    let at = step.from(calls::selected(ui.calls, &list), list.len().saturating_sub(1));
    ui.calls.selected = list.get(at).map(|call| call.id);
}

fn on(ui: &mut Ui, state: &State, call: &Call, action: Action) -> Vec<Outcome> {
    match action {
        Action::Open => read(ui, call.id),
        Action::Compare => {
            read(ui, call.id);
            ui.result.show(state, call, ui.look.graphics);
            compare(ui, state);
        }
        Action::ToFrame => to_frame(ui, state, call),
        Action::Call => return work::call_again(ui, state, call),
        Action::Repeat => {
            ui.calls.selected = Some(CallId(state.next_call));
            let (server, operation) = (call.server, call.operation.clone());
            return vec![Outcome::Dispatch(Command::Renew { server, operation })];
        }
        _ => {}
    }
    vec![]
}

/// Reads the answer of a call; going back leads to the list.
fn read(ui: &mut Ui, call: CallId) {
    ui.result.opened = vec![call];
    ui.result.from_list = true;
    ui.work.tab = WorkTab::Result;
}

/// Selects the request of a call in the log.
pub(super) fn to_frame(ui: &mut Ui, state: &State, call: &Call) {
    match log::frame_of(state, call) {
        Some(frame) => log::show_frame(ui, state, frame),
        None => ui.message = Some("this call has no frame in this run's log".into()),
    }
}

/// Cancels the selected call.
pub(super) fn cancel(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if let Some(call) = selected(ui, state).filter(|call| call.is_open()) {
        return vec![Outcome::Dispatch(Command::Cancel(call.id))];
    }
    ui.message = Some("the selected call is not running".into());
    vec![]
}

/// Compares the answer in view with the one before it, or stops comparing.
pub(super) fn compare(ui: &mut Ui, state: &State) {
    if let Some(other) = ui.result.against() {
        return ui.result.toggle(Shows::Against(other));
    }
    match ui.shown_call(state).and_then(|call| calls::previous(state, call)) {
        Some(other) => ui.result.toggle(Shows::Against(other.id)),
        None => ui.message = Some("there is no earlier answer of the same in this run; r calls again".into()),
    }
}

/// Opens the window of earlier calls.
pub(super) fn choose(ui: &mut Ui, state: &State) {
    let Some(call) = ui.shown_call(state) else { return };
    if calls::earlier(state, call).next().is_none() {
        ui.message = Some("there is no earlier call of the same in this run; r calls again".into());
        return;
    }
    let against = ui.result.against();
    let at = calls::earlier(state, call).position(|other| Some(other.id) == against).unwrap_or(0);
    ui.modal = Some(Modal::Earlier(EarlierUi { call: call.id, selected: at }));
}

/// Keys in that window.
pub(super) fn choose_act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let Some(Modal::Earlier(earlier)) = &mut ui.modal else { return vec![] };
    let Some(call) = state.calls.get(&earlier.call) else {
        ui.modal = None;
        return vec![];
    };
    let ids: Vec<CallId> = calls::earlier(state, call).map(|other| other.id).collect();
    let last = ids.len().saturating_sub(1);
    if let Some(step) = Move::of(action, 10) {
        earlier.selected = step.from(earlier.selected, last);
        return vec![];
    }
    let chosen = ids.get(earlier.selected.min(last)).copied();
    match action {
        Action::Accept => {
            ui.modal = None;
            if let Some(other) = chosen
                && ui.result.against() != Some(other)
            {
                ui.result.toggle(Shows::Against(other));
            }
        }
        Action::Close => ui.modal = None,
        _ => {}
    }
    vec![]
}
