//! `tools list`, `resources list`, `resources templates`, `prompts list`, `skills list`.

use super::content::indented;
use super::{Failed, Host, Output};
use crate::model::call::ListKind;
use crate::model::id::ServerId;
use crate::model::json::{RawJson, compact};
use crate::model::schema::outline;
use crate::model::session::Item;
use crate::model::text::{escape_block, escape_line};

/// Characters of a malformed item that a row of a list has.
const BAD_SHOWN: usize = 200;

/// Lists everything of one kind.
pub(super) async fn list(host: &mut Host, server: ServerId, kind: ListKind, out: &mut Output) -> Result<(), Failed> {
    if !out.is_json() && host.session(server).negotiated.as_ref().is_some_and(|agreed| !agreed.offers(kind)) {
        let name = host.session(server).spec.name.clone();
        out.note(&format!("{name} does not announce {}", kind.capability()));
    }
    let items = host.list(server, kind, out).await?;
    if out.is_json() {
        let document = document(kind, items);
        out.json(&document);
        return Ok(());
    }
    let mut page = String::new();
    for item in items {
        page.push_str(&row(kind, item, out));
    }
    out.text(&page);
    if page.is_empty() {
        out.note("the list is empty");
    }
    Ok(())
}

/// All items verbatim, in the shape of the protocol's own result.
pub(super) fn document(kind: ListKind, items: &[Item]) -> String {
    let items: Vec<&str> = items.iter().map(|item| item.raw().as_str()).collect();
    format!("{{\"{}\":[{}]}}", kind.member(), items.join(","))
}

fn row(kind: ListKind, item: &Item, out: &Output) -> String {
    let (key, title, description, raw) = match item {
        Item::Good { key, title, description, raw } => (key, title, description, raw),
        Item::Bad { problem, raw } => {
            let shown = compact(raw.as_str(), BAD_SHOWN);
            return format!("{} {}\n", out.bad(&format!("malformed ({problem}):")), escape_line(&shown));
        }
    };
    let mut row = out.name(key);
    if let Some(title) = title.as_ref().filter(|title| *title != key) {
        row.push_str("  ");
        row.push_str(&out.dim(title));
    }
    row.push('\n');
    if let Some(description) = description {
        row.push_str(&indented(&escape_block(description.trim_end()), 4));
    }
    let arguments = match kind {
        ListKind::Tools => tool_arguments(raw, out),
        ListKind::Prompts => prompt_arguments(raw, out),
        ListKind::Resources | ListKind::Templates => mime(raw, out),
        ListKind::Skills => super::skills::row(raw, out),
    };
    row.push_str(&arguments);
    row
}

fn tool_arguments(raw: &RawJson, out: &Output) -> String {
    let Some(schema) = raw.get("inputSchema").and_then(|schema| RawJson::parse(schema).ok()?.to_value().ok()) else {
        return String::new();
    };
    let rows = outline(&schema).into_iter().map(|row| {
        let margin = " ".repeat(4 + row.depth * 2);
        let star = if row.required { "*" } else { "" };
        let mut remarks = row.kind;
        if let Some(default) = row.default {
            remarks = format!("{remarks} = {default}");
        }
        let description = row.description.map(|text| format!("  {}", one_line(&text))).unwrap_or_default();
        format!("{margin}{}{star}  {}{description}\n", escape_line(&row.name), out.dim(&remarks))
    });
    rows.collect()
}

fn prompt_arguments(raw: &RawJson, out: &Output) -> String {
    let Ok(value) = raw.to_value() else { return String::new() };
    let arguments = value["arguments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = arguments.iter().map(|argument| {
        let star = if argument["required"] == true { "*" } else { "" };
        let description = argument["description"].as_str().map(one_line).unwrap_or_default();
        let name = escape_line(argument["name"].as_str().unwrap_or("?"));
        format!("    {name}{star}  {}\n", out.dim(&description))
    });
    rows.collect()
}

fn mime(raw: &RawJson, out: &Output) -> String {
    let Ok(value) = raw.to_value() else { return String::new() };
    let size = value["size"].as_u64().map(super::content::size);
    let mime = value["mimeType"].as_str().map(str::to_owned);
    let facts: Vec<String> = [mime, size].into_iter().flatten().collect();
    if facts.is_empty() { String::new() } else { format!("    {}\n", out.dim(&facts.join(", "))) }
}

fn one_line(text: &str) -> String {
    escape_line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
