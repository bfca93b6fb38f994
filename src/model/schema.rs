//! JSON Schemas that servers write for arguments and results: compile, check, explain.
//!
//! Schemas are foreign: nothing they refer to is fetched, and their size, nesting and the work they cause are
//! bounded before the validator sees them (`schema/bounds.rs`, `schema/cost.rs`). Around the check: [`outline()`] tells people what
//! a schema wants, [`arguments_from_pairs`] types `key=value` by it, [`template()`] and [`sample()`] write values
//! that fit it. Those four take any JSON, promise nothing about bad schemas except an end in bounded time.

mod arguments;
mod bounds;
mod cost;
pub(in crate::model) mod doc;
pub(in crate::model) mod explain;
mod outline;
mod pattern;
mod sample;
mod template;
mod types;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, ValidationOptions, Validator};
use serde_json::Value;

use super::json::tree::path::Step;
use super::json::{JsonError, RawJson, depth};
pub use arguments::arguments_from_pairs;
pub use outline::{OutlineRow, outline};
pub use sample::sample;
pub use template::template;

/// The bytes of one schema.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How deep its text may nest.
pub const MAX_DEPTH: usize = 64;
/// JSON values in it.
pub const MAX_NODES: usize = 20_000;
/// The violations that one check reports.
pub const MAX_VIOLATIONS: usize = 50;

/// The steps one regular expression with look-around may go back; the others never do.
const BACKTRACKS: usize = 10_000;
/// The bytes one compiled regular expression may take.
const REGEX_BYTES: usize = 256 * 1024;

/// Why a schema is not used. All of these mean: values are not checked against it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SchemaError {
    /// It is not even JSON of a workable depth.
    #[error("the schema cannot be read: {0}")]
    Json(#[from] JsonError),
    /// It breaks one of the bounds.
    #[error("the schema is too large: {what} (at most {limit})")]
    TooLarge {
        /// What there is too much of, with the amount where it is known.
        what: String,
        /// How much is accepted.
        limit: usize,
    },
    /// It is written for rules that are not known here.
    #[error("the schema is written in the dialect {0}; only JSON Schema 2020-12 and draft-07 are checked")]
    Dialect(String),
    /// It points outside of itself.
    #[error("the schema refers to {0}, which is never fetched")]
    Remote(String),
    /// It points to a place in itself that is not there.
    #[error("the schema refers to {0}, which it does not contain")]
    Dangling(String),
    /// Following its references comes back to where it started, with nothing consumed.
    #[error("the schema refers to itself without end at {0}")]
    Endless(String),
    /// It uses something that is not supported.
    #[error("the schema uses {0}, which is not supported")]
    Unsupported(String),
    /// It is JSON but no schema.
    #[error("not a valid schema: at {path}: {message}")]
    Invalid {
        /// Where in the schema.
        path: String,
        /// What is wrong there.
        message: String,
    },
}

/// One thing wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Where, as a person would write it: `items[2].name`, or `(root)`.
    pub path: String,
    /// The same, step by step.
    pub way: Vec<Step>,
    /// What, in plain words: `a number is expected, got a string`. Quotes foreign text.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A schema ready to check values. Cheap to clone.
#[derive(Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

struct Inner {
    source: Value,
    validator: Validator,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

impl Schema {
    /// Prepares `raw` for checking: 2020-12 unless `$schema` says draft-07.
    pub fn compile(raw: &RawJson) -> Result<Self, SchemaError> {
        if raw.as_str().len() > MAX_BYTES {
            return Err(SchemaError::TooLarge { what: format!("{} bytes", raw.as_str().len()), limit: MAX_BYTES });
        }
        let levels = depth(raw.as_str().as_bytes());
        if levels > MAX_DEPTH {
            return Err(SchemaError::TooLarge { what: format!("nested {levels} levels deep"), limit: MAX_DEPTH });
        }
        let source = raw.to_value()?;
        let draft = dialect(&source)?;
        bounds::check_schema(&source)?;
        let validator = ValidationOptions::default()
            .with_draft(draft)
            .offline()
            .with_pattern_options(
                PatternOptions::fancy_regex()
                    .backtrack_limit(BACKTRACKS)
                    .size_limit(REGEX_BYTES)
                    .dfa_size_limit(REGEX_BYTES),
            )
            .build(&source)
            .map_err(|error| explain::build_error(&error, &source))?;
        Ok(Self { inner: Arc::new(Inner { source, validator }) })
    }

    /// The schema as a value, for [`outline()`] and its like.
    pub fn source(&self) -> &Value {
        &self.inner.source
    }

    /// What is wrong with `instance`: nothing, or up to [`MAX_VIOLATIONS`] things. A value whose check would
    /// cost too much has one violation that says so.
    pub fn validate(&self, instance: &Value) -> Vec<Violation> {
        let whole = |message: &str| {
            vec![Violation { path: explain::ROOT.to_owned(), way: vec![], message: message.to_owned() }]
        };
        let Inner { source, validator } = &*self.inner;
        if let Err(message) = cost::check(source, instance) {
            return whole(message);
        }
        if validator.is_valid(instance) {
            return Vec::new();
        }
        if !cost::can_list(source, instance) {
            return whole("does not fit the schema; there is too much to list what is wrong");
        }
        validator.iter_errors(instance).take(MAX_VIOLATIONS).map(|error| explain::violation(&error, instance)).collect()
    }
}

/// The dialect that `$schema` names.
fn dialect(source: &Value) -> Result<Draft, SchemaError> {
    let Some(name) = source.get("$schema") else {
        return Ok(Draft::Draft202012);
    };
    let Some(name) = name.as_str() else {
        return Err(SchemaError::Dialect(explain::quoted(name)));
    };
    let bare = name.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://");
    match bare {
        "json-schema.org/draft/2020-12/schema" => Ok(Draft::Draft202012),
        "json-schema.org/draft-07/schema" => Ok(Draft::Draft7),
        _ => Err(SchemaError::Dialect(name.to_owned())),
    }
}
