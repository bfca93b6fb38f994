//! `${VAR}` and `${VAR:-default}` in config values: read, written and filled in.
//!
//! * `${VAR}` is the variable's value; a variable that is not set is an error.
//! * `${VAR:-default}` is `default` when the variable is not set or empty, as in a shell.
//! * `$${VAR}` is the text `${VAR}`. In general a run of dollars before a brace stands for half as many, and an
//!   odd last one starts a variable: `$$${VAR}` is a dollar and then the value.
//! * A dollar that no brace follows is a dollar: `$HOME`, `pa$$word` and `$5` stay as they are.
//!
//! A default is plain text up to the next `}`; nothing nests.

#[cfg(test)]
mod tests;

/// A part of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Text as it is.
    Text(String),
    /// An environment variable.
    Variable { name: String, default: Option<String> },
}

/// Why a value cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("`${{` has no closing `}}`; for the text itself write `$${{`")]
    Unclosed,
    #[error(
        "`${{{0}}}` is not a variable: write `${{NAME}}` or `${{NAME:-default}}` with letters, digits and `_`, or \
         `$${{` for the text itself"
    )]
    Name(String),
    #[error("the default of `{0}` holds another `${{`; variables do not nest")]
    Nested(String),
}

/// Reads a value. Neighbouring texts are one piece.
pub(crate) fn parse(template: &str) -> Result<Vec<Piece>, Malformed> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(start) = rest.find('$') {
        text.push_str(&rest[..start]);
        let dollars = rest[start..].bytes().take_while(|byte| *byte == b'$').count();
        let after = &rest[start + dollars..];
        if !after.starts_with('{') {
            text.push_str(&rest[start..start + dollars]);
            rest = after;
            continue;
        }
        text.extend(std::iter::repeat_n('$', dollars / 2));
        if dollars % 2 == 0 {
            text.push('{');
            rest = &after[1..];
            continue;
        }
        let end = after.find('}').ok_or(Malformed::Unclosed)?;
        let variable = variable(&after[1..end])?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(variable);
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn variable(inside: &str) -> Result<Piece, Malformed> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return Err(Malformed::Name(inside.to_owned()));
    }
    if default.is_some_and(|default| default.contains("${")) {
        return Err(Malformed::Nested(name.to_owned()));
    }
    Ok(Piece::Variable { name: name.to_owned(), default: default.map(str::to_owned) })
}

/// Whether this can be the name of a variable.
pub(crate) fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Writes a value so that [`parse`] reads the same pieces again. A default with a `}` cannot be written and is
/// left out.
pub(crate) fn write(pieces: &[Piece]) -> String {
    let mut template = String::new();
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(more) => text.push_str(more),
            Piece::Variable { name, default } => {
                push_escaped(&mut template, &text, true);
                text.clear();
                template.push_str("${");
                template.push_str(name);
                if let Some(default) = default.as_ref().filter(|d| !d.contains('}')) {
                    template.push_str(":-");
                    template.push_str(default);
                }
                template.push('}');
            }
        }
    }
    push_escaped(&mut template, &text, false);
    template
}

/// Text that stands for itself.
pub(crate) fn literal(text: &str) -> String {
    write(&[Piece::Text(text.to_owned())])
}

/// Doubles the dollars that a brace follows, in the text itself or in the variable after it.
fn push_escaped(template: &mut String, text: &str, before_variable: bool) {
    let mut dollars = 0;
    for c in text.chars() {
        if c == '$' {
            dollars += 1;
        } else {
            if c == '{' {
                template.extend(std::iter::repeat_n('$', dollars));
            }
            dollars = 0;
        }
        template.push(c);
    }
    if before_variable {
        template.extend(std::iter::repeat_n('$', dollars));
    }
}

/// Fills in a value. `used` hears of every variable with its value; all missing ones are named at once.
pub(crate) fn expand(
    template: &str,
    env: &dyn Fn(&str) -> Option<String>,
    mut used: impl FnMut(&str, &str),
) -> Result<String, Unfilled> {
    let mut filled = String::new();
    let mut missing = Vec::new();
    for piece in parse(template)? {
        match piece {
            Piece::Text(text) => filled.push_str(&text),
            Piece::Variable { name, default } => {
                let set = env(&name).filter(|value| default.is_none() || !value.is_empty());
                match set.or(default) {
                    Some(value) => {
                        used(&name, &value);
                        filled.push_str(&value);
                    }
                    None if missing.contains(&name) => {}
                    None => missing.push(name),
                }
            }
        }
    }
    if missing.is_empty() { Ok(filled) } else { Err(Unfilled::Missing(missing)) }
}

/// Why a value could not be filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unfilled {
    /// These variables are not set.
    Missing(Vec<String>),
    /// It cannot be read at all.
    Malformed(Malformed),
}

impl From<Malformed> for Unfilled {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
