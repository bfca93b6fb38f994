//! What can follow what is typed: [`Popup`], a list above the message: commands and prompts after a slash, models and
//! conversations after some of them, resources, templates and files after an at sign.

use super::commands::COMMANDS;
use super::{attach, chat};
use crate::app::State;
use crate::app::chat::ChatCommand;
use crate::model::call::{ListKind, Operation};
use crate::model::chat::Effort;
use crate::model::fuzzy::Query;
use crate::model::id::ServerId;
use crate::model::json::scan;
use crate::model::session::{Item, Session};
use crate::tui::conversation::score;
use crate::tui::figures;
use crate::tui::outcome::Outcome;
use crate::tui::ui::Ui;

/// Candidates that are looked for; who needs more types more.
const MOST: usize = 50;
/// Letters from which on kept conversations are searched for them.
const SEARCHED: usize = 2;
/// What servers offer counts this much more than a file that fits as well.
const OFFERED: i32 = 20;

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
    /// Whether something can follow.
    goes_on: bool,
    /// Whether it is good without that, too.
    complete: bool,
    /// What it attaches.
    attaches: Option<Attaches>,
}

/// What a candidate attaches to the message.
#[derive(Clone, PartialEq, Debug)]
enum Attaches {
    Resource(ServerId, String),
    Template(ServerId, String),
    Prompt(ServerId, String),
    File(String),
}

impl Popup {
    /// Whether accepting would change what is typed.
    pub(in crate::tui) fn completes(&self) -> bool {
        let done = |candidate: &Candidate| candidate.text == self.typed && (candidate.complete || !candidate.goes_on);
        self.candidates.get(self.pick).is_some_and(|candidate| !done(candidate))
    }
}

/// The list for what is typed, if there is one.
pub(in crate::tui) fn of(ui: &Ui, state: &State) -> Option<Popup> {
    let own = &ui.conversation;
    if !own.composing || own.dismissed.as_deref().is_some_and(|text| own.composer.says(text)) {
        return None;
    }
    let before = own.composer.before_cursor();
    let first_line = own.composer.at_top();
    let (typed, candidates) = match before.strip_prefix('/') {
        Some(line) if first_line => match line.split_once(' ') {
            None => (before, commands(line).into_iter().chain(prompts(state, line)).collect()),
            Some((name, rest)) => (rest, values(state, name, rest.trim_start())),
        },
        _ => {
            let token = token_of(before)?;
            (token, attachable(ui, state, &token[1..]))
        }
    };
    if candidates.is_empty() {
        return None;
    }
    let pick = own.pick.min(candidates.len() - 1);
    Some(Popup { candidates, pick, typed: typed.to_owned() })
}

fn plain(text: String, about: String, goes_on: bool) -> Candidate {
    Candidate { text, about, goes_on, complete: !goes_on, attaches: None }
}

fn commands(typed: &str) -> Vec<Candidate> {
    let fits = |name: &str| name.starts_with(typed);
    let found = COMMANDS.iter().filter(|command| fits(command.name));
    found
        .map(|command| {
            let candidate = plain(format!("/{}", command.name), command.help.to_owned(), !command.takes.is_empty());
            Candidate { complete: command.takes.is_empty() || command.takes.starts_with('['), ..candidate }
        })
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
            let mut all: Vec<Candidate> = kept
                .take(MOST)
                .map(|kept| {
                    let count = if kept.entries == 1 { "entry" } else { "entries" };
                    let about = format!("{}  {} {count}", kept.title, figures::count(kept.entries));
                    plain(kept.id.clone(), about, false)
                })
                .collect();
            // Then those that say it somewhere, with the place.
            let found = state.chat.found.as_ref().filter(|found| found.text == typed);
            for (kept, excerpt) in found.iter().flat_map(|found| &found.hits) {
                if !all.iter().any(|known| known.text == kept.id) {
                    all.push(plain(kept.id.clone(), format!("{}  {excerpt}", kept.title), false));
                }
            }
            all.truncate(MOST);
            all
        }
        _ => Vec::new(),
    }
}

/// The word with an at sign that ends here.
fn token_of(before: &str) -> Option<&str> {
    let (lead, token) = before.split_at(before.rfind('@')?);
    let inside = lead.chars().next_back().is_some_and(char::is_alphanumeric);
    (!token.contains(char::is_whitespace) && !inside).then_some(token)
}

/// The text changed: finds the files that fit it now. Returns whether they have to be listed first.
pub(super) fn seek(ui: &mut Ui) -> bool {
    let Some(typed) = token_of(ui.conversation.composer.before_cursor()).map(|token| token[1..].to_owned()) else {
        return false;
    };
    let near = &mut ui.conversation.near;
    near.seek(&typed);
    // At each at sign anew: files come and go.
    typed.is_empty() && !std::mem::replace(&mut near.looking, true)
}

/// The prompts that fit what was typed.
fn prompts(state: &State, typed: &str) -> Vec<Candidate> {
    let query = Query::new(typed);
    let fitting = attach::prompts(state).filter_map(|(session, item, token)| {
        let fits = query.words().iter().all(|word| word.score(&token[1..]).is_some());
        let Item::Good { key, title, description, .. } = item else { return None };
        let about = description.as_ref().or(title.as_ref()).map(String::as_str).unwrap_or_default();
        let candidate = plain(token, format!("prompt  {about}"), false);
        fits.then(|| Candidate { attaches: Some(Attaches::Prompt(session.id, key.clone())), ..candidate })
    });
    fitting.take(MOST).collect()
}

/// Resources and templates of all servers, and files, that fit what was typed; the best first.
fn attachable(ui: &Ui, state: &State, typed: &str) -> Vec<Candidate> {
    let query = Query::new(typed);
    let mut found: Vec<(i32, Candidate)> = Vec::new();
    for session in state.sessions.iter().filter(|session| session.is_ready()) {
        for kind in [ListKind::Resources, ListKind::Templates] {
            let items = session.listing(kind).items.iter();
            found.extend(items.filter_map(|item| offered(session, kind, item, &query)));
        }
    }
    found.extend(ui.conversation.near.found().map(|(score, file)| {
        let candidate = plain(format!("@{}", file.path), format!("file  {}", figures::size(file.size)), false);
        (score, Candidate { attaches: Some(Attaches::File(file.path.clone())), ..candidate })
    }));
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.truncate(MOST);
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// A resource or a template, if it fits.
fn offered(session: &Session, kind: ListKind, item: &Item, query: &Query) -> Option<(i32, Candidate)> {
    let Item::Good { key, title, description, raw } = item else { return None };
    let name = raw.get("name").and_then(scan::decoded).map(std::borrow::Cow::into_owned);
    let name = title.clone().or(name).or_else(|| description.clone()).unwrap_or_default();
    let fits = score(query, key).into_iter().chain(score(query, &name)).max()?;
    let server = &session.spec.name;
    let (about, attaches) = match kind {
        ListKind::Templates => (format!("{server}  template  {name}"), Attaches::Template(session.id, key.clone())),
        _ => (format!("{server}  {name}"), Attaches::Resource(session.id, key.clone())),
    };
    let candidate = plain(format!("@{key}"), about, false);
    Some((fits + OFFERED, Candidate { attaches: Some(attaches), ..candidate }))
}

/// What is looked up while a kept conversation is chosen: all of them, then what they say.
pub(super) fn look_up(ui: &Ui) -> Vec<Outcome> {
    let Some(typed) = ui.conversation.composer.before_cursor().strip_prefix("/resume ") else { return vec![] };
    match typed.trim_start() {
        "" => vec![chat(ChatCommand::ListKept)],
        typed if typed.len() >= SEARCHED => vec![chat(ChatCommand::SearchKept(typed.to_owned()))],
        _ => vec![],
    }
}

/// Has the providers list their models that have not done so yet.
pub(super) fn list_models(state: &State) -> Vec<Outcome> {
    let providers = state.chat.providers.iter();
    let unknown =
        providers.filter(|provider| provider.problem.is_none() && !state.chat.models.contains_key(&provider.name));
    unknown.map(|provider| chat(ChatCommand::ListModels(provider.name.clone()))).collect()
}

/// Takes the selected one: it is typed, and what it needs is fetched.
pub(super) fn accept(ui: &mut Ui, state: &State, popup: &Popup) -> Vec<Outcome> {
    let Some(candidate) = popup.candidates.get(popup.pick) else { return vec![] };
    if let Some(Attaches::Template(server, key)) = &candidate.attaches {
        // What is typed stays until its variables are filled in.
        attach::template(ui, state, *server, key, &popup.typed);
        return vec![];
    }
    let space = if candidate.goes_on || candidate.attaches.is_some() { " " } else { "" };
    ui.conversation.composer.replace_before(popup.typed.chars().count(), &format!("{}{space}", candidate.text));
    ui.conversation.pick = 0;
    ui.conversation.dismissed = (!candidate.goes_on).then(|| ui.conversation.composer.text());
    match candidate.attaches.clone() {
        Some(Attaches::Resource(server, uri)) => {
            return attach::fetch(ui, state, server, Operation::ReadResource { uri }, candidate.text.clone());
        }
        Some(Attaches::Prompt(server, name)) => return attach::prompt(ui, state, server, name),
        Some(Attaches::File(path)) => return attach::file(ui, path),
        Some(Attaches::Template(..)) | None => {}
    }
    match candidate.text.as_str() {
        "/model" | "/retry" => list_models(state),
        "/resume" => vec![chat(ChatCommand::ListKept)],
        _ => vec![],
    }
}
