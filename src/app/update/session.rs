//! Connecting, listing, notifications, losing a server.

use std::collections::{BTreeSet, VecDeque};

use crate::app::{Effect, Level, State};
use crate::model::call::{ListKind, Operation};
use crate::model::change::ListChange;
use crate::model::id::{Moment, ServerId};
use crate::model::server::ServerSpec;
use crate::model::session::{DownReason, Item, Items, ListState, Negotiated, STDERR_KEPT, Session, Status};

/// Resources marked as changed; a server that names more than anybody subscribed to gets no more room.
const UPDATED_KEPT: usize = 10_000;

pub(super) fn add(state: &mut State, spec: ServerSpec) -> Vec<Effect> {
    let Ok(index) = u16::try_from(state.sessions.len()) else {
        state.notice(Level::Error, None, "too many servers in one run");
        return vec![];
    };
    state.sessions.push(Session::new(ServerId(index), spec));
    vec![]
}

pub(super) fn connect(state: &mut State, server: ServerId) -> Vec<Effect> {
    let now = state.now;
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    match session.status {
        Status::Ready | Status::Connecting { .. } => vec![],
        Status::Idle | Status::Down { .. } => {
            session.status = Status::Connecting { since: now, step: "starting".into() };
            vec![Effect::Connect { server, spec: Box::new(session.spec.clone()) }]
        }
    }
}

pub(super) fn disconnect(state: &mut State, server: ServerId) -> Vec<Effect> {
    match state.session(server).map(|session| &session.status) {
        None | Some(Status::Idle) => vec![],
        Some(_) => vec![Effect::Disconnect(server)],
    }
}

pub(super) fn restart(state: &mut State, server: ServerId) -> Vec<Effect> {
    let now = state.now;
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    if session.status == Status::Idle {
        return connect(state, server);
    }
    session.status = Status::Connecting { since: now, step: "restarting".into() };
    vec![Effect::Restart(server)]
}

pub(super) fn refresh(state: &mut State, server: ServerId, kind: ListKind) -> Vec<Effect> {
    let Some(session) = state.sessions.get_mut(server.index()) else { return vec![] };
    if !session.is_ready() || session.listing(kind).state == ListState::Loading {
        return vec![];
    }
    session.listing_mut(kind).state = ListState::Loading;
    super::call::start(state, server, Operation::List(kind))
}

pub(super) fn connecting(state: &mut State, server: ServerId, step: String) -> Vec<Effect> {
    let now = state.now;
    let session = &mut state.sessions[server.index()];
    let since = match session.status {
        Status::Connecting { since, .. } => since,
        _ => now,
    };
    session.status = Status::Connecting { since, step };
    vec![]
}

pub(super) fn connected(state: &mut State, server: ServerId, negotiated: Negotiated) -> Vec<Effect> {
    let auto_list = state.auto_list;
    let session = &mut state.sessions[server.index()];
    session.status = Status::Ready;
    session.generation += 1;
    state.cache.forget_all(server);
    let session = &mut state.sessions[server.index()];
    session.latency = None;
    // That it is gone is no news any more.
    state.notices.retain(|notice| notice.level != Level::Error || notice.server != Some(server));
    let session = &mut state.sessions[server.index()];
    let mut wanted = Vec::new();
    for kind in ListKind::ALL {
        session.listing_mut(kind).fresh = None;
        let offered = negotiated.offers(kind);
        let listing = session.listing_mut(kind);
        if offered {
            if listing.state != ListState::Unknown {
                listing.state = ListState::Stale;
            }
            wanted.push(kind);
        } else {
            listing.state = ListState::Unsupported;
            listing.items = Items::default();
            listing.revision += 1;
            listing.fetched = false;
        }
    }
    let modern = negotiated.modern;
    session.negotiated = Some(negotiated);
    // Neither era's servers remember over a connection what they were asked to tell.
    let again: Vec<String> = session.subscribed.iter().cloned().collect();
    let mut effects = Vec::new();
    if auto_list {
        if modern {
            effects.push(Effect::Listen(server));
        }
        effects.extend(wanted.into_iter().flat_map(|kind| refresh(state, server, kind)));
    }
    effects.extend(again.into_iter().flat_map(|uri| super::call::start(state, server, Operation::Subscribe { uri })));
    effects
}

pub(super) fn down(state: &mut State, server: ServerId, reason: DownReason, retry_at: Option<Moment>) -> Vec<Effect> {
    let now = state.now;
    let session = &mut state.sessions[server.index()];
    // What it offered stays readable; only its currency is gone.
    for kind in ListKind::ALL {
        let listing = session.listing_mut(kind);
        if matches!(listing.state, ListState::Fresh | ListState::Loading) {
            listing.state = ListState::Stale;
        }
    }
    session.status = Status::Down { since: now, reason: reason.clone(), retry_at };
    if reason != DownReason::Stopped {
        let name = session.spec.name.clone();
        state.notice(Level::Error, Some(server), format!("{name}: {reason}"));
    }
    vec![]
}

pub(super) fn listed(
    state: &mut State,
    server: ServerId,
    kind: ListKind,
    items: Vec<Item>,
    cut: Option<String>,
) -> Vec<Effect> {
    let session = &mut state.sessions[server.index()];
    let name = session.spec.name.clone();
    let count = |items: &[Item]| items.iter().filter(|item| item.key().is_none()).count();
    let bad = count(&items);
    let listing = session.listing_mut(kind);
    let bad_before = if listing.fetched { count(&listing.items) } else { 0 };
    // What was never fetched has no past to compare with; whatever made us fetch again, a difference is news.
    let change =
        listing.fetched.then(|| ListChange::between(&listing.items, &items)).filter(|change| !change.is_empty());
    listing.fetched = true;
    listing.items = items.into();
    listing.revision += 1;
    listing.state = ListState::Fresh;
    listing.cut.clone_from(&cut);
    listing.fresh = None;
    // The newest notice is the one that is seen: what is wrong first, and only once; then what is new.
    if bad > 0 && bad != bad_before {
        let text = format!("{name}: {bad} malformed item(s) in {}; they are marked in the list", kind.method());
        state.notice(Level::Warning, Some(server), text);
    }
    if let Some(change) = change {
        let text = format!("{name}: {} changed: {change}", kind.noun());
        state.sessions[server.index()].listing_mut(kind).change = Some(change);
        state.notice(Level::Info, Some(server), text);
    }
    if let Some(why) = cut {
        state.notice(Level::Warning, Some(server), format!("{name}: {} was cut: {why}", kind.method()));
    }
    vec![]
}

pub(super) fn list_changed(state: &mut State, server: ServerId, kind: ListKind) -> Vec<Effect> {
    let auto_list = state.auto_list;
    let session = &mut state.sessions[server.index()];
    if session.listing(kind).state == ListState::Loading {
        // The running fetch may have begun before the change: ask once more behind it.
        return super::call::start(state, server, Operation::List(kind));
    }
    session.listing_mut(kind).state = ListState::Stale;
    if auto_list { refresh(state, server, kind) } else { vec![] }
}

pub(super) fn resource_updated(state: &mut State, server: ServerId, uri: &str) -> Vec<Effect> {
    let session = &mut state.sessions[server.index()];
    let name = session.spec.name.clone();
    state.cache.forget(server, uri);
    let session = &mut state.sessions[server.index()];
    // Once is enough until somebody has looked.
    if session.updated.len() < UPDATED_KEPT && session.updated.insert(uri.to_owned()) {
        state.notice(Level::Info, Some(server), resource_changed(&name, uri));
    }
    vec![]
}

fn resource_changed(server: &str, uri: &str) -> String {
    format!("{server}: {uri} changed")
}

/// Somebody looks at a resource: that it changed is no news any more.
pub(super) fn resource_read(state: &mut State, server: ServerId, uri: &str) {
    let session = &mut state.sessions[server.index()];
    if session.updated.remove(uri) {
        let said = resource_changed(&session.spec.name, uri);
        state.notices.retain(|notice| notice.server != Some(server) || notice.text != said);
    }
}

pub(super) fn subscribed(state: &mut State, server: ServerId, uris: BTreeSet<String>) -> Vec<Effect> {
    state.sessions[server.index()].subscribed = uris;
    vec![]
}

pub(super) fn unsubscribed(state: &mut State, server: ServerId, why: &str) -> Vec<Effect> {
    let session = &mut state.sessions[server.index()];
    let name = session.spec.name.clone();
    let lost = std::mem::take(&mut session.subscribed);
    let what = if lost.is_empty() { "changes".to_owned() } else { format!("changes of {} resource(s)", lost.len()) };
    state.notice(Level::Warning, Some(server), format!("{name} does not tell {what} any more: {why}"));
    vec![]
}

pub(super) fn latency(state: &mut State, server: ServerId, micros: u64) -> Vec<Effect> {
    state.sessions[server.index()].latency = Some(micros);
    vec![]
}

pub(super) fn stderr(state: &mut State, server: ServerId, line: String) -> Vec<Effect> {
    keep(&mut state.sessions[server.index()].stderr, line);
    vec![]
}

pub(super) fn noise(state: &mut State, server: ServerId, line: String) -> Vec<Effect> {
    let session = &mut state.sessions[server.index()];
    let first = session.noise.is_empty();
    keep(&mut session.noise, line);
    if first {
        let name = session.spec.name.clone();
        let text =
            format!("{name}: writes text that is not JSON-RPC to its standard output; logs belong on standard error");
        state.notice(Level::Warning, Some(server), text);
    }
    vec![]
}

pub(super) fn warning(state: &mut State, server: ServerId, text: String) -> Vec<Effect> {
    let name = state.sessions[server.index()].spec.name.clone();
    state.notice(Level::Warning, Some(server), format!("{name}: {text}"));
    vec![]
}

fn keep(lines: &mut VecDeque<String>, line: String) {
    if lines.len() >= STDERR_KEPT {
        lines.pop_front();
    }
    lines.push_back(line);
}
