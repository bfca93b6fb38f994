//! The whole call that a frame belongs to: a line a step, indented, with times since the request.

use ratatui::text::{Line, Span};

use super::flow::clip;
use super::frame::{shape, summary};
use super::{Lines, wrapped};
use crate::app::State;
use crate::model::exchange::{LOOKED_AT, Step, steps};
use crate::model::text::{pad, width as columns};
use crate::tui::figures;
use crate::tui::frame::FrameUi;
use crate::tui::theme::Theme;

/// Columns of a time.
const TIME: usize = 9;

fn of(state: &State, frame: usize) -> Vec<Step> {
    let session = state.log.get(frame).and_then(|entry| state.session(entry.server));
    let exact = session.and_then(|session| session.negotiated.as_ref()).is_some_and(|agreed| agreed.modern);
    steps(&state.log, frame, &state.rows, exact)
}

/// The steps of the call that was opened, while the selected frame is one of them; else those of that frame's own.
fn opened(state: &State, open: &FrameUi, frame: usize) -> Vec<Step> {
    let steps = open.call_of.filter(|other| *other != frame).map(|other| of(state, other)).unwrap_or_default();
    if steps.iter().any(|step| step.frame == frame) { steps } else { of(state, frame) }
}

/// The frames of the call in view, in the order of their lines.
pub(in crate::tui) fn frames(state: &State, open: &FrameUi, frame: usize) -> Vec<usize> {
    opened(state, open, frame).into_iter().map(|step| step.frame).collect()
}

/// The steps of the call of `frame`; that frame itself is marked.
pub(super) fn lines<'a>(state: &'a State, open: &FrameUi, frame: usize, theme: &'a Theme, width: usize) -> Lines<'a> {
    let steps = opened(state, open, frame);
    let Some(first) = steps.first().and_then(|step| state.log.get(step.frame)) else {
        return Box::new(std::iter::empty());
    };
    let answered = steps.last().and_then(|step| state.log.get(step.frame)).is_some_and(|last| last.pair.is_some());
    let many = steps.len() >= LOOKED_AT / 2;
    let alone = steps.len() == 1 && !answered && first.pair.is_none();
    let told = steps.into_iter().filter_map(move |step| {
        let entry = state.log.get(step.frame)?;
        let shape = shape(state, &entry, theme);
        let said = state.rows.get(&step.frame).map(|record| summary(state, &entry, record).0).unwrap_or_default();
        let after = figures::duration(entry.at.micros_since(first.at));
        let mark = if step.frame == frame { theme.symbols.cursor } else { " " };
        let round = if step.round > 0 { format!("round {}: ", step.round) } else { String::new() };
        let mut spans = vec![
            Span::styled(format!("{mark}{after:>TIME$} "), if step.frame == frame { theme.accent } else { theme.dim }),
            Span::raw("  ".repeat(step.depth)),
            Span::styled(format!("{} ", shape.symbol), shape.style),
            Span::styled(round, theme.title),
            Span::styled(pad(&clip(&shape.what, 24), if step.depth == 0 { 12 } else { 10 }).into_owned(), shape.style),
            Span::raw(" "),
        ];
        let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
        spans.push(Span::raw(clip(&said, width.saturating_sub(used))));
        Some(Line::from(spans))
    });
    let end = if alone {
        Some("This frame belongs to no call.")
    } else if many {
        Some("There may be more: only the first frames of a long call are shown here.")
    } else if !answered {
        Some("There is no response yet.")
    } else {
        None
    };
    Box::new(told.chain(
        end.into_iter().flat_map(move |text| std::iter::once(Line::raw("")).chain(wrapped(text, theme.dim, width, 0))),
    ))
}
