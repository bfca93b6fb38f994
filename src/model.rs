//! Floor 0: plain data and rules. No async, no clock, no file, no terminal.

pub mod address;
pub mod argform;
pub mod call;
pub mod change;
pub mod chat;
pub mod envelope;
pub mod filter;
pub mod form;
pub mod id;
pub mod json;
pub mod log;
pub mod param_header;
pub mod provider;
pub mod question;
pub mod record;
pub mod schema;
pub mod server;
pub mod session;
pub mod task;
pub mod text;
pub mod toolname;
pub mod toolschema;
pub mod uritemplate;
pub mod wire;
