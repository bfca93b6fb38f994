//! The values that a server suggests, below the field that is being typed.

use ratatui::text::{Line, Span};

use crate::tui::page::clip;
use crate::tui::suggest::Offer;
use crate::tui::theme::Theme;
use crate::tui::view::field::FieldRow;
use crate::tui::view::first_row;

/// Values that are shown at once.
const ROWS: usize = 6;

pub(super) fn rows(offer: Offer<'_>, theme: &Theme, cols: usize, height: usize) -> Vec<FieldRow> {
    let values = &offer.found.values;
    let shown = values.len().min(ROWS).min(height.saturating_sub(1)).max(1);
    let first = first_row(offer.pick.unwrap_or(0), values.len(), u16::try_from(shown).unwrap_or(1));
    let room = cols.saturating_sub(8);
    let row = |line| FieldRow { line, focused: false, caret: None };
    let mut out: Vec<FieldRow> = values
        .iter()
        .enumerate()
        .skip(first)
        .take(shown)
        .map(|(at, value)| {
            let chosen = offer.pick == Some(at);
            let mark = if chosen { theme.symbols.cursor } else { " " };
            let line = Line::from(vec![
                Span::raw("    "),
                Span::styled(mark, theme.accent),
                Span::styled(clip(value, room), if chosen { theme.selected } else { theme.title }),
            ]);
            row(line)
        })
        .collect();
    let arrow = if theme.symbols.arrows { "↓" } else { "Down" };
    let keys = if offer.pick.is_some() {
        "Tab or Enter takes it, Esc leaves the list".to_owned()
    } else {
        format!("the server suggests: {arrow} chooses, Tab completes")
    };
    let beside = offer.found.beside().map(|beside| format!("{beside}; ")).unwrap_or_default();
    let said = clip(&format!("{beside}{keys}"), room);
    out.push(row(Line::styled(format!("     {said}"), theme.dim)));
    out
}
