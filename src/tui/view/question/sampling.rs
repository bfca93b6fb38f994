//! A message that a server asks for: what the model would be told, in full.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::Draft;
use crate::model::chat::ModelRef;
use crate::model::json::{RawJson, compact, scan};
use crate::tui::modal::sampling::{SamplingUi, View};
use crate::tui::page::{Lines, clip, fact, foreign, heading, message_lines, wrapped};
use crate::tui::theme::Theme;

/// `limits` is what the server has asked for so far, of what it may; `model` is who would write.
pub(super) fn rows<'a>(
    params: &'a RawJson,
    limits: &str,
    model: Option<&ModelRef>,
    theme: &'a Theme,
    cols: usize,
) -> Lines<'a> {
    let mut head = Vec::new();
    let mut told = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            head.push(fact(name, vec![Span::raw(clip(&value, cols.saturating_sub(11)))], theme));
        }
    };
    let raw = |name: &str| params.get(name).map(|value| compact(value, 200));
    told("at most", raw("maxTokens").map(|tokens| format!("{tokens} tokens")));
    told("hints", params.get("modelPreferences").map(preferences));
    told("model", model.map(ToString::to_string));
    told("tools", params.get("tools").map(|tools| offered(tools, params.get("toolChoice"))));
    // What is asked comes before what only sets how.
    let mut tail = Vec::new();
    let mut set = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            tail.push(fact(name, vec![Span::raw(clip(&value, cols.saturating_sub(11)))], theme));
        }
    };
    set("limits", Some(limits.to_owned()).filter(|limits| !limits.is_empty()));
    set("temp.", raw("temperature"));
    set("stops at", raw("stopSequences"));
    set("context", raw("includeContext").map(|which| format!("{which} (wished for; nothing is added)")));
    if !tail.is_empty() {
        tail.insert(0, Line::raw(""));
    }
    let system = params.get("systemPrompt").and_then(scan::decoded);
    let system: Lines<'a> = match system {
        Some(text) => Box::new([Line::raw(""), heading("system prompt", theme, cols)].into_iter().chain(wrapped(
            text,
            Style::new(),
            cols,
            0,
        ))),
        None => Box::new(std::iter::empty()),
    };
    let messages = params.get("messages").into_iter().flat_map(scan::elements);
    let messages = messages.flat_map(move |message| message_lines(message, theme, cols));
    Box::new(head.into_iter().chain(system).chain(messages).chain(tail))
}

/// The answer as it is to be read: its text unfolded, which the JSON below holds in single long lines.
pub(super) fn answer<'a>(answer: &'a RawJson, theme: &'a Theme, cols: usize) -> Lines<'a> {
    // Without its empty line: there is one above already.
    Box::new(message_lines(answer.as_str(), theme, cols).skip(1))
}

/// What is being edited, and what a model is doing.
pub(super) fn edited(sampling: &SamplingUi) -> String {
    let what = match (sampling.view, sampling.draft()) {
        (View::Request, _) => "the request, before a model reads it".to_owned(),
        (View::Answer, Some(Draft::Written(written))) => {
            let model = written.get("model").and_then(scan::decoded);
            let model = model.map_or_else(|| "the model".to_owned(), |model| clip(&foreign(&model), 40));
            format!("the answer of {model}, before it is sent")
        }
        (View::Answer, _) => "the whole answer as JSON".to_owned(),
        (View::Text, _) => "your answer, in the place of a model's".to_owned(),
    };
    match sampling.draft() {
        Some(Draft::Writing) => format!("{what} (a model is writing)"),
        Some(Draft::Failed(why)) => format!("{what} (the model wrote none: {})", foreign(why)),
        Some(Draft::Written(_)) | None => what,
    }
}

/// The names of the tools that the model may use, and whether it must.
fn offered(tools: &str, choice: Option<&str>) -> String {
    let names: Vec<String> = scan::elements(tools)
        .map(|tool| scan::member(tool, "name").and_then(scan::decoded).map_or_else(|| "?".to_owned(), Into::into))
        .collect();
    let mode = choice.and_then(|choice| scan::member(choice, "mode")).and_then(scan::decoded);
    let mode = match mode.as_deref() {
        Some("required") => " (the model must use one)",
        Some("none") => " (none may be used)",
        _ => "",
    };
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("{names}{mode}")
}

/// The hints by name, then what matters to the server.
fn preferences(preferences: &str) -> String {
    let hints: Vec<String> = scan::member(preferences, "hints")
        .into_iter()
        .flat_map(scan::elements)
        .filter_map(|hint| Some(scan::decoded(scan::member(hint, "name")?)?.into_owned()))
        .collect();
    let mut parts = if hints.is_empty() { vec![] } else { vec![hints.join(" or ")] };
    for (name, word) in [("costPriority", "cost"), ("speedPriority", "speed"), ("intelligencePriority", "intelligence")]
    {
        parts.extend(scan::member(preferences, name).map(|value| format!("{word} {}", compact(value, 12))));
    }
    parts.join(", ")
}
