//! Sampling: what a server may ask of a model ([`Rules`]), what it has asked ([`Ledger`]), and whether a request makes
//! sense ([`check`]).
//!
//! 2025-11-25 and 2026-07-28, client/sampling: a person can always say no; requests are limited; every use of a tool is
//! followed by its result and nothing else.

use std::collections::VecDeque;

use super::id::Moment;
use super::json::{RawJson, scan};

/// What happens when a server asks for a model's message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// A model answers without being reviewed, within the limits.
    Allow,
    /// A person reviews the request and the answer.
    #[default]
    Ask,
    /// The server is not offered any.
    Deny,
}

/// What one server may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Who decides.
    pub policy: Policy,
    /// Requests in one run.
    pub requests: u32,
    /// Requests in any minute.
    pub per_minute: u32,
    /// Tokens in one run, counted as the requests allow them (`maxTokens`).
    pub tokens: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { policy: Policy::default(), requests: 100, per_minute: 10, tokens: 200_000 }
    }
}

/// What a server has asked for in this run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    /// Requests that were let through.
    pub requests: u32,
    /// Tokens that those allowed.
    pub tokens: u64,
    recent: VecDeque<Moment>,
}

/// A minute, in microseconds.
const MINUTE: u64 = 60_000_000;

impl Ledger {
    /// Lets a request through, or says which limit it is over.
    pub fn admit(&mut self, rules: &Rules, max_tokens: u64, now: Moment) -> Result<(), String> {
        while self.recent.front().is_some_and(|at| now.micros_since(*at) >= MINUTE) {
            self.recent.pop_front();
        }
        if self.requests >= rules.requests {
            return Err(format!("it has asked {} times in this run (`sampling_requests`)", self.requests));
        }
        if self.recent.len() >= rules.per_minute as usize {
            return Err(format!("it has asked {} times within a minute (`sampling_per_minute`)", self.recent.len()));
        }
        let tokens = self.tokens.saturating_add(max_tokens);
        if tokens > rules.tokens {
            return Err(format!(
                "{max_tokens} tokens more would be over its {} of this run (`sampling_tokens`)",
                rules.tokens
            ));
        }
        self.requests += 1;
        self.tokens = tokens;
        self.recent.push_back(now);
        Ok(())
    }
}

/// The `maxTokens` of a request; what has none is taken for the most that a model writes.
pub fn max_tokens(params: &RawJson) -> u64 {
    let tokens = params.get("maxTokens").and_then(|text| text.trim().parse::<f64>().ok());
    tokens.filter(|tokens| *tokens >= 0.0).map_or(8_192, |tokens| tokens as u64)
}

/// The hints for a model's name, the best first.
pub fn hints(params: &RawJson) -> Vec<String> {
    let hints = params.get("modelPreferences").and_then(|preferences| scan::member(preferences, "hints"));
    let names = hints.into_iter().flat_map(scan::elements).take(16);
    names.filter_map(|hint| Some(scan::decoded(scan::member(hint, "name")?)?.into_owned())).collect()
}

/// Whether a request makes sense. The error says what does not.
pub fn check(params: &RawJson) -> Result<(), String> {
    let messages = params.get("messages").filter(|text| text.trim_start().starts_with('['));
    let messages = messages.ok_or("`messages` is missing or no array")?;
    // The ids of tool uses that wait for their results.
    let mut open: Vec<String> = Vec::new();
    for (at, message) in scan::elements(messages).enumerate() {
        let number = at + 1;
        let role = scan::member(message, "role").and_then(scan::decoded).unwrap_or_default();
        if role != "user" && role != "assistant" {
            return Err(format!("message {number} has no `role` of user or assistant"));
        }
        let blocks = blocks(message);
        let of = |kind: &str, id: &str| -> Vec<String> {
            let found = blocks.iter().filter(|block| kind_of(block) == kind);
            found
                .map(|block| scan::member(block, id).and_then(scan::decoded).unwrap_or_default().into_owned())
                .collect()
        };
        let results = of("tool_result", "toolUseId");
        if !results.is_empty() && (results.len() < blocks.len() || role != "user") {
            return Err(format!("message {number} mixes results of tools with something else"));
        }
        if !open.is_empty() && results.is_empty() {
            return Err(format!("message {number} must bring the results of the tools used before it"));
        }
        if !same(&open, &results) {
            return Err(format!("message {number}: its results of tools are not those of the tools used before it"));
        }
        open = of("tool_use", "id");
        if !open.is_empty() && role != "assistant" {
            return Err(format!("message {number} uses tools, and only the assistant can"));
        }
    }
    if open.is_empty() { Ok(()) } else { Err("the last message uses tools without their results".into()) }
}

/// Whether an answer can be sent as the result of `sampling/createMessage`. The error says what is wrong with it.
pub fn check_answer(answer: &RawJson) -> Result<(), String> {
    let text = |name: &str| answer.get(name).and_then(scan::decoded);
    if text("role").as_deref() != Some("assistant") {
        return Err("`role` must be \"assistant\"".into());
    }
    if text("model").is_none() {
        return Err("`model` is missing".into());
    }
    match answer.get("content").map(str::trim_start) {
        Some(content) if content.starts_with(['{', '[']) => Ok(()),
        _ => Err("`content` must be a block or an array of blocks".into()),
    }
}

fn blocks(message: &str) -> Vec<&str> {
    match scan::member(message, "content") {
        Some(content) if content.trim_start().starts_with('[') => scan::elements(content).collect(),
        Some(content) => vec![content],
        None => vec![],
    }
}

fn kind_of(block: &str) -> String {
    scan::member(block, "type").and_then(scan::decoded).unwrap_or_default().into_owned()
}

fn same(a: &[String], b: &[String]) -> bool {
    let sorted = |list: &[String]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use serde_json::{Value, json};

    fn checked(messages: &Value) -> Result<(), String> {
        check(&RawJson::from_value(&json!({"messages": messages, "maxTokens": 1})))
    }

    #[test]
    fn each_use_of_a_tool_is_followed_by_its_result_and_nothing_else() {
        let text = json!({"type": "text", "text": "x"});
        let uses = |ids: &[&str]| -> Vec<Value> {
            ids.iter().map(|id| json!({"type": "tool_use", "id": id, "name": "t", "input": {}})).collect()
        };
        let results = |ids: &[&str]| -> Vec<Value> {
            ids.iter().map(|id| json!({"type": "tool_result", "toolUseId": id, "content": []})).collect()
        };
        let say = |role: &str, content: Value| json!({"role": role, "content": content});
        let asked = say("user", text.clone());
        for (rest, wrong) in [
            (vec![], None),
            (vec![say("assistant", json!(uses(&["a", "b"]))), say("user", json!(results(&["b", "a"])))], None),
            (vec![say("assistant", uses(&["a"])[0].clone()), say("user", results(&["a"])[0].clone())], None),
            (vec![say("assistant", json!(uses(&["a"])))], Some("without their results")),
            (vec![say("assistant", json!(uses(&["a"]))), say("user", text.clone())], Some("must bring")),
            (vec![say("assistant", json!(uses(&["a", "b"]))), say("user", json!(results(&["a"])))], Some("not those")),
            (
                vec![say("assistant", json!(uses(&["a"]))), say("user", json!([results(&["a"])[0], text]))],
                Some("mixes"),
            ),
            (vec![say("user", json!(results(&["a"])))], Some("not those")),
            (vec![say("user", json!(uses(&["a"])))], Some("only the assistant")),
            (vec![say("system", text.clone())], Some("role")),
        ] {
            let mut messages = vec![asked.clone()];
            messages.extend(rest);
            match wrong {
                None => checked(&json!(messages)).unwrap(),
                Some(wrong) => assert!(checked(&json!(messages)).unwrap_err().contains(wrong), "{messages:?}"),
            }
        }
        assert!(check(&RawJson::empty_object()).is_err());
    }

    #[test]
    fn limits_are_limits() {
        let rules = Rules { requests: 5, per_minute: 2, tokens: 100, ..Rules::default() };
        let mut ledger = Ledger::default();
        let mut admit = |tokens, at| ledger.admit(&rules, tokens, Moment(at));
        admit(10, 0).unwrap();
        admit(10, 1).unwrap();
        assert!(admit(10, 2).unwrap_err().contains("within a minute"));
        admit(10, MINUTE).unwrap();
        assert!(admit(71, 2 * MINUTE).unwrap_err().contains("tokens"));
        admit(70, 2 * MINUTE).unwrap();
        admit(0, 4 * MINUTE).unwrap();
        assert!(admit(0, 9 * MINUTE).unwrap_err().contains("in this run"));
        assert!(Ledger::default().admit(&rules, u64::MAX, Moment(0)).is_err());
    }

    #[test]
    fn what_a_request_says_is_read_leniently() {
        let params = |value: Value| RawJson::from_value(&value);
        assert_eq!(max_tokens(&params(json!({"maxTokens": 1e9}))), 1_000_000_000);
        assert_eq!(max_tokens(&params(json!({}))), 8_192);
        let hinted = json!({"modelPreferences": {"hints": [{"name": "sonnet"}, {}, {"name": "claude"}]}});
        assert_eq!(hints(&params(hinted)), ["sonnet", "claude"]);
    }

    #[test]
    fn an_answer_has_a_role_a_model_and_content() {
        for (answer, wrong) in [
            (json!({"role": "assistant", "model": "m", "content": {"type": "text", "text": "x"}}), None),
            (json!({"role": "assistant", "model": "m", "content": [], "stopReason": "toolUse"}), None),
            (json!({"role": "user", "model": "m", "content": []}), Some("role")),
            (json!({"role": "assistant", "content": []}), Some("model")),
            (json!({"role": "assistant", "model": "m", "content": "x"}), Some("content")),
        ] {
            let checked = check_answer(&RawJson::from_value(&answer));
            assert_eq!(checked.as_ref().err().map(|why| why.contains(wrong.unwrap_or("?"))), wrong.map(|_| true));
        }
    }
}
