//! The rows of one entry as they are drawn: who speaks, the text, and the line of a call with its state.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::{Level, State};
use crate::model::chat::Part as Said;
use crate::model::conversation::{Answer, Body, Entry, ModelCall, ModelCallState};
use crate::model::json::compact;
use crate::model::text::{pad, width as columns};
use crate::tui::conversation::{Part, WHO, goes_on};
use crate::tui::figures;
use crate::tui::page::clip;
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// One entry, about to be drawn.
pub(super) struct Drawn<'a> {
    state: &'a State,
    ui: &'a Ui,
    entry: &'a Entry,
    at: usize,
    selected: bool,
    width: usize,
    who: &'static str,
}

impl<'a> Drawn<'a> {
    pub(super) fn new(state: &'a State, ui: &'a Ui, at: usize, selected: bool, width: usize) -> Drawn<'a> {
        let entries = &state.chat.conversation.entries;
        let entry = &entries[at];
        let who = match &entry.body {
            Body::User { automatic: true, .. } | Body::Call(_) | Body::Note { .. } => "",
            Body::User { .. } => "you",
            Body::Summary { .. } => "sum",
            Body::Answer(_) if goes_on(entries, at) => "",
            Body::Answer(_) => "model",
        };
        Drawn { state, ui, entry, at, selected, width, who }
    }

    /// One row of a part.
    pub(super) fn line(&self, part: &Part, row: usize, theme: &Theme) -> Line<'static> {
        let unsent = self.entry.dropped || self.at < self.state.chat.conversation.summed;
        let base = if unsent { theme.dim } else { Style::new() };
        match part {
            Part::Gap => Line::raw(""),
            Part::Boundary => {
                let rule = theme.symbols.rule;
                let told = " a summary is sent in the place of what is above ";
                let rest = self.width.saturating_sub(columns(told) + 3);
                let told = format!("{}{told}{}", rule.repeat(3), rule.repeat(rest));
                Line::styled(clip(&told, self.width), theme.dim)
            }
            Part::Text { growing, faint, .. } => {
                let base = if *faint { theme.dim } else { base };
                self.indented(part, row, WHO, growing.rows()[row].line(base, theme), theme)
            }
            Part::Plain { rows, indent } => {
                let base = match &self.entry.body {
                    Body::Note { level: Level::Error, .. } => theme.bad,
                    Body::Note { level: Level::Warning, .. } => theme.warn,
                    Body::Note { .. } => theme.dim,
                    _ => base,
                };
                self.indented(part, row, *indent, rows[row].line(base, theme), theme)
            }
            Part::Call => match &self.entry.body {
                Body::Call(call) => self.call(call, theme),
                _ => Line::raw(""),
            },
            Part::Writing(of) => match &self.entry.body {
                Body::Answer(answer) => self.writing(answer, *of, theme),
                _ => Line::raw(""),
            },
            Part::Thoughts => match &self.entry.body {
                Body::Answer(answer) => self.indented(part, row, WHO, self.thoughts(answer, theme), theme),
                _ => Line::raw(""),
            },
            Part::Speaker => self.indented(part, row, WHO, Line::raw(""), theme),
            Part::Waiting => self.indented(part, row, WHO, Line::styled("…", theme.dim), theme),
        }
    }

    /// A row with what stands before it: the mark of the selection, and in the first row who speaks.
    fn indented(&self, part: &Part, row: usize, indent: usize, line: Line<'static>, theme: &Theme) -> Line<'static> {
        let first = row == 0 && self.is_first(part);
        let label = match &self.entry.body {
            Body::Note { level, .. } if first => match level {
                Level::Error => theme.symbols.down,
                Level::Warning => theme.symbols.broken,
                Level::Info => theme.symbols.dot,
            },
            _ if first => self.who,
            _ => "",
        };
        let style = match &self.entry.body {
            _ if self.entry.dropped => theme.dim,
            Body::Answer(_) => theme.accent,
            _ => theme.title,
        };
        let mut spans = vec![self.mark(theme), Span::styled(pad(label, indent.saturating_sub(1)).into_owned(), style)];
        spans.extend(line.spans);
        Line::from(spans)
    }

    /// Whether a part is the first one with text.
    fn is_first(&self, part: &Part) -> bool {
        let sheet = self.ui.conversation.sheet(self.at);
        let first = sheet.and_then(|sheet| sheet.parts.iter().find(|part| !matches!(part, Part::Gap | Part::Boundary)));
        first.is_some_and(|first| std::ptr::eq(first, part))
    }

    fn mark(&self, theme: &Theme) -> Span<'static> {
        Span::styled(if self.selected { theme.symbols.cursor } else { " " }, theme.accent)
    }

    fn fold(&self, theme: &Theme) -> &'static str {
        if self.ui.conversation.is_open(self.at) { theme.symbols.open } else { theme.symbols.closed }
    }

    /// A call: what with which arguments, and how it stands at the right.
    fn call(&self, call: &ModelCall, theme: &Theme) -> Line<'static> {
        let symbols = theme.symbols;
        let now = self.ui.now(self.state);
        let took =
            |end| call.started.map(|start| figures::duration(now.min(end).micros_since(start))).unwrap_or_default();
        let ended = call.ended.unwrap_or(now);
        let edited = if call.edited { "edited " } else { "" };
        let (told, style) = match call.state {
            ModelCallState::Checking => (format!("{} checking", symbols.connecting), theme.warn),
            ModelCallState::Asking(_) => ("? allow it?".to_owned(), theme.warn),
            ModelCallState::Running(_) => (format!("{} {}", symbols.connecting, took(now)), theme.warn),
            ModelCallState::Done => (format!("{} {}", symbols.ok, took(ended)), theme.good),
            ModelCallState::Failed => (format!("{} failed {}", symbols.down, took(ended)), theme.bad),
            ModelCallState::Denied => (format!("{} denied", symbols.down), theme.bad),
            ModelCallState::Cancelled => (format!("{} cancelled", symbols.exit), theme.warn),
            ModelCallState::Unknown => ("? unknown".to_owned(), theme.warn),
        };
        let name = if call.server.is_empty() { call.tool.clone() } else { format!("{}/{}", call.server, call.tool) };
        let arguments = compact(call.arguments.as_str(), self.width);
        self.call_line(&name, &arguments, &format!("{edited}{}", told.trim_end()), style, theme)
    }

    /// A call that the model is still writing.
    fn writing(&self, answer: &Answer, of: usize, theme: &Theme) -> Line<'static> {
        let Some(Said::ToolCall(call)) = answer.reply.parts().get(of) else { return Line::raw("") };
        let known = self.state.chat.conversation.names.address(&call.name);
        let name = known.and_then(|tool| Some(format!("{}/{}", self.state.session(tool.server)?.spec.name, tool.tool)));
        let name = name.unwrap_or_else(|| call.name.clone());
        let (arguments, told) = match answer.reply.writing(of) {
            // The end is what is new.
            Some(text) => (tail(text, self.width), "writing"),
            None => (call.arguments.as_str().to_owned(), "written"),
        };
        self.call_line(&name, &arguments, &format!("{} {told}", theme.symbols.connecting), theme.warn, theme)
    }

    fn call_line(&self, name: &str, arguments: &str, told: &str, style: Style, theme: &Theme) -> Line<'static> {
        let room = self.width.saturating_sub(columns(told) + 7);
        let name = clip(name, room * 2 / 3);
        let left = room.saturating_sub(columns(&name) + 2);
        let arguments = clip(arguments, left);
        let strong = if self.entry.dropped { theme.dim } else { theme.title };
        Line::from(vec![
            self.mark(theme),
            Span::styled(format!("  {} ", self.fold(theme)), theme.accent),
            Span::styled(name, strong),
            Span::raw("  "),
            Span::styled(pad(&arguments, left).into_owned(), theme.dim),
            Span::styled(format!(" {told} "), style),
        ])
    }

    fn thoughts(&self, answer: &Answer, theme: &Theme) -> Line<'static> {
        if answer.summary {
            let told = format!("{} the summary as the model wrote it", self.fold(theme));
            return Line::styled(told, theme.dim);
        }
        let said = answer.reply.parts().iter().any(|part| matches!(part, Said::Text { .. } | Said::ToolCall(_)));
        let what = if answer.is_open() && !said { "thinking" } else { "thoughts" };
        let size = figures::counted(answer.reply.thinking.len(), "character");
        Line::styled(format!("{} {what} {} {size}", self.fold(theme), theme.symbols.dot), theme.dim)
    }
}

/// The end of a text, as much as fits by bytes.
fn tail(text: &str, bytes: usize) -> String {
    let from = text.len().saturating_sub(bytes.max(20) / 2);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    if from == 0 { text.to_owned() } else { format!("…{}", &text[from..]) }
}
