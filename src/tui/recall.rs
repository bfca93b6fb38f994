//! Arguments of earlier times: [`Recall`]: a window with the presets and the last calls of one item, newest first.
//!
//! What is remembered is `kept`'s; this owns the choosing, and what of a call is remembered at all: nothing that looks
//! like a secret.

use super::kept::{Kept, KeptItem, PastCall, Preset};
use super::line::LineEdit;
use super::ui::ItemRef;
use crate::app::State;
use crate::model::argform::{ArgForm, Val};
use crate::model::form::looks_secret;
use crate::model::json::{RawJson, scan};

/// Levels of nesting in which secrets are looked for; what is deeper is not remembered.
const DEPTH: usize = 64;

/// The window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recall {
    /// Of which item.
    pub item: KeptItem,
    /// What is typed to find one.
    pub filter: LineEdit,
    /// The selected row.
    pub selected: usize,
}

/// One row of the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Past<'a> {
    /// Arguments that a person named.
    Preset(&'a Preset),
    /// Arguments of a call.
    Call(&'a PastCall),
}

impl Past<'_> {
    /// The arguments, as typed.
    pub fn text(&self) -> &str {
        match self {
            Past::Preset(preset) => &preset.text,
            Past::Call(call) => &call.text,
        }
    }
}

impl Recall {
    /// The window of an item.
    pub fn new(item: KeptItem) -> Recall {
        Recall { item, filter: LineEdit::default(), selected: 0 }
    }

    /// Its rows: presets first, then calls, newest first; as far as they hold what is typed.
    pub fn rows<'a>(&'a self, kept: &'a Kept) -> Vec<Past<'a>> {
        let sought = self.filter.text().to_lowercase();
        let has = |text: &str| sought.is_empty() || text.to_lowercase().contains(&sought);
        let presets = kept.presets.of(&self.item).filter(|preset| has(&preset.name) || has(&preset.text));
        let calls = kept.history.of(&self.item).filter(|call| has(&call.text));
        presets.map(Past::Preset).chain(calls.map(Past::Call)).collect()
    }
}

/// An item by names that mean the same in the next run.
pub fn kept_item(state: &State, item: &ItemRef) -> Option<KeptItem> {
    let server = state.session(item.server)?.spec.name.clone();
    Some(KeptItem { server, list: item.kind.method().to_owned(), item: item.key.clone() })
}

/// Arguments without what looks like a secret, by the names of members and by the titles that the form knows.
/// `None`: there is nothing worth remembering.
pub fn without_secrets(form: &ArgForm, arguments: &RawJson) -> Option<String> {
    let titled: Vec<&str> = match &form.root.value {
        Val::Object(members) => members
            .iter()
            .filter(|member| member.node.shape.title.as_deref().is_some_and(looks_secret))
            .map(|member| member.name.as_str())
            .collect(),
        _ => vec![],
    };
    let mut out = String::new();
    copied(arguments.as_str(), &titled, DEPTH, &mut out)?;
    Some(out)
}

/// Copies JSON member by member. Numbers and yes or no are no secrets: `max_tokens` is a limit.
fn copied(json: &str, titled: &[&str], depth: usize, out: &mut String) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'{') => {
            out.push('{');
            let mut first = true;
            for (name, value) in scan::members(json) {
                let plain = scan::decoded(name)?;
                let harmless = value.trim().starts_with(|c: char| c == '-' || c.is_ascii_digit() || "tfn".contains(c));
                if !harmless && (looks_secret(&plain) || titled.contains(&&*plain)) {
                    continue;
                }
                if !first {
                    out.push(',');
                }
                first = false;
                out.push_str(name);
                out.push(':');
                copied(value, &[], depth, out)?;
            }
            out.push('}');
        }
        Some(b'[') => {
            out.push('[');
            for (at, value) in scan::elements(json).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                copied(value, &[], depth, out)?;
            }
            out.push(']');
        }
        _ => out.push_str(json),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_not_remembered() {
        let schema = r#"{"type":"object","properties":{"k":{"type":"string","title":"Your API key"}}}"#;
        let form = ArgForm::new(&RawJson::parse(schema).unwrap());
        for (arguments, kept) in [
            (
                r#"{"a": 1.0e2, "password": "x", "b": [1, {"token": "t", "c": "d"}]}"#,
                r#"{"a":1.0e2,"b":[1,{"c":"d"}]}"#,
            ),
            (r#"{"max_tokens": 5, "api_key": {"x": 1}, "use_token": true}"#, r#"{"max_tokens":5,"use_token":true}"#),
            (r#"{"k": "sk-1", "K": "v"}"#, r#"{"K":"v"}"#),
            ("{}", "{}"),
        ] {
            assert_eq!(without_secrets(&form, &RawJson::parse(arguments).unwrap()).as_deref(), Some(kept));
        }
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(without_secrets(&form, &RawJson::parse(deep).unwrap()), None);
    }
}
