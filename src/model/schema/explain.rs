//! Violations in plain words, and places as people write them.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, ReferencingError, ValidationError};
use serde_json::Value;

use super::{SchemaError, Violation};
use crate::model::json::compact;
use crate::model::json::tree::path::Step;

/// The place that has no name.
pub(super) const ROOT: &str = "(root)";
/// Characters of a foreign value that a message quotes.
const QUOTE: usize = 60;
/// Names that one message lists.
const NAMES: usize = 8;

/// What `error` says about `instance`.
pub(super) fn violation(error: &ValidationError<'_>, instance: &Value) -> Violation {
    let (path, way) = place(error, instance);
    Violation { path, way, message: message(error) }
}

/// Why a schema could not be compiled.
pub(super) fn build_error(error: &ValidationError<'_>, source: &Value) -> SchemaError {
    if let ValidationErrorKind::Referencing(inner) = error.kind() {
        return match inner {
            ReferencingError::Unretrievable { uri, .. } => SchemaError::Remote(uri.clone()),
            ReferencingError::PointerToNowhere { pointer } => SchemaError::Dangling(pointer.clone()),
            ReferencingError::NoSuchAnchor { anchor } => SchemaError::Dangling(anchor.clone()),
            ReferencingError::UnknownSpecification { specification } => SchemaError::Dialect(specification.clone()),
            other => SchemaError::Invalid { path: ROOT.to_owned(), message: other.to_string() },
        };
    }
    SchemaError::Invalid { path: place(error, source).0, message: message(error) }
}

/// A foreign value, short enough for a message.
pub(super) fn quoted(value: &Value) -> String {
    // Only as much text is made as is shown: the value may be megabytes.
    let mut head = Head(Vec::new());
    let _ = serde_json::to_writer(&mut head, value);
    compact(&String::from_utf8_lossy(&head.0), QUOTE)
}

/// `text` in at most `max` characters.
pub(super) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Takes the first bytes and refuses the rest.
struct Head(Vec<u8>);

impl std::io::Write for Head {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() > QUOTE * 8 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        let taken = bytes.len().min(QUOTE * 8 + 1);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The kind of a value, with its article.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Where, as people write it, and step by step.
fn place(error: &ValidationError<'_>, instance: &Value) -> (String, Vec<Step>) {
    let mut out = String::new();
    let mut way = Vec::new();
    let mut at = Some(instance);
    for segment in error.instance_path().segments() {
        let name = match segment {
            LocationSegment::Property(name) => name.into_owned(),
            LocationSegment::Index(index) => index.to_string(),
        };
        // A path does not tell the index 0 from a member named "0"; the value does.
        if let Some(Value::Array(list)) = at {
            out.push('[');
            out.push_str(&name);
            out.push(']');
            let index = name.parse::<usize>().ok();
            at = index.and_then(|index| list.get(index));
            way.extend(index.map(Step::Element));
        } else {
            push_name(&mut out, &name);
            at = at.and_then(|value| value.get(&name));
            way.push(Step::Member(name));
        }
    }
    (if out.is_empty() { ROOT.to_owned() } else { out }, way)
}

/// Adds `.name`, or `["odd name"]`.
pub(in crate::model) fn push_name(out: &mut String, name: &str) {
    let simple = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
    if simple {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&cut(name, QUOTE));
    } else {
        out.push('[');
        out.push_str(&Value::from(cut(name, QUOTE)).to_string());
        out.push(']');
    }
}

fn message(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let value = error.instance();
    match error.kind() {
        Kind::Type { kind } => format!("{} is expected, got {}", expected(kind), got(kind, value)),
        Kind::Required { property } => match property.as_str() {
            Some(name) => format!("`{}` is missing", cut(name, QUOTE)),
            None => format!("{} is missing", quoted(property)),
        },
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("{} not allowed here", names(unexpected))
        }
        Kind::UnevaluatedItems { unexpected } => {
            format!("{} unexpected element{}", unexpected.len(), plural(unexpected.len() as u64))
        }
        Kind::AdditionalItems { limit } => {
            format!("at most {limit} element{} allowed", plural_are(*limit as u64))
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => none_of(context),
        Kind::OneOfMultipleValid { .. } => "fits more than one of the allowed forms, exactly one is wanted".to_owned(),
        Kind::Constant { expected_value } => {
            format!("must be {}, got {}", quoted(expected_value), quoted(value))
        }
        Kind::Enum { options } => format!("must be {}, got {}", one_of(options), quoted(value)),
        Kind::Minimum { limit } => format!("must be at least {limit}, got {}", quoted(value)),
        Kind::Maximum { limit } => format!("must be at most {limit}, got {}", quoted(value)),
        Kind::ExclusiveMinimum { limit } => {
            format!("must be more than {limit}, got {}", quoted(value))
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("must be less than {limit}, got {}", quoted(value))
        }
        Kind::MultipleOf { multiple_of } => {
            format!("must be a multiple of {multiple_of}, got {}", quoted(value))
        }
        Kind::MinLength { limit } => {
            format!("needs at least {limit} character{}, has {}", plural(*limit), length(value))
        }
        Kind::MaxLength { limit } => {
            format!("may have at most {limit} character{}, has {}", plural(*limit), length(value))
        }
        Kind::MinItems { limit } => format!("needs at least {limit} element{}, has {}", plural(*limit), length(value)),
        Kind::MaxItems { limit } => {
            format!("may have at most {limit} element{}, has {}", plural(*limit), length(value))
        }
        Kind::MinProperties { limit } => {
            format!("needs at least {limit} member{}, has {}", plural(*limit), length(value))
        }
        Kind::MaxProperties { limit } => {
            format!("may have at most {limit} member{}, has {}", plural(*limit), length(value))
        }
        Kind::UniqueItems => "has the same element twice".to_owned(),
        Kind::Contains => "has not the elements that are wanted".to_owned(),
        Kind::Pattern { pattern } => {
            format!("{} does not match the pattern {}", quoted(value), cut(pattern, QUOTE * 2))
        }
        Kind::Format { format } => format!("{} is no valid {format}", quoted(value)),
        Kind::FalseSchema => "is not allowed here".to_owned(),
        Kind::Not { schema } => format!("must not fit {}", quoted(schema)),
        Kind::PropertyNames { error } => format!("a name is not allowed: {}", message(error)),
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            "could not be matched against its pattern: it costs too much".to_owned()
        }
        Kind::ContentEncoding { content_encoding } => format!("is no valid {content_encoding}"),
        Kind::ContentMediaType { content_media_type } => {
            format!("is no valid {content_media_type}")
        }
        Kind::Custom { message, .. } => message.clone(),
        Kind::FromUtf8 { .. } => "is no text once decoded".to_owned(),
        Kind::Referencing(inner) => inner.to_string(),
    }
}

fn expected(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => type_name(*one).to_owned(),
        TypeKind::Multiple(set) => join_or(&set.iter().map(type_name).collect::<Vec<_>>()),
    }
}

/// What was there; `1.5` for an integer is a number all the same, so the number is shown.
fn got(kind: &TypeKind, value: &Value) -> String {
    let wants_number = match kind {
        TypeKind::Single(one) => *one == JsonType::Integer,
        TypeKind::Multiple(set) => set.iter().any(|one| one == JsonType::Integer),
    };
    if value.is_number() && wants_number {
        return quoted(value);
    }
    kind_of(value).to_owned()
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    }
}

fn none_of(context: &[Vec<ValidationError<'static>>]) -> String {
    // The branches that only dislike the type say nothing that the kinds together would not.
    let types: Vec<String> = context
        .iter()
        .filter_map(|branch| match branch.as_slice() {
            [only] => match only.kind() {
                ValidationErrorKind::Type { kind } if only.instance_path().is_empty() => Some(expected(kind)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    if let Some(first) = context.first().and_then(|branch| branch.first())
        && types.len() == context.len()
    {
        return format!(
            "{} is expected, got {}",
            join_or(&types.iter().map(String::as_str).collect::<Vec<_>>()),
            kind_of(first.instance())
        );
    }
    let mut reasons: Vec<String> = Vec::new();
    for branch in context {
        let Some(first) = branch.first() else {
            continue;
        };
        // One level is enough: reasons of reasons are not read.
        let reason = match first.kind() {
            ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
                "fits none of the allowed forms".to_owned()
            }
            _ => message(first),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        if reasons.len() == 3 {
            break;
        }
    }
    format!("fits none of the {} allowed forms: {}", context.len(), reasons.join("; or "))
}

fn one_of(options: &Value) -> String {
    let Some(list) = options.as_array() else {
        return quoted(options);
    };
    let mut shown: Vec<String> = list.iter().take(NAMES).map(quoted).collect();
    if list.len() > NAMES {
        shown.push(format!("… ({} in all)", list.len()));
    }
    if shown.len() == 1 {
        return shown.remove(0);
    }
    format!("one of {}", shown.join(", "))
}

fn names(list: &[String]) -> String {
    let mut out = list.iter().take(NAMES).map(|name| format!("`{}`", cut(name, QUOTE))).collect::<Vec<_>>().join(", ");
    if list.len() > NAMES {
        out.push_str(", …");
    }
    out.push_str(if list.len() == 1 { " is" } else { " are" });
    out
}

fn join_or(words: &[&str]) -> String {
    let mut unique: Vec<&str> = Vec::new();
    for word in words {
        if !unique.contains(word) {
            unique.push(word);
        }
    }
    match unique.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn plural_are(count: u64) -> &'static str {
    if count == 1 { " is" } else { "s are" }
}
