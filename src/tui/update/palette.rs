//! Keys in the command palette, and going to what was found.

use super::{Move, Outcome, inspector, log, work};
use crate::app::chat::ChatCommand;
use crate::app::{Command, State};
use crate::tui::action::Action;
use crate::tui::keymap::{Context, Key};
use crate::tui::layout::Layout;
use crate::tui::palette::{PaletteUi, Target};
use crate::tui::ui::{ItemRef, Modal, Pane, Tab, Ui, Zone};
use crate::tui::view;

pub(super) fn open(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    ui.modal = Some(Modal::Palette(Box::new(PaletteUi::open(ui, state))));
    // Which conversations are kept is looked up anew.
    vec![Outcome::Dispatch(Command::Chat(ChatCommand::ListKept))]
}

fn opened(ui: &mut Ui) -> Option<&mut PaletteUi> {
    match &mut ui.modal {
        Some(Modal::Palette(palette)) => Some(palette),
        _ => None,
    }
}

pub(super) fn act(ui: &mut Ui, state: &State, action: Action) -> Vec<Outcome> {
    let page = view::palette::rows(Layout::of(ui).body);
    match action {
        Action::Close => ui.modal = None,
        Action::Accept => return accept(ui, state),
        _ => {
            if let Some(step) = Move::of(action, page) {
                select(ui, step);
            }
        }
    }
    vec![]
}

pub(super) fn select(ui: &mut Ui, step: Move) {
    if let Some(palette) = opened(ui) {
        palette.selected = step.from(palette.selected, palette.found.len().saturating_sub(1));
    }
}

/// A click on a row of the list does what Enter does.
pub(super) fn click(ui: &mut Ui, state: &State, at: ratatui::layout::Position) -> Vec<Outcome> {
    let body = Layout::of(ui).body;
    let Some(palette) = opened(ui) else { return vec![] };
    match view::palette::row_at(palette, body, at) {
        Some(row) => {
            palette.selected = row;
            accept(ui, state)
        }
        None => vec![],
    }
}

/// A key that belongs to the text.
pub(super) fn type_key(ui: &mut Ui, state: &State, key: Key) {
    change(ui, state, |palette| palette.line.key(key));
}

pub(super) fn paste(ui: &mut Ui, state: &State, text: &str) {
    change(ui, state, |palette| palette.line.insert(text.lines().next().unwrap_or_default()));
}

/// The world may have changed.
pub(super) fn settle(ui: &mut Ui, state: &State) {
    change(ui, state, |_| false);
}

fn change(ui: &mut Ui, state: &State, change: impl FnOnce(&mut PaletteUi) -> bool) {
    // Out of its place for a moment: it looks at all the rest.
    match ui.modal.take() {
        Some(Modal::Palette(mut palette)) => {
            if change(&mut palette) {
                palette.find(ui, state);
            } else {
                palette.refresh(ui, state);
            }
            ui.modal = Some(Modal::Palette(palette));
        }
        other => ui.modal = other,
    }
}

fn accept(ui: &mut Ui, state: &State) -> Vec<Outcome> {
    let Some(found) = opened(ui).and_then(|palette| palette.found.get(palette.selected)) else { return vec![] };
    let target = found.target.clone();
    ui.modal = None;
    match target {
        Target::Action(context, action) => {
            go_where(ui, context);
            return super::act(ui, state, context, action);
        }
        Target::Server(server) => {
            if let Some(at) = state.sessions.iter().position(|session| session.id == server) {
                leave_text(ui);
                ui.inspector.server = at;
                ui.inspector.zone = Zone::Servers;
                inspector::show_selection(ui);
                ui.show(Pane::Inspector);
                return inspector::fresh::look(ui, state);
            }
        }
        Target::Item(item) => {
            go_to(ui, state, &item);
            return inspector::fresh::look(ui, state);
        }
        Target::Preset(item, text) => {
            if go_to(ui, state, &item) {
                let mut out = inspector::fresh::look(ui, state);
                ui.work.drafts.insert(item, text);
                out.extend(work::call(ui, state));
                return out;
            }
        }
        Target::Filter(text) => {
            ui.show(Pane::Log);
            return log::filter::apply(ui, state, text);
        }
        Target::Conversation(id) => {
            ui.show(Pane::Conversation);
            return vec![Outcome::Dispatch(Command::Chat(ChatCommand::Resume(id)))];
        }
        Target::Scheme(scheme) => ui.look.scheme = scheme,
        Target::Ascii => ui.look.ascii = !ui.look.ascii,
    }
    vec![]
}

/// The pane in which an action means something gets the focus.
fn go_where(ui: &mut Ui, context: Context) {
    if ui.focus() == context {
        return;
    }
    let pane = match context {
        Context::Calls => return super::calls::open(ui),
        Context::Inspector => Pane::Inspector,
        Context::Conversation => Pane::Conversation,
        Context::Log => Pane::Log,
        Context::Work | Context::Result | Context::Frame | Context::FrameTree => Pane::Work,
        _ => return,
    };
    super::focus_pane(ui, pane);
}

fn leave_text(ui: &mut Ui) {
    ui.inspector.filtering = false;
    work::put_away(ui);
}

/// Selects an item in its list. Returns whether it is there.
pub(super) fn go_to(ui: &mut Ui, state: &State, item: &ItemRef) -> bool {
    let at = state.sessions.iter().position(|session| session.id == item.server);
    let Some((at, session)) = at.and_then(|at| Some((at, state.sessions.get(at)?))) else { return false };
    leave_text(ui);
    ui.inspector.server = at;
    inspector::open_tab(ui, state, Tab::List(item.kind));
    // A filter would hide it.
    ui.inspector.lists.entry((item.server, item.kind)).or_default().filter.clear();
    let items = &session.listing(item.kind).items;
    let is_it = |one: &crate::model::session::Item| one.key() == Some(&item.key);
    let Some(row) = items.iter().position(is_it).and_then(|at| inspector::row_of(ui, session, item.kind, at)) else {
        ui.message = Some("it is not there any more".into());
        return false;
    };
    ui.inspector.lists.entry((item.server, item.kind)).or_default().selected = row;
    ui.show(Pane::Inspector);
    true
}
