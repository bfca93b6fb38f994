//! The form of arguments: one row a field (name, value, what is allowed or what is wrong), nested ones indented; below
//! them what would be sent and what keeps it from being sent.

mod foot;
mod suggested;
mod value;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

pub(super) use self::foot::denied;
use self::foot::{foot, last_used};
use super::field::{Columns, FieldRow};
use super::row;
use crate::app::State;
use crate::model::argform::{ArgForm, Kind, Member, Node, Part, Role, Row, Val, Weight};
use crate::model::form::looks_secret;
use crate::model::json::compact;
use crate::model::session::Item;
use crate::model::text::width as columns;
use crate::tui::arguments::ArgumentsUi;
use crate::tui::editor::Editor;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, foreign, wrapped};
use crate::tui::suggest;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Rows of a field's description.
const ABOUT: usize = 6;

pub(super) fn draw(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let mut rest = Rect { x: rect.x + rect.width.min(1), width: rect.width.saturating_sub(2), ..rect };
    let cols = usize::from(rest.width).max(1);
    let has_focus = ui.focus() == Context::Arguments;
    let mut foot = foot(editor, theme, cols, rest.height);
    foot.extend(denied(state, editor, &editor.form.form.json, theme, cols));
    foot.extend(last_used(state, editor, ui, theme, cols).filter(|_| rest.height > 14));
    let below = (foot.len() as u16).min(rest.height.saturating_sub(1));
    rest.height -= below;
    let height = usize::from(rest.height);
    let mut lines = lines(&editor.form, has_focus, theme, cols, height);
    if let Some(offer) = suggest::offer(ui, state).filter(|_| has_focus)
        && let Some(at) = lines.iter().rposition(|line| line.focused)
    {
        lines.splice((at + 1)..=at, suggested::rows(offer, theme, cols, height.saturating_sub(2)));
    }
    // What the tool says it does, where there is room.
    let item = state.session(editor.item.server).and_then(|session| session.item(editor.item.kind, &editor.item.key));
    if let Some(Item::Good { description: Some(said), .. }) = item
        && lines.len() + 5 <= height
    {
        let head = opening(said, theme, cols).into_iter();
        let head: Vec<FieldRow> =
            head.chain([Line::raw("")]).map(|line| FieldRow { line, focused: false, caret: None }).collect();
        lines.splice(0..0, head);
    }
    let cursor =
        lines.iter().position(|line| line.caret.is_some()).or_else(|| lines.iter().position(|line| line.focused));
    let first = super::first_row(cursor.unwrap_or(0), lines.len(), rest.height);
    let (above, hidden) = (first > 0, lines.len().saturating_sub(first + height));
    for (at, line) in lines.into_iter().skip(first).take(height).enumerate() {
        let Some(rect) = row(rest, at) else { break };
        frame.render_widget(line.line, rect);
        if let Some(column) = line.caret.filter(|column| has_focus && *column < cols) {
            frame.set_cursor_position(Position::new(rect.x + column as u16, rect.y));
        }
    }
    let bottom = Rect { y: rest.y + rest.height, height: below, ..rest };
    if (above || hidden > 0) && below > 0 {
        foot[0] = more(above, hidden, theme, cols);
    }
    frame.render_widget(Paragraph::new(foot), bottom);
}

/// The first paragraph of a description, a few lines of it; it says so when there is more.
fn opening(said: &str, theme: &Theme, cols: usize) -> Vec<Line<'static>> {
    /// Lines that are worth their room.
    const LINES: usize = 3;
    let mut lines: Vec<Line<'static>> = wrapped(said.trim().to_owned(), theme.dim, cols, 0).take(LINES + 1).collect();
    let end = lines.iter().position(|line| line.width() == 0).unwrap_or(lines.len()).min(LINES);
    if let Some(next) = lines.get(end).map(ToString::to_string)
        && let Some(last) = end.checked_sub(1).and_then(|last| lines.get_mut(last))
    {
        *last = Line::styled(clip(&format!("{last} {next}…"), cols), theme.dim);
    }
    lines.truncate(end);
    lines
}

/// The rule between the form and what is below it, saying that there is more.
fn more(above: bool, hidden: usize, theme: &Theme, cols: usize) -> Line<'static> {
    let text = match (above, hidden) {
        (_, 0) => " end ".to_owned(),
        (_, hidden) => format!(" {hidden} more below "),
    };
    let rule = theme.symbols.rule.repeat(cols.saturating_sub(text.len() + 2));
    Line::from(vec![
        Span::styled(rule, theme.dim),
        Span::styled(text, theme.warn),
        Span::styled(theme.symbols.rule.repeat(2), theme.dim),
    ])
}

/// All rows; descriptions of all fields where they fit into `height`, else only that of the one with the cursor.
fn lines(ui: &ArgumentsUi, has_focus: bool, theme: &Theme, cols: usize, height: usize) -> Vec<FieldRow> {
    let rows = ui.form.rows();
    if rows.is_empty() {
        let line = Line::styled("It takes no arguments: Enter calls it.", theme.dim);
        return vec![FieldRow { line, focused: true, caret: None }];
    }
    let at = ui.at(&rows);
    let most = (cols / 3).clamp(4, 30);
    let label = rows.iter().map(|row| columns(&label(&ui.form, row, theme, most))).max().unwrap_or(0).clamp(4, most);
    let cut = Columns::new(label, cols);
    let make = |describe: &dyn Fn(usize) -> bool| -> Vec<FieldRow> {
        let each = rows.iter().enumerate();
        each.flat_map(|(nth, row)| field(ui, row, (nth == at, has_focus), describe(nth), theme, cut)).collect()
    };
    // More rows than fit are not described to find that out.
    let all = if rows.len() <= height { make(&|_| true) } else { vec![] };
    if !all.is_empty() && all.len() <= height { all } else { make(&|nth| nth == at) }
}

/// What a row is called, indented.
fn label(form: &ArgForm, row: &Row, theme: &Theme, most: usize) -> String {
    let indent = "  ".repeat(row.depth.min(8));
    let star = if row.required { " *" } else { "" };
    let member = form.member(&row.path);
    let name = match (row.part, member, row.path.last()) {
        (Part::Name, ..) => "name".to_owned(),
        (Part::Add, ..) => "+".to_owned(),
        (Part::Value, Some(member), _) if member.name.is_empty() && member.role == Role::Entry => "value".to_owned(),
        (Part::Value, Some(member), _) if member.name.is_empty() => "\"\"".to_owned(),
        (Part::Value, Some(member), _) => member.name.clone(),
        (Part::Value, None, None) => "form".to_owned(),
        (Part::Value, None, Some(at)) => {
            let parent = row.path.split_last().and_then(|(_, parent)| form.node(parent));
            match parent.map(|parent| &parent.value) {
                Some(Val::List(_)) => format!("{}", at + 1),
                _ => theme.symbols.dot.to_owned(),
            }
        }
    };
    let room = most.saturating_sub(indent.len() + star.len()).max(3);
    format!("{indent}{}{star}", clip(&name, room))
}

fn is_secret(member: Option<&Member>, node: &Node) -> bool {
    let name = member.map(|member| member.name.as_str()).unwrap_or_default();
    let title = node.shape.title.as_deref().unwrap_or_default();
    node.shape.kind == Kind::Text && looks_secret(&format!("{name} {title}"))
}

fn field(
    ui: &ArgumentsUi,
    row: &Row,
    (here, has_focus): (bool, bool),
    describe: bool,
    theme: &Theme,
    cut: Columns,
) -> Vec<FieldRow> {
    let Some(node) = ui.form.node(&row.path) else { return vec![] };
    let problem = ui.problem(&row.path).filter(|_| row.part == Part::Value);
    let wrong = problem.is_some_and(|problem| problem.weight != Weight::Note);
    let value = value::of(ui, row, node, (here, has_focus), wrong, theme, cut.value);
    let name = label(&ui.form, row, theme, cut.label);
    let style = match (here, node.is_set() || row.part != Part::Value) {
        (true, _) => theme.title,
        (false, true) => Style::new(),
        (false, false) => theme.dim,
    };
    let symbol = if wrong { theme.symbols.down } else { theme.symbols.broken };
    let told = problem.map(|problem| format!("{symbol} {}", foreign(&problem.text)));
    let wide = told.as_deref().is_some_and(|told| columns(told) > cut.hint);
    let beside = match &told {
        // What is too long for it stands below.
        Some(told) => {
            let style = if wrong { theme.bad } else { theme.warn };
            Span::styled(if wide { symbol.to_owned() } else { told.clone() }, style)
        }
        None => Span::styled(beside(&takes(row, node), cut.hint, describe).0, theme.dim),
    };
    let mut out = cut.rows(Span::styled(name, style), value, &beside, here, theme);
    if let Some(told) = told.filter(|_| wide) {
        let rows = wrapped(told, beside.style, cut.all, cut.indent()).take(ABOUT);
        out.extend(rows.map(|line| FieldRow { line, focused: here, caret: None }));
    }
    if describe && row.part == Part::Value {
        let indent = cut.indent();
        let about = about(ui, row, node, here, cut.hint, theme);
        let rows = wrapped(about.clone(), theme.dim, cut.all, indent).take(if about.is_empty() { 0 } else { ABOUT });
        out.extend(rows.map(|line| FieldRow { line, focused: here, caret: None }));
    }
    out
}

/// What a field takes, in a few words each.
fn takes(row: &Row, node: &Node) -> Vec<String> {
    let shape = &node.shape;
    match row.part {
        Part::Name => return vec!["the member's name".into()],
        Part::Add => return vec![],
        Part::Value => {}
    }
    let required = if row.required && !node.is_set() { "required" } else { "" };
    let noun = if matches!(shape.kind, Kind::Const(_)) { "" } else { shape.noun.as_str() };
    let noun = if shape.nullable { format!("{noun} or null").trim().to_owned() } else { noun.to_owned() };
    let parts = [required.to_owned(), foreign(&noun), foreign(&shape.limits)];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

/// As much of it as there are columns for, and the rest, which is said below the field; or a mark where it is not.
fn beside(takes: &[String], cols: usize, rest_below: bool) -> (String, Vec<String>) {
    let fits = |most: &usize| columns(&takes[..*most].join(", ")) <= cols;
    let most = (0..=takes.len()).rev().find(fits).unwrap_or(0);
    let shown = if most == takes.len() || (rest_below && most > 0) {
        takes[..most].join(", ")
    } else {
        clip(&takes.join(", "), cols)
    };
    (shown, takes[most..].to_vec())
}

/// What else there is to say of a field, on the rows below it.
fn about(ui: &ArgumentsUi, row: &Row, node: &Node, here: bool, hint_cols: usize, theme: &Theme) -> String {
    let shape = &node.shape;
    let mut parts = Vec::new();
    // What had no room beside the value; all of it, where there is no room at all.
    if ui.problem(&row.path).is_none() && (here || hint_cols > 0) {
        let rest = beside(&takes(row, node), hint_cols, true).1;
        parts.push(rest.join(", "));
    }
    if shape.deprecated {
        parts.push("deprecated".into());
    }
    let name = ui.form.member(&row.path).map(|member| member.name.as_str()).unwrap_or_default();
    let told =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    parts.extend(shape.title.clone().filter(|title| told(title) != told(name)));
    parts.extend(shape.description.clone());
    if here || !node.is_set() {
        parts.extend(
            shape
                .default
                .as_ref()
                .filter(|default| *default != "null")
                .map(|default| format!("default {}", compact(default, 60))),
        );
    }
    if here && !shape.examples.is_empty() {
        parts.push(format!("for example {}", shape.examples.join(", ")));
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join(&format!(" {} ", theme.symbols.dot))
}
