//! OpenAI Responses: the request body and the decoder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::body::{Body, joined};
use super::decoder::Event;
use super::failure;
use super::history::{Answered, Said, Spoken, Turn, arrange, is_common};
use super::images::described;
use super::leeway::Leeway;
use crate::model::chat::{
    ChatRequest, Content, Delta, Dialect, Image, Native, StopReason, ToolChoice, ToolSpec, Usage,
};
use crate::model::json::RawJson;

/// The body of `POST /responses`.
pub(super) fn body(request: &ChatRequest, leeway: Leeway) -> Body<'_> {
    let mut body = Body::object([
        ("model", request.model.model.as_str().into()),
        ("stream", true.into()),
        // Nothing stays with the vendor; what it needs back comes encrypted and is replayed.
        ("store", false.into()),
    ]);
    if leeway.thinking {
        body.put("include", vec![Body::from("reasoning.encrypted_content")]);
        let mut reasoning = Body::object([("summary", "auto".into())]);
        if let Some(effort) = request.effort.filter(|_| leeway.effort) {
            reasoning.put("effort", effort.word());
        }
        body.put("reasoning", reasoning);
    }
    if let Some(limit) = request.max_tokens {
        body.put("max_output_tokens", limit);
    }
    body.put("prompt_cache_key", cache_key(request));
    if let Some(system) = &request.system {
        body.put("instructions", system.as_str());
    }
    if !request.tools.is_empty() {
        body.put("tools", request.tools.iter().map(tool).collect::<Vec<_>>());
        match request.choice {
            ToolChoice::Auto => {}
            ToolChoice::Required => body.put("tool_choice", "required"),
            ToolChoice::None => body.put("tool_choice", "none"),
        }
    }
    let mut input = Vec::new();
    for turn in arrange(request, Dialect::Responses) {
        items(turn, &mut input);
    }
    body.put("input", input);
    body
}

/// The same for all requests of a conversation, so that they meet the same cache.
fn cache_key(request: &ChatRequest) -> String {
    let mut hash = Sha256::new();
    hash.update(request.system.as_deref().unwrap_or_default());
    hash.update([0]);
    hash.update(request.messages.first().map(crate::model::chat::Message::text).unwrap_or_default());
    let start = hash.finalize().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("mcp-tui-{start:016x}")
}

fn tool(tool: &ToolSpec) -> Body<'_> {
    Body::object([
        ("type", "function".into()),
        ("name", tool.name.as_str().into()),
        ("description", tool.description.as_str().into()),
        ("parameters", (&tool.schema).into()),
        // Left out, the vendor's own default applies, which most servers' schemas do not satisfy.
        ("strict", false.into()),
    ])
}

fn items<'a>(turn: Turn<'a>, input: &mut Vec<Body<'a>>) {
    match turn {
        Turn::User { results, said } => {
            input.extend(results.into_iter().map(result));
            let content: Vec<Body<'a>> = said
                .into_iter()
                .map(|said| match said {
                    Said::Text(text) => text_item(text),
                    Said::Image(image) => image_item(image),
                })
                .collect();
            if !content.is_empty() {
                input.push(Body::object([("role", "user".into()), ("content", content.into())]));
            }
        }
        Turn::Assistant(spoken) => input.extend(spoken.into_iter().map(|spoken| match spoken {
            Spoken::Native(native) => (&native.block).into(),
            Spoken::Text(text) => {
                let text = Body::object([("type", "output_text".into()), ("text", text.into())]);
                Body::object([("role", "assistant".into()), ("content", vec![text].into())])
            }
            Spoken::Call(call) => Body::object([
                ("type", "function_call".into()),
                ("call_id", call.id.as_str().into()),
                ("name", call.name.as_str().into()),
                ("arguments", call.arguments.as_str().into()),
            ]),
        })),
    }
}

fn result(result: Answered<'_>) -> Body<'_> {
    // There is no flag for a failure: the text has to say it.
    let failed = result.is_error.then_some("Error:");
    let texts = result.content.iter().filter_map(|content| match content {
        Content::Text(text) => Some(Cow::Borrowed(text.as_str())),
        Content::Image(_) => None,
    });
    let only_text = result.content.iter().all(|content| matches!(content, Content::Text(_)));
    let output: Body<'_> = if only_text {
        joined(failed.map(Cow::Borrowed).into_iter().chain(texts).collect(), "\n").into()
    } else {
        let said = failed.into_iter().map(text_item);
        let content = result.content.iter().map(|content| match content {
            Content::Text(text) => text_item(text.as_str()),
            Content::Image(image) => image_item(image),
        });
        said.chain(content).collect::<Vec<_>>().into()
    };
    Body::object([("type", "function_call_output".into()), ("call_id", result.call.into()), ("output", output)])
}

fn text_item<'a>(text: impl Into<Body<'a>>) -> Body<'a> {
    Body::object([("type", "input_text".into()), ("text", text.into())])
}

fn image_item(image: &Image) -> Body<'_> {
    if !is_common(image) {
        return text_item(described(image));
    }
    let url = format!("data:{};base64,{}", image.mime, image.data);
    Body::object([("type", "input_image".into()), ("image_url", url.into())])
}

/// A call that is being written.
#[derive(Debug, Default)]
struct Call {
    item: String,
    has_arguments: bool,
    ended: bool,
}

/// Reads an answer.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    started: bool,
    calls: BTreeMap<u64, Call>,
    /// Whether the current message said anything piece by piece.
    said: bool,
    refusal: Option<String>,
    called: bool,
}

impl Decoder {
    /// Takes an event. What is unknown is not for us.
    pub(super) fn event(&mut self, event: &Event, out: &mut Vec<Delta>) {
        let text = |pointer| event.text(pointer).unwrap_or_default();
        match text("/type") {
            "response.created" | "response.in_progress" | "response.queued" => self.start(event, out),
            "response.output_item.added" => self.added(event, out),
            "response.output_item.done" => self.done(event, out),
            "response.output_text.delta" => {
                self.said = true;
                push(text("/delta"), Delta::Text, out);
            }
            "response.refusal.delta" => {
                self.said = true;
                self.refusal.get_or_insert_default().push_str(text("/delta"));
                push(text("/delta"), Delta::Text, out);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                push(text("/delta"), Delta::Thinking, out);
            }
            "response.reasoning_summary_text.done" => push("\n\n", Delta::Thinking, out),
            "response.function_call_arguments.delta" => self.arguments(event, text("/delta"), false, out),
            // Complete once more; of use only where no pieces came.
            "response.function_call_arguments.done" => self.arguments(event, text("/arguments"), true, out),
            "response.completed" => {
                usage(event, out);
                out.push(Delta::Stop(self.complete()));
            }
            "response.incomplete" => {
                usage(event, out);
                out.push(Delta::Stop(match text("/response/incomplete_details/reason") {
                    "max_output_tokens" => StopReason::Length,
                    "content_filter" => StopReason::ContentFilter,
                    other => StopReason::Other(format!("incomplete: {other}")),
                }));
            }
            "response.failed" => {
                usage(event, out);
                let error = event.value.get("response").unwrap_or(&event.value);
                out.push(Delta::Failed(Box::new(failure::of_error(error, 200))));
            }
            "error" => out.push(Delta::Failed(Box::new(failure::of_error(&without_type(&event.value), 200)))),
            // An error that says nothing of its kind.
            "" if event.value.get("error").is_some_and(|error| !error.is_null()) => {
                out.push(Delta::Failed(Box::new(failure::of_error(&event.value, 200))));
            }
            _ => {}
        }
    }

    fn complete(&mut self) -> StopReason {
        match self.refusal.take() {
            Some(explanation) => StopReason::Refusal { category: None, explanation: Some(explanation) },
            None if self.called => StopReason::ToolUse,
            None => StopReason::EndTurn,
        }
    }

    fn start(&mut self, event: &Event, out: &mut Vec<Delta>) {
        if !std::mem::replace(&mut self.started, true) {
            let text = |pointer| event.text(pointer).unwrap_or_default().to_owned();
            out.push(Delta::Started { id: text("/response/id"), model: text("/response/model") });
        }
    }

    fn added(&mut self, event: &Event, out: &mut Vec<Delta>) {
        match event.text("/item/type").unwrap_or_default() {
            "function_call" => {
                self.call(event, out);
            }
            "message" => self.said = false,
            _ => {}
        }
    }

    /// The index of the call that an event with an item is about, begun if it is new.
    fn call(&mut self, event: &Event, out: &mut Vec<Delta>) -> u64 {
        let text = |pointer| event.text(pointer).unwrap_or_default().to_owned();
        let item = text("/item/id");
        let known = self.calls.iter().find(|(_, call)| !item.is_empty() && call.item == item).map(|(index, _)| *index);
        let next = self.calls.keys().next_back().map_or(0, |last| last.saturating_add(1));
        let index = known.or_else(|| event.number("/output_index")).unwrap_or(next);
        if let Entry::Vacant(place) = self.calls.entry(index) {
            let id = [text("/item/call_id"), item.clone()].into_iter().find(|id| !id.is_empty());
            let id = id.unwrap_or_else(|| format!("call_{index}"));
            out.push(Delta::ToolCallStart { index: index as usize, id, name: text("/item/name") });
            place.insert(Call { item, ..Call::default() });
        }
        index
    }

    fn arguments(&mut self, event: &Event, text: &str, whole: bool, out: &mut Vec<Delta>) {
        let item = event.text("/item_id").unwrap_or_default();
        let by_item =
            self.calls.iter().find(|(_, call)| !item.is_empty() && call.item == item).map(|(index, _)| *index);
        let Some(index) = by_item.or_else(|| event.number("/output_index")) else { return };
        let Some(call) = self.calls.get_mut(&index) else { return };
        if text.is_empty() || call.ended || (whole && call.has_arguments) {
            return;
        }
        call.has_arguments = true;
        out.push(Delta::ToolArguments { index: index as usize, text: text.to_owned() });
    }

    fn done(&mut self, event: &Event, out: &mut Vec<Delta>) {
        let raw = event.raw.get("item").and_then(|item| RawJson::parse(item).ok());
        let native = raw.map(|block| Native { dialect: Dialect::Responses, block });
        match event.text("/item/type").unwrap_or_default() {
            "function_call" => {
                let index = self.call(event, out);
                let Some(call) = self.calls.get_mut(&index).filter(|call| !call.ended) else { return };
                call.ended = true;
                if !call.has_arguments {
                    let text = event.text("/item/arguments").unwrap_or_default();
                    push(text, |text| Delta::ToolArguments { index: index as usize, text }, out);
                }
                // One that was cut by the limit has arguments that end anywhere.
                if event.text("/item/status") != Some("incomplete") {
                    self.called = true;
                    out.push(Delta::ToolCallEnd { index: index as usize, native });
                }
            }
            "message" => {
                if !self.said {
                    push(&whole_text(&event.value), Delta::Text, out);
                }
                self.said = false;
                out.push(Delta::TextEnd(native));
            }
            // Reasoning is complete only here; everything else goes back as it came, too.
            _ => out.extend(native.map(Delta::Opaque)),
        }
    }
}

fn push(text: &str, delta: impl FnOnce(String) -> Delta, out: &mut Vec<Delta>) {
    if !text.is_empty() {
        out.push(delta(text.to_owned()));
    }
}

/// The text of a message that did not come in pieces.
fn whole_text(event: &Value) -> String {
    let content = event.pointer("/item/content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    content.iter().filter_map(|part| part.get("text").or_else(|| part.get("refusal"))?.as_str()).collect()
}

/// A bare error event: its own `type` is no kind of error.
fn without_type(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.remove("type");
    }
    value
}

fn usage(event: &Event, out: &mut Vec<Delta>) {
    let number = |pointer: &str| event.number(&format!("/response/usage/{pointer}")).unwrap_or_default();
    if event.value.pointer("/response/usage").is_some_and(Value::is_object) {
        out.push(Delta::Usage(Usage {
            input: number("input_tokens"),
            cached_read: number("input_tokens_details/cached_tokens"),
            cached_written: number("input_tokens_details/cache_write_tokens"),
            output: number("output_tokens"),
            reasoning: number("output_tokens_details/reasoning_tokens"),
        }));
    }
}
