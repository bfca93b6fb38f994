//! Keys in the line at the bottom, and what comes back of a file that was to be written.

use super::Outcome;
use crate::app::{Command, State};
use crate::model::root;
use crate::model::serverlog::LogLevel;
use crate::model::session::Session;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::kept::{Preset, SavedFilter, Shelf};
use crate::tui::keymap::Key;
use crate::tui::outcome::{Content, Write, WriteFault};
use crate::tui::prompt::{Prompt, Purpose, Refusal, Save};
use crate::tui::ui::{Modal, Ui};

fn open(ui: &mut Ui) -> Option<&mut Prompt> {
    match &mut ui.modal {
        Some(Modal::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Close => ui.modal = None,
        Action::Accept => return accept(ui, false),
        Action::Replace if open(ui).is_some_and(|prompt| matches!(prompt.purpose, Purpose::Roots(_))) => {
            return tell_all(ui, state);
        }
        Action::Replace if open(ui).is_some_and(|prompt| prompt.refused == Some(Refusal::Exists)) => {
            return accept(ui, true);
        }
        _ => {}
    }
    vec![]
}

fn accept(ui: &mut Ui, replace: bool) -> Vec<Outcome> {
    let Some(prompt) = open(ui) else { return vec![] };
    let text = prompt.line.text().to_owned();
    if let Purpose::NameFilter(filter) = prompt.purpose.clone() {
        let name = if text.trim().is_empty() { filter.clone() } else { text.trim().to_owned() };
        ui.kept.filters.save(SavedFilter { name, text: filter });
        ui.modal = None;
        ui.message = Some("saved; up and down while typing a filter bring it back".into());
        return vec![Outcome::Keep(Shelf::Filters)];
    }
    match &prompt.purpose {
        Purpose::Roots(server) => {
            let server = *server;
            let typed = text.split(',').map(str::trim).filter(|path| !path.is_empty());
            match typed.map(root::read).collect() {
                Ok(roots) => {
                    ui.modal = None;
                    ui.message = Some("roots changed".into());
                    vec![Outcome::Dispatch(Command::SetRoots { server, roots })]
                }
                Err(why) => {
                    prompt.refused = Some(Refusal::Because(why));
                    vec![]
                }
            }
        }
        Purpose::LogLevel(server) => {
            let (server, level) = (*server, text.trim().to_lowercase());
            // Whoever types the beginning of a word means it.
            let meant = LogLevel::ALL.into_iter().find(|known| !level.is_empty() && known.word().starts_with(&level));
            if meant.is_none() && !level.is_empty() {
                let words = LogLevel::ALL.map(LogLevel::word).join(", ");
                prompt.refused = Some(Refusal::Because(format!("{level:?} is no level; one of {words}")));
                return vec![];
            }
            ui.modal = None;
            ui.message = Some(match meant {
                Some(level) => format!("asking for {} and worse", level.word()),
                None => "asking for no messages".into(),
            });
            let level = meant.map(|level| level.word().to_owned());
            vec![Outcome::Dispatch(Command::SetLogLevel { server, level })]
        }
        Purpose::Save(_) if text.trim().is_empty() => {
            prompt.refused = Some(Refusal::Because("type the name of a file".into()));
            vec![]
        }
        Purpose::Preset { .. } if text.trim().is_empty() => {
            prompt.refused = Some(Refusal::Because("type a name".into()));
            vec![]
        }
        Purpose::Preset { item, text: arguments } => {
            let preset = Preset { item: item.clone(), name: text.trim().to_owned(), text: arguments.clone() };
            super::recall::named(ui, preset)
        }
        // It stays open until the file is written: what is wrong with the path is said where it can be changed.
        Purpose::NameFilter(_) => vec![],
        Purpose::Save(Save { content, .. }) => {
            vec![Outcome::Write(Write { path: text, content: content.clone(), replace })]
        }
    }
}

/// Tells every server the roots that are typed for one.
fn tell_all(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let outcomes = accept(ui, false);
    let [Outcome::Dispatch(Command::SetRoots { roots, .. })] = &outcomes[..] else { return outcomes };
    ui.message = Some(format!("roots of {} changed", figures::counted(state.sessions.len(), "server")));
    let tell = |session: &Session| Outcome::Dispatch(Command::SetRoots { server: session.id, roots: roots.clone() });
    state.sessions.iter().map(tell).collect()
}

/// The answer to `Outcome::Write`: how many of its frames were gone.
pub(super) fn written(ui: &mut Ui, write: &Write, result: Result<usize, WriteFault>) {
    let waiting = |prompt: &Prompt| match &prompt.purpose {
        Purpose::Save(Save { content, .. }) => prompt.line.text() == write.path && *content == write.content,
        Purpose::Preset { .. } | Purpose::NameFilter(_) | Purpose::Roots(_) | Purpose::LogLevel(_) => false,
    };
    let prompt = open(ui).filter(|prompt| waiting(prompt));
    match (result, prompt) {
        (Ok(gone), prompt) => {
            if prompt.is_some() {
                ui.modal = None;
            }
            ui.message = Some(match &write.content {
                Content::Bytes(bytes) => format!("saved {} to {}", figures::size(bytes.len() as u64), write.path),
                Content::Frames(frames) if gone == 0 => {
                    format!("saved {} to {}", figures::counted(frames.len(), "frame"), write.path)
                }
                Content::Frames(frames) => format!(
                    "saved {} to {}; {} had left the memory of a run that is not recorded",
                    figures::counted(frames.len() - gone, "frame"),
                    write.path,
                    figures::count(gone)
                ),
            });
        }
        (Err(WriteFault::Exists), Some(prompt)) => prompt.refused = Some(Refusal::Exists),
        (Err(WriteFault::Failed(why)), Some(prompt)) => prompt.refused = Some(Refusal::Because(why)),
        // Somebody closed the line in the meantime.
        (Err(WriteFault::Exists), None) => ui.message = Some(format!("not saved: {} is there already", write.path)),
        (Err(WriteFault::Failed(why)), None) => ui.message = Some(format!("not saved: {why}")),
    }
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, key: Key) {
    if let Some(prompt) = open(ui)
        && prompt.line.key(key)
    {
        prompt.refused = None;
    }
}

pub(super) fn paste(ui: &mut Ui, text: &str) {
    if let Some(prompt) = open(ui) {
        prompt.line.insert(text.lines().next().unwrap_or_default());
        prompt.refused = None;
    }
}
