//! Keys in the log: selection, following, pairs, marks. O(1) whatever the log's length, but for the steps of a filter.
//! Typing the filter is `log/filter.rs`'s, the open frame `log/frame.rs`'s and `log/tree.rs`'s, sending a frame again
//! `log/resend.rs`'s.

pub(super) mod filter;
pub(super) mod frame;
pub(super) mod resend;
pub(in crate::tui) mod tree;

use super::{Move, Outcome};
use crate::app::{Command, State};
use crate::model::call::Call;
use crate::model::record::Record;
use crate::tui::action::Action;
use crate::tui::frame::{FrameTab, FrameUi};
use crate::tui::keymap::Context;
use crate::tui::layout::Layout;
use crate::tui::log::Times;
use crate::tui::prompt;
use crate::tui::ui::{Pane, Ui};

pub(super) fn act(ui: &mut Ui, state: &State, context: Context, action: Action) -> Vec<Outcome> {
    if context == Context::LogFilter {
        return filter::act(ui, state, action);
    }
    if context != Context::Log {
        return frame::act(ui, state, context, action);
    }
    if let Some(step) = Move::of(action, Layout::of(ui).log_rows()) {
        select(ui, state, step);
        return vec![];
    }
    match action {
        Action::Open => open(ui, state, FrameTab::default()),
        Action::WholeCall => open(ui, state, FrameTab::Call),
        Action::Follow => {
            let shown = ui.log.shown(state);
            let (top, frame) = (ui.log.window(shown, Layout::of(ui).log_rows()).start, ui.log.selected(state));
            ui.log.top = top;
            ui.log.selected = frame.unwrap_or(0);
            ui.log.follow = !ui.log.follow;
        }
        Action::Filter => filter::begin(ui, state),
        Action::NextHit => hit(ui, state, true),
        Action::PrevHit => hit(ui, state, false),
        Action::AllRows => filter::toggle_all(ui, state),
        Action::SaveFilter => filter::name(ui),
        Action::SaveRows => save_rows(ui, state),
        Action::NextMark => next_mark(ui, state),
        Action::Times => {
            ui.log.times = match ui.log.times {
                Times::Clock => Times::SinceStart,
                Times::SinceStart => Times::SinceLast,
                Times::SinceLast => Times::Clock,
            };
            ui.message = Some(
                match ui.log.times {
                    Times::Clock => "times of day",
                    Times::SinceStart => "times since the first frame",
                    Times::SinceLast => "times since the row above",
                }
                .into(),
            );
        }
        Action::Back => return back(ui, state),
        action => return either(ui, state, action),
    }
    vec![]
}

/// What a key does in the list and in the open frame alike.
fn either(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Pair => pair(ui, state),
        Action::Mark => {
            if let Some(frame) = ui.log.selected(state) {
                return vec![Outcome::Dispatch(Command::Mark(frame))];
            }
        }
        Action::Copy => return frame::copy(ui, state),
        Action::CopyCommand => return frame::copy_command(ui, state),
        Action::Save => frame::save(ui, state),
        Action::Resend => resend::open(ui, state),
        _ => {}
    }
    vec![]
}

fn open(ui: &mut Ui, state: &State, tab: FrameTab) {
    let Some(frame) = ui.log.selected(state) else {
        let why = if state.log.is_empty() { "there is no frame yet" } else { "no frame fits the filter" };
        ui.message = Some(why.into());
        return;
    };
    ui.work.frame = Some(FrameUi { tab, call_of: Some(frame), ..FrameUi::default() });
    // The frame must not change under the reader's eyes.
    go_to(ui, state, frame);
    ui.show(Pane::Work);
}

/// Opens this frame in full, from wherever it was found.
pub(super) fn open_frame(ui: &mut Ui, state: &State, frame: usize) {
    reveal(ui, state, frame);
    ui.work.frame = Some(FrameUi::default());
    ui.show(Pane::Work);
}

/// Moves the selection; at the very end (`G`) the log follows again.
pub(super) fn select(ui: &mut Ui, state: &State, step: Move) {
    let shown = ui.log.shown(state);
    let row = step.from(ui.log.row(shown), shown.len().saturating_sub(1));
    go_to(ui, state, shown.frame(row).unwrap_or(0));
    ui.log.follow = step == Move::Bottom;
}

/// Selects a frame and keeps the rows where they are, as far as it is in view then.
pub(in crate::tui) fn go_to(ui: &mut Ui, state: &State, frame: usize) {
    let shown = ui.log.shown(state);
    let rows = Layout::of(ui).log_rows().max(1);
    ui.log.top = ui.log.window(shown, rows).start;
    ui.log.follow = false;
    ui.log.selected = frame;
    ui.log.top = ui.log.window(shown, rows).start;
    if let Some(open) = &mut ui.work.frame {
        open.scroll = 0;
    }
}

/// Asks where to save the frames that have a row.
fn save_rows(ui: &mut Ui, state: &State) {
    let shown = ui.log.shown(state);
    if shown.is_empty() {
        ui.message =
            Some(if state.log.is_empty() { "there is no frame yet" } else { "no frame fits the filter" }.into());
        return;
    }
    let frames = (0..shown.len()).filter_map(|row| state.log.get(shown.frame(row)?));
    prompt::save_frames(ui, frames.map(|entry| (entry.offset, entry.len)).collect());
}

/// Goes to a frame that a filter may hide: then all rows are shown.
fn reveal(ui: &mut Ui, state: &State, frame: usize) {
    let shown = ui.log.shown(state);
    if shown.frame(shown.row(frame)) != Some(frame) {
        ui.log.filter.all = true;
        ui.message = Some("the filter hides that frame: all rows are shown now".into());
    }
    go_to(ui, state, frame);
}

/// The frame of a call's request, where its id is known.
pub(super) fn frame_of(state: &State, call: &Call) -> Option<usize> {
    state.log.request(call.server, &call.request?.to_string(), call.started)
}

/// Goes to a frame from elsewhere: the log has the focus, and shows it whatever its filter.
pub(super) fn show_frame(ui: &mut Ui, state: &State, frame: usize) {
    reveal(ui, state, frame);
    ui.show(Pane::Log);
}

fn pair(ui: &mut Ui, state: &State) {
    let selected = ui.log.selected(state).and_then(|frame| state.log.get(frame));
    match selected.and_then(|entry| entry.pair) {
        Some(other) => reveal(ui, state, other),
        None => ui.message = Some("this frame has no other half (yet)".into()),
    }
}

/// The next frame that fits the filter, or the one before, round the ends.
fn hit(ui: &mut Ui, state: &State, forward: bool) {
    let (Some(search), Some(at)) = (&state.search, ui.log.selected(state)) else {
        ui.message = Some(match &state.search {
            None => "/ searches the log".to_owned(),
            Some(_) => "no frame fits the filter".to_owned(),
        });
        return;
    };
    let hits = &search.hits;
    let next = if forward {
        hits.get(hits.partition_point(|hit| *hit as usize <= at)).or(hits.first())
    } else {
        hits[..hits.partition_point(|hit| (*hit as usize) < at)].last().or(hits.last())
    };
    let Some(next) = next.map(|hit| *hit as usize) else {
        ui.message = Some("no frame fits the filter".into());
        return;
    };
    if forward != (next > at) {
        ui.message = Some(if forward { "from the top again" } else { "from the end again" }.into());
    }
    go_to(ui, state, next);
}

fn next_mark(ui: &mut Ui, state: &State) {
    let at = ui.log.selected(state).map_or(0, |frame| frame + 1);
    match state.marks.range(at..).next().or(state.marks.first()) {
        Some(frame) => reveal(ui, state, *frame),
        None => ui.message = Some("no frame is marked; m marks one".into()),
    }
}

/// One step back: the filter, the place in the log, the oldest worry on the status line.
fn back(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.zoom {
        ui.zoom = false;
    } else if ui.log.filter.is_open() {
        return filter::clear(ui, state);
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

/// The selected frame, as far as it is at hand.
fn record<'a>(ui: &Ui, state: &'a State) -> Result<&'a Record, &'static str> {
    let selected = ui.log.selected(state).ok_or("there is no frame")?;
    let opened = state.opened.as_ref().filter(|(index, _)| *index == selected).map(|(_, record)| record);
    let record = opened.or_else(|| state.rows.get(&selected).filter(|record| record.whole));
    record.map(AsRef::as_ref).ok_or("open the frame first")
}
