//! A web page to open: the whole address with its host, and what is odd about it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::address::Address;
use crate::model::text::{escape_line, width as columns};
use crate::tui::action::Action;
use crate::tui::browser::Browser;
use crate::tui::keymap::Context;
use crate::tui::page::wrapped;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// How to go on, by where the browser is; `open` and `copy` are the keys.
fn how(browser: Browser, open: &str, copy: &str) -> String {
    let ways = match browser {
        Browser::Here => format!("If you trust this host, {open} opens it in your browser and {copy} copies it."),
        Browser::Elsewhere => {
            format!(
                "You are here over SSH: {copy} copies it, to be opened where your browser is, if you trust this host."
            )
        }
        Browser::None => {
            format!("No browser is at hand here: {copy} copies it, to be opened elsewhere, if you trust this host.")
        }
    };
    format!("Nothing is fetched, and nothing is opened by itself. {ways} Then say so with the key below.")
}

pub(super) fn rows(address: &Address, ui: &Ui, theme: &Theme, cols: usize) -> Vec<Line<'static>> {
    let symbols = theme.symbols;
    let url = &address.url;
    let pieces = [
        (&url[..address.host.start], theme.dim),
        (address.host(), theme.accent.patch(theme.title)),
        (&url[address.host.end..], Style::new()),
    ];
    let mut out = Vec::new();
    if !address.host().is_empty() {
        let host = escape_line(address.host());
        out.push(Line::from(vec![
            Span::styled("host  ", theme.dim),
            Span::styled(host.into_owned(), theme.accent.patch(theme.title)),
        ]));
        out.push(Line::raw(""));
    }
    // Before the address: that can be longer than the window.
    if let Some(why) = &address.refused {
        let text = format!("{} {why}: it must not be opened, and cannot be accepted here", symbols.down);
        out.extend(wrapped(text, theme.bad, cols, 0));
    }
    for warning in &address.warnings {
        out.extend(wrapped(format!("{} {warning}", symbols.broken), theme.warn, cols, 0));
    }
    if address.refused.is_some() || !address.warnings.is_empty() {
        out.push(Line::raw(""));
    }
    if address.refused.is_none() {
        let key = |action| ui.keymap.key_of(Context::Consent, action).map(|key| key.show(symbols.arrows));
        let key = |action| key(action).unwrap_or_default();
        let text = how(ui.questions.browser, &key(Action::OpenPage), &key(Action::Copy));
        out.extend(wrapped(text, theme.dim, cols, 0));
        out.push(Line::raw(""));
    }
    out.extend(flow(&pieces, cols));
    out
}

/// Pieces one after the other, escaped, broken wherever a row ends: an address has no words.
fn flow(pieces: &[(&str, Style)], cols: usize) -> Vec<Line<'static>> {
    let mut rows = vec![Vec::new()];
    let mut used = 0;
    for (text, style) in pieces {
        let escaped = escape_line(text);
        let mut part = String::new();
        for cluster in escaped.graphemes(true) {
            let wide = columns(cluster);
            if used + wide > cols && used > 0 {
                if let Some(row) = rows.last_mut() {
                    row.push(Span::styled(std::mem::take(&mut part), *style));
                }
                rows.push(Vec::new());
                used = 0;
            }
            part.push_str(cluster);
            used += wide;
        }
        if let Some(row) = rows.last_mut() {
            row.push(Span::styled(part, *style));
        }
    }
    rows.into_iter().map(Line::from).collect()
}
