//! Reading `[providers.NAME]`, and how that becomes a [`ProviderSpec`]: a key is looked up only when it is wanted.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::entry::{Fault, FaultKind, Filler, ResolveError};
use super::reader::{Reader, Section, join};
use super::server::{Literal, check, check_name, note_literal, templates};
use super::tree::Member;
use crate::model::chat::{Dialect, Effort};
use crate::model::provider::{Key, ProviderSpec, Secret, usual_key_variable, usual_url};

/// The words of `kind`.
const KINDS: [(&str, Dialect); 4] = [
    ("anthropic", Dialect::Anthropic),
    ("openai", Dialect::Responses),
    ("openai-chat", Dialect::ChatCompletions),
    ("demo", Dialect::Demo),
];

/// One provider of the config, before its variables are filled in.
#[derive(Clone, PartialEq, Debug)]
pub struct ProviderEntry {
    /// The name people use for it.
    pub name: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// The model to use when nobody names one.
    pub model: Option<String>,
    file: PathBuf,
    line: usize,
    base_url: Option<String>,
    key: KeyEntry,
    headers: Vec<(String, String)>,
    max_tokens: Option<u32>,
    effort: Option<Effort>,
    images: Option<bool>,
    timeout: Option<Duration>,
}

/// Where the key comes from, as written.
#[derive(Clone, PartialEq, Debug)]
enum KeyEntry {
    /// The vendor's own variable; needed at the vendor's own place alone.
    Usual,
    /// This variable.
    Variable(String),
    /// What this program prints.
    Command(Vec<String>),
}

impl ProviderEntry {
    /// The word of its `kind`.
    pub fn kind(&self) -> &'static str {
        kind_word(self.dialect)
    }

    /// Where it is, as written: variables are not filled in, so it is fit for showing.
    pub fn shown_url(&self) -> &str {
        self.base_url.as_deref().unwrap_or(usual_url(self.dialect))
    }

    /// Fills in the variables from `env` and looks up the key. Whatever is missing is named, all of it at once.
    pub fn resolve(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<ProviderSpec, ResolveError> {
        let explained = BTreeMap::new();
        let mut filler = Filler { env, explained: &explained, secrets: Vec::new(), faults: Vec::new() };
        let mut spec = ProviderSpec::new(&self.name, self.dialect, Key::None);
        if let Some(base_url) = &self.base_url {
            spec.base_url = filler.url("base_url", base_url);
        }
        let headers = filler.headers(&self.headers);
        spec.headers = headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        spec.key = self.key(env, &mut filler);
        spec.model.clone_from(&self.model);
        spec.max_tokens = self.max_tokens;
        spec.effort = self.effort;
        spec.images = self.images;
        spec.timeout = self.timeout;
        if filler.faults.is_empty() {
            return Ok(spec);
        }
        Err(ResolveError {
            table: "providers",
            name: self.name.clone(),
            file: self.file.clone(),
            line: self.line,
            faults: filler.faults,
        })
    }

    fn key(&self, env: &dyn Fn(&str) -> Option<String>, filler: &mut Filler<'_>) -> Key {
        let set = |name: &str| env(name).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
        let (variable, needed) = match &self.key {
            KeyEntry::Command(words) => return Key::Command(filler.list("api_key_command", words)),
            KeyEntry::Variable(name) => (name.as_str(), true),
            KeyEntry::Usual => match usual_key_variable(self.dialect) {
                // Somebody else's server gets the vendor's key only if that is asked for.
                Some(name) if self.base_url.is_none() => (name, true),
                _ => return Key::None,
            },
        };
        match set(variable) {
            Some(key) => Key::Value(Secret::new(key)),
            None if needed => {
                let explanation = Some(format!("the API key of {}", self.name));
                let kind = FaultKind::MissingVariable { variable: variable.to_owned(), explanation };
                filler.faults.push(Fault { key: "api_key_env".into(), kind });
                Key::None
            }
            None => Key::None,
        }
    }
}

/// The word of a `kind`.
pub fn kind_word(dialect: Dialect) -> &'static str {
    KINDS.iter().find(|(_, kind)| *kind == dialect).map_or("", |(word, _)| word)
}

/// The providers that need no config: those whose vendor's key is in the environment.
pub(super) fn of_environment(env: &dyn Fn(&str) -> Option<String>) -> Vec<ProviderSpec> {
    [("anthropic", Dialect::Anthropic), ("openai", Dialect::Responses)]
        .into_iter()
        .filter_map(|(name, dialect)| {
            let key = env(usual_key_variable(dialect)?).map(|key| key.trim().to_owned());
            let key = key.filter(|key| !key.is_empty())?;
            Some(ProviderSpec::new(name, dialect, Key::Value(Secret::new(key))))
        })
        .collect()
}

/// Reads all of `[providers]`, in the order of the file.
pub(super) fn providers(
    reader: &mut Reader<'_>,
    root: &mut Section<'_>,
    literals: &mut Vec<Literal>,
) -> Vec<ProviderEntry> {
    let members = root.members(reader, "providers");
    members.into_iter().filter_map(|member| provider(reader, member, literals)).collect()
}

fn provider(reader: &mut Reader<'_>, member: &Member, literals: &mut Vec<Literal>) -> Option<ProviderEntry> {
    let path = join("providers", &member.key);
    if let Err(message) = check_name(&member.key) {
        reader.complain(member.at, &path, message.replace("server", "provider"));
    } else if member.key.contains('/') {
        // `PROVIDER/MODEL` is how models are named.
        reader.complain(member.at, &path, "a provider name may not hold `/`");
    }
    let mut section = Section::new(reader, path.clone(), &member.value)?;
    let kind = section.choice(reader, "kind", &KINDS);
    if kind.is_none() && section.peek("kind").is_none() {
        let words = KINDS.map(|(word, _)| format!("\"{word}\"")).join(", ");
        reader.complain(member.at, &path, format!("needs `kind`, one of {words}"));
    }
    let base_url = section.text(reader, "base_url", "base_url = \"http://localhost:11434/v1\"");
    if let Some(given) = &base_url {
        check(reader, &section.at("base_url"), given.at, &given.value);
        // With variables in it, it can be judged only once they are filled in.
        if !given.value.contains("${")
            && let Err(message) = super::target::check_url(&given.value)
        {
            reader.complain(given.at, &section.at("base_url"), message);
        }
    }
    let variable = section.text(reader, "api_key_env", "api_key_env = \"ANTHROPIC_API_KEY\"");
    if let Some(given) = &variable
        && !super::interpolate::is_name(&given.value)
    {
        // It may well be the key itself, so it is not repeated.
        let message = "expected the name of an environment variable; the key itself does not belong into this file";
        reader.complain(given.at, &section.at("api_key_env"), message);
    }
    let command_at = section.peek("api_key_command");
    let command = section.texts(reader, "api_key_command", "api_key_command = [\"pass\", \"show\", \"anthropic\"]");
    for (index, word) in command.iter().enumerate() {
        check(reader, &format!("{path}.api_key_command[{index}]"), word.at, &word.value);
    }
    if let (Some(at), Some(_)) = (command_at, &variable) {
        let message = "a provider has `api_key_env` or `api_key_command`, not both; remove one";
        reader.complain(at, &section.at("api_key_command"), message);
    } else if let (Some(at), true) = (command_at, command.is_empty()) {
        reader.complain(at, &section.at("api_key_command"), "expected a program, found nothing");
    }
    let headers = templates(reader, &mut section, "headers", literals);
    for (member, value) in &headers {
        let key = join(&section.at("headers"), &member.key);
        if http::HeaderName::from_bytes(member.key.as_bytes()).is_err() {
            reader.complain(member.at, &key, "not a name for a header");
        }
        // Vendors have header names of their own for keys.
        if member.key.to_ascii_lowercase().contains("key") {
            note_literal(literals, member.at, key, value);
        }
    }
    let model = section.text(reader, "model", "model = \"claude-sonnet-5-5\"");
    let max_tokens = section.count(reader, "max_tokens", 1);
    let efforts = Effort::ALL.map(|effort| (effort.word(), effort));
    let effort = section.choice(reader, "effort", &efforts);
    let images = section.flag(reader, "images");
    let timeout = section.seconds(reader, "timeout");
    section.finish(reader);
    Some(ProviderEntry {
        name: member.key.clone(),
        dialect: kind?.value,
        model: model.map(|given| given.value).filter(|model| !model.is_empty()),
        file: reader.source.file.clone(),
        line: reader.source.place(member.at).line,
        base_url: base_url.map(|given| given.value),
        key: match (variable, command.is_empty()) {
            (Some(given), _) => KeyEntry::Variable(given.value),
            (None, false) => KeyEntry::Command(command.into_iter().map(|given| given.value).collect()),
            (None, true) => KeyEntry::Usual,
        },
        headers: headers.into_iter().map(|(member, value)| (member.key.clone(), value)).collect(),
        max_tokens: max_tokens.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        effort: effort.map(|given| given.value),
        images,
        timeout: timeout.map(|given| given.value),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("c.toml"), text).map_err(|error| error.to_string())
    }

    fn environment(name: &str) -> Option<String> {
        match name {
            "ANTHROPIC_API_KEY" => Some("key-a\n".into()),
            "OPENAI_API_KEY" => Some(" ".into()),
            "MINE" => Some("key-m".into()),
            _ => None,
        }
    }

    #[test]
    fn every_key_is_read() {
        let config = parse(
            "[providers.local]\nkind = \"openai-chat\"\nbase_url = \"http://localhost:1/v1\"\nmodel = \"m\"\n\
             max_tokens = 5\neffort = \"xhigh\"\nimages = false\nheaders = { X-A = \"${MINE}\" }\napi_key_command = [\"pass\", \"x\"]\n\
             [providers.claude]\nkind = \"anthropic\"\n[providers.mine]\nkind = \"openai\"\napi_key_env = \"MINE\"\n\
             [providers.other]\nkind = \"anthropic\"\nbase_url = \"http://h\"\n[providers.d]\nkind = \"demo\"",
        )
        .expect("good");
        let specs: Vec<ProviderSpec> =
            config.providers.iter().map(|entry| entry.resolve(&environment).expect("resolves")).collect();
        let [local, claude, mine, other, demo] = specs.as_slice() else { panic!("in the order of the file") };
        assert_eq!(local.base_url, "http://localhost:1/v1");
        assert_eq!((local.model.as_deref(), local.max_tokens, local.effort), (Some("m"), Some(5), Some(Effort::XHigh)));
        assert_eq!((local.images, claude.images), (Some(false), None));
        assert_eq!(local.key, Key::Command(vec!["pass".into(), "x".into()]));
        assert_eq!(local.headers[0].1.reveal(), "key-m");
        assert_eq!(claude.key, Key::Value(Secret::new("key-a")));
        assert_eq!(mine.key, Key::Value(Secret::new("key-m")));
        assert_eq!(other.key, Key::None, "the vendor's key goes nowhere else by itself");
        assert_eq!((demo.dialect, config.providers[4].kind()), (Dialect::Demo, "demo"));
    }

    #[test]
    fn every_mistake_says_where_and_what_instead() {
        for (text, expected) in [
            (
                "[providers.x]",
                "c.toml:1:12: providers.x: needs `kind`, one of \"anthropic\", \"openai\", \"openai-chat\", \"demo\"",
            ),
            (
                "[providers.x]\nkind = \"antropic\"",
                "c.toml:2:8: providers.x.kind: expected \"anthropic\" or \"openai\" or \"openai-chat\" or \"demo\", found \"antropic\"; did you mean \"anthropic\"?",
            ),
            (
                "[providers.x]\nkind = \"openai\"\nmodle = \"m\"",
                "c.toml:3:1: providers.x.modle: unknown key; did you mean `model`?",
            ),
            (
                "[providers.x]\nkind = \"openai\"\napi_key_env = \"sk-123\"",
                "c.toml:3:15: providers.x.api_key_env: expected the name of an environment variable; the key itself does not belong into this file",
            ),
            (
                "[providers.x]\nkind = \"openai\"\napi_key_env = \"A\"\napi_key_command = [\"p\"]",
                "c.toml:4:19: providers.x.api_key_command: a provider has `api_key_env` or `api_key_command`, not both; remove one",
            ),
            (
                "[providers.x]\nkind = \"openai\"\napi_key_command = \"pass show\"",
                "c.toml:3:19: providers.x.api_key_command: expected an array of strings, found a string; for example `api_key_command = [\"pass\", \"show\", \"anthropic\"]`",
            ),
            (
                "[providers.x]\nkind = \"openai\"\nbase_url = \"ftp://h\"",
                "c.toml:3:12: providers.x.base_url: `ftp:` is not spoken here; a server's URL begins with http:// or https://",
            ),
            (
                "[providers.\"a/b\"]\nkind = \"demo\"",
                "c.toml:1:12: providers.\"a/b\": a provider name may not hold `/`",
            ),
        ] {
            let said = parse(text).expect_err(text);
            assert!(said.starts_with(expected), "{text}\n{said}\n{expected}");
        }
    }

    #[test]
    fn a_missing_key_is_named_and_the_environment_alone_will_do() {
        let config = parse("[providers.o]\nkind = \"openai\"").expect("good");
        let error = config.providers[0].resolve(&environment).expect_err("no key").to_string();
        assert!(
            error.starts_with("c.toml:1: providers.o.api_key_env: ") && error.contains("OPENAI_API_KEY"),
            "{error}"
        );
        let specs = parse("").expect("good").provider_specs(&environment);
        let names: Vec<String> = specs.into_iter().map(|spec| spec.expect("good").name).collect();
        assert_eq!(names, ["anthropic", "demo"]);
    }
}
