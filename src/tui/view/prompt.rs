//! The line at the bottom of the screen: what is asked for above, what is typed below.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::serverlog::LogLevel;
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::outcome::Content;
use crate::tui::page::{clip, wrapped};
use crate::tui::prompt::{Prompt, Purpose, Refusal};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// How much there is to save.
fn amount(content: &Content) -> String {
    match content {
        Content::Bytes(bytes) => figures::size(bytes.len() as u64),
        Content::Frames(frames) => format!("{}, as lines of a journal", figures::counted(frames.len(), "frame")),
    }
}

/// Rows of what is asked, where there are so many columns for it.
const HEAD: usize = 4;
const NARROW: usize = 24;

pub(super) fn draw(prompt: &Prompt, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, screen: Rect) {
    let width = usize::from(screen.width);
    let key = |action| ui.keymap.key_of(Context::Prompt, action).map(|key| key.show(theme.symbols.arrows));
    let keys = |actions: &[(Action, &str)]| {
        let named = actions.iter().filter_map(|(action, does)| Some(format!("{} {does}", key(*action)?)));
        named.collect::<Vec<_>>().join("   ")
    };
    let asked = match &prompt.purpose {
        Purpose::Roots(_) => "Roots: full paths, apart by commas".to_owned(),
        Purpose::LogLevel(_) => {
            let words = LogLevel::ALL.map(LogLevel::word).join(" ");
            format!("Level asked of the server: {words}; nothing asks for none")
        }
        Purpose::Save(save) => format!("Save {} ({})", save.what, amount(&save.content)),
        Purpose::NameFilter(_) => "Save the filter under this name".to_owned(),
        Purpose::Preset { item, .. } => format!("Keep these arguments of {} under the name", clip(&item.item, 40)),
    };
    let tells = matches!(prompt.purpose, Purpose::Roots(_) | Purpose::LogLevel(_));
    let does = if tells { "tell it" } else { "save" };
    let (style, head, keys) = match &prompt.refused {
        None if matches!(prompt.purpose, Purpose::Roots(_)) => {
            let told = [(Action::Accept, does), (Action::Replace, "tell all"), (Action::Close, "back")];
            (theme.title, asked, keys(&told))
        }
        None => (theme.title, asked, keys(&[(Action::Accept, does), (Action::Close, "back")])),
        Some(Refusal::Exists) => {
            let keys = keys(&[(Action::Replace, "replace it"), (Action::Close, "back")]);
            (theme.warn, "this file is there already".to_owned(), keys)
        }
        // Bold, too: dark red behind thin letters is hard to read.
        Some(Refusal::Because(why)) => (theme.bad.patch(theme.title), why.clone(), keys(&[(Action::Close, "back")])),
    };
    // What is asked, in as many rows as that takes; the keys beside the first.
    let room = width.saturating_sub(columns(&keys) + 4);
    let mut rows: Vec<Line<'static>> = wrapped(&head, Style::new(), room, 1).take(HEAD + 1).collect();
    if room < NARROW || rows.len() > HEAD {
        rows = vec![Line::raw(format!(" {}", clip(&head, room)))];
    }
    let head = rows;
    let height = screen.height.min(1 + u16::try_from(head.len()).unwrap_or(1));
    let rect = Rect { y: screen.y + screen.height - height, height, ..screen };
    super::room::clear(theme, frame, rect);
    for (at, mut line) in head.into_iter().enumerate().take(usize::from(height.saturating_sub(1))) {
        let keys = if at == 0 { keys.as_str() } else { "" };
        let gap = " ".repeat(width.saturating_sub(line.width() + columns(keys) + 1));
        line.spans.push(Span::raw(format!("{gap}{keys} ")));
        let rect = Rect { y: rect.y + at as u16, height: 1, ..rect };
        frame.render_widget(line.style(style.patch(theme.selected)), rect);
    }
    let row = Rect { y: rect.y + height.saturating_sub(1), height: height.min(1), ..rect };
    let (shown, column) = super::line::visible(&prompt.line, true, width.saturating_sub(3));
    frame.render_widget(Line::from(vec![Span::styled(" > ", theme.accent), Span::raw(shown)]), row);
    let x = (column + 3).min(width.saturating_sub(1));
    frame.set_cursor_position(Position::new(row.x + x as u16, row.y));
}
