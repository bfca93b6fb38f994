//! What comes of a turn, printed as it comes: text to standard output and the rest beside it, or one JSON event a line.

use serde_json::{Value, json};

use crate::app::{Level, State};
use crate::headless::output::Output;
use crate::model::chat::{Content, ModelRef, Part, StopReason, Usage};
use crate::model::conversation::{Answer, Body, Conversation, Entry, ModelCall};
use crate::model::discovery::{CALL, Discovery};
use crate::model::id::EntryId;
use crate::model::json::{RawJson, compact};
use crate::model::price::{Cost, Spent};
use crate::model::text::escape_block;

/// Bytes of a call's arguments that are told beside the text.
const ARGUMENTS: usize = 200;

/// How far the conversation was printed.
#[derive(Debug, Default)]
pub(super) struct Printer {
    /// Entries before this one are printed.
    next: usize,
    /// Of the answer that is being printed: the part, and the bytes of it.
    part: usize,
    bytes: usize,
    thinking: usize,
    notes: usize,
    /// Calls that were told and have not ended.
    open: Vec<EntryId>,
    /// Whether text stands on the line.
    in_line: bool,
}

impl Printer {
    /// Prints what comes behind all of this.
    pub(super) fn behind(conversation: &Conversation) -> Printer {
        Printer { next: conversation.entries.len(), ..Printer::default() }
    }

    /// Says who answers.
    pub(super) fn start(model: &ModelRef, state: &State, out: &mut Output) {
        let offer = crate::app::offer(state);
        if out.is_json() {
            let tools = if offer.discovery.is_some() { offer.behind.len() } else { offer.tools.len() };
            let event = json!({ "type": "start", "model": model.to_string(), "tools": tools,
                "discovery": offer.discovery.as_ref().map(discovery), "resumed": (!state.chat.conversation.id.is_empty()).then_some(&state.chat.conversation.id) });
            out.json(&event.to_string());
        } else if model.provider == "demo" {
            out.note("the built-in demo model answers: a few fixed rules, no language model");
        }
    }

    /// Prints what is new.
    pub(super) fn news(&mut self, state: &State, out: &mut Output) {
        let conversation = &state.chat.conversation;
        self.open.retain(|id| match conversation.call(*id) {
            Some(call) if call.state.is_open() => true,
            Some(call) => {
                result(call, self.in_line, out);
                false
            }
            None => false,
        });
        while let Some(entry) = conversation.entries.get(self.next) {
            if !self.entry(entry, out) {
                return;
            }
            if let (Body::Answer(answer), true) = (&entry.body, out.is_json())
                && answer.reply.usage != Usage::default()
            {
                out.json(&spent(answer, state).to_string());
            }
            self.next += 1;
            (self.part, self.bytes, self.thinking, self.notes) = (0, 0, 0, 0);
        }
    }

    /// Prints what is new of an entry. Returns whether it is complete.
    fn entry(&mut self, entry: &Entry, out: &mut Output) -> bool {
        match &entry.body {
            Body::User { .. } | Body::Summary { .. } => true,
            Body::Answer(answer) => {
                self.answer(answer, out);
                if answer.ended.is_some() {
                    self.line_end(out);
                }
                answer.ended.is_some()
            }
            Body::Call(call) => {
                if out.is_json() {
                    let arguments = call.arguments.as_str();
                    let mut head =
                        json!({ "type": "call", "id": call.call.id, "server": call.server, "tool": call.tool });
                    if call.call.name == CALL {
                        head["via"] = json!(CALL);
                    }
                    out.json(&with(&head, "arguments", arguments));
                }
                if call.state.is_open() {
                    self.open.push(entry.id);
                } else {
                    result(call, self.in_line, out);
                }
                true
            }
            Body::Note { level, text } => {
                if out.is_json() {
                    let level = match level {
                        Level::Info => "info",
                        Level::Warning => "warning",
                        Level::Error => "error",
                    };
                    out.json(&json!({ "type": "note", "level": level, "text": text }).to_string());
                } else if *level == Level::Info {
                    out.note(text);
                }
                true
            }
        }
    }

    fn answer(&mut self, answer: &Answer, out: &mut Output) {
        for note in &answer.notes[self.notes.min(answer.notes.len())..] {
            if out.is_json() {
                out.json(&json!({ "type": "note", "level": "info", "text": note }).to_string());
            } else {
                out.note(note);
            }
        }
        self.notes = answer.notes.len();
        if out.is_json() && answer.reply.thinking.len() > self.thinking {
            let more = &answer.reply.thinking[self.thinking..];
            out.json(&json!({ "type": "thinking", "text": more }).to_string());
            self.thinking = answer.reply.thinking.len();
        }
        let parts = answer.reply.parts();
        while let Some(part) = parts.get(self.part) {
            if let Part::Text { text, .. } = part {
                let more = text.get(self.bytes..).unwrap_or_default();
                if !more.is_empty() {
                    self.text(more, out);
                    self.bytes = text.len();
                }
            }
            if self.part + 1 == parts.len() {
                return;
            }
            self.part += 1;
            self.bytes = 0;
            self.line_end(out);
        }
    }

    fn text(&mut self, text: &str, out: &mut Output) {
        if out.is_json() {
            out.json(&json!({ "type": "text", "text": text }).to_string());
        } else {
            out.piece(&escape_block(text));
            self.in_line = !text.ends_with('\n');
        }
    }

    fn line_end(&mut self, out: &mut Output) {
        if std::mem::take(&mut self.in_line) {
            out.piece("\n");
        }
    }

    /// Says that the turn is over.
    pub(super) fn end(&mut self, state: &State, out: &mut Output) {
        self.line_end(out);
        if !out.is_json() {
            return;
        }
        let conversation = &state.chat.conversation;
        let last = conversation.entries.iter().rev().find_map(|entry| match &entry.body {
            Body::Answer(answer) => Some(answer),
            _ => None,
        });
        let stop = last.map_or("none", |answer| match (&answer.reply.stop, &answer.reply.failure) {
            (_, Some(_)) => "failed",
            (Some(stop), None) => word(stop),
            (None, None) => "interrupted",
        });
        let event = json!({ "type": "end", "stop": stop, "conversation": conversation.id,
            "usage": usage(&conversation.usage), "cost": state.chat.cost().as_ref().map(cost) });
        out.json(&event.to_string());
    }
}

/// What one answer took, and what it cost as far as there are prices.
fn spent(answer: &Answer, state: &State) -> Value {
    let this = Spent { model: answer.model.clone(), usage: answer.reply.usage };
    let context = state.chat.gauge().map(|gauge| json!({ "used": gauge.used, "of": gauge.context }));
    json!({ "type": "usage", "model": answer.model.to_string(), "usage": usage(&this.usage),
        "cost": state.chat.prices.cost([&this]).as_ref().map(cost), "context": context })
}

fn cost(cost: &Cost) -> Value {
    // Prices have few digits, sums of them in binary have many.
    let amount = (cost.amount * 1e9).round() / 1e9;
    json!({ "amount": amount, "currency": cost.currency, "partial": cost.partial })
}

/// Why the model searches for its tools.
fn discovery(discovery: &Discovery) -> Value {
    json!({ "tools": discovery.tools, "tokens": discovery.tokens, "counted": discovery.counted,
        "context": discovery.context, "known": discovery.known, "share": discovery.share })
}

/// Prints how a call ended.
fn result(call: &ModelCall, in_line: bool, out: &mut Output) {
    let state = call.state.word();
    let took = call.started.zip(call.ended).map(|(started, ended)| ended.micros_since(started) as f64 / 1_000.0);
    if out.is_json() {
        let content = call.result.iter().flat_map(|result| &result.content).map(content).collect::<Vec<_>>();
        let event = json!({ "type": "result", "id": call.call.id, "state": state, "reason": call.reason, "ms": took,
            "is_error": call.result.as_ref().is_some_and(|result| result.is_error), "edited": call.edited, "content": content });
        out.json(&event.to_string());
        return;
    }
    if in_line {
        out.piece("\n");
    }
    let name = if call.server.is_empty() { call.tool.clone() } else { format!("{}/{}", call.server, call.tool) };
    let took = took.map(|took| format!(" in {took:.0} ms")).unwrap_or_default();
    out.note(&format!("{name} {} {state}{took}", compact(call.arguments.as_str(), ARGUMENTS)));
}

fn content(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!({ "type": "text", "text": text }),
        Content::Image(image) => json!({ "type": "image", "mimeType": image.mime, "bytes": image.data.len() / 4 * 3 }),
    }
}

fn usage(usage: &Usage) -> Value {
    json!({ "input": usage.input, "cached_read": usage.cached_read, "cached_written": usage.cached_written,
        "output": usage.output, "reasoning": usage.reasoning })
}

fn word(stop: &StopReason) -> &'static str {
    match stop {
        StopReason::EndTurn => "end_turn",
        StopReason::ToolUse => "tool_use",
        StopReason::Length => "length",
        StopReason::Refusal { .. } => "refusal",
        StopReason::Pause => "pause",
        StopReason::ContentFilter => "content_filter",
        StopReason::ContextFull => "context_full",
        StopReason::Other(_) => "other",
    }
}

/// An object with one more member, verbatim.
fn with(head: &Value, key: &str, raw: &str) -> String {
    let text = head.to_string();
    let open = text.strip_suffix('}').unwrap_or(&text);
    format!("{open},\"{key}\":{}}}", RawJson::parse(raw).map_or_else(|_| "null".into(), |raw| raw.to_string()))
}
