//! What the model sees, as a list: instructions, servers with their tools, messages, remarks.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::text::{pad, width as columns};
use crate::tui::conversation::{Kind, Piece, Sight};
use crate::tui::figures;
use crate::tui::page::clip;
use crate::tui::theme::Theme;
use crate::tui::view::row;

pub(super) fn draw(sight: &Sight, focused: bool, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let width = usize::from(rect.width);
    for at in 0..usize::from(rect.height) {
        let (Some(rect), Some((index, text))) = (row(rect, at), sight.at(sight.top + at)) else { break };
        let line = match text {
            Some(text) => {
                let mut line = text.line(theme.dim, theme);
                line.spans.insert(0, Span::raw("     "));
                line
            }
            None => piece(&sight.pieces[index], sight, index, width, theme),
        };
        let selected = focused && text.is_none() && index == sight.selected;
        frame.render_widget(if selected { crate::tui::view::chosen(line, theme) } else { line }, rect);
    }
}

fn piece(piece: &Piece, sight: &Sight, at: usize, width: usize, theme: &Theme) -> Line<'static> {
    let open = sight.opened.as_ref().is_some_and(|(opened, _)| *opened == at);
    let fold = if open { theme.symbols.open } else { theme.symbols.closed };
    let (indent, mark, style) = match &piece.kind {
        Kind::Sum => (0, " ", theme.title),
        Kind::System | Kind::Message => (0, fold, Style::new()),
        Kind::Server { shown, .. } => (0, if *shown { "[x]" } else { "[ ]" }, theme.title),
        Kind::Tool { shown, .. } => (2, if *shown { "[x]" } else { "[ ]" }, Style::new()),
        Kind::Remark => (0, theme.symbols.broken, theme.warn),
    };
    let right = match (piece.tokens, piece.counted) {
        (0, _) => String::new(),
        (tokens, true) => figures::count(tokens),
        (tokens, false) => format!("~{}", figures::count(tokens)),
    };
    let room = width.saturating_sub(indent + columns(mark) + columns(&right) + 4);
    let name = clip(&piece.name, if piece.about.is_empty() { room } else { room * 2 / 3 });
    let left = room.saturating_sub(columns(&name) + 2);
    Line::from(vec![
        Span::raw(" ".repeat(indent + 1)),
        Span::styled(mark.to_owned(), theme.accent),
        Span::styled(format!(" {name}"), style),
        Span::raw("  "),
        Span::styled(pad(&clip(&piece.about, left), left).into_owned(), theme.dim),
        Span::styled(format!(" {right}"), theme.dim),
    ])
}
