//! The page of a call: how it goes, how it ended, what came back.
//!
//! Three endings look different in words, not only in colour: the tool says it failed, the server answers with an
//! error, there is no answer.

use ratatui::layout::Size;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, wrapped};
use super::{Lines, elapsed, fact};
use crate::app::State;
use crate::model::call::{Call, CallState, Failure, Operation, Progress};
use crate::model::json::compact;
use crate::model::question::{Question, QuestionBody};
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Lines of a question that are shown.
const ASKED: usize = 6;
/// Rows of the work pane from which on there is room for an empty one.
const ROOMY: u16 = 12;

/// What is above an answer, and all there is while there is none.
pub(in crate::tui) fn head(state: &State, ui: &Ui, call: &Call, theme: &Theme, room: Size) -> Vec<Line<'static>> {
    let width = usize::from(room.width.saturating_sub(2));
    let mut out = ending(state, ui, call, theme);
    if let Some(progress) = call.progress.as_ref().filter(|_| call.is_open()) {
        out.push(gauge(progress, ui.now(state).micros_since(call.started), theme, width));
    }
    if let Some(task) = &call.task {
        let said = task.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
        let said = format!("{} {} {}{said}", task.id, theme.symbols.dot, task.status.word().replace('_', " "));
        out.push(fact("task", vec![Span::raw(clip(&said, width.saturating_sub(11)))], theme));
    }
    let questions = state.questions.iter().filter(|question| call.is_open() && question.call == Some(call.id));
    for (nth, question) in questions.enumerate() {
        asked(&mut out, question, nth == 0, theme, width);
    }
    match &call.operation {
        Operation::CallTool { arguments, .. } | Operation::GetPrompt { arguments, .. } => {
            let shown = clip(&compact(arguments.as_str(), width), width.saturating_sub(11));
            out.push(fact("arguments", vec![Span::raw(shown)], theme));
        }
        Operation::ReadResource { uri } if !ui.result.opened.is_empty() => {
            out.push(fact("resource", vec![Span::raw(clip(uri, width.saturating_sub(11)))], theme));
        }
        _ => {}
    }
    if let Operation::ReadResource { uri } = &call.operation
        && state.session(call.server).is_some_and(|session| session.updated.contains(uri))
    {
        out.push(Line::styled("changed since, says the server; r reads it again", theme.warn));
    }
    if let Some(said) = crate::tui::calls::aftermath(call, ui.now(state)) {
        out.extend(wrapped(said, theme.warn, width, 0).take(ASKED));
    }
    if matches!(call.state, CallState::Failed(Failure::Unreachable(_)))
        && let Some(session) = ui.session(state).filter(|session| session.id == call.server && !session.is_ready())
    {
        let said = format!("R connects {} again, then r repeats the call", session.spec.name);
        out.extend(wrapped(said, theme.dim, width, 0));
    }
    if let Some(earlier) = ui.result.against().and_then(|other| state.calls.get(&other)) {
        let when = format!("{} before", figures::duration(call.started.micros_since(earlier.started)));
        let how = crate::tui::calls::standing(earlier);
        out.push(fact("compared", vec![Span::styled(format!("with the answer {when} ({how})"), theme.warn)], theme));
    }
    if !call.is_open() && ui.result.reader().is_none() {
        out.push(Line::styled("laying it out…", theme.dim));
    }
    if room.height > ROOMY {
        out.push(Line::raw(""));
    }
    out
}

/// A call without an answer, or with one that is still being laid out.
pub(super) fn waiting<'a>(state: &State, ui: &Ui, call: &Call, theme: &Theme, width: usize) -> Lines<'a> {
    let room = Size::new(u16::try_from(width + 2).unwrap_or(u16::MAX), u16::MAX);
    Box::new(head(state, ui, call, theme, room).into_iter())
}

fn ending(state: &State, ui: &Ui, call: &Call, theme: &Theme) -> Vec<Line<'static>> {
    let symbols = theme.symbols;
    let took = elapsed(call, ui, state);
    let line = |symbol: &str, style: Style, text: &str, rest: String| {
        Line::from(vec![Span::styled(format!("{symbol} {text}"), style), Span::styled(rest, theme.dim)])
    };
    let rounds = match state.cache.rounds(call.id) {
        1 => String::new(),
        rounds => format!(" {} round {rounds}", symbols.dot),
    };
    let after = format!(" {} {took}{rounds}", symbols.dot);
    vec![match &call.state {
        CallState::Running => line(symbols.connecting, theme.warn, "running", format!("{after}   x cancels it")),
        CallState::Cancelling => {
            line(symbols.connecting, theme.warn, "cancelling", format!("{after}   waiting for the server to stop"))
        }
        CallState::Done(result) if call.tool_error => {
            let size = figures::size(result.as_str().len() as u64);
            let rest = format!("  (isError){after} {} {size}", symbols.dot);
            line(symbols.down, theme.bad, "the tool says that it failed", rest)
        }
        CallState::Done(result) => {
            let size = figures::size(result.as_str().len() as u64);
            line(symbols.ok, theme.good, "done", format!("{after} {} {size}", symbols.dot))
        }
        CallState::Failed(failure) => {
            let (symbol, style) = match failure {
                Failure::Rpc { .. } => (symbols.broken, theme.bad),
                Failure::Cancelled(_) | Failure::Declined(_) | Failure::Refused(_) => (symbols.idle, theme.warn),
                _ => (symbols.exit, theme.bad),
            };
            line(symbol, style, &failure.headline(), after)
        }
    }]
}

/// What the server asks in the middle of a call.
fn asked(out: &mut Vec<Line<'static>>, question: &Question, first: bool, theme: &Theme, width: usize) {
    let said = match &question.body {
        QuestionBody::Form { message, .. } | QuestionBody::Url { message, .. } => message.as_str(),
        // Its window has the request.
        QuestionBody::Sampling { .. } | QuestionBody::Approval(_) | QuestionBody::Rounds { .. } => "",
    };
    let kind = match &question.body {
        QuestionBody::Sampling { .. } => "a model's message",
        body => body.kind(),
    };
    let text = if first {
        format!("? the server asks for {kind} before it goes on; Ctrl-O answers, x cancels the call")
    } else {
        format!("? and for {kind}")
    };
    out.extend(wrapped(text, theme.warn, width, 0));
    out.extend(wrapped(said, Style::new(), width, 2).take(ASKED));
}

/// How far a call is, how fast it goes and what the server says of it.
pub(in crate::tui) fn gauge(progress: &Progress, micros: u64, theme: &Theme, width: usize) -> Line<'static> {
    let message = progress.message.as_deref().map(|text| format!("  {text}")).unwrap_or_default();
    let (rate, left) = pace(progress, micros);
    let Some(total) = progress.total.filter(|total| *total > 0.0) else {
        return Line::raw(clip(&format!("{} so far{rate}{message}", progress.progress), width));
    };
    let share = (progress.progress / total).clamp(0.0, 1.0);
    let figures = format!("  {:.0} %  ({} of {total}){rate}{left}", share * 100.0, progress.progress);
    let figures = clip(&figures, width.saturating_sub(10));
    let cells = width.saturating_sub(figures.len() + columns(&message).min(20)).clamp(10, 30);
    let full = (share * cells as f64).round() as usize;
    let room = width.saturating_sub(cells + figures.len());
    Line::from(vec![
        Span::styled(theme.symbols.full.repeat(full), theme.accent),
        Span::styled(theme.symbols.empty.repeat(cells.saturating_sub(full)), theme.dim),
        Span::raw(figures),
        Span::raw(clip(&message, room)),
    ])
}

/// How fast it goes since it started, and how long it takes at that pace: `, 2.1/s, 3.3 s left`.
fn pace(progress: &Progress, micros: u64) -> (String, String) {
    let rate = progress.progress / (micros as f64 / 1e6);
    // Not before there is something to go by.
    if micros < 500_000 || !rate.is_finite() || rate <= 0.0 {
        return (String::new(), String::new());
    }
    let said = match rate {
        10.0.. => format!(", {rate:.0}/s"),
        0.1.. => format!(", {rate:.1}/s"),
        _ => format!(", {:.1}/min", rate * 60.0),
    };
    let left = progress.total.map(|total| (total - progress.progress) / rate).filter(|left| *left > 0.0 && *left < 1e6);
    (said, left.map_or(String::new(), |left| format!(", {} left", figures::duration((left * 1e6) as u64))))
}
