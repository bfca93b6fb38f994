//! A person at the terminal, asked line by line. Everything goes to standard error: standard output is for results.

use std::io::Write;

use serde_json::json;

use crate::model::address::Address;
use crate::model::approval::{ApprovalAnswer, ApprovalRequest, Scope};
use crate::model::form::{Field, FieldKind, Form};
use crate::model::json::RawJson;
use crate::model::question::{Answer, Question, QuestionBody};
use crate::model::text::{escape_block, escape_line};

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

/// Asks, and waits for the answer.
pub(super) fn question(question: &Question, server: &str) -> Answer {
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
                say(format!("to be sent: {}", escape_line(&shown(&form, &content))));
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
            let address = Address::read(url);
            say(format!("  {}", escape_line(url)));
            say(format!("  its host is {}", escape_line(address.host())));
            for warning in &address.warnings {
                say(format!("  beware: {warning}"));
            }
            let prompt = match &address.refused {
                None => "open it yourself and answer [y]es, or [n]o: ",
                Some(why) => {
                    say(format!("  it must not be opened: {why}"));
                    "[n]o declines, anything else cancels: "
                }
            };
            match line(prompt).as_deref() {
                Some("y" | "yes") if address.refused.is_none() => Answer::Accept(RawJson::empty_object()),
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
            let typed = if field.secret { hidden_line(&prompt(field))? } else { line(&prompt(field))? };
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

/// The content as a person may see it: without the secrets in it.
fn shown(form: &Form, content: &RawJson) -> String {
    let mut value = content.to_value().unwrap_or_default();
    for field in form.fields.iter().filter(|field| field.secret) {
        if let Some(secret) = value.get_mut(&field.name) {
            *secret = "(hidden)".into();
        }
    }
    value.to_string()
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

/// The same, not shown while it is typed.
fn hidden_line(prompt: &str) -> Option<String> {
    hide_typing();
    let typed = line(prompt);
    show_typing();
    // The line end was not shown either.
    writeln!(std::io::stderr()).ok()?;
    typed
}

/// How the terminal was before typing was hidden: a person who interrupts gets it back like that, too.
#[cfg(unix)]
static BEFORE: std::sync::Mutex<Option<rustix::termios::Termios>> = std::sync::Mutex::new(None);

#[cfg(unix)]
fn hide_typing() {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    // A pipe shows nothing anyway.
    let Ok(before) = tcgetattr(std::io::stdin()) else { return };
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    *BEFORE.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(before);
    tcsetattr(std::io::stdin(), OptionalActions::Now, &hidden).ok();
}

/// Shows what is typed again, if it was hidden.
#[cfg(unix)]
pub(super) fn show_typing() {
    use rustix::termios::{OptionalActions, tcsetattr};
    let before = BEFORE.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    if let Some(before) = before {
        // A terminal that is gone shows nothing.
        tcsetattr(std::io::stdin(), OptionalActions::Now, &before).ok();
    }
}

#[cfg(not(unix))]
fn hide_typing() {}

#[cfg(not(unix))]
pub(super) fn show_typing() {}
