//! Keys in the open frame while it is shown as a tree: folding, copying values and paths, searching in it.

use super::super::Outcome;
use super::frame;
use crate::app::State;
use crate::tui::action::Action;
use crate::tui::frame::{FrameTab, FrameUi};
use crate::tui::layout::Layout;
use crate::tui::reader::{Find, Reader, Reply};
use crate::tui::ui::Ui;

/// Rows above the tree: what the frame is.
pub(in crate::tui) const HEAD: u16 = 2;

/// Brings the tree in line with the selected frame. Called before each screen and before each key.
pub(in crate::tui::update) fn settle(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let selected = ui.log.selected(state);
    let room = Layout::of(ui).work_room();
    let Some(open) = ui.work.frame.as_mut().filter(|open| open.tab == FrameTab::Tree) else { return vec![] };
    let (large, again) = open.grow(state, selected);
    let mut out: Vec<Outcome> = large.map(|(frame, text)| Outcome::Grow(frame, text)).into_iter().collect();
    if again {
        out.push(Outcome::Again);
    }
    if let Some(reader) = open.reader_mut() {
        reader.resize(room.width, room.height.saturating_sub(HEAD));
        if reader.find.as_ref().is_some_and(Find::is_busy) {
            reader.advance();
            out.push(Outcome::Again);
        }
    }
    out
}

/// A large tree is made.
pub(in crate::tui::update) fn grown(ui: &mut Ui, frame: usize, reader: Reader) {
    let wanted = |open: &&mut FrameUi| open.tree.as_ref().is_some_and(|tree| tree.frame == frame);
    if let Some(open) = ui.work.frame.as_mut().filter(wanted) {
        open.put(frame, reader);
    }
}

/// What a key does in the tree; `None` where it has no meaning of its own there.
pub(super) fn act(ui: &mut Ui, action: Action) -> Option<Vec<Outcome>> {
    let open = ui.work.frame.as_mut()?;
    let searched = open.reader().is_some_and(|reader| reader.find.is_some());
    let reader = open.reader_mut()?;
    let action = match action {
        Action::Filter => Action::Find,
        Action::NextFrame if searched => Action::FindNext,
        Action::PrevFrame if searched => Action::FindPrev,
        Action::Back => return back(open).then(Vec::new),
        // The whole frame is copied on another page; here it is a value.
        Action::Raw | Action::NextView | Action::NextFrame | Action::PrevFrame | Action::Save => return None,
        action => action,
    };
    Some(match reader.act(action) {
        Reply::Done => vec![],
        Reply::Unused => match action {
            Action::Left => {
                frame::switch(ui, FrameTab::ALL.len() - 1);
                vec![]
            }
            Action::Right | Action::Toggle | Action::Open => vec![],
            _ => return None,
        },
        Reply::Say(said) => {
            ui.message = Some(said);
            vec![]
        }
        Reply::Copy { text, what } => {
            ui.message = Some(format!("copied {what}, if the terminal allows it"));
            vec![Outcome::Copy(text)]
        }
        Reply::Inside(inside) => {
            if let Some(tree) = &mut open.tree {
                tree.push(*inside);
            }
            vec![]
        }
        // A frame is JSON: it has no links of its own.
        Reply::Follow { .. } => vec![],
    })
}

/// One step: out of the search, out of an opened value. Returns whether there was one.
fn back(open: &mut FrameUi) -> bool {
    let Some(tree) = &mut open.tree else { return false };
    match tree.reader_mut() {
        Some(reader) if reader.find.is_some() => {
            reader.drop_find();
            true
        }
        _ => tree.pop(),
    }
}

/// Keys while what is searched is typed.
pub(super) fn find_act(reader: &mut Reader, action: Action) {
    match action {
        Action::Accept => reader.keep_find(),
        Action::Back => reader.drop_find(),
        Action::Up => drop(reader.act(Action::FindPrev)),
        Action::Down => drop(reader.act(Action::FindNext)),
        Action::PageUp | Action::PageDown => drop(reader.act(action)),
        _ => {}
    }
}
