//! The page of a folder in the tree of resources: what all names in it begin with, and what is in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ratatui::text::{Line, Span};

use super::flow::{clip, foreign};
use super::{Lines, fact, heading, whole_fact};
use crate::model::json::scan;
use crate::model::session::{Item, Session};
use crate::model::text::{pad, width as columns};
use crate::tui::figures;
use crate::tui::theme::Theme;

/// Of larger folders the kinds and sizes are not summed up: a page is made anew for each frame.
const SUMMED: usize = 500;
/// Kinds of content that are told apart.
const KINDS: usize = 8;
/// Columns of a name.
const NAME: usize = 60;

/// The page of the folder with so many resources, whose URIs begin with `path`.
pub(super) fn lines<'a>(
    session: &'a Session,
    (path, count): (String, usize),
    theme: &'a Theme,
    width: usize,
) -> Lines<'a> {
    let mut out = vec![Line::styled(clip(&path, width), theme.title)];
    let mut say = |name, text: &str| out.push(fact(name, vec![Span::raw(clip(text, width.saturating_sub(11)))], theme));
    say("server", &session.spec.name);
    say("holds", &figures::counted(count, "resource"));
    let items = move || {
        let path = path.clone();
        session.resources.items.iter().filter_map(move |item| Some((item.key()?.strip_prefix(path.as_str())?, item)))
    };
    if count <= SUMMED {
        let (kinds, bytes) = sums(items().map(|(_, item)| item));
        out.extend(whole_fact("types", kinds, theme, width));
        if bytes > 0 {
            out.push(fact("size", vec![Span::raw(format!("{} by what the server says", figures::size(bytes)))], theme));
        }
    }
    out.push(Line::raw(""));
    out.push(heading("in it", theme, width));
    let names = items().take(SUMMED).map(|(rest, _)| columns(&clip(rest, NAME))).max().unwrap_or(0);
    let names = names.min(width / 2).max(4);
    let rows = items().map(move |(rest, item)| {
        let said = text(item, "title").or_else(|| text(item, "description")).unwrap_or_default();
        Line::from(vec![
            Span::raw("  "),
            Span::raw(pad(&clip(rest, names), names).into_owned()),
            Span::styled(format!("  {}", clip(&said, width.saturating_sub(names + 4))), theme.dim),
        ])
    });
    Box::new(out.into_iter().chain(rows))
}

fn text<'a>(item: &'a Item, name: &str) -> Option<Cow<'a, str>> {
    item.raw().get(name).and_then(scan::decoded)
}

/// How many there are of each kind, the most first, and how many bytes they are together.
fn sums<'a>(items: impl Iterator<Item = &'a Item>) -> (String, u64) {
    let mut kinds: BTreeMap<Cow<'a, str>, usize> = BTreeMap::new();
    let mut untold = 0_usize;
    let mut bytes = 0_u64;
    for item in items {
        match text(item, "mimeType") {
            Some(kind) => *kinds.entry(kind).or_default() += 1,
            None => untold += 1,
        }
        bytes = bytes.saturating_add(item.raw().get("size").and_then(|size| size.trim().parse().ok()).unwrap_or(0));
    }
    let mut kinds: Vec<(Cow<'a, str>, usize)> = kinds.into_iter().collect();
    // Equals stay in the order of their names.
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let more = kinds.len().saturating_sub(KINDS);
    let mut told: Vec<String> =
        kinds.iter().take(KINDS).map(|(kind, count)| format!("{} {}", figures::count(*count), foreign(kind))).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    if untold > 0 {
        told.push(format!("{} without a type", figures::count(untold)));
    }
    (told.join(", "), bytes)
}
