//! The conversation: what was said, how the turn goes, the message being typed, the model. Only rows in view are made.

mod entry;
mod foot;
mod popup;
mod sight;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::row;
use crate::app::State;
use crate::app::chat::{Gauge, Phase};
use crate::model::call::ListKind;
use crate::model::chat::Dialect;
use crate::model::conversation::ModelCallState;
use crate::model::demo;
use crate::model::json::tree::find::Needle;
use crate::model::session::{ListState, Status};
use crate::tui::action::Action;
use crate::tui::conversation::{Find, Health, shown, words};
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::layout::ConversationLayout;
use crate::tui::page::{clip, foreign, wrapped};
use crate::tui::reader::marked;
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Ui};

pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let conversation = &state.chat.conversation;
    let title = if conversation.title.is_empty() {
        "Conversation".to_owned()
    } else {
        format!("Conversation {} {}", theme.symbols.dot, foreign(&conversation.title))
    };
    let title = if ui.conversation.sight.is_some() { "What the model sees".to_owned() } else { title };
    let place = if ui.conversation.sight.is_some() {
        "Esc back to the conversation"
    } else if ui.conversation.follows() {
        ""
    } else {
        "scrolled up, G to the end"
    };
    super::pane(ui, Pane::Conversation, (&title, place), theme, frame, rect);
    let parts = ConversationLayout::of(ui, rect);
    if let Some(seen) = &ui.conversation.sight {
        sight::draw(seen, ui.focus() == Context::Sight, theme, frame, parts.entries);
    } else if conversation.is_empty() {
        empty(state, ui, theme, frame, parts.entries);
    } else {
        entries(state, ui, theme, frame, parts.entries);
    }
    if let (Some(rect), Some(find)) = (parts.find, &ui.conversation.find) {
        let focused = ui.focus() == Context::Find;
        super::line::search(&find.line, find.typing, focused, &find.said(), theme, frame, rect);
    }
    if parts.rule.height > 0 {
        frame.render_widget(rule(state, ui, theme, usize::from(parts.rule.width)), parts.rule);
    }
    composer(ui, theme, frame, parts.composer);
    if parts.foot.height > 0 {
        frame.render_widget(foot::line(state, theme, usize::from(parts.foot.width)), parts.foot);
    }
    popup::draw(state, ui, theme, frame, rect, parts);
}

/// What is in view of what was said.
fn entries(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let entries = &state.chat.conversation.entries;
    let top = ui.conversation.top();
    let has_focus = ui.focus() == Context::Conversation;
    let selected = ui.conversation.selected(entries).filter(|_| has_focus);
    let mut at_row = 0;
    let mut skip = top.row;
    let above = top.entry > 0 || top.row > 0;
    let find = ui.conversation.find.as_ref();
    let needle = find.and_then(Find::needle);
    for at in top.entry..entries.len() {
        let Some(sheet) = ui.conversation.sheet(at) else { break };
        let drawn = entry::Drawn::new(state, ui, at, selected == Some(at), usize::from(area.width));
        let here = find.and_then(|find| find.here(at));
        let mut before = 0;
        for part in &sheet.parts {
            let height = part.height();
            for n in skip.min(height)..height {
                let Some(rect) = row(area, at_row) else {
                    return super::more(theme, frame, area, above, true);
                };
                let mut line = drawn.line(part, n, theme);
                let part_here = here.and_then(|here| here.rows.get((before + n).checked_sub(here.first)?));
                if let Some(needle) = &needle {
                    line = marked(line, needle, None, theme.found);
                }
                if let Some((text, nth)) = part_here
                    && let Some(needle) = Needle::new(text, false)
                {
                    line = marked(line, &needle, Some(*nth), theme.selected);
                }
                frame.render_widget(line, rect);
                at_row += 1;
            }
            before += height;
            skip = skip.saturating_sub(height);
        }
    }
    super::more(theme, frame, area, above, false);
}

/// What can be done here, for somebody who never did.
fn empty(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let key = |action| {
        ui.keymap.key_of(Context::Global, action).map_or_else(String::new, |key| key.show(theme.symbols.arrows))
    };
    let lead = if ui.focus() == Context::Composer {
        "Type and press Enter".to_owned()
    } else {
        format!("Press {} and ask", key(Action::Compose))
    };
    let mut texts = vec![(
        format!(
            "{lead}: a model answers with the help of your servers' tools. Every call it makes is shown here \
             and in the log, and can be stopped."
        ),
        theme.dim,
    )];
    let model = state.chat.model();
    let provider = model.as_ref().and_then(|model| state.chat.provider(&model.provider));
    texts.push((String::new(), theme.dim));
    match (&model, provider) {
        (_, Some(provider)) if provider.dialect == Dialect::Demo && !state.sessions.is_empty() && strange(state) => {
            let text = "The demo model answers: it is offline, follows a few fixed rules, and understands nothing but the \
                        demo server's bookmarks. None of your servers is that.";
            texts.push((text.to_owned(), theme.warn));
            texts.push((String::new(), theme.dim));
            texts.push((real_model().to_owned(), theme.dim));
        }
        (_, Some(provider)) if provider.dialect == Dialect::Demo => {
            let text =
                "The demo model answers: it is offline and follows a few fixed rules. It understands, for example:";
            texts.push((text.to_owned(), theme.warn));
            for example in demo::EXAMPLES {
                texts.push((format!("  {} {example}", theme.symbols.bullet), ratatui::style::Style::new()));
            }
            texts.push((String::new(), theme.dim));
            texts.push((real_model().to_owned(), theme.dim));
        }
        (Some(model), Some(provider)) => {
            texts.push((format!("{model} answers; /model chooses another one."), theme.dim));
            if let Some(problem) = &provider.problem {
                texts.push((format!("It cannot be used yet: {problem}"), theme.warn));
            }
        }
        (Some(model), None) => {
            texts.push((format!("{model} is to answer, but the config has no such provider."), theme.warn));
        }
        (None, _) => {
            let text = "No model is chosen: /model lists them. A key in ANTHROPIC_API_KEY or OPENAI_API_KEY is enough to \
                        begin.";
            texts.push((text.to_owned(), theme.warn));
        }
    }
    let width = usize::from(rect.width.saturating_sub(2));
    let lines = texts.into_iter().flat_map(|(text, style)| wrapped(text, style, width, 1));
    for (at, line) in lines.enumerate() {
        let Some(rect) = row(rect, at) else { break };
        frame.render_widget(line, rect);
    }
}

/// How to get a model that understands more than a few rules.
fn real_model() -> &'static str {
    "For a real model set ANTHROPIC_API_KEY or OPENAI_API_KEY, or add [providers.NAME] to the config \
     (`mcp-tui config path`)."
}

/// Whether there is nothing here that the demo model understands, as far as that is known by now.
fn strange(state: &State) -> bool {
    state.sessions.iter().all(|session| {
        // One that is gone understands nothing either.
        let gone = matches!(session.status, Status::Down { .. });
        let known = !matches!(session.tools.state, ListState::Unknown | ListState::Loading);
        (gone || known) && !demo::TOOLS.iter().any(|tool| session.item(ListKind::Tools, tool).is_some())
    })
}

/// The line above the message: what is going on, and the key that ends it.
fn rule(state: &State, ui: &Ui, theme: &Theme, width: usize) -> Line<'static> {
    let line = theme.symbols.rule;
    let key = |action| {
        let key = ui.keymap.key_of(Context::Conversation, action);
        key.map_or_else(String::new, |key| key.show(theme.symbols.arrows))
    };
    let told = match &state.chat.turn {
        _ if ui.conversation.stopping => Some(("Esc once more stops the turn".to_owned(), theme.warn)),
        Some(turn) => {
            // Tenths of a second would only flicker.
            let took = match ui.now(state).micros_since(turn.started) / 1_000_000 {
                0 => String::new(),
                seconds => format!(" {}", figures::duration(seconds * 1_000_000).replace(".0", "")),
            };
            // A letter is text while the message is typed.
            let back = if ui.conversation.composing { "Esc, then " } else { "" };
            let stop = key(Action::StopTurn);
            let stops = format!(" {} {back}{stop} stops", theme.symbols.dot);
            let what = match turn.phase {
                Phase::Measuring => format!("weighing the tools{took}{stops}"),
                Phase::Streaming { .. } if turn.first_token.is_none() => format!("waiting for the model{took}{stops}"),
                Phase::Streaming { .. } => format!("answering{took}{stops}"),
                Phase::Calling { answer } => {
                    let calls = || state.chat.conversation.calls_of(answer).map(|(_, call)| call.state);
                    let asking = calls().filter(|state| matches!(state, ModelCallState::Asking(_))).count();
                    let open = calls().filter(|state| state.is_open()).count();
                    let answers = ui.keymap.key_of(Context::Global, Action::Questions);
                    let answers = answers.map(|key| format!(": {}", key.show(theme.symbols.arrows)));
                    match asking {
                        0 => format!("{} running{took}{stops}", figures::counted(open, "call")),
                        1 => format!("1 call waits for you{}{stops}", answers.unwrap_or_default()),
                        _ => format!("{asking} calls wait for you{}{stops}", answers.unwrap_or_default()),
                    }
                }
                Phase::AtLimit => format!(
                    "limit of {} reached: {back}{} goes on, {} wraps up, {stop} stops",
                    figures::counted(turn.rounds as usize, "request"),
                    key(Action::GoOn),
                    key(Action::WrapUp),
                ),
                Phase::Summary { .. } if ui.conversation.summing && ui.conversation.composing => {
                    format!("Enter takes this summary, Esc and then {stop} leaves it")
                }
                Phase::Summary { .. } => {
                    let (takes, changes) = (key(Action::GoOn), key(Action::SayAnew));
                    format!("the summary: {back}{takes} takes it, {changes} changes it, {stop} leaves it")
                }
            };
            Some((what, theme.warn))
        }
        None if ui.conversation.replaces.is_some() => {
            Some(("says it anew; what came after is no longer sent".to_owned(), theme.warn))
        }
        None if ui.conversation.attached.is_empty() && state.chat.gauge().is_some_and(Gauge::is_nearly_full) => {
            let full = state.chat.gauge().map_or(0, Gauge::percent);
            let how = if ui.conversation.composing { "/compact".to_owned() } else { key(Action::SumUp) };
            Some((format!("context {full} % full. Sum up the older part? {how}"), theme.warn))
        }
        None => words(ui, state, theme.symbols.dot, width.saturating_sub(6)).map(|(text, health)| {
            let style = match health {
                Health::Here => theme.good,
                Health::Reading => theme.warn,
                Health::Failed => theme.bad,
            };
            (text, style)
        }),
    };
    let Some((text, style)) = told else { return Line::styled(line.repeat(width), theme.dim) };
    let text = clip(&text, width.saturating_sub(6));
    let rest = width.saturating_sub(crate::model::text::width(&text) + 4);
    Line::from(vec![
        Span::styled(line.repeat(2.min(width)), theme.dim),
        Span::styled(format!(" {text} "), style),
        Span::styled(line.repeat(rest), theme.dim),
    ])
}

/// The message being typed.
fn composer(ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let focused = ui.focus() == Context::Composer;
    let composer = &ui.conversation.composer;
    if composer.area.is_empty() {
        let text = if focused { "ask, or / for commands, @ to attach" } else { "ask" };
        let key = ui.keymap.key_of(Context::Global, Action::Compose).filter(|_| !focused);
        let key = key.map(|key| format!("{} ", key.show(theme.symbols.arrows))).unwrap_or_default();
        let line = vec![Span::styled(format!(" {key}"), theme.accent), Span::styled(text, theme.dim)];
        frame.render_widget(Line::from(line), rect);
        if focused {
            frame.set_cursor_position(Position::new(rect.x + 1, rect.y));
        }
        return;
    }
    let text = shown(&composer.area, usize::from(rect.width).saturating_sub(2), usize::from(rect.height));
    let style = if focused { ratatui::style::Style::new() } else { theme.dim };
    let last = text.rows.len().saturating_sub(1);
    for (at, line) in text.rows.into_iter().enumerate() {
        let Some(rect) = row(rect, at) else { break };
        // What is not in view is told at the edge.
        let more = (at == 0 && text.more.0) || (at == last && text.more.1);
        let mark = if more { "…" } else { " " };
        let spans = vec![Span::styled(mark, theme.dim), Span::styled(line, style)];
        frame.render_widget(Line::from(spans), rect);
    }
    let (y, x) = (text.cursor.0, text.cursor.1 + 1);
    if focused && x < usize::from(rect.width) {
        frame.set_cursor_position(Position::new(rect.x + x as u16, rect.y + y as u16));
    }
}
