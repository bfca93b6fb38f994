//! Keys in the open frame: its pages, scrolling, searching in it, and what can be taken out of it.

use ratatui::layout::Size;

use super::super::{Move, Outcome};
use super::{either, record, select, tree};
use crate::app::State;
use crate::model::record::Body;
use crate::model::wire::FrameKind;
use crate::tui::action::Action;
use crate::tui::command_line;
use crate::tui::frame::FrameTab;
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::Layout;
use crate::tui::line::LineEdit;
use crate::tui::page;
use crate::tui::prompt;
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};

/// Lines of a huge frame that a key looks at while the text is typed: a key must not be felt.
const TYPED: usize = 20_000;
/// Lines of a huge frame that one step of a search looks at; the next step goes on from there.
const LOOKED_AT: usize = 500_000;

pub(super) fn act(ui: &mut Ui, state: &State, context: Context, action: Action) -> Vec<Outcome> {
    if context == Context::FrameFind {
        return find_act(ui, state, action);
    }
    if let Some(outcomes) = tree::act(ui, action) {
        return outcomes;
    }
    let page = usize::from(room(ui).height);
    if walk(ui, state, action, page) {
        return vec![];
    }
    if let Some(step) = Move::of(action, page) {
        scroll(ui, state, step);
        return vec![];
    }
    match action {
        Action::Open if tab(ui) == Some(FrameTab::Call) => show(ui, FrameTab::default()),
        Action::NextFrame if searched(ui) => find(ui, state, true),
        Action::PrevFrame if searched(ui) => find(ui, state, false),
        Action::NextFrame => select(ui, state, Move::By(1)),
        Action::PrevFrame => select(ui, state, Move::By(-1)),
        Action::Right => switch(ui, 1),
        Action::Left => switch(ui, FrameTab::ALL.len() - 1),
        Action::NextView => {
            // The whole call is no way to show the frame: it has a key of its own.
            let next = ui.work.frame.as_ref().map_or(FrameTab::default(), |frame| frame.tab.step(1));
            show(ui, if next == FrameTab::Call { FrameTab::default() } else { next });
        }
        Action::WholeCall => {
            show(ui, FrameTab::Call);
            if let Some(open) = &mut ui.work.frame {
                open.call_of = ui.log.selected(state);
            }
        }
        Action::Filter => {
            if let Some(frame) = &mut ui.work.frame {
                frame.find.line = LineEdit::default();
                frame.find.typing = true;
                frame.find.from = frame.scroll;
            }
        }
        Action::Back => back(ui),
        action => return either(ui, state, action),
    }
    vec![]
}

fn tab(ui: &Ui) -> Option<FrameTab> {
    ui.work.frame.as_ref().map(|open| open.tab)
}

/// In the whole call, a step goes to the next frame of it, and the page follows. Whether that was so.
fn walk(ui: &mut Ui, state: &State, action: Action, page: usize) -> bool {
    let (next, prev) = match action {
        Action::NextFrame | Action::PrevFrame if searched(ui) => return false,
        Action::Down | Action::NextFrame => (1, 0),
        Action::Up | Action::PrevFrame => (0, 1),
        _ => return false,
    };
    let Some(selected) = ui.log.selected(state).filter(|_| tab(ui) == Some(FrameTab::Call)) else { return false };
    let Some(open) = &ui.work.frame else { return false };
    let frames = page::frames_of_call(state, open, selected);
    let at = frames.iter().position(|frame| *frame == selected);
    let Some(to) = at.and_then(|at| (at + next).checked_sub(prev)).filter(|to| *to < frames.len()) else {
        return false;
    };
    let scroll = ui.work.frame.as_ref().map_or(0, |open| open.scroll);
    super::reveal(ui, state, frames[to]);
    if let Some(open) = &mut ui.work.frame {
        open.scroll = scroll.min(to).max((to + 1).saturating_sub(page));
    }
    true
}

/// Shows the page so many further right, round the end.
pub(super) fn switch(ui: &mut Ui, by: usize) {
    if let Some(tab) = ui.work.frame.as_ref().map(|frame| frame.tab.step(by)) {
        show(ui, tab);
    }
}

/// Shows a page from its beginning.
pub(in crate::tui::update) fn show(ui: &mut Ui, tab: FrameTab) {
    if let Some(frame) = &mut ui.work.frame {
        frame.tab = tab;
        frame.scroll = 0;
    }
}

/// The columns and rows for the page; the line of a search has one of them.
fn room(ui: &Ui) -> Size {
    let room = Layout::of(ui).work_text();
    let taken = ui.work.frame.as_ref().is_some_and(|open| open.find.takes_a_row() && open.tab != FrameTab::Tree);
    Size { height: room.height.saturating_sub(u16::from(taken && room.height > 1)), ..room }
}

fn searched(ui: &Ui) -> bool {
    ui.work.frame.as_ref().is_some_and(|frame| frame.find.is_on())
}

/// One step back: the search in the frame, then the frame.
fn back(ui: &mut Ui) {
    if ui.zoom {
        ui.zoom = false;
    } else if let Some(frame) = ui.work.frame.as_mut().filter(|frame| frame.find.is_on()) {
        frame.find = crate::tui::frame::FindUi::default();
    } else {
        ui.work.frame = None;
        ui.leave(Pane::Work);
    }
}

pub(in crate::tui) fn scroll(ui: &mut Ui, state: &State, step: Move) {
    let room = room(ui);
    let theme = Theme::default();
    if let Some(reader) = ui.work.frame.as_mut().and_then(crate::tui::frame::FrameUi::reader_mut) {
        match step {
            Move::By(rows) => reader.move_by(usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX), rows < 0),
            Move::Top => drop(reader.act(Action::Top)),
            Move::Bottom => drop(reader.act(Action::Bottom)),
        }
        return;
    }
    let Some(at) = ui.work.frame.as_ref().map(|frame| frame.scroll) else { return };
    let scroll =
        page::scrolled(at, step.target(), usize::from(room.height), || page::lines(state, ui, &theme, room.width));
    if let Some(frame) = &mut ui.work.frame {
        frame.scroll = scroll;
    }
}

fn find_act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let Some(frame) = &mut ui.work.frame else { return vec![] };
    if let Some(reader) = frame.reader_mut() {
        tree::find_act(reader, action);
        return vec![];
    }
    match action {
        Action::Accept => {
            frame.find.typing = false;
            if frame.find.missed {
                ui.message = Some("it is not in this frame".into());
            } else if frame.find.further.is_some() {
                find(ui, state, true);
            }
        }
        Action::Back => {
            frame.scroll = frame.find.from;
            frame.find = crate::tui::frame::FindUi::default();
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown => {
            let page = usize::from(room(ui).height);
            if let Some(step) = Move::of(action, page) {
                scroll(ui, state, step);
            }
        }
        _ => {}
    }
    vec![]
}

/// A key that belongs to what is searched: the first place from where the typing began is shown at once.
pub(in crate::tui) fn type_key(ui: &mut Ui, state: &State, key: Key) {
    let Some(frame) = &mut ui.work.frame else { return };
    if let Some(reader) = frame.reader_mut() {
        reader.find_key(key);
        return;
    }
    if frame.find.line.key(key) {
        found_from(ui, state);
    }
}

pub(in crate::tui) fn paste(ui: &mut Ui, state: &State, text: &str) {
    let Some(frame) = &mut ui.work.frame else { return };
    if let Some(reader) = frame.reader_mut() {
        reader.find_paste(text);
        return;
    }
    if frame.find.line.insert(text.lines().next().unwrap_or_default()) {
        found_from(ui, state);
    }
}

fn found_from(ui: &mut Ui, state: &State) {
    let Some(from) = ui.work.frame.as_ref().map(|frame| frame.find.from) else { return };
    let looked = line_after(ui, state, from, TYPED);
    if let Some(frame) = &mut ui.work.frame {
        frame.find.missed = looked == Looked::Nowhere && frame.find.is_on();
        frame.find.further = if let Looked::Until(line) = looked { Some(line) } else { None };
        frame.scroll = if let Looked::At(line) = looked { line } else { from };
    }
}

/// The next place of what is searched, or the one before, round the ends.
fn find(ui: &mut Ui, state: &State, forward: bool) {
    let Some(frame) = &mut ui.work.frame else { return };
    let at = frame.scroll;
    let from = frame.find.further.take().unwrap_or(at + 1);
    let looked = if forward {
        match line_after(ui, state, from, LOOKED_AT) {
            Looked::Nowhere => {
                ui.message = Some("from the top again".into());
                line_after(ui, state, 0, LOOKED_AT)
            }
            looked => looked,
        }
    } else {
        let found = line_before(ui, state, at).or_else(|| {
            ui.message = Some("from the end again".into());
            line_before(ui, state, LOOKED_AT)
        });
        found.map_or(Looked::Nowhere, Looked::At)
    };
    let Some(frame) = &mut ui.work.frame else { return };
    match looked {
        Looked::At(line) => frame.scroll = line,
        Looked::Until(line) => {
            frame.find.further = Some(line);
            ui.message = Some("not found yet; n looks further".into());
        }
        Looked::Nowhere => ui.message = Some("it is not in this frame".into()),
    }
}

/// How a search in a frame ended.
#[derive(Clone, Copy, PartialEq)]
enum Looked {
    /// On this line.
    At(usize),
    /// It has not looked at this line yet.
    Until(usize),
    /// At the end of the frame.
    Nowhere,
}

/// The first line from this one on that has the searched text, of at most so many.
fn line_after(ui: &Ui, state: &State, from: usize, most: usize) -> Looked {
    let width = Layout::of(ui).work_text().width;
    let Some(open) = &ui.work.frame else { return Looked::Nowhere };
    let text = open.find.line.text();
    let theme = Theme::default();
    let mut lines = page::lines(state, ui, &theme, width).skip(from);
    for line in from..from + most {
        match lines.next() {
            None => return Looked::Nowhere,
            Some(found) if page::has_text(&found, text) => return Looked::At(line),
            Some(_) => {}
        }
    }
    Looked::Until(from + most)
}

/// The last line before this one that has it.
fn line_before(ui: &Ui, state: &State, before: usize) -> Option<usize> {
    let width = Layout::of(ui).work_text().width;
    let text = ui.work.frame.as_ref()?.find.line.text();
    let theme = Theme::default();
    let lines = page::lines(state, ui, &theme, width).take(before).enumerate();
    lines.filter(|(_, line)| page::has_text(line, text)).last().map(|(at, _)| at)
}

fn frame(ui: &Ui, state: &State) -> Result<Vec<u8>, &'static str> {
    match &record(ui, state)?.body {
        Body::Msg(text) | Body::Text(text) => Ok(text.clone().into_bytes()),
        Body::Bytes(bytes) => Ok(bytes.clone()),
        Body::None => Err("there is nothing in it"),
    }
}

pub(super) fn copy(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let text = frame(ui, state).and_then(|bytes| String::from_utf8(bytes).map_err(|_| "this frame is not text"));
    copied(ui, text, "copied, if the terminal allows it")
}

/// The command line that sends the same; for a response, the same as its request.
pub(super) fn copy_command(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let command = record(ui, state).and_then(|record| {
        let pair = ui.log.selected(state).and_then(|frame| state.log.get(frame)).and_then(|entry| entry.pair);
        let asked = pair.and_then(|pair| state.rows.get(&pair)).filter(|asked| asked.whole);
        let is_response = matches!(record.kind, FrameKind::Result | FrameKind::Error);
        let record = asked.filter(|_| is_response).map_or(record, AsRef::as_ref);
        let session = state.by_name(&record.server);
        command_line::of(record, session.map(|session| &session.spec))
    });
    match command {
        Ok(command) if command.variables.is_empty() => {
            copied(ui, Ok(command.line), "copied as a command, if the terminal allows it")
        }
        Ok(command) => {
            let done = format!("copied as a command without its secrets: set {}", command.variables.join(", "));
            copied(ui, Ok(command.line), &done)
        }
        Err(why) => copied(ui, Err(why), ""),
    }
}

fn copied(ui: &mut Ui, text: Result<String, &'static str>, done: &str) -> Vec<Outcome> {
    match text {
        Ok(text) => {
            ui.message = Some(done.into());
            vec![Outcome::Copy(text)]
        }
        Err(why) => {
            ui.message = Some(why.into());
            vec![]
        }
    }
}

pub(super) fn save(ui: &mut Ui, state: &State) {
    match frame(ui, state) {
        Ok(bytes) => {
            let name = format!("frame-{}", ui.log.selected(state).map_or(0, |frame| frame + 1));
            let extension = if bytes.starts_with(b"{") || bytes.starts_with(b"[") { "json" } else { "txt" };
            prompt::save(ui, "the frame", &name, extension, bytes);
        }
        Err(why) => ui.message = Some(why.into()),
    }
}
