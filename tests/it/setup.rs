//! A source that is there when a resource begins to name it.

use countersign::workflow::setup;
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World};

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
    let message = "main/cfr is to be published as it is, but record 'old' cannot be signed: /n: numbers with fraction or \
                   exponent cannot be signed";
    assert_eq!(setup::begin_resources(world.services()).unwrap_err().to_string(), message);
}

#[test]
fn a_source_that_is_made_publishes_no_record_that_cannot_be_signed() {
    let world = World::empty(&unsigned());
    world.admin().put("/buckets/main", json!({})).ok();
    world.admin().put(DESTINATION, json!({})).ok();
    world.admin().put(&format!("{DESTINATION}/records/old"), json!({"data": {"n": 1.5}})).ok();
    let world = world.restarted(&Plan::default());
    let message = "main/cfr is to be published as it is, but record 'old' cannot be signed: /n: numbers with fraction or \
                   exponent cannot be signed";
    world.admin().put(SOURCE, json!({})).refused(400, 109, message);
    assert_eq!(world.admin().get(SOURCE).status, 404);
}

#[test]
fn what_was_written_where_nothing_was_published_is_signed_as_it_is() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let before = world.changeset(DESTINATION, "")["timestamp"].as_u64().unwrap();
    let world = world.restarted(&unsigned());
    // By administrators alone: nobody else holds a permission there.
    world.editor().put(&format!("{DESTINATION}/records/r1"), json!({"data": {"n": 2}})).forbidden();
    world.admin().put(&format!("{DESTINATION}/records/r1"), json!({"data": {"n": 2}})).ok();
    let world = world.restarted(&Plan::default());
    world.check();
    assert!(world.changeset(DESTINATION, "")["timestamp"].as_u64().unwrap() > before);
    assert_eq!(world.change()["changes"][0]["id"], "r1");
    assert_eq!(world.status(), "work-in-progress");

    // The whole bucket was taken away and came again with its source.
    let world = world.restarted(&unsigned());
    world.admin().delete("/buckets/main").ok();
    world.admin().delete("/buckets/main-preview").ok();
    let world = world.restarted(&Plan::default());
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    world.check();
    world.request();
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
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
