//! Keys on what was said: move, open, copy, go to the frame, say anew, branch.

use super::{chat, page, stop, text_of, top_or_bottom};
use crate::app::State;
use crate::app::chat::{AtLimit, ChatCommand};
use crate::model::conversation::{Body, ModelCall};
use crate::model::id::EntryId;
use crate::model::log::LogEntry;
use crate::model::wire::{Direction, FrameKind};
use crate::tui::action::Action;
use crate::tui::conversation::{draft, entry_at, scroll, select, toggle};
use crate::tui::outcome::Outcome;
use crate::tui::ui::Ui;
use crate::tui::update::log;

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let entries = &state.chat.conversation.entries;
    let selected = ui.conversation.selected(entries);
    match action {
        Action::Up => select(ui, state, -1),
        Action::Down => select(ui, state, 1),
        Action::PageUp => scroll(ui, state, -page(ui)),
        Action::PageDown => scroll(ui, state, page(ui)),
        Action::Top | Action::Bottom => top_or_bottom(ui, state, action),
        Action::Find | Action::FindNext | Action::FindPrev => return super::find::act(ui, state, action),
        Action::StopTurn => return stop(ui, state),
        Action::GoOn if draft(state).is_some() => return super::summary::take(ui),
        Action::SayAnew if draft(state).is_some() => super::summary::edit(ui, state),
        Action::SumUp => return vec![chat(ChatCommand::Compact { wish: None })],
        Action::GoOn => return super::at_limit(ui, state, AtLimit::Continue),
        Action::WrapUp => return super::at_limit(ui, state, AtLimit::WrapUp),
        Action::Sight => super::sight::open(ui, state),
        Action::Repeat => return vec![chat(ChatCommand::Retry { model: None })],
        Action::Open | Action::ToFrame | Action::Copy | Action::SayAnew | Action::Branch => {
            let Some(at) = selected else {
                if action == Action::Open {
                    super::compose(ui);
                } else {
                    ui.message = Some("nothing was said yet".into());
                }
                return vec![];
            };
            return on_entry(ui, state, at, action);
        }
        _ => {}
    }
    vec![]
}

fn on_entry(ui: &mut Ui, state: &State, at: usize, action: Action) -> Vec<Outcome> {
    let entry = &state.chat.conversation.entries[at];
    match action {
        Action::Open => match &entry.body {
            Body::Call(_) => toggle(ui, state, at),
            Body::Answer(answer) if !answer.reply.thinking.is_empty() || (answer.summary && entry.dropped) => {
                toggle(ui, state, at);
            }
            Body::User { attachments, .. } if attachments.iter().any(|one| one.prompt.is_some()) => {
                toggle(ui, state, at);
            }
            _ => ui.message = Some("there is nothing more to it; i asks, y copies it".into()),
        },
        Action::ToFrame => match &entry.body {
            Body::Call(call) => to_frame(ui, state, call),
            _ => ui.message = Some("select a call first: a call has frames in the log".into()),
        },
        Action::Copy => {
            ui.message = Some("copied, if the terminal allows it".into());
            return vec![Outcome::Copy(text_of(&entry.body))];
        }
        Action::SayAnew => match &entry.body {
            Body::User { text, automatic: false, .. } if !entry.dropped => {
                let typed = ui.conversation.composer.text();
                ui.kept.messages.remember(&typed);
                ui.conversation.composer.set(text);
                ui.conversation.replaces = Some(entry.id);
                super::compose(ui);
            }
            _ => ui.message = Some("select something you said: that can be said anew".into()),
        },
        Action::Branch => return vec![chat(ChatCommand::Branch { entry: EntryId(at as u32) })],
        _ => {}
    }
    vec![]
}

/// Selects the request of a call in the log.
fn to_frame(ui: &mut Ui, state: &State, call: &ModelCall) {
    let sent = call.sent.and_then(|sent| state.calls.get(&sent));
    let known = sent.and_then(|sent| log::frame_of(state, sent));
    match known.or_else(|| by_time(state, call)) {
        Some(index) => log::show_frame(ui, state, index),
        None => ui.message = Some("this call has no frame in this run's log".into()),
    }
}

/// The request of a call that is not remembered by its id: of those sent since it began, the one in its place.
fn by_time(state: &State, call: &ModelCall) -> Option<usize> {
    let ((sent, started), target) = call.sent.zip(call.started).zip(call.target.as_ref())?;
    // Calls that were sent in the same moment: they went out in the order of their names.
    let before = state
        .calls
        .iter()
        .filter(|(id, other)| {
            **id < sent
                && other.server == target.server
                && other.started >= started
                && other.operation.method() == "tools/call"
        })
        .count();
    let is_call = |frame: &LogEntry| {
        frame.server == target.server
            && frame.kind == FrameKind::Request
            && frame.direction == Direction::Send
            && state.log.method(frame.method) == "tools/call"
    };
    let since = (state.log.since(started)..state.log.len()).filter_map(|index| state.log.get(index));
    since.filter(is_call).nth(before).map(|frame| frame.index)
}

/// Selects the entry at a row of the view, and opens it if it is a call.
pub(super) fn click(ui: &mut Ui, state: &State, row: usize) {
    let Some(at) = entry_at(ui, row) else { return };
    if matches!(state.chat.conversation.entries.get(at).map(|entry| &entry.body), Some(Body::Call(_)))
        && ui.conversation.selected == Some(at)
    {
        toggle(ui, state, at);
    }
    ui.conversation.selected = Some(at);
}
