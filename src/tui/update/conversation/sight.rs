//! Keys on what the model sees.

use super::{Move, chat};
use crate::app::State;
use crate::app::chat::ChatCommand;
use crate::tui::action::Action;
use crate::tui::conversation::{Kind, Sight, size};
use crate::tui::outcome::Outcome;
use crate::tui::ui::{Pane, Ui};
use crate::tui::view::status::counts;

/// Shows what the model sees.
pub(super) fn open(ui: &mut Ui, state: &State) {
    ui.show(Pane::Conversation);
    ui.conversation.composing = false;
    let width = size(ui).map_or(80, |(width, _)| width);
    ui.conversation.sight = Some(Sight::of(state, width));
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let height = size(ui).map_or(1, |(_, height)| height);
    let Some(sight) = &mut ui.conversation.sight else { return vec![] };
    let last = sight.pieces.len().saturating_sub(1);
    match action {
        Action::Back | Action::Sight => ui.conversation.sight = None,
        Action::PageUp => sight.top = sight.top.saturating_sub(height.max(2) - 1),
        Action::PageDown => {
            sight.top = (sight.top + height.max(2) - 1).min(sight.rows().saturating_sub(height));
        }
        Action::Up | Action::Down | Action::Top | Action::Bottom => {
            if let Some(step) = Move::of(action, height) {
                sight.selected = step.from(sight.selected, last);
                let row = sight.row_of(sight.selected);
                sight.top = sight.top.min(row).max((row + 1).saturating_sub(height));
            }
        }
        Action::Open => sight.toggle(),
        Action::Copy => return copy(sight).into_iter().collect(),
        Action::CountTokens if counts(state) => return vec![chat(ChatCommand::CountTools)],
        Action::CountTokens => ui.message = Some("this provider does not count tokens; they are estimated".into()),
        Action::ShowOrHide => {
            let command = match sight.pieces.get(sight.selected).map(|piece| &piece.kind) {
                Some(Kind::Server { server, .. }) => ChatCommand::Toggle { server: server.clone(), tool: None },
                Some(Kind::Tool { server, tool, .. }) => {
                    ChatCommand::Toggle { server: server.clone(), tool: Some(tool.clone()) }
                }
                _ => {
                    ui.message = Some("servers and tools can be shown or hidden; select one".into());
                    return vec![];
                }
            };
            return vec![chat(command)];
        }
        _ => {}
    }
    vec![]
}

/// Scrolls without selecting.
pub(super) fn wheel(ui: &mut Ui, rows: i32) {
    let height = size(ui).map_or(1, |(_, height)| height);
    if let Some(sight) = &mut ui.conversation.sight {
        sight.top = Move::By(i64::from(rows)).from(sight.top, sight.rows().saturating_sub(height));
    }
}

fn copy(sight: &Sight) -> Option<Outcome> {
    let piece = sight.pieces.get(sight.selected)?;
    Some(Outcome::Copy(piece.text().into_owned()))
}
