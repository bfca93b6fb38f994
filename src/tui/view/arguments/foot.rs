//! Below the form of arguments: what would be sent, what was sent last, and what keeps it from being sent.

use ratatui::style::Style;
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

/// That a rule denies this call to models; a person may make it all the same.
pub(in crate::tui::view) fn denied(
    state: &State,
    editor: &Editor,
    arguments: &RawJson,
    theme: &Theme,
    cols: usize,
) -> Option<Line<'static>> {
    if editor.item.kind != ListKind::Tools {
        return None;
    }
    let decision = policy_on(state, editor.item.server, &editor.item.key, arguments)?;
    let text = format!("{} a model may not call this ({}); you may", theme.symbols.broken, decision.reason);
    (decision.verdict == Verdict::Deny).then(|| Line::styled(clip(&text, cols), theme.warn))
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
