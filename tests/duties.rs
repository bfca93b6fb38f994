//! The duties of a client, each in the eras that have it and over every transport, with the client's bytes.
//!
//! `duties/README.md` is the table: which duty, which test.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

#[path = "duties/asked.rs"]
mod asked;
#[path = "duties/cached.rs"]
mod cached;
#[path = "duties/eras.rs"]
mod eras;
#[path = "duties/features.rs"]
mod features;
#[path = "duties/requests.rs"]
mod requests;
#[path = "duties/rounds.rs"]
mod rounds;
#[path = "duties/script.rs"]
mod script;
#[path = "duties/skills.rs"]
mod skills;
mod support;
#[path = "duties/tasks.rs"]
mod tasks;
#[path = "duties/told.rs"]
mod told;

/// The table names tests as `file.rs::name`; each of them is there.
#[test]
fn every_test_that_the_table_names_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("tests/duties/README.md")).unwrap();
    let mut named = 0;
    for word in table.split('`') {
        let Some((file, test)) = word.split_once(".rs::") else { continue };
        let places = [format!("tests/{file}.rs"), format!("tests/duties/{file}.rs"), format!("src/{file}.rs")];
        let source = places.iter().find_map(|place| std::fs::read_to_string(root.join(place)).ok());
        let source = source.unwrap_or_else(|| panic!("{word}: no such file"));
        assert!(source.contains(&format!("fn {test}(")), "{word}: no such test");
        named += 1;
    }
    assert!(named > 60, "{named}");
}
