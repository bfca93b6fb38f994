//! What a line that begins with a slash does: [`COMMANDS`], and [`run`].

use super::{chat, stop};
use crate::app::State;
use crate::app::chat::ChatCommand;
use crate::model::chat::{Effort, ModelRef};
use crate::model::conversation::{Body, json, markdown};
use crate::model::id::EntryId;
use crate::tui::outcome::Outcome;
use crate::tui::prompt;
use crate::tui::ui::{Modal, Ui};

/// A command: its name, what follows it (in brackets what need not), and what it does.
pub(in crate::tui) struct SlashCommand {
    pub(in crate::tui) name: &'static str,
    pub(in crate::tui) takes: &'static str,
    pub(in crate::tui) help: &'static str,
}

const fn command(name: &'static str, takes: &'static str, help: &'static str) -> SlashCommand {
    SlashCommand { name, takes, help }
}

/// All commands, in the order in which they are shown.
pub(in crate::tui) const COMMANDS: &[SlashCommand] = &[
    command("model", "PROVIDER/MODEL", "Let another model answer from now on"),
    command("effort", "LEVEL", "Let the model think harder or less"),
    command("system", "TEXT", "Standing instructions of this conversation; `-` takes them away"),
    command("new", "", "Begin another conversation; this one is kept"),
    command("resume", "CONVERSATION", "Go on with a kept conversation, found by its title or by words in it"),
    command("rename", "TITLE", "Call this conversation something else"),
    command("retry", "[PROVIDER/MODEL]", "Have the newest message answered again, also by another model"),
    command("edit", "", "Say the newest message anew"),
    command("branch", "", "Go on in a copy of this conversation"),
    command(
        "compact",
        "[WHAT MATTERS]",
        "Have the older part summed up; you see the summary before it is sent instead",
    ),
    command("tools", "", "What the model sees: tools and messages, what they weigh; show or hide them"),
    command("servers", "", "The same: what the model sees"),
    command("export", "[json]", "Save this conversation as Markdown, or as JSON"),
    command("stop", "", "Stop the answer and its calls"),
    command("help", "", "All keys"),
];

/// Does what the line says. A line that makes no sense stays, so that it can be corrected.
pub(super) fn run(ui: &mut Ui, state: &State, line: &str) -> Vec<Outcome> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let outcomes = match name {
        "model" if rest.is_empty() => Err("name a model: /model PROVIDER/MODEL".into()),
        "model" => model(state, rest).map(|model| vec![chat(ChatCommand::SetModel(model))]),
        "effort" => effort(rest).map(|effort| vec![chat(ChatCommand::SetEffort(effort))]),
        "system" if rest.is_empty() => match &state.chat.conversation.settings.system {
            Some(system) => {
                ui.conversation.composer.set(&format!("/system {system}"));
                return vec![];
            }
            None => Err("type the standing instructions after /system".into()),
        },
        "system" => {
            ui.message = Some("the standing instructions hold from the next answer on".into());
            let system = (rest != "-").then(|| rest.to_owned());
            Ok(vec![chat(ChatCommand::SetSystem(system))])
        }
        "new" => Ok(vec![chat(ChatCommand::New)]),
        "resume" if rest.is_empty() => Err("choose a conversation: /resume CONVERSATION".into()),
        "resume" => Ok(vec![chat(ChatCommand::Resume(rest.to_owned()))]),
        "rename" if rest.is_empty() => Err("type the title after /rename".into()),
        "rename" => Ok(vec![chat(ChatCommand::Rename(rest.to_owned()))]),
        "retry" if state.chat.turn.is_some() => Err("the model is still at it; /stop stops it".into()),
        "retry" if rest.is_empty() => Ok(vec![chat(ChatCommand::Retry { model: None })]),
        "retry" => model(state, rest).map(|model| vec![chat(ChatCommand::Retry { model: Some(model) })]),
        "edit" => match newest(state) {
            Some((entry, text)) => {
                ui.conversation.composer.set(text);
                ui.conversation.replaces = Some(entry);
                return vec![];
            }
            None => Err("nothing was said yet".into()),
        },
        "branch" => match state.chat.conversation.entries.len().checked_sub(1) {
            Some(last) => Ok(vec![chat(ChatCommand::Branch { entry: EntryId(last as u32) })]),
            None => Err("nothing was said yet".into()),
        },
        "compact" => {
            // What it writes is decided about with single keys.
            ui.conversation.composing = false;
            ui.conversation.follow();
            Ok(vec![chat(ChatCommand::Compact { wish: (!rest.is_empty()).then(|| rest.to_owned()) })])
        }
        "tools" | "servers" => {
            super::sight::open(ui, state);
            Ok(vec![])
        }
        "export" => export(ui, state, rest).map(|()| vec![]),
        "stop" => Ok(stop(ui, state)),
        "help" => {
            ui.modal = Some(Modal::Help { scroll: 0 });
            Ok(vec![])
        }
        _ => Err(format!("there is no command /{name}; / alone lists them")),
    };
    match outcomes {
        Ok(outcomes) => {
            ui.conversation.composer.take();
            if let Some(text) = ui.conversation.waits.take() {
                ui.conversation.composer.set(&text);
            }
            outcomes
        }
        Err(why) => {
            ui.message = Some(why);
            vec![]
        }
    }
}

/// Asks where to save the conversation.
fn export(ui: &mut Ui, state: &State, format: &str) -> Result<(), String> {
    let conversation = &state.chat.conversation;
    if conversation.is_empty() {
        return Err("nothing was said yet".into());
    }
    let (text, extension) = match format {
        "" | "md" | "markdown" => (markdown(conversation), "md"),
        "json" => (format!("{:#}", json(conversation)), "json"),
        _ => return Err("it is saved as Markdown (/export) or as JSON (/export json)".into()),
    };
    let name = if conversation.title.is_empty() { "conversation" } else { &conversation.title };
    prompt::save(ui, "the conversation", name, extension, text.into_bytes());
    Ok(())
}

/// What the person said last.
fn newest(state: &State) -> Option<(EntryId, &str)> {
    state.chat.conversation.entries.iter().rev().find_map(|entry| match &entry.body {
        Body::User { text, automatic: false, .. } if !entry.dropped => Some((entry.id, text.as_str())),
        _ => None,
    })
}

/// `PROVIDER/MODEL`, or the name of a provider alone for its usual model.
fn model(state: &State, text: &str) -> Result<ModelRef, String> {
    if let Some(provider) = state.chat.provider(text) {
        let model = provider.model.clone();
        return model
            .map(|model| ModelRef { provider: text.to_owned(), model })
            .ok_or_else(|| format!("{text} has no usual model: name one, as {text}/MODEL"));
    }
    match text.split_once('/') {
        Some((provider, model)) if !model.is_empty() && state.chat.provider(provider).is_some() => {
            Ok(ModelRef { provider: provider.to_owned(), model: model.to_owned() })
        }
        _ => {
            let names: Vec<&str> = state.chat.providers.iter().map(|provider| provider.name.as_str()).collect();
            Err(format!("write PROVIDER/MODEL; the providers are {}", names.join(", ")))
        }
    }
}

fn effort(word: &str) -> Result<Option<Effort>, String> {
    if word.is_empty() || word == "default" {
        return Ok(None);
    }
    Effort::ALL.into_iter().find(|effort| effort.word() == word).map(Some).ok_or_else(|| {
        let words: Vec<&str> = Effort::ALL.into_iter().map(Effort::word).collect();
        format!("there is no effort {word}; there are {}, default", words.join(", "))
    })
}
