//! The page of a server: what it is, how it is, why it is not, and what to do about it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, foreign, wrapped};
use super::{Lines, fact, heading, json};
use crate::app::State;
use crate::model::call::{CallState, ListKind, Operation};
use crate::model::json::{compact, scan};
use crate::model::sampling::Policy;
use crate::model::server::Launch;
use crate::model::session::{APPS, DownReason, Negotiated, Session, Status};
use crate::model::{skill, task};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Lines of standard error on the first page; the tab has all that are at hand.
const STDERR_SHOWN: usize = 8;
/// Failed calls that are listed.
const FAILED_SHOWN: usize = 5;

pub(super) fn lines<'a>(
    state: &'a State,
    ui: &'a Ui,
    session: &'a Session,
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    let mut out = standing(state, ui, session, theme, width);
    match &session.spec.launch {
        Launch::Stdio { command, args, .. } => {
            let line = std::iter::once(command).chain(args).map(String::as_str).collect::<Vec<_>>().join(" ");
            out.push(fact("command", vec![Span::raw(clip(&line, width.saturating_sub(11)))], theme));
        }
        Launch::Http { url, .. } => {
            out.push(fact("URL", vec![Span::raw(clip(url, width.saturating_sub(11)))], theme));
        }
    }
    told(&mut out, state, ui, session, theme, width);
    failed_calls(&mut out, state, session, theme, width);
    for (title, lines) in [("standard error", &session.stderr), ("not JSON-RPC on standard output", &session.noise)] {
        if lines.is_empty() {
            continue;
        }
        out.push(Line::raw(""));
        out.push(heading(title, theme, width));
        for line in lines.iter().skip(lines.len().saturating_sub(STDERR_SHOWN)) {
            out.push(Line::raw(clip(line, width)));
        }
    }
    let agreed: Lines<'a> = match &session.negotiated {
        Some(negotiated) => about(negotiated, theme, width),
        None => Box::new(std::iter::empty()),
    };
    Box::new(out.into_iter().chain(agreed))
}

/// Where it stands and the key that helps.
fn standing(state: &State, ui: &Ui, session: &Session, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let symbols = theme.symbols;
    let (symbol, style, text) = match &session.status {
        Status::Idle => (symbols.idle, theme.dim, "not started".to_owned()),
        Status::Connecting { since, step } => {
            let took = figures::duration(ui.now(state).micros_since(*since));
            (symbols.connecting, theme.warn, format!("{} {} {took}", foreign(step), symbols.dot))
        }
        Status::Ready => (symbols.ready, theme.good, "ready".to_owned()),
        Status::Down { since, reason, retry_at } => {
            let at = figures::time(*since, &ui.zone);
            let again = match retry_at {
                Some(at) => format!(" {} tried again at {}", symbols.dot, figures::time(*at, &ui.zone)),
                None => String::new(),
            };
            (symbols.down, theme.bad, format!("{} {} {at}{again}", foreign(&reason.to_string()), symbols.dot))
        }
    };
    let mut out = vec![Line::from(vec![
        Span::styled(format!("{symbol} "), style),
        Span::styled(foreign(&session.spec.name), theme.title),
    ])];
    out.extend(wrapped(text, style, width, 2));
    let advice = match &session.status {
        Status::Down { reason: DownReason::Stopped, .. } => "R connects it again",
        Status::Down { reason: DownReason::Unauthorized(_), .. } => {
            "check its headers or token in the configuration, then R connects it again"
        }
        Status::Down { .. } => "R restarts it; its log, tools and results stay readable",
        Status::Idle => "R connects it",
        Status::Connecting { .. } | Status::Ready => "",
    };
    if !advice.is_empty() {
        out.push(Line::styled(format!("  {advice}"), theme.accent));
    }
    out.push(Line::raw(""));
    out
}

/// What it is told of us, and how old what it told us is.
fn told(out: &mut Vec<Line<'static>>, state: &State, ui: &Ui, session: &Session, theme: &Theme, width: usize) {
    let cols = width.saturating_sub(11);
    if !session.spec.roots.is_empty() {
        let paths: Vec<String> = session.spec.roots.iter().map(|root| root.display().to_string()).collect();
        let key = ui.keymap.key_of(Context::Inspector, Action::Roots).map(|key| key.show(theme.symbols.arrows));
        let paths = paths.join(", ");
        let change = key.map(|key| format!(" ({key} changes them)")).unwrap_or_default();
        out.push(fact("roots", vec![Span::raw(clip(&format!("{paths}{change}"), cols))], theme));
    }
    if let Some(unseen) = session.muted {
        let key = ui.keymap.key_of(Context::Inspector, Action::Mute).map(|key| key.show(theme.symbols.arrows));
        let undo = key.map(|key| format!(" ({key} undoes it)")).unwrap_or_default();
        let text = format!("what it asks is declined unseen, {} so far{undo}", figures::count(unseen as usize));
        out.push(fact("muted", vec![Span::styled(clip(&text, cols), theme.warn)], theme));
    }
    let rules = session.spec.sampling;
    let word = match rules.policy {
        Policy::Allow => "a model answers",
        Policy::Ask => "a person decides",
        Policy::Deny => "not offered",
    };
    let used = state.ledgers.get(&session.id).filter(|ledger| ledger.requests > 0).map(|ledger| {
        format!("; asked {} of {} times, {} of {} tokens", ledger.requests, rules.requests, ledger.tokens, rules.tokens)
    });
    if used.is_some() || rules.policy != Policy::Ask {
        let text = format!("{word}{}", used.unwrap_or_default());
        out.push(fact("sampling", vec![Span::raw(clip(&text, cols))], theme));
    }
    let now = ui.now(state);
    for kind in ListKind::ALL {
        let Some(fresh) = session.listing(kind).fresh.filter(|fresh| fresh.ttl > 0) else { continue };
        let age = figures::duration(now.micros_since(fresh.received));
        let text = if fresh.is_fresh(now) {
            let left = figures::duration(fresh.ends().micros_since(now));
            format!(
                "{} {age} old, fresh for {left} more ({})",
                kind.noun(),
                if fresh.public { "public" } else { "private" }
            )
        } else {
            format!("{} {age} old, not fresh any more", kind.noun())
        };
        out.push(fact("cached", vec![Span::raw(clip(&text, cols))], theme));
    }
}

/// The newest calls that got no result: what the end of a server took with it.
fn failed_calls(out: &mut Vec<Line<'static>>, state: &State, session: &Session, theme: &Theme, width: usize) {
    let failed: Vec<_> = state
        .calls
        .values()
        .rev()
        .filter(|call| call.server == session.id && !matches!(call.operation, Operation::List(_)))
        .filter_map(|call| match &call.state {
            CallState::Failed(failure) => Some((call, failure)),
            _ => None,
        })
        .take(FAILED_SHOWN)
        .collect();
    if failed.is_empty() {
        return;
    }
    out.push(Line::raw(""));
    out.push(heading("calls without a result", theme, width));
    for (call, failure) in failed {
        let subject = call.operation.subject();
        let what = if subject.is_empty() { call.operation.method() } else { subject };
        out.push(Line::from(vec![
            Span::styled(format!("{} ", theme.symbols.down), theme.bad),
            Span::raw(clip(&format!("{what}: {failure}"), width.saturating_sub(2))),
        ]));
    }
}

/// What was agreed on.
fn about<'a>(negotiated: &'a Negotiated, theme: &'a Theme, width: usize) -> Lines<'a> {
    let era = if negotiated.modern { "modern" } else { "legacy" };
    let mut out = vec![Line::raw(""), heading("session", theme, width)];
    let revision = format!("{} ({era} era) over {}", foreign(&negotiated.revision), negotiated.transport);
    out.push(fact("protocol", vec![Span::raw(revision)], theme));
    out.push(fact("peer", vec![Span::raw(clip(&negotiated.peer, width.saturating_sub(11)))], theme));
    out.push(fact("handshake", vec![Span::raw(figures::duration(negotiated.took))], theme));
    match &negotiated.server_info {
        Some(info) => {
            let text = |name| info.get(name).and_then(scan::decoded).map(|text| foreign(&text)).unwrap_or_default();
            out.push(fact("server", vec![Span::raw(format!("{} {}", text("name"), text("version")))], theme));
        }
        None => out.push(fact("server", vec![Span::styled("does not say what it is", theme.dim)], theme)),
    }
    for extension in negotiated.extensions() {
        let ours = match extension.as_str() {
            task::EXTENSION => "used",
            skill::EXTENSION => "used: its skills are a tab",
            APPS => "not drawn here: the text of its results is",
            _ => "not known here",
        };
        let text = format!("{} ({ours})", foreign(&extension));
        out.push(fact("extension", vec![Span::raw(clip(&text, width.saturating_sub(11)))], theme));
    }
    let offers = scan::members(negotiated.capabilities.as_str())
        .filter_map(|(name, _)| scan::decoded(name).map(|name| foreign(&name)))
        .collect::<Vec<_>>()
        .join(", ");
    let offers = if offers.is_empty() { "nothing".to_owned() } else { offers };
    out.push(fact("offers", vec![Span::raw(clip(&offers, width.saturating_sub(11)))], theme));
    let instructions: Lines<'a> = match &negotiated.instructions {
        Some(text) => {
            let head = [Line::raw(""), heading("instructions of the server", theme, width)];
            Box::new(head.into_iter().chain(wrapped(text.as_str(), Style::new(), width, 0)))
        }
        None => Box::new(std::iter::empty()),
    };
    let raw = [Line::raw(""), heading("capabilities as sent", theme, width)];
    let small = compact(negotiated.capabilities.as_str(), 8) == "{}";
    let raw: Lines<'a> = if small {
        Box::new(std::iter::empty())
    } else {
        Box::new(raw.into_iter().chain(json::lines(negotiated.capabilities.as_str(), theme, width)))
    };
    Box::new(out.into_iter().chain(instructions).chain(raw))
}

/// All lines at hand that the server wrote beside the protocol.
pub(super) fn stderr<'a>(session: &'a Session, theme: &'a Theme, width: usize) -> Lines<'a> {
    let part = move |title: &str, lines: &'a std::collections::VecDeque<String>, none: &'static str| -> Lines<'a> {
        let head = std::iter::once(heading(title, theme, width));
        if lines.is_empty() {
            return Box::new(head.chain([Line::styled(none, theme.dim)]));
        }
        Box::new(head.chain(lines.iter().flat_map(move |line| wrapped(line.as_str(), Style::new(), width, 0))))
    };
    Box::new(
        part("standard error", &session.stderr, "It wrote nothing to its standard error.")
            .chain([Line::raw("")])
            .chain(part("not JSON-RPC on standard output", &session.noise, "Nothing: its standard output is clean.")),
    )
}
