//! A list that its server called fresh for a time is fetched again when somebody comes to look at it after that time:
//! not before, and not because time went by.

use crate::app::{Command, State};
use crate::model::session::ListState;
use crate::tui::ui::{Tab, Ui};
use crate::tui::update::Outcome;

/// After the selected list changed.
pub(in crate::tui::update) fn look(ui: &Ui, state: &State) -> Vec<Outcome> {
    let Some(session) = ui.session(state).filter(|session| session.is_ready()) else { return vec![] };
    let Tab::List(kind) = ui.tab(session.id) else { return vec![] };
    let listing = session.listing(kind);
    let now = ui.now(state);
    // A server that gives no time is not asked at every look.
    let over = listing.fresh.is_some_and(|fresh| fresh.ttl > 0 && !fresh.is_fresh(now));
    if !over || listing.state != ListState::Fresh {
        return vec![];
    }
    vec![Outcome::Dispatch(Command::Refresh { server: session.id, kind })]
}
