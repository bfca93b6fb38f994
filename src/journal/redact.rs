//! What is never kept: [`Redactor`] takes credentials and configured secrets out of frames, headers and remarks.

use std::borrow::Cow;

use bytes::Bytes;
use memchr::memmem::Finder;

use super::tap::{Extra, Frame, Frames};
use crate::model::envelope::Envelope;
use crate::model::record::HttpHead;

/// What stands where a secret was.
pub(super) const REDACTED: &str = "[redacted]";
/// Shorter values would take harmless text apart.
const SHORTEST: usize = 4;

/// Headers whose value is a credential whatever it is.
const SECRET_HEADERS: [&str; 8] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token", "dpop"];
/// Query parameters whose value is a credential.
const SECRET_PARAMETERS: [&str; 10] = [
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "api_key",
    "apikey",
    "key",
    "client_secret",
    "code",
    "password",
];

/// Takes secrets out. One for each server: a server's secrets are its own.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Finder<'static>>,
}

impl Redactor {
    /// Takes out these values, as they are and as JSON writes them in a string.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut all: Vec<String> = Vec::new();
        for secret in secrets {
            if secret.len() < SHORTEST {
                continue;
            }
            let quoted = serde_json::Value::from(secret).to_string();
            let inside = quoted[1..quoted.len() - 1].to_owned();
            all.push(secret.to_owned());
            all.push(inside);
        }
        // The longest first: a secret inside another must not leave the rest of it.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Redactor { secrets: all.iter().map(|secret| Finder::new(secret.as_bytes()).into_owned()).collect() }
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => text.to_owned(),
            Cow::Owned(clean) => String::from_utf8_lossy(&clean).into_owned(),
        }
    }

    fn bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let mut clean = Cow::Borrowed(text);
        for secret in &self.secrets {
            if secret.find(&clean).is_none() {
                continue;
            }
            let mut out = Vec::with_capacity(clean.len());
            let mut from = 0;
            for at in secret.find_iter(&clean) {
                out.extend_from_slice(&clean[from..at]);
                out.extend_from_slice(REDACTED.as_bytes());
                from = at + secret.needle().len();
            }
            out.extend_from_slice(&clean[from..]);
            clean = Cow::Owned(out);
        }
        clean
    }

    /// The head without credentials.
    pub(super) fn head(&self, mut head: HttpHead) -> HttpHead {
        if let Some(url) = &mut head.url {
            *url = self.text(&self.url(url));
        }
        for (name, value) in &mut head.headers {
            if SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                let scheme = value.split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| {
                    scheme.eq_ignore_ascii_case("bearer")
                        || scheme.eq_ignore_ascii_case("basic")
                        || scheme.eq_ignore_ascii_case("dpop")
                });
                *value = scheme.map_or(REDACTED.to_owned(), |scheme| format!("{scheme} {REDACTED}"));
            } else if name.eq_ignore_ascii_case("location") {
                *value = self.text(&self.url(value));
            } else {
                *value = self.text(value);
            }
        }
        head
    }

    /// The URL without its user information and without the values of parameters that are credentials.
    pub fn url(&self, url: &str) -> String {
        let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
        let base = match base.split_once("://") {
            Some((scheme, rest)) => {
                let host_end = rest.find('/').unwrap_or(rest.len());
                match rest[..host_end].rfind('@') {
                    Some(at) => format!("{scheme}://{REDACTED}@{}", &rest[at + 1..]),
                    None => base.to_owned(),
                }
            }
            None => base.to_owned(),
        };
        let Some(query) = query else { return self.text(&base) };
        let clean: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => {
                    format!("{name}={REDACTED}")
                }
                _ => pair.to_owned(),
            })
            .collect();
        self.text(&format!("{base}?{}", clean.join("&")))
    }

    /// The frames without secrets: usually the very same chunk; a chunk with a secret comes back frame by frame.
    pub(super) fn apply(&self, whole: Frames) -> Vec<Frames> {
        if !self.secrets.iter().any(|secret| secret.find(&whole.bytes).is_some()) {
            return vec![whole];
        }
        let Frames { server, name, direction, at, bytes, frames } = whole;
        let one = |frame: Frame| {
            let original = frame.of(&bytes);
            let (bytes, frame) = match self.bytes(original) {
                Cow::Borrowed(_) => {
                    (bytes.slice_ref(original), Frame { start: 0, end: frame.end - frame.start, ..frame })
                }
                Cow::Owned(clean) => {
                    let clean = Bytes::from(clean);
                    let envelope = if frame.envelope.kind.is_rpc() { Envelope::read(&clean) } else { frame.envelope };
                    let mut extra = frame.extra.unwrap_or_default();
                    let note = extra
                        .note
                        .take()
                        .map_or_else(|| "secrets redacted".to_owned(), |note| format!("{note}; secrets redacted"));
                    let extra = Some(Box::new(Extra { note: Some(note), ..*extra }));
                    (clean.clone(), Frame { extra, ..Frame::whole(&clean, envelope) })
                }
            };
            Frames { server, name: name.clone(), direction, at, bytes, frames: vec![frame] }
        };
        frames.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_heads_and_urls_are_gone() {
        let redactor = Redactor::new(["s3cr\"t-value"]);
        let head = redactor.head(HttpHead {
            url: Some("https://user:pw@host/x?api_key=abc&q=1&y=s3cr\"t-value".into()),
            headers: vec![
                ("Authorization".into(), "Bearer abc".into()),
                ("Set-Cookie".into(), "sid=1".into()),
                ("X-Other".into(), "a s3cr\"t-value b".into()),
            ],
            ..HttpHead::default()
        });
        assert_eq!(head.url.as_deref(), Some("https://[redacted]@host/x?api_key=[redacted]&q=1&y=[redacted]"));
        let values: Vec<_> = head.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["Bearer [redacted]", "[redacted]", "a [redacted] b"]);
    }

    #[test]
    fn a_secret_is_found_as_json_writes_it() {
        let redactor = Redactor::new(["s3cr\"t-value"]);
        assert_eq!(redactor.text(r#"{"a":"s3cr\"t-value"}"#), r#"{"a":"[redacted]"}"#);
        assert_eq!(redactor.text("nothing here"), "nothing here");
    }
}
