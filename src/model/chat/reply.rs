//! An answer put together from its [`Delta`]s: [`Reply`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Delta, Message, ModelRef, Part, ProviderFailure, Role, StopReason, ToolCall, Usage};
use crate::model::json::RawJson;

/// An answer as far as it arrived.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Reply {
    /// The vendor's id of it.
    pub id: Option<String>,
    /// The model that answers, by the vendor's word.
    pub model: Option<String>,
    /// What the model thinks, for people; never sent back.
    pub thinking: String,
    /// What it cost so far.
    pub usage: Usage,
    /// Why it ended, once it did.
    pub stop: Option<StopReason>,
    /// Why it failed, if it did.
    pub failure: Option<ProviderFailure>,
    parts: Vec<Part>,
    /// Whether the last part is text that goes on.
    in_text: bool,
    /// Calls by the vendor's index.
    calls: BTreeMap<usize, Pending>,
}

/// A call that is being written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Pending {
    /// Where its part is.
    at: usize,
    text: String,
    complete: bool,
}

impl Reply {
    /// Takes the next piece.
    pub fn apply(&mut self, delta: &Delta) {
        match delta {
            Delta::Started { id, model } => {
                self.id = Some(id.clone());
                self.model = Some(model.clone());
            }
            Delta::Text(more) => {
                if self.in_text
                    && let Some(Part::Text { text, .. }) = self.parts.last_mut()
                {
                    text.push_str(more);
                } else {
                    self.parts.push(Part::Text { text: more.clone(), native: None });
                    self.in_text = true;
                }
            }
            Delta::TextEnd(native) => {
                if self.in_text
                    && let Some(Part::Text { native: slot, .. }) = self.parts.last_mut()
                {
                    slot.clone_from(native);
                }
                self.in_text = false;
            }
            Delta::Thinking(more) => self.thinking.push_str(more),
            Delta::ToolCallStart { index, id, name } => {
                self.in_text = false;
                let call = ToolCall {
                    id: id.clone(),
                    name: name.clone(),
                    arguments: RawJson::empty_object(),
                    broken: None,
                    native: None,
                };
                let pending = Pending { at: self.parts.len(), text: String::new(), complete: false };
                self.parts.push(Part::ToolCall(call));
                self.calls.insert(*index, pending);
            }
            Delta::ToolArguments { index, text } => {
                if let Some(pending) = self.calls.get_mut(index) {
                    pending.text.push_str(text);
                }
            }
            Delta::ToolCallEnd { index, native } => {
                if let Some(pending) = self.calls.get_mut(index)
                    && let Some(Part::ToolCall(call)) = self.parts.get_mut(pending.at)
                {
                    pending.complete = true;
                    call.native.clone_from(native);
                    match object(&pending.text) {
                        Some(arguments) => call.arguments = arguments,
                        None => call.broken = Some(pending.text.clone()),
                    }
                }
            }
            Delta::Opaque(native) => {
                self.in_text = false;
                self.parts.push(Part::Native(native.clone()));
            }
            Delta::Usage(usage) => self.usage = *usage,
            Delta::Note(_) => {}
            Delta::Stop(reason) => self.stop = Some(reason.clone()),
            Delta::Failed(failure) => self.failure = Some((**failure).clone()),
        }
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.stop.is_some() || self.failure.is_some()
    }

    /// Whether nothing came yet.
    pub fn is_blank(&self) -> bool {
        *self == Reply::default()
    }

    /// Its parts in order, those that are still being written too.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The arguments of the call at this place of [`Self::parts`] as far as they came; `None` once they are complete.
    pub fn writing(&self, part: usize) -> Option<&str> {
        let pending = self.calls.values().find(|pending| pending.at == part)?;
        (!pending.complete).then_some(pending.text.as_str())
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.message(None).text()
    }

    /// The message for the conversation. A call that was cut off is not in it: it was never asked for.
    pub fn message(&self, origin: Option<ModelRef>) -> Message {
        let cut: Vec<usize> = self.calls.values().filter(|call| !call.complete).map(|call| call.at).collect();
        let parts = self.parts.iter().enumerate().filter(|(at, _)| !cut.contains(at));
        Message { role: Role::Assistant, parts: parts.map(|(_, part)| part.clone()).collect(), origin }
    }
}

/// Arguments as an object: no text at all stands for none.
fn object(text: &str) -> Option<RawJson> {
    if text.trim().is_empty() {
        return Some(RawJson::empty_object());
    }
    RawJson::parse(text).ok().filter(|json| json.as_str().starts_with('{'))
}
