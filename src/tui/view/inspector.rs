//! The inspector: servers, the tabs of the selected one, and the items of the open list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{first_row, row};
use crate::app::State;
use crate::model::server::Launch;
use crate::model::session::{ListState, Session, Status};
use crate::model::text::{pad, truncate_width, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::layout::{InspectorLayout, Layout, inner};
use crate::tui::page::{self, clip};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, ServerRow, Tab, Ui, Zone};

mod badge;
mod list;
mod logging;
mod tabs;
mod tasks;

pub(in crate::tui) use tabs::{height as tabs_height, tab_at};

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    super::pane(ui, Pane::Inspector, ("Inspector", ""), theme, frame, rect);
    let parts = InspectorLayout::of(state, ui, rect);
    let Some(session) = ui.session(state) else {
        let rect = inner(rect);
        let rect = Rect { x: rect.x + 1, width: rect.width.saturating_sub(2), ..rect };
        let width = usize::from(rect.width);
        let beside = Layout::of(ui).work.is_some();
        let lines = if beside {
            Box::new(page::wrapped("There is no server in this run.", theme.dim, width, 0))
        } else {
            page::selected(state, ui, theme, width)
        };
        super::put(lines.take(usize::from(rect.height)).collect(), frame, rect);
        return;
    };
    servers(state, ui, theme, frame, parts.servers);
    let lines = tabs::lines(state, session, ui, theme, parts.tabs.as_size());
    frame.render_widget(Paragraph::new(lines.into_iter().map(|(line, _)| line).collect::<Vec<_>>()), parts.tabs);
    match ui.tab(session.id) {
        Tab::List(kind) => list::draw(state, session, kind, ui, theme, frame, parts),
        Tab::Tasks => tasks::draw(state, session, ui, theme, frame, parts),
        Tab::Logging => logging::draw(state, session, ui, theme, frame, parts),
        Tab::Info | Tab::Config | Tab::Stderr => {
            read(state, ui, session, theme, frame, parts.items);
        }
    }
    if let Some(rect) = parts.detail {
        detail(state, ui, theme, frame, rect);
    }
}

fn servers(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let rows = ui.server_rows(state);
    let selected = ui.inspector.server.min(state.sessions.len().saturating_sub(1));
    let place = rows.iter().position(|row| *row == ServerRow::Server(selected)).unwrap_or(0);
    let first = first_row(place, rows.len(), rect.height);
    let cols = Columns::of(state, usize::from(rect.width));
    super::more_of(theme, frame, rect, first, rows.len());
    for (place, one) in rows.into_iter().enumerate().skip(first).take(usize::from(rect.height)) {
        let Some(rect) = row(rect, place - first) else { break };
        let at = match one {
            ServerRow::Group(name) => {
                let name = clip(name, usize::from(rect.width).saturating_sub(2));
                let rule = theme.symbols.rule.repeat(usize::from(rect.width).saturating_sub(columns(&name) + 2));
                frame.render_widget(Line::styled(format!(" {name} {rule}"), theme.dim), rect);
                continue;
            }
            ServerRow::Server(at) => at,
        };
        let Some(session) = state.sessions.get(at) else { break };
        let chosen = at == selected;
        let mut line = server(session, ui, state, theme, &cols, usize::from(rect.width), chosen);
        if chosen && ui.inspector.zone == Zone::Servers && ui.pane() == Pane::Inspector {
            line = super::chosen(line, theme);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}

/// The columns of the list of servers. They are the same for all, so that nothing moves while one scrolls.
struct Columns {
    names: usize,
    tools: usize,
    revision: bool,
    transport: bool,
    latency: bool,
}

impl Columns {
    /// Whose name it is counts most, then how many tools there are; how fast it answered gives way first.
    fn of(state: &State, width: usize) -> Columns {
        /// Columns that a name gets before anything else.
        const NAME: usize = 28;
        let tools = state.sessions.iter().map(|session| columns(&tools(session))).max().unwrap_or(0).max(8);
        // Mark, state and gaps; the tools.
        let room = width.saturating_sub(5 + 1 + tools + 1);
        let widest = state.sessions.iter().map(|session| columns(&clip(&session.spec.name, 60))).max().unwrap_or(0);
        let mut cols = Columns { names: 0, tools, revision: true, transport: true, latency: true };
        let facts = |cols: &Columns| {
            usize::from(cols.latency) * 9 + usize::from(cols.transport) * 6 + usize::from(cols.revision) * 12
        };
        let named = widest.min(NAME);
        cols.latency = named + facts(&cols) <= room;
        cols.transport = named + facts(&cols) <= room;
        cols.revision = named + facts(&cols) <= room;
        cols.names = widest.min(room.saturating_sub(facts(&cols))).max(4);
        cols
    }
}

/// How many tools a server has.
fn tools(session: &Session) -> String {
    match session.tools.state {
        ListState::Unsupported => String::new(),
        ListState::Unknown | ListState::Loading if session.tools.items.is_empty() => "tools …".to_owned(),
        _ => figures::counted(session.tools.items.len(), "tool"),
    }
}

/// One server: its state, what it speaks, how it is reached, what it has; or why it is gone and what helps.
fn server(
    session: &Session,
    ui: &Ui,
    state: &State,
    theme: &Theme,
    cols: &Columns,
    width: usize,
    chosen: bool,
) -> Line<'static> {
    let names = cols.names;
    let symbols = theme.symbols;
    let (symbol, style) = match session.status {
        Status::Ready => (symbols.ready, theme.good),
        Status::Connecting { .. } => (symbols.connecting, theme.warn),
        Status::Down { .. } => (symbols.down, theme.bad),
        Status::Idle => (symbols.idle, theme.dim),
    };
    let mark = if chosen { symbols.cursor } else { " " };
    let name = clip(&session.spec.name, names);
    let mut spans = vec![
        Span::styled(mark, theme.accent),
        Span::styled(symbol, style),
        Span::styled(format!(" {}  ", pad(&name, names)), if chosen { theme.title } else { Style::new() }),
    ];
    let room = width.saturating_sub(names + 6);
    let transport = match (&session.negotiated, &session.spec.launch) {
        (Some(negotiated), _) => negotiated.transport,
        (None, Launch::Stdio { .. }) => "stdio",
        (None, Launch::Http { .. }) => "http",
    };
    match &session.status {
        Status::Ready => {
            let revision = session.negotiated.as_ref().map(|n| clip(&n.revision, 10)).unwrap_or_default();
            let latency = session.latency.map(figures::duration).unwrap_or_default();
            let parts = [
                (cols.revision, format!("{}  ", pad(&revision, 10))),
                (cols.transport, format!("{transport:<5} ")),
                (true, format!(" {:>1$}", tools(session), cols.tools)),
                (cols.latency && session.muted.is_none(), format!(" {latency:>8}")),
            ];
            let text: String = parts.into_iter().filter(|(fits, _)| *fits).map(|(_, part)| part).collect();
            let muted = if session.muted.is_some() { "  muted" } else { "" };
            let text = truncate_width(&text, room.saturating_sub(muted.len())).into_owned();
            spans.extend([Span::raw(text), Span::styled(muted, theme.warn)]);
        }
        Status::Connecting { since, step } => {
            let took = figures::duration(ui.now(state).micros_since(*since));
            // How long is what one waits to see: the step gives way to it.
            let took = format!(" {} {took}", symbols.dot);
            let step = clip(step, room.saturating_sub(6 + columns(&took)));
            let text = truncate_width(&format!("{step}{took}"), room.saturating_sub(6)).into_owned();
            spans.push(Span::styled(pad(&text, room.saturating_sub(6)).into_owned(), theme.warn));
            spans.push(Span::styled(format!(" {transport}"), theme.dim));
        }
        Status::Down { reason, .. } => {
            let help = "  R restart";
            let cols = room.saturating_sub(help.len());
            spans.push(Span::styled(pad(&clip(&reason.to_string(), cols), cols).into_owned(), theme.bad));
            spans.push(Span::styled(help, theme.accent));
        }
        Status::Idle => {
            let help = if room > 22 { "not started  R connect" } else { "not started" };
            spans.push(Span::styled(truncate_width(help, room).into_owned(), theme.dim));
        }
    }
    Line::from(spans)
}

/// The open page of a server, as far as it is scrolled; said once where the work pane beside has it, too.
fn read(state: &State, ui: &Ui, session: &Session, theme: &Theme, frame: &mut Frame<'_>, items: Rect) {
    let rect = Rect { x: items.x + 1, width: items.width.saturating_sub(2), ..items };
    if page::is_beside(state, ui) {
        let keys = match (ui.inspector.zone, theme.symbols.arrows) {
            (Zone::Servers, _) => "",
            (Zone::Items, true) => "; ↑↓ scroll it",
            (Zone::Items, false) => "; Up and Down scroll it",
        };
        let text = format!("It is shown beside, in full{keys}.");
        let lines: Vec<Line<'_>> = page::wrapped(text, theme.dim, usize::from(rect.width), 0).collect();
        frame.render_widget(Paragraph::new(lines), rect);
        return;
    }
    let (height, scroll) = (usize::from(rect.height), ui.work.scroll);
    let page = page::of_server(state, ui, session, theme, usize::from(rect.width));
    let lines: Vec<_> = page.skip(scroll).take(height + 1).collect();
    super::more(theme, frame, items, scroll > 0, lines.len() > height);
    super::put(lines, frame, rect);
}

/// The selected item or server in short, below the list; the work pane has all of it.
fn detail(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    if let Some(line) = row(rect, 0) {
        frame.render_widget(Line::styled(theme.symbols.rule.repeat(usize::from(rect.width)), theme.dim), line);
    }
    let rect = Rect { x: rect.x + 1, y: rect.y + 1, width: rect.width.saturating_sub(2), height: rect.height - 1 };
    cut(page::selected(state, ui, theme, usize::from(rect.width)), ui, theme, frame, rect);
}

/// As much of a page as there is room for, and how to see the rest.
fn cut(lines: page::Lines<'_>, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let height = usize::from(rect.height);
    let mut lines: Vec<_> = lines.take(height * 2 + 2).collect();
    if lines.len() > height {
        // What is said is worth more than the air around it.
        lines.retain(|line| line.spans.iter().any(|span| !span.content.trim().is_empty()));
    }
    if lines.len() > height {
        let key = ui.keymap.key_of(Context::Inspector, Action::WorkPane);
        let key = key.map(|key| format!(" {} shows all", key.show(theme.symbols.arrows)));
        lines.truncate(height.saturating_sub(1));
        lines.push(Line::styled(format!("…{}", key.unwrap_or_default()), theme.dim));
    }
    super::put(lines, frame, rect);
}
