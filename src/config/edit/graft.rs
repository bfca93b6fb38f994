//! Laying an edited text over the one it came from: lines that did not change keep every byte.
//!
//! `toml_edit` drops carriage returns, and writes the blanks and quotes of `servers` in all headers alike.

use toml_edit::{DocumentMut, Item};

/// The line end a text uses, by its first line.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// `edited` with every line it shares with `original` taken from there.
pub(super) fn graft(original: &str, edited: &str) -> String {
    let before: Vec<&str> = original.split_inclusive('\n').collect();
    let after: Vec<&str> = edited.split_inclusive('\n').collect();
    let pairs = before.iter().zip(&after);
    let first = pairs.take_while(|(left, right)| same(left, right)).count();
    let rest = before[first..].iter().rev().zip(after[first..].iter().rev());
    let last = rest.take_while(|(left, right)| same(left, right)).count();

    let end = line_end(original);
    let mut grafted = before[..first].concat();
    let mut push = |line: &str| {
        // The last line of a file may have no end, and need not stay the last.
        if !grafted.is_empty() && !grafted.ends_with('\n') {
            grafted.push_str(end);
        }
        grafted.push_str(line);
    };
    // Between them, an edit takes out lines more often than it puts some in: whatever stands in the original in
    // the same order is taken from there.
    let mut left = &before[first..before.len() - last];
    for line in &after[first..after.len() - last] {
        if let Some(at) = left.iter().position(|other| same(other, line)) {
            push(left[at]);
            left = &left[at + 1..];
        } else {
            push(&format!("{}{end}", line.trim_end_matches(['\r', '\n'])));
        }
    }
    for line in &before[before.len() - last..] {
        push(line);
    }
    grafted
}

/// Whether two lines are the same but for what `toml_edit` changes.
fn same(left: &str, right: &str) -> bool {
    let plain = |line: &str| line.replace(['\r', '\n', '\u{feff}'], "");
    let (left, right) = (plain(left), plain(right));
    left == right || header(&left).is_some_and(|header_left| Some(header_left) == header(&right))
}

/// The names in a line that is a header, and what comes after it.
fn header(line: &str) -> Option<(Vec<String>, String)> {
    if !line.trim_start().starts_with('[') {
        return None;
    }
    let document: DocumentMut = line.parse().ok()?;
    let mut table = document.as_table();
    let mut names = Vec::new();
    while let Some((name, item)) = table.iter().next() {
        names.push(name.to_owned());
        table = match item {
            Item::Table(table) => table,
            Item::ArrayOfTables(array) => array.get(0)?,
            Item::None | Item::Value(_) => return None,
        };
    }
    let comment = table.decor().suffix().and_then(|suffix| suffix.as_str());
    Some((names, comment.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_lines_keep_every_byte() {
        for (original, edited, expected) in [
            ("a\r\nb\r\nc\r\n", "a\nX\nc\n", "a\r\nX\r\nc\r\n"),
            ("a\r\nb\nc", "a\nb\nX\nc\n", "a\r\nb\nX\r\nc"),
            ("\u{feff}a\nb\n", "a\n", "\u{feff}a\n"),
            ("a", "a\nb\n", "a\nb\n"),
            ("a\na\na\n", "a\na\n", "a\na\n"),
            ("", "a\n", "a\n"),
            ("a\n", "", ""),
            ("[ s . a ]\nx\n[\"s\".b] # c\ny\n", "[s.b] # c\ny\n", "[\"s\".b] # c\ny\n"),
            ("[s.'a b']\n[s.ab]\n", "[s.ab]\n", "[s.ab]\n"),
            ("a\r\nb\r\nc\r\nd\r\ne\r\n", "a\nc\ne\n", "a\r\nc\r\ne\r\n"),
        ] {
            assert_eq!(graft(original, edited), expected, "{original:?} {edited:?}");
        }
    }
}
