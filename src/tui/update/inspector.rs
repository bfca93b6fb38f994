//! Keys in the inspector: selection over servers and items, tabs, the filter.

use tui_textarea::Key as TextKey;

use super::{Move, Outcome, work};
use crate::app::{Command, State};
use crate::model::call::ListKind;
use crate::model::session::ListState;
use crate::tui::action::Action;
use crate::tui::keymap::Key;
use crate::tui::layout::{InspectorLayout, Layout};
use crate::tui::ui::{ListUi, Pane, Tab, Ui, WorkTab, Zone};

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let page =
        Layout::of(ui).inspector.map_or(1, |rect| usize::from(InspectorLayout::of(state, ui, rect).items.height));
    if let Some(step) = Move::of(action, page) {
        select(ui, state, step);
        return vec![];
    }
    match action {
        Action::Left => switch_tab(ui, state, -1),
        Action::Right => switch_tab(ui, state, 1),
        Action::Open => return open(ui, state),
        Action::Call => return work::call(ui, state),
        Action::Repeat => return work::repeat(ui, state),
        Action::Refresh => return refresh(ui, state),
        Action::Roots => {
            if let Some(session) = ui.session(state) {
                crate::tui::prompt::roots(ui, session);
            }
        }
        Action::Raw => work::toggle_raw(ui),
        Action::Copy => return work::copy(ui, state),
        Action::Save => work::save(ui, state),
        Action::Filter => {
            if let Some(session) = ui.session(state)
                && let Tab::List(_) = ui.tab(session.id)
            {
                ui.inspector.zone = Zone::Items;
                ui.inspector.filtering = true;
                ui.show(Pane::Inspector);
            }
        }
        Action::Accept => ui.inspector.filtering = false,
        Action::Back => return back(ui, state),
        _ => {}
    }
    vec![]
}

/// Moves the selection; it runs from the servers into the items of the selected one and back.
pub(super) fn select(ui: &mut Ui, state: &State, step: Move) {
    let Some(session) = ui.session(state) else { return };
    let id = session.id;
    show_selection(ui);
    if ui.inspector.zone == Zone::Servers {
        let last = state.sessions.len() - 1;
        let at = ui.inspector.server.min(last);
        if step == Move::By(1) && at == last {
            ui.inspector.zone = Zone::Items;
        } else {
            ui.inspector.server = step.from(at, last);
        }
        return;
    }
    let Tab::List(kind) = ui.tab(id) else {
        if matches!(step, Move::By(rows) if rows < 0) || step == Move::Top {
            ui.inspector.zone = Zone::Servers;
        }
        return;
    };
    let last = ui.rows(session, kind).len().saturating_sub(1);
    let at = ui.list(id, kind).selected.min(last);
    if step == Move::By(-1) && at == 0 {
        ui.inspector.zone = Zone::Servers;
        ui.inspector.filtering = false;
        return;
    }
    list_mut(ui, state).map(|list| list.selected = step.from(at, last)).unwrap_or_default();
}

/// The work pane follows the selection: what lay on top of it is put away (a draft is kept).
pub(super) fn show_selection(ui: &mut Ui) {
    ui.work.frame = None;
    ui.result.opened.clear();
    ui.result.from_list = false;
    work::put_away(ui);
    ui.work.scroll = 0;
    ui.work.tab = WorkTab::Detail;
}

fn list_mut<'a>(ui: &'a mut Ui, state: &State) -> Option<&'a mut ListUi> {
    let id = ui.session(state)?.id;
    let Tab::List(kind) = ui.tab(id) else { return None };
    Some(ui.inspector.lists.entry((id, kind)).or_default())
}

fn switch_tab(ui: &mut Ui, state: &State, by: isize) {
    let Some(session) = ui.session(state) else { return };
    let tabs: Vec<Tab> = Tab::of(session).collect();
    let at = tabs.iter().position(|tab| *tab == ui.tab(session.id)).unwrap_or(0) as isize;
    open_tab(ui, state, tabs[(at + by).rem_euclid(tabs.len() as isize) as usize]);
}

pub(super) fn open_tab(ui: &mut Ui, state: &State, tab: Tab) {
    let Some(session) = ui.session(state) else { return };
    ui.inspector.tabs.insert(session.id, tab);
    ui.inspector.zone = Zone::Items;
    show_selection(ui);
}

fn open(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.inspector.zone == Zone::Servers {
        ui.inspector.zone = Zone::Items;
        show_selection(ui);
        return vec![];
    }
    let Some(session) = ui.session(state) else { return vec![] };
    if let Tab::Info | Tab::Stderr = ui.tab(session.id) {
        ui.show(Pane::Work);
        return vec![];
    }
    work::call(ui, state)
}

fn refresh(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(session) = ui.session(state) else { return vec![] };
    let kind = match ui.tab(session.id) {
        Tab::List(kind) => kind,
        Tab::Info | Tab::Stderr => ListKind::Tools,
    };
    if !session.is_ready() {
        ui.message = Some(format!("{} is not connected; R connects it", session.spec.name));
        return vec![];
    }
    if session.listing(kind).state == ListState::Unsupported {
        ui.message = Some(format!("{} does not offer {}", session.spec.name, kind.method()));
        return vec![];
    }
    vec![Outcome::Dispatch(Command::Refresh { server: session.id, kind })]
}

/// One step back: the typing of a filter, the filter, the items, then the oldest worry on the status line.
fn back(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.inspector.filtering {
        ui.inspector.filtering = false;
        if let Some(list) = list_mut(ui, state) {
            *list = ListUi::default();
        }
        return vec![];
    }
    if ui.zoom {
        ui.zoom = false;
        return vec![];
    }
    if let Some(list) = list_mut(ui, state)
        && !list.filter.is_empty()
    {
        *list = ListUi::default();
        return vec![];
    }
    if ui.inspector.zone == Zone::Items {
        ui.inspector.zone = Zone::Servers;
        show_selection(ui);
        return vec![];
    }
    if state.notices.is_empty() { vec![] } else { vec![Outcome::Dispatch(Command::DismissNotice)] }
}

/// A key that belongs to the filter.
pub(super) fn type_key(ui: &mut Ui, state: &State, key: Key) {
    let input = tui_textarea::Input::from(key.event());
    let Some(list) = list_mut(ui, state) else { return };
    match input.key {
        TextKey::Char('u' | 'w') if input.ctrl => list.filter.clear(),
        TextKey::Char(c) if !input.ctrl && !input.alt => list.filter.push(c),
        TextKey::Backspace => {
            if list.filter.pop().is_none() {
                ui.inspector.filtering = false;
                return;
            }
        }
        _ => return,
    }
    list.selected = 0;
    show_selection(ui);
}

pub(super) fn paste(ui: &mut Ui, text: &str) {
    // Any list of any server may be open; the filter of the open one is found by the same rule as for a key.
    let line: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
    let server = crate::model::id::ServerId(ui.inspector.server as u16);
    if let Tab::List(kind) = ui.tab(server) {
        let list = ui.inspector.lists.entry((server, kind)).or_default();
        list.filter.push_str(&line);
        list.selected = 0;
    }
}
