//! One server of an `mcpServers` or a VS Code file.

use std::collections::BTreeMap;

use super::variables::Dialect;
use super::{ForeignKind, Found, flag, number, pairs, text, texts};
use crate::config::entry::{Costs, ServerEntry};
use crate::config::quantity::duration;
use crate::config::tree::{Member, Node, Tree};
use crate::model::server::{HttpKind, Launch, ServerSpec};

/// The keys that are read; what else a server has is the other client's business.
const KNOWN: [&str; 15] = [
    "command",
    "args",
    "env",
    "envFile",
    "cwd",
    "url",
    "serverUrl",
    "httpUrl",
    "headers",
    "type",
    "transport",
    "transportType",
    "disabled",
    "enabled",
    "timeout",
];

/// Above this, a `timeout` is in milliseconds: nobody waits longer than an hour on purpose. Claude Code and
/// Gemini count milliseconds, Cline and Roo seconds, and nothing else in a file tells them apart.
const LONGEST_IN_SECONDS: f64 = 3600.0;

pub(super) fn server(
    found: &mut Found<'_>,
    member: &Member,
    kind: ForeignKind,
    dialect: &Dialect,
) -> Result<ServerEntry, String> {
    let server = &member.value;
    if !matches!(server.node, Node::Table(_)) {
        return Err(format!("{} where a table was expected", server.kind()));
    }
    let mut explained = BTreeMap::new();
    let launch = launch(server, kind, dialect, &mut explained)?;
    let env_file = match (&launch, text(server, "envFile")?) {
        (Launch::Stdio { .. }, Some(file)) => Some(beside(dialect, &dialect.translate(file, &mut explained)?)),
        _ => None,
    };
    let mut costs = Costs::default();
    if let Some(given) = number(server, "timeout") {
        let (seconds, unit) =
            if given > LONGEST_IN_SECONDS { (given / 1000.0, "milliseconds") } else { (given, "seconds") };
        costs.request = duration(seconds);
        let read = match costs.request {
            Some(_) => format!("`timeout` {given} was read as {unit}"),
            None => "`timeout` was not understood".to_owned(),
        };
        found.note(member.at, &member.key, read);
    }
    let name = found.name(member);
    let mut template = ServerSpec::new(&name, launch);
    template.timeouts = found.defaults.timeouts;
    template.limits = found.defaults.limits;
    template.sampling = found.defaults.sampling;
    costs.apply(&mut template.timeouts, &mut template.limits);
    found.note_skipped(member, &KNOWN);
    Ok(ServerEntry {
        name,
        enabled: flag(server, "enabled").unwrap_or(true) && !flag(server, "disabled").unwrap_or(false),
        file: found.source.file.clone(),
        line: found.source.place(member.at).line,
        template,
        env_file,
        costs,
        explained,
    })
}

fn launch(
    server: &Tree,
    kind: ForeignKind,
    dialect: &Dialect,
    explained: &mut BTreeMap<String, String>,
) -> Result<Launch, String> {
    let mut translate = |value: &str| dialect.translate(value, explained);
    let named = match text(server, "type")? {
        Some(named) => Some(named),
        None => match text(server, "transport")? {
            Some(named) => Some(named),
            None => text(server, "transportType")?,
        },
    };
    let url = match text(server, "url")? {
        Some(url) => Some(url),
        None => text(server, "serverUrl")?,
    };
    let streamable = text(server, "httpUrl")?;
    let command = text(server, "command")?;
    let transport = named.map(|named| named.to_lowercase().replace(['-', '_'], ""));
    let over_http = match transport.as_deref() {
        None | Some("") => command.is_none(),
        Some("stdio" | "local") => false,
        Some("http" | "streamablehttp" | "sse" | "remote") => true,
        Some(_) => {
            let named = named.unwrap_or_default().escape_debug().to_string();
            return Err(format!("the transport `{named}` is not spoken here"));
        }
    };
    if !over_http {
        let command = command.ok_or("it has no `command`")?;
        return Ok(Launch::Stdio {
            command: translate(command)?,
            args: texts(server, "args")?.into_iter().map(&mut translate).collect::<Result<_, _>>()?,
            env: translated(pairs(server, "env")?, &mut translate)?,
            cwd: match text(server, "cwd")? {
                Some(cwd) => Some(beside(dialect, &translate(cwd)?).into()),
                None => None,
            },
        });
    }
    let url = streamable.or(url).ok_or("it has neither `command` nor `url`")?;
    let url = translate(url)?;
    if !url.contains("${") {
        crate::config::target::check_url(&url)?;
    }
    let headers = translated(pairs(server, "headers")?, &mut translate)?;
    if let Some((name, _)) = headers.iter().find(|(name, _)| http::HeaderName::from_bytes(name.as_bytes()).is_err()) {
        return Err(format!("`{}` is not a name for a header", name.escape_debug()));
    }
    Ok(Launch::Http {
        url,
        headers,
        kind: match transport.as_deref() {
            Some("sse") => HttpKind::Sse,
            // VS Code tries the old transport where the new one fails, as `Auto` does.
            Some("http" | "streamablehttp") if kind != ForeignKind::VsCode => HttpKind::Streamable,
            _ if streamable.is_some() => HttpKind::Streamable,
            _ => HttpKind::Auto,
        },
    })
}

fn translated(
    pairs: Vec<(&str, String)>,
    translate: &mut impl FnMut(&str) -> Result<String, String>,
) -> Result<Vec<(String, String)>, String> {
    pairs.into_iter().map(|(name, value)| Ok((name.to_owned(), translate(&value)?))).collect()
}

/// A path of the file is meant from the workspace folder; ours are meant from where we run.
fn beside(dialect: &Dialect, path: &str) -> String {
    if path.starts_with(['/', '~', '$']) || std::path::Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let workspace = crate::config::interpolate::literal(&dialect.workspace.to_string_lossy());
    std::path::Path::new(&workspace).join(path).to_string_lossy().into_owned()
}
