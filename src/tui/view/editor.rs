//! The editor of arguments: what is wanted, the text, what is wrong with it.
//!
//! The text is drawn here and not by the editor's own widget: a template holds defaults from the server, and foreign
//! text is escaped before a terminal sees it.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_textarea::TextArea;

use super::row;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::json::RawJson;
use crate::model::text::{escape_line, width as columns};
use crate::tui::editor::{Check, Editor};
use crate::tui::keymap::Context;
use crate::tui::page::{clip, outline_lines, wrapped};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Problems that are listed.
const PROBLEMS: usize = 6;

pub(super) fn draw(state: &State, editor: &Editor, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let width = usize::from(rect.width.saturating_sub(2));
    let mut rest = Rect { x: rect.x + rect.width.min(1), width: rect.width.saturating_sub(2), ..rect };
    let mut problems = problems(editor, theme, width);
    let typed = RawJson::parse(editor.text()).ok();
    problems.extend(typed.iter().flat_map(|typed| super::arguments::denied(state, editor, typed, theme, width)));
    let below = u16::try_from(problems.len()).unwrap_or(u16::MAX).min(rest.height / 2);
    rest.height -= below;
    let bottom = Rect { y: rest.y + rest.height, height: below, ..rest };
    frame.render_widget(Paragraph::new(problems), bottom);

    let wanted = outline_lines(&editor.outline, theme, width, rest.height > 14);
    let above = u16::try_from(wanted.len()).unwrap_or(u16::MAX).min(rest.height.saturating_sub(6) / 2);
    if above > 0 {
        let mut wanted = wanted;
        if wanted.len() > usize::from(above) {
            wanted.truncate(usize::from(above) - 1);
            wanted.push(Line::styled("  … more: see the detail (Esc, then Enter returns here)", theme.dim));
        }
        frame.render_widget(Paragraph::new(wanted), Rect { height: above, ..rest });
        rest.y += above;
        rest.height -= above;
    }
    let title = match (editor.one_line(), editor.outline.is_empty()) {
        (true, _) => "URI: put values in the place of the {variables}",
        (false, true) => "it takes no arguments",
        (false, false) => "arguments, sent exactly as typed",
    };
    if rest.height > 2
        && let Some(first) = row(rest, 0)
    {
        frame.render_widget(Line::styled(clip(title, width), theme.dim), first);
        rest.y += 1;
        rest.height -= 1;
    }
    let has_focus = ui.focus() == Context::Editor;
    text(&editor.area, has_focus, theme, frame, rest);
}

/// The lines around the cursor, with line numbers where there are several. A line that is too long goes on in the rows
/// below, so that all of it can be read; what has no number there is still the line above.
pub(super) fn text(area: &TextArea<'_>, has_focus: bool, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let lines = area.lines();
    let cursor = area.cursor();
    let (cursor_line, cursor_column) = (cursor.0, cursor.1);
    let gutter = if lines.len() > 1 { lines.len().to_string().len() + 2 } else { 1 };
    let cols = usize::from(rect.width).saturating_sub(gutter).max(1);
    let height = usize::from(rect.height).max(1);
    // Escaping can make a line longer; the cursor stands behind the escaped text before it.
    let line = lines.get(cursor_line).map_or("", String::as_str);
    let byte = line.char_indices().nth(cursor_column).map_or(line.len(), |(at, _)| at);
    let before = escape_line(&line[..byte]).len();
    let escaped = escape_line(line);
    let rows = broken(&escaped, cols);
    let cursor_row = rows.iter().rposition(|row| row.start <= before).unwrap_or(0);
    let column = escaped.get(rows[cursor_row].start..before).map_or(0, columns);
    // As few lines above the cursor as have room, whole; of its own line not the first rows, where that is taller.
    let (mut first, mut above) = (cursor_line, cursor_row);
    while first > 0 && above < height {
        first -= 1;
        above += broken(&escape_line(&lines[first]), cols).len();
    }
    let skip = (above + 1).saturating_sub(height);
    let mut shown = Vec::new();
    let mut more = false;
    'lines: for (at, line) in lines.iter().enumerate().skip(first) {
        let line = escape_line(line);
        for (nth, row) in broken(&line, cols).into_iter().enumerate() {
            if shown.len() >= skip + height {
                more = true;
                break 'lines;
            }
            let number =
                if nth == 0 && lines.len() > 1 { format!("{:>1$} ", at + 1, gutter - 1) } else { " ".repeat(gutter) };
            shown.push(Line::from(vec![Span::styled(number, theme.dim), Span::raw(line[row].to_owned())]));
        }
    }
    let hidden = first > 0 || skip > 0;
    let shown: Vec<Line<'_>> = shown.into_iter().skip(skip).collect();
    frame.render_widget(Paragraph::new(shown), rect);
    super::more(theme, frame, Rect { width: rect.width + 1, ..rect }, hidden, more);
    let (x, y) = (gutter + column, above - skip);
    if has_focus && x < usize::from(rect.width) && y < usize::from(rect.height) {
        frame.set_cursor_position(Position::new(rect.x + x as u16, rect.y + y as u16));
    }
}

/// The rows of an escaped line, each of at most `cols` columns; one more for a cursor at the end of a full one.
pub(super) fn broken(text: &str, cols: usize) -> Vec<Range<usize>> {
    use unicode_segmentation::UnicodeSegmentation as _;
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    // Plain text, as most is, is not looked at letter by letter.
    if text.is_ascii() {
        while text.len() - start >= cols {
            rows.push(start..start + cols);
            start += cols;
        }
    } else {
        for (at, cluster) in text.grapheme_indices(true) {
            let wide = columns(cluster);
            if used + wide > cols && at > start {
                rows.push(start..at);
                (start, used) = (at, 0);
            }
            used += wide;
        }
        if used >= cols {
            rows.push(start..text.len());
            start = text.len();
        }
    }
    rows.push(start..text.len());
    rows
}

/// What is wrong, in plain words.
fn problems(editor: &Editor, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let symbols = theme.symbols;
    match &editor.check {
        Check::Fits if editor.item.kind != ListKind::Tools => {
            vec![Line::styled(format!("{} complete", symbols.ok), theme.good)]
        }
        Check::Fits => vec![Line::styled(format!("{} fits the schema", symbols.ok), theme.good)],
        Check::Unchecked(why) => {
            let text = format!("{} not checked: {why}", symbols.idle);
            wrapped(text, theme.warn, width, 0).take(3).collect()
        }
        Check::Unusable(why) => {
            let text = format!("{} {why}", symbols.down);
            wrapped(text, theme.bad, width, 0).take(3).collect()
        }
        Check::Violates(violations) => {
            let mut out: Vec<Line<'static>> = violations
                .iter()
                .take(PROBLEMS)
                .map(|violation| {
                    let path = clip(&violation.path, width / 3);
                    let room = width.saturating_sub(columns(&path) + 4);
                    Line::from(vec![
                        Span::styled(format!("{} ", symbols.down), theme.bad),
                        Span::styled(path, theme.json_key),
                        Span::raw(format!("  {}", clip(&violation.message, room))),
                    ])
                })
                .collect();
            if violations.len() > PROBLEMS {
                let more = violations.len() - PROBLEMS;
                out.push(Line::styled(format!("  and {more} more"), theme.dim));
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_in_as_many_rows_as_it_needs() {
        let rows =
            |text: &str, cols| broken(text, cols).into_iter().map(|row| text[row].to_owned()).collect::<Vec<_>>();
        assert_eq!(rows("", 4), [""]);
        assert_eq!(rows("abc", 4), ["abc"]);
        // The cursor at its end has a place.
        assert_eq!(rows("abcd", 4), ["abcd", ""]);
        assert_eq!(rows("abcdefghi", 4), ["abcd", "efgh", "i"]);
        assert_eq!(rows("日本語", 4), ["日本", "語"]);
        assert_eq!(rows("a日本語", 4), ["a日", "本語", ""]);
        assert_eq!(rows("日本", 1), ["日", "本", ""]);
    }
}
