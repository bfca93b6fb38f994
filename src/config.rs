//! The config file: one strict TOML file, read with good errors.
//!
//! A key nobody knows, a value of the wrong kind, a variable that cannot be: each is an error with its line, its
//! key and what to write instead, and all of them come at once. Servers keep their `${VAR}`s until they are
//! wanted ([`ServerEntry::resolve`]). The file is never written here but by [`edit`]; files of other programs
//! ([`foreign`]) are only ever read. `config.example.toml` is the reference of every key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::provider::{ProviderSpec, Traffic};
use crate::model::server::{Limits, Timeouts};
use crate::paths::Paths;

mod chat;
mod dotenv;
pub mod edit;
mod entry;
pub mod foreign;
mod interpolate;
mod naming;
mod origins;
mod overrides;
mod policy;
mod pricing;
mod problem;
mod provider;
mod quantity;
mod reader;
mod secret;
mod server;
mod shown;
pub(crate) mod suggest;
mod target;
#[cfg(test)]
mod tests;
mod tree;

pub use chat::ChatConfig;
pub use entry::{Fault, FaultKind, ResolveError, ServerEntry};
pub use overrides::{Overrides, Transport};
pub use policy::{PolicyConfig, load_rules};
pub use problem::{ConfigError, Place, Problem};
pub use provider::{ProviderEntry, kind_word};
pub use shown::shown_command;
pub use target::{TargetError, on_path, target_from_args};

use reader::{Reader, Section, join, text_of};
use tree::{Node, Source};

/// How many journals are kept when nobody says otherwise.
const JOURNALS_KEPT: usize = 100;

/// Everything the config file says.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    /// The servers, in the order of the file, disabled ones too.
    pub servers: Vec<ServerEntry>,
    /// The providers of models, in the order of the file.
    pub providers: Vec<ProviderEntry>,
    /// Deadlines and limits for servers that say nothing themselves, those from the command line too.
    pub defaults: Defaults,
    /// Which tools a model may call.
    pub policy: PolicyConfig,
    /// Conversations.
    pub chat: ChatConfig,
    /// What models cost.
    pub prices: crate::model::price::Prices,
    /// The record of each run.
    pub journal: JournalConfig,
    /// How the screen looks.
    pub ui: UiConfig,
    /// Context → action → keys. The names are checked by the screen, which knows them.
    pub keys: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// A config and what should be said about it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What is allowed but unwise.
    pub warnings: Vec<Problem>,
    /// The file it was read from; `None` when there was none.
    pub file: Option<PathBuf>,
}

/// `[defaults]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Defaults {
    /// How long anything may take.
    pub timeouts: Timeouts,
    /// How much anything may weigh.
    pub limits: Limits,
    /// Directories told to servers that do not have their own.
    pub roots: Vec<std::path::PathBuf>,
    /// What servers may ask of a model.
    pub sampling: crate::model::sampling::Rules,
}

/// `[journal]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalConfig {
    /// Whether runs are recorded.
    pub enabled: bool,
    /// Where, instead of [`Paths::journal_dir`]; with `${VAR}` and `~/` still in it.
    directory: Option<String>,
    /// How many files are kept; 0 keeps all.
    pub keep: usize,
    /// What is kept of requests to providers of models.
    pub model_traffic: Traffic,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { enabled: true, directory: None, keep: JOURNALS_KEPT, model_traffic: Traffic::default() }
    }
}

impl JournalConfig {
    /// Where journals are written: the configured directory, else the one in `paths`. The error is one sentence.
    pub fn directory(&self, env: &dyn Fn(&str) -> Option<String>, paths: &Paths) -> Result<Option<PathBuf>, String> {
        match &self.directory {
            Some(directory) => entry::resolve_path("journal.directory", directory, env).map(Some),
            None => Ok(paths.journal_dir.clone()),
        }
    }
}

/// `[ui]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UiConfig {
    /// The colours.
    pub theme: ThemeChoice,
    /// Whether frames and marks are drawn in ASCII alone.
    pub ascii: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether the title of the terminal's window is set.
    pub title: bool,
    /// Whether the arguments of calls are remembered from run to run.
    pub history: bool,
    /// Whether the terminal may move rows by itself.
    pub scroll_region: bool,
    /// Who draws pictures, and how.
    pub pictures: PictureChoice,
}

impl Default for UiConfig {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            ascii: false,
            mouse: true,
            title: true,
            history: true,
            scroll_region: true,
            pictures: PictureChoice::Auto,
        }
    }
}

/// Which colours to use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ThemeChoice {
    /// What suits the terminal.
    #[default]
    Auto,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
    /// With the strongest differences.
    HighContrast,
    /// No colour at all.
    None,
}

/// How pictures are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PictureChoice {
    /// As well as the terminal can, by what it calls itself.
    #[default]
    Auto,
    /// Made of characters.
    Characters,
    /// By kitty's protocol.
    Kitty,
    /// By iTerm2's.
    Iterm2,
    /// As sixels.
    Sixel,
}

impl Config {
    /// Reads `file`, which must be there.
    pub fn load(file: &Path) -> Result<Loaded, ConfigError> {
        let source = Source::read(file)?;
        let (config, literals) = read(&source)?;
        let warnings = exposed(&source, &literals);
        Ok(Loaded { config, warnings, file: Some(file.to_owned()) })
    }

    /// Reads the config file of `paths`. Without one the config is empty, unless a person named it.
    pub fn load_from(paths: &Paths) -> Result<Loaded, ConfigError> {
        let Some(file) = &paths.config_file else {
            return Ok(Loaded::default());
        };
        match Self::load(file) {
            Err(ConfigError::Missing { .. }) if !paths.config_named => Ok(Loaded::default()),
            loaded => loaded,
        }
    }

    /// Reads a config from `text`; `file` is only for messages.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let (config, _) = read(&Source::new(file, text.to_owned()))?;
        Ok(config)
    }

    /// The server of this name, enabled or not.
    pub fn server(&self, name: &str) -> Option<&ServerEntry> {
        self.servers.iter().find(|server| server.name == name)
    }

    /// All providers, ready to be used or with the reason why not: those of the file, those whose vendor's key is in
    /// the environment, and the built-in demo model. The first one is the default.
    pub fn provider_specs(&self, env: &dyn Fn(&str) -> Option<String>) -> Vec<Result<ProviderSpec, ResolveError>> {
        let mut specs: Vec<_> = self.providers.iter().map(|entry| entry.resolve(env)).collect();
        for spec in provider::of_environment(env).into_iter().chain([ProviderSpec::demo()]) {
            if !self.providers.iter().any(|entry| entry.name == spec.name) {
                specs.push(Ok(spec));
            }
        }
        specs
    }

    /// The name of the server that was probably meant by `name`.
    pub fn nearest_server(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.servers.iter().map(|server| server.name.as_str()))
    }
}

fn read(source: &Source) -> Result<(Config, Vec<server::Literal>), ConfigError> {
    let tree = source.toml().map_err(|problems| ConfigError::Invalid { problems })?;
    let mut reader = Reader::new(source);
    let mut config = Config::default();
    let mut literals = Vec::new();
    if let Some(mut root) = Section::new(&mut reader, String::new(), &tree) {
        config.defaults = server::defaults(&mut reader, &mut root);
        config.servers = server::servers(&mut reader, &mut root, &config.defaults, &mut literals);
        config.providers = provider::providers(&mut reader, &mut root, &mut literals);
        config.policy = policy::policy(&mut reader, &mut root);
        if let Some(section) = root.section(&mut reader, "chat") {
            config.chat = chat::chat(&mut reader, section);
        }
        if let Some(section) = root.section(&mut reader, "pricing") {
            config.prices = pricing::pricing(&mut reader, section);
        }
        if let Some(section) = root.section(&mut reader, "journal") {
            config.journal = journal(&mut reader, section);
        }
        if let Some(section) = root.section(&mut reader, "ui") {
            config.ui = ui(&mut reader, section);
        }
        config.keys = keys(&mut reader, &mut root);
        root.finish(&mut reader);
    }
    std::mem::replace(&mut reader, Reader::new(source)).finish()?;
    Ok((config, literals))
}

fn journal(reader: &mut Reader<'_>, mut section: Section<'_>) -> JournalConfig {
    let fallback = JournalConfig::default();
    let directory = section.text(reader, "directory", "directory = \"~/journals\"");
    if let Some(given) = &directory {
        server::check(reader, &section.at("directory"), given.at, &given.value);
    }
    let traffic = section.choice(reader, "model_traffic", &Traffic::ALL);
    let journal = JournalConfig {
        enabled: section.flag(reader, "enabled").unwrap_or(fallback.enabled),
        directory: directory.map(|given| given.value),
        keep: section.count(reader, "keep", 0).unwrap_or(fallback.keep),
        model_traffic: traffic.map_or(fallback.model_traffic, |given| given.value),
    };
    section.finish(reader);
    journal
}

fn ui(reader: &mut Reader<'_>, mut section: Section<'_>) -> UiConfig {
    let fallback = UiConfig::default();
    let themes = [
        ("auto", ThemeChoice::Auto),
        ("light", ThemeChoice::Light),
        ("dark", ThemeChoice::Dark),
        ("high-contrast", ThemeChoice::HighContrast),
        ("none", ThemeChoice::None),
    ];
    let pictures = [
        ("auto", PictureChoice::Auto),
        ("characters", PictureChoice::Characters),
        ("kitty", PictureChoice::Kitty),
        ("iterm2", PictureChoice::Iterm2),
        ("sixel", PictureChoice::Sixel),
    ];
    let theme = section.choice(reader, "theme", &themes);
    let ui = UiConfig {
        theme: theme.map_or(fallback.theme, |given| given.value),
        ascii: section.flag(reader, "ascii").unwrap_or(fallback.ascii),
        mouse: section.flag(reader, "mouse").unwrap_or(fallback.mouse),
        title: section.flag(reader, "title").unwrap_or(fallback.title),
        history: section.flag(reader, "history").unwrap_or(fallback.history),
        scroll_region: section.flag(reader, "scroll_region").unwrap_or(fallback.scroll_region),
        pictures: section.choice(reader, "pictures", &pictures).map_or(fallback.pictures, |given| given.value),
    };
    section.finish(reader);
    ui
}

fn keys(reader: &mut Reader<'_>, root: &mut Section<'_>) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    const EXAMPLE: &str = "open = [\"enter\", \"l\"]";
    let mut contexts = BTreeMap::new();
    for context in root.members(reader, "keys") {
        let path = join("keys", &context.key);
        let mut actions = BTreeMap::new();
        let Node::Table(members) = &context.value.node else {
            reader.complain(
                context.value.at,
                &path,
                format!(
                    "expected a table of actions, found {}; for example `[keys.log]` and below it `{EXAMPLE}`",
                    context.value.kind()
                ),
            );
            continue;
        };
        for action in members {
            let path = join(&path, &action.key);
            let list = match &action.value.node {
                Node::List(items) => items.iter().collect(),
                _ => vec![&action.value],
            };
            let mut given = Vec::new();
            for key in list {
                given.extend(text_of(reader, &path, key, EXAMPLE).map(|key| key.value));
            }
            actions.insert(action.key.clone(), given);
        }
        contexts.insert(context.key.clone(), actions);
    }
    contexts
}

/// Warns of secrets that stand in a file which others can read.
#[cfg(unix)]
fn exposed(source: &Source, literals: &[server::Literal]) -> Vec<Problem> {
    use std::os::unix::fs::MetadataExt as _;
    // What is not a plain file (a pipe, a device) has no readers of its own.
    let metadata = std::fs::metadata(&source.file).ok();
    let Some(mode) = metadata.filter(std::fs::Metadata::is_file).map(|found| found.mode() & 0o777) else {
        return Vec::new();
    };
    if mode & 0o044 == 0 {
        return Vec::new();
    }
    let file = source.file.display();
    literals
        .iter()
        .take(reader::SHOWN)
        .map(|literal| {
            let message = format!(
                "a secret in a file that others can read (mode {mode:o}); run `chmod 600 {file}`, or take it from \
                 the environment: `${{NAME}}`"
            );
            source.problem(literal.at, &literal.key, message)
        })
        .collect()
}

#[cfg(not(unix))]
fn exposed(_: &Source, _: &[server::Literal]) -> Vec<Problem> {
    Vec::new()
}
