//! Keys in the log and in the open frame: selection, following, pairs. O(1) whatever the log's length.

use super::{Move, Outcome};
use crate::app::{Command, State};
use crate::model::record::Body;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::Layout;
use crate::tui::page;
use crate::tui::prompt;
use crate::tui::theme::Theme;
use crate::tui::ui::{FrameUi, Pane, Ui};

pub(super) fn act(ui: &mut Ui, state: &State, context: Context, action: Action) -> Vec<Outcome> {
    let in_frame = context == Context::Frame;
    let layout = Layout::of(ui);
    let page = if in_frame { usize::from(layout.work_text().height) } else { layout.log_rows() };
    if let Some(step) = Move::of(action, page) {
        if in_frame {
            scroll_frame(ui, state, step);
        } else {
            select(ui, state, step);
        }
        return vec![];
    }
    match action {
        Action::Open if state.log.is_empty() => ui.message = Some("there is no frame yet".into()),
        Action::Open => {
            ui.work.frame = Some(FrameUi::default());
            // The frame must not change under the reader's eyes.
            go_to(ui, state, ui.log.selected(state.log.len()));
            ui.show(Pane::Work);
        }
        Action::Follow => {
            let selected = ui.log.selected(state.log.len());
            ui.log.top = ui.log.window(state.log.len(), page).start;
            ui.log.selected = selected;
            ui.log.follow = !ui.log.follow;
        }
        Action::Pair => pair(ui, state),
        Action::NextFrame => select(ui, state, Move::By(1)),
        Action::PrevFrame => select(ui, state, Move::By(-1)),
        Action::Raw => {
            if let Some(frame) = &mut ui.work.frame {
                frame.raw = !frame.raw;
                frame.scroll = 0;
            }
        }
        Action::Copy => return copy(ui, state),
        Action::Save => save(ui, state),
        Action::Back => return back(ui, state),
        _ => {}
    }
    vec![]
}

/// Moves the selection; at the very end (`G`) the log follows again.
pub(super) fn select(ui: &mut Ui, state: &State, step: Move) {
    let len = state.log.len();
    let last = len.saturating_sub(1);
    let at = ui.log.selected(len);
    go_to(ui, state, step.from(at, last));
    ui.log.follow = step == Move::Bottom;
}

fn go_to(ui: &mut Ui, state: &State, index: usize) {
    let len = state.log.len();
    let rows = Layout::of(ui).log_rows().max(1);
    ui.log.top = ui.log.window(len, rows).start;
    ui.log.follow = false;
    ui.log.selected = index;
    ui.log.top = ui.log.window(len, rows).start;
    if let Some(frame) = &mut ui.work.frame {
        frame.scroll = 0;
    }
}

fn pair(ui: &mut Ui, state: &State) {
    let selected = ui.log.selected(state.log.len());
    match state.log.get(selected).and_then(|entry| entry.pair) {
        Some(other) => go_to(ui, state, other),
        None => ui.message = Some("this frame has no other half (yet)".into()),
    }
}

pub(super) fn scroll_frame(ui: &mut Ui, state: &State, step: Move) {
    let room = Layout::of(ui).work_text();
    let theme = Theme::default();
    let Some(frame) = ui.work.frame else { return };
    let scroll = page::scrolled(frame.scroll, step.target(), usize::from(room.height), || {
        page::lines(state, ui, &theme, room.width)
    });
    ui.work.frame = Some(FrameUi { scroll, ..frame });
}

/// The selected frame as it was on the wire, as far as it is at hand.
fn frame(ui: &Ui, state: &State) -> Result<Vec<u8>, &'static str> {
    let selected = ui.log.selected(state.log.len());
    let opened = state.opened.as_ref().filter(|(index, _)| *index == selected).map(|(_, record)| record);
    let record = opened.or_else(|| state.rows.get(&selected).filter(|record| record.whole));
    match record.map(|record| &record.body) {
        Some(Body::Msg(text) | Body::Text(text)) => Ok(text.clone().into_bytes()),
        Some(Body::Bytes(bytes)) => Ok(bytes.clone()),
        Some(Body::None) => Err("there is nothing in it"),
        None => Err("open the frame first"),
    }
}

fn copy(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let text = frame(ui, state).and_then(|bytes| String::from_utf8(bytes).map_err(|_| "this frame is not text"));
    match text {
        Ok(text) => {
            ui.message = Some("copied, if the terminal allows it".into());
            vec![Outcome::Copy(text)]
        }
        Err(why) => {
            ui.message = Some(why.into());
            vec![]
        }
    }
}

fn save(ui: &mut Ui, state: &State) {
    match frame(ui, state) {
        Ok(bytes) => {
            let name = format!("frame-{}", ui.log.selected(state.log.len()) + 1);
            let extension = if bytes.starts_with(b"{") || bytes.starts_with(b"[") { "json" } else { "txt" };
            prompt::save(ui, "the frame", &name, extension, bytes);
        }
        Err(why) => ui.message = Some(why.into()),
    }
}

fn back(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.zoom {
        ui.zoom = false;
    } else if ui.work.frame.is_some() {
        ui.work.frame = None;
        ui.leave(Pane::Work);
    } else if !ui.log.follow {
        ui.log.follow = true;
    } else if !state.notices.is_empty() {
        return vec![Outcome::Dispatch(Command::DismissNotice)];
    } else {
        ui.show(Pane::Inspector);
    }
    vec![]
}
