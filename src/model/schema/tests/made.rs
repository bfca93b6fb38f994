//! Values made up from schemas fit them.

use proptest::prelude::*;

use super::*;

fn assert_fits(schema: &Value) {
    let made = sample(schema);
    assert_eq!(violations(schema, &made), Vec::<String>::new(), "{schema} made {made}");
}

#[test]
fn samples_fit() {
    let table = [
        json!({}),
        json!({"type": "object"}),
        json!({"type": "string", "minLength": 10, "maxLength": 12}),
        json!({"type": "string", "maxLength": 2}),
        json!({"type": "integer", "minimum": 3, "multipleOf": 5}),
        json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5}),
        json!({"type": "integer", "maximum": -7}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        json!({"type": "number", "minimum": 0.25, "maximum": 0.5}),
        json!({"enum": ["a", 1]}),
        json!({"const": {"a": [1]}}),
        json!({"type": ["null", "string"], "minLength": 1}),
        json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "string"}}),
        json!({"type": "array", "minItems": 2, "uniqueItems": true, "items": {"enum": ["a", "b", "c"]}}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "items": false}),
        json!({"type": "array", "contains": {"const": 5}}),
        json!({"type": "object", "minProperties": 2, "properties": {"a": {"type": "null"}}, "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "required": ["x"]}),
        json!({"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"], "dependentRequired": {"a": ["b"]}}),
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "object", "properties": {"k": {"const": "a"}}, "required": ["k"]}, {"type": "object", "properties": {"k": {"const": "b"}}, "required": ["k"]}]}),
        json!({"allOf": [{"required": ["a"], "properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"type": "integer", "maximum": 4}}}]}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"]}, "n": {"type": "integer", "minimum": 1}}}),
        json!({"type": "object", "properties": {"bad": {"type": "integer", "default": 5, "minimum": 10}}, "required": ["bad"]}),
        json!({"type": "string", "default": "given"}),
    ];
    for schema in &table {
        assert_fits(schema);
    }
    assert_eq!(sample(&json!({"type": "string", "default": "given"})), json!("given"));
    assert_eq!(sample(&json!({})), json!({}));
}

#[test]
fn formats_and_patterns() {
    let formats = [
        "date",
        "date-time",
        "time",
        "email",
        "uri",
        "uuid",
        "ipv4",
        "ipv6",
        "hostname",
        "duration",
        "json-pointer",
        "regex",
    ];
    for format in formats {
        let draft7 = json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "string", "format": format});
        assert_fits(&draft7);
        let made = sample(&json!({"type": "array", "minItems": 3, "items": {"format": format}}));
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&json!({"items": {"type": "string", "format": format}}))
            .expect("schema");
        assert!(validator.is_valid(&made), "{format}: {made}");
    }
    let patterns = [
        "^[A-Z]{3}-\\d+$",
        "^(foo|bar)?baz$",
        "^#[0-9a-fA-F]{6}$",
        "abc",
        "^\\w+@\\w+\\.com$",
        "^v?(0|[1-9]\\d*)\\.\\d+$",
        "^[^/]+$",
        "^(?:a|b){2,}$",
        "^.*$",
        "^\\S+ \\S+$",
        "^[a-z_][a-z0-9_-]*$",
    ];
    for pattern in patterns {
        assert_fits(&json!({"type": "string", "pattern": pattern}));
    }
    assert_fits(&json!({"type": "string", "pattern": "^[a-z]+$", "minLength": 5, "maxLength": 9}));
    assert_fits(&json!({"type": "string", "pattern": "^[a-z]+$", "minLength": 200}));
    assert_fits(&json!({"type": "string", "pattern": "x", "minLength": 5}));
}

fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "boolean"})),
        Just(json!({"type": "null"})),
        (0u32..9, 0u32..9).prop_map(|(low, more)| json!({"type": "string", "minLength": low, "maxLength": low + more})),
        (-50i32..50, 0i32..50)
            .prop_map(|(low, more)| json!({"type": "integer", "minimum": low, "maximum": low + more})),
        (-5.0f64..5.0, 0.0f64..5.0)
            .prop_map(|(low, more)| json!({"type": "number", "minimum": low, "maximum": low + more})),
        proptest::collection::vec("[a-z]{0,4}", 1..4).prop_map(|options| json!({"enum": options})),
        any::<i32>().prop_map(|value| json!({"const": value})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0usize..4).prop_map(|(items, least)| json!({"type": "array", "items": items, "minItems": least})),
            (proptest::collection::btree_map("[a-e]{1,2}", (inner.clone(), any::<bool>()), 0..4), any::<bool>()).prop_map(|(members, closed)| {
                let required: Vec<&String> = members.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name).collect();
                let properties: serde_json::Map<String, Value> = members.iter().map(|(name, (schema, _))| (name.clone(), schema.clone())).collect();
                json!({"type": "object", "properties": properties, "required": required, "additionalProperties": !closed})
            }),
            proptest::collection::vec(inner, 1..3).prop_map(|variants| json!({"anyOf": variants})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn samples_fit_any_simple_schema(schema in schemas()) {
        let made = sample(&schema);
        prop_assert_eq!(violations(&schema, &made), Vec::<String>::new(), "{}", made);
    }

    #[test]
    fn nothing_panics_on_any_json(value in schemas(), key in "[a-z$]{1,9}", other in any::<Option<i64>>()) {
        // A schema whose keywords hold the wrong kinds of things.
        let text = value.to_string().replace("\"minimum\"", &format!("\"{key}\"")).replace("\"object\"", &format!("{}", json!(other)));
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let _ = outline(&value);
        let _ = template(&value);
        let _ = sample(&value);
        let _ = compile(&value).map(|schema| schema.validate(&json!({"a": 1})));
        let _ = arguments_from_pairs(Some(&value), &[("a".to_owned(), "1".to_owned())]);
    }
}
