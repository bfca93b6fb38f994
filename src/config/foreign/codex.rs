//! One server of a Codex config. Its values are plain text: no variables but those named by the `env…` keys.

use std::collections::BTreeMap;

use super::{Found, flag, number, pairs, text, texts};
use crate::config::entry::{Costs, ServerEntry};
use crate::config::interpolate::{Piece, is_name, literal, write};
use crate::config::quantity::duration;
use crate::config::tree::{Member, Node, Tree};
use crate::model::server::{HttpKind, Launch, ServerSpec};

/// The keys that are read. `env_vars` is among them though nothing is done: our children inherit the environment.
const KNOWN: [&str; 14] = [
    "command",
    "args",
    "env",
    "env_vars",
    "cwd",
    "url",
    "bearer_token_env_var",
    "http_headers",
    "env_http_headers",
    "startup_timeout_sec",
    "startup_timeout_ms",
    "tool_timeout_sec",
    "enabled",
    "name",
];

pub(super) fn server(found: &mut Found<'_>, member: &Member) -> Result<ServerEntry, String> {
    let server = &member.value;
    if !matches!(server.node, Node::Table(_)) {
        return Err(format!("{} where a table was expected", server.kind()));
    }
    let launch = match (text(server, "command")?, text(server, "url")?) {
        (Some(command), _) => Launch::Stdio {
            command: literal(command),
            args: texts(server, "args")?.into_iter().map(literal).collect(),
            env: plain(pairs(server, "env")?),
            cwd: text(server, "cwd")?.map(|cwd| literal(cwd).into()),
        },
        (None, Some(url)) => {
            crate::config::target::check_url(url)?;
            Launch::Http {
                url: literal(url),
                headers: headers(server)?,
                // It speaks nothing else.
                kind: HttpKind::Streamable,
            }
        }
        (None, None) => return Err("it has neither `command` nor `url`".to_owned()),
    };
    let startup =
        number(server, "startup_timeout_sec").or_else(|| number(server, "startup_timeout_ms").map(|ms| ms / 1000.0));
    let costs = Costs {
        connect: startup.and_then(duration),
        request: number(server, "tool_timeout_sec").and_then(duration),
        ..Costs::default()
    };
    let name = found.name(member);
    let mut template = ServerSpec::new(&name, launch);
    template.timeouts = found.defaults.timeouts;
    template.limits = found.defaults.limits;
    template.sampling = found.defaults.sampling;
    costs.apply(&mut template.timeouts, &mut template.limits);
    found.note_skipped(member, &KNOWN);
    Ok(ServerEntry {
        name,
        enabled: flag(server, "enabled").unwrap_or(true),
        file: found.source.file.clone(),
        line: found.source.place(member.at).line,
        template,
        env_file: None,
        costs,
        explained: BTreeMap::new(),
    })
}

fn headers(server: &Tree) -> Result<Vec<(String, String)>, String> {
    let mut headers = plain(pairs(server, "http_headers")?);
    for (name, from) in pairs(server, "env_http_headers")? {
        headers.push((name.to_owned(), variable("", &from)?));
    }
    if let Some(from) = text(server, "bearer_token_env_var")? {
        headers.push(("Authorization".to_owned(), variable("Bearer ", from)?));
    }
    match headers.iter().find(|(name, _)| http::HeaderName::from_bytes(name.as_bytes()).is_err()) {
        Some((name, _)) => Err(format!("`{}` is not a name for a header", name.escape_debug())),
        None => Ok(headers),
    }
}

fn plain(pairs: Vec<(&str, String)>) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), literal(&value))).collect()
}

fn variable(before: &str, name: &str) -> Result<String, String> {
    if !is_name(name) {
        return Err(format!("`{}` is not a name for a variable", name.escape_debug()));
    }
    let variable = Piece::Variable { name: name.to_owned(), default: None };
    Ok(write(&[Piece::Text(before.to_owned()), variable]))
}
