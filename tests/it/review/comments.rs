//! Comments belong to one request (`remote-settings` §2.4), wherever in a batch they are.

use serde_json::json;

use crate::world::{Plan, SOURCE, World};

fn comment(world: &World) -> serde_json::Value {
    world.collection(SOURCE)["last_editor_comment"].clone()
}

#[test]
fn a_request_without_a_comment_erases_the_last_one() {
    let world = World::new();
    world.editor().patch(SOURCE, json!({"data": {"last_editor_comment": "old"}})).ok();
    assert_eq!(world.status(), "signed");
    world.request();
    assert_eq!(comment(&world), "");
    assert_eq!(world.requests()[0].request.comment, "");
}

#[test]
fn a_request_with_the_same_comment_keeps_it() {
    let world = World::new();
    let ask = json!({"data": {"status": "to-review", "last_editor_comment": "please"}});
    world.editor().patch(SOURCE, ask.clone()).ok();
    assert_eq!(comment(&world), "please");
    world.edit("r1", json!({}));
    world.editor().patch(SOURCE, ask).ok();
    assert_eq!(comment(&world), "please");
    assert_eq!(world.requests()[0].request.comment, "please");
}

#[test]
fn a_comment_in_a_batch_is_that_of_its_own_sub_request() {
    let world = World::new();
    let other = SOURCE.replace("cfr", "other");
    world.add_source(&other);
    world
        .admin()
        .patch(
            "/buckets/main-workspace/groups/other-editors",
            json!({"data": {"members": ["account:editor"]}}),
        )
        .ok();
    let ask = json!({"data": {"status": "to-review", "last_editor_comment": "please"}});
    let answer = world.editor().batch(&[
        ("PATCH", &other, json!({"data": {"status": "to-review"}})),
        ("PATCH", SOURCE, json!({"data": {"displayFields": ["title"]}})),
        ("PATCH", SOURCE, ask),
    ]);
    assert!(answer.responses().iter().all(|(status, _)| *status == 200), "{answer:?}");
    assert_eq!(comment(&world), "please");
    assert_eq!(world.collection(&other)["last_editor_comment"], "");
}

#[test]
fn comments_are_written_at_any_time_and_change_nothing_else() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    world.reviewer().patch(SOURCE, json!({"data": {"last_reviewer_comment": "hm"}})).ok();
    let source = world.collection(SOURCE);
    assert_eq!((&source["status"], &source["last_reviewer_comment"]), (&json!("to-review"), &json!("hm")));
    world.request();
    assert_eq!(world.collection(SOURCE)["last_reviewer_comment"], "hm");
    world.approve();
    assert_eq!(world.collection(SOURCE)["last_reviewer_comment"], "hm");
}

#[test]
fn without_a_preview_the_comment_stays() {
    let world = World::empty(&Plan { resources: vec!["main-workspace -> main"], ..Plan::default() });
    world.add_source(SOURCE);
    world.editor().patch(SOURCE, json!({"data": {"last_editor_comment": "old"}})).ok();
    world.request();
    assert_eq!(comment(&world), "old");
    assert_eq!(world.status(), "to-review");
    world.approve();
    assert_eq!(world.status(), "signed");
    world.check();
}
