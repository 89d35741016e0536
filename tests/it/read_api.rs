//! What clients poll: the list of changes, changesets, chains.

use std::{sync::Arc, thread};

use countersign::{
    storage::{ListKey, StorageError},
    types::{CollectionPath, Sha256Digest},
    workflow::{Listener, renewal},
};
use serde_json::{Value, json};

use crate::app::{Response, START, TestApp, at};

const CHANGES: &str = "/buckets/monitor/collections/changes/changeset";
const DAY: u64 = 86_400_000;
const RECORDS: &str = "/buckets/monitor/collections/changes/records";

/// `main-workspace/cfr`, published with records `a`, `b`, `c` (`c` is the newest), and then without `b`.
fn app() -> TestApp {
    with_three(TestApp::start())
}

fn with_three(app: TestApp) -> TestApp {
    app.make_collection("cfr");
    for (id, n) in [("a", 1), ("b", 2), ("c", 3)] {
        app.clock.advance_millis(1_000);
        app.publish("cfr", &[(id, json!({"n": n}))]);
    }
    app.clock.advance_millis(1_000);
    let _deleted = app.editor().delete("/buckets/main-workspace/collections/cfr/records/b").expect(200);
    app.publish("cfr", &[]);
    app
}

fn changeset(app: &TestApp, query: &str) -> Response {
    app.anonymous().get(&format!("/buckets/main/collections/cfr/changeset?{query}"))
}

/// The ids of the entries; tombstones with a minus.
fn ids(changeset: &Value) -> Vec<String> {
    let entries = changeset["changes"].as_array().or_else(|| changeset["data"].as_array()).unwrap();
    entries
        .iter()
        .map(|entry| {
            let sign = if entry["deleted"] == true { "-" } else { "" };
            format!("{sign}{}", entry["id"].as_str().unwrap())
        })
        .collect()
}

/// Buckets and collections of the list of changes.
fn listed(changeset: &Value) -> Vec<String> {
    let entries = changeset["changes"].as_array().or_else(|| changeset["data"].as_array()).unwrap();
    let name = |entry: &Value| {
        format!("{}/{}", entry["bucket"].as_str().unwrap(), entry["collection"].as_str().unwrap())
    };
    entries.iter().map(name).collect()
}

#[test]
fn a_changeset_has_metadata_time_and_live_records_newest_first() {
    let app = app();
    let answer = changeset(&app, "_expected=0").expect(200);
    let body = answer.json();
    assert_eq!(ids(&body), ["c", "a"]);
    assert_eq!(body.as_object().unwrap().len(), 3);
    let metadata = body["metadata"].as_object().unwrap();
    assert_eq!(metadata["bucket"], "main");
    assert_eq!(metadata["id"], "cfr");
    assert!(metadata["last_modified"].as_u64() > body["timestamp"].as_u64());
    let signature = &metadata["signature"];
    assert_eq!(signature["mode"], "p384ecdsa");
    assert_eq!(signature["signature"].as_str().unwrap().len(), 128);
    assert_eq!(metadata["signatures"], json!([signature]));
    assert_eq!(
        body["changes"][1],
        json!({"id": "a", "last_modified": body["changes"][1]["last_modified"], "n": 1})
    );
    let seconds = answer.header("Last-Modified").unwrap();
    assert_eq!(seconds, "Tue, 24 Nov 2026 06:00:04 GMT");
    assert_eq!(answer.header("ETag"), None);
}

#[test]
fn a_chain_is_named_absolutely_for_old_clients_and_by_its_path_in_the_statement() {
    let app = with_three(TestApp::builder().public_url("https://settings.example").start());
    let metadata = changeset(&app, "_expected=0").expect(200).json()["metadata"].clone();
    let path = metadata["countersign"]["signatures"][0]["x5u"].as_str().unwrap();
    assert_eq!(metadata["signature"]["x5u"], format!("https://settings.example{path}"));
    assert_eq!(metadata["signatures"][0]["x5u"], format!("https://settings.example{path}"));
    let chain = app.anonymous().get(path).expect(200);
    assert_eq!(chain.header("Content-Type"), Some("application/x-pem-file"));
    assert_eq!(chain.header("Cache-Control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(path, format!("/v1/cert-chains/{}.pem", Sha256Digest::of(&chain.body)));
    assert_eq!(String::from_utf8(chain.body).unwrap().matches("BEGIN CERTIFICATE").count(), 3);
    let statement: Value =
        serde_json::from_str(metadata["countersign"]["statement"].as_str().unwrap()).unwrap();
    assert_eq!((&statement["bucket"], &statement["collection"]), (&json!("main"), &json!("cfr")));
}

#[test]
fn only_chains_that_were_published_are_served() {
    let app = TestApp::start();
    let missing = "The resource you are looking for could not be found.";
    for file in ["", &format!("{}.pem", "0".repeat(64)), "x.pem", &"0".repeat(64), "..%2f..%2fkeys"] {
        let _error = app.anonymous().raw("GET", &format!("/v1/cert-chains/{file}x")).send().expect(404);
        if !file.is_empty() {
            let _error = app.anonymous().get(&format!("/cert-chains/{file}")).expect_error(404, 111, missing);
        }
    }
}

#[test]
fn since_a_time_what_is_newer_comes_with_tombstones() {
    let app = app();
    let all = changeset(&app, "_expected=0&_since=0").expect(200).json();
    assert_eq!(ids(&all), ["-b", "c", "a"]);
    assert_eq!(all["changes"][0].as_object().unwrap().len(), 3);
    let time = |index: usize| all["changes"][index]["last_modified"].as_u64().unwrap();
    for (since, expected) in [
        (format!("{}", time(2)), vec!["-b", "c"]),
        (format!("%22{}%22", time(1)), vec!["-b"]),
        (format!("{}", time(0)), vec![]),
        ("12345".to_owned(), vec!["-b", "c", "a"]),
        (format!("{}", START + 30 * DAY), vec![]),
        (String::new(), vec!["c", "a"]),
    ] {
        let body = changeset(&app, &format!("_expected=0&_since={since}")).expect(200).json();
        assert_eq!(ids(&body), expected, "{since}");
        assert_eq!(body["timestamp"], all["timestamp"]);
        assert_eq!(body["metadata"], all["metadata"]);
    }
}

#[test]
fn a_limit_keeps_the_newest_and_0_is_none() {
    let app = app();
    for (query, expected) in [
        ("_limit=1", vec!["c"]),
        ("_limit=1&_since=0", vec!["-b"]),
        ("_limit=0", vec!["c", "a"]),
        ("_limit=10000000", vec!["c", "a"]),
        ("foo=bar&_sort=n", vec!["c", "a"]),
    ] {
        assert_eq!(
            ids(&changeset(&app, &format!("_expected=0&{query}")).expect(200).json()),
            expected,
            "{query}"
        );
    }
}

#[test]
fn a_question_that_cannot_be_read_is_refused() {
    let app = app();
    for (query, message) in [
        ("", "_expected in querystring: Required"),
        ("_expected=", "_expected in querystring: Required"),
        (
            "_expected=0&_since=abc",
            "_since in querystring: The value should be integer, optionally between double quotes.",
        ),
        (
            "_expected=0&_since=-1",
            "_since in querystring: The value should be integer, optionally between double quotes.",
        ),
        (
            "_expected=0&_since=4102444800001",
            "_since in querystring: 4102444800001 is greater than maximum value 4102444800000",
        ),
        ("_expected=0&_limit=-1", "_limit in querystring: -1 is less than minimum value 0"),
        ("_expected=0&_limit=x", "_limit in querystring: \"x\" is not a number"),
    ] {
        for path in ["/buckets/main/collections/cfr/changeset", CHANGES] {
            let answer = app.anonymous().get(&format!("{path}?{query}")).expect_error(400, 107, message);
            assert_eq!(answer.json()["details"][0]["location"], "querystring");
            assert_eq!(answer.header("Cache-Control"), None);
        }
    }
}

#[test]
fn what_is_expected_decides_how_long_caches_keep_an_answer() {
    let app = app();
    for path in ["/buckets/main/collections/cfr/changeset", CHANGES] {
        for (expected, max_age) in
            [("0", 60), ("9999123", 60), ("999912345678", 60), ("1795500000000", 3_600), ("abc", 3_600)]
        {
            let answer = app.anonymous().get(&format!("{path}?_expected={expected}")).expect(200);
            assert_eq!(
                answer.header("Cache-Control"),
                Some(format!("max-age={max_age}").as_str()),
                "{expected}"
            );
            assert!(answer.header("Expires").is_some());
        }
    }
}

#[test]
fn the_list_of_changes_names_previews_and_destinations() {
    let app = with_three(TestApp::builder().public_url("https://settings.example:8443").start());
    app.clock.advance_millis(1);
    app.make_collection("other");
    let body = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200).json();
    assert_eq!(body["metadata"], json!({"bucket": "monitor"}));
    // The one created last comes first; both of its lists began in the same moment.
    assert_eq!(listed(&body), ["main/other", "main-preview/other", "main/cfr", "main-preview/cfr"]);
    assert_eq!(body["timestamp"], body["changes"][0]["last_modified"]);
    assert_eq!(body["changes"][0]["host"], "settings.example:8443");
    assert_eq!(body["changes"][0].as_object().unwrap().len(), 5);
    let cfr = changeset(&app, "_expected=0").expect(200).json();
    assert_eq!(body["changes"][2]["last_modified"], cfr["timestamp"]);
    let time = body["changes"][2]["last_modified"].as_u64().unwrap();
    for (query, expected) in [
        (format!("_since={time}"), vec!["main/other", "main-preview/other"]),
        (format!("_since=%22{time}%22"), vec!["main/other", "main-preview/other"]),
        ("bucket=main".to_owned(), vec!["main/other", "main/cfr"]),
        ("bucket=main&collection=cfr".to_owned(), vec!["main/cfr"]),
        ("collection=nothing".to_owned(), vec![]),
        ("_limit=1".to_owned(), vec!["main/other"]),
        (format!("_since={}", START + 30 * DAY), vec![]),
    ] {
        let some = app.anonymous().get(&format!("{CHANGES}?_expected=0&{query}")).expect(200).json();
        assert_eq!(listed(&some), expected, "{query}");
        assert_eq!(some["timestamp"], body["timestamp"], "{query}");
    }
}

#[test]
fn only_what_is_monitored_is_listed() {
    let app = with_three(TestApp::builder().monitored(&["main", "elsewhere/x"]).start());
    app.clock.advance_millis(1);
    app.make_collection("other");
    let body = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200).json();
    assert_eq!(listed(&body), ["main/other", "main/cfr"]);
}

#[test]
fn an_empty_service_says_what_time_it_is() {
    let app = TestApp::start();
    let answer = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200);
    assert_eq!(answer.json(), json!({"metadata": {"bucket": "monitor"}, "timestamp": START, "changes": []}));
    app.clock.advance_millis(7);
    let answer = app.anonymous().get(&format!("{CHANGES}?_expected=0")).expect(200);
    assert_eq!(answer.json()["timestamp"], START + 7);
    let answer = app.anonymous().get(RECORDS).expect(200);
    assert_eq!((answer.json(), answer.etag()), (json!({"data": []}), START + 7));
}

#[test]
fn an_expected_time_in_quotes_is_asked_again_without_them() {
    let app = with_three(TestApp::builder().public_url("https://settings.example").start());
    let answer = app
        .anonymous()
        .get(&format!("{CHANGES}?_expected=%221795500000000%22&bucket=a%20b&x=%C3%A9"))
        .expect(307);
    assert_eq!(
        answer.header("Location"),
        Some(
            "https://settings.example/v1/buckets/monitor/collections/changes/changeset\
             ?bucket=a%20b&x=%C3%A9&_expected=1795500000000"
        )
    );
    assert_eq!(answer.header("Cache-Control"), None);
    let _served = changeset(&app, "_expected=%221795500000000%22").expect(200);
    let _served = app.anonymous().get(&format!("{RECORDS}?_expected=%221795500000000%22")).expect(200);
}

#[test]
fn who_has_more_than_is_expected_is_told_so() {
    let app = app();
    for query in
        ["_expected=1795499999998&_since=1795499999999", "_expected=1795499999998&_since=%221795499999999%22"]
    {
        for path in [CHANGES, RECORDS] {
            let answer = app.anonymous().get(&format!("{path}?{query}")).expect(204);
            assert_eq!(answer.header("Cache-Control"), Some("max-age=86400"));
            assert_eq!(answer.header("Content-Type"), None);
        }
        let _served = changeset(&app, query).expect(200);
    }
    let _served = app.anonymous().get(&format!("{CHANGES}?_expected=0&_since=1795499999999")).expect(200);
}

#[test]
fn a_time_that_is_too_old_is_asked_again_without_it() {
    let app = with_three(TestApp::builder().public_url("https://settings.example").start());
    let now = app.now().as_millis();
    let old = now - 21 * DAY - 1;
    for (path, name) in [(CHANGES, "changeset"), (RECORDS, "records")] {
        let answer = app.anonymous().get(&format!("{path}?_since={old}&_expected=0&bucket=main")).expect(307);
        let expected = format!(
            "https://settings.example/v1/buckets/monitor/collections/changes/{name}?_expected=0&bucket=main"
        );
        assert_eq!(answer.header("Location"), Some(expected.as_str()));
        assert_eq!(answer.header("Cache-Control"), Some("max-age=86400"));
        let _served = app.anonymous().get(&format!("{path}?_since={}&_expected=0", old + 1)).expect(200);
    }
    // The list decides before it looks at the rest of the question, the changeset after.
    let _elsewhere = app.anonymous().get(&format!("{RECORDS}?_since=5&_limit=-1")).expect(307);
    let _error = app.anonymous().get(&format!("{CHANGES}?_since=5&_limit=-1&_expected=0")).expect(400);
    let _served = changeset(&app, "_expected=0&_since=5").expect(200);
}

#[test]
fn the_list_for_old_clients_is_never_not_modified() {
    let app = app();
    let answer = app.anonymous().get(RECORDS).expect(200);
    assert_eq!(listed(&answer.json()), ["main/cfr", "main-preview/cfr"]);
    assert_eq!(answer.header("Cache-Control"), Some("max-age=60"));
    let etag = answer.etag();
    assert_eq!(etag, answer.json()["data"][0]["last_modified"].as_u64().unwrap());
    let ask = |name: &str, value: &str| app.anonymous().request("GET", RECORDS).header(name, value).send();
    assert_eq!(ask("If-None-Match", &format!("\"{etag}\"")).expect(200).json(), json!({"data": []}));
    assert_eq!(ask("If-None-Match", "\"1\"").expect(200).json(), answer.json());
    for (name, value) in [("If-None-Match", "*"), ("If-Match", "\"1\"")] {
        let _error = ask(name, value).expect_error(412, 114, "Resource was modified meanwhile");
    }
    let _served = ask("If-Match", &format!("\"{etag}\"")).expect(200);
    let _error = ask("If-Match", "1").expect_error(
        400,
        107,
        "If-Match in header: The value should be integer between double quotes.",
    );
}

#[test]
fn the_list_for_old_clients_takes_filters() {
    let app = app();
    let all = app.anonymous().get(RECORDS).expect(200).json();
    let first = all["data"][0]["last_modified"].as_u64().unwrap();
    let id = all["data"][0]["id"].as_str().unwrap();
    let host = all["data"][0]["host"].as_str().unwrap();
    for (query, expected) in [
        ("bucket=main".to_owned(), vec!["main/cfr"]),
        ("collection=cfr&bucket=%22main-preview%22".to_owned(), vec!["main-preview/cfr"]),
        (format!("id={id}"), vec!["main/cfr"]),
        (format!("host={host}"), vec!["main/cfr", "main-preview/cfr"]),
        ("host=attacker.example".to_owned(), vec![]),
        (format!("last_modified={first}"), vec!["main/cfr"]),
        (format!("_since={first}"), vec![]),
        (format!("_before={first}"), vec!["main-preview/cfr"]),
        ("_limit=1".to_owned(), vec!["main/cfr"]),
        ("_unknown=1".to_owned(), vec!["main/cfr", "main-preview/cfr"]),
    ] {
        let answer = app.anonymous().get(&format!("{RECORDS}?{query}")).expect(200);
        assert_eq!(listed(&answer.json()), expected, "{query}");
    }
    for (query, message) in [
        ("foo=1", "querystring: Unknown filter field 'foo'"),
        ("_since=", "Invalid value for _since"),
        ("_since=abc", "_since in querystring: \"abc\" is not a number"),
        ("_since=-1", "_since in querystring: -1 is less than minimum value 0"),
        ("_limit=x", "_limit in querystring: \"x\" is not a number"),
    ] {
        let _error = app.anonymous().get(&format!("{RECORDS}?{query}")).expect_error(400, 107, message);
    }
    let head = app.anonymous().head(&format!("{RECORDS}?bucket=main")).expect(200);
    assert_eq!(head.header("Total-Objects"), Some("1"));
}

#[test]
fn a_source_is_shown_to_who_reads_all_of_it() {
    let app = app();
    let path = "/buckets/main-workspace/collections/cfr/changeset";
    let answer = app.editor().get(&format!("{path}?_expected=0")).expect(200);
    let body = answer.json();
    assert_eq!(ids(&body), ["c", "a"]);
    assert_eq!(body["metadata"]["status"], "signed");
    assert_eq!(body["metadata"]["bucket"], "main-workspace");
    assert_eq!(body["metadata"].get("signature"), None);
    assert_eq!(answer.header("Cache-Control"), Some("no-cache, no-store"));
    let since = body["changes"][0]["last_modified"].as_u64().unwrap();
    let newer = app.editor().get(&format!("{path}?_expected=0&_since={since}")).expect(200).json();
    assert_eq!(ids(&newer), ["-b"]);
    assert_eq!(ids(&app.editor().get(&format!("{path}?_expected=0&_limit=1")).expect(200).json()), ["c"]);
    let _head = app.editor().head(&format!("{path}?_expected=0")).expect(200);
}

#[test]
fn what_may_not_be_read_is_asked_about_before_the_question() {
    let app = app();
    for path in [
        "/buckets/main-workspace/collections/cfr/changeset",
        "/buckets/main/collections/nope/changeset",
        "/buckets/nope/collections/nope/changeset",
        "/buckets/no%20pe/collections/nope/changeset",
    ] {
        for query in ["", "?_expected=0"] {
            let _anonymous = app.anonymous().get(&format!("{path}{query}")).expect_error(
                401,
                104,
                "Please authenticate yourself to use this endpoint.",
            );
            let _stranger = app.stranger().get(&format!("{path}{query}")).expect_error(
                403,
                121,
                "This user cannot access this resource.",
            );
        }
    }
    let missing = "The resource you are looking for could not be found.";
    let _error = app
        .editor()
        .get("/buckets/main-workspace/collections/nope/changeset")
        .expect_error(404, 111, missing);
    let _error = app.editor().get("/buckets/main-workspace/collections/cfr/changeset").expect_error(
        400,
        107,
        "_expected in querystring: Required",
    );
}

#[test]
fn a_record_right_does_not_show_the_whole_collection() {
    let app = app();
    let source = "/buckets/main-workspace/collections/cfr";
    let _given = app
        .editor()
        .patch(source, &json!({"permissions": {"record:create": ["account:stranger"]}}))
        .expect(200);
    let _error = app.stranger().get(&format!("{source}/changeset?_expected=0")).expect(403);
    let _given =
        app.editor().patch(source, &json!({"permissions": {"read": ["account:stranger"]}})).expect(200);
    let _served = app.stranger().get(&format!("{source}/changeset?_expected=0")).expect(200);
}

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

#[derive(Debug)]
struct Deaf;

impl Listener for Deaf {
    fn published(&self, _: &[CollectionPath]) {}
}
