//! mcp-tui: a workbench for the Model Context Protocol in a terminal.
//!
//! The tree has floors; each may import only what lies below it (`tests/architecture.rs` checks it):
//!
//! * floor 0, [`model`]: plain data and rules: no async, no clock, no files, no terminal.
//! * floor 1, `app`: the pure machine `update(&mut State, Event) -> Vec<Effect>`.
//! * floor 2, `mcp`, [`llm`], `journal`, `runtime`, [`demo`]: where bytes, processes, sockets and time are.
//! * floor 3, `tui`, [`headless`]: two front ends over the same core that never see each other.
//!
//! `ARCHITECTURE.md` says why.

pub mod app;
pub mod cli;
pub mod config;
mod cut;
pub mod demo;
pub mod headless;
pub mod journal;
pub mod llm;
pub mod logging;
pub mod mcp;
pub mod model;
pub mod paths;
mod replace;
pub mod runtime;
mod sse;
pub mod tui;
pub mod workbench;
