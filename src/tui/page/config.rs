//! How a server is started and held, as this program understands it, and who says so: a file and its line, the
//! command line, nobody. Values of variables and headers are never shown: they may be secrets.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{clip, wrapped};
use super::{Lines, heading};
use crate::model::sampling::Policy;
use crate::model::server::{HttpKind, Launch, ProtocolChoice, Restart, ServerSpec};
use crate::model::session::Session;
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Who says so where nobody did.
const NOBODY: &str = "by default";

/// One thing that is set: its key in the config, its value for people.
type Setting = (String, String);

pub(super) fn lines<'a>(ui: &Ui, session: &'a Session, theme: &'a Theme, width: usize) -> Lines<'a> {
    let spec = &session.spec;
    let key = ui.keymap.key_of(Context::Inspector, Action::Roots).map(|key| key.show(theme.symbols.arrows));
    let change = key.map(|key| format!(" ({key} changes them)")).unwrap_or_default();
    let parts = [
        ("how it is reached", reached(spec)),
        ("what it may do", allowed(spec, &change)),
        ("how long and how much", costs(spec)),
    ];
    let mut out = Vec::new();
    let names = parts.iter().flat_map(|(_, settings)| settings).map(|(key, _)| columns(key)).max().unwrap_or(0);
    let names = names.clamp(8, (width / 3).max(8));
    for (title, settings) in parts {
        if !out.is_empty() {
            out.push(Line::raw(""));
        }
        out.push(heading(title, theme, width));
        for (key, value) in settings {
            setting(&mut out, spec, &key, &value, names, theme, width);
        }
    }
    let said = "Values of variables and headers are not shown. `mcp-tui config show` prints the whole configuration, \
                `mcp-tui config path` where it is.";
    let foot = std::iter::once(Line::raw("")).chain(wrapped(said, theme.dim, width, 0));
    Box::new(out.into_iter().chain(foot))
}

fn setting(
    out: &mut Vec<Line<'static>>,
    spec: &ServerSpec,
    key: &str,
    value: &str,
    names: usize,
    theme: &Theme,
    width: usize,
) {
    let origin = spec.origins.get(key).map_or(NOBODY, String::as_str);
    let room = width.saturating_sub(names + 2);
    let style = if origin == NOBODY { theme.dim } else { Style::new() };
    let origin = clip(origin, room);
    let mut values = wrapped(value.to_owned(), style, room, 0);
    let mut spans = vec![Span::styled(pad(&clip(key, names), names).into_owned(), theme.dim), Span::raw("  ")];
    let first = values.next().unwrap_or_default();
    let used: usize = first.spans.iter().map(|span| columns(&span.content)).sum();
    spans.extend(first.spans);
    let rest: Vec<_> = values.collect();
    // Beside the value where both have room, else below it.
    let beside = rest.is_empty() && used + columns(&origin) + 2 <= room;
    if beside {
        spans.push(Span::raw(" ".repeat(room - used - columns(&origin))));
        spans.push(Span::styled(origin.clone(), theme.dim));
    }
    out.push(Line::from(spans));
    let below = |mut line: Line<'static>| {
        line.spans.insert(0, Span::raw(" ".repeat(names + 2)));
        line
    };
    out.extend(rest.into_iter().map(below));
    // At the right like the others, so that it is not taken for more of the value.
    if !beside && origin != NOBODY {
        let gap = Span::raw(" ".repeat(room.saturating_sub(columns(&origin))));
        out.push(below(Line::from(vec![gap, Span::styled(origin, theme.dim)])));
    }
}

fn reached(spec: &ServerSpec) -> Vec<Setting> {
    let mut all: Vec<Setting> = vec![];
    match &spec.launch {
        Launch::Stdio { command, args, env, cwd } => {
            all.push(("command".into(), hidden(spec, command)));
            for (at, arg) in args.iter().enumerate() {
                all.push((format!("args[{at}]"), hidden(spec, arg)));
            }
            for (name, _) in env {
                all.push((format!("env.{name}"), "(set, not shown)".into()));
            }
            let cwd = cwd.as_ref().map_or("where mcp-tui was started".into(), |dir| dir.display().to_string());
            all.push(("cwd".into(), cwd));
        }
        Launch::Http { url, headers, kind } => {
            all.push(("url".into(), hidden(spec, url)));
            for (name, _) in headers {
                all.push((format!("headers.{name}"), "(set, not shown)".into()));
            }
            let kind = match kind {
                HttpKind::Auto => "streamable HTTP, or HTTP+SSE where the endpoint has nothing else",
                HttpKind::Streamable => "streamable HTTP",
                HttpKind::Sse => "HTTP+SSE of 2024-11-05",
            };
            all.push(("transport".into(), kind.into()));
        }
    }
    let protocol = match &spec.protocol {
        ProtocolChoice::Auto => "the newest that both speak".to_owned(),
        ProtocolChoice::Pinned(revision) => revision.clone(),
    };
    all.push(("protocol_version".into(), protocol));
    let restart = match spec.restart {
        Restart::Never => "never by itself",
        Restart::OnFailure => "after a failure, with growing pauses",
    };
    all.push(("restart".into(), restart.into()));
    all
}

/// `change` says how roots are changed.
fn allowed(spec: &ServerSpec, change: &str) -> Vec<Setting> {
    let roots: Vec<String> = spec.roots.iter().map(|root| root.display().to_string()).collect();
    let roots = if roots.is_empty() { "none".to_owned() } else { roots.join(", ") };
    let sampling = match spec.sampling.policy {
        _ if !spec.offers.sampling => "not offered to it",
        Policy::Allow => "a model answers at once",
        Policy::Ask => "a person decides",
        Policy::Deny => "refused",
    };
    let rules = &spec.sampling;
    vec![
        ("trusted".into(), if spec.trusted { "yes: its claims are believed" } else { "no" }.into()),
        ("roots".into(), format!("{roots}{change}")),
        ("sampling".into(), format!("{sampling}; at most {} requests, {} tokens", rules.requests, rules.tokens)),
        ("log_level".into(), spec.log_level.clone().unwrap_or_else(|| "nothing is asked".into())),
        (
            "secrets".into(),
            format!("{} taken out of everything that is kept or shown", figures::counted(spec.secrets.len(), "value")),
        ),
    ]
}

fn costs(spec: &ServerSpec) -> Vec<Setting> {
    let time = |time: std::time::Duration| figures::duration(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    let (times, limits) = (&spec.timeouts, &spec.limits);
    let size = |bytes: usize| figures::size(bytes as u64);
    vec![
        ("connect_timeout".into(), time(times.connect)),
        ("probe_timeout".into(), time(times.probe)),
        ("timeout".into(), format!("{} without news", time(times.request))),
        ("max_timeout".into(), time(times.request_max)),
        ("write_timeout".into(), time(times.write)),
        ("ping_interval".into(), times.ping.map_or("no pings".into(), time)),
        ("max_frame_bytes".into(), size(limits.frame_bytes)),
        ("max_pages".into(), figures::count(limits.pages)),
        ("max_items".into(), figures::count(limits.items)),
        ("max_rounds".into(), figures::count(limits.rounds)),
        ("max_memory".into(), limits.memory.map_or("no limit".into(), size)),
    ]
}

/// A value with secrets taken out.
fn hidden(spec: &ServerSpec, value: &str) -> String {
    let mut shown = value.to_owned();
    for secret in spec.secrets.iter().filter(|secret| !secret.is_empty()) {
        shown = shown.replace(secret.as_str(), "[redacted]");
    }
    shown
}
