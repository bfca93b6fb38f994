//! The answer of any vendor, event by event: [`Decoder`]. Pure.
//!
//! Whatever comes, an answer ends with exactly one `Stop` or `Failed`, and nothing follows it.

use serde_json::Value;

use super::{anthropic, openai_chat, openai_responses};
use crate::model::chat::{Delta, Dialect, FailureKind, ProviderFailure};
use crate::model::json::RawJson;

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Decoder {
    inner: Inner,
    over: bool,
}

#[derive(Debug)]
enum Inner {
    Anthropic(anthropic::Decoder),
    Responses(openai_responses::Decoder),
    Chat(openai_chat::Decoder),
}

/// The data of one event, read.
pub(super) struct Event {
    /// As it came.
    pub(super) raw: RawJson,
    /// To be looked into.
    pub(super) value: Value,
}

impl Event {
    /// The text of a member, if it is text.
    pub(super) fn text<'a>(&'a self, pointer: &str) -> Option<&'a str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// A number, if it is one that counts.
    pub(super) fn number(&self, pointer: &str) -> Option<u64> {
        self.value.pointer(pointer)?.as_u64()
    }
}

impl Decoder {
    /// For an answer in this dialect. The demo model has none of its own: it is never decoded.
    pub(super) fn new(dialect: Dialect) -> Decoder {
        let inner = match dialect {
            Dialect::Anthropic => Inner::Anthropic(anthropic::Decoder::default()),
            Dialect::Responses => Inner::Responses(openai_responses::Decoder::default()),
            Dialect::ChatCompletions | Dialect::Demo => Inner::Chat(openai_chat::Decoder::default()),
        };
        Decoder { inner, over: false }
    }

    /// Takes the data of one event.
    pub(super) fn event(&mut self, data: &str) -> Vec<Delta> {
        let mut out = Vec::new();
        let data = data.trim();
        if self.over || data.is_empty() {
            return out;
        }
        if data == "[DONE]" {
            if let Inner::Chat(_) = self.inner {
                self.finish(&mut out);
            }
            return self.closed(out);
        }
        let read = RawJson::parse(data).and_then(|raw| Ok(Event { value: raw.to_value()?, raw }));
        match read {
            Err(error) => {
                let message = format!("the provider sent an event that cannot be read: {error}");
                out.push(Delta::Failed(Box::new(ProviderFailure::new(FailureKind::BadAnswer, message))));
            }
            Ok(event) => match &mut self.inner {
                Inner::Anthropic(decoder) => decoder.event(&event, &mut out),
                Inner::Responses(decoder) => decoder.event(&event, &mut out),
                Inner::Chat(decoder) => decoder.event(&event, &mut out),
            },
        }
        self.closed(out)
    }

    /// The stream ended: an answer that did not say so is cut off.
    pub(super) fn end(&mut self) -> Vec<Delta> {
        let mut out = Vec::new();
        if !self.over {
            self.finish(&mut out);
        }
        self.closed(out)
    }

    /// Ends the answer badly.
    pub(super) fn fail(&mut self, failure: ProviderFailure) -> Vec<Delta> {
        if self.over {
            return Vec::new();
        }
        self.closed(vec![Delta::Failed(Box::new(failure))])
    }

    /// Whether the answer ended.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the answer is complete, though its end was not announced yet.
    pub(super) fn is_complete(&self) -> bool {
        match &self.inner {
            Inner::Anthropic(decoder) => decoder.is_complete(),
            Inner::Responses(_) => false,
            Inner::Chat(decoder) => decoder.is_complete(),
        }
    }

    fn finish(&mut self, out: &mut Vec<Delta>) {
        if !self.is_complete() {
            let message = "the answer broke off: the connection ended before the provider said that it was complete";
            out.push(Delta::Failed(Box::new(ProviderFailure::new(FailureKind::Truncated, message))));
            return;
        }
        match &mut self.inner {
            Inner::Anthropic(decoder) => decoder.finish(out),
            Inner::Responses(_) => {}
            Inner::Chat(decoder) => decoder.finish(out),
        }
    }

    fn closed(&mut self, mut out: Vec<Delta>) -> Vec<Delta> {
        if let Some(last) = out.iter().position(|delta| matches!(delta, Delta::Stop(_) | Delta::Failed(_))) {
            out.truncate(last + 1);
            self.over = true;
        }
        out
    }
}
