//! OpenAI Chat Completions, as the vendor and the many compatible servers speak it: the request body and the decoder.

use serde_json::{Value, json};
use std::borrow::Cow;

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

/// The body of `POST /chat/completions`.
pub(super) fn body(request: &ChatRequest, leeway: Leeway) -> Body<'_> {
    let mut body = Body::object([("model", request.model.model.as_str().into()), ("stream", true.into())]);
    if leeway.usage {
        body.put("stream_options", Body::object([("include_usage", true.into())]));
    }
    if let Some(limit) = request.max_tokens {
        body.put(if leeway.completion_tokens { "max_completion_tokens" } else { "max_tokens" }, limit);
    }
    if leeway.no_reasoning && !request.tools.is_empty() {
        body.put("reasoning_effort", "none");
    } else if let Some(effort) = request.effort.filter(|_| leeway.effort) {
        body.put("reasoning_effort", effort.word());
    }
    if !request.tools.is_empty() {
        body.put("tools", request.tools.iter().map(tool).collect::<Vec<_>>());
        match request.choice {
            ToolChoice::Auto => {}
            ToolChoice::Required => body.put("tool_choice", "required"),
            ToolChoice::None => body.put("tool_choice", "none"),
        }
    }
    let mut messages = Vec::new();
    if let Some(system) = &request.system {
        messages.push(Body::object([("role", "system".into()), ("content", system.as_str().into())]));
    }
    for turn in arrange(request, Dialect::ChatCompletions) {
        match turn {
            Turn::User { results, said } => user(&results, &said, &mut messages),
            Turn::Assistant(spoken) => messages.push(assistant(&spoken)),
        }
    }
    body.put("messages", messages);
    body
}

fn tool(tool: &ToolSpec) -> Body<'_> {
    let function = Body::object([
        ("name", tool.name.as_str().into()),
        ("description", tool.description.as_str().into()),
        ("parameters", (&tool.schema).into()),
        ("strict", false.into()),
    ]);
    Body::object([("type", "function".into()), ("function", function)])
}

/// All results right behind the calls, each in its own message; their images, which no result may hold, after them.
fn user<'a>(results: &[Answered<'a>], said: &[Said<'a>], messages: &mut Vec<Body<'a>>) {
    let mut content = Vec::new();
    for result in results {
        let mut texts: Vec<Cow<'a, str>> = result.is_error.then_some("Error:".into()).into_iter().collect();
        for part in result.content {
            match part {
                Content::Text(text) => texts.push(text.as_str().into()),
                Content::Image(image) if is_common(image) => {
                    texts.push("[an image, which is shown in the next message]".into());
                    content.push(text_part(format!("The image in the result of {}:", result.call)));
                    content.push(image_part(image));
                }
                Content::Image(image) => texts.push(described(image).into()),
            }
        }
        messages.push(Body::object([
            ("role", "tool".into()),
            ("tool_call_id", result.call.into()),
            ("content", joined(texts, "\n").into()),
        ]));
    }
    content.extend(said.iter().map(|said| match said {
        Said::Text(text) => text_part(*text),
        Said::Image(image) => image_part(image),
    }));
    // Many local servers know nothing but a string.
    let content: Body<'a> = match (content.as_slice(), said) {
        ([], _) => return,
        ([_], [Said::Text(text)]) => (*text).into(),
        _ => content.into(),
    };
    messages.push(Body::object([("role", "user".into()), ("content", content)]));
}

fn assistant<'a>(spoken: &[Spoken<'a>]) -> Body<'a> {
    let texts: Vec<Cow<'a, str>> = spoken
        .iter()
        .filter_map(|spoken| match spoken {
            Spoken::Text(text) => Some((*text).into()),
            Spoken::Call(_) | Spoken::Native(_) => None,
        })
        .collect();
    let mut message = Body::object([("role", "assistant".into()), ("content", joined(texts, "\n\n").into())]);
    let calls: Vec<Body<'a>> = spoken
        .iter()
        .filter_map(|spoken| match spoken {
            Spoken::Call(call) => {
                let function =
                    Body::object([("name", call.name.as_str().into()), ("arguments", call.arguments.as_str().into())]);
                Some(Body::object([
                    ("id", call.id.as_str().into()),
                    ("type", "function".into()),
                    ("function", function),
                ]))
            }
            Spoken::Text(_) | Spoken::Native(_) => None,
        })
        .collect();
    if !calls.is_empty() {
        message.put("tool_calls", calls);
    }
    for spoken in spoken {
        if let Spoken::Native(native) = spoken {
            message.put("reasoning_details", &native.block);
        }
    }
    message
}

fn text_part<'a>(text: impl Into<Body<'a>>) -> Body<'a> {
    Body::object([("type", "text".into()), ("text", text.into())])
}

fn image_part(image: &Image) -> Body<'_> {
    if !is_common(image) {
        return text_part(described(image));
    }
    let url = format!("data:{};base64,{}", image.mime, image.data);
    Body::object([("type", "image_url".into()), ("image_url", Body::object([("url", url.into())]))])
}

/// A call that is being written. It is told of once its name is known.
#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    text: String,
    told: bool,
}

/// Reads an answer.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    id: Option<String>,
    calls: Vec<Call>,
    /// Structured reasoning that is to be sent back (`reasoning_details`).
    details: Vec<Value>,
    refusal: String,
    finish: Option<String>,
    closed: bool,
}

impl Decoder {
    /// Takes an event. What is unknown is not for us.
    pub(super) fn event(&mut self, event: &Event, out: &mut Vec<Delta>) {
        if event.value.get("error").is_some_and(|error| !error.is_null()) {
            out.push(Delta::Failed(Box::new(failure::of_error(&event.value, 200))));
            return;
        }
        // A chunk has choices, if only none; what has not is something that nobody knows here.
        if self.id.is_none() && event.value.get("choices").is_some() {
            let text = |pointer| event.text(pointer).unwrap_or_default().to_owned();
            out.push(Delta::Started { id: text("/id"), model: text("/model") });
            self.id = Some(text("/id"));
        }
        usage(event, out);
        let choices = event.value.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        for choice in choices.iter().filter(first) {
            if let Some(delta) = choice.get("delta").or_else(|| choice.get("message"))
                && !self.closed
            {
                self.delta(delta, out);
            }
            match choice.get("finish_reason").and_then(Value::as_str) {
                None | Some("") => {}
                Some("error") => {
                    let error = choice.get("error").map_or_else(
                        || json!({ "message": "the provider ended the answer with an error" }),
                        |error| json!({ "error": error }),
                    );
                    out.push(Delta::Failed(Box::new(failure::of_error(&error, 200))));
                    return;
                }
                Some(reason) => {
                    self.finish.get_or_insert_with(|| reason.to_owned());
                    self.close(out);
                }
            }
        }
    }

    /// Whether the vendor said why it ended. Its count of tokens may follow.
    pub(super) fn is_complete(&self) -> bool {
        self.finish.is_some()
    }

    /// Ends the answer.
    pub(super) fn finish(&mut self, out: &mut Vec<Delta>) {
        let called = self.calls.iter().any(|call| call.told);
        let reason = match self.finish.take().unwrap_or_default().as_str() {
            "length" => StopReason::Length,
            "content_filter" => StopReason::ContentFilter,
            _ if !self.refusal.is_empty() => {
                StopReason::Refusal { category: None, explanation: Some(std::mem::take(&mut self.refusal)) }
            }
            // Compatible servers say `stop` and have called all the same.
            "stop" | "tool_calls" | "function_call" | "eos" if called => StopReason::ToolUse,
            "stop" | "tool_calls" | "function_call" | "eos" => StopReason::EndTurn,
            other => StopReason::Other(other.to_owned()),
        };
        out.push(Delta::Stop(reason));
    }

    fn delta(&mut self, delta: &Value, out: &mut Vec<Delta>) {
        let text = |key: &str| delta.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(more) = text("reasoning_content").or_else(|| text("reasoning")) {
            out.push(Delta::Thinking(more.to_owned()));
        }
        if let Some(details) = delta.get("reasoning_details").and_then(Value::as_array) {
            self.details.extend(details.iter().cloned());
        }
        match delta.get("content") {
            Some(Value::String(more)) if !more.is_empty() => out.push(Delta::Text(more.clone())),
            Some(Value::Array(parts)) => {
                let texts = parts.iter().filter_map(|part| part.get("text")?.as_str()).filter(|text| !text.is_empty());
                out.extend(texts.map(|text| Delta::Text(text.to_owned())));
            }
            _ => {}
        }
        if let Some(more) = text("refusal") {
            self.refusal.push_str(more);
            out.push(Delta::Text(more.to_owned()));
        }
        let calls = delta.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (position, call) in calls.iter().enumerate() {
            self.call(position, call, out);
        }
    }

    fn call(&mut self, position: usize, piece: &Value, out: &mut Vec<Delta>) {
        let text = |pointer| piece.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (id, name) = (text("/id"), text("/function/name"));
        let index = piece.get("index").and_then(Value::as_u64);
        let at = self.find(position, index, id, name).unwrap_or_else(|| {
            self.calls.push(Call { index, ..Call::default() });
            self.calls.len() - 1
        });
        if self.calls[at].id.is_empty() && !id.is_empty() && !self.calls.iter().any(|call| call.id == id) {
            id.clone_into(&mut self.calls[at].id);
        }
        let call = &mut self.calls[at];
        if !call.told {
            call.name.push_str(name);
        }
        let more = match piece.pointer("/function/arguments") {
            Some(Value::String(more)) => more.clone(),
            // Whole, as an object.
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        call.text.push_str(&more);
        if call.told {
            if !more.is_empty() {
                out.push(Delta::ToolArguments { index: at, text: more });
            }
        } else if !call.name.is_empty() {
            self.tell(at, out);
        }
    }

    /// The call that a piece belongs to: by its index, else by its id, else by its place.
    fn find(&self, position: usize, index: Option<u64>, id: &str, name: &str) -> Option<usize> {
        let place = |test: &dyn Fn(&Call) -> bool| self.calls.iter().rposition(test);
        if index.is_some() {
            // Some servers give every call the index 0; another id with another name is another call.
            let other = |call: &Call| !id.is_empty() && !call.id.is_empty() && call.id != id && !name.is_empty();
            return place(&|call| call.index == index).filter(|at| !other(&self.calls[*at]));
        }
        if !id.is_empty() {
            return place(&|call| call.id == id);
        }
        if name.is_empty() {
            // More of the same chunk's call at this place; a piece alone continues the newest.
            return if position == 0 { self.calls.len().checked_sub(1) } else { Some(position) }
                .filter(|at| *at < self.calls.len());
        }
        // A name begins a call: one that has its name already is another one.
        self.calls.get(position).filter(|call| call.name.is_empty()).map(|_| position)
    }

    fn tell(&mut self, at: usize, out: &mut Vec<Delta>) {
        let answer = self.id.as_deref().unwrap_or_default();
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            call.id = format!("call_{answer}_{at}");
        }
        call.told = true;
        out.push(Delta::ToolCallStart { index: at, id: call.id.clone(), name: call.name.clone() });
        if !call.text.is_empty() {
            out.push(Delta::ToolArguments { index: at, text: call.text.clone() });
        }
    }

    /// The model said all it wanted: calls end here, for nothing else ends them.
    fn close(&mut self, out: &mut Vec<Delta>) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let cut = !matches!(self.finish.as_deref(), Some("stop" | "tool_calls" | "function_call" | "eos"));
        let nameless = self.calls.iter().filter(|call| !call.told).count();
        if nameless > 0 {
            out.push(Delta::Note(format!("the model asked for {nameless} call(s) without saying of what")));
        }
        if !self.details.is_empty() {
            let block = RawJson::from_value(&Value::Array(std::mem::take(&mut self.details)));
            out.push(Delta::Opaque(Native { dialect: Dialect::ChatCompletions, block }));
        }
        for (index, call) in self.calls.iter().enumerate().filter(|(_, call)| call.told) {
            // An object that is complete was not cut, whatever ended the answer.
            if !cut || serde_json::from_str::<serde_json::Map<String, Value>>(&call.text).is_ok() {
                out.push(Delta::ToolCallEnd { index, native: None });
            }
        }
    }
}

fn usage(event: &Event, out: &mut Vec<Delta>) {
    let number = |pointer: &str| event.number(&format!("/usage/{pointer}")).unwrap_or_default();
    if event.value.get("usage").is_some_and(Value::is_object) {
        out.push(Delta::Usage(Usage {
            input: number("prompt_tokens"),
            cached_read: number("prompt_tokens_details/cached_tokens"),
            cached_written: number("prompt_tokens_details/cache_write_tokens"),
            output: number("completion_tokens"),
            reasoning: number("completion_tokens_details/reasoning_tokens"),
        }));
    }
}
