use super::*;
use crate::types::{JsonLimits, Nul};

fn object(text: &str) -> Object {
    let value = Value::parse(text.as_bytes(), JsonLimits { depth: 256, nul: Nul::Refused }).unwrap();
    value.as_object().unwrap().clone()
}

fn schema(text: &str) -> Schema {
    Schema::compile(&object(text)).unwrap()
}

fn refused(text: &str) -> SchemaError {
    Schema::compile(&object(text)).unwrap_err()
}

fn sentences(schema: &Schema, record: &str) -> Vec<String> {
    schema.check(&object(record)).iter().map(Violation::sentence).collect()
}

#[test]
fn what_is_wrong_is_said_in_sentences() {
    for (text, record, said) in [
        (r#"{"properties":{"a":{"type":"string"}}}"#, r#"{"a":1}"#, "a must be text, and is a number"),
        (
            r#"{"properties":{"a":{"type":["integer","null"]}}}"#,
            r#"{"a":"x"}"#,
            "a must be null or a whole number, and is text",
        ),
        (r#"{"required":["a","b"]}"#, r#"{"a":1}"#, "b is missing"),
        (r#"{"properties":{"a":{"enum":["x","y"]}}}"#, r#"{"a":1}"#, r#"a must be one of "x", "y""#),
        (r#"{"properties":{"a":{"const":"x"}}}"#, r#"{"a":1}"#, r#"a must be "x""#),
        (
            r#"{"properties":{"a":{"pattern":"^https://"}}}"#,
            r#"{"a":"http://x"}"#,
            "a must begin with https://",
        ),
        (r#"{"properties":{"a":{"pattern":"\\.json$"}}}"#, r#"{"a":"x"}"#, "a must end with .json"),
        (
            r#"{"properties":{"a":{"pattern":"^[a-z]+$"}}}"#,
            r#"{"a":"X"}"#,
            "a does not match the pattern ^[a-z]+$",
        ),
        (r#"{"properties":{"a":{"minLength":1}}}"#, r#"{"a":""}"#, "a must not be empty"),
        (r#"{"properties":{"a":{"maxLength":2}}}"#, r#"{"a":"abc"}"#, "a has more than 2 characters"),
        (r#"{"properties":{"a":{"minimum":3}}}"#, r#"{"a":2}"#, "a must be at least 3"),
        (r#"{"properties":{"a":{"uniqueItems":true}}}"#, r#"{"a":[1,1]}"#, "a has an item twice"),
        (
            r#"{"properties":{"a":{"items":{"type":"string"}}}}"#,
            r#"{"a":["x",2]}"#,
            "a[1] must be text, and is a number",
        ),
        (
            r#"{"properties":{"a":{}},"additionalProperties":false}"#,
            r#"{"a":1,"b":2}"#,
            "b is not a field that the schema knows",
        ),
        (r#"{"minProperties":2}"#, r#"{"a":1}"#, "the record needs at least 2 fields"),
        (r#"{"properties":{"a":false}}"#, r#"{"a":1}"#, "a is not allowed here"),
        (
            r#"{"properties":{"a":{"anyOf":[{"type":"string","minLength":2},{"type":"object"}]}}}"#,
            r#"{"a":"x"}"#,
            "a needs at least 2 characters",
        ),
        (
            r#"{"properties":{"a":{"anyOf":[{"minimum":2},{"minimum":3}]}}}"#,
            r#"{"a":1}"#,
            "a fits none of the 2 forms that the schema allows",
        ),
    ] {
        assert_eq!(sentences(&schema(text), record), [said], "{text}");
    }
}

#[test]
fn of_several_forms_the_one_is_judged_that_was_meant() {
    let schema = schema(
        r#"{"oneOf":[
            {"properties":{"type":{"const":"circle"},"radius":{"type":"integer"}},"required":["type","radius"]},
            {"properties":{"type":{"const":"square"},"side":{"type":"integer"}},"required":["type","side"]}]}"#,
    );
    assert_eq!(sentences(&schema, r#"{"type":"square"}"#), ["side is missing"]);
    assert_eq!(sentences(&schema, r#"{"type":"square","side":3}"#), [""; 0]);
}

#[test]
fn what_the_service_says_itself_is_not_asked_for() {
    let without = schema(
        r#"{"properties":{"a":{}},"required":["id","schema","last_modified"],"additionalProperties":false}"#,
    );
    assert_eq!(sentences(&without, r#"{"id":"x","last_modified":4,"schema":5}"#), [""; 0]);
    let with = schema(r#"{"properties":{"id":{"pattern":"^a"}},"required":["id"]}"#);
    assert_eq!(sentences(&with, r#"{"id":"x"}"#), ["id must begin with a"]);
}

#[test]
fn the_dialect_is_the_one_that_is_named() {
    let dependencies = r#""dependencies":{"a":["b"]}"#;
    let modern = schema(&format!("{{{dependencies}}}"));
    assert_eq!(sentences(&modern, r#"{"a":1}"#), [""; 0]);
    let seven = schema(&format!(r#"{{"$schema":"http://json-schema.org/draft-07/schema#",{dependencies}}}"#));
    assert_eq!(sentences(&seven, r#"{"a":1}"#), ["b is missing"]);
    // No format is enforced, in no dialect.
    let format = schema(
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"date","contentMediaType":"application/json"}}}"#,
    );
    assert_eq!(sentences(&format, r#"{"a":"x"}"#), [""; 0]);
}

#[test]
fn references_stay_within_the_schema() {
    for text in [
        r##"{"$ref":"#/definitions/a","definitions":{"a":{"required":["x"]}}}"##,
        r##"{"allOf":[{"$ref":"#/definitions/a~1%25b"}],"definitions":{"a/%b":{"required":["x"]}}}"##,
        r##"{"allOf":[{"$ref":"#part"}],"$defs":{"a":{"$anchor":"part","required":["x"]}}}"##,
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","allOf":[{"$ref":"#part"}],"definitions":{"a":{"$id":"#part","required":["x"]}}}"##,
        r#"{"$id":"https://example.test/a.json","allOf":[{"$ref":"https://example.test/a.json#/$defs/a"}],"$defs":{"a":{"required":["x"]}}}"#,
        r#"{"$id":"https://example.test/root.json","required":["x"],"properties":{"a":{"$id":"/properties/a"}}}"#,
    ] {
        assert_eq!(sentences(&schema(text), "{}"), ["x is missing"], "{text}");
    }
    for target in ["http://127.0.0.1:1/x", "other.json#/a", "file:///etc/passwd", "//host/x"] {
        assert_eq!(
            refused(&format!(r#"{{"properties":{{"a":{{"$ref":"{target}"}}}}}}"#)),
            SchemaError::Remote { pointer: "/properties/a/$ref".to_owned(), target: target.to_owned() },
        );
    }
    for target in ["#/definitions/none", "#none", "#/required"] {
        let pointer = "/properties/a/$ref".to_owned();
        assert_eq!(
            refused(&format!(r#"{{"required":["x"],"properties":{{"a":{{"$ref":"{target}"}}}}}}"#)),
            SchemaError::Unresolved { pointer, target: target.to_owned() },
        );
    }
}

#[test]
fn a_schema_that_is_none_is_refused_with_its_place() {
    assert_eq!(
        refused(r#"{"properties":{"a":{"type":"text"}}}"#).to_string(),
        "/properties/a/type must be one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\""
    );
    assert_eq!(refused(r#"{"properties":[]}"#).to_string(), "/properties must be an object, and is a list");
    let SchemaError::Invalid { .. } = refused(r#"{"properties":{"a":{"pattern":"("}}}"#) else { panic!() };
}

#[test]
fn a_schema_that_would_not_end_is_refused() {
    let endless = SchemaError::Endless { pointer: String::new() };
    assert_eq!(refused(r##"{"$ref":"#"}"##), endless);
    assert_eq!(refused(r##"{"anyOf":[{"type":"string"},{"not":{"$ref":"#"}}]}"##), endless);
    let mut chain: Vec<String> = (0..5_000)
        .map(|place| format!(r##""a{place}":{{"$ref":"#/definitions/a{}"}}"##, place + 1))
        .collect();
    chain.push(r#""a5000":{}"#.to_owned());
    let text = format!(
        r##"{{"properties":{{"x":{{"$ref":"#/definitions/a0"}}}},"definitions":{{{}}}}}"##,
        chain.join(",")
    );
    assert_eq!(refused(&text), SchemaError::Deep);
    let doubled: Vec<String> = (0..40)
        .map(|place| {
            let next = format!(r##"{{"$ref":"#/definitions/a{}"}}"##, place + 1);
            format!(r#""a{place}":{{"anyOf":[{next},{next}]}}"#)
        })
        .collect();
    let text = format!(
        r##"{{"properties":{{"x":{{"$ref":"#/definitions/a0"}}}},"definitions":{{{},"a40":false}}}}"##,
        doubled.join(",")
    );
    assert!(matches!(refused(&text), SchemaError::Costly | SchemaError::Deep), "{}", refused(&text));
    assert_eq!(
        refused(&format!(r#"{{"title":"{}"}}"#, "x".repeat(LARGEST))),
        SchemaError::Large { most: LARGEST }
    );
    let deep = format!(r#"{{"default":{}{}}}"#, "[".repeat(70), "]".repeat(70));
    assert_eq!(refused(&deep), SchemaError::Deep);
}

#[test]
fn a_schema_whose_ways_double_with_each_level_of_a_record_is_not_run() {
    let twice = schema(
        r##"{"anyOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"},"b":false}}],"maxProperties":5}"##,
    );
    let nested = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    assert_eq!(sentences(&twice, &nested(5)), [""; 0]);
    assert_eq!(sentences(&twice, &nested(60)), [too_costly()]);
}

fn too_costly() -> String {
    message::too_costly().sentence()
}

#[test]
fn a_recursive_schema_checks_trees_within_the_stack() {
    let tree = schema(
        r##"{"type":"object","properties":{"left":{"$ref":"#"},"right":{"$ref":"#"},"more":{"type":"array","items":{"$ref":"#"}}}}"##,
    );
    let nested = |levels: usize, end: &str| {
        format!("{}{end}{}", r#"{"right":{},"left":"#.repeat(levels), "}".repeat(levels))
    };
    assert_eq!(sentences(&tree, &nested(60, "{}")), [""; 0]);
    assert_eq!(tree.check(&object(&nested(30, "1"))).len(), 1);
}

#[test]
fn the_deepest_way_that_is_gone_fits_the_stack_of_a_thread() {
    let ladder = schema(
        r##"{"type":["object","string"],"anyOf":[{"allOf":[{"oneOf":[{"if":{"properties":{"a":{"$ref":"#"}}},"else":false},{"const":5}]}]}]}"##,
    );
    let nested =
        |levels: usize, end: &str| format!("{}{end}{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    for levels in [30, 50] {
        assert_eq!(sentences(&ladder, &nested(levels, "\"x\"")), [""; 0]);
        assert_eq!(ladder.check(&object(&nested(levels, "7"))).len(), 1);
    }
    let deeper = schema(
        r##"{"allOf":[{"allOf":[{"allOf":[{"allOf":[{"allOf":[{"allOf":[{"properties":{"a":{"$ref":"#"}}}]}]}]}]}]}]}"##,
    );
    assert_eq!(sentences(&deeper, &nested(30, "1")), [""; 0]);
    assert_eq!(sentences(&deeper, &nested(60, "1")), [too_costly()]);
}

#[test]
fn a_pattern_that_goes_back_and_back_ends() {
    let schema = schema(r#"{"properties":{"a":{"pattern":"^(?=(a+)+$)(a|a)*b$"}}}"#);
    let record = format!(r#"{{"a":"{}"}}"#, "a".repeat(5_000));
    assert_eq!(schema.check(&object(&record)).len(), 1);
}

#[test]
fn schemas_are_kept_by_digest_and_few() {
    let schemas = Schemas::default();
    let first = schemas.ready(&object(r#"{"title":"0"}"#)).unwrap();
    assert!(Arc::ptr_eq(&first, &schemas.ready(&object(r#"{"title":"0"}"#)).unwrap()));
    for number in 1..100 {
        schemas.ready(&object(&format!(r#"{{"title":"{number}"}}"#))).unwrap();
    }
    assert!(!Arc::ptr_eq(&first, &schemas.ready(&object(r#"{"title":"0"}"#)).unwrap()));
}
