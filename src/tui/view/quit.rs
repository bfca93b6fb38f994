//! The question whether to leave, or to restart a server, although something is not finished: what, and what becomes of it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::app::State;
use crate::model::id::ServerId;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::page::{clip, foreign, wrapped};
use crate::tui::quit::{Unfinished, unfinished, unfinished_of};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Columns.
const WIDTH: u16 = 68;
/// Lines of what is not finished.
const LISTED: usize = 8;

/// Draws the question whether to quit, or whether to restart `server`.
pub(super) fn draw(state: &State, ui: &Ui, server: Option<ServerId>, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    let open = server.map_or_else(|| unfinished(state), |server| unfinished_of(state, server));
    let width = usize::from(WIDTH.min(body.width).saturating_sub(4));
    let mut lines: Vec<Line<'static>> = Vec::new();
    let room = usize::from(body.height.saturating_sub(8)).clamp(1, LISTED);
    for one in open.iter().take(room) {
        let (kind, style, text) = told(state, ui, *one);
        lines.push(Line::from(vec![
            Span::styled(format!(" {kind:<9}"), if style { theme.warn } else { theme.dim }),
            Span::raw(clip(&text, width.saturating_sub(10))),
        ]));
    }
    if open.len() > room {
        lines.push(Line::styled(format!(" and {} more", open.len() - room), theme.dim));
    }
    lines.push(Line::raw(""));
    let after = if open.is_empty() {
        "All that ran has ended meanwhile."
    } else if server.is_some() {
        "Restarting cuts off what runs there. Tasks go on only if the server keeps them."
    } else {
        "Quitting cancels what runs and ends all servers. Tasks go on where the server keeps them."
    };
    lines.extend(wrapped(after, theme.dim, width, 0).map(|line| {
        let mut line = line;
        line.spans.insert(0, Span::raw(" "));
        line
    }));
    lines.push(Line::raw(""));
    let (context, offers) = match server {
        Some(_) => (Context::Restart, [(Action::Accept, "restart"), (Action::Close, "back")]),
        None => (Context::Quit, [(Action::Quit, "quit"), (Action::Close, "stay")]),
    };
    let key = |action| ui.keymap.key_of(context, action).map(|key| key.show(theme.symbols.arrows));
    let mut keys = vec![];
    for (action, does) in offers {
        if let Some(key) = key(action) {
            keys.push(Span::styled(format!(" {key}"), theme.accent));
            keys.push(Span::raw(format!(" {does}   ")));
        }
    }
    lines.push(Line::from(keys));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let session = server.and_then(|server| state.session(server));
    let title = session.map_or_else(
        || "Quit?".to_owned(),
        |session| format!("Restart {}?", clip(&foreign(&session.spec.name), width.saturating_sub(12))),
    );
    let inside = super::window(&title, theme, frame, super::centered(body, WIDTH, height));
    frame.render_widget(Paragraph::new(lines), inside);
}

/// What it is, whether it would be lost, and which it is.
fn told(state: &State, ui: &Ui, one: Unfinished<'_>) -> (&'static str, bool, String) {
    let server = |id: ServerId| state.session(id).map_or("?", |session| session.spec.name.as_str()).to_owned();
    match one {
        Unfinished::Call(call) => {
            let runs = figures::duration(ui.now(state).micros_since(call.started));
            ("call", true, format!("{} / {}, for {runs}", server(call.server), call.operation.subject()))
        }
        Unfinished::Question(question) => {
            ("question", true, format!("{} asks for {}", server(question.id.server), question.body.kind()))
        }
        Unfinished::Turn => ("answer", true, "the model is still at it".to_owned()),
        Unfinished::Task(task) => {
            let what = if task.tool.is_empty() { &task.id } else { &task.tool };
            ("task", false, format!("{} / {what}, {}", task.server, task.status.word().replace('_', " ")))
        }
    }
}
