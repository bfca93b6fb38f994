//! Our own diagnostics: to a file in the state directory, and only when `MCP_TUI_LOG` asks for them. Never to a terminal.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::cli::Options;
use crate::paths::{Paths, create_private};

/// The variable that holds the filter, such as `debug` or `mcp_tui::mcp=trace`.
const FILTER: &str = "MCP_TUI_LOG";
/// The file in the state directory.
const FILE: &str = "mcp-tui.log";

/// Starts logging if it is wanted. Diagnostics that cannot be written are no reason not to work.
pub fn start(options: &Options) {
    let Some(filter) = std::env::var(FILTER).ok().filter(|filter| !filter.is_empty()) else { return };
    let Some(dir) = Paths::find(options.config.as_deref(), options.config_dir.as_deref()).state_dir else { return };
    if create_private(&dir).is_err() {
        return;
    }
    let mut open = OpenOptions::new();
    open.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let Ok(file) = open.open(dir.join(FILE)) else { return };
    // Fails only when something has set a subscriber already, and then that one is right.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init()
        .ok();
}
