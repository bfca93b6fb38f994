//! Which rows a list has: [`Rows`]: all items, those a filter leaves, or a tree; in which [`Order`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::ListUi;
use crate::model::call::ListKind;
use crate::model::fuzzy::{Query, Word};
use crate::model::id::CallId;
use crate::model::session::{Item, Session};
use crate::model::skill;
use crate::model::text::width as columns;
use crate::model::uritree::{Branch, Folder, tree};
use crate::tui::page::clip;
use crate::tui::ui::Ui;

/// Columns of a name that count for the width of the column of names.
const NAME: usize = 60;
/// Names that are measured for that; more have been seen to be as wide as others.
const MEASURED: usize = 20_000;

/// Which item stands first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// As the server sends them; resources as a tree.
    #[default]
    Server,
    /// By name.
    Name,
    /// What was called last, in this run or an earlier one.
    Used,
    /// What was different at the last change of the list.
    Changed,
    /// As the server sends them, also resources.
    Flat,
}

impl Order {
    /// The next one for this kind of list.
    #[must_use]
    pub fn next(self, kind: ListKind) -> Order {
        match self {
            Order::Server => Order::Name,
            Order::Name => Order::Used,
            Order::Used => Order::Changed,
            Order::Changed if kind == ListKind::Resources => Order::Flat,
            Order::Changed | Order::Flat => Order::Server,
        }
    }

    /// In a word or two.
    pub fn word(self, kind: ListKind) -> &'static str {
        match self {
            Order::Server if kind == ListKind::Resources => "as a tree",
            Order::Server | Order::Flat => "as the server sends them",
            Order::Name => "by name",
            Order::Used => "last used first",
            Order::Changed => "changed first",
        }
    }
}

/// One row of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListRow {
    /// An item.
    Item {
        /// Its number in the server's list.
        at: usize,
        /// The part of its name that the rows above do not say; `None`: all of it.
        name: Option<String>,
        /// Levels above it.
        depth: usize,
        /// Whether it was different at the last change of the list.
        changed: bool,
    },
    /// A folder of items.
    Folder(Folder),
}

/// The rows of a list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rows {
    rows: Vec<ListRow>,
    /// Items that the filter leaves, in folded folders too.
    pub items: usize,
    /// Columns of the widest name, indented.
    pub names: usize,
}

/// Changes whenever a list has other rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    revision: u64,
    own: (String, Order, BTreeSet<String>),
    /// How many calls there were, where the order depends on that.
    calls: usize,
    newest: Option<CallId>,
}

impl Stamp {
    pub(super) fn of(ui: &Ui, session: &Session, kind: ListKind) -> Stamp {
        let own = ui.inspector.lists.get(&(session.id, kind));
        let by_use = own.is_some_and(|own| own.order == Order::Used);
        Stamp {
            revision: session.listing(kind).revision,
            own: own.map(|own| (own.filter.clone(), own.order, own.folded.clone())).unwrap_or_default(),
            calls: if by_use { ui.work.calls.len() } else { 0 },
            newest: if by_use { ui.work.calls.values().max().copied() } else { None },
        }
    }
}

impl Rows {
    /// Goes through the whole list: for where nothing is at hand.
    pub(super) fn of(ui: &Ui, session: &Session, kind: ListKind) -> Rows {
        let listing = session.listing(kind);
        let items = &listing.items;
        let none = ListUi::default();
        let own = ui.inspector.lists.get(&(session.id, kind)).unwrap_or(&none);
        let change = listing.change.iter().flat_map(|change| change.added.iter().chain(&change.changed));
        let changed: BTreeSet<&str> = change.map(String::as_str).collect();
        let is_changed = |at: usize| items[at].key().is_some_and(|key| changed.contains(key));
        let sought = Query::new(&own.filter);
        let filtered = !sought.words().is_empty();
        let mut rows = Rows::default();
        if !filtered && kind == ListKind::Resources && own.order == Order::Server {
            let names = items.iter().enumerate().filter_map(|(at, item)| Some((at, item.key()?)));
            rows.items = items.len();
            rows.rows = tree(names, |path| own.folded.contains(path))
                .into_iter()
                .map(|branch| match branch {
                    Branch::Folder(folder) => ListRow::Folder(folder),
                    Branch::Leaf { at, name, depth } => {
                        ListRow::Item { at, name: Some(name), depth, changed: is_changed(at) }
                    }
                })
                .collect();
            let bad = (0..items.len()).filter(|at| items[*at].key().is_none());
            rows.rows.extend(bad.map(|at| ListRow::Item { at, name: None, depth: 0, changed: false }));
        } else {
            let mut places: Vec<usize> = if filtered { found(items, &sought) } else { (0..items.len()).collect() };
            arrange(&mut places, ui, session, kind, own.order, &is_changed);
            rows.items = places.len();
            // What all skills' URIs begin and end with tells nothing.
            let short = |at: usize| match kind {
                ListKind::Skills => items[at].called().map(|key| skill::path(&key).to_owned()),
                _ => None,
            };
            let row = |at| ListRow::Item { at, name: short(at), depth: 0, changed: is_changed(at) };
            rows.rows = places.into_iter().map(row).collect();
        }
        rows.names = rows.rows.iter().take(MEASURED).map(|row| row.width(items)).max().unwrap_or(0);
        rows
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row at `at`.
    pub fn get(&self, at: usize) -> Option<&ListRow> {
        self.rows.get(at)
    }

    /// The row of this item, by its number in the server's list.
    pub fn row_of(&self, item: usize) -> Option<usize> {
        self.rows.iter().position(|row| matches!(row, ListRow::Item { at, .. } if *at == item))
    }
}

impl ListRow {
    fn width(&self, items: &[Item]) -> usize {
        match self {
            ListRow::Item { at, name, depth, .. } => {
                let name = name.as_deref().or_else(|| items.get(*at)?.key()).unwrap_or_default();
                // Most names are plain: their width is their length.
                let wide = if name.is_ascii() { name.len().min(NAME) } else { columns(&clip(name, NAME)) };
                wide + depth * 2
            }
            ListRow::Folder(_) => 0,
        }
    }
}

/// The items that a query finds, the best first. What is found by name comes before what is found by what is said
/// of it: that is what somebody who types a name means.
fn found(items: &[Item], query: &Query) -> Vec<usize> {
    let mut named: Vec<(i32, usize)> = Vec::new();
    let mut told: Vec<usize> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let (key, title, said) = match item {
            Item::Good { key, title, description, .. } => (key.as_str(), title.as_deref(), description.as_deref()),
            Item::Bad { problem, raw } => (problem.as_str(), None, Some(raw.as_str())),
        };
        let by_name = |word: &Word| word.score(key).max(title.and_then(|title| word.score(title)));
        let (mut score, mut is_named) = (0, true);
        let is_found = query.words().iter().all(|word| {
            if let Some(more) = by_name(word) {
                score += more;
                return true;
            }
            is_named = false;
            said.is_some_and(|said| word.is_in(said))
        });
        match (is_found, is_named) {
            (true, true) => named.push((-score, at)),
            (true, false) => told.push(at),
            (false, _) => {}
        }
    }
    named.sort_unstable();
    named.into_iter().map(|(_, at)| at).chain(told).collect()
}

fn arrange(
    places: &mut [usize],
    ui: &Ui,
    session: &Session,
    kind: ListKind,
    order: Order,
    is_changed: &dyn Fn(usize) -> bool,
) {
    let items = &session.listing(kind).items;
    let key = |at: usize| items[at].key();
    match order {
        Order::Server | Order::Flat => {}
        // What cannot be used has no name and stands at the end.
        Order::Name => places.sort_by_cached_key(|at| (key(*at).is_none(), key(*at).map(str::to_lowercase))),
        Order::Changed => places.sort_by_key(|at| !is_changed(*at)),
        Order::Used => {
            let mut earlier: BTreeMap<&str, usize> = BTreeMap::new();
            for name in ui.kept.history.newest(&session.spec.name, kind.method()) {
                let next = earlier.len();
                earlier.entry(name).or_insert(next);
            }
            let ours = ui.work.calls.iter().filter(|(item, _)| item.server == session.id && item.kind == kind);
            let ours: BTreeMap<&str, CallId> = ours.map(|(item, call)| (item.key.as_str(), *call)).collect();
            // What was called in this run was called later than what was called in others.
            places.sort_by_cached_key(|at| {
                let key = key(*at).unwrap_or_default();
                let now = ours.get(key).map(|call| Reverse(*call));
                (now.is_none(), now, earlier.get(key).copied().unwrap_or(usize::MAX))
            });
        }
    }
}
