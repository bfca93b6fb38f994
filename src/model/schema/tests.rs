//! Schemas, hostile and not.

mod hostile;
mod made;

use serde_json::json;

use super::*;

fn compile(schema: &Value) -> Result<Schema, SchemaError> {
    Schema::compile(&RawJson::from_value(schema))
}

fn violations(schema: &Value, instance: &Value) -> Vec<String> {
    let schema = compile(schema).expect("a usable schema");
    schema.validate(instance).iter().map(ToString::to_string).collect()
}

#[test]
fn violations_in_plain_words() {
    let table = [
        (json!({"type": "number"}), json!("x"), "(root): a number is expected, got a string"),
        (json!({"type": "integer"}), json!(1.5), "(root): an integer is expected, got 1.5"),
        (json!({"type": ["string", "null"]}), json!([]), "(root): null or a string is expected, got an array"),
        (
            json!({"properties": {"items": {"items": {"properties": {"name": {"type": "string"}}}}}}),
            json!({"items": [{}, {}, {"name": 5}]}),
            "items[2].name: a string is expected, got a number",
        ),
        (
            json!({"properties": {"a b": {"type": "null"}}}),
            json!({"a b": 1}),
            "[\"a b\"]: null is expected, got a number",
        ),
        (json!({"properties": {"0": {"type": "null"}}}), json!({"0": 1}), "0: null is expected, got a number"),
        (json!({"required": ["name"]}), json!({}), "(root): `name` is missing"),
        (
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            json!({"a": 1, "b": 2, "c": 3}),
            "(root): `b`, `c` are not allowed here",
        ),
        (json!({"enum": ["a", "b"]}), json!("c"), "(root): must be one of \"a\", \"b\", got \"c\""),
        (json!({"const": 1}), json!(2), "(root): must be 1, got 2"),
        (json!({"minimum": 1}), json!(0), "(root): must be at least 1, got 0"),
        (json!({"exclusiveMaximum": 1}), json!(1), "(root): must be less than 1, got 1"),
        (json!({"multipleOf": 5}), json!(7), "(root): must be a multiple of 5, got 7"),
        (json!({"minLength": 3}), json!("é"), "(root): needs at least 3 characters, has 1"),
        (json!({"maxItems": 1}), json!([1, 2]), "(root): may have at most 1 element, has 2"),
        (json!({"pattern": "^a+$"}), json!("b"), "(root): \"b\" does not match the pattern ^a+$"),
        (json!({"uniqueItems": true}), json!([1, 1]), "(root): has the same element twice"),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!(1),
            "(root): a string or null is expected, got a number",
        ),
        (
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({}),
            "(root): fits none of the 2 allowed forms: `a` is missing; or `b` is missing",
        ),
        (
            json!({"oneOf": [{"type": "number"}, {"minimum": 0}]}),
            json!(1),
            "(root): fits more than one of the allowed forms, exactly one is wanted",
        ),
        (json!({"not": {"type": "null"}}), json!(null), "(root): must not fit {\"type\":\"null\"}"),
        (json!(false), json!(1), "(root): is not allowed here"),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}),
            json!([1]),
            "[0]: a string is expected, got a number",
        ),
        (
            json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"n": {"type": "number"}}, "$ref": "#/$defs/n"}),
            json!("x"),
            "(root): a number is expected, got a string",
        ),
        (
            json!({"$defs": {"x": {"$anchor": "here", "type": "number"}}, "$ref": "#here"}),
            json!("x"),
            "(root): a number is expected, got a string",
        ),
    ];
    for (schema, instance, message) in table {
        assert_eq!(violations(&schema, &instance), [message], "{schema}");
    }
    assert!(violations(&json!({"type": "object"}), &json!({})).is_empty());
    assert!(violations(&json!(true), &json!(1)).is_empty());
}

#[test]
fn at_most_fifty_violations() {
    let schema = json!({"items": {"type": "string"}});
    let list: Vec<i32> = (0..1000).collect();
    assert_eq!(violations(&schema, &json!(list)).len(), MAX_VIOLATIONS);
}

#[test]
fn large_honest_results_are_checked() {
    let schema = json!({"type": "array", "items": {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string", "pattern": "^[a-z]+$"}},
        "required": ["id", "name"],
        "additionalProperties": false,
    }});
    let rows: Vec<Value> = (0..5_000).map(|id| json!({"id": id, "name": "row"})).collect();
    assert!(violations(&schema, &Value::from(rows)).is_empty());
    let tree = json!({"$ref": "#/$defs/node", "$defs": {"node": {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
    }}});
    let mut value = json!({});
    for _ in 0..30 {
        value = json!({"children": [value]});
    }
    assert!(violations(&tree, &value).is_empty());
}

#[test]
fn outlines_for_people() {
    let schema = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where", "minLength": 1},
            "days": {"type": "integer", "minimum": 1, "maximum": 30, "default": 7},
            "units": {"enum": ["metric", "imperial"]},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "place": {"$ref": "#/$defs/place", "description": "the place"},
            "level": {"oneOf": [{"const": "lo", "title": "Low"}, {"const": "hi", "title": "High"}]},
            "shape": {"anyOf": [{"title": "Circle", "type": "object", "properties": {"r": {"type": "number", "exclusiveMinimum": 0}}}, {"title": "Dot"}]},
            "any": {},
            "tree": {"$ref": "#"},
        },
        "required": ["city", "ghost"],
        "$defs": {"place": {"type": ["object", "null"], "properties": {"lat": {"type": "number"}}, "required": ["lat"]}},
    });
    let rows: Vec<String> = outline(&schema)
        .into_iter()
        .map(|row| {
            format!(
                "{}{}{}: {}{}{}",
                "  ".repeat(row.depth),
                row.name,
                if row.required { "*" } else { "" },
                row.kind,
                row.default.map_or(String::new(), |text| format!(" = {text}")),
                row.description.map_or(String::new(), |text| format!(" -- {text}")),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "city*: string ≥ 1 characters -- Where",
            "days: integer 1–30 = 7",
            "units: one of metric|imperial",
            "tags: array of string ≤ 3 elements",
            "when: string (date) or null",
            "place: object or null -- the place",
            "  lat*: number",
            "level: one of lo|hi",
            "shape: Circle or Dot",
            "  either 1: object -- Circle",
            "    r: number > 0",
            "any: any",
            "tree: object",
            "ghost*: any",
        ]
    );
}

fn arguments(schema: &Value, pairs: &[(&str, &str)]) -> Result<String, String> {
    let pairs: Vec<(String, String)> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    arguments_from_pairs(Some(schema), &pairs).map(|raw| raw.as_str().to_owned())
}

#[test]
fn arguments_are_typed_by_the_schema() {
    let schema = json!({
        "type": "object",
        "properties": {
            "n": {"type": "number"}, "i": {"type": "integer"}, "s": {"type": "string"}, "b": {"type": "boolean"},
            "nil": {"type": "null"}, "o": {"type": "object"}, "list": {"type": "array", "items": {"type": "integer"}},
            "words": {"type": "array", "items": {"type": "string"}}, "sn": {"type": ["string", "null"]},
            "u": {"anyOf": [{"type": "number"}, {"type": "string"}]}, "ref": {"$ref": "#/$defs/num"}, "any": {},
            "e": {"enum": ["1", "2"]}, "m": {"type": "array", "items": {"type": "array"}}, "sl": {"type": ["string", "array"]},
        },
        "$defs": {"num": {"type": "integer"}},
    });
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[], "{}"),
        (&[("n", "1.10")], r#"{"n":1.10}"#),
        (&[("n", "1e400")], r#"{"n":1e400}"#),
        (&[("n", "five")], r#"{"n":"five"}"#),
        (&[("i", "5"), ("s", "5")], r#"{"i":5,"s":"5"}"#),
        (&[("i", "1.5")], r#"{"i":1.5}"#),
        (&[("s", "\"q\"")], r#"{"s":"\"q\""}"#),
        (&[("s", "true")], r#"{"s":"true"}"#),
        (&[("b", "true"), ("nil", "null")], r#"{"b":true,"nil":null}"#),
        (&[("b", "yes")], r#"{"b":"yes"}"#),
        (&[("o", r#"{ "a": 1.0 }"#)], r#"{"o":{ "a": 1.0 }}"#),
        (&[("list", "[1, 2]")], r#"{"list":[1, 2]}"#),
        (&[("list", "1"), ("list", "2")], r#"{"list":[1,2]}"#),
        (&[("list", "[1]"), ("list", "2")], r#"{"list":[1,2]}"#),
        (&[("list", "x")], r#"{"list":["x"]}"#),
        (&[("words", "1")], r#"{"words":["1"]}"#),
        (&[("words", "a"), ("s", "x"), ("words", "b")], r#"{"words":["a","b"],"s":"x"}"#),
        (&[("m", "[1]"), ("m", "[2]")], r#"{"m":[[1],[2]]}"#),
        (&[("sl", "a")], r#"{"sl":"a"}"#),
        (&[("sl", "a"), ("sl", "b")], r#"{"sl":["a","b"]}"#),
        (&[("sn", "null")], r#"{"sn":null}"#),
        (&[("sn", "5")], r#"{"sn":"5"}"#),
        (&[("u", "5"), ("ref", "7")], r#"{"u":5,"ref":7}"#),
        (&[("u", "x")], r#"{"u":"x"}"#),
        (&[("any", "[1]")], r#"{"any":[1]}"#),
        (&[("any", "text")], r#"{"any":"text"}"#),
        (&[("e", "1")], r#"{"e":"1"}"#),
        (&[("unknown", "5")], r#"{"unknown":"5"}"#),
        (&[("we\"ird", "\n")], r#"{"we\"ird":"\n"}"#),
    ];
    for (pairs, text) in table {
        assert_eq!(arguments(&schema, pairs).as_deref(), Ok(*text), "{pairs:?}");
    }
    assert!(arguments(&schema, &[("s", "a"), ("s", "b")]).is_err());
    assert!(arguments(&schema, &[("", "a")]).is_err());
    let none = arguments_from_pairs(None, &[("a".to_owned(), "5".to_owned())]);
    assert_eq!(none.map(|raw| raw.to_string()).as_deref(), Ok(r#"{"a":"5"}"#));
    let open = json!({"additionalProperties": {"type": "number"}});
    assert_eq!(arguments(&open, &[("x", "1.0")]).as_deref(), Ok(r#"{"x":1.0}"#));
}

#[test]
fn templates_to_start_from() {
    let schema = json!({
        "type": "object",
        "properties": {
            "city": {"type": "string"}, "days": {"type": "integer", "default": 7}, "opt": {"type": "string"},
            "unit": {"enum": ["m", "i"]}, "at": {"$ref": "#/$defs/at"}, "tags": {"type": "array"}, "ok": {"type": "boolean"},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "number"}]},
        },
        "required": ["city", "unit", "at", "tags", "ok", "maybe"],
        "$defs": {"at": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
    });
    let text = template(&schema);
    assert!(text.starts_with("{\n  \"city\": \"\","), "{text}");
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("JSON"),
        json!({"city": "", "days": 7, "unit": "m", "at": {"x": 0}, "tags": [], "ok": false, "maybe": 0})
    );
    assert_eq!(template(&json!({})), "{}");
    assert_eq!(template(&json!({"type": "object"})), "{}");
    let parts = json!({"required": ["a"], "allOf": [{"properties": {"a": {"type": "string"}}}]});
    assert_eq!(template(&parts), "{\n  \"a\": \"\"\n}");
}
