//! What is about files of this program: servers and the rest of the config, journals.

use std::path::PathBuf;

use clap::Subcommand;

use super::At;

const SEARCH: &str = "\
Terms side by side must all hold; `or` between them, `-` in front of one, ( ) around several:

  server:NAME  method:tools/*  dir:send|recv|stderr|note  id:7  \">200ms\"  \"<5ms\"  size:>1k  text  '\"quoted text\"'
  kind:request|response|notification|error|result|malformed|stderr|note|http|sse|batch|exit  is:error|slow

Example:
  mcp-tui journal search 'server:files is:error or >1s' last";

/// `servers …`
#[derive(Subcommand, Clone, Debug)]
pub enum Servers {
    /// List the configured servers
    #[command(after_help = "Example:\n  mcp-tui servers list")]
    List,
    /// Add a server to the config
    #[command(
        after_help = "Example:\n  mcp-tui servers add files -e LEVEL=debug -- npx -y @modelcontextprotocol/server-filesystem /tmp"
    )]
    Add {
        /// Its name
        name: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
    /// Remove a server from the config
    #[command(after_help = "Example:\n  mcp-tui servers remove files")]
    Remove {
        /// Its name
        name: String,
    },
    /// Start a server with the others again
    #[command(after_help = "Example:\n  mcp-tui servers enable files")]
    Enable {
        /// Its name
        name: String,
    },
    /// Keep a server in the config, but do not start it with the others
    #[command(after_help = "Example:\n  mcp-tui servers disable files")]
    Disable {
        /// Its name
        name: String,
    },
    /// Take servers over from another program's config file
    #[command(after_help = "Example:\n  mcp-tui servers import .mcp.json")]
    Import {
        /// The file
        file: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Connect to servers and say how it went
    #[command(after_help = "Example:\n  mcp-tui servers test files")]
    Test {
        /// The servers; every enabled one without a name
        names: Vec<String>,
    },
}

/// `journal …`
#[derive(Subcommand, Clone, Debug)]
pub enum Journal {
    /// List the recorded runs
    #[command(after_help = "Example:\n  mcp-tui journal list")]
    List,
    /// Print the records of a run
    #[command(after_help = "Example:\n  mcp-tui journal show last --server files --limit 20")]
    Show {
        /// The journal: a file, its name in the journal directory, or `last`
        #[arg(default_value = "last")]
        file: PathBuf,
        /// Only the newest N records
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Print the records of a run that fit a filter, as in the log of the workbench
    #[command(after_help = SEARCH)]
    Search {
        /// The filter: text, server:x, method:tools/*, is:error, '>200ms', …
        #[arg(allow_hyphen_values = true)]
        filter: String,
        /// The journal: a file, its name in the journal directory, or `last`
        #[arg(default_value = "last")]
        file: PathBuf,
        /// Only the newest N records
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
}

/// `config …`
#[derive(Subcommand, Clone, Debug)]
pub enum Config {
    /// Print where things are
    #[command(after_help = "Example:\n  mcp-tui config path")]
    Path,
    /// Check the config file
    #[command(after_help = "Example:\n  mcp-tui config check --config ./config.toml")]
    Check,
    /// Print what the config amounts to
    #[command(after_help = "Example:\n  mcp-tui config show --json")]
    Show,
}
