//! What a server suggests while an argument is typed (`completion/complete`): what was asked, what came of it.

use super::call::{CompletionTarget, Operation};
use super::id::{CallId, ServerId};
use super::json::RawJson;

/// Values that are kept of one answer; a server may send no more (2025-06-18 and later).
const VALUES: usize = 100;

/// A question for values that an argument could have.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Which server.
    pub server: ServerId,
    /// Whose argument.
    pub target: CompletionTarget,
    /// Its name.
    pub argument: String,
    /// What is typed so far.
    pub value: String,
    /// The other arguments that are known: an object of strings.
    pub context: Option<RawJson>,
}

impl Asked {
    /// What is asked of the server.
    pub fn operation(&self) -> Operation {
        Operation::Complete {
            target: self.target.clone(),
            argument: self.argument.clone(),
            value: self.value.clone(),
            context: self.context.clone(),
        }
    }
}

/// The newest question for values, and its answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Completing {
    /// The question.
    pub asked: Asked,
    /// The call that asks.
    pub call: CallId,
    /// What the server suggests; `None` until it has answered, nothing where it failed.
    pub found: Option<Suggestions>,
}

/// Values that a server suggests.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Suggestions {
    /// In the server's order.
    pub values: Vec<String>,
    /// How many there are in all, if the server says so.
    pub total: Option<u64>,
    /// Whether there are more than these.
    pub more: bool,
}

impl Suggestions {
    /// Reads the answer to `completion/complete`; `None` when it has no list of values.
    pub fn read(result: &RawJson) -> Option<Suggestions> {
        let value = result.to_value().ok()?;
        let completion = &value["completion"];
        let all = completion["values"].as_array()?;
        let values: Vec<String> =
            all.iter().take(VALUES).map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
        let total = completion["total"].as_u64();
        let more = all.len() > VALUES
            || completion["hasMore"] == true
            || total.is_some_and(|total| total > values.len() as u64);
        Some(Suggestions { values, total, more })
    }

    /// What there is beside these values, for a person.
    pub fn beside(&self) -> Option<String> {
        match self.total {
            Some(total) if total > self.values.len() as u64 => Some(format!("{} of {total} values", self.values.len())),
            _ if self.more => Some("there are more values".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn answers_are_read_leniently() {
        let read = |text: &str| Suggestions::read(&RawJson::parse(text).unwrap());
        let some = read(r#"{"completion":{"values":["a","b"],"total":10,"hasMore":true}}"#).unwrap();
        assert_eq!((some.values.len(), some.beside().as_deref()), (2, Some("2 of 10 values")));
        assert_eq!(
            read(r#"{"completion":{"values":["a"],"hasMore":true}}"#).unwrap().beside().as_deref(),
            Some("there are more values")
        );
        assert_eq!(read(r#"{"completion":{"values":["a"],"total":1}}"#).unwrap().beside(), None);
        assert_eq!(read(r#"{"completion":{}}"#), None);
        let many = format!(r#"{{"completion":{{"values":[{}]}}}}"#, vec!["\"x\""; 300].join(","));
        assert_eq!(read(&many).unwrap().values.len(), VALUES);
        assert!(read(&many).unwrap().more);
    }
}
