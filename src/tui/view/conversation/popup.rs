//! The list of what can follow, above the message.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::app::State;
use crate::model::text::{pad, width as columns};
use crate::tui::layout::{ConversationLayout, inner};
use crate::tui::page::{clip, wrapped};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};
use crate::tui::update::popup_of;
use crate::tui::view::{first_row, room};

/// Rows of candidates that are shown at once.
const ROWS: u16 = 16;
/// Rows of what the chosen one is, below them.
const ABOUT: usize = 2;

pub(super) fn draw(
    state: &State,
    ui: &Ui,
    theme: &Theme,
    frame: &mut Frame<'_>,
    rect: Rect,
    parts: ConversationLayout,
) {
    // It is for the next key: while the keys go elsewhere it would only be in the way.
    let Some(popup) = popup_of(ui, state).filter(|_| ui.pane() == Pane::Conversation) else { return };
    let above = parts.composer.y.saturating_sub(inner(rect).y);
    let count = u16::try_from(popup.candidates.len()).unwrap_or(u16::MAX);
    let width = usize::from(parts.composer.width.saturating_sub(2));
    let longest = popup.candidates.iter().map(|candidate| columns(&candidate.text)).max().unwrap_or(0);
    let names = longest.min(width * 3 / 5);
    let room_about = width.saturating_sub(names + 4);
    // Where the list cuts what something is, the chosen one's is below it in full.
    let cut = popup.candidates.iter().any(|candidate| columns(&candidate.about) > room_about);
    let about = popup.candidates.get(popup.pick).map(|candidate| candidate.about.as_str()).filter(|_| cut);
    let about: Vec<_> =
        about.map(|about| wrapped(about, theme.title, width, 1).take(ABOUT).collect()).unwrap_or_default();
    let extra = u16::try_from(about.len()).unwrap_or(0);
    let height = count.min(ROWS).saturating_add(2 + extra).min(above);
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
    if list.height >= extra + count.min(3) {
        list.height -= extra;
        for (at, line) in (0..).zip(about) {
            frame.render_widget(line, Rect { y: list.bottom() + at, height: 1, ..list });
        }
    }
    let room = room_about;
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
