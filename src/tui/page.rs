//! What the work pane says, as lines: [`lines`]. Made as they are asked for, so that a huge frame costs what is in
//! view, not what it weighs. Every foreign text is escaped in `page/flow.rs` or `page/json.rs`.

mod call;
mod config;
mod flow;
mod folder;
mod frame;
mod hex;
mod item;
mod json;
mod lit;
pub(super) mod logging;
pub(super) mod message;
mod result;
mod server;
pub(super) mod task;

use ratatui::text::Line;

pub(super) use call::frames as frames_of_call;
pub(super) use flow::{clip, foreign, wrap, wrapped};
pub(super) use frame::{NOT_AT_HAND, head as frame_head, shape, summary};
pub(super) use item::outline_lines;
pub(super) use json::lines as json_lines;
pub(super) use lit::{excerpt, has_text, light};
pub(super) use message::lines as message_lines;
pub(super) use result::{gauge, head as result_head};

use super::figures;
use super::layout::Layout;
use super::theme::Theme;
use super::ui::{ListRow, Tab, Ui, WorkTab, Zone};
use crate::app::State;
use crate::model::session::Session;

/// Lines made one by one.
pub(super) type Lines<'a> = Box<dyn Iterator<Item = Line<'static>> + 'a>;

/// What the work pane shows: the open frame, the selected item or its last call, or the selected server. The
/// editor is drawn, not paged.
pub(super) fn lines<'a>(state: &'a State, ui: &'a Ui, theme: &'a Theme, width: u16) -> Lines<'a> {
    let width = usize::from(width.max(1));
    if let Some(open) = &ui.work.frame {
        return frame::lines(state, ui, open, theme, width);
    }
    if let Some(call) = ui.shown_call(state).filter(|_| ui.work.tab == WorkTab::Result) {
        return result::waiting(state, ui, call, theme, width);
    }
    match ui.item(state) {
        Some((.., item)) if ui.work.raw => json::lines(item.raw().as_str(), theme, width),
        _ => selected(state, ui, theme, width),
    }
}

/// What is selected in the inspector: an item, a task, a message, or a server.
pub(super) fn selected<'a>(state: &'a State, ui: &'a Ui, theme: &'a Theme, width: usize) -> Lines<'a> {
    if let Some((session, kind, item)) = ui.item(state) {
        return item::lines(state, ui, session, kind, item, theme, width);
    }
    let Some(session) = ui.session(state) else {
        return Box::new(wrapped(NO_SERVERS.to_owned(), theme.dim, width, 0));
    };
    if ui.inspector.zone != Zone::Items {
        return server::lines(state, ui, session, theme, width);
    }
    if let Some((session, _, ListRow::Folder(folder))) = ui.row(state) {
        return folder::lines(session, (folder.path, folder.items), theme, width);
    }
    if let Some((session, task)) = ui.task(state) {
        return task::lines(state, ui, session, task, theme, width);
    }
    match ui.logging(state) {
        // Without a message there is only why there is none, which the list says.
        Some((session, own)) if !session.messages.is_empty() => logging::lines(state, ui, session, own, theme, width),
        _ => of_server(state, ui, session, theme, width),
    }
}

/// The open page of a server; what it is where a list is open.
pub(super) fn of_server<'a>(
    state: &'a State,
    ui: &'a Ui,
    session: &'a Session,
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    match ui.tab(session.id) {
        Tab::Stderr => server::stderr(session, theme, width),
        Tab::Config => config::lines(ui, session, theme, width),
        Tab::List(_) | Tab::Tasks | Tab::Logging | Tab::Info => server::lines(state, ui, session, theme, width),
    }
}

/// Whether the work pane stands beside the inspector and has the very page that is open there.
pub(super) fn is_beside(state: &State, ui: &Ui) -> bool {
    let Some(session) = ui.session(state) else { return false };
    let tab = ui.tab(session.id);
    let work = &ui.work;
    let covered = work.frame.is_some() || work.editor.is_some() || work.resend.is_some() || ui.result.in_view;
    let same = tab.is_page() && (ui.inspector.zone == Zone::Items || tab == Tab::Info);
    let layout = Layout::of(ui);
    same && !covered && work.tab != WorkTab::Calls && layout.inspector.is_some() && layout.work.is_some()
}

const NO_SERVERS: &str = "There is no server in this run. Name one on the command line, for example\n\n    mcp-tui -- my-server --its-flags\n    mcp-tui https://example.com/mcp\n\nor keep it:\n\n    mcp-tui servers add NAME -- my-server";

/// Columns of the name of a fact.
const FACT: usize = 11;
/// Lines of one fact.
const FACT_LINES: usize = 20;

/// The scroll position `by` lines on from `at`, with `height` lines in view and the end as the limit.
pub(super) fn scrolled<'a>(at: usize, by: i64, height: usize, lines: impl Fn() -> Lines<'a>) -> usize {
    match by {
        i64::MIN => 0,
        i64::MAX => lines().count().saturating_sub(height),
        by if by < 0 => at.saturating_sub(usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX)),
        by => {
            let wanted = at.saturating_add(usize::try_from(by).unwrap_or(usize::MAX));
            // Only as far as it matters: the rest of a huge text is not laid out to know its length.
            let have = lines().take(wanted.saturating_add(height)).count();
            wanted.min(have.saturating_sub(height))
        }
    }
}

/// A fact with its name in front.
pub(super) fn fact(name: &'static str, value: Vec<ratatui::text::Span<'static>>, theme: &Theme) -> Line<'static> {
    let mut spans = vec![ratatui::text::Span::styled(format!("{name:<FACT$}"), theme.dim)];
    spans.extend(value);
    Line::from(spans)
}

/// A fact with its name in front, in as many lines as it takes.
pub(super) fn whole_fact(name: &'static str, text: String, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let style = ratatui::style::Style::new();
    let rows = wrapped(text, style, width.saturating_sub(FACT), 0).take(FACT_LINES);
    let each = rows.enumerate().map(|(at, row)| fact(if at == 0 { name } else { "" }, row.spans, theme));
    each.collect()
}

/// A heading over a part of a page.
pub(super) fn heading(text: &str, theme: &Theme, width: usize) -> Line<'static> {
    let rule = theme.symbols.rule.repeat(width.saturating_sub(text.chars().count() + 1));
    Line::from(vec![
        ratatui::text::Span::styled(format!("{text} "), theme.title),
        ratatui::text::Span::styled(rule, theme.dim),
    ])
}

fn elapsed(call: &crate::model::call::Call, ui: &Ui, state: &State) -> String {
    let end = call.ended.unwrap_or_else(|| ui.now(state));
    figures::duration(end.micros_since(call.started))
}
