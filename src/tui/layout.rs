//! Where everything is: [`Layout`], from the size and the [`Ui`] alone. Used for drawing, for mouse hits and for
//! how far a page is.

use ratatui::layout::{Position, Rect, Size};

use super::ui::{Pane, Tab, Ui, Zone};
use super::view::inspector;
use crate::app::State;
use crate::model::session::Session;

/// From these many columns on, two panes stand side by side.
const SIDE_BY_SIDE: u16 = 110;
/// From these many columns on, three.
const THREE: u16 = 180;
/// From these many rows on, the log has room below another pane.
const STACKED: u16 = 30;
/// From these many rows of items on, some of them tell about the selected one.
const DETAILED: u16 = 12;
/// The least rows of items above that.
const LISTED: u16 = 3;
/// The least rows that tell about the selected one, with the line above them.
const TOLD: u16 = 5;
/// Side by side the panes need less height.
const STACKED_WIDE: u16 = 24;

/// The least rows of the log, with its border.
const LOG: u16 = 4;
/// The least rows above it.
const ABOVE_LOG: u16 = 8;
/// The least columns of a pane beside another.
const BESIDE: u16 = 26;

/// Screens that are laid out alike; each remembers sizes of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// One pane above the log.
    Medium,
    /// Two.
    Wide,
    /// Three.
    Huge,
}

/// A border between panes that can be moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    /// Above the log.
    Log,
    /// Right of the left pane.
    Left,
    /// Right of the middle one of three.
    Middle,
}

/// The rectangles of one frame. Absent parts are not drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Servers, running calls, recording.
    pub status: Option<Rect>,
    /// Names of the panes, where not all are in view.
    pub strip: Option<Rect>,
    /// The servers and what they offer.
    pub inspector: Option<Rect>,
    /// Detail, editor, result, open frame.
    pub work: Option<Rect>,
    /// What a person and a model say to each other.
    pub conversation: Option<Rect>,
    /// The list of frames.
    pub log: Option<Rect>,
    /// The rows of frames inside it.
    pub log_list: Option<Rect>,
    /// The filter above them: the line, and below it what could be typed next.
    pub log_filter: Option<Rect>,
    /// The newest frame, where the log is not in view.
    pub newest: Option<Rect>,
    /// What can be done here.
    pub hints: Option<Rect>,
    /// All between status and hints, for windows on top.
    pub body: Rect,
}

impl Layout {
    /// The layout of this screen.
    pub fn of(ui: &Ui) -> Layout {
        let mut layout = Layout::panes(ui);
        if let Some(mut rest) = layout.log.map(inner) {
            // The filter's line, and below it what could be typed next; rows of frames have the right to the last two.
            let below = 1 + u16::from(super::view::log::filter::is_long(ui, usize::from(rest.width)));
            let wanted = if ui.log.filter.typing.is_some() { 1 + below } else { u16::from(ui.log.filter.is_open()) };
            let rows = wanted.min(rest.height.saturating_sub(2));
            layout.log_filter = (rows > 0).then(|| cut_top(&mut rest, rows));
            layout.log_list = Some(rest);
        }
        layout
    }

    fn panes(ui: &Ui) -> Layout {
        let Size { width, height } = ui.size;
        let mut layout = Layout::default();
        let mut rest = Rect::new(0, 0, width, height);
        // Content first: with hardly any room there is nothing but the pane.
        if height >= 5 {
            layout.status = Some(cut_top(&mut rest, 1));
        }
        if height >= 4 {
            layout.hints = Some(cut_bottom(&mut rest, 1));
        }
        layout.body = rest;
        let Some(class) = Class::of(ui) else {
            if height >= 8 {
                layout.strip = Some(cut_top(&mut rest, 1));
                if ui.pane() != Pane::Log {
                    layout.newest = Some(cut_bottom(&mut rest, 1));
                }
            }
            layout.put(ui.pane(), rest);
            return layout;
        };
        let sizes = ui.kept.layout.of(class);
        let log = sizes.log.map_or((rest.height * 3 / 10).clamp(8, 16), |share| part(share, rest.height));
        let log = log.clamp(LOG, rest.height.saturating_sub(ABOVE_LOG).max(LOG));
        layout.log = Some(cut_bottom(&mut rest, log));
        if class != Class::Medium {
            let share = if class == Class::Huge { 300 } else { 450 };
            let left = sizes.left.map_or(part(share, width).clamp(54, 84), |share| part(share, width));
            layout.inspector = Some(cut_left(&mut rest, left.clamp(BESIDE, width - 2 * BESIDE)));
            if class == Class::Huge {
                let middle = part(sizes.middle.unwrap_or(500), rest.width);
                let middle = middle.clamp(BESIDE, rest.width.saturating_sub(BESIDE).max(BESIDE));
                layout.work = Some(cut_left(&mut rest, middle));
                layout.conversation = Some(rest);
            } else {
                layout.put(ui.panes.newest(&[Pane::Work, Pane::Conversation]), rest);
            }
            return layout;
        }
        layout.strip = Some(cut_top(&mut rest, 1));
        // The log is below in any case: above it stays what was worked with last.
        layout.put(ui.panes.newest(&[Pane::Inspector, Pane::Conversation, Pane::Work]), rest);
        layout
    }

    fn put(&mut self, pane: Pane, rect: Rect) {
        *match pane {
            Pane::Inspector => &mut self.inspector,
            Pane::Conversation => &mut self.conversation,
            Pane::Log => &mut self.log,
            Pane::Work => &mut self.work,
        } = Some(rect);
    }

    /// The panes that Tab goes round: those in view from left to right, or all where a strip names them.
    pub fn round(&self) -> Vec<Pane> {
        if self.strip.is_some() {
            return Pane::ALL.to_vec();
        }
        let mut panes = Pane::ALL.into_iter().filter_map(|pane| Some((self.pane(pane)?, pane))).collect::<Vec<_>>();
        panes.sort_by_key(|(rect, _)| (rect.y, rect.x));
        if panes.len() < 2 { Pane::ALL.to_vec() } else { panes.into_iter().map(|(_, pane)| pane).collect() }
    }

    /// The rectangle of a pane, if it is in view.
    pub fn pane(&self, pane: Pane) -> Option<Rect> {
        match pane {
            Pane::Inspector => self.inspector,
            Pane::Conversation => self.conversation,
            Pane::Log => self.log,
            Pane::Work => self.work,
        }
    }

    /// The pane at a position.
    pub fn pane_at(&self, at: Position) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| self.pane(*pane).is_some_and(|rect| rect.contains(at)))
    }

    /// The movable border at a position: either of the two lines between two panes.
    pub fn edge_at(&self, at: Position) -> Option<Edge> {
        let log = self.log?;
        // One pane alone has no neighbour.
        let left = [self.inspector, self.work, self.conversation].into_iter().flatten().next()?;
        if at.y == log.y || at.y + 1 == log.y {
            return Some(Edge::Log);
        }
        let right_of = |rect: Rect| at.x + 1 == rect.right() || at.x == rect.right();
        if at.y < left.y || at.y >= log.y {
            return None;
        }
        match (self.inspector, self.work, self.conversation) {
            (Some(rect), Some(_), _) | (Some(rect), _, Some(_)) if right_of(rect) => Some(Edge::Left),
            (Some(_), Some(rect), Some(_)) if right_of(rect) => Some(Edge::Middle),
            _ => None,
        }
    }

    /// How many rows of frames are in view; 0 when the log is not.
    pub fn log_rows(&self) -> usize {
        self.log_list.map_or(0, |rect| usize::from(rect.height))
    }

    /// The columns and rows inside the work pane's border, below the row that names its tabs.
    pub fn work_room(&self) -> Size {
        let rect = inner(self.work.unwrap_or(self.body));
        Size::new(rect.width, rect.height.saturating_sub(1))
    }

    /// The columns and rows of text in the work pane; as if it had the whole body where it is not in view.
    pub fn work_text(&self) -> Size {
        let rect = inner(self.work.unwrap_or(self.body));
        // One row names the tabs.
        Size::new(rect.width.saturating_sub(2), rect.height.saturating_sub(1))
    }
}

impl Class {
    /// The class of this screen; `None` where one pane has all the room.
    pub fn of(ui: &Ui) -> Option<Class> {
        let Size { width, height } = ui.size;
        let wide = width >= SIDE_BY_SIDE;
        if ui.zoom || height < if wide { STACKED_WIDE } else { STACKED } {
            return None;
        }
        Some(match width {
            THREE.. => Class::Huge,
            SIDE_BY_SIDE.. => Class::Wide,
            _ => Class::Medium,
        })
    }
}

/// So many thousandths of a whole.
fn part(thousandths: u16, whole: u16) -> u16 {
    u16::try_from((u32::from(thousandths) * u32::from(whole) + 500) / 1_000).unwrap_or(whole).min(whole)
}

/// The thousandths that a part is of a whole.
pub(super) fn thousandths(part: u16, whole: u16) -> u16 {
    let whole = u32::from(whole.max(1));
    u16::try_from((u32::from(part) * 1_000 + whole / 2) / whole).unwrap_or(1_000).min(1_000)
}

/// The room inside a pane's border; without a border where that would leave nothing.
pub fn inner(rect: Rect) -> Rect {
    if rect.width < 4 || rect.height < 3 {
        return rect;
    }
    Rect::new(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2)
}

/// The parts of the inspector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InspectorLayout {
    /// The servers.
    pub servers: Rect,
    /// The tabs of the selected server.
    pub tabs: Rect,
    /// The filter and the counts.
    pub filter: Rect,
    /// The items of the open list.
    pub items: Rect,
    /// The selected item or server in short, where the work pane is not in view and there is height.
    pub detail: Option<Rect>,
}

impl InspectorLayout {
    /// The parts inside `rect`. Servers get what they need up to a third.
    pub fn of(state: &State, ui: &Ui, rect: Rect) -> InspectorLayout {
        let mut rest = inner(rect);
        let most = match ui.inspector.zone {
            _ if rest.height < 6 => 1,
            Zone::Servers => (rest.height / 2).max(1),
            Zone::Items => (rest.height / 3).max(1),
        };
        let servers = u16::try_from(ui.server_rows(state).len()).unwrap_or(u16::MAX).clamp(1, most).min(rest.height);
        let servers = cut_top(&mut rest, servers);
        let tabs_height =
            ui.session(state).map_or(0, |session| inspector::tabs_height(state, session, rest.width, rest.height));
        let tabs_height = tabs_height.min(rest.height);
        let tabs = cut_top(&mut rest, tabs_height);
        let filter_height = u16::from(rest.height > 1);
        let filter = cut_top(&mut rest, filter_height);
        let wanted =
            ui.session(state).and_then(|session| wanted(state, session, ui)).filter(|_| Layout::of(ui).work.is_none());
        let detail = wanted.and_then(|wanted| {
            // What a short list leaves tells about what is selected in it; a long one gives some of its rows for that.
            let left = rest.height.saturating_sub(wanted.max(LISTED));
            let share = if rest.height < DETAILED { 0 } else { (rest.height * 2 / 5).clamp(5, 12) };
            let rows = left.max(share);
            (rows >= TOLD).then(|| cut_bottom(&mut rest, rows))
        });
        InspectorLayout { servers, tabs, filter, items: rest, detail }
    }
}

/// The rows that the open list of a server would fill, as far as a filter leaves them; none where a page is open.
fn wanted(state: &State, session: &Session, ui: &Ui) -> Option<u16> {
    let rows = match ui.tab(session.id) {
        Tab::List(kind) => match ui.filtered(state) {
            Some(left) => left,
            None => ui.rows(session, kind).len().max(session.listing(kind).items.len()),
        },
        Tab::Tasks => state.tasks_of(session).count(),
        Tab::Logging if session.messages.is_empty() => 4,
        // Messages come all the time.
        Tab::Logging => usize::MAX,
        Tab::Info | Tab::Config | Tab::Stderr => return None,
    };
    Some(u16::try_from(rows).unwrap_or(u16::MAX))
}

/// The parts of the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConversationLayout {
    /// What was said.
    pub entries: Rect,
    /// What is looked for in it, while something is.
    pub find: Option<Rect>,
    /// The line above the message.
    pub rule: Rect,
    /// The message being typed.
    pub composer: Rect,
    /// The model and what it cost.
    pub foot: Rect,
}

impl ConversationLayout {
    /// The parts inside `rect`. The message gets the rows it needs up to a third.
    pub fn of(ui: &Ui, rect: Rect) -> ConversationLayout {
        let mut rest = inner(rect);
        let cols = usize::from(rest.width).saturating_sub(2);
        let foot = u16::from(rest.height >= 4);
        let foot = cut_bottom(&mut rest, foot);
        let most = (rest.height / 3).max(1);
        let lines = super::conversation::rows(&ui.conversation.composer.area, cols, usize::from(most));
        let composer = cut_bottom(&mut rest, u16::try_from(lines).unwrap_or(most).clamp(1, most));
        let rule = u16::from(rest.height >= 3);
        let rule = cut_bottom(&mut rest, rule);
        let finds = ui.conversation.find.is_some() && ui.conversation.sight.is_none() && rest.height >= 2;
        let find = finds.then(|| cut_bottom(&mut rest, 1));
        ConversationLayout { entries: rest, find, rule, composer, foot }
    }
}

fn cut_top(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    let cut = Rect { height: rows, ..*rest };
    rest.y += rows;
    rest.height -= rows;
    cut
}

fn cut_left(rest: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(rest.width);
    let cut = Rect { width: columns, ..*rest };
    rest.x += columns;
    rest.width -= columns;
    cut
}

fn cut_bottom(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    rest.height -= rows;
    Rect { y: rest.y + rest.height, height: rows, ..*rest }
}
