//! What nobody should send: each is refused with its status, errno and message, and nothing of it is stored.

mod wire;

use countersign::workflow::Limits;
use serde_json::{Value, json};

use crate::app::{Response, TestApp};

const RECORD: &str = "/buckets/main-workspace/collections/cfr/records/r";
const SOURCE: &str = "/buckets/main-workspace/collections/cfr";

fn app() -> TestApp {
    app_with(Limits::default())
}

/// `main-workspace/cfr` with one record, published; and a bucket `plain` that is not signed.
fn app_with(limits: Limits) -> TestApp {
    let app = TestApp::builder().limits(limits).start();
    app.make_collection("cfr");
    app.publish("cfr", &[("kept", json!({"n": 1}))]);
    let _bucket = app.admin().put("/buckets/plain", &json!({})).expect(201);
    let _collection = app.admin().put("/buckets/plain/collections/c", &json!({})).expect(201);
    app
}

/// Everything that there is, with its times: what a refused request must not change.
fn everything(app: &TestApp) -> Vec<String> {
    [
        "/accounts",
        "/buckets",
        "/buckets/main-workspace",
        "/buckets/main-workspace/groups",
        "/buckets/main-workspace/collections",
        SOURCE,
        "/buckets/main-workspace/collections/cfr/records?_since=0",
        "/buckets/main-workspace/collections/cfr/change",
        "/buckets/main-preview/collections/cfr/changeset?_expected=0&_since=0",
        "/buckets/main/collections/cfr/changeset?_expected=0&_since=0",
        "/buckets/plain/collections",
        "/buckets/plain/collections/c/records?_since=0",
    ]
    .into_iter()
    .map(|path| {
        let answer = app.admin().get(path).expect(200);
        format!("{path} {:?} {}", answer.header("ETag"), answer.json())
    })
    .collect()
}

/// Sends a body as the editor, and says what must come of it: an error, and nothing else.
#[track_caller]
fn refuse(app: &TestApp, method: &str, path: &str, body: &[u8], expected: (u16, u64, &str)) {
    let before = everything(app);
    let request = app.editor().request(method, path).header("Content-Type", "application/json").body(body);
    let _error = request.send().expect_error(expected.0, expected.1, expected.2);
    assert_eq!(everything(app), before, "{method} {path}");
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let app = app();
    for (body, message) in [
        (&b"{\"data\": {"[..], "Invalid JSON: syntax error at byte 10"),
        (b"{\"data\": {}", "Invalid JSON: syntax error at byte 11"),
        (b"data=1", "Invalid JSON: syntax error at byte 0"),
        (b"{'data': {}}", "Invalid JSON: syntax error at byte 1"),
        (b"{\"data\": {\"a\": 1,}}", "Invalid JSON: syntax error at byte 17"),
        (b"{\"data\": {}} x", "Invalid JSON: syntax error at byte 13"),
        (b"{\"data\": {/**/}}", "Invalid JSON: syntax error at byte 10"),
        (b"\xef\xbb\xbf{}", "Invalid JSON: syntax error at byte 0"),
        (b"{\"data\": {\"a\": \"\xff\"}}", "Invalid JSON: invalid UTF-8 at byte 16"),
        (b"{\"data\": {\"a\": NaN}}", "Invalid JSON: syntax error at byte 15"),
        (b"{\"data\": {\"a\": Infinity}}", "Invalid JSON: syntax error at byte 15"),
        (b"{\"data\": {\"a\": -Infinity}}", "Invalid JSON: syntax error at byte 16"),
        (b"{\"data\": {\"a\": 1e999}}", "Invalid JSON: number out of range at byte 15"),
        (b"{\"data\": {\"a\": 01}}", "Invalid JSON: syntax error at byte 16"),
        (b"{\"data\": {\"a\": \"\\ud800\"}}", "Invalid JSON: lone surrogate at byte 16"),
        (b"{\"data\": {\"\\udc00\": 1}}", "Invalid JSON: lone surrogate at byte 11"),
        (b"{\"data\": {\"a\": \"x\\u0000y\"}}", "Invalid JSON: character U+0000 at byte 17"),
        (b"{\"data\": {\"a\": \"x\ny\"}}", "Invalid JSON: syntax error at byte 17"),
        (b"{\"data\": {\"a\": 1, \"a\": 2}}", "Invalid JSON: duplicate member at byte 18"),
        (b"{\"data\": {\"a\": 1, \"\\u0061\": 1}}", "Invalid JSON: duplicate member at byte 18"),
        (b"{\"data\": {}, \"data\": {}}", "Invalid JSON: duplicate member at byte 13"),
    ] {
        for (method, path) in
            [("PUT", RECORD), ("PATCH", SOURCE), ("POST", "/batch"), ("PUT", "/accounts/editor")]
        {
            refuse(&app, method, path, body, (400, 107, message));
        }
    }
}

#[test]
fn nesting_has_a_limit() {
    let app = app();
    let deep = |depth: usize| format!("{{\"data\": {{\"a\": {}{}}}}}", "[".repeat(depth), "]".repeat(depth));
    let message = "Invalid JSON: nested too deep at byte 77";
    for depth in [63, 5_000, 1_000_000] {
        refuse(&app, "PUT", RECORD, deep(depth).as_bytes(), (400, 107, message));
        refuse(&app, "POST", "/batch", deep(depth).as_bytes(), (400, 107, message));
    }
    let _stored = app.editor().request("PUT", RECORD).body(deep(62)).send().expect(201);
}

#[test]
fn what_clients_would_read_differently_is_refused_in_a_signed_collection() {
    let app = app();
    for (data, errno, message) in [
        (r#"{"a": 1.5}"#, 109, "field contains float value (tip: use integer or string), 'a'"),
        (r#"{"a": 1.0}"#, 109, "field contains float value (tip: use integer or string), 'a'"),
        (r#"{"a": 1e2}"#, 109, "field contains float value (tip: use integer or string), 'a'"),
        (
            r#"{"b": 1, "a": {"x": [1, {"y": -0.0}]}}"#,
            109,
            "field contains float value (tip: use integer or string), 'a.x.1.y'",
        ),
        (
            r#"{"a": 9007199254740992}"#,
            107,
            "data.a in body: integers beyond 9007199254740991 cannot be signed",
        ),
        (
            r#"{"a": -9007199254740992}"#,
            107,
            "data.a in body: integers beyond 9007199254740991 cannot be signed",
        ),
        (
            r#"{"a": [12345678901234567890]}"#,
            107,
            "data.a.0 in body: integers beyond 9007199254740991 cannot be signed",
        ),
        (
            r#"{"a": 100000000000000000000}"#,
            109,
            "field contains float value (tip: use integer or string), 'a'",
        ),
        (r#"{"toJSON": 1}"#, 107, "data.toJSON in body: the member toJSON cannot be signed"),
        (
            r#"{"deleted": false}"#,
            107,
            "data.deleted in body: the member deleted is reserved for deleted records",
        ),
        (
            r#"{"\ue000": 1, "\ud83d\ude00": 2}"#,
            107,
            "data.\u{1f600} in body: names with characters beyond U+FFFF cannot be signed beside names with characters from U+E000 to U+FFFF",
        ),
    ] {
        let body = format!("{{\"data\": {data}}}");
        refuse(&app, "PUT", RECORD, body.as_bytes(), (400, errno, message));
        refuse(&app, "PATCH", &format!("{SOURCE}/records/kept"), body.as_bytes(), (400, errno, message));
        refuse(&app, "POST", &format!("{SOURCE}/records"), body.as_bytes(), (400, errno, message));
    }
    let _stored = app
        .editor()
        .request("PUT", RECORD)
        .body(r#"{"data": {"a": 9007199254740991, "b": -0}}"#)
        .send()
        .expect(201);
}

#[test]
fn a_collection_that_is_not_signed_takes_what_json_has() {
    let app = app();
    let path = "/buckets/plain/collections/c/records/r";
    let body = r#"{"data": {"float": 1.5, "large": 12345678901234567890, "toJSON": 1}}"#;
    let answer = app.admin().request("PUT", path).body(body).send().expect(201);
    let expected: Value =
        serde_json::from_str(r#"{"float": 1.5, "large": 12345678901234567890, "toJSON": 1}"#).unwrap();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&answer.data()[name], value);
    }
}

#[test]
fn a_body_of_the_wrong_shape_is_refused() {
    let app = app();
    let not_an_object = "\"[]\" is not a mapping type: Does not implement dict-like functionality.";
    for (body, message) in [
        ("[]", not_an_object),
        ("[{\"data\": {}}]", not_an_object),
        ("1", "Should be a JSON object or an array"),
        ("\"x\"", "Should be a JSON object or an array"),
        ("null", "Should be a JSON object or an array"),
        ("{\"data\": null}", "data in body: \"null\" is not a mapping type"),
        ("{\"data\": []}", "data in body: \"list\" is not a mapping type"),
        ("{\"data\": \"x\"}", "data in body: \"string\" is not a mapping type"),
        ("{\"date\": {}}", "Unrecognized keys in mapping: \"date\""),
        ("{\"permissions\": []}", "permissions in body: \"list\" is not a mapping type"),
        (
            "{\"permissions\": {\"execute\": []}}",
            "permissions in body: \"execute\" is not one of read, write",
        ),
        ("{\"permissions\": {\"read\": \"x\"}}", "permissions.read in body: \"string\" is not iterable"),
        ("{\"permissions\": {\"read\": {\"a\": 1}}}", "permissions.read in body: \"object\" is not iterable"),
        ("{\"permissions\": {\"read\": [1]}}", "permissions.read.0 in body: number is not a string"),
    ] {
        for (method, path) in [
            ("PUT", RECORD),
            ("POST", &format!("{SOURCE}/records")),
            ("PATCH", &format!("{SOURCE}/records/kept")),
        ] {
            refuse(&app, method, path, body.as_bytes(), (400, 107, message));
        }
    }
    for body in ["{}", ""] {
        let path = format!("{SOURCE}/records/kept");
        refuse(
            &app,
            "PATCH",
            &path,
            body.as_bytes(),
            (400, 107, "Provide at least one of data or permissions"),
        );
    }
}

#[test]
fn attributes_of_the_wrong_type_are_refused() {
    let app = app();
    let group = "/buckets/main-workspace/groups/cfr-editors";
    for (path, data, message) in [
        (group, json!({"members": "account:x"}), "data.members in body: not a list"),
        (group, json!({"members": [1]}), "data.members.0 in body: not a string"),
        (group, json!({"members": null}), "data.members in body: not a list"),
        (SOURCE, json!({"schema": 1}), "data.schema in body: not a mapping type"),
        (SOURCE, json!({"cache_expires": "soon"}), "data.cache_expires in body: not an integer"),
    ] {
        let body = json!({"data": data}).to_string();
        refuse(&app, "PUT", path, body.as_bytes(), (400, 107, message));
    }
    for (password, message) in [
        (json!(1), "data.password in body: not a string"),
        (json!(["x"]), "data.password in body: not a string"),
        (json!(""), "data.password in body: Required"),
        (json!(null), "data.password in body: Required"),
        (json!("x".repeat(2_000)), "data.password in body: longer than 1024 bytes"),
    ] {
        let body = json!({"data": {"password": password}}).to_string();
        refuse(&app, "PUT", "/accounts/editor", body.as_bytes(), (400, 107, message));
    }
}

#[test]
fn ids_of_a_bad_form_are_refused() {
    let app = app();
    let long = "a".repeat(256);
    for id in ["no%20good", "%2e%2e", "-a", "_a", "a%0a", "a.b", "%C3%A9", "a%2Fb", "a%00", &long] {
        let body = b"{\"data\": {}}";
        refuse(&app, "PUT", &format!("{SOURCE}/records/{id}"), body, (400, 107, "path: Invalid object id"));
        refuse(
            &app,
            "PUT",
            &format!("/buckets/main-workspace/collections/{id}"),
            body,
            (400, 107, "path: Invalid object id"),
        );
    }
    for id in [json!(1), json!(null), json!(""), json!("a b"), json!([]), json!("é")] {
        let body = json!({"data": {"id": id}}).to_string();
        for list in [&format!("{SOURCE}/records"), "/buckets/main-workspace/collections"] {
            refuse(&app, "POST", list, body.as_bytes(), (400, 107, "path: Invalid object id"));
        }
    }
    for (path, id) in [(&format!("{SOURCE}/records/kept")[..], "other"), (SOURCE, "other")] {
        let body = json!({"data": {"id": id}}).to_string();
        let message = "Object id does not match existing object";
        refuse(&app, "PUT", path, body.as_bytes(), (400, 107, message));
        refuse(&app, "PATCH", path, body.as_bytes(), (400, 107, message));
    }
}

#[test]
fn what_is_not_there_is_told_so() {
    let app = app();
    let before = everything(&app);
    let check = |answer: Response, errno: u64, id: &str, resource_name: &str| {
        let body = answer.expect(404).json();
        assert_eq!(
            body,
            json!({
                "code": 404,
                "errno": errno,
                "error": "Not Found",
                "details": {"id": id, "resource_name": resource_name},
            })
        );
    };
    let editor = || app.editor();
    let nowhere = "/buckets/main-workspace/collections/nope";
    check(editor().get(nowhere), 110, "nope", "collection");
    check(editor().patch(nowhere, &json!({"data": {}})), 110, "nope", "collection");
    check(editor().delete(nowhere), 110, "nope", "collection");
    check(editor().get(&format!("{nowhere}/records")), 111, "nope", "collection");
    check(editor().put(&format!("{nowhere}/records/a"), &json!({"data": {}})), 111, "nope", "collection");
    check(editor().post(&format!("{nowhere}/records"), &json!({"data": {}})), 111, "nope", "collection");
    check(editor().get(&format!("{SOURCE}/records/nope")), 110, "nope", "record");
    check(editor().patch(&format!("{SOURCE}/records/nope"), &json!({"data": {}})), 110, "nope", "record");
    check(editor().delete(&format!("{SOURCE}/records/nope")), 110, "nope", "record");
    check(app.admin().get("/buckets/nope"), 110, "nope", "bucket");
    check(app.admin().get("/accounts/nope"), 110, "nope", "account");
    assert_eq!(everything(&app), before);
}

#[test]
fn a_stale_precondition_changes_nothing() {
    let app = app();
    let kept = format!("{SOURCE}/records/kept");
    let before = everything(&app);
    let request = |method: &str, name: &str, value: &str| {
        app.editor().request(method, &kept).header(name, value).json(&json!({"data": {"n": 2}})).send()
    };
    for method in ["PUT", "PATCH", "DELETE"] {
        for (name, value) in [("If-Match", "\"1\""), ("If-None-Match", "*")] {
            let error =
                request(method, name, value).expect_error(412, 114, "Resource was modified meanwhile");
            assert_eq!(error.json()["details"]["existing"]["n"], 1);
            assert!(error.header("ETag").is_some());
        }
        for value in ["1", "W/\"1\"", "\"1\", \"2\"", "\"abc\"", "*x", "\"-1\"", "\"99999999999999999999\""] {
            let message = "If-Match in header: The value should be integer between double quotes.";
            let _error = request(method, "If-Match", value).expect_error(400, 107, message);
        }
    }
    assert_eq!(everything(&app), before);
}

#[test]
fn a_digest_that_is_none_is_refused() {
    let app = app();
    let _written = app.editor().put(RECORD, &json!({"data": {}})).expect(201);
    let _asked = app.editor().patch(SOURCE, &json!({"data": {"status": "to-review"}})).expect(200);
    let before = everything(&app);
    let upper = "A".repeat(64);
    for value in ["x", "", "0123", &upper, &"0".repeat(65)] {
        let _error = app
            .reviewer()
            .request("PATCH", SOURCE)
            .header("Countersign-Change", value)
            .json(&json!({"data": {"status": "to-sign"}}))
            .send()
            .expect_error(400, 107, "Countersign-Change in header: The value should be a digest.");
    }
    // Two lines, of which the first is right.
    let shown = app.reviewer().get(&format!("{SOURCE}/change")).expect(200).json();
    let request = app
        .reviewer()
        .request("PATCH", SOURCE)
        .header("Countersign-Change", shown["data"]["digest"].as_str().unwrap())
        .json(&json!({"data": {"status": "to-sign"}}))
        .to_bytes();
    let second = format!("Countersign-Change: {}\r\nConnection: close", "0".repeat(64));
    let request = String::from_utf8(request).unwrap().replace("Connection: close", &second);
    let _error = crate::app::wire::exchange(app.address, request.as_bytes()).expect_error(
        400,
        107,
        "Countersign-Change in header: The value should be a digest.",
    );
    assert_eq!(everything(&app), before);
}

#[test]
fn a_query_that_cannot_be_read_is_refused() {
    let app = app();
    let before = everything(&app);
    let list = format!("{SOURCE}/records");
    for (query, message) in [
        ("_since=abc", "_since in querystring: \"abc\" is not a number"),
        ("_since=-1", "_since in querystring: -1 is less than minimum value 0"),
        ("_since=", "Invalid value for _since"),
        ("_since=99999999999999", "Invalid value for _since"),
        ("_limit=-1", "_limit in querystring: \"-1\" is not a number"),
        ("_limit=x", "_limit in querystring: \"x\" is not a number"),
        ("_token=x", "querystring: _token has invalid content"),
    ] {
        let _error = app.editor().get(&format!("{list}?{query}")).expect_error(400, 107, message);
        let _error = app.editor().delete(&format!("{list}?{query}")).expect_error(400, 107, message);
    }
    assert_eq!(everything(&app), before);
}
