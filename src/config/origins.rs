//! Who says so: for each key of a server that somebody set, where. For people alone; nothing is decided by it.

use std::collections::BTreeMap;

use super::entry::ServerEntry;
use super::interpolate::{self, Piece};
use crate::model::sampling::Rules;
use crate::model::server::{Launch, Limits, ProtocolChoice, Restart, ServerSpec, Timeouts};

/// Said by an option or an argument.
pub(super) const COMMAND_LINE: &str = "command line";

/// The variables of the environment that a value is filled in from.
fn variables(template: &str) -> Vec<String> {
    let pieces = interpolate::parse(template).unwrap_or_default();
    let names = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Variable { name, .. } => Some(format!("${name}")),
        Piece::Text(_) => None,
    });
    names.collect()
}

/// Where the settings of a configured server come from. `spec` is what became of it.
pub(super) fn of_entry(entry: &ServerEntry, spec: &ServerSpec) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let file = entry.file.file_name().map_or_else(|| "the config".into(), |name| name.to_string_lossy().into_owned());
    let here = format!("{file}:{}", entry.line);
    let from = |template: &str| {
        let used = variables(template);
        if used.is_empty() { here.clone() } else { format!("{here}, {}", used.join(" ")) }
    };
    match (&entry.template.launch, &spec.launch) {
        (Launch::Stdio { command, args, env, cwd }, Launch::Stdio { env: filled, .. }) => {
            all.insert("command".to_owned(), from(command));
            all.extend(args.iter().enumerate().map(|(at, arg)| (format!("args[{at}]"), from(arg))));
            let beside = entry.env_file.clone().unwrap_or_default();
            all.extend(filled.iter().map(|(name, _)| (format!("env.{name}"), beside.clone())));
            all.extend(env.iter().map(|(name, value)| (format!("env.{name}"), from(value))));
            all.extend(cwd.iter().map(|cwd| ("cwd".to_owned(), from(&cwd.to_string_lossy()))));
        }
        (Launch::Http { url, headers, .. }, _) => {
            all.insert("url".to_owned(), from(url));
            all.extend(headers.iter().map(|(name, value)| (format!("headers.{name}"), from(value))));
        }
        (Launch::Stdio { .. }, Launch::Http { .. }) => {}
    }
    let mut put = |key: &str, said: bool, place: &str| {
        if said {
            all.insert(key.to_owned(), place.to_owned());
        }
    };
    put("protocol_version", spec.protocol != ProtocolChoice::Auto, &here);
    put("restart", spec.restart != Restart::default(), &here);
    put("trusted", spec.trusted, &here);
    put("log_level", spec.log_level.is_some(), &here);
    put("secrets", !entry.template.secrets.is_empty(), &here);
    // The server's own, or those of `[defaults]`.
    put("roots", !spec.roots.is_empty(), &file);
    put("sampling", spec.sampling != Rules::default(), &file);
    let (times, limits, given) = (&spec.timeouts, &spec.limits, &entry.costs);
    let (usual_times, usual) = (Timeouts::default(), Limits::default());
    let defaults = format!("{file}, [defaults]");
    for (key, own, other) in [
        ("connect_timeout", given.connect.is_some(), times.connect != usual_times.connect),
        ("probe_timeout", given.probe.is_some(), times.probe != usual_times.probe),
        ("timeout", given.request.is_some(), times.request != usual_times.request),
        ("max_timeout", given.request_max.is_some(), times.request_max != usual_times.request_max),
        ("write_timeout", given.write.is_some(), times.write != usual_times.write),
        ("ping_interval", given.ping.is_some(), times.ping != usual_times.ping),
        ("max_frame_bytes", given.frame_bytes.is_some(), limits.frame_bytes != usual.frame_bytes),
        ("max_pages", given.pages.is_some(), limits.pages != usual.pages),
        ("max_items", given.items.is_some(), limits.items != usual.items),
        ("max_rounds", given.rounds.is_some(), limits.rounds != usual.rounds),
        ("max_memory", given.memory.is_some(), limits.memory != usual.memory),
    ] {
        put(key, own || other, if own { &here } else { &defaults });
    }
    all
}

/// The way to a server that the command line names.
pub(super) fn of_target(spec: &mut ServerSpec) {
    let mut keys = match &spec.launch {
        Launch::Stdio { args, .. } => (0..args.len()).map(|at| format!("args[{at}]")).collect(),
        Launch::Http { .. } => vec!["url".to_owned()],
    };
    if matches!(spec.launch, Launch::Stdio { .. }) {
        keys.push("command".to_owned());
    }
    spec.origins.extend(keys.into_iter().map(|key| (key, COMMAND_LINE.to_owned())));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use crate::config::{Config, Overrides};

    #[test]
    fn each_setting_says_where_it_comes_from() {
        let text = "[defaults]\nmax_pages = 7\n\n[servers.web]\nurl = \"https://example.com/mcp\"\ntimeout = 5\n\
                    headers = { Authorization = \"Bearer ${TOKEN}\" }\n";
        let config = Config::parse(std::path::Path::new("/etc/mcp.toml"), text).unwrap();
        let mut spec = config.servers[0].resolve(&|_: &str| Some("hidden-value".into())).unwrap();
        let over = Overrides { protocol_version: Some("2025-06-18".into()), ..Overrides::default() };
        over.apply(&mut spec).unwrap();
        let said = |key: &str| spec.origins.get(key).map(String::as_str);
        assert_eq!(said("url"), Some("mcp.toml:4"));
        assert_eq!(said("headers.Authorization"), Some("mcp.toml:4, $TOKEN"));
        assert_eq!(said("timeout"), Some("mcp.toml:4"));
        assert_eq!(said("max_pages"), Some("mcp.toml, [defaults]"));
        assert_eq!(said("protocol_version"), Some("command line"));
        assert_eq!(said("restart"), None);
        assert!(!format!("{:?}", spec.origins).contains("hidden-value"));
    }
}
