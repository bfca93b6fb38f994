//! The values that a server suggests, below the field that is being typed.

use ratatui::text::{Line, Span};

use crate::model::text::width as columns;
use crate::tui::page::{clip, wrapped};
use crate::tui::suggest::Offer;
use crate::tui::theme::Theme;
use crate::tui::view::field::{Columns, FieldRow};
use crate::tui::view::first_row;

/// Values that are shown at once.
const ROWS: usize = 6;

/// They stand under the text that is typed, unless hardly any room is left there.
pub(super) fn rows(offer: Offer<'_>, theme: &Theme, cut: Columns, height: usize) -> Vec<FieldRow> {
    let values = &offer.found.values;
    let shown = values.len().min(ROWS).min(height.saturating_sub(1)).max(1);
    let first = first_row(offer.pick.unwrap_or(0), values.len(), u16::try_from(shown).unwrap_or(1));
    let indent = cut.indent().min(cut.all / 2);
    let room = cut.all.saturating_sub(indent);
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
                Span::raw(" ".repeat(indent.saturating_sub(columns(theme.symbols.cursor)))),
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
    out.extend(wrapped(format!("{beside}{keys}"), theme.dim, cut.all, indent).take(2).map(row));
    out
}
