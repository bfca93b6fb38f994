//! JSON laid out and coloured, row by row, from the raw text.

use std::collections::VecDeque;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::Lines;
use super::flow::head;
use crate::model::json::{PrettyLine, PrettyLines, Token};
use crate::model::text::{escape_line, width as columns};
use crate::tui::theme::Theme;

/// Bytes of one token that are escaped at a time.
const CHUNK: usize = 4_096;
/// Bytes of a word that goes to the next row whole.
const WORD: usize = 16;
/// Where a token that does not fit goes on, behind the start of its line.
const HANG: usize = 4;

/// `text` laid out in `cols` columns; what is no JSON follows as it is.
pub(in crate::tui) fn lines<'a>(text: &'a str, theme: &'a Theme, cols: usize) -> Lines<'a> {
    Box::new(PrettyLines::new(text).flat_map(move |line| rows(line, theme, cols)))
}

fn rows<'a>(line: PrettyLine<'a>, theme: &'a Theme, cols: usize) -> Rows<'a> {
    let tokens: VecDeque<_> = line.spans.into_iter().collect();
    Rows { indent: line.indent.min(cols / 2), hang: 0, tokens, pending: VecDeque::new(), theme, cols, first: true }
}

/// One line of JSON in as many rows as it needs.
struct Rows<'a> {
    indent: usize,
    hang: usize,
    tokens: VecDeque<(Token, &'a str)>,
    /// Escaped pieces that are not placed yet.
    pending: VecDeque<(Style, String)>,
    theme: &'a Theme,
    cols: usize,
    first: bool,
}

impl Rows<'_> {
    fn style(&self, token: Token) -> Style {
        match token {
            Token::Key => self.theme.json_key,
            Token::String => self.theme.json_string,
            Token::Number | Token::Literal => self.theme.json_value,
            Token::Punct => self.theme.json_punct,
            Token::Plain => Style::new(),
        }
    }

    /// The next escaped piece.
    fn piece(&mut self) -> Option<(Style, String)> {
        if let Some(piece) = self.pending.pop_front() {
            return Some(piece);
        }
        let (token, text) = self.tokens.pop_front()?;
        let (chunk, cut) = head(text, CHUNK);
        if cut {
            self.tokens.push_front((token, &text[chunk.len()..]));
        }
        Some((self.style(token), escape_line(chunk).into_owned()))
    }
}

impl Iterator for Rows<'_> {
    type Item = Line<'static>;

    fn next(&mut self) -> Option<Line<'static>> {
        let mut used = self.indent + self.hang;
        let mut spans = vec![Span::raw(" ".repeat(used))];
        let mut any = false;
        while let Some((style, text)) = self.piece() {
            any = true;
            let mut end = text.len();
            let mut wide = 0;
            for (at, cluster) in text.grapheme_indices(true) {
                let next = columns(cluster);
                // Something must be placed, or narrow columns would never end.
                if used + wide + next > self.cols && (at > 0 || spans.len() > 1) {
                    // Between words, where one ends nearby; the blank stays, so that nothing is missing.
                    let near = text[..at].rfind(' ').filter(|blank| at - blank <= WORD && wide > 2 * WORD);
                    end = near.map_or(at, |blank| blank + 1);
                    wide = columns(&text[..end]);
                    break;
                }
                wide += next;
            }
            used += wide;
            if end > 0 {
                spans.push(Span::styled(text[..end].to_owned(), style));
            }
            if end < text.len() {
                self.pending.push_front((style, text[end..].to_owned()));
                break;
            }
        }
        if !any && !self.first {
            return None;
        }
        self.first = false;
        self.hang = HANG.min(self.cols / 4);
        Some(Line::from(spans))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, cols: usize) -> Vec<String> {
        let theme = Theme::default();
        lines(text, &theme, cols).map(|line| line.to_string()).collect()
    }

    #[test]
    fn short_json_is_laid_out_and_long_strings_hang() {
        assert_eq!(rows(r#"{"a":[1,true]}"#, 40), ["{", r#"  "a": ["#, "    1,", "    true", "  ]", "}"]);
        assert_eq!(rows(r#"["abcdefghij"]"#, 10), ["[", r#"  "abcdefg"#, r#"    hij""#, "]"]);
    }

    #[test]
    fn a_string_breaks_between_words_that_are_near_and_loses_nothing() {
        let text = r#"["one two three four five six seven eight nine"]"#;
        let broken = ["[", r#"  "one two three four five six seven "#, r#"      eight nine""#, "]"];
        assert_eq!(rows(text, 40), broken);
    }

    #[test]
    fn any_width_ends() {
        for cols in 1..12 {
            assert!(rows(r#"{"k":"日本語\u001b","n":{"m":[]}}"#, cols).len() < 200);
        }
        assert_eq!(rows("\"\u{202e}\"", 40), ["\"⟨U+202E⟩\""]);
    }

    #[test]
    fn a_huge_string_costs_what_is_in_view() {
        let text = format!("[\"{}\"]", "x".repeat(50_000_000));
        let theme = Theme::default();
        assert_eq!(lines(&text, &theme, 80).take(30).count(), 30);
    }
}
