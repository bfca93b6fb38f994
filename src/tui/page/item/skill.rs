//! What the page of a skill says beside its description: what it asks for, and its files.

use ratatui::text::{Line, Span};

use super::super::flow::clip;
use super::super::heading;
use crate::model::json::RawJson;
use crate::model::skill::{Files, Skill};
use crate::model::text::{pad, width as columns};
use crate::tui::figures;
use crate::tui::theme::Theme;

/// Fields of frontmatter that are shown; the JSON has all.
const FIELDS: usize = 50;
/// Hex digits of a digest that are shown: enough to tell two apart.
const DIGITS: usize = 12;

/// The fields of its frontmatter. What it asks for is not granted by being shown.
pub(super) fn head(out: &mut Vec<Line<'static>>, raw: &RawJson, theme: &Theme, width: usize) {
    let Ok(skill) = Skill::read(raw) else { return };
    for remark in &skill.remarks {
        out.push(Line::styled(clip(&format!("{} {remark}", theme.symbols.broken), width), theme.warn));
    }
    for (field, value) in skill.fields().into_iter().take(FIELDS) {
        let (value, style) = match field {
            "allowed-tools" => (format!("{value} (asked for, not granted)"), theme.warn),
            _ => (value, theme.base),
        };
        let name = format!("{:<13} ", clip(field, 40));
        let value = clip(&value, width.saturating_sub(columns(&name)));
        out.push(Line::from(vec![Span::styled(name, theme.dim), Span::styled(value, style)]));
    }
}

/// The files, and how far they can be checked.
pub(super) fn files(out: &mut Vec<Line<'static>>, raw: &RawJson, theme: &Theme, width: usize) {
    let Ok(skill) = Skill::read(raw) else { return };
    out.push(heading("files", theme, width));
    match &skill.files {
        Files::Dynamic => {
            out.push(Line::styled("Made up as they are read: nothing but the frontmatter can be checked.", theme.warn));
        }
        Files::Listed(files) => {
            let root = skill.uri.strip_suffix("SKILL.md").unwrap_or_default();
            let names: Vec<&str> = files.iter().map(|file| file.uri.strip_prefix(root).unwrap_or(&file.uri)).collect();
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
    let text = "Nothing is read until you load it. A digest that fits says nothing about whether to trust it.";
    out.extend(super::super::flow::wrapped(text, theme.dim, width, 0));
}
