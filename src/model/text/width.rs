//! How many columns a text takes, and where to cut it. Never inside a grapheme cluster.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// The columns that `text` takes, cluster by cluster, as the cell buffer counts them. For escaped text.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` in at most `cols` columns; what is cut is replaced by `…`. Linear in `cols`, not in the text.
pub fn truncate_width(text: &str, cols: usize) -> Cow<'_, str> {
    // Nearly everything is plain letters, where a byte is a column.
    let head = &text.as_bytes()[..text.len().min(cols.saturating_add(1))];
    if head.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return match cols {
            _ if text.len() <= cols => Cow::Borrowed(text),
            0 => Cow::Borrowed(""),
            cols => Cow::Owned(format!("{}…", &text[..cols - 1])),
        };
    }
    let mut used = 0;
    // Where the text ends if a `…` must fit after it.
    let mut cut = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        let after = used + cluster.width();
        if after > cols {
            if cols == 0 {
                return Cow::Borrowed("");
            }
            return Cow::Owned(format!("{}…", &text[..cut]));
        }
        used = after;
        if used < cols {
            cut = at + cluster.len();
        }
    }
    Cow::Borrowed(text)
}

/// `text` in exactly `cols` columns: cut with `…` or filled with spaces on the right.
pub fn pad(text: &str, cols: usize) -> Cow<'_, str> {
    let cut = truncate_width(text, cols);
    let missing = cols.saturating_sub(width(&cut));
    if missing == 0 {
        return cut;
    }
    let mut out = cut.into_owned();
    out.extend(std::iter::repeat_n(' ', missing));
    Cow::Owned(out)
}
