//! What a provider may be asked for, learned from its refusals: models and compatible servers differ in what they take,
//! and no list of ours would be right for long. [`Leeway::relax`] leaves out what a 400 complains about, once each.

use super::images::Sight;
use crate::model::chat::{Dialect, FailureKind, ProviderFailure};

/// What goes into a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Leeway {
    /// Whether thinking is asked for and shown.
    pub(super) thinking: bool,
    /// Whether the configured effort is sent.
    pub(super) effort: bool,
    /// Whether the tokens of a stream are asked for (Chat Completions).
    pub(super) usage: bool,
    /// Whether the limit is called `max_completion_tokens` (Chat Completions).
    pub(super) completion_tokens: bool,
    /// Whether the other name of the limit was tried already.
    pub(super) renamed: bool,
    /// Whether `reasoning_effort` must be `none`, for tools to work at all (Chat Completions).
    pub(super) no_reasoning: bool,
    /// What it does with images.
    pub(super) sight: Sight,
}

impl Leeway {
    /// What is tried first. `vendor` tells the vendor itself from those that are only compatible.
    pub(super) fn new(vendor: bool) -> Leeway {
        Leeway {
            thinking: true,
            effort: true,
            usage: true,
            completion_tokens: vendor,
            renamed: false,
            no_reasoning: false,
            sight: Sight::Untried,
        }
    }

    /// Leaves out what the provider complains about and says so; `None` if that is nothing we can do without.
    pub(super) fn relax(&mut self, failure: &ProviderFailure, dialect: Dialect) -> Option<&'static str> {
        if failure.kind != FailureKind::Refused || !matches!(failure.status, Some(400 | 422)) {
            return None;
        }
        let about = |word: &str| failure.message.contains(word);
        match dialect {
            Dialect::Anthropic if (about("output_config") || about("effort")) && self.effort => {
                self.effort = false;
                Some("this model does not take the effort; asking again without it")
            }
            Dialect::Anthropic if (about("thinking") || about("adaptive")) && self.thinking => {
                self.thinking = false;
                Some("this model does not take `thinking` as it was sent; asking again without it")
            }
            Dialect::Responses if about("reasoning.effort") && self.effort => {
                self.effort = false;
                Some("this model does not take the effort; asking again without it")
            }
            Dialect::Responses if (about("reasoning") || about("encrypted_content")) && self.thinking => {
                self.thinking = false;
                Some("this model does not take `reasoning`; asking again without it")
            }
            Dialect::ChatCompletions
                if about("reasoning_effort") && about("none") && !self.no_reasoning && self.effort =>
            {
                self.no_reasoning = true;
                Some(
                    "tools work with this model only without reasoning here (kind = \"openai\" has both); asking again",
                )
            }
            Dialect::ChatCompletions if about("reasoning_effort") && self.effort => {
                (self.effort, self.no_reasoning) = (false, false);
                Some("this model does not take the effort; asking again without it")
            }
            Dialect::ChatCompletions if about("max_completion_tokens") && !self.renamed => {
                (self.completion_tokens, self.renamed) = (!self.completion_tokens, true);
                Some("this provider has another name for the limit of tokens; asking again")
            }
            Dialect::ChatCompletions if about("stream_options") && self.usage => {
                self.usage = false;
                Some("this provider does not count tokens of a stream; asking again without")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(message: &str) -> ProviderFailure {
        ProviderFailure { status: Some(400), ..ProviderFailure::new(FailureKind::Refused, message) }
    }

    #[test]
    fn each_thing_is_left_out_once_and_then_the_refusal_stands() {
        for (dialect, message, times) in [
            (Dialect::Anthropic, "adaptive thinking is not supported on this model", 1),
            (Dialect::Anthropic, "output_config.effort: not supported", 1),
            (Dialect::Responses, "Unsupported parameter: 'reasoning.summary'", 1),
            (Dialect::Responses, "Unsupported parameter: 'reasoning.effort'", 2),
            (
                Dialect::ChatCompletions,
                "Function tools with reasoning_effort are not supported; set reasoning_effort to 'none'.",
                2,
            ),
            (Dialect::ChatCompletions, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", 1),
            (Dialect::ChatCompletions, "stream_options: extra fields not permitted", 1),
            (Dialect::Anthropic, "messages: at least one message is required", 0),
        ] {
            let mut leeway = Leeway::new(false);
            let mut count = 0;
            while leeway.relax(&refusal(message), dialect).is_some() {
                count += 1;
                assert!(count < 5, "{message}");
            }
            assert_eq!(count, times, "{message}");
        }
    }

    #[test]
    fn only_a_refused_request_is_sent_in_another_form() {
        let mut failure = refusal("thinking");
        failure.status = Some(500);
        assert_eq!(Leeway::new(true).relax(&failure, Dialect::Anthropic), None);
        failure = ProviderFailure { kind: FailureKind::Unauthorized, ..refusal("thinking") };
        assert_eq!(Leeway::new(true).relax(&failure, Dialect::Anthropic), None);
    }
}
