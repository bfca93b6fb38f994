//! A server's request for a model's message, as a request to a provider and back: [`request`] and [`result`].

use serde_json::{Value, json};

use super::chat::{ChatRequest, Image, Message, ModelRef, Part, Reply, Role, StopReason};
use super::json::RawJson;

/// The request that `sampling/createMessage` asks for. The error says why no model can be asked that.
pub fn request(params: &RawJson, model: ModelRef) -> Result<ChatRequest, String> {
    let params = params.to_value().map_err(|error| error.to_string())?;
    if params.get("tools").is_some_and(|tools| !tools.is_null()) {
        return Err("it brings tools of its own, which are not passed on to a model here".into());
    }
    let messages = params["messages"].as_array().ok_or("it has no `messages`")?;
    let messages = messages.iter().map(|said| message(said, &model)).collect::<Result<Vec<_>, _>>()?;
    Ok(ChatRequest {
        model,
        system: params["systemPrompt"].as_str().map(str::to_owned),
        messages,
        tools: [].into(),
        max_tokens: params["maxTokens"].as_u64().map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        effort: None,
    })
}

fn message(said: &Value, model: &ModelRef) -> Result<Message, String> {
    let (role, origin) = match said["role"].as_str() {
        Some("user") => (Role::User, None),
        Some("assistant") => (Role::Assistant, Some(model.clone())),
        _ => return Err("a message has no `role` of user or assistant".into()),
    };
    let blocks = match &said["content"] {
        Value::Array(blocks) => blocks.as_slice(),
        block => std::slice::from_ref(block),
    };
    let parts = blocks.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    Ok(Message { role, parts, origin })
}

fn part(block: &Value) -> Result<Part, String> {
    let text = |name: &str| block[name].as_str().unwrap_or_default();
    match text("type") {
        "text" => Ok(Part::Text { text: text("text").to_owned(), native: None }),
        "image" => Ok(Part::Image(Image { mime: text("mimeType").to_owned(), data: text("data").into() })),
        other => Err(format!("a message holds `{other}`, which is not passed on to a model here")),
    }
}

/// The result of `sampling/createMessage`; the error says why there is none.
pub fn result(reply: &Reply, model: &ModelRef) -> Result<RawJson, String> {
    if let Some(failure) = &reply.failure {
        return Err(failure.message.clone());
    }
    let text = reply.text();
    let stop = match &reply.stop {
        Some(StopReason::EndTurn) => "endTurn",
        Some(StopReason::Length) => "maxTokens",
        Some(StopReason::Refusal { .. }) => return Err("the model declined".into()),
        _ => return Err("the answer did not come to its end".into()),
    };
    if text.is_empty() {
        return Err("the model said nothing".into());
    }
    let name = reply.model.as_deref().unwrap_or(&model.model);
    Ok(RawJson::from_value(&json!({
        "role": "assistant", "content": {"type": "text", "text": text}, "model": name, "stopReason": stop,
    })))
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
        assert_eq!((good.max_tokens, good.system.as_deref(), good.messages.len()), (Some(7), Some("be brief"), 3));
        assert_eq!((good.messages[1].role, good.messages[1].text().as_str()), (Role::Assistant, "b"));
        for (params, wrong) in [
            (json!({}), "no `messages`"),
            (json!({"messages": [], "tools": []}), "tools of its own"),
            (json!({"messages": [{"role": "system", "content": {}}]}), "no `role`"),
            (json!({"messages": [{"role": "user", "content": {"type": "audio"}}]}), "`audio`"),
        ] {
            assert!(asked(params).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_a_whole_answer_is_a_result() {
        let of = |stop: StopReason| {
            let mut reply = Reply::default();
            reply.apply(&Delta::Text("hi".into()));
            reply.apply(&Delta::Stop(stop));
            result(&reply, &model())
        };
        let good = of(StopReason::EndTurn).unwrap();
        assert_eq!(
            good.as_str(),
            r#"{"role":"assistant","content":{"type":"text","text":"hi"},"model":"m","stopReason":"endTurn"}"#
        );
        assert_eq!(of(StopReason::Length).unwrap().get("stopReason"), Some("\"maxTokens\""));
        assert!(of(StopReason::Refusal { category: None, explanation: None }).is_err());
        assert!(result(&Reply::default(), &model()).is_err());
    }
}
