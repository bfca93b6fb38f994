//! The work pane: its tabs, and the page or the editor below them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::row;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::frame::{FrameTab, FrameTree, FrameUi};
use crate::tui::keymap::Context;
use crate::tui::layout::Layout;
use crate::tui::page::{self, clip, foreign};
use crate::tui::reader::Reader;
use crate::tui::theme::Theme;
use crate::tui::ui::{ListRow, Pane, Tab, Ui, WorkTab, Zone};
use crate::tui::update::TREE_HEAD as HEAD;

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let title = title(state, ui);
    let inside = super::pane(ui, Pane::Work, (&title, ""), theme, frame, rect);
    if let Some(resend) = &ui.work.resend {
        super::resend::draw(resend, ui, theme, frame, inside);
        return;
    }
    if ui.work.frame.is_none()
        && let Some(editor) = &ui.work.editor
    {
        if editor.as_form {
            super::arguments::draw(state, editor, ui, theme, frame, inside);
        } else {
            super::editor::draw(state, editor, ui, theme, frame, inside);
        }
        return;
    }
    let scroll = ui.work.frame.as_ref().map_or(ui.work.scroll, |open| open.scroll);
    let mut body = Rect { x: inside.x + inside.width.min(1), width: inside.width.saturating_sub(2), ..inside };
    if let Some(first) = row(inside, 0) {
        super::put(vec![tabs(state, ui, theme)], frame, first);
        body.y += 1;
        body.height -= 1;
    }
    place(ui, scroll, theme, frame, rect, inside);
    if is_list(ui) {
        let rect = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        return super::calls::draw(state, ui, theme, frame, rect);
    }
    if let (true, Some(reader), Some(call)) = (ui.result.in_view, ui.result.reader(), ui.shown_call(state)) {
        let head = page::result_head(state, ui, call, theme, Layout::of(ui).work_room());
        let above = u16::try_from(head.len()).unwrap_or(u16::MAX).min(body.height);
        super::put(head, frame, Rect { height: above, ..body });
        let rect = Rect { y: body.y + above, height: body.height - above, ..inside };
        super::reader::draw(reader, ui.focus() == Context::Result || ui.focus() == Context::Find, theme, frame, rect);
        return;
    }
    if let Some(open) = ui.work.frame.as_ref().filter(|open| open.tab == FrameTab::Tree) {
        tree(state, ui, open, theme, frame, inside, body);
        return;
    }
    if let Some(open) = ui.work.frame.as_ref().filter(|open| open.find.takes_a_row() && body.height > 1) {
        body.height -= 1;
        let said = match open.find.further {
            _ if open.find.missed => "not in this frame",
            Some(_) => "Enter looks further",
            None => "",
        };
        let rect = Rect { y: body.bottom(), height: 1, ..inside };
        super::line::search(&open.find.line, open.find.typing, ui.pane() == Pane::Work, said, theme, frame, rect);
    }
    let height = usize::from(body.height);
    let mut lines: Vec<Line<'static>> =
        page::lines(state, ui, theme, body.width).skip(scroll).take(height + 1).collect();
    let border = Rect { width: inside.width, x: inside.x, ..body };
    super::more(theme, frame, border, scroll > 0, lines.len() > height);
    lines.truncate(height);
    let lines: Vec<Line<'static>> = match &ui.work.frame {
        Some(open) => {
            let filter = state.search.as_ref().map(|search| search.filter.wanted_texts()).unwrap_or_default();
            let texts = if open.find.is_on() { vec![open.find.line.text()] } else { filter };
            lines.into_iter().map(|line| page::light(line, &texts, theme.found)).collect()
        }
        None => lines,
    };
    super::put(lines, frame, body);
}

/// Whether the list of calls has the pane.
fn is_list(ui: &Ui) -> bool {
    ui.work.tab == WorkTab::Calls && ui.work.frame.is_none() && ui.work.editor.is_none()
}

/// The open frame as a tree, below what it is.
fn tree(state: &State, ui: &Ui, open: &FrameUi, theme: &Theme, frame: &mut Frame<'_>, inside: Rect, body: Rect) {
    let mut head = page::frame_head(state, ui, theme);
    head.truncate(usize::from(HEAD));
    let above = HEAD.min(body.height);
    super::put(head, frame, Rect { height: above, ..body });
    let rect = Rect { y: body.y + above, height: body.height - above, ..inside };
    let selected = ui.log.selected(state);
    let made = open.tree.as_ref().filter(|tree| Some(tree.frame) == selected);
    if let Some(reader) = made.and_then(FrameTree::reader) {
        super::reader::draw(reader, ui.pane() == Pane::Work, theme, frame, rect);
        return;
    }
    let read = state.opened.as_ref().is_some_and(|(at, _)| Some(*at) == selected);
    let why = if read { made.and_then(|tree| tree.missing).unwrap_or_default() } else { page::NOT_AT_HAND };
    let lines: Vec<Line<'static>> = page::wrapped(why, theme.dim, usize::from(body.width.max(1)), 0).collect();
    frame.render_widget(Paragraph::new(lines), Rect { y: rect.y, height: rect.height, ..body });
}

fn title(state: &State, ui: &Ui) -> String {
    if let Some(resend) = &ui.work.resend {
        let server = state.session(resend.server).map_or("?", |session| session.spec.name.as_str());
        return format!("Send frame {} again to {}", figures::count(resend.frame), foreign(server));
    }
    if ui.work.frame.is_some() {
        return format!("Frame {}", ui.log.selected(state).map_or(String::new(), figures::count));
    }
    if let Some(editor) = &ui.work.editor {
        let server = state.session(editor.item.server).map_or("?", |session| session.spec.name.as_str());
        let verb = match (&editor.message, editor.item.kind) {
            (Some(_), _) => "For the message:",
            (None, ListKind::Resources | ListKind::Templates) => "Read",
            (None, ListKind::Prompts) => "Get",
            (None, ListKind::Skills) => "Load",
            (None, ListKind::Tools) => "Call",
        };
        return format!("{verb} {} / {}", foreign(server), foreign(&editor.item.key));
    }
    if is_list(ui) {
        return "Calls".to_owned();
    }
    if let Some(call) = ui.shown_call(state).filter(|_| !ui.result.opened.is_empty()) {
        let server = state.session(call.server).map_or("?", |session| session.spec.name.as_str());
        return format!("{} / {}", foreign(server), foreign(call.operation.subject()));
    }
    match (ui.item_ref(state), ui.session(state)) {
        (Some(item), Some(session)) => format!("{} / {}", foreign(&session.spec.name), foreign(&item.key)),
        (None, Some(session)) => foreign(&session.spec.name),
        _ => "Detail".to_owned(),
    }
}

/// What the page is and what else there is.
fn tabs(state: &State, ui: &Ui, theme: &Theme) -> Line<'static> {
    let open = theme.title.patch(theme.accent).add_modifier(ratatui::style::Modifier::UNDERLINED);
    let mut spans = vec![Span::raw(" ")];
    if let Some(frame) = &ui.work.frame {
        for (at, tab) in FrameTab::ALL.into_iter().enumerate() {
            if at > 0 {
                spans.push(Span::styled(format!(" {} ", theme.symbols.between), theme.dim));
            }
            spans.push(Span::styled(tab.name(), if tab == frame.tab { open } else { theme.dim }));
        }
    } else {
        let on = |tab| if ui.work.tab == tab { open } else { theme.dim };
        let call = ui.shown_call(state);
        let alone = call.is_none() && !is_list(ui);
        let name = page_name(state, ui);
        spans.push(Span::styled(name, if alone { open } else { on(WorkTab::Detail) }));
        let between = || Span::styled(format!(" {} ", theme.symbols.between), theme.dim);
        if let Some(call) = call {
            let (mark, style) = super::calls::mark(call, theme);
            spans.extend([
                between(),
                Span::styled("Result", on(WorkTab::Result)),
                Span::styled(format!(" {mark}"), style),
            ]);
        }
        let running = state.open_calls().count();
        if is_list(ui) || !crate::tui::calls::list(state).is_empty() {
            spans.extend([between(), Span::styled("Calls", on(WorkTab::Calls))]);
            if running > 0 {
                spans.push(Span::styled(format!(" {running} running"), theme.warn));
            }
        }
    }
    let raw = if ui.result.in_view { ui.result.is_raw() } else { ui.work.raw && ui.item(state).is_some() };
    if ui.work.frame.is_none() && !is_list(ui) && raw {
        spans.push(Span::styled("   as sent", theme.warn));
    }
    if ui.result.in_view && ui.result.against().is_some() {
        spans.push(Span::styled("   compared", theme.warn));
    }
    if let Some(reader) = ui.result.reader().filter(|_| ui.result.in_view) {
        where_in(reader, ui, &mut spans, theme);
    }
    Line::from(spans)
}

/// The page of a frame whose name is at a column of the row of tabs.
pub(in crate::tui) fn frame_tab_at(column: usize) -> Option<FrameTab> {
    let mut start = 1;
    FrameTab::ALL.into_iter().find(|tab| {
        let here = start..start + columns(tab.name());
        start = here.end + 3;
        here.contains(&column)
    })
}

/// The page of an item, of its last call or of all calls, whose name is at a column of the row of tabs.
pub(in crate::tui) fn tab_at(state: &State, ui: &Ui, column: usize) -> Option<WorkTab> {
    let called = ui.shown_call(state).is_some();
    let listed = is_list(ui) || !crate::tui::calls::list(state).is_empty();
    let mut start = 1;
    // Behind `Result` stands how it ended.
    let tabs = [
        (WorkTab::Detail, columns(page_name(state, ui)), true),
        (WorkTab::Result, columns("Result") + 2, called),
        (WorkTab::Calls, columns("Calls"), listed),
    ];
    tabs.into_iter().filter(|(.., there)| *there).find_map(|(tab, wide, _)| {
        let here = start..start + wide;
        start = here.end + 3;
        here.contains(&column).then_some(tab)
    })
}

/// Where somebody is in what is read.
fn where_in(reader: &Reader, ui: &Ui, spans: &mut Vec<Span<'static>>, theme: &Theme) {
    if ui.result.depth() > 1 {
        spans.push(Span::styled(format!("   {} {}", theme.symbols.folded, clip(&reader.title, 30)), theme.title));
    }
}

/// On the border below: the path of the value that the cursor is on, and how far down what is in view is. Of a long path
/// the end tells most.
fn place(ui: &Ui, scroll: usize, theme: &Theme, frame: &mut Frame<'_>, rect: Rect, inside: Rect) {
    if rect == inside || is_list(ui) {
        return;
    }
    let of_frame = ui.work.frame.as_ref().map(FrameUi::reader);
    let reader = of_frame.unwrap_or_else(|| ui.result.reader().filter(|_| ui.result.in_view));
    let down = match reader {
        Some(reader) if reader.percent() > 0 => format!("{} %", reader.percent()),
        None if scroll > 0 => format!("from line {}", figures::count(scroll + 1)),
        _ => String::new(),
    };
    let style = Style::reset().patch(theme.base).patch(theme.dim);
    let mut room = usize::from(rect.width).saturating_sub(6);
    if !down.is_empty() && columns(&down) + 2 < room {
        room -= columns(&down) + 3;
        let width = u16::try_from(columns(&down) + 2).unwrap_or(u16::MAX);
        let rect = Rect { x: rect.right() - 1 - width, y: rect.bottom() - 1, width, height: 1 };
        frame.render_widget(Line::styled(format!(" {down} "), style), rect);
    }
    let Some(path) = reader.and_then(Reader::path).filter(|path| path != "$") else { return };
    let path = foreign(&path);
    let from = path.char_indices().map(|(at, _)| at).find(|at| columns(&path[*at..]) < room).unwrap_or(path.len());
    let shown = if columns(&path) <= room { path } else { format!("…{}", &path[from..]) };
    let width = u16::try_from(columns(&shown) + 2).unwrap_or(u16::MAX).min(rect.width.saturating_sub(2));
    let rect = Rect { x: rect.x + 1, y: rect.bottom() - 1, width, height: 1 };
    frame.render_widget(Line::styled(format!(" {shown} "), style), rect);
}

/// What the first tab of the pane is about.
fn page_name(state: &State, ui: &Ui) -> &'static str {
    match ui.row(state) {
        Some((.., ListRow::Item { .. })) => return "Detail",
        Some((.., ListRow::Folder(_))) => return "Folder",
        None => {}
    }
    let tab = ui.session(state).filter(|_| ui.inspector.zone == Zone::Items).map(|session| ui.tab(session.id));
    match tab {
        Some(Tab::Tasks) if ui.task(state).is_some() => "Task",
        Some(Tab::Logging) if ui.session(state).is_some_and(|session| !session.messages.is_empty()) => "Message",
        Some(Tab::Config) => "Config",
        Some(Tab::Stderr) => "Stderr",
        _ => "Server",
    }
}
