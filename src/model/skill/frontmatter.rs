//! The YAML at the head of a `SKILL.md`, compared with what its entry says it is.
//!
//! The two revisions of YAML read plain words differently (`yes`, `0777`, `1_000`, dates), and servers use either. A plain
//! scalar therefore fits any of its readings; what is quoted is only ever text. Aliases are not followed.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

/// Bytes of frontmatter that are read.
const LIMIT: usize = 64 * 1024;
/// How deep it may nest.
const DEPTH: usize = 32;

/// A value as far as YAML alone decides it.
#[derive(Debug)]
enum Yaml {
    /// Quoted, or a block: a text whatever it looks like.
    Text(String),
    /// A word that may be more than a text.
    Plain(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

/// Whether the frontmatter of this file says what `entry` says; the error says where it does not.
pub(super) fn compare(file: &[u8], entry: &Value) -> Result<(), String> {
    let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
    let yaml = read(head(text)?).map_err(|why| format!("its frontmatter cannot be read: {why}"))?;
    match difference(&yaml, entry, String::new()) {
        None => Ok(()),
        Some(at) if at.is_empty() => Err("its frontmatter is not what its entry says".into()),
        Some(at) => Err(format!("its frontmatter is not what its entry says: `{at}` differs")),
    }
}

/// What stands between the two lines of three hyphens.
fn head(text: &str) -> Result<&str, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begins = text.strip_prefix("---").and_then(|rest| {
        let line = rest.find('\n')?;
        rest[..line].trim().is_empty().then(|| &rest[line + 1..])
    });
    let body = begins.ok_or("it does not begin with frontmatter (a line of three hyphens)")?;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Ok(&body[..at]);
        }
        at += line.len();
        if at > LIMIT {
            return Err(format!("its frontmatter is over {} KiB", LIMIT / 1024));
        }
    }
    Err("its frontmatter does not end".into())
}

/// A list or a map that is being read.
enum Open {
    List(Vec<Yaml>),
    /// With the key whose value comes next.
    Map(Vec<(String, Yaml)>, Option<String>),
}

fn read(text: &str) -> Result<Yaml, String> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|fault| fault.to_string())?;
        let value = match event {
            Event::Scalar(text, style, _, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                if is_text { Yaml::Text(text.into_owned()) } else { Yaml::Plain(text.into_owned()) }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEPTH {
                    return Err(format!("it nests deeper than {DEPTH}"));
                }
                let is_list = matches!(event, Event::SequenceStart(..));
                open.push(if is_list { Open::List(vec![]) } else { Open::Map(vec![], None) });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Yaml::List(items),
                Some(Open::Map(members, None)) => Yaml::Map(members),
                Some(Open::Map(_, Some(_))) | None => return Err("it does not end well".into()),
            },
            Event::Alias(_) => return Err("it uses aliases, which are not followed".into()),
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
            Event::StreamEnd | Event::DocumentEnd => break,
        };
        match open.last_mut() {
            // The value of the whole.
            None => return Ok(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(members, key)) => match (key.take(), value) {
                (Some(name), value) => members.push((name, value)),
                (None, Yaml::Text(name) | Yaml::Plain(name)) => {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(format!("it has `{name}` twice"));
                    }
                    *key = Some(name);
                }
                (None, Yaml::List(_) | Yaml::Map(_)) => return Err("one of its keys is not a word".into()),
            },
        }
    }
    Err("it is empty".into())
}

/// Where the two differ first, as a path.
fn difference(yaml: &Yaml, json: &Value, at: String) -> Option<String> {
    let same = match (yaml, json) {
        (Yaml::Map(members), Value::Object(object)) => {
            let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
            let missing = object.keys().find(|key| !members.iter().any(|(name, _)| name == *key));
            let found = missing.map(|key| below(key)).or_else(|| {
                members.iter().find_map(|(name, value)| match object.get(name) {
                    Some(other) => difference(value, other, below(name)),
                    None => Some(below(name)),
                })
            });
            return found;
        }
        (Yaml::List(items), Value::Array(values)) if items.len() == values.len() => {
            let mut pairs = items.iter().zip(values).enumerate();
            return pairs.find_map(|(n, (item, value))| difference(item, value, format!("{at}[{n}]")));
        }
        (Yaml::Text(text), Value::String(other)) => text == other,
        (Yaml::Plain(word), value) => plain(word, value),
        _ => false,
    };
    (!same).then_some(at)
}

/// Whether one of the readings of a plain word is this value.
fn plain(word: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => {
            // A reader that knows dates writes them in full.
            let is_date = || word.len() == 10 && word.bytes().filter(|byte| *byte == b'-').count() == 2;
            text == word || text.strip_prefix(word).is_some_and(|rest| rest == "T00:00:00.000Z" && is_date())
        }
        Value::Null => matches!(word, "" | "~" | "null" | "Null" | "NULL"),
        Value::Bool(yes) => {
            let words: &[&str] = if *yes { &["true", "yes", "on", "y"] } else { &["false", "no", "off", "n"] };
            words.iter().any(|known| known.eq_ignore_ascii_case(word))
        }
        Value::Number(number) => {
            let spelled = number.to_string();
            spelled == word || numbers(word).into_iter().flatten().any(|read| Some(read) == number.as_f64())
        }
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// The numbers that a word can be.
fn numbers(word: &str) -> [Option<f64>; 4] {
    let bare: String = word.chars().filter(|c| *c != '_').collect();
    let (sign, digits) = match bare.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, bare.strip_prefix('+').unwrap_or(&bare)),
    };
    let radix = |prefix: &str, radix| {
        let digits = digits.strip_prefix(prefix)?;
        Some(sign * u64::from_str_radix(digits, radix).ok()? as f64)
    };
    let decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| digits.parse::<f64>().ok());
    [decimal.flatten().map(|number| sign * number), radix("0x", 16), radix("0o", 8), radix("0", 8)]
}
