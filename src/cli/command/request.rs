//! What is asked of one server: tools, resources, prompts, skills, tasks, anything raw, and scripts of it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::At;

pub(super) const RUN: &str = "\
One JSON object a line; blank lines and lines that start with # are skipped. `\"as\"` keeps a step's result,
`${name.path[0].field}` and `${name.tools[name=x]}` insert from it, `\"allow_error\": true` goes on after a failure.

  {\"op\":\"tools.list\",\"as\":\"t\"}
  {\"op\":\"tools.call\",\"name\":\"add\",\"arguments\":{\"a\":5,\"b\":3},\"as\":\"sum\"}
  {\"op\":\"expect\",\"value\":\"${sum.structuredContent.total}\",\"equals\":8}

Operations: tools.list, tools.call, tools.call-all, resources.list, resources.read, prompts.list, prompts.get,
skills.list, skills.load, raw, sleep, expect.

Example:
  mcp-tui run smoke.jsonl --json -- node server.js";

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
