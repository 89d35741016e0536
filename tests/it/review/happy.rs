//! What people do every day: edit, ask, approve.

use serde_json::json;

use crate::world::{DESTINATION, PREVIEW, SOURCE, World};

#[test]
fn a_source_is_born_signed_with_an_empty_publication() {
    let world = World::new();
    let source = world.collection(SOURCE);
    assert_eq!(source["status"], "signed");
    assert_eq!(source["last_signature_by"], "account:admin");
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    world.check();
}

#[test]
fn what_one_edits_another_publishes() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    assert_eq!(world.status(), "work-in-progress");
    world.check();
    world.request();
    assert_eq!(world.status(), "to-review");
    assert_eq!(world.ids(PREVIEW), ["r1"]);
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    world.check();
    world.approve();
    assert_eq!(world.status(), "signed");
    assert_eq!(world.published(DESTINATION, "r1"), Some(json!({"id": "r1", "title": "one"})));
    world.check();
}
