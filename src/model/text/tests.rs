//! Hostile texts, one by one and at random.

use std::borrow::Cow;

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

#[test]
fn hostile_lines_show_themselves() {
    let table: &[(&str, &str)] = &[
        ("", ""),
        ("plain text", "plain text"),
        // Escape sequences, reports, titles, clipboard.
        ("\x1b[2J\x1b[1;1H", "␛[2J␛[1;1H"),
        ("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇"),
        ("\x05\x0e\0", "␅␎␀"),
        ("a\u{9b}31m", "a⟨U+009B⟩31m"),
        ("\u{85}", "⟨U+0085⟩"),
        // Overwriting.
        ("safe\revil", "safe␍evil"),
        ("safe\x08\x08\x7f", "safe␈␈␡"),
        ("a\tb", "a␉b"),
        ("a\nb\r\nc", "a␊b␍␊c"),
        // Direction and zero width.
        ("a\u{202e}b", "a⟨U+202E⟩b"),
        ("\u{2066}x\u{2069}", "⟨U+2066⟩x⟨U+2069⟩"),
        ("pass\u{200b}word", "pass⟨U+200B⟩word"),
        ("\u{feff}x\u{ad}y", "⟨U+FEFF⟩x⟨U+00AD⟩y"),
        ("\u{2028}\u{3164}\u{ffa0}", "⟨U+2028⟩⟨U+3164⟩⟨U+FFA0⟩"),
        ("\u{200b}\u{200b}\u{200b}\u{200b}", "⟨U+200B×4⟩"),
        // Smuggling.
        ("hi\u{e0001}\u{e0068}\u{e0069}!", "hi⟨U+E0001⟩⟨tags: hi⟩!"),
        ("a\u{fe0f}", "a⟨U+FE0F⟩"),
        ("\u{2764}\u{fe0f}\u{fe0f}", "❤\u{fe0f}⟨U+FE0F⟩"),
        ("x\u{e0101}\u{e0102}", "x⟨U+E0101⟩⟨U+E0102⟩"),
        ("\u{ffff}\u{fdd0}\u{10fffe}", "⟨U+FFFF⟩⟨U+FDD0⟩⟨U+10FFFE⟩"),
        ("a\u{1f3fd}", "a⟨U+1F3FD⟩"),
        ("a\u{200d}b", "a⟨U+200D⟩b"),
        // Written languages and emoji stay.
        ("naïve – 日本語 – हिन्दी – עברית", "naïve – 日本語 – हिन्दी – עברית"),
        ("👩\u{200d}👩\u{200d}👧\u{200d}👦", "👩\u{200d}👩\u{200d}👧\u{200d}👦"),
        ("👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿", "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿"),
        ("1\u{fe0f}\u{20e3} 🇩🇪 ☎\u{fe0e}", "1\u{fe0f}\u{20e3} 🇩🇪 ☎\u{fe0e}"),
        ("😀\u{200d}", "😀⟨U+200D⟩"),
        ("\u{e000}", "\u{e000}"),
    ];
    for (text, shown) in table {
        assert_eq!(escape_line(text), *shown, "{text:?}");
        assert_eq!(escape_line(shown), *shown, "again: {text:?}");
    }
}

#[test]
fn blocks_keep_their_lines() {
    let table = [
        ("a\nb\r\nc\rd", "a\nb\nc␍d"),
        ("\tx\n\ty", "    x\n    y"),
        ("ab\tc\td", "ab  c   d"),
        ("日\tx", "日  x"),
        ("\u{1b}[31m\n", "␛[31m\n"),
    ];
    for (text, shown) in table {
        assert_eq!(escape_block(text), shown, "{text:?}");
    }
}

#[test]
fn clean_text_is_borrowed() {
    for text in ["", "ascii", "日本語 naïve", "👩\u{200d}👧"] {
        assert!(matches!(escape_line(text), Cow::Borrowed(_)), "{text}");
        assert!(matches!(escape_block(text), Cow::Borrowed(_)), "{text}");
    }
    assert!(matches!(escape_block("a\nb"), Cow::Borrowed(_)));
}

#[test]
fn a_letter_carries_eight_marks() {
    let bomb = format!("e{}x", "\u{301}".repeat(1_000_000));
    assert_eq!(escape_line(&bomb), format!("e{}⟨+999992 marks⟩x", "\u{301}".repeat(8)));
    let fine = format!("e{}x", "\u{301}".repeat(8));
    assert!(matches!(escape_line(&fine), Cow::Borrowed(_)));
    let one = format!("e{}", "\u{301}".repeat(9));
    assert!(escape_line(&one).ends_with("⟨+1 mark⟩"));
}

#[test]
fn no_cluster_grows_without_end() {
    // Each of these repeats is one grapheme cluster for the segmentation rules.
    for unit in ["\u{903}", "\u{1100}", "\u{1161}", "\u{d4e}", "क\u{94d}", "😀\u{200d}", "👍🏽", "\u{600}"] {
        let escaped = escape_line(&unit.repeat(500)).into_owned();
        for cluster in escaped.graphemes(true) {
            assert!(cluster.chars().count() <= MAX_CLUSTER + 1, "{cluster:?}");
            assert!(cluster.len() <= 80, "{cluster:?}");
        }
        assert_eq!(escape_line(&escaped), escaped);
    }
}

#[test]
fn hidden_characters_are_counted() {
    let table = [
        ("", 0),
        ("a\tb\r\nc\n", 0),
        ("a\rb", 1),
        ("\u{200b}\u{200b}x\u{1b}", 3),
        ("\u{e0068}\u{e0069}\u{e0001}", 3),
        ("👩\u{200d}👧 ❤\u{fe0f}", 0),
    ];
    for (text, count) in table {
        assert_eq!(hidden_count(text), count, "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(escape_bytes(b"ok\xff\xfe\x1b[m"), "ok\\xff\\xfe␛[m");
    assert_eq!(escape_bytes("日\n".as_bytes()), "日␊");
    assert_eq!(escape_bytes(b"\xe6\x97"), "\\xe6\\x97");
}

#[test]
fn widths_and_cuts() {
    let table = [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 6, "日本語"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ("👩\u{200d}👧x", 2, "…"),
    ];
    for (text, cols, cut) in table {
        assert_eq!(truncate_width(text, cols), cut, "{text} in {cols}");
    }
    assert_eq!(pad("ab", 4), "ab  ");
    assert_eq!(pad("日本語", 4), "日… ");
    assert_eq!(width("日本e\u{301}"), 5);
}

/// Text rich in what this module is about.
fn nasty() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        4 => any::<char>(),
        4 => proptest::char::range(' ', '~'),
        2 => proptest::char::range('\0', '\u{a0}'),
        2 => proptest::char::range('\u{2000}', '\u{2070}'),
        2 => proptest::char::range('\u{300}', '\u{36f}'),
        1 => proptest::char::range('\u{1f3f0}', '\u{1f450}'),
        1 => proptest::char::range('\u{fe00}', '\u{fe0f}'),
        1 => proptest::char::range('\u{e0000}', '\u{e01ff}'),
        1 => proptest::char::range('\u{900}', '\u{d7f}'),
        1 => proptest::char::range('\u{1100}', '\u{11ff}'),
        3 => proptest::sample::select(vec![
            '\u{200d}', '\u{fe0f}', '\u{fe0e}', '\u{1f3fd}', '👩', '❤', '1', '\u{20e3}', '🇩', '\u{301}', '\u{94d}',
            'क', '\u{d4e}', '\u{600}', '\t', '\n', '\r', '⟨', '⟩', '\u{903}', '\u{1100}', '\u{11a8}', '가',
        ]),
    ];
    (proptest::collection::vec((c, 1..12usize), 0..40), any::<bool>()).prop_map(|(chars, repeat)| {
        chars.into_iter().flat_map(|(c, n)| std::iter::repeat_n(c, if repeat { n } else { 1 })).collect()
    })
}

fn never_in_output(c: char) -> bool {
    matches!(u32::from(c),
        0..=0x1f | 0x7f..=0x9f | 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180e
        | 0x200b..=0x200c | 0x200e..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0d
        | 0xfeff | 0xffa0 | 0xfff9..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn escaped_lines_are_safe(text in nasty()) {
        let line = escape_line(&text);
        prop_assert!(!line.chars().any(never_in_output), "{line:?}");
        prop_assert_eq!(escape_line(&line), line.as_ref());
        prop_assert_eq!(hidden_count(&line), 0);
        prop_assert_eq!(escape_block(&line), line.as_ref());
        // No character takes more room than its longest spelling.
        prop_assert!(width(&line) <= text.chars().count() * 13);
        for cluster in line.graphemes(true) {
            prop_assert!(cluster.len() <= 4 * MAX_CLUSTER);
        }
        // What was plain is still there, in order.
        if text.chars().all(|c| c.is_ascii_graphic()) {
            prop_assert_eq!(line.as_ref(), text.as_str());
        }
    }

    #[test]
    fn escaped_blocks_are_safe(text in nasty()) {
        let block = escape_block(&text);
        prop_assert!(!block.chars().any(|c| c != '\n' && never_in_output(c)), "{block:?}");
        prop_assert_eq!(escape_block(&block), block.as_ref());
    }

    #[test]
    fn escaped_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let line = escape_bytes(&bytes);
        prop_assert!(!line.chars().any(never_in_output), "{line:?}");
    }

    #[test]
    fn cuts_fit(text in nasty(), cols in 0usize..60) {
        let line = escape_line(&text);
        let cut = truncate_width(&line, cols);
        prop_assert!(width(&cut) <= cols);
        prop_assert_eq!(width(&pad(&line, cols)), cols);
        if width(&line) <= cols {
            prop_assert_eq!(cut, line.as_ref());
        }
    }
}
