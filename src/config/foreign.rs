//! Servers from the files of other MCP clients, read and never written.
//!
//! Which client a file belongs to is told by what it holds, not by its name. Values are rewritten into our own
//! `${VAR}` syntax as they are read (`variables`), so that from here on a foreign server is like any other.
//! Keys that are not about reaching a server are nothing to us: they are skipped, and named in the notes.

use std::path::{Path, PathBuf};

use super::naming;
use super::problem::{ConfigError, Problem};
use super::tree::{Member, Node, Source, Tree};
use super::{Config, Defaults, ServerEntry, shown_command};

mod codex;
mod json;
#[cfg(test)]
mod tests;
mod variables;

/// Whose format a file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForeignKind {
    /// `mcpServers` in JSON: Claude, Cursor, Cline, Windsurf, the Inspector and many more.
    McpServers,
    /// `servers` in JSON: VS Code.
    VsCode,
    /// `[mcp_servers.NAME]` in TOML: Codex.
    Codex,
}

/// The servers of a foreign file.
#[derive(Clone, PartialEq, Debug)]
pub struct Foreign {
    /// The file.
    pub file: PathBuf,
    /// Whose format it has.
    pub kind: ForeignKind,
    /// The servers that can be used here, in the order of the file.
    pub servers: Vec<ServerEntry>,
    /// What was skipped, and which servers were left out and why.
    pub notes: Vec<Problem>,
}

/// What importing one server would do; whether to do it is for a person to say.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportItem {
    /// The name it would have.
    pub name: String,
    /// The command line in full, or the URL; variables are not filled in.
    pub shown_command: String,
    /// The variables set for it, by name: they can change what a command does.
    pub shown_environment: Vec<String>,
    /// The server.
    pub entry: ServerEntry,
    /// Whether the config has a server of this name already.
    pub conflict: Option<Conflict>,
}

/// A server of the same name that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conflict {
    /// It is reached in the very same way: there is nothing to import.
    Same,
    /// It is another one; it is never replaced.
    Different,
}

impl Foreign {
    /// Reads a foreign file; `defaults` are the deadlines and limits of servers that say nothing themselves.
    pub fn load(file: &Path, defaults: &Defaults) -> Result<Self, ConfigError> {
        let source = Source::read(file)?;
        read(&source, defaults)
    }

    /// Reads a foreign file from `text`; `file` says what its workspace folder is.
    pub fn parse(file: &Path, text: &str, defaults: &Defaults) -> Result<Self, ConfigError> {
        read(&Source::new(file, text.to_owned()), defaults)
    }

    /// The server of this name.
    pub fn server(&self, name: &str) -> Option<&ServerEntry> {
        self.servers.iter().find(|server| server.name == name)
    }
}

/// What importing all servers of `foreign` into `config` would do.
pub fn import_plan(foreign: &Foreign, config: &Config) -> Vec<ImportItem> {
    let items = foreign.servers.iter().map(|entry| {
        let environment = match entry.launch() {
            crate::model::server::Launch::Stdio { env, .. } => env.iter().map(|(name, _)| name.clone()).collect(),
            crate::model::server::Launch::Http { .. } => Vec::new(),
        };
        let conflict = config.server(&entry.name).map(|ours| {
            let same = ours.launch() == entry.launch() && ours.env_file == entry.env_file;
            if same { Conflict::Same } else { Conflict::Different }
        });
        ImportItem {
            name: entry.name.clone(),
            shown_command: shown_command(entry.launch()),
            shown_environment: environment,
            entry: entry.clone(),
            conflict,
        }
    });
    items.collect()
}

fn read(source: &Source, defaults: &Defaults) -> Result<Foreign, ConfigError> {
    let json = looks_like_json(&source.text);
    let tree = if json { source.jsonc() } else { source.toml() };
    let tree = tree.map_err(|problems| ConfigError::Invalid { problems })?;
    let (kind, servers) = recognise(source, &tree, json)?;
    let Node::Table(members) = &servers.value.node else {
        let message = format!("expected a table of servers, found {}", servers.value.kind());
        return Err(refuse(source, servers.value.at, &servers.key, message));
    };
    let mut found = Found { source, defaults, path: servers.key.clone(), servers: Vec::new(), notes: Vec::new() };
    let dialect = variables::Dialect::new(&source.file, &tree);
    for (index, member) in members.iter().enumerate() {
        if members[..index].iter().any(|earlier| earlier.key == member.key) {
            let message = "a second server of this name; the file is ambiguous";
            let key = format!("{}.{}", servers.key, member.key);
            return Err(refuse(source, member.at, &key, message.to_owned()));
        }
        let read = match kind {
            ForeignKind::Codex => codex::server(&mut found, member),
            ForeignKind::McpServers | ForeignKind::VsCode => json::server(&mut found, member, kind, &dialect),
        };
        match read {
            // Two names may have become one when they were made usable.
            Ok(entry) if found.servers.iter().any(|server| server.name == entry.name) => {
                let message = format!("left out: there is another `{}`", entry.name);
                found.note(member.at, &member.key, message);
            }
            Ok(entry) => found.servers.push(entry),
            Err(reason) => found.note(member.at, &member.key, format!("left out: {reason}")),
        }
    }
    Ok(Foreign { file: source.file.clone(), kind, servers: found.servers, notes: found.notes })
}

fn refuse(source: &Source, at: usize, key: &str, message: String) -> ConfigError {
    ConfigError::Invalid { problems: vec![source.problem(at, key, message)] }
}

/// Whose file it is, and where its servers are.
fn recognise<'t>(source: &Source, tree: &'t Tree, json: bool) -> Result<(ForeignKind, &'t Member), ConfigError> {
    let message = if json {
        if let Some(servers) = tree.get("mcpServers") {
            return Ok((ForeignKind::McpServers, servers));
        }
        // In the settings of VS Code the same stands under `mcp`.
        let nested = tree.get("mcp").and_then(|mcp| mcp.value.get("servers"));
        if let Some(servers) = tree.get("servers").or(nested) {
            return Ok((ForeignKind::VsCode, servers));
        }
        "no servers: expected `mcpServers` (Claude, Cursor, Cline and others) or `servers` (VS Code)"
    } else {
        if let Some(servers) = tree.get("mcp_servers") {
            return Ok((ForeignKind::Codex, servers));
        }
        if tree.get("servers").is_some() {
            "this is a config of mcp-tui itself; read it by --config"
        } else {
            "no servers: expected `[mcp_servers.NAME]` (Codex), or JSON with `mcpServers` or `servers`"
        }
    };
    Err(refuse(source, 0, "", message.to_owned()))
}

/// JSON begins with a brace, after comments at most; TOML never does.
fn looks_like_json(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    loop {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return rest.starts_with('{');
        }
        rest = rest.trim_start();
    }
}

/// What was read so far.
struct Found<'s> {
    source: &'s Source,
    defaults: &'s Defaults,
    path: String,
    servers: Vec<ServerEntry>,
    notes: Vec<Problem>,
}

impl Found<'_> {
    fn note(&mut self, at: usize, name: &str, message: String) {
        let key = super::reader::join(&self.path, name);
        self.notes.push(self.source.problem(at, &key, message));
    }

    /// One note for all keys of a server that mean nothing here.
    fn note_skipped(&mut self, member: &Member, known: &[&str]) {
        let Node::Table(keys) = &member.value.node else {
            return;
        };
        let skipped: Vec<&str> = keys.iter().map(|key| key.key.as_str()).filter(|key| !known.contains(key)).collect();
        if !skipped.is_empty() {
            let message = format!("not used here: {}", skipped.join(", "));
            self.note(member.at, &member.key, message);
        }
    }

    /// A name that can be ours: foreign ones may hold anything.
    fn name(&mut self, member: &Member) -> String {
        if super::server::check_name(&member.key).is_ok() {
            return member.key.clone();
        }
        let name = naming::plain(&member.key);
        self.note(member.at, &member.key, format!("called `{name}` here"));
        name
    }
}

/// The value of a key as text; anything but text is a reason to leave the server out.
fn text<'t>(server: &'t Tree, key: &str) -> Result<Option<&'t str>, String> {
    match server.get(key).map(|member| &member.value) {
        None => Ok(None),
        Some(value) => match &value.node {
            Node::Text(text) => Ok(Some(text)),
            Node::Other("null") => Ok(None),
            _ => Err(format!("`{key}` is {}, expected a string", value.kind())),
        },
    }
}

/// A list of texts.
fn texts<'t>(server: &'t Tree, key: &str) -> Result<Vec<&'t str>, String> {
    let Some(value) = server.get(key).map(|member| &member.value) else {
        return Ok(Vec::new());
    };
    let wrong = || format!("`{key}` is not an array of strings");
    match &value.node {
        Node::List(items) => items
            .iter()
            .map(|item| match &item.node {
                Node::Text(text) => Ok(text.as_str()),
                _ => Err(wrong()),
            })
            .collect(),
        Node::Other("null") => Ok(Vec::new()),
        _ => Err(wrong()),
    }
}

/// A table of texts. Numbers and switches count by how they are written, as in most clients; `null` is skipped.
fn pairs<'t>(server: &'t Tree, key: &str) -> Result<Vec<(&'t str, String)>, String> {
    let Some(value) = server.get(key).map(|member| &member.value) else {
        return Ok(Vec::new());
    };
    match &value.node {
        Node::Table(members) => members
            .iter()
            .filter(|member| !matches!(member.value.node, Node::Other("null")))
            .map(|member| {
                let text = match &member.value.node {
                    Node::Text(text) => text.clone(),
                    Node::Integer(number) => number.to_string(),
                    Node::Float(number) => number.to_string(),
                    Node::Flag(flag) => flag.to_string(),
                    Node::List(_) | Node::Table(_) | Node::Other(_) => {
                        let kind = member.value.kind();
                        return Err(format!("`{key}.{}` is {kind}, expected a string", member.key));
                    }
                };
                Ok((member.key.as_str(), text))
            })
            .collect(),
        Node::Other("null") => Ok(Vec::new()),
        _ => Err(format!("`{key}` is {}, expected a table", value.kind())),
    }
}

/// A number, whole or not.
fn number(server: &Tree, key: &str) -> Option<f64> {
    match server.get(key)?.value.node {
        Node::Integer(number) => Some(number as f64),
        Node::Float(number) => Some(number),
        _ => None,
    }
}

/// A switch.
fn flag(server: &Tree, key: &str) -> Option<bool> {
    match server.get(key)?.value.node {
        Node::Flag(flag) => Some(flag),
        _ => None,
    }
}
