//! Results as people read them. Text comes out as it is, made safe; what is no text is described.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::completion::Suggestions;
use crate::model::json::{RawJson, pretty, scan};
use crate::model::text::{escape_block, escape_line};

/// Characters of a log message's data that are shown.
const LOGGED: usize = 2_000;

/// The result of a tool call.
pub(crate) fn tool_result(result: &RawJson) -> String {
    let Ok(value) = result.to_value() else { return laid_out(result.as_str()) };
    let blocks = value["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut page = String::new();
    for block in blocks {
        push(&mut page, &content(block));
    }
    let has_text = blocks.iter().any(|block| block["type"] == "text");
    if let (false, Some(structured)) = (has_text, result.get("structuredContent")) {
        push(&mut page, &laid_out(structured));
    }
    if blocks.is_empty() && page.is_empty() && value["content"].as_array().is_none() {
        // No tool result at all: what came is better than nothing.
        return laid_out(result.as_str());
    }
    page
}

/// The contents of a resource.
pub(crate) fn resource(result: &RawJson) -> String {
    let Ok(value) = result.to_value() else { return laid_out(result.as_str()) };
    let Some(contents) = value["contents"].as_array() else { return laid_out(result.as_str()) };
    let mut page = String::new();
    for part in contents {
        if contents.len() > 1 {
            push(&mut page, &format!("--- {}", escape_line(part["uri"].as_str().unwrap_or("?"))));
        }
        push(&mut page, &resource_part(part));
    }
    page
}

/// The messages of a prompt.
pub(crate) fn prompt(result: &RawJson) -> String {
    let Ok(value) = result.to_value() else { return laid_out(result.as_str()) };
    let Some(messages) = value["messages"].as_array() else { return laid_out(result.as_str()) };
    let mut page = String::new();
    for message in messages {
        push(&mut page, &format!("{}:", escape_line(message["role"].as_str().unwrap_or("?"))));
        let blocks = match &message["content"] {
            Value::Array(blocks) => blocks.as_slice(),
            block => std::slice::from_ref(block),
        };
        for block in blocks {
            push(&mut page, &indented(&content(block), 2));
        }
    }
    page
}

/// The values of a completion, one a line, and what is not among them.
pub(crate) fn completion(result: &RawJson) -> (String, Option<String>) {
    let Some(found) = Suggestions::read(result) else { return (laid_out(result.as_str()), None) };
    let mut page = String::new();
    for value in &found.values {
        push(&mut page, &escape_line(value));
    }
    (page, found.beside())
}

/// A log message: `level logger: text`; data that is no text as the JSON it is. Not yet made safe.
pub(crate) fn log_message(params: &RawJson) -> String {
    let text = |key: &str| params.get(key).and_then(scan::decoded);
    let level = text("level").unwrap_or("?".into());
    let logger = text("logger").map(|logger| format!(" {logger}")).unwrap_or_default();
    let data = match (text("data"), params.get("data")) {
        (Some(text), _) => match text.char_indices().nth(LOGGED) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.trim_end().to_owned(),
        },
        (None, Some(data)) => scan::compact(data, LOGGED),
        (None, None) => String::new(),
    };
    format!("{level}{logger}: {data}")
}

/// A result without a shape of its own.
pub(crate) fn whole(result: &RawJson) -> String {
    laid_out(result.as_str())
}

/// JSON for people: laid out and safe.
pub(crate) fn laid_out(json: &str) -> String {
    escape_block(&pretty(json)).into_owned()
}

/// `text` with every line moved to the right.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let margin = " ".repeat(by);
    let mut moved = String::with_capacity(text.len() + by * 8);
    for line in text.lines() {
        if !line.is_empty() {
            moved.push_str(&margin);
        }
        moved.push_str(line);
        moved.push('\n');
    }
    moved
}

/// A number of bytes in two or three digits.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB"] {
        if value < 1_000.0 {
            break;
        }
        value /= 1_000.0;
        unit = next;
    }
    if unit == "B" || value >= 100.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// The first line of text in a result: why a tool says that it failed.
pub(crate) fn first_line(result: &RawJson) -> Option<String> {
    let value = result.to_value().ok()?;
    let text = value["content"].as_array()?.iter().find_map(|block| block["text"].as_str())?;
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    let mut short: String = line.trim().chars().take(200).collect();
    if short.len() < line.trim().len() {
        short.push('…');
    }
    Some(short)
}

fn content(block: &Value) -> String {
    let text = |key: &str| escape_line(block[key].as_str().unwrap_or_default()).into_owned();
    let kind = block["type"].as_str().unwrap_or_default();
    match kind {
        "text" if block["text"].is_string() => escape_block(block["text"].as_str().unwrap_or_default()).into_owned(),
        "image" | "audio" if block["data"].is_string() => blob(&block["mimeType"], &block["data"], kind),
        "resource" if block["resource"].is_object() => {
            let resource = &block["resource"];
            let uri = escape_line(resource["uri"].as_str().unwrap_or("?")).into_owned();
            format!("[resource {uri}]\n{}", resource_part(resource))
        }
        "resource_link" => {
            let mut link = format!("[link {}", text("uri"));
            for (key, open) in [("name", " "), ("mimeType", ", "), ("description", ": ")] {
                if block[key].is_string() {
                    // Writing to a string cannot fail.
                    let _ = write!(link, "{open}{}", text(key));
                }
            }
            link.push(']');
            link
        }
        // Something newer than this program, or broken: as it came.
        _ => laid_out(&block.to_string()),
    }
}

fn resource_part(part: &Value) -> String {
    if let Some(text) = part["text"].as_str() {
        return escape_block(text).into_owned();
    }
    if part["blob"].is_string() {
        return blob(&part["mimeType"], &part["blob"], "data");
    }
    laid_out(&part.to_string())
}

/// What base64 data is, without the data.
fn blob(mime: &Value, data: &Value, fallback: &str) -> String {
    let mime = escape_line(mime.as_str().unwrap_or(fallback)).into_owned();
    let data = data.as_str().unwrap_or_default().trim_end_matches('=');
    format!("[{mime}, {}]", size(data.len() as u64 * 3 / 4))
}

fn push(page: &mut String, text: &str) {
    page.push_str(text);
    if !page.is_empty() && !page.ends_with('\n') {
        page.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(text).expect("valid")
    }

    #[test]
    fn tool_results_for_people() {
        for (result, expected) in [
            (r#"{"content":[{"type":"text","text":"hi"}]}"#, "hi\n"),
            (r#"{"content":[{"type":"text","text":"a\nb\n"},{"type":"text","text":"c"}]}"#, "a\nb\nc\n"),
            (r#"{"content":[{"type":"text","text":"\u001b[31mred"}]}"#, "␛[31mred\n"),
            (r#"{"content":[{"type":"image","mimeType":"image/png","data":"AAAAAAAA"}]}"#, "[image/png, 6 B]\n"),
            (r#"{"content":[{"type":"audio","data":"AAA="}]}"#, "[audio, 2 B]\n"),
            (
                r#"{"content":[{"type":"resource_link","uri":"a:b","name":"n","mimeType":"text/x","description":"d"}]}"#,
                "[link a:b n, text/x: d]\n",
            ),
            (r#"{"content":[{"type":"resource","resource":{"uri":"a:b","text":"t"}}]}"#, "[resource a:b]\nt\n"),
            (
                r#"{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"AAAA"}}]}"#,
                "[resource a:b]\n[data, 3 B]\n",
            ),
            (r#"{"content":[],"structuredContent":{"n":1.0}}"#, "{\n  \"n\": 1.0\n}\n"),
            (r#"{"content":[{"type":"text","text":"x"}],"structuredContent":{"n":1}}"#, "x\n"),
            (r#"{"content":[]}"#, ""),
            (r#"{"wat":1}"#, "{\n  \"wat\": 1\n}"),
            (r#"{"content":[{"type":"hologram"}]}"#, "{\n  \"type\": \"hologram\"\n}\n"),
        ] {
            assert_eq!(tool_result(&raw(result)), expected, "{result}");
        }
    }

    #[test]
    fn results_too_deep_for_values_are_shown_all_the_same() {
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        assert!(tool_result(&raw(&deep)).contains('1'));
    }

    #[test]
    fn resources_and_prompts_for_people() {
        assert_eq!(resource(&raw(r#"{"contents":[{"uri":"a:b","text":"t"}]}"#)), "t\n");
        assert_eq!(
            resource(&raw(r#"{"contents":[{"uri":"a:b","text":"t"},{"uri":"c:d","blob":"AAAA","mimeType":"x/y"}]}"#)),
            "--- a:b\nt\n--- c:d\n[x/y, 3 B]\n"
        );
        assert_eq!(
            prompt(&raw(r#"{"messages":[{"role":"user","content":{"type":"text","text":"a\nb"}}]}"#)),
            "user:\n  a\n  b\n"
        );
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_234, "1.2 kB"),
            (123_456, "123 kB"),
            (5_000_000, "5.0 MB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
