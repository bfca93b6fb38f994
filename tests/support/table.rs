//! Tables in Markdown that name tests as `file.rs::name`.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

/// How many tests the table names; each must be a function of that name, in its file below one of these directories.
pub(crate) fn named(table: &str, below: &[&str]) -> usize {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join(table)).unwrap();
    let mut named = 0;
    for word in table.split('`') {
        let Some((file, test)) = word.split_once(".rs::") else { continue };
        let mut places = below.iter().map(|below| root.join(format!("{below}{file}.rs")));
        let source = places.find_map(|place| std::fs::read_to_string(place).ok());
        let source = source.unwrap_or_else(|| panic!("{word}: no such file"));
        assert!(source.contains(&format!("fn {test}(")), "{word}: no such test");
        named += 1;
    }
    named
}
