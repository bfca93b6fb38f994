//! `config path|check|show` and `completions`.

use clap::CommandFactory;
use serde_json::json;

use super::{Failed, Output};
use crate::cli::startup::{DEMO, Startup, env};
use crate::cli::{Args, Options};
use crate::config::{PolicyConfig, ProviderEntry, ServerEntry, shown_command};
use crate::model::policy::Rule;
use crate::model::server::Launch;
use crate::model::text::escape_line;
use crate::paths::Paths;

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell, out: &mut Output) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "mcp-tui", &mut script);
    out.text(&String::from_utf8_lossy(&script));
}

/// Prints where things are.
pub(super) fn path(options: &Options, out: &mut Output) {
    let paths = Paths::find(options.config.as_deref(), options.config_dir.as_deref());
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let places = [
        ("config", shown(&paths.config_file)),
        ("rules", shown(&paths.rules_file)),
        ("state", shown(&paths.state_dir)),
        ("journals", shown(&paths.journal_dir)),
        ("data", shown(&paths.data_dir)),
    ];
    if out.is_json() {
        let document: serde_json::Map<_, _> =
            places.into_iter().map(|(name, path)| (name.into(), json!(path))).collect();
        out.json(&serde_json::Value::Object(document).to_string());
        return;
    }
    let lines = places
        .map(|(name, path)| format!("{name:<9} {}\n", path.as_deref().map_or("(HOME is not set)".into(), escape_line)));
    out.text(&lines.concat());
}

/// Reads the config and says what is wrong with it.
pub(super) fn check(options: &Options, keys: super::KeyCheck, out: &mut Output) -> Result<(), Failed> {
    let startup = Startup::load(options)?;
    keys(&startup)?;
    for warning in &startup.warnings {
        out.warning(&warning.to_string());
    }
    // A variable that is not set stops only its own server, and maybe only in this shell.
    let servers = startup.configured().iter().filter(|entry| entry.enabled).map(|entry| entry.resolve(&env).err());
    let providers = startup.config.providers.iter().map(|entry| entry.resolve(&env).err());
    for error in servers.chain(providers).flatten() {
        for line in error.to_string().lines() {
            out.warning(line);
        }
    }
    let rules: Vec<_> = startup.config.policy.rules.iter().chain(&startup.rules).cloned().collect();
    let names = startup.configured().iter().map(|entry| entry.name.as_str()).chain([DEMO]);
    for doubt in PolicyConfig::doubts(&rules, names) {
        out.warning(&doubt);
    }
    let file = startup.file.as_ref().map(|file| file.display().to_string());
    let servers = startup.configured().len();
    if out.is_json() {
        out.json(&json!({ "file": file, "servers": servers, "rules": rules.len() }).to_string());
        return Ok(());
    }
    out.text(&match file {
        Some(file) => {
            let many = |count: usize| if count == 1 { "" } else { "s" };
            let rules = match rules.len() {
                0 => String::new(),
                count => format!(", {count} rule{} about what a model may call", many(count)),
            };
            format!("{}: no errors, {servers} server{}{rules}", escape_line(&file), many(servers))
        }
        None => "there is no config file; everything is as it is by default".to_owned(),
    });
    Ok(())
}

/// Prints what the config amounts to. Variables are not filled in, so that no secret of the environment shows.
pub(super) fn show(options: &Options, out: &mut Output) -> Result<(), Failed> {
    let startup = Startup::load(options)?;
    let config = &startup.config;
    let file = startup.file.as_ref().map(|file| file.display().to_string());
    let journals = config.journal.directory(&env, &startup.paths).ok().flatten();
    let journals = journals.map(|dir| dir.display().to_string());
    let servers: Vec<_> = startup.configured().iter().map(server_json).collect();
    let seconds = |time: std::time::Duration| time.as_secs_f64();
    let times = &config.defaults.timeouts;
    let limits = &config.defaults.limits;
    let document = json!({
        "file": file,
        "defaults": {
            "connect_timeout": seconds(times.connect), "probe_timeout": seconds(times.probe),
            "timeout": seconds(times.request), "max_timeout": seconds(times.request_max),
            "write_timeout": seconds(times.write), "max_frame_bytes": limits.frame_bytes,
            "ping_interval": times.ping.map(seconds), "max_pages": limits.pages, "max_items": limits.items,
            "max_rounds": limits.rounds, "max_memory": limits.memory, "roots": config.defaults.roots,
        },
        "policy": {
            "default": config.policy.default.word(), "read_only": if config.policy.read_only { "allow" } else { "ask" },
            "rules": config.policy.rules.iter().chain(&startup.rules).map(rule_json).collect::<Vec<_>>(),
        },
        "journal": { "enabled": config.journal.enabled, "directory": journals, "keep": config.journal.keep },
        "ui": {
            "theme": format!("{:?}", config.ui.theme).to_lowercase(), "ascii": config.ui.ascii,
            "mouse": config.ui.mouse, "title": config.ui.title,
        },
        "keys": config.keys,
        "providers": config.providers.iter().map(provider_json).collect::<Vec<_>>(),
        "servers": servers,
    });
    if out.is_json() {
        out.json(&document.to_string());
    } else {
        out.text(&super::content::laid_out(&document.to_string()));
    }
    Ok(())
}

/// A rule for scripts.
fn rule_json(rule: &Rule) -> serde_json::Value {
    json!({
        "source": rule.source.to_string(), "about": rule.about(), "verdict": rule.verdict.word(),
        "bound": rule.bound.is_some(),
    })
}

/// A configured provider for scripts; nothing that may be a secret.
fn provider_json(entry: &ProviderEntry) -> serde_json::Value {
    json!({ "name": entry.name, "kind": entry.kind(), "base_url": entry.shown_url(), "model": entry.model })
}

/// A configured server for scripts; headers and variables by name alone, for their values may be secrets.
pub(super) fn server_json(entry: &ServerEntry) -> serde_json::Value {
    let names = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let mut server = json!({ "name": entry.name, "enabled": entry.enabled, "file": entry.file, "line": entry.line });
    match entry.launch() {
        Launch::Stdio { command, args, env, cwd } => {
            server["transport"] = json!("stdio");
            server["command"] = json!(command);
            server["args"] = json!(args);
            server["env"] = json!(names(env));
            server["cwd"] = json!(cwd);
            server["shown"] = json!(shown_command(entry.launch()));
        }
        Launch::Http { url, headers, .. } => {
            server["transport"] = json!("http");
            server["url"] = json!(url);
            server["headers"] = json!(names(headers));
        }
    }
    server
}
