//! What a model is offered beside the conversation: [`Offer`], and what it was made of ([`Basis`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::chat::ToolSpec;
use crate::model::conversation::Without;
use crate::model::discovery::Discovery;
use crate::model::id::ServerId;
use crate::model::session::ListState;

/// What a model is offered beside the conversation.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Offer {
    /// The standing instructions: ours, the person's, the servers'.
    pub system: Option<String>,
    /// The tools; three that stand for all where the model searches for them.
    pub tools: Arc<[ToolSpec]>,
    /// The tools that it searches among; empty where all are offered.
    pub behind: Arc<[ToolSpec]>,
    /// Stands for the tools: others have another one.
    pub(crate) mark: u64,
    /// The servers whose tools these are, with how many.
    pub(crate) servers: Vec<(String, usize)>,
    /// Why it searches for tools; none where all are offered.
    pub discovery: Option<Discovery>,
    /// What should be known about them: a schema that was adapted, a server that is not ready.
    pub remarks: Vec<String>,
}

/// An offer, and all that it was made of.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Offered {
    pub(crate) of: Basis,
    pub(crate) offer: Arc<Offer>,
}

/// What an offer is made of, as far as it can change. To make one of ten thousand tools takes a while.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Basis {
    pub(crate) conversation: String,
    pub(crate) names: usize,
    pub(crate) order: usize,
    pub(crate) system: String,
    pub(crate) without: BTreeSet<Without>,
    pub(crate) lists: Vec<(ServerId, String, bool, ListState, u64)>,
}
