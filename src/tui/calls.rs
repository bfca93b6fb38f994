//! Calls as a list: which there are ([`list`], [`earlier`]), and what is said of one.

use crate::app::State;
use crate::model::call::{Call, CallState, Failure, Operation};
use crate::model::id::{CallId, Moment};
use crate::model::json::{RawJson, compact, scan};
use crate::tui::figures;

/// Bytes of arguments that are compared with others.
const COMPARED: usize = 16 * 1024;
/// Characters of one argument.
const SHORT: usize = 40;

/// The list of calls on screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CallsUi {
    /// The selected one; the first when it is not there.
    pub selected: Option<CallId>,
}

/// A window with earlier calls of the same kind, to compare an answer with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EarlierUi {
    /// The call whose answer is compared.
    pub call: CallId,
    /// The selected row.
    pub selected: usize,
}

/// The calls that a person may want to see, newest first; those that are running before the others.
pub fn list(state: &State) -> Vec<&Call> {
    let wanted = |call: &&Call| !matches!(call.operation, Operation::List(_) | Operation::Complete { .. });
    let (mut open, mut ended): (Vec<&Call>, Vec<&Call>) =
        state.calls.values().rev().filter(wanted).partition(|call| call.is_open());
    open.append(&mut ended);
    open
}

/// Where the selection is in the list.
pub fn selected(ui: CallsUi, list: &[&Call]) -> usize {
    list.iter().position(|call| Some(call.id) == ui.selected).unwrap_or(0)
}

/// Ended calls of the same tool, prompt or resource before this one, newest first.
pub fn earlier<'a>(state: &'a State, call: &'a Call) -> impl Iterator<Item = &'a Call> {
    let alike = move |other: &&Call| {
        other.server == call.server
            && other.operation.method() == call.operation.method()
            && other.operation.subject() == call.operation.subject()
            && !other.is_open()
    };
    state.calls.range(..call.id).rev().map(|(_, other)| other).filter(alike)
}

/// The one to compare with when nobody says otherwise: the newest that was answered.
pub fn previous<'a>(state: &'a State, call: &'a Call) -> Option<&'a Call> {
    earlier(state, call)
        .find(|other| matches!(other.state, CallState::Done(_) | CallState::Failed(Failure::Rpc { .. })))
}

/// The arguments of a call, as typed.
pub fn arguments(operation: &Operation) -> Option<&RawJson> {
    match operation {
        Operation::CallTool { arguments, .. }
        | Operation::CallAsTask { arguments, .. }
        | Operation::GetPrompt { arguments, .. } => Some(arguments),
        _ => None,
    }
}

/// Those arguments of a call that another one does not have like that: `b 40, no c`. Foreign text.
pub fn differing(call: &Call, from: &Call) -> String {
    let (Some(own), Some(other)) = (arguments(&call.operation), arguments(&from.operation)) else {
        return String::new();
    };
    if own == other {
        return "the same arguments".to_owned();
    }
    if own.as_str().len() + other.as_str().len() > COMPARED {
        return "other arguments".to_owned();
    }
    let name = |key: &str| scan::decoded(key).map_or_else(|| key.to_owned(), std::borrow::Cow::into_owned);
    let mut out: Vec<String> = scan::members(own.as_str())
        .filter(|(key, value)| scan::members(other.as_str()).all(|(theirs, said)| theirs != *key || said != *value))
        .map(|(key, value)| format!("{} {}", name(key), compact(value, SHORT)))
        .collect();
    let gone = scan::members(other.as_str())
        .filter(|(key, _)| scan::members(own.as_str()).all(|(ours, _)| ours != *key))
        .map(|(key, _)| format!("no {}", name(key)));
    out.extend(gone);
    if out.is_empty() { "the same arguments, spelled otherwise".to_owned() } else { out.join(", ") }
}

/// How a call stands, in a word or two; foreign text is not in it.
pub fn standing(call: &Call) -> String {
    match &call.state {
        CallState::Running => "running".to_owned(),
        CallState::Cancelling => "cancelling".to_owned(),
        CallState::Done(_) if call.tool_error => "tool error".to_owned(),
        CallState::Done(_) => "done".to_owned(),
        CallState::Failed(Failure::Rpc { code, .. }) => format!("error {code}"),
        CallState::Failed(Failure::BadAnswer(_)) => "bad answer".to_owned(),
        CallState::Failed(Failure::TimedOut(_)) => "timed out".to_owned(),
        CallState::Failed(Failure::Cancelled(_)) => "cancelled".to_owned(),
        CallState::Failed(Failure::Unreachable(_)) => "no connection".to_owned(),
        CallState::Failed(Failure::Unauthorized(_)) => "not authorized".to_owned(),
        CallState::Failed(Failure::Declined(_)) => "declined".to_owned(),
        CallState::Failed(Failure::Refused(_)) => "not sent".to_owned(),
    }
}

/// What the server did after a call was given up. Foreign text is in it.
pub fn aftermath(call: &Call, now: Moment) -> Option<String> {
    let CallState::Failed(Failure::Cancelled(_) | Failure::TimedOut(_)) = &call.state else { return None };
    let ended = call.ended?;
    let cancelled = call.cancelled.is_some();
    let Some(late) = &call.late else {
        let since = figures::duration(now.micros_since(ended));
        return cancelled.then(|| format!("told {since} ago, no answer since: that is how servers acknowledge"));
    };
    let after = figures::duration(late.at.micros_since(ended));
    let said = |failure: &Failure| match failure {
        Failure::Rpc { code, message, .. } => format!("error {code}: {message}"),
        other => other.to_string(),
    };
    Some(match (&late.failure, cancelled) {
        (Some(failure), true) => format!("acknowledged {after} later: {}", said(failure)),
        (Some(failure), false) => format!("answered {after} too late: {}", said(failure)),
        (None, true) => format!("not stopped: the result came {after} later and was dropped"),
        (None, false) => format!("the result came {after} too late and was dropped"),
    })
}
