//! The sizes of panes: by keys and by dragging a border. They are remembered for each class of screen.

use ratatui::layout::Position;

use super::Outcome;
use crate::tui::kept::Shelf;
use crate::tui::layout::{Class, Edge, Layout, thousandths};
use crate::tui::ui::{Pane, Ui};

/// Columns of one step; a row is about twice as high as a column is wide.
const COLUMNS: i16 = 2;

/// Makes the pane with the focus larger, or smaller, by one step.
pub(super) fn step(ui: &mut Ui, by: i16) -> Vec<Outcome> {
    let layout = Layout::of(ui);
    let edge = match (Class::of(ui), ui.pane()) {
        (None, _) => None,
        (Some(_), Pane::Log) => Some((Edge::Log, by)),
        (Some(Class::Medium), _) => Some((Edge::Log, -by)),
        (Some(_), Pane::Inspector) => Some((Edge::Left, by * COLUMNS)),
        (Some(Class::Wide), _) => Some((Edge::Left, -by * COLUMNS)),
        (Some(Class::Huge), Pane::Work) => Some((Edge::Middle, by * COLUMNS)),
        (Some(Class::Huge), Pane::Conversation) => Some((Edge::Middle, -by * COLUMNS)),
    };
    let Some((edge, by)) = edge else {
        ui.message = Some(if ui.zoom { "it has all the room; z takes it back" } else { "it has all the room" }.into());
        return vec![];
    };
    let now = match edge {
        Edge::Log => layout.log.map(|rect| rect.height),
        Edge::Left => layout.inspector.map(|rect| rect.width),
        Edge::Middle => layout.work.map(|rect| rect.width),
    };
    set(ui, edge, now.unwrap_or_default().saturating_add_signed(by));
    vec![Outcome::Keep(Shelf::Layout)]
}

/// Moves the border that is held to here.
pub(super) fn drag(ui: &mut Ui, at: Position) -> Vec<Outcome> {
    let (Some(edge), layout) = (ui.held, Layout::of(ui)) else { return vec![] };
    let size = match edge {
        Edge::Log => layout.log.map(|rect| rect.bottom().saturating_sub(at.y)),
        Edge::Left => layout.inspector.map(|rect| at.x.saturating_sub(rect.x) + 1),
        Edge::Middle => layout.work.map(|rect| at.x.saturating_sub(rect.x) + 1),
    };
    if let Some(size) = size {
        set(ui, edge, size);
    }
    vec![]
}

/// Lets go of the border.
pub(super) fn release(ui: &mut Ui) -> Vec<Outcome> {
    if ui.held.take().is_some() { vec![Outcome::Keep(Shelf::Layout)] } else { vec![] }
}

fn set(ui: &mut Ui, edge: Edge, size: u16) {
    let Some(class) = Class::of(ui) else { return };
    let layout = Layout::of(ui);
    let above =
        [layout.inspector, layout.work, layout.conversation].into_iter().flatten().map(|rect| rect.height).max();
    let rows =
        layout.log.map_or(0, |rect| rect.height) + above.unwrap_or(0) + layout.strip.map_or(0, |rect| rect.height);
    let beside = layout.work.map_or(0, |rect| rect.width) + layout.conversation.map_or(0, |rect| rect.width);
    let sizes = ui.kept.layout.of_mut(class);
    match edge {
        Edge::Log => sizes.log = Some(thousandths(size, rows)),
        Edge::Left => sizes.left = Some(thousandths(size, ui.size.width)),
        Edge::Middle => sizes.middle = Some(thousandths(size, beside)),
    }
    // What is kept is what is shown: beyond the limits a size would only swallow keys.
    let layout = Layout::of(ui);
    let shown = match edge {
        Edge::Log => layout.log.map(|rect| thousandths(rect.height, rows)),
        Edge::Left => layout.inspector.map(|rect| thousandths(rect.width, ui.size.width)),
        Edge::Middle => layout.work.map(|rect| thousandths(rect.width, beside)),
    };
    let sizes = ui.kept.layout.of_mut(class);
    match edge {
        Edge::Log => sizes.log = shown,
        Edge::Left => sizes.left = shown,
        Edge::Middle => sizes.middle = shown,
    }
}
