//! The page of a task: what was asked, where it stands, what can be done about it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, wrapped};
use super::{Lines, fact, heading, whole_fact};
use crate::app::State;
use crate::model::session::Session;
use crate::model::task::{KnownTask, TaskStatus};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// The tool that was called, as far as it is known.
pub(in crate::tui) fn tool(task: &KnownTask) -> &str {
    if task.tool.is_empty() { "(not ours)" } else { &task.tool }
}

/// A mark and a word for where a task stands.
pub(in crate::tui) fn standing(task: &KnownTask, theme: &Theme) -> (&'static str, Style, &'static str) {
    let symbols = theme.symbols;
    if task.lost.is_some() {
        return (symbols.broken, theme.bad, "not known");
    }
    match task.status {
        TaskStatus::Working => (symbols.connecting, theme.warn, "working"),
        TaskStatus::InputRequired => (symbols.ready, theme.warn, "needs an answer"),
        TaskStatus::Completed => (symbols.ok, theme.good, "completed"),
        TaskStatus::Failed => (symbols.down, theme.bad, "failed"),
        TaskStatus::Cancelled => (symbols.idle, theme.dim, "cancelled"),
    }
}

/// How long ago it was created, or heard of where the server does not say when that was.
pub(in crate::tui) fn age(state: &State, ui: &Ui, task: &KnownTask) -> String {
    let created = task.created.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let created = created.and_then(|at| u64::try_from(at.as_microsecond()).ok()).unwrap_or(task.heard.0);
    figures::ago(ui.now(state).0.saturating_sub(created))
}

pub(super) fn lines<'a>(
    state: &'a State,
    ui: &'a Ui,
    session: &'a Session,
    task: &'a KnownTask,
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    let cols = width.saturating_sub(11);
    let (symbol, style, word) = standing(task, theme);
    let mut out = vec![Line::from(vec![
        Span::styled(format!("{symbol} {word}"), style),
        Span::styled(format!(" {} {}", theme.symbols.dot, age(state, ui, task)), theme.dim),
    ])];
    if let Some(why) = &task.lost {
        out.extend(wrapped(format!("The server says: {why}"), theme.bad, width, 0));
    } else if let Some(message) = task.message.as_deref().filter(|message| !message.is_empty()) {
        out.extend(wrapped(message, Style::new(), width, 0));
    }
    let text = |text: String| vec![Span::raw(clip(&text, cols))];
    out.push(fact("tool", text(tool(task).to_owned()), theme));
    out.push(fact("task", text(task.id.clone()), theme));
    if let Some(created) = &task.created {
        out.push(fact("created", text(created.clone()), theme));
    }
    out.push(fact("heard of", text(figures::ago(ui.now(state).micros_since(task.heard))), theme));
    if let Some(poll) = task.poll {
        let every = figures::duration(poll.saturating_mul(1_000));
        out.push(fact("asked for", text(format!("every {every}, as the server wants")), theme));
    }
    if let Some(ttl) = task.ttl {
        let kept = figures::duration(ttl.saturating_mul(1_000));
        out.extend(whole_fact("kept", format!("for {kept} after it was created, says the server"), theme, width));
    }
    out.push(Line::raw(""));
    out.push(heading("what can be done", theme, width));
    let follows = task.call.and_then(|call| state.calls.get(&call));
    let open = follows.is_some_and(crate::model::call::Call::is_open);
    let mut can = |action, context, said: &'static str| {
        let key = ui.keymap.key_of(context, action).map(|key| key.show(theme.symbols.arrows)).unwrap_or_default();
        out.push(Line::from(vec![Span::styled(format!("  {key:<7}"), theme.accent), Span::raw(said)]));
    };
    if !session.is_ready() && follows.is_none() {
        can(Action::Restart, Context::Global, "connect the server first");
    } else {
        let said = match (open, task.status.is_final(), follows.is_some()) {
            (true, ..) => "go to the call that follows it",
            (false, true, true) => "show the result",
            (false, true, false) => "fetch the result",
            (false, false, _) => "follow it again, to its result",
        };
        can(Action::Open, Context::Inspector, said);
    }
    if session.is_ready() {
        can(Action::Repeat, Context::Inspector, "ask where it stands");
        if !task.status.is_final() {
            can(Action::Cancel, Context::Global, "cancel it at the server");
        }
    }
    can(Action::Copy, Context::Inspector, "copy its name");
    Box::new(out.into_iter())
}
