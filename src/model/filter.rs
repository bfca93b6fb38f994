//! The filter language of the log: [`Filter`], what a person types to name some of the frames.
//!
//! `server:demo method:tools/* dir:recv is:error >200ms size:>1k "text" -text (a or b)`: terms side by side must all
//! hold, `or` is weaker than that, `-` turns one around. Reading it is `filter/parse.rs`'s, whose errors name the place
//! and what was expected there; nothing is ever taken for something else in silence. Everything but text is answered
//! from the index of frames (`filter/sieve.rs`); text is looked for in the journal (`filter/needle.rs`).

pub mod complete;
mod glob;
pub mod line;
pub mod needle;
mod parse;
mod print;
pub mod sieve;
#[cfg(test)]
mod tests;

pub use glob::Glob;
pub use parse::FilterError;

use super::envelope::id_hash;
use super::wire::{Direction, FrameKind};

/// What `is:slow` means: from request to response, in microseconds.
pub const SLOW: u64 = 1_000_000;
/// Texts that one filter may name: each has a bit in what a scan reports.
pub const TEXTS_MAX: usize = 16;

/// A filter, understood. An empty one holds for every frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    root: Node,
    /// What the leaves of `root` mean, by number.
    terms: Vec<Term>,
}

/// How terms are put together.
#[derive(Clone, PartialEq, Debug)]
enum Node {
    Term(usize),
    Not(Box<Node>),
    /// All of them; of none: always.
    All(Vec<Node>),
    /// One of them at least.
    Any(Vec<Node>),
}

impl Default for Node {
    fn default() -> Self {
        Node::All(Vec::new())
    }
}

/// One condition.
#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    /// `server:`
    Server(Glob),
    /// `method:`; a response has the method of its request.
    Method(Glob),
    /// `dir:`
    Way(Direction),
    /// `kind:`
    Kind(Kind),
    /// `is:`
    Is(Trait),
    /// `id:`, as a person writes it: a bare one means a number or a string.
    Id(String),
    /// `>200ms`, `<5ms`: from request to response, in microseconds; only a response has it.
    Took(Bound),
    /// `size:>1k`: bytes on the wire.
    Size(Bound),
    /// Text in the frame, in what is noted beside it, or in the head of an HTTP message.
    Text(String),
}

/// What a frame is, as a filter tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A request.
    Request,
    /// A result or an error.
    Response,
    /// A result.
    Result,
    /// An error response.
    Error,
    /// A notification.
    Notification,
    /// A batch.
    Batch,
    /// What is not JSON, or not JSON-RPC.
    Malformed,
    /// The head of an HTTP message.
    Http,
    /// An SSE block without a frame.
    Sse,
    /// What went to or came from a provider of models.
    Model,
    /// A line of standard error.
    Stderr,
    /// Something the client did or noticed.
    Note,
    /// The end of a server.
    Exit,
}

/// A property that `is:` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trait {
    /// It reports a failure: an error response, a tool's `isError`, a refusal of HTTP, something malformed.
    Error,
    /// A response that took at least [`SLOW`].
    Slow,
    /// A person marked it.
    Marked,
}

/// More, or less, than so much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// More than this.
    Over(u64),
    /// Less than this.
    Under(u64),
}

/// What is known of a frame without its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The name of its server.
    pub server: &'a str,
    /// Its method, or that of the request it answers; empty for none.
    pub method: &'a str,
    /// Which way it went.
    pub direction: Direction,
    /// What it parsed as.
    pub kind: FrameKind,
    /// Whether it reports a failure (see [`Trait::Error`]).
    pub failed: bool,
    /// Whether a person marked it.
    pub marked: bool,
    /// The folded hash of its id ([`fold_id`]), 0 for none.
    pub id: u32,
    /// Microseconds since its request; for a response only.
    pub took: Option<u64>,
    /// Bytes on the wire.
    pub size: u64,
}

/// The hash of an id as the index keeps it: 32 bits, 0 for none.
pub fn fold_id(hash: u64) -> u32 {
    if hash == 0 { 0 } else { ((hash >> 32) as u32 ^ hash as u32).max(1) }
}

impl Filter {
    /// Reads what a person typed.
    pub fn read(text: &str) -> Result<Filter, FilterError> {
        parse::read(text)
    }

    /// Whether it holds for every frame.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The texts it names, by the number of their bit; also those that must not be there.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match term {
            Term::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The texts that make a frame fit, for showing them where they are.
    pub fn wanted_texts(&self) -> Vec<&str> {
        fn walk<'a>(filter: &'a Filter, node: &Node, positive: bool, out: &mut Vec<&'a str>) {
            match node {
                Node::Term(at) => {
                    if let (Term::Text(text), true) = (&filter.terms[*at], positive) {
                        out.push(text);
                    }
                }
                Node::Not(inner) => walk(filter, inner, !positive, out),
                Node::All(nodes) | Node::Any(nodes) => {
                    for node in nodes {
                        walk(filter, node, positive, out);
                    }
                }
            }
        }
        let mut out = Vec::new();
        walk(self, &self.root, true, &mut out);
        out
    }

    /// Whether it asks for something that only the bytes of a frame tell.
    pub fn needs_bytes(&self) -> bool {
        self.texts().next().is_some()
    }

    /// Whether a frame without any of its texts never fits, and a frame alone tells whether it does: what was asked
    /// before it does not matter. Then only what has a text need be looked at.
    pub fn is_for_texts(&self) -> bool {
        fn needs_text(filter: &Filter, node: &Node) -> bool {
            match node {
                Node::Term(at) => matches!(filter.terms.get(*at), Some(Term::Text(_))),
                Node::Not(_) => false,
                Node::All(nodes) => nodes.iter().any(|node| needs_text(filter, node)),
                Node::Any(nodes) => !nodes.is_empty() && nodes.iter().all(|node| needs_text(filter, node)),
            }
        }
        let alone = |term: &Term| !matches!(term, Term::Method(_) | Term::Took(_) | Term::Is(Trait::Slow));
        needs_text(self, &self.root) && self.terms.iter().all(alone)
    }

    /// Whether it asks what a person has marked.
    pub fn asks_marks(&self) -> bool {
        self.terms.contains(&Term::Is(Trait::Marked))
    }

    /// Whether it holds for a frame. A bit of `texts` says that the text of this number is in it.
    pub fn holds(&self, facts: &Facts<'_>, texts: u32) -> bool {
        let mut bit = 0;
        let answers: Vec<bool> = self
            .terms
            .iter()
            .map(|term| match term {
                Term::Text(_) => {
                    bit += 1;
                    texts & 1 << (bit - 1) != 0
                }
                term => term.holds(facts),
            })
            .collect();
        self.root.holds(&mut |at| answers.get(at).copied().unwrap_or_default())
    }
}

impl Node {
    fn holds(&self, term: &mut impl FnMut(usize) -> bool) -> bool {
        match self {
            Node::Term(at) => term(*at),
            Node::Not(inner) => !inner.holds(term),
            Node::All(nodes) => nodes.iter().all(|node| node.holds(term)),
            Node::Any(nodes) => nodes.iter().any(|node| node.holds(term)),
        }
    }
}

impl Term {
    /// Whether it holds, as far as the index knows; a text never does.
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Term::Server(glob) => glob.matches(facts.server),
            Term::Method(glob) => !facts.method.is_empty() && glob.matches(facts.method),
            Term::Way(way) => facts.direction == *way,
            Term::Kind(kind) => kind.covers(facts.kind),
            Term::Is(Trait::Error) => facts.failed,
            Term::Is(Trait::Slow) => facts.took.is_some_and(|took| took >= SLOW),
            Term::Is(Trait::Marked) => facts.marked,
            Term::Id(id) => facts.id != 0 && id_hashes(id).contains(&facts.id),
            Term::Took(bound) => facts.took.is_some_and(|took| bound.holds(took)),
            Term::Size(bound) => facts.direction_has_size() && bound.holds(facts.size),
            Term::Text(_) => false,
        }
    }
}

impl Facts<'_> {
    /// A note has no bytes on the wire.
    fn direction_has_size(&self) -> bool {
        self.direction != Direction::Note
    }
}

impl Bound {
    fn holds(self, value: u64) -> bool {
        match self {
            Bound::Over(limit) => value > limit,
            Bound::Under(limit) => value < limit,
        }
    }
}

/// The folded hashes of the ids that a person may mean: `7` is the number and the string, `"7"` only the string.
fn id_hashes(id: &str) -> Vec<u32> {
    let mut spelled = vec![id.to_owned()];
    if !id.starts_with('"') {
        spelled.push(serde_json::Value::from(id).to_string());
    }
    spelled.iter().map(|id| fold_id(id_hash(id.as_bytes()))).collect()
}

impl Kind {
    /// All of them, as they are offered.
    pub const ALL: [Kind; 13] = [
        Kind::Request,
        Kind::Response,
        Kind::Notification,
        Kind::Error,
        Kind::Result,
        Kind::Malformed,
        Kind::Model,
        Kind::Stderr,
        Kind::Note,
        Kind::Http,
        Kind::Sse,
        Kind::Batch,
        Kind::Exit,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Request => "request",
            Kind::Response => "response",
            Kind::Result => "result",
            Kind::Error => "error",
            Kind::Notification => "notification",
            Kind::Batch => "batch",
            Kind::Malformed => "malformed",
            Kind::Http => "http",
            Kind::Sse => "sse",
            Kind::Model => "model",
            Kind::Stderr => "stderr",
            Kind::Note => "note",
            Kind::Exit => "exit",
        }
    }

    fn covers(self, kind: FrameKind) -> bool {
        match kind {
            FrameKind::Request => self == Kind::Request,
            FrameKind::Notification => self == Kind::Notification,
            FrameKind::Result => matches!(self, Kind::Result | Kind::Response),
            FrameKind::Error => matches!(self, Kind::Error | Kind::Response),
            FrameKind::Batch => self == Kind::Batch,
            FrameKind::NotRpc | FrameKind::NotJson => self == Kind::Malformed,
            FrameKind::Http => self == Kind::Http,
            FrameKind::Sse => self == Kind::Sse,
            FrameKind::Model => self == Kind::Model,
            FrameKind::Stderr => self == Kind::Stderr,
            FrameKind::Note => self == Kind::Note,
            FrameKind::Exit => self == Kind::Exit,
        }
    }
}

impl Trait {
    /// All of them.
    pub const ALL: [Trait; 3] = [Trait::Error, Trait::Slow, Trait::Marked];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Trait::Error => "error",
            Trait::Slow => "slow",
            Trait::Marked => "marked",
        }
    }
}
