//! Strict reading of a tree: each key is asked for with the type it must have, whatever was not asked for is an
//! unknown key, and everything wrong is collected so that one look at the messages mends the whole file.

use std::time::Duration;

use super::problem::{ConfigError, Problem};
use super::quantity::{bytes, duration};
use super::suggest::nearest;
use super::tree::{Member, Node, Source, Tree};

/// How many problems are listed; nobody reads more, and each costs a search for its line.
pub(crate) const SHOWN: usize = 50;

/// Names that other programs have for our keys.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("type", "use `transport`"),
    ("disabled", "use `enabled = false`"),
    ("environment", "use `env`"),
    ("serverurl", "use `url`"),
    ("server_url", "use `url`"),
    ("endpoint", "use `url`"),
    ("cmd", "use `command`"),
    ("arguments", "use `args`"),
    ("http_headers", "use `headers`"),
    ("request_timeout", "use `timeout`"),
    (
        "mcpservers",
        "this is another program's format: pass its file by --mcp-config, or copy its servers by `mcp-tui servers import`",
    ),
    (
        "mcp_servers",
        "this is another program's format: pass its file by --mcp-config, or copy its servers by `mcp-tui servers import`",
    ),
];

/// A value and the byte it stands at.
#[derive(Clone, Debug)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) at: usize,
}

/// Collects what is wrong with one file.
pub(crate) struct Reader<'s> {
    pub(crate) source: &'s Source,
    problems: Vec<Problem>,
    unlisted: usize,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self { source, problems: Vec::new(), unlisted: 0 }
    }

    pub(crate) fn complain(&mut self, at: usize, key: &str, message: impl Into<String>) {
        if self.problems.len() < SHOWN {
            self.problems.push(self.source.problem(at, key, message));
        } else {
            self.unlisted += 1;
        }
    }

    /// A value of the wrong kind: what is there, what belongs there, and one that would do.
    fn wrong(&mut self, path: &str, value: &Tree, expected: &str, example: &str) {
        let found = value.kind();
        let message = format!("expected {expected}, found {found}; for example `{example}`");
        self.complain(value.at, path, message);
    }

    /// All problems, in the order of the file.
    pub(crate) fn finish(mut self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|problem| problem.at.map(|at| (at.line, at.column)));
        if self.unlisted > 0 {
            self.problems.push(Problem {
                file: self.source.file.clone(),
                at: None,
                key: String::new(),
                message: format!("and {} more problems", self.unlisted),
            });
        }
        Err(ConfigError::Invalid { problems: self.problems })
    }
}

/// `path.key`, quoted as TOML wants it.
pub(crate) fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare { key.to_owned() } else { format!("\"{}\"", key.escape_debug()) };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// A table whose keys are being asked for.
pub(crate) struct Section<'t> {
    pub(crate) path: String,
    all: &'t [Member],
    left: Vec<&'t Member>,
    known: Vec<&'static str>,
}

impl<'t> Section<'t> {
    /// The table at `path`; complains if it is something else.
    pub(crate) fn new(reader: &mut Reader<'_>, path: String, tree: &'t Tree) -> Option<Self> {
        let Node::Table(members) = &tree.node else {
            reader.wrong(&path, tree, "a table", &format!("[{path}]"));
            return None;
        };
        Some(Self { path, all: members, left: members.iter().collect(), known: Vec::new() })
    }

    /// Takes a key of whatever kind.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'t Member> {
        self.known.push(key);
        let index = self.left.iter().position(|member| member.key == key)?;
        Some(self.left.remove(index))
    }

    /// Where the value of a key stands, if it is there, taken or not.
    pub(crate) fn peek(&self, key: &str) -> Option<usize> {
        let member = self.all.iter().find(|member| member.key == key)?;
        Some(member.value.at)
    }

    /// What nobody asked for: a table with some names of the user's choosing.
    pub(crate) fn rest(self) -> Vec<&'t Member> {
        self.left
    }

    /// The path of a key.
    pub(crate) fn at(&self, key: &str) -> String {
        join(&self.path, key)
    }

    pub(crate) fn section(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<Section<'t>> {
        let member = self.take(key)?;
        Section::new(reader, self.at(key), &member.value)
    }

    /// The members of a table with names of the user's choosing.
    pub(crate) fn members(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<&'t Member> {
        self.section(reader, key).map_or_else(Vec::new, |section| section.left)
    }

    pub(crate) fn text(&mut self, reader: &mut Reader<'_>, key: &'static str, example: &str) -> Option<Given<String>> {
        let member = self.take(key)?;
        text_of(reader, &self.at(key), &member.value, example)
    }

    pub(crate) fn flag(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<bool> {
        let value = &self.take(key)?.value;
        if let Node::Flag(flag) = value.node {
            return Some(flag);
        }
        reader.wrong(&self.at(key), value, "true or false", &format!("{key} = true"));
        None
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<Given<T>> {
        let (word, _) = choices.first()?;
        let given = self.text(reader, key, &format!("{key} = \"{word}\""))?;
        let chosen = choices.iter().find(|(word, _)| *word == given.value);
        if let Some((_, value)) = chosen {
            return Some(Given { value: *value, at: given.at });
        }
        let words = || choices.iter().map(|(word, _)| *word);
        let meant =
            nearest(&given.value, words()).map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default();
        let all: Vec<String> = words().map(|word| format!("\"{word}\"")).collect();
        let found = given.value.escape_debug().to_string();
        let message = format!("expected {}, found \"{found}\"{meant}", all.join(" or "));
        reader.complain(given.at, &self.at(key), message);
        None
    }

    /// Strings; a single string is not an array, for a command line in one string would be split by nobody.
    pub(crate) fn texts(&mut self, reader: &mut Reader<'_>, key: &'static str, example: &str) -> Vec<Given<String>> {
        let Some(member) = self.take(key) else {
            return Vec::new();
        };
        let Node::List(items) = &member.value.node else {
            reader.wrong(&self.at(key), &member.value, "an array of strings", example);
            return Vec::new();
        };
        let path = self.at(key);
        let numbered = items.iter().enumerate();
        numbered.filter_map(|(index, item)| text_of(reader, &format!("{path}[{index}]"), item, example)).collect()
    }

    /// A table of strings, in the order of the file.
    pub(crate) fn pairs(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<(&'t Member, String)> {
        let path = self.at(key);
        self.members(reader, key)
            .into_iter()
            .filter_map(|member| {
                let name = &member.key;
                let shown = match &member.value.node {
                    Node::Integer(number) => number.to_string(),
                    Node::Float(number) => number.to_string(),
                    Node::Flag(flag) => flag.to_string(),
                    _ => "value".to_owned(),
                };
                let example = join("", name) + &format!(" = \"{shown}\"");
                let given = text_of(reader, &join(&path, name), &member.value, &example)?;
                Some((member, given.value))
            })
            .collect()
    }

    /// A time in seconds.
    pub(crate) fn seconds(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<Given<Duration>> {
        let value = &self.take(key)?.value;
        let seconds = match value.node {
            Node::Integer(number) => number as f64,
            Node::Float(number) => number,
            _ => {
                let example = format!("{key} = 30");
                reader.wrong(&self.at(key), value, "a number of seconds", &example);
                return None;
            }
        };
        let given = duration(seconds).map(|duration| Given { value: duration, at: value.at });
        if given.is_none() {
            let message = "expected seconds, more than 0 and at most a year";
            reader.complain(value.at, &self.at(key), message);
        }
        given
    }

    /// A whole number that is at least `least`.
    pub(crate) fn count(&mut self, reader: &mut Reader<'_>, key: &'static str, least: usize) -> Option<usize> {
        let value = &self.take(key)?.value;
        let Node::Integer(number) = value.node else {
            reader.wrong(&self.at(key), value, "a whole number", &format!("{key} = 1000"));
            return None;
        };
        let count = usize::try_from(number).ok().filter(|count| *count >= least);
        if count.is_none() {
            reader.complain(value.at, &self.at(key), format!("expected at least {least}, found {number}"));
        }
        count
    }

    /// A number of bytes: an integer, or a string with a unit.
    pub(crate) fn size(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<usize> {
        let value = &self.take(key)?.value;
        let bytes = match &value.node {
            Node::Integer(number) => u64::try_from(*number).ok(),
            Node::Text(text) => bytes(text),
            _ => None,
        };
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        match bytes {
            Some(bytes) if bytes >= 1024 => Some(bytes),
            Some(_) => {
                reader.complain(value.at, &self.at(key), "expected at least 1024 bytes");
                None
            }
            None => {
                let expected = "a number of bytes or a string with KiB, MiB or GiB";
                reader.wrong(&self.at(key), value, expected, &format!("{key} = \"16MiB\""));
                None
            }
        }
    }

    /// Complains about every key that nobody asked for.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) {
        for member in &self.left {
            let key = member.key.as_str();
            let other = OTHER_NAMES.iter().find(|(name, hint)| {
                let lower = key.to_lowercase();
                // A hint is worth giving only where the key it names belongs.
                let ours = hint.split('`').nth(1).and_then(|ours| ours.split(' ').next());
                *name == lower
                    && match ours {
                        Some("mcp-tui") => self.path.is_empty(),
                        Some(ours) => self.known.contains(&ours),
                        None => true,
                    }
            });
            let hint = match other {
                Some((_, hint)) => (*hint).to_owned(),
                None => match nearest(key, self.known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known here: {}", self.known.join(", ")),
                },
            };
            reader.complain(member.at, &join(&self.path, key), format!("unknown key; {hint}"));
        }
    }
}

/// A string, or a complaint.
pub(crate) fn text_of(reader: &mut Reader<'_>, path: &str, value: &Tree, example: &str) -> Option<Given<String>> {
    if let Node::Text(text) = &value.node {
        return Some(Given { value: text.clone(), at: value.at });
    }
    reader.wrong(path, value, "a string", example);
    None
}
