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
use crate::model::text::{truncate_width, width as columns};
use crate::tui::arguments::ArgumentsUi;
use crate::tui::editor::Editor;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, foreign, wrapped};
use crate::tui::suggest;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Rows of a field's description.
const ABOUT: usize = 6;
/// Rows of what a tool says of itself.
const HEAD: usize = 8;

/// The form as it is drawn: which field each row belongs to, if it does.
struct Laid {
    /// Room for the rows of the fields.
    rest: Rect,
    rows: Vec<(Option<usize>, FieldRow)>,
    /// The first of them in view.
    first: usize,
    foot: Vec<Line<'static>>,
}

/// The field at a row of the form, as it is drawn in `rect`.
pub(in crate::tui) fn argument_at(state: &State, editor: &Editor, ui: &Ui, rect: Rect, row: usize) -> Option<usize> {
    let laid = lay(state, editor, ui, &Theme::default(), rect);
    let in_view = row < usize::from(laid.rest.height);
    laid.rows.get(laid.first + row).filter(|_| in_view).and_then(|(field, _)| *field)
}

fn lay(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, rect: Rect) -> Laid {
    let mut rest = Rect { x: rect.x + rect.width.min(1), width: rect.width.saturating_sub(2), ..rect };
    let cols = usize::from(rest.width).max(1);
    let has_focus = ui.focus() == Context::Arguments;
    let mut foot = foot(editor, theme, cols, rest.height);
    foot.extend(denied(state, editor, &editor.form.form.json, theme, cols));
    foot.extend(last_used(state, editor, ui, theme, cols).filter(|_| rest.height > 14));
    let below = (foot.len() as u16).min(rest.height.saturating_sub(1));
    rest.height -= below;
    let height = usize::from(rest.height);
    let (mut lines, cut) = fields(&editor.form, has_focus, theme, cols, height);
    if let Some(offer) = suggest::offer(ui, state).filter(|_| has_focus)
        && let Some(at) = lines.iter().rposition(|(_, line)| line.focused)
    {
        let offered = suggested::rows(offer, theme, cut, height.saturating_sub(2)).into_iter();
        lines.splice((at + 1)..=at, offered.map(|line| (None, line)).collect::<Vec<_>>());
    }
    // What the tool says it does, where there is room.
    let item = state.session(editor.item.server).and_then(|session| session.item(editor.item.kind, &editor.item.key));
    if let Some(Item::Good { description: Some(said), .. }) = item
        && lines.len() + 5 <= height
    {
        let head = head(said.trim(), theme, cols, (height - lines.len() - 2).min(HEAD));
        let head = head.into_iter().chain([Line::raw("")]).map(|line| (None, FieldRow::plain(line)));
        lines.splice(0..0, head.collect::<Vec<_>>());
    }
    let cursor = lines.iter().position(|(_, line)| line.caret.is_some());
    let cursor = cursor.or_else(|| lines.iter().position(|(_, line)| line.focused));
    let first = super::first_row(cursor.unwrap_or(0), lines.len(), rest.height);
    Laid { rest, rows: lines, first, foot }
}

pub(super) fn draw(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let Laid { rest, rows: lines, first, mut foot } = lay(state, editor, ui, theme, rect);
    let cols = usize::from(rest.width).max(1);
    let has_focus = ui.focus() == Context::Arguments;
    let height = usize::from(rest.height);
    let below = rect.height - rest.height;
    let hidden = lines.len().saturating_sub(first + height);
    for (at, (_, line)) in lines.into_iter().skip(first).take(height).enumerate() {
        let Some(rect) = row(rest, at) else { break };
        frame.render_widget(line.line, rect);
        if let Some(column) = line.caret.filter(|column| has_focus && *column < cols) {
            frame.set_cursor_position(Position::new(rect.x + column as u16, rect.y));
        }
    }
    let bottom = Rect { y: rest.y + rest.height, height: below, ..rest };
    if (first > 0 || hidden > 0) && below > 0 {
        foot[0] = more(first, hidden, theme, cols);
    }
    frame.render_widget(Paragraph::new(foot), bottom);
}

/// The first paragraph of what an item says of itself, in at most so many rows; a mark where there is more.
fn head(said: &str, theme: &Theme, cols: usize, most: usize) -> Vec<Line<'static>> {
    let mut head: Vec<_> = wrapped(said, theme.dim, cols, 0).take(most).take_while(|line| line.width() > 0).collect();
    let is_cut = wrapped(said, theme.dim, cols, 0).nth(head.len()).is_some();
    if let Some(last) = head.last_mut().filter(|_| is_cut) {
        *last = Line::styled(truncate_width(&format!("{last}…"), cols).into_owned(), theme.dim);
    }
    head
}

/// The rule between the form and what is below it, saying that there is more.
fn more(above: usize, hidden: usize, theme: &Theme, cols: usize) -> Line<'static> {
    let text = match (above, hidden) {
        (above, 0) => format!(" {above} more above "),
        (0, hidden) => format!(" {hidden} more below "),
        (above, hidden) => format!(" {above} more above, {hidden} below "),
    };
    let rule = theme.symbols.rule.repeat(cols.saturating_sub(text.len() + 2));
    Line::from(vec![
        Span::styled(rule, theme.dim),
        Span::styled(text, theme.warn),
        Span::styled(theme.symbols.rule.repeat(2), theme.dim),
    ])
}

/// What is said below a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// All there is to say.
    All,
    /// What it takes, as far as that has no room beside the value.
    Limits,
}

/// All rows; descriptions of all fields where they fit into `height`, else only that of the one with the cursor.
fn fields(
    ui: &ArgumentsUi,
    has_focus: bool,
    theme: &Theme,
    cols: usize,
    height: usize,
) -> (Vec<(Option<usize>, FieldRow)>, Columns) {
    let rows = ui.form.rows();
    if rows.is_empty() {
        let line = Line::styled("It takes no arguments: Enter calls it.", theme.dim);
        return (vec![(None, FieldRow { line, focused: true, caret: None })], Columns::new(4, cols));
    }
    let at = ui.at(&rows);
    let most = (cols / 3).clamp(4, 30);
    let label = rows.iter().map(|row| columns(&label(&ui.form, row, theme, most))).max().unwrap_or(0).clamp(4, most);
    // Rows are what is scarce: what a field takes gets columns rather than a row of its own. They are the same wherever the
    // cursor is and whatever is typed.
    let nodes = || rows.iter().filter_map(|row| Some((row, ui.form.node(&row.path)?)));
    let hints = nodes().map(|(row, node)| columns(&takes(row, node, row.required).join(", ")));
    let cut = Columns::new(label, cols);
    let needed = nodes().map(|(_, node)| value::needs(node)).filter(|needs| *needs <= cut.value).max();
    let cut = cut.with_hints(hints, needed.unwrap_or(0));
    let make = |told: &dyn Fn(usize) -> Told, cut: Columns| -> Vec<(Option<usize>, FieldRow)> {
        let each = rows.iter().enumerate();
        each.flat_map(|(nth, row)| {
            let rows = field(ui, row, (nth == at, has_focus), told(nth), theme, cut);
            rows.into_iter().map(move |line| (Some(nth), line))
        })
        .collect()
    };
    // More rows than fit are not described to find that out.
    let all = if rows.len() <= height { make(&|_| Told::All, cut) } else { vec![] };
    if !all.is_empty() && all.len() <= height {
        return (all, cut);
    }
    (make(&|nth| if nth == at { Told::All } else { Told::Limits }, cut), cut)
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
    say: Told,
    theme: &Theme,
    cut: Columns,
) -> Vec<FieldRow> {
    let Some(node) = ui.form.node(&row.path) else { return vec![] };
    let problem = ui.problem(&row.path).filter(|_| row.part == Part::Value);
    let wrong = problem.is_some_and(|problem| problem.weight != Weight::Note);
    let value = value::of(ui, row, node, (here, has_focus), wrong, theme, cut);
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
        None => Span::styled(beside(&takes(row, node, row.required && !node.is_set()), cut.hint).0, theme.dim),
    };
    let mut out = cut.rows(Span::styled(name, style), value, &beside, here, theme);
    if let Some(told) = told.filter(|_| wide) {
        let rows = wrapped(told, beside.style, cut.all, cut.indent()).take(ABOUT);
        out.extend(rows.map(|line| FieldRow { line, focused: here, caret: None }));
    }
    let indent = cut.indent();
    let about = match say {
        Told::All => about(ui, row, node, here, cut, theme),
        Told::Limits => clip(&unsaid(ui, row, node, here, cut), cut.all.saturating_sub(indent)),
    };
    if row.part == Part::Value && !about.is_empty() {
        let rows = wrapped(about, theme.dim, cut.all, indent).take(ABOUT);
        out.extend(rows.map(|line| FieldRow { line, focused: here, caret: None }));
    }
    out
}

/// What a field takes, in a few words each.
fn takes(row: &Row, node: &Node, required: bool) -> Vec<String> {
    let shape = &node.shape;
    match row.part {
        Part::Name => return vec!["the member's name".into()],
        Part::Add => return vec![],
        Part::Value => {}
    }
    let required = if required { "required" } else { "" };
    let noun = if matches!(shape.kind, Kind::Const(_)) { "" } else { shape.noun.as_str() };
    let noun = if shape.nullable { format!("{noun} or null").trim().to_owned() } else { noun.to_owned() };
    let parts = [required.to_owned(), foreign(&noun), foreign(&shape.limits)];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

/// As much of it as there are columns for, and the rest, which is said below the field.
fn beside(takes: &[String], cols: usize) -> (String, String) {
    let fits = |most: &usize| columns(&takes[..*most].join(", ")) <= cols;
    let most = (0..=takes.len()).rev().find(fits).unwrap_or(0);
    (takes[..most].join(", "), takes[most..].join(", "))
}

/// What had no room beside the value; all of it at the cursor, where there is no room at all.
fn unsaid(ui: &ArgumentsUi, row: &Row, node: &Node, here: bool, cut: Columns) -> String {
    if ui.problem(&row.path).is_some() || (!here && cut.hint == 0) {
        return String::new();
    }
    beside(&takes(row, node, row.required && !node.is_set()), cut.hint).1
}

/// What else there is to say of a field, on the rows below it.
fn about(ui: &ArgumentsUi, row: &Row, node: &Node, here: bool, cut: Columns, theme: &Theme) -> String {
    let shape = &node.shape;
    let mut parts = vec![unsaid(ui, row, node, here, cut)];
    if shape.deprecated {
        parts.push("deprecated".into());
    }
    let name = ui.form.member(&row.path).map(|member| member.name.as_str()).unwrap_or_default();
    let told =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    parts.extend(shape.title.clone().filter(|title| told(title) != told(name)));
    parts.extend(shape.description.clone());
    let default = shape.default.as_ref().filter(|default| *default != "null");
    if let Some(default) = default.map(|default| format!("default {}", compact(default, if here { 300 } else { 60 })))
        && (here || !node.is_set())
    {
        // An empty field shows it, as far as it has columns for it.
        let in_field = node.is_typed() && !node.is_set() && columns(&default) <= cut.value;
        parts.extend((!in_field).then_some(default));
    }
    if here && !shape.examples.is_empty() {
        parts.push(format!("for example {}", shape.examples.join(", ")));
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join(&format!(" {} ", theme.symbols.dot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tool_says_of_itself_is_cut_with_a_mark() {
        let theme = Theme::default();
        let told = |said: &str, cols, most| -> Vec<String> {
            head(said, &theme, cols, most).iter().map(ToString::to_string).collect()
        };
        assert_eq!(told("one two three", 20, 3), ["one two three"]);
        assert_eq!(told("one two three", 8, 3), ["one two", "three"]);
        assert_eq!(told("one two three", 8, 1), ["one two…"]);
        assert_eq!(told("onetwothree", 7, 1), ["onetwo…"]);
        // The first paragraph.
        assert_eq!(told("one\n\ntwo", 9, 3), ["one…"]);
        assert_eq!(told("", 9, 3), [""; 0]);
    }
}
