//! The window of a server's question: [`Sheet`], what is where in it, and its drawing. Who asks and for which call
//! first, what is asked, what would be sent, and each answer with its key.

mod approval;
mod form;
mod sampling;
mod url;

use ratatui::Frame;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use super::field::FieldRow as Row;
use super::row;
use crate::app::{State, writer};
use crate::model::call::{Call, Operation};
use crate::model::question::{Question, QuestionBody};
use crate::model::text::width as columns;
use crate::tui::action::Action;
use crate::tui::figures;
use crate::tui::keymap::Context;
use crate::tui::layout::{Layout, inner};
use crate::tui::modal::sampling::View;
use crate::tui::modal::{Body, QuestionUi};
use crate::tui::page::{clip, foreign, heading, json_lines, wrapped};
use crate::tui::theme::Theme;
use crate::tui::ui::Ui;

/// Wider windows are harder to read; on a large screen long values and addresses may have some more.
const WIDTH: u16 = 100;
const LARGE: u16 = 160;
const WIDTH_LARGE: u16 = 124;
/// Rows of a question that are laid out; the rest is in the log.
const ROWS: usize = 5_000;

/// Where everything in the window is. Made for drawing and for scrolling alike.
pub(in crate::tui) struct Sheet {
    /// The part that scrolls: of an approval the rows in view, of others all of them.
    rows: Vec<Row>,
    /// How many rows there are.
    pub(in crate::tui) total: usize,
    /// The first row in view.
    pub(in crate::tui) first: usize,
    /// Where those in view are.
    pub(in crate::tui) text: Rect,
    rect: Rect,
    editor: Option<Rect>,
    foot: Rect,
}

impl Sheet {
    /// The columns of the text in a window.
    pub(in crate::tui) fn cols(ui: &Ui) -> usize {
        let body = Layout::of(ui).body;
        let most = inner(Rect { width: wide(body), ..body });
        usize::from(most.width.saturating_sub(2)).max(1)
    }

    /// The window of the open question, if there is one.
    pub(in crate::tui) fn of(state: &State, ui: &Ui, theme: &Theme) -> Option<Sheet> {
        let open = ui.questions.open.as_ref()?;
        let question = state.questions.iter().find(|question| question.id == open.id)?;
        let body = Layout::of(ui).body;
        let width = wide(body);
        let most = inner(Rect { width, ..body });
        let cols = Sheet::cols(ui);
        let foot = match &open.body {
            Body::Approval(approval) => approval::foot_height(approval, cols, most.height),
            _ if most.height <= 10 => 1,
            Body::Form(_) | Body::Sampling(_) => 4,
            Body::Url(_) | Body::Rounds | Body::Unusable(_) => 2,
        }
        .min(most.height);
        let editor = match &open.body {
            // A heading and the text. What is read keeps at least half beside an answer; while the request is itself what is
            // changed, nothing but who asks.
            Body::Sampling(sampling) => {
                let lines = u16::try_from(sampling.area().lines().len()).unwrap_or(u16::MAX);
                let room = most.height - foot;
                let most = match sampling.view {
                    View::Text => (room / 2).min(12),
                    View::Answer => room - room / 2,
                    View::Request => room.saturating_sub(2),
                };
                lines.saturating_add(2).max(4).min(most)
            }
            Body::Approval(approval) => approval::typed(approval, most.height - foot).min(most.height - foot),
            _ => 0,
        };
        let room = most.height - foot - editor;
        let page = match (&open.body, &question.body) {
            (Body::Approval(approval), QuestionBody::Approval(request)) => {
                Some(approval.page(state, request, ui.now(state), cols))
            }
            _ => None,
        };
        let mut rows = match &page {
            Some(_) => Vec::new(),
            None => rows(state, ui, open, question, theme, cols, usize::from(room)),
        };
        let total = page.as_ref().map_or(rows.len(), |page| page.rows.len());
        let height = room.min(u16::try_from(total).unwrap_or(u16::MAX)) + foot + editor + (body.height - most.height);
        let rect = super::centered(body, width, height);
        let inside = inner(rect);
        let inside = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let text = Rect { height: inside.height - foot - editor, ..inside };
        let last = total.saturating_sub(usize::from(text.height));
        let cursor =
            rows.iter().position(|row| row.caret.is_some()).or_else(|| rows.iter().position(|row| row.focused));
        let followed = || super::first_row(cursor.unwrap_or(0), total, text.height);
        let own = matches!(&open.body, Body::Sampling(sampling) if sampling.view == View::Request);
        let first = if own { 0 } else { open.scroll.unwrap_or_else(followed).min(last) };
        match &page {
            Some(page) => {
                let shown = page.rows.iter().skip(first).take(usize::from(text.height));
                rows = shown.map(|row| Row::plain(approval::line(row, theme))).collect();
            }
            None => drop(rows.drain(..first)),
        }
        let below = Rect { y: text.y + text.height, height: editor, ..inside };
        let foot = Rect { y: below.y + editor, height: foot, ..inside };
        Some(Sheet { rows, total, first, text, rect, editor: (editor > 0).then_some(below), foot })
    }
}

/// The columns of the window.
fn wide(body: Rect) -> u16 {
    body.width.min(if body.width >= LARGE { WIDTH_LARGE } else { WIDTH })
}

/// Whether the window of a model's call has room to name all answers.
pub(in crate::tui) fn names_all_answers(ui: &Ui) -> bool {
    let body = Layout::of(ui).body;
    approval::names_all(Sheet::cols(ui), inner(Rect { width: wide(body), ..body }).height)
}

/// Who asks, for which call, and what.
fn rows(
    state: &State,
    ui: &Ui,
    open: &QuestionUi,
    question: &Question,
    theme: &Theme,
    cols: usize,
    height: usize,
) -> Vec<Row> {
    let mut rows: Vec<Row> = head(state, question, theme, cols).into_iter().map(Row::plain).collect();
    let message = match &question.body {
        QuestionBody::Form { message, .. } | QuestionBody::Url { message, .. } => message.as_str(),
        QuestionBody::Sampling { .. } | QuestionBody::Rounds { .. } | QuestionBody::Approval(_) => "",
    };
    if !message.is_empty() {
        rows.extend(wrapped(message, Style::new(), cols, 0).take(ROWS).map(Row::plain));
        rows.push(Row::plain(Line::raw("")));
    }
    match (&open.body, &question.body) {
        (Body::Form(form), QuestionBody::Form { schema, .. }) if open.as_json => {
            rows.extend(form::as_json(form, schema, theme, cols));
        }
        (Body::Form(form), _) => {
            let left = height.saturating_sub(rows.len());
            rows.extend(form::rows(form, ui.modal.is_none(), theme, cols, left));
        }
        (Body::Unusable(why), QuestionBody::Form { schema, .. }) => {
            let text = format!("{} this form cannot be filled: {why}", theme.symbols.broken);
            rows.extend(wrapped(text, theme.bad, cols, 0).map(Row::plain));
            rows.extend(json_lines(schema.as_str(), theme, cols).take(ROWS).map(Row::plain));
        }
        (Body::Rounds, QuestionBody::Rounds { method, rounds }) => {
            let text = format!(
                "It answered {method} {rounds} times with another round instead of a result. A server that never ends may be broken, or may want something of you. Shall the call go on?"
            );
            rows.extend(wrapped(text, Style::new(), cols, 0).map(Row::plain));
        }
        (Body::Url(address), _) => rows.extend(url::rows(address, ui, theme, cols).into_iter().map(Row::plain)),
        (Body::Sampling(sampling), QuestionBody::Sampling { params }) => {
            if let Some(answer) = sampling.reviewed() {
                rows.extend(sampling::answer(&answer, theme, cols).take(ROWS).map(Row::plain));
                rows.extend([Row::plain(Line::raw("")), Row::plain(heading("the request", theme, cols))]);
            }
            let limits = limits(state, question);
            let model = writer(state, question.id.server, params);
            rows.extend(sampling::rows(params, &limits, model.as_ref(), theme, cols).take(ROWS).map(Row::plain));
        }
        // A question never changes its kind.
        // An approval has a page of its own.
        (Body::Unusable(_) | Body::Sampling(_) | Body::Rounds | Body::Approval(_), _) => {}
    }
    if rows.len() >= ROWS {
        rows.push(Row::plain(Line::styled("… there is more: open its frame in the log to read the rest", theme.warn)));
    }
    rows
}

/// How much of what it may ask a server has asked for.
fn limits(state: &State, question: &Question) -> String {
    let server = question.id.server;
    let (Some(session), Some(used)) = (state.session(server), state.ledgers.get(&server)) else { return String::new() };
    let rules = session.spec.sampling;
    let [asked, requests] = [used.requests, rules.requests].map(|count| figures::count(count as usize));
    let [spent, tokens] =
        [used.tokens, rules.tokens].map(|count| figures::count(usize::try_from(count).unwrap_or(usize::MAX)));
    format!("request {asked} of {requests}, {spent} of {tokens} tokens in this run")
}

fn head(state: &State, question: &Question, theme: &Theme, cols: usize) -> Vec<Line<'static>> {
    let server = state.session(question.id.server).map_or("?", |session| session.spec.name.as_str());
    let name = clip(server, cols / 3);
    let call: Option<&Call> = question.call.and_then(|call| state.calls.get(&call));
    let why = match call {
        Some(call) => {
            if matches!(call.operation, Operation::Task { .. }) {
                let named = state.tasks.iter().find(|task| task.id == call.operation.subject());
                let tool = named.map_or_else(|| foreign(call.operation.subject()), |task| foreign(&task.tool));
                return asks(name, format!(" asks while it works on your task {tool}"), theme, cols);
            }
            let subject = foreign(call.operation.subject());
            let whose = if state.chat.running.contains_key(&call.id) { "the model's" } else { "your" };
            format!(" asks while it runs {whose} call {}", if subject.is_empty() { "?".into() } else { subject })
        }
        None => " asks; it does not say for which call".to_owned(),
    };
    asks(name, why, theme, cols)
}

fn asks(name: String, why: String, theme: &Theme, cols: usize) -> Vec<Line<'static>> {
    let why = clip(&why, cols.saturating_sub(columns(&name)));
    vec![Line::from(vec![Span::styled(name, theme.title), Span::styled(why, theme.dim)]), Line::raw("")]
}

/// Draws the window of the open question.
pub(super) fn draw(state: &State, ui: &Ui, theme: &Theme, frame: &mut Frame<'_>) {
    let (Some(open), Some(sheet)) = (&ui.questions.open, Sheet::of(state, ui, theme)) else { return };
    border(state, open, &sheet, theme, frame);
    let has_focus = ui.modal.is_none();
    for (at, shown) in sheet.rows.iter().enumerate() {
        let Some(rect) = row(sheet.text, at) else { break };
        frame.render_widget(&shown.line, rect);
        if let Some(x) = shown.caret.filter(|x| has_focus && *x < usize::from(rect.width)) {
            frame.set_cursor_position(Position::new(rect.x + x as u16, rect.y));
        }
    }
    if let (Body::Sampling(sampling), Some(rect)) = (&open.body, sheet.editor) {
        let mut rest = rect;
        if let Some(first) = row(rect, 0) {
            let cols = usize::from(rect.width);
            frame.render_widget(heading(&clip(&sampling::edited(sampling), cols), theme, cols), first);
            rest.y += 1;
            rest.height -= 1;
        }
        super::editor::text(sampling.area(), has_focus, theme, frame, rest);
    }
    if let (Body::Approval(approval), Some(QuestionBody::Approval(request))) = (&open.body, asked(state, open)) {
        if let Some(rect) = sheet.editor {
            approval::editor(approval, has_focus, theme, frame, rect);
        }
        let (cols, height) = (usize::from(sheet.foot.width), usize::from(sheet.foot.height));
        let lines = approval::foot(approval, request, ui, theme, cols, height);
        return last_lines(lines, frame, sheet.foot);
    }
    foot(state, ui, open, theme, frame, sheet.foot);
}

fn asked<'a>(state: &'a State, open: &QuestionUi) -> Option<&'a QuestionBody> {
    state.questions.iter().find(|question| question.id == open.id).map(|question| &question.body)
}

/// Draws as many lines as there is room for; the first ones give way.
fn last_lines(lines: Vec<Line<'static>>, frame: &mut Frame<'_>, rect: Rect) {
    let skip = lines.len().saturating_sub(usize::from(rect.height));
    for (at, line) in lines.into_iter().skip(skip).enumerate() {
        if let Some(rect) = row(rect, at) {
            frame.render_widget(line, rect);
        }
    }
}

fn border(state: &State, open: &QuestionUi, sheet: &Sheet, theme: &Theme, frame: &mut Frame<'_>) {
    super::room::clear(theme, frame, sheet.rect);
    if inner(sheet.rect) == sheet.rect {
        return;
    }
    let title = match &open.body {
        Body::Form(_) | Body::Unusable(_) => "A server asks you",
        Body::Url(_) => "A server asks you to open a web page",
        Body::Sampling(_) => "A server asks for a model's message",
        Body::Rounds => "A server asks again and again",
        Body::Approval(_) => "The model wants to call a tool",
    };
    let mut block = Block::bordered()
        .border_set(theme.border_focus)
        .border_style(theme.accent)
        .title_top(Line::from(Span::styled(format!(" {title} "), theme.title)));
    let place = state.questions.iter().position(|question| question.id == open.id).unwrap_or(0);
    if state.questions.len() > 1 {
        let text = format!(" {} of {} ", place + 1, state.questions.len());
        block = block.title_top(Line::from(Span::styled(text, theme.warn)).alignment(Alignment::Right));
    }
    let shown = usize::from(sheet.text.height);
    if sheet.total > shown {
        let last = (sheet.first + shown).min(sheet.total);
        let more = if last < sheet.total { ", PgDn reads on" } else { "" };
        let text = format!(" rows {}–{last} of {}{more} ", sheet.first + 1, sheet.total);
        let text = if theme.symbols.arrows { text } else { text.replace('–', "-") };
        block = block.title_bottom(Line::from(Span::styled(text, theme.warn)).alignment(Alignment::Right));
    }
    frame.render_widget(block, sheet.rect);
}

/// What would be sent, what keeps it from being sent, and the answers with their keys.
fn foot(state: &State, ui: &Ui, open: &QuestionUi, theme: &Theme, frame: &mut Frame<'_>, rect: Rect) {
    let cols = usize::from(rect.width);
    let mut lines = vec![Line::styled(theme.symbols.rule.repeat(cols), theme.dim)];
    match &open.body {
        Body::Form(form) => {
            let review = ui.keymap.key_of(Context::Form, Action::Review).map(|key| key.show(theme.symbols.arrows));
            lines.extend(form::foot(form, open.as_json, &review.unwrap_or_default(), theme, cols));
        }
        Body::Sampling(sampling) => {
            let text =
                sampling.result().map_or_else(|why| why, |result| crate::model::json::compact(result.as_str(), cols));
            let text = clip(&text, cols.saturating_sub(12));
            lines.extend([Line::from(vec![Span::styled("to be sent  ", theme.dim), Span::raw(text)]), Line::raw("")]);
        }
        Body::Url(_) | Body::Rounds | Body::Unusable(_) | Body::Approval(_) => {}
    }
    let refused = matches!(&open.body, Body::Form(form) if form.refused);
    let refused_url = match &open.body {
        Body::Url(address) => address.refused.is_some(),
        Body::Unusable(_) => true,
        Body::Form(_) | Body::Sampling(_) | Body::Rounds | Body::Approval(_) => false,
    };
    let context = open.context();
    let send = match &open.body {
        Body::Url(_) => "I opened it",
        Body::Rounds => "go on",
        _ => "send",
    };
    let model = matches!(open.body, Body::Sampling(_)) && state.sampler.is_some();
    let rounds = matches!(open.body, Body::Rounds);
    let answers = [
        (Action::Send, send, !refused_url),
        (Action::AskModel, "ask a model", model),
        (Action::SendAnyway, "send anyway", refused),
        // Whether a call goes on is yes or no, and both keys say no.
        (Action::Decline, "decline", !rounds),
        (Action::Back, if rounds { "end the call" } else { "cancel" }, true),
    ];
    let mut spans = Vec::new();
    for (action, text, _) in answers.into_iter().filter(|(.., wanted)| *wanted) {
        if let Some(key) = ui.keymap.key_of(context, action) {
            spans.push(Span::styled(key.show(theme.symbols.arrows), theme.accent));
            spans.push(Span::raw(format!(" {text}   ")));
        }
    }
    lines.push(Line::from(spans));
    last_lines(lines, frame, rect);
}
