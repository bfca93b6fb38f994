//! What a server says about its work: one message in full, and who decides which levels come.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, wrapped};
use super::{Lines, fact, heading, json};
use crate::app::State;
use crate::model::json::{compact, scan};
use crate::model::record::{Body, Record};
use crate::model::serverlog::LogLevel;
use crate::model::session::Session;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::{LoggingUi, Ui};

/// Characters of data in a row.
const ROW: usize = 300;

/// How a level is drawn; its word says it, too.
pub(in crate::tui) fn style(level: LogLevel, theme: &Theme) -> Style {
    match level {
        LogLevel::Debug => theme.dim,
        LogLevel::Info | LogLevel::Notice => Style::new(),
        LogLevel::Warning => theme.warn,
        LogLevel::Error | LogLevel::Critical | LogLevel::Alert | LogLevel::Emergency => theme.bad,
    }
}

fn params(record: &Record) -> Option<&str> {
    match &record.body {
        Body::Msg(text) | Body::Text(text) => scan::member(text, "params"),
        Body::Bytes(_) | Body::None => None,
    }
}

/// A message in one line: who says it, and what. Foreign, not escaped yet.
pub(in crate::tui) fn said(record: &Record) -> String {
    let Some(params) = params(record) else { return String::new() };
    let logger = scan::member(params, "logger").and_then(scan::decoded).map(|name| format!("{name}: "));
    let data = scan::member(params, "data").unwrap_or("null");
    let data = scan::decoded(data).map_or_else(|| compact(data, ROW), std::borrow::Cow::into_owned);
    format!("{}{data}", logger.unwrap_or_default())
}

/// Which messages are shown here; the keys that change it are among the hints.
pub(in crate::tui) fn seen(own: LoggingUi) -> String {
    match own.least {
        LogLevel::Debug => "shown: all levels".to_owned(),
        LogLevel::Emergency => "shown: emergency only".to_owned(),
        level => format!("shown: {} and worse", level.word()),
    }
}

/// What the server was asked for, in a few words.
pub(in crate::tui) fn asked_briefly(session: &Session) -> String {
    match (&session.spec.log_level, &session.negotiated) {
        (_, None) => String::new(),
        (_, Some(agreed)) if agreed.capabilities.get("logging").is_none() => "offers no logging".to_owned(),
        (Some(level), _) => format!("asked for: {level} and worse"),
        (None, Some(agreed)) if agreed.modern => "asked for: none".to_owned(),
        (None, Some(_)) => "asked for: none, it chooses".to_owned(),
    }
}

/// Who decides which messages come, and how that is changed: the eras differ.
pub(in crate::tui) fn how(session: &Session, ui: &Ui, theme: &Theme) -> String {
    let key = ui.keymap.key_of(Context::Inspector, Action::LogLevel).map(|key| key.show(theme.symbols.arrows));
    let key = key.unwrap_or_default();
    let Some(agreed) = &session.negotiated else {
        return "Messages of this server come here once it is connected.".to_owned();
    };
    if agreed.capabilities.get("logging").is_none() {
        return "This server did not say that it sends log messages (no `logging` among its capabilities), so there is \
                nothing to ask for. What it writes to standard error is under Stderr."
            .to_owned();
    }
    match (agreed.modern, &session.spec.log_level) {
        (true, None) => format!(
            "In this protocol ({}) a server logs only for requests that ask for it, and none does now; {key} chooses a \
             level for the requests to come.",
            agreed.revision
        ),
        (true, Some(level)) => {
            format!("Each request asks for {level} and worse; {key} changes that, nothing asks for none.")
        }
        (false, None) => format!(
            "Nothing was asked of the server, so it sends the levels that it likes; {key} asks for a level \
             (`logging/setLevel`)."
        ),
        (false, Some(level)) => format!(
            "It was asked for {level} and worse; {key} asks for another level. In this era it cannot be told to stop."
        ),
    }
}

pub(super) fn lines<'a>(
    state: &'a State,
    ui: &'a Ui,
    session: &'a Session,
    own: LoggingUi,
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    let about: Vec<_> = wrapped(how(session, ui, theme), theme.dim, width, 0).collect();
    let (rows, selected) = own.window(session, 1);
    let Some((index, level)) = rows.get(selected).copied() else { return Box::new(about.into_iter()) };
    let mut out = vec![Line::from(vec![
        Span::styled(level.word(), style(level, theme)),
        Span::styled(format!(" {} frame {}", theme.symbols.dot, figures::count(index)), theme.dim),
    ])];
    if let Some(entry) = state.log.get(index) {
        out.push(fact("at", vec![Span::raw(figures::time(entry.at, &ui.zone))], theme));
    }
    let Some(params) = state.rows.get(&index).and_then(|record| params(record)) else {
        return Box::new(out.into_iter().chain(about));
    };
    if let Some(logger) = scan::member(params, "logger").and_then(scan::decoded) {
        out.push(fact("logger", vec![Span::raw(clip(&logger, width.saturating_sub(11)))], theme));
    }
    out.push(Line::raw(""));
    let data = scan::member(params, "data").unwrap_or("null");
    let body: Lines<'a> = match scan::decoded(data) {
        Some(text) => Box::new(wrapped(text, Style::new(), width, 0)),
        None => json::lines(data, theme, width),
    };
    let below = [Line::raw(""), heading("which messages come", theme, width)];
    Box::new(out.into_iter().chain(body).chain(below).chain(about))
}
