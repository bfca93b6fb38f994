//! A filter as text: what is printed reads back as the same filter.

use std::fmt::{Display, Formatter, Result, Write};

use super::{Bound, Filter, Node, Term};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        node(self, &self.root, Place::Top, f)
    }
}

/// Where a node stands: what binds more weakly than its surroundings needs a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    InAny,
    InAll,
    InNot,
}

fn node(filter: &Filter, which: &Node, place: Place, f: &mut Formatter<'_>) -> Result {
    match which {
        Node::Term(at) => match filter.terms.get(*at) {
            Some(term) => write!(f, "{term}"),
            None => Ok(()),
        },
        Node::Not(inner) => {
            f.write_char('-')?;
            match **inner {
                // Two dashes side by side read like a slip.
                Node::Not(_) => {
                    f.write_char('(')?;
                    node(filter, inner, Place::Top, f)?;
                    f.write_char(')')
                }
                _ => node(filter, inner, Place::InNot, f),
            }
        }
        Node::All(nodes) => grouped(filter, nodes, " ", Place::InAll, matches!(place, Place::InAll | Place::InNot), f),
        Node::Any(nodes) => grouped(filter, nodes, " or ", Place::InAny, place != Place::Top, f),
    }
}

fn grouped(filter: &Filter, nodes: &[Node], glue: &str, place: Place, group: bool, f: &mut Formatter<'_>) -> Result {
    if group {
        f.write_char('(')?;
    }
    for (at, one) in nodes.iter().enumerate() {
        if at > 0 {
            f.write_str(glue)?;
        }
        node(filter, one, place, f)?;
    }
    if group { f.write_char(')') } else { Ok(()) }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Term::Server(glob) => write!(f, "server:{}", value(glob.as_str())),
            Term::Method(glob) => write!(f, "method:{}", value(glob.as_str())),
            Term::Way(way) => write!(f, "dir:{}", way.word()),
            Term::Kind(kind) => write!(f, "kind:{}", kind.word()),
            Term::Is(one) => write!(f, "is:{}", one.word()),
            Term::Id(id) => match serde_json::from_str::<String>(id) {
                Ok(text) => write!(f, "id:{}", quoted(&text)),
                Err(_) => write!(f, "id:{}", value(id)),
            },
            Term::Took(bound) => {
                let units = [(60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];
                number(*bound, &units, f)
            }
            Term::Size(bound) => {
                f.write_str("size:")?;
                number(*bound, &[(1 << 20, "m"), (1_024, "k"), (1, "b")], f)
            }
            Term::Text(text) => f.write_str(&word(text)),
        }
    }
}

fn number(bound: Bound, units: &[(u64, &str)], f: &mut Formatter<'_>) -> Result {
    let (sign, value) = match bound {
        Bound::Over(value) => ('>', value),
        Bound::Under(value) => ('<', value),
    };
    let exact = |factor: u64| value != 0 && value.is_multiple_of(factor);
    let (factor, unit) = units.iter().find(|(factor, _)| exact(*factor)).or(units.last()).copied().unwrap_or((1, ""));
    write!(f, "{sign}{}{unit}", value / factor)
}

/// A text as a term: bare where nobody could take it for something else.
pub(super) fn word(text: &str) -> String {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let keyed = letters > 0 && text[letters..].starts_with(':');
    let opens = text.starts_with(['-', '(', '"', '<', '>']);
    let odd = text.contains(|c: char| c.is_whitespace() || c == ')');
    if text.is_empty() || text == "or" || text.starts_with("or(") || keyed || opens || odd {
        quoted(text)
    } else {
        text.to_owned()
    }
}

/// The value of a key: bare where that is the same.
pub(super) fn value(text: &str) -> String {
    if text.is_empty() || text.starts_with('"') || text.contains(|c: char| c.is_whitespace() || c == ')') {
        quoted(text)
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
