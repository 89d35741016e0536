//! Records: the door of what will be signed, the times that writes get, and what is stored when a write is refused.

use countersign::{
    types::{CollectionPath, RecordId},
    workflow::Limits,
};
use serde_json::{Value, json};

use crate::app::{Response, START, TestApp};

const PLAIN: &str = "/buckets/b/collections/c/records";
const SOURCE: &str = "/buckets/main-workspace/collections/cfr/records";

fn start() -> TestApp {
    start_with(Limits::default())
}

fn start_with(limits: Limits) -> TestApp {
    let app = TestApp::builder().limits(limits).start();
    let _bucket = app.admin().put("/buckets/b", &json!({})).expect(201);
    let _collection = app.admin().put("/buckets/b/collections/c", &json!({})).expect(201);
    app.make_collection("cfr");
    app
}

fn put(app: &TestApp, list: &str, id: &str, data: &Value) -> Response {
    app.admin().put(&format!("{list}/{id}"), &json!({"data": data}))
}

fn put_text(app: &TestApp, list: &str, id: &str, data: &str) -> Response {
    app.admin()
        .request("PUT", &format!("{list}/{id}"))
        .header("Content-Type", "application/json")
        .body(format!("{{\"data\":{data}}}"))
        .send()
}

#[test]
fn a_record_keeps_what_it_was_given() {
    let app = start();
    let data = r#"{"b":{"y":[1,2.5,null,true],"x":"é\n\u2028 𝄞"},"a":-0,"big":18446744073709551615}"#;
    let made = put_text(&app, PLAIN, "r", data).expect(201);
    let text = String::from_utf8(made.body.clone()).unwrap();
    let kept = r#"{"a":0,"b":{"x":"\u00e9\n\u2028 \ud834\udd1e","y":[1,2.5E0,null,true]},"big":18446744073709551615,"id":"r","last_modified":"#;
    assert!(text.contains(kept), "{text}");
    assert_eq!(app.admin().get(&format!("{PLAIN}/r")).expect(200).body, made.body);
    let posted = app.admin().post(PLAIN, &json!({"data": {"x": 1}})).expect(201).data();
    let id = posted["id"].as_str().unwrap();
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!((parts, id.as_bytes()[14]), (vec![8, 4, 4, 4, 12], b'4'), "{id}");
}

#[test]
fn what_cannot_be_signed_is_refused_with_its_place() {
    let app = start();
    let float = |path: &str| format!("field contains float value (tip: use integer or string), '{path}'");
    for (data, errno, message) in [
        (r#"{"a":1.5}"#, 109, float("a")),
        (r#"{"a":{"b":[1,{"c":1.0}]}}"#, 109, float("a.b.1.c")),
        (r#"{"a":1e2}"#, 109, float("a")),
        (r#"{"a":-0.0}"#, 109, float("a")),
        (r#"{"a":18446744073709551616}"#, 109, float("a")),
        (
            r#"{"a":9007199254740992}"#,
            107,
            "data.a in body: integers beyond 9007199254740991 cannot be signed".to_owned(),
        ),
        (
            r#"{"a":[-9007199254740992]}"#,
            107,
            "data.a.0 in body: integers beyond 9007199254740991 cannot be signed".to_owned(),
        ),
        (
            r#"{"a":{"toJSON":1}}"#,
            107,
            "data.a.toJSON in body: the member toJSON cannot be signed".to_owned(),
        ),
        (
            r#"{"deleted":false}"#,
            107,
            "data.deleted in body: the member deleted is reserved for deleted records".to_owned(),
        ),
    ] {
        let _refused = put_text(&app, SOURCE, "r", data).expect_error(400, errno, &message);
    }
    let names = put_text(&app, SOURCE, "r", r#"{"\ue000":1,"\ud834\udd1e":2}"#).expect(400).json();
    assert_eq!(names["errno"], 107);
    for (data, kind) in [
        (r#"{"a":1,"a":2}"#, "duplicate member"),
        (r#"{"a":"\ud800"}"#, "lone surrogate"),
        (r#"{"a":"\u0000"}"#, "character U+0000"),
        (r#"{"a":1e999}"#, "number out of range"),
    ] {
        for list in [SOURCE, PLAIN] {
            let refused = put_text(&app, list, "r", data).expect(400).json();
            assert_eq!(refused["errno"], 107);
            assert!(
                refused["message"].as_str().unwrap().starts_with(&format!("Invalid JSON: {kind}")),
                "{refused}"
            );
        }
    }
    assert_eq!(app.admin().get(SOURCE).expect(200).data(), json!([]), "nothing was stored");
    // The same door for a patch, which leaves what was there.
    let made = put(&app, SOURCE, "r", &json!({"a": 1})).expect(201);
    let patch = json!({"data": {"a": 2, "b": 0.5}});
    let _refused = app.admin().patch(&format!("{SOURCE}/r"), &patch).expect_error(400, 109, &float("b"));
    assert_eq!(app.admin().get(&format!("{SOURCE}/r")).expect(200).data(), made.data());
    // An attachment that is null is none; in what is never signed everything stays as it is.
    let dropped = put(&app, SOURCE, "r", &json!({"attachment": null, "x": null})).expect(200).data();
    assert_eq!((dropped.get("attachment"), &dropped["x"]), (None, &Value::Null));
    let kept = put(&app, PLAIN, "r", &json!({"attachment": null, "deleted": false})).expect(201).data();
    assert_eq!((kept.get("attachment"), &kept["deleted"]), (Some(&Value::Null), &json!(false)));
}

#[test]
fn records_and_collections_have_a_greatest_size() {
    let app = start_with(Limits { record: 256, records: 3, ..Limits::default() });
    let empty = r#"{"a":"","id":"r"}"#.len();
    let most = "x".repeat(256 - empty);
    let _fits = put(&app, PLAIN, "r", &json!({"a": most})).expect(201);
    let _too_long = put(&app, PLAIN, "r", &json!({"a": format!("{most}x")})).expect_error(
        413,
        113,
        "A record has at most 256 bytes.",
    );
    assert_eq!(app.admin().get(&format!("{PLAIN}/r")).data()["a"], most);

    let full = |answer: Response| answer.expect_error(507, 121, "A collection has at most 3 records.");
    for id in ["r2", "r3"] {
        let _fits = put(&app, PLAIN, id, &json!({})).expect(201);
    }
    let _full = full(put(&app, PLAIN, "r4", &json!({})));
    let _full = full(app.admin().post(PLAIN, &json!({})));
    let _replaced = put(&app, PLAIN, "r3", &json!({"n": 1})).expect(200);
    assert_eq!(app.admin().head(PLAIN).header("Total-Objects"), Some("3"));
    let _room = app.admin().delete(&format!("{PLAIN}/r2")).expect(200);
    let _fits = put(&app, PLAIN, "r2", &json!({})).expect(201);
    let _full = full(put(&app, PLAIN, "r4", &json!({})));
}

#[test]
fn times_follow_the_table_of_the_protocol() {
    let app = start();
    let etag = || app.admin().get(PLAIN).expect(200).etag();
    let at = |id: &str, asked: Value| put(&app, PLAIN, id, &json!({"last_modified": asked})).etag();

    let begun = etag();
    assert_eq!(begun, START, "the list's time is there before anything is in it");
    app.clock.advance_millis(1_000);
    assert_eq!(etag(), begun, "and reading does not move it");

    let now = app.now().as_millis();
    assert_eq!(at("new", json!(null)), now, "max(now, T+1)");
    assert_eq!(at("new", json!(null)), now + 1, "also when nothing changed");
    assert_eq!(at("future", json!(now + 10_000)), now + 10_000);
    assert_eq!(etag(), now + 10_000, "a later one becomes T");
    assert_eq!(at("after", json!(null)), now + 10_001);
    assert_eq!(at("same", json!(now + 10_001)), now + 10_002, "T itself is taken: the next");
    assert_eq!(at("past", json!(5_000)), 5_000);
    assert_eq!(etag(), now + 10_002, "an earlier one leaves T");
    assert_eq!(at("past", json!(4_000)), now + 10_003, "an update does not go back: as if absent");
    assert_eq!(at("past", json!(now + 10_003)), now + 10_004);
    assert_eq!(at("past", json!(now + 20_000)), now + 20_000);
    for (id, ignored) in [
        ("s", json!("5000")),
        ("f", json!(5_000.5)),
        ("n", json!(-5)),
        ("b", json!(true)),
        ("h", json!(1_u64 << 53)),
    ] {
        let t = etag();
        assert_eq!(at(id, ignored.clone()), t + 1, "{ignored}");
    }
    // An earlier time on an update counts where it is later than the record's own.
    let old = at("old", json!(6_000));
    assert_eq!((old, at("old", json!(7_000))), (6_000, 7_000));

    // Deletion: the same rules.
    let t = etag();
    let delete =
        |id: &str, query: &str| app.admin().delete(&format!("{PLAIN}/{id}{query}")).expect(200).etag();
    assert_eq!(delete("s", ""), t + 1);
    assert_eq!(delete("old", "?last_modified=7500"), 7_500);
    assert_eq!(delete("f", "?last_modified=5"), t + 2);
    assert_eq!(delete("n", &format!("?last_modified={}", t + 100)), t + 100);
    assert_eq!(etag(), t + 100);
}

#[test]
fn two_entries_of_a_list_never_share_a_time() {
    let app = start();
    let _first = put(&app, PLAIN, "a", &json!({"last_modified": 5_000})).expect(201);
    let taken = put(&app, PLAIN, "b", &json!({"last_modified": 5_000}));
    assert_eq!(taken.header("Retry-After"), Some("3"));
    let _taken = taken.expect_error(409, 122, "Integrity constraint violated, please retry.");
    let _missing = app.admin().get(&format!("{PLAIN}/b")).expect(404);
    let _tombstone = app.admin().delete(&format!("{PLAIN}/a?last_modified=6000")).expect(200);
    let _free = put(&app, PLAIN, "b", &json!({"last_modified": 5_000})).expect(201);
    let _taken = put(&app, PLAIN, "c", &json!({"last_modified": 6_000})).expect(409);
    let collection = |id: &str| {
        app.admin().put(&format!("/buckets/b/collections/{id}"), &json!({"data": {"last_modified": 5_000}}))
    };
    let _first = collection("x").expect(201);
    let _taken = collection("y").expect(409);
}

#[test]
fn a_source_keeps_past_times_and_no_future_ones() {
    let app = start();
    app.clock.advance_millis(1_000);
    let now = app.now().as_millis();
    let at = |id: &str, asked: u64| put(&app, SOURCE, id, &json!({"last_modified": asked})).etag();
    assert_eq!(at("past", 1_500_000_000_000), 1_500_000_000_000);
    assert_eq!(at("future", now + 1), now, "as if absent");
    assert_eq!(at("far", 1 << 52), now + 1);
    assert_eq!(app.admin().get(SOURCE).etag(), now + 1);
    let deleted = app.admin().delete(&format!("{SOURCE}/far?last_modified={}", now + 50)).expect(200);
    assert_eq!(deleted.etag(), now + 2);
}

#[test]
fn nothing_is_written_while_the_clock_is_a_day_behind() {
    let app = start();
    app.clock.advance_millis(10 * 86_400_000);
    let made = put(&app, PLAIN, "a", &json!({})).expect(201);
    // An hour back is no matter: times go on from the highest.
    app.clock.set(crate::app::at(made.etag() - 3_600_000));
    assert_eq!(put(&app, PLAIN, "b", &json!({})).expect(201).etag(), made.etag() + 1);
    app.clock.set(crate::app::at(made.etag() - 2 * 86_400_000));
    for answer in [
        put(&app, PLAIN, "c", &json!({})),
        put(&app, SOURCE, "c", &json!({})),
        app.admin().delete(&format!("{PLAIN}/a")),
        app.admin().put("/buckets/new", &json!({})),
    ] {
        assert_eq!((answer.status, &answer.json()["errno"]), (503, &json!(201)));
        assert_eq!(answer.header("Retry-After"), Some("300"));
    }
    let _reads = app.admin().get(&format!("{PLAIN}/a")).expect(200);
    let _missing = app.admin().get(&format!("{PLAIN}/c")).expect(404);
    app.clock.set(crate::app::at(made.etag()));
    let _again = put(&app, PLAIN, "c", &json!({})).expect(201);
}

#[test]
fn a_client_that_polls_with_since_sees_each_change_once() {
    let app = start();
    let ids = |response: &Response| -> Vec<(String, bool)> {
        let data = response.data();
        let entry = |entry: &Value| (entry["id"].as_str().unwrap().to_owned(), entry["deleted"] == true);
        data.as_array().unwrap().iter().map(entry).collect()
    };
    for id in ["a", "b", "c"] {
        let _made = put(&app, PLAIN, id, &json!({})).expect(201);
    }
    let poll = |etag: u64| {
        app.admin().get(&format!("{PLAIN}?_sort=-last_modified&_since=%22{etag}%22&_limit=100")).expect(200)
    };
    let first = poll(0);
    assert_eq!(ids(&first), [("c".into(), false), ("b".into(), false), ("a".into(), false)]);
    assert_eq!(ids(&poll(first.etag())), []);
    let _changed = app.admin().patch(&format!("{PLAIN}/a"), &json!({"data": {"x": 1}})).expect(200);
    let _gone = app.admin().delete(&format!("{PLAIN}/b")).expect(200);
    let second = poll(first.etag());
    assert_eq!(ids(&second), [("b".into(), true), ("a".into(), false)]);
    assert_eq!(ids(&poll(second.etag())), []);
    assert_eq!(app.admin().head(PLAIN).header("Total-Records"), Some("2"));
    // Whoever sees single records sees no tombstones.
    let readers = json!({"permissions": {"read": ["account:stranger"]}});
    let _shared = app.admin().patch(&format!("{PLAIN}/a"), &readers).expect(200);
    let shared = app.stranger().get(&format!("{PLAIN}?_since=0")).expect(200);
    assert_eq!(ids(&shared), [("a".into(), false)]);
    assert_eq!(shared.etag(), app.admin().get(PLAIN).etag(), "the time of the whole list");
    assert_eq!(app.stranger().head(PLAIN).expect(200).header("Total-Objects"), Some("1"));
    assert_eq!(app.stranger().get(&format!("{PLAIN}?id=c")).expect(200).data(), json!([]));
}

#[test]
fn deleting_a_list_deletes_what_the_caller_may_write() {
    let app = start();
    for id in ["a", "b", "c"] {
        let _made = put(&app, PLAIN, id, &json!({"mine": id == "b"})).expect(201);
    }
    let writers = json!({"permissions": {"write": ["account:stranger"]}});
    let _shared = app.admin().patch(&format!("{PLAIN}/b"), &writers).expect(200);
    let deleted = app.stranger().delete(PLAIN).expect(200);
    assert_eq!(deleted.data().as_array().unwrap().len(), 1);
    assert_eq!(deleted.data()[0]["id"], "b");
    let _nothing = app.stranger().delete(PLAIN).expect(403);
    assert_eq!(app.admin().delete(&format!("{PLAIN}?mine=true")).expect(200).data(), json!([]));
    let left = app.admin().delete(&format!("{PLAIN}?_since=0")).expect(200);
    assert_eq!(left.data().as_array().unwrap().len(), 2);
    assert_eq!(app.admin().get(PLAIN).data(), json!([]));
}

#[test]
fn records_of_a_signed_resource_share_their_bytes() {
    let app = start();
    app.publish("cfr", &[("r", json!({"title": "same"}))]);
    let id = RecordId::parse("r").unwrap();
    let content = |path: &str| {
        let path = CollectionPath::parse(path).unwrap();
        let entry = app.services.store.read(|tx| tx.find_record(&path, &id)).unwrap().unwrap();
        match entry {
            countersign::storage::Entry::Live(stored) => stored.content_id,
            countersign::storage::Entry::Deleted(_) => panic!("deleted"),
        }
    };
    assert_eq!(content("main-workspace/cfr"), content("main/cfr"));
    assert_eq!(content("main-workspace/cfr"), content("main-preview/cfr"));
}
