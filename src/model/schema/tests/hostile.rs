//! Schemas that want to fetch, to hang or to overflow. A test that does not end has failed.

use super::*;

fn error(schema: &Value) -> String {
    compile(schema).expect_err("a refused schema").to_string()
}

#[test]
fn nothing_is_fetched() {
    for url in [
        "http://169.254.169.254/latest",
        "https://example.com/schema.json#/$defs/a",
        "file:///etc/passwd",
        "other.json",
    ] {
        let message = error(&json!({"properties": {"a": {"$ref": url}}}));
        assert_eq!(message, format!("the schema refers to {url}, which is never fetched"));
    }
    // A property may well be called $ref.
    let named = json!({"properties": {"$ref": {"type": "string"}}});
    assert!(violations(&named, &json!({"$ref": "x"})).is_empty());
}

#[test]
fn unusable_schemas_say_why() {
    let table = [
        (json!({"$schema": "http://json-schema.org/draft-04/schema#"}), "draft-04"),
        (json!({"$schema": "https://evil.example/x"}), "https://evil.example/x"),
        (json!({"$schema": 7}), "dialect 7"),
        (json!({"$ref": "#/$defs/gone"}), "which it does not contain"),
        (json!({"$ref": "#"}), "without end"),
        (
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}),
            "without end",
        ),
        (json!({"type": "strin"}), "not a valid schema"),
        (json!({"type": 5}), "not a valid schema"),
        (json!(5), "not a valid schema"),
        (json!({"pattern": "("}), "not a valid schema"),
        (json!({"properties": {"a": {"$id": "https://x/a", "$ref": "#/b"}}, "b": {}}), "not supported"),
    ];
    for (schema, part) in table {
        let message = error(&schema);
        assert!(message.contains(part), "{schema}: {message}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let deep = format!("{}true{}", "{\"not\":".repeat(65), "}".repeat(65));
    let raw = RawJson::parse(deep).expect("JSON");
    assert!(matches!(Schema::compile(&raw), Err(SchemaError::TooLarge { .. })));
    let million = RawJson::parse(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
    assert!(Schema::compile(&million.expect("JSON")).is_err());
    let long = json!({"description": "x".repeat(MAX_BYTES)});
    assert!(error(&long).contains("bytes"));
    let many: Vec<Value> = (0..MAX_NODES).map(Value::from).collect();
    assert!(error(&json!({"enum": many})).contains("too many parts"));
    let patterns: Vec<Value> = (0..300).map(|n| json!({"pattern": format!("a{n}")})).collect();
    assert!(error(&json!({"allOf": patterns})).contains("regular expressions"));
}

/// Definitions `d0` … where each is `make(reference to the next)`.
fn chain(length: usize, make: impl Fn(Value) -> Value) -> Value {
    let mut defs = serde_json::Map::new();
    for n in 0..length {
        defs.insert(format!("d{n}"), make(json!({"$ref": format!("#/$defs/d{}", n + 1)})));
    }
    defs.insert(format!("d{length}"), json!({"type": "string"}));
    json!({"$defs": defs, "$ref": "#/$defs/d0"})
}

#[test]
fn doubling_references_are_refused() {
    let bomb = chain(20, |next| json!({"allOf": [next, next]}));
    assert!(error(&bomb).contains("too many rules"));
    let long = chain(5_000, |next| next);
    assert!(error(&long).contains("inside each other"));
    // Everything else that walks a schema ends as well.
    for bomb in [
        bomb,
        long,
        chain(30, |next| json!({"anyOf": [next, next], "properties": {"a": next, "b": next}, "required": ["a", "b"]})),
    ] {
        assert!(outline(&bomb).len() <= 501);
        assert!(template(&bomb).len() < 20_000_000);
        let _ = sample(&bomb);
        let pairs = [("a".to_owned(), "1".to_owned())];
        assert!(arguments_from_pairs(Some(&bomb), &pairs).is_ok());
    }
}

#[test]
fn doubling_over_the_value_is_not_checked() {
    let wide = json!({"$defs": {"a": {"allOf": [{"items": {"$ref": "#/$defs/a"}}, {"items": {"$ref": "#/$defs/a"}}]}}, "$ref": "#/$defs/a"});
    let mut value = json!([]);
    for _ in 0..60 {
        value = json!([value]);
    }
    let found = violations(&wide, &value);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("to be checked"), "{found:?}");
    let twice = json!({"unevaluatedProperties": false, "allOf": [{"$ref": "#/$defs/d0"}], "$defs": chain(18, |next| json!({"unevaluatedProperties": false, "allOf": [next]}))["$defs"]});
    let _ = violations(&twice, &json!({"a": 1}));
}

#[test]
fn catastrophic_patterns_are_harmless() {
    let text = json!(format!("{}!", "a".repeat(100_000)));
    for pattern in ["(a+)+$", "^(a|a)*$", "^(a*)*b", "(?=(a+)+$)b", "^(?!x)(a+)+$", "(a+)\\1+$"] {
        let found = violations(&json!({"pattern": pattern}), &text);
        assert_eq!(found.len(), 1, "{pattern}: {found:?}");
    }
    let _ = compile(&json!({"pattern": "((((a{100}){100}){100}){100}){100}"}));
    assert!(violations(&json!({"pattern": "^(?!bad)[a-z]+$"}), &json!("good")).is_empty());
    assert_eq!(violations(&json!({"pattern": "^(?!bad)[a-z]+$"}), &json!("bad")).len(), 1);
}

#[test]
fn errors_do_not_multiply_the_value() {
    let long = "k".repeat(1_000_000);
    let numbers: Vec<i32> = (0..100_000).collect();
    let nulls: Vec<Value> = (0..4_000).map(|_| json!({"type": "null"})).collect();
    let names: Vec<String> = (0..9_000).map(|n| format!("n{n}")).collect();
    let table = [
        // Each error has a path with the name in it.
        (json!({"additionalProperties": {"items": {"type": "string"}}}), json!({long.clone(): numbers})),
        // Each branch copies the value.
        (json!({"anyOf": nulls}), json!(long)),
        // Each error copies the rule.
        (json!({"items": {"not": {"enum": [null, long[..900_000]]}}}), json!(vec![Value::Null; 3_000])),
        // Each missing name is an error with a copy of the value.
        (json!({"anyOf": [{"required": names}, false]}), json!({"x": long})),
        (json!({"items": {"required": names}}), json!(vec![json!({}); 20_000])),
    ];
    for (schema, value) in table {
        let found = violations(&schema, &value);
        assert_eq!(found.len(), 1);
        let refused = found[0].contains("too much to list") || found[0].contains("to be checked");
        assert!(refused, "{found:?}");
    }
}

#[test]
fn the_stack_is_enough() {
    // Trees as deep as values can be, by every kind of rule, on the small stacks of worker threads.
    let steps: [fn(Value) -> Value; 6] = [
        |next| json!({"allOf": [{"properties": {"n": next}}]}),
        |next| json!({"anyOf": [{"type": "null"}, {"properties": {"n": next}, "required": ["n"]}, {"maxProperties": 0}]}),
        |next| json!({"oneOf": [{"type": "null"}, {"additionalProperties": next}]}),
        |next| json!({"if": {"patternProperties": {"^n": next}}, "then": true, "else": false}),
        |next| json!({"not": {"not": {"properties": {"n": next}}}}),
        |next| json!({"unevaluatedProperties": false, "properties": {"n": next}}),
    ];
    for step in steps {
        let tree = json!({"$defs": {"n": step(json!({"$ref": "#/$defs/n"}))}, "$ref": "#/$defs/n"});
        let worker = std::thread::Builder::new()
            .stack_size(2 * 1024 * 1024)
            .spawn(move || {
                let schema = compile(&tree).expect("schema");
                let mut refused = 0;
                for depth in (1..126).step_by(4) {
                    // Once fitting, once not at the very bottom.
                    for end in [json!({}), json!(5)] {
                        let mut value = end;
                        for _ in 0..depth {
                            value = json!({"n": value});
                        }
                        let found = schema.validate(&value);
                        refused += usize::from(found.iter().any(|one| one.message.contains("to be checked")));
                    }
                }
                refused
            })
            .expect("thread");
        let refused = worker.join().expect("no overflow");
        assert!(refused < 50, "{refused}");
    }
}

#[test]
fn demands_on_samples_are_bounded() {
    let large = json!({"type": "array", "minItems": 1_000_000_000u64, "items": {"type": "string", "minLength": 1_000_000_000u64}});
    assert!(sample(&large).to_string().len() < 4_000_000);
    let nested = json!({"type": "array", "minItems": 9_000, "items": {"$ref": "#"}});
    assert!(sample(&nested).to_string().len() < 4_000_000);
    let endless = json!({"type": "object", "properties": {"x": {"$ref": "#"}}, "required": ["x"]});
    assert!(sample(&endless).is_object());
    let big = json!({"type": "array", "minItems": 9_000, "items": {"type": "object", "required": ["a"], "properties": {"a": {"default": "x".repeat(100_000)}}}});
    assert!(sample(&big).to_string().len() < 4_000_000);
}
