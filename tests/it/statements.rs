//! The chain of statements, followed over HTTP.

use countersign::signing::Statement;
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, SOURCE, World};

fn page(world: &World, query: &str) -> Vec<u64> {
    let answer = world.anonymous().get(&format!("{DESTINATION}/statements{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["data"].as_array().unwrap().iter().map(|entry| entry["version"].as_u64().unwrap()).collect()
}

#[test]
fn it_can_be_followed_past_deletion_and_creation() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    world.editor().set_status("to-resign").ok();
    world.editor().delete(&format!("{SOURCE}/records/r1")).ok();
    world.request();
    world.approve();
    world.admin().delete(SOURCE).ok();
    world.check();
    world.add_source(SOURCE);
    world.publish("r2", json!({"n": 2}));
    world.check();
    let statements = world.statements(DESTINATION);
    let kinds: Vec<&str> = statements.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "published", "resigned", "published", "emptied", "created", "published"]);
    let versions: Vec<u64> = statements.iter().map(|entry| entry["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    let first = Statement::parse(statements[0]["statement"].as_str().unwrap()).unwrap();
    assert_eq!(first.previous, None);
    let counts: Vec<u64> = statements
        .iter()
        .map(|entry| Statement::parse(entry["statement"].as_str().unwrap()).unwrap().count)
        .collect();
    assert_eq!(counts, [0, 1, 1, 0, 0, 0, 1]);
}

#[test]
fn it_is_paged_from_a_version() {
    let world = World::new();
    for number in 1..5 {
        world.publish("r1", json!({"n": number}));
    }
    assert_eq!(page(&world, ""), [1, 2, 3, 4, 5]);
    assert_eq!(page(&world, "?_from=3"), [3, 4, 5]);
    assert_eq!(page(&world, "?_from=2&_limit=2"), [2, 3]);
    assert_eq!(page(&world, "?_limit=1"), [1]);
    assert_eq!(page(&world, "?_from=6"), Vec::<u64>::new());
    assert_eq!(page(&world, "?_from=&_limit="), [1, 2, 3, 4, 5]);
    for (query, name) in [("?_from=x", "_from"), ("?_from=-1", "_from"), ("?_limit=1.5", "_limit")] {
        let answer = world.anonymous().get(&format!("{DESTINATION}/statements{query}"));
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (400, Some(107)), "{query}");
        assert_eq!(answer.body["details"][0]["name"], name);
    }
}

#[test]
fn each_carries_its_signatures_and_their_chains_stay() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    for entry in world.statements(DESTINATION).into_iter().chain(world.statements(PREVIEW)) {
        let members: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(members, ["kind", "signatures", "statement", "version"]);
        let signatures: &Value = &entry["signatures"];
        assert_eq!(signatures[0]["mode"], "p384ecdsa");
        let chain = signatures[0]["x5u"].as_str().unwrap().strip_prefix("/v1").unwrap();
        assert_eq!(world.anonymous().get(chain).status, 200);
    }
}

#[test]
fn there_are_none_of_what_is_not_published() {
    let world = World::new();
    let missing = "The resource you are looking for could not be found.";
    world.admin().get(&format!("{SOURCE}/statements")).refused(404, 111, missing);
    world.anonymous().get(&format!("{SOURCE}/statements")).unauthorized();
    let nowhere = DESTINATION.replace("cfr", "nowhere");
    world.admin().get(&format!("{nowhere}/statements")).refused(404, 111, missing);
    world.anonymous().get(&format!("{nowhere}/statements")).unauthorized();
    world.stranger().get(&format!("{nowhere}/statements")).forbidden();
}
