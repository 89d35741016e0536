//! Signing again: the same data, a new statement, and nothing that nobody approved.

use countersign::{
    signing::Statement,
    workflow::{renewal, setup},
};
use serde_json::{Value, json};

use crate::world::{Answer, DESTINATION, PREVIEW, Plan, SOURCE, World, collection_path};

const DAY: u64 = 86_400_000;

fn newest(world: &World, path: &str) -> Statement {
    let newest = world.statements(path).pop().unwrap();
    Statement::parse(newest["statement"].as_str().unwrap()).unwrap()
}

#[test]
fn nothing_is_copied_from_the_source() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    world.edit("r1", json!({"n": 2}));
    world.editor().patch(SOURCE, json!({"data": {"sort": "evil"}})).ok();
    let (before, preview) = (newest(&world, DESTINATION), newest(&world, PREVIEW));
    let edited = world.collection(SOURCE);
    world.editor().set_status("to-resign").ok();
    let after = newest(&world, DESTINATION);
    assert_eq!(
        (after.count, after.root, after.content, after.timestamp),
        (before.count, before.root, before.content, before.timestamp)
    );
    assert_eq!(after.version, before.version + 1);
    assert_eq!(newest(&world, PREVIEW).root, preview.root);
    assert_eq!(world.changeset(DESTINATION, "")["metadata"].get("sort"), None);
    assert_eq!(world.changeset(PREVIEW, "")["metadata"].get("sort"), None);
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "work-in-progress");
    assert_eq!(source["last_signature_by"], "account:editor");
    assert_eq!(source["last_edit_by"], edited["last_edit_by"]);
    assert_eq!(world.change()["updated"], 1);
    world.check();
}

#[test]
fn every_status_is_what_it_was() {
    let world = World::new();
    for step in ["signed", "work-in-progress", "to-review"] {
        match step {
            "work-in-progress" => world.edit("r1", json!({})),
            "to-review" => world.request(),
            _ => {}
        }
        world.editor().set_status("to-resign").ok();
        assert_eq!(world.status(), step);
    }
    assert!(world.requests()[0].end.is_none(), "the request is open still");
    world.approve();
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
}

#[test]
fn it_needs_write_on_the_source() {
    let world = World::new();
    world.unchanged(|| {
        world.stranger().set_status("to-resign").forbidden();
        world.anonymous().set_status("to-resign").unauthorized();
    });
    world.reviewer().set_status("to-resign").ok();
}

#[test]
fn statements_are_renewed_at_the_middle_of_their_time() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let run = || renewal::run_due(world.services()).unwrap();
    assert_eq!(run(), []);
    world.wait(7 * DAY - 60_000);
    assert_eq!(run(), []);
    world.wait(120_000);
    let before = newest(&world, DESTINATION);
    let source = world.collection(SOURCE);
    assert_eq!(run(), [collection_path(DESTINATION), collection_path(PREVIEW)]);
    let after = newest(&world, DESTINATION);
    assert_eq!(
        (after.root, after.timestamp, after.version),
        (before.root, before.timestamp, before.version + 1)
    );
    assert!(after.expires > before.expires);
    assert_eq!(run(), []);
    assert_eq!(world.collection(SOURCE), source, "the source is not touched");
    let kinds: Vec<Value> =
        world.statements(DESTINATION).into_iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["created", "published", "resigned"]);
    world.check();
}

#[test]
fn a_new_leaf_has_everything_signed_again() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let chain = |world: &World| world.changeset(DESTINATION, "")["metadata"]["signature"]["x5u"].clone();
    let before = chain(&world);
    // Another process of the same authority: its leaf is another one.
    world.wait(46 * DAY);
    assert!(world.renew_leaf());
    assert_eq!(renewal::run_due(world.services()).unwrap().len(), 2);
    assert_ne!(chain(&world), before);
    let old = before.as_str().unwrap().strip_prefix("http://settings.example.test/v1").unwrap().to_owned();
    assert_eq!(world.anonymous().get(&old).status, 200, "the old chain is kept for ever");
    assert_eq!(renewal::run_due(world.services()).unwrap(), []);
    world.check();
}

#[test]
fn what_no_resource_names_any_more_is_left_alone() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let world = world.restarted(&Plan { resources: vec!["elsewhere -> other"], ..Plan::default() });
    world.wait(10 * DAY);
    assert_eq!(renewal::run_due(world.services()).unwrap(), []);
    assert_eq!(setup::begin_resources(world.services()).unwrap(), []);
    let answer: Answer = world.anonymous().get(DESTINATION);
    assert_eq!(answer.body["data"].get("countersign"), None, "nobody vouches for it any more");
}
