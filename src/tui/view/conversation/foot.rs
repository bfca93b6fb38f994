//! The last line of the conversation: who answers, with which tools, and what it weighs.

use ratatui::text::{Line, Span};

use crate::app::State;
use crate::model::chat::Dialect;
use crate::model::session::{Item, Session};
use crate::model::text::width as columns;
use crate::tui::figures;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

pub(super) fn line(state: &State, theme: &Theme, width: usize) -> Line<'static> {
    let chat = &state.chat;
    let dot = theme.symbols.dot;
    let model = chat.model();
    let demo = model
        .as_ref()
        .and_then(|model| chat.provider(&model.provider))
        .is_some_and(|provider| provider.dialect == Dialect::Demo);
    let name = match model {
        Some(_) if demo => "demo model (offline, rule-based)".to_owned(),
        Some(model) => model.to_string(),
        None => "no model: /model".to_owned(),
    };
    let right = weight(state, theme);
    let room = width.saturating_sub(right.iter().map(|span| columns(&span.content)).sum::<usize>() + 2);
    let (servers, tools) = offered(state);
    let long =
        format!("{name} {dot} {} {dot} {}", figures::counted(servers, "server"), figures::counted(tools, "tool"));
    let left = if columns(&long) <= room { long } else { name };
    let left = clip(&left, room);
    let gap = width.saturating_sub(columns(&left) + 1 + right.iter().map(|span| columns(&span.content)).sum::<usize>());
    let mut spans = vec![Span::styled(format!(" {left}"), theme.dim), Span::raw(" ".repeat(gap))];
    spans.extend(right);
    Line::from(spans)
}

/// What the conversation weighs: tokens in and out, and how full the model is.
fn weight(state: &State, theme: &Theme) -> Vec<Span<'static>> {
    let conversation = &state.chat.conversation;
    let all = conversation.usage;
    if all.input + all.output == 0 {
        return Vec::new();
    }
    let (up, down) = if theme.symbols.arrows { ("↑", "↓") } else { ("in ", "out ") };
    let mut spans = vec![Span::styled(format!("{up}{} {down}{}", tokens(all.input), tokens(all.output)), theme.dim)];
    if let Some(gauge) = state.chat.gauge() {
        let style = if gauge.is_nearly_full() { theme.warn } else { theme.dim };
        spans.push(Span::styled(format!(" {} context {} %", theme.symbols.dot, gauge.percent()), style));
    }
    if let Some(cost) = state.chat.cost() {
        spans.push(Span::styled(format!(" {} {cost}", theme.symbols.dot), theme.dim));
    }
    spans.push(Span::raw(" "));
    spans
}

/// `812`, `1.2k`, `45k`, `1.2M`.
fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => format!("{}.{}k", count / 1_000, count % 1_000 / 100),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// How many servers and tools the model sees.
fn offered(state: &State) -> (usize, usize) {
    let settings = &state.chat.conversation.settings;
    let out = |session: &Session, tool: Option<&str>| {
        settings.without.iter().any(|out| out.server == session.spec.name && out.tool.as_deref() == tool)
    };
    let mut counts = (0, 0);
    for session in state.sessions.iter().filter(|session| session.is_ready() && !out(session, None)) {
        counts.0 += 1;
        let hidden = settings.without.iter().filter(|out| out.server == session.spec.name).count();
        counts.1 += if hidden == 0 {
            session.tools.items.len()
        } else {
            session.tools.items.iter().filter_map(Item::key).filter(|tool| !out(session, Some(tool))).count()
        };
    }
    counts
}
