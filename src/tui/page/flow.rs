//! Foreign text on its way to the screen: escaped, cut or wrapped, never more of it looked at than is shown.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::model::text::{escape_block, escape_line, truncate_width, width as columns};

/// Bytes that are escaped at a time; a line of megabytes is not touched beyond what is in view.
const CHUNK: usize = 4_096;

/// A foreign text as one escaped line of at most `cols` columns.
pub(in crate::tui) fn clip(text: &str, cols: usize) -> String {
    let (head, cut) = head(text, cols.saturating_mul(4).clamp(64, CHUNK));
    let escaped = escape_line(head);
    let shown = truncate_width(&escaped, cols);
    // Something is always missing, even where the head alone would fit.
    if cut && cols > 0 && matches!(shown, Cow::Borrowed(_)) {
        return format!("{}…", truncate_width(&escaped, cols - 1).trim_end_matches('…'));
    }
    shown.into_owned()
}

/// A short foreign text (a name, a URI) as one escaped line, whole up to a limit that no honest name reaches.
pub(in crate::tui) fn foreign(text: &str) -> String {
    let (head, cut) = head(text, CHUNK);
    let mut out = escape_line(head).into_owned();
    if cut {
        out.push('…');
    }
    out
}

/// The first bytes of `text`, at most `limit`, and whether there is more.
pub(super) fn head(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (&text[..end], true)
}

/// A foreign text of many lines, escaped and wrapped at words, `indent` columns in.
pub(in crate::tui) fn wrapped<'a>(
    text: impl AsRef<str> + 'a,
    style: Style,
    cols: usize,
    indent: usize,
) -> impl Iterator<Item = Line<'static>> + 'a {
    let cols = cols.saturating_sub(indent).max(1);
    // The text moves into the iterator; positions instead of borrows.
    let mut at = 0;
    let mut rows = std::collections::VecDeque::new();
    let mut done = false;
    std::iter::from_fn(move || {
        while rows.is_empty() {
            if done {
                return None;
            }
            let rest = &text.as_ref()[at..];
            let line_end = rest.find('\n');
            let line = &rest[..line_end.unwrap_or(rest.len())];
            let (chunk, cut) = head(line, CHUNK);
            if cut {
                at += chunk.len();
            } else {
                match line_end {
                    Some(end) => at += end + 1,
                    None => done = true,
                }
            }
            rows.extend(wrap(&escape_block(chunk.strip_suffix('\r').unwrap_or(chunk)), cols));
        }
        let row = rows.pop_front()?;
        Some(Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(row, style)]))
    })
}

/// One escaped line in rows of at most `cols` columns, broken at spaces where there are any.
pub(in crate::tui) fn wrap(text: &str, cols: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut start = 0;
    let mut used = 0;
    let mut space = None;
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = columns(cluster);
        if used + wide > cols && at > start {
            let (end, next) = match space {
                Some(space) if space > start => (space, space + 1),
                _ => (at, at),
            };
            rows.push(text[start..end].to_owned());
            start = next;
            used = columns(&text[start..at]);
            space = None;
        }
        if cluster == " " {
            space = Some(at);
        }
        used += wide;
    }
    rows.push(text[start..].to_owned());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, cols: usize) -> Vec<String> {
        wrapped(text, Style::new(), cols, 0).map(|line| line.to_string()).collect()
    }

    #[test]
    fn text_breaks_at_words_and_only_then_inside_them() {
        assert_eq!(rows("one two three", 8), ["one two", "three"]);
        assert_eq!(rows("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(rows("a\r\n\nb", 9), ["a", "", "b"]);
        assert_eq!(rows("日本語", 4), ["日本", "語"]);
        assert_eq!(rows("", 4), [""]);
    }

    #[test]
    fn controls_and_bidi_become_visible() {
        assert_eq!(rows("a\x1b[2Jb\u{202e}c", 40), ["a␛[2Jb⟨U+202E⟩c"]);
        assert_eq!(clip("x\ny", 9), "x␊y");
        assert_eq!(clip(&"x".repeat(1_000_000), 5), "xxxx…");
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn a_huge_line_is_not_laid_out_beyond_what_is_asked_for() {
        let text = "x".repeat(50_000_000);
        assert_eq!(wrapped(text, Style::new(), 80, 0).take(40).count(), 40);
    }
}
