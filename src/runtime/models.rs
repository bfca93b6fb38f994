//! Models: the providers of the run by name, and a task for each request that gathers what comes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::conversations::Conversations;
use crate::app::chat::ProviderInfo;
use crate::app::{ChatEvent, Event};
use crate::journal::{Journal, Redactor, now};
use crate::llm::{Provider, Watch};
use crate::model::chat::{ChatRequest, Delta, FailureKind, Part, ProviderFailure, Reply};
use crate::model::id::{ServerId, TurnId};
use crate::model::price::Spent;
use crate::model::provider::{ProviderSpec, Traffic};
use crate::model::question::QuestionId;
use crate::model::sampled::Sampling;

/// How long pieces of an answer are gathered before they are told: about one frame of the screen.
const GATHER: Duration = Duration::from_millis(16);
/// How long a provider may take to count. Estimates do as well.
const MEASURING: Duration = Duration::from_secs(10);
/// How long it may take to count each tool.
const COUNTING: Duration = Duration::from_mins(1);
/// Shorter keys are none.
const KEY_MIN: usize = 12;
/// Pieces on their way from a provider.
const PIECES: usize = 256;

/// Bytes of a message that a server asked for.
const SAMPLE_MAX: usize = 1024 * 1024;

/// A provider of the config: as it is reached, or by name why it cannot be.
pub type Configured = Result<ProviderSpec, (String, String)>;

/// The providers of the run.
#[derive(Debug)]
pub(super) struct Models {
    configured: Vec<Configured>,
    keys: Keys,
    /// Those that were used already. An HTTP client is not made before it is needed.
    ready: BTreeMap<String, Arc<Provider>>,
    journal: Journal,
    traffic: Traffic,
    /// Takes out the keys of all providers and the secrets of all servers.
    redactor: Redactor,
    asking: HashMap<TurnId, AbortHandle>,
}

/// Where keys must not turn up.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) conversations: Conversations,
    /// Beside the redactor of every server.
    pub(super) journal: Redactor,
}

impl Keys {
    fn hide(&self, secrets: Vec<String>) {
        // People give local servers keys like `none`: those are words that other frames are full of.
        let real = secrets.iter().filter(|secret| secret.len() >= KEY_MIN);
        let whole: Vec<(String, String)> = real.map(|secret| (secret.clone(), String::new())).collect();
        self.journal.learn(&whole);
        self.conversations.hide(secrets);
    }

    /// Hides a key that a program prints, before it is used for the first time.
    async fn hide_of(&self, provider: &Provider) {
        // That there is none is told by whoever wants to use it.
        if let Some(key) = provider.printed_key().await {
            self.hide(vec![key]);
        }
    }
}

impl Models {
    pub(super) fn new(configured: Vec<Configured>, keys: Keys, journal: Journal, traffic: Traffic) -> Models {
        keys.hide(configured.iter().flatten().flat_map(ProviderSpec::secrets).collect());
        let redactor = Redactor::default().beside(&keys.journal);
        Models { configured, keys, ready: BTreeMap::new(), journal, traffic, redactor, asking: HashMap::new() }
    }

    /// Takes these out of what is kept of requests, from now on.
    pub(super) fn hide(&self, secrets: &[String]) {
        let secrets: Vec<(String, String)> = secrets.iter().map(|secret| (secret.clone(), String::new())).collect();
        self.redactor.learn(&secrets);
    }

    /// What a person needs to know of them.
    pub(super) fn infos(&self) -> Vec<ProviderInfo> {
        let info = |configured: &Configured| match configured {
            Ok(spec) => ProviderInfo {
                name: spec.name.clone(),
                dialect: spec.dialect,
                model: spec.model.clone(),
                max_tokens: spec.max_tokens,
                effort: spec.effort,
                problem: None,
            },
            Err((name, why)) => ProviderInfo {
                name: name.clone(),
                dialect: crate::model::chat::Dialect::Demo,
                model: None,
                max_tokens: None,
                effort: None,
                problem: Some(why.clone()),
            },
        };
        self.configured.iter().map(info).collect()
    }

    fn provider(&mut self, name: &str) -> Result<Arc<Provider>, ProviderFailure> {
        if let Some(provider) = self.ready.get(name) {
            return Ok(Arc::clone(provider));
        }
        let named = |configured: &Configured| configured.as_ref().ok().filter(|spec| spec.name == name).cloned();
        let found = self.configured.iter().enumerate().find_map(|(at, one)| Some((at, named(one)?)));
        let Some((at, spec)) = found else {
            let why = format!("there is no provider named {name}");
            return Err(ProviderFailure::new(FailureKind::NotFound, why));
        };
        let tap = self.journal.tap(ServerId::of_provider(at), &spec.name, self.redactor.clone());
        let provider = Arc::new(Provider::new(spec)?.watched(Watch::new(tap, self.traffic)));
        self.ready.insert(name.to_owned(), Arc::clone(&provider));
        Ok(provider)
    }

    /// Sends a request; what comes goes to `events`.
    pub(super) fn ask(&mut self, engine: &Handle, turn: TurnId, request: ChatRequest, events: mpsc::Sender<Event>) {
        self.asking.retain(|_, task| !task.is_finished());
        let provider = self.provider(&request.model.provider);
        let keys = self.keys.clone();
        let task = engine.spawn(async move {
            let provider = match provider {
                Ok(provider) => provider,
                Err(failure) => {
                    let deltas = vec![Delta::Failed(Box::new(failure))];
                    events.send(Event::Llm { turn, at: now(), deltas }).await.ok();
                    return;
                }
            };
            keys.hide_of(&provider).await;
            let (pieces, gathered) = mpsc::channel(PIECES);
            let asked = async move { provider.answer(&request, &pieces).await };
            tokio::join!(asked, gather(turn, gathered, events));
        });
        self.asking.insert(turn, task.abort_handle());
    }

    /// Has a request counted, and models listed if that is wanted. It ends in time whatever the provider does.
    pub(super) fn measure(
        &mut self,
        engine: &Handle,
        turn: TurnId,
        request: ChatRequest,
        list: bool,
        events: mpsc::Sender<Event>,
    ) {
        let name = request.model.provider.clone();
        let provider = self.provider(&name);
        let keys = self.keys.clone();
        let task = engine.spawn(async move {
            let mut tokens = None;
            if let Ok(provider) = provider {
                let counted = async {
                    keys.hide_of(&provider).await;
                    let list = async { if list { Some(provider.models().await) } else { None } };
                    tokio::join!(provider.count(&request), list)
                };
                if let Ok((count, models)) = tokio::time::timeout(MEASURING, counted).await {
                    tokens = count;
                    if let Some(models) = models {
                        let models = models.map_err(|failure| failure.message);
                        let event = ChatEvent::Models { provider: name, models };
                        events.send(Event::Chat { at: now(), event }).await.ok();
                    }
                }
            }
            let event = ChatEvent::Measured { turn, tokens };
            events.send(Event::Chat { at: now(), event }).await.ok();
        });
        self.asking.insert(turn, task.abort_handle());
    }

    /// Has each tool of a request counted. It ends in time whatever the provider does.
    pub(super) fn count(&mut self, engine: &Handle, key: u64, request: ChatRequest, events: mpsc::Sender<Event>) {
        let provider = self.provider(&request.model.provider);
        let keys = self.keys.clone();
        engine.spawn(async move {
            let counted = async {
                let provider = provider.ok()?;
                keys.hide_of(&provider).await;
                provider.count_tools(&request).await
            };
            let tools = tokio::time::timeout(COUNTING, counted).await.ok().flatten();
            events.send(Event::Chat { at: now(), event: ChatEvent::Counted { key, tools } }).await.ok();
        });
    }

    /// Stops listening; the connection closes, and the vendor stops.
    pub(super) fn abort(&mut self, turn: TurnId) {
        if let Some(task) = self.asking.remove(&turn) {
            task.abort();
        }
    }

    /// Has a message written that a server asks for.
    pub(super) fn sample(
        &mut self,
        engine: &Handle,
        question: QuestionId,
        sampling: Sampling,
        events: mpsc::Sender<Event>,
    ) {
        let provider = self.provider(&sampling.request.model.provider);
        let keys = self.keys.clone();
        engine.spawn(async move {
            let mut reply = Reply::default();
            match provider {
                Ok(provider) => {
                    keys.hide_of(&provider).await;
                    let (pieces, mut gathered) = mpsc::channel(PIECES);
                    let asked = async { provider.answer(&sampling.request, &pieces).await };
                    let heard = async {
                        while !reply.is_over() {
                            match gathered.recv().await {
                                Some(piece) => reply.apply(&piece),
                                None => break,
                            }
                            let text = reply.parts().iter().map(|part| match part {
                                Part::Text { text, .. } => text.len(),
                                _ => 0,
                            });
                            if text.sum::<usize>() > SAMPLE_MAX {
                                break;
                            }
                        }
                    };
                    // Once enough was heard nobody asks on.
                    tokio::select! { () = heard => {}, () = async { asked.await; std::future::pending::<()>().await } => {} }
                }
                Err(failure) => reply.apply(&Delta::Failed(Box::new(failure))),
            }
            let outcome = sampling.result(&reply);
            let spent = Spent { model: sampling.request.model, usage: reply.usage };
            events.send(Event::Chat { at: now(), event: ChatEvent::Sampled(spent) }).await.ok();
            events.send(Event::Sampled { question, outcome }).await.ok();
        });
    }

    /// Asks which models a provider has.
    pub(super) fn list(&mut self, engine: &Handle, name: String, events: mpsc::Sender<Event>) {
        let provider = self.provider(&name);
        let keys = self.keys.clone();
        engine.spawn(async move {
            let models = match provider {
                Ok(provider) => {
                    keys.hide_of(&provider).await;
                    provider.models().await
                }
                Err(failure) => Err(failure),
            };
            let event = ChatEvent::Models { provider: name, models: models.map_err(|failure| failure.message) };
            events.send(Event::Chat { at: now(), event }).await.ok();
        });
    }
}

/// Tells pieces in batches: the first one at once, then what came within a frame of the screen.
async fn gather(turn: TurnId, mut pieces: mpsc::Receiver<Delta>, events: mpsc::Sender<Event>) {
    let mut told = Instant::now().checked_sub(GATHER);
    let mut over = false;
    while let Some(first) = pieces.recv().await {
        let mut deltas = Vec::new();
        over = add(&mut deltas, first);
        let until = told.map_or_else(Instant::now, |told| told + GATHER);
        while !over {
            tokio::select! {
                biased;
                piece = pieces.recv() => match piece {
                    Some(piece) => over = add(&mut deltas, piece),
                    None => break,
                },
                () = tokio::time::sleep_until(until) => break,
            }
        }
        told = Some(Instant::now());
        if events.send(Event::Llm { turn, at: now(), deltas }).await.is_err() || over {
            return;
        }
    }
    if !over {
        let failure = ProviderFailure::new(FailureKind::Truncated, "the answer ended without an end");
        let deltas = vec![Delta::Failed(Box::new(failure))];
        events.send(Event::Llm { turn, at: now(), deltas }).await.ok();
    }
}

/// Adds a piece, joined with the one before where both are of the same text. Returns whether it is the last one.
fn add(deltas: &mut Vec<Delta>, piece: Delta) -> bool {
    match (deltas.last_mut(), piece) {
        (Some(Delta::Text(text)), Delta::Text(more)) | (Some(Delta::Thinking(text)), Delta::Thinking(more)) => {
            text.push_str(&more);
            false
        }
        (Some(Delta::ToolArguments { index: before, text }), Delta::ToolArguments { index, text: more })
            if *before == index =>
        {
            text.push_str(&more);
            false
        }
        (_, piece) => {
            let over = matches!(piece, Delta::Stop(_) | Delta::Failed(_));
            deltas.push(piece);
            over
        }
    }
}
