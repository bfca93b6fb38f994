//! What something was when somebody accepted it: [`Fingerprint`], a SHA-256 of its one spelling.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::json::{RawJson, canonical};
use super::server::{Launch, ServerSpec};

/// The SHA-256 of a thing in its one spelling. Written as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of JSON: neither the order of members nor white space nor the spelling of strings matters.
    pub fn of_json(json: &RawJson) -> Fingerprint {
        Fingerprint(Sha256::digest(canonical(json.as_str()).as_bytes()).into())
    }

    /// Of what a server is: its command line and directory, or its address. Not of its name, which is ours, nor of
    /// its environment and headers, which hold secrets that are changed now and then.
    pub fn of_server(spec: &ServerSpec) -> Fingerprint {
        let mut hash = Sha256::new();
        // Each part has its length before it: no two commands can read the same.
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        match &spec.launch {
            Launch::Stdio { command, args, cwd, .. } => {
                part("stdio");
                part(command);
                for arg in args {
                    part(arg);
                }
                part("");
                part(&cwd.as_ref().map(|cwd| cwd.display().to_string()).unwrap_or_default());
            }
            Launch::Http { url, .. } => {
                part("http");
                part(url);
            }
        }
        Fingerprint(hash.finalize().into())
    }

    /// The first twelve digits: enough for a person to tell two apart.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.short())
    }
}

/// Not 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a SHA-256: 64 hex digits are expected")]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(NoFingerprint);
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(NoFingerprint);
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Fingerprint(bytes))
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn it_is_read_as_it_is_written() {
        let print = Fingerprint::of_json(&RawJson::empty_object());
        assert_eq!(print.to_string(), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!(print.to_string().parse(), Ok(print));
        assert_eq!(serde_json::from_value::<Fingerprint>(serde_json::json!(print)).unwrap(), print);
        for text in ["", "44136f", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NoFingerprint), "{text}");
        }
    }

    #[test]
    fn another_command_is_another_server_whatever_it_is_called() {
        let stdio = |command: &str, args: &[&str], cwd: Option<&str>| {
            let args = args.iter().map(|arg| (*arg).to_owned()).collect();
            let launch = Launch::Stdio { command: command.into(), args, env: vec![], cwd: cwd.map(Into::into) };
            Fingerprint::of_server(&ServerSpec::new("s", launch))
        };
        let all = [
            stdio("node", &["a", "b"], None),
            stdio("node", &["ab"], None),
            stdio("node", &["a"], Some("b")),
            stdio("node", &["a", "", "b"], None),
            stdio("node", &[], None),
        ];
        for (n, print) in all.iter().enumerate() {
            assert!(!all[n + 1..].contains(print), "{n}");
        }
        let renamed = ServerSpec::new(
            "t",
            Launch::Stdio { command: "node".into(), args: vec![], env: vec![("A".into(), "1".into())], cwd: None },
        );
        assert_eq!(all[4], Fingerprint::of_server(&renamed));
    }
}
