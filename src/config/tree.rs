//! A parsed file as a tree whose every node knows where it stands: one shape for TOML and for JSON with
//! comments, so that both are read, and complained about, by the same code.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigError, Place, Problem};

/// No config that people write comes near this.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// A file and its text, for naming places in it.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

/// A value and the byte it starts at.
pub(crate) struct Tree {
    pub(crate) at: usize,
    pub(crate) node: Node,
}

/// What a value is.
pub(crate) enum Node {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Tree>),
    Table(Vec<Member>),
    /// Anything else the format knows, by its name: a date, `null`, a number too large.
    Other(&'static str),
}

/// One key of a table, with the byte the key starts at.
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) at: usize,
    pub(crate) value: Tree,
}

impl Source {
    /// Reads a file, refusing what is absurdly large or is not text.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => ConfigError::Missing { file: file.into() },
            _ => ConfigError::Read { file: file.into(), source },
        };
        let mut bytes = Vec::new();
        // The length is not asked beforehand: a pipe or a device has none.
        File::open(file).map_err(failed)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(ConfigError::TooLarge { file: file.into(), limit: FILE_LIMIT });
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
            let source = Self::new(file, before);
            ConfigError::Invalid { problems: vec![source.problem(good, "", "not UTF-8 text")] }
        })?;
        Ok(Self::new(file, text))
    }

    pub(crate) fn new(file: &Path, text: String) -> Self {
        Self { file: file.into(), text }
    }

    /// The line and column of a byte.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    pub(crate) fn problem(&self, at: usize, key: &str, message: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), at: Some(self.place(at)), key: key.to_owned(), message: message.into() }
    }

    /// The tree of a TOML file, or all its syntax errors.
    pub(crate) fn toml(&self) -> Result<Tree, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        if errors.is_empty() {
            let at = table.span().start;
            let node = toml_table(table.into_inner());
            return Ok(Tree { at, node });
        }
        Err(errors
            .iter()
            .take(super::reader::SHOWN)
            .map(|error| {
                let span = error.span().unwrap_or_default();
                let message = match self.text.get(span.clone()) {
                    // The parser does not say which.
                    Some(key) if error.message() == "duplicate key" => {
                        format!("`{}` is there twice", key.escape_debug())
                    }
                    _ => format!("not TOML: {}", error.message()),
                };
                self.problem(span.start, "", message)
            })
            .collect())
    }

    /// The tree of a JSON file that may have comments and trailing commas, and no other liberties.
    pub(crate) fn jsonc(&self) -> Result<Tree, Vec<Problem>> {
        let options = jsonc_parser::ParseOptions {
            allow_comments: true,
            allow_loose_object_property_names: false,
            allow_trailing_commas: true,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let collect = jsonc_parser::CollectOptions::default();
        let refuse = |at: usize, message: String| vec![self.problem(at, "", message)];
        let parsed = jsonc_parser::parse_to_ast(&self.text, &collect, &options)
            .map_err(|error| refuse(error.range().start, format!("not JSON: {}", error.kind())))?;
        match parsed.value {
            Some(value) => Ok(json_value(value)),
            None => Err(refuse(0, "an empty file, where JSON was expected".into())),
        }
    }
}

impl Tree {
    /// What kind of value it is, with its article, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.node {
            Node::Text(_) => "a string",
            Node::Integer(_) => "an integer",
            Node::Float(_) => "a float",
            Node::Flag(_) => "a boolean",
            Node::List(_) => "an array",
            Node::Table(_) => "a table",
            Node::Other(name) => name,
        }
    }

    /// The member of a table, if it is one and has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Member> {
        match &self.node {
            Node::Table(members) => members.iter().find(|member| member.key == key),
            _ => None,
        }
    }
}

fn toml_table(table: DeTable<'_>) -> Node {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(key, value)| Member {
            at: key.span().start,
            key: key.into_inner().into_owned(),
            value: toml_value(value),
        })
        .collect();
    // The parser sorts by name; people and messages go by the order of the file.
    members.sort_by_key(|member| member.at);
    Node::Table(members)
}

fn toml_value(value: Spanned<DeValue<'_>>) -> Tree {
    let at = value.span().start;
    let node = match value.into_inner() {
        DeValue::String(text) => Node::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Node::Other("an integer out of range"), Node::Integer),
        DeValue::Float(number) => number.as_str().parse().map_or(Node::Other("a float out of range"), Node::Float),
        DeValue::Boolean(flag) => Node::Flag(flag),
        DeValue::Datetime(_) => Node::Other("a date"),
        DeValue::Array(items) => Node::List(items.into_iter().map(toml_value).collect()),
        DeValue::Table(table) => toml_table(table),
    };
    Tree { at, node }
}

fn json_value(value: ast::Value<'_>) -> Tree {
    let at = value.range().start;
    let node = match value {
        ast::Value::StringLit(text) => Node::Text(text.value.into_owned()),
        ast::Value::NumberLit(number) => match number.value.parse() {
            Ok(integer) => Node::Integer(integer),
            Err(_) => number.value.parse().map_or(Node::Other("a number out of range"), Node::Float),
        },
        ast::Value::BooleanLit(flag) => Node::Flag(flag.value),
        ast::Value::NullKeyword(_) => Node::Other("null"),
        ast::Value::Array(array) => Node::List(array.elements.into_iter().map(json_value).collect()),
        ast::Value::Object(object) => Node::Table(
            object
                .properties
                .into_iter()
                .map(|property| Member {
                    at: property.range.start,
                    key: property.name.into_string(),
                    value: json_value(property.value),
                })
                .collect(),
        ),
    };
    Tree { at, node }
}
