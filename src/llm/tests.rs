//! The wire formats against transcripts as vendors send them, and requests as vendors want them.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

mod decoding;
mod provider;
mod requests;
mod traffic;
