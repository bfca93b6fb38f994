//! A model wants to call a tool and a person is asked: [`ApprovalRequest`], what they may answer
//! ([`ApprovalAnswer`]), and what is kept of every decision ([`Ruling`]).

use std::collections::BTreeMap;

use super::fingerprint::Fingerprint;
use super::id::{EntryId, Moment};
use super::json::RawJson;
use super::policy::{ArgumentPattern, Claims, Policy};
use super::provenance::Borrowed;

/// What a person is asked to approve. All of it is as it was when it was asked: what is approved is what is shown.
#[derive(Clone, PartialEq, Debug)]
pub struct ApprovalRequest {
    /// The call's place in the conversation.
    pub entry: EntryId,
    /// Which turn of the conversation, from 1; 0 when it is not known.
    pub turn: u32,
    /// The server's name.
    pub server: String,
    /// Its command line or address, with secrets taken out.
    pub origin: String,
    /// What the server is, for what is bound to it.
    pub origin_print: Fingerprint,
    /// Whether the config trusts its claims.
    pub trusted: bool,
    /// The tool's name, as the server spells it.
    pub tool: String,
    /// The fingerprint of its definition; `None` when the server does not list such a tool.
    pub definition: Option<Fingerprint>,
    /// The exact arguments, verbatim.
    pub arguments: RawJson,
    /// What the tool claims about itself.
    pub claims: Claims,
    /// Why it is asked: which rule, or the default.
    pub reason: String,
    /// A rule would have allowed it, but does not hold any more; why.
    pub void: Option<String>,
    /// What is known of the definition from earlier.
    pub pin: PinState,
    /// The arguments of the tool's last approved call in this conversation.
    pub last: Option<RawJson>,
    /// What of the arguments stands in answers of other servers, too.
    pub borrowed: Vec<Borrowed>,
}

/// What is known of a tool's definition from earlier approvals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PinState {
    /// It was never approved.
    #[default]
    New,
    /// It is the one that was approved, first at this time.
    Same(Moment),
    /// Another one was approved at this time.
    Changed(Moment),
}

/// What a person says to an [`ApprovalRequest`].
#[derive(Clone, PartialEq, Debug)]
pub enum ApprovalAnswer {
    /// It may run.
    Allow {
        /// For how long this holds.
        scope: Scope,
        /// Other arguments than the model's; the transcript says that they were edited.
        edited: Option<RawJson>,
    },
    /// It may not.
    Deny {
        /// What the model is told beside that.
        message: Option<String>,
        /// Nor may any other call of this turn.
        rest_of_turn: bool,
    },
}

/// What else an approval allows.
#[derive(Clone, PartialEq, Debug)]
pub enum Scope {
    /// Nothing else.
    Once,
    /// This tool, as it is now, in this conversation.
    Conversation,
    /// This tool with arguments like these, in this conversation.
    These(ArgumentPattern),
    /// This tool with arguments like these, from now on: a rule is written.
    Always(ArgumentPattern),
}

/// What an approval allows for the rest of a conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct Grant {
    /// The server it was given for, by its name.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// The tool's definition then, and what the server was.
    pub definition: Fingerprint,
    /// What the server was.
    pub origin: Fingerprint,
    /// Which arguments.
    pub arguments: ArgumentPattern,
}

/// Who decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decider {
    /// A rule, or the default.
    Policy,
    /// A person, at this very call.
    Person,
    /// A person, earlier in the conversation.
    Grant,
    /// A flag of the command line.
    Flag,
}

/// One decision, as the journal keeps it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Ruling {
    /// The server's name.
    pub server: String,
    /// The tool's name.
    pub tool: String,
    /// Whether it may run.
    pub allowed: bool,
    /// Who says so.
    pub by: Decider,
    /// Why, in plain words.
    pub reason: String,
    /// The fingerprint of exactly the arguments that may be sent.
    pub arguments: Fingerprint,
    /// Whether a person changed the model's arguments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// The fingerprint of the tool's definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Fingerprint>,
}

impl Ruling {
    /// In one line.
    pub fn words(&self) -> String {
        let what = if self.allowed { "allowed" } else { "denied" };
        let by = match self.by {
            Decider::Policy | Decider::Flag => "",
            Decider::Person => " by a person",
            Decider::Grant => " by an earlier answer",
        };
        let edited = if self.edited { ", with edited arguments" } else { "" };
        format!("{what}{by}: {}/{}{edited}; {}", self.server, self.tool, self.reason)
    }
}

/// Who is asked when the policy asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Asking {
    /// A person.
    #[default]
    Person,
    /// Nobody: what would be asked is denied.
    DenyAll,
    /// Nobody: what a trusted server claims to be read-only is allowed, the rest denied.
    ReadOnly,
    /// Nobody: what would be asked is allowed.
    AllowAll,
}

/// Everything about approvals that a run knows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Approvals {
    /// The rules.
    pub policy: Policy,
    /// Who is asked when they ask.
    pub asking: Asking,
    /// What was allowed for the rest of this conversation.
    pub grants: Vec<Grant>,
    /// The arguments of each tool's last approved call in this conversation, by server and tool.
    pub last: BTreeMap<(Fingerprint, String), RawJson>,
    /// The definitions that were ever approved, by server and tool.
    pub pins: BTreeMap<(Fingerprint, String), Pin>,
    /// What is decided and not yet on its way.
    pub rulings: BTreeMap<EntryId, Ruling>,
    /// A person denied the rest of this turn.
    pub turn_denied: bool,
    /// How many questions were asked.
    pub asked: u64,
}

/// A definition that was approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Pin {
    /// Which.
    pub definition: Fingerprint,
    /// When it was first approved.
    pub at: Moment,
}

impl Approvals {
    /// What is known of a tool's definition: whether it is the one that was approved.
    pub fn pin(&self, origin: Fingerprint, tool: &str, definition: Option<Fingerprint>) -> PinState {
        match self.pins.get(&(origin, tool.to_owned())) {
            None => PinState::New,
            Some(pin) if Some(pin.definition) == definition => PinState::Same(pin.at),
            Some(pin) => PinState::Changed(pin.at),
        }
    }
}
