//! What the page of a skill says beside its description: what it asks for, and its files.

use ratatui::text::{Line, Span};

use super::super::flow::{clip, wrapped};
use super::super::heading;
use crate::app::State;
use crate::model::call::ListKind;
use crate::model::json::RawJson;
use crate::model::session::{Item, Session};
use crate::model::skill::{Files, Skill};
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Fields of frontmatter that are shown; the JSON has all.
const FIELDS: usize = 50;
/// Other skills of one name that are named.
const NAMESAKES: usize = 5;
/// Hex digits of a digest that are shown: enough to tell two apart.
const DIGITS: usize = 12;

/// The fields of its frontmatter, and which others have its name. What it asks for is not granted by being shown.
pub(super) fn head(
    out: &mut Vec<Line<'static>>,
    state: &State,
    session: &Session,
    raw: &RawJson,
    theme: &Theme,
    width: usize,
) {
    let Ok(skill) = Skill::read(raw) else { return };
    for remark in &skill.remarks {
        out.push(Line::styled(clip(&format!("{} {remark}", theme.symbols.broken), width), theme.warn));
    }
    let others = namesakes(state, session, &skill);
    if !others.is_empty() {
        let text = format!(
            "{} also called {}, and not the same: {}. This one is {} of {}.",
            theme.symbols.broken,
            skill.name,
            others.join(", "),
            skill.place(),
            session.spec.name
        );
        out.extend(wrapped(text, theme.warn, width, 0));
    }
    for (field, value) in skill.fields().into_iter().take(FIELDS) {
        let (value, style) = match field {
            "allowed-tools" => (format!("{value} (asked for, not granted)"), theme.warn),
            _ => (value, theme.base),
        };
        let name = format!("{:<13}  ", clip(field, 40));
        let value = clip(&value, width.saturating_sub(columns(&name)));
        out.push(Line::from(vec![Span::styled(name, theme.dim), Span::styled(value, style)]));
    }
}

/// Other skills of this name, of any server: a name says nothing about who wrote a skill.
fn namesakes(state: &State, session: &Session, skill: &Skill) -> Vec<String> {
    let title = |item: &Item| matches!(item, Item::Good { title: Some(title), .. } if *title == skill.name);
    let mut others = Vec::new();
    for other in &state.sessions {
        for item in other.listing(ListKind::Skills).items.iter().filter(|item| title(item)) {
            let same = other.id == session.id && item.key() == Some(skill.uri.as_str());
            if let Ok(found) = Skill::read(item.raw())
                && !same
                && others.len() < NAMESAKES
            {
                others.push(format!("{} of {}", found.place(), other.spec.name));
            }
        }
    }
    others
}

/// The files, and how far they can be checked.
pub(super) fn files(out: &mut Vec<Line<'static>>, ui: &Ui, raw: &RawJson, theme: &Theme, width: usize) {
    let Ok(skill) = Skill::read(raw) else { return };
    let columns_said =
        if matches!(skill.files, Files::Listed(_)) { "files, sizes, beginnings of their SHA-256" } else { "files" };
    out.push(heading(columns_said, theme, width));
    match &skill.files {
        Files::Dynamic => {
            let text = "Made up as they are read: nothing but the frontmatter can be checked.";
            out.extend(wrapped(text, theme.warn, width, 0));
        }
        Files::Listed(files) => {
            let names = skill.paths();
            let widest = names.iter().map(|name| columns(&clip(name, 60))).max().unwrap_or(0);
            for (file, name) in files.iter().zip(names) {
                let digest: String = file.digest.chars().skip("sha256:".len()).take(DIGITS).collect();
                out.push(Line::from(vec![
                    Span::raw(format!("  {}", pad(&clip(name, 60), widest))),
                    Span::styled(format!("  {:>9}  {digest}", figures::size(file.size)), theme.dim),
                ]));
            }
        }
    }
    out.push(Line::raw(""));
    let key = |action| ui.keymap.key_of(Context::Inspector, action).map(|key| key.show(theme.symbols.arrows));
    let key = |action| key(action).unwrap_or_default();
    let more = skill.paths().len() > 1;
    let choose = if more { format!(", {} another of its files", key(Action::Call)) } else { String::new() };
    let text = format!(
        "Nothing is read until you load it: {} loads SKILL.md{choose}. A digest that fits says nothing about whether to trust it.",
        key(Action::Open)
    );
    out.extend(wrapped(text, theme.dim, width, 0));
}
