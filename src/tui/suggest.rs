//! What a server suggests for the field that is being typed: [`wanted`], [`offer`], and what keys do with it.
//!
//! Suggestions steal no key: they are asked for once typing pauses, Enter and the arrows mean what they always mean
//! until somebody goes into the list with ↓, and Tab takes a value only where a beginning of it is typed.

use std::time::Duration;

use super::editor::Editor;
use super::ui::Ui;
use crate::app::State;
use crate::model::argform::{Kind, Part};
use crate::model::call::{CompletionTarget, ListKind};
use crate::model::completion::{Asked, Suggestions};
use crate::model::id::Moment;
use crate::model::json::RawJson;

/// How long nothing is typed before the server is asked.
const PAUSE: u64 = 150_000;
/// The longest text that is asked about.
const LONGEST: usize = 1_000;

/// What there is to choose from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offer<'a> {
    /// What the server suggests.
    pub found: &'a Suggestions,
    /// The chosen one, once somebody chooses.
    pub pick: Option<usize>,
}

/// What the server would be asked for the field with the cursor; `None` where there is nothing to ask.
pub fn wanted(ui: &Ui, state: &State) -> Option<Asked> {
    let editor = ui.work.editor.as_ref().filter(|editor| editor.as_form && ui.work.frame.is_none())?;
    let target = match editor.item.kind {
        ListKind::Prompts => CompletionTarget::Prompt(editor.item.key.clone()),
        ListKind::Templates => CompletionTarget::Resource(editor.item.key.clone()),
        ListKind::Tools | ListKind::Resources | ListKind::Skills => return None,
    };
    let session = state.session(editor.item.server).filter(|session| session.is_ready() && session.completes())?;
    let (argument, value) = field(editor)?;
    let others = editor.others(&argument);
    let context = (!others.is_empty()).then(|| {
        let members = others.into_iter().map(|(name, value)| (name, value.into()));
        RawJson::from_value(&serde_json::Value::Object(members.collect()))
    });
    Some(Asked { server: session.id, target, argument, value, context })
}

/// The name of the field with the cursor and what is typed there.
fn field(editor: &Editor) -> Option<(String, String)> {
    let form = &editor.form;
    let typed = form.is_typing() && form.cursor.part == Some(Part::Value) && form.cursor.path.len() == 1;
    let text = form.node().is_some_and(|node| node.shape.kind == Kind::Text);
    let value = form.line.text();
    if !typed || !text || value.len() > LONGEST || value.contains('\n') {
        return None;
    }
    Some((form.form.member(&form.cursor.path)?.name.clone(), value.to_owned()))
}

/// The question that is due now: typing has paused, and the answer is not at hand.
pub(super) fn question(ui: &Ui, state: &State, now: Moment) -> Option<Asked> {
    let asked = wanted(ui, state)?;
    let known = state.completing.as_ref().is_some_and(|completing| completing.asked == asked);
    (!known && now.micros_since(ui.last_key) >= PAUSE).then_some(asked)
}

/// How long until a question is due, if one is going to be.
pub(super) fn due(ui: &Ui, state: &State) -> Option<Duration> {
    let asked = wanted(ui, state)?;
    if state.completing.as_ref().is_some_and(|completing| completing.asked == asked) {
        return None;
    }
    let waited = ui.now(state).micros_since(ui.last_key);
    Some(Duration::from_micros(PAUSE.saturating_sub(waited).max(10_000)))
}

/// What the server suggests for exactly what is typed now, if that is anything else.
pub fn offer<'a>(ui: &Ui, state: &'a State) -> Option<Offer<'a>> {
    let completing = state.completing.as_ref()?;
    let found = completing.found.as_ref().filter(|found| !found.values.is_empty())?;
    if wanted(ui, state)? != completing.asked {
        return None;
    }
    let only = found.values.len() == 1 && found.values[0] == completing.asked.value;
    let pick = ui.work.pick.map(|pick| pick.min(found.values.len() - 1));
    (!only).then_some(Offer { found, pick })
}

/// The value that Tab takes: the chosen one, else the first where its beginning is typed.
fn meant<'a>(offer: Offer<'a>, typed: &str, tab: bool) -> Option<&'a str> {
    match offer.pick {
        Some(pick) => offer.found.values.get(pick).map(String::as_str),
        None if tab && !typed.is_empty() => {
            let first = offer.found.values.first()?;
            (first != typed && first.to_lowercase().starts_with(&typed.to_lowercase())).then_some(first.as_str())
        }
        None => None,
    }
}

/// A key that may be about the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Choice {
    Up,
    Down,
    Tab,
    Enter,
    Back,
}

/// Does what a key means for the list. Returns whether it was about the list at all.
pub(super) fn choose(ui: &mut Ui, state: &State, choice: Choice) -> bool {
    let Some(offer) = offer(ui, state) else { return false };
    let last = offer.found.values.len() - 1;
    match (choice, offer.pick) {
        (Choice::Down, None) => ui.work.pick = Some(0),
        (Choice::Down, Some(pick)) => ui.work.pick = Some((pick + 1).min(last)),
        (Choice::Up, Some(pick)) => ui.work.pick = pick.checked_sub(1),
        (Choice::Back, Some(_)) => ui.work.pick = None,
        (Choice::Tab | Choice::Enter, _) => {
            let Some(editor) = &mut ui.work.editor else { return false };
            let typed = editor.form.line.text().to_owned();
            let Some(value) = meant(offer, &typed, choice == Choice::Tab) else { return false };
            let path = editor.form.cursor.path.clone();
            editor.form.replace(&path, value);
            ui.work.pick = None;
        }
        (Choice::Up | Choice::Back, None) => return false,
    }
    true
}
