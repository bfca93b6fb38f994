//! The open list: the filter above it, and the rows in view; nothing else of it is looked at.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::badge;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::json::compact;
use crate::model::session::{Item, ListState, Listing, Session, Status};
use crate::model::text::{pad, truncate_width, width as columns};
use crate::model::uritree::Folder;
use crate::tui::figures;
use crate::tui::layout::InspectorLayout;
use crate::tui::page::{clip, foreign};
use crate::tui::theme::Theme;
use crate::tui::ui::{ListRow, ListUi, Order, Pane, Ui, Zone};
use crate::tui::view::{first_row, more_of, row};

pub(super) fn draw(
    state: &State,
    session: &Session,
    kind: ListKind,
    ui: &Ui,
    theme: &Theme,
    frame: &mut Frame<'_>,
    parts: InspectorLayout,
) {
    let listing = session.listing(kind);
    let rows = ui.rows(session, kind);
    let own = ui.list(session.id, kind);
    let above = filter_line(listing, kind, &own, rows.items, ui, theme, parts.filter.width);
    frame.render_widget(above, parts.filter);
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
    more_of(theme, frame, parts.items, first, rows.len());
    let width = usize::from(parts.items.width);
    // Of the whole list, so that columns stand still while it is scrolled.
    let names = rows.names.clamp(8, (width * 55 / 100).max(8));
    let badges = badge::Badges::new(state, session, kind);
    for at in first..first + usize::from(parts.items.height) {
        let (Some(rect), Some(one)) = (row(parts.items, at - first), rows.get(at)) else { break };
        let chosen = at == selected && ui.inspector.zone == Zone::Items;
        let mut line = match one {
            ListRow::Item { at, name, depth, changed } => {
                let Some(item) = listing.items.get(*at) else { break };
                let shape = Shape { name: name.as_deref(), depth: *depth, names, width, chosen };
                item_line(item, &badges.of(item, *changed, ui, theme), &shape, theme)
            }
            ListRow::Folder(folder) => folder_line(folder, chosen, theme, width),
        };
        if chosen && ui.pane() == Pane::Inspector {
            line = crate::tui::view::chosen(line, theme);
        } else if chosen {
            line = line.style(theme.marked);
        }
        frame.render_widget(line, rect);
    }
}

/// How a row is laid out.
struct Shape<'a> {
    name: Option<&'a str>,
    depth: usize,
    names: usize,
    width: usize,
    chosen: bool,
}

/// The name of an item and what is said about it.
fn label(item: &Item) -> (&str, Option<&str>) {
    match item {
        Item::Good { key, title, description, .. } => {
            (key, description.as_deref().or(title.as_deref()).filter(|text| !text.trim().is_empty()))
        }
        Item::Bad { problem, .. } => (problem, None),
    }
}

fn item_line(item: &Item, badge: &badge::Badge, shape: &Shape<'_>, theme: &Theme) -> Line<'static> {
    let mark = Span::styled(if shape.chosen { theme.symbols.cursor } else { " " }, theme.accent);
    if let Item::Bad { problem, raw } = item {
        // In the columns of the others, the mark where theirs is.
        let text = match item.called() {
            Some(name) => {
                let name = shape.name.unwrap_or(&name);
                format!("{}  {}", pad(&clip(name, shape.names), shape.names), foreign(problem))
            }
            None => format!("{problem}: {}", compact(raw.as_str(), shape.width)),
        };
        let text = clip(&text, shape.width.saturating_sub(3));
        return Line::from(vec![mark, Span::styled(theme.symbols.broken, theme.bad), Span::styled(text, theme.bad)]);
    }
    let (name, said) = label(item);
    let name = format!("{}{}", "  ".repeat(shape.depth), clip(shape.name.unwrap_or(name), shape.names));
    let mut room = shape.width.saturating_sub(shape.names + 5);
    let words: usize = badge.words.iter().map(|(word, _)| columns(word) + 2).sum();
    let fits = words <= room;
    if fits {
        room -= words;
    }
    // One sentence is enough for a row; the work pane has the rest.
    let said = said.map(|text| text.lines().find(|line| !line.trim().is_empty()).unwrap_or(text).trim());
    let said = clip(said.unwrap_or_default(), room);
    let style = if shape.chosen { Style::new() } else { theme.dim };
    let mut spans = vec![
        mark,
        Span::styled(badge.symbol, badge.style),
        Span::raw(pad(&clip(&name, shape.names), shape.names).into_owned()),
        Span::raw("  "),
        Span::styled(if fits && words > 0 { pad(&said, room).into_owned() } else { said }, style),
    ];
    if fits {
        for (word, style) in &badge.words {
            spans.push(Span::styled(format!("  {word}"), *style));
        }
    }
    Line::from(spans)
}

fn folder_line(folder: &Folder, chosen: bool, theme: &Theme, width: usize) -> Line<'static> {
    let mark = if chosen { theme.symbols.cursor } else { " " };
    let fold = if folder.folded { theme.symbols.folded } else { theme.symbols.unfolded };
    let count = figures::count(folder.items);
    let room = width.saturating_sub(folder.depth * 2 + 6 + count.len());
    Line::from(vec![
        Span::styled(mark, theme.accent),
        Span::raw("  ".repeat(folder.depth)),
        Span::styled(format!("{fold} "), theme.accent),
        Span::styled(clip(&folder.name, room), theme.title),
        Span::styled(format!("  {count}"), theme.dim),
    ])
}

/// The filter at the left, how many items it leaves at the right.
fn filter_line(
    listing: &Listing,
    kind: ListKind,
    own: &ListUi,
    shown: usize,
    ui: &Ui,
    theme: &Theme,
    width: u16,
) -> Line<'static> {
    let filter = own.filter.as_str();
    let mut right = match &listing.state {
        ListState::Stale => "may have changed, u fetches it again  ".to_owned(),
        ListState::Loading => "loading…  ".to_owned(),
        _ => String::new(),
    };
    if listing.cut.is_some() {
        right.push_str("cut  ");
    }
    if own.order != Order::Server {
        right.push_str(own.order.word(kind));
        right.push_str("  ");
    }
    if !filter.is_empty() {
        right.push_str(&figures::count(shown));
        right.push_str(" of ");
        right.push_str(&figures::count(listing.items.len()));
    }
    let mut spans = vec![Span::styled(" / ", theme.accent)];
    if listing.items.is_empty() && filter.is_empty() && !ui.inspector.filtering {
        // There is nothing to filter.
        spans.clear();
    } else if filter.is_empty() && !ui.inspector.filtering {
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
