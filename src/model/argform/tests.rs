//! Tables and properties of the form of arguments.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::schema::sample;

fn form(schema: Value) -> ArgForm {
    ArgForm::new(&RawJson::from_value(&schema))
}

fn filled(schema: Value, text: &str) -> ArgForm {
    let mut form = form(schema);
    form.fill(&RawJson::parse(text).unwrap()).unwrap();
    form
}

/// The rows in words: indent, name, what.
fn shown(form: &ArgForm) -> Vec<String> {
    let name = |row: &Row| match (form.member(&row.path), row.path.last()) {
        (Some(member), _) => member.name.clone(),
        (None, Some(at)) => at.to_string(),
        (None, None) => "(all)".into(),
    };
    form.rows()
        .iter()
        .map(|row| {
            let node = form.node(&row.path).unwrap();
            let star = if row.required { "*" } else { "" };
            let what = match row.part {
                Part::Name => "name".to_owned(),
                Part::Add => "add".to_owned(),
                Part::Value => node.shape.noun.clone(),
            };
            format!("{}{}{star}: {what}", "  ".repeat(row.depth), name(row))
        })
        .collect()
}

fn wrong(form: &ArgForm) -> Vec<(Path, String)> {
    let real = form.problems.iter().filter(|(_, problem)| problem.weight != Weight::Note);
    real.map(|(path, problem)| (path.clone(), problem.text.clone())).collect()
}

#[test]
fn a_schema_becomes_rows_in_its_own_order() {
    let form = form(json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": ["integer", "null"]},
            "size": {"enum": ["s", "m", "l"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "home": {"$ref": "#/$defs/Place"},
            "labels": {"type": "object", "additionalProperties": {"type": "number"}},
            "kind": {"const": "x"},
            "any": {},
            "id": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "maybe": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}], "default": null},
        },
        "required": ["name", "home", "kind", "id"],
        "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "string"}}, "required": ["city"]}},
    }));
    assert_eq!(
        shown(&form),
        [
            "name*: text",
            "age: whole number",
            "size: one of 3",
            "tags: list of texts",
            "home*: object",
            "  city*: text",
            "  zip: text",
            "labels: object",
            "kind*: always this",
            "any: JSON",
            "id*: one of 2 forms",
            "  0: text",
            "maybe: object",
        ]
    );
    assert!(form.node(&[1]).unwrap().shape.nullable && form.node(&[9]).unwrap().shape.nullable);
    // Only what leaves no choice is there before anybody typed.
    assert_eq!(form.json.as_str(), r#"{"home":{},"kind":"x"}"#);
    let gaps: Vec<_> = form.problems.iter().map(|(path, problem)| (path.clone(), problem.weight)).collect();
    assert_eq!(
        gaps,
        [(vec![0], Weight::Gap), (vec![4, 0], Weight::Gap), (vec![8], Weight::Gap), (vec![8, 0], Weight::Gap)]
    );
}

#[test]
fn a_default_is_filled_in_only_where_something_must_be() {
    let form = form(json!({
        "type": "object",
        "properties": {"a": {"type": "integer", "default": 5}, "b": {"type": "integer", "default": 7}},
        "required": ["a"],
    }));
    assert_eq!(form.json.as_str(), r#"{"a":5}"#);
    assert_eq!(form.node(&[1]).unwrap().shape.default.as_deref(), Some("7"));
    assert!(form.fits());
}

#[test]
fn nothing_is_lost_between_json_and_form() {
    let schema = json!({
        "type": "object",
        "properties": {"n": {"type": "number"}, "t": {"type": "string"}, "list": {"type": "array", "items": {"type": "integer"}}, "o": {"type": "object", "properties": {"x": {"type": "boolean"}}}},
        "required": ["n"],
    });
    for text in [
        r#"{"t":"b","n":1.50e+2}"#,
        r#"{"n":12345678901234567890123,"other":{"deep":[1,2,{"x":1.0}]}}"#,
        r#"{"n":"40x","t":7,"list":{"no":"list"}}"#,
        r#"{"n":"5","t":null,"list":[1,"two",null,3.5]}"#,
        r#"{"n":1,"n":2,"t":"twice"}"#,
        r#"{"t":"a\u0041\ud83d\ude00\n","o":{"y":1,"x":true,"z":[]}}"#,
        r#"{"half\ud800":1,"n":1}"#,
        r#"{"t":"\ud800"}"#,
        r#"{"o":null,"list":[],"t":""}"#,
        r#"{"o":{"x":"yes"},"":0}"#,
        "{}",
    ] {
        assert_eq!(filled(schema.clone(), text).json.as_str(), text);
    }
    assert_eq!(
        filled(schema, "{ \"n\" : 1 ,\n \"zz\": { \"a b\" : [ 1 , 2 ] } }").json.as_str(),
        r#"{"n":1,"zz":{"a b":[1,2]}}"#
    );
}

#[test]
fn what_is_no_number_is_kept_as_typed_and_said() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let mut form = form(schema);
    for (typed, sent, problem) in [
        ("40", r#"{"n":40}"#, None),
        ("1e3", r#"{"n":1e3}"#, None),
        ("40x", r#"{"n":"40x"}"#, Some("a whole number is expected")),
        ("\"5\"", r#"{"n":"5"}"#, Some("a whole number is expected")),
        ("2.5", r#"{"n":2.5}"#, Some("an integer is expected, got 2.5")),
        ("", "{}", None),
    ] {
        form.set_text(&[0], typed);
        assert_eq!(form.json.as_str(), sent, "{typed}");
        assert_eq!(wrong(&form).first().map(|(_, text)| text.as_str()), problem, "{typed}");
        let again = form.json.clone();
        form.fill(&again).unwrap();
        assert_eq!(form.node(&[0]).unwrap().typed(), typed);
    }
}

#[test]
fn problems_are_at_their_fields_whatever_is_left_out_before_them() {
    let schema = json!({"type": "object", "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"x y": {"type": "integer", "maximum": 9}}, "required": ["x y"]}, "minItems": 3}}});
    let mut form = form(schema);
    for _ in 0..2 {
        form.add(&[0]).unwrap();
    }
    form.unset(&[0, 0]);
    form.set_text(&[0, 1, 0], "10");
    assert_eq!(form.json.as_str(), r#"{"list":[{"x y":10}]}"#);
    assert_eq!(
        wrong(&form),
        [
            (vec![0], "needs at least 3 elements, has 1".to_owned()),
            (vec![0, 1, 0], "must be at most 9, got 10".to_owned())
        ]
    );
}

#[test]
fn lists_grow_shrink_and_change_their_order() {
    let mut form = form(
        json!({"type": "object", "properties": {"l": {"type": "array", "prefixItems": [{"type": "boolean"}], "items": {"type": "string"}}}}),
    );
    assert_eq!(form.add(&[0]), Some(vec![0, 0]));
    form.set_flag(&[0, 0], Some(true));
    for text in ["a", "b"] {
        let at = form.add(&[0]).unwrap();
        form.set_text(&at, text);
    }
    assert_eq!(form.json.as_str(), r#"{"l":[true,"a","b"]}"#);
    assert_eq!(form.shift(&[0, 2], false), Some(vec![0, 1]));
    assert_eq!(form.shift(&[0, 2], true), None);
    assert_eq!(form.json.as_str(), r#"{"l":[true,"b","a"]}"#);
    form.remove(&[0, 0]);
    assert_eq!(form.json.as_str(), r#"{"l":["b","a"]}"#);
    form.remove(&[0]);
    assert_eq!(form.json.as_str(), "{}");
}

#[test]
fn maps_have_names_that_are_typed() {
    let mut form = form(json!({"type": "object", "additionalProperties": {"type": "integer"}}));
    let at = form.add(&[]).unwrap();
    form.set_name(&at, "a");
    form.set_text(&at, "1");
    let at = form.add(&[]).unwrap();
    form.set_text(&at, "2");
    assert_eq!(form.json.as_str(), r#"{"a":1,"":2}"#);
    form.set_name(&at, "a");
    assert_eq!(wrong(&form).iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), [vec![0], vec![1]]);
    form.remove(&[0]);
    assert_eq!(form.json.as_str(), r#"{"a":2}"#);
    assert_eq!(shown(&form), ["a: name", "a: whole number", "(all): add"]);
}

fn shapes() -> Value {
    json!({
        "type": "object",
        "properties": {"shape": {"oneOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Box"}, {"type": "string", "title": "By name"}], "discriminator": {"propertyName": "kind"}}},
        "required": ["shape"],
        "$defs": {
            "Circle": {"type": "object", "properties": {"kind": {"const": "circle"}, "colour": {"type": "string"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
            "Box": {"type": "object", "title": "A box", "properties": {"kind": {"enum": ["box"]}, "colour": {"type": "string"}, "width": {"type": "number"}}, "required": ["kind", "width"]},
        },
    })
}

#[test]
fn of_several_forms_one_is_chosen_and_nothing_typed_is_lost() {
    let mut form = form(shapes());
    assert_eq!(form.json.as_str(), r#"{"shape":{"kind":"circle"}}"#);
    form.set_text(&[0, 0, 1], "red");
    form.set_text(&[0, 0, 2], "1.0");
    form.choose_variant(&[0], 1);
    assert_eq!(form.json.as_str(), r#"{"shape":{"kind":"box","colour":"red"}}"#);
    form.choose_variant(&[0], 2);
    form.set_text(&[0, 0], "round");
    assert_eq!(form.json.as_str(), r#"{"shape":"round"}"#);
    form.choose_variant(&[0], 0);
    assert_eq!(form.json.as_str(), r#"{"shape":{"kind":"circle","colour":"red","radius":1.0}}"#);
    let Kind::Variants(list) = &form.node(&[0]).unwrap().shape.kind else { panic!() };
    assert_eq!(list.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["kind circle", "A box", "By name"]);
    for (text, at) in [
        (r#"{"shape":{"kind":"box","width":1}}"#, 1),
        (r#"{"shape":{"radius":1,"kind":"circle","extra":0}}"#, 0),
        (r#"{"shape":"round"}"#, 2),
    ] {
        form.fill(&RawJson::parse(text).unwrap()).unwrap();
        assert!(matches!(&form.node(&[0]).unwrap().value, Val::Variant { at: now, .. } if *now == at), "{text}");
        assert_eq!(form.json.as_str(), text);
    }
    // None fits: it is kept as JSON.
    form.fill(&RawJson::parse(r#"{"shape":{"kind":"star"}}"#).unwrap()).unwrap();
    assert_eq!(form.node(&[0]).unwrap().value, Val::Json(r#"{"kind":"star"}"#.into()));
}

#[test]
fn what_stands_beside_variants_holds_for_each_and_conditions_are_no_variants() {
    let mut form = form(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "oneOf": [{"properties": {"b": {"type": "string"}}, "required": ["b"]}, {"properties": {"c": {"type": "string"}}, "title": "C"}]}),
    );
    assert_eq!(shown(&form), ["(all)*: one of 2 forms", "b*: text", "a*: text"]);
    form.set_text(&[0, 1], "x");
    form.choose_variant(&[], 1);
    assert_eq!(form.json.as_str(), r#"{"a":"x"}"#);
    assert!(form.fits());
    let form = super::ArgForm::new(&RawJson::from_value(
        &json!({"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
    ));
    assert_eq!(shown(&form), ["a: JSON", "b: JSON"]);
    assert_eq!(wrong(&form).len(), 1);
}

#[test]
fn titled_choices_of_every_spelling() {
    for schema in [
        json!({"enum": ["a", "b"], "enumNames": ["A!", "B!"]}),
        json!({"oneOf": [{"const": "a", "title": "A!"}, {"const": "b", "title": "B!"}]}),
        json!({"anyOf": [{"const": "a", "title": "A!"}, {"const": "b", "title": "B!"}, {"type": "null"}]}),
    ] {
        let mut form = form(json!({"type": "object", "properties": {"x": schema}}));
        let Kind::Choice(choices) = form.node(&[0]).unwrap().shape.kind.clone() else { panic!("{:?}", form.root) };
        assert_eq!(choices.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["A!", "B!"]);
        form.choose(&[0], Some(1));
        assert_eq!(form.json.as_str(), r#"{"x":"b"}"#);
        assert!(form.fits());
    }
    let mut mixed = form(json!({"type": "object", "properties": {"x": {"enum": [1, "1", null, {"a": 1}]}}}));
    for (at, text) in [(0, "1"), (1, "\"1\""), (2, "null"), (3, r#"{"a":1}"#)] {
        mixed.choose(&[0], Some(at));
        assert_eq!(mixed.json.as_str(), format!(r#"{{"x":{text}}}"#));
        let json = mixed.json.clone();
        mixed.fill(&json).unwrap();
        assert!(matches!(mixed.node(&[0]).unwrap().value, Val::Choice { at: now, .. } if now == at));
    }
}

#[test]
fn empty_null_and_nothing_are_three_things() {
    let mut form =
        form(json!({"type": "object", "properties": {"t": {"type": ["string", "null"]}, "n": {"type": "number"}}}));
    let words: Vec<_> = (0..4).map(|_| (form.cycle(&[0]).unwrap(), form.json.as_str().to_owned())).collect();
    let expected =
        [("empty text", r#"{"t":""}"#), ("null", r#"{"t":null}"#), ("not sent", "{}"), ("empty text", r#"{"t":""}"#)];
    assert_eq!(words, expected.map(|(word, json)| (word, json.to_owned())));
    form.set_text(&[0], "x");
    assert_eq!(form.cycle(&[0]), Some("not sent"));
}

#[test]
fn hostile_schemas_end_and_take_json() {
    let deep = (0..200).fold(
        json!({"type": "string"}),
        |inner, _| json!({"type": "object", "properties": {"x": inner}, "required": ["x"]}),
    );
    let recursive = json!({"type": "object", "properties": {"child": {"$ref": "#"}, "list": {"type": "array", "items": {"$ref": "#"}}}, "required": ["child"]});
    let endless =
        json!({"type": "object", "properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}});
    let looped = json!({"allOf": [{"$ref": "#"}], "oneOf": [{"$ref": "#"}, {"$ref": "#"}], "type": "object"});
    let wide = Value::Object(
        (0..5_000)
            .map(|at| (format!("p{at}"), json!({"type": "object", "properties": {"a": {"type": "string"}}})))
            .collect(),
    );
    let wide = json!({"type": "object", "properties": wide});
    let remote = json!({"type": "object", "properties": {"x": {"$ref": "https://example.com/s.json"}}});
    for schema in [
        json!(true),
        json!({}),
        json!({"type": "string"}),
        json!({"properties": 5, "required": "x", "enum": 3, "oneOf": {}, "allOf": 1, "items": [[]]}),
        deep,
        recursive,
        endless,
        looped,
        wide,
        remote,
    ] {
        let mut form = form(schema.clone());
        assert!(form.rows().len() < 2_000);
        let text = r#"{"child":{"child":{"list":[{"child":{}}]}},"x":{"x":1},"p1":{"a":"b"},"a":[1]}"#;
        form.fill(&RawJson::parse(text).unwrap()).unwrap();
        assert_eq!(form.json.as_str(), text, "{schema:.200}");
    }
    // More than fields can be made of is JSON.
    let numbers = format!(r#"{{"l":[{}1]}}"#, "1,".repeat(100_000));
    let form = filled(
        json!({"type": "object", "properties": {"l": {"type": "array", "items": {"type": "integer"}}}}),
        &numbers,
    );
    assert_eq!(form.json.as_str(), numbers);
    assert!(form.fits() && form.rows().len() == 1);
}

/// Schemas with everything a form can show, nested.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "string"})),
        Just(json!({"type": "string", "format": "date", "minLength": 2})),
        Just(json!({"type": "number", "minimum": -3})),
        Just(json!({"type": ["integer", "null"], "default": 3})),
        Just(json!({"type": "boolean"})),
        Just(json!({"enum": ["a", 1, null, "long one"]})),
        Just(json!({"oneOf": [{"const": "x", "title": "X"}, {"const": "y"}]})),
        Just(json!({"const": {"a": [1, 2.5]}})),
        Just(json!({"$ref": "#/$defs/Deep"})),
        Just(json!({})),
        Just(json!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": null})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let members = prop::collection::vec(("[a-d ]{1,3}", inner.clone(), any::<bool>()), 0..4);
        prop_oneof![
            members.prop_map(|members| {
                let required: Vec<_> = members.iter().filter(|one| one.2).map(|one| one.0.clone()).collect();
                let properties: serde_json::Map<_, _> =
                    members.into_iter().map(|(name, schema, _)| (name, schema)).collect();
                json!({"type": "object", "properties": properties, "required": required})
            }),
            inner.clone().prop_map(|inner| json!({"type": "array", "items": inner, "minItems": 1})),
            inner
                .clone()
                .prop_map(|inner| json!({"type": "object", "additionalProperties": inner, "minProperties": 1})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"anyOf": [a, b, {"type": "null"}]})),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| json!({"type": "array", "prefixItems": [a], "items": b, "minItems": 2})),
            inner.prop_map(|inner| json!({"allOf": [inner], "title": "T"})),
        ]
    })
}

/// JSON that has nothing to do with any schema.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-d \"]{0,3}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_to_form_to_json_is_the_identity(schema in schemas(), strange in prop::collection::vec(anything(), 3)) {
        let root = json!({
            "type": "object",
            "properties": {"value": schema, "a": {"type": "string"}},
            "required": ["value"],
            "$defs": {"Deep": {"type": "object", "properties": {"d": {"$ref": "#/$defs/Deep"}, "n": {"type": "number"}}}},
        });
        let mut form = form(root.clone());
        let mut cases = vec![sample(&root)];
        cases.extend(strange.into_iter().map(|value| json!({"z": 1, "value": value, "a": 2})));
        for case in cases {
            let text = case.to_string();
            form.fill(&RawJson::parse(text.as_str()).unwrap()).unwrap();
            prop_assert_eq!(form.json.as_str(), &text);
            prop_assert!(!form.rows().is_empty());
        }
        // What fits the schema has fields of its own: it is no JSON field where it has a form.
        let made = sample(&root);
        form.fill(&RawJson::from_value(&made)).unwrap();
        if form.fits() && !matches!(form.node(&[0]).unwrap().shape.kind, Kind::Json) {
            prop_assert!(!matches!(form.node(&[0]).unwrap().value, Val::Json(_)), "{}", made);
        }
    }
}
