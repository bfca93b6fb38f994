//! `mcp-tui`: reads the command line, picks a front end, returns an exit code. Nothing else happens here.

use std::process::ExitCode;

use mcp_tui::cli::Args;
use mcp_tui::mcp::stdio::watchdog;
use mcp_tui::{headless, logging, workbench};

fn main() -> ExitCode {
    if watchdog::is_asked() {
        return watchdog::run();
    }
    watchdog::arm();
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(stop) => return headless::stopped(&stop),
    };
    logging::start(&args.options);
    if args.command.is_some() { headless::run(&args, workbench::check_keys) } else { workbench::open(&args) }
}
