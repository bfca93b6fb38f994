//! Walking raw JSON text without building values and without recursion.
//!
//! Everything here takes text that *should* be valid JSON; on other text the answers are useless but nothing
//! panics and nothing loops.

use std::borrow::Cow;

use crate::model::text::hidden_count;

/// Bytes that `compact` looks at for each character it may show, so that padding cannot make it slow.
const SCAN_PER_CHAR: usize = 16;

/// How deep the text nests: 0 for a scalar, 1 for `[]`. Brackets in strings do not count.
pub fn depth(json: &[u8]) -> usize {
    let mut level = 0usize;
    let mut deepest = 0;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'"' => {
                at = string_end(json, at);
                continue;
            }
            b'[' | b'{' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// What kind of JSON value the text holds, with its article: `an object`, `a number`, …
pub fn kind(json: &str) -> &'static str {
    match json.trim_start().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        Some(_) => "no JSON",
        None => "nothing",
    }
}

/// The raw text of member `key` of an object. The last of duplicates, as `serde_json` has it.
pub fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    members(object).filter(|(name, _)| decoded(name).is_some_and(|name| name == key)).last().map(|(_, value)| value)
}

/// The members of an object in their order: raw key (quoted, escapes as spelled) and raw value. Nothing for
/// anything else.
pub fn members(object: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut at = open(object, b'{');
    std::iter::from_fn(move || {
        let bytes = object.as_bytes();
        let key_from = skip_space(bytes, at?);
        if bytes.get(key_from) != Some(&b'"') {
            at = None;
            return None;
        }
        let key_end = string_end(bytes, key_from);
        let colon = skip_space(bytes, key_end);
        if bytes.get(colon) != Some(&b':') {
            at = None;
            return None;
        }
        let from = skip_space(bytes, colon + 1);
        let end = value_end(bytes, from);
        at = after_comma(bytes, end);
        if end == from {
            return None;
        }
        Some((object.get(key_from..key_end)?, object.get(from..end)?))
    })
    .fuse()
}

/// The raw elements of an array in their order. Nothing for anything else.
pub fn elements(array: &str) -> impl Iterator<Item = &str> {
    let mut at = open(array, b'[');
    std::iter::from_fn(move || {
        let bytes = array.as_bytes();
        let from = skip_space(bytes, at?);
        let end = value_end(bytes, from);
        at = after_comma(bytes, end);
        if end == from {
            return None;
        }
        array.get(from..end)
    })
    .fuse()
}

/// The text that a raw JSON string stands for.
pub fn decoded(string: &str) -> Option<Cow<'_, str>> {
    let inner = string.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(string).ok().map(Cow::Owned)
}

/// One line of at most `max_chars` characters that tells what the text holds: white space outside strings is
/// removed, the rest is cut with `…`. Looks at no more of the text than it needs.
pub fn compact(json: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    // Where to cut if a `…` must fit.
    let mut cut = 0;
    let mut in_string = false;
    let mut escaped = false;
    let budget = max_chars.saturating_mul(SCAN_PER_CHAR).max(256);
    for (at, c) in json.char_indices() {
        let space = !in_string && matches!(c, ' ' | '\t' | '\n' | '\r');
        if !space && used == max_chars || at >= budget {
            out.truncate(cut);
            if max_chars > 0 {
                out.push('…');
            }
            break;
        }
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
        } else if c == '"' {
            in_string = true;
        }
        if space {
            continue;
        }
        out.push(c);
        used += 1;
        if used < max_chars {
            cut = out.len();
        }
    }
    out
}

/// A JSON text with the characters in the place of `\uXXXX` where they show themselves; what is invisible, moves text or
/// is a part of the notation stays spelled out. For people: it need not be JSON any more.
pub fn legible(json: &str) -> Cow<'_, str> {
    if memchr::memmem::find(json.as_bytes(), b"\\u").is_none() {
        return Cow::Borrowed(json);
    }
    let unit = |text: &str| {
        let hex = text.strip_prefix("\\u")?.get(..4).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u16::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let low = rest.get(6..).and_then(unit);
        let pair = unit(rest).and_then(|high| char::decode_utf16([Some(high), low].into_iter().flatten()).next()?.ok());
        let plain =
            |c: &char| !matches!(c, '"' | '\\') && !c.is_control() && hidden_count(c.encode_utf8(&mut [0; 4])) == 0;
        let taken = if let Some(c) = pair.filter(plain) {
            out.push(c);
            6 * c.len_utf16()
        } else {
            // The escape as it is, with what it escapes: of `\\\\u0041`, the first two.
            let taken = rest.chars().take(2).map(char::len_utf8).sum();
            out.push_str(&rest[..taken]);
            taken
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The position after white space.
pub(super) fn skip_space(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The position after the string that starts at `from`; the end of the text if it is never closed.
pub fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// The position after the scalar that starts at `from`: everything up to a delimiter.
pub(super) fn scalar_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'"' | b'[' | b']' | b'{' | b'}') {
            break;
        }
        at += 1;
    }
    at
}

/// Where the value ends with which a text begins; at the end of the text where its end is not in it.
pub fn end_of(text: &str) -> usize {
    value_end(text.as_bytes(), 0).min(text.len())
}

/// The position after the value that starts at `from`.
pub(super) fn value_end(bytes: &[u8], from: usize) -> usize {
    match bytes.get(from) {
        Some(b'"') => string_end(bytes, from),
        Some(b'[' | b'{') => {
            let mut level = 0usize;
            let mut at = from;
            while let Some(&byte) = bytes.get(at) {
                match byte {
                    b'"' => {
                        at = string_end(bytes, at);
                        continue;
                    }
                    b'[' | b'{' => level += 1,
                    b']' | b'}' => {
                        level -= 1;
                        if level == 0 {
                            return at + 1;
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            bytes.len()
        }
        _ => scalar_end(bytes, from),
    }
}

/// The position after the opening bracket, if the text starts with it.
fn open(text: &str, bracket: u8) -> Option<usize> {
    let at = skip_space(text.as_bytes(), 0);
    (text.as_bytes().get(at) == Some(&bracket)).then_some(at + 1)
}

/// The position after the comma that follows `end`, if one does.
fn after_comma(bytes: &[u8], end: usize) -> Option<usize> {
    let at = skip_space(bytes, end);
    (bytes.get(at) == Some(&b',')).then_some(at + 1)
}
