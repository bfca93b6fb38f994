//! The duties of a client, each in the eras that have it and over both transports, with the client's bytes.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "duties/cached.rs"]
mod cached;
#[path = "duties/requests.rs"]
mod requests;
#[path = "duties/rounds.rs"]
mod rounds;
#[path = "duties/skills.rs"]
mod skills;
#[path = "duties/script.rs"]
mod script;
mod support;
#[path = "duties/tasks.rs"]
mod tasks;
#[path = "duties/told.rs"]
mod told;
