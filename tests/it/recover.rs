//! After a restore: versions and times above what anybody has seen.

use countersign::{
    storage::StorageError,
    types::Clock as _,
    workflow::recover::{self, Disagreement},
};
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, Plan, SOURCE, World, collection_path};

fn disagreements(world: &World) -> Vec<Disagreement> {
    recover::disagreements(world.services(), world.ledger.as_ref()).unwrap()
}

/// Versions and times that anybody has seen.
fn newest(world: &World, path: &str) -> (u64, u64) {
    let version = world.statements(path).pop().unwrap()["version"].as_u64().unwrap();
    (version, world.changeset(path, "")["timestamp"].as_u64().unwrap())
}

#[test]
fn a_restored_folder_publishes_on_above_what_was_lost() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let backup = world.copy(&Plan::default());
    // What happens after the backup is lost with the disk.
    for number in 2..6 {
        world.publish("r1", json!({"n": number}));
        world.publish("lost", json!({"n": number}));
    }
    let lost = [PREVIEW, DESTINATION].map(|path| newest(&world, path));
    let lost_texts: Vec<Value> = world.statements(DESTINATION);

    backup.clock.set(world.clock.now());
    assert_eq!(disagreements(&backup), [], "nothing tells that it is old: the operator knows");
    let recovered = recover::recover(backup.services(), backup.ledger.as_ref()).unwrap();
    assert_eq!(recovered.len(), 2);
    backup.check();
    for (path, (version, timestamp)) in [PREVIEW, DESTINATION].into_iter().zip(lost) {
        let now = newest(&backup, path);
        assert!(now.0 > version + 1 && now.1 > timestamp, "{path}: {now:?}");
    }
    assert_eq!(disagreements(&backup), []);
    backup.publish("r1", json!({"n": 9}));
    backup.check();
    let known: Vec<u64> = lost_texts.iter().map(|entry| entry["version"].as_u64().unwrap()).collect();
    let fresh = backup.statements(DESTINATION).into_iter().skip(2);
    assert!(fresh.into_iter().all(|entry| !known.contains(&entry["version"].as_u64().unwrap())));

    // As often as one likes.
    recover::recover(backup.services(), backup.ledger.as_ref()).unwrap();
    backup.publish("r1", json!({"n": 10}));
    backup.check();
}

#[test]
fn a_database_without_its_ledger_and_a_ledger_without_its_database_are_noticed() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let old_database = world.copy(&Plan::default());
    world.publish("r1", json!({"n": 2}));

    // The ledger of now beside the database of then.
    let mixed = old_database.with_file_of(&world, "spent.db", &Plan::default());
    let destination = collection_path(DESTINATION);
    let found = disagreements(&mixed);
    assert_eq!(found.len(), 2);
    assert!(found.contains(&Disagreement { path: destination.clone(), published: 2, spent: 3 }));
    recover::recover(mixed.services(), mixed.ledger.as_ref()).unwrap();
    assert_eq!(disagreements(&mixed), []);
    mixed.check();

    // The database of now beside an empty ledger.
    let without = world.copy(&Plan::default()).without_file("spent.db", &Plan::default());
    assert!(disagreements(&without).contains(&Disagreement { path: destination, published: 3, spent: 0 }));
    recover::recover(without.services(), without.ledger.as_ref()).unwrap();
    assert_eq!(disagreements(&without), []);
    without.publish("r1", json!({"n": 3}));
    without.check();
}

#[test]
fn what_only_the_ledger_knows_is_raised_for_the_day_when_it_comes() {
    let world = World::empty(&Plan::default());
    let empty = world.copy(&Plan::default());
    world.add_source(SOURCE);
    world.publish("r1", json!({"n": 1}));
    let restored = empty.with_file_of(&world, "spent.db", &Plan::default());
    let recovered = recover::recover(restored.services(), restored.ledger.as_ref()).unwrap();
    assert!(recovered.iter().all(|entry| entry.published.is_none()) && recovered.len() == 2);
    restored.add_source(SOURCE);
    let (version, _) = newest(&restored, DESTINATION);
    assert!(version > 1_000_000, "{version}");
    let statements = restored.statements(DESTINATION);
    assert_eq!(statements.len(), 1);
    restored.check();
}

#[test]
fn damaged_rows_are_the_operators_to_mend() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let path = collection_path(DESTINATION);
    let broken = world.services().store.write(|tx| {
        let mut latest = tx.latest_publication(&path)?.unwrap();
        latest.version += 1;
        latest.statement = "no statement".to_owned();
        tx.insert_publication(&latest)
    });
    broken.unwrap_or_else(|error: StorageError| panic!("{error}"));
    let answer = world.admin().get(&format!("{SOURCE}/change"));
    assert_eq!((answer.status, answer.body["errno"].as_u64()), (500, Some(999)));
    assert_eq!(answer.body["message"], "A programmatic error occurred, developers have been informed.");
}
