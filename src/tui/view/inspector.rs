//! The inspector: servers, the tabs of the selected one, and the items of the open list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{first_row, row};
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::json::compact;
use crate::model::server::Launch;
use crate::model::session::{Item, ListState, Listing, Session, Status};
use crate::model::text::{pad, truncate_width, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::layout::InspectorLayout;
use crate::tui::page::{self, clip, foreign};
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Tab, Ui, Zone};

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    super::pane(ui, Pane::Inspector, ("Inspector", ""), theme, frame, rect);
    let parts = InspectorLayout::of(state, ui, rect);
    let Some(session) = ui.session(state) else {
        let text = ["There is no server in this run.", "Name one on the command line:", "  mcp-tui -- my-server"];
        for (at, text) in text.into_iter().enumerate() {
            if let Some(rect) = row(parts.items, at) {
                frame.render_widget(Line::styled(text, theme.dim), rect);
            }
        }
        return;
    };
    servers(state, ui, theme, frame, parts.servers);
    frame.render_widget(tabs(session, ui, theme, parts.tabs.width).0, parts.tabs);
    match ui.tab(session.id) {
        Tab::List(kind) => {
            list(session, kind, ui, theme, frame, parts);
            if let Some(rect) = parts.detail {
                detail(state, ui, theme, frame, rect);
            }
        }
        Tab::Info => info(session, theme, frame, parts),
        Tab::Stderr => stderr(session, theme, frame, parts),
    }
}

fn servers(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let len = state.sessions.len();
    let selected = ui.inspector.server.min(len.saturating_sub(1));
    let first = first_row(selected, len, rect.height);
    // Names of all servers, so that columns do not move while scrolling; there are never many.
    let names = state.sessions.iter().map(|session| columns(&clip(&session.spec.name, 40))).max().unwrap_or(0);
    let names = names.clamp(4, usize::from(rect.width / 3).max(4));
    for (at, session) in state.sessions.iter().enumerate().skip(first).take(usize::from(rect.height)) {
        let Some(rect) = row(rect, at - first) else { break };
        let chosen = at == selected;
        let mut line = server(session, ui, state, theme, names, usize::from(rect.width), chosen);
        if chosen && ui.inspector.zone == Zone::Servers && ui.pane() == Pane::Inspector {
            line = line.style(theme.selected);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}

/// One server: its state, what it speaks, how it is reached, what it has; or why it is gone and what helps.
fn server(
    session: &Session,
    ui: &Ui,
    state: &State,
    theme: &Theme,
    names: usize,
    width: usize,
    chosen: bool,
) -> Line<'static> {
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
    let room = width.saturating_sub(names + 5);
    let transport = match (&session.negotiated, &session.spec.launch) {
        (Some(negotiated), _) => negotiated.transport,
        (None, Launch::Stdio { .. }) => "stdio",
        (None, Launch::Http { .. }) => "http",
    };
    match &session.status {
        Status::Ready => {
            let revision = session.negotiated.as_ref().map(|n| clip(&n.revision, 10)).unwrap_or_default();
            let tools = match session.tools.state {
                ListState::Unsupported => String::new(),
                ListState::Unknown | ListState::Loading if session.tools.items.is_empty() => "tools …".to_owned(),
                _ => figures::counted(session.tools.items.len(), "tool"),
            };
            let latency = session.latency.map(figures::duration).unwrap_or_default();
            let text = format!("{}  {transport:<5} {tools:>9} {latency:>8}", pad(&revision, 10));
            spans.push(Span::raw(truncate_width(&text, room).into_owned()));
        }
        Status::Connecting { since, step } => {
            let took = figures::duration(ui.now(state).micros_since(*since));
            let text = clip(&format!("{step} {} {took}", symbols.dot), room.saturating_sub(6));
            spans.push(Span::styled(pad(&text, room.saturating_sub(6)).into_owned(), theme.warn));
            spans.push(Span::styled(format!(" {transport}"), theme.dim));
        }
        Status::Down { reason, .. } => {
            let help = "  R restart";
            let cols = room.saturating_sub(help.len());
            spans.push(Span::styled(pad(&clip(&reason.to_string(), cols), cols).into_owned(), theme.bad));
            spans.push(Span::styled(help, theme.accent));
        }
        Status::Idle => spans.push(Span::styled("not started  R connect", theme.dim)),
    }
    Line::from(spans)
}

/// The labels of the tabs, shorter where the room asks for it, and where each begins.
fn labels(session: &Session, width: u16) -> Vec<(Tab, String)> {
    let names = |short: bool| -> Vec<(Tab, String)> {
        Tab::of(session)
            .map(|tab| {
                let (long, brief, count) = match tab {
                    Tab::List(kind) => {
                        let listing = session.listing(kind);
                        let (long, brief) = match kind {
                            ListKind::Tools => ("Tools", "Tools"),
                            ListKind::Resources => ("Resources", "Res"),
                            ListKind::Templates => ("Templates", "Tmpl"),
                            ListKind::Prompts => ("Prompts", "Prm"),
                            ListKind::Skills => ("Skills", "Skl"),
                        };
                        (long, brief, count(listing))
                    }
                    Tab::Info => ("Info", "Info", String::new()),
                    Tab::Stderr => {
                        let lines = session.stderr.len() + session.noise.len();
                        ("Stderr", "Err", if lines == 0 { String::new() } else { format!(" {lines}") })
                    }
                };
                (tab, format!("{}{count}", if short { brief } else { long }))
            })
            .collect()
    };
    let long = names(false);
    let wide: usize = long.iter().map(|(_, text)| columns(text) + 3).sum();
    if wide <= usize::from(width) + 2 { long } else { names(true) }
}

fn count(listing: &Listing) -> String {
    match &listing.state {
        ListState::Unsupported => " –".to_owned(),
        ListState::Unknown => String::new(),
        ListState::Loading if listing.items.is_empty() => " …".to_owned(),
        ListState::Failed(_) => " !".to_owned(),
        ListState::Loading | ListState::Fresh | ListState::Stale => format!(" {}", listing.items.len()),
    }
}

/// The line of tabs, and the columns each takes.
fn tabs(session: &Session, ui: &Ui, theme: &Theme, width: u16) -> (Line<'static>, Vec<(Tab, std::ops::Range<u16>)>) {
    let open = ui.tab(session.id);
    let mut spans = vec![Span::raw(" ")];
    let mut places = Vec::new();
    let mut at = 1;
    for (n, (tab, text)) in labels(session, width.saturating_sub(1)).into_iter().enumerate() {
        if n > 0 {
            spans.push(Span::styled(format!(" {} ", theme.symbols.between), theme.dim));
            at += 3;
        }
        let end = at + columns(&text) as u16;
        places.push((tab, at..end));
        at = end;
        let style = if tab == open {
            theme.title.patch(theme.accent).add_modifier(ratatui::style::Modifier::UNDERLINED)
        } else if text.ends_with('–') {
            theme.dim
        } else {
            Style::new()
        };
        spans.push(Span::styled(text, style));
    }
    (Line::from(spans), places)
}

/// The tab at a column of the line of tabs.
pub(in crate::tui) fn tab_at(session: &Session, ui: &Ui, rect: Rect, x: u16) -> Option<Tab> {
    let column = x.checked_sub(rect.x)?;
    let (_, places) = tabs(session, ui, &Theme::default(), rect.width);
    places.into_iter().find(|(_, place)| place.contains(&column)).map(|(tab, _)| tab)
}

fn list(session: &Session, kind: ListKind, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, parts: InspectorLayout) {
    let listing = session.listing(kind);
    let rows = ui.rows(session, kind);
    let own = ui.list(session.id, kind);
    frame.render_widget(filter_line(listing, &own.filter, rows.len(), ui, theme, parts.filter.width), parts.filter);
    if rows.is_empty() {
        for (at, text) in empty(session, listing, kind, &own.filter).into_iter().enumerate() {
            if let Some(rect) = row(parts.items, at) {
                frame.render_widget(Line::styled(clip(&format!("  {text}"), usize::from(rect.width)), theme.dim), rect);
            }
        }
        return;
    }
    let selected = own.selected.min(rows.len() - 1);
    let first = first_row(selected, rows.len(), parts.items.height);
    let visible: Vec<(usize, &Item)> = (first..first + usize::from(parts.items.height))
        .filter_map(|at| Some((at, listing.items.get(rows.get(at)?)?)))
        .collect();
    let width = usize::from(parts.items.width);
    let names = visible.iter().map(|(_, item)| columns(&clip(label(item).0, 60))).max().unwrap_or(0);
    let names = names.clamp(8, (width * 45 / 100).max(8));
    for (at, item) in visible {
        let Some(rect) = row(parts.items, at - first) else { break };
        let chosen = at == selected && ui.inspector.zone == Zone::Items;
        let mut line = item_line(item, ui, session, kind, theme, names, width, chosen);
        if chosen && ui.pane() == Pane::Inspector {
            line = line.style(theme.selected);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}

/// The name of an item and what is said about it.
fn label(item: &Item) -> (&str, Option<&str>) {
    match item {
        Item::Good { key, title, description, .. } => {
            (key, description.as_deref().or(title.as_deref()).filter(|text| !text.trim().is_empty()))
        }
        Item::Bad { problem, .. } => ("?", Some(problem)),
    }
}

#[expect(clippy::too_many_arguments, reason = "one row of one list; a struct for one caller would say no more")]
fn item_line(
    item: &Item,
    ui: &Ui,
    session: &Session,
    kind: ListKind,
    theme: &Theme,
    names: usize,
    width: usize,
    chosen: bool,
) -> Line<'static> {
    let mark = Span::styled(if chosen { theme.symbols.cursor } else { " " }, theme.accent);
    let room = width.saturating_sub(names + 4);
    if let Item::Bad { problem, raw } = item {
        let text = format!("{} {problem}: {}", theme.symbols.broken, compact(raw.as_str(), width));
        return Line::from(vec![mark, Span::styled(clip(&text, width.saturating_sub(1)), theme.bad)]);
    }
    let (name, said) = label(item);
    let called =
        ui.work.calls.contains_key(&crate::tui::ui::ItemRef { server: session.id, kind, key: name.to_owned() });
    let done = if called { theme.symbols.dot } else { " " };
    // One sentence is enough for a row; the work pane has the rest.
    let said = said.map(|text| text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text).trim());
    let said = clip(said.unwrap_or_default(), room);
    Line::from(vec![
        mark,
        Span::styled(done, theme.accent),
        Span::raw(pad(&clip(name, names), names).into_owned()),
        Span::raw("  "),
        Span::styled(said, if chosen { Style::new() } else { theme.dim }),
    ])
}

/// The filter at the left, how many items it leaves at the right.
fn filter_line(listing: &Listing, filter: &str, shown: usize, ui: &Ui, theme: &Theme, width: u16) -> Line<'static> {
    let mut right = match &listing.state {
        ListState::Stale => "may have changed, u fetches it again  ".to_owned(),
        ListState::Loading => "loading…  ".to_owned(),
        _ => String::new(),
    };
    if listing.cut.is_some() {
        right.push_str("cut  ");
    }
    if !filter.is_empty() {
        right.push_str(&figures::count(shown));
        right.push_str(" of ");
        right.push_str(&figures::count(listing.items.len()));
    }
    let mut spans = vec![Span::styled(" / ", theme.accent)];
    if filter.is_empty() && !ui.inspector.filtering {
        spans.push(Span::styled("filter", theme.dim));
    } else {
        spans.push(Span::raw(foreign(filter)));
    }
    if ui.inspector.filtering {
        spans.push(Span::styled(" ", theme.selected));
    }
    let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
    let room = usize::from(width).saturating_sub(used + 1);
    let right = truncate_width(&right, room).into_owned();
    spans.push(Span::raw(" ".repeat(room.saturating_sub(columns(&right)))));
    spans.push(Span::styled(right, theme.dim));
    Line::from(spans)
}

/// Why a list is empty, and how to fill it.
fn empty(session: &Session, listing: &Listing, kind: ListKind, filter: &str) -> Vec<String> {
    let what = match kind {
        ListKind::Tools => "tools",
        ListKind::Resources => "resources",
        ListKind::Templates => "resource templates",
        ListKind::Prompts => "prompts",
        ListKind::Skills => "skills",
    };
    if !filter.is_empty() && !listing.items.is_empty() {
        return vec![format!("Nothing fits the filter {filter:?}; Esc clears it.")];
    }
    match (&listing.state, &session.status) {
        (ListState::Unsupported, _) => vec![format!("This server does not offer {what}.")],
        (ListState::Failed(why), _) => {
            vec![format!("{what} could not be listed:"), why.clone(), "u tries again.".to_owned()]
        }
        (_, Status::Connecting { .. }) => vec![format!("The {what} come when the server is ready.")],
        (_, Status::Idle) => vec!["Not connected; R connects it.".to_owned()],
        (_, Status::Down { .. }) => vec!["The server is down; R restarts it.".to_owned()],
        (ListState::Loading, _) => vec![format!("Fetching {what}…")],
        (ListState::Unknown, _) => vec![format!("Not fetched yet; u fetches the {what}.")],
        (ListState::Fresh | ListState::Stale, _) => vec![format!("The server has no {what}.")],
    }
}

/// The selected item or server in short, below the list; the work pane has all of it.
fn detail(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    if let Some(line) = row(rect, 0) {
        frame.render_widget(Line::styled(theme.symbols.rule.repeat(usize::from(rect.width)), theme.dim), line);
    }
    let rect = Rect { x: rect.x + 1, y: rect.y + 1, width: rect.width.saturating_sub(2), height: rect.height - 1 };
    let height = usize::from(rect.height);
    let mut lines: Vec<_> = page::selected(state, ui, theme, usize::from(rect.width)).take(height + 1).collect();
    if lines.len() > height {
        let key = ui.keymap.key_of(Context::Inspector, Action::WorkPane);
        let key = key.map(|key| format!(" {} shows all", key.show(theme.symbols.arrows)));
        lines.truncate(height - 1);
        lines.push(Line::styled(format!("…{}", key.unwrap_or_default()), theme.dim));
    }
    frame.render_widget(Paragraph::new(lines), rect);
}

/// The facts about a server in short; the work pane has them all.
fn info(session: &Session, theme: &Theme, frame: &mut Frame<'_>, parts: InspectorLayout) {
    let mut rows = Vec::new();
    if let Some(negotiated) = &session.negotiated {
        rows.push(("peer", foreign(&negotiated.peer)));
        rows.push(("handshake", figures::duration(negotiated.took)));
        let info = negotiated.server_info.as_ref().map(|info| compact(info.as_str(), 200));
        rows.push(("server", info.unwrap_or_else(|| "does not say what it is".to_owned())));
        rows.push(("offers", compact(negotiated.capabilities.as_str(), 200)));
    }
    if let Status::Down { reason, .. } = &session.status {
        rows.push(("down", reason.to_string()));
    }
    rows.push(("connected", format!("{} so far", figures::counted(session.generation as usize, "time"))));
    let width = usize::from(parts.items.width);
    for (at, (name, text)) in rows.into_iter().enumerate() {
        if let Some(rect) = row(parts.items, at) {
            let line =
                vec![Span::styled(format!(" {name:<10}"), theme.dim), Span::raw(clip(&text, width.saturating_sub(12)))];
            frame.render_widget(Line::from(line), rect);
        }
    }
}

/// The newest lines a server wrote beside the protocol.
fn stderr(session: &Session, theme: &Theme, frame: &mut Frame<'_>, parts: InspectorLayout) {
    let width = usize::from(parts.items.width).saturating_sub(3);
    let noise = session.noise.iter().map(|line| (theme.symbols.broken, theme.bad, line));
    let lines = session.stderr.iter().map(|line| (theme.symbols.stderr, theme.dim, line));
    let all: Vec<_> = noise.chain(lines).collect();
    if all.is_empty() {
        if let Some(rect) = row(parts.items, 0) {
            let text = "  Nothing on standard error; standard output is clean.";
            frame.render_widget(Line::styled(text, theme.dim), rect);
        }
        return;
    }
    let first = all.len().saturating_sub(usize::from(parts.items.height));
    for (at, (symbol, style, text)) in all.into_iter().skip(first).enumerate() {
        if let Some(rect) = row(parts.items, at) {
            let line = vec![Span::styled(format!(" {symbol} "), style), Span::raw(clip(text, width))];
            frame.render_widget(Line::from(line), rect);
        }
    }
}
