//! Every status from every other (`remote-settings` §2.2).

use countersign::storage::RequestEndKind;
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, SOURCE, World, review_off};

#[test]
fn a_status_cannot_be_taken_away() {
    let world = World::new();
    world.unchanged(|| {
        let answer = world.editor().patch(SOURCE, json!({"data": {"status": null}}));
        answer.refused(400, 109, "Cannot remove status");
        world.editor().put(SOURCE, json!({"data": {"x": 1}})).refused(400, 109, "Cannot remove status");
    });
}

#[test]
fn signed_is_for_the_signer_to_say() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.unchanged(|| {
        world.editor().set_status("signed").refused(400, 109, "Cannot set status to 'signed'");
        world.admin().set_status("signed").refused(400, 109, "Cannot set status to 'signed'");
    });
}

#[test]
fn other_statuses_are_refused_by_name() {
    let world = World::new();
    for (status, spelled) in [
        (json!("to-refresh"), "to-refresh"),
        (json!(""), ""),
        (json!("To-Sign"), "To-Sign"),
        (json!(5), "5"),
        (json!(["to-sign"]), "[\"to-sign\"]"),
        (json!(false), "false"),
    ] {
        world.unchanged(|| {
            let answer = world.editor().patch(SOURCE, json!({"data": {"status": status}}));
            answer.refused(400, 109, &format!("Invalid status '{spelled}'"));
        });
    }
}

#[test]
fn the_same_status_is_nothing_at_all() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    let statements = world.statements(PREVIEW).len();
    world.stranger().set_status("to-review").forbidden();
    world.other_editor().set_status("to-review").ok();
    assert_eq!(world.collection(SOURCE)["last_review_request_by"], "account:editor");
    assert_eq!(world.statements(PREVIEW).len(), statements);
    world.check();
}

#[test]
fn review_is_asked_for_by_editors() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.unchanged(|| {
        world.reviewer().set_status("to-review").refused(403, 121, "Not in cfr-editors group");
        world.admin().set_status("to-review").refused(403, 121, "Not in cfr-editors group");
        world.stranger().set_status("to-review").forbidden();
        world.anonymous().set_status("to-review").unauthorized();
    });
}

#[test]
fn review_can_be_asked_for_when_nothing_changed() {
    let world = World::new();
    world.request();
    assert_eq!(world.status(), "to-review");
    world.approve();
    assert_eq!(world.status(), "signed");
    world.check();
}

#[test]
fn a_decline_is_remembered_and_changes_no_data() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    let decline = json!({"data": {"status": "work-in-progress", "last_reviewer_comment": "no"}});
    world.reviewer().patch(SOURCE, decline).ok();
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.ids(PREVIEW), ["r1"]);
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    let end = world.requests().remove(0).end.unwrap();
    assert_eq!(end.kind, RequestEndKind::Declined);
    assert_eq!((end.by.as_str(), end.comment.as_str()), ("account:reviewer", "no"));
    world.check();
}

#[test]
fn an_edit_overtakes_a_request() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    world.other_editor().put(&format!("{SOURCE}/records/r2"), json!({"data": {}})).ok();
    let end = world.requests().remove(0).end.unwrap();
    assert_eq!((end.kind, end.by.as_str()), (RequestEndKind::Overtaken, "account:other-editor"));
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "work-in-progress");
    assert_eq!(source["last_edit_by"], "account:other-editor");
    assert_eq!(source["last_edit_date"], "2026-11-24T10:00:00.007000+00:00");
}

#[test]
fn tracking_fields_are_for_the_signer_to_write() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    let fields = [
        "last_edit_by",
        "last_edit_date",
        "last_review_request_by",
        "last_review_request_date",
        "last_review_by",
        "last_review_date",
        "last_signature_by",
        "last_signature_date",
    ];
    let source = world.collection(SOURCE);
    for field in fields {
        let message = format!("Cannot change <TRACKING_FIELDS.{}: '{field}'>", field.to_uppercase());
        let mut without: Value = source.clone();
        let was_there = without.as_object_mut().unwrap().remove(field).is_some();
        world.unchanged(|| {
            for person in [world.editor(), world.admin()] {
                let answer = person.patch(SOURCE, json!({"data": {field: "x"}}));
                answer.refused(400, 109, &message);
                if was_there {
                    person.put(SOURCE, json!({"data": without})).refused(400, 109, &message);
                }
            }
        });
    }
    let other = SOURCE.replace("cfr", "other");
    let answer = world.admin().put(&other, json!({"data": {"last_edit_by": "account:admin"}}));
    answer.refused(400, 109, "Cannot change <TRACKING_FIELDS.LAST_EDIT_BY: 'last_edit_by'>");
    assert_eq!(world.admin().get(&other).status, 404);
    // A PUT that sends everything back changes none.
    world.editor().put(SOURCE, json!({"data": source})).ok();
    assert_eq!(world.status(), "to-review");
}

#[test]
fn without_review_one_person_publishes() {
    let world = World::empty(&review_off());
    world.add_source(SOURCE);
    world.edit("r1", json!({"title": "one"}));
    world.stranger().set_status("to-sign").forbidden();
    world.editor().set_status("to-sign").ok();
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "signed");
    assert_eq!(source["last_review_by"], "account:editor");
    assert_eq!(world.ids(PREVIEW), ["r1"]);
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
    let requests = [
        ("PUT", "/buckets/main-workspace/collections/cfr/records/r2", json!({"data": {}})),
        ("PATCH", SOURCE, json!({"data": {"status": "to-review"}})),
        ("PATCH", SOURCE, json!({"data": {"status": "to-sign"}})),
    ];
    let answer = world.editor().batch(&requests);
    assert!(answer.responses().iter().all(|(status, _)| *status < 300), "{answer:?}");
    assert_eq!(world.ids(DESTINATION), ["r1", "r2"]);
    world.check();
}

#[test]
fn what_is_not_a_source_has_no_status_machine() {
    let world = World::new();
    world.admin().put("/buckets/other", json!({})).ok();
    let plain = "/buckets/other/collections/cfr";
    world.admin().put(plain, json!({"data": {"status": "signed"}})).ok();
    world.admin().patch(plain, json!({"data": {"status": "bogus", "last_edit_by": "me"}})).ok();
    world.admin().put(plain, json!({"data": {}})).ok();
    assert_eq!(world.collection(plain).get("status"), None);
}
