//! What a row of a list says about its item beside its name: a mark, and words for whoever sees no colours.

use std::collections::BTreeMap;

use ratatui::style::Style;

use crate::app::State;
use crate::model::approval::PinState;
use crate::model::call::{Call, CallState, Failure, ListKind};
use crate::model::claim;
use crate::model::fingerprint::Fingerprint;
use crate::model::session::{Item, Session};
use crate::tui::theme::Theme;
use crate::tui::ui::{ItemRef, Ui};

/// What there is to say about one item.
pub(super) struct Badge {
    pub(super) symbol: &'static str,
    pub(super) style: Style,
    pub(super) words: Vec<(String, Style)>,
}

/// What all rows of a list have in common.
pub(super) struct Badges<'a> {
    state: &'a State,
    session: &'a Session,
    kind: ListKind,
    /// What the server is, where definitions of its tools were ever approved.
    origin: Option<Fingerprint>,
    /// Calls under way, by what they are about.
    open: BTreeMap<&'a str, usize>,
}

impl<'a> Badges<'a> {
    pub(super) fn new(state: &'a State, session: &'a Session, kind: ListKind) -> Badges<'a> {
        let method = match kind {
            ListKind::Tools => "tools/call",
            ListKind::Prompts => "prompts/get",
            ListKind::Resources | ListKind::Templates | ListKind::Skills => "resources/read",
        };
        let mut open = BTreeMap::new();
        for call in state.open_calls().filter(|call| call.server == session.id && call.operation.method() == method) {
            *open.entry(call.operation.subject()).or_insert(0) += 1;
        }
        let pinned = kind == ListKind::Tools && !state.approvals.pins.is_empty();
        Badges { state, session, kind, origin: pinned.then(|| Fingerprint::of_server(&session.spec)), open }
    }

    pub(super) fn of(&self, item: &Item, changed: bool, ui: &Ui, theme: &Theme) -> Badge {
        let symbols = theme.symbols;
        let mut badge = Badge { symbol: " ", style: theme.accent, words: Vec::new() };
        let Some(key) = item.key() else { return badge };
        let last = self.last(key, ui);
        if let Some(count) = self.open.get(key) {
            (badge.symbol, badge.style) = (symbols.connecting, theme.warn);
            let word = if *count == 1 { "running".to_owned() } else { format!("{count} running") };
            badge.words.push((word, theme.warn));
        } else if let Some(call) = last {
            (badge.symbol, badge.style) = match &call.state {
                CallState::Failed(_) => (symbols.broken, theme.bad),
                CallState::Done(_) if call.tool_error => (symbols.down, theme.bad),
                _ => (symbols.dot, theme.accent),
            };
            match &call.state {
                CallState::Failed(Failure::Cancelled(_)) => badge.words.push(("cancelled".to_owned(), theme.dim)),
                CallState::Failed(_) => badge.words.push(("failed".to_owned(), theme.bad)),
                CallState::Done(_) if call.tool_error => badge.words.push(("error".to_owned(), theme.bad)),
                _ => {}
            }
        } else if ui.work.calls.contains_key(&self.named(key)) {
            badge.symbol = symbols.dot;
        }
        if let Some(origin) = self.origin {
            let pin = self.state.approvals.pin(origin, key, Some(Fingerprint::of_json(item.raw())));
            if matches!(pin, PinState::Changed(_)) {
                badge.words.push(("not as approved".to_owned(), theme.bad));
            }
        }
        if changed {
            badge.words.push(("changed".to_owned(), theme.warn));
        }
        if self.kind == ListKind::Resources {
            if self.session.updated.contains(key) {
                badge.words.push(("updated".to_owned(), theme.warn));
            } else if self.session.subscribed.contains(key) {
                badge.words.push(("watched".to_owned(), theme.dim));
            }
        }
        if claim::is_deprecated(item.raw()) {
            badge.words.push((format!("deprecated {}", symbols.claim), theme.claim));
        }
        badge
    }

    fn named(&self, key: &str) -> ItemRef {
        ItemRef { server: self.session.id, kind: self.kind, key: key.to_owned() }
    }

    fn last(&self, key: &str, ui: &Ui) -> Option<&'a Call> {
        self.state.calls.get(ui.work.calls.get(&self.named(key))?)
    }
}
