//! One message that a server wants a model to read, block by block: who says it, texts in full, calls of tools and
//! their results as such, the rest by what it weighs.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, foreign, wrapped};
use super::{Lines, json};
use crate::model::json::{compact, scan};
use crate::tui::figures;
use crate::tui::theme::Theme;

/// The lines of a message, after an empty one.
pub(in crate::tui) fn lines<'a>(text: &'a str, theme: &'a Theme, width: usize) -> Lines<'a> {
    let role = scan::member(text, "role").and_then(scan::decoded).unwrap_or_default();
    let who = [Line::raw(""), Line::styled(clip(&role, width), theme.title)].into_iter();
    match scan::member(text, "content") {
        Some(content) if content.trim_start().starts_with('[') => {
            Box::new(who.chain(scan::elements(content).flat_map(move |one| block(one, theme, width))))
        }
        Some(content) => Box::new(who.chain(block(content, theme, width))),
        None => Box::new(who.chain(json::lines(text, theme, width))),
    }
}

fn block<'a>(text: &'a str, theme: &'a Theme, width: usize) -> Lines<'a> {
    let member = |name| scan::member(text, name).and_then(scan::decoded);
    let kind = member("type").unwrap_or_default();
    let word = |name: &'static str, said: String| {
        let line =
            vec![Span::styled(format!("{name} "), theme.accent), Span::raw(clip(&said, width.saturating_sub(8)))];
        Box::new(std::iter::once(Line::from(line)))
    };
    match (&*kind, member("text")) {
        ("text", Some(said)) => Box::new(wrapped(said, Style::new(), width, 0)),
        ("image" | "audio", _) => {
            let weight = scan::member(text, "data").map_or(0, |data| data.len().saturating_sub(2) as u64 / 4 * 3);
            let mime = member("mimeType").unwrap_or_default();
            Box::new([Line::raw(format!("{} of about {}", clip(&mime, 60), figures::size(weight)))].into_iter())
        }
        ("resource_link", _) => word("link", member("uri").unwrap_or_default().into_owned()),
        ("tool_use", _) => {
            let input = scan::member(text, "input").map(|input| compact(input, width)).unwrap_or_default();
            word("calls", format!("{} {input}", member("name").unwrap_or_default()))
        }
        ("tool_result", _) => {
            let failed = scan::member(text, "isError") == Some("true");
            let name: &'static str = if failed { "error of" } else { "result of" };
            let head = word(name, format!("{} (the call's id)", member("toolUseId").unwrap_or_default()));
            let content = scan::member(text, "content").into_iter().flat_map(scan::elements);
            Box::new(head.chain(content.flat_map(move |one| inner(one, theme, width))))
        }
        _ => {
            let kind = if kind.is_empty() { Cow::Borrowed("unknown") } else { Cow::Owned(foreign(&kind)) };
            let head = Line::styled(format!("{kind}:"), theme.dim);
            Box::new(std::iter::once(head).chain(json::lines(text, theme, width)))
        }
    }
}

/// A block in the result of a tool: no further results in it are laid out.
fn inner<'a>(text: &'a str, theme: &'a Theme, width: usize) -> Lines<'a> {
    match scan::member(text, "type") {
        Some("\"tool_result\"") => Box::new(json::lines(text, theme, width)),
        _ => block(text, theme, width),
    }
}
