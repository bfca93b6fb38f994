//! How things come to go with a message: resources and files by an at sign, templates and prompts by a form.

use crate::app::{Command, State};
use crate::model::call::{ListKind, Operation};
use crate::model::chat::Content;
use crate::model::id::{CallId, ServerId};
use crate::model::json::RawJson;
use crate::model::session::{Item, Session};
use crate::tui::conversation::{Attached, Source};
use crate::tui::editor::Editor;
use crate::tui::outcome::Outcome;
use crate::tui::ui::{ItemRef, Pane, Ui};

/// Prompts of all servers that are ready: the server, the name, and what stands for it in a message.
pub(super) fn prompts(state: &State) -> impl Iterator<Item = (&Session, &Item, String)> {
    state.sessions.iter().filter(|session| session.is_ready()).flat_map(|session| {
        let good = |item: &&Item| matches!(item, Item::Good { .. });
        session
            .listing(ListKind::Prompts)
            .items
            .iter()
            .filter(good)
            .map(move |item| (session, item, format!("/{}:{}", session.spec.name, item.key().unwrap_or_default())))
    })
}

/// The prompt that a text begins with, if it does.
pub(super) fn prompt_of(state: &State, text: &str) -> Option<(ServerId, String)> {
    let begins = |token: &str| {
        text.strip_prefix(token).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    // Names may begin with names of others: the longest is meant.
    let found = prompts(state).filter(|(.., token)| begins(token)).max_by_key(|(.., token)| token.len());
    found.and_then(|(session, item, _)| Some((session.id, item.key()?.to_owned())))
}

/// Whether a text begins with a prompt that goes along already.
pub(super) fn has_prompt(ui: &Ui, text: &str) -> bool {
    ui.conversation.attached.iter().any(|attached| attached.token.starts_with('/') && text.starts_with(&attached.token))
}

/// Asks a server for a prompt; the person fills its arguments in first, where it has any.
pub(super) fn prompt(ui: &mut Ui, state: &State, server: ServerId, name: String) -> Vec<Outcome> {
    let token = format!("/{}:{name}", server_name(state, server));
    let item = ItemRef { server, kind: ListKind::Prompts, key: name };
    let Some(found) = state.session(server).and_then(|session| session.item(item.kind, &item.key)) else {
        return vec![];
    };
    let draft = ui.work.drafts.get(&item).map(String::as_str);
    let editor = Editor::open(item, found, draft, !ui.work.as_json);
    if editor.enter_sends {
        let operation = Operation::GetPrompt { name: editor.item.key.clone(), arguments: RawJson::empty_object() };
        return fetch(ui, state, server, operation, token);
    }
    fill_in(ui, editor, token);
    vec![]
}

/// Lets the person fill in the variables of a template; `typed` stands for it until then.
pub(super) fn template(ui: &mut Ui, state: &State, server: ServerId, key: &str, typed: &str) {
    let item = ItemRef { server, kind: ListKind::Templates, key: key.to_owned() };
    let Some(found) = state.session(server).and_then(|session| session.item(item.kind, key)) else { return };
    let draft = ui.work.drafts.get(&item).map(String::as_str);
    let editor = Editor::open(item, found, draft, !ui.work.as_json);
    fill_in(ui, editor, typed.to_owned());
}

fn fill_in(ui: &mut Ui, mut editor: Editor, token: String) {
    super::super::work::put_away(ui);
    editor.message = Some(token);
    ui.work.frame = None;
    ui.work.editor = Some(editor);
    ui.show(Pane::Work);
}

/// The form of a template or a prompt is filled in: back to the message, and what it asks for goes along.
pub(in crate::tui::update) fn filled_in(
    ui: &mut Ui,
    state: &State,
    server: ServerId,
    operation: Operation,
    typed: String,
) -> Vec<Outcome> {
    ui.leave(Pane::Work);
    super::compose(ui);
    let token = match &operation {
        Operation::ReadResource { uri } => {
            let token = format!("@{uri}");
            let composer = &mut ui.conversation.composer;
            // The person may have typed on meanwhile.
            let stands = composer.before_cursor().ends_with(&typed);
            let taken = if stands { typed.chars().count() } else { 0 };
            composer.replace_before(taken, &format!("{token} "));
            token
        }
        _ => typed,
    };
    fetch(ui, state, server, operation, token)
}

/// Has a server asked for what goes along.
pub(super) fn fetch(ui: &mut Ui, state: &State, server: ServerId, operation: Operation, token: String) -> Vec<Outcome> {
    let call = CallId(state.next_call);
    let from = server_name(state, server);
    let source = match &operation {
        Operation::GetPrompt { name, .. } => {
            ui.message = Some("what the prompt says goes along; Enter sends it with what else you type".into());
            Source::Prompt { server: from, name: name.clone(), call }
        }
        _ => Source::Resource { server: from, call },
    };
    put(ui, Attached { token, source });
    vec![Outcome::Dispatch(Command::Start { server, operation })]
}

/// Has a file read.
pub(super) fn file(ui: &mut Ui, path: String) -> Vec<Outcome> {
    put(ui, Attached { token: format!("@{path}"), source: Source::File(None) });
    vec![Outcome::ReadFile(path)]
}

/// A file was read, or could not be.
pub(in crate::tui::update) fn file_read(ui: &mut Ui, path: &str, content: Result<Content, String>) {
    let token = format!("@{path}");
    let waiting = |attached: &&mut Attached| attached.token == token && attached.source == Source::File(None);
    if let Some(attached) = ui.conversation.attached.iter_mut().find(waiting) {
        attached.source = Source::File(Some(content));
    }
}

/// What was attached under the same name before is attached anew.
fn put(ui: &mut Ui, attached: Attached) {
    ui.conversation.attached.retain(|other| other.token != attached.token);
    ui.conversation.attached.push(attached);
    ui.conversation.dismissed = Some(ui.conversation.composer.text());
}

fn server_name(state: &State, server: ServerId) -> String {
    state.session(server).map(|session| session.spec.name.clone()).unwrap_or_default()
}
