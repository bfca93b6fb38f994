//! What the palette can find ([`all`]), and which of it is best ([`Best`]).

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Target;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::fuzzy::{Query, Word};
use crate::model::id::ServerId;
use crate::model::session::{Item, Session, Status};
use crate::tui::action::Action;
use crate::tui::keymap::{Binding, Context, Key};
use crate::tui::theme::Scheme;
use crate::tui::ui::{ItemRef, Ui};
use crate::tui::view::status::wanted;

/// A word that is found elsewhere than in the name counts this much.
const IN_TITLE: i32 = 24;
const IN_PLACE: i32 = 14;
const IN_KIND: i32 = 12;
const IN_DETAIL: i32 = 4;

/// Items that come first while nothing is typed.
const LIKELY: usize = 5;

/// Something that may be a result.
pub(super) struct Candidate<'a> {
    pub(super) kind: &'static str,
    pub(super) label: Cow<'a, str>,
    pub(super) title: &'a str,
    pub(super) place: &'a str,
    pub(super) detail: Cow<'a, str>,
    pub(super) keys: Vec<Key>,
    pub(super) goal: Goal<'a>,
}

/// What it leads to; a [`Target`] is made of those that are shown only.
pub(super) enum Goal<'a> {
    Action(Context, Action),
    Server(ServerId),
    Item(ServerId, ListKind, &'a str),
    Preset(ServerId, ListKind, &'a str, &'a str),
    Filter(&'a str),
    Conversation(&'a str),
    Scheme(Scheme),
    Ascii,
}

impl Candidate<'_> {
    pub(super) fn target(&self) -> Target {
        let item = |server: ServerId, kind: ListKind, key: &str| ItemRef { server, kind, key: key.to_owned() };
        match self.goal {
            Goal::Action(context, action) => Target::Action(context, action),
            Goal::Server(server) => Target::Server(server),
            Goal::Item(server, kind, key) => Target::Item(item(server, kind, key)),
            Goal::Preset(server, kind, key, text) => Target::Preset(item(server, kind, key), text.to_owned()),
            Goal::Filter(text) => Target::Filter(text.to_owned()),
            Goal::Conversation(id) => Target::Conversation(id.to_owned()),
            Goal::Scheme(scheme) => Target::Scheme(scheme),
            Goal::Ascii => Target::Ascii,
        }
    }

    /// How well it is meant by all words; `None` when it is not.
    fn score(&self, query: &Query) -> Option<i32> {
        let one = |word: &Word| {
            let elsewhere = || {
                [(self.title, IN_TITLE), (self.place, IN_PLACE), (self.kind, IN_KIND), (&self.detail, IN_DETAIL)]
                    .into_iter()
                    .find_map(|(text, counts)| (!text.is_empty() && word.is_in(text)).then_some(counts))
            };
            word.score(&self.label).or_else(elsewhere)
        };
        query.words().iter().try_fold(0, |sum, word| Some(sum + one(word)?))
    }
}

/// The best candidates so far.
pub(super) struct Best<'a> {
    query: &'a Query,
    most: usize,
    /// The worst of them on top.
    heap: BinaryHeap<Reverse<Ranked<'a>>>,
    /// How many were found in all.
    pub(super) count: usize,
}

struct Ranked<'a> {
    score: i32,
    /// Of equals, the one that came first.
    place: Reverse<usize>,
    candidate: Candidate<'a>,
}

impl Ranked<'_> {
    fn key(&self) -> (i32, Reverse<usize>) {
        (self.score, self.place)
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Ranked<'_> {}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<'a> Best<'a> {
    pub(super) fn new(query: &'a Query, most: usize) -> Best<'a> {
        Best { query, most, heap: BinaryHeap::new(), count: 0 }
    }

    fn offer(&mut self, candidate: Candidate<'a>) {
        let Some(score) = candidate.score(self.query) else { return };
        let ranked = Ranked { score, place: Reverse(self.count), candidate };
        self.count += 1;
        if self.heap.len() < self.most {
            self.heap.push(Reverse(ranked));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && worst.0 < ranked
        {
            *worst = Reverse(ranked);
        }
    }

    pub(super) fn into_sorted(self) -> Vec<Candidate<'a>> {
        // Reversed twice: the best comes first.
        self.heap.into_sorted_vec().into_iter().map(|Reverse(ranked)| ranked.candidate).collect()
    }
}

/// Offers everything there is: what can be done here, then servers, their items, presets, conversations, and how it can
/// look. While nothing is typed, what somebody most likely wants comes before all that.
pub(super) fn all<'a>(ui: &'a Ui, state: &'a State, best: &mut Best<'a>) {
    let first = if best.query.words().is_empty() { likely(ui, state) } else { vec![] };
    for (session, kind, item) in &first {
        offer_item(session, *kind, item, state, best);
    }
    actions(ui, state, best);
    elsewhere(ui, state, best);
    for session in &state.sessions {
        best.offer(Candidate {
            kind: "server",
            label: Cow::Borrowed(&session.spec.name),
            title: "",
            place: "",
            detail: Cow::Borrowed(status(session)),
            keys: vec![],
            goal: Goal::Server(session.id),
        });
    }
    for session in &state.sessions {
        for kind in ListKind::ALL {
            items(session, kind, state, &first, best);
        }
    }
    presets(ui, state, best);
    for filter in &ui.kept.filters.0 {
        best.offer(Candidate {
            kind: "filter",
            label: Cow::Borrowed(&filter.name),
            title: "",
            place: "",
            detail: Cow::Borrowed(&filter.text),
            keys: vec![],
            goal: Goal::Filter(&filter.text),
        });
    }
    // The one that is open needs no finding.
    for kept in state.chat.kept.iter().filter(|kept| kept.id != state.chat.conversation.id) {
        best.offer(Candidate {
            kind: "chat",
            label: Cow::Borrowed(if kept.title.is_empty() { &kept.id } else { &kept.title }),
            title: "",
            place: "",
            detail: Cow::Borrowed(&kept.id),
            keys: vec![],
            goal: Goal::Conversation(&kept.id),
        });
    }
    for scheme in Scheme::ALL {
        best.offer(Candidate {
            kind: "theme",
            label: Cow::Borrowed(scheme.name()),
            title: "",
            place: "",
            detail: Cow::Borrowed(scheme.describe()),
            keys: vec![],
            goal: Goal::Scheme(scheme),
        });
    }
    best.offer(Candidate {
        kind: "theme",
        label: Cow::Borrowed("ascii"),
        title: "",
        place: "",
        detail: Cow::Borrowed("Frames and marks in ASCII alone, or as they were"),
        keys: vec![],
        goal: Goal::Ascii,
    });
}

fn status(session: &Session) -> &'static str {
    match session.status {
        Status::Idle => "not started",
        Status::Connecting { .. } => "connecting",
        Status::Ready => "ready",
        Status::Down { .. } => "down",
    }
}

/// What a key could do where the palette was opened; not what only moves.
fn actions<'a>(ui: &'a Ui, state: &State, best: &mut Best<'a>) {
    let context = ui.focus_behind();
    for binding in ui.keymap.reachable(context) {
        // A server that works is connected again for a reason; no hint need say so all the time.
        let again = binding.action == Action::Restart && ui.session(state).is_some();
        if !binding.action.only_moves() && (again || wanted(state, ui, context, binding.action)) {
            best.offer(action(context, binding, ""));
        }
    }
}

/// What a key could do in the other panes, for somebody who looks for it by name.
fn elsewhere<'a>(ui: &'a Ui, state: &State, best: &mut Best<'a>) {
    let here = ui.focus_behind();
    if best.query.words().is_empty() || here.is_modal() {
        return;
    }
    let work = Some(ui.work_context()).filter(|context| !context.is_text() && *context != Context::Calls);
    let panes = [Some(Context::Inspector), work, Some(Context::Calls), Some(Context::Conversation), Some(Context::Log)];
    for context in panes.into_iter().flatten().filter(|context| *context != here) {
        for binding in ui.keymap.of(context) {
            if !binding.action.only_moves() && wanted(state, ui, context, binding.action) {
                best.offer(action(context, binding, context.title()));
            }
        }
    }
}

fn action<'a>(context: Context, binding: &'a Binding, place: &'a str) -> Candidate<'a> {
    Candidate {
        kind: "action",
        label: Cow::Owned(binding.action.title()),
        title: "",
        place,
        detail: Cow::Borrowed(binding.help),
        keys: binding.keys.iter().take(1).copied().collect(),
        goal: Goal::Action(context, binding.action),
    }
}

/// An item of a server's list.
type Listed<'a> = (&'a Session, ListKind, &'a Item);

/// What was called last, the newest first; the first tools of the selected server where nothing was.
fn likely<'a>(ui: &Ui, state: &'a State) -> Vec<Listed<'a>> {
    let mut called: Vec<_> = ui.work.calls.iter().collect();
    called.sort_by_key(|(_, call)| Reverse(**call));
    let find = |item: &ItemRef| {
        let session = state.session(item.server)?;
        Some((session, item.kind, session.item(item.kind, &item.key)?))
    };
    let called: Vec<_> = called.into_iter().filter_map(|(item, _)| find(item)).take(LIKELY).collect();
    if !called.is_empty() {
        return called;
    }
    let tools = |session: &'a Session| session.tools.items.iter().map(move |item| (session, ListKind::Tools, item));
    let usable = |(.., item): &Listed<'_>| matches!(item, Item::Good { .. });
    ui.session(state).into_iter().flat_map(tools).filter(usable).take(LIKELY).collect()
}

fn items<'a>(session: &'a Session, list: ListKind, state: &State, first: &[Listed<'a>], best: &mut Best<'a>) {
    for item in &session.listing(list).items {
        if !first.iter().any(|(.., other)| std::ptr::eq(*other, item)) {
            offer_item(session, list, item, state, best);
        }
    }
}

fn offer_item<'a>(session: &'a Session, list: ListKind, item: &'a Item, state: &State, best: &mut Best<'a>) {
    let kind = match list {
        ListKind::Tools => "tool",
        ListKind::Resources => "resource",
        ListKind::Templates => "template",
        ListKind::Prompts => "prompt",
        ListKind::Skills => "skill",
    };
    // What cannot be used can still be seen in its list.
    let Item::Good { key, title, description, .. } = item else { return };
    best.offer(Candidate {
        kind,
        label: Cow::Borrowed(key),
        title: title.as_deref().unwrap_or_default(),
        // Among the items of one server, its name tells nothing.
        place: if state.sessions.len() > 1 { &session.spec.name } else { "" },
        detail: Cow::Borrowed(description.as_deref().or(title.as_deref()).unwrap_or_default()),
        keys: vec![],
        goal: Goal::Item(session.id, list, key),
    });
}

fn presets<'a>(ui: &'a Ui, state: &'a State, best: &mut Best<'a>) {
    for preset in &ui.kept.presets.0 {
        let list = ListKind::ALL.into_iter().find(|kind| kind.method() == preset.item.list);
        let (Some(session), Some(list)) = (state.by_name(&preset.item.server), list) else { continue };
        best.offer(Candidate {
            kind: "preset",
            label: Cow::Borrowed(&preset.name),
            title: &preset.item.item,
            place: &session.spec.name,
            // Of which tool it is the arguments is the first thing one wants to know.
            detail: Cow::Owned(format!("{}  {}", preset.item.item, preset.text)),
            keys: vec![],
            goal: Goal::Preset(session.id, list, &preset.item.item, &preset.text),
        });
    }
}
