//! What a schema may be, whatever value comes: its size, its references, what they add up to.
//!
//! The validator follows references by recursion and has no limit of its own, so a small schema could make it
//! run for years (`allOf` of two references, twenty levels deep) or overflow the stack. What depends on the
//! value as well is in `schema/cost.rs`.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::doc::{self, Doc};
use super::{MAX_NODES, SchemaError};

/// Rules that may apply to one value through `allOf`, `$ref` and their like, counted with repetitions.
const MAX_EXPANSION: usize = 20_000;
/// Rules that may lie inside each other on one value.
const MAX_CHAIN: usize = 64;
/// Regular expressions in one schema.
const MAX_PATTERNS: usize = 200;

/// Checks everything that can be known without a value.
pub(super) fn check_schema(root: &Value) -> Result<(), SchemaError> {
    let nodes = count(root, MAX_NODES);
    if nodes > MAX_NODES {
        return Err(SchemaError::TooLarge { what: "too many parts".to_owned(), limit: MAX_NODES });
    }
    let mut check = Check {
        doc: Doc::new(root, usize::MAX),
        done: HashMap::new(),
        open: HashSet::new(),
        patterns: 0,
        references: false,
        embedded: false,
    };
    let mut seen = HashSet::new();
    let mut todo = vec![root];
    while let Some(schema) = todo.pop() {
        if !seen.insert(std::ptr::from_ref(schema)) {
            continue;
        }
        check.rules(schema, 0)?;
        let Value::Object(map) = schema else {
            continue;
        };
        check.count_patterns(schema)?;
        if !std::ptr::eq(schema, root) {
            check.embedded |= map.get("$id").and_then(Value::as_str).is_some_and(|id| !id.starts_with('#'));
        }
        todo.extend(check.target(schema)?);
        todo.extend(doc::in_place(map));
        todo.extend(doc::below(map));
    }
    if check.references && check.embedded {
        // The meaning of a reference would depend on where it stands.
        return Err(SchemaError::Unsupported("an `$id` below its root together with references".to_owned()));
    }
    Ok(())
}

struct Check<'a> {
    doc: Doc<'a>,
    /// Rules on one value that each schema stands for, once known.
    done: HashMap<*const Value, usize>,
    /// The schemas that are being counted.
    open: HashSet<*const Value>,
    patterns: usize,
    references: bool,
    embedded: bool,
}

impl<'a> Check<'a> {
    /// How many rules `schema` puts on one value.
    fn rules(&mut self, schema: &'a Value, chain: usize) -> Result<usize, SchemaError> {
        let Value::Object(map) = schema else {
            return Ok(1);
        };
        let id = std::ptr::from_ref(schema);
        if let Some(known) = self.done.get(&id) {
            return Ok(*known);
        }
        if chain > MAX_CHAIN {
            return Err(SchemaError::TooLarge {
                what: "too many rules inside each other".to_owned(),
                limit: MAX_CHAIN,
            });
        }
        if !self.open.insert(id) {
            let at = doc::reference(schema).unwrap_or("a rule inside itself");
            return Err(SchemaError::Endless(at.to_owned()));
        }
        let mut sum = 1;
        for part in doc::in_place(map).chain(self.target(schema)?) {
            sum += self.rules(part, chain + 1)?;
            if sum > MAX_EXPANSION {
                return Err(SchemaError::TooLarge {
                    what: "too many rules for one value".to_owned(),
                    limit: MAX_EXPANSION,
                });
            }
        }
        self.open.remove(&id);
        self.done.insert(id, sum);
        Ok(sum)
    }

    /// Where the reference of `schema` points, if it has one. The known meta-schemas are leaves.
    fn target(&mut self, schema: &Value) -> Result<Option<&'a Value>, SchemaError> {
        let mut found = None;
        for key in ["$ref", "$dynamicRef"] {
            let Some(reference) = schema.get(key).and_then(Value::as_str) else {
                continue;
            };
            self.references = true;
            if is_meta_schema(reference) {
                continue;
            }
            match self.doc.target(reference) {
                Some(target) if found.is_none() => found = Some(target),
                Some(_) => {
                    return Err(SchemaError::Unsupported("`$ref` beside `$dynamicRef`".to_owned()));
                }
                None if reference.starts_with('#') => {
                    return Err(SchemaError::Dangling(reference.to_owned()));
                }
                None => return Err(SchemaError::Remote(reference.to_owned())),
            }
        }
        if schema.get("$recursiveRef").is_some() {
            return Err(SchemaError::Unsupported("`$recursiveRef`".to_owned()));
        }
        Ok(found)
    }

    fn count_patterns(&mut self, schema: &Value) -> Result<(), SchemaError> {
        self.patterns += usize::from(schema.get("pattern").is_some());
        self.patterns += schema.get("patternProperties").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        if self.patterns > MAX_PATTERNS {
            return Err(SchemaError::TooLarge { what: "too many regular expressions".to_owned(), limit: MAX_PATTERNS });
        }
        Ok(())
    }
}

/// The validator carries these with it.
fn is_meta_schema(reference: &str) -> bool {
    matches!(
        reference.trim_end_matches('#'),
        "https://json-schema.org/draft/2020-12/schema" | "http://json-schema.org/draft-07/schema"
    )
}

/// The nodes of `value`, counted up to a little more than `limit`.
pub(super) fn count(value: &Value, limit: usize) -> usize {
    let mut nodes = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        nodes += 1;
        if nodes > limit {
            break;
        }
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.values()),
            _ => {}
        }
    }
    nodes
}
