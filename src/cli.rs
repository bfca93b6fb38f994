//! The command line: everything that can be typed, and nothing about what it does.
//!
//! [`command`] has the subcommands, [`options`] what goes with all of them, [`startup`] turns both and the config into
//! the servers of a run.

pub mod command;
pub mod options;
pub mod startup;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser};

pub use command::Command;
pub use options::{Approve, Color, Elicit, Options, Sampling};

const EXAMPLES: &str = "\
Examples:
  mcp-tui                                      the configured servers, or the built-in demo
  mcp-tui https://example.com/mcp              one server over HTTP
  mcp-tui -- npx -y @modelcontextprotocol/server-everything
  mcp-tui --resume last                        the configured servers and the newest conversation
  mcp-tui tools call echo --arg message=hi -- node server.js";

/// Everything that was typed.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "mcp-tui",
    version,
    about = "A workbench for the Model Context Protocol in a terminal",
    long_about = "A workbench for the Model Context Protocol in a terminal.\n\n\
        Without a subcommand it opens the workbench; with one it works without a screen.",
    override_usage = "mcp-tui [OPTIONS] [URL|SCRIPT] [COMMAND] [-- CMD ARG...]",
    after_help = EXAMPLES
)]
pub struct Args {
    /// A server: the URL of an HTTP endpoint, or a script (.py, .js, .mjs, .ts)
    #[arg(value_name = "URL|SCRIPT")]
    pub target: Option<String>,
    /// Go on with a kept conversation in the workbench: its name, the beginning of it, or `last`
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// The workbench in ASCII alone, for terminals and fonts that know no more
    #[arg(long)]
    pub ascii: bool,
    /// What goes with every subcommand.
    #[command(flatten)]
    pub options: Options,
    /// What to do; the workbench without one.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What stood after `--`: the command line of a server.
    #[arg(skip)]
    pub server_command: Vec<String>,
}

/// Why there is nothing to do: a mistake, or `--help` and `--version`.
#[derive(Debug)]
pub struct Stop {
    /// What clap says about it.
    pub error: clap::Error,
    /// Whether the answer should be JSON.
    pub json: bool,
}

impl Stop {
    /// Whether it is a text that was asked for.
    pub fn is_answer(&self) -> bool {
        matches!(self.error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
    }

    /// Whether the line only ends too early, so that the help of what was begun is the best answer.
    pub fn is_incomplete(&self) -> bool {
        self.error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    }

    /// What is wrong in one line, with where to read on.
    pub fn one_line(&self) -> String {
        if self.is_incomplete() {
            return "a subcommand is missing; see --help".to_owned();
        }
        let text = self.error.to_string();
        let mut paragraphs = text.trim().trim_start_matches("error: ").split("\n\n");
        let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut line = joined(paragraphs.next().unwrap_or_default());
        for paragraph in paragraphs {
            // Another hint of clap is to put things behind `--`, which means something else here.
            if let Some(tip) = paragraph.trim().strip_prefix("tip: ").filter(|tip| tip.contains("similar")) {
                line = format!("{line} ({})", joined(tip));
            }
            if let Some(usage) = paragraph.trim().strip_prefix("Usage: ") {
                let words = usage.split_whitespace();
                let command: Vec<_> = words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
                line = format!("{line}; see `{} --help`", command.join(" "));
            }
        }
        line
    }
}

impl Args {
    /// Reads a command line, the program's name first.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Args, Stop> {
        // The first `--` ends our own words wherever it stands: what follows is a server's command line, not ours to read.
        let mut words: Vec<OsString> = words.into_iter().collect();
        let end = words.iter().position(|word| word == "--");
        let after = end.map(|end| words.split_off(end)).unwrap_or_default();
        let json = words.iter().any(|word| word == "--json");
        let plain = words.windows(2).any(|pair| pair[0] == "--color" && pair[1] == "never")
            || words.iter().any(|word| word == "--color=never");
        let color = if plain { ColorChoice::Never } else { ColorChoice::Auto };
        let mut command = Self::command().color(color);
        let parse = |command: &mut clap::Command| {
            let matches = command.try_get_matches_from_mut(gathered(words))?;
            let mut args = Self::from_arg_matches(&matches)?;
            for word in after.into_iter().skip(1) {
                let word = word.into_string().map_err(|word| {
                    let message = format!("not valid text after `--`: {}", word.display());
                    command.error(ErrorKind::InvalidUtf8, message)
                })?;
                args.server_command.push(word);
            }
            if end.is_some() && args.server_command.is_empty() {
                return Err(
                    command.error(ErrorKind::MissingRequiredArgument, "a server's command is missing after `--`")
                );
            }
            if args.ascii && args.command.is_some() {
                let message = "`--ascii` goes with the workbench";
                return Err(command.error(ErrorKind::ArgumentConflict, message));
            }
            if args.resume.is_some() {
                match &mut args.command {
                    None => {}
                    Some(Command::Chat(chat)) if chat.resume.is_none() => chat.resume = args.resume.take(),
                    Some(_) => {
                        let message = "`--resume` goes with the workbench or with `chat`, once";
                        return Err(command.error(ErrorKind::ArgumentConflict, message));
                    }
                }
            }
            Ok(args)
        };
        parse(&mut command).map_err(|error| Stop { error, json })
    }

    /// The target that was typed before the subcommand, after it, or as `--url`; the error names two of them.
    pub fn target(&self) -> Result<Option<&str>, String> {
        let after = self.command.as_ref().and_then(Command::target);
        let mut given = [self.target.as_deref(), self.options.url.as_deref(), after].into_iter().flatten();
        let first = given.next();
        match (first, given.next()) {
            (Some(first), Some(second)) => Err(format!("two servers given, `{first}` and `{second}`; give one")),
            _ => Ok(first),
        }
    }
}

/// Moves options that may be repeated to the front: clap keeps those of one side of a subcommand only, and a header
/// that is dropped in silence is worse than none.
fn gathered(words: Vec<OsString>) -> Vec<OsString> {
    const LONG: [&str; 4] = ["--header", "--env", "--root", "--server"];
    const SHORT: [&str; 2] = ["-e", "-s"];
    let mut words = words.into_iter();
    let mut front: Vec<OsString> = words.next().into_iter().collect();
    let mut rest = Vec::new();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        let alone = LONG.contains(&text) || SHORT.contains(&text);
        let joined = LONG.iter().any(|long| text.strip_prefix(long).is_some_and(|rest| rest.starts_with('=')))
            || SHORT.iter().any(|short| text.len() > short.len() && text.starts_with(short) && !text.starts_with("--"));
        match (alone, joined) {
            (true, _) => {
                front.push(word);
                front.extend(words.next());
            }
            (_, true) => front.push(word),
            _ => rest.push(word),
        }
    }
    front.extend(rest);
    front
}
