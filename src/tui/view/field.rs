//! A field of a form, whoever asks: its row (name, value, what is allowed or wrong), options side by side, and text that
//! nobody is to read.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::text::{pad, width as columns};
use crate::tui::line::LineEdit;
use crate::tui::page::clip;
use crate::tui::theme::Theme;

/// Rows of spans, and the row and column of the cursor.
pub(super) type Value = (Vec<Vec<Span<'static>>>, Option<(usize, usize)>);

/// One line of a form or of a window.
pub(in crate::tui) struct FieldRow {
    pub(super) line: Line<'static>,
    /// Whether it belongs to what has the cursor.
    pub(super) focused: bool,
    /// The column of the cursor.
    pub(super) caret: Option<usize>,
}

impl FieldRow {
    pub(super) fn plain(line: Line<'static>) -> FieldRow {
        FieldRow { line, focused: false, caret: None }
    }
}

/// Columns of the parts of a row; all rows of a form have the same.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// Of the name.
    pub(super) label: usize,
    /// Of the value.
    pub(super) value: usize,
    /// Of what is allowed or wrong; none where it is too narrow.
    pub(super) hint: usize,
    /// All there are.
    pub(super) all: usize,
}

impl Columns {
    /// Shares `all` columns out, `label` of them to the names.
    pub(super) fn new(label: usize, all: usize) -> Columns {
        let hint = if all >= 56 { (all / 3).min(32) } else { 0 };
        let value = all.saturating_sub(2 + label + 2 + hint + usize::from(hint > 0) * 2).max(4);
        Columns { label, value, hint, all }
    }

    /// With more columns for hints, enough for the widest of `hints` that leaves values as many as they need.
    pub(super) fn with_hints(self, hints: impl Iterator<Item = usize>, needed: usize) -> Columns {
        /// Columns that a value keeps in any case.
        const VALUE: usize = 20;
        let spare = self.value.saturating_sub(needed.max(VALUE));
        let wanted = hints.filter(|hint| *hint <= self.hint + spare).max().unwrap_or(0);
        let more = if self.hint == 0 { 0 } else { wanted.saturating_sub(self.hint) };
        Columns { value: self.value - more, hint: self.hint + more, ..self }
    }

    /// The columns of a value's rows below its first, which have no hint beside them.
    pub(super) fn below(self) -> usize {
        self.all.saturating_sub(self.indent()).max(self.value)
    }

    /// Where values begin, and what is said below them.
    pub(super) fn indent(self) -> usize {
        2 + self.label + 2
    }

    /// The rows of one field: its name, its value in as many rows as that has, and the hint beside the first.
    pub(super) fn rows(
        self,
        name: Span<'static>,
        (values, caret): Value,
        hint: &Span<'static>,
        here: bool,
        theme: &Theme,
    ) -> Vec<FieldRow> {
        let mark = if here { theme.symbols.cursor } else { " " };
        let row = |(nth, spans): (usize, Vec<Span<'static>>)| {
            let text = if nth == 0 { pad(&name.content, self.label) } else { " ".repeat(self.label).into() };
            let mut line =
                vec![Span::styled(format!("{mark} "), theme.accent), Span::styled(format!("{text}  "), name.style)];
            let used: usize = spans.iter().map(|span| columns(&span.content)).sum();
            line.extend(spans);
            if nth == 0 && self.hint > 0 {
                line.push(Span::raw(" ".repeat(self.value.saturating_sub(used) + 2)));
                line.push(Span::styled(clip(&hint.content, self.hint), hint.style));
            }
            let caret = caret.filter(|(row, _)| *row == nth).map(|(_, column)| self.indent() + column);
            FieldRow { line: Line::from(line), focused: here, caret }
        };
        values.into_iter().enumerate().map(row).collect()
    }
}

pub(super) fn radio(on: bool, theme: &Theme) -> &'static str {
    match (on, theme.symbols.arrows) {
        (true, true) => "(•)",
        (true, false) => "(*)",
        (false, _) => "( )",
    }
}

/// Options one after the other, in as many rows as they need: text, whether it is chosen, whether the cursor is on it.
pub(super) fn flowed(options: &[(String, bool, bool)], focused: bool, theme: &Theme, cols: usize) -> Value {
    let mut rows: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    let mut caret = None;
    let any_cursor = options.iter().any(|(.., cursor)| *cursor);
    for (text, on, cursor) in options {
        let wide = columns(text);
        if used > 0 && used + 2 + wide > cols {
            rows.push(Vec::new());
            used = 0;
        }
        if used > 0 {
            used += 2;
            if let Some(row) = rows.last_mut() {
                row.push(Span::raw("  "));
            }
        }
        if focused && (*cursor || (!any_cursor && (*on || caret.is_none()))) {
            caret = Some((rows.len() - 1, used + 1));
        }
        let style = match (focused, *on) {
            (true, true) => theme.accent,
            (false, true) => theme.title,
            (_, false) => Style::new(),
        };
        if let Some(row) = rows.last_mut() {
            row.push(Span::styled(text.clone(), style));
        }
        used += wide;
    }
    (rows, caret)
}

/// The same line with every character hidden.
pub(super) fn mask(line: &LineEdit, theme: &Theme) -> LineEdit {
    let dots = |text: &str| if theme.symbols.arrows { "•" } else { "*" }.repeat(text.graphemes(true).count());
    let mut masked = LineEdit::new(dots(line.before_cursor()));
    let rest = dots(&line.text()[line.before_cursor().len()..]);
    masked.append(&rest);
    masked
}
