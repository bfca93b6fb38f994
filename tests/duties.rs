//! The duties of a client, each in the eras that have it and over every transport, with the client's bytes.
//!
//! `duties/README.md` is the table: which duty, which test.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "duties/asked.rs"]
mod asked;
#[path = "duties/cached.rs"]
mod cached;
#[path = "duties/damaged.rs"]
mod damaged;
#[path = "duties/eras.rs"]
mod eras;
#[path = "duties/features.rs"]
mod features;
#[path = "duties/refused.rs"]
mod refused;
#[path = "duties/requests.rs"]
mod requests;
#[path = "duties/rounds.rs"]
mod rounds;
#[path = "duties/script.rs"]
mod script;
#[path = "duties/skills.rs"]
mod skills;
mod support;
#[path = "support/table.rs"]
mod table;
#[path = "duties/tasks.rs"]
mod tasks;
#[path = "duties/time.rs"]
mod time;
#[path = "duties/told.rs"]
mod told;

/// The table names tests as `file.rs::name`; each of them is there.
#[test]
fn every_test_that_the_table_names_exists() {
    let named = table::named("tests/duties/README.md", &["tests/", "tests/duties/", "src/"]);
    assert!(named > 80, "{named}");
}
