//! The work pane: its tabs, and the page or the editor below them.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::row;
use crate::app::State;
use crate::model::call::CallState;
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::frame::{FindUi, FrameTab};
use crate::tui::keymap::Context;
use crate::tui::layout::Layout;
use crate::tui::page::{self, clip, foreign};
use crate::tui::reader::Reader;
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Tab, Ui, WorkTab, Zone};

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let title = title(state, ui);
    let inside = super::pane(ui, Pane::Work, (&title, ""), theme, frame, rect);
    if ui.work.frame.is_none()
        && let Some(editor) = &ui.work.editor
    {
        if editor.as_form {
            super::arguments::draw(state, editor, ui, theme, frame, inside);
        } else {
            super::editor::draw(editor, ui, theme, frame, inside);
        }
        return;
    }
    let scroll = ui.work.frame.as_ref().map_or(ui.work.scroll, |open| open.scroll);
    let mut body = Rect { x: inside.x + inside.width.min(1), width: inside.width.saturating_sub(2), ..inside };
    if let Some(first) = row(inside, 0) {
        match ui.work.frame.as_ref().filter(|open| open.find.typing) {
            Some(open) => find(&open.find, theme, frame, first),
            None => frame.render_widget(tabs(state, ui, scroll, theme), first),
        }
        body.y += 1;
        body.height -= 1;
    }
    if let (true, Some(reader), Some(call)) = (ui.result.in_view, ui.result.reader(), ui.shown_call(state)) {
        let head = page::result_head(state, ui, call, theme, Layout::of(ui).work_room());
        let above = u16::try_from(head.len()).unwrap_or(u16::MAX).min(body.height);
        frame.render_widget(Paragraph::new(head), Rect { height: above, ..body });
        let rect = Rect { y: body.y + above, height: body.height - above, ..inside };
        super::reader::draw(reader, ui.focus() == Context::Result || ui.focus() == Context::Find, theme, frame, rect);
        return;
    }
    let lines: Vec<Line<'static>> =
        page::lines(state, ui, theme, body.width).skip(scroll).take(usize::from(body.height)).collect();
    let lines: Vec<Line<'static>> = match &ui.work.frame {
        Some(open) => {
            let filter = state.search.as_ref().map(|search| search.filter.wanted_texts()).unwrap_or_default();
            let texts = if open.find.is_on() { vec![open.find.line.text()] } else { filter };
            lines.into_iter().map(|line| page::light(line, &texts, theme.found)).collect()
        }
        None => lines,
    };
    frame.render_widget(Paragraph::new(lines), body);
}

/// What is searched in a frame, while it is typed.
fn find(find: &FindUi, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let width = usize::from(rect.width);
    let missed = if find.missed { "not in this frame" } else { "" };
    let (text, cursor) = super::line::visible(&find.line, true, width.saturating_sub(4 + missed.len()));
    let gap = " ".repeat(width.saturating_sub(4 + columns(&text) + missed.len()));
    let spans = vec![
        Span::styled(" / ", theme.accent),
        Span::styled(text, theme.title),
        Span::raw(gap),
        Span::styled(missed, theme.warn),
    ];
    frame.render_widget(Line::from(spans), rect);
    if width > 3 {
        frame.set_cursor_position(Position::new(rect.x + (3 + cursor).min(width - 1) as u16, rect.y));
    }
}

fn title(state: &State, ui: &Ui) -> String {
    if ui.work.frame.is_some() {
        return format!("Frame {}", ui.log.selected(state).map_or(String::new(), figures::count));
    }
    if let Some(editor) = &ui.work.editor {
        let server = state.session(editor.item.server).map_or("?", |session| session.spec.name.as_str());
        let verb = if editor.uri().is_some() { "Read" } else { "Call" };
        return format!("{verb} {} / {}", foreign(server), foreign(&editor.item.key));
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
fn tabs(state: &State, ui: &Ui, scroll: usize, theme: &Theme) -> Line<'static> {
    let open = theme.title.patch(theme.accent).add_modifier(ratatui::style::Modifier::UNDERLINED);
    let mut spans = vec![Span::raw(" ")];
    if let Some(frame) = &ui.work.frame {
        for (at, tab) in FrameTab::ALL.into_iter().enumerate() {
            if at > 0 {
                spans.push(Span::styled(format!(" {} ", theme.symbols.between), theme.dim));
            }
            spans.push(Span::styled(tab.name(), if tab == frame.tab { open } else { theme.dim }));
        }
        if frame.find.is_on() {
            spans.push(Span::styled(format!("   /{}", foreign(frame.find.line.text())), theme.found));
        }
    } else if ui.item(state).is_none() && ui.shown_call(state).is_none() {
        let name = match ui.session(state).map(|session| ui.tab(session.id)) {
            Some(Tab::Tasks) if ui.task(state).is_some() => "Task",
            Some(Tab::Logging) if ui.inspector.zone == Zone::Items => "Message",
            Some(Tab::Config) if ui.inspector.zone == Zone::Items => "Config",
            Some(Tab::Stderr) if ui.inspector.zone == Zone::Items => "Stderr",
            _ => "Server",
        };
        spans.push(Span::styled(name, open));
    } else {
        let on = |tab| if ui.work.tab == tab { open } else { theme.dim };
        let call = ui.shown_call(state);
        let shown = if call.is_some() { on(WorkTab::Detail) } else { open };
        spans.push(Span::styled("Detail", shown));
        if let Some(call) = call {
            let (mark, style) = match &call.state {
                CallState::Running | CallState::Cancelling => (theme.symbols.connecting, theme.warn),
                CallState::Done(_) if call.is_tool_error() => (theme.symbols.down, theme.bad),
                CallState::Done(_) => (theme.symbols.ok, theme.good),
                CallState::Failed(_) => (theme.symbols.broken, theme.bad),
            };
            spans.push(Span::styled(format!(" {} ", theme.symbols.between), theme.dim));
            spans.push(Span::styled("Result", on(WorkTab::Result)));
            spans.push(Span::styled(format!(" {mark}"), style));
        }
    }
    if ui.work.frame.is_none() && if ui.result.in_view { ui.result.is_raw() } else { ui.work.raw } {
        spans.push(Span::styled("   as sent", theme.warn));
    }
    if let Some(reader) = ui.result.reader().filter(|_| ui.result.in_view) {
        where_in(reader, ui, &mut spans, theme);
    } else if scroll > 0 {
        spans.push(Span::styled(format!("   from line {}", figures::count(scroll + 1)), theme.dim));
    }
    Line::from(spans)
}

/// Where somebody is in what is read.
fn where_in(reader: &Reader, ui: &Ui, spans: &mut Vec<Span<'static>>, theme: &Theme) {
    if ui.result.depth() > 1 {
        spans.push(Span::styled(format!("   {} {}", theme.symbols.folded, clip(&reader.title, 30)), theme.title));
    }
    let percent = reader.percent();
    if percent > 0 {
        spans.push(Span::styled(format!("   {percent} %"), theme.dim));
    }
    if let Some(path) = reader.path().filter(|path| path != "$") {
        spans.push(Span::styled(format!("   {}", clip(&path, 60)), theme.dim));
    }
}
