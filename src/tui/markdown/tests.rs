//! What Markdown looks like in rows; that it costs nothing to grow; that nothing hostile gets through.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use proptest::prelude::*;

use super::*;
use crate::model::text::width as columns;

fn plain(rows: &[Row]) -> Vec<String> {
    let theme = Theme::default();
    rows.iter().map(|row| row.line(Style::new(), &theme).to_string().trim_end().to_owned()).collect()
}

fn shown(text: &str, width: usize) -> Vec<String> {
    let mut growing = Growing::new(width);
    growing.update(text);
    let rows = plain(growing.rows());
    let theme = Theme::default();
    let lazy: Vec<String> = lines(text, &theme, width).map(|line| line.to_string().trim_end().to_owned()).collect();
    assert!(lazy == rows, "made one by one they are the same: {:?}", lazy.iter().zip(&rows).find(|(a, b)| a != b));
    rows
}

#[track_caller]
fn check(text: &str, width: usize, wanted: &str) {
    let got = shown(text, width).join("\n");
    assert_eq!(got, wanted.trim_matches('\n'), "\n{got}");
}

#[test]
fn blocks() {
    check(
        "# Title\nText with *emphasis*, **more** and `code`.\n\nNext.",
        40,
        "Title\nText with emphasis, more and `code`.\n\nNext.",
    );
    check("one two three four", 9, "one two\nthree\nfour");
    check("a\n\n---\n\nb", 6, "a\n\n──────\n\nb");
    check("> quoted\n> more\n>\n> > deeper\n\nout", 40, "│ quoted\n│ more\n│\n│ │ deeper\n\nout");
    check("```rust\nfn main() {\n\tx();\n}\n```\nafter", 40, "  rust\n│ fn main() {\n│     x();\n│ }\nafter");
    check("    indented\n      code", 40, "│ indented\n│   code");
    check(
        "~~gone~~ [x](https://a.b) <https://c.d> ![cat](http://e)",
        80,
        "gone x (https://a.b) https://c.d [image: cat] http://e",
    );
    check(
        "a <b>bold</b> <!-- hidden -->\n\n<div>\nhtml\n</div>",
        60,
        "a <b>bold</b> <!-- hidden -->\n\n<div>\nhtml\n</div>",
    );
}

#[test]
fn lists() {
    check(
        "Before:\n- one\n- two\n  - deeper\n  - and\n- three\n\n1. first\n2. second\n\n   with a paragraph\n10. tenth",
        40,
        "Before:\n• one\n• two\n  • deeper\n  • and\n• three\n\n1. first\n2. second\n\n   with a paragraph\n3. tenth",
    );
    check("- [x] done\n- [ ] open", 40, "• [x] done\n• [ ] open");
    check("- a word and another", 10, "• a word\n  and\n  another");
    check("7) seven\n8) eight", 20, "7. seven\n8. eight");
    check("a\n\n> \n\n#\n\nb", 20, "a\n\n│\n\n\n\nb");
    check("-\n- x", 20, "•\n• x");
}

#[test]
fn tables() {
    let table = "| Name | Size | Note |\n|---|--:|:-:|\n| a | 1 | x |\n| long name | 22 | yes |";
    check(table, 60, "Name      │ Size │ Note\n──────────┼──────┼─────\na         │    1 │  x\nlong name │   22 │ yes");
    check(
        "| Name | What it does |\n|---|---|\n| get | it gets a thing for you |",
        22,
        "Name │ What it does\n─────┼────────────────\nget  │ it gets a thing\n     │ for you",
    );
    check("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |", 14, "──────────────\na: 1\nb: 2\nc: 3");
}

#[test]
fn short_lines_end_on_purpose_and_full_ones_because_they_were_full() {
    check("Args:\na: first\nb: second", 60, "Args:\na: first\nb: second");
    let full = "This line was broken at its end because the column was full there\nand goes on.";
    check(full, 200, &full.replace('\n', " "));
}

#[test]
fn nothing_is_swallowed() {
    check("a [link][1]\n\n[1]: https://x.y \"t\"\n\nb", 60, "a link (https://x.y)\n\n[1]: https://x.y \"t\"\n\nb");
    check("&#27;[2J &amp; \u{202e}x", 60, "␛[2J & ⟨U+202E⟩x");
    check("```\n\x1b[2J\u{200b}\n```", 60, "│ ␛[2J⟨U+200B⟩");
    check("[a\u{202e}](http://x\u{200b})", 60, "a⟨U+202E⟩ (http://x⟨U+200B⟩)");
}

#[test]
fn marks_do_not_pile_up_across_styles() {
    let text = "a**\u{301}**\u{301}".repeat(50);
    for row in shown(&text, 80) {
        use unicode_segmentation::UnicodeSegmentation as _;
        assert!(row.graphemes(true).all(|cluster| cluster.chars().count() <= 17), "{row:?}");
    }
}

/// A text of all kinds of blocks, about this long.
fn long(bytes: usize) -> String {
    let part = "# Heading\n\nSome *text* with `code` that is long enough to be wrapped in a narrow pane.\n\n- item one\n- item two\n  - nested\n\n```rust\nfn main() {}\n\nlet x = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n";
    part.repeat(bytes / part.len() + 1)
}

#[test]
fn a_text_that_grows_is_laid_out_once() {
    let text = long(200_000);
    let mut growing = Growing::new(60);
    let mut end = 0;
    while end < text.len() {
        end += 7;
        growing.update(&text[..end.min(text.len())]);
        let open = end.min(text.len()) - growing.at;
        assert!(open < 200, "{open} bytes are laid out again at {end}");
    }
    let mut whole = Growing::new(60);
    whole.update(&text);
    assert_eq!(growing.rows(), whole.rows());
}

#[test]
fn one_block_however_large_costs_a_window_at_most() {
    let code = format!("```rust\n{}", "let x = 1;\n".repeat(20_000));
    let list = (1..5_000).map(|n| format!("{n}. item {n}\n")).collect::<Vec<_>>().concat();
    let table = format!("| a | b |\n|---|---|\n{}", "| 1 | 2 |\n".repeat(5_000));
    let paragraph = "word ".repeat(50_000);
    let solid = "x".repeat(200_000);
    for text in [&code, &list, &table, &paragraph, &solid] {
        let mut growing = Growing::new(60);
        let mut end = 0;
        while end < text.len() {
            end += 1_000;
            growing.update(&text[..end.min(text.len())]);
            assert!(end.min(text.len()) - growing.at <= WINDOW);
        }
        assert_eq!(
            growing.rows().last(),
            {
                let mut whole = Growing::new(60);
                whole.update(text);
                whole.rows.pop()
            }
            .as_ref()
        );
    }
    let rows = shown(&code, 60);
    assert_eq!((rows.len(), &*rows[0], &*rows[20_000]), (20_001, "  rust", "│ let x = 1;"));
    let rows = shown(&list, 60);
    assert_eq!((rows.len(), &*rows[4_998]), (4_999, "4999. item 4999"));
    let rows = shown(&table, 60);
    assert_eq!((rows.len(), &*rows[5_001]), (5_002, "1 │ 2"));
    assert_eq!(shown(&solid, 64).len(), 200_000 / 64);
}

#[test]
fn hostile_nesting_is_flat_and_fast() {
    for text in [
        ">".repeat(100_000),
        "> ".repeat(100_000),
        "- ".repeat(100_000),
        "1. ".repeat(50_000),
        "[".repeat(100_000),
        "![".repeat(100_000),
        "*a".repeat(100_000),
        "_*".repeat(100_000),
        "`".repeat(100_000),
        "`a".repeat(100_000),
        "<".repeat(100_000),
        "<!--".repeat(50_000),
        "|".repeat(100_000),
        "|-".repeat(50_000),
        format!("|{}\n|{}\n", "a|".repeat(2_000), "-|".repeat(2_000)),
        "&".repeat(100_000),
        "\\".repeat(100_000),
        "\u{301}".repeat(50_000),
        "\n".repeat(100_000),
        "[a]: b\n".repeat(20_000),
        "[a][b] ".repeat(20_000),
        "  ".repeat(50_000) + "x",
    ] {
        let begun = std::time::Instant::now();
        let rows = shown(&text[..floor(&text, 40_000)], 40);
        let name: String = text.chars().take(10).collect();
        assert!(rows.iter().all(|row| columns(row) <= 40), "{name:?}: {:?}", rows.iter().find(|row| columns(row) > 40));
        assert!(begun.elapsed().as_secs() < 20, "{name:?} took {:?}", begun.elapsed());
    }
}

/// What the property below has found: the blank under an empty line of a quote, and half a line that is a table only
/// until there is more of it.
#[test]
fn texts_that_were_once_not_the_same_word_by_word() {
    for text in
        ["`\r\n> \n- word word ", "[a](b)~~~\n> \r\n> > ", "    > \r\n> `\nword", "a```\nb|---|\n  |---|\n|1. \n|- ```"]
    {
        let mut growing = Growing::new(30);
        for end in 1..=text.len() {
            growing.update(&text[..end]);
        }
        let mut whole = Growing::new(30);
        whole.update(text);
        assert_eq!(plain(growing.rows()), plain(whole.rows()));
    }
}

/// The place of a whole character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn markdown() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "word ",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "1. ",
        "  ",
        "    ",
        "> ",
        "```",
        "~~~\n",
        "`",
        "*",
        "**",
        "_",
        "|",
        "|---|\n",
        "[a](b)",
        "[a]: b",
        "<b>",
        "<!--",
        "-->",
        "***\n",
        "---\n",
        "===\n",
        "\t",
        "\u{301}",
        "日本",
        "\x1b[2J",
        "\u{202e}",
        "&#27;",
        "\\",
        "~~",
        "- [x] ",
        "![i](u)",
        "\r\n",
        "https://x.y",
        "<https://x.y>",
        "👩‍👩‍👧",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_fit_and_are_safe(text in markdown(), width in 1usize..60) {
        for row in shown(&text, width) {
            prop_assert!(columns(&row) <= width.max(8), "{row:?}");
            prop_assert!(!row.contains(|c: char| c.is_control() || matches!(c, '\u{202e}')), "{row:?}");
        }
    }

    #[test]
    fn word_by_word_is_the_same_as_at_once(text in markdown(), steps in prop::collection::vec(1usize..9, 1..20)) {
        // A link that is defined far away is a link only where both are seen at once.
        let text = text.replace("[a]: b", "a");
        let mut growing = Growing::new(30);
        let mut steps = steps.iter().cycle();
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            at = (at + steps.next().unwrap()).min(chars.len());
            growing.update(&chars[..at].iter().collect::<String>());
        }
        let mut whole = Growing::new(30);
        whole.update(&text);
        prop_assert_eq!(plain(growing.rows()), plain(whole.rows()));
    }
}
