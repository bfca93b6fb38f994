//! The command palette: a line to type in, and the best of what was found.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::row;
use crate::model::text::{pad, truncate_width, width as columns};
use crate::tui::figures;
use crate::tui::palette::{Found, PaletteUi};
use crate::tui::theme::Theme;

/// What stands where nothing is typed.
const HOW: &str = "a few letters of a tool, a resource, a prompt, a server or an action";
/// Columns it takes at most.
const WIDTH: u16 = 104;
/// Rows it takes at most.
const HEIGHT: u16 = 26;
/// Columns for what a result is.
const KIND: usize = 9;
/// Columns for the server of a result, at most.
const PLACE: usize = 16;
/// Columns for the name of a result, at most.
const NAME: usize = 36;

fn place(body: Rect) -> Rect {
    let (width, height) = (body.width.min(WIDTH), body.height.min(HEIGHT));
    // Near the top, where eyes are, and always at the same place.
    let y = body.y + (body.height - height).min(2);
    Rect { x: body.x + (body.width - width) / 2, y, width, height }
}

fn list(body: Rect) -> Rect {
    let inside = crate::tui::layout::inner(place(body));
    let above = inside.height.min(1);
    Rect { y: inside.y + above, height: inside.height - above, ..inside }
}

/// How many results are in view.
pub(in crate::tui) fn rows(body: Rect) -> usize {
    usize::from(list(body).height)
}

/// The result at a position.
pub(in crate::tui) fn row_at(palette: &PaletteUi, body: Rect, at: Position) -> Option<usize> {
    let list = list(body);
    let first = super::first_row(palette.selected, palette.found.len(), list.height);
    let row = list.contains(at).then(|| first + usize::from(at.y - list.y))?;
    (row < palette.found.len()).then_some(row)
}

pub(super) fn draw(palette: &PaletteUi, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let inside = super::window("Go to or do", theme, frame, place(body));
    let Some(input) = row(inside, 0) else { return };
    let count = match (palette.count, palette.found.len()) {
        (0, _) => "nothing found ".to_owned(),
        (all, shown) if all > shown => format!("best {shown} of {} ", figures::count(all)),
        (all, _) => format!("{} ", figures::count(all)),
    };
    let width = usize::from(input.width);
    let room = width.saturating_sub(columns(&count) + 4);
    let (shown, column) = super::line::visible(&palette.line, true, room);
    let gap = " ".repeat(room.saturating_sub(columns(&shown)) + 1);
    let mut line = vec![Span::styled(" > ", theme.accent)];
    if shown.is_empty() {
        line.push(Span::styled(pad(&truncate_width(HOW, room), room + 1).into_owned(), theme.dim));
    } else {
        line.extend([Span::raw(shown), Span::raw(gap)]);
    }
    line.push(Span::styled(count, theme.dim));
    frame.render_widget(Line::from(line), input);
    let x = (column + 3).min(width.saturating_sub(1));
    frame.set_cursor_position(Position::new(input.x + x as u16, input.y));

    let list = list(body);
    if palette.found.is_empty() {
        if let Some(rect) = row(list, 0) {
            let text = " No action, server, tool, resource or prompt has these letters in its name.";
            frame.render_widget(Line::styled(truncate_width(text, width).into_owned(), theme.dim), rect);
        }
        return;
    }
    let name = palette.found.iter().map(|found| columns(&found.label)).max().unwrap_or(0).min(NAME).min(width / 2);
    let at_place = palette.found.iter().map(|found| columns(&found.place)).max().unwrap_or(0).min(PLACE);
    let first = super::first_row(palette.selected, palette.found.len(), list.height);
    super::more_of(theme, frame, list, first, palette.found.len());
    for (at, found) in palette.found.iter().enumerate().skip(first) {
        let Some(rect) = row(list, at - first) else { break };
        let selected = at == palette.selected;
        let line = result(found, selected, (name, at_place), theme, usize::from(rect.width));
        frame.render_widget(if selected { line.style(theme.selected) } else { line }, rect);
    }
}

/// One row: what it is, its name, where it is, more about it; its key at the right.
fn result(
    found: &Found,
    selected: bool,
    (name, at_place): (usize, usize),
    theme: &Theme,
    width: usize,
) -> Line<'static> {
    // On the selected row everything is reversed: only weight still tells.
    let style = |style: Style| if selected { Style::new() } else { style };
    let lit = style(theme.accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
    let cursor = if selected { theme.symbols.cursor } else { " " };
    let mut spans = vec![Span::raw(cursor), Span::styled(pad(found.kind, KIND).into_owned(), style(theme.dim))];
    let (skipped, label) = shortened(&found.label, name);
    let mut run = String::new();
    let mut run_lit = false;
    for (at, c) in label.chars().enumerate() {
        // What stands for the skipped ones is none of them.
        let is_lit = (skipped == 0 || at > 0) && found.lit.binary_search(&(at + skipped.saturating_sub(1))).is_ok();
        if is_lit != run_lit && !run.is_empty() {
            spans.push(Span::styled(std::mem::take(&mut run), if run_lit { lit } else { Style::new() }));
        }
        run_lit = is_lit;
        run.push(c);
    }
    spans.push(Span::styled(run, if run_lit { lit } else { Style::new() }));
    spans.push(Span::raw(" ".repeat(name.saturating_sub(columns(&label)) + 2)));
    let keys: Vec<String> = found.keys.iter().map(|key| key.show(theme.symbols.arrows)).collect();
    let keys = keys.join(" ");
    let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
    let room = width.saturating_sub(used + columns(&keys) + 2);
    let glue = if found.place.is_empty() || found.detail.is_empty() { "" } else { "  " };
    // Descriptions stand below each other, as far as names of servers allow.
    let place = if glue.is_empty() { Cow::Borrowed(found.place.as_str()) } else { pad(&found.place, at_place) };
    let more = format!("{place}{glue}{}", found.detail);
    let more = truncate_width(&more, room).into_owned();
    let gap = " ".repeat(room.saturating_sub(columns(&more)) + 1);
    spans.push(Span::styled(more, style(theme.dim)));
    spans.push(Span::raw(gap));
    spans.push(Span::styled(format!("{keys} "), style(theme.accent)));
    Line::from(spans)
}

/// A name in so many columns, and how many of its characters are left out at the front: of an address the end tells most.
fn shortened(label: &str, cols: usize) -> (usize, Cow<'_, str>) {
    if columns(label) <= cols || !label.contains("://") || cols < 2 {
        return (0, truncate_width(label, cols));
    }
    let ends = label.char_indices().map(|(at, _)| &label[at..]).enumerate();
    match ends.into_iter().find(|(_, rest)| columns(rest) < cols) {
        Some((skipped, rest)) => (skipped, Cow::Owned(format!("…{rest}"))),
        None => (0, truncate_width(label, cols)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_end_is_kept() {
        assert_eq!(shortened("get-sum", 5), (0, "get-…".into()));
        assert_eq!(shortened("a://b/c", 7), (0, "a://b/c".into()));
        assert_eq!(shortened("demo://x/architecture.md", 16), (9, "…architecture.md".into()));
        assert_eq!(shortened("demo://x/日本", 4), (10, "…本".into()));
    }
}
