//! What the model sees: [`Sight`], exactly what would be sent now, piece by piece, with what each piece weighs and what
//! should be known about it. Servers and tools are shown to the model or hidden from it here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::app::chat::{Counted, Counting};
use crate::app::{State, counted_tools, offer};
use crate::model::call::ListKind;
use crate::model::chat::{Content, Message, Part, Role, ToolSpec};
use crate::model::conversation::{Settings, messages};
use crate::model::json;
use crate::model::session::{Item, ListState, Session};
use crate::model::toolname::ToolNames;
use crate::tui::markdown::{Ink, Row, plain};

/// Bytes of one piece that are shown.
const SHOWN: usize = 64 * 1024;

/// What would be sent now.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    key: Key,
    pub(in crate::tui) pieces: Vec<Piece>,
    /// The selected piece.
    pub(in crate::tui) selected: usize,
    /// The first row in view.
    pub(in crate::tui) top: usize,
    /// The open piece, and its text in rows.
    pub(in crate::tui) opened: Option<(usize, Vec<Row>)>,
    width: usize,
}

impl Piece {
    /// What it is, in full.
    pub(in crate::tui) fn text(&self) -> Cow<'_, str> {
        match &self.text {
            Text::None => Cow::Borrowed(&self.name),
            Text::Said(text) => Cow::Borrowed(text),
            Text::Tool(spec) => {
                let schema = json::pretty(spec.schema.as_str());
                Cow::Owned(format!("{}\n{}\n\n{schema}", spec.name, spec.description))
            }
        }
    }
}

/// What it was made from: the revision of the conversation, servers that are ready, their tools, what was counted.
type Key = (u64, usize, usize, Option<Counted>);

/// Tokens of tools by the provider's count.
type Counts<'a> = BTreeMap<&'a str, u64>;

/// The tools by their names, and whether they are sent or found by searching.
type Specs<'a> = BTreeMap<&'a str, (&'a ToolSpec, bool)>;

/// What a piece is in full. Thousands of definitions are laid out when somebody opens them.
#[derive(Clone, PartialEq, Debug)]
enum Text {
    /// No more than its name.
    None,
    Said(String),
    Tool(Box<ToolSpec>),
}

/// A piece of what is sent, or something to know about it.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::tui) struct Piece {
    pub(in crate::tui) kind: Kind,
    pub(in crate::tui) name: String,
    /// What it says, in short.
    pub(in crate::tui) about: String,
    /// About how many tokens it is.
    pub(in crate::tui) tokens: usize,
    /// Whether the provider counted them.
    pub(in crate::tui) counted: bool,
    text: Text,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::tui) enum Kind {
    /// All of it.
    Sum,
    System,
    Message,
    Server {
        server: String,
        shown: bool,
    },
    Tool {
        server: String,
        tool: String,
        shown: bool,
    },
    Remark,
}

fn said(text: &str) -> Text {
    if text.is_empty() { Text::None } else { Text::Said(text.to_owned()) }
}

/// About how many tokens a text is; vendors count differently, four bytes each is close for English.
fn tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

impl Sight {
    /// What would be sent now.
    pub(in crate::tui) fn of(state: &State, width: usize) -> Sight {
        let mut sight = Sight::default();
        sight.refresh(state, width);
        sight
    }

    /// Takes over what changed. The selection stays.
    pub(in crate::tui) fn refresh(&mut self, state: &State, width: usize) {
        let ready = state.sessions.iter().filter(|session| session.is_ready());
        let tools = ready.clone().map(|session| session.tools.items.len()).sum();
        let counted = state.chat.counted.clone();
        let key = (state.chat.conversation.revision, ready.count() + 1, tools, counted);
        if key != self.key {
            self.key = key;
            self.pieces = pieces(state);
            self.opened = None;
            self.selected = self.selected.min(self.pieces.len().saturating_sub(1));
        }
        if width != self.width {
            self.width = width;
            if let Some((at, _)) = self.opened.take() {
                self.open(at);
            }
        }
    }

    /// Shows the text of a piece, or hides it.
    pub(in crate::tui) fn toggle(&mut self) {
        match self.opened.take() {
            Some((at, _)) if at == self.selected => {}
            _ => self.open(self.selected),
        }
    }

    fn open(&mut self, at: usize) {
        let Some(piece) = self.pieces.get(at).filter(|piece| piece.text != Text::None) else { return };
        let text = piece.text();
        let end = text.floor_char_boundary(SHOWN);
        let mut rows = plain(&text[..end], Ink::default(), self.width.saturating_sub(6).max(1));
        if end < text.len() {
            rows.extend(plain("… there is more", Ink::default(), self.width.max(1)));
        }
        self.opened = Some((at, rows));
    }

    /// How many rows there are.
    pub(in crate::tui) fn rows(&self) -> usize {
        self.pieces.len() + self.opened.as_ref().map_or(0, |(_, rows)| rows.len())
    }

    /// The row of a piece.
    pub(in crate::tui) fn row_of(&self, piece: usize) -> usize {
        match &self.opened {
            Some((at, rows)) if *at < piece => piece + rows.len(),
            _ => piece,
        }
    }

    /// What is in a row: a piece, or a row of the text of the open one.
    pub(in crate::tui) fn at(&self, row: usize) -> Option<(usize, Option<&Row>)> {
        if let Some((at, rows)) = &self.opened
            && row > *at
        {
            return match rows.get(row - at - 1) {
                Some(text) => Some((*at, Some(text))),
                None => (row - rows.len() < self.pieces.len()).then_some((row - rows.len(), None)),
            };
        }
        (row < self.pieces.len()).then_some((row, None))
    }
}

fn pieces(state: &State) -> Vec<Piece> {
    let conversation = &state.chat.conversation;
    let offer = offer(state);
    let mut out = Vec::new();
    if let Some(system) = &offer.system {
        out.push(Piece {
            kind: Kind::System,
            name: "instructions".into(),
            about: "ours, yours and the servers'".into(),
            tokens: tokens(system),
            counted: false,
            text: said(system),
        });
    }
    let mut names = conversation.names.clone();
    let counting = counted_tools(state, &offer);
    let known: &[u64] = if let Some(Counting::Done(counts)) = counting { counts } else { &[] };
    let counts: Counts<'_> = offer.tools.iter().map(|tool| tool.name.as_str()).zip(known.iter().copied()).collect();
    let sent = offer.tools.iter().map(|spec| (spec.name.as_str(), (spec, true)));
    let specs: Specs<'_> = offer.behind.iter().map(|spec| (spec.name.as_str(), (spec, false))).chain(sent).collect();
    for session in &state.sessions {
        server(session, &conversation.settings, &specs, &counts, &mut names, &mut out);
    }
    out.extend(messages(conversation).iter().map(message));
    let all = out.iter().filter(|piece| !matches!(piece.kind, Kind::Server { .. })).map(|piece| piece.tokens).sum();
    let last = match conversation.weight.input {
        0 => String::new(),
        last => format!("; {last} counted before"),
    };
    let how = match counting {
        Some(Counting::Done(_)) => "tools counted, the rest estimated",
        Some(Counting::Running) => "the provider is counting the tools",
        Some(Counting::Failed) => "not counted; estimated, 4 bytes each",
        None => "estimated, 4 bytes each",
    };
    let sum = Piece {
        kind: Kind::Sum,
        name: "tokens".into(),
        about: format!("{how}{last}"),
        tokens: all,
        counted: false,
        text: Text::None,
    };
    out.insert(0, sum);
    out.extend(offer.remarks.iter().map(|remark| Piece {
        kind: Kind::Remark,
        name: remark.clone(),
        about: String::new(),
        tokens: 0,
        counted: false,
        text: said(remark),
    }));
    out
}

/// A server and its tools, those that are hidden too.
fn server(
    session: &Session,
    settings: &Settings,
    specs: &Specs<'_>,
    counts: &Counts<'_>,
    names: &mut ToolNames,
    out: &mut Vec<Piece>,
) {
    let server = &session.spec.name;
    let hidden = settings.without.iter().any(|without| without.server == *server && without.tool.is_none());
    let at = out.len();
    let about = match (&session.tools.state, session.is_ready()) {
        (_, false) => "not connected: nothing of it is sent".to_owned(),
        (ListState::Loading, _) => "its tools are being fetched".to_owned(),
        _ => crate::tui::figures::counted(session.tools.items.len(), "tool"),
    };
    let kind = Kind::Server { server: server.clone(), shown: !hidden };
    out.push(Piece { kind, name: server.clone(), about, tokens: 0, counted: !counts.is_empty(), text: Text::None });
    if !session.is_ready() {
        return;
    }
    for item in &session.listing(ListKind::Tools).items {
        let Item::Good { key, description, .. } = item else { continue };
        let name = names.assign(session.id, server, key).to_owned();
        let spec = specs.get(name.as_str());
        let estimate = |spec: &ToolSpec| tokens(&spec.name) + tokens(&spec.description) + tokens(spec.schema.as_str());
        let counted = counts.get(name.as_str()).map(|count| usize::try_from(*count).unwrap_or(usize::MAX));
        let weight = match spec {
            Some((spec, true)) => counted.unwrap_or_else(|| estimate(spec)),
            _ => 0,
        };
        let first = description.as_deref().unwrap_or_default().lines().find(|line| !line.trim().is_empty());
        let first = first.unwrap_or_default().trim();
        // Vendors take few letters, and names must differ.
        let other = if name == format!("{server}__{key}") { String::new() } else { format!("sent as {name}  ") };
        let found = if matches!(spec, Some((_, false))) { "found by searching  " } else { "" };
        out.push(Piece {
            kind: Kind::Tool { server: server.clone(), tool: key.clone(), shown: spec.is_some() },
            name: key.clone(),
            about: format!("{other}{found}{first}"),
            tokens: weight,
            counted: counted.is_some(),
            text: spec.map_or(Text::None, |(spec, _)| Text::Tool(Box::new((*spec).clone()))),
        });
        out[at].tokens += weight;
    }
}

fn message(message: &Message) -> Piece {
    let mut text = String::new();
    for part in &message.parts {
        if !text.is_empty() {
            text.push('\n');
        }
        match part {
            Part::Text { text: said, .. } => text.push_str(said),
            Part::Image(image) => {
                let _ = write!(text, "[{}]", image.mime);
            }
            Part::ToolCall(call) => {
                let _ = write!(text, "{} {}", call.name, call.arguments.as_str());
            }
            Part::ToolResult(result) => {
                for content in &result.content {
                    match content {
                        Content::Text(said) => text.push_str(said),
                        Content::Image(image) => {
                            let _ = write!(text, "[{}]", image.mime);
                        }
                    }
                }
            }
            Part::Native(native) => text.push_str(native.block.as_str()),
        }
    }
    let results = message.parts.iter().any(|part| matches!(part, Part::ToolResult(_)));
    let name = match message.role {
        Role::Assistant => "model",
        Role::User if results => "results",
        Role::User => "you",
    };
    let about = text.lines().next().unwrap_or_default().to_owned();
    Piece { kind: Kind::Message, name: name.into(), about, tokens: tokens(&text), counted: false, text: said(&text) }
}
