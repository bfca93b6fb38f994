//! Anthropic Messages: the request body and the decoder.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::body::Body;
use super::decoder::Event;
use super::failure;
use super::history::{Answered, Said, Spoken, Turn, arrange, is_common};
use super::images::described;
use super::leeway::Leeway;
use crate::model::chat::{
    ChatRequest, Content, Delta, Dialect, Image, Native, StopReason, ToolChoice, ToolSpec, Usage,
};
use crate::model::json::RawJson;

/// The vendor insists on a limit; every model of the last years takes this one, and thinking counts into it.
const MAX_TOKENS: u32 = 32_000;

/// The body of `POST /v1/messages`.
pub(super) fn body(request: &ChatRequest, leeway: Leeway) -> Body<'_> {
    let mut body = Body::object([
        ("model", request.model.model.as_str().into()),
        ("max_tokens", request.max_tokens.unwrap_or(MAX_TOKENS).into()),
        ("stream", true.into()),
        // The last block of the request is where the vendor's cache begins next time.
        ("cache_control", Body::object([("type", "ephemeral".into())])),
    ]);
    // Who is made to call a tool cannot think before: the vendor refuses both.
    if leeway.thinking && request.choice != ToolChoice::Required {
        // Without `summarized`, what newer models say between calls comes with empty texts: the screen would be silent.
        body.put("thinking", Body::object([("type", "adaptive".into()), ("display", "summarized".into())]));
    }
    if let Some(effort) = request.effort.filter(|_| leeway.effort) {
        body.put("output_config", Body::object([("effort", effort.word().into())]));
    }
    if let Some(system) = &request.system {
        body.put("system", system.as_str());
    }
    if let Some(choice) = choice(request) {
        body.put("tool_choice", Body::object([("type", choice.into())]));
    }
    put_content(&mut body, request);
    body
}

fn choice(request: &ChatRequest) -> Option<&'static str> {
    match request.choice {
        _ if request.tools.is_empty() => None,
        ToolChoice::Auto => None,
        ToolChoice::Required => Some("any"),
        ToolChoice::None => Some("none"),
    }
}

/// The body of `POST /v1/messages/count_tokens`.
pub(super) fn count_body(request: &ChatRequest) -> Body<'_> {
    let mut body = Body::object([("model", request.model.model.as_str().into())]);
    if let Some(system) = &request.system {
        body.put("system", system.as_str());
    }
    put_content(&mut body, request);
    body
}

/// The tools and the messages.
fn put_content<'a>(body: &mut Body<'a>, request: &'a ChatRequest) {
    if !request.tools.is_empty() {
        let tool = |tool: &'a ToolSpec| {
            Body::object([
                ("name", tool.name.as_str().into()),
                ("description", tool.description.as_str().into()),
                ("input_schema", (&tool.schema).into()),
            ])
        };
        body.put("tools", request.tools.iter().map(tool).collect::<Vec<_>>());
    }
    let messages: Vec<Body<'a>> = arrange(request, Dialect::Anthropic).into_iter().map(message).collect();
    body.put("messages", messages);
}

fn message(turn: Turn<'_>) -> Body<'_> {
    match turn {
        Turn::User { results, said } => {
            // All results before any text: the vendor refuses another order.
            let results = results.into_iter().map(result);
            let said = said.into_iter().map(|said| match said {
                Said::Text(text) => block_of_text(text),
                Said::Image(image) => block_of_image(image),
            });
            Body::object([("role", "user".into()), ("content", results.chain(said).collect::<Vec<_>>().into())])
        }
        Turn::Assistant(spoken) => {
            let content = spoken.into_iter().map(|spoken| match spoken {
                Spoken::Text(text) => block_of_text(text),
                Spoken::Native(native) => (&native.block).into(),
                Spoken::Call(call) => Body::object([
                    ("type", "tool_use".into()),
                    ("id", call.id.as_str().into()),
                    ("name", call.name.as_str().into()),
                    ("input", (&call.arguments).into()),
                ]),
            });
            Body::object([("role", "assistant".into()), ("content", content.collect::<Vec<_>>().into())])
        }
    }
}

fn result(result: Answered<'_>) -> Body<'_> {
    let content = result.content.iter().filter_map(|content| match content {
        Content::Text(text) => (!text.trim().is_empty()).then(|| block_of_text(text.as_str())),
        Content::Image(image) => Some(block_of_image(image)),
    });
    let mut block = Body::object([("type", "tool_result".into()), ("tool_use_id", result.call.into())]);
    let content: Vec<Body<'_>> = content.collect();
    if !content.is_empty() {
        block.put("content", content);
    }
    if result.is_error {
        block.put("is_error", true);
    }
    block
}

fn block_of_text<'a>(text: impl Into<Body<'a>>) -> Body<'a> {
    Body::object([("type", "text".into()), ("text", text.into())])
}

fn block_of_image(image: &Image) -> Body<'_> {
    if !is_common(image) {
        return block_of_text(described(image));
    }
    let source = Body::object([
        ("type", "base64".into()),
        ("media_type", image.mime.as_str().into()),
        ("data", (*image.data).into()),
    ]);
    Body::object([("type", "image".into()), ("source", source)])
}

/// A block that is being written.
#[derive(Debug)]
enum Block {
    Text {
        citations: Vec<Value>,
        text: String,
    },
    Thinking {
        thinking: String,
        signature: String,
    },
    Call,
    /// Anything else, sent back as it is; pieces of its input are gathered.
    Other {
        block: RawJson,
        input: String,
    },
}

/// Reads an answer.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    blocks: BTreeMap<u64, Block>,
    usage: Usage,
    /// The vendor's three parts of the input.
    input: [u64; 3],
    stop: Option<StopReason>,
    called: bool,
}

impl Decoder {
    /// Takes an event. What is unknown is not for us.
    pub(super) fn event(&mut self, event: &Event, out: &mut Vec<Delta>) {
        match event.text("/type").unwrap_or_default() {
            "message_start" => {
                let text = |pointer| event.text(pointer).unwrap_or_default().to_owned();
                out.push(Delta::Started { id: text("/message/id"), model: text("/message/model") });
                self.usage(event, "/message/usage", out);
            }
            "content_block_start" => self.start(event, out),
            "content_block_delta" => self.delta(event, out),
            "content_block_stop" => self.close(event.number("/index").unwrap_or_default(), out),
            "message_delta" => {
                if let Some(reason) = event.text("/delta/stop_reason") {
                    self.stop = Some(stop(reason, event));
                }
                self.usage(event, "/usage", out);
            }
            "message_stop" => {
                if self.stop.is_none() {
                    self.stop = Some(StopReason::EndTurn);
                }
                self.finish(out);
            }
            "error" => out.push(Delta::Failed(Box::new(failure::of_error(&event.value, 200)))),
            _ => {}
        }
    }

    /// Whether the vendor said why it ended.
    pub(super) fn is_complete(&self) -> bool {
        self.stop.is_some()
    }

    /// Ends the answer. A call without an end was cut off, unless the vendor says that it waits for calls.
    pub(super) fn finish(&mut self, out: &mut Vec<Delta>) {
        let reason = self.stop.take().unwrap_or(StopReason::EndTurn);
        let open: Vec<u64> = self.blocks.keys().copied().collect();
        for index in open {
            let is_call = matches!(self.blocks.get(&index), Some(Block::Call));
            if !is_call || reason == StopReason::ToolUse {
                self.close(index, out);
            }
        }
        // Compatible servers say `end_turn` and have called all the same.
        let reason = if reason == StopReason::EndTurn && self.called { StopReason::ToolUse } else { reason };
        out.push(Delta::Stop(reason));
    }

    fn start(&mut self, event: &Event, out: &mut Vec<Delta>) {
        let index = event.number("/index").unwrap_or_default();
        let text = |pointer| event.text(pointer).unwrap_or_default().to_owned();
        let block = match event.text("/content_block/type").unwrap_or_default() {
            "text" => {
                let text = text("/content_block/text");
                if !text.is_empty() {
                    out.push(Delta::Text(text.clone()));
                }
                Block::Text { citations: Vec::new(), text }
            }
            "thinking" => Block::Thinking {
                thinking: text("/content_block/thinking"),
                signature: text("/content_block/signature"),
            },
            "tool_use" => {
                let (id, name) = (text("/content_block/id"), text("/content_block/name"));
                out.push(Delta::ToolCallStart { index: index as usize, id, name });
                // Some servers send it whole.
                if let Some(input) = event.value.pointer("/content_block/input").and_then(Value::as_object)
                    && !input.is_empty()
                {
                    let text = Value::Object(input.clone()).to_string();
                    out.push(Delta::ToolArguments { index: index as usize, text });
                }
                Block::Call
            }
            _ => {
                let block = event.raw.get("content_block").and_then(|block| RawJson::parse(block).ok());
                Block::Other { block: block.unwrap_or_else(RawJson::empty_object), input: String::new() }
            }
        };
        self.blocks.insert(index, block);
    }

    fn delta(&mut self, event: &Event, out: &mut Vec<Delta>) {
        let index = event.number("/index").unwrap_or_default();
        let piece = |pointer| event.text(pointer).unwrap_or_default();
        match (event.text("/delta/type").unwrap_or_default(), self.blocks.get_mut(&index)) {
            ("text_delta", Some(Block::Text { text, .. })) => {
                let more = piece("/delta/text");
                text.push_str(more);
                push_text(more, out);
            }
            ("text_delta", None) => push_text(piece("/delta/text"), out),
            ("citations_delta", Some(Block::Text { citations, .. })) => {
                citations.extend(event.value.pointer("/delta/citation").cloned());
            }
            ("thinking_delta", Some(Block::Thinking { thinking, .. })) => {
                let more = piece("/delta/thinking");
                thinking.push_str(more);
                if !more.is_empty() {
                    out.push(Delta::Thinking(more.to_owned()));
                }
            }
            ("signature_delta", Some(Block::Thinking { signature, .. })) => {
                signature.push_str(piece("/delta/signature"));
            }
            ("input_json_delta", Some(Block::Call)) => {
                let text = piece("/delta/partial_json").to_owned();
                if !text.is_empty() {
                    out.push(Delta::ToolArguments { index: index as usize, text });
                }
            }
            ("input_json_delta", Some(Block::Other { input, .. })) => input.push_str(piece("/delta/partial_json")),
            _ => {}
        }
    }

    fn close(&mut self, index: u64, out: &mut Vec<Delta>) {
        let native = |block: RawJson| Native { dialect: Dialect::Anthropic, block };
        match self.blocks.remove(&index) {
            Some(Block::Text { citations, text }) => {
                let cited = (!citations.is_empty() && !text.is_empty())
                    .then(|| json!({ "type": "text", "text": text, "citations": citations }));
                out.push(Delta::TextEnd(cited.map(|block| native(RawJson::from_value(&block)))));
            }
            Some(Block::Thinking { thinking, signature }) => {
                if !thinking.is_empty() {
                    out.push(Delta::Thinking("\n\n".to_owned()));
                }
                // A block that nobody signed (a server that only imitates the vendor) is refused when it comes back.
                if !signature.is_empty() {
                    let block = json!({ "type": "thinking", "thinking": thinking, "signature": signature });
                    out.push(Delta::Opaque(native(RawJson::from_value(&block))));
                }
            }
            Some(Block::Call) => {
                self.called = true;
                out.push(Delta::ToolCallEnd { index: index as usize, native: None });
            }
            Some(Block::Other { block, input }) => out.push(Delta::Opaque(native(with_input(block, &input)))),
            None => {}
        }
    }

    fn usage(&mut self, event: &Event, pointer: &str, out: &mut Vec<Delta>) {
        let Some(usage) = event.value.pointer(pointer).filter(|usage| usage.is_object()) else { return };
        let number = |key: &str| usage.get(key).and_then(Value::as_u64);
        for (slot, key) in
            self.input.iter_mut().zip(["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"])
        {
            // Cumulative, and a member that is not there says nothing new.
            *slot = number(key).unwrap_or(*slot);
        }
        let [fresh, written, read] = self.input;
        self.usage.input = fresh.saturating_add(written).saturating_add(read);
        (self.usage.cached_written, self.usage.cached_read) = (written, read);
        self.usage.output = number("output_tokens").unwrap_or(self.usage.output);
        let thinking = usage.pointer("/output_tokens_details/thinking_tokens").and_then(Value::as_u64);
        self.usage.reasoning = thinking.unwrap_or(self.usage.reasoning);
        out.push(Delta::Usage(self.usage));
    }
}

fn push_text(text: &str, out: &mut Vec<Delta>) {
    if !text.is_empty() {
        out.push(Delta::Text(text.to_owned()));
    }
}

/// A block with the input that arrived in pieces.
fn with_input(block: RawJson, input: &str) -> RawJson {
    if input.is_empty() {
        return block;
    }
    let read = (block.to_value(), serde_json::from_str::<Map<String, Value>>(input));
    let (Ok(mut value), Ok(input)) = read else { return block };
    value["input"] = Value::Object(input);
    RawJson::from_value(&value)
}

fn stop(reason: &str, event: &Event) -> StopReason {
    match reason {
        "end_turn" | "stop_sequence" => StopReason::EndTurn,
        "tool_use" => StopReason::ToolUse,
        "max_tokens" => StopReason::Length,
        "pause_turn" => StopReason::Pause,
        "model_context_window_exceeded" => StopReason::ContextFull,
        "refusal" => {
            let text = |pointer| event.text(pointer).map(str::to_owned);
            StopReason::Refusal {
                category: text("/delta/stop_details/category"),
                explanation: text("/delta/stop_details/explanation"),
            }
        }
        other => StopReason::Other(other.to_owned()),
    }
}
