//! What goes with every subcommand, before or after it: [`Options`].

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{Overrides, Transport};
use crate::model::json::RawJson;
use crate::model::provider::Traffic;

const TARGET: &str = "Server";
const CONNECTION: &str = "Connection";
const ANSWERS: &str = "Answers";
const PLACES: &str = "Config and journal";
const OUTPUT: &str = "Output";

/// Options of the whole program.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The URL of an HTTP server
    #[arg(long, global = true, value_name = "URL", help_heading = TARGET)]
    pub url: Option<String>,
    /// A server of the config (repeatable where several make sense)
    #[arg(short, long = "server", global = true, value_name = "NAME", help_heading = TARGET)]
    pub servers: Vec<String>,
    /// Read servers from another program's config file (read-only)
    #[arg(long, global = true, value_name = "FILE", help_heading = TARGET)]
    pub mcp_config: Option<PathBuf>,

    /// A header for every HTTP request (repeatable)
    #[arg(long = "header", global = true, value_name = "Name: Value", help_heading = CONNECTION)]
    pub headers: Vec<String>,
    /// A variable for the server's environment (repeatable)
    #[arg(short = 'e', long = "env", global = true, value_name = "KEY=VALUE", help_heading = CONNECTION)]
    pub env: Vec<String>,
    /// The server's working directory
    #[arg(long, global = true, value_name = "DIR", help_heading = CONNECTION)]
    pub cwd: Option<PathBuf>,
    /// How to speak to it
    #[arg(long, global = true, value_name = "KIND", help_heading = CONNECTION)]
    pub transport: Option<TransportName>,
    /// Which revision of the protocol to speak: auto, 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05
    #[arg(long, global = true, value_name = "REVISION", help_heading = CONNECTION)]
    pub protocol_version: Option<String>,
    /// How long connecting may take
    #[arg(long, global = true, value_name = "SECONDS", help_heading = CONNECTION)]
    pub connect_timeout: Option<f64>,
    /// How long a request may be without news
    #[arg(long, global = true, value_name = "SECONDS", help_heading = CONNECTION)]
    pub timeout: Option<f64>,
    /// What a server's form or page is answered with: by default a person at a terminal is asked, without one it is declined
    #[arg(long, global = true, value_name = "HOW", help_heading = ANSWERS)]
    pub elicit: Option<Elicit>,
    /// The content that every form of a server is answered with
    #[arg(long, global = true, value_name = "JSON", value_parser = json, help_heading = ANSWERS)]
    pub elicit_json: Option<RawJson>,
    /// What a server's request for a model is answered with; without it, servers are not offered one
    #[arg(long, global = true, value_name = "HOW", help_heading = ANSWERS)]
    pub sampling: Option<Sampling>,
    /// A directory told to the server as a root (repeatable)
    #[arg(long = "root", global = true, value_name = "PATH", help_heading = CONNECTION)]
    pub roots: Vec<PathBuf>,
    /// The level asked of server logging: debug, info, notice, warning, error, critical, alert, emergency
    #[arg(long, global = true, value_name = "LEVEL", help_heading = CONNECTION)]
    pub log_level: Option<String>,

    /// The config file
    #[arg(long, global = true, value_name = "FILE", help_heading = PLACES)]
    pub config: Option<PathBuf>,
    /// Keep everything (config, state, journals) under one directory
    #[arg(long, global = true, value_name = "DIR", help_heading = PLACES)]
    pub config_dir: Option<PathBuf>,
    /// Record nothing
    #[arg(long, global = true, conflicts_with = "journal", help_heading = PLACES)]
    pub no_journal: bool,
    /// Record to this file, which must not exist yet
    #[arg(long, global = true, value_name = "FILE", help_heading = PLACES)]
    pub journal: Option<PathBuf>,
    /// What is recorded of requests to models: nothing, their heads (no text), or everything
    #[arg(long, global = true, value_name = "WHAT", help_heading = PLACES)]
    pub model_traffic: Option<ModelTraffic>,

    /// Print JSON
    #[arg(long, global = true, help_heading = OUTPUT)]
    pub json: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,
}

/// `--color`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// `--model-traffic`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelTraffic {
    /// Nothing.
    Off,
    /// Who was asked and when, how large it was, how it was answered.
    Heads,
    /// Each request and each event of an answer, whole.
    Full,
}

impl From<ModelTraffic> for Traffic {
    fn from(given: ModelTraffic) -> Traffic {
        match given {
            ModelTraffic::Off => Traffic::Off,
            ModelTraffic::Heads => Traffic::Heads,
            ModelTraffic::Full => Traffic::Full,
        }
    }
}

/// `--transport`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportName {
    /// By what is given, a command or a URL.
    Auto,
    /// Standard streams of a child process.
    Stdio,
    /// Streamable HTTP alone.
    Http,
    /// The old HTTP+SSE alone.
    Sse,
}

/// `--elicit`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elicit {
    /// A person at the terminal.
    Ask,
    /// Accept, with the fields that have a default.
    AcceptDefaults,
    /// Accept, with defaults and minimal valid values for what is required.
    Accept,
    /// Decline.
    Decline,
    /// Cancel.
    Cancel,
}

/// `--approve`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Approve {
    /// A person at the terminal.
    Ask,
    /// Calls that a trusted server claims to be read-only; no others.
    ReadOnly,
    /// Every call that the policy does not deny.
    All,
    /// None that the policy does not allow.
    None,
}

/// `--sampling`.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sampling {
    /// Refuse.
    Deny,
    /// A person at the terminal writes the message.
    Ask,
    /// The model of the conversation writes it, without a review.
    Model,
}

fn json(text: &str) -> Result<RawJson, String> {
    RawJson::parse(text.to_owned()).map_err(|fault| fault.to_string())
}

impl Options {
    /// What they say about the connection, to be put over a server from wherever it came.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            headers: self.headers.clone(),
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            transport: match self.transport {
                None | Some(TransportName::Auto) => Transport::Auto,
                Some(TransportName::Stdio) => Transport::Stdio,
                Some(TransportName::Http) => Transport::Http,
                Some(TransportName::Sse) => Transport::Sse,
            },
            protocol_version: self.protocol_version.clone(),
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            roots: self.roots.clone(),
            log_level: self.log_level.clone(),
        }
    }

    /// The words that say the same about the config and the connection once more, in any directory.
    pub fn words(&self) -> Vec<String> {
        let path =
            |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned();
        let transport = self.transport.and_then(|kind| kind.to_possible_value());
        let said = [
            ("--config", self.config.as_ref().map(path)),
            ("--config-dir", self.config_dir.as_ref().map(path)),
            ("--mcp-config", self.mcp_config.as_ref().map(path)),
            ("--cwd", self.cwd.as_ref().map(path)),
            ("--transport", transport.map(|kind| kind.get_name().to_owned())),
            ("--protocol-version", self.protocol_version.clone()),
            ("--connect-timeout", self.connect_timeout.map(|seconds| seconds.to_string())),
            ("--timeout", self.timeout.map(|seconds| seconds.to_string())),
            ("--log-level", self.log_level.clone()),
        ];
        let once = said.into_iter().filter_map(|(option, value)| Some((option, value?)));
        let many = self.headers.iter().map(|header| ("--header", header.clone()));
        let many = many.chain(self.env.iter().map(|variable| ("-e", variable.clone())));
        let many = many.chain(self.roots.iter().map(|root| ("--root", path(root))));
        once.chain(many).flat_map(|(option, value)| [option.to_owned(), value]).collect()
    }
}
