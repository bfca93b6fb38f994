//! The conversation as a part of the world: [`Chat`], the running [`Turn`], and what can be asked of and told to it.

mod offer;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::offer::Offer;
pub(crate) use self::offer::{Basis, Offered};
use crate::model::chat::{Dialect, Effort, ModelInfo, ModelRef};
use crate::model::conversation::{Attachment, Conversation};
use crate::model::id::{CallId, EntryId, Moment, TurnId};
use crate::model::price::{Cost, Prices, Spent};
use crate::model::toolresult;

/// The conversation and everything that belongs to it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Chat {
    /// What was said.
    pub conversation: Conversation,
    /// The turn that runs; none while the model is silent.
    pub turn: Option<Turn>,
    /// Who can answer, in the order of the config; the first one is the default.
    pub providers: Vec<ProviderInfo>,
    /// The models that providers listed, by the provider's name; the error is what a provider said instead.
    pub models: BTreeMap<String, Result<Vec<ModelInfo>, String>>,
    /// The model of new conversations, if the config or the command line names one.
    pub default_model: Option<ModelRef>,
    /// How far things may go.
    pub limits: ChatLimits,
    /// What models cost, as far as a person wrote it down.
    pub prices: Prices,
    /// What servers had models write in this run while nothing was said.
    pub sampled: Vec<Spent>,
    /// How much the tools weigh, by the provider's count.
    pub measured: Option<Measured>,
    /// The same tool by tool, if a person wanted to know.
    pub counted: Option<Counted>,
    /// Kept conversations, the newest first, as last listed.
    pub kept: Vec<Kept>,
    /// What was found in kept conversations.
    pub found: Option<Found>,
    /// The least that a model refused as too long, in bytes of text.
    pub(crate) too_long: Option<(ModelRef, usize)>,
    /// Calls at servers, and the entries that wait for them. They outlive a turn that was stopped.
    pub running: BTreeMap<CallId, EntryId>,
    /// The name of the next request.
    pub next_turn: u64,
    /// The offer of the last turn, for the next one that has nothing else to offer.
    pub(crate) offered: Option<Offered>,
}

/// How far a conversation may go by itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChatLimits {
    /// Requests to the model in one turn before a person is asked.
    pub rounds: u32,
    /// Bytes of text of one tool's answer that the model gets to read.
    pub result_bytes: usize,
    /// The share of the model's context that definitions of tools may fill, in percent; above it the model searches for
    /// tools. 0: it always does; 100: never.
    pub discovery_share: u32,
    /// The tokens that a conversation may have, where the provider does not say.
    pub context: Option<u64>,
    /// How full, in percent, it may get before a person is asked whether to sum it up.
    pub summary_share: u32,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self { rounds: 25, result_bytes: toolresult::TEXT_MAX, discovery_share: 15, context: None, summary_share: 80 }
    }
}

/// What a provider said of the weight of the tools.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measured {
    /// Stands for the model and the tools; with others it means nothing.
    pub(crate) key: u64,
    /// Tokens of their definitions; none if it does not count.
    pub tokens: Option<u64>,
}

/// What each tool weighs, by the provider's count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// Stands for the model and the tools; with others it means nothing.
    pub key: u64,
    /// What is known of them.
    pub state: Counting,
}

/// How far a count is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Counting {
    /// The provider is being asked.
    Running,
    /// It does not count, or failed.
    Failed,
    /// Tokens of each tool, in the order in which they are offered.
    Done(Vec<u64>),
}

/// How full a model is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gauge {
    /// Tokens of the conversation, by the newest answer.
    pub used: u64,
    /// Tokens that it may have.
    pub context: u64,
    /// From this percentage on a person should think of summing up.
    pub share: u32,
}

impl Gauge {
    /// In percent; more than 100 if the provider counts in another way than it says.
    pub fn percent(self) -> u64 {
        self.used * 100 / self.context.max(1)
    }

    /// Whether it is time to sum up.
    pub fn is_nearly_full(self) -> bool {
        self.percent() >= u64::from(self.share)
    }
}

/// A provider of models, as far as a person needs to know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderInfo {
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// The model it is used with when nobody names one.
    pub model: Option<String>,
    /// The longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// How hard its models think.
    pub effort: Option<Effort>,
    /// Why it cannot be used.
    pub problem: Option<String>,
}

impl ProviderInfo {
    /// Whether servers' requests can go to it. The demo model has nothing to say to them.
    pub fn can_sample(&self) -> bool {
        self.problem.is_none() && self.dialect != Dialect::Demo
    }
}

/// A turn: from what a person says to the end of the answer, with all calls in between.
#[derive(Clone, PartialEq, Debug)]
pub struct Turn {
    /// The request that runs, or ran last.
    pub id: TurnId,
    /// What is being waited for.
    pub phase: Phase,
    /// Requests made so far.
    pub rounds: u32,
    /// Requests that may be made before a person is asked again.
    pub allowed: u32,
    /// When it began.
    pub started: Moment,
    /// When the first word of the first answer came.
    pub first_token: Option<Moment>,
    /// What the model is offered, the same for the whole turn.
    pub offer: Arc<Offer>,
    /// What it is for.
    pub purpose: Purpose,
    /// What a summary must not leave out, in the person's words.
    pub(crate) wish: Option<String>,
    /// Calls that failed, by name and arguments, and how often.
    pub(crate) failed: BTreeMap<(String, String), u32>,
    /// Bytes of the running answer.
    pub(crate) received: usize,
}

/// What a turn waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// The provider, which counts what the tools weigh: it may be too much to send.
    Measuring,
    /// The model.
    Streaming {
        /// The answer that is being written.
        answer: EntryId,
    },
    /// Tools, and people who are asked about them.
    Calling {
        /// The answer that asked for them.
        answer: EntryId,
    },
    /// A person: the model has called tools so often that somebody should look. [`ChatCommand::AtLimit`] goes on.
    AtLimit,
    /// A person: the summary is written. [`ChatCommand::Summary`] says whether it is sent from now on.
    Summary {
        /// The answer that is the summary.
        answer: EntryId,
    },
}

/// What a turn is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// An answer to a person.
    Reply,
    /// An end: no more calls.
    WrapUp,
    /// A summary of what was said before this entry, to be sent in the place of it.
    Compact {
        /// The first entry that is still sent word for word.
        keeps: EntryId,
    },
}

/// A conversation that is kept on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// When something was last said.
    pub changed: Moment,
    /// How much was said.
    pub entries: usize,
}

/// What was found in kept conversations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The text that was looked for.
    pub text: String,
    /// The conversations that hold it, the newest first, with what is around it.
    pub hits: Vec<(Kept, String)>,
    /// Whether more may come.
    pub looking: bool,
}

/// What a person can do with the conversation.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatCommand {
    /// Say something; the model answers.
    Submit {
        /// What.
        text: String,
        /// What goes with it.
        attachments: Vec<Attachment>,
    },
    /// Stop the turn and its calls. What was said stays.
    Stop,
    /// Go on at the limit of rounds, or not.
    AtLimit(AtLimit),
    /// Let another model answer from now on.
    SetModel(ModelRef),
    /// Give other standing instructions; none without a text.
    SetSystem(Option<String>),
    /// Let the model think harder or less; as its provider is configured without a word.
    SetEffort(Option<Effort>),
    /// Show a server, or one of its tools, to the model or hide it.
    Toggle {
        /// The server's name.
        server: String,
        /// The tool; all of them without one.
        tool: Option<String>,
    },
    /// Call the conversation something else.
    Rename(String),
    /// Begin another conversation; this one is kept.
    New,
    /// Go on with a kept conversation.
    Resume(String),
    /// Have the newest thing said answered again; what was answered before is no longer sent.
    Retry {
        /// By another model from now on.
        model: Option<ModelRef>,
    },
    /// Say something else in the place of something said before; what came after it is no longer sent.
    EditAndResend {
        /// What was said before.
        entry: EntryId,
        /// What is said now.
        text: String,
        /// What goes with it beside what went with it before.
        attachments: Vec<Attachment>,
    },
    /// Go on from here in another conversation; this one is kept as it is.
    Branch {
        /// The last entry that the new one shares.
        entry: EntryId,
    },
    /// Have the model sum up the older part of what was said. The person sees the summary before it is sent instead.
    Compact {
        /// What must not be left out, if anything is to be said about that.
        wish: Option<String>,
    },
    /// Send the summary from now on, or leave everything as it was.
    Summary(Summed),
    /// Look up which conversations are kept.
    ListKept,
    /// Look for a text in what kept conversations say, in the place of any search before.
    SearchKept(String),
    /// Ask a provider which models it has.
    ListModels(String),
    /// Have the provider count each tool that is offered.
    CountTools,
}

/// How to go on at the limit of rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtLimit {
    /// As many rounds again.
    Continue,
    /// One answer without calls.
    WrapUp,
    /// Not at all.
    Stop,
}

/// What a person says about a summary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Summed {
    /// It is sent in the place of what it sums up.
    Take {
        /// As the person changed it.
        text: Option<String>,
    },
    /// Everything stays as it was.
    Leave,
}

/// What the world reports of conversations.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatEvent {
    /// Who can answer; told once, at the start.
    Providers {
        /// All of them, the default first.
        providers: Vec<ProviderInfo>,
        /// The model of new conversations.
        model: Option<ModelRef>,
        /// How far things may go.
        limits: ChatLimits,
    },
    /// A kept conversation was read back; the error says why not.
    Loaded(Result<Box<Conversation>, String>),
    /// The conversations that are kept, the newest first.
    Kept(Vec<Kept>),
    /// Kept conversations that hold a text.
    Found {
        /// The text.
        text: String,
        /// More of them.
        hits: Vec<(Kept, String)>,
        /// Whether these are the last ones.
        over: bool,
    },
    /// The models of a provider, or what it said instead.
    Models {
        /// Which.
        provider: String,
        /// What it lists.
        models: Result<Vec<ModelInfo>, String>,
    },
    /// What models cost; told once, at the start.
    Prices(Prices),
    /// A provider was asked what the tools weigh.
    Measured {
        /// For which turn.
        turn: TurnId,
        /// What it counted; none if it does not count.
        tokens: Option<u64>,
    },
    /// The provider has counted each tool, or cannot.
    Counted {
        /// Which count.
        key: u64,
        /// Tokens, in the order in which they were offered.
        tools: Option<Vec<u64>>,
    },
    /// A model wrote what a server asked for, and this is what it took.
    Sampled(Spent),
    /// A conversation cannot be kept any more.
    NotKept {
        /// Which.
        conversation: String,
        /// Why.
        why: String,
    },
}

/// What a person, or a rule in their place, says about a call that waits for it.
#[derive(Clone, PartialEq, Debug)]
pub enum Decided {
    /// It may be made.
    Run {
        /// With these arguments instead.
        arguments: Option<crate::model::json::RawJson>,
        /// Why, for the conversation.
        reason: String,
    },
    /// It may not.
    Denied {
        /// What the model is told, in the person's words.
        message: Option<String>,
    },
}

impl Chat {
    /// The model that answers next; none if nobody chose one.
    pub fn model(&self) -> Option<ModelRef> {
        self.conversation.settings.model.clone().or_else(|| self.default_model.clone())
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Option<&ProviderInfo> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// The tokens that the conversation may have with the model that answers next, as far as anybody says.
    pub fn context(&self) -> Option<u64> {
        self.model_info().and_then(|info| info.context).filter(|context| *context > 0).or(self.limits.context)
    }

    /// How full the model is; none before the first answer, or if nobody says how much it takes.
    pub fn gauge(&self) -> Option<Gauge> {
        let weight = self.conversation.weight;
        let used = weight.input + weight.output;
        (used > 0).then_some(())?;
        Some(Gauge { used, context: self.context()?, share: self.limits.summary_share })
    }

    /// What the conversation cost so far, with what servers had models write meanwhile; none without prices.
    pub fn cost(&self) -> Option<Cost> {
        self.prices.cost(self.conversation.spent.iter().chain(&self.conversation.sampled).chain(&self.sampled))
    }

    /// What is known of the model that answers next.
    pub fn model_info(&self) -> Option<&ModelInfo> {
        let model = self.model()?;
        self.models.get(&model.provider)?.as_ref().ok()?.iter().find(|info| info.id == model.model)
    }
}
