//! A call that a model wants to make: the colours of what is read, what is typed below it, and the answers.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::model::approval::ApprovalRequest;
use crate::model::json::Token;
use crate::model::text::{pad, width as columns};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::modal::approval::page::{Ink, Row};
use crate::tui::modal::approval::{ApprovalUi, PatternUi, Step};
use crate::tui::page::{clip, foreign};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;
use crate::tui::view::line::visible;
use crate::tui::view::row;

/// Columns from which the answers stand in two columns.
const WIDE: usize = 60;
/// Rows of the answers, with the rule above them.
const ANSWERS: u16 = 6;
/// Rows of a window from which on there is room for all of them.
const ROOMY: u16 = 12;
/// Columns of the names of arguments in a pattern.
const NAME: usize = 24;

/// How a piece of the page looks.
fn style(ink: Ink, theme: &Theme) -> Style {
    match ink {
        Ink::Plain => Style::new(),
        Ink::Dim => theme.dim,
        Ink::Title => theme.title,
        Ink::Good => theme.good,
        Ink::Warn => theme.warn,
        Ink::Bad => theme.bad,
        Ink::Claim => theme.claim,
        Ink::Json(Token::Key) => theme.json_key,
        Ink::Json(Token::String) => theme.json_string,
        Ink::Json(Token::Number | Token::Literal) => theme.json_value,
        Ink::Json(Token::Punct) => theme.json_punct,
        Ink::Json(Token::Plain) => Style::new(),
        // The mark at the left and the underline say it without a colour.
        Ink::Old(word) => word_style(theme.bad, word),
        Ink::New(word) => word_style(theme.good, word),
    }
}

fn word_style(style: Style, word: bool) -> Style {
    if word { style.add_modifier(Modifier::UNDERLINED) } else { style }
}

/// A row of the page.
pub(super) fn line(row: &Row, theme: &Theme) -> Line<'static> {
    let span = |(ink, text): &(Ink, String)| {
        // A gutter is no word.
        let ink = match ink {
            Ink::Old(_) if text == "- " => Style::new().patch(theme.bad),
            Ink::New(_) if text == "+ " => Style::new().patch(theme.good),
            ink => style(*ink, theme),
        };
        Span::styled(text.clone(), ink)
    };
    Line::from(row.iter().map(span).collect::<Vec<_>>())
}

/// Rows of what is typed below, given the room of the window.
pub(super) fn typed(approval: &ApprovalUi, room: u16) -> u16 {
    match &approval.step {
        Step::Ask | Step::Always => 0,
        Step::Denial(_) => 2,
        Step::Pattern(pattern) => {
            u16::try_from(pattern.members.len()).unwrap_or(u16::MAX).saturating_add(3).min(room / 2)
        }
        Step::Rewrite(rewrite) => {
            let lines = u16::try_from(rewrite.area.lines().len()).unwrap_or(u16::MAX);
            lines.saturating_add(2).max(6).min(room.saturating_sub(room / 4))
        }
    }
}

/// Rows of the answers, given the room of the window.
pub(super) fn foot_height(approval: &ApprovalUi, width: usize, room: u16) -> u16 {
    let wanted = match approval.step {
        Step::Ask if width >= WIDE => ANSWERS,
        Step::Ask | Step::Always => 4,
        Step::Denial(_) | Step::Pattern(_) | Step::Rewrite(_) => 2,
    };
    if room < ROOMY { wanted.min(3).min(room) } else { wanted }
}

/// Whether a window of this size has room for all answers.
pub(super) fn names_all(cols: usize, room: u16) -> bool {
    cols >= WIDE && room >= ROOMY
}

/// Draws what is being typed.
pub(super) fn editor(approval: &ApprovalUi, has_focus: bool, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let cols = usize::from(rect.width);
    let rule = |text: &str| {
        let text = clip(text, cols);
        let rest = theme.symbols.rule.repeat(cols.saturating_sub(columns(&text) + 1));
        Line::from(vec![Span::styled(format!("{text} "), theme.title), Span::styled(rest, theme.dim)])
    };
    let below = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    match &approval.step {
        Step::Ask | Step::Always => {}
        Step::Denial(text) => {
            if let Some(first) = row(rect, 0) {
                frame.render_widget(rule("what the model is told with your no (may be empty)"), first);
            }
            if let Some(rect) = row(below, 0) {
                let (shown, column) = visible(text, has_focus, cols.saturating_sub(1));
                frame.render_widget(Line::raw(shown), rect);
                caret(has_focus, column, rect, frame);
            }
        }
        Step::Pattern(pattern) => {
            if let Some(first) = row(rect, 0) {
                let until = if pattern.always { "always" } else { "in this conversation" };
                let text = format!("allow {until} with arguments like these, and no others");
                frame.render_widget(rule(&text), first);
            }
            members(pattern, has_focus, theme, frame, below);
        }
        Step::Rewrite(rewrite) => {
            if let Some(first) = row(rect, 0) {
                match &rewrite.problem {
                    Some(problem) => frame.render_widget(Line::styled(clip(problem, cols), theme.bad), first),
                    None => frame
                        .render_widget(rule("other arguments; the conversation will say that you edited them"), first),
                }
            }
            crate::tui::view::editor::text(&rewrite.area, has_focus, theme, frame, below);
        }
    }
}

fn members(pattern: &PatternUi, has_focus: bool, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let cols = usize::from(rect.width);
    let rows = usize::from(rect.height.saturating_sub(1));
    let first = (pattern.focus + 1).saturating_sub(rows);
    let name_cols =
        pattern.members.iter().map(|(name, _)| columns(&foreign(name))).max().unwrap_or(0).min(NAME).min(cols / 3);
    for (at, (name, value)) in pattern.members.iter().enumerate().skip(first).take(rows) {
        let Some(rect) = row(rect, at - first) else { break };
        let focused = at == pattern.focus;
        let mark = if focused { theme.symbols.cursor } else { " " };
        let label = format!("{}  ", pad(&clip(name, name_cols), name_cols));
        let used = columns(&label) + 2;
        let (shown, column) = visible(value, focused && has_focus, cols.saturating_sub(used + 1));
        let spans = vec![
            Span::styled(format!("{mark} "), theme.accent),
            Span::styled(label, if focused { theme.title } else { Style::new() }),
            Span::raw(shown),
        ];
        frame.render_widget(Line::from(spans), rect);
        if focused {
            caret(has_focus, used + column, rect, frame);
        }
    }
    if let Some(rect) = row(rect, rows) {
        let text = "* is any run of plain characters, ** of any, ? is one, [*] is a star";
        frame.render_widget(Line::styled(clip(text, cols), theme.dim), rect);
    }
}

fn caret(has_focus: bool, column: usize, rect: Rect, frame: &mut Frame<'_>) {
    if has_focus && column < usize::from(rect.width) {
        frame.set_cursor_position(Position::new(rect.x + column as u16, rect.y));
    }
}

/// The answers with their keys.
pub(super) fn foot(
    approval: &ApprovalUi,
    request: &ApprovalRequest,
    ui: &Ui,
    theme: &Theme,
    cols: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let key = |context, action| {
        ui.keymap.key_of(context, action).map_or_else(String::new, |key| key.show(theme.symbols.arrows))
    };
    let hints = |context: Context, list: &[(Action, &str)]| {
        let mut spans = Vec::new();
        for (action, text) in list {
            spans.push(Span::styled(key(context, *action), theme.accent));
            spans.push(Span::raw(format!(" {text}   ")));
        }
        Line::from(spans)
    };
    let rule = Line::styled(theme.symbols.rule.repeat(cols), theme.dim);
    match &approval.step {
        Step::Ask => ask(approval, &key, theme, cols, height),
        Step::Always => {
            let text = format!("Allow {}/{} from now on, until it changes:", request.server, request.tool);
            let list = [(Action::AllowAny, "whatever its arguments"), (Action::AllowExact, "exactly these arguments")];
            let rest = [(Action::AllowPattern, "arguments like…"), (Action::Back, "back")];
            vec![
                rule,
                Line::styled(clip(&text, cols), theme.title),
                hints(Context::Always, &list),
                hints(Context::Always, &rest),
            ]
        }
        Step::Denial(_) => vec![rule, hints(Context::Denial, &[(Action::Send, "deny"), (Action::Back, "back")])],
        Step::Pattern(_) => {
            let list = [(Action::Send, "allow"), (Action::NextField, "next"), (Action::Back, "back")];
            vec![rule, hints(Context::Pattern, &list)]
        }
        Step::Rewrite(_) => {
            vec![
                rule,
                hints(Context::Rewrite, &[(Action::Send, "take these; then allow or deny"), (Action::Back, "back")]),
            ]
        }
    }
}

fn ask(
    approval: &ApprovalUi,
    key: &dyn Fn(Context, Action) -> String,
    theme: &Theme,
    cols: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let once = if approval.edited.is_some() { "allow once, as edited" } else { "allow once" };
    let mut no = vec![
        (Action::Deny, "deny"),
        (Action::DenyWith, "deny, and tell the model why"),
        (Action::DenyTurn, "deny all of this turn"),
        (Action::Rewrite, "edit the arguments"),
    ];
    if approval.has_folds() {
        no.push((Action::Raw, if approval.unfolded { "fold long values" } else { "show long values" }));
    } else {
        no.push((Action::Questions, "decide later"));
    }
    let yes = [
        (Action::AllowOnce, once),
        (Action::AllowConversation, "allow in this conversation"),
        (Action::AllowExact, "allow exactly these arguments"),
        (Action::AllowPattern, "allow arguments like…"),
        (Action::AllowAlways, "always…"),
    ];
    let hindrance = approval.hindrance();
    let rule = match &hindrance {
        Some(why) => {
            let text = clip(&format!(" to allow it, {why} "), cols.saturating_sub(4));
            let rest = theme.symbols.rule.repeat(cols.saturating_sub(columns(&text) + 2));
            Line::from(vec![
                Span::styled(theme.symbols.rule.repeat(2), theme.dim),
                Span::styled(text, theme.warn),
                Span::styled(rest, theme.dim),
            ])
        }
        None => Line::styled(theme.symbols.rule.repeat(cols), theme.dim),
    };
    let part = |(action, text): &(Action, &str), dim: bool, cols: usize| {
        let name = format!("{:>6}", key(Context::Approval, *action));
        let text = pad(&clip(text, cols.saturating_sub(8)), cols.saturating_sub(8)).into_owned();
        let style = if dim { theme.dim } else { Style::new() };
        [Span::styled(name, if dim { theme.dim } else { theme.accent }), Span::styled(format!("  {text}"), style)]
    };
    let mut lines = vec![rule];
    if height >= usize::from(ANSWERS) && cols >= WIDE {
        let half = cols / 2;
        for (no, yes) in no.iter().zip(&yes) {
            let spans: Vec<_> =
                part(no, false, half).into_iter().chain(part(yes, hindrance.is_some(), cols - half)).collect();
            lines.push(Line::from(spans));
        }
        return lines;
    }
    // As many as there is room for, the important ones first.
    let short = [
        (Action::Deny, "deny", false),
        (Action::AllowOnce, "once", true),
        (Action::DenyTurn, "deny all", false),
        (Action::AllowConversation, "conversation", true),
        (Action::Rewrite, "edit", false),
        (Action::DenyWith, "say why", false),
        (Action::AllowExact, "these", true),
        (Action::AllowPattern, "like…", true),
        (Action::AllowAlways, "always…", true),
        (Action::Raw, "long values", false),
        (Action::Help, "help", false),
    ];
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (action, text, yes) in short {
        if action == Action::Raw && !approval.has_folds() {
            continue;
        }
        let name = key(Context::Approval, action);
        let wide = columns(&name) + columns(text) + 3;
        if used + wide > cols && used > 0 {
            lines.push(Line::from(std::mem::take(&mut spans)));
            used = 0;
            if lines.len() >= height {
                return lines;
            }
        }
        let dim = yes && hindrance.is_some();
        spans.push(Span::styled(name, if dim { theme.dim } else { theme.accent }));
        spans.push(Span::styled(format!(" {text}  "), if dim { theme.dim } else { Style::new() }));
        used += wide;
    }
    lines.push(Line::from(spans));
    lines
}
