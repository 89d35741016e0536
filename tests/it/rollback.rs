//! Going back to what is published.

use countersign::storage::RequestEndKind;
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World};

fn records(world: &World, path: &str) -> Vec<Value> {
    let mut records = world.admin().get(&format!("{path}/records")).body["data"].as_array().unwrap().clone();
    records.sort_by_key(|record| record["id"].as_str().unwrap().to_owned());
    records
}

#[test]
fn everything_goes_back_and_its_times_with_it() {
    let world = World::new();
    for id in ["a", "b", "c"] {
        world.edit(id, json!({"title": id}));
    }
    world.request();
    world.approve();
    let published = records(&world, DESTINATION);
    world.wait(1_000);
    world.edit("a", json!({"title": "changed"}));
    world.editor().delete(&format!("{SOURCE}/records/b")).ok();
    world.edit("d", json!({"title": "new"}));
    world.request();
    let comment = json!({"data": {"status": "to-rollback", "last_editor_comment": "lost", "last_reviewer_comment": "lost"}});
    let etag = world.admin().get(&format!("{SOURCE}/records")).etag().unwrap().to_owned();
    world.other_editor().patch(SOURCE, comment).ok();

    // `c` was never touched: it has the time of the source's own write.
    let source = records(&world, SOURCE);
    let ids: Vec<&str> = source.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!((&source[0], &source[1]), (&published[0], &published[1]));
    assert_eq!(source[2]["title"], "c");
    let after = world.admin().get(&format!("{SOURCE}/records"));
    assert!(after.etag() > Some(&etag), "whoever polls the source sees that it changed");

    let collection = world.collection(SOURCE);
    assert_eq!(collection["status"], "signed");
    assert_eq!(
        (&collection["last_editor_comment"], &collection["last_reviewer_comment"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(collection["last_edit_by"], "account:other-editor");
    assert_eq!(world.change()["editors"], json!([]));
    let end = world.requests().remove(0).end.unwrap();
    assert_eq!((end.kind, end.by.as_str()), (RequestEndKind::RolledBack, "account:other-editor"));

    // The preview is as the destination, at times of its own, so that those who follow it see what happened.
    let strip = |records: Vec<Value>| -> Vec<Value> {
        let strip = |mut record: Value| {
            record.as_object_mut().unwrap().remove("last_modified");
            record
        };
        records.into_iter().map(strip).collect()
    };
    assert_eq!(strip(records(&world, PREVIEW)), strip(published.clone()));
    assert_eq!(records(&world, DESTINATION), published);
    world.check();
}

#[test]
fn those_who_follow_the_preview_see_it() {
    let world = World::new();
    world.publish("a", json!({"n": 1}));
    world.edit("a", json!({"n": 2}));
    world.edit("b", json!({}));
    world.request();
    let seen = world.changeset(PREVIEW, "")["timestamp"].clone();
    world.editor().set_status("to-rollback").ok();
    let delta = world.changeset(PREVIEW, &format!("&_since={seen}"));
    let changes: Vec<(&Value, &Value)> =
        delta["changes"].as_array().unwrap().iter().map(|entry| (&entry["id"], &entry["deleted"])).collect();
    assert!(changes.contains(&(&json!("a"), &Value::Null)) && changes.contains(&(&json!("b"), &json!(true))));
    world.check();
}

#[test]
fn the_history_of_the_source_tells_of_it() {
    let world = World::new();
    world.publish("a", json!({"n": 1}));
    world.edit("a", json!({"n": 2}));
    world.edit("b", json!({}));
    world.editor().set_status("to-rollback").ok();
    let bucket = countersign::types::BucketId::parse("main-workspace").unwrap();
    let history = world.services().store.read(|tx| tx.list_history(&bucket, 20));
    let history = history.unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}"));
    let of = |id: &str| {
        let uri = format!("{SOURCE}/records/{id}");
        let entry = history.iter().find(|entry| entry.uri == uri).unwrap();
        (entry.action, entry.user.as_deref().unwrap().to_owned())
    };
    let plugin = countersign::workflow::PLUGIN_USER.to_owned();
    assert_eq!(of("a"), (countersign::storage::HistoryAction::Update, plugin.clone()));
    assert_eq!(of("b"), (countersign::storage::HistoryAction::Delete, plugin));
    let published = countersign::types::BucketId::parse("main").unwrap();
    let there = world.services().store.read(|tx| tx.list_history(&published, 20));
    let there = there.unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}"));
    assert!(there.iter().all(|entry| !entry.uri.contains("/records/")), "publications tell of these");
}

#[test]
fn there_is_nothing_to_roll_back_in_what_is_signed() {
    let world = World::new();
    world.unchanged(|| {
        let answer = world.editor().set_status("to-rollback");
        answer.refused(400, 109, "Collection has no work-in-progress");
        world.stranger().set_status("to-rollback").forbidden();
        world.anonymous().set_status("to-rollback").unauthorized();
    });
}

#[test]
fn work_that_changed_nothing_goes_back_to_signed() {
    let world = World::new();
    world.publish("a", json!({"n": 1}));
    world.edit("a", json!({"n": 2}));
    world.edit("a", json!({"n": 1}));
    assert_eq!(world.status(), "work-in-progress");
    world.editor().set_status("to-rollback").ok();
    assert_eq!(world.status(), "signed");
    world.unchanged(|| world.reviewer().set_status("to-sign").refused(400, 109, "Collection already signed"));
}

#[test]
fn it_works_without_a_preview_and_is_not_under_review_afterwards() {
    let world = World::empty(&Plan { resources: vec!["main-workspace -> main"], ..Plan::default() });
    world.add_source(SOURCE);
    world.publish("a", json!({"n": 1}));
    world.edit("b", json!({}));
    world.request();
    world.editor().set_status("to-rollback").ok();
    world.unchanged(|| world.reviewer().set_status("to-sign").refused(400, 109, "Collection already signed"));
    assert_eq!(world.ids(DESTINATION), ["a"]);
    world.edit("b", json!({}));
    world.request();
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["a", "b"]);
    world.check();
}
