//! Whether a model gets all definitions of tools or searches for them: weighed at the beginning of a turn, by the
//! provider's own count where it has one. And what becomes of the three tools that stand for all.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::super::chat::note;
use crate::app::chat::{Counted, Counting, Measured, Offer};
use crate::app::{Effect, Level, State};
use crate::model::chat::{ChatRequest, Dialect, Message, ModelRef, ToolCall, ToolChoice};
use crate::model::discovery::{self, CALL, DETAILS, Discovery, SEARCH};
use crate::model::json::RawJson;
use crate::model::toolname::ToolAddress;

/// The context that is assumed where neither the provider nor the config says anything.
const CONTEXT: u64 = 128_000;
/// The smallest context that a model for tools has: what fits into its share needs no closer look.
const SMALL: u64 = 32_000;
/// OpenAI refuses requests with more tools.
const TOOLS: usize = 128;

/// What is to be done about the definitions.
pub(super) enum Weighed {
    /// They are sent.
    Fits,
    /// The model searches.
    TooMuch(Discovery),
    /// The provider is to be asked first: to count them, and which models it has.
    Unknown {
        /// The request to be counted.
        count: Box<ChatRequest>,
        /// Whether its models are to be listed.
        list: bool,
    },
}

/// Weighs the definitions of an offer.
pub(super) fn weigh(state: &State, offer: &Offer) -> Weighed {
    let tools = &offer.tools;
    let (chat, Some(model)) = (&state.chat, state.chat.model()) else { return Weighed::Fits };
    let share = chat.limits.discovery_share;
    if tools.is_empty() || share >= 100 {
        return Weighed::Fits;
    }
    let dialect = chat.provider(&model.provider).map(|provider| provider.dialect);
    let estimate = discovery::estimate(tools);
    let key = key(&model, offer);
    let measured = chat.measured.as_ref().filter(|measured| measured.key == key);
    let known = chat.context();
    let context = known.unwrap_or(CONTEXT);
    let counted = measured.and_then(|measured| measured.tokens);
    let tokens = counted.unwrap_or(estimate);
    let limit = |context: u64| context * u64::from(share) / 100;
    let crowded = tools.len() > TOOLS && matches!(dialect, Some(Dialect::Responses | Dialect::ChatCompletions));
    let decided = || {
        if tokens > limit(context) || crowded {
            let known = known.is_some();
            Weighed::TooMuch(Discovery {
                tools: tools.len(),
                tokens,
                counted: counted.is_some(),
                context,
                known,
                share,
            })
        } else {
            Weighed::Fits
        }
    };
    // An estimate is wrong by a third at most: asking would change nothing.
    let small = estimate * 3 / 2 <= limit(known.unwrap_or(SMALL));
    if measured.is_some() || crowded || share == 0 || small || dialect.is_none_or(|it| it == Dialect::Demo) {
        return decided();
    }
    let list = known.is_none() && !chat.models.contains_key(&model.provider);
    if !list && dialect != Some(Dialect::Anthropic) {
        return decided();
    }
    Weighed::Unknown { count: Box::new(only_tools(model, offer)), list }
}

/// The least that can be counted of tools: definitions cannot be without a conversation.
fn only_tools(model: ModelRef, offer: &Offer) -> ChatRequest {
    let messages = vec![Message::user(".")];
    let (tools, choice) = (Arc::clone(&offer.tools), ToolChoice::Auto);
    ChatRequest { model, system: None, messages, tools, max_tokens: None, choice, effort: None }
}

/// Has the provider count the tools that would be sent now, one by one.
pub(in crate::app::update) fn count_tools(state: &mut State) -> Vec<Effect> {
    let offer = super::offer::offer(state);
    let Some(model) = state.chat.model().filter(|_| !offer.tools.is_empty()) else { return vec![] };
    let key = key(&model, &offer);
    if state.chat.counted.as_ref().is_some_and(|counted| counted.key == key && counted.state != Counting::Failed) {
        return vec![];
    }
    state.chat.counted = Some(Counted { key, state: Counting::Running });
    vec![Effect::CountTools { key, request: Box::new(only_tools(model, &offer)) }]
}

/// The provider has counted, or cannot.
pub(in crate::app::update) fn tools_counted(state: &mut State, key: u64, tools: Option<Vec<u64>>) {
    if let Some(counted) = state.chat.counted.as_mut().filter(|counted| counted.key == key) {
        counted.state = tools.map_or(Counting::Failed, Counting::Done);
    }
}

/// What is known of the weight of these tools, one by one.
pub fn counted_tools<'a>(state: &'a State, offer: &Offer) -> Option<&'a Counting> {
    let key = key(&state.chat.model()?, offer);
    state.chat.counted.as_ref().filter(|counted| counted.key == key).map(|counted| &counted.state)
}

/// What a count is good for: these tools, for this model.
fn key(model: &ModelRef, offer: &Offer) -> u64 {
    let mut hasher = DefaultHasher::new();
    (model, offer.mark).hash(&mut hasher);
    hasher.finish()
}

/// The provider has counted, or cannot.
pub(super) fn measured(state: &mut State, tokens: Option<u64>) {
    let (Some(turn), Some(model)) = (&state.chat.turn, state.chat.model()) else { return };
    let key = key(&model, &turn.offer);
    state.chat.measured = Some(Measured { key, tokens });
}

/// The same offer with the three tools in the place of all.
pub(super) fn hide(offer: &Offer, discovery: Discovery) -> Offer {
    let tools = discovery::specs(&offer.servers);
    let mut remarks = vec![discovery.words()];
    remarks.extend_from_slice(&offer.remarks);
    Offer {
        system: offer.system.clone(),
        mark: super::offer::mark(&tools),
        tools: tools.into(),
        behind: Arc::clone(&offer.tools),
        servers: offer.servers.clone(),
        discovery: Some(discovery),
        remarks,
    }
}

/// Tells the person when the model begins to search for tools, and when it gets all of them again.
pub(super) fn tell(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(turn) = &state.chat.turn else { return };
    let words = turn.offer.discovery.as_ref().map(Discovery::words);
    if words.is_some() == state.chat.conversation.searching {
        return;
    }
    state.chat.conversation.searching = words.is_some();
    let text = words.unwrap_or_else(|| "the definitions of all tools are sent again".into());
    note(state, Level::Info, text, effects);
}

/// What a call is about.
pub(super) enum Meant {
    /// A tool of a server; the arguments as they go to it.
    Tool(Option<ToolAddress>, RawJson),
    /// Nothing of a server: the answer, or why there is none.
    Answer(Result<String, String>),
}

/// What a model means by a call.
pub(super) fn meant(state: &State, call: &ToolCall) -> Meant {
    let offer = state.chat.turn.as_ref().map(|turn| &turn.offer).filter(|offer| offer.discovery.is_some());
    let named = |name: &str| state.chat.conversation.names.address(name).cloned();
    let Some(offer) = offer else { return Meant::Tool(named(&call.name), call.arguments.clone()) };
    match call.name.as_str() {
        SEARCH | DETAILS | CALL if call.broken.is_some() => {
            Meant::Answer(Err(super::calls::broken(call).unwrap_or_default()))
        }
        SEARCH => Meant::Answer(discovery::search(&offer.behind, &call.arguments)),
        DETAILS => Meant::Answer(discovery::details(&offer.behind, &call.arguments)),
        CALL => match discovery::inner(&call.arguments) {
            Ok((name, arguments)) if offer.behind.iter().any(|tool| tool.name == name) => {
                Meant::Tool(named(&name), arguments)
            }
            Ok((name, _)) => Meant::Answer(Err(super::calls::unknown(state, &name))),
            Err(why) => Meant::Answer(Err(why)),
        },
        _ => Meant::Tool(named(&call.name), call.arguments.clone()),
    }
}
