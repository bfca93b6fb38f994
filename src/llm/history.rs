//! A conversation brought into the form that every vendor insists on: [`arrange`].
//!
//! Every call has exactly one result, all results of a turn come right after it and before anything else; messages
//! with nothing in them are gone; blocks of another vendor or another model are gone.

use std::sync::LazyLock;

use crate::model::chat::{ChatRequest, Content, Dialect, Image, Message, Native, Part, Role, ToolCall, ToolResult};

/// What a call without a result is told to have ended with: vendors refuse a conversation that leaves one open.
static UNANSWERED: LazyLock<[Content; 1]> =
    LazyLock::new(|| [Content::Text("There is no result: the call was not made, or was interrupted.".into())]);

/// A message, arranged.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Turn<'a> {
    /// A person's message, with the results it begins with.
    User {
        /// One for each call of the turn before, in the order of the calls.
        results: Vec<Answered<'a>>,
        /// What the person says.
        said: Vec<Said<'a>>,
    },
    /// The model's message.
    Assistant(Vec<Spoken<'a>>),
}

/// A call's result, or what stands for one that is missing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Answered<'a> {
    /// The id of the call.
    pub(super) call: &'a str,
    /// The answer.
    pub(super) content: &'a [Content],
    /// Whether it is a failure.
    pub(super) is_error: bool,
}

/// A piece of a person's message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Said<'a> {
    /// Text with something in it.
    Text(&'a str),
    /// An image.
    Image(&'a Image),
}

/// A piece of the model's message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Spoken<'a> {
    /// Text with something in it.
    Text(&'a str),
    /// A call.
    Call(&'a ToolCall),
    /// A block in the vendor's own form, whatever it stands for.
    Native(&'a Native),
}

/// Arranges the messages of a request for one vendor.
pub(super) fn arrange(request: &ChatRequest, dialect: Dialect) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    let mut open: Vec<&ToolCall> = Vec::new();
    let mut user = Pending::default();
    for message in &request.messages {
        match message.role {
            Role::User => user.take(message),
            Role::Assistant => {
                let own = message.origin.as_ref() == Some(&request.model);
                let spoken = spoken(message, own.then_some(dialect));
                if spoken.is_empty() {
                    continue;
                }
                user.close(&mut turns, &open);
                open = message.calls().collect();
                match turns.last_mut() {
                    Some(Turn::Assistant(before)) => before.extend(spoken),
                    _ => turns.push(Turn::Assistant(spoken)),
                }
            }
        }
    }
    user.close(&mut turns, &open);
    turns
}

/// A person's messages between two of the model.
#[derive(Default)]
struct Pending<'a> {
    results: Vec<&'a ToolResult>,
    said: Vec<Said<'a>>,
}

impl<'a> Pending<'a> {
    fn take(&mut self, message: &'a Message) {
        for part in &message.parts {
            match part {
                Part::Text { text, .. } if !text.trim().is_empty() => self.said.push(Said::Text(text)),
                Part::Image(image) => self.said.push(Said::Image(image)),
                Part::ToolResult(result) => self.results.push(result),
                Part::Text { .. } | Part::ToolCall(_) | Part::Native(_) => {}
            }
        }
    }

    /// Results that answer no open call are dropped: vendors refuse them.
    fn close(&mut self, turns: &mut Vec<Turn<'a>>, open: &[&'a ToolCall]) {
        let given = std::mem::take(&mut self.results);
        let result = |call: &&'a ToolCall| match given.iter().find(|result| result.call == call.id) {
            Some(result) => Answered { call: &call.id, content: &result.content, is_error: result.is_error },
            None => Answered { call: &call.id, content: &*UNANSWERED, is_error: true },
        };
        let results: Vec<Answered<'a>> = open.iter().map(result).collect();
        let said = std::mem::take(&mut self.said);
        if !results.is_empty() || !said.is_empty() {
            turns.push(Turn::User { results, said });
        }
    }
}

/// The parts of a model's message; in the vendor's own form where `native` says that it is this vendor's.
fn spoken(message: &Message, native: Option<Dialect>) -> Vec<Spoken<'_>> {
    let own = |block: &Native| Some(block.dialect) == native;
    message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { native: Some(block), .. } if own(block) => Some(Spoken::Native(block)),
            Part::Text { text, .. } => (!text.trim().is_empty()).then_some(Spoken::Text(text)),
            Part::ToolCall(ToolCall { native: Some(block), broken: None, .. }) if own(block) => {
                Some(Spoken::Native(block))
            }
            Part::ToolCall(call) => Some(Spoken::Call(call)),
            Part::Native(block) => own(block).then_some(Spoken::Native(block)),
            Part::Image(_) | Part::ToolResult(_) => None,
        })
        .collect()
}

/// The image types that all vendors take.
pub(super) fn is_common(image: &Image) -> bool {
    matches!(image.mime.as_str(), "image/jpeg" | "image/png" | "image/gif" | "image/webp")
}
