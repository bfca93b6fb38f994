//! Who answers servers' questions without a screen: flags, or a person at the terminal. Nothing waits for a person
//! who is not there.

use std::io::IsTerminal;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::ask;
use super::output::Output;

use crate::app::{Command, Draft, State};
use crate::cli::{Elicit, Options, Sampling};
use crate::model::address::Address;
use crate::model::approval::ApprovalAnswer;
use crate::model::form::Form;
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use crate::model::server::{Offers, ServerSpec};

/// How long a program behind a pipe may take to answer, where no other time is given.
const PATIENCE: Duration = Duration::from_mins(1);

/// Answers questions as the flags say.
pub(super) struct Responder {
    elicit: Elicit,
    content: Option<RawJson>,
    sampling: Option<Sampling>,
    /// The question that a person at the terminal is being asked.
    asking: Option<(QuestionId, JoinHandle<Answer>)>,
    /// How long is waited for an answer; a person at a terminal has all the time there is.
    patience: Option<Duration>,
    /// Until when, for the question that is being asked.
    until: Option<Instant>,
    /// Nobody answered in time: nobody is asked any more.
    gone: bool,
}

impl Responder {
    pub(super) fn new(options: &Options) -> Responder {
        let person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let elicit = options.elicit.unwrap_or(if person { Elicit::Ask } else { Elicit::Decline });
        let given = options.timeout.map(Duration::from_secs_f64);
        let patience = (!std::io::stdin().is_terminal()).then(|| given.unwrap_or(PATIENCE));
        Responder {
            elicit,
            content: options.elicit_json.clone(),
            sampling: options.sampling,
            asking: None,
            patience,
            until: None,
            gone: false,
        }
    }

    /// What servers are told that can be answered; nobody names roots in the middle of such a run.
    pub(super) fn offers(&self, spec: &ServerSpec) -> Offers {
        Offers { elicitation: true, sampling: self.sampling.is_some(), roots: !spec.roots.is_empty() }
    }

    /// What can be answered now: by the flags at once, by a person one question after the other.
    pub(super) fn answers(&mut self, state: &State, out: &mut Output) -> Vec<Command> {
        let mut commands = Vec::new();
        for question in &state.questions {
            if self.sampling == Some(Sampling::Model)
                && let QuestionBody::Sampling { params } = &question.body
            {
                commands.extend(sampled(state, question.id, params, out));
                continue;
            }
            let server = state.session(question.id.server).map_or("a server", |session| session.spec.name.as_str());
            match self.decide(question, server, out) {
                Some(answer) => commands.push(Command::Answer { question: question.id, answer }),
                None if self.asking.is_none() => {
                    let (question, server) = (question.clone(), server.to_owned());
                    let id = question.id;
                    self.until = self.patience.map(|patience| Instant::now() + patience);
                    self.asking = Some((id, tokio::task::spawn_blocking(move || ask::question(&question, &server))));
                }
                None => {}
            }
        }
        commands
    }

    /// Waits for the person. Never ends while nobody is being asked. Cancel-safe.
    pub(super) async fn person(&mut self) -> Command {
        match &mut self.asking {
            None => std::future::pending().await,
            Some((question, asking)) => {
                let question = *question;
                let answer = match self.until {
                    None => asking.await.unwrap_or(Answer::Cancel),
                    Some(until) => {
                        let answer = tokio::time::timeout_at(until, asking).await;
                        self.gone = answer.is_err();
                        answer.ok().and_then(Result::ok).unwrap_or(Answer::Cancel)
                    }
                };
                self.asking = None;
                Command::Answer { question, answer }
            }
        }
    }

    /// The flags' answer. `None`: a person is to be asked.
    fn decide(&self, question: &Question, server: &str, out: &mut Output) -> Option<Answer> {
        let told = |answer: Answer, out: &mut Output| {
            let how = match answer {
                Answer::Accept(_) => "accepted",
                Answer::Decline => "declined",
                Answer::Cancel | Answer::Approval(_) => "cancelled",
            };
            out.note(&format!("{server} asked for {} and was {how}", question.body.kind()));
            Some(answer)
        };
        if self.gone {
            out.note(&format!("{server} asked for {}, and nobody answered on standard input", question.body.kind()));
            return Some(match &question.body {
                QuestionBody::Approval(_) => {
                    Answer::Approval(ApprovalAnswer::Deny { message: None, rest_of_turn: true })
                }
                _ => Answer::Cancel,
            });
        }
        match &question.body {
            QuestionBody::Sampling { .. } => match self.sampling {
                None | Some(Sampling::Deny) => told(Answer::Decline, out),
                Some(Sampling::Ask | Sampling::Model) => None,
            },
            QuestionBody::Rounds { .. } if self.elicit == Elicit::Ask => None,
            // The call says what happened.
            QuestionBody::Rounds { .. } => Some(Answer::Decline),
            QuestionBody::Url { url, .. } => match self.elicit {
                Elicit::Ask => None,
                Elicit::Accept if Address::read(url).refused.is_some() => {
                    let why = Address::read(url).refused.unwrap_or_default();
                    out.warning(&format!("{server} wants this page opened: {url}; {why}"));
                    told(Answer::Decline, out)
                }
                Elicit::Accept => {
                    // Consent to a page means that a person opens it; we never do.
                    out.note(&format!("{server} wants this page opened: {url}"));
                    told(Answer::Accept(RawJson::empty_object()), out)
                }
                Elicit::Decline | Elicit::AcceptDefaults => told(Answer::Decline, out),
                Elicit::Cancel => told(Answer::Cancel, out),
            },
            // Where nobody is there to be asked, the policy was told so and does not ask.
            QuestionBody::Approval(_) => None,
            QuestionBody::Form { schema, .. } => {
                let form = match Form::read(schema) {
                    Ok(form) => form,
                    Err(wrong) => {
                        out.warning(&format!("{server} asks with a form that cannot be used: {wrong}"));
                        return told(Answer::Cancel, out);
                    }
                };
                let content = match (&self.content, self.elicit) {
                    (Some(content), _) => content.clone(),
                    (None, Elicit::Ask) => return None,
                    (None, Elicit::Decline) => return told(Answer::Decline, out),
                    (None, Elicit::Cancel) => return told(Answer::Cancel, out),
                    (None, Elicit::AcceptDefaults) => form.defaults(),
                    (None, Elicit::Accept) => form.minimal(),
                };
                let wrong = form.check(&content);
                if wrong.is_empty() {
                    return told(Answer::Accept(content), out);
                }
                for violation in wrong {
                    out.warning(&format!(
                        "the answer to {server} is not what it asked for: {}: {}",
                        violation.path, violation.message
                    ));
                }
                told(Answer::Cancel, out)
            }
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        ask::show_typing();
    }
}

/// Has a model write what a server asks for, and sends it as it is.
fn sampled(state: &State, question: QuestionId, params: &RawJson, out: &mut Output) -> Option<Command> {
    let answer = |answer| Some(Command::Answer { question, answer });
    match state.drafts.get(&question) {
        Some(Draft::Writing) => None,
        Some(Draft::Written(result)) => answer(Answer::Accept(result.clone())),
        Some(Draft::Failed(_)) => answer(Answer::Decline),
        None if state.sampler.is_some() => Some(Command::Sample { question, params: params.clone() }),
        None => {
            let server = state.session(question.server).map_or("a server", |session| session.spec.name.as_str());
            out.note(&format!("{server} asked for a model's message and was declined: no provider is configured"));
            answer(Answer::Decline)
        }
    }
}
