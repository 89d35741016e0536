//! `GET …/change`: what a reviewer sees, and its name.

use countersign::{
    signing::{Change, ChangeBase},
    types::{JsonLimits, Nul, Object, Sha256Digest, Timestamp, Value as Json},
};
use serde_json::{Value, json};

use crate::world::{DESTINATION, PREVIEW, SOURCE, World, collection_path, sha256};

fn ids(change: &Value) -> Vec<&str> {
    change["changes"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[test]
fn it_says_what_publishing_would_write() {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world.edit("r2", json!({"title": "two"}));
    world.request();
    world.approve();
    world.edit("r2", json!({"title": "zwei"}));
    world.editor().delete(&format!("{SOURCE}/records/r1")).ok();
    world.other_editor().put(&format!("{SOURCE}/records/r3"), json!({"data": {"title": "three"}})).ok();
    world.other_editor().patch(&format!("{SOURCE}/records/r2"), json!({"data": {"n": 1}})).ok();
    let change = world.change();
    assert_eq!(
        (&change["created"], &change["updated"], &change["deleted"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(change["editors"], json!(["account:editor", "account:other-editor"]));
    assert_eq!(
        change["changes"],
        json!([
            {"id": "r1", "before": {"id": "r1", "title": "one"}, "after": null, "by": ["account:editor"]},
            {
                "id": "r2",
                "before": {"id": "r2", "title": "two"},
                "after": {"id": "r2", "n": 1, "title": "zwei"},
                "by": ["account:editor", "account:other-editor"],
            },
            {"id": "r3", "before": null, "after": {"id": "r3", "title": "three"}, "by": ["account:other-editor"]},
        ])
    );
}

#[test]
fn its_digest_is_that_of_the_specification() {
    let world = World::new();
    world.publish("r1", json!({"title": "one"}));
    world.edit("r1", json!({"title": "caf\u{e9}"}));
    world.editor().patch(SOURCE, json!({"data": {"sort": "-n", "flags": [1.5]}})).ok();
    let change = world.change();

    let newest = world.statements(DESTINATION).pop().unwrap();
    let statement: Value = serde_json::from_str(newest["statement"].as_str().unwrap()).unwrap();
    let root = statement["root"].as_str().unwrap();
    let timestamp = statement["timestamp"].as_u64().unwrap();
    assert_eq!(change["base"], json!({"root": root, "timestamp": timestamp}));
    let base = ChangeBase {
        root: Sha256Digest::parse(root).unwrap(),
        timestamp: Timestamp::from_millis(timestamp).unwrap(),
    };
    let attributes =
        Json::parse(br#"{"flags":[1.5],"sort":"-n"}"#, JsonLimits { depth: 8, nul: Nul::Refused });
    let attributes: Object = attributes.unwrap().as_object().unwrap().clone();
    let mut expected = Change::new(collection_path(DESTINATION), Some(base), &attributes);
    expected.put("r1", Sha256Digest::of(br#"{"id":"r1","title":"caf\u00e9"}"#));
    assert_eq!(change["text"].as_str(), Some(expected.to_text().as_str()));
    assert_eq!(change["digest"], sha256(&expected.to_text()));
    assert_eq!(change["fingerprint"], expected.digest().fingerprint().to_string());
}

#[test]
fn a_signature_in_between_does_not_alter_it() {
    let world = World::new();
    world.publish("r1", json!({"title": "one"}));
    world.edit("r1", json!({"title": "two"}));
    let before = world.change();
    world.editor().set_status("to-resign").ok();
    assert_eq!(world.change(), before);
    world.wait(1_000_000);
    assert_eq!(world.change(), before);
}

#[test]
fn a_difference_in_schema_alone_is_none() {
    let world = World::new();
    world.publish("r1", json!({"title": "one", "schema": 1}));
    world.edit("r1", json!({"title": "one", "schema": 2}));
    let change = world.change();
    assert_eq!(
        (&change["updated"], &change["editors"], &change["changes"]),
        (&json!(0), &json!([]), &json!([]))
    );
}

#[test]
fn it_is_there_at_every_status() {
    let world = World::new();
    assert_eq!(world.change()["changes"], json!([]));
    world.edit("r1", json!({}));
    assert_eq!(ids(&world.change()), ["r1"]);
    world.request();
    assert_eq!(ids(&world.change()), ["r1"]);
    world.approve();
    assert_eq!(world.change()["changes"], json!([]));
}

#[test]
fn it_is_paged_and_its_digest_is_of_all() {
    let world = World::new();
    for id in ["b", "a", "d", "c", "e"] {
        world.edit(id, json!({}));
    }
    let page = |query: &str| {
        let answer = world.admin().get(&format!("{SOURCE}/change{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["data"].clone()
    };
    let whole = page("");
    assert_eq!(ids(&whole), ["a", "b", "c", "d", "e"]);
    for (query, expected) in [
        ("?_limit=2", vec!["a", "b"]),
        ("?_limit=2&_after=b", vec!["c", "d"]),
        ("?_after=d", vec!["e"]),
        ("?_after=e", vec![]),
        ("?_limit=0", vec!["a", "b", "c", "d", "e"]),
        ("?_limit=999999999", vec!["a", "b", "c", "d", "e"]),
    ] {
        let part = page(query);
        assert_eq!(ids(&part), expected, "{query}");
        assert_eq!((&part["digest"], &part["created"]), (&whole["digest"], &json!(5)));
    }
    for query in ["?_limit=-1", "?_limit=x", "?_limit=1.5", "?_limit=99999999999999999999"] {
        let answer = world.admin().get(&format!("{SOURCE}/change{query}"));
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (400, Some(107)), "{query}");
        assert_eq!(answer.body["details"][0]["location"], "querystring");
        assert_eq!(answer.body["details"][0]["name"], "_limit");
    }
}

#[test]
fn it_is_for_those_who_read_all_records() {
    let world = World::new();
    world.edit("r1", json!({}));
    let target = format!("{SOURCE}/change");
    world.anonymous().get(&target).unauthorized();
    world.stranger().get(&target).forbidden();
    world.admin().patch(SOURCE, json!({"permissions": {"record:create": ["account:stranger"]}})).ok();
    world.stranger().get(&target).forbidden();
    world.admin().patch(SOURCE, json!({"permissions": {"read": ["account:stranger"]}})).ok();
    for person in [world.stranger(), world.editor(), world.reviewer(), world.admin()] {
        assert_eq!(person.get(&target).status, 200);
    }
}

#[test]
fn there_is_none_where_there_is_no_source() {
    let world = World::new();
    let missing = "The resource you are looking for could not be found.";
    for path in [PREVIEW, DESTINATION] {
        world.anonymous().get(&format!("{path}/change")).refused(404, 111, missing);
    }
    let nowhere = SOURCE.replace("cfr", "nowhere");
    world.admin().get(&format!("{nowhere}/change")).refused(404, 111, missing);
    world.admin().get("/buckets/main-workspace/collections/%20/change").refused(404, 111, missing);
    world.stranger().get(&format!("{nowhere}/change")).forbidden();
}
