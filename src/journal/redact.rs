//! What is never kept: [`Redactor`] takes credentials and configured secrets out of frames, headers and remarks.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use memchr::memmem::Finder;

use super::tap::{Extra, Frame, Frames};
use crate::model::envelope::Envelope;
use crate::model::record::HttpHead;

/// What stands where a secret was.
pub(super) const REDACTED: &str = "[redacted]";
/// Shorter values would take harmless text apart.
const SHORTEST: usize = 4;
/// Values learnt in a run that are remembered.
const LEARNT: usize = 1_000;

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

/// A value that is not kept, and what stands in its place.
#[derive(Clone, Debug)]
struct Secret {
    finder: Finder<'static>,
    instead: Vec<u8>,
}

impl Secret {
    fn plain(value: &str) -> Secret {
        Secret { finder: Finder::new(value.as_bytes()).into_owned(), instead: REDACTED.into() }
    }

    /// The text without it, if it was in there.
    fn out_of(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.finder.find(text)?;
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for at in self.finder.find_iter(text) {
            out.extend_from_slice(&text[from..at]);
            out.extend_from_slice(&self.instead);
            from = at + self.finder.needle().len();
        }
        out.extend_from_slice(&text[from..]);
        Some(out)
    }
}

/// What was learnt in the run; a flood must not pay for it while there is nothing.
#[derive(Debug, Default)]
struct Learnt {
    any: AtomicBool,
    secrets: RwLock<Vec<Secret>>,
}

/// Takes secrets out. One for each server: a server's secrets are its own.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret>,
    learnt: Arc<Learnt>,
    /// What another one learns.
    beside: Option<Arc<Learnt>>,
}

impl Redactor {
    /// Takes out these values, as they are and as JSON writes them in a string.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Redactor {
        let mut all: Vec<String> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            all.extend(spellings(secret));
        }
        // The longest first: a secret inside another must not leave the rest of it.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all.dedup();
        Redactor {
            secrets: all.iter().map(|secret| Secret::plain(secret)).collect(),
            learnt: Arc::default(),
            beside: None,
        }
    }

    /// Takes out as well whatever the other one learns.
    #[must_use]
    pub fn beside(self, other: &Redactor) -> Redactor {
        Redactor { beside: Some(Arc::clone(&other.learnt)), ..self }
    }

    /// Takes these out too, for the rest of the run: what a person typed where a secret was asked for. The second of
    /// each is the member (quoted) whose value it is, where it is a whole member; else empty.
    pub fn learn(&self, secrets: &[(String, String)]) {
        let mut learnt = self.learnt.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for (text, key) in secrets.iter().filter(|(text, _)| text.len() >= SHORTEST) {
            if key.is_empty() {
                learnt.extend(spellings(text).iter().map(|text| Secret::plain(text)));
            } else {
                let instead = format!("{key}:\"{REDACTED}\"").into_bytes();
                learnt.push(Secret { finder: Finder::new(text.as_bytes()).into_owned(), instead });
            }
        }
        let over = learnt.len().saturating_sub(LEARNT);
        learnt.drain(..over);
        learnt.sort_by_key(|secret| std::cmp::Reverse(secret.finder.needle().len()));
        self.learnt.any.store(!learnt.is_empty(), Ordering::Release);
    }

    /// What was learnt, where there is anything.
    fn learnt(&self) -> impl Iterator<Item = &Learnt> {
        let all = [Some(&*self.learnt), self.beside.as_deref()];
        all.into_iter().flatten().filter(|learnt| learnt.any.load(Ordering::Acquire))
    }

    /// Whether there is something to be taken out.
    fn touches(&self, bytes: &[u8]) -> bool {
        let any = |secrets: &[Secret]| secrets.iter().any(|secret| secret.finder.find(bytes).is_some());
        any(&self.secrets)
            || self.learnt().any(|learnt| any(&learnt.secrets.read().unwrap_or_else(PoisonError::into_inner)))
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
            if let Some(out) = secret.out_of(&clean) {
                clean = Cow::Owned(out);
            }
        }
        for learnt in self.learnt() {
            for secret in &*learnt.secrets.read().unwrap_or_else(PoisonError::into_inner) {
                if let Some(out) = secret.out_of(&clean) {
                    clean = Cow::Owned(out);
                }
            }
        }
        clean
    }

    /// The head without credentials.
    pub fn head(&self, mut head: HttpHead) -> HttpHead {
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
        if !self.touches(&whole.bytes) {
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

/// A value as it is, and as JSON writes it in a string.
fn spellings(secret: &str) -> [String; 2] {
    let quoted = serde_json::Value::from(secret).to_string();
    [secret.to_owned(), quoted[1..quoted.len() - 1].to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_is_taken_out_from_then_on() {
        let redactor = Redactor::new([]);
        let frame = r#"{"password":"hunter\"2-long","pin": 12,"note":"12"}"#;
        assert_eq!(redactor.text(frame), frame);
        let clone = redactor.clone();
        redactor.learn(&[("hunter\"2-long".into(), String::new()), (r#""pin": 12"#.into(), r#""pin""#.into())]);
        assert_eq!(clone.text(frame), r#"{"password":"[redacted]","pin":"[redacted]","note":"12"}"#);
    }

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
