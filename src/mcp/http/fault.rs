//! What went wrong, for people: who, what, and what to do next.

use std::error::Error;

use reqwest::Url;

use crate::journal::Tap;
use crate::mcp::transport::HttpFailure;
use crate::model::text::{escape_line, truncate_width};

/// The widest piece of foreign text in a message.
const SHOWN: usize = 200;

/// A failure with nothing but a message.
pub(super) fn plain(message: impl Into<String>) -> HttpFailure {
    HttpFailure {
        status: None,
        message: message.into(),
        challenge: None,
        body: None,
        session_lost: false,
        unknown_outcome: false,
    }
}

/// A URL as it may be shown.
pub(super) fn shown(url: &Url, tap: &Tap) -> String {
    clip(&tap.redactor().url(url.as_str()))
}

/// Foreign text as a part of a message: one safe line, not too long.
pub(super) fn clip(text: &str) -> String {
    // Nothing beyond this many bytes can be within the width.
    let mut end = text.len().min(SHOWN * 16);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    truncate_width(&escape_line(text[..end].trim()), SHOWN).into_owned()
}

/// The request failed without a response.
pub(super) fn of_send(url: &Url, tap: &Tap, fault: &reqwest::Error) -> HttpFailure {
    let reason = cause(fault);
    let url_text = shown(url, tap);
    let host = url.host_str().unwrap_or("the host");
    let lower = reason.to_lowercase();
    let tls = ["certificate", "corrupt message", "tls", "handshake", "alert", "wrong version"];
    if url.scheme() == "https" && fault.is_connect() && tls.iter().any(|word| lower.contains(word)) {
        let advice = if lower.contains("corrupt message") || lower.contains("wrong version") {
            "the port does not speak TLS; try http:// in place of https://"
        } else if lower.contains("expired") || lower.contains("not valid yet") {
            "have its operator renew the certificate, or correct this machine's clock"
        } else if lower.contains("causedasendentity") {
            "it is its own authority, which no client can trust: make one certificate for an authority and one for the server"
        } else if lower.contains("not valid for name") {
            "use the name that the certificate is made for"
        } else {
            "if you trust its issuer, add that certificate to the system's trust store (or name it in SSL_CERT_FILE)"
        };
        return plain(format!("no secure connection to {host}: {}; {advice}", clip(&reason)));
    }
    if fault.is_builder() {
        return plain(format!("cannot ask {url_text}: {}; check the URL and the headers", clip(&reason)));
    }
    if fault.is_connect() {
        let advice = if fault.is_dns() || lower.contains("lookup") {
            "check the host name and the network"
        } else if lower.contains("refused") {
            "is the server running, and is the port right?"
        } else if fault.is_timeout() || lower.contains("timed out") {
            "check the address, the network and proxies"
        } else {
            "check the URL and the network"
        };
        return plain(format!("cannot connect to {url_text}: {}; {advice}", clip(&reason)));
    }
    HttpFailure {
        unknown_outcome: true,
        ..plain(format!(
            "{url_text} broke the connection without an answer: {}; look at the server's own log before you send it again",
            clip(&reason)
        ))
    }
}

/// What a broken body says, without the layers above it.
pub(super) fn reason(fault: &reqwest::Error) -> String {
    clip(&cause(fault))
}

/// The innermost cause; those around it only repeat that something failed, and the URL, which may hold secrets.
fn cause(fault: &reqwest::Error) -> String {
    let mut innermost: Option<&dyn Error> = fault.source();
    while let Some(next) = innermost.and_then(Error::source) {
        innermost = Some(next);
    }
    innermost.map_or_else(|| "it gives no reason".to_owned(), ToString::to_string)
}

/// What a page says about itself: its title, or the beginning of its text.
pub(super) fn excerpt(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(8 * 1024)]);
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|at| {
        let start = at + "<title>".len();
        Some(&text[start..start + lower[start..].find("</title>")?])
    });
    let line = title.or_else(|| text.lines().map(str::trim).find(|line| !line.is_empty()))?;
    Some(truncate_width(&clip(line), 80).into_owned())
}
