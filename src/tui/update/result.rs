//! Keys in the result of a call, and seeing to it that what is in view is laid out.

use super::{Outcome, calls, work};
use crate::app::{Command, State};
use crate::model::call::Operation;
use crate::model::id::CallId;
use crate::tui::action::Action;
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::Layout;
use crate::tui::page;
use crate::tui::prompt;
use crate::tui::reader::Reply;
use crate::tui::result::Shows;
use crate::tui::theme::Theme;
use crate::tui::ui::{Ui, WorkTab};

/// Brings what is read in line with the call in view. Called before each frame and before each key.
pub(super) fn settle(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    ui.result.in_view = false;
    let shown = ui.work.tab == WorkTab::Result && ui.work.frame.is_none() && ui.work.editor.is_none();
    let Some(call) = ui.shown_call(state).filter(|_| shown) else { return vec![] };
    let mut out: Vec<Outcome> =
        ui.result.show(state, call, ui.look.graphics).map(Outcome::LayOut).into_iter().collect();
    let room = Layout::of(ui).work_room();
    let head = page::result_head(state, ui, call, &Theme::default(), room).len();
    ui.result.in_view = ui.result.reader().is_some();
    if let Some(reader) = ui.result.reader_mut() {
        reader.resize(room.width, room.height.saturating_sub(u16::try_from(head).unwrap_or(u16::MAX)));
        if reader.find.as_ref().is_some_and(crate::tui::reader::Find::is_busy) {
            reader.advance();
            out.push(Outcome::Again);
        }
    }
    out
}

pub(super) fn act(ui: &mut Ui, state: &State, context: Context, action: Action) -> Vec<Outcome> {
    match action {
        Action::Raw => ui.result.toggle(Shows::Raw),
        Action::Compare => calls::compare(ui, state),
        Action::Earlier => calls::choose(ui, state),
        Action::Call => {
            return match ui.result.opened.last().and_then(|opened| state.calls.get(opened)) {
                Some(call) => work::call_again(ui, state, call),
                None => work::call_with(ui, state),
            };
        }
        Action::Repeat => return work::repeat(ui, state),
        Action::Save => save(ui, state),
        Action::ToFrame => {
            if let Some(call) = ui.shown_call(state) {
                calls::to_frame(ui, state, call);
            }
        }
        Action::Back => back(ui, state),
        Action::Accept if context == Context::Find => {
            if let Some(reader) = ui.result.reader_mut() {
                reader.keep_find();
            }
        }
        _ => return read(ui, state, action),
    }
    vec![]
}

/// What the reader makes of a key.
fn read(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let Some(reader) = ui.result.reader_mut() else { return vec![] };
    match reader.act(action) {
        Reply::Done => {}
        Reply::Unused => match action {
            Action::Left | Action::Right => {
                ui.work.tab = if action == Action::Left { WorkTab::Detail } else { WorkTab::Calls };
                ui.work.scroll = 0;
            }
            Action::Toggle => return read(ui, state, Action::PageDown),
            Action::Open => {
                ui.message = Some("there is nothing to open here; c calls again with other arguments".into());
            }
            _ => {}
        },
        Reply::Say(said) => ui.message = Some(said),
        Reply::Copy { text, what } => {
            ui.message = Some(format!("copied {what}, if the terminal allows it"));
            return vec![Outcome::Copy(text)];
        }
        Reply::Inside(inside) => ui.result.push(*inside),
        Reply::Follow { uri } => {
            let Some(call) = ui.shown_call(state) else { return vec![] };
            ui.result.follow(CallId(state.next_call));
            let operation = Operation::ReadResource { uri };
            return vec![Outcome::Dispatch(Command::Start { server: call.server, operation })];
        }
    }
    vec![]
}

/// One step: out of the search, out of an opened value, out of a comparison, back to the call before, out of the pane.
fn back(ui: &mut Ui, state: &State) {
    if let Some(reader) = ui.result.reader_mut().filter(|reader| reader.find.is_some()) {
        reader.drop_find();
    } else if ui.result.pop() {
    } else if ui.result.against().is_some() {
        calls::compare(ui, state);
    } else {
        leave(ui, state);
    }
}

/// Back to the call that was in view before this one, or out of the pane.
pub(super) fn leave(ui: &mut Ui, state: &State) {
    let going = ui.shown_call(state).filter(|call| call.is_open()).map(|call| call.operation.subject().to_owned());
    if let Some(subject) = going {
        ui.message = Some(format!("{subject} goes on; x cancels it"));
    }
    if ui.result.opened.pop().is_none() {
        work::leave(ui);
    } else if ui.result.opened.is_empty() && std::mem::take(&mut ui.result.from_list) {
        ui.work.tab = WorkTab::Calls;
    } else if ui.shown_call(state).is_none() {
        // It was opened from where no call is shown by itself: a task.
        ui.work.tab = WorkTab::Detail;
        work::leave(ui);
    }
}

fn save(ui: &mut Ui, state: &State) {
    let Some(block) = ui.result.reader().and_then(|reader| reader.block()) else { return };
    let subject = ui.shown_call(state).map_or("", |call| call.operation.subject());
    match block.saved() {
        Ok((name, extension, bytes)) => {
            let name = format!("{subject}-{name}");
            prompt::save(ui, "what the cursor is in", &name, extension, bytes);
        }
        Err(why) => ui.message = Some(format!("cannot be saved: {why}")),
    }
}

/// A key of the search line.
pub(super) fn type_key(ui: &mut Ui, key: Key) {
    if let Some(reader) = ui.result.reader_mut() {
        reader.find_key(key);
    }
}

/// A text pasted into the search line.
pub(super) fn paste(ui: &mut Ui, text: &str) {
    if let Some(reader) = ui.result.reader_mut() {
        reader.find_paste(text);
    }
}
