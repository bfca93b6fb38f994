//! What only the screen needs: [`Ui`]: panes, selections, scrolling, half-typed text, windows on top.
//!
//! What headless would need too is in `app::State`. Selections are numbers that are clamped where they are read:
//! lists change under them at any time.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::calls::{CallsUi, EarlierUi};
use super::conversation::ConversationUi;
use super::editor::Editor;
use super::frame::{FrameTab, FrameUi};
use super::kept::Kept;
use super::keymap::{Context, Keymap};
use super::layout::{Edge, Layout};
use super::log::LogUi;
use super::modal::QuestionsUi;
use super::palette::PaletteUi;
use super::prompt::Prompt;
use super::reader::Reader;
use super::recall::Recall;
use super::resend::Resend;
use super::result::ResultUi;
use super::theme::Look;
use crate::app::State;
use crate::model::call::{Call, ListKind};
use crate::model::exchange;
use crate::model::id::{CallId, Moment, ServerId};
use crate::model::session::{Item, Session};

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Ui {
    /// How large the terminal is.
    pub size: Size,
    /// The panes by when they last had the focus.
    pub panes: Recency,
    /// Whether that pane has all the room.
    pub zoom: bool,
    /// The servers and what they offer.
    pub inspector: InspectorUi,
    /// The detail, the editor, the result.
    pub work: WorkUi,
    /// What is read of results.
    pub result: ResultUi,
    /// The list of calls.
    pub calls: CallsUi,
    /// The conversation with a model and the text being typed for it.
    pub conversation: ConversationUi,
    /// The list of frames.
    pub log: LogUi,
    /// Questions of servers; the open one lies on top of the panes.
    pub questions: QuestionsUi,
    /// A person's own window, on top of everything.
    pub modal: Option<Modal>,
    /// An answer to the last key, until the next one.
    pub message: Option<String>,
    /// Ctrl-C was the last key: once more and it is over.
    pub leaving: bool,
    /// When the last key was pressed.
    pub last_key: Moment,
    /// The time of the last tick, for what is going on right now.
    pub now: Moment,
    /// Where the person is, for times of day.
    pub zone: TimeZone,
    /// Which key does what.
    pub keymap: Keymap,
    /// What is remembered from run to run.
    pub kept: Kept,
    /// Which styles and symbols.
    pub look: Look,
    /// The border that the mouse holds.
    pub held: Option<Edge>,
    /// The terminal has lost the focus.
    pub away: bool,
    /// Whether to say how to begin.
    pub welcome: bool,
}

/// The panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pane {
    /// Servers and what they offer.
    Inspector,
    /// What a person and a model say to each other.
    Conversation,
    /// The list of frames.
    Log,
    /// The detail, editor and result of what is selected; an open frame.
    Work,
}

impl Pane {
    /// All of them, in the order of their numbers.
    pub const ALL: [Pane; 4] = [Pane::Inspector, Pane::Conversation, Pane::Log, Pane::Work];
}

/// The panes by when they last had the focus, the one that has it first. What is in view where not all panes have
/// room, and where one gets back to, follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recency([Pane; 4]);

impl Default for Recency {
    fn default() -> Self {
        Recency(Pane::ALL)
    }
}

impl Recency {
    /// The pane with the focus.
    pub fn focused(self) -> Pane {
        self.0[0]
    }

    /// Whichever of `panes` had the focus last.
    pub fn newest(self, panes: &[Pane]) -> Pane {
        self.0.into_iter().find(|pane| panes.contains(pane)).unwrap_or(self.0[0])
    }

    fn focus(&mut self, pane: Pane) {
        let at = self.0.iter().position(|one| *one == pane).unwrap_or(0);
        self.0[..=at].rotate_right(1);
    }

    fn leave(&mut self, pane: Pane) {
        let at = self.0.iter().position(|one| *one == pane).unwrap_or(0);
        self.0[at..].rotate_left(1);
    }
}

/// A window on top of the panes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Modal {
    /// All keys.
    Help {
        /// Lines scrolled away.
        scroll: usize,
    },
    /// Whether to leave while calls are running.
    Quit,
    /// One line at the bottom.
    Prompt(Prompt),
    /// Everything that can be done or gone to.
    Palette(Box<PaletteUi>),
    /// Arguments of earlier times.
    Recall(Recall),
    /// Earlier calls, to compare an answer with.
    Earlier(EarlierUi),
}

/// A tab of one server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    /// One of its lists.
    List(ListKind),
    /// What it is and how it is.
    Info,
    /// What it wrote beside the protocol.
    Stderr,
}

impl Tab {
    /// All of them, left to right.
    pub const ALL: [Tab; 7] = [
        Tab::List(ListKind::Tools),
        Tab::List(ListKind::Resources),
        Tab::List(ListKind::Templates),
        Tab::List(ListKind::Prompts),
        Tab::List(ListKind::Skills),
        Tab::Info,
        Tab::Stderr,
    ];

    /// Those that a server has: skills only where it announces them.
    pub fn of(session: &Session) -> impl Iterator<Item = Tab> + Clone {
        let skills = session.negotiated.as_ref().is_some_and(|agreed| agreed.offers(ListKind::Skills));
        Tab::ALL.into_iter().filter(move |tab| skills || *tab != Tab::List(ListKind::Skills))
    }
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
    /// Whether the filter is being typed.
    pub filtering: bool,
}

/// Selection and filter of one list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListUi {
    /// The selected row among those the filter leaves.
    pub selected: usize,
    /// What the person typed.
    pub filter: String,
}

/// An item of a list by name: stable while lists change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ItemRef {
    /// Whose.
    pub server: ServerId,
    /// In which list.
    pub kind: ListKind,
    /// Its programmatic name.
    pub key: String,
}

/// What the work pane shows of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WorkTab {
    /// What it is.
    #[default]
    Detail,
    /// How its last call went.
    Result,
    /// All calls of the run.
    Calls,
}

/// The work pane. A frame to be sent again lies on top of the open frame, that on top of the editor, that on top of
/// what the inspector has selected.
#[derive(Clone, Debug, Default)]
pub struct WorkUi {
    /// A frame that is to be sent again.
    pub resend: Option<Resend>,
    /// One that was put away without being sent.
    pub unsent: Option<Resend>,
    /// An open frame.
    pub frame: Option<FrameUi>,
    /// Arguments being typed.
    pub editor: Option<Editor>,
    /// What is shown of the selected item.
    pub tab: WorkTab,
    /// Lines scrolled away.
    pub scroll: usize,
    /// Whether JSON is shown as sent instead of what it means.
    pub raw: bool,
    /// Whether arguments are typed as JSON, the way the person went last.
    pub as_json: bool,
    /// What was typed for each item, sent or not.
    pub drafts: BTreeMap<ItemRef, String>,
    /// The newest call of each item.
    pub calls: BTreeMap<ItemRef, CallId>,
}

/// The rows that a filter leaves of a list.
pub enum Rows {
    /// All, without looking at any.
    All(usize),
    /// These.
    Some(Vec<usize>),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Rows::All(len) => *len,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place in the list of the row at `at`.
    pub fn get(&self, at: usize) -> Option<usize> {
        match self {
            Rows::All(len) => (at < *len).then_some(at),
            Rows::Some(rows) => rows.get(at).copied(),
        }
    }
}

impl Ui {
    /// A fresh screen. With one server the selection starts in what it offers, with more in the servers.
    pub fn new(size: Size, state: &State, keymap: Keymap, zone: TimeZone) -> Ui {
        Ui {
            size,
            panes: Recency::default(),
            zoom: false,
            inspector: InspectorUi {
                zone: if state.sessions.len() == 1 { Zone::Items } else { Zone::Servers },
                server: 0,
                tabs: BTreeMap::new(),
                lists: BTreeMap::new(),
                filtering: false,
            },
            work: WorkUi::default(),
            result: ResultUi::default(),
            calls: CallsUi::default(),
            conversation: ConversationUi::default(),
            log: LogUi::default(),
            questions: QuestionsUi::default(),
            modal: None,
            message: None,
            leaving: false,
            last_key: Moment::default(),
            now: state.now,
            zone,
            keymap,
            kept: Kept::default(),
            look: Look::default(),
            held: None,
            away: false,
            welcome: false,
        }
    }

    /// The pane that keys go to while no window is open on top.
    pub fn pane(&self) -> Pane {
        self.panes.focused()
    }

    /// Gives a pane the focus.
    pub fn show(&mut self, pane: Pane) {
        self.panes.focus(pane);
    }

    /// Takes a pane out of the way: what was in use before it has the focus again.
    pub fn leave(&mut self, pane: Pane) {
        self.panes.leave(pane);
    }

    /// The selected server.
    pub fn session<'a>(&self, state: &'a State) -> Option<&'a Session> {
        state.sessions.get(self.inspector.server.min(state.sessions.len().saturating_sub(1)))
    }

    /// The open tab of a server.
    pub fn tab(&self, server: ServerId) -> Tab {
        self.inspector.tabs.get(&server).copied().unwrap_or(Tab::List(ListKind::Tools))
    }

    /// Selection and filter of a list.
    pub fn list(&self, server: ServerId, kind: ListKind) -> ListUi {
        self.inspector.lists.get(&(server, kind)).cloned().unwrap_or_default()
    }

    /// The rows that the filter leaves of a list.
    pub fn rows(&self, session: &Session, kind: ListKind) -> Rows {
        let items = &session.listing(kind).items;
        let filter = match self.inspector.lists.get(&(session.id, kind)) {
            Some(list) if !list.filter.is_empty() => list.filter.to_lowercase(),
            _ => return Rows::All(items.len()),
        };
        let has = |text: &String| text.to_lowercase().contains(&filter);
        // What is found by name comes first: that is what somebody who types a name means.
        let (mut named, mut told) = (Vec::new(), Vec::new());
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Good { key, title, .. } if has(key) || title.as_ref().is_some_and(has) => named.push(at),
                Item::Good { description, .. } if description.as_ref().is_some_and(has) => told.push(at),
                Item::Good { .. } => {}
                Item::Bad { problem, raw } => {
                    if has(problem) || raw.as_str().to_lowercase().contains(&filter) {
                        told.push(at);
                    }
                }
            }
        }
        named.append(&mut told);
        Rows::Some(named)
    }

    /// The selected item of the open list, if the selection is in one.
    pub fn item<'a>(&self, state: &'a State) -> Option<(&'a Session, ListKind, &'a Item)> {
        let session = self.session(state)?;
        let Tab::List(kind) = self.tab(session.id) else { return None };
        if self.inspector.zone != Zone::Items {
            return None;
        }
        let rows = self.rows(session, kind);
        let selected = self.list(session.id, kind).selected.min(rows.len().saturating_sub(1));
        Some((session, kind, session.listing(kind).items.get(rows.get(selected)?)?))
    }

    /// The name of the selected item, if it has a usable one.
    pub fn item_ref(&self, state: &State) -> Option<ItemRef> {
        let (session, kind, item) = self.item(state)?;
        Some(ItemRef { server: session.id, kind, key: item.key()?.to_owned() })
    }

    /// The opened call, or the newest of the selected item, while it is remembered.
    pub fn shown_call<'a>(&self, state: &'a State) -> Option<&'a Call> {
        if let Some(opened) = self.result.opened.last() {
            return state.calls.get(opened);
        }
        state.calls.get(self.work.calls.get(&self.item_ref(state)?)?)
    }

    /// The call that a cancel means: the one in view, else the newest that is running.
    pub fn cancellable<'a>(&self, state: &'a State) -> Option<&'a Call> {
        self.shown_call(state).filter(|call| call.is_open()).or_else(|| state.open_calls().last())
    }

    /// The frames of which the next screen shows what they say.
    pub fn rows_needed(&self, state: &State) -> Vec<usize> {
        let layout = Layout::of(self);
        let mut rows = match layout.log {
            Some(_) => self.log.frames_in_view(state, layout.log_rows()),
            None => state.log.len().checked_sub(1).into_iter().collect(),
        };
        if self.work.frame.as_ref().is_some_and(|frame| frame.tab == FrameTab::Call)
            && let Some(frame) = self.log.selected(state)
        {
            rows.extend(exchange::candidates(&state.log, frame));
        }
        rows
    }

    /// The time right now, as far as the screen knows.
    pub fn now(&self, state: &State) -> Moment {
        self.now.max(state.now)
    }

    /// What has the focus. Derived from what is open; there is nothing to keep in sync.
    pub fn focus(&self) -> Context {
        match &self.modal {
            Some(Modal::Help { .. }) => Context::Help,
            Some(Modal::Quit) => Context::Quit,
            Some(Modal::Prompt(_)) => Context::Prompt,
            Some(Modal::Palette(_)) => Context::Palette,
            Some(Modal::Recall(_)) => Context::Recall,
            Some(Modal::Earlier(_)) => Context::Earlier,
            None => self.focus_behind(),
        }
    }

    /// Whether somebody is in the middle of a text. A message of which nothing is written yet is none.
    pub fn is_typing(&self) -> bool {
        match self.focus() {
            Context::Composer => !self.conversation.composer.is_empty(),
            context => context.is_text(),
        }
    }

    /// What has the focus once a person's own window is closed.
    pub fn focus_behind(&self) -> Context {
        if let Some(question) = &self.questions.open {
            return question.context();
        }
        match self.pane() {
            Pane::Inspector if self.inspector.filtering => Context::Filter,
            Pane::Inspector => Context::Inspector,
            Pane::Conversation if self.conversation.composing => Context::Composer,
            Pane::Conversation if self.conversation.sight.is_some() => Context::Sight,
            Pane::Conversation => Context::Conversation,
            Pane::Log if self.log.filter.typing.is_some() => Context::LogFilter,
            Pane::Log => Context::Log,
            Pane::Work if self.work.resend.is_some() => Context::Resend,
            Pane::Work if self.work.frame.as_ref().is_some_and(FrameUi::is_typing) => Context::FrameFind,
            Pane::Work if self.work.frame.as_ref().is_some_and(|frame| frame.reader().is_some()) => Context::FrameTree,
            Pane::Work if self.work.frame.is_some() => Context::Frame,
            Pane::Work if self.work.editor.as_ref().is_some_and(|editor| editor.as_form) => Context::Arguments,
            Pane::Work if self.work.editor.is_some() => Context::Editor,
            Pane::Work if self.work.tab == WorkTab::Calls => Context::Calls,
            Pane::Work if self.result.in_view => {
                let typing = self.result.reader().is_some_and(Reader::is_typing);
                if typing { Context::Find } else { Context::Result }
            }
            Pane::Work => Context::Work,
        }
    }
}
