//! Summing up: a person asks for it, the model writes, the person decides. Nothing is taken out of the conversation; a
//! summary that is taken is sent in the place of its older part.

use super::super::chat::{note, push, record, refusal};
use super::{begin_with, calls, end};
use crate::app::chat::{Phase, Purpose, Summed};
use crate::app::{Effect, Level, State};
use crate::model::chat::{Message, ToolCall};
use crate::model::conversation::{Body, Change, Conversation, messages_before};
use crate::model::id::EntryId;

/// What the model is told.
const PLEASE: &str = "Please sum up this conversation so that it can be continued from the summary alone: what was asked, \
    what was found and done (with names, numbers and addresses that matter), what is decided, what is still open. \
    Write only the summary. Make no calls.";

/// What a model reads to sum up what was said before `keeps`.
pub(super) fn messages(conversation: &Conversation, keeps: EntryId, wish: Option<&str>) -> Vec<Message> {
    let mut messages = messages_before(conversation, keeps);
    let wish = wish.map(|wish| format!(" The person adds: {wish}")).unwrap_or_default();
    messages.push(Message::user(format!("{PLEASE}{wish}")));
    messages
}

/// Has the model sum up the older part of what was said.
pub(in crate::app::update) fn begin(state: &mut State, wish: Option<String>) -> Vec<Effect> {
    if let Some(why) = refusal(state) {
        state.notice(Level::Warning, None, why);
        return vec![];
    }
    let Some(keeps) = state.chat.conversation.older() else {
        state.notice(Level::Warning, None, "there is nothing to sum up yet");
        return vec![];
    };
    let mut effects = Vec::new();
    begin_with(state, Purpose::Compact { keeps }, wish, &mut effects);
    effects
}

/// The model has written it: the person decides.
pub(super) fn written(state: &mut State, answer: EntryId, asked: &[ToolCall], effects: &mut Vec<Effect>) {
    calls::not_made(state, answer, asked, "A summary was asked for: this call was not made.", effects);
    if draft(state, answer).trim().is_empty() {
        note(state, Level::Warning, "the model gave no summary; everything stays as it was", effects);
        return end(state);
    }
    if let Some(turn) = &mut state.chat.turn {
        turn.phase = Phase::Summary { answer };
    }
}

fn draft(state: &State, answer: EntryId) -> String {
    state.chat.conversation.answer(answer).map(|answer| answer.reply.text()).unwrap_or_default()
}

/// The person has decided.
pub(in crate::app::update) fn decided(state: &mut State, summed: Summed) -> Vec<Effect> {
    let turn = state.chat.turn.as_ref().map(|turn| (turn.phase, turn.purpose));
    let Some((Phase::Summary { answer }, Purpose::Compact { keeps })) = turn else { return vec![] };
    let mut effects = Vec::new();
    match summed {
        Summed::Take { text } => {
            let written = draft(state, answer);
            let text = text.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| written.clone());
            let edited = text.trim() != written.trim();
            push(state, Body::Summary { text, keeps: Some(keeps), edited }, &mut effects);
        }
        Summed::Leave => left(state, answer, &mut effects),
    }
    end(state);
    effects
}

/// The summary is not used.
pub(super) fn left(state: &mut State, answer: EntryId, effects: &mut Vec<Effect>) {
    record(state, Change::Dropped { from: answer }, effects);
    note(state, Level::Info, "the summary is not used; everything is sent as before", effects);
}

/// At the end of a turn: says once that the conversation gets too long for the model. What to do is up to the person.
pub(super) fn suggest(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(gauge) = state.chat.gauge().filter(|gauge| gauge.is_nearly_full()) else { return };
    if std::mem::replace(&mut state.chat.conversation.crowded, true) {
        return;
    }
    let text = format!(
        "the conversation fills {} % of what this model takes ({} of {} tokens); nothing is summed up unless you say so",
        gauge.percent(),
        gauge.used,
        gauge.context
    );
    note(state, Level::Info, text, effects);
}
