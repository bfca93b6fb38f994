//! The page of an item: what the server says it is, and what it wants.

mod skill;

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, foreign, wrap, wrapped};
use super::{Lines, fact, heading, json};
use crate::app::State;
use crate::model::approval::PinState;
use crate::model::call::ListKind;
use crate::model::claim;
use crate::model::fingerprint::Fingerprint;
use crate::model::id::Moment;
use crate::model::json::{RawJson, compact, scan};
use crate::model::schema::{OutlineRow, outline};
use crate::model::session::{Item, Session};
use crate::model::text::{hidden_count, pad, width as columns};
use crate::model::uritemplate::UriTemplate;
use crate::tui::figures;
use crate::tui::markdown;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Icons of an item that are named.
const ICONS: usize = 3;
/// Columns that a description needs to be readable.
const READABLE: usize = 26;
/// Claims of one sort that are shown; the JSON has them all.
const CLAIMS: usize = 30;
/// Characters of a claim.
const CLAIM: usize = 600;
/// Columns of a claim's name.
const NAME: usize = 40;
/// Lines of one claim below its first.
const LINES: usize = 6;

pub(super) fn lines<'a>(
    state: &State,
    ui: &Ui,
    session: &'a Session,
    kind: ListKind,
    item: &'a Item,
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    let (key, title, description, raw) = match item {
        Item::Good { key, title, description, raw } => (key, title, description, raw),
        Item::Bad { problem, raw } => {
            let named = item.called().map_or_else(|| "this item".to_owned(), |name| clip(&name, 80));
            let mut head = vec![Line::styled(format!("{} {named} cannot be used", theme.symbols.broken), theme.bad)];
            head.extend(wrapped(problem.clone(), Style::new(), width, 0));
            head.extend([Line::raw(""), heading("as the server sent it", theme, width)]);
            return Box::new(head.into_iter().chain(json::lines(raw.as_str(), theme, width)));
        }
    };
    let mut out = name_lines(key, title.as_deref(), raw, theme, width);
    let hidden = hidden_count(raw.as_str());
    if hidden > 0 {
        let text = format!("{} {hidden} hidden characters in this definition", theme.symbols.broken);
        out.push(Line::styled(text, theme.warn));
    }
    beside(&mut out, raw, theme, width);
    match kind {
        ListKind::Resources | ListKind::Templates => facts(&mut out, raw, theme, width),
        ListKind::Tools => approved(&mut out, state, ui, session, (key.as_str(), raw), theme, width),
        ListKind::Skills => skill::head(&mut out, state, session, raw, theme, width),
        ListKind::Prompts => {}
    }
    if claim::is_deprecated(raw) {
        out.push(Line::styled(format!("The server says that it is deprecated. {}", theme.symbols.claim), theme.warn));
    }
    let described = description.as_deref().filter(|text| !text.trim().is_empty());
    let body: Lines<'a> = match described {
        Some(text) => Box::new(markdown::lines(text, theme, width)),
        None => Box::new(std::iter::once(Line::styled("The server gives no description.", theme.dim))),
    };
    let mut tail = vec![Line::raw("")];
    match kind {
        ListKind::Tools => {
            arguments(&mut tail, "arguments", raw.get("inputSchema"), theme, width);
            if let Some(schema) = raw.get("outputSchema") {
                tail.push(Line::raw(""));
                arguments(&mut tail, "structured result", Some(schema), theme, width);
            }
        }
        ListKind::Prompts => prompt_arguments(&mut tail, raw, theme, width),
        ListKind::Templates => variables(&mut tail, key, theme, width),
        ListKind::Skills => skill::files(&mut tail, ui, raw, theme, width),
        ListKind::Resources => {}
    }
    claimed(&mut tail, session, kind, (key.as_str(), raw), theme, width);
    if !session.is_ready() {
        tail.push(Line::raw(""));
        let text = format!("as last seen: {} is not connected", foreign(&session.spec.name));
        tail.push(Line::styled(text, theme.warn));
    }
    Box::new(out.into_iter().chain(body).chain(tail))
}

/// The name, the title, and at the right what the server claims about it; below them where there is no room for both.
fn name_lines(key: &str, title: Option<&str>, raw: &RawJson, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let claims = raw.get("annotations").map(|text| claims(text, theme)).unwrap_or_default();
    let key = clip(key, width);
    let title = title.filter(|title| *title != key);
    let named = columns(&key) + title.map_or(0, |title| columns(&foreign(title)) + 2);
    let below = !claims.is_empty() && named + columns(&claims) + 2 > width;
    let room = if below { width } else { width.saturating_sub(columns(&claims) + 1) };
    let title = title.map(|title| clip(title, room.saturating_sub(columns(&key) + 2)));
    let mut spans = vec![Span::styled(key, theme.title)];
    if let Some(title) = title.filter(|title| !title.is_empty()) {
        spans.push(Span::raw(format!("  {title}")));
    }
    if below {
        return std::iter::once(Line::from(spans)).chain(wrapped(claims, theme.claim, width, 0)).collect();
    }
    let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
    spans.push(Span::raw(" ".repeat(width.saturating_sub(used + columns(&claims)))));
    spans.push(Span::styled(claims, theme.claim));
    vec![Line::from(spans)]
}

/// What people decided about a tool's definition earlier.
fn approved(
    out: &mut Vec<Line<'static>>,
    state: &State,
    ui: &Ui,
    session: &Session,
    (key, raw): (&str, &RawJson),
    theme: &Theme,
    width: usize,
) {
    if state.approvals.pins.is_empty() {
        return;
    }
    let origin = Fingerprint::of_server(&session.spec);
    let ago = |at: Moment| figures::ago(ui.now(state).micros_since(at));
    match state.approvals.pin(origin, key, Some(Fingerprint::of_json(raw))) {
        PinState::New => {}
        PinState::Same(at) => {
            out.push(fact("approved", vec![Span::raw(format!("with this definition, {}", ago(at)))], theme));
        }
        PinState::Changed(at) => {
            let said = format!(
                "{} Not as approved: the definition was another one {}. A model's call asks you again.",
                theme.symbols.broken,
                ago(at)
            );
            out.extend(wrapped(said, theme.bad, width, 0));
        }
    }
}

/// The gaps of a resource template.
fn variables(out: &mut Vec<Line<'static>>, template: &str, theme: &Theme, width: usize) {
    out.push(heading("variables", theme, width));
    let parsed = UriTemplate::read(template);
    let rows: Vec<OutlineRow> = parsed
        .variables()
        .into_iter()
        .map(|one| OutlineRow {
            depth: 0,
            name: one.name.clone(),
            kind: "text".to_owned(),
            required: one.required,
            default: None,
            description: None,
        })
        .collect();
    if rows.is_empty() {
        out.push(Line::styled("none", theme.dim));
    }
    out.extend(outline_lines(&rows, theme, width, true));
}

/// All that the server says beside what the protocol makes use of: annotations, `_meta`. Nobody checks it.
fn claimed(
    out: &mut Vec<Line<'static>>,
    session: &Session,
    kind: ListKind,
    (key, raw): (&str, &RawJson),
    theme: &Theme,
    width: usize,
) {
    let mut said: Vec<(String, String)> = Vec::new();
    let members = |name: &str| {
        let text = raw.get(name).unwrap_or("{}");
        scan::members(text).take(CLAIMS).map(|(name, value)| (decoded(name), compact(value, CLAIM))).collect::<Vec<_>>()
    };
    said.extend(members("annotations"));
    if let Some(support) = session.task_support(key).filter(|_| kind == ListKind::Tools) {
        said.push(("as a task".to_owned(), support.to_owned()));
    }
    said.extend(members("_meta").into_iter().map(|(name, value)| (format!("_meta {name}"), value)));
    if said.is_empty() {
        return;
    }
    out.push(Line::raw(""));
    out.push(heading(&format!("claims of the server {}", theme.symbols.claim), theme, width));
    let names = said.iter().map(|(name, _)| columns(&clip(name, NAME))).max().unwrap_or(0).min(width / 2);
    for (name, value) in said {
        let mut values = wrapped(value, theme.claim, width.saturating_sub(names + 4), 0);
        let mut spans = vec![
            Span::raw("  "),
            Span::styled(pad(&clip(&name, names), names).into_owned(), theme.json_key),
            Span::raw("  "),
        ];
        spans.extend(values.next().unwrap_or_default().spans);
        out.push(Line::from(spans));
        out.extend(values.take(LINES).map(|mut line| {
            line.spans.insert(0, Span::raw(" ".repeat(names + 4)));
            line
        }));
    }
}

fn decoded(name: &str) -> String {
    scan::decoded(name).map_or_else(|| name.to_owned(), Cow::into_owned)
}

/// The annotations of a tool in words. They are claims, never facts.
fn claims(annotations: &str, theme: &Theme) -> String {
    let says = |name: &str| match scan::member(annotations, name).map(str::trim) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let mut words = Vec::new();
    for (name, yes, no) in [
        ("readOnlyHint", "read-only", "writes"),
        ("destructiveHint", "destructive", "not destructive"),
        ("idempotentHint", "idempotent", ""),
        ("openWorldHint", "open world", "closed world"),
    ] {
        match says(name) {
            Some(true) => words.push(yes),
            Some(false) if !no.is_empty() => words.push(no),
            Some(false) | None => {}
        }
    }
    if words.is_empty() { String::new() } else { format!("{} {}", words.join(", "), theme.symbols.claim) }
}

fn facts(out: &mut Vec<Line<'static>>, raw: &RawJson, theme: &Theme, width: usize) {
    for (name, member) in [("type", "mimeType"), ("size", "size"), ("name", "name")] {
        let Some(text) = raw.get(member) else { continue };
        let shown = scan::decoded(text).map_or_else(|| text.to_owned(), Cow::into_owned);
        out.push(fact(name, vec![Span::raw(clip(&shown, width.saturating_sub(11)))], theme));
    }
}

/// Pictures and pages that go with an item: named, never fetched.
fn beside(out: &mut Vec<Line<'static>>, raw: &RawJson, theme: &Theme, width: usize) {
    let cols = width.saturating_sub(11);
    for icon in raw.items_of("icons", ICONS).unwrap_or_default() {
        let Some(src) = scan::member(icon, "src").and_then(scan::decoded) else { continue };
        // The data of a picture says nothing to a reader; what it is does.
        let shown = src.split_once(',').filter(|_| src.starts_with("data:")).map_or(&*src, |(head, _)| head);
        out.push(fact("icon", vec![Span::styled(clip(shown, cols), theme.dim)], theme));
    }
    let meta = raw.get("_meta").unwrap_or_default();
    let page = scan::member(meta, "ui").and_then(|ui| scan::member(ui, "resourceUri"));
    if let Some(uri) = page.or_else(|| scan::member(meta, "ui/resourceUri")).and_then(scan::decoded) {
        let text = format!("{} (not drawn: see the text)", clip(&uri, 80));
        out.push(fact("app", vec![Span::styled(clip(&text, cols), theme.warn)], theme));
    }
}

/// A schema's outline under its heading.
fn arguments(out: &mut Vec<Line<'static>>, title: &str, schema: Option<&str>, theme: &Theme, width: usize) {
    out.push(heading(title, theme, width));
    let value = schema.and_then(|text| RawJson::parse(text).ok()).map(|raw| raw.to_value());
    match value {
        Some(Ok(value)) => {
            let rows = outline(&value);
            if rows.is_empty() {
                out.push(Line::styled("none", theme.dim));
            }
            out.extend(outline_lines(&rows, theme, width, true));
        }
        Some(Err(why)) => out.push(Line::styled(clip(&why.to_string(), width), theme.warn)),
        None => out.push(Line::styled("none", theme.dim)),
    }
}

/// The rows of an outline in columns: name, kind, whether it is required, and the description where there is room.
pub(in crate::tui) fn outline_lines(
    rows: &[OutlineRow],
    theme: &Theme,
    width: usize,
    described: bool,
) -> Vec<Line<'static>> {
    let widest = |text: &dyn Fn(&OutlineRow) -> usize| rows.iter().map(text).max().unwrap_or(0);
    let name_cols = widest(&|row| row.depth * 2 + columns(&clip(&row.name, 40))).clamp(4, (width / 3).max(4));
    let kind_cols = widest(&|row| columns(&clip(&row.kind, 80))).max(4);
    // Descriptions stand beside the columns where that leaves room to read, else below them, and the kinds have more.
    let beside = width > name_cols + kind_cols.min(width / 3) + 14 + READABLE;
    let most = if beside { width / 3 } else { width.saturating_sub(name_cols + 14) };
    let kind_cols = kind_cols.min(most.max(4));
    let mut out = Vec::new();
    for row in rows {
        let name = format!("{}{}", "  ".repeat(row.depth.min(8)), clip(&row.name, 200));
        let needed = if row.required { "required" } else { "" };
        let kinds = wrap(&clip(&row.kind, 200), kind_cols);
        let at = name_cols + kind_cols + 16;
        let mut said = String::new();
        if let Some(default) = &row.default {
            said = format!("default {default}  ");
        }
        if let Some(description) = row.description.as_deref().filter(|_| described) {
            said.push_str(description);
        }
        let mut texts: Vec<Line<'static>> = Vec::new();
        if beside && !said.is_empty() {
            texts = wrapped(std::mem::take(&mut said), theme.dim, width - at, 0).collect();
        }
        for nth in 0..kinds.len().max(texts.len()).max(1) {
            let (name, needed) = if nth == 0 { (name.as_str(), needed) } else { ("", "") };
            let kind = kinds.get(nth).map(String::as_str).unwrap_or_default();
            let mut spans = vec![
                Span::raw("  "),
                Span::styled(pad(name, name_cols).into_owned(), theme.json_key),
                Span::raw("  "),
                Span::raw(pad(kind, kind_cols).into_owned()),
                Span::raw("  "),
                Span::styled(format!("{needed:<8}"), theme.warn),
            ];
            if let Some(text) = texts.get_mut(nth) {
                spans.push(Span::raw("  "));
                spans.append(&mut text.spans);
            }
            out.push(Line::from(spans));
        }
        if !said.is_empty() {
            out.extend(wrapped(said, theme.dim, width, 6 + row.depth.min(8) * 2));
        }
    }
    out
}

fn prompt_arguments(out: &mut Vec<Line<'static>>, raw: &RawJson, theme: &Theme, width: usize) {
    out.push(heading("arguments", theme, width));
    let rows: Vec<OutlineRow> = raw
        .items_of("arguments", 500)
        .unwrap_or_default()
        .into_iter()
        .map(|argument| {
            let text = |name| scan::member(argument, name).and_then(scan::decoded).map(Cow::into_owned);
            OutlineRow {
                depth: 0,
                name: text("name").unwrap_or_else(|| "?".to_owned()),
                kind: "text".to_owned(),
                required: scan::member(argument, "required").is_some_and(|flag| flag.trim() == "true"),
                default: None,
                description: text("description"),
            }
        })
        .collect();
    if rows.is_empty() {
        out.push(Line::styled("none", theme.dim));
    }
    out.extend(outline_lines(&rows, theme, width, true));
}
