//! `view`: the screen of a state. Pure: it draws what it is given and remembers nothing. Panes first, windows on top.

mod arguments;
mod calls;
mod conversation;
mod editor;
mod field;
pub(super) mod help;
pub(super) mod inspector;
mod line;
pub(super) mod log;
pub(super) mod palette;
mod prompt;
pub(super) mod question;
mod quit;
mod reader;
mod recall;
mod resend;
mod room;
pub(super) mod status;
mod welcome;
mod work;

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

pub(super) use self::arguments::argument_at;
pub(super) use self::calls::call_at;
use super::action::Action;
use super::keymap::Context;
use super::layout::{Layout, inner};
use super::theme::Theme;
use super::ui::{Modal, Pane, Ui};
use crate::app::State;
use crate::model::text::{truncate_width, width as columns};
pub(super) use work::{frame_tab_at, tab_at as work_tab_at};

/// Columns that a pane's title has at least, where there are as many.
const TITLE: usize = 24;

/// Draws the screen.
pub fn view(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>) {
    // The size that the update knows is the one everything was laid out for.
    let layout = Layout::of(ui);
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    if let Some(rect) = layout.status {
        status::top(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.strip {
        status::strip(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.inspector {
        inspector::draw(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.conversation {
        conversation::draw(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.work {
        work::draw(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.log {
        log::draw(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.newest {
        log::newest(state, ui, theme, frame, rect);
    }
    if let Some(rect) = layout.hints {
        status::hints(state, ui, theme, frame, rect);
    }
    if ui.welcome && ui.modal.is_none() && ui.questions.open.is_none() {
        welcome::draw(state, ui, theme, frame, layout.body);
    }
    question::draw(state, ui, theme, frame);
    match &ui.modal {
        Some(Modal::Help { scroll }) => help::draw(state, ui, *scroll, theme, frame, layout.body),
        Some(Modal::Recall(recall)) => recall::draw(recall, state, ui, theme, frame, layout.body),
        Some(Modal::Earlier(earlier)) => calls::choose(*earlier, state, ui, theme, frame, layout.body),
        Some(Modal::Quit) => quit::draw(state, ui, None, theme, frame, layout.body),
        Some(Modal::Restart(server)) => quit::draw(state, ui, Some(*server), theme, frame, layout.body),
        Some(Modal::Palette(palette)) => palette::draw(palette, theme, frame, layout.body),
        Some(Modal::Prompt(prompt)) => {
            let screen = Rect::new(0, 0, ui.size.width, ui.size.height);
            prompt::draw(prompt, ui, theme, frame, screen);
        }
        None => {}
    }
    if theme.look.ascii {
        for cell in &mut frame.buffer_mut().content {
            if let Some(plain) = Theme::plain_character(cell.symbol()) {
                cell.set_symbol(plain);
            }
        }
    }
}

/// The first of `len` rows in view, so that the selected one is. The selection is kept off the edges.
pub(super) fn first_row(selected: usize, len: usize, height: u16) -> usize {
    let height = usize::from(height).max(1);
    selected.saturating_sub(height * 2 / 3).min(len.saturating_sub(height))
}

/// A pane's border with its titles; returns the room inside.
fn pane(ui: &Ui, which: Pane, titles: (&str, &str), theme: &Theme, frame: &mut Frame<'_>, rect: Rect) -> Rect {
    let inside = inner(rect);
    if inside == rect {
        return rect;
    }
    let focused = ui.pane() == which && ui.modal.is_none() && ui.questions.open.is_none();
    let (set, style) = if focused { (theme.border_focus, theme.accent) } else { (theme.border, theme.dim) };
    let room = usize::from(rect.width).saturating_sub(4);
    // What a pane is called gives way to what has to be known about it.
    let for_right = if titles.1.is_empty() { 0 } else { columns(titles.1) + 5 };
    let for_left = room.saturating_sub(2).min(room.saturating_sub(for_right).max(TITLE));
    let left = truncate_width(titles.0, for_left);
    let right = truncate_width(titles.1, room.saturating_sub(columns(&left) + 5));
    let title_style = if focused { theme.title } else { theme.dim };
    let mut block = Block::bordered()
        .border_set(set)
        .border_style(style)
        .title_top(Line::from(Span::styled(format!(" {left} "), title_style)));
    if columns(&right) > 3 {
        // Not in the colour of the border, which is hard to read dimmed.
        let style = Style::reset().patch(theme.base).patch(theme.dim);
        let right = Line::from(Span::styled(format!(" {right} "), style)).alignment(Alignment::Right);
        block = block.title_top(right);
    }
    frame.render_widget(block, rect);
    inside
}

/// Marks on the border to the right of rows that there are more of them above or below.
fn more(theme: &Theme, frame: &mut Frame<'_>, rows: Rect, above: bool, below: bool) {
    let last = rows.bottom().saturating_sub(1);
    for (there, symbol, y) in [(above, theme.symbols.ascending, rows.y), (below, theme.symbols.descending, last)] {
        if there
            && rows.height > 0
            && let Some(cell) = frame.buffer_mut().cell_mut((rows.right(), y))
        {
            cell.set_symbol(symbol);
        }
    }
}

/// The same for a list of `len` rows of which `first` is the first in view.
fn more_of(theme: &Theme, frame: &mut Frame<'_>, rows: Rect, first: usize, len: usize) {
    more(theme, frame, rows, first > 0, len.saturating_sub(first) > usize::from(rows.height));
}

/// Lines of a page; whatever is wider than there is room ends in a mark.
fn put(lines: Vec<Line<'_>>, frame: &mut Frame<'_>, rect: Rect) {
    let cut = lines.iter().enumerate().filter(|(_, line)| line.width() > usize::from(rect.width));
    let cut: Vec<usize> = cut.map(|(at, _)| at).collect();
    frame.render_widget(Paragraph::new(lines), rect);
    for at in cut {
        if let Some(row) = row(rect, at).filter(|row| row.width > 0)
            && let Some(cell) = frame.buffer_mut().cell_mut((row.right() - 1, row.y))
        {
            cell.set_symbol("…");
        }
    }
}

/// The row that the cursor is on: of one colour, or reversed ones would make patches of it; weight still tells.
fn chosen<'a>(line: Line<'a>, theme: &Theme) -> Line<'a> {
    let plain = |span: Span<'a>| {
        let kept = span.style.add_modifier - Modifier::DIM;
        Span::styled(span.content, Style::new().add_modifier(kept))
    };
    line.spans.into_iter().map(plain).collect::<Line<'a>>().style(theme.selected)
}

/// One row of a rectangle.
fn row(rect: Rect, at: usize) -> Option<Rect> {
    let at = u16::try_from(at).ok().filter(|at| *at < rect.height)?;
    Some(Rect { y: rect.y + at, height: 1, ..rect })
}

/// Keys and what they do, at the foot of a window.
fn keys_of(ui: &Ui, context: Context, actions: &[(Action, &'static str)], theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    for (action, does) in actions {
        if let Some(key) = ui.keymap.key_of(context, *action) {
            spans.push(Span::styled(key.show(theme.symbols.arrows), theme.accent));
            spans.push(Span::raw(format!(" {does}   ")));
        }
    }
    Line::from(spans)
}

/// A rectangle in the middle of another.
fn centered(body: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(body.width);
    let height = height.min(body.height);
    Rect::new(body.x + (body.width - width) / 2, body.y + (body.height - height) / 2, width, height)
}

/// A window on top, cleared, with a border; returns the room inside.
fn window(title: &str, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) -> Rect {
    room::clear(theme, frame, rect);
    let inside = inner(rect);
    if inside != rect {
        let block = Block::bordered()
            .border_set(theme.border_focus)
            .border_style(theme.accent)
            .title_top(Line::from(Span::styled(format!(" {title} "), theme.title)));
        frame.render_widget(block, rect);
    }
    inside
}
