//! A text as Markdown in a reader: [`MarkdownView`]. Its units are stretches that can be laid out by themselves: they end
//! at a blank line before something that is not indented, outside of code.

use std::sync::Arc;

use ratatui::text::Line;

use crate::tui::markdown;
use crate::tui::theme::Theme;

/// Bytes from which on a stretch ends where it can …
const ENOUGH: usize = 512;
/// … and at which it ends at the next line, whatever that breaks.
const MOST: usize = 16 * 1024;
/// Bytes that tell whether a text is meant as Markdown.
const TELLING: usize = 8 * 1024;

/// A text as Markdown.
#[derive(Clone, PartialEq)]
pub struct MarkdownView {
    text: Arc<str>,
    starts: Arc<[u32]>,
}

impl std::fmt::Debug for MarkdownView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MarkdownView({} bytes)", self.text.len())
    }
}

impl MarkdownView {
    /// Shows a text as Markdown.
    pub fn new(text: Arc<str>) -> MarkdownView {
        let starts = starts(&text).into();
        MarkdownView { text, starts }
    }

    /// The text as it was sent.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn last(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    pub(super) fn byte(&self, unit: u32) -> usize {
        self.starts.get(unit as usize).map_or(self.text.len(), |start| *start as usize)
    }

    pub(super) fn unit_at(&self, byte: usize) -> u32 {
        self.starts.partition_point(|start| *start as usize <= byte).saturating_sub(1) as u32
    }

    pub(super) fn height(&self, unit: u32, cols: usize) -> u32 {
        self.lines(unit, cols, &Theme::default()).len() as u32
    }

    pub(super) fn lines(&self, unit: u32, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
        let piece = self.text.get(self.byte(unit)..self.byte(unit + 1)).unwrap_or_default();
        let mut out: Vec<Line<'static>> = markdown::lines(piece, theme, cols).collect();
        // What stands between two stretches is as high as between two paragraphs.
        if unit < self.last() || out.is_empty() {
            out.push(Line::raw(""));
        }
        out
    }
}

fn starts(text: &str) -> Vec<u32> {
    let mut out = vec![0_u32];
    let mut fence: Option<&str> = None;
    let mut blank = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let from = out.last().map_or(0, |start| *start as usize);
        let free = blank && fence.is_none() && !line.starts_with([' ', '\t', '\n', '\r']);
        if (free && at - from >= ENOUGH || at - from >= MOST)
            && let Ok(start) = u32::try_from(at)
        {
            out.push(start);
        }
        let body = line.trim_start();
        match fence {
            Some(mark) if body.starts_with(mark) => fence = None,
            Some(_) => {}
            None => fence = ["```", "~~~"].into_iter().find(|mark| body.starts_with(mark)),
        }
        blank = body.is_empty();
        at += line.len();
    }
    out
}

/// Whether a text looks as if it was written as Markdown: at least two kinds of marks that hardly come together by chance.
pub fn looks_so(text: &str) -> bool {
    signs(text) >= 2
}

/// Whether there is anything in it that Markdown would show otherwise.
pub fn has_any(text: &str) -> bool {
    signs(text) >= 1
}

fn signs(text: &str) -> usize {
    let head = &text[..text.floor_char_boundary(TELLING)];
    let [mut heading, mut fence, mut items, mut table] = [0_usize; 4];
    for line in head.lines() {
        let line = line.trim_end();
        let marks = line.len() - line.trim_start_matches('#').len();
        heading += usize::from((1..=6).contains(&marks) && line[marks..].starts_with(' '));
        fence += usize::from(line.starts_with("```"));
        let bare = line.trim_start();
        let number = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        items += usize::from(
            bare.starts_with("- ") || bare.starts_with("* ") || number.len() < bare.len() && number.starts_with(". "),
        );
        table += usize::from(
            bare.len() > 4
                && bare.contains("--")
                && bare.bytes().all(|byte| b"|-: ".contains(&byte))
                && bare.contains('|'),
        );
    }
    let strong = head.matches("**").count() >= 2;
    let link = head.contains("](") && head.contains('[');
    let code = head.matches('`').count() >= 2;
    [heading > 0, fence > 1, items > 1, table > 0, strong, link, code].into_iter().filter(|sign| *sign).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_is_told_from_what_only_looks_a_bit_like_it() {
        for text in [
            "# Title\n\n- one\n- two\n",
            "See [it](https://x), **now**",
            "| a | b |\n|---|---|\n| 1 | 2 |\n\n`x` is `y`",
        ] {
            assert!(looks_so(text), "{text}");
        }
        for text in ["# a comment\nls -l\n", "plain text", "2 * 3 * 4", "- a\n- b\n", "[1](2"] {
            assert!(!looks_so(text), "{text}");
        }
        assert!(has_any("- a\n- b\n") && !has_any("two\nlines"));
    }

    #[test]
    fn a_stretch_ends_where_nothing_is_torn() {
        let text = format!(
            "{}\n\n```\ncode\n\nmore code\n```\n\n1. one\n\n   still one\n\nend {}\n\nlast",
            "x".repeat(600),
            "y".repeat(600)
        );
        let view = MarkdownView::new(Arc::from(text.as_str()));
        let first: Vec<&str> =
            (0..=view.last()).map(|unit| text[view.byte(unit)..].get(..4).unwrap_or_default()).collect();
        assert_eq!(first, ["xxxx", "```\n", "last"]);
    }

    proptest! {
        #[test]
        fn the_stretches_are_the_text(text in "([ -#*`a\u{1b}é]{0,9}|```|\n\n|x{600})(\n([ -#*`a]{0,9}|```|\n|x{600})){0,12}", cols in 1usize..90) {
            let view = MarkdownView::new(Arc::from(text.as_str()));
            let whole: String = (0..=view.last()).map(|unit| &text[view.byte(unit)..view.byte(unit + 1)]).collect();
            prop_assert_eq!(&whole, &text);
            for unit in 0..=view.last() {
                prop_assert!(view.height(unit, cols) > 0);
                prop_assert_eq!(view.unit_at(view.byte(unit)), unit);
            }
        }
    }
}
