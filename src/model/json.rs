//! JSON that came from elsewhere, kept as the text it was: [`RawJson`].
//!
//! Numbers keep their spelling, objects their order and their duplicate keys, and no depth is too deep: raw
//! text may nest a million levels, so nothing here recurses over it. A `serde_json::Value` is made only where
//! a value is worked with, and then says cleanly that it is too deep.
//!
//! [`scan`] walks raw text, [`PrettyLines`] lays it out, [`tree::Tree`] is its index. Escaping for the screen is `model::text`'s.

mod canonical;
pub mod diff;
mod pretty;
pub mod scan;
pub mod tree;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

pub use canonical::canonical;
pub use pretty::{PrettyLine, PrettyLines, Token, pretty};
pub use scan::{compact, depth};

/// The levels of nesting that `serde_json` builds values for.
pub const MAX_VALUE_DEPTH: usize = 127;

/// Why a text is not the JSON that was wanted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("{message} at line {line}, column {column}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
    },
    /// JSON, but deeper than a value may be.
    #[error("nested {depth} levels deep, more than the {MAX_VALUE_DEPTH} that can be worked with")]
    TooDeep {
        /// How deep it is.
        depth: usize,
    },
    /// JSON of another shape.
    #[error("{what} is expected, got {got}")]
    Shape {
        /// What was wanted, with its article.
        what: String,
        /// What was found, with its article.
        got: &'static str,
    },
}

impl JsonError {
    fn syntax(error: &serde_json::Error) -> Self {
        let full = error.to_string();
        let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(head, _)| head);
        Self::Syntax { message: message.to_owned(), line: error.line(), column: error.column() }
    }
}

/// Valid JSON text, verbatim, without the white space around it. Cheap to clone; equal when spelled equally.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Takes `text` if it is JSON. Any depth is fine, as are numbers that no machine type holds and lone
    /// surrogates in escapes: both are JSON, though [`Self::to_value`] refuses them.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JsonError> {
        let text = text.into();
        let inner = serde_json::from_str::<&RawValue>(&text).map_err(|error| JsonError::syntax(&error))?.get();
        if inner.len() == text.len() {
            return Ok(Self(text));
        }
        Ok(Self(inner.into()))
    }

    /// A part of JSON that is known to be valid.
    pub fn from_raw(raw: &RawValue) -> Self {
        Self(raw.get().into())
    }

    /// The text of `value`.
    pub fn from_value(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// `{}`.
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    /// The text, byte for byte as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A value to work with. Numbers lose their spelling; the last of duplicate keys wins.
    pub fn to_value(&self) -> Result<Value, JsonError> {
        let depth = depth(self.0.as_bytes());
        if depth > MAX_VALUE_DEPTH {
            return Err(JsonError::TooDeep { depth });
        }
        serde_json::from_str(&self.0).map_err(|error| JsonError::syntax(&error))
    }

    /// Whether [`Self::to_value`] gives one; nothing is built.
    pub fn is_value(&self) -> bool {
        value::is_value(&self.0)
    }

    /// The raw text of a member, if this is an object that has it. The last of duplicates, as in a value.
    pub fn get(&self, key: &str) -> Option<&str> {
        scan::member(&self.0, key)
    }

    /// The raw elements of the array that is member `key`, at most `cap` of them: nothing after the last one
    /// wanted is looked at, and nothing is built. Ask for one more than you want to know whether there is more.
    pub fn items_of(&self, key: &str, cap: usize) -> Result<Vec<&str>, JsonError> {
        let shape = |got| JsonError::Shape { what: format!("an array in `{key}`"), got };
        let list = self
            .get(key)
            .ok_or_else(|| shape(if self.0.starts_with('{') { "nothing" } else { scan::kind(&self.0) }))?;
        if !list.starts_with('[') {
            return Err(shape(scan::kind(list)));
        }
        Ok(scan::elements(list).take(cap).collect())
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Test failures and logs print states: a frame may be megabytes.
        write!(f, "RawJson({})", compact(&self.0, 120))
    }
}

impl serde::Serialize for RawJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for RawJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.get().into()))
    }
}
