//! What a server says of an item that nobody can check: whether it is still meant to be used.

use super::json::{RawJson, scan};

/// Whether the server says that an item is going away. The protocol has no member for it; what servers do is to mark
/// its input schema (`deprecated` of JSON Schema) or to say it in `_meta`, under any prefix.
pub fn is_deprecated(item: &RawJson) -> bool {
    let is_true = |text: &str| text.trim() == "true";
    let by_schema = item.get("inputSchema").and_then(|schema| scan::member(schema, "deprecated")).is_some_and(is_true);
    by_schema
        || item.get("_meta").is_some_and(|meta| {
            scan::members(meta).any(|(name, value)| {
                let says = |name: &str| name == "deprecated" || name.ends_with("/deprecated");
                scan::decoded(name).is_some_and(|name| says(&name)) && !matches!(value.trim(), "false" | "null")
            })
        })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn a_schema_and_meta_can_say_it() {
        for (text, says) in [
            (r#"{"inputSchema":{"type":"object","deprecated":true}}"#, true),
            (r#"{"inputSchema":{"deprecated":false}}"#, false),
            (r#"{"inputSchema":{"properties":{"deprecated":{"type":"string"}}}}"#, false),
            (r#"{"_meta":{"com.example/deprecated":"use b"}}"#, true),
            (r#"{"_meta":{"deprecated":true}}"#, true),
            (r#"{"_meta":{"deprecated":false,"notdeprecated":true}}"#, false),
            (r#"{"description":"deprecated"}"#, false),
        ] {
            assert_eq!(is_deprecated(&RawJson::parse(text).unwrap()), says, "{text}");
        }
    }
}
