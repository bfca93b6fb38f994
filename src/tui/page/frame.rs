//! Frames: their one-line summary in the log and their full page.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, foreign, wrapped};
use super::{Lines, call, fact, heading, hex, json};
use crate::app::State;
use crate::model::json::{compact, scan};
use crate::model::log::LogEntry;
use crate::model::record::{Body, HttpHead, Record};
use crate::model::text::escape_bytes;
use crate::model::wire::{Direction, FrameKind};
use crate::tui::figures;
use crate::tui::frame::{FrameTab, FrameUi};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Characters of a summary that are looked at; more than any screen shows.
const SUMMARY: usize = 400;
/// Items of a list that a row names.
const LISTED: usize = 20;
/// Bytes of a binary body that are shown.
const BYTES_SHOWN: usize = 64 * 1024;

/// What is said of a frame that is not read back.
pub(in crate::tui) const NOT_AT_HAND: &str =
    "its text is not at hand: it has left the memory of a run that is not recorded, or cannot be read";

/// How a frame is told from others without colour.
pub(in crate::tui) struct Shape {
    /// Its arrow or mark.
    pub(in crate::tui) symbol: &'static str,
    /// How the mark is drawn.
    pub(in crate::tui) style: Style,
    /// What it is, in a word or two: escaped.
    pub(in crate::tui) what: String,
}

/// The mark and the word of a frame.
pub(in crate::tui) fn shape(state: &State, entry: &LogEntry, theme: &Theme) -> Shape {
    let symbols = theme.symbols;
    let arrow = match entry.direction {
        Direction::Send => symbols.send,
        Direction::Recv => symbols.recv,
        Direction::Stderr => symbols.stderr,
        Direction::Note => symbols.note,
    };
    let method = state.log.method(entry.method);
    let (symbol, style, what) = match entry.kind {
        FrameKind::Request => (arrow, theme.accent, clip(method, 200)),
        FrameKind::Notification => {
            let arrow = if entry.direction == Direction::Send { symbols.told } else { symbols.hears };
            (arrow, theme.accent, clip(method.strip_prefix("notifications/").unwrap_or(method), 200))
        }
        FrameKind::Result if entry.failed => (arrow, theme.bad, "tool error".to_owned()),
        FrameKind::Result => (arrow, theme.good, "result".to_owned()),
        FrameKind::Error => (arrow, theme.bad, "error".to_owned()),
        FrameKind::Batch => (arrow, theme.accent, "batch".to_owned()),
        FrameKind::NotRpc => (symbols.broken, theme.bad, "not JSON-RPC".to_owned()),
        FrameKind::NotJson => (symbols.broken, theme.bad, "not JSON".to_owned()),
        FrameKind::Http => (arrow, theme.dim, "HTTP".to_owned()),
        FrameKind::Sse => (arrow, theme.dim, "SSE".to_owned()),
        FrameKind::Model if entry.failed => (arrow, theme.bad, "model".to_owned()),
        FrameKind::Model => (arrow, theme.claim, "model".to_owned()),
        FrameKind::Stderr => (symbols.stderr, theme.dim, "stderr".to_owned()),
        FrameKind::Note => (symbols.note, theme.warn, "note".to_owned()),
        FrameKind::Exit => (symbols.exit, theme.bad, "exit".to_owned()),
    };
    Shape { symbol, style, what }
}

/// What a frame says, in one line, and its id as written. The texts are foreign: not escaped yet.
pub(in crate::tui) fn summary(state: &State, entry: &LogEntry, record: &Record) -> (String, Option<String>) {
    if entry.kind == FrameKind::Model
        && let Some(http) = &record.http
    {
        return (head_line(http), record.exchange.map(|number| number.to_string()));
    }
    let text = match &record.body {
        Body::Msg(text) | Body::Text(text) => text.as_str(),
        Body::Bytes(bytes) => return (escape_bytes(&bytes[..bytes.len().min(SUMMARY)]), None),
        Body::None => {
            let said = match (&record.http, &record.note) {
                (Some(http), _) => head_line(http),
                (None, Some(note)) => note.clone(),
                (None, None) => String::new(),
            };
            return (said, None);
        }
    };
    let method = state.log.method(entry.method);
    let said = match entry.kind {
        FrameKind::Request | FrameKind::Notification => {
            scan::member(text, "params").map(|params| params_summary(method, params)).unwrap_or_default()
        }
        FrameKind::Result => {
            let result = scan::member(text, "result");
            result.map(|result| result_summary(method, result, record.whole)).unwrap_or_default()
        }
        FrameKind::Error => scan::member(text, "error").map(error_summary).unwrap_or_default(),
        FrameKind::Batch | FrameKind::NotRpc | FrameKind::Model => short(text, SUMMARY),
        FrameKind::Exit | FrameKind::Note => record.note.clone().unwrap_or_else(|| text.to_owned()),
        FrameKind::NotJson | FrameKind::Http | FrameKind::Sse | FrameKind::Stderr => {
            super::flow::head(text, SUMMARY * 4).0.to_owned()
        }
    };
    let id = |record: &Record| match &record.body {
        Body::Msg(text) | Body::Text(text) => scan::member(text, "id").map(|id| compact(id, 12)),
        Body::None | Body::Bytes(_) => None,
    };
    // Of a long answer only the beginning is read; its id is that of its request.
    let other = || id(state.rows.get(&entry.pair.filter(|_| !record.whole)?)?);
    let id = entry.kind.is_rpc().then(|| id(record).or_else(other)).flatten();
    (said, id)
}

/// A JSON text on one line, in so many characters; what only stands escaped in it is shown where that is harmless.
fn short(json: &str, max_chars: usize) -> String {
    if !json.contains("\\u") {
        return compact(json, max_chars);
    }
    // Six characters stand for one.
    let legible = scan::legible(&compact(json, max_chars * 6)).into_owned();
    let end = legible.char_indices().nth(max_chars).map_or(legible.len(), |(end, _)| end);
    let cut = if end < legible.len() { "…" } else { "" };
    format!("{}{cut}", &legible[..end])
}

fn params_summary(method: &str, params: &str) -> String {
    let text = |name| scan::member(params, name).and_then(scan::decoded);
    let raw = |name| scan::member(params, name).map(|value| short(value, SUMMARY)).unwrap_or_default();
    match method {
        "tools/call" | "prompts/get" => match text("name") {
            Some(name) => format!("{name} {}", raw("arguments")),
            None => short(params, SUMMARY),
        },
        "resources/read" | "notifications/resources/updated" => {
            text("uri").map_or_else(|| short(params, SUMMARY), Cow::into_owned)
        }
        "notifications/message" => format!("{} {}", text("level").unwrap_or_default(), raw("data")),
        "notifications/progress" => {
            // Whole numbers of languages that send them all with a point.
            let whole = |name| raw(name).strip_suffix(".0").map_or_else(|| raw(name), str::to_owned);
            let total = scan::member(params, "total").map(|_| format!(" of {}", whole("total"))).unwrap_or_default();
            format!("{}{total} {}", whole("progress"), text("message").unwrap_or_default())
        }
        _ => without_envelope(params),
    }
}

/// An object without the members that every modern frame carries; a row has room for what differs.
fn without_envelope(object: &str) -> String {
    const ENVELOPE: [&str; 4] = ["\"_meta\"", "\"resultType\"", "\"ttlMs\"", "\"cacheScope\""];
    if !object.trim_start().starts_with('{') {
        return short(object, SUMMARY);
    }
    let told: Vec<String> = scan::members(object)
        .filter(|(name, _)| !ENVELOPE.contains(name))
        .take(20)
        .map(|(name, value)| format!("{}: {}", name.trim_matches('"'), short(value, SUMMARY / 2)))
        .collect();
    told.join("  ")
}

fn result_summary(method: &str, result: &str, whole: bool) -> String {
    let listed = ["tools", "resources", "resourceTemplates", "prompts"];
    if method.ends_with("/list")
        && let Some((name, list)) = listed.into_iter().find_map(|name| Some((name, scan::member(result, name)?)))
    {
        let mut names: Vec<String> = scan::elements(list)
            .take(LISTED + 1)
            .map(|item| {
                let name = scan::member(item, "name").and_then(scan::decoded);
                name.map_or_else(|| short(item, 40), Cow::into_owned)
            })
            .collect();
        if names.is_empty() && whole {
            names.push("none".to_owned());
        }
        if names.len() > LISTED || !whole {
            names.truncate(LISTED);
            names.push("…".to_owned());
        }
        return format!("{name}: {}", names.join(", "));
    }
    if method == "tools/call" {
        let first = scan::member(result, "content").and_then(|content| scan::elements(content).next());
        let said = first.map(|block| short(scan::member(block, "text").unwrap_or(block), SUMMARY));
        return said.unwrap_or_else(|| without_envelope(result));
    }
    without_envelope(result)
}

fn error_summary(error: &str) -> String {
    let code = scan::member(error, "code").unwrap_or_default();
    match scan::member(error, "message").and_then(scan::decoded) {
        Some(message) => format!("{code} {message}"),
        None => short(error, SUMMARY),
    }
}

fn head_line(http: &HttpHead) -> String {
    match (&http.method, &http.url, http.status) {
        (Some(method), Some(url), _) => format!("{method} {url}"),
        (Some(method), None, _) => method.clone(),
        (None, _, Some(status)) => status.to_string(),
        (None, _, None) => String::new(),
    }
}

/// The page of the selected frame.
pub(super) fn lines<'a>(state: &'a State, ui: &'a Ui, open: &FrameUi, theme: &'a Theme, width: usize) -> Lines<'a> {
    let Some((index, entry)) = ui.log.selected(state).and_then(|index| Some((index, state.log.get(index)?))) else {
        return Box::new(wrapped("no frame fits the filter", theme.dim, width, 0));
    };
    if open.tab == FrameTab::Call {
        return call::lines(state, open, index, theme, width);
    }
    let mut head = meta(state, ui, &entry, theme);
    let record = match &state.opened {
        Some((at, record)) if *at == index => record,
        _ => {
            head.push(Line::raw(""));
            head.push(Line::styled(NOT_AT_HAND, theme.dim));
            return Box::new(head.into_iter());
        }
    };
    about(&mut head, record, theme, width);
    let pretty = open.tab == FrameTab::Pretty;
    let body: Lines<'a> = match &record.body {
        Body::None => Box::new(std::iter::empty()),
        _ if open.tab == FrameTab::Hex => Box::new(hex::lines(record.bytes(), theme, width)),
        Body::Msg(text) if pretty => json::lines(text, theme, width),
        Body::Text(text) if pretty && matches!(entry.kind, FrameKind::NotRpc | FrameKind::Batch) => {
            json::lines(text, theme, width)
        }
        Body::Msg(text) | Body::Text(text) => Box::new(wrapped(text.as_str(), Style::new(), width, 0)),
        Body::Bytes(bytes) => {
            let shown = escape_bytes(&bytes[..bytes.len().min(BYTES_SHOWN)]);
            Box::new(wrapped(shown, Style::new(), width, 0))
        }
    };
    Box::new(head.into_iter().chain(body))
}

/// What the selected frame is, in two lines.
pub(in crate::tui) fn head(state: &State, ui: &Ui, theme: &Theme) -> Vec<Line<'static>> {
    let entry = ui.log.selected(state).and_then(|index| state.log.get(index));
    entry.map(|entry| meta(state, ui, &entry, theme)).unwrap_or_default()
}

/// What the index knows.
fn meta(state: &State, ui: &Ui, entry: &LogEntry, theme: &Theme) -> Vec<Line<'static>> {
    let dot = theme.symbols.dot;
    let shape = shape(state, entry, theme);
    let server = state.peer(entry.server).unwrap_or("?");
    let way = match entry.direction {
        Direction::Send if entry.kind == FrameKind::Model => "to the provider of models",
        Direction::Recv if entry.kind == FrameKind::Model => "from the provider of models",
        Direction::Send => "to the server",
        Direction::Recv => "from the server",
        Direction::Stderr => "from the standard error of",
        Direction::Note => "by this client, about",
    };
    let method = match entry.kind {
        FrameKind::Result | FrameKind::Error => {
            let method = state.log.method(entry.method);
            if method.is_empty() { String::new() } else { format!(" of {}", foreign(method)) }
        }
        _ => String::new(),
    };
    let mut out = vec![Line::from(vec![
        Span::styled(format!("{} {}", shape.symbol, shape.what), shape.style),
        Span::raw(format!("{method} {dot} {way} {}", foreign(server))),
    ])];
    let mut facts = vec![figures::time(entry.at, &ui.zone)];
    // Neither a note nor the head of an HTTP message is a frame on the wire.
    if entry.size > 0 {
        facts.push(figures::size(entry.size));
    }
    if let Some(latency) = state.log.latency(entry.index) {
        facts.push(format!("answered in {}", figures::duration(latency)));
    }
    if let Some(pair) = entry.pair {
        facts.push(format!("pair: frame {}", figures::count(pair)));
    }
    out.push(Line::styled(facts.join(&format!(" {dot} ")), theme.dim));
    out
}

/// What the journal says beside the frame itself.
fn about(out: &mut Vec<Line<'static>>, record: &Record, theme: &Theme, width: usize) {
    if let Some(note) = &record.note {
        let style = if record.kind.is_rpc() { theme.dim } else { theme.warn };
        out.extend(wrapped(note.as_str(), style, width, 0));
    }
    if let Some(exchange) = record.exchange {
        out.push(fact(
            "exchange",
            vec![Span::raw(figures::count(usize::try_from(exchange).unwrap_or(usize::MAX)))],
            theme,
        ));
    }
    if let Some(http) = &record.http {
        out.push(fact("HTTP", vec![Span::raw(clip(&head_line(http), width))], theme));
        for (name, value) in &http.headers {
            let line = format!("{name}: {value}");
            out.extend(wrapped(line, theme.dim, width, 2));
        }
    }
    if let Some(eol) = &record.eol {
        let ended = if eol.is_empty() { "nothing: the line was torn".to_owned() } else { foreign(eol) };
        out.push(fact("ended by", vec![Span::raw(ended)], theme));
    }
    if let Some(sse) = &record.sse {
        out.push(fact("SSE before", vec![Span::raw(clip(&sse.pre, width.saturating_sub(11)))], theme));
        out.push(fact("SSE after", vec![Span::raw(clip(&sse.post, width.saturating_sub(11)))], theme));
    }
    if let Some(cut) = &record.cut {
        out.push(Line::styled("too long to keep whole; this is its beginning", theme.warn));
        out.push(fact("SHA-256", vec![Span::raw(foreign(&cut.sha256))], theme));
        out.push(fact("its end", vec![Span::raw(clip(&cut.tail, width.saturating_sub(11)))], theme));
    }
    if record.body != Body::None {
        out.push(heading("frame", theme, width));
    }
}
