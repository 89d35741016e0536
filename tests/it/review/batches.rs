//! In a batch each sub-request takes its whole effect before the next begins (design §6).

use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World};

fn record(id: &str) -> String {
    format!("{SOURCE}/records/{id}")
}

fn status(status: &str) -> Value {
    json!({"data": {"status": status}})
}

#[test]
fn a_collection_that_is_created_with_records_is_published_empty() {
    let world = World::empty(&Plan::default());
    let answer = world.admin().batch(&[
        ("PUT", SOURCE, json!({})),
        ("PUT", &record("r1"), json!({"data": {"title": "one"}})),
        ("PUT", &record("r2"), json!({"data": {"title": "two"}})),
    ]);
    assert!(answer.responses().iter().all(|(status, _)| *status == 201), "{answer:?}");
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    assert_eq!(world.change()["editors"], json!(["account:admin"]));
    world.check();
}

#[test]
fn a_record_and_then_a_request_ends_under_review() {
    for resources in ["main-workspace -> main-preview -> main", "main-workspace -> main"] {
        let world = World::empty(&Plan { resources: vec![resources], ..Plan::default() });
        world.add_source(SOURCE);
        world
            .editor()
            .batch(&[("PUT", &record("r1"), json!({})), ("PATCH", SOURCE, status("to-review"))])
            .ok();
        assert_eq!(world.status(), "to-review");
        assert_eq!(world.change()["created"], 1);
        world.check();
    }
}

#[test]
fn a_request_and_then_a_record_ends_in_progress_and_the_preview_shows_the_request() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.editor().batch(&[("PATCH", SOURCE, status("to-review")), ("PUT", &record("r2"), json!({}))]).ok();
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.ids(PREVIEW), ["r1"]);
    world.unchanged(|| {
        world.reviewer().set_status("to-sign").refused(400, 109, "Collection not under review");
    });
}

#[test]
fn a_record_between_request_and_approval_is_not_published() {
    let world = World::new();
    world.set_members("reviewers", &["editor", "reviewer"]);
    world.set_members("editors", &["editor", "reviewer"]);
    world.edit("r1", json!({}));
    world.request();
    world.unchanged(|| {
        let answer = world
            .reviewer()
            .batch(&[("PUT", &record("evil"), json!({})), ("PATCH", SOURCE, status("to-sign"))]);
        answer.refused(400, 109, "Collection not under review");
    });
    world.unchanged(|| {
        let answer = world.reviewer().batch(&[
            ("PUT", &record("evil"), json!({})),
            ("PATCH", SOURCE, status("to-review")),
            ("PATCH", SOURCE, status("to-sign")),
        ]);
        answer.refused(403, 121, "Last editor cannot review");
    });
}

#[test]
fn an_approval_and_then_a_record_publishes_what_was_approved() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    world.reviewer().batch(&[("PATCH", SOURCE, status("to-sign")), ("PUT", &record("evil"), json!({}))]).ok();
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.change()["editors"], json!(["account:reviewer"]));
    world.check();
}

#[test]
fn what_is_refused_inside_for_other_reasons_leaves_the_rest() {
    let world = World::new();
    let answer = world.editor().batch(&[
        ("PUT", &record("r1"), json!({"data": {"n": 1.5}})),
        ("PUT", &record("r2"), json!({"data": {"n": 1}})),
        ("DELETE", &record("r3"), json!({})),
    ]);
    let statuses: Vec<u64> = answer.responses().iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [400, 201, 404]);
    let ids: Vec<Value> =
        world.change()["changes"].as_array().unwrap().iter().map(|entry| entry["id"].clone()).collect();
    assert_eq!(ids, [json!("r2")]);
    world.check();
}

#[test]
fn a_bad_status_undoes_the_records_before_it() {
    let world = World::new();
    world.unchanged(|| {
        let answer =
            world.editor().batch(&[("PUT", &record("r1"), json!({})), ("PATCH", SOURCE, status("bogus"))]);
        answer.refused(400, 109, "Invalid status 'bogus'");
    });
}

#[test]
fn one_batch_asks_for_review_of_several_collections() {
    let world = World::new();
    let other = SOURCE.replace("cfr", "other");
    world.add_source(&other);
    world.edit("r1", json!({}));
    world.editor().put(&format!("{other}/records/x"), json!({"data": {}})).ok();
    world
        .editor()
        .batch(&[("PATCH", SOURCE, status("to-review")), ("PATCH", &other, status("to-review"))])
        .ok();
    world
        .reviewer()
        .batch(&[("PATCH", SOURCE, status("to-sign")), ("PATCH", &other, status("to-sign"))])
        .ok();
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    assert_eq!(world.ids(&DESTINATION.replace("cfr", "other")), ["x"]);
    world.check();
}

#[test]
fn people_who_change_inside_a_batch_are_who_they_are_by_then() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    let group = "/buckets/main-workspace/groups/cfr-reviewers";
    let members = json!({"data": {"members": ["account:admin", "account:reviewer"]}});
    // Administrators make themselves reviewers by saying so, in their own name, for everybody to see in the history.
    world.admin().batch(&[("PATCH", group, members), ("PATCH", SOURCE, status("to-sign"))]).ok();
    assert_eq!(world.status(), "signed");
    let source = world.collection(SOURCE);
    assert_eq!(source["last_review_by"], "account:admin");
    world.check();
}
