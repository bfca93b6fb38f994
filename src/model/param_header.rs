//! Parameters of a tool that its server wants mirrored in HTTP headers: `x-mcp-header` in an input schema.
//!
//! 2026-07-28, basic/transports/streamable-http, "Custom Headers from Tool Parameters": a tool that breaks the rules for
//! the annotation is not used, and values go out as text (how text becomes a header's value is the transport's).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::json::{RawJson, scan};

/// The annotation.
const ANNOTATION: &str = "x-mcp-header";
/// What stands before the annotation's value in the header's name.
const PREFIX: &str = "Mcp-Param-";
/// Keywords whose values are data, in which the annotation means nothing.
const DATA: [&str; 7] = ["default", "const", "enum", "examples", "example", "required", "type"];
/// Keywords whose values are objects of schemas, by names that are no keywords.
const NAMED: [&str; 5] = ["patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// One annotated parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParamHeader {
    /// The header's name.
    name: String,
    /// The chain of properties that leads to the value.
    path: Vec<String>,
}

impl ParamHeader {
    /// Reads the annotations of an input schema. The error says what breaks the rules, for a person.
    pub fn of_schema(schema: &RawJson) -> Result<Vec<ParamHeader>, String> {
        // Nearly all tools have none. With an escape in the text it could be spelled in another way.
        let text = schema.as_str().as_bytes();
        if memchr::memmem::find(text, ANNOTATION.as_bytes()).is_none() && memchr::memmem::find(text, b"\\u").is_none() {
            return Ok(Vec::new());
        }
        let schema = schema.to_value().map_err(|fault| format!("its {ANNOTATION} cannot be looked for: {fault}"))?;
        let mut found = Vec::new();
        walk(&schema, Some(&[]), &mut found)?;
        let mut names = HashSet::new();
        for header in &found {
            if !names.insert(header.name.to_ascii_lowercase()) {
                let name = header.name.trim_start_matches(PREFIX);
                return Err(format!("its {ANNOTATION} `{name}` is there twice"));
            }
        }
        Ok(found)
    }

    /// The header's name, and the value as text; `None` if there is none to send (nothing there, or null).
    pub fn of_arguments(&self, arguments: &str) -> Option<(String, String)> {
        let value = self.path.iter().try_fold(arguments, |inside, step| scan::member(inside, step))?;
        let text = match value.bytes().next()? {
            b'"' => scan::decoded(value)?.into_owned(),
            b't' | b'f' => value.to_owned(),
            b'-' | b'0'..=b'9' => whole_number(value),
            // Null is left out; anything else does not fit the annotation, and the server will say so.
            _ => return None,
        };
        Some((self.name.clone(), text))
    }
}

/// `1e2` and `42.0` are integers too, and are written as such; digits stay as they were typed.
fn whole_number(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return text.to_owned();
    }
    match text.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 => format!("{value:.0}"),
        _ => text.to_owned(),
    }
}

/// Looks at a schema and the schemas in it. `path`: the chain of properties that leads to it, `None` where there is
/// none (inside `items`, `oneOf`, …), where the annotation is not allowed. As deep as the value, which is bounded.
fn walk(schema: &Value, path: Option<&[String]>, found: &mut Vec<ParamHeader>) -> Result<(), String> {
    let Value::Object(members) = schema else { return Ok(()) };
    if let Some(value) = members.get(ANNOTATION) {
        let path = path.filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| format!("its {ANNOTATION} {value} is not at a property of its own"))?;
        found.push(ParamHeader { name: name(value, members)?, path: path.to_vec() });
    }
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (property, schema) in properties {
                    let step = path.map(|path| [path, std::slice::from_ref(property)].concat());
                    walk(schema, step.as_deref(), found)?;
                }
            }
            (data, _) if data == ANNOTATION || DATA.contains(&data) => {}
            (named, Value::Object(schemas)) if NAMED.contains(&named) => {
                schemas.values().try_for_each(|schema| walk(schema, None, found))?;
            }
            (_, Value::Array(schemas)) => schemas.iter().try_for_each(|schema| walk(schema, None, found))?,
            _ => walk(value, None, found)?,
        }
    }
    Ok(())
}

/// The header's name, if annotation and parameter keep the rules.
fn name(annotation: &Value, schema: &Map<String, Value>) -> Result<String, String> {
    let Value::String(text) = annotation else {
        return Err(format!("its {ANNOTATION} {annotation} is not a string"));
    };
    if text.is_empty() {
        return Err(format!("its {ANNOTATION} is empty"));
    }
    // RFC 9110, 5.6.2.
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !text.bytes().all(legal) {
        return Err(format!("its {ANNOTATION} {annotation} cannot be a part of a header's name"));
    }
    let allowed = |kind: &Value| matches!(kind.as_str(), Some("string" | "integer" | "boolean"));
    let fits = match schema.get("type") {
        // Null is a way to leave it out.
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter(|kind| *kind != "null").peekable();
            kinds.peek().is_some() && kinds.all(allowed)
        }
        Some(kind) => allowed(kind),
        None => false,
    };
    if !fits {
        return Err(format!("its {ANNOTATION} `{text}` is at a parameter that is no string, integer or boolean"));
    }
    Ok(format!("{PREFIX}{text}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn read(properties: &str) -> Result<Vec<ParamHeader>, String> {
        let schema = format!(r#"{{"type":"object","properties":{properties}}}"#);
        ParamHeader::of_schema(&RawJson::parse(schema).unwrap())
    }

    fn values(properties: &str, arguments: &str) -> Vec<(String, String)> {
        read(properties).unwrap().iter().filter_map(|header| header.of_arguments(arguments)).collect()
    }

    #[test]
    fn values_are_mirrored_as_text_and_null_is_not() {
        let properties = r#"{"region":{"type":"string","x-mcp-header":"Region"},
            "n":{"type":"integer","x-mcp-header":"N"},"b":{"type":["boolean","null"],"x\u002dmcp-header":"B"},
            "in":{"type":"object","properties":{"deep":{"type":"string","x-mcp-header":"Deep"}}},"plain":{}}"#;
        let pair = |name: &str, value: &str| (format!("Mcp-Param-{name}"), value.to_owned());
        assert_eq!(
            values(properties, r#"{"region":"us west","n":42,"b":false,"in":{"deep":"\u4e16\n"},"plain":"x"}"#),
            [pair("Region", "us west"), pair("N", "42"), pair("B", "false"), pair("Deep", "世\n")]
        );
        assert_eq!(values(properties, r#"{"region":null,"n":4.20e1,"in":7}"#), [pair("N", "42")]);
        assert_eq!(
            values(properties, r#"{"region":"","n":-7,"n":12345678901234567890}"#),
            [pair("Region", ""), pair("N", "12345678901234567890")]
        );
        assert_eq!(values(properties, "{}"), []);
    }

    #[test]
    fn annotations_that_break_the_rules_are_told() {
        for (properties, wrong) in [
            (r#"{"a":{"type":"string","x-mcp-header":""}}"#, "is empty"),
            (r#"{"a":{"type":"string","x-mcp-header":7}}"#, "not a string"),
            (r#"{"a":{"type":"string","x-mcp-header":"My Region"}}"#, "header's name"),
            (r#"{"a":{"type":"string","x-mcp-header":"A:B"}}"#, "header's name"),
            (r#"{"a":{"type":"string","x-mcp-header":"Région"}}"#, "header's name"),
            (r#"{"a":{"type":"string","x-mcp-header":"A\t1"}}"#, "header's name"),
            (r#"{"a":{"type":"number","x-mcp-header":"A"}}"#, "no string, integer or boolean"),
            (r#"{"a":{"type":"object","x-mcp-header":"A"}}"#, "no string, integer or boolean"),
            (r#"{"a":{"type":"null","x-mcp-header":"A"}}"#, "no string, integer or boolean"),
            (r#"{"a":{"type":["null"],"x-mcp-header":"A"}}"#, "no string, integer or boolean"),
            (r#"{"a":{"x-mcp-header":"A"}}"#, "no string, integer or boolean"),
            (r#"{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}"#, "twice"),
            (r#"{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}"#, "property of its own"),
            (r#"{"a":{"oneOf":[{"properties":{"b":{"type":"string","x-mcp-header":"A"}}}]}}"#, "property of its own"),
            (r#"{"a":{"$defs":{"b":{"type":"string","x-mcp-header":"A"}}}}"#, "property of its own"),
        ] {
            let told = read(properties).unwrap_err();
            assert!(told.contains(wrong), "{properties}: {told}");
        }
        let root = RawJson::parse(r#"{"type":"string","x-mcp-header":"A"}"#).unwrap();
        assert!(ParamHeader::of_schema(&root).is_err());
    }

    #[test]
    fn what_only_looks_like_an_annotation_is_none() {
        for properties in [
            r#"{"x-mcp-header":{"type":"string"}}"#,
            r#"{"a":{"default":{"x-mcp-header":"A"},"enum":[{"x-mcp-header":"B"}]}}"#,
            r#"{"a":{"$defs":{"x-mcp-header":{"type":"object"}}}}"#,
        ] {
            assert_eq!(read(properties), Ok(vec![]), "{properties}");
        }
    }
}
