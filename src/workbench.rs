//! Opens the workbench: the one place where a run with a screen begins.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::cli::Args;
use crate::cli::startup::Startup;
use crate::headless::{Failed, Output};

/// Runs the workbench until the person leaves it.
pub fn open(args: &Args) -> ExitCode {
    let mut out = Output::new(args.options.json, args.options.color);
    match try_open(args, &mut out) {
        Ok(code) => code,
        Err(failed) => {
            out.failure(&failed);
            out.finish(failed.exit())
        }
    }
}

fn try_open(args: &Args, out: &mut Output) -> Result<ExitCode, Failed> {
    let startup = Startup::load(&args.options)?;
    let _servers = startup.all(args)?.servers;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failed::usage(
            "the workbench needs a terminal; without one use a subcommand, such as `mcp-tui tools list` (all of them: `mcp-tui --help`)",
        ));
    }
    let _runtime = startup.run(&args.options, true, &mut |text| out.warning(&text))?;
    Err(Failed::usage("this build has no workbench yet; use a subcommand (`mcp-tui --help`)"))
}
