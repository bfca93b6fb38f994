//! Keys in the window of a server's question. Three answers on three keys, none of them a bare letter or Enter.

use super::{Move, Outcome};
use crate::app::{Command, State};
use crate::model::approval::ApprovalAnswer;
use crate::model::question::{Answer, QuestionBody};
use crate::tui::action::Action;
use crate::tui::browser::Browser;
use crate::tui::keymap::{Context, Key};
use crate::tui::modal::{self, Body};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::view::question::Sheet;

/// Opens the oldest question.
pub(super) fn open(ui: &mut Ui, state: &State) {
    if !modal::open(ui, state) {
        ui.message = Some("no server asks anything".into());
    }
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let Some(open) = &mut ui.questions.open else { return vec![] };
    let cancelling = std::mem::take(&mut open.cancelling);
    match action {
        Action::Send => return send(ui, false),
        Action::SendAnyway => {
            if matches!(&open.body, Body::Form(form) if form.refused) {
                return send(ui, true);
            }
        }
        Action::Decline => return answer(ui, Answer::Decline),
        Action::Mute => return mute(ui),
        Action::Back if cancelling || !open.has_text() => return answer(ui, Answer::Cancel),
        Action::Back => {
            open.cancelling = true;
            ui.message = Some("Esc once more cancels, and what you typed is lost; Ctrl-O puts it aside".into());
        }
        Action::Questions => {
            modal::put_aside(ui);
            ui.message = Some("put aside: the server goes on waiting; Ctrl-O brings it back".into());
        }
        Action::Review if matches!(open.body, Body::Sampling(_)) => {
            if let Body::Sampling(sampling) = &mut open.body {
                sampling.turn();
            }
        }
        Action::AskModel => return ask_model(ui, state),
        Action::Review => {
            open.as_json = !open.as_json;
            open.scroll = Some(0);
        }
        Action::NextField | Action::PrevField => {
            if let Body::Form(form) = &mut open.body {
                let back = form.entries.len().saturating_sub(1);
                form.step(if action == Action::NextField { 1 } else { back });
                open.scroll = None;
                open.as_json = false;
            }
        }
        Action::Copy => {
            if let Body::Url(address) = &open.body {
                let url = address.url.clone();
                ui.message = Some("copied, if the terminal allows it".into());
                return vec![Outcome::Copy(url)];
            }
        }
        Action::OpenPage => return open_page(ui),
        _ => {
            let page = Sheet::of(state, ui, &Theme::default()).map_or(1, |sheet| usize::from(sheet.text.height));
            if let Some(step) = Move::of(action, page) {
                scroll(ui, state, step);
            }
        }
    }
    vec![]
}

/// Scrolls the window by hand.
pub(super) fn scroll(ui: &mut Ui, state: &State, step: Move) {
    let Some(sheet) = Sheet::of(state, ui, &Theme::default()) else { return };
    let last = sheet.total.saturating_sub(usize::from(sheet.text.height));
    let at = step.from(sheet.first, last);
    if let Some(open) = &mut ui.questions.open {
        open.scroll = Some(at);
    }
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, key: Key) {
    let Some(open) = &mut ui.questions.open else { return };
    open.cancelling = false;
    match &mut open.body {
        Body::Form(form) if !open.as_json => {
            form.key(key);
            open.scroll = None;
        }
        Body::Form(_) => ui.message = Some("Ctrl-R goes back to the form".into()),
        Body::Sampling(sampling) => sampling.key(key),
        Body::Approval(approval) => approval.key(key),
        Body::Url(_) | Body::Rounds | Body::Unusable(_) => {}
    }
}

/// Opens the page in the person's browser, if that is where we are. The question stays: only a person knows when the
/// page is done.
fn open_page(ui: &mut Ui) -> Vec<Outcome> {
    let Some(open) = &ui.questions.open else { return vec![] };
    let Body::Url(address) = &open.body else { return vec![] };
    let key = |action| ui.keymap.key_of(Context::Consent, action).map(|key| key.to_string()).unwrap_or_default();
    let (copy, yes) = (key(Action::Copy), key(Action::Send));
    let (said, outcome) = match (ui.questions.browser, &address.refused) {
        (_, Some(why)) => (format!("this address must not be opened: {why}"), vec![]),
        (Browser::Here, None) => {
            let said = format!("opening it in your browser; {yes} tells the server that you did");
            (said, vec![Outcome::OpenPage(address.url.clone())])
        }
        (Browser::Elsewhere, None) => {
            (format!("your browser is at the other end of SSH: {copy} copies the address"), vec![])
        }
        (Browser::None, None) => (format!("no browser is at hand here: {copy} copies the address"), vec![]),
    };
    ui.message = Some(said);
    outcome
}

/// Lets a model write the answer to the request as it is now.
fn ask_model(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(open) = &ui.questions.open else { return vec![] };
    let Body::Sampling(sampling) = &open.body else { return vec![] };
    if state.sampler.is_none() {
        ui.message = Some("no model is at hand: set one up in the config, or write the answer here".into());
        return vec![];
    }
    let question = open.id;
    let asked = state.questions.iter().find(|one| one.id == question).map(|one| &one.body);
    let params = match (sampling.request(), asked) {
        (Some(Ok(params)), _) => params,
        (Some(Err(why)), _) => {
            ui.message = Some(format!("the model was not asked: {why}"));
            return vec![];
        }
        (None, Some(QuestionBody::Sampling { params })) => params.clone(),
        (None, _) => return vec![],
    };
    vec![Outcome::Dispatch(Command::Sample { question, params })]
}

/// A text at once; never keys, whatever is in it.
pub(super) fn paste(ui: &mut Ui, text: &str) {
    let Some(open) = ui.questions.open.as_mut().filter(|open| open.awake) else {
        ui.message = Some("a question has just opened: paste again to paste into it".into());
        return;
    };
    match &mut open.body {
        Body::Form(form) if !open.as_json => {
            form.paste(text);
            open.scroll = None;
        }
        Body::Sampling(sampling) => sampling.paste(text),
        Body::Approval(approval) => approval.paste(text),
        Body::Form(_) | Body::Url(_) | Body::Rounds | Body::Unusable(_) => {}
    }
}

/// Declines this one and whatever else its server asks.
fn mute(ui: &mut Ui) -> Vec<Outcome> {
    let Some(open) = ui.questions.open.take() else { return vec![] };
    let key = ui.keymap.key_of(Context::Inspector, Action::Mute).map(|key| key.to_string());
    let undo = key.map(|key| format!("; {key} in the inspector undoes it")).unwrap_or_default();
    ui.message = Some(format!("muted: what it asks is declined unseen{undo}"));
    vec![Outcome::Dispatch(Command::Mute { server: open.id.server, muted: true })]
}

fn send(ui: &mut Ui, anyway: bool) -> Vec<Outcome> {
    let Some(open) = &mut ui.questions.open else { return vec![] };
    match open.answer(anyway) {
        Ok(said) => answer(ui, said),
        Err(why) => {
            open.scroll = None;
            open.as_json = false;
            let form = matches!(open.body, Body::Form(_));
            let anyway = ui.keymap.key_of(Context::Form, Action::SendAnyway).filter(|_| form);
            let anyway = anyway.map(|key| format!("; {key} sends it anyway")).unwrap_or_default();
            ui.message = Some(format!("not sent: {why}{anyway}"));
            vec![]
        }
    }
}

pub(super) fn answer(ui: &mut Ui, answer: Answer) -> Vec<Outcome> {
    let Some(open) = ui.questions.open.take() else { return vec![] };
    ui.message = Some(
        match answer {
            Answer::Accept(_) => "sent",
            Answer::Decline => "declined",
            Answer::Cancel => "cancelled",
            Answer::Approval(ApprovalAnswer::Allow { .. }) => "allowed",
            Answer::Approval(ApprovalAnswer::Deny { rest_of_turn: true, .. }) => {
                "denied, and the rest of this turn too"
            }
            Answer::Approval(ApprovalAnswer::Deny { .. }) => "denied",
        }
        .into(),
    );
    vec![Outcome::Dispatch(Command::Answer { question: open.id, answer })]
}
