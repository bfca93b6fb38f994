//! The mouse: focus, select, scroll. Everything it does, keys do too.

use ratatui::layout::{Position, Rect};

use super::{Move, Outcome, inspector, log, palette, work};
use crate::app::State;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::{InspectorLayout, Layout, inner};
use crate::tui::page;
use crate::tui::theme::Theme;
use crate::tui::ui::{Modal, Pane, ServerRow, Ui, WorkTab, Zone};
use crate::tui::view;

pub(super) fn click(ui: &mut Ui, state: &State, at: Position) -> Vec<Outcome> {
    if let Some(Modal::Palette(_)) = ui.modal {
        return palette::click(ui, state, at);
    }
    if ui.modal.is_some() || ui.questions.open.is_some() {
        return vec![];
    }
    let layout = Layout::of(ui);
    ui.held = layout.edge_at(at);
    let named = layout.strip.filter(|strip| strip.contains(at));
    if let Some(pane) = named.and_then(|strip| view::status::strip_at(state, ui, usize::from(at.x - strip.x))) {
        ui.inspector.filtering = false;
        ui.show(pane);
        return vec![];
    }
    let Some(pane) = layout.pane_at(at) else { return vec![] };
    ui.inspector.filtering = false;
    let had_focus = ui.pane() == pane;
    ui.show(pane);
    match pane {
        Pane::Inspector => return click_inspector(ui, state, at, had_focus),
        Pane::Log if layout.log_filter.is_some_and(|rect| rect.contains(at)) => {
            if ui.log.filter.typing.is_none() {
                log::filter::begin(ui, state);
            }
        }
        Pane::Log => {
            ui.log.filter.typing = None;
            if let Some(rect) = layout.log_list.filter(|rect| rect.contains(at)) {
                let shown = ui.log.shown(state);
                let window = ui.log.window(shown, usize::from(rect.height));
                let row = window.start + usize::from(at.y - rect.y);
                if let Some(frame) = shown.frame(row).filter(|_| row < window.end) {
                    let again = had_focus && ui.log.selected(state) == Some(frame);
                    ui.log.top = window.start;
                    ui.log.selected = frame;
                    ui.log.follow = false;
                    // A click on what is selected is what Enter is.
                    if again {
                        return log::act(ui, state, Context::Log, Action::Open);
                    }
                }
            }
        }
        Pane::Conversation => super::conversation::click(ui, state, at),
        Pane::Work => {
            if let Some(inside) = layout.work.map(inner).filter(|inside| inside.contains(at)) {
                return click_work(ui, state, inside, at, had_focus);
            }
        }
    }
    vec![]
}

fn click_work(ui: &mut Ui, state: &State, inside: Rect, at: Position, had_focus: bool) -> Vec<Outcome> {
    if ui.work.resend.is_some() {
        return vec![];
    }
    if ui.work.frame.is_none()
        && let Some(editor) = &ui.work.editor
    {
        let row = usize::from(at.y - inside.y);
        let field = if editor.as_form { view::argument_at(state, editor, ui, inside, row) } else { None };
        if let (Some(field), Some(editor)) = (field, &mut ui.work.editor) {
            editor.form.go_to_row(field);
        }
        return vec![];
    }
    let Some(row) = usize::from(at.y - inside.y).checked_sub(1) else {
        let column = usize::from(at.x - inside.x);
        if ui.work.frame.is_some() {
            if let Some(tab) = view::frame_tab_at(column) {
                log::frame::show(ui, tab);
            }
        } else if let Some(tab) = view::work_tab_at(state, ui, column) {
            ui.work.tab = tab;
            ui.work.scroll = 0;
        }
        return vec![];
    };
    if let Some(frame) = &mut ui.work.frame {
        let row = row.checked_sub(usize::from(log::tree::HEAD));
        if let (Some(row), Some(reader)) = (row, frame.reader_mut()) {
            reader.click(row);
        }
    } else if ui.work.tab == WorkTab::Calls {
        let height = usize::from(inside.height.saturating_sub(1));
        if let Some(call) = view::call_at(state, ui, height, row) {
            let again = had_focus && ui.calls.selected == Some(call);
            ui.calls.selected = Some(call);
            // A click on what is selected is what Enter is.
            if again {
                return super::calls::act(ui, state, Action::Open);
            }
        }
    } else if ui.result.in_view
        && let Some(call) = ui.shown_call(state)
    {
        let head = page::result_head(state, ui, call, &Theme::default(), Layout::of(ui).work_room()).len();
        if let (Some(row), Some(reader)) = (row.checked_sub(head), ui.result.reader_mut()) {
            reader.click(row);
        }
    }
    vec![]
}

fn click_inspector(ui: &mut Ui, state: &State, at: Position, had_focus: bool) -> Vec<Outcome> {
    let Some(rect) = Layout::of(ui).inspector else { return vec![] };
    let parts = InspectorLayout::of(state, ui, rect);
    let Some(session) = ui.session(state) else { return vec![] };
    if parts.servers.contains(at) {
        let rows = ui.server_rows(state);
        let selected = rows.iter().position(|row| *row == ServerRow::Server(ui.inspector.server)).unwrap_or(0);
        let first = view::first_row(selected, rows.len(), parts.servers.height);
        if let Some(ServerRow::Server(index)) = rows.get(first + usize::from(at.y - parts.servers.y)) {
            ui.inspector.server = *index;
            ui.inspector.zone = Zone::Servers;
            inspector::show_selection(ui);
            return inspector::fresh::look(ui, state);
        }
    } else if parts.tabs.contains(at) {
        if let Some(tab) = view::inspector::tab_at(state, session, ui, parts.tabs, at) {
            inspector::open_tab(ui, state, tab);
            return inspector::fresh::look(ui, state);
        }
    } else if parts.filter.contains(at) {
        return inspector::act(ui, state, Action::Filter);
    } else if parts.items.contains(at) {
        let before = ui.row(state).map(|(.., row)| row);
        inspector::click_row(ui, state, usize::from(at.y - parts.items.y), parts.items.height);
        // A click on what is selected is what Enter is.
        if had_focus && before.is_some() && before == ui.row(state).map(|(.., row)| row) {
            return inspector::act(ui, state, Action::Open);
        }
    }
    vec![]
}

pub(super) fn wheel(ui: &mut Ui, state: &State, at: Position, rows: i32) -> Vec<Outcome> {
    let step = Move::By(i64::from(rows));
    if let Some(Modal::Help { scroll }) = &mut ui.modal {
        *scroll = step.from(*scroll, usize::from(u16::MAX));
        return vec![];
    }
    if let Some(Modal::Palette(_)) = ui.modal {
        palette::select(ui, step);
        return vec![];
    }
    if ui.questions.open.is_some() {
        super::question::scroll(ui, state, step);
        return vec![];
    }
    match Layout::of(ui).pane_at(at) {
        Some(Pane::Inspector) => {
            // Within the part the selection is in: the wheel never runs from the items into the servers.
            let step =
                if ui.inspector.zone == Zone::Items && rows < 0 { Move::By(i64::from(rows).min(-2)) } else { step };
            inspector::select(ui, state, step);
        }
        Some(Pane::Work) if ui.work.frame.is_some() => log::frame::scroll(ui, state, step),
        Some(Pane::Work) if ui.focus() == Context::Arguments => {
            if let Some(editor) = &mut ui.work.editor {
                editor.form.step(rows.signum() as isize, false);
            }
        }
        Some(Pane::Work) if ui.work.editor.is_some() => {}
        Some(Pane::Work) if ui.work.tab == WorkTab::Calls => super::calls::select(ui, state, step),
        Some(Pane::Work) if ui.result.in_view => {
            if let Some(reader) = ui.result.reader_mut() {
                reader.move_by(rows.unsigned_abs() as usize, rows < 0);
            }
        }
        Some(Pane::Work) => work::scroll(ui, state, step),
        Some(Pane::Log) => log::select(ui, state, step),
        Some(Pane::Conversation) => super::conversation::wheel(ui, state, rows),
        None => {}
    }
    vec![]
}
