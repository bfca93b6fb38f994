//! The list of calls in the work pane, and the window of earlier ones to compare with.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::row;
use crate::app::State;
use crate::model::call::{Call, CallState, Failure};
use crate::model::id::CallId;
use crate::model::json::compact;
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::calls::{self, EarlierUi};
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, gauge, wrapped};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

const WIDTH: u16 = 110;
const NONE: &str = "No call yet. Select a tool, a prompt or a resource in the inspector and press c: what you and a model call is listed here, with what became of it.";

/// Draws the list below the tabs of the work pane.
pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let list = calls::list(state);
    let cols = usize::from(rect.width).saturating_sub(1);
    if list.is_empty() {
        let lines = wrapped(NONE, theme.dim, cols, 1);
        return frame.render_widget(ratatui::widgets::Paragraph::new(lines.collect::<Vec<_>>()), rect);
    }
    let focused = ui.focus() == Context::Calls;
    let at = calls::selected(ui.calls, &list);
    let first = first(state, ui, &list, usize::from(rect.height));
    let mut y = 0;
    let mut below = false;
    for (place, call) in list.iter().enumerate().skip(first) {
        let Some(line) = row(rect, y) else {
            below = true;
            break;
        };
        let drawn = summary(call, state, ui, theme, (cols, place == at));
        frame.render_widget(if place == at && focused { super::chosen(drawn, theme) } else { drawn }, line);
        y += 1;
        if let (Some(more), Some(line)) = (told(call, state, ui, theme, cols.saturating_sub(5)), row(rect, y)) {
            let mut spans = vec![Span::raw("    ")];
            spans.extend(more.spans);
            frame.render_widget(Line::from(spans), line);
            y += 1;
        }
    }
    super::more(theme, frame, rect, first > 0, below);
}

/// Rows of a call in the list.
fn rows(call: &Call, state: &State, ui: &Ui) -> usize {
    1 + usize::from(told(call, state, ui, &Theme::default(), 80).is_some())
}

/// The first call in view: from the selected one upwards, as many as leave two thirds of the rows to what is below.
fn first(state: &State, ui: &Ui, list: &[&Call], height: usize) -> usize {
    let mut first = calls::selected(ui.calls, list);
    let mut used = list.get(first).map_or(0, |call| rows(call, state, ui));
    while first > 0 && used + rows(list[first - 1], state, ui) <= height.max(1) * 2 / 3 {
        first -= 1;
        used += rows(list[first], state, ui);
    }
    first
}

/// The call at a row of the list, which has so many rows.
pub(in crate::tui) fn call_at(state: &State, ui: &Ui, height: usize, row: usize) -> Option<CallId> {
    let list = calls::list(state);
    let mut below = 0;
    let mut shown = list.iter().skip(first(state, ui, &list, height));
    let at = shown.find(|call| {
        below += rows(call, state, ui);
        row < below
    });
    at.map(|call| call.id)
}

/// The symbol of a call's state and its style.
pub(super) fn mark(call: &Call, theme: &Theme) -> (&'static str, Style) {
    let symbols = theme.symbols;
    match &call.state {
        CallState::Running | CallState::Cancelling => (symbols.connecting, theme.warn),
        CallState::Done(_) if call.tool_error => (symbols.down, theme.bad),
        CallState::Done(_) => (symbols.ok, theme.good),
        CallState::Failed(Failure::Cancelled(_) | Failure::Declined(_) | Failure::Refused(_)) => {
            (symbols.idle, theme.warn)
        }
        CallState::Failed(Failure::Rpc { .. }) => (symbols.broken, theme.bad),
        CallState::Failed(_) => (symbols.exit, theme.bad),
    }
}

/// How a call stands, how long it took, how much it brought.
fn figures_of(call: &Call, state: &State, ui: &Ui, theme: &Theme) -> String {
    let end = call.ended.unwrap_or_else(|| ui.now(state));
    let took = figures::duration(end.micros_since(call.started));
    let dot = theme.symbols.dot;
    let size = match &call.state {
        CallState::Done(result) => format!(" {dot} {}", figures::size(result.as_str().len() as u64)),
        _ => String::new(),
    };
    format!("{} {dot} {took}{size}", calls::standing(call))
}

fn summary(call: &Call, state: &State, ui: &Ui, theme: &Theme, (cols, here): (usize, bool)) -> Line<'static> {
    let (symbol, style) = mark(call, theme);
    let server = state.session(call.server).map_or("?", |session| session.spec.name.as_str());
    let subject = call.operation.subject();
    let what = if subject.is_empty() { call.operation.method() } else { subject };
    let figures = figures_of(call, state, ui, theme);
    let room = cols.saturating_sub(columns(&figures) + 6);
    let name = clip(&format!("{server} / {what}"), room);
    let cursor = if here { theme.symbols.cursor } else { " " };
    let mut spans = vec![
        Span::styled(cursor, theme.accent),
        Span::styled(format!("{symbol} "), style),
        Span::styled(name.clone(), theme.title),
    ];
    let mut left = room.saturating_sub(columns(&name));
    if let Some(arguments) = calls::arguments(&call.operation).filter(|_| left > 12) {
        let text = clip(&compact(arguments.as_str(), left), left - 2);
        left -= columns(&text) + 2;
        spans.push(Span::styled(format!("  {text}"), theme.dim));
    }
    spans.push(Span::raw(" ".repeat(left + 2)));
    let plain = matches!(call.state, CallState::Done(_)) && !call.tool_error;
    spans.push(Span::styled(figures, if plain { theme.dim } else { style }));
    Line::from(spans)
}

/// What there is to say beside its row.
fn told(call: &Call, state: &State, ui: &Ui, theme: &Theme, cols: usize) -> Option<Line<'static>> {
    let now = ui.now(state);
    if let Some(question) = state.questions.iter().find(|question| question.call == Some(call.id)) {
        let said = format!("? the server asks for {}; Ctrl-O answers", question.body.kind());
        return Some(Line::styled(clip(&said, cols), theme.warn));
    }
    match &call.state {
        CallState::Cancelling => Some(Line::styled(clip("the server is told to stop", cols), theme.warn)),
        CallState::Running => {
            let progress = call.progress.as_ref()?;
            Some(gauge(progress, now.micros_since(call.started), theme, cols))
        }
        CallState::Failed(_) => {
            let said = calls::aftermath(call, now)?;
            Some(Line::styled(clip(&said, cols), theme.dim))
        }
        CallState::Done(_) => None,
    }
}

/// Draws the window of earlier calls.
pub(super) fn choose(earlier: EarlierUi, state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let Some(call) = state.calls.get(&earlier.call) else { return };
    let list: Vec<&Call> = calls::earlier(state, call).collect();
    let wanted = u16::try_from(list.len().max(1)).unwrap_or(u16::MAX).saturating_add(4);
    let rect = super::centered(body, WIDTH, wanted);
    let title = format!("Compare {} with", clip(call.operation.subject(), 50));
    let inside = super::window(&title, theme, frame, rect);
    let mut rest = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let foot = u16::from(rest.height > 2);
    if let Some(line) = row(rest, usize::from(rest.height.saturating_sub(1))).filter(|_| foot > 0) {
        let keys = [(Action::Accept, "compare"), (Action::Close, "back")];
        frame.render_widget(super::keys_of(ui, Context::Earlier, &keys, theme), line);
    }
    rest.height = rest.height.saturating_sub(foot * 2);
    let cols = usize::from(rest.width);
    let selected = earlier.selected.min(list.len().saturating_sub(1));
    let first = super::first_row(selected, list.len(), rest.height);
    let told: Vec<String> = list.iter().map(|other| figures_of(other, state, ui, theme)).collect();
    let wide = told.iter().map(|text| columns(text)).max().unwrap_or(0);
    for (at, other) in list.iter().enumerate().skip(first).take(usize::from(rest.height)) {
        let Some(line) = row(rest, at - first) else { break };
        let here = at == selected;
        let (symbol, style) = mark(other, theme);
        let time = figures::time(other.started, &ui.zone);
        let differs = calls::differing(other, call);
        let used = wide + columns(&time) + 8;
        let spans = vec![
            Span::styled(if here { theme.symbols.cursor } else { " " }, theme.accent),
            Span::styled(format!("{time}  "), theme.dim),
            Span::styled(format!("{symbol} "), style),
            Span::raw(pad(&told[at], wide)),
            Span::raw(format!("   {}", clip(&differs, cols.saturating_sub(used)))),
        ];
        let line_of = Line::from(spans);
        frame.render_widget(if here { super::chosen(line_of, theme) } else { line_of }, line);
    }
}
