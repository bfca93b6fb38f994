//! Below the form of arguments: what would be sent, what was sent last, and what keeps it from being sent.

use ratatui::text::{Line, Span};

use super::is_secret;
use crate::app::{State, policy_on};
use crate::model::argform::{Val, Weight};
use crate::model::call::ListKind;
use crate::model::id::Moment;
use crate::model::json::{RawJson, compact};
use crate::model::policy::Verdict;
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::arguments::{ArgumentsUi, name_of};
use crate::tui::editor::Editor;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, wrapped};
use crate::tui::recall::kept_item;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::view::editor::broken;

/// Rows of why a rule denies a call.
const DENIED: usize = 3;

/// What would be sent, what keeps it from being sent. The first line is a rule.
pub(super) fn foot(editor: &Editor, theme: &Theme, cols: usize, height: u16) -> Vec<Line<'static>> {
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
    // Not at words: whole rows say most, and the mark where it is cut is never on a row that has no room.
    let content = clip(&compact(&content, width * most), width * most);
    for (nth, row) in broken(&content, width).into_iter().filter(|row| !row.is_empty()).take(most).enumerate() {
        let name = if nth == 0 { name.to_owned() } else { " ".repeat(name.len()) };
        lines.push(Line::from(vec![Span::styled(name, theme.dim), Span::raw(content[row].to_owned())]));
    }
    lines.push(verdict(form, editor.item.kind == ListKind::Tools, theme, cols));
    lines
}

/// That a rule denies this call to models; a person may make it all the same.
pub(in crate::tui::view) fn denied(
    state: &State,
    editor: &Editor,
    arguments: &RawJson,
    theme: &Theme,
    cols: usize,
) -> Vec<Line<'static>> {
    if editor.item.kind != ListKind::Tools {
        return vec![];
    }
    let Some(decision) = policy_on(state, editor.item.server, &editor.item.key, arguments) else { return vec![] };
    if decision.verdict != Verdict::Deny {
        return vec![];
    }
    let text = format!("{} a model may not call this ({}); you may", theme.symbols.broken, decision.reason);
    wrapped(text, theme.warn, cols, 0).take(DENIED).collect()
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
pub(super) fn last_used(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, cols: usize) -> Option<Line<'static>> {
    let item = kept_item(state, &editor.item)?;
    let last = ui.kept.history.of(&item).next()?;
    let ago = figures::ago(ui.now(state).micros_since(Moment(last.at)));
    let key = ui.keymap.key_of(Context::Arguments, Action::History).map(|key| key.show(theme.symbols.arrows));
    let tail = format!(" {} {ago}   {} recalls", theme.symbols.dot, key.unwrap_or_default());
    let room = cols.saturating_sub(12 + columns(&tail));
    let text = clip(&compact(&last.text, room.max(4)), room);
    Some(Line::styled(format!("last used   {text}{tail}"), theme.dim))
}

fn verdict(ui: &ArgumentsUi, is_tool: bool, theme: &Theme, cols: usize) -> Line<'static> {
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
        let mut names: Vec<String> = vec![];
        for (path, _) in &real {
            let name = name_of(&ui.form, path);
            // A choice and what stands below it have one name.
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        return Line::styled(clip(&format!("{} still missing: {}", symbols.idle, names.join(", ")), cols), theme.warn);
    }
    match &ui.form.unchecked {
        Some(why) => Line::styled(clip(&format!("{} not checked: {why}", symbols.idle), cols), theme.warn),
        // Only tools have a schema.
        None if is_tool => Line::styled(format!("{} fits the schema", symbols.ok), theme.good),
        None => Line::styled(format!("{} complete", symbols.ok), theme.good),
    }
}
