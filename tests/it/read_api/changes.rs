//! The list of changes, as changeset and as records.

use serde_json::json;

use super::{CHANGES, DAY, RECORDS, app, changeset, listed, with_three};
use crate::app::{START, TestApp};

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
