//! Kept conversations: listed, shown, searched, written out.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::Options;
use crate::cli::command::KeptVerb;
use crate::cli::startup::Startup;
use crate::headless::failure::Failed;
use crate::headless::output::Output;
use crate::model::conversation::{json as as_json, markdown};
use crate::model::text::escape_block;
use crate::runtime::conversations;

/// Does what was asked about kept conversations.
pub(super) fn run(verb: &KeptVerb, options: &Options, out: &mut Output) -> Result<(), Failed> {
    let startup = Startup::load(options)?;
    let dir = dir(&startup)?;
    match verb {
        KeptVerb::List => print(&conversations::list(&dir), out),
        KeptVerb::Search(text) => {
            let found: Vec<_> = conversations::list(&dir)
                .into_iter()
                .filter(|kept| {
                    conversations::load(&dir, &kept.id).is_ok_and(|conversation| conversation.find(text).is_some())
                })
                .collect();
            print(&found, out);
        }
        KeptVerb::Show(id) => {
            let conversation = conversations::load(&dir, id).map_err(Failed::usage)?;
            if out.is_json() {
                out.json(&as_json(&conversation).to_string());
            } else {
                out.text(&escape_block(&markdown(&conversation)));
            }
        }
    }
    Ok(())
}

fn print(kept: &[crate::app::chat::Kept], out: &mut Output) {
    if out.is_json() {
        let rows: Vec<_> = kept
            .iter()
            .map(|kept| json!({ "id": kept.id, "title": kept.title, "entries": kept.entries, "changed": kept.changed }))
            .collect();
        out.json(&json!({ "conversations": rows }).to_string());
        return;
    }
    if kept.is_empty() {
        out.note("no conversation is kept");
    }
    let rows = kept.iter().map(|kept| format!("{}  {:>5}  {}", kept.id, kept.entries, out.name(&kept.title)));
    let page = rows.collect::<Vec<_>>().join("\n");
    out.text(&page);
}

/// The whole name of a kept conversation, by its beginning or `last`. The error says which there are.
pub fn named(startup: &Startup, wanted: &str) -> Result<String, Failed> {
    let conversation = conversations::load(&dir(startup)?, wanted).map_err(Failed::usage)?;
    Ok(conversation.id)
}

fn dir(startup: &Startup) -> Result<PathBuf, Failed> {
    startup.conversations().ok_or_else(|| Failed::usage("no place for conversations is known (HOME is not set)"))
}
