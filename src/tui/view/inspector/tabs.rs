//! The tabs of a server: what there is of it, and how much; in one line, or in two where there is height.

use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::model::call::ListKind;
use crate::model::session::{ListState, Listing, Session};
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::theme::Theme;
use crate::tui::ui::{Tab, Ui};

/// Where a tab is: its columns from the left.
type Place = (Tab, std::ops::Range<u16>);

/// Labels that are cut short where room is scarce, the first one first.
const SHORTENED: [Tab; 7] = [
    Tab::Stderr,
    Tab::Config,
    Tab::List(ListKind::Templates),
    Tab::Logging,
    Tab::Tasks,
    Tab::List(ListKind::Resources),
    Tab::List(ListKind::Prompts),
];

/// From so many rows on, below the servers, the tabs have two where they do not fit into one.
const TALL: u16 = 24;
/// The same, where not even the short labels fit into one.
const ENOUGH: u16 = 14;

/// How many rows the tabs get of `height` below the servers.
pub(in crate::tui) fn height(state: &State, session: &Session, width: u16, height: u16) -> u16 {
    let room = usize::from(width);
    let fit = |brief| wide(&labels(state, session, brief)) <= room + 1;
    let two = !fit(&[]) && (height >= TALL || height >= ENOUGH && !fit(&SHORTENED));
    if two { 2 } else { height.min(1) }
}

fn wide(labels: &[(Tab, String)]) -> usize {
    labels.iter().map(|(_, text)| columns(text) + 3).sum()
}

/// The lines of tabs, and the columns each takes. Where not all have room, those around the open one have.
pub(super) fn lines(
    state: &State,
    session: &Session,
    ui: &Ui,
    theme: &Theme,
    size: Size,
) -> Vec<(Line<'static>, Vec<Place>)> {
    let open = ui.tab(session.id);
    let room = usize::from(size.width);
    let mut all = labels(state, session, &[]);
    if size.height > 1 {
        // Only as many are cut short as it takes, those that people need least first.
        for brief in 0..=SHORTENED.len() {
            all = labels(state, session, &SHORTENED[..brief]);
            // As much in the first row as there is room for.
            let first = (0..=all.len()).rev().find(|first| wide(&all[..*first]) <= room + 1).unwrap_or(0);
            if wide(&all[first..]) <= room + 1 {
                return [&all[..first], &all[first..]].map(|row| line(row, open, theme, (false, false))).into();
            }
        }
    } else {
        for brief in 1..=SHORTENED.len() {
            if wide(&all) > room + 1 {
                all = labels(state, session, &SHORTENED[..brief]);
            }
        }
    }
    let at = all.iter().position(|(tab, _)| *tab == open).unwrap_or(0);
    let (mut first, mut last) = (0, all.len());
    if wide(&all) > room + 1 {
        // Marks at both ends.
        let room = room.saturating_sub(3);
        while first < at && wide(&all[first..=at]) > room {
            first += 1;
        }
        while last > at + 1 && wide(&all[first..last]) > room {
            last -= 1;
        }
    }
    vec![line(&all[first..last], open, theme, (first > 0, last < all.len()))]
}

/// One line of tabs; `cut` says whether there are more before or behind it.
fn line(tabs: &[(Tab, String)], open: Tab, theme: &Theme, cut: (bool, bool)) -> (Line<'static>, Vec<Place>) {
    let more = "…";
    let mut spans = vec![Span::styled(if cut.0 { more } else { " " }, theme.dim)];
    let mut places = Vec::new();
    let mut column = 1;
    for (n, (tab, text)) in tabs.iter().enumerate() {
        if n > 0 {
            spans.push(Span::styled(format!(" {} ", theme.symbols.between), theme.dim));
            column += 3;
        }
        let end = column + columns(text) as u16;
        places.push((*tab, column..end));
        column = end;
        let style = if *tab == open {
            theme.title.patch(theme.accent).add_modifier(Modifier::UNDERLINED)
        } else if text.ends_with('–') {
            theme.dim
        } else if text.ends_with('!') {
            theme.bad
        } else {
            Style::new()
        };
        spans.push(Span::styled(text.clone(), style));
    }
    if cut.1 {
        spans.push(Span::styled(format!(" {more}"), theme.dim));
    }
    (Line::from(spans), places)
}

/// The tab at a position in the lines of tabs.
pub(in crate::tui) fn tab_at(state: &State, session: &Session, ui: &Ui, rect: Rect, at: Position) -> Option<Tab> {
    let (column, row) = (at.x.checked_sub(rect.x)?, at.y.checked_sub(rect.y)?);
    let lines = lines(state, session, ui, &Theme::default(), rect.as_size());
    let (_, places) = lines.into_iter().nth(usize::from(row))?;
    places.into_iter().find(|(_, place)| place.contains(&column)).map(|(tab, _)| tab)
}

fn labels(state: &State, session: &Session, brief: &[Tab]) -> Vec<(Tab, String)> {
    let some = |count: usize| if count == 0 { String::new() } else { format!(" {}", figures::count(count)) };
    Tab::of(session)
        .map(|tab| {
            let (long, short, count) = match tab {
                Tab::List(kind) => {
                    let (long, short) = match kind {
                        ListKind::Tools => ("Tools", "Tools"),
                        ListKind::Resources => ("Resources", "Res"),
                        ListKind::Templates => ("Templates", "Tmpl"),
                        ListKind::Prompts => ("Prompts", "Prm"),
                        ListKind::Skills => ("Skills", "Skl"),
                    };
                    (long, short, count(session.listing(kind)))
                }
                Tab::Tasks => ("Tasks", "Task", some(state.tasks_of(session).count())),
                Tab::Logging => ("Logging", "Log", some(session.messages.len())),
                Tab::Info => ("Info", "Info", String::new()),
                Tab::Config => ("Config", "Cfg", String::new()),
                Tab::Stderr => ("Stderr", "Err", some(session.stderr.len() + session.noise.len())),
            };
            (tab, format!("{}{count}", if brief.contains(&tab) { short } else { long }))
        })
        .collect()
}

fn count(listing: &Listing) -> String {
    match &listing.state {
        ListState::Unsupported => " –".to_owned(),
        ListState::Unknown => String::new(),
        ListState::Loading if listing.items.is_empty() => " …".to_owned(),
        ListState::Failed(_) => " !".to_owned(),
        ListState::Loading | ListState::Fresh | ListState::Stale => format!(" {}", figures::count(listing.items.len())),
    }
}
