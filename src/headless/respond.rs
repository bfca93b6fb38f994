//! Who answers servers' questions without a screen: flags, or a person at the terminal. Nothing waits for a person
//! who is not there.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::output::Output;

use crate::app::{Command, Draft, State};
use crate::cli::{Elicit, Options, Sampling};
use crate::model::approval::{ApprovalAnswer, ApprovalRequest, Scope};
use crate::model::form::{Field, FieldKind, Form};
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody, QuestionId};
use crate::model::server::{Offers, ServerSpec};
use crate::model::text::{escape_block, escape_line};

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
                    self.asking = Some((id, tokio::task::spawn_blocking(move || ask(&question, &server))));
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

/// Has a model write what a server asks for, and sends it as it is.
fn sampled(state: &State, question: QuestionId, params: &RawJson, out: &mut Output) -> Option<Command> {
    let answer = |answer| Some(Command::Answer { question, answer });
    match state.drafts.get(&question) {
        Some(Draft::Writing) => None,
        Some(Draft::Written(result)) => answer(Answer::Accept(result.clone())),
        Some(Draft::Failed(_)) => answer(Answer::Decline),
        None if state.sampler.is_some() => Some(Command::Sample { question, params: params.clone() }),
        None => {
            out.note("a server asked for a model's message and was declined: no provider is configured");
            answer(Answer::Decline)
        }
    }
}

/// Asks whether a model may make a call. Only a written yes is one.
fn approve(request: &ApprovalRequest, say: &mut impl FnMut(String)) -> Answer {
    let what = format!("{}/{}", request.server, request.tool);
    say(format!("The model wants to call {} ({})", escape_line(&what), escape_line(&request.origin)));
    say(format!("  it claims: {} (claims, not facts)", request.claims.words()));
    if let Some(void) = &request.void {
        say(format!("  {}", escape_line(void)));
    }
    say(format!("  asked because: {}", escape_line(&request.reason)));
    for one in &request.borrowed {
        let (server, tool, text) = (escape_line(&one.server), escape_line(&one.tool), escape_line(&one.text));
        say(format!("  contains text from {server}/{tool} ({} characters): {text}", one.chars));
    }
    say(escape_block(&crate::model::json::pretty(request.arguments.as_str())).into_owned());
    let allow = |scope| Answer::Approval(ApprovalAnswer::Allow { scope, edited: None });
    let deny = |message, rest_of_turn| Answer::Approval(ApprovalAnswer::Deny { message, rest_of_turn });
    match line("allow it? [y]es, this once; [c] for this conversation; [d]eny all of this turn; anything else denies: ")
        .as_deref()
    {
        Some("y" | "yes") => allow(Scope::Once),
        Some("c") => allow(Scope::Conversation),
        Some("d") => deny(None, true),
        _ => deny(None, false),
    }
}

/// Asks the person at the terminal. Everything goes to standard error: standard output is for results.
fn ask(question: &Question, server: &str) -> Answer {
    let mut terminal = std::io::stderr();
    // A terminal that cannot be written to cannot be answered from either: that reads as a cancel below.
    let mut say = |text: String| drop(writeln!(terminal, "{text}"));
    match &question.body {
        QuestionBody::Form { message, schema } => {
            say(format!("{} asks: {}", escape_line(server), escape_block(message)));
            let Ok(form) = Form::read(schema) else { return Answer::Cancel };
            match line("answer? [y]es, [n]o (decline), anything else cancels: ").as_deref() {
                Some("y" | "yes") => {}
                Some("n" | "no") => return Answer::Decline,
                _ => return Answer::Cancel,
            }
            loop {
                let Some(content) = fill(&form) else { return Answer::Cancel };
                let wrong = form.check(&content);
                say(format!("to be sent: {}", escape_line(content.as_str())));
                for violation in &wrong {
                    say(format!("  {}: {}", escape_line(&violation.path), escape_line(&violation.message)));
                }
                if !wrong.is_empty() {
                    continue;
                }
                match line("send? [y]es, [e]dit, anything else cancels: ").as_deref() {
                    Some("y" | "yes") => return Answer::Accept(content),
                    Some("e" | "edit") => {}
                    _ => return Answer::Cancel,
                }
            }
        }
        QuestionBody::Url { message, url } => {
            say(format!("{} asks you to open a web page: {}", escape_line(server), escape_block(message)));
            say(format!("  {}", escape_line(url)));
            match line("open it yourself and answer [y]es, or [n]o: ").as_deref() {
                Some("y" | "yes") => Answer::Accept(RawJson::empty_object()),
                Some("n" | "no") => Answer::Decline,
                _ => Answer::Cancel,
            }
        }
        QuestionBody::Approval(request) => approve(request, &mut say),
        QuestionBody::Rounds { method, rounds } => {
            let asked = format!("{server} answered {method} with questions {rounds} times; shall it go on?");
            say(escape_line(&asked).into_owned());
            match line("[y]es, anything else ends the call: ").as_deref() {
                Some("y" | "yes") => Answer::Accept(RawJson::empty_object()),
                _ => Answer::Decline,
            }
        }
        QuestionBody::Sampling { params } => {
            say(format!("{} asks for a message from a model; you can write it:", escape_line(server)));
            say(escape_block(&crate::model::json::pretty(params.as_str())).into_owned());
            match line("your message (empty declines): ") {
                Some(text) if !text.is_empty() => {
                    let result = json!({"role": "assistant", "content": {"type": "text", "text": text}, "model": "human", "stopReason": "endTurn"});
                    Answer::Accept(RawJson::from_value(&result))
                }
                _ => Answer::Decline,
            }
        }
    }
}

fn fill(form: &Form) -> Option<RawJson> {
    let mut content = serde_json::Map::new();
    for field in &form.fields {
        loop {
            let typed = line(&prompt(field))?;
            let value = if typed.is_empty() { Ok(field.default.clone()) } else { field.value(&typed) };
            match value {
                Ok(Some(value)) => drop(content.insert(field.name.clone(), value)),
                Ok(None) => {}
                Err(wrong) => {
                    writeln!(std::io::stderr(), "  {}", escape_line(&wrong)).ok()?;
                    continue;
                }
            }
            break;
        }
    }
    Some(RawJson::from_value(&content.into()))
}

fn prompt(field: &Field) -> String {
    let name = field.title.as_deref().unwrap_or(&field.name);
    let mut about: Vec<String> = Vec::new();
    if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &field.kind {
        about.push(choices.iter().map(|choice| choice.title.clone()).collect::<Vec<_>>().join(" | "));
    }
    if field.kind == FieldKind::Boolean {
        about.push("yes or no".into());
    }
    about.push(field.hint.clone());
    about.push(if field.required { "required".into() } else { String::new() });
    about.push(field.default.as_ref().map(|default| format!("[{default}]")).unwrap_or_default());
    about.retain(|part| !part.is_empty());
    let warning = if field.secret { "  (looks like a secret: servers must not ask for one in a form)" } else { "" };
    format!("  {} {}{warning}: ", escape_line(name), escape_line(&about.join(", ")))
}

/// One line from the person; `None` when there is no more.
fn line(prompt: &str) -> Option<String> {
    let mut terminal = std::io::stderr();
    write!(terminal, "{prompt}").ok()?;
    terminal.flush().ok()?;
    let mut text = String::new();
    match std::io::stdin().read_line(&mut text) {
        Ok(read) if read > 0 => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}
