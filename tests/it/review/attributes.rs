//! `flags`, `attachment`, `schema`, `sort`, `displayFields` are part of the change (design §6).

use serde_json::{Map, Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World, data_of};

const ALL: [&str; 5] = ["attachment", "displayFields", "flags", "schema", "sort"];

fn of(data: &Value) -> Value {
    let all = ALL.iter().filter_map(|name| Some(((*name).to_owned(), data.get(*name)?.clone())));
    Value::Object(all.collect::<Map<String, Value>>())
}

fn published(world: &World, path: &str) -> Value {
    of(&world.changeset(path, "")["metadata"])
}

fn set(world: &World, data: Value) {
    world.editor().patch(SOURCE, data_of(data)).ok();
}

#[test]
fn changing_one_is_an_edit() {
    for name in ALL {
        let world = World::new();
        let value = if name == "schema" { json!({"type": "object"}) } else { json!(["title"]) };
        let answer = world.editor().patch(SOURCE, json!({"data": {name: value}})).ok();
        assert_eq!(answer["data"]["status"], "work-in-progress", "the answer says so");
        let source = world.collection(SOURCE);
        assert_eq!(source["status"], "work-in-progress");
        assert_eq!(source["last_edit_by"], "account:editor");
        assert_eq!(
            source["last_modified"], answer["data"]["last_modified"],
            "and its ETag is good for the next write"
        );
        let change = world.change();
        assert_eq!(change["attributes"], json!({"before": {}, "after": {name: value}}));
        assert_eq!(change["editors"], json!(["account:editor"]));
        assert_eq!(published(&world, DESTINATION), json!({}));
        assert_eq!(published(&world, PREVIEW), json!({}));
        world.check();
    }
}

#[test]
fn sending_one_unchanged_is_not() {
    let world = World::new();
    set(&world, json!({"sort": "-title", "attachment": {"enabled": true, "n": 1.0}}));
    world.request();
    world.approve();
    set(&world, json!({"sort": "-title", "attachment": {"n": 1.0, "enabled": true}}));
    let source = world.collection(SOURCE);
    world.editor().put(SOURCE, json!({"data": source})).ok();
    assert_eq!(world.status(), "signed");
    assert_eq!(world.change()["editors"], json!([]));
}

#[test]
fn other_attributes_are_no_edit_and_are_not_published() {
    let world = World::new();
    set(&world, json!({"uiSchema": {}, "cache_expires": 60, "signature": "x", "countersign": {}}));
    assert_eq!(world.status(), "signed");
    world.edit("r1", json!({}));
    world.request();
    world.approve();
    let metadata = &world.changeset(DESTINATION, "")["metadata"];
    assert_eq!(metadata.get("uiSchema"), None);
    assert_eq!(metadata.get("cache_expires"), None);
    world.check();
}

#[test]
fn they_are_shown_approved_and_taken_away_again() {
    let world = World::new();
    set(&world, json!({"displayFields": ["a"], "flags": ["f"]}));
    world.request();
    assert_eq!(published(&world, PREVIEW), json!({"displayFields": ["a"], "flags": ["f"]}));
    assert_eq!(published(&world, DESTINATION), json!({}));
    world.approve();
    assert_eq!(published(&world, DESTINATION), json!({"displayFields": ["a"], "flags": ["f"]}));
    // What the source no longer has is removed at publication.
    let mut source = world.collection(SOURCE);
    source.as_object_mut().unwrap().remove("flags");
    world.editor().put(SOURCE, json!({"data": source})).ok();
    assert_eq!(world.status(), "work-in-progress");
    world.request();
    assert_eq!(published(&world, PREVIEW), json!({"displayFields": ["a"]}));
    assert_eq!(published(&world, DESTINATION), json!({"displayFields": ["a"], "flags": ["f"]}));
    world.approve();
    assert_eq!(published(&world, DESTINATION), json!({"displayFields": ["a"]}));
    world.check();
}

#[test]
fn who_wrote_them_cannot_approve() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.other_editor().patch(SOURCE, json!({"data": {"sort": "title"}})).ok();
    world.request();
    world.unchanged(|| {
        let answer = world.other_editor().set_status("to-sign");
        answer.refused(403, 121, "Reviewer has edits in this change");
        assert_eq!(answer.body["details"], json!({"attributes": true, "records": []}));
    });
    world.approve();
    world.check();
}

#[test]
fn one_that_is_put_back_frees_its_author() {
    let world = World::new();
    set(&world, json!({"sort": "title"}));
    world.request();
    world.approve();
    set(&world, json!({"sort": "-title"}));
    assert_eq!(world.change()["editors"], json!(["account:editor"]));
    set(&world, json!({"sort": "title"}));
    assert_eq!(world.change()["editors"], json!([]));
    assert_eq!(world.status(), "work-in-progress");
}

#[test]
fn an_edit_of_one_overtakes_a_request() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    // With the very status that it has: sending it back says nothing.
    world.other_editor().patch(SOURCE, json!({"data": {"status": "to-review", "sort": "x"}})).ok();
    assert_eq!(world.status(), "work-in-progress");
    let end = world.requests().remove(0).end.unwrap();
    assert_eq!(end.kind, countersign::storage::RequestEndKind::Overtaken);
}

#[test]
fn with_a_request_the_edit_comes_first() {
    let world = World::new();
    let body = json!({"data": {"status": "to-review", "sort": "title"}});
    world.editor().patch(SOURCE, body).ok();
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "to-review");
    assert_eq!(source["last_edit_by"], "account:editor");
    assert_eq!(published(&world, PREVIEW), json!({"sort": "title"}));
    world.approve();
    assert_eq!(published(&world, DESTINATION), json!({"sort": "title"}));
    world.check();
}

#[test]
fn none_changes_together_with_a_publication() {
    let world = World::new();
    set(&world, json!({"sort": "title", "flags": ["f"]}));
    world.request();
    let mut without = world.collection(SOURCE);
    without.as_object_mut().unwrap().remove("flags");
    let mut changed = world.collection(SOURCE);
    changed["sort"] = json!("-title");
    for status in ["to-sign", "to-resign", "to-rollback"] {
        without["status"] = json!(status);
        changed["status"] = json!(status);
        world.unchanged(|| {
            let patch = json!({"data": {"status": status, "sort": "-title"}});
            let refusal = "Cannot change sort with this status";
            world.reviewer().patch(SOURCE, patch).refused(400, 109, refusal);
            world.reviewer().put(SOURCE, json!({"data": changed})).refused(400, 109, refusal);
            let refusal = "Cannot change flags with this status";
            world.reviewer().put(SOURCE, json!({"data": without})).refused(400, 109, refusal);
        });
    }
}

#[test]
fn those_given_at_creation_wait_for_review() {
    let world = World::empty(&Plan::default());
    world.admin().put(SOURCE, json!({"data": {"displayFields": ["a"], "status": "work-in-progress"}})).ok();
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "work-in-progress");
    assert_eq!(source["last_edit_by"], "account:admin");
    assert_eq!(published(&world, PREVIEW), json!({}));
    assert_eq!(published(&world, DESTINATION), json!({}));
    let change = world.change();
    assert_eq!(change["editors"], json!(["account:admin"]));
    assert_eq!(change["attributes"]["after"], json!({"displayFields": ["a"]}));
    world.check();
}

#[test]
fn a_rollback_restores_them() {
    let world = World::new();
    set(&world, json!({"sort": "title"}));
    world.request();
    world.approve();
    let mut source = world.collection(SOURCE);
    source.as_object_mut().unwrap().remove("sort");
    source["flags"] = json!(["f"]);
    world.editor().put(SOURCE, json!({"data": source})).ok();
    world.request();
    world.reviewer().set_status("to-rollback").ok();
    assert_eq!(of(&world.collection(SOURCE)), json!({"sort": "title"}));
    assert_eq!(published(&world, PREVIEW), json!({"sort": "title"}));
    assert_eq!(world.change()["editors"], json!([]));
    assert_eq!(world.status(), "signed");
    world.check();
}
