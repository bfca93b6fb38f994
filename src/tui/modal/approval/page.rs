//! What a person reads before they decide, laid out in rows: [`Page`]. Made once for a width, drawn a screenful at a time.
//!
//! Everything in it is escaped already; how it looks is the view's.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::approval::{ApprovalRequest, PinState};
use crate::model::diff::{self, DiffLine};
use crate::model::id::Moment;
use crate::model::json::scan::{decoded, members};
use crate::model::json::{PrettyLines, RawJson, Token, pretty};
use crate::model::text::{escape_line, hidden_count, width as columns};
use crate::tui::figures;

/// Characters of a value that are shown of its beginning, when it is folded.
const HEAD: usize = 240;
/// Characters that are shown of its end.
const TAIL: usize = 80;
/// Values up to this long are shown whole.
const FOLD: usize = HEAD + TAIL + 80;
/// Rows that are laid out. An argument that has more cannot be read here, so it cannot be approved here either.
const ROWS: usize = 200_000;
/// Columns of the labels at the left.
const LABEL: usize = 11;

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// Text.
    Plain,
    /// A label, or what matters less.
    Dim,
    /// A name.
    Title,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Worth a second look.
    Bad,
    /// What a server says of itself.
    Claim,
    /// A piece of JSON.
    Json(Token),
    /// What was there at the last approved call and is not any more; whether it is the very word.
    Old(bool),
    /// What was not there at the last approved call.
    New(bool),
}

/// One row.
pub type Row = Vec<(Ink, String)>;

/// What is known beside the request.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The time.
    pub now: Moment,
    /// The model that asks.
    pub model: &'a str,
    /// Arguments in the place of the model's.
    pub edited: Option<&'a RawJson>,
    /// What is wrong with those, as far as the tool's schema says.
    pub misfit: Option<&'a str>,
    /// Whether long values are shown whole.
    pub unfolded: bool,
}

/// A request laid out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// For how many columns.
    pub cols: usize,
    /// The rows.
    pub rows: Vec<Row>,
    /// How many values are not shown whole.
    pub folded: usize,
    /// Whether the end is missing.
    pub cut: bool,
}

impl Page {
    /// Lays a request out.
    pub fn new(request: &ApprovalRequest, facts: Facts<'_>, cols: usize) -> Page {
        let mut page = Page { cols: cols.max(1), rows: Vec::new(), folded: 0, cut: false };
        page.head(request, facts);
        let arguments = facts.edited.unwrap_or(&request.arguments);
        page.warnings(arguments, facts);
        page.rows.push(Vec::new());
        page.arguments(request, arguments, facts);
        page
    }

    fn fact(&mut self, label: &str, pieces: Row) {
        let label = format!("{label:<LABEL$}");
        let mut row = vec![(Ink::Dim, label)];
        row.extend(pieces);
        self.lay(&row, LABEL, true);
    }

    fn head(&mut self, request: &ApprovalRequest, facts: Facts<'_>) {
        let escaped = |text: &str| escape_line(text).into_owned();
        let server =
            vec![(Ink::Title, escaped(&request.server)), (Ink::Dim, format!("  ({})", escaped(&request.origin)))];
        self.fact("server", server);
        let ago = |at: Moment| figures::ago(facts.now.micros_since(at));
        let pin = match request.pin {
            PinState::New => (Ink::Warn, "not approved before".to_owned()),
            PinState::Same(at) => (Ink::Good, format!("as approved {}", ago(at))),
            PinState::Changed(at) => (Ink::Bad, format!("CHANGED since it was approved {}", ago(at))),
        };
        self.fact("tool", vec![(Ink::Title, escaped(&request.tool)), (Ink::Plain, "   ".into()), pin]);
        let belief = match (request.trusted, request.claims.is_silent()) {
            (true, _) => "  (the server is trusted)",
            (false, false) => "  (a claim, not a fact)",
            (false, true) => "",
        };
        self.fact("claims", vec![(Ink::Claim, request.claims.words()), (Ink::Dim, belief.into())]);
        let who = if facts.model.is_empty() { "the model".to_owned() } else { escaped(facts.model) };
        let turn = if request.turn > 0 { format!(", turn {}", request.turn) } else { String::new() };
        self.fact("asked by", vec![(Ink::Plain, format!("{who}{turn}"))]);
        self.fact("why asked", vec![(Ink::Plain, escaped(&request.reason))]);
        if let Some(void) = &request.void {
            self.fact("", vec![(Ink::Bad, escaped(void))]);
        }
        for (nth, one) in request.borrowed.iter().enumerate() {
            let label = if nth == 0 { "contains" } else { "" };
            let from = format!("text from {}/{}", escaped(&one.server), escaped(&one.tool));
            let more = if one.text.chars().count() < one.chars { "…" } else { "" };
            let text = format!(", {}: “{}{more}”", figures::counted(one.chars, "character"), escaped(&one.text));
            self.fact(label, vec![(Ink::Warn, from), (Ink::Dim, text)]);
        }
    }

    fn warnings(&mut self, arguments: &RawJson, facts: Facts<'_>) {
        let hidden = hidden_count(arguments.as_str()) + hidden_in_escapes(arguments.as_str());
        if hidden > 0 {
            let text =
                format!("{} in the arguments, shown as ⟨…⟩ or \\u…", figures::counted(hidden, "invisible character"));
            self.fact("beware", vec![(Ink::Bad, text)]);
        }
        if let Some(name) = repeated(arguments.as_str()) {
            let text = format!("“{}” is there twice: the server may look at either", escape_line(&name));
            self.fact("beware", vec![(Ink::Bad, text)]);
        }
        if let Some(misfit) = facts.misfit {
            self.fact("beware", vec![(Ink::Warn, format!("does not fit the tool's schema: {}", escape_line(misfit)))]);
        }
    }

    fn arguments(&mut self, request: &ApprovalRequest, arguments: &RawJson, facts: Facts<'_>) {
        // What a person changed is compared with what the model wrote; else with the last approved call.
        let (before, what) = match (facts.edited, &request.last) {
            (Some(_), _) => (Some(&request.arguments), "edited by you"),
            (None, last) => (last.as_ref(), "exactly as they will be sent"),
        };
        let size = figures::size(arguments.as_str().len() as u64);
        let mut title = vec![(Ink::Title, "arguments".to_owned()), (Ink::Dim, format!("  {what}, {size}"))];
        let compared = before.filter(|before| before.as_str() != arguments.as_str()).map(|before| {
            let (before, now) = (pretty(before.as_str()), pretty(arguments.as_str()));
            diff::lines(&before, &now).map(|lines| lines.iter().map(diff_row).collect::<Vec<_>>())
        });
        let other = if facts.edited.is_some() { "the model's" } else { "last approved" };
        title.push(match (&compared, before) {
            (_, None) => (Ink::Dim, String::new()),
            (None, Some(_)) => (Ink::Good, format!("   the same as {other}")),
            (Some(Some(_)), Some(_)) => (Ink::Warn, format!("  - {other}  + this")),
            (Some(None), Some(_)) => (Ink::Warn, format!("   unlike {other}, too long to compare")),
        });
        self.push(&title, 2);
        match compared.flatten() {
            Some(rows) => {
                for (gutter, mut pieces) in rows {
                    self.fold(&mut pieces, facts.unfolded);
                    pieces.insert(0, gutter);
                    self.push(&pieces, 4);
                }
            }
            None => {
                for line in PrettyLines::new(arguments.as_str()) {
                    if self.cut {
                        break;
                    }
                    let mut pieces: Row =
                        line.spans.iter().map(|(token, text)| (Ink::Json(*token), (*text).to_owned())).collect();
                    self.fold(&mut pieces, facts.unfolded);
                    pieces.insert(0, (Ink::Plain, " ".repeat(line.indent + 2)));
                    self.push(&pieces, line.indent + 4);
                }
            }
        }
        if self.cut {
            let text = "cut here: more than can be read on a screen, so it can be denied here but not allowed";
            self.rows.push(vec![(Ink::Bad, text.into())]);
        }
    }

    /// Shows only the ends of long pieces, unless they are wanted whole. What is left is escaped.
    fn fold(&mut self, pieces: &mut Row, whole: bool) {
        for (_, text) in pieces.iter_mut() {
            // A character is a byte at least: shorter texts need not be counted.
            let long = !whole && text.len() > FOLD && text.chars().count() > FOLD;
            if !long {
                *text = escape_line(text).into_owned();
                continue;
            }
            let chars = text.chars().count();
            let at = |nth: usize| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
            let (head, tail) = (&text[..at(HEAD)], &text[at(chars - TAIL)..]);
            let between = figures::count(chars - HEAD - TAIL);
            *text = format!("{} … {between} more characters, v shows them … {}", escape_line(head), escape_line(tail));
            self.folded += 1;
        }
    }

    /// Adds one line, in as many rows as it takes; all but the first are indented.
    fn push(&mut self, pieces: &[(Ink, String)], indent: usize) {
        self.lay(pieces, indent, false);
    }

    /// The same, between words where `words` says so and they are not longer than a row.
    fn lay(&mut self, pieces: &[(Ink, String)], indent: usize, words: bool) {
        let indent = indent.min(self.cols / 2);
        let mut row: Row = Vec::new();
        let mut used = 0;
        for (ink, text) in pieces {
            let mut piece = String::new();
            for (at, cluster) in text.grapheme_indices(true) {
                let wide = columns(cluster);
                let begins = words && used > indent && (at == 0 || text[..at].ends_with(' '));
                let word = if begins { columns(text[at..].split(' ').next().unwrap_or_default()) } else { wide };
                let fits_below = word <= self.cols - indent;
                if used > 0 && (used + wide > self.cols || (used + word > self.cols && fits_below)) {
                    row.push((*ink, std::mem::take(&mut piece)));
                    self.add(std::mem::take(&mut row));
                    row.push((Ink::Plain, " ".repeat(indent)));
                    used = indent;
                    // The blank between two words is the end of the row.
                    if words && cluster == " " {
                        continue;
                    }
                }
                piece.push_str(cluster);
                used += wide;
            }
            if !piece.is_empty() {
                row.push((*ink, piece));
            }
        }
        self.add(row);
    }

    fn add(&mut self, row: Row) {
        if self.rows.len() < ROWS {
            self.rows.push(row);
        } else {
            self.cut = true;
        }
    }
}

fn diff_row(line: &DiffLine<'_>) -> ((Ink, String), Row) {
    let pieces = |list: &[(&str, bool)], ink: fn(bool) -> Ink| -> Row {
        let mut out: Row = Vec::new();
        for (text, marked) in list {
            match out.last_mut() {
                Some((last, joined)) if *last == ink(*marked) => joined.push_str(text),
                _ => out.push((ink(*marked), (*text).to_owned())),
            }
        }
        out
    };
    match line {
        DiffLine::Same(text) => ((Ink::Plain, "  ".into()), vec![(Ink::Plain, (*text).to_owned())]),
        DiffLine::Old(list) => ((Ink::Old(true), "- ".into()), pieces(list, Ink::Old)),
        DiffLine::New(list) => ((Ink::New(true), "+ ".into()), pieces(list, Ink::New)),
    }
}

/// Invisible characters that are written as escapes: they are seen as such, and still are what they are.
fn hidden_in_escapes(json: &str) -> usize {
    if !json.contains("\\u") {
        return 0;
    }
    let token = |(token, text): &(Token, &str)| match token {
        Token::String | Token::Key if text.contains("\\u") => decoded(text).map_or(0, |text| hidden_count(&text)),
        _ => 0,
    };
    PrettyLines::new(json).map(|line| line.spans.iter().map(token).sum::<usize>()).sum()
}

/// A name that is there twice in the arguments themselves.
fn repeated(json: &str) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    members(json)
        .filter_map(|(key, _)| decoded(key))
        .find(|key| !seen.insert(key.clone()))
        .map(std::borrow::Cow::into_owned)
}
