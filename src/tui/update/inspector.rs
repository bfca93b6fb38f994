//! Keys in the inspector: selection over servers and items, tabs, the filter.

use std::collections::BTreeSet;

use tui_textarea::Key as TextKey;

use super::{Move, Outcome, work};
use crate::app::{Command, State};
use crate::model::call::{ListKind, TaskVerb};
use crate::model::session::{ListState, Session};
use crate::model::uritree::Folder;
use crate::tui::action::Action;
use crate::tui::keymap::Key;
use crate::tui::layout::{InspectorLayout, Layout};
use crate::tui::page;
use crate::tui::theme::Theme;
use crate::tui::ui::{ListRow, ListUi, Pane, Tab, Ui, WorkTab, Zone};
use crate::tui::view;

pub(super) mod fresh;
mod logging;
pub(super) mod tasks;

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let page =
        Layout::of(ui).inspector.map_or(1, |rect| usize::from(InspectorLayout::of(state, ui, rect).items.height));
    if let Some(step) = Move::of(action, page) {
        let before = ui.inspector.server;
        select(ui, state, step);
        return if ui.inspector.server == before { vec![] } else { fresh::look(ui, state) };
    }
    match action {
        Action::Left | Action::Right => {
            switch_tab(ui, state, if action == Action::Left { -1 } else { 1 });
            return fresh::look(ui, state);
        }
        Action::Open => return open(ui, state),
        Action::Call => return work::call_with(ui, state),
        Action::Repeat if ui.task(state).is_some() => return tasks::ask(ui, state, TaskVerb::Get),
        Action::Repeat => {
            let outcomes = work::repeat(ui, state);
            if !outcomes.is_empty() && Layout::of(ui).work.is_none() {
                ui.show(Pane::Work);
            }
            return outcomes;
        }
        Action::Sort => sort(ui, state),
        Action::CollapseAll | Action::ExpandAll => fold_all(ui, state, action == Action::CollapseAll),
        Action::LogLevel => {
            if let Some((session, _)) = ui.logging(state) {
                crate::tui::prompt::log_level(ui, session);
            }
        }
        Action::LessSevere | Action::MoreSevere => logging::seen(ui, state, action == Action::MoreSevere),
        Action::Refresh => return refresh(ui, state),
        Action::Roots => {
            if let Some(session) = ui.session(state) {
                crate::tui::prompt::roots(ui, session);
            }
        }
        Action::Mute => {
            if let Some(session) = ui.session(state) {
                let muted = session.muted.is_none();
                return vec![Outcome::Dispatch(Command::Mute { server: session.id, muted })];
            }
        }
        Action::Watch => return work::watch(ui, state),
        Action::Raw => work::toggle_raw(ui),
        Action::Copy if ui.task(state).is_some() => return tasks::copy(ui, state),
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
    let scrolled = ui.work.scroll;
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
    let up = match ui.tab(id) {
        Tab::List(kind) => {
            let last = ui.rows(session, kind).len().saturating_sub(1);
            let at = ui.inspector.lists.get(&(id, kind)).map_or(0, |list| list.selected).min(last);
            if let Some(list) = list_mut(ui, state) {
                list.selected = step.from(at, last);
            }
            step == Move::By(-1) && at == 0
        }
        Tab::Tasks => {
            let last = state.tasks_of(session).count().saturating_sub(1);
            let at = ui.inspector.tasks.get(&id).copied().unwrap_or(0).min(last);
            ui.inspector.tasks.insert(id, step.from(at, last));
            step == Move::By(-1) && at == 0
        }
        Tab::Logging => !logging::select(ui, state, step) && step == Move::By(-1),
        Tab::Info | Tab::Config | Tab::Stderr => {
            ui.work.scroll = scrolled;
            read(ui, state, step);
            scrolled == 0 && (matches!(step, Move::By(rows) if rows < 0) || step == Move::Top)
        }
    };
    if up {
        ui.inspector.zone = Zone::Servers;
        ui.inspector.filtering = false;
    }
}

/// Scrolls the open page of a server, where it is shown.
fn read(ui: &mut Ui, state: &State, step: Move) {
    if page::is_beside(state, ui) {
        return work::scroll(ui, state, step);
    }
    let Some((session, rect)) = ui.session(state).zip(Layout::of(ui).inspector) else { return };
    let room = InspectorLayout::of(state, ui, rect).items;
    let theme = Theme::default();
    ui.work.scroll = page::scrolled(ui.work.scroll, step.target(), usize::from(room.height), || {
        page::of_server(state, ui, session, &theme, usize::from(room.width.saturating_sub(2)))
    });
}

/// The row of an item of the server's list; folders above it are unfolded.
pub(super) fn row_of(ui: &mut Ui, session: &Session, kind: ListKind, item: usize) -> Option<usize> {
    if let Some(row) = ui.rows(session, kind).row_of(item) {
        return Some(row);
    }
    let key = session.listing(kind).items.get(item)?.key()?;
    ui.inspector.lists.get_mut(&(session.id, kind))?.folded.retain(|folder| !key.starts_with(folder.as_str()));
    ui.rows(session, kind).row_of(item)
}

/// A click on a row of what is open.
pub(super) fn click_row(ui: &mut Ui, state: &State, row: usize, height: u16) {
    let Some(session) = ui.session(state) else { return };
    let id = session.id;
    let index = |selected, rows| {
        let index = view::first_row(selected, rows, height) + row;
        (index < rows).then_some(index)
    };
    match ui.tab(id) {
        Tab::List(kind) => {
            let selected = ui.inspector.lists.get(&(id, kind)).map_or(0, |list| list.selected);
            let Some(index) = index(selected, ui.rows(session, kind).len()) else { return };
            show_selection(ui);
            ui.inspector.lists.entry((id, kind)).or_default().selected = index;
        }
        Tab::Tasks => {
            let selected = ui.inspector.tasks.get(&id).copied().unwrap_or(0);
            let Some(index) = index(selected, state.tasks_of(session).count()) else { return };
            show_selection(ui);
            ui.inspector.tasks.insert(id, index);
        }
        Tab::Logging => logging::click(ui, state, row, usize::from(height)),
        Tab::Info | Tab::Config | Tab::Stderr => {}
    }
    ui.inspector.zone = Zone::Items;
}

/// Another order of the open list; what is selected stays selected.
fn sort(ui: &mut Ui, state: &State) {
    let Some((session, kind)) = open_list(ui, state) else { return };
    let selected = match ui.row(state) {
        Some((.., ListRow::Item { at, .. })) => Some(at),
        _ => None,
    };
    let Some(list) = list_mut(ui, state) else { return };
    list.order = list.order.next(kind);
    ui.message = Some(format!("{}: {}", kind.noun(), list.order.word(kind)));
    let row = selected.and_then(|at| row_of(ui, session, kind, at)).unwrap_or(0);
    if let Some(list) = list_mut(ui, state) {
        list.selected = row;
    }
}

fn fold_all(ui: &mut Ui, state: &State, fold: bool) {
    let Some((session, kind)) = open_list(ui, state) else { return };
    let Some(list) = list_mut(ui, state) else { return };
    list.folded.clear();
    list.selected = 0;
    if fold {
        let rows = ui.rows(session, kind);
        let folders = (0..rows.len()).filter_map(|at| match rows.get(at)? {
            ListRow::Folder(folder) => Some(folder.path.clone()),
            ListRow::Item { .. } => None,
        });
        let folders: BTreeSet<String> = folders.collect();
        if let Some(list) = list_mut(ui, state) {
            list.folded = folders;
        }
    }
}

fn open_list<'a>(ui: &Ui, state: &'a State) -> Option<(&'a Session, ListKind)> {
    let session = ui.session(state)?;
    match ui.tab(session.id) {
        Tab::List(kind) => Some((session, kind)),
        _ => None,
    }
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
    match ui.tab(session.id) {
        Tab::Tasks => return tasks::open(ui, state),
        Tab::Logging => {
            logging::open(ui, state);
            return vec![];
        }
        Tab::Info | Tab::Config | Tab::Stderr => {
            ui.show(Pane::Work);
            return vec![];
        }
        Tab::List(_) => {}
    }
    if let Some((.., ListRow::Folder(Folder { path, folded, .. }))) = ui.row(state) {
        if let Some(list) = list_mut(ui, state)
            && (!folded || !list.folded.remove(&path))
        {
            list.folded.insert(path);
        }
        return vec![];
    }
    work::call(ui, state)
}

fn refresh(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(session) = ui.session(state) else { return vec![] };
    let kind = match ui.tab(session.id) {
        Tab::List(kind) => kind,
        _ => ListKind::Tools,
    };
    if ui.tab(session.id) == Tab::Tasks && session.is_ready() {
        return vec![Outcome::Dispatch(Command::RefreshTasks(session.id))];
    }
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
        drop_filter(ui, state);
        return vec![];
    }
    if ui.zoom {
        ui.zoom = false;
        return vec![];
    }
    if list_mut(ui, state).is_some_and(|list| !list.filter.is_empty()) {
        drop_filter(ui, state);
        return vec![];
    }
    if ui.inspector.zone == Zone::Items {
        ui.inspector.zone = Zone::Servers;
        show_selection(ui);
        return vec![];
    }
    if state.notices.is_empty() { vec![] } else { vec![Outcome::Dispatch(Command::DismissNotice)] }
}

/// Shows the whole list again; what was found stays selected.
fn drop_filter(ui: &mut Ui, state: &State) {
    let found = match ui.row(state) {
        Some((session, kind, ListRow::Item { at, .. })) => Some((session, kind, at)),
        _ => None,
    };
    if let Some(list) = list_mut(ui, state) {
        list.filter.clear();
        list.selected = 0;
    }
    let row = found.and_then(|(session, kind, at)| row_of(ui, session, kind, at));
    if let (Some(row), Some(list)) = (row, list_mut(ui, state)) {
        list.selected = row;
    }
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
