//! The HTTP transports against servers that say exactly the scripted bytes.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

mod answers;
mod engine;
mod legacy;
mod limits;
mod retries;
mod rig;
mod streams;
mod subscriptions;
