//! `If-Match` and `If-None-Match` (`kinto-api` §10), every header against every request.

use serde_json::{Value, json};

use crate::app::{Response, TestApp};

const RECORDS: &str = "/buckets/b/collections/c/records";
const MODIFIED: &str = "Resource was modified meanwhile";

fn start() -> TestApp {
    let app = TestApp::start();
    let _bucket = app.admin().put("/buckets/b", &json!({})).expect(201);
    let _collection = app.admin().put("/buckets/b/collections/c", &json!({})).expect(201);
    let _record = app.admin().put(&format!("{RECORDS}/r"), &json!({"data": {"n": 0}})).expect(201);
    app
}

fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = app.admin().request(method, path);
    if matches!(method, "PATCH" | "POST" | "PUT") {
        request = request.json(&json!({"data": {"n": 1}}));
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send()
}

#[test]
fn the_table_is_met_for_a_record_that_is_there() {
    let app = start();
    let record = format!("{RECORDS}/r");
    let tag = || format!("\"{}\"", app.admin().get(&record).etag());
    for (method, header, value, status) in [
        ("GET", "If-None-Match", "same", 304),
        ("GET", "If-None-Match", "other", 200),
        ("GET", "If-None-Match", "*", 412),
        ("GET", "If-Match", "same", 200),
        ("GET", "If-Match", "other", 412),
        ("GET", "If-Match", "*", 200),
        ("HEAD", "If-None-Match", "same", 304),
        ("HEAD", "If-Match", "other", 412),
        ("PUT", "If-None-Match", "same", 200),
        ("PUT", "If-None-Match", "*", 412),
        ("PUT", "If-Match", "same", 200),
        ("PUT", "If-Match", "other", 412),
        ("PUT", "If-Match", "*", 200),
        ("PATCH", "If-None-Match", "same", 200),
        ("PATCH", "If-None-Match", "*", 412),
        ("PATCH", "If-Match", "same", 200),
        ("PATCH", "If-Match", "other", 412),
        ("PATCH", "If-Match", "*", 200),
        ("DELETE", "If-None-Match", "*", 412),
        ("DELETE", "If-Match", "other", 412),
        ("DELETE", "If-Match", "same", 200),
    ] {
        let before = app.admin().get(&record).expect(200);
        let value = match value {
            "same" => tag(),
            "other" => "\"12\"".to_owned(),
            star => star.to_owned(),
        };
        let answer = ask(&app, method, &record, &[(header, &value)]);
        assert_eq!(answer.status, status, "{method} {header} {value}");
        match (status, method) {
            (304, _) => {
                assert_eq!(answer.etag(), before.etag());
                assert_eq!(answer.header("Last-Modified"), before.header("Last-Modified"));
                assert_eq!((answer.header("Content-Type"), answer.header("Cache-Control")), (None, None));
                assert_eq!(answer.body, b"");
            }
            (412, "HEAD") => assert_eq!(answer.etag(), before.etag()),
            (412, _) => {
                let refused = answer.expect_error(412, 114, MODIFIED);
                assert_eq!(refused.etag(), before.etag());
                assert_eq!(refused.json()["details"], json!({"existing": before.data()}));
                assert_eq!(app.admin().get(&record).expect(200).data(), before.data(), "nothing is written");
            }
            (_, _) => {}
        }
    }
}

#[test]
fn the_table_is_met_for_a_record_that_is_not_there() {
    let app = start();
    let list = app.admin().get(RECORDS).expect(200);
    for (number, (method, header, value, status)) in [
        ("GET", "If-None-Match", "*", 404),
        ("GET", "If-Match", "\"12\"", 404),
        ("PATCH", "If-Match", "\"12\"", 404),
        ("PATCH", "If-None-Match", "*", 404),
        ("DELETE", "If-Match", "\"12\"", 404),
        ("PUT", "If-Match", "\"12\"", 412),
        ("PUT", "If-Match", "*", 412),
        ("PUT", "If-None-Match", "*", 201),
        ("PUT", "If-None-Match", "\"12\"", 201),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = ask(&app, method, &format!("{RECORDS}/new{number}"), &[(header, value)]);
        assert_eq!(answer.status, status, "{method} {header} {value}");
        if status == 412 {
            let refused = answer.expect_error(412, 114, MODIFIED);
            assert_eq!(refused.etag(), list.etag(), "the list's time, where there is no object");
            assert_eq!(refused.json().get("details"), None);
        }
    }
}

#[test]
fn the_table_is_met_for_lists() {
    let app = start();
    let tag = || format!("\"{}\"", app.admin().get(RECORDS).etag());
    let post = |id: Option<&str>, header: &str, value: &str| {
        let body = id.map_or_else(|| json!({"data": {}}), |id| json!({"data": {"id": id}}));
        app.admin().request("POST", RECORDS).json(&body).header(header, value).send()
    };
    let same = tag();
    assert_eq!(ask(&app, "GET", RECORDS, &[("If-None-Match", &same)]).status, 304);
    assert_eq!(ask(&app, "HEAD", RECORDS, &[("If-None-Match", &same)]).status, 304);
    assert_eq!(ask(&app, "GET", RECORDS, &[("If-None-Match", "\"12\"")]).status, 200);
    let _star = ask(&app, "GET", RECORDS, &[("If-None-Match", "*")]).expect_error(412, 114, MODIFIED);
    assert_eq!(ask(&app, "GET", RECORDS, &[("If-Match", &same)]).status, 200);
    let refused = ask(&app, "GET", RECORDS, &[("If-Match", "\"12\"")]).expect_error(412, 114, MODIFIED);
    assert_eq!(format!("\"{}\"", refused.etag()), same);
    assert_eq!(ask(&app, "GET", RECORDS, &[("If-Match", "*")]).status, 200);
    // Both: not modified wins.
    let both = [("If-None-Match", same.as_str()), ("If-Match", "\"12\"")];
    assert_eq!(ask(&app, "GET", RECORDS, &both).status, 304);
    // Also with filters the list's own time counts.
    let filtered = ask(&app, "GET", &format!("{RECORDS}?n=77"), &[("If-None-Match", &same)]);
    assert_eq!(filtered.status, 304);

    let existing = app.admin().get(&format!("{RECORDS}/r")).expect(200);
    let tag_of_r = format!("\"{}\"", existing.etag());
    for (id, header, value, status) in [
        (Some("r"), "If-None-Match", "*", 412),
        (Some("r"), "If-Match", tag_of_r.as_str(), 200),
        (Some("r"), "If-Match", "\"12\"", 412),
        (Some("r"), "If-Match", "*", 200),
        (Some("new1"), "If-Match", same.as_str(), 412),
        (None, "If-Match", same.as_str(), 412),
        (None, "If-Match", "*", 412),
        (Some("new2"), "If-None-Match", "*", 201),
        (None, "If-None-Match", "*", 201),
        (None, "If-None-Match", same.as_str(), 201),
    ] {
        let answer = post(id, header, value);
        assert_eq!(answer.status, status, "{id:?} {header} {value}");
        if status == 412 && id == Some("r") {
            assert_eq!(answer.json()["details"]["existing"], existing.data());
        }
    }

    let _star = ask(&app, "DELETE", RECORDS, &[("If-None-Match", "*")]).expect_error(412, 114, MODIFIED);
    let _stale = ask(&app, "DELETE", RECORDS, &[("If-Match", &same)]).expect_error(412, 114, MODIFIED);
    assert_eq!(app.admin().head(RECORDS).header("Total-Objects"), Some("4"));
    assert_eq!(ask(&app, "DELETE", RECORDS, &[("If-Match", &tag())]).status, 200);
    assert_eq!(app.admin().head(RECORDS).header("Total-Objects"), Some("0"));
}

#[test]
fn objects_keep_to_the_same_table() {
    let app = start();
    for path in ["/buckets/b", "/buckets/b/collections/c", "/accounts/stranger"] {
        let before = app.admin().get(path).expect(200);
        let tag = format!("\"{}\"", before.etag());
        assert_eq!(ask(&app, "GET", path, &[("If-None-Match", &tag)]).status, 304, "{path}");
        for (method, header) in [("PATCH", "If-Match"), ("DELETE", "If-Match"), ("PUT", "If-Match")] {
            let refused = ask(&app, method, path, &[(header, "\"12\"")]).expect_error(412, 114, MODIFIED);
            assert_eq!(refused.json()["details"]["existing"], before.data(), "{path}");
        }
        let refused = ask(&app, "PUT", path, &[("If-None-Match", "*")]).expect_error(412, 114, MODIFIED);
        assert_eq!(refused.json()["details"]["existing"], before.data(), "{path}");
        assert_eq!(ask(&app, "PATCH", path, &[("If-Match", &tag)]).status, 200, "{path}");
    }
}

#[test]
fn a_malformed_header_is_refused_and_an_empty_one_ignored() {
    let app = start();
    let record = format!("{RECORDS}/r");
    for value in ["12", "W/\"12\"", "\"12\", \"13\"", "\"abc\"", "*abc", "\"-1\""] {
        for header in ["If-Match", "If-None-Match"] {
            let message = format!("{header} in header: The value should be integer between double quotes.");
            for (method, path) in [("GET", record.as_str()), ("PUT", &record), ("GET", RECORDS)] {
                let refused = ask(&app, method, path, &[(header, value)]).expect_error(400, 107, &message);
                let details = &refused.json()["details"][0];
                assert_eq!((&details["location"], &details["name"]), (&json!("header"), &json!(header)));
            }
        }
    }
    assert_eq!(ask(&app, "PUT", &record, &[("If-Match", "")]).status, 200);
    let date = "Tue, 24 Nov 2020 03:59:05 GMT";
    assert_eq!(ask(&app, "PUT", &record, &[("If-Unmodified-Since", date)]).status, 200);
    assert_eq!(ask(&app, "GET", &record, &[("If-Modified-Since", date)]).status, 200);
}

#[test]
fn who_may_only_create_is_not_shown_what_is_there() {
    let app = start();
    let creators = json!({"permissions": {"record:create": ["account:stranger"]}});
    let _granted = app.admin().patch("/buckets/b/collections/c", &creators).expect(200);
    let record = format!("{RECORDS}/r");
    let body = json!({"data": {}});
    let put = || app.stranger().request("PUT", &record).json(&body).header("If-None-Match", "*").send();
    let refused = put().expect_error(412, 114, MODIFIED);
    assert_eq!(refused.json().get("details"), None);
    let readers = json!({"permissions": {"read": ["account:stranger"]}});
    let _granted = app.admin().patch(&record, &readers).expect(200);
    let refused = put().expect_error(412, 114, MODIFIED);
    assert_eq!(refused.json()["details"]["existing"]["id"], "r");
}

#[test]
fn of_many_writers_at_once_with_the_same_precondition_one_wins() {
    let app = start();
    let record = format!("{RECORDS}/r");
    for round in 0..5 {
        let tag = format!("\"{}\"", app.admin().get(&record).expect(200).etag());
        let statuses: Vec<u16> = std::thread::scope(|threads| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let (app, record, tag) = (&app, &record, &tag);
                    threads.spawn(move || {
                        let body = json!({"data": {"round": round, "writer": writer}});
                        app.admin().request("PUT", record).json(&body).header("If-Match", tag).send().status
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
    }
    let created: Vec<u16> = std::thread::scope(|threads| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                threads
                    .spawn(|| ask(&app, "PUT", &format!("{RECORDS}/new"), &[("If-None-Match", "*")]).status)
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(created.iter().filter(|status| **status == 201).count(), 1, "{created:?}");
    assert_eq!(created.iter().filter(|status| **status == 412).count(), 7, "{created:?}");
}

#[test]
fn kinto_js_pushes_a_batch_and_sorts_the_answers_by_status() {
    let app = start();
    let stale = json!({"method": "PUT", "path": format!("{RECORDS}/r"), "body": {"data": {"n": 9}},
        "headers": {"If-Match": "\"12\""}});
    let fresh = json!({"method": "PUT", "path": format!("{RECORDS}/x"), "body": {"data": {"n": 1}},
        "headers": {"If-None-Match": "*"}});
    let gone =
        json!({"method": "DELETE", "path": format!("{RECORDS}/gone"), "headers": {"If-Match": "\"12\""}});
    let answer = app.admin().post("/batch", &json!({"requests": [stale, fresh, gone]})).expect(200).json();
    let statuses: Vec<&Value> = (0..3).map(|index| &answer["responses"][index]["status"]).collect();
    assert_eq!(statuses, [412, 201, 404]);
    assert_eq!(answer["responses"][0]["body"]["details"]["existing"]["n"], 0);
}
