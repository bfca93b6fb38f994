//! The line on top (servers, calls, notices, recording), the strip of panes, and the line of hints.

mod meaning;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::chat::{Gauge, Phase};
use crate::app::{Level, Recording, State};
use crate::model::argform::{Kind, Node, Part, Val};
use crate::model::call::ListKind;
use crate::model::chat::Dialect;
use crate::model::policy::Verdict;
use crate::model::session::{Item, Status};
use crate::model::text::{truncate_width, width as columns};
use crate::model::wire::{Direction, FrameKind};
use crate::tui::action::Action;
use crate::tui::arguments::ArgumentsUi;
use crate::tui::browser::Browser;
use crate::tui::editor::Editor;
use crate::tui::figures;
use crate::tui::frame::FrameTab;
use crate::tui::keymap::Context;
use crate::tui::modal::Body;
use crate::tui::page::{clip, foreign};
use crate::tui::reader::Reader;
use crate::tui::reader::block::Block;
use crate::tui::theme::Theme;
use crate::tui::ui::{Pane, Tab, Ui, WorkTab};

/// Whether the provider that answers counts tokens.
pub(in crate::tui) fn counts(state: &State) -> bool {
    let provider = state.chat.model().and_then(|model| state.chat.provider(&model.provider));
    provider.is_some_and(|provider| provider.dialect == Dialect::Anthropic && provider.problem.is_none())
}

/// Columns from which the policy is named.
const WIDE: u16 = 100;

/// Spans at the left, spans at the right, and a text that gets what is left between them; the key that shows all of it
/// where that is too little.
fn spread(
    left: Vec<Span<'static>>,
    middle: Option<(String, Style)>,
    help: Option<String>,
    mut right: Vec<Span<'static>>,
    width: u16,
) -> Line<'static> {
    let wide = |spans: &[Span<'_>]| spans.iter().map(|span| columns(&span.content)).sum::<usize>();
    if wide(&left) + wide(&right) >= usize::from(width) {
        right.clear();
    }
    let room = usize::from(width).saturating_sub(wide(&left) + wide(&right));
    let mut spans = left;
    let mut used = 0;
    if let Some((text, style)) = middle
        && room > 6
    {
        let room = room - 4;
        let how = help.filter(|_| columns(&text) > room).map(|key| format!("  {key} shows all  ")).unwrap_or_default();
        let how = if columns(&how) * 3 < room { how } else { String::new() };
        let text = truncate_width(&text, room - columns(&how)).into_owned();
        used = columns(&text) + columns(&how) + 3;
        spans.push(Span::raw("   "));
        spans.push(Span::styled(text, style));
        spans.push(Span::raw(how));
    }
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    spans.extend(right);
    Line::from(spans)
}

/// The line on top.
pub(super) fn top(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let mut counts = [0_usize; 4];
    for session in &state.sessions {
        counts[match session.status {
            Status::Ready => 0,
            Status::Connecting { .. } => 1,
            Status::Down { .. } => 2,
            Status::Idle => 3,
        }] += 1;
    }
    let symbols = theme.symbols;
    let kinds = [
        (symbols.ready, theme.good),
        (symbols.connecting, theme.warn),
        (symbols.down, theme.bad),
        (symbols.idle, theme.dim),
    ];
    let mut left = vec![Span::styled(" mcp-tui", theme.title)];
    for (count, (symbol, style)) in counts.into_iter().zip(kinds) {
        if count > 0 {
            left.push(Span::raw("  "));
            left.push(Span::styled(format!("{symbol} {count}"), style));
        }
    }
    let running = state.open_calls().count();
    if running > 0 {
        left.push(Span::styled(format!("   {running} running"), theme.warn));
    }
    if !state.questions.is_empty() {
        let count = figures::counted(state.questions.len(), "question");
        left.push(Span::raw("   "));
        left.push(match ui.keymap.key_of(Context::Global, Action::Questions) {
            // It waits for a key: that must not be overlooked by somebody who is typing.
            Some(key) if ui.questions.open.is_none() => {
                let text = format!(" ? {count} {} {} answers ", symbols.dot, key.show(symbols.arrows));
                Span::styled(text, theme.warn.patch(theme.selected))
            }
            _ => Span::styled(format!("? {count}"), theme.warn),
        });
    }
    let frames = figures::count(state.log.len());
    let mut right = match &state.recording {
        Recording::On { .. } => vec![Span::raw(format!("rec {frames} "))],
        Recording::Off => vec![Span::styled(format!("not recorded {frames} "), theme.dim)],
        Recording::Failed(_) => vec![Span::styled(format!("{} recording stopped ", symbols.down), theme.bad)],
    };
    // It is about what a model may do: without a conversation it means nothing.
    if !state.chat.conversation.entries.is_empty() && rect.width >= WIDE {
        let default = state.approvals.policy.default;
        let style = if default == Verdict::Allow { theme.warn } else { theme.dim };
        right.insert(0, Span::styled(format!("policy {}   ", default.word()), style));
    }
    let notice = state.notices.back().map(|notice| {
        let style = match notice.level {
            Level::Info => theme.dim,
            Level::Warning => theme.warn,
            Level::Error => theme.bad,
        };
        (foreign(&notice.text), style)
    });
    let help = ui.keymap.key_in(ui.focus(), Action::Help).map(|key| key.show(symbols.arrows));
    frame.render_widget(spread(left, notice, help, right, rect.width), rect);
}

/// The names of the panes, where not all are in view.
pub(super) fn strip(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let spans = strip_parts(state, ui, theme).into_iter().flat_map(|(_, spans)| spans);
    let line: Line<'_> = std::iter::once(Span::raw(" ")).chain(spans).collect();
    frame.render_widget(line, rect);
}

/// The pane whose name is at a column of the strip.
pub(in crate::tui) fn strip_at(state: &State, ui: &Ui, column: usize) -> Option<Pane> {
    let mut end = 1;
    let parts = strip_parts(state, ui, &Theme::default()).into_iter();
    let mut ends = parts.map(|(pane, spans)| {
        end += spans.iter().map(|span| columns(&span.content)).sum::<usize>();
        (pane, end)
    });
    ends.find(|(_, end)| (1..*end).contains(&column)).map(|(pane, _)| pane)
}

/// By their numbers alone, but for the one with the focus, where there is no room for all names.
fn strip_parts(state: &State, ui: &Ui, theme: &Theme) -> Vec<(Pane, Vec<Span<'static>>)> {
    let parts = named_parts(state, ui, theme, true);
    let wide: usize = parts.iter().flat_map(|(_, spans)| spans).map(|span| columns(&span.content)).sum();
    // One blank in front; the last two are none that is missed.
    if wide > usize::from(ui.size.width) + 1 { named_parts(state, ui, theme, false) } else { parts }
}

fn named_parts(state: &State, ui: &Ui, theme: &Theme, named: bool) -> Vec<(Pane, Vec<Span<'static>>)> {
    let mut parts = Vec::new();
    for (at, pane) in Pane::ALL.into_iter().enumerate() {
        let name = match pane {
            Pane::Inspector => "Inspector",
            Pane::Conversation => "Conversation",
            Pane::Work => work_name(state, ui),
            Pane::Log => "JSON-RPC",
        };
        let text = format!("{} {name}", at + 1);
        let mut spans = Vec::new();
        if pane == ui.pane() {
            spans.push(Span::styled(format!("[{text}]"), theme.title));
        } else {
            let text = if named { text } else { (at + 1).to_string() };
            spans.push(Span::styled(format!(" {text} "), theme.dim));
        }
        let new = state.log.len().saturating_sub(ui.log.seen);
        if pane == Pane::Log && ui.pane() != Pane::Log && new > 0 {
            spans.push(Span::styled(format!("{}{} new", theme.symbols.dot, figures::count(new)), theme.accent));
        }
        spans.push(Span::raw(" "));
        parts.push((pane, spans));
    }
    parts
}

/// What the work pane is at the moment.
fn work_name(state: &State, ui: &Ui) -> &'static str {
    if ui.work.resend.is_some() {
        "Send again"
    } else if ui.work.frame.is_some() {
        "Frame"
    } else if ui.work.editor.is_some() {
        "Call"
    } else {
        match ui.work.tab {
            WorkTab::Calls => "Calls",
            WorkTab::Result if ui.shown_call(state).is_some() => "Result",
            WorkTab::Detail | WorkTab::Result => "Detail",
        }
    }
}

/// What can be done here, from the table of keys; or the answer to the last key.
pub(super) fn hints(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    if let Some(message) = &ui.message {
        let text = format!(" {}", clip(message, usize::from(rect.width).saturating_sub(2)));
        frame.render_widget(Line::styled(text, theme.warn), rect);
        return;
    }
    let context = ui.focus();
    if context.is_question()
        && let Some(open) = &ui.questions.open
        && open.sleeps(ui.now(state), ui.last_key).is_some()
    {
        frame.render_widget(Line::styled(" takes keys after a short pause: you may have been typing", theme.dim), rect);
        return;
    }
    let wanted = |action| wanted(state, ui, context, action) && helps(state, ui, context, action);
    let mut spans = Vec::new();
    let mut used = 0;
    if context == Context::Editor && ui.work.editor.as_ref().is_some_and(|editor| editor.enter_sends) {
        let enter = if theme.symbols.arrows { "↵" } else { "Enter" };
        spans.push(Span::styled(format!(" {enter}"), theme.accent));
        spans.push(Span::raw(" send  "));
        used = 8 + columns(enter);
    }
    let attaches = ui.work.editor.as_ref().is_some_and(|editor| editor.message.is_some());
    // What the key shows next depends on what is in view.
    let review = match ui.questions.open.as_ref().map(|open| &open.body) {
        Some(Body::Sampling(sampling)) => sampling.next_name(),
        _ => "",
    };
    // A resource is read and a prompt is got; calls and what a model does are not about what is selected.
    let subject = match context {
        Context::Arguments | Context::Editor => ui.work.editor.as_ref().map(|editor| editor.item.kind),
        Context::Inspector | Context::Work | Context::Result => ui.item(state).map(|(_, kind, _)| kind),
        _ => None,
    };
    let sends = if attaches { "attach" } else { subject.map_or("call", ListKind::verb) };
    let restarts = match ui.session(state).map(|session| &session.status) {
        Some(Status::Idle) => "connect",
        _ => "restart",
    };
    if let Some(form) = filling(ui) {
        let enter = if theme.symbols.arrows { "↵" } else { "Enter" };
        let word = match form.cursor.part {
            _ if meaning::chooses(state, ui) => "take",
            Some(Part::Add) => "add",
            _ if form.begins() => "begin",
            _ if form.is_last() => sends,
            _ => "next",
        };
        spans.push(Span::styled(format!(" {enter}"), theme.accent));
        spans.push(Span::raw(format!(" {word}  ")));
        used = 4 + word.len() + columns(enter);
        let chooses = |node: &Node| {
            matches!(node.shape.kind, Kind::Boolean | Kind::Choice(_) | Kind::Variants(_)) && node.value != Val::Null
        };
        if matches!(form.cursor.part, None | Some(Part::Value)) && form.node().is_some_and(chooses) {
            spans.push(Span::styled(" Space", theme.accent));
            spans.push(Span::raw(" choose  "));
            used += 15;
        }
    }
    let mut hints: Vec<(String, &str)> = ui
        .keymap
        .hints(context, wanted)
        .into_iter()
        .map(|(keys, hint)| {
            let keys: Vec<String> = keys.iter().map(|key| key.show(theme.symbols.arrows)).collect();
            // Arrows need no room between them.
            let glue = if keys.iter().all(|key| key.chars().count() == 1) { "" } else { " " };
            let hint = match meaning::now(state, ui, context, hint) {
                "call" => sends,
                "next part" => review,
                "restart" => restarts,
                // The same keys go on with a search.
                "frame" if ui.work.frame.as_ref().is_some_and(|open| open.find.is_on()) => "hit",
                hint => hint,
            };
            (keys.join(glue), hint)
        })
        .filter(|(_, hint)| !hint.is_empty())
        .collect();
    // While something runs, nothing is wanted sooner than a way to stop it.
    hints.sort_by_key(|(_, hint)| *hint != "cancel");
    let cost = |(keys, hint): &(String, &str)| columns(keys) + hint.len() + 4;
    // The ways to the help, back and out are always shown; what else has room is.
    let ways_out = |hint: &str| matches!(hint, "help" | "back" | "quit");
    let mut room = usize::from(rect.width) + 2;
    room = room.saturating_sub(used + hints.iter().filter(|hint| ways_out(hint.1)).map(cost).sum::<usize>());
    for hint in hints {
        let own = if ways_out(hint.1) { 0 } else { cost(&hint) };
        if own > room {
            continue;
        }
        room -= own;
        spans.push(Span::styled(format!(" {}", hint.0), theme.accent));
        spans.push(Span::raw(format!(" {}  ", hint.1)));
    }
    frame.render_widget(Line::from(spans), rect);
}

/// Whether an action that is possible is also worth a hint: some say nothing, or only undo what is so anyway.
fn helps(state: &State, ui: &Ui, context: Context, action: Action) -> bool {
    match (context, action) {
        (Context::Log, Action::Follow) if ui.log.follow => false,
        (
            Context::Log,
            Action::Open
            | Action::WholeCall
            | Action::Mark
            | Action::Copy
            | Action::Follow
            | Action::NextHit
            | Action::PrevHit,
        ) => !ui.log.shown(state).is_empty(),
        // While a call runs they would be about its tool.
        (Context::Work, Action::Open | Action::Raw | Action::Copy | Action::Save) => {
            ui.work.tab != WorkTab::Result || ui.shown_call(state).is_none_or(|call| !call.is_open())
        }
        (Context::Result, Action::NextView) => {
            ui.result.reader().and_then(Reader::block).is_some_and(Block::has_other_views)
        }
        // A server that does not say that it logs cannot be asked for a level.
        (Context::Inspector, Action::LogLevel) => ui.logging(state).is_some_and(|(session, _)| {
            session.negotiated.as_ref().is_none_or(|agreed| agreed.capabilities.get("logging").is_some())
        }),
        (Context::Frame, Action::WholeCall) => ui.work.frame.as_ref().is_some_and(|open| open.tab != FrameTab::Call),
        (Context::Frame, Action::Open) => ui.work.frame.as_ref().is_some_and(|open| open.tab == FrameTab::Call),
        _ => true,
    }
}

/// Whether the selected entry of the conversation is a call.
fn selected_call(state: &State, ui: &Ui) -> bool {
    let entries = &state.chat.conversation.entries;
    let entry = ui.conversation.selected(entries).and_then(|at| entries.get(at));
    entry.is_some_and(|entry| matches!(entry.body, crate::model::conversation::Body::Call(_)))
}

/// The form of arguments, if it has the focus.
fn filling(ui: &Ui) -> Option<&ArgumentsUi> {
    ui.work.editor.as_ref().filter(|_| ui.focus() == Context::Arguments).map(|editor| &editor.form)
}

/// Whether an item is selected that is not malformed.
fn usable(state: &State, ui: &Ui) -> bool {
    ui.item(state).is_some_and(|(.., item)| matches!(item, Item::Good { .. }))
}

/// Whether an action can do something right now.
pub(in crate::tui) fn wanted(state: &State, ui: &Ui, context: Context, action: Action) -> bool {
    match action {
        Action::Open | Action::ToFrame | Action::Repeat | Action::Call | Action::Compare | Action::Cancel
            if context == Context::Calls =>
        {
            let list = crate::tui::calls::list(state);
            let selected = list.get(crate::tui::calls::selected(ui.calls, &list));
            selected.is_some_and(|call| call.is_open() || action != Action::Cancel)
        }
        Action::Cancel if context == Context::Conversation => false,
        Action::Cancel
            if context == Context::Inspector
                && ui.task(state).is_some_and(|(session, task)| session.is_ready() && !task.status.is_final()) =>
        {
            true
        }
        Action::StopTurn => state.chat.turn.is_some(),
        Action::WrapUp => state.chat.turn.as_ref().is_some_and(|turn| turn.phase == Phase::AtLimit),
        Action::GoOn => {
            let waits = |phase| matches!(phase, Phase::AtLimit | Phase::Summary { .. });
            state.chat.turn.as_ref().is_some_and(|turn| waits(turn.phase))
        }
        Action::CountTokens => counts(state),
        Action::SumUp => state.chat.turn.is_none() && state.chat.gauge().is_some_and(Gauge::is_nearly_full),
        Action::ToFrame if context == Context::Result => true,
        // In a text there is nothing to open or to fold; Space goes on in it.
        Action::Open | Action::Toggle if context == Context::Result => {
            !ui.result.reader().is_some_and(Reader::is_plain)
        }
        Action::ToFrame => selected_call(state, ui),
        Action::Compare if context == Context::Result => {
            ui.result.against().is_some()
                || ui.shown_call(state).is_some_and(|call| crate::tui::calls::previous(state, call).is_some())
        }
        Action::Repeat | Action::Copy | Action::Find if context == Context::Conversation => {
            !state.chat.conversation.is_empty()
        }
        Action::Open if context == Context::Conversation => !state.chat.conversation.is_empty(),
        Action::Open | Action::Up | Action::Down | Action::Left | Action::Right
            if context == Context::Inspector && state.sessions.is_empty() =>
        {
            false
        }
        Action::Cancel => ui.cancellable(state).is_some(),
        Action::StopAll => state.open_calls().count() > 1,
        Action::AddElement => filling(ui).is_some_and(ArgumentsUi::can_add),
        Action::RemoveElement => filling(ui).is_some_and(ArgumentsUi::can_remove),
        Action::MoveUp | Action::MoveDown => filling(ui).is_some_and(ArgumentsUi::can_shift),
        Action::Special => filling(ui).is_some_and(ArgumentsUi::can_be_null),
        Action::Restart => ui.session(state).is_some_and(|session| !session.is_ready()),
        Action::SendAnyway => ui.work.editor.as_ref().is_some_and(Editor::was_refused),
        Action::Repeat => ui.shown_call(state).is_some_and(|call| !call.is_open()),
        Action::Left | Action::Right => match context {
            Context::Inspector => true,
            Context::Work => ui.shown_call(state).is_some(),
            Context::Calls => true,
            Context::Frame | Context::FrameTree => true,
            Context::Result => !ui.result.reader().is_some_and(Reader::is_plain),
            _ => false,
        },
        Action::Watch => {
            matches!(ui.item(state), Some((session, ListKind::Resources, _)) if session.tells_of_resources())
        }
        Action::OpenPage | Action::Copy if context == Context::Consent => {
            let page = ui.questions.open.as_ref().map(|open| &open.body);
            let usable = matches!(page, Some(Body::Url(address)) if address.refused.is_none());
            usable && (action == Action::Copy || ui.questions.browser == Browser::Here)
        }
        // Their windows say themselves when there is more to read.
        Action::Up | Action::Down if matches!(context, Context::Quit | Context::Restart) || context.is_question() => {
            false
        }
        // The window of a question shows its answers itself.
        Action::Send | Action::Decline | Action::Back if context.is_question() => false,
        Action::Deny
        | Action::DenyWith
        | Action::DenyTurn
        | Action::Rewrite
        | Action::AllowOnce
        | Action::AllowConversation
            if context == Context::Approval =>
        {
            false
        }
        Action::AllowExact | Action::AllowPattern | Action::AllowAlways if context == Context::Approval => {
            !super::question::names_all_answers(ui)
        }
        Action::Questions if context == Context::Approval => {
            let folds = ui.questions.open.as_ref().is_some_and(|open| match &open.body {
                Body::Approval(approval) => approval.has_folds(),
                _ => false,
            });
            folds || !super::question::names_all_answers(ui)
        }
        Action::AllowAny | Action::AllowExact | Action::AllowPattern if context == Context::Always => false,
        Action::NextField if context == Context::Pattern => false,
        // While the JSON is in view there are no fields, and the window says how to get back to them.
        Action::Review | Action::NextField if context == Context::Form => {
            ui.questions.open.as_ref().is_some_and(|open| !open.as_json)
        }
        Action::Questions if !context.is_question() => !state.questions.is_empty(),
        Action::Back => matches!(
            context,
            Context::Sight
                | Context::Composer
                | Context::Frame
                | Context::FrameTree
                | Context::Resend
                | Context::Arguments
                | Context::Editor
                | Context::Work
                | Context::Calls
                | Context::Filter
                | Context::Result
                | Context::Find
                | Context::LogFilter
                | Context::FrameFind
        ),
        Action::Pair => {
            ui.log.selected(state).and_then(|at| state.log.get(at)).is_some_and(|entry| entry.pair.is_some())
        }
        Action::Resend => {
            let entry = ui.log.selected(state).and_then(|at| state.log.get(at));
            let ours = entry.filter(|entry| entry.direction == Direction::Send);
            ours.is_some_and(|entry| matches!(entry.kind, FrameKind::Request | FrameKind::Notification))
        }
        Action::LogLevel | Action::LessSevere | Action::MoreSevere => ui.logging(state).is_some(),
        Action::Sort | Action::Filter if context == Context::Inspector => ui.session(state).is_some_and(
            |session| matches!(ui.tab(session.id), Tab::List(kind) if !session.listing(kind).items.is_empty()),
        ),
        Action::Call if context == Context::Inspector => usable(state, ui),
        Action::Raw | Action::Save if context == Context::Inspector => ui.item(state).is_some(),
        Action::Copy if context == Context::Inspector => ui.item(state).is_some() || ui.task(state).is_some(),
        Action::CollapseAll | Action::ExpandAll if context == Context::Inspector => {
            ui.session(state).is_some_and(|session| ui.tab(session.id) == Tab::List(ListKind::Resources))
        }
        Action::NextHit | Action::PrevHit | Action::AllRows => state.search.is_some(),
        Action::Open if context == Context::Work => usable(state, ui),
        Action::Raw | Action::Copy | Action::Save if context == Context::Work => {
            ui.item(state).is_some() || ui.task(state).is_some()
        }
        _ => true,
    }
}
