//! The page of a server: what it is, how it is, why it is not, and what to do about it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, foreign, wrapped};
use super::{Lines, fact, heading, json, whole_fact};
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
/// Lines of each of them.
const FAILED_LINES: usize = 4;

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
            out.extend(whole_fact("command", line, theme, width));
        }
        Launch::Http { url, .. } => {
            out.extend(whole_fact("URL", url.clone(), theme, width));
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
            (symbols.connecting, theme.warn, format!("{took} {} {}", symbols.dot, foreign(step)))
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
        Status::Down { reason: DownReason::Unreachable(_), .. } if is_address(&session.spec.launch) => {
            "an address is no command: name it without `--`, or write `url` in the configuration"
        }
        Status::Down { reason: DownReason::Stopped, .. } => "R connects it again",
        Status::Down { reason: DownReason::Unauthorized(_), .. } => {
            "check its headers or token in the configuration, then R connects it again"
        }
        Status::Down { .. } => "R restarts it; its log, tools and results stay readable",
        Status::Idle => "R connects it",
        Status::Connecting { .. } | Status::Ready => "",
    };
    if !advice.is_empty() {
        out.extend(wrapped(advice, theme.accent, width, 2));
    }
    out.push(Line::raw(""));
    out
}

/// Whether what is to be started is an address.
fn is_address(launch: &Launch) -> bool {
    let web = |command: &str| command.starts_with("http://") || command.starts_with("https://");
    matches!(launch, Launch::Stdio { command, .. } if web(command))
}

/// What it is told of us, and how old what it told us is.
fn told(out: &mut Vec<Line<'static>>, state: &State, ui: &Ui, session: &Session, theme: &Theme, width: usize) {
    if !session.spec.roots.is_empty() {
        let paths: Vec<String> = session.spec.roots.iter().map(|root| root.display().to_string()).collect();
        let key = ui.keymap.key_of(Context::Inspector, Action::Roots).map(|key| key.show(theme.symbols.arrows));
        let paths = paths.join(", ");
        let change = key.map(|key| format!(" ({key} changes them)")).unwrap_or_default();
        out.extend(whole_fact("roots", format!("{paths}{change}"), theme, width));
    }
    if let Some(unseen) = session.muted {
        let key = ui.keymap.key_of(Context::Inspector, Action::Mute).map(|key| key.show(theme.symbols.arrows));
        let undo = key.map(|key| format!(" ({key} undoes it)")).unwrap_or_default();
        let text = format!("what it asks is declined, {} so far{undo}", figures::count(unseen as usize));
        out.extend(whole_fact("muted", text, theme, width));
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
        out.extend(whole_fact("sampling", text, theme, width));
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
        out.extend(whole_fact("cached", text, theme, width));
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
        let rows = wrapped(format!("{what}: {failure}"), Style::new(), width.saturating_sub(2), 0).take(FAILED_LINES);
        out.extend(rows.enumerate().map(|(at, mut row)| {
            let mark = if at == 0 { theme.symbols.down } else { " " };
            row.spans.insert(0, Span::styled(format!("{mark} "), theme.bad));
            row
        }));
    }
}

/// What was agreed on.
fn about<'a>(negotiated: &'a Negotiated, theme: &'a Theme, width: usize) -> Lines<'a> {
    let era = if negotiated.modern { "modern" } else { "legacy" };
    let mut out = vec![Line::raw(""), heading("session", theme, width)];
    let revision = format!("{} ({era} era) over {}", foreign(&negotiated.revision), negotiated.transport);
    out.push(fact("protocol", vec![Span::raw(revision)], theme));
    out.extend(whole_fact("peer", negotiated.peer.clone(), theme, width));
    out.push(fact("handshake", vec![Span::raw(figures::duration(negotiated.took))], theme));
    match &negotiated.server_info {
        Some(info) => {
            let text = |name| info.get(name).and_then(scan::decoded).map(|text| foreign(&text)).unwrap_or_default();
            out.extend(whole_fact("server", format!("{} {}", text("name"), text("version")), theme, width));
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
        out.extend(whole_fact("extension", text, theme, width));
    }
    let offers = scan::members(negotiated.capabilities.as_str())
        .filter_map(|(name, _)| scan::decoded(name).map(|name| foreign(&name)))
        .collect::<Vec<_>>()
        .join(", ");
    let offers = if offers.is_empty() { "nothing".to_owned() } else { offers };
    out.extend(whole_fact("offers", offers, theme, width));
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
