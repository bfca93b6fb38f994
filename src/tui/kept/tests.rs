//! What is remembered stays small and comes back as it was.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;

fn item(name: &str) -> KeptItem {
    KeptItem { server: "demo".into(), list: "tools/list".into(), item: name.into() }
}

fn call(name: &str, text: &str, at: u64) -> PastCall {
    PastCall { item: item(name), text: text.into(), at }
}

fn texts(history: &History, name: &str) -> Vec<String> {
    history.of(&item(name)).map(|call| call.text.clone()).collect()
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let mut kept = Kept::default();
    kept.layout.wide.log = Some(300);
    kept.filters.save(SavedFilter { name: "errors".into(), text: "is:error >200ms".into() });
    kept.history.remember(call("get-sum", "{\n  \"a\": 1.0e2\n}", 7));
    kept.presets.save(Preset { item: item("get-sum"), name: "big".into(), text: "{\"a\":1e300}".into() });
    let mut again = Kept::default();
    for shelf in Shelf::ALL {
        again.read(shelf, &kept.text(shelf)).unwrap();
    }
    assert_eq!(again, kept);
}

#[test]
fn a_file_that_makes_no_sense_changes_nothing() {
    let mut kept = Kept::default();
    kept.history.remember(call("a", "{}", 1));
    let before = kept.clone();
    for text in ["", "{", "7", "{\"wide\": 7}", "[7]"] {
        for shelf in Shelf::ALL {
            assert!(kept.read(shelf, text).is_err(), "{shelf:?} {text}");
        }
    }
    assert_eq!(kept, before);
    // What a later version may add is no reason to forget the rest.
    kept.read(Shelf::Layout, "{\"wide\":{\"log\":200,\"new\":1},\"huge\":{}}").unwrap();
    assert_eq!(kept.layout.wide.log, Some(200));
}

#[test]
fn the_same_arguments_are_remembered_once_and_newest_first() {
    let mut history = History::default();
    for (at, text) in ["1", "2", "1", "3"].into_iter().enumerate() {
        history.remember(call("a", text, at as u64));
    }
    history.remember(call("b", "1", 9));
    assert_eq!(texts(&history, "a"), ["3", "1", "2"]);
    assert_eq!(texts(&history, "b"), ["1"]);
}

#[test]
fn nothing_grows_without_end() {
    let mut history = History::default();
    for at in 0..200 {
        history.remember(call("a", &at.to_string(), at));
    }
    assert_eq!(texts(&history, "a").len(), CALLS_OF_ONE);
    assert_eq!(texts(&history, "a")[0], "199");
    for at in 0..2_000 {
        history.remember(call(&at.to_string(), "{}", at));
    }
    assert_eq!(history.0.len(), CALLS);
    history.remember(call("long", &"x".repeat(TEXT + 1), 1));
    assert!(texts(&history, "long").is_empty());
    for at in 0..100 {
        history.remember(call(&at.to_string(), &"x".repeat(TEXT), at));
    }
    assert_eq!(history.0.len(), TEXTS / TEXT);
    let mut presets = Presets::default();
    for at in 0..=NAMED {
        presets.save(Preset { item: item("a"), name: at.to_string(), text: String::new() });
    }
    assert_eq!((presets.0.len(), presets.0[0].name.as_str()), (NAMED, "1"));
}

#[test]
fn names_are_unique_where_they_are_used() {
    let mut kept = Kept::default();
    for text in ["1", "2"] {
        kept.filters.save(SavedFilter { name: "n".into(), text: text.into() });
        for of in ["a", "b"] {
            kept.presets.save(Preset { item: item(of), name: "n".into(), text: text.into() });
        }
    }
    assert_eq!(kept.filters.0.len(), 1);
    assert_eq!(kept.filters.0[0].text, "2");
    assert_eq!(kept.presets.of(&item("a")).map(|preset| preset.text.as_str()).collect::<Vec<_>>(), ["2"]);
}
