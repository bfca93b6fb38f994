//! Keys while a frame is changed to be sent again. Where it is sent, the log follows its newest frames.

use super::{filter, record};
use crate::app::{Command, State};
use crate::model::wire::FrameKind;
use crate::tui::action::Action;
use crate::tui::keymap::Key;
use crate::tui::outcome::{Edit, EditPurpose, Outcome};
use crate::tui::resend::Resend;
use crate::tui::ui::{Pane, Ui};

/// Opens the selected frame for changes; says why not, where it cannot be sent.
pub(super) fn open(ui: &mut Ui, state: &State) {
    let entry = ui.log.selected(state).and_then(|at| state.log.get(at));
    if entry.is_some_and(|entry| entry.kind == FrameKind::Model) {
        ui.message = Some("this is between us and a provider of models: r in the conversation asks again".into());
        return;
    }
    let Some(session) = entry.and_then(|entry| state.session(entry.server)) else {
        ui.message = Some("there is no frame".into());
        return;
    };
    let frame = entry.map_or(0, |entry| entry.index);
    let made = record(ui, state).and_then(|record| Resend::new(frame, session.id, record));
    match made {
        Err(why) => ui.message = Some(why.into()),
        Ok(_) if !session.is_ready() => {
            ui.message = Some(format!("{} is not connected: R connects it again", session.spec.name));
        }
        Ok(made) => {
            // What was typed and not sent is there again.
            let unsent = ui.work.unsent.take().filter(|unsent| unsent.frame == frame && unsent.server == made.server);
            ui.work.resend = Some(unsent.unwrap_or(made));
            super::go_to(ui, state, frame);
            ui.show(Pane::Work);
        }
    }
}

pub(in crate::tui::update) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    match action {
        Action::Send => send(ui, state),
        Action::Back => {
            ui.work.unsent = ui.work.resend.take();
            if ui.work.frame.is_none() {
                ui.leave(Pane::Work);
            }
            ui.message = Some("not sent; what was typed is kept for this frame".into());
            vec![]
        }
        Action::OwnEditor => {
            let Some(resend) = &ui.work.resend else { return vec![] };
            let edit = Edit { text: resend.text(), extension: "json", purpose: EditPurpose::Resend };
            vec![Outcome::Edit(edit)]
        }
        _ => vec![],
    }
}

fn send(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(resend) = &mut ui.work.resend else { return vec![] };
    let server = resend.server;
    let Some(session) = state.session(server) else { return vec![] };
    let operation = if session.is_ready() {
        resend.operation()
    } else {
        Err(format!("{} is not connected: R connects it again", session.spec.name))
    };
    match operation {
        Err(why) => {
            resend.refused = Some(why);
            vec![]
        }
        Ok(operation) => {
            ui.work.resend = None;
            ui.work.frame = None;
            ui.leave(Pane::Work);
            ui.show(Pane::Log);
            ui.log.follow = true;
            ui.message = Some(format!("sent to {}: its frames are the newest in the log", session.spec.name));
            // Whatever is still fresh of an earlier answer: a frame is what was asked for.
            let outcomes = vec![Outcome::Dispatch(Command::Renew { server, operation })];
            if state.search.is_some() && !ui.log.filter.all {
                filter::toggle_all(ui, state);
                ui.message = Some("sent; all rows are shown now, so that no filter hides the answer".into());
            }
            outcomes
        }
    }
}

/// What came back of the person's own editor.
pub(in crate::tui::update) fn edited(ui: &mut Ui, text: Result<String, String>) {
    match (text, &mut ui.work.resend) {
        (Err(why), _) => ui.message = Some(why),
        (Ok(text), Some(resend)) => resend.replace(&text),
        (Ok(_), None) => {}
    }
}

/// A key that belongs to the text.
pub(in crate::tui::update) fn type_key(ui: &mut Ui, key: Key) {
    if let Some(resend) = &mut ui.work.resend {
        resend.key(key);
    }
}

pub(in crate::tui::update) fn paste(ui: &mut Ui, text: &str) {
    if let Some(resend) = &mut ui.work.resend {
        resend.paste(text);
    }
}
