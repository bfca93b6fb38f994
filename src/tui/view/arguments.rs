//! The form of arguments: one row a field (name, value, what is allowed or what is wrong), nested ones indented; below
//! them what would be sent and what keeps it from being sent.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::field::{Value, flowed, mask, radio};
use super::line::visible;
use super::row;
use crate::app::State;
use crate::model::argform::{ArgForm, Kind, Member, Node, Part, Role, Row, Val, Weight};
use crate::model::form::looks_secret;
use crate::model::id::Moment;
use crate::model::json::compact;
use crate::model::session::Item;
use crate::model::text::{escape_line, pad, width as columns};
use crate::tui::action::Action;
use crate::tui::arguments::{ArgumentsUi, name_of};
use crate::tui::editor::Editor;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::line::LineEdit;
use crate::tui::page::{clip, wrapped};
use crate::tui::recall::kept_item;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Rows of a text of several lines that are shown, with the cursor in it and without.
const TALL: usize = 8;
const LOW: usize = 3;
/// Options of a long choice that are shown around the chosen one.
const AROUND: usize = 5;
/// Rows of a field's description.
const ABOUT: usize = 6;

/// One line of the form.
struct FormLine {
    line: Line<'static>,
    focused: bool,
    caret: Option<usize>,
}

/// Columns of the parts of a row.
#[derive(Clone, Copy)]
struct Columns {
    label: usize,
    value: usize,
    hint: usize,
    all: usize,
}

pub(super) fn draw(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let mut rest = Rect { x: rect.x + rect.width.min(1), width: rect.width.saturating_sub(2), ..rect };
    let cols = usize::from(rest.width).max(1);
    let has_focus = ui.focus() == Context::Arguments;
    let mut foot = foot(editor, theme, cols, rest.height);
    foot.extend(last_used(state, editor, ui, theme, cols).filter(|_| rest.height > 14));
    let below = (foot.len() as u16).min(rest.height.saturating_sub(1));
    rest.height -= below;
    let height = usize::from(rest.height);
    let mut lines = lines(&editor.form, has_focus, theme, cols, height);
    // What the tool says it does, where there is room.
    let item = state.session(editor.item.server).and_then(|session| session.item(editor.item.kind, &editor.item.key));
    if let Some(Item::Good { description: Some(said), .. }) = item
        && lines.len() + 5 <= height
    {
        let head = wrapped(said.trim().to_owned(), theme.dim, cols, 0).take_while(|line| line.width() > 0).take(3);
        let head: Vec<FormLine> =
            head.chain([Line::raw("")]).map(|line| FormLine { line, focused: false, caret: None }).collect();
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
fn lines(ui: &ArgumentsUi, has_focus: bool, theme: &Theme, cols: usize, height: usize) -> Vec<FormLine> {
    let rows = ui.form.rows();
    if rows.is_empty() {
        let line = Line::styled("It takes no arguments: Enter calls it.", theme.dim);
        return vec![FormLine { line, focused: true, caret: None }];
    }
    let at = ui.at(&rows);
    let most = (cols / 3).clamp(4, 30);
    let label = rows.iter().map(|row| columns(&label(&ui.form, row, theme, most))).max().unwrap_or(0).clamp(4, most);
    let hint = if cols >= 56 { (cols / 3).min(32) } else { 0 };
    let value = cols.saturating_sub(2 + label + 2 + hint + usize::from(hint > 0) * 2).max(4);
    let cut = Columns { label, value, hint, all: cols };
    let make = |describe: &dyn Fn(usize) -> bool| -> Vec<FormLine> {
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
) -> Vec<FormLine> {
    let Some(node) = ui.form.node(&row.path) else { return vec![] };
    let problem = ui.problem(&row.path).filter(|_| row.part == Part::Value);
    let wrong = problem.is_some_and(|problem| problem.weight != Weight::Note);
    let (values, caret) = value(ui, row, node, here && has_focus, here, wrong, theme, cut.value);
    let mut out = Vec::new();
    for (nth, spans) in values.into_iter().enumerate() {
        let mark = if here { theme.symbols.cursor } else { " " };
        let name = if nth == 0 { label(&ui.form, row, theme, cut.label) } else { String::new() };
        let style = match (here, node.is_set() || row.part != Part::Value) {
            (true, _) => theme.title,
            (false, true) => Style::new(),
            (false, false) => theme.dim,
        };
        let mut line = vec![
            Span::styled(format!("{mark} "), theme.accent),
            Span::styled(format!("{}  ", pad(&name, cut.label)), style),
        ];
        let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
        line.extend(spans);
        if nth == 0 && cut.hint > 0 {
            line.push(Span::raw(" ".repeat(cut.value.saturating_sub(used) + 2)));
            line.push(match problem {
                Some(problem) => {
                    let (symbol, style) =
                        if wrong { (theme.symbols.down, theme.bad) } else { (theme.symbols.broken, theme.warn) };
                    Span::styled(clip(&format!("{symbol} {}", problem.text), cut.hint), style)
                }
                None => Span::styled(clip(&hint(row, node), cut.hint), theme.dim),
            });
        }
        let caret = caret.filter(|(at, _)| *at == nth).map(|(_, column)| 2 + cut.label + 2 + column);
        out.push(FormLine { line: Line::from(line), focused: here, caret });
    }
    if describe && row.part == Part::Value {
        let indent = 2 + cut.label + 2;
        let about = about(ui, row, node, here, cut.hint, theme);
        let rows = wrapped(about.clone(), theme.dim, cut.all, indent).take(if about.is_empty() { 0 } else { ABOUT });
        out.extend(rows.map(|line| FormLine { line, focused: here, caret: None }));
    }
    out
}

/// What a field takes, in a few words.
fn hint(row: &Row, node: &Node) -> String {
    let shape = &node.shape;
    match row.part {
        Part::Name => return "the member's name".into(),
        Part::Add => return String::new(),
        Part::Value => {}
    }
    let required = if row.required && !node.is_set() { "required" } else { "" };
    let null = if shape.nullable { "or null" } else { "" };
    let noun = if matches!(shape.kind, Kind::Const(_)) { "" } else { shape.noun.as_str() };
    let parts = [required, noun, null, shape.limits.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ").replace(", or null", " or null")
}

/// What else there is to say of a field, on the rows below it.
fn about(ui: &ArgumentsUi, row: &Row, node: &Node, here: bool, hint_cols: usize, theme: &Theme) -> String {
    let narrow = hint_cols == 0;
    let shape = &node.shape;
    let mut parts = Vec::new();
    let problem = ui.problem(&row.path);
    if narrow && let Some(problem) = problem {
        parts.push(format!("{} {}", theme.symbols.down, problem.text));
    }
    if narrow && here {
        parts.push(hint(row, node));
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
    // In full where the column beside it was too narrow.
    let own = hint(row, node);
    if here && !narrow && problem.is_none() && columns(&own) > hint_cols {
        parts.push(own);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join(&format!(" {} ", theme.symbols.dot))
}

#[expect(clippy::too_many_arguments, reason = "one field of one form; a struct for one caller would say no more")]
fn value(
    ui: &ArgumentsUi,
    row: &Row,
    node: &Node,
    focused: bool,
    here: bool,
    wrong: bool,
    theme: &Theme,
    cols: usize,
) -> Value {
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
            options(choices.len(), &|at| choices[at].title.as_str(), chosen, ui, (focused, here), theme, cols)
        }
        (Kind::Variants(list), value) => {
            let chosen = match value {
                Val::Variant { at, .. } => Some(*at),
                _ => None,
            };
            options(list.len(), &|at| list[at].title.as_str(), chosen, ui, (focused, here), theme, cols)
        }
        (Kind::Const(json), value) => {
            let on = *value != Val::Unset;
            let mark = if on { "[x]" } else { "[ ]" };
            plain(format!("{mark} {}", compact(json, 200)), if on { style } else { theme.dim }, 1)
        }
        (Kind::Array { .. } | Kind::Object { .. }, Val::Unset) => {
            let how = if here { " Enter begins it" } else { "" };
            plain(format!("{} not sent{how}", theme.symbols.folded), theme.dim, 0)
        }
        (_, Val::List(list)) => container(figures::counted(list.len(), "element"), node, theme, cols, focused),
        (_, Val::Object(members)) => {
            let set = members.iter().filter(|member| member.is_sent()).count();
            container(figures::counted(set, "member"), node, theme, cols, focused)
        }
        _ => plain(String::new(), style, 0),
    }
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
            let column = columns(&escape_line(before));
            let shift = (column + 1).saturating_sub(cols);
            (super::editor::slice(&escape_line(own), shift, cols), Some(column - shift))
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
    cols: usize,
) -> Value {
    if len <= 12 {
        let all: Vec<(String, bool, bool)> = (0..len)
            .map(|at| {
                (
                    format!("{} {}", radio(chosen == Some(at), theme), clip(title(at), cols.saturating_sub(4))),
                    chosen == Some(at),
                    false,
                )
            })
            .collect();
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
            let text = clip(&format!("{} {}", radio(on, theme), title(at)), cols);
            rows.push(vec![Span::styled(text, if on { theme.accent } else { theme.dim })]);
        }
        rows.push(vec![Span::styled(clip(&format!("{place}{sought}"), cols), theme.dim)]);
    }
    (rows, focused.then_some((0, 0)))
}

/// What would be sent, what keeps it from being sent. The first line is a rule.
fn foot(editor: &Editor, theme: &Theme, cols: usize, height: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(theme.symbols.rule.repeat(cols), theme.dim)];
    let form = &editor.form;
    let (name, content) = match editor.uri() {
        Some(uri) => ("to be read  ", uri),
        None => ("to be sent  ", shown(form)),
    };
    let most = match height {
        0..=12 => 1,
        13..=24 => 2,
        _ => 4,
    };
    let width = cols.saturating_sub(name.len()).max(1);
    let content = compact(&content, width * most);
    let mut rows = wrapped(content, Style::new(), width, 0);
    for nth in 0..most {
        let Some(line) = rows.next() else { break };
        let name = if nth == 0 { name.to_owned() } else { " ".repeat(name.len()) };
        let mut spans = vec![Span::styled(name, theme.dim)];
        spans.extend(line.spans);
        lines.push(Line::from(spans));
    }
    lines.push(verdict(form, editor.uri().is_some(), theme, cols));
    lines
}

/// What would be sent, with secrets hidden.
fn shown(form: &ArgumentsUi) -> String {
    let mut json = form.form.json.as_str().to_owned();
    if let Val::Object(members) = &form.form.root.value {
        for member in members.iter().filter(|member| is_secret(Some(member), &member.node)) {
            if let Val::Text { text, .. } = &member.node.value
                && !text.is_empty()
            {
                json = json.replace(&serde_json::Value::from(text.as_str()).to_string(), "\"•••\"");
            }
        }
    }
    json
}

/// The newest call of this item that is remembered, and the key that recalls it.
fn last_used(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, cols: usize) -> Option<Line<'static>> {
    let item = kept_item(state, &editor.item)?;
    let last = ui.kept.history.of(&item).next()?;
    let ago = figures::ago(ui.now(state).micros_since(Moment(last.at)));
    let key = ui.keymap.key_of(Context::Arguments, Action::History).map(|key| key.show(theme.symbols.arrows));
    let tail = format!(" {} {ago}   {} recalls", theme.symbols.dot, key.unwrap_or_default());
    let room = cols.saturating_sub(12 + columns(&tail));
    let text = clip(&compact(&last.text, room.max(4)), room);
    Some(Line::styled(format!("last used   {text}{tail}"), theme.dim))
}

fn verdict(ui: &ArgumentsUi, is_uri: bool, theme: &Theme, cols: usize) -> Line<'static> {
    let symbols = theme.symbols;
    // Of several, what is wrong where the cursor is.
    if let Some(problem) = ui.problem(&ui.cursor.path).filter(|problem| problem.weight != Weight::Gap) {
        let (symbol, style) = match problem.weight {
            Weight::Note => (symbols.broken, theme.warn),
            Weight::Gap | Weight::Wrong => (symbols.down, theme.bad),
        };
        let name = name_of(&ui.form, &ui.cursor.path);
        return Line::styled(clip(&format!("{symbol} {name}: {}", problem.text), cols), style);
    }
    let real: Vec<_> = ui.form.problems.iter().filter(|(_, problem)| problem.weight != Weight::Note).collect();
    let wrong = real.iter().find(|(_, problem)| problem.weight == Weight::Wrong);
    let gaps = real.iter().filter(|(_, problem)| problem.weight == Weight::Gap).count();
    if let Some((path, problem)) = wrong {
        let name = name_of(&ui.form, path);
        let name = if name.is_empty() { name } else { format!("{name}: ") };
        return Line::styled(clip(&format!("{} {name}{}", symbols.down, problem.text), cols), theme.bad);
    }
    if gaps > 0 {
        let names: Vec<String> =
            real.iter().map(|(path, _)| name_of(&ui.form, path)).filter(|name| !name.is_empty()).collect();
        return Line::styled(clip(&format!("{} still missing: {}", symbols.idle, names.join(", ")), cols), theme.warn);
    }
    match &ui.form.unchecked {
        Some(why) => Line::styled(clip(&format!("{} not checked: {why}", symbols.idle), cols), theme.warn),
        None if is_uri => Line::styled(format!("{} complete", symbols.ok), theme.good),
        None => Line::styled(format!("{} fits the schema", symbols.ok), theme.good),
    }
}
