//! The inspector on screen: [`InspectorUi`]: which server, which tab, what is selected in it, how lists are shown.
//!
//! Which rows a list has is `inspector/rows.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::rows::Stamp;
pub use self::rows::{ListRow, Order, Rows};
use super::ui::Ui;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::id::ServerId;
use crate::model::serverlog::LogLevel;
use crate::model::session::{Item, Session};
use crate::model::task::KnownTask;

mod rows;

/// A tab of one server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tab {
    /// One of its lists.
    List(ListKind),
    /// What it works on after it has answered.
    Tasks,
    /// What it says about its work, in messages of the protocol.
    Logging,
    /// What it is and how it is.
    Info,
    /// How it is started and held, and who says so.
    Config,
    /// What it wrote beside the protocol.
    Stderr,
}

impl Tab {
    /// All of them, left to right.
    pub const ALL: [Tab; 10] = [
        Tab::List(ListKind::Tools),
        Tab::List(ListKind::Resources),
        Tab::List(ListKind::Templates),
        Tab::List(ListKind::Prompts),
        Tab::List(ListKind::Skills),
        Tab::Tasks,
        Tab::Logging,
        Tab::Info,
        Tab::Config,
        Tab::Stderr,
    ];

    /// Those that a server has: skills only where it announces them.
    pub fn of(session: &Session) -> impl Iterator<Item = Tab> + Clone {
        let skills = session.negotiated.as_ref().is_some_and(|agreed| agreed.offers(ListKind::Skills));
        Tab::ALL.into_iter().filter(move |tab| skills || *tab != Tab::List(ListKind::Skills))
    }

    /// Whether it is a page to be read, not rows to choose from.
    pub fn is_page(self) -> bool {
        matches!(self, Tab::Info | Tab::Config | Tab::Stderr)
    }
}

/// A row of the list of servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerRow<'a> {
    /// The name of a group, above its servers.
    Group(&'a str),
    /// A server, by its number.
    Server(usize),
}

/// Which half of the inspector the selection is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// The servers.
    Servers,
    /// What the selected server offers.
    Items,
}

/// The servers and what they offer.
#[derive(Clone, Debug)]
pub struct InspectorUi {
    /// Which half the selection is in.
    pub zone: Zone,
    /// The selected server.
    pub server: usize,
    /// The open tab of each server; tools when missing.
    pub tabs: BTreeMap<ServerId, Tab>,
    /// Selection and filter of each list.
    pub lists: BTreeMap<(ServerId, ListKind), ListUi>,
    /// The selected task of each server, from the one heard of last.
    pub tasks: BTreeMap<ServerId, usize>,
    /// What is seen of each server's log messages.
    pub logging: BTreeMap<ServerId, LoggingUi>,
    /// Whether the filter is being typed.
    pub filtering: bool,
    cached: BTreeMap<(ServerId, ListKind), (Stamp, Arc<Rows>)>,
}

/// Selection and filter of one list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListUi {
    /// The selected row among those the filter leaves.
    pub selected: usize,
    /// What the person typed.
    pub filter: String,
    /// Which item stands first.
    pub order: Order,
    /// Folders of which nothing is shown, by what the names in them begin with.
    pub folded: BTreeSet<String>,
}

/// What is seen of a server's log messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LoggingUi {
    /// Messages of lower levels are left out.
    pub least: LogLevel,
    /// The frame of the selected message; `None` stays with the newest.
    pub selected: Option<usize>,
}

impl LoggingUi {
    /// The messages that `height` rows show, oldest first, and which of them is selected.
    pub fn window(self, session: &Session, height: usize) -> (Vec<(usize, LogLevel)>, usize) {
        let log = &session.messages;
        let height = height.max(1);
        let Some(selected) = self.selected else {
            let mut newest: Vec<_> = log.at_least(self.least).rev().take(height).collect();
            newest.reverse();
            let last = newest.len().saturating_sub(1);
            return (newest, last);
        };
        let below = height - height * 2 / 3;
        let mut after: Vec<_> = log.from(selected, self.least).take(height).collect();
        let mut rows: Vec<_> = log.before(selected, self.least).take(height - after.len().min(below)).collect();
        rows.reverse();
        let at = rows.len();
        after.truncate(height - at);
        rows.append(&mut after);
        let at = at.min(rows.len().saturating_sub(1));
        (rows, at)
    }
}

impl InspectorUi {
    /// With one server the selection starts in what it offers, with more in the servers.
    pub fn new(state: &State) -> InspectorUi {
        InspectorUi {
            zone: if state.sessions.len() == 1 { Zone::Items } else { Zone::Servers },
            server: 0,
            tabs: BTreeMap::new(),
            lists: BTreeMap::new(),
            tasks: BTreeMap::new(),
            logging: BTreeMap::new(),
            filtering: false,
            cached: BTreeMap::new(),
        }
    }
}

impl Ui {
    /// The selected server.
    pub fn session<'a>(&self, state: &'a State) -> Option<&'a Session> {
        state.sessions.get(self.inspector.server.min(state.sessions.len().saturating_sub(1)))
    }

    /// The rows of the list of servers: each server by its number, and above each group its name.
    pub fn server_rows<'a>(&self, state: &'a State) -> Vec<ServerRow<'a>> {
        let mut rows = Vec::with_capacity(state.sessions.len());
        let mut group = None;
        for (at, session) in state.sessions.iter().enumerate() {
            let own = session.spec.group.as_deref();
            if own != group {
                rows.push(ServerRow::Group(own.unwrap_or("others")));
                group = own;
            }
            rows.push(ServerRow::Server(at));
        }
        rows
    }

    /// The open tab of a server.
    pub fn tab(&self, server: ServerId) -> Tab {
        self.inspector.tabs.get(&server).copied().unwrap_or(Tab::List(ListKind::Tools))
    }

    /// Selection and filter of a list.
    pub fn list(&self, server: ServerId, kind: ListKind) -> ListUi {
        self.inspector.lists.get(&(server, kind)).cloned().unwrap_or_default()
    }

    /// The rows of a list, as they were when something last changed about them.
    pub fn rows(&self, session: &Session, kind: ListKind) -> Arc<Rows> {
        let stamp = Stamp::of(self, session, kind);
        match self.inspector.cached.get(&(session.id, kind)) {
            Some((known, rows)) if *known == stamp => rows.clone(),
            _ => Arc::new(Rows::of(self, session, kind)),
        }
    }

    /// How many rows the filter of the open list leaves, if it has one.
    pub fn filtered(&self, state: &State) -> Option<usize> {
        let session = self.session(state)?;
        let Tab::List(kind) = self.tab(session.id) else { return None };
        let list = self.inspector.lists.get(&(session.id, kind))?;
        (!list.filter.is_empty()).then(|| self.rows(session, kind).len())
    }

    /// Keeps the rows of the open list, so that no frame has to go through all of its items.
    pub fn keep_rows(&mut self, state: &State) {
        let Some(session) = self.session(state) else { return };
        let Tab::List(kind) = self.tab(session.id) else { return };
        let key = (session.id, kind);
        let stamp = Stamp::of(self, session, kind);
        if self.inspector.cached.get(&key).is_none_or(|(known, _)| *known != stamp) {
            let rows = Arc::new(Rows::of(self, session, kind));
            self.inspector.cached.insert(key, (stamp, rows));
        }
    }

    /// The selected row of the open list, if the selection is in one.
    pub fn row<'a>(&self, state: &'a State) -> Option<(&'a Session, ListKind, ListRow)> {
        let session = self.session(state)?;
        let Tab::List(kind) = self.tab(session.id) else { return None };
        if self.inspector.zone != Zone::Items {
            return None;
        }
        let rows = self.rows(session, kind);
        let selected = self.inspector.lists.get(&(session.id, kind)).map_or(0, |list| list.selected);
        Some((session, kind, rows.get(selected.min(rows.len().saturating_sub(1)))?.clone()))
    }

    /// The selected item of the open list, if the selection is on one.
    pub fn item<'a>(&self, state: &'a State) -> Option<(&'a Session, ListKind, &'a Item)> {
        match self.row(state)? {
            (session, kind, ListRow::Item { at, .. }) => Some((session, kind, session.listing(kind).items.get(at)?)),
            (.., ListRow::Folder(_)) => None,
        }
    }

    /// The selected task, if the selection is on one.
    pub fn task<'a>(&self, state: &'a State) -> Option<(&'a Session, &'a KnownTask)> {
        let session = self.session(state)?;
        if self.inspector.zone != Zone::Items || self.tab(session.id) != Tab::Tasks {
            return None;
        }
        let last = state.tasks_of(session).count().checked_sub(1)?;
        let at = self.inspector.tasks.get(&session.id).copied().unwrap_or(0).min(last);
        Some((session, state.tasks_of(session).nth(at)?))
    }

    /// What is seen of the selected server's log messages, while that tab is open.
    pub fn logging<'a>(&self, state: &'a State) -> Option<(&'a Session, LoggingUi)> {
        let session = self.session(state).filter(|session| self.tab(session.id) == Tab::Logging)?;
        Some((session, self.inspector.logging.get(&session.id).copied().unwrap_or_default()))
    }
}
