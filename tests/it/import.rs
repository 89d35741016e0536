//! Records from a file, as an edit of the person that is named.

use countersign::{
    types::AccountName,
    workflow::import::{self, Batch, ImportError, Imported, Others},
};
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, SOURCE, World, collection_path};

fn batch(records: &Value) -> Batch {
    Batch::parse(records.to_string().as_bytes(), 64, 1 << 20).unwrap()
}

fn name(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}

fn run(world: &World, records: &Value, others: Others) -> Result<Imported, ImportError> {
    let source = collection_path(SOURCE);
    import::import(&batch(records), &source, &name("other-editor"), others, world.services(), &mut |_| {})
}

#[test]
fn an_import_is_an_edit_of_the_person_it_names() {
    let world = World::new();
    world.publish("kept", json!({"n": 1}));
    world.publish("same", json!({"n": 2}));
    world.publish("changed", json!({"n": 3}));
    let records = json!({"data": [
        {"id": "same", "n": 2, "last_modified": 5},
        {"id": "changed", "n": 33},
        {"id": "new", "n": 4},
    ]});
    let imported = run(&world, &records, Others::Keep).unwrap();
    assert_eq!(imported, Imported { created: 1, deleted: 0, unchanged: 1, updated: 1 });
    assert_eq!(world.status(), "work-in-progress");
    let source = world.collection(SOURCE);
    assert_eq!(source["last_edit_by"], "account:other-editor");
    let change = world.change();
    assert_eq!(change["editors"], json!(["account:other-editor"]));
    assert_eq!(
        (&change["created"], &change["updated"], &change["deleted"]),
        (&json!(1), &json!(1), &json!(0))
    );
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.request();
    world.unchanged(|| {
        let answer = world.other_editor().set_status("to-sign");
        answer.refused(403, 121, "Reviewer has edits in this change");
    });

    let imported = run(&world, &json!([{"id": "new", "n": 4}]), Others::Delete).unwrap();
    assert_eq!(imported, Imported { created: 0, deleted: 3, unchanged: 1, updated: 0 });
    assert_eq!(world.status(), "work-in-progress", "the request was overtaken");
    let ids: Vec<Value> = world.admin().get(&format!("{SOURCE}/records")).body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["id"].clone())
        .collect();
    assert_eq!(ids, ["new"]);
    assert_eq!(world.ids(DESTINATION), ["changed", "kept", "same"]);
    world.check();
}

#[test]
fn an_import_that_changes_nothing_is_no_edit() {
    let world = World::new();
    world.publish("same", json!({"n": 2}));
    let imported = run(&world, &json!([{"n": 2, "id": "same"}]), Others::Delete).unwrap();
    assert_eq!(imported, Imported { unchanged: 1, ..Imported::default() });
    assert_eq!(world.status(), "signed");
    assert_eq!(run(&world, &json!([]), Others::Keep).unwrap(), Imported::default());
}

#[test]
fn a_large_import_tells_its_progress() {
    let world = World::new();
    let records: Vec<Value> =
        (0..2_500).map(|number| json!({"id": format!("r{number}"), "n": number})).collect();
    let mut told = Vec::new();
    let source = collection_path(SOURCE);
    let batch = batch(&json!(records));
    let mut progress = |done| told.push(done);
    import::import(&batch, &source, &name("editor"), Others::Keep, world.services(), &mut progress).unwrap();
    assert_eq!(told, [1_000, 2_000, 2_500]);
    assert_eq!(world.change()["created"], 2_500);
    world.request();
    world.approve();
    world.check();
}

#[test]
fn what_cannot_be_imported_is_named_and_nothing_is_stored() {
    let world = World::new();
    world.unchanged(|| {
        let parse = |text: &str| Batch::parse(text.as_bytes(), 8, 100).unwrap_err().to_string();
        assert_eq!(parse("{\"data\": [}"), "no JSON: syntax error at byte 10");
        assert_eq!(parse("[{\"id\":\"a\",\"id\":\"a\"}]"), "no JSON: duplicate member at byte 11");
        assert_eq!(
            parse("5"),
            "the file is neither a list of records nor an object with such a list in `data`"
        );
        assert_eq!(
            parse("{\"data\": {}}"),
            "the file is neither a list of records nor an object with such a list in `data`"
        );
        assert_eq!(parse("[{\"id\":\"a\"},{}]"), "item 1 of the list is no object with a valid id");
        assert_eq!(parse("[5]"), "item 0 of the list is no object with a valid id");
        assert_eq!(parse("[{\"id\":\"\"}]"), "item 0 of the list is no object with a valid id");
        assert_eq!(parse("[{\"id\":\"a\"},{\"id\":\"a\"}]"), "record 'a' comes twice");
        assert_eq!(
            parse("[{\"id\":\"a\",\"n\":{\"x\":1.5}}]"),
            "record 'a' cannot be signed: /n/x: numbers with fraction or exponent cannot be signed"
        );
        assert_eq!(
            parse("[{\"id\":\"a\",\"deleted\":true}]"),
            "record 'a' cannot be signed: /deleted: the member deleted is reserved for deleted records"
        );
        assert_eq!(
            parse(&format!("[{{\"id\":\"a\",\"n\":\"{}\"}}]", "x".repeat(100))),
            "record 'a' is longer than 100 bytes"
        );

        let one = batch(&json!([{"id": "a"}]));
        let attempt = |path: &str, user: &str| {
            let path = collection_path(path);
            import::import(&one, &path, &name(user), Others::Keep, world.services(), &mut |_| {}).unwrap_err()
        };
        assert_eq!(attempt(DESTINATION, "editor").to_string(), "main/cfr is not the source of a resource");
        assert_eq!(
            attempt(PREVIEW, "editor").to_string(),
            "main-preview/cfr is not the source of a resource"
        );
        assert_eq!(
            attempt(&SOURCE.replace("cfr", "none"), "editor").to_string(),
            "no collection main-workspace/none"
        );
        assert_eq!(attempt(SOURCE, "nobody").to_string(), "no account nobody");
    });
}
