//! What is answered from memory: that it is current, and that it is bounded.

use std::{sync::Arc, thread};

use countersign::{
    storage::{ListKey, StorageError},
    types::CollectionPath,
    workflow::{Listener, renewal},
};
use serde_json::{Value, json};

use super::{CHANGES, DAY, app, changeset, ids};
use crate::app::{START, TestApp, at};

#[test]
fn a_large_answer_is_read_page_by_page_and_whole() {
    let app = TestApp::builder().cache_max_bytes(1).start();
    app.make_collection("cfr");
    let text = "x".repeat(3_000);
    let batch = |from: usize| {
        let put = |n: usize| {
            json!({
                "method": "PUT",
                "path": format!("/buckets/main-workspace/collections/cfr/records/r{n:04}"),
                "body": {"data": {"text": text}},
            })
        };
        json!({"requests": (from..from + 25).map(put).collect::<Vec<_>>()})
    };
    for from in (0..200).step_by(25) {
        let _written = app.editor().post("/batch", &batch(from)).expect(200);
    }
    app.publish("cfr", &[]);
    // Nothing fits into memory: the list and what is published come from the database.
    let body = changeset(&app, "_expected=0").expect(200);
    assert_eq!(body.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(body.header("Cache-Control"), Some("max-age=60"));
    let body = body.json();
    let found = ids(&body);
    assert_eq!(found.len(), 200);
    let times: Vec<u64> = body["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["last_modified"].as_u64().unwrap())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]));
    let half = changeset(&app, &format!("_expected=0&_since={}", times[100])).expect(200).json();
    assert_eq!(ids(&half), found[..100]);
    let some = changeset(&app, "_expected=0&_limit=150").expect(200).json();
    assert_eq!(ids(&some), found[..150]);
}

#[test]
fn a_publication_is_seen_by_the_next_reader() {
    let app = app();
    for round in 0..3 {
        let before = changeset(&app, "_expected=0").expect(200).json();
        let listed_before = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200).json();
        app.clock.advance_millis(10);
        app.publish("cfr", &[("new", json!({"round": round}))]);
        let after = changeset(&app, "_expected=0").expect(200).json();
        assert_eq!(after["changes"][0]["round"], round);
        assert!(after["timestamp"].as_u64() > before["timestamp"].as_u64());
        let listed_after = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200).json();
        assert_eq!(listed_after["changes"][0]["last_modified"], after["timestamp"]);
        assert!(listed_after["timestamp"].as_u64() > listed_before["timestamp"].as_u64());
    }
}

#[test]
fn a_signature_that_is_renewed_is_seen_by_the_next_reader() {
    let app = app();
    let before = changeset(&app, "_expected=0").expect(200).json();
    app.clock.advance_millis(DAY);
    let source = "/buckets/main-workspace/collections/cfr";
    let _signed = app.editor().patch(source, &json!({"data": {"status": "to-resign"}})).expect(200);
    let after = changeset(&app, "_expected=0").expect(200).json();
    assert_eq!(after["timestamp"], before["timestamp"]);
    assert_ne!(after["metadata"]["countersign"], before["metadata"]["countersign"]);
    assert!(after["metadata"]["last_modified"].as_u64() > before["metadata"]["last_modified"].as_u64());
}

#[test]
fn readers_and_publications_at_once_see_whole_states() {
    let app = app();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                for _ in 0..40 {
                    let body = changeset(&app, "_expected=0").expect(200).json();
                    let timestamp = body["timestamp"].as_u64().unwrap();
                    assert!(timestamp >= last, "a reader went back in time");
                    last = timestamp;
                    let statement = body["metadata"]["countersign"]["statement"].as_str().unwrap();
                    let statement: Value = serde_json::from_str(statement).unwrap();
                    assert_eq!(statement["timestamp"], timestamp);
                    assert_eq!(statement["count"], body["changes"].as_array().unwrap().len());
                }
            });
        }
        for round in 0..4 {
            app.publish("cfr", &[(&format!("round-{round}"), json!({"round": round}))]);
        }
    });
}

#[test]
fn a_warm_poll_touches_no_database() {
    let app = app();
    let warm = changeset(&app, "_expected=0").expect(200);
    let list = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200);
    // Changed behind the service's back: only who reads the database sees it.
    let records = ListKey::Records(CollectionPath::parse("main/cfr").unwrap());
    let written: Result<(), StorageError> =
        app.services.store.write(|tx| tx.put_timestamp(&records, at(START + DAY)));
    written.unwrap();
    assert_eq!(changeset(&app, "_expected=0").expect(200).body, warm.body);
    assert_eq!(app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200).body, list.body);
    app.stop();
}

#[test]
fn what_another_process_published_is_seen() {
    let app = app();
    let before = changeset(&app, "_expected=0").expect(200).json();
    // Signs again beside the service, as a command does: nobody tells its listener.
    let mut beside = app.services.clone();
    beside.listener = Arc::new(Deaf);
    app.clock.advance_millis(8 * DAY);
    let signed = renewal::run_due(&beside).unwrap();
    assert_eq!(signed.len(), 2);
    for _ in 0..100_000 {
        if changeset(&app, "_expected=0").expect(200).json()["metadata"] != before["metadata"] {
            return;
        }
        thread::yield_now();
    }
    panic!("never seen");
}

#[test]
fn what_does_not_fit_beside_the_others_is_served_all_the_same() {
    // Each of the three is about 40 KB; two of them fit.
    let app = TestApp::builder().cache_max_bytes(100_000).start();
    let text = "x".repeat(40_000);
    for id in ["one", "two", "three"] {
        app.make_collection(id);
        app.publish(id, &[("a", json!({"in": id, "text": text}))]);
    }
    for round in 0..3 {
        for id in ["one", "two", "three"] {
            let path = format!("/buckets/main/collections/{id}/changeset?_expected={round}");
            let answer = app.anonymous().get(&path).expect(200);
            assert_eq!(answer.json()["changes"][0]["in"], id);
            // Each fits alone: none of them has to be read while it is sent.
            assert!(answer.header("Content-Length").is_some());
        }
    }
}

#[test]
fn a_changeset_in_a_batch_has_a_limit() {
    let app = TestApp::start();
    app.make_collection("cfr");
    let text = "x".repeat(1_000_000);
    let source = "/buckets/main-workspace/collections/cfr";
    for n in 0..17 {
        let data = json!({"data": {"text": text}});
        let _written = app.editor().put(&format!("{source}/records/r{n}"), &data).expect(201);
    }
    let path = format!("{source}/changeset?_expected=0");
    let answer = app.editor().post("/batch", &json!({"requests": [{"path": path}]})).expect(200);
    let item = &answer.json()["responses"][0];
    assert_eq!((&item["status"], &item["body"]["errno"]), (&json!(400), &json!(109)));
    assert_eq!(item["body"]["message"], "A changeset in a batch is limited to 16777216 bytes.");
    let whole = app.editor().get(&path).expect(200);
    assert_eq!(ids(&whole.json()).len(), 17);
}

#[derive(Debug)]
struct Deaf;

impl Listener for Deaf {
    fn published(&self, _: &[CollectionPath]) {}
}
