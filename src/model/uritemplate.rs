//! URI templates of resources: [`UriTemplate`], its variables, the URI made of values, and values read from a URI.
//!
//! RFC 6570 with values that are texts: all operators, prefixes (`{id:3}`); lists and maps (`{list*}`) are taken as one
//! text. Never fails: what is no expression is literal text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Bytes of one template that are read as one.
const LONGEST: usize = 16 * 1024;

/// A URI template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UriTemplate {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Literal(String),
    Expression { operator: char, variables: Vec<Variable>, raw: String },
}

/// One variable of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether the URI makes no sense without it: it stands in the path, not behind `?` or `#`.
    pub required: bool,
    /// Characters of the value that are used.
    prefix: Option<usize>,
}

impl UriTemplate {
    /// Reads a template.
    pub fn read(template: &str) -> UriTemplate {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = template;
        while let Some(open) = rest.find('{').filter(|_| template.len() <= LONGEST) {
            let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
            literal.push_str(&rest[..open]);
            match expression(&rest[open + 1..close]) {
                Some(part) => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(part);
                }
                None => literal.push_str(&rest[open..=close]),
            }
            rest = &rest[close + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        UriTemplate { parts }
    }

    /// Its variables in their order, each once.
    pub fn variables(&self) -> Vec<&Variable> {
        let mut out: Vec<&Variable> = Vec::new();
        for part in &self.parts {
            let Part::Expression { variables, .. } = part else { continue };
            for variable in variables {
                if out.iter().all(|known| known.name != variable.name) {
                    out.push(variable);
                }
            }
        }
        out
    }

    /// The URI with these values. With `gaps`, an expression that has no value at all stays as it is written.
    pub fn expand(&self, values: &BTreeMap<String, String>, gaps: bool) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Expression { operator, variables, raw } => {
                    let given: Vec<(&Variable, &String)> =
                        variables.iter().filter_map(|one| Some((one, values.get(&one.name)?))).collect();
                    if given.is_empty() && gaps {
                        out.push_str(raw);
                    }
                    write(&mut out, *operator, &given);
                }
            }
        }
        out
    }

    /// The values that make this URI, where it can be made at all.
    pub fn values(&self, uri: &str) -> Option<BTreeMap<String, String>> {
        let mut values = BTreeMap::new();
        let mut rest = uri;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(text) => rest = rest.strip_prefix(text.as_str())?,
                Part::Expression { operator, variables, raw } => {
                    // Not filled in yet.
                    if let Some(after) = rest.strip_prefix(raw.as_str()) {
                        rest = after;
                        continue;
                    }
                    // As far as the next literal text, or to the end.
                    let end = match self.parts.get(at + 1) {
                        Some(Part::Literal(next)) => rest.find(next.as_str()).unwrap_or(rest.len()),
                        Some(Part::Expression { operator: next @ ('/' | '?' | '#' | '&' | ';' | '.'), .. }) => {
                            rest.find(*next).unwrap_or(rest.len())
                        }
                        // Two values without anything between them cannot be told apart.
                        Some(Part::Expression { .. }) => return None,
                        None => rest.len(),
                    };
                    let (own, after) = rest.split_at(end);
                    rest = after;
                    parse(*operator, variables, own, &mut values)?;
                }
            }
        }
        // What was read is worth something only if it makes the same URI again.
        (rest.is_empty() && self.expand(&values, true) == uri).then_some(values)
    }
}

fn expression(text: &str) -> Option<Part> {
    let raw = format!("{{{text}}}");
    let operator = text.chars().next().filter(|c| "+#./;?&".contains(*c));
    let list = text.strip_prefix(|c| Some(c) == operator).unwrap_or(text);
    let mut variables = Vec::new();
    for one in list.split(',') {
        let one = one.strip_suffix('*').unwrap_or(one);
        let (name, prefix) = match one.split_once(':') {
            Some((name, digits)) => (name, Some(digits.parse().ok()?)),
            None => (one, None),
        };
        let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '%' | '-'));
        if !named {
            return None;
        }
        let required = !matches!(operator, Some('?' | '&' | '#' | ';'));
        variables.push(Variable { name: name.to_owned(), required, prefix });
    }
    Some(Part::Expression { operator: operator.unwrap_or(' '), variables, raw })
}

fn write(out: &mut String, operator: char, given: &[(&Variable, &String)]) {
    let (first, between) = separators(operator);
    for (nth, (variable, value)) in given.iter().enumerate() {
        out.push_str(if nth == 0 { first } else { between });
        if matches!(operator, ';' | '?' | '&') {
            out.push_str(&variable.name);
            if !value.is_empty() || operator != ';' {
                out.push('=');
            }
        }
        let cut = variable.prefix.and_then(|most| value.char_indices().nth(most)).map_or(value.len(), |(end, _)| end);
        encode(out, &value[..cut], matches!(operator, '+' | '#'));
    }
}

fn separators(operator: char) -> (&'static str, &'static str) {
    match operator {
        '#' => ("#", ","),
        '.' => (".", "."),
        '/' => ("/", "/"),
        ';' => (";", ";"),
        '?' => ("?", "&"),
        '&' => ("&", "&"),
        _ => ("", ","),
    }
}

fn parse(operator: char, variables: &[Variable], text: &str, values: &mut BTreeMap<String, String>) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    let (first, between) = separators(operator);
    let body = text.strip_prefix(first)?;
    let pieces: Vec<&str> = if variables.len() == 1 { vec![body] } else { body.split(between).collect() };
    if pieces.len() > variables.len() {
        return None;
    }
    for (nth, piece) in pieces.into_iter().enumerate() {
        let (name, value) = if matches!(operator, ';' | '?' | '&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            variables.iter().find(|known| known.name == name)?;
            (name, value)
        } else {
            (variables.get(nth)?.name.as_str(), piece)
        };
        values.insert(name.to_owned(), decode(value)?);
    }
    Some(())
}

fn encode(out: &mut String, text: &str, reserved: bool) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || (reserved && b":/?#[]@!$&'()*+,;=%".contains(&byte)) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn decode(text: &str) -> Option<String> {
    super::schema::doc::percent_decoded(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_examples_of_the_specification() {
        let given = values(&[
            ("var", "value"),
            ("hello", "Hello World!"),
            ("path", "/foo/bar"),
            ("x", "1024"),
            ("y", "768"),
            ("empty", ""),
        ]);
        for (template, uri) in [
            ("{var}", "value"),
            ("{hello}", "Hello%20World%21"),
            ("{+hello}", "Hello%20World!"),
            ("{+path}/here", "/foo/bar/here"),
            ("X{#var}", "X#value"),
            ("map?{x,y}", "map?1024,768"),
            ("X{.x,y}", "X.1024.768"),
            ("{/var,x}/here", "/value/1024/here"),
            ("{;x,y,empty}", ";x=1024;y=768;empty"),
            ("{?x,y,empty}", "?x=1024&y=768&empty="),
            ("?fixed=yes{&x}", "?fixed=yes&x=1024"),
            ("{var:3}", "val"),
            ("{undef}x{?undef}", "x"),
            ("a{", "a{"),
            ("a{}b{ x }", "a{}b{ x }"),
        ] {
            assert_eq!(UriTemplate::read(template).expand(&given, false), uri, "{template}");
        }
    }

    #[test]
    fn variables_are_told_once_and_those_behind_a_question_mark_may_be_missing() {
        let template = UriTemplate::read("a://{id}/{+rest}{?q,id}");
        let names: Vec<_> = template.variables().iter().map(|one| (one.name.as_str(), one.required)).collect();
        assert_eq!(names, [("id", true), ("rest", true), ("q", false)]);
    }

    #[test]
    fn a_uri_is_read_back_where_that_is_possible() {
        for (template, uri, found) in [
            ("a://{id}/part/{n}", "a://x%20y/part/2", Some(values(&[("id", "x y"), ("n", "2")]))),
            ("a://{id}{?q,r}", "a://7?r=1", Some(values(&[("id", "7"), ("r", "1")]))),
            ("a://{id}", "a://{id}", Some(values(&[]))),
            ("a://{a}{b}", "a://xy", None),
            ("a://{id}", "b://7", None),
            ("a://{id}", "a://x/y", None),
            ("a://{+id}", "a://x/y", Some(values(&[("id", "x/y")]))),
        ] {
            assert_eq!(UriTemplate::read(template).values(uri), found, "{template} {uri}");
        }
    }

    proptest! {
        #[test]
        fn it_never_fails_and_reads_back_only_what_makes_the_same_uri(template in "[a-c{}?+:,*/ é]{0,24}", uri in "[a-c{}?=%/]{0,16}") {
            let read = UriTemplate::read(&template);
            if let Some(values) = read.values(&uri) {
                prop_assert_eq!(read.expand(&values, true), uri);
            }
        }
    }
}
