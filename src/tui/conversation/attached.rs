//! What goes with the message being typed: [`Attached`]: resources, files, and what prompts say. Each stands in the
//! text as a token, and goes along as long as that is there.

use crate::app::State;
use crate::model::call::CallState;
use crate::model::chat::{Content, Image};
use crate::model::conversation::Attachment;
use crate::model::id::CallId;
use crate::model::json::{RawJson, scan};
use crate::model::promptresult;
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::nearby::TEXT_MAX;
use crate::tui::ui::Ui;

/// Something that goes with the message being typed.
#[derive(Clone, PartialEq, Debug)]
pub struct Attached {
    /// What stands for it in the text.
    pub token: String,
    /// Where it comes from.
    pub source: Source,
}

/// Where something attached comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// A resource.
    Resource {
        /// The server's name.
        server: String,
        /// The call that reads it.
        call: CallId,
    },
    /// What a prompt says.
    Prompt {
        /// The server's name.
        server: String,
        /// The prompt's name.
        name: String,
        /// The call that asks for it.
        call: CallId,
    },
    /// A file; what it holds once that is read, or why it cannot go along.
    File(Option<Result<Content, String>>),
}

/// How far something attached is.
enum Stand<'a> {
    Reading,
    Here(&'a RawJson),
    Read(&'a Content),
    Failed(String),
}

impl Attached {
    fn name(&self) -> &str {
        self.token.trim_start_matches(['@', '/'])
    }

    fn stand<'a>(&'a self, state: &'a State) -> Stand<'a> {
        match &self.source {
            Source::File(None) => Stand::Reading,
            Source::File(Some(Ok(content))) => Stand::Read(content),
            Source::File(Some(Err(why))) => Stand::Failed(why.clone()),
            Source::Resource { call, .. } | Source::Prompt { call, .. } => {
                match state.calls.get(call).map(|call| &call.state) {
                    Some(CallState::Done(result)) => Stand::Here(result),
                    Some(CallState::Failed(why)) => Stand::Failed(why.to_string()),
                    Some(CallState::Running | CallState::Cancelling) => Stand::Reading,
                    None => Stand::Failed("it is not known any more".into()),
                }
            }
        }
    }

    /// What it comes to; the error says why it cannot go along, or not yet.
    fn attachments(&self, state: &State) -> Result<Vec<Attachment>, String> {
        let name = self.name().to_owned();
        let again = format!("take {} out of the message, or attach it again", self.token);
        let data = |server: Option<&String>, content| Attachment {
            name: name.clone(),
            server: server.cloned(),
            prompt: None,
            content,
        };
        match (self.stand(state), &self.source) {
            (Stand::Reading, _) => Err(format!("{name} is still being read")),
            (Stand::Failed(why), _) => Err(format!("{name} could not be read ({why}); {again}")),
            (Stand::Read(content), _) => Ok(vec![data(None, content.clone())]),
            (Stand::Here(result), Source::Prompt { server, name, .. }) => {
                let messages = promptresult::messages(result, TEXT_MAX);
                let messages = messages.map_err(|why| format!("the prompt {name} says nothing: {why}; {again}"))?;
                let message = |(role, content)| Attachment {
                    name: name.clone(),
                    server: Some(server.clone()),
                    prompt: Some(role),
                    content,
                };
                Ok(messages.into_iter().map(message).collect())
            }
            (Stand::Here(result), Source::Resource { server, .. }) => {
                Ok(contents(result).into_iter().map(|content| data(Some(server), content)).collect())
            }
            (Stand::Here(_), Source::File(_)) => Ok(vec![]),
        }
    }
}

/// Those whose tokens are in the text.
fn here(ui: &Ui) -> impl Iterator<Item = &Attached> {
    let text = ui.conversation.composer.text();
    ui.conversation.attached.iter().filter(move |attached| text.contains(&attached.token))
}

/// What goes with the message, once all of it was read; else why it cannot go yet.
pub(in crate::tui) fn attachments(ui: &Ui, state: &State) -> Result<Vec<Attachment>, String> {
    let mut out = Vec::new();
    for attached in here(ui) {
        out.extend(attached.attachments(state)?);
    }
    Ok(out)
}

/// How what is attached is doing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::tui) enum Health {
    Here,
    Reading,
    Failed,
}

/// What is attached, in a line, and how the worst of it is doing; none when nothing is. Where that is wider than `room`,
/// what is here is only named.
pub(in crate::tui) fn words(ui: &Ui, state: &State, between: &str, room: usize) -> Option<(String, Health)> {
    let (text, health) = told(ui, state, between, true)?;
    if columns(&text) <= room { Some((text, health)) } else { told(ui, state, between, false) }
}

fn told(ui: &Ui, state: &State, between: &str, in_full: bool) -> Option<(String, Health)> {
    let mut words = Vec::new();
    let mut worst = Health::Here;
    for attached in here(ui) {
        let name = attached.name();
        let (text, health) = match attached.stand(state) {
            Stand::Reading if in_full => (format!("{name} is being read"), Health::Reading),
            Stand::Reading => (format!("{name}…"), Health::Reading),
            Stand::Here(_) | Stand::Read(_) if !in_full => (name.to_owned(), Health::Here),
            Stand::Here(result) => (format!("{name} {}", figures::size(result.as_str().len() as u64)), Health::Here),
            Stand::Read(Content::Text(text)) => (format!("{name} {}", figures::size(text.len() as u64)), Health::Here),
            Stand::Read(Content::Image(image)) => {
                (format!("{name} {} {}", image.mime, figures::size(image.data.len() as u64 / 4 * 3)), Health::Here)
            }
            Stand::Failed(why) => (format!("{name}: {why}"), Health::Failed),
        };
        worst = worst.max(health);
        // What needs a person comes first.
        if health == Health::Failed { words.insert(0, text) } else { words.push(text) }
    }
    let lead = if worst == Health::Failed { "" } else { "attached " };
    (!words.is_empty()).then(|| (format!("{lead}{}", words.join(&format!(" {between} "))), worst))
}

/// What a resource holds, for a model.
fn contents(result: &RawJson) -> Vec<Content> {
    let items = result.items_of("contents", 100).unwrap_or_default();
    let decoded =
        |item: &str, name: &str| scan::member(item, name).and_then(scan::decoded).map(std::borrow::Cow::into_owned);
    let mut out = Vec::new();
    for item in items {
        if let Some(text) = decoded(item, "text") {
            let end = text.floor_char_boundary(TEXT_MAX);
            let more = text.len() - end;
            let mark = if more > 0 { format!("\n[{more} more bytes were left out]") } else { String::new() };
            out.push(Content::Text(format!("{}{mark}", &text[..end])));
        } else if let Some(data) = decoded(item, "blob") {
            let mime = decoded(item, "mimeType").unwrap_or_else(|| "application/octet-stream".to_owned());
            if mime.starts_with("image/") {
                out.push(Content::Image(Image { mime, data: data.into() }));
            } else {
                out.push(Content::Text(format!("[{mime}, about {} bytes: not shown]", data.len() * 3 / 4)));
            }
        }
    }
    out
}
