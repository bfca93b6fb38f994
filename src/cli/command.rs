//! The subcommands. The help of each ends with one example that works.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::options::Approve;
use crate::model::approval::Asking;
use crate::model::chat::Effort;

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
    #[command(after_help = RUN)]
    Run(Script),
    /// Talk with a model that works with the tools of the servers
    #[command(after_help = CHAT)]
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

const RUN: &str = "\
One JSON object a line; blank lines and lines that start with # are skipped. `\"as\"` keeps a step's result,
`${name.path[0].field}` and `${name.tools[name=x]}` insert from it, `\"allow_error\": true` goes on after a failure.

  {\"op\":\"tools.list\",\"as\":\"t\"}
  {\"op\":\"tools.call\",\"name\":\"add\",\"arguments\":{\"a\":5,\"b\":3},\"as\":\"sum\"}
  {\"op\":\"expect\",\"value\":\"${sum.structuredContent.total}\",\"equals\":8}

Operations: tools.list, tools.call, tools.call-all, resources.list, resources.read, prompts.list, prompts.get,
skills.list, skills.load, raw, sleep, expect.

Example:
  mcp-tui run smoke.jsonl --json -- node server.js";

const SEARCH: &str = "\
Terms side by side must all hold; `or` between them, `-` in front of one, ( ) around several:

  server:NAME  method:tools/*  dir:send|recv|stderr|note  id:7  \">200ms\"  \"<5ms\"  size:>1k  text  '\"quoted text\"'
  kind:request|response|notification|error|result|malformed|stderr|note|http|sse|batch|exit  is:error|slow

Example:
  mcp-tui journal search 'server:files is:error or >1s' last";

const CHAT: &str = "\
Without -p each line of standard input is a turn. Text goes to standard output, calls and notes to standard error; with
--json each event is one line. A call is made if the policy or --approve allows it, or a person at the terminal does.

Examples:
  mcp-tui chat -p 'Find my Python bookmarks' --approve read-only
  mcp-tui chat -p 'and add https://docs.rs' --resume last --model anthropic/claude-sonnet-5-5
  mcp-tui chat --show last > conversation.md";

/// `chat`
#[derive(Args, Clone, Debug)]
pub struct Chat {
    /// Say this, print the answer, and end
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// The model that answers; a provider alone stands for its usual model
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub model: Option<String>,
    /// Go on with a kept conversation: its name, the beginning of it, or `last`
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// Standing instructions for the model
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub system: Option<String>,
    /// How hard the model thinks
    #[arg(long, value_enum, value_name = "EFFORT")]
    pub effort: Option<EffortName>,
    /// Requests to the model in one turn before it is stopped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_rounds: Option<u32>,
    /// Who allows calls that the policy does not decide about [default: ask on a terminal, else none]
    #[arg(long, value_enum, value_name = "WHO")]
    pub approve: Option<Approve>,
    /// List the kept conversations
    #[arg(long, group = "kept", conflicts_with_all = ["prompt", "resume"])]
    pub list: bool,
    /// List the kept conversations in which this text is
    #[arg(long, group = "kept", value_name = "TEXT", conflicts_with_all = ["prompt", "resume"])]
    pub search: Option<String>,
    /// Print a kept conversation as Markdown, or with --json as JSON: its name, the beginning of it, or `last`
    #[arg(long, group = "kept", value_name = "ID", conflicts_with_all = ["prompt", "resume"])]
    pub show: Option<String>,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

/// `--effort`
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum EffortName {
    /// Not at all, where the model allows it
    None,
    /// Hardly
    Minimal,
    /// A little
    Low,
    /// As usual
    Medium,
    /// Hard
    High,
    /// Harder
    Xhigh,
    /// As hard as it can
    Max,
}

impl From<EffortName> for Effort {
    fn from(name: EffortName) -> Effort {
        match name {
            EffortName::None => Effort::None,
            EffortName::Minimal => Effort::Minimal,
            EffortName::Low => Effort::Low,
            EffortName::Medium => Effort::Medium,
            EffortName::High => Effort::High,
            EffortName::Xhigh => Effort::XHigh,
            EffortName::Max => Effort::Max,
        }
    }
}

/// What can be done with kept conversations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeptVerb {
    /// List them.
    List,
    /// List those with this text in them.
    Search(String),
    /// Print one.
    Show(String),
}

impl Chat {
    /// Who is asked when the policy asks. Nothing waits for a person who is not there.
    pub fn asking(&self, person: bool) -> Asking {
        match self.approve {
            Some(Approve::Ask) | None if person => Asking::Person,
            Some(Approve::Ask | Approve::None) | None => Asking::DenyAll,
            Some(Approve::ReadOnly) => Asking::ReadOnly,
            Some(Approve::All) => Asking::AllowAll,
        }
    }

    /// What is asked about kept conversations; `None` when something is to be said.
    pub fn kept(&self) -> Option<KeptVerb> {
        match (self.list, &self.search, &self.show) {
            (true, ..) => Some(KeptVerb::List),
            (_, Some(text), _) => Some(KeptVerb::Search(text.clone())),
            (_, _, Some(id)) => Some(KeptVerb::Show(id.clone())),
            (false, None, None) => None,
        }
    }
}

/// The server, where it is not given before the subcommand or by an option.
#[derive(Args, Clone, Debug, Default)]
pub struct At {
    /// The server: a URL or a script (or give `-s NAME`, `--url URL`, `-- CMD ARG...`)
    #[arg(value_name = "URL|SCRIPT")]
    pub target: Option<String>,
}

/// `tools …`
#[derive(Subcommand, Clone, Debug)]
pub enum Tools {
    /// List all tools
    #[command(after_help = "Example:\n  mcp-tui tools list --json -- node server.js")]
    List(At),
    /// Call a tool
    #[command(after_help = "Example:\n  mcp-tui tools call echo --arg message=hi -- node server.js")]
    Call(CallTool),
}

/// `tools call`
#[derive(Args, Clone, Debug)]
pub struct CallTool {
    /// The tool
    pub name: String,
    /// An argument, typed by the tool's input schema (repeatable)
    #[arg(long = "arg", value_name = "KEY=VALUE")]
    pub args: Vec<String>,
    /// All arguments as one JSON object, verbatim: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "args", allow_hyphen_values = true)]
    pub args_json: Option<String>,
    /// Send the arguments as they are, even to a tool that is not listed
    #[arg(long)]
    pub no_validate: bool,
    /// Ask for a task where the server leaves that to us (2025-11-25)
    #[arg(long)]
    pub task: bool,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

/// `resources …`
#[derive(Subcommand, Clone, Debug)]
pub enum Resources {
    /// List all resources
    #[command(after_help = "Example:\n  mcp-tui resources list server.py")]
    List(At),
    /// List all resource templates
    #[command(after_help = "Example:\n  mcp-tui resources templates server.py")]
    Templates(At),
    /// Read a resource
    #[command(after_help = "Example:\n  mcp-tui resources read file:///etc/motd -s files")]
    Read {
        /// The resource
        uri: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
    /// Print a resource each time it changes, until interrupted
    #[command(after_help = "Example:\n  mcp-tui resources watch bookmark://all --json")]
    Watch {
        /// The resource
        uri: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
}

/// `prompts …`
#[derive(Subcommand, Clone, Debug)]
pub enum Prompts {
    /// List all prompts
    #[command(after_help = "Example:\n  mcp-tui prompts list server.py")]
    List(At),
    /// Get a prompt's messages
    #[command(after_help = "Example:\n  mcp-tui prompts get review --arg language=rust -- node server.js")]
    Get {
        /// The prompt
        name: String,
        /// An argument (repeatable)
        #[arg(long = "arg", value_name = "KEY=VALUE")]
        args: Vec<String>,
        /// The server.
        #[command(flatten)]
        at: At,
    },
}

/// `skills …`
#[derive(Subcommand, Clone, Debug)]
pub enum Skills {
    /// List the skills, with their files; nothing of them is read
    #[command(after_help = "Example:\n  mcp-tui skills list -s docs")]
    List(At),
    /// Read a skill's SKILL.md, or another of its files, and check it against its digest, size and frontmatter
    #[command(
        after_help = "Example:\n  mcp-tui skills load skill://pdf-processing/SKILL.md --file references/FORMS.md -s docs"
    )]
    Load {
        /// The URI of its SKILL.md
        uri: String,
        /// Another of its files, by its path in the skill
        #[arg(long, value_name = "PATH")]
        file: Option<String>,
        /// The server.
        #[command(flatten)]
        at: At,
    },
}

/// `tasks …`
#[derive(Subcommand, Clone, Debug)]
pub enum Tasks {
    /// List the tasks that are known, as they stand now
    #[command(after_help = "Example:\n  mcp-tui tasks list -s builder")]
    List(At),
    /// Say where a task stands
    #[command(after_help = "Example:\n  mcp-tui tasks get 786512e2 -s builder")]
    Get {
        /// The task
        id: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
    /// Tell the server that a task is not wanted any more
    #[command(after_help = "Example:\n  mcp-tui tasks cancel 786512e2 -s builder")]
    Cancel {
        /// The task
        id: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
    /// Wait for a task's result and print it
    #[command(after_help = "Example:\n  mcp-tui tasks wait 786512e2 -s builder")]
    Wait {
        /// The task
        id: String,
        /// The server.
        #[command(flatten)]
        at: At,
    },
}

/// `complete`
#[derive(Args, Clone, Debug)]
pub struct Complete {
    /// The prompt whose argument it is
    #[arg(long, value_name = "NAME", conflicts_with = "resource", required_unless_present = "resource")]
    pub prompt: Option<String>,
    /// The resource template whose variable it is
    #[arg(long, value_name = "URI")]
    pub resource: Option<String>,
    /// The argument's name
    pub argument: String,
    /// What was typed so far
    #[arg(allow_hyphen_values = true)]
    pub value: String,
    /// An argument that is already known, k=v (repeatable)
    #[arg(long = "arg", value_name = "K=V")]
    pub args: Vec<String>,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

/// `raw`
#[derive(Args, Clone, Debug)]
pub struct Raw {
    /// The method
    pub method: String,
    /// The parameters as JSON: JSON, @FILE, or - for standard input
    #[arg(value_name = "PARAMS")]
    pub params: Option<String>,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

/// `run`
#[derive(Args, Clone, Debug)]
pub struct Script {
    /// The script, or - for standard input
    #[arg(value_name = "SCRIPT.jsonl")]
    pub script: PathBuf,
    /// The server.
    #[command(flatten)]
    pub at: At,
}

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
