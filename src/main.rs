//! mcp-tui.
fn main() {}
