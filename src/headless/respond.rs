//! Who answers a server's questions where nobody is: they are declined at once, and that is said. A command that waits
//! for a person who is not there would wait for ever.

use super::output::Output;
use crate::app::Command;
use crate::model::question::{Answer, QuestionBody};
use crate::runtime::Runtime;

/// Characters of a question that a notice repeats.
const SHOWN: usize = 200;

/// Declines everything that is being asked.
pub(super) fn decline_all(runtime: &mut Runtime, out: &mut Output) {
    let asked: Vec<_> = runtime.state().questions.iter().cloned().collect();
    for question in asked {
        let name = runtime.state().session(question.id.server).map(|session| session.spec.name.as_str());
        let name = name.unwrap_or("the server");
        let text = match &question.body {
            QuestionBody::Form { message, .. } => format!("{name} asks by a form: {}", short(message)),
            QuestionBody::Url { message, url } => format!("{name} wants {} opened: {}", short(url), short(message)),
            QuestionBody::Sampling { .. } => format!("{name} asks for a model's answer"),
        };
        out.warning(&format!("{text}; declined, for a command has nobody to ask"));
        runtime.dispatch(Command::Answer { question: question.id, answer: Answer::Decline });
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
