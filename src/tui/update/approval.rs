//! Keys in the window of a call that a model wants to make. Nothing allows it by accident: no Enter, nothing that was
//! typed for something else, nothing before all of it could be read.

use super::question::{answer, scroll};
use super::{Move, Outcome};
use crate::app::State;
use crate::model::approval::{ApprovalAnswer, ApprovalRequest, Scope};
use crate::model::policy::ArgumentPattern;
use crate::model::question::{Answer, QuestionBody};
use crate::tui::action::Action;
use crate::tui::line::LineEdit;
use crate::tui::modal::approval::{ApprovalUi, Step};
use crate::tui::modal::{self, Body};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::view::question::Sheet;

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let Some(id) = ui.questions.open.as_ref().map(|open| open.id) else { return vec![] };
    let request = state.questions.iter().find(|question| question.id == id).map(|question| &question.body);
    let Some(QuestionBody::Approval(request)) = request else { return vec![] };
    let Some(Body::Approval(approval)) = ui.questions.open.as_mut().map(|open| &mut open.body) else { return vec![] };
    match action {
        Action::Questions => {
            modal::put_aside(ui);
            ui.message = Some("put aside: the call waits; Ctrl-O brings it back".into());
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
            let page = Sheet::of(state, ui, &Theme::default()).map_or(1, |sheet| usize::from(sheet.text.height));
            if let Some(step) = Move::of(action, page) {
                scroll(ui, state, step);
            }
        }
        action => match decide(approval, state, request, action) {
            Ok(Some(said)) => return answer(ui, said),
            Ok(None) => {}
            Err(why) => ui.message = Some(why),
        },
    }
    vec![]
}

/// The answer that a key gives, if it gives one; the error is why it does not.
fn decide(
    approval: &mut ApprovalUi,
    state: &State,
    request: &ApprovalRequest,
    action: Action,
) -> Result<Option<Answer>, String> {
    let always = matches!(approval.step, Step::Always);
    let deny = |message: Option<String>, rest_of_turn| Answer::Approval(ApprovalAnswer::Deny { message, rest_of_turn });
    let exactly = ArgumentPattern::Exactly(approval.arguments(request).clone());
    let scope = match (action, &approval.step) {
        (Action::Deny, _) => return Ok(Some(deny(None, false))),
        (Action::DenyTurn, _) => return Ok(Some(deny(None, true))),
        (Action::Send, Step::Denial(line)) => return Ok(Some(deny(Some(line.text().to_owned()), false))),
        (Action::Send, Step::Rewrite(_)) => {
            approval.rewritten(state, request)?;
            return Ok(None);
        }
        (Action::DenyWith, _) => {
            approval.step = Step::Denial(LineEdit::default());
            return Ok(None);
        }
        (Action::Rewrite, _) => {
            approval.rewrite(request);
            return Ok(None);
        }
        (Action::Raw, _) => {
            approval.unfold();
            return Ok(None);
        }
        (Action::NextField | Action::PrevField, Step::Pattern(_)) => {
            if let Step::Pattern(pattern) = &mut approval.step {
                let back = pattern.members.len().saturating_sub(1);
                pattern.step(if action == Action::NextField { 1 } else { back });
            }
            return Ok(None);
        }
        (Action::Back, Step::Pattern(pattern)) => {
            approval.step = if pattern.always { Step::Always } else { Step::Ask };
            return Ok(None);
        }
        (Action::Back, _) => {
            approval.step = Step::Ask;
            return Ok(None);
        }
        (Action::AllowOnce, _) => Scope::Once,
        (Action::AllowConversation, _) => Scope::Conversation,
        (Action::AllowAny, _) => Scope::Always(ArgumentPattern::Any),
        (Action::AllowExact, _) if always => Scope::Always(exactly),
        (Action::AllowExact, _) => Scope::These(exactly),
        (Action::Send, Step::Pattern(pattern)) => pattern.scope(),
        (Action::AllowAlways, _) => {
            ready(approval)?;
            approval.step = Step::Always;
            return Ok(None);
        }
        (Action::AllowPattern, _) => {
            ready(approval)?;
            approval.pattern(request, always)?;
            return Ok(None);
        }
        _ => return Ok(None),
    };
    ready(approval)?;
    Ok(Some(approval.allow(scope)))
}

fn ready(approval: &ApprovalUi) -> Result<(), String> {
    approval.hindrance().map_or(Ok(()), |why| Err(format!("not allowed: {why}")))
}
