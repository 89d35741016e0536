//! A source that is there when a resource begins to name it; imports; recovery after a restore.

use countersign::{
    storage::StorageError,
    types::{AccountName, Clock as _},
    workflow::{
        import::{self, Batch, ImportError, Imported, Others},
        recover::{self, Disagreement},
        setup::{self, SetupError},
    },
};
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World, collection_path};

/// No resource names anything.
fn unsigned() -> Plan {
    Plan { resources: vec!["elsewhere -> other"], ..Plan::default() }
}

/// A collection that is not signed, with records of several people.
fn plain() -> World {
    let world = World::empty(&unsigned());
    world
        .admin()
        .put(SOURCE, json!({"data": {"sort": "title"}, "permissions": {"write": ["account:editor"]}}))
        .ok();
    world.edit("r1", json!({"title": "one"}));
    world
        .admin()
        .put(&format!("{SOURCE}/records/r2"), json!({"data": {"title": "two", "attachment": null}}))
        .ok();
    world
}

fn fill_groups(world: &World) {
    world.set_members("editors", &["editor", "other-editor", "admin"]);
    world.set_members("reviewers", &["reviewer", "editor"]);
}

#[test]
fn it_gets_groups_an_empty_publication_and_an_edit_for_each_record() {
    let world = plain().restarted(&Plan::default());
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    assert_eq!(world.changeset(DESTINATION, "")["metadata"].get("sort"), None);
    let change = world.change();
    let by: Vec<(&Value, &Value)> =
        change["changes"].as_array().unwrap().iter().map(|entry| (&entry["id"], &entry["by"])).collect();
    assert_eq!(by, [(&json!("r1"), &json!(["account:editor"])), (&json!("r2"), &json!(["account:admin"]))]);
    assert_eq!(
        change["changes"][1]["after"],
        json!({"id": "r2", "title": "two"}),
        "a null attachment is dropped"
    );
    assert_eq!(change["attributes"], json!({"before": {}, "after": {"sort": "title"}}));
    assert_eq!(change["editors"], json!(["account:admin", "account:editor"]));
    for group in ["cfr-editors", "cfr-reviewers"] {
        let answer = world.admin().get(&format!("/buckets/main-workspace/groups/{group}"));
        assert_eq!(answer.body["data"]["members"], json!([]));
    }
    world.check();

    fill_groups(&world);
    world.editor().set_status("to-review").ok();
    world.unchanged(|| world.editor().set_status("to-sign").refused(403, 121, "Last editor cannot review"));
    world.other_editor().set_status("work-in-progress").ok();
    world.other_editor().set_status("to-review").ok();
    world.unchanged(|| {
        world.editor().set_status("to-sign").refused(403, 121, "Reviewer has edits in this change");
    });
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["r1", "r2"]);
    world.check();
}

#[test]
fn starting_again_changes_nothing() {
    let world = plain().restarted(&Plan::default());
    fill_groups(&world);
    world.publish("r3", json!({"title": "three"}));
    world.edit("r4", json!({}));
    let before = world.everything();
    let world = world.restarted(&Plan::default());
    assert_eq!(world.everything(), before);
    assert_eq!(setup::begin_resources(world.services()).unwrap(), []);
    let world = World::new();
    world.edit("r1", json!({}));
    let before = world.everything();
    let world = world.restarted(&Plan::default());
    assert_eq!(world.everything(), before, "one that was made by HTTP is set up already");
}

#[test]
fn what_was_written_while_no_resource_named_it_waits_for_review() {
    let world = World::new();
    world.publish("r1", json!({"title": "one"}));
    let world = world.restarted(&unsigned());
    world.edit("r1", json!({"title": "evil"}));
    world.edit("r2", json!({"n": 1.5}));
    world
        .admin()
        .patch(SOURCE, json!({"data": {"status": "signed", "last_review_by": "account:nobody"}}))
        .ok();
    let world = world.restarted(&Plan::default());
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.published(DESTINATION, "r1"), Some(json!({"id": "r1", "title": "one"})));
    let change = world.change();
    let ids: Vec<&Value> = change["changes"].as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
    assert_eq!(ids, ["r1", "r2"]);
    assert_eq!(change["editors"], json!(["account:editor"]));
    // r2 cannot be signed: the change has no name, and nothing can be asked for or approved.
    assert_eq!(
        (&change["digest"], &change["fingerprint"], &change["text"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let message = "Record 'r2' cannot be signed: /n: numbers with fraction or exponent cannot be signed";
    world.unchanged(|| world.editor().set_status("to-review").refused(400, 109, message));
    world.edit("r2", json!({"n": 1}));
    world.request();
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["r1", "r2"]);
    world.check();
}

#[test]
fn what_is_published_already_stays_until_a_review_says_otherwise() {
    let world = World::empty(&unsigned());
    world.admin().put("/buckets/main", json!({})).ok();
    world
        .admin()
        .put(DESTINATION, json!({"data": {"flags": ["f"]}, "permissions": {"read": ["system.Everyone"]}}))
        .ok();
    world
        .admin()
        .put(&format!("{DESTINATION}/records/old"), json!({"data": {"n": 1, "attachment": null}}))
        .ok();
    world.admin().put(SOURCE, json!({})).ok();
    let world = world.restarted(&Plan::default());
    assert_eq!(world.published(DESTINATION, "old"), Some(json!({"id": "old", "n": 1})));
    assert_eq!(world.changeset(DESTINATION, "")["metadata"]["flags"], json!(["f"]));
    let change = world.change();
    assert_eq!(
        (&change["deleted"], &change["editors"]),
        (&json!(1), &json!(["account:admin", "plugin:remote-settings"]))
    );
    assert_eq!(change["attributes"], json!({"before": {"flags": ["f"]}, "after": {}}));
    world.check();
    fill_groups(&world);
    world.editor().set_status("to-rollback").ok();
    world.check();
    assert_eq!(world.admin().get(&format!("{SOURCE}/records/old")).status, 200);
    assert_eq!(world.collection(SOURCE)["flags"], json!(["f"]));
}

#[test]
fn what_no_client_could_verify_is_not_published_by_a_start() {
    let world = World::empty(&unsigned());
    world.admin().put("/buckets/main", json!({})).ok();
    world.admin().put(DESTINATION, json!({})).ok();
    world.admin().put(&format!("{DESTINATION}/records/old"), json!({"data": {"n": 1.5}})).ok();
    world.admin().put(SOURCE, json!({})).ok();
    let world = world.reopened(&Plan::default());
    let error = setup::begin_resources(world.services()).unwrap_err();
    let SetupError::Published { path, record, refusal } = error else { panic!("{error}") };
    assert_eq!((path, record.as_str()), (collection_path(DESTINATION), "old"));
    assert_eq!(refusal.pointer, "/n");
}

#[test]
fn another_preview_begins_empty_of_nothing_that_was_not_shown() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    world.edit("r2", json!({"n": 2}));
    let plan = Plan { resources: vec!["main-workspace -> other-preview -> main"], ..Plan::default() };
    let world = world.restarted(&plan);
    let preview = PREVIEW.replace("main-preview", "other-preview");
    assert_eq!(world.ids(&preview), Vec::<String>::new());
    world.request();
    assert_eq!(world.ids(&preview), ["r1", "r2"]);
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["r1", "r2"]);
    world.check();
}

#[test]
fn a_source_that_publishes_elsewhere_begins_anew_there() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let plan = Plan { resources: vec!["main-workspace -> main-preview -> elsewhere"], ..Plan::default() };
    let world = world.restarted(&plan);
    let elsewhere = DESTINATION.replace("/main/", "/elsewhere/");
    assert_eq!(world.ids(&elsewhere), Vec::<String>::new());
    let change = world.change();
    assert_eq!((&change["created"], &change["editors"]), (&json!(1), &json!(["account:editor"])));
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.changeset(DESTINATION, "")["metadata"].get("countersign"), None);
    let world = world.restarted(&Plan::default());
    assert_eq!(world.change()["changes"], json!([]));
    world.check();
}

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

fn disagreements(world: &World) -> Vec<Disagreement> {
    recover::disagreements(world.services(), world.ledger.as_ref()).unwrap()
}

/// Versions and times that anybody has seen.
fn newest(world: &World, path: &str) -> (u64, u64) {
    let version = world.statements(path).pop().unwrap()["version"].as_u64().unwrap();
    (version, world.changeset(path, "")["timestamp"].as_u64().unwrap())
}

#[test]
fn a_restored_folder_publishes_on_above_what_was_lost() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let backup = world.copy(&Plan::default());
    // What happens after the backup is lost with the disk.
    for number in 2..6 {
        world.publish("r1", json!({"n": number}));
        world.publish("lost", json!({"n": number}));
    }
    let lost = [PREVIEW, DESTINATION].map(|path| newest(&world, path));
    let lost_texts: Vec<Value> = world.statements(DESTINATION);

    backup.clock.set(world.clock.now());
    assert_eq!(disagreements(&backup), [], "nothing tells that it is old: the operator knows");
    let recovered = recover::recover(backup.services(), backup.ledger.as_ref()).unwrap();
    assert_eq!(recovered.len(), 2);
    backup.check();
    for (path, (version, timestamp)) in [PREVIEW, DESTINATION].into_iter().zip(lost) {
        let now = newest(&backup, path);
        assert!(now.0 > version + 1 && now.1 > timestamp, "{path}: {now:?}");
    }
    assert_eq!(disagreements(&backup), []);
    backup.publish("r1", json!({"n": 9}));
    backup.check();
    let known: Vec<u64> = lost_texts.iter().map(|entry| entry["version"].as_u64().unwrap()).collect();
    let fresh = backup.statements(DESTINATION).into_iter().skip(2);
    assert!(fresh.into_iter().all(|entry| !known.contains(&entry["version"].as_u64().unwrap())));

    // As often as one likes.
    recover::recover(backup.services(), backup.ledger.as_ref()).unwrap();
    backup.publish("r1", json!({"n": 10}));
    backup.check();
}

#[test]
fn a_database_without_its_ledger_and_a_ledger_without_its_database_are_noticed() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let old_database = world.copy(&Plan::default());
    world.publish("r1", json!({"n": 2}));

    // The ledger of now beside the database of then.
    let mixed = old_database.with_file_of(&world, "spent.db", &Plan::default());
    let destination = collection_path(DESTINATION);
    let found = disagreements(&mixed);
    assert_eq!(found.len(), 2);
    assert!(found.contains(&Disagreement { path: destination.clone(), published: 2, spent: 3 }));
    recover::recover(mixed.services(), mixed.ledger.as_ref()).unwrap();
    assert_eq!(disagreements(&mixed), []);
    mixed.check();

    // The database of now beside an empty ledger.
    let without = world.copy(&Plan::default()).without_file("spent.db", &Plan::default());
    assert!(disagreements(&without).contains(&Disagreement { path: destination, published: 3, spent: 0 }));
    recover::recover(without.services(), without.ledger.as_ref()).unwrap();
    assert_eq!(disagreements(&without), []);
    without.publish("r1", json!({"n": 3}));
    without.check();
}

#[test]
fn what_only_the_ledger_knows_is_raised_for_the_day_when_it_comes() {
    let world = World::empty(&Plan::default());
    let empty = world.copy(&Plan::default());
    world.add_source(SOURCE);
    world.publish("r1", json!({"n": 1}));
    let restored = empty.with_file_of(&world, "spent.db", &Plan::default());
    let recovered = recover::recover(restored.services(), restored.ledger.as_ref()).unwrap();
    assert!(recovered.iter().all(|entry| entry.published.is_none()) && recovered.len() == 2);
    restored.add_source(SOURCE);
    let (version, _) = newest(&restored, DESTINATION);
    assert!(version > 1_000_000, "{version}");
    let statements = restored.statements(DESTINATION);
    assert_eq!(statements.len(), 1);
    restored.check();
}

#[test]
fn damaged_rows_are_the_operators_to_mend() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let path = collection_path(DESTINATION);
    let broken = world.services().store.write(|tx| {
        let mut latest = tx.latest_publication(&path)?.unwrap();
        latest.version += 1;
        latest.statement = "no statement".to_owned();
        tx.insert_publication(&latest)
    });
    broken.unwrap_or_else(|error: StorageError| panic!("{error}"));
    let answer = world.admin().get(&format!("{SOURCE}/change"));
    assert_eq!((answer.status, answer.body["errno"].as_u64()), (500, Some(999)));
    assert_eq!(answer.body["message"], "A programmatic error occurred, developers have been informed.");
}
