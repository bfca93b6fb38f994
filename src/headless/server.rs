//! `info` and `ping`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::content::indented;
use super::{Failed, Host, Output};
use crate::model::call::Operation;
use crate::model::id::ServerId;
use crate::model::json::RawJson;
use crate::model::session::{Negotiated, Session};
use crate::model::text::{escape_block, escape_line};

/// The word for an era.
pub(super) fn era(agreed: &Negotiated) -> &'static str {
    if agreed.modern { "modern" } else { "legacy" }
}

/// Says what the server said about itself.
pub(super) fn info(host: &Host, server: ServerId, out: &mut Output) -> Result<(), Failed> {
    let session = host.session(server);
    let Some(agreed) = &session.negotiated else {
        return Err(Failed::unexpected("nothing was agreed with the server"));
    };
    if out.is_json() {
        let document = document(session, agreed);
        out.json(&document);
        return Ok(());
    }
    let mut page = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(page, "{label:<13} {}", escape_line(text));
    };
    line("name", &session.spec.name);
    line("server", &server_info(agreed.server_info.as_ref()));
    line("protocol", &format!("{} ({})", agreed.revision, era(agreed)));
    line("transport", &format!("{}, {}", agreed.transport, agreed.peer));
    line("handshake", &format!("{:.1} ms", agreed.took as f64 / 1_000.0));
    line("capabilities", &capabilities(&agreed.capabilities));
    if !agreed.extensions().is_empty() {
        line("extensions", &agreed.extensions().join(", "));
    }
    if let Some(instructions) = &agreed.instructions {
        page.push_str("instructions\n");
        page.push_str(&indented(&escape_block(instructions), 4));
    }
    out.text(&page);
    Ok(())
}

/// Put together as text, so that what the server said stays as it said it.
fn document(session: &Session, agreed: &Negotiated) -> String {
    let text = |value: &str| Value::from(value).to_string();
    let info = agreed.server_info.as_ref().map_or("null", RawJson::as_str);
    let instructions = agreed.instructions.as_deref().map_or_else(|| "null".to_owned(), text);
    format!(
        r#"{{"server":{},"era":"{}","protocolVersion":{},"transport":"{}","serverInfo":{info},"capabilities":{},"instructions":{instructions}}}"#,
        text(&session.spec.name),
        era(agreed),
        text(&agreed.revision),
        agreed.transport,
        agreed.capabilities.as_str(),
    )
}

fn server_info(info: Option<&RawJson>) -> String {
    let Some(info) = info.and_then(|info| info.to_value().ok()) else { return "says nothing about itself".to_owned() };
    let part = |key: &str| info[key].as_str().map(str::to_owned);
    let mut shown = part("name").unwrap_or_else(|| "without a name".to_owned());
    if let Some(version) = part("version") {
        shown = format!("{shown} {version}");
    }
    if let Some(title) = part("title") {
        shown = format!("{shown} ({title})");
    }
    shown
}

/// `tools, resources (subscribe, listChanged)`.
fn capabilities(raw: &RawJson) -> String {
    let capabilities: Map<String, Value> = serde_json::from_str(raw.as_str()).unwrap_or_default();
    let shown = capabilities.iter().map(|(name, value)| {
        let on = value.as_object().into_iter().flatten().filter(|(_, value)| **value != Value::Bool(false));
        let parts: Vec<&str> = on.map(|(part, _)| part.as_str()).collect();
        if parts.is_empty() { name.clone() } else { format!("{name} ({})", parts.join(", ")) }
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// Measures one round trip.
pub(super) async fn ping(host: &mut Host, server: ServerId, out: &mut Output) -> Result<(), Failed> {
    host.run(server, Operation::Ping, out).await?;
    // The session measures closer to the wire than the call's life in the state.
    let ms = host.session(server).latency.map_or_else(|| host.last_took(), |micros| micros as f64 / 1_000.0);
    if out.is_json() {
        out.json(&json!({ "ms": ms }).to_string());
    } else {
        let name = escape_line(&host.session(server).spec.name).into_owned();
        out.text(&format!("{name}: {ms:.2} ms"));
    }
    Ok(())
}
