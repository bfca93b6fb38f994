//! `[chat]`: which model answers when nobody names one, and how far a conversation may go by itself.

use super::reader::{Reader, Section};

/// `[chat]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChatConfig {
    /// The model of new conversations, `PROVIDER/MODEL`; the first provider's own without it.
    pub model: Option<(String, String)>,
    /// Requests to the model in one turn before a person is asked.
    pub max_rounds: Option<u32>,
    /// Bytes of text of one tool's answer that the model gets to read.
    pub max_result_bytes: Option<usize>,
    /// The share of the model's context that definitions of tools may fill, in percent.
    pub discovery_share: Option<u32>,
    /// The tokens that a conversation may have, where the provider does not say.
    pub context: Option<u64>,
    /// How full, in percent, a conversation may get before a person is asked whether to sum it up.
    pub summary_share: Option<u32>,
}

pub(super) fn chat(reader: &mut Reader<'_>, mut section: Section<'_>) -> ChatConfig {
    const EXAMPLE: &str = "model = \"claude/claude-sonnet-5-5\"";
    let model = section.text(reader, "model", EXAMPLE).and_then(|given| {
        let parts = given.value.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
        if parts.is_none() {
            let message = format!("expected PROVIDER/MODEL; for example `{EXAMPLE}`");
            reader.complain(given.at, &section.at("model"), message);
        }
        parts.map(|(provider, model)| (provider.to_owned(), model.to_owned()))
    });
    let max_rounds = section.count(reader, "max_rounds", 1);
    let discovery_share = section.count(reader, "discovery_share", 0);
    let summary_share = section.count(reader, "summary_share", 1);
    let chat = ChatConfig {
        model,
        max_rounds: max_rounds.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
        max_result_bytes: section.count(reader, "max_result_bytes", 1_000),
        discovery_share: discovery_share.map(|share| u32::try_from(share).unwrap_or(u32::MAX)),
        summary_share: summary_share.map(|share| u32::try_from(share).unwrap_or(u32::MAX)),
        context: section.count(reader, "context", 1_000).map(|tokens| tokens as u64),
    };
    section.finish(reader);
    chat
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    #[test]
    fn every_key_is_read_and_mistakes_say_what_instead() {
        let parse = |text: &str| Config::parse(Path::new("c.toml"), text).map_err(|error| error.to_string());
        let chat = parse(
            "[chat]\nmodel = \"p/a/b\"\nmax_rounds = 3\nmax_result_bytes = 2000\ndiscovery_share = 0\ncontext = 32768\nsummary_share = 60",
        )
        .expect("good")
        .chat;
        assert_eq!(chat.model, Some(("p".into(), "a/b".into())));
        assert_eq!((chat.max_rounds, chat.max_result_bytes), (Some(3), Some(2000)));
        assert_eq!((chat.discovery_share, chat.context, chat.summary_share), (Some(0), Some(32_768), Some(60)));
        for (text, expected) in [
            ("[chat]\nmodel = \"gpt\"", "c.toml:2:9: chat.model: expected PROVIDER/MODEL"),
            ("[chat]\nmax_rounds = 0", "c.toml:2:14: chat.max_rounds: expected at least 1, found 0"),
            ("[chat]\nmax_round = 1", "c.toml:2:1: chat.max_round: unknown key; did you mean `max_rounds`?"),
        ] {
            let said = parse(text).expect_err(text);
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
