//! Owns the cursors of the four `*/list` methods.
//!
//! A cursor names the key of the last item shown, not a position, so that a page stays right when bookmarks come and
//! go between two requests.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rmcp::ErrorData;

/// Items after `cursor`, at most `size`, and the cursor of the rest if there is one. The keys must grow.
pub(super) fn page<T>(
    list: &str,
    items: impl IntoIterator<Item = (u64, T)>,
    cursor: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let after = match cursor {
        Some(cursor) => Some(decode(list, cursor).ok_or_else(|| {
            ErrorData::invalid_params(format!("this cursor was not given out by {list}/list; start without one"), None)
        })?),
        None => None,
    };
    let mut rest = items.into_iter().skip_while(|(key, _)| after.is_some_and(|after| *key <= after)).peekable();
    let mut shown = Vec::new();
    let mut last = 0;
    while shown.len() < size.max(1) {
        let Some((key, item)) = rest.next() else { break };
        last = key;
        shown.push(item);
    }
    let next = rest.peek().map(|_| BASE64_URL_SAFE_NO_PAD.encode(format!("{list}:{last}")));
    Ok((shown, next))
}

/// Keys for a list that never changes: the positions.
pub(super) fn numbered<T: Clone>(items: &[T]) -> impl Iterator<Item = (u64, T)> + '_ {
    (0..).zip(items.iter().cloned())
}

fn decode(list: &str, cursor: &str) -> Option<u64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (of, key) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    if of == list { key.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

    use super::*;

    #[test]
    fn pages_cover_a_list_once_even_when_it_shrinks() {
        let (first, cursor) = page("things", numbered(&['a', 'b', 'c', 'd', 'e']), None, 2).unwrap();
        assert_eq!(first, ['a', 'b']);
        let (second, cursor) = page("things", [(0, 'a'), (2, 'c'), (3, 'd'), (4, 'e')], cursor.as_deref(), 2).unwrap();
        assert_eq!(second, ['c', 'd']);
        let (third, cursor) = page("things", [(4, 'e')], cursor.as_deref(), 2).unwrap();
        assert_eq!((third.as_slice(), cursor), (['e'].as_slice(), None));
    }

    #[test]
    fn a_full_last_page_has_no_cursor() {
        assert_eq!(page("things", numbered(&[1, 2]), None, 2).unwrap(), (vec![1, 2], None));
    }

    #[test]
    fn foreign_cursors_are_refused() {
        let (_, cursor) = page("tools", numbered(&[1, 2]), None, 1).unwrap();
        for cursor in ["", "nonsense", cursor.as_deref().unwrap()] {
            assert!(page("prompts", numbered(&[1]), Some(cursor), 1).is_err(), "{cursor}");
        }
    }
}
