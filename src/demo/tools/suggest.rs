//! Owns `suggest_tags`: by the client's model where it lends one, by rules otherwise.

#![expect(
    deprecated,
    reason = "sampling is deprecated in the specification and still live; clients must be able to try it"
)]

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CreateMessageRequest, CreateMessageRequestParams,
    CreateMessageResult, InputRequest, LoggingLevel, ModelPreferences, SamplingMessage, SamplingMessageContentBlock,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::caller::Caller;
use super::super::store::{Bookmark, MAX_TAGS, checked_tag};
use super::ask::{Question, Reply, ask};
use super::{Failure, arguments, done, failed, lines};

/// How many tags are suggested unless the caller says otherwise.
pub(super) const SUGGESTED: usize = 3;

/// Words that give a tag away.
const RULES: &[(&str, &str)] = &[
    ("python", "python"),
    ("rust", "rust"),
    ("cargo", "rust"),
    ("tokio", "rust"),
    ("ratatui", "tui"),
    ("mcp", "mcp"),
    ("modelcontextprotocol", "mcp"),
    ("model context protocol", "mcp"),
    ("sdk", "sdk"),
    ("json", "json"),
    ("async", "async"),
    ("tutorial", "tutorial"),
    ("getting-started", "tutorial"),
    ("book", "book"),
    ("guide", "guide"),
    ("spec", "spec"),
    ("rfc", "spec"),
    ("reference", "reference"),
    ("library", "reference"),
    ("docs.", "docs"),
    ("doc.", "docs"),
    ("github.com", "code"),
    ("http semantics", "http"),
    ("oauth", "oauth"),
    ("sql", "sql"),
    ("git-scm", "git"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    id: u64,
    max: Option<usize>,
}

/// Answers a call.
pub(super) async fn call(caller: &Caller<'_>, request: &CallToolRequestParams) -> Result<CallToolResponse, ErrorData> {
    let (bookmark, known, max) = match find(caller, request) {
        Ok(found) => found,
        Err(failure) => return Ok(CallToolResult::from(failure).into()),
    };
    if !caller.can_sample() {
        return Ok(by_rules(&bookmark, max, "the client lends no model (it declared no sampling)").into());
    }
    let question = Question {
        key: "tags",
        call: format!("suggest_tags {} {max}", bookmark.id),
        about: lines(&bookmark),
        request: InputRequest::CreateMessage(CreateMessageRequest::new(instruction(&bookmark, &known, max))),
    };
    let result = match ask(caller, request, question).await? {
        Reply::Pending(pending) => return Ok(pending.into()),
        Reply::Answer(answer) => from_model(caller, &bookmark, max, answer).await,
        Reply::Refused(why) => by_rules(&bookmark, max, &format!("the client did not ask its model: {why}")),
        Reply::Stopped => failed("the call was cancelled"),
    };
    Ok(result.into())
}

/// The bookmark, the tags in use, and how many are wanted.
fn find(caller: &Caller<'_>, request: &CallToolRequestParams) -> Result<(Bookmark, Vec<String>, usize), Failure> {
    let Arguments { id, max } = arguments(request)?;
    let store = caller.shared.store();
    let bookmark = store.get(id)?.clone();
    let known = store.tags().into_keys().map(str::to_owned).collect();
    match max.unwrap_or(SUGGESTED) {
        max @ 1..=MAX_TAGS => Ok((bookmark, known, max)),
        other => Err(format!("max must be 1 to {MAX_TAGS}, not {other}").into()),
    }
}

async fn from_model(caller: &Caller<'_>, bookmark: &Bookmark, max: usize, answer: Value) -> CallToolResult {
    let message: CreateMessageResult = match serde_json::from_value(answer) {
        Ok(message) => message,
        Err(problem) => return by_rules(bookmark, max, &format!("the model's answer does not fit: {problem}")),
    };
    let model: String = message.model.chars().take(100).collect();
    let text: Vec<_> = message
        .message
        .content
        .iter()
        .filter_map(|block| match block {
            SamplingMessageContentBlock::Text(text) => Some(text.text.as_str()),
            _ => None,
        })
        .collect();
    let tags = read_tags(&text.join("\n"), max);
    caller.log(LoggingLevel::Debug, json!({ "message": "the model answered", "model": model, "tags": tags })).await;
    if tags.is_empty() {
        return by_rules(bookmark, max, &format!("no tag could be read from the answer of {model}"));
    }
    done(
        format!("{model} suggests for bookmark {}: {}", bookmark.id, tags.join(", ")),
        json!({ "id": bookmark.id, "tags": tags, "source": "model", "model": model }),
    )
}

fn instruction(bookmark: &Bookmark, known: &[String], max: usize) -> CreateMessageRequestParams {
    let text = format!(
        "Suggest at most {max} tags for this bookmark.\n\n{}\n\nTags already in use, to be preferred where they fit: \
         {}\n\nAnswer with the tags alone, separated by commas: lower case, letters, digits and hyphens.",
        lines(bookmark),
        known.join(", ")
    );
    CreateMessageRequestParams::new(vec![SamplingMessage::user_text(text)], 100)
        .with_system_prompt("You tag bookmarks. You answer with a comma-separated list and nothing else.")
        .with_temperature(0.2)
        .with_model_preferences(ModelPreferences::new().with_speed_priority(0.9).with_cost_priority(0.8))
}

/// Models wrap what they were asked for in lists, quotes and hashes.
fn read_tags(text: &str, max: usize) -> Vec<String> {
    let mut tags = Vec::new();
    for piece in text.split([',', '\n', ';']) {
        let bare = piece.trim_matches(|c: char| !c.is_ascii_alphanumeric()).replace(' ', "-");
        if let Ok(tag) = checked_tag(&bare)
            && !tags.contains(&tag)
        {
            tags.push(tag);
        }
        if tags.len() == max {
            break;
        }
    }
    tags
}

fn by_rules(bookmark: &Bookmark, max: usize, why: &str) -> CallToolResult {
    let text = format!("{} {}", bookmark.title, bookmark.url).to_lowercase();
    let mut tags: Vec<&str> = Vec::new();
    for (word, tag) in RULES {
        if text.contains(word) && !tags.contains(tag) && tags.len() < max {
            tags.push(tag);
        }
    }
    let found = if tags.is_empty() { "nothing".to_owned() } else { tags.join(", ") };
    done(
        format!("Simple rules suggest for bookmark {}: {found}. (Rules were used because {why}.)", bookmark.id),
        json!({ "id": bookmark.id, "tags": tags, "source": "rules", "note": why }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_from_what_models_write() {
        assert_eq!(read_tags("python, docs, Rust", 5), ["python", "docs", "rust"]);
        assert_eq!(read_tags("- `#python`\n- \"web framework\"\n\n- python", 5), ["python", "web-framework"]);
        assert_eq!(read_tags("a,b,c", 2), ["a", "b"]);
        assert_eq!(read_tags("…", 5), [""; 0]);
    }
}
