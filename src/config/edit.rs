//! Changing servers in our own config file, leaving every other byte of it as a person wrote it.
//!
//! The texts are edited by `toml_edit`, and what it did is then grafted onto the original (`graft`), for it
//! does not keep carriage returns. Writing is `replace`'s.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::replace;

use super::entry::ServerEntry;
use super::problem::ConfigError;
use super::suggest::nearest;
use super::tree::{Node, Source};

mod graft;
mod render;
#[cfg(test)]
mod tests;

/// What a new file begins with.
const HEADER: &str = "# The config of mcp-tui. `config.example.toml` shows every key.\n";

/// What an edit did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edited {
    /// The file that was written: the target, where the config is a symbolic link.
    pub file: PathBuf,
    /// Where its text from before is; `None` when there was none, or nothing changed.
    pub backup: Option<PathBuf>,
    /// Whether anything changed at all.
    pub changed: bool,
}

/// Why an edit was not made; the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A server of this name is there already.
    #[error("{}: there is a server `{name}` already; remove it first, or choose another name", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
    },
    /// There is no server of this name.
    #[error("{}: there is no server `{name}`{hint}", file.display())]
    NoServer {
        /// The file.
        file: PathBuf,
        /// The name.
        name: String,
        /// What was probably meant.
        hint: String,
    },
    /// No server can be called so.
    #[error("{0}")]
    Name(String),
    /// The file cannot be read, or is not TOML.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot be written.
    #[error("{}: cannot be written: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Adds servers, all of them or none, at the end of the file; makes the file if there is none.
pub fn add_servers(file: &Path, entries: &[ServerEntry]) -> Result<Edited, EditError> {
    change(file, |source| {
        let mut text = source.text.clone();
        for entry in entries {
            text = add(&Source::new(&source.file, text), entry)?;
        }
        Ok(text)
    })
}

/// Removes a server, with the comment directly above it.
pub fn remove_server(file: &Path, name: &str) -> Result<Edited, EditError> {
    change(file, |source| remove(source, name))
}

/// Switches a server on or off.
pub fn enable_server(file: &Path, name: &str, enabled: bool) -> Result<Edited, EditError> {
    change(file, |source| enable(source, name, enabled))
}

fn change(file: &Path, edit: impl FnOnce(&Source) -> Result<String, EditError>) -> Result<Edited, EditError> {
    let (source, existed) = match Source::read(file) {
        Ok(source) => (source, true),
        Err(ConfigError::Missing { .. }) => (Source::new(file, HEADER.to_owned()), false),
        Err(error) => return Err(error.into()),
    };
    let text = edit(&source)?;
    let write = |source| EditError::Write { file: file.to_owned(), source };
    let target = replace::target(file).map_err(write)?;
    if existed && text == source.text {
        return Ok(Edited { file: target, backup: None, changed: false });
    }
    let before = existed.then_some(source.text.as_str());
    let backup = replace::replace(&target, before, &text).map_err(write)?;
    Ok(Edited { file: target, backup, changed: true })
}

fn add(source: &Source, entry: &ServerEntry) -> Result<String, EditError> {
    let name = &entry.name;
    super::server::check_name(name).map_err(EditError::Name)?;
    if names(source)?.contains(name) {
        return Err(EditError::Exists { file: source.file.clone(), name: name.clone() });
    }
    let table = render::table(entry);
    let appended = append(&source.text, &render::fragment(name, &table));
    // Where servers are written in one inline table, a header cannot add to it.
    let grown = Source::new(&source.file, appended);
    if names(&grown).is_ok_and(|names| names.contains(name)) {
        return Ok(grown.text);
    }
    let mut document = document(source)?;
    if let Some(servers) = servers(&mut document) {
        servers.insert(name, Item::Value(Value::InlineTable(table.into_inline_table())));
    }
    Ok(graft::graft(&source.text, &document.to_string()))
}

fn append(text: &str, fragment: &str) -> String {
    let end = graft::line_end(text);
    let mut grown = text.to_owned();
    if !text.is_empty() {
        if !text.ends_with('\n') {
            grown.push_str(end);
        }
        grown.push_str(end);
    }
    grown.push_str(&fragment.replace('\n', end));
    grown
}

fn remove(source: &Source, name: &str) -> Result<String, EditError> {
    let mut document = document(source)?;
    let removed = servers(&mut document).and_then(|servers| servers.remove(name));
    let Some(removed) = removed else {
        return Err(no_server(source, name));
    };
    if let Some((position, above)) = removed.as_table().and_then(first_header) {
        let kept = not_directly_above(&above);
        if !kept.trim().is_empty() {
            let root = document.as_table_mut();
            if let Some(next) = next_header(root, position) {
                prepend(root, next, kept);
            } else {
                let rest = document.trailing().as_str().unwrap_or_default();
                let trailing = format!("{kept}{rest}");
                document.set_trailing(trailing);
            }
        }
    }
    Ok(graft::graft(&source.text, &document.to_string()))
}

fn enable(source: &Source, name: &str, enabled: bool) -> Result<String, EditError> {
    let mut document = document(source)?;
    let server = servers(&mut document).and_then(|servers| servers.get_mut(name)).and_then(Item::as_table_like_mut);
    let Some(server) = server else {
        return Err(no_server(source, name));
    };
    match server.get_mut("enabled").and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = enabled.into();
            *value.decor_mut() = decor;
        }
        // On is what it is without being said.
        None if enabled => return Ok(source.text.clone()),
        None => {
            server.insert("enabled", Item::Value(false.into()));
        }
    }
    Ok(graft::graft(&source.text, &document.to_string()))
}

fn no_server(source: &Source, name: &str) -> EditError {
    let names = names(source).unwrap_or_default();
    let hint = nearest(name, names.iter().map(String::as_str))
        .map(|meant| format!("; did you mean `{meant}`?"))
        .unwrap_or_default();
    EditError::NoServer { file: source.file.clone(), name: name.to_owned(), hint }
}

/// The names of the servers. A file with wrong values may be edited, one that is no TOML may not.
fn names(source: &Source) -> Result<Vec<String>, ConfigError> {
    let tree = source.toml().map_err(|problems| ConfigError::Invalid { problems })?;
    let Some(servers) = tree.get("servers").map(|servers| &servers.value) else {
        return Ok(Vec::new());
    };
    let Node::Table(members) = &servers.node else {
        let message = format!("expected a table, found {}", servers.kind());
        return Err(ConfigError::Invalid { problems: vec![source.problem(servers.at, "servers", message)] });
    };
    Ok(members.iter().map(|member| member.key.clone()).collect())
}

fn document(source: &Source) -> Result<DocumentMut, ConfigError> {
    names(source)?;
    source.text.parse().map_err(|error: toml_edit::TomlError| ConfigError::Invalid {
        problems: vec![source.problem(
            error.span().map_or(0, |span| span.start),
            "",
            format!("not TOML: {}", error.message()),
        )],
    })
}

fn servers(document: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    document.get_mut("servers")?.as_table_like_mut()
}

/// The tables directly inside one.
fn inside(table: &Table) -> impl Iterator<Item = &Table> {
    table.iter().flat_map(|(_, item)| {
        let array = item.as_array_of_tables().into_iter().flatten();
        item.as_table().into_iter().chain(array)
    })
}

/// Where the first header of a table or of those inside it stands among all headers, and the text above it.
fn first_header(table: &Table) -> Option<(isize, String)> {
    let own = (!table.is_implicit() && !table.is_dotted())
        .then(|| {
            let above = table.decor().prefix().and_then(|prefix| prefix.as_str());
            Some((table.position()?, above.unwrap_or_default().to_owned()))
        })
        .flatten();
    own.into_iter().chain(inside(table).filter_map(first_header)).min_by_key(|(position, _)| *position)
}

/// The position of the header that follows `position`.
fn next_header(table: &Table, position: isize) -> Option<isize> {
    let own =
        (!table.is_implicit() && !table.is_dotted()).then(|| table.position()).flatten().filter(|own| *own > position);
    own.into_iter().chain(inside(table).filter_map(|table| next_header(table, position))).min()
}

/// What of the text above a header is about more than what follows: all up to its last blank line.
fn not_directly_above(above: &str) -> &str {
    let mut kept = 0;
    let mut end = 0;
    for line in above.split_inclusive('\n') {
        end += line.len();
        if line.ends_with('\n') && line.trim().is_empty() {
            kept = end;
        }
    }
    &above[..kept]
}

/// Puts text above the header at `position`.
fn prepend(table: &mut Table, position: isize, text: &str) {
    if table.position() == Some(position) && !table.is_implicit() && !table.is_dotted() {
        let above = table.decor().prefix().and_then(|prefix| prefix.as_str());
        let above = above.unwrap_or_default();
        // Both end and begin with a blank line; one is enough.
        let above = above.strip_prefix('\r').unwrap_or(above);
        let joined = format!("{text}{}", above.strip_prefix('\n').unwrap_or(above));
        table.decor_mut().set_prefix(joined);
        return;
    }
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => prepend(table, position, text),
            Item::ArrayOfTables(array) => {
                for table in array.iter_mut() {
                    prepend(table, position, text);
                }
            }
            Item::None | Item::Value(_) => {}
        }
    }
}
