//! Whether a model may call a tool: allow, deny, or ask a person.

use crate::app::State;
use crate::model::id::EntryId;
use crate::model::json::RawJson;
use crate::model::question::QuestionId;
use crate::model::toolname::ToolAddress;

/// What was decided about a call that a model wants.
#[expect(dead_code, reason = "policies that allow and ask come next")]
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Checked {
    /// It may be made, for this reason.
    Allow {
        /// Why, for the conversation and the journal.
        reason: String,
    },
    /// It may not.
    Deny {
        /// What the model is told.
        reason: String,
    },
    /// A person is asked.
    Ask(QuestionId),
}

/// Decides about a call, or asks.
pub(super) fn check(state: &mut State, entry: EntryId, target: &ToolAddress, arguments: &RawJson) -> Checked {
    let _ = (state, entry, target, arguments);
    Checked::Deny { reason: "No policy allows this call.".into() }
}
