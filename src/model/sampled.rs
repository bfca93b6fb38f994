//! A server's request for a model's message, as a request to a provider and back: [`request`] and [`Sampling::result`].
//!
//! 2025-11-25, client/sampling: a server may bring tools of its own; the model's calls of them go back to the server, which
//! makes them and asks again with what came of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chat::{
    ChatRequest, Content, Image, Message, ModelRef, Part, Reply, Role, StopReason, ToolCall, ToolChoice, ToolResult,
    ToolSpec,
};
use super::json::RawJson;
use super::toolname::alone;
use super::toolschema::adapt;

/// What a provider is asked, and what its answer needs to become a server's again.
#[derive(Clone, PartialEq, Debug)]
pub struct Sampling {
    /// The request.
    pub request: ChatRequest,
    /// The server's names of the tools, by the names that the provider knows.
    names: BTreeMap<String, String>,
}

/// The request that `sampling/createMessage` asks for. The error says why no model can be asked that.
pub fn request(params: &RawJson, model: ModelRef) -> Result<Sampling, String> {
    let params = params.to_value().map_err(|error| error.to_string())?;
    let messages = params["messages"].as_array().ok_or("it has no `messages`")?;
    let messages = messages.iter().map(|said| message(said, &model)).collect::<Result<Vec<_>, _>>()?;
    let brought = match &params["tools"] {
        Value::Null => &[],
        Value::Array(tools) => tools.as_slice(),
        _ => return Err("its `tools` are no array".into()),
    };
    let mut names = BTreeMap::new();
    let mut tools = Vec::with_capacity(brought.len());
    for tool in brought {
        let name = tool["name"].as_str().ok_or("a tool it brings has no `name`")?;
        if names.insert(alone(name), name.to_owned()).is_some() {
            return Err(format!("it brings the tool `{name}` twice"));
        }
        tools.push(spec(name, tool));
    }
    let choice = match params["toolChoice"]["mode"].as_str() {
        Some("required") => ToolChoice::Required,
        Some("none") => ToolChoice::None,
        _ => ToolChoice::Auto,
    };
    let request = ChatRequest {
        model,
        system: params["systemPrompt"].as_str().map(str::to_owned),
        messages,
        tools: tools.into(),
        max_tokens: params["maxTokens"].as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        choice,
        effort: None,
    };
    Ok(Sampling { request, names })
}

fn spec(name: &str, tool: &Value) -> ToolSpec {
    let adapted = adapt(&RawJson::from_value(&tool["inputSchema"]));
    let about = tool["description"].as_str().unwrap_or_default();
    let description = match &adapted.hint {
        Some(hint) => format!("{about}\n\n{hint}").trim().to_owned(),
        None => about.to_owned(),
    };
    ToolSpec { name: alone(name), description, schema: adapted.schema }
}

fn message(said: &Value, model: &ModelRef) -> Result<Message, String> {
    let (role, origin) = match said["role"].as_str() {
        Some("user") => (Role::User, None),
        Some("assistant") => (Role::Assistant, Some(model.clone())),
        _ => return Err("a message has no `role` of user or assistant".into()),
    };
    let parts = blocks(&said["content"]).iter().map(part).collect::<Result<Vec<_>, _>>()?;
    Ok(Message { role, parts, origin })
}

/// One block may stand without a list.
fn blocks(content: &Value) -> &[Value] {
    match content {
        Value::Array(blocks) => blocks,
        Value::Null => &[],
        block => std::slice::from_ref(block),
    }
}

fn part(block: &Value) -> Result<Part, String> {
    let text = |name: &str| block[name].as_str().unwrap_or_default();
    match text("type") {
        "tool_use" => Ok(Part::ToolCall(ToolCall {
            id: text("id").to_owned(),
            name: alone(text("name")),
            arguments: if block["input"].is_object() {
                RawJson::from_value(&block["input"])
            } else {
                RawJson::empty_object()
            },
            broken: None,
            native: None,
        })),
        "tool_result" => {
            let mut content = blocks(&block["content"]).iter().map(content).collect::<Result<Vec<_>, _>>()?;
            if content.is_empty() && !block["structuredContent"].is_null() {
                content.push(Content::Text(block["structuredContent"].to_string()));
            }
            let is_error = block["isError"].as_bool().unwrap_or_default();
            Ok(Part::ToolResult(ToolResult { call: text("toolUseId").to_owned(), content, is_error }))
        }
        _ => Ok(match content(block)? {
            Content::Text(text) => Part::Text { text, native: None },
            Content::Image(image) => Part::Image(image),
        }),
    }
}

fn content(block: &Value) -> Result<Content, String> {
    let text = |name: &str| block[name].as_str().unwrap_or_default();
    match text("type") {
        "text" => Ok(Content::Text(text("text").to_owned())),
        "image" => Ok(Content::Image(Image { mime: text("mimeType").to_owned(), data: text("data").into() })),
        // What a tool answered with, as data.
        "resource" | "resource_link" => Ok(Content::Text(block.to_string())),
        other => Err(format!("a message holds `{other}`, which is not passed on to a model here")),
    }
}

impl Sampling {
    /// The result of `sampling/createMessage`; the error says why there is none.
    pub fn result(&self, reply: &Reply) -> Result<RawJson, String> {
        if let Some(failure) = &reply.failure {
            return Err(failure.message.clone());
        }
        let stop = match &reply.stop {
            Some(StopReason::EndTurn) => "endTurn",
            Some(StopReason::ToolUse) => "toolUse",
            Some(StopReason::Length) => "maxTokens",
            Some(StopReason::Refusal { .. }) => return Err("the model declined".into()),
            _ => return Err("the answer did not come to its end".into()),
        };
        let text = reply.text();
        let said = (!text.is_empty()).then(|| json!({"type": "text", "text": text}));
        let calls = reply.message(None).calls().map(|call| used(call, &self.names)).collect::<Result<Vec<_>, _>>()?;
        let content = match (said, calls.as_slice()) {
            (None, []) => return Err("the model said nothing".into()),
            (Some(said), []) => said,
            (said, _) => Value::Array(said.into_iter().chain(calls).collect()),
        };
        let name = reply.model.as_deref().unwrap_or(&self.request.model.model);
        Ok(RawJson::from_value(&json!({"role": "assistant", "content": content, "model": name, "stopReason": stop})))
    }
}

/// A call, for the server that brought the tool.
fn used(call: &ToolCall, names: &BTreeMap<String, String>) -> Result<Value, String> {
    if call.broken.is_some() {
        return Err(format!("the model calls `{}` with arguments that are no JSON object", call.name));
    }
    let name = names.get(&call.name).ok_or_else(|| format!("the model calls `{}`, which nobody brought", call.name))?;
    let input = call.arguments.to_value().map_err(|error| error.to_string())?;
    Ok(json!({"type": "tool_use", "id": call.id, "name": name, "input": input}))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::model::chat::Delta;

    fn model() -> ModelRef {
        ModelRef { provider: "p".into(), model: "m".into() }
    }

    #[test]
    fn a_request_is_passed_on_or_refused_with_the_reason() {
        let asked = |params: Value| request(&RawJson::from_value(&params), model());
        let good = asked(json!({"maxTokens": 7, "systemPrompt": "be brief", "messages": [
            {"role": "user", "content": {"type": "text", "text": "a"}},
            {"role": "assistant", "content": [{"type": "text", "text": "b"}]},
            {"role": "user", "content": {"type": "image", "mimeType": "image/png", "data": "AAAA"}}]}))
        .unwrap();
        let good = good.request;
        assert_eq!((good.max_tokens, good.system.as_deref(), good.messages.len()), (Some(7), Some("be brief"), 3));
        assert_eq!((good.messages[1].role, good.messages[1].text().as_str()), (Role::Assistant, "b"));
        for (params, wrong) in [
            (json!({}), "no `messages`"),
            (json!({"messages": [], "tools": {}}), "no array"),
            (json!({"messages": [], "tools": [{}]}), "no `name`"),
            (json!({"messages": [], "tools": [{"name": "a"}, {"name": "a"}]}), "twice"),
            (json!({"messages": [{"role": "system", "content": {}}]}), "no `role`"),
            (json!({"messages": [{"role": "user", "content": {"type": "audio"}}]}), "`audio`"),
        ] {
            assert!(asked(params).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_a_whole_answer_is_a_result() {
        let plain = || request(&RawJson::from_value(&json!({"messages": []})), model()).unwrap();
        let of = |stop: StopReason| {
            let mut reply = Reply::default();
            reply.apply(&Delta::Text("hi".into()));
            reply.apply(&Delta::Stop(stop));
            plain().result(&reply)
        };
        let good = of(StopReason::EndTurn).unwrap();
        assert_eq!(
            good.as_str(),
            r#"{"role":"assistant","content":{"type":"text","text":"hi"},"model":"m","stopReason":"endTurn"}"#
        );
        assert_eq!(of(StopReason::Length).unwrap().get("stopReason"), Some("\"maxTokens\""));
        assert!(of(StopReason::Refusal { category: None, explanation: None }).is_err());
        assert!(plain().result(&Reply::default()).is_err());
    }

    #[test]
    fn a_server_brings_tools_and_makes_the_calls_itself() {
        let params = json!({"maxTokens": 9, "toolChoice": {"mode": "required"},
            "tools": [{"name": "get.weather", "description": "Tells it", "inputSchema": {"type": "object"}},
                      {"name": "look", "inputSchema": {"type": "object", "properties": {}}}],
            "messages": [
                {"role": "user", "content": {"type": "text", "text": "How is it?"}},
                {"role": "assistant", "content": [{"type": "text", "text": "I look"},
                    {"type": "tool_use", "id": "a", "name": "get.weather", "input": {"city": "Bern"}}]},
                {"role": "user", "content": {"type": "tool_result", "toolUseId": "a", "isError": true,
                    "content": [{"type": "text", "text": "rain"}, {"type": "resource_link", "uri": "x:y", "name": "n"}]}},
                {"role": "assistant", "content": {"type": "tool_use", "id": "b", "name": "look", "input": {}}},
                {"role": "user", "content": [{"type": "tool_result", "toolUseId": "b", "content": [],
                    "structuredContent": {"n": 1}}]}]});
        let sampling = request(&RawJson::from_value(&params), model()).unwrap();
        let asked = &sampling.request;
        assert_eq!((asked.choice, asked.tools.len(), &*asked.tools[1].name), (ToolChoice::Required, 2, "look"));
        let weather = &asked.tools[0];
        assert!(weather.name.starts_with("get_weather_"), "as vendors take it: {}", weather.name);
        assert_eq!(weather.schema.get("properties"), Some("{}"), "and its schema too");
        let call = asked.messages[1].calls().next().unwrap();
        assert_eq!((&*call.id, &call.name, call.arguments.as_str()), ("a", &weather.name, r#"{"city":"Bern"}"#));
        let results: Vec<&ToolResult> = asked
            .messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter_map(|part| match part {
                Part::ToolResult(result) => Some(result),
                _ => None,
            })
            .collect();
        assert_eq!((&*results[0].call, results[0].is_error, results[0].content.len()), ("a", true, 2));
        assert_eq!((&*results[1].call, &results[1].content[..]), ("b", &[Content::Text(r#"{"n":1}"#.into())][..]));

        let answer = |name: &str, arguments: &str| {
            let mut reply = Reply::default();
            reply.apply(&Delta::Text("So:".into()));
            reply.apply(&Delta::ToolCallStart { index: 1, id: "c".into(), name: name.into() });
            reply.apply(&Delta::ToolArguments { index: 1, text: arguments.into() });
            reply.apply(&Delta::ToolCallEnd { index: 1, native: None });
            reply.apply(&Delta::Stop(StopReason::ToolUse));
            sampling.result(&reply)
        };
        assert_eq!(
            answer(&weather.name, r#"{"city":"Ulm"}"#).unwrap().to_value().unwrap(),
            json!({"role": "assistant", "model": "m", "stopReason": "toolUse", "content": [{"type": "text", "text": "So:"},
                {"type": "tool_use", "id": "c", "name": "get.weather", "input": {"city": "Ulm"}}]})
        );
        assert!(answer("made_up", "{}").unwrap_err().contains("nobody brought"));
        assert!(answer("look", "[1").unwrap_err().contains("no JSON object"));
    }
}
