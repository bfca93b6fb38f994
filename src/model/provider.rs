//! How a provider of models is reached: [`ProviderSpec`], from the config or from nothing but a key.

use std::fmt;
use std::time::Duration;

use super::chat::{Dialect, Effort};

/// A provider, ready to be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderSpec {
    /// The name people use for it.
    pub name: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// Where it is, up to and without the path of a request: `https://api.openai.com/v1`.
    pub base_url: String,
    /// How we sign in.
    pub key: Key,
    /// More headers for every request. Their values may be secrets.
    pub headers: Vec<(String, Secret)>,
    /// The model to use when nobody names one.
    pub model: Option<String>,
    /// The longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// How hard to think.
    pub effort: Option<Effort>,
    /// Whether its models take images; without a word it is found out.
    pub images: Option<bool>,
    /// How long it may be silent before it is given up; a usual time without a word.
    pub timeout: Option<Duration>,
}

/// What is kept in the journal of what goes to and comes from providers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Traffic {
    /// Nothing.
    Off,
    /// That a request was made: where to, when, how large, how it was answered. No text.
    #[default]
    Heads,
    /// Everything, each event of an answer by itself.
    Full,
}

impl Traffic {
    /// All of them, with their words in the config.
    pub const ALL: [(&'static str, Traffic); 3] =
        [("off", Traffic::Off), ("heads", Traffic::Heads), ("full", Traffic::Full)];
}

/// Where the key comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// None is needed (local servers).
    None,
    /// This one.
    Value(Secret),
    /// A program prints it; program and arguments, no shell.
    Command(Vec<String>),
}

/// Text that no log ever shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, to be sent and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl ProviderSpec {
    /// The built-in model that needs no network.
    pub fn demo() -> ProviderSpec {
        ProviderSpec { model: Some("demo".into()), ..ProviderSpec::new("demo", Dialect::Demo, Key::None) }
    }

    /// What must never be shown or written down, as far as it is known before the provider is used.
    pub fn secrets(&self) -> Vec<String> {
        let key = match &self.key {
            Key::Value(secret) => Some(secret.reveal().to_owned()),
            Key::None | Key::Command(_) => None,
        };
        key.into_iter().chain(self.headers.iter().map(|(_, value)| value.reveal().to_owned())).collect()
    }

    /// A provider at its usual place.
    pub fn new(name: &str, dialect: Dialect, key: Key) -> ProviderSpec {
        ProviderSpec {
            name: name.to_owned(),
            dialect,
            base_url: usual_url(dialect).to_owned(),
            key,
            headers: Vec::new(),
            model: None,
            max_tokens: None,
            effort: None,
            images: None,
            timeout: None,
        }
    }
}

/// Where the vendor of a dialect is.
pub fn usual_url(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "https://api.anthropic.com",
        Dialect::Responses | Dialect::ChatCompletions => "https://api.openai.com/v1",
        Dialect::Demo => "",
    }
}

/// The variable that the vendor's own programs read the key from.
pub fn usual_key_variable(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Anthropic => Some("ANTHROPIC_API_KEY"),
        Dialect::Responses | Dialect::ChatCompletions => Some("OPENAI_API_KEY"),
        Dialect::Demo => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_any_log() {
        let spec = ProviderSpec {
            headers: vec![("X".into(), Secret::new("canary"))],
            ..ProviderSpec::new("p", Dialect::Anthropic, Key::Value(Secret::new("canary")))
        };
        assert!(!format!("{spec:?}").contains("canary"));
    }
}
