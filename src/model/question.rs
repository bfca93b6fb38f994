//! Something that is asked of a person, by a server or by us for a model: [`Question`], and how to [`Answer`] it.
//!
//! 2025-11-25 and 2026-07-28, client/elicitation and client/sampling: accept, decline and cancel are three answers.

use super::approval::{ApprovalAnswer, ApprovalRequest};
use super::id::{CallId, Moment, ServerId};
use super::json::RawJson;

/// Open questions of one server; more are refused, whatever it asks.
pub const OPEN_MAX: usize = 20;

/// Set in the numbers of our own questions: sessions count from 1 and never get here.
const OURS: u64 = 1 << 63;

/// The name of a question: its server and that session's own counter, or ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct QuestionId {
    /// Who asks.
    pub server: ServerId,
    /// The how-manieth question of the session; with the highest bit set, of the run.
    pub number: u64,
}

impl QuestionId {
    /// The name of a question of our own about this server.
    pub fn ours(server: ServerId, count: u64) -> QuestionId {
        QuestionId { server, number: OURS | count }
    }

    /// Whether it is our own: no session waits for the answer.
    pub fn is_ours(self) -> bool {
        self.number & OURS != 0
    }
}

/// Something that is asked of a person.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// Its name.
    pub id: QuestionId,
    /// When it came.
    pub at: Moment,
    /// The call on whose behalf it is asked, as far as that is known.
    pub call: Option<CallId>,
    /// What is asked.
    pub body: QuestionBody,
}

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub enum QuestionBody {
    /// Elicitation in form mode.
    Form {
        /// In the server's words.
        message: String,
        /// The restricted JSON Schema of the answer, verbatim.
        schema: RawJson,
    },
    /// Elicitation in URL mode: open this address in a browser, outside of us.
    Url {
        /// In the server's words.
        message: String,
        /// The address, as sent.
        url: String,
    },
    /// Our own: a server goes on asking; shall its call go on?
    Rounds {
        /// The method of the call.
        method: String,
        /// How often it was answered with questions.
        rounds: usize,
    },
    /// Sampling: let a model (or a person in its place) write a message.
    Sampling {
        /// The parameters of `sampling/createMessage`, verbatim.
        params: RawJson,
    },
    /// A model wants to call a tool; it is we who ask, not the server.
    Approval(Box<ApprovalRequest>),
}

/// What a person says.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// Yes, with the form's content, nothing (URL mode: an empty object), or the result of the sampling.
    Accept(RawJson),
    /// No.
    Decline,
    /// Neither yes nor no. To an approval that is no.
    Cancel,
    /// To an approval.
    Approval(ApprovalAnswer),
}

impl QuestionBody {
    /// Reads the parameters of `elicitation/create` or `sampling/createMessage`. The error says what is wrong with them.
    pub fn read(method: &str, params: &RawJson) -> Result<QuestionBody, String> {
        let text = |name: &str| params.get(name).and_then(|text| serde_json::from_str::<String>(text).ok());
        match method {
            "sampling/createMessage" => {
                super::sampling::check(params)?;
                Ok(QuestionBody::Sampling { params: params.clone() })
            }
            "elicitation/create" => {
                let message = text("message").ok_or("`message` is missing or not a string")?;
                // A missing mode is form mode (2025-06-18 has no other).
                match text("mode").as_deref() {
                    None | Some("form") => {
                        let schema = params.get("requestedSchema").filter(|text| text.trim_start().starts_with('{'));
                        let schema = schema.and_then(|text| RawJson::parse(text.to_owned()).ok());
                        Ok(QuestionBody::Form {
                            message,
                            schema: schema.ok_or("`requestedSchema` is missing or no object")?,
                        })
                    }
                    Some("url") => {
                        Ok(QuestionBody::Url { message, url: text("url").ok_or("`url` is missing or not a string")? })
                    }
                    Some(mode) => Err(format!("unknown elicitation mode `{mode}`")),
                }
            }
            _ => Err(format!("`{method}` was not offered")),
        }
    }

    /// What kind of question it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            QuestionBody::Form { .. } => "a form",
            QuestionBody::Url { .. } => "a web page",
            QuestionBody::Rounds { .. } => "more rounds",
            QuestionBody::Sampling { .. } => "sampling",
            QuestionBody::Approval(_) => "an approval",
        }
    }

    /// The result that carries this answer; `None`: the protocol wants an error instead (a refused sampling).
    pub fn result(&self, answer: &Answer) -> Option<RawJson> {
        let action = |action: &str| RawJson::from_value(&serde_json::json!({"action": action}));
        Some(match (self, answer) {
            (QuestionBody::Sampling { .. }, Answer::Accept(result)) => result.clone(),
            // What no server asked has no result, and an answer to something else is none.
            (QuestionBody::Sampling { .. } | QuestionBody::Rounds { .. } | QuestionBody::Approval(_), _)
            | (_, Answer::Approval(_)) => return None,
            (QuestionBody::Form { .. }, Answer::Accept(content)) => {
                // The content goes out as it was typed.
                RawJson::parse(format!("{{\"action\":\"accept\",\"content\":{}}}", content.as_str()))
                    .unwrap_or_else(|_| action("cancel"))
            }
            (QuestionBody::Url { .. }, Answer::Accept(_)) => action("accept"),
            (_, Answer::Decline) => action("decline"),
            (_, Answer::Cancel) => action("cancel"),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn questions_are_read_or_refused_with_the_reason() {
        let form = raw(r#"{"message":"m","requestedSchema":{"type":"object"}}"#);
        assert!(matches!(QuestionBody::read("elicitation/create", &form), Ok(QuestionBody::Form { .. })));
        let url = raw(r#"{"mode":"url","message":"m","url":"https://x"}"#);
        assert!(matches!(QuestionBody::read("elicitation/create", &url), Ok(QuestionBody::Url { .. })));
        for (method, params, wrong) in [
            ("elicitation/create", "{}", "message"),
            ("elicitation/create", r#"{"message":"m"}"#, "requestedSchema"),
            ("elicitation/create", r#"{"message":"m","mode":"telepathy"}"#, "telepathy"),
            ("roots/delete", "{}", "not offered"),
        ] {
            assert!(QuestionBody::read(method, &raw(params)).unwrap_err().contains(wrong));
        }
    }

    #[test]
    fn three_answers_are_three_answers() {
        let form = QuestionBody::Form { message: String::new(), schema: raw("{}") };
        assert_eq!(
            form.result(&Answer::Accept(raw(r#"{"n":1.10}"#))).unwrap().as_str(),
            r#"{"action":"accept","content":{"n":1.10}}"#
        );
        assert_eq!(form.result(&Answer::Decline).unwrap().as_str(), r#"{"action":"decline"}"#);
        assert_eq!(form.result(&Answer::Cancel).unwrap().as_str(), r#"{"action":"cancel"}"#);
        let sampling = QuestionBody::Sampling { params: raw("{}") };
        assert_eq!(sampling.result(&Answer::Decline), None);
    }
}
