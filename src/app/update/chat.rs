//! What people do with the conversation outside of a turn: choose, begin, resume, branch.

use std::collections::BTreeSet;

use super::{approval, turn};
use crate::app::chat::{ChatCommand, ChatEvent, Found, Phase, ProviderInfo, Purpose};
use crate::app::{Effect, Level, State};
use crate::model::chat::ModelRef;
use crate::model::conversation::{Attachment, Body, Change, Conversation, Entry, Settings, VERSION, Without};
use crate::model::id::EntryId;

pub(super) fn command(state: &mut State, command: ChatCommand) -> Vec<Effect> {
    match command {
        ChatCommand::Submit { text, attachments } => submit(state, text, attachments),
        ChatCommand::Stop => turn::stop(state),
        ChatCommand::AtLimit(answer) => turn::at_limit(state, answer),
        ChatCommand::SetModel(model) => set(state, |settings| settings.model = Some(model)),
        ChatCommand::SetSystem(system) => {
            set(state, |settings| settings.system = system.filter(|text| !text.trim().is_empty()))
        }
        ChatCommand::SetEffort(effort) => set(state, |settings| settings.effort = effort),
        ChatCommand::Toggle { server, tool } => set(state, |settings| toggle(&mut settings.without, server, tool)),
        ChatCommand::Rename(title) => {
            let mut effects = Vec::new();
            if !title.trim().is_empty() {
                record(state, Change::Titled(title.trim().to_owned()), &mut effects);
            }
            effects
        }
        ChatCommand::New => {
            let effects = turn::stop(state);
            let settings = Settings { system: None, ..state.chat.conversation.settings.clone() };
            state.chat.conversation = Conversation { settings, ..Conversation::default() };
            approval::conversation_changed(state);
            effects
        }
        ChatCommand::Resume(id) => {
            let mut effects = turn::stop(state);
            effects.push(Effect::LoadConversation(id));
            effects
        }
        ChatCommand::Retry { model } => retry(state, model),
        ChatCommand::EditAndResend { entry, text, attachments } => edit_and_resend(state, entry, text, attachments),
        ChatCommand::Branch { entry } => branch(state, entry),
        ChatCommand::Compact { wish } => turn::summary::begin(state, wish),
        ChatCommand::Summary(answer) => turn::summary::decided(state, answer),
        ChatCommand::ListKept => vec![Effect::ListKept],
        ChatCommand::SearchKept(text) => {
            state.chat.found = Some(Found { text: text.clone(), hits: Vec::new(), looking: true });
            vec![Effect::SearchKept(text)]
        }
        ChatCommand::ListModels(provider) => vec![Effect::ListModels(provider)],
        ChatCommand::CountTools => turn::count_tools(state),
    }
}

pub(super) fn reported(state: &mut State, event: ChatEvent) -> Vec<Effect> {
    let effects = happened(state, event);
    name_sampler(state);
    effects
}

/// Servers' requests go to the model of the conversation. The demo model has nothing to say to them.
fn name_sampler(state: &mut State) {
    let model = state.chat.model();
    state.sampler = model.filter(|model| state.chat.provider(&model.provider).is_some_and(ProviderInfo::can_sample));
}

fn happened(state: &mut State, event: ChatEvent) -> Vec<Effect> {
    match event {
        ChatEvent::Providers { providers, model, limits } => {
            state.chat.default_model = model.or_else(|| {
                let first = providers.iter().find(|provider| provider.problem.is_none())?;
                Some(ModelRef { provider: first.name.clone(), model: first.model.clone()? })
            });
            state.chat.providers = providers;
            state.chat.limits = limits;
            vec![]
        }
        ChatEvent::Loaded(Ok(conversation)) => loaded(state, *conversation),
        ChatEvent::Loaded(Err(why)) => {
            state.notice(Level::Error, None, why);
            vec![]
        }
        ChatEvent::Kept(kept) => {
            state.chat.kept = kept;
            vec![]
        }
        ChatEvent::Found { text, hits, over } => {
            // What comes of an earlier search is nothing.
            if let Some(found) = state.chat.found.as_mut().filter(|found| found.text == text) {
                found.hits.extend(hits);
                found.looking = !over;
            }
            vec![]
        }
        ChatEvent::Models { provider, models } => {
            state.chat.models.insert(provider, models);
            vec![]
        }
        ChatEvent::Prices(prices) => {
            state.chat.prices = prices;
            vec![]
        }
        ChatEvent::Measured { turn, tokens } => turn::measured(state, turn, tokens),
        ChatEvent::Counted { key, tools } => {
            turn::tools_counted(state, key, tools);
            vec![]
        }
        ChatEvent::Sampled(spent) if state.chat.conversation.id.is_empty() => {
            state.chat.sampled.push(spent);
            vec![]
        }
        ChatEvent::Sampled(spent) => {
            let mut effects = Vec::new();
            record(state, Change::Sampled(spent), &mut effects);
            effects
        }
        ChatEvent::NotKept { conversation, why } => {
            state.notice(Level::Error, None, format!("not kept: {why}; branch it"));
            let mut effects = Vec::new();
            let text = format!("nothing of this is kept from here on: {why}; a branch of it would be");
            if conversation == state.chat.conversation.id {
                note(state, Level::Error, text, &mut effects);
            }
            effects
        }
    }
}

/// Makes a change of the conversation and has it kept.
pub(super) fn record(state: &mut State, change: Change, effects: &mut Vec<Effect>) {
    let conversation = &mut state.chat.conversation;
    conversation.apply(&change);
    // One in which nothing was said has no file yet; its settings go into the first line that is written.
    if !conversation.id.is_empty() {
        effects.push(Effect::KeepChange { conversation: conversation.id.clone(), change: Box::new(change) });
    }
}

/// Puts something new at the end.
pub(super) fn push(state: &mut State, body: Body, effects: &mut Vec<Effect>) -> EntryId {
    let id = state.chat.conversation.next_id();
    record(state, Change::Entry(Entry::new(id, state.now, body)), effects);
    id
}

/// Tells the person something inside the conversation.
pub(super) fn note(state: &mut State, level: Level, text: impl Into<String>, effects: &mut Vec<Effect>) {
    push(state, Body::Note { level, text: text.into() }, effects);
}

/// Gives the conversation its name and its first lines, if it has none.
fn begin(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.chat.conversation.id.is_empty() {
        return;
    }
    let conversation = name(state);
    record(state, Change::Began { conversation, at: state.now, version: VERSION }, effects);
    let settings = Settings { model: state.chat.model(), ..state.chat.conversation.settings.clone() };
    record(state, Change::Settings(settings), effects);
}

/// A name that sorts by time: two conversations do not begin in the same millisecond.
fn name(state: &State) -> String {
    let at = jiff::Timestamp::from_microsecond(state.now.0 as i64).unwrap_or_default();
    at.strftime("%Y%m%d-%H%M%S-%3f").to_string()
}

fn set(state: &mut State, change: impl FnOnce(&mut Settings)) -> Vec<Effect> {
    let mut settings = state.chat.conversation.settings.clone();
    change(&mut settings);
    let mut effects = Vec::new();
    if settings != state.chat.conversation.settings {
        record(state, Change::Settings(settings), &mut effects);
    }
    name_sampler(state);
    effects
}

fn toggle(without: &mut BTreeSet<Without>, server: String, tool: Option<String>) {
    let out = Without { server, tool };
    if !without.remove(&out) {
        without.insert(out);
    }
}

/// Why nothing can be said now.
pub(super) fn refusal(state: &State) -> Option<String> {
    if let Some(turn) = &state.chat.turn {
        if matches!(turn.phase, Phase::Summary { .. }) {
            return Some("decide about the summary first".into());
        }
        return Some("the model is still at it; stop it first".into());
    }
    let Some(model) = state.chat.model() else {
        return Some("no model is chosen; choose one, or name one in the config (`mcp-tui models` lists them)".into());
    };
    match state.chat.provider(&model.provider) {
        None => Some(format!("there is no provider named {}; choose another model", model.provider)),
        Some(provider) => provider.problem.clone(),
    }
}

fn submit(state: &mut State, text: String, attachments: Vec<Attachment>) -> Vec<Effect> {
    if text.trim().is_empty() && attachments.is_empty() {
        return vec![];
    }
    if let Some(why) = refusal(state) {
        state.notice(Level::Warning, None, why);
        return vec![];
    }
    let mut effects = Vec::new();
    begin(state, &mut effects);
    push(state, Body::User { text, attachments, automatic: false }, &mut effects);
    turn::begin(state, Purpose::Reply, &mut effects);
    effects
}

fn retry(state: &mut State, model: Option<ModelRef>) -> Vec<Effect> {
    let entries = &state.chat.conversation.entries;
    let asked = entries.iter().rposition(|entry| !entry.dropped && is_person(entry));
    let Some(asked) = asked else {
        state.notice(Level::Warning, None, "nothing was said yet that could be answered again");
        return vec![];
    };
    let mut effects = Vec::new();
    if let Some(model) = model {
        effects.extend(set(state, |settings| settings.model = Some(model)));
    }
    if let Some(why) = refusal(state) {
        state.notice(Level::Warning, None, why);
        return effects;
    }
    if asked + 1 < state.chat.conversation.entries.len() {
        drop_from(state, EntryId(asked as u32 + 1), &mut effects);
    }
    turn::begin(state, Purpose::Reply, &mut effects);
    effects
}

fn edit_and_resend(state: &mut State, entry: EntryId, text: String, more: Vec<Attachment>) -> Vec<Effect> {
    let said = state.chat.conversation.entry(entry);
    let Some(Body::User { attachments, .. }) = said.filter(|entry| is_person(entry)).map(|entry| &entry.body) else {
        state.notice(Level::Warning, None, "only what a person said can be said anew");
        return vec![];
    };
    if text.trim().is_empty() {
        return vec![];
    }
    let attachments = attachments.iter().cloned().chain(more).collect();
    if let Some(why) = refusal(state) {
        state.notice(Level::Warning, None, why);
        return vec![];
    }
    let mut effects = Vec::new();
    drop_from(state, entry, &mut effects);
    effects.extend(submit(state, text, attachments));
    effects
}

/// Sends nothing of this entry and all after it any more. A summary of what is before it stays.
fn drop_from(state: &mut State, from: EntryId, effects: &mut Vec<Effect>) {
    let summary = state.chat.conversation.summary_without(from);
    record(state, Change::Dropped { from }, effects);
    if let Some(summary) = summary {
        push(state, summary, effects);
    }
}

fn branch(state: &mut State, last: EntryId) -> Vec<Effect> {
    if state.chat.conversation.entry(last).is_none() {
        return vec![];
    }
    let mut effects = turn::stop(state);
    approval::conversation_changed(state);
    let old = std::mem::take(&mut state.chat.conversation);
    let new = &mut state.chat.conversation;
    (new.names, new.offered, new.settings) = (old.names, old.offered, old.settings);
    begin(state, &mut effects);
    for entry in old.entries.into_iter().take(last.index() + 1) {
        record(state, Change::Entry(entry), &mut effects);
    }
    // Calls that still run belong to the old one; here nobody knows how they end.
    for change in state.chat.conversation.close() {
        let conversation = state.chat.conversation.id.clone();
        effects.push(Effect::KeepChange { conversation, change: Box::new(change) });
    }
    state.chat.running.clear();
    note(state, Level::Info, format!("a branch of the conversation {}", old.id), &mut effects);
    effects
}

fn loaded(state: &mut State, conversation: Conversation) -> Vec<Effect> {
    let mut effects = turn::stop(state);
    state.chat.running.clear();
    approval::conversation_changed(state);
    state.chat.conversation = conversation;
    let closed = state.chat.conversation.close();
    let unknown = closed.len();
    let conversation = state.chat.conversation.id.clone();
    effects.extend(
        closed
            .into_iter()
            .map(|change| Effect::KeepChange { conversation: conversation.clone(), change: Box::new(change) }),
    );
    if unknown > 0 {
        let text = "the program ended in the middle of this; nothing of it is done again by itself";
        note(state, Level::Warning, text, &mut effects);
    }
    effects
}

fn is_person(entry: &Entry) -> bool {
    matches!(entry.body, Body::User { automatic: false, .. })
}
