//! One entry of the conversation in rows: [`Sheet`]. What time changes by itself (a running call) is one row that is
//! made while it is drawn; all other rows are made once.

use crate::model::chat::{Content, Part as Said, Role as Speaker};
use crate::model::conversation::{Answer, Body, Entry, ModelCall, ModelCallState};
use crate::model::json;
use crate::model::text::escape_line;
use crate::tui::markdown::{Growing, Ink, Piece, Role, Row, plain};

/// Columns for who speaks.
pub(in crate::tui) const WHO: usize = 7;
/// Columns before what an open call tells.
const CALL: usize = 6;
/// Bytes of a call's arguments or result that are laid out here; the log has all of it.
const SHOWN: usize = 16 * 1024;

/// Bytes of one message of a prompt that are in view while it is not opened.
const PROMPT: usize = 400;

/// An entry in rows.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct Sheet {
    /// Which state of the entry it shows.
    revision: u32,
    opened: bool,
    pub(in crate::tui) parts: Vec<Part>,
}

/// A part of an entry.
#[derive(Clone, Debug)]
pub(in crate::tui) enum Part {
    /// A blank row.
    Gap,
    /// What is above is sent as a summary.
    Boundary,
    /// Markdown.
    Text {
        growing: Growing,
        faint: bool,
        /// Which part of the answer it shows.
        of: usize,
    },
    /// Rows that do not change, this far in.
    Plain { rows: Vec<Row>, indent: usize },
    /// The line of a call.
    Call,
    /// The line of a call that is still being written, as this part of the answer.
    Writing(usize),
    /// The line that stands for what a model thinks.
    Thoughts,
    /// Nothing came yet.
    Waiting,
    /// Who speaks, where nothing is said but calls are made.
    Speaker,
}

/// Whether an answer goes on with what the model said before: who speaks is said once, however many calls there are in
/// between; again where another answer takes the place of one.
pub(in crate::tui) fn goes_on(entries: &[Entry], at: usize) -> bool {
    let before = entries[..at].iter().rev().find(|entry| !matches!(entry.body, Body::Call(_)));
    before.is_some_and(|before| matches!(before.body, Body::Answer(_)) && before.dropped == entries[at].dropped)
}

impl Part {
    pub(in crate::tui) fn height(&self) -> usize {
        match self {
            Part::Text { growing, .. } => growing.rows().len(),
            Part::Plain { rows, .. } => rows.len(),
            Part::Gap
            | Part::Boundary
            | Part::Call
            | Part::Writing(_)
            | Part::Thoughts
            | Part::Waiting
            | Part::Speaker => 1,
        }
    }
}

impl Sheet {
    /// The rows it takes.
    pub(in crate::tui) fn height(&self) -> usize {
        self.parts.iter().map(Part::height).sum()
    }

    /// Whether it shows the entry as it is now.
    pub(super) fn shows(&self, entry: &Entry, opened: bool) -> bool {
        self.revision == entry.revision && self.opened == opened
    }

    /// Lays an entry out, `width` columns wide. What was laid out of it before is used again: text only grows.
    pub(super) fn of(entries: &[Entry], at: usize, width: usize, opened: bool, old: Option<Sheet>) -> Sheet {
        let entry = &entries[at];
        let mut sheet = Sheet { revision: entry.revision, opened, parts: Vec::new() };
        let body = width.saturating_sub(WHO + 1).max(1);
        match &entry.body {
            Body::User { text, attachments, automatic } => {
                let faint = Ink { role: Role::Faint, ..Ink::default() };
                let ink = if entry.dropped || *automatic { faint } else { Ink::default() };
                let mut rows = Vec::new();
                if *automatic {
                    rows.extend(plain("asked by mcp-tui:", faint, body));
                }
                rows.extend(plain(text, ink, body));
                for attachment in attachments {
                    let server = attachment.server.as_deref();
                    let size = match &attachment.content {
                        Content::Text(text) => crate::tui::figures::size(text.len() as u64),
                        Content::Image(image) => format!("{} image", image.mime),
                    };
                    let name = &attachment.name;
                    // A prompt as it was typed.
                    let what = match (attachment.prompt, server) {
                        (None, Some(server)) => format!("@ {server} {name}"),
                        (None, None) => format!("@ {name}"),
                        (Some(Speaker::User), server) => format!("/{}:{name} says", server.unwrap_or_default()),
                        (Some(Speaker::Assistant), server) => {
                            format!("/{}:{name} has the model say", server.unwrap_or_default())
                        }
                    };
                    let told = format!("{what}  {size}");
                    rows.extend(plain(&told, faint, body));
                    if let (Some(_), Content::Text(text)) = (attachment.prompt, &attachment.content) {
                        let end = text.floor_char_boundary(if opened { SHOWN } else { PROMPT });
                        let more = if end < text.len() { "…" } else { "" };
                        rows.extend(plain(&format!("{}{more}", &text[..end]), faint, body));
                    }
                }
                if entry.dropped {
                    rows.extend(plain(UNSENT, faint, body));
                }
                sheet.parts.push(Part::Plain { rows, indent: WHO });
            }
            // What became of a summary is what counts; as it was written it can be looked at.
            Body::Answer(answer) if answer.summary && entry.dropped => {
                sheet.parts.push(Part::Thoughts);
                if opened {
                    sheet.parts.push(Part::Plain { rows: plain(&answer.reply.text(), faint(), body), indent: WHO });
                }
            }
            Body::Answer(answer) => {
                if answer.summary {
                    let told = "A summary of the older part, to be sent in its place:";
                    sheet.parts.push(Part::Plain { rows: plain(told, faint(), body), indent: WHO });
                }
                sheet.answer(answer, entry.dropped, body, opened, old);
                // An answer that begins with a call says nothing of its own.
                let calls = answer.reply.parts().iter().any(|part| matches!(part, Said::ToolCall(_)));
                if calls && matches!(sheet.parts.first(), None | Some(Part::Writing(_))) && !goes_on(entries, at) {
                    sheet.parts.insert(0, Part::Speaker);
                }
            }
            Body::Call(call) => {
                sheet.parts.push(Part::Call);
                if opened {
                    let rows = details(call, width.saturating_sub(CALL + 1).max(1));
                    sheet.parts.push(Part::Plain { rows, indent: CALL });
                }
                return sheet;
            }
            Body::Note { text, .. } => {
                sheet.parts.push(Part::Plain { rows: plain(text, Ink::default(), body), indent: WHO });
            }
            Body::Summary { text, edited, .. } => {
                let edited = if *edited { ", as you changed it" } else { "" };
                let told = format!("The older part in short{edited}; sent in its place:");
                sheet.parts.push(Part::Plain { rows: plain(&told, faint(), body), indent: WHO });
                let mut growing = Growing::new(body);
                growing.update(text);
                sheet.parts.push(Part::Text { growing, faint: false, of: 0 });
            }
        }
        if at > 0 && !sheet.parts.is_empty() {
            sheet.parts.insert(0, Part::Gap);
        }
        if entry.boundary && !sheet.parts.is_empty() {
            sheet.parts.splice(0..0, [Part::Gap, Part::Boundary]);
        }
        sheet
    }

    fn answer(&mut self, answer: &Answer, dropped: bool, body: usize, opened: bool, old: Option<Sheet>) {
        let mut before: Vec<Option<Part>> = old.into_iter().flat_map(|old| old.parts).map(Some).collect();
        let mut text = |of: usize, text: &str, faint: bool| {
            let known = before.iter_mut().find(|part| matches!(part, Some(Part::Text { of: is, .. }) if *is == of));
            let mut growing = match known.and_then(Option::take) {
                Some(Part::Text { growing, .. }) => growing,
                _ => Growing::new(body),
            };
            growing.update(text);
            Part::Text { growing, faint, of }
        };
        if !answer.reply.thinking.is_empty() {
            self.parts.push(Part::Thoughts);
            if opened {
                self.parts.push(text(THOUGHTS, &answer.reply.thinking, true));
            }
        }
        for (at, part) in answer.reply.parts().iter().enumerate() {
            match part {
                Said::Text { text: said, .. } if !said.trim().is_empty() => {
                    self.parts.push(text(at, said, dropped));
                }
                // Once the answer is complete its calls are entries of their own.
                Said::ToolCall(_) if answer.is_open() => self.parts.push(Part::Writing(at)),
                _ => {}
            }
        }
        if self.parts.is_empty() && answer.is_open() {
            self.parts.push(Part::Waiting);
        }
        let faint = Ink { role: Role::Faint, ..Ink::default() };
        let mut rows: Vec<Row> = answer.notes.iter().flat_map(|note| plain(note, faint, body)).collect();
        if answer.interrupted {
            rows.extend(plain("stopped here", faint, body));
        }
        if dropped && !self.parts.is_empty() {
            rows.extend(plain(UNSENT, faint, body));
        }
        if !rows.is_empty() {
            self.parts.push(Part::Plain { rows, indent: WHO });
        }
    }
}

/// What stands below a message that another one took the place of: faint ink alone is not seen everywhere.
const UNSENT: &str = "no longer sent";

/// The place of what a model thinks among the parts of its answer.
const THOUGHTS: usize = usize::MAX;

/// What an open call tells: why it may be made, its arguments, its result.
fn details(call: &ModelCall, width: usize) -> Vec<Row> {
    let faint = Ink { role: Role::Faint, ..Ink::default() };
    let mut rows = Vec::new();
    if call.server.is_empty() {
        rows.extend(plain("no server of this run has a tool of this name", faint, width));
    }
    if let Some(reason) = &call.reason {
        rows.extend(plain(reason, faint, width));
    }
    let edited = if call.edited { "arguments, as a person changed them" } else { "arguments" };
    rows.push(heading(edited, width));
    rows.extend(code(&call.arguments, width));
    if call.edited {
        rows.push(heading("arguments, as the model wrote them", width));
        rows.extend(code(&call.call.arguments, width));
    }
    if let Some(broken) = &call.call.broken {
        rows.push(heading("what the model wrote is no JSON object", width));
        rows.extend(shortened(broken, Ink::default(), width));
    }
    let Some(result) = &call.result else { return rows };
    let told = match call.state {
        ModelCallState::Denied => "denied",
        ModelCallState::Cancelled => "cancelled",
        ModelCallState::Unknown => "unknown",
        _ if result.is_error => "failed",
        _ => "result",
    };
    rows.push(heading(told, width));
    for content in &result.content {
        match content {
            Content::Text(text) => rows.extend(shortened(text, Ink::default(), width)),
            Content::Image(image) => {
                let about =
                    format!("{} of about {}", image.mime, crate::tui::figures::size(image.data.len() as u64 * 3 / 4));
                rows.extend(plain(&about, faint, width));
            }
        }
    }
    rows
}

fn code(arguments: &json::RawJson, width: usize) -> Vec<Row> {
    shortened(&json::pretty(arguments.as_str()), Ink { role: Role::Code, ..Ink::default() }, width)
}

/// The beginning of a text that may be long; the log has all of it.
fn shortened(text: &str, ink: Ink, width: usize) -> Vec<Row> {
    let end = text.floor_char_boundary(SHOWN);
    let mut rows = plain(&text[..end], ink, width);
    if end < text.len() {
        let more =
            format!("… {} more; f goes to its frame in the log", crate::tui::figures::size((text.len() - end) as u64));
        rows.extend(plain(&more, Ink { role: Role::Faint, ..Ink::default() }, width));
    }
    rows
}

fn faint() -> Ink {
    Ink { role: Role::Faint, ..Ink::default() }
}

fn heading(text: &str, width: usize) -> Row {
    let text = escape_line(text).into_owned();
    let room = width.saturating_sub(text.chars().count() + 1);
    let ink = Ink { role: Role::Faint, ..Ink::default() };
    Row(vec![Piece::Text(format!("{text} "), ink), Piece::Mark(crate::tui::markdown::Mark::Rule, room)])
}
