//! A conversation for people and for other programs: [`markdown`] and [`json`].

use std::fmt::Write as _;

use serde_json::{Value, json as value};

use super::{Attachment, Body, Conversation, Entry, ModelCall};
use crate::model::chat::{Content, ToolResult};
use crate::model::json::pretty;
use crate::model::notice::Level;

/// A conversation as a Markdown document. What people, models and tools wrote stands in it as they wrote it.
pub fn markdown(conversation: &Conversation) -> String {
    let title = if conversation.title.is_empty() { "Conversation" } else { &conversation.title };
    let mut page = format!("# {title}\n");
    if let Some(model) = &conversation.settings.model {
        write(&mut page, &format!("\n*{model}, {}*\n", conversation.id));
    }
    for entry in &conversation.entries {
        section(entry, &mut page);
    }
    page
}

fn section(entry: &Entry, page: &mut String) {
    let dropped = if entry.dropped { " (not sent any more)" } else { "" };
    match &entry.body {
        Body::User { text, attachments, automatic } => {
            let who = if *automatic { "mcp-tui" } else { "Person" };
            write(page, &format!("\n## {who}{dropped}\n\n{text}\n"));
            for Attachment { name, server, prompt, .. } in attachments {
                let from = server.as_ref().map(|server| format!(" of {server}")).unwrap_or_default();
                let what = if prompt.is_some() { "a message of the prompt" } else { "attached:" };
                write(page, &format!("\n- {what} {name}{from}\n"));
            }
        }
        Body::Answer(answer) => {
            let text = answer.reply.text();
            if !text.trim().is_empty() {
                write(page, &format!("\n## {}{dropped}\n\n{}\n", answer.model, text.trim_end()));
            }
            if answer.interrupted {
                write(page, "\n*(stopped here)*\n");
            }
        }
        Body::Call(call) => called(call, dropped, page),
        Body::Note { level, text } => {
            let word = match level {
                Level::Info => "Note",
                Level::Warning => "Warning",
                Level::Error => "Error",
            };
            write(page, &format!("\n> **{word}**: {}\n", text.replace('\n', "\n> ")));
        }
        Body::Summary { text, keeps, edited } => {
            let what = if keeps.is_some() { "older part" } else { "conversation so far" };
            let edited = if *edited { ", edited by the person" } else { "" };
            write(page, &format!("\n## Summary of the {what}{edited}{dropped}\n\n{text}\n"));
        }
    }
}

fn called(call: &ModelCall, dropped: &str, page: &mut String) {
    let server = if call.server.is_empty() { String::new() } else { format!("{}/", call.server) };
    let edited = if call.edited { ", arguments edited by the person" } else { "" };
    write(page, &format!("\n### `{server}{}`: {}{edited}{dropped}\n", call.tool, call.state.word()));
    write(page, &fenced("json", &pretty(call.arguments.as_str())));
    for content in call.result.iter().flat_map(|result| &result.content) {
        match content {
            Content::Text(text) => write(page, &fenced("", text)),
            Content::Image(image) => write(page, &format!("\n*(an image, {})*\n", image.mime)),
        }
    }
}

/// A code block whose fence is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn write(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    page.write_str(text).ok();
}

/// A conversation as one JSON document.
pub fn json(conversation: &Conversation) -> Value {
    value!({
        "conversation": conversation.id,
        "title": conversation.title,
        "model": conversation.settings.model.as_ref().map(ToString::to_string),
        "system": conversation.settings.system,
        "usage": conversation.usage,
        "sampled": conversation.sampled,
        "entries": conversation.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let mut out = match &entry.body {
        Body::User { text, attachments, automatic } => value!({
            "type": "user", "text": text, "automatic": automatic,
            "attachments": attachments.iter().map(|attached| value!({"name": attached.name, "server": attached.server})).collect::<Vec<_>>(),
        }),
        Body::Answer(answer) => value!({
            "type": "answer", "model": answer.model.to_string(), "text": answer.reply.text(),
            "thinking": answer.reply.thinking, "stop": answer.reply.stop, "failure": answer.reply.failure,
            "interrupted": answer.interrupted, "usage": answer.reply.usage,
        }),
        Body::Call(call) => value!({
            "type": "call", "id": call.call.id, "server": call.server, "tool": call.tool, "state": call.state.word(),
            "arguments": call.arguments, "edited": call.edited, "reason": call.reason,
            "is_error": call.result.as_ref().is_some_and(|result| result.is_error),
            "result": call.result.as_ref().map(result),
        }),
        Body::Note { level, text } => value!({ "type": "note", "level": level, "text": text }),
        Body::Summary { text, keeps, edited } => {
            value!({ "type": "summary", "text": text, "keeps": keeps, "edited": edited })
        }
    };
    out["at"] = value!(entry.at);
    out["dropped"] = value!(entry.dropped);
    out
}

fn result(result: &ToolResult) -> Vec<Value> {
    let content = result.content.iter().map(|content| match content {
        Content::Text(text) => value!({ "type": "text", "text": text }),
        Content::Image(image) => value!({ "type": "image", "mimeType": image.mime, "data": &*image.data }),
    });
    content.collect()
}
