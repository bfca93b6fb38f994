//! Tables over the keys.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use super::*;

fn custom(context: &str, action: &str, keys: &[&str]) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    BTreeMap::from([(context.to_owned(), BTreeMap::from([(action.to_owned(), keys)]))])
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

#[test]
fn the_table_has_no_conflicts_and_no_key_that_types_text_where_text_is_typed() {
    let keymap = Keymap::new(&BTreeMap::new()).unwrap();
    for context in Context::ALL.into_iter().filter(|context| context.is_text()) {
        for binding in keymap.of(context) {
            assert!(binding.keys.iter().all(|key| !key.types_text()), "{binding:?}");
        }
    }
}

#[test]
fn letters_never_act_while_text_is_typed() {
    let keymap = Keymap::default();
    for context in [Context::Editor, Context::Filter] {
        for c in ' '..='~' {
            assert_eq!(keymap.action(context, Key::plain(crossterm::event::KeyCode::Char(c))), None, "{c:?}");
        }
        assert_eq!(keymap.action(context, key("ctrl-c")), Some(Action::ForceQuit));
        assert_eq!(keymap.action(context, key("esc")), Some(Action::Back));
    }
    assert_eq!(keymap.action(Context::Editor, key("left")), None, "arrows move the cursor");
    assert_eq!(keymap.action(Context::Editor, key("enter")), None, "Enter is a line break");
}

#[test]
fn a_context_wins_over_everywhere_and_a_window_lets_little_through() {
    let keymap = Keymap::default();
    assert_eq!(keymap.action(Context::Log, key("enter")), Some(Action::Open));
    assert_eq!(keymap.action(Context::Log, key("j")), Some(Action::Down));
    assert_eq!(keymap.action(Context::Help, key("q")), Some(Action::Close));
    assert_eq!(keymap.action(Context::Help, key("j")), Some(Action::Down));
    assert_eq!(keymap.action(Context::Help, key("x")), None);
    assert_eq!(keymap.action(Context::Quit, key("q")), Some(Action::Quit));
}

#[test]
fn keys_can_be_given_and_taken_away() {
    let keymap = Keymap::new(&custom("log", "follow", &["F", "ctrl-f"])).unwrap();
    assert_eq!(keymap.action(Context::Log, key("F")), Some(Action::Follow));
    assert_eq!(keymap.action(Context::Log, key("ctrl-f")), Some(Action::Follow));
    assert_eq!(keymap.action(Context::Log, key("f")), None);
    let keymap = Keymap::new(&custom("global", "suspend", &[])).unwrap();
    assert_eq!(keymap.action(Context::Log, key("ctrl-z")), None);
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    for (context, action, keys, said) in [
        (
            "logg",
            "follow",
            &["f"][..],
            "keys.logg: there is no such context; there are inspector, work, arguments, result, find, editor",
        ),
        ("log", "folow", &["f"], "keys.log.folow: there is no such action; there are open, filter"),
        ("log", "follow", &["hyper-f"], "keys.log.follow: `hyper-f` is no key"),
        ("log", "follow", &["p"], "keys.log.follow and keys.log.pair: both are on p"),
        ("editor", "send", &["s"], "keys.editor.send: `s` types text here"),
    ] {
        let error = Keymap::new(&custom(context, action, keys)).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn keys_are_written_as_they_are_read() {
    for (text, shown) in [
        ("ctrl-s", "Ctrl-S"),
        ("C-S", "Ctrl-S"),
        ("shift-tab", "S-Tab"),
        ("shift-a", "A"),
        ("alt-enter", "Alt-Enter"),
        ("pgdn", "PgDn"),
        ("space", "Space"),
        ("f12", "F12"),
        ("-", "-"),
        ("ctrl--", "Ctrl--"),
    ] {
        let parsed = key(text);
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(key(shown), parsed, "{shown}");
    }
    for text in ["", "ctrl-", "f25", "f0", "entr", "hyper-x"] {
        assert!(text.parse::<Key>().is_err(), "{text:?}");
    }
}

#[test]
fn hints_come_from_the_table_and_neighbours_share_them() {
    let keymap = Keymap::default();
    let hints = keymap.hints(Context::Log, |action| action != Action::Cancel);
    let shown: Vec<String> = hints
        .iter()
        .map(|(keys, hint)| format!("{} {hint}", keys.iter().map(|key| key.show(true)).collect::<String>()))
        .collect();
    assert_eq!(shown[0], "↵ open");
    assert!(shown.contains(&"↑↓ move".to_owned()), "{shown:?}");
    assert!(!shown.iter().any(|hint| hint.contains("cancel")));
}

#[test]
fn where_text_is_typed_a_hint_names_the_key_that_works_there() {
    let keymap = Keymap::default();
    let help = |context| {
        let hints = keymap.hints(context, |action| action == Action::Help);
        hints.iter().map(|(keys, _)| keys.iter().map(|key| key.show(true)).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(help(Context::Log), ["?"]);
    for context in [Context::Composer, Context::Editor, Context::Resend, Context::Find, Context::Filter] {
        assert_eq!(help(context), ["F1"], "{context:?}");
    }
}
