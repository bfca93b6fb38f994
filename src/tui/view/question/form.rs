//! A form: one row a field (name, value, what is allowed or what is wrong), descriptions where there is room.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::{ROWS, Row};
use crate::model::form::{Choice, Field, FieldKind};
use crate::model::json::{RawJson, compact};
use crate::model::text::{escape_line, pad, width as columns};
use crate::tui::modal::elicitation::{Entry, FormUi};
use crate::tui::page::{clip, foreign, heading, json_lines, wrapped};
use crate::tui::theme::Theme;
use crate::tui::view::field::{Columns, Value, flowed, mask, radio};
use crate::tui::view::line::visible;

const SECRET: &str = "looks like a secret: servers must not ask for one in a form. Nothing is filled in.";
/// After the name of what must be filled.
const STAR: &str = " *";
const CUT: &str = "the form has more fields than are shown; decline it, or send and see";

/// All fields; their descriptions too where they fit into `height` rows, else only that of the one with the cursor.
pub(super) fn rows(form: &FormUi, has_focus: bool, theme: &Theme, cols: usize, height: usize) -> Vec<Row> {
    let labels = form.form.fields.iter().map(|field| columns(&label(field, cols)));
    let label = labels.max().unwrap_or(0).clamp(4, (cols / 3).clamp(4, 28));
    let cut = Columns::new(label, cols);
    let make = |describe: &dyn Fn(usize) -> bool| -> Vec<Row> {
        let fields = 0..form.form.fields.len();
        let mut rows: Vec<Row> =
            fields.flat_map(|at| field_rows(form, at, has_focus, describe(at), theme, cut)).collect();
        if form.form.fields.is_empty() {
            let text = "it has no fields: sending it says yes";
            rows.push(Row::plain(Line::styled(text, theme.dim)));
        }
        if form.form.cut {
            rows.extend(wrapped(format!("{} {CUT}", theme.symbols.broken), theme.warn, cols, 0).map(Row::plain));
        }
        rows
    };
    let all = make(&|_| true);
    if all.len() <= height { all } else { make(&|at| at == form.focus) }
}

fn label(field: &Field, cols: usize) -> String {
    let star = if field.required { STAR } else { "" };
    format!("{}{star}", clip(field.title.as_deref().unwrap_or(&field.name), room(field, cols)))
}

/// Columns of a field's name.
fn room(field: &Field, cols: usize) -> usize {
    (cols / 3).clamp(4, 28) - if field.required { STAR.len() } else { 0 }
}

fn field_rows(form: &FormUi, at: usize, has_focus: bool, describe: bool, theme: &Theme, cut: Columns) -> Vec<Row> {
    let field = &form.form.fields[at];
    let focused = at == form.focus;
    let problem = form.problem(at);
    let value = value(field, &form.entries[at], focused && has_focus, problem.is_some(), theme, cut.value);
    let style = if focused { theme.title } else { Style::new() };
    let beside = match problem {
        Some(problem) if columns(&escape_line(problem)) + 2 <= cut.hint => {
            Span::styled(format!("{} {problem}", theme.symbols.down), theme.bad)
        }
        _ => Span::styled(hint(field), theme.dim),
    };
    let mut out = cut.rows(Span::styled(label(field, cut.all), style), value, &beside, focused, theme);
    let indent = cut.indent();
    let mut below = |text: String, style: Style| {
        out.extend(wrapped(text, style, cut.all, indent).take(12).map(|line| Row { line, focused, caret: None }));
    };
    // What is wrong is never cut: where it has no room beside the value, it stands below it.
    if let Some(problem) = problem.filter(|problem| columns(&escape_line(problem)) + 2 > cut.hint) {
        below(format!("{} {problem}", theme.symbols.down), theme.bad);
    }
    if field.secret {
        below(format!("{} {SECRET}", theme.symbols.broken), theme.bad);
    }
    if describe {
        let mut about = Vec::new();
        let name = field.title.as_deref().unwrap_or(&field.name);
        if columns(&escape_line(name)) > room(field, cut.all) {
            // It has no room beside the value.
            about.push(foreign(name));
        }
        if field.title.as_deref().is_some_and(|title| title != field.name) {
            about.push(foreign(&field.name));
        }
        if cut.hint == 0 {
            about.push(hint(field));
        }
        about.extend(field.description.clone());
        about.retain(|part| !part.is_empty());
        if !about.is_empty() {
            below(about.join(&format!(" {} ", theme.symbols.dot)), theme.dim);
        }
    }
    out
}

/// What a field takes, in a few words.
fn hint(field: &Field) -> String {
    let kind = match field.kind {
        // How long it may be, or its format, says that it is text.
        FieldKind::Text | FieldKind::Choices(_) if !field.hint.is_empty() => "",
        FieldKind::Text => "text",
        FieldKind::Number { integer: true } => "whole number",
        FieldKind::Number { integer: false } => "number",
        FieldKind::Boolean => "yes or no",
        FieldKind::Choice(_) => "one of these",
        FieldKind::Choices(_) => "any of these",
        FieldKind::Json => "JSON",
    };
    let required = if field.required { "required" } else { "" };
    let allowed = if field.kind == FieldKind::Json { "" } else { field.hint.as_str() };
    let parts: Vec<&str> = [required, kind, allowed].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

fn value(field: &Field, entry: &Entry, focused: bool, wrong: bool, theme: &Theme, cols: usize) -> Value {
    let choices = match &field.kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => choices.as_slice(),
        _ => &[],
    };
    match entry {
        Entry::Line(line) => {
            let masked = field.secret.then(|| mask(line, theme));
            let line = masked.as_ref().unwrap_or(line);
            let (text, column) = visible(line, focused, cols);
            // Where nobody types, that there is more is said.
            let text = if focused { text } else { clip(line.text(), cols) };
            let style = if wrong { theme.bad } else { Style::new() };
            let span = Span::styled(pad(&text, cols).into_owned(), style.add_modifier(Modifier::UNDERLINED));
            (vec![vec![span]], focused.then_some((0, column)))
        }
        Entry::Flag(flag) => {
            let options = [("yes", *flag == Some(true)), ("no", *flag == Some(false))];
            let options = options.map(|(name, on)| (format!("{} {name}", radio(on, theme)), on, false));
            flowed(&options, focused, theme, cols)
        }
        Entry::One(chosen) => {
            let option = |(at, choice): (usize, &Choice)| {
                let on = *chosen == Some(at);
                (format!("{} {}", radio(on, theme), clip(&choice.title, cols.saturating_sub(4))), on, false)
            };
            let options: Vec<_> = choices.iter().enumerate().map(option).collect();
            flowed(&options, focused, theme, cols)
        }
        Entry::Many { ticked, at: cursor } => {
            let option = |(at, choice): (usize, &Choice)| {
                let on = ticked.contains(&at);
                let mark = if on { "[x]" } else { "[ ]" };
                (format!("{mark} {}", clip(&choice.title, cols.saturating_sub(4))), on, at == *cursor)
            };
            let options: Vec<_> = choices.iter().enumerate().map(option).collect();
            flowed(&options, focused, theme, cols)
        }
    }
}

/// The content, and the server's schema below it.
pub(super) fn as_json(form: &FormUi, schema: &RawJson, theme: &Theme, cols: usize) -> Vec<Row> {
    let mut out = vec![Row::plain(heading("to be sent", theme, cols))];
    out.extend(json_lines(&shown(form), theme, cols).take(ROWS).map(Row::plain));
    out.push(Row::plain(Line::raw("")));
    out.push(Row::plain(heading("the schema it is asked with", theme, cols)));
    out.extend(json_lines(schema.as_str(), theme, cols).take(ROWS).map(Row::plain));
    out
}

/// The content as text, with secrets hidden.
fn shown(form: &FormUi) -> String {
    let secret = |name: &str| form.form.fields.iter().any(|field| field.secret && field.name == name);
    let Ok(serde_json::Value::Object(mut content)) = form.content.to_value() else {
        return form.content.as_str().to_owned();
    };
    for (name, value) in &mut content {
        if secret(name) {
            *value = "•••".into();
        }
    }
    serde_json::Value::Object(content).to_string()
}

/// What would be sent, and what is wrong with the field that has the cursor or with the whole. `review` is the key that
/// shows all of it, or goes back to the form from there.
pub(super) fn foot(form: &FormUi, as_json: bool, review: &str, theme: &Theme, cols: usize) -> [Line<'static>; 2] {
    let content = compact(&shown(form), cols * 2);
    let room = cols.saturating_sub(12);
    let more = match as_json {
        true => format!("  {review} form"),
        false if columns(&escape_line(&content)) > room => format!("  {review} all"),
        false => String::new(),
    };
    let content = clip(&content, room.saturating_sub(more.len()));
    let sends =
        Line::from(vec![Span::styled("to be sent  ", theme.dim), Span::raw(content), Span::styled(more, theme.dim)]);
    let here = form.problem(form.focus).map(|problem| (form.field(), problem));
    let problem = here.or_else(|| form.whole.as_deref().map(|whole| (None, whole)));
    let problem = match problem {
        Some((field, problem)) => {
            let name = field.map(|field| format!("{}: ", field.title.as_deref().unwrap_or(&field.name)));
            let text = format!("{} {}{problem}", theme.symbols.down, name.unwrap_or_default());
            Line::styled(clip(&text, cols), theme.bad)
        }
        None => Line::raw(""),
    };
    [sends, problem]
}
