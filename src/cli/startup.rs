//! From what was typed to the start of a run: where things live, which servers it has, where it is recorded.

use std::path::PathBuf;

use super::{Args, Command, Options};
use crate::app::chat::ChatLimits;
use crate::config::foreign::Foreign;
use crate::config::suggest::nearest;
use crate::config::{
    Config, ConfigError, Loaded, Problem, ResolveError, ServerEntry, TargetError, load_rules, on_path, target_from_args,
};
use crate::journal::{self, JournalError};
use crate::model::chat::ModelRef;
use crate::model::policy::Rule;
use crate::model::server::{Launch, ServerSpec};
use crate::paths::Paths;
use crate::runtime::{self, Runtime};

/// The name of the built-in server.
pub const DEMO: &str = "demo";
/// Where it is remembered which era a server speaks, in the state directory.
const ERAS: &str = "eras.json";
/// Where the names of tasks are kept.
const TASKS: &str = "tasks.json";
/// Where it is remembered which definitions of tools were approved.
const PINS: &str = "pins.json";
/// Where conversations are kept, in the data directory.
const CONVERSATIONS: &str = "conversations";

/// The places, the config, and the servers of another program's file if one was named.
#[derive(Clone, Debug)]
pub struct Startup {
    /// Where things live.
    pub paths: Paths,
    /// What the config file says.
    pub config: Config,
    /// The rules that approvals made, from their own file.
    pub rules: Vec<Rule>,
    /// The config file, if there is one.
    pub file: Option<PathBuf>,
    /// What should be said about the files that were read.
    pub warnings: Vec<Problem>,
    /// The servers of `--mcp-config`; they stand in for those of the config.
    foreign: Option<Foreign>,
}

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A config file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A server of the config cannot be used now.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// What was typed makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The journal that was asked for cannot be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The servers that a run is about.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Chosen {
    /// How each is reached.
    pub servers: Vec<ServerSpec>,
    /// Whether nobody named one and none is configured, so that it is the built-in one.
    pub is_fallback: bool,
}

/// A variable of the environment.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Startup {
    /// Reads the files that the options name.
    pub fn load(options: &Options) -> Result<Startup, StartError> {
        let paths = Paths::find(options.config.as_deref(), options.config_dir.as_deref());
        let Loaded { config, mut warnings, file } = Config::load_from(&paths)?;
        let rules = paths.rules_file.as_deref().map_or(Ok(Vec::new()), load_rules)?;
        let mut foreign = None;
        if let Some(file) = &options.mcp_config {
            let mut loaded = Foreign::load(file, &config.defaults)?;
            warnings.append(&mut loaded.notes);
            foreign = Some(loaded);
        }
        Ok(Startup { paths, config, rules, file, warnings, foreign })
    }

    /// The servers that `-s` picks from.
    pub fn configured(&self) -> &[ServerEntry] {
        match &self.foreign {
            Some(foreign) => &foreign.servers,
            None => &self.config.servers,
        }
    }

    /// The servers of the workbench: those that were named, else every enabled one, else the built-in one.
    pub fn all(&self, args: &Args) -> Result<Chosen, StartError> {
        if let Some(named) = self.named(args)? {
            return Ok(named);
        }
        if self.configured().is_empty() {
            return fallback(&args.options);
        }
        let enabled = self.configured().iter().filter(|entry| entry.enabled);
        let servers = enabled.map(|entry| resolved(entry, &args.options)).collect::<Result<_, _>>()?;
        Ok(Chosen { servers, is_fallback: false })
    }

    /// The one server of a subcommand.
    pub fn one(&self, args: &Args) -> Result<Chosen, StartError> {
        if let Some(named) = self.named(args)? {
            return match named.servers.len() {
                1 => Ok(named),
                _ => Err(StartError::Usage("several servers given; this command talks to one".into())),
            };
        }
        let enabled: Vec<_> = self.configured().iter().filter(|entry| entry.enabled).collect();
        match enabled.as_slice() {
            [] if self.configured().is_empty() => fallback(&args.options),
            [] => Err(StartError::Usage(format!(
                "every configured server is disabled; name one: {}",
                choices(self.configured().iter())
            ))),
            [entry] => Ok(Chosen { servers: vec![resolved(entry, &args.options)?], is_fallback: false }),
            several => Err(StartError::Usage(format!(
                "{} servers are configured; name one: {}",
                several.len(),
                choices(several.iter().copied())
            ))),
        }
    }

    /// The server of this name, with the connection options over it.
    pub fn server(&self, name: &str, options: &Options) -> Result<ServerSpec, StartError> {
        let known = self.configured();
        if let Some(entry) = known.iter().find(|entry| entry.name == name) {
            return resolved(entry, options);
        }
        if known.is_empty() && name == DEMO {
            return Ok(demo(options)?);
        }
        let hint = match nearest(name, known.iter().map(|entry| entry.name.as_str())) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => "none is configured; add it with `mcp-tui servers add`".into(),
            None => format!("configured: {}", names(known.iter())),
        };
        Err(StartError::Usage(format!("no server is named `{name}`; {hint}")))
    }

    /// What a target, `--` or `-s` names; `None` for nothing.
    fn named(&self, args: &Args) -> Result<Option<Chosen>, StartError> {
        let options = &args.options;
        let target = args.target().map_err(StartError::Usage)?;
        let by_name = !options.servers.is_empty();
        if target.is_none() && args.server_command.is_empty() {
            if !by_name {
                return Ok(None);
            }
            let mut servers: Vec<ServerSpec> = Vec::new();
            for name in &options.servers {
                if servers.iter().all(|spec| spec.name != *name) {
                    servers.push(self.server(name, options)?);
                }
            }
            return Ok(Some(Chosen { servers, is_fallback: false }));
        }
        if by_name {
            let message = "a server of the config (`-s`) and another one given; give one of them";
            return Err(StartError::Usage(message.into()));
        }
        Ok(Some(Chosen { servers: vec![self.target(args)?], is_fallback: false }))
    }

    /// The server that the target or the command after `--` names.
    pub fn target(&self, args: &Args) -> Result<ServerSpec, StartError> {
        let target = args.target().map_err(StartError::Usage)?;
        let spec = target_from_args(target, &args.server_command, &self.config.defaults, &on_path);
        let mut spec = spec.map_err(|error| mistaken(error, target.unwrap_or_default(), args.command.as_ref()))?;
        args.options.overrides().apply(&mut spec)?;
        spec.named = args.options.words();
        match &spec.launch {
            Launch::Http { url, .. } => spec.named.extend(["--url".to_owned(), url.clone()]),
            Launch::Stdio { command, args, .. } => {
                spec.named.extend(["--".to_owned(), command.clone()]);
                spec.named.extend_from_slice(args);
            }
        }
        Ok(spec)
    }

    /// Where conversations are kept; `None` where no home is known.
    pub fn conversations(&self) -> Option<PathBuf> {
        self.paths.data_dir.as_ref().map(|dir| dir.join(CONVERSATIONS))
    }

    /// Starts the run. A journal directory that cannot be written is only warned about: the work matters more than its
    /// record. One that was asked for by name is an error.
    pub fn run(&self, options: &Options, auto_list: bool, warn: &mut dyn FnMut(String)) -> Result<Runtime, StartError> {
        self.run_with(options, auto_list, |_| (), warn)
    }

    /// How far conversations may go by themselves.
    pub fn limits(&self) -> ChatLimits {
        let (chat, usual) = (&self.config.chat, ChatLimits::default());
        ChatLimits {
            rounds: chat.max_rounds.unwrap_or(usual.rounds),
            result_bytes: chat.max_result_bytes.unwrap_or(usual.result_bytes),
            discovery_share: chat.discovery_share.unwrap_or(usual.discovery_share),
            context: chat.context,
            summary_share: chat.summary_share.unwrap_or(usual.summary_share),
        }
    }

    /// Starts the run with something changed about how.
    pub fn run_with(
        &self,
        options: &Options,
        auto_list: bool,
        change: impl Fn(&mut runtime::Options),
        warn: &mut dyn FnMut(String),
    ) -> Result<Runtime, StartError> {
        let eras = self.paths.state_dir.as_ref().map(|dir| dir.join(ERAS));
        let tasks = self.paths.state_dir.as_ref().map(|dir| dir.join(TASKS));
        let conversations = self.conversations();
        let named = |error: ResolveError| (error.name.clone(), error.to_string());
        let providers = self.config.provider_specs(&env).into_iter().map(|spec| spec.map_err(named)).collect();
        let journal = options.journal.clone();
        let mut wanted = runtime::Options {
            journal,
            eras,
            tasks,
            conversations,
            providers,
            auto_list,
            policy: self.config.policy.policy(self.rules.clone()),
            rules: self.paths.rules_file.clone(),
            pins: self.paths.state_dir.as_ref().map(|dir| dir.join(PINS)),
            ..runtime::Options::default()
        };
        let model = self.config.chat.model.clone();
        wanted.model = model.map(|(provider, model)| ModelRef { provider, model });
        wanted.chat = self.limits();
        wanted.traffic = options.model_traffic.map_or(self.config.journal.model_traffic, Into::into);
        wanted.prices = self.config.prices.clone();
        change(&mut wanted);
        if wanted.journal.is_some() || options.no_journal || !self.config.journal.enabled {
            return Ok(Runtime::start(wanted)?);
        }
        let dir = match self.config.journal.directory(&env, &self.paths) {
            Ok(dir) => dir,
            Err(why) => return Err(StartError::Usage(why)),
        };
        let Some(dir) = dir else {
            warn("no place for a journal is known (HOME is not set); this run is kept in memory only".into());
            return Ok(Runtime::start(wanted)?);
        };
        wanted.journal = Some(journal::new_path(&dir));
        match Runtime::start(wanted.clone()) {
            Ok(runtime) => {
                if self.config.journal.keep > 0 {
                    journal::prune(&dir, self.config.journal.keep);
                }
                Ok(runtime)
            }
            Err(error) => {
                warn(format!("{error}; this run is kept in memory only"));
                wanted.journal = None;
                Ok(Runtime::start(wanted)?)
            }
        }
    }
}

fn resolved(entry: &ServerEntry, options: &Options) -> Result<ServerSpec, StartError> {
    let mut spec = entry.resolve(&env)?;
    options.overrides().apply(&mut spec)?;
    spec.named = named_in_config(&spec.name, options);
    Ok(spec)
}

/// The words that name a server of the config.
fn named_in_config(name: &str, options: &Options) -> Vec<String> {
    let mut words = options.words();
    words.extend(["-s".to_owned(), name.to_owned()]);
    words
}

fn fallback(options: &Options) -> Result<Chosen, StartError> {
    Ok(Chosen { servers: vec![demo(options)?], is_fallback: true })
}

/// This very program as a server.
fn demo(options: &Options) -> Result<ServerSpec, TargetError> {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mcp-tui"));
    let launch = Launch::Stdio {
        command: program.to_string_lossy().into_owned(),
        args: vec!["demo-server".into()],
        env: Vec::new(),
        cwd: None,
    };
    let mut spec = ServerSpec::new(DEMO, launch);
    // It is a part of this program.
    spec.trusted = true;
    options.overrides().apply(&mut spec)?;
    spec.named = named_in_config(DEMO, options);
    Ok(spec)
}

/// A word that is no server may be a misspelt subcommand, or an argument without its option.
fn mistaken(error: TargetError, target: &str, command: Option<&Command>) -> StartError {
    let TargetError::Unknown(_) = &error else { return error.into() };
    if command.is_none() {
        let known = <Args as clap::CommandFactory>::command();
        if let Some(meant) = nearest(target, known.get_subcommands().map(clap::Command::get_name)) {
            return StartError::Usage(format!("`{target}` is no subcommand; did you mean `{meant}`?"));
        }
    }
    if let (Some((key, _)), Some(_)) = (target.split_once('='), command)
        && !key.contains(['/', '.', ':'])
    {
        return StartError::Usage(format!("`{target}` is no server; did you mean `--arg {target}`?"));
    }
    error.into()
}

fn names<'a>(entries: impl Iterator<Item = &'a ServerEntry>) -> String {
    entries.map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn choices<'a>(entries: impl Iterator<Item = &'a ServerEntry>) -> String {
    entries.map(|entry| format!("-s {}", quoted(&entry.name))).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("'{name}'") } else { name.to_owned() }
}
