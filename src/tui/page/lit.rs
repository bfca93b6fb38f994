//! Found text, made to stand out: [`light`]. Works on what is about to be drawn: escaped already.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Where `text` is in `shown` from `from` on: in either case of ASCII letters, unless a capital was typed.
fn place(shown: &str, text: &str, from: usize) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    let (hay, needle) = (shown.as_bytes(), text.as_bytes());
    let exact = text.chars().any(char::is_uppercase);
    (from..=hay.len().checked_sub(needle.len())?).find(|at| {
        let there = &hay[*at..at + needle.len()];
        // Where bytes are equal, so are the borders of characters.
        shown.is_char_boundary(*at) && if exact { there == needle } else { there.eq_ignore_ascii_case(needle) }
    })
}

/// Whether a line has the text in it, also where its style changes inside it.
pub(in crate::tui) fn has_text(line: &Line<'_>, text: &str) -> bool {
    match line.spans.as_slice() {
        [one] => place(&one.content, text, 0).is_some(),
        spans => {
            let whole: String = spans.iter().map(|span| span.content.as_ref()).collect();
            place(&whole, text, 0).is_some()
        }
    }
}

/// What a row says, where none of the wanted texts is in it but one is in the frame: the surroundings of that one.
pub(in crate::tui) fn excerpt(said: String, frame: &str, wanted: &[&str]) -> String {
    /// Bytes in front of the found text.
    const BEFORE: usize = 24;
    if wanted.iter().any(|text| place(&said, text, 0).is_some()) {
        return said;
    }
    let Some(at) = wanted.iter().filter_map(|text| place(frame, text, 0)).min() else { return said };
    let mut from = at.saturating_sub(BEFORE);
    while !frame.is_char_boundary(from) {
        from -= 1;
    }
    let (surroundings, _) = super::flow::head(&frame[from..], 400);
    if from == 0 { surroundings.to_owned() } else { format!("…{surroundings}") }
}

/// The line with these texts in the style of what was found.
pub(in crate::tui) fn light(line: Line<'static>, texts: &[&str], style: Style) -> Line<'static> {
    if texts.iter().all(|text| text.is_empty()) {
        return line;
    }
    let whole: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let mut lit: Vec<(usize, usize)> = Vec::new();
    for text in texts {
        let mut from = 0;
        while let Some(at) = place(&whole, text, from) {
            from = at + text.len();
            lit.push((at, from));
        }
    }
    if lit.is_empty() {
        return line;
    }
    lit.sort_unstable();
    let mut out = Vec::new();
    let mut start = 0;
    for span in &line.spans {
        let end = start + span.content.len();
        let mut at = start;
        for &(from, to) in &lit {
            let (from, to) = (from.clamp(at, end), to.clamp(at, end));
            if from >= to {
                continue;
            }
            if at < from {
                out.push(Span::styled(whole[at..from].to_owned(), span.style));
            }
            out.push(Span::styled(whole[from..to].to_owned(), span.style.patch(style)));
            at = to;
        }
        if at < end {
            out.push(Span::styled(whole[at..end].to_owned(), span.style));
        }
        start = end;
    }
    Line { spans: out, ..line }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    fn parts(spans: &[&str], texts: &[&str]) -> Vec<(String, bool)> {
        let line = Line::from(spans.iter().map(|text| Span::raw((*text).to_owned())).collect::<Vec<_>>());
        let style = Style::new().add_modifier(Modifier::REVERSED);
        let lit = light(line, texts, style);
        lit.spans.iter().map(|span| (span.content.to_string(), span.style == style)).collect()
    }

    #[test]
    fn found_text_is_lit_across_spans_and_nothing_is_lost() {
        let plain = |text: &str| (text.to_owned(), false);
        let lit = |text: &str| (text.to_owned(), true);
        assert_eq!(parts(&["one Two two"], &["two"]), [plain("one "), lit("Two"), plain(" "), lit("two")]);
        assert_eq!(parts(&["one Two two"], &["Two"]), [plain("one "), lit("Two"), plain(" two")]);
        assert_eq!(parts(&["ab", "cd"], &["bc"]), [plain("a"), lit("b"), lit("c"), plain("d")]);
        assert_eq!(
            parts(&["aaa"], &["aa", "aaa"]),
            [lit("aaa")].as_slice()[..0].iter().cloned().chain([lit("aa"), lit("a")]).collect::<Vec<_>>()
        );
        assert_eq!(parts(&["äö"], &["ö"]), [plain("ä"), lit("ö")]);
        assert_eq!(parts(&["x"], &[""]), [plain("x")]);
    }
}
