//! Many requests in one: order, savepoints, what undoes everything, who sends what.

use serde_json::{Value, json};

use crate::app::{Persona, Response, TestApp, basic, password_of};

const CHANGES: &str = "/buckets/monitor/collections/changes/changeset?_expected=0";
const SOURCE: &str = "/buckets/main-workspace/collections/cfr";

fn put(id: &str, data: &Value) -> Value {
    json!({"method": "PUT", "path": format!("{SOURCE}/records/{id}"), "body": {"data": data}})
}

fn status(status: &str) -> Value {
    json!({"method": "PATCH", "path": SOURCE, "body": {"data": {"status": status}}})
}

fn batch(who: Persona<'_>, requests: &[Value]) -> Response {
    who.post("/batch", &json!({"requests": requests}))
}

fn items(response: &Response) -> Vec<Value> {
    response.json()["responses"].as_array().unwrap().clone()
}

fn statuses(response: &Response) -> Vec<u64> {
    items(response).iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

/// The ids of the source's live records, sorted.
fn ids(app: &TestApp) -> Vec<String> {
    let list = app.editor().get(&format!("{SOURCE}/records")).expect(200).data();
    let mut ids: Vec<String> =
        list.as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn app() -> TestApp {
    let app = TestApp::start();
    app.make_collection("cfr");
    app
}

#[test]
fn each_sees_what_the_ones_before_it_did() {
    let app = app();
    let answer = batch(
        app.editor(),
        &[
            put("a", &json!({"n": 1})),
            json!({"path": format!("{SOURCE}/records/a")}),
            json!({"method": "PATCH", "path": format!("/v1{SOURCE}/records/a"), "body": {"data": {"m": 2}}}),
            json!({"method": "DELETE", "path": format!("{SOURCE}/records/a")}),
            json!({"path": format!("{SOURCE}/records/a?x=1")}),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [201, 200, 200, 200, 404]);
    let items = items(&answer);
    assert_eq!(items[1]["body"]["data"]["n"], 1);
    assert_eq!(items[2]["body"]["data"]["m"], 2);
    assert_eq!(items[3]["body"]["data"]["deleted"], true);
    assert_eq!(items[4]["body"]["errno"], 110);
    assert_eq!(items[4]["path"], format!("/v1{SOURCE}/records/a"));
    for item in &items {
        assert_eq!(item.as_object().unwrap().len(), 4);
        let length = item["headers"]["Content-Length"].as_str().unwrap();
        assert_eq!(length, item["body"].to_string().len().to_string(), "{item}");
        assert_eq!(item["headers"]["Content-Type"], "application/json");
        assert_eq!(item["headers"]["X-Content-Type-Options"], "nosniff");
    }
    let tag = items[0]["headers"]["ETag"].as_str().unwrap();
    assert_eq!(tag, format!("\"{}\"", items[0]["body"]["data"]["last_modified"]));
}

#[test]
fn what_one_did_wrong_is_undone_alone() {
    let app = app();
    let answer = batch(
        app.editor(),
        &[
            put("a", &json!({"n": 1})),
            put("b", &json!({"n": 1.5})),
            json!({"method": "PUT", "path": "/buckets/main/collections/cfr/records/x", "body": {"data": {}}}),
            json!({"method": "PUT", "path": format!("{SOURCE}/records/no!"), "body": {"data": {}}}),
            json!({"path": "/nope"}),
            json!({"method": "TRACE", "path": SOURCE}),
            put("c", &json!({"n": 3})),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [201, 400, 403, 400, 404, 405, 201]);
    let errnos: Vec<Value> = items(&answer).iter().map(|item| item["body"]["errno"].clone()).collect();
    assert_eq!(
        errnos,
        [json!(null), json!(109), json!(121), json!(107), json!(111), json!(115), json!(null)]
    );
    assert_eq!(ids(&app), ["a", "c"]);
}

#[test]
fn a_refused_status_undoes_everything() {
    let app = app();
    let before = app.anonymous().get(CHANGES).expect(200).json();
    for (requests, status, errno, message) in [
        (vec![put("a", &json!({})), status("banana")], 400, 109, "Invalid status 'banana'"),
        (vec![put("a", &json!({})), status("signed")], 400, 109, "Cannot set status to 'signed'"),
        (
            vec![put("a", &json!({})), status("to-sign"), put("b", &json!({}))],
            403,
            121,
            "Not in cfr-reviewers group",
        ),
        (
            vec![
                put("a", &json!({})),
                json!({"method": "DELETE", "path": format!("{SOURCE}/records/a")}),
                json!({"method": "PATCH", "path": SOURCE, "body": {"data": {"last_edit_by": "me"}}}),
            ],
            400,
            109,
            "Cannot change <TRACKING_FIELDS.LAST_EDIT_BY: 'last_edit_by'>",
        ),
    ] {
        let _error = batch(app.editor(), &requests).expect_error(status, errno, message);
        assert_eq!(ids(&app), Vec::<String>::new(), "{message}");
    }
    assert_eq!(app.editor().get(SOURCE).expect(200).data()["status"], "signed");
    assert_eq!(app.anonymous().get(CHANGES).expect(200).json(), before);
}

#[test]
fn a_failed_precondition_of_an_approval_stands_in_its_item() {
    let app = app();
    let mut stale = status("to-review");
    stale["headers"] = json!({"If-Match": "\"1\""});
    let answer = batch(app.editor(), &[put("a", &json!({})), stale]).expect(200);
    assert_eq!(statuses(&answer), [201, 412]);
    assert_eq!(ids(&app), ["a"]);
}

#[test]
fn a_lost_race_undoes_everything() {
    let app = app();
    let _first = app
        .editor()
        .put(&format!("{SOURCE}/records/first"), &json!({"data": {"last_modified": 1_000}}))
        .expect(201);
    let answer = batch(
        app.editor(),
        &[put("a", &json!({"n": 1})), put("b", &json!({"last_modified": 1_000})), put("c", &json!({}))],
    );
    let answer = answer.expect_error(409, 122, "Integrity constraint violated, please retry.");
    assert_eq!(answer.header("Retry-After"), Some("3"));
    assert_eq!(ids(&app), ["first"]);
}

#[test]
fn a_collection_made_with_records_is_published_empty() {
    let app = TestApp::start();
    let answer = batch(
        app.editor(),
        &[
            json!({"method": "PUT", "path": SOURCE, "body": {"data": {}}}),
            put("a", &json!({"n": 1})),
            json!({"path": "/buckets/main/collections/cfr/changeset?_expected=0"}),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [201, 201, 200]);
    // Also inside the batch what is published is what the transaction has made of it.
    assert_eq!(items(&answer)[2]["body"]["changes"], json!([]));
    assert!(items(&answer)[2]["body"]["metadata"]["countersign"].is_object());
    assert_eq!(app.editor().get(SOURCE).expect(200).data()["status"], "work-in-progress");
    let published = app.anonymous().get("/buckets/main/collections/cfr/changeset?_expected=0").expect(200);
    assert_eq!(published.json()["changes"], json!([]));
}

#[test]
fn a_publication_in_a_batch_is_seen_after_it() {
    let app = app();
    let _written = batch(app.editor(), &[put("a", &json!({"n": 1})), status("to-review")]).expect(200);
    let _warm = app.anonymous().get(CHANGES).expect(200);
    let answer = batch(
        app.reviewer(),
        &[
            status("to-sign"),
            json!({"path": CHANGES}),
            json!({"path": "/buckets/monitor/collections/changes/records"}),
            json!({"path": "/buckets/main/collections/cfr/changeset?_expected=0"}),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [200, 200, 200, 200]);
    let inside = items(&answer);
    assert_eq!(inside[3]["body"]["changes"][0]["id"], "a");
    assert_eq!(inside[1]["body"], app.anonymous().get(CHANGES).expect(200).json());
    let published = app.anonymous().get("/buckets/main/collections/cfr/changeset?_expected=0").expect(200);
    assert_eq!(inside[3]["body"], published.json());
}

#[test]
fn each_has_its_own_credentials() {
    let app = app();
    let with = |mut request: Value, name: &str| {
        request["headers"] = json!({"Authorization": basic(name, &password_of(name))});
        request
    };
    let me = |name: &str| with(json!({"path": "/"}), name);
    let answer = batch(
        app.anonymous(),
        &[
            put("anonymous", &json!({})),
            with(put("editor", &json!({})), "editor"),
            with(put("stranger", &json!({})), "stranger"),
            me("reviewer"),
            json!({"path": "/", "headers": {"authorization": basic("editor", "wrong")}}),
            json!({"path": "/"}),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [401, 201, 403, 200, 200, 200]);
    let items = items(&answer);
    assert_eq!(items[3]["body"]["user"]["id"], "account:reviewer");
    assert_eq!(items[4]["body"].get("user"), None);
    assert_eq!(items[5]["body"].get("user"), None);
    assert_eq!(ids(&app), ["editor"]);
    // Without headers of its own a sub-request has those of the batch.
    let answer = batch(app.editor(), &[json!({"path": "/"}), me("reviewer")]).expect(200);
    assert_eq!(self::items(&answer)[0]["body"]["user"]["id"], "account:editor");
    assert_eq!(self::items(&answer)[1]["body"]["user"]["id"], "account:reviewer");
}

#[test]
fn one_person_is_not_two_in_a_batch() {
    let app = app();
    let _member = app
        .admin()
        .patch(
            "/buckets/main-workspace/groups/cfr-reviewers",
            &json!({"data": {"members": ["account:reviewer", "account:editor"]}}),
        )
        .expect(200);
    let answer = batch(app.editor(), &[put("a", &json!({"n": 1})), status("to-review"), status("to-sign")]);
    let _error = answer.expect_error(403, 121, "Last editor cannot review");
    assert_eq!(ids(&app), Vec::<String>::new());
}

#[test]
fn what_was_not_modified_is_an_item() {
    let app = app();
    let made = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {}})).expect(201);
    let tag = format!("\"{}\"", made.etag());
    let answer = batch(
        app.editor(),
        &[
            json!({"path": format!("{SOURCE}/records/a"), "headers": {"If-None-Match": tag}}),
            json!({"method": "HEAD", "path": format!("{SOURCE}/records")}),
        ],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [304, 200]);
    let items = items(&answer);
    assert_eq!(items[0]["body"], "");
    assert_eq!(items[0]["headers"]["ETag"], tag);
    assert_eq!(items[1]["body"], "");
    assert_eq!(items[1]["headers"]["Total-Objects"], "1");
}

#[test]
fn defaults_are_merged_below_each() {
    let app = app();
    let answer = app
        .editor()
        .post(
            "/batch",
            &json!({
                "defaults": {"method": "PUT", "body": {"data": {"from": "defaults", "deep": {"a": 1, "b": 1}}}},
                "requests": [
                    {"path": format!("{SOURCE}/records/a")},
                    {"path": format!("{SOURCE}/records/b"), "body": {"data": {"from": "own", "deep": {"b": 2}}}},
                    {"path": format!("{SOURCE}/records/a"), "method": "GET"},
                ],
            }),
        )
        .expect(200);
    assert_eq!(statuses(&answer), [201, 201, 200]);
    let items = items(&answer);
    assert_eq!(items[2]["body"]["data"]["from"], "defaults");
    assert_eq!(items[1]["body"]["data"]["from"], "own");
    assert_eq!(items[1]["body"]["data"]["deep"], json!({"a": 1, "b": 2}));
}

#[test]
fn redirects_are_followed_once() {
    let app = app();
    let answer = batch(
        app.editor(),
        &[json!({"path": format!("{SOURCE}/")}), json!({"path": "/v1"}), json!({"path": "/v2/buckets"})],
    )
    .expect(200);
    assert_eq!(statuses(&answer), [200, 200, 404]);
    assert_eq!(items(&answer)[0]["path"], format!("/v1{SOURCE}"));
    assert_eq!(items(&answer)[1]["path"], "/v1/");
    assert_eq!(items(&answer)[2]["path"], "/v1/v2/buckets");
}

#[test]
fn a_merge_patch_in_a_batch_is_a_plain_one() {
    let app = app();
    let patch = json!({
        "method": "PATCH",
        "path": format!("{SOURCE}/records/a"),
        "headers": {"Content-Type": "application/merge-patch+json"},
        "body": {"data": {"n": null}},
    });
    let answer = batch(app.editor(), &[put("a", &json!({"n": 1})), patch]).expect(200);
    assert_eq!(statuses(&answer), [201, 200]);
    assert_eq!(items(&answer)[1]["body"]["data"]["n"], json!(null));
    assert!(items(&answer)[1]["body"]["data"].as_object().unwrap().contains_key("n"));
}

#[test]
fn a_batch_that_cannot_be_read_is_refused_whole() {
    let app = app();
    let nothing = |body: &Value, message: &str| {
        let answer = app.editor().post("/batch", body).expect_error(400, 107, message);
        assert_eq!(answer.json()["details"][0]["location"], "body");
        assert_eq!(ids(&app), Vec::<String>::new(), "{message}");
    };
    let too_many: Vec<Value> = (0..26).map(|n| put(&format!("r{n}"), &json!({}))).collect();
    nothing(&json!({"requests": too_many}), "Number of requests is limited to 25");
    nothing(&json!({}), "requests in body: Required");
    nothing(&json!([]), "\"list\" is not a mapping type");
    nothing(&json!(1), "\"number\" is not a mapping type");
    nothing(&json!({"requests": {}}), "requests in body: \"object\" is not iterable");
    nothing(&json!({"requests": [], "x": 1}), "Unrecognized keys in mapping: \"x\"");
    nothing(&json!({"requests": [], "defaults": 1}), "defaults in body: \"number\" is not a mapping type");
    nothing(
        &json!({"requests": [], "defaults": {"x": 1}}),
        "defaults in body: Unrecognized keys in mapping: \"x\"",
    );
    let one = |request: Value, message: &str| {
        nothing(&json!({"requests": [put("a", &json!({})), request]}), &format!("requests.1{message}"));
    };
    one(json!("x"), " in body: \"string\" is not a mapping type");
    one(json!({}), ".path in body: Required");
    one(json!({"path": 1}), ".path in body: number is not a string");
    one(json!({"path": "buckets"}), ".path in body: \"buckets\" does not start with /");
    one(json!({"path": "/batch"}), ".path in body: Recursive call on /batch endpoint is forbidden.");
    one(
        json!({"path": "/buckets?x=/batch"}),
        ".path in body: Recursive call on /batch endpoint is forbidden.",
    );
    one(
        json!({"path": "/", "method": "get"}),
        ".method in body: \"get\" is not one of GET, HEAD, DELETE, TRACE, POST, PUT, PATCH",
    );
    one(
        json!({"path": "/", "method": "OPTIONS"}),
        ".method in body: \"OPTIONS\" is not one of GET, HEAD, DELETE, TRACE, POST, PUT, PATCH",
    );
    one(json!({"path": "/", "headers": []}), ".headers in body: \"list\" is not a mapping type");
    one(json!({"path": "/", "headers": {"X": 1}}), ".headers.X in body: number is not a string");
    one(json!({"path": "/", "body": []}), ".body in body: \"list\" is not a mapping type");
    one(json!({"path": "/", "extra": 1}), " in body: Unrecognized keys in mapping: \"extra\"");
}

#[test]
fn a_batch_does_not_come_in_by_another_spelling() {
    let app = app();
    for path in ["/%62atch", "/v1/%62atch", "/v1/batc%68/"] {
        let request = json!({"method": "POST", "path": path, "body": {"requests": [put("a", &json!({}))]}});
        let answer = batch(app.editor(), &[request]).expect(200);
        assert_eq!(statuses(&answer), [405], "{path}");
    }
    assert_eq!(ids(&app), Vec::<String>::new());
}

#[test]
fn an_empty_batch_is_one() {
    let app = TestApp::start();
    let answer = app.anonymous().post("/batch", &json!({"requests": []})).expect(200);
    assert_eq!(answer.json(), json!({"responses": []}));
}

#[test]
fn a_batch_that_only_reads_takes_no_lock() {
    let app = app();
    let requests =
        [json!({"path": "/"}), json!({"path": "/nope"}), json!({"method": "HEAD", "path": SOURCE})];
    // While somebody holds the write lock for long, readers are answered.
    let answer: Result<Response, countersign::storage::StorageError> =
        app.services.store.write(|_| Ok(batch(app.anonymous(), &requests)));
    assert_eq!(statuses(&answer.unwrap().expect(200)), [200, 404, 401]);
}
