//! A server as TOML: only what somebody said about it, never a default.

use std::time::Duration;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use crate::config::entry::ServerEntry;
use crate::model::server::{HttpKind, Launch, ProtocolChoice, Restart};

/// The table of a server.
pub(super) fn table(entry: &ServerEntry) -> Table {
    let mut table = Table::new();
    let spec = &entry.template;
    let mut put = |key: &str, value: Value| {
        table.insert(key, Item::Value(value));
    };
    match &spec.launch {
        Launch::Stdio { command, args, env, cwd } => {
            put("command", command.into());
            if !args.is_empty() {
                put("args", list(args.iter().cloned()));
            }
            if !env.is_empty() {
                put("env", pairs(env));
            }
            if let Some(file) = &entry.env_file {
                put("env_file", file.into());
            }
            if let Some(cwd) = cwd {
                put("cwd", cwd.to_string_lossy().into_owned().into());
            }
        }
        Launch::Http { url, headers, kind } => {
            put("url", url.into());
            if !headers.is_empty() {
                put("headers", pairs(headers));
            }
            match kind {
                HttpKind::Auto => {}
                HttpKind::Streamable => put("transport", "http".into()),
                HttpKind::Sse => put("transport", "sse".into()),
            }
        }
    }
    if !entry.enabled {
        put("enabled", false.into());
    }
    if let ProtocolChoice::Pinned(revision) = &spec.protocol {
        put("protocol_version", revision.into());
    }
    if !spec.roots.is_empty() {
        let roots = spec.roots.iter();
        put("roots", list(roots.map(|root| root.to_string_lossy().into_owned())));
    }
    if let Some(group) = &spec.group {
        put("group", group.as_str().into());
    }
    if let Some(level) = &spec.log_level {
        put("log_level", level.into());
    }
    if spec.trusted {
        put("trusted", true.into());
    }
    if spec.restart == Restart::OnFailure {
        put("restart", "on-failure".into());
    }
    let costs = &entry.costs;
    for (key, given) in [
        ("connect_timeout", costs.connect),
        ("probe_timeout", costs.probe),
        ("timeout", costs.request),
        ("max_timeout", costs.request_max),
        ("write_timeout", costs.write),
        ("ping_interval", costs.ping),
    ] {
        if let Some(given) = given {
            put(key, seconds(given));
        }
    }
    for (key, given) in [
        ("max_frame_bytes", costs.frame_bytes),
        ("max_pages", costs.pages),
        ("max_items", costs.items),
        ("max_rounds", costs.rounds),
        ("max_memory", costs.memory),
    ] {
        if let Some(given) = given {
            put(key, (given as i64).into());
        }
    }
    if !spec.secrets.is_empty() {
        put("secrets", list(spec.secrets.iter().cloned()));
    }
    table
}

/// The table under its header.
pub(super) fn fragment(name: &str, table: &Table) -> String {
    let mut servers = Table::new();
    servers.set_implicit(true);
    servers.insert(name, Item::Table(table.clone()));
    let mut document = DocumentMut::new();
    document.insert("servers", Item::Table(servers));
    document.to_string()
}

fn list(values: impl Iterator<Item = String>) -> Value {
    Value::Array(values.collect::<Array>())
}

fn pairs(pairs: &[(String, String)]) -> Value {
    let table: InlineTable = pairs.iter().map(|(name, value)| (name.as_str(), Value::from(value))).collect();
    Value::InlineTable(table)
}

fn seconds(given: Duration) -> Value {
    if given.subsec_nanos() == 0 { (given.as_secs() as i64).into() } else { given.as_secs_f64().into() }
}
