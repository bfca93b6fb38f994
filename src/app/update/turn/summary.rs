//! Summing up: a person asks for it, the model writes, the person decides. Nothing is taken out of the conversation; a
//! summary that is taken is sent in the place of its older part.

use super::super::chat::{note, push, record, refusal};
use super::{begin_with, calls, end, offer};
use crate::app::chat::{Phase, Purpose, Summed};
use crate::app::{Effect, Level, State};
use crate::model::chat::{Message, ToolCall};
use crate::model::conversation::{Body, Change, Conversation, Older, messages_before};
use crate::model::discovery::estimate;
use crate::model::id::EntryId;

/// The share of its context, in percent, that a model gets to read to sum it up: it needs room to write.
const SHARE: u64 = 85;
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
    let (keeps, part) = match state.chat.conversation.older(room(state)) {
        Older::All(keeps) => (keeps, false),
        Older::Part(keeps) => (keeps, true),
        Older::Nothing => {
            state.notice(Level::Warning, None, "there is nothing to sum up yet");
            return vec![];
        }
        Older::TooLong => {
            let why = "its oldest message alone is too long for this model; say it anew, or choose another model";
            state.notice(Level::Warning, None, why);
            return vec![];
        }
    };
    let mut effects = Vec::new();
    if part {
        let text = "all of it is too long for this model: the oldest part is summed up; sum up once more for the rest";
        note(state, Level::Info, text, &mut effects);
    }
    begin_with(state, Purpose::Compact { keeps }, wish, &mut effects);
    effects
}

/// About how many bytes of the conversation the model can read at once, as far as that is known.
fn room(state: &State) -> usize {
    let chat = &state.chat;
    let told = chat.context().map(|context| {
        let weight = chat.conversation.weight;
        let used = weight.input + weight.output;
        let bytes = chat.conversation.sent_bytes(chat.conversation.next_id()) as u64;
        // By what it counted the last time; else by what texts usually are, and the tools come on top.
        let (each, tools) = match used {
            0 => (3, estimate(&offer::offer(state).tools)),
            used => ((bytes / used).clamp(1, 4), 0),
        };
        usize::try_from((context * SHARE / 100).saturating_sub(tools) * each).unwrap_or(usize::MAX)
    });
    let model = chat.model();
    let refused = chat.too_long.as_ref().filter(|(refused, _)| Some(refused) == model.as_ref());
    told.into_iter().chain(refused.map(|(_, bytes)| bytes / 2)).min().unwrap_or(usize::MAX)
}

/// The model refused what it was sent as too long: the next summary is of less.
pub(super) fn too_long(state: &mut State) {
    let (Some(turn), Some(model)) = (&state.chat.turn, state.chat.model()) else { return };
    let conversation = &state.chat.conversation;
    let bytes = match turn.purpose {
        Purpose::Compact { keeps } => conversation.sent_bytes(keeps),
        Purpose::Reply | Purpose::WrapUp => conversation.sent_bytes(conversation.next_id()),
    };
    let known = state.chat.too_long.take().filter(|(refused, _)| *refused == model);
    let bytes = known.map_or(bytes, |(_, known)| known.min(bytes));
    state.chat.too_long = Some((model, bytes));
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
