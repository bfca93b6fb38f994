//! `servers list|add|remove|enable|disable|import|test`.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::configs::server_json;
use super::server::era;
use super::{Failed, Host, Kind, Output, ended};
use crate::cli::command::Servers;
use crate::cli::startup::{StartError, Startup};
use crate::cli::{Args, Options};
use crate::config::edit::{EditError, Edited, add_servers, enable_server, remove_server};
use crate::config::foreign::{Conflict, Foreign, ImportItem, import_plan};
use crate::config::{ServerEntry, shown_command, target_from_args};
use crate::model::text::escape_line;

/// Does what was asked for.
pub(super) fn run(args: &Args, verb: &Servers, out: &mut Output) -> Result<(), Failed> {
    let options = &args.options;
    let startup = Startup::load(options)?;
    match verb {
        Servers::List => {
            list(&startup, out);
            Ok(())
        }
        Servers::Add { name, .. } => add(args, &startup, name, out),
        Servers::Remove { name } => {
            let edited = remove_server(&config_file(&startup)?, name).map_err(refused)?;
            done(&format!("removed `{name}`"), &edited, out);
            Ok(())
        }
        Servers::Enable { name } => switch(&startup, name, true, out),
        Servers::Disable { name } => switch(&startup, name, false, out),
        Servers::Import { file, yes } => import(&startup, file, *yes, out),
        // It talks to servers and is routed there.
        Servers::Test { .. } => Ok(()),
    }
}

fn list(startup: &Startup, out: &mut Output) {
    for warning in &startup.warnings {
        out.warning(&warning.to_string());
    }
    let servers = startup.configured();
    if out.is_json() {
        let servers: Vec<Value> = servers.iter().map(server_json).collect();
        out.json(&json!({ "servers": servers }).to_string());
        return;
    }
    let width = servers.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
    let mut page = String::new();
    for entry in servers {
        let pad = " ".repeat(width - entry.name.chars().count());
        let off = if entry.enabled { String::new() } else { format!("  {}", out.dim("(disabled)")) };
        let shown = shown_command(entry.launch());
        let _ = writeln!(page, "{}{pad}  {}{off}", out.name(&entry.name), escape_line(&shown));
    }
    out.text(&page);
    if servers.is_empty() {
        out.note(
            "no server is configured; add one with `mcp-tui servers add NAME -- CMD ARG...` or `servers import FILE`",
        );
    }
}

fn add(args: &Args, startup: &Startup, name: &str, out: &mut Output) -> Result<(), Failed> {
    let target = args.target().map_err(Failed::usage)?;
    let defaults = &startup.config.defaults;
    // An interpreter that is missing here may be there when the server is wanted.
    let spec = target_from_args(target, &args.server_command, defaults, &crate::config::on_path);
    let mut spec = spec.map_err(|error| Failed::from(StartError::from(error)))?;
    args.options.overrides().apply(&mut spec).map_err(|error| Failed::from(StartError::from(error)))?;
    let entry = ServerEntry::from_spec(name, &spec, defaults).map_err(Failed::usage)?;
    let edited = add_servers(&config_file(startup)?, std::slice::from_ref(&entry)).map_err(refused)?;
    done(&format!("added `{name}`: {}", shown_command(entry.launch())), &edited, out);
    Ok(())
}

fn switch(startup: &Startup, name: &str, on: bool, out: &mut Output) -> Result<(), Failed> {
    let edited = enable_server(&config_file(startup)?, name, on).map_err(refused)?;
    done(&format!("`{name}` is {}", if on { "enabled" } else { "disabled" }), &edited, out);
    Ok(())
}

/// Takes servers over from another program. What is imported will be run on this machine, so a person sees it in full.
fn import(startup: &Startup, file: &Path, yes: bool, out: &mut Output) -> Result<(), Failed> {
    let foreign = Foreign::load(file, &startup.config.defaults)?;
    for note in &foreign.notes {
        out.warning(&note.to_string());
    }
    let plan = import_plan(&foreign, &startup.config);
    let mut wanted: Vec<&ImportItem> = Vec::new();
    for item in &plan {
        match item.conflict {
            None => wanted.push(item),
            Some(Conflict::Same) => out.note(&format!("`{}` is in the config already", item.name)),
            Some(Conflict::Different) => out.warning(&format!(
                "the config has another server `{}`, which is kept; remove it first to import this one: {}",
                item.name, item.shown_command
            )),
        }
    }
    if wanted.is_empty() {
        out.note("there is nothing to import");
        return Ok(());
    }
    let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !yes && !asks {
        let shown = wanted.iter().map(|item| format!("{}: {}", item.name, described(item))).collect();
        let message =
            "importing means that these commands will be run on this machine; see them on a terminal, or pass --yes";
        return Err(Failed::new(Kind::Declined, message).with_details(shown));
    }
    let mut accepted: Vec<ServerEntry> = Vec::new();
    for item in wanted {
        if !yes {
            let answer = out.ask(&format!("import `{}`: {} ? [y/N]", item.name, described(item)));
            let answer = answer.map_err(|fault| Failed::unexpected(format!("cannot read the answer: {fault}")))?;
            if !matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
                continue;
            }
        }
        accepted.push(item.entry.clone());
    }
    if accepted.is_empty() {
        return Err(Failed::new(Kind::Declined, "nothing was imported"));
    }
    let edited = add_servers(&config_file(startup)?, &accepted).map_err(refused)?;
    let names: Vec<&str> = accepted.iter().map(|entry| entry.name.as_str()).collect();
    done(&format!("imported {}", names.join(", ")), &edited, out);
    Ok(())
}

fn described(item: &ImportItem) -> String {
    let with = &item.shown_environment;
    let with = if with.is_empty() { String::new() } else { format!(" (sets {})", with.join(", ")) };
    format!("{}{with}", item.shown_command)
}

fn config_file(startup: &Startup) -> Result<PathBuf, Failed> {
    let file = startup.paths.config_file.clone();
    file.ok_or_else(|| {
        Failed::usage("no place for a config file is known (HOME is not set); name one with --config FILE")
    })
}

fn refused(error: EditError) -> Failed {
    let kind = match &error {
        EditError::Config(_) => Kind::Config,
        EditError::Write { .. } => Kind::Unexpected,
        EditError::Exists { .. } | EditError::NoServer { .. } | EditError::Name(_) => Kind::Usage,
    };
    let text = error.to_string();
    let mut lines = text.lines().map(str::to_owned);
    Failed::new(kind, lines.next().unwrap_or_default()).with_details(lines.collect())
}

fn done(what: &str, edited: &Edited, out: &mut Output) {
    let file = edited.file.display().to_string();
    if out.is_json() {
        out.json(&json!({ "changed": edited.changed, "file": file, "backup": edited.backup }).to_string());
        return;
    }
    let unchanged = if edited.changed { "" } else { " already" };
    out.text(&escape_line(&format!("{what}{unchanged} ({file})")));
    if let Some(backup) = &edited.backup {
        out.note(&format!("the file as it was before: {}", backup.display()));
    }
}

/// Connects to servers, all at once, and says how it went.
pub(super) async fn test(args: &Args, names: &[String], out: &mut Output) -> u8 {
    match try_test(args, names, out).await {
        Ok(code) => code,
        Err(failed) => ended(Err(failed), out),
    }
}

async fn try_test(args: &Args, names: &[String], out: &mut Output) -> Result<u8, Failed> {
    let options: &Options = &args.options;
    let startup = Startup::load(options)?;
    let mut wanted: Vec<String> = options.servers.iter().chain(names).cloned().collect();
    if wanted.is_empty() {
        let enabled = startup.configured().iter().filter(|entry| entry.enabled);
        wanted = enabled.map(|entry| entry.name.clone()).collect();
    }
    if wanted.is_empty() {
        return Err(Failed::usage("no server is configured; add one with `mcp-tui servers add NAME -- CMD ARG...`"));
    }
    let mut host = Host::start(&startup, options, out)?;
    // One that lacks a variable does not keep the others from being tested.
    let mut started = Vec::new();
    for name in &wanted {
        let begun = startup.server(name, options).map(|spec| {
            let server = host.add(spec);
            host.begin(server);
            server
        });
        started.push((name, begun.map_err(Failed::from)));
    }
    let mut code = 0;
    let mut rows = Vec::new();
    for (name, begun) in started {
        let outcome = match begun {
            Ok(server) => host.connected(server, out).await.map(|()| server),
            Err(failed) => Err(failed),
        };
        match outcome {
            Ok(server) => {
                let Some(agreed) = &host.session(server).negotiated else { continue };
                let ms = agreed.took as f64 / 1_000.0;
                rows.push(json!({
                    "name": name, "ok": true, "era": era(agreed), "protocolVersion": agreed.revision,
                    "transport": agreed.transport, "ms": ms,
                }));
                if !out.is_json() {
                    let facts = format!("{} ({}), {}, {ms:.1} ms", agreed.revision, era(agreed), agreed.transport);
                    out.text(&format!("{}: ok, {}", out.name(name), escape_line(&facts)));
                }
            }
            Err(mut failed) => {
                let exit = failed.exit();
                code = if code == 0 { exit } else { code };
                if !out.is_json() {
                    failed.server = Some(name.clone());
                    out.failure(&failed);
                }
                rows.push(json!({ "name": name, "ok": false, "error": failed.to_json() }));
                if failed.kind == Kind::Interrupted {
                    code = exit;
                    break;
                }
            }
        }
    }
    if out.is_json() {
        out.json(&json!({ "servers": rows }).to_string());
    }
    host.shutdown().await;
    Ok(code)
}
