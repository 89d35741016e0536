//! What nobody should send: each is refused with its status, errno and message, and nothing of it is stored.

use std::io::Write;

use countersign::workflow::Limits;
use serde_json::{Value, json};

use crate::app::{Response, TestApp, wire};

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
    assert_eq!(everything(&app), before);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let limits = Limits { body: 100_000, ..Limits::default() };
    let app = app_with(limits);
    let before = everything(&app);
    let body = |length: usize| {
        let empty = json!({"data": {"text": ""}}).to_string();
        json!({"data": {"text": "x".repeat(length - empty.len())}}).to_string()
    };
    let message = "The body of the request is too large.";
    let over = app.editor().request("PUT", RECORD).body(body(100_001)).send();
    let _error = over.expect_error(413, 113, message);
    // Announced only.
    let head = format!("PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n");
    let _error = wire::exchange(app.address, head.as_bytes()).expect_error(413, 113, message);
    // In chunks, which announce nothing.
    let mut stream = wire::connect(app.address);
    let authorization = crate::app::basic("editor", "password of editor");
    let head = format!(
        "PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in body(100_001).as_bytes().chunks(10_000) {
        let _closed_early = stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes());
        let _closed_early = stream.write_all(&[chunk, b"\r\n"].concat());
    }
    let _error = wire::read(&mut stream, true).expect_error(413, 113, message);
    assert_eq!(everything(&app), before);
    let _stored = app.editor().request("PUT", RECORD).body(body(100_000)).send().expect(201);
}

#[test]
fn a_body_in_chunks_is_as_good() {
    let app = app();
    let authorization = crate::app::basic("editor", "password of editor");
    let request = format!(
        "PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nTransfer-Encoding: chunked\r\n\r\n\
         8\r\n{{\"data\":\r\n9\r\n{{\"n\": 7}}}}\r\n0\r\n\r\n"
    );
    let answer = wire::exchange(app.address, request.as_bytes()).expect(201);
    assert_eq!(answer.data()["n"], 7);
}

#[test]
fn a_body_that_breaks_off_is_no_request() {
    let app = app();
    let before = everything(&app);
    let request = app.editor().request("PUT", RECORD).json(&json!({"data": {"n": 1}})).to_bytes();
    let mut stream = wire::connect(app.address);
    stream.write_all(&request[..request.len() - 5]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _nothing_or_an_error = std::io::Read::read_to_end(&mut stream, &mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains(" 201 "), "{rest:?}");
    assert_eq!(everything(&app), before);
}

#[test]
fn a_record_over_the_limit_is_refused() {
    let limits = Limits { record: 1_000, ..Limits::default() };
    let app = app_with(limits);
    let body = json!({"data": {"text": "x".repeat(1_000)}}).to_string();
    refuse(&app, "PUT", RECORD, body.as_bytes(), (413, 113, "A record has at most 1000 bytes."));
    let patch = format!("{SOURCE}/records/kept");
    refuse(&app, "PATCH", &patch, body.as_bytes(), (413, 113, "A record has at most 1000 bytes."));
}

#[test]
fn more_records_than_a_collection_may_have_are_refused() {
    let limits = Limits { records: 2, ..Limits::default() };
    let app = app_with(limits);
    let _second = app.editor().put(RECORD, &json!({"data": {}})).expect(201);
    let path = format!("{SOURCE}/records/third");
    refuse(&app, "PUT", &path, b"{}", (507, 121, "A collection has at most 2 records."));
    let _replaced = app.editor().put(RECORD, &json!({"data": {"n": 1}})).expect(200);
}

#[test]
fn heads_have_a_limit() {
    let app = app();
    let before = everything(&app);
    let authorization = crate::app::basic("editor", "password of editor");
    let begin = format!("PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n");
    let many = (0..200).map(|n| format!("X-{n}: x\r\n")).collect::<Vec<_>>().concat();
    let long = format!("X: {}\r\n", "x".repeat(200_000));
    for headers in [many, long] {
        let answer = wire::exchange(app.address, format!("{begin}{headers}\r\n").as_bytes());
        assert_eq!((answer.status, answer.body), (431, Vec::new()));
    }
    let path = format!("GET /v1/{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000));
    let answer = wire::exchange(app.address, path.as_bytes());
    assert_eq!((answer.status, answer.body), (431, Vec::new()));
    assert_eq!(everything(&app), before);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let app = app();
    let before = everything(&app);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"PUT / HTTP/9.9\r\n\r\n",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let answer = wire::exchange(app.address, bytes);
        assert_eq!(answer.status, 400, "{answer:?}");
    }
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
