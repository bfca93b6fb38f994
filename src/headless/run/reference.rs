//! `${name.path[0].field}` and `${name.tools[name=x].inputSchema}`: results of earlier steps in later ones.
//!
//! All of it works on raw text, so that numbers keep their spelling and nothing is too deep. A string that is one
//! reference takes the value as it is; inside a longer string a value becomes text. `$${` stands for a plain `${`.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::json::{compact, scan};

/// A way into a result.
#[derive(Clone, PartialEq, Debug)]
struct Reference<'t> {
    text: &'t str,
    name: &'t str,
    path: Vec<Part<'t>>,
}

#[derive(Clone, PartialEq, Debug)]
enum Part<'t> {
    /// `.field`
    Member(&'t str),
    /// `[0]`
    Index(usize),
    /// `[name=x]`: the first element whose member has this value.
    Select(&'t str, &'t str),
}

/// A stretch of a string.
enum Piece<'t> {
    Text(&'t str),
    Reference(Reference<'t>),
}

/// The names that the references in `json` begin with.
pub(super) fn names(json: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    each_string(json, |string, _| {
        let Some(text) = scan::decoded(string) else { return Ok(None) };
        for piece in pieces(&text)? {
            if let Piece::Reference(reference) = piece {
                found.push(reference.name.to_owned());
            }
        }
        Ok(None)
    })?;
    Ok(found)
}

/// `json` with every reference filled in from what `lookup` knows by name.
pub(super) fn substitute<'a>(json: &str, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Result<String, String> {
    each_string(json, |string, is_key| {
        if !string.contains("${") && !string.contains('\\') {
            return Ok(None);
        }
        // What cannot be decoded (a lone surrogate) holds no reference that could be meant.
        let Some(text) = scan::decoded(string) else { return Ok(None) };
        if !text.contains("${") {
            return Ok(None);
        }
        let pieces = pieces(&text)?;
        if let ([Piece::Reference(reference)], false) = (pieces.as_slice(), is_key) {
            return Ok(Some(reference.resolve(lookup)?.to_owned()));
        }
        let mut filled = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Reference(reference) => filled.push_str(&as_text(reference.resolve(lookup)?)),
            }
        }
        Ok(Some(Value::from(filled).to_string()))
    })
}

/// Visits the strings of a JSON text and puts what `replace` gives in their place. The flag: it is a member's name.
fn each_string(
    json: &str,
    mut replace: impl FnMut(&str, bool) -> Result<Option<String>, String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(json.len());
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'"', &json.as_bytes()[at..]) {
        let from = at + found;
        let end = scan::string_end(json.as_bytes(), from);
        let is_key = json[end..].trim_start().starts_with(':');
        if let Some(replacement) = replace(&json[from..end], is_key)? {
            out.push_str(&json[copied..from]);
            out.push_str(&replacement);
            copied = end;
        }
        at = end;
    }
    out.push_str(&json[copied..]);
    Ok(out)
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            pieces.push(Piece::Text(&rest[..at - 1]));
            pieces.push(Piece::Text("${"));
            rest = &rest[at + 2..];
            continue;
        }
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let inner = &rest[at + 2..];
        let end = inner.find('}').ok_or_else(|| format!("`{}` has no closing `}}`", &rest[at..]))?;
        pieces.push(Piece::Reference(Reference::parse(&inner[..end])?));
        rest = &inner[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

impl<'t> Reference<'t> {
    fn parse(text: &'t str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`${{{text}}}`: {why}");
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        if name.is_empty() || name != name.trim() {
            return Err(wrong("a name is expected first, such as `${sum.content}`"));
        }
        let mut path = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return Err(wrong("a field is expected after `.`"));
                }
                path.push(Part::Member(&after[..end]));
                rest = &after[end..];
                continue;
            }
            let Some(after) = rest.strip_prefix('[') else {
                return Err(wrong("`.field`, `[0]` or `[name=x]` is expected after `]`"));
            };
            let end = after.find(']').ok_or_else(|| wrong("`]` is missing"))?;
            let inner = &after[..end];
            path.push(match (inner.split_once('='), inner.parse()) {
                (Some((member, value)), _) if !member.is_empty() => Part::Select(member.trim(), value.trim()),
                (None, Ok(index)) => Part::Index(index),
                _ => return Err(wrong("`[0]` or `[name=x]` is expected")),
            });
            rest = &after[end + 1..];
        }
        Ok(Self { text, name, path })
    }

    fn resolve<'a>(&self, lookup: &dyn Fn(&str) -> Option<&'a str>) -> Result<&'a str, String> {
        let wrong = |why: String| format!("`${{{}}}`: {why}", self.text);
        let mut value = lookup(self.name).ok_or_else(|| wrong(format!("no step kept `{}`", self.name)))?;
        for part in &self.path {
            value = part.step(value).map_err(wrong)?;
        }
        Ok(value)
    }
}

impl Part<'_> {
    fn step<'a>(&self, value: &'a str) -> Result<&'a str, String> {
        let shape = |wanted: &str| format!("{wanted} is expected there, got {}", scan::kind(value));
        match self {
            Part::Member(key) => {
                if !value.starts_with('{') {
                    return Err(format!("{} for `.{key}`", shape("an object")));
                }
                scan::member(value, key).ok_or_else(|| {
                    let known: Vec<_> =
                        scan::members(value).take(12).filter_map(|(key, _)| scan::decoded(key)).collect();
                    format!("there is no `{key}`; there is: {}", known.join(", "))
                })
            }
            Part::Index(index) => {
                if !value.starts_with('[') {
                    return Err(format!("{} for `[{index}]`", shape("an array")));
                }
                scan::elements(value)
                    .nth(*index)
                    .ok_or_else(|| format!("there is no element {index}; there are {}", scan::elements(value).count()))
            }
            Part::Select(key, wanted) => {
                if !value.starts_with('[') {
                    return Err(format!("{} for `[{key}={wanted}]`", shape("an array")));
                }
                let has = |element: &&str| scan::member(element, key).is_some_and(|found| as_text(found) == *wanted);
                scan::elements(value)
                    .find(has)
                    .ok_or_else(|| format!("no element has `{key}` = `{wanted}` in {}", compact(value, 80)))
            }
        }
    }
}

/// A value inside a longer string: a string as what it says, all else as its JSON.
fn as_text(raw: &str) -> Cow<'_, str> {
    scan::decoded(raw).unwrap_or(Cow::Borrowed(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str = r#"{"tools":[{"name":"a","n":1.50},{"name":"b","in":{"x y":[true,"q\"t"]}}],"k":"v"}"#;

    fn fill(json: &str) -> Result<String, String> {
        substitute(json, &|name| (name == "t").then_some(RESULT))
    }

    #[test]
    fn references_are_filled_in() {
        for (json, expected) in [
            (r#"{"a":1.0}"#, r#"{"a":1.0}"#),
            (r#""${t.k}""#, r#""v""#),
            (r#""${t.tools[0].n}""#, "1.50"),
            (r#"{"a":["${t.tools[name=b].in}"]}"#, r#"{"a":[{"x y":[true,"q\"t"]}]}"#),
            (r#""${t.tools[name=b].in.x y[1]}""#, r#""q\"t""#),
            (r#""${t.tools[n=1.50].name}""#, r#""a""#),
            (r#""is ${t.tools[0].n}, ${t.tools[name=b].in.x y[1]}""#, r#""is 1.50, q\"t""#),
            (r#"{"${t.k}":"${t.k}"}"#, r#"{"v":"v"}"#),
            (r#"{"${t.tools[0].n}":1}"#, r#"{"1.50":1}"#),
            (r#""a $${t.k} b""#, r#""a ${t.k} b""#),
            (r#""$5 and {}""#, r#""$5 and {}""#),
            (r#""\u0024{t.k}""#, r#""v""#),
            (r#""\ud800 ${t.k}""#, r#""\ud800 ${t.k}""#),
        ] {
            assert_eq!(fill(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (json, part) in [
            (r#""${t.nope}""#, "there is no `nope`; there is: tools, k"),
            (r#""${t.tools[7]}""#, "there is no element 7; there are 2"),
            (r#""${t.tools[name=z]}""#, "no element has `name` = `z`"),
            (r#""${t.k.x}""#, "an object is expected there, got a string"),
            (r#""${t.k[0]}""#, "an array is expected there, got a string"),
            (r#""${u.k}""#, "no step kept `u`"),
            (r#""${t.k""#, "no closing"),
            (r#""${}""#, "a name is expected"),
            (r#""${t..k}""#, "a field is expected"),
            (r#""${t.tools[}""#, "`]` is missing"),
            (r#""${t.tools[x]}""#, "is expected"),
            (r#""${t.tools[0]x}""#, "is expected after `]`"),
        ] {
            let why = fill(json).expect_err(json);
            assert!(why.contains(part), "{json}: {why}");
        }
    }

    #[test]
    fn the_names_of_a_text_are_found() {
        assert_eq!(names(r#"{"a":"${x.y} ${z}","$${n}":1}"#), Ok(vec!["x".to_owned(), "z".to_owned()]));
    }
}
