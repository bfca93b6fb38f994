//! What of a call's arguments a model has read in answers of other servers.

use crate::model::chat::Content;
use crate::model::conversation::{Body, Conversation, Entry};
use crate::model::json::RawJson;
use crate::model::provenance::{Borrowed, Source, borrowed};

/// Bytes of what a person typed that are looked at, the newest first.
const OWN: usize = 256 * 1024;

/// What stands in answers of servers other than this one, of all that the model was told so far.
pub(super) fn of(conversation: &Conversation, server: &str, arguments: &RawJson) -> Vec<Borrowed> {
    let entries = || conversation.entries.iter().rev().filter(|entry| !entry.dropped);
    let mut own = String::new();
    for entry in entries() {
        if let Body::User { text, automatic: false, .. } = &entry.body
            && own.len() + text.len() <= OWN
        {
            own.push_str(text);
            own.push('\n');
        }
    }
    borrowed(arguments, &own, entries().flat_map(sources).filter(|source| source.server != server))
}

/// What an entry told the model in the name of a server.
fn sources(entry: &Entry) -> Vec<Source<'_>> {
    match &entry.body {
        Body::Call(call) => {
            let told = call.result.iter().flat_map(|result| &result.content);
            told.filter_map(text).map(|text| Source { server: &call.server, tool: &call.tool, text }).collect()
        }
        Body::User { attachments, .. } => {
            let foreign = attachments.iter().filter_map(|one| Some((one.server.as_deref()?, one)));
            foreign
                .filter_map(|(server, one)| Some(Source { server, tool: &one.name, text: text(&one.content)? }))
                .collect()
        }
        Body::Answer(_) | Body::Note { .. } | Body::Summary { .. } => vec![],
    }
}

fn text(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        Content::Image(_) => None,
    }
}
