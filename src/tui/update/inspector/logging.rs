//! Keys on a server's log messages: the selection, which levels are seen, the frame of one.

use crate::app::State;
use crate::tui::ui::{LoggingUi, Ui};
use crate::tui::update::{Move, log};

fn put(ui: &mut Ui, state: &State, own: LoggingUi) {
    if let Some((session, _)) = ui.logging(state) {
        ui.inspector.logging.insert(session.id, own);
    }
}

/// Moves the selection; the newest message stays selected while newer ones come. Returns whether there was one to go to.
pub(super) fn select(ui: &mut Ui, state: &State, step: Move) -> bool {
    let Some((session, mut own)) = ui.logging(state) else { return false };
    let log = &session.messages;
    let newest = log.at_least(own.least).next_back().map(|(frame, _)| frame);
    let Some(now) = own.selected.or(newest) else { return false };
    let to = match step {
        Move::Top => log.at_least(own.least).next(),
        Move::Bottom => log.at_least(own.least).next_back(),
        Move::By(rows) if rows < 0 => {
            let rows = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
            log.before(now, own.least).take(rows).last()
        }
        Move::By(rows) => log.from(now + 1, own.least).take(usize::try_from(rows).unwrap_or(0)).last(),
    };
    let Some((to, _)) = to else { return false };
    own.selected = (Some(to) != newest).then_some(to);
    put(ui, state, own);
    true
}

/// A click on a row.
pub(super) fn click(ui: &mut Ui, state: &State, row: usize, height: usize) {
    let Some((session, mut own)) = ui.logging(state) else { return };
    let (rows, _) = own.window(session, height);
    let Some((frame, _)) = rows.get(row).copied() else { return };
    super::show_selection(ui);
    own.selected = Some(frame);
    put(ui, state, own);
}

/// Shows messages of less severe levels, too, or only of more severe ones.
pub(super) fn seen(ui: &mut Ui, state: &State, more_severe: bool) {
    let Some((_, mut own)) = ui.logging(state) else { return };
    own.least = own.least.next(more_severe);
    put(ui, state, own);
}

/// Opens the frame of the selected message.
pub(super) fn open(ui: &mut Ui, state: &State) {
    let Some((session, own)) = ui.logging(state) else { return };
    let (rows, selected) = own.window(session, 1);
    match rows.get(selected) {
        Some((frame, _)) => log::open_frame(ui, state, *frame),
        None => ui.message = Some("there is no message yet".into()),
    }
}
