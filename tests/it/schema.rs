//! Records held against the JSON Schema of their collection (`kinto-api` §16), over HTTP.

use countersign::{
    types::AccountName,
    workflow::import::{self, Batch, ImportError, Others},
};
use serde_json::{Value, json};

use crate::{
    app::{Response, TestApp},
    world::{SOURCE, World, collection_path},
};

const PATH: &str = "/buckets/b/collections/c";

fn start(schema: &Value) -> TestApp {
    let app = TestApp::start();
    let _bucket = app.admin().put("/buckets/b", &json!({})).expect(201);
    let _made = app.admin().put(PATH, &json!({"data": {"schema": schema}})).expect(201);
    app
}

fn put(app: &TestApp, id: &str, data: &Value) -> Response {
    app.admin().put(&format!("{PATH}/records/{id}"), &json!({"data": data}))
}

/// Name and description of the one fault.
fn fault(response: Response) -> (Value, String) {
    let body = response.expect(400).json();
    assert_eq!(body["errno"], 107);
    let details = body["details"].as_array().unwrap();
    assert_eq!((details.len(), &details[0]["location"]), (1, &json!("body")));
    (details[0]["name"].clone(), details[0]["description"].as_str().unwrap().to_owned())
}

fn title() -> Value {
    json!({"type": "object", "required": ["title"], "properties": {
        "title": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }, "additionalProperties": false})
}

#[test]
fn each_way_to_write_a_record_asks_the_schema() {
    let app = start(&title());
    let missing = (json!("title"), "title is missing".to_owned());
    assert_eq!(fault(put(&app, "r", &json!({}))), missing);
    assert_eq!(fault(app.admin().post(&format!("{PATH}/records"), &json!({"data": {}}))), missing);
    let _made = put(&app, "r", &json!({"title": "one"})).expect(201);
    let path = format!("{PATH}/records/r");
    assert_eq!(
        fault(app.admin().patch(&path, &json!({"data": {"title": 1}}))),
        (json!("title"), "title must be text, and is a number".to_owned())
    );
    assert_eq!(
        fault(app.admin().patch(&path, &json!({"data": {"tags": ["a", 2]}}))),
        (json!(1), "tags[1] must be text, and is a number".to_owned())
    );
    assert_eq!(
        fault(app.admin().patch(&path, &json!({"data": {"more": 1}}))),
        (json!("additionalProperties"), "more is not a field that the schema knows".to_owned())
    );
    let batch = json!({"requests": [
        {"method": "PUT", "path": format!("{PATH}/records/good"), "body": {"data": {"title": "x"}}},
        {"method": "PUT", "path": format!("{PATH}/records/bad"), "body": {"data": {}}},
    ]});
    let answers = app.admin().post("/batch", &batch).expect(200).json();
    assert_eq!(
        (&answers["responses"][0]["status"], &answers["responses"][1]["status"]),
        (&json!(201), &json!(400))
    );
    assert_eq!(app.admin().get(&path).expect(200).data()["title"], "one");
}

#[test]
fn a_record_says_which_schema_it_was_held_against() {
    let app = start(&title());
    let collection = app.admin().get(PATH).expect(200).etag();
    let made = put(&app, "r", &json!({"title": "one", "schema": "mine"})).expect(201).data();
    assert_eq!(made["schema"], collection);
    // A change of the schema leaves records alone until they are written.
    let looser = json!({"data": {"schema": {}}});
    let after = app.admin().patch(PATH, &looser).expect(200).etag();
    let path = format!("{PATH}/records/r");
    assert_eq!(app.admin().get(&path).expect(200).data()["schema"], collection);
    let patched = app.admin().patch(&path, &json!({"data": {"tags": 1}})).expect(200).data();
    assert_eq!((&patched["schema"], &patched["tags"]), (&json!(after), &json!(1)));
    // Without a schema it is a field like any other.
    let _none = app.admin().put(PATH, &json!({"data": {}})).expect(200);
    assert_eq!(put(&app, "s", &json!({"schema": "mine"})).expect(201).data()["schema"], "mine");
}

#[test]
fn a_rule_for_the_whole_record_is_named_by_its_keyword() {
    let app = start(&json!({"minProperties": 2}));
    assert_eq!(
        fault(put(&app, "r", &json!({"a": 1}))),
        (json!("minProperties"), "the record needs at least 2 fields".to_owned())
    );
}

#[test]
fn what_is_no_schema_is_refused_when_the_collection_is_written() {
    let app = start(&json!({}));
    for (schema, said) in [
        (json!({"type": "text"}), "/type must be one of "),
        (json!({"properties": []}), "/properties must be an object"),
        (json!({"properties": {"a": {"pattern": "("}}}), "/properties/a/pattern"),
        (json!({"$ref": "https://example.test/schema.json"}), "schemas are not fetched"),
        (json!({"$ref": "#"}), "refers to itself without end"),
        (json!({"$ref": "#/definitions/a"}), "there is nothing at #/definitions/a"),
    ] {
        let (name, description) = fault(app.admin().put(PATH, &json!({"data": {"schema": schema}})));
        assert_eq!(name, "data.schema");
        assert!(description.contains(said), "{description}");
        let (name, _) = fault(app.admin().patch(PATH, &json!({"data": {"schema": schema}})));
        assert_eq!(name, "schema");
    }
    assert_eq!(app.admin().get(PATH).expect(200).data()["schema"], json!({}));
}

#[test]
fn an_import_asks_the_schema_and_leaves_what_is_the_same() {
    let world = World::new();
    let _schema = world.editor().patch(SOURCE, json!({"data": {"schema": title()}}));
    let run = |records: &Value| {
        let batch = Batch::parse(records.to_string().as_bytes(), 64, 1 << 20).unwrap();
        let name = AccountName::parse("other-editor").unwrap();
        import::import(&batch, &collection_path(SOURCE), &name, Others::Keep, world.services(), &mut |_| {})
    };
    let records = json!([{"id": "a", "title": "one"}, {"id": "b", "title": "two"}]);
    assert_eq!(run(&records).unwrap().created, 2);
    assert_eq!(run(&records).unwrap().unchanged, 2);
    let Err(ImportError::Violates { id, violation }) = run(&json!([{"id": "a"}])) else { panic!() };
    assert_eq!((id.as_str(), violation.sentence().as_str()), ("a", "title is missing"));
    let record = world.admin().get(&format!("{SOURCE}/records/a")).body["data"].clone();
    assert!(record["schema"].is_u64(), "{record}");
}
