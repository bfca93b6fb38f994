//! A web address that a server wants a person to open: [`Address`], read warily.
//!
//! A browser is generous where we are strict: it drops line breaks, takes `\` for `/` and draws `xn--` names as the
//! letters they imitate. So what a browser might read differently from what a person sees is refused or said.

mod punycode;

use super::text::hidden_count;

/// An address as sent, and what there is to know before it is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// As sent.
    pub url: String,
    /// Where in it the host stands; empty when there is none.
    pub host: std::ops::Range<usize>,
    /// Why it must not be opened at all, if so.
    pub refused: Option<String>,
    /// What a person should know before opening it.
    pub warnings: Vec<String>,
}

impl Address {
    /// Reads an address.
    pub fn read(url: &str) -> Address {
        let mut address = Address { url: url.to_owned(), host: 0..0, refused: None, warnings: vec![] };
        let Some((scheme, rest)) = url.split_once(':') else {
            address.refused = Some("it is no web address: it has no scheme".into());
            return address;
        };
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            address.refused = Some("it is no web address: only https and http can be opened".into());
            return address;
        }
        let Some(rest) = rest.strip_prefix("//") else {
            address.refused = Some("it has no host: `//` is missing".into());
            return address;
        };
        if url.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
            address.refused = Some("it has spaces, controls or backslashes, which browsers read differently".into());
        }
        let start = url.len() - rest.len();
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let host_at = authority.rfind('@').map_or(0, |at| at + 1);
        let after = &authority[host_at..];
        let host = match after.strip_prefix('[').and_then(|six| six.find(']')) {
            Some(end) => &after[..end + 2],
            None => after.split(':').next().unwrap_or_default(),
        };
        address.host = start + host_at..start + host_at + host.len();
        if host.is_empty() {
            address.refused = Some("it has no host".into());
        }
        address.warn(secure, host_at > 0, host);
        address
    }

    fn warn(&mut self, secure: bool, user: bool, host: &str) {
        let mut warn = |text: &str| self.warnings.push(text.to_owned());
        if user {
            warn("what stands before the @ is not the host; it is often there to deceive");
        }
        if host.split('.').any(|label| label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"))) {
            let letters = punycode::letters(host).unwrap_or_else(|| "other letters".into());
            warn(&format!(
                "the host is written in punycode (xn--): a browser may show {letters}, which may look like another name"
            ));
        }
        if !host.is_ascii() {
            warn("the host has letters beyond ASCII, which may look like another name");
        }
        let local = host.eq_ignore_ascii_case("localhost") || host.starts_with("127.") || host == "[::1]";
        if local {
            warn("the host is this very machine");
        } else if !secure {
            warn("it is not encrypted (http): others on the way can read and change it");
        }
        if !local
            && (host.starts_with('[') || (!host.is_empty() && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')))
        {
            warn("the host is a bare address, not a name");
        }
        if hidden_count(&self.url) > 0 {
            self.warnings.push("it has invisible characters".into());
        }
    }

    /// The host, as sent.
    pub fn host(&self) -> &str {
        &self.url[self.host.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_found_and_deceptions_are_told() {
        for (url, host, refused, warned) in [
            ("https://example.com/a?b#c", "example.com", false, ""),
            ("HTTPS://example.com:8443", "example.com", false, ""),
            ("http://example.com/", "example.com", false, "not encrypted"),
            ("https://bank.com@evil.example/login", "evil.example", false, "before the @"),
            ("https://a@b@evil.example/", "evil.example", false, "before the @"),
            ("https://xn--pple-43d.com/", "xn--pple-43d.com", false, "may show аpple.com"),
            ("https://xn--99999999999999.com/", "xn--99999999999999.com", false, "punycode"),
            ("https://аpple.com/", "аpple.com", false, "beyond ASCII"),
            ("http://127.0.0.1:3000/cb", "127.0.0.1", false, "this very machine"),
            ("https://[2001:db8::1]:80/x", "[2001:db8::1]", false, "bare address"),
            ("https://10.0.0.1/", "10.0.0.1", false, "bare address"),
            ("https://good.example\\@evil.example/", "evil.example", true, "before the @"),
            ("https://exam\nple.com/", "exam\nple.com", true, ""),
            ("https:///path", "", true, ""),
            ("https:example.com", "", true, ""),
            ("https://user:pw@bank.com@evil", "evil", false, "before the @"),
            ("https://bank.com.evil.example/", "bank.com.evil.example", false, ""),
            ("https://\u{202e}moc.knab/", "\u{202e}moc.knab", false, "invisible"),
            ("HTTPS://evil\0.com", "evil\0.com", true, "invisible"),
            (" https://example.com/", "", true, ""),
            ("javascript:alert(1)", "", true, ""),
            ("data:text/html,x", "", true, ""),
            ("vbscript:x", "", true, ""),
            ("ssh://-oProxyCommand=x", "", true, ""),
            ("-oProxyCommand=x", "", true, ""),
            ("file:///etc/passwd", "", true, ""),
            ("example.com", "", true, ""),
        ] {
            let address = Address::read(url);
            assert_eq!((address.host(), address.refused.is_some()), (host, refused), "{url:?}");
            assert_eq!(address.warnings.is_empty(), warned.is_empty(), "{url:?} {:?}", address.warnings);
            assert!(address.warnings.iter().any(|text| text.contains(warned)) || warned.is_empty(), "{url:?}");
        }
    }

    #[test]
    fn a_long_host_is_whole() {
        let host = "a.".repeat(2_048) + "example";
        assert_eq!(Address::read(&format!("https://{host}/x")).host(), host);
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_only_web_addresses_pass(url in "(https?|ftp|a)?[:/@.\\[\\]\\\\a-z \u{202e}é]{0,24}") {
            let address = Address::read(&url);
            prop_assert!(url.get(address.host.clone()).is_some());
            if address.refused.is_none() {
                prop_assert!(url.starts_with("http://") || url.starts_with("https://"));
                prop_assert!(!address.host().is_empty());
            }
        }
    }
}
