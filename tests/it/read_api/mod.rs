//! What clients poll: the list of changes, changesets, chains.

mod changes;
mod memory;

use countersign::types::Sha256Digest;
use serde_json::{Value, json};

use crate::app::{Response, START, TestApp};

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
