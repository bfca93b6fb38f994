//! What a prompt says, for a model: [`messages`]. Content is read as that of tools is: bounded, and described where no
//! model can read it.

use serde_json::Value;

use super::chat::{Content, Role};
use super::json::RawJson;
use super::toolresult::Gathered;

/// Messages of one prompt that are read.
const MESSAGES: usize = 200;

/// Reads the result of `prompts/get`: who says what, in order; at most about `limit` bytes of text. The error says what
/// is wrong with it.
pub fn messages(result: &RawJson, limit: usize) -> Result<Vec<(Role, Content)>, String> {
    let value = result.to_value().map_err(|error| error.to_string())?;
    let messages = value["messages"].as_array().ok_or("it has no list of messages")?;
    let mut gathered = Gathered::new(limit);
    let mut out = Vec::new();
    for message in messages.iter().take(MESSAGES) {
        let role = if message["role"] == "assistant" { Role::Assistant } else { Role::User };
        match &message["content"] {
            Value::String(text) => gathered.block(&serde_json::json!({"type": "text", "text": text})),
            Value::Array(blocks) => blocks.iter().for_each(|block| gathered.block(block)),
            block => gathered.block(block),
        }
        out.extend(gathered.take().into_iter().map(|content| (role, content)));
    }
    if messages.len() > MESSAGES {
        out.push((Role::User, Content::Text(format!("[{} more messages were left out]", messages.len() - MESSAGES))));
    }
    if out.is_empty() { Err("it has no messages".into()) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn messages_are_read_whoever_says_them() {
        let text = |role, text: &str| (role, Content::Text(text.into()));
        for (result, expected) in [
            (
                r#"{"messages":[{"role":"user","content":{"type":"text","text":"a"}},
                    {"role":"assistant","content":{"type":"text","text":"b"}}]}"#,
                Ok(vec![text(Role::User, "a"), text(Role::Assistant, "b")]),
            ),
            (
                r#"{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"x:y","text":"c"}}}]}"#,
                Ok(vec![text(Role::User, "[the resource x:y]\nc")]),
            ),
            (r#"{"messages":[{"role":"user","content":"plain"}]}"#, Ok(vec![text(Role::User, "plain")])),
            (
                r#"{"messages":[{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#,
                Ok(vec![text(Role::User, "a"), text(Role::User, "b")]),
            ),
            (r#"{"messages":[]}"#, Err("it has no messages".to_owned())),
            (r#"{"message":"a"}"#, Err("it has no list of messages".to_owned())),
        ] {
            assert_eq!(messages(&RawJson::parse(result).unwrap(), 1_000), expected, "{result}");
        }
    }

    #[test]
    fn a_huge_prompt_is_cut_and_says_so() {
        let one = serde_json::json!({"role": "user", "content": {"type": "text", "text": "x".repeat(50_000)}});
        let result = RawJson::from_value(&serde_json::json!({"messages": vec![one; 300]}));
        let read = messages(&result, 10_000).unwrap();
        let size: usize = read
            .iter()
            .map(|(_, content)| match content {
                Content::Text(text) => text.len(),
                Content::Image(_) => 0,
            })
            .sum();
        // Each message keeps about a thousand bytes even when nothing is left.
        assert!(size < 10_000 + 201 * 1_200, "{size}");
        assert_eq!(read.last().unwrap().1, Content::Text("[100 more messages were left out]".into()));
    }
}
