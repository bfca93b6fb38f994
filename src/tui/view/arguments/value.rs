//! What stands in a field of the form of arguments: text being typed, options, or what is inside.

use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::is_secret;
use crate::model::argform::{Kind, Node, Part, Row, Val};
use crate::model::json::compact;
use crate::model::text::{escape_line, pad, width as columns};
use crate::tui::arguments::ArgumentsUi;
use crate::tui::figures;
use crate::tui::line::LineEdit;
use crate::tui::page::clip;
use crate::tui::theme::Theme;
use crate::tui::view::field::{Columns, Value, flowed, mask, radio};
use crate::tui::view::line::{visible, window};

/// Rows of a text of several lines that are shown, with the cursor in it and without.
const TALL: usize = 8;
const LOW: usize = 3;
/// Options that may stand side by side.
const SIDE_BY_SIDE: usize = 12;
/// Options of a long choice that are shown around the chosen one.
const AROUND: usize = 5;

/// The value of a row; `here`: the cursor is in it.
pub(super) fn of(
    ui: &ArgumentsUi,
    row: &Row,
    node: &Node,
    (here, has_focus): (bool, bool),
    wrong: bool,
    theme: &Theme,
    cut: Columns,
) -> Value {
    let cols = cut.value;
    let focused = here && has_focus;
    let style = if wrong { theme.bad } else { Style::new() };
    let plain = |text: String, style: Style, column: usize| {
        (vec![vec![Span::styled(clip(&text, cols), style)]], focused.then_some((0, column)))
    };
    match row.part {
        Part::Add => {
            let what = if matches!(node.shape.kind, Kind::Array { .. }) { "add an element" } else { "add a member" };
            return plain(what.into(), if here { theme.accent } else { theme.dim }, 0);
        }
        Part::Name => {
            let name = ui.form.member(&row.path).map(|member| member.name.clone()).unwrap_or_default();
            let line = if here { ui.line.clone() } else { LineEdit::new(name) };
            return text(&line, focused, style, cols, LOW);
        }
        Part::Value => {}
    }
    match (&node.shape.kind, &node.value) {
        (_, Val::Null) => plain("null".into(), theme.json_value, 0),
        (_, Val::Json(json) | Val::Text { text: json, .. }) if json.len() > crate::model::argform::FIELD_BYTES => {
            let size = figures::size(json.len() as u64);
            plain(format!("{size}, too long for a field {} {}", theme.symbols.dot, compact(json, 60)), theme.warn, 0)
        }
        _ if node.is_typed() => {
            let line = if here { ui.line.clone() } else { LineEdit::new(node.typed()) };
            let line = if is_secret(ui.form.member(&row.path), node) { mask(&line, theme) } else { line };
            if line.text().is_empty() {
                return empty(node, focused, style, cols, theme);
            }
            text(&line, focused, style, cols, if here { TALL } else { LOW })
        }
        (Kind::Boolean, value) => {
            let flag = match value {
                Val::Bool(yes) => Some(*yes),
                _ => None,
            };
            let options = [("yes", flag == Some(true)), ("no", flag == Some(false))];
            flowed(&options.map(|(name, on)| (format!("{} {name}", radio(on, theme)), on, false)), focused, theme, cols)
        }
        (Kind::Choice(choices), value) => {
            let chosen = match value {
                Val::Choice { at, .. } => Some(*at),
                _ => None,
            };
            options(choices.len(), &|at| choices[at].title.as_str(), chosen, ui, (focused, here), theme, cut)
        }
        (Kind::Variants(list), value) => {
            let chosen = match value {
                Val::Variant { at, .. } => Some(*at),
                _ => None,
            };
            options(list.len(), &|at| list[at].title.as_str(), chosen, ui, (focused, here), theme, cut)
        }
        (Kind::Const(json), value) => {
            let on = *value != Val::Unset;
            let mark = if on { "[x]" } else { "[ ]" };
            plain(format!("{mark} {}", compact(json, 200)), if on { style } else { theme.dim }, 1)
        }
        (Kind::Array { .. } | Kind::Object { .. }, Val::Unset) => {
            let (fold, dot) = (theme.symbols.folded, theme.symbols.dot);
            let long = format!("{fold} not sent {dot} Enter begins it");
            let text = match here {
                true if columns(&long) <= cols => long,
                true => format!("{fold} Enter begins it"),
                false => format!("{fold} not sent"),
            };
            plain(text, theme.dim, 0)
        }
        (_, Val::List(list)) => container(figures::counted(list.len(), "element"), node, theme, cols, focused),
        (_, Val::Object(members)) => {
            let set = members.iter().filter(|member| member.is_sent()).count();
            container(figures::counted(set, "member"), node, theme, cols, focused)
        }
        _ => plain(String::new(), style, 0),
    }
}

/// Columns that options need to stand side by side; 0 for what takes any room.
pub(super) fn needs(node: &Node) -> usize {
    let flowed =
        |titles: &mut dyn Iterator<Item = &str>| titles.map(|title| columns(&clip(title, 60)) + 6).sum::<usize>();
    match &node.shape.kind {
        Kind::Boolean => flowed(&mut ["yes", "no"].into_iter()),
        Kind::Choice(list) if list.len() <= SIDE_BY_SIDE => flowed(&mut list.iter().map(|one| one.title.as_str())),
        Kind::Variants(list) if list.len() <= SIDE_BY_SIDE => flowed(&mut list.iter().map(|one| one.title.as_str())),
        _ => 2,
    }
    .saturating_sub(2)
}

fn container(what: String, node: &Node, theme: &Theme, cols: usize, focused: bool) -> Value {
    let symbol = if node.folded { theme.symbols.folded } else { theme.symbols.unfolded };
    let text = if node.folded { format!("{symbol} {what}, folded") } else { format!("{symbol} {what}") };
    (vec![vec![Span::styled(clip(&text, cols), theme.dim)]], focused.then_some((0, 0)))
}

/// A field that nothing is typed in: what comes of that.
fn empty(node: &Node, focused: bool, style: Style, cols: usize, theme: &Theme) -> Value {
    let shown = match (&node.value, &node.shape.default) {
        (Val::Text { .. }, _) => "\"\"".to_owned(),
        (_, Some(default)) if default != "null" => format!("default {}", compact(default, cols)),
        _ => String::new(),
    };
    let text = pad(&clip(&shown, cols), cols).into_owned();
    let span = Span::styled(text, style.patch(theme.dim).add_modifier(Modifier::UNDERLINED));
    (vec![vec![span]], focused.then_some((0, 0)))
}

/// A text being typed, in as many rows as it has lines, up to `most`.
fn text(line: &LineEdit, focused: bool, style: Style, cols: usize, most: usize) -> Value {
    let style = style.add_modifier(Modifier::UNDERLINED);
    let span = |text: String| vec![Span::styled(pad(&text, cols).into_owned(), style)];
    if !line.text().contains('\n') {
        let (text, column) = visible(line, focused, cols);
        return (vec![span(text)], focused.then_some((0, column)));
    }
    let at = line.before_cursor().matches('\n').count();
    let lines: Vec<&str> = line.text().split('\n').collect();
    let first = if focused { (at + 1).saturating_sub(most).min(lines.len().saturating_sub(most)) } else { 0 };
    let mut out = Vec::new();
    let mut caret = None;
    for (nth, own) in lines.iter().enumerate().skip(first).take(most) {
        let (text, column) = if focused && nth == at {
            let before = line.before_cursor().rsplit('\n').next().unwrap_or_default();
            let (text, column) = window(&escape_line(own), columns(&escape_line(before)), cols);
            (text, Some(column))
        } else {
            (clip(own, cols), None)
        };
        if let Some(column) = column {
            caret = Some((out.len(), column));
        }
        out.push(span(text));
    }
    if lines.len() > first + most {
        let more = format!("… {} more", figures::counted(lines.len() - first - most, "line"));
        out.push(vec![Span::styled(clip(&more, cols), style.remove_modifier(Modifier::UNDERLINED))]);
    }
    (out, caret)
}

/// The options of a choice: side by side where they have room, else the chosen one with its neighbours.
fn options<'a>(
    len: usize,
    title: &dyn Fn(usize) -> &'a str,
    chosen: Option<usize>,
    ui: &ArgumentsUi,
    (focused, here): (bool, bool),
    theme: &Theme,
    cut: Columns,
) -> Value {
    let cols = cut.value;
    if len <= SIDE_BY_SIDE {
        let option = |at: usize| {
            // Only the first row has something beside it.
            let room = if at == 0 { cols } else { cut.below() };
            let on = chosen == Some(at);
            (format!("{} {}", radio(on, theme), clip(title(at), room.saturating_sub(4))), on, false)
        };
        let all: Vec<(String, bool, bool)> = (0..len).map(option).collect();
        let value = flowed(&all, focused, theme, cols);
        if value.0.len() <= 4 {
            return value;
        }
    }
    let name = chosen.map_or("none chosen", title);
    let wide = cols.saturating_sub(4).max(4);
    let place = chosen.map_or_else(
        || format!("{} to choose from", figures::count(len)),
        |at| format!("{} of {}", figures::count(at + 1), figures::count(len)),
    );
    let (left, right) = if theme.symbols.arrows { ("‹", "›") } else { ("<", ">") };
    let sought = if here && !ui.sought.is_empty() {
        format!(" {} typed {}", theme.symbols.dot, escape_line(&ui.sought))
    } else {
        String::new()
    };
    let style = if chosen.is_some() { theme.title } else { theme.dim };
    let mut rows = vec![vec![
        Span::styled(format!("{left} "), theme.accent),
        Span::styled(clip(name, wide), style),
        Span::styled(format!(" {right}"), theme.accent),
    ]];
    if here {
        let middle = chosen.unwrap_or(0);
        let first = middle.saturating_sub(AROUND / 2).min(len.saturating_sub(AROUND));
        for at in first..len.min(first + AROUND) {
            let on = chosen == Some(at);
            let text = clip(&format!("{} {}", radio(on, theme), title(at)), cut.below());
            rows.push(vec![Span::styled(text, if on { theme.accent } else { theme.dim })]);
        }
        rows.push(vec![Span::styled(clip(&format!("{place}{sought}"), cut.below()), theme.dim)]);
    }
    (rows, focused.then_some((0, 0)))
}
