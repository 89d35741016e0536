//! Who approves what.

use std::thread;

use serde_json::json;

use crate::world::{DESTINATION, SOURCE, World};

fn digest(world: &World) -> String {
    world.change()["digest"].as_str().unwrap().to_owned()
}

#[test]
fn the_change_that_was_seen_is_approved() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world.request();
    let seen = digest(&world);
    world.reviewer().seeing(&seen).set_status("to-sign").ok();
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
}

#[test]
fn an_edit_after_the_request_ends_it() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world.request();
    let seen = digest(&world);
    world.edit("r1", json!({"title": "two"}));
    assert_eq!(world.status(), "work-in-progress");
    world.unchanged(|| {
        world.reviewer().set_status("to-sign").refused(400, 109, "Collection not under review");
        let answer = world.reviewer().seeing(&seen).set_status("to-sign");
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (412, Some(114)));
    });
}

#[test]
fn what_is_requested_again_is_another_change() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world.request();
    let seen = digest(&world);
    world.edit("r1", json!({"title": "two"}));
    world.request();
    let now = world.change();
    world.unchanged(|| {
        let answer = world.reviewer().seeing(&seen).set_status("to-sign");
        assert_eq!(answer.status, 412);
        assert_eq!(answer.body["details"]["change"]["digest"], now["digest"]);
    });
    world.reviewer().seeing(&digest(&world)).set_status("to-sign").ok();
    assert_eq!(world.published(DESTINATION, "r1"), Some(json!({"id": "r1", "title": "two"})));
    world.check();
}

#[test]
fn of_two_approvals_at_once_one_publishes() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "stranger"]);
    world.edit("r1", json!({"title": "one"}));
    world.request();
    let seen = digest(&world);
    let people = [world.reviewer().seeing(&seen), world.stranger().seeing(&seen)];
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let attempts = people.each_ref().map(|person| scope.spawn(|| person.set_status("to-sign").status));
        attempts.map(|attempt| attempt.join().unwrap()).to_vec()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(world.statements(DESTINATION).len(), 2);
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
}

#[test]
fn whoever_overwrote_an_edit_does_not_free_its_first_author() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.other_editor().put(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "mine"}})).ok();
    world.edit("r1", json!({"title": "yours"}));
    world.request();
    world.unchanged(|| {
        let answer = world.other_editor().set_status("to-sign");
        answer.refused(403, 121, "Reviewer has edits in this change");
    });
}

#[test]
fn a_decline_and_a_new_request_free_nobody() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.other_editor().put(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "mine"}})).ok();
    world.request();
    world.reviewer().set_status("work-in-progress").ok();
    world.request();
    world.unchanged(|| {
        let answer = world.other_editor().set_status("to-sign");
        answer.refused(403, 121, "Reviewer has edits in this change");
    });
}

#[test]
fn an_edit_that_was_put_back_frees_its_authors() {
    let world = World::new();
    world.publish("r1", json!({"title": "one"}));
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    let record = format!("{SOURCE}/records/r1");
    world.other_editor().put(&record, json!({"data": {"title": "mine"}})).ok();
    world.editor().put(&record, json!({"data": {"title": "one"}})).ok();
    assert_eq!(world.change()["editors"], json!([]));
    world.edit("r2", json!({"title": "two"}));
    world.request();
    world.other_editor().set_status("to-sign").ok();
    assert_eq!(world.ids(DESTINATION), ["r1", "r2"]);
    world.check();
}

#[test]
fn an_approval_frees_everybody_of_the_next_change() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.other_editor().put(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "mine"}})).ok();
    world.request();
    world.approve();
    world.edit("r2", json!({"title": "two"}));
    world.request();
    world.other_editor().set_status("to-sign").ok();
    world.check();
}

#[test]
fn people_and_change_are_remembered_with_the_publication() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world.other_editor().put(&format!("{SOURCE}/records/r2"), json!({"data": {"title": "two"}})).ok();
    let ask = json!({"data": {"status": "to-review", "last_editor_comment": "please"}});
    world.editor().patch(SOURCE, ask).ok();
    let digest = digest(&world);
    let say = json!({"data": {"status": "to-sign", "last_reviewer_comment": "fine"}});
    world.reviewer().patch(SOURCE, say).ok();

    let path = crate::world::collection_path(DESTINATION);
    let store = &world.services().store;
    let read = |version| {
        store.read(|tx| {
            let publication = tx.latest_publication(&path)?.unwrap();
            Ok::<_, countersign::storage::StorageError>((
                publication,
                tx.list_publication_changes(&path, version)?,
            ))
        })
    };
    let (publication, changes) = read(2).unwrap();
    assert_eq!(publication.version, 2);
    assert_eq!(publication.editors, ["account:editor", "account:other-editor"]);
    assert_eq!(publication.change_digest.unwrap().to_hex(), digest);
    assert_eq!(publication.review.approved_by.as_deref(), Some("account:reviewer"));
    assert_eq!(publication.review.requested_by.as_deref(), Some("account:editor"));
    assert_eq!(publication.review.editor_comment, "please");
    assert_eq!(publication.review.reviewer_comment, "fine");
    let ids: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["r1", "r2"]);
    assert!(changes.iter().all(|change| change.before.is_none() && change.after.is_some()));

    let request = world.requests().remove(0);
    let end = request.end.unwrap();
    assert_eq!(end.kind, countersign::storage::RequestEndKind::Approved);
    assert_eq!((end.by.as_str(), end.comment.as_str()), ("account:reviewer", "fine"));
    assert_eq!(request.request.digest.unwrap().to_hex(), digest);
    assert_eq!(request.request.comment, "please");
}
