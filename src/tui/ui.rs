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
pub use super::inspector::{InspectorUi, ListRow, ListUi, LoggingUi, Order, Rows, ServerRow, Tab, Zone};
use super::kept::Kept;
use super::keymap::{Context, Keymap};
use super::layout::{Edge, InspectorLayout, Layout};
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

/// Bytes of a line of the journal from which on a row may not know all of it.
const LONG: u32 = 1_024;

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
    /// Whether to restart this server while calls of it are running.
    Restart(ServerId),
    /// One line at the bottom.
    Prompt(Prompt),
    /// Everything that can be done or gone to.
    Palette(Box<PaletteUi>),
    /// Arguments of earlier times.
    Recall(Recall),
    /// Earlier calls, to compare an answer with.
    Earlier(EarlierUi),
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
    /// The chosen one of the values that a server suggests for the field with the cursor.
    pub pick: Option<usize>,
    /// Whether arguments are typed as JSON, the way the person went last.
    pub as_json: bool,
    /// What was typed for each item, sent or not.
    pub drafts: BTreeMap<ItemRef, String>,
    /// The newest call of each item.
    pub calls: BTreeMap<ItemRef, CallId>,
}

impl Ui {
    /// A fresh screen. With one server the selection starts in what it offers, with more in the servers.
    pub fn new(size: Size, state: &State, keymap: Keymap, zone: TimeZone) -> Ui {
        Ui {
            size,
            panes: Recency::default(),
            zoom: false,
            inspector: InspectorUi::new(state),
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
        // A long answer may tell its id at its end, which no row reads; its request tells it too.
        let long = rows.iter().filter_map(|row| state.log.get(*row));
        let long = long.filter(|entry| entry.len > LONG && entry.responds());
        let requests: Vec<usize> = long.filter_map(|entry| entry.pair).collect();
        rows.extend(requests);
        if let Some((session, logging)) = self.logging(state) {
            // Where the list is not in view, the selected message may be.
            let height = layout.inspector.map_or(1, |rect| InspectorLayout::of(state, self, rect).items.height);
            let (messages, _) = logging.window(session, usize::from(height));
            rows.extend(messages.into_iter().map(|(frame, _)| frame));
        }
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
            Some(Modal::Restart(_)) => Context::Restart,
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
            Pane::Conversation if self.conversation.find.as_ref().is_some_and(|find| find.typing) => Context::Find,
            Pane::Conversation if self.conversation.sight.is_some() => Context::Sight,
            Pane::Conversation => Context::Conversation,
            Pane::Log if self.log.filter.typing.is_some() => Context::LogFilter,
            Pane::Log => Context::Log,
            Pane::Work => self.work_context(),
        }
    }

    /// What the work pane is to the keys.
    pub fn work_context(&self) -> Context {
        let work = &self.work;
        match (&work.frame, &work.editor) {
            _ if work.resend.is_some() => Context::Resend,
            (Some(frame), _) if frame.is_typing() => Context::FrameFind,
            (Some(frame), _) if frame.reader().is_some() => Context::FrameTree,
            (Some(_), _) => Context::Frame,
            (None, Some(editor)) if editor.as_form => Context::Arguments,
            (None, Some(_)) => Context::Editor,
            (None, None) if work.tab == WorkTab::Calls => Context::Calls,
            (None, None) if self.result.in_view => {
                let typing = self.result.reader().is_some_and(Reader::is_typing);
                if typing { Context::Find } else { Context::Result }
            }
            (None, None) => Context::Work,
        }
    }
}
