//! Roots: directories and files that a server is told about, as `file://` addresses, and what a person may type for one.
//!
//! 2024-11-05 … 2026-07-28, client/roots: guidance for a server, never a permission. Only `file://` is allowed.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::json::RawJson;

/// Roots of one server; nobody has use for more, and each is told with every answer.
pub const ROOTS_MAX: usize = 100;

/// The address of an absolute path.
pub fn file_uri(path: &Path) -> String {
    let text = path.to_string_lossy();
    // `C:\project` is `/C:/project` in an address.
    let windows = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let mut uri = String::from(if windows { "file:///" } else { "file://" });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            b'\\' | b':' if windows => uri.push(if byte == b':' { ':' } else { '/' }),
            // Writing to a string cannot fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

/// The path that a person typed, as it is or as a `file://` address. The error says what else was expected.
pub fn read(typed: &str) -> Result<PathBuf, String> {
    let typed = typed.trim();
    let path = match typed.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            decode(path).ok_or("the address has a `%` that means nothing")?
        }
        Some((scheme, _)) => return Err(format!("a root is a path or a file:// address, not {scheme}://")),
        None => typed.to_owned(),
    };
    let path = PathBuf::from(path);
    if path.as_os_str().is_empty() {
        return Err("a path is expected".into());
    }
    if !path.is_absolute() {
        return Err(format!("an absolute path is expected, not {}", path.display()));
    }
    if path.components().any(|part| part == std::path::Component::ParentDir) {
        return Err("a root must not hold `..`".into());
    }
    if path.to_string_lossy().contains(char::is_control) {
        return Err("a root must not hold control characters".into());
    }
    Ok(path)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let hex = std::str::from_utf8(rest.get(..2)?).ok().filter(|hex| !hex.starts_with('+'))?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// The roots as the protocol wants them: an array of addresses, each with the last part of its path as its name.
pub fn listed(roots: &[PathBuf]) -> RawJson {
    let roots = roots.iter().take(ROOTS_MAX).map(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        json!({"uri": file_uri(path), "name": name})
    });
    RawJson::from_value(&roots.collect::<Value>())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn paths_become_addresses() {
        for (path, uri) in [
            ("/", "file:///"),
            ("/home/ada/my project", "file:///home/ada/my%20project"),
            ("/tmp/ü#?%", "file:///tmp/%C3%BC%23%3F%25"),
            ("C:\\Users\\ada", "file:///C:/Users/ada"),
        ] {
            assert_eq!(file_uri(Path::new(path)), uri);
        }
        assert_eq!(listed(&["/a/b".into()]).as_str(), r#"[{"uri":"file:///a/b","name":"b"}]"#);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_typed_is_a_path_or_a_file_address() {
        for (typed, path) in [
            ("/home/ada", "/home/ada"),
            (" /home/ada ", "/home/ada"),
            ("file:///tmp/%C3%BC%20x", "/tmp/ü x"),
            ("FILE://localhost/tmp", "/tmp"),
        ] {
            assert_eq!(read(typed).unwrap(), Path::new(path));
        }
        for (typed, wrong) in [
            ("", "a path is expected"),
            ("https://example.com/", "not https://"),
            ("project", "an absolute path"),
            ("file://host/x", "an absolute path"),
            ("/a/../etc", "`..`"),
            ("file:///a/%2e%2e/etc", "`..`"),
            ("file:///a%zz", "`%`"),
            ("/a\u{1b}[2J", "control characters"),
        ] {
            assert!(read(typed).unwrap_err().contains(wrong), "{typed}");
        }
    }

    #[cfg(unix)]
    proptest::proptest! {
        #[test]
        fn an_address_reads_back_as_its_path(text in "/[^/\\x00-\\x1f\\x7f-\\u{9f}.][^\\x00-\\x1f\\x7f-\\u{9f}]{0,20}") {
            let path = PathBuf::from(text.trim_end());
            if let Ok(typed) = read(&text) {
                proptest::prop_assert_eq!(read(&file_uri(&typed)).unwrap(), typed);
            } else {
                proptest::prop_assert!(path.to_string_lossy().contains("..") || text.contains("://"));
            }
        }
    }
}
