//! A server as a config file describes it, and how that becomes a [`ServerSpec`]: variables are filled in only
//! when the server is wanted, so that a missing token of another server stops nobody.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Defaults, dotenv, interpolate, origins, secret};
use crate::model::server::{Launch, Limits, ServerSpec, Timeouts};
pub(super) use fill::Filler;

mod fill;
#[cfg(test)]
mod tests;

/// One server of a config file, ours or foreign, before its variables are filled in.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerEntry {
    /// The name people use for it.
    pub name: String,
    /// Whether it is started when nobody names a server.
    pub enabled: bool,
    /// The file it was read from.
    pub file: PathBuf,
    /// The line it starts at.
    pub line: usize,
    /// The spec with `${VAR}` and `~/` still in it; deadlines and limits are final.
    pub(crate) template: ServerSpec,
    /// A file with more environment variables; those of `env` win.
    pub(crate) env_file: Option<String>,
    /// The deadlines and limits that were given for this server itself.
    pub(crate) costs: Costs,
    /// What a variable stands for where its name does not say it (the inputs of VS Code).
    pub(crate) explained: BTreeMap<String, String>,
}

/// Deadlines and limits that were given, each or not.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Costs {
    pub(crate) connect: Option<Duration>,
    pub(crate) probe: Option<Duration>,
    pub(crate) request: Option<Duration>,
    pub(crate) request_max: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) ping: Option<Duration>,
    pub(crate) frame_bytes: Option<usize>,
    pub(crate) pages: Option<usize>,
    pub(crate) items: Option<usize>,
    pub(crate) rounds: Option<usize>,
    pub(crate) memory: Option<usize>,
}

impl Costs {
    /// Puts what was given over what is there.
    pub(crate) fn apply(&self, timeouts: &mut Timeouts, limits: &mut Limits) {
        fn put<T: Copy>(slot: &mut T, given: Option<T>) {
            *slot = given.unwrap_or(*slot);
        }
        put(&mut timeouts.connect, self.connect);
        put(&mut timeouts.probe, self.probe);
        put(&mut timeouts.request, self.request);
        put(&mut timeouts.request_max, self.request_max);
        put(&mut timeouts.write, self.write);
        put(&mut limits.frame_bytes, self.frame_bytes);
        put(&mut limits.pages, self.pages);
        put(&mut limits.items, self.items);
        put(&mut limits.rounds, self.rounds);
        limits.memory = self.memory.or(limits.memory);
        timeouts.ping = self.ping.or(timeouts.ping);
        // Who asks for a longer request has asked for a longer maximum.
        timeouts.request_max = timeouts.request_max.max(timeouts.request);
    }

    /// What of a spec differs from what would be there anyway.
    fn said(spec: &ServerSpec, otherwise: &Defaults) -> Self {
        fn differs<T: Copy + PartialEq>(value: T, otherwise: T) -> Option<T> {
            (value != otherwise).then_some(value)
        }
        let (timeouts, limits) = (&otherwise.timeouts, &otherwise.limits);
        Self {
            connect: differs(spec.timeouts.connect, timeouts.connect),
            probe: differs(spec.timeouts.probe, timeouts.probe),
            request: differs(spec.timeouts.request, timeouts.request),
            request_max: differs(spec.timeouts.request_max, timeouts.request_max),
            write: differs(spec.timeouts.write, timeouts.write),
            frame_bytes: differs(spec.limits.frame_bytes, limits.frame_bytes),
            pages: differs(spec.limits.pages, limits.pages),
            items: differs(spec.limits.items, limits.items),
            rounds: differs(spec.limits.rounds, limits.rounds),
            memory: spec.limits.memory.filter(|_| spec.limits.memory != limits.memory),
            ping: spec.timeouts.ping.filter(|_| spec.timeouts.ping != timeouts.ping),
        }
    }
}

/// Why a server or provider of the config cannot be used now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.lines())]
pub struct ResolveError {
    /// `servers` or `providers`.
    pub table: &'static str,
    /// Its name.
    pub name: String,
    /// The file it is described in.
    pub file: PathBuf,
    /// The line it starts at.
    pub line: usize,
    /// Everything that is wrong, not only the first.
    pub faults: Vec<Fault>,
}

/// One thing that keeps a server from being used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The key (`headers.Authorization`).
    pub key: String,
    /// What it is.
    pub kind: FaultKind,
}

/// The kinds of [`Fault`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// An environment variable is not set.
    MissingVariable {
        /// Its name.
        variable: String,
        /// What it stands for, if the file says so.
        explanation: Option<String>,
    },
    /// The value makes no sense once its variables are filled in.
    Value(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.key)?;
        match &self.kind {
            FaultKind::MissingVariable { variable, explanation } => {
                write!(f, "the environment variable `{variable}` is not set")?;
                if let Some(explanation) = explanation {
                    write!(f, " ({explanation})")?;
                }
                write!(f, "; set it, or give a default: `${{{variable}:-…}}`")
            }
            FaultKind::Value(message) => f.write_str(message),
        }
    }
}

impl ResolveError {
    fn lines(&self) -> String {
        let start = format!("{}:{}: {}.{}", self.file.display(), self.line, self.table, self.name);
        let lines = self.faults.iter().map(|fault| format!("{start}.{fault}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl ServerEntry {
    /// An entry for a server of the command line, to be added to the config under `name` (`servers add`).
    ///
    /// A `${VAR}` in its command, URL or headers becomes a variable of the config: this is how a token is kept
    /// out of the file. The error is one sentence.
    pub fn from_spec(name: &str, spec: &ServerSpec, defaults: &Defaults) -> Result<Self, String> {
        super::server::check_name(name)?;
        let mut template = spec.clone();
        name.clone_into(&mut template.name);
        // They were found by their names and will be again.
        template.secrets.clear();
        for root in &mut template.roots {
            *root = interpolate::literal(&root.to_string_lossy()).into();
        }
        let values: Vec<&str> = match &mut template.launch {
            Launch::Stdio { command, args, env, cwd } => {
                if let Some(cwd) = cwd {
                    *cwd = interpolate::literal(&cwd.to_string_lossy()).into();
                }
                let env = env.iter().map(|(_, value)| value.as_str());
                let args = args.iter().map(String::as_str);
                args.chain(env).chain([command.as_str()]).collect()
            }
            Launch::Http { url, headers, .. } => {
                let headers = headers.iter().map(|(_, value)| value.as_str());
                headers.chain([url.as_str()]).collect()
            }
        };
        for value in values {
            interpolate::parse(value).map_err(|malformed| malformed.to_string())?;
        }
        Ok(Self {
            name: name.to_owned(),
            enabled: true,
            file: PathBuf::new(),
            line: 0,
            costs: Costs::said(spec, defaults),
            template,
            env_file: None,
            explained: BTreeMap::new(),
        })
    }

    /// How it is reached, as written: variables are not filled in, so it is fit for showing.
    pub fn launch(&self) -> &Launch {
        &self.template.launch
    }

    /// Fills in the variables from `env` and reads `env_file`. Whatever is missing or makes no sense is named,
    /// all of it at once.
    pub fn resolve(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<ServerSpec, ResolveError> {
        let mut filler = Filler { env, explained: &self.explained, secrets: Vec::new(), faults: Vec::new() };
        let mut spec = self.template.clone();
        spec.launch = match &self.template.launch {
            Launch::Stdio { command, args, env, cwd } => Launch::Stdio {
                command: filler.path("command", command),
                args: filler.list("args", args),
                env: self.environment(&mut filler, env),
                cwd: cwd.as_ref().map(|cwd| filler.absolute("cwd", &cwd.to_string_lossy())),
            },
            Launch::Http { url, headers, kind } => {
                Launch::Http { url: filler.url("url", url), headers: filler.headers(headers), kind: *kind }
            }
        };
        spec.roots = self
            .template
            .roots
            .iter()
            .enumerate()
            .map(|(index, root)| filler.absolute(&format!("roots[{index}]"), &root.to_string_lossy()))
            .collect();
        let given = filler.list("secrets", &self.template.secrets);
        spec.secrets = given.into_iter().filter(|secret| !secret.is_empty()).collect();
        for used in std::mem::take(&mut filler.secrets) {
            secret::push(&mut spec.secrets, &used);
        }
        secret::collect(&spec.launch, &mut spec.secrets);
        if filler.faults.is_empty() {
            spec.origins = origins::of_entry(self, &spec);
            return Ok(spec);
        }
        Err(ResolveError {
            table: "servers",
            name: self.name.clone(),
            file: self.file.clone(),
            line: self.line,
            faults: filler.faults,
        })
    }

    /// The variables of `env_file`, and over them those of `env`.
    fn environment(&self, filler: &mut Filler<'_>, given: &[(String, String)]) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        if let Some(file) = &self.env_file {
            let file = filler.absolute("env_file", file);
            // With a variable of its path missing there is no file to speak of.
            if filler.faults.iter().all(|fault| fault.key != "env_file") {
                match read_env_file(&file) {
                    Ok(read) => variables = read,
                    Err(message) => filler.fault("env_file", FaultKind::Value(message)),
                }
            }
        }
        for (name, value) in given {
            let value = filler.fill(&format!("env.{name}"), value);
            variables.retain(|(known, _)| known != name);
            variables.push((name.clone(), value));
        }
        variables
    }
}

/// One path outside of any server, filled in and made absolute.
pub(crate) fn resolve_path(key: &str, template: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, String> {
    let mut filler = Filler { env, explained: &BTreeMap::new(), secrets: Vec::new(), faults: Vec::new() };
    let path = filler.absolute(key, template);
    match filler.faults.first() {
        None => Ok(path),
        Some(fault) => Err(fault.to_string()),
    }
}

fn read_env_file(file: &Path) -> Result<Vec<(String, String)>, String> {
    let source = super::tree::Source::read(file).map_err(|error| error.to_string())?;
    dotenv::parse(&source.text).map_err(|message| format!("{}: {message}", file.display()))
}
