//! Floor 2: models. Each vendor's wire format has its file: a request is built and an answer decoded by pure functions;
//! [`Provider`] moves the bytes and keeps the deadlines.
//!
//! Nothing here knows of tools being called, of policy or of the screen: a [`crate::model::chat::ChatRequest`] goes in,
//! [`crate::model::chat::Delta`]s come out.

mod answer;
mod anthropic;
mod body;
mod decoder;
mod demo;
mod failure;
mod history;
mod images;
mod key;
mod leeway;
mod models;
mod openai_chat;
mod openai_responses;
mod provider;
#[cfg(test)]
mod tests;
mod watch;

pub use provider::{Patience, Provider};
pub use watch::Watch;
