//! The window of earlier arguments: presets by their name, calls by when they were.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::row;
use crate::app::State;
use crate::model::id::Moment;
use crate::model::json::compact;
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, wrapped};
use crate::tui::recall::{Past, Recall};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Wider windows are harder to read.
const WIDTH: u16 = 100;

pub(super) fn draw(recall: &Recall, state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let rows = recall.rows(&ui.kept);
    let wanted = u16::try_from(rows.len().max(3)).unwrap_or(u16::MAX).saturating_add(5);
    let rect = super::centered(body, WIDTH, wanted);
    let title = format!("Earlier arguments of {}", clip(&recall.item.item, 60));
    let inside = super::window(&title, theme, frame, rect);
    let mut rest = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let cols = usize::from(rest.width);
    if let Some(line) = row(rest, 0) {
        let (text, column) = super::line::visible(&recall.filter, true, cols.saturating_sub(3));
        frame.render_widget(Line::from(vec![Span::styled("/ ", theme.accent), Span::raw(text)]), line);
        frame.set_cursor_position(Position::new(line.x + 2 + column as u16, line.y));
    }
    let foot = u16::from(rest.height > 3);
    if let Some(line) = row(rest, usize::from(rest.height.saturating_sub(1))).filter(|_| foot > 0) {
        let keys = [
            (Action::Accept, "take"),
            (Action::Save, "save what is typed as…"),
            (Action::RemoveElement, "forget"),
            (Action::Close, "back"),
        ];
        // Where there is nothing to take, only this means something.
        let keys =
            keys.into_iter().filter(|(action, _)| !rows.is_empty() || matches!(action, Action::Save | Action::Close));
        frame.render_widget(super::keys_of(ui, Context::Recall, &keys.collect::<Vec<_>>(), theme), line);
    }
    let head = rest.height.min(1);
    rest = Rect { y: rest.y + head, height: rest.height.saturating_sub(head + foot), ..rest };
    if rows.is_empty() {
        let text = if recall.filter.text().is_empty() {
            "Nothing yet: what you send is remembered here, but for what looks like a secret."
        } else {
            "Nothing fits what is typed."
        };
        frame.render_widget(Paragraph::new(wrapped(text, theme.dim, cols, 0).collect::<Vec<_>>()), rest);
        return;
    }
    let selected = recall.selected.min(rows.len() - 1);
    let first = super::first_row(selected, rows.len(), rest.height);
    let names: Vec<String> = rows.iter().map(|past| name(past, ui.now(state))).collect();
    let wide = names.iter().map(|name| columns(name)).max().unwrap_or(0).min(cols / 3);
    for (at, past) in rows.iter().enumerate().skip(first).take(usize::from(rest.height)) {
        let Some(line) = row(rest, at - first) else { break };
        let here = at == selected;
        let style = if matches!(past, Past::Preset(_)) { theme.title } else { theme.dim };
        let text = compact(past.text(), cols);
        let spans = vec![
            Span::styled(if here { theme.symbols.cursor } else { " " }, theme.accent),
            Span::styled(format!(" {}  ", pad(&clip(&names[at], wide), wide)), style),
            Span::raw(clip(&text, cols.saturating_sub(wide + 4))),
        ];
        let spans = Line::from(spans);
        frame.render_widget(if here { super::chosen(spans, theme) } else { spans }, line);
    }
}

fn name(past: &Past<'_>, now: Moment) -> String {
    match past {
        Past::Preset(preset) => clip(&preset.name, 40),
        Past::Call(call) => figures::ago(now.micros_since(Moment(call.at))),
    }
}
