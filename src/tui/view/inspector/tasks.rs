//! The tasks of a server: where each stands, what was called, how long ago, what the server says of it.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::model::session::Session;
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::InspectorLayout;
use crate::tui::page::{clip, task};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui, Zone};
use crate::tui::view::{first_row, more_of, row};

pub(super) fn draw(
    state: &State,
    session: &Session,
    ui: &Ui,
    theme: &Theme,
    frame: &mut Frame<'_>,
    parts: InspectorLayout,
) {
    let all: Vec<_> = state.tasks_of(session).collect();
    let width = usize::from(parts.items.width);
    let key = |action| ui.keymap.key_of(Context::Inspector, action).map(|key| key.show(theme.symbols.arrows));
    let refresh = key(Action::Refresh).unwrap_or_default();
    if all.is_empty() {
        let said = if session.negotiated.is_none() {
            "No task of this server is known.".to_owned()
        } else if session.has_tasks() {
            format!("No task is known. A call that the server turns into one stands here; {refresh} asks the server.")
        } else {
            "This server does not say that it has tasks.".to_owned()
        };
        for (at, line) in crate::tui::page::wrap(&said, width.saturating_sub(4)).into_iter().enumerate() {
            if let Some(rect) = row(parts.items, at) {
                frame.render_widget(Line::styled(format!("  {line}"), theme.dim), rect);
            }
        }
        return;
    }
    let open = all.iter().filter(|task| !task.status.is_final() && task.lost.is_none()).count();
    let said = format!(" {open} open of {} {} {refresh} asks where they stand", all.len(), theme.symbols.dot);
    frame.render_widget(Line::styled(clip(&said, width), theme.dim), parts.filter);
    let selected = ui.inspector.tasks.get(&session.id).copied().unwrap_or(0).min(all.len() - 1);
    let first = first_row(selected, all.len(), parts.items.height);
    more_of(theme, frame, parts.items, first, all.len());
    let tools =
        all.iter().map(|one| columns(&clip(task::tool(one), 30))).max().unwrap_or(0).clamp(4, (width / 3).max(4));
    let ages: Vec<String> = all.iter().map(|one| task::age(state, ui, one)).collect();
    let aged = ages.iter().map(|age| columns(age)).max().unwrap_or(0);
    let words = all.iter().map(|one| task::standing(one, theme).2.len()).max().unwrap_or(0);
    for (at, one) in all.iter().enumerate().skip(first).take(usize::from(parts.items.height)) {
        let Some(rect) = row(parts.items, at - first) else { break };
        let chosen = at == selected && ui.inspector.zone == Zone::Items;
        let (symbol, style, word) = task::standing(one, theme);
        let mark = if chosen { theme.symbols.cursor } else { " " };
        let age = &ages[at];
        // The mark, the symbol and the gaps; a blank before the border.
        let room = width.saturating_sub(tools + words + aged + 10);
        let said = one.lost.as_deref().or(one.message.as_deref()).unwrap_or(&one.id);
        let said = if said.is_empty() { one.id.as_str() } else { said };
        let mut line = Line::from(vec![
            Span::styled(mark, theme.accent),
            Span::styled(format!("{symbol} {word:<words$}  "), style),
            Span::raw(pad(&clip(task::tool(one), tools), tools).into_owned()),
            Span::styled(format!("  {age:>aged$}  "), theme.dim),
            Span::styled(clip(said, room), if chosen { Style::new() } else { theme.dim }),
        ]);
        if chosen && ui.pane() == Pane::Inspector {
            line = crate::tui::view::chosen(line, theme);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}
