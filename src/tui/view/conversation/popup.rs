//! The list of what can follow, above the message.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::app::State;
use crate::model::text::{pad, width as columns};
use crate::tui::layout::{ConversationLayout, inner};
use crate::tui::page::clip;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::update::popup_of;
use crate::tui::view::{first_row, room};

/// Rows of candidates that are shown at once.
const ROWS: u16 = 16;

pub(super) fn draw(
    state: &State,
    ui: &Ui,
    theme: &Theme,
    frame: &mut Frame<'_>,
    rect: Rect,
    parts: ConversationLayout,
) {
    let Some(popup) = popup_of(ui, state) else { return };
    let above = parts.composer.y.saturating_sub(inner(rect).y);
    let count = u16::try_from(popup.candidates.len()).unwrap_or(u16::MAX);
    let height = count.min(ROWS).saturating_add(2).min(above);
    if height < 3 {
        return;
    }
    let rect = Rect { x: parts.composer.x, y: parts.composer.y - height, width: parts.composer.width, height };
    room::clear(theme, frame, rect);
    let inside = inner(rect);
    if inside != rect {
        frame.render_widget(Block::bordered().border_set(theme.border).border_style(theme.dim), rect);
    }
    let mut list = inside;
    let shown = |list: Rect| {
        let first = first_row(popup.pick, popup.candidates.len(), list.height);
        popup.candidates.iter().enumerate().skip(first).take(usize::from(list.height))
    };
    let width = usize::from(inside.width);
    let longest = |list: Rect| shown(list).map(|(_, candidate)| columns(&candidate.text)).max().unwrap_or(0);
    let room = |list: Rect| width.saturating_sub(longest(list).min(width * 3 / 5) + 4);
    // Where the list cuts what something is, the chosen one's is below it in full.
    if list.height > 3 && shown(list).any(|(_, candidate)| columns(&candidate.about) > room(list)) {
        list.height -= 1;
        let about = popup.candidates.get(popup.pick).map(|candidate| clip(&candidate.about, width.saturating_sub(1)));
        let rect = Rect { y: list.bottom(), height: 1, ..list };
        frame.render_widget(Line::styled(format!(" {}", about.unwrap_or_default()), theme.title), rect);
    }
    let (names, room) = (longest(list).min(width * 3 / 5), room(list));
    for (row, (at, candidate)) in shown(list).enumerate() {
        let rect = Rect { y: list.y + u16::try_from(row).unwrap_or(u16::MAX), height: 1, ..list };
        let chosen = at == popup.pick;
        let mark = if chosen { theme.symbols.cursor } else { " " };
        let line = Line::from(vec![
            Span::styled(mark, theme.accent),
            Span::raw(pad(&clip(&candidate.text, names), names).into_owned()),
            Span::raw("  "),
            Span::styled(pad(&clip(&candidate.about, room), room).into_owned(), theme.dim),
        ]);
        frame.render_widget(if chosen { crate::tui::view::chosen(line, theme) } else { line }, rect);
    }
}
