//! The subcommands. The help of each ends with one example that works.

mod chat;
mod files;
mod request;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use chat::{Chat, EffortName, KeptVerb};
pub use files::{Config, Journal, Servers};
pub use request::{CallTool, Complete, Prompts, Raw, Resources, Script, Skills, Tasks, Tools};

/// What to do without a screen.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Connect and show what the server says about itself
    #[command(after_help = "Example:\n  mcp-tui info https://example.com/mcp")]
    Info(At),
    /// Measure a round trip
    #[command(after_help = "Example:\n  mcp-tui ping -- node server.js")]
    Ping(At),
    /// List and call tools
    #[command(subcommand, after_help = "Example:\n  mcp-tui tools list --url https://example.com/mcp")]
    Tools(Tools),
    /// List, read and watch resources
    #[command(subcommand, after_help = "Example:\n  mcp-tui resources list server.py")]
    Resources(Resources),
    /// List and get prompts
    #[command(subcommand, after_help = "Example:\n  mcp-tui prompts list server.py")]
    Prompts(Prompts),
    /// List and load the skills that a server publishes
    #[command(subcommand, after_help = "Example:\n  mcp-tui skills list --url https://example.com/mcp")]
    Skills(Skills),
    /// Ask for completions of an argument
    #[command(after_help = "Example:\n  mcp-tui complete --prompt review language py -- node server.js")]
    Complete(Complete),
    /// Look after work that a server does in the background
    #[command(subcommand, after_help = "Example:\n  mcp-tui tasks list -s builder")]
    Tasks(Tasks),
    /// Send any request and print the raw result
    #[command(after_help = "Example:\n  mcp-tui raw tools/list '{\"cursor\":\"2\"}' -- node server.js")]
    Raw(Raw),
    /// Run several steps over one connection
    #[command(after_help = request::RUN)]
    Run(Script),
    /// Talk with a model that works with the tools of the servers
    #[command(after_help = chat::EXAMPLES)]
    Chat(Chat),
    /// List the models of the configured providers
    #[command(after_help = "Example:\n  mcp-tui models --json")]
    Models,
    /// Show and edit the configured servers
    #[command(subcommand, after_help = "Example:\n  mcp-tui servers list")]
    Servers(Servers),
    /// Show what was recorded
    #[command(subcommand, after_help = "Example:\n  mcp-tui journal show last --limit 20")]
    Journal(Journal),
    /// Show and check the config
    #[command(subcommand, after_help = "Example:\n  mcp-tui config check")]
    Config(Config),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  mcp-tui completions bash > ~/.local/share/bash-completion/completions/mcp-tui")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Serve the built-in demo server
    #[command(after_help = "Example:\n  mcp-tui demo-server --http 8080")]
    DemoServer {
        /// Serve Streamable HTTP on this port of 127.0.0.1 instead of stdio; 0 takes a free one
        #[arg(long, value_name = "PORT")]
        http: Option<u16>,
        /// Keep the bookmarks in this file
        #[arg(long, value_name = "PATH")]
        file: Option<PathBuf>,
    },
}

/// The server, where it is not given before the subcommand or by an option.
#[derive(Args, Clone, Debug, Default)]
pub struct At {
    /// The server: a URL or a script (or give `-s NAME`, `--url URL`, `-- CMD ARG...`)
    #[arg(value_name = "URL|SCRIPT")]
    pub target: Option<String>,
}

impl Command {
    /// The server that was typed after the subcommand.
    pub fn target(&self) -> Option<&str> {
        let at = match self {
            Command::Info(at) | Command::Ping(at) => at,
            Command::Tools(Tools::List(at) | Tools::Call(CallTool { at, .. })) => at,
            Command::Resources(
                Resources::List(at)
                | Resources::Templates(at)
                | Resources::Read { at, .. }
                | Resources::Watch { at, .. },
            ) => at,
            Command::Prompts(Prompts::List(at) | Prompts::Get { at, .. }) => at,
            Command::Skills(Skills::List(at) | Skills::Load { at, .. }) => at,
            Command::Tasks(
                Tasks::List(at) | Tasks::Get { at, .. } | Tasks::Cancel { at, .. } | Tasks::Wait { at, .. },
            ) => at,
            Command::Complete(Complete { at, .. }) | Command::Raw(Raw { at, .. }) | Command::Run(Script { at, .. }) => {
                at
            }
            Command::Chat(Chat { at, .. }) => at,
            Command::Servers(Servers::Add { at, .. }) => at,
            Command::Servers(_)
            | Command::Models
            | Command::Journal(_)
            | Command::Config(_)
            | Command::Completions { .. }
            | Command::DemoServer { .. } => return None,
        };
        at.target.as_deref()
    }
}
