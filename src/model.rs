//! Floor 0: plain data and rules. No async, no clock, no file, no terminal.

pub mod json;
pub mod schema;
pub mod server;
pub mod text;
