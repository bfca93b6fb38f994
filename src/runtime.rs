//! Floor 2: [`Runtime`] owns the state, the event channel, the sessions and the journal.
//!
//! **Waiting**: events come up one bounded channel, commands go down unbounded ones. A flooding server waits for us;
//! a slow server can never make us wait, so there is no cycle of waiting. Applying an event never awaits.
//!
//! Sessions run on threads of their own, the front end on the caller's: a flood costs the screen a share of a core,
//! never its turn.

pub mod conversations;
mod effects;
mod models;
mod rulings;
mod sampling;
mod tasks;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::chat::ChatLimits;
use crate::app::{ChatEvent, Command, Effect, Event, Recording, State, update};
use crate::journal::{Journal, JournalError, JournalReader, Redactor, Search, now};
use crate::mcp::actor::SessionHandle;
use crate::mcp::era::EraMemory;
use crate::model::approval::Asking;
use crate::model::call::Operation;
use crate::model::chat::ModelRef;
use crate::model::id::{CallId, ServerId};
use crate::model::policy::Policy;
use crate::model::price::Prices;
use crate::model::provider::Traffic;
use conversations::Conversations;
pub use models::Configured;
use models::{Keys, Models};
use rulings::{PinFile, RuleFile};
use tasks::TaskFile;

/// Events on their way up.
const EVENTS: usize = 1_024;
/// Events applied before the front end gets its turn.
const DRAIN: usize = 64;
/// All servers together get this long to end.
pub const SHUTDOWN: Duration = Duration::from_millis(3_500);

/// What a run is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The journal's file, which must not exist yet; `None` keeps the newest frames in memory only.
    pub journal: Option<PathBuf>,
    /// Where it is remembered which era a server speaks; `None` remembers it for this run only.
    pub eras: Option<PathBuf>,
    /// Where the names of tasks are kept; `None` forgets them with the run.
    pub tasks: Option<PathBuf>,
    /// Where conversations are kept; `None` forgets them with the run.
    pub conversations: Option<PathBuf>,
    /// Who answers, the default first.
    pub providers: Vec<Configured>,
    /// The model of new conversations, if one is named.
    pub model: Option<ModelRef>,
    /// What the journal keeps of requests to providers.
    pub traffic: Traffic,
    /// How far a conversation may go by itself.
    pub chat: ChatLimits,
    /// What models cost.
    pub prices: Prices,
    /// Whether a fresh connection fetches all lists by itself.
    pub auto_list: bool,
    /// Which calls of a model may run.
    pub policy: Policy,
    /// Who is asked when the policy asks.
    pub asking: Asking,
    /// The file of rules that are made in approvals; `None` keeps none.
    pub rules: Option<PathBuf>,
    /// Where it is remembered which definitions of tools were approved; `None` forgets them with the run.
    pub pins: Option<PathBuf>,
}

/// The run.
pub struct Runtime {
    state: State,
    events: mpsc::Receiver<Event>,
    sender: mpsc::Sender<Event>,
    /// `None` only while it is being dropped: dropping it inside another runtime must not wait.
    engine: Option<tokio::runtime::Runtime>,
    sessions: Vec<Option<SessionHandle>>,
    journal: Journal,
    reader: JournalReader,
    search: Option<Search>,
    eras: EraMemory,
    tasks: TaskFile,
    rules: RuleFile,
    pins: PinFile,
    /// Takes out the keys of model providers, those too that a program prints later.
    keys: Redactor,
    models: Models,
    conversations: Conversations,
}

impl Runtime {
    /// Starts the journal and the threads for sessions. Nothing is connected yet.
    pub fn start(options: Options) -> Result<Runtime, JournalError> {
        let (sender, events) = mpsc::channel(EVENTS);
        let (journal, reader) = Journal::start(options.journal.as_deref(), sender.clone())?;
        let engine = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sessions")
            .enable_all()
            .build()
            .map_err(|source| JournalError { path: PathBuf::new(), source })?;
        let recording = match &options.journal {
            Some(path) => Recording::On { path: path.display().to_string() },
            None => Recording::Off,
        };
        let mut state = State { auto_list: options.auto_list, recording, now: now(), ..State::default() };
        let tasks = TaskFile(options.tasks);
        state.tasks = tasks.read();
        let eras = EraMemory::open(options.eras);
        let (rules, pins) = (RuleFile(options.rules), PinFile(options.pins));
        state.approvals.policy = options.policy;
        state.approvals.asking = options.asking;
        state.approvals.pins = pins.read();
        let engine = Some(engine);
        let conversations = Conversations::start(options.conversations, sender.clone())
            .map_err(|source| JournalError { path: PathBuf::new(), source })?;
        let keys = Redactor::default();
        let hidden = Keys { conversations: conversations.clone(), journal: keys.clone() };
        let models = Models::new(options.providers, hidden, journal.clone(), options.traffic);
        let providers = ChatEvent::Providers { providers: models.infos(), model: options.model, limits: options.chat };
        for event in [providers, ChatEvent::Prices(options.prices)] {
            update(&mut state, Event::Chat { at: now(), event });
        }
        let sessions = Vec::new();
        Ok(Runtime {
            state,
            events,
            sender,
            engine,
            sessions,
            journal,
            reader,
            search: None,
            eras,
            tasks,
            rules,
            pins,
            keys,
            models,
            conversations,
        })
    }

    /// The world as it is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Does what a person asked for.
    pub fn dispatch(&mut self, command: Command) {
        self.apply(Event::Command { at: now(), command });
    }

    /// Starts an operation and names its call.
    pub fn run(&mut self, server: ServerId, operation: Operation) -> CallId {
        let call = CallId(self.state.next_call);
        self.dispatch(Command::Start { server, operation });
        call
    }

    /// Waits for something to happen and applies it, with whatever else is ready. Cancel-safe: an event is either
    /// applied or still in the channel.
    pub async fn next(&mut self) {
        let searching = self.state.search.as_ref().is_some_and(|search| search.has_more(self.state.log.len()));
        let event = tokio::select! {
            biased;
            event = self.events.recv() => event,
            () = std::future::ready(()), if searching => Some(Event::SearchOn),
        };
        let Some(event) = event else { return };
        self.apply(event);
        self.drain();
    }

    /// Applies what is ready, without waiting. Returns whether there was anything.
    pub fn drain(&mut self) -> bool {
        let mut any = false;
        for _ in 0..DRAIN {
            let Ok(event) = self.events.try_recv() else { return any };
            self.apply(event);
            any = true;
        }
        any
    }

    fn apply(&mut self, event: Event) {
        for effect in update(&mut self.state, event) {
            self.perform(effect);
        }
    }

    /// Reads back the rows of the log that a screen is about to show, as far as they are not at hand.
    pub fn load_rows(&mut self, rows: impl IntoIterator<Item = usize>) {
        let missing: Vec<_> = rows
            .into_iter()
            .filter(|index| !self.state.rows.contains_key(index))
            .filter_map(|index| self.state.log.get(index))
            .filter_map(|entry| Some((entry.index, Arc::new(self.reader.head(entry.offset, entry.len)?))))
            .collect();
        if !missing.is_empty() {
            self.apply(Event::Rows(missing));
        }
    }

    /// Reads one frame back in full, or closes the open one.
    pub fn open_row(&mut self, index: Option<usize>) {
        if self.state.opened.as_ref().map(|(open, _)| *open) == index {
            return;
        }
        let opened = index
            .and_then(|index| self.state.log.get(index))
            .and_then(|entry| Some((entry.index, Arc::new(self.reader.whole(entry.offset, entry.len)?))));
        self.apply(Event::Opened(opened));
    }

    /// Another reader of the run's journal, for another thread.
    pub fn journal_reader(&self) -> std::io::Result<JournalReader> {
        self.reader.try_clone()
    }

    /// Ends all sessions, all at once, within [`SHUTDOWN`]; then writes the journal out.
    pub async fn shutdown(mut self) {
        let waiting: Vec<_> = self.sessions.iter_mut().flatten().map(SessionHandle::shutdown).collect();
        let journal = self.journal.clone();
        let conversations = self.conversations.clone();
        let all = async {
            for ended in waiting {
                // An actor that is gone has nothing left to end.
                ended.await.ok();
            }
            // That it failed was told when it failed.
            journal.sync().await.ok();
            conversations.sync().await;
        };
        tokio::pin!(all);
        let deadline = tokio::time::sleep(SHUTDOWN + Duration::from_millis(300));
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                () = &mut all => break,
                // Events must keep flowing, or the last frames of a dying server could not be journaled.
                event = self.events.recv() => match event {
                    Some(event) => {
                        for effect in update(&mut self.state, event) {
                            // Nothing begins any more; how calls ended is still written down.
                            if matches!(effect, Effect::KeepChange { .. }) {
                                self.perform(effect);
                            }
                        }
                    }
                    None => break,
                },
                () = &mut deadline => break,
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            // Tasks are dropped, and with them the process groups of servers that were not ended properly.
            engine.shutdown_background();
        }
    }
}
