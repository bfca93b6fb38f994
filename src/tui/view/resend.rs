//! A frame that is to be sent again: what happens to it, the text, what is wrong with it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::editor;
use crate::tui::keymap::Context;
use crate::tui::page::wrapped;
use crate::tui::resend::Resend;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

pub(super) fn draw(resend: &Resend, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let mut rest = Rect { x: rect.x + rect.width.min(1), width: rect.width.saturating_sub(2), ..rect };
    let width = usize::from(rest.width.max(1));
    let said = if resend.request {
        "A request: it is sent with a new id, and with the `_meta` that this session puts into each request."
    } else {
        "A notification: it is sent exactly as it stands here."
    };
    let mut head: Vec<Line<'static>> = wrapped(said, theme.dim, width, 0).collect();
    if resend.lacks_a_secret() {
        let text = "[redacted] stands where a secret was: put it in again, or it is sent as it stands here.";
        head.extend(wrapped(text, theme.warn, width, 0));
    }
    let foot: Vec<Line<'static>> = match &resend.refused {
        Some(why) => wrapped(format!("not sent: {why}"), theme.bad, width, 0).collect(),
        None => vec![],
    };
    let rows = |lines: &[Line<'_>], most: u16| u16::try_from(lines.len()).unwrap_or(u16::MAX).min(most);
    let below = rows(&foot, rest.height / 3);
    rest.height -= below;
    frame.render_widget(Paragraph::new(foot), Rect { y: rest.bottom(), height: below, ..rest });
    let above = rows(&head, rest.height / 3);
    frame.render_widget(Paragraph::new(head), Rect { height: above, ..rest });
    rest.y += above;
    rest.height -= above;
    editor::text(&resend.area, ui.focus() == Context::Resend, theme, frame, rest);
}
