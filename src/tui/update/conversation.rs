//! Keys in the conversation and in the message being typed.

pub(super) mod attach;
mod commands;
pub(super) mod completion;
mod entries;
pub(super) mod find;
pub(super) mod sight;
mod summary;

use ratatui::layout::Position;

use super::{Move, Outcome};
use crate::app::chat::{AtLimit, ChatCommand, Phase};
use crate::app::{Command, State};
use crate::model::chat::Dialect;
use crate::model::conversation::Body;
use crate::tui::action::Action;
use crate::tui::conversation::{attachments, draft, jump, scroll};
use crate::tui::kept::Shelf;
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::{ConversationLayout, Layout};
use crate::tui::outcome::{Edit, EditPurpose};
use crate::tui::ui::{Pane, Ui};

/// Puts the cursor into the message.
pub(super) fn compose(ui: &mut Ui) {
    ui.inspector.filtering = false;
    ui.show(Pane::Conversation);
    ui.conversation.composing = true;
    find::keep(ui);
}

/// Begins to choose a kept conversation. What was typed comes back with the choice.
pub(super) fn resume(ui: &mut Ui) -> Vec<Outcome> {
    compose(ui);
    let own = &mut ui.conversation;
    if !own.composer.is_empty() {
        let text = own.composer.take();
        ui.kept.messages.remember(&text);
        own.waits = Some(text);
    }
    own.composer.set("/resume ");
    (own.pick, own.dismissed) = (0, None);
    completion::look_up(ui)
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    if ui.focus() == Context::Sight {
        return sight::act(ui, state, action);
    }
    let stopping = std::mem::take(&mut ui.conversation.stopping);
    if ui.focus() == Context::Composer {
        return composer(ui, state, action);
    }
    if action == Action::Back {
        return back(ui, state, stopping);
    }
    entries::act(ui, state, action)
}

/// One step back: the view to its end, then to the inspector. While a turn runs, twice in a row stops it.
fn back(ui: &mut Ui, state: &State, stopping: bool) -> Vec<Outcome> {
    if stopping && state.chat.turn.is_some() {
        summary::leave(ui);
        return vec![chat(ChatCommand::Stop)];
    }
    if ui.conversation.find.is_some() {
        find::act(ui, state, Action::Back);
    } else if ui.zoom {
        ui.zoom = false;
    } else if !ui.conversation.follows() || ui.conversation.selected.is_some() {
        ui.conversation.follow();
    } else if state.chat.turn.is_some() {
        ui.conversation.stopping = true;
    } else {
        ui.show(Pane::Inspector);
    }
    vec![]
}

fn chat(command: ChatCommand) -> Outcome {
    Outcome::Dispatch(Command::Chat(command))
}

/// Stops the turn, or says that none runs.
pub(super) fn stop(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if state.chat.turn.is_some() {
        summary::leave(ui);
        return vec![chat(ChatCommand::Stop)];
    }
    ui.message = Some("the model is not answering".into());
    vec![]
}

/// What a person says at the limit of requests.
fn at_limit(ui: &mut Ui, state: &State, answer: AtLimit) -> Vec<Outcome> {
    if state.chat.turn.as_ref().is_some_and(|turn| turn.phase == Phase::AtLimit) {
        return vec![chat(ChatCommand::AtLimit(answer))];
    }
    ui.message = Some("that is for the limit of requests in one turn".into());
    vec![]
}

fn composer(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    if let Some(popup) = completion::of(ui, state) {
        match action {
            Action::Up | Action::Down => {
                let last = popup.candidates.len().saturating_sub(1);
                let step = if action == Action::Up { Move::By(-1) } else { Move::By(1) };
                ui.conversation.pick = step.from(popup.pick, last);
                return vec![];
            }
            Action::Complete => return completion::accept(ui, state, &popup),
            Action::Send if popup.completes() => return completion::accept(ui, state, &popup),
            Action::Back => {
                ui.conversation.dismissed = Some(ui.conversation.composer.text());
                return vec![];
            }
            _ => {}
        }
    }
    let own = &mut ui.conversation;
    match action {
        Action::NewLine => own.composer.new_line(),
        Action::Send if own.composer.continued() => {}
        Action::Send => return send(ui, state),
        Action::Up if own.composer.at_top() => {
            let is_first = !own.composer.older(&ui.kept.messages.0);
            if is_first {
                ui.message = Some("this is the first thing that was said".into());
            }
        }
        Action::Down if own.composer.at_bottom() => {
            own.composer.newer(&ui.kept.messages.0);
        }
        Action::Up => own.composer.area.move_cursor(tui_textarea::CursorMove::Up),
        Action::Down => own.composer.area.move_cursor(tui_textarea::CursorMove::Down),
        Action::OwnEditor => {
            let text = own.composer.text();
            return vec![Outcome::Edit(Edit { text, extension: "md", purpose: EditPurpose::Message })];
        }
        Action::PageUp => scroll(ui, state, -page(ui)),
        Action::PageDown => scroll(ui, state, page(ui)),
        Action::Back => {
            own.composing = false;
            if own.replaces.take().is_some() {
                ui.message = Some("it stays as it was; the text is kept here".into());
            }
        }
        Action::Complete => return super::focus_pane(ui, super::next(ui, true)),
        _ => {}
    }
    vec![]
}

/// How many rows are a page.
fn page(ui: &Ui) -> i64 {
    let rows = Layout::of(ui).conversation.map_or(1, |rect| ConversationLayout::of(ui, rect).entries.height);
    i64::from(rows.max(2)) - 1
}

/// Says what is typed, or does what it says after a slash. What cannot be sent stays where it is.
fn send(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    if ui.conversation.summing {
        if draft(state).is_some() {
            return summary::take(ui);
        }
        ui.conversation.summing = false;
        ui.message = Some("no summary is waited for any more; Enter once more sends this as a message".into());
        return vec![];
    }
    let text = ui.conversation.composer.text();
    if let Some(line) = text.strip_prefix('/')
        && !line.starts_with('/')
        && !attach::has_prompt(ui, &text)
    {
        if let Some((server, name)) = attach::prompt_of(state, &text) {
            return attach::prompt(ui, state, server, name);
        }
        return commands::run(ui, state, line);
    }
    if ui.conversation.composer.is_empty() && ui.conversation.attached.is_empty() {
        return vec![];
    }
    if state.chat.model().is_none() && !state.chat.providers.is_empty() {
        return choose_model(ui, state);
    }
    if let Some(why) = refusal(ui, state) {
        ui.message = Some(why);
        return vec![];
    }
    let attachments = match attachments(ui, state) {
        Ok(attachments) => attachments,
        Err(why) => {
            ui.message = Some(why);
            return vec![];
        }
    };
    let text = ui.conversation.composer.take();
    ui.kept.messages.remember(&text);
    ui.conversation.attached.clear();
    ui.conversation.follow();
    ui.conversation.sight = None;
    let command = match ui.conversation.replaces.take() {
        Some(entry) => ChatCommand::EditAndResend { entry, text, attachments },
        None => ChatCommand::Submit { text, attachments },
    };
    let mut outcomes: Vec<Outcome> = list_models(state).into_iter().collect();
    outcomes.extend([chat(command), Outcome::Keep(Shelf::Messages)]);
    outcomes
}

/// Asks the provider that answers for its list, once: it says how much its models take.
fn list_models(state: &State) -> Option<Outcome> {
    let provider = state.chat.provider(&state.chat.model()?.provider)?;
    let unknown = provider.dialect != Dialect::Demo && !state.chat.models.contains_key(&provider.name);
    unknown.then(|| chat(ChatCommand::ListModels(provider.name.clone())))
}

/// Puts the message aside and the list of models in its place; it comes back with the choice.
fn choose_model(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let text = ui.conversation.composer.take();
    // Whatever becomes of the choice, it can be recalled.
    ui.kept.messages.remember(&text);
    ui.conversation.waits = Some(text);
    ui.conversation.composer.set("/model ");
    (ui.conversation.pick, ui.conversation.dismissed) = (0, None);
    ui.message = Some("choose a model; your message comes back then".into());
    completion::list_models(state)
}

/// Why nothing can be said now.
fn refusal(ui: &Ui, state: &State) -> Option<String> {
    if draft(state).is_some() {
        return Some("decide about the summary first (Esc, then its keys); what you typed stays here".into());
    }
    if state.chat.turn.is_some() {
        let key = ui.keymap.key_of(Context::Conversation, Action::StopTurn);
        let key = key.map(|key| format!("; Esc, then {key} stops it")).unwrap_or_default();
        return Some(format!("the model is still at it{key}; what you typed stays here"));
    }
    let Some(model) = state.chat.model() else { return Some("choose a model first: /model".into()) };
    match state.chat.provider(&model.provider) {
        None => Some(format!("there is no provider named {}; /model chooses another model", model.provider)),
        Some(provider) => provider.problem.clone(),
    }
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, key: Key) -> Vec<Outcome> {
    let own = &mut ui.conversation;
    own.stopping = false;
    own.composer.key(key);
    (own.pick, own.dismissed) = (0, None);
    if completion::seek(ui) { vec![Outcome::LookAround] } else { completion::look_up(ui) }
}

/// A pasted text is text, whatever is in it.
pub(super) fn paste(ui: &mut Ui, text: &str) {
    compose(ui);
    ui.conversation.composer.paste(text);
    // No list opens over what was pasted.
    ui.conversation.dismissed = Some(ui.conversation.composer.text());
}

/// The message as it comes back from the person's own editor.
pub(super) fn edited(ui: &mut Ui, text: Result<String, String>) {
    match text {
        Ok(text) => ui.conversation.composer.set(text.trim_end_matches('\n')),
        Err(why) => ui.message = Some(why),
    }
}

pub(super) fn wheel(ui: &mut Ui, state: &State, rows: i32) {
    if ui.conversation.sight.is_some() {
        sight::wheel(ui, rows);
        return;
    }
    scroll(ui, state, i64::from(rows));
}

pub(super) fn click(ui: &mut Ui, state: &State, at: Position) {
    let Some(rect) = Layout::of(ui).conversation else { return };
    let parts = ConversationLayout::of(ui, rect);
    ui.conversation.composing = parts.composer.contains(at);
    if ui.conversation.composing {
        find::keep(ui);
    }
    if ui.conversation.sight.is_some() {
        return;
    }
    if parts.entries.contains(at) {
        entries::click(ui, state, usize::from(at.y - parts.entries.y));
    }
}

/// The text of an entry, for the clipboard.
fn text_of(body: &Body) -> String {
    match body {
        Body::User { text, .. } | Body::Note { text, .. } | Body::Summary { text, .. } => text.clone(),
        Body::Answer(answer) => answer.reply.text(),
        Body::Call(call) => call.arguments.as_str().to_owned(),
    }
}

fn top_or_bottom(ui: &mut Ui, state: &State, action: Action) {
    jump(ui, state, action == Action::Top);
}
