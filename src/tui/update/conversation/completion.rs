//! What can follow what is typed: [`Popup`], a list above the message: commands after a slash, models and conversations
//! after some of them, resources after an at sign.

use super::chat;
use super::commands::COMMANDS;
use crate::app::chat::ChatCommand;
use crate::app::{Command, State};
use crate::model::call::{CallState, ListKind, Operation};
use crate::model::chat::{Content, Effort, Image};
use crate::model::conversation::Attachment;
use crate::model::id::{CallId, ServerId};
use crate::model::json::{RawJson, scan};
use crate::model::session::Item;
use crate::tui::outcome::Outcome;
use crate::tui::ui::Ui;

/// Candidates that are looked for; who needs more types more.
const MOST: usize = 50;
/// The most that one resource adds to a message, in bytes.
const ATTACHED: usize = 512 * 1024;

/// A list of what can follow.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui) struct Popup {
    pub(in crate::tui) candidates: Vec<Candidate>,
    /// Which one is selected.
    pub(in crate::tui) pick: usize,
    /// How many characters before the cursor it takes the place of.
    typed: String,
}

/// One of them.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui) struct Candidate {
    /// What is shown, and typed in the place of what is there.
    pub(in crate::tui) text: String,
    /// What it is.
    pub(in crate::tui) about: String,
    /// Whether something has to follow.
    goes_on: bool,
    /// The resource that it attaches.
    resource: Option<(ServerId, String)>,
}

impl Popup {
    /// Whether accepting would change what is typed.
    pub(super) fn completes(&self) -> bool {
        self.candidates.get(self.pick).is_some_and(|candidate| candidate.goes_on || candidate.text != self.typed)
    }
}

/// Something that goes with the message being typed.
#[derive(Clone, PartialEq, Debug)]
pub struct Attached {
    /// What stands for it in the text; it goes along as long as that is there.
    token: String,
    /// The server's name.
    server: String,
    /// The call that reads it.
    call: CallId,
}

/// The list for what is typed, if there is one.
pub(in crate::tui) fn of(ui: &Ui, state: &State) -> Option<Popup> {
    let own = &ui.conversation;
    if !own.composing || own.dismissed.as_deref() == Some(&*own.composer.text()) {
        return None;
    }
    let before = own.composer.before_cursor();
    let first_line = own.composer.at_top();
    let (typed, candidates) = match before.strip_prefix('/') {
        Some(line) if first_line => match line.split_once(' ') {
            None => (before, commands(line)),
            Some((name, rest)) => (rest, values(state, name, rest.trim_start())),
        },
        _ => {
            let at = before.rfind('@')?;
            let (lead, token) = before.split_at(at);
            if token.contains(char::is_whitespace) || lead.chars().next_back().is_some_and(char::is_alphanumeric) {
                return None;
            }
            (token, resources(state, &token[1..]))
        }
    };
    if candidates.is_empty() {
        return None;
    }
    let pick = own.pick.min(candidates.len() - 1);
    Some(Popup { candidates, pick, typed: typed.to_owned() })
}

fn plain(text: String, about: String, goes_on: bool) -> Candidate {
    Candidate { text, about, goes_on, resource: None }
}

fn commands(typed: &str) -> Vec<Candidate> {
    let fits = |name: &str| name.starts_with(typed);
    let found = COMMANDS.iter().filter(|command| fits(command.name));
    found
        .map(|command| plain(format!("/{}", command.name), command.help.to_owned(), !command.takes.is_empty()))
        .collect()
}

/// What can follow a command.
fn values(state: &State, command: &str, typed: &str) -> Vec<Candidate> {
    let typed_lower = typed.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&typed_lower);
    match command {
        "model" | "retry" => {
            let mut all: Vec<Candidate> = Vec::new();
            for provider in &state.chat.providers {
                let usual = provider.model.iter().map(|model| (model.clone(), "its usual model".to_owned()));
                let listed = state.chat.models.get(&provider.name).and_then(|listed| listed.as_ref().ok());
                let listed = listed.into_iter().flatten().map(|info| {
                    let about = [info.title.clone(), info.remark.clone()].into_iter().flatten().collect::<Vec<_>>();
                    (info.id.clone(), about.join(", "))
                });
                for (model, about) in usual.chain(listed) {
                    let text = format!("{}/{model}", provider.name);
                    let about = provider.problem.clone().unwrap_or(about);
                    if fits(&text) && !all.iter().any(|known| known.text == text) {
                        all.push(plain(text, about, false));
                    }
                }
            }
            all.truncate(MOST);
            all
        }
        "effort" => {
            let words = Effort::ALL.into_iter().map(Effort::word).chain(["default"]);
            words
                .filter(|word| word.starts_with(typed))
                .map(|word| plain(word.to_owned(), String::new(), false))
                .collect()
        }
        "resume" => {
            let kept = state.chat.kept.iter().filter(|kept| fits(&kept.title) || kept.id.contains(typed));
            kept.take(MOST)
                .map(|kept| {
                    let about = format!("{} {}", kept.title, crate::tui::figures::counted(kept.entries, "entry"));
                    plain(kept.id.clone(), about.replace("entrys", "entries"), false)
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The resources of all servers that fit what was typed.
fn resources(state: &State, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let mut found = Vec::new();
    for session in state.sessions.iter().filter(|session| session.is_ready()) {
        for item in &session.listing(ListKind::Resources).items {
            let Item::Good { key, title, description, raw } = item else { continue };
            let name = raw.get("name").and_then(scan::decoded).map(std::borrow::Cow::into_owned);
            let name = title.clone().or(name).or_else(|| description.clone()).unwrap_or_default();
            if !key.to_lowercase().contains(&typed) && !name.to_lowercase().contains(&typed) {
                continue;
            }
            found.push(Candidate {
                text: format!("@{key}"),
                about: format!("{}  {name}", session.spec.name),
                goes_on: false,
                resource: Some((session.id, key.clone())),
            });
            if found.len() >= MOST {
                return found;
            }
        }
    }
    found
}

/// Takes the selected one: it is typed, and what it needs is fetched.
pub(super) fn accept(ui: &mut Ui, state: &State, popup: &Popup) -> Vec<Outcome> {
    let Some(candidate) = popup.candidates.get(popup.pick) else { return vec![] };
    let space = if candidate.goes_on || candidate.resource.is_some() { " " } else { "" };
    ui.conversation.composer.replace_before(popup.typed.chars().count(), &format!("{}{space}", candidate.text));
    ui.conversation.pick = 0;
    ui.conversation.dismissed = (!candidate.goes_on).then(|| ui.conversation.composer.text());
    if let Some((server, uri)) = candidate.resource.clone() {
        let name = state.session(server).map(|session| session.spec.name.clone()).unwrap_or_default();
        let call = CallId(state.next_call);
        ui.conversation.attached.push(Attached { token: candidate.text.clone(), server: name, call });
        return vec![Outcome::Dispatch(Command::Start { server, operation: Operation::ReadResource { uri } })];
    }
    match candidate.text.as_str() {
        "/model" | "/retry" => {
            let unknown = state
                .chat
                .providers
                .iter()
                .filter(|provider| provider.problem.is_none() && !state.chat.models.contains_key(&provider.name));
            unknown.map(|provider| chat(ChatCommand::ListModels(provider.name.clone()))).collect()
        }
        "/resume" => vec![chat(ChatCommand::ListKept)],
        _ => vec![],
    }
}

/// What goes with the message, once all of it was read; else why it cannot go yet.
pub(super) fn attachments(ui: &Ui, state: &State) -> Result<Vec<Attachment>, String> {
    let text = ui.conversation.composer.text();
    let mut out = Vec::new();
    for attached in ui.conversation.attached.iter().filter(|attached| text.contains(&attached.token)) {
        let name = attached.token.trim_start_matches('@').to_owned();
        let again = format!("take {} out of the message, or attach it again", attached.token);
        let call = state.calls.get(&attached.call).ok_or_else(|| format!("{name} is not known any more; {again}"))?;
        match &call.state {
            CallState::Done(result) => {
                let server = Some(attached.server.clone());
                for content in contents(result) {
                    out.push(Attachment { name: name.clone(), server: server.clone(), content });
                }
            }
            CallState::Failed(why) => return Err(format!("{name} could not be read ({why}); {again}")),
            CallState::Running | CallState::Cancelling => return Err(format!("{name} is still being read")),
        }
    }
    Ok(out)
}

/// How many attachments there are, and how many of them are still being read.
pub(in crate::tui) fn attached(ui: &Ui, state: &State) -> (usize, usize) {
    let text = ui.conversation.composer.text();
    let here = ui.conversation.attached.iter().filter(|attached| text.contains(&attached.token));
    here.fold((0, 0), |(all, open), attached| {
        let reading = state.calls.get(&attached.call).is_some_and(crate::model::call::Call::is_open);
        (all + 1, open + usize::from(reading))
    })
}

/// What a resource holds, for a model.
fn contents(result: &RawJson) -> Vec<Content> {
    let items = result.items_of("contents", 100).unwrap_or_default();
    let decoded =
        |item: &str, name: &str| scan::member(item, name).and_then(scan::decoded).map(std::borrow::Cow::into_owned);
    let mut out = Vec::new();
    for item in items {
        if let Some(text) = decoded(item, "text") {
            let end = text.floor_char_boundary(ATTACHED);
            let more = text.len() - end;
            let mark = if more > 0 { format!("\n[{more} more bytes were left out]") } else { String::new() };
            out.push(Content::Text(format!("{}{mark}", &text[..end])));
        } else if let Some(data) = decoded(item, "blob") {
            let mime = decoded(item, "mimeType").unwrap_or_else(|| "application/octet-stream".to_owned());
            if mime.starts_with("image/") {
                out.push(Content::Image(Image { mime, data: data.into() }));
            } else {
                out.push(Content::Text(format!("[{mime}, about {} bytes: not shown]", data.len() * 3 / 4)));
            }
        }
    }
    out
}
