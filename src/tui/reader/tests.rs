//! Readers walked through row by row, forwards and backwards.

use proptest::prelude::*;

use super::block::{Block, View};
use super::text::TextView;
use super::tree::text_views;
use super::*;
use crate::tui::keymap::Key;

fn json(text: &str) -> Reader {
    sized(Reader::of_json(RawJson::parse(text).expect("JSON")), 60, 12)
}

fn text(text: &str) -> Reader {
    sized(Reader::new(vec![Block::bare(vec![View::Text(TextView::new(text))])]), 40, 10)
}

fn sized(mut reader: Reader, cols: u16, height: u16) -> Reader {
    reader.resize(cols, height);
    reader
}

fn rows(reader: &Reader) -> Vec<String> {
    reader.rows(&Theme::default(), true).iter().map(|line| line.to_string().trim_end().to_owned()).collect()
}

fn act(reader: &mut Reader, actions: &[Action]) {
    for action in actions {
        reader.act(*action);
    }
}

fn copied(reader: &mut Reader, action: Action) -> String {
    match reader.act(action) {
        Reply::Copy { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

fn typed(reader: &mut Reader, text: &str) {
    reader.act(Action::Find);
    for c in text.chars() {
        let key: Key = c.to_string().parse().expect("a key");
        reader.find_key(key);
    }
}

#[test]
fn a_tree_folds_and_unfolds() {
    let mut reader = json(r#"{"a":[1,{"b":"x"}],"c":{},"d":1.10}"#);
    let all =
        ["▌▾ {3}", "   ▾ a: [2]", "       0: 1", "     ▾ 1: {1}", r#"         b: "x""#, "     c: {}", "     d: 1.10"];
    assert_eq!(rows(&reader), all);
    act(&mut reader, &[Action::Down, Action::Left]);
    assert_eq!(rows(&reader)[1], r#"▌  ▸ a: [2] [1,{"b":"x"}]"#);
    act(&mut reader, &[Action::ExpandAll]);
    assert_eq!(rows(&reader).len(), 7);
    act(&mut reader, &[Action::CollapseAll]);
    assert_eq!(rows(&reader).len(), 4, "the first level stays");
    act(&mut reader, &[Action::Right, Action::Right, Action::Down]);
    assert_eq!(reader.path().as_deref(), Some("$.a[1]"));
    assert_eq!(copied(&mut reader, Action::CopyPath), "$.a[1]");
    assert_eq!(copied(&mut reader, Action::Copy), r#"{"b":"x"}"#);
    act(&mut reader, &[Action::Open, Action::Down]);
    assert_eq!(copied(&mut reader, Action::Copy), "x", "a text without its quotes");
    act(&mut reader, &[Action::Left, Action::Left, Action::Left, Action::Left, Action::Left]);
    assert_eq!(reader.path().as_deref(), Some("$"), "left goes out, level by level");
}

#[test]
fn long_texts_are_folded_with_their_size_and_unfold_as_they_read() {
    let mut reader = json(&format!(r#"{{"t":"one\n\u001b[2J {}"}}"#, "word ".repeat(300)));
    let shown = rows(&reader);
    assert!(
        shown[1].starts_with(r#"     ▸ t: "one\n\u001b[2J word"#) || shown[1].contains(r#"t: "one\n\u001b"#),
        "{shown:?}"
    );
    assert!(shown[1].ends_with("… 1.5 KiB"), "{shown:?}");
    act(&mut reader, &[Action::Down, Action::Toggle]);
    let shown = rows(&reader);
    assert!(shown[1].ends_with("t: 1.5 KiB"), "{shown:?}");
    assert_eq!(shown[2].trim(), "one");
    assert!(shown[3].trim().starts_with("␛[2J word word"), "{shown:?}");
    // In full it is a page of its own.
    let Reply::Inside(inside) = reader.act(Action::Open) else { panic!("nothing opens") };
    assert_eq!(inside.title, "$.t");
    assert!(inside.is_plain());
}

#[test]
fn json_in_a_text_is_a_tree_and_the_text_one_key_away() {
    let mut reader = sized(Reader::new(vec![Block::new("text 1", text_views(r#" {"a":1} "#))]), 60, 10);
    assert_eq!(rows(&reader)[1].trim(), "▾ {1}");
    assert!(rows(&reader)[0].ends_with("v text"), "{:?}", rows(&reader));
    assert!(matches!(reader.act(Action::NextView), Reply::Say(said) if said == "shown as text"));
    assert_eq!(rows(&reader)[1].trim(), r#"{"a":1}"#);
    assert!(matches!(text("no json").act(Action::NextView), Reply::Say(_)));
}

#[test]
fn a_plain_text_scrolls_without_a_cursor() {
    let lines: Vec<String> = (0..30).map(|n| format!("line {n}")).collect();
    let mut reader = text(&(lines.join("\n") + "\n"));
    assert_eq!(rows(&reader)[0], " line 0");
    act(&mut reader, &[Action::Down]);
    assert_eq!(rows(&reader)[0], " line 1");
    act(&mut reader, &[Action::Bottom]);
    assert_eq!(rows(&reader).last().map(String::as_str), Some(" line 29"), "no empty line behind the last");
    act(&mut reader, &[Action::Down, Action::PageDown]);
    assert_eq!(rows(&reader)[0], " line 20");
    act(&mut reader, &[Action::PageUp, Action::PageUp, Action::PageUp]);
    assert_eq!(rows(&reader)[0], " line 0");
}

#[test]
fn searching_goes_to_what_is_folded_and_around() {
    let mut reader = json(r#"{"x":[[["needle"]]],"needle":2,"y":["n\u00e4h"]}"#);
    act(&mut reader, &[Action::CollapseAll]);
    typed(&mut reader, "needle");
    assert_eq!(reader.path().as_deref(), Some("$.x[0][0][0]"));
    reader.keep_find();
    act(&mut reader, &[Action::FindNext]);
    assert_eq!(reader.path().as_deref(), Some("$.needle"));
    act(&mut reader, &[Action::FindNext]);
    assert_eq!(reader.path().as_deref(), Some("$.x[0][0][0]"));
    assert_eq!(reader.find.as_ref().map(|find| find.said.as_str()), Some("from the beginning again"));
    act(&mut reader, &[Action::FindPrev]);
    assert_eq!(reader.path().as_deref(), Some("$.needle"));
    typed(&mut reader, "näh");
    assert_eq!(reader.path().as_deref(), Some("$.y[0]"), "also as JSON spells it");
    typed(&mut reader, "nowhere");
    assert_eq!(reader.find.as_ref().map(|find| find.said.as_str()), Some("not found"));
    reader.drop_find();
    assert!(!reader.is_typing());
}

#[test]
fn several_blocks_are_one_text() {
    let blocks =
        vec![Block::new("text 1", vec![View::Text(TextView::new("hello"))]), Block::new("text 2", text_views("[1]"))];
    let mut reader = sized(Reader::new(blocks), 30, 10);
    let below: Vec<String> = rows(&reader).into_iter().skip(1).collect();
    assert_eq!(below, [" hello", "", " text 2 ────────────── v text", " ▾ [1]", "     0: 1"]);
    act(&mut reader, &[Action::Bottom]);
    assert_eq!(copied(&mut reader, Action::Copy), "1");
    typed(&mut reader, "hello");
    assert_eq!(reader.cursor().block, 0);
}

#[test]
fn a_million_elements_cost_what_is_in_view() {
    let long = format!("[{}]", vec!["[1,2]"; 300_000].join(","));
    let mut reader = json(&long);
    act(&mut reader, &[Action::ExpandAll, Action::Bottom]);
    assert_eq!(reader.path().as_deref(), Some("$[299999][1]"));
    act(&mut reader, &[Action::PageUp, Action::PageUp]);
    assert_eq!(rows(&reader).len(), 12);
    assert_eq!(reader.percent(), 99);
    // 16 MB of one string: neither its end nor its lines are looked for.
    let mut reader = json(&format!("[\"{}\"]", "\\\"x".repeat(5_000_000)));
    act(&mut reader, &[Action::Down, Action::Right, Action::Bottom, Action::PageUp]);
    assert!(rows(&reader)[0].len() > 5);
    assert!(rows(&reader).iter().any(|row| row.contains('x')));
}

#[test]
fn hostile_shapes_and_tiny_sizes_end() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for source in [&*deep, r#"{"a\u202e":"\u0000"}"#, r#"{"":""}"#, "\"\"", "[[],{},\"\u{202e}\"]", r#"{"a":1,"a":2}"#]
    {
        for (cols, height) in [(0, 0), (1, 1), (3, 2), (10, 5), (80, 24)] {
            let mut reader = sized(Reader::of_json(RawJson::parse(source).expect("JSON")), cols, height);
            act(&mut reader, &[Action::ExpandAll, Action::Bottom, Action::PageUp, Action::Down, Action::Toggle]);
            for row in rows(&reader) {
                assert!(!row.chars().any(|c| c.is_control() || c == '\u{202e}'), "{row:?}");
            }
        }
    }
    let mut reader = sized(Reader::of_json(RawJson::parse(&*deep).expect("JSON")), 60, 10);
    act(&mut reader, &[Action::ExpandAll, Action::Bottom]);
    assert!(rows(&reader).iter().any(|row| row.contains("Enter goes deeper")), "{:?}", rows(&reader));
    let Reply::Inside(inner) = reader.act(Action::Open) else { panic!("nothing opens") };
    assert_eq!(inner.path().as_deref(), Some("$"));
}

/// Pieces of texts that are hard to cut.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        "[a-z ]{0,30}",
        Just("ä日😀".repeat(40)),
        Just("x".repeat(2_048)),
        Just("y ".repeat(1_500)),
    ];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_place_of_a_text_is_reached_from_both_ends(source in pieces(), cols in 5u16..90) {
        let reader = sized(text(&source), cols, 7);
        walk(&reader)?;
        let mut all = String::new();
        let mut place = Some(Place { unit: reader.blocks[0].first(), ..Place::default() });
        while let Some(at) = place {
            for row in reader.blocks[0].lines(at.unit, 10_000, true, &Theme::default()) {
                all.push_str(&row.to_string());
            }
            place = reader.next_unit(at);
        }
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(plain(&all), plain(&source), "nothing is lost between pieces");
    }

    #[test]
    fn every_value_of_a_tree_is_reached_from_both_ends(flips in prop::collection::vec(0u32..40, 0..20)) {
        let source = r#"{"a":[1,[2,{"b":"long enough to be unfolded, it says, and so it is"}],{}],"c":{"d":[[],[[1]]]},"e":"x\ny"}"#;
        let mut reader = json(source);
        for flip in flips {
            for _ in 0..flip {
                reader.act(Action::Down);
            }
            reader.act(Action::Toggle);
        }
        walk(&reader)?;
    }
}

/// From the first row to the last and back: the same rows, each once.
fn walk(reader: &Reader) -> Result<(), TestCaseError> {
    let mut down = Vec::new();
    let mut reader = reader.clone();
    reader.act(Action::Top);
    let mut at = reader.cursor();
    loop {
        down.push(at);
        prop_assert!(down.len() < 100_000);
        let next = reader.stepped(at, 1, false);
        if next == at {
            break;
        }
        prop_assert!(next > at);
        at = next;
    }
    let mut up = vec![at];
    loop {
        let next = reader.stepped(at, 1, true);
        if next == at {
            break;
        }
        up.push(next);
        at = next;
    }
    up.reverse();
    prop_assert_eq!(down, up);
    Ok(())
}
