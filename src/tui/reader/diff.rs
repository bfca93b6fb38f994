//! What is different between two answers, in a reader: [`ValueDiff`] for JSON, [`LineDiff`] for texts.

mod lines;
mod values;

pub use lines::LineDiff;
pub use values::ValueDiff;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::model::diff::Pieces;
use crate::model::text::{escape_line, width as columns};
use crate::tui::theme::Theme;

/// Which side a row is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Same,
    Old,
    New,
}

impl Side {
    fn lead(self) -> &'static str {
        match self {
            Side::Same => "  ",
            Side::Old => "- ",
            Side::New => "+ ",
        }
    }

    fn style(self, theme: &Theme) -> Style {
        match self {
            Side::Same => Style::new(),
            Side::Old => theme.bad,
            Side::New => theme.good,
        }
    }
}

/// A line in rows of at most `cols` columns; pieces that are not in the other text stand out.
fn rows(side: Side, pieces: &Pieces<'_>, cols: usize, theme: &Theme) -> Vec<Line<'static>> {
    let style = side.style(theme);
    let room = cols.saturating_sub(2).max(1);
    let mut out = Vec::new();
    let mut row = vec![Span::styled(side.lead(), style)];
    let mut used = 0;
    for (text, marked) in pieces {
        let style = if *marked { style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { style };
        let mut part = String::new();
        for cluster in escape_line(text).graphemes(true) {
            let wide = columns(cluster);
            if used + wide > room && used > 0 {
                row.push(Span::styled(std::mem::take(&mut part), style));
                out.push(Line::from(std::mem::replace(&mut row, vec![Span::raw("  ")])));
                used = 0;
            }
            part.push_str(cluster);
            used += wide;
        }
        if !part.is_empty() {
            row.push(Span::styled(part, style));
        }
    }
    out.push(Line::from(row));
    out
}
