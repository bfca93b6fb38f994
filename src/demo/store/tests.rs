//! The store on its own: bounds, search, and what survives in the file.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;

fn draft(url: &str) -> Draft {
    Draft { url: url.into(), title: "A title".into(), tags: vec!["Rust".into(), "rust".into(), "docs".into()] }
}

#[test]
fn the_seed_is_valid_and_numbered_from_one() {
    let store = Store::open(None).unwrap();
    let file = File { version: 1, next_id: store.next_id, bookmarks: store.bookmarks.clone() };
    parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    assert_eq!(store.all().first().unwrap().id, 1);
    assert!(store.all().len() >= 12);
}

#[test]
fn every_import_is_valid_and_new() {
    let mut store = Store::open(None).unwrap();
    for index in 0..50 {
        let (url, title, tags) = seed::import(index);
        store.add(Draft { url, title, tags }).unwrap();
    }
}

#[test]
fn tags_are_normalised_and_ids_never_reused() {
    let mut store = Store::open(None).unwrap();
    let first = store.add(draft("https://a.example")).unwrap();
    assert_eq!(first.tags, ["rust", "docs"]);
    store.remove(first.id).unwrap();
    let second = store.add(draft("https://a.example")).unwrap();
    assert_eq!(second.id, first.id + 1);
    assert!(matches!(store.get(first.id), Err(StoreError::Missing(_))));
}

#[test]
fn what_is_not_usable_is_refused_and_changes_nothing() {
    let mut store = Store::open(None).unwrap();
    let before = store.all().to_vec();
    for url in
        ["", "ftp://a.example", "https://", "https:///path", "https://a b", "https://a\u{7}", "javascript:alert(1)"]
    {
        assert!(matches!(store.add(draft(url)), Err(StoreError::Url(_))), "{url:?}");
    }
    let long = format!("https://a.example/{}", "x".repeat(MAX_URL));
    assert!(matches!(store.add(draft(&long)), Err(StoreError::UrlLength(_))));
    for title in ["", "  ", "two\nlines", &"x".repeat(MAX_TITLE + 1)] {
        let draft = Draft { title: title.into(), ..draft("https://a.example") };
        assert!(matches!(store.add(draft), Err(StoreError::Title(_))), "{title:?}");
    }
    for tag in ["", "-x", "a b", "ü", &"x".repeat(MAX_TAG + 1)] {
        let draft = Draft { tags: vec![tag.into()], ..draft("https://a.example") };
        assert!(matches!(store.add(draft), Err(StoreError::Tag(_))), "{tag:?}");
    }
    let many = (0..=MAX_TAGS).map(|number| format!("t{number}")).collect();
    assert!(matches!(store.add(Draft { tags: many, ..draft("https://a.example") }), Err(StoreError::Tags(_))));
    assert!(matches!(store.add(draft(&before[0].url)), Err(StoreError::Duplicate { id: 1, .. })));
    assert_eq!(store.all(), before);
}

#[test]
fn the_store_fills_up() {
    let mut store = Store::open(None).unwrap();
    let mut number = 0;
    let error = loop {
        match store.add(draft(&format!("https://example.org/{number}"))) {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full));
    assert_eq!(store.all().len(), MAX_BOOKMARKS);
}

#[test]
fn edits_replace_add_and_remove_tags() {
    let mut store = Store::open(None).unwrap();
    let tags = |mode, tags: &[&str]| Edit {
        tags: Some((mode, tags.iter().map(|&tag| tag.to_owned()).collect())),
        ..Edit::default()
    };
    let (_, after) = store.update(1, tags(TagMode::Add, &["best", "python"])).unwrap();
    assert_eq!(after.tags, ["python", "tutorial", "docs", "best"]);
    let (_, after) = store.update(1, tags(TagMode::Remove, &["docs", "absent"])).unwrap();
    assert_eq!(after.tags, ["python", "tutorial", "best"]);
    let (before, after) = store.update(1, tags(TagMode::Replace, &[])).unwrap();
    assert_eq!((before.tags.len(), after.tags.len()), (3, 0));
    assert!(matches!(store.update(1, Edit::default()), Err(StoreError::NothingToChange)));
    assert!(matches!(store.update(99, tags(TagMode::Add, &["x"])), Err(StoreError::Missing(99))));
}

#[test]
fn a_search_wants_every_word_and_the_tag() {
    let store = Store::open(None).unwrap();
    let ids =
        |query: &str, tag: Option<&str>| store.search(query, tag).iter().map(|found| found.id).collect::<Vec<_>>();
    assert_eq!(ids("TUTORIAL tokio", None), [6]);
    assert_eq!(ids("sdk", Some("python")), [9]);
    assert_eq!(ids("no such thing", None), [0_u64; 0]);
    assert_eq!(ids("", None).len(), store.all().len());
    assert_eq!(store.tags()["python"], 4);
}

#[test]
fn a_file_is_written_on_change_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bookmarks.json");
    let mut store = Store::open(Some(path.clone())).unwrap();
    assert!(!path.exists(), "reading changes nothing");
    let added = store.add(draft("https://a.example")).unwrap();
    store.remove(2).unwrap();
    let again = Store::open(Some(path)).unwrap();
    assert_eq!(again.all(), store.all());
    assert_eq!(again.get(added.id).unwrap(), &added);
    assert_eq!(again.next_id, store.next_id);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_damaged_file_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bookmarks.json");
    for (text, problem) in [
        ("", "EOF"),
        ("{\"version\":1,", "EOF"),
        ("{\"version\":2,\"next_id\":1,\"bookmarks\":[]}", "version is 2"),
        ("{\"version\":1,\"next_id\":1,\"bookmarks\":[],\"more\":0}", "unknown field"),
        (
            "{\"version\":1,\"next_id\":9,\"bookmarks\":[{\"id\":3,\"url\":\"x\",\"title\":\"t\",\"tags\":[]}]}",
            "bookmark 3: the url",
        ),
        (
            "{\"version\":1,\"next_id\":2,\"bookmarks\":[{\"id\":2,\"url\":\"https://a\",\"title\":\"t\",\"tags\":[]}]}",
            "out of order",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let error = Store::open(Some(path.clone())).unwrap_err().to_string();
        assert!(error.contains("bookmarks.json") && error.contains(problem), "{text}: {error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_change_that_cannot_be_saved_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gone").join("bookmarks.json");
    let mut store = Store::open(Some(path)).unwrap();
    let before = store.all().to_vec();
    assert!(matches!(store.remove(1), Err(StoreError::Save { .. })));
    assert_eq!(store.all(), before);
}
